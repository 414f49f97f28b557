//! Where the two kinds of scores lie: d′ and counts in bins.

use super::Curve;

/// d′ = (mean of genuine − mean of impostors) / √(½ (variance of genuine + of impostors)), with
/// the sign of similarities: positive when genuine pairs look more alike. Variances are divided
/// by the number of pairs. `None` where both variances are 0, or a moment overflows.
///
/// Source: Green & Swets, Signal Detection Theory (1966); Daugman's decidability.
pub fn d_prime(curve: &Curve) -> Option<f64> {
    let genuine = moments(curve, |place| curve.at(place).genuine);
    let impostors = moments(curve, |place| curve.at(place).impostors);
    let apart = curve.orientation().similarity(genuine.0 - impostors.0);
    let variance = 0.5 * (genuine.1 + impostors.1);
    let found = apart / variance.sqrt();
    (found.is_finite() && variance.is_finite()).then_some(found)
}

fn moments(curve: &Curve, count: impl Fn(usize) -> u64) -> (f64, f64) {
    let values = || curve.thresholds().iter().enumerate();
    let pairs: f64 = (0..curve.last()).map(|place| count(place) as f64).sum();
    let share = |place: usize| count(place) as f64 / pairs;
    let mean: f64 = values().map(|(place, value)| share(place) * value).sum();
    let variance = values()
        .map(|(place, value)| share(place) * (value - mean) * (value - mean))
        .sum();
    (mean, variance)
}

/// Counts of both kinds in equal bins from the least to the largest score.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// One more than there are bins, ascending.
    pub edges: Vec<f64>,
    /// Genuine pairs in each bin; a bin holds its lower edge, the last one both.
    pub genuine: Vec<u64>,
    /// Impostor pairs in each bin.
    pub impostors: Vec<u64>,
}

/// Counts in `bins` bins; one bin where all scores are equal.
pub fn histogram(curve: &Curve, bins: usize) -> Histogram {
    let ends = [curve.threshold(1), curve.threshold(curve.last())];
    let (least, most) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
    let bins = if least == most { 1 } else { bins.max(1) };
    let edge = |bin: usize| {
        let share = bin as f64 / bins as f64;
        least * (1.0 - share) + most * share
    };
    let mut edges: Vec<f64> = (0..=bins).map(edge).collect();
    (edges[0], edges[bins]) = (least, most);
    let mut histogram = Histogram {
        edges,
        genuine: vec![0; bins],
        impostors: vec![0; bins],
    };
    for (place, value) in curve.thresholds().iter().enumerate() {
        let above = histogram.edges.partition_point(|edge| edge <= value);
        let (bin, at) = (above.clamp(1, bins) - 1, curve.at(place));
        histogram.genuine[bin] += at.genuine;
        histogram.impostors[bin] += at.impostors;
    }
    histogram
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Orientation;
    use crate::evaluation::trial_twin::Draw;

    #[test]
    fn d_prime_is_that_of_the_scores() {
        let mut draw = Draw::new(81);
        for _ in 0..500 {
            let (mut scores, same) = draw.case();
            scores.iter_mut().for_each(|s| *s = s.clamp(-1e6, 1e6));
            let curve = Curve::of(&scores, &same, Orientation::Distance).unwrap();
            let of = |kind: u8| {
                let of = scores.iter().zip(&same).filter(|(_, s)| **s == kind);
                let of: Vec<f64> = of.map(|(s, _)| *s).collect();
                let mean = of.iter().sum::<f64>() / of.len() as f64;
                let squares = of.iter().map(|s| (s - mean).powi(2)).sum::<f64>();
                (mean, squares / of.len() as f64)
            };
            let ((gm, gv), (im, iv)) = (of(1), of(0));
            let naive = (im - gm) / (0.5 * (gv + iv)).sqrt();
            match d_prime(&curve) {
                Some(found) => {
                    let error = (found - naive).abs();
                    assert!(error <= 1e-9 * naive.abs().max(1.0), "{found} {naive}");
                }
                None => assert!(gv + iv < 1e-20),
            }
        }
    }

    #[test]
    fn every_pair_is_in_one_bin() {
        let mut draw = Draw::new(82);
        for _ in 0..200 {
            let (scores, same) = draw.case();
            let curve = Curve::of(&scores, &same, Orientation::Similarity).unwrap();
            let found = histogram(&curve, 16);
            let (genuine, impostors) = (found.genuine.iter().sum(), found.impostors.iter().sum());
            assert_eq!((curve.genuine(), curve.impostors()), (genuine, impostors));
            assert!(found.edges.is_sorted());
        }
        let flat = Curve::of(&[3.0, 3.0], &[0, 1], Orientation::Distance).unwrap();
        let found = histogram(&flat, 16);
        assert_eq!((found.edges, found.genuine), (vec![3.0, 3.0], vec![1]));
    }
}
