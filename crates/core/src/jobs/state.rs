//! Files of unfinished work: a state to go on from, and parts that are put together.
//!
//! A magic, the fingerprint of data and settings, what the job writes, and the SHA-256 of all before. Whole numbers
//! are little-endian.

use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::{Code, Error, Result};
use crate::job::files;
use crate::job::memory::reserve;

const DIGEST: usize = 32;
/// Bytes of the magic and the fingerprint.
const HEAD: usize = size_of::<Magic>() + DIGEST;

/// The first bytes of a file, which tell the job and the form of what it writes.
pub(super) type Magic = [u8; 8];

/// The data and settings that a state belongs to.
pub(super) type Mark = [u8; DIGEST];

/// The use that is made of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// A stopped pass goes on.
    Resume,
    /// A shard is finished, or was; a damaged file is counted anew.
    Shard,
    /// It is added to others.
    Merge,
}

impl Use {
    fn name(self) -> &'static str {
        match self {
            Self::Resume => "checkpoint",
            _ => "part",
        }
    }

    pub(super) fn refuse(self, path: &Path, found: String, expected: &str) -> Error {
        let error = Error::new(Code::Option, found, expected).with_file(path);
        match self {
            Self::Resume => error.with_hint("Remove the file to start again, or name another"),
            Self::Shard => error.with_advice("replace it", "force", None),
            Self::Merge => error.with_hint("Run its shard again, with the options given here"),
        }
    }

    /// The error for a file with right digests that no run over these rows can have come to.
    pub(super) fn impossible(self, path: &Path) -> Error {
        let found = format!("a {} that no run can have written", self.name());
        self.refuse(path, found, "work on these rows")
    }
}

/// Replaces the file, whole or not at all.
pub(super) fn write(path: &Path, magic: &Magic, mark: &Mark, content: &[u8]) -> Result<()> {
    let mut bytes = reserve("the state", HEAD + content.len() + DIGEST)?;
    bytes.extend(magic);
    bytes.extend(mark);
    bytes.extend(content);
    let digest = Sha256::digest(&bytes);
    bytes.extend(digest);
    files::replace(path, &bytes)
}

/// The content of a file that [`write`] wrote, of at most `most` bytes; `None` without a file, and where a shard finds a
/// damaged one.
///
/// Errors: `EOPTION` for a file of other data or settings, or a damaged one; `EINPUT` for what is no regular file;
/// `EMEMORY`.
pub(super) fn read(
    (path, to): (&Path, Use),
    magic: &Magic,
    mark: &Mark,
    most: u64,
) -> Result<Option<Vec<u8>>> {
    let (file, metadata) = match files::open_regular(path) {
        Ok(opened) => opened,
        Err(e) if e.is_missing() && to != Use::Merge => return Ok(None),
        Err(e) => return Err(e),
    };
    let name = to.name();
    // The head first: it shows whether the rest is worth the memory.
    let most = most.saturating_add((HEAD + DIGEST) as u64);
    let mut bytes = Vec::new();
    let read = |bytes: &mut Vec<u8>, count: u64| {
        let part = (&file).take(count).read_to_end(bytes);
        part.map_err(|e| Error::io("reading the state", e).with_file(path))
    };
    read(&mut bytes, HEAD as u64)?;
    let cut = bytes.len() < HEAD && (bytes.starts_with(magic) || magic.starts_with(&bytes));
    if to == Use::Shard && cut {
        return Ok(None);
    }
    if !bytes.starts_with(magic) {
        // It may hold other data, so no hint tells the reader to remove it.
        let expected = match to {
            Use::Merge => format!("a {name} that a shard wrote"),
            _ => format!("a {name}, or a name that is free"),
        };
        let found = Error::new(Code::Option, "a file of something else", expected);
        return Err(found.with_file(path).with_hint("Name another file"));
    }
    if bytes.get(magic.len()..HEAD) != Some(&mark[..]) {
        let found = format!("a {name} of other data or settings");
        let expected = "the same embeddings, labels and options";
        return Err(to.refuse(path, found, expected));
    }
    if metadata.len() > most {
        return Err(to.impossible(path));
    }
    let mut whole = reserve("the state", metadata.len() as usize + 1)?;
    whole.append(&mut bytes);
    read(&mut whole, most)?;
    match whole.split_last_chunk::<DIGEST>() {
        Some((content, digest)) if Sha256::digest(content)[..] == digest[..] => {
            whole.truncate(whole.len() - DIGEST);
            whole.drain(..HEAD.min(whole.len()));
            Ok(Some(whole))
        }
        _ if to == Use::Shard => Ok(None),
        _ => {
            let found = format!("a damaged {name}");
            Err(to.refuse(path, found, "the bytes that were written"))
        }
    }
}

/// Reads what a state holds, number by number.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn of(content: &'a [u8]) -> Self {
        Self(content)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    pub(super) fn size(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    /// Records of `N` bytes, behind their number.
    pub(super) fn records<const N: usize>(&mut self) -> Option<&'a [[u8; N]]> {
        let length = self.size()?;
        Some(self.take(length.checked_mul(N)?)?.as_chunks::<N>().0)
    }
}

/// A number of 64 bits and two of 32, as records hold them.
pub(super) fn record(wide: u64, first: u32, second: u32) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&wide.to_le_bytes());
    bytes[8..12].copy_from_slice(&first.to_le_bytes());
    bytes[12..].copy_from_slice(&second.to_le_bytes());
    bytes
}

/// The numbers of a [`record`].
pub(super) fn of_record(bytes: &[u8; 16]) -> (u64, u32, u32) {
    let all = u128::from_le_bytes(*bytes);
    (all as u64, (all >> 64) as u32, (all >> 96) as u32)
}
