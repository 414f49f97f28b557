//! Every pair of a set judged.

use std::path::PathBuf;
use std::sync::Arc;

use hackface_core::evaluation::{FigureOptions, TarRule};
use hackface_core::jobs::LabelledRows;
use hackface_core::jobs::all_pairs::{
    AllPairs, AllPairsOptions, KeyPrecision, Pair, all_pairs as judge_all,
};
use hackface_core::{Code, Embeddings, Error, Job, Result};
use napi::Env;
use napi_derive::napi;
use serde_json::{Value, json};

use crate::background::{Promised, start};
use crate::boundary::guarded;
use crate::embeddings::NativeEmbeddings;
use crate::evaluation::NativeMeasures;
use crate::figures::figures_json;
use crate::job::NativeJob;
use crate::measure::OwnedMeasure;
use crate::model::NativeModel;
use crate::pool;
use crate::score::NativeScoreOptions;

/// What is asked of all pairs.
#[napi(object)]
pub struct NativeAllPairsOptions {
    pub measures: NativeMeasures,
    /// Pairs of either kind to show.
    pub worst: u32,
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
    worst: usize,
    precision: Option<KeyPrecision>,
    memory: Option<usize>,
    checkpoint: Option<PathBuf>,
}

/// Every measure of all pairs of a set, or of two, as JSON. Class numbers are the same in both
/// sets; 4294967295 leaves a row out.
#[napi(catch_unwind, ts_return_type = "Promise<string>")]
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
    metric: Option<NativeScoreOptions>,
    reference: Option<&NativeEmbeddings>,
    model: Option<&NativeModel>,
    options: NativeAllPairsOptions,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let threads = options.threads;
    let request = guarded("allPairs.check", || {
        let second = match second {
            Some(rows) => Some((Arc::clone(rows.get()?), second_labels.to_vec())),
            None => None,
        };
        Ok(Request {
            sets: [
                Some((Arc::clone(first.get()?), first_labels.to_vec())),
                second,
            ],
            measure: OwnedMeasure::read(metric, reference, model)?,
            worst: options.worst as usize,
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
    fn run(&self, job: &Job) -> Result<String> {
        let defaults = AllPairsOptions::default();
        let options = AllPairsOptions {
            precision: self.precision,
            worst: self.worst,
            memory: self.memory.unwrap_or(defaults.memory),
            checkpoint: self.checkpoint.as_deref(),
            ..defaults
        };
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
        to_json(&judged, &self.figures, self.figures.rule)
    }
}

fn to_json(judged: &AllPairs, options: &FigureOptions, rule: TarRule) -> Result<String> {
    let figures = judged.figures(options)?;
    let mut json = figures_json(&figures, rule, &options.partial);
    json.insert("identities".into(), judged.identities.into());
    json.insert("aurocBound".into(), judged.auroc_bound.into());
    let list = |pairs: &[Pair]| -> Value {
        let one = |pair: &Pair| json!({ "index1": pair.first, "index2": pair.second, "value": pair.distance });
        pairs.iter().map(one).collect()
    };
    json.insert(
        "worst".into(),
        json!({
            "falseAccepts": list(&judged.worst_impostors),
            "falseRejects": list(&judged.worst_genuine),
        }),
    );
    Ok(Value::Object(json).to_string())
}
