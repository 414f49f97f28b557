//! The inner loops: sums over two rows and products of matrices, compiled for each instruction set.
//!
//! `sums` are the sums that distances are made of, the same bits on every instruction set;
//! `products` are the tiles of matrix products, of floating-point numbers and of bytes.

mod element;
mod isa;
pub(crate) mod products;
mod sums;
#[cfg(test)]
pub(crate) mod testing;
mod whitening;

pub(crate) use element::Element;
pub use isa::Isa;
pub(crate) use sums::{GROUP, Kernels};
pub(crate) use whitening::{Group, Whitening};
