//! The inner loop of every matrix product here: tiles of `AᵀB`, one compiled copy per instruction
//! set.
//!
//! Each output is one chain `c ← c + a·b` in the order of the summation index. Vector lanes run
//! across outputs, so wider registers only do more outputs at once: every instruction set with
//! fused multiply-add (AVX2, AVX-512, NEON) gives the same bits; the baseline of x86-64, which has
//! none, rounds the product too. Distances do not come from here.
#![allow(unsafe_code)]

pub(crate) mod bytes;
mod registers;

use registers::{Plain, Register};

/// Columns per packed panel of `f32`.
pub(crate) const PANEL_F32: usize = 32;
/// Columns per packed panel of `f64`.
pub(crate) const PANEL_F64: usize = 16;

/// An element type with its panel width and its compiled tile loops.
pub(crate) trait Element: Copy + Default + Send + Sync + 'static {
    /// Columns per packed panel.
    const PANEL: usize;
    /// Half the distance from 1 to the next number: the bound of one relative rounding.
    const ROUNDING: f64;
    /// The largest number.
    const LARGEST: f64;
    /// The least positive number.
    const STEP: f64;

    /// Adds `AᵀB` of one pair of panels to `out`.
    ///
    /// `a`, `b`: `depth × PANEL`, row-major. `out`: `PANEL` rows of `PANEL` values that start
    /// `stride` apart.
    fn multiply_panels(level: Level, a: &[Self], b: &[Self], out: &mut [f64], stride: usize);

    /// Nearest value of this type.
    fn from_f64(value: f64) -> Self;

    /// Exact widening.
    fn to_f64(self) -> f64;
}

/// An instruction set that the running machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level(Isa);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Isa {
    Baseline,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Level {
    /// The widest one of this machine.
    pub(crate) fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") {
                return Self(Isa::Avx512);
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                return Self(Isa::Avx2);
            }
        }
        #[cfg(target_arch = "aarch64")]
        {
            return Self(Isa::Neon);
        }
        #[allow(unreachable_code)]
        Self(Isa::Baseline)
    }

    /// Every one of this machine, narrowest first.
    #[cfg(test)]
    pub(crate) fn available() -> Vec<Self> {
        #[allow(unused_mut)]
        let mut levels = vec![Self(Isa::Baseline)];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                levels.push(Self(Isa::Avx2));
            }
            if is_x86_feature_detected!("avx512f") {
                levels.push(Self(Isa::Avx512));
            }
        }
        #[cfg(target_arch = "aarch64")]
        levels.push(Self(Isa::Neon));
        levels
    }

    /// Whether products are fused into sums.
    #[cfg(test)]
    pub(crate) fn is_fused(self) -> bool {
        self.0 != Isa::Baseline
    }
}

/// A register tile of some columns of `a` and two registers of columns of `b`, both from the start
/// of each packed row.
macro_rules! tile {
    ($tile:ident, $panels:ident, $rows:literal: $($i:literal $low:ident $high:ident),*) => {
        #[inline(always)]
        fn $tile<T: Element, R: Register<T>>(a: &[T], b: &[T], out: &mut [f64], stride: usize) {
            let zero = R::splat(T::default());
            $(let (mut $low, mut $high) = (zero, zero);)*
            // By place rather than by an iterator: a call that is not inlined here would put every
            // sum to memory and back.
            let rows = a.len().min(b.len()).div_ceil(T::PANEL);
            for row in 0..rows {
                let at = row * T::PANEL;
                let (a, b) = (&a[at..][..$rows], &b[at..][..2 * R::WIDTH]);
                let (first, second) = (R::load(b), R::load(&b[R::WIDTH..]));
                $(
                    let value = R::splat(a[$i]);
                    $low = $low.multiply_add(value, first);
                    $high = $high.multiply_add(value, second);
                )*
            }
            $(
                add_to($low, &mut out[$i * stride..]);
                add_to($high, &mut out[$i * stride + R::WIDTH..]);
            )*
        }

        /// All tiles of a pair of panels.
        #[inline(always)]
        fn $panels<T: Element, R: Register<T>>(
            a: &[T],
            b: &[T],
            out: &mut [f64],
            stride: usize,
        ) {
            for j in (0..T::PANEL).step_by(2 * R::WIDTH) {
                for i in (0..T::PANEL).step_by($rows) {
                    $tile::<T, R>(&a[i..], &b[j..], &mut out[i * stride + j..], stride);
                }
            }
        }
    };
}

tile!(tile_of_4, panels_of_4, 4: 0 a0 b0, 1 a1 b1, 2 a2 b2, 3 a3 b3);
tile!(tile_of_8, panels_of_8, 8: 0 a0 b0, 1 a1 b1, 2 a2 b2, 3 a3 b3, 4 a4 b4, 5 a5 b5, 6 a6 b6, 7 a7 b7);

/// Adds the lanes to the start of `out`.
#[inline(always)]
fn add_to<T: Element, R: Register<T>>(sum: R, out: &mut [f64]) {
    // Room for the widest register.
    let mut lanes = [T::default(); 16];
    sum.store(&mut lanes);
    for (out, lane) in out[..R::WIDTH].iter_mut().zip(lanes) {
        *out += lane.to_f64();
    }
}

macro_rules! element {
    ($type:ty, $panel:expr, $avx2:ident: $wide2:ident, $avx512:ident: $wide5:ident,
     $neon:ident: $wide_neon:ident) => {
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        fn $avx2(a: &[$type], b: &[$type], out: &mut [f64], stride: usize) {
            type R = registers::x86_64::$wide2;
            panels_of_4::<$type, R>(a, b, out, stride);
        }

        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f")]
        fn $avx512(a: &[$type], b: &[$type], out: &mut [f64], stride: usize) {
            type R = registers::x86_64::$wide5;
            panels_of_8::<$type, R>(a, b, out, stride);
        }

        #[cfg(target_arch = "aarch64")]
        fn $neon(a: &[$type], b: &[$type], out: &mut [f64], stride: usize) {
            type R = registers::aarch64::$wide_neon;
            panels_of_8::<$type, R>(a, b, out, stride);
        }

        impl Element for $type {
            const PANEL: usize = $panel;
            const ROUNDING: f64 = <$type>::EPSILON as f64 / 2.0;
            const LARGEST: f64 = <$type>::MAX as f64;
            const STEP: f64 = <$type>::from_bits(1) as f64;

            fn multiply_panels(
                level: Level,
                a: &[Self],
                b: &[Self],
                out: &mut [f64],
                stride: usize,
            ) {
                if a.is_empty() || b.is_empty() {
                    return;
                }
                match level.0 {
                    Isa::Baseline => {
                        type R = Plain<$type>;
                        panels_of_4::<$type, R>(a, b, out, stride);
                    }
                    // SAFETY: `Level::best` and `Level::available`, the only makers of this
                    // level, saw that the running machine has its features.
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx2 => unsafe { $avx2(a, b, out, stride) },
                    // SAFETY: as above.
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx512 => unsafe { $avx512(a, b, out, stride) },
                    #[cfg(target_arch = "aarch64")]
                    Isa::Neon => $neon(a, b, out, stride),
                }
            }

            fn from_f64(value: f64) -> Self {
                value as $type
            }

            fn to_f64(self) -> f64 {
                f64::from(self)
            }
        }
    };
}

element!(f32, PANEL_F32, avx2_f32: F32x8, avx512_f32: F32x16, neon_f32: F32x4);
element!(f64, PANEL_F64, avx2_f64: F64x4, avx512_f64: F64x8, neon_f64: F64x2);

#[cfg(test)]
mod tests {
    use super::*;

    fn values<T: Element>(count: usize, mut state: u64) -> Vec<T> {
        (0..count)
            .map(|_| {
                state = state
                    .wrapping_mul(6364136223846793005)
                    .wrapping_add(1442695040888963407);
                T::from_f64((state >> 11) as f64 / (1u64 << 53) as f64 - 0.5)
            })
            .collect()
    }

    fn same_bits_at_every_fused_level<T: Element>() {
        let width = T::PANEL;
        for depth in [0, 1, 2, 7, 255, 256] {
            let a = values::<T>(depth * width, 1);
            let b = values::<T>(depth * width, 2);
            let stride = width + 3;
            let levels = Level::available();
            let results: Vec<Vec<u64>> = levels
                .iter()
                .map(|level| {
                    let mut out = vec![0.0; stride * width];
                    T::multiply_panels(*level, &a, &b, &mut out, stride);
                    out.iter().map(|v| v.to_bits()).collect()
                })
                .collect();
            let fused = levels
                .iter()
                .zip(&results)
                .filter(|(level, _)| level.is_fused());
            let fused: Vec<_> = fused.map(|(_, bits)| bits).collect();
            for other in &fused {
                assert_eq!(&fused[0], other, "depth {depth}");
            }
            // The obvious twin, in f64: a bound of depth roundings of products below 1/4.
            let epsilon = 2.0 * T::ROUNDING;
            for i in 0..width {
                for j in 0..width {
                    let exact: f64 = (0..depth)
                        .map(|k| a[k * width + i].to_f64() * b[k * width + j].to_f64())
                        .sum();
                    let bound = epsilon * 0.25 * (depth * depth + 1) as f64;
                    for bits in &results {
                        let got = f64::from_bits(bits[i * stride + j]);
                        assert!((got - exact).abs() <= bound, "{i},{j}: {got} {exact}");
                    }
                }
            }
        }
    }

    #[test]
    fn f32_tiles_have_the_same_bits_at_every_fused_level() {
        same_bits_at_every_fused_level::<f32>();
    }

    #[test]
    fn f64_tiles_have_the_same_bits_at_every_fused_level() {
        same_bits_at_every_fused_level::<f64>();
    }

    #[test]
    #[ignore = "prints timings"]
    #[allow(clippy::print_stderr)]
    fn speed() {
        let depth = 256;
        let a = values::<f32>(depth * 32, 1);
        let b = values::<f32>(depth * 32, 2);
        let a64 = values::<f64>(depth * 16, 1);
        let b64 = values::<f64>(depth * 16, 2);
        for level in Level::available() {
            let mut out = vec![0.0; 512 * 32];
            let start = std::time::Instant::now();
            for _ in 0..4000 {
                f32::multiply_panels(level, &a, &b, &mut out, 512);
            }
            let s = start.elapsed().as_secs_f64();
            let start = std::time::Instant::now();
            for _ in 0..4000 {
                f64::multiply_panels(level, &a64, &b64, &mut out, 512);
            }
            let s64 = start.elapsed().as_secs_f64();
            eprintln!(
                "{level:?}: f32 {:.1} GMAC/s, f64 {:.1} GMAC/s",
                4000.0 * (depth * 32 * 32) as f64 / s / 1e9,
                4000.0 * (depth * 16 * 16) as f64 / s64 / 1e9
            );
        }
    }
}
