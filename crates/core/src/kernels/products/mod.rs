//! Products of packed panels: tiles of `AᵀB`, one compiled copy for each instruction set.
//!
//! Panels and register tiles follow Goto and van de Geijn (2008), *Anatomy of high-performance
//! matrix multiplication*.
//!
//! Each output is one chain `c ← c + a·b` in the order of the summation index. Vector lanes run
//! across outputs, so wider registers only do more outputs at once. Products in steps round each
//! product and each sum, and have the same bits everywhere; fused ones are faster, and the same on
//! every instruction set with fused multiply-add (AVX2, AVX-512, NEON), but not on the baseline of
//! x86-64, which has none.
#![allow(unsafe_code)]

pub(crate) mod bytes;
mod registers;
pub(crate) mod tiles;

use registers::{Plain, Register};

use super::element::Element;
use super::isa::Isa;

/// Adds `AᵀB` of one pair of panels to `out`.
///
/// `a`, `b`: `depth × PANEL`, row-major. `out`: `PANEL` rows of `PANEL` values that start `stride`
/// apart.
pub(crate) type MultiplyPanels<T> = fn(a: &[T], b: &[T], out: &mut [f64], stride: usize);

/// Adds `aᵀB` of one row and as many panels as `out` has room for, one after the other, to `out`: the
/// bits that [`MultiplyPanels`] gives this row in a panel.
pub(crate) type MultiplyRow<T> = fn(row: &[T], panels: &[T], out: &mut [f64]);

/// An element of packed matrices.
pub(crate) trait PanelElement: Element {
    /// Columns of a packed panel.
    const PANEL: usize;

    /// The product of panels on the fastest variant that `isa` and this machine allow: each step
    /// fused where the machine can, or never.
    fn panels<const FUSED: bool>(isa: Isa) -> MultiplyPanels<Self>;

    /// The product of a row with panels, of the same variants.
    fn row<const FUSED: bool>(isa: Isa) -> MultiplyRow<Self>;

    /// Fused where the machine can.
    fn multiply_row(isa: Isa) -> MultiplyRow<Self> {
        Self::row::<true>(isa)
    }

    /// Fused where the machine can.
    fn multiply_panels(isa: Isa) -> MultiplyPanels<Self> {
        Self::panels::<true>(isa)
    }

    /// In steps: the same bits for every `isa`.
    fn multiply_panels_in_steps(isa: Isa) -> MultiplyPanels<Self> {
        Self::panels::<false>(isa)
    }
}

/// A register tile of some columns of `a` and two registers of columns of `b`, both from the start
/// of each packed row.
macro_rules! tile {
    ($tile:ident, $panels:ident, $rows:literal: $($i:literal $low:ident $high:ident),*) => {
        #[inline(always)]
        fn $tile<T: PanelElement, R: Register<T>, const FUSED: bool>(
            a: &[T],
            b: &[T],
            out: &mut [f64],
            stride: usize,
        ) {
            let zero = R::splat(T::default());
            $(let (mut $low, mut $high) = (zero, zero);)*
            // Indexed rather than iterated: a call that is not inlined here would send every sum to
            // memory and back.
            let rows = a.len().min(b.len()).div_ceil(T::PANEL);
            for row in 0..rows {
                let at = row * T::PANEL;
                let (a, b) = (&a[at..][..$rows], &b[at..][..2 * R::WIDTH]);
                let (first, second) = (R::load(b), R::load(&b[R::WIDTH..]));
                $(
                    let value = R::splat(a[$i]);
                    $low = $low.multiply_add::<FUSED>(value, first);
                    $high = $high.multiply_add::<FUSED>(value, second);
                )*
            }
            $(
                add_to($low, &mut out[$i * stride..]);
                add_to($high, &mut out[$i * stride + R::WIDTH..]);
            )*
        }

        /// All tiles of a pair of panels.
        #[inline(always)]
        fn $panels<T: PanelElement, R: Register<T>, const FUSED: bool>(
            a: &[T],
            b: &[T],
            out: &mut [f64],
            stride: usize,
        ) {
            if a.is_empty() || b.is_empty() {
                return;
            }
            for j in (0..T::PANEL).step_by(2 * R::WIDTH) {
                for i in (0..T::PANEL).step_by($rows) {
                    $tile::<T, R, FUSED>(&a[i..], &b[j..], &mut out[i * stride + j..], stride);
                }
            }
        }
    };
}

tile!(tile_of_4, panels_of_4, 4: 0 a0 b0, 1 a1 b1, 2 a2 b2, 3 a3 b3);
tile!(tile_of_8, panels_of_8, 8: 0 a0 b0, 1 a1 b1, 2 a2 b2, 3 a3 b3, 4 a4 b4, 5 a5 b5, 6 a6 b6, 7 a7 b7);

/// One row with two panels at a time: their sums are four chains that do not wait for each other.
#[inline(always)]
fn row_of_panels<T: PanelElement, R: Register<T>, const FUSED: bool>(
    row: &[T],
    panels: &[T],
    out: &mut [f64],
) {
    let length = row.len() * T::PANEL;
    if length == 0 {
        return;
    }
    for (both, out) in panels.chunks(2 * length).zip(out.chunks_mut(2 * T::PANEL)) {
        let (first, second) = both.split_at(length);
        // A last panel alone stands for both, and is added once.
        let second = if second.is_empty() { first } else { second };
        for j in (0..T::PANEL).step_by(2 * R::WIDTH) {
            let zero = R::splat(T::default());
            let (mut a, mut b, mut c, mut d) = (zero, zero, zero, zero);
            for (k, value) in row.iter().enumerate() {
                let at = k * T::PANEL + j;
                let value = R::splat(*value);
                let (x, y) = (&first[at..][..2 * R::WIDTH], &second[at..][..2 * R::WIDTH]);
                a = a.multiply_add::<FUSED>(value, R::load(x));
                b = b.multiply_add::<FUSED>(value, R::load(&x[R::WIDTH..]));
                c = c.multiply_add::<FUSED>(value, R::load(y));
                d = d.multiply_add::<FUSED>(value, R::load(&y[R::WIDTH..]));
            }
            add_to(a, &mut out[j..]);
            add_to(b, &mut out[j + R::WIDTH..]);
            if out.len() > T::PANEL {
                add_to(c, &mut out[T::PANEL + j..]);
                add_to(d, &mut out[T::PANEL + j + R::WIDTH..]);
            }
        }
    }
}

/// Adds the lanes to the start of `out`.
#[inline(always)]
fn add_to<T: Element, R: Register<T>>(sum: R, out: &mut [f64]) {
    // Room for the widest register.
    let mut lanes = [T::default(); 16];
    sum.store(&mut lanes);
    for (out, lane) in out[..R::WIDTH].iter_mut().zip(lanes) {
        *out += lane.widen();
    }
}

macro_rules! panel_element {
    ($type:ty, $panel:literal, $avx2:ident, $avx512:ident, $neon:ident) => {
        impl PanelElement for $type {
            const PANEL: usize = $panel;

            fn panels<const FUSED: bool>(isa: Isa) -> MultiplyPanels<Self> {
                #[cfg(target_arch = "x86_64")]
                #[target_feature(enable = "avx2,fma")]
                fn avx2<const FUSED: bool>(
                    a: &[$type],
                    b: &[$type],
                    out: &mut [f64],
                    stride: usize,
                ) {
                    panels_of_4::<$type, registers::x86_64::$avx2, FUSED>(a, b, out, stride);
                }
                #[cfg(target_arch = "x86_64")]
                #[target_feature(enable = "avx512f")]
                fn avx512<const FUSED: bool>(
                    a: &[$type],
                    b: &[$type],
                    out: &mut [f64],
                    stride: usize,
                ) {
                    panels_of_8::<$type, registers::x86_64::$avx512, FUSED>(a, b, out, stride);
                }
                match isa {
                    // SAFETY (of both blocks): the guard saw the features on this machine.
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx2 if isa.is_fused() => |a, b, out, stride| {
                        // SAFETY: as above.
                        unsafe { avx2::<FUSED>(a, b, out, stride) }
                    },
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx512 if isa.is_fused() => |a, b, out, stride| {
                        // SAFETY: as above.
                        unsafe { avx512::<FUSED>(a, b, out, stride) }
                    },
                    #[cfg(target_arch = "aarch64")]
                    Isa::Neon if isa.is_fused() => {
                        panels_of_8::<$type, registers::aarch64::$neon, FUSED>
                    }
                    _ => panels_of_4::<$type, Plain<$type>, FUSED>,
                }
            }

            fn row<const FUSED: bool>(isa: Isa) -> MultiplyRow<Self> {
                #[cfg(target_arch = "x86_64")]
                #[target_feature(enable = "avx2,fma")]
                fn avx2<const FUSED: bool>(row: &[$type], panels: &[$type], out: &mut [f64]) {
                    row_of_panels::<$type, registers::x86_64::$avx2, FUSED>(row, panels, out);
                }
                #[cfg(target_arch = "x86_64")]
                #[target_feature(enable = "avx512f")]
                fn avx512<const FUSED: bool>(row: &[$type], panels: &[$type], out: &mut [f64]) {
                    row_of_panels::<$type, registers::x86_64::$avx512, FUSED>(row, panels, out);
                }
                match isa {
                    // SAFETY (of both blocks): the guard saw the features on this machine.
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx2 if isa.is_fused() => |row, panels, out| {
                        // SAFETY: as above.
                        unsafe { avx2::<FUSED>(row, panels, out) }
                    },
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx512 if isa.is_fused() => |row, panels, out| {
                        // SAFETY: as above.
                        unsafe { avx512::<FUSED>(row, panels, out) }
                    },
                    #[cfg(target_arch = "aarch64")]
                    Isa::Neon if isa.is_fused() => {
                        row_of_panels::<$type, registers::aarch64::$neon, FUSED>
                    }
                    _ => row_of_panels::<$type, Plain<$type>, FUSED>,
                }
            }
        }
    };
}

panel_element!(f32, 32, F32x8, F32x16, F32x4);
panel_element!(f64, 16, F64x4, F64x8, F64x2);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{Draw, on_every_isa};

    fn values<T: Element>(count: usize, seed: u64) -> Vec<T> {
        let mut draw = Draw::new(seed);
        (0..count).map(|_| T::from_f64(draw.centered())).collect()
    }

    fn every_set_gives_the_same_bits<T: PanelElement>() {
        let width = T::PANEL;
        let stride = width + 3;
        for depth in [0, 1, 2, 7, 255, 256] {
            let a = values::<T>(depth * width, 1);
            let b = values::<T>(depth * width, 2);
            // The slow twin, in f64, and a bound of depth roundings of products below ¼.
            let exact = |i: usize, j: usize| -> f64 {
                let terms = (0..depth).map(|k| (a[k * width + i], b[k * width + j]));
                terms.map(|(a, b)| a.widen() * b.widen()).sum()
            };
            let bound = 2.0 * T::ROUNDING * 0.25 * (depth * depth + 1) as f64;
            let (mut fused, mut in_steps): (Option<Vec<u64>>, Option<Vec<u64>>) = (None, None);
            on_every_isa(|isa| {
                let of = |multiply: MultiplyPanels<T>| {
                    let mut out = vec![0.0; stride * width];
                    multiply(&a, &b, &mut out, stride);
                    for i in 0..width {
                        for j in 0..width {
                            let (found, exact) = (out[i * stride + j], exact(i, j));
                            let at = format!("{isa:?} depth {depth} {i},{j}: {found}, not {exact}");
                            assert!((found - exact).abs() <= bound, "{at}");
                        }
                    }
                    out.iter().map(|v| v.to_bits()).collect::<Vec<u64>>()
                };
                let steps = of(T::multiply_panels_in_steps(isa));
                let first = in_steps.get_or_insert_with(|| steps.clone());
                assert_eq!(*first, steps, "{isa:?} depth {depth}");
                let bits = of(T::multiply_panels(isa));
                if isa.is_fused() {
                    let first = fused.get_or_insert_with(|| bits.clone());
                    assert_eq!(*first, bits, "{isa:?} depth {depth}");
                }
            });
        }
    }

    #[test]
    fn a_row_has_the_bits_of_its_place_in_a_panel() {
        const WIDTH: usize = f64::PANEL;
        on_every_isa(|isa| {
            for (depth, count) in [(0, 1), (1, 1), (7, 2), (33, 3), (256, 4)] {
                let a = values::<f64>(depth * WIDTH, 1);
                let panels = values::<f64>(count * depth * WIDTH, 2);
                let row: Vec<f64> = a.iter().step_by(WIDTH).copied().collect();
                let mut found = vec![0.5; count * WIDTH];
                f64::multiply_row(isa)(&row, &panels, &mut found);
                let mut expected = vec![0.5; WIDTH * count * WIDTH];
                for (p, panel) in panels.chunks(WIDTH * depth.max(1)).enumerate() {
                    let out = &mut expected[p * WIDTH..];
                    f64::multiply_panels(isa)(&a, panel, out, count * WIDTH);
                }
                let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
                let expected = bits(&expected[..count * WIDTH]);
                assert_eq!(bits(&found), expected, "{isa:?} {depth} {count}");
            }
        });
    }

    #[test]
    fn f32_panels_give_the_same_bits_in_steps_and_on_every_fused_set() {
        every_set_gives_the_same_bits::<f32>();
    }

    #[test]
    fn f64_panels_give_the_same_bits_in_steps_and_on_every_fused_set() {
        every_set_gives_the_same_bits::<f64>();
    }
}
