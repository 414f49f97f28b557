//! Rows mapped by a model, for other software.

use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::job::memory::filled;
use crate::models::{Model, Side};
use crate::rows::{Embeddings, require_finite};

/// Rows mapped at a time, where they are not wide.
const BLOCK_ROWS: usize = 4096;
/// Bytes of the rows that are mapped at a time, beyond one row.
const BLOCK_BYTES: usize = 64 << 20;

/// Rounds rows of `width` columns, the first of which is row `first`, to singles.
///
/// Errors: `ENOTFINITE` with the row for a value beyond their range, and for a row of which they would
/// leave nothing but zeros.
pub fn narrow_rows(rows: &[f64], width: usize, first: usize, out: &mut Vec<f32>) -> Result<()> {
    out.clear();
    out.extend(rows.iter().map(|value| *value as f32));
    let width = width.max(1);
    for (i, (wide, narrow)) in rows.chunks(width).zip(out.chunks(width)).enumerate() {
        let lost = match narrow.iter().position(|v| !v.is_finite()) {
            Some(at) => Some(wide[at]),
            None if narrow.iter().all(|v| *v == 0.0) => wide.iter().copied().find(|v| *v != 0.0),
            None => None,
        };
        if let Some(value) = lost {
            let found = format!("{value:e} after mapping");
            return Err(
                Error::new(Code::NotFinite, found, "a value that float32 holds")
                    .with_row(first + i)
                    .with_advice("write doubles", "dtype", Some("float64")),
            );
        }
    }
    Ok(())
}

/// Maps every row so that a plain measure of mapped rows is the model's distance (see
/// [`Model::transform_rows`]), and hands the rows out in blocks, in order.
pub fn transform_embeddings(
    embeddings: &Embeddings,
    model: &Model,
    side: Side,
    sink: &mut dyn FnMut(&[f64]) -> Result<()>,
    job: &Job,
) -> Result<()> {
    let (rows, dim, width) = (embeddings.rows(), embeddings.dim(), model.transform_dim()?);
    model.check_dim(dim).map_err(|e| embeddings.blame(e))?;
    if let Some(file) = embeddings.file() {
        file.advise_sequential();
    }
    job.begin("rows", rows as u64);
    let block = (BLOCK_BYTES / size_of::<f64>() / dim.max(width)).clamp(1, BLOCK_ROWS);
    for first in (0..rows).step_by(block) {
        job.check()?;
        let count = block.min(rows - first);
        // Pages lost meanwhile read as zeros, so each block is checked before it is handed on.
        let mapped = embeddings.while_unchanged(|| {
            let mut values = filled("a block of rows", count.saturating_mul(dim), 0.0)?;
            embeddings.read_rows(first, &mut values)?;
            for (i, row) in values.chunks_exact(dim).enumerate() {
                require_finite(row, first + i).map_err(|e| embeddings.blame(e))?;
            }
            let mut mapped = filled("a block of mapped rows", count.saturating_mul(width), 0.0)?;
            model
                .transform_rows(&values, side, &mut mapped)
                .map_err(|e| {
                    let row = e.row().map_or(first, |row| first + row as usize);
                    embeddings.blame(e.with_row(row))
                })?;
            Ok(mapped)
        })?;
        sink(&mapped)?;
        job.advance(count as u64);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_singles_cannot_hold_is_refused_with_its_row() {
        let mut out = Vec::new();
        narrow_rows(&[1.0, -2.5, 3e38, 1e-60], 2, 7, &mut out).unwrap();
        assert_eq!(out, [1.0, -2.5, 3e38, 0.0]);
        for lost in [[1.0, 1e39], [-1e300, 0.0], [1e-60, 0.0], [0.0, -1e-200]] {
            let rows = [[0.0, 0.0], lost].concat();
            let error = narrow_rows(&rows, 2, 7, &mut out).unwrap_err();
            assert_eq!((error.code(), error.row()), (Code::NotFinite, Some(8)));
        }
    }
}
