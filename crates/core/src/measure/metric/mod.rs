//! A metric, or a combination of metrics, as a measure.

mod combination;
mod pairs;
mod preprocess;
mod reference;
mod survey;

use std::borrow::Cow;

pub use preprocess::{Centering, Normalize, mean};

use preprocess::Preprocessed;
use reference::reference_of;

use rayon::prelude::*;

use super::SurveyNumbers;
use super::batch::{Batch, Rows, Scratch};
use super::keys::{Falling, KeyShape, half_square};
use super::mapped::Mapping;
use super::pairs::Occurring;
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::job::memory::{filled, zeros};
use crate::kernels::{Isa, Kernels, PairSum, Whitening};
use crate::metrics::{
    Expression, KeyForm, Metric, Needs, Node, Reference, RowStats, whitened_distance,
};
use crate::rows::{Embeddings, Row};

/// Rows that one task whitens. Does not change results.
const ROWS_PER_TASK: usize = 64;

/// The value of a pair for which a metric is undefined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Undefined {
    /// Refused, with the row.
    #[default]
    Refuse,
    /// The largest defined value of that metric among the given pairs: as unlike as the list holds.
    Max,
}

/// A metric and the preparation of rows for it. Every field has a default that changes nothing
/// about the rows.
pub struct MetricOptions<'a> {
    /// The metric or combination.
    pub metric: &'a Expression,
    /// Subtracted from every row first.
    pub center: Centering,
    /// Applied to every row after that.
    pub normalize: Normalize,
    /// Source of the variances of `seuclidean` and `mahalanobis`; the embeddings themselves if
    /// absent. Goes through the same centering and normalisation.
    pub reference: Option<&'a Embeddings>,
    /// Policy where a metric is undefined; comparisons of whole sets always refuse.
    pub undefined: Undefined,
    /// Instruction set. Does not change results.
    pub isa: Isa,
}

impl<'a> MetricOptions<'a> {
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

    /// True for a mean, variances or a covariance of rows.
    pub(super) fn learns_from_rows(&self) -> bool {
        let learnt = [Needs::Variances, Needs::Covariance];
        let mut metrics = self.metric.metrics().iter();
        self.center == Centering::Mean
            || metrics.any(|metric| learnt.into_iter().any(|what| metric.needs(what)))
    }
}

/// Rows under a metric, surveyed.
pub(in crate::measure) struct MetricRows<'a> {
    rows: Preprocessed<'a>,
    expression: &'a Expression,
    undefined: Undefined,
    /// The rows that `stats` is of; all where it is absent.
    occurring: Option<Occurring>,
    stats: Cow<'a, [RowStats]>,
    reference: Cow<'a, Reference>,
}

/// Per-row statistics, center and reference of a metric, cached by the pass that checks the rows.
pub(in crate::measure) struct MetricSurvey {
    center: Centering,
    rescaled: Vec<u32>,
    stats: Vec<RowStats>,
    reference: Reference,
}

impl MetricSurvey {
    pub(super) fn numbers(&self) -> SurveyNumbers {
        let center = match &self.center {
            Centering::Given(center) => center.clone(),
            Centering::None | Centering::Mean => Vec::new(),
        };
        let of_row = |of: &RowStats| [of.sum, of.sumsq, of.centered];
        SurveyNumbers {
            center,
            rescaled: self.rescaled.clone(),
            stats: self.stats.iter().map(of_row).collect(),
            inverse_variance: self.reference.inverse_variance.clone(),
            mean: self.reference.whitening.center().to_vec(),
            triangle: self.reference.whitening.triangle().concat(),
        }
    }

    pub(super) fn of_numbers(numbers: SurveyNumbers, isa: Isa) -> Self {
        let center = match numbers.center.is_empty() {
            true => Centering::None,
            false => Centering::Given(numbers.center),
        };
        let of_row = |[sum, sumsq, centered]: [f64; 3]| RowStats {
            sum,
            sumsq,
            centered,
        };
        let (mut rest, mut triangle) = (&numbers.triangle[..], Vec::new());
        while let Some((row, others)) = rest.split_at_checked(triangle.len() + 1) {
            triangle.push(row.to_vec());
            rest = others;
        }
        Self {
            center,
            rescaled: numbers.rescaled,
            stats: numbers.stats.into_iter().map(of_row).collect(),
            reference: Reference {
                inverse_variance: numbers.inverse_variance,
                whitening: Whitening::new(numbers.mean, &triangle, isa),
            },
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.stats.len()
    }
}

impl<'a> MetricRows<'a> {
    /// Prepares the rows that occur in a list of pairs.
    pub(in crate::measure) fn of_pairs(
        embeddings: &'a Embeddings,
        options: &'a MetricOptions<'a>,
        occurring: Occurring,
        job: &Job,
    ) -> Result<Self> {
        let mut rows = preprocess(embeddings, options, job)?;
        let stats = rows.survey(&occurring, options.metric, job)?;
        let reference = reference_of(&rows, options, job)?;
        Ok(Self {
            occurring: Some(occurring),
            ..Self::new(rows, options, stats.into(), Cow::Owned(reference))
        })
    }

    /// Prepares all rows, for comparing any with any; measures against `reference` if given.
    ///
    /// Errors: `EOPTION` for an expression that rescales over a list, `EUNDEFINED` for a row that
    /// leaves the metric undefined.
    pub(in crate::measure) fn of_all(
        embeddings: &'a Embeddings,
        options: &'a MetricOptions<'a>,
        reference: Option<&'a Reference>,
        job: &Job,
    ) -> Result<Self> {
        if !options.metric.is_pairwise() {
            return Err(Error::new(
                Code::Option,
                "minmax or zscore, which rescale over a list of pairs",
                "a metric whose value for a pair depends on that pair alone",
            )
            .with_hint("Leave minmax(…) and zscore(…) out"));
        }
        let mut rows = preprocess(embeddings, options, job)?;
        let all = Occurring::Marked(vec![true; embeddings.rows()]);
        let stats = rows.survey(&all, options.metric, job)?;
        for metric in options.metric.metrics() {
            if let Some(row) = stats.iter().position(|s| metric.undefined_for(s)) {
                let found = format!(
                    "{}, for which {} is undefined",
                    metric.info().undefined,
                    metric.name()
                );
                let error = Error::new(Code::Undefined, found, "rows that can all be compared");
                return Err(
                    embeddings.blame(error.with_row(row).with_hint("Drop or repair the row"))
                );
            }
        }
        let reference = match reference {
            Some(reference) => Cow::Borrowed(reference),
            None => Cow::Owned(reference_of(&rows, options, job)?),
        };
        Ok(Self::new(rows, options, stats.into(), reference))
    }

    /// The rows of a survey, without another look at them.
    pub(in crate::measure) fn recall(
        embeddings: &'a Embeddings,
        options: &'a MetricOptions<'a>,
        survey: &'a MetricSurvey,
    ) -> Result<Self> {
        let mut rows = Preprocessed::new(
            embeddings,
            &survey.center,
            options.normalize,
            options.isa,
            &Job::new(),
        )?;
        rows.rescaled.clone_from(&survey.rescaled);
        let (stats, reference) = (&survey.stats[..], &survey.reference);
        Ok(Self::new(
            rows,
            options,
            stats.into(),
            Cow::Borrowed(reference),
        ))
    }

    fn new(
        rows: Preprocessed<'a>,
        options: &'a MetricOptions<'a>,
        stats: Cow<'a, [RowStats]>,
        reference: Cow<'a, Reference>,
    ) -> Self {
        Self {
            rows,
            expression: options.metric,
            undefined: options.undefined,
            occurring: None,
            stats,
            reference,
        }
    }

    /// The statistics of a row that takes part.
    fn stats_of(&self, row: u32) -> &RowStats {
        let occurring = self.occurring.as_ref();
        &self.stats[occurring.map_or(row as usize, |rows| rows.place(row))]
    }

    pub(in crate::measure) fn reference(&self) -> &Reference {
        &self.reference
    }

    pub(in crate::measure) fn into_survey(self) -> MetricSurvey {
        MetricSurvey {
            center: self.rows.center(),
            rescaled: self.rows.rescaled,
            stats: self.stats.into_owned(),
            reference: self.reference.into_owned(),
        }
    }

    /// These rows one after the other; none where rows are used in place.
    pub(in crate::measure) fn held(&self, rows: &[u32]) -> Result<Rows> {
        let width = self.rows.scratch().len();
        let mut values = filled("rows to compare", rows.len().saturating_mul(width), 0.0)?;
        for (row, out) in rows.iter().zip(values.chunks_exact_mut(width.max(1))) {
            self.rows.get(*row as usize, out)?;
        }
        Ok(Rows::new(width, values))
    }

    /// The distance of row `i` of batch `a` to row `j` of batch `b` of `other`: the bits that a
    /// list with this pair gives. NaN where it is undefined.
    pub(in crate::measure) fn distance(
        &self,
        (a, i): (&Batch, usize),
        other: &Self,
        (b, j): (&Batch, usize),
        scratch: &mut Scratch,
    ) -> Result<f64> {
        scratch.values.clear();
        if let ([.., _], [.., _]) = (a.mapped_row(i), b.mapped_row(j)) {
            let whitened = self.whitened([a.mapped_row(i), b.mapped_row(j)]);
            let metrics = self.expression.metrics().iter();
            scratch
                .values
                .extend(metrics.map(|metric| match metric.needs(Needs::Covariance) {
                    true => whitened,
                    false => f64::NAN,
                }));
        } else {
            (scratch.values).resize(self.expression.metrics().len(), f64::NAN);
        }
        if scratch.values.iter().any(|value| value.is_nan()) {
            scratch.first.resize(self.rows.dim(), 0.0);
            scratch.second.resize(self.rows.dim(), 0.0);
            let x = self.row((a, i), &mut scratch.first)?;
            let y = other.row((b, j), &mut scratch.second)?;
            let (x, y) = (
                (x, self.stats_of(a.number(i))),
                (y, other.stats_of(b.number(j))),
            );
            for (metric, value) in self.expression.metrics().iter().zip(&mut scratch.values) {
                if value.is_nan() {
                    *value = self.value(metric, x, y);
                }
            }
        }
        Ok(self.expression.value(&scratch.values))
    }

    /// The value of a metric for two rows with their statistics.
    fn value(
        &self,
        metric: &Metric,
        (x, sx): (Row<'_>, &RowStats),
        (y, sy): (Row<'_>, &RowStats),
    ) -> f64 {
        let (isa, reference) = (self.rows.isa, &*self.reference);
        match (x, y) {
            (Row::F32(x), Row::F32(y)) => {
                metric.pair(&Kernels::for_isa(isa), (x, sx), (y, sy), reference)
            }
            (Row::F64(x), Row::F64(y)) => {
                metric.pair(&Kernels::for_isa(isa), (x, sx), (y, sy), reference)
            }
            // The sets differ in element type: both as f64, which changes no value.
            (x, y) => {
                let (x, y) = (x.widened(), y.widened());
                metric.pair(
                    &Kernels::for_isa(isa),
                    (&x[..], sx),
                    (&y[..], sy),
                    reference,
                )
            }
        }
    }
}

/// Rows whitened once for `mahalanobis`.
impl Mapping for MetricRows<'_> {
    fn rows(&self) -> usize {
        self.rows.embeddings.rows()
    }

    fn width(&self) -> usize {
        let mut metrics = self.expression.metrics().iter();
        match metrics.any(|metric| metric.needs(Needs::Covariance)) {
            true => self.reference.whitening.mapped_width(),
            false => 0,
        }
    }

    fn map(&self, rows: &[u32], job: &Job) -> Result<Vec<f64>> {
        let (dim, width) = (self.rows.dim(), self.width());
        let mut mapped = zeros("the whitened rows", rows.len().saturating_mul(width))?;
        job.begin("rows", rows.len() as u64);
        mapped
            .par_chunks_mut(ROWS_PER_TASK * width)
            .zip(rows.par_chunks(ROWS_PER_TASK))
            .map_init(Vec::new, |values, (out, rows)| {
                job.check()?;
                values.resize(rows.len() * dim, 0.0);
                for (row, out) in rows.iter().zip(values.chunks_exact_mut(dim)) {
                    self.rows.fill(*row as usize, out)?;
                }
                self.reference.whitening.map_rows(values, out);
                job.advance(rows.len() as u64);
                Ok(())
            })
            .collect::<Result<Vec<()>>>()?;
        Ok(mapped)
    }
}

impl MetricRows<'_> {
    /// The distance of two whitened rows; NaN where it is to be taken from the rows themselves.
    fn whitened(&self, [x, y]: [&[f64]; 2]) -> f64 {
        let dim = self.rows.dim();
        let square = (Kernels::for_isa(self.rows.isa).sqeuclidean)(&x[..dim], &y[..dim]);
        whitened_distance(square, x[dim] + y[dim])
    }
}

impl MetricRows<'_> {
    /// Row `place` of a batch.
    fn row<'s>(
        &'s self,
        (batch, place): (&'s Batch, usize),
        scratch: &'s mut [f64],
    ) -> Result<Row<'s>> {
        match batch.held_row(place) {
            Some(row) => Ok(Row::F64(row)),
            None => self.rows.get(batch.number(place) as usize, scratch),
        }
    }
}

/// Sums of several pairs at once.
impl MetricRows<'_> {
    /// The sum over two rows, and its columns; nothing for a combination of metrics.
    pub(in crate::measure) fn pair_sum(&self) -> Option<(PairSum, usize)> {
        match (self.expression.root(), self.expression.metrics()) {
            (Node::Metric(_), [metric]) => Some((metric.pair_sum()?, self.rows.dim())),
            _ => None,
        }
    }

    /// Writes a row as that sum takes it, where rows are not mapped.
    pub(in crate::measure) fn fill_wide(&self, row: usize, out: &mut [f64]) -> Result<()> {
        self.rows.fill(row, out)?;
        if self.expression.metrics()[0].needs(Needs::CenteredNorm) {
            let mean = self.stats[row].sum / out.len() as f64;
            out.iter_mut().for_each(|v| *v -= mean);
        }
        Ok(())
    }

    /// The distance of two rows, filled up with zeros, whose sum is known.
    pub(in crate::measure) fn distance_knowing(
        &self,
        (sum, kernels): (f64, &Kernels<f64>),
        x: &[f64],
        other: &Self,
        y: &[f64],
        (a, b): (u32, u32),
    ) -> f64 {
        let d = self.rows.dim();
        let x = (&x[..d], &self.stats[a as usize]);
        let y = (&y[..d], &other.stats[b as usize]);
        let [metric, ..] = self.expression.metrics() else {
            return f64::NAN;
        };
        metric.pair_knowing(Some(sum), kernels, x, y, &self.reference)
    }
}

fn preprocess<'a>(
    embeddings: &'a Embeddings,
    options: &MetricOptions<'_>,
    job: &Job,
) -> Result<Preprocessed<'a>> {
    let MetricOptions {
        center,
        normalize,
        isa,
        ..
    } = options;
    Preprocessed::new(embeddings, center, *normalize, *isa, job)
}

/// Key rows.
impl MetricRows<'_> {
    fn key_form(&self) -> Option<KeyForm> {
        match (self.expression.root(), self.expression.metrics()) {
            (Node::Metric(_), [metric]) => metric.info().key_form,
            _ => None,
        }
    }

    /// True if the two rows of a pair may change places.
    pub(in crate::measure) fn is_symmetric(&self) -> bool {
        !self
            .expression
            .metrics()
            .iter()
            .any(|metric| metric.is_ordered())
    }

    pub(in crate::measure) fn key_shape(&self) -> Option<KeyShape> {
        let curve = match self.key_form()? {
            KeyForm::Unit | KeyForm::CenteredUnit => Falling::OneLess,
            KeyForm::UnitByAngle => Falling::Angle,
            KeyForm::Inner => Falling::Negative,
            KeyForm::Square => Falling::Square,
            KeyForm::Root | KeyForm::ScaledRoot | KeyForm::WhitenedRoot => Falling::Root,
        };
        Some(KeyShape {
            width: self.rows.dim(),
            symmetric: true,
            curve,
        })
    }

    pub(in crate::measure) fn fill_keys(
        &self,
        batch: &Batch,
        keys: &mut [f64],
        own: &mut [f64],
    ) -> Result<()> {
        let form = (self.key_form())
            .ok_or_else(|| Error::internal("key rows of a metric without them"))?;
        let width = self.rows.dim();
        for (i, (out, own)) in keys.chunks_exact_mut(width).zip(own).enumerate() {
            if form == KeyForm::WhitenedRoot {
                let (row, length) = batch.mapped_row(i).split_at(width);
                out.copy_from_slice(row);
                *own = 0.5 * length[0];
                continue;
            }
            let row = batch.number(i) as usize;
            self.rows.fill(row, out)?;
            let stats = &self.stats[row];
            *own = match form {
                KeyForm::Unit | KeyForm::UnitByAngle => {
                    divide(out, stats.sumsq.sqrt());
                    0.0
                }
                KeyForm::CenteredUnit => {
                    let mean = stats.sum / width as f64;
                    out.iter_mut().for_each(|v| *v -= mean);
                    divide(out, stats.centered.sqrt());
                    0.0
                }
                KeyForm::Inner => 0.0,
                KeyForm::ScaledRoot => {
                    for (v, w) in out.iter_mut().zip(&self.reference.inverse_variance) {
                        *v *= w.sqrt();
                    }
                    half_square(out)
                }
                KeyForm::Square | KeyForm::Root | KeyForm::WhitenedRoot => half_square(out),
            };
        }
        Ok(())
    }
}

fn divide(row: &mut [f64], by: f64) {
    row.iter_mut().for_each(|v| *v /= by);
}
