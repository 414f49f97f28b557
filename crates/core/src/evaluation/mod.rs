//! Evaluation of scores of pairs (1:1) and of searches in a gallery (1:N).
//!
//! [`Trials`] are scores of pairs and the truth about them. [`curve`] counts them and derives
//! every measure from the counts, which may also be given. [`intervals`] gives confidence intervals
//! that account for people shared by pairs. [`verification`] (1:1) and
//! [`identification`] (1:N) put reports together. An undefined measure is an error or a `None`
//! with its reason, never a NaN.

pub mod curve;
pub mod identification;
pub mod intervals;
mod notes;
mod orientation;
pub mod planning;
mod rates;
mod score;
#[cfg(test)]
mod trial_twin;
mod trials;
pub mod verification;

pub use curve::*;
pub use intervals::*;
pub use notes::{Undefined, Warning};
pub use orientation::Orientation;
pub use rates::{Rates, at_most};
pub use score::Score;
pub use trials::{Kinds, People, Trials};
pub use verification::*;
