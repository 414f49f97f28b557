//! Several rows of one class against one row.

use super::model::Model;
use super::scorer::{PldaForm, Scorer};
use crate::error::{Code, Error, Result};

/// The posterior of a class after `n` rows, ready to be compared.
///
/// In the basis where W = I and B = diag ψ the class has the mean nψ/(1 + nψ) z̄ and a next row
/// the variance 1 + ψ/(1 + nψ) about it. Averaging embeddings instead, or averaging scores,
/// treats one row and fifty alike.
#[derive(Clone, Debug)]
pub struct Enrolment<'a> {
    form: &'a PldaForm,
    mean: Vec<f64>,
    variance: Vec<f64>,
}

impl Model {
    /// Enrols a class from prepared rows (`n × projected_dim`, see [`Model::project_rows`]).
    ///
    /// Errors: `EOPTION` for a model that is not PLDA; `EEMPTY` without rows; `EDIMENSION` if the
    /// rows are not whole.
    pub fn enrol(&self, projected: &[f64]) -> Result<Enrolment<'_>> {
        let Scorer::Plda(form) = self.scorer() else {
            return Err(Error::new(
                Code::Option,
                format!("enrolment of several rows with '{}'", self.scorer().name()),
                "a PLDA model",
            ));
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
        let mut mean = vec![0.0; form.psi.len()];
        for row in projected.chunks_exact(width) {
            for (m, u) in mean.iter_mut().zip(row) {
                *m += u / n;
            }
        }
        let mut variance = Vec::with_capacity(mean.len());
        for (m, &p) in mean.iter_mut().zip(&form.psi) {
            // Prepared rows hold √λ z.
            *m *= n * p / (1.0 + n * p) / lambda(p).sqrt();
            variance.push(1.0 + p / (1.0 + n * p));
        }
        Ok(Enrolment {
            form,
            mean,
            variance,
        })
    }
}

impl Enrolment<'_> {
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
        let mut ratio = 0.0;
        for (i, &p) in self.form.psi.iter().enumerate() {
            let z = projected[i] / lambda(p).sqrt();
            let (own, prior) = (self.variance[i], 1.0 + p);
            let delta = z - self.mean[i];
            ratio -= 0.5 * (delta * delta / own + libm::log(own));
            ratio += 0.5 * (z * z / prior + libm::log(prior));
        }
        Ok(-ratio)
    }
}

fn lambda(psi: f64) -> f64 {
    psi / (1.0 + 2.0 * psi)
}
