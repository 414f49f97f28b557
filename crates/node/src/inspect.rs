//! Facts about a matrix.

use hackface_core::jobs::fit::fingerprint as of_rows;
use hackface_core::jobs::inspect::{RowsReport, inspect_rows};
use napi::Env;
use napi_derive::napi;

use crate::background::{Promised, start};
use crate::embeddings::NativeEmbeddings;
use crate::job::NativeJob;
use crate::mirror::mirror;

/// Health of the rows of a matrix.
#[napi(object, object_from_js = false)]
pub struct NativeRowsReport {
    pub non_finite_rows: f64,
    /// First such cell: row and column.
    pub first_non_finite: Option<Vec<f64>>,
    pub zero_rows: f64,
    /// Smallest, median and largest norm of the finite rows.
    pub norms: Option<Vec<f64>>,
}

mirror! {
    of: RowsReport => NativeRowsReport {
        non_finite_rows,
        first_non_finite = of.first_non_finite.map(|(row, column)| vec![row, column]),
        zero_rows,
        norms = of.norms.map(Vec::from),
    }
}

/// Looks at every row once, in the background.
#[napi(catch_unwind, ts_return_type = "Promise<NativeRowsReport>")]
pub fn inspect<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let rows = || embeddings.share();
    start(env, "inspect", job, rows, |rows, job| {
        inspect_rows(&rows, job)
    })
}

/// The fingerprint that a model's card keeps of its training rows, for these rows.
#[napi(catch_unwind, ts_return_type = "Promise<string>")]
pub fn fingerprint<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let rows = || embeddings.share();
    start(env, "fingerprint", job, rows, |rows, job| {
        of_rows(&rows, job)
    })
}
