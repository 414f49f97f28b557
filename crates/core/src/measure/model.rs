//! A learned metric, and templates enrolled under one, as measures.

use rayon::prelude::*;

use super::batch::Batch;
use super::keys::{Falling, KeyShape, Side, half_square};
use super::mapped::{self, Mapping};
use crate::error::{Error, Result};
use crate::job::Job;
use crate::job::memory::{filled, zeros};
use crate::kernels::PairSum;
use crate::models::{Enrolment, Model, Scorer};
use crate::rows::{Embeddings, require_finite};

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

impl Mapping for ModelRows<'_> {
    fn rows(&self) -> usize {
        self.embeddings.rows()
    }

    fn width(&self) -> usize {
        self.model.projected_dim()
    }

    fn map(&self, rows: &[u32], job: &Job) -> Result<Vec<f64>> {
        let (embeddings, dim, width) = (self.embeddings, self.embeddings.dim(), self.width());
        let mut mapped = zeros("the mapped rows", rows.len().saturating_mul(width))?;
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
}

impl<'a> ModelRows<'a> {
    /// Errors: `EDIMENSION` for rows of another width than the model was fitted on.
    pub(crate) fn new(embeddings: &'a Embeddings, model: &'a Model) -> Result<Self> {
        model
            .check_dim(embeddings.dim())
            .map_err(|e| embeddings.blame(e))?;
        Ok(Self { embeddings, model })
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
        match firsts {
            Firsts::Rows => {
                let distance = |_, [x, y]: [&[f64]; 2]| Ok(self.distance(x, y));
                mapped::pair_distances(self, rows, [index1, index2], job, distance)
            }
            Firsts::Templates(all) => {
                let distance =
                    |pair: usize, [y]: [&[f64]; 1]| all[index1[pair] as usize].distance(y);
                mapped::pair_distances(self, rows, [index2], job, distance)
            }
        }
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
