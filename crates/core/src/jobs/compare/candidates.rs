//! The pipelines that are compared unless others are named.

use std::str::FromStr;

use crate::error::Result;
use crate::models::Pipeline;

/// The pipeline that every comparison is against.
pub(super) const COSINE: &str = "cosine";

/// The candidates, the simplest first: of those that do equally well the first is chosen. They are
/// few, since the best of many is better by chance, and none iterates.
#[rustfmt::skip] // One line for each.
const CANDIDATES: &[&str] = &[
    COSINE,
    "center, cosine",
    "center, pca(rank), wccn(shrinkage=0.5), cosine",
    "center, pca(rank), wccn(shrinkage=0.2), cosine",
    "center, pca(rank), wccn, cosine",
];

/// One more where a pass for each fold is affordable: up to 2³³ products.
const OF_SMALL_SETS: &str = "center, pca(rank), wccn, length-norm, plda(iterations=0)";
const SMALL: u128 = 1 << 33;

/// The default candidates for a matrix of so many rows and columns.
///
/// Errors: none that a caller can meet.
pub fn default_candidates((rows, dim): (usize, usize)) -> Result<Vec<Pipeline>> {
    let small = (rows as u128) * (dim as u128) * (dim as u128) <= SMALL;
    let more = small.then_some(&OF_SMALL_SETS);
    let all = CANDIDATES.iter().chain(more);
    all.map(|text| Pipeline::from_str(text)).collect()
}
