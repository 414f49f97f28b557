//! How well scores tell genuine pairs from impostor pairs, and how well searches find people.
//!
//! [`Trials`] are scores of pairs and the truth about them. [`curve`] counts them and derives
//! every measure from the counts, which may also come from elsewhere. [`intervals`] adds what
//! people shared by pairs do to the precision of a measure. [`verification`] (1:1) and
//! [`identification`] (1:N) put reports together. An undefined measure is an error or a `None`
//! with its reason, never a NaN.

pub mod curve;
pub mod identification;
pub mod intervals;
mod notes;
mod orientation;
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
