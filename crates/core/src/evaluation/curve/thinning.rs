//! Points of a curve that a drawing needs.

use super::{Curve, hull};
use crate::evaluation::Rates;

/// Steps of either rate, and of each power of ten of the false accept rate, below which two
/// points fall on one pixel.
const LINEAR: f64 = 1.0 / 256.0;
const LOGARITHMIC: f64 = 1.0 / 32.0;

/// Points from nothing to everything accepted, ascending: both ends, every corner of the convex
/// hull, the given points, and of the others those that are a step away from the last one kept.
pub fn thinned(curve: &Curve, given: &[usize]) -> Vec<usize> {
    let corners = corners(curve);
    steps(curve, given.iter().copied().chain(corners))
}

/// Both ends, the given points, and of the others those that are a step away from the last one
/// kept; ascending.
pub fn steps(curve: &impl Rates, given: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let mut points = vec![0];
    let mut last = (0.0, 0.0, f64::NEG_INFINITY);
    for point in 1..=curve.last() {
        let (far, tar) = (curve.false_rate(point), curve.true_rate(point));
        let decade = if far > 0.0 {
            libm::log10(far)
        } else {
            f64::NEG_INFINITY
        };
        let apart =
            far - last.0 >= LINEAR || tar - last.1 >= LINEAR || decade - last.2 >= LOGARITHMIC;
        if apart {
            points.push(point);
            last = (far, tar, decade);
        }
    }
    points.push(curve.last());
    points.extend(given);
    points.sort_unstable();
    points.dedup();
    points
}

/// Corners of the hull; only the most conspicuous ones of a hull that is all corners.
fn corners(curve: &Curve) -> Vec<usize> {
    let mut corners = hull::upper_hull(curve);
    if corners.len() > 512 {
        let every = corners.len().div_ceil(512);
        corners = corners.into_iter().step_by(every).collect();
    }
    corners
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Orientation;
    use crate::evaluation::trial_twin::Draw;

    #[test]
    fn few_points_that_lie_near_every_other() {
        let mut draw = Draw::new(141);
        let same: Vec<u8> = (0..50_000).map(|_| u8::from(draw.below(4) == 0)).collect();
        let scores: Vec<f64> = same.iter().map(|s| draw.normal() - f64::from(*s)).collect();
        let curve = Curve::of(&scores, &same, Orientation::Distance).unwrap();
        let points = thinned(&curve, &[777]);
        assert!(points.len() < 1500, "{}", points.len());
        assert!(points.is_sorted() && points.contains(&777));
        assert_eq!((points[0], points.last()), (0, Some(&curve.last())));
        for pair in points.windows(2) {
            assert!(curve.tar(pair[1]) - curve.tar(pair[0]) < 2.0 * LINEAR);
            assert!(curve.far(pair[1]) - curve.far(pair[0]) < 2.0 * LINEAR);
        }
    }
}
