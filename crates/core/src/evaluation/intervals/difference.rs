//! Two metrics on the same pairs: is one better?

use super::interval::reach;
use super::{
    AreaInfluence, Influence, Interval, Placed, RateInfluence, normal_cdf, standard_error,
};
use crate::error::{Code, Error, Result};
use crate::evaluation::Trials;
use crate::evaluation::curve::{
    EqualErrorRate, Resolution, TarRule, area, equal_error_rate, resolution, threshold_at_far,
};

/// A measure of the first metric less that of the second.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The difference.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
    /// `value ± 1.96 error`.
    pub interval: Interval,
    /// Chance of a difference at least so large, of either sign, if there were none; `None` where
    /// the error is 0.
    pub p: Option<f64>,
}

/// Every difference of two metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Of the areas under the curve; positive when the first is better.
    pub auroc: Difference,
    /// Of the equal error rates; negative when the first is better.
    pub eer: Difference,
    /// Of the true accept rates, without false accept rates that the impostors cannot resolve;
    /// positive when the first is better.
    pub tar: Vec<RateDifference>,
}

/// Difference of the true accept rates at a false accept rate.
#[derive(Clone, Debug, PartialEq)]
pub struct RateDifference {
    /// Asked for.
    pub far: f64,
    /// Of the true accept rates.
    pub difference: Difference,
}

/// Compares two metrics, whose trials differ in scores and orientation only. Influences are
/// subtracted before they are squared, so what moves both metrics alike cancels: by identity where
/// people are known, by pair (DeLong's paired test) where not.
///
/// Errors: `EDIMENSION` for other pairs, and those of [`Trials::check`].
pub fn compare(
    first: &Trials<'_>,
    second: &Trials<'_>,
    far: &[f64],
    rule: TarRule,
) -> Result<Comparison> {
    first.check()?;
    second.check()?;
    if first.same != second.same {
        let found = format!("{} and {} pairs", first.same.len(), second.same.len());
        return Err(Error::new(
            Code::Dimension,
            found,
            "the same pairs with the same truth",
        ));
    }
    let (a, b) = (Placed::new(first)?, Placed::new(second)?);
    let of_area = |side: &Placed<'_>| {
        let area = area(&side.curve);
        let influence = AreaInfluence::new(&side.curve, area);
        (area, side.influences(&influence))
    };
    let of_eer = |side: &Placed<'_>| {
        let EqualErrorRate { linear, point, .. } = equal_error_rate(&side.curve);
        let influence = RateInfluence::equal_error_rate(&side.curve, point);
        (linear, side.influences(&influence))
    };
    let of_tar = |side: &Placed<'_>, far: f64| {
        let point = threshold_at_far(&side.curve, far, rule).point;
        let influence = RateInfluence::tar_at_far(&side.curve, point);
        (side.curve.tar(point), side.influences(&influence))
    };
    Ok(Comparison {
        auroc: a.less(of_area(&a), of_area(&b)),
        eer: a.less(of_eer(&a), of_eer(&b)),
        tar: far
            .iter()
            .filter(|far| resolution(a.curve.impostors(), **far) != Resolution::Unresolved)
            .map(|far| RateDifference {
                far: *far,
                difference: a.less(of_tar(&a, *far), of_tar(&b, *far)),
            })
            .collect(),
    })
}

impl Placed<'_> {
    /// Of each identity, or of each pair.
    fn influences(&self, influence: &impl Influence) -> Vec<f64> {
        if let Some(people) = &self.trials.people {
            return self.by_identity(people, influence);
        }
        let of_pair = |(place, same): (&u32, &u8)| match same {
            1 => influence.genuine(*place as usize),
            _ => influence.impostor(*place as usize),
        };
        let pairs = self.places.iter().zip(self.trials.same);
        pairs.map(of_pair).collect()
    }

    fn less(&self, first: (f64, Vec<f64>), second: (f64, Vec<f64>)) -> Difference {
        let value = first.0 - second.0;
        let apart: Vec<f64> = first.1.iter().zip(&second.1).map(|(a, b)| a - b).collect();
        let (error, method) = match &self.trials.people {
            Some(people) => (
                standard_error(&apart, people.occurring()),
                "paired identity influence",
            ),
            None => (
                self.paired_error(&apart),
                "paired DeLong, pairs taken as independent",
            ),
        };
        let half = reach() * error;
        Difference {
            value,
            error,
            interval: Interval::new((value - half, value + half), method),
            p: (error > 0.0).then(|| 2.0 * normal_cdf(-(value / error).abs())),
        }
    }

    /// Sums of squares of either kind with n/(n − 1), as sample variances have it.
    fn paired_error(&self, apart: &[f64]) -> f64 {
        let of = |kind: u8, count: u64| {
            let pairs = apart.iter().zip(self.trials.same);
            let squares: f64 = pairs.filter(|(_, s)| **s == kind).map(|(v, _)| v * v).sum();
            let n = count as f64;
            squares * n / (n - 1.0).max(1.0)
        };
        (of(1, self.curve.genuine()) + of(0, self.curve.impostors())).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::super::delong_error;
    use super::*;
    use crate::evaluation::Orientation;
    use crate::evaluation::trial_twin::Draw;

    #[test]
    fn nothing_against_itself_and_delong_against_noise_free_halves() {
        let mut draw = Draw::new(131);
        let drawn = draw.people(12, 400);
        let trials = drawn.trials(Orientation::Distance);
        let found = compare(&trials, &trials, &[0.1, 1e-7], TarRule::AtMost).unwrap();
        assert_eq!(
            (found.auroc.value, found.auroc.error, found.auroc.p),
            (0.0, 0.0, None)
        );
        assert_eq!(found.eer.value, 0.0);
        assert_eq!(found.tar[0].difference.value, 0.0);
        // One accept in ten million says nothing about some hundred impostors.
        assert_eq!(found.tar.len(), 1);
        // A metric that tells nothing has no influence, so the error is that of the other alone.
        let flat = vec![1.0; trials.scores.len()];
        let nothing = Trials {
            scores: &flat,
            people: None,
            ..trials
        };
        let alone = Trials {
            people: None,
            ..trials
        };
        let found = compare(&alone, &nothing, &[], TarRule::AtMost).unwrap();
        let delong = delong_error(&Placed::new(&trials).unwrap().curve).unwrap();
        assert!((found.auroc.error - delong).abs() < 1e-15);
        assert!(found.auroc.p.unwrap() < 1e-6);
        assert!(found.auroc.interval.method.contains("taken as independent"));
    }
}
