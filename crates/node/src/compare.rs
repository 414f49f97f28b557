//! Comparing pipelines, and fitting the one that is chosen.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Instant;

use hackface_core::Result;
use hackface_core::jobs::compare::{
    AutoOutcome, AutoRequest, CompareRequest, Compared, Comparison, Judged, compare_pipelines,
    default_candidates, fit_auto,
};
use hackface_core::models::Pipeline;
use hackface_core::rows::Embeddings;
use napi::Env;
use napi::bindgen_prelude::Uint32Array;
use napi_derive::napi;

use crate::background::{Promised, start};
use crate::boundary::guarded;
use crate::embeddings::NativeEmbeddings;
use crate::figures::Difference;
use crate::fit::{Fitted, NativeFitReport, NativeVerification};
use crate::job::NativeJob;
use crate::mirror::mirror;
use crate::options::{set, training_rows};

/// How to compare, and for a fit how to go on.
#[napi(object)]
pub struct NativeCandidateOptions {
    /// Pipelines or names of presets, in order of preference.
    pub candidates: Option<Vec<String>>,
    pub folds: Option<u32>,
    /// Rows that take part; all if absent.
    pub subset: Option<Uint32Array>,
    /// Deals people into folds and draws pairs.
    pub seed: Option<u32>,
    /// Level of the intervals.
    pub level: Option<f64>,
    /// Share of the people that neither choice nor model sees; for a fit.
    pub holdout: Option<f64>,
    /// Fits once more, on everyone, after the hold-out; for a fit.
    pub refit: Option<bool>,
    pub max_per_class: Option<u32>,
    pub skip_invalid: Option<bool>,
}

/// Figures of a candidate.
#[napi(object, object_from_js = false)]
pub struct NativeJudged {
    pub figures: NativeVerification,
    pub above_cosine: Difference,
    pub below_best: Difference,
}

/// One candidate.
#[napi(object, object_from_js = false)]
pub struct NativeCompared {
    pub pipeline: String,
    pub judged: Option<NativeJudged>,
    /// Why it could not be fitted or scored.
    pub failure: Option<String>,
    pub seconds: f64,
}

/// Candidates on the same pairs.
#[napi(object, object_from_js = false)]
pub struct NativePipelineComparison {
    pub candidates: Vec<NativeCompared>,
    /// Place of the one to take.
    pub chosen: u32,
    /// Place of the one with the largest area.
    pub best: u32,
    pub reason: String,
    pub folds: u32,
    pub repeats: u32,
    pub rows: f64,
    pub identities: f64,
    pub skipped: f64,
    pub judged_rows: f64,
    pub genuine: f64,
    pub impostors: f64,
    pub passes: u32,
}

/// A model whose pipeline was chosen.
#[napi(object, object_from_js = false)]
pub struct NativeAutoReport {
    pub fit: NativeFitReport,
    pub comparison: Option<NativePipelineComparison>,
    pub reason: String,
}

mirror! {
    of: Judged => NativeJudged { figures, above_cosine, below_best }
    of: Compared => NativeCompared { pipeline, judged, failure, seconds }
    of: Comparison => NativePipelineComparison {
        candidates,
        chosen = of.choice.chosen,
        best = of.choice.best,
        reason = of.choice.reason,
        folds, repeats, rows, identities, skipped, judged_rows, genuine, impostors, passes,
    }
    of: Fitted<AutoOutcome> => NativeAutoReport {
        fit = Fitted { outcome: of.outcome.fit, file: of.file },
        comparison = of.outcome.comparison,
        reason = of.outcome.reason,
    }
}

/// The candidates of a comparison that names none, for a matrix of so many rows and columns, of so many people.
#[napi(catch_unwind)]
pub fn candidates(env: &Env, rows: f64, dim: f64, people: f64) -> napi::Result<Vec<String>> {
    guarded(env, "candidates", || {
        let all = default_candidates((rows as usize, dim as usize), people as usize)?;
        Ok(all.iter().map(Pipeline::to_string).collect())
    })
}

/// The arguments of a call.
struct Given {
    embeddings: Arc<Embeddings>,
    target: Option<Arc<Embeddings>>,
    classes: Option<Vec<u32>>,
    subset: Option<Vec<u32>>,
    candidates: Option<Vec<Pipeline>>,
    options: NativeCandidateOptions,
}

impl Given {
    fn new(
        embeddings: &NativeEmbeddings,
        target: Option<&NativeEmbeddings>,
        classes: Option<&[u32]>,
        mut options: NativeCandidateOptions,
    ) -> Result<Self> {
        let parse = |texts: &Vec<String>| -> Result<Vec<Pipeline>> {
            texts.iter().map(|text| Pipeline::from_str(text)).collect()
        };
        Ok(Self {
            embeddings: embeddings.share()?,
            target: target.map(NativeEmbeddings::share).transpose()?,
            classes: classes.map(<[u32]>::to_vec),
            subset: options.subset.take().map(|rows| rows.to_vec()),
            candidates: options.candidates.as_ref().map(parse).transpose()?,
            options,
        })
    }

    /// The request; times are those of `clock`.
    fn request<'a>(&'a self, clock: &'a (dyn Fn() -> f64 + Sync)) -> CompareRequest<'a> {
        let options = &self.options;
        let (most, skip) = (options.max_per_class, options.skip_invalid);
        let mut request = CompareRequest {
            rows: training_rows(&self.classes, &self.subset, most, skip),
            candidates: self.candidates.clone(),
            target: self.target.as_deref(),
            folds: options.folds.map(|folds| folds as usize),
            clock,
            ..CompareRequest::new()
        };
        set(&mut request.seed, options.seed.map(u64::from));
        set(&mut request.level, options.level);
        request
    }
}

/// Compares pipelines in the background, on copies of the class numbers (2³²−1 is a row left out).
#[napi(catch_unwind, ts_return_type = "Promise<NativePipelineComparison>")]
pub fn compare<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    target: Option<&NativeEmbeddings>,
    classes: Option<&[u32]>,
    options: NativeCandidateOptions,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || Given::new(embeddings, target, classes, options);
    start(env, "compare", job, check, |given, job| {
        let started = Instant::now();
        let clock = || started.elapsed().as_secs_f64();
        compare_pipelines(&given.embeddings, &given.request(&clock), job)
    })
}

/// Chooses a pipeline and fits it, in the background, as `fit` does.
#[napi(catch_unwind, ts_return_type = "Promise<NativeAutoReport>")]
pub fn fit_chosen<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    target: Option<&NativeEmbeddings>,
    classes: Option<&[u32]>,
    options: NativeCandidateOptions,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || Given::new(embeddings, target, classes, options);
    start(env, "fitChosen", job, check, |given, job| {
        let started = Instant::now();
        let clock = || started.elapsed().as_secs_f64();
        let mut request = AutoRequest {
            compare: given.request(&clock),
            ..AutoRequest::new()
        };
        request.holdout = given.options.holdout;
        set(&mut request.refit, given.options.refit);
        let outcome = fit_auto(&given.embeddings, &request, job)?;
        let file = outcome.fit.model.to_bytes()?;
        Ok(Fitted { outcome, file })
    })
}
