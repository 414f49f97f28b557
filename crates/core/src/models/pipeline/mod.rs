//! A pipeline: steps and a scorer, written `center, pca(64), wccn, cosine` or named by a preset.

mod grammar;
mod preset;
mod step;

use std::fmt;

use crate::error::{Code, Error, Result};
use crate::statistics::Shrinkage;
pub use preset::{DEFAULT_PIPELINE, PRESETS, Preset};
pub use step::{
    Adapt, AdaptRule, Center, CovarianceOf, Dimensions, Em, ScorerSpec, Step, WhitenKind,
};

/// A model has a map before each length normalisation and one after the last; a file holds at most 64
/// tensors, three for a map and three for the scorer.
const MOST_LENGTH_NORMS: usize = 16;

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
            .with_hint("Write center")
            .with_advice("give the vector", "center", None));
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
    /// Errors: `EMETRIC` for a parameter outside its range, and for more length normalisations than a
    /// model file has room for, 16.
    pub fn new(steps: Vec<Step>, scorer: ScorerSpec) -> Result<Self> {
        let normalisations = steps.iter().filter(|s| **s == Step::LengthNorm).count();
        if normalisations > MOST_LENGTH_NORMS {
            return Err(Error::new(
                Code::Metric,
                format!("{normalisations} steps length-norm"),
                format!("at most {MOST_LENGTH_NORMS}"),
            ));
        }
        for step in &steps {
            match *step {
                Step::Center(_) | Step::LengthNorm => {}
                Step::Pca { dimensions, .. } => match dimensions {
                    Dimensions::Fixed(k) => at_least_one("pca", "dimensions", k)?,
                    Dimensions::Rank => {}
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
                Step::Coral { shrinkage } => check_shrinkage("coral", shrinkage)?,
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
                em,
                adapt,
            } => {
                at_least_one("plda", "subspace", subspace.unwrap_or(1))?;
                check_em("plda", em)?;
                check_adapt("plda", adapt)?;
            }
            ScorerSpec::JointBayesian { em } => check_em("joint-bayesian", em)?,
            ScorerSpec::HeavyTailed { nu, subspace, em } => {
                if !(nu.is_finite() && nu > 0.0) {
                    return Err(range("htplda", "nu", nu, "a positive number"));
                }
                at_least_one("htplda", "subspace", subspace.unwrap_or(1))?;
                check_em("htplda", em)?;
            }
            ScorerSpec::Path { rho, adapt } => {
                share("path", "rho", rho)?;
                check_adapt("path", adapt)?;
            }
        }
        check_coral(&steps, &scorer)?;
        Ok(Self { steps, scorer })
    }

    /// True if a fit uses statistics of unlabelled rows of a target.
    pub fn uses_target(&self) -> bool {
        adapt_of(&self.scorer).is_some() || self.steps.iter().any(is_coral)
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

/// How the scorer adapts.
pub(in crate::models) fn adapt_of(scorer: &ScorerSpec) -> Option<Adapt> {
    match *scorer {
        ScorerSpec::Plda { adapt, .. } | ScorerSpec::Path { adapt, .. } => adapt,
        _ => None,
    }
}

pub(in crate::models) fn is_coral(step: &Step) -> bool {
    matches!(step, Step::Coral { .. })
}

/// After `coral` the rows that are fitted on and those that are scored go different ways, which a model
/// says of no length normalisation.
fn check_coral(steps: &[Step], scorer: &ScorerSpec) -> Result<()> {
    let Some(first) = steps.iter().position(is_coral) else {
        return Ok(());
    };
    let after = &steps[first + 1..];
    let found = if after.contains(&Step::LengthNorm) {
        "length-norm after coral"
    } else if after.iter().any(is_coral) || adapt_of(scorer).is_some() {
        "coral and another adaptation after it"
    } else {
        return Ok(());
    };
    let expected = "coral after the last length-norm, and one adaptation";
    Err(Error::new(Code::Metric, found, expected))
}

fn check_adapt(name: &str, adapt: Option<Adapt>) -> Result<()> {
    let Some(adapt) = adapt else { return Ok(()) };
    share(name, "within", adapt.within)?;
    share(name, "between", adapt.between)?;
    match adapt.rule {
        AdaptRule::Excess { tau: Some(tau) } if !(tau.is_finite() && tau >= 1.0) => {
            Err(range(name, "tau", tau, "auto, or a number of at least 1"))
        }
        _ => Ok(()),
    }
}

fn share(name: &str, parameter: &str, value: f64) -> Result<()> {
    if !(0.0..=1.0).contains(&value) {
        return Err(range(name, parameter, value, "a number between 0 and 1"));
    }
    Ok(())
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

fn check_em(name: &str, em: Em) -> Result<()> {
    not_negative(name, "tolerance", em.tolerance)?;
    check_shrinkage(name, em.shrinkage)
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
