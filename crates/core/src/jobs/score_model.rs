//! Distances of pairs by a learned metric, and rows mapped for other software.

use rayon::prelude::*;

use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::jobs::score::used_rows;
use crate::models::{Model, Side};
use crate::rows::{Embeddings, require_finite};

/// Prepared rows are kept for all pairs while they take no more than this; beyond, each run of
/// pairs prepares its own. Does not change results.
const MOST_BYTES: usize = 256 << 20;
const PAIRS_PER_TASK: usize = 1024;
const ROWS_PER_BLOCK: usize = 256;

/// Distances of the pairs `(index1[i], index2[i])` by a model, smaller is more alike.
///
/// As [`crate::jobs::score::score_pairs`] in everything but the measure; besides its errors,
/// `EDIMENSION` for rows of another width than the model was fitted on.
pub fn score_pairs_by_model(
    embeddings: &Embeddings,
    index1: &[u32],
    index2: &[u32],
    model: &Model,
    job: &Job,
) -> Result<Vec<f64>> {
    let used = used_rows(embeddings, index1, index2)?;
    model
        .check_dim(embeddings.dim())
        .map_err(|e| embeddings.blame(e))?;
    if let Some(file) = embeddings.file() {
        file.arm();
    }
    let rows: Vec<u32> = (0..)
        .zip(&used)
        .filter(|(_, used)| **used)
        .map(|(row, _)| row)
        .collect();
    let width = model.projected_dim();
    let distances = if rows.len().saturating_mul(width * 8) <= MOST_BYTES {
        let prepared = prepare(embeddings, &rows, model, job)?;
        let mut place = vec![0u32; used.len()];
        for (i, row) in (0..).zip(&rows) {
            place[*row as usize] = i;
        }
        let row = |row: u32| &prepared[place[row as usize] as usize * width..][..width];
        job.begin("pairs", index1.len() as u64);
        let mut distances = vec![0.0; index1.len()];
        distances
            .par_chunks_mut(PAIRS_PER_TASK)
            .zip(
                index1
                    .par_chunks(PAIRS_PER_TASK)
                    .zip(index2.par_chunks(PAIRS_PER_TASK)),
            )
            .map(|(out, (a, b))| {
                job.check()?;
                for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                    *out = model.pair_distance(row(*a), row(*b));
                }
                job.advance(out.len() as u64);
                Ok(())
            })
            .collect::<Result<Vec<()>>>()?;
        distances
    } else {
        job.begin("pairs", index1.len() as u64);
        let mut distances = Vec::with_capacity(index1.len());
        for (a, b) in index1
            .chunks(PAIRS_PER_TASK)
            .zip(index2.chunks(PAIRS_PER_TASK))
        {
            let quiet = Job::new();
            job.check()?;
            let (x, y) = (
                prepare(embeddings, a, model, &quiet)?,
                prepare(embeddings, b, model, &quiet)?,
            );
            distances.par_extend(
                x.par_chunks_exact(width)
                    .zip(y.par_chunks_exact(width))
                    .map(|(x, y)| model.pair_distance(x, y)),
            );
            job.advance(a.len() as u64);
        }
        distances
    };
    embeddings.check_unchanged()?;
    if let Some(pair) = distances.iter().position(|d| !d.is_finite()) {
        let found = format!(
            "{} for pair {pair} (rows {} and {})",
            distances[pair], index1[pair], index2[pair]
        );
        return Err(Error::new(Code::Undefined, found, "a finite distance"));
    }
    Ok(distances)
}

/// The rows as the model compares them, one after the other.
pub(crate) fn prepare(
    embeddings: &Embeddings,
    rows: &[u32],
    model: &Model,
    job: &Job,
) -> Result<Vec<f64>> {
    let (dim, width) = (embeddings.dim(), model.projected_dim());
    let mut prepared = zeros("the mapped rows", rows.len(), width)?;
    job.begin("rows", rows.len() as u64);
    let blocks = prepared
        .par_chunks_mut(ROWS_PER_BLOCK * width)
        .zip(rows.par_chunks(ROWS_PER_BLOCK));
    let done: Vec<Result<()>> = blocks
        .map(|(out, rows)| {
            job.check()?;
            let mut values = vec![0.0; rows.len() * dim];
            for (row, values) in rows.iter().zip(values.chunks_exact_mut(dim)) {
                embeddings.read_rows(*row as usize, values)?;
                require_finite(values, *row as usize)?;
            }
            // The model numbers rows within the block.
            model
                .project_rows(&values, out)
                .map_err(|e| renumber(e, rows))?;
            job.advance(rows.len() as u64);
            Ok(())
        })
        .collect();
    done.into_iter()
        .collect::<Result<()>>()
        .map_err(|e| embeddings.blame(e))?;
    Ok(prepared)
}

fn renumber(error: Error, rows: &[u32]) -> Error {
    match error.row().and_then(|row| rows.get(row as usize)) {
        Some(row) => error.with_row(*row as usize),
        None => error,
    }
}

fn zeros(what: &str, rows: usize, width: usize) -> Result<Vec<f64>> {
    let mut values = Vec::new();
    let length = rows.saturating_mul(width);
    values
        .try_reserve_exact(length)
        .map_err(|_| Error::memory(what, length as u128 * 8))?;
    values.resize(length, 0.0);
    Ok(values)
}

/// Maps every row so that a plain measure of mapped rows is the model's distance (see
/// [`Model::transform_rows`]), and hands the rows out in blocks, in order.
pub fn transform_embeddings(
    embeddings: &Embeddings,
    model: &Model,
    side: Side,
    sink: &mut dyn FnMut(&[f64]) -> Result<()>,
    job: &Job,
) -> Result<()> {
    let (rows, dim, width) = (embeddings.rows(), embeddings.dim(), model.transform_dim()?);
    model.check_dim(dim).map_err(|e| embeddings.blame(e))?;
    if let Some(file) = embeddings.file() {
        file.arm();
        file.advise_sequential();
    }
    job.begin("rows", rows as u64);
    const BLOCK: usize = 4096;
    for first in (0..rows).step_by(BLOCK) {
        job.check()?;
        let count = BLOCK.min(rows - first);
        let mut values = zeros("a block of rows", count, dim)?;
        embeddings.read_rows(first, &mut values)?;
        for (i, row) in values.chunks_exact(dim).enumerate() {
            require_finite(row, first + i).map_err(|e| embeddings.blame(e))?;
        }
        let mut mapped = zeros("a block of mapped rows", count, width)?;
        model
            .transform_rows(&values, side, &mut mapped)
            .map_err(|e| {
                let row = e.row().map_or(first, |row| first + row as usize);
                embeddings.blame(e.with_row(row))
            })?;
        // Pages lost meanwhile read as zeros: found out before they are handed on.
        embeddings.check_unchanged()?;
        sink(&mapped)?;
        job.advance(count as u64);
    }
    Ok(())
}
