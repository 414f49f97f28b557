//! From a pipeline and rows to a model.

use std::collections::BTreeMap;

use ndarray::{Array1, Array2, ArrayRef2};

use super::affine::{Affine, Chain, Stage};
use super::maps;
use super::model::{Model, append_plda};
use super::moments::{Moments, without_invalid_rows};
use super::pipeline::{Center, CovarianceOf, Dimensions, Pipeline, ScorerSpec, Step};
use super::plda::{self, HeavyTailedForm, TwoCovarianceFit, subspace};
use super::scorer::Scorer;
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::linalg::{symmetric_eigen, zero_vec};
use crate::rows::Invalid;
use crate::rows::{Classes, RowSource};
use crate::statistics::{
    BundleParts, GatherOptions, Precision, Rank, Shrinkage, gather, rank_and_condition,
};

/// Gain of log-likelihood per value below which EM stops.
const EM_TOLERANCE: f64 = 1e-6;

/// How to fit.
#[derive(Clone, Copy, Debug, Default)]
pub struct FitOptions<'a> {
    /// The vector of `center(given)`.
    pub center: Option<&'a [f64]>,
    /// Arithmetic of the pass.
    pub precision: Precision,
    /// What to do with rows that are not finite.
    pub invalid: Invalid,
}

/// A choice that the fit made or a figure it met.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The step, as written.
    pub step: String,
    /// `dimensions`, `shrinkage` or `condition`.
    pub name: &'static str,
    /// Its value.
    pub value: f64,
}

/// What happened while fitting.
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
/// cost none. Where shrinkage is estimated over residuals, all rows are read once more up to
/// 20,000, or 8,192 evenly spaced ones beyond.
///
/// Errors: `EDIMENSION` if labels, a given center and rows disagree; `EOPTION` for a step that
/// needs labels or a center that is not given; `EONECLASS`, `EEMPTY` and `ESINGULAR` where the
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
    let mut report = FitReport::default();
    let valid;
    let counted;
    let (classes, of_row) = match options.invalid {
        // Class sizes weigh pairs, so rows that will be skipped must not be counted.
        Invalid::Skip => {
            let skipped;
            (valid, skipped) = without_invalid_rows(source, classes)?;
            report.skipped = skipped;
            counted = Classes::new(&valid)?;
            let used: &Classes<'_> = &counted;
            (
                Some(used).filter(|_| classes.is_some() || skipped > 0),
                &valid[..],
            )
        }
        Invalid::Refuse => (classes, classes.map_or(&[][..], Classes::of_row)),
    };
    let labelled = options.invalid == Invalid::Refuse || classes.is_some();
    let mut fitter = Fitter {
        source,
        classes,
        of_row,
        labelled,
        options,
        job,
        report,
        stages: Vec::new(),
        stretch: Vec::new(),
        affine: Affine::identity(source.dim()),
        moments: None,
    };
    let steps = pipeline.steps();
    let mut at = 0;
    loop {
        let end = steps[at..]
            .iter()
            .position(|s| *s == Step::LengthNorm)
            .map_or(steps.len(), |offset| at + offset);
        let last = end == steps.len();
        fitter.begin(&steps[at..end], last.then_some(pipeline.scorer()))?;
        for step in &steps[at..end] {
            job.check()?;
            fitter.step(step)?;
        }
        if last {
            break;
        }
        fitter.end_stretch();
        at = end + 1;
    }
    fitter.finish(pipeline)
}

struct Fitter<'a> {
    source: &'a dyn RowSource,
    classes: Option<&'a Classes<'a>>,
    of_row: &'a [u32],
    labelled: bool,
    options: &'a FitOptions<'a>,
    job: &'a Job,
    report: FitReport,
    /// Finished stages.
    stages: Vec<Stage>,
    /// The stages up to where the present stretch began.
    stretch: Vec<Stage>,
    affine: Affine,
    moments: Option<Moments>,
}

impl Fitter<'_> {
    /// Gathers what the steps of a stretch and the scorer after it are fitted from.
    fn begin(&mut self, steps: &[Step], scorer: Option<&ScorerSpec>) -> Result<()> {
        let mut sums = false;
        let mut parts = BundleParts::SUMS;
        for step in steps {
            match step {
                Step::Center(center) => sums |= *center != Center::Given,
                Step::Whiten { shrinkage, .. }
                | Step::Mahalanobis {
                    of: CovarianceOf::Total,
                    shrinkage,
                } => {
                    parts.scatter = true;
                    parts.fourth |= *shrinkage == Shrinkage::LedoitWolf;
                }
                Step::LengthNorm => {}
                _ => parts.scatter = true,
            }
        }
        match scorer {
            Some(ScorerSpec::Kissme { .. } | ScorerSpec::Xqda { .. }) => {
                parts.scatter = true;
                parts.weighted = true;
            }
            Some(
                ScorerSpec::Plda { .. }
                | ScorerSpec::JointBayesian { .. }
                | ScorerSpec::HeavyTailed { .. }
                | ScorerSpec::Path { .. },
            ) => parts.scatter = true,
            _ => {}
        }
        self.moments = None;
        self.stretch = self.stages.clone();
        if !sums && !parts.scatter {
            return Ok(());
        }
        if parts.weighted && self.classes.is_none() {
            return Err(self.unlabelled());
        }
        let options = GatherOptions {
            parts,
            precision: self.options.precision,
            invalid: Invalid::Refuse,
            shift: None,
            phase: "fit",
        };
        let bundle =
            self.with_rows(|source, classes, job| gather(source, classes, &options, job))?;
        self.report.passes += 1;
        self.report.rows = bundle.rows();
        if let Some(counts) = bundle.class_counts().filter(|_| self.labelled) {
            self.report.classes = bundle.class_count() as u64;
            self.report.singletons = counts.iter().filter(|&&n| n == 1).count() as u64;
        }
        self.moments = Some(Moments::new(bundle)?);
        Ok(())
    }

    /// Runs `work` on the rows as they are where the present stretch began.
    fn with_rows<T>(
        &self,
        work: impl FnOnce(&dyn RowSource, Option<&Classes<'_>>, &Job) -> Result<T>,
    ) -> Result<T> {
        if self.stretch.is_empty() {
            return work(self.source, self.classes, self.job);
        }
        let chain = Chain::new(self.source.dim(), &self.stretch)?;
        work(
            &Mapped {
                source: self.source,
                chain,
            },
            self.classes,
            self.job,
        )
    }

    fn moments(&self) -> Result<&Moments> {
        self.moments
            .as_ref()
            .ok_or_else(|| Error::internal("a step without statistics"))
    }

    fn unlabelled(&self) -> Error {
        Error::new(
            Code::Option,
            "rows without labels",
            "labels for a step that uses classes",
        )
        .with_hint("Give labels, or choose steps that need none: center, pca, whiten")
    }

    fn needs_labels(&self) -> Result<()> {
        if self.classes.is_none() || !self.labelled {
            return Err(self.unlabelled());
        }
        Ok(())
    }

    fn decide(&mut self, step: impl ToString, name: &'static str, value: f64) {
        self.report.decisions.push(Decision {
            step: step.to_string(),
            name,
            value,
        });
    }

    fn subtract(&mut self, c: &Array1<f64>) {
        self.affine.then_subtract(c);
        if let Some(moments) = &mut self.moments {
            moments.subtract(c);
        }
    }

    fn multiply(&mut self, m: &ArrayRef2<f64>) -> Result<()> {
        self.affine.then_multiply(m)?;
        if let Some(moments) = &mut self.moments {
            moments.multiply(m)?;
        }
        Ok(())
    }

    fn shrunk(
        &mut self,
        step: impl ToString,
        of: CovarianceOf,
        rule: Shrinkage,
    ) -> Result<Array2<f64>> {
        if of == CovarianceOf::Within {
            self.needs_labels()?;
        }
        let moments = self.moments()?;
        let of_row = self.of_row;
        let (c, rho) = self.with_rows(|source, _, _| match of {
            CovarianceOf::Total => moments.shrunk_total(rule, source, of_row),
            CovarianceOf::Within => moments.shrunk_within(rule, source, of_row),
        })?;
        let step = step.to_string();
        self.decide(&step, "shrinkage", rho);
        let Rank { rank, condition } = rank_and_condition(&c)?;
        if rank < c.nrows() {
            let found = format!("a covariance of rank {rank} of {} for '{step}'", c.nrows());
            return Err(
                Error::new(Code::Singular, found, "full rank, to invert it").with_hint(
                    "Use shrinkage, keep fewer dimensions with pca(k), or fit on more rows",
                ),
            );
        }
        self.decide(&step, "condition", condition);
        Ok(c)
    }

    fn step(&mut self, step: &Step) -> Result<()> {
        match *step {
            Step::Center(center) => {
                let c = match center {
                    Center::Train => self.moments()?.mean.clone(),
                    Center::ClassMeans => {
                        self.needs_labels()?;
                        let mean = &self.moments()?.mean_of_class_means;
                        mean.clone().ok_or_else(|| self.unlabelled())?
                    }
                    Center::Given => self.given_center()?,
                };
                self.subtract(&c);
                Ok(())
            }
            Step::LengthNorm => Err(Error::internal("a length normalisation inside a stretch")),
            Step::Pca { dimensions, whiten } => self.pca(step, dimensions, whiten),
            Step::Whiten { kind, shrinkage } => {
                let c = self.shrunk(step, CovarianceOf::Total, shrinkage)?;
                self.multiply(&maps::whitening(&c, kind)?)
            }
            Step::Wccn { shrinkage } => {
                let w = self.shrunk(step, CovarianceOf::Within, shrinkage)?;
                self.multiply(&maps::inverse_factor(&w)?)
            }
            Step::Nap { axes } => {
                self.needs_labels()?;
                let map = maps::projection_without(self.moments()?.within()?, axes)?;
                self.multiply(&map)
            }
            Step::Lda {
                components,
                shrinkage,
            } => {
                self.needs_labels()?;
                let moments = self.moments()?;
                let between = moments.between()? * (1.0 / moments.rows);
                let most = moments.dim().min(moments.class_count() - 1);
                let k = components.map_or(most, |k| k.min(moments.dim()));
                let w = self.shrunk(step, CovarianceOf::Within, shrinkage)?;
                self.decide(step, "dimensions", k as f64);
                self.multiply(&maps::discriminants(&between, &w, k)?)
            }
            Step::Mahalanobis { of, shrinkage } => {
                let c = self.shrunk(step, of, shrinkage)?;
                self.multiply(&maps::inverse_factor(&c)?)
            }
        }
    }

    fn given_center(&self) -> Result<Array1<f64>> {
        let Some(c) = self.options.center else {
            return Err(Error::new(
                Code::Option,
                "center(given) without a vector",
                "the vector to subtract",
            ));
        };
        if c.len() != self.affine.output_dim() {
            return Err(Error::new(
                Code::Dimension,
                format!("a center of {} values", c.len()),
                format!("{}", self.affine.output_dim()),
            ));
        }
        if let Some(column) = c.iter().position(|v| !v.is_finite()) {
            return Err(
                Error::new(Code::NotFinite, format!("{}", c[column]), "a finite center")
                    .with_column(column),
            );
        }
        Ok(c.iter().copied().collect())
    }

    fn pca(&mut self, step: &Step, dimensions: Dimensions, whiten: bool) -> Result<()> {
        let moments = self.moments()?;
        let (rows, dim) = (moments.rows, moments.dim());
        let freedom = rows as usize - 1;
        let wanted = match dimensions {
            Dimensions::Fixed(k) => k,
            Dimensions::Auto { ratio } => {
                let groups = if self.labelled {
                    moments.class_count().max(1)
                } else {
                    1
                };
                ((rows as usize - groups) / ratio).max(1)
            }
        };
        let covariance = moments.total()? * (1.0 / (rows - 1.0).max(1.0));
        // Every axis is kept: a rotation changes nothing that follows.
        if !whiten && wanted >= dim && freedom >= dim {
            self.decide(step, "dimensions", dim as f64);
            return Ok(());
        }
        let eigen = symmetric_eigen(&covariance)?;
        let k = wanted.min(maps::rank(&eigen.values, freedom));
        if k == 0 {
            return Err(Error::new(
                Code::Singular,
                "rows without variance",
                "rows that differ",
            ));
        }
        self.decide(step, "dimensions", k as f64);
        self.multiply(&maps::principal_axes(eigen, k, whiten))
    }

    fn end_stretch(&mut self) {
        let dim = self.affine.output_dim();
        let affine = std::mem::replace(&mut self.affine, Affine::identity(dim));
        self.stages.push(Stage::Affine(affine));
        self.stages.push(Stage::LengthNorm);
    }

    fn finish(mut self, pipeline: &Pipeline) -> Result<Fitted> {
        let scorer = match *pipeline.scorer() {
            ScorerSpec::Cosine => Scorer::Cosine,
            ScorerSpec::SquaredEuclidean => Scorer::SquaredEuclidean,
            ScorerSpec::Euclidean => Scorer::Euclidean,
            ScorerSpec::Dot => Scorer::Dot,
            ScorerSpec::Kissme { ridge, psd } => {
                let (same, different) = self.pair_covariances(ridge)?;
                self.signed(maps::kissme(&same, &different, psd)?)?
            }
            ScorerSpec::Xqda { components, ridge } => {
                let (same, different) = self.pair_covariances(ridge)?;
                let root = maps::xqda(&same, &different, components)?;
                self.decide(pipeline.scorer(), "dimensions", root.map.nrows() as f64);
                self.signed(root)?
            }
            ScorerSpec::Plda {
                subspace,
                iterations,
                shrinkage,
            } => {
                let fitted =
                    self.two_covariance(pipeline, subspace, iterations, shrinkage, false)?;
                append_plda(
                    &mut self.affine,
                    &fitted.model,
                    fitted.psi,
                    fitted.transform,
                )?
            }
            ScorerSpec::JointBayesian {
                iterations,
                shrinkage,
            } => {
                let fitted = self.two_covariance(pipeline, None, iterations, shrinkage, true)?;
                append_plda(
                    &mut self.affine,
                    &fitted.model,
                    fitted.psi,
                    fitted.transform,
                )?
            }
            ScorerSpec::HeavyTailed {
                nu,
                subspace,
                iterations,
                shrinkage,
            } => {
                let moments = self.moments()?;
                let most = moments.class_count().saturating_sub(1).max(1);
                let rank = subspace.unwrap_or((moments.dim() / 2).max(1).min(most));
                let fitted =
                    self.two_covariance(pipeline, Some(rank), iterations, shrinkage, false)?;
                self.decide(pipeline.scorer(), "dimensions", rank as f64);
                let (mut psi, transform) = (fitted.psi, fitted.transform);
                psi.truncate(psi.iter().take_while(|&&p| p > 0.0).count().min(rank));
                let residual_dim = transform.nrows() - psi.len();
                self.affine.then_subtract(&fitted.model.mean);
                self.affine.then_multiply(&transform)?;
                Scorer::HeavyTailed(HeavyTailedForm {
                    psi,
                    nu,
                    residual_dim,
                })
            }
            ScorerSpec::Path { rho } => {
                self.needs_labels()?;
                let (stats, mean) = self.take_moments()?.into_class_statistics()?;
                {
                    let model = plda::moments::path_model(&stats, mean, rho)?;
                    let (psi, transform) = model.diagonalize()?;
                    append_plda(&mut self.affine, &model, psi, transform)?
                }
            }
        };
        let dim = self.affine.output_dim();
        let affine = std::mem::replace(&mut self.affine, Affine::identity(dim));
        self.stages.push(Stage::Affine(affine));
        let mut card = BTreeMap::new();
        card.insert("pipeline".into(), pipeline.to_string());
        card.insert("rows".into(), self.report.rows.to_string());
        card.insert("classes".into(), self.report.classes.to_string());
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

    fn take_moments(&mut self) -> Result<Moments> {
        self.moments
            .take()
            .ok_or_else(|| Error::internal("a scorer without statistics"))
    }

    fn pair_covariances(&mut self, ridge: f64) -> Result<(Array2<f64>, Array2<f64>)> {
        self.needs_labels()?;
        let (same, different) = self.moments()?.pair_covariances()?;
        let rule = Shrinkage::Ridge(ridge);
        Ok((rule.apply(same, ridge), rule.apply(different, ridge)))
    }

    fn signed(&mut self, root: maps::SignedRoot) -> Result<Scorer> {
        self.affine.then_multiply(&root.map)?;
        Ok(if root.positive == root.map.nrows() {
            Scorer::SquaredEuclidean
        } else {
            Scorer::SignedSquared {
                positive: root.positive,
            }
        })
    }

    fn two_covariance(
        &mut self,
        pipeline: &Pipeline,
        rank: Option<usize>,
        iterations: usize,
        shrinkage: Shrinkage,
        from_class_means: bool,
    ) -> Result<TwoCovarianceFit> {
        self.needs_labels()?;
        self.moments()?.needs_two_classes()?;
        let within = self.shrunk(pipeline.scorer(), CovarianceOf::Within, shrinkage)?;
        let (stats, mean) = self.take_moments()?.into_class_statistics()?;
        let start = if from_class_means {
            plda::moments::class_mean_start(&stats, mean, within)?
        } else {
            plda::moments::moment_start(&stats, mean, within)?
        };
        self.job.check()?;
        let fitted = match rank {
            None => plda::expectation_maximisation(stats, start, iterations, EM_TOLERANCE)?,
            Some(rank) => {
                let factor = subspace::leading_factor(&start, rank)?;
                let (mean, within) = (start.mean, start.within);
                subspace::expectation_maximisation(
                    stats,
                    mean,
                    factor,
                    within,
                    iterations,
                    EM_TOLERANCE,
                )?
            }
        };
        self.report
            .log_likelihood
            .clone_from(&fitted.log_likelihood);
        Ok(fitted)
    }
}

/// Rows of a source after the stages before a stretch.
struct Mapped<'a> {
    source: &'a dyn RowSource,
    chain: Chain,
}

impl RowSource for Mapped<'_> {
    fn rows(&self) -> usize {
        self.source.rows()
    }

    fn dim(&self) -> usize {
        self.chain.output_dim()
    }

    fn read_rows_f32(&self, first: usize, out: &mut [f32]) -> Result<()> {
        let mut wide = zero_vec("a block of rows", out.len())?;
        self.read_rows_f64(first, &mut wide)?;
        for (out, wide) in out.iter_mut().zip(&wide) {
            *out = *wide as f32;
        }
        Ok(())
    }

    fn read_rows_f64(&self, first: usize, out: &mut [f64]) -> Result<()> {
        let count = out.len() / self.dim();
        let mut rows = zero_vec("a block of rows", count.saturating_mul(self.source.dim()))?;
        self.source.read_rows_f64(first, &mut rows)?;
        self.chain.apply(&rows, out);
        Ok(())
    }
}
