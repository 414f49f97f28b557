//! `Σ s² r rᵀ` over rows that are already in memory: class sums, mostly.

use rayon::prelude::*;

use crate::error::Result;
use crate::kernels::Isa;
use crate::kernels::products::PanelElement;
use crate::linalg::{Matrix, matrix_zeros};

/// Columns of a packed panel.
const PANEL: usize = <f64 as PanelElement>::PANEL;
/// Rows per block; blocks are folded in order.
const BLOCK: usize = 1024;
/// Rows per packed tile.
const TILE: usize = 256;

/// `Σ_r f(r)(row r) f(r)(row r)ᵀ` of `rows` (`n × dim`, row-major), where `fill(r, row, out)`
/// writes the transformed row; rows for which it returns `false` do not count.
///
/// In doubles; the bits do not depend on the number of threads. Cost: n·dim²/2 multiply-adds.
pub(crate) fn gram(
    rows: &[f64],
    dim: usize,
    fill: impl Fn(usize, &[f64], &mut [f64]) -> bool + Sync,
) -> Result<Matrix> {
    let count = rows.len() / dim.max(1);
    let panels = dim.div_ceil(PANEL);
    let padded = panels * PANEL;
    let multiply = f64::multiply_panels(Isa::best());
    let blocks = count.div_ceil(BLOCK);
    let slots = rayon::current_num_threads().min(blocks).max(1);
    let mut total = matrix_zeros("a scatter matrix", padded, padded)?;
    let mut wave: Vec<(Vec<f64>, Vec<f64>, Vec<f64>)> = (0..slots)
        .map(|_| {
            Ok((
                matrix_zeros("a scatter matrix", padded, padded)?,
                matrix_zeros("packed rows", padded, TILE)?,
                matrix_zeros("a row", dim, 1)?,
            ))
        })
        .collect::<Result<_>>()?;
    for start in (0..blocks).step_by(slots) {
        let wave = &mut wave[..slots.min(blocks - start)];
        wave.par_iter_mut()
            .enumerate()
            .for_each(|(i, (sums, packed, row_out))| {
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
            });
        for (sums, _, _) in wave.iter() {
            for (t, s) in total.iter_mut().zip(sums) {
                *t += s;
            }
        }
    }
    let mut out = Matrix::zeros(dim, dim)?;
    for i in 0..dim {
        for j in i..dim {
            let value = total[i * padded + j];
            out.as_mut_slice()[i * dim + j] = value;
            out.as_mut_slice()[j * dim + i] = value;
        }
    }
    Ok(out)
}
