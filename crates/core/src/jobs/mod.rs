//! The jobs: each takes embeddings and a request, and reports to a [`Job`](crate::Job).

pub mod all_pairs;
pub mod audit;
pub mod compare;
pub mod covariance;
pub mod enrol;
pub mod fit;
pub mod inspect;
pub mod pairwise;
pub mod pool;
pub mod score;
pub mod search;
mod shards;
pub mod shift;
mod state;
pub mod stats;
#[cfg(test)]
mod tests;
pub mod transform;

use crate::measure::Prepared;

/// A prepared set and the person of each row.
#[derive(Clone, Copy)]
pub struct LabelledRows<'a> {
    /// The rows.
    pub rows: &'a Prepared<'a>,
    /// Class numbers, the same in all sets that are compared.
    pub labels: &'a [u32],
}
