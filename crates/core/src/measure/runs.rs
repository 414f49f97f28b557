//! Distances of every row of one run with every row of another, several pairs at a time.
//!
//! The bits are those of each pair alone: a sum over two rows has one order of summation, however many
//! pairs are in registers at once, and zeros behind the end of a row add +0 to it.

use super::{Batch, Prepared, RowsUnder, Scratch, Sides, require_defined};
use crate::error::Result;
use crate::job::memory::filled;
use crate::kernels::{Blocks, CORNER, Kernels, LANES, PairSum};
use crate::metrics::whitened_distance;

/// Consecutive rows of one set, ready to be compared with many.
pub(crate) struct Run {
    batch: Batch,
    /// The rows in doubles, filled up to whole blocks of lanes, where sums of several pairs are computed at
    /// once; else none.
    wide: Vec<[f64; LANES]>,
    blocks: usize,
}

impl Run {
    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.batch.len()
    }

    fn row(&self, place: usize) -> Blocks<'_> {
        &self.wide[place * self.blocks..][..self.blocks]
    }
}

impl Prepared<'_> {
    /// Makes `count` rows from `first` ready to be compared with many.
    pub(crate) fn wide_run(&self, first: usize, count: usize) -> Result<Run> {
        let batch = self.run(first, count)?;
        let Some((_, width)) = self.pair_sum() else {
            let places: Vec<usize> = (0..count).collect();
            return Ok(Run {
                batch: self.hold(&batch, &places)?,
                wide: Vec::new(),
                blocks: 0,
            });
        };
        let blocks = width.div_ceil(LANES);
        let zeros = [0.0; LANES];
        let mut wide = filled("rows to compare", count.saturating_mul(blocks), zeros)?;
        for (place, row) in wide.chunks_exact_mut(blocks.max(1)).enumerate() {
            let out = &mut row.as_flattened_mut()[..width];
            match (&self.rows, batch.mapped_row(place)) {
                (RowsUnder::Metric(rows), []) => rows.fill_wide(first + place, out)?,
                (_, mapped) => out.copy_from_slice(&mapped[..width]),
            }
        }
        Ok(Run {
            batch,
            wide,
            blocks,
        })
    }

    /// Bytes that a row takes in a run.
    pub(crate) fn run_row_bytes(&self) -> usize {
        let width = self.pair_sum().map_or(self.dim(), |(_, width)| width);
        self.batch_row_bytes() + size_of::<[f64; LANES]>().saturating_mul(width.div_ceil(LANES))
    }

    /// The sum over two rows that is computed for several pairs at once, and the columns that it takes.
    fn pair_sum(&self) -> Option<(PairSum, usize)> {
        match &self.rows {
            RowsUnder::Metric(rows) => rows.pair_sum(),
            RowsUnder::Model(rows) => rows.pair_sum(),
        }
    }
}

impl Sides<'_> {
    /// Hands out the distance of each row of the query run `a` to each row of the stored run `b`, with
    /// their places, where the pair is wanted: the bits that a list with this pair gives.
    ///
    /// Errors: `EUNDEFINED` for a distance that is not finite.
    pub(crate) fn distances(
        &self,
        (a, b): (&Run, &Run),
        wanted: impl Fn(usize, usize) -> bool,
        scratch: &mut Scratch,
        mut put: impl FnMut(usize, usize, f64),
    ) -> Result<()> {
        let (last_a, last_b) = (a.len().saturating_sub(1), b.len().saturating_sub(1));
        let Some((sum, _)) = self.queries.pair_sum() else {
            for i in 0..a.len() {
                for j in (0..b.len()).filter(|j| wanted(i, *j)) {
                    put(i, j, self.distance((&a.batch, i), (&b.batch, j), scratch)?);
                }
            }
            return Ok(());
        };
        // Made once: to choose the sums of a machine takes as long as a distance.
        let kernels = Kernels::for_isa(self.queries.isa());
        let corner = kernels.corner(sum);
        for j in (0..b.len()).step_by(CORNER.1) {
            // Beyond the end the last row again, whose sums are dropped.
            let ys = std::array::from_fn(|place| b.row((j + place).min(last_b)));
            for i in (0..a.len()).step_by(CORNER.0) {
                if !wanted(i, (j + CORNER.1 - 1).min(last_b)) {
                    continue;
                }
                let xs = std::array::from_fn(|place| a.row((i + place).min(last_a)));
                let sums: [[f64; CORNER.1]; CORNER.0] = corner(xs, ys);
                for (i, sums) in (i..a.len()).zip(sums) {
                    for (j, sum) in (j..b.len()).zip(sums) {
                        if wanted(i, j) {
                            let distance =
                                self.distance_knowing((sum, &kernels), (a, i), (b, j), scratch)?;
                            put(i, j, distance);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The distance of two rows whose sum is known.
    fn distance_knowing(
        &self,
        (sum, kernels): (f64, &Kernels<f64>),
        (a, i): (&Run, usize),
        (b, j): (&Run, usize),
        scratch: &mut Scratch,
    ) -> Result<f64> {
        let (a_row, b_row) = (a.row(i).as_flattened(), b.row(j).as_flattened());
        let (a_mapped, b_mapped) = (a.batch.mapped_row(i), b.batch.mapped_row(j));
        let numbers = (a.batch.number(i), b.batch.number(j));
        let distance = match (&self.queries.rows, &self.stored.rows) {
            (RowsUnder::Metric(x), RowsUnder::Metric(y)) => match (a_mapped, b_mapped) {
                ([], _) | (_, []) => x.distance_knowing((sum, kernels), a_row, y, b_row, numbers),
                ([.., of_a], [.., of_b]) => whitened_distance(sum, of_a + of_b),
            },
            (RowsUnder::Model(rows), _) => rows.distance_knowing(sum, a_mapped, b_mapped),
            _ => f64::NAN,
        };
        let plain = || match distance.is_nan() {
            // Rows too near for the sum, or without a distance.
            true => self.plain_distance((&a.batch, i), (&b.batch, j), scratch),
            false => require_defined(distance, numbers),
        };
        self.settled(plain, numbers)
    }
}
