//! Learned metrics.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use hackface_core::evaluation::Verification;
use hackface_core::fit::{FitOutcome, FitRequest, fit_embeddings};
use hackface_core::models::{Model, PRESETS, Pipeline, Side, TransformMetric};
use hackface_core::npy::{Dtype, NpyWriter};
use hackface_core::score_model::{score_pairs_by_model as score, transform_embeddings};
use hackface_core::{Code, Embeddings, Error, Job, Result};
use napi::Env;
use napi::bindgen_prelude::{Float64Array, Uint8Array};
use napi_derive::napi;

use crate::background::{Promised, Reply, start};
use crate::boundary::guarded;
use crate::embeddings::NativeEmbeddings;
use crate::job::NativeJob;
use crate::pool;

/// A fitted metric.
#[napi]
pub struct NativeModel {
    pub(crate) inner: Arc<Model>,
    warnings: Vec<String>,
}

#[napi]
impl NativeModel {
    /// Reads a model file.
    #[napi(factory, catch_unwind)]
    pub fn from_bytes(bytes: &[u8]) -> napi::Result<Self> {
        guarded("modelFromBytes", || {
            let loaded = Model::from_bytes(bytes)?;
            Ok(Self {
                inner: Arc::new(loaded.model),
                warnings: loaded.warnings,
            })
        })
    }

    /// The file of this model.
    #[napi(catch_unwind)]
    pub fn to_bytes(&self) -> napi::Result<Uint8Array> {
        guarded("modelToBytes", || {
            Ok(Uint8Array::new(self.inner.to_bytes()))
        })
    }

    /// What is recorded about the fit, by name.
    #[napi(catch_unwind)]
    pub fn card(&self) -> napi::Result<HashMap<String, String>> {
        guarded("modelCard", || {
            Ok(self.inner.card().clone().into_iter().collect())
        })
    }

    /// What a reader of the file should know.
    #[napi(catch_unwind)]
    pub fn warnings(&self) -> napi::Result<Vec<String>> {
        guarded("modelWarnings", || Ok(self.warnings.clone()))
    }

    /// Columns of the rows that it takes.
    #[napi(getter, catch_unwind)]
    pub fn input_dim(&self) -> napi::Result<u32> {
        guarded("modelInputDim", || Ok(self.inner.input_dim() as u32))
    }

    /// Columns of mapped rows.
    #[napi(getter, catch_unwind)]
    pub fn mapped_dim(&self) -> napi::Result<u32> {
        guarded("modelMappedDim", || Ok(self.inner.mapped_dim() as u32))
    }

    /// Name of the form over pairs.
    #[napi(getter, catch_unwind)]
    pub fn scorer(&self) -> napi::Result<String> {
        guarded("modelScorer", || Ok(self.inner.scorer().name().to_owned()))
    }
}

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
pub fn presets() -> napi::Result<Vec<NativePreset>> {
    guarded("presets", || {
        let describe = |preset: &hackface_core::models::Preset| NativePreset {
            name: preset.name.to_owned(),
            pipeline: preset.pipeline.to_owned(),
            about: preset.about.to_owned(),
        };
        Ok(PRESETS.iter().map(describe).collect())
    })
}

/// The pipeline in full, from its written form or the name of a preset.
#[napi(catch_unwind)]
pub fn explain_pipeline(pipeline: String) -> napi::Result<String> {
    guarded("explainPipeline", || {
        Ok(Pipeline::from_str(&pipeline)?.to_string())
    })
}

/// How to fit.
#[napi(object)]
pub struct NativeFitOptions {
    /// A pipeline or the name of a preset.
    pub pipeline: String,
    /// The vector of `center(given)`.
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
    let (embeddings, pipeline) = guarded("fit.check", || {
        Ok((
            Arc::clone(embeddings.get()?),
            Pipeline::from_str(&options.pipeline)?,
        ))
    })?;
    let (classes, subset) = (classes.map(<[u32]>::to_vec), subset.map(<[u32]>::to_vec));
    start(env, "fit", &job.inner, move |job| {
        let request = FitRequest {
            pipeline: &pipeline,
            center: options.center_vector.as_deref(),
            holdout: options.holdout,
            seed: options.seed.map_or(0, u64::from),
            max_per_class: options.max_per_class.map(|n| n as usize),
            subset: subset.as_deref(),
            skip_invalid: options.skip_invalid.unwrap_or(false),
        };
        pool::get(options.threads)?
            .install(|| fit_embeddings(&embeddings, classes.as_deref(), &request, job))
    })
}

/// Distances of pairs by a model; runs in the background on copies of the row numbers.
#[napi(catch_unwind, ts_return_type = "Promise<Float64Array>")]
pub fn score_pairs_by_model<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    index1: &[u32],
    index2: &[u32],
    model: &NativeModel,
    threads: Option<u32>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let embeddings = guarded("scorePairsByModel.check", || {
        Ok(Arc::clone(embeddings.get()?))
    })?;
    let (index1, index2, model) = (index1.to_vec(), index2.to_vec(), Arc::clone(&model.inner));
    start(env, "scorePairsByModel", &job.inner, move |job| {
        pool::get(threads)?.install(|| score(&embeddings, &index1, &index2, &model, job))
    })
}

/// The twin of `scorePairsByModel` that blocks.
#[napi(catch_unwind)]
pub fn score_pairs_by_model_sync(
    embeddings: &NativeEmbeddings,
    index1: &[u32],
    index2: &[u32],
    model: &NativeModel,
    threads: Option<u32>,
) -> napi::Result<Float64Array> {
    let distances = guarded("scorePairsByModelSync", || {
        pool::get(threads)?
            .install(|| score(embeddings.get()?, index1, index2, &model.inner, &Job::new()))
    })?;
    Ok(Float64Array::new(distances))
}

/// What a transform came to.
#[napi(object)]
pub struct NativeTransformed {
    /// Columns of the rows written.
    pub dim: u32,
    /// The plain measure to use on them.
    pub metric: String,
}

pub struct Transformed {
    dim: usize,
    metric: &'static str,
}

impl Reply for Transformed {
    type Js = NativeTransformed;
    fn into_js(self) -> napi::Result<NativeTransformed> {
        Ok(NativeTransformed {
            dim: self.dim as u32,
            metric: self.metric.to_owned(),
        })
    }
}

/// Writes mapped rows to a file (created or cut to nothing first, synced at the end), in the
/// background; `side` is `stored` or `query`, `dtype` `float32` or `float64`.
#[napi(catch_unwind, ts_return_type = "Promise<NativeTransformed>")]
#[allow(clippy::too_many_arguments)]
pub fn transform<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    model: &NativeModel,
    path: String,
    side: String,
    dtype: String,
    threads: Option<u32>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let (embeddings, side, dtype) = guarded("transform.check", || {
        let side = match side.as_str() {
            "stored" => Side::Stored,
            "query" => Side::Query,
            other => {
                return Err(Error::new(
                    Code::Option,
                    format!("side '{other}'"),
                    "stored or query",
                ));
            }
        };
        let dtype = match dtype.as_str() {
            "float32" => Dtype::F32,
            "float64" => Dtype::F64,
            other => {
                return Err(Error::new(
                    Code::Option,
                    format!("dtype '{other}'"),
                    "float32 or float64",
                ));
            }
        };
        Ok((Arc::clone(embeddings.get()?), side, dtype))
    })?;
    let (model, path) = (Arc::clone(&model.inner), PathBuf::from(path));
    start(env, "transform", &job.inner, move |job| {
        pool::get(threads)?.install(|| write(&embeddings, &model, &path, side, dtype, job))
    })
}

fn write(
    embeddings: &Embeddings,
    model: &Model,
    path: &std::path::Path,
    side: Side,
    dtype: Dtype,
    job: &Job,
) -> Result<Transformed> {
    let metric = match model.transform_metric()? {
        TransformMetric::Cosine => "cosine",
        TransformMetric::SquaredEuclidean => "sqeuclidean",
        TransformMetric::Euclidean => "euclidean",
        TransformMetric::InnerProduct => "inner-product",
    };
    let dim = model.transform_dim()?;
    let failed = |e| Error::io("writing it", e).with_file(path);
    let file = File::create(path).map_err(failed)?;
    let out = BufWriter::with_capacity(1 << 20, file);
    let mut writer =
        NpyWriter::new(out, dtype, embeddings.rows(), dim).map_err(|e| e.with_file(path))?;
    let mut narrow: Vec<f32> = Vec::new();
    let mut sink = |rows: &[f64]| {
        if dtype == Dtype::F64 {
            return writer.write_rows(rows).map_err(|e| e.with_file(path));
        }
        narrow.clear();
        narrow.extend(rows.iter().map(|v| *v as f32));
        writer.write_rows(&narrow).map_err(|e| e.with_file(path))
    };
    transform_embeddings(embeddings, model, side, &mut sink, job)?;
    let out = writer.finish().map_err(|e| e.with_file(path))?;
    let file = out.into_inner().map_err(|e| failed(e.into_error()))?;
    file.sync_all().map_err(failed)?;
    Ok(Transformed { dim, metric })
}
