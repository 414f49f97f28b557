//! Judges a model on people it has not seen.

use std::collections::HashMap;

use super::FitRequest;
use super::pairs::{Most, draw, test_rows};
use super::split::Split;
use crate::error::{Code, Error, Result};
use crate::evaluation::{
    CompareOptions, Difference, Orientation, People, Trials, Verification, compare, verify,
};
use crate::job::Job;
use crate::jobs::score::score_pairs;
use crate::measure::{Measure, MetricOptions, Undefined};
use crate::metrics::Expression;
use crate::models::{FitReport, Model};
use crate::rows::Embeddings;

/// A model of the other people against cosine on held-out people.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldOut {
    /// People set aside.
    pub identities: usize,
    /// Rows that the judged model learned from.
    pub trained_rows: u64,
    /// People that it learned from.
    pub trained_identities: u64,
    /// Genuine pairs judged.
    pub genuine: usize,
    /// Impostor pairs judged.
    pub impostors: usize,
    /// Figures of the model.
    pub model: Verification,
    /// Figures of cosine on the same pairs.
    pub cosine: Verification,
    /// AUROC of the model less that of cosine.
    pub difference: Difference,
}

/// Judges `model` and cosine on pairs of the rows held out.
///
/// Errors: `EONECLASS` if they give no genuine or no impostor pair.
pub(super) fn judge(
    embeddings: &Embeddings,
    split: &Split,
    (model, report): (&Model, &FitReport),
    request: &FitRequest<'_>,
    job: &Job,
) -> Result<HeldOut> {
    let rows = test_rows(embeddings, split, request.rows.skip_invalid)?;
    let pairs = draw(rows, Most::default(), request.seed);
    let genuine = pairs.same.iter().filter(|same| **same == 1).count();
    let impostors = pairs.same.len() - genuine;
    if genuine == 0 || impostors == 0 {
        let found =
            format!("{genuine} genuine and {impostors} impostor pairs among the held-out rows");
        return Err(
            Error::new(Code::OneClass, found, "both kinds, to judge the model on")
                .with_hint("Hold out more classes, or classes with two rows and more"),
        );
    }
    let cosine = Expression::parse("cosine")?;
    let cosine = MetricOptions {
        undefined: Undefined::Max,
        ..MetricOptions::new(&cosine)
    };
    let score = |measure| score_pairs(embeddings, &pairs.index1, &pairs.index2, measure, job);
    let by_model = score(Measure::Model(model))?;
    let by_cosine = score(Measure::Metric(&cosine))?;
    // Identities numbered among themselves, for the count of them in the standard error.
    let numbers: HashMap<u32, u32> = (0..)
        .zip(&split.classes)
        .map(|(i, class)| (*class, i))
        .collect();
    let numbered = |classes: &[u32]| -> Vec<u32> { classes.iter().map(|c| numbers[c]).collect() };
    let (first, second) = (numbered(&pairs.first), numbered(&pairs.second));
    let identities = split.classes.len();
    let trials = |distances| Trials {
        scores: distances,
        same: &pairs.same,
        orientation: Orientation::Distance,
        people: Some(People {
            first: &first,
            second: &second,
            count: identities,
        }),
    };
    let (by_model, by_cosine) = (trials(&by_model), trials(&by_cosine));
    let options = CompareOptions {
        level: request.level,
        ..CompareOptions::default()
    };
    Ok(HeldOut {
        identities,
        trained_rows: report.rows,
        trained_identities: report.classes,
        genuine,
        impostors,
        model: verify(&by_model, request.level)?,
        cosine: verify(&by_cosine, request.level)?,
        difference: compare(&by_model, &by_cosine, &options)?.auroc,
    })
}
