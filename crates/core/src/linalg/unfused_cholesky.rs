//! The triangular factor of a covariance, and its inverse, in portable arithmetic.
//!
//! Not [`crate::linalg`]: that decomposes with fused steps where a machine has them, and a distance
//! must have the same bits on every machine.

use ndarray::ArrayRef2;
use rayon::prelude::*;

use super::rank::{independent_columns, require_full_rank, singular};
use crate::error::{Error, Result};

/// `L⁻¹` with `S = L Lᵀ`, row `i` of it holding `i + 1` numbers, from a symmetric positive definite S,
/// d × d. `ESINGULAR` with the rank of a matrix that cannot be told from a singular one.
pub(crate) fn inverse_factor(s: &ArrayRef2<f64>) -> Result<Vec<Vec<f64>>> {
    let factor = factor(s).map_err(to_invert)?;
    let d = s.nrows();
    // Column j of L⁻¹ solves L z = e_j, independently of the others.
    let columns: Vec<Vec<f64>> = (0..d)
        .into_par_iter()
        .map(|j| {
            let mut z: Vec<f64> = Vec::with_capacity(d - j);
            for i in j..d {
                let known: f64 = factor[i][j..i].iter().zip(&z).map(|(l, z)| l * z).sum();
                let unit = if i == j { 1.0 } else { 0.0 };
                z.push((unit - known) / factor[i][i]);
            }
            z
        })
        .collect();
    let squares = columns
        .iter()
        .map(|column| column.iter().map(|v| v * v).sum::<f64>());
    let trace = s
        .diag()
        .iter()
        .zip(squares)
        .map(|(s, squares)| s * squares)
        .sum();
    require_full_rank(s, trace).map_err(to_invert)?;
    Ok((0..d)
        .map(|i| (0..=i).map(|j| columns[j][i - j]).collect())
        .collect())
}

fn to_invert(error: Error) -> Error {
    error
        .with_hint(
            "More rows than columns are needed, and no constant or repeated column. Use seuclidean",
        )
        .with_advice("take the covariance of other rows", "reference", None)
}

fn factor(s: &ArrayRef2<f64>) -> Result<Vec<Vec<f64>>> {
    let d = s.nrows();
    let mut l: Vec<Vec<f64>> = (0..d)
        .map(|i| s.row(i).iter().take(i + 1).copied().collect())
        .collect();
    for j in 0..d {
        let (done, rest) = l.split_at_mut(j + 1);
        let pivot_row = &mut done[j];
        let known: f64 = pivot_row[..j].iter().map(|l| l * l).sum();
        let pivot = pivot_row[j] - known;
        if !(pivot > 0.0 && pivot.is_finite()) {
            return Err(singular(s, &independent_columns(s)));
        }
        let root = pivot.sqrt();
        pivot_row[j] = root;
        let pivot_row = &*pivot_row;
        rest.par_iter_mut().for_each(|row| {
            let known: f64 = row[..j].iter().zip(pivot_row).map(|(a, b)| a * b).sum();
            row[j] = (row[j] - known) / root;
        });
    }
    Ok(l)
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
