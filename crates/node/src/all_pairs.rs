//! Reports of every pair of a set, or of two.

use std::path::PathBuf;
use std::sync::Arc;

use hackface_core::evaluation::FigureOptions;
use hackface_core::jobs::LabelledRows;
use hackface_core::jobs::all_pairs::{AllPairsOptions, KeyPrecision, all_pairs as judge_all};
use hackface_core::{Code, Embeddings, Error, Job, Result};
use napi::Env;
use napi_derive::napi;

use crate::background::{Promised, start};
use crate::boundary::guarded;
use crate::embeddings::NativeEmbeddings;
use crate::evaluation::{NativeMeasures, set};
use crate::figures::AllPairsReport;
use crate::job::NativeJob;
use crate::measure::{NativeMeasure, OwnedMeasure};
use crate::pool;

/// Contents of a report of all pairs; the core decides those that are absent.
#[napi(object, object_to_js = false)]
pub struct NativeAllPairsOptions {
    pub measures: NativeMeasures,
    /// `single` or `double`; absent, the size decides.
    pub precision: Option<String>,
    /// Bytes that packed rows may take.
    pub memory: Option<f64>,
    /// File that a stopped call goes on from.
    pub checkpoint: Option<String>,
    /// Number of threads.
    pub threads: Option<u32>,
}

struct Request {
    sets: [Option<(Arc<Embeddings>, Vec<u32>)>; 2],
    measure: OwnedMeasure,
    figures: FigureOptions,
    precision: Option<KeyPrecision>,
    memory: Option<usize>,
    checkpoint: Option<PathBuf>,
}

/// A report of all pairs of a set, or of two. Class numbers are the same in both
/// sets; 4294967295 leaves a row out.
#[napi(catch_unwind, ts_return_type = "Promise<EvaluationFigures>")]
#[allow(
    clippy::too_many_arguments,
    reason = "napi passes what JavaScript passes"
)]
pub fn all_pairs<'env>(
    env: &'env Env,
    first: &NativeEmbeddings,
    first_labels: &[u32],
    second: Option<&NativeEmbeddings>,
    second_labels: &[u32],
    measure: NativeMeasure<'_>,
    options: NativeAllPairsOptions,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let threads = options.threads;
    let request = guarded(env, "allPairs.check", || {
        let second = match second {
            Some(rows) => Some((Arc::clone(rows.get()?), second_labels.to_vec())),
            None => None,
        };
        Ok(Request {
            sets: [
                Some((Arc::clone(first.get()?), first_labels.to_vec())),
                second,
            ],
            measure: OwnedMeasure::read(measure)?,
            precision: options.precision.as_deref().map(precision).transpose()?,
            memory: options.memory.map(|bytes| bytes as usize),
            checkpoint: options.checkpoint.as_ref().map(PathBuf::from),
            figures: options.measures.read()?,
        })
    })?;
    start(env, "allPairs", &job.inner, move |job| {
        pool::get(threads)?.install(|| request.run(job))
    })
}

fn precision(name: &str) -> Result<KeyPrecision> {
    match name {
        "single" => Ok(KeyPrecision::Single),
        "double" => Ok(KeyPrecision::Double),
        other => Err(Error::new(
            Code::Option,
            format!("the precision '{other}'"),
            "single or double",
        )),
    }
}

impl Request {
    fn run(&self, job: &Job) -> Result<AllPairsReport> {
        let mut options = AllPairsOptions {
            precision: self.precision,
            checkpoint: self.checkpoint.as_deref(),
            ..AllPairsOptions::default()
        };
        set(&mut options.memory, self.memory);
        let [Some((rows, labels)), second] = &self.sets else {
            return Err(Error::internal("no rows"));
        };
        let judged = self.measure.with(|measure| {
            let prepared = measure.prepare(rows, job)?;
            let first = LabelledRows {
                rows: &prepared,
                labels,
            };
            let Some((rows, labels)) = second else {
                return judge_all(first, None, &options, job);
            };
            let beside = prepared.beside(rows, job)?;
            let second = LabelledRows {
                rows: &beside,
                labels,
            };
            judge_all(first, Some(second), &options, job)
        })?;
        let figures = judged.figures(&self.figures)?;
        Ok(AllPairsReport { judged, figures })
    }
}
