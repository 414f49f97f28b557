//! Several matrices, one below the other.

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::job::Job;
use crate::rows::Embeddings;

/// Rows that one task reads.
const BLOCK: usize = 256;

/// Rows of several matrices, numbered as if one stood below the other.
pub(super) struct Stacked<'a> {
    parts: &'a [&'a Embeddings],
    /// Every block: part, first row within it, rows, first row over all.
    blocks: Vec<(usize, usize, usize, usize)>,
    rows: usize,
}

impl<'a> Stacked<'a> {
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

    pub(super) fn check_unchanged(&self) -> Result<()> {
        self.parts
            .iter()
            .try_for_each(|part| part.check_unchanged())
    }
}
