//! The two-covariance model with B = V Vᵀ of low rank, by expectation–maximisation.
//!
//! x = μ + V h + ε, h ~ N(0, I_r), ε ~ N(0, W). Each iteration ends with the step of minimum
//! divergence, which gives h its unit covariance back and speeds the fit up without lowering the
//! likelihood.

use super::plda::{ClassStatistics, TwoCovariance, TwoCovarianceFit};
use crate::error::{Error, Result};
use crate::linalg::{Cholesky, Matrix, generalized_symmetric_eigen, map_rows, symmetric_eigen};
use crate::statistics::gram;

/// V (`d × r`) of the `rank` strongest directions of a start with full covariances.
pub(super) fn leading_factor(start: &TwoCovariance, rank: usize) -> Result<Matrix> {
    let eigen = generalized_symmetric_eigen(&start.between, &start.within)?;
    let rank = rank.min(eigen.values.len());
    // B = Σ ψ (W v)(W v)ᵀ.
    let mut rows = eigen.vectors.first_rows(rank).multiply(&start.within)?;
    for (i, psi) in eigen.values.iter().take(rank).enumerate() {
        let scale = psi.max(0.0).sqrt();
        rows.row_mut(i).iter_mut().for_each(|v| *v *= scale);
    }
    rows.transposed()
}

/// Runs at most `iterations` iterations from V = `factor` and W = `within`.
pub(super) fn expectation_maximisation(
    stats: ClassStatistics,
    mean: Vec<f64>,
    mut factor: Matrix,
    mut within: Matrix,
    iterations: usize,
    tolerance: f64,
) -> Result<TwoCovarianceFit> {
    stats.check()?;
    let (d, rank) = (factor.rows(), factor.cols());
    let (n_rows, n_classes) = (stats.rows(), stats.counts.len());
    let mut total = stats.within.clone();
    total.add_scaled(1.0, &stats.between()?);
    let ClassStatistics { counts, sums, .. } = stats;
    let sums = Matrix::from_vec(n_classes, d, sums)?;
    let mut log_likelihood: Vec<f64> = Vec::new();
    loop {
        let cholesky = Cholesky::new(&within)?;
        let white = cholesky.solve_lower(&factor)?.transposed()?;
        let mut gram_white = white.multiply_transposed(&white)?;
        gram_white.symmetrize();
        let eigen = symmetric_eigen(&gram_white)?;
        let strength: Vec<f64> = eigen.values.iter().map(|v| v.max(0.0)).collect();
        // Rows of the projection take a class sum to the rotated Vᵀ W⁻¹ s.
        let rotated = eigen.vectors.multiply(&white)?;
        let projection = cholesky.solve_upper(&rotated.transposed()?)?.transposed()?;
        let mut posterior = map_rows(sums.as_slice(), &projection)?;

        let half = cholesky.solve_lower(&total)?.transposed()?;
        let mut quadratic = cholesky.solve_lower(&half)?.trace();
        let mut determinants = 0.0;
        for (n, row) in counts.iter().zip(posterior.chunks_exact_mut(rank.max(1))) {
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

        let mut second = gram(&posterior, rank, |k, row, out| {
            let root = counts[k].sqrt();
            out.iter_mut().zip(row).for_each(|(o, y)| *o = root * y);
            true
        })?;
        let mut spread = gram(&posterior, rank, |_, row, out| {
            out.copy_from_slice(row);
            true
        })?;
        for (i, s) in strength.iter().enumerate() {
            for n in &counts {
                second.row_mut(i)[i] += n / (1.0 + n * s);
                spread.row_mut(i)[i] += 1.0 / (1.0 + n * s);
            }
        }
        let cross = Matrix::from_vec(n_classes, rank, posterior)?
            .transposed()?
            .multiply(&sums)?;
        // V = Tᵀ R⁻¹; W = (S_T − V T)/N.
        let factor_rows = Cholesky::new(&second)?;
        let solved = factor_rows.solve_upper(&factor_rows.solve_lower(&cross)?)?;
        within = total.clone();
        within.add_scaled(-1.0, &solved.transposed()?.multiply(&cross)?);
        within.symmetrize();
        within = within.scaled(1.0 / n_rows);
        let spread = Cholesky::new(&spread.scaled(1.0 / n_classes as f64))?;
        factor = solved.transposed()?.multiply(spread.lower())?;
    }
    let mut between = factor.multiply_transposed(&factor)?;
    between.symmetrize();
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
