//! Reports of every pair of a set, or of two.

use std::path::PathBuf;
use std::sync::Arc;

use hackface_core::evaluation::FigureOptions;
use hackface_core::jobs::LabelledRows;
use hackface_core::jobs::all_pairs::{AllPairsOptions, KeyPrecision, all_pairs as judge_all};
use hackface_core::{Embeddings, Job, Result};
use napi::Env;
use napi_derive::napi;

use crate::background::{Promised, start};
use crate::embeddings::NativeEmbeddings;
use crate::evaluation::NativeMeasures;
use crate::figures::AllPairsReport;
use crate::job::NativeJob;
use crate::measure::{NativeMeasure, OwnedMeasure};
use crate::options::{set, word};

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
    first: (Arc<Embeddings>, Vec<u32>),
    second: Option<(Arc<Embeddings>, Vec<u32>)>,
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
    let check = || {
        let second = match second {
            Some(rows) => Some((rows.share()?, second_labels.to_vec())),
            None => None,
        };
        let precisions = [
            ("single", KeyPrecision::Single),
            ("double", KeyPrecision::Double),
        ];
        let precision = options.precision.as_deref();
        Ok(Request {
            first: (first.share()?, first_labels.to_vec()),
            second,
            measure: OwnedMeasure::read(measure)?,
            precision: precision
                .map(|name| word("the precision", name, &precisions))
                .transpose()?,
            memory: options.memory.map(|bytes| bytes as usize),
            checkpoint: options.checkpoint.as_ref().map(PathBuf::from),
            figures: options.measures.read()?,
        })
    };
    start(env, "allPairs", job, threads, check, |request, job| {
        request.run(job)
    })
}

impl Request {
    fn run(&self, job: &Job) -> Result<AllPairsReport> {
        let mut options = AllPairsOptions {
            precision: self.precision,
            checkpoint: self.checkpoint.as_deref(),
            thresholds: &self.figures.thresholds,
            ..AllPairsOptions::default()
        };
        set(&mut options.memory, self.memory);
        let (rows, labels) = &self.first;
        let judged = self.measure.with(|measure| {
            let prepared = measure.prepare(rows, job)?;
            let first = LabelledRows {
                rows: &prepared,
                labels,
            };
            let Some((rows, labels)) = &self.second else {
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
