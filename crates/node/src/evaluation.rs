//! Scores of pairs to reports, curves and rates.

use std::sync::Arc;

use hackface_core::Result;
use hackface_core::evaluation as core;
use hackface_core::evaluation::{
    Adjustment, CompareOptions, Curve, FigureOptions, Folds, Groups, PairGraph, ReportOptions,
    SystemsOptions, TarRule, compare, compare_systems as compare_systems_of, equal_error_rate,
    normal_quantile, pair_graph as graph, report,
};
use napi::Env;
use napi::bindgen_prelude::{ClassInstance, Float64Array, Uint32Array};
use napi_derive::napi;

use crate::background::{Promised, Reply, start, start_alone};
use crate::job::NativeJob;
use crate::mirror::mirror;
use crate::options::set;
use crate::trials::NativeTrials;

/// Figures to derive from a curve; the core decides those that are absent.
#[napi(object, object_to_js = false)]
pub struct NativeMeasures {
    pub at_far: Option<Vec<f64>>,
    /// `at-most`, `nearest`, `insightface` or `quantile`.
    pub tar_rule: Option<String>,
    /// False accept rates up to which the area is measured.
    pub partial_far: Option<Vec<f64>>,
    pub at_threshold: Option<Vec<f64>>,
    /// Priors of a genuine pair for detection costs.
    pub priors: Option<Vec<f64>>,
    pub cost_miss: Option<f64>,
    pub cost_false_accept: Option<f64>,
    /// True if scores are log-likelihood ratios.
    pub ratios: Option<bool>,
    /// Level of every interval.
    pub level: Option<f64>,
    /// Weight of false accept rates in figures of groups.
    pub fairness_weight: Option<f64>,
}

impl NativeMeasures {
    pub(crate) fn read(self) -> Result<FigureOptions> {
        let mut options = FigureOptions::default();
        set(&mut options.far, self.at_far);
        set(&mut options.partial, self.partial_far);
        set(&mut options.thresholds, self.at_threshold);
        set(&mut options.priors, self.priors);
        set(&mut options.cost_miss, self.cost_miss);
        set(&mut options.cost_false_accept, self.cost_false_accept);
        set(&mut options.ratios, self.ratios);
        set(&mut options.level, self.level);
        set(&mut options.fairness_weight, self.fairness_weight);
        set(&mut options.rule, rule(self.tar_rule)?);
        options.check()?;
        Ok(options)
    }
}

fn rule(name: Option<String>) -> Result<Option<TarRule>> {
    name.as_deref().map(TarRule::parse).transpose()
}

/// Contents of a report; the core decides those that are absent.
#[napi(object, object_to_js = false)]
pub struct NativeEvaluateOptions {
    pub measures: NativeMeasures,
    pub bootstrap: Option<u32>,
    /// Seed of bootstrap and folds.
    pub seed: Option<u32>,
    /// Number of folds, where `fold` gives none; 0 for none.
    pub folds: Option<u32>,
    /// The fold of each pair.
    pub fold: Option<Uint32Array>,
    /// Names of the groups of pairs.
    pub groups: Option<Vec<String>>,
    /// The group of each pair, the number of names for none.
    pub group: Option<Uint32Array>,
    /// The groups of the first and of the second row of each pair, the number of names for none.
    pub group_first: Option<Uint32Array>,
    pub group_second: Option<Uint32Array>,
    /// The quality of each pair, larger for better ones.
    pub quality: Option<Float64Array>,
}

impl NativeEvaluateOptions {
    fn read(self) -> Result<ReportOptions> {
        let mut options = ReportOptions {
            figures: self.measures.read()?,
            ..ReportOptions::default()
        };
        let intervals = &mut options.intervals;
        let repetitions = self.bootstrap.map(|n| n as usize);
        set(&mut intervals.repetitions, repetitions);
        set(&mut intervals.seed, self.seed.map(u64::from));
        match (self.fold, self.folds) {
            (Some(fold), _) => options.folds = Folds::Given(fold.to_vec()),
            (None, Some(count @ 1..)) => options.folds = Folds::Seeded(count as usize),
            (None, _) => {}
        }
        options.groups = self.group.zip(self.groups).map(|(of, names)| Groups {
            of: of.to_vec(),
            names,
            sides: (self.group_first.zip(self.group_second))
                .map(|(first, second)| [first.to_vec(), second.to_vec()]),
        });
        options.quality = self.quality.map(|quality| quality.to_vec());
        Ok(options)
    }
}

/// Exact AUROC, in the background.
#[napi(catch_unwind, ts_return_type = "Promise<number>")]
pub fn auroc<'env>(
    env: &'env Env,
    trials: &NativeTrials,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let trials = || Ok(Arc::clone(&trials.inner));
    start(env, "auroc", job, trials, |held, _| held.auroc())
}

/// A report of trials, in the background.
#[napi(catch_unwind, ts_return_type = "Promise<EvaluationFigures>")]
pub fn evaluate<'env>(
    env: &'env Env,
    trials: &NativeTrials,
    options: NativeEvaluateOptions,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || Ok((Arc::clone(&trials.inner), options.read()?));
    start(env, "evaluate", job, check, |given, job| {
        let (held, options) = given;
        report(&held.trials(&held.scores()), &options, job)
    })
}

/// How two metrics differ on the same pairs.
#[napi(object, object_to_js = false)]
pub struct NativeCompareOptions {
    pub at_far: Vec<f64>,
    /// `at-most`, `nearest`, `insightface` or `quantile`.
    pub tar_rule: Option<String>,
    /// Level of the intervals.
    pub level: Option<f64>,
}

impl NativeCompareOptions {
    fn read(self) -> Result<CompareOptions> {
        let mut asked = CompareOptions {
            far: self.at_far,
            ..CompareOptions::default()
        };
        set(&mut asked.rule, rule(self.tar_rule)?);
        set(&mut asked.level, self.level);
        Ok(asked)
    }
}

/// Compares two metrics on the same pairs.
#[napi(catch_unwind, ts_return_type = "Promise<Comparison>")]
pub fn compare_trials<'env>(
    env: &'env Env,
    first: &NativeTrials,
    second: &NativeTrials,
    options: NativeCompareOptions,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || {
        let (first, second) = (Arc::clone(&first.inner), Arc::clone(&second.inner));
        Ok((first, second, options.read()?))
    };
    start(env, "compareTrials", job, check, |given, _| {
        let (first, second, options) = given;
        let (a, b) = (first.scores(), second.scores());
        let (first, second) = (first.trials(&a), second.trials(&b));
        compare(&first, &second, &options)
    })
}

/// How systems differ from one of them; the core decides what is absent.
#[napi(object, object_to_js = false)]
pub struct NativeSystemsOptions {
    pub compare: NativeCompareOptions,
    /// Place of the system that the others are compared with.
    pub reference: Option<u32>,
    /// `max-t`, `holm` or `none`.
    pub adjust: Option<String>,
}

/// Compares two systems or more on the same pairs.
#[napi(catch_unwind, ts_return_type = "Promise<SystemsComparison>")]
pub fn compare_systems<'env>(
    env: &'env Env,
    systems: Vec<ClassInstance<'_, NativeTrials>>,
    options: NativeSystemsOptions,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || {
        let held: Vec<_> = systems.iter().map(|of| Arc::clone(&of.inner)).collect();
        let adjust = options.adjust.as_deref().map(Adjustment::parse);
        let mut asked = SystemsOptions {
            compare: options.compare.read()?,
            reference: options.reference.map(|at| at as usize),
            ..SystemsOptions::default()
        };
        set(&mut asked.adjustment, adjust.transpose()?);
        Ok((held, asked))
    };
    start(env, "compareSystems", job, check, |given, job| {
        let (held, options) = given;
        let scores: Vec<_> = held.iter().map(|of| of.scores()).collect();
        let systems = held
            .iter()
            .zip(&scores)
            .map(|(of, scores)| of.trials(scores));
        let systems: Vec<_> = systems.collect();
        compare_systems_of(&systems, &options, job)
    })
}

/// Every point of a ROC curve, from nothing accepted to everything; columns of equal length.
#[napi(object, object_from_js = false)]
pub struct RocCurve {
    /// A pair is accepted at or beyond it; the first accepts nothing.
    pub threshold: Float64Array,
    /// Share of impostor pairs accepted.
    pub far: Float64Array,
    /// Share of genuine pairs accepted.
    pub tar: Float64Array,
    /// Φ⁻¹ of the false accept rate: the x of a DET curve. Half an error stands for none.
    pub far_deviate: Float64Array,
    /// Φ⁻¹ of the false reject rate: the y of a DET curve.
    pub frr_deviate: Float64Array,
}

impl Reply for Curve {
    type Js = RocCurve;
    fn into_js(self) -> napi::Result<RocCurve> {
        let points = 0..=self.last();
        let column =
            |of: &dyn Fn(usize) -> f64| Float64Array::new(points.clone().map(of).collect());
        // Where no error was seen there is no deviate; half an error stands for it.
        let deviate = |rate: f64, pairs: u64| {
            let half = 0.5 / pairs as f64;
            normal_quantile(rate.clamp(half, 1.0 - half))
        };
        Ok(RocCurve {
            threshold: column(&|point| self.threshold(point)),
            far: column(&|point| self.far(point)),
            tar: column(&|point| self.tar(point)),
            far_deviate: column(&|point| deviate(self.far(point), self.impostors())),
            frr_deviate: column(&|point| deviate(self.frr(point), self.genuine())),
        })
    }
}

/// Every point of the curve.
#[napi(catch_unwind, ts_return_type = "Promise<RocCurve>")]
pub fn roc<'env>(
    env: &'env Env,
    trials: &NativeTrials,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let trials = || Ok(Arc::clone(&trials.inner));
    start(env, "roc", job, trials, |held, _| held.curve())
}

/// The equal error rate by the three conventions in use.
#[napi(object, object_from_js = false)]
pub struct EqualErrorRate {
    /// By linear interpolation of the crossing of false accept and false reject rate.
    pub value: f64,
    /// Where the diagonal meets the convex hull of the ROC curve (ROCCH-EER).
    pub hull: f64,
    /// Mean of both rates where they are nearest.
    pub nearest: f64,
    /// Threshold at which they are nearest; the middle of the gap in perfect separation.
    pub threshold: f64,
}

mirror! {
    of: core::EqualErrorRate => EqualErrorRate { value = of.linear, hull, nearest, threshold }
}

/// The equal error rate.
#[napi(catch_unwind, ts_return_type = "Promise<EqualErrorRate>")]
pub fn eer<'env>(
    env: &'env Env,
    trials: &NativeTrials,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let trials = || Ok(Arc::clone(&trials.inner));
    start(env, "eer", job, trials, |held, _| {
        Ok(equal_error_rate(&held.curve()?))
    })
}

/// Facts that a list of pairs gives away.
#[napi(object, object_from_js = false)]
pub struct NativePairGraph {
    pub first: Uint32Array,
    pub second: Uint32Array,
    pub count: u32,
    pub single_rows: u32,
    pub repeated: u32,
    pub loops: u32,
    pub contradiction: Option<u32>,
    pub contradictions: u32,
}

mirror! {
    of: PairGraph => NativePairGraph {
        first, second, count, single_rows, repeated, loops, contradiction, contradictions
    }
}

/// Identities as far as genuine pairs tell them, and what pairs give away about each other.
#[napi(catch_unwind, ts_return_type = "Promise<NativePairGraph>")]
pub fn pair_graph<'env>(
    env: &'env Env,
    index1: &[u32],
    index2: &[u32],
    same: &[u8],
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let (index1, index2, same) = (index1.to_vec(), index2.to_vec(), same.to_vec());
    start_alone(env, "pairGraph", job, move |_| {
        Ok(graph(&index1, &index2, &same))
    })
}
