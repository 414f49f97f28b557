//! From a score to a log-likelihood ratio and a decision: maps, several scores weighed into one, and
//! how both fare on people that they have not met.
//!
//! Everything here speaks of similarities: larger is more alike, and a distance is negated before it
//! comes in. Ratios are natural logarithms of (density among genuine pairs) / (density among impostors).
//!
//! [`calibrate`] puts it together. A [`RatioMap`] is fitted by `fit`, on `logistic` or on the
//! pools of [`evaluation`](crate::evaluation); `folds` fits again without the people that are judged;
//! `judge` measures what comes out; `cutoffs` turns a map into the two scores that decide.

mod calibrate;
mod cutoffs;
mod fit;
mod folds;
mod fusion;
mod judge;
mod logistic;
mod map;
mod quality;

pub use calibrate::{Calibrated, CalibrationOptions, Evidence, Threshold, calibrate};
pub use cutoffs::{Cutoffs, Tail, Verdict};
pub use fusion::{Contribution, Weight};
pub use judge::{Judgement, Measured, Reliability, SharesAt};
pub use map::{Map, MapKind, RatioMap, Uncertainty, log_odds, probability};
pub use quality::{QualityForm, QualityTrial, WithQuality, calibrate_with_quality};
