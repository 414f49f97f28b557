//! More than two metrics on the same pairs: how each differs from one of them.

use super::difference::{Sides, check_same, sides_of};
use super::simultaneous::{Adjustment, GreatestT, holm};
use super::{CompareOptions, Difference, Interval, Placed, check_level};
use crate::error::{Code, Error, Result};
use crate::evaluation::curve::{Resolution, area, check_far, resolution};
use crate::evaluation::{Trials, Warning};
use crate::job::Job;

/// How to compare systems.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SystemsOptions {
    /// Figures to compare by, and the level.
    pub compare: CompareOptions,
    /// Place of the system that the others are compared with. Default: the one with the largest area.
    pub reference: Option<usize>,
    /// For the number of comparisons.
    pub adjustment: Adjustment,
}

/// A difference by itself, and adjusted for the number of comparisons.
#[derive(Clone, Debug, PartialEq)]
pub struct Adjusted {
    /// The system's figure less that of the reference.
    pub difference: Difference,
    /// Holds together with those of the other comparisons.
    pub interval: Interval,
    /// Adjusted; `None` where the difference has no error.
    pub p: Option<f64>,
}

/// A system against the reference.
#[derive(Clone, Debug, PartialEq)]
pub struct Against {
    /// Place of the system.
    pub system: usize,
    /// Of the areas under the curve; positive when the system is better.
    pub auroc: Adjusted,
    /// Of the equal error rates; negative when the system is better.
    pub eer: Adjusted,
    /// Of the true accept rates, with the false accept rate; those that the impostors resolve.
    pub tar: Vec<(f64, Adjusted)>,
}

/// Every system against one of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Systems {
    /// Place of the reference.
    pub reference: usize,
    /// True if the data chose it.
    pub chosen: bool,
    /// Comparisons that each figure is adjusted for: with a chosen reference all pairs of systems.
    pub comparisons: usize,
    /// One for each other system, in order.
    pub against: Vec<Against>,
    /// Remarks on how far to trust the intervals.
    pub warnings: Vec<Warning>,
}

/// Compares two systems or more, whose trials differ in scores and orientation only. Each figure is adjusted
/// for the comparisons that there are of it, and figures are not for one another. A reference that the data
/// chose might have been any, so all pairs of systems are then the comparisons (Tukey); a named one has one for
/// each other system (Dunnett).
///
/// Errors: those of [`compare`](super::compare()); `EOPTION` for fewer than two systems or a reference that
/// there is not; `EABORTED`. Cost: a sort for each system, and for each figure a pass over the pairs for every
/// two systems.
pub fn compare_systems(
    systems: &[Trials<'_>],
    options: &SystemsOptions,
    job: &Job,
) -> Result<Systems> {
    let asked = &options.compare;
    check_level(asked.level)?;
    asked.far.iter().try_for_each(|far| check_far(*far))?;
    let last = options.reference.unwrap_or(0);
    if systems.len() < 2 || last >= systems.len() {
        let found = format!("{} systems and reference {last}", systems.len());
        let expected = "two systems or more, and one of them";
        return Err(Error::new(Code::Option, found, expected));
    }
    for system in systems {
        system.check()?;
        check_same(&systems[0], system)?;
    }
    let placed: Vec<Placed<'_>> = systems.iter().map(Placed::new).collect::<Result<_>>()?;
    let areas: Vec<f64> = placed.iter().map(|one| area(&one.curve)).collect();
    let best = (0..areas.len()).fold(
        0,
        |best, at| if areas[at] > areas[best] { at } else { best },
    );
    let reference = options.reference.unwrap_or(best);
    let family = Family::new(systems.len(), reference, options);
    let mut sides = sides_of(&systems[0]);
    let mut figure = |name: &str, of: &dyn Fn(&Placed<'_>) -> (f64, Vec<f64>)| {
        job.check()?;
        let measured: Vec<(f64, Vec<f64>)> = placed.iter().map(of).collect();
        Result::Ok(family.compared(name, &measured, &mut sides))
    };
    let auroc = figure("AUROC", &|side| side.area_by_pair())?;
    let eer = figure("EER", &|side| side.eer_by_pair())?;
    let impostors = placed[0].curve.impostors();
    let resolved = |far: &&f64| resolution(impostors, **far) != Resolution::Unresolved;
    let mut tar: Vec<(f64, std::vec::IntoIter<Adjusted>)> = vec![];
    for far in asked.far.iter().filter(resolved) {
        let of = |one: &Placed<'_>| one.tar_by_pair(*far, asked.rule);
        tar.push((*far, figure(&format!("TAR at {far}"), &of)?.into_iter()));
    }
    let others = (0..systems.len()).filter(|system| *system != reference);
    let against = others
        .zip(auroc)
        .zip(eer)
        .map(|((system, auroc), eer)| Against {
            system,
            auroc,
            eer,
            tar: (tar.iter_mut())
                .filter_map(|(far, of)| Some((*far, of.next()?)))
                .collect(),
        });
    Ok(Systems {
        reference,
        chosen: options.reference.is_none(),
        comparisons: family.comparisons.len(),
        against: against.collect(),
        warnings: sides.warnings(),
    })
}

/// The comparisons of a figure.
struct Family {
    count: usize,
    level: f64,
    adjustment: Adjustment,
    /// A system less another; those with the reference come first.
    comparisons: Vec<(usize, usize)>,
}

impl Family {
    fn new(count: usize, reference: usize, options: &SystemsOptions) -> Self {
        let others = || (0..count).filter(|system| *system != reference);
        let mut comparisons: Vec<_> = others().map(|system| (system, reference)).collect();
        if options.reference.is_none() {
            let rest = others().flat_map(|a| others().filter(move |b| *b < a).map(move |b| (a, b)));
            comparisons.extend(rest);
        }
        Self {
            count,
            level: options.compare.level,
            adjustment: options.adjustment,
            comparisons,
        }
    }

    /// A comparison of a figure, noted under its name where it has one.
    fn difference(
        &self,
        place: usize,
        measured: &[(f64, Vec<f64>)],
        sides: &mut Sides<'_>,
        (name, level): (Option<&str>, f64),
    ) -> Difference {
        let (first, second) = self.comparisons[place];
        let name = name.map(|name| format!("{name} of system {}", first + 1));
        sides.less(name.as_deref(), level, &measured[first], &measured[second])
    }

    /// The adjusted differences from the reference of a figure, whose value and derivatives by each pair are
    /// known for every system.
    fn compared(
        &self,
        name: &str,
        measured: &[(f64, Vec<f64>)],
        sides: &mut Sides<'_>,
    ) -> Vec<Adjusted> {
        let shown = self.count - 1;
        let single: Vec<Difference> = (0..shown)
            .map(|at| self.difference(at, measured, sides, (Some(name), self.level)))
            .collect();
        let many = self.comparisons.len();
        if many == 1 || self.adjustment == Adjustment::None {
            return single.into_iter().map(Adjusted::alone).collect();
        }
        let raw: Vec<Option<f64>> = single.iter().map(|one| one.p).collect();
        let (level, adjusted) = match self.adjustment {
            Adjustment::MaxT => {
                let greatest =
                    GreatestT::new(&sides.covariance(measured), self.count, &self.comparisons);
                // Bonferroni bounds what draws can tell.
                let of = |p: f64| greatest.p(p).max(p).min(p * many as f64).min(1.0);
                let adjusted = raw.iter().map(|p| p.map(of)).collect();
                (greatest.level(self.level), adjusted)
            }
            _ => {
                let rest = (shown..many)
                    .map(|at| self.difference(at, measured, sides, (None, self.level)).p);
                let all = raw.iter().copied().chain(rest).map(|p| p.unwrap_or(1.0));
                let stepped = holm(&all.collect::<Vec<_>>());
                let adjusted = raw.iter().zip(stepped).map(|(p, holm)| p.map(|_| holm));
                (
                    1.0 - (1.0 - self.level) / many as f64,
                    adjusted.collect::<Vec<_>>(),
                )
            }
        };
        let wide: Vec<Interval> = (0..shown)
            .map(|at| {
                let interval = self.difference(at, measured, sides, (None, level)).interval;
                Interval {
                    level: self.level,
                    method: format!(
                        "{}, {} of {many}",
                        interval.method,
                        self.adjustment.as_str()
                    ),
                    ..interval
                }
            })
            .collect();
        single
            .into_iter()
            .zip(wide)
            .zip(adjusted)
            .map(|((difference, interval), p)| Adjusted {
                difference,
                interval,
                p,
            })
            .collect()
    }
}

impl Adjusted {
    fn alone(difference: Difference) -> Self {
        Self {
            interval: difference.interval.clone(),
            p: difference.p,
            difference,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::compare;
    use super::*;
    use crate::evaluation::Orientation;
    use crate::evaluation::trial_twin::{Draw, Drawn};

    /// Scores of systems that see the same crowd, each with a noise of its own.
    fn seen(draw: &mut Draw, crowd: &Drawn, noise: &[f64]) -> Vec<Vec<f64>> {
        let plain = crowd.trials(Orientation::Distance).scores.to_vec();
        let mut of = |noise: f64| plain.iter().map(|s| s + noise * draw.normal()).collect();
        noise.iter().map(|noise| of(*noise)).collect()
    }

    fn asked(reference: Option<usize>, adjustment: Adjustment) -> SystemsOptions {
        SystemsOptions {
            compare: CompareOptions {
                far: vec![0.1, 1e-9],
                ..CompareOptions::default()
            },
            reference,
            adjustment,
        }
    }

    #[test]
    fn each_difference_is_that_of_two_and_a_family_only_widens_it() {
        let mut draw = Draw::new(171);
        let crowd = draw.crowd(20, 3);
        let plain = crowd.trials(Orientation::Distance);
        let scores = seen(&mut draw, &crowd, &[2.0, 0.1, 1.0]);
        let with = |scores| Trials { scores, ..plain };
        let systems: Vec<Trials<'_>> = scores.iter().map(|scores| with(scores)).collect();
        let found = |reference, adjustment| {
            compare_systems(&systems, &asked(reference, adjustment), &Job::new()).unwrap()
        };
        let chosen = found(None, Adjustment::MaxT);
        assert_eq!(
            (chosen.reference, chosen.chosen, chosen.comparisons),
            (1, true, 3)
        );
        let two = asked(None, Adjustment::None).compare;
        for adjustment in Adjustment::ALL {
            let all = found(Some(1), adjustment);
            assert_eq!((all.comparisons, all.chosen), (2, false));
            for of in &all.against {
                let alone = compare(&systems[of.system], &systems[1], &two).unwrap();
                let differences = [&of.auroc, &of.eer, &of.tar[0].1];
                let expected = [&alone.auroc, &alone.eer, &alone.tar[0].difference];
                assert_eq!((of.tar.len(), of.tar[0].0), (1, 0.1));
                for (found, expected) in differences.into_iter().zip(expected) {
                    assert_eq!(&found.difference, expected);
                    let width = |of: &Interval| of.high - of.low;
                    let wider = width(&found.interval) / width(&expected.interval);
                    let (p, raw) = (found.p.unwrap(), expected.p.unwrap());
                    match adjustment {
                        Adjustment::None => assert_eq!((wider, p), (1.0, raw)),
                        // Bonferroni's for two comparisons is the widest there can be.
                        _ => assert!(wider > 1.0 && wider < 1.25 && p >= raw && p <= 2.0 * raw),
                    }
                    assert_eq!(found.interval.level, 0.95);
                }
            }
        }
        let text = |found: &Systems| found.warnings.iter().map(|w| w.code).collect::<Vec<_>>();
        assert!(text(&chosen).contains(&"few-people"));
    }

    #[test]
    fn two_systems_are_not_adjusted_and_wrong_ones_are_refused() {
        let mut draw = Draw::new(172);
        let crowd = draw.crowd(12, 3);
        let plain = crowd.trials(Orientation::Distance);
        let scores = seen(&mut draw, &crowd, &[0.5, 0.6]);
        let systems = [&scores[0], &scores[1]].map(|scores| Trials { scores, ..plain });
        let options = asked(Some(1), Adjustment::MaxT);
        let found = compare_systems(&systems, &options, &Job::new()).unwrap();
        let alone = compare(&systems[0], &systems[1], &options.compare).unwrap();
        assert_eq!(found.against[0].auroc, Adjusted::alone(alone.auroc));
        let refused = |systems: &[Trials<'_>], reference| {
            let options = asked(reference, Adjustment::MaxT);
            compare_systems(systems, &options, &Job::new())
                .unwrap_err()
                .code()
        };
        assert_eq!(refused(&systems[..1], None), Code::Option);
        assert_eq!(refused(&systems, Some(2)), Code::Option);
        let turned: Vec<u8> = plain.same.iter().map(|same| 1 - same).collect();
        let other = Trials {
            same: &turned,
            people: None,
            ..plain
        };
        assert_eq!(refused(&[plain, other], None), Code::Dimension);
    }

    /// Over worlds in which no system is better, any interval of the family misses 0 about as often as the level
    /// says, though the data choose the reference; intervals of two at a time miss it far more often.
    #[test]
    fn a_family_of_intervals_holds_together() {
        let mut draw = Draw::new(173);
        let (worlds, mut missed, mut alone) = (150, 0, 0);
        for _ in 0..worlds {
            let crowd = draw.crowd(45, 2);
            let plain = crowd.trials(Orientation::Distance);
            let scores = seen(&mut draw, &crowd, &[1.0; 5]);
            let systems: Vec<Trials<'_>> = scores
                .iter()
                .map(|scores| Trials { scores, ..plain })
                .collect();
            let options = SystemsOptions::default();
            let found = compare_systems(&systems, &options, &Job::new()).unwrap();
            let misses = |of: &Interval| of.low > 0.0 || of.high < 0.0;
            missed += usize::from(found.against.iter().any(|of| misses(&of.auroc.interval)));
            let single = |of: &Against| misses(&of.auroc.difference.interval);
            alone += usize::from(found.against.iter().any(single));
        }
        eprintln!("of {worlds} worlds {missed} have an interval that misses, {alone} unadjusted");
        assert!(missed <= 15 && alone >= 20, "{missed} {alone}");
    }
}
