//! The few figures that a fit puts on its card.

use crate::error::Result;
use crate::evaluation::Trials;
use crate::evaluation::curve::{
    Resolution, TarRule, area, equal_error_rate, resolution, threshold_at_far,
};
use crate::evaluation::intervals::{AreaInfluence, Dyads, Interval, Placed, check_level};

/// Verification figures of one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Verification {
    /// Area under the ROC curve, ties at ½.
    pub auroc: f64,
    /// Its standard error, clustered by identity.
    pub auroc_error: f64,
    /// Its interval; `None` where people do not differ.
    pub auroc_interval: Option<Interval>,
    /// Equal error rate by linear interpolation.
    pub eer: f64,
    /// True accept rate at the loosest threshold whose false accept rate is at most [`TAR_AT`];
    /// `None` with fewer than `1 / TAR_AT` impostor pairs.
    pub tar: Option<f64>,
}

/// The false accept rate of [`Verification::tar`].
pub const TAR_AT: f64 = 1e-3;

/// The figures of trials whose people are known, with intervals of a level in (0, 1). Errors:
/// `EOPTION` where they are not, and those
/// of [`Trials::check`].
pub fn verify(trials: &Trials<'_>, level: f64) -> Result<Verification> {
    check_level(level)?;
    let people = trials.known_people("a standard error by identity")?;
    trials.check()?;
    let placed = Placed::new(trials)?;
    let curve = &placed.curve;
    let auroc = area(curve);
    let dyads = Dyads::new(trials, &people);
    let spread = dyads.spread(placed.by_pair(&AreaInfluence::new(curve, auroc)));
    let (genuine, _) = people.of_each_kind(trials.same);
    let resolved = resolution(curve.impostors(), TAR_AT) != Resolution::Unresolved;
    let tar = || curve.tar(threshold_at_far(curve, TAR_AT, TarRule::AtMost).point);
    Ok(Verification {
        auroc,
        auroc_error: spread.error(),
        auroc_interval: Interval::by_identity(auroc, &spread, genuine as f64, level),
        eer: equal_error_rate(curve).linear,
        tar: resolved.then(tar),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::intervals::{CompareOptions, compare};
    use crate::evaluation::trial_twin::{Draw, points, spread_twin};
    use crate::evaluation::{Orientation, People};

    #[test]
    fn influences_are_those_of_the_definition_counted_pair_by_pair() {
        let mut draw = Draw::new(3);
        let drawn = draw.people(9, 300);
        let t = drawn.trials(Orientation::Distance);
        let of = |kind: u8| -> Vec<usize> { (0..300).filter(|i| t.same[*i] == kind).collect() };
        let (genuine, impostors) = (of(1), of(0));
        let wins = |g: usize, h: usize| match t.scores[g].total_cmp(&t.scores[h]) {
            std::cmp::Ordering::Less => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Greater => 0.0,
        };
        let (p, q) = (genuine.len() as f64, impostors.len() as f64);
        let total: f64 = genuine
            .iter()
            .flat_map(|g| impostors.iter().map(|h| wins(*g, *h)))
            .sum();
        let area = total / p / q;
        let mut naive = [0.0; 300];
        for g in &genuine {
            let v: f64 = impostors.iter().map(|h| wins(*g, *h)).sum::<f64>() / q;
            naive[*g] = (v - area) / p;
        }
        for h in &impostors {
            let v: f64 = genuine.iter().map(|g| wins(*g, *h)).sum::<f64>() / p;
            naive[*h] = (v - area) / q;
        }
        let found = verify(&t, 0.95).expect("both kinds");
        assert!((found.auroc - area).abs() < 1e-14);
        let error = spread_twin(&t, &naive).error();
        assert!((found.auroc_error - error).abs() < 1e-14);
        let same = compare(&t, &t, &CompareOptions::default()).expect("both kinds");
        assert_eq!((same.auroc.value, same.auroc.error), (0.0, 0.0));
    }

    #[test]
    fn tar_follows_its_definition_by_trying_every_threshold() {
        for seed in 0..10 {
            let drawn = Draw::new(seed).people(12, 4000);
            let trials = drawn.trials(Orientation::Distance);
            let found = verify(&trials, 0.95).expect("both kinds");
            let all = points(trials.scores, trials.same, trials.orientation);
            let within = all.iter().filter(|(far, _)| *far <= TAR_AT);
            let tar = within.map(|(_, tar)| *tar).fold(0.0, f64::max);
            assert_eq!(found.tar, Some(tar));
        }
    }

    #[test]
    fn perfect_separation_has_no_error_and_few_impostors_no_tar() {
        let t = Trials {
            scores: &[0.1, 0.2, 0.9, 0.8],
            same: &[1, 1, 0, 0],
            orientation: Orientation::Distance,
            people: Some(People {
                first: &[0, 1, 0, 1],
                second: &[0, 1, 1, 2],
                count: 3,
            }),
        };
        let found = verify(&t, 0.95).expect("both kinds");
        assert_eq!((found.auroc, found.eer, found.tar), (1.0, 0.0, None));
        assert_eq!(found.auroc_error, 0.0);
        let interval = found.auroc_interval.expect("over people");
        assert!(interval.low < 0.5 && interval.high == 1.0);
    }
}
