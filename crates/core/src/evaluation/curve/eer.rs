//! The equal error rate, by the three conventions in use.

use super::{Curve, hull};

/// Where false accept and false reject rates are equal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EqualErrorRate {
    /// By linear interpolation of the crossing between the two points around it. Used by NIST's
    /// tools and by `brentq(1 − x − interp(x))`.
    pub linear: f64,
    /// Where the diagonal meets the convex hull of the curve, BOSARIS' ROCCH-EER: the only
    /// convention with one answer under heavy ties.
    pub hull: f64,
    /// Mean of both rates at the point where they are nearest, the strictest such point.
    pub nearest: f64,
    /// The threshold of that point; in perfect separation the middle of the gap.
    pub threshold: f64,
    /// That point.
    pub point: usize,
}

/// The equal error rate; 0 when a threshold separates both kinds, above ½ when scores point the
/// other way.
///
/// With FAR and FRR linear between neighbouring points a and b, FAR(t) = FRR(t) at
/// t = (FRR_a − FAR_a) / ((FAR_b − FAR_a) − (FRR_b − FRR_a)).
///
/// Source: ISO/IEC 19795-1; for the hull Brümmer & de Villiers, The BOSARIS Toolkit (2011).
pub fn equal_error_rate(curve: &Curve) -> EqualErrorRate {
    let after = crossing(curve);
    let before = after - 1;
    let (p, q) = (u128::from(curve.genuine()), u128::from(curve.impostors()));
    let gap = |point: usize| {
        let at = curve.accepted(point);
        (u128::from(at.impostors) * p).abs_diff((p - u128::from(at.genuine)) * q)
    };
    let point = if gap(before) <= gap(after) {
        before
    } else {
        after
    };
    let threshold = if curve.far(after) == 0.0 && curve.frr(after) == 0.0 {
        let (a, b) = (curve.threshold(after), curve.threshold(after + 1));
        curve.orientation().middle(a, b)
    } else {
        curve.threshold(point)
    };
    EqualErrorRate {
        linear: crossing_between(curve, before, after),
        hull: on_hull(curve),
        nearest: (curve.far(point) + curve.frr(point)) / 2.0,
        threshold,
        point,
    }
}

/// The first point whose false accept rate is at least its false reject rate, exactly; never 0.
fn crossing(curve: &Curve) -> usize {
    let (p, q) = (u128::from(curve.genuine()), u128::from(curve.impostors()));
    let (mut low, mut high) = (0, curve.last());
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        let at = curve.accepted(middle);
        if u128::from(at.impostors) * p >= (p - u128::from(at.genuine)) * q {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

fn on_hull(curve: &Curve) -> f64 {
    let points = hull::upper_hull(curve);
    let after = points
        .iter()
        .position(|point| curve.far(*point) >= curve.frr(*point))
        .unwrap_or(points.len() - 1)
        .max(1);
    crossing_between(curve, points[after - 1], points[after])
}

/// Where the straight line between two points meets false accepts = false rejects.
fn crossing_between(curve: &Curve, before: usize, after: usize) -> f64 {
    let (x0, y0) = (curve.far(before), curve.frr(before));
    let (x1, y1) = (curve.far(after), curve.frr(after));
    let (short, over) = (y0 - x0, x1 - y1);
    if short + over <= 0.0 {
        return x0;
    }
    x0 + short / (short + over) * (x1 - x0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::trial_twin::Draw;
    use crate::evaluation::{Orientation, trial_twin};

    #[test]
    fn every_convention_is_that_of_trying_every_threshold() {
        let mut draw = Draw::new(31);
        for case in 0..500 {
            let (scores, same) = draw.case();
            for orientation in [Orientation::Distance, Orientation::Similarity] {
                let curve = Curve::of(&scores, &same, orientation).unwrap();
                let found = equal_error_rate(&curve);
                let slow = trial_twin::equal_error_rate(&scores, &same, orientation);
                for (what, a, b) in [
                    ("linear", found.linear, slow.0),
                    ("hull", found.hull, slow.1),
                    ("nearest", found.nearest, slow.2),
                ] {
                    assert!((a - b).abs() < 1e-12, "case {case}, {what}: {a} {b}");
                }
            }
        }
    }

    #[test]
    fn perfect_separation_is_zero_in_the_middle_of_the_gap() {
        let (scores, same) = ([1.0, 2.0, 5.0, 9.0], [1, 1, 0, 0]);
        let curve = Curve::of(&scores, &same, Orientation::Distance).unwrap();
        let found = equal_error_rate(&curve);
        assert_eq!((found.linear, found.hull, found.nearest), (0.0, 0.0, 0.0));
        assert_eq!(found.threshold, 3.5);
        let reversed = Curve::of(&scores, &same, Orientation::Similarity).unwrap();
        assert_eq!(equal_error_rate(&reversed).linear, 1.0);
        let tied = Curve::of(&[7.0; 4], &same, Orientation::Distance).unwrap();
        assert_eq!(equal_error_rate(&tied).linear, 0.5);
    }
}
