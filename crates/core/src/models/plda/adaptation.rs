//! A two-covariance model of one domain, adapted to the mean and covariance of unlabelled rows of
//! another.

use ndarray::{Array1, Array2, ArrayRef2};

use super::TwoCovariance;
use crate::error::Result;
use crate::linalg::{
    congruence, generalized_symmetric_eigen, multiply, multiply_transposed, scale_rows, symmetrize,
    trace, transposed,
};
use crate::models::maps::recolouring;

/// The least variance ratio that counts as a shift unless another is asked for. Sampling alone gives
/// ratios up to 4 where rows are as many as columns (Marchenko and Pastur 1967).
pub const TAU_FLOOR: f64 = 5.0;

/// Shares of an excess of variance that W and B take.
#[derive(Clone, Copy, Debug)]
pub struct Shares {
    /// Of W.
    pub within: f64,
    /// Of B.
    pub between: f64,
}

/// The solutions of C e = v (B + W) e in descending order: by how much rows of covariance `c` vary
/// more than the model says.
///
/// Errors: `ESINGULAR` if B + W is not positive definite. Cost: O(d³).
pub fn variance_ratios(model: &TwoCovariance, c: &ArrayRef2<f64>) -> Result<Vec<f64>> {
    Ok(generalized_symmetric_eigen(c, &(&model.between + &model.within))?.values)
}

/// Adds to B and W their shares of Σ (v − 1) u uᵀ over the solutions of C e = v (B + W) e with v > τ,
/// eᵀ(B + W)e = 1 and u = (B + W) e, and moves the mean to that of the target. Without such a v the
/// model stays as it is. Returns v, all of them in descending order, as well.
///
/// With τ = 1 this is Kaldi's adaptation (`PldaUnsupervisedAdaptor` in `ivector/plda.cc`); the bound
/// keeps sampling noise out.
///
/// Errors: `ESINGULAR` if B + W is not positive definite. Cost: O(d³).
pub fn add_excess(
    mut model: TwoCovariance,
    (mean, c): (&Array1<f64>, &ArrayRef2<f64>),
    tau: f64,
    shares: Shares,
) -> Result<(TwoCovariance, Vec<f64>)> {
    let sum = &model.between + &model.within;
    let eigen = generalized_symmetric_eigen(c, &sum)?;
    let above = eigen.values.iter().take_while(|&&v| v > tau).count();
    if above > 0 {
        let excess = eigen.values[..above].iter().map(|v| v - 1.0);
        let excess = weighted_squares(eigen.vectors, &sum, excess)?;
        model.within.scaled_add(shares.within, &excess);
        model.between.scaled_add(shares.between, &excess);
        model.mean.assign(mean);
    }
    Ok((model, eigen.values))
}

/// The least share of B that [`take_shift`] keeps.
const LEAST_BETWEEN: f64 = 0.1;

/// Adapts to a target of worse images, if its largest ratio exceeds `bound`: W takes all excess above
/// τ = √bound, and B is scaled so that tr (B + W) = tr C, by 0.1 at least and 1 at most. What is
/// missing elsewhere is missing between people, since a worse image tells less of who it shows.
/// Returns τ, the largest ratio and how many are above τ as well; without a shift τ is the bound.
///
/// Errors: `ESINGULAR` if B + W is not positive definite. Cost: O(d³).
pub(crate) fn take_shift(
    model: TwoCovariance,
    target: (&Array1<f64>, &ArrayRef2<f64>),
    bound: f64,
) -> Result<(TwoCovariance, (f64, f64, usize))> {
    let largest = variance_ratios(&model, target.1)?
        .first()
        .copied()
        .unwrap_or(0.0);
    if largest <= bound {
        return Ok((model, (bound, largest, 0)));
    }
    let tau = bound.sqrt().max(1.0);
    let all_within = Shares {
        within: 1.0,
        between: 0.0,
    };
    let (mut model, ratios) = add_excess(model, target, tau, all_within)?;
    let between = trace(&model.between);
    if between > 0.0 {
        let left = (trace(target.1) - trace(&model.within)) / between;
        model.between *= left.clamp(LEAST_BETWEEN, 1.0);
    }
    let above = ratios.iter().take_while(|v| **v > tau).count();
    Ok((model, (tau, largest, above)))
}

/// CORAL+ (Lee, Wang and Koshinaka 2019, *The CORAL+ algorithm for unsupervised domain adaptation of
/// PLDA*, equations 6 to 10): of each covariance Φ of the model, and A = C^{1/2} C_s^{-1/2},
/// Φ ← Φ + share · Σ max(0, v − 1) u uᵀ over the solutions of A Φ Aᵀ e = v Φ e with eᵀΦe = 1 and
/// u = Φ e. The mean becomes that of the target.
///
/// B may be of low rank: 1e-9 of its mean variance is added before its directions are found.
///
/// Errors: `ESINGULAR` if C_s or W is not positive definite. Cost: O(d³).
pub fn coral_plus(
    model: &TwoCovariance,
    source: &ArrayRef2<f64>,
    (mean, c): (&Array1<f64>, &ArrayRef2<f64>),
    shares: Shares,
) -> Result<TwoCovariance> {
    let map = recolouring(source, c)?;
    let raised = |phi: &Array2<f64>, share: f64, ridge: f64| -> Result<Array2<f64>> {
        let level = ridge * trace(phi) / phi.nrows().max(1) as f64;
        let mut base = phi.clone();
        base.diag_mut().iter_mut().for_each(|v| *v += level);
        let eigen = generalized_symmetric_eigen(&congruence(&map, phi)?, &base)?;
        let excess: Vec<f64> = eigen.values.iter().map(|v| (v - 1.0).max(0.0)).collect();
        let mut out = phi.clone();
        out.scaled_add(share, &weighted_squares(eigen.vectors, &base, excess)?);
        Ok(out)
    };
    Ok(TwoCovariance {
        mean: mean.clone(),
        between: raised(&model.between, shares.between, 1e-9)?,
        within: raised(&model.within, shares.within, 0.0)?,
    })
}

/// Σ w u uᵀ with u = Φ e, e the first rows of `vectors` and w their weights, none negative.
fn weighted_squares(
    vectors: Array2<f64>,
    phi: &Array2<f64>,
    weights: impl IntoIterator<Item = f64>,
) -> Result<Array2<f64>> {
    let weights: Vec<f64> = weights.into_iter().collect();
    let mut rows = multiply(&crate::linalg::first_rows(vectors, weights.len()), phi)?;
    scale_rows(&mut rows, weights.iter().map(|w| w.sqrt()));
    let columns = transposed(&rows)?;
    let mut out = multiply_transposed(&columns, &columns)?;
    symmetrize(&mut out);
    Ok(out)
}
