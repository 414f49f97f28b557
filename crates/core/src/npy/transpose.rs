//! Columns to rows, element by element, without interpreting them.

use crate::error::Result;
use crate::job::memory::filled;

/// Columns and rows of a tile: 16 runs of up to 16 KiB are read, then 16 elements lie together in
/// each row that is written.
const TILE_COLUMNS: usize = 16;
const TILE_BYTES: usize = 16 * 1024;

/// Turns a matrix stored column after column into one stored row after row.
///
/// `read(at, buffer)` fills `buffer` with the stored bytes from `at` on. Takes memory for the
/// whole matrix (`EMEMORY` if it is not to be had) and 256 KiB besides.
pub(super) fn to_rows(
    rows: usize,
    dim: usize,
    size: usize,
    mut read: impl FnMut(usize, &mut [u8]) -> Result<()>,
) -> Result<Vec<u8>> {
    let mut out = filled(
        "the matrix turned from columns to rows",
        rows * dim * size,
        0,
    )?;
    let tile_rows = (TILE_BYTES / size).min(rows.max(1));
    let mut tile = filled("a block of columns", TILE_COLUMNS * tile_rows * size, 0)?;
    for column in (0..dim).step_by(TILE_COLUMNS) {
        let columns = TILE_COLUMNS.min(dim - column);
        for row in (0..rows).step_by(tile_rows) {
            let height = tile_rows.min(rows - row);
            let run = height * size;
            for c in 0..columns {
                read(
                    ((column + c) * rows + row) * size,
                    &mut tile[c * run..][..run],
                )?;
            }
            for r in 0..height {
                let to = &mut out[((row + r) * dim + column) * size..][..columns * size];
                match size {
                    1 => gather::<1>(&tile, run, r, to),
                    2 => gather::<2>(&tile, run, r, to),
                    4 => gather::<4>(&tile, run, r, to),
                    _ => gather::<8>(&tile, run, r, to),
                }
            }
        }
    }
    Ok(out)
}

fn gather<const SIZE: usize>(tile: &[u8], run: usize, r: usize, to: &mut [u8]) {
    let (to, _) = to.as_chunks_mut::<SIZE>();
    for (c, to) in to.iter_mut().enumerate() {
        to.copy_from_slice(&tile[c * run + r * SIZE..][..SIZE]);
    }
}
