//! Reports of every pair of a set, or of two.

use std::path::PathBuf;
use std::sync::Arc;

use hackface_core::evaluation::FigureOptions;
use hackface_core::jobs::LabelledRows;
use hackface_core::jobs::all_pairs::{AllPairsOptions, KeyPrecision, all_pairs as judge_all};
use hackface_core::{Embeddings, Job, Result};
use napi::Env;
use napi::bindgen_prelude::{ClassInstance, Uint32ArraySlice};
use napi_derive::napi;

use crate::background::{Promised, start};
use crate::embeddings::NativeEmbeddings;
use crate::evaluation::NativeMeasures;
use crate::figures::AllPairsReport;
use crate::job::NativeJob;
use crate::measure::{NativeMeasure, OwnedMeasure};
use crate::options::{choice, set};

/// Rows and the class of each; 4294967295 leaves a row out.
#[napi(object, object_to_js = false)]
pub struct NativeLabelledRows<'env> {
    pub rows: ClassInstance<'env, NativeEmbeddings>,
    pub labels: Uint32ArraySlice<'env>,
}

/// Rows to compare, and the contents of the report; the core decides what is absent.
#[napi(object, object_to_js = false)]
pub struct NativeAllPairs<'env> {
    pub first: NativeLabelledRows<'env>,
    /// Labelled in the same numbers; absent, every pair of the first set.
    pub second: Option<NativeLabelledRows<'env>>,
    pub measure: NativeMeasure<'env>,
    pub measures: NativeMeasures,
    /// `single` or `double`; absent, the size decides.
    pub precision: Option<String>,
    /// Bytes that packed rows may take.
    pub memory: Option<f64>,
    /// File that a stopped call goes on from.
    pub checkpoint: Option<String>,
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

/// A report of all pairs of a set, or of two.
#[napi(catch_unwind, ts_return_type = "Promise<EvaluationFigures>")]
pub fn all_pairs<'env>(
    env: &'env Env,
    asked: NativeAllPairs<'_>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let threads = asked.threads;
    let check = || Request::read(asked);
    start(env, "allPairs", job, threads, check, |request, job| {
        request.run(job)
    })
}

impl Request {
    fn read(asked: NativeAllPairs<'_>) -> Result<Self> {
        let precisions = [
            ("single", KeyPrecision::Single),
            ("double", KeyPrecision::Double),
        ];
        let held = |set: NativeLabelledRows<'_>| -> Result<_> {
            Ok((set.rows.share()?, set.labels.to_vec()))
        };
        Ok(Self {
            first: held(asked.first)?,
            second: asked.second.map(held).transpose()?,
            measure: OwnedMeasure::read(asked.measure)?,
            figures: asked.measures.read()?,
            precision: choice("the precision", &asked.precision, &precisions)?,
            memory: asked.memory.map(|bytes| bytes as usize),
            checkpoint: asked.checkpoint.map(PathBuf::from),
        })
    }

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
