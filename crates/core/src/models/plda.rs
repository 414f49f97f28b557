//! The two-covariance model x = μ + y + ε with y ~ N(0, B) per class and ε ~ N(0, W) per row,
//! fitted by expectation–maximisation from sufficient statistics.
//!
//! Probabilistic linear discriminant analysis (Ioffe 2006; Prince and Elder 2007) with full
//! covariances, and the Joint Bayesian model (Chen et al. 2012), are this model. The E-step is
//! taken in the basis where W = I and B = diag ψ: the posterior covariance of every class is then
//! diagonal, ψ/(1 + nψ), so no iteration inverts B and none returns to the rows.

use super::maps::RANK_TOLERANCE;
use crate::error::{Code, Error, Result};
use crate::linalg::{
    Cholesky, Matrix, generalized_symmetric_eigen, map_rows_in_place, symmetric_eigen,
};
use crate::statistics::gram;

/// What the model is fitted from.
#[derive(Clone, Debug)]
pub(super) struct ClassStatistics {
    /// Rows of each class; none is zero.
    pub(super) counts: Vec<f64>,
    /// Sums of each class about the mean, `K × d`.
    pub(super) sums: Vec<f64>,
    /// S_W.
    pub(super) within: Matrix,
}

impl ClassStatistics {
    pub(super) fn rows(&self) -> f64 {
        self.counts.iter().sum()
    }

    /// Σ s sᵀ / n, the between scatter.
    pub(super) fn between(&self) -> Result<Matrix> {
        gram(&self.sums, self.within.rows(), |k, row, out| {
            scale_into(1.0 / self.counts[k].sqrt(), row, out)
        })
    }

    /// Errors: `EONECLASS` with fewer than two classes; `EEMPTY` if no class has two rows.
    pub(super) fn check(&self) -> Result<()> {
        if self.counts.len() < 2 {
            return Err(Error::new(
                Code::OneClass,
                format!("{} class", self.counts.len()),
                "at least two classes",
            ));
        }
        if self.counts.iter().all(|&n| n < 2.0) {
            return Err(Error::new(
                Code::Empty,
                "classes of one row each",
                "a class with at least two rows",
            )
            .with_hint("The variation inside classes cannot be seen: give more rows per class"));
        }
        Ok(())
    }
}

fn scale_into(scale: f64, row: &[f64], out: &mut [f64]) -> bool {
    for (o, r) in out.iter_mut().zip(row) {
        *o = scale * r;
    }
    true
}

/// Mean, between and within covariance.
#[derive(Clone, Debug)]
pub struct TwoCovariance {
    /// μ, `d`.
    pub mean: Vec<f64>,
    /// B, `d × d`, positive semi-definite.
    pub between: Matrix,
    /// W, `d × d`, positive definite.
    pub within: Matrix,
}

impl TwoCovariance {
    /// ψ in descending order and the rows of T with T W Tᵀ = I and T B Tᵀ = diag ψ; what rounding
    /// leaves of eigenvalues that are zero is zero.
    ///
    /// Errors: `ESINGULAR` if W is not positive definite.
    pub fn diagonalize(&self) -> Result<(Vec<f64>, Matrix)> {
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
    pub transform: Matrix,
    /// Log-likelihood of all rows before the first iteration and after each; never falls.
    pub log_likelihood: Vec<f64>,
}

/// Fits by expectation–maximisation.
///
/// `counts`: rows of each class, none zero, `K`; `sums`: sums of each class about the mean,
/// `K × d` row-major; `within`: S_W. Starts from `start` (its mean is passed through) and stops
/// after `iterations`, or when the log-likelihood gains less than `tolerance` per value, N·d of
/// them. Singletons inform B and count in the likelihood.
///
/// Errors: `EONECLASS` with fewer than two classes, `EEMPTY` if no class has two rows,
/// `ESINGULAR` if W is not positive definite, `EDIMENSION` if shapes disagree. Cost: O(K d² + d³)
/// per iteration.
pub fn fit_two_covariance(
    counts: Vec<f64>,
    sums: Vec<f64>,
    within: Matrix,
    start: TwoCovariance,
    iterations: usize,
    tolerance: f64,
) -> Result<TwoCovarianceFit> {
    let d = within.rows();
    if counts.len().checked_mul(d) != Some(sums.len()) {
        return Err(Error::new(
            Code::Dimension,
            format!("{} class sums of {} values", counts.len(), sums.len()),
            format!("{d} values for each class"),
        ));
    }
    if let Some(k) = counts.iter().position(|&n| n.is_nan() || n < 1.0) {
        return Err(Error::new(
            Code::Empty,
            format!("class {k} without rows"),
            "rows in every class",
        ));
    }
    expectation_maximisation(
        ClassStatistics {
            counts,
            sums,
            within,
        },
        start,
        iterations,
        tolerance,
    )
}

pub(super) fn expectation_maximisation(
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
    let d = within.rows();
    let values = stats.rows() * d as f64;
    // W = U Uᵀ and B = U diag(ψ) Uᵀ; the statistics live in the basis that U leads out of.
    // S_W travels as R with S_W = Rᵀ R, which stays positive semi-definite whatever the basis.
    let mut residual = square_root(&stats.within)?;
    let mut out_of_basis = Matrix::identity(d)?;
    let mut transform = Matrix::identity(d)?;
    let mut log_det = 0.0;
    let mut log_likelihood: Vec<f64> = Vec::new();
    let mut psi;
    loop {
        let eigen = generalized_symmetric_eigen(&between, &within)?;
        log_det += Cholesky::new(&within)?.log_determinant();
        // V W Vᵀ = I, so the inverse of V is W Vᵀ.
        out_of_basis = out_of_basis.multiply(&within.multiply_transposed(&eigen.vectors)?)?;
        transform = eigen.vectors.multiply(&transform)?;
        map_rows_in_place(&mut stats.sums, &eigen.vectors)?;
        residual = residual.multiply_transposed(&eigen.vectors)?;
        stats.within = residual.transposed()?.multiply(&residual)?;
        stats.within.symmetrize();
        psi = eigen.values;
        psi.iter_mut().for_each(|v| *v = v.max(0.0));

        let now = diagonal_log_likelihood(&stats, &psi, log_det);
        if !now.is_finite() {
            return Err(Error::internal("a log-likelihood that is not finite"));
        }
        let gain = log_likelihood
            .last()
            .map_or(f64::INFINITY, |last| now - last);
        // At convergence rounding can turn a gain of nothing into a loss of as little.
        log_likelihood.push(log_likelihood.last().map_or(now, |last| now.max(*last)));
        if log_likelihood.len() > iterations || gain <= tolerance * values {
            break;
        }
        (between, within) = maximise(&stats, &psi)?;
    }
    let mut within = out_of_basis.multiply_transposed(&out_of_basis)?;
    within.symmetrize();
    let mut scaled = out_of_basis;
    for i in 0..d {
        for (v, p) in scaled.row_mut(i).iter_mut().zip(&psi) {
            *v *= p.sqrt();
        }
    }
    let mut between = scaled.multiply_transposed(&scaled)?;
    between.symmetrize();
    let model = TwoCovariance {
        mean,
        between,
        within,
    };
    Ok(TwoCovarianceFit {
        model,
        psi,
        transform,
        log_likelihood,
    })
}

/// R with `m = Rᵀ R`: Cholesky where it exists, otherwise by eigenvalues with those of rounding
/// set to zero.
fn square_root(m: &Matrix) -> Result<Matrix> {
    if let Ok(factor) = Cholesky::new(m) {
        return factor.lower().transposed();
    }
    let eigen = symmetric_eigen(m)?;
    let floor = eigen.values.first().map_or(0.0, |v| v.max(0.0)) * RANK_TOLERANCE;
    let mut out = eigen.vectors;
    for (i, &value) in eigen.values.iter().enumerate() {
        let scale = if value > floor { value.sqrt() } else { 0.0 };
        out.row_mut(i).iter_mut().for_each(|v| *v *= scale);
    }
    Ok(out)
}

/// The covariances that maximise the expected log-likelihood, in the basis of the statistics.
///
/// With a = ψ/(1 + nψ): B ← (1/K) Σ (diag a + (a∘s)(a∘s)ᵀ) and
/// W ← (1/N) (S_W + Σ n (diag a + e eᵀ)), e = s/n − a∘s = s/(n(1 + nψ)). Sums of positive terms.
fn maximise(stats: &ClassStatistics, psi: &[f64]) -> Result<(Matrix, Matrix)> {
    let d = psi.len();
    let counts = &stats.counts;
    let mut between = gram(&stats.sums, d, |k, row, out| {
        let n = counts[k];
        for ((o, s), p) in out.iter_mut().zip(row).zip(psi) {
            *o = s * (p / (1.0 + n * p));
        }
        true
    })?;
    let mut within = gram(&stats.sums, d, |k, row, out| {
        let n = counts[k];
        let root = 1.0 / n.sqrt();
        for ((o, s), p) in out.iter_mut().zip(row).zip(psi) {
            *o = s * (root / (1.0 + n * p));
        }
        true
    })?;
    within.add_scaled(1.0, &stats.within);
    for (i, p) in psi.iter().enumerate() {
        let (mut plain, mut weighted) = (0.0, 0.0);
        for n in counts {
            let variance = p / (1.0 + n * p);
            plain += variance;
            weighted += n * variance;
        }
        between.row_mut(i)[i] += plain;
        within.row_mut(i)[i] += weighted;
    }
    Ok((
        between.scaled(1.0 / counts.len() as f64),
        within.scaled(1.0 / stats.rows()),
    ))
}

/// Log-likelihood of all rows where W = I (its own log-determinant given) and B = diag ψ.
fn diagonal_log_likelihood(stats: &ClassStatistics, psi: &[f64], log_det: f64) -> f64 {
    let d = psi.len();
    let n_rows = stats.rows();
    let mut quadratic = stats.within.trace();
    let mut determinants = 0.0;
    for (n, row) in stats.counts.iter().zip(stats.sums.chunks_exact(d)) {
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

/// Moment start: W as given, B = T − W (1 − K/N) with eigenvalues of at least 1e-4 tr T/d, where
/// T is the total covariance with denominator N.
pub(super) fn moment_start(
    stats: &ClassStatistics,
    mean: Vec<f64>,
    within: Matrix,
) -> Result<TwoCovariance> {
    let (n, k) = (stats.rows(), stats.counts.len() as f64);
    let mut total = stats.within.clone();
    total.add_scaled(1.0, &stats.between()?);
    let total = total.scaled(1.0 / n);
    let floor = 1e-4 * total.trace() / total.rows().max(1) as f64;
    let mut between = total;
    between.add_scaled(-(1.0 - k / n), &within);
    Ok(TwoCovariance {
        mean,
        between: clip(&between, floor)?,
        within,
    })
}

/// The start of Joint Bayesian: B is the covariance of class means about the mean of all rows.
pub(super) fn class_mean_start(
    stats: &ClassStatistics,
    mean: Vec<f64>,
    within: Matrix,
) -> Result<TwoCovariance> {
    let between = gram(&stats.sums, within.rows(), |k, row, out| {
        scale_into(1.0 / stats.counts[k], row, out)
    })?;
    Ok(TwoCovariance {
        mean,
        between: between.scaled(1.0 / stats.counts.len() as f64),
        within,
    })
}

/// Moment estimates without iterations: B = cov(class means) − W · mean(1/n), clipped at zero,
/// with the unshrunk W; then W itself is pulled to the sphere by ρ.
pub(super) fn path_model(
    stats: &ClassStatistics,
    mean: Vec<f64>,
    rho: f64,
) -> Result<TwoCovariance> {
    stats.check()?;
    let (n, k) = (stats.rows(), stats.counts.len() as f64);
    let d = stats.within.rows();
    let within = stats.within.clone().scaled(1.0 / (n - k));
    let mut average = vec![0.0; d];
    let mut inverse_size = 0.0;
    for (n, row) in stats.counts.iter().zip(stats.sums.chunks_exact(d)) {
        inverse_size += 1.0 / n / k;
        for (a, s) in average.iter_mut().zip(row) {
            *a += s / n / k;
        }
    }
    let mut between = gram(&stats.sums, d, |c, row, out| {
        for ((o, s), a) in out.iter_mut().zip(row).zip(&average) {
            *o = s / stats.counts[c] - a;
        }
        true
    })?
    .scaled(1.0 / k);
    between.add_scaled(-inverse_size, &within);
    let within = crate::statistics::Shrinkage::Fixed(rho).apply(within, rho);
    Ok(TwoCovariance {
        mean,
        between: clip(&between, 0.0)?,
        within,
    })
}

/// `m` with its eigenvalues raised to `floor`.
fn clip(m: &Matrix, floor: f64) -> Result<Matrix> {
    let eigen = symmetric_eigen(m)?;
    let mut half = eigen.vectors.clone();
    for (i, value) in eigen.values.iter().enumerate() {
        let scale = value.max(floor);
        half.row_mut(i).iter_mut().for_each(|v| *v *= scale);
    }
    let mut out = eigen.vectors.transposed()?.multiply(&half)?;
    out.symmetrize();
    Ok(out)
}
