//! Covariances from moments alone: where expectation–maximisation starts, and the model that needs
//! none.

use ndarray::{Array1, Array2, ArrayRef2};

use super::TwoCovariance;
use crate::error::Result;
use crate::linalg::{multiply, scale_rows, symmetric_eigen, symmetrize, trace, transposed};
use crate::statistics::{ClassStatistics, Shrinkage, gram, scaled_gram};

/// Moment start: W as given, B = T − W (1 − K/N) with eigenvalues of at least 1e-4 tr T/d, where
/// T is the total covariance with denominator N.
pub(crate) fn moment_start(
    stats: &ClassStatistics,
    mean: Array1<f64>,
    within: Array2<f64>,
) -> Result<TwoCovariance> {
    let (n, k) = (stats.rows(), stats.counts.len() as f64);
    let mut between = (&stats.within + &stats.between()?) * (1.0 / n);
    let floor = 1e-4 * trace(&between) / between.nrows().max(1) as f64;
    between.scaled_add(-(1.0 - k / n), &within);
    Ok(TwoCovariance {
        mean,
        between: clip(&between, floor)?,
        within,
    })
}

/// The start of Joint Bayesian (Chen et al. 2012, section 3): B is the covariance of class means about the mean of all rows.
pub(crate) fn class_mean_start(
    stats: &ClassStatistics,
    mean: Array1<f64>,
    within: Array2<f64>,
) -> Result<TwoCovariance> {
    let between = scaled_gram(&stats.sums, |k| Some(1.0 / stats.counts[k]))?;
    Ok(TwoCovariance {
        mean,
        between: between * (1.0 / stats.counts.len() as f64),
        within,
    })
}

/// Moment estimates without iterations: B = cov(class means) − W · mean(1/n), clipped at zero,
/// with the unshrunk W; then W itself is pulled to the sphere by ρ.
pub(crate) fn path_model(
    stats: &ClassStatistics,
    mean: Array1<f64>,
    rho: f64,
) -> Result<TwoCovariance> {
    stats.check()?;
    let (n, k) = (stats.rows(), stats.counts.len() as f64);
    let d = stats.within.nrows();
    let within = &stats.within * (1.0 / (n - k));
    let mut average = vec![0.0; d];
    let mut inverse_size = 0.0;
    for (n, row) in stats.counts.iter().zip(stats.sums.rows()) {
        inverse_size += 1.0 / n / k;
        for (a, s) in average.iter_mut().zip(row) {
            *a += s / n / k;
        }
    }
    let mut between = gram(&stats.sums, |c, row, out| {
        for ((o, s), a) in out.iter_mut().zip(row).zip(&average) {
            *o = s / stats.counts[c] - a;
        }
        true
    })? * (1.0 / k);
    between.scaled_add(-inverse_size, &within);
    let within = Shrinkage::Fixed(rho).apply(within, rho);
    Ok(TwoCovariance {
        mean,
        between: clip(&between, 0.0)?,
        within,
    })
}

/// `m` with its eigenvalues raised to `floor`.
fn clip(m: &ArrayRef2<f64>, floor: f64) -> Result<Array2<f64>> {
    let eigen = symmetric_eigen(m)?;
    let mut half = eigen.vectors.clone();
    scale_rows(&mut half, eigen.values.iter().map(|v| v.max(floor)));
    let mut out = multiply(&transposed(&eigen.vectors)?, &half)?;
    symmetrize(&mut out);
    Ok(out)
}
