//! The whole way from scores of pairs to what decides.

use super::cutoffs::{Cutoffs, Tail};
use super::fit::{MapOptions, fit_map};
use super::folds::held_out;
use super::fusion::{Contribution, Weight, sum, sums, weigh, weights_only};
use super::judge::{Costs, Judgement, judge};
use super::map::{MapKind, RatioMap, log_odds};
use crate::error::{Code, Error, Result, counted, in_words};
use crate::evaluation::{
    CompareOptions, Curve, Dyads, FigureOptions, Interval, IntervalOptions, LEVEL, Orientation,
    People, Trials, Warning, check_far, check_level, compare, trial_figures,
};
use crate::job::Job;

/// Similarities of the same pairs by one or more measures, and the truth about them.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// For each measure a finite value for each pair; larger is more alike.
    pub parts: &'a [Vec<f64>],
    /// 1 for a genuine pair, 0 for an impostor pair.
    pub same: &'a [u8],
    /// Identities on either side, where they are known.
    pub people: Option<People<'a>>,
}

/// How to calibrate, and for what.
#[derive(Clone, Debug, PartialEq)]
pub struct CalibrationOptions {
    /// Form of the map.
    pub map: MapKind,
    /// Probability that a pair is of one person before its score is known, in (0, 1). It weighs both kinds
    /// of pairs in the fit, and moves probabilities and decisions. Default: ½.
    pub prior: f64,
    /// Cost of rejecting a genuine pair. Default: 1.
    pub cost_miss: f64,
    /// Cost of accepting an impostor pair. Default: 1.
    pub cost_false_accept: f64,
    /// False accept rates to choose thresholds for, each in (0, 1]. Default: 0.01, 0.001, 0.0001.
    pub far: Vec<f64>,
    /// Level of every interval, in (0, 1). Default: [`LEVEL`].
    pub level: f64,
    /// Folds of people to judge on. Default: 5.
    pub folds: usize,
    /// Seed of the folds.
    pub seed: u64,
    /// Weight of the squared coefficients of scaled parts, where several are weighed. Default: 10⁻⁵.
    pub ridge: f64,
}

impl Default for CalibrationOptions {
    fn default() -> Self {
        Self {
            map: MapKind::default(),
            prior: 0.5,
            cost_miss: 1.0,
            cost_false_accept: 1.0,
            far: vec![1e-2, 1e-3, 1e-4],
            level: LEVEL,
            folds: 5,
            seed: 0,
            ridge: 1e-5,
        }
    }
}

/// The threshold for a false accept rate, chosen on all pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// Asked for.
    pub far: f64,
    /// Similarities from here up are accepted.
    pub similarity: f64,
    /// Share of impostor pairs accepted.
    pub achieved: f64,
    /// Its interval.
    pub achieved_interval: Option<Interval>,
    /// Share of genuine pairs accepted.
    pub tar: f64,
    /// Its interval.
    pub tar_interval: Option<Interval>,
}

/// The meaning of a score, from evidence.
#[derive(Clone, Debug)]
pub struct Calibrated {
    /// One for each part; empty for a single part, which is taken as it is.
    pub weights: Vec<Weight>,
    /// From the similarity, or the weighed sum of all, to the ratio.
    pub map: RatioMap,
    /// The two scores that decide.
    pub cutoffs: Cutoffs,
    /// The ratio at which both errors cost the same.
    pub threshold: f64,
    /// One for each false accept rate that the impostors resolve.
    pub thresholds: Vec<Threshold>,
    /// The least and the largest similarity that was seen.
    pub range: (f64, f64),
    /// How often impostors are how alike.
    pub tail: Tail,
    /// Genuine and impostor pairs.
    pub pairs: (usize, usize),
    /// People behind them, where they are known.
    pub identities: Option<usize>,
    /// How the map fares on people it has not met; `None` where too few are left to fit on.
    pub judgement: Option<Judgement>,
    /// One for each of several parts that were judged.
    pub contributions: Vec<Contribution>,
    /// Remarks to read before relying on it.
    pub warnings: Vec<Warning>,
}

impl CalibrationOptions {
    /// Refuses what no calibration can have. Errors: `EOPTION`.
    pub fn check(&self) -> Result<()> {
        let refuse = |found: String, expected: &str| Err(Error::new(Code::Option, found, expected));
        if !(self.prior > 0.0 && self.prior < 1.0) {
            return refuse(
                format!("the prior {}", in_words(self.prior)),
                "a number between 0 and 1",
            );
        }
        for cost in [self.cost_miss, self.cost_false_accept] {
            if !(cost > 0.0 && cost.is_finite()) {
                return refuse(format!("the cost {}", in_words(cost)), "a number above 0");
            }
        }
        if !(self.ridge >= 0.0 && self.ridge.is_finite()) {
            return refuse(
                format!("the ridge {}", in_words(self.ridge)),
                "a number from 0",
            );
        }
        if self.folds < 3 || self.folds > 100 {
            return refuse(counted(self.folds, "fold", "folds"), "3 to 100");
        }
        self.far.iter().try_for_each(|far| check_far(*far))?;
        check_level(self.level)
    }

    /// The ratio at which both errors cost the same: ln(cost of a false accept / cost of a miss) − ln of the
    /// prior odds.
    pub fn threshold(&self) -> f64 {
        libm::log(self.cost_false_accept / self.cost_miss) - log_odds(self.prior)
    }

    fn map_options(&self, level: Option<f64>) -> MapOptions {
        MapOptions {
            kind: self.map,
            prior: self.prior,
            level,
        }
    }
}

/// The ratio of a pair by its number.
type Ratio<'a> = Box<dyn Fn(usize) -> f64 + 'a>;

impl Evidence<'_> {
    fn check(&self) -> Result<()> {
        if self.parts.is_empty() {
            return Err(Error::new(
                Code::Empty,
                "no scores",
                "those of one measure or more",
            ));
        }
        self.parts
            .iter()
            .try_for_each(|part| self.trials(part).check().map(drop))
    }

    pub(super) fn trials<'a>(&'a self, similarities: &'a [f64]) -> Trials<'a> {
        Trials {
            scores: similarities,
            same: self.same,
            orientation: Orientation::Similarity,
            people: self.people,
        }
    }

    /// Weights and map without intervals on some of the pairs; the result gives the ratio of any pair.
    fn recipe<'a>(&'a self, pairs: &[usize], options: &'a CalibrationOptions) -> Result<Ratio<'a>> {
        let some = |part: &Vec<f64>| pairs.iter().map(|pair| part[*pair]).collect();
        let parts: Vec<Vec<f64>> = self.parts.iter().map(some).collect();
        let same: Vec<u8> = pairs.iter().map(|pair| self.same[*pair]).collect();
        let inside = Evidence {
            parts: &parts,
            same: &same,
            people: None,
        };
        let weights = weights_only(&inside, options)?;
        let (map, _) = fit_map(
            &sums(&parts, &weights),
            &same,
            None,
            options.map_options(None),
        )?;
        Ok(Box::new(move |pair| {
            map.ratio(sum(self.parts, &weights, pair))
        }))
    }

    /// The ratio of each pair by people it has not met.
    pub(super) fn held_out(
        &self,
        (folds, options): (usize, &CalibrationOptions),
        job: &Job,
    ) -> Result<Option<Vec<f64>>> {
        held_out(self, (folds, options.seed), job, |pairs| {
            self.recipe(pairs, options)
        })
    }
}

/// Calibrates the similarities of pairs: weights where there are several parts, a map to log-likelihood
/// ratios, cut-offs and thresholds, all from all pairs; and figures of ratios by maps that met neither person
/// of a pair.
///
/// Errors: those of [`Trials::check`] and [`CalibrationOptions::check`], `ESINGULAR` for parts of which one
/// follows from the others, `EABORTED`. Cost: k (k + 1)/2 fits for k folds, each a sort or about ten passes
/// over the pairs; twice as many for each part more.
pub fn calibrate(
    evidence: &Evidence<'_>,
    options: &CalibrationOptions,
    job: &Job,
) -> Result<Calibrated> {
    options.check()?;
    evidence.check()?;
    job.begin("fit", 0);
    let first = evidence.trials(&evidence.parts[0]);
    let dyads = evidence.people.map(|people| Dyads::new(&first, &people));
    let weights = match evidence.parts.len() {
        1 => vec![],
        _ => weigh(evidence, dyads.as_ref(), options)?,
    };
    let values: Vec<f64> = weights.iter().map(|weight| weight.value).collect();
    let values = if values.is_empty() { vec![1.0] } else { values };
    let similarities = sums(evidence.parts, &values);
    let trials = evidence.trials(&similarities);
    let kinds = trials.check()?;
    let map_options = options.map_options(Some(options.level));
    let (map, mut warnings) = fit_map(&similarities, evidence.same, dyads.as_ref(), map_options)?;
    let curve = Curve::of(&similarities, evidence.same, Orientation::Similarity)?;
    let range = (curve.thresholds()[curve.last() - 1], curve.thresholds()[0]);
    let (thresholds, more) = thresholds(&trials, options, job)?;
    warnings.extend(more);
    let folds = folds_for(evidence, options.folds);
    let ratios = match folds {
        Some(folds) => evidence.held_out((folds, options), job)?,
        None => None,
    };
    let judged = folds.zip(ratios);
    if judged.is_none() {
        let text = "too few people to hold any out, so nothing says how the map fares on others";
        warnings.push(Warning::new("not-judged", text));
    }
    let (mut judgement, mut contributions) = (None, vec![]);
    if let Some((folds, ratios)) = judged {
        let judged = match evidence.parts.len() {
            1 => &similarities,
            _ => &ratios,
        };
        let known = (evidence.same, evidence.people);
        judgement = Some(judge((judged, &ratios), known, (folds, options.level))?);
        if evidence.parts.len() > 1 {
            let costs = Costs::new(evidence.same, dyads.as_ref(), options.level);
            contributions = contributed(evidence, (&ratios, &costs), (folds, options), job)?;
        }
    }
    let threshold = options.threshold();
    Ok(Calibrated {
        cutoffs: Cutoffs::of(&map, threshold, range),
        weights,
        map,
        threshold,
        thresholds,
        range,
        tail: Tail::of(&curve),
        pairs: (kinds.genuine, kinds.impostors),
        identities: evidence.people.map(|people| people.occurring()),
        judgement,
        contributions,
        warnings,
    })
}

/// As many folds as were asked for, at least three and no more than half the people; `None` with fewer than
/// six people. A pair of two folds needs a third to fit on.
pub(super) fn folds_for(evidence: &Evidence<'_>, asked: usize) -> Option<usize> {
    let units = match evidence.people {
        Some(people) => people.occurring(),
        None => evidence.same.len(),
    };
    (units >= 6).then(|| asked.min(units / 2).max(3))
}

fn thresholds(
    trials: &Trials<'_>,
    options: &CalibrationOptions,
    job: &Job,
) -> Result<(Vec<Threshold>, Vec<Warning>)> {
    let asked = FigureOptions {
        far: options.far.clone(),
        level: options.level,
        ..FigureOptions::default()
    };
    let figures = trial_figures(trials, &asked, &IntervalOptions::default(), job)?;
    let found = figures.operating.into_iter().filter_map(|at| {
        let spot = at.reached?.spot;
        Some(Threshold {
            far: at.far,
            similarity: spot.threshold,
            achieved: spot.far,
            achieved_interval: at.far_interval,
            tar: spot.tar,
            tar_interval: at.tar_interval,
        })
    });
    Ok((found.collect(), figures.warnings))
}

fn contributed(
    evidence: &Evidence<'_>,
    (ratios, costs): (&[f64], &Costs<'_>),
    how: (usize, &CalibrationOptions),
    job: &Job,
) -> Result<Vec<Contribution>> {
    let all = costs.of(ratios);
    let mut contributions = vec![];
    for (place, part) in evidence.parts.iter().enumerate() {
        let others = (0..evidence.parts.len()).filter(|other| *other != place);
        let others: Vec<Vec<f64>> = others.map(|other| evidence.parts[other].clone()).collect();
        let ratios_of = |parts: &[Vec<f64>]| -> Result<Vec<f64>> {
            let ratios = Evidence { parts, ..*evidence }.held_out(how, job)?;
            ratios.ok_or_else(|| Error::internal("folds that changed"))
        };
        let of_part = ratios_of(std::slice::from_ref(part))?;
        let (alone, without) = (costs.of(&of_part), costs.of(&ratios_of(&others)?));
        let (gain, gain_interval) = costs.difference(&all, &alone);
        let (adds, adds_interval) = costs.difference(&without, &all);
        let comparing = CompareOptions {
            level: how.1.level,
            ..CompareOptions::default()
        };
        // Ratios against ratios: maps of the folds differ a little, which costs either the same when they are pooled.
        let area = compare(
            &evidence.trials(ratios),
            &evidence.trials(&of_part),
            &comparing,
        )?
        .auroc;
        contributions.push(Contribution {
            alone: costs.mean(&alone),
            gain,
            gain_interval,
            auroc_gain: area.value,
            auroc_gain_interval: area.interval,
            adds,
            adds_interval,
        });
    }
    Ok(contributions)
}
