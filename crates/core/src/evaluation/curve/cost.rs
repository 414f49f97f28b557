//! Detection cost: both kinds of error, weighed by a prior and by what they cost.

use super::Curve;

/// Costs of errors and the prior of a genuine pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Costs {
    /// Chance that a pair is genuine, in (0, 1).
    pub prior: f64,
    /// Cost of rejecting a genuine pair.
    pub miss: f64,
    /// Cost of accepting an impostor pair.
    pub false_accept: f64,
}

impl Costs {
    /// DCF = C_miss π FRR + C_fa (1 − π) FAR, divided by the cost of the better of the two
    /// systems that do not look: min(C_miss π, C_fa (1 − π)).
    ///
    /// Source: NIST Speaker Recognition Evaluation plans; Brümmer & du Preez, Computer Speech &
    /// Language 20 (2006), 230–275.
    pub fn normalised(&self, far: f64, frr: f64) -> f64 {
        let miss = self.miss * self.prior;
        let fa = self.false_accept * (1.0 - self.prior);
        (miss * frr + fa * far) / miss.min(fa)
    }

    /// The log-likelihood ratio from which on accepting is the cheaper decision: −logit π̃, with
    /// π̃ = C_miss π / (C_miss π + C_fa (1 − π)).
    pub fn bayes_threshold(&self) -> f64 {
        -libm::log(self.miss * self.prior / (self.false_accept * (1.0 - self.prior)))
    }
}

/// The least cost over all thresholds, accepting nothing and accepting everything included (so
/// never above 1), and the strictest point that reaches it.
pub fn minimum_cost(curve: &Curve, costs: &Costs) -> (f64, usize) {
    let cost = |point: usize| costs.normalised(curve.far(point), curve.frr(point));
    let mut best = (cost(0), 0);
    for point in 1..=curve.last() {
        let cost = cost(point);
        if cost < best.0 {
            best = (cost, point);
        }
    }
    best
}

/// The cost at the threshold that log-likelihood ratios themselves call for; scores are those
/// ratios (similarities) or their negatives (distances).
pub fn actual_cost(curve: &Curve, costs: &Costs) -> f64 {
    let threshold = curve.orientation().similarity(costs.bayes_threshold());
    let point = curve.point_at(threshold);
    costs.normalised(curve.far(point), curve.frr(point))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Orientation;
    use crate::evaluation::trial_twin::{Draw, points};

    #[test]
    fn no_threshold_costs_less() {
        let mut draw = Draw::new(61);
        let costs = Costs {
            prior: 0.05,
            miss: 1.0,
            false_accept: 2.0,
        };
        for _ in 0..500 {
            let (scores, same) = draw.case();
            let curve = Curve::of(&scores, &same, Orientation::Similarity).unwrap();
            let all = points(&scores, &same, Orientation::Similarity);
            let least = all
                .iter()
                .map(|(far, tar)| (0.05 * (1.0 - tar) + 2.0 * 0.95 * far) / 0.05);
            let (found, point) = minimum_cost(&curve, &costs);
            assert!((found - least.fold(f64::INFINITY, f64::min)).abs() < 1e-12);
            assert!(found <= 1.0);
            assert_eq!(costs.normalised(curve.far(point), curve.frr(point)), found);
            assert!(actual_cost(&curve, &costs) >= found);
        }
    }

    #[test]
    fn the_bayes_threshold_is_where_both_decisions_cost_the_same() {
        let costs = Costs {
            prior: 0.01,
            miss: 10.0,
            false_accept: 1.0,
        };
        assert!((costs.bayes_threshold() - (0.99f64 / 0.1).ln()).abs() < 1e-15);
    }
}
