//! DeLong's standard errors: right where pairs share nobody, too small where they do.

use super::{AreaInfluence, Influence};
use crate::evaluation::curve::{Curve, area};

/// Standard error of the area under a curve, pairs taken as independent: `s²₁₀/P + s²₀₁/Q`, the
/// sample variances of the share of the other kind that each pair is on the right side of.
/// `None` with a single pair of a kind.
///
/// Source: DeLong, DeLong & Clarke-Pearson, Biometrics 44 (1988); by ranks as in Sun & Xu (2014).
pub fn delong_error(curve: &Curve) -> Option<f64> {
    let influence = AreaInfluence::new(curve, area(curve));
    let (mut genuine, mut impostors) = (0.0, 0.0);
    for place in 0..curve.last() {
        let at = curve.at(place);
        genuine += at.genuine as f64 * influence.genuine(place).powi(2);
        impostors += at.impostors as f64 * influence.impostor(place).powi(2);
    }
    let (p, q) = (curve.genuine() as f64, curve.impostors() as f64);
    (p > 1.0 && q > 1.0).then(|| (genuine * p / (p - 1.0) + impostors * q / (q - 1.0)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Orientation;
    use crate::evaluation::trial_twin::Draw;

    #[test]
    fn the_error_is_that_of_the_definition() {
        let mut draw = Draw::new(101);
        for _ in 0..300 {
            let (scores, same) = draw.case();
            let curve = Curve::of(&scores, &same, Orientation::Similarity).unwrap();
            let of = |kind: u8| -> Vec<f64> {
                let of = scores.iter().zip(&same).filter(|(_, s)| **s == kind);
                of.map(|(s, _)| *s).collect()
            };
            let (genuine, impostors) = (of(1), of(0));
            let wins = |g: f64, h: f64| f64::from(g > h) + 0.5 * f64::from(g == h);
            let variance = |v: Vec<f64>| {
                let n = v.len() as f64;
                let mean = v.iter().sum::<f64>() / n;
                v.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0) / n
            };
            let (p, q) = (genuine.len() as f64, impostors.len() as f64);
            let v10 = genuine
                .iter()
                .map(|g| impostors.iter().map(|h| wins(*g, *h)).sum::<f64>() / q);
            let v01 = impostors
                .iter()
                .map(|h| genuine.iter().map(|g| wins(*g, *h)).sum::<f64>() / p);
            match delong_error(&curve) {
                Some(found) => {
                    let naive = (variance(v10.collect()) + variance(v01.collect())).sqrt();
                    assert!((found - naive).abs() < 1e-12);
                }
                None => assert!(p < 2.0 || q < 2.0),
            }
        }
    }
}
