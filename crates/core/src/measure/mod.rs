//! Distances by one measure: a metric, a learned model, templates of a model, or a metric or model whose
//! distances are normalised or re-ranked.
//!
//! A [`Measure`] meets embeddings and becomes [`Prepared`]: their rows checked, centered and
//! normalised or mapped, and the reference of the metric estimated. Prepared rows are compared in
//! three ways: lists of pairs (`pairs`) and any two rows of two sets (`Sides::distance`) give the
//! same bits; products of key rows (`keys`, `tiles`) are off by rounding, with a bound.
//!
//! A file that changes while a measure reads it explains whatever else goes wrong, so
//! `EINPUTCHANGED` comes before every other error of preparing and of measuring.

mod batch;
mod keys;
mod mapped;
mod metric;
mod model;
mod pairs;
mod reranking;
mod runs;
mod score_norm;
pub(crate) mod tiles;

pub(crate) use batch::{Batch, Scratch};
pub(crate) use keys::{KeyShape, Side};
pub(crate) use mapped::Mapping;
pub use metric::{Centering, MetricOptions, Normalize, Undefined, mean};
pub use reranking::{Expansion, Neighbours, Reciprocal, Reranking};
pub(crate) use runs::Run;
pub use score_norm::{
    Cohort, CohortPeople, DEFAULT_TOP, Deviation, NORMS, Norm, ScoreNorm, Selection, Terms,
};

pub(crate) use model::ModelRows;

use batch::Rows;
use metric::{MetricRows, MetricSurvey};
use pairs::Occurring;
use reranking::{Known, RerankedRows};
use score_norm::{NormSurvey, NormedRows};

use crate::error::{Code, Error, Result, counted};
use crate::job::Job;
use crate::job::memory::filled;
use crate::kernels::Isa;
use crate::metrics::Reference;
use crate::models::{Enrolment, Model};
use crate::rows::Embeddings;

/// A metric, a learned metric, or templates to compare with rows.
#[derive(Clone, Copy)]
pub enum Measure<'a> {
    /// A metric or a combination of metrics.
    Metric(&'a MetricOptions<'a>),
    /// A learned metric.
    Model(&'a Model),
    /// Templates enrolled under a model, each compared with rows; for lists of pairs only.
    Templates(&'a Model, &'a [Enrolment]),
    /// Another measure, its distances normalised against a cohort.
    Normalized(&'a ScoreNorm<'a>),
    /// Another measure, its distances re-ranked by the neighbours of rows.
    Reranked(&'a Reranking<'a>),
}

/// All rows of one set under a measure, every one of them finite and defined.
pub struct Prepared<'a> {
    embeddings: &'a Embeddings,
    measure: Measure<'a>,
    rows: RowsUnder<'a>,
    /// Statistics of the rows, where distances are normalised; `measure` is then the plain one.
    norm: Option<NormedRows<'a>>,
    /// The neighbours of the rows, where distances are re-ranked; `measure` is then the plain one.
    rerank: Option<(&'a Reranking<'a>, RerankedRows<'a>)>,
}

enum RowsUnder<'a> {
    Metric(Box<MetricRows<'a>>),
    Model(ModelRows<'a>),
}

/// Findings of the pass over the rows of a set, for [`Measure::recall`].
pub struct Survey {
    metric: Option<MetricSurvey>,
    norm: Option<NormSurvey>,
    rerank: Option<Known>,
}

/// The survey of rows under a plain metric, as numbers that a file can hold.
pub(crate) struct SurveyNumbers {
    /// Subtracted from every row first; empty for nothing.
    pub(crate) center: Vec<f64>,
    /// Rows that are rescaled, in order.
    pub(crate) rescaled: Vec<u32>,
    /// Moments of each row.
    pub(crate) stats: Vec<[f64; 3]>,
    /// Reference of `seuclidean` and `mahalanobis`: one over the variance of each column, the mean, and a
    /// triangle row after row.
    pub(crate) inverse_variance: Vec<f64>,
    pub(crate) mean: Vec<f64>,
    pub(crate) triangle: Vec<f64>,
}

impl Survey {
    /// The numbers of a survey under a plain metric.
    pub(crate) fn numbers(&self) -> Option<SurveyNumbers> {
        let plain = self.norm.is_none() && self.rerank.is_none();
        self.metric
            .as_ref()
            .filter(|_| plain)
            .map(MetricSurvey::numbers)
    }

    /// The survey that has these numbers.
    pub(crate) fn of_numbers(numbers: SurveyNumbers, isa: Isa) -> Self {
        Self {
            metric: Some(MetricSurvey::of_numbers(numbers, isa)),
            norm: None,
            rerank: None,
        }
    }
}

/// Two prepared sets whose rows are compared, or one with itself.
#[derive(Clone, Copy)]
pub(crate) struct Sides<'a> {
    pub(crate) queries: &'a Prepared<'a>,
    pub(crate) stored: &'a Prepared<'a>,
    /// True if the two are one set.
    pub(crate) same: bool,
}

impl<'a> Measure<'a> {
    /// True if a distance depends on rows beyond those of its pair.
    pub fn learns_from_rows(self) -> bool {
        match self {
            Self::Metric(options) => options.learns_from_rows(),
            Self::Model(_) | Self::Templates(..) => false,
            Self::Normalized(_) | Self::Reranked(_) => true,
        }
    }

    /// Prepares all rows of a set: one pass over them under a metric, and a check of their width
    /// under a model, which meets the rows when they are compared.
    ///
    /// Errors: `EEMPTY` without rows, `EOPTION` for a combination that rescales over a list of pairs
    /// and for templates, `EDIMENSION`, `ENOTFINITE`, `EDOMAIN`, `EUNDEFINED`, `ESINGULAR`,
    /// `EINPUTCHANGED`, `EABORTED`.
    pub fn prepare(self, embeddings: &'a Embeddings, job: &Job) -> Result<Prepared<'a>> {
        require_rows(embeddings)?;
        self.prepare_against(embeddings, None, job)
    }

    /// As [`Measure::prepare`], for a set of perhaps no rows that others will stand beside.
    ///
    /// Errors: `EEMPTY` for a measure that learns from rows.
    pub(crate) fn prepare_first(
        self,
        embeddings: &'a Embeddings,
        job: &Job,
    ) -> Result<Prepared<'a>> {
        self.prepare_against(embeddings, None, job)
    }

    /// As [`Measure::prepare`], but that only the rows that are marked are looked at and may be compared.
    fn prepare_used(
        self,
        embeddings: &'a Embeddings,
        marks: Vec<bool>,
        job: &Job,
    ) -> Result<Prepared<'a>> {
        let Self::Metric(options) = self else {
            return self.prepare(embeddings, job);
        };
        let marked = Occurring::Marked(marks);
        let rows = embeddings
            .while_unchanged(|| MetricRows::of_pairs(embeddings, options, marked, job))?;
        Ok(Prepared {
            embeddings,
            measure: self,
            rows: RowsUnder::Metric(Box::new(rows)),
            norm: None,
            rerank: None,
        })
    }

    fn prepare_against(
        self,
        embeddings: &'a Embeddings,
        reference: Option<&'a Reference>,
        job: &Job,
    ) -> Result<Prepared<'a>> {
        if let Self::Reranked(of) = self {
            of.check()?;
            let mut rows = (of.measure).prepare_against(embeddings, reference, job)?;
            rows.rerank = Some((of, RerankedRows::first(of, &rows, job)?));
            return Ok(rows);
        }
        if let Self::Normalized(norm) = self {
            norm.check()?;
            let mut rows = (norm.measure).prepare_against(embeddings, reference, job)?;
            rows.norm = Some(NormedRows::first(norm, &rows, job)?);
            return Ok(rows);
        }
        if u32::try_from(embeddings.rows()).is_err() {
            let found = format!("{} rows", embeddings.rows());
            return Err(embeddings.blame(Error::new(Code::Dimension, found, "at most 2³²−1")));
        }
        let rows = embeddings.while_unchanged(|| match self {
            Self::Metric(options) => MetricRows::of_all(embeddings, options, reference, job)
                .map(|rows| RowsUnder::Metric(Box::new(rows))),
            Self::Model(model) => ModelRows::new(embeddings, model).map(RowsUnder::Model),
            Self::Templates(..) | Self::Normalized(_) | Self::Reranked(_) => Err(Error::new(
                Code::Option,
                "templates as the measure of two rows",
                "a metric or a model",
            )),
        })?;
        Ok(Prepared {
            embeddings,
            measure: self,
            rows,
            norm: None,
            rerank: None,
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
        if let Self::Reranked(of) = self {
            let mut rows = of.measure.recall(embeddings, survey)?;
            let found = survey.and_then(|survey| survey.rerank.as_ref());
            let found = found.ok_or_else(|| Error::internal("a survey without neighbours"))?;
            rows.rerank = Some((of, RerankedRows::recall(of, found)));
            return Ok(rows);
        }
        if let Self::Normalized(norm) = self {
            let mut rows = norm.measure.recall(embeddings, survey)?;
            let found = survey.and_then(|survey| survey.norm.as_ref());
            let found = found.ok_or_else(|| Error::internal("a survey without statistics"))?;
            rows.norm = Some(NormedRows::recall(norm, found));
            return Ok(rows);
        }
        let rows = match (self, survey.and_then(|survey| survey.metric.as_ref())) {
            (Self::Model(model), None) => RowsUnder::Model(ModelRows::new(embeddings, model)?),
            (Self::Metric(options), Some(survey)) if survey.rows() == embeddings.rows() => {
                RowsUnder::Metric(Box::new(MetricRows::recall(embeddings, options, survey)?))
            }
            _ => return Err(Error::internal("a survey of other rows")),
        };
        Ok(Prepared {
            embeddings,
            measure: self,
            rows,
            norm: None,
            rerank: None,
        })
    }
}

impl<'a> Prepared<'a> {
    /// Prepares the rows of another set under the same measure and against the same reference.
    ///
    /// Errors: `EDIMENSION` for rows of another width, and those of [`Measure::prepare`].
    pub fn beside<'b>(&'b self, embeddings: &'b Embeddings, job: &Job) -> Result<Prepared<'b>> {
        if embeddings.dim() != self.dim() {
            return Err(embeddings.blame(
                Error::new(
                    Code::Dimension,
                    format!("rows of {}", counted(embeddings.dim(), "column", "columns")),
                    format!("{} as in the other set", self.dim()),
                )
                .with_hint("Take both sets from one network, one row for each item"),
            ));
        }
        require_rows(embeddings)?;
        let mut rows = self.plain_beside(embeddings, job)?;
        if let Some(norm) = &self.norm {
            rows.norm = Some(norm.beside(self, &rows, job)?);
        }
        if let Some((of, _)) = &self.rerank {
            rows.rerank = Some((of, RerankedRows::beside(of, self, &rows, job)?));
        }
        Ok(rows)
    }

    /// As [`Prepared::beside`], without statistics of the rows.
    fn plain_beside<'b>(&'b self, embeddings: &'b Embeddings, job: &Job) -> Result<Prepared<'b>> {
        let reference = match &self.rows {
            RowsUnder::Metric(rows) => Some(rows.reference()),
            RowsUnder::Model(_) => None,
        };
        self.measure.prepare_against(embeddings, reference, job)
    }

    /// The survey of these rows, for [`Measure::recall`]; nothing under a plain model.
    pub fn into_survey(self) -> Option<Survey> {
        let metric = match self.rows {
            RowsUnder::Model(_) => None,
            RowsUnder::Metric(rows) => Some(rows.into_survey()),
        };
        let norm = self.norm.map(NormedRows::into_survey);
        let rerank = self.rerank.map(|(_, rows)| rows.into_survey());
        let any = metric.is_some() || norm.is_some() || rerank.is_some();
        any.then_some(Survey {
            metric,
            norm,
            rerank,
        })
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
            _ => Isa::best(),
        }
    }

    /// The rows as they were given.
    pub(crate) fn embeddings(&self) -> &'a Embeddings {
        self.embeddings
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

    /// The rows at these places of a batch, in memory: comparing them reads no file.
    pub(crate) fn hold(&self, batch: &Batch, places: &[usize]) -> Result<Batch> {
        let numbers: Vec<u32> = places.iter().map(|place| batch.number(*place)).collect();
        let mapped = places.iter().flat_map(|place| batch.mapped_row(*place));
        let mapped = Rows::new(batch.mapped.width, mapped.copied().collect());
        let mut held = Batch::list(&numbers, mapped);
        if let RowsUnder::Metric(rows) = &self.rows {
            held.held = rows.held(&numbers)?;
        }
        Ok(held)
    }

    fn mapped(&self, numbers: impl FnOnce() -> Vec<u32>) -> Result<Rows> {
        let mapping = self.mapping();
        match mapping.width() {
            0 => Ok(Rows::default()),
            width => Ok(Rows::new(width, mapping.map(&numbers(), &Job::new())?)),
        }
    }

    fn mapping(&self) -> &dyn Mapping {
        match &self.rows {
            RowsUnder::Metric(rows) => &**rows,
            RowsUnder::Model(rows) => rows,
        }
    }

    /// Bytes that a row takes in a batch.
    pub(crate) fn batch_row_bytes(&self) -> usize {
        self.mapping().width() * size_of::<f64>()
    }

    /// The shape of the key rows of this measure; `None` where it has none.
    pub(crate) fn key_shape(&self) -> Option<KeyShape> {
        match (&self.norm, &self.rerank) {
            (Some(norm), _) => norm.key_shape(self),
            (None, Some(_)) => None,
            (None, None) => self.plain_key_shape(),
        }
    }

    /// True if the distance of a pair does not depend on the rows beside it: it is not re-ranked, nor normalised
    /// against a cohort that some rows or people of the set are kept out of.
    pub(crate) fn is_of_pairs_alone(&self) -> bool {
        let normed = self.norm.as_ref();
        self.rerank.is_none() && normed.is_none_or(NormedRows::is_of_rows_alone)
    }

    /// True if the two rows of a pair may change places.
    pub(crate) fn is_symmetric(&self) -> bool {
        let plain = match &self.rows {
            RowsUnder::Metric(rows) => rows.is_symmetric(),
            RowsUnder::Model(_) => true,
        };
        plain && self.norm.as_ref().is_none_or(NormedRows::is_symmetric)
    }

    /// The shape of the key rows of distances that are not normalised.
    fn plain_key_shape(&self) -> Option<KeyShape> {
        match &self.rows {
            RowsUnder::Metric(rows) => rows.key_shape(),
            RowsUnder::Model(rows) => rows.key_shape(),
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
        match &self.norm {
            Some(norm) => norm.fill_keys(self, batch, side, (keys, own)),
            None => self.fill_plain_keys(batch, side, keys, own),
        }
    }

    fn fill_plain_keys(
        &self,
        batch: &Batch,
        side: Side,
        keys: &mut [f64],
        own: &mut [f64],
    ) -> Result<()> {
        match &self.rows {
            RowsUnder::Metric(rows) => rows.fill_keys(batch, keys, own),
            RowsUnder::Model(rows) => {
                rows.fill_keys(batch, side, keys, own);
                Ok(())
            }
        }
    }

    /// The key rows of a batch for distances that are not normalised, and their numbers.
    fn plain_keys(
        &self,
        batch: &Batch,
        side: Side,
        shape: KeyShape,
    ) -> Result<(Vec<f64>, Vec<f64>)> {
        let mut keys = filled("key rows", batch.len().saturating_mul(shape.width), 0.0)?;
        let mut own = filled("key rows", batch.len(), 0.0)?;
        self.fill_plain_keys(batch, side, &mut keys, &mut own)?;
        Ok((keys, own))
    }

    /// Runs `work`, and fails if the file changed meanwhile, whatever came of it.
    pub(crate) fn while_unchanged<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.embeddings.while_unchanged(work)
    }
}

/// The distance of two rows, if it is finite.
fn require_defined(distance: f64, (a, b): (u32, u32)) -> Result<f64> {
    if distance.is_finite() {
        return Ok(distance);
    }
    let found = format!("{distance} for rows {a} and {b}");
    Err(Error::new(Code::Undefined, found, "a finite distance")
        .with_hint("Drop one of the rows, or choose a metric that is defined for them"))
}

fn require_rows(embeddings: &Embeddings) -> Result<()> {
    match embeddings.rows() {
        0 => Err(embeddings.blame(Error::new(Code::Empty, "no rows", "at least one"))),
        _ => Ok(()),
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
        let plain = || self.plain_distance((a, i), (b, j), scratch);
        self.settled(plain, (a.number(i), b.number(j)))
    }

    /// The distance of rows `a` and `b` from the plain one: normalised or re-ranked.
    fn settled(&self, plain: impl FnOnce() -> Result<f64>, (a, b): (u32, u32)) -> Result<f64> {
        if let Some((_, rows)) = &self.queries.rerank {
            return rows.distance(plain, a, b);
        }
        let distance = plain()?;
        Ok(match (&self.queries.norm, &self.stored.norm) {
            (Some(x), Some(y)) => x.distance(distance, a, y, b),
            _ => distance,
        })
    }

    /// The distance before it is normalised.
    fn plain_distance(
        &self,
        (a, i): (&Batch, usize),
        (b, j): (&Batch, usize),
        scratch: &mut Scratch,
    ) -> Result<f64> {
        let distance = match (&self.queries.rows, &self.stored.rows) {
            (RowsUnder::Model(rows), RowsUnder::Model(_)) => {
                rows.distance(a.mapped_row(i), b.mapped_row(j))
            }
            (RowsUnder::Metric(x), RowsUnder::Metric(y)) => {
                x.distance((a, i), y, (b, j), scratch)?
            }
            _ => return Err(Error::internal("two measures in one comparison")),
        };
        require_defined(distance, (a.number(i), b.number(j)))
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
