//! Two metrics on the same pairs: is one better?

use super::{
    AreaInfluence, Dyads, Influence, Interval, LEVEL, Placed, RateInfluence, Trust, check_level,
    reach, student_tail,
};
use crate::error::{Code, Error, Result};
use crate::evaluation::curve::{
    EqualErrorRate, Resolution, TarRule, area, check_far, equal_error_rate, resolution,
    threshold_at_far,
};
use crate::evaluation::{Trials, Warning};

/// A measure of the first metric less that of the second.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The difference.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
    /// The value and Student's quantile times the error to either side.
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
    /// Remarks on how far to trust the intervals.
    pub warnings: Vec<Warning>,
}

/// What to compare two metrics by.
#[derive(Clone, Debug, PartialEq)]
pub struct CompareOptions {
    /// False accept rates to compare true accept rates at, each in (0, 1]. Default: none.
    pub far: Vec<f64>,
    /// Rule that chooses their thresholds.
    pub rule: TarRule,
    /// Level of the intervals, in (0, 1). Default: [`LEVEL`].
    pub level: f64,
}

impl Default for CompareOptions {
    fn default() -> Self {
        Self {
            far: vec![],
            rule: TarRule::default(),
            level: LEVEL,
        }
    }
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
/// Errors: `EDIMENSION` for other pairs, `EOPTION` for a rate or level out of range, and those of
/// [`Trials::check`].
pub fn compare(
    first: &Trials<'_>,
    second: &Trials<'_>,
    options: &CompareOptions,
) -> Result<Comparison> {
    check_level(options.level)?;
    options.far.iter().try_for_each(|far| check_far(*far))?;
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
    let dyads = first.people.map(|people| Dyads::new(first, &people));
    let of_area = |side: &Placed<'_>| {
        let area = area(&side.curve);
        (area, side.all(&AreaInfluence::new(&side.curve, area)))
    };
    let of_eer = |side: &Placed<'_>| {
        let EqualErrorRate { linear, point, .. } = equal_error_rate(&side.curve);
        let influence = RateInfluence::equal_error_rate(&side.curve, point);
        (linear, side.all(&influence))
    };
    let of_tar = |side: &Placed<'_>, far: f64| {
        let point = threshold_at_far(&side.curve, far, options.rule).point;
        let influence = RateInfluence::tar_at_far(&side.curve, point);
        (side.curve.tar(point), side.all(&influence))
    };
    let mut sides = Sides {
        trials: first,
        dyads,
        level: options.level,
        trust: Trust::default(),
    };
    let auroc = sides.less("AUROC", of_area(&a), of_area(&b));
    let eer = sides.less("EER", of_eer(&a), of_eer(&b));
    let resolved = |far: &&f64| resolution(a.curve.impostors(), **far) != Resolution::Unresolved;
    let tar = options
        .far
        .iter()
        .filter(resolved)
        .map(|far| RateDifference {
            far: *far,
            difference: sides.less(&format!("TAR at {far}"), of_tar(&a, *far), of_tar(&b, *far)),
        });
    let tar = tar.collect();
    let warnings = match first.people {
        Some(people) => sides.trust.warnings(people.of_each_kind(first.same).0),
        None => vec![],
    };
    Ok(Comparison {
        auroc,
        eer,
        tar,
        warnings,
    })
}

impl Placed<'_> {
    /// The derivative of a measure by each pair.
    fn all(&self, influence: &impl Influence) -> Vec<f64> {
        (0..self.places.len())
            .map(self.by_pair(influence))
            .collect()
    }
}

/// The pairs of both metrics.
struct Sides<'a> {
    trials: &'a Trials<'a>,
    dyads: Option<Dyads<'a>>,
    level: f64,
    trust: Trust,
}

impl Sides<'_> {
    fn less(&mut self, name: &str, first: (f64, Vec<f64>), second: (f64, Vec<f64>)) -> Difference {
        let value = first.0 - second.0;
        let apart = |pair: usize| first.1[pair] - second.1[pair];
        let (error, freedom, method) = match &self.dyads {
            Some(dyads) => {
                let spread = dyads.spread(apart);
                self.trust.note_difference(name, &spread);
                (
                    spread.error(),
                    spread.freedom(),
                    "paired identity influence",
                )
            }
            None => (
                self.paired_error(apart),
                f64::INFINITY,
                "paired DeLong, pairs taken as independent",
            ),
        };
        let half = reach(self.level, freedom) * error;
        let half = if error > 0.0 { half } else { 0.0 };
        Difference {
            value,
            error,
            interval: Interval::new((value - half, value + half), self.level, method),
            p: (error > 0.0).then(|| 2.0 * student_tail(value / error, freedom)),
        }
    }

    /// Sums of squares of either kind with n/(n − 1), as sample variances have it.
    fn paired_error(&self, apart: impl Fn(usize) -> f64) -> f64 {
        let of = |kind: u8| {
            let pairs = (0..self.trials.same.len()).filter(|pair| self.trials.same[*pair] == kind);
            let (mut squares, mut n) = (0.0, 0.0);
            for pair in pairs {
                squares += apart(pair) * apart(pair);
                n += 1.0;
            }
            squares * n / f64::max(n - 1.0, 1.0)
        };
        (of(1) + of(0)).sqrt()
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
        let asked = CompareOptions {
            far: vec![0.1, 1e-7],
            ..CompareOptions::default()
        };
        let found = compare(&trials, &trials, &asked).unwrap();
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
        let found = compare(&alone, &nothing, &CompareOptions::default()).unwrap();
        let delong = delong_error(&Placed::new(&trials).unwrap().curve).unwrap();
        assert!((found.auroc.error - delong).abs() < 1e-15);
        assert!(found.auroc.p.unwrap() < 1e-6);
        assert!(found.auroc.interval.method.contains("taken as independent"));
        for far in [0.0, -1.0, 1.5, 1e308, f64::NAN] {
            let asked = CompareOptions {
                far: vec![far],
                ..CompareOptions::default()
            };
            assert!(compare(&trials, &trials, &asked).is_err(), "{far}");
        }
    }
}
