//! Figures of trials: those of their curve, with intervals.

use super::{FigureName, FigureOptions, Figures, curve_figures};
use crate::error::Result;
use crate::evaluation::curve::{Curve, area};
use crate::evaluation::intervals::{
    AreaInfluence, BootstrapRequest, Interval, Placed, RateVariance, bootstrap, delong_error,
    effective_trials, on_logit, rate_interval, rate_variances, slope, standard_error, wilson,
};
use crate::evaluation::{People, Trials};
use crate::job::Job;

/// Settings of intervals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IntervalOptions {
    /// Repetitions of the bootstrap over people; none with 0.
    pub repetitions: usize,
    /// Its seed.
    pub seed: u64,
}

const INDEPENDENT: &str = "pairs taken as independent";

/// Derives every figure, with intervals by identity where people are known, else with intervals
/// that take pairs as independent, and a warning that says so.
///
/// Errors: those of [`Trials::check`] and [`curve_figures`], `EOPTION` for a bootstrap without people,
/// `EABORTED`. Cost: a sort, a few passes over the pairs, and one for each repetition.
pub fn trial_figures(
    trials: &Trials<'_>,
    options: &FigureOptions,
    intervals: &IntervalOptions,
    job: &Job,
) -> Result<Figures> {
    trials.check()?;
    job.begin("curve", trials.scores.len() as u64);
    let curve = Curve::of(trials.scores, trials.same, trials.orientation)?;
    let mut figures = curve_figures(&curve, options)?;
    job.check()?;
    if intervals.repetitions > 0 {
        trials.known_people("a bootstrap over people")?;
    }
    match trials.people {
        Some(people) => {
            let placed = Placed::on(curve, trials);
            let clustered = Clustered { placed, people };
            clustered.add_to(&mut figures);
            job.check()?;
            if intervals.repetitions > 0 {
                clustered.repeat(&mut figures, options, intervals, job)?;
            }
        }
        None => {
            add_independent(&curve, &mut figures);
            let text = "identities are not known, so intervals take pairs as independent; where \
                        pairs share people they are several times too narrow";
            figures.warn("pairs-independent", text);
        }
    }
    explain_missing(&mut figures);
    Ok(figures)
}

/// Pairs whose people are known, placed on their curve.
struct Clustered<'a> {
    placed: Placed<'a>,
    people: People<'a>,
}

impl Clustered<'_> {
    fn add_to(&self, figures: &mut Figures) {
        let (curve, people) = (&self.placed.curve, &self.people);
        let influence = AreaInfluence::new(curve, area(curve));
        let influences = self.placed.by_identity(people, &influence);
        let error = standard_error(&influences, people.occurring());
        figures.auroc_interval = Interval::by_identity(figures.auroc, error);

        // One sweep for all points; they are asked for in ascending order.
        let mut points: Vec<usize> = figures.points.iter().map(|spot| spot.point).collect();
        points.push(figures.eer.point);
        let reached = figures.operating.iter().filter_map(|at| at.reached);
        points.extend(reached.map(|reached| reached.spot.point));
        points.sort_unstable();
        points.dedup();
        let variances = rate_variances(&self.placed, people, &points);
        let at = |point: usize| variances[points.partition_point(|p| *p < point)];
        let floor = self.people_of_each_kind();

        let error = error_of_eer(curve, figures.eer.point, &at(figures.eer.point));
        figures.eer_interval = Interval::by_identity(figures.eer.linear, error);
        for operating in &mut figures.operating {
            let Some(reached) = operating.reached else {
                continue;
            };
            let spot = reached.spot;
            let variance = at(spot.point);
            let tar = variance.of(1.0, -slope(curve, spot.point));
            operating.tar_interval = Some(rate_interval(spot.tar, tar, floor.0));
            operating.far_interval = Some(rate_interval(spot.far, variance.far, floor.1));
        }
        let band = figures.points.iter().map(|spot| {
            let variance = at(spot.point).of(1.0, -slope(curve, spot.point));
            let interval = rate_interval(spot.tar, variance, floor.0);
            (interval.low, interval.high)
        });
        figures.band = Some(band.collect());
    }

    /// Trials that a rate of 0 or 1 counts for: people with a genuine pair, and half the people with
    /// an impostor pair, as so many impostor pairs can be sure to share nobody.
    fn people_of_each_kind(&self) -> (f64, f64) {
        let mut seen = vec![(false, false); self.people.count];
        for (pair, same) in self.placed.trials.same.iter().enumerate() {
            for id in [self.people.first[pair], self.people.second[pair]] {
                let of = &mut seen[id as usize];
                *of = (of.0 || *same == 1, of.1 || *same == 0);
            }
        }
        let genuine = seen.iter().filter(|of| of.0).count();
        let impostors = seen.iter().filter(|of| of.1).count();
        (genuine.max(1) as f64, (impostors / 2).max(1) as f64)
    }

    fn repeat(
        &self,
        figures: &mut Figures,
        options: &FigureOptions,
        intervals: &IntervalOptions,
        job: &Job,
    ) -> Result<()> {
        // Rates that cannot be resolved are not repeated either.
        let resolved: Vec<usize> = (0..figures.operating.len())
            .filter(|i| figures.operating[*i].reached.is_some())
            .collect();
        let reached = |i: &usize| figures.operating[*i].reached.map(|r| r.spot.point);
        let points: Vec<usize> = resolved.iter().filter_map(reached).collect();
        let far: Vec<f64> = resolved.iter().map(|i| options.far[*i]).collect();
        let request = BootstrapRequest {
            repetitions: intervals.repetitions,
            seed: intervals.seed,
            far: &far,
            rule: options.rule,
            points: &points,
        };
        let Some(found) = bootstrap(&self.placed, &self.people, &request, job)? else {
            let text = "fewer than two repetitions of the bootstrap had both kinds of pairs";
            figures.warn("bootstrap-empty", text);
            return Ok(());
        };
        let method = format!("identity bootstrap ({})", found.repetitions);
        figures.auroc_interval = Some(Interval::new(found.auroc, &*method));
        figures.eer_interval = Some(Interval::new(found.eer, &*method));
        for (slot, i) in resolved.into_iter().enumerate() {
            let operating = &mut figures.operating[i];
            operating.tar_interval = Some(Interval::new(found.tar[slot], &*method));
            operating.far_interval = Some(Interval::new(found.far[slot], &*method));
        }
        Ok(())
    }
}

fn error_of_eer(curve: &Curve, point: usize, variance: &RateVariance) -> f64 {
    let slope = slope(curve, point);
    variance
        .of(-1.0 / (1.0 + slope), slope / (1.0 + slope))
        .sqrt()
}

fn add_independent(curve: &Curve, figures: &mut Figures) {
    let (p, q) = (curve.genuine() as f64, curve.impostors() as f64);
    let binomial = |point: usize| RateVariance {
        tar: curve.tar(point) * curve.frr(point) / p,
        far: curve.far(point) * (1.0 - curve.far(point)) / q,
        covariance: 0.0,
    };
    let delong = delong_error(curve).and_then(|error| on_logit(figures.auroc, error));
    figures.auroc_interval = delong.map(|i| Interval::new(i, format!("DeLong, {INDEPENDENT}")));
    let error = error_of_eer(curve, figures.eer.point, &binomial(figures.eer.point));
    figures.eer_interval = on_logit(figures.eer.linear, error)
        .map(|i| Interval::new(i, format!("binomial, {INDEPENDENT}")));
    for operating in &mut figures.operating {
        let Some(reached) = operating.reached else {
            continue;
        };
        let spot = reached.spot;
        let variance = binomial(spot.point).of(1.0, -slope(curve, spot.point));
        let trials = effective_trials(spot.tar, variance).unwrap_or(p);
        let method = format!("Wilson, {INDEPENDENT}");
        operating.tar_interval = Some(Interval::new(wilson(spot.tar, trials), &*method));
        operating.far_interval = Some(Interval::new(wilson(spot.far, q), method));
    }
}

fn explain_missing(figures: &mut Figures) {
    let edge = "at 0 or 1, or without any variance between people, no variance can be estimated";
    if figures.auroc_interval.is_none() {
        figures.explain(FigureName::AurocInterval, edge);
    }
    if figures.eer_interval.is_none() {
        figures.explain(FigureName::EerInterval, edge);
    }
    if figures.band.is_none() {
        figures.explain(FigureName::Band, "identities are not known");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Orientation;
    use crate::evaluation::trial_twin::{Draw, Drawn};

    fn options(far: &[f64]) -> FigureOptions {
        FigureOptions {
            far: far.to_vec(),
            bins: 16,
            ..FigureOptions::default()
        }
    }

    fn judged(drawn: &Drawn, repetitions: usize) -> Figures {
        let trials = drawn.trials(Orientation::Distance);
        let intervals = IntervalOptions {
            repetitions,
            seed: 1,
        };
        trial_figures(&trials, &options(&[0.1, 0.01]), &intervals, &Job::new()).unwrap()
    }

    #[test]
    fn intervals_hold_their_value_and_name_their_method() {
        let mut draw = Draw::new(151);
        let drawn = draw.crowd(30, 4);
        for (repetitions, method) in [(0, "identity influence"), (200, "identity bootstrap (200)")]
        {
            let found = judged(&drawn, repetitions);
            let auroc = found.auroc_interval.unwrap();
            assert_eq!(auroc.method, method);
            assert!(auroc.low < found.auroc && found.auroc < auroc.high);
            let eer = found.eer_interval.unwrap();
            assert!(eer.low < found.eer.linear && found.eer.linear < eer.high);
            for at in found.operating {
                let spot = at.reached.unwrap().spot;
                let (tar, far) = (at.tar_interval.unwrap(), at.far_interval.unwrap());
                assert!(tar.low < spot.tar && spot.tar < tar.high);
                assert!(far.low < spot.far && spot.far < far.high);
            }
        }
        let found = judged(&drawn, 0);
        let band = found.band.unwrap();
        for (spot, (low, high)) in found.points.iter().zip(band) {
            assert!(low <= spot.tar && spot.tar <= high && high - low < 1.0);
        }
    }

    #[test]
    fn influence_and_bootstrap_agree() {
        let mut draw = Draw::new(152);
        let drawn = draw.crowd(60, 4);
        let (fast, slow) = (judged(&drawn, 0), judged(&drawn, 1000));
        let ratio = |a: Option<Interval>, b: Option<Interval>| {
            let width = |i: Option<Interval>| i.map(|i| i.high - i.low).unwrap();
            width(a) / width(b)
        };
        let auroc = ratio(fast.auroc_interval, slow.auroc_interval);
        let eer = ratio(fast.eer_interval, slow.eer_interval);
        assert!((0.8..1.25).contains(&auroc), "{auroc}");
        assert!((0.8..1.25).contains(&eer), "{eer}");
        for (a, b) in fast.operating.into_iter().zip(slow.operating) {
            let tar = ratio(a.tar_interval, b.tar_interval);
            assert!((0.65..1.5).contains(&tar), "{tar}");
        }
    }

    #[test]
    fn what_is_undefined_says_why_and_what_is_odd_is_warned_of() {
        let trials = Trials {
            scores: &[0.1, 0.2, 0.9, 0.8],
            same: &[1, 1, 0, 0],
            orientation: Orientation::Distance,
            people: None,
        };
        let none = IntervalOptions::default();
        let found = trial_figures(&trials, &options(&[1e-3]), &none, &Job::new()).unwrap();
        let missing: Vec<FigureName> = found.undefined.iter().map(|u| u.figure).collect();
        for figure in [
            FigureName::Operating(0),
            FigureName::AurocInterval,
            FigureName::EerInterval,
            FigureName::Band,
        ] {
            assert!(missing.contains(&figure), "{figure:?} of {missing:?}");
        }
        assert_eq!((found.auroc, found.eer.linear), (1.0, 0.0));
        let codes =
            |found: &Figures| -> Vec<&str> { found.warnings.iter().map(|w| w.code).collect() };
        assert_eq!(codes(&found), ["few-impostors", "pairs-independent"]);
        let flipped = Trials {
            orientation: Orientation::Similarity,
            ..trials
        };
        let found = trial_figures(&flipped, &options(&[]), &none, &Job::new()).unwrap();
        assert!(codes(&found).contains(&"sign-flipped"));
        let constant = Trials {
            scores: &[1.0; 4],
            ..trials
        };
        let found = trial_figures(&constant, &options(&[]), &none, &Job::new()).unwrap();
        assert!(codes(&found).contains(&"constant-scores"));
        let repeated = IntervalOptions {
            repetitions: 5,
            seed: 0,
        };
        assert!(trial_figures(&trials, &options(&[]), &repeated, &Job::new()).is_err());
        let job = Job::new();
        job.cancel();
        assert!(trial_figures(&trials, &options(&[]), &none, &job).is_err());
    }

    /// Over worlds whose true area is known, the interval by identity holds it about as often as
    /// it says; DeLong's does not. Prints both.
    #[test]
    fn intervals_by_identity_cover_the_truth() {
        let mut draw = Draw::new(153);
        // The area of a world without end: one draw of many people.
        let wide = draw.crowd(1500, 2);
        let trials = wide.trials(Orientation::Distance);
        let truth =
            crate::evaluation::auroc(trials.scores, trials.same, trials.orientation).unwrap();
        let draws = 200;
        let (mut clustered, mut independent) = (0, 0);
        for _ in 0..draws {
            let drawn = draw.crowd(60, 3);
            let trials = drawn.trials(Orientation::Distance);
            let alone = Trials {
                people: None,
                ..trials
            };
            let holds = |trials: &Trials<'_>| {
                let none = IntervalOptions::default();
                let found = trial_figures(trials, &options(&[]), &none, &Job::new()).unwrap();
                let i = found.auroc_interval.unwrap();
                usize::from(i.low <= truth && truth <= i.high)
            };
            clustered += holds(&trials);
            independent += holds(&alone);
        }
        let share = |count: usize| 100.0 * count as f64 / f64::from(draws);
        eprintln!(
            "95 % intervals of {draws} worlds hold the true area {truth:.5}: by identity {:.1} %, DeLong {:.1} %",
            share(clustered),
            share(independent)
        );
        assert!((91.0..=98.0).contains(&share(clustered)));
        assert!(share(independent) < 91.0);
    }
}
