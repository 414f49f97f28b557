//! Sums over two rows, compiled once for each instruction set.
//!
//! The list `kernels!` holds each sum once, over the lane layout of `lanes` and the registers of
//! `vector`, and compiles it for every [`Isa`]. The bits do not depend on the choice.

mod lanes;
mod log;
#[cfg(test)]
mod tests;
pub(super) mod vector;

pub(super) use lanes::fold;
pub(crate) use lanes::{CORNER, GROUP};
pub(crate) use vector::{LANES, fetch, singles};

use super::element::Element;
use super::isa::Isa;
use vector::Vector;

/// The terms of one or several sums for a pair of elements; `with` names numbers that they use.
macro_rules! terms {
    (
        $(with($($number:ident),+))?
        |$a:ident, $b:ident| $(let $name:ident = $value:expr;)* [$($term:expr),+]
    ) => {{
        struct Terms {
            $($($number: f64,)+)?
        }
        impl Term<{ [$(stringify!($term)),+].len() }> for Terms {
            #[inline(always)]
            fn of<V: Vector>(&self, $a: V, $b: V) -> [V; { [$(stringify!($term)),+].len() }] {
                $(let Self { $($number),+ } = *self;)?
                $(let $name = $value;)*
                [$($term),+]
            }
        }
        Terms { $($($number,)+)? }
    }};
}

/// Adds up the terms of all pairs of two rows: one sum for each term.
///
/// `fill` is the pair whose terms are +0, zeros unless given.
macro_rules! sum {
    (
        $x:ident, $y:ident $(, with($($number:ident),+))? $(, fill $fill:tt)?; $($terms:tt)+
    ) => {{
        let terms = terms!($(with($($number),+))? $($terms)+);
        lanes::sum::<V, T, _, _>($x, $y, &terms, sum!(@fill $($fill)?))
    }};
    (@fill) => { (0.0, 0.0) };
    (@fill $fill:tt) => { $fill };
}

/// The same sum for each of a few rows with each of a few others.
macro_rules! corner {
    ($xs:ident, $ys:ident; $($terms:tt)+) => {
        lanes::corner::<V, _>($xs, $ys, &terms!($($terms)+))
    };
}

macro_rules! kernels {
    ($($(#[$doc:meta])* $op:ident($($arg:ident: $ty:ty),*) -> $out:ty = $body:expr;)*) => {
        /// The sums for one element type on one instruction set.
        ///
        /// Rows given to one call have equal length; a longer one is cut.
        #[derive(Clone, Copy)]
        pub(crate) struct Kernels<T> {
            $($(#[$doc])* pub(crate) $op: fn($($arg: $ty),*) -> $out,)*
        }

        mod generic {
            use super::lanes::{self, Term};
            use super::log::{divergence, power};
            use super::{CORNER, Element, GROUP, LANES, Vector};
            $(
                #[inline(always)]
                pub(super) fn $op<V: Vector, T: Element>($($arg: $ty),*) -> $out {
                    $body
                }
            )*
        }

        #[cfg(target_arch = "x86_64")]
        kernels!(@wide avx2, "avx2", vector::x86_64::Avx2, $($op($($arg: $ty),*) -> $out;)*);
        #[cfg(target_arch = "x86_64")]
        kernels!(@wide avx512, "avx512f", vector::x86_64::Avx512, $($op($($arg: $ty),*) -> $out;)*);
        #[cfg(target_arch = "aarch64")]
        kernels!(@wide neon, "neon", vector::aarch64::Neon, $($op($($arg: $ty),*) -> $out;)*);

        impl<T: Element> Kernels<T> {
            /// The sums for `isa`; the plain ones where this machine lacks it.
            pub(crate) fn for_isa(isa: Isa) -> Self {
                match isa {
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx2 if isa.is_available() => Self { $($op: avx2::$op::<T>,)* },
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx512 if isa.is_available() => Self { $($op: avx512::$op::<T>,)* },
                    #[cfg(target_arch = "aarch64")]
                    Isa::Neon => Self { $($op: neon::$op::<T>,)* },
                    _ => Self { $($op: generic::$op::<vector::Scalar, T>,)* },
                }
            }
        }

        #[cfg(test)]
        impl<T: Element> Kernels<T> {
            /// Name and bits of what each sum gives for these arguments.
            fn results(&self, arguments: &tests::Arguments<'_, T>) -> Vec<(&'static str, Vec<u64>)> {
                vec![$((stringify!($op), tests::bits((self.$op)($(arguments.$arg),*))),)*]
            }
        }
    };
    (
        @wide $name:ident, $feature:literal, $vector:ty,
        $($op:ident($($arg:ident: $ty:ty),*) -> $out:ty;)*
    ) => {
        #[allow(unsafe_code)]
        mod $name {
            use super::{CORNER, Element, GROUP, LANES, generic, vector};
            $(
                pub(super) fn $op<T: Element>($($arg: $ty),*) -> $out {
                    #[target_feature(enable = $feature)]
                    fn compiled<T: Element>($($arg: $ty),*) -> $out {
                        generic::$op::<$vector, T>($($arg),*)
                    }
                    // SAFETY: `Kernels::for_isa` hands this function out only after it has seen
                    // the feature on this machine.
                    unsafe { compiled::<T>($($arg),*) }
                }
            )*
        }
    };
}

kernels! {
    /// `Σ x_k y_k`
    dot(x: &[T], y: &[T]) -> f64 = sum!(x, y; |a, b| [a.mul(b)])[0];
    /// `[Σ x_k, Σ x_k²]`
    moments(x: &[T]) -> [f64; 2] = sum!(x, x; |a, _b| [a, a.mul(a)]);
    /// `Σ (x_k − x̄)(y_k − ȳ)`
    centered_dot(x: &[T], y: &[T], x_mean: f64, y_mean: f64) -> f64 =
        sum!(x, y, with(x_mean, y_mean), fill (x_mean, y_mean); |a, b| [
            a.sub(V::splat(x_mean)).mul(b.sub(V::splat(y_mean)))
        ])[0];
    /// `Σ (x_k − y_k)²`
    sqeuclidean(x: &[T], y: &[T]) -> f64 =
        sum!(x, y; |a, b| let gap = a.sub(b); [gap.mul(gap)])[0];
    /// `Σ w_k (x_k − y_k)²`
    weighted_sqeuclidean(x: &[T], y: &[T], w: &[f64]) -> f64 =
        lanes::weighted_squares::<V, T>(x, y, w);
    /// `Σ |x_k − y_k|`
    cityblock(x: &[T], y: &[T]) -> f64 = sum!(x, y; |a, b| [a.sub(b).abs()])[0];
    /// `Σ |x_k − y_k|³`
    cubic(x: &[T], y: &[T]) -> f64 =
        sum!(x, y; |a, b| let gap = a.sub(b).abs(); [gap.mul(gap).mul(gap)])[0];
    /// `Σ (scale |x_k − y_k|)^p`, none of them above 1 but for rounding
    powers(x: &[T], y: &[T], scale: f64, p: f64) -> f64 =
        sum!(x, y, with(scale, p); |a, b| [power(a.sub(b).abs().mul(V::splat(scale)), p)])[0];
    /// `max |x_k − y_k|`
    chebyshev(x: &[T], y: &[T]) -> f64 = lanes::largest_gap::<V, T>(x, y);
    /// `Σ p ln(p/m) + q ln(q/m)` with p = u_scale u_k, q = v_scale v_k, m = (p+q)/2; no element is negative
    divergence_of_shares(u: &[T], v: &[T], u_scale: f64, v_scale: f64) -> f64 =
        sum!(u, v, with(u_scale, v_scale); |a, b| [
            divergence(a.mul(V::splat(u_scale)), b.mul(V::splat(v_scale)))
        ])[0];
    /// `[Σ |x_k − y_k|, Σ |x_k + y_k|]`
    braycurtis(x: &[T], y: &[T]) -> [f64; 2] = sum!(x, y; |a, b| [a.sub(b).abs(), a.add(b).abs()]);
    /// `Σ |x_k − y_k| / (|x_k| + |y_k|)`, 0/0 = 0: a blend rather than a branch divides 0 by 1
    canberra(x: &[T], y: &[T]) -> f64 =
        sum!(x, y; |a, b| [a.sub(b).abs().div(a.abs().add(b.abs()).one_if_zero())])[0];
    /// `Σ |x_k − y_k|³ / (|x_k| + |y_k|)⁴`, 0/0 = 0, as (gap/size)³/size: the fourth power of a small
    /// `f32` would underflow where this does not
    canberra_cubic(x: &[T], y: &[T]) -> f64 = sum!(x, y; |a, b|
        let size = a.abs().add(b.abs()).one_if_zero();
        let ratio = a.sub(b).abs().div(size);
        [ratio.mul(ratio).mul(ratio).div(size)])[0];
    /// Sixteen rows of a matrix, stored column by column, times eight rows; `f64` for every `T`
    panel(columns: &[[f64; LANES]], rows: &[[f64; GROUP]]) -> [[f64; LANES]; GROUP] =
        lanes::panel::<V>(columns, rows);
    /// `dot` of each of two rows with each of four, in whole blocks of lanes; `f64` for every `T`
    corner_of_products(xs: [&[[f64; LANES]]; CORNER.0], ys: [&[[f64; LANES]]; CORNER.1]) -> [[f64; CORNER.1]; CORNER.0] =
        corner!(xs, ys; |a, b| [a.mul(b)]);
    /// `sqeuclidean` likewise
    corner_of_squares(xs: [&[[f64; LANES]]; CORNER.0], ys: [&[[f64; LANES]]; CORNER.1]) -> [[f64; CORNER.1]; CORNER.0] =
        corner!(xs, ys; |a, b| let gap = a.sub(b); [gap.mul(gap)]);
    /// `cityblock` likewise
    corner_of_gaps(xs: [&[[f64; LANES]]; CORNER.0], ys: [&[[f64; LANES]]; CORNER.1]) -> [[f64; CORNER.1]; CORNER.0] =
        corner!(xs, ys; |a, b| [a.sub(b).abs()]);
}

/// A row in whole blocks of lanes, filled up with zeros: their terms are +0.
pub(crate) type Blocks<'a> = &'a [[f64; LANES]];

/// The sums of each of a few rows with each of a few others.
pub(crate) type Corner =
    fn([Blocks<'_>; CORNER.0], [Blocks<'_>; CORNER.1]) -> [[f64; CORNER.1]; CORNER.0];

/// A sum over two rows that is computed for several pairs at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PairSum {
    /// `Σ x_k y_k`
    Products,
    /// `Σ (x_k − y_k)²`
    Squares,
    /// `Σ |x_k − y_k|`
    Gaps,
}

impl Kernels<f64> {
    /// The function that computes a sum for several pairs: the bits of each pair alone.
    pub(crate) fn corner(&self, sum: PairSum) -> Corner {
        match sum {
            PairSum::Products => self.corner_of_products,
            PairSum::Squares => self.corner_of_squares,
            PairSum::Gaps => self.corner_of_gaps,
        }
    }
}
