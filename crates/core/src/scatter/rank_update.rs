//! The inner loop of every product here: tiles of `AᵀB`, one compiled copy per instruction set.
//!
//! Each output is one chain `c ← c + a·b` in the order of the summation index, with the multiply
//! and the add rounded separately. Vector lanes run across outputs, so every copy performs the
//! same roundings and gives the same bits; wider registers only do more outputs at once. FMA is
//! left off for that reason: on the cores at hand multiply and add issue side by side anyway.

#![allow(unsafe_code)]

/// Columns per packed panel of `f32`.
pub(crate) const PANEL_F32: usize = 32;
/// Columns per packed panel of `f64`.
pub(crate) const PANEL_F64: usize = 16;

/// An element type with its panel width and its compiled tile loops.
pub(crate) trait Element: Copy + Default + Send + Sync + 'static {
    /// Columns per packed panel.
    const PANEL: usize;

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
}

impl Level {
    /// The widest one of this machine.
    pub(crate) fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if std::is_x86_feature_detected!("avx512f") {
                return Self(Isa::Avx512);
            }
            if std::is_x86_feature_detected!("avx2") {
                return Self(Isa::Avx2);
            }
        }
        Self(Isa::Baseline)
    }

    /// Every one of this machine, narrowest first.
    #[cfg(test)]
    pub(crate) fn available() -> Vec<Self> {
        #[allow(unused_mut)]
        let mut levels = vec![Self(Isa::Baseline)];
        #[cfg(target_arch = "x86_64")]
        {
            if std::is_x86_feature_detected!("avx2") {
                levels.push(Self(Isa::Avx2));
            }
            if std::is_x86_feature_detected!("avx512f") {
                levels.push(Self(Isa::Avx512));
            }
        }
        levels
    }
}

macro_rules! element {
    ($type:ty, $panel:expr, $zero:expr, $tile:ident, $panels:ident,
     $avx2:ident, $avx512:ident,
     [$cols:expr, $cols2:expr, $rows5:expr, $cols5:expr]) => {
        /// One register tile: `ROWS` columns of `a` from `i`, `COLS` columns of `b` from `j`.
        #[inline(always)]
        fn $tile<const ROWS: usize, const COLS: usize>(
            a: &[$type],
            b: &[$type],
            out: &mut [f64],
            stride: usize,
        ) {
            let mut sums = [[$zero; COLS]; ROWS];
            for (a, b) in a.chunks($panel).zip(b.chunks($panel)) {
                let (Some(a), Some(b)) = (a.first_chunk::<ROWS>(), b.first_chunk::<COLS>()) else {
                    break;
                };
                for i in 0..ROWS {
                    for j in 0..COLS {
                        sums[i][j] += a[i] * b[j];
                    }
                }
            }
            for (i, sums) in sums.iter().enumerate() {
                for (out, &sum) in out[i * stride..][..COLS].iter_mut().zip(sums) {
                    *out += f64::from(sum);
                }
            }
        }

        #[inline(always)]
        fn $panels<const ROWS: usize, const COLS: usize>(
            a: &[$type],
            b: &[$type],
            out: &mut [f64],
            stride: usize,
        ) {
            for j in (0..$panel).step_by(COLS) {
                for i in (0..$panel).step_by(ROWS) {
                    $tile::<ROWS, COLS>(&a[i..], &b[j..], &mut out[i * stride + j..], stride);
                }
            }
        }

        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2")]
        fn $avx2(a: &[$type], b: &[$type], out: &mut [f64], stride: usize) {
            $panels::<4, $cols2>(a, b, out, stride);
        }

        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f")]
        fn $avx512(a: &[$type], b: &[$type], out: &mut [f64], stride: usize) {
            $panels::<$rows5, $cols5>(a, b, out, stride);
        }

        impl Element for $type {
            const PANEL: usize = $panel;

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
                    Isa::Baseline => $panels::<4, $cols>(a, b, out, stride),
                    // SAFETY: `Level::best` and `Level::available`, the only makers of this
                    // level, saw that the running machine has AVX2; the body is safe code.
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx2 => unsafe { $avx2(a, b, out, stride) },
                    // SAFETY: as above, with AVX-512F.
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx512 => unsafe { $avx512(a, b, out, stride) },
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

// The shapes are those that the compiler keeps in registers; measured on a Zen 4 core at 256 rows:
// f32 8, 34 and 44, f64 8, 18 and 26 thousand million multiply-adds per second.
element!(
    f32,
    PANEL_F32,
    0f32,
    tile_f32,
    panels_f32,
    panels_f32_avx2,
    panels_f32_avx512,
    [8, 16, 4, 16]
);
element!(
    f64,
    PANEL_F64,
    0f64,
    tile_f64,
    panels_f64,
    panels_f64_avx2,
    panels_f64_avx512,
    [4, 8, 8, 8]
);

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

    fn same_bits_at_every_level<T: Element>() {
        let width = T::PANEL;
        for depth in [0, 1, 2, 7, 255, 256] {
            let a = values::<T>(depth * width, 1);
            let b = values::<T>(depth * width, 2);
            let stride = width + 3;
            let results: Vec<Vec<u64>> = Level::available()
                .into_iter()
                .map(|level| {
                    let mut out = vec![0.0; stride * width];
                    T::multiply_panels(level, &a, &b, &mut out, stride);
                    out.iter().map(|v| v.to_bits()).collect()
                })
                .collect();
            for other in &results[1..] {
                assert_eq!(&results[0], other, "depth {depth}");
            }
            // The obvious twin, in f64: a bound of depth roundings of products below 1/4.
            let epsilon = if width == PANEL_F32 {
                f64::from(f32::EPSILON)
            } else {
                f64::EPSILON
            };
            for i in 0..width {
                for j in 0..width {
                    let exact: f64 = (0..depth)
                        .map(|k| a[k * width + i].to_f64() * b[k * width + j].to_f64())
                        .sum();
                    let got = f64::from_bits(results[0][i * stride + j]);
                    let bound = epsilon * 0.25 * (depth * depth + 1) as f64;
                    assert!((got - exact).abs() <= bound, "{i},{j}: {got} {exact}");
                }
            }
        }
    }

    #[test]
    fn f32_tiles_have_the_same_bits_at_every_level() {
        same_bits_at_every_level::<f32>();
    }

    #[test]
    fn f64_tiles_have_the_same_bits_at_every_level() {
        same_bits_at_every_level::<f64>();
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
