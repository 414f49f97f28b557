//! Labelled embeddings to a learned metric, judged on people it has not seen.

pub(in crate::jobs) mod card;
pub(in crate::jobs) mod fingerprint;
mod held_out;
pub(in crate::jobs) mod pairs;
pub(in crate::jobs) mod split;

use std::sync::OnceLock;

use self::card::write_card;
pub use self::fingerprint::fingerprint;
pub use self::held_out::HeldOut;
use self::held_out::judge;
use self::split::Split;
use crate::error::{Code, Error, Result};
use crate::evaluation::LEVEL;
use crate::job::Job;
use crate::models::{FitOptions, FitReport, Fitted, Model, Pipeline, fit};
use crate::rows::{Classes, Embeddings, TrainingRows};

/// A pipeline and the rows to fit it to.
pub struct FitRequest<'a> {
    /// The rows to learn from; without labels for a pipeline that needs no classes.
    pub rows: TrainingRows<'a>,
    /// The pipeline.
    pub pipeline: &'a Pipeline,
    /// Vector that the first `center` of the pipeline subtracts in place of its own mean.
    pub center: Option<&'a [f64]>,
    /// Unlabelled rows of the domain that will be scored, for `coral` and `adapt`; other pipelines do
    /// not read them.
    pub target: Option<&'a Embeddings>,
    /// Share of the classes that are set aside to judge a model of the others on.
    pub holdout: Option<f64>,
    /// True if, once that is judged, the model is fitted again on all classes.
    pub refit: bool,
    /// Selects the classes set aside and the pairs drawn from them.
    pub seed: u64,
    /// Level of the intervals of the hold-out, in (0, 1).
    pub level: f64,
}

impl<'a> FitRequest<'a> {
    /// Fits `pipeline` to all rows, without labels, a hold-out or a center of the caller's; seed 0,
    /// and a hold-out that is asked for is followed by a fit on everyone.
    pub fn new(pipeline: &'a Pipeline) -> Self {
        Self {
            rows: TrainingRows::default(),
            pipeline,
            center: None,
            target: None,
            holdout: None,
            refit: true,
            seed: 0,
            level: LEVEL,
        }
    }
}

/// A model and what is known of it.
pub struct FitOutcome {
    /// The model; its card holds the rest of this as text.
    pub model: Model,
    /// Record of its fit; `passes` counts those of both fits.
    pub report: FitReport,
    /// A model of the other people on those set aside, if some were.
    pub held_out: Option<HeldOut>,
}

/// Fits a pipeline to the rows of the request.
///
/// With a hold-out, a model of the other classes is judged on those set aside. The model returned is
/// then fitted on all classes, bit for bit that of a call without a hold-out, or is the judged one
/// where `refit` is false. Errors: those of [`crate::models::fit`] and [`TrainingRows::classes`],
/// `EONECLASS` for a hold-out without genuine pairs, `EINPUTCHANGED`.
pub fn fit_embeddings(
    embeddings: &Embeddings,
    request: &FitRequest<'_>,
    job: &Job,
) -> Result<FitOutcome> {
    if embeddings.rows() == 0 {
        return Err(embeddings.blame(Error::new(Code::Empty, "no rows", "rows to fit on")));
    }
    if let Some(file) = embeddings.file() {
        file.advise_sequential();
    }
    let fitted = || embeddings.while_unchanged(|| fit_rows(embeddings, request, job));
    match request.target.filter(|_| request.pipeline.uses_target()) {
        Some(target) => target.while_unchanged(fitted),
        None => fitted(),
    }
}

fn fit_rows(embeddings: &Embeddings, request: &FitRequest<'_>, job: &Job) -> Result<FitOutcome> {
    let rows = embeddings.rows();
    let pipeline = request
        .pipeline
        .clone()
        .centered(request.center.is_some())?;
    let used = request
        .rows
        .classes(rows)
        .map_err(|e| embeddings.blame(e))?;
    let classes = Classes::new(&used)?;
    if classes.sizes().iter().all(|size| *size == 0) {
        let error = Error::new(Code::Empty, "no row that takes part", "rows to fit on")
            .with_hint("Label some rows, or check which are left out");
        return Err(embeddings.blame(error));
    }
    let split = match request.holdout {
        Some(_) if !request.rows.labelled() => {
            return Err(Error::new(
                Code::Option,
                "a hold-out without labels",
                "labels for it",
            ));
        }
        Some(share) => Some(Split::new(&classes, share, request.seed)?),
        None => None,
    };
    let hash = OnceLock::new();
    let hashed = || {
        hash.get_or_init(|| fingerprint(embeddings, &job.part()));
    };
    let options = FitOptions {
        center: request.center,
        invalid: request.rows.invalid(),
        target: request.target,
        seed: request.seed,
        beside: Some(&hashed),
        ..FitOptions::default()
    };
    let train = match &split {
        Some(split) => Some(Classes::new(&split.train)?),
        None => None,
    };
    let fit_to = |classes: &Classes<'_>| {
        let given = (!request.rows.everything()).then_some(classes);
        fit(&pipeline, embeddings, given, &options, job).map_err(|e| embeddings.blame(e))
    };
    let Fitted { model, report } = fit_to(train.as_ref().unwrap_or(&classes))?;
    let mut outcome = FitOutcome {
        held_out: match &split {
            Some(split) => Some(judge(embeddings, split, (&model, &report), request, job)?),
            None => None,
        },
        model,
        report,
    };
    if split.is_some() && request.refit {
        let passes = outcome.report.passes;
        let Fitted { model, report } = fit_to(&classes)?;
        (outcome.model, outcome.report) = (model, report);
        outcome.report.passes += passes;
    }
    hashed();
    let data = (hash.into_inner()).unwrap_or_else(|| fingerprint(embeddings, job))?;
    let shape = (embeddings.rows(), embeddings.dim());
    write_card(&mut outcome, shape, request, data);
    if let Some(target) = request.target.filter(|_| outcome.report.transductive) {
        let (data, model) = (fingerprint(target, job)?, &mut outcome.model);
        model.set_card(
            "target_shape",
            format!("{}x{}", target.rows(), target.dim()),
        );
        model.set_card("target_sha256", data);
    }
    Ok(outcome)
}
