//! Fits the form over pairs.

use ndarray::{Array1, Array2};

use super::fitter::Fitter;
use crate::error::{Code, Error, Result};
use crate::linalg::first_rows;
use crate::models::maps::{self, SignedRoot};
use crate::models::pipeline::{CovarianceOf, Em, ScorerSpec};
use crate::models::plda::start::{class_mean_start, moment_start, path_model};
use crate::models::plda::subspace::{self, Subspace};
use crate::models::plda::{HeavyTailedForm, Stop, TwoCovariance, TwoCovarianceFit};
use crate::models::scorer::{PldaForm, Scorer};
use crate::statistics::{ClassStatistics, Shrinkage};

/// How the covariances that EM begins with follow from the statistics, the mean and W.
type Start = fn(&ClassStatistics, Array1<f64>, Array2<f64>) -> Result<TwoCovariance>;

impl Fitter<'_> {
    /// Fits `spec` after the steps, extending the map where the form needs it.
    pub(super) fn scorer(&mut self, spec: &ScorerSpec) -> Result<Scorer> {
        match *spec {
            ScorerSpec::Cosine => Ok(Scorer::Cosine),
            ScorerSpec::SquaredEuclidean => Ok(Scorer::SquaredEuclidean),
            ScorerSpec::Euclidean => Ok(Scorer::Euclidean),
            ScorerSpec::Dot => Ok(Scorer::Dot),
            ScorerSpec::Kissme { ridge, psd } => {
                let (same, different) = self.pair_covariances(ridge)?;
                self.signed(&maps::kissme(&same, &different, psd)?)
            }
            ScorerSpec::Xqda { components, ridge } => {
                let (same, different) = self.pair_covariances(ridge)?;
                let root = maps::xqda(&same, &different, components)?;
                self.decide(spec, "dimensions", root.map.nrows() as f64);
                self.signed(&root)
            }
            ScorerSpec::Plda {
                subspace,
                em,
                adapt: None,
            } => {
                let fitted = self.two_covariance(spec, em, subspace, moment_start)?;
                self.append_plda(spec, fitted.model, fitted.psi, fitted.transform)
            }
            ScorerSpec::Plda {
                subspace,
                em,
                adapt,
            } => {
                let source = self.source_covariance(adapt)?;
                let fitted = self.two_covariance(spec, em, subspace, moment_start)?;
                let rho = self.last_shrinkage();
                let model = self.adapted(spec, fitted.model, source, |stats, mean| {
                    let freedom = stats.rows() - stats.counts.len() as f64;
                    let within = em.shrinkage.apply(&stats.within * (1.0 / freedom), rho);
                    moment_start(stats, mean, within)
                })?;
                let (psi, transform) = model.diagonalize()?;
                self.append_plda(spec, model, psi, transform)
            }
            ScorerSpec::JointBayesian { em } => {
                let fitted = self.two_covariance(spec, em, None, class_mean_start)?;
                self.append_plda(spec, fitted.model, fitted.psi, fitted.transform)
            }
            ScorerSpec::HeavyTailed { nu, subspace, em } => {
                self.heavy_tailed(spec, nu, subspace, em)
            }
            ScorerSpec::Path { rho, adapt } => {
                self.needs_labels()?;
                let source = self.source_covariance(adapt)?;
                let (stats, mean) = self.take_moments()?.into_class_statistics()?;
                let model = path_model(&stats, mean, rho)?;
                self.decide_condition(spec, &model.within)?;
                let half = |stats: &ClassStatistics, mean| path_model(stats, mean, rho);
                let model = self.adapted(spec, model, source, half)?;
                let (psi, transform) = model.diagonalize()?;
                self.append_plda(spec, model, psi, transform)
            }
        }
    }

    /// The ρ that was decided last.
    fn last_shrinkage(&self) -> f64 {
        let mut last = self.report.decisions.iter().rev();
        last.find(|d| d.name == "shrinkage")
            .map_or(0.0, |d| d.value)
    }

    fn pair_covariances(&mut self, ridge: f64) -> Result<(Array2<f64>, Array2<f64>)> {
        self.needs_labels()?;
        let (same, different) = self.moments()?.pair_covariances()?;
        let rule = Shrinkage::Ridge(ridge);
        Ok((rule.apply(same, ridge), rule.apply(different, ridge)))
    }

    fn signed(&mut self, root: &SignedRoot) -> Result<Scorer> {
        self.without_unit();
        self.affine.then_multiply(&root.map)?;
        Ok(if root.positive == root.map.nrows() {
            Scorer::SquaredEuclidean
        } else {
            Scorer::SignedSquared {
                positive: root.positive,
            }
        })
    }

    fn heavy_tailed(
        &mut self,
        spec: &ScorerSpec,
        nu: f64,
        subspace: Option<usize>,
        em: Em,
    ) -> Result<Scorer> {
        let moments = self.moments()?;
        let most = moments.class_count().saturating_sub(1).max(1);
        let rank = subspace.unwrap_or((moments.dim() / 2).max(1).min(most));
        let fitted = self.two_covariance(spec, em, Some(rank), moment_start)?;
        let (mut psi, transform) = (fitted.psi, fitted.transform);
        keep_positive(&mut psi)?;
        self.decide(spec, "dimensions", psi.len() as f64);
        let residual_dim = transform.nrows() - psi.len();
        self.without_unit();
        self.affine.then_subtract(&fitted.model.mean);
        self.affine.then_multiply(&transform)?;
        Ok(Scorer::HeavyTailed(HeavyTailedForm {
            psi,
            nu,
            residual_dim,
        }))
    }

    /// Fits B, of full rank unless given, and W.
    fn two_covariance(
        &mut self,
        spec: &ScorerSpec,
        em: Em,
        rank: Option<usize>,
        start: Start,
    ) -> Result<TwoCovarianceFit> {
        self.needs_labels()?;
        self.moments()?.needs_two_classes()?;
        let (within, _) = self.shrunk_matrix(spec, CovarianceOf::Within, em.shrinkage)?;
        let (stats, mean) = self.take_moments()?.into_class_statistics()?;
        let start = start(&stats, mean, within)?;
        let start = Subspace::leading(start, rank.unwrap_or(usize::MAX))?;
        let stop = Stop {
            iterations: em.iterations,
            tolerance: em.tolerance,
            rounding: self.rounding_share(start.within.nrows()),
        };
        let fitted = subspace::expectation_maximisation(&stats, start, stop, self.job)?;
        self.decide_condition(spec, &fitted.model.within)?;
        // Without iterations the start is the model, and nothing was to converge.
        self.report.converged = (em.iterations > 0).then_some(fitted.converged);
        if self.report.converged == Some(false) {
            let text = format!(
                "the likelihood of {spec} still rose after {} iterations: raise iterations, or tolerance",
                em.iterations
            );
            self.warn("em-not-converged", text);
        }
        // The density of rows in their own unit.
        let volume =
            stats.rows() * fitted.transform.ncols() as f64 * libm::log(self.present_unit());
        let in_unit = |value: &f64| value - volume;
        self.report.log_likelihood = fitted.log_likelihood.iter().map(in_unit).collect();
        Ok(fitted)
    }

    /// Extends the map by the diagonalising `transform` of `model`, of which only ψ > 0 matters.
    fn append_plda(
        &mut self,
        spec: &ScorerSpec,
        model: TwoCovariance,
        mut psi: Vec<f64>,
        transform: Array2<f64>,
    ) -> Result<Scorer> {
        keep_positive(&mut psi)?;
        if self.present_unit() != 1.0 {
            // B and W in their own unit may leave the range of doubles.
            self.decide(spec, "unit", self.unit);
        }
        self.without_unit();
        self.affine.then_subtract(&model.mean);
        self.affine
            .then_multiply(&first_rows(transform, psi.len()))?;
        Ok(Scorer::Plda(PldaForm::new(
            psi,
            model.between,
            model.within,
        )))
    }
}

/// Drops what is zero of ψ in descending order.
///
/// Errors: `EONECLASS` if all of it is.
fn keep_positive(psi: &mut Vec<f64>) -> Result<()> {
    psi.truncate(psi.iter().take_while(|&&p| p > 0.0).count());
    if psi.is_empty() {
        return Err(Error::new(
            Code::OneClass,
            "class means that do not differ more than chance",
            "classes that can be told apart",
        )
        .with_hint("Check that each label stands at its row, or learn from more people"));
    }
    Ok(())
}
