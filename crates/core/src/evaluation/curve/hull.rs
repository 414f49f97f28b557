//! The upper convex hull of a curve: the rates that mixtures of its thresholds reach.

use super::Curve;

/// Points of the upper convex hull in the plane of false against true accepts, from nothing to
/// everything accepted; points within a straight side are left out.
///
/// Pooling adjacent violators (PAV) of the truth, sorted by score, gives the same blocks: one for
/// each side. Exact, in integers.
///
/// Source: Provost & Fawcett, Machine Learning 42 (2001), 203–231 (ROC convex hull); Fawcett &
/// Niculescu-Mizil, Machine Learning 68 (2007), 97–106 (PAV and ROCCH are one).
pub(super) fn upper_hull(curve: &Curve) -> Vec<usize> {
    let mut hull: Vec<usize> = Vec::new();
    for point in 0..=curve.last() {
        while let [.., a, b] = hull[..] {
            if turns_right(curve, a, b, point) {
                break;
            }
            hull.pop();
        }
        // Points that accept the same are one point.
        match hull.last() {
            Some(last) if curve.accepted(*last) == curve.accepted(point) => {}
            _ => hull.push(point),
        }
    }
    hull
}

/// True if the way from `a` over `b` to `c` bends towards more false accepts.
fn turns_right(curve: &Curve, a: usize, b: usize, c: usize) -> bool {
    let step = |from: usize, to: usize| {
        let (from, to) = (curve.accepted(from), curve.accepted(to));
        (
            i128::from(to.impostors) - i128::from(from.impostors),
            i128::from(to.genuine) - i128::from(from.genuine),
        )
    };
    let ((ax, ay), (bx, by)) = (step(a, b), step(b, c));
    ax * by - ay * bx < 0
}
