//! The jobs: each takes embeddings and a request, and reports to a [`Job`](crate::Job).

pub mod all_pairs;
pub mod audit;
pub mod covariance;
pub mod enrol;
pub mod fit;
pub mod inspect;
pub mod score;
#[cfg(test)]
mod score_checks;
pub mod score_model;
pub mod search;
