//! Rows and who they are of: where they come from, which take part, their classes.

mod classes;
mod embeddings;
mod norm;
mod source;
mod training;

pub use crate::npy::Values;
pub use classes::{Classes, IGNORED};
pub use embeddings::Embeddings;
pub use source::{MatrixF32, MatrixF64, RowSource};
pub use training::{Invalid, TrainingRows};

pub(crate) use embeddings::{Row, require_finite};
pub(crate) use norm::{norm, normalize, rescale};
pub(crate) use source::{RowSubset, ScaledRows};
