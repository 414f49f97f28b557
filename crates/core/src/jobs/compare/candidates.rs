//! The pipelines that are compared unless others are named.

use std::str::FromStr;

use crate::error::Result;
use crate::models::Pipeline;

/// The pipeline that every comparison is against.
pub(super) const COSINE: &str = "cosine";

/// The candidates, the simplest first: of those that do equally well the first is chosen. They are
/// few, since the best of many is better by chance, and none iterates. None but the last drops the
/// directions in which the rows learned from do not vary: other people vary there, and shrinkage says by
/// how much.
#[rustfmt::skip] // One line for each.
const CANDIDATES: &[(&str, When)] = &[
    (COSINE, When::Always),
    ("center, cosine", When::Always),
    ("center(shrunk), wccn(shrinkage=0.9), cosine", When::FewPeople),
    ("center(shrunk), wccn(shrinkage=0.5), cosine", When::FewPeople),
    ("center, wccn(shrinkage=0.9), cosine", When::FewPeople),
    ("center, wccn(shrinkage=0.5), cosine", When::Always),
    ("center, wccn(shrinkage=0.2), cosine", When::Always),
    ("center, wccn, cosine", When::Always),
    ("center, pca(rank), wccn, length-norm, plda(iterations=0)", When::SmallSet),
];

enum When {
    Always,
    /// Below [`FEW`]: the mean and W of so few are uncertain.
    FewPeople,
    /// Up to [`SMALL`] products, where a pass for each fold is affordable.
    SmallSet,
}

const FEW: usize = 60;
const SMALL: u128 = 1 << 33;

/// The default candidates for a matrix of so many rows and columns, of so many people.
///
/// Errors: none that a caller can meet.
pub fn default_candidates((rows, dim): (usize, usize), people: usize) -> Result<Vec<Pipeline>> {
    let products = (rows as u128) * (dim as u128) * (dim as u128);
    let all = CANDIDATES.iter().filter(|(_, when)| match when {
        When::Always => true,
        When::FewPeople => people < FEW,
        When::SmallSet => products <= SMALL,
    });
    all.map(|(text, _)| Pipeline::from_str(text)).collect()
}
