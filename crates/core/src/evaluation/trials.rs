//! Trials: a score for each pair, the truth about it, and the identity on either side.

use std::sync::{Mutex, PoisonError};

use super::{Orientation, Score};
use crate::error::{Code, Error, Result};
use crate::job::threads;

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
    Ok(look(scores, same)?.0)
}

/// [`check`], with the least and the largest score, which the same look at them finds. On all threads of the pool.
pub(super) fn look<S: Score>(scores: &[S], same: &[u8]) -> Result<(Kinds, (f64, f64))> {
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
    let pieces = scores.chunks(LOOKED_AT).zip(same.chunks(LOOKED_AT));
    let all = Mutex::new(Seen::NOTHING);
    threads::share(pieces, |(scores, same)| {
        let seen = Seen::of(scores, same);
        let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
        *all = all.and(&seen);
    });
    let all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    if all.wrong {
        return Err(first_wrong(scores, same));
    }
    let (genuine, impostors) = (all.genuine, scores.len() - all.genuine);
    if genuine == 0 || impostors == 0 {
        return Err(one_class(genuine as u64, impostors as u64));
    }
    Ok((Kinds { genuine, impostors }, all.range))
}

/// Scores that a thread looks at in one go.
const LOOKED_AT: usize = 1 << 16;

/// The answers of a look at some pairs. Of all pairs they do not depend on how these are cut.
struct Seen {
    /// A label or a score that cannot be judged is among them.
    wrong: bool,
    genuine: usize,
    range: (f64, f64),
}

impl Seen {
    const NOTHING: Self = Self {
        wrong: false,
        genuine: 0,
        range: (f64::INFINITY, f64::NEG_INFINITY),
    };

    fn of<S: Score>(scores: &[S], same: &[u8]) -> Self {
        let (range, finite) = range_of(scores);
        Self {
            wrong: !finite || same.iter().fold(0, |most, label| most.max(*label)) > 1,
            genuine: same.iter().map(|label| usize::from(*label)).sum(),
            range,
        }
    }

    fn and(&self, other: &Self) -> Self {
        let ((least, most), (low, high)) = (self.range, other.range);
        Self {
            wrong: self.wrong || other.wrong,
            genuine: self.genuine + other.genuine,
            range: (least.min(low), most.max(high)),
        }
    }
}

/// The least and the largest of some scores, and whether all are finite; a range means nothing where one is not.
pub(super) fn range_of<S: Score>(scores: &[S]) -> ((f64, f64), bool) {
    /// Side by side, as no look at a score has to wait for the one before.
    const LANES: usize = 8;
    let (mut least, mut most) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
    // 0 but for NaN and infinities, of which the product is NaN, and so is the sum.
    let mut zero = [0.0; LANES];
    let mut look = |lane: usize, score: f64| {
        least[lane] = if score < least[lane] {
            score
        } else {
            least[lane]
        };
        most[lane] = if score > most[lane] {
            score
        } else {
            most[lane]
        };
        zero[lane] += score * 0.0;
    };
    let (blocks, rest) = scores.as_chunks::<LANES>();
    for block in blocks {
        for (lane, score) in block.iter().enumerate() {
            look(lane, score.to_f64());
        }
    }
    rest.iter().for_each(|score| look(0, score.to_f64()));
    let least = least.into_iter().fold(f64::INFINITY, f64::min);
    let most = most.into_iter().fold(f64::NEG_INFINITY, f64::max);
    ((least, most), zero.iter().sum::<f64>() == 0.0)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_finds_what_a_plain_loop_does_wherever_it_stands() {
        for count in [2, 7, 8, 19, LOOKED_AT + 3] {
            let scores: Vec<f64> = (0..count).map(|i| ((i * 37) % 101) as f64 - 50.5).collect();
            let same: Vec<u8> = (0..count).map(|i| u8::from(i % 3 == 0)).collect();
            let (kinds, range) = look(&scores, &same).unwrap();
            assert_eq!(
                kinds.genuine,
                same.iter().filter(|label| **label == 1).count()
            );
            let least = scores.iter().copied().fold(f64::INFINITY, f64::min);
            let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            assert_eq!(range, (least, most));
            for place in (0..count).filter(|place| *place < 20 || place + 20 > count) {
                for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                    let mut scores = scores.clone();
                    scores[place] = wrong;
                    assert_eq!(check(&scores, &same).unwrap_err().row(), Some(place as u64));
                }
                let mut same = same.clone();
                same[place] = 2;
                assert_eq!(check(&scores, &same).unwrap_err().row(), Some(place as u64));
            }
        }
    }
}
