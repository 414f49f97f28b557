//! The rows of all parts, as if they stood one below the other.

use rayon::prelude::*;

use super::health::Health;
use crate::error::{Error, Result};
use crate::job::Job;
use crate::rows::Embeddings;

/// Rows that one task reads.
const BLOCK: usize = 256;

pub(super) struct Rows<'a> {
    parts: &'a [&'a Embeddings],
    /// Every block: part, first row within it, rows, first row over all.
    blocks: Vec<(usize, usize, usize, usize)>,
    rows: usize,
}

impl<'a> Rows<'a> {
    pub(super) fn new(parts: &'a [&'a Embeddings]) -> Self {
        let (mut blocks, mut rows) = (Vec::new(), 0);
        for (place, part) in parts.iter().enumerate() {
            for first in (0..part.rows()).step_by(BLOCK) {
                let count = BLOCK.min(part.rows() - first);
                blocks.push((place, first, count, rows + first));
            }
            rows += part.rows();
        }
        Self {
            parts,
            blocks,
            rows,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.rows
    }

    pub(super) fn dim(&self) -> usize {
        self.parts[0].dim()
    }

    /// The part that a row is in.
    pub(super) fn part_of(&self, row: usize) -> usize {
        let after = self.blocks.partition_point(|block| block.3 <= row);
        self.blocks[after - 1].0
    }

    /// One row over all parts, widened.
    pub(super) fn read(&self, row: usize, out: &mut [f64]) -> Result<()> {
        let mut first = 0;
        for part in self.parts {
            if row < first + part.rows() {
                return part.read_rows(row - first, out);
            }
            first += part.rows();
        }
        Err(Error::internal(format!("row {row} of {}", self.rows)))
    }

    /// Calls `each` with the first row and the values of every block, on all threads; what it gives is in
    /// the order of the rows.
    pub(super) fn map_blocks<T: Send>(
        &self,
        phase: &'static str,
        job: &Job,
        each: impl Fn(usize, &[f64]) -> T + Sync,
    ) -> Result<Vec<T>> {
        job.begin(phase, self.rows as u64);
        self.blocks
            .par_iter()
            .map(|&(part, first, count, over_all)| {
                job.check()?;
                let mut values = vec![0.0; count * self.dim()];
                self.parts[part].read_rows(first, &mut values)?;
                job.advance(count as u64);
                Ok(each(over_all, &values))
            })
            .collect()
    }

    /// Every sound row at length 1; zeros for the others.
    pub(super) fn units(&self, health: &Health, job: &Job) -> Result<Vec<f32>> {
        let d = self.dim();
        let mut all = Vec::new();
        all.try_reserve_exact(self.rows * d)
            .map_err(|_| Error::memory("a copy of the rows", self.rows as u128 * d as u128 * 4))?;
        let blocks = self.map_blocks("rows", job, |first, values| {
            let mut out = vec![0.0f32; values.len()];
            let rows = out.chunks_exact_mut(d).zip(values.chunks_exact(d));
            for (i, (to, from)) in rows.enumerate() {
                if health.is_sound(first + i) {
                    unit(from, to);
                }
            }
            out
        })?;
        blocks.iter().for_each(|block| all.extend_from_slice(block));
        Ok(all)
    }

    pub(super) fn check_unchanged(&self) -> Result<()> {
        self.parts
            .iter()
            .try_for_each(|part| part.check_unchanged())
    }
}

/// Moves rows of length 1 to their common mean and brings them to length 1 again; zeros for a row that is
/// not sound, or is the mean. Lengths of the data have no say, so that one long row cannot drag the mean.
pub(super) fn center(units: &mut [f32], dim: usize, health: &Health) {
    let mut mean = vec![0.0; dim];
    for row in units.chunks_exact(dim) {
        mean.iter_mut()
            .zip(row)
            .for_each(|(m, v)| *m += f64::from(*v));
    }
    let sound = health.sound_rows().max(1) as f64;
    mean.iter_mut().for_each(|m| *m /= sound);
    units
        .par_chunks_exact_mut(dim)
        .enumerate()
        .filter(|(row, _)| health.is_sound(*row))
        .for_each(|(_, row)| {
            let moved: Vec<f64> = row
                .iter()
                .zip(&mean)
                .map(|(v, m)| f64::from(*v) - m)
                .collect();
            row.fill(0.0);
            unit(&moved, row);
        });
}

/// `from` at length 1; `to` is left as it is where `from` is zero. Scaled first, so that no square
/// overflows.
fn unit(from: &[f64], to: &mut [f32]) {
    let largest = from.iter().fold(0.0f64, |most, v| most.max(v.abs()));
    if largest == 0.0 {
        return;
    }
    let norm = from
        .iter()
        .map(|v| (v / largest).powi(2))
        .sum::<f64>()
        .sqrt();
    for (to, v) in to.iter_mut().zip(from) {
        *to = (v / largest / norm) as f32;
    }
}
