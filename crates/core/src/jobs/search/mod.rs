//! The k nearest rows of a gallery for each probe, exactly.
//!
//! Where the measure is a function of an inner product, rows are compared as bytes first
//! (`codes`). Such a product comes with a bound, so it only ever says that a row is certainly
//! none of the nearest; every other row is measured as `score` measures it. What comes out is what
//! measuring all pairs and sorting them gives, to the last bit, on any instruction set and with any
//! number of threads.

mod candidates;
pub(in crate::jobs) mod codes;
mod gallery;
mod hits;
mod index;
mod names;
mod part;
mod people;
mod ranks;
mod scan;
mod shortlist;
mod strides;
mod templates;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use candidates::{Cameras, Candidates, Shots};
pub use gallery::{Gallery, Query, Where};
pub use hits::Hits;
pub use index::Index;
pub use names::{Keys, Labels, RowNames, Texts};
pub(crate) use part::Check;
pub use part::Part;
pub use people::{Fuse, Slice, rank_people, search_people};
pub use ranks::rank_mates;
pub use templates::templates;

use crate::error::{Code, Error, Result};
use crate::job::{Job, memory};
use crate::kernels::products::bytes::ByteProducts;
use crate::measure::{Prepared, Sides};

use index::Chunk;
use scan::Probes;

/// Accepts pairs of a probe and a gallery row as hits.
pub type Accepts<'a> = &'a (dyn Fn(u32, u32) -> bool + Sync);

/// Options of a search. `memory` affects no result.
#[derive(Clone, Copy)]
pub struct SearchOptions<'a> {
    /// Hits for each probe, at least 1.
    pub k: usize,
    /// Pairs that it refuses are no hits; all may be if absent.
    pub accepts: Option<Accepts<'a>>,
    /// The person of each gallery row: hits are then of k people, each by the nearest row.
    pub people: Option<&'a [u32]>,
    /// Bytes that rows made ready may take, where there is no index.
    pub memory: usize,
}

impl Default for SearchOptions<'_> {
    fn default() -> Self {
        Self {
            k: 10,
            accepts: None,
            people: None,
            memory: 64 << 20,
        }
    }
}

/// The most probes that go through the gallery together, and the bytes that their hits and
/// candidates may take meanwhile.
const MOST_PROBES: usize = 1 << 14;
const PROBE_BYTES: usize = 64 << 20;

/// The k nearest rows of `gallery` for the probes `range`; fewer where fewer are accepted.
///
/// Runs in the rayon pool that it is called in. `index` is of the same gallery; without one, rows
/// are made ready a part at a time. Cost: for measures with key rows, one product of bytes for each
/// pair and a distance for the few that are left; for others, a distance for each pair. Memory: 12
/// bytes for each hit, 64 MB for probes on their way, and `memory` or the index.
///
/// Errors: `EOPTION` for k = 0 and for 2³² hits, `EMEMORY` before any work, `EDIMENSION` for people that do not fit, `EINDEX` for probes that
/// are not there, `EUNDEFINED` for a distance that is not finite, `ENOTFINITE`, `EINPUTCHANGED`,
/// `EABORTED`.
pub fn search(
    probes: &Prepared<'_>,
    range: Range<usize>,
    gallery: &Prepared<'_>,
    index: Option<&Index>,
    options: &SearchOptions<'_>,
    job: &Job,
) -> Result<Hits> {
    let codes = match index {
        Some(index) => Codes::Index(index),
        None => Codes::Chunks(ByteProducts::for_isa(gallery.isa())),
    };
    search_codes(codes, probes, range, gallery, options, job)
}

/// The rows of a gallery as bytes.
#[derive(Clone, Copy)]
enum Codes<'a> {
    /// All at once.
    Index(&'a Index),
    /// A chunk at a time, for these products.
    Chunks(ByteProducts),
}

fn search_codes(
    codes: Codes<'_>,
    probes: &Prepared<'_>,
    range: Range<usize>,
    gallery: &Prepared<'_>,
    options: &SearchOptions<'_>,
    job: &Job,
) -> Result<Hits> {
    check(probes, &range, options.k)?;
    if let Some(people) = options.people {
        check_people(people, gallery)?;
    }
    let k = options.k.min(gallery.rows());
    let (bytes, chunk) = match codes {
        Codes::Index(index) => (index.byte_products(), 0),
        Codes::Chunks(bytes) => (bytes, index::chunk_bytes(gallery, options.memory)),
    };
    memory::require(
        "the search",
        Hits::bytes(range.len(), k)?
            .saturating_add(PROBE_BYTES)
            .saturating_add(chunk),
    )?;
    let mut hits = Hits::new();
    job.begin("search", (range.len() * gallery.rows()) as u64);
    let step = (PROBE_BYTES / shortlist::bytes(k)).clamp(1, MOST_PROBES);
    let sides = Sides::new(probes, gallery);
    sides.while_unchanged(|| {
        for first in range.clone().step_by(step) {
            let part = first..range.end.min(first + step);
            if k == 0 {
                part.for_each(|_| hits.push(&[]));
                continue;
            }
            let mut asked = Probes::new(bytes, sides, part, options)?;
            match codes {
                Codes::Index(index) => {
                    for chunk in index.chunks() {
                        asked.meet(chunk, job)?;
                    }
                }
                Codes::Chunks(_) => {
                    for (first, count) in index::chunks(gallery, options.memory) {
                        job.check()?;
                        asked.meet(&Chunk::new(bytes, gallery, first, count)?, job)?;
                    }
                }
            }
            asked.lists().for_each(|list| hits.push(list));
        }
        Ok(hits)
    })
}

fn check(probes: &Prepared<'_>, range: &Range<usize>, k: usize) -> Result<()> {
    if k == 0 {
        return Err(Error::new(
            Code::Option,
            "no hits for a probe",
            "at least 1",
        ));
    }
    if range.end > probes.rows() || range.start > range.end {
        let found = format!("probes {} to {}", range.start, range.end);
        let expected = format!("rows of {}", probes.rows());
        return Err(Error::new(Code::Index, found, expected));
    }
    Ok(())
}

fn check_people(people: &[u32], set: &Prepared<'_>) -> Result<()> {
    if people.len() == set.rows() {
        return Ok(());
    }
    let found = format!("{} labels", people.len());
    let expected = format!("one for each of {} rows", set.rows());
    Err(Error::new(Code::Dimension, found, expected))
}
