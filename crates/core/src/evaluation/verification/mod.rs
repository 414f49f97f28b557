//! Reports of pairs (1:1): every measure of a curve, with intervals, folds and groups.

mod aggregated_figures;
mod fairness;
mod figures;
mod folds;
mod groups;
mod held_out;
mod menagerie;
mod quality;
mod report;
mod trial_figures;
mod worst;

pub use aggregated_figures::{Aggregated, aggregated_figures};
pub use fairness::{Apart, Fairness, RateError, fairness};
pub use figures::{
    DetectionCost, FigureName, FigureOptions, Figures, GivenPoint, OperatingFigures, Reached, Spot,
    curve_figures,
};
pub use folds::{FoldAccuracy, fold_accuracy, seeded_folds};
pub use groups::{Across, GroupAccepted, GroupRates, LEAST_PEOPLE, group_rates};
pub use held_out::{TAR_AT, Verification, verify};
pub use menagerie::{Animal, Member, Menagerie, menagerie};
pub use quality::{Discards, Kept, QualityBin, QualityFigures, quality_figures};
pub(crate) use report::group_figures;
pub use report::{
    ACROSS, Folds, GroupFigures, GroupPoint, Groups, NO_GROUP, Report, ReportOptions, WORST, report,
};
pub use trial_figures::{IntervalOptions, trial_figures};
pub use worst::{Worst, WorstPair, worst_pairs};
