//! The rank of a covariance: one rule for all that invert one or report on one.

use ndarray::ArrayRef2;

use crate::error::{Code, Error, Result};
use crate::job::threads;

/// Roundings behind an entry of a covariance, beside those of the decomposition: chains of 256
/// products, eight of them added, and twice as many for the mean. About an origin beside the mean squares are up to four
/// times the variance, while roundings of either sign leave far less than their number.
const SUMMED: usize = 512;

/// Share of a column's variance below which it may be nothing but rounding, `d(d + 512)·2⁻⁵³`.
///
/// Seen as correlations, so that units do not matter, a covariance is off by at most 512 roundings
/// in each entry from its sums, and by d + 1 from the decomposition (Higham 2002, theorem 10.5):
/// by at most this much in the norm of the whole matrix. A matrix that far from a singular one
/// cannot be told from it.
pub(crate) fn rounding_share(dim: usize) -> f64 {
    dim as f64 * (dim + SUMMED) as f64 * (f64::EPSILON / 2.0)
}

/// Columns of a covariance that are not linear functions of others, to rounding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Independent {
    /// How many there are: the rank.
    pub(crate) rank: usize,
    /// The first column that is a function of those, if any.
    pub(crate) dependent: Option<usize>,
}

/// Finds independent columns of a symmetric positive semi-definite matrix, d × d: again and again
/// the column with the largest share of its variance left, as long as that share is above
/// [`rounding_share`].
///
/// This is the Cholesky factor of the correlations with complete pivoting (Higham 2002, section
/// 10.3), without fused steps, so every machine and any number of threads find the same. Columns
/// of variance 0 count as dependent. Cost: O(d²·rank).
pub(crate) fn independent_columns(c: &ArrayRef2<f64>) -> Independent {
    let d = c.nrows();
    let deviations: Vec<f64> = c.diag().iter().map(|v| v.max(0.0).sqrt()).collect();
    let least = rounding_share(d);
    // Columns that wait, each with its share left and its part of the factor.
    let mut waiting: Vec<(usize, f64, Vec<f64>)> = (0..d)
        .filter(|&j| deviations[j] > 0.0 && deviations[j].is_finite())
        .map(|j| (j, 1.0, Vec::new()))
        .collect();
    let mut rank = 0;
    loop {
        let mut best: Option<(usize, f64)> = None;
        for (place, (_, left, _)) in waiting.iter().enumerate() {
            if best.is_none_or(|(_, most)| *left > most) {
                best = Some((place, *left));
            }
        }
        let Some((place, left)) = best.filter(|(_, left)| *left > least) else {
            break;
        };
        let (p, _, chosen) = waiting.remove(place);
        let root = left.sqrt();
        threads::share(waiting.chunks_mut(32), |columns| {
            for (j, left, factor) in columns {
                let known: f64 = factor.iter().zip(&chosen).map(|(a, b)| a * b).sum();
                let covariance = c[[p.max(*j), p.min(*j)]];
                let correlation = covariance / deviations[*j] / deviations[p];
                let value = (correlation - known) / root;
                *left -= value * value;
                factor.push(value);
            }
        });
        rank += 1;
    }
    let left_over = waiting.iter().map(|(j, ..)| *j);
    let constant = (0..d).filter(|&j| deviations[j].is_nan() || deviations[j] <= 0.0);
    Independent {
        rank,
        dependent: left_over.chain(constant).min(),
    }
}

/// Refuses a symmetric positive definite matrix that cannot be told from a singular one.
///
/// `inverse_trace` is Σ cⱼⱼ (C⁻¹)ⱼⱼ, the trace of the inverse of the correlations. Where it shows that
/// no share is near [`rounding_share`], nothing else is computed.
///
/// Errors: `ESINGULAR` with the rank and a column that depends on others.
pub(crate) fn require_full_rank(c: &ArrayRef2<f64>, inverse_trace: f64) -> Result<()> {
    if inverse_trace * 2.0 * rounding_share(c.nrows()) < 1.0 {
        return Ok(());
    }
    let columns = independent_columns(c);
    if columns.rank == c.nrows() {
        return Ok(());
    }
    Err(singular(c, &columns))
}

/// The error for a matrix without full rank.
pub(crate) fn singular(c: &ArrayRef2<f64>, columns: &Independent) -> Error {
    let d = c.nrows();
    let found = format!(
        "a covariance of rank {} for {d} columns",
        columns.rank.min(d.saturating_sub(1))
    );
    let error = Error::new(Code::Singular, found, "full rank, to invert it");
    match columns.dependent {
        Some(column) => error.with_column(column),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::kernels::Isa;
    use crate::linalg::{Cholesky, multiply_transposed, unfused_cholesky};

    fn rank(c: &Array2<f64>) -> usize {
        let found = independent_columns(c).rank;
        let regular = found == c.nrows();
        assert_eq!(Cholesky::new(c).is_ok(), regular, "{c}");
        assert_eq!(
            unfused_cholesky::inverse_factor(c, Isa::best()).is_ok(),
            regular,
            "{c}"
        );
        found
    }

    fn hilbert(d: usize) -> Array2<f64> {
        Array2::from_shape_fn((d, d), |(i, j)| 1.0 / (i + j + 1) as f64)
    }

    #[test]
    fn hilbert_matrices_are_regular_as_far_as_doubles_can_tell() {
        // 1 / ((2d − 1) (H⁻¹)_dd), what is left of the last column, is 2.7e-10 for d = 8 and
        // 8.5e-17 for d = 16.
        for d in 1..=9 {
            assert_eq!(rank(&hilbert(d)), d);
        }
        for d in [14, 16, 40] {
            assert!(rank(&hilbert(d)) < d, "{d}");
        }
    }

    #[test]
    fn units_of_columns_do_not_change_a_rank() {
        let units: [f64; 3] = [1e-120, 1.0, 1e120];
        let regular = array![[4.0, 2.0, -1.0], [2.0, 5.0, 0.5], [-1.0, 0.5, 3.0]];
        let proportional = array![[4.0, 12.0, -1.0], [12.0, 36.0, -3.0], [-1.0, -3.0, 3.0]];
        for (c, expected) in [(regular, 3), (proportional, 2)] {
            let scaled = Array2::from_shape_fn((3, 3), |(i, j)| c[[i, j]] * units[i] * units[j]);
            assert_eq!(rank(&c), expected);
            assert_eq!(independent_columns(&scaled).rank, expected);
        }
    }

    #[test]
    fn a_column_that_depends_on_others_is_named() {
        let of = |c: &Array2<f64>| {
            let found = independent_columns(c);
            (found.rank, found.dependent)
        };
        assert_eq!(of(&array![[4.0, 4.0], [4.0, 4.0]]), (1, Some(1)));
        assert_eq!(of(&array![[0.0, 0.0], [0.0, 4.0]]), (1, Some(0)));
        assert_eq!(of(&array![[2.0, 1.0], [1.0, 2.0]]), (2, None));
        assert_eq!(of(&Array2::zeros((0, 0))), (0, None));
    }

    #[test]
    fn products_of_few_rows_have_the_rank_of_the_rows() {
        let mut random = crate::testing::Lcg(7);
        for (d, k) in [(3, 1), (17, 16), (64, 40), (64, 63)] {
            let half = Array2::from_shape_simple_fn((d, k), || random.double() - 0.5);
            assert_eq!(rank(&multiply_transposed(&half, &half).unwrap()), k);
        }
    }
}
