//! The triangular factor of a covariance, and its inverse, in portable arithmetic.
//!
//! Not [`crate::linalg`]: that decomposes with fused steps where a machine has them, and a distance
//! must have the same bits on every machine.

use ndarray::ArrayRef2;

use super::rank::{independent_columns, require_full_rank, singular};
use crate::error::{Error, Result};
use crate::job::threads;
use crate::kernels::{GROUP, Isa, Kernels, LANES};

/// Eight rows side by side: column `k` of row `r` is `[k][r]`.
type Group = Vec<[f64; GROUP]>;

/// Columns that are worked on together, of two groups of rows. Does not change results.
const SIDE: usize = LANES;

/// `L⁻¹` with `S = L Lᵀ`, row `i` of it holding `i + 1` numbers, from a symmetric positive definite S,
/// d × d. `ESINGULAR` with the rank of a matrix that cannot be told from a singular one. The bits are the same for
/// every `isa`.
pub(crate) fn inverse_factor(s: &ArrayRef2<f64>, isa: Isa) -> Result<Vec<Vec<f64>>> {
    let factor = factor(s, isa).map_err(to_invert)?;
    let d = s.nrows();
    // Column j of L⁻¹ solves L z = e_j, independently of the others: several of them side by side.
    let mut blocks: Vec<Vec<[f64; LANES]>> = vec![Vec::new(); d.div_ceil(SIDE)];
    threads::share(blocks.iter_mut().enumerate(), |(block, z)| {
        let first = block * SIDE;
        for (g, group) in factor.iter().enumerate().skip(first / GROUP) {
            let done = g * GROUP;
            let known = (Kernels::<f64>::for_isa(isa).panel)(z, &group[first..done]);
            for (r, mut sums) in (0..GROUP.min(d - done)).zip(known) {
                for (row, z) in group[done..][..r].iter().zip(&z[done - first..]) {
                    add_products(&mut sums, row[r], z);
                }
                let pivot = group[done + r][r];
                let unit = |p| if done + r == first + p { 1.0 } else { 0.0 };
                z.push(std::array::from_fn(|p| (unit(p) - sums[p]) / pivot));
            }
        }
    });
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

/// `L` with `S = L Lᵀ` in groups of rows, a few columns at a time: each entry is one chain of products in the order of
/// the columns. A group has the columns of its last row; what is beyond the diagonal and the last row means nothing.
fn factor(s: &ArrayRef2<f64>, isa: Isa) -> Result<Vec<Group>> {
    let d = s.nrows();
    let panel = Kernels::<f64>::for_isa(isa).panel;
    let rows = |first: usize, k: usize| {
        std::array::from_fn(|r| {
            if first + r < d {
                s[[first + r, k]]
            } else {
                0.0
            }
        })
    };
    let mut groups: Vec<Group> = (0..d)
        .step_by(GROUP)
        .map(|first| (0..d.min(first + GROUP)).map(|k| rows(first, k)).collect())
        .collect();
    for first in (0..d).step_by(SIDE) {
        let (block, below) = groups[first / GROUP..]
            .split_at_mut((SIDE / GROUP).min(d.div_ceil(GROUP) - first / GROUP));
        // The rows of the block as far as they are done, side by side.
        let done: Vec<[f64; LANES]> = (0..first)
            .map(|k| {
                std::array::from_fn(|p| {
                    block
                        .get(p / GROUP)
                        .map_or(0.0, |group| group[k][p % GROUP])
                })
            })
            .collect();
        // Row p of the block, its columns in the block.
        let mut above = [[0.0; SIDE]; SIDE];
        for (g, group) in block.iter_mut().enumerate() {
            let known = panel(&done, &group[..first]);
            for (r, known) in (0..GROUP.min(d - first - g * GROUP)).zip(&known) {
                let p = g * GROUP + r;
                let mut row =
                    std::array::from_fn(|q| group.get(first + q).map_or(0.0, |column| column[r]));
                for (q, other) in above[..p].iter().enumerate() {
                    let pairs = row[..q].iter().zip(other);
                    let sum = pairs.fold(known[q], |sum, (a, b)| sum + a * b);
                    row[q] = (row[q] - sum) / other[q];
                }
                let inside = row[..p].iter().fold(known[p], |sum, v| sum + v * v);
                row[p] -= inside;
                if !(row[p] > 0.0 && row[p].is_finite()) {
                    return Err(singular(s, &independent_columns(s)));
                }
                row[p] = row[p].sqrt();
                for (column, value) in group[first..].iter_mut().zip(row) {
                    column[r] = value;
                }
                above[p] = row;
            }
        }
        threads::share(below.iter_mut(), |group| {
            let known = panel(&done, &group[..first]);
            for (p, other) in above.iter().enumerate() {
                let mut sums: [f64; GROUP] = std::array::from_fn(|r| known[r][p]);
                for (column, value) in group[first..].iter().zip(&other[..p]) {
                    add_products(&mut sums, *value, column);
                }
                let column = &mut group[first + p];
                *column = std::array::from_fn(|r| (column[r] - sums[r]) / other[p]);
            }
        });
    }
    Ok(groups)
}

fn add_products<const N: usize>(sums: &mut [f64; N], value: f64, others: &[f64; N]) {
    for (sum, other) in sums.iter_mut().zip(others) {
        *sum += value * other;
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::error::Code;
    use crate::kernels::testing::on_every_isa;
    use crate::testing::Lcg;

    /// The factor and its inverse entry by entry, each a chain in the order of the columns.
    fn twin(s: &Array2<f64>) -> Vec<Vec<f64>> {
        let d = s.nrows();
        let mut l = vec![vec![0.0; d]; d];
        for i in 0..d {
            for j in 0..=i {
                let sum = (0..j).fold(0.0, |sum, k| sum + l[i][k] * l[j][k]);
                let left = s[[i, j]] - sum;
                l[i][j] = if i == j { left.sqrt() } else { left / l[j][j] };
            }
        }
        let column = |j: usize| {
            let mut z = vec![0.0; d];
            for (i, row) in l.iter().enumerate().skip(j) {
                let sum = (j..i).fold(0.0, |sum, k| sum + row[k] * z[k]);
                let unit = if i == j { 1.0 } else { 0.0 };
                z[i] = (unit - sum) / row[i];
            }
            z
        };
        let columns: Vec<Vec<f64>> = (0..d).map(column).collect();
        let row = |i: usize| columns[..=i].iter().map(|z| z[i]).collect();
        (0..d).map(row).collect()
    }

    #[test]
    fn every_set_and_dimension_gives_the_inverse_of_plain_loops_bit_for_bit() {
        let mut random = Lcg(7);
        for d in (0..=2 * SIDE + 2).chain([61, 64, 100]) {
            let mut s = Array2::from_shape_fn((d, d), |_| random.double());
            s = s.dot(&s.t()) + Array2::<f64>::eye(d);
            let twin = twin(&s);
            on_every_isa(|isa| assert_eq!(inverse_factor(&s, isa).expect("regular"), twin, "{d}"));
        }
    }

    #[test]
    fn inverse_factor_whitens_and_a_repeated_column_is_refused() {
        let s = array![[4.0, 2.0, -1.0], [2.0, 5.0, 0.5], [-1.0, 0.5, 3.0]];
        let w = inverse_factor(&s, Isa::best()).expect("positive definite");
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
        let error = inverse_factor(&copied, Isa::best()).expect_err("rank 1");
        assert_eq!((error.code(), error.column()), (Code::Singular, Some(1)));
    }
}
