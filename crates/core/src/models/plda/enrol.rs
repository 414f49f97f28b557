//! Several rows of one class against one row.

use crate::error::{Code, Error, Result};
use crate::models::{Model, Scorer};

/// The posterior of a class after `n` rows, ready to be compared by the model that made it.
///
/// In the basis where W = I and B = diag ψ (Ioffe 2006; Kaldi's `ivector/plda`) the class has the mean nψ/(1 + nψ) z̄ and a next row
/// the variance 1 + ψ/(1 + nψ) about it. Averaging embeddings instead, or averaging scores,
/// treats one row and fifty alike.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// Mean of a next row, in the units of prepared rows: √λ nψ/(1 + nψ) z̄.
    mean: Vec<f64>,
    /// Half the precision of a next row, 1 / 2λ(1 + ψ/(1 + nψ)).
    own: Vec<f64>,
    /// Half the precision of any row, 1 / 2λ(1 + ψ).
    prior: Vec<f64>,
    /// ½ Σ log (1 + ψ/(1 + nψ)) / (1 + ψ).
    constant: f64,
}

impl Model {
    /// Enrols a class from prepared rows (`n × projected_dim`, see [`Model::project_rows`]).
    ///
    /// Errors: `EOPTION` for a model that is not PLDA; `EEMPTY` without rows; `EDIMENSION` if the
    /// rows are not whole. Cost: O(n · projected_dim).
    pub fn enrol(&self, projected: &[f64]) -> Result<Enrolment> {
        let Scorer::Plda(form) = self.scorer() else {
            return Err(Error::new(
                Code::Option,
                format!("enrolment of several rows with '{}'", self.scorer().name()),
                "a PLDA model",
            )
            .with_hint("Fit with plda, ln-plda, joint-bayesian or path"));
        };
        let width = self.projected_dim();
        if !projected.len().is_multiple_of(width) {
            return Err(Error::new(
                Code::Dimension,
                format!("{} values", projected.len()),
                format!("prepared rows of {width}"),
            ));
        }
        if projected.is_empty() {
            return Err(Error::new(Code::Empty, "no rows to enrol", "at least one"));
        }
        let n = (projected.len() / width) as f64;
        let mut mean = vec![0.0; form.psi().len()];
        for row in projected.chunks_exact(width) {
            for (m, u) in mean.iter_mut().zip(row) {
                *m += u / n;
            }
        }
        let (mut own, mut prior) = (Vec::new(), Vec::new());
        let mut constant = 0.0;
        for (m, &psi) in mean.iter_mut().zip(form.psi()) {
            // Prepared rows hold √λ z.
            let lambda = psi / (1.0 + 2.0 * psi);
            *m *= n * psi / (1.0 + n * psi);
            let variance = 1.0 + psi / (1.0 + n * psi);
            own.push(0.5 / (lambda * variance));
            prior.push(0.5 / (lambda * (1.0 + psi)));
            constant += 0.5 * (libm::log(variance) - libm::log1p(psi));
        }
        Ok(Enrolment {
            mean,
            own,
            prior,
            constant,
        })
    }
}

impl Enrolment {
    /// Negated log-likelihood ratio of a prepared row: log N(z; 0, 1 + ψ) − log N(z; mean,
    /// variance). For one enrolled row, the model's own distance.
    ///
    /// Errors: `EDIMENSION` for a row of another width.
    pub fn distance(&self, projected: &[f64]) -> Result<f64> {
        if projected.len() != self.mean.len() + 1 {
            return Err(Error::new(
                Code::Dimension,
                format!("a prepared row of {} values", projected.len()),
                format!("{}", self.mean.len() + 1),
            ));
        }
        let mut distance = self.constant;
        for (((u, m), own), prior) in projected
            .iter()
            .zip(&self.mean)
            .zip(&self.own)
            .zip(&self.prior)
        {
            let delta = u - m;
            distance += own * delta * delta - prior * u * u;
        }
        Ok(distance)
    }
}
