//! Files to fill.

use std::fs::{File, OpenOptions};
use std::io::BufWriter;
use std::path::Path;

use hackface_core::{Error, Result};

/// Opens the file that the caller made beside its target. It is never made here: a caller that has
/// removed it, on its way out, would leave it behind.
pub(crate) fn open(path: &Path) -> Result<BufWriter<File>> {
    let file = OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(path)
        .map_err(|e| Error::io("writing it", e).with_file(path))?;
    Ok(BufWriter::with_capacity(1 << 20, file))
}
