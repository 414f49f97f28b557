//! A metric, or a combination of metrics, as a measure.

use std::borrow::Cow;

use rayon::prelude::*;

use super::batch::{Batch, Scratch};
use super::combination::{combine, settle};
use super::keys::{Falling, KeyShape, half_square};
use super::preprocess::{Centering, Normalize, Preprocessed};
use super::reference::reference_of;
use super::{Survey, zeros};
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::kernels::{GROUP, Group, Isa, Kernels};
use crate::metrics::{
    Expression, KeyForm, Measurable, Metric, Needs, Node, Reference, RowStats, set_gap,
};
use crate::rows::{Embeddings, Row};

/// Pairs that one task measures before it asks whether to stop. Does not change results.
const PAIRS_PER_TASK: usize = 256;

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
}

/// Rows under a metric, surveyed.
pub(super) struct MetricRows<'a> {
    rows: Preprocessed<'a>,
    expression: &'a Expression,
    undefined: Undefined,
    stats: Cow<'a, [RowStats]>,
    reference: Cow<'a, Reference>,
}

impl<'a> MetricRows<'a> {
    /// Prepares the rows marked as used, for a list of pairs.
    pub(super) fn of_pairs(
        embeddings: &'a Embeddings,
        options: &'a MetricOptions<'a>,
        used: &[bool],
        job: &Job,
    ) -> Result<Self> {
        let rows = preprocess(embeddings, options, job)?;
        let stats = rows.survey(used, options.metric, job)?;
        let reference = reference_of(&rows, options, job)?;
        Ok(Self::new(
            rows,
            options,
            stats.into(),
            Cow::Owned(reference),
        ))
    }

    /// Prepares all rows, for comparing any with any; measures against `reference` if given.
    ///
    /// Errors: `EOPTION` for an expression that rescales over a list, `EUNDEFINED` for a row that
    /// leaves the metric undefined.
    pub(super) fn of_all(
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
        let rows = preprocess(embeddings, options, job)?;
        let stats = rows.survey(&vec![true; embeddings.rows()], options.metric, job)?;
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
    pub(super) fn recall(
        embeddings: &'a Embeddings,
        options: &'a MetricOptions<'a>,
        survey: &'a Survey,
    ) -> Result<Self> {
        let rows = Preprocessed::new(
            embeddings,
            &survey.center,
            options.normalize,
            options.isa,
            &Job::new(),
        )?;
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
            stats,
            reference,
        }
    }

    pub(super) fn reference(&self) -> &Reference {
        &self.reference
    }

    pub(super) fn into_survey(self) -> Survey {
        Survey {
            center: self.rows.center(),
            stats: self.stats.into_owned(),
            reference: self.reference.into_owned(),
        }
    }

    /// The distance of row `i` of batch `a` to row `j` of batch `b` of `other`: the bits that a
    /// list with this pair gives. NaN where it is undefined.
    pub(super) fn distance(
        &self,
        (a, i): (&Batch, usize),
        other: &Self,
        (b, j): (&Batch, usize),
        scratch: &mut Scratch,
    ) -> Result<f64> {
        let (a, b) = (a.number(i) as usize, b.number(j) as usize);
        scratch.first.resize(self.rows.dim(), 0.0);
        scratch.second.resize(self.rows.dim(), 0.0);
        let x = self.rows.get(a, &mut scratch.first)?;
        let y = other.rows.get(b, &mut scratch.second)?;
        let (sx, sy) = (&self.stats[a], &other.stats[b]);
        scratch.values.clear();
        for metric in self.expression.metrics() {
            let reference = &*self.reference;
            scratch.values.push(match (x, y) {
                (Row::F32(x), Row::F32(y)) => {
                    let kernels = Kernels::for_isa(self.rows.isa);
                    metric.pair(&kernels, (x, sx), (y, sy), reference)
                }
                (Row::F64(x), Row::F64(y)) => {
                    let kernels = Kernels::for_isa(self.rows.isa);
                    metric.pair(&kernels, (x, sx), (y, sy), reference)
                }
                // The sets differ in element type: both as f64, which changes no value.
                (x, y) => {
                    let (x, y) = (x.widened(), y.widened());
                    let kernels = Kernels::for_isa(self.rows.isa);
                    metric.pair(&kernels, (&x[..], sx), (&y[..], sy), reference)
                }
            });
        }
        Ok(self.expression.value(&scratch.values))
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

/// A run of pairs and the places of their values, one slice for each metric.
struct Task<'a> {
    index1: &'a [u32],
    index2: &'a [u32],
    values: Vec<&'a mut [f64]>,
}

fn tasks<'a>(index1: &'a [u32], index2: &'a [u32], values: &'a mut [Vec<f64>]) -> Vec<Task<'a>> {
    let mut columns: Vec<_> = values
        .iter_mut()
        .map(|v| v.chunks_mut(PAIRS_PER_TASK))
        .collect();
    let pairs = index1
        .chunks(PAIRS_PER_TASK)
        .zip(index2.chunks(PAIRS_PER_TASK));
    pairs
        .map(|(index1, index2)| {
            let values = columns.iter_mut().filter_map(Iterator::next).collect();
            Task {
                index1,
                index2,
                values,
            }
        })
        .collect()
}

/// Lists of pairs.
impl MetricRows<'_> {
    /// The distance of each pair; not finite where the expression overflows or divides by 0.
    pub(super) fn pair_distances(
        &self,
        index1: &[u32],
        index2: &[u32],
        job: &Job,
    ) -> Result<Vec<f64>> {
        let mut values = (self.expression.metrics().iter())
            .map(|_| zeros("the distances", index1.len(), 1))
            .collect::<Result<Vec<_>>>()?;
        job.begin("pairs", index1.len() as u64);
        let tasks = tasks(index1, index2, &mut values);
        let done: Vec<Result<()>> = tasks
            .into_par_iter()
            .map(|task| {
                job.check()?;
                self.measure(task, job)
            })
            .collect();
        done.into_iter().collect::<Result<()>>()?;
        for (metric, values) in self.expression.metrics().iter().zip(&mut values) {
            settle(values, self.undefined, |pair| {
                self.undefined_pair(metric, pair, index1[pair], index2[pair])
            })?;
        }
        match (self.expression.root(), values.len()) {
            (Node::Metric(_), 1) => Ok(values.swap_remove(0)),
            (root, _) => combine(root, &values, index1.len()),
        }
    }

    fn measure(&self, mut task: Task<'_>, job: &Job) -> Result<()> {
        let (narrow, double) = (
            Kernels::for_isa(self.rows.isa),
            Kernels::for_isa(self.rows.isa),
        );
        let (mut x_scratch, mut y_scratch) = (self.rows.scratch(), self.rows.scratch());
        let mut gaps = self.reference.whitening.group();
        let groups = task
            .index1
            .chunks(GROUP)
            .zip(task.index2.chunks(GROUP))
            .enumerate();
        for (group, (index1, index2)) in groups {
            let first = group * GROUP;
            for (place, (a, b)) in index1.iter().zip(index2).enumerate() {
                let (a, b) = (*a as usize, *b as usize);
                let x = self.rows.get(a, &mut x_scratch)?;
                let y = self.rows.get(b, &mut y_scratch)?;
                let (sx, sy) = (&self.stats[a], &self.stats[b]);
                let values = task.values.iter_mut().map(|v| &mut v[first + place]);
                let gap = (&mut gaps, place);
                match (x, y) {
                    (Row::F32(x), Row::F32(y)) => {
                        self.measure_pair(&narrow, (x, sx), (y, sy), values, gap);
                    }
                    (Row::F64(x), Row::F64(y)) => {
                        self.measure_pair(&double, (x, sx), (y, sy), values, gap);
                    }
                    _ => return Err(Error::internal("rows of two kinds in one matrix")),
                }
            }
            for (metric, values) in self.expression.metrics().iter().zip(&mut task.values) {
                if metric.needs(Needs::Covariance) {
                    let squares = self.reference.whitening.squares(&gaps);
                    let values = values[first..].iter_mut().zip(squares);
                    values.for_each(|(value, square)| *value = square.sqrt());
                }
            }
        }
        job.advance(task.index1.len() as u64);
        Ok(())
    }

    /// The values of one pair; where a metric takes several pairs at once, its gap instead.
    fn measure_pair<'v, T: Measurable>(
        &self,
        kernels: &Kernels<T>,
        x: (&[T], &RowStats),
        y: (&[T], &RowStats),
        values: impl Iterator<Item = &'v mut f64>,
        (gaps, place): (&mut Group, usize),
    ) {
        for (metric, value) in self.expression.metrics().iter().zip(values) {
            if metric.needs(Needs::Covariance) {
                set_gap(gaps, place, x.0, y.0);
            } else {
                *value = metric.pair(kernels, x, y, &self.reference);
            }
        }
    }

    /// The error for an undefined value, naming the row at fault where it is one row's.
    fn undefined_pair(&self, metric: &Metric, pair: usize, a: u32, b: u32) -> Error {
        let culprit = [a, b]
            .into_iter()
            .find(|row| metric.undefined_for(&self.stats[*row as usize]));
        let found = format!(
            "{} in pair {pair} (rows {a} and {b}), for which {} is undefined",
            metric.info().undefined,
            metric.name()
        );
        let error = Error::new(Code::Undefined, found, "a pair with a distance")
            .with_row(culprit.unwrap_or(a) as usize)
            .with_hint(
                "Drop the row, or give such pairs the largest distance with --undefined max",
            );
        self.rows.embeddings.blame(error)
    }
}

/// Key rows.
impl MetricRows<'_> {
    fn key_form(&self) -> Option<KeyForm> {
        match (self.expression.root(), self.expression.metrics()) {
            (Node::Metric(_), [metric]) => metric.info().key_form,
            _ => None,
        }
    }

    pub(super) fn key_shape(&self) -> Option<KeyShape> {
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

    pub(super) fn fill_keys(&self, batch: &Batch, keys: &mut [f64], own: &mut [f64]) -> Result<()> {
        let form = (self.key_form())
            .ok_or_else(|| Error::internal("key rows of a metric without them"))?;
        let width = self.rows.dim();
        let mut scratch = self.rows.scratch();
        for (i, (out, own)) in keys.chunks_exact_mut(width).zip(&mut *own).enumerate() {
            let row = batch.number(i) as usize;
            match self.rows.get(row, &mut scratch)? {
                Row::F32(x) => out.iter_mut().zip(x).for_each(|(o, v)| *o = f64::from(*v)),
                Row::F64(x) => out.copy_from_slice(x),
            }
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
        if form == KeyForm::WhitenedRoot {
            self.reference.whitening.apply_to_rows(keys);
            for (row, own) in keys.chunks_exact(width).zip(own) {
                *own = half_square(row);
            }
        }
        Ok(())
    }
}

fn divide(row: &mut [f64], by: f64) {
    row.iter_mut().for_each(|v| *v /= by);
}
