//! Every genuine and every impostor pair of a set, or of two, judged without holding them.
//!
//! Genuine pairs are measured exactly and held, sorted. Impostors stream by as squares of keys
//! (`tiles`) and are counted by where they lie among the genuine pairs; the most alike of
//! them are kept and measured exactly. From these counts come the area under the curve with a
//! bound, points of the curve, and what each identity adds to the error of the area. Memory does
//! not depend on the number of impostors.

mod across;
mod bins;
mod checkpoint;
mod dyads;
mod genuine;
mod groups;
mod parts;
mod pass;
mod report;
mod tail;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::path::{Path, PathBuf};

pub use genuine::Pair;
pub use groups::{Judged, RowGroups, all_pairs_groups, require_groups_apart};
pub use report::{AllPairs, Influence, Point};

use crate::error::{Code, Error, Result};
use crate::evaluation::WORST;
use crate::job::{Job, files, memory};
use crate::jobs::LabelledRows;
use crate::jobs::shards::require_shard;
use crate::jobs::state::Mark;
use crate::kernels::cells_of;
use crate::measure::Sides;
pub use crate::measure::tiles::KeyPrecision;
use crate::measure::tiles::Keys;
use crate::rows::IGNORED;
use crate::statistics::SplitMix;

use bins::Bins;
use checkpoint::{Checkpoint, Limits};
use genuine::Genuine;
use parts::Parts;
use pass::{Counts, Pass, Task, tasks};
use report::Sums;
use tail::Tail;

/// Options of the pass over all pairs. Only `precision`, `tail` and `thresholds` are part of the result.
#[derive(Clone, Copy, Debug)]
pub struct AllPairsOptions<'a> {
    /// Arithmetic of keys; `None` chooses [`KeyPrecision::Double`] up to 4·10¹¹ products.
    pub precision: Option<KeyPrecision>,
    /// Most alike impostors that are kept with their exact distances.
    pub tail: usize,
    /// Genuine pairs and impostors that are named as the worst.
    pub worst: usize,
    /// Thresholds at which impostors are counted exactly, as far as [`all_pairs`] says.
    pub thresholds: &'a [f64],
    /// Bytes that packed rows may take.
    pub memory: usize,
    /// File that the state is saved to when the work is stopped, and read from at the start.
    pub checkpoint: Option<&'a Path>,
    /// Counts shard `i` of `n` into the checkpoint, which stays, and judges nothing.
    pub shard: Option<(usize, usize)>,
    /// True to replace what is in the checkpoint.
    pub replaces: bool,
    /// Checkpoints of shards, of all pairs together: nothing is counted, and they are summed.
    pub parts: &'a [PathBuf],
}

/// The pairs of a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairsPart {
    /// Tiles counted, of `tiles`: blocks of 1024 rows with one block or several.
    pub part: Range<usize>,
    /// Tiles of all pairs.
    pub tiles: usize,
    /// Pairs in these tiles, about; `all` in all.
    pub pairs: u64,
    /// Pairs of the whole.
    pub all: u64,
    /// True if the file held all of them before.
    pub reused: bool,
}

impl Default for AllPairsOptions<'_> {
    fn default() -> Self {
        Self {
            precision: None,
            tail: 1 << 20,
            worst: WORST,
            thresholds: &[],
            memory: 256 << 20,
            checkpoint: None,
            shard: None,
            replaces: false,
            parts: &[],
        }
    }
}

/// Products up to which keys are computed in double precision.
const FEW_PRODUCTS: f64 = 4e11;
/// Tasks whose counts are added up at once: 540 million pairs of large sets.
const TASKS_PER_ROUND: usize = 64;
/// The same where every distance is exact, which takes ten times as long.
const EXACT_TASKS_PER_ROUND: usize = 16;
/// Rounds between two checkpoints.
const ROUNDS_PER_CHECKPOINT: usize = 4;

/// The rows on either side of the pairs, with the class of each.
pub(crate) struct PairSets<'a> {
    pub(crate) sides: Sides<'a>,
    pub(crate) query_labels: &'a [u32],
    pub(crate) stored_labels: &'a [u32],
    classes: usize,
}

/// Judges all pairs of `first` with itself, or of `first` with `second`. Rows labelled `IGNORED` take
/// part in no pair.
///
/// Runs in the rayon pool that it is called in. Counts do not depend on the number of threads.
/// With [`KeyPrecision::Double`] the area is exact up to 1,048,576 distinct genuine distances; otherwise
/// it comes with a bound. Time: one
/// product of all rows with all rows. Memory: 16 bytes for each genuine pair and 16 for each row,
/// packed rows up to `memory`, and about 100 MB.
///
/// With `parts` time is that of the genuine pairs and of the most alike impostors, and the result has the same
/// bits.
///
/// Errors: `EDIMENSION` for labels that do not fit, `EONECLASS` without genuine pairs or without
/// impostors, `EMEMORY` beyond 67 million genuine pairs, `EINPUTCHANGED`, `EABORTED`; `EOPTION` for parts of other
/// data or settings, pairs in two of them and pairs in none.
pub fn all_pairs(
    first: LabelledRows<'_>,
    second: Option<LabelledRows<'_>>,
    options: &AllPairsOptions<'_>,
    job: &Job,
) -> Result<AllPairs> {
    judged(run(first, second, options, job)?)
}

/// The end of a pass.
pub enum Ended {
    /// All pairs, judged.
    Judged(Box<AllPairs>),
    /// A shard, counted.
    Counted(PairsPart),
}

fn judged(ended: Ended) -> Result<AllPairs> {
    match ended {
        Ended::Judged(judged) => Ok(*judged),
        Ended::Counted(_) => Err(Error::internal("pairs that were not judged")),
    }
}

/// As [`all_pairs`]; or counts the pairs of a shard into its file: whole numbers and the most alike impostors, which
/// add up with those of the other shards. A file that is there is gone on from, and nothing is done where
/// it is complete; a damaged one is made again.
///
/// Time of a shard: the genuine pairs of all rows, and the share of the product. Errors: those of [`all_pairs`];
/// `EOPTION` for a shard that is not one of them, and for a file of something else.
pub fn run(
    first: LabelledRows<'_>,
    second: Option<LabelledRows<'_>>,
    options: &AllPairsOptions<'_>,
    job: &Job,
) -> Result<Ended> {
    require_shard(options.shard.unwrap_or((0, 1)))?;
    let other = second.unwrap_or(first);
    let data = PairSets::new(first, other, second.is_none())?;
    if data.impostors() == 0 {
        return Err(Error::new(
            Code::OneClass,
            "rows of one person only",
            "at least one impostor pair",
        ));
    }
    if data.genuine() == 0 {
        return Err(Error::new(
            Code::OneClass,
            "no two rows of one person",
            "at least one genuine pair",
        ));
    }
    if let Some(path) = options.checkpoint {
        files::require_replaceable(path)?;
    }
    let ended = data.sides.while_unchanged(|| judge(&data, options, job))?;
    if let (Some(path), Ended::Judged(_)) = (options.checkpoint, &ended) {
        files::remove(path);
    }
    Ok(ended)
}

/// Judges pairs that may lack a kind; what needs both kinds is then no number. Or counts a shard of them.
fn judge(data: &PairSets<'_>, options: &AllPairsOptions<'_>, job: &Job) -> Result<Ended> {
    let impostors = data.impostors();
    let genuine = Genuine::measure(data, options.worst, job)?;
    memory::require("all pairs", bytes(data, &genuine, impostors, options))?;
    let precision = options.precision.unwrap_or_else(|| data.precision());
    job.begin("preparing", 1);
    let sample = sample(data)?;
    let known = Known {
        genuine: &genuine,
        thresholds: options.thresholds,
        sample: &sample,
    };
    let (mut keys, bins) = known.keys(data.sides, precision, options.memory)?;
    let standings = bins.standings(&keys);

    let tasks = tasks(data);
    let (part, pairs, all) = pass::shard(&tasks, data, options.shard.unwrap_or((0, 1)));
    let state = Checkpoint {
        part: part.clone(),
        done: part.start,
        counts: Counts::new(data, &bins),
        floor: first_floor(&keys, &bins, &sample, impostors, options.tail),
        offers: Vec::new(),
    };
    let file = options.checkpoint;
    let mut mark = Mark::default();
    if file.is_some() || !options.parts.is_empty() {
        mark = checkpoint::fingerprint(data, (&genuine, &sample), precision, options, job)?;
    }
    let parts = Parts {
        data,
        options,
        mark: &mark,
        limits: limits(data, &genuine, tasks.len(), options.tail),
    };
    let (mut state, reused) = parts.resumed(state)?;
    let tail = Tail::new(options.tail, state.floor, std::mem::take(&mut state.offers));
    let pass = Pass {
        data,
        keys: &keys,
        bins: &bins,
        standings: &standings,
        tail: &tail,
        cells_of: cells_of(data.sides.queries.isa()),
    };
    parts.merge(&mut state, &tail, &bins, job)?;
    job.begin("pairs", pairs);
    let save = file.map(|path| {
        let (tail, bins, mark) = (&tail, &bins, &mark);
        move |state: &mut Checkpoint| -> Result<()> {
            (state.floor, state.offers) = tail.snapshot(bins);
            state.write(path, mark)?;
            state.offers = Vec::new();
            Ok(())
        }
    });
    count(&pass, &tasks, &mut state, save.as_ref(), job)?;
    if options.shard.is_some() {
        if let (false, Some(save)) = (reused, save) {
            data.sides.check_unchanged()?;
            save(&mut state)?;
        }
        return Ok(Ended::Counted(PairsPart {
            part,
            tiles: tasks.len(),
            pairs,
            all,
            reused,
        }));
    }
    keys.drop_panels();
    job.begin("most alike impostors", 1);
    let (mut tail, complete) = tail.finish(data, &keys, &bins)?;
    let worst_impostors = tail[..tail.len().min(options.worst)].to_vec();
    tail.truncate(complete);
    let sums = Sums::new(data, &keys, &bins, &genuine, &state.counts, &tail)?;
    let judged = AllPairs::new(data, genuine, sums, tail, worst_impostors);
    job.advance(1);
    Ok(Ended::Judged(Box::new(judged)))
}

/// Bounds of a state of these pairs.
fn limits(data: &PairSets<'_>, genuine: &Genuine, tasks: usize, tail: usize) -> Limits {
    let met = data.query_labels.len().max(data.stored_labels.len());
    Limits {
        tasks,
        impostors: data.impostors(),
        offers: tail.saturating_mul(2),
        wins: 2 * genuine.distances.len() as u128 * met as u128,
    }
}

/// Counts the pairs of the tasks that a state lacks, and saves it now and then, and when it is stopped.
fn count(
    pass: &Pass<'_>,
    tasks: &[Task],
    state: &mut Checkpoint,
    save: Option<&impl Fn(&mut Checkpoint) -> Result<()>>,
    job: &Job,
) -> Result<()> {
    let tasks_of = |rounds: usize| match pass.keys {
        Keys::Exact(_) => rounds * EXACT_TASKS_PER_ROUND,
        _ => rounds * TASKS_PER_ROUND,
    };
    // Threads wait for each other at the end of a round, which is what is lost when the work is stopped.
    let per_round = tasks_of(save.map_or(ROUNDS_PER_CHECKPOINT, |_| 1));
    while state.done < state.part.end {
        let round = &tasks[state.done..(state.done + per_round).min(state.part.end)];
        let counted = match pass.run(round, job) {
            Ok(counted) => counted,
            Err(error) => {
                save.map_or(Ok(()), |save| save(state))?;
                return Err(error);
            }
        };
        state.counts.add(&counted);
        state.done += round.len();
        let counted = state.done - state.part.start;
        if counted.is_multiple_of(tasks_of(ROUNDS_PER_CHECKPOINT)) {
            pass.data.sides.check_unchanged()?;
            save.map_or(Ok(()), |save| save(state))?;
        }
    }
    Ok(())
}

/// Bytes that the pass and its result take, about and at most: counts of each thread, cuts, points, the most alike
/// impostors, and packed rows.
fn bytes(
    data: &PairSets<'_>,
    genuine: &Genuine,
    impostors: u64,
    options: &AllPairsOptions<'_>,
) -> usize {
    const CUT: usize = 64;
    const POINT: usize = 96;
    let (queries, stored) = (data.sides.queries, data.sides.stored);
    let rows = queries.rows().saturating_add(stored.rows());
    let cuts = genuine.distances.len().min(bins::MOST_CUTS);
    let slots = bins::BINS + 2 * cuts;
    let counts = 8usize.saturating_mul(2 * slots + cuts + rows);
    let width = queries
        .key_shape()
        .map_or(queries.dim(), |shape| shape.width);
    let row = 8usize.saturating_mul(width + queries.dim()) + queries.batch_row_bytes();
    let workers = rayon::current_num_threads();
    let offers = usize::try_from(impostors).unwrap_or(usize::MAX);
    let offers = offers.min(options.tail.saturating_mul(4));
    [
        counts.saturating_mul(workers + 2),
        row.saturating_mul((1 + pass::RUN) * pass::BLOCK.min(rows) * workers),
        row.saturating_mul(rows).min(options.memory),
        (CUT * cuts).saturating_add(POINT * slots),
        offers.saturating_mul(3 * size_of::<Pair>()),
    ]
    .into_iter()
    .fold(0, usize::saturating_add)
}

impl<'a> PairSets<'a> {
    fn new(first: LabelledRows<'a>, second: LabelledRows<'a>, same: bool) -> Result<Self> {
        for set in [first, second] {
            if set.labels.len() != set.rows.rows() {
                return Err(Error::new(
                    Code::Dimension,
                    format!("{} labels", set.labels.len()),
                    format!("one for each of {} rows", set.rows.rows()),
                ));
            }
        }
        let most = first.labels.len() + second.labels.len();
        for (row, label) in first.labels.iter().chain(second.labels).enumerate() {
            if *label != IGNORED && *label as usize >= most {
                let found = format!("class number {label} at label {row}");
                return Err(Error::new(
                    Code::Index,
                    found,
                    format!("dense numbers below {most}"),
                ));
            }
        }
        Ok(Self::of(first, second, same))
    }

    /// Labels of each row, below the rows of the whole that these are of.
    fn of(first: LabelledRows<'a>, second: LabelledRows<'a>, same: bool) -> Self {
        let largest = |labels: &[u32]| labels.iter().filter(|l| **l != IGNORED).max().copied();
        let largest = largest(first.labels).max(largest(second.labels));
        Self {
            sides: Sides {
                queries: first.rows,
                stored: second.rows,
                same,
            },
            query_labels: first.labels,
            stored_labels: second.labels,
            classes: largest.map_or(0, |label| label as usize + 1),
        }
    }

    fn query_classes(&self) -> Vec<Vec<u32>> {
        by_class(self.query_labels, self.classes)
    }

    fn stored_classes(&self) -> Vec<Vec<u32>> {
        by_class(self.stored_labels, self.classes)
    }

    /// Rows of each class in the first and in the second set.
    fn class_sizes(&self) -> (Vec<u64>, Vec<u64>) {
        let count = |labels: &[u32]| {
            let mut sizes = vec![0u64; self.classes];
            labels
                .iter()
                .filter(|label| **label != IGNORED)
                .for_each(|label| sizes[*label as usize] += 1);
            sizes
        };
        (count(self.query_labels), count(self.stored_labels))
    }

    /// Genuine pairs in all.
    fn genuine(&self) -> u64 {
        let (a, b) = self.class_sizes();
        let of = |(a, b): (&u64, &u64)| match self.sides.same {
            true => a * a.saturating_sub(1) / 2,
            false => a * b,
        };
        a.iter().zip(&b).map(of).sum()
    }

    /// Impostor pairs in all.
    fn impostors(&self) -> u64 {
        let (a, b) = self.class_sizes();
        let (all_a, all_b): (u64, u64) = (a.iter().sum(), b.iter().sum());
        let within: u64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
        let ordered = all_a * all_b - within;
        if self.sides.same {
            ordered / 2
        } else {
            ordered
        }
    }

    /// The two people of a pair, the smaller number first.
    fn dyad(&self, first: u32, second: u32) -> (u32, u32) {
        let a = self.query_labels[first as usize];
        let b = self.stored_labels[second as usize];
        (a.min(b), a.max(b))
    }

    fn precision(&self) -> KeyPrecision {
        let pairs = self.sides.queries.rows() as f64 * self.sides.stored.rows() as f64;
        let products = pairs * self.sides.queries.dim() as f64;
        let half = if self.sides.same { 0.5 } else { 1.0 };
        if products * half <= FEW_PRODUCTS {
            KeyPrecision::Double
        } else {
            KeyPrecision::Single
        }
    }
}

fn by_class(labels: &[u32], classes: usize) -> Vec<Vec<u32>> {
    let mut rows = vec![Vec::new(); classes];
    for (row, label) in (0..).zip(labels).filter(|(_, label)| **label != IGNORED) {
        rows[*label as usize].push(row);
    }
    rows
}

/// Distances of impostor pairs drawn by a fixed rule, ascending.
fn sample(data: &PairSets<'_>) -> Result<Vec<f64>> {
    const PAIRS: usize = 1 << 14;
    const TRIES: usize = 1 << 18;
    let mut random = SplitMix(0x9E37_79B9_7F4A_7C15);
    let mut draw = |below: usize| random.below(below as u64) as u32;
    let mut offers = Vec::with_capacity(PAIRS);
    for _ in 0..TRIES {
        let (first, second) = (
            draw(data.sides.queries.rows()),
            draw(data.sides.stored.rows()),
        );
        let (a, b) = (
            data.query_labels[first as usize],
            data.stored_labels[second as usize],
        );
        if a != b && a != IGNORED && b != IGNORED {
            offers.push(tail::Offer {
                key: 0.0,
                first,
                second,
            });
        }
        if offers.len() == PAIRS {
            break;
        }
    }
    let pairs = tail::exact_distances(data, &offers)?;
    let mut found: Vec<f64> = pairs.iter().map(|pair| pair.distance).collect();
    found.sort_unstable_by(f64::total_cmp);
    Ok(found)
}

/// Distances that are known before the pass; those of pairs ascend.
struct Known<'a> {
    genuine: &'a Genuine,
    thresholds: &'a [f64],
    sample: &'a [f64],
}

impl<'a> Known<'a> {
    /// Bins over the range of these distances.
    fn bins(&self, keys: &Keys<'_>) -> Bins<'a> {
        let ends = |part: usize| {
            let lists = [&self.genuine.sorted[..], self.sample];
            let ends = lists.map(|list| {
                let few = list.len() / part;
                [
                    list.get(few),
                    list.len().checked_sub(few + 1).map(|at| &list[at]),
                ]
            });
            let known = ends.into_iter().flatten().flatten();
            known.fold(
                (f64::INFINITY, f64::NEG_INFINITY),
                |(low, high), distance| {
                    let key = keys.key_of(*distance);
                    (low.min(key), high.max(key))
                },
            )
        };
        // A few pairs far off from all others, by a row that is, would leave these in one bin.
        let (all, most) = (ends(usize::MAX), ends(50));
        let is_wide = all.1 - all.0 > 64.0 * (most.1 - most.0) && most.1 > most.0;
        let range = if is_wide { most } else { all };
        let range = (range.0, range.1, all.0);
        Bins::new(keys, self.genuine, self.thresholds, range)
    }

    /// Keys of the precision asked for where rounding leaves them near their place: not so for rows
    /// far from 0 beside their distances, or beyond the range of a type. Else those of the next
    /// precision, and at last exact distances.
    fn keys<'s>(
        &self,
        sides: Sides<'s>,
        precision: KeyPrecision,
        memory: usize,
    ) -> Result<(Keys<'s>, Bins<'a>)> {
        if precision == KeyPrecision::Single {
            let keys = Keys::new(sides, KeyPrecision::Single, memory)?;
            let bins = self.bins(&keys);
            if bins.are_useful() {
                return Ok((keys, bins));
            }
        }
        let keys = Keys::new(sides, KeyPrecision::Double, memory)?;
        let bins = self.bins(&keys);
        if bins.are_sharp() {
            return Ok((keys, bins));
        }
        let keys = Keys::Exact(sides);
        let bins = self.bins(&keys);
        Ok((keys, bins))
    }
}

/// The bin from which impostors are kept at first: as many as a sample of this size can tell, and
/// at least twice as many as are wanted.
fn first_floor(
    keys: &Keys<'_>,
    bins: &Bins<'_>,
    sample: &[f64],
    impostors: u64,
    wanted: usize,
) -> u32 {
    let share = (2.0 * wanted as f64 / impostors as f64).max(16.0 / sample.len().max(1) as f64);
    match sample.get((share * sample.len() as f64).ceil() as usize) {
        Some(distance) if share < 1.0 => bins.bin(keys.key_of(*distance)),
        _ => 0,
    }
}
