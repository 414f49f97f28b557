//! A distance for each pair of a list.

use crate::error::Result;
use crate::job::Job;
use crate::measure::Measure;
use crate::rows::Embeddings;

/// Distances of the pairs `(index1[i], index2[i])`, smaller is more alike, in the order given. With
/// [`Measure::Templates`] the first number is of a template.
///
/// Two passes: one over the rows that occur in a pair, one over the pairs. Errors and memory are
/// those of [`Measure::prepare_pairs`] and
/// [`PreparedPairs::distances`](crate::measure::PreparedPairs::distances), and 24 bytes for each
/// row of the file under a metric.
pub fn score_pairs(
    embeddings: &Embeddings,
    index1: &[u32],
    index2: &[u32],
    measure: Measure<'_>,
    job: &Job,
) -> Result<Vec<f64>> {
    measure
        .prepare_pairs(embeddings, index1, index2, job)?
        .distances(job)
}

#[cfg(test)]
mod tests;
