//! The area under the ROC curve.

use hackface_core::evaluation::{Orientation, auroc as area};
use hackface_core::{Code, Error};
use napi::Env;
use napi_derive::napi;

use crate::background::{Promised, start};
use crate::boundary::guarded;
use crate::job::NativeJob;
use crate::pool;

/// Exact AUROC of scores against 0/1 truths; works on copies, in the background.
#[napi(catch_unwind, ts_return_type = "Promise<number>")]
pub fn auroc<'env>(
    env: &'env Env,
    scores: &[f64],
    same: &[u8],
    orientation: String,
    threads: Option<u32>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let orientation = guarded("auroc.check", || match orientation.as_str() {
        "distance" => Ok(Orientation::Distance),
        "similarity" => Ok(Orientation::Similarity),
        other => {
            let found = format!("orientation '{other}'");
            Err(Error::new(Code::Option, found, "distance or similarity"))
        }
    })?;
    let (scores, same) = (scores.to_vec(), same.to_vec());
    start(env, "auroc", &job.inner, move |_| {
        pool::get(threads)?.install(|| area(&scores, &same, orientation))
    })
}
