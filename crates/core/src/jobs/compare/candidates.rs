//! The pipelines that are compared unless others are named.

use std::str::FromStr;

use crate::error::Result;
use crate::models::Pipeline;

/// What every comparison is against.
pub(super) const COSINE: &str = "cosine";

/// The candidates, the simplest first: of those that do equally well the first is chosen. None
/// iterates, so each costs O(d³) once the statistics are gathered.
#[rustfmt::skip] // One line for each.
const CANDIDATES: &[&str] = &[
    COSINE,
    "center, cosine",
    "center, whiten(zca, ridge=2), cosine",
    "center, whiten(zca, ridge=0.5), cosine",
    "center, whiten(zca, ridge=0.05), cosine",
    "center, wccn(shrinkage=0.5), cosine",
    "center, wccn(shrinkage=0.2), cosine",
    "center, wccn(shrinkage=0.05), cosine",
    "center, pca(auto), wccn, cosine",
    "center, pca(auto), lda, cosine",
    "center, length-norm, path(1)",
    "center, length-norm, path(0.5)",
    "center, length-norm, path(0.2)",
    "center, length-norm, path(0.05)",
];

/// The default candidates.
pub fn default_candidates() -> Result<Vec<Pipeline>> {
    CANDIDATES
        .iter()
        .map(|text| Pipeline::from_str(text))
        .collect()
}
