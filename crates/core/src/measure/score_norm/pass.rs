//! The distances of rows to all rows of a cohort, each summed up as they stream by.
//!
//! Cohort rows come in chunks of a fixed size and in their order, and a row is summed up by one
//! thread, so the bits do not depend on the number of threads. Where the measure has key rows the
//! distances come from products in steps, so they do not depend on the instruction set either.

use rayon::prelude::*;

use super::exclusion::Exclusion;
use super::products::Panels;
use super::{Facing, Moments};
use crate::error::Result;
use crate::job::Job;
use crate::job::memory::filled;
use crate::measure::tiles::opposite;
use crate::measure::{Batch, KeyShape, Prepared, Scratch, Side, Sides};

/// Cohort rows that are met together; part of the last bits of sums.
const CHUNK: usize = 1024;
/// Rows that one thread compares with a chunk at a time: those of a panel.
const TASK: usize = 16;
/// Bytes of the rows that go through the cohort together.
const HELD_BYTES: usize = 128 << 20;

/// Cohort rows that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Take {
    All,
    /// So many, the most alike.
    Nearest(usize),
}

/// The summaries of rows, in their order.
pub(super) type Summaries = Vec<Summary>;

/// The part of the distances of a row that is kept.
pub(super) enum Summary {
    All {
        moments: Moments,
        /// The largest size of a distance.
        scale: f64,
    },
    /// Nearest first once the pass is over.
    Nearest { most: usize, rows: Vec<Near> },
}

/// A cohort row.
#[derive(Clone, Copy, Debug)]
pub(in crate::measure) struct Near {
    pub(in crate::measure) distance: f64,
    pub(in crate::measure) row: u32,
}

impl Near {
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        (self.distance.total_cmp(&other.distance)).then(self.row.cmp(&other.row))
    }
}

/// Sums up the distances of every row to the cohort.
pub(super) fn summaries(
    facing: &Facing<'_>,
    take: Take,
    exclusion: &Exclusion<'_>,
    job: &Job,
) -> Result<Summaries> {
    let Facing {
        rows,
        which,
        cohort,
        side,
        normed,
    } = *facing;
    let comparing = Comparing {
        sides: match side {
            Side::Query => Sides::new(rows, cohort),
            Side::Stored => Sides::new(cohort, rows),
        },
        side,
        shape: rows.plain_key_shape(),
    };
    let width = comparing.shape.map_or(rows.dim(), |shape| shape.width);
    let kept = match take {
        Take::All => 0,
        Take::Nearest(top) => 2 * top.min(cohort.rows()) * size_of::<Near>(),
    };
    let together = (HELD_BYTES / (width * size_of::<f64>() + kept).max(1)).max(1);
    let together = together.next_multiple_of(TASK);
    let pairs = which.len() as u64 * cohort.rows() as u64;
    job.begin("cohort", pairs);
    let mut all = Vec::with_capacity(which.len());
    comparing.sides.while_unchanged(|| {
        for which in which.chunks(together) {
            let asked = Held::new(rows, rows.batch(which)?, side, comparing.shape)?;
            let mut summaries: Summaries = which.iter().map(|_| Summary::new(take)).collect();
            for first in (0..cohort.rows()).step_by(CHUNK) {
                job.check()?;
                let batch = cohort.run(first, CHUNK.min(cohort.rows() - first))?;
                let met = Held::new(cohort, batch, opposite(side), comparing.shape)?;
                let tasks = summaries.par_chunks_mut(TASK).enumerate();
                let done = tasks.map(|(task, summaries)| {
                    job.check()?;
                    let at = task * TASK;
                    let stride = met.stride();
                    let mut distances = filled("distances", TASK * stride, 0.0)?;
                    comparing.measure(&asked, at, summaries.len(), &met, &mut distances)?;
                    let lists = distances.chunks_exact_mut(stride);
                    for ((summary, list), row) in summaries.iter_mut().zip(lists).zip(&which[at..])
                    {
                        let list = &mut list[..met.batch.len()];
                        if let Some(normed) = normed {
                            let terms = list.iter_mut().zip(&normed[first..]);
                            terms.for_each(|(distance, of)| *distance = of.term(*distance));
                        }
                        summary.take(list, first, &exclusion.of(*row));
                    }
                    job.advance((summaries.len() * met.batch.len()) as u64);
                    Ok(())
                });
                done.collect::<Vec<Result<()>>>()
                    .into_iter()
                    .collect::<Result<()>>()?;
            }
            all.extend(summaries.into_iter().map(Summary::finished));
        }
        Ok(all)
    })
}

/// Rows ready to be compared: as key rows in panels, or as they are.
struct Held {
    batch: Batch,
    keys: Option<(Panels, Vec<f64>)>,
}

impl Held {
    fn new(set: &Prepared<'_>, batch: Batch, side: Side, shape: Option<KeyShape>) -> Result<Self> {
        let keys = shape.map(|shape| {
            let (keys, own) = set.plain_keys(&batch, side, shape)?;
            Ok((Panels::new(&keys, shape.width)?, own))
        });
        let keys = keys.transpose()?;
        Ok(Self { batch, keys })
    }

    fn stride(&self) -> usize {
        let rows = |(panels, _): &(Panels, _)| panels.stride();
        self.keys.as_ref().map_or(self.batch.len(), rows)
    }
}

struct Comparing<'a> {
    sides: Sides<'a>,
    /// The side of the rows.
    side: Side,
    shape: Option<KeyShape>,
}

impl Comparing<'_> {
    /// Fills `distances` with those of `count` rows from place `first` to all rows that they meet.
    fn measure(
        &self,
        asked: &Held,
        first: usize,
        count: usize,
        met: &Held,
        distances: &mut [f64],
    ) -> Result<()> {
        let stride = met.stride();
        if let (Some(shape), Some((a, of_a)), Some((b, of_b))) =
            (self.shape, &asked.keys, &met.keys)
        {
            a.multiply(self.sides.queries.isa(), first, b, distances);
            for (list, own) in distances.chunks_exact_mut(stride).zip(&of_a[first..]) {
                for (value, other) in list.iter_mut().zip(of_b) {
                    *value = shape.distance_of(*value - (own + other));
                }
            }
            return Ok(());
        }
        let (rows, cohort) = (self.sides.of(self.side), self.sides.of(opposite(self.side)));
        let places: Vec<usize> = (first..first + count).collect();
        let a = rows.hold(&asked.batch, &places)?;
        let places: Vec<usize> = (0..met.batch.len()).collect();
        let b = cohort.hold(&met.batch, &places)?;
        let mut scratch = Scratch::default();
        for (i, list) in distances.chunks_exact_mut(stride).take(count).enumerate() {
            for (j, value) in list.iter_mut().enumerate() {
                *value = match self.side {
                    Side::Query => self.sides.plain_distance((&a, i), (&b, j), &mut scratch)?,
                    Side::Stored => self.sides.plain_distance((&b, j), (&a, i), &mut scratch)?,
                };
            }
        }
        Ok(())
    }
}

impl Summary {
    fn new(take: Take) -> Self {
        match take {
            Take::All => Self::All {
                moments: Moments::default(),
                scale: 0.0,
            },
            Take::Nearest(most) => Self::Nearest {
                most,
                rows: Vec::new(),
            },
        }
    }

    /// Takes in the distances to the cohort rows from `first` on, but for those `excluded`.
    fn take(&mut self, distances: &[f64], first: usize, excluded: &[u32]) {
        let from = excluded.partition_point(|row| (*row as usize) < first);
        let mut left_out = excluded[from..].iter().peekable();
        let counted = distances.iter().zip(first as u32..).filter(|(_, row)| {
            let out = left_out.peek() == Some(&row);
            if out {
                left_out.next();
            }
            !out
        });
        match self {
            Self::All { moments, scale } => {
                let counted: Vec<f64> = counted.map(|(distance, _)| *distance).collect();
                *scale = counted.iter().fold(*scale, |most, d| most.max(d.abs()));
                *moments = moments.with(Moments::of(&counted));
            }
            Self::Nearest { most, rows } => {
                let worst = if rows.len() >= *most {
                    rows[*most - 1].distance
                } else {
                    f64::INFINITY
                };
                rows.extend(counted.filter(|(distance, _)| **distance <= worst).map(
                    |(distance, row)| Near {
                        distance: *distance,
                        row,
                    },
                ));
                if rows.len() > *most {
                    rows.select_nth_unstable_by(*most - 1, Near::order);
                    rows.truncate(*most);
                }
            }
        }
    }

    fn finished(mut self) -> Self {
        if let Self::Nearest { rows, .. } = &mut self {
            rows.sort_unstable_by(Near::order);
        }
        self
    }

    /// The cohort rows that count, nearest first; nothing where all do.
    pub(super) fn nearest(&self) -> &[Near] {
        match self {
            Self::All { .. } => &[],
            Self::Nearest { rows, .. } => rows,
        }
    }

    pub(super) fn moments(&self) -> Moments {
        match self {
            Self::All { moments, .. } => *moments,
            Self::Nearest { rows, .. } => {
                let distances: Vec<f64> = rows.iter().map(|near| near.distance).collect();
                Moments::of(&distances)
            }
        }
    }

    /// The largest size of a distance.
    pub(super) fn scale(&self) -> f64 {
        match self {
            Self::All { scale, .. } => *scale,
            Self::Nearest { rows, .. } => {
                (rows.iter()).fold(0.0, |most, near| most.max(near.distance.abs()))
            }
        }
    }
}

impl Moments {
    /// Of these values, in two passes.
    pub(super) fn of(values: &[f64]) -> Self {
        let count = values.len();
        let mean = values.iter().sum::<f64>() / count.max(1) as f64;
        let squares = values.iter().map(|v| (v - mean) * (v - mean)).sum();
        Self {
            count,
            mean,
            squares,
        }
    }

    /// Of the values of both (Chan, Golub and LeVeque 1983).
    pub(super) fn with(self, other: Self) -> Self {
        let count = self.count + other.count;
        let (n, m) = (self.count as f64, other.count as f64);
        let (total, gap) = (count.max(1) as f64, other.mean - self.mean);
        Self {
            count,
            mean: self.mean + gap * (m / total),
            squares: self.squares + other.squares + gap * gap * (n * m / total),
        }
    }

    /// Of the values that are left when those of `other` are taken out.
    pub(super) fn without(self, other: Self) -> Self {
        let count = self.count.saturating_sub(other.count);
        let (n, m, rest) = (self.count as f64, other.count as f64, count.max(1) as f64);
        let mean = self.mean + (self.mean - other.mean) * (m / rest);
        let gap = other.mean - mean;
        Self {
            count,
            mean,
            squares: self.squares - other.squares - gap * gap * (m * rest / n.max(1.0)),
        }
    }
}
