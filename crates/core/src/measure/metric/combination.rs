//! Values of metrics over a list of pairs, combined by an expression.

use super::Undefined;
use crate::error::{Code, Error, Result};
use crate::metrics::{Function, Node};

/// Applies the policy to the undefined values of one metric.
pub(super) fn settle(
    values: &mut [f64],
    policy: Undefined,
    error: impl Fn(usize) -> Error,
) -> Result<()> {
    let Some(first) = values.iter().position(|v| v.is_nan()) else {
        return Ok(());
    };
    let largest = values
        .iter()
        .copied()
        .filter(|v| !v.is_nan())
        .reduce(f64::max);
    match (policy, largest) {
        (Undefined::Max, Some(largest)) => {
            values
                .iter_mut()
                .filter(|v| v.is_nan())
                .for_each(|v| *v = largest);
            Ok(())
        }
        _ => Err(error(first)),
    }
}

/// The value of an expression for every pair, from the values of its metrics.
pub(super) fn combine(node: &Node, metrics: &[Vec<f64>], length: usize) -> Result<Vec<f64>> {
    Ok(match node {
        Node::Number(value) => vec![*value; length],
        Node::Metric(place) => metrics[*place].clone(),
        Node::Negate(inside) => map(combine(inside, metrics, length)?, |v| -v),
        Node::Call(function, inside) => {
            let values = combine(inside, metrics, length)?;
            match function {
                Function::Abs => map(values, f64::abs),
                Function::Sqrt => map(values, f64::sqrt),
                Function::MinMax => min_max(values)?,
                Function::ZScore => z_score(values)?,
            }
        }
        Node::Binary(operator, left, right) => {
            let mut left = combine(left, metrics, length)?;
            let right = combine(right, metrics, length)?;
            let operate = Node::operation(*operator);
            left.iter_mut()
                .zip(right)
                .for_each(|(a, b)| *a = operate(*a, b));
            left
        }
    })
}

fn map(mut values: Vec<f64>, f: impl Fn(f64) -> f64) -> Vec<f64> {
    values.iter_mut().for_each(|v| *v = f(*v));
    values
}

fn min_max(values: Vec<f64>) -> Result<Vec<f64>> {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if low == high {
        return Err(constant("minmax", low));
    }
    Ok(map(values, |v| (v - low) / (high - low)))
}

fn z_score(values: Vec<f64>) -> Result<Vec<f64>> {
    // Rounding of the mean would give equal values a variance.
    if values.iter().all(|v| *v == values[0]) {
        return Err(constant("zscore", values[0]));
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
    if variance == 0.0 || !variance.is_finite() {
        return Err(Error::new(
            Code::Undefined,
            format!("a variance of {variance} inside zscore(…)"),
            "one that double precision holds",
        )
        .with_hint("Multiply the values by a constant inside zscore(…)"));
    }
    Ok(map(values, |v| (v - mean) / variance.sqrt()))
}

fn constant(function: &str, value: f64) -> Error {
    let found = format!("the same value {value} for every pair inside {function}(…)");
    Error::new(
        Code::Undefined,
        found,
        "values that differ, to rescale them",
    )
}
