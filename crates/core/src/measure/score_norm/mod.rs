//! Score normalisation: a distance counted in standard deviations from the distances of its rows to
//! a cohort.
//!
//! With μ and σ the mean and the standard deviation of the distances of a row to the cohort, the
//! distance d of rows a and b becomes `w₁ (d − μₐ)/σₐ + w₂ (d − μᵦ)/σᵦ`. A similarity s = c − d has
//! the mean c − μ and the same σ, so the formula holds for scores with the sign turned. Or one term is taken of
//! the other ([`Terms::Chain`]).
//!
//! [`NORMS`] is the one table. The statistics of a row are computed once: by `closed`, from the mean
//! and the covariance of the cohort, where the distance is an inner product; elsewhere by `pass`,
//! over all pairs. `keys` has the inner product of two rows so normalised, so searches stay exact.

mod closed;
mod exclusion;
mod keys;
mod pairs;
mod pass;
mod products;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use exclusion::Exclusion;
use pass::{Near, Summaries, Take};

use super::{Measure, Prepared, Side, metric::Undefined};
use crate::error::{Code, Error, Result, counted};
use crate::job::Job;
use crate::rows::Embeddings;

/// Cohort rows that count for a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All of them.
    All,
    /// Those most alike to it.
    Own,
    /// Those most alike to the other row of the pair.
    Other,
}

/// How the terms (d − μ)/σ of the two rows of a pair make a distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Terms {
    /// Their sum, by these weights.
    Sum([f64; 2]),
    /// The term of the second row, of distances that are terms of the first. Its μ and σ are over the cohort rows as
    /// first rows, each with a μ and σ over the others.
    Chain,
}

impl Terms {
    /// True if the row on this side has a term.
    fn has(self, side: Side) -> bool {
        match self {
            Self::Sum(weights) => weights[at(side)] != 0.0,
            Self::Chain => true,
        }
    }
}

/// A row of [`NORMS`].
#[derive(Debug, PartialEq)]
pub struct Norm {
    /// Name in requests.
    pub name: &'static str,
    /// The terms of the first and of the second row of a pair.
    pub terms: Terms,
    /// Cohort rows that count.
    pub selection: Selection,
    /// The distance d of rows a and b becomes this.
    pub formula: &'static str,
    /// Publication that defines it.
    pub source: &'static str,
}

/// Every score normalisation.
pub const NORMS: [Norm; 6] = [
    Norm {
        name: "z-norm",
        terms: Terms::Sum([1.0, 0.0]),
        selection: Selection::All,
        formula: "(d − μₐ)/σₐ",
        source: "Reynolds 1997",
    },
    Norm {
        name: "t-norm",
        terms: Terms::Sum([0.0, 1.0]),
        selection: Selection::All,
        formula: "(d − μᵦ)/σᵦ",
        source: "Auckenthaler, Carey and Lloyd-Thomas 2000",
    },
    Norm {
        name: "s-norm",
        terms: Terms::Sum([0.5, 0.5]),
        selection: Selection::All,
        formula: "½ (d − μₐ)/σₐ + ½ (d − μᵦ)/σᵦ",
        source: "Kenny 2010",
    },
    Norm {
        name: "zt-norm",
        terms: Terms::Chain,
        selection: Selection::All,
        formula: "((d − μₐ)/σₐ − μᵦ)/σᵦ, μᵦ and σᵦ over z-norms of the cohort rows",
        source: "Auckenthaler, Carey and Lloyd-Thomas 2000",
    },
    Norm {
        name: "as-norm",
        terms: Terms::Sum([0.5, 0.5]),
        selection: Selection::Own,
        formula: "s-norm over the cohort rows most alike to each row itself",
        source: "Matějka et al. 2017, adaptive S-norm 1",
    },
    Norm {
        name: "as-norm2",
        terms: Terms::Sum([0.5, 0.5]),
        selection: Selection::Other,
        formula: "s-norm over the cohort rows most alike to the other row",
        source: "Matějka et al. 2017, adaptive S-norm 2",
    },
];

/// Cohort rows that an adaptive normalisation takes unless told, or all if there are fewer.
pub const DEFAULT_TOP: usize = 300;

impl Norm {
    /// The normalisation of a name.
    ///
    /// Errors: `EOPTION` with the names.
    pub fn parse(name: &str) -> Result<&'static Self> {
        NORMS.iter().find(|norm| norm.name == name).ok_or_else(|| {
            let names: Vec<&str> = NORMS.iter().map(|norm| norm.name).collect();
            Error::new(
                Code::Option,
                format!("the normalisation '{name}'"),
                format!("one of {}", names.join(", ")),
            )
        })
    }
}

/// Rows that distances are normalised against.
#[derive(Clone, Copy)]
pub enum Cohort<'a> {
    /// The rows that are measured themselves: those of the set that is prepared first. No row
    /// counts for itself.
    Own,
    /// Other rows, of the same width.
    Rows(&'a Embeddings),
}

/// Denominator of the variance over a cohort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deviation {
    /// Their number.
    #[default]
    Population,
    /// Their number less one.
    Sample,
}

/// The people of the first set and of the cohort, in the same numbers. The rows of a person do not
/// count for that person.
#[derive(Clone, Copy)]
pub struct CohortPeople<'a> {
    /// The person of each row of the set that is prepared first.
    pub of_row: &'a [u32],
    /// The person of each row of the cohort; the same list under [`Cohort::Own`].
    pub of_cohort: &'a [u32],
}

/// A measure whose distances are normalised.
///
/// A cohort of other rows is centered as the rows are, so a metric with [`Centering::Mean`] is
/// refused beside one: give the vector.
///
/// [`Centering::Mean`]: super::Centering::Mean
#[derive(Clone, Copy)]
pub struct ScoreNorm<'a> {
    /// The measure of the distances.
    pub measure: Measure<'a>,
    /// The normalisation, of [`NORMS`].
    pub norm: &'static Norm,
    /// The rows normalised against.
    pub cohort: Cohort<'a>,
    /// Who is who, where known.
    pub people: Option<CohortPeople<'a>>,
    /// Cohort rows that an adaptive normalisation takes: [`DEFAULT_TOP`] if absent.
    pub top: Option<usize>,
    /// Denominator of the variance.
    pub deviation: Deviation,
    /// Smallest σ: a smaller one is raised to it. Without one, σ = 0 is refused.
    pub floor: Option<f64>,
}

impl<'a> ScoreNorm<'a> {
    /// This measure under a normalisation, every other choice at its default.
    pub fn new(measure: Measure<'a>, norm: &'static Norm, cohort: Cohort<'a>) -> Self {
        Self {
            measure,
            norm,
            cohort,
            people: None,
            top: None,
            deviation: Deviation::default(),
            floor: None,
        }
    }
}

/// Mean and standard deviation of the distances of a row to its cohort.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RowNorm {
    pub(super) mean: f64,
    pub(super) deviation: f64,
}

impl RowNorm {
    /// Changes nothing; stands where the weight is 0.
    const NONE: Self = Self {
        mean: 0.0,
        deviation: 1.0,
    };

    fn term(self, distance: f64) -> f64 {
        (distance - self.mean) / self.deviation
    }
}

/// The statistics of all rows of a prepared set: as first and as second member of a pair.
pub(super) struct NormedRows<'a> {
    norm: &'a ScoreNorm<'a>,
    rows: Cow<'a, [[RowNorm; 2]]>,
    /// Power of two that balances key rows; the same in all sets that are compared.
    unit: f64,
}

/// The statistics of a set, kept for [`Measure::recall`].
pub(super) struct NormSurvey {
    rows: Vec<[RowNorm; 2]>,
    unit: f64,
}

impl<'a> NormedRows<'a> {
    /// The statistics of the rows of the first set.
    pub(super) fn first(norm: &'a ScoreNorm<'a>, rows: &Prepared<'a>, job: &Job) -> Result<Self> {
        if norm.norm.selection == Selection::Other {
            return Err(Error::new(
                Code::Option,
                format!("{}, whose statistics are those of a pair", norm.norm.name),
                "a normalisation by rows, such as as-norm, to compare whole sets",
            )
            .with_hint("Score a list of pairs"));
        }
        let statistics = norm.statistics(rows, norm.exclusion(rows.rows())?, job)?;
        Ok(Self {
            norm,
            unit: balance(&statistics),
            rows: statistics.into(),
        })
    }

    /// True if the statistics of a row do not depend on the set that it is in.
    pub(super) fn is_of_rows_alone(&self) -> bool {
        matches!(self.norm.cohort, Cohort::Rows(_)) && self.norm.people.is_none()
    }

    /// True if both rows of a pair have the same terms.
    pub(super) fn is_symmetric(&self) -> bool {
        matches!(self.norm.norm.terms, Terms::Sum([a, b]) if a == b)
    }

    /// The statistics of another set, of which nobody is known to be in the cohort.
    pub(super) fn beside<'b>(
        &'b self,
        first: &'b Prepared<'_>,
        rows: &Prepared<'b>,
        job: &Job,
    ) -> Result<NormedRows<'b>> {
        let norm = self.norm;
        let statistics = match norm.cohort {
            Cohort::Own => row_norms(norm, (rows, &all(rows)), first, &Exclusion::default(), job)?,
            Cohort::Rows(_) => norm.statistics(rows, Exclusion::default(), job)?,
        };
        Ok(NormedRows {
            norm,
            rows: statistics.into(),
            unit: self.unit,
        })
    }

    pub(super) fn recall(norm: &'a ScoreNorm<'a>, survey: &'a NormSurvey) -> Self {
        Self {
            norm,
            rows: Cow::Borrowed(&survey.rows),
            unit: survey.unit,
        }
    }

    pub(super) fn into_survey(self) -> NormSurvey {
        NormSurvey {
            rows: self.rows.into_owned(),
            unit: self.unit,
        }
    }

    /// The normalised distance of row `a` of this set to row `b` of another.
    pub(super) fn distance(&self, distance: f64, a: u32, other: &Self, b: u32) -> f64 {
        let sides = [self.of(a, Side::Query), other.of(b, Side::Stored)];
        normalized(distance, self.norm.norm.terms, sides)
    }

    fn of(&self, row: u32, side: Side) -> RowNorm {
        self.rows[row as usize][at(side)]
    }
}

/// The distance of a pair by the terms of its two rows.
fn normalized(distance: f64, terms: Terms, [a, b]: [RowNorm; 2]) -> f64 {
    match terms {
        Terms::Sum([of_a, of_b]) => of_a * a.term(distance) + of_b * b.term(distance),
        Terms::Chain => b.term(a.term(distance)),
    }
}

impl ScoreNorm<'_> {
    /// The cohort rows that do not count for the rows of the first set.
    fn exclusion(&self, rows: usize) -> Result<Exclusion<'_>> {
        match self.cohort {
            Cohort::Own => Exclusion::new(true, self.people, [rows; 2]),
            Cohort::Rows(cohort) => Exclusion::new(false, self.people, [rows, cohort.rows()]),
        }
    }

    /// The statistics of all rows of a set.
    fn statistics(
        &self,
        rows: &Prepared<'_>,
        exclusion: Exclusion<'_>,
        job: &Job,
    ) -> Result<Vec<[RowNorm; 2]>> {
        match self.cohort {
            Cohort::Own => row_norms(self, (rows, &all(rows)), rows, &exclusion, job),
            Cohort::Rows(cohort) => {
                let cohort = self.beside(rows, cohort, job)?;
                row_norms(self, (rows, &all(rows)), &cohort, &exclusion, job)
            }
        }
    }

    /// The cohort, prepared beside rows.
    fn beside<'b>(
        &self,
        rows: &'b Prepared<'_>,
        cohort: &'b Embeddings,
        job: &Job,
    ) -> Result<Prepared<'b>> {
        if cohort.dim() != rows.dim() {
            return Err(cohort.blame(Error::new(
                Code::Dimension,
                format!("a cohort of {}", counted(cohort.dim(), "column", "columns")),
                format!("{} as in the embeddings", rows.dim()),
            )));
        }
        rows.plain_beside(cohort, job)
    }

    /// Refuses what no cohort makes good.
    pub(super) fn check(&self) -> Result<()> {
        let refuse = |found: String, expected: &str| Err(Error::new(Code::Option, found, expected));
        let adaptive = self.norm.selection != Selection::All;
        match self.measure {
            Measure::Templates(..) | Measure::Normalized(_) | Measure::Reranked(_) => {
                let found = "templates, a normalisation or a re-ranking under a normalisation";
                return refuse(found.into(), "a metric or a model");
            }
            Measure::Metric(options) if options.undefined == Undefined::Max => {
                let found = "the largest distance for undefined pairs beside a normalisation";
                return refuse(found.into(), "rows that the metric is defined for");
            }
            Measure::Metric(options)
                if options.center == super::Centering::Mean
                    && matches!(self.cohort, Cohort::Rows(_)) =>
            {
                let found = "a center that is the mean of each set";
                return refuse(found.into(), "one vector for the rows and their cohort");
            }
            _ => {}
        }
        if let (Some(top), false) = (self.top, adaptive) {
            let found = format!("the {top} most alike cohort rows under {}", self.norm.name);
            return refuse(found, "as-norm or as-norm2, which choose among them");
        }
        if self.top.is_some_and(|top| top < 2) {
            return refuse("fewer than 2 cohort rows".into(), "at least 2");
        }
        match self.floor {
            Some(floor) if !(floor > 0.0 && floor.is_finite()) => {
                refuse(format!("a smallest deviation of {floor}"), "one above 0")
            }
            _ => Ok(()),
        }
    }

    /// The most cohort rows that count for a row, out of so many.
    fn take(&self, cohort: &Prepared<'_>) -> Result<Take> {
        let (rows, blame) = (cohort.rows(), |e| cohort.embeddings().blame(e));
        if rows < 2 {
            let found = format!("a cohort of {}", counted(rows, "row", "rows"));
            let expected = "at least 2, to take a standard deviation over";
            return Err(blame(Error::new(Code::Empty, found, expected)));
        }
        match (self.norm.selection, self.top) {
            (Selection::All, _) => Ok(Take::All),
            (_, None) => Ok(Take::Nearest(DEFAULT_TOP.min(rows))),
            (_, Some(top)) if top <= rows => Ok(Take::Nearest(top)),
            (_, Some(top)) => {
                let found = format!("the {top} most alike of {rows} cohort rows");
                let error = Error::new(Code::Option, found, format!("at most {rows}"));
                Err(blame(error.with_advice("take fewer", "cohortTop", None)))
            }
        }
    }

    /// The mean and deviation of `count` distances whose squares about their mean sum to `squares`;
    /// `scale` is their size.
    fn row_norm(&self, row: u32, moments: Moments, scale: f64) -> Result<RowNorm> {
        let Moments {
            count,
            mean,
            squares,
        } = moments;
        if count < 2 {
            let found = format!("{count} cohort rows that count for the row");
            let expected = "at least 2, beside the row itself and its person";
            return Err(Error::new(Code::Empty, found, expected).with_row(row as usize));
        }
        let denominator = match self.deviation {
            Deviation::Population => count as f64,
            Deviation::Sample => (count - 1) as f64,
        };
        let deviation = (squares.max(0.0) / denominator).sqrt();
        if let Some(floor) = self.floor {
            let deviation = deviation.max(floor);
            return Ok(RowNorm { mean, deviation });
        }
        // Distances that differ by rounding alone are equal.
        if deviation <= 1e-12 * scale || deviation == 0.0 {
            let found = "a row that is as far from every row of the cohort";
            let error = Error::new(Code::Domain, found, "distances that differ")
                .with_row(row as usize)
                .with_advice("set a smallest deviation", "cohortFloor", Some("1e-5"));
            return Err(error);
        }
        Ok(RowNorm { mean, deviation })
    }
}

/// The place of a side in a pair.
fn at(side: Side) -> usize {
    match side {
        Side::Query => 0,
        Side::Stored => 1,
    }
}

/// Count, mean, and the sum of squares about it, of some distances.
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    count: usize,
    mean: f64,
    squares: f64,
}

/// The `k` rows of others that are most alike to each row, nearest first; `own` says that the two sets
/// are one, and no row is its own.
pub(super) fn nearest(
    rows: &Prepared<'_>,
    others: &Prepared<'_>,
    (k, own): (usize, bool),
    job: &Job,
) -> Result<Vec<Vec<Near>>> {
    let which = all(rows);
    let facing = Facing {
        rows,
        which: &which,
        cohort: others,
        side: Side::Query,
        normed: None,
    };
    let exclusion = Exclusion::new(own, None, [rows.rows(), others.rows()])?;
    let summaries = pass::summaries(&facing, Take::Nearest(k), &exclusion, job)?;
    Ok(summaries.iter().map(|of| of.nearest().to_vec()).collect())
}

/// All row numbers of a set.
fn all(rows: &Prepared<'_>) -> Vec<u32> {
    (0..rows.rows() as u32).collect()
}

/// The statistics of rows `which` against a prepared cohort, in the order of `which`.
///
/// One pass over the cohort where the distance is an inner product and all of the cohort counts;
/// else one over all pairs.
fn row_norms(
    norm: &ScoreNorm<'_>,
    (rows, which): (&Prepared<'_>, &[u32]),
    cohort: &Prepared<'_>,
    exclusion: &Exclusion<'_>,
    job: &Job,
) -> Result<Vec<[RowNorm; 2]>> {
    let symmetric = rows.plain_key_shape().is_some_and(|shape| shape.symmetric);
    let chained = norm.norm.terms == Terms::Chain;
    let mut all = vec![[RowNorm::NONE; 2]; which.len()];
    let mut known: Option<Side> = None;
    for side in [Side::Query, Side::Stored] {
        if !norm.norm.terms.has(side) {
            continue;
        }
        if let (Some(same), true) = (known, symmetric && !chained) {
            all.iter_mut().for_each(|of| of[at(side)] = of[at(same)]);
            continue;
        }
        let normed = match (chained, side) {
            (true, Side::Stored) => Some(cohort_norms(norm, cohort, job)?),
            _ => None,
        };
        let facing = Facing {
            rows,
            which,
            cohort,
            side,
            normed: normed.as_deref(),
        };
        let found = side_norms(norm, &facing, exclusion, job)?;
        for (of, found) in all.iter_mut().zip(found) {
            of[at(side)] = found;
        }
        known = Some(side);
    }
    Ok(all)
}

/// The statistics of the cohort rows, as first rows, against the others.
fn cohort_norms(norm: &ScoreNorm<'_>, cohort: &Prepared<'_>, job: &Job) -> Result<Vec<RowNorm>> {
    let people = norm.people.map(|people| CohortPeople {
        of_row: people.of_cohort,
        ..people
    });
    let facing = Facing {
        rows: cohort,
        which: &all(cohort),
        cohort,
        side: Side::Query,
        normed: None,
    };
    let exclusion = Exclusion::new(true, people, [cohort.rows(); 2])?;
    side_norms(norm, &facing, &exclusion, job)
}

/// The statistics of rows on one side.
fn side_norms(
    norm: &ScoreNorm<'_>,
    facing: &Facing<'_>,
    exclusion: &Exclusion<'_>,
    job: &Job,
) -> Result<Vec<RowNorm>> {
    let take = norm.take(facing.cohort)?;
    let affine = closed::affine(facing.rows).filter(|_| facing.normed.is_none());
    let found = match (take, affine) {
        (Take::All, Some(affine)) => closed::statistics(norm, facing, affine, exclusion, job),
        _ => pass::summaries(facing, take, exclusion, job)
            .and_then(|summaries| explicit(norm, facing, &summaries)),
    };
    found.map_err(|e| facing.rows.embeddings().blame(e))
}

/// The statistics that a pass over all pairs has gathered.
fn explicit(
    norm: &ScoreNorm<'_>,
    facing: &Facing<'_>,
    summaries: &Summaries,
) -> Result<Vec<RowNorm>> {
    let rows = facing.which.iter().zip(summaries);
    rows.map(|(row, summary)| {
        let moments = summary.moments();
        if let Some(top) = norm.top
            && moments.count < top
        {
            let found = format!("{} cohort rows that count for the row", moments.count);
            let error = Error::new(Code::Option, found, format!("{top} as asked for"));
            let error = error.with_advice("take fewer", "cohortTop", None);
            return Err(error.with_row(*row as usize));
        }
        norm.row_norm(*row, moments, summary.scale())
    })
    .collect()
}

/// Rows that face a cohort.
struct Facing<'a> {
    rows: &'a Prepared<'a>,
    which: &'a [u32],
    cohort: &'a Prepared<'a>,
    /// The side of the rows; the cohort is on the other.
    side: Side,
    /// Statistics of each cohort row, which its distances are normalised by before they count.
    normed: Option<&'a [RowNorm]>,
}

/// The power of two nearest to √(1/σ) in the middle of the rows, by the mean of logarithms.
fn balance(rows: &[[RowNorm; 2]]) -> f64 {
    let deviations = rows.iter().flatten().map(|of| of.deviation);
    let sum: f64 = deviations.map(|deviation| -libm::log2(deviation)).sum();
    let middle = sum / (2 * rows.len()).max(1) as f64;
    libm::exp2((0.5 * middle).round())
}
