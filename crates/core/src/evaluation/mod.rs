//! How well scores tell genuine pairs from impostor pairs.
//!
//! What is undefined is an error here, never a NaN.

mod auroc;
mod held_out;
#[cfg(test)]
mod naive;
mod orientation;

pub use auroc::auroc;
pub use held_out::{Difference, TAR_AT, Trials, Verification, compare, verify};
pub use orientation::Orientation;
