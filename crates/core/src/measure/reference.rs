//! How a metric measures, and what it measures against.

use super::rows::{Centering, Normalize, Rows};
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::kernels::Isa;
use crate::linalg::unfused_cholesky;
use crate::metrics::{Expression, Metric, Needs, Reference, Whitening};
use crate::rows::Embeddings;

/// What a value is that its metric leaves undefined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Undefined {
    /// Refused, with the row.
    #[default]
    Refuse,
    /// The largest defined value of that metric among the given pairs: as unlike as the list holds.
    Max,
}

/// How to score. Every field has a default that changes nothing about the rows.
pub struct ScoreOptions<'a> {
    /// The metric or combination.
    pub metric: &'a Expression,
    /// Subtracted from every row first.
    pub center: Centering,
    /// Done to every row after that.
    pub normalize: Normalize,
    /// What `seuclidean` and `mahalanobis` take their variances from; the embeddings themselves if
    /// absent. Goes through the same centering and normalisation.
    pub reference: Option<&'a Embeddings>,
    /// What to do where a metric is undefined.
    pub undefined: Undefined,
    /// Instruction set. Does not change results.
    pub isa: Isa,
}

impl<'a> ScoreOptions<'a> {
    /// This metric with every other choice at its default.
    pub fn new(metric: &'a Expression) -> Self {
        Self {
            metric,
            center: Centering::None,
            normalize: Normalize::None,
            reference: None,
            undefined: Undefined::Refuse,
            isa: Isa::best(),
        }
    }
}

/// What the metrics measure against: variances or a covariance of the reference, or of the rows.
pub(crate) fn reference_of(
    rows: &Rows<'_>,
    options: &ScoreOptions<'_>,
    job: &Job,
) -> Result<Reference> {
    let metrics = options.metric.metrics();
    let needed = |what| metrics.iter().any(|metric| metric.needs(what));
    if !needed(Needs::Variances) && !needed(Needs::Covariance) {
        return Ok(Reference::default());
    }
    let other = match options.reference {
        None => None,
        Some(other) if other.dim() == rows.dim() => {
            if let Some(file) = other.file() {
                file.arm();
            }
            Some(Rows::new(
                other,
                &options.center,
                options.normalize,
                options.isa,
                job,
            )?)
        }
        Some(other) => {
            let found = format!("a reference of {} columns", other.dim());
            return Err(other.blame(Error::new(
                Code::Dimension,
                found,
                format!("{} as in the embeddings", rows.dim()),
            )));
        }
    };
    match &other {
        Some(other) => estimate(other, metrics, job),
        None => estimate(rows, metrics, job),
    }
}

/// What the metrics need of the rows that they measure against.
fn estimate(rows: &Rows<'_>, metrics: &[Metric], job: &Job) -> Result<Reference> {
    let mut reference = Reference::default();
    let needed = |what| metrics.iter().any(|metric| metric.needs(what));
    if needed(Needs::Variances) {
        let variances = rows.variances(job)?;
        if let Some(column) = variances.iter().position(|v| *v <= 0.0) {
            let error = Error::new(
                Code::Singular,
                "a variance of 0",
                "every column to vary under seuclidean",
            )
            .with_column(column)
            .with_hint("Drop the constant column or give another --reference");
            return Err(rows.embeddings.blame(error));
        }
        reference.inverse_variance = variances.into_iter().map(|v| 1.0 / v).collect();
    }
    if needed(Needs::Covariance) {
        let covariance = rows.covariance(job)?;
        let triangle =
            unfused_cholesky::inverse_factor(&covariance).map_err(|e| rows.embeddings.blame(e))?;
        reference.whitening = Whitening::new(&triangle);
    }
    Ok(reference)
}
