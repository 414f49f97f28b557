//! PLDA of low rank after Prince and Elder (2007): x = μ + V h + ε with h ~ N(0, I_r) per class and
//! ε ~ N(0, W) per row, by expectation–maximisation.
//!
//! This is the two-covariance model with B = V Vᵀ. Each iteration ends with the step of minimum
//! divergence (Brümmer 2010), which gives h its unit covariance back and speeds the fit up without
//! lowering the likelihood.

use ndarray::{Array1, Array2};

use super::ascent::Ascent;
use super::{TwoCovariance, TwoCovarianceFit};
use crate::error::Result;
use crate::linalg::{
    Cholesky, first_rows, generalized_symmetric_eigen, map_rows, multiply, multiply_transposed,
    scale_rows, symmetric_eigen, symmetrize, trace, transposed,
};
use crate::statistics::{ClassStatistics, scaled_gram};

/// Mean, factor of the between covariance, and within covariance.
#[derive(Clone, Debug)]
pub struct Subspace {
    /// μ, `d`.
    pub mean: Array1<f64>,
    /// V with B = V Vᵀ, `d × r`.
    pub factor: Array2<f64>,
    /// W, `d × d`, positive definite.
    pub within: Array2<f64>,
}

impl Subspace {
    /// The `rank` strongest directions of a model with full covariances.
    ///
    /// Errors: `ESINGULAR` if W is not positive definite.
    pub fn leading(model: TwoCovariance, rank: usize) -> Result<Self> {
        let eigen = generalized_symmetric_eigen(&model.between, &model.within)?;
        // B = Σ ψ (W v)(W v)ᵀ.
        let mut rows = multiply(&first_rows(eigen.vectors, rank), &model.within)?;
        scale_rows(
            &mut rows,
            eigen.values.iter().map(|psi| psi.max(0.0).sqrt()),
        );
        Ok(Self {
            mean: model.mean,
            factor: transposed(&rows)?,
            within: model.within,
        })
    }
}

/// Fits by expectation–maximisation from `start`; its mean is passed through.
///
/// Stops after `iterations`, or when the log-likelihood gains at most `tolerance` per value, N·d of
/// them.
///
/// Errors: as [`super::expectation_maximisation`]. Cost: O(K d r + d³) per iteration.
pub fn expectation_maximisation(
    stats: &ClassStatistics,
    start: Subspace,
    iterations: usize,
    tolerance: f64,
) -> Result<TwoCovarianceFit> {
    stats.check()?;
    let (d, rank) = start.factor.dim();
    let total = &stats.within + &stats.between()?;
    let mut ascent = Ascent::new(iterations, tolerance * stats.rows() * d as f64);
    let mut model = start;
    loop {
        let posteriors = expect(stats, &total, &model)?;
        if ascent.ends_at(posteriors.log_likelihood)? {
            break;
        }
        model = maximise(stats, &total, model.mean, &posteriors)?;
    }
    let mut between = multiply_transposed(&model.factor, &model.factor)?;
    symmetrize(&mut between);
    let model = TwoCovariance {
        mean: model.mean,
        between,
        within: model.within,
    };
    let (mut psi, transform) = model.diagonalize()?;
    psi.iter_mut().skip(rank).for_each(|p| *p = 0.0);
    Ok(TwoCovarianceFit {
        model,
        psi,
        transform,
        log_likelihood: ascent.into_values(),
    })
}

/// Posteriors of all h in the basis where Vᵀ W⁻¹ V is diagonal.
struct Posteriors {
    /// Diagonal of Vᵀ W⁻¹ V, `r`; a class of n rows has the posterior precision 1 + n·strength.
    strength: Vec<f64>,
    /// Posterior means, `K × r`.
    means: Array2<f64>,
    /// Log-likelihood of all rows.
    log_likelihood: f64,
}

/// The E-step: h | rows ~ N(L⁻¹ Vᵀ W⁻¹ s, L⁻¹) with L = I + n Vᵀ W⁻¹ V and s the class sum.
fn expect(stats: &ClassStatistics, total: &Array2<f64>, model: &Subspace) -> Result<Posteriors> {
    let (d, n_rows) = (model.factor.nrows(), stats.rows());
    let cholesky = Cholesky::new(&model.within)?;
    let white = transposed(&cholesky.solve_lower(&model.factor)?)?;
    let mut gram_white = multiply_transposed(&white, &white)?;
    symmetrize(&mut gram_white);
    let eigen = symmetric_eigen(&gram_white)?;
    let strength: Vec<f64> = eigen.values.iter().map(|v| v.max(0.0)).collect();
    // Rows of the projection take a class sum to the rotated Vᵀ W⁻¹ s.
    let rotated = multiply(&eigen.vectors, &white)?;
    let projection = transposed(&cholesky.solve_upper(&transposed(&rotated)?)?)?;
    let mut means = map_rows(&stats.sums, &projection)?;

    let half = transposed(&cholesky.solve_lower(total)?)?;
    let mut quadratic = trace(&cholesky.solve_lower(&half)?);
    let mut determinants = 0.0;
    for (n, mut row) in stats.counts.iter().zip(means.rows_mut()) {
        for (f, s) in row.iter_mut().zip(&strength) {
            let precision = 1.0 + n * s;
            quadratic -= *f * *f / precision;
            determinants += libm::log(precision);
            *f /= precision;
        }
    }
    let constant = n_rows * d as f64 * libm::log(2.0 * std::f64::consts::PI);
    let log_likelihood =
        -0.5 * (constant + n_rows * cholesky.log_determinant() + determinants + quadratic);
    Ok(Posteriors {
        strength,
        means,
        log_likelihood,
    })
}

/// The M-step and the step of minimum divergence. With R = Σ n E[h hᵀ] and T = Σ E[h] sᵀ:
/// V = Tᵀ R⁻¹, W = (S_T − V T)/N, then V ← V chol(Σ E[h hᵀ]/K).
fn maximise(
    stats: &ClassStatistics,
    total: &Array2<f64>,
    mean: Array1<f64>,
    posteriors: &Posteriors,
) -> Result<Subspace> {
    let (counts, means) = (&stats.counts, &posteriors.means);
    let mut second = scaled_gram(means, |k| Some(counts[k].sqrt()))?;
    let mut spread = scaled_gram(means, |_| Some(1.0))?;
    for (i, s) in posteriors.strength.iter().enumerate() {
        for n in counts {
            second[[i, i]] += n / (1.0 + n * s);
            spread[[i, i]] += 1.0 / (1.0 + n * s);
        }
    }
    let cross = multiply(&transposed(means)?, &stats.sums)?;
    let second = Cholesky::new(&second)?;
    let factor = transposed(&second.solve_upper(&second.solve_lower(&cross)?)?)?;
    let mut within = total - &multiply(&factor, &cross)?;
    symmetrize(&mut within);
    within *= 1.0 / stats.rows();
    let spread = Cholesky::new(&(spread * (1.0 / counts.len() as f64)))?;
    Ok(Subspace {
        mean,
        factor: multiply(&factor, spread.lower())?,
        within,
    })
}
