//! A learned metric, and templates enrolled under one, as measures.

use rayon::prelude::*;

use super::batch::Batch;
use super::keys::{Falling, KeyShape, Side, half_square};
use crate::error::{Error, Result};
use crate::job::Job;
use crate::job::memory::filled;
use crate::kernels::PairSum;
use crate::models::{Enrolment, Model, Scorer};
use crate::rows::{Embeddings, require_finite};

/// Mapped rows are kept for all pairs while they take no more than this; beyond, each run of pairs
/// maps its own. Does not change results.
const MOST_BYTES: usize = 256 << 20;
const PAIRS_PER_TASK: usize = 1024;
/// Rows that one task maps, where they are not wide.
const ROWS_PER_BLOCK: usize = 256;
/// Bytes of the rows that one task maps, beyond one row.
const BLOCK_BYTES: usize = 32 << 20;

/// Rows under a model.
#[derive(Clone, Copy)]
pub(crate) struct ModelRows<'a> {
    embeddings: &'a Embeddings,
    model: &'a Model,
}

/// The first members of pairs whose second members are rows.
#[derive(Clone, Copy)]
pub(super) enum Firsts<'a> {
    Rows,
    Templates(&'a [Enrolment]),
}

impl<'a> ModelRows<'a> {
    /// Errors: `EDIMENSION` for rows of another width than the model was fitted on.
    pub(crate) fn new(embeddings: &'a Embeddings, model: &'a Model) -> Result<Self> {
        model
            .check_dim(embeddings.dim())
            .map_err(|e| embeddings.blame(e))?;
        Ok(Self { embeddings, model })
    }

    /// Columns of a mapped row.
    pub(super) fn width(&self) -> usize {
        self.model.projected_dim()
    }

    /// These rows as the model compares them, one after the other.
    pub(crate) fn map(&self, rows: &[u32], job: &Job) -> Result<Vec<f64>> {
        let (embeddings, dim, width) = (self.embeddings, self.embeddings.dim(), self.width());
        let mut mapped = filled("the mapped rows", rows.len().saturating_mul(width), 0.0)?;
        job.begin("rows", rows.len() as u64);
        let block = (BLOCK_BYTES / size_of::<f64>() / dim.max(width)).clamp(1, ROWS_PER_BLOCK);
        let blocks = mapped
            .par_chunks_mut(block * width)
            .zip(rows.par_chunks(block));
        let done: Vec<Result<()>> = blocks
            .map(|(out, rows)| {
                job.check()?;
                let mut values = filled("a block of rows", rows.len() * dim, 0.0)?;
                for (row, values) in rows.iter().zip(values.chunks_exact_mut(dim)) {
                    embeddings.read_rows(*row as usize, values)?;
                    require_finite(values, *row as usize)?;
                }
                // The model numbers rows within the block.
                let number = |e: Error| match e.row().and_then(|row| rows.get(row as usize)) {
                    Some(row) => e.with_row(*row as usize),
                    None => e,
                };
                self.model.project_rows(&values, out).map_err(number)?;
                job.advance(rows.len() as u64);
                Ok(())
            })
            .collect();
        let done: Result<()> = done.into_iter().collect();
        done.map_err(|e| embeddings.blame(e))?;
        Ok(mapped)
    }

    /// The distance of two mapped rows.
    pub(super) fn distance(&self, x: &[f64], y: &[f64]) -> f64 {
        self.model.pair_distance(x, y)
    }

    /// The distance of two mapped rows whose sum is known.
    pub(super) fn distance_knowing(&self, sum: f64, x: &[f64], y: &[f64]) -> f64 {
        self.model.pair_distance_knowing(Some(sum), x, y)
    }

    /// The sum over two mapped rows that may be computed for several pairs at once, and the columns that it
    /// takes.
    pub(super) fn pair_sum(&self) -> Option<(PairSum, usize)> {
        self.model.pair_sum()
    }

    /// The distance of each pair; `rows` are those that occur in one, each once.
    pub(super) fn pair_distances(
        &self,
        firsts: Firsts<'_>,
        rows: &[u32],
        (index1, index2): (&[u32], &[u32]),
        job: &Job,
    ) -> Result<Vec<f64>> {
        let width = self.width();
        if rows.len().saturating_mul(width * 8) > MOST_BYTES {
            return self.pair_distances_in_runs(firsts, (index1, index2), job);
        }
        let mapped = self.map(rows, job)?;
        let mut place = vec![0u32; self.embeddings.rows()];
        for (i, row) in (0..).zip(rows) {
            place[*row as usize] = i;
        }
        let row = |row: u32| &mapped[place[row as usize] as usize * width..][..width];
        job.begin("pairs", index1.len() as u64);
        let mut distances = filled("the distances", index1.len(), 0.0)?;
        distances
            .par_chunks_mut(PAIRS_PER_TASK)
            .zip(index1.par_chunks(PAIRS_PER_TASK))
            .zip(index2.par_chunks(PAIRS_PER_TASK))
            .map(|((out, a), b)| {
                job.check()?;
                for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                    *out = match firsts {
                        Firsts::Rows => self.distance(row(*a), row(*b)),
                        Firsts::Templates(all) => all[*a as usize].distance(row(*b))?,
                    };
                }
                job.advance(out.len() as u64);
                Ok(())
            })
            .collect::<Result<Vec<()>>>()?;
        Ok(distances)
    }

    /// The same where the mapped rows are too many to be held.
    fn pair_distances_in_runs(
        &self,
        firsts: Firsts<'_>,
        (index1, index2): (&[u32], &[u32]),
        job: &Job,
    ) -> Result<Vec<f64>> {
        job.begin("pairs", index1.len() as u64);
        let mut distances = filled("the distances", index1.len(), 0.0)?;
        let runs = distances
            .chunks_mut(PAIRS_PER_TASK)
            .zip(index1.chunks(PAIRS_PER_TASK))
            .zip(index2.chunks(PAIRS_PER_TASK));
        for ((out, a), b) in runs {
            job.check()?;
            let quiet = Job::new();
            let x = match firsts {
                Firsts::Rows => self.map(a, &quiet)?,
                Firsts::Templates(_) => Vec::new(),
            };
            let y = self.map(b, &quiet)?;
            let width = self.width();
            out.par_iter_mut()
                .zip(y.par_chunks_exact(width))
                .enumerate()
                .map(|(i, (out, y))| {
                    *out = match firsts {
                        Firsts::Rows => self.distance(&x[i * width..][..width], y),
                        Firsts::Templates(all) => all[a[i] as usize].distance(y)?,
                    };
                    Ok(())
                })
                .collect::<Result<Vec<()>>>()?;
            job.advance(out.len() as u64);
        }
        Ok(distances)
    }

    pub(super) fn key_shape(&self) -> Option<KeyShape> {
        let scorer = self.model.scorer();
        let curve = match scorer {
            Scorer::Cosine => Falling::OneLess,
            Scorer::SquaredEuclidean | Scorer::SignedSquared { .. } => Falling::Square,
            Scorer::Euclidean => Falling::Root,
            Scorer::Dot | Scorer::Plda(_) => Falling::Negative,
            Scorer::HeavyTailed(_) => return None,
        };
        Some(KeyShape {
            width: self.width() - usize::from(matches!(scorer, Scorer::Plda(_))),
            symmetric: !matches!(scorer, Scorer::SignedSquared { .. }),
            curve,
        })
    }

    pub(super) fn fill_keys(&self, batch: &Batch, side: Side, keys: &mut [f64], own: &mut [f64]) {
        let width = keys.len() / own.len().max(1);
        for (place, (out, own)) in keys.chunks_exact_mut(width).zip(own).enumerate() {
            let row = batch.mapped_row(place);
            out.copy_from_slice(&row[..width]);
            *own = match self.model.scorer() {
                Scorer::Plda(_) => -row[width],
                Scorer::SquaredEuclidean | Scorer::Euclidean => half_square(row),
                Scorer::SignedSquared { positive } => {
                    if side == Side::Query {
                        out[*positive..].iter_mut().for_each(|v| *v = -*v);
                    }
                    half_square(&row[..*positive]) - half_square(&row[*positive..])
                }
                _ => 0.0,
            };
        }
    }
}
