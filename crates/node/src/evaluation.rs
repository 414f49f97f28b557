//! Scores judged.

use std::sync::Arc;

use hackface_core::evaluation::{
    Costs, Curve, EqualErrorRate, FigureOptions, IntervalOptions, PairGraph, TarRule, compare,
    equal_error_rate, fold_accuracy, group_rates, judge, normal_quantile, pair_graph as graph,
    seeded_folds, worst_pairs,
};
use hackface_core::{Code, Error, Job, Result};
use napi::Env;
use napi::bindgen_prelude::{Float64Array, Uint32Array};
use napi_derive::napi;

use crate::background::{Promised, Reply, start};
use crate::boundary::guarded;
use crate::figures::{comparison_json, figures_json, folds_json, groups_json, worst_json};
use crate::job::NativeJob;
use crate::pool;
use crate::trials::{Held, NativeTrials};

/// A prior and what errors cost.
#[napi(object)]
pub struct NativeCosts {
    pub prior: f64,
    pub miss: f64,
    pub false_accept: f64,
}

/// What is asked of a curve.
#[napi(object)]
pub struct NativeMeasures {
    /// False accept rates.
    pub far: Vec<f64>,
    /// `at-most`, `nearest` or `quantile`.
    pub rule: String,
    /// False accept rates up to which the area is measured.
    pub partial: Vec<f64>,
    /// Thresholds to judge as they are.
    pub thresholds: Vec<f64>,
    pub costs: Vec<NativeCosts>,
    /// Whether scores are log-likelihood ratios.
    pub ratios: bool,
    /// Bins of the histogram.
    pub bins: u32,
}

impl NativeMeasures {
    pub(crate) fn read(self) -> Result<FigureOptions> {
        let costs = self.costs.into_iter().map(|c| Costs {
            prior: c.prior,
            miss: c.miss,
            false_accept: c.false_accept,
        });
        Ok(FigureOptions {
            far: self.far,
            rule: rule_named(&self.rule)?,
            partial: self.partial,
            thresholds: self.thresholds,
            costs: costs.collect(),
            ratios: self.ratios,
            bins: self.bins as usize,
        })
    }
}

/// What is asked of trials.
#[napi(object)]
pub struct NativeEvaluateOptions {
    pub measures: NativeMeasures,
    /// Repetitions of the bootstrap; 0 for none.
    pub repetitions: u32,
    pub seed: u32,
    /// Number of folds; 0 for none.
    pub folds: u32,
    /// Number of groups; 0 for none.
    pub groups: u32,
    /// Pairs of either kind to show.
    pub worst: u32,
    /// Number of threads.
    pub threads: Option<u32>,
}

struct Request {
    figures: FigureOptions,
    intervals: IntervalOptions,
    folds: usize,
    fold: Vec<u32>,
    groups: usize,
    group: Vec<u32>,
    worst: usize,
}

/// Exact AUROC, in the background.
#[napi(catch_unwind, ts_return_type = "Promise<number>")]
pub fn auroc<'env>(
    env: &'env Env,
    trials: &NativeTrials,
    threads: Option<u32>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let held = Arc::clone(&trials.inner);
    start(env, "auroc", &job.inner, move |_| {
        pool::get(threads)?.install(|| held.auroc())
    })
}

/// Every measure asked for, as JSON. `fold` and `group` number each pair, or are empty.
#[napi(catch_unwind, ts_return_type = "Promise<string>")]
pub fn evaluate<'env>(
    env: &'env Env,
    trials: &NativeTrials,
    options: NativeEvaluateOptions,
    fold: &[u32],
    group: &[u32],
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let threads = options.threads;
    let request = guarded("evaluate.check", || {
        Ok(Request {
            figures: options.measures.read()?,
            intervals: IntervalOptions {
                repetitions: options.repetitions as usize,
                seed: options.seed.into(),
            },
            folds: options.folds as usize,
            fold: fold.to_vec(),
            groups: options.groups as usize,
            group: group.to_vec(),
            worst: options.worst as usize,
        })
    })?;
    let held = Arc::clone(&trials.inner);
    start(env, "evaluate", &job.inner, move |job| {
        pool::get(threads)?.install(|| request.run(&held, job))
    })
}

impl Request {
    fn run(&self, held: &Held, job: &Job) -> Result<String> {
        let scores = held.scores();
        let trials = held.trials(&scores);
        let figures = judge(&trials, &self.figures, &self.intervals, job)?;
        let mut json = figures_json(&figures, self.figures.rule, &self.figures.partial);
        let people = trials.people.map(|people| people.occurring());
        json.insert("identities".into(), people.into());
        job.check()?;
        if self.folds > 0 {
            let seeded;
            let fold = if self.fold.is_empty() {
                seeded = seeded_folds(trials.same, self.folds, self.intervals.seed);
                &seeded
            } else {
                &self.fold
            };
            let folds = fold_accuracy(&trials, fold, self.folds)?;
            json.insert("folds".into(), folds_json(&folds));
        }
        job.check()?;
        if self.groups > 0 {
            let reached = figures.operating.iter().filter_map(|at| at.reached);
            let thresholds: Vec<f64> = reached.map(|reached| reached.spot.threshold).collect();
            let groups = group_rates(&trials, &self.group, self.groups, &thresholds)?;
            json.insert("groups".into(), groups_json(&groups, &figures));
        }
        let worst = worst_pairs(&trials, self.worst);
        json.insert("worst".into(), worst_json(&worst, &trials));
        Ok(serde_json::Value::Object(json).to_string())
    }
}

fn rule_named(name: &str) -> Result<TarRule> {
    let rules = [TarRule::AtMost, TarRule::Nearest, TarRule::Quantile];
    rules
        .into_iter()
        .find(|rule| rule.as_str() == name)
        .ok_or_else(|| {
            let found = format!("the rule '{name}'");
            Error::new(Code::Option, found, "at-most, nearest or quantile")
        })
}

/// How two metrics differ on the same pairs, as JSON.
#[napi(catch_unwind, ts_return_type = "Promise<string>")]
pub fn compare_trials<'env>(
    env: &'env Env,
    first: &NativeTrials,
    second: &NativeTrials,
    far: Vec<f64>,
    rule: String,
    threads: Option<u32>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let rule = guarded("compareTrials.check", || rule_named(&rule))?;
    let (first, second) = (Arc::clone(&first.inner), Arc::clone(&second.inner));
    start(env, "compareTrials", &job.inner, move |_| {
        pool::get(threads)?.install(|| {
            let (a, b) = (first.scores(), second.scores());
            let comparison = compare(&first.trials(&a), &second.trials(&b), &far, rule)?;
            Ok(comparison_json(&comparison, &far).to_string())
        })
    })
}

/// A curve as columns.
#[napi(object)]
pub struct NativeRoc {
    pub threshold: Float64Array,
    pub far: Float64Array,
    pub tar: Float64Array,
    /// Φ⁻¹ of the false accept rate.
    pub far_deviate: Float64Array,
    /// Φ⁻¹ of the false reject rate.
    pub frr_deviate: Float64Array,
}

impl Reply for Curve {
    type Js = NativeRoc;
    fn into_js(self) -> napi::Result<NativeRoc> {
        let points = 0..=self.last();
        let column =
            |of: &dyn Fn(usize) -> f64| Float64Array::new(points.clone().map(of).collect());
        // Where no error was seen there is no deviate; half an error stands for it.
        let deviate = |rate: f64, pairs: u64| {
            let half = 0.5 / pairs as f64;
            normal_quantile(rate.clamp(half, 1.0 - half))
        };
        Ok(NativeRoc {
            threshold: column(&|point| self.threshold(point)),
            far: column(&|point| self.far(point)),
            tar: column(&|point| self.tar(point)),
            far_deviate: column(&|point| deviate(self.far(point), self.impostors())),
            frr_deviate: column(&|point| deviate(self.frr(point), self.genuine())),
        })
    }
}

/// Every point of the curve.
#[napi(catch_unwind, ts_return_type = "Promise<NativeRoc>")]
pub fn roc<'env>(
    env: &'env Env,
    trials: &NativeTrials,
    threads: Option<u32>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let held = Arc::clone(&trials.inner);
    start(env, "roc", &job.inner, move |_| {
        pool::get(threads)?.install(|| Curve::of(&held.scores(), &held.same, held.orientation))
    })
}

/// The equal error rate by each convention.
#[napi(object)]
pub struct NativeEer {
    pub value: f64,
    pub hull: f64,
    pub nearest: f64,
    pub threshold: f64,
}

impl Reply for EqualErrorRate {
    type Js = NativeEer;
    fn into_js(self) -> napi::Result<NativeEer> {
        Ok(NativeEer {
            value: self.linear,
            hull: self.hull,
            nearest: self.nearest,
            threshold: self.threshold,
        })
    }
}

/// The equal error rate.
#[napi(catch_unwind, ts_return_type = "Promise<NativeEer>")]
pub fn eer<'env>(
    env: &'env Env,
    trials: &NativeTrials,
    threads: Option<u32>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let held = Arc::clone(&trials.inner);
    start(env, "eer", &job.inner, move |_| {
        pool::get(threads)?.install(|| {
            let curve = Curve::of(&held.scores(), &held.same, held.orientation)?;
            Ok(equal_error_rate(&curve))
        })
    })
}

/// What a list of pairs gives away.
#[napi(object)]
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

impl Reply for PairGraph {
    type Js = NativePairGraph;
    fn into_js(self) -> napi::Result<NativePairGraph> {
        Ok(NativePairGraph {
            first: self.first.into(),
            second: self.second.into(),
            count: self.count as u32,
            single_rows: self.single_rows as u32,
            repeated: self.repeated as u32,
            loops: self.loops as u32,
            contradiction: self.contradiction.map(|pair| pair as u32),
            contradictions: self.contradictions as u32,
        })
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
    start(env, "pairGraph", &job.inner, move |_| {
        Ok(graph(&index1, &index2, &same))
    })
}
