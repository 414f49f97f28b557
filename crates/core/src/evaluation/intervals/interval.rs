//! Confidence intervals that stay within [0, 1].

use super::normal_quantile;

/// The share of repetitions that an interval covers, unless another is asked for.
pub const LEVEL: f64 = 0.95;

/// A confidence interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Share of repetitions that cover the truth.
    pub level: f64,
    /// Method that made it.
    pub method: String,
}

impl Interval {
    /// An interval at [`LEVEL`].
    pub fn new((low, high): (f64, f64), method: impl Into<String>) -> Self {
        Self {
            low,
            high,
            level: LEVEL,
            method: method.into(),
        }
    }

    /// The interval on the scale of logit of an error by identity.
    pub(crate) fn by_identity(value: f64, error: f64) -> Option<Self> {
        on_logit(value, error).map(|ends| Self::new(ends, BY_IDENTITY))
    }
}

/// Standard errors to either side.
pub(super) fn reach() -> f64 {
    normal_quantile(0.5 + LEVEL / 2.0)
}

/// `value ± z · error` on the scale of logit, so that it neither leaves [0, 1] nor pretends to be
/// symmetric near an end. `None` at an end, or without an error.
pub fn on_logit(value: f64, error: f64) -> Option<(f64, f64)> {
    let spread = value * (1.0 - value);
    if spread <= 0.0 || error.is_nan() || error <= 0.0 {
        return None;
    }
    let middle = libm::log(value / (1.0 - value));
    let half = reach() * error / spread;
    let back = |x: f64| 1.0 / (1.0 + libm::exp(-x));
    Some((back(middle - half), back(middle + half)))
}

/// Wilson's score interval for a rate, as if from `trials` independent trials.
///
/// Source: Wilson, JASA 22 (1927); with an effective number of trials after Fogliato, Patil &
/// Perona, arXiv 2306.01198.
pub fn wilson(rate: f64, trials: f64) -> (f64, f64) {
    let z = reach();
    let z2 = z * z;
    let middle = rate + z2 / (2.0 * trials);
    let half = z * (rate * (1.0 - rate) / trials + z2 / (4.0 * trials * trials)).sqrt();
    let whole = 1.0 + z2 / trials;
    let low = if rate == 0.0 {
        0.0
    } else {
        (middle - half) / whole
    };
    let high = if rate == 1.0 {
        1.0
    } else {
        (middle + half) / whole
    };
    (low.max(0.0), high.min(1.0))
}

/// Independent trials that would leave a rate with this variance.
pub fn effective_trials(rate: f64, variance: f64) -> Option<f64> {
    let spread = rate * (1.0 - rate);
    (spread > 0.0 && variance > 0.0).then(|| spread / variance)
}

/// Method of intervals that come from the influence of each identity.
const BY_IDENTITY: &str = "identity influence";

/// Wilson's interval with the number of independent trials that would have this variance; a rate
/// of 0 or 1 has none, and is counted over people.
pub(crate) fn rate_interval(rate: f64, variance: f64, people: f64) -> Interval {
    match effective_trials(rate, variance) {
        Some(trials) => Interval::new(wilson(rate, trials), "identity influence, Wilson"),
        None => Interval::new(wilson(rate, people), "Wilson over people"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_is_the_textbook_interval() {
        // 8 of 10: Newcombe, Statistics in Medicine 17 (1998), 0.4902 to 0.9433.
        let (low, high) = wilson(0.8, 10.0);
        assert!((low - 0.4902).abs() < 5e-5 && (high - 0.9433).abs() < 5e-5);
        assert_eq!(wilson(0.0, 20.0).0, 0.0);
        assert_eq!(wilson(1.0, 20.0).1, 1.0);
        assert!((wilson(0.0, 20.0).1 - 0.1611).abs() < 5e-5);
    }

    #[test]
    fn logit_intervals_stay_inside() {
        let (low, high) = on_logit(0.999, 0.002).expect("inside");
        assert!(low > 0.9 && low < 0.999 && high > 0.999 && high < 1.0);
        assert_eq!(on_logit(1.0, 0.1), None);
        assert_eq!(on_logit(0.5, 0.0), None);
    }
}
