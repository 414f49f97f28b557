//! Random numbers whose bytes are the same on every system.
//!
//! ChaCha8 keyed by (seed, purpose) with one stream per block, so that blocks can be drawn in any
//! order; functions that are not exact in IEEE arithmetic come from `libm` rather than from the
//! system's mathematical library, which differs between systems in the last bit.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use super::ziggurat::Ziggurat;

/// What a stream is for: streams of different purposes share nothing.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Basis = 1,
    Rotation,
    TestRotation,
    Directions,
    Groups,
    ClassSizes,
    TrainPeople,
    TrainImages,
    TestPeople,
    TestImages,
    TestOrder,
    Pairs,
}

/// One reproducible sequence of draws.
pub(super) struct Stream(ChaCha8Rng);

impl Stream {
    /// The sequence number `index` of a purpose.
    pub(super) fn new(seed: u64, purpose: Purpose, index: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&(purpose as u64).to_le_bytes());
        key[16..].copy_from_slice(b"hackface synth 1");
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(index);
        Self(generator)
    }

    /// 32 random bits.
    pub(super) fn bits(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// Uniform in the open interval (0, 1), a multiple of 2⁻⁵³.
    pub(super) fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 12) as f64 + 0.5) * (1.0 / (1u64 << 52) as f64)
    }

    /// Uniform in 0..`bound`, without bias (Lemire 2019, algorithm 5); `bound` ≥ 1.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        loop {
            let product = u128::from(self.0.next_u64()) * u128::from(bound);
            if product as u64 >= bound.wrapping_neg() % bound {
                return (product >> 64) as u64;
            }
        }
    }

    /// Standard normal.
    pub(super) fn normal(&mut self) -> f32 {
        Ziggurat::shared().draw(self)
    }

    /// Fills a slice with standard normals.
    pub(super) fn fill_normal(&mut self, out: &mut [f32]) {
        let ziggurat = Ziggurat::shared();
        for value in out {
            *value = ziggurat.draw(self);
        }
    }

    /// Beta(a, b) as X / (X + Y), X ~ Gamma(a), Y ~ Gamma(b).
    pub(super) fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (x, y) = (self.gamma(a), self.gamma(b));
        x / (x + y)
    }

    /// Gamma(shape, 1) by Marsaglia and Tsang (ACM TOMS 26, 2000); a shape below 1 by
    /// Gamma(shape + 1) · U^(1/shape).
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = libm::pow(self.uniform(), 1.0 / shape);
            return self.gamma(shape + 1.0) * boost;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = f64::from(self.normal());
            let root = 1.0 + c * x;
            if root <= 0.0 {
                continue;
            }
            let v = root * root * root;
            if libm::log(self.uniform()) < 0.5 * x * x + d - d * v + d * libm::log(v) {
                return d * v;
            }
        }
    }

    /// Puts a slice into random order (Fisher and Yates).
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last as u64 + 1) as usize;
            items.swap(last, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(n: usize, mut draw: impl FnMut() -> f64) -> (f64, f64, f64) {
        let (mut one, mut two, mut four) = (0.0, 0.0, 0.0);
        for _ in 0..n {
            let x = draw();
            one += x;
            two += x * x;
            four += x * x * x * x;
        }
        (one / n as f64, two / n as f64, four / n as f64)
    }

    #[test]
    fn normals_have_the_moments_and_the_tail_of_the_normal_law() {
        let mut stream = Stream::new(1, Purpose::Pairs, 0);
        let n = 2_000_000;
        let mut beyond = [0usize; 3];
        let (one, two, four) = moments(n, || {
            let x = f64::from(stream.normal());
            for (count, edge) in beyond.iter_mut().zip([1.0, 2.0, 3.5]) {
                *count += usize::from(x.abs() > edge);
            }
            x
        });
        // Five standard errors each.
        let standard = 1.0 / (n as f64).sqrt();
        assert!(one.abs() < 5.0 * standard, "{one}");
        assert!((two - 1.0).abs() < 5.0 * 2f64.sqrt() * standard, "{two}");
        assert!((four - 3.0).abs() < 5.0 * 96f64.sqrt() * standard, "{four}");
        for (count, p) in beyond
            .into_iter()
            .zip([0.317_310_5, 0.045_500_26, 0.000_465_258])
        {
            let error = 5.0 * (p * (1.0 - p) / n as f64).sqrt();
            assert!(
                (count as f64 / n as f64 - p).abs() < error,
                "{count} of {n}, expected {p}"
            );
        }
    }

    #[test]
    fn beta_has_the_mean_and_the_second_moment_of_its_law() {
        for (a, b) in [(40.0, 1.0), (4.504, 0.917), (0.3, 0.4)] {
            let mut stream = Stream::new(2, Purpose::Pairs, 1);
            let (one, two, _) = moments(200_000, || stream.beta(a, b));
            let mean: f64 = a / (a + b);
            assert!((one - mean).abs() < 0.005, "Beta({a}, {b}): {one}");
            let square = mean * (a + 1.0) / (a + b + 1.0);
            assert!((two - square).abs() < 0.006, "Beta({a}, {b}): {two}");
        }
    }

    #[test]
    fn uniform_stays_inside_and_below_reaches_every_value() {
        let mut stream = Stream::new(3, Purpose::Pairs, 0);
        let mut counts = [0usize; 7];
        for _ in 0..70_000 {
            let u = stream.uniform();
            assert!(u > 0.0 && u < 1.0);
            counts[stream.below(7) as usize] += 1;
        }
        assert!(
            counts.iter().all(|c| c.abs_diff(10_000) < 500),
            "{counts:?}"
        );
    }

    #[test]
    fn streams_differ_by_seed_purpose_and_index() {
        let first = |seed, purpose, index| Stream::new(seed, purpose, index).0.next_u64();
        let base = first(1, Purpose::Pairs, 0);
        assert_eq!(base, first(1, Purpose::Pairs, 0));
        assert_ne!(base, first(2, Purpose::Pairs, 0));
        assert_ne!(base, first(1, Purpose::TestOrder, 0));
        assert_ne!(base, first(1, Purpose::Pairs, 1));
    }
}
