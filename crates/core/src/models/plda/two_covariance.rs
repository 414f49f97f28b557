//! The two-covariance model.

use ndarray::{Array1, Array2};

use crate::error::Result;
use crate::linalg::generalized_symmetric_eigen;

/// Mean, between and within covariance.
#[derive(Clone, Debug)]
pub struct TwoCovariance {
    /// μ, `d`.
    pub mean: Array1<f64>,
    /// B, `d × d`, positive semi-definite.
    pub between: Array2<f64>,
    /// W, `d × d`, positive definite.
    pub within: Array2<f64>,
}

impl TwoCovariance {
    /// ψ in descending order and the rows of T with T W Tᵀ = I and T B Tᵀ = diag ψ; what rounding
    /// leaves of eigenvalues that are zero is zero.
    ///
    /// Errors: `ESINGULAR` if W is not positive definite.
    pub fn diagonalize(&self) -> Result<(Vec<f64>, Array2<f64>)> {
        let eigen = generalized_symmetric_eigen(&self.between, &self.within)?;
        let floor = eigen.values.first().map_or(0.0, |v| v.max(0.0)) * 1e-12;
        let psi = eigen
            .values
            .iter()
            .map(|&v| if v > floor { v } else { 0.0 })
            .collect();
        Ok((psi, eigen.vectors))
    }
}

/// A fitted model with the way it was found.
#[derive(Clone, Debug)]
pub struct TwoCovarianceFit {
    /// The covariances (the mean is that of the rows).
    pub model: TwoCovariance,
    /// Eigenvalues of B v = ψ W v in descending order, none negative.
    pub psi: Vec<f64>,
    /// T, whose rows give T W Tᵀ = I and T B Tᵀ = diag ψ.
    pub transform: Array2<f64>,
    /// Log-likelihood of all rows before the first iteration and after each; never falls.
    pub log_likelihood: Vec<f64>,
    /// True if the last iteration gained no more than the tolerance.
    pub converged: bool,
}
