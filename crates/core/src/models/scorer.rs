//! The final form over pairs of mapped rows.

use ndarray::Array2;

use super::affine::length;
use super::plda::HeavyTailedForm;
use crate::error::{Code, Error, Result};
use crate::kernels::{Isa, Kernels, PairSum};

/// How two mapped rows become a distance; smaller is more alike.
#[derive(Clone, Debug, PartialEq)]
pub enum Scorer {
    /// 1 − cos, in [0, 2]; undefined for a zero row.
    Cosine,
    /// ‖δ‖².
    SquaredEuclidean,
    /// ‖δ‖.
    Euclidean,
    /// −⟨x, y⟩.
    Dot,
    /// Squares of the first `positive` coordinates of δ less those of the others; can be negative.
    SignedSquared {
        /// Coordinates that count as they are.
        positive: usize,
    },
    /// Negated log-likelihood ratio of the two-covariance model.
    Plda(PldaForm),
    /// Negated log-likelihood ratio with heavy tails.
    HeavyTailed(HeavyTailedForm),
}

/// The diagonal form of a two-covariance model (Ioffe 2006) and the covariances it came from.
///
/// LLR = Σ λ z₁z₂ + γ (z₁² + z₂²) + k with λ = ψ/(1 + 2ψ), γ = −½ψ²/((1 + ψ)(1 + 2ψ)) and
/// k = −½ Σ (log(1 + 2ψ) − 2 log(1 + ψ)).
#[derive(Clone, Debug, PartialEq)]
pub struct PldaForm {
    pub(super) psi: Vec<f64>,
    pub(super) between: Array2<f64>,
    pub(super) within: Array2<f64>,
    constant: f64,
}

impl PldaForm {
    /// The form with ψ > 0 in descending order, B and W.
    pub fn new(psi: Vec<f64>, between: Array2<f64>, within: Array2<f64>) -> Self {
        let constant = -0.5
            * psi
                .iter()
                .map(|&p| libm::log1p(2.0 * p) - 2.0 * libm::log1p(p))
                .sum::<f64>();
        Self {
            psi,
            between,
            within,
            constant,
        }
    }

    /// ψ > 0 in descending order: variance between classes where that inside them is one.
    pub fn psi(&self) -> &[f64] {
        &self.psi
    }

    /// B in the space the model was fitted in.
    pub fn between(&self) -> &Array2<f64> {
        &self.between
    }

    /// W in the space the model was fitted in.
    pub fn within(&self) -> &Array2<f64> {
        &self.within
    }

    /// k.
    pub fn constant(&self) -> f64 {
        self.constant
    }

    /// Writes √λ∘z and, last, Σ γ z² + k/2: the ratio is then one inner product and two terms.
    fn project(&self, z: &[f64], out: &mut [f64]) {
        let mut own = 0.5 * self.constant;
        for ((o, &z), &p) in out.iter_mut().zip(z).zip(&self.psi) {
            *o = (p / (1.0 + 2.0 * p)).sqrt() * z;
            own -= 0.5 * p * p / ((1.0 + p) * (1.0 + 2.0 * p)) * z * z;
        }
        out[self.psi.len()] = own;
    }
}

impl Scorer {
    /// Lower-case name, as it stands in model files.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Cosine => "cosine",
            Self::SquaredEuclidean => "sqeuclidean",
            Self::Euclidean => "euclidean",
            Self::Dot => "dot",
            Self::SignedSquared { .. } => "signed-squared",
            Self::Plda(_) => "plda",
            Self::HeavyTailed(_) => "htplda",
        }
    }

    /// Columns that rows of `mapped` columns are prepared to.
    pub(super) fn projected_dim(&self, mapped: usize) -> usize {
        match self {
            Self::Plda(form) => form.psi.len() + 1,
            Self::HeavyTailed(form) => form.projected_dim(),
            _ => mapped,
        }
    }

    /// Tells if prepared rows lie where mapped ones do: [`Self::project_in_place`] makes them, otherwise [`Self::project`].
    pub(super) fn projects_in_place(&self) -> bool {
        !matches!(self, Self::Plda(_) | Self::HeavyTailed(_))
    }

    /// Prepares one mapped row where it lies.
    ///
    /// Errors: `EUNDEFINED` for a zero row under cosine.
    pub(super) fn project_in_place(&self, row: &mut [f64]) -> Result<()> {
        if !matches!(self, Self::Cosine) {
            return Ok(());
        }
        let norm = length(row);
        if norm == 0.0 {
            return Err(Error::new(
                Code::Undefined,
                "a row that the model maps to zero",
                "a direction for cosine",
            )
            .with_hint("Drop the row"));
        }
        row.iter_mut().for_each(|v| *v /= norm);
        Ok(())
    }

    /// Prepares one mapped row.
    pub(super) fn project(&self, mapped: &[f64], out: &mut [f64]) {
        match self {
            Self::Plda(form) => form.project(mapped, out),
            Self::HeavyTailed(form) => form.project(mapped, out),
            _ => out.copy_from_slice(mapped),
        }
    }

    /// The sum over both rows that may be computed for several pairs at once, and the columns that it takes.
    pub(super) fn pair_sum(&self, width: usize) -> Option<(PairSum, usize)> {
        match self {
            Self::Cosine | Self::Dot => Some((PairSum::Products, width)),
            Self::SquaredEuclidean | Self::Euclidean => Some((PairSum::Squares, width)),
            Self::Plda(form) => Some((PairSum::Products, form.psi.len())),
            Self::SignedSquared { .. } | Self::HeavyTailed(_) => None,
        }
    }

    /// Distance of two prepared rows, whose [`Self::pair_sum`] may be known.
    pub(super) fn distance(&self, known: Option<f64>, x: &[f64], y: &[f64]) -> f64 {
        let dot = |x: &[f64], y: &[f64]| known.unwrap_or_else(|| dot(x, y));
        let squares = |x: &[f64], y: &[f64]| known.unwrap_or_else(|| squared_distance(x, y));
        match self {
            Self::Cosine => (1.0 - dot(x, y)).clamp(0.0, 2.0),
            Self::SquaredEuclidean => squares(x, y),
            Self::Euclidean => root(squares(x, y), x, y),
            Self::Dot => -dot(x, y),
            Self::SignedSquared { positive } => {
                squared_distance(&x[..*positive], &y[..*positive])
                    - squared_distance(&x[*positive..], &y[*positive..])
            }
            Self::Plda(form) => {
                let r = form.psi.len();
                -(dot(&x[..r], &y[..r]) + (x[r] + y[r]))
            }
            Self::HeavyTailed(form) => -form.log_likelihood_ratio(x, y),
        }
    }
}

/// ⟨x, y⟩ in the one order of summation.
pub(super) fn dot(x: &[f64], y: &[f64]) -> f64 {
    (Kernels::<f64>::for_isa(Isa::best()).dot)(x, y)
}

/// ‖x − y‖ from its square, also where that leaves the range of doubles.
fn root(square: f64, x: &[f64], y: &[f64]) -> f64 {
    if square.is_finite() && square > 1e-290 {
        return square.sqrt();
    }
    let difference: Vec<f64> = x.iter().zip(y).map(|(x, y)| x - y).collect();
    length(&difference)
}

fn squared_distance(x: &[f64], y: &[f64]) -> f64 {
    (Kernels::<f64>::for_isa(Isa::best()).sqeuclidean)(x, y)
}
