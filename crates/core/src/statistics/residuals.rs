//! How far rows are from the means that a fit subtracts: the one pass that a covariance cannot tell.

use std::ops::Range;

use ndarray::{Array1, Array2, ArrayRef2};
use rayon::prelude::*;

use super::block::{Sample, ahead, squared_distance, squared_norm};
use super::estimate::no_labels;
use crate::error::Result;
use crate::job::memory::filled;
use crate::linalg::{first_rows, map_rows, zeros};
use crate::rows::{IGNORED, RowSource};

/// The origin of residuals, the map that follows, and their unit.
pub(crate) struct ResidualOrigin<'a> {
    /// Lengths are in units of its root.
    pub(crate) unit: f64,
    /// The mean of all rows.
    pub(crate) mean: &'a Array1<f64>,
    /// Nothing for the identity.
    pub(crate) map: Option<&'a Array2<f64>>,
    /// Rows of each class and their sums about that mean, `K × d`: residuals are then from the means of classes, each
    /// scaled by √(n/(n − 1)). Nothing for residuals from the mean.
    pub(crate) classes: Option<(&'a [u64], &'a ArrayRef2<f64>)>,
}

impl ResidualOrigin<'_> {
    /// Sums of fourth powers of the lengths of the residuals of a range of rows, one for each 128 in their order. The
    /// range begins and ends at a multiple of 128 or at the end.
    ///
    /// Errors: `EOPTION` where classes are asked for and rows have none; those of the source.
    #[inline(never)]
    pub(crate) fn fourths(
        &self,
        source: &dyn RowSource,
        of_row: &[u32],
        range: Range<usize>,
    ) -> Result<Vec<f64>> {
        const CHUNK: usize = 128;
        let (total, dim) = (source.rows(), source.dim());
        if self.classes.is_some() && of_row.len() != total {
            return Err(no_labels());
        }
        let partial = |chunk: usize| -> Result<f64> {
            let first = chunk * CHUNK;
            let count = CHUNK.min(total - first);
            let labels = of_row.get(first..first + count).unwrap_or_default();
            let mut squares = Vec::with_capacity(count);
            match (self.map, source.as_f32()) {
                (None, Some(all)) => {
                    let rows = &all[first * dim..(first + count) * dim];
                    self.each(rows, labels, |row, center, weight| {
                        squares.push(weight * squared_distance(row, center));
                    });
                }
                (map, _) => {
                    let mut rows = filled("a block of rows", count * dim, 0.0)?;
                    source.read_rows_f64(first, &mut rows)?;
                    let mut weights = Vec::with_capacity(count);
                    let mut residuals = zeros("a block of rows", count, dim)?;
                    let values = residuals.as_slice_mut().unwrap_or_default();
                    self.each(&rows, labels, |row, center, weight| {
                        let out = &mut values[weights.len() * dim..][..dim];
                        for ((o, x), c) in out.iter_mut().zip(row).zip(center) {
                            *o = x - c;
                        }
                        weights.push(weight);
                    });
                    residuals = first_rows(residuals, weights.len());
                    if let Some(map) = map {
                        residuals = map_rows(&residuals, map)?;
                    }
                    let rows = residuals.rows().into_iter().zip(&weights);
                    squares.extend(rows.map(|(row, weight)| {
                        weight * squared_norm(row.as_slice().unwrap_or_default())
                    }));
                }
            }
            let fourths = squares.iter().map(|square| {
                let square = square / self.unit;
                square * square
            });
            Ok(fourths.sum())
        };
        // Blocks are folded in order.
        let chunks = range.start / CHUNK..range.end.div_ceil(CHUNK);
        let parts: Vec<Result<f64>> = chunks.into_par_iter().map(partial).collect();
        parts.into_iter().collect()
    }

    /// Calls `each` with every row that counts, what it is a residual from, and the weight of its square.
    fn each<T: Sample>(&self, rows: &[T], labels: &[u32], mut each: impl FnMut(&[T], &[f64], f64)) {
        let mut center = self.mean.to_vec();
        let (mut last, mut weight) = (IGNORED, 1.0);
        for (place, row) in rows.chunks_exact(center.len()).enumerate() {
            T::fetch(ahead(rows, place, row.len()));
            let class = labels.get(place).copied();
            if class == Some(IGNORED) {
                continue;
            }
            // Rows of one class tend to stand together.
            if let Some((class, (counts, sums))) = class.zip(self.classes)
                && class != last
            {
                last = class;
                let n = counts[class as usize] as f64;
                weight = if n < 2.0 { 0.0 } else { n / (n - 1.0) };
                let sum = sums.row(class as usize);
                for ((c, m), s) in center.iter_mut().zip(self.mean).zip(sum) {
                    *c = m + s / n;
                }
            }
            // A class of one row has no residual.
            if weight > 0.0 {
                each(row, &center, weight);
            }
        }
    }
}
