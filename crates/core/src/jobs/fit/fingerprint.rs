//! Identifies the rows that a model was fitted on.

use std::ops::Range;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::error::Result;
use crate::job::Job;
use crate::rows::{Embeddings, RowSource};
use crate::statistics::{BLOCK_ROWS, blocks_of};

/// The SHA-256 of rows as little-endian `f32`.
pub(in crate::jobs) type Hash = [u8; 32];

/// Rows hashed at a time. Part of the fingerprint.
const PIECE_ROWS: usize = 2048;
// Parts of the rows are cut where both begin.
const _: () = assert!(PIECE_ROWS == BLOCK_ROWS);

/// SHA-256, in hexadecimal, over the SHA-256 of each piece of 2048 rows as little-endian `f32`; in
/// pieces so that threads share the work.
///
/// Errors: `EINPUTCHANGED`, `EABORTED`.
pub fn fingerprint(embeddings: &Embeddings, job: &Job) -> Result<String> {
    Ok(of_pieces(&pieces(embeddings, 0..embeddings.rows(), job)?))
}

/// The hashes of the pieces of some rows, which begin and end at a piece or at the end.
///
/// Errors: as [`fingerprint`].
pub(in crate::jobs) fn pieces(
    embeddings: &Embeddings,
    rows: Range<usize>,
    job: &Job,
) -> Result<Vec<Hash>> {
    let dim = embeddings.dim();
    job.begin("fingerprint", rows.len() as u64);
    let pieces = blocks_of(rows)
        .into_par_iter()
        .map(|(first, count)| -> Result<Hash> {
            job.check()?;
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
    embeddings.while_unchanged(|| {
        let pieces: Vec<Result<Hash>> = pieces.collect();
        pieces.into_iter().collect()
    })
}

/// The fingerprint of rows by the hashes of their pieces.
pub(in crate::jobs) fn of_pieces(pieces: &[Hash]) -> String {
    let mut whole = Sha256::new();
    for piece in pieces {
        whole.update(piece);
    }
    hex(&whole.finalize())
}

/// In hexadecimal.
pub(in crate::jobs) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
