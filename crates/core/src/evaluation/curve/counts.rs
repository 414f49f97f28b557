//! The ROC curve as counts: almost every measure is a function of it.

use std::sync::Arc;

use rayon::prelude::*;

use crate::error::{Code, Error, Result};
use crate::evaluation::score::{Score, number_of};
use crate::evaluation::trials::{check, one_class};
use crate::evaluation::{Orientation, Rates};

/// Genuine and impostor pairs that each threshold accepts, from the strictest threshold to the
/// loosest.
///
/// A pair is accepted when its score is at most the threshold (distances) or at least it
/// (similarities). **Point** 0 accepts nothing; point k accepts what threshold number k − 1 does.
/// The last point accepts everything. With distances of pairs as thresholds the curve is exact;
/// with edges of bins it says of each pair only which bin it is in.
#[derive(Clone, Debug)]
pub struct Curve {
    orientation: Orientation,
    thresholds: Arc<[f64]>,
    genuine: Vec<u64>,
    impostors: Vec<u64>,
}

/// Pairs accepted at a point of a curve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Genuine pairs.
    pub genuine: u64,
    /// Impostor pairs.
    pub impostors: u64,
}

impl Curve {
    /// The exact curve of scores: its thresholds are the distinct scores.
    ///
    /// Errors: as for [`auroc`](crate::evaluation::auroc()). Cost: one sort of each kind on the current rayon
    /// pool; 8 bytes a pair and 24 bytes a distinct score.
    pub fn of<S: Score>(scores: &[S], same: &[u8], orientation: Orientation) -> Result<Self> {
        let kinds = check(scores, same)?;
        let keys_of = |kind: u8, count: usize| -> Result<Vec<u64>> {
            let mut keys = Vec::new();
            keys.try_reserve_exact(count)
                .map_err(|_| Error::memory("sorting the scores", 8 * scores.len() as u128))?;
            let of_kind = scores.iter().zip(same).filter(|(_, same)| **same == kind);
            // Turned over for similarities, so that the strictest always comes first.
            keys.extend(of_kind.map(|(score, _)| match orientation {
                Orientation::Distance => score.to_f64().key(),
                Orientation::Similarity => !score.to_f64().key(),
            }));
            keys.par_sort_unstable();
            Ok(keys)
        };
        let (genuine, impostors) = (keys_of(1, kinds.genuine)?, keys_of(0, kinds.impostors)?);
        Ok(Self::merge(&genuine, &impostors, orientation))
    }

    fn merge(genuine: &[u64], impostors: &[u64], orientation: Orientation) -> Self {
        let (mut thresholds, mut of_genuine, mut of_impostors) = (vec![], vec![], vec![]);
        let (mut g, mut i) = (0, 0);
        while let Some(key) = [genuine.get(g), impostors.get(i)]
            .into_iter()
            .flatten()
            .min()
        {
            while genuine.get(g) == Some(key) {
                g += 1;
            }
            while impostors.get(i) == Some(key) {
                i += 1;
            }
            thresholds.push(match orientation {
                Orientation::Distance => number_of(*key),
                Orientation::Similarity => number_of(!*key),
            });
            of_genuine.push(g as u64);
            of_impostors.push(i as u64);
        }
        Self {
            orientation,
            thresholds: thresholds.into(),
            genuine: of_genuine,
            impostors: of_impostors,
        }
    }

    /// A curve from counts made elsewhere: `genuine[k]` and `impostors[k]` pairs are accepted at
    /// `thresholds[k]`.
    ///
    /// Thresholds are finite and strictly ordered from the strictest to the loosest, counts never
    /// decrease, and the last ones are all pairs.
    ///
    /// Errors: `EDIMENSION` for unequal lengths, `EEMPTY`, `ENOTFINITE`, `EDOMAIN` for a wrong
    /// order (each with its place as the row), `EONECLASS`.
    pub fn from_counts(
        thresholds: Vec<f64>,
        genuine: Vec<u64>,
        impostors: Vec<u64>,
        orientation: Orientation,
    ) -> Result<Self> {
        let lengths = [thresholds.len(), genuine.len(), impostors.len()];
        if lengths.iter().any(|length| *length != lengths[0]) {
            let found = format!(
                "{} thresholds, {} and {} counts",
                lengths[0], lengths[1], lengths[2]
            );
            return Err(Error::new(
                Code::Dimension,
                found,
                "two counts for each threshold",
            ));
        }
        let (Some(last_genuine), Some(last_impostors)) = (genuine.last(), impostors.last()) else {
            return Err(Error::new(Code::Empty, "no thresholds", "at least one"));
        };
        if let Some(place) = thresholds.iter().position(|t| !t.is_finite()) {
            let found = format!("the threshold {}", thresholds[place]);
            return Err(Error::new(Code::NotFinite, found, "a finite number").with_row(place));
        }
        let ordered = |place: &usize| {
            let before = place - 1;
            orientation.is_stricter(thresholds[before], thresholds[*place])
                && genuine[before] <= genuine[*place]
                && impostors[before] <= impostors[*place]
        };
        if let Some(place) = (1..thresholds.len()).find(|place| !ordered(place)) {
            let expected = "looser thresholds that accept no fewer pairs";
            return Err(Error::new(Code::Domain, "a step back", expected).with_row(place));
        }
        if *last_genuine == 0 || *last_impostors == 0 {
            return Err(one_class(*last_genuine, *last_impostors));
        }
        Ok(Self {
            orientation,
            thresholds: thresholds.into(),
            genuine,
            impostors,
        })
    }

    /// The same thresholds with other counts; `None` where a kind of pairs is missing.
    pub(crate) fn recounted(&self, genuine: Vec<u64>, impostors: Vec<u64>) -> Option<Self> {
        (*genuine.last()? > 0 && *impostors.last()? > 0).then(|| Self {
            orientation: self.orientation,
            thresholds: Arc::clone(&self.thresholds),
            genuine,
            impostors,
        })
    }

    /// Which end of the thresholds means more alike.
    pub fn orientation(&self) -> Orientation {
        self.orientation
    }

    /// Thresholds from the strictest to the loosest.
    pub fn thresholds(&self) -> &[f64] {
        &self.thresholds
    }

    /// Number of genuine pairs, P.
    pub fn genuine(&self) -> u64 {
        self.genuine[self.last() - 1]
    }

    /// Number of impostor pairs, Q.
    pub fn impostors(&self) -> u64 {
        self.impostors[self.last() - 1]
    }

    /// The point that accepts everything; there are that many thresholds.
    pub fn last(&self) -> usize {
        self.thresholds.len()
    }

    /// Pairs accepted at a point.
    pub fn accepted(&self, point: usize) -> Accepted {
        point
            .checked_sub(1)
            .map_or(Accepted::default(), |k| Accepted {
                genuine: self.genuine[k],
                impostors: self.impostors[k],
            })
    }

    /// Pairs at threshold number `place`: accepted there and not before.
    pub fn at(&self, place: usize) -> Accepted {
        let (upto, before) = (self.accepted(place + 1), self.accepted(place));
        Accepted {
            genuine: upto.genuine - before.genuine,
            impostors: upto.impostors - before.impostors,
        }
    }

    /// False accept rate at a point.
    pub fn far(&self, point: usize) -> f64 {
        self.false_rate(point)
    }

    /// True accept rate at a point.
    pub fn tar(&self, point: usize) -> f64 {
        self.accepted(point).genuine as f64 / self.genuine() as f64
    }

    /// False reject rate at a point: 1 − TAR, rounded once.
    pub fn frr(&self, point: usize) -> f64 {
        (self.genuine() - self.accepted(point).genuine) as f64 / self.genuine() as f64
    }

    /// A threshold that accepts exactly what the point does; for point 0 the next stricter number
    /// than the strictest threshold.
    pub fn threshold(&self, point: usize) -> f64 {
        match point.checked_sub(1) {
            Some(place) => self.thresholds[place],
            None => self.orientation.next_stricter(self.thresholds[0]),
        }
    }

    /// The point of a threshold that need not be one of the curve's.
    pub fn point_at(&self, threshold: f64) -> usize {
        let within = |t: &f64| !self.orientation.is_stricter(threshold, *t);
        self.thresholds.partition_point(within)
    }

    /// Where each score stands among the thresholds; every score must be one of them.
    pub(crate) fn places(&self, scores: &[f64]) -> Vec<u32> {
        let place = |score: &f64| {
            let stricter = |t: &f64| self.orientation.is_stricter(*t, *score);
            self.thresholds.partition_point(stricter) as u32
        };
        scores.par_iter().with_min_len(1 << 12).map(place).collect()
    }
}

impl Rates for Curve {
    fn last(&self) -> usize {
        self.last()
    }

    fn false_accepts(&self, point: usize) -> u64 {
        self.accepted(point).impostors
    }

    fn false_trials(&self) -> u64 {
        self.impostors()
    }

    fn true_rate(&self, point: usize) -> f64 {
        self.tar(point)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::trial_twin::{Draw, accepted_at};

    #[test]
    fn counts_are_those_of_trying_every_threshold() {
        let mut draw = Draw::new(11);
        for _ in 0..200 {
            let (scores, same) = draw.case();
            for orientation in [Orientation::Distance, Orientation::Similarity] {
                let curve = Curve::of(&scores, &same, orientation).unwrap();
                assert_eq!(curve.accepted(0), Accepted::default());
                for (k, t) in curve.thresholds().iter().enumerate() {
                    let naive = accepted_at(&scores, &same, orientation, *t);
                    assert_eq!(curve.accepted(k + 1), naive);
                    assert_eq!(curve.point_at(*t), k + 1);
                }
                assert_eq!(curve.point_at(curve.threshold(0)), 0);
                for (score, place) in scores.iter().zip(curve.places(&scores)) {
                    assert_eq!(curve.thresholds()[place as usize], *score);
                }
                let again = Curve::from_counts(
                    curve.thresholds().to_vec(),
                    curve.genuine.clone(),
                    curve.impostors.clone(),
                    orientation,
                );
                assert_eq!(again.unwrap().last(), curve.last());
            }
        }
    }

    #[test]
    fn other_counts_need_both_kinds() {
        let curve = Curve::of(&[1.0, 2.0], &[1, 0], Orientation::Distance).unwrap();
        assert!(curve.recounted(vec![1, 1], vec![0, 1]).is_some());
        assert!(curve.recounted(vec![0, 0], vec![0, 1]).is_none());
        assert!(curve.recounted(vec![1, 1], vec![0, 0]).is_none());
    }

    #[test]
    fn counts_from_elsewhere_are_checked() {
        let fail = |t: &[f64], g: &[u64], i: &[u64]| {
            Curve::from_counts(t.to_vec(), g.to_vec(), i.to_vec(), Orientation::Distance)
                .map(|_| ())
                .unwrap_err()
                .code()
        };
        assert_eq!(fail(&[1.0], &[1, 2], &[1]), Code::Dimension);
        assert_eq!(fail(&[], &[], &[]), Code::Empty);
        assert_eq!(fail(&[f64::NAN], &[1], &[1]), Code::NotFinite);
        assert_eq!(fail(&[2.0, 1.0], &[1, 2], &[1, 2]), Code::Domain);
        assert_eq!(fail(&[1.0, 2.0], &[2, 1], &[1, 2]), Code::Domain);
        assert_eq!(fail(&[1.0, 2.0], &[1, 2], &[0, 0]), Code::OneClass);
    }
}
