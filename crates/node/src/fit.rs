//! Fitting a metric.

use std::str::FromStr;

use hackface_core::evaluation::Verification;
use hackface_core::jobs::fit::{FitOutcome, FitRequest, HeldOut, fit_embeddings};
use hackface_core::models::{Decision, FitWarning, PRESETS, Pipeline, Preset};
use napi::Env;
use napi::bindgen_prelude::{Uint8Array, Uint32Array};
use napi_derive::napi;

use crate::background::{Promised, start};
use crate::boundary::guarded;
use crate::embeddings::NativeEmbeddings;
use crate::figures::{Interval, Warning};
use crate::job::NativeJob;
use crate::mirror::{Js, mirror};
use crate::options::{set, training_rows};

/// A named pipeline.
#[napi(object, object_from_js = false)]
pub struct NativePreset {
    pub name: String,
    pub pipeline: String,
    /// One line about it.
    pub about: String,
}

/// Every preset, in the order of the documentation.
#[napi(catch_unwind)]
pub fn presets(env: &Env) -> napi::Result<Vec<NativePreset>> {
    guarded(env, "presets", || Ok(PRESETS.js()))
}

/// True if a fit of the pipeline uses rows of a target.
#[napi(catch_unwind)]
pub fn uses_target(env: &Env, pipeline: String) -> napi::Result<bool> {
    guarded(env, "usesTarget", || {
        Ok(Pipeline::from_str(&pipeline)?.uses_target())
    })
}

/// The pipeline in full, from its written form or the name of a preset; `centered` says whether
/// there is a vector for its first `center`, and nothing leaves that open.
#[napi(catch_unwind)]
pub fn explain_pipeline(
    env: &Env,
    pipeline: String,
    centered: Option<bool>,
) -> napi::Result<String> {
    guarded(env, "explainPipeline", || {
        let pipeline = Pipeline::from_str(&pipeline)?;
        Ok(match centered {
            Some(given) => pipeline.centered(given)?.explained(),
            None => pipeline.explained(),
        })
    })
}

/// How to fit.
#[napi(object)]
pub struct NativeFitOptions {
    /// A pipeline or the name of a preset.
    pub pipeline: String,
    /// Vector that the first `center` subtracts in place of its own mean.
    pub center_vector: Option<Vec<f64>>,
    /// Rows that take part; all if absent.
    pub subset: Option<Uint32Array>,
    pub holdout: Option<f64>,
    /// Fits once more, on everyone, after the hold-out.
    pub refit: Option<bool>,
    /// Selects classes and pairs set aside.
    pub seed: Option<u32>,
    /// Level of the intervals of the hold-out.
    pub level: Option<f64>,
    pub max_per_class: Option<u32>,
    pub skip_invalid: Option<bool>,
}

/// Verification figures.
#[napi(object, object_from_js = false)]
pub struct NativeVerification {
    pub auroc: f64,
    pub auroc_error: f64,
    pub auroc_interval: Option<Interval>,
    pub eer: f64,
    pub tar: Option<f64>,
}

/// A model on people it has not seen.
#[napi(object, object_from_js = false)]
pub struct NativeHeldOut {
    pub identities: f64,
    pub trained_rows: f64,
    pub trained_identities: f64,
    pub genuine: f64,
    pub impostors: f64,
    pub model: NativeVerification,
    pub cosine: NativeVerification,
    pub difference: f64,
    pub difference_error: f64,
    pub difference_interval: Interval,
}

/// A choice that a fit made.
#[napi(object, object_from_js = false)]
pub struct NativeDecision {
    pub step: String,
    pub name: String,
    pub value: f64,
}

/// Record of the fit.
#[napi(object, object_from_js = false)]
pub struct NativeFitReport {
    pub rows: f64,
    pub classes: f64,
    pub singletons: f64,
    pub skipped: f64,
    pub passes: u32,
    pub decisions: Vec<NativeDecision>,
    pub log_likelihood: Vec<f64>,
    /// True if EM ended within its tolerance; absent without EM.
    pub converged: Option<bool>,
    /// True if the target was read.
    pub transductive: bool,
    pub warnings: Vec<Warning>,
    pub held_out: Option<NativeHeldOut>,
    /// The file of the model.
    pub model: Uint8Array,
}

mirror! {
    of: &'static Preset => NativePreset { name, pipeline, about }
    of: Verification => NativeVerification { auroc, auroc_error, auroc_interval, eer, tar }
    of: HeldOut => NativeHeldOut {
        identities, trained_rows, trained_identities, genuine, impostors, model, cosine,
        difference = of.difference.value,
        difference_error = of.difference.error,
        difference_interval = of.difference.interval,
    }
    of: Decision => NativeDecision { step, name, value }
    of: FitWarning => Warning { code, text }
    of: Fitted<FitOutcome> => NativeFitReport {
        rows = of.outcome.report.rows,
        classes = of.outcome.report.classes,
        singletons = of.outcome.report.singletons,
        skipped = of.outcome.report.skipped,
        passes = of.outcome.report.passes,
        decisions = of.outcome.report.decisions,
        log_likelihood = of.outcome.report.log_likelihood,
        converged = of.outcome.report.converged,
        transductive = of.outcome.report.transductive,
        warnings = of.outcome.report.warnings,
        held_out = of.outcome.held_out,
        model = of.file,
    }
}

/// A fit with its model as a file.
pub(crate) struct Fitted<Outcome> {
    pub(crate) outcome: Outcome,
    pub(crate) file: Vec<u8>,
}

/// Fits a metric in the background, on copies of the class numbers (2³²−1 is a row left out).
#[napi(catch_unwind, ts_return_type = "Promise<NativeFitReport>")]
pub fn fit<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    target: Option<&NativeEmbeddings>,
    classes: Option<&[u32]>,
    mut options: NativeFitOptions,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || {
        let embeddings = embeddings.share()?;
        let pipeline = Pipeline::from_str(&options.pipeline)?;
        let target = target.map(NativeEmbeddings::share).transpose()?;
        let subset = options.subset.take().map(|rows| rows.to_vec());
        Ok((
            embeddings,
            target,
            pipeline,
            (classes.map(<[u32]>::to_vec), subset),
            options,
        ))
    };
    start(env, "fit", job, check, |given, job| {
        let (embeddings, target, pipeline, (classes, subset), options) = given;
        let (most, skip) = (options.max_per_class, options.skip_invalid);
        let mut request = FitRequest::new(&pipeline);
        request.rows = training_rows(&classes, &subset, most, skip);
        request.center = options.center_vector.as_deref();
        request.target = target.as_deref();
        request.holdout = options.holdout;
        set(&mut request.refit, options.refit);
        set(&mut request.seed, options.seed.map(u64::from));
        set(&mut request.level, options.level);
        let outcome = fit_embeddings(&embeddings, &request, job)?;
        let file = outcome.model.to_bytes()?;
        Ok(Fitted { outcome, file })
    })
}
