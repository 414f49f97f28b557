//! Dense linear algebra of the learners: the one place that knows the library underneath.
//!
//! Every routine runs on the calling thread and in a fixed order, so its result does not depend
//! on how many threads there are. Decompositions are checked against what they decompose and
//! fail rather than return a wrong factor.

mod cholesky;
mod eigen;
mod matrix;
pub(crate) mod unfused_cholesky;

pub use cholesky::Cholesky;
pub use eigen::{Eigen, generalized_symmetric_eigen, symmetric_eigen, symmetric_eigenvalues};
pub use matrix::Matrix;

pub(crate) use matrix::{map_rows, map_rows_in_place, zeros as matrix_zeros};
