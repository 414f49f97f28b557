//! Probes on their way through a gallery.

use std::ops::Range;

use rayon::prelude::*;

use super::codes::{Asked, Stored};
use super::index::{Chunk, keys_of};
use super::shortlist::{Candidate, Hit, Shortlist};
use super::strides::Strides;
use super::{Accepts, SearchOptions};
use crate::error::Result;
use crate::job::Job;
use crate::job::memory::reserve;
use crate::job::tasks::all;
use crate::kernels::products::bytes::{ByteProducts, OCTET, PANEL_BYTES};
use crate::kernels::products::tiles::TILE_ROWS;
use crate::measure::{Batch, KeyShape, Scratch, Sides};

/// Probes of a block, a multiple of those of an octet and of tiles. Their codes stay in a cache. Where all rows tie, every
/// pair of a block is a candidate, so more probes would take more memory.
const BLOCK: usize = 256;
/// Gallery rows that are held at once to be compared with all probes of a block.
const HELD: usize = 64;

/// Probes, each with the nearest rows that it has met.
pub(super) struct Probes<'a> {
    asking: Asking<'a>,
    blocks: Vec<ProbeBlock<'a>>,
}

/// State shared by all blocks.
struct Asking<'a> {
    sides: Sides<'a>,
    keys: Option<KeyShape>,
    bytes: ByteProducts,
    accepts: Option<Accepts<'a>>,
}

struct ProbeBlock<'a> {
    first: usize,
    batch: Batch,
    asked: Option<Asked>,
    lists: Vec<Shortlist<'a>>,
}

impl<'a> Probes<'a> {
    pub(super) fn new(
        bytes: ByteProducts,
        sides: Sides<'a>,
        range: Range<usize>,
        options: &SearchOptions<'a>,
    ) -> Result<Self> {
        let asking = Asking {
            sides,
            keys: keys_of(sides.queries),
            bytes,
            accepts: options.accepts,
        };
        let k = options.k.min(sides.stored.rows());
        let starts: Vec<usize> = range.clone().step_by(BLOCK).collect();
        let blocks = all(starts.into_par_iter(), |first| {
            let count = BLOCK.min(range.end - first);
            let batch = sides.queries.run(first, count)?;
            let asked = asking
                .keys
                .map(|keys| Asked::of(sides.queries, keys, asking.bytes, &batch));
            let mut lists = reserve("probes", count)?;
            lists.extend((0..count).map(|_| Shortlist::new(k, options.people)));
            Ok(ProbeBlock {
                first,
                batch,
                asked: asked.transpose()?,
                lists,
            })
        })?;
        Ok(Self { asking, blocks })
    }

    /// Compares all probes with the rows of a chunk.
    pub(super) fn meet(&mut self, chunk: &Chunk, job: &Job) -> Result<()> {
        let asking = &self.asking;
        let threads = rayon::current_num_threads();
        // Where there are few blocks, threads share the rows as well.
        let sharing = match self.blocks.len() >= 2 * threads {
            true => 1,
            false => threads,
        };
        let met = all(self.blocks.par_iter_mut(), |block| {
            let strides = Strides::new(chunk.count, sharing, chunk.turn());
            // Each thread has lists of its own, which know what has been found before.
            let lists: Result<Vec<Vec<Shortlist<'_>>>> = (0..strides.threads())
                .into_par_iter()
                .map(|_| asking.scan(block, chunk, &strides, job))
                .collect();
            strides.end()?;
            for lists in lists? {
                for (list, other) in block.lists.iter_mut().zip(lists) {
                    list.join(other);
                }
            }
            asking.measure(block, chunk)
        });
        met.map(drop)
    }

    /// The hits of each probe, in their order.
    pub(super) fn lists(&self) -> impl Iterator<Item = &[Hit]> {
        (self.blocks.iter()).flat_map(|block| block.lists.iter().map(Shortlist::best))
    }
}

impl<'a> Asking<'a> {
    /// Compares the probes of a block with the strides of a chunk that this thread takes; the lists hold what was
    /// found.
    fn scan(
        &self,
        block: &ProbeBlock<'a>,
        chunk: &Chunk,
        strides: &Strides,
        job: &Job,
    ) -> Result<Vec<Shortlist<'a>>> {
        let mut lists = reserve("probes", block.lists.len())?;
        lists.extend(block.lists.iter().map(Shortlist::branch));
        strides.work(|stride| {
            job.check()?;
            let pairs = stride.len() * lists.len();
            self.scan_stride(block, chunk, stride, &mut lists)?;
            job.advance(pairs as u64);
            Ok(())
        });
        Ok(lists)
    }

    fn scan_stride(
        &self,
        block: &ProbeBlock<'a>,
        chunk: &Chunk,
        stride: Range<usize>,
        lists: &mut [Shortlist<'a>],
    ) -> Result<()> {
        let all: Vec<usize> = (0..lists.len()).collect();
        let (Some(asked), Some(stored)) = (&block.asked, &chunk.stored) else {
            let columns: Vec<usize> = stride.collect();
            return self.compare((block, &all), (chunk, &columns), lists);
        };
        self.screen(block, chunk, (asked, stored), stride.clone(), lists);
        let without = stored.unbounded(&stride);
        self.compare((block, &all), (chunk, without), lists)?;
        if asked.unbounded().is_empty() {
            return Ok(());
        }
        let rest = stride.filter(|column| without.binary_search(column).is_err());
        let rest: Vec<usize> = rest.collect();
        self.compare((block, asked.unbounded()), (chunk, &rest), lists)
    }

    /// Rows whose code does not rule them out.
    fn screen(
        &self,
        block: &ProbeBlock<'_>,
        chunk: &Chunk,
        (asked, stored): (&Asked, &Stored),
        stride: Range<usize>,
        lists: &mut [Shortlist<'_>],
    ) {
        let mut found = Vec::new();
        let tiles = asked.tiles(self.sides.queries.isa());
        let together = if tiles.is_some() { TILE_ROWS } else { OCTET };
        for panel in stride.start / PANEL_BYTES..stride.end.div_ceil(PANEL_BYTES) {
            for (group, lists) in lists.chunks_mut(together).enumerate() {
                let mut thresholds = [f32::INFINITY; TILE_ROWS];
                for (threshold, list) in thresholds.iter_mut().zip(&*lists) {
                    *threshold = list.threshold().max(f32::MIN);
                }
                for probe in asked.unbounded() {
                    if probe / together == group {
                        thresholds[probe % together] = f32::INFINITY;
                    }
                }
                let rows = (group, lists.len());
                match &tiles {
                    Some(tiles) => {
                        let with = (stored, panel);
                        asked.above_in_tiles(tiles, rows, with, &thresholds, &mut found);
                    }
                    None => {
                        let (thresholds, _) = thresholds.as_chunks();
                        asked.above(rows, stored, panel, thresholds[0], &mut found);
                    }
                }
                for found in found.drain(..) {
                    let (place, column) = (usize::from(found.row), usize::from(found.column));
                    let column = panel * PANEL_BYTES + column;
                    let probe = group * together + place;
                    if column >= chunk.count || !self.accepts(block, probe, chunk, column) {
                        continue;
                    }
                    lists[place].push(Candidate {
                        row: (chunk.first + column) as u32,
                        bounds: asked.bounds(probe, stored, column, found.number),
                    });
                }
            }
        }
    }

    /// Measures every pair of these probes of a block and these rows of a chunk.
    fn compare(
        &self,
        (block, probes): (&ProbeBlock<'_>, &[usize]),
        (chunk, columns): (&Chunk, &[usize]),
        lists: &mut [Shortlist<'_>],
    ) -> Result<()> {
        if columns.is_empty() {
            return Ok(());
        }
        let asked = self.sides.queries.hold(&block.batch, probes)?;
        let mut scratch = Scratch::default();
        for columns in columns.chunks(HELD) {
            let stored = self.sides.stored.hold(&chunk.batch, columns)?;
            for (j, column) in columns.iter().enumerate() {
                for (i, probe) in probes.iter().enumerate() {
                    if self.accepts(block, *probe, chunk, *column) {
                        let pair = ((&asked, i), (&stored, j));
                        lists[*probe].add(self.hit(pair, &mut scratch)?);
                    }
                }
            }
        }
        Ok(())
    }

    /// Measures what is left of the rows of a chunk.
    fn measure(&self, block: &mut ProbeBlock<'_>, chunk: &Chunk) -> Result<()> {
        let mut lists = std::mem::take(&mut block.lists);
        let measured = all(lists.par_iter_mut().enumerate(), |(probe, list)| {
            let mut scratch = Scratch::default();
            for candidate in list.take_candidates() {
                if candidate.bounds.upper < list.threshold() {
                    break;
                }
                let column = candidate.row as usize - chunk.first;
                let pair = ((&block.batch, probe), (&chunk.batch, column));
                let hit = self.hit(pair, &mut scratch)?;
                if list.add(hit)
                    && let (Some(kth), Some(keys), Some(asked)) =
                        (list.kth(), self.keys, &block.asked)
                {
                    list.raise(asked.row(probe).threshold(keys.key_of(kth.distance)));
                }
            }
            Ok(())
        });
        block.lists = lists;
        measured.map(drop)
    }

    fn hit(
        &self,
        (asked, (stored, place)): ((&Batch, usize), (&Batch, usize)),
        scratch: &mut Scratch,
    ) -> Result<Hit> {
        let distance = self.sides.distance(asked, (stored, place), scratch)?;
        let row = stored.number(place);
        Ok(Hit { distance, row })
    }

    fn accepts(&self, block: &ProbeBlock<'_>, probe: usize, chunk: &Chunk, column: usize) -> bool {
        (self.accepts).is_none_or(|accepts| {
            accepts((block.first + probe) as u32, (chunk.first + column) as u32)
        })
    }
}
