//! Candidates compared on people that their models have not seen, and the choice among them.

mod auto;
mod candidates;
mod choice;
mod deal;
mod judge;

pub use self::auto::{AutoOutcome, AutoRequest, fit_auto};
pub use self::candidates::default_candidates;
use self::choice::Basis;
pub use self::choice::Choice;
pub use self::deal::FOLDS;
use self::deal::Plan;
use self::judge::Judge;
use crate::error::{Code, Error, Result};
use crate::evaluation::{Difference, LEVEL, Verification};
use crate::job::Job;
use crate::models::{FitOptions, FoldFits, Pipeline};
use crate::rows::{Classes, Embeddings, IGNORED, Invalid, TrainingRows};
use crate::statistics::without_invalid_rows;

/// Candidates and the rows to compare them on.
pub struct CompareRequest<'a> {
    /// The rows, with labels.
    pub rows: TrainingRows<'a>,
    /// Pipelines in order of preference, cosine before them; by default [`default_candidates`].
    pub candidates: Option<Vec<Pipeline>>,
    /// Unlabelled rows of the domain that will be scored, for candidates with `coral` or `adapt` and for
    /// the adaptation of [`fit_auto`].
    pub target: Option<&'a Embeddings>,
    /// Folds of people; by default 5, fewer for fewer than ten people.
    pub folds: Option<usize>,
    /// Deals people into folds and draws pairs.
    pub seed: u64,
    /// Level of the intervals, in (0, 1).
    pub level: f64,
    /// Seconds from some moment on, for the times of candidates.
    pub clock: &'a (dyn Fn() -> f64 + Sync),
}

impl CompareRequest<'_> {
    /// The default candidates on all rows, without labels yet; seed 0; no times.
    pub fn new() -> Self {
        Self {
            rows: TrainingRows::default(),
            candidates: None,
            target: None,
            folds: None,
            seed: 0,
            level: LEVEL,
            clock: &|| 0.0,
        }
    }
}

impl Default for CompareRequest<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// How one candidate did.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The pipeline.
    pub pipeline: String,
    /// Its figures; `None` where it could not be fitted or scored.
    pub judged: Option<Judged>,
    /// Why it could not.
    pub failure: Option<String>,
    /// Time to fit and to judge it in all folds.
    pub seconds: f64,
}

/// Figures of a candidate over the held-out people of all folds.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// Figures over the pairs of all folds.
    pub figures: Verification,
    /// Its AUROC less that of cosine.
    pub above_cosine: Difference,
    /// The best AUROC less its own.
    pub below_best: Difference,
}

/// Candidates on the same pairs.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Every candidate, cosine first.
    pub candidates: Vec<Compared>,
    /// The one to take, and why.
    pub choice: Choice,
    /// Folds of people.
    pub folds: usize,
    /// How often people were dealt into folds.
    pub repeats: usize,
    /// Rows that take part.
    pub rows: u64,
    /// People that take part.
    pub identities: u64,
    /// Rows left out because they are not finite.
    pub skipped: u64,
    /// Rows that judge.
    pub judged_rows: u64,
    /// Genuine pairs judged.
    pub genuine: usize,
    /// Impostor pairs judged.
    pub impostors: usize,
    /// Passes over all rows that folds and candidates shared.
    pub passes: u32,
}

/// Compares candidates over folds of people, each judged by a model of the people of the other folds.
///
/// Figures are means over folds. Folds differ by one person at most; fewer than 1000 people are
/// dealt twice, fewer than 100 four times, fewer than 10 six times, and four in all the three ways; no
/// deal is made twice. Of folds of many rows some judge: 20,000 rows in all, spread over the people.
/// Statistics are gathered as [`FoldFits`] says, so passes over the data grow neither with folds nor,
/// where they begin alike, with candidates.
///
/// Errors: `EOPTION` without labels or for a number of folds below two; `EONECLASS` for fewer than
/// two people in a fold, `EEMPTY` if nobody has two rows; those of [`TrainingRows::classes`],
/// `ENOTFINITE`, `EINPUTCHANGED`, `EABORTED`.
pub fn compare_pipelines(
    embeddings: &Embeddings,
    request: &CompareRequest<'_>,
    job: &Job,
) -> Result<Comparison> {
    if let Some(file) = embeddings.file() {
        file.advise_sequential();
    }
    embeddings.while_unchanged(|| compare_rows(embeddings, request, job))
}

fn compare_rows(
    embeddings: &Embeddings,
    request: &CompareRequest<'_>,
    job: &Job,
) -> Result<Comparison> {
    if !request.rows.labelled() {
        let expected = "labels, to hold people out";
        return Err(Error::new(Code::Option, "rows without labels", expected)
            .with_hint("Give labels, or name a pipeline that needs none: pca, whiten"));
    }
    let blamed = |e: Error| embeddings.blame(e);
    let mut of_row = request.rows.classes(embeddings.rows()).map_err(blamed)?;
    let mut skipped = 0;
    if request.rows.invalid() == Invalid::Skip {
        (of_row, skipped) = without_invalid_rows(embeddings, Some(&Classes::new(&of_row)?))?;
    }
    let classes = Classes::new(&of_row)?;
    let plan = Plan::new(&classes, request.folds)?;
    let identities = classes.sizes().iter().filter(|n| **n > 0).count();
    let shape = (embeddings.rows(), embeddings.dim());
    let named = request.candidates.clone();
    let named = named.map_or_else(|| default_candidates(shape, identities), Ok)?;
    let candidates = with_cosine(&named)?;
    let mut judge = Judge::new(&candidates, request, classes.count());
    let mut passes = 0;
    for deal in plan.deals(&classes, request.seed) {
        let folds = (&deal.fold_of[..], plan.folds);
        let options = FitOptions {
            target: request.target,
            seed: request.seed,
            ..FitOptions::default()
        };
        let fits = FoldFits::new(embeddings, &of_row, folds, &candidates, &options, job)
            .map_err(blamed)?;
        passes += fits.passes();
        job.begin("candidates", (plan.folds * candidates.len()) as u64);
        for (fold, rows) in deal.judges(&classes, plan).into_iter().enumerate() {
            judge.fold(embeddings, &fits.without(fold)?, rows, job)?;
        }
    }
    let identities = identities as u64;
    let (judged_rows, genuine, impostors) = (judge.rows, judge.genuine, judge.impostors);
    let basis = Basis {
        folds: plan.folds,
        identities,
    };
    let (candidates, choice) = judge.decide(&basis)?;
    Ok(Comparison {
        candidates,
        choice,
        folds: plan.folds,
        repeats: plan.repeats,
        rows: of_row.iter().filter(|class| **class != IGNORED).count() as u64,
        identities,
        skipped,
        judged_rows,
        genuine,
        impostors,
        passes,
    })
}

/// The candidates, each once, with cosine before all.
fn with_cosine(candidates: &[Pipeline]) -> Result<Vec<Pipeline>> {
    let mut all: Vec<Pipeline> = vec![candidates::COSINE.parse()?];
    for candidate in candidates {
        if !all.contains(candidate) {
            all.push(candidate.clone());
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests;
