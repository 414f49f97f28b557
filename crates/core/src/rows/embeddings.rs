//! Rows to measure between: an open file or numbers in memory.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::ArrayView2;

use crate::error::{Code, Error, Result, counted};
use crate::job::memory::filled;
use crate::kernels::{Element, Single, singles};
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
    /// The rows of one matrix after those of another.
    Stacked(Vec<Arc<Embeddings>>),
}

/// One row, in place or widened into the caller's scratch.
#[derive(Clone, Copy)]
pub(crate) enum Row<'a> {
    F32(&'a [Single]),
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

    /// Copies a matrix from `bytes`, which were read from the file `origin` if there is one: as `f32` where
    /// the element type fits, else in double precision, always exactly.
    ///
    /// Fails with the codes of [`NpyFile::open_at`], or `ENOTEXACT` for an integer beyond 2^53.
    pub fn from_bytes(bytes: &[u8], place: Place<'_>, origin: Option<&Path>) -> Result<Self> {
        let (header, values) = decode(bytes, place).map_err(|e| match origin {
            Some(file) => e.with_file(file),
            None => e,
        })?;
        Ok(Self {
            rows: header.rows,
            dim: header.dim,
            source: match values {
                Values::F32(values) => Source::Memory(values),
                Values::F64(values) => Source::Doubles(values),
            },
            origin: origin.map(Path::to_owned),
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

    /// The rows of several matrices as one, in their order, without a copy.
    ///
    /// Errors: `EDIMENSION` for none, and for matrices of different widths.
    pub fn stacked(parts: Vec<Arc<Self>>) -> Result<Self> {
        let Some(dim) = parts.first().map(|part| part.dim) else {
            return Err(Error::new(Code::Dimension, "no matrix", "at least one"));
        };
        if let Some(part) = parts.iter().find(|part| part.dim != dim) {
            let found = format!("rows of {}", counted(part.dim, "column", "columns"));
            let expected = format!("{dim} as in the other matrix");
            return Err(part.blame(
                Error::new(Code::Dimension, found, expected)
                    .with_hint("Take both matrices from one network, one row for each item"),
            ));
        }
        Ok(Self {
            rows: parts.iter().map(|part| part.rows).sum(),
            dim,
            source: Source::Stacked(parts),
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
            Source::Memory(_) | Source::Doubles(_) | Source::Stacked(_) => None,
        }
    }

    /// All rows in place, where they are `f32` in memory.
    pub fn as_f32(&self) -> Option<&[f32]> {
        match &self.source {
            Source::File(file) => file.as_f32(),
            Source::Memory(data) => Some(data),
            Source::Doubles(_) | Source::Stacked(_) => None,
        }
    }

    /// All rows in place as numbers at any address, where they are `f32` in memory.
    pub(crate) fn as_singles(&self) -> Option<&[Single]> {
        match &self.source {
            Source::File(file) => file.as_singles(),
            Source::Memory(data) => Some(singles(data)),
            Source::Doubles(_) | Source::Stacked(_) => None,
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
            Source::Stacked(parts) => each_part(parts, self.dim, first, out, |part, first, out| {
                part.read_rows(first, out)
            }),
        }
    }

    /// Copies the bytes of a file's rows, counted from the first of them.
    pub(crate) fn read_bytes(&self, at: usize, out: &mut [u8]) -> Result<()> {
        match self.file() {
            Some(file) => file.read_data(at, out),
            None => Err(Error::internal("bytes of rows in memory")),
        }
    }

    /// Copies rows, in the order given: as `f32` where the element type fits, else in double precision.
    ///
    /// Errors: `EINDEX` for a row that does not exist, `EMEMORY`, `EINPUTCHANGED`.
    pub fn copy_rows(&self, rows: &[u32]) -> Result<Values> {
        if let Some(row) = rows.iter().find(|row| **row as usize >= self.rows) {
            let expected = format!("a row below {}", self.rows);
            return Err(self.blame(Error::new(Code::Index, format!("row {row}"), expected)));
        }
        let length = rows.len().saturating_mul(self.dim);
        self.while_unchanged(|| {
            if self.fits_f32() {
                let mut values = filled("a copy of rows", length, 0.0)?;
                for (row, out) in rows.iter().zip(values.chunks_exact_mut(self.dim)) {
                    self.read_rows_f32(*row as usize, out)?;
                }
                return Ok(Values::F32(values));
            }
            let mut values = filled("a copy of rows", length, 0.0)?;
            for (row, out) in rows.iter().zip(values.chunks_exact_mut(self.dim)) {
                self.read_rows(*row as usize, out)?;
            }
            Ok(Values::F64(values))
        })
    }

    /// True where each value is a single.
    pub(crate) fn fits_f32(&self) -> bool {
        match &self.source {
            Source::File(file) => file.fits_f32(),
            Source::Memory(_) => true,
            Source::Doubles(_) => false,
            Source::Stacked(parts) => parts.iter().all(|part| part.fits_f32()),
        }
    }

    /// Names the file, if there is one, in an error about its rows.
    pub(crate) fn blame(&self, error: Error) -> Error {
        if let Source::Stacked(parts) = &self.source {
            // What names a file has met its part already.
            let row = error.row().filter(|_| error.file().is_none());
            return match row.and_then(|row| place_of(parts, row as usize)) {
                Some((part, row)) => part.blame(error.with_row(row)),
                None => error,
            };
        }
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
            Source::Stacked(parts) => {
                let first = parts[0].dtype();
                let alike = parts.iter().all(|part| part.dtype() == first);
                if alike { first } else { Dtype::F64 }
            }
        }
    }

    /// The number of a row for a message; of a part, with its file.
    pub(crate) fn numbered(&self, row: u32) -> String {
        let Source::Stacked(parts) = &self.source else {
            return row.to_string();
        };
        let Some((part, row)) = place_of(parts, row as usize) else {
            return row.to_string();
        };
        let file = part.file().map(NpyFile::path).or(part.origin.as_deref());
        match file.and_then(Path::file_name) {
            Some(name) => format!("{row} of {}", name.to_string_lossy()),
            None => row.to_string(),
        }
    }

    /// Runs `work` on the rows, and fails with `EINPUTCHANGED` if the file changed meanwhile, whatever
    /// came of the work: a change explains every other error. Arms the guard of the mapped file.
    pub(crate) fn while_unchanged<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.arm();
        let done = work();
        self.check_unchanged()?;
        done
    }

    /// Fails if the file changed since it was opened. See [`NpyFile::check_unchanged`].
    pub fn check_unchanged(&self) -> Result<()> {
        if let Source::Stacked(parts) = &self.source {
            return parts.iter().try_for_each(|part| part.check_unchanged());
        }
        self.file().map_or(Ok(()), NpyFile::check_unchanged)
    }

    fn arm(&self) {
        match &self.source {
            Source::File(file) => file.arm(),
            Source::Stacked(parts) => parts.iter().for_each(|part| part.arm()),
            Source::Memory(_) | Source::Doubles(_) => {}
        }
    }
}

/// The matrix that a row of several is of, and its number there.
fn place_of(parts: &[Arc<Embeddings>], row: usize) -> Option<(&Embeddings, usize)> {
    let mut row = row;
    for part in parts {
        if row < part.rows {
            return Some((part, row));
        }
        row -= part.rows;
    }
    None
}

/// Hands the rows from `first` on to the matrices that they are of.
fn each_part<T>(
    parts: &[Arc<Embeddings>],
    dim: usize,
    first: usize,
    out: &mut [T],
    read: impl Fn(&Embeddings, usize, &mut [T]) -> Result<()>,
) -> Result<()> {
    let (mut row, mut rest) = (first, out);
    while !rest.is_empty() {
        let Some((part, first)) = place_of(parts, row) else {
            return Err(Error::internal(format!(
                "a read past the last row at {row}"
            )));
        };
        let count = (part.rows - first).min(rest.len() / dim);
        let (now, later) = rest.split_at_mut(count * dim);
        read(part, first, now)?;
        (row, rest) = (row + count, later);
    }
    Ok(())
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
            Source::Stacked(parts) => each_part(parts, self.dim, first, out, |part, first, out| {
                part.read_rows_f32(first, out)
            }),
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
            Self::F32(row) => row.iter().map(|v| v.widen()).collect(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::RowsFile;

    #[test]
    fn stacked_rows_are_those_of_the_parts() {
        let file = RowsFile::new(&[3.0, 4.0, 5.0, f64::NAN], 2);
        let first = Embeddings::from_vec(vec![1.0, 2.0], 1, 2).unwrap();
        let none = Embeddings::from_vec(Vec::new(), 0, 2).unwrap();
        let parts = vec![
            Arc::new(first),
            Arc::new(none),
            Arc::new(file.open(Io::Mmap)),
        ];
        let all = Embeddings::stacked(parts).unwrap();
        assert_eq!((all.rows(), all.dim(), all.dtype()), (3, 2, Dtype::F64));
        let (mut wide, mut narrow) = ([0.0; 4], [0.0; 2]);
        all.read_rows(0, &mut wide).unwrap();
        assert_eq!(wide, [1.0, 2.0, 3.0, 4.0]);
        all.read_rows_f32(1, &mut narrow).unwrap();
        assert_eq!(narrow, [3.0, 4.0]);
        let told = all.blame(require_finite(&[5.0, f64::NAN], 2).unwrap_err());
        assert_eq!(told.row(), Some(1));
        assert!(told.file().is_some() && all.numbered(2).starts_with("1 of "));
        let code = |parts| Embeddings::stacked(parts).err().map(|e| e.code());
        assert_eq!(code(Vec::new()), Some(Code::Dimension));
        let narrow = Arc::new(Embeddings::from_vec(vec![1.0], 1, 1).unwrap());
        assert_eq!(code(vec![narrow, Arc::new(all)]), Some(Code::Dimension));
    }
}
