//! Cholesky factors and what is solved with them.

use faer::linalg::triangular_solve::{
    solve_lower_triangular_in_place, solve_upper_triangular_in_place,
};
use faer::{Par, Side};
use ndarray::{Array2, ArrayRef2};

use super::matrix::{
    faer_mut, faer_ref, identity, is_finite, multiply_transposed, symmetrize, zeros,
};
use super::rank::require_full_rank;
use crate::error::{Code, Error, Result};

/// Largest relative residual that a decomposition may leave.
pub(super) const RESIDUAL_LIMIT: f64 = 1e-10;

const MORE_ROWS: &str = "Use shrinkage, keep fewer dimensions with pca(k), or fit on more rows";

/// The lower factor of a positive definite matrix: `A = L Lᵀ`.
#[derive(Clone, Debug)]
pub struct Cholesky {
    lower: Array2<f64>,
}

impl Cholesky {
    /// Factors `A`, `n × n` symmetric.
    ///
    /// Cost: O(n³), one thread.
    ///
    /// Errors: `ESINGULAR` for an `A` that is not positive definite or cannot be told from one of
    /// lower rank, by the rule of [`rank_and_condition`](crate::statistics::rank_and_condition); `EINTERNAL` if
    /// `‖A − L Lᵀ‖_F > 1e-10 ‖A‖_F`.
    pub fn new(a: &ArrayRef2<f64>) -> Result<Self> {
        let singular = || {
            Error::new(
                Code::Singular,
                format!(
                    "a {0} x {0} covariance that is not positive definite",
                    a.nrows()
                ),
                "full rank",
            )
            .with_hint(MORE_ROWS)
        };
        if !is_finite(a) {
            return Err(singular());
        }
        let factor = faer_ref(a)?.llt(Side::Lower).map_err(|_| singular())?;
        let n = a.nrows();
        let mut lower = zeros("a matrix", n, n)?;
        for ((i, j), value) in lower.indexed_iter_mut() {
            *value = factor.L()[(i, j)];
        }
        let product = multiply_transposed(&lower, &lower)?;
        let scale = (0..n).fold(0.0f64, |m, i| m.max(a[[i, i]]));
        if n > 0 {
            let (mut error, mut norm) = (0.0, 0.0);
            for i in 0..n {
                for j in 0..=i {
                    let (want, got) = (a[[i, j]] / scale, product[[i, j]] / scale);
                    error += (want - got) * (want - got);
                    norm += want * want;
                }
            }
            let small = error.sqrt() <= RESIDUAL_LIMIT * norm.sqrt();
            if !small {
                return Err(Error::internal(
                    "a Cholesky factor that does not give its matrix",
                ));
            }
        }
        let factor = Self { lower };
        // Σ aⱼⱼ (A⁻¹)ⱼⱼ.
        let inverse = factor.inverse_lower()?;
        let diagonal = a.diag();
        let squares = |row: ndarray::ArrayView1<'_, f64>| -> f64 {
            row.iter().zip(&diagonal).map(|(v, a)| v * v * a).sum()
        };
        require_full_rank(a, inverse.rows().into_iter().map(squares).sum())
            .map_err(|error| error.with_hint(MORE_ROWS))?;
        Ok(factor)
    }

    /// `L`, with zeros above the diagonal.
    pub fn lower(&self) -> &Array2<f64> {
        &self.lower
    }

    /// log det A = 2 Σ log Lᵢᵢ.
    pub fn log_determinant(&self) -> f64 {
        let logs = self.lower.diag();
        2.0 * logs.iter().map(|v| libm::log(*v)).sum::<f64>()
    }

    /// `L⁻¹ B`.
    pub fn solve_lower(&self, b: &ArrayRef2<f64>) -> Result<Array2<f64>> {
        self.check(b)?;
        let mut out = b.to_owned();
        let lower = faer_ref(&self.lower)?;
        solve_lower_triangular_in_place(lower, faer_mut(&mut out)?, Par::Seq);
        Ok(out)
    }

    /// `L⁻ᵀ B`.
    pub fn solve_upper(&self, b: &ArrayRef2<f64>) -> Result<Array2<f64>> {
        self.check(b)?;
        let mut out = b.to_owned();
        let upper = faer_ref(&self.lower)?.transpose();
        solve_upper_triangular_in_place(upper, faer_mut(&mut out)?, Par::Seq);
        Ok(out)
    }

    /// `L⁻¹`.
    pub fn inverse_lower(&self) -> Result<Array2<f64>> {
        self.solve_lower(&identity(self.lower.nrows())?)
    }

    /// `A⁻¹ = L⁻ᵀ L⁻¹`, symmetric to the last bit.
    pub fn inverse(&self) -> Result<Array2<f64>> {
        let mut out = self.solve_upper(&self.inverse_lower()?)?;
        symmetrize(&mut out);
        Ok(out)
    }

    fn check(&self, b: &ArrayRef2<f64>) -> Result<()> {
        if b.nrows() != self.lower.nrows() {
            return Err(Error::internal(format!(
                "a right side of {} rows for a factor of {}",
                b.nrows(),
                self.lower.nrows()
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::linalg::multiply;

    #[test]
    fn a_singular_matrix_is_refused() {
        for a in [
            array![[1.0, 1.0], [1.0, 1.0]],
            array![[1.0, 0.0], [0.0, -1.0]],
        ] {
            assert_eq!(Cholesky::new(&a).unwrap_err().code(), Code::Singular);
        }
    }

    #[test]
    fn inverse_times_matrix_is_the_identity() {
        let a = array![[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]];
        let factor = Cholesky::new(&a).unwrap();
        let product = multiply(&factor.inverse().unwrap(), &a).unwrap();
        for ((i, j), value) in product.indexed_iter() {
            assert!((value - f64::from(i == j)).abs() < 1e-14);
        }
        let det = 4.0 * (6.0 - 0.04) - (2.0 - 0.1) + 0.5 * (0.2 - 1.5);
        assert!((factor.log_determinant() - f64::ln(det)).abs() < 1e-14);
    }
}
