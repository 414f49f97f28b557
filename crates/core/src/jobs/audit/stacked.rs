//! Several matrices, one below the other.

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::job::Job;
use crate::rows::Embeddings;

/// Rows that one task reads.
const BLOCK: usize = 256;
/// Numbers of the blocks that are held at a time.
const HELD: usize = 1 << 22;

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

    /// Rows of each part.
    pub(super) fn sizes(&self) -> impl Iterator<Item = usize> {
        self.parts.iter().map(|part| part.rows())
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

    /// Calls `each` with the first row and the values of every block, on all threads, and hands what it gives
    /// to `take`, with the first row, in the order of the rows; few blocks are held at a time.
    pub(super) fn for_blocks<T: Send>(
        &self,
        phase: &'static str,
        job: &Job,
        each: impl Fn(usize, &[f64]) -> T + Sync,
        mut take: impl FnMut(usize, T),
    ) -> Result<()> {
        job.begin(phase, self.rows as u64);
        let at_once = (HELD / (BLOCK * self.dim())).max(2 * rayon::current_num_threads());
        for blocks in self.blocks.chunks(at_once) {
            let made: Vec<T> = blocks
                .par_iter()
                .map(|&(part, first, count, over_all)| {
                    job.check()?;
                    let mut values = vec![0.0; count * self.dim()];
                    self.parts[part].read_rows(first, &mut values)?;
                    job.advance(count as u64);
                    Ok(each(over_all, &values))
                })
                .collect::<Result<_>>()?;
            for (&(_, _, _, over_all), made) in blocks.iter().zip(made) {
                take(over_all, made);
            }
        }
        Ok(())
    }

    /// Runs `work`, and fails if a file changed meanwhile, whatever came of it.
    pub(super) fn while_unchanged<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        fn within<T>(
            parts: &[&Embeddings],
            work: Box<dyn FnOnce() -> Result<T> + '_>,
        ) -> Result<T> {
            match parts {
                [] => work(),
                [part, others @ ..] => part.while_unchanged(|| within(others, work)),
            }
        }
        within(self.parts, Box::new(work))
    }
}
