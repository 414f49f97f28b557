//! The inner loops: sums over two rows and products of matrices, compiled for each instruction set.
//!
//! * `isa` names the instruction sets.
//! * `sums` holds the sums that distances are made of: the same bits on every instruction set.
//! * `whitening` multiplies rows by a triangular matrix with the same lanes and the same promise.
//! * `cells` tells where numbers fall on a grid.
//! * `products` holds matrix products of packed panels, of floating-point numbers and of bytes.

mod cells;
mod element;
mod isa;
pub(crate) mod products;
mod sums;
#[cfg(test)]
pub(crate) mod testing;
mod whitening;

pub(crate) use cells::{CellsOf, Grid, Labelled, cells_of};
pub(crate) use element::{Element, Single};
pub use isa::Isa;
pub(crate) use sums::{Blocks, CORNER, GROUP, Kernels, LANES, PairSum, fetch, singles};
pub(crate) use whitening::{Group, Whitening};
