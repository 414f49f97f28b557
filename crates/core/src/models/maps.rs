//! The linear maps that learners solve for: rows of the returned matrix are new axes.

use super::pipeline::WhitenKind;
use crate::error::{Code, Error, Result};
use crate::linalg::{Cholesky, Eigen, Matrix, generalized_symmetric_eigen, symmetric_eigen};

/// Eigenvalues at or below this multiple of the largest count as zero.
pub(super) const RANK_TOLERANCE: f64 = 1e-13;

/// Number of eigenvalues that stand above rounding, at most `limit`.
pub(super) fn rank(values: &[f64], limit: usize) -> usize {
    let floor = values.first().map_or(0.0, |&v| v.max(0.0)) * RANK_TOLERANCE;
    values.iter().take_while(|&&v| v > floor).count().min(limit)
}

/// The first `k` principal axes of eigenvalues `eigen`, scaled to unit variance if asked.
pub(super) fn principal_axes(eigen: Eigen, k: usize, whiten: bool) -> Matrix {
    let mut axes = eigen.vectors.first_rows(k);
    if whiten {
        for (i, &value) in eigen.values.iter().take(k).enumerate() {
            let scale = 1.0 / value.sqrt();
            axes.row_mut(i).iter_mut().for_each(|v| *v *= scale);
        }
    }
    axes
}

/// A square root of `C⁻¹`.
///
/// Errors: `ESINGULAR` if `C` is not positive definite.
pub(super) fn whitening(c: &Matrix, kind: WhitenKind) -> Result<Matrix> {
    if kind == WhitenKind::Cholesky {
        return inverse_factor(c);
    }
    let eigen = symmetric_eigen(c)?;
    let n = c.rows();
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
    for (i, &value) in eigen.values.iter().enumerate() {
        let scale = 1.0 / value.sqrt();
        half.row_mut(i).iter_mut().for_each(|v| *v *= scale);
    }
    let mut out = eigen.vectors.transposed()?.multiply(&half)?;
    out.symmetrize();
    Ok(out)
}

/// `Lᵀ` with `L Lᵀ = C⁻¹` and `L` lower triangular.
///
/// `C = U Uᵀ` with `U` upper gives `L = U⁻ᵀ`; `U` is the lower factor of `C` with rows and columns
/// in reverse. `C⁻¹` itself, which would square the condition number, is never formed.
pub(super) fn inverse_factor(c: &Matrix) -> Result<Matrix> {
    let n = c.rows();
    let reversed = |m: &Matrix| {
        let mut data = m.as_slice().to_vec();
        data.reverse();
        Matrix::from_vec(n, n, data)
    };
    reversed(&Cholesky::new(&reversed(c)?)?.inverse_lower()?)
}

/// `I − Σ uᵢ uᵢᵀ` over the first `axes` eigenvectors.
pub(super) fn projection_without(c: &Matrix, axes: usize) -> Result<Matrix> {
    let eigen = symmetric_eigen(c)?;
    let n = c.rows();
    if axes >= n {
        return Err(Error::new(
            Code::Option,
            format!("nap({axes}) of {n} dimensions"),
            "fewer axes than dimensions",
        ));
    }
    let mut out = Matrix::identity(n)?;
    for i in 0..axes {
        let axis = eigen.vectors.row(i).to_vec();
        out.add_outer(-1.0, &axis, &axis);
    }
    out.symmetrize();
    Ok(out)
}

/// Leading `k` solutions of `B v = λ W v`.
pub(super) fn discriminants(b: &Matrix, w: &Matrix, k: usize) -> Result<Matrix> {
    Ok(generalized_symmetric_eigen(b, w)?.vectors.first_rows(k))
}

/// A quadratic form `δᵀ M δ` as a map with signs: rows `√|λ| v`, the positive ones first.
pub(super) struct SignedRoot {
    pub(super) map: Matrix,
    pub(super) positive: usize,
}

/// `M = Σ_S⁻¹ − Σ_D⁻¹` over regularised pair covariances.
pub(super) fn kissme(same: &Matrix, different: &Matrix, psd: bool) -> Result<SignedRoot> {
    let mut m = Cholesky::new(same)?.inverse()?;
    m.add_scaled(-1.0, &Cholesky::new(different)?.inverse()?);
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

/// The metric of XQDA in the subspace of the leading `components` ratios, or of those above 1.
///
/// With `Q Σ_S Qᵀ = I` and `Q Σ_D Qᵀ = diag(w)` the form is `diag(1 − 1/w)` on `Qx`.
pub(super) fn xqda(
    same: &Matrix,
    different: &Matrix,
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
    vectors: &Matrix,
    keep: &[usize],
    weights: &[f64],
    positive: usize,
) -> Result<SignedRoot> {
    let mut map = Matrix::zeros(keep.len(), vectors.cols())?;
    for (row, (&i, &w)) in keep.iter().zip(weights).enumerate() {
        for (out, v) in map.row_mut(row).iter_mut().zip(vectors.row(i)) {
            *out = w * v;
        }
    }
    Ok(SignedRoot { map, positive })
}
