//! Products of large matrices, by the tiles of `kernels`, on all threads.

use crate::error::Result;
use crate::job::{memory, threads};
use crate::kernels::Isa;
use crate::kernels::products::PanelElement;

/// Columns of a packed panel.
const PANEL: usize = <f64 as PanelElement>::PANEL;
/// Rows of the product that one task makes.
const ROWS: usize = 4 * PANEL;
/// Rows of the product that are packed at a time.
const HELD: usize = 32 * ROWS;
/// The longest chain of fused steps. A longer sum is of chains of one length, added in their order; so this is part of
/// the result.
const CHAIN: usize = 512;

/// One side of a product: `count` vectors whose inner products are taken.
#[derive(Clone, Copy)]
pub(super) struct Vectors<'a> {
    pub(super) values: &'a [f64],
    pub(super) count: usize,
    /// From the start of a vector to that of the next.
    pub(super) step: usize,
    /// From a number of a vector to its next; one of the steps is 1.
    pub(super) inner: usize,
}

impl Vectors<'_> {
    /// Writes `PANEL` vectors from `first` on side by side, as far as they exist: of each the numbers from `from`
    /// on, as many as `out` has room for.
    fn pack(&self, first: usize, from: usize, out: &mut [f64]) {
        let count = PANEL.min(self.count - first);
        if count < PANEL {
            out.fill(0.0);
        }
        let start = first * self.step + from * self.inner;
        if self.step == 1 {
            for (k, out) in out.chunks_exact_mut(PANEL).enumerate() {
                out[..count].copy_from_slice(&self.values[start + k * self.inner..][..count]);
            }
            return;
        }
        // A line of the cache of each vector at a time.
        for (line, out) in out.chunks_mut(8 * PANEL).enumerate() {
            for i in 0..count {
                let row = &self.values[start + i * self.step + 8 * line..][..out.len() / PANEL];
                for (out, value) in out.chunks_exact_mut(PANEL).zip(row) {
                    out[i] = *value;
                }
            }
        }
    }
}

/// Writes the inner products of all `a` with all `b`, vectors of `length` numbers, to `out`, row-major.
///
/// Each is a chain of fused steps where the machine has them, so its bits depend neither on the number of threads nor
/// on the width of registers. Memory: 4 kB for each of `b`, and 8 MB.
pub(super) fn inner_products(
    a: Vectors<'_>,
    b: Vectors<'_>,
    length: usize,
    out: &mut [f64],
) -> Result<()> {
    let multiply = f64::multiply_panels(Isa::best());
    let width = b.count;
    let chain = length.div_ceil(length.div_ceil(CHAIN));
    let padded = |count: usize| count.next_multiple_of(PANEL) * chain;
    let mut right = memory::zeros("a packed matrix", padded(width))?;
    let mut left = memory::zeros("a packed matrix", padded(a.count.min(HELD)))?;
    for from in (0..length).step_by(chain) {
        let panel = PANEL * chain.min(length - from);
        let right = pack(b, (0, width), from, panel, &mut right);
        for (held, out) in out.chunks_mut(HELD * width).enumerate() {
            let rows = out.len() / width;
            let left = pack(a, (held * HELD, rows), from, panel, &mut left);
            let left = left.chunks(ROWS / PANEL * panel);
            let tasks = out.chunks_mut(ROWS * width).zip(left);
            threads::share(tasks, |(out, left)| {
                if from == 0 {
                    // Zeros that were only read would be one page for all, which a first write must leave.
                    out.fill(0.0);
                }
                let mut square = [0.0; PANEL * PANEL];
                for (q, right) in right.chunks_exact(panel).enumerate() {
                    for (p, left) in left.chunks_exact(panel).enumerate() {
                        let (first, column) = (p * PANEL, q * PANEL);
                        let out = &mut out[first * width..];
                        if out.len() >= PANEL * width && width - column >= PANEL {
                            multiply(left, right, &mut out[column..], width);
                            continue;
                        }
                        square.fill(0.0);
                        multiply(left, right, &mut square, PANEL);
                        let squares = square.chunks_exact(PANEL);
                        for (out, sums) in out.chunks_exact_mut(width).zip(squares) {
                            out[column..]
                                .iter_mut()
                                .zip(sums)
                                .for_each(|(o, s)| *o += s);
                        }
                    }
                }
            });
        }
    }
    Ok(())
}

/// Packs some vectors into the start of `packed`, in panels of `panel` numbers.
fn pack<'p>(
    vectors: Vectors<'_>,
    (first, count): (usize, usize),
    from: usize,
    panel: usize,
    packed: &'p mut [f64],
) -> &'p [f64] {
    let packed = &mut packed[..count.div_ceil(PANEL) * panel];
    threads::share(packed.chunks_exact_mut(panel).enumerate(), |(p, out)| {
        vectors.pack(first + p * PANEL, from, out);
    });
    packed
}

#[cfg(test)]
mod tests {
    use faer::linalg::matmul::matmul;
    use faer::{Accum, MatMut, MatRef, Par};

    use super::*;
    use crate::testing::Lcg;

    fn numbers(count: usize, seed: u64) -> Vec<f64> {
        let mut random = Lcg(seed);
        (0..count).map(|_| random.double()).collect()
    }

    /// Chains one after the other, each from zero, on the instruction set of the tiles.
    fn twin(x: impl Fn(usize) -> f64, y: impl Fn(usize) -> f64, length: usize) -> f64 {
        let step = |sum: f64, k| match Isa::best().is_fused() {
            true => x(k).mul_add(y(k), sum),
            false => sum + x(k) * y(k),
        };
        let chain = length.div_ceil(length.div_ceil(512));
        (0..length).step_by(chain).fold(0.0, |sum, from| {
            sum + (from..length.min(from + chain)).fold(0.0, step)
        })
    }

    #[test]
    fn products_of_rows_and_of_columns_are_chains_that_no_neighbour_changes() {
        for (rows, length, columns) in [(1, 3, 1), (70, 513, 33), (2100, 9, 16), (16, 1100, 130)] {
            let (a, b) = (numbers(rows * length, 1), numbers(columns * length, 2));
            let vectors = |values, count, by_row| Vectors {
                values,
                count,
                step: if by_row { length } else { 1 },
                inner: if by_row { 1 } else { count },
            };
            for (a_by_row, b_by_row) in [(true, true), (true, false), (false, true), (false, false)]
            {
                let (a, b) = (vectors(&a, rows, a_by_row), vectors(&b, columns, b_by_row));
                let mut out = vec![0.0; rows * columns];
                inner_products(a, b, length, &mut out).unwrap();
                let at = |v: Vectors<'_>, i: usize, k: usize| v.values[i * v.step + k * v.inner];
                for (place, found) in out.iter().enumerate() {
                    let (i, j) = (place / columns, place % columns);
                    let wanted = twin(|k| at(a, i, k), |k| at(b, j, k), length);
                    assert_eq!(
                        found.to_bits(),
                        wanted.to_bits(),
                        "{rows} {length} {columns}"
                    );
                }
            }
        }
    }

    #[test]
    fn faer_makes_the_sums_of_a_chain_alike() {
        let (rows, length, columns) = (60, 512, 140);
        let (a, b) = (numbers(rows * length, 3), numbers(columns * length, 4));
        let of = |values, count| Vectors {
            values,
            count,
            step: length,
            inner: 1,
        };
        let (mut ours, mut theirs) = (vec![0.0; rows * columns], vec![0.0; rows * columns]);
        inner_products(of(&a, rows), of(&b, columns), length, &mut ours).unwrap();
        let left = MatRef::from_row_major_slice(&a, rows, length);
        let right = MatRef::from_row_major_slice(&b, columns, length).transpose();
        let into = MatMut::from_row_major_slice_mut(&mut theirs, rows, columns);
        matmul(into, Accum::Replace, left, right, 1.0, Par::Seq);
        assert_eq!(ours, theirs);
    }
}
