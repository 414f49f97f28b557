//! How well scores tell genuine pairs from impostor pairs.
//!
//! What is undefined is an error here, never a NaN.

mod auroc;
#[cfg(test)]
mod naive;
mod orientation;

pub use auroc::auroc;
pub use orientation::Orientation;
