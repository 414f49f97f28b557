//! Figures of trials: those of their curve, with intervals.

use super::{FigureName, FigureOptions, Figures, curve_figures};
use crate::error::Result;
use crate::evaluation::curve::{Curve, area};
use crate::evaluation::intervals::{
    AreaInfluence, BootstrapRequest, CostInfluence, Dyads, Interval, OF_COSTS, Placed, RatesAt,
    Spread, Trust, bootstrap, delong_error, effective_trials, on_logit, rate_interval,
    rate_spreads, reach, slope, wilson,
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
            let (genuine, impostors) = people.of_each_kind(trials.same);
            let clustered = Clustered {
                placed,
                people,
                genuine: genuine.max(1) as f64,
                strangers: (impostors / 2).max(1) as f64,
                level: options.level,
            };
            clustered.add_to(&mut figures);
            job.check()?;
            if intervals.repetitions > 0 {
                clustered.repeat(&mut figures, options, intervals, job)?;
            }
        }
        None => {
            add_independent(&curve, options.level, &mut figures);
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
    /// People with a genuine pair.
    genuine: f64,
    /// Half the people with an impostor pair: so many impostor pairs can be sure to share nobody.
    strangers: f64,
    level: f64,
}

impl Clustered<'_> {
    fn add_to(&self, figures: &mut Figures) {
        let (placed, curve, level) = (&self.placed, &self.placed.curve, self.level);
        let dyads = Dyads::new(&placed.trials, &self.people);
        let mut trust = Trust::default();
        let influence = AreaInfluence::new(curve, area(curve));
        let spread = dyads.spread(placed.by_pair(&influence));
        trust.note("AUROC", figures.auroc, &spread);
        figures.auroc_interval = Interval::by_identity(figures.auroc, &spread, self.genuine, level);

        // One sweep for all points; they are asked for in ascending order.
        let eer = eer_at(curve, figures.eer.point);
        let mut asked: Vec<RatesAt> = (figures.points.iter())
            .map(|spot| tar_at(curve, spot.point))
            .collect();
        asked.push(eer);
        for reached in figures.operating.iter().filter_map(|at| at.reached) {
            asked.extend([tar_at, far_at].map(|of| of(curve, reached.spot.point)));
        }
        for at in &figures.at {
            asked.extend([accepted_at, far_at].map(|of| of(curve, at.spot.point)));
        }
        asked.sort_by_key(|at| at.point);
        let spreads = rate_spreads(placed, &dyads, self.people.count, &asked);
        let spread_of = |at: RatesAt| {
            let from = asked.partition_point(|other| other.point < at.point);
            let place = asked[from..].iter().position(|other| *other == at);
            place.map_or_else(Spread::default, |place| spreads[from + place])
        };

        let spread = spread_of(eer);
        trust.note("EER", figures.eer.linear, &spread);
        figures.eer_interval =
            Interval::by_identity(figures.eer.linear, &spread, self.genuine, level);
        for operating in &mut figures.operating {
            let Some(reached) = operating.reached else {
                continue;
            };
            let spot = reached.spot;
            let tar = spread_of(tar_at(curve, spot.point));
            let far = spread_of(far_at(curve, spot.point));
            trust.note(format!("TAR at {}", operating.far), spot.tar, &tar);
            operating.tar_interval = Some(rate_interval(spot.tar, &tar, self.genuine, level));
            operating.far_interval = Some(rate_interval(spot.far, &far, self.strangers, level));
        }
        for at in &mut figures.at {
            let (point, spot) = (at.spot.point, at.spot);
            let [tar, far] = [accepted_at, far_at].map(|of| spread_of(of(curve, point)));
            at.tar_interval = Some(rate_interval(spot.tar, &tar, self.genuine, level));
            at.far_interval = Some(rate_interval(spot.far, &far, self.strangers, level));
        }
        if let Some(calibration) = &mut figures.calibration {
            let spread = dyads.spread(placed.by_pair(&CostInfluence::new(curve)));
            calibration.interval = cost_interval(calibration.cllr, &spread, level);
        }
        let band = figures.points.iter().map(|spot| {
            let spread = spread_of(tar_at(curve, spot.point));
            let interval = rate_interval(spot.tar, &spread, self.genuine, level);
            (interval.low, interval.high)
        });
        figures.band = Some(band.collect());
        figures
            .warnings
            .extend(trust.warnings(self.genuine as usize));
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
            level: self.level,
            points: &points,
        };
        let Some(found) = bootstrap(&self.placed, &self.people, &request, job)? else {
            let text = "fewer than two repetitions of the bootstrap had both kinds of pairs";
            figures.warn("bootstrap-empty", text);
            return Ok(());
        };
        let method = format!("identity bootstrap ({})", found.repetitions);
        // Where no repetition differs, nothing was learned of people who were not met.
        let put = |interval: &mut Option<Interval>, (low, high): (f64, f64)| {
            if low < high {
                let variance = interval.as_ref().and_then(|by| by.variance);
                let drawn = Interval::new((low, high), self.level, &*method);
                *interval = Some(Interval { variance, ..drawn });
            }
        };
        put(&mut figures.auroc_interval, found.auroc);
        put(&mut figures.eer_interval, found.eer);
        for (slot, i) in resolved.into_iter().enumerate() {
            let operating = &mut figures.operating[i];
            put(&mut operating.tar_interval, found.tar[slot]);
            put(&mut operating.far_interval, found.far[slot]);
        }
        Ok(())
    }
}

/// The true accept rate at the *false accept rate* of a point: the threshold moves with the impostors,
/// along the slope of the curve.
fn tar_at(curve: &Curve, point: usize) -> RatesAt {
    RatesAt {
        point,
        tar: 1.0,
        far: -slope(curve, point),
    }
}

/// The true accept rate at the threshold of a point, which stays.
fn accepted_at(_: &Curve, point: usize) -> RatesAt {
    RatesAt {
        point,
        tar: 1.0,
        far: 0.0,
    }
}

fn far_at(_: &Curve, point: usize) -> RatesAt {
    RatesAt {
        point,
        tar: 0.0,
        far: 1.0,
    }
}

/// The equal error rate: `(s dFAR − dTAR)/(1 + s)`, s the slope of the curve there.
fn eer_at(curve: &Curve, point: usize) -> RatesAt {
    let slope = slope(curve, point);
    RatesAt {
        point,
        tar: -1.0 / (1.0 + slope),
        far: slope / (1.0 + slope),
    }
}

/// The interval of a cost, which has no upper end.
fn cost_interval(cost: f64, spread: &Spread, level: f64) -> Option<Interval> {
    let half = reach(level, spread.freedom()) * spread.error();
    let ends = ((cost - half).max(0.0), cost + half);
    (spread.squares > 0.0).then(|| Interval::new(ends, level, OF_COSTS).of(spread))
}

fn add_independent(curve: &Curve, level: f64, figures: &mut Figures) {
    let (p, q) = (curve.genuine() as f64, curve.impostors() as f64);
    let reach = reach(level, f64::INFINITY);
    let variance = |at: RatesAt| {
        let (tar, far) = (curve.tar(at.point), curve.far(at.point));
        let of_tar = at.tar * at.tar * tar * curve.frr(at.point) / p;
        of_tar + at.far * at.far * far * (1.0 - far) / q
    };
    let interval =
        |ends, method: &str| Interval::new(ends, level, format!("{method}, {INDEPENDENT}"));
    let delong = delong_error(curve).and_then(|error| on_logit(figures.auroc, reach * error));
    figures.auroc_interval = delong.map(|ends| interval(ends, "DeLong"));
    let error = variance(eer_at(curve, figures.eer.point)).sqrt();
    figures.eer_interval =
        on_logit(figures.eer.linear, reach * error).map(|ends| interval(ends, "binomial"));
    for operating in &mut figures.operating {
        let Some(spot) = operating.reached.map(|reached| reached.spot) else {
            continue;
        };
        let variance = variance(tar_at(curve, spot.point));
        let trials = effective_trials(spot.tar, variance).unwrap_or(p);
        operating.tar_interval = Some(interval(wilson(spot.tar, trials, reach), "Wilson"));
        operating.far_interval = Some(interval(wilson(spot.far, q, reach), "Wilson"));
    }
    for at in &mut figures.at {
        at.tar_interval = Some(interval(wilson(at.spot.tar, p, reach), "Wilson"));
        at.far_interval = Some(interval(wilson(at.spot.far, q, reach), "Wilson"));
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
    fn rates_at_a_given_threshold_have_intervals_and_so_has_the_cost() {
        let mut draw = Draw::new(154);
        let drawn = draw.crowd(40, 4);
        let trials = drawn.trials(Orientation::Distance);
        let asked = FigureOptions {
            thresholds: vec![0.5, -1e9],
            ratios: true,
            ..options(&[0.1])
        };
        let judge = |trials: &Trials<'_>| {
            trial_figures(trials, &asked, &IntervalOptions::default(), &Job::new()).unwrap()
        };
        let found = judge(&trials);
        let at = &found.at[0];
        let (far, tar) = (
            at.far_interval.clone().unwrap(),
            at.tar_interval.clone().unwrap(),
        );
        assert!(far.low < at.spot.far && at.spot.far < far.high);
        assert!(tar.low < at.spot.tar && at.spot.tar < tar.high);
        // Only the genuine pairs of a person bear on it there, and they are no pairs of people.
        assert_eq!(tar.variance.unwrap().by_pairs, 0.0);
        assert!(far.variance.unwrap().by_pairs > 0.0);
        // Nothing is accepted: people are counted.
        assert_eq!(
            found.at[1].far_interval.clone().unwrap().method,
            "Wilson over people"
        );
        let calibration = found.calibration.unwrap();
        let cost = calibration.interval.unwrap();
        assert!(cost.low < calibration.cllr && calibration.cllr < cost.high);
        // The derivative of the cost written out, pair by pair.
        let people = trials.people.unwrap();
        let bits = |pair: usize| {
            let ratio = if trials.same[pair] == 1 { 1.0 } else { -1.0 } * -trials.scores[pair];
            (1.0 + (-ratio).exp()).log2()
        };
        let mean = |kind: u8| {
            let of = (0..trials.same.len()).filter(|pair| trials.same[*pair] == kind);
            let of: Vec<f64> = of.map(bits).collect();
            (of.iter().sum::<f64>() / of.len() as f64, of.len() as f64)
        };
        let kinds = [mean(0), mean(1)];
        let spread = Dyads::new(&trials, &people).spread(|pair| {
            let (mean, count) = kinds[usize::from(trials.same[pair])];
            0.5 * (bits(pair) - mean) / count
        });
        let half = reach(0.95, spread.freedom()) * spread.error();
        assert!((cost.high - cost.low - 2.0 * half).abs() < 1e-9);
        let alone = judge(&Trials {
            people: None,
            ..trials
        });
        assert!(alone.at[0].far_interval.is_some());
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
