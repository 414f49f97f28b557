//! Leaves rows out that are not finite, before classes are counted.

use rayon::prelude::*;

use crate::error::Result;
use crate::job::memory::filled;
use crate::rows::{Classes, IGNORED, RowSource};

/// Class numbers in which rows that are not finite are left out, and how many those are.
pub(crate) fn without_invalid_rows(
    source: &dyn RowSource,
    classes: Option<&Classes<'_>>,
) -> Result<(Vec<u32>, u64)> {
    const CHUNK: usize = 256;
    let (rows, dim) = (source.rows(), source.dim());
    let mut out = match classes {
        Some(classes) => classes.of_row().to_vec(),
        None => vec![0; rows],
    };
    let skipped: Result<u64> = out
        .par_chunks_mut(CHUNK)
        .enumerate()
        .map(|(chunk, labels)| {
            let mut room = filled("a block of rows", labels.len().saturating_mul(dim), 0.0)?;
            source.read_rows_f64(chunk * CHUNK, &mut room)?;
            let mut skipped = 0;
            for (label, row) in labels.iter_mut().zip(room.chunks_exact(dim)) {
                if *label != IGNORED && !row.iter().all(|v| v.is_finite()) {
                    *label = IGNORED;
                    skipped += 1;
                }
            }
            Ok(skipped)
        })
        .sum();
    Ok((out, skipped?))
}
