//! Rates of groups at thresholds that they share, at their own, and of impostors across groups.

use super::fairness::RateError;
use super::{FigureOptions, Groups, IntervalOptions, OperatingFigures, trial_figures};
use crate::error::Result;
use crate::evaluation::curve::{Accepted, area};
use crate::evaluation::intervals::{
    AreaInfluence, Dyads, Interval, Placed, delong_error, on_logit, rate_interval, reach, wilson,
};
use crate::evaluation::{People, Trials};
use crate::job::Job;

/// One group of pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupRates {
    /// Its genuine pairs.
    pub genuine: u64,
    /// Its impostor pairs.
    pub impostors: u64,
    /// Area under its own curve; `None` without both kinds.
    pub auroc: Option<f64>,
    /// Interval of it; `None` where it is undefined or nobody differs.
    pub auroc_interval: Option<Interval>,
    /// At each threshold.
    pub at: Vec<GroupAccepted>,
    /// People in its pairs; `None` where they are not known.
    pub people: Option<usize>,
    /// At thresholds that the group's own impostors choose, one for each false accept rate asked for; empty without
    /// both kinds of pairs.
    pub own: Vec<OperatingFigures>,
    /// Impostor pairs of the group with others; `None` where only the group of a pair is known.
    pub across: Option<Across>,
}

/// Impostor pairs of which one row is in the group, and the other in another.
#[derive(Clone, Debug, PartialEq)]
pub struct Across {
    /// Their number.
    pub impostors: u64,
    /// At each threshold that all groups share.
    pub at: Vec<GroupAccepted>,
}

/// Pairs of a group accepted at a threshold that all groups share.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupAccepted {
    /// Their numbers.
    pub accepted: Accepted,
    /// Interval of the false accept rate; `None` without impostors.
    pub far_interval: Option<Interval>,
    /// Interval of the true accept rate; `None` without genuine pairs.
    pub tar_interval: Option<Interval>,
    /// Errors of the false accept and of the true accept rate, by identity.
    pub errors: [Option<RateError>; 2],
}

/// People in the pairs of a group below which nothing is told of it.
pub const LEAST_PEOPLE: usize = 6;

/// Judges groups at thresholds that they share, and each at its own. Intervals are by identity where people are
/// known, else they take pairs as independent.
///
/// Errors: `EDIMENSION`, `EINDEX` for a group out of range, `EABORTED`.
pub fn group_rates(
    trials: &Trials<'_>,
    groups: &Groups,
    thresholds: &[f64],
    options: &FigureOptions,
    job: &Job,
) -> Result<Vec<GroupRates>> {
    let count = groups.names.len();
    trials.sizes_of("group", &groups.of, count)?;
    let (mut parts, mut across) = (vec![Part::default(); count], vec![Part::default(); count]);
    for (pair, group) in groups.of.iter().enumerate() {
        parts[*group as usize].push(trials, pair);
    }
    if let Some(sides) = &groups.sides {
        for side in sides {
            trials.sizes_of("group", side, count + 2)?;
        }
        for pair in (0..trials.same.len()).filter(|pair| trials.same[*pair] == 0) {
            let [a, b] = [sides[0][pair] as usize, sides[1][pair] as usize];
            if a == b || a == count || b == count {
                continue;
            }
            for group in [a, b].into_iter().filter(|group| *group < count) {
                across[group].push(trials, pair);
            }
        }
    }
    let judged = parts.iter().zip(&across).map(|(part, across)| {
        let own = part.own(trials, options, job)?;
        let across = across.trials(trials);
        let of_others = Judge::new(&across, options.level);
        Ok(GroupRates {
            own,
            across: groups.sides.as_ref().map(|_| Across {
                impostors: across.scores.len() as u64,
                at: thresholds
                    .iter()
                    .map(|at| of_others.accepted(*at))
                    .collect(),
            }),
            ..part.rates(&part.trials(trials), thresholds, options.level)
        })
    });
    judged.collect()
}

/// The pairs of a group.
#[derive(Clone, Default)]
struct Part {
    scores: Vec<f64>,
    same: Vec<u8>,
    first: Vec<u32>,
    second: Vec<u32>,
}

impl Part {
    fn push(&mut self, trials: &Trials<'_>, pair: usize) {
        self.scores.push(trials.scores[pair]);
        self.same.push(trials.same[pair]);
        if let Some(people) = &trials.people {
            self.first.push(people.first[pair]);
            self.second.push(people.second[pair]);
        }
    }

    fn trials(&self, all: &Trials<'_>) -> Trials<'_> {
        Trials {
            scores: &self.scores,
            same: &self.same,
            orientation: all.orientation,
            people: all.people.as_ref().map(|people| People {
                first: &self.first,
                second: &self.second,
                count: people.count,
            }),
        }
    }

    /// The group by itself, at the false accept rates asked for.
    fn own(
        &self,
        all: &Trials<'_>,
        options: &FigureOptions,
        job: &Job,
    ) -> Result<Vec<OperatingFigures>> {
        let asked = FigureOptions {
            far: options.far.clone(),
            rule: options.rule,
            level: options.level,
            ..FigureOptions::default()
        };
        let trials = self.trials(all);
        if trials.check().is_err() {
            // All that can be missing is a kind of pairs; everything else was checked.
            return Ok(vec![]);
        }
        let figures = trial_figures(&trials, &asked, &IntervalOptions::default(), job)?;
        Ok(figures.operating)
    }

    fn rates(&self, trials: &Trials<'_>, thresholds: &[f64], level: f64) -> GroupRates {
        let judge = Judge::new(trials, level);
        // Both kinds are all that may be missing: everything else was checked.
        let placed = Placed::new(trials).ok();
        GroupRates {
            genuine: judge.kinds[1] as u64,
            impostors: judge.kinds[0] as u64,
            auroc: placed.as_ref().map(|placed| area(&placed.curve)),
            auroc_interval: placed.and_then(|placed| judge.of_area(&placed)),
            at: thresholds.iter().map(|at| judge.accepted(*at)).collect(),
            people: trials.people.map(|people| people.occurring()),
            own: vec![],
            across: None,
        }
    }
}

/// Intervals of one group.
struct Judge<'a> {
    trials: &'a Trials<'a>,
    dyads: Option<Dyads<'a>>,
    /// Impostor and genuine pairs.
    kinds: [usize; 2],
    /// People with a genuine and with an impostor pair.
    people: (usize, usize),
    level: f64,
}

impl<'a> Judge<'a> {
    fn new(trials: &'a Trials<'a>, level: f64) -> Self {
        let genuine = trials.same.iter().filter(|same| **same == 1).count();
        Self {
            trials,
            dyads: trials.people.map(|people| Dyads::new(trials, &people)),
            kinds: [trials.same.len() - genuine, genuine],
            people: match &trials.people {
                Some(people) => people.of_each_kind(trials.same),
                None => (0, 0),
            },
            level,
        }
    }

    fn of_area(&self, placed: &Placed<'_>) -> Option<Interval> {
        let auroc = area(&placed.curve);
        let Some(dyads) = &self.dyads else {
            let half = reach(self.level, f64::INFINITY) * delong_error(&placed.curve)?;
            let ends = on_logit(auroc, half)?;
            return Some(Interval::new(
                ends,
                self.level,
                "DeLong, pairs taken as independent",
            ));
        };
        let influence = AreaInfluence::new(&placed.curve, auroc);
        let spread = dyads.spread(placed.by_pair(&influence));
        Interval::by_identity(auroc, &spread, self.people.0 as f64, self.level)
    }

    fn accepted(&self, threshold: f64) -> GroupAccepted {
        let Trials {
            scores,
            same,
            orientation,
            ..
        } = self.trials;
        let accepts = |pair: usize| orientation.accepts(threshold, scores[pair]);
        let mut counts = [0, 0];
        for (pair, same) in same.iter().enumerate() {
            counts[usize::from(*same)] += u64::from(accepts(pair));
        }
        let mut errors = [None; 2];
        let mut interval = |kind: usize, people: usize| {
            let pairs = self.kinds[kind] as f64;
            if pairs == 0.0 {
                return None;
            }
            let rate = counts[kind] as f64 / pairs;
            let Some(dyads) = &self.dyads else {
                let ends = wilson(rate, pairs, reach(self.level, f64::INFINITY));
                let method = "Wilson, pairs taken as independent";
                return Some(Interval::new(ends, self.level, method));
            };
            let derivative = |pair: usize| match usize::from(same[pair]) == kind {
                true => (f64::from(u8::from(accepts(pair))) - rate) / pairs,
                false => 0.0,
            };
            let spread = dyads.spread(derivative);
            errors[kind] = Some(RateError::of(&spread));
            Some(rate_interval(
                rate,
                &spread,
                people.max(1) as f64,
                self.level,
            ))
        };
        let far_interval = interval(0, self.people.1 / 2);
        let tar_interval = interval(1, self.people.0);
        GroupAccepted {
            accepted: Accepted {
                genuine: counts[1],
                impostors: counts[0],
            },
            far_interval,
            tar_interval,
            errors,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Orientation;
    use crate::evaluation::trial_twin::Draw;
    fn groups(of: &[u32], count: usize) -> Groups {
        Groups {
            of: of.to_vec(),
            names: (0..count).map(|group| format!("g{group}")).collect(),
            sides: None,
        }
    }

    fn judged(
        trials: &Trials<'_>,
        groups: &Groups,
        thresholds: &[f64],
        level: f64,
    ) -> Result<Vec<GroupRates>> {
        let options = FigureOptions {
            far: vec![0.25],
            level,
            ..FigureOptions::default()
        };
        group_rates(trials, groups, thresholds, &options, &Job::new())
    }

    #[test]
    fn each_group_by_itself() {
        let trials = Trials {
            scores: &[1.0, 2.0, 3.0, 4.0, 5.0],
            same: &[1, 0, 1, 0, 0],
            orientation: Orientation::Distance,
            people: None,
        };
        let found = judged(&trials, &groups(&[0, 0, 1, 1, 2], 3), &[2.0, 4.0], 0.95).unwrap();
        let counts = |g: &GroupRates| (g.genuine, g.impostors, g.auroc);
        let counts: Vec<_> = found.iter().map(counts).collect();
        assert_eq!(counts, [(1, 1, Some(1.0)), (1, 1, Some(1.0)), (0, 1, None)]);
        let accepted = |g: u64, i: u64| Accepted {
            genuine: g,
            impostors: i,
        };
        let told =
            |g: &GroupRates| -> Vec<Accepted> { g.at.iter().map(|at| at.accepted).collect() };
        assert_eq!(told(&found[0]), [accepted(1, 1), accepted(1, 1)]);
        assert_eq!(told(&found[1]), [accepted(0, 0), accepted(1, 1)]);
        assert_eq!(
            (&found[2].at[0].tar_interval, &found[2].auroc_interval),
            (&None, &None)
        );
        assert!(judged(&trials, &groups(&[0, 0, 1, 1, 3], 3), &[], 0.95).is_err());
        assert!(judged(&trials, &groups(&[0, 0], 3), &[], 0.95).is_err());
    }

    #[test]
    fn intervals_of_a_group_are_those_of_its_pairs_alone() {
        let mut draw = Draw::new(161);
        let drawn = draw.crowd(40, 4);
        let trials = drawn.trials(Orientation::Distance);
        let people = trials.people.unwrap();
        let of =
            |pair: usize| u32::from(people.first[pair] % 2 == 1 && people.second[pair] % 2 == 1);
        let group: Vec<u32> = (0..trials.scores.len()).map(of).collect();
        let found = judged(&trials, &groups(&group, 2), &[1.0], 0.9).unwrap();
        let odd: Vec<usize> = (0..group.len()).filter(|pair| group[*pair] == 1).collect();
        let scores: Vec<f64> = odd.iter().map(|pair| trials.scores[*pair]).collect();
        let same: Vec<u8> = odd.iter().map(|pair| trials.same[*pair]).collect();
        let first: Vec<u32> = odd.iter().map(|pair| people.first[*pair]).collect();
        let second: Vec<u32> = odd.iter().map(|pair| people.second[*pair]).collect();
        let alone = Trials {
            scores: &scores,
            same: &same,
            orientation: Orientation::Distance,
            people: Some(People {
                first: &first,
                second: &second,
                count: 40,
            }),
        };
        let options = FigureOptions {
            far: vec![0.25],
            level: 0.9,
            ..FigureOptions::default()
        };
        let figures =
            trial_figures(&alone, &options, &IntervalOptions::default(), &Job::new()).unwrap();
        assert_eq!(found[1].auroc_interval, figures.auroc_interval);
        assert_eq!(found[1].own, figures.operating);
        assert_eq!(found[1].people, Some(alone.people.unwrap().occurring()));
        let at = &found[1].at[0];
        let (tar, far) = (
            at.tar_interval.as_ref().unwrap(),
            at.far_interval.as_ref().unwrap(),
        );
        let share = |count: u64, all: u64| count as f64 / all as f64;
        let rates = (
            share(at.accepted.genuine, found[1].genuine),
            share(at.accepted.impostors, found[1].impostors),
        );
        assert!(tar.low < rates.0 && rates.0 < tar.high && tar.level == 0.9);
        assert!(far.low < rates.1 && rates.1 < far.high);
        // Without people the same counts have Wilson's interval.
        let unknown = Trials {
            people: None,
            ..alone
        };
        let found = judged(&unknown, &groups(&vec![0; odd.len()], 1), &[1.0], 0.9).unwrap();
        let z = reach(0.9, f64::INFINITY);
        let interval = found[0].at[0].tar_interval.as_ref().unwrap();
        let ends = wilson(rates.0, found[0].genuine as f64, z);
        assert_eq!((interval.low, interval.high), ends);
    }
}
