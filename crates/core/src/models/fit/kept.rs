//! Statistics of stretches that several fits to the same rows share.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::fitter::needs;
use super::target::{Asked, Target};
use crate::models::affine::Stage;
use crate::models::pipeline::{CovarianceOf, Pipeline, ScorerSpec, Step};
use crate::statistics::{BundleParts, Moments, Shrinkage};

/// A stretch of a pipeline at its beginning.
#[derive(Clone)]
pub(super) struct Stretch {
    /// The stages before it.
    pub(super) stages: Vec<Stage>,
    pub(super) moments: Moments,
    pub(super) target: Option<Target>,
    /// The power of two by which the statistics take rows divided.
    pub(super) unit: f64,
}

/// Statistics of the stretches that some pipelines begin with the same steps, gathered once for all.
pub(super) struct Kept {
    /// Statistics that all stretches after the same steps are fitted from.
    parts: Vec<(Vec<Step>, BundleParts, Asked)>,
    /// Stretches by the steps before them, as written.
    stretches: RefCell<BTreeMap<String, Stretch>>,
}

impl Kept {
    pub(super) fn new<'a>(pipelines: impl Iterator<Item = &'a Pipeline>) -> Self {
        Self {
            parts: parts_by_prefix(pipelines),
            stretches: RefCell::default(),
        }
    }

    /// The parts to gather after the steps of `prefix`, no less than `needed`.
    pub(super) fn parts(&self, prefix: &[Step], needed: BundleParts) -> BundleParts {
        let known = self.parts.iter().find(|(steps, ..)| steps == prefix);
        known.map_or(needed, |(_, parts, _)| parts.or(needed))
    }

    /// Statistics asked of a target after the steps of `prefix`, no less than `needed`.
    pub(super) fn asked(&self, prefix: &[Step], needed: Asked) -> Asked {
        let known = self.parts.iter().find(|(steps, ..)| steps == prefix);
        known.map_or(needed, |(_, _, asked)| asked.or(needed))
    }

    pub(super) fn get(&self, prefix: &[Step]) -> Option<Stretch> {
        self.stretches.borrow().get(&written(prefix)).cloned()
    }

    pub(super) fn insert(&self, prefix: &[Step], stretch: Stretch) {
        let mut stretches = self.stretches.borrow_mut();
        stretches.insert(written(prefix), stretch);
    }
}

fn written(prefix: &[Step]) -> String {
    prefix.iter().map(|step| format!("{step},")).collect()
}

/// Statistics that the stretches of all pipelines after the same steps are fitted from, in the order in which
/// they are met; those that are fitted from nothing are left out.
pub(super) fn parts_by_prefix<'a>(
    pipelines: impl Iterator<Item = &'a Pipeline>,
) -> Vec<(Vec<Step>, BundleParts, Asked)> {
    let mut found: Vec<(Vec<Step>, BundleParts, Asked)> = Vec::new();
    for pipeline in pipelines {
        let steps = pipeline.steps();
        let mut first = 0;
        for stretch in steps.split(|step| *step == Step::LengthNorm) {
            let end = first + stretch.len();
            let scorer = (end == steps.len()).then_some(pipeline.scorer());
            let (sums, parts) = needs(stretch, scorer);
            if sums {
                let asked = Asked::of(stretch, scorer);
                match found
                    .iter_mut()
                    .find(|(prefix, ..)| *prefix == steps[..first])
                {
                    Some((_, all, of_target)) => {
                        (*all, *of_target) = (all.or(parts), of_target.or(asked));
                    }
                    None => found.push((steps[..first].to_vec(), parts, asked)),
                }
            }
            first = end + 1;
        }
    }
    found
}

/// True if a stretch after `prefix` estimates shrinkage over residuals of classes.
pub(super) fn asks_for_residuals(pipelines: &[Pipeline], prefix: &[Step]) -> bool {
    pipelines.iter().any(|pipeline| {
        let Some(rest) = pipeline.steps().strip_prefix(prefix) else {
            return false;
        };
        let mut stretch = rest.split(|step| *step == Step::LengthNorm);
        let steps = stretch.next().unwrap_or_default();
        residuals_of(steps, stretch.next().is_none().then_some(pipeline.scorer()))
    })
}

/// True if the steps of a stretch or the scorer after it estimate shrinkage over residuals of classes.
pub(super) fn residuals_of(steps: &[Step], scorer: Option<&ScorerSpec>) -> bool {
    let auto = |rule: Shrinkage| rule == Shrinkage::LedoitWolf;
    let by_steps = steps.iter().any(|step| match *step {
        Step::Wccn { shrinkage } | Step::Lda { shrinkage, .. } => auto(shrinkage),
        Step::Mahalanobis { of, shrinkage } => of == CovarianceOf::Within && auto(shrinkage),
        _ => false,
    });
    let by_scorer = match scorer {
        Some(
            ScorerSpec::Plda { em, .. }
            | ScorerSpec::JointBayesian { em }
            | ScorerSpec::HeavyTailed { em, .. },
        ) => auto(em.shrinkage),
        _ => false,
    };
    by_steps || by_scorer
}
