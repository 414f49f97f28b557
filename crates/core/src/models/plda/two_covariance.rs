//! The two-covariance model and its expectation–maximisation, in full rank.

use ndarray::{Array1, Array2, ArrayRef2};

use super::ascent::Ascent;
use crate::error::Result;
use crate::linalg::{
    Cholesky, generalized_symmetric_eigen, identity, map_rows_in_place, multiply,
    multiply_transposed, scale_rows, symmetric_eigen, symmetrize, trace, transposed,
};
use crate::models::maps::RANK_TOLERANCE;
use crate::statistics::{ClassStatistics, gram};

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
    /// T, whose rows give T W Tᵀ = I and T B Tᵀ = diag ψ. Kept as the iterations build it: where W
    /// degenerates, on fewer rows than dimensions, it could not be had from B and W again.
    pub transform: Array2<f64>,
    /// Log-likelihood of all rows before the first iteration and after each; never falls.
    pub log_likelihood: Vec<f64>,
}

/// Fits by expectation–maximisation (Brümmer and de Villiers 2010; the exact EM of the model that
/// Chen et al. 2012 call Joint Bayesian).
///
/// Starts from `start` (its mean is passed through) and stops after `iterations`, or when the
/// log-likelihood gains at most `tolerance` per value, N·d of them. Singletons inform B and
/// count in the likelihood.
///
/// Errors: `EONECLASS` with fewer than two classes, `EEMPTY` if no class has two rows,
/// `ESINGULAR` if W is not positive definite. Cost: O(K d² + d³) per iteration.
pub fn expectation_maximisation(
    mut stats: ClassStatistics,
    start: TwoCovariance,
    iterations: usize,
    tolerance: f64,
) -> Result<TwoCovarianceFit> {
    stats.check()?;
    let TwoCovariance {
        mean,
        mut between,
        mut within,
    } = start;
    let d = within.nrows();
    let mut ascent = Ascent::new(iterations, tolerance * (stats.rows() * d as f64));
    // W = U Uᵀ and B = U diag(ψ) Uᵀ; the statistics live in the basis that U leads out of.
    // S_W travels as R with S_W = Rᵀ R, which stays positive semi-definite whatever the basis.
    let mut residual = square_root(&stats.within)?;
    let mut out_of_basis = identity(d)?;
    let mut transform = identity(d)?;
    let mut log_det = 0.0;
    let mut psi;
    loop {
        let eigen = generalized_symmetric_eigen(&between, &within)?;
        log_det += Cholesky::new(&within)?.log_determinant();
        // V W Vᵀ = I, so the inverse of V is W Vᵀ.
        out_of_basis = multiply(
            &out_of_basis,
            &multiply_transposed(&within, &eigen.vectors)?,
        )?;
        transform = multiply(&eigen.vectors, &transform)?;
        map_rows_in_place(&mut stats.sums, &eigen.vectors)?;
        residual = multiply_transposed(&residual, &eigen.vectors)?;
        stats.within = multiply(&transposed(&residual)?, &residual)?;
        symmetrize(&mut stats.within);
        psi = eigen.values;
        psi.iter_mut().for_each(|v| *v = v.max(0.0));

        if ascent.ends_at(diagonal_log_likelihood(&stats, &psi, log_det))? {
            break;
        }
        (between, within) = maximise(&stats, &psi)?;
    }
    let mut within = multiply_transposed(&out_of_basis, &out_of_basis)?;
    symmetrize(&mut within);
    for mut row in out_of_basis.rows_mut() {
        row.iter_mut().zip(&psi).for_each(|(v, p)| *v *= p.sqrt());
    }
    let mut between = multiply_transposed(&out_of_basis, &out_of_basis)?;
    symmetrize(&mut between);
    let model = TwoCovariance {
        mean,
        between,
        within,
    };
    Ok(TwoCovarianceFit {
        model,
        psi,
        transform,
        log_likelihood: ascent.into_values(),
    })
}

/// R with `m = Rᵀ R`: Cholesky where it exists, otherwise by eigenvalues with those of rounding
/// set to zero.
fn square_root(m: &ArrayRef2<f64>) -> Result<Array2<f64>> {
    if let Ok(factor) = Cholesky::new(m) {
        return transposed(factor.lower());
    }
    let eigen = symmetric_eigen(m)?;
    let floor = eigen.values.first().map_or(0.0, |v| v.max(0.0)) * RANK_TOLERANCE;
    let mut out = eigen.vectors;
    let root = |&value: &f64| if value > floor { value.sqrt() } else { 0.0 };
    scale_rows(&mut out, eigen.values.iter().map(root));
    Ok(out)
}

/// The covariances that maximise the expected log-likelihood, in the basis of the statistics.
///
/// With a = ψ/(1 + nψ): B ← (1/K) Σ (diag a + (a∘s)(a∘s)ᵀ) and
/// W ← (1/N) (S_W + Σ n (diag a + e eᵀ)), e = s/n − a∘s = s/(n(1 + nψ)). Sums of positive terms.
fn maximise(stats: &ClassStatistics, psi: &[f64]) -> Result<(Array2<f64>, Array2<f64>)> {
    let counts = &stats.counts;
    let mut between = gram(&stats.sums, |k, row, out| {
        let n = counts[k];
        for ((o, s), p) in out.iter_mut().zip(row).zip(psi) {
            *o = s * (p / (1.0 + n * p));
        }
        true
    })?;
    let mut within = gram(&stats.sums, |k, row, out| {
        let n = counts[k];
        let root = 1.0 / n.sqrt();
        for ((o, s), p) in out.iter_mut().zip(row).zip(psi) {
            *o = s * (root / (1.0 + n * p));
        }
        true
    })?;
    within += &stats.within;
    for (i, p) in psi.iter().enumerate() {
        let (mut plain, mut weighted) = (0.0, 0.0);
        for n in counts {
            let variance = p / (1.0 + n * p);
            plain += variance;
            weighted += n * variance;
        }
        between[[i, i]] += plain;
        within[[i, i]] += weighted;
    }
    Ok((
        between * (1.0 / counts.len() as f64),
        within * (1.0 / stats.rows()),
    ))
}

/// Log-likelihood of all rows where W = I (its own log-determinant given) and B = diag ψ.
fn diagonal_log_likelihood(stats: &ClassStatistics, psi: &[f64], log_det: f64) -> f64 {
    let d = psi.len();
    let n_rows = stats.rows();
    let mut quadratic = trace(&stats.within);
    let mut determinants = 0.0;
    for (n, row) in stats.counts.iter().zip(stats.sums.rows()) {
        for (s, p) in row.iter().zip(psi) {
            // s²/n − ψ s²/(1 + nψ) = s²/(n (1 + nψ))
            quadratic += s * s / (n * (1.0 + n * p));
        }
    }
    // Classes of one size share their determinants.
    let mut sizes = stats.counts.clone();
    sizes.sort_unstable_by(f64::total_cmp);
    for group in sizes.chunk_by(|a, b| a == b) {
        let of_one: f64 = psi.iter().map(|p| libm::log1p(group[0] * p)).sum();
        determinants += group.len() as f64 * of_one;
    }
    let constant = n_rows * d as f64 * libm::log(2.0 * std::f64::consts::PI);
    -0.5 * (constant + n_rows * log_det + determinants + quadratic)
}
