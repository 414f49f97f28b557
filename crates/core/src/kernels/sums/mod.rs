//! Sums over two rows, compiled once for each instruction set.
//!
//! `ops` holds each sum once, over the lane layout of `lanes` and the registers of `vector`. The
//! macro below compiles every sum of its list for every [`Isa`]; the bits do not depend on the
//! choice.

mod lanes;
mod log;
mod ops;
#[cfg(test)]
mod tests;
pub(super) mod vector;

pub(crate) use lanes::GROUP;
pub(super) use lanes::fold;
pub(super) use vector::LANES;

use super::element::Element;
use super::isa::Isa;

macro_rules! kernels {
    ($($op:ident($($arg:ident: $ty:ty),*) -> $out:ty;)*) => {
        /// The sums for one element type on one instruction set.
        ///
        /// Rows given to one call have equal length; a longer one is cut.
        #[derive(Clone, Copy)]
        pub(crate) struct Kernels<T> {
            $(pub(crate) $op: fn($($arg: $ty),*) -> $out,)*
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
                    _ => Self { $($op: ops::$op::<vector::Scalar, T>,)* },
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
            use super::{Element, GROUP, LANES, ops, vector};
            $(
                pub(super) fn $op<T: Element>($($arg: $ty),*) -> $out {
                    #[target_feature(enable = $feature)]
                    fn compiled<T: Element>($($arg: $ty),*) -> $out {
                        ops::$op::<$vector, T>($($arg),*)
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
    dot(x: &[T], y: &[T]) -> f64;
    moments(x: &[T]) -> [f64; 2];
    centered_dot(x: &[T], y: &[T], x_mean: f64, y_mean: f64) -> f64;
    sqeuclidean(x: &[T], y: &[T]) -> f64;
    weighted_sqeuclidean(x: &[T], y: &[T], w: &[f64]) -> f64;
    cityblock(x: &[T], y: &[T]) -> f64;
    cubic(x: &[T], y: &[T]) -> f64;
    powers(x: &[T], y: &[T], largest: f64, p: f64) -> f64;
    chebyshev(x: &[T], y: &[T]) -> f64;
    divergence_of_shares(u: &[T], v: &[T], u_sum: f64, v_sum: f64) -> f64;
    braycurtis(x: &[T], y: &[T]) -> [f64; 2];
    canberra(x: &[T], y: &[T]) -> f64;
    canberra_cubic(x: &[T], y: &[T]) -> f64;
    panel(columns: &[[f64; LANES]], rows: &[[f64; GROUP]]) -> [[f64; LANES]; GROUP];
}
