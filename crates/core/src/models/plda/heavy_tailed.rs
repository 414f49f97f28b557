//! Scores of subspace PLDA with heavy-tailed residuals (Kenny 2010), in the closed form of Silnova et
//! al. (2018).
//!
//! In the basis where W = I and B = diag ψ on the first r of D coordinates, a row z has the scale
//! b = (ν + D − r)/(ν + Σ_{i>r} z_i²): the farther it lies from the subspace, the less it says.
//! With a = b √ψ∘z the likelihood of a set of rows is ½ Σ a²/(1 + bψ) − ½ Σ log(1 + bψ) at the
//! sums of their a and b.

/// ψ of the subspace, ν, and D − r.
#[derive(Clone, Debug, PartialEq)]
pub struct HeavyTailedForm {
    pub(crate) psi: Vec<f64>,
    pub(crate) nu: f64,
    pub(crate) residual_dim: usize,
}

impl HeavyTailedForm {
    pub(crate) fn projected_dim(&self) -> usize {
        self.psi.len() + 2
    }

    /// Writes a, b and the row's own log-likelihood.
    pub(crate) fn project(&self, z: &[f64], out: &mut [f64]) {
        let r = self.psi.len();
        let rest: f64 = z[r..].iter().map(|v| v * v).sum();
        let scale = (self.nu + self.residual_dim as f64) / (self.nu + rest);
        for ((o, z), p) in out.iter_mut().zip(z).zip(&self.psi) {
            *o = scale * p.sqrt() * z;
        }
        out[r] = scale;
        let zero = vec![0.0; r];
        out[r + 1] = self.log_likelihood(&out[..r], &zero, scale);
    }

    pub(crate) fn log_likelihood_ratio(&self, x: &[f64], y: &[f64]) -> f64 {
        let r = self.psi.len();
        self.log_likelihood(&x[..r], &y[..r], x[r] + y[r]) - (x[r + 1] + y[r + 1])
    }

    fn log_likelihood(&self, a: &[f64], b: &[f64], scale: f64) -> f64 {
        let mut out = 0.0;
        for ((a, b), p) in a.iter().zip(b).zip(&self.psi) {
            let sum = a + b;
            out += 0.5 * sum * sum / (1.0 + scale * p) - 0.5 * libm::log1p(scale * p);
        }
        out
    }
}
