//! Numbers as text.

use hackface_core::text::submission_rows::append_rows;
use hackface_core::{Code, Error};
use napi::Env;
use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;

use crate::boundary::guarded;

/// Longest text of one row: a double, a comma, an id, a line feed.
const ROW_BYTES: usize = 25 + 1 + 10 + 1;

/// `number,id` (or `id,number`) and a line feed for each pair.
#[napi(catch_unwind)]
pub fn submission_rows(
    env: &Env,
    numbers: &[f64],
    ids: &[u32],
    id_first: bool,
) -> napi::Result<Uint8Array> {
    let text = guarded(env, "submissionRows", || {
        if numbers.len() != ids.len() {
            let found = format!("{} numbers and {} ids", numbers.len(), ids.len());
            return Err(Error::new(Code::Dimension, found, "one id for each number"));
        }
        let mut text = Vec::new();
        let bytes = numbers.len().saturating_mul(ROW_BYTES);
        text.try_reserve_exact(bytes)
            .map_err(|_| Error::memory("the rows as text", bytes as u128))?;
        append_rows(numbers, ids, id_first, &mut text);
        Ok(text)
    })?;
    Ok(Uint8Array::new(text))
}
