//! Rows to measure between: an open file or numbers in memory.

use std::fmt;
use std::path::{Path, PathBuf};

use ndarray::ArrayView2;

use crate::error::{Code, Error, Result};
use crate::kernels::Element;
use crate::npy::{Dtype, Io, NpyFile, Place, Values, decode};
use crate::rows::RowSource;

/// A matrix of n rows and d columns. Values are not yet known to be finite: each row is checked
/// when it is first used.
pub struct Embeddings {
    source: Source,
    rows: usize,
    dim: usize,
    /// The file that numbers in memory were read from.
    origin: Option<PathBuf>,
}

impl fmt::Debug for Embeddings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "embeddings of {} x {}", self.rows, self.dim)
    }
}

enum Source {
    File(Box<NpyFile>),
    Memory(Vec<f32>),
    Doubles(Vec<f64>),
}

/// One row, in place or widened into the caller's scratch.
#[derive(Clone, Copy)]
pub(crate) enum Row<'a> {
    F32(&'a [f32]),
    F64(&'a [f64]),
}

impl Embeddings {
    /// Opens a `.npy` file. Cheap: reads the header only. Errors are those of [`NpyFile::open`].
    pub fn open(path: &Path, io: Io) -> Result<Self> {
        Self::open_at(path, Place::Whole, io)
    }

    /// Opens a matrix that is a part of a file. Errors are those of [`NpyFile::open_at`].
    pub fn open_at(path: &Path, place: Place<'_>, io: Io) -> Result<Self> {
        let file = NpyFile::open_at(path, place, io)?;
        Ok(Self {
            rows: file.rows(),
            dim: file.dim(),
            source: Source::File(Box::new(file)),
            origin: None,
        })
    }

    /// Copies a matrix from `bytes`, which were read from the file `origin`: as `f32` where the
    /// element type fits, else in double precision, always exactly.
    ///
    /// Fails with the codes of [`NpyFile::open_at`], or `ENOTEXACT` for an integer beyond 2^53.
    pub fn from_bytes(bytes: &[u8], place: Place<'_>, origin: &Path) -> Result<Self> {
        let (header, values) = decode(bytes, place).map_err(|e| e.with_file(origin))?;
        Ok(Self {
            rows: header.rows,
            dim: header.dim,
            source: match values {
                Values::F32(values) => Source::Memory(values),
                Values::F64(values) => Source::Doubles(values),
            },
            origin: Some(origin.to_owned()),
        })
    }

    /// Takes `rows × dim` numbers, row after row. `EDIMENSION` if the length differs.
    pub fn from_vec(data: Vec<f32>, rows: usize, dim: usize) -> Result<Self> {
        check_shape(data.len(), rows, dim)?;
        Ok(Self {
            rows,
            dim,
            source: Source::Memory(data),
            origin: None,
        })
    }

    /// As [`from_vec`](Self::from_vec), in double precision.
    pub fn from_doubles(data: Vec<f64>, rows: usize, dim: usize) -> Result<Self> {
        check_shape(data.len(), rows, dim)?;
        Ok(Self {
            rows,
            dim,
            source: Source::Doubles(data),
            origin: None,
        })
    }

    /// Number of rows, n.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns, d; at least 1.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The open file, if there is one.
    pub fn file(&self) -> Option<&NpyFile> {
        match &self.source {
            Source::File(file) => Some(file),
            Source::Memory(_) | Source::Doubles(_) => None,
        }
    }

    /// All rows in place, where they are `f32` in memory.
    pub fn as_f32(&self) -> Option<&[f32]> {
        match &self.source {
            Source::File(file) => file.as_f32(),
            Source::Memory(data) => Some(data),
            Source::Doubles(_) => None,
        }
    }

    /// All rows in place as an n × d array, where they are `f32` in memory.
    pub fn view(&self) -> Option<ArrayView2<'_, f32>> {
        ArrayView2::from_shape((self.rows, self.dim), self.as_f32()?).ok()
    }

    /// Rows `first..` widened into `out`, whose length is a multiple of d.
    pub fn read_rows(&self, first: usize, out: &mut [f64]) -> Result<()> {
        match &self.source {
            Source::File(file) => file.read_rows(first, out),
            Source::Memory(data) => {
                let from = first * self.dim;
                for (to, value) in out.iter_mut().zip(&data[from..]) {
                    *to = f64::from(*value);
                }
                Ok(())
            }
            Source::Doubles(data) => {
                out.copy_from_slice(&data[first * self.dim..][..out.len()]);
                Ok(())
            }
        }
    }

    /// Names the file, if there is one, in an error about its rows.
    pub(crate) fn blame(&self, error: Error) -> Error {
        match self.file().map(NpyFile::path).or(self.origin.as_deref()) {
            Some(path) => error.with_file(path),
            None => error,
        }
    }

    /// Element type of the numbers as they are held.
    pub fn dtype(&self) -> Dtype {
        match &self.source {
            Source::File(file) => file.header().dtype,
            Source::Memory(_) => Dtype::F32,
            Source::Doubles(_) => Dtype::F64,
        }
    }

    /// Runs `work` on the rows, and fails with `EINPUTCHANGED` if the file changed meanwhile, whatever
    /// came of the work: a change explains every other error. Arms the guard of the mapped file.
    pub(crate) fn while_unchanged<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        if let Some(file) = self.file() {
            file.arm();
        }
        let done = work();
        self.check_unchanged()?;
        done
    }

    /// Fails if the file changed since it was opened. See [`NpyFile::check_unchanged`].
    pub fn check_unchanged(&self) -> Result<()> {
        self.file().map_or(Ok(()), NpyFile::check_unchanged)
    }
}

fn check_shape(numbers: usize, rows: usize, dim: usize) -> Result<()> {
    if dim > 0 && rows.checked_mul(dim) == Some(numbers) {
        return Ok(());
    }
    let found = format!("{numbers} numbers");
    let expected = format!("{rows} rows × {dim} columns, at least one column");
    Err(Error::new(Code::Dimension, found, expected))
}

/// Refuses a row with an entry that is not finite, naming row and column.
pub(crate) fn require_finite(values: &[f64], row: usize) -> Result<()> {
    match values.iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(column) => Err(Error::new(
            Code::NotFinite,
            values[column].to_string(),
            "a finite number",
        )
        .with_row(row)
        .with_column(column)
        .with_hint("Drop or repair the row")),
    }
}

impl RowSource for Embeddings {
    fn rows(&self) -> usize {
        self.rows
    }

    fn dim(&self) -> usize {
        self.dim
    }

    /// Values wider than `f32` are rounded to nearest; [`RowSource::read_rows_f64`] keeps them.
    fn read_rows_f32(&self, first: usize, out: &mut [f32]) -> Result<()> {
        match &self.source {
            Source::File(file) if file.fits_f32() => file.read_rows_f32(first, out),
            Source::Memory(data) => {
                out.copy_from_slice(&data[first * self.dim..][..out.len()]);
                Ok(())
            }
            Source::File(_) | Source::Doubles(_) => {
                let mut wide = vec![0.0; out.len()];
                self.read_rows(first, &mut wide)?;
                for (narrow, wide) in out.iter_mut().zip(wide) {
                    *narrow = wide as f32;
                }
                Ok(())
            }
        }
    }

    fn read_rows_f64(&self, first: usize, out: &mut [f64]) -> Result<()> {
        self.read_rows(first, out)
    }

    fn as_f32(&self) -> Option<&[f32]> {
        Self::as_f32(self)
    }
}

impl Row<'_> {
    /// The row in double precision.
    pub(crate) fn widened(&self) -> Vec<f64> {
        match self {
            Self::F32(row) => row.iter().map(|v| f64::from(*v)).collect(),
            Self::F64(row) => row.to_vec(),
        }
    }

    /// Column of the first entry that is not finite, if any.
    pub(crate) fn first_non_finite(&self) -> Option<(usize, f64)> {
        fn find<T: Element>(row: &[T]) -> Option<(usize, f64)> {
            let bad = |(_, value): &(usize, f64)| !value.is_finite();
            row.iter().map(|v| v.widen()).enumerate().find(bad)
        }
        match self {
            Row::F32(row) => find(row),
            Row::F64(row) => find(row),
        }
    }
}
