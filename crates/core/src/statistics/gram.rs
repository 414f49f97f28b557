//! `Σ s² r rᵀ` over rows that are already in memory: class sums, mostly.

use crate::error::{Error, Result};
use crate::job::memory::filled;
use crate::job::threads;
use crate::kernels::Isa;
use crate::kernels::products::PanelElement;
use crate::linalg::symmetric;
use ndarray::{Array2, ArrayRef2};

/// Columns of a packed panel.
const PANEL: usize = <f64 as PanelElement>::PANEL;
/// Rows per block; blocks are folded in order.
const BLOCK: usize = 1024;
/// Rows per packed tile.
const TILE: usize = 256;

/// `Σ_r f(r)(row r) f(r)(row r)ᵀ` of `rows` (`n × d`), where `fill(r, row, out)`
/// writes the transformed row; rows for which it returns `false` do not count.
///
/// In doubles; the bits do not depend on the number of threads. Cost: n·d²/2 multiply-adds.
pub(crate) fn gram(
    rows: &ArrayRef2<f64>,
    fill: impl Fn(usize, &[f64], &mut [f64]) -> bool + Sync,
) -> Result<Array2<f64>> {
    let (count, dim) = rows.dim();
    let rows = rows
        .as_slice()
        .ok_or_else(|| Error::internal("a matrix that is not row-major"))?;
    let panels = dim.div_ceil(PANEL);
    let padded = panels * PANEL;
    let multiply = f64::multiply_panels(Isa::best());
    let blocks = count.div_ceil(BLOCK);
    let slots = rayon::current_num_threads().min(blocks).max(1);
    let mut total = filled("a scatter matrix", padded.saturating_mul(padded), 0.0)?;
    let mut wave: Vec<(Vec<f64>, Vec<f64>, Vec<f64>)> = (0..slots)
        .map(|_| {
            Ok((
                filled("a scatter matrix", padded.saturating_mul(padded), 0.0)?,
                filled("packed rows", padded * TILE, 0.0)?,
                filled("a row", dim, 0.0)?,
            ))
        })
        .collect::<Result<_>>()?;
    for start in (0..blocks).step_by(slots) {
        let wave = &mut wave[..slots.min(blocks - start)];
        threads::share(
            wave.iter_mut().enumerate(),
            |(i, (sums, packed, row_out))| {
                sums.fill(0.0);
                let first = (start + i) * BLOCK;
                let last = (first + BLOCK).min(count);
                for tile in (first..last).step_by(TILE) {
                    let mut used = 0;
                    for r in tile..(tile + TILE).min(last) {
                        if !fill(r, &rows[r * dim..(r + 1) * dim], row_out) {
                            continue;
                        }
                        let stride = TILE * PANEL;
                        let outs = packed.chunks_exact_mut(stride);
                        for (panel, part) in outs.zip(row_out.chunks(PANEL)) {
                            panel[used * PANEL..][..part.len()].copy_from_slice(part);
                        }
                        used += 1;
                    }
                    let depth = used * PANEL;
                    for q in 0..panels {
                        let b = &packed[q * TILE * PANEL..][..depth];
                        for p in 0..=q {
                            let a = &packed[p * TILE * PANEL..][..depth];
                            let out = &mut sums[p * PANEL * padded + q * PANEL..];
                            multiply(a, b, out, padded);
                        }
                    }
                }
            },
        );
        for (sums, _, _) in wave.iter() {
            for (t, s) in total.iter_mut().zip(sums) {
                *t += s;
            }
        }
    }
    symmetric(dim, |i, j| total[i * padded + j])
}

/// `Σ_r s_r² (row r)(row r)ᵀ` with s_r = `scale(r)`; rows without a scale do not count.
///
/// As [`gram`].
pub(crate) fn scaled_gram(
    rows: &ArrayRef2<f64>,
    scale: impl Fn(usize) -> Option<f64> + Sync,
) -> Result<Array2<f64>> {
    gram(rows, |r, row, out| {
        let Some(scale) = scale(r) else { return false };
        for (out, value) in out.iter_mut().zip(row) {
            *out = scale * value;
        }
        true
    })
}
