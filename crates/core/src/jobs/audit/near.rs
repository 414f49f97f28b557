//! Rows that are nearly identical, among all.
//!
//! Rows of length 1 with a cosine of at least 1 − ε lie within √(2ε) of each other, and so do their projections
//! on any direction of length 1. Rows are sorted by their projection on the direction in which they vary most, and
//! those within reach are compared as bytes (`search::codes`): half the squared distance comes with a bound, so
//! nothing near is missed. Pairs that remain are judged by their own numbers.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rayon::prelude::*;

use super::AuditOptions;
use super::duplicates::{Collector, ONE, compare};
use super::stacked::Stacked;
use crate::error::Result;
use crate::job::Job;
use crate::job::memory::{filled, require};
use crate::jobs::search::codes::{Asked, Stored};
use crate::jobs::shards::of_equal_cost;
use crate::kernels::products::bytes::{ByteProducts, OCTET, PANEL_BYTES};
use crate::kernels::{Isa, Kernels};
use crate::rows::normalize;

/// The most rows of a block that is compared in one task.
const BLOCK: usize = 256;
/// Panels between two looks at whether to stop.
const STRIDE: usize = 32;
/// Bytes of the rows that are held at a time.
const HELD: usize = 64 << 20;
/// Rows that the direction is found from, and steps of the search for it.
const SAMPLE: usize = 1024;
const STEPS: usize = 12;
/// Projections are rounded to single precision: no pair within reach may be lost to that.
const ROUNDING: f32 = 1e-6;

/// Rows in the order of their projections.
pub(super) struct Near<'a> {
    rows: &'a Stacked<'a>,
    /// Least similarity.
    near: f64,
    /// Near the mean of the rows at length 1.
    center: Vec<f64>,
    /// Row number at each place, and its projection.
    order: Vec<u32>,
    leads: Vec<f32>,
    reach: f32,
    /// Places of the rows that are compared with all others, in order.
    asked: Vec<u32>,
}

/// Some rows that are compared with all others, each octet with the places within its reach.
struct Block<'n> {
    places: &'n [u32],
    windows: Vec<Range<usize>>,
}

impl<'a> Near<'a> {
    /// Puts `used` rows, which are sound and in order, into the order of the search.
    pub(super) fn new(
        rows: &'a Stacked<'a>,
        used: Vec<u32>,
        options: &AuditOptions,
        job: &Job,
    ) -> Result<Self> {
        let asked = options
            .near_rows
            .map_or(used.len(), |most| most.min(used.len()));
        let mut near = Self {
            rows,
            near: options.near,
            center: vec![0.0; rows.dim()],
            order: used,
            leads: Vec::new(),
            reach: (2.0 * (1.0 - options.near)).sqrt() as f32 + ROUNDING,
            asked: Vec::new(),
        };
        if asked == 0 {
            return Ok(near);
        }
        let mut is_asked = vec![false; rows.len()];
        for row in spread(&near.order, asked) {
            is_asked[row as usize] = true;
        }
        near.sort(job)?;
        near.asked = (0u32..)
            .zip(&near.order)
            .filter(|(_, row)| is_asked[**row as usize])
            .map(|(place, _)| place)
            .collect();
        Ok(near)
    }

    /// Number of rows that are compared with all others.
    pub(super) fn asked(&self) -> usize {
        self.asked.len()
    }

    /// Number of comparisons: pairs of rows that the projection does not rule out.
    pub(super) fn comparisons(&self) -> u64 {
        let blocks = self.blocks(0..self.asked.len(), BLOCK);
        blocks.iter().map(Block::comparisons).sum()
    }

    /// The asked rows of a shard, their comparisons, and those of all.
    pub(super) fn shard(&self, shard: (usize, usize)) -> (Range<usize>, u64, u64) {
        let octets = self.blocks(0..self.asked.len(), OCTET);
        let (octets, own, all) = of_equal_cost(octets.iter().map(Block::comparisons), shard);
        let end = self.asked.len().min(octets.end * OCTET);
        (end.min(octets.start * OCTET)..end, own, all)
    }

    /// Rows that are held at a time.
    pub(super) fn held(&self) -> usize {
        let row_bytes = self.rows.dim().next_multiple_of(4) + 16;
        (HELD / row_bytes / BLOCK).max(1) * BLOCK
    }

    /// Compares rows whose projections are so far apart at most, for a rehearsal.
    pub(super) fn set_reach(&mut self, reach: f32) {
        self.reach = reach;
    }

    /// Adds the near pairs of some asked rows, whole octets or all, to `lists`.
    pub(super) fn find(
        &self,
        asked: Range<usize>,
        lists: &mut Collector<'a>,
        job: &Job,
    ) -> Result<()> {
        if asked.is_empty() {
            return Ok(());
        }
        let (width, chunk) = (self.rows.dim(), self.held());
        require("the rows that are compared", HELD)?;
        let tasks = 4 * rayon::current_num_threads();
        let size = (asked.len() / tasks)
            .next_multiple_of(OCTET)
            .clamp(OCTET, BLOCK);
        let blocks = self.blocks(asked.clone(), size);
        let total = blocks.iter().map(Block::comparisons).sum();
        let progress = Share::new(job, asked.len() as u64, total);
        let bytes = ByteProducts::for_isa(Isa::best());
        for first in (0..self.order.len()).step_by(chunk) {
            let places = first..self.order.len().min(first + chunk);
            let meets: Vec<&Block<'_>> = (blocks.iter())
                .filter(|block| !block.within(&places).is_empty())
                .collect();
            if meets.is_empty() {
                continue;
            }
            let (stored, _) = Stored::coded((places.len(), width), bytes, |at, keys, own| {
                job.check()?;
                let rows = places.start + at..places.start + at + own.len();
                self.fill(rows.map(|place| self.order[place]), keys, own)
            })?;
            let chunk = Chunk {
                places,
                stored,
                bytes,
            };
            let found: Vec<Collector<'_>> = meets
                .par_iter()
                .map(|block| self.meet(block, &chunk, lists.part(), &progress))
                .collect::<Result<_>>()?;
            found.into_iter().for_each(|part| lists.merge(part));
        }
        Ok(())
    }

    /// Compares a block with the rows of a chunk.
    fn meet(
        &self,
        block: &Block<'_>,
        chunk: &Chunk,
        mut lists: Collector<'a>,
        progress: &Share<'_>,
    ) -> Result<Collector<'a>> {
        let width = self.rows.dim();
        let (mut keys, mut own) = (
            vec![0.0; block.places.len() * width],
            vec![0.0; block.places.len()],
        );
        let rows = block.places.iter().map(|place| self.order[*place as usize]);
        self.fill(rows, &mut keys, &mut own)?;
        let asked = Asked::coded(width, chunk.bytes, &keys, &own)?;
        let limit = self.near - ONE - 1.0;
        let within = block.within(&chunk.places);
        let from = chunk.places.start;
        let panels = (within.start - from) / PANEL_BYTES..(within.end - from).div_ceil(PANEL_BYTES);
        let mut reached = Vec::new();
        for panel in panels {
            if panel.is_multiple_of(STRIDE) {
                progress.job.check()?;
            }
            let columns = from + panel * PANEL_BYTES..from + (panel + 1) * PANEL_BYTES;
            for (octet, (places, window)) in block.octets().enumerate() {
                if overlap(window, &columns).is_empty() {
                    continue;
                }
                let mut thresholds = [f32::INFINITY; OCTET];
                for (i, threshold) in thresholds.iter_mut().take(places.len()).enumerate() {
                    *threshold = asked.row(octet * OCTET + i).threshold(limit);
                }
                asked.above(
                    (octet, places.len()),
                    &chunk.stored,
                    panel,
                    thresholds,
                    &mut reached,
                );
                for pair in reached.drain(..) {
                    let one = places[usize::from(pair.row)] as usize;
                    let other = columns.start + usize::from(pair.column);
                    if other < chunk.places.end && self.is_new(one, other) {
                        let pair = compare(self.rows, self.order[one], self.order[other])?;
                        if pair.similarity >= self.near {
                            lists.add(pair);
                        }
                    }
                }
            }
        }
        progress.advance(block.comparisons_within(&chunk.places));
        Ok(lists)
    }

    /// True for two rows that are not compared from the other side.
    fn is_new(&self, one: usize, other: usize) -> bool {
        let is_asked = || self.asked.binary_search(&(other as u32)).is_ok();
        other > one || (other < one && !is_asked())
    }

    /// Some asked rows in blocks of at most so many, a multiple of an octet.
    fn blocks(&self, asked: Range<usize>, size: usize) -> Vec<Block<'_>> {
        let everything = self.asked.len() == self.order.len();
        let lead = |place: u32| self.leads[place as usize];
        let window = |octet: &[u32]| {
            let (first, last) = (octet[0], octet[octet.len() - 1]);
            let end = (self.leads).partition_point(|other| *other <= lead(last) + self.reach);
            let start = match everything {
                true => first as usize,
                false => (self.leads).partition_point(|other| *other < lead(first) - self.reach),
            };
            start..end
        };
        self.asked[asked]
            .chunks(size)
            .map(|places| Block {
                places,
                windows: places.chunks(OCTET).map(window).collect(),
            })
            .collect()
    }

    /// Writes rows at length 1 less the center, and half their squared norms.
    fn fill(
        &self,
        rows: impl Iterator<Item = u32>,
        keys: &mut [f64],
        own: &mut [f64],
    ) -> Result<()> {
        let keys = keys.chunks_exact_mut(self.rows.dim());
        for (row, (key, own)) in rows.zip(keys.zip(own)) {
            self.rows.read(row as usize, key)?;
            self.shift(key);
            *own = 0.5 * (Kernels::<f64>::for_isa(Isa::best()).dot)(key, key);
        }
        Ok(())
    }

    fn shift(&self, row: &mut [f64]) {
        normalize(row, Isa::best());
        row.iter_mut().zip(&self.center).for_each(|(v, c)| *v -= c);
    }

    /// Finds center and direction, and sorts the rows.
    fn sort(&mut self, job: &Job) -> Result<()> {
        let d = self.rows.dim();
        let sample: Vec<u32> = spread(&self.order, SAMPLE.min(self.order.len())).collect();
        let (mut values, mut own) = (vec![0.0; sample.len() * d], vec![0.0; sample.len()]);
        self.fill(sample.iter().copied(), &mut values, &mut own)?;
        for row in values.chunks_exact(d) {
            let share = |v: &f64| v / sample.len() as f64;
            self.center
                .iter_mut()
                .zip(row)
                .for_each(|(c, v)| *c += share(v));
        }
        for row in values.chunks_exact_mut(d) {
            row.iter_mut().zip(&self.center).for_each(|(v, c)| *v -= c);
        }
        let direction = direction(&values, d);
        let mut leads = filled("the projections of the rows", self.rows.len(), 0f32)?;
        let each = |_, values: &[f64]| -> Vec<f32> {
            let dot = Kernels::<f64>::for_isa(Isa::best()).dot;
            let lead = |row: &[f64]| {
                let mut row = row.to_vec();
                self.shift(&mut row);
                dot(&row, &direction) as f32
            };
            values.chunks_exact(d).map(lead).collect()
        };
        self.rows.for_blocks("order", job, each, |first, found| {
            leads[first..first + found.len()].copy_from_slice(&found);
        })?;
        let by_lead = |a: &u32, b: &u32| {
            let lead = |row: &u32| leads[*row as usize];
            lead(a).total_cmp(&lead(b)).then(a.cmp(b))
        };
        self.order.par_sort_unstable_by(by_lead);
        self.leads = self.order.iter().map(|row| leads[*row as usize]).collect();
        Ok(())
    }
}

/// Rows that are held as bytes.
struct Chunk {
    places: Range<usize>,
    stored: Stored,
    bytes: ByteProducts,
}

impl Block<'_> {
    /// The places of this range that any octet has to meet.
    fn within(&self, places: &Range<usize>) -> Range<usize> {
        let (first, last) = (&self.windows[0], &self.windows[self.windows.len() - 1]);
        overlap(&(first.start..last.end), places)
    }

    fn octets(&self) -> impl Iterator<Item = (&[u32], &Range<usize>)> {
        self.places.chunks(OCTET).zip(&self.windows)
    }

    fn comparisons_within(&self, places: &Range<usize>) -> u64 {
        let pairs = |(octet, window): (&[u32], _)| octet.len() * overlap(window, places).len();
        self.octets().map(|octet| pairs(octet) as u64).sum()
    }

    fn comparisons(&self) -> u64 {
        self.comparisons_within(&(0..usize::MAX))
    }
}

/// Progress in rows: as large a share of them as that of the comparisons that are done.
struct Share<'j> {
    job: &'j Job,
    rows: u64,
    comparisons: u64,
    done: AtomicU64,
}

impl<'j> Share<'j> {
    fn new(job: &'j Job, rows: u64, comparisons: u64) -> Self {
        job.begin("near-duplicates", rows);
        Self {
            job,
            rows,
            comparisons: comparisons.max(1),
            done: AtomicU64::new(0),
        }
    }

    fn advance(&self, comparisons: u64) {
        let before = self.done.fetch_add(comparisons, Relaxed);
        let rows =
            |done: u64| u128::from(done) * u128::from(self.rows) / u128::from(self.comparisons);
        self.job
            .advance((rows(before + comparisons) - rows(before)) as u64);
    }
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> Range<usize> {
    let start = a.start.max(b.start);
    start..a.end.min(b.end).max(start)
}

/// So many of the rows, evenly spread.
pub(super) fn spread(rows: &[u32], count: usize) -> impl Iterator<Item = u32> {
    (0..count).map(move |i| rows[(i as u128 * rows.len() as u128 / count as u128) as usize])
}

/// A direction of length 1 in which these rows vary much: a few steps of the power method from the longest. Any
/// direction is right; a better one rules more pairs out.
fn direction(rows: &[f64], dim: usize) -> Vec<f64> {
    let dot = Kernels::<f64>::for_isa(Isa::best()).dot;
    let longest = (rows.chunks_exact(dim)).max_by(|a, b| dot(a, a).total_cmp(&dot(b, b)));
    let mut found = vec![0.0; dim];
    found[0] = 1.0;
    let mut next = longest.map_or(found.clone(), <[f64]>::to_vec);
    for _ in 0..=STEPS {
        if next.iter().all(|v| *v == 0.0) {
            break;
        }
        normalize(&mut next, Isa::best());
        found = std::mem::replace(&mut next, vec![0.0; dim]);
        for row in rows.chunks_exact(dim) {
            let share = dot(row, &found);
            next.iter_mut().zip(row).for_each(|(n, v)| *n += share * v);
        }
    }
    found
}
