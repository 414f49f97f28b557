//! From a pipeline and rows to a model.

mod fitter;
mod folds;
mod kept;
mod mapped_rows;
mod pass;
mod rounds;
mod scorer;
mod step;
mod target;

use self::fitter::Fitter;
pub use self::folds::{FoldFits, OneFold};
use self::kept::{asks_for_residuals, parts_by_prefix};
pub use self::pass::{ClassSums, Pass};
use self::rounds::NoRows;
pub use self::rounds::{Round, Rounds};
use super::model::Model;
use super::pipeline::{Pipeline, Step};
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::rows::{Classes, Embeddings, Invalid, RowSource};
use crate::statistics::{Arithmetic, without_invalid_rows};

/// How to fit.
#[derive(Clone, Copy, Default)]
pub struct FitOptions<'a> {
    /// The vector of `center(given)`.
    pub center: Option<&'a [f64]>,
    /// Arithmetic of the pass.
    pub arithmetic: Arithmetic,
    /// Policy for rows that are not finite, those of the target too.
    pub invalid: Invalid,
    /// Unlabelled rows of the domain that will be scored, for `coral` and `adapt`; not read for
    /// pipelines without them.
    pub target: Option<&'a Embeddings>,
    /// Deals the classes into the halves whose variance ratio says what is no shift.
    pub seed: u64,
    /// Sums over all rows, for [`fit_rounds`]; a pass that they lack ends the fit. Not with a target, nor where rows
    /// that are not finite are skipped.
    pub rounds: Option<&'a Rounds<'a>>,
    /// Other work, that an idle thread begins once statistics are there: decompositions take one thread. Called at
    /// most once.
    pub beside: Option<&'a (dyn Fn() + Sync)>,
}

/// A choice that the fit made or a figure it met.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The step, as written.
    pub step: String,
    /// `dimensions`, `shrinkage`, `condition`; `unit`: B and W are those of rows divided by it, where
    /// squares of the rows leave the range of doubles; of a target: `target-rows`, `null-ratio` (the
    /// largest variance ratio between two halves of the rows fitted on), `tau`, `largest-ratio`,
    /// `directions` (those above τ), `target-shrinkage`.
    pub name: &'static str,
    /// Its value.
    pub value: f64,
}

/// A choice of the pipeline that the user may not expect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FitWarning {
    /// A stable code.
    pub code: &'static str,
    /// One sentence.
    pub text: String,
}

/// Record of the fit.
#[derive(Clone, Debug, Default)]
pub struct FitReport {
    /// Rows used.
    pub rows: u64,
    /// Classes with rows.
    pub classes: u64,
    /// Classes with one row.
    pub singletons: u64,
    /// Rows left out because they were not finite.
    pub skipped: u64,
    /// Passes that summed every row.
    pub passes: u32,
    /// Choices in the order of the steps.
    pub decisions: Vec<Decision>,
    /// Log-likelihood before the first EM iteration and after each; empty without EM.
    pub log_likelihood: Vec<f64>,
    /// True if EM ended because it gained no more than its tolerance; nothing without EM.
    pub converged: Option<bool>,
    /// True if the target was read: the model, or the decision not to adapt it, depends on its rows.
    pub transductive: bool,
    /// Remarks, in the order of the steps.
    pub warnings: Vec<FitWarning>,
}

/// A model and how it came about.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// The metric.
    pub model: Model,
    /// The figures.
    pub report: FitReport,
}

/// Fits `pipeline` to rows and their classes.
///
/// Steps between two length normalisations are fitted from the statistics of one pass. Each
/// length normalisation that something is fitted after costs one more; steps that fit nothing
/// cost none. Where shrinkage is estimated over residuals, all rows are read once more.
///
/// Errors: `EDIMENSION` if labels, a given center, a target and rows disagree; `EOPTION` for a step
/// that needs labels, a center or a target that is not given; `EONECLASS`, `EEMPTY` and `ESINGULAR` where the
/// data do not carry the model; `ENOTFINITE`; `EABORTED`; and what the source reports.
pub fn fit(
    pipeline: &Pipeline,
    source: &dyn RowSource,
    classes: Option<&Classes<'_>>,
    options: &FitOptions<'_>,
    job: &Job,
) -> Result<Fitted> {
    if let Some(classes) = classes
        && classes.of_row().len() != source.rows()
    {
        return Err(Error::new(
            Code::Dimension,
            format!("{} labels", classes.of_row().len()),
            format!("{}, one for each row", source.rows()),
        ));
    }
    let valid = match options.invalid {
        // Class sizes weigh pairs, so rows that will be skipped must not be counted.
        Invalid::Skip => Some(without_invalid_rows(source, classes)?),
        Invalid::Refuse => None,
    };
    let counted = match &valid {
        Some((of_row, _)) => Some(Classes::new(of_row)?),
        None => None,
    };
    let skipped = valid.as_ref().map_or(0, |(_, skipped)| *skipped);
    let labelled = valid.is_none() || classes.is_some();
    let classes = match &counted {
        Some(counted) => Some(counted).filter(|_| classes.is_some() || skipped > 0),
        None => classes,
    };
    let mut fitter = Fitter::new(source, classes, labelled, options, job);
    fitter.report.skipped = skipped;
    fit_steps(fitter, pipeline)
}

/// Fits `pipeline` to `rows × dim` rows that are not at hand, from sums over all of them; `labelled` says
/// whether they have classes. The model is, bit for bit, that of [`fit`].
///
/// Errors: `EOPTION` where a round is missing; those of [`fit`].
pub fn fit_rounds(
    pipeline: &Pipeline,
    (rows, dim): (usize, usize),
    labelled: bool,
    options: &FitOptions<'_>,
    job: &Job,
) -> Result<Fitted> {
    let source = NoRows { rows, dim };
    let classes = Classes::new(&[])?;
    let classes = labelled.then_some(&classes);
    fit_steps(Fitter::new(&source, classes, true, options, job), pipeline)
}

/// True if a fit of `pipeline` surely asks for another pass after its first.
pub fn asks_again(pipeline: &Pipeline) -> bool {
    let mut stretches = parts_by_prefix(std::iter::once(pipeline)).into_iter();
    let first = stretches.next();
    stretches.next().is_some()
        || first
            .is_some_and(|(prefix, ..)| asks_for_residuals(std::slice::from_ref(pipeline), &prefix))
}

/// Fits all stretches of `pipeline` and its scorer.
fn fit_steps(fitter: Fitter<'_>, pipeline: &Pipeline) -> Result<Fitted> {
    fitter.check_target(pipeline)?;
    let beside = fitter.options.beside;
    rayon::in_place_scope(|scope| {
        let spawn = || {
            if let Some(beside) = beside {
                scope.spawn(|_| beside());
            }
        };
        fit_stretches(fitter, pipeline, spawn)
    })
}

/// Calls `gathered` once the statistics of the first stretch are there.
fn fit_stretches(
    mut fitter: Fitter<'_>,
    pipeline: &Pipeline,
    gathered: impl FnOnce(),
) -> Result<Fitted> {
    let mut gathered = Some(gathered);
    let all = pipeline.steps();
    let mut first = 0;
    for steps in all.split(|step| *step == Step::LengthNorm) {
        let end = first + steps.len();
        let last = end == all.len();
        fitter.begin(&all[..first], steps, last.then_some(pipeline.scorer()))?;
        if let Some(gathered) = gathered.take() {
            gathered();
        }
        for (place, step) in steps.iter().enumerate() {
            fitter.job.check()?;
            fitter.keep_for(&steps[place + 1..], last.then_some(pipeline.scorer()));
            fitter.step(step)?;
        }
        if !last {
            fitter.end_stretch();
        }
        first = end + 1;
    }
    fitter.finish(pipeline)
}
