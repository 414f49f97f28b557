//! Distances, statistics and evaluation over fixed embeddings.
//!
//! Reading order: [`error`] and [`job`] are what everything speaks; [`npy`] turns bytes that
//! nobody trusts into rows; [`evaluation`] turns scores into figures; [`synth`] draws a world like
//! the one the challenge took place in.

pub mod error;
pub mod evaluation;
pub mod job;
pub mod npy;
pub mod synth;

pub use error::{Class, Code, Error, Result};
pub use job::Job;
