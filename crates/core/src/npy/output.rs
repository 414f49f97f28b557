//! Matrices on their way to files that exist.

use std::fs::{File, OpenOptions};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use super::{Dtype, Float, NpyWriter};
use crate::error::{Error, Result};

/// An `.npy` file to fill; its errors name the file.
pub struct NpyOutput {
    path: PathBuf,
    writer: NpyWriter<BufWriter<File>>,
}

impl NpyOutput {
    /// Opens the file that the caller made beside its target. It is never made here: a caller that
    /// has removed it, on its way out, would leave it behind.
    pub fn open(path: &Path, dtype: Dtype, rows: usize, dim: usize) -> Result<Self> {
        Self::with(path, |buffer| NpyWriter::new(buffer, dtype, rows, dim))
    }

    /// As [`Self::open`], for numbers on one axis.
    pub fn open_flat(path: &Path, dtype: Dtype, length: usize) -> Result<Self> {
        Self::with(path, |buffer| NpyWriter::flat(buffer, dtype, length))
    }

    fn with(
        path: &Path,
        writer: impl FnOnce(BufWriter<File>) -> Result<NpyWriter<BufWriter<File>>>,
    ) -> Result<Self> {
        let file = OpenOptions::new().write(true).truncate(true).open(path);
        let file = file.map_err(|e| Error::io("writing it", e).with_file(path))?;
        let buffer = BufWriter::with_capacity(1 << 20, file);
        let writer = writer(buffer).map_err(|e| e.with_file(path))?;
        let path = path.to_owned();
        Ok(Self { path, writer })
    }

    /// Writes whole rows.
    pub fn write<T: Float>(&mut self, rows: &[T]) -> Result<()> {
        let written = self.writer.write_rows(rows);
        written.map_err(|e| e.with_file(&self.path))
    }

    /// Writes and syncs the end.
    pub fn finish(self) -> Result<()> {
        let path = self.path;
        let failed = |e| Error::io("writing its end", e).with_file(&path);
        let buffer = self.writer.finish().map_err(|e| e.with_file(&path))?;
        let file = buffer.into_inner().map_err(|e| failed(e.into_error()))?;
        file.sync_all().map_err(failed)
    }
}
