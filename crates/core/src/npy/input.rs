//! A regular file that is read at given places, and what tells whether it was changed.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::error::{Code, Error, Result};
use crate::job::files;

/// Opens a `.npy` file through the one door of the core.
pub(super) fn open_regular(path: &Path) -> Result<(File, Metadata)> {
    files::open_regular(path).map_err(|e| match e.code() {
        Code::Input if e.hint().is_empty() => e.with_hint("Give the path of a .npy file on a disk"),
        _ => e,
    })
}

/// Fills `buffer` from `offset`; interrupted and short reads go on. `EINPUTCHANGED` when the file
/// ends before, since its length was checked when it was opened; `EIO` when the system fails.
pub(super) fn read_at(path: &Path, file: &File, buffer: &mut [u8], offset: u64) -> Result<()> {
    let mut done = 0;
    while done < buffer.len() {
        let at = offset + done as u64;
        match read_some(file, &mut buffer[done..], at) {
            Ok(0) => {
                let end = file.metadata().map_or(at, |now| now.len().min(at));
                return Err(changed(path, format!("the file to end after {end} bytes")));
            }
            Ok(count) => done += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                return Err(Error::io("reading it", error)
                    .with_file(path)
                    .with_offset(at));
            }
        }
    }
    Ok(())
}

#[cfg(unix)]
fn read_some(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_some(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// The file is not what it was when it was opened.
pub(super) fn changed(path: &Path, found: impl Into<String>) -> Error {
    Error::new(
        Code::InputChanged,
        found,
        "the file to stay as it was opened",
    )
    .with_file(path)
    .with_hint(
        "Run again once nothing writes to it; replace files by renaming a finished one over them",
    )
}

/// Which file it is and when it was last touched.
///
/// Times are as fine as the file system keeps them, often 4 ms: a change within the same tick as
/// the one before it goes unseen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    length: u64,
    #[cfg(unix)]
    file: (u64, u64),
    #[cfg(unix)]
    modified: (i64, i64),
    #[cfg(unix)]
    touched: (i64, i64),
    #[cfg(unix)]
    links: u64,
    #[cfg(not(unix))]
    modified: Option<std::time::SystemTime>,
}

impl Stamp {
    #[cfg(unix)]
    pub(super) fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            length: metadata.len(),
            file: (metadata.dev(), metadata.ino()),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            touched: (metadata.ctime(), metadata.ctime_nsec()),
            links: metadata.nlink(),
        }
    }

    #[cfg(not(unix))]
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }

    /// The first difference between two looks at one open file, if any.
    pub(super) fn difference(&self, later: &Self) -> Option<String> {
        if self.length != later.length {
            return Some(format!(
                "{} bytes where there were {}",
                later.length, self.length
            ));
        }
        if self.modified != later.modified {
            return Some("that it was written to".to_owned());
        }
        #[cfg(unix)]
        {
            if self.file != later.file {
                return Some("another file in its place".to_owned());
            }
            // Renaming another file over this one takes its name away, which also moves the time
            // of the last touch; the bytes behind the open file are still the old ones.
            if self.touched != later.touched && self.links == later.links {
                return Some("that it was touched".to_owned());
            }
        }
        None
    }
}
