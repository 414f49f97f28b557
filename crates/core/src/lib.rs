//! Distances, statistics and evaluation over fixed embeddings.
//!
//! Reading order: [`error`] and [`job`] are what everything speaks; [`npy`] turns bytes that
//! nobody trusts into rows; [`kernels`] are the sums over two rows.

pub mod error;
pub mod job;
pub mod kernels;
pub mod npy;

pub use error::{Class, Code, Error, Result};
pub use job::Job;
pub use kernels::Cpu;
