//! Distances, statistics and evaluation over fixed embeddings.
//!
//! Reading order: [`error`] and [`job`] are what everything speaks; [`npy`] turns bytes that
//! nobody trusts into rows; [`scatter`] sums rows in one pass; [`linalg`] decomposes what it
//! leaves; [`models`] learns metrics from it.

pub mod error;
pub mod job;
pub mod linalg;
pub mod models;
pub mod npy;
pub mod scatter;

pub use error::{Class, Code, Error, Result};
pub use job::Job;
