//! Distances, statistics and evaluation over fixed embeddings.
//!
//! Reading order: every job speaks [`error`] and [`job`]. [`npy`] turns untrusted bytes into
//! matrices, and [`rows`] says which rows they hold and who they are of. [`kernels`] are the inner
//! loops; [`metrics`] lists the distances made of them. [`statistics`] takes sums over rows in one
//! pass, and [`models`] are learned from those. A [`measure`] (a metric or a model) meets
//! embeddings, and the [`jobs`] run on what comes out: score, fit, search, judge all pairs, audit.
//! A [`store`] keeps a gallery and its journal in files.
//! [`evaluation`] judges distances from anywhere, [`calibration`] says what they mean, and a
//! [`decision`] holds that with its measure; [`synth`] makes a challenge with known answers.

pub mod calibration;
pub mod decision;
pub mod error;
pub mod evaluation;
pub mod job;
pub mod jobs;
pub mod kernels;
pub mod linalg;
pub mod measure;
pub mod metrics;
pub mod models;
pub mod npy;
pub mod rows;
pub mod statistics;
pub mod store;
pub mod synth;
#[cfg(test)]
mod testing;
pub mod text;

pub use error::{Class, Code, Error, Result};
pub use job::Job;
pub use kernels::Isa;
pub use rows::Embeddings;
