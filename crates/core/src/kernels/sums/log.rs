//! Logarithms and powers, in operations that every instruction set rounds alike.
//!
//! The error of a logarithm is about 3e-16, absolute rather than relative, which suffices for both
//! users. A sum of powers `2^(p log₂ x)`, the largest of them 1, goes through the p-th
//! root, where the error of `p log₂ x` is divided by p again; a divergence uses logarithms only
//! where they are large.
//!
//! Polynomials meet their functions in Chebyshev points of the stretch where they are used. What they are off by
//! there was found in 60 digits, after their coefficients had been rounded to doubles.

use std::f64::consts::{LN_2, SQRT_2};

use super::vector::Vector;

/// `log₂(√2 (1+s)/(1−s)) = ½ + s (c₀ + c₁ s² + …)`, off by 1.1e-16 at most where |s| ≤ 0.1716.
const LOGARITHM: [f64; 7] = [
    2.885390081777927,
    0.9617966939243345,
    0.5770780172463286,
    0.4121984020482752,
    0.32061638813224547,
    0.2614442493522915,
    0.2429160853987535,
];

/// `2^x = c₀ + c₁ x + …`, off by 3.2e-16 of it at most where |x| ≤ ½.
#[expect(clippy::approx_constant, reason = "near ln 2, and not it")]
const EXPONENTIAL: [f64; 11] = [
    1.0,
    0.69314718055995,
    0.24022650695910097,
    0.05550410866444772,
    0.009618129107606888,
    0.0013333558230164974,
    0.0001540353044173605,
    1.5252657260200837e-05,
    1.321544258792169e-06,
    1.0208690299958306e-07,
    7.072585949269223e-09,
];

/// `((1+t) log₂(1+t) + (1−t) log₂(1−t)) / t² = c₀ + c₁ t² + …`, off by 4.1e-16 of it at most below [`NEAR`].
#[expect(clippy::approx_constant, reason = "near 1/ln 2, and not it")]
const DIVERGENCE: [f64; 6] = [
    1.442695040888963,
    0.24044917348336065,
    0.09617966830484494,
    0.051525054419118095,
    0.032037659836826035,
    0.022837949082061784,
];

/// The t² below which the two logarithms of a divergence would cancel too much.
const NEAR: f64 = 0.02;

/// Added and taken away again, it leaves the nearest whole number.
const WHOLE: f64 = 6_755_399_441_055_744.0; // 1.5 · 2⁵²

/// The power from which on `2^power` is taken for 2⁻¹⁰²².
const LEAST: f64 = -1022.0;

/// `p ln(p/m) + q ln(q/m)` with m = (p+q)/2, for p and q of 0 or more; 0 where both are 0.
///
/// It is `m ((1+t) ln(1+t) + (1−t) ln(1−t))` with t = |p−q|/(p+q). Where t is small the two terms
/// cancel, so there it is a series in t² whose terms do not.
#[inline(always)]
pub(super) fn divergence<V: Vector>(p: V, q: V) -> V {
    let sum = p.add(q);
    let t = p.sub(q).abs().div(sum.one_if_zero());
    let square = t.mul(t);
    let series = square.mul(polynomial(square, &DIVERGENCE));
    // From 1 to 2, and from 0 to 1. The logarithm of 0 counts as −1023, and 0 times that is 0.
    let (above, below) = (V::splat(1.0).add(t), V::splat(1.0).sub(t));
    let whole = above
        .mul(log2_of_mantissa(above))
        .add(below.mul(log2(below)));
    let half = sum.mul(V::splat(LN_2 / 2.0));
    half.mul(square.if_below(V::splat(NEAR), series, whole))
}

/// `x^p` for x of 0 to 1 and p of 0.1 to 1024; 0 for x below 2⁻¹⁰²². A power below 2⁻¹⁰²² counts as about that much:
/// nothing, in a sum with a 1 in it.
#[inline(always)]
pub(super) fn power<V: Vector>(x: V, p: f64) -> V {
    let power = exp2(log2(x).mul(V::splat(p)).larger(V::splat(LEAST)));
    x.if_below(V::splat(f64::MIN_POSITIVE), V::splat(0.0), power)
}

/// The logarithm of a normal number; −1023 for 0.
#[inline(always)]
fn log2<V: Vector>(x: V) -> V {
    x.exponent().add(log2_of_mantissa(x.mantissa()))
}

/// The logarithm of a number from 1 to 2.
#[inline(always)]
fn log2_of_mantissa<V: Vector>(x: V) -> V {
    let root = V::splat(SQRT_2);
    let s = x.sub(root).div(x.add(root));
    let series = polynomial(s.mul(s), &LOGARITHM).mul(s);
    series.add(V::splat(0.5))
}

#[inline(always)]
fn exp2<V: Vector>(power: V) -> V {
    let whole = power.add(V::splat(WHOLE)).sub(V::splat(WHOLE));
    polynomial(power.sub(whole), &EXPONENTIAL).mul(whole.two_to())
}

/// Even and odd terms by themselves, which halves the chain of operations that wait for each other.
#[inline(always)]
fn polynomial<V: Vector, const N: usize>(x: V, terms: &[f64; N]) -> V {
    let square = x.mul(x);
    let mut sums = [
        V::splat(terms[(N - 1) / 2 * 2]),
        V::splat(terms[N / 2 * 2 - 1]),
    ];
    for place in (0..N - 2).rev() {
        sums[place % 2] = sums[place % 2].mul(square).add(V::splat(terms[place]));
    }
    sums[1].mul(x).add(sums[0])
}

#[cfg(test)]
mod tests {
    use super::super::vector::Scalar;
    use super::*;

    #[test]
    fn powers_are_right_where_they_count() {
        let steps = if cfg!(miri) { 3 } else { 2000 };
        for p in [0.1, 0.5, 1.5, 2.5, 3.2, 7.0, 100.0, 1024.0] {
            for step in 0..=steps {
                let x = (f64::from(step) / f64::from(steps)).powi(5);
                let [found, ..] = power(Scalar::splat(x), p).store();
                let expected = libm::pow(x, p);
                // As it goes through the root: an error of the sum is divided by p.
                let error = (found - expected).abs() / p.max(1.0);
                assert!(error <= 1e-15, "{x}^{p}: {found}, not {expected}");
                assert!(x > 0.0 || found == 0.0);
            }
        }
    }

    #[test]
    fn divergences_are_right_from_equal_numbers_to_nothing_in_common() {
        let steps = if cfg!(miri) { 3 } else { 2000 };
        for p in [0.0, 1e-12, 0.3, 1.0] {
            for step in 0..=steps {
                let q = (f64::from(step) / f64::from(steps)).powi(3);
                let [found, ..] = divergence(Scalar::splat(p), Scalar::splat(q)).store();
                let t = (p - q) / (p + q);
                // As it should be in exact arithmetic, where it cancels little.
                let part = |t: f64| (1.0 + t) * if t > -1.0 { libm::log1p(t) } else { 0.0 };
                let expected = if p + q == 0.0 {
                    0.0
                } else {
                    (p + q) / 2.0 * (part(t) + part(-t))
                };
                let bound = 1e-14 * expected + 2e-16 * (p + q);
                assert!((found - expected).abs() <= bound, "{p} {q}: {found}");
                assert!(
                    found >= 0.0 && (found == 0.0) == (p == q),
                    "{p} {q}: {found}"
                );
            }
        }
    }
}
