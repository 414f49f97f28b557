//! Bayes error rates: the cost of deciding by ratios at each prior, and the least cost there could be.

use super::{Costs, Curve, hull};

/// The largest logarithm of prior odds.
const REACH: i32 = 8;
/// Priors for each unit of it.
const STEPS: i32 = 8;

/// Error rates over the prior, each divided by that of a system which decides by the prior alone:
/// 1 is no better than not looking. Columns of equal length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BayesErrors {
    /// Logarithm of the prior odds of a genuine pair, from −8 to 8 in steps of ⅛.
    pub log_odds: Vec<f64>,
    /// Of decisions at the threshold that ratios call for, −`log_odds`.
    pub actual: Vec<f64>,
    /// Of the best threshold for that prior, so at most 1.
    pub minimum: Vec<f64>,
    /// Impostor pairs that those decisions accept.
    pub false_accepts: Vec<u64>,
    /// Genuine pairs that they reject.
    pub false_rejects: Vec<u64>,
}

/// Bayes error rates of ratios, whose curve is `ratios`, and the least over the thresholds of `best`: the
/// same curve, or that of the scores that ratios were made from.
///
/// Rates are π FRR + (1 − π) FAR over min(π, 1 − π), which is [`Costs::normalised`] with costs of 1. Only
/// corners of the convex hull of a curve can be best. Cost: O(points), and O(corners) for each prior.
///
/// Source: Brümmer & du Preez, Computer Speech & Language 20 (2006), 230–275; the normalised plot is that
/// of Brümmer & de Villiers, The BOSARIS Toolkit (2011).
pub fn bayes_errors(ratios: &Curve, best: &Curve) -> BayesErrors {
    let corners = hull::upper_hull(best);
    let mut errors = BayesErrors::default();
    for step in -REACH * STEPS..=REACH * STEPS {
        let log_odds = f64::from(step) / f64::from(STEPS);
        let costs = Costs {
            prior: 1.0 / (1.0 + libm::exp(-log_odds)),
            miss: 1.0,
            false_accept: 1.0,
        };
        let at = |curve: &Curve, point| costs.normalised(curve.far(point), curve.frr(point));
        let threshold = ratios.orientation().similarity(-log_odds);
        let point = ratios.point_at(threshold);
        let accepted = ratios.accepted(point);
        let least = corners.iter().map(|corner| at(best, *corner));
        errors.log_odds.push(log_odds);
        errors.actual.push(at(ratios, point));
        errors.minimum.push(least.fold(f64::INFINITY, f64::min));
        errors.false_accepts.push(accepted.impostors);
        errors
            .false_rejects
            .push(ratios.genuine() - accepted.genuine);
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::minimum_cost;
    use crate::evaluation::trial_twin::{Draw, accepted_at};

    #[test]
    fn rates_are_those_of_counting_at_every_prior() {
        let mut draw = Draw::new(71);
        for _ in 0..60 {
            let (scores, same) = draw.case();
            for o in [
                crate::evaluation::Orientation::Distance,
                crate::evaluation::Orientation::Similarity,
            ] {
                let curve = Curve::of(&scores, &same, o).unwrap();
                let found = bayes_errors(&curve, &curve);
                assert_eq!(found.log_odds.len(), 129);
                for (k, log_odds) in found.log_odds.iter().enumerate() {
                    let prior = 1.0 / (1.0 + (-log_odds).exp());
                    let all = accepted_at(&scores, &same, o, o.similarity(-log_odds));
                    let (p, q) = (curve.genuine(), curve.impostors());
                    let frr = (p - all.genuine) as f64 / p as f64;
                    let far = all.impostors as f64 / q as f64;
                    let naive = (prior * frr + (1.0 - prior) * far) / prior.min(1.0 - prior);
                    assert!((found.actual[k] - naive).abs() <= 1e-12 * naive.max(1.0));
                    assert_eq!(found.false_accepts[k], all.impostors);
                    assert_eq!(found.false_rejects[k], p - all.genuine);
                    let costs = Costs {
                        prior,
                        miss: 1.0,
                        false_accept: 1.0,
                    };
                    let (least, _) = minimum_cost(&curve, &costs);
                    assert!((found.minimum[k] - least).abs() <= 1e-12);
                    assert!(found.minimum[k] <= found.actual[k] + 1e-12);
                }
            }
        }
    }
}
