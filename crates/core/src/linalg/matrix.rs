//! Matrix operations that ndarray lacks: products in a fixed order
//! of summation, and memory that can be refused.
//!
//! Matrices are row-major and contiguous, ndarray's standard layout; a product of another layout
//! is `EINTERNAL`. ndarray's `dot` and `sum` choose an order of summation by size and layout, so
//! nothing here uses them.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use ndarray::{Array1, Array2, ArrayRef1, ArrayRef2, s};

use super::product::{Vectors, inner_products};
use crate::error::{Error, Result};
use crate::job::{memory, threads};

/// Rows that one task maps.
const BLOCK: usize = 256;

/// A `rows × cols` matrix of zeros.
///
/// Errors: `EMEMORY` if the system refuses the memory; `what` names the matrix in it.
pub fn zeros(what: &'static str, rows: usize, cols: usize) -> Result<Array2<f64>> {
    let count = rows
        .checked_mul(cols)
        .ok_or_else(|| Error::memory(what, rows as u128 * cols as u128 * 8))?;
    Array2::from_shape_vec((rows, cols), memory::zeros(what, count)?)
        .map_err(|e| Error::internal(format!("{what} of {rows} x {cols}: {e}")))
}

/// The identity of size `n`.
pub fn identity(n: usize) -> Result<Array2<f64>> {
    let mut out = zeros("a matrix", n, n)?;
    out.diag_mut().fill(1.0);
    Ok(out)
}

/// `Aᵀ`, copied into row-major order.
pub fn transposed(a: &ArrayRef2<f64>) -> Result<Array2<f64>> {
    let mut out = zeros("a matrix", a.ncols(), a.nrows())?;
    out.assign(&a.t());
    Ok(out)
}

/// `A·B`.
pub fn multiply(a: &ArrayRef2<f64>, b: &ArrayRef2<f64>) -> Result<Array2<f64>> {
    product(a, (b, false))
}

/// `A·Bᵀ`.
pub fn multiply_transposed(a: &ArrayRef2<f64>, b: &ArrayRef2<f64>) -> Result<Array2<f64>> {
    product(a, (b, true))
}

/// `Aᵀ·B`.
pub(crate) fn transposed_multiply(a: &ArrayRef2<f64>, b: &ArrayRef2<f64>) -> Result<Array2<f64>> {
    let (rows, length, columns) = (a.ncols(), a.nrows(), b.ncols());
    if !is_large(rows, length, columns) || length != b.nrows() {
        return map_rows(&transposed(a)?, &transposed(b)?);
    }
    let mut out = zeros("a matrix", rows, columns)?;
    let into = out.as_slice_mut().ok_or_else(not_row_major)?;
    inner_products(columns_of(a)?, columns_of(b)?, length, into)?;
    Ok(out)
}

/// `A·x`, summed from left to right.
pub fn multiply_vector(a: &ArrayRef2<f64>, x: &ArrayRef1<f64>) -> Array1<f64> {
    debug_assert_eq!(x.len(), a.ncols());
    let dot = |row: ndarray::ArrayView1<'_, f64>| row.iter().zip(x).map(|(a, b)| a * b).sum();
    a.rows().into_iter().map(dot).collect()
}

/// `A·S·Aᵀ` for a symmetric `S`, symmetric to the last bit.
pub fn congruence(a: &ArrayRef2<f64>, symmetric: &ArrayRef2<f64>) -> Result<Array2<f64>> {
    let mut out = multiply_transposed(&multiply(a, symmetric)?, a)?;
    symmetrize(&mut out);
    Ok(out)
}

/// Sum of the diagonal, from the top.
pub fn trace(a: &ArrayRef2<f64>) -> f64 {
    a.diag().iter().sum()
}

/// ‖A‖²_F, summed row after row.
pub fn squared_frobenius(a: &ArrayRef2<f64>) -> f64 {
    a.iter().map(|v| v * v).sum()
}

/// True if every value is a finite number.
pub(crate) fn is_finite(a: &ArrayRef2<f64>) -> bool {
    a.iter().all(|v| v.is_finite())
}

/// Adds `value` to every diagonal element.
pub fn add_to_diagonal(a: &mut ArrayRef2<f64>, value: f64) {
    a.diag_mut().iter_mut().for_each(|v| *v += value);
}

/// Adds `factor · x yᵀ` in place; for x = y what is added is symmetric to the last bit.
pub(crate) fn add_outer(a: &mut ArrayRef2<f64>, factor: f64, x: &[f64], y: &[f64]) {
    for (mut row, &x) in a.rows_mut().into_iter().zip(x) {
        for (a, &y) in row.iter_mut().zip(y) {
            *a += factor * (x * y);
        }
    }
}

/// Multiplies row `i` by the `i`-th factor.
pub(crate) fn scale_rows(a: &mut ArrayRef2<f64>, factors: impl IntoIterator<Item = f64>) {
    for (mut row, factor) in a.rows_mut().into_iter().zip(factors) {
        row *= factor;
    }
}

/// The first `count` rows, in the memory of `a`.
pub(crate) fn first_rows(a: Array2<f64>, count: usize) -> Array2<f64> {
    let count = count.min(a.nrows());
    a.slice_move(s![..count, ..])
}

/// Replaces A by ½(A + Aᵀ).
pub(crate) fn symmetrize(a: &mut ArrayRef2<f64>) {
    debug_assert!(a.is_square());
    for i in 0..a.nrows() {
        for j in 0..i {
            let mean = 0.5 * (a[[i, j]] + a[[j, i]]);
            a[[i, j]] = mean;
            a[[j, i]] = mean;
        }
    }
}

/// The symmetric `n × n` matrix with the values `upper(i, j)`, asked for i ≤ j alone.
pub(crate) fn symmetric(n: usize, upper: impl Fn(usize, usize) -> f64) -> Result<Array2<f64>> {
    let mut out = zeros("a matrix", n, n)?;
    for i in 0..n {
        for j in i..n {
            let value = upper(i, j);
            out[[i, j]] = value;
            out[[j, i]] = value;
        }
    }
    Ok(out)
}

/// The product `rows · Aᵀ` (`n × dim` by `k × dim`), in blocks of rows that threads share; the bits are the
/// same for any number of threads.
pub(crate) fn map_rows(rows: &ArrayRef2<f64>, a: &ArrayRef2<f64>) -> Result<Array2<f64>> {
    let (k, dim) = a.dim();
    let mut out = zeros("mapped rows", rows.nrows(), k)?;
    if k == 0 || dim == 0 {
        return Ok(out);
    }
    let transposed = faer_ref(a)?.transpose();
    let values = rows.as_slice().ok_or_else(not_row_major)?;
    let mapped = out.as_slice_mut().ok_or_else(not_row_major)?;
    let alone = values.len() / dim % BLOCK == 1;
    let many = values.len() / dim - usize::from(alone);
    let large = if is_large(many, dim, k) { many } else { 0 };
    if large > 0 {
        let rows = Vectors {
            count: large,
            ..rows_of(rows)?
        };
        inner_products(rows, rows_of(a)?, dim, &mut mapped[..large * k])?;
    }
    let blocks = mapped[large * k..].chunks_mut(BLOCK * k);
    let blocks = blocks.zip(values[large * dim..].chunks(BLOCK * dim));
    threads::share(blocks, |(out, rows)| {
        let count = rows.len() / dim;
        let rows = MatRef::from_row_major_slice(rows, count, dim);
        let out = MatMut::from_row_major_slice_mut(out, count, k);
        matmul(out, Accum::Replace, rows, transposed, 1.0, Par::Seq);
    });
    Ok(out)
}

/// True for products that are worth packing: of such sizes faer makes each sum as [`inner_products`] does. It has other
/// ways for one row or column, and for few.
fn is_large(rows: usize, length: usize, columns: usize) -> bool {
    rows > 1 && length >= 16 && columns > BLOCK / 2
}

fn rows_of(a: &ArrayRef2<f64>) -> Result<Vectors<'_>> {
    Ok(Vectors {
        values: a.as_slice().ok_or_else(not_row_major)?,
        count: a.nrows(),
        step: a.ncols(),
        inner: 1,
    })
}

fn columns_of(a: &ArrayRef2<f64>) -> Result<Vectors<'_>> {
    Ok(Vectors {
        count: a.ncols(),
        step: 1,
        inner: a.ncols(),
        ..rows_of(a)?
    })
}

/// The same matrix to faer, without a copy.
pub(super) fn faer_ref(a: &ArrayRef2<f64>) -> Result<MatRef<'_, f64>> {
    let (rows, cols) = a.dim();
    let values = a.as_slice().ok_or_else(not_row_major)?;
    Ok(MatRef::from_row_major_slice(values, rows, cols))
}

/// The same matrix to faer, to change in place.
pub(super) fn faer_mut(a: &mut ArrayRef2<f64>) -> Result<MatMut<'_, f64>> {
    let (rows, cols) = a.dim();
    let values = a.as_slice_mut().ok_or_else(not_row_major)?;
    Ok(MatMut::from_row_major_slice_mut(values, rows, cols))
}

fn not_row_major() -> Error {
    Error::internal("a matrix that is not row-major")
}

/// `A·B`, or `A·Bᵀ`.
fn product(a: &ArrayRef2<f64>, (b, transposed): (&ArrayRef2<f64>, bool)) -> Result<Array2<f64>> {
    let right = match transposed {
        true => faer_ref(b)?.transpose(),
        false => faer_ref(b)?,
    };
    if a.ncols() != right.nrows() {
        return Err(Error::internal(format!(
            "a product of {} x {} and {} x {}",
            a.nrows(),
            a.ncols(),
            right.nrows(),
            right.ncols()
        )));
    }
    let mut out = zeros("a matrix", a.nrows(), right.ncols())?;
    if is_large(a.nrows(), a.ncols(), right.ncols()) {
        let vectors = if transposed {
            rows_of(b)?
        } else {
            columns_of(b)?
        };
        let into = out.as_slice_mut().ok_or_else(not_row_major)?;
        inner_products(rows_of(a)?, vectors, a.ncols(), into)?;
        return Ok(out);
    }
    let into = faer_mut(&mut out)?;
    matmul(into, Accum::Replace, faer_ref(a)?, right, 1.0, Par::Seq);
    Ok(out)
}
