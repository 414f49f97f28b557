//! The pass over all pairs: squares of keys, counted as they come.
//!
//! Everything that is counted is a whole number, so that sums over threads come out the same in
//! any order.

use std::ops::Range;

use super::PairSets;
use super::bins::{Bins, ExactPlace, Standing};
use super::tail::{Offer, Tail, exact_distances};
use crate::error::Result;
use crate::job::{Job, threads};
use crate::jobs::shards::of_equal_cost;
use crate::kernels::{CellsOf, Labelled, fetch};
use crate::measure::Side;
use crate::measure::tiles::{Facing, KeyBlock, Keys, LARGEST_SIDE, Square};
use crate::rows::IGNORED;

/// Rows of a block. A multiple of the side of a square.
pub(super) const BLOCK: usize = 1024;
/// Blocks that a packed block meets in one task, where blocks are packed for each task.
pub(super) const RUN: usize = 8;
/// Keys that are looked up side by side: what one asks of memory comes while others are at work.
const TOGETHER: usize = 256;
/// Panels of the second block that stay in the near caches while those of the first go by.
const STRIP: usize = 8;

/// Counts of a pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Impostors in each slot.
    pub(super) slots: Vec<u64>,
    /// Impostors equal to each distinct genuine distance.
    pub(super) ties: Vec<u64>,
    /// For each row of the first set, twice the genuine pairs that are more alike than its
    /// impostors, summed over these.
    pub(super) query_wins: Vec<u64>,
    /// For each row of the second set; empty if there is one set.
    pub(super) stored_wins: Vec<u64>,
}

/// A run of pairs of blocks: one block of the first set with several of the second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task {
    query: usize,
    from: usize,
    to: usize,
}

impl Counts {
    pub(super) fn new(data: &PairSets<'_>, bins: &Bins<'_>) -> Self {
        let stored = if data.sides.same {
            0
        } else {
            data.sides.stored.rows()
        };
        Self {
            slots: vec![0; bins.slots()],
            ties: vec![0; bins.ties()],
            query_wins: vec![0; data.sides.queries.rows()],
            stored_wins: vec![0; stored],
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        let columns = [
            (&mut self.slots, &other.slots),
            (&mut self.ties, &other.ties),
            (&mut self.query_wins, &other.query_wins),
            (&mut self.stored_wins, &other.stored_wins),
        ];
        for (to, from) in columns {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        }
    }
}

/// All tasks, in order.
pub(super) fn tasks(data: &PairSets<'_>) -> Vec<Task> {
    let (queries, stored) = (data.sides.queries.rows(), data.sides.stored.rows());
    let (rows, columns) = (queries.div_ceil(BLOCK), stored.div_ceil(BLOCK));
    // Short runs where there are few blocks, so that every thread has work.
    let run = RUN.min(columns.div_ceil(64)).max(1);
    let last = |to: usize| if data.sides.same { to } else { rows };
    (0..columns)
        .step_by(run)
        .flat_map(|from| {
            let to = (from + run).min(columns);
            (0..last(to)).map(move |query| Task { query, from, to })
        })
        .map(|task| Task {
            from: if data.sides.same {
                task.from.max(task.query)
            } else {
                task.from
            },
            ..task
        })
        .collect()
}

impl Task {
    /// Pairs of its rows, about: blocks of a set with themselves count half.
    fn pairs(self, data: &PairSets<'_>) -> u64 {
        let columns = self.from..self.to;
        columns.map(|column| area(data, self.query, column)).sum()
    }
}

/// Pairs of two blocks.
fn area(data: &PairSets<'_>, query: usize, column: usize) -> u64 {
    let rows = |set: usize, block: usize| BLOCK.min(set - block * BLOCK) as u64;
    let (queries, stored) = (data.sides.queries.rows(), data.sides.stored.rows());
    let all = rows(queries, query) * rows(stored, column);
    if data.sides.same && query == column {
        all.div_ceil(2)
    } else {
        all
    }
}

/// The tasks of a shard, in order, their pairs, and those of all.
pub(super) fn shard(
    tasks: &[Task],
    data: &PairSets<'_>,
    shard: (usize, usize),
) -> (Range<usize>, u64, u64) {
    of_equal_cost(tasks.iter().map(|task| task.pairs(data)), shard)
}

/// State shared by the tasks of a pass.
pub(super) struct Pass<'a> {
    pub(super) data: &'a PairSets<'a>,
    pub(super) keys: &'a Keys<'a>,
    pub(super) bins: &'a Bins<'a>,
    pub(super) standings: &'a [Standing],
    pub(super) tail: &'a Tail,
    pub(super) cells_of: CellsOf,
}

/// State of one thread.
struct Worker<'a> {
    counts: Counts,
    /// Impostors in each slot, and its standing: what the innermost loop touches. They fill more than the near caches,
    /// so those of a row are asked for before the first is counted. One more takes what is no impostor.
    slots: Vec<[u32; 2]>,
    unsure: Vec<Offer>,
    offers: Vec<Offer>,
    square: Square,
    /// Blocks of the second set by number, as the last task had them: the next one mostly has the same.
    stored: Vec<(usize, KeyBlock<'a>)>,
}

/// A square: where its rows start, how many there are, and which pairs of it count.
struct Place2 {
    first: usize,
    rows: usize,
    second: usize,
    columns: usize,
    diagonal: bool,
}

impl Place2 {
    /// The pair at a place of the square, row after row of `side` places.
    fn offer(&self, at: usize, side: usize, key: f64) -> Offer {
        Offer {
            key,
            first: (self.first + at / side) as u32,
            second: (self.second + at % side) as u32,
        }
    }
}

impl Pass<'_> {
    /// The counts of these tasks. A thread has one state for all that it takes, as a new one would be larger than the near
    /// caches and know no packed block.
    pub(super) fn run(&self, tasks: &[Task], job: &Job) -> Result<Counts> {
        let begin = || self.worker();
        let workers = threads::share_with(tasks.iter(), begin, |worker, task| {
            job.check()?;
            self.task(*task, worker, job)
        })?;
        let counts = workers.into_iter().map(|worker| worker.counts);
        let all = counts.reduce(|mut all, counts| {
            all.add(&counts);
            all
        });
        Ok(all.unwrap_or_else(|| Counts::new(self.data, self.bins)))
    }

    fn worker(&self) -> Worker<'_> {
        Worker {
            counts: Counts::new(self.data, self.bins),
            slots: (self.standings.iter())
                .map(|standing| [0, standing.middle() as u32])
                .chain([[0; 2]])
                .collect(),
            unsure: Vec::new(),
            offers: Vec::new(),
            square: Square::new(),
            stored: Vec::new(),
        }
    }

    fn task<'s>(&'s self, task: Task, worker: &mut Worker<'s>, job: &Job) -> Result<()> {
        let (queries, stored) = (
            self.data.sides.queries.rows(),
            self.data.sides.stored.rows(),
        );
        let first = task.query * BLOCK;
        let a = (self.keys).block(Side::Query, first, BLOCK.min(queries - first))?;
        let mut blocks = std::mem::take(&mut worker.stored);
        blocks.retain(|(column, _)| (task.from..task.to).contains(column));
        for column in task.from..task.to {
            job.check()?;
            let second = column * BLOCK;
            let columns = BLOCK.min(stored - second);
            let rows = BLOCK.min(queries - first);
            let at = match blocks.iter().position(|(made, _)| *made == column) {
                Some(at) => at,
                None => {
                    let block = self.keys.block(Side::Stored, second, columns)?;
                    blocks.push((column, block));
                    blocks.len() - 1
                }
            };
            let facing = self.keys.facing(&a, &blocks[at].1)?;
            self.blocks(&facing, (first, rows), (second, columns), worker)?;
            job.advance(area(self.data, task.query, column));
        }
        worker.stored = blocks;
        for (total, [count, _]) in worker.counts.slots.iter_mut().zip(&mut worker.slots) {
            *total += u64::from(std::mem::take(count));
        }
        if let Some([nowhere, _]) = worker.slots.last_mut() {
            *nowhere = 0;
        }
        self.tail.offer(&mut worker.offers, self.bins);
        Ok(())
    }

    fn blocks(
        &self,
        facing: &Facing<'_>,
        (first, rows): (usize, usize),
        (second, columns): (usize, usize),
        worker: &mut Worker<'_>,
    ) -> Result<()> {
        let diagonal = self.data.sides.same && first == second;
        let side = self.keys.side();
        let strips = (0..columns.div_ceil(side)).step_by(STRIP);
        for strip in strips {
            let end = columns.div_ceil(side).min(strip + STRIP);
            for i in 0..rows.div_ceil(side) {
                for j in if diagonal { strip.max(i) } else { strip }..end {
                    facing.square(i, j, &mut worker.square)?;
                    let place = Place2 {
                        first: first + i * side,
                        rows: side.min(rows - i * side),
                        second: second + j * side,
                        columns: side.min(columns - j * side),
                        diagonal: diagonal && i == j,
                    };
                    self.count(&place, worker);
                }
            }
        }
        self.settle(worker)
    }

    /// Counts the impostors of a square, some rows at a time.
    fn count(&self, place: &Place2, worker: &mut Worker<'_>) {
        let side = self.keys.side();
        let mut column_wins = [0u64; LARGEST_SIDE];
        let square = std::mem::take(&mut worker.square.keys);
        for (part, keys) in square[..side * side].chunks(TOGETHER).enumerate() {
            let mut places = [worker.slots.len() as u32 - 1; TOGETHER];
            let first = part * TOGETHER / side;
            self.look_up(place, (first, keys), &mut places, worker);
            if self.bins.is_fine() {
                let (bins, unsure) = (self.bins, &mut worker.unsure);
                bins.slots_of(keys, &mut places, |at| {
                    unsure.push(place.offer(first * side + at, side, keys[at]));
                });
            }
            for slot in &places {
                fetch(&worker.slots[*slot as usize..][..1]);
            }
            let rows = place.rows.saturating_sub(first);
            for (r, slots) in places.chunks_exact(side).take(rows).enumerate() {
                let mut row_wins = 0;
                for (slot, wins_of_column) in slots.iter().zip(&mut column_wins) {
                    let [count, wins] = &mut worker.slots[*slot as usize];
                    *count += 1;
                    row_wins += u64::from(*wins);
                    *wins_of_column += u64::from(*wins);
                }
                worker.counts.query_wins[place.first + first + r] += row_wins;
            }
        }
        worker.square.keys = square;
        let stored = if self.data.sides.same {
            &mut worker.counts.query_wins
        } else {
            &mut worker.counts.stored_wins
        };
        for (total, wins) in stored[place.second..]
            .iter_mut()
            .zip(column_wins)
            .take(place.columns)
        {
            *total += wins;
        }
    }

    /// Finds the cells of the impostors among these keys, from a row of the square on, and offers the most alike.
    fn look_up(
        &self,
        place: &Place2,
        (first, keys): (usize, &[f64]),
        places: &mut [u32],
        worker: &mut Worker<'_>,
    ) {
        let side = self.keys.side();
        let grid = self.bins.cells();
        let floor = self.bins.cell_of(self.tail.floor());
        let labels = &self.data.stored_labels[place.second..][..place.columns];
        places.fill(grid.cells);
        let rows = keys.chunks_exact(side).zip(places.chunks_exact_mut(side));
        for (r, (numbers, cells)) in (first..place.rows).zip(rows) {
            let label = self.data.query_labels[place.first + r];
            if label == IGNORED {
                continue;
            }
            let row = Labelled {
                numbers,
                labels,
                left_out: [label, IGNORED],
            };
            let reached = (self.cells_of)(grid, floor, row, cells);
            if place.diagonal {
                cells[..=r].fill(grid.cells);
            }
            if reached {
                let wanted = |(_, cell): &(usize, &u32)| (floor..grid.cells).contains(*cell);
                let found = cells.iter().enumerate().filter(wanted);
                let offer = |(c, _)| place.offer(r * side + c, side, numbers[c]);
                worker.offers.extend(found.map(offer));
            }
        }
    }

    /// Looks again, exactly, at impostors too near to a genuine pair.
    fn settle(&self, worker: &mut Worker<'_>) -> Result<()> {
        if worker.unsure.is_empty() {
            return Ok(());
        }
        let unsure = std::mem::take(&mut worker.unsure);
        let counts = &mut worker.counts;
        for (offer, pair) in unsure.iter().zip(exact_distances(self.data, &unsure)?) {
            let bin = self.bins.bin(offer.key);
            let standing = match self.bins.place_exactly(bin, pair.distance) {
                ExactPlace::Slot(slot) => {
                    counts.slots[slot as usize] += 1;
                    self.standings[slot as usize]
                }
                ExactPlace::Tie(rank) => {
                    counts.ties[rank as usize] += 1;
                    self.bins.tie_standing(rank)
                }
            };
            counts.query_wins[pair.first as usize] += standing.middle();
            let stored = if self.data.sides.same {
                &mut counts.query_wins
            } else {
                &mut counts.stored_wins
            };
            stored[pair.second as usize] += standing.middle();
        }
        Ok(())
    }
}
