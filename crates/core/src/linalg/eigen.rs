//! Eigenvalues of symmetric matrices, ordinary and generalised, in one order and with one sign.

use faer::Side;

use super::cholesky::Cholesky;
use super::matrix::Matrix;
use crate::error::{Code, Error, Result};

/// Largest relative residual that a decomposition may leave.
pub(crate) const RESIDUAL_LIMIT: f64 = 1e-10;

/// Eigenvalues and their vectors.
#[derive(Clone, Debug)]
pub struct Eigen {
    /// Eigenvalues in descending order, `n`.
    pub values: Vec<f64>,
    /// Row `i` is the eigenvector of `values[i]`, `n × n`; its entry of largest magnitude (the
    /// first of several) is positive.
    pub vectors: Matrix,
}

/// Decomposes a symmetric `A` into `A = Vᵀ diag(values) V` with orthonormal rows of `V`.
///
/// `A`: `n × n`; only its lower triangle is read. Eigenvalues descend; signs are fixed as in
/// [`Eigen::vectors`]. Cost: O(n³), one thread.
///
/// Errors: `ENOTFINITE` for NaN or infinity in `A`; `EINTERNAL` if
/// `‖A Vᵀ − Vᵀ Λ‖_F > 1e-10 ‖A‖_F`.
pub fn symmetric_eigen(a: &Matrix) -> Result<Eigen> {
    check_finite(a)?;
    let n = a.rows();
    if n == 0 {
        return Ok(Eigen {
            values: Vec::new(),
            vectors: Matrix::zeros(0, 0)?,
        });
    }
    let found = a
        .view()
        .self_adjoint_eigen(Side::Lower)
        .map_err(|_| Error::internal("an eigenvalue iteration that did not converge"))?;
    let (u, s) = (found.U(), found.S().column_vector());
    let mut values = Vec::with_capacity(n);
    let mut vectors = Matrix::zeros(n, n)?;
    for i in 0..n {
        // The library returns ascending eigenvalues.
        let source = n - 1 - i;
        values.push(s[source]);
        let row = vectors.row_mut(i);
        for (j, value) in row.iter_mut().enumerate() {
            *value = u[(j, source)];
        }
        fix_sign(row);
    }
    let eigen = Eigen { values, vectors };
    check_residual(a, &eigen)?;
    Ok(eigen)
}

/// Eigenvalues alone, in descending order; a third of the cost.
///
/// Errors: as [`symmetric_eigen`], except that there is no residual to check; `EINTERNAL` if their
/// sum strays from the trace by more than 1e-10 of the largest times n.
pub fn symmetric_eigenvalues(a: &Matrix) -> Result<Vec<f64>> {
    check_finite(a)?;
    let mut values = a
        .view()
        .self_adjoint_eigenvalues(Side::Lower)
        .map_err(|_| Error::internal("an eigenvalue iteration that did not converge"))?;
    values.reverse();
    let largest = values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let stray = (values.iter().sum::<f64>() - a.trace()).abs();
    let small = stray <= RESIDUAL_LIMIT * largest * values.len() as f64;
    if !small {
        return Err(Error::internal("eigenvalues that do not sum to the trace"));
    }
    Ok(values)
}

/// Solves `A v = λ B v` for symmetric `A` and positive definite `B`.
///
/// Rows of [`Eigen::vectors`] satisfy `V B Vᵀ = I` and `V A Vᵀ = Λ`. Through `B = L Lᵀ` and the
/// ordinary problem of `L⁻¹ A L⁻ᵀ`. Cost: O(n³), one thread.
///
/// Errors: `ESINGULAR` if `B` is not positive definite; otherwise as [`symmetric_eigen`].
pub fn generalized_symmetric_eigen(a: &Matrix, b: &Matrix) -> Result<Eigen> {
    let factor = Cholesky::new(b)?;
    let mut half = factor.solve_lower(a)?;
    half = half.transposed()?;
    half = factor.solve_lower(&half)?;
    half.symmetrize();
    let mut eigen = symmetric_eigen(&half)?;
    // The vectors v = L⁻ᵀ u are rows of U L⁻¹.
    eigen.vectors = factor
        .solve_upper(&eigen.vectors.transposed()?)?
        .transposed()?;
    for i in 0..eigen.vectors.rows() {
        fix_sign(eigen.vectors.row_mut(i));
    }
    Ok(eigen)
}

fn check_finite(a: &Matrix) -> Result<()> {
    if a.is_finite() {
        return Ok(());
    }
    Err(Error::new(
        Code::NotFinite,
        "NaN or infinity in a covariance",
        "finite numbers",
    )
    .with_hint("Values of these rows are too large to be squared and summed: scale them down"))
}

fn fix_sign(vector: &mut [f64]) {
    let mut largest = 0.0f64;
    for &value in vector.iter() {
        if value.abs() > largest.abs() {
            largest = value;
        }
    }
    if largest < 0.0 {
        vector.iter_mut().for_each(|v| *v = -*v);
    }
}

fn check_residual(a: &Matrix, eigen: &Eigen) -> Result<()> {
    // Only the lower triangle of A counts.
    let n = a.rows();
    let mut full = a.clone();
    for i in 0..n {
        for j in 0..i {
            full.as_mut_slice()[j * n + i] = a.at(i, j);
        }
    }
    let mut product = eigen.vectors.multiply(&full)?;
    for (i, &value) in eigen.values.iter().enumerate() {
        let vector = eigen.vectors.row(i);
        for (p, v) in product.row_mut(i).iter_mut().zip(vector) {
            *p -= value * v;
        }
    }
    // Compared as roots of sums scaled by the largest entry, for squares may leave f64's range.
    let scale = full.as_slice().iter().fold(0.0f64, |m, v| m.max(v.abs()));
    if scale == 0.0 {
        return Ok(());
    }
    let residual = product.scaled(1.0 / scale).squared_norm().sqrt();
    let norm = full.scaled(1.0 / scale).squared_norm().sqrt();
    // Stated this way round, NaN fails as well.
    let small = residual <= RESIDUAL_LIMIT * norm;
    if !small {
        return Err(Error::internal(format!(
            "an eigendecomposition with the relative residual {:e}",
            residual / norm
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(n: usize, seed: u64) -> Matrix {
        let mut state = seed;
        let mut m = Matrix::zeros(n, n).unwrap();
        for v in m.as_mut_slice() {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            *v = (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5;
        }
        m
    }

    #[test]
    fn eigenvalues_descend_and_vectors_are_orthonormal_with_a_fixed_sign() {
        for n in [1, 2, 3, 17, 64] {
            let a = example(n, 1).multiply_transposed(&example(n, 1)).unwrap();
            let e = symmetric_eigen(&a).unwrap();
            assert!(e.values.windows(2).all(|w| w[0] >= w[1]));
            let gram = e.vectors.multiply_transposed(&e.vectors).unwrap();
            for i in 0..n {
                for j in 0..n {
                    assert!((gram.at(i, j) - f64::from(i == j)).abs() < 1e-12);
                }
                let big = e
                    .vectors
                    .row(i)
                    .iter()
                    .fold(0.0f64, |m, v| if v.abs() > m.abs() { *v } else { m });
                assert!(big > 0.0);
            }
        }
    }

    #[test]
    fn generalised_vectors_turn_b_into_the_identity() {
        let n = 23;
        let a = example(n, 3).multiply_transposed(&example(n, 3)).unwrap();
        let mut b = example(n, 4).multiply_transposed(&example(n, 4)).unwrap();
        b.add_to_diagonal(0.1);
        let e = generalized_symmetric_eigen(&a, &b).unwrap();
        let vb = e.vectors.congruence(&b).unwrap();
        let va = e.vectors.congruence(&a).unwrap();
        for i in 0..n {
            for j in 0..n {
                assert!((vb.at(i, j) - f64::from(i == j)).abs() < 1e-10);
                let want = if i == j { e.values[i] } else { 0.0 };
                assert!((va.at(i, j) - want).abs() < 1e-9 * e.values[0]);
            }
        }
    }

    #[test]
    fn tiny_and_huge_matrices_decompose() {
        for scale in [1e-160, 1e160] {
            let a = example(9, 5)
                .multiply_transposed(&example(9, 5))
                .unwrap()
                .scaled(scale);
            let e = symmetric_eigen(&a).unwrap();
            assert!((e.values.iter().sum::<f64>() - a.trace()).abs() < 1e-12 * a.trace());
        }
    }

    #[test]
    fn nan_is_refused() {
        let mut a = example(4, 1);
        a.as_mut_slice()[0] = f64::NAN;
        assert_eq!(symmetric_eigen(&a).unwrap_err().code(), Code::NotFinite);
    }
}
