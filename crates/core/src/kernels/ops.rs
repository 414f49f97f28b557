//! Each sum over two rows once, in the arithmetic of its formula.

use super::lanes::{Element, max, sum, weighted_sum};

/// `Σ x_k y_k`
#[inline(always)]
pub(super) fn dot<T: Element>(x: &[T], y: &[T]) -> f64 {
    sum(x, y, |a, b| [a * b])[0]
}

/// `[Σ x_k, Σ x_k²]`
#[inline(always)]
pub(super) fn moments<T: Element>(x: &[T]) -> [f64; 2] {
    sum(x, x, |a, _| [a, a * a])
}

/// `Σ (x_k − x̄)(y_k − ȳ)`
#[inline(always)]
pub(super) fn centred_dot<T: Element>(x: &[T], y: &[T], x_mean: f64, y_mean: f64) -> f64 {
    sum(x, y, |a, b| [(a - x_mean) * (b - y_mean)])[0]
}

/// `Σ (x_k − y_k)²`
#[inline(always)]
pub(super) fn sqeuclidean<T: Element>(x: &[T], y: &[T]) -> f64 {
    sum(x, y, |a, b| [(a - b) * (a - b)])[0]
}

/// `Σ w_k (x_k − y_k)²`
#[inline(always)]
pub(super) fn weighted_sqeuclidean<T: Element>(x: &[T], y: &[T], w: &[f64]) -> f64 {
    weighted_sum(x, y, w, |a, b, w| w * ((a - b) * (a - b)))
}

/// `Σ |x_k − y_k|`
#[inline(always)]
pub(super) fn cityblock<T: Element>(x: &[T], y: &[T]) -> f64 {
    sum(x, y, |a, b| [(a - b).abs()])[0]
}

/// `Σ |x_k − y_k|³`
#[inline(always)]
pub(super) fn cubic<T: Element>(x: &[T], y: &[T]) -> f64 {
    sum(x, y, |a, b| {
        let gap = (a - b).abs();
        [gap * gap * gap]
    })[0]
}

/// `max |x_k − y_k|`
#[inline(always)]
pub(super) fn chebyshev<T: Element>(x: &[T], y: &[T]) -> f64 {
    max(x, y, |a, b| (a - b).abs())
}

/// `[Σ |x_k − y_k|, Σ |x_k + y_k|]`
#[inline(always)]
pub(super) fn braycurtis<T: Element>(x: &[T], y: &[T]) -> [f64; 2] {
    sum(x, y, |a, b| [(a - b).abs(), (a + b).abs()])
}

/// `Σ |x_k − y_k| / (|x_k| + |y_k|)`, 0/0 = 0
#[inline(always)]
pub(super) fn canberra<T: Element>(x: &[T], y: &[T]) -> f64 {
    sum(x, y, |a, b| {
        let size = a.abs() + b.abs();
        // Dividing 0 by 1 instead of 0 by 0: a blend, not a branch.
        [(a - b).abs() / if size == 0.0 { 1.0 } else { size }]
    })[0]
}

/// `Σ |x_k − y_k|³ / (|x_k| + |y_k|)⁴`, 0/0 = 0
#[inline(always)]
pub(super) fn canberra_cubic<T: Element>(x: &[T], y: &[T]) -> f64 {
    sum(x, y, |a, b| {
        let size = a.abs() + b.abs();
        let size = if size == 0.0 { 1.0 } else { size };
        // (gap/size)³/size: the fourth power of a small f32 would underflow where this does not.
        let ratio = (a - b).abs() / size;
        [ratio * ratio * ratio / size]
    })[0]
}
