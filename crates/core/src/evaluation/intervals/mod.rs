//! Confidence intervals and tests that know that pairs share people.

mod band;
mod bootstrap;
mod delong;
mod difference;
mod influence;
mod interval;
mod normal;
mod pair_graph;

pub use band::{RateVariance, rate_variances};
pub use bootstrap::{Bootstrap, BootstrapRequest, bootstrap};
pub use delong::delong_error;
pub use difference::{Comparison, Difference, RateDifference, compare};
pub use influence::{AreaInfluence, Influence, Placed, RateInfluence, slope, standard_error};
pub use interval::{Interval, LEVEL, effective_trials, on_logit, wilson};
pub use normal::{normal_cdf, normal_quantile};
pub use pair_graph::{PairGraph, pair_graph};

pub(crate) use bootstrap::below;
pub(crate) use interval::rate_interval;
