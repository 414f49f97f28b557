//! Fitting a metric.

use std::str::FromStr;
use std::sync::Arc;

use hackface_core::evaluation::Verification;
use hackface_core::jobs::fit::{FitOutcome, FitRequest, fit_embeddings};
use hackface_core::models::{PRESETS, Pipeline};
use napi::Env;
use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;

use crate::background::{Promised, Reply, start};
use crate::boundary::guarded;
use crate::embeddings::NativeEmbeddings;
use crate::job::NativeJob;
use crate::pool;
use crate::training_rows::training_rows;

/// A named pipeline.
#[napi(object)]
pub struct NativePreset {
    /// Its name.
    pub name: String,
    /// The pipeline it stands for.
    pub pipeline: String,
    /// One line about it.
    pub about: String,
}

/// Every preset, in the order of the documentation.
#[napi(catch_unwind)]
pub fn presets(env: &Env) -> napi::Result<Vec<NativePreset>> {
    guarded(env, "presets", || {
        let describe = |preset: &hackface_core::models::Preset| NativePreset {
            name: preset.name.to_owned(),
            pipeline: preset.pipeline.to_owned(),
            about: preset.about.to_owned(),
        };
        Ok(PRESETS.iter().map(describe).collect())
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
            Some(given) => pipeline.centered(given)?.to_string(),
            None => pipeline.to_string(),
        })
    })
}

/// How to fit.
#[napi(object)]
pub struct NativeFitOptions {
    /// A pipeline or the name of a preset.
    pub pipeline: String,
    /// What the first `center` subtracts in place of its own mean.
    pub center_vector: Option<Vec<f64>>,
    /// Share of the classes set aside.
    pub holdout: Option<f64>,
    /// Selects classes and pairs set aside.
    pub seed: Option<u32>,
    /// Most rows of a class.
    pub max_per_class: Option<u32>,
    /// Leaves out rows that are not finite.
    pub skip_invalid: Option<bool>,
    /// Number of threads.
    pub threads: Option<u32>,
}

/// Verification figures.
#[napi(object)]
pub struct NativeVerification {
    pub auroc: f64,
    pub auroc_error: f64,
    pub eer: f64,
    pub tar: Option<f64>,
}

/// A model on people it has not seen.
#[napi(object)]
pub struct NativeHeldOut {
    pub identities: f64,
    pub genuine: f64,
    pub impostors: f64,
    pub model: NativeVerification,
    pub cosine: NativeVerification,
    pub difference: f64,
    pub difference_error: f64,
}

/// A choice that a fit made.
#[napi(object)]
pub struct NativeDecision {
    pub step: String,
    pub name: String,
    pub value: f64,
}

/// What happened while fitting.
#[napi(object)]
pub struct NativeFitReport {
    pub rows: f64,
    pub classes: f64,
    pub singletons: f64,
    pub skipped: f64,
    pub passes: u32,
    pub decisions: Vec<NativeDecision>,
    pub log_likelihood: Vec<f64>,
    pub held_out: Option<NativeHeldOut>,
    /// The file of the model.
    pub model: Uint8Array,
}

impl From<Verification> for NativeVerification {
    fn from(v: Verification) -> Self {
        Self {
            auroc: v.auroc,
            auroc_error: v.auroc_error,
            eer: v.eer,
            tar: v.tar,
        }
    }
}

impl Reply for FitOutcome {
    type Js = NativeFitReport;
    fn into_js(self) -> napi::Result<NativeFitReport> {
        let decision = |d: hackface_core::models::Decision| NativeDecision {
            step: d.step,
            name: d.name.to_owned(),
            value: d.value,
        };
        Ok(NativeFitReport {
            rows: self.report.rows as f64,
            classes: self.report.classes as f64,
            singletons: self.report.singletons as f64,
            skipped: self.report.skipped as f64,
            passes: self.report.passes,
            decisions: self.report.decisions.into_iter().map(decision).collect(),
            log_likelihood: self.report.log_likelihood,
            held_out: self.held_out.map(|held| NativeHeldOut {
                identities: held.identities as f64,
                genuine: held.genuine as f64,
                impostors: held.impostors as f64,
                model: held.model.into(),
                cosine: held.cosine.into(),
                difference: held.difference.value,
                difference_error: held.difference.error,
            }),
            model: Uint8Array::new(self.model.to_bytes()),
        })
    }
}

/// Fits a metric in the background, on copies of the class numbers (2³²−1 is a row left out).
#[napi(catch_unwind, ts_return_type = "Promise<NativeFitReport>")]
pub fn fit<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    classes: Option<&[u32]>,
    subset: Option<&[u32]>,
    options: NativeFitOptions,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let (embeddings, pipeline) = guarded(env, "fit.check", || {
        Ok((
            Arc::clone(embeddings.get()?),
            Pipeline::from_str(&options.pipeline)?,
        ))
    })?;
    let (classes, subset) = (classes.map(<[u32]>::to_vec), subset.map(<[u32]>::to_vec));
    start(env, "fit", &job.inner, move |job| {
        let mut request = FitRequest::new(&pipeline);
        request.rows = training_rows(
            &classes,
            &subset,
            options.max_per_class,
            options.skip_invalid,
        );
        request.center = options.center_vector.as_deref();
        request.holdout = options.holdout;
        if let Some(seed) = options.seed {
            request.seed = u64::from(seed);
        }
        pool::get(options.threads)?.install(|| fit_embeddings(&embeddings, &request, job))
    })
}
