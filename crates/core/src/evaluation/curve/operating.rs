//! Thresholds for false accept rates, by each rule in use.

use super::Curve;
use crate::error::{Code, Error, Result, in_words};
use crate::evaluation::{Orientation, at_most};

/// Rule that chooses the threshold for a false accept rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TarRule {
    /// The loosest threshold whose false accept rate is at most the one asked for (NIST, bob).
    #[default]
    AtMost,
    /// The point of the curve whose rate is nearest, the higher true accept rate on a tie
    /// of all points; the rate reached may be above the one asked for.
    Nearest,
    /// As `Nearest`, among the corners alone that scikit-learn's `roc_curve` keeps: where the next step
    /// differs from the last (InsightFace IJB 1:1).
    InsightFace,
    /// The quantile of the impostors' scores, interpolated between two of them as NumPy does.
    Quantile,
}

impl TarRule {
    /// Every rule.
    pub const ALL: [Self; 4] = [
        Self::AtMost,
        Self::Nearest,
        Self::InsightFace,
        Self::Quantile,
    ];

    /// The rule of a name. Errors: `EOPTION`.
    pub fn parse(name: &str) -> Result<Self> {
        let named = |rule: &Self| rule.as_str() == name;
        Self::ALL.into_iter().find(named).ok_or_else(|| {
            let found = format!("the rule '{name}'");
            Error::new(
                Code::Option,
                found,
                "at-most, nearest, insightface or quantile",
            )
        })
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AtMost => "at-most",
            Self::Nearest => "nearest",
            Self::InsightFace => "insightface",
            Self::Quantile => "quantile",
        }
    }
}

/// Adequacy of the number of impostors for a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Thirty false accepts or more are expected.
    Resolved,
    /// Fewer than 30: the rule of 30 (Doddington) asks for so many errors, for ±30 % at 90 %.
    Unstable,
    /// Fewer than one: no threshold can be told from "accept no impostor".
    Unresolved,
}

impl Resolution {
    /// Lower-case name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resolved => "resolved",
            Self::Unstable => "unstable",
            Self::Unresolved => "unresolved",
        }
    }
}

/// A threshold and what it does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Operating {
    /// The point of the curve: what is accepted.
    pub point: usize,
    /// The threshold.
    pub threshold: f64,
}

/// Refuses a false accept rate that no threshold can be asked for.
pub(crate) fn check_far(far: f64) -> Result<()> {
    if far > 0.0 && far <= 1.0 {
        return Ok(());
    }
    let found = format!("the false accept rate {}", in_words(far));
    let expected = "a number above 0 and at most 1";
    Err(Error::new(Code::Option, found, expected))
}

/// Resolution of a false accept rate by `impostors` pairs.
pub fn resolution(impostors: u64, far: f64) -> Resolution {
    // Compared as rates: f · Q may round below the whole number that is meant.
    let expects = |errors: f64| errors / impostors as f64 <= far;
    if expects(30.0) {
        Resolution::Resolved
    } else if expects(1.0) {
        Resolution::Unstable
    } else {
        Resolution::Unresolved
    }
}

/// The threshold for a false accept rate in [0, 1] by a rule. Where ties let no impostor score be
/// accepted at most so often, the point is 0: nothing accepted.
pub fn threshold_at_far(curve: &Curve, far: f64, rule: TarRule) -> Operating {
    match rule {
        TarRule::AtMost => at_point(curve, at_most(curve, far)),
        TarRule::Nearest => at_point(curve, nearest(curve, far)),
        TarRule::InsightFace => at_point(curve, nearest_corner(curve, far)),
        TarRule::Quantile => {
            let threshold = impostor_quantile(curve, far);
            Operating {
                point: curve.point_at(threshold),
                threshold,
            }
        }
    }
}

fn at_point(curve: &Curve, point: usize) -> Operating {
    Operating {
        point,
        threshold: curve.threshold(point),
    }
}

fn nearest(curve: &Curve, far: f64) -> usize {
    let below = at_most(curve, far);
    if below == curve.last() {
        return below;
    }
    let above_rate = curve.far(below + 1);
    if above_rate - far > far - curve.far(below) {
        return below;
    }
    // Several points may share that rate; the last of them has the highest true accept rate.
    at_most(curve, above_rate)
}

/// Of the first, the last, nothing accepted, and every point where the step of either kind changes,
/// the one whose rate is nearest; the loosest on a tie.
fn nearest_corner(curve: &Curve, far: f64) -> usize {
    let last = curve.last();
    let step = |point: usize| (curve.at(point - 1).genuine, curve.at(point - 1).impostors);
    let is_corner =
        |point: &usize| *point <= 1 || *point == last || step(*point) != step(point + 1);
    let apart = |point: usize| (curve.far(point) - far).abs();
    let corners = (0..=last).filter(is_corner);
    corners.fold(0, |best, point| {
        if apart(point) <= apart(best) {
            point
        } else {
            best
        }
    })
}

/// `numpy.quantile(impostors, far)` with the most alike first.
fn impostor_quantile(curve: &Curve, far: f64) -> f64 {
    let place = far * (curve.impostors() - 1) as f64;
    let (below, share) = (place.floor(), place - place.floor());
    let score = |rank: u64| {
        let (mut low, mut high) = (0, curve.last());
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if curve.accepted(middle).impostors > rank {
                high = middle;
            } else {
                low = middle;
            }
        }
        curve.threshold(high)
    };
    let a = score(below as u64);
    if share == 0.0 {
        return a;
    }
    let b = score((below as u64 + 1).min(curve.impostors() - 1));
    let between = a + share * (b - a);
    // Rounding must not step beyond either.
    match curve.orientation() {
        Orientation::Distance => between.clamp(a, b),
        Orientation::Similarity => between.clamp(b, a),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::trial_twin::{Draw, accepted_at, points};

    #[test]
    fn every_rule_is_that_of_trying_every_threshold() {
        let mut draw = Draw::new(41);
        for case in 0..500 {
            let (scores, same) = draw.case();
            let far = [0.0, 0.01, 0.1, 0.25, 0.5, 1.0][case % 6];
            for o in [Orientation::Distance, Orientation::Similarity] {
                let curve = Curve::of(&scores, &same, o).unwrap();
                let all = points(&scores, &same, o);
                let found = threshold_at_far(&curve, far, TarRule::AtMost);
                let best = all.iter().filter(|p| p.0 <= far).map(|p| p.1);
                let best = best.fold(0.0, f64::max);
                assert_eq!(curve.tar(found.point), best, "case {case} at {far}");
                let near = threshold_at_far(&curve, far, TarRule::Nearest);
                let least = all.iter().map(|p| (p.0 - far).abs()).fold(1.0, f64::min);
                let best = all.iter().filter(|p| (p.0 - far).abs() <= least);
                assert_eq!(curve.tar(near.point), best.map(|p| p.1).fold(0.0, f64::max));
                for found in [found, near] {
                    let naive = accepted_at(&scores, &same, o, found.threshold);
                    assert_eq!(curve.accepted(found.point), naive);
                }
                let impostors = scores.iter().zip(&same).filter(|p| *p.1 == 0);
                let mut impostors: Vec<f64> = impostors.map(|p| *p.0).collect();
                impostors.sort_by(f64::total_cmp);
                if o == Orientation::Similarity {
                    impostors.reverse();
                }
                let place = far * (impostors.len() - 1) as f64;
                let [a, b] = [place.floor(), place.ceil()].map(|at| impostors[at as usize]);
                let quantile = threshold_at_far(&curve, far, TarRule::Quantile);
                let naive = a + place.fract() * (b - a);
                if naive.is_finite() {
                    assert!((quantile.threshold - naive).abs() <= 1e-12 * naive.abs());
                    let naive = accepted_at(&scores, &same, o, quantile.threshold);
                    assert_eq!(curve.accepted(quantile.point), naive);
                }
            }
        }
    }

    #[test]
    fn the_nearest_corner_is_that_of_a_curve_without_the_points_between() {
        let scores: Vec<f64> = (0..10).rev().map(f64::from).collect();
        let same = [1, 0, 0, 0, 0, 0, 0, 1, 0, 0];
        let curve = Curve::of(&scores, &same, Orientation::Similarity).unwrap();
        let reached = |rule| {
            let point = threshold_at_far(&curve, 0.5, rule).point;
            (curve.tar(point), curve.far(point))
        };
        assert_eq!(reached(TarRule::InsightFace), (1.0, 0.75));
        assert_eq!(reached(TarRule::Nearest), (0.5, 0.5));
        let mut draw = Draw::new(43);
        for case in 0..300 {
            let (scores, same) = draw.case();
            let far = [0.01, 0.1, 0.25, 0.5, 1.0][case % 5];
            let curve = Curve::of(&scores, &same, Orientation::Distance).unwrap();
            // drop_intermediate written out: second differences of both counts, ends kept.
            let count = |p: usize| [curve.accepted(p).genuine, curve.accepted(p).impostors];
            let mut kept = vec![0, 1, curve.last()];
            for p in 2..curve.last() {
                let (a, b, c) = (count(p - 1), count(p), count(p + 1));
                if (0..2).any(|k| a[k] + c[k] != 2 * b[k]) {
                    kept.push(p);
                }
            }
            let least = kept.iter().map(|p| (curve.far(*p) - far).abs());
            let least = least.fold(f64::INFINITY, f64::min);
            let nearest = kept
                .iter()
                .filter(|p| (curve.far(**p) - far).abs() <= least);
            let found = threshold_at_far(&curve, far, TarRule::InsightFace).point;
            assert_eq!(Some(&found), nearest.max(), "case {case}");
        }
    }

    #[test]
    fn rates_are_resolved_by_counts() {
        assert_eq!(resolution(1000, 1e-3), Resolution::Unstable);
        assert_eq!(resolution(999, 1e-3), Resolution::Unresolved);
        assert_eq!(resolution(29_999, 1e-3), Resolution::Unstable);
        assert_eq!(resolution(30_000, 1e-3), Resolution::Resolved);
        // 0.29 · 100 is 28.999999999999996.
        let scores: Vec<f64> = (0..101).map(f64::from).collect();
        let same: Vec<u8> = (0..101).map(|i| u8::from(i == 100)).collect();
        let curve = Curve::of(&scores, &same, Orientation::Distance).unwrap();
        assert_eq!(threshold_at_far(&curve, 0.29, TarRule::AtMost).point, 29);
    }
}
