//! Identifies the rows that a model was fitted on.

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::error::Result;
use crate::job::Job;
use crate::rows::{Embeddings, RowSource};

/// Rows hashed at a time. Part of the fingerprint.
const PIECE_ROWS: usize = 2048;

/// SHA-256, in hexadecimal, over the SHA-256 of each piece of 2048 rows as little-endian `f32`; in
/// pieces so that threads share the work.
///
/// Errors: `EINPUTCHANGED`, `EABORTED`.
pub fn fingerprint(embeddings: &Embeddings, job: &Job) -> Result<String> {
    let (rows, dim) = (embeddings.rows(), embeddings.dim());
    job.begin("fingerprint", rows as u64);
    let pieces = (0..rows.div_ceil(PIECE_ROWS))
        .into_par_iter()
        .map(|piece| -> Result<[u8; 32]> {
            job.check()?;
            let first = piece * PIECE_ROWS;
            let count = PIECE_ROWS.min(rows - first);
            let mut hash = Sha256::new();
            let mut bytes = vec![0u8; dim * 4];
            let mut row = vec![0.0f32; dim];
            for i in first..first + count {
                embeddings.read_rows_f32(i, &mut row)?;
                let (fours, _) = bytes.as_chunks_mut::<4>();
                for (four, value) in fours.iter_mut().zip(&row) {
                    *four = value.to_le_bytes();
                }
                hash.update(&bytes);
            }
            job.advance(count as u64);
            Ok(hash.finalize().into())
        });
    let pieces = embeddings.while_unchanged(|| {
        let pieces: Vec<Result<[u8; 32]>> = pieces.collect();
        pieces.into_iter().collect::<Result<Vec<_>>>()
    })?;
    let mut whole = Sha256::new();
    for piece in pieces {
        whole.update(piece);
    }
    Ok(whole
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}
