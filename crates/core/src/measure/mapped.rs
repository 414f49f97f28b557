//! Lists of pairs of rows that a measure maps once, and then compares.

use crate::error::Result;
use crate::job::memory::filled;
use crate::job::{Job, threads};
use crate::kernels::fetch;

/// Mapped rows are kept for all pairs while they take no more than this; beyond, each run of pairs
/// maps its own. Does not change results.
const MOST_BYTES: usize = 256 << 20;
const PAIRS_PER_TASK: usize = 1024;
/// Pairs that a thread takes at a time where rows are mapped as they come.
const PIECE: usize = 64;
/// Pairs that lie between asking for the beginning of two mapped rows and comparing them, and the numbers that are asked
/// for: four lines of the cache, as the processor sees the rest coming. Neither changes results.
const AHEAD: usize = 2;
const BEGINNING: usize = 32;

/// Rows of a set that a measure maps, each by itself.
pub(crate) trait Mapping: Sync {
    /// Number of rows of the set.
    fn rows(&self) -> usize;
    /// Numbers of a mapped row; 0 where the measure takes rows as they are.
    fn width(&self) -> usize;
    /// These rows as the measure compares them, one after the other.
    fn map(&self, rows: &[u32], job: &Job) -> Result<Vec<f64>>;
}

/// The distance of each pair from its number and its mapped rows. `lists` hold the row on each side of the
/// pairs, or on the one side that has rows; `occurring` holds all of them, each once.
pub(super) fn pair_distances<const N: usize>(
    mapping: &impl Mapping,
    occurring: &[u32],
    lists: [&[u32]; N],
    job: &Job,
    distance: impl Fn(usize, [&[f64]; N]) -> Result<f64> + Sync,
) -> Result<Vec<f64>> {
    let width = mapping.width();
    let mut distances = filled("the distances", lists[0].len(), 0.0)?;
    if occurring.len().saturating_mul(width * size_of::<f64>()) > MOST_BYTES {
        job.begin("pairs", distances.len() as u64);
        for (run, out) in distances.chunks_mut(PAIRS_PER_TASK).enumerate() {
            job.check()?;
            let (first, quiet) = (run * PAIRS_PER_TASK, Job::new());
            let map = |list: &&[u32]| mapping.map(&list[first..][..out.len()], &quiet);
            let mapped: Vec<Vec<f64>> = lists.iter().map(map).collect::<Result<_>>()?;
            threads::try_share(out.chunks_mut(PIECE).enumerate(), |(piece, out)| {
                for (i, out) in (piece * PIECE..).zip(out) {
                    let row = |side: usize| &mapped[side][i * width..][..width];
                    *out = distance(first + i, std::array::from_fn(row))?;
                }
                Ok(())
            })?;
            job.advance(out.len() as u64);
        }
        return Ok(distances);
    }
    let mapped = mapping.map(occurring, job)?;
    let mut place = filled("places of the rows", mapping.rows(), 0u32)?;
    for (i, row) in (0..).zip(occurring) {
        place[*row as usize] = i;
    }
    job.begin("pairs", distances.len() as u64);
    let tasks = distances.chunks_mut(PAIRS_PER_TASK).enumerate();
    threads::try_share(tasks, |(task, out)| {
        job.check()?;
        let row = |list: &[u32], pair: usize| {
            let place = place[list[pair] as usize] as usize;
            &mapped[place * width..][..width]
        };
        for (pair, out) in (task * PAIRS_PER_TASK..).zip(&mut *out) {
            if pair + AHEAD < lists[0].len() {
                lists.iter().for_each(|list| {
                    let row = row(list, pair + AHEAD);
                    fetch(&row[..width.min(BEGINNING)])
                });
            }
            *out = distance(pair, lists.map(|list| row(list, pair)))?;
        }
        job.advance(out.len() as u64);
        Ok(())
    })?;
    Ok(distances)
}
