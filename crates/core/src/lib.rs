//! Distances, statistics and evaluation over fixed embeddings.
//!
//! Reading order: [`error`] and [`job`] are what everything speaks; [`npy`] turns bytes that
//! nobody trusts into rows and [`embeddings`] holds them; [`kernels`] are the sums over two rows,
//! [`metrics`] the list of distances made of them; [`rows`] are rows as a metric meets them, and
//! [`score`] is the job: a distance for each pair. [`scatter`] takes statistics of rows in one pass,
//! [`models`] are learned from them, [`fit`] is that job. [`space`] holds rows that are compared with
//! many: [`search`] finds the nearest, [`all_pairs`] judges every pair. [`evaluation`] judges distances
//! from anywhere; [`audit`] looks for faults of a data set; [`synth`] makes a challenge with known
//! answers.

pub mod all_pairs;
pub mod audit;
mod cholesky;
pub mod covariance;
pub mod decimals;
pub mod embeddings;
pub mod enrolment;
pub mod error;
pub mod evaluation;
pub mod fit;
pub mod inspect;
pub mod job;
pub mod kernels;
pub mod linalg;
pub mod metrics;
pub mod models;
pub mod npy;
mod product;
pub mod room;
pub mod rows;
pub mod scatter;
pub mod score;
#[cfg(test)]
mod score_checks;
pub mod score_model;
pub mod search;
pub mod space;
pub mod suggest;
pub mod synth;
pub mod threads;
mod tiles;
pub mod training_rows;

pub use embeddings::Embeddings;
pub use error::{Class, Code, Error, Result};
pub use job::Job;
pub use kernels::Cpu;
