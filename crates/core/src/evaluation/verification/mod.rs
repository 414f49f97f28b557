//! Reports of pairs (1:1): every measure of a curve, with intervals, folds and groups.

mod aggregated;
mod figures;
mod folds;
mod groups;
mod held_out;
mod report;
mod worst;

pub use aggregated::{Elsewhere, figures_from_elsewhere};
pub use figures::{
    DetectionCost, FigureOptions, Figures, OperatingFigures, Reached, Spot, figures,
};
pub use folds::{FoldAccuracy, fold_accuracy, seeded_folds};
pub use groups::{GroupRates, group_rates};
pub use held_out::{TAR_AT, Verification, verify};
pub use report::{IntervalOptions, judge};
pub use worst::{Worst, worst_pairs};
