//! Distances by one measure: a metric, a learned model, or templates of a model.
//!
//! A [`Measure`] meets embeddings and becomes [`Prepared`]: their rows checked, centered and
//! normalised or mapped, and the reference of the metric estimated. Prepared rows are compared in
//! three ways, which agree to the last bit or come with a bound: lists of pairs
//! ([`PreparedPairs`]), single pairs of two sets (`Sides::distance`), and products of key rows
//! (`keys`, `tiles`), off by rounding only.
//!
//! A file that changes while a measure reads it explains whatever else goes wrong, so
//! `EINPUTCHANGED` comes before every other error of preparing and of measuring.

mod batch;
mod combination;
mod keys;
mod metric;
mod model;
mod preprocess;
mod reference;
pub(crate) mod tiles;

pub(crate) use batch::{Batch, Scratch};
pub(crate) use keys::{KeyShape, Side};
pub use metric::{MetricOptions, Undefined};
pub use preprocess::{Centering, Normalize, mean};

use metric::MetricRows;
use model::Firsts;
pub(crate) use model::ModelRows;

use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::kernels::Isa;
use crate::metrics::{Reference, RowStats};
use crate::models::{Enrolment, Model};
use crate::rows::Embeddings;

/// What distances are measured by.
#[derive(Clone, Copy)]
pub enum Measure<'a> {
    /// A metric or a combination of metrics.
    Metric(&'a MetricOptions<'a>),
    /// A learned metric.
    Model(&'a Model),
    /// Templates enrolled under a model, each compared with rows; for lists of pairs only.
    Templates(&'a Model, &'a [Enrolment]),
}

/// All rows of one set under a measure, every one of them finite and defined.
pub struct Prepared<'a> {
    embeddings: &'a Embeddings,
    measure: Measure<'a>,
    rows: Rows<'a>,
}

enum Rows<'a> {
    Metric(Box<MetricRows<'a>>),
    Model(ModelRows<'a>),
}

/// Per-row statistics, center and reference of a metric, cached by the pass that checks the rows.
pub struct Survey {
    center: Centering,
    stats: Vec<RowStats>,
    reference: Reference,
}

/// A list of pairs and the rows that occur in it, prepared.
pub struct PreparedPairs<'a> {
    embeddings: &'a Embeddings,
    index1: &'a [u32],
    index2: &'a [u32],
    rows: PairRows<'a>,
}

enum PairRows<'a> {
    Metric(Box<MetricRows<'a>>),
    /// The rows that occur, each once.
    Model(ModelRows<'a>, Firsts<'a>, Vec<u32>),
}

/// Two prepared sets whose rows are compared, or one with itself.
#[derive(Clone, Copy)]
pub(crate) struct Sides<'a> {
    pub(crate) queries: &'a Prepared<'a>,
    pub(crate) stored: &'a Prepared<'a>,
    /// Whether the two are one set.
    pub(crate) same: bool,
}

impl<'a> Measure<'a> {
    /// Prepares all rows of a set: one pass over them under a metric, and a check of their width
    /// under a model, which meets the rows when they are compared.
    ///
    /// Errors: `EEMPTY` without rows, `EDIMENSION`, `EOPTION` for a combination that rescales over
    /// a list of pairs and for templates, and those of [`prepare_pairs`](Self::prepare_pairs) but
    /// for pairs.
    pub fn prepare(self, embeddings: &'a Embeddings, job: &Job) -> Result<Prepared<'a>> {
        self.prepare_against(embeddings, None, job)
    }

    fn prepare_against(
        self,
        embeddings: &'a Embeddings,
        reference: Option<&'a Reference>,
        job: &Job,
    ) -> Result<Prepared<'a>> {
        if embeddings.rows() == 0 {
            return Err(embeddings.blame(Error::new(Code::Empty, "no rows", "at least one")));
        }
        if u32::try_from(embeddings.rows()).is_err() {
            let found = format!("{} rows", embeddings.rows());
            return Err(embeddings.blame(Error::new(Code::Dimension, found, "at most 2³²−1")));
        }
        let rows = embeddings.while_unchanged(|| match self {
            Self::Metric(options) => MetricRows::of_all(embeddings, options, reference, job)
                .map(|rows| Rows::Metric(Box::new(rows))),
            Self::Model(model) => ModelRows::new(embeddings, model).map(Rows::Model),
            Self::Templates(..) => Err(Error::new(
                Code::Option,
                "templates as the measure of two rows",
                "a metric or a model",
            )),
        })?;
        Ok(Prepared {
            embeddings,
            measure: self,
            rows,
        })
    }

    /// The prepared rows that gave a survey, without another look at them.
    ///
    /// Errors: `EINTERNAL` for a survey of other rows or of another kind of measure.
    pub fn recall(
        self,
        embeddings: &'a Embeddings,
        survey: Option<&'a Survey>,
    ) -> Result<Prepared<'a>> {
        let rows = match (self, survey) {
            (Self::Model(model), None) => Rows::Model(ModelRows::new(embeddings, model)?),
            (Self::Metric(options), Some(survey)) if survey.stats.len() == embeddings.rows() => {
                Rows::Metric(Box::new(MetricRows::recall(embeddings, options, survey)?))
            }
            _ => return Err(Error::internal("a survey of other rows")),
        };
        Ok(Prepared {
            embeddings,
            measure: self,
            rows,
        })
    }

    /// Prepares the rows that occur in the pairs `(index1[i], index2[i])`: numbers of rows, or with
    /// [`Measure::Templates`] of a template and a row.
    ///
    /// Errors: `EINDEX` (no such row or template), `EDIMENSION` (lists or columns that do not
    /// match), `EEMPTY` (no rows, no pairs), `ENOTFINITE` (first such cell, count), `EDOMAIN`,
    /// `ESINGULAR`, `EINPUTCHANGED`, `EABORTED`.
    pub fn prepare_pairs(
        self,
        embeddings: &'a Embeddings,
        index1: &'a [u32],
        index2: &'a [u32],
        job: &Job,
    ) -> Result<PreparedPairs<'a>> {
        let rows = match self {
            Self::Metric(options) => {
                let used = used_rows(embeddings, index1, index2)?;
                let rows = embeddings
                    .while_unchanged(|| MetricRows::of_pairs(embeddings, options, &used, job))?;
                PairRows::Metric(Box::new(rows))
            }
            Self::Model(model) => {
                let used = used_rows(embeddings, index1, index2)?;
                let occurring = (0..).zip(&used).filter(|(_, used)| **used);
                let occurring = occurring.map(|(row, _)| row).collect();
                PairRows::Model(ModelRows::new(embeddings, model)?, Firsts::Rows, occurring)
            }
            Self::Templates(model, templates) => {
                let rows = ModelRows::new(embeddings, model)?;
                let occurring = rows_beside_templates(embeddings, templates, index1, index2)?;
                PairRows::Model(rows, Firsts::Templates(templates), occurring)
            }
        };
        Ok(PreparedPairs {
            embeddings,
            index1,
            index2,
            rows,
        })
    }
}

impl PreparedPairs<'_> {
    /// Distances in the order of the pairs, smaller is more alike.
    ///
    /// Runs in the rayon pool that it is called in. The result does not depend on the number of
    /// threads, on the instruction set, or on how the file is read. Memory: 8 bytes for each pair
    /// and metric; under a model at most 256 MB of mapped rows.
    ///
    /// Errors: `EUNDEFINED` for the first pair without a finite distance, `EINPUTCHANGED`,
    /// `EABORTED`; under a model those of mapping rows.
    pub fn distances(&self, job: &Job) -> Result<Vec<f64>> {
        let pairs = (self.index1, self.index2);
        let distances = self.embeddings.while_unchanged(|| match &self.rows {
            PairRows::Metric(rows) => rows.pair_distances(pairs.0, pairs.1, job),
            PairRows::Model(rows, firsts, occurring) => {
                rows.pair_distances(*firsts, occurring, pairs, job)
            }
        })?;
        match distances.iter().position(|d| !d.is_finite()) {
            None => Ok(distances),
            Some(pair) => Err(self.not_finite(pair, distances[pair])),
        }
    }

    fn not_finite(&self, pair: usize, distance: f64) -> Error {
        let (a, b) = (self.index1[pair], self.index2[pair]);
        let error = |who: String| {
            let found = format!("{distance} for pair {pair} ({who})");
            Error::new(Code::Undefined, found, "a finite distance")
        };
        match &self.rows {
            PairRows::Metric(_) => error(format!("rows {a} and {b}")).with_hint(
                "The expression divides by 0, takes the root of a negative number or overflows there",
            ),
            PairRows::Model(_, Firsts::Rows, _) => error(format!("rows {a} and {b}")),
            PairRows::Model(..) => error(format!("template {a} and row {b}")),
        }
    }
}

/// Marks the rows that occur in a pair; fails on the first number that is no row.
fn used_rows(embeddings: &Embeddings, index1: &[u32], index2: &[u32]) -> Result<Vec<bool>> {
    let n = embeddings.rows();
    require_pairs(index1, index2, ["first", "second rows"])?;
    if n == 0 {
        return Err(embeddings.blame(Error::new(Code::Empty, "no rows", "at least one")));
    }
    let mut used = vec![false; n];
    for (pair, (a, b)) in index1.iter().zip(index2).enumerate() {
        for (side, row) in [("first", *a), ("second", *b)] {
            match used.get_mut(row as usize) {
                Some(seen) => *seen = true,
                None => {
                    let found = format!("row {row} as the {side} of pair {pair}");
                    return Err(Error::new(Code::Index, found, format!("a row below {n}")));
                }
            }
        }
    }
    Ok(used)
}

/// The rows that are compared with templates, each once, in the order of their first pair.
fn rows_beside_templates(
    embeddings: &Embeddings,
    templates: &[Enrolment],
    index1: &[u32],
    index2: &[u32],
) -> Result<Vec<u32>> {
    require_pairs(index1, index2, ["templates", "rows"])?;
    for (what, index, count) in [
        ("template", index1, templates.len()),
        ("row", index2, embeddings.rows()),
    ] {
        if let Some(pair) = index.iter().position(|i| *i as usize >= count) {
            let found = format!("{what} {} in pair {pair}", index[pair]);
            let expected = format!("a {what} below {count}");
            return Err(Error::new(Code::Index, found, expected));
        }
    }
    let mut seen = vec![false; embeddings.rows()];
    let mut rows = index2.to_vec();
    rows.retain(|row| !std::mem::replace(&mut seen[*row as usize], true));
    Ok(rows)
}

fn require_pairs(index1: &[u32], index2: &[u32], [first, second]: [&str; 2]) -> Result<()> {
    if index1.len() != index2.len() {
        let found = format!("{} {first} and {} {second}", index1.len(), index2.len());
        return Err(Error::new(Code::Dimension, found, "as many of each"));
    }
    if index1.is_empty() {
        return Err(Error::new(Code::Empty, "no pairs", "at least one"));
    }
    Ok(())
}

impl<'a> Prepared<'a> {
    /// Prepares the rows of another set under the same measure and against the same reference.
    ///
    /// Errors: `EDIMENSION` for rows of another width, and those of [`Measure::prepare`].
    pub fn beside<'b>(&'b self, embeddings: &'b Embeddings, job: &Job) -> Result<Prepared<'b>> {
        if embeddings.dim() != self.dim() {
            return Err(embeddings.blame(Error::new(
                Code::Dimension,
                format!("rows of {} columns", embeddings.dim()),
                format!("{} as in the other set", self.dim()),
            )));
        }
        let reference = match &self.rows {
            Rows::Metric(rows) => Some(rows.reference()),
            Rows::Model(_) => None,
        };
        self.measure.prepare_against(embeddings, reference, job)
    }

    /// The survey of these rows, for [`Measure::recall`]; nothing under a model.
    pub fn into_survey(self) -> Option<Survey> {
        match self.rows {
            Rows::Model(_) => None,
            Rows::Metric(rows) => Some(rows.into_survey()),
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.embeddings.rows()
    }

    /// Number of columns of the embeddings.
    pub fn dim(&self) -> usize {
        self.embeddings.dim()
    }

    /// The instruction set that the measure chose; the best of this machine under a model.
    pub(crate) fn isa(&self) -> Isa {
        match self.measure {
            Measure::Metric(options) => options.isa,
            Measure::Model(_) | Measure::Templates(..) => Isa::best(),
        }
    }

    /// Makes `count` rows from `first` ready to be compared.
    pub(crate) fn run(&self, first: usize, count: usize) -> Result<Batch> {
        let numbers = || (first..first + count).map(|row| row as u32).collect();
        Ok(Batch::run((first, count), self.mapped(numbers)?))
    }

    /// Makes these rows ready to be compared, in this order.
    pub(crate) fn batch(&self, rows: &[u32]) -> Result<Batch> {
        Ok(Batch::list(rows, self.mapped(|| rows.to_vec())?))
    }

    fn mapped(&self, numbers: impl FnOnce() -> Vec<u32>) -> Result<(usize, Vec<f64>)> {
        match &self.rows {
            Rows::Metric(_) => Ok((0, Vec::new())),
            Rows::Model(rows) => Ok((rows.width(), rows.map(&numbers(), &Job::new())?)),
        }
    }

    /// Bytes that a row takes in a batch.
    pub(crate) fn batch_row_bytes(&self) -> usize {
        match &self.rows {
            Rows::Metric(_) => 0,
            Rows::Model(rows) => rows.width() * size_of::<f64>(),
        }
    }

    /// The shape of the key rows of this measure; `None` where it has none.
    pub(crate) fn key_shape(&self) -> Option<KeyShape> {
        match &self.rows {
            Rows::Metric(rows) => rows.key_shape(),
            Rows::Model(rows) => rows.key_shape(),
        }
    }

    /// Writes the key rows of a batch to `keys` (`count × width`) and their numbers to `own`.
    pub(crate) fn fill_keys(
        &self,
        batch: &Batch,
        side: Side,
        keys: &mut [f64],
        own: &mut [f64],
    ) -> Result<()> {
        match &self.rows {
            Rows::Metric(rows) => rows.fill_keys(batch, keys, own),
            Rows::Model(rows) => {
                rows.fill_keys(batch, side, keys, own);
                Ok(())
            }
        }
    }

    /// Runs `work`, and fails if the file changed meanwhile, whatever came of it.
    pub(crate) fn while_unchanged<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.embeddings.while_unchanged(work)
    }
}

impl<'a> Sides<'a> {
    /// Two sets.
    pub(crate) fn new(queries: &'a Prepared<'a>, stored: &'a Prepared<'a>) -> Self {
        Self {
            queries,
            stored,
            same: false,
        }
    }

    /// The set of a side.
    pub(crate) fn of(&self, side: Side) -> &'a Prepared<'a> {
        match side {
            Side::Query => self.queries,
            Side::Stored => self.stored,
        }
    }

    /// The distance of row `i` of the query batch `a` to row `j` of the stored batch `b`: the bits
    /// that a list with this pair gives.
    ///
    /// Errors: `EUNDEFINED` for a distance that is not finite.
    pub(crate) fn distance(
        &self,
        (a, i): (&Batch, usize),
        (b, j): (&Batch, usize),
        scratch: &mut Scratch,
    ) -> Result<f64> {
        let distance = match (&self.queries.rows, &self.stored.rows) {
            (Rows::Model(rows), Rows::Model(_)) => rows.distance(a.mapped_row(i), b.mapped_row(j)),
            (Rows::Metric(x), Rows::Metric(y)) => x.distance((a, i), y, (b, j), scratch)?,
            _ => return Err(Error::internal("two measures in one comparison")),
        };
        if distance.is_finite() {
            return Ok(distance);
        }
        let found = format!("{distance} for rows {} and {}", a.number(i), b.number(j));
        Err(Error::new(Code::Undefined, found, "a finite distance")
            .with_hint("Drop one of the rows, or choose a metric that is defined for them"))
    }

    /// Runs `work`, and fails if a file changed meanwhile, whatever came of it.
    pub(crate) fn while_unchanged<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.stored
            .while_unchanged(|| self.queries.while_unchanged(work))
    }

    /// Fails if a file changed since it was opened.
    pub(crate) fn check_unchanged(&self) -> Result<()> {
        self.while_unchanged(|| Ok(()))
    }
}

/// A matrix of zeros; `EMEMORY` for one that cannot be had.
pub(crate) fn zeros(what: &str, rows: usize, width: usize) -> Result<Vec<f64>> {
    let mut values = Vec::new();
    let length = rows.saturating_mul(width);
    values
        .try_reserve_exact(length)
        .map_err(|_| Error::memory(what, length as u128 * 8))?;
    values.resize(length, 0.0);
    Ok(values)
}
