//! The two scores that decide, and how often impostors reach a score.

use super::map::RatioMap;
use crate::evaluation::Curve;

/// The verdict of a decision on a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// One person.
    Same,
    /// Two people.
    Different,
    /// The data cannot tell which of the two costs less.
    Uncertain,
}

impl Verdict {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Different => "different",
            Self::Uncertain => "uncertain",
        }
    }
}

/// Similarities that decide: everything from `same` up is one person, everything below `different` is two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cutoffs {
    /// `None` where no score that was seen is surely one person.
    pub same: Option<f64>,
    /// `None` where no score that was seen is surely two people.
    pub different: Option<f64>,
}

impl Cutoffs {
    /// Those of a map within the similarities that were seen, `low` to `high`: the interval of the ratio
    /// lies above `threshold`, or below it. Without intervals the ratio itself does.
    pub(super) fn of(map: &RatioMap, threshold: f64, (low, high): (f64, f64)) -> Self {
        let ends = |s: f64| {
            map.interval(s)
                .unwrap_or_else(|| (map.ratio(s), map.ratio(s)))
        };
        // Where the ratio itself crosses, neither end of its interval has.
        let crossing = first_from((low, high), |s| map.ratio(s) >= threshold);
        let same = crossing.and_then(|from| first_from((from, high), |s| ends(s).0 >= threshold));
        let upto = crossing.unwrap_or(high);
        let is_different = |s: f64| ends(s).1 < threshold;
        let different = first_from((low, upto), |s| !is_different(s));
        Self {
            same,
            different: match different {
                // Not even the least similar pair is surely of two people.
                Some(first) if first <= low && !is_different(low) => None,
                Some(first) => Some(first),
                // All are: whatever is less alike than the most similar pair, and that pair.
                None => Some(upto.next_up()),
            },
        }
    }

    /// The verdict on a similarity.
    pub fn verdict(&self, similarity: f64) -> Verdict {
        if self.same.is_some_and(|same| similarity >= same) {
            Verdict::Same
        } else if self
            .different
            .is_some_and(|different| similarity < different)
        {
            Verdict::Different
        } else {
            Verdict::Uncertain
        }
    }
}

/// The least number of a range from which something holds that holds from there on, by halving down to
/// neighbouring numbers; `None` where it does not hold at the end.
fn first_from((low, high): (f64, f64), holds: impl Fn(f64) -> bool) -> Option<f64> {
    if !holds(high) {
        return None;
    }
    if holds(low) {
        return Some(low);
    }
    let (mut out, mut inside) = (low, high);
    loop {
        let middle = out + (inside - out) / 2.0;
        if middle <= out || middle >= inside {
            return Some(inside);
        }
        if holds(middle) {
            inside = middle;
        } else {
            out = middle;
        }
    }
}

/// How often impostors are at least so alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Tail {
    /// Similarities, falling.
    pub similarities: Vec<f64>,
    /// Share of the impostor pairs from each of them up.
    pub rates: Vec<f64>,
}

/// Each step of a tail has at least so many times more impostors than the one before.
const STEP: f64 = 1.05;

impl Tail {
    /// Of the curve of similarities.
    pub(super) fn of(curve: &Curve) -> Self {
        let (mut similarities, mut rates, mut last) = (vec![], vec![], 0.0);
        for (place, threshold) in curve.thresholds().iter().enumerate() {
            let impostors = curve.accepted(place + 1).impostors;
            let met = curve.at(place).impostors > 0;
            let all = impostors == curve.impostors();
            if met && (impostors as f64 >= last * STEP || all) {
                similarities.push(*threshold);
                rates.push(impostors as f64 / curve.impostors() as f64);
                last = impostors as f64;
            }
        }
        Self {
            similarities,
            rates,
        }
    }

    /// The false accept rate of accepting everything at least so alike, at most 5 % too high; that of one
    /// impostor pair where none was so alike.
    pub fn rate(&self, similarity: f64) -> f64 {
        let above = self.similarities.partition_point(|s| *s > similarity);
        let place = above.min(self.rates.len().saturating_sub(1));
        let beyond = above == self.rates.len();
        if beyond { 1.0 } else { self.rates[place] }
    }
}

#[cfg(test)]
mod tests {
    use super::super::map::Map;
    use super::*;
    use crate::evaluation::Orientation;

    #[test]
    fn a_cutoff_is_the_first_number_whose_ratio_reaches_the_threshold() {
        let map = RatioMap {
            map: Map::Affine {
                slope: 3.0,
                offset: -1.0,
            },
            bounds: (-9.0, 9.0),
            uncertainty: None,
        };
        let cutoffs = Cutoffs::of(&map, 0.7, (-5.0, 5.0));
        let same = cutoffs.same.unwrap();
        assert!(map.ratio(same) >= 0.7 && map.ratio(same.next_down()) < 0.7);
        assert_eq!(cutoffs.different, Some(same));
        assert_eq!(cutoffs.verdict(same), Verdict::Same);
        assert_eq!(cutoffs.verdict(same.next_down()), Verdict::Different);
        let never = Cutoffs::of(&map, 99.0, (-5.0, 5.0));
        assert_eq!((never.same, never.verdict(5.0)), (None, Verdict::Different));
        let always = Cutoffs::of(&map, -99.0, (-5.0, 5.0));
        assert_eq!((always.same, always.different), (Some(-5.0), None));
    }

    #[test]
    fn a_tail_is_never_below_the_share_counted() {
        let scores: Vec<f64> = (0..1000).map(|i| f64::from(i % 700)).collect();
        let same: Vec<u8> = (0..1000).map(|i| u8::from(i % 5 == 0)).collect();
        let curve = Curve::of(&scores, &same, Orientation::Similarity).unwrap();
        let tail = Tail::of(&curve);
        assert!(tail.rates.len() < 150);
        for similarity in [-1.0, 0.0, 3.5, 350.0, 690.0, 699.0, 700.0] {
            let reaches = |(s, same): (&f64, &u8)| *same == 0 && *s >= similarity;
            let count = scores
                .iter()
                .zip(&same)
                .filter(|pair| reaches(*pair))
                .count();
            let share = count as f64 / 800.0;
            let rate = tail.rate(similarity);
            assert!(
                rate >= share && rate <= (share * 1.06).max(1.0 / 799.0) + 1e-2,
                "{similarity}"
            );
        }
    }
}
