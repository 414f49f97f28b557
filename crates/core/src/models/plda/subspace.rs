//! The two-covariance model with B = V Vᵀ of low rank, by expectation–maximisation.
//!
//! x = μ + V h + ε, h ~ N(0, I_r), ε ~ N(0, W). Each iteration ends with the step of minimum
//! divergence, which gives h its unit covariance back and speeds the fit up without lowering the
//! likelihood.

use ndarray::{Array1, Array2};

use super::{TwoCovariance, TwoCovarianceFit};
use crate::error::{Error, Result};
use crate::linalg::{
    Cholesky, first_rows, generalized_symmetric_eigen, map_rows, multiply, multiply_transposed,
    scale_rows, symmetric_eigen, symmetrize, trace, transposed,
};
use crate::statistics::{ClassStatistics, scaled_gram};

/// V (`d × r`) of the `rank` strongest directions of a start with full covariances.
pub fn leading_factor(start: &TwoCovariance, rank: usize) -> Result<Array2<f64>> {
    let eigen = generalized_symmetric_eigen(&start.between, &start.within)?;
    let rank = rank.min(eigen.values.len());
    // B = Σ ψ (W v)(W v)ᵀ.
    let mut rows = multiply(&first_rows(eigen.vectors, rank), &start.within)?;
    scale_rows(
        &mut rows,
        eigen.values.iter().map(|psi| psi.max(0.0).sqrt()),
    );
    transposed(&rows)
}

/// Runs at most `iterations` iterations from V = `factor` and W = `within`.
pub fn expectation_maximisation(
    stats: ClassStatistics,
    mean: Array1<f64>,
    mut factor: Array2<f64>,
    mut within: Array2<f64>,
    iterations: usize,
    tolerance: f64,
) -> Result<TwoCovarianceFit> {
    stats.check()?;
    let (d, rank) = factor.dim();
    let (n_rows, n_classes) = (stats.rows(), stats.counts.len());
    let total = &stats.within + &stats.between()?;
    let ClassStatistics { counts, sums, .. } = stats;
    let mut log_likelihood: Vec<f64> = Vec::new();
    loop {
        let cholesky = Cholesky::new(&within)?;
        let white = transposed(&cholesky.solve_lower(&factor)?)?;
        let mut gram_white = multiply_transposed(&white, &white)?;
        symmetrize(&mut gram_white);
        let eigen = symmetric_eigen(&gram_white)?;
        let strength: Vec<f64> = eigen.values.iter().map(|v| v.max(0.0)).collect();
        // Rows of the projection take a class sum to the rotated Vᵀ W⁻¹ s.
        let rotated = multiply(&eigen.vectors, &white)?;
        let projection = transposed(&cholesky.solve_upper(&transposed(&rotated)?)?)?;
        let mut posterior = map_rows(&sums, &projection)?;

        let half = transposed(&cholesky.solve_lower(&total)?)?;
        let mut quadratic = trace(&cholesky.solve_lower(&half)?);
        let mut determinants = 0.0;
        for (n, mut row) in counts.iter().zip(posterior.rows_mut()) {
            for (f, s) in row.iter_mut().zip(&strength) {
                let precision = 1.0 + n * s;
                quadratic -= *f * *f / precision;
                determinants += libm::log(precision);
                *f /= precision;
            }
        }
        let constant = n_rows * d as f64 * libm::log(2.0 * std::f64::consts::PI);
        let now =
            -0.5 * (constant + n_rows * cholesky.log_determinant() + determinants + quadratic);
        if !now.is_finite() {
            return Err(Error::internal("a log-likelihood that is not finite"));
        }
        let gain = log_likelihood
            .last()
            .map_or(f64::INFINITY, |last| now - last);
        log_likelihood.push(log_likelihood.last().map_or(now, |last| now.max(*last)));
        if log_likelihood.len() > iterations || gain <= tolerance * n_rows * d as f64 {
            break;
        }

        let mut second = scaled_gram(&posterior, |k| Some(counts[k].sqrt()))?;
        let mut spread = scaled_gram(&posterior, |_| Some(1.0))?;
        for (i, s) in strength.iter().enumerate() {
            for n in &counts {
                second[[i, i]] += n / (1.0 + n * s);
                spread[[i, i]] += 1.0 / (1.0 + n * s);
            }
        }
        let cross = multiply(&transposed(&posterior)?, &sums)?;
        // V = Tᵀ R⁻¹; W = (S_T − V T)/N.
        let factor_rows = Cholesky::new(&second)?;
        let solved = factor_rows.solve_upper(&factor_rows.solve_lower(&cross)?)?;
        let solved = transposed(&solved)?;
        within = &total - &multiply(&solved, &cross)?;
        symmetrize(&mut within);
        within *= 1.0 / n_rows;
        let spread = Cholesky::new(&(spread * (1.0 / n_classes as f64)))?;
        factor = multiply(&solved, spread.lower())?;
    }
    let mut between = multiply_transposed(&factor, &factor)?;
    symmetrize(&mut between);
    let model = TwoCovariance {
        mean,
        between,
        within,
    };
    let (mut psi, transform) = model.diagonalize()?;
    psi.iter_mut().skip(rank).for_each(|p| *p = 0.0);
    Ok(TwoCovarianceFit {
        model,
        psi,
        transform,
        log_likelihood,
    })
}
