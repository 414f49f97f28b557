//! Confidence intervals and tests that know that pairs share people.

mod band;
mod bootstrap;
mod delong;
mod difference;
mod influence;
mod interval;
mod level;
mod normal;
mod over_folds;
mod pair_graph;
mod simultaneous;
mod spread;
mod student;
mod systems;
mod trust;

pub use band::{RatesAt, rate_spreads};
pub use bootstrap::{Bootstrap, BootstrapRequest, bootstrap};
pub use delong::delong_error;
pub use difference::{CompareOptions, Comparison, Difference, RateDifference, compare, unpaired};
pub use influence::{
    AreaInfluence, CostInfluence, Influence, Placed, RateInfluence, slope, slope_of_repeated,
};
pub use interval::{Interval, LEVEL, Variance, effective_trials, on_logit, wilson};
pub use level::{GATE_LEVEL, at_level};
pub use normal::{normal_cdf, normal_quantile};
pub use over_folds::OverFolds;
pub use pair_graph::{PairGraph, pair_graph};
pub use simultaneous::Adjustment;
pub use spread::{Dyads, Spread};
pub use student::{student_quantile, student_tail};
pub use systems::{Adjusted, Against, Systems, SystemsOptions, compare_systems};

pub(crate) use bootstrap::below;
pub(crate) use interval::{OF_COSTS, check_level, over_people, rate_interval, reach};
pub(crate) use simultaneous::normals;
pub(crate) use spread::freedom_of_difference;
pub use trust::FEW_CARRIERS;
pub(crate) use trust::{FEW_PEOPLE, Trust};
