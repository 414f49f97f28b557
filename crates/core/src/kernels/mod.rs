//! The inner loops: sums over two rows and products of matrices, compiled for each instruction set.
//!
//! `sums` are the sums that distances are made of, the same bits on every instruction set;
//! `products` are the tiles of matrix products, of floating-point numbers and of bytes.

pub(crate) mod products;
pub(crate) mod sums;

pub use sums::Isa;
pub(crate) use sums::{Element, GROUP, Kernels, LANES, fold};
