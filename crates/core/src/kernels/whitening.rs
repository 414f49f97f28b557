//! Rows times a lower triangular matrix, such as the inverse Cholesky factor of a covariance.
//!
//! With `Σ = L Lᵀ` and `W = L⁻¹`, `‖W (x − y)‖² = (x − y)ᵀ Σ⁻¹ (x − y)`: the squared Mahalanobis
//! distance (Mahalanobis 1936) is the squared length of a product, and the squared Euclidean distance of the
//! rows `W (x − c)` and `W (y − c)` for any center c.

use super::isa::Isa;
use super::sums::{GROUP, Kernels, LANES, fold};

/// A lower triangular matrix in panels of sixteen rows, each stored column by column as far as the
/// triangle goes: one sweep reads a panel for eight rows.
#[derive(Clone, Debug)]
pub(crate) struct Whitening {
    center: Vec<f64>,
    columns: Vec<[f64; LANES]>,
    multiply: MultiplyPanel,
}

/// Multiplies the columns of a panel by eight rows.
type MultiplyPanel = fn(&[[f64; LANES]], &[[f64; GROUP]]) -> [[f64; LANES]; GROUP];

/// Eight rows side by side: column `j` of row `p` is `[j][p]`.
pub(crate) type Group = Vec<[f64; GROUP]>;

impl Default for Whitening {
    /// The matrix without rows.
    fn default() -> Self {
        Self::new(Vec::new(), &[], Isa::Scalar)
    }
}

impl Whitening {
    /// Packs a triangle whose row `i` holds `i + 1` numbers; `center` has one for each row. Products have the
    /// same bits for every `isa`.
    pub(crate) fn new(center: Vec<f64>, triangle: &[Vec<f64>], isa: Isa) -> Self {
        let mut columns = Vec::new();
        for panel in triangle.chunks(LANES) {
            let longest = panel.last().map_or(0, Vec::len);
            columns.extend((0..longest).map(|j| {
                let mut column = [0.0; LANES];
                for (value, row) in column.iter_mut().zip(panel) {
                    *value = row.get(j).copied().unwrap_or(0.0);
                }
                column
            }));
        }
        Self {
            center,
            columns,
            multiply: Kernels::<f64>::for_isa(isa).panel,
        }
    }

    fn dim(&self) -> usize {
        self.center.len()
    }

    /// The row that is taken off rows before they are multiplied.
    pub(crate) fn center(&self) -> &[f64] {
        &self.center
    }

    /// The triangle that was packed.
    pub(crate) fn triangle(&self) -> Vec<Vec<f64>> {
        let mut rest = &self.columns[..];
        let mut triangle = Vec::with_capacity(self.dim());
        for first in (0..self.dim()).step_by(LANES) {
            let end = self.dim().min(first + LANES);
            let (columns, others) = rest.split_at(end);
            let row = |i: usize| {
                columns[..=i]
                    .iter()
                    .map(|column| column[i - first])
                    .collect()
            };
            triangle.extend((first..end).map(row));
            rest = others;
        }
        triangle
    }

    /// Eight rows of zeros.
    pub(crate) fn group(&self) -> Group {
        vec![[0.0; GROUP]; self.dim()]
    }

    /// Multiplies eight rows, calls `each` for every panel with the number of its first coordinate and sixteen
    /// coordinates of each product, and returns the squared lengths of the products. Coordinates beyond the last
    /// are 0.
    fn apply(
        &self,
        rows: &[[f64; GROUP]],
        mut each: impl FnMut(usize, &[[f64; LANES]; GROUP]),
    ) -> [f64; GROUP] {
        let mut squares = [[0.0; LANES]; GROUP];
        let mut rest = &self.columns[..];
        for first in (0..self.dim()).step_by(LANES) {
            let longest = self.dim().min(first + LANES);
            let (columns, others) = rest.split_at(longest);
            let products = (self.multiply)(columns, &rows[..longest]);
            for (squares, products) in squares.iter_mut().zip(&products) {
                for (lane, z) in squares.iter_mut().zip(products) {
                    *lane += z * z;
                }
            }
            each(first, &products);
            rest = others;
        }
        squares.map(|lanes| fold(lanes, |a, b| a + b))
    }

    /// Numbers of a mapped row: its coordinates and their squared length.
    pub(crate) fn mapped_width(&self) -> usize {
        self.dim() + 1
    }

    /// Writes the product of each row less the center to `out`, with its squared length behind it. `rows` has
    /// `n × dim` numbers, `out` `n` times the [mapped width](Self::mapped_width).
    pub(crate) fn map_rows(&self, rows: &[f64], out: &mut [f64]) {
        let (dim, width) = (self.dim(), self.mapped_width());
        let mut group = self.group();
        for (rows, out) in rows.chunks(GROUP * dim).zip(out.chunks_mut(GROUP * width)) {
            for (place, row) in rows.chunks_exact(dim).enumerate() {
                for ((at, value), center) in group.iter_mut().zip(row).zip(&self.center) {
                    at[place] = value - center;
                }
            }
            let squares = self.apply(&group, |first, products| {
                let end = dim.min(first + LANES);
                for (row, products) in out.chunks_exact_mut(width).zip(products) {
                    row[first..end].copy_from_slice(&products[..end - first]);
                }
            });
            for (row, square) in out.chunks_exact_mut(width).zip(squares) {
                row[dim] = square;
            }
        }
    }

    /// The squared lengths of the products of eight rows, as they are.
    pub(crate) fn squares(&self, rows: &[[f64; GROUP]]) -> [f64; GROUP] {
        self.apply(rows, |_, _| {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::on_every_isa;

    #[test]
    fn every_set_and_dimension_gives_the_products_of_a_plain_loop_bit_for_bit() {
        on_every_isa(every_dimension);
    }

    fn every_dimension(isa: Isa) {
        for dim in (1..=3 * LANES + 1).chain([127, 128, 129]) {
            if cfg!(miri) && ![1, LANES, LANES + 1].contains(&dim) {
                continue;
            }
            let value = |i: usize, j: usize| ((i * 37 + j * 101) % 97) as f64 / 7.0 - 6.0;
            let triangle: Vec<Vec<f64>> = (0..dim)
                .map(|i| (0..=i).map(|j| value(i, j)).collect())
                .collect();
            let center: Vec<f64> = (0..dim).map(|j| value(j + 3, j) / 9.0).collect();
            let whitening = Whitening::new(center.clone(), &triangle, isa);
            assert_eq!(whitening.triangle(), triangle);
            let mut rows = whitening.group();
            for (j, row) in rows.iter_mut().enumerate() {
                *row = std::array::from_fn(|p| value(p + 5, j));
            }
            let product = |i: usize, p: usize| {
                let terms = triangle[i].iter().zip(&rows);
                terms.fold(0.0, |sum, (w, row)| sum + w * row[p])
            };
            let mut seen = 0;
            whitening.apply(&rows, |first, products| {
                for (p, products) in products.iter().enumerate() {
                    for (lane, z) in products.iter().enumerate() {
                        let expected = if first + lane < dim {
                            product(first + lane, p)
                        } else {
                            0.0
                        };
                        assert_eq!(z.to_bits(), expected.to_bits(), "dim {dim}");
                        seen += 1;
                    }
                }
            });
            assert_eq!(seen, dim.div_ceil(LANES) * LANES * GROUP);
            for (p, square) in whitening.squares(&rows).into_iter().enumerate() {
                let plain: f64 = (0..dim).map(|i| product(i, p).powi(2)).sum();
                assert!((square - plain).abs() <= 1e-13 * plain, "dim {dim}");
            }
            every_number_of_rows(&whitening, &triangle);
        }
    }

    /// A mapped row does not depend on the rows beside it.
    fn every_number_of_rows(whitening: &Whitening, triangle: &[Vec<f64>]) {
        let dim = triangle.len();
        let rows: Vec<f64> = (0..(2 * GROUP + 3) * dim)
            .map(|k| ((k * 53) % 89) as f64 / 3.0 - 11.0)
            .collect();
        let mut all = vec![0.0; (2 * GROUP + 3) * (dim + 1)];
        whitening.map_rows(&rows, &mut all);
        for (row, mapped) in rows.chunks(dim).zip(all.chunks(dim + 1)) {
            let mut alone = vec![0.0; dim + 1];
            whitening.map_rows(row, &mut alone);
            assert_eq!(mapped, alone, "dim {dim}");
            let less: Vec<f64> = row
                .iter()
                .zip(whitening.center())
                .map(|(v, c)| v - c)
                .collect();
            for (z, weights) in mapped.iter().zip(triangle) {
                let terms = weights.iter().zip(&less);
                let expected = terms.fold(0.0, |sum, (w, v)| sum + w * v);
                assert_eq!(z.to_bits(), expected.to_bits(), "dim {dim}");
            }
        }
    }
}
