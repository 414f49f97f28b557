//! Where rows come from.

use crate::error::{Code, Error, Result};
use crate::job::memory::filled;

/// A matrix of rows that can be read in blocks, from several threads at once.
pub trait RowSource: Sync {
    /// Number of rows.
    fn rows(&self) -> usize;

    /// Number of columns.
    fn dim(&self) -> usize;

    /// Fills `out` with whole rows from row `first` on, row-major. `out.len()` is a multiple of
    /// [`dim`](Self::dim), and the rows asked for exist.
    fn read_rows_f32(&self, first: usize, out: &mut [f32]) -> Result<()>;

    /// As [`read_rows_f32`](Self::read_rows_f32), in double precision. The default widens; a
    /// source that holds doubles overrides it.
    fn read_rows_f64(&self, first: usize, out: &mut [f64]) -> Result<()> {
        let mut narrow = filled("a block of rows", out.len(), 0.0)?;
        self.read_rows_f32(first, &mut narrow)?;
        for (wide, &narrow) in out.iter_mut().zip(&narrow) {
            *wide = f64::from(narrow);
        }
        Ok(())
    }

    /// All rows in place, if the source can lend them.
    fn as_f32(&self) -> Option<&[f32]> {
        None
    }
}

/// Rows of a source divided by a power of two, which changes no digit.
#[derive(Clone, Copy)]
pub(crate) struct ScaledRows<'a> {
    source: &'a dyn RowSource,
    unit: f64,
}

impl<'a> ScaledRows<'a> {
    /// Divides by `unit`.
    pub(crate) fn new(source: &'a dyn RowSource, unit: f64) -> Self {
        Self { source, unit }
    }
}

impl RowSource for ScaledRows<'_> {
    fn rows(&self) -> usize {
        self.source.rows()
    }
    fn dim(&self) -> usize {
        self.source.dim()
    }
    fn read_rows_f32(&self, first: usize, out: &mut [f32]) -> Result<()> {
        let mut wide = filled("a block of rows", out.len(), 0.0)?;
        self.read_rows_f64(first, &mut wide)?;
        for (narrow, wide) in out.iter_mut().zip(wide) {
            *narrow = wide as f32;
        }
        Ok(())
    }
    fn read_rows_f64(&self, first: usize, out: &mut [f64]) -> Result<()> {
        self.source.read_rows_f64(first, out)?;
        out.iter_mut().for_each(|value| *value /= self.unit);
        Ok(())
    }
}

/// Some rows of a source, in ascending order.
#[derive(Clone, Copy)]
pub(crate) struct RowSubset<'a> {
    source: &'a dyn RowSource,
    rows: &'a [u32],
}

impl<'a> RowSubset<'a> {
    /// The rows `rows`, which ascend and exist.
    pub(crate) fn new(source: &'a dyn RowSource, rows: &'a [u32]) -> Self {
        Self { source, rows }
    }

    /// Reads each run of rows that follow each other at once.
    fn read<T>(
        &self,
        first: usize,
        out: &mut [T],
        read: impl Fn(usize, &mut [T]) -> Result<()>,
    ) -> Result<()> {
        let dim = self.source.dim();
        let mut rest = out;
        let wanted = &self.rows[first..first + rest.len() / dim];
        for run in wanted.chunk_by(|a, b| a + 1 == *b) {
            let (now, later) = rest.split_at_mut(run.len() * dim);
            read(run[0] as usize, now)?;
            rest = later;
        }
        Ok(())
    }
}

impl RowSource for RowSubset<'_> {
    fn rows(&self) -> usize {
        self.rows.len()
    }
    fn dim(&self) -> usize {
        self.source.dim()
    }
    fn read_rows_f32(&self, first: usize, out: &mut [f32]) -> Result<()> {
        self.read(first, out, |row, out| self.source.read_rows_f32(row, out))
    }
    fn read_rows_f64(&self, first: usize, out: &mut [f64]) -> Result<()> {
        self.read(first, out, |row, out| self.source.read_rows_f64(row, out))
    }
}

macro_rules! matrix_source {
    ($(#[$doc:meta])* $name:ident, $type:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<'a> {
            data: &'a [$type],
            dim: usize,
        }

        impl<'a> $name<'a> {
            /// Wraps row-major `data` of `dim` columns.
            ///
            /// Errors: `EDIMENSION` if `dim` is zero or does not divide the number of values.
            pub fn new(data: &'a [$type], dim: usize) -> Result<Self> {
                if dim == 0 || !data.len().is_multiple_of(dim) {
                    return Err(Error::new(
                        Code::Dimension,
                        format!("{} values", data.len()),
                        format!("whole rows of {dim} columns"),
                    ));
                }
                Ok(Self { data, dim })
            }

            fn block(&self, first: usize, len: usize) -> Result<&'a [$type]> {
                first
                    .checked_mul(self.dim)
                    .and_then(|start| self.data.get(start..start.checked_add(len)?))
                    .ok_or_else(|| Error::internal(format!("a read past the last row at {first}")))
            }
        }
    };
}

matrix_source!(
    /// Rows of single precision in memory.
    MatrixF32,
    f32
);
matrix_source!(
    /// Rows of double precision in memory; read as singles they are rounded to nearest.
    MatrixF64,
    f64
);

impl RowSource for MatrixF32<'_> {
    fn rows(&self) -> usize {
        self.data.len() / self.dim
    }
    fn dim(&self) -> usize {
        self.dim
    }
    fn read_rows_f32(&self, first: usize, out: &mut [f32]) -> Result<()> {
        out.copy_from_slice(self.block(first, out.len())?);
        Ok(())
    }
    fn as_f32(&self) -> Option<&[f32]> {
        Some(self.data)
    }
}

impl RowSource for MatrixF64<'_> {
    fn rows(&self) -> usize {
        self.data.len() / self.dim
    }
    fn dim(&self) -> usize {
        self.dim
    }
    fn read_rows_f32(&self, first: usize, out: &mut [f32]) -> Result<()> {
        let block = self.block(first, out.len())?;
        for (out, &value) in out.iter_mut().zip(block) {
            *out = value as f32;
        }
        Ok(())
    }
    fn read_rows_f64(&self, first: usize, out: &mut [f64]) -> Result<()> {
        out.copy_from_slice(self.block(first, out.len())?);
        Ok(())
    }
}
