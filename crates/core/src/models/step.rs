//! The steps of a pipeline, with their parameters checked.

use std::fmt;

use crate::error::{Code, Error, Result};
use crate::statistics::Shrinkage;

/// Which mean is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Center {
    /// The mean of the rows that are fitted on.
    Train,
    /// The mean of their class means.
    ClassMeans,
    /// A vector that the caller supplies.
    Given,
}

/// How many dimensions are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimensions {
    /// This many, or the rank if that is smaller.
    Fixed(usize),
    /// ⌊(N − K) / ratio⌋ — `ratio` residual rows for each dimension kept — within 1 and the rank.
    Auto {
        /// Residual rows per dimension.
        ratio: usize,
    },
}

/// Which square root of the inverse covariance whitens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhitenKind {
    /// Λ^{-1/2} V: principal axes.
    Pca,
    /// Vᵀ Λ^{-1/2} V: symmetric, closest to the original axes.
    Zca,
    /// Lᵀ with L Lᵀ = C⁻¹, L lower.
    Cholesky,
}

/// Which covariance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CovarianceOf {
    /// Of all rows about their mean, denominator N − 1.
    Total,
    /// Of rows about the means of their classes, denominator N − K.
    Within,
}

/// One step: a map of rows. All but [`Step::LengthNorm`] are affine. No map but `center` moves
/// the origin, so a given center survives what follows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// x ← x − c.
    Center(Center),
    /// x ← x / ‖x‖; the zero vector stays.
    LengthNorm,
    /// Principal axes of the total covariance, optionally scaled to unit variance.
    Pca {
        /// Axes to keep.
        dimensions: Dimensions,
        /// Scale to unit variance (denominator N − 1).
        whiten: bool,
    },
    /// A square root of the inverse total covariance.
    Whiten {
        /// Which root.
        kind: WhitenKind,
        /// Of the covariance, before it is inverted.
        shrinkage: Shrinkage,
    },
    /// Within-class covariance normalisation: x ← Lᵀx with L Lᵀ = W⁻¹, L lower.
    Wccn {
        /// Of W.
        shrinkage: Shrinkage,
    },
    /// Nuisance attribute projection: removes the leading axes of W.
    Nap {
        /// Axes to remove.
        axes: usize,
    },
    /// Linear discriminants: leading solutions of B v = λ W v with v W vᵀ = 1.
    Lda {
        /// Discriminants to keep; by default min(d, K − 1).
        components: Option<usize>,
        /// Of W.
        shrinkage: Shrinkage,
    },
    /// The map whose squared Euclidean distance is δᵀ C⁻¹ δ.
    Mahalanobis {
        /// Which C.
        of: CovarianceOf,
        /// Of C.
        shrinkage: Shrinkage,
    },
}

/// The final form over pairs of mapped rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ScorerSpec {
    /// 1 − cos.
    Cosine,
    /// ‖δ‖².
    SquaredEuclidean,
    /// ‖δ‖.
    Euclidean,
    /// −⟨x, y⟩.
    Dot,
    /// δᵀ(Σ_S⁻¹ − Σ_D⁻¹)δ over the covariances of all same-class and all different-class
    /// differences.
    Kissme {
        /// Multiple of the mean variance that is added to both covariances.
        ridge: f64,
        /// Drop negative eigenvalues.
        psd: bool,
    },
    /// KISSME in the subspace of the leading ratios of Σ_D to Σ_S.
    Xqda {
        /// Subspace; by default the ratios above 1.
        components: Option<usize>,
        /// As in KISSME.
        ridge: f64,
    },
    /// Log-likelihood ratio of the two-covariance model, negated.
    Plda {
        /// Rank of the between covariance; by default full.
        subspace: Option<usize>,
        /// Most EM iterations after the moment start.
        iterations: usize,
        /// Of W at the start.
        shrinkage: Shrinkage,
    },
    /// The same model, started from the covariance of class means.
    JointBayesian {
        /// Most EM iterations.
        iterations: usize,
        /// Of W at the start.
        shrinkage: Shrinkage,
    },
    /// Subspace PLDA scored with heavy-tailed residuals.
    HeavyTailed {
        /// Degrees of freedom ν.
        nu: f64,
        /// Rank of the between covariance; by default half of the dimensions, K − 1 at most.
        subspace: Option<usize>,
        /// Most EM iterations.
        iterations: usize,
        /// Of W at the start.
        shrinkage: Shrinkage,
    },
    /// Moment estimates with W ← (1 − ρ) W + ρ (tr W / d) I: from PLDA at 0 towards cosine at 1.
    Path {
        /// ρ in [0, 1].
        rho: f64,
    },
}

/// Steps and a scorer.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    steps: Vec<Step>,
    scorer: ScorerSpec,
}

impl Pipeline {
    /// The pipeline for a fit with or without a vector to center by: with one, the first `center`
    /// subtracts it in place of the mean it names.
    ///
    /// Errors: `EOPTION` for a vector without a `center`, and for `center(given)` without a vector.
    pub fn centered(mut self, given: bool) -> Result<Self> {
        let has = |wanted: Center| self.steps.contains(&Step::Center(wanted));
        if has(Center::Given) == given {
            return Ok(self);
        }
        if !given {
            return Err(Error::new(
                Code::Option,
                "center(given) without a vector",
                "the vector to subtract",
            )
            .with_hint("Give it (--center FILE.npy), or write center"));
        }
        let first = self.steps.iter_mut().find(|s| matches!(s, Step::Center(_)));
        match first {
            Some(step) => *step = Step::Center(Center::Given),
            None => {
                let found = format!("a center for '{self}', which has no step center");
                return Err(Error::new(Code::Option, found, "a pipeline with center")
                    .with_hint("Begin the pipeline with center(given)"));
            }
        }
        Ok(self)
    }

    /// Checks every parameter.
    ///
    /// Errors: `EMETRIC` for a parameter outside its range.
    pub fn new(steps: Vec<Step>, scorer: ScorerSpec) -> Result<Self> {
        for step in &steps {
            match *step {
                Step::Center(_) | Step::LengthNorm => {}
                Step::Pca { dimensions, .. } => match dimensions {
                    Dimensions::Fixed(k) => at_least_one("pca", "dimensions", k)?,
                    Dimensions::Auto { ratio } => at_least_one("pca", "ratio", ratio)?,
                },
                Step::Whiten { shrinkage, .. } => check_shrinkage("whiten", shrinkage)?,
                Step::Wccn { shrinkage } => check_shrinkage("wccn", shrinkage)?,
                Step::Nap { axes } => at_least_one("nap", "axes", axes)?,
                Step::Lda {
                    components,
                    shrinkage,
                } => {
                    at_least_one("lda", "components", components.unwrap_or(1))?;
                    check_shrinkage("lda", shrinkage)?;
                }
                Step::Mahalanobis { shrinkage, .. } => check_shrinkage("mahalanobis", shrinkage)?,
            }
        }
        match scorer {
            ScorerSpec::Cosine
            | ScorerSpec::SquaredEuclidean
            | ScorerSpec::Euclidean
            | ScorerSpec::Dot => {}
            ScorerSpec::Kissme { ridge, .. } => not_negative("kissme", "ridge", ridge)?,
            ScorerSpec::Xqda { components, ridge } => {
                at_least_one("xqda", "components", components.unwrap_or(1))?;
                not_negative("xqda", "ridge", ridge)?;
            }
            ScorerSpec::Plda {
                subspace,
                shrinkage,
                ..
            } => {
                at_least_one("plda", "subspace", subspace.unwrap_or(1))?;
                check_shrinkage("plda", shrinkage)?;
            }
            ScorerSpec::JointBayesian { shrinkage, .. } => {
                check_shrinkage("joint-bayesian", shrinkage)?;
            }
            ScorerSpec::HeavyTailed {
                nu,
                subspace,
                shrinkage,
                ..
            } => {
                if !(nu.is_finite() && nu > 0.0) {
                    return Err(range("htplda", "nu", nu, "a positive number"));
                }
                at_least_one("htplda", "subspace", subspace.unwrap_or(1))?;
                check_shrinkage("htplda", shrinkage)?;
            }
            ScorerSpec::Path { rho } => {
                if !(0.0..=1.0).contains(&rho) {
                    return Err(range("path", "rho", rho, "a number between 0 and 1"));
                }
            }
        }
        Ok(Self { steps, scorer })
    }

    /// The steps, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The scorer.
    pub fn scorer(&self) -> &ScorerSpec {
        &self.scorer
    }
}

fn range(name: &str, parameter: &str, found: impl fmt::Display, expected: &str) -> Error {
    Error::new(
        Code::Metric,
        format!("{name}({parameter}={found})"),
        expected,
    )
}

fn at_least_one(name: &str, parameter: &str, value: usize) -> Result<()> {
    if value == 0 {
        return Err(range(name, parameter, value, "at least 1"));
    }
    Ok(())
}

fn not_negative(name: &str, parameter: &str, value: f64) -> Result<()> {
    if !(value.is_finite() && value >= 0.0) {
        return Err(range(
            name,
            parameter,
            value,
            "a number that is not negative",
        ));
    }
    Ok(())
}

fn check_shrinkage(name: &str, shrinkage: Shrinkage) -> Result<()> {
    match shrinkage {
        Shrinkage::LedoitWolf | Shrinkage::Oas => Ok(()),
        Shrinkage::Fixed(rho) if (0.0..=1.0).contains(&rho) => Ok(()),
        Shrinkage::Fixed(rho) => Err(range(
            name,
            "shrinkage",
            rho,
            "auto, oas, none or a number between 0 and 1",
        )),
        Shrinkage::Ridge(epsilon) => not_negative(name, "ridge", epsilon),
    }
}
