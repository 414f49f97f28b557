//! Rows times a lower triangular matrix, such as the inverse Cholesky factor of a covariance.
//!
//! With `Σ = L Lᵀ` and `W = L⁻¹`, `‖W (x − y)‖² = (x − y)ᵀ Σ⁻¹ (x − y)`: the squared Mahalanobis
//! distance (Mahalanobis 1936) is the squared length of a product.

use super::isa::Isa;
use super::sums::{GROUP, Kernels, LANES, fold};

/// A lower triangular matrix in panels of sixteen rows, each stored column by column as far as the
/// triangle goes: one sweep reads a panel for eight rows.
#[derive(Clone, Debug)]
pub(crate) struct Whitening {
    dim: usize,
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
        Self::new(&[], Isa::Scalar)
    }
}

impl Whitening {
    /// Packs a triangle whose row `i` holds `i + 1` numbers. Products have the same bits for every
    /// `isa`.
    pub(crate) fn new(triangle: &[Vec<f64>], isa: Isa) -> Self {
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
            dim: triangle.len(),
            columns,
            multiply: Kernels::<f64>::for_isa(isa).panel,
        }
    }

    /// The triangle that was packed.
    pub(crate) fn triangle(&self) -> Vec<Vec<f64>> {
        let mut rest = &self.columns[..];
        let mut triangle = Vec::with_capacity(self.dim);
        for first in (0..self.dim).step_by(LANES) {
            let end = self.dim.min(first + LANES);
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
        vec![[0.0; GROUP]; self.dim]
    }

    /// Multiplies eight rows and calls `each` for every panel with the number of its first coordinate
    /// and sixteen coordinates of each product. Coordinates beyond the last are 0.
    fn apply(&self, rows: &[[f64; GROUP]], mut each: impl FnMut(usize, &[[f64; LANES]; GROUP])) {
        let mut rest = &self.columns[..];
        for first in (0..self.dim).step_by(LANES) {
            let longest = self.dim.min(first + LANES);
            let (columns, others) = rest.split_at(longest);
            each(first, &(self.multiply)(columns, &rows[..longest]));
            rest = others;
        }
    }

    /// Replaces each row by its product; `rows` is row-major.
    pub(crate) fn apply_to_rows(&self, rows: &mut [f64]) {
        let mut group = self.group();
        for rows in rows.chunks_mut(GROUP * self.dim) {
            for (place, row) in rows.chunks_exact(self.dim).enumerate() {
                for (at, value) in group.iter_mut().zip(row) {
                    at[place] = *value;
                }
            }
            self.apply(&group, |first, products| {
                let end = self.dim.min(first + LANES);
                for (row, products) in rows.chunks_exact_mut(self.dim).zip(products) {
                    row[first..end].copy_from_slice(&products[..end - first]);
                }
            });
        }
    }

    /// The squared lengths of the products of eight rows.
    pub(crate) fn squares(&self, rows: &[[f64; GROUP]]) -> [f64; GROUP] {
        let mut lanes = [[0.0; LANES]; GROUP];
        self.apply(rows, |_, products| {
            for (lanes, products) in lanes.iter_mut().zip(products) {
                for (lane, z) in lanes.iter_mut().zip(products) {
                    *lane += z * z;
                }
            }
        });
        lanes.map(|lanes| fold(lanes, |a, b| a + b))
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
            let whitening = Whitening::new(&triangle, isa);
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
        }
    }
}
