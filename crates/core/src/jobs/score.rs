//! A distance for each pair of a list.

use crate::error::Result;
use crate::job::Job;
use crate::measure::Measure;
use crate::rows::Embeddings;

/// Distances of the pairs `(index1[i], index2[i])`, smaller is more alike, in the order given. With
/// [`Measure::Templates`] the first number is of a template.
///
/// Runs in the rayon pool that it is called in. The result does not depend on the number of
/// threads, on the instruction set, or on how the file is read. Two passes: one over the rows that
/// occur in a pair (norms, finiteness), one over the pairs. Memory: 24 bytes for each row of the
/// file, or of those that occur where they are few, and 8 for each pair and metric; under a model and for
/// `mahalanobis` at most 256 MB of mapped rows.
///
/// Errors: `EINDEX` (no such row or template), `EDIMENSION` (lists or columns that do not match),
/// `EEMPTY` (no rows, no pairs), `ENOTFINITE` (first such cell, count), `EDOMAIN`, `EUNDEFINED`,
/// `ESINGULAR`, `EINPUTCHANGED`, `EABORTED`.
pub fn score_pairs(
    embeddings: &Embeddings,
    index1: &[u32],
    index2: &[u32],
    measure: Measure<'_>,
    job: &Job,
) -> Result<Vec<f64>> {
    measure.pair_distances(embeddings, index1, index2, job)
}

#[cfg(test)]
mod tests;
