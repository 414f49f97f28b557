//! Mean and variance over a cohort without a look at its pairs, where a distance is an inner product.
//!
//! With d = α − β(u·v − b − c), u and b of the row and v and c of a cohort row, write v⁺ = (v, −c)
//! and u⁺ = (u, 1). Then μ = α − β(u⁺·m − b) and σ² = β² u⁺ᵀ Σ u⁺, with m and Σ the mean and the
//! covariance of v⁺ over the cohort (the idea of Dehak et al. 2010 for the cosine). It is the mean
//! and the variance of the distances to the last rounding; cohort rows that do not count are then taken out one
//! by one.

use ndarray::Array2;
use rayon::prelude::*;

use super::exclusion::Exclusion;
use super::products::Panels;
use super::{Facing, Moments, RowNorm, ScoreNorm};
use crate::error::Result;
use crate::job::Job;
use crate::job::memory::filled;
use crate::measure::tiles::opposite;
use crate::measure::{KeyShape, Prepared, Side};
use crate::rows::RowSource;
use crate::statistics::{Arithmetic, GatherOptions, gather, mean, total_scatter};

/// Rows that one thread takes at a time: a multiple of those of a panel.
const TASK: usize = 64;

/// The shape of the key rows of a measure whose distance is `alpha − beta·key`.
#[derive(Clone, Copy)]
pub(super) struct Affine {
    pub(super) shape: KeyShape,
    pub(super) alpha: f64,
    pub(super) beta: f64,
}

/// The form of a measure whose distance is an inner product. A squared Euclidean distance is none:
/// it is a small difference of large products where rows are far from 0.
pub(super) fn affine(rows: &Prepared<'_>) -> Option<Affine> {
    let shape = rows.plain_key_shape()?;
    let (alpha, beta) = shape.affine().filter(|_| !shape.is_square())?;
    Some(Affine { shape, alpha, beta })
}

/// The statistics of rows, in their order.
pub(super) fn statistics(
    norm: &ScoreNorm<'_>,
    facing: &Facing<'_>,
    affine: Affine,
    exclusion: &Exclusion<'_>,
    job: &Job,
) -> Result<Vec<RowNorm>> {
    let Facing { which, cohort, .. } = *facing;
    let moments = CohortMoments::new(cohort, opposite(facing.side), affine.shape, job)?;
    job.begin("normalising", which.len() as u64);
    let tasks = which.par_chunks(TASK).map(|which| {
        job.check()?;
        let done = facing.rows_of(norm, affine, &moments, (which, exclusion))?;
        job.advance(which.len() as u64);
        Ok(done)
    });
    let tasks: Vec<Result<Vec<RowNorm>>> = facing
        .rows
        .while_unchanged(|| Ok(tasks.collect::<Vec<_>>()))?;
    let mut all = Vec::with_capacity(which.len());
    for task in tasks {
        all.extend(task?);
    }
    Ok(all)
}

/// Mean and scatter of the extended key rows of a cohort.
struct CohortMoments {
    count: usize,
    mean: Vec<f64>,
    scatter: Panels,
}

impl CohortMoments {
    fn new(cohort: &Prepared<'_>, side: Side, shape: KeyShape, job: &Job) -> Result<Self> {
        let rows = ExtendedKeys {
            cohort,
            side,
            shape,
        };
        let options = GatherOptions {
            arithmetic: Arithmetic::Portable,
            phase: "cohort",
            ..GatherOptions::default()
        };
        let bundle = cohort
            .while_unchanged(|| gather(&rows, None, &options, job))
            .map_err(|e| cohort.embeddings().blame(e))?;
        let scatter: Array2<f64> = total_scatter(&bundle)?;
        let values: Vec<f64> = scatter.iter().copied().collect();
        Ok(Self {
            count: cohort.rows(),
            mean: mean(&bundle).to_vec(),
            scatter: Panels::new(&values, shape.width + 1)?,
        })
    }
}

impl Facing<'_> {
    /// The statistics of some rows.
    fn rows_of(
        &self,
        norm: &ScoreNorm<'_>,
        affine: Affine,
        cohort: &CohortMoments,
        (which, exclusion): (&[u32], &Exclusion<'_>),
    ) -> Result<Vec<RowNorm>> {
        let Affine { shape, alpha, beta } = affine;
        let batch = self.rows.batch(which)?;
        let (keys, own) = self.rows.plain_keys(&batch, self.side, shape)?;
        let extended = extended(&keys, shape.width, |_| 1.0)?;
        let width = shape.width + 1;
        let panels = Panels::new(&extended, width)?;
        let stride = cohort.scatter.stride();
        let mut products = filled("products", panels.stride() * stride, 0.0)?;
        panels.multiply(self.rows.isa(), 0, &cohort.scatter, &mut products);
        let mut all = Vec::with_capacity(which.len());
        for (place, row) in which.iter().enumerate() {
            let u = &extended[place * width..][..width];
            let product = dot(u, &cohort.mean) - own[place];
            let spread = dot(u, &products[place * stride..][..width]);
            let everyone = Moments {
                count: cohort.count,
                mean: alpha - beta * product,
                squares: beta * beta * spread.max(0.0),
            };
            let excluded = exclusion.of(*row);
            let left_out = self.distances(affine, (&u[..shape.width], own[place]), &excluded)?;
            let moments = match excluded.is_empty() {
                true => everyone,
                false => everyone.without(Moments::of(&left_out)),
            };
            all.push(norm.row_norm(*row, moments, alpha.abs() + (beta * product).abs())?);
        }
        Ok(all)
    }

    /// The distances of a row to some rows of the cohort.
    fn distances(
        &self,
        Affine { shape, alpha, beta }: Affine,
        (u, own): (&[f64], f64),
        cohort: &[u32],
    ) -> Result<Vec<f64>> {
        if cohort.is_empty() {
            return Ok(Vec::new());
        }
        let batch = self.cohort.batch(cohort)?;
        let (keys, numbers) = (self.cohort).plain_keys(&batch, opposite(self.side), shape)?;
        let pairs = keys.chunks_exact(shape.width).zip(numbers);
        Ok(pairs
            .map(|(v, number)| alpha - beta * (dot(u, v) - own - number))
            .collect())
    }
}

/// Key rows with one column more.
fn extended(keys: &[f64], width: usize, last: impl Fn(usize) -> f64) -> Result<Vec<f64>> {
    let rows = keys.len() / width;
    let mut out = filled("key rows", rows.saturating_mul(width + 1), 0.0)?;
    for (place, (out, row)) in (out.chunks_exact_mut(width + 1))
        .zip(keys.chunks_exact(width))
        .enumerate()
    {
        out[..width].copy_from_slice(row);
        out[width] = last(place);
    }
    Ok(out)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The rows v⁺ of a cohort.
struct ExtendedKeys<'a> {
    cohort: &'a Prepared<'a>,
    side: Side,
    shape: KeyShape,
}

impl RowSource for ExtendedKeys<'_> {
    fn rows(&self) -> usize {
        self.cohort.rows()
    }

    fn dim(&self) -> usize {
        self.shape.width + 1
    }

    fn read_rows_f32(&self, first: usize, out: &mut [f32]) -> Result<()> {
        let mut wide = filled("key rows", out.len(), 0.0)?;
        self.read_rows_f64(first, &mut wide)?;
        for (narrow, wide) in out.iter_mut().zip(wide) {
            *narrow = wide as f32;
        }
        Ok(())
    }

    fn read_rows_f64(&self, first: usize, out: &mut [f64]) -> Result<()> {
        let batch = self.cohort.run(first, out.len() / self.dim())?;
        let (keys, own) = self.cohort.plain_keys(&batch, self.side, self.shape)?;
        out.copy_from_slice(&extended(&keys, self.shape.width, |place| -own[place])?);
        Ok(())
    }
}
