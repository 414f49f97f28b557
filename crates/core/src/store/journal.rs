//! Additions and removals since a gallery file was written.
//!
//! A head of 64 bytes names the file that the journal belongs to. Behind it stand records: a head of 32 bytes
//! (magic, sequence, length, sum), the payload, its sum. Sums are over the name of the file and the sequence
//! too, so that nothing old can pass for something new. Changes that wait for the disk together are one record,
//! so that after a crash all of them are there or none.
//!
//! A record is acknowledged once it is synced, and the next one is written behind it, so a crash leaves at most
//! one that is not whole, the last. What is not whole with a whole record behind it is damage.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::disk::DiskFile;
use super::{Id, damaged};
use crate::error::{Code, Error, Result};
use crate::job::memory::filled;
use crate::jobs::search::RowNames;
use crate::npy::Values;
use crate::rows::Embeddings;

const HEAD: &[u8; 8] = b"hf-jrnl\x01";
const RECORD: &[u8; 8] = b"hf-recd\n";
const HEAD_BYTES: usize = 64;
const RECORD_BYTES: usize = 32;
const SUM_BYTES: usize = 16;
/// Longest payload, so that a length that cannot be is known.
const MOST_BYTES: u64 = 1 << 40;

/// Something that was done to a gallery.
#[derive(Debug, PartialEq)]
pub(super) enum Done {
    Add { first: u32, rows: Rows },
    Remove(Vec<u32>),
}

/// Rows with their names.
#[derive(Debug, PartialEq)]
pub(super) struct Rows {
    pub(super) dim: usize,
    pub(super) values: Values,
    pub(super) keys: Option<Vec<String>>,
    pub(super) labels: Option<Vec<String>>,
}

/// The contents of a journal.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) id: Id,
    pub(super) records: u64,
    pub(super) changes: Vec<Done>,
    /// Bytes up to the end of the last whole record.
    pub(super) whole: u64,
    /// Bytes behind it.
    pub(super) torn: u64,
}

/// A journal that is written to.
#[derive(Debug)]
pub(super) struct Journal {
    file: DiskFile,
    id: Id,
    records: u64,
    changes: u64,
    length: u64,
    /// True after a failure that may have left something behind the last record.
    failed: bool,
}

/// The journal of a gallery file.
pub(super) fn path_of(gallery: &Path) -> PathBuf {
    let mut name = gallery.as_os_str().to_owned();
    name.push(".journal");
    name.into()
}

fn sum(id: &Id, sequence: u64, bytes: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(id);
    hash.update(sequence.to_le_bytes());
    hash.update(bytes);
    hash.finalize().into()
}

/// Reads a journal; `None` where there is none, or one whose making was interrupted.
///
/// Errors: `EGALLERY` for one that is damaged, with the byte; `EIO`.
pub(super) fn read(path: &Path) -> Result<Option<Read>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("reading it", error).with_file(path)),
    };
    let (Some(head), true) = (bytes.get(..HEAD_BYTES), bytes.len() >= HEAD_BYTES) else {
        return Ok(None);
    };
    let id: Id = head[16..48].try_into().unwrap_or_default();
    let fail = |found: &str, at: usize| {
        Err(damaged(found, "what was written to the journal")
            .with_file(path)
            .with_offset(at as u64))
    };
    if &head[..8] != HEAD || head[48..] != sum(&id, 0, &head[..16])[..SUM_BYTES] {
        return match bytes.len() {
            HEAD_BYTES => Ok(None),
            _ => fail("a changed start of the journal", 0),
        };
    }
    let (mut at, mut records, mut changes) = (HEAD_BYTES, 0, Vec::new());
    while let Some((payload, end)) = record_at(&bytes, at, &id, records + 1) {
        match read_payload(payload) {
            Some(done) => changes.extend(done),
            None => return fail("a record of another version", at),
        }
        (at, records) = (end, records + 1);
    }
    let later = (at + 1..bytes.len().saturating_sub(RECORD_BYTES))
        .filter(|place| bytes[*place..].starts_with(RECORD))
        .any(|place| is_head(&bytes[place..], &id, records + 2));
    if later {
        return fail("a changed record before one that is whole", at);
    }
    let (whole, torn) = (at as u64, (bytes.len() - at) as u64);
    Ok(Some(Read {
        id,
        records,
        changes,
        whole,
        torn,
    }))
}

/// True if the head of the record of this sequence stands at the start of `bytes`, or that of one soon after.
fn is_head(bytes: &[u8], id: &Id, sequence: u64) -> bool {
    let Some(head) = bytes.get(..RECORD_BYTES) else {
        return false;
    };
    let own = u64::from_le_bytes(head[8..16].try_into().unwrap_or_default());
    own >= sequence && head[24..] == sum(id, own, &head[..24])[..8]
}

/// The payload of the record at a place and the byte behind the record, if it is whole.
fn record_at<'a>(bytes: &'a [u8], at: usize, id: &Id, sequence: u64) -> Option<(&'a [u8], usize)> {
    let head = bytes.get(at..at + RECORD_BYTES)?;
    let own = u64::from_le_bytes(head[8..16].try_into().ok()?);
    if !head.starts_with(RECORD) || own != sequence || !is_head(head, id, sequence) {
        return None;
    }
    let length = u64::from_le_bytes(head[16..24].try_into().ok()?);
    if length > MOST_BYTES {
        return None;
    }
    let start = at + RECORD_BYTES;
    let end = start.checked_add(length as usize)?;
    let payload = bytes.get(start..end)?;
    let stored = bytes.get(end..end + SUM_BYTES)?;
    (stored == &sum(id, sequence, payload)[..SUM_BYTES]).then_some((payload, end + SUM_BYTES))
}

impl Journal {
    /// A journal without records for the gallery of this id, in the place of any other.
    ///
    /// Errors: `EIO`.
    pub(super) fn start(path: &Path, id: Id) -> Result<Self> {
        let mut journal = Self {
            file: DiskFile::open_or_make(path).map_err(|e| unwritten(path, e))?,
            id,
            records: 0,
            changes: 0,
            length: 0,
            failed: false,
        };
        journal.restart(id)?;
        super::disk::sync_folder(path).map_err(|e| unwritten(path, e))?;
        Ok(journal)
    }

    /// Goes on with a journal that was read: what is behind its last whole record is cut off.
    ///
    /// Errors: `EIO`.
    pub(super) fn resume(path: &Path, found: &Read) -> Result<Self> {
        let file = DiskFile::open(path).map_err(|e| unwritten(path, e))?;
        let mut journal = Self {
            file,
            id: found.id,
            records: found.records,
            changes: found.changes.len() as u64,
            length: found.whole,
            failed: false,
        };
        let cut = match found.torn {
            0 => Ok(()),
            _ => journal.file.truncate(found.whole),
        };
        // A record that was read may be in the memory of the system only; from now on others build on it.
        let kept = cut.and_then(|()| journal.file.sync());
        kept.map_err(|e| unwritten(path, e))?;
        Ok(journal)
    }

    /// Drops all records and names another file.
    ///
    /// Errors: `EIO`.
    pub(super) fn restart(&mut self, id: Id) -> Result<()> {
        let mut head = [0; HEAD_BYTES];
        head[..8].copy_from_slice(HEAD);
        head[16..48].copy_from_slice(&id);
        let own = sum(&id, 0, &head[..16]);
        head[48..].copy_from_slice(&own[..SUM_BYTES]);
        self.failed = true;
        let done = self.file.truncate(0);
        let done = done.and_then(|()| self.file.write_at(0, &head));
        let done = done.and_then(|()| self.file.sync());
        done.map_err(|e| unwritten(self.file.path(), e))?;
        (self.id, self.records, self.changes) = (id, 0, 0);
        (self.length, self.failed) = (HEAD_BYTES as u64, false);
        Ok(())
    }

    /// Writes changes, at least one, as a record and returns once it is on the disk.
    ///
    /// Errors: `EIO`; after it nothing more is written, since nobody knows what the disk holds.
    pub(super) fn append(&mut self, changes: &[Done]) -> Result<()> {
        if self.failed {
            let found = "a journal that could not be written to before";
            return Err(
                Error::new(Code::Io, found, "a disk that keeps what it is given")
                    .with_file(self.file.path())
                    .with_hint("Open the gallery again once the disk is well"),
            );
        }
        let (sequence, payload) = (self.records + 1, payload_of(changes)?);
        let mut bytes = RECORD.to_vec();
        bytes.extend(sequence.to_le_bytes());
        bytes.extend((payload.len() as u64).to_le_bytes());
        let head = sum(&self.id, sequence, &bytes);
        bytes.extend(&head[..8]);
        bytes.extend(&payload);
        bytes.extend(&sum(&self.id, sequence, &payload)[..SUM_BYTES]);
        let done = self.file.write_at(self.length, &bytes);
        if let Err(error) = done.and_then(|()| self.file.sync()) {
            self.failed = true;
            // What nobody was told of is better not found later.
            let _ = self.file.truncate(self.length);
            return Err(unwritten(self.file.path(), error));
        }
        (self.records, self.length) = (sequence, self.length + bytes.len() as u64);
        self.changes += changes.len() as u64;
        Ok(())
    }

    pub(super) fn id(&self) -> Id {
        self.id
    }

    pub(super) fn records(&self) -> u64 {
        self.records
    }

    /// Additions and removals in all records.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    pub(super) fn bytes(&self) -> u64 {
        self.length
    }
}

pub(super) fn unwritten(path: &Path, error: std::io::Error) -> Error {
    Error::io("writing to it", error)
        .with_file(path)
        .with_hint("Free some space, or check the permissions of the file and its folder")
}

const ADD: u8 = 1;
const REMOVE: u8 = 2;
const SEVERAL: u8 = 3;
const NARROW: u8 = 1;
const KEYS: u8 = 2;
const LABELS: u8 = 4;

/// The payload of a record: that of one change, or of each of several behind its length.
fn payload_of(changes: &[Done]) -> Result<Vec<u8>> {
    if let [change] = changes {
        return change.payload();
    }
    let mut out = vec![SEVERAL];
    for change in changes {
        let payload = change.payload()?;
        out.extend((payload.len() as u64).to_le_bytes());
        out.extend(payload);
    }
    Ok(out)
}

fn read_payload(payload: &[u8]) -> Option<Vec<Done>> {
    let Some((&SEVERAL, mut rest)) = payload.split_first() else {
        return Done::read(payload).map(|change| vec![change]);
    };
    let mut changes = Vec::new();
    while let Some((length, others)) = rest.split_first_chunk::<8>() {
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let (own, others) = others.split_at_checked(length)?;
        changes.push(Done::read(own)?);
        rest = others;
    }
    rest.is_empty().then_some(changes)
}

impl Done {
    fn payload(&self) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        match self {
            Self::Remove(rows) => {
                out.push(REMOVE);
                out.extend(rows.iter().flat_map(|row| row.to_le_bytes()));
            }
            Self::Add { first, rows } => {
                let narrow = matches!(rows.values, Values::F32(_));
                let flags = [
                    (narrow, NARROW),
                    (rows.keys.is_some(), KEYS),
                    (rows.labels.is_some(), LABELS),
                ];
                let flags = flags.into_iter().filter(|(set, _)| *set);
                out.push(ADD);
                out.push(flags.map(|(_, flag)| flag).sum());
                for number in [*first, rows.count() as u32, rows.dim as u32] {
                    out.extend(number.to_le_bytes());
                }
                match &rows.values {
                    Values::F32(values) => out.extend(values.iter().flat_map(|v| v.to_le_bytes())),
                    Values::F64(values) => out.extend(values.iter().flat_map(|v| v.to_le_bytes())),
                }
                for text in rows
                    .keys
                    .iter()
                    .flatten()
                    .chain(rows.labels.iter().flatten())
                {
                    out.extend((text.len() as u32).to_le_bytes());
                    out.extend(text.as_bytes());
                }
            }
        }
        Ok(out)
    }

    fn read(payload: &[u8]) -> Option<Self> {
        let (kind, mut rest) = payload.split_first()?;
        match *kind {
            REMOVE => {
                let (rows, rest) = rest.as_chunks::<4>();
                let rows = rows.iter().map(|row| u32::from_le_bytes(*row)).collect();
                rest.is_empty().then_some(Self::Remove(rows))
            }
            ADD => {
                let (flags, others) = rest.split_first()?;
                rest = others;
                let [first, count, dim] = [(); 3].map(|()| word(&mut rest));
                let (first, count, dim) = (first?, count? as usize, dim? as usize);
                let numbers = count.checked_mul(dim)?;
                let values = if flags & NARROW != 0 {
                    let (own, others) = rest.split_at_checked(numbers.checked_mul(4)?)?;
                    rest = others;
                    let own = own.as_chunks().0.iter();
                    Values::F32(own.map(|value| f32::from_le_bytes(*value)).collect())
                } else {
                    let (own, others) = rest.split_at_checked(numbers.checked_mul(8)?)?;
                    rest = others;
                    let own = own.as_chunks().0.iter();
                    Values::F64(own.map(|value| f64::from_le_bytes(*value)).collect())
                };
                let mut names = |flag: u8| match flags & flag != 0 {
                    true => texts(&mut rest, count).map(Some),
                    false => Some(None),
                };
                let (keys, labels) = (names(KEYS)?, names(LABELS)?);
                let rows = Rows {
                    dim,
                    values,
                    keys,
                    labels,
                };
                rest.is_empty().then_some(Self::Add { first, rows })
            }
            _ => None,
        }
    }
}

fn word(rest: &mut &[u8]) -> Option<u32> {
    let (own, others) = rest.split_first_chunk::<4>()?;
    *rest = others;
    Some(u32::from_le_bytes(*own))
}

fn texts(rest: &mut &[u8], count: usize) -> Option<Vec<String>> {
    let mut texts = filled("names", count.min(rest.len()), String::new()).ok()?;
    if texts.len() < count {
        return None;
    }
    for text in &mut texts {
        let length = word(rest)? as usize;
        let (own, others) = rest.split_at_checked(length)?;
        *rest = others;
        *text = String::from_utf8(own.to_vec()).ok()?;
    }
    Some(texts)
}

impl Rows {
    /// All rows of a matrix.
    pub(super) fn of(rows: &Embeddings, names: &RowNames) -> Result<Self> {
        let all: Vec<u32> = (0..rows.rows() as u32).collect();
        Ok(Self {
            dim: rows.dim(),
            values: rows.copy_rows(&all)?,
            keys: names.keys.clone(),
            labels: names.labels.clone(),
        })
    }

    pub(super) fn count(&self) -> usize {
        let numbers = match &self.values {
            Values::F32(values) => values.len(),
            Values::F64(values) => values.len(),
        };
        numbers / self.dim.max(1)
    }

    pub(super) fn names(&self) -> RowNames {
        RowNames {
            keys: self.keys.clone(),
            labels: self.labels.clone(),
        }
    }
}
