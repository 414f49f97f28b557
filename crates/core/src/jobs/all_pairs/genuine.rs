//! The exact distance of every genuine pair.

use rayon::prelude::*;

use super::PairSets;
use crate::error::{Code, Error, Result};
use crate::job::{Job, memory};
use crate::measure::Scratch;

/// Genuine pairs that are held at once, at 16 bytes each.
const MOST: u64 = 64 << 20;
/// Pairs in one task, about.
const PAIRS_PER_TASK: usize = 1 << 14;
/// Rows of a class made ready at once.
const ROWS_HELD: usize = 2048;

/// Distances of all genuine pairs, class after class.
pub(super) struct Genuine {
    /// In order of class, first row, second row.
    pub(super) distances: Vec<f64>,
    /// The class of each run of `distances`, and where the run ends.
    pub(super) runs: Vec<(u32, usize)>,
    /// All distances, ascending.
    pub(super) sorted: Vec<f64>,
    /// The least alike, worst first.
    pub(super) worst: Vec<Pair>,
}

/// Two rows and their distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Smaller is more alike.
    pub distance: f64,
    /// Row of the first set.
    pub first: u32,
    /// Row of the second set, or of the first if there is one.
    pub second: u32,
}

/// Some rows of a class against some rows of it.
struct Task {
    class: u32,
    queries: Vec<u32>,
    stored: Vec<u32>,
}

impl Genuine {
    pub(super) fn measure(data: &PairSets<'_>, worst: usize, job: &Job) -> Result<Self> {
        let (queries, stored) = (data.query_classes(), data.stored_classes());
        let total = data.genuine();
        if total > MOST {
            let found = format!("{total} genuine pairs");
            return Err(Error::new(Code::Memory, found, format!("at most {MOST}"))
                .with_hint("Leave rows out of the largest classes"));
        }
        // Held as they are found, joined, and sorted.
        memory::require("the genuine pairs", total as usize * 4 * size_of::<f64>())?;
        let tasks = tasks(&queries, &stored);
        job.begin("genuine pairs", total);
        let parts: Vec<Result<(Vec<f64>, Vec<Pair>)>> = tasks
            .par_iter()
            .map(|task| {
                job.check()?;
                let part = compare(data, task, worst)?;
                job.advance(part.0.len() as u64);
                Ok(part)
            })
            .collect();
        let mut all = Self {
            distances: Vec::with_capacity(total as usize),
            runs: Vec::new(),
            sorted: Vec::new(),
            worst: Vec::new(),
        };
        for (task, part) in tasks.iter().zip(parts) {
            let (distances, least_alike) = part?;
            // A single row has no genuine pair, so its class has no run.
            if distances.is_empty() {
                continue;
            }
            all.distances.extend(distances);
            match all.runs.last_mut() {
                Some((class, end)) if *class == task.class => *end = all.distances.len(),
                _ => all.runs.push((task.class, all.distances.len())),
            }
            all.worst.extend(least_alike);
            keep_worst(&mut all.worst, worst);
        }
        all.sorted.clone_from(&all.distances);
        all.sorted.par_sort_unstable_by(f64::total_cmp);
        Ok(all)
    }
}

/// Largest distance first, then by rows.
fn keep_worst(pairs: &mut Vec<Pair>, count: usize) {
    let rows = |p: &Pair| (p.first, p.second);
    pairs.sort_unstable_by(|a, b| {
        let by_distance = b.distance.total_cmp(&a.distance);
        by_distance.then_with(|| rows(a).cmp(&rows(b)))
    });
    pairs.truncate(count);
}

fn tasks(queries: &[Vec<u32>], stored: &[Vec<u32>]) -> Vec<Task> {
    let mut tasks = Vec::new();
    for (class, (a, b)) in (0..).zip(queries.iter().zip(stored)) {
        if a.is_empty() || b.is_empty() {
            continue;
        }
        for b in b.chunks(ROWS_HELD) {
            for a in a.chunks((PAIRS_PER_TASK / b.len()).max(1)) {
                tasks.push(Task {
                    class,
                    queries: a.to_vec(),
                    stored: b.to_vec(),
                });
            }
        }
    }
    tasks
}

fn compare(data: &PairSets<'_>, task: &Task, worst: usize) -> Result<(Vec<f64>, Vec<Pair>)> {
    let queries = data.sides.queries.batch(&task.queries)?;
    let stored = data.sides.stored.batch(&task.stored)?;
    let mut scratch = Scratch::default();
    let (mut distances, mut least_alike) = (Vec::new(), Vec::new());
    let mut floor = f64::NEG_INFINITY;
    for (i, a) in task.queries.iter().enumerate() {
        for (j, b) in task.stored.iter().enumerate() {
            if data.sides.same && a >= b {
                continue;
            }
            let distance = (data.sides).distance((&queries, i), (&stored, j), &mut scratch)?;
            // The pairs of a class come in no order of rows, so an equal distance stays in the run.
            if distance >= floor {
                least_alike.push(Pair {
                    distance,
                    first: *a,
                    second: *b,
                });
                if least_alike.len() >= 2 * worst.max(1) {
                    keep_worst(&mut least_alike, worst);
                    floor = least_alike.last().map_or(floor, |p| p.distance);
                }
            }
            distances.push(distance);
        }
    }
    keep_worst(&mut least_alike, worst);
    Ok((distances, least_alike))
}
