//! Ratios of pairs by a recipe that met neither of their people.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::calibrate::Evidence;
use crate::error::Result;
use crate::evaluation::below;
use crate::job::Job;

/// The fold of each identity: people are shuffled by `seed` and dealt out in turn.
pub(super) fn deal(met: &[u32], count: usize, folds: usize, seed: u64) -> Vec<u32> {
    let mut order = met.to_vec();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for last in (1..order.len()).rev() {
        order.swap(last, below(&mut random, last as u64 + 1) as usize);
    }
    let mut fold = vec![0; count];
    for (place, person) in order.into_iter().enumerate() {
        fold[person as usize] = (place % folds) as u32;
    }
    fold
}

/// The two folds of each pair: those of its people, or the same fold twice where people are not known.
fn folds_of(evidence: &Evidence<'_>, folds: usize, seed: u64) -> Vec<[u32; 2]> {
    let pairs = evidence.same.len();
    match evidence.people {
        Some(people) => {
            let fold = deal(&people.met(), people.count, folds, seed);
            let sides = people.first.iter().zip(people.second);
            sides
                .map(|(a, b)| [fold[*a as usize], fold[*b as usize]])
                .collect()
        }
        None => {
            let all: Vec<u32> = (0..pairs as u32).collect();
            let fold = deal(&all, pairs, folds, seed);
            fold.into_iter().map(|fold| [fold; 2]).collect()
        }
    }
}

/// The ratio of each pair by `fit` on the pairs that share no fold with it. `None` where the pairs
/// that are left for a fit lack a kind.
pub(super) fn held_out<R: Fn(usize) -> f64>(
    evidence: &Evidence<'_>,
    (folds, seed): (usize, u64),
    job: &Job,
    fit: impl Fn(&[usize]) -> Result<R>,
) -> Result<Option<Vec<f64>>> {
    let of_pair = folds_of(evidence, folds, seed);
    let mut ratios = vec![0.0; evidence.same.len()];
    for a in 0..folds as u32 {
        for b in 0..=a {
            let judged = |pair: &usize| {
                let [x, y] = of_pair[*pair];
                (x, y) == (a, b) || (y, x) == (a, b)
            };
            let free = |pair: &usize| of_pair[*pair].iter().all(|fold| *fold != a && *fold != b);
            let judged: Vec<usize> = (0..ratios.len()).filter(judged).collect();
            if judged.is_empty() {
                continue;
            }
            let others: Vec<usize> = (0..ratios.len()).filter(free).collect();
            let genuine = others.iter().filter(|pair| evidence.same[**pair] == 1);
            let genuine = genuine.count();
            if genuine == 0 || genuine == others.len() {
                return Ok(None);
            }
            job.check()?;
            let ratio = fit(&others)?;
            for pair in judged {
                ratios[pair] = ratio(pair);
            }
        }
    }
    Ok(Some(ratios))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::People;

    #[test]
    fn a_pair_is_judged_once_by_a_fit_without_its_people() {
        let people: Vec<(u32, u32)> = (0..12).flat_map(|a| (0..12).map(move |b| (a, b))).collect();
        let (first, second): (Vec<u32>, Vec<u32>) = people.iter().copied().unzip();
        let same: Vec<u8> = people.iter().map(|(a, b)| u8::from(a == b)).collect();
        let evidence = Evidence {
            parts: &[vec![0.0; 144]],
            same: &same,
            people: Some(People {
                first: &first,
                second: &second,
                count: 12,
            }),
        };
        let found = held_out(&evidence, (4, 7), &Job::new(), |others| {
            let met: Vec<u32> = others
                .iter()
                .flat_map(|pair| [first[*pair], second[*pair]])
                .collect();
            let (first, second) = (&first, &second);
            Ok(move |pair: usize| {
                assert!(!met.contains(&first[pair]) && !met.contains(&second[pair]));
                1.0
            })
        });
        assert_eq!(found.unwrap(), Some(vec![1.0; 144]));
        // With two folds, a pair across them leaves nobody to fit on.
        let none = held_out(&evidence, (2, 7), &Job::new(), |_| Ok(|_| 1.0));
        assert_eq!(none.unwrap(), None);
    }
}
