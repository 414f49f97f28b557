//! Normal, beta and gamma draws.
//!
//! Functions that IEEE arithmetic leaves inexact come from `libm`: the mathematical libraries of
//! systems differ in the last bit.

use super::stream::Stream;
use super::ziggurat::Ziggurat;

impl Stream {
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
}

#[cfg(test)]
mod tests {
    use super::super::stream::Purpose;
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
}
