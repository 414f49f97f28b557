//! Writing a matrix as `.npy`.

use std::io::Write;

use super::dtype::Dtype;
use crate::error::{Code, Error, Result};

/// A number that can be written: `f32` or `f64`.
pub trait Float: Copy + private::Sealed {
    /// Its element type.
    const DTYPE: Dtype;
    /// Appends its bytes, least significant first.
    fn push_to(self, bytes: &mut Vec<u8>);
}

mod private {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

impl Float for f32 {
    const DTYPE: Dtype = Dtype::F32;
    fn push_to(self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.to_le_bytes());
    }
}

impl Float for f64 {
    const DTYPE: Dtype = Dtype::F64;
    fn push_to(self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.to_le_bytes());
    }
}

/// Writes an N × D matrix row by row: version 1.0, C order, little-endian, data at a multiple of
/// 64, byte for byte what `numpy.save` writes. The same numbers give the same bytes anywhere.
///
/// ```
/// # use hackface_core::npy::{Dtype, Header, NpyWriter};
/// let mut writer = NpyWriter::new(Vec::new(), Dtype::F32, 2, 3)?;
/// writer.write_rows(&[1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0])?;
/// let bytes = writer.finish()?;
/// assert_eq!(Header::parse(&bytes, bytes.len() as u64)?.rows, 2);
/// # Ok::<(), hackface_core::Error>(())
/// ```
#[derive(Debug)]
pub struct NpyWriter<W: Write> {
    out: W,
    dtype: Dtype,
    dim: usize,
    /// Elements still to come.
    left: usize,
    block: Vec<u8>,
}

/// Elements turned into bytes at a time.
const BLOCK: usize = 8192;

impl<W: Write> NpyWriter<W> {
    /// Writes the header of a `rows` × `dim` matrix of `dtype`, which is `F32` or `F64`.
    ///
    /// Fails with `ENPYSHAPE` on sizes that no reader would take, `EINTERNAL` on another type,
    /// `EIO` when `out` fails. Many small writes reach `out` only if the caller writes few rows at
    /// a time.
    pub fn new(out: W, dtype: Dtype, rows: usize, dim: usize) -> Result<Self> {
        Self::shaped(out, dtype, (rows, dim), &format!("({rows}, {dim})"))
    }

    /// A writer of numbers on one axis; they are rows of one column to [`Self::write_rows`].
    pub fn flat(out: W, dtype: Dtype, length: usize) -> Result<Self> {
        Self::shaped(out, dtype, (length, 1), &format!("({length},)"))
    }

    fn shaped(mut out: W, dtype: Dtype, (rows, dim): (usize, usize), shape: &str) -> Result<Self> {
        if !matches!(dtype, Dtype::F32 | Dtype::F64) {
            return Err(Error::internal(format!("a writer of {}", dtype.name())));
        }
        let left = rows
            .checked_mul(dim)
            .filter(|count| dim > 0 && *count <= isize::MAX as usize / 8)
            .ok_or_else(|| {
                Error::new(
                    Code::NpyShape,
                    format!("a matrix of {rows} x {dim} to write"),
                    "at least one column and a size that can be addressed",
                )
            })?;
        let mut text = format!(
            "{{'descr': '<{}', 'fortran_order': False, 'shape': {shape}, }}",
            dtype.code()
        );
        let unpadded = 10 + text.len() + 1;
        let padding = unpadded.next_multiple_of(64) - unpadded;
        text.extend(std::iter::repeat_n(' ', padding));
        text.push('\n');
        let mut block = Vec::with_capacity(BLOCK * dtype.size());
        block.extend_from_slice(b"\x93NUMPY\x01\x00");
        // Two numbers of at most 20 digits: the text is far shorter than 65,536.
        block.extend_from_slice(&(text.len() as u16).to_le_bytes());
        block.extend_from_slice(text.as_bytes());
        out.write_all(&block)
            .map_err(|e| Error::io("writing a .npy header", e))?;
        Ok(Self {
            out,
            dtype,
            dim,
            left,
            block,
        })
    }

    /// Appends whole rows, given one after another.
    ///
    /// Fails with `EIO` when the system fails, `EINTERNAL` on part of a row, too many rows, or
    /// numbers of another type than announced.
    pub fn write_rows<T: Float>(&mut self, rows: &[T]) -> Result<()> {
        if T::DTYPE != self.dtype || !rows.len().is_multiple_of(self.dim) || rows.len() > self.left
        {
            return Err(Error::internal(format!(
                "{} {} values given to a writer that wants rows of {} {} and has {} left",
                rows.len(),
                T::DTYPE.name(),
                self.dim,
                self.dtype.name(),
                self.left
            )));
        }
        for values in rows.chunks(BLOCK) {
            self.block.clear();
            for value in values {
                value.push_to(&mut self.block);
            }
            self.out
                .write_all(&self.block)
                .map_err(|e| Error::io("writing .npy rows", e))?;
        }
        self.left -= rows.len();
        Ok(())
    }

    /// Flushes and gives the output back; `EINTERNAL` when rows are missing.
    pub fn finish(mut self) -> Result<W> {
        if self.left > 0 {
            return Err(Error::internal(format!(
                "a .npy writer finished {} rows early",
                self.left / self.dim
            )));
        }
        self.out
            .flush()
            .map_err(|e| Error::io("writing .npy rows", e))?;
        Ok(self.out)
    }
}
