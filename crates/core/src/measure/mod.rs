//! Rows that are compared with many others: by one measure, exactly or through an inner product.
//!
//! A [`Space`] gives two things. `Space::distance` is the distance that `score` gives, bit for
//! bit. `keys` are rows whose inner product orders pairs as the distance does, where the measure
//! has such rows; that is what matrix products are made of, and it is off by rounding only, by no
//! more than a bound that goes with it.

mod keys;
mod reference;
pub mod rows;
pub(crate) mod tiles;

use std::borrow::Cow;

pub(crate) use keys::{KeyRows, Side};
pub(crate) use reference::reference_of;
pub use reference::{ScoreOptions, Undefined};

use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::kernels::Kernels;
use crate::measure::rows::{Centering, Rows};
use crate::metrics::{Expression, Reference, RowStats};
use crate::models::Model;
use crate::rows::{Embeddings, Row, require_finite};

/// What distances are measured by.
#[derive(Clone, Copy)]
pub enum Measure<'a> {
    /// A metric, or a combination whose value for a pair depends on that pair alone.
    Metric(&'a ScoreOptions<'a>),
    /// A learned metric.
    Model(&'a Model),
}

/// The rows of one set under a measure, every one of them finite and defined.
pub struct Space<'a> {
    embeddings: &'a Embeddings,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Metric(Box<MetricRows<'a>>),
    Model(&'a Model),
}

struct MetricRows<'a> {
    rows: Rows<'a>,
    stats: Cow<'a, [RowStats]>,
    expression: &'a Expression,
    reference: Cow<'a, Reference>,
}

/// What one look at all rows has found out, so that no other is needed.
pub struct Facts {
    center: Centering,
    stats: Vec<RowStats>,
    reference: Reference,
}

/// Rows made ready for [`Space::distance`]: what would cost too much to make for each pair.
#[derive(Default)]
pub(crate) struct Held {
    width: usize,
    values: Vec<f64>,
}

/// Room that [`Space::distance`] uses again and again.
#[derive(Default)]
pub(crate) struct Scratch {
    first: Vec<f64>,
    second: Vec<f64>,
    values: Vec<f64>,
}

impl<'a> Space<'a> {
    /// Looks once at every row under a metric; under a model, only at the width.
    ///
    /// Errors: `EEMPTY` without rows, `EOPTION` for a combination that rescales over the pairs,
    /// and those of `score_pairs`.
    pub fn new(embeddings: &'a Embeddings, measure: Measure<'a>, job: &Job) -> Result<Self> {
        Self::build(embeddings, measure, None, job)
    }

    /// What is known of these rows, for [`Space::recall`]; nothing under a model.
    pub fn into_facts(self) -> Option<Facts> {
        match self.kind {
            Kind::Model(_) => None,
            Kind::Metric(rows) => Some(Facts {
                center: rows.rows.center(),
                stats: rows.stats.into_owned(),
                reference: rows.reference.into_owned(),
            }),
        }
    }

    /// The space that gave these facts, without another look at its rows.
    ///
    /// Errors: `EINTERNAL` for facts of other rows or of another kind of measure.
    pub fn recall(
        embeddings: &'a Embeddings,
        measure: Measure<'a>,
        facts: Option<&'a Facts>,
    ) -> Result<Self> {
        let kind = match (measure, facts) {
            (Measure::Model(model), None) => Kind::Model(model),
            (Measure::Metric(options), Some(facts)) if facts.stats.len() == embeddings.rows() => {
                Kind::Metric(Box::new(MetricRows {
                    rows: Rows::new(
                        embeddings,
                        &facts.center,
                        options.normalize,
                        options.isa,
                        &Job::new(),
                    )?,
                    stats: Cow::Borrowed(&facts.stats),
                    expression: options.metric,
                    reference: Cow::Borrowed(&facts.reference),
                }))
            }
            _ => return Err(Error::internal("facts of other rows")),
        };
        Ok(Self { embeddings, kind })
    }

    /// Rows of another set under the same measure; variances come from `first`.
    pub fn beside(
        embeddings: &'a Embeddings,
        measure: Measure<'a>,
        first: &'a Space<'_>,
        job: &Job,
    ) -> Result<Self> {
        if embeddings.dim() != first.embeddings.dim() {
            return Err(embeddings.blame(Error::new(
                Code::Dimension,
                format!("rows of {} columns", embeddings.dim()),
                format!("{} as in the other set", first.embeddings.dim()),
            )));
        }
        Self::build(embeddings, measure, Some(first), job)
    }

    fn build(
        embeddings: &'a Embeddings,
        measure: Measure<'a>,
        first: Option<&'a Space<'_>>,
        job: &Job,
    ) -> Result<Self> {
        if embeddings.rows() == 0 {
            return Err(embeddings.blame(Error::new(Code::Empty, "no rows", "at least one")));
        }
        if u32::try_from(embeddings.rows()).is_err() {
            let found = format!("{} rows", embeddings.rows());
            return Err(embeddings.blame(Error::new(Code::Dimension, found, "at most 2³²−1")));
        }
        if let Some(file) = embeddings.file() {
            file.arm();
        }
        let kind = match measure {
            Measure::Model(model) => {
                model
                    .check_dim(embeddings.dim())
                    .map_err(|e| embeddings.blame(e))?;
                Kind::Model(model)
            }
            Measure::Metric(options) => {
                let reference = first.and_then(|space| match &space.kind {
                    Kind::Metric(other) => Some(Cow::Borrowed(&*other.reference)),
                    Kind::Model(_) => None,
                });
                let rows = MetricRows::new(embeddings, options, reference, job)?;
                Kind::Metric(Box::new(rows))
            }
        };
        Ok(Self { embeddings, kind })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.embeddings.rows()
    }

    /// The embeddings behind it.
    pub fn embeddings(&self) -> &'a Embeddings {
        self.embeddings
    }

    /// Makes `count` rows from `first` ready to be compared.
    pub(crate) fn hold_from(&self, first: usize, count: usize) -> Result<Held> {
        let numbers: Vec<u32> = (first..first + count).map(|row| row as u32).collect();
        self.hold(&numbers)
    }

    /// Makes these rows ready to be compared; row `i` of what is held is `rows[i]`.
    pub(crate) fn hold(&self, rows: &[u32]) -> Result<Held> {
        let Kind::Model(model) = &self.kind else {
            return Ok(Held::default());
        };
        let (dim, width) = (self.embeddings.dim(), model.projected_dim());
        let mut values = vec![0.0; rows.len() * dim];
        for (row, out) in rows.iter().zip(values.chunks_exact_mut(dim)) {
            self.embeddings.read_rows(*row as usize, out)?;
            require_finite(out, *row as usize).map_err(|e| self.embeddings.blame(e))?;
        }
        let mut held = Held {
            width,
            values: vec![0.0; rows.len() * width],
        };
        let number = |e: Error| match e.row().and_then(|row| rows.get(row as usize)) {
            Some(row) => e.with_row(*row as usize),
            None => e,
        };
        model
            .project_rows(&values, &mut held.values)
            .map_err(|e| self.embeddings.blame(number(e)))?;
        Ok(held)
    }

    /// The distance of a row of this set to a row of `other`, which may be this one: the bits that
    /// `score` gives. Each row comes with what holds it and its place there.
    pub(crate) fn distance(
        &self,
        (row, held, place): (u32, &Held, usize),
        other: &Self,
        (other_row, other_held, other_place): (u32, &Held, usize),
        scratch: &mut Scratch,
    ) -> Result<f64> {
        let distance = match (&self.kind, &other.kind) {
            (Kind::Model(model), _) => {
                model.pair_distance(held.row(place), other_held.row(other_place))
            }
            (Kind::Metric(x), Kind::Metric(y)) => {
                x.distance(row as usize, y, other_row as usize, scratch)?
            }
            (Kind::Metric(_), Kind::Model(_)) => {
                return Err(Error::internal("two measures in one comparison"));
            }
        };
        if distance.is_finite() {
            return Ok(distance);
        }
        let found = format!("{distance} for rows {row} and {other_row}");
        Err(Error::new(Code::Undefined, found, "a finite distance")
            .with_hint("Drop one of the rows, or choose a metric that is defined for them"))
    }
}

impl<'a> MetricRows<'a> {
    fn new(
        embeddings: &'a Embeddings,
        options: &'a ScoreOptions<'a>,
        reference: Option<Cow<'a, Reference>>,
        job: &Job,
    ) -> Result<Self> {
        let expression = options.metric;
        if !expression.is_pairwise() {
            return Err(Error::new(
                Code::Option,
                "minmax or zscore, which rescale over a list of pairs",
                "a metric whose value for a pair depends on that pair alone",
            )
            .with_hint("Leave minmax(…) and zscore(…) out"));
        }
        let rows = Rows::new(
            embeddings,
            &options.center,
            options.normalize,
            options.isa,
            job,
        )?;
        let stats = rows.survey(&vec![true; embeddings.rows()], expression, job)?;
        for metric in expression.metrics() {
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
            Some(reference) => reference,
            None => Cow::Owned(reference_of(&rows, options, job)?),
        };
        Ok(Self {
            rows,
            stats: stats.into(),
            expression,
            reference,
        })
    }

    fn distance(&self, a: usize, other: &Self, b: usize, scratch: &mut Scratch) -> Result<f64> {
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

impl Held {
    /// Adds rows behind those that are held.
    pub(crate) fn append(&mut self, other: &Self) {
        self.width = other.width;
        self.values.extend_from_slice(&other.values);
    }

    /// Bytes that a row takes.
    pub(crate) fn row_bytes(space: &Space<'_>) -> usize {
        match &space.kind {
            Kind::Model(model) => model.projected_dim() * size_of::<f64>(),
            Kind::Metric(_) => 0,
        }
    }

    fn row(&self, place: usize) -> &[f64] {
        &self.values[place * self.width..][..self.width]
    }
}
