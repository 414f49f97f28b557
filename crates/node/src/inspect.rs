//! What a matrix holds.

use std::sync::Arc;

use hackface_core::jobs::fit::fingerprint as of_rows;
use hackface_core::jobs::inspect::{RowsReport, inspect_rows};
use napi::Env;
use napi_derive::napi;

use crate::background::{Promised, Reply, start};
use crate::boundary::guarded;
use crate::embeddings::NativeEmbeddings;
use crate::job::NativeJob;
use crate::pool;

/// Health of the rows of a matrix.
#[napi(object)]
pub struct NativeRowsReport {
    /// Rows with a NaN or an infinity.
    pub non_finite_rows: f64,
    /// First such cell: row and column.
    pub first_non_finite: Option<Vec<f64>>,
    /// Rows of zeros only.
    pub zero_rows: f64,
    /// Smallest, median and largest norm of the finite rows.
    pub norms: Option<Vec<f64>>,
}

impl Reply for RowsReport {
    type Js = NativeRowsReport;
    fn into_js(self) -> napi::Result<NativeRowsReport> {
        Ok(NativeRowsReport {
            non_finite_rows: self.non_finite_rows as f64,
            first_non_finite: self.first_non_finite.map(|(r, c)| vec![r as f64, c as f64]),
            zero_rows: self.zero_rows as f64,
            norms: self.norms.map(Vec::from),
        })
    }
}

/// Looks at every row once, in the background.
#[napi(catch_unwind, ts_return_type = "Promise<NativeRowsReport>")]
pub fn inspect<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    threads: Option<u32>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let embeddings = guarded(env, "inspect.check", || Ok(Arc::clone(embeddings.get()?)))?;
    start(env, "inspect", &job.inner, move |job| {
        pool::get(threads)?.install(|| inspect_rows(&embeddings, job))
    })
}

/// The fingerprint that a model's card keeps of its training rows, for these rows.
#[napi(catch_unwind, ts_return_type = "Promise<string>")]
pub fn fingerprint<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    threads: Option<u32>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let embeddings = guarded(env, "fingerprint.check", || {
        Ok(Arc::clone(embeddings.get()?))
    })?;
    start(env, "fingerprint", &job.inner, move |job| {
        pool::get(threads)?.install(|| of_rows(&embeddings, job))
    })
}
