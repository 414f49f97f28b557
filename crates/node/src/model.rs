//! Learned metrics.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use hackface_core::jobs::transform::{narrow_rows, transform_embeddings};
use hackface_core::models::{Model, Side, TransformMetric};
use hackface_core::npy::{Dtype, NpyOutput, Values};
use hackface_core::{Embeddings, Error, Job, Result};
use napi::Env;
use napi::bindgen_prelude::{
    ClassInstance, Either, Float32Array, Float32ArraySlice, Float64Array, Float64ArraySlice,
    Uint8Array,
};
use napi_derive::napi;

use crate::background::{Promised, Reply, plain, start};
use crate::boundary::guarded;
use crate::embeddings::NativeEmbeddings;
use crate::job::NativeJob;
use crate::options::word;
use crate::pool;

/// A fitted metric.
#[napi]
pub struct NativeModel {
    pub(crate) inner: Arc<Model>,
    warnings: Vec<String>,
}

impl NativeModel {
    pub(crate) fn get(&self) -> Arc<Model> {
        Arc::clone(&self.inner)
    }
}

#[napi]
impl NativeModel {
    /// Reads a model file.
    #[napi(factory, catch_unwind)]
    pub fn from_bytes(env: &Env, bytes: &[u8]) -> napi::Result<Self> {
        guarded(env, "modelFromBytes", || {
            let loaded = Model::from_bytes(bytes)?;
            Ok(Self {
                inner: Arc::new(loaded.model),
                warnings: loaded.warnings,
            })
        })
    }

    /// Length of a whole model file in bytes, by its header; it must be `length` if that is given.
    #[napi(catch_unwind)]
    pub fn file_bytes(env: &Env, head: &[u8], length: Option<f64>) -> napi::Result<f64> {
        guarded(env, "modelFileBytes", || {
            let length = length.map(|length| length as u64);
            Ok(Model::file_bytes(head, length)? as f64)
        })
    }

    /// The file of this model.
    #[napi(catch_unwind)]
    pub fn to_bytes(&self, env: &Env) -> napi::Result<Uint8Array> {
        guarded(env, "modelToBytes", || {
            Ok(Uint8Array::new(self.inner.to_bytes()?))
        })
    }

    /// Facts about the model and its file.
    #[napi(catch_unwind)]
    pub fn about(&self, env: &Env) -> napi::Result<NativeModelAbout> {
        guarded(env, "modelAbout", || {
            Ok(NativeModelAbout {
                input_dim: self.inner.input_dim() as u32,
                mapped_dim: self.inner.mapped_dim() as u32,
                scorer: self.inner.scorer().name(),
                card: self.inner.card().clone(),
                warnings: self.warnings.clone(),
                transformed: transformed(&self.inner).ok(),
            })
        })
    }
}

/// Facts about a model.
#[napi(object, object_from_js = false)]
pub struct NativeModelAbout {
    pub input_dim: u32,
    pub mapped_dim: u32,
    /// Name of the form over pairs.
    pub scorer: &'static str,
    /// Facts about the fit, by name.
    pub card: BTreeMap<String, String>,
    /// Remarks for the reader of the file.
    pub warnings: Vec<String>,
    /// Its mapped rows; nothing for a model that no plain measure expresses.
    pub transformed: Option<NativeTransformed>,
}

/// Result of a transform.
#[napi(object, object_from_js = false)]
pub struct NativeTransformed {
    /// Columns of the rows written.
    pub dim: u32,
    /// The plain measure to use on them.
    pub metric: String,
}

plain!(NativeTransformed);

/// Mapped rows in memory.
#[napi(object, object_from_js = false)]
pub struct NativeMapped {
    pub data: Either<Float32Array, Float64Array>,
    pub dim: u32,
    /// The plain measure to use on them.
    pub metric: String,
}

/// How to map rows in memory.
#[napi(object, object_to_js = false)]
pub struct NativeMap {
    /// `stored` or `query`.
    pub side: String,
    /// `float32` or `float64`.
    pub dtype: String,
}

/// Mapped rows on their way to JavaScript.
pub struct Mapped {
    values: Values,
    dim: usize,
    metric: &'static str,
}

impl Reply for Mapped {
    type Js = NativeMapped;
    fn into_js(self) -> napi::Result<NativeMapped> {
        Ok(NativeMapped {
            data: match self.values {
                Values::F32(values) => Either::A(Float32Array::new(values)),
                Values::F64(values) => Either::B(Float64Array::new(values)),
            },
            dim: self.dim as u32,
            metric: self.metric.to_owned(),
        })
    }
}

/// Mapped rows, in the background.
#[napi(catch_unwind, ts_return_type = "Promise<NativeMapped>")]
pub fn map_rows<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    model: &NativeModel,
    asked: NativeMap,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || {
        let (side, dtype) = side_and_dtype(&asked.side, &asked.dtype)?;
        Ok((embeddings.share()?, model.get(), side, dtype))
    };
    start(env, "mapRows", job, check, |given, job| {
        let (rows, model, side, dtype) = given;
        map(&rows, &model, side, dtype, job)
    })
}

/// Numbers of a matrix and its maps that one thread maps before others would have woken up.
const SHORT: usize = 1 << 14;

/// The twin of `mapRows` that blocks, of rows or of a vector; gives the values alone.
#[napi(catch_unwind, ts_return_type = "Float32Array | Float64Array")]
pub fn map_rows_sync<'env>(
    env: &'env Env,
    rows: Either<Float32ArraySlice<'_>, ClassInstance<'_, NativeEmbeddings>>,
    model: &NativeModel,
    side: String,
    dtype: String,
    threads: Option<u32>,
) -> napi::Result<Either<Float32ArraySlice<'env>, Float64ArraySlice<'env>>> {
    let mapped = guarded(env, "mapRowsSync", || {
        let (side, dtype) = side_and_dtype(&side, &dtype)?;
        let vector;
        let rows: &Embeddings = match &rows {
            Either::A(values) => {
                vector = Embeddings::from_vec(values.to_vec(), 1, values.len())?;
                &vector
            }
            Either::B(rows) => rows.get()?,
        };
        let work = || map(rows, &model.inner, side, dtype, &Job::new());
        match rows.rows().saturating_mul(rows.dim()) <= SHORT {
            true => pool::run_here(work),
            false => pool::get(threads)?.install(work),
        }
    })?;
    // Sooner copied than watched over: memory that is not the engine's own.
    match mapped.values {
        Values::F32(values) if values.len() <= SHORT => {
            Float32ArraySlice::copy_from(env, &values).map(Either::A)
        }
        Values::F32(values) => Float32ArraySlice::from_data(env, values).map(Either::A),
        Values::F64(values) => Float64ArraySlice::from_data(env, values).map(Either::B),
    }
}

fn side_and_dtype(side: &str, dtype: &str) -> Result<(Side, Dtype)> {
    let sides = [("stored", Side::Stored), ("query", Side::Query)];
    let dtypes = [("float32", Dtype::F32), ("float64", Dtype::F64)];
    Ok((word("side", side, &sides)?, word("dtype", dtype, &dtypes)?))
}

fn metric_name(model: &Model) -> Result<&'static str> {
    Ok(match model.transform_metric()? {
        TransformMetric::Cosine => "cosine",
        TransformMetric::SquaredEuclidean => "sqeuclidean",
        TransformMetric::Euclidean => "euclidean",
        TransformMetric::InnerProduct => "inner-product",
    })
}

fn transformed(model: &Model) -> Result<NativeTransformed> {
    Ok(NativeTransformed {
        dim: model.transform_dim()? as u32,
        metric: metric_name(model)?.to_owned(),
    })
}

fn map(
    embeddings: &Embeddings,
    model: &Model,
    side: Side,
    dtype: Dtype,
    job: &Job,
) -> Result<Mapped> {
    let (metric, dim) = (metric_name(model)?, model.transform_dim()?);
    let mut values = match dtype {
        Dtype::F64 => Values::F64(Vec::new()),
        _ => Values::F32(Vec::new()),
    };
    let mut narrow = Vec::new();
    let mut sink = |rows: &[f64]| {
        match &mut values {
            Values::F64(all) => all.extend_from_slice(rows),
            Values::F32(all) => {
                let named = |e| blamed(embeddings, e);
                narrow_rows(rows, dim, all.len() / dim, &mut narrow).map_err(named)?;
                all.extend_from_slice(&narrow);
            }
        }
        Ok(())
    };
    transform_embeddings(embeddings, model, side, &mut sink, job)?;
    Ok(Mapped {
        values,
        dim,
        metric,
    })
}

/// The error with the file of the rows, if there is one.
fn blamed(embeddings: &Embeddings, error: Error) -> Error {
    match embeddings.file() {
        Some(file) => error.with_file(file.path()),
        None => error,
    }
}

/// Mapped rows to write.
#[napi(object, object_to_js = false)]
pub struct NativeTransform {
    /// The file, created or cut to nothing first and synced at the end.
    pub path: String,
    /// `stored` or `query`.
    pub side: String,
    /// `float32` or `float64`.
    pub dtype: String,
}

/// Writes mapped rows to a file, in the background.
#[napi(catch_unwind, ts_return_type = "Promise<NativeTransformed>")]
pub fn transform<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    model: &NativeModel,
    asked: NativeTransform,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || {
        let (side, dtype) = side_and_dtype(&asked.side, &asked.dtype)?;
        Ok((embeddings.share()?, model.get(), side, dtype))
    };
    start(env, "transform", job, check, move |given, job| {
        let (rows, model, side, dtype) = given;
        write(&rows, &model, Path::new(&asked.path), side, dtype, job)
    })
}

fn write(
    embeddings: &Embeddings,
    model: &Model,
    path: &Path,
    side: Side,
    dtype: Dtype,
    job: &Job,
) -> Result<NativeTransformed> {
    let written = transformed(model)?;
    let dim = written.dim as usize;
    let mut out = NpyOutput::open(path, dtype, embeddings.rows(), dim)?;
    let (mut narrow, mut done): (Vec<f32>, usize) = (Vec::new(), 0);
    let mut sink = |rows: &[f64]| {
        if dtype == Dtype::F64 {
            return out.write(rows);
        }
        narrow_rows(rows, dim, done, &mut narrow).map_err(|e| blamed(embeddings, e))?;
        done += rows.len() / dim;
        out.write(&narrow)
    };
    transform_embeddings(embeddings, model, side, &mut sink, job)?;
    out.finish()?;
    Ok(written)
}
