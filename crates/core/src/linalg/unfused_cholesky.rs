//! The triangular factor of a covariance, and its inverse, in portable arithmetic.
//!
//! Not [`crate::linalg`]: that decomposes with fused steps where a machine has them, and a distance
//! must have the same bits on every machine.

use ndarray::ArrayRef2;
use rayon::prelude::*;

use super::rank::{independent_columns, require_full_rank, singular};
use crate::error::{Error, Result};
use crate::job::threads;

/// `L⁻¹` with `S = L Lᵀ`, row `i` of it holding `i + 1` numbers, from a symmetric positive definite S,
/// d × d. `ESINGULAR` with the rank of a matrix that cannot be told from a singular one.
pub(crate) fn inverse_factor(s: &ArrayRef2<f64>) -> Result<Vec<Vec<f64>>> {
    let factor = factor(s).map_err(to_invert)?;
    let d = s.nrows();
    // Column j of L⁻¹ solves L z = e_j, independently of the others: several of them side by side.
    let blocks: Vec<Vec<[f64; SIDE]>> = (0..d.div_ceil(SIDE))
        .into_par_iter()
        .map(|block| {
            let first = block * SIDE;
            let mut z: Vec<[f64; SIDE]> = Vec::with_capacity(d - first);
            for (i, row) in factor.iter().enumerate().skip(first) {
                let known = product(&row[first..i], &z);
                let unit = |p| if i == first + p { 1.0 } else { 0.0 };
                z.push(std::array::from_fn(|p| (unit(p) - known[p]) / row[i]));
            }
            z
        })
        .collect();
    let at = |i: usize, j: usize| blocks[j / SIDE][i - j / SIDE * SIDE][j % SIDE];
    let squares = (0..d).map(|j| (j..d).map(|i| at(i, j) * at(i, j)).sum::<f64>());
    let trace = s
        .diag()
        .iter()
        .zip(squares)
        .map(|(s, squares)| s * squares)
        .sum();
    require_full_rank(s, trace).map_err(to_invert)?;
    Ok((0..d)
        .map(|i| (0..=i).map(|j| at(i, j)).collect())
        .collect())
}

fn to_invert(error: Error) -> Error {
    error
        .with_hint(
            "More rows than columns are needed, and no constant or repeated column. Use seuclidean",
        )
        .with_advice("take the covariance of other rows", "reference", None)
}

/// `L` with `S = L Lᵀ`, a few columns at a time: each entry is one chain of products in the order of the columns.
fn factor(s: &ArrayRef2<f64>) -> Result<Vec<Vec<f64>>> {
    let d = s.nrows();
    let mut l: Vec<Vec<f64>> = (0..d)
        .map(|i| s.row(i).iter().take(i + 1).copied().collect())
        .collect();
    for first in (0..d).step_by(SIDE) {
        let (block, below) = l[first..].split_at_mut(SIDE.min(d - first));
        // The rows of the block as far as they are done, side by side.
        let done: Vec<[f64; SIDE]> = (0..first)
            .map(|k| std::array::from_fn(|p| block.get(p).map_or(0.0, |row| row[k])))
            .collect();
        for p in 0..block.len() {
            let (above, row) = block.split_at_mut(p);
            let (row, pivot) = row[0].split_at_mut(first + p);
            let known = reduce(row, &done, above);
            let inside = row[first..].iter().fold(known[p], |sum, v| sum + v * v);
            pivot[0] -= inside;
            if !(pivot[0] > 0.0 && pivot[0].is_finite()) {
                return Err(singular(s, &independent_columns(s)));
            }
            pivot[0] = pivot[0].sqrt();
        }
        threads::share(below.chunks_mut(SIDE), |rows| {
            for row in rows {
                reduce(row, &done, block);
            }
        });
    }
    Ok(l)
}

/// Turns the entries of a row below the rows `above` of a block into those of the factor, and returns the products
/// with the columns before the block.
fn reduce(row: &mut [f64], done: &[[f64; SIDE]], above: &[Vec<f64>]) -> [f64; SIDE] {
    let first = done.len();
    let known = product(&row[..first], done);
    for (p, other) in above.iter().enumerate() {
        let pairs = row[first..first + p].iter().zip(&other[first..]);
        let sum = pairs.fold(known[p], |sum, (a, b)| sum + a * b);
        row[first + p] = (row[first + p] - sum) / other[first + p];
    }
    known
}

/// Columns that are worked on together. Does not change results.
const SIDE: usize = 16;

/// Products of a row with columns side by side.
fn product(row: &[f64], columns: &[[f64; SIDE]]) -> [f64; SIDE] {
    let mut sums = [0.0; SIDE];
    for (value, columns) in row.iter().zip(columns) {
        for (sum, other) in sums.iter_mut().zip(columns) {
            *sum += value * other;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::error::Code;

    #[test]
    fn inverse_factor_whitens_and_a_repeated_column_is_refused() {
        let s = array![[4.0, 2.0, -1.0], [2.0, 5.0, 0.5], [-1.0, 0.5, 3.0]];
        let w = inverse_factor(&s).expect("positive definite");
        for i in 0..3 {
            for j in 0..3 {
                let mut sum = 0.0;
                for (a, wa) in w[i].iter().enumerate() {
                    for (b, wb) in w[j].iter().enumerate() {
                        sum += wa * s[[a, b]] * wb;
                    }
                }
                let unit = if i == j { 1.0 } else { 0.0 };
                assert!((sum - unit).abs() < 1e-14, "W S Wᵀ is the identity");
            }
        }
        let copied = array![[4.0, 4.0], [4.0, 4.0]];
        let error = inverse_factor(&copied).expect_err("rank 1");
        assert_eq!((error.code(), error.column()), (Code::Singular, Some(1)));
    }
}
