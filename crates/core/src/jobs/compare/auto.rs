//! A model whose pipeline is chosen by comparison.

use std::fmt;

use super::candidates::COSINE;
use super::{CompareRequest, Comparison, compare_pipelines};
use crate::error::{Code, Result};
use crate::job::Job;
use crate::jobs::fit::{FitOutcome, FitRequest, fit_embeddings, split::Split};
use crate::models::{FitReport, Pipeline};
use crate::rows::{Classes, Embeddings, TrainingRows};

/// Taken for a target whose shift is beyond chance: half-way from PLDA to cosine, with the target's
/// mean, W with its excess of variance, and B with what is left of it.
const ADAPTED: &str = "center, length-norm, pca(auto, ratio=4), path(0.5, adapt=shift)";

/// The rows to choose a pipeline on and to fit it to.
pub struct AutoRequest<'a> {
    /// Candidates and rows.
    pub compare: CompareRequest<'a>,
    /// Share of the people set aside, whom neither the choice nor the judged model sees.
    pub holdout: Option<f64>,
    /// As in [`FitRequest`].
    pub refit: bool,
}

impl AutoRequest<'_> {
    /// The default comparison, without a hold-out.
    pub fn new() -> Self {
        Self {
            compare: CompareRequest::new(),
            holdout: None,
            refit: true,
        }
    }
}

impl Default for AutoRequest<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// A model, the comparison behind it and the reason for it.
pub struct AutoOutcome {
    /// The model; its card holds the choice too.
    pub fit: FitOutcome,
    /// The comparison; `None` where the rows are too few for one.
    pub comparison: Option<Comparison>,
    /// Why this pipeline, in one paragraph.
    pub reason: String,
}

/// Chooses a pipeline and fits it to all rows of the request, as [`fit_embeddings`] does.
///
/// Where people are too few to compare anything the model is cosine, and the reason says so. With a
/// target, whose labels nobody knows, a shift of it beyond chance decides for the adapted model, which no
/// comparison on the rows learned from can judge.
///
/// Errors: those of [`compare_pipelines`] but `EONECLASS` and `EEMPTY` for rows that carry no comparison,
/// and of [`fit_embeddings`], such as `EEMPTY` where no row takes part.
pub fn fit_auto(
    embeddings: &Embeddings,
    request: &AutoRequest<'_>,
    job: &Job,
) -> Result<AutoOutcome> {
    let compare = &request.compare;
    let mut training = None;
    if let (Some(share), true) = (request.holdout, compare.rows.labelled()) {
        let used = compare.rows.classes(embeddings.rows())?;
        training = Some(Split::new(&Classes::new(&used)?, share, compare.seed)?.train);
    }
    let rows = match &training {
        Some(of_row) => TrainingRows {
            of_row: Some(of_row),
            ..compare.rows
        },
        None => compare.rows,
    };
    let on_training = CompareRequest {
        rows,
        candidates: compare.candidates.clone(),
        ..*compare
    };
    let (comparison, reason) = match compare_pipelines(embeddings, &on_training, job) {
        Ok(comparison) => {
            let reason = comparison.choice.reason.clone();
            (Some(comparison), reason)
        }
        Err(error) if matches!(error.code(), Code::OneClass | Code::Empty) => (
            None,
            format!("cosine, since nothing can be compared: {error}"),
        ),
        Err(error) => return Err(error),
    };
    let fitted = |text: &str, target| {
        let pipeline: Pipeline = text.parse()?;
        let mut fit = FitRequest::new(&pipeline);
        (fit.rows, fit.target) = (compare.rows, target);
        (fit.holdout, fit.refit) = (request.holdout, request.refit);
        (fit.seed, fit.level) = (compare.seed, compare.level);
        fit_embeddings(embeddings, &fit, job)
    };
    let chosen = match &comparison {
        Some(found) => &found.candidates[found.choice.chosen].pipeline,
        None => COSINE,
    };
    let judges = comparison
        .as_ref()
        .is_some_and(|found| found.choice.means_something());
    let adapted = match compare.target.filter(|_| judges) {
        Some(target) => match fitted(ADAPTED, Some(target)) {
            Ok(fit) => Some(fit),
            Err(error) if error.code() == Code::Singular => None,
            Err(error) => return Err(error),
        },
        None => None,
    };
    let shift = adapted.as_ref().map(|fit| Shift::of(&fit.report));
    let target_was_read = shift.is_some();
    let (mut fit, reason) = match (adapted, shift) {
        (Some(fit), Some(shift)) if shift.is_there() => {
            let reason = format!(
                "{ADAPTED}: {shift} The model is adapted to the target, so that it is transductive. Without it: {reason}"
            );
            (fit, reason)
        }
        (_, Some(shift)) => (fitted(chosen, None)?, format!("{reason} {shift}")),
        (_, None) => (fitted(chosen, None)?, reason),
    };
    if target_was_read {
        if !fit.report.transductive {
            let text = "chosen by the covariance of rows of the target, and not adapted to them";
            fit.model.set_card("transductive", text);
        }
        fit.report.transductive = true;
    }
    fit.model.set_card("choice", reason.clone());
    Ok(AutoOutcome {
        fit,
        comparison,
        reason,
    })
}

/// The shift of a target, as a fit that was to be adapted reports it.
struct Shift {
    directions: f64,
    largest: Option<f64>,
    bound: Option<f64>,
    /// Why nothing was adapted.
    remark: Option<String>,
}

impl Shift {
    fn of(report: &FitReport) -> Self {
        let decided = |name: &str| {
            report
                .decisions
                .iter()
                .find(|d| d.name == name)
                .map(|d| d.value)
        };
        let codes = ["target-too-small", "null-unknown"];
        let remark = report.warnings.iter().find(|w| codes.contains(&w.code));
        Self {
            directions: decided("directions").unwrap_or(0.0),
            largest: decided("largest-ratio"),
            bound: decided("shift-bound"),
            remark: remark.map(|w| w.text.clone()),
        }
    }

    fn is_there(&self) -> bool {
        self.directions > 0.0
    }
}

impl fmt::Display for Shift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(remark) = &self.remark {
            return write!(f, "Whether the target is shifted is not known: {remark}.");
        }
        let largest = self.largest.unwrap_or(f64::NAN);
        let bound = self.bound.unwrap_or(f64::NAN);
        if !self.is_there() {
            return write!(
                f,
                "The target shows no shift: its rows vary at most {largest:.1} times as much as the rows learned from let expect, and up to {bound:.1} is chance."
            );
        }
        let axes = if self.directions == 1.0 {
            "one direction"
        } else {
            &format!("{} directions", self.directions)
        };
        write!(
            f,
            "the target is shifted: along {axes} its rows vary up to {largest:.1} times as much as the rows learned from let expect, where up to {bound:.1} is chance."
        )
    }
}
