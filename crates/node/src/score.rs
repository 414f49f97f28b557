//! Distances for a list of pairs.

use hackface_core::jobs::score::score_pairs as score;
use hackface_core::measure::{Measure, mean};
use hackface_core::metrics::Expression;
use hackface_core::{Embeddings, Error, Job, Result};
use napi::Env;
use napi::bindgen_prelude::{
    Either, Float32ArraySlice, Float64Array, Float64ArraySlice, Uint32ArraySlice,
};
use napi_derive::napi;

use crate::background::{Promised, start};
use crate::boundary::guarded;
use crate::embeddings::NativeEmbeddings;
use crate::job::NativeJob;
use crate::measure::{NativeMeasure, OwnedMeasure};
use crate::pool;

/// Pairs of rows.
#[napi(object, object_to_js = false)]
pub struct NativePairs<'env> {
    pub index1: Uint32ArraySlice<'env>,
    pub index2: Uint32ArraySlice<'env>,
}

/// Distances of the pairs, in their order; runs in the background on copies of the row numbers.
#[napi(catch_unwind, ts_return_type = "Promise<Float64Array>")]
pub fn score_pairs<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    pairs: NativePairs<'_>,
    measure: NativeMeasure<'_>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || {
        let pairs = (pairs.index1.to_vec(), pairs.index2.to_vec());
        Ok((embeddings.share()?, OwnedMeasure::read(measure)?, pairs))
    };
    start(env, "scorePairs", job, check, |given, job| {
        let (rows, measure, (index1, index2)) = given;
        measure.with(|measure| score(&rows, &index1, &index2, measure, job))
    })
}

/// The metric by itself, or a measure: an object is a question to the engine for each of its fields, and a call
/// on two rows is short.
type MetricOrMeasure<'env> = Either<String, NativeMeasure<'env>>;

fn read(measure: MetricOrMeasure<'_>) -> Result<OwnedMeasure> {
    match measure {
        Either::A(metric) => OwnedMeasure::of_metric(metric),
        Either::B(measure) => OwnedMeasure::read(measure),
    }
}

/// Distances of the pairs, in their order; borrows the row numbers until it returns.
#[napi(catch_unwind, ts_return_type = "Float64Array")]
pub fn score_pairs_sync<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    index1: Uint32ArraySlice<'_>,
    index2: Uint32ArraySlice<'_>,
    #[napi(ts_arg_type = "NativeMeasure | string")] measure: MetricOrMeasure<'_>,
    threads: Option<u32>,
) -> napi::Result<Float64ArraySlice<'env>> {
    let distances = guarded(env, "scorePairsSync", || {
        let embeddings = embeddings.get()?;
        read(measure)?.with(|measure| {
            let (first, second) = (&index1[..], &index2[..]);
            let work = || score(embeddings, first, second, measure, &Job::new());
            match is_short(embeddings, measure, first.len()) {
                true => pool::run_here(work),
                false => pool::get(threads)?.install(work),
            }
        })
    })?;
    match distances.len() {
        // Sooner copied than watched over: memory that is not the engine's own.
        0..=FEW => Float64ArraySlice::copy_from(env, &distances),
        _ => Float64ArraySlice::from_data(env, distances),
    }
}

/// Numbers in JavaScript that a call reads before it returns.
type Numbers<'env> = Either<Float32ArraySlice<'env>, Float64ArraySlice<'env>>;

/// The distance of two vectors of one length, both of singles or both of doubles: that of two such rows.
#[napi(catch_unwind)]
pub fn distance_sync(
    env: &Env,
    #[napi(ts_arg_type = "Float32Array | Float64Array")] first: Numbers<'_>,
    #[napi(ts_arg_type = "Float32Array | Float64Array")] second: Numbers<'_>,
    #[napi(ts_arg_type = "NativeMeasure | string")] measure: MetricOrMeasure<'_>,
    threads: Option<u32>,
) -> napi::Result<f64> {
    guarded(env, "distanceSync", || {
        let rows = match (first, second) {
            (Either::A(a), Either::A(b)) => Embeddings::from_vec([&a[..], &b].concat(), 2, a.len()),
            (Either::B(a), Either::B(b)) => {
                Embeddings::from_doubles([&a[..], &b].concat(), 2, a.len())
            }
            _ => Err(Error::internal("vectors of two types")),
        }?;
        read(measure)?.with(|measure| {
            let work = || Ok(score(&rows, &[0], &[1], measure, &Job::new())?[0]);
            match is_short(&rows, measure, 1) {
                true => pool::run_here(work),
                false => pool::get(threads)?.install(work),
            }
        })
    })
}

/// Numbers of a result that is copied.
const FEW: usize = 1024;

/// True for so few numbers that other threads take longer to wake up.
fn is_short(embeddings: &Embeddings, measure: Measure<'_>, pairs: usize) -> bool {
    let learnt = match measure.learns_from_rows() {
        true => embeddings.rows(),
        false => 0,
    };
    pairs.max(learnt).saturating_mul(embeddings.dim()) <= 1 << 14
}

/// The vector that centering on these embeddings subtracts: the row itself if there is one, the
/// mean of the rows if there are more.
#[napi(catch_unwind, ts_return_type = "Promise<Float64Array>")]
pub fn center_of<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let rows = || embeddings.share();
    start(env, "centerOf", job, rows, |rows, job| mean(&rows, job))
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
