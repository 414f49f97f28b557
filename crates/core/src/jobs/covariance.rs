//! Embeddings to a mean and a covariance: which scatter, divided by what, shrunk how far.

use ndarray::{Array1, Array2};

use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::rows::{Classes, Embeddings, Invalid, TrainingRows};
use crate::statistics::{
    BundleParts, Denominator, GatherOptions, Moments, Rank, Shrinkage, between_scatter,
    correlation, gather, mean, rank_and_condition, without_invalid_rows,
};

/// A sum of outer products, `d × d`; m is the mean of all rows, m_k that of a class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScatterOf {
    /// Σ (x − m)(x − m)ᵀ.
    #[default]
    Total,
    /// Σ_k Σ_{x∈k} (x − m_k)(x − m_k)ᵀ.
    Within,
    /// Σ_k n_k (m_k − m)(m_k − m)ᵀ; total = within + between.
    Between,
}

impl ScatterOf {
    /// The divisor that makes it an unbiased covariance: N − 1, N − K, K − 1.
    pub fn unbiased(self) -> Denominator {
        match self {
            Self::Total => Denominator::RowsLessOne,
            Self::Within => Denominator::RowsLessClasses,
            Self::Between => Denominator::ClassesLessOne,
        }
    }
}

/// An estimate, and the rows it is taken from.
#[derive(Clone, Copy, Debug)]
pub struct CovarianceRequest<'a> {
    /// The rows.
    pub rows: TrainingRows<'a>,
    /// The scatter.
    pub of: ScatterOf,
    /// Its divisor; nothing for the scatter itself.
    pub by: Option<Denominator>,
    /// How far it is pulled to a multiple of the identity.
    pub shrinkage: Shrinkage,
    /// Divides by the standard deviations of the columns at the end.
    pub correlation: bool,
}

impl<'a> CovarianceRequest<'a> {
    /// The unbiased covariance of `of`, without shrinkage.
    pub fn new(rows: TrainingRows<'a>, of: ScatterOf) -> Self {
        Self {
            rows,
            of,
            by: Some(of.unbiased()),
            shrinkage: Shrinkage::NONE,
            correlation: false,
        }
    }
}

/// An estimate and what is known of it.
#[derive(Clone, Debug)]
pub struct CovarianceOutcome {
    /// The matrix, `d × d`, symmetric.
    pub matrix: Array2<f64>,
    /// Mean of the rows used, `d`.
    pub mean: Array1<f64>,
    /// The divisor; 1 for a scatter.
    pub divisor: f64,
    /// ρ, or the ε of a ridge; 0 without shrinkage.
    pub shrinkage: f64,
    /// Of the matrix.
    pub rank: Rank,
    /// Rows used.
    pub rows: u64,
    /// Classes with rows; 0 without labels.
    pub classes: u64,
    /// Classes with one row; 0 without labels.
    pub singletons: u64,
    /// Rows left out because they were not finite.
    pub skipped: u64,
}

/// Estimates a covariance in one pass over the rows.
///
/// Ledoit–Wolf and OAS take ρ from the covariance with denominator N for the total, and from the
/// residuals pooled over classes for the within covariance (all rows up to 20,000, or 8,192 evenly
/// spaced ones beyond, are then read once more); for the between covariance, whose rows are class
/// means, they are refused. The same bits for any number of threads.
///
/// Errors: those of [`TrainingRows::classes`]; `EOPTION` for an estimate that needs labels, and
/// for a rule or a ρ that does not go with it; `EEMPTY` for a divisor of zero or a within scatter
/// of classes of one row; `EONECLASS` for a between scatter of one class; `ENOTFINITE` with row
/// and column; `EINPUTCHANGED`; `EMEMORY`; `EABORTED`. Cost: n·d²/2 multiply-adds and an
/// eigenvalue decomposition.
pub fn estimate_covariance(
    embeddings: &Embeddings,
    request: &CovarianceRequest<'_>,
    job: &Job,
) -> Result<CovarianceOutcome> {
    check_rule(request)?;
    if embeddings.rows() == 0 {
        return Err(embeddings.blame(Error::new(Code::Empty, "no rows", "at least one")));
    }
    if let Some(file) = embeddings.file() {
        file.arm();
        file.advise_sequential();
    }
    let used = request
        .rows
        .classes(embeddings.rows())
        .map_err(|e| embeddings.blame(e))?;
    let outcome = estimate(embeddings, used, request, job);
    embeddings.check_unchanged()?;
    outcome.map_err(|e| embeddings.blame(e))
}

fn check_rule(request: &CovarianceRequest<'_>) -> Result<()> {
    if request.of != ScatterOf::Total && !request.rows.labelled() {
        return Err(Error::new(
            Code::Option,
            "rows without labels",
            "labels for a within or between covariance",
        )
        .with_hint("Give labels, or ask for the total covariance"));
    }
    let wrong = |found: String, expected: &str| Err(Error::new(Code::Option, found, expected));
    match request.shrinkage {
        Shrinkage::LedoitWolf | Shrinkage::Oas if request.of == ScatterOf::Between => wrong(
            "estimated shrinkage of a between covariance".into(),
            "none, a number or a ridge",
        ),
        Shrinkage::Fixed(rho) if !(0.0..=1.0).contains(&rho) => {
            wrong(format!("a shrinkage of {rho}"), "a number from 0 to 1")
        }
        Shrinkage::Ridge(epsilon) if !(epsilon >= 0.0 && epsilon.is_finite()) => {
            wrong(format!("a ridge of {epsilon}"), "a number of at least 0")
        }
        _ => Ok(()),
    }
}

fn estimate(
    embeddings: &Embeddings,
    mut used: Vec<u32>,
    request: &CovarianceRequest<'_>,
    job: &Job,
) -> Result<CovarianceOutcome> {
    let labelled = request.rows.labelled();
    let mut everything = request.rows.everything();
    let mut skipped = 0;
    if request.rows.invalid() == Invalid::Skip {
        (used, skipped) = without_invalid_rows(embeddings, Some(&Classes::new(&used)?))?;
        everything &= skipped == 0;
    }
    let classes = Classes::new(&used)?;
    let options = GatherOptions {
        parts: BundleParts {
            fourth: request.of == ScatterOf::Total && request.shrinkage == Shrinkage::LedoitWolf,
            ..BundleParts::SCATTER
        },
        phase: "rows",
        ..GatherOptions::default()
    };
    let given = (!everything).then_some(&classes);
    let bundle = gather(embeddings, given, &options, job)?;
    job.check()?;
    let (rows, class_count) = (bundle.rows(), bundle.class_count() as u64);
    let count = |wanted: fn(&u64) -> bool| match bundle.class_counts() {
        Some(counts) if labelled => counts.iter().copied().filter(wanted).count() as u64,
        _ => 0,
    };
    let (present, singletons) = (count(|n| *n > 0), count(|n| *n == 1));
    let mean = mean(&bundle);
    let between = match request.of {
        ScatterOf::Between => Some(between_scatter(&bundle)?),
        _ => None,
    };
    let moments = Moments::new(bundle)?;
    let rule = request.shrinkage;
    let (scatter, shrinkage) = match (request.of, rule) {
        (ScatterOf::Within, _) => (
            moments.within()?.clone(),
            moments.within_shrinkage(rule, embeddings, &used)?,
        ),
        (ScatterOf::Total, Shrinkage::LedoitWolf | Shrinkage::Oas) => (
            moments.total()?.clone(),
            moments.total_shrinkage(rule, embeddings, &used)?,
        ),
        (_, Shrinkage::Fixed(given) | Shrinkage::Ridge(given)) => match between {
            Some(between) => {
                moments.needs_two_classes()?;
                (between, given)
            }
            None => (moments.total()?.clone(), given),
        },
        _ => return Err(Error::internal("a rule that was refused")),
    };
    let divisor = match request.by {
        Some(by) => by.value(rows, class_count)?,
        None => 1.0,
    };
    let mut matrix = rule.apply(scatter * (1.0 / divisor), shrinkage);
    if request.correlation {
        matrix = correlation(&matrix)?;
    }
    job.check()?;
    Ok(CovarianceOutcome {
        rank: rank_and_condition(&matrix)?,
        matrix,
        mean,
        divisor,
        shrinkage,
        rows,
        classes: present,
        singletons,
        skipped,
    })
}
