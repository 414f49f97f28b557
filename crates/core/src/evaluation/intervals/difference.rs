//! Two metrics on the same pairs: is one better?

use super::interval::PAIRED;
use super::{
    AreaInfluence, Dyads, Influence, Interval, LEVEL, Placed, RateInfluence, Spread, Trust,
    check_level, over_people, reach, student_tail,
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
    /// The value and Student's quantile times the error to either side; where both metrics are at the
    /// same end, 0 or 1, Wilson's over people.
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
    check_same(first, second)?;
    let (a, b) = (Placed::new(first)?, Placed::new(second)?);
    let mut sides = sides_of(first);
    let mut less = |name: &str, of: &dyn Fn(&Placed<'_>) -> (f64, Vec<f64>)| {
        sides.less(Some(name), options.level, &of(&a), &of(&b))
    };
    let auroc = less("AUROC", &|side| side.area_by_pair());
    let eer = less("EER", &|side| side.eer_by_pair());
    let resolved = |far: &&f64| resolution(a.curve.impostors(), **far) != Resolution::Unresolved;
    let tar = options
        .far
        .iter()
        .filter(resolved)
        .map(|far| RateDifference {
            far: *far,
            difference: less(&format!("TAR at {far}"), &|side| {
                side.tar_by_pair(*far, options.rule)
            }),
        });
    let tar = tar.collect();
    Ok(Comparison {
        auroc,
        eer,
        tar,
        warnings: sides.warnings(),
    })
}

/// Refuses trials of other pairs. Errors: `EDIMENSION`.
pub(super) fn check_same(first: &Trials<'_>, second: &Trials<'_>) -> Result<()> {
    if first.same == second.same {
        return Ok(());
    }
    let found = format!("{} and {} pairs", first.same.len(), second.same.len());
    Err(Error::new(
        Code::Dimension,
        found,
        "the same pairs with the same truth",
    ))
}

/// The interval of the first figure less the second, each given as value, lower and upper end, from their
/// intervals alone: `d − √((a − a_low)² + (b_high − b)²)` to `d + √((a_high − a)² + (b − b_low)²)`. It takes the two as
/// independent; where both are of the same people, who move them alike, it is wider than need be.
///
/// Source: Newcombe, Statistics in Medicine 17 (1998), 873–890, method 10; Zou & Donner, Statistics in Medicine
/// 27 (2008), 1693–1702.
pub fn unpaired(first: [f64; 3], second: [f64; 3]) -> (f64, f64) {
    let [a, a_low, a_high] = first;
    let [b, b_low, b_high] = second;
    let (apart, root) = (a - b, |x: f64, y: f64| (x * x + y * y).sqrt());
    (
        apart - root(a - a_low, b_high - b),
        apart + root(a_high - a, b - b_low),
    )
}

/// A measure and its derivative by each pair.
impl Placed<'_> {
    pub(super) fn area_by_pair(&self) -> (f64, Vec<f64>) {
        let area = area(&self.curve);
        (area, self.all(&AreaInfluence::new(&self.curve, area)))
    }

    pub(super) fn eer_by_pair(&self) -> (f64, Vec<f64>) {
        let EqualErrorRate { linear, point, .. } = equal_error_rate(&self.curve);
        let influence = RateInfluence::equal_error_rate(&self.curve, point);
        (linear, self.all(&influence))
    }

    pub(super) fn tar_by_pair(&self, far: f64, rule: TarRule) -> (f64, Vec<f64>) {
        let point = threshold_at_far(&self.curve, far, rule).point;
        let influence = RateInfluence::tar_at_far(&self.curve, point);
        (self.curve.tar(point), self.all(&influence))
    }

    fn all(&self, influence: &impl Influence) -> Vec<f64> {
        (0..self.places.len())
            .map(self.by_pair(influence))
            .collect()
    }
}

/// The pairs of all metrics.
pub(super) struct Sides<'a> {
    trials: &'a Trials<'a>,
    /// People with a genuine pair, where people are known.
    genuine: usize,
    dyads: Option<Dyads<'a>>,
    trust: Trust,
}

/// The pairs of trials, which differ in scores and orientation only.
pub(super) fn sides_of<'a>(trials: &'a Trials<'a>) -> Sides<'a> {
    Sides {
        trials,
        genuine: trials
            .people
            .map_or(0, |people| people.of_each_kind(trials.same).0),
        dyads: trials.people.map(|people| Dyads::new(trials, &people)),
        trust: Trust::default(),
    }
}

impl Sides<'_> {
    /// The difference of two measures; how far to trust it is noted under a name.
    pub(super) fn less(
        &mut self,
        name: Option<&str>,
        level: f64,
        first: &(f64, Vec<f64>),
        second: &(f64, Vec<f64>),
    ) -> Difference {
        let value = first.0 - second.0;
        let apart = |pair: usize| first.1[pair] - second.1[pair];
        let mut variance_of = None;
        let (error, freedom, method) = match &self.dyads {
            Some(dyads) => {
                let spread = dyads.spread(apart);
                let at_end = |value: f64| value <= 0.0 || value >= 1.0;
                if first.0 == second.0 && at_end(first.0) {
                    return self.without_errors(name, level, first.0);
                }
                if let Some(name) = name {
                    self.trust
                        .note_difference(name, [first.0, second.0], &spread, self.genuine);
                }
                variance_of = Some(spread.split());
                let (variance, freedom) = spread.of_difference();
                (variance.sqrt(), freedom, PAIRED)
            }
            None => (
                self.paired_error(apart),
                f64::INFINITY,
                "paired DeLong, pairs taken as independent",
            ),
        };
        let half = reach(level, freedom) * error;
        let half = if error > 0.0 { half } else { 0.0 };
        let interval = Interval::new((value - half, value + half), level, method);
        Difference {
            value,
            error,
            interval: Interval {
                variance: variance_of,
                ..interval
            },
            p: (error > 0.0).then(|| 2.0 * student_tail(value / error, freedom)),
        }
    }

    /// Two metrics that both decide everything alike: nobody differs, so people are counted.
    fn without_errors(&mut self, name: Option<&str>, level: f64, value: f64) -> Difference {
        if let Some(name) = name {
            self.trust.note(name, value, &Spread::default());
        }
        let none = over_people(0.0, self.genuine as f64, level);
        Difference {
            value: 0.0,
            error: 0.0,
            interval: Interval::new((-none.high, none.high), level, none.method),
            p: None,
        }
    }

    /// The covariance of measures, row after row: products of the influences of people, or of pairs where
    /// people are not known.
    pub(super) fn covariance(&self, measured: &[(f64, Vec<f64>)]) -> Vec<f64> {
        let by_person = |of: &(f64, Vec<f64>)| match &self.dyads {
            Some(dyads) => dyads.by_person(|pair| of.1[pair]),
            None => of.1.clone(),
        };
        let influences: Vec<Vec<f64>> = measured.iter().map(by_person).collect();
        let product = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        let row = |a: &Vec<f64>| {
            influences
                .iter()
                .map(|b| product(a, b))
                .collect::<Vec<f64>>()
        };
        influences.iter().flat_map(row).collect()
    }

    pub(super) fn warnings(self) -> Vec<Warning> {
        match self.trials.people {
            Some(_) => self.trust.warnings(self.genuine),
            None => vec![],
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
    use crate::evaluation::trial_twin::Draw;
    use crate::evaluation::{Orientation, People};

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

    #[test]
    fn intervals_alone_give_newcombe_s_difference() {
        // 56 of 70 and 48 of 80, Newcombe's contrast (a): method 10 gives 0.0524 to 0.3339.
        let z = reach(0.95, f64::INFINITY);
        let of = |hits: f64, all: f64| {
            let (low, high) = super::super::wilson(hits / all, all, z);
            [hits / all, low, high]
        };
        let (low, high) = unpaired(of(56.0, 70.0), of(48.0, 80.0));
        assert!(
            (low - 0.0524).abs() < 5e-5 && (high - 0.3339).abs() < 5e-5,
            "{low} {high}"
        );
    }

    #[test]
    fn two_metrics_without_an_error_may_differ_over_other_people() {
        // Twelve people with two rows each; both metrics part everything.
        let (mut same, mut first, mut second) = (vec![], vec![], vec![]);
        for (a, b) in (0..24u32).flat_map(|a| (a + 1..24).map(move |b| (a, b))) {
            same.push(u8::from(a / 2 == b / 2));
            first.push(a / 2);
            second.push(b / 2);
        }
        let people = People {
            first: &first,
            second: &second,
            count: 12,
        };
        let scores = |by: f64| -> Vec<f64> {
            (same.iter().enumerate())
                .map(|(pair, same)| f64::from(1 - same) + by * (pair as f64).sin())
                .collect()
        };
        let (one, other) = (scores(0.1), scores(0.2));
        let trials = |scores| Trials {
            scores,
            same: &same,
            orientation: Orientation::Distance,
            people: Some(people),
        };
        let asked = CompareOptions {
            far: vec![0.1],
            ..CompareOptions::default()
        };
        let found = compare(&trials(&one), &trials(&other), &asked).unwrap();
        let z2 = reach(0.95, f64::INFINITY).powi(2);
        for of in [&found.auroc, &found.eer, &found.tar[0].difference] {
            assert_eq!((of.value, of.p), (0.0, None));
            // Wilson's upper end of none of twelve.
            assert!((of.interval.high - z2 / (12.0 + z2)).abs() < 1e-12);
            assert_eq!(of.interval.low, -of.interval.high);
            assert_eq!(of.interval.method, "Wilson over people");
        }
        let codes: Vec<&str> = found.warnings.iter().map(|warning| warning.code).collect();
        assert_eq!(codes, ["few-people", "concentrated"]);
        // One pair wrong of 12 × 264: less than half a person.
        let (mut nearly, wrong) = (one.clone(), same.iter().position(|same| *same == 0));
        nearly[wrong.unwrap()] = 0.0;
        let found = compare(
            &trials(&nearly),
            &trials(&other),
            &CompareOptions::default(),
        )
        .unwrap();
        assert!(found.warnings.iter().any(|warning| {
            warning.code == "concentrated" && warning.text.contains("difference of AUROC, EER")
        }));
    }
}
