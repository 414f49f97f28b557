//! A matrix product whose bits depend on nothing but its operands.

use std::ops::{Add, Mul};

use crate::error::Result;
use crate::job::memory::reserve;
use crate::job::threads;

/// The right factor of X·B, cut into panels of `W` columns that a core keeps at hand.
///
/// Each output is summed over k = 0, 1, … one term at a time, without fused multiply-add; speed
/// comes from many outputs at once. So the bits are those of the plain triple loop, whatever the
/// vector width of the machine or the number of rows multiplied together.
pub(super) struct Panels<T, const W: usize> {
    inner: usize,
    columns: usize,
    /// Panel, then k, then column within the panel; columns beyond the last are zero.
    packed: Vec<[T; W]>,
}

impl<T, const W: usize> Panels<T, W>
where
    T: Copy + Default + Send + Sync + Add<Output = T> + Mul<Output = T>,
{
    /// Packs the (inner, columns) matrix whose entries `at(k, column)` gives.
    pub(super) fn new(
        inner: usize,
        columns: usize,
        at: impl Fn(usize, usize) -> T,
    ) -> Result<Self> {
        let mut packed = reserve("a packed matrix", columns.div_ceil(W) * inner)?;
        for first in (0..columns).step_by(W) {
            packed.extend((0..inner).map(|k| {
                std::array::from_fn(|i| {
                    if first + i < columns {
                        at(k, first + i)
                    } else {
                        T::default()
                    }
                })
            }));
        }
        Ok(Self {
            inner,
            columns,
            packed,
        })
    }

    /// `out` (rows, columns) = `left` (rows, inner) · B, on the calling thread.
    pub(super) fn multiply(&self, left: &[T], out: &mut [T]) {
        for (panel, packed) in self.packed.chunks(self.inner).enumerate() {
            let first = panel * W;
            let mut left_quads = left.chunks_exact(4 * self.inner);
            let mut out_quads = out.chunks_exact_mut(4 * self.columns);
            for (rows, out) in (&mut left_quads).zip(&mut out_quads) {
                self.tile::<4>(packed, rows, first, out);
            }
            let rest = left_quads.remainder().chunks_exact(self.inner);
            for (row, out) in rest.zip(out_quads.into_remainder().chunks_exact_mut(self.columns)) {
                self.tile::<1>(packed, row, first, out);
            }
        }
    }

    /// The same, with the rows shared out among the threads of the current pool.
    pub(super) fn multiply_parallel(&self, left: &[T], out: &mut [T]) {
        let blocks = left.chunks(32 * self.inner);
        let blocks = blocks.zip(out.chunks_mut(32 * self.columns));
        threads::share(blocks, |(left, out)| self.multiply(left, out));
    }

    /// `R` rows times one panel: the sums stay in registers while k runs.
    fn tile<const R: usize>(&self, packed: &[[T; W]], left: &[T], first: usize, out: &mut [T]) {
        let rows: [&[T]; R] =
            std::array::from_fn(|r| &left[r * self.inner..][..self.inner][..packed.len()]);
        let mut sums = [[T::default(); W]; R];
        for (k, right) in packed.iter().enumerate() {
            // Counted loops rather than iterators: they unroll whole and become vector code.
            for r in 0..R {
                let x = rows[r][k];
                for i in 0..W {
                    sums[r][i] = sums[r][i] + x * right[i];
                }
            }
        }
        let width = W.min(self.columns - first);
        for (sum, row) in sums.iter().zip(out.chunks_exact_mut(self.columns)) {
            row[first..first + width].copy_from_slice(&sum[..width]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_those_of_the_triple_loop_for_every_shape() {
        let value = |i: usize| ((i * 2_654_435_761) % 1009) as f32 / 31.0 - 16.0;
        for (rows, inner, columns) in [(1, 1, 1), (3, 5, 7), (4, 8, 8), (9, 17, 31), (70, 33, 9)] {
            let left: Vec<f32> = (0..rows * inner).map(value).collect();
            let right: Vec<f32> = (0..inner * columns).map(|i| value(i + 7)).collect();
            let panels =
                Panels::<f32, 8>::new(inner, columns, |k, j| right[k * columns + j]).unwrap();
            let mut fast = vec![0.0; rows * columns];
            panels.multiply(&left, &mut fast);
            let mut parallel = vec![0.0; rows * columns];
            panels.multiply_parallel(&left, &mut parallel);
            for row in 0..rows {
                for j in 0..columns {
                    let mut sum = 0f32;
                    for k in 0..inner {
                        sum += left[row * inner + k] * right[k * columns + j];
                    }
                    assert_eq!(fast[row * columns + j].to_bits(), sum.to_bits());
                    assert_eq!(parallel[row * columns + j].to_bits(), sum.to_bits());
                }
            }
        }
    }
}
