//! Distances for a list of pairs.

use std::sync::Arc;

use hackface_core::jobs::score::score_pairs as score;
use hackface_core::measure::{Centering, Measure, MetricOptions, Normalize, Undefined, mean};
use hackface_core::metrics::Expression;
use hackface_core::{Code, Embeddings, Error, Isa, Job, Result};
use napi::Env;
use napi::bindgen_prelude::Float64Array;
use napi_derive::napi;

use crate::background::{Promised, start};
use crate::boundary::guarded;
use crate::embeddings::NativeEmbeddings;
use crate::job::NativeJob;
use crate::pool;

/// How to score, as JavaScript says it. What is absent has the core's default.
#[napi(object)]
pub struct NativeScoreOptions {
    /// A metric or a combination.
    pub metric: String,
    /// `none`, `mean`, or the name of a vector given beside it.
    pub center: Option<String>,
    /// The vector to subtract, when `center` is `given`.
    pub center_vector: Option<Vec<f64>>,
    /// `none` or `l2`.
    pub normalize: Option<String>,
    /// `refuse` or `max`.
    pub undefined: Option<String>,
    /// `auto`, or the name of an instruction set.
    pub cpu: Option<String>,
    /// Number of threads.
    pub threads: Option<u32>,
}

/// The options, read and checked.
pub(crate) struct Request {
    metric: Expression,
    center: Centering,
    normalize: Normalize,
    undefined: Undefined,
    cpu: Isa,
    pub(crate) threads: Option<u32>,
}

/// Distances of the pairs, in their order; runs in the background on copies of the row numbers.
#[napi(catch_unwind, ts_return_type = "Promise<Float64Array>")]
pub fn score_pairs<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    index1: &[u32],
    index2: &[u32],
    options: NativeScoreOptions,
    reference: Option<&NativeEmbeddings>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let (embeddings, reference, request) = guarded(env, "scorePairs.check", || {
        let reference = reference.map(|r| r.get().cloned()).transpose()?;
        Ok((
            Arc::clone(embeddings.get()?),
            reference,
            Request::read(options)?,
        ))
    })?;
    let (index1, index2) = (index1.to_vec(), index2.to_vec());
    start(env, "scorePairs", &job.inner, move |job| {
        request.run(&embeddings, &index1, &index2, reference.as_deref(), job)
    })
}

/// Distances of the pairs, in their order; borrows the row numbers until it returns.
#[napi(catch_unwind)]
pub fn score_pairs_sync(
    env: &Env,
    embeddings: &NativeEmbeddings,
    index1: &[u32],
    index2: &[u32],
    options: NativeScoreOptions,
    reference: Option<&NativeEmbeddings>,
) -> napi::Result<Float64Array> {
    let distances = guarded(env, "scorePairsSync", || {
        let reference = reference.map(NativeEmbeddings::get).transpose()?;
        let request = Request::read(options)?;
        request.run(
            embeddings.get()?,
            index1,
            index2,
            reference.map(|r| &**r),
            &Job::new(),
        )
    })?;
    Ok(Float64Array::new(distances))
}

/// The vector that centering on these embeddings subtracts: the row itself if there is one, the
/// mean of the rows if there are more.
#[napi(catch_unwind, ts_return_type = "Promise<Float64Array>")]
pub fn center_of<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    threads: Option<u32>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let embeddings = guarded(env, "centerOf.check", || Ok(Arc::clone(embeddings.get()?)))?;
    start(env, "centerOf", &job.inner, move |job| {
        pool::get(threads)?.install(|| mean(&embeddings, job))
    })
}

/// The twin of `centerOf` that blocks.
#[napi(catch_unwind)]
pub fn center_of_sync(
    env: &Env,
    embeddings: &NativeEmbeddings,
    threads: Option<u32>,
) -> napi::Result<Float64Array> {
    let mean = guarded(env, "centerOfSync", || {
        pool::get(threads)?.install(|| mean(embeddings.get()?, &Job::new()))
    })?;
    Ok(Float64Array::new(mean))
}

/// Reads an expression and says nothing if it is one; for a check before costly work.
#[napi(catch_unwind)]
pub fn check_metric(env: &Env, metric: String) -> napi::Result<()> {
    guarded(env, "checkMetric", || Expression::parse(&metric).map(drop))
}

impl Request {
    pub(crate) fn read(options: NativeScoreOptions) -> Result<Self> {
        let refuse = |name: &str, value: &str, expected: &str| {
            Err(Error::new(
                Code::Option,
                format!("{name} '{value}'"),
                expected,
            ))
        };
        Ok(Self {
            metric: Expression::parse(&options.metric)?,
            center: match (options.center.as_deref(), options.center_vector) {
                (None | Some("none"), None) => Centering::None,
                (Some("mean"), None) => Centering::Mean,
                (Some("given"), Some(vector)) => Centering::Given(vector),
                (other, _) => {
                    return refuse("center", other.unwrap_or("none"), "none, mean, or a vector");
                }
            },
            normalize: match options.normalize.as_deref() {
                None | Some("none") => Normalize::None,
                Some("l2") => Normalize::L2,
                Some(other) => return refuse("normalize", other, "none or l2"),
            },
            undefined: match options.undefined.as_deref() {
                None | Some("refuse") => Undefined::Refuse,
                Some("max") => Undefined::Max,
                Some(other) => return refuse("undefined", other, "refuse or max"),
            },
            cpu: Isa::parse(options.cpu.as_deref().unwrap_or("auto"))?,
            threads: options.threads,
        })
    }

    fn run(
        &self,
        embeddings: &Embeddings,
        index1: &[u32],
        index2: &[u32],
        reference: Option<&Embeddings>,
        job: &Job,
    ) -> Result<Vec<f64>> {
        let options = self.options(reference);
        let pool = pool::get(self.threads)?;
        pool.install(|| score(embeddings, index1, index2, Measure::Metric(&options), job))
    }

    pub(crate) fn options<'a>(&'a self, reference: Option<&'a Embeddings>) -> MetricOptions<'a> {
        MetricOptions {
            center: self.center.clone(),
            normalize: self.normalize,
            reference,
            undefined: self.undefined,
            isa: self.cpu,
            ..MetricOptions::new(&self.metric)
        }
    }
}
