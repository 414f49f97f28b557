//! How well distances tell people apart, with an interval that knows that pairs share people.

use super::Orientation;
use super::auroc::auroc;
use crate::error::{Code, Error, Result};

/// Distances of pairs, whether each is genuine, and who is on either side.
#[derive(Clone, Copy, Debug)]
pub struct Trials<'a> {
    /// Smaller is more alike; finite.
    pub distances: &'a [f64],
    /// 1 for a genuine pair, 0 for an impostor pair.
    pub same: &'a [u8],
    /// Identity of the first of each pair, below `identities`.
    pub first: &'a [u32],
    /// Identity of the second of each pair.
    pub second: &'a [u32],
    /// Number of identities.
    pub identities: usize,
}

/// Verification figures of one metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verification {
    /// Area under the ROC curve, ties at ½.
    pub auroc: f64,
    /// Its standard error, clustered by identity.
    pub auroc_error: f64,
    /// Equal error rate, where the false match and false non-match rates cross, by linear
    /// interpolation between the two thresholds around the crossing.
    pub eer: f64,
    /// Share of genuine pairs accepted at the largest threshold whose false accept rate is at most
    /// [`TAR_AT`]; `None` with fewer than `1 / TAR_AT` impostor pairs.
    pub tar: Option<f64>,
}

/// The false accept rate of [`Verification::tar`].
pub const TAR_AT: f64 = 1e-3;

/// A difference between two metrics on the same trials, with its clustered standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// AUROC of the first less that of the second.
    pub auroc: f64,
    /// Its standard error.
    pub error: f64,
}

/// The figures of one metric. `EONECLASS` without both kinds of pairs.
pub fn verify(trials: &Trials<'_>) -> Result<Verification> {
    let area = auroc(trials.distances, trials.same, Orientation::Distance)?;
    let sorted = Sorted::new(trials);
    Ok(Verification {
        auroc: area,
        auroc_error: standard_error(&sorted.influences(trials, area)),
        eer: sorted.eer(),
        tar: sorted.tar(TAR_AT),
    })
}

/// How much better the first metric is than the second. Their trials differ in distances only.
pub fn compare(first: &Trials<'_>, second: &Trials<'_>) -> Result<Difference> {
    if first.distances.len() != second.distances.len() {
        let found = format!(
            "{} and {} distances",
            first.distances.len(),
            second.distances.len()
        );
        return Err(Error::new(Code::Dimension, found, "the same pairs"));
    }
    let area = |trials: &Trials<'_>| auroc(trials.distances, trials.same, Orientation::Distance);
    let (a, b) = (area(first)?, area(second)?);
    let of_a = Sorted::new(first).influences(first, a);
    let of_b = Sorted::new(second).influences(second, b);
    let apart: Vec<f64> = of_a.iter().zip(&of_b).map(|(a, b)| a - b).collect();
    Ok(Difference {
        auroc: a - b,
        error: standard_error(&apart),
    })
}

/// `√(K/(K−1) Σ IF²)` over the K identities that occur; an identity that occurs in no pair has
/// influence 0 and counts for nothing in the sum.
fn standard_error(influences: &[f64]) -> f64 {
    let k = influences.len() as f64;
    let sum: f64 = influences.iter().map(|v| v * v).sum();
    (k / (k - 1.0).max(1.0) * sum).sqrt()
}

/// Pairs from most to least alike.
struct Sorted {
    order: Vec<u32>,
    /// Ends of the runs of equal distance.
    runs: Vec<Run>,
    genuine: f64,
    impostors: f64,
}

/// Pairs of one distance: how many of either kind, and how many are more alike.
#[derive(Clone, Copy)]
struct Run {
    end: usize,
    genuine: u32,
    impostors: u32,
    genuine_before: u32,
    impostors_before: u32,
}

impl Sorted {
    fn new(trials: &Trials<'_>) -> Self {
        let mut order: Vec<u32> = (0..trials.distances.len() as u32).collect();
        let at = |i: &u32| trials.distances[*i as usize];
        order.sort_unstable_by(|a, b| at(a).total_cmp(&at(b)));
        let (mut runs, mut start) = (Vec::new(), 0);
        let (mut genuine_before, mut impostors_before) = (0, 0);
        while start < order.len() {
            let same_distance = |i: &u32| at(i) == at(&order[start]);
            let length = order[start..]
                .iter()
                .take_while(|i| same_distance(i))
                .count();
            let end = start + length;
            let genuine = order[start..end]
                .iter()
                .filter(|i| trials.same[**i as usize] == 1)
                .count() as u32;
            let impostors = length as u32 - genuine;
            runs.push(Run {
                end,
                genuine,
                impostors,
                genuine_before,
                impostors_before,
            });
            genuine_before += genuine;
            impostors_before += impostors;
            start = end;
        }
        Self {
            order,
            runs,
            genuine: f64::from(genuine_before),
            impostors: f64::from(impostors_before),
        }
    }

    /// What each identity adds to the estimate's error: `IF_i = Σ (V₁₀ − A)/P + Σ (V₀₁ − A)/Q`
    /// over the genuine pairs of `i` and the impostor pairs that touch it, `V` being the share of
    /// the other kind that a pair is on the right side of.
    fn influences(&self, trials: &Trials<'_>, area: f64) -> Vec<f64> {
        let mut influences = vec![0.0; trials.identities];
        let mut start = 0;
        for run in &self.runs {
            let ties = |n: u32| 0.5 * f64::from(n);
            let impostors_behind =
                self.impostors - f64::from(run.impostors_before) - ties(run.impostors);
            let genuine_ahead = f64::from(run.genuine_before) + ties(run.genuine);
            let of_genuine = (impostors_behind / self.impostors - area) / self.genuine;
            let of_impostor = (genuine_ahead / self.genuine - area) / self.impostors;
            for pair in &self.order[start..run.end] {
                let pair = *pair as usize;
                let (a, b) = (trials.first[pair] as usize, trials.second[pair] as usize);
                if trials.same[pair] == 1 {
                    influences[a] += of_genuine;
                } else {
                    influences[a] += of_impostor;
                    influences[b] += of_impostor;
                }
            }
            start = run.end;
        }
        influences
    }

    fn eer(&self) -> f64 {
        // (false match rate, false non-match rate), accepting nothing, then each run in turn.
        let (mut fmr, mut fnmr) = (0.0, 1.0);
        for run in &self.runs {
            let next_fmr = f64::from(run.impostors_before + run.impostors) / self.impostors;
            let next_fnmr = 1.0 - f64::from(run.genuine_before + run.genuine) / self.genuine;
            if next_fmr >= next_fnmr {
                let (before, after) = (fnmr - fmr, next_fmr - next_fnmr);
                let share = if before + after > 0.0 {
                    before / (before + after)
                } else {
                    0.0
                };
                return fmr + share * (next_fmr - fmr);
            }
            (fmr, fnmr) = (next_fmr, next_fnmr);
        }
        1.0
    }

    fn tar(&self, far: f64) -> Option<f64> {
        if self.impostors * far < 1.0 {
            return None;
        }
        let within =
            |run: &&Run| f64::from(run.impostors_before + run.impostors) <= far * self.impostors;
        let accepted = self.runs.iter().take_while(within).last();
        Some(accepted.map_or(0.0, |run| {
            f64::from(run.genuine_before + run.genuine) / self.genuine
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Drawn {
        distances: Vec<f64>,
        same: Vec<u8>,
        first: Vec<u32>,
        second: Vec<u32>,
    }

    fn drawn(seed: u64, identities: u32, pairs: usize) -> Drawn {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state >> 11
        };
        let mut d = Drawn {
            distances: vec![],
            same: vec![],
            first: vec![],
            second: vec![],
        };
        for pair in 0..pairs {
            let a = (next() % u64::from(identities)) as u32;
            let other = (a + 1 + (next() % u64::from(identities - 1)) as u32) % identities;
            let b = if pair % 3 == 0 { a } else { other };
            let shift = if a == b { 0 } else { 6 };
            // Few values, so that ties are many.
            d.distances.push((next() % 20 + shift) as f64);
            d.same.push(u8::from(a == b));
            d.first.push(a);
            d.second.push(b);
        }
        d
    }

    fn trials(d: &Drawn, identities: usize) -> Trials<'_> {
        Trials {
            distances: &d.distances,
            same: &d.same,
            first: &d.first,
            second: &d.second,
            identities,
        }
    }

    #[test]
    fn influences_are_those_of_the_definition_counted_pair_by_pair() {
        let d = drawn(3, 9, 300);
        let t = trials(&d, 9);
        let of = |kind: u8| -> Vec<usize> { (0..300).filter(|i| d.same[*i] == kind).collect() };
        let (genuine, impostors) = (of(1), of(0));
        let wins = |g: usize, h: usize| match d.distances[g].total_cmp(&d.distances[h]) {
            std::cmp::Ordering::Less => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Greater => 0.0,
        };
        let (p, q) = (genuine.len() as f64, impostors.len() as f64);
        let total: f64 = genuine
            .iter()
            .flat_map(|g| impostors.iter().map(|h| wins(*g, *h)))
            .sum();
        let area = total / p / q;
        let mut naive = [0.0; 9];
        for g in &genuine {
            let v: f64 = impostors.iter().map(|h| wins(*g, *h)).sum::<f64>() / q;
            naive[d.first[*g] as usize] += (v - area) / p;
        }
        for h in &impostors {
            let v: f64 = genuine.iter().map(|g| wins(*g, *h)).sum::<f64>() / p;
            naive[d.first[*h] as usize] += (v - area) / q;
            naive[d.second[*h] as usize] += (v - area) / q;
        }
        let found = verify(&t).expect("both kinds");
        assert!((found.auroc - area).abs() < 1e-14);
        let error = (9.0 / 8.0 * naive.iter().map(|v| v * v).sum::<f64>()).sqrt();
        assert!((found.auroc_error - error).abs() < 1e-14);
        let same = compare(&t, &t).expect("both kinds");
        assert_eq!((same.auroc, same.error), (0.0, 0.0));
    }

    #[test]
    fn eer_and_tar_follow_their_definitions_by_trying_every_threshold() {
        for seed in 0..50 {
            let d = drawn(seed, 12, 4000);
            let found = verify(&trials(&d, 12)).expect("both kinds");
            let rate = |kind: u8, t: f64| {
                let of: Vec<f64> = (0..4000)
                    .filter(|i| d.same[*i] == kind)
                    .map(|i| d.distances[i])
                    .collect();
                of.iter().filter(|s| **s <= t).count() as f64 / of.len() as f64
            };
            let points: Vec<(f64, f64)> = (-1..30)
                .map(|t| (rate(0, f64::from(t)), 1.0 - rate(1, f64::from(t))))
                .collect();
            let crossing = points
                .windows(2)
                .find(|w| w[1].0 >= w[1].1)
                .expect("crosses");
            let ((x0, y0), (x1, y1)) = (crossing[0], crossing[1]);
            // Where the straight line between the two points meets x = y.
            let share = (y0 - x0) / ((y0 - x0) + (x1 - y1));
            assert!((found.eer - (x0 + share * (x1 - x0))).abs() < 1e-14);
            let tar = points
                .iter()
                .filter(|(fmr, _)| *fmr <= TAR_AT)
                .map(|(_, fnmr)| 1.0 - fnmr)
                .fold(0.0, f64::max);
            assert!((found.tar.expect("enough impostors") - tar).abs() < 1e-14);
        }
    }

    #[test]
    fn perfect_separation_has_no_error_and_few_impostors_no_tar() {
        let t = Trials {
            distances: &[0.1, 0.2, 0.9, 0.8],
            same: &[1, 1, 0, 0],
            first: &[0, 1, 0, 1],
            second: &[0, 1, 1, 2],
            identities: 3,
        };
        let found = verify(&t).expect("both kinds");
        assert_eq!((found.auroc, found.eer, found.tar), (1.0, 0.0, None));
        assert_eq!(found.auroc_error, 0.0);
    }
}
