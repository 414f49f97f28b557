//! Test-only: every metric in one line of plain f64 arithmetic, straight from its formula.

use super::pair::{BOTH, ORIGINAL};
use super::{Expression, Metric};

fn sum(x: &[f64], y: &[f64], term: impl Fn(f64, f64) -> f64) -> f64 {
    x.iter().zip(y).map(|(a, b)| term(*a, *b)).sum()
}

fn norm(x: &[f64]) -> f64 {
    sum(x, x, |a, b| a * b).sqrt()
}

fn less_mean(x: &[f64]) -> Vec<f64> {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    x.iter().map(|a| a - mean).collect()
}

fn zero_over_zero_is_zero(a: f64, b: f64) -> f64 {
    if a == 0.0 && b == 0.0 { 0.0 } else { a / b }
}

/// The distance by the definition; `None` for the two metrics that need a reference set.
pub(crate) fn twin(metric: &Metric, x: &[f64], y: &[f64]) -> Option<f64> {
    let dot = |x: &[f64], y: &[f64]| sum(x, y, |a, b| a * b);
    let cos = |x: &[f64], y: &[f64]| dot(x, y) / (norm(x) * norm(y));
    let (n11, n10) = (dot(x, y), sum(x, y, |a, b| a * (1.0 - b)));
    let (n01, n00) = (
        sum(x, y, |a, b| (1.0 - a) * b),
        sum(x, y, |a, b| (1.0 - a) * (1.0 - b)),
    );
    let [first, second, third] = metric.parameters;
    Some(match metric.name() {
        "sqeuclidean" => sum(x, y, |a, b| (a - b).powi(2)),
        "euclidean" => sum(x, y, |a, b| (a - b).powi(2)).sqrt(),
        "cosine" => 1.0 - cos(x, y),
        "angular" => cos(x, y).clamp(-1.0, 1.0).acos() / std::f64::consts::PI,
        "correlation" => 1.0 - cos(&less_mean(x), &less_mean(y)),
        "dot" => -dot(x, y),
        "tanimoto" => 1.0 - dot(x, y) / (dot(x, x) + dot(y, y) - dot(x, y)),
        "cityblock" => sum(x, y, |a, b| (a - b).abs()),
        "chebyshev" => x
            .iter()
            .zip(y)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max),
        "minkowski" if first.is_infinite() => x
            .iter()
            .zip(y)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max),
        "minkowski" => sum(x, y, |a, b| (a - b).abs().powf(first)).powf(1.0 / first),
        "canberra" => sum(x, y, |a, b| {
            zero_over_zero_is_zero((a - b).abs(), a.abs() + b.abs())
        }),
        "canberra-cubic" => sum(x, y, |a, b| {
            zero_over_zero_is_zero((a - b).abs().powi(3), (a.abs() + b.abs()).powi(4))
        }),
        "braycurtis" => sum(x, y, |a, b| (a - b).abs()) / sum(x, y, |a, b| (a + b).abs()),
        "seuclidean" | "mahalanobis" => return None,
        "jensenshannon" => {
            let (sx, sy) = (x.iter().sum::<f64>(), y.iter().sum::<f64>());
            let kl = |p: f64, m: f64| if p == 0.0 { 0.0 } else { p * (p / m).ln() };
            let js = sum(x, y, |a, b| {
                let (p, q) = (a / sx, b / sy);
                kl(p, (p + q) / 2.0) + kl(q, (p + q) / 2.0)
            });
            (js / 2.0).sqrt()
        }
        "offset-cosine" => {
            let (nx, ny) = (norm(x), norm(y));
            let denominator = if third == ORIGINAL {
                (nx - second) * ny
            } else if third == BOTH {
                (nx - second) * (ny - second)
            } else {
                (((nx - second) * ny) * ((ny - second) * nx)).sqrt()
            };
            1.0 - (dot(x, y) - first) / denominator
        }
        "dot-over-norms" => 1.0 - dot(x, y) / (norm(x) + norm(y) - dot(x, y)),
        "yule" => 2.0 * n10 * n01 / (n11 * n00 + n10 * n01),
        "rogerstanimoto" => {
            let differ = 2.0 * (n10 + n01);
            differ / (n11 + n00 + differ)
        }
        other => panic!("no twin of {other}"),
    })
}

/// Every metric of the table with its defaults, and some with other parameters.
pub(crate) fn all() -> Vec<Metric> {
    let mut all: Vec<Metric> = super::METRICS
        .iter()
        .flat_map(|info| Expression::parse(info.name).expect(info.name).metrics)
        .collect();
    for text in [
        "minkowski(p=1)",
        "minkowski(p=3)",
        "minkowski(p=3.2)",
        "minkowski(p=0.5)",
        "minkowski(p=inf)",
        "offset-cosine(form=original)",
        "offset-cosine(form=both)",
        "offset-cosine(offset=0, norm-offset=0)",
    ] {
        all.extend(Expression::parse(text).expect(text).metrics());
    }
    all
}
