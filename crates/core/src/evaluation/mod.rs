//! How well scores tell genuine pairs from impostor pairs.
//!
//! Scores and truth become a [`Curve`] of counts; every measure is a function of it, and so can be
//! had from counts made elsewhere. [`influence`] and [`bootstrap`] add intervals that know that
//! pairs share people, [`judge`] puts everything together. [`identification`] does the same for
//! searches in a gallery. What is undefined is an error or a `None` with its reason, never a NaN.

mod accuracy;
mod area;
mod auroc;
mod band;
mod bootstrap;
mod calibration;
mod cost;
mod curve;
mod delong;
mod difference;
mod eer;
mod elsewhere;
mod figures;
mod folds;
mod groups;
mod held_out;
mod hull;
pub mod identification;
pub mod influence;
mod interval;
mod judge;
#[cfg(test)]
mod naive;
mod normal;
mod operating;
mod orientation;
mod pair_graph;
mod rates;
mod score;
mod spread;
mod thin;
mod trials;
mod worst;

pub use accuracy::{BestAccuracy, accuracy, best_accuracy};
pub use area::{area, area_bound, partial_area};
pub use auroc::auroc;
pub use band::{RateVariance, rate_variances};
pub use bootstrap::{Bootstrap, BootstrapRequest, bootstrap};
pub use calibration::{Calibration, ReliabilityBin, calibration};
pub use cost::{Costs, actual_cost, minimum_cost};
pub use curve::{Accepted, Curve};
pub use delong::delong_error;
pub use difference::{Comparison, Difference, compare};
pub use eer::{EqualErrorRate, equal_error_rate};
pub use elsewhere::{Elsewhere, figures_from_elsewhere};
pub use figures::{
    DetectionCost, FigureOptions, Figures, OperatingFigures, Reached, Spot, figures,
};
pub use folds::{FoldAccuracy, fold_accuracy, seeded_folds};
pub use groups::{GroupRates, group_rates};
pub use held_out::{TAR_AT, Verification, verify};
pub use interval::{Interval, LEVEL, effective_trials, on_logit, wilson};
pub use judge::{IntervalOptions, judge};
pub use normal::{normal_cdf, normal_quantile};
pub use operating::{Operating, Resolution, TarRule, resolution, threshold_at_far};
pub use orientation::Orientation;
pub use pair_graph::{PairGraph, pair_graph};
pub use rates::{Rates, at_most};
pub use score::Score;
pub use spread::{Histogram, d_prime, histogram};
pub use thin::{steps, thinned};
pub use trials::{Kinds, People, Trials};
pub use worst::{Worst, worst_pairs};
