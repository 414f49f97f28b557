//! Several scores weighed into one.

use super::calibrate::{CalibrationOptions, Evidence};
use super::logistic::Regression;
use crate::error::Result;
use crate::evaluation::{Dyads, Interval};

/// The weight of a part in the sum of similarities.
#[derive(Clone, Debug, PartialEq)]
pub struct Weight {
    /// Nats for each unit of the part's similarity.
    pub value: f64,
    /// Its interval by identity, where people are known.
    pub interval: Interval,
}

/// The figures of a part alone, and of the others without it, on people who had no part in the fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Contribution {
    /// Cllr of the part alone.
    pub alone: f64,
    /// Cllr of all parts less that of this part alone; negative where the sum is better.
    pub gain: f64,
    /// Its interval.
    pub gain_interval: Interval,
    /// AUROC of all parts less that of this part alone; positive where the sum is better.
    pub auroc_gain: f64,
    /// Its interval.
    pub auroc_gain_interval: Interval,
    /// Cllr without the part less that of all parts; positive where the part adds something.
    pub adds: f64,
    /// Its interval.
    pub adds_interval: Interval,
}

/// Weighs parts: their similarities times the weights sum to a log-likelihood ratio, but for a constant.
pub(super) fn weigh(
    evidence: &Evidence<'_>,
    dyads: Option<&Dyads<'_>>,
    options: &CalibrationOptions,
) -> Result<Vec<Weight>> {
    let regression = Regression {
        columns: evidence.parts,
        same: evidence.same,
        prior: options.prior,
        ridge: options.ridge,
        softened: false,
    };
    let solution = regression.solve()?;
    let method = match dyads {
        Some(_) => "identity influence",
        None => "pairs taken as independent",
    };
    let weight = |column: usize| {
        let (value, half) = solution.weight(column, dyads, options.level);
        Weight {
            value,
            interval: Interval::new((value - half, value + half), options.level, method),
        }
    };
    Ok((0..evidence.parts.len()).map(weight).collect())
}

/// Weights without intervals, for folds.
pub(super) fn weights_only(
    evidence: &Evidence<'_>,
    options: &CalibrationOptions,
) -> Result<Vec<f64>> {
    if evidence.parts.len() == 1 {
        return Ok(vec![1.0]);
    }
    let regression = Regression {
        columns: evidence.parts,
        same: evidence.same,
        prior: options.prior,
        ridge: options.ridge,
        softened: false,
    };
    Ok(regression.solve()?.coefficients().0)
}

/// The weighed sum of each pair, parts in order.
pub(super) fn sums(parts: &[Vec<f64>], weights: &[f64]) -> Vec<f64> {
    if let ([only], [1.0]) = (parts, weights) {
        return only.clone();
    }
    (0..parts[0].len())
        .map(|pair| sum(parts, weights, pair))
        .collect()
}

/// The weighed sum of a pair.
pub(super) fn sum(parts: &[Vec<f64>], weights: &[f64], pair: usize) -> f64 {
    parts
        .iter()
        .zip(weights)
        .map(|(part, weight)| part[pair] * weight)
        .sum()
}
