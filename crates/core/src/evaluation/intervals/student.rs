//! Student's t distribution.

use std::f64::consts::PI;

use super::{normal_cdf, normal_quantile};

/// Degrees of freedom from which the normal distribution stands in: it differs by less than 10⁻⁷.
const MANY: f64 = 1e7;

/// The chance that a number of Student's distribution with `freedom` degrees is at most −|x|.
///
/// Source: Abramowitz & Stegun, Handbook of Mathematical Functions (1964), 26.7.1 and 26.5.8.
pub fn student_tail(x: f64, freedom: f64) -> f64 {
    if freedom >= MANY {
        return normal_cdf(-x.abs());
    }
    let square = x * x;
    // The beta function ratio of the nearer end.
    let (near, far) = (freedom / (freedom + square), square / (freedom + square));
    let (a, b) = (freedom / 2.0, 0.5);
    let beta = libm::lgamma(a + b) - libm::lgamma(a) - 0.5 * libm::log(PI);
    if near < (a + 1.0) / (a + b + 2.0) {
        let front = libm::exp(beta + a * libm::log(near) + b * libm::log(far)) / a;
        0.5 * front * continued(a, b, near)
    } else {
        let front = libm::exp(beta + a * libm::log(near) + b * libm::log(far)) / b;
        0.5 * (1.0 - front * continued(b, a, far))
    }
}

/// The continued fraction of the incomplete beta function, by Lentz's method.
fn continued(a: f64, b: f64, x: f64) -> f64 {
    const STEPS: u32 = 300;
    const LEAST: f64 = 1e-300;
    let away = |value: f64| if value.abs() < LEAST { LEAST } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for step in 1..=STEPS {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        for term in [even, odd] {
            d = 1.0 / away(1.0 + term * d);
            c = away(1.0 + term / c);
            fraction *= c * d;
        }
        if (c * d - 1.0).abs() < 1e-15 {
            break;
        }
    }
    fraction
}

/// The number that Student's distribution with `freedom` degrees, at least 1, exceeds with chance
/// `1 − p`, for p in (½, 1). Within 1e-9 of the exact value, relatively.
pub fn student_quantile(p: f64, freedom: f64) -> f64 {
    let normal = normal_quantile(p);
    if freedom >= MANY || !normal.is_finite() {
        return normal;
    }
    // Between the quantiles of the normal distribution and of Cauchy's, which has one degree.
    let chance = 1.0 - p;
    let (mut low, mut high) = (normal, 1.0 / libm::tan(PI * chance));
    while high - low > 1e-10 * high {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if student_tail(middle, freedom) > chance {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_the_published_ones() {
        for (p, freedom, x) in [
            (0.975, 1.0, 12.706_204_736),
            (0.975, 2.0, 4.302_652_730),
            (0.975, 10.0, 2.228_138_852),
            (0.995, 5.0, 4.032_142_984),
            (0.9, 30.0, 1.310_415_025),
            (0.975, 1e4, 1.960_201_240),
            (0.975, f64::INFINITY, 1.959_963_985),
        ] {
            let found = student_quantile(p, freedom);
            assert!((found / x - 1.0).abs() < 1e-8, "{p} {freedom}: {found}");
        }
        for freedom in [1.0, 1.7, 3.0, 9.5, 200.0, 9e6] {
            for p in [0.500_001, 0.6, 0.95, 0.999_999] {
                let found = student_quantile(p, freedom);
                assert!(
                    (student_tail(found, freedom) - (1.0 - p)).abs() < 1e-9,
                    "{p} {freedom}"
                );
            }
        }
        assert!((student_tail(0.0, 3.0) - 0.5).abs() < 1e-15);
    }
}
