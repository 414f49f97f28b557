//! Where the mates of each probe come in the ranking of a whole gallery.
//!
//! Distances to mates are exact. Everyone else streams by as squares of keys (`tiles`) and is
//! counted by which mates it comes before; a pair whose key is too near to a mate's to tell is
//! measured. So ranks are exact without a ranking being made.

use std::ops::Range;

use rayon::prelude::*;

use super::codes::Bounds;
use super::shortlist::{Candidate, Hit, Shortlist};
use super::{Candidates, check, check_people};
use crate::error::{Error, Result};
use crate::evaluation::identification::{Mate, Searches};
use crate::job::tasks::all;
use crate::job::{Job, memory};
use crate::measure::tiles::{KeyBlock, KeyPrecision, Keys, Square};
use crate::measure::{Prepared, Scratch, Side, Sides};
use crate::rows::IGNORED;

/// Probes of a block: a multiple of the side of a square.
const BLOCK: usize = 256;
/// Squares that some probes meet before the next do: few enough that both stay in a cache.
const RUN: usize = 16;
/// Gallery rows that are made ready at once, while there is memory for them.
const CHUNK: usize = 1 << 14;
/// Mates that are ranked at once: 10 GB.
const MOST_MATES: usize = 1 << 28;
/// Bytes of a mate while it is ranked, and of what comes of it.
const MATE_BYTES: usize = 40;
/// Products up to which keys are computed in double precision.
const FEW_PRODUCTS: f64 = 1e11;

/// Ranks the mates of the probes `range` among their candidates: counts for each mate how many rows of
/// other people are nearer and as near, and the nearest row of another person. `memory` is the bytes that
/// rows made ready may take; it affects no result. A probe of [`IGNORED`] has no search.
///
/// Runs in the rayon pool that it is called in. Cost: one product of all probes with all rows, or
/// for measures without key rows a distance for each pair. Memory: 40 bytes for each mate of a
/// probe, and `memory`.
///
/// Errors: `EDIMENSION` for labels that do not fit, `EMEMORY` for more than 2²⁸ mates, those of
/// [`super::search`].
pub fn rank_mates(
    probes: &Prepared<'_>,
    range: Range<usize>,
    gallery: &Prepared<'_>,
    (candidates, memory): (&Candidates<'_>, usize),
    job: &Job,
) -> Result<Searches> {
    check(probes, &range, 1)?;
    check_people(candidates.of_probe, probes)?;
    check_people(candidates.of_row, gallery)?;
    let sides = Sides::new(probes, gallery);
    sides.while_unchanged(|| Ranking::new(sides, range, *candidates, job)?.run(memory, job))
}

/// A probe on its way through the gallery.
struct Ranked {
    probe: u32,
    mates: Mates,
    /// The nearest row of another person.
    other: Shortlist<'static>,
}

/// The mates of a probe, nearest first, and who came before each. Keys lie by themselves: they are
/// looked up for every row that may come before one.
struct Mates {
    keys: Vec<f64>,
    distances: Vec<f64>,
    /// Others that are nearer than this mate and no nearer than the one before.
    nearer: Vec<u32>,
    tied: Vec<u32>,
}

struct Ranking<'a> {
    sides: Sides<'a>,
    candidates: Candidates<'a>,
    range: Range<usize>,
    keys: Keys<'a>,
    ranked: Vec<Ranked>,
}

impl<'a> Ranking<'a> {
    fn new(
        sides: Sides<'a>,
        range: Range<usize>,
        candidates: Candidates<'a>,
        job: &Job,
    ) -> Result<Self> {
        let pairs = range.len() as f64 * sides.stored.rows() as f64;
        let precision = match pairs * sides.queries.dim() as f64 <= FEW_PRODUCTS {
            true => KeyPrecision::Double,
            false => KeyPrecision::Single,
        };
        job.begin("preparing", 1);
        // Nothing is packed for good: both sides are packed as they are met.
        let mut ranking = Self {
            sides,
            candidates,
            range,
            keys: Keys::new(sides, precision, 0)?,
            ranked: Vec::new(),
        };
        ranking.ranked = ranking.mates(job)?;
        Ok(ranking)
    }

    fn run(mut self, memory: usize, job: &Job) -> Result<Searches> {
        let rows = self.sides.stored.rows();
        job.begin("ranking", (self.range.len() * rows) as u64);
        let row_bytes = 8 * self.sides.stored.dim();
        let chunk = (memory / row_bytes / BLOCK * BLOCK).clamp(BLOCK, CHUNK);
        memory::require("the ranking", chunk.min(rows).saturating_mul(row_bytes))?;
        let mut ranked = std::mem::take(&mut self.ranked);
        for first in (0..rows).step_by(chunk) {
            job.check()?;
            let count = chunk.min(rows - first);
            let stored = self.keys.block(Side::Stored, first, count)?;
            let blocks = ranked.par_chunks_mut(BLOCK).enumerate();
            all(blocks, |(block, ranked)| {
                let from = self.range.start + block * BLOCK;
                self.meet((from, ranked), (&stored, first, count), job)
            })?;
        }
        Ok(self.searches(ranked))
    }

    /// Compares a block of probes with consecutive gallery rows.
    fn meet(
        &self,
        (from, ranked): (usize, &mut [Ranked]),
        (stored, first, count): (&KeyBlock<'_>, usize, usize),
        job: &Job,
    ) -> Result<()> {
        // Blocks start where they fit a square, whatever probe the range begins with.
        let side = self.keys.side();
        let start = from / side * side;
        let skipped = from - start;
        let asked = (self.keys).block(Side::Query, start, skipped + ranked.len())?;
        let facing = self.keys.facing(&asked, stored)?;
        let mut square = Square::new();
        let mut unsure = Vec::new();
        let squares = count.div_ceil(side);
        for run in (0..squares).step_by(RUN) {
            job.check()?;
            for i in 0..(skipped + ranked.len()).div_ceil(side) {
                for j in run..squares.min(run + RUN) {
                    let columns = side.min(count - j * side);
                    facing.square(i, j, &mut square)?;
                    for r in 0..side {
                        let Some(place) = (i * side + r).checked_sub(skipped) else {
                            continue;
                        };
                        let Some(probe) = ranked.get_mut(place) else {
                            break;
                        };
                        let keys = &square.keys[r * side..][..columns];
                        self.count(probe, place, keys, first + j * side, &mut unsure);
                    }
                }
            }
        }
        self.settle(from, ranked, unsure)?;
        job.advance((ranked.len() * count) as u64);
        Ok(())
    }

    /// Counts gallery rows from `first` that come before a mate, or before all others.
    fn count(
        &self,
        probe: &mut Ranked,
        place: usize,
        keys: &[f64],
        first: usize,
        unsure: &mut Vec<(u32, u32)>,
    ) {
        let bound = self.keys.bound();
        let last = (probe.mates.keys.last()).map_or(f64::INFINITY, |key| key - bound);
        let least = last.min(f64::from(probe.other.threshold()) - bound);
        let mut any = false;
        for key in keys {
            any |= *key >= least;
        }
        if !any {
            return;
        }
        let label = self.candidates.of_probe[probe.probe as usize];
        for (row, key) in (first..).zip(keys) {
            if *key < least || [label, IGNORED].contains(&self.candidates.of_row[row]) {
                continue;
            }
            if *key + bound >= f64::from(probe.other.threshold()) {
                let bounds = Bounds::around(*key, bound);
                probe.other.push(Candidate {
                    row: row as u32,
                    bounds,
                });
            }
            if *key >= last {
                // Mates that are not certainly farther than this row.
                let mates = &mut probe.mates;
                let ahead = mates.keys.partition_point(|mate| *mate >= key - bound);
                if ahead > 0 && mates.keys[ahead - 1] <= key + bound {
                    unsure.push((place as u32, row as u32));
                } else {
                    mates.nearer[ahead] += 1;
                }
            }
        }
    }

    /// Measures the pairs that keys could not tell apart.
    fn settle(
        &self,
        from: usize,
        ranked: &mut [Ranked],
        mut unsure: Vec<(u32, u32)>,
    ) -> Result<()> {
        // Nearest others are settled now, so that candidates do not pile up.
        let mut wanted: Vec<Vec<Candidate>> = Vec::with_capacity(ranked.len());
        for probe in ranked.iter_mut() {
            wanted.push(probe.other.take_candidates());
        }
        let rows = (unsure.iter().map(|(_, row)| *row))
            .chain(wanted.iter().flatten().map(|candidate| candidate.row));
        let mut rows: Vec<u32> = rows.collect();
        rows.sort_unstable();
        rows.dedup();
        let stored = self.sides.stored.batch(&rows)?;
        let asked = self.sides.queries.run(from, ranked.len())?;
        let mut scratch = Scratch::default();
        let mut measure = |place: usize, row: u32| {
            let at = rows.partition_point(|other| *other < row);
            (self.sides).distance((&asked, place), (&stored, at), &mut scratch)
        };
        unsure.sort_unstable();
        for (place, row) in unsure {
            let distance = measure(place as usize, row)?;
            let mates = &mut ranked[place as usize].mates;
            let farther = mates.distances.partition_point(|mate| *mate <= distance);
            let level = mates.distances.partition_point(|mate| *mate < distance);
            mates.tied[level..farther]
                .iter_mut()
                .for_each(|tied| *tied += 1);
            if let Some(nearer) = mates.nearer.get_mut(farther) {
                *nearer += 1;
            }
        }
        for (place, candidates) in wanted.into_iter().enumerate() {
            for candidate in candidates {
                if candidate.bounds.upper < ranked[place].other.threshold() {
                    break;
                }
                let distance = measure(place, candidate.row)?;
                let other = &mut ranked[place].other;
                if other.add(Hit {
                    distance,
                    row: candidate.row,
                }) {
                    let bounds = Bounds::around(self.keys.key_of(distance), self.keys.bound());
                    other.raise(bounds.lower);
                }
            }
        }
        Ok(())
    }

    fn searches(&self, ranked: Vec<Ranked>) -> Searches {
        let mut searches = Searches::default();
        for probe in ranked {
            let identity = self.candidates.of_probe[probe.probe as usize];
            if identity == IGNORED {
                continue;
            }
            let mut nearer = 0;
            let Mates {
                distances,
                nearer: steps,
                tied,
                ..
            } = probe.mates;
            let mates = distances.into_iter().zip(steps).zip(tied);
            let mates = mates.map(|((distance, step), tied)| {
                nearer += step;
                Mate {
                    distance,
                    nearer,
                    tied,
                }
            });
            let nearest = probe.other.best().first().map(|hit| hit.distance);
            searches.push(identity, mates, nearest.unwrap_or(f64::INFINITY));
        }
        searches
    }

    /// The probes with their mates measured, person by person.
    fn mates(&self, job: &Job) -> Result<Vec<Ranked>> {
        let (sides, range) = (self.sides, &self.range);
        let Candidates {
            of_probe, of_row, ..
        } = self.candidates;
        let people = (of_probe.iter().chain(of_row))
            .filter(|label| **label != IGNORED)
            .max()
            .map_or(0, |l| *l as usize + 1);
        // The last list is of those who are left out; they have no mates.
        let place = |label: u32| people.min(label as usize);
        let mut of_probes = vec![Vec::new(); people + 1];
        let mut of_gallery = vec![Vec::new(); people + 1];
        for probe in range.clone() {
            of_probes[place(of_probe[probe])].push(probe as u32);
        }
        for (row, label) in of_row.iter().enumerate() {
            if *label != IGNORED && !of_probes[*label as usize].is_empty() {
                of_gallery[*label as usize].push(row as u32);
            }
        }
        let pairs: usize = (of_probes.iter().zip(&of_gallery))
            .map(|(a, b)| a.len() * b.len())
            .sum();
        if pairs > MOST_MATES {
            return Err(Error::memory(
                "the mates of the probes",
                (pairs * MATE_BYTES) as u128,
            ));
        }
        memory::require("the mates of the probes", pairs * MATE_BYTES)?;
        job.begin("mates", range.len() as u64);
        let measured = all(of_probes.par_iter().zip(&of_gallery), |(asked, stored)| {
            job.check()?;
            let (one, other) = (sides.queries.batch(asked)?, sides.stored.batch(stored)?);
            let mut scratch = Scratch::default();
            let mut found = Vec::with_capacity(asked.len());
            for (place, probe) in asked.iter().enumerate() {
                let mut distances = Vec::with_capacity(stored.len());
                for (at, row) in stored.iter().enumerate() {
                    if !self.candidates.accepts(*probe, *row) {
                        continue;
                    }
                    distances.push(sides.distance((&one, place), (&other, at), &mut scratch)?);
                }
                distances.sort_unstable_by(f64::total_cmp);
                let mates = Mates {
                    keys: distances
                        .iter()
                        .map(|distance| self.keys.key_of(*distance))
                        .collect(),
                    nearer: vec![0; distances.len()],
                    tied: vec![0; distances.len()],
                    distances,
                };
                found.push(Ranked {
                    probe: *probe,
                    mates,
                    other: Shortlist::new(1, None),
                });
            }
            job.advance(asked.len() as u64);
            Ok(found)
        })?;
        let mut ranked: Vec<Ranked> = measured.into_iter().flatten().collect();
        ranked.sort_unstable_by_key(|probe| probe.probe);
        Ok(ranked)
    }
}
