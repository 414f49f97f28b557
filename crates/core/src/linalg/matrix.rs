//! A dense matrix of `f64`, row-major, with the few products that the learners need.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

use crate::error::{Code, Error, Result};

/// A dense matrix of `f64` in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    rows: usize,
    cols: usize,
    data: Vec<f64>,
}

impl Matrix {
    /// A `rows × cols` matrix of zeros.
    ///
    /// Errors: `EMEMORY` if the system does not grant the room.
    pub fn zeros(rows: usize, cols: usize) -> Result<Self> {
        Ok(Self {
            rows,
            cols,
            data: zeros("a matrix", rows, cols)?,
        })
    }

    /// The identity of size `n`.
    pub fn identity(n: usize) -> Result<Self> {
        let mut matrix = Self::zeros(n, n)?;
        matrix.add_to_diagonal(1.0);
        Ok(matrix)
    }

    /// A matrix over `data`, which must hold `rows · cols` values in row-major order.
    ///
    /// Errors: `EDIMENSION` if it does not.
    pub fn from_vec(rows: usize, cols: usize, data: Vec<f64>) -> Result<Self> {
        if rows.checked_mul(cols) != Some(data.len()) {
            return Err(Error::new(
                Code::Dimension,
                format!("{} values", data.len()),
                format!("{rows} x {cols}"),
            ));
        }
        Ok(Self { rows, cols, data })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// All values, row after row.
    pub fn as_slice(&self) -> &[f64] {
        &self.data
    }

    /// All values, row after row, to change in place.
    pub fn as_mut_slice(&mut self) -> &mut [f64] {
        &mut self.data
    }

    /// Row `i`.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.data[i * self.cols..(i + 1) * self.cols]
    }

    /// Row `i`, to change in place.
    pub fn row_mut(&mut self, i: usize) -> &mut [f64] {
        &mut self.data[i * self.cols..(i + 1) * self.cols]
    }

    /// The value at row `i`, column `j`.
    pub fn at(&self, i: usize, j: usize) -> f64 {
        self.data[i * self.cols + j]
    }

    /// Sum of the diagonal.
    pub fn trace(&self) -> f64 {
        (0..self.rows.min(self.cols)).map(|i| self.at(i, i)).sum()
    }

    /// Sum of all squared values: ‖A‖²_F.
    pub fn squared_norm(&self) -> f64 {
        self.data.iter().map(|v| v * v).sum()
    }

    /// Whether every value is a finite number.
    pub fn is_finite(&self) -> bool {
        self.data.iter().all(|v| v.is_finite())
    }

    /// Multiplies every value by `factor`.
    #[must_use]
    pub fn scaled(mut self, factor: f64) -> Self {
        self.data.iter_mut().for_each(|v| *v *= factor);
        self
    }

    /// Adds `value` to every diagonal element.
    pub fn add_to_diagonal(&mut self, value: f64) {
        for i in 0..self.rows.min(self.cols) {
            self.data[i * self.cols + i] += value;
        }
    }

    /// Adds `factor · other`, of the same shape, in place.
    pub(crate) fn add_scaled(&mut self, factor: f64, other: &Self) {
        debug_assert_eq!((self.rows, self.cols), (other.rows, other.cols));
        for (a, b) in self.data.iter_mut().zip(&other.data) {
            *a += factor * b;
        }
    }

    /// Adds `factor · x yᵀ` in place; for x = y what is added is symmetric to the last bit.
    pub(crate) fn add_outer(&mut self, factor: f64, x: &[f64], y: &[f64]) {
        for (row, &x) in self.data.chunks_exact_mut(self.cols.max(1)).zip(x) {
            for (a, &y) in row.iter_mut().zip(y) {
                *a += factor * (x * y);
            }
        }
    }

    /// The transpose.
    pub fn transposed(&self) -> Result<Self> {
        let mut out = Self::zeros(self.cols, self.rows)?;
        for i in 0..self.rows {
            for j in 0..self.cols {
                out.data[j * self.rows + i] = self.data[i * self.cols + j];
            }
        }
        Ok(out)
    }

    /// The first `count` rows.
    pub(crate) fn first_rows(mut self, count: usize) -> Self {
        self.rows = self.rows.min(count);
        self.data.truncate(self.rows * self.cols);
        self
    }

    /// `A·B`.
    pub fn multiply(&self, other: &Self) -> Result<Self> {
        self.product(other.view(), other.rows, other.cols)
    }

    /// `A·Bᵀ`.
    pub fn multiply_transposed(&self, other: &Self) -> Result<Self> {
        self.product(other.view().transpose(), other.cols, other.rows)
    }

    /// `A·x`.
    pub fn multiply_vector(&self, x: &[f64]) -> Vec<f64> {
        debug_assert_eq!(x.len(), self.cols);
        self.data
            .chunks_exact(self.cols.max(1))
            .map(|row| row.iter().zip(x).map(|(a, b)| a * b).sum())
            .collect()
    }

    /// `A·S·Aᵀ` for a symmetric `S`, symmetric to the last bit.
    pub fn congruence(&self, symmetric: &Self) -> Result<Self> {
        let mut out = self.multiply(symmetric)?.multiply_transposed(self)?;
        out.symmetrize();
        Ok(out)
    }

    /// Replaces the matrix by ½(A + Aᵀ).
    pub(crate) fn symmetrize(&mut self) {
        debug_assert_eq!(self.rows, self.cols);
        let n = self.rows;
        for i in 0..n {
            for j in 0..i {
                let mean = 0.5 * (self.data[i * n + j] + self.data[j * n + i]);
                self.data[i * n + j] = mean;
                self.data[j * n + i] = mean;
            }
        }
    }

    pub(super) fn view(&self) -> MatRef<'_, f64> {
        MatRef::from_row_major_slice(&self.data, self.rows, self.cols)
    }

    pub(super) fn view_mut(&mut self) -> MatMut<'_, f64> {
        MatMut::from_row_major_slice_mut(&mut self.data, self.rows, self.cols)
    }

    pub(super) fn copy_of(view: MatRef<'_, f64>) -> Result<Self> {
        let mut out = Self::zeros(view.nrows(), view.ncols())?;
        for (i, row) in out.data.chunks_exact_mut(view.ncols().max(1)).enumerate() {
            for (j, value) in row.iter_mut().enumerate() {
                *value = view[(i, j)];
            }
        }
        Ok(out)
    }

    fn product(&self, other: MatRef<'_, f64>, rows: usize, cols: usize) -> Result<Self> {
        if self.cols != rows {
            return Err(Error::internal(format!(
                "a product of {} x {} and {rows} x {cols}",
                self.rows, self.cols
            )));
        }
        let mut out = Self::zeros(self.rows, cols)?;
        matmul(
            out.view_mut(),
            Accum::Replace,
            self.view(),
            other,
            1.0,
            Par::Seq,
        );
        Ok(out)
    }
}

/// Replaces each row `r` of `rows` (`n × dim`) by `A·r`, `dim × dim`, in blocks of rows that
/// threads share; each block is one product on one thread, so the bits are the same for any
/// number of threads.
pub(crate) fn map_rows_in_place(rows: &mut [f64], matrix: &Matrix) -> Result<()> {
    use rayon::prelude::*;
    const BLOCK: usize = 256;
    let dim = matrix.cols();
    if dim == 0 || rows.is_empty() {
        return Ok(());
    }
    debug_assert_eq!(matrix.rows(), dim);
    rows.par_chunks_mut(BLOCK * dim).try_for_each(|block| {
        let count = block.len() / dim;
        let copy = Matrix::from_vec(count, dim, block.to_vec())?;
        let out = MatMut::from_row_major_slice_mut(block, count, dim);
        matmul(
            out,
            Accum::Replace,
            copy.view(),
            matrix.view().transpose(),
            1.0,
            Par::Seq,
        );
        Ok(())
    })
}

/// The product `rows · Aᵀ` (`n × dim` by `k × dim`), in blocks as in [`map_rows_in_place`].
pub(crate) fn map_rows(rows: &[f64], matrix: &Matrix) -> Result<Vec<f64>> {
    use rayon::prelude::*;
    const BLOCK: usize = 256;
    let (k, dim) = (matrix.rows(), matrix.cols());
    let count = rows.len() / dim.max(1);
    let mut out = zeros("mapped rows", count, k)?;
    if k == 0 || dim == 0 {
        return Ok(out);
    }
    out.par_chunks_mut(BLOCK * k)
        .zip(rows.par_chunks(BLOCK * dim))
        .for_each(|(out, rows)| {
            let count = rows.len() / dim;
            let rows = MatRef::from_row_major_slice(rows, count, dim);
            let out = MatMut::from_row_major_slice_mut(out, count, k);
            matmul(
                out,
                Accum::Replace,
                rows,
                matrix.view().transpose(),
                1.0,
                Par::Seq,
            );
        });
    Ok(out)
}

/// `rows · cols` zeros, or `EMEMORY`.
pub(crate) fn zeros(what: &'static str, rows: usize, cols: usize) -> Result<Vec<f64>> {
    let count = rows
        .checked_mul(cols)
        .ok_or_else(|| Error::memory(what, rows as u128 * cols as u128 * 8))?;
    let mut data = Vec::new();
    data.try_reserve_exact(count)
        .map_err(|_| Error::memory(what, count as u128 * 8))?;
    data.resize(count, 0.0);
    Ok(data)
}
