//! A model whose pipeline is chosen by comparison.

use super::{CompareRequest, Comparison, compare_pipelines};
use crate::error::{Code, Result};
use crate::job::Job;
use crate::jobs::fit::{FitOutcome, FitRequest, fit_embeddings, split::Split};
use crate::models::Pipeline;
use crate::rows::{Classes, Embeddings, TrainingRows};

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
/// Where people are too few to compare anything the model is cosine, and the reason says so. Errors:
/// those of [`compare_pipelines`] but `EONECLASS` and `EEMPTY` for rows that carry no comparison, and
/// of [`fit_embeddings`].
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
    let chosen = match &comparison {
        Some(found) => &found.candidates[found.choice.chosen].pipeline,
        None => super::candidates::COSINE,
    };
    let pipeline: Pipeline = chosen.parse()?;
    let mut fit = FitRequest::new(&pipeline);
    fit.rows = compare.rows;
    fit.holdout = request.holdout;
    fit.refit = request.refit;
    (fit.seed, fit.level) = (compare.seed, compare.level);
    let mut fit = fit_embeddings(embeddings, &fit, job)?;
    fit.model.set_card("choice", reason.clone());
    Ok(AutoOutcome {
        fit,
        comparison,
        reason,
    })
}
