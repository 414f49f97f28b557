//! Unlabelled rows of a target: their statistics in the space of a stretch, and the adaptation to them.

use ndarray::{Array1, Array2, ArrayRef2};

use super::fitter::Fitter;
use super::mapped_rows::MappedRows;
use crate::error::{Code, Error, Result, counted};
use crate::job::Job;
use crate::models::affine::Stage;
use crate::models::maps;
use crate::models::pipeline::{
    Adapt, AdaptRule, CovarianceOf, Pipeline, ScorerSpec, Step, adapt_of, is_coral,
};
use crate::models::plda::{
    Shares, TAU_FLOOR, TwoCovariance, add_excess, coral_plus, take_shift, variance_ratios,
};
use crate::rows::{Embeddings, Invalid, RowSource, ScaledRows};
use crate::statistics::{
    Arithmetic, BundleParts, ClassStatistics, GatherOptions, Halves, Moments, Shrinkage, gather,
};

/// Statistics of the target where a stretch begins, and of the null.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) moments: Moments,
    /// Two halves of the rows fitted on, where τ asks for them and they are there.
    pub(super) halves: Option<Halves>,
}

impl Target {
    pub(super) fn subtract(&mut self, c: &Array1<f64>) {
        self.each(|moments| {
            moments.subtract(c);
            Ok(())
        })
        .unwrap_or_default();
    }

    pub(super) fn multiply(&mut self, m: &ArrayRef2<f64>) -> Result<()> {
        self.each(|moments| moments.multiply(m))
    }

    fn each(&mut self, mut change: impl FnMut(&mut Moments) -> Result<()>) -> Result<()> {
        change(&mut self.moments)?;
        if let Some(halves) = &mut self.halves {
            change(&mut halves.reference)?;
            change(&mut halves.other)?;
        }
        Ok(())
    }
}

/// Statistics that a stretch asks of a target.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// Its statistics.
    pub(super) target: bool,
    /// The null.
    pub(super) halves: bool,
}

impl Asked {
    pub(super) fn of(steps: &[Step], scorer: Option<&ScorerSpec>) -> Self {
        let adapt = scorer.and_then(adapt_of);
        let auto = AdaptRule::Excess { tau: None };
        Self {
            target: adapt.is_some() || steps.iter().any(is_coral),
            halves: adapt.is_some_and(|adapt| adapt.rule == auto || adapt.rule == AdaptRule::Shift),
        }
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self {
            target: self.target || other.target,
            halves: self.halves || other.halves,
        }
    }
}

/// Refuses a pipeline that asks for a target that is not there, and a target of another width.
pub(super) fn check_target(
    pipeline: &Pipeline,
    target: Option<&Embeddings>,
    dim: usize,
) -> Result<()> {
    if !pipeline.uses_target() {
        return Ok(());
    }
    let Some(target) = target else {
        let found = format!("'{pipeline}' without rows of a target");
        let expected = "unlabelled rows of the domain that will be scored";
        return Err(Error::new(Code::Option, found, expected)
            .with_hint("Choose a pipeline without coral and adapt")
            .with_advice("give them", "target", None));
    };
    if target.dim() != dim {
        let found = format!("a target of {}", counted(target.dim(), "column", "columns"));
        let expected = format!("{dim}, as in the rows to fit on");
        return Err(target.blame(Error::new(Code::Dimension, found, expected)));
    }
    if target.rows() == 0 {
        let error = Error::new(Code::Empty, "a target without rows", "rows to adapt to");
        return Err(target.blame(error));
    }
    Ok(())
}

/// Statistics of the target after `stages`, of rows divided by `unit`.
pub(super) fn gather_target(
    target: &Embeddings,
    (stages, unit): (&[Stage], f64),
    (arithmetic, invalid): (Arithmetic, Invalid),
    job: &Job,
) -> Result<Moments> {
    let options = GatherOptions {
        parts: BundleParts::SCATTER,
        arithmetic,
        invalid,
        shift: None,
        origin: false,
        phase: "target",
    };
    let gathered = with_target(target, (stages, unit), |rows| {
        Moments::new(gather(rows, None, &options, job)?)
    });
    gathered.map_err(|e| target.blame(e))
}

/// Runs `work` on the rows of the target after `stages`, divided by `unit`.
fn with_target<T>(
    target: &Embeddings,
    (stages, unit): (&[Stage], f64),
    work: impl FnOnce(&dyn RowSource) -> Result<T>,
) -> Result<T> {
    let mapped;
    let rows: &dyn RowSource = if stages.is_empty() {
        target
    } else {
        mapped = MappedRows::new(target, stages)?;
        &mapped
    };
    if unit == 1.0 {
        return work(rows);
    }
    work(&ScaledRows::new(rows, unit))
}

/// The side at fault where nothing is adapted, and why.
enum Unfit {
    Target(String),
    Train(String),
}

impl Fitter<'_> {
    pub(super) fn check_target(&self, pipeline: &Pipeline) -> Result<()> {
        check_target(pipeline, self.options.target, self.affine.input_dim())
    }

    /// The statistics of the target that `step` uses, if they carry a covariance.
    fn usable_target(&mut self, step: &str) -> Result<Option<Target>> {
        let target = self
            .target
            .clone()
            .ok_or_else(|| Error::internal("an adaptation without statistics"))?;
        let rows = target.moments.rows;
        self.report.transductive = true;
        self.decide(step, "target-rows", rows);
        let dim = target.moments.dim();
        let spread = target.moments.total()?.diag().iter().any(|v| *v > 0.0);
        if rows <= dim as f64 || !spread {
            let why = if spread {
                format!("{rows} rows of the target are too few for {dim} dimensions")
            } else {
                "all rows of the target are one".into()
            };
            self.leave(step, Unfit::Target(why));
            return Ok(None);
        }
        Ok(Some(target))
    }

    fn leave(&mut self, step: &str, why: Unfit) {
        let (code, why) = match why {
            Unfit::Target(why) => ("target-too-small", why),
            Unfit::Train(why) => ("null-unknown", why),
        };
        let text = format!("{step} adapts nothing: {why}; the model is that of the rows fitted on");
        self.warn(code, text);
    }

    /// Gives the statistics that later steps are fitted from the mean and covariance of the target
    /// (Sun, Feng and Saenko 2016, algorithm 1); rows that are scored stay.
    pub(super) fn coral(&mut self, step: &Step, rule: Shrinkage) -> Result<()> {
        let name = step.to_string();
        let Some(Target { moments, .. }) = self.usable_target(&name)? else {
            return Ok(());
        };
        let source = self.shrunk(step, CovarianceOf::Total, rule)?;
        let (c, rho) = match self.options.target {
            Some(target) => with_target(target, (self.stretch(), self.unit), |rows| {
                let residuals = |unit, within| moments.residual_fourth(rows, &[], unit, within);
                moments.shrunk_total(rule, &residuals)
            })?,
            None => return Err(Error::internal("a target that was lost")),
        };
        self.decide(&name, "target-shrinkage", rho);
        let map = maps::recolouring(&source, &c)?;
        let own = self.moments_mut()?;
        let mean = own.mean.clone();
        own.subtract(&mean);
        own.multiply(&map)?;
        own.subtract(&moments.mean.mapv(|v| -v));
        Ok(())
    }

    /// The covariance of the rows fitted on, if the adaptation asks for it.
    pub(super) fn source_covariance(&self, adapt: Option<Adapt>) -> Result<Option<Array2<f64>>> {
        let wants = adapt.is_some_and(|adapt| adapt.rule == AdaptRule::CoralPlus);
        if !wants {
            return Ok(None);
        }
        let moments = self.moments()?;
        Ok(Some(moments.total()? * (1.0 / (moments.rows - 1.0))))
    }

    /// Adapts `model` to the target. `reference` fits such a model to half of the classes; `source` is
    /// of [`source_covariance`](Self::source_covariance).
    pub(super) fn adapted(
        &mut self,
        spec: &ScorerSpec,
        model: TwoCovariance,
        source: Option<Array2<f64>>,
        reference: impl Fn(&ClassStatistics, Array1<f64>) -> Result<TwoCovariance>,
    ) -> Result<TwoCovariance> {
        let Some(adapt) = adapt_of(spec) else {
            return Ok(model);
        };
        let name = spec.to_string();
        let Some(target) = self.usable_target(&name)? else {
            return Ok(model);
        };
        let shares = Shares {
            within: adapt.within,
            between: adapt.between,
        };
        let mean = &target.moments.mean;
        let c = covariance(&target.moments)?;
        let tau = match adapt.rule {
            AdaptRule::CoralPlus => {
                let source = source.ok_or_else(|| Error::internal("CORAL+ without C_s"))?;
                return coral_plus(&model, &source, (mean, &c), shares);
            }
            AdaptRule::Excess { tau: Some(tau) } => tau,
            AdaptRule::Excess { tau: None } | AdaptRule::Shift => {
                match null_ratio(target.halves, reference)? {
                    Ok(null) => {
                        self.decide(&name, "null-ratio", null);
                        let bound = null.max(TAU_FLOOR);
                        if adapt.rule == AdaptRule::Shift {
                            self.decide(&name, "shift-bound", bound);
                            let (model, found) = take_shift(model, (mean, &c), bound)?;
                            self.tell_excess(&name, found);
                            return Ok(model);
                        }
                        bound
                    }
                    Err(why) => {
                        self.leave(&name, Unfit::Train(why));
                        return Ok(model);
                    }
                }
            }
        };
        let (model, ratios) = add_excess(model, (mean, &c), tau, shares)?;
        let above = ratios.iter().take_while(|v| **v > tau).count();
        let largest = ratios.first().copied().unwrap_or(0.0);
        self.tell_excess(&name, (tau, largest, above));
        Ok(model)
    }

    /// Reports τ, the largest ratio and how many are above τ.
    fn tell_excess(&mut self, name: &str, (tau, largest, above): (f64, f64, usize)) {
        self.decide(name, "tau", tau);
        self.decide(name, "largest-ratio", largest);
        self.decide(name, "directions", above as f64);
        if above == 0 {
            let text = format!(
                "{name} adapts nothing: the target varies at most {largest:.3} times as much as the model \
                 says, and {tau:.3} is no shift; the model is that of the rows fitted on"
            );
            self.warn("no-shift", text);
        }
    }
}

/// The largest variance ratio between two halves of the rows fitted on, or why there is none.
fn null_ratio(
    halves: Option<Halves>,
    reference: impl Fn(&ClassStatistics, Array1<f64>) -> Result<TwoCovariance>,
) -> Result<std::result::Result<f64, String>> {
    let too_few = || "the rows fitted on are too few for two halves that share no class".to_owned();
    let Some(Halves {
        reference: half,
        other,
    }) = halves
    else {
        return Ok(Err(too_few()));
    };
    if other.rows < 2.0 {
        return Ok(Err(too_few()));
    }
    let c = covariance(&other)?;
    let ratios = half
        .into_class_statistics()
        .and_then(|(stats, mean)| variance_ratios(&reference(&stats, mean)?, &c));
    match ratios {
        Ok(ratios) => Ok(Ok(ratios.first().copied().unwrap_or(0.0))),
        Err(e) if matches!(e.code(), Code::Singular | Code::Empty | Code::OneClass) => {
            Ok(Err(too_few()))
        }
        Err(e) => Err(e),
    }
}

/// Denominator N − 1.
fn covariance(moments: &Moments) -> Result<Array2<f64>> {
    Ok(moments.total()? * (1.0 / (moments.rows - 1.0)))
}
