//! All distances of two sets, or of one among itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hackface_core::jobs::pairwise::{Pairwise, narrow_distances};
use hackface_core::npy::{Dtype, NpyOutput, Values};
use hackface_core::{Embeddings, Job, Result};
use napi::Env;
use napi::bindgen_prelude::{ClassInstance, Either, Float32Array, Float64Array};
use napi_derive::napi;

use crate::background::{Promised, Reply, start};
use crate::boundary::guarded;
use crate::embeddings::NativeEmbeddings;
use crate::job::NativeJob;
use crate::measure::{NativeMeasure, OwnedMeasure};
use crate::options::word;
use crate::pool;

/// Rows to compare with each other.
#[napi(object, object_to_js = false)]
pub struct NativePairwise<'env> {
    pub rows: ClassInstance<'env, NativeEmbeddings>,
    /// First row of the other set, which is compared with those before; all with all if absent.
    pub split: Option<u32>,
    pub measure: NativeMeasure<'env>,
    /// True for the pairs i < j of one set alone.
    pub condensed: bool,
    /// `float32` or `float64`.
    pub dtype: String,
    /// The `.npy` file to fill, which exists; the distances are returned if absent.
    pub path: Option<String>,
}

struct Request {
    rows: Arc<Embeddings>,
    split: Option<usize>,
    measure: OwnedMeasure,
    condensed: bool,
    dtype: Dtype,
    path: Option<PathBuf>,
}

/// Distances, row after row; none if they are in a file.
pub struct Distances(Values);

impl Reply for Distances {
    type Js = Either<Float32Array, Float64Array>;
    fn into_js(self) -> napi::Result<Self::Js> {
        Ok(match self.0 {
            Values::F32(values) => Either::A(Float32Array::new(values)),
            Values::F64(values) => Either::B(Float64Array::new(values)),
        })
    }
}

/// All distances, in the background.
#[napi(catch_unwind, ts_return_type = "Promise<Float32Array | Float64Array>")]
pub fn pairwise<'env>(
    env: &'env Env,
    asked: NativePairwise<'_>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || Request::read(asked);
    start(env, "pairwise", job, check, |request, job| request.run(job))
}

/// The twin of `pairwise` that blocks.
#[napi(catch_unwind)]
pub fn pairwise_sync(
    env: &Env,
    asked: NativePairwise<'_>,
    threads: Option<u32>,
) -> napi::Result<Either<Float32Array, Float64Array>> {
    let distances = guarded(env, "pairwiseSync", || {
        let request = Request::read(asked)?;
        pool::get(threads)?.install(|| request.run(&Job::new()))
    })?;
    distances.into_js()
}

impl Request {
    fn read(asked: NativePairwise<'_>) -> Result<Self> {
        let dtypes = [("float32", Dtype::F32), ("float64", Dtype::F64)];
        Ok(Self {
            rows: asked.rows.share()?,
            split: asked.split.map(|row| row as usize),
            measure: OwnedMeasure::read(asked.measure)?,
            condensed: asked.condensed,
            dtype: word("dtype", &asked.dtype, &dtypes)?,
            path: asked.path.map(PathBuf::from),
        })
    }

    fn run(&self, job: &Job) -> Result<Distances> {
        self.measure.with(|measure| {
            let prepared = measure.prepare(&self.rows, job)?;
            let matrix = match self.split {
                Some(split) => Pairwise::of_two(&prepared, split)?,
                None => Pairwise::of_one(&prepared, self.condensed),
            };
            self.deliver(&matrix, job)
        })
    }

    fn deliver(&self, matrix: &Pairwise<'_>, job: &Job) -> Result<Distances> {
        match (&self.path, self.dtype) {
            (Some(path), _) => self.write(matrix, path, job),
            (None, Dtype::F64) => Ok(Distances(Values::F64(matrix.collect(job)?))),
            (None, _) => {
                let mut all = Vec::new();
                let mut narrow = Vec::new();
                let mut sink = |strip: &[f64]| {
                    narrow_distances(strip, &mut narrow)?;
                    all.extend_from_slice(&narrow);
                    Ok(())
                };
                matrix.stream(&mut sink, job)?;
                Ok(Distances(Values::F32(all)))
            }
        }
    }

    fn write(&self, matrix: &Pairwise<'_>, path: &Path, job: &Job) -> Result<Distances> {
        let all = self.rows.rows();
        let (rows, columns) = self.split.map_or((all, all), |split| (split, all - split));
        let mut out = match self.condensed {
            true => NpyOutput::open_flat(path, self.dtype, matrix.count()?)?,
            false => NpyOutput::open(path, self.dtype, rows, columns)?,
        };
        let mut narrow = Vec::new();
        let mut sink = |strip: &[f64]| match self.dtype {
            Dtype::F64 => out.write(strip),
            _ => {
                narrow_distances(strip, &mut narrow)?;
                out.write(&narrow)
            }
        };
        matrix.stream(&mut sink, job)?;
        out.finish()?;
        Ok(Distances(Values::F64(Vec::new())))
    }
}
