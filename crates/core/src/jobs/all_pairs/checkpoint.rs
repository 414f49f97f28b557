//! The state of a pass on disk, so that a stopped one goes on.
//!
//! Little-endian: magic, fingerprint of data and settings, tasks done, floor, five columns each
//! with its length, and the SHA-256 of all before.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::genuine::Genuine;
use super::pass::Counts;
use super::tail::Offer;
use super::{AllPairsOptions, KeyPrecision, PairSets};
use crate::error::{Code, Error, Result};

const MAGIC: &[u8; 8] = b"HFPAIRS1";
const DIGEST: usize = 32;

/// The data and settings that a state belongs to.
pub(super) type Mark = [u8; DIGEST];

pub(super) struct Checkpoint {
    /// Tasks that are in the counts.
    pub(super) done: usize,
    pub(super) counts: Counts,
    pub(super) floor: u32,
    pub(super) offers: Vec<Offer>,
}

/// A digest of everything that the counts depend on: labels, genuine distances, distances of a
/// sample of impostors, precision, tail and thresholds.
pub(super) fn fingerprint(
    data: &PairSets<'_>,
    genuine: &Genuine,
    sample: &[f64],
    precision: KeyPrecision,
    options: &AllPairsOptions<'_>,
) -> Mark {
    let mut hash = Sha256::new();
    hash.update([
        u8::from(data.sides.same),
        u8::from(precision == KeyPrecision::Double),
    ]);
    hash.update((options.tail as u64).to_le_bytes());
    for labels in [data.query_labels, data.stored_labels] {
        hash.update((labels.len() as u64).to_le_bytes());
        labels
            .iter()
            .for_each(|label| hash.update(label.to_le_bytes()));
    }
    for values in [&genuine.distances[..], sample, options.thresholds] {
        hash.update((values.len() as u64).to_le_bytes());
        values
            .iter()
            .for_each(|value| hash.update(value.to_bits().to_le_bytes()));
    }
    hash.finalize().into()
}

impl Checkpoint {
    /// Replaces the file, whole or not at all.
    pub(super) fn write(&self, path: &Path, mark: &Mark) -> Result<()> {
        let mut bytes = Vec::new();
        bytes.extend(MAGIC);
        bytes.extend(mark);
        bytes.extend((self.done as u64).to_le_bytes());
        bytes.extend(u64::from(self.floor).to_le_bytes());
        let Counts {
            slots,
            ties,
            query_wins,
            stored_wins,
        } = &self.counts;
        for column in [slots, ties, query_wins, stored_wins] {
            bytes.extend((column.len() as u64).to_le_bytes());
            column
                .iter()
                .for_each(|value| bytes.extend(value.to_le_bytes()));
        }
        bytes.extend((self.offers.len() as u64).to_le_bytes());
        for offer in &self.offers {
            bytes.extend(offer.key.to_bits().to_le_bytes());
            bytes.extend(offer.first.to_le_bytes());
            bytes.extend(offer.second.to_le_bytes());
        }
        let digest = Sha256::digest(&bytes);
        bytes.extend(digest);
        let temporary = beside(path);
        let failed = |e| Error::io("writing the checkpoint", e).with_file(path);
        let written = File::create(&temporary)
            .and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&temporary, path));
        written.map_err(|e| {
            let _ = fs::remove_file(&temporary);
            failed(e)
        })
    }

    /// The state in the file; `None` without a file.
    ///
    /// Errors: `EOPTION` for a file of other data or settings, or one that is damaged.
    pub(super) fn read(path: &Path, mark: &Mark) -> Result<Option<Self>> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::io("reading the checkpoint", e).with_file(path)),
        };
        let refuse = |found: &str, expected: &str, hint: &str| {
            Err(Error::new(Code::Option, found, expected)
                .with_file(path)
                .with_hint(hint))
        };
        // It may hold other data, so no hint tells the reader to remove it.
        let foreign = || {
            let expected = "a checkpoint, or a name that is free";
            refuse("a file of something else", expected, "Name another file")
        };
        let Some((content, digest)) = bytes.split_last_chunk::<DIGEST>() else {
            return foreign();
        };
        if !content.starts_with(MAGIC) {
            return foreign();
        }
        let again = "Remove the file to start again, or name another";
        if Sha256::digest(content)[..] != digest[..] {
            return refuse("a damaged checkpoint", "the bytes that were written", again);
        }
        let mut reader = Reader(&content[MAGIC.len()..]);
        if reader.take(DIGEST) != Some(&mark[..]) {
            return refuse(
                "a checkpoint of other data or settings",
                "the same embeddings, labels, measure and options",
                again,
            );
        }
        Ok(reader.state())
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    fn number(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn column(&mut self) -> Option<Vec<u64>> {
        let length = usize::try_from(self.number()?).ok()?;
        let bytes = self.take(length.checked_mul(8)?)?;
        let (values, _) = bytes.as_chunks::<8>();
        Some(
            values
                .iter()
                .map(|value| u64::from_le_bytes(*value))
                .collect(),
        )
    }

    fn state(&mut self) -> Option<Checkpoint> {
        let done = usize::try_from(self.number()?).ok()?;
        let floor = u32::try_from(self.number()?).ok()?;
        let counts = Counts {
            slots: self.column()?,
            ties: self.column()?,
            query_wins: self.column()?,
            stored_wins: self.column()?,
        };
        let length = usize::try_from(self.number()?).ok()?;
        let (values, _) = self.take(length.checked_mul(16)?)?.as_chunks::<16>();
        let offers = values
            .iter()
            .map(|bytes| {
                let (key, rows) = bytes.split_at(8);
                let (first, second) = rows.split_at(4);
                Some(Offer {
                    key: f64::from_bits(u64::from_le_bytes(key.try_into().ok()?)),
                    first: u32::from_le_bytes(first.try_into().ok()?),
                    second: u32::from_le_bytes(second.try_into().ok()?),
                })
            })
            .collect::<Option<Vec<_>>>()?;
        Some(Checkpoint {
            done,
            counts,
            floor,
            offers,
        })
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    PathBuf::from(name)
}
