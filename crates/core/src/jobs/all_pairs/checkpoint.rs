//! The state of a pass on disk, so that a stopped one goes on, and shards of it add up.
//!
//! First task and end of the part, tasks up to which it is done, floor, and five columns each with its length.

use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::genuine::Genuine;
use super::pass::Counts;
use super::tail::Offer;
use super::{AllPairsOptions, KeyPrecision, PairSets};
use crate::error::Result;
use crate::job::Job;
use crate::job::memory::filled;
use crate::jobs::state::{self, Magic, Mark, Reader, Use, of_record, record};
use crate::measure::Prepared;
use crate::rows::IGNORED;

const MAGIC: Magic = *b"HFPAIRS3";

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
            bytes.extend(record(offer.key.to_bits(), offer.first, offer.second));
        }
        state::write(path, &MAGIC, mark, &bytes)
    }

    /// The state in the file; `None` without a file, and where a shard finds a damaged one. Its columns are as long
    /// as those of `counts`.
    ///
    /// Errors: those of [`state::read`], and `EOPTION` for one that no run can have written.
    pub(super) fn read(
        (path, to): (&Path, Use),
        mark: &Mark,
        data: &PairSets<'_>,
        counts: &Counts,
        limits: Limits,
    ) -> Result<Option<Self>> {
        let most = longest(counts, limits);
        let Some(content) = state::read((path, to), &MAGIC, mark, most)? else {
            return Ok(None);
        };
        let mut reader = Reader::of(&content);
        match Self::from(&mut reader) {
            Some(state) if reader.is_at_end() && state.is_possible(data, counts, limits) => {
                Ok(Some(state))
            }
            _ => Err(to.impossible(path)),
        }
    }

    fn from(reader: &mut Reader<'_>) -> Option<Self> {
        let (part, done) = (reader.size()?..reader.size()?, reader.size()?);
        let floor = u32::try_from(reader.number()?).ok()?;
        let mut column = || {
            let values = reader.records::<8>()?.iter();
            Some(values.map(|value| u64::from_le_bytes(*value)).collect())
        };
        let counts = Counts {
            slots: column()?,
            ties: column()?,
            query_wins: column()?,
            stored_wins: column()?,
        };
        let offers = (reader.records()?.iter())
            .map(|bytes| {
                let (key, first, second) = of_record(bytes);
                Offer {
                    key: f64::from_bits(key),
                    first,
                    second,
                }
            })
            .collect();
        Some(Self {
            part,
            done,
            counts,
            floor,
            offers,
        })
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
    (8 * (values + 5)) as u64 + (limits.offers as u64).saturating_mul(16)
}
