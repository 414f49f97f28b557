//! The state of a fit: stages that are done, the map and the statistics of the present stretch.
//!
//! A stretch is what stands between two length normalisations. All its steps are affine, so they
//! are composed into one map, and the statistics follow them without another pass.

use std::collections::BTreeMap;

use ndarray::{Array1, Array2, ArrayRef2};

use super::kept::{Kept, Stretch};
use super::mapped_rows::MappedRows;
use super::pass::Pass;
use super::rounds::Rounds;
use super::target::{Asked, Target, gather_target};
use super::{Decision, FitOptions, FitReport, FitWarning, Fitted};
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::linalg::{rounding_share, trace};
use crate::models::affine::{Affine, Stage};
use crate::models::model::Model;
use crate::models::pipeline::{Center, CovarianceOf, Pipeline, ScorerSpec, Step};
use crate::rows::{Classes, Embeddings, Invalid, RowSource, ScaledRows};
use crate::statistics::{
    Bundle, BundleParts, GatherOptions, Moments, Rank, Shrinkage, about_a_near_shift,
    gather_halves, gather_in_range, no_labels, rank_and_condition, sums_are_in_range,
};

/// The state of a fit.
pub(super) struct Fitter<'a> {
    source: &'a dyn RowSource,
    classes: Option<&'a Classes<'a>>,
    /// True if the classes are labels, rather than one class of the rows that take part.
    pub(super) labelled: bool,
    pub(super) options: &'a FitOptions<'a>,
    pub(super) job: &'a Job,
    /// Statistics that other fits to these rows share.
    kept: Option<&'a Kept>,
    pub(super) report: FitReport,
    /// True if nobody reads how well conditioned a covariance is.
    unread: bool,
    /// Finished stages.
    stages: Vec<Stage>,
    /// The stages up to where the present stretch began.
    stretch: Vec<Stage>,
    pub(super) affine: Affine,
    moments: Option<Moments>,
    keeps_scatters: bool,
    /// Statistics of the target in the space of the moments.
    pub(super) target: Option<Target>,
    /// The power of two by which the statistics of the present stretch take rows divided.
    pub(super) unit: f64,
    /// True if the map of the stretch ends where the unit of the rows has no say.
    unitless: bool,
}

impl<'a> Fitter<'a> {
    pub(super) fn new(
        source: &'a dyn RowSource,
        classes: Option<&'a Classes<'a>>,
        labelled: bool,
        options: &'a FitOptions<'a>,
        job: &'a Job,
    ) -> Self {
        Self {
            source,
            classes,
            labelled,
            options,
            job,
            kept: None,
            report: FitReport::default(),
            unread: false,
            stages: Vec::new(),
            stretch: Vec::new(),
            affine: Affine::identity(source.dim()),
            moments: None,
            keeps_scatters: true,
            target: None,
            unit: 1.0,
            unitless: false,
        }
    }

    /// Takes statistics from `kept` where they are there, and keeps them there where they are not.
    pub(super) fn sharing(mut self, kept: Option<&'a Kept>) -> Self {
        self.kept = kept;
        self
    }

    /// Leaves condition numbers out of the report, since each costs the eigenvalues of a covariance.
    pub(super) fn unread(mut self) -> Self {
        self.unread = true;
        self
    }

    /// Lets the next step carry no scatter on that neither `steps` nor the scorer after them ask for: each
    /// costs four d³.
    pub(super) fn keep_for(&mut self, steps: &[Step], scorer: Option<&ScorerSpec>) {
        self.keeps_scatters = needs(steps, scorer).1.scatter;
    }

    /// Gathers what the steps of a stretch and the scorer after it are fitted from; `prefix` are the
    /// steps before it.
    pub(super) fn begin(
        &mut self,
        prefix: &[Step],
        steps: &[Step],
        scorer: Option<&ScorerSpec>,
    ) -> Result<()> {
        let (sums, parts) = needs(steps, scorer);
        (self.moments, self.target) = (None, None);
        self.stretch = self.stages.clone();
        if !sums {
            return Ok(());
        }
        if parts.classes {
            self.needs_labels()?;
        }
        let stretch = match self.kept.and_then(|kept| kept.get(prefix)) {
            Some(stretch) => stretch,
            None => self.gather(prefix, parts, Asked::of(steps, scorer))?,
        };
        self.stages.clone_from(&stretch.stages);
        self.stretch = stretch.stages;
        self.unit = stretch.unit;
        let moments = stretch.moments;
        self.report.rows = moments.rows as u64;
        if self.labelled && self.classes.is_some() {
            self.report.classes = moments.class_count() as u64;
            self.report.singletons = moments.counts.iter().filter(|&&n| n == 1).count() as u64;
        }
        (self.moments, self.target) = (Some(moments), stretch.target);
        Ok(())
    }

    fn gather(&mut self, prefix: &[Step], parts: BundleParts, asked: Asked) -> Result<Stretch> {
        let asked = self.kept.map_or(asked, |kept| kept.asked(prefix, asked));
        let target = self.options.target.filter(|_| asked.target);
        let options = GatherOptions {
            parts: self.kept.map_or(parts, |kept| kept.parts(prefix, parts)),
            arithmetic: self.options.arithmetic,
            invalid: Invalid::Refuse,
            shift: None,
            origin: false,
            phase: "fit",
        };
        let (most, seed) = (target.map_or(0, Embeddings::rows), self.options.seed);
        let (bundle, halves, unit) = match self.options.rounds {
            Some(rounds) => (self.gather_in_rounds(rounds, &options)?, None, 1.0),
            None => self.with_rows(|source, classes, job| match classes {
                Some(classes) if asked.halves && target.is_some() => {
                    gather_halves(source, classes, (most, seed), &options, job)
                }
                _ => {
                    let (bundle, unit) = gather_in_range(source, classes, &options, job)?;
                    Ok((bundle, None, unit))
                }
            })?,
        };
        self.report.passes += 1;
        let stages = self.stages.clone();
        let how = (self.options.arithmetic, self.options.invalid);
        let moments = target
            .map(|target| gather_target(target, (&stages, unit), how, self.job))
            .transpose()?;
        let stretch = Stretch {
            stages,
            moments: Moments::new(bundle)?,
            target: moments.map(|moments| Target { moments, halves }),
            unit,
        };
        if let Some(kept) = self.kept {
            kept.insert(prefix, stretch.clone());
        }
        Ok(stretch)
    }

    /// The bundle that rounds hold.
    fn gather_in_rounds(&self, rounds: &Rounds<'_>, options: &GatherOptions<'_>) -> Result<Bundle> {
        let bundle = about_a_near_shift(None, |shift| {
            let pass = Pass::bundle(&self.stages, options.parts, shift);
            rounds.bundle(pass, (options.parts, self.affine.output_dim()))
        })?;
        match sums_are_in_range(&bundle) {
            true => Ok(bundle),
            false => Err(Error::new(
                Code::NotFinite,
                "rows whose squares leave the range of doubles",
                "values nearer to 1",
            )
            .with_hint("Scale the rows, or fit on all of them at once")),
        }
    }

    /// Runs `work` on the rows as they are where the present stretch began.
    fn with_rows<T>(
        &self,
        work: impl FnOnce(&dyn RowSource, Option<&Classes<'_>>, &Job) -> Result<T>,
    ) -> Result<T> {
        let mapped;
        let rows: &dyn RowSource = if self.stretch.is_empty() {
            self.source
        } else {
            mapped = MappedRows::new(self.source, &self.stretch)?;
            &mapped
        };
        if self.unit == 1.0 {
            return work(rows, self.classes, self.job);
        }
        work(&ScaledRows::new(rows, self.unit), self.classes, self.job)
    }

    /// Share of a scatter's trace that may be nothing but rounding.
    pub(super) fn rounding_share(&self, dim: usize) -> f64 {
        self.options
            .arithmetic
            .rounding_share(self.source.rows(), dim)
    }

    pub(super) fn moments(&self) -> Result<&Moments> {
        self.moments
            .as_ref()
            .ok_or_else(|| Error::internal("a step without statistics"))
    }

    pub(super) fn moments_mut(&mut self) -> Result<&mut Moments> {
        self.moments
            .as_mut()
            .ok_or_else(|| Error::internal("a step without statistics"))
    }

    /// The stages before the present stretch.
    pub(super) fn stretch(&self) -> &[Stage] {
        &self.stretch
    }

    pub(super) fn needs_labels(&self) -> Result<()> {
        if self.classes.is_none() || !self.labelled {
            return Err(no_labels());
        }
        Ok(())
    }

    pub(super) fn decide(&mut self, step: impl ToString, name: &'static str, value: f64) {
        self.report.decisions.push(Decision {
            step: step.to_string(),
            name,
            value,
        });
    }

    pub(super) fn warn(&mut self, code: &'static str, text: String) {
        self.report.warnings.push(FitWarning { code, text });
    }

    pub(super) fn subtract(&mut self, c: &Array1<f64>) {
        self.affine.then_subtract(c);
        if let Some(moments) = &mut self.moments {
            moments.subtract(c);
        }
        if let Some(target) = &mut self.target {
            target.subtract(c);
        }
    }

    pub(super) fn multiply(&mut self, m: &ArrayRef2<f64>) -> Result<()> {
        self.affine.then_multiply(m)?;
        if let Some(moments) = &mut self.moments {
            if !self.keeps_scatters {
                moments.drop_scatters();
            }
            moments.multiply(m)?;
        }
        if let Some(target) = &mut self.target {
            target.multiply(m)?;
        }
        Ok(())
    }

    /// A covariance of full rank, recorded.
    ///
    /// No eigenvalue of one shrunk by ρ is below ρ times their mean: where that is far above rounding, as
    /// [`rank_and_condition`] asks of the smallest, the rank is full without a look at any.
    pub(super) fn shrunk(
        &mut self,
        step: impl ToString,
        of: CovarianceOf,
        rule: Shrinkage,
    ) -> Result<Array2<f64>> {
        let step = step.to_string();
        let (c, rho) = self.shrunk_matrix(&step, of, rule)?;
        let (dim, most) = (c.nrows(), c.diag().iter().fold(0.0, |m: f64, v| m.max(*v)));
        let regular = rho * trace(&c) / dim as f64 > 4.0 * rounding_share(dim) * most;
        if !(self.unread && regular) {
            self.decide_condition(&step, &c)?;
        }
        Ok(c)
    }

    /// A shrunk covariance, of whatever rank, and its shrinkage.
    pub(super) fn shrunk_matrix(
        &mut self,
        step: impl ToString,
        of: CovarianceOf,
        rule: Shrinkage,
    ) -> Result<(Array2<f64>, f64)> {
        if of == CovarianceOf::Within {
            self.needs_labels()?;
        }
        let moments = self.moments()?;
        let of_row = self.classes.map_or(&[][..], Classes::of_row);
        let (c, rho) = self.with_rows(|source, _, _| {
            let residuals = |unit: f64, within: bool| match self.options.rounds {
                None => moments.residual_fourth(source, of_row, unit, within),
                Some(rounds) => {
                    let origin = moments.origin();
                    rounds.residuals(Pass::residuals(&self.stretch, origin, unit, within))
                }
            };
            match of {
                CovarianceOf::Total => moments.shrunk_total(rule, &residuals),
                CovarianceOf::Within => moments.shrunk_within(rule, &residuals),
            }
        })?;
        self.decide(step, "shrinkage", rho);
        Ok((c, rho))
    }

    /// Records the condition number of what `step` inverts.
    ///
    /// Errors: `ESINGULAR` if it has no full rank.
    pub(super) fn decide_condition(
        &mut self,
        step: impl ToString,
        c: &ArrayRef2<f64>,
    ) -> Result<()> {
        let step = step.to_string();
        let Rank { rank, condition } = rank_and_condition(c)?;
        if rank < c.nrows() {
            let found = format!("a covariance of rank {rank} of {} for '{step}'", c.nrows());
            return Err(
                Error::new(Code::Singular, found, "full rank, to invert it").with_hint(
                    "Use shrinkage, keep fewer dimensions with pca(k), or fit on more rows",
                ),
            );
        }
        self.decide(step, "condition", condition);
        Ok(())
    }

    /// The statistics, for a scorer that consumes them.
    pub(super) fn take_moments(&mut self) -> Result<Moments> {
        self.moments
            .take()
            .ok_or_else(|| Error::internal("a scorer without statistics"))
    }

    /// Notes that what follows is in no unit of the rows.
    pub(super) fn without_unit(&mut self) {
        self.unitless = true;
    }

    /// The unit of what the steps so far lead to.
    pub(super) fn present_unit(&self) -> f64 {
        if self.unitless { 1.0 } else { self.unit }
    }

    /// Turns the map of the stretch into a stage, which takes rows in their own unit.
    fn end_map(&mut self) {
        let dim = self.affine.output_dim();
        let mut affine = std::mem::replace(&mut self.affine, Affine::identity(dim));
        if self.unit != 1.0 {
            affine.take_unit(self.unit, self.unitless);
        }
        (self.unit, self.unitless) = (1.0, false);
        self.stages.push(Stage::Affine(affine));
    }

    pub(super) fn end_stretch(&mut self) {
        self.end_map();
        self.stages.push(Stage::LengthNorm);
    }

    pub(super) fn finish(mut self, pipeline: &Pipeline) -> Result<Fitted> {
        let scorer = self.scorer(pipeline.scorer())?;
        self.end_map();
        let mut card = BTreeMap::new();
        card.insert("pipeline".into(), pipeline.to_string());
        card.insert("rows".into(), self.report.rows.to_string());
        card.insert("classes".into(), self.report.classes.to_string());
        if let Some(target) = self.options.target.filter(|_| self.report.transductive) {
            let (rows, dim) = (target.rows(), target.dim());
            let text = format!("uses the mean and covariance of {rows} x {dim} rows of the target");
            card.insert("transductive".into(), text);
        }
        if !self.report.decisions.is_empty() {
            let decisions: Vec<String> = self
                .report
                .decisions
                .iter()
                .map(|d| format!("{}: {}={}", d.step, d.name, d.value))
                .collect();
            card.insert("decisions".into(), decisions.join("; "));
        }
        let model = Model::new(self.source.dim(), self.stages, scorer, card)?;
        Ok(Fitted {
            model,
            report: self.report,
        })
    }
}

/// True if a sum of the rows is wanted, and which parts beyond it.
pub(super) fn needs(steps: &[Step], scorer: Option<&ScorerSpec>) -> (bool, BundleParts) {
    let mut sum = false;
    let mut parts = BundleParts::SUM;
    for step in steps {
        match step {
            Step::LengthNorm | Step::Center(Center::Given) => {}
            Step::Center(Center::Train) => sum = true,
            Step::Center(Center::ClassMeans | Center::Shrunk) => parts.classes = true,
            Step::Pca { .. } | Step::Coral { .. } => parts.scatter = true,
            Step::Whiten { shrinkage, .. }
            | Step::Mahalanobis {
                of: CovarianceOf::Total,
                shrinkage,
            } => {
                parts.scatter = true;
                parts.fourth |= *shrinkage == Shrinkage::LedoitWolf;
            }
            _ => parts = parts.or(BundleParts::SCATTER),
        }
    }
    match scorer {
        Some(ScorerSpec::Kissme { .. } | ScorerSpec::Xqda { .. }) => {
            parts = parts.or(BundleParts::SCATTER);
            parts.weighted = true;
        }
        Some(
            ScorerSpec::Plda { .. }
            | ScorerSpec::JointBayesian { .. }
            | ScorerSpec::HeavyTailed { .. }
            | ScorerSpec::Path { .. },
        ) => parts = parts.or(BundleParts::SCATTER),
        _ => {}
    }
    (sum || parts != BundleParts::SUM, parts)
}
