//! Learned metrics: what a pipeline is, how it is fitted, and the model that comes out.
//!
//! A [`Pipeline`] is a list of steps and a scorer, written `center, pca(64), wccn, cosine` or
//! named by a preset. [`fit`] turns it into a [`Model`]: affine maps, length normalisations and a
//! final form over pairs. Distances are oriented one way everywhere: smaller is more alike, so a
//! log-likelihood ratio appears with its sign turned.

mod affine;
mod file;
mod fit;
pub mod maps;
mod model;
mod pipeline;
pub mod plda;
mod scorer;
mod transform_map;

pub use affine::{Affine, Stage};
pub(crate) use file::container::{
    Container, Element, IN_PLACE, Layout, Slot, Tensor, bad, header_text, layout_of, read_start,
};
pub use file::{FORMAT_VERSION, LoadedModel};
pub(crate) use file::{
    check_sum, hash_values, put_vector, read_summed, sum_into, take, write_summed,
};
pub use fit::{
    ClassSums, Decision, FitOptions, FitReport, FitWarning, Fitted, FoldFits, OneFold, Pass, Round,
    Rounds, asks_again, fit, fit_rounds,
};
pub use model::Model;
pub use pipeline::{
    Adapt, AdaptRule, Center, CovarianceOf, DEFAULT_PIPELINE, Dimensions, Em, PRESETS, Pipeline,
    Preset, ScorerSpec, Step, WhitenKind,
};
pub use plda::{Enrolment, TAU_FLOOR};
pub use scorer::{PldaForm, Scorer};
pub use transform_map::{Side, TransformMetric};
