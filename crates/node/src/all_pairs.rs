//! Reports of every pair of a set, or of two.

use std::path::PathBuf;
use std::sync::Arc;

use hackface_core::evaluation::{FigureOptions, GroupFigures, fairness};
use hackface_core::jobs::LabelledRows;
use hackface_core::jobs::all_pairs::{
    AllPairsOptions, Ended, Judged, KeyPrecision, PairsPart, RowGroups, all_pairs_groups,
    require_groups_apart, run,
};
use hackface_core::{Embeddings, Job, Result};
use napi::Env;
use napi::bindgen_prelude::{ClassInstance, Either, Float64Array, Uint32ArraySlice};
use napi_derive::napi;

use crate::background::{Promised, Reply, start};
use crate::embeddings::NativeEmbeddings;
use crate::evaluation::NativeMeasures;
use crate::figures::{AllPairsReport, EvaluationFigures};
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
    /// Counts a shard into the checkpoint, which stays, and judges nothing: its number from 0, and how many there
    /// are.
    pub shard: Option<Vec<u32>>,
    /// True to replace the checkpoint.
    pub force: Option<bool>,
    /// Files of the counts of all shards, which are summed.
    pub parts: Option<Vec<String>>,
}

/// The answer to a request: a report, or what a shard counted.
enum Answer {
    Report(Box<AllPairsReport>),
    Part(PairsPart),
}

impl Reply for Answer {
    type Js = Either<EvaluationFigures, Float64Array>;
    fn into_js(self) -> napi::Result<Self::Js> {
        Ok(match self {
            Self::Report(report) => Either::A(report.into_js()?),
            Self::Part(of) => {
                let PairsPart { part, tiles, .. } = of;
                let counts = [
                    part.start as u64,
                    part.end as u64,
                    tiles as u64,
                    of.pairs,
                    of.all,
                ];
                let mut counts = counts.map(|n| n as f64).to_vec();
                counts.push(f64::from(u8::from(of.reused)));
                Either::B(Float64Array::new(counts))
            }
        })
    }
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
    shard: Option<(usize, usize)>,
    force: bool,
    parts: Vec<PathBuf>,
}

/// A report of all pairs of a set, or of two. Or what a shard of them counted: its first tile, the one behind the
/// last, the tiles of all pairs, its pairs, about, those of all tiles, and 1 if the file held them before.
#[napi(
    catch_unwind,
    ts_return_type = "Promise<EvaluationFigures | Float64Array>"
)]
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
            shard: match asked.shard.as_deref() {
                Some(&[index, of]) => Some((index as usize, of as usize)),
                _ => None,
            },
            force: asked.force.unwrap_or(false),
            parts: (asked.parts.into_iter().flatten().map(PathBuf::from)).collect(),
        })
    }

    fn run(&self, job: &Job) -> Result<Answer> {
        let mut options = AllPairsOptions {
            precision: self.precision,
            checkpoint: self.checkpoint.as_deref(),
            shard: self.shard,
            replaces: self.force,
            parts: &self.parts,
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
    ) -> Result<Answer> {
        if !self.group_names.is_empty() {
            require_groups_apart(first.rows)?;
        }
        let judged = match run(first, second, options, job)? {
            Ended::Counted(part) => return Ok(Answer::Part(part)),
            Ended::Judged(judged) => *judged,
        };
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
        Ok(Answer::Report(Box::new(AllPairsReport {
            judged,
            figures,
            fairness: fairness(&groups, fairness_weight, level),
            groups,
        })))
    }
}
