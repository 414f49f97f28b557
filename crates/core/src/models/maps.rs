//! The linear maps that learners solve for, from covariances: rows of a returned matrix are new
//! axes.

use ndarray::{Array2, ArrayRef2, s};

use super::pipeline::WhitenKind;
use crate::error::{Code, Error, Result};
use crate::linalg::{
    Cholesky, Eigen, add_outer, first_rows, generalized_symmetric_eigen, identity, multiply,
    scale_rows, symmetric_eigen, symmetrize, transposed, zeros,
};

/// Eigenvalues at or below this multiple of the largest count as zero.
pub(crate) const RANK_TOLERANCE: f64 = 1e-13;

/// Number of eigenvalues that stand above rounding, at most `limit`.
pub(super) fn rank(values: &[f64], limit: usize) -> usize {
    let floor = values.first().map_or(0.0, |&v| v.max(0.0)) * RANK_TOLERANCE;
    values.iter().take_while(|&&v| v > floor).count().min(limit)
}

/// The first `k` principal axes (Pearson 1901), rows of V with C = Vᵀ Λ V; Λ^{-1/2} V if `whiten`.
pub(super) fn principal_axes(eigen: Eigen, k: usize, whiten: bool) -> Array2<f64> {
    let mut axes = first_rows(eigen.vectors, k);
    if whiten {
        scale_rows(&mut axes, eigen.values.iter().map(|v| 1.0 / v.sqrt()));
    }
    axes
}

/// Q with `QᵀQ = C⁻¹`: Λ^{-1/2} V, Vᵀ Λ^{-1/2} V or Lᵀ (Kessy, Lewin and Strimmer 2018, table 1).
///
/// Errors: `ESINGULAR` if `C` is not positive definite.
pub(super) fn whitening(c: &ArrayRef2<f64>, kind: WhitenKind) -> Result<Array2<f64>> {
    if kind == WhitenKind::Cholesky {
        return inverse_factor(c);
    }
    let eigen = symmetric_eigen(c)?;
    let n = c.nrows();
    let full = rank(&eigen.values, n);
    if full < n {
        return Err(Error::new(
            Code::Singular,
            format!("a {n} x {n} covariance of rank {full}"),
            "full rank",
        )
        .with_hint("Use shrinkage, keep fewer dimensions with pca(k), or fit on more rows"));
    }
    if kind == WhitenKind::Pca {
        return Ok(principal_axes(eigen, n, true));
    }
    let mut half = eigen.vectors.clone();
    scale_rows(&mut half, eigen.values.iter().map(|v| 1.0 / v.sqrt()));
    let mut out = multiply(&transposed(&eigen.vectors)?, &half)?;
    symmetrize(&mut out);
    Ok(out)
}

/// C^{1/2}, symmetric; what rounding leaves of eigenvalues that are zero is zero.
pub(super) fn symmetric_root(c: &ArrayRef2<f64>) -> Result<Array2<f64>> {
    let eigen = symmetric_eigen(c)?;
    let mut half = eigen.vectors.clone();
    scale_rows(&mut half, eigen.values.iter().map(|v| v.max(0.0).sqrt()));
    let mut out = multiply(&transposed(&eigen.vectors)?, &half)?;
    symmetrize(&mut out);
    Ok(out)
}

/// `C_t^{1/2} C_s^{-1/2}`: gives rows of covariance `C_s` the covariance `C_t` (Sun, Feng and Saenko
/// 2016, *Return of frustratingly easy domain adaptation*, algorithm 1).
///
/// Errors: `ESINGULAR` if `C_s` is not positive definite.
pub(super) fn recolouring(source: &ArrayRef2<f64>, target: &ArrayRef2<f64>) -> Result<Array2<f64>> {
    multiply(
        &symmetric_root(target)?,
        &whitening(source, WhitenKind::Zca)?,
    )
}

/// `Lᵀ` with `L Lᵀ = C⁻¹` and `L` lower triangular: of W, the map of within-class covariance
/// normalisation (Hatch, Kajarekar and Stolcke 2006).
///
/// `C = U Uᵀ` with `U` upper gives `L = U⁻ᵀ`; `U` is the lower factor of `C` with rows and columns
/// in reverse. `C⁻¹` itself, which would square the condition number, is never formed.
pub(super) fn inverse_factor(c: &ArrayRef2<f64>) -> Result<Array2<f64>> {
    let reversed = |m: &ArrayRef2<f64>| -> Result<Array2<f64>> {
        let mut out = zeros("a matrix", m.nrows(), m.ncols())?;
        out.assign(&m.slice(s![..;-1, ..;-1]));
        Ok(out)
    };
    reversed(&Cholesky::new(&reversed(c)?)?.inverse_lower()?)
}

/// `I − Σ uᵢ uᵢᵀ` over the first `axes` eigenvectors: nuisance attribute projection (Solomonoff,
/// Campbell and Boardman 2005).
pub(super) fn projection_without(c: &ArrayRef2<f64>, axes: usize) -> Result<Array2<f64>> {
    let eigen = symmetric_eigen(c)?;
    let n = c.nrows();
    if axes >= n {
        return Err(Error::new(
            Code::Option,
            format!("nap({axes}) of {n} dimensions"),
            "fewer axes than dimensions",
        ));
    }
    let mut out = identity(n)?;
    for axis in eigen.vectors.rows().into_iter().take(axes) {
        let axis = axis.to_vec();
        add_outer(&mut out, -1.0, &axis, &axis);
    }
    symmetrize(&mut out);
    Ok(out)
}

/// Leading `k` solutions of `B v = λ W v` with `vᵀ W v = 1`: linear discriminants (Fisher 1936; Rao
/// 1948 for many classes).
pub(super) fn discriminants(
    b: &ArrayRef2<f64>,
    w: &ArrayRef2<f64>,
    k: usize,
) -> Result<Array2<f64>> {
    Ok(first_rows(generalized_symmetric_eigen(b, w)?.vectors, k))
}

/// A quadratic form `δᵀ M δ` as a map with signs: rows `√|λ| v`, the positive ones first.
pub struct SignedRoot {
    /// The rows, `k × d`.
    pub map: Array2<f64>,
    /// How many rows count as they are; the squares of the others are subtracted.
    pub positive: usize,
}

/// KISSME (Köstinger et al. 2012): `M = Σ_S⁻¹ − Σ_D⁻¹`, the log-likelihood ratio of a difference
/// under two Gaussians, from the covariances of same-class and different-class differences.
///
/// `psd` keeps the positive part of M alone.
///
/// Errors: `ESINGULAR` if a covariance is not positive definite; `EDOMAIN` if `psd` leaves nothing.
pub fn kissme(same: &ArrayRef2<f64>, different: &ArrayRef2<f64>, psd: bool) -> Result<SignedRoot> {
    let mut m = Cholesky::new(same)?.inverse()?;
    m -= &Cholesky::new(different)?.inverse()?;
    let eigen = symmetric_eigen(&m)?;
    let scale = eigen.values.iter().fold(0.0f64, |s, v| s.max(v.abs()));
    let floor = RANK_TOLERANCE * scale;
    let positive = eigen.values.iter().filter(|&&v| v > floor).count();
    if psd && positive == 0 {
        return Err(Error::new(
            Code::Domain,
            "same-class differences that are wider than others in every direction",
            "labels that say something about the rows",
        ));
    }
    let keep: Vec<usize> = (0..eigen.values.len())
        .filter(|&i| eigen.values[i] > floor || (!psd && eigen.values[i] < -floor))
        .collect();
    let weights: Vec<f64> = keep.iter().map(|&i| eigen.values[i].abs().sqrt()).collect();
    signed_rows(&eigen.vectors, &keep, &weights, positive)
}

/// XQDA (Liao et al. 2015): KISSME in the subspace of the leading `components` of
/// `Σ_D v = λ Σ_S v`, by default of those with λ > 1.
///
/// With `Q Σ_S Qᵀ = I` and `Q Σ_D Qᵀ = diag(w)` the form is `diag(1 − 1/w)` on `Qx`.
pub fn xqda(
    same: &ArrayRef2<f64>,
    different: &ArrayRef2<f64>,
    components: Option<usize>,
) -> Result<SignedRoot> {
    let eigen = generalized_symmetric_eigen(different, same)?;
    let above = eigen.values.iter().filter(|&&w| w > 1.0).count();
    let count = components.unwrap_or(above.max(1)).min(eigen.values.len());
    let form: Vec<f64> = eigen.values[..count]
        .iter()
        .map(|w| 1.0 - 1.0 / w)
        .collect();
    let keep: Vec<usize> = (0..count).filter(|&i| form[i] != 0.0).collect();
    let weights: Vec<f64> = keep.iter().map(|&i| form[i].abs().sqrt()).collect();
    let positive = keep.iter().filter(|&&i| form[i] > 0.0).count();
    signed_rows(&eigen.vectors, &keep, &weights, positive)
}

fn signed_rows(
    vectors: &ArrayRef2<f64>,
    keep: &[usize],
    weights: &[f64],
    positive: usize,
) -> Result<SignedRoot> {
    let mut map = zeros("a matrix", keep.len(), vectors.ncols())?;
    for (mut row, &i) in map.rows_mut().into_iter().zip(keep) {
        row.assign(&vectors.row(i));
    }
    scale_rows(&mut map, weights.iter().copied());
    Ok(SignedRoot { map, positive })
}
