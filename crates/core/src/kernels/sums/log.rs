//! Logarithms and powers, in operations that every instruction set rounds alike.
//!
//! The error of a logarithm is about 2e-16, absolute rather than relative, which suffices for both
//! users. A sum of powers `2^(p log₂ x)`, the largest of them 1, goes through the p-th
//! root, where the error of `p log₂ x` is divided by p again; a divergence uses logarithms only
//! where they are large.

use std::f64::consts::{LN_2, SQRT_2};

use super::vector::Vector;

/// `2/ln 2 · 1/(2k+1)`, from the last: `log₂(√2 (1+s)/(1−s)) = ½ + s (c₀ + c₁ s² + …)`. Where |s| is
/// largest, 0.1716, the first term left out is 6e-19.
const LOGARITHM: [f64; 12] = {
    let mut terms = [0.0; 12];
    let mut k = 0;
    while k < 12 {
        terms[11 - k] = 2.0 / LN_2 / (2 * k + 1) as f64;
        k += 1;
    }
    terms
};

/// `(ln 2)^k / k!`, from the last. Where the exponent is largest, ½, the first term left out is 4e-18.
const EXPONENTIAL: [f64; 14] = {
    let mut terms = [0.0; 14];
    let (mut k, mut term) = (0, 1.0);
    while k < 14 {
        terms[13 - k] = term;
        k += 1;
        term *= LN_2 / k as f64;
    }
    terms
};

/// Added and taken away again, it leaves the nearest whole number.
const WHOLE: f64 = 6_755_399_441_055_744.0; // 1.5 · 2⁵²

/// The power from which on `2^power` is taken for 2⁻¹⁰²².
const LEAST: f64 = -1022.0;

/// `1 / (k (2k−1))`, from the last. Where the series is used, t² < 0.09, the first term left out is
/// 5e-18 of the first.
const DIVERGENCE: [f64; 14] = {
    let mut terms = [0.0; 14];
    let mut k = 1;
    while k <= 14 {
        terms[14 - k] = 1.0 / (k * (2 * k - 1)) as f64;
        k += 1;
    }
    terms
};

/// `p ln(p/m) + q ln(q/m)` with m = (p+q)/2, for p and q of 0 or more; 0 where both are 0.
///
/// It is `m ((1+t) ln(1+t) + (1−t) ln(1−t))` with t = (p−q)/(p+q). Where t is small the two terms
/// cancel, so there it is the series `m Σ t^2k / (k (2k−1))`, whose terms do not.
#[inline(always)]
pub(super) fn divergence<V: Vector>(p: V, q: V) -> V {
    let sum = p.add(q);
    let t = p.sub(q).div(sum.one_if_zero());
    let square = t.mul(t);
    let series = square.mul(polynomial(square, &DIVERGENCE));
    let one = V::splat(1.0);
    let whole = entropy(one.add(t)).add(entropy(one.sub(t)));
    let half = sum.mul(V::splat(0.5));
    half.mul(square.if_below(V::splat(0.09), series, whole))
}

/// `x ln x`; 0 for 0.
#[inline(always)]
fn entropy<V: Vector>(x: V) -> V {
    x.mul(log2(x.one_if_zero()).mul(V::splat(LN_2)))
}

/// `x^p` for x of 0 to 1 and p of 0.1 to 1024; exactly 0 for 0. What is below 2⁻¹⁰²², of x or of its
/// power, counts as about that much: nothing, in a sum with a 1 in it.
#[inline(always)]
pub(super) fn power<V: Vector>(x: V, p: f64) -> V {
    let above = x.one_if_zero();
    // 1, and 0 where x is 0.
    let kept = V::splat(1.0).sub(above.sub(x));
    exp2(log2(above).mul(V::splat(p)).larger(V::splat(LEAST))).mul(kept)
}

#[inline(always)]
fn log2<V: Vector>(x: V) -> V {
    let mantissa = x.mantissa();
    let root = V::splat(SQRT_2);
    let s = mantissa.sub(root).div(mantissa.add(root));
    let series = polynomial(s.mul(s), &LOGARITHM).mul(s);
    x.exponent().add(series.add(V::splat(0.5)))
}

#[inline(always)]
fn exp2<V: Vector>(power: V) -> V {
    let whole = power.add(V::splat(WHOLE)).sub(V::splat(WHOLE));
    polynomial(power.sub(whole), &EXPONENTIAL).mul(whole.two_to())
}

#[inline(always)]
fn polynomial<V: Vector, const N: usize>(x: V, from_last: &[f64; N]) -> V {
    let mut sum = V::splat(from_last[0]);
    for term in &from_last[1..] {
        sum = sum.mul(x).add(V::splat(*term));
    }
    sum
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
