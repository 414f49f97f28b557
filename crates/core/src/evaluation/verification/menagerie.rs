//! The menagerie: people by how well they match themselves, and how much they are taken for others.

use crate::evaluation::Trials;

/// Places of both axes on which people are drawn once.
const CELLS: f64 = 64.0;
/// People who are all drawn.
const ALL_DRAWN: usize = 1000;
/// Least people that have quarters.
const LEAST_PEOPLE: usize = 8;

/// People who stand in the same two outer quarters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Animal {
    /// `doves`, `chameleons`, `phantoms` or `worms`.
    pub name: &'static str,
    /// Their number.
    pub people: usize,
    /// The number to expect if how people match themselves said nothing of how they match others.
    pub expected: f64,
    /// Chance of at least so many then.
    pub p: f64,
}

/// One person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Member {
    /// The identity.
    pub identity: u32,
    /// Mean score of the person's genuine pairs.
    pub genuine: f64,
    /// Mean score of the impostor pairs that the person is in.
    pub impostor: f64,
    /// Number of those genuine pairs.
    pub genuine_pairs: u64,
    /// Number of those impostor pairs.
    pub impostor_pairs: u64,
}

/// People by the mean scores of their genuine and of their impostor pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct Menagerie {
    /// People with pairs of both kinds: those who are judged.
    pub people: usize,
    /// Scores that bound the quarter of people who match themselves worst, and the quarter who do best.
    pub genuine_quartiles: (f64, f64),
    /// Scores that bound the quarter of people least alike to others, and the quarter most alike.
    pub impostor_quartiles: (f64, f64),
    /// One for each two outer quarters.
    pub animals: [Animal; 4],
    /// Everybody up to 1,000 people; beyond, one for each of 64 × 64 cells of the plot that holds anybody.
    pub members: Vec<Member>,
}

/// The outer quarters of people, each a pair of worst and best (genuine) or least and most (impostor): true
/// in the second place of either for the quarter most alike.
const ANIMALS: [(&str, bool, bool); 4] = [
    ("doves", true, false),
    ("chameleons", true, true),
    ("phantoms", false, false),
    ("worms", false, true),
];

/// The menagerie of trials whose people are known; `None` where fewer than eight have pairs of both kinds.
///
/// A genuine pair counts for its person, an impostor pair for both of its people. The quarters lie strictly
/// beyond the quartiles (linear interpolation between order statistics). The chance is that of the
/// hypergeometric distribution of two quarters drawn apart. Cost: one pass over the pairs, a sort of the people.
///
/// Source: Doddington et al., ICSLP 1998; Yager & Dunstone, IEEE TPAMI 32 (2010), 220–230.
pub fn menagerie(trials: &Trials<'_>) -> Option<Menagerie> {
    let all = members(trials);
    if all.len() < LEAST_PEOPLE {
        return None;
    }
    let similarity = |score: f64| trials.orientation.similarity(score);
    let quartiles = |of: fn(&Member) -> f64| {
        let mut sorted: Vec<f64> = all.iter().map(|one| similarity(of(one))).collect();
        sorted.sort_by(f64::total_cmp);
        (quantile(&sorted, 0.25), quantile(&sorted, 0.75))
    };
    let genuine = quartiles(|one| one.genuine);
    let impostor = quartiles(|one| one.impostor);
    let in_quarter = |score: f64, (low, high): (f64, f64), upper: bool| {
        let value = similarity(score);
        if upper { value > high } else { value < low }
    };
    let animals = ANIMALS.map(|(name, well, alike)| {
        let own = |one: &Member| in_quarter(one.genuine, genuine, well);
        let others = |one: &Member| in_quarter(one.impostor, impostor, alike);
        let count = |of: &dyn Fn(&Member) -> bool| all.iter().filter(|one| of(one)).count();
        let (a, b) = (count(&own), count(&others));
        let people = count(&|one| own(one) && others(one));
        Animal {
            name,
            people,
            expected: a as f64 * b as f64 / all.len() as f64,
            p: overlap_chance(people, a, b, all.len()),
        }
    });
    let scores = |(low, high): (f64, f64)| (similarity(low), similarity(high));
    Some(Menagerie {
        people: all.len(),
        genuine_quartiles: scores(genuine),
        impostor_quartiles: scores(impostor),
        animals,
        members: drawn(all),
    })
}

/// People with pairs of both kinds, ascending.
fn members(trials: &Trials<'_>) -> Vec<Member> {
    let Some(people) = trials.people else {
        return vec![];
    };
    let mut sums = vec![[(0.0, 0u64); 2]; people.count];
    for (pair, score) in trials.scores.iter().enumerate() {
        let kind = usize::from(trials.same[pair]);
        let mut add = |identity: u32| {
            let (sum, pairs) = &mut sums[identity as usize][kind];
            *sum += score;
            *pairs += 1;
        };
        add(people.first[pair]);
        if kind == 0 {
            add(people.second[pair]);
        }
    }
    let of_both = (0..)
        .zip(sums)
        .filter(|(_, [impostor, genuine])| impostor.1 > 0 && genuine.1 > 0);
    of_both
        .map(|(identity, [impostor, genuine])| Member {
            identity,
            genuine: genuine.0 / genuine.1 as f64,
            impostor: impostor.0 / impostor.1 as f64,
            genuine_pairs: genuine.1,
            impostor_pairs: impostor.1,
        })
        .collect()
}

/// Everybody where few are; else the first in each cell of the plot.
fn drawn(all: Vec<Member>) -> Vec<Member> {
    if all.len() <= ALL_DRAWN {
        return all;
    }
    let range = |of: fn(&Member) -> f64| {
        let values = || all.iter().map(of);
        (
            values().fold(f64::INFINITY, f64::min),
            values().fold(f64::NEG_INFINITY, f64::max),
        )
    };
    let (x, y) = (range(|one| one.genuine), range(|one| one.impostor));
    let cell = |value: f64, (low, high): (f64, f64)| {
        if high > low {
            (CELLS * (value - low) / (high - low)) as u64
        } else {
            0
        }
    };
    let mut taken = std::collections::HashSet::new();
    all.into_iter()
        .filter(|one| taken.insert((cell(one.genuine, x), cell(one.impostor, y))))
        .collect()
}

/// The quantile of sorted values, linear between order statistics.
pub(super) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = place as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

/// The chance that a drawn set of `a` of `n` shares at least `least` with a given set of `b`.
fn overlap_chance(least: usize, a: usize, b: usize, n: usize) -> f64 {
    let factorial = |k: usize| libm::lgamma(k as f64 + 1.0);
    let choose = |n: usize, k: usize| factorial(n) - factorial(k) - factorial(n - k);
    let from = least.max((a + b).saturating_sub(n));
    let chance = |k: usize| libm::exp(choose(b, k) + choose(n - b, a - k) - choose(n, a));
    (from..=a.min(b)).map(chance).sum::<f64>().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Orientation;
    use crate::evaluation::trial_twin::{Draw, Drawn};

    /// Every person by going through all pairs, and the quarter by counting those who are strictly beyond.
    fn twin(trials: &Trials<'_>) -> Vec<(u32, f64, f64)> {
        let people = trials.people.unwrap();
        let mean = |id: u32, kind: u8| {
            let of: Vec<f64> = (0..trials.scores.len())
                .filter(|p| {
                    trials.same[*p] == kind && (people.first[*p] == id || people.second[*p] == id)
                })
                .map(|p| trials.scores[p])
                .collect();
            (!of.is_empty()).then(|| of.iter().sum::<f64>() / of.len() as f64)
        };
        (0..people.count as u32)
            .filter_map(|id| Some((id, mean(id, 1)?, mean(id, 0)?)))
            .collect()
    }

    #[test]
    fn means_and_quarters_are_those_of_the_definition() {
        let mut draw = Draw::new(171);
        for orientation in [Orientation::Distance, Orientation::Similarity] {
            let drawn: Drawn = draw.crowd(21, 3);
            let trials = drawn.trials(orientation);
            let found = menagerie(&trials).unwrap();
            let naive = twin(&trials);
            assert_eq!(found.people, naive.len());
            for (one, (id, genuine, impostor)) in found.members.iter().zip(&naive) {
                assert_eq!(one.identity, *id);
                assert!(
                    (one.genuine - genuine).abs() < 1e-12
                        && (one.impostor - impostor).abs() < 1e-12
                );
                assert_eq!((one.genuine_pairs, one.impostor_pairs), (3, 3 * 60));
            }
            // Of 21 people five lie strictly beyond either quartile, which are the sixth from either end.
            let rank = |of: &dyn Fn(&(u32, f64, f64)) -> f64, one: &(u32, f64, f64)| {
                naive
                    .iter()
                    .filter(|other| orientation.is_stricter(of(one), of(other)))
                    .count()
            };
            for (animal, (name, well, alike)) in found.animals.iter().zip(ANIMALS) {
                let own = |one: &(u32, f64, f64)| {
                    let less_alike = rank(&|o| o.1, one);
                    if well {
                        less_alike >= 16
                    } else {
                        less_alike < 5
                    }
                };
                let others = |one: &(u32, f64, f64)| {
                    let less_alike = rank(&|o| o.2, one);
                    if alike {
                        less_alike >= 16
                    } else {
                        less_alike < 5
                    }
                };
                let count = naive.iter().filter(|one| own(one) && others(one)).count();
                assert_eq!((animal.name, animal.people), (name, count));
                assert!((animal.expected - 25.0 / 21.0).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_chance_is_that_of_all_draws() {
        // Every set of 3 of 7 beside the set {0, 1, 2, 3}.
        let mut shared = [0.0; 4];
        for set in (0u32..128).filter(|set| set.count_ones() == 3) {
            shared[(set & 0b1111).count_ones() as usize] += 1.0;
        }
        for least in 0..=3 {
            let tail: f64 = shared[least..].iter().sum::<f64>() / 35.0;
            assert!((overlap_chance(least, 3, 4, 7) - tail).abs() < 1e-12);
        }
        assert_eq!(overlap_chance(4, 3, 4, 7), 0.0);
        assert!((overlap_chance(0, 3, 6, 7) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn few_people_have_no_quarters_and_many_are_drawn_once_a_cell() {
        let mut draw = Draw::new(172);
        let few = draw.crowd(7, 2);
        assert_eq!(menagerie(&few.trials(Orientation::Distance)), None);
        let many = draw.people(1500, 40_000);
        let trials = many.trials(Orientation::Distance);
        let found = menagerie(&trials).unwrap();
        assert!(found.people > 1000 && found.members.len() < found.people);
        let all = members(&trials);
        let extreme = |of: fn(&Member) -> f64| {
            let least = |of_whom: &[Member]| of_whom.iter().map(of).fold(f64::INFINITY, f64::min);
            (least(&all), least(&found.members))
        };
        for (whole, kept) in [extreme(|one| one.genuine), extreme(|one| -one.genuine)] {
            assert!((whole - kept).abs() < 0.5);
        }
    }
}
