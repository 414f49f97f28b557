//! Intervals at another level, from what they tell of themselves.

use super::interval::{
    BY_IDENTITY, OF_COSTS, OVER_PEOPLE, PAIRED, Variance, WILSON, effective_trials, on_logit,
    reach, wilson,
};
use super::spread::freedom_of_difference;
use super::{Interval, check_level};
use crate::error::Result;

/// Level of the intervals that gates are judged on: an end then misses in 1 % of draws by its name, and in at most 5 % where few
/// people differ much.
pub const GATE_LEVEL: f64 = 0.98;

/// The interval that the same method makes of the same figure at another level; `None` where it cannot be told: of a
/// bootstrap, or of pairs taken as independent.
///
/// Errors: `EOPTION` for a level outside (0, 1).
pub fn at_level(value: f64, from: &Interval, level: f64) -> Result<Option<Interval>> {
    check_level(level)?;
    if from.level == level {
        return Ok(Some(from.clone()));
    }
    let times = |freedom: f64| reach(level, freedom) / reach(from.level, freedom);
    let ends = match (from.method.as_str(), from.variance) {
        (OVER_PEOPLE, _) => Some(over_people(value, from, level)),
        (WILSON, Some(variance)) => effective_trials(value, variance.total())
            .map(|trials| wilson(value, trials, reach(level, variance.people))),
        (BY_IDENTITY, Some(variance)) => {
            let logit = |at: f64| libm::log(at / (1.0 - at));
            let half = (logit(from.high) - logit(from.low)) / 2.0 * value * (1.0 - value);
            on_logit(value, half * times(variance.people))
        }
        (OF_COSTS, Some(variance)) => {
            let half = (from.high - value) * times(variance.people);
            Some(((value - half).max(0.0), value + half))
        }
        (PAIRED, Some(variance)) => {
            let half = (from.high - value) * times(freedom_of_difference(variance.people));
            Some((value - half, value + half))
        }
        _ => None,
    };
    Ok(ends.map(|(low, high)| Interval {
        low,
        high,
        level,
        ..from.clone()
    }))
}

/// Wilson's interval of nobody, or everybody, among the people that made the given one; of a difference of 0 to either
/// side.
fn over_people(value: f64, from: &Interval, level: f64) -> (f64, f64) {
    let far = (from.high - value).max(value - from.low);
    let square = |level: f64| reach(level, f64::INFINITY).powi(2);
    let people = square(from.level) * (1.0 - far) / far;
    let far = square(level) / (people + square(level));
    let side = |end: f64, moved: f64| if end == value { value } else { moved };
    (side(from.low, value - far), side(from.high, value + far))
}

impl Variance {
    fn total(&self) -> f64 {
        self.by_people + self.by_pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::trial_twin::Draw;
    use crate::evaluation::{
        CompareOptions, FigureOptions, IntervalOptions, Orientation, Trials, compare, trial_figures,
    };
    use crate::job::Job;

    fn near(value: f64, from: Option<&Interval>, to: Option<&Interval>) {
        let (from, to) = (from.expect("an interval"), to.expect("another"));
        let found = at_level(value, from, to.level)
            .unwrap()
            .expect("a method that is known");
        assert!((found.low - to.low).abs() < 1e-12, "{found:?} {to:?}");
        assert!((found.high - to.high).abs() < 1e-12, "{found:?} {to:?}");
        assert_eq!((found.level, &found.method), (to.level, &to.method));
    }

    #[test]
    fn an_interval_moved_is_the_one_that_is_made_there() {
        let mut draw = Draw::new(171);
        let drawn = draw.crowd(50, 3);
        let trials = drawn.trials(Orientation::Distance);
        let apart: Vec<f64> = (trials.scores.iter().enumerate())
            .map(|(pair, score)| score + (pair as f64).sin())
            .collect();
        let other = Trials {
            scores: &apart,
            ..trials
        };
        let perfect: Vec<f64> = trials.same.iter().map(|same| f64::from(1 - same)).collect();
        let perfect = Trials {
            scores: &perfect,
            ..trials
        };
        let at = |trials: &Trials<'_>, level| {
            let asked = FigureOptions {
                far: vec![0.1],
                thresholds: vec![1.0],
                level,
                ..FigureOptions::default()
            };
            trial_figures(trials, &asked, &IntervalOptions::default(), &Job::new()).unwrap()
        };
        for trials in [trials, perfect] {
            let (from, to) = (at(&trials, 0.95), at(&trials, 0.98));
            near(
                from.auroc,
                from.auroc_interval.as_ref(),
                to.auroc_interval.as_ref(),
            );
            near(
                from.eer.linear,
                from.eer_interval.as_ref(),
                to.eer_interval.as_ref(),
            );
            let spot = from.operating[0].reached.unwrap().spot;
            let both = |of: fn(&crate::evaluation::OperatingFigures) -> Option<&Interval>| {
                (of(&from.operating[0]), of(&to.operating[0]))
            };
            let (one, two) = both(|at| at.tar_interval.as_ref());
            near(spot.tar, one, two);
            let (one, two) = both(|at| at.far_interval.as_ref());
            near(spot.far, one, two);
        }
        for (first, second) in [(&trials, &other), (&perfect, &perfect)] {
            let at = |level| {
                let asked = CompareOptions {
                    level,
                    ..CompareOptions::default()
                };
                compare(first, second, &asked).unwrap().auroc
            };
            let (from, to) = (at(0.9), at(0.98));
            near(from.value, Some(&from.interval), Some(&to.interval));
        }
        let unknown = at(
            &Trials {
                people: None,
                ..trials
            },
            0.95,
        );
        let moved = at_level(
            unknown.auroc,
            unknown.auroc_interval.as_ref().unwrap(),
            0.98,
        );
        assert_eq!(moved.unwrap(), None);
        assert!(at_level(0.5, unknown.auroc_interval.as_ref().unwrap(), 1.0).is_err());
    }
}
