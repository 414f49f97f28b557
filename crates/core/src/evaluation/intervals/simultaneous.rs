//! Several comparisons at once: how wide intervals must be for all of them to hold together.
//!
//! The greatest |t| of comparisons is drawn from the joint normal distribution that the influences of people
//! give, so comparisons that move together cost little. Source: Hothorn, Bretz & Westfall, Biometrical Journal
//! 50 (2008), 346–363, section 3; Holm, Scandinavian Journal of Statistics 6 (1979), 65–70.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::{normal_cdf, normal_quantile};
use crate::error::{Code, Error, Result};

/// How comparisons are adjusted for their number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Adjustment {
    /// By the greatest |t| of all of them: intervals that hold together, and the p that belong to them.
    #[default]
    MaxT,
    /// Holm's p, and Bonferroni's intervals.
    Holm,
    /// Each by itself.
    None,
}

impl Adjustment {
    /// Every adjustment, the default first.
    pub const ALL: [Self; 3] = [Self::MaxT, Self::Holm, Self::None];

    /// The adjustment of a name. Errors: `EOPTION`.
    pub fn parse(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == name);
        found.ok_or_else(|| {
            let found = format!("the adjustment '{name}'");
            Error::new(Code::Option, found, "max-t, holm or none")
        })
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MaxT => "max-t",
            Self::Holm => "holm",
            Self::None => "none",
        }
    }
}

/// Draws of the greatest |t|: the level of intervals is within half a point at 95 %.
const DRAWS: usize = 20_000;

/// The greatest |t| of comparisons between normal estimates, draw after draw, ascending.
pub(crate) struct GreatestT(Vec<f64>);

impl GreatestT {
    /// `covariance` of n estimates, row after row; a comparison is the first of two less the second, and
    /// those without variance never differ.
    pub(crate) fn new(covariance: &[f64], n: usize, comparisons: &[(usize, usize)]) -> Self {
        let root = root(covariance, n);
        let at = |i: usize, j: usize| covariance[i * n + j];
        let deviation = |(a, b): &(usize, usize)| {
            (at(*a, *a) + at(*b, *b) - at(*a, *b) - at(*b, *a))
                .max(0.0)
                .sqrt()
        };
        let scaled = comparisons.iter().map(|pair| (*pair, deviation(pair)));
        let scaled: Vec<_> = scaled.filter(|(_, deviation)| *deviation > 0.0).collect();
        let mut random = ChaCha8Rng::seed_from_u64(0);
        let mut most: Vec<f64> = (0..DRAWS)
            .map(|_| {
                let independent = normals(&mut random, n);
                let row = |row: &[f64]| row.iter().zip(&independent).map(|(l, z)| l * z).sum();
                let estimates: Vec<f64> = root.chunks_exact(n).map(row).collect();
                let t = |((a, b), deviation): &((usize, usize), f64)| {
                    (estimates[*a] - estimates[*b]).abs() / deviation
                };
                scaled.iter().map(t).fold(0.0, f64::max)
            })
            .collect();
        most.sort_unstable_by(f64::total_cmp);
        Self(most)
    }

    /// The level of each interval that makes all hold together at `level`.
    pub(crate) fn level(&self, level: f64) -> f64 {
        let place = (level * DRAWS as f64).ceil() as usize;
        2.0 * normal_cdf(self.0[place.clamp(1, DRAWS) - 1]) - 1.0
    }

    /// The chance that any comparison has a p so small, if nothing differs.
    pub(crate) fn p(&self, p: f64) -> f64 {
        let reached = self
            .0
            .partition_point(|most| *most < -normal_quantile(p / 2.0));
        (DRAWS - reached + 1) as f64 / (DRAWS + 1) as f64
    }
}

/// Independent standard normal numbers, two for each two draws of the generator.
pub(crate) fn normals(random: &mut impl Rng, count: usize) -> Vec<f64> {
    let mut unit = || ((random.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
    let mut numbers = Vec::with_capacity(count + 1);
    while numbers.len() < count {
        let radius = (-2.0 * libm::log(unit())).sqrt();
        let (sine, cosine) = libm::sincos(std::f64::consts::TAU * unit());
        numbers.extend([radius * cosine, radius * sine]);
    }
    numbers.truncate(count);
    numbers
}

/// L with L Lᵀ = a covariance, which may be singular: what a direction has left by rounding is 0.
fn root(covariance: &[f64], n: usize) -> Vec<f64> {
    let mut root = vec![0.0; n * n];
    for j in 0..n {
        let before = |i: usize, root: &[f64]| -> f64 {
            (0..j).map(|k| root[i * n + k] * root[j * n + k]).sum()
        };
        let left = covariance[j * n + j] - before(j, &root);
        if left <= 1e-12 * covariance[j * n + j] {
            continue;
        }
        let pivot = left.sqrt();
        for i in j..n {
            root[i * n + j] = (covariance[i * n + j] - before(i, &root)) / pivot;
        }
    }
    root
}

/// Holm's p: the k-th smallest times what is left of their number, never below the one before.
pub(crate) fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let (mut adjusted, mut least) = (vec![0.0; p.len()], 0.0f64);
    for (rank, place) in order.into_iter().enumerate() {
        least = least.max(p[place] * (p.len() - rank) as f64).min(1.0);
        adjusted[place] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn independent_and_equal_comparisons_have_their_known_levels() {
        // Three comparisons with one estimate that never moves: independent, so Šidák's level holds.
        let mut covariance = vec![0.0; 16];
        (1..4).for_each(|i| covariance[i * 5] = 2.0 + i as f64);
        let apart = GreatestT::new(&covariance, 4, &[(1, 0), (2, 0), (3, 0)]);
        assert!((apart.level(0.95) - 0.95f64.powf(1.0 / 3.0)).abs() < 2e-3);
        assert!((apart.p(0.01) - (1.0 - 0.99f64.powi(3))).abs() < 3e-3);
        // Three of the same: as one.
        let ones = vec![1.0; 16];
        let mut same = ones.clone();
        (0..4).for_each(|i| (same[i], same[i * 4]) = (0.0, 0.0));
        let alike = GreatestT::new(&same, 4, &[(1, 0), (2, 0), (3, 0)]);
        assert!((alike.level(0.95) - 0.95).abs() < 3e-3);
        assert!((alike.p(0.05) - 0.05).abs() < 5e-3);
        // Dunnett's table: two-sided, three treatments against a control of as many, no end of degrees: 2.35.
        let mut each = vec![0.0; 16];
        (0..4).for_each(|i| each[i * 5] = 1.0);
        let dunnett = GreatestT::new(&each, 4, &[(1, 0), (2, 0), (3, 0)]);
        let reach = normal_quantile(0.5 + dunnett.level(0.95) / 2.0);
        assert!((reach - 2.35).abs() < 0.02, "{reach}");
        // Tukey's: four means, q = 3.633 = √2 · 2.569.
        let all: Vec<_> = (0..4).flat_map(|a| (0..a).map(move |b| (a, b))).collect();
        let tukey = GreatestT::new(&each, 4, &all);
        let reach = normal_quantile(0.5 + tukey.level(0.95) / 2.0);
        assert!((reach - 2.569).abs() < 0.02, "{reach}");
        // Estimates that never move leave nothing to adjust.
        assert_eq!(GreatestT::new(&ones, 4, &[(1, 0)]).p(0.5), 1.0 / 20_001.0);
    }

    #[test]
    fn holm_is_the_textbook_procedure() {
        // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm").
        let found = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (found, expected) in found.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((found - expected).abs() < 1e-15);
        }
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
    }

    #[test]
    fn names_are_read_back() {
        for one in Adjustment::ALL {
            assert_eq!(Adjustment::parse(one.as_str()).unwrap(), one);
        }
        assert_eq!(Adjustment::parse("tukey").unwrap_err().code(), Code::Option);
    }
}
