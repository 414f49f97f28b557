//! Statistics of labelled rows from one pass, and the estimators made of them.
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
mod halves;
mod moments;
mod packed;
mod parts;
mod random;
mod residuals;
mod shrinkage;
mod valid_rows;

pub use bundle::{Bundle, BundleParts};
pub use class_statistics::ClassStatistics;
pub use estimate::{
    Denominator, Rank, between_scatter, correlation, covariance, mean, mean_of_class_means,
    rank_and_condition, total_scatter, weighted_within_scatter, within_scatter,
};
pub use gather::{Arithmetic, GatherOptions, gather};
pub use shrinkage::{Shrinkage, ledoit_wolf, oas};

pub(crate) use block::{BLOCK_ROWS, TILE_ROWS};
pub(crate) use estimate::{move_sums, no_labels};
pub(crate) use gather::{
    Piece, about_a_near_shift, blocks_of, gather_in_range, gather_pieces, sums_are_in_range,
};
pub(crate) use gram::{gram, scaled_gram};
pub(crate) use halves::{Halves, gather_halves};
pub(crate) use moments::Moments;
pub use packed::Packed;
pub(crate) use parts::{Part, PartRows, gather_parts, mean_of_parts, together};
pub(crate) use random::SplitMix;
pub(crate) use residuals::ResidualOrigin;
pub(crate) use valid_rows::without_invalid_rows;
