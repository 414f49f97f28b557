//! The one door to files of the core: what may be opened, and how a file is replaced.

use std::collections::hash_map::RandomState;
use std::fs::{self, File, Metadata, OpenOptions};
use std::hash::BuildHasher;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::{Code, Error, Result, system_words};

/// Opens a regular file for reading; symbolic links are followed.
///
/// Anything else is `EINPUT` with the reason. The type is looked at first, and the opening itself
/// does not wait, so that neither a FIFO nor a device can hold the caller up.
pub(crate) fn open_regular(path: &Path) -> Result<(File, Metadata)> {
    let metadata = fs::metadata(path).map_err(|e| unopened(path, e))?;
    regular(path, &metadata)?;
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options.open(path).map_err(|e| unopened(path, e))?;
    // Again, of what was opened: the name may have come to mean something else.
    let metadata = file.metadata().map_err(|e| unopened(path, e))?;
    regular(path, &metadata)?;
    Ok((file, metadata))
}

fn regular(path: &Path, metadata: &Metadata) -> Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    let found = if metadata.is_dir() {
        "a directory"
    } else {
        special(metadata)
    };
    Err(Error::new(Code::Input, found, "a regular file").with_file(path))
}

#[cfg(unix)]
fn special(metadata: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = metadata.file_type();
    if kind.is_fifo() {
        "a pipe (FIFO)"
    } else if kind.is_socket() {
        "a socket"
    } else if kind.is_block_device() || kind.is_char_device() {
        "a device"
    } else {
        "something that is not a file"
    }
}

#[cfg(not(unix))]
fn special(_: &Metadata) -> &'static str {
    "something that is not a file"
}

fn unopened(path: &Path, error: io::Error) -> Error {
    let hint = match error.kind() {
        ErrorKind::NotFound => "Check the path",
        ErrorKind::PermissionDenied => "Check the permissions of the file and its directories",
        // Such as a path with a zero byte: the request is at fault, not the system.
        ErrorKind::InvalidInput | ErrorKind::InvalidFilename => {
            return Error::new(Code::Input, system_words(&error), "the path of a file")
                .with_file(path)
                .with_hint("Check the path");
        }
        _ => "Try again once the system is well",
    };
    Error::io("opening it", error)
        .with_file(path)
        .with_hint(hint)
}

/// Fails where [`replace`] would, for want of a folder or of a right, and for what is there and is no
/// regular file. Makes a file beside `path` to find out, and removes it.
///
/// Errors: `EINPUT`, `EIO`.
pub(crate) fn require_replaceable(path: &Path) -> Result<()> {
    if let Err(e) = open_regular(path)
        && !e.is_missing()
    {
        return Err(e);
    }
    let target = target(path);
    let (temporary, file) = create_beside(&target).map_err(|e| unwritten(path, e))?;
    drop(file);
    fs::remove_file(temporary).map_err(|e| unwritten(path, e))
}

/// Replaces a file, whole or not at all. A link is followed; the mode of the old file is kept, and
/// a new one is for its owner only.
///
/// Errors: `EINPUT` for a folder that is missing or closed, `EIO`.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let target = target(path);
    let (temporary, mut file) = create_beside(&target).map_err(|e| unwritten(path, e))?;
    let written = file
        .write_all(bytes)
        .and_then(|()| keep_mode(&target, &file))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&temporary, &target));
    written.map_err(|e| {
        let _ = fs::remove_file(&temporary);
        unwritten(path, e)
    })
}

/// Removes a file that [`replace`] wrote; one that cannot be removed does no harm.
pub(crate) fn remove(path: &Path) {
    let _ = fs::remove_file(target(path));
}

/// The file that a path means: that of a link, where there is one.
fn target(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// A new file beside `target`. Its name cannot be guessed, and one that is there is never opened, so
/// nobody can lay a link where it will be.
fn create_beside(target: &Path) -> io::Result<(PathBuf, File)> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut name = target.as_os_str().to_owned();
    name.push(format!(".{:016x}.tmp", RandomState::new().hash_one(target)));
    let temporary = PathBuf::from(name);
    let file = options.open(&temporary)?;
    Ok((temporary, file))
}

fn keep_mode(old: &Path, new: &File) -> io::Result<()> {
    match fs::metadata(old) {
        Ok(metadata) => new.set_permissions(metadata.permissions()),
        Err(_) => Ok(()),
    }
}

fn unwritten(path: &Path, error: io::Error) -> Error {
    let hint = "Name a file in a folder that exists and may be written to";
    let found = match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => "no folder to write it in",
        ErrorKind::PermissionDenied => "a folder that may not be written to",
        _ => {
            return Error::io("writing beside it", error)
                .with_file(path)
                .with_hint(hint);
        }
    };
    Error::new(Code::Input, found, "a place for a file")
        .with_file(path)
        .with_hint(hint)
}
