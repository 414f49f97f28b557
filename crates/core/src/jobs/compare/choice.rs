//! Which candidate is taken, and why.

use super::{Compared, Judged};

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

/// What a comparison rests on, for the words about it.
pub(super) struct Basis {
    pub(super) folds: usize,
    pub(super) identities: u64,
}

/// One paragraph: what is taken, how it and the others did, and what to expect.
pub(super) fn explain(
    candidates: &[Compared],
    (chosen, best): (usize, usize),
    basis: &Basis,
) -> String {
    let judged = |place: usize| candidates.get(place).and_then(|c| c.judged.as_ref());
    let (Some(taken), Some(cosine)) = (judged(chosen), judged(0)) else {
        return String::new();
    };
    let Basis { folds, identities } = basis;
    let name = |place: usize| &candidates[place].pipeline;
    let mut text = format!(
        "{}: AUROC {:.4} over {folds} folds of {identities} people, each judged by a model of the others",
        name(chosen),
        taken.figures.auroc
    );
    if chosen == 0 {
        text += &match judged(best).filter(|_| best != 0) {
            Some(found) => format!(
                "; the best of the others, {}, is {} it, too little to trust of the best of {} candidates",
                name(best),
                apart(found),
                candidates.len() - 1
            ),
            None => "; no other candidate is above it".to_owned(),
        };
    } else {
        text += &format!(", {} of cosine, {:.4}", apart(taken), cosine.figures.auroc);
        if best != chosen {
            text += &format!(
                "; {} has {:.4}, no more than one standard error above, and is less simple",
                name(best),
                judged(best).map_or(0.0, |found| found.figures.auroc)
            );
        }
    }
    text + ". Expect about that on other people seen in the same way; on data of another kind, only pairs of that data can tell."
}

/// A difference to cosine with its interval.
fn apart(judged: &Judged) -> String {
    let found = &judged.above_cosine;
    let side = if found.value < 0.0 { "below" } else { "above" };
    format!(
        "{:.4} ({:+.4} to {:+.4}) {side}",
        found.value.abs(),
        found.interval.low,
        found.interval.high
    )
}
