//! Areas under a curve that is already there.

use super::Curve;

/// Area under the curve, ties at ½; equal to [`auroc`](crate::evaluation::auroc()) of the scores.
pub fn area(curve: &Curve) -> f64 {
    let doubled: u128 = (0..curve.last())
        .map(|place| {
            let (before, at) = (curve.accepted(place), curve.at(place));
            let behind = u128::from(curve.impostors() - before.impostors) * 2;
            u128::from(at.genuine) * (behind - u128::from(at.impostors))
        })
        .sum();
    doubled as f64 / (2 * pairs(curve)) as f64
}

/// Area up to a false accept rate `far` in (0, 1], standardised: ½ for chance, 1 for perfection.
///
/// A' = ½ (1 + (A_f − f²/2) / (f − f²/2)), A_f by trapezoids, the last one cut at f. At f = 1 it is
/// ½ (1 + 2 A − 1) = A.
///
/// Source: McClish, Medical Decision Making 9 (1989), 190–195.
pub fn partial_area(curve: &Curve, far: f64) -> f64 {
    let (p, q) = (curve.genuine() as f64, curve.impostors() as f64);
    let mut doubled = 0u128;
    let mut rest = 0.0;
    for place in 0..curve.last() {
        let (before, after) = (curve.accepted(place), curve.accepted(place + 1));
        let width = after.impostors - before.impostors;
        if after.impostors as f64 / q <= far {
            doubled += u128::from(width) * u128::from(before.genuine + after.genuine);
            continue;
        }
        let share = (far * q - before.impostors as f64) / width as f64;
        let height = before.genuine as f64 + 0.5 * share * (after.genuine - before.genuine) as f64;
        rest = share * width as f64 * height;
        break;
    }
    let area = (doubled as f64 / 2.0 + rest) / (p * q);
    let least = far * far / 2.0;
    0.5 * (1.0 + (area - least) / (far - least))
}

fn pairs(curve: &Curve) -> u128 {
    u128::from(curve.genuine()) * u128::from(curve.impostors())
}

#[cfg(test)]
mod tests {
    use super::super::auroc;
    use super::*;
    use crate::evaluation::trial_twin::Draw;
    use crate::evaluation::{Orientation, trial_twin};

    #[test]
    fn the_area_of_the_curve_is_the_area_of_the_scores() {
        let mut draw = Draw::new(21);
        for _ in 0..500 {
            let (scores, same) = draw.case();
            let curve = Curve::of(&scores, &same, Orientation::Distance).unwrap();
            let exact = auroc(&scores, &same, Orientation::Distance).unwrap();
            assert_eq!(area(&curve), exact);
            assert!((partial_area(&curve, 1.0) - exact).abs() < 1e-12);
            for far in [0.01, 0.1, 0.37, 0.9] {
                let slow = trial_twin::partial_area(&scores, &same, Orientation::Distance, far);
                assert!((partial_area(&curve, far) - slow).abs() < 1e-12);
            }
        }
    }
}
