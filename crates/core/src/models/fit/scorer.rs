//! Fits the form over pairs.

use ndarray::{Array1, Array2};

use super::fitter::Fitter;
use crate::error::{Code, Error, Result};
use crate::linalg::first_rows;
use crate::models::maps::{self, SignedRoot};
use crate::models::pipeline::{CovarianceOf, ScorerSpec};
use crate::models::plda::start::{class_mean_start, moment_start, path_model};
use crate::models::plda::subspace::{self, Subspace};
use crate::models::plda::{
    HeavyTailedForm, TwoCovariance, TwoCovarianceFit, expectation_maximisation,
};
use crate::models::scorer::{PldaForm, Scorer};
use crate::statistics::{ClassStatistics, Shrinkage};

/// Gain of log-likelihood per value below which EM stops.
const EM_TOLERANCE: f64 = 1e-6;

/// How the covariances that EM begins with follow from the statistics, the mean and W.
type Start = fn(&ClassStatistics, Array1<f64>, Array2<f64>) -> Result<TwoCovariance>;

/// Statistics that PLDA is fitted to.
struct EmOptions {
    /// Rank of B; full if absent.
    rank: Option<usize>,
    iterations: usize,
    shrinkage: Shrinkage,
    start: Start,
}

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
                subspace: rank,
                iterations,
                shrinkage,
            } => self.plda(
                spec,
                EmOptions {
                    rank,
                    iterations,
                    shrinkage,
                    start: moment_start,
                },
            ),
            ScorerSpec::JointBayesian {
                iterations,
                shrinkage,
            } => self.plda(
                spec,
                EmOptions {
                    rank: None,
                    iterations,
                    shrinkage,
                    start: class_mean_start,
                },
            ),
            ScorerSpec::HeavyTailed {
                nu,
                subspace,
                iterations,
                shrinkage,
            } => {
                let moments = self.moments()?;
                let most = moments.class_count().saturating_sub(1).max(1);
                let rank = subspace.unwrap_or((moments.dim() / 2).max(1).min(most));
                let options = EmOptions {
                    rank: Some(rank),
                    iterations,
                    shrinkage,
                    start: moment_start,
                };
                self.heavy_tailed(spec, nu, rank, options)
            }
            ScorerSpec::Path { rho } => {
                self.needs_labels()?;
                let (stats, mean) = self.take_moments()?.into_class_statistics()?;
                let model = path_model(&stats, mean, rho)?;
                let (psi, transform) = model.diagonalize()?;
                self.append_plda(model, psi, transform)
            }
        }
    }

    fn pair_covariances(&mut self, ridge: f64) -> Result<(Array2<f64>, Array2<f64>)> {
        self.needs_labels()?;
        let (same, different) = self.moments()?.pair_covariances()?;
        let rule = Shrinkage::Ridge(ridge);
        Ok((rule.apply(same, ridge), rule.apply(different, ridge)))
    }

    fn signed(&mut self, root: &SignedRoot) -> Result<Scorer> {
        self.affine.then_multiply(&root.map)?;
        Ok(if root.positive == root.map.nrows() {
            Scorer::SquaredEuclidean
        } else {
            Scorer::SignedSquared {
                positive: root.positive,
            }
        })
    }

    fn plda(&mut self, spec: &ScorerSpec, options: EmOptions) -> Result<Scorer> {
        let fitted = self.two_covariance(spec, options)?;
        self.append_plda(fitted.model, fitted.psi, fitted.transform)
    }

    fn heavy_tailed(
        &mut self,
        spec: &ScorerSpec,
        nu: f64,
        rank: usize,
        options: EmOptions,
    ) -> Result<Scorer> {
        let fitted = self.two_covariance(spec, options)?;
        self.decide(spec, "dimensions", rank as f64);
        let (mut psi, transform) = (fitted.psi, fitted.transform);
        psi.truncate(psi.iter().take_while(|&&p| p > 0.0).count().min(rank));
        let residual_dim = transform.nrows() - psi.len();
        self.affine.then_subtract(&fitted.model.mean);
        self.affine.then_multiply(&transform)?;
        Ok(Scorer::HeavyTailed(HeavyTailedForm {
            psi,
            nu,
            residual_dim,
        }))
    }

    fn two_covariance(
        &mut self,
        spec: &ScorerSpec,
        options: EmOptions,
    ) -> Result<TwoCovarianceFit> {
        self.needs_labels()?;
        self.moments()?.needs_two_classes()?;
        let within = self.shrunk(spec, CovarianceOf::Within, options.shrinkage)?;
        let (stats, mean) = self.take_moments()?.into_class_statistics()?;
        let start = (options.start)(&stats, mean, within)?;
        self.job.check()?;
        let iterations = options.iterations;
        let fitted = match options.rank {
            None => expectation_maximisation(stats, start, iterations, EM_TOLERANCE)?,
            Some(rank) => {
                let start = Subspace::leading(start, rank)?;
                subspace::expectation_maximisation(&stats, start, iterations, EM_TOLERANCE)?
            }
        };
        self.report
            .log_likelihood
            .clone_from(&fitted.log_likelihood);
        Ok(fitted)
    }

    /// Extends the map by the diagonalising `transform` of `model`, of which only ψ > 0 matters.
    fn append_plda(
        &mut self,
        model: TwoCovariance,
        mut psi: Vec<f64>,
        transform: Array2<f64>,
    ) -> Result<Scorer> {
        let kept = psi.iter().take_while(|&&p| p > 0.0).count();
        if kept == 0 {
            return Err(Error::new(
                Code::OneClass,
                "class means that do not differ",
                "classes that can be told apart",
            ));
        }
        psi.truncate(kept);
        self.affine.then_subtract(&model.mean);
        self.affine.then_multiply(&first_rows(transform, kept))?;
        Ok(Scorer::Plda(PldaForm::new(
            psi,
            model.between,
            model.within,
        )))
    }
}
