//! Which candidate is taken, and why.

use super::{Compared, Judged};
use crate::evaluation::{Difference, Verification};

/// A choice among candidates.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Place of the chosen candidate.
    pub chosen: usize,
    /// Place of the candidate with the largest area.
    pub best: usize,
    /// Why the chosen one is cosine, where it is.
    pub(super) kept: Option<Kept>,
    /// One paragraph for people.
    pub reason: String,
}

impl Choice {
    /// False where labels tell no more than chance.
    pub(super) fn means_something(&self) -> bool {
        self.kept != Some(Kept::Chance)
    }
}

/// Why cosine is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// Nobody can be told apart, by no candidate.
    Chance,
    /// No other has a larger area.
    Best,
    /// Chance explains what others are better by.
    Unclear,
}

/// Share of comparisons with a candidate that is no better than cosine in which it is taken for one.
const MISTAKEN: f64 = 0.05;
/// The best area must be above ½ by so many standard errors for labels to mean anything.
const ERRORS_ABOVE_CHANCE: f64 = 3.0;

/// Takes, of the candidates that are clearly above cosine, the first whose area is within one
/// standard error of the best of them (Breiman et al. 1984, section 3.4.3); cosine, the first of all,
/// if there are none.
///
/// `above` is the area of a candidate less that of cosine, and `below` that of the second candidate
/// less that of the first.
pub(super) fn choose(
    figures: &[Option<Verification>],
    above: impl Fn(usize) -> Option<Difference>,
    below: impl Fn(usize, usize) -> Option<Difference>,
) -> Choice {
    let area = |place: &usize| figures[*place].as_ref().map_or(f64::MIN, |f| f.auroc);
    // Of equals the first, which is the simplest.
    let largest = |places: &mut dyn Iterator<Item = usize>| {
        places.reduce(|best, place| {
            if area(&place) > area(&best) {
                place
            } else {
                best
            }
        })
    };
    let best = largest(&mut (0..figures.len())).unwrap_or(0);
    let keep = |kept: Kept| Choice {
        chosen: 0,
        best,
        kept: Some(kept),
        reason: String::new(),
    };
    let chance = figures[best]
        .as_ref()
        .is_none_or(|best| best.auroc - 0.5 <= ERRORS_ABOVE_CHANCE * best.auroc_error);
    if chance {
        return keep(Kept::Chance);
    }
    let is_clear = |place: &usize| {
        above(*place)
            .is_some_and(|found| found.value > 0.0 && found.p.is_none_or(|p| p < 2.0 * MISTAKEN))
    };
    let clear: Vec<usize> = (1..figures.len()).filter(is_clear).collect();
    let Some(first) = largest(&mut clear.iter().copied()) else {
        return keep(if best == 0 { Kept::Best } else { Kept::Unclear });
    };
    let near =
        |place: &&usize| below(**place, first).is_some_and(|found| found.value <= found.error);
    Choice {
        chosen: clear.iter().find(near).copied().unwrap_or(first),
        best,
        kept: None,
        reason: String::new(),
    }
}

/// The folds and people behind a comparison, for the words about it.
pub(super) struct Basis {
    pub(super) folds: usize,
    pub(super) identities: u64,
}

/// One paragraph: what is taken, how it and the others did, and what to expect.
pub(super) fn explain(candidates: &[Compared], choice: &Choice, basis: &Basis) -> String {
    let Choice { chosen, best, .. } = *choice;
    let judged = |place: usize| candidates.get(place).and_then(|c| c.judged.as_ref());
    let area = |place: usize| judged(place).map_or(f64::NAN, |found| found.figures.auroc);
    let Some(taken) = judged(chosen) else {
        return "cosine: nothing else could be judged.".to_owned();
    };
    let Basis { folds, identities } = basis;
    let name = |place: usize| &candidates[place].pipeline;
    let judged_by =
        format!("in {folds} folds of {identities} people, each judged by a model of the others");
    let others = candidates.len() - 1;
    let why = match (choice.kept, judged(best)) {
        (Some(Kept::Chance), _) => format!(
            "nothing tells these people apart: the best AUROC of {} candidates is {:.4} {judged_by}. Does each label stand at its row?",
            candidates.len(),
            area(best)
        ),
        (Some(Kept::Unclear), Some(found)) => format!(
            "AUROC {:.4} {judged_by}. The best of {others} others, {}, is {} it, which chance explains.",
            area(0),
            name(best),
            apart(found)
        ),
        (Some(_), _) => format!(
            "AUROC {:.4} {judged_by}. None of {others} others is above it.",
            area(0)
        ),
        (None, _) => {
            let close = if best == chosen {
                String::new()
            } else {
                format!(
                    " {} has {:.4}, which is no clear gain over what is simpler.",
                    name(best),
                    area(best)
                )
            };
            format!(
                "AUROC {:.4} {judged_by}, {} cosine, {:.4}.{close}",
                area(chosen),
                apart(taken),
                area(0)
            )
        }
    };
    format!("{}: {why} {EXPECT}", name(chosen))
}

const EXPECT: &str = "Expect about that of other people seen in the same way; a shift of the data that will be \
scored does not show here.";

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
