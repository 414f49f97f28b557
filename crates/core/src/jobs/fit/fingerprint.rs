//! Identifies the rows that a model was fitted on.

use std::ops::Range;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::error::Result;
use crate::job::Job;
use crate::kernels::fetch;
use crate::rows::{Embeddings, RowSource};
use crate::statistics::{BLOCK_ROWS, blocks_of};

/// The SHA-256 of rows as little-endian `f32`.
pub(in crate::jobs) type Hash = [u8; 32];

/// Rows hashed at a time. Part of the fingerprint.
const PIECE_ROWS: usize = 2048;
/// Numbers that are hashed while those two pages further on are on their way.
const PAGE: usize = 1024;
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
            if let Some(all) = embeddings
                .as_singles()
                .filter(|_| cfg!(target_endian = "little"))
            {
                let values = &all[first * dim..(first + count) * dim];
                for (page, numbers) in values.chunks(PAGE).enumerate() {
                    fetch(values.get((page + 2) * PAGE..).unwrap_or_default());
                    hash.update(numbers.as_flattened());
                }
                job.advance(count as u64);
                return Ok(hash.finalize().into());
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Lcg;

    #[test]
    fn rows_in_place_have_the_fingerprint_of_rows_that_are_read_one_by_one() {
        let (rows, dim) = (PIECE_ROWS + 7, 5);
        let mut random = Lcg(6);
        let values: Vec<f32> = (0..rows * dim).map(|_| random.single()).collect();
        let wide = values.iter().copied().map(f64::from).collect();
        let read = Embeddings::from_doubles(wide, rows, dim).unwrap();
        let held = Embeddings::from_vec(values, rows, dim).unwrap();
        let of = |rows: &Embeddings| fingerprint(rows, &Job::new()).unwrap();
        assert_eq!(of(&held), of(&read));
    }
}
