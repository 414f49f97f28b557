//! Eigenvalues of symmetric matrices, ordinary and generalised, in one order and with one sign.

use faer::Side;
use ndarray::{Array2, ArrayRef2, ArrayViewMut1};

use super::cholesky::{Cholesky, RESIDUAL_LIMIT};
use super::matrix::{
    faer_ref, is_finite, multiply, squared_frobenius, symmetric, symmetrize, trace, transposed,
    zeros,
};
use crate::error::{Code, Error, Result};

/// Eigenvalues and their vectors.
#[derive(Clone, Debug)]
pub struct Eigen {
    /// Eigenvalues in descending order, `n`.
    pub values: Vec<f64>,
    /// Row `i` is the eigenvector of `values[i]`, `n × n`; its entry of largest magnitude (the
    /// first of several) is positive.
    pub vectors: Array2<f64>,
}

/// Decomposes a symmetric `A` into `A = Vᵀ diag(values) V` with orthonormal rows of `V`.
///
/// `A`: `n × n`; only its lower triangle is read. Eigenvalues descend; signs are fixed as in
/// [`Eigen::vectors`]. Cost: O(n³), one thread.
///
/// Errors: `ENOTFINITE` for NaN or infinity in `A`; `EINTERNAL` if
/// `‖A Vᵀ − Vᵀ Λ‖_F > 1e-10 ‖A‖_F`.
pub fn symmetric_eigen(a: &ArrayRef2<f64>) -> Result<Eigen> {
    check_finite(a)?;
    let n = a.nrows();
    if n == 0 {
        return Ok(Eigen {
            values: Vec::new(),
            vectors: zeros("a matrix", 0, 0)?,
        });
    }
    let unit = unit_of(a);
    if unit != 1.0 {
        let mut eigen = symmetric_eigen(&a.mapv(|v| v / unit))?;
        eigen.values.iter_mut().for_each(|v| *v *= unit);
        return Ok(eigen);
    }
    let found = faer_ref(a)?
        .self_adjoint_eigen(Side::Lower)
        .map_err(|_| Error::internal("an eigenvalue iteration that did not converge"))?;
    let (u, s) = (found.U(), found.S().column_vector());
    let mut values = Vec::with_capacity(n);
    let mut vectors = zeros("a matrix", n, n)?;
    for (i, mut row) in vectors.rows_mut().into_iter().enumerate() {
        // The library returns ascending eigenvalues.
        let source = n - 1 - i;
        values.push(s[source]);
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
pub fn symmetric_eigenvalues(a: &ArrayRef2<f64>) -> Result<Vec<f64>> {
    check_finite(a)?;
    let unit = unit_of(a);
    if unit != 1.0 {
        let mut values = symmetric_eigenvalues(&a.mapv(|v| v / unit))?;
        values.iter_mut().for_each(|v| *v *= unit);
        return Ok(values);
    }
    let mut values = faer_ref(a)?
        .self_adjoint_eigenvalues(Side::Lower)
        .map_err(|_| Error::internal("an eigenvalue iteration that did not converge"))?;
    values.reverse();
    let largest = values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let stray = (values.iter().sum::<f64>() - trace(a)).abs();
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
pub fn generalized_symmetric_eigen(a: &ArrayRef2<f64>, b: &ArrayRef2<f64>) -> Result<Eigen> {
    let factor = Cholesky::new(b)?;
    let mut half = factor.solve_lower(a)?;
    half = factor.solve_lower(&transposed(&half)?)?;
    symmetrize(&mut half);
    let mut eigen = symmetric_eigen(&half)?;
    // The vectors v = L⁻ᵀ u are rows of U L⁻¹.
    eigen.vectors = transposed(&factor.solve_upper(&transposed(&eigen.vectors)?)?)?;
    eigen.vectors.rows_mut().into_iter().for_each(fix_sign);
    Ok(eigen)
}

/// 1, or the power of two near the largest entry of a matrix whose squares and sums could leave the
/// range of doubles.
fn unit_of(a: &ArrayRef2<f64>) -> f64 {
    let largest = a.iter().fold(0.0f64, |most, v| most.max(v.abs()));
    if largest == 0.0 || (1e-120..1e120).contains(&largest) {
        return 1.0;
    }
    let (_, exponent) = libm::frexp(largest);
    libm::ldexp(1.0, exponent.clamp(-1000, 1000))
}

fn check_finite(a: &ArrayRef2<f64>) -> Result<()> {
    if is_finite(a) {
        return Ok(());
    }
    Err(Error::new(
        Code::NotFinite,
        "NaN or infinity in a covariance",
        "finite numbers",
    )
    .with_hint("Values of these rows are too large to be squared and summed: scale them down"))
}

fn fix_sign(mut vector: ArrayViewMut1<'_, f64>) {
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

fn check_residual(a: &ArrayRef2<f64>, eigen: &Eigen) -> Result<()> {
    // Only the lower triangle of A counts.
    let full = symmetric(a.nrows(), |i, j| a[[j, i]])?;
    let mut product = multiply(&eigen.vectors, &full)?;
    for (i, &value) in eigen.values.iter().enumerate() {
        product.row_mut(i).scaled_add(-value, &eigen.vectors.row(i));
    }
    // Compared as roots of sums scaled by the largest entry, for squares may leave f64's range.
    let scale = full.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    if scale == 0.0 {
        return Ok(());
    }
    let residual = squared_frobenius(&(product * (1.0 / scale))).sqrt();
    let norm = squared_frobenius(&(full * (1.0 / scale))).sqrt();
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
    use crate::linalg::{add_to_diagonal, congruence, multiply_transposed};
    use crate::testing::Lcg;

    fn example(n: usize, seed: u64) -> Array2<f64> {
        let mut random = Lcg(seed);
        Array2::from_shape_simple_fn((n, n), || random.double())
    }

    fn gram(n: usize, seed: u64) -> Array2<f64> {
        multiply_transposed(&example(n, seed), &example(n, seed)).unwrap()
    }

    #[test]
    fn eigenvalues_descend_and_vectors_are_orthonormal_with_a_fixed_sign() {
        for n in [1, 2, 3, 17, 64] {
            let e = symmetric_eigen(&gram(n, 1)).unwrap();
            assert!(e.values.windows(2).all(|w| w[0] >= w[1]));
            let products = multiply_transposed(&e.vectors, &e.vectors).unwrap();
            for ((i, j), value) in products.indexed_iter() {
                assert!((value - f64::from(i == j)).abs() < 1e-12);
            }
            for vector in e.vectors.rows() {
                let big = vector
                    .iter()
                    .fold(0.0f64, |m, v| if v.abs() > m.abs() { *v } else { m });
                assert!(big > 0.0);
            }
        }
    }

    #[test]
    fn generalised_vectors_turn_b_into_the_identity() {
        let n = 23;
        let (a, mut b) = (gram(n, 3), gram(n, 4));
        add_to_diagonal(&mut b, 0.1);
        let e = generalized_symmetric_eigen(&a, &b).unwrap();
        let vb = congruence(&e.vectors, &b).unwrap();
        let va = congruence(&e.vectors, &a).unwrap();
        for i in 0..n {
            for j in 0..n {
                assert!((vb[[i, j]] - f64::from(i == j)).abs() < 1e-10);
                let want = if i == j { e.values[i] } else { 0.0 };
                assert!((va[[i, j]] - want).abs() < 1e-9 * e.values[0]);
            }
        }
    }

    #[test]
    fn tiny_and_huge_matrices_decompose() {
        for scale in [1e-300, 1e-160, 1e160, 1e300] {
            let a = gram(9, 5) * scale;
            let e = symmetric_eigen(&a).unwrap();
            assert!((e.values.iter().sum::<f64>() - trace(&a)).abs() < 1e-12 * trace(&a));
            for (value, of_vectors) in symmetric_eigenvalues(&a).unwrap().iter().zip(e.values) {
                assert!((value - of_vectors).abs() < 1e-12 * trace(&a));
            }
        }
    }

    #[test]
    fn nan_is_refused() {
        let mut a = example(4, 1);
        a[[0, 0]] = f64::NAN;
        assert_eq!(symmetric_eigen(&a).unwrap_err().code(), Code::NotFinite);
    }
}
