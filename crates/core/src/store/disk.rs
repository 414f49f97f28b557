//! The operations of a gallery on files, one after the other. Tests end the process between any two of them,
//! and within a write: see [`fault`].

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A file that is written to.
#[derive(Debug)]
pub(super) struct DiskFile {
    file: File,
    path: PathBuf,
}

impl DiskFile {
    /// Opens a file that is there for writing.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Self::open_by(OpenOptions::new().read(true).write(true), path)
    }

    /// Opens a file for writing; makes it if there is none.
    pub(super) fn open_or_make(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let make = options.read(true).write(true).create(true).truncate(false);
        Self::open_by(make, path)
    }

    fn open_by(options: &OpenOptions, path: &Path) -> io::Result<Self> {
        fault::step()?;
        Ok(Self {
            file: options.open(path)?,
            path: path.to_owned(),
        })
    }

    /// Writes at a place; the file is as long as its last byte.
    pub(super) fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let written = fault::write(bytes)?;
        self.file.seek(SeekFrom::Start(offset))?;
        self.file.write_all(&bytes[..written])?;
        match written == bytes.len() {
            true => Ok(()),
            false => Err(fault::crash()),
        }
    }

    /// Returns once everything that was written is on the disk.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        fault::step()?;
        // Tests count on what was synced, and wait for no disk.
        if !cfg!(test) {
            self.file.sync_data()?;
        }
        fault::synced(&self.path);
        Ok(())
    }

    pub(super) fn truncate(&mut self, length: u64) -> io::Result<()> {
        fault::step()?;
        self.file.set_len(length)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Gives a file the name of another, which is gone at once.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fault::step()?;
    fs::rename(from, to)
}

pub(super) fn remove(path: &Path) -> io::Result<()> {
    fault::step()?;
    fs::remove_file(path)
}

/// Returns once the names in the folder of a file are on the disk, where the system can tell.
pub(super) fn sync_folder(of: &Path) -> io::Result<()> {
    fault::step()?;
    if cfg!(windows) {
        return Ok(());
    }
    if cfg!(test) {
        return Ok(());
    }
    let folder = of.parent().filter(|folder| !folder.as_os_str().is_empty());
    match File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all()) {
        Err(error) if error.kind() != io::ErrorKind::PermissionDenied => Err(error),
        _ => Ok(()),
    }
}

/// Outside of tests nothing fails that the system does not let fail.
#[cfg(not(test))]
mod fault {
    use std::io;
    use std::path::Path;

    pub(super) fn step() -> io::Result<()> {
        Ok(())
    }

    pub(super) fn write(bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    pub(super) fn synced(_: &Path) {}

    pub(super) fn crash() -> io::Error {
        io::Error::other("a short write")
    }
}

/// Ends the process, as far as files can tell, at one of its operations: that one happens in part, those behind
/// it not at all.
#[cfg(test)]
pub(super) mod fault {
    use std::cell::RefCell;
    use std::collections::HashMap;
    use std::io;
    use std::path::{Path, PathBuf};

    #[derive(Default)]
    struct Plan {
        /// Operations that still succeed; absent, all do.
        left: Option<usize>,
        /// Share of a write that reaches the file when the process ends, of 256.
        share: usize,
        steps: usize,
        /// Lengths that files had when they were last synced.
        synced: HashMap<PathBuf, u64>,
    }

    thread_local! {
        static PLAN: RefCell<Plan> = RefCell::default();
    }

    /// Lets so many operations of this thread succeed, or all.
    pub(in super::super) fn end_after(left: Option<usize>, share: usize) {
        PLAN.with_borrow_mut(|plan| (plan.left, plan.share, plan.steps) = (left, share, 0));
    }

    /// Operations since the last [`end_after`].
    pub(in super::super) fn steps() -> usize {
        PLAN.with_borrow(|plan| plan.steps)
    }

    /// The length of a file that certainly is on the disk.
    pub(in super::super) fn synced_length(path: &Path) -> u64 {
        PLAN.with_borrow(|plan| plan.synced.get(path).copied().unwrap_or(0))
    }

    pub(super) fn step() -> io::Result<()> {
        write(&[0]).and_then(|written| if written == 1 { Ok(()) } else { Err(crash()) })
    }

    pub(super) fn write(bytes: &[u8]) -> io::Result<usize> {
        PLAN.with_borrow_mut(|plan| {
            plan.steps += 1;
            match &mut plan.left {
                None => Ok(bytes.len()),
                Some(0) => {
                    let part = bytes.len() * plan.share / 256;
                    plan.share = 0;
                    Ok(part.min(bytes.len() - 1))
                }
                Some(left) => {
                    *left -= 1;
                    Ok(bytes.len())
                }
            }
        })
    }

    pub(super) fn synced(path: &Path) {
        let length = std::fs::metadata(path).map_or(0, |found| found.len());
        PLAN.with_borrow_mut(|plan| plan.synced.insert(path.to_owned(), length));
    }

    pub(super) fn crash() -> io::Error {
        io::Error::other("the end of the process")
    }
}
