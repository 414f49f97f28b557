//! Each sum over two rows once, in the arithmetic of its formula.

use super::lanes::{self, GROUP, Term, largest_gap, sum, weighted_squares};
use super::log::{divergence, power};
use super::vector::{LANES, Vector};
use crate::kernels::element::Element;

/// `(0, 0)` fills the last block of every sum whose term of two zeros is zero.
const ZEROS: (f64, f64) = (0.0, 0.0);

/// `Σ x_k y_k`
#[inline(always)]
pub(super) fn dot<V: Vector, T: Element>(x: &[T], y: &[T]) -> f64 {
    sum::<V, T, 1, _>(x, y, &Product, ZEROS)[0]
}

/// `[Σ x_k, Σ x_k²]`
#[inline(always)]
pub(super) fn moments<V: Vector, T: Element>(x: &[T]) -> [f64; 2] {
    sum::<V, T, 2, _>(x, x, &ItselfAndSquare, ZEROS)
}

/// `Σ (x_k − x̄)(y_k − ȳ)`
#[inline(always)]
pub(super) fn centered_dot<V: Vector, T: Element>(
    x: &[T],
    y: &[T],
    x_mean: f64,
    y_mean: f64,
) -> f64 {
    sum::<V, T, 1, _>(x, y, &CenteredProduct(x_mean, y_mean), (x_mean, y_mean))[0]
}

/// `Σ (x_k − y_k)²`
#[inline(always)]
pub(super) fn sqeuclidean<V: Vector, T: Element>(x: &[T], y: &[T]) -> f64 {
    sum::<V, T, 1, _>(x, y, &SquaredGap, ZEROS)[0]
}

/// `Σ w_k (x_k − y_k)²`
#[inline(always)]
pub(super) fn weighted_sqeuclidean<V: Vector, T: Element>(x: &[T], y: &[T], w: &[f64]) -> f64 {
    weighted_squares::<V, T>(x, y, w)
}

/// Sixteen rows of a matrix, column by column, times eight rows; of `f64` whatever `T` is.
#[inline(always)]
pub(super) fn panel<V: Vector, T: Element>(
    columns: &[[f64; LANES]],
    rows: &[[f64; GROUP]],
) -> [[f64; LANES]; GROUP] {
    lanes::panel::<V>(columns, rows)
}

/// `Σ |x_k − y_k|`
#[inline(always)]
pub(super) fn cityblock<V: Vector, T: Element>(x: &[T], y: &[T]) -> f64 {
    sum::<V, T, 1, _>(x, y, &Gap, ZEROS)[0]
}

/// `Σ |x_k − y_k|³`
#[inline(always)]
pub(super) fn cubic<V: Vector, T: Element>(x: &[T], y: &[T]) -> f64 {
    sum::<V, T, 1, _>(x, y, &CubedGap, ZEROS)[0]
}

/// `Σ (|x_k − y_k| / largest)^p`
#[inline(always)]
pub(super) fn powers<V: Vector, T: Element>(x: &[T], y: &[T], largest: f64, p: f64) -> f64 {
    sum::<V, T, 1, _>(x, y, &PowerOfGap(largest, p), ZEROS)[0]
}

/// `max |x_k − y_k|`
#[inline(always)]
pub(super) fn chebyshev<V: Vector, T: Element>(x: &[T], y: &[T]) -> f64 {
    largest_gap::<V, T>(x, y)
}

/// `Σ p ln(p/m) + q ln(q/m)` with p = x_k / Σx, q = y_k / Σy, m = (p+q)/2
#[inline(always)]
pub(super) fn divergence_of_shares<V: Vector, T: Element>(
    x: &[T],
    y: &[T],
    x_sum: f64,
    y_sum: f64,
) -> f64 {
    sum::<V, T, 1, _>(x, y, &DivergenceOfShares(x_sum, y_sum), ZEROS)[0]
}

/// `[Σ |x_k − y_k|, Σ |x_k + y_k|]`
#[inline(always)]
pub(super) fn braycurtis<V: Vector, T: Element>(x: &[T], y: &[T]) -> [f64; 2] {
    sum::<V, T, 2, _>(x, y, &GapAndSum, ZEROS)
}

/// `Σ |x_k − y_k| / (|x_k| + |y_k|)`, 0/0 = 0
#[inline(always)]
pub(super) fn canberra<V: Vector, T: Element>(x: &[T], y: &[T]) -> f64 {
    sum::<V, T, 1, _>(x, y, &RelativeGap, ZEROS)[0]
}

/// `Σ |x_k − y_k|³ / (|x_k| + |y_k|)⁴`, 0/0 = 0
#[inline(always)]
pub(super) fn canberra_cubic<V: Vector, T: Element>(x: &[T], y: &[T]) -> f64 {
    sum::<V, T, 1, _>(x, y, &CubedRelativeGap, ZEROS)[0]
}

macro_rules! terms {
    ($($name:ident$(($($field:ident),*))? -> $n:literal, |$a:ident, $b:ident| $terms:expr;)*) => {
        $(
            struct $name$(($(terms!(@f64 $field)),*))?;

            impl Term<$n> for $name {
                #[inline(always)]
                fn of<V: Vector>(&self, $a: V, $b: V) -> [V; $n] {
                    $(let Self($($field),*) = self;)?
                    $terms
                }
            }
        )*
    };
    (@f64 $field:ident) => { f64 };
}

terms! {
    Product -> 1, |a, b| [a.mul(b)];
    ItselfAndSquare -> 2, |a, _b| [a, a.mul(a)];
    CenteredProduct(mx, my) -> 1, |a, b| [a.sub(V::splat(*mx)).mul(b.sub(V::splat(*my)))];
    SquaredGap -> 1, |a, b| { let gap = a.sub(b); [gap.mul(gap)] };
    Gap -> 1, |a, b| [a.sub(b).abs()];
    CubedGap -> 1, |a, b| { let gap = a.sub(b).abs(); [gap.mul(gap).mul(gap)] };
    PowerOfGap(largest, p) -> 1, |a, b| [power(a.sub(b).abs().div(V::splat(*largest)), *p)];
    DivergenceOfShares(x_sum, y_sum) -> 1, |a, b| [
        divergence(a.div(V::splat(*x_sum)), b.div(V::splat(*y_sum)))
    ];
    GapAndSum -> 2, |a, b| [a.sub(b).abs(), a.add(b).abs()];
    // 0 over 1 where both are 0: a blend, not a branch.
    RelativeGap -> 1, |a, b| [a.sub(b).abs().div(a.abs().add(b.abs()).one_if_zero())];
    // (gap/size)³/size: the fourth power of a small f32 would underflow where this does not.
    CubedRelativeGap -> 1, |a, b| {
        let size = a.abs().add(b.abs()).one_if_zero();
        let ratio = a.sub(b).abs().div(size);
        [ratio.mul(ratio).mul(ratio).div(size)]
    };
}
