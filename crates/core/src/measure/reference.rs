//! Variances and covariances that metrics measure against.

use super::MetricOptions;
use super::preprocess::Preprocessed;
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::kernels::Whitening;
use crate::linalg::unfused_cholesky;
use crate::metrics::{Metric, Needs, Reference};

/// The reference of a metric: variances or a covariance of the embeddings that the options name,
/// or of `rows`. Empty for metrics that need none.
pub(super) fn reference_of(
    rows: &Preprocessed<'_>,
    options: &MetricOptions<'_>,
    job: &Job,
) -> Result<Reference> {
    let metrics = options.metric.metrics();
    let needed = |what| metrics.iter().any(|metric| metric.needs(what));
    if !needed(Needs::Variances) && !needed(Needs::Covariance) {
        return Ok(Reference::default());
    }
    let Some(other) = options.reference else {
        return estimate(rows, metrics, job);
    };
    if other.dim() != rows.dim() {
        let found = format!("a reference of {} columns", other.dim());
        return Err(other.blame(Error::new(
            Code::Dimension,
            found,
            format!("{} as in the embeddings", rows.dim()),
        )));
    }
    other.while_unchanged(|| {
        let (center, normalize) = (&options.center, options.normalize);
        let other = Preprocessed::new(other, center, normalize, options.isa, job)?;
        estimate(&other, metrics, job)
    })
}

/// Estimates what the metrics need from these rows.
fn estimate(rows: &Preprocessed<'_>, metrics: &[Metric], job: &Job) -> Result<Reference> {
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
        reference.whitening = Whitening::new(&triangle, rows.isa);
    }
    Ok(reference)
}
