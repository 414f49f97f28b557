//! The ROC curve of scores and the measures that are functions of it.

mod accuracy;
mod area;
mod auroc;
mod bayes_error;
mod calibration;
mod cost;
mod counts;
mod eer;
mod hull;
mod operating;
mod spread;
mod thinning;

pub use accuracy::{BestAccuracy, accuracy, best_accuracy};
pub use area::{area, partial_area};
pub use auroc::auroc;
pub use bayes_error::{BayesErrors, bayes_errors};
pub(crate) use calibration::{BINS, Pool, bits, pools, reliability_bin};
pub use calibration::{Calibration, ReliabilityBin, calibration};
pub use cost::{Costs, actual_cost, minimum_cost};
pub use counts::{Accepted, Curve};
pub use eer::{EqualErrorRate, equal_error_rate};
pub(crate) use operating::check_far;
pub use operating::{Operating, Resolution, TarRule, resolution, threshold_at_far};
pub use spread::{Histogram, d_prime, histogram};
pub use thinning::{steps, thinned};
