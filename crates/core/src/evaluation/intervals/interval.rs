//! Confidence intervals that stay within [0, 1].

use super::{Spread, student_quantile};
use crate::error::{Code, Error, Result, in_words};

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
    /// The variance behind it, where it is by identity.
    pub variance: Option<Variance>,
}

/// A variance by identity, split by what it shrinks with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Variance {
    /// Equal people who would carry it; it serves as degrees of freedom.
    pub people: f64,
    /// Part that is of people, and shrinks as one over their number.
    pub by_people: f64,
    /// Part that is of pairs of people, and shrinks as one over its square.
    pub by_pairs: f64,
}

impl Interval {
    /// An interval with its level and method.
    pub fn new((low, high): (f64, f64), level: f64, method: impl Into<String>) -> Self {
        Self {
            low,
            high,
            level,
            method: method.into(),
            variance: None,
        }
    }

    /// The interval with the variance that it was made of.
    pub(crate) fn of(self, spread: &Spread) -> Self {
        let variance = Some(spread.split());
        Self { variance, ..self }
    }

    /// The interval of a mean in [0, 1] over so many people: Student's on the scale of logit. At 0 or
    /// 1 it is Wilson's over people; `None` where nobody differs.
    pub(crate) fn by_identity(
        value: f64,
        spread: &Spread,
        people: f64,
        level: f64,
    ) -> Option<Self> {
        if value <= 0.0 || value >= 1.0 {
            return Some(over_people(value, people, level));
        }
        if spread.is_rounding(value) {
            return None;
        }
        let error = spread.with_unmet(value, people).sqrt();
        let ends = on_logit(value, reach(level, spread.freedom()) * error)?;
        Some(Self::new(ends, level, BY_IDENTITY).of(spread))
    }
}

/// Refuses a level that no interval can have.
pub(crate) fn check_level(level: f64) -> Result<()> {
    if level > 0.0 && level < 1.0 {
        return Ok(());
    }
    let found = format!("the level {}", in_words(level));
    Err(Error::new(Code::Option, found, "a number between 0 and 1"))
}

/// Standard errors to either side, with Student's distribution for so many degrees of freedom.
pub(crate) fn reach(level: f64, freedom: f64) -> f64 {
    student_quantile(0.5 + level / 2.0, freedom)
}

/// `value ± half` on the scale of logit, so that it neither leaves [0, 1] nor pretends to be
/// symmetric near an end. `None` at an end, or where `half` is 0.
pub fn on_logit(value: f64, half: f64) -> Option<(f64, f64)> {
    let spread = value * (1.0 - value);
    if spread <= 0.0 || half.is_nan() || half <= 0.0 {
        return None;
    }
    let middle = libm::log(value / (1.0 - value));
    let half = half / spread;
    let back = |x: f64| 1.0 / (1.0 + libm::exp(-x));
    Some((back(middle - half), back(middle + half)))
}

/// Wilson's score interval for a rate, as if from `trials` independent trials, `reach` standard errors
/// to either side.
///
/// Source: Wilson, JASA 22 (1927); with an effective number of trials after Fogliato, Patil &
/// Perona, arXiv 2306.01198.
pub fn wilson(rate: f64, trials: f64, reach: f64) -> (f64, f64) {
    let z = reach;
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

/// Method of intervals that come from the influence of each identity, on the scale of logit.
pub(crate) const BY_IDENTITY: &str = "identity influence";
/// Method of intervals of rates that do.
pub(super) const WILSON: &str = "identity influence, Wilson";
/// Method of intervals of costs that do, on their own scale.
pub(crate) const OF_COSTS: &str = "identity influence of costs";
/// Method of intervals of paired differences that do.
pub(super) const PAIRED: &str = "paired identity influence";
/// Method of intervals at 0 or 1.
pub(super) const OVER_PEOPLE: &str = "Wilson over people";

/// Wilson's interval with the number of independent trials that would have this variance; a rate
/// of 0 or 1 has none, and is counted over people.
pub(crate) fn rate_interval(rate: f64, spread: &Spread, people: f64, level: f64) -> Interval {
    match effective_trials(rate, spread.variance()).filter(|_| !spread.is_rounding(rate)) {
        Some(trials) => {
            let ends = wilson(rate, trials, reach(level, spread.freedom()));
            Interval::new(ends, level, WILSON).of(spread)
        }
        None => over_people(rate, people, level),
    }
}

/// Wilson's interval as if each person were right or wrong as a whole.
pub(crate) fn over_people(rate: f64, people: f64, level: f64) -> Interval {
    let ends = wilson(rate, people, reach(level, f64::INFINITY));
    Interval::new(ends, level, OVER_PEOPLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_is_the_textbook_interval() {
        // 8 of 10: Newcombe, Statistics in Medicine 17 (1998), 0.4902 to 0.9433.
        let z = reach(0.95, f64::INFINITY);
        let wilson = |rate, trials| wilson(rate, trials, z);
        let (low, high) = wilson(0.8, 10.0);
        assert!((low - 0.4902).abs() < 5e-5 && (high - 0.9433).abs() < 5e-5);
        assert_eq!(wilson(0.0, 20.0).0, 0.0);
        assert_eq!(wilson(1.0, 20.0).1, 1.0);
        assert!((wilson(0.0, 20.0).1 - 0.1611).abs() < 5e-5);
    }

    #[test]
    fn logit_intervals_stay_inside() {
        let (low, high) = on_logit(0.999, 1.96 * 0.002).expect("inside");
        assert!(low > 0.9 && low < 0.999 && high > 0.999 && high < 1.0);
        assert_eq!(on_logit(1.0, 0.1), None);
        assert_eq!(on_logit(0.5, 0.0), None);
    }

    #[test]
    fn an_end_keeps_an_interval_over_people_and_levels_nest() {
        let spread = Spread::of([0.01, -0.02, 0.015, -0.005], 0.0);
        for value in [0.0, 1.0] {
            let found =
                Interval::by_identity(value, &Spread::default(), 20.0, 0.95).expect("people");
            assert_eq!(found.method, "Wilson over people");
            assert!(found.high - found.low > 0.1);
        }
        assert_eq!(
            Interval::by_identity(0.5, &Spread::default(), 20.0, 0.95),
            None
        );
        let at = |level| Interval::by_identity(0.97, &spread, 20.0, level).expect("inside");
        let widths: Vec<f64> = [0.5, 0.8, 0.9, 0.95, 0.99]
            .map(|level| at(level).high - at(level).low)
            .to_vec();
        assert!(widths.is_sorted() && widths[0] < widths[4]);
        for wrong in [0.0, 1.0, -1.0, f64::NAN, f64::INFINITY, 95.0] {
            assert!(check_level(wrong).is_err());
        }
    }
}
