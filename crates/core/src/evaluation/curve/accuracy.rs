//! Share of right decisions.

use super::{Accepted, Curve};

/// The largest share of right decisions and a threshold that reaches it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BestAccuracy {
    /// In [½, 1] when both kinds are equally many.
    pub accuracy: f64,
    /// The middle of the widest interval of thresholds that reach it, the strictest of equals.
    pub threshold: f64,
}

/// Share of pairs that a point decides rightly.
pub fn accuracy(curve: &Curve, point: usize) -> f64 {
    right(curve, curve.accepted(point)) as f64 / (curve.genuine() + curve.impostors()) as f64
}

/// The largest accuracy of all thresholds. Thresholds between two neighbouring scores decide
/// alike, so each best point stands for the interval up to the next score; beyond the first and
/// the last score there is no interval.
pub fn best_accuracy(curve: &Curve) -> BestAccuracy {
    let of = |point: usize| right(curve, curve.accepted(point));
    let most = (0..=curve.last()).map(of).max().unwrap_or(0);
    let (mut widest, mut threshold) = (f64::NEG_INFINITY, curve.threshold(0));
    for point in (0..=curve.last()).filter(|point| of(*point) == most) {
        let start = curve.threshold(point);
        let end = match point {
            0 => start,
            _ if point == curve.last() => start,
            _ => curve.threshold(point + 1),
        };
        let width = (end - start).abs();
        if width > widest {
            (widest, threshold) = (width, curve.orientation().middle(start, end));
        }
    }
    BestAccuracy {
        accuracy: most as f64 / (curve.genuine() + curve.impostors()) as f64,
        threshold,
    }
}

fn right(curve: &Curve, accepted: Accepted) -> u64 {
    accepted.genuine + (curve.impostors() - accepted.impostors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Orientation;
    use crate::evaluation::trial_twin::{Draw, accepted_at};

    #[test]
    fn no_threshold_decides_better_and_the_one_given_does_as_well() {
        let mut draw = Draw::new(51);
        for _ in 0..500 {
            let (scores, same) = draw.case();
            for o in [Orientation::Distance, Orientation::Similarity] {
                let curve = Curve::of(&scores, &same, o).unwrap();
                let at = |t: f64| {
                    let accepted = accepted_at(&scores, &same, o, t);
                    right(&curve, accepted) as f64 / same.len() as f64
                };
                let best = best_accuracy(&curve);
                assert_eq!(at(best.threshold), best.accuracy);
                let beyond = [f64::NEG_INFINITY, f64::INFINITY];
                let most = scores.iter().chain(&beyond).map(|t| at(*t));
                assert_eq!(best.accuracy, most.fold(0.0, f64::max));
            }
        }
    }

    #[test]
    fn the_threshold_is_in_the_middle_of_the_gap() {
        let curve = Curve::of(&[1.0, 2.0, 6.0, 7.0], &[1, 1, 0, 0], Orientation::Distance);
        let best = best_accuracy(&curve.unwrap());
        assert_eq!((best.accuracy, best.threshold), (1.0, 4.0));
    }
}
