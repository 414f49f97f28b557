//! Calibration of scores as log-likelihood ratios.

use super::{BayesErrors, Curve, bayes_errors, hull};
use crate::evaluation::Interval;

/// Cost of scores read as log-likelihood ratios (natural logarithm).
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// In bits; 0 for perfect ratios, 1 for ratios that say nothing.
    pub cllr: f64,
    /// The least that any increasing map of the scores leaves; the rest is bad calibration.
    pub min_cllr: f64,
    /// Interval of the cost; `None` until the pairs add it.
    pub interval: Option<Interval>,
    /// Pairs by predicted probability.
    pub reliability: Vec<ReliabilityBin>,
    /// Error rates over the prior.
    pub bayes_errors: BayesErrors,
}

/// Pairs whose predicted probability is alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReliabilityBin {
    /// Mean predicted probability of being genuine, at the share of genuine pairs there is.
    pub predicted: f64,
    /// Share that is genuine.
    pub observed: f64,
    /// Number of pairs.
    pub pairs: u64,
}

/// Equal bins of predicted probability.
pub(crate) const BINS: usize = 15;

/// Cllr = ½ (mean over genuine of log₂(1 + e^−s) + mean over impostors of log₂(1 + e^s)), s the
/// log-likelihood ratio: the score, or its negative for distances.
///
/// The minimum is that of the pooled-adjacent-violators map: each side of the upper convex hull
/// of the curve is one block, whose ratio is its slope; a block of one kind has an infinite ratio
/// on the right side and costs nothing.
///
/// Source: Brümmer & du Preez, Computer Speech & Language 20 (2006), 230–275.
pub fn calibration(curve: &Curve) -> Calibration {
    let (p, q) = (curve.genuine() as f64, curve.impostors() as f64);
    let (mut genuine, mut impostors) = (0.0, 0.0);
    for (place, threshold) in curve.thresholds().iter().enumerate() {
        let (at, ratio) = (curve.at(place), curve.orientation().similarity(*threshold));
        genuine += at.genuine as f64 * bits(-ratio);
        impostors += at.impostors as f64 * bits(ratio);
    }
    Calibration {
        cllr: 0.5 * (genuine / p + impostors / q),
        min_cllr: minimum(curve),
        interval: None,
        reliability: reliability(curve),
        bayes_errors: bayes_errors(curve, curve),
    }
}

/// log₂(1 + eˣ), without overflow.
pub(crate) fn bits(x: f64) -> f64 {
    (x.max(0.0) + libm::log1p(libm::exp(-x.abs()))) / std::f64::consts::LN_2
}

/// Neighbouring scores that pooling adjacent violators (PAV) makes one block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pool {
    /// The places of its strictest and of its loosest threshold.
    pub(crate) places: (usize, usize),
    /// Share of the genuine pairs that are in it.
    pub(crate) genuine: f64,
    /// Share of the impostor pairs that are in it.
    pub(crate) impostors: f64,
}

impl Pool {
    /// The log-likelihood ratio of its scores: the logarithm of the slope of its side of the hull, infinite
    /// for a pool of one kind.
    pub(crate) fn ratio(&self) -> f64 {
        libm::log(self.genuine / self.impostors)
    }
}

/// The pools of a curve, from the strictest: one for each side of its upper convex hull.
pub(crate) fn pools(curve: &Curve) -> Vec<Pool> {
    let (p, q) = (curve.genuine() as f64, curve.impostors() as f64);
    let pool = |side: &[usize]| {
        let (from, to) = (curve.accepted(side[0]), curve.accepted(side[1]));
        Pool {
            places: (side[0], side[1] - 1),
            genuine: (to.genuine - from.genuine) as f64 / p,
            impostors: (to.impostors - from.impostors) as f64 / q,
        }
    };
    hull::upper_hull(curve).windows(2).map(pool).collect()
}

fn minimum(curve: &Curve) -> f64 {
    let mut cost = 0.0;
    for pool in pools(curve) {
        if pool.genuine > 0.0 && pool.impostors > 0.0 {
            let ratio = pool.ratio();
            cost += 0.5 * (pool.genuine * bits(-ratio) + pool.impostors * bits(ratio));
        }
    }
    cost
}

/// The bin of a ratio, and the probability that it predicts at a prior, a logarithm of odds.
pub(crate) fn reliability_bin(ratio: f64, prior: f64) -> (usize, f64) {
    let predicted = 1.0 / (1.0 + libm::exp(-(ratio + prior)));
    (
        ((predicted * BINS as f64) as usize).min(BINS - 1),
        predicted,
    )
}

fn reliability(curve: &Curve) -> Vec<ReliabilityBin> {
    let prior = libm::log(curve.genuine() as f64 / curve.impostors() as f64);
    let mut bins = [(0.0, 0u64, 0u64); BINS];
    for (place, threshold) in curve.thresholds().iter().enumerate() {
        let at = curve.at(place);
        let (number, predicted) =
            reliability_bin(curve.orientation().similarity(*threshold), prior);
        let bin = &mut bins[number];
        let pairs = at.genuine + at.impostors;
        *bin = (
            bin.0 + predicted * pairs as f64,
            bin.1 + at.genuine,
            bin.2 + pairs,
        );
    }
    let filled = bins.iter().filter(|bin| bin.2 > 0);
    filled
        .map(|(sum, genuine, pairs)| ReliabilityBin {
            predicted: sum / *pairs as f64,
            observed: *genuine as f64 / *pairs as f64,
            pairs: *pairs,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Orientation;
    use crate::evaluation::trial_twin::Draw;

    #[test]
    fn a_bin_is_that_of_the_odds_with_their_prior() {
        assert_eq!(reliability_bin(0.0, 0.0), (BINS / 2, 0.5));
        for (ratio, prior) in [(2.0, -1.0), (-1.0, 2.0), (1.0, 0.0)] {
            let (_, predicted) = reliability_bin(ratio, prior);
            assert!((predicted - 0.731_058_578_630_004_9).abs() < 1e-15);
        }
        for (ratio, bin) in [(-1e3, 0), (1e3, BINS - 1)] {
            assert_eq!(reliability_bin(ratio, 0.0).0, bin);
        }
    }

    /// Pools adjacent violators of the truth, impostors behind genuine pairs at equal scores.
    fn pooled(scores: &[f64], same: &[u8]) -> f64 {
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|a, b| {
            let by_score = scores[*a].partial_cmp(&scores[*b]).expect("finite");
            // Ascending similarity; a genuine pair first is a violation, so ties are pooled.
            by_score.then(same[*b].cmp(&same[*a]))
        });
        let mut blocks: Vec<(f64, f64)> = vec![];
        for i in order {
            blocks.push((f64::from(same[i]), 1.0));
            while let [.., a, b] = blocks[..] {
                if a.0 / a.1 < b.0 / b.1 {
                    break;
                }
                blocks.truncate(blocks.len() - 2);
                blocks.push((a.0 + b.0, a.1 + b.1));
            }
        }
        let p = same.iter().filter(|s| **s == 1).count() as f64;
        let q = same.len() as f64 - p;
        let cost = |(genuine, all): &(f64, f64)| {
            let impostors = all - genuine;
            let mut cost = 0.0;
            if *genuine > 0.0 && impostors > 0.0 {
                let ratio = (genuine / impostors).ln() - (p / q).ln();
                cost += genuine / p * (1.0 + (-ratio).exp()).log2();
                cost += impostors / q * (1.0 + ratio.exp()).log2();
            }
            cost / 2.0
        };
        blocks.iter().map(cost).sum()
    }

    #[test]
    fn both_costs_are_those_of_their_definitions() {
        let mut draw = Draw::new(71);
        for case in 0..500 {
            let (mut scores, same) = draw.case();
            scores.iter_mut().for_each(|s| *s = s.clamp(-1e6, 1e6));
            let curve = Curve::of(&scores, &same, Orientation::Similarity).unwrap();
            let found = calibration(&curve);
            assert!(
                (found.min_cllr - pooled(&scores, &same)).abs() < 1e-12,
                "case {case}"
            );
            let mean = |kind: u8, sign: f64| {
                let of = scores.iter().zip(&same).filter(|(_, s)| **s == kind);
                let costs: Vec<f64> = of.map(|(s, _)| bits(sign * s)).collect();
                costs.iter().sum::<f64>() / costs.len() as f64
            };
            let cllr = 0.5 * (mean(1, -1.0) + mean(0, 1.0));
            assert!((found.cllr - cllr).abs() <= 1e-12 * cllr.max(1.0));
            let pairs: u64 = found.reliability.iter().map(|bin| bin.pairs).sum();
            assert_eq!(pairs as usize, same.len());
        }
    }
}
