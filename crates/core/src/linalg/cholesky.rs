//! Cholesky factors and what is solved with them.

use faer::linalg::triangular_solve::{
    solve_lower_triangular_in_place, solve_upper_triangular_in_place,
};
use faer::{Par, Side};

use super::eigen::RESIDUAL_LIMIT;
use super::matrix::Matrix;
use crate::error::{Code, Error, Result};

/// The lower factor of a positive definite matrix: `A = L Lᵀ`.
#[derive(Clone, Debug)]
pub struct Cholesky {
    lower: Matrix,
}

impl Cholesky {
    /// Factors `A`, `n × n` symmetric, of which only the lower triangle is read.
    ///
    /// Cost: O(n³), one thread.
    ///
    /// Errors: `ESINGULAR` if `A` is not positive definite to working precision; `EINTERNAL` if
    /// `‖A − L Lᵀ‖_F > 1e-10 ‖A‖_F`.
    pub fn new(a: &Matrix) -> Result<Self> {
        let singular = || {
            Error::new(
                Code::Singular,
                format!(
                    "a {0} x {0} covariance that is not positive definite",
                    a.rows()
                ),
                "full rank",
            )
            .with_hint("Use shrinkage, keep fewer dimensions with pca(k), or fit on more rows")
        };
        if !a.is_finite() {
            return Err(singular());
        }
        let factor = a.view().llt(Side::Lower).map_err(|_| singular())?;
        let lower = Matrix::copy_of(factor.L())?;
        // A pivot at the level of rounding means that the matrix has no full rank: the factor
        // exists by accident and its inverse would be noise.
        let n = a.rows();
        for i in 0..n {
            let pivot = lower.at(i, i);
            let above_rounding = pivot * pivot > 1e-14 * a.at(i, i);
            if !above_rounding {
                return Err(singular());
            }
        }
        let product = lower.multiply_transposed(&lower)?;
        let scale = (0..n).fold(0.0f64, |m, i| m.max(a.at(i, i)));
        if n > 0 {
            let (mut error, mut norm) = (0.0, 0.0);
            for i in 0..n {
                for j in 0..=i {
                    let (want, got) = (a.at(i, j) / scale, product.at(i, j) / scale);
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
        Ok(Self { lower })
    }

    /// `L`, with zeros above the diagonal.
    pub fn lower(&self) -> &Matrix {
        &self.lower
    }

    /// log det A = 2 Σ log Lᵢᵢ.
    pub fn log_determinant(&self) -> f64 {
        2.0 * (0..self.lower.rows())
            .map(|i| libm::log(self.lower.at(i, i)))
            .sum::<f64>()
    }

    /// `L⁻¹ B`.
    pub fn solve_lower(&self, b: &Matrix) -> Result<Matrix> {
        self.check(b)?;
        let mut out = b.clone();
        solve_lower_triangular_in_place(self.lower.view(), out.view_mut(), Par::Seq);
        Ok(out)
    }

    /// `L⁻ᵀ B`.
    pub fn solve_upper(&self, b: &Matrix) -> Result<Matrix> {
        self.check(b)?;
        let mut out = b.clone();
        solve_upper_triangular_in_place(self.lower.view().transpose(), out.view_mut(), Par::Seq);
        Ok(out)
    }

    /// `L⁻¹`.
    pub fn inverse_lower(&self) -> Result<Matrix> {
        self.solve_lower(&Matrix::identity(self.lower.rows())?)
    }

    /// `A⁻¹ = L⁻ᵀ L⁻¹`, symmetric to the last bit.
    pub fn inverse(&self) -> Result<Matrix> {
        let mut out = self.solve_upper(&self.inverse_lower()?)?;
        out.symmetrize();
        Ok(out)
    }

    fn check(&self, b: &Matrix) -> Result<()> {
        if b.rows() != self.lower.rows() {
            return Err(Error::internal(format!(
                "a right side of {} rows for a factor of {}",
                b.rows(),
                self.lower.rows()
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_singular_matrix_is_refused() {
        let a = Matrix::from_vec(2, 2, vec![1.0, 1.0, 1.0, 1.0]).unwrap();
        assert_eq!(Cholesky::new(&a).unwrap_err().code(), Code::Singular);
        let b = Matrix::from_vec(2, 2, vec![1.0, 0.0, 0.0, -1.0]).unwrap();
        assert_eq!(Cholesky::new(&b).unwrap_err().code(), Code::Singular);
    }

    #[test]
    fn inverse_times_matrix_is_the_identity() {
        let a = Matrix::from_vec(3, 3, vec![4.0, 1.0, 0.5, 1.0, 3.0, 0.2, 0.5, 0.2, 2.0]).unwrap();
        let product = Cholesky::new(&a)
            .unwrap()
            .inverse()
            .unwrap()
            .multiply(&a)
            .unwrap();
        for i in 0..3 {
            for j in 0..3 {
                assert!((product.at(i, j) - f64::from(i == j)).abs() < 1e-14);
            }
        }
        let det = 4.0 * (6.0 - 0.04) - (2.0 - 0.1) + 0.5 * (0.2 - 1.5);
        assert!((Cholesky::new(&a).unwrap().log_determinant() - f64::ln(det)).abs() < 1e-14);
    }
}
