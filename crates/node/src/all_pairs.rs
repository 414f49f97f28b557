//! Reports of every pair of a set, or of two.

use std::path::PathBuf;
use std::sync::Arc;

use hackface_core::evaluation::{FigureOptions, GroupFigures, fairness};
use hackface_core::jobs::LabelledRows;
use hackface_core::jobs::all_pairs::{
    AllPairsOptions, Judged, KeyPrecision, RowGroups, all_pairs as judge_all, all_pairs_groups,
};
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
    /// The group of each, a place in the names; 4294967295 for none.
    pub groups: Option<Uint32ArraySlice<'env>>,
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
    /// Names of groups, and last that of the pairs in none; absent or empty without groups.
    pub group_names: Option<Vec<String>>,
}

struct Held {
    rows: Arc<Embeddings>,
    labels: Vec<u32>,
    groups: Vec<u32>,
}

struct Request {
    first: Held,
    second: Option<Held>,
    group_names: Vec<String>,
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
    let check = || Request::read(asked);
    start(env, "allPairs", job, check, |request, job| request.run(job))
}

impl Request {
    fn read(asked: NativeAllPairs<'_>) -> Result<Self> {
        let precisions = [
            ("single", KeyPrecision::Single),
            ("double", KeyPrecision::Double),
        ];
        let held = |set: NativeLabelledRows<'_>| -> Result<_> {
            Ok(Held {
                rows: set.rows.share()?,
                labels: set.labels.to_vec(),
                groups: set.groups.map_or(vec![], |groups| groups.to_vec()),
            })
        };
        Ok(Self {
            first: held(asked.first)?,
            second: asked.second.map(held).transpose()?,
            group_names: asked.group_names.unwrap_or_default(),
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
        self.measure.with(|measure| {
            let prepared = measure.prepare(&self.first.rows, job)?;
            let first = LabelledRows {
                rows: &prepared,
                labels: &self.first.labels,
            };
            let Some(second) = &self.second else {
                return self.judge(first, None, &options, job);
            };
            let beside = prepared.beside(&second.rows, job)?;
            let second = LabelledRows {
                rows: &beside,
                labels: &second.labels,
            };
            self.judge(first, Some(second), &options, job)
        })
    }

    fn judge(
        &self,
        first: LabelledRows<'_>,
        second: Option<LabelledRows<'_>>,
        options: &AllPairsOptions<'_>,
        job: &Job,
    ) -> Result<AllPairsReport> {
        let judged = judge_all(first, second, options, job)?;
        let mut figures = judged.figures(&self.figures)?;
        let mut groups: Vec<GroupFigures> = vec![];
        if let Some((rest, names)) = self.group_names.split_last() {
            let of = RowGroups {
                first: &self.first.groups,
                second: self.second.as_ref().map_or(&[], |set| &set.groups[..]),
                names,
                rest,
            };
            let all = Judged {
                first,
                second,
                pairs: &judged,
            };
            groups = all_pairs_groups(&all, &of, &mut figures, &self.figures, options, job)?;
        }
        let FigureOptions {
            fairness_weight,
            level,
            ..
        } = self.figures;
        Ok(AllPairsReport {
            judged,
            figures,
            fairness: fairness(&groups, fairness_weight, level),
            groups,
        })
    }
}
