//! Numbers as text.

use hackface_core::text::decimals;
use hackface_core::text::submission_rows::append_rows;
use hackface_core::{Code, Error};
use napi::Env;
use napi::bindgen_prelude::{Float32Array, Float64Array, Uint8Array};
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

/// The first thing that is not as it must be in rows of numbers.
#[napi(object, object_from_js = false)]
pub struct NativeDecimalFault {
    /// Which of the rows.
    pub row: u32,
    /// Field of the row, counted from 0; the number of columns if there are too many.
    pub field: u32,
    /// Where it begins and ends in the text.
    pub start: f64,
    pub end: f64,
}

/// Rows of numbers that were text: the one of three that applies.
#[napi(object, object_from_js = false)]
pub struct NativeDecimals {
    /// All of them, if each is a single-precision number exactly.
    pub singles: Option<Float32Array>,
    /// All of them otherwise.
    pub doubles: Option<Float64Array>,
    pub fault: Option<NativeDecimalFault>,
}

/// Reads rows of `dim` numbers, from `starts[i]` to `ends[i]` of a text.
#[napi(catch_unwind)]
pub fn read_decimals(
    env: &Env,
    text: &[u8],
    starts: &[u32],
    ends: &[u32],
    separator: u8,
    dim: u32,
) -> napi::Result<NativeDecimals> {
    guarded(env, "readDecimals", || {
        if ends.len() != starts.len() || dim == 0 {
            return Err(Error::internal("rows of numbers without a place"));
        }
        let places = starts.len().saturating_mul(dim as usize);
        let mut doubles = Vec::new();
        doubles
            .try_reserve_exact(places)
            .map_err(|_| Error::memory("rows of numbers", places as u128 * 8))?;
        doubles.resize(places, 0.0);
        let mut found = NativeDecimals {
            singles: None,
            doubles: None,
            fault: None,
        };
        let rows = doubles.chunks_exact_mut(dim as usize);
        for (row, ((&start, &end), out)) in starts.iter().zip(ends).zip(rows).enumerate() {
            let range = text.get(start as usize..end as usize);
            let range = range.ok_or_else(|| Error::internal("a row outside of the text"))?;
            if let Err(fault) = decimals::decimals(range, separator, out) {
                found.fault = Some(NativeDecimalFault {
                    row: row as u32,
                    field: fault.field as u32,
                    start: f64::from(start) + fault.start as f64,
                    end: f64::from(start) + fault.end as f64,
                });
                return Ok(found);
            }
        }
        let single = |value: &f64| f64::from(*value as f32) == *value || value.is_nan();
        if doubles.iter().all(single) {
            let narrow: Vec<f32> = doubles.iter().map(|value| *value as f32).collect();
            found.singles = Some(narrow.into());
        } else {
            found.doubles = Some(doubles.into());
        }
        Ok(found)
    })
}

/// Numbers in a row of text, counted by what separates them.
#[napi(catch_unwind)]
pub fn count_decimals(env: &Env, text: &[u8], separator: u8) -> napi::Result<u32> {
    guarded(env, "countDecimals", || {
        Ok(u32::try_from(decimals::count(text, separator)).unwrap_or(u32::MAX))
    })
}
