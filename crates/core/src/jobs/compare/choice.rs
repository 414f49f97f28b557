//! Which candidate is taken, and why.

use super::Compared;

/// A choice among candidates.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Place of the chosen candidate.
    pub chosen: usize,
    /// Place of the candidate with the largest area.
    pub best: usize,
    /// One paragraph for people.
    pub reason: String,
}

/// The area of the best must be above that of cosine by so many standard errors, since the best of
/// many is chosen.
const ERRORS_ABOVE_COSINE: f64 = 3.0;

/// Takes the first candidate whose area is within one standard error of the best, and cosine, the
/// first of all, unless the best is clearly above it (Breiman et al. 1984, section 3.4.3: the
/// one-standard-error rule).
pub(super) fn choose(candidates: &[Compared], best: usize) -> usize {
    let Some(of_best) = &candidates[best].judged else {
        return 0;
    };
    let above = &of_best.above_cosine;
    if best == 0 || above.value <= ERRORS_ABOVE_COSINE * above.error {
        return 0;
    }
    let near = |compared: &Compared| {
        compared.judged.as_ref().is_some_and(|judged| {
            let below = &judged.below_best;
            below.value <= below.error && judged.above_cosine.value > 0.0
        })
    };
    candidates.iter().position(near).unwrap_or(best)
}
