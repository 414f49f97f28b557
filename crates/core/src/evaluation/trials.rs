//! Trials: a score for each pair, the truth about it, and the identity on either side.

use super::{Orientation, Score};
use crate::error::{Code, Error, Result};

/// Scores of pairs and the truth about them, all in the order of the pairs.
#[derive(Clone, Copy, Debug)]
pub struct Trials<'a> {
    /// One finite value for each pair.
    pub scores: &'a [f64],
    /// 1 for a genuine pair, 0 for an impostor pair.
    pub same: &'a [u8],
    /// Which end of the scores means more alike.
    pub orientation: Orientation,
    /// Identities on either side, where they are known.
    pub people: Option<People<'a>>,
}

/// The identity on either side of each pair.
#[derive(Clone, Copy, Debug)]
pub struct People<'a> {
    /// Identity of the first of each pair, below `count`.
    pub first: &'a [u32],
    /// Identity of the second of each pair.
    pub second: &'a [u32],
    /// One more than the largest identity.
    pub count: usize,
}

impl<'a> Trials<'a> {
    /// Genuine and impostor pairs, after every check on scores, truth and identities.
    ///
    /// # Errors
    ///
    /// Those of [`auroc`](super::auroc()); `EDIMENSION` and `EINDEX` for identities that do not
    /// fit, `EDOMAIN` where an identity on both sides contradicts the truth.
    pub fn check(&self) -> Result<Kinds> {
        let kinds = check(self.scores, self.same)?;
        if let Some(people) = &self.people {
            people.check(self.same)?;
        }
        Ok(kinds)
    }

    /// Pairs in each of `count` parts, `part[i]` that of pair i.
    ///
    /// Errors: `EDIMENSION`, `EINDEX` for a part out of range.
    pub(super) fn sizes_of(&self, what: &str, part: &[u32], count: usize) -> Result<Vec<usize>> {
        if part.len() != self.scores.len() {
            let found = format!("{} {what}s for {} pairs", part.len(), self.scores.len());
            let expected = format!("one {what} for each pair");
            return Err(Error::new(Code::Dimension, found, expected));
        }
        let mut pairs = vec![0; count];
        for (pair, part) in part.iter().enumerate() {
            let Some(size) = pairs.get_mut(*part as usize) else {
                let found = format!("{what} {part}");
                let expected = format!("a {what} below {count}");
                return Err(Error::new(Code::Index, found, expected).with_row(pair));
            };
            *size += 1;
        }
        Ok(pairs)
    }

    /// The people, or why there can be no interval by identity.
    pub(super) fn known_people(&self, what: &str) -> Result<People<'a>> {
        self.people.ok_or_else(|| {
            Error::new(
                Code::Option,
                format!("{what} without identities"),
                "to know who is on either side of each pair",
            )
            .with_hint("Give labels of the rows, or the list of pairs")
        })
    }
}

impl People<'_> {
    fn check(&self, same: &[u8]) -> Result<()> {
        if self.first.len() != same.len() || self.second.len() != same.len() {
            let (first, second) = (self.first.len(), self.second.len());
            return Err(Error::new(
                Code::Dimension,
                format!("{first} and {second} identities for {} pairs", same.len()),
                "two for each pair",
            ));
        }
        for (pair, ((a, b), same)) in self.first.iter().zip(self.second).zip(same).enumerate() {
            if (*a).max(*b) as usize >= self.count {
                let found = format!("identity {}", a.max(b));
                let expected = format!("a number below {}", self.count);
                return Err(Error::new(Code::Index, found, expected).with_row(pair));
            }
            if (a == b) != (*same == 1) {
                let (found, expected) = if a == b {
                    ("an impostor pair of one identity", "two identities")
                } else {
                    ("a genuine pair of two identities", "one identity")
                };
                return Err(Error::new(Code::Domain, found, expected)
                    .with_row(pair)
                    .with_hint("Check that truth and identities belong to the same pairs"));
            }
        }
        Ok(())
    }

    /// Number of identities in at least one pair.
    pub fn occurring(&self) -> usize {
        self.met().len()
    }

    /// Identities with a genuine and with an impostor pair.
    pub fn of_each_kind(&self, same: &[u8]) -> (usize, usize) {
        let mut seen = vec![(false, false); self.count];
        for (pair, same) in same.iter().enumerate() {
            for id in [self.first[pair], self.second[pair]] {
                let of = &mut seen[id as usize];
                *of = (of.0 || *same == 1, of.1 || *same == 0);
            }
        }
        let genuine = seen.iter().filter(|of| of.0).count();
        (genuine, seen.iter().filter(|of| of.1).count())
    }

    /// Identities in at least one pair, ascending.
    pub(crate) fn met(&self) -> Vec<u32> {
        let mut seen = vec![false; self.count];
        for id in self.first.iter().chain(self.second) {
            seen[*id as usize] = true;
        }
        let all = 0..self.count as u32;
        all.filter(|id| seen[*id as usize]).collect()
    }
}

/// Number of pairs of either kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds {
    /// Genuine pairs, P.
    pub genuine: usize,
    /// Impostor pairs, Q.
    pub impostors: usize,
}

/// Counts both kinds of pairs and refuses what cannot be judged.
///
/// # Errors
///
/// `EDIMENSION` when the lengths differ, `EEMPTY` without pairs, `EDOMAIN` for a truth other than
/// 0 and 1 and `ENOTFINITE` for a NaN or an infinity (each with its row), `EONECLASS` when one of
/// the kinds is missing.
pub(super) fn check<S: Score>(scores: &[S], same: &[u8]) -> Result<Kinds> {
    if scores.len() != same.len() {
        return Err(Error::new(
            Code::Dimension,
            format!("{} scores and {} labels", scores.len(), same.len()),
            "one label for each score",
        )
        .with_hint("Score and label the same list of pairs"));
    }
    if scores.is_empty() {
        let expected = "genuine and impostor pairs";
        return Err(Error::new(Code::Empty, "no pairs", expected));
    }
    let mut wrong = false;
    let mut genuine = 0;
    for (score, label) in scores.iter().zip(same) {
        wrong |= *label > 1 || !score.is_finite();
        genuine += usize::from(*label);
    }
    if wrong {
        return Err(first_wrong(scores, same));
    }
    let impostors = scores.len() - genuine;
    if genuine == 0 || impostors == 0 {
        return Err(one_class(genuine as u64, impostors as u64));
    }
    Ok(Kinds { genuine, impostors })
}

fn first_wrong<S: Score>(scores: &[S], same: &[u8]) -> Error {
    for (row, (score, label)) in scores.iter().zip(same).enumerate() {
        if *label > 1 {
            let expected = "1 (same person) or 0 (different people)";
            return Error::new(Code::Domain, format!("the label {label}"), expected).with_row(row);
        }
        if !score.is_finite() {
            let found = format!("{} as a score", score.to_f64());
            return Error::new(Code::NotFinite, found, "a finite number").with_row(row);
        }
    }
    Error::internal("a wrong score that is not there")
}

pub(super) fn one_class(genuine: u64, impostors: u64) -> Error {
    Error::new(
        Code::OneClass,
        format!("{genuine} genuine and {impostors} impostor pairs"),
        "at least one of each",
    )
    .with_hint("Label the pairs 1 (same person) and 0 (different people)")
}
