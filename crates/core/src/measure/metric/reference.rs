//! Variances and covariances that metrics measure against.

use std::ops::RangeInclusive;

use ndarray::Array2;

use super::MetricOptions;
use super::preprocess::Preprocessed;
use crate::error::{Code, Error, Result, counted};
use crate::job::Job;
use crate::kernels::Whitening;
use crate::linalg::unfused_cholesky;
use crate::metrics::{Metric, Needs, Reference};
use crate::statistics::{
    Arithmetic, Denominator, GatherOptions, covariance, gather_in_range, mean, total_scatter,
};

/// Variances by which squares of gaps can be divided.
const SAFE_VARIANCE: RangeInclusive<f64> = 1e-280..=1e280;

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
        let found = format!(
            "a reference of {}",
            counted(other.dim(), "column", "columns")
        );
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
            .with_hint("Drop the constant column")
            .with_advice("take the variances of other rows", "reference", None);
            return Err(rows.embeddings.blame(error));
        }
        if let Some(column) = variances.iter().position(|v| !SAFE_VARIANCE.contains(v)) {
            let found = format!("a variance of {:e}", variances[column]);
            let error = Error::new(Code::NotFinite, found, "one from 1e-280 to 1e280")
                .with_column(column)
                .with_hint("Multiply the column by a constant first");
            return Err(rows.embeddings.blame(error));
        }
        reference.inverse_variance = variances.into_iter().map(|v| 1.0 / v).collect();
    }
    if needed(Needs::Covariance) {
        let (covariance, mean, unit) = rows.covariance(job)?;
        let mut triangle = unfused_cholesky::inverse_factor(&covariance, rows.isa)
            .map_err(|e| rows.embeddings.blame(e))?;
        triangle.iter_mut().flatten().for_each(|v| *v /= unit);
        reference.whitening = Whitening::new(mean, &triangle, rows.isa);
    }
    Ok(reference)
}

impl Preprocessed<'_> {
    /// Variance of each column over all rows, denominator n−1.
    fn variances(&self, job: &Job) -> Result<Vec<f64>> {
        self.require_two_rows()?;
        let mean = self.mean(job)?;
        let mut sums = self.column_sums("variance", Some(&mean), job)?;
        self.clear_constant(&mean, &mut sums, job)?;
        let denominator = (self.embeddings.rows() - 1) as f64;
        Ok(sums.into_iter().map(|sum| sum / denominator).collect())
    }

    /// Sets to 0 the sums of squares of columns that hold one value (the mean of equal values is
    /// rounded, and what is left beside it is no variance), and above 0 those that underflowed.
    fn clear_constant(&self, mean: &[f64], sums: &mut [f64], job: &Job) -> Result<()> {
        let n = self.embeddings.rows() as f64;
        let rounding = |mean: f64| n * f64::EPSILON * mean;
        let doubtful = |(sum, mean): (&f64, &f64)| *sum <= n * rounding(*mean).powi(2);
        let columns: Vec<usize> = (sums.iter().zip(mean).enumerate())
            .filter(|(_, pair)| doubtful(*pair))
            .map(|(column, _)| column)
            .collect();
        if columns.is_empty() {
            return Ok(());
        }
        let mut range = vec![(f64::INFINITY, f64::NEG_INFINITY); columns.len()];
        self.for_blocks("variance", job, |block| {
            for row in block.chunks_exact(mean.len()) {
                for ((low, high), column) in range.iter_mut().zip(&columns) {
                    (*low, *high) = (low.min(row[*column]), high.max(row[*column]));
                }
            }
        })?;
        for ((low, high), column) in range.into_iter().zip(columns) {
            sums[column] = if low == high {
                0.0
            } else {
                sums[column].max(f64::MIN_POSITIVE)
            };
        }
        Ok(())
    }

    /// Covariance of the columns over all rows, denominator n−1, in portable doubles; their mean; and the unit in
    /// which the covariance measures the rows.
    fn covariance(&self, job: &Job) -> Result<(Array2<f64>, Vec<f64>, f64)> {
        self.require_two_rows()?;
        let (n, d) = (self.embeddings.rows(), self.dim());
        if n <= d {
            let found = format!(
                "{n} rows, which give a covariance of rank {} at most",
                n - 1
            );
            let expected = format!(
                "{} rows or more, for {}",
                d + 1,
                counted(d, "column", "columns")
            );
            let error = Error::new(Code::Singular, found, expected)
                .with_hint("Use seuclidean")
                .with_advice("take the covariance of other rows", "reference", None);
            return Err(self.embeddings.blame(error));
        }
        let options = GatherOptions {
            arithmetic: Arithmetic::Portable,
            origin: true,
            phase: "covariance",
            ..GatherOptions::default()
        };
        let (bundle, unit) =
            gather_in_range(self, None, &options, job).map_err(|e| self.embeddings.blame(e))?;
        let covariance = covariance(&bundle, total_scatter(&bundle)?, Denominator::RowsLessOne)?;
        let mean = mean(&bundle).iter().map(|m| m * unit).collect();
        Ok((covariance, mean, unit))
    }

    fn require_two_rows(&self) -> Result<()> {
        match self.embeddings.rows() {
            n @ 0..2 => Err(self.embeddings.blame(Error::new(
                Code::Empty,
                counted(n, "row", "rows"),
                "at least two, to estimate a variance",
            ))),
            _ => Ok(()),
        }
    }
}
