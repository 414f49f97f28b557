//! Sums over two rows, compiled once for each instruction set and chosen when first needed.
//!
//! `ops` holds each sum once, over the lane layout of `lanes` and the registers of `vector`; the
//! macro below compiles all of them for every instruction set. One list, [`Isa::ALL`], is what the dispatcher, the `--cpu`
//! option and the tests walk. Whatever is chosen, the bits are the same.

#[cfg(test)]
mod checks;
mod lanes;
mod log;
mod ops;
mod vector;

use crate::error::{Code, Error, Result};
pub(crate) use lanes::{Element, GROUP, LANES, fold};

/// An instruction set that the sums are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isa {
    /// What every machine of this architecture has (SSE2 on x86-64).
    Scalar,
    /// 256-bit registers on x86-64.
    Avx2,
    /// 512-bit registers on x86-64.
    Avx512,
    /// 128-bit registers on AArch64, where they are part of the base.
    Neon,
}

impl Isa {
    /// From plainest to widest: the last available one is chosen.
    pub const ALL: [Self; 4] = [Self::Scalar, Self::Avx2, Self::Avx512, Self::Neon];

    /// Name as `--cpu` spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Neon => "neon",
        }
    }

    /// Whether this machine can run it.
    pub fn is_available(self) -> bool {
        match self {
            Self::Scalar => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => is_x86_feature_detected!("avx512f"),
            Self::Neon => cfg!(target_arch = "aarch64"),
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// The widest that this machine has.
    pub fn best() -> Self {
        let mut available = Self::ALL.into_iter().filter(|c| c.is_available());
        available.next_back().unwrap_or(Self::Scalar)
    }

    /// Reads a name; `auto` is the widest available. A set that this machine lacks is refused.
    pub fn parse(name: &str) -> Result<Self> {
        if name == "auto" {
            return Ok(Self::best());
        }
        let names = || {
            let available = Self::ALL.into_iter().filter(|c| c.is_available());
            let names: Vec<_> = available.map(Self::name).collect();
            format!("auto or one that this machine has: {}", names.join(", "))
        };
        match Self::ALL.into_iter().find(|c| c.name() == name) {
            Some(isa) if isa.is_available() => Ok(isa),
            Some(_) => Err(Error::new(
                Code::Option,
                format!("instruction set '{name}', not on this machine"),
                names(),
            )),
            None => Err(Error::new(
                Code::Option,
                format!("instruction set '{name}'"),
                names(),
            )),
        }
    }
}

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
    divergence_of_shares(x: &[T], y: &[T], x_sum: f64, y_sum: f64) -> f64;
    braycurtis(x: &[T], y: &[T]) -> [f64; 2];
    canberra(x: &[T], y: &[T]) -> f64;
    canberra_cubic(x: &[T], y: &[T]) -> f64;
    panel(columns: &[[f64; LANES]], rows: &[[f64; GROUP]]) -> [[f64; LANES]; GROUP];
}
