//! The state of a pass on disk, so that a stopped one goes on, and shards of it add up.
//!
//! Little-endian: magic, fingerprint of data and settings, first task and end of the part, tasks up to which it is
//! done, floor, five columns each with its length, and the SHA-256 of all before.

use std::io::Read;
use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::genuine::Genuine;
use super::pass::Counts;
use super::tail::Offer;
use super::{AllPairsOptions, KeyPrecision, PairSets};
use crate::error::{Code, Error, Result};
use crate::job::memory::{filled, reserve};
use crate::job::{Job, files};
use crate::measure::Prepared;
use crate::rows::IGNORED;

const MAGIC: &[u8; 8] = b"HFPAIRS2";
const DIGEST: usize = 32;
/// Bytes of the magic and the fingerprint.
const HEAD: usize = MAGIC.len() + DIGEST;

/// The data and settings that a state belongs to.
pub(super) type Mark = [u8; DIGEST];

pub(super) struct Checkpoint {
    /// The tasks that are to be counted.
    pub(super) part: Range<usize>,
    /// The first of them that is not in the counts yet.
    pub(super) done: usize,
    pub(super) counts: Counts,
    pub(super) floor: u32,
    pub(super) offers: Vec<Offer>,
}

/// What a state can hold at most.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Tasks of the pass.
    pub(super) tasks: usize,
    /// Impostor pairs in all.
    pub(super) impostors: u64,
    /// Impostors that are kept.
    pub(super) offers: usize,
    /// Largest count of a row: twice the genuine pairs for each row that it meets.
    pub(super) wins: u128,
}

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
}

/// A digest of everything that the counts depend on: every row, labels, genuine distances, distances of a
/// sample of impostors, precision, tail and thresholds, and whether keys are products with fused steps.
pub(super) fn fingerprint(
    data: &PairSets<'_>,
    (genuine, sample): (&Genuine, &[f64]),
    precision: KeyPrecision,
    options: &AllPairsOptions<'_>,
    job: &Job,
) -> Result<Mark> {
    let mut hash = Sha256::new();
    hash_rows(data.sides.queries, &mut hash, job)?;
    if !data.sides.same {
        hash_rows(data.sides.stored, &mut hash, job)?;
    }
    hash.update([
        u8::from(data.sides.same),
        u8::from(precision == KeyPrecision::Double),
        u8::from(data.sides.queries.isa().is_fused()),
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
    Ok(hash.finalize().into())
}

/// Hashes the number of rows and columns, and the digest of each piece of rows, as doubles: a change
/// of one value of one row is another mark. A hash is small work beside products of all pairs.
fn hash_rows(set: &Prepared<'_>, hash: &mut Sha256, job: &Job) -> Result<()> {
    const ROWS: usize = 256;
    let (rows, dim) = (set.rows(), set.dim());
    hash.update((rows as u64).to_le_bytes());
    hash.update((dim as u64).to_le_bytes());
    let pieces: Vec<Result<Mark>> = (0..rows.div_ceil(ROWS))
        .into_par_iter()
        .map(|piece| {
            job.check()?;
            let mut own = Sha256::new();
            let mut row = filled("a row", dim, 0.0)?;
            for i in piece * ROWS..rows.min((piece + 1) * ROWS) {
                set.embeddings().read_rows(i, &mut row)?;
                row.iter().for_each(|value| own.update(value.to_le_bytes()));
            }
            Ok(own.finalize().into())
        })
        .collect();
    for piece in pieces {
        hash.update(piece?);
    }
    Ok(())
}

impl Checkpoint {
    /// Replaces the file, whole or not at all.
    pub(super) fn write(&self, path: &Path, mark: &Mark) -> Result<()> {
        let mut bytes = Vec::new();
        bytes.extend(MAGIC);
        bytes.extend(mark);
        for task in [self.part.start, self.part.end, self.done] {
            bytes.extend((task as u64).to_le_bytes());
        }
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
        files::replace(path, &bytes)
    }

    /// The state in the file; `None` without a file, and where a shard finds a damaged one. Its columns are as long
    /// as those of `counts`.
    ///
    /// Errors: `EOPTION` for a file of other data or settings, or one that is damaged or that no run
    /// can have written; `EINPUT` for what is no regular file; `EMEMORY`.
    pub(super) fn read(
        (path, to): (&Path, Use),
        mark: &Mark,
        data: &PairSets<'_>,
        counts: &Counts,
        limits: Limits,
    ) -> Result<Option<Self>> {
        let (file, metadata) = match files::open_regular(path) {
            Ok(opened) => opened,
            Err(e) if e.is_missing() && to != Use::Merge => return Ok(None),
            Err(e) => return Err(e),
        };
        let name = to.name();
        let refuse = |found: String, expected: &str| Err(to.refuse(path, found, expected));
        let impossible = || {
            let found = format!("a {name} that no run can have written");
            refuse(found, "counts of these rows")
        };
        // The head first: it shows whether the rest is worth the memory.
        let most = longest(counts, limits);
        let mut bytes = Vec::new();
        let read = |bytes: &mut Vec<u8>, count: u64| {
            let part = (&file).take(count).read_to_end(bytes);
            part.map_err(|e| Error::io("reading the state", e).with_file(path))
        };
        read(&mut bytes, HEAD as u64)?;
        let cut = bytes.len() < HEAD && (bytes.starts_with(MAGIC) || MAGIC.starts_with(&bytes));
        if to == Use::Shard && cut {
            return Ok(None);
        }
        if !bytes.starts_with(MAGIC) {
            // It may hold other data, so no hint tells the reader to remove it.
            let expected = match to {
                Use::Merge => format!("a {name} that a shard wrote"),
                _ => format!("a {name}, or a name that is free"),
            };
            let found = Error::new(Code::Option, "a file of something else", expected);
            return Err(found.with_file(path).with_hint("Name another file"));
        }
        if bytes.get(MAGIC.len()..HEAD) != Some(&mark[..]) {
            return refuse(
                format!("a {name} of other data or settings"),
                "the same embeddings, labels, measure and options",
            );
        }
        if metadata.len() > most {
            return impossible();
        }
        let mut whole = reserve("the checkpoint", metadata.len() as usize + 1)?;
        whole.append(&mut bytes);
        let mut bytes = whole;
        read(&mut bytes, most)?;
        let content = match bytes.split_last_chunk::<DIGEST>() {
            Some((content, digest)) if Sha256::digest(content)[..] == digest[..] => content,
            _ if to == Use::Shard => return Ok(None),
            _ => return refuse(format!("a damaged {name}"), "the bytes that were written"),
        };
        let mut reader = Reader(content.get(HEAD..).unwrap_or_default());
        match reader.state() {
            Some(state) if reader.0.is_empty() && state.is_possible(data, counts, limits) => {
                Ok(Some(state))
            }
            _ => impossible(),
        }
    }

    /// True if a run over these rows can have come to this state. Who can sign a state can still make
    /// up counts within these limits, as who can write the embeddings can make up those.
    pub(super) fn is_possible(&self, data: &PairSets<'_>, counts: &Counts, limits: Limits) -> bool {
        let columns = |c: &Counts| [&c.slots, &c.ties, &c.query_wins, &c.stored_wins].map(Vec::len);
        let counted: u128 = (self.counts.slots.iter().chain(&self.counts.ties))
            .map(|count| u128::from(*count))
            .sum();
        let all = u128::from(limits.impostors);
        let is_impostor = |offer: &Offer| {
            let label = |labels: &[u32], row: u32| labels.get(row as usize).copied();
            let first = label(data.query_labels, offer.first);
            let second = label(data.stored_labels, offer.second);
            let is_known = |label: Option<u32>| label.is_some_and(|label| label != IGNORED);
            let in_order = !data.sides.same || offer.first < offer.second;
            is_known(first) && is_known(second) && first != second && in_order
        };
        columns(&self.counts) == columns(counts)
            && self.part.start <= self.done
            && self.done <= self.part.end
            && self.part.end <= limits.tasks
            && counted <= all
            && (self.done - self.part.start < limits.tasks || counted == all)
            && (self
                .counts
                .query_wins
                .iter()
                .chain(&self.counts.stored_wins))
            .all(|wins| u128::from(*wins) <= limits.wins)
            && (self.floor as usize) <= super::bins::BINS
            && self.offers.len() <= limits.offers
            && self
                .offers
                .iter()
                .all(|offer| !offer.key.is_nan() && is_impostor(offer))
    }
}

/// Bytes of the longest state with such counts.
fn longest(counts: &Counts, limits: Limits) -> u64 {
    let columns = [
        &counts.slots,
        &counts.ties,
        &counts.query_wins,
        &counts.stored_wins,
    ];
    let values: usize = columns.iter().map(|column| column.len() + 1).sum();
    (HEAD + DIGEST + 8 * (values + 5)) as u64 + (limits.offers as u64).saturating_mul(16)
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
        let mut task = || usize::try_from(self.number()?).ok();
        let (part, done) = (task()?..task()?, task()?);
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
            part,
            done,
            counts,
            floor,
            offers,
        })
    }
}
