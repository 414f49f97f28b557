//! Dense linear algebra of the learners on ndarray's matrices: the one place that knows the
//! library underneath.
//!
//! Maps, covariances and class sums are `Array2<f64>` and are borrowed as `ArrayRef2<f64>`, which
//! arrays and views alike turn into. Blocks of rows on their way through a pass stay slices, as
//! [`RowSource`](crate::rows::RowSource) fills them.
//!
//! Decompositions run on the calling thread, products on all; both keep a fixed order, so a result does
//! not depend on how many threads there are. Decompositions are checked against what they
//! decompose and fail rather than return a wrong factor.

mod cholesky;
mod eigen;
mod matrix;
mod product;
mod rank;
pub(crate) mod unfused_cholesky;

pub use cholesky::Cholesky;
pub use eigen::{Eigen, generalized_symmetric_eigen, symmetric_eigen, symmetric_eigenvalues};
pub use matrix::{
    add_to_diagonal, congruence, identity, multiply, multiply_transposed, multiply_vector,
    squared_frobenius, trace, transposed, zeros,
};

pub(crate) use rank::{independent_columns, rounding_share};

pub(crate) use matrix::{
    add_outer, first_rows, is_finite, map_rows, scale_rows, symmetric, symmetrize,
    transposed_multiply,
};
