//! What one pass over labelled rows leaves behind, and every estimator that needs no more.
//!
//! [`gather`] streams a [`RowSource`](crate::rows::RowSource) once into a [`Bundle`]: counts and sums per class, `Σxxᵀ`,
//! `Σ n_y xxᵀ`, `Σ‖x‖²x` and `Σ‖x‖⁴`, all about a provisional shift. Bundles of shards
//! [`merge`](Bundle::merge). Means, scatters, covariances and shrinkage are functions of the
//! bundle; the rows are not read again.

mod block;
mod bundle;
mod class_statistics;
mod compensated;
mod estimate;
mod gather;
mod gram;
mod shrinkage;

pub use bundle::{Bundle, BundleParts};
pub use class_statistics::ClassStatistics;
pub use estimate::{
    Denominator, Rank, between_scatter, correlation, covariance, mean, mean_of_class_means,
    rank_and_condition, total_scatter, weighted_within_scatter, within_scatter,
};
pub use gather::{GatherOptions, Precision, gather};
pub use shrinkage::{Shrinkage, ledoit_wolf, oas};

pub(crate) use block::squared_norm;
pub(crate) use estimate::{into_class_sums, move_sums, weighted_scatter};
pub(crate) use gram::{gram, scaled_gram};
pub(crate) use shrinkage::{centered_fourth_moment, ledoit_wolf_of};
