//! Products of rows of bytes, and the pairs whose product reaches a threshold.
//!
//! Sums of products of bytes are whole numbers, the same on every instruction set. Eight rows of
//! signed bytes meet thirty-two columns of unsigned ones, four bytes of each at a time.
//! AVX-512 VNNI multiplies and adds these in one instruction, AVX2 in three. [`tiles`](super::tiles) takes more rows
//! at once.

#![allow(unsafe_code)]

use crate::kernels::isa::Isa;

/// Rows of an octet.
pub(crate) const OCTET: usize = 8;
/// Columns of a panel.
pub(crate) const PANEL_BYTES: usize = 32;
/// Bytes of a row that are multiplied at once; rows are padded with zeros to a multiple of it.
pub(crate) const QUAD: usize = 4;

/// Sums of an octet with a panel.
type Tile = [[i32; PANEL_BYTES]; OCTET];

/// Coefficients that turn the sums of one row into numbers: for column j,
/// `scale·sum·scale_j + residual·norm_j + norm·residual_j − own_j`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RowTerms {
    /// Added to every sum.
    pub(crate) start: i32,
    pub(crate) scale: f32,
    pub(crate) norm: f32,
    pub(crate) residual: f32,
    /// Smaller numbers are dropped.
    pub(crate) threshold: f32,
}

/// The same of [`PANEL_BYTES`] columns.
#[derive(Clone, Copy)]
pub(crate) struct ColumnTerms<'a> {
    pub(crate) scale: &'a [f32; PANEL_BYTES],
    pub(crate) norm: &'a [f32; PANEL_BYTES],
    pub(crate) residual: &'a [f32; PANEL_BYTES],
    pub(crate) own: &'a [f32; PANEL_BYTES],
}

/// A number that reached the threshold of its row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reached {
    pub(crate) row: u8,
    pub(crate) column: u8,
    pub(crate) number: f32,
}

/// The products of bytes on one instruction set.
#[derive(Clone, Copy)]
pub(crate) struct ByteProducts {
    largest_unsigned: u8,
    above: Above,
}

/// A variant of [`ByteProducts::above`]; unsafe where the machine lacks its features.
type Above =
    unsafe fn((&[i8], usize), &[u8], &[RowTerms; OCTET], ColumnTerms<'_>, &mut Vec<Reached>);

impl ByteProducts {
    /// The fastest variant that `isa` and this machine allow.
    pub(crate) fn for_isa(isa: Isa) -> Self {
        let (largest_unsigned, above): (u8, Above) = match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 if isa.has_vnni() => (255, x86_64::above_vnni),
            // AVX2 adds two products in sixteen bits, which hold two of 127·127 at most.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 | Isa::Avx512 if Isa::Avx2.is_available() => (127, x86_64::above_avx2),
            _ => (255, above_plain),
        };
        Self {
            largest_unsigned,
            above,
        }
    }

    /// The largest byte that a panel may hold.
    pub(crate) fn largest_unsigned(self) -> u8 {
        self.largest_unsigned
    }

    /// Adds to `reached` the numbers of an octet with a panel that reach their row's threshold.
    ///
    /// `octet`: for each quad of bytes, those of eight rows, of which the first `used` count; no
    /// byte is −128. `panel`: for each quad, those of thirty-two columns; no byte exceeds
    /// [`Self::largest_unsigned`].
    pub(crate) fn above(
        self,
        octet: (&[i8], usize),
        panel: &[u8],
        rows: &[RowTerms; OCTET],
        columns: ColumnTerms<'_>,
        reached: &mut Vec<Reached>,
    ) {
        // SAFETY: `for_isa`, the only maker, saw the features of this variant on this machine.
        unsafe { (self.above)(octet, panel, rows, columns, reached) }
    }
}

fn above_plain(
    (octet, used): (&[i8], usize),
    panel: &[u8],
    rows: &[RowTerms; OCTET],
    columns: ColumnTerms<'_>,
    reached: &mut Vec<Reached>,
) {
    let mut tile = starts(rows);
    multiply(octet, panel, &mut tile);
    keep(&tile, &rows[..used], columns, reached);
}

#[inline(always)]
fn starts(rows: &[RowTerms; OCTET]) -> Tile {
    let mut tile = [[0; PANEL_BYTES]; OCTET];
    for (sums, row) in tile.iter_mut().zip(rows) {
        *sums = [row.start; PANEL_BYTES];
    }
    tile
}

/// The products in plain Rust.
fn multiply(octet: &[i8], panel: &[u8], tile: &mut Tile) {
    let quads = octet
        .chunks_exact(OCTET * QUAD)
        .zip(panel.chunks_exact(PANEL_BYTES * QUAD));
    for (a, b) in quads {
        for (sums, a) in tile.iter_mut().zip(a.chunks_exact(QUAD)) {
            for (sum, b) in sums.iter_mut().zip(b.chunks_exact(QUAD)) {
                for (a, b) in a.iter().zip(b) {
                    *sum += i32::from(*a) * i32::from(*b);
                }
            }
        }
    }
}

#[inline(always)]
pub(super) fn keep(
    tile: &[[i32; PANEL_BYTES]],
    rows: &[RowTerms],
    columns: ColumnTerms<'_>,
    reached: &mut Vec<Reached>,
) {
    for (i, (row, sums)) in rows.iter().zip(tile).enumerate() {
        let mut numbers = [0f32; PANEL_BYTES];
        let mut any = false;
        for j in 0..PANEL_BYTES {
            let product = sums[j] as f32 * row.scale * columns.scale[j];
            let slack = row.residual * columns.norm[j] + row.norm * columns.residual[j];
            numbers[j] = product + slack - columns.own[j];
            any |= numbers[j] >= row.threshold;
        }
        if any {
            for (j, number) in numbers.iter().enumerate() {
                if *number >= row.threshold {
                    let (row, column) = (i as u8, j as u8);
                    reached.push(Reached {
                        row,
                        column,
                        number: *number,
                    });
                }
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use std::arch::x86_64::*;

    use super::{ColumnTerms, OCTET, PANEL_BYTES, QUAD, Reached, RowTerms, Tile, keep, starts};

    #[inline(always)]
    fn quad(octet: &[i8], at: usize) -> i32 {
        let q = &octet[at..][..QUAD];
        i32::from_ne_bytes([q[0] as u8, q[1] as u8, q[2] as u8, q[3] as u8])
    }

    /// A tile of some rows and two registers of columns, every sum in a register of its own.
    macro_rules! tile {
        ($name:ident, $feature:literal, $register:ident, $width:literal, $splat:path, $load:path,
         $store:path, ($sum:ident, $a:ident, $b:ident) $add:expr, $($i:literal $low:ident $high:ident),*) => {
            #[inline]
            #[target_feature(enable = $feature)]
            fn $name(octet: &[i8], panel: &[u8], tile: &mut Tile, first: usize, column: usize) {
                $(let (mut $low, mut $high) = ($splat(tile[first + $i][0]), $splat(tile[first + $i][0]));)*
                let quads = octet.len() / (OCTET * QUAD);
                for q in 0..quads {
                    let b = &panel[(q * PANEL_BYTES + column) * QUAD..][..2 * $width * QUAD];
                    // SAFETY: `b` was cut to the bytes of two registers.
                    let (b0, b1): ($register, $register) = unsafe {
                        ($load(b.as_ptr().cast()), $load(b.as_ptr().add($width * QUAD).cast()))
                    };
                    $(
                        let a = $splat(quad(octet, (q * OCTET + first + $i) * QUAD));
                        $low = { let ($sum, $a, $b) = ($low, a, b0); $add };
                        $high = { let ($sum, $a, $b) = ($high, a, b1); $add };
                    )*
                }
                $(
                    let out = &mut tile[first + $i][column..][..2 * $width];
                    // SAFETY: `out` was cut to the numbers of two registers.
                    unsafe {
                        $store(out.as_mut_ptr().cast(), $low);
                        $store(out.as_mut_ptr().add($width).cast(), $high);
                    }
                )*
            }
        };
    }

    macro_rules! vnni {
        ($name:ident, $($row:tt)*) => {
            tile!($name, "avx512f,avx512vnni", __m512i, 16, _mm512_set1_epi32, _mm512_loadu_si512,
                _mm512_storeu_si512, (sum, a, b) _mm512_dpbusd_epi32(sum, b, a), $($row)*);
        };
    }
    macro_rules! avx2 {
        ($name:ident, $($row:tt)*) => {
            tile!($name, "avx2", __m256i, 8, _mm256_set1_epi32, _mm256_loadu_si256,
                _mm256_storeu_si256, (sum, a, b) _mm256_add_epi32(
                    sum, _mm256_madd_epi16(_mm256_maddubs_epi16(b, a), _mm256_set1_epi16(1))),
                $($row)*);
        };
    }
    vnni!(tile_vnni, 0 a0 b0, 1 a1 b1, 2 a2 b2, 3 a3 b3, 4 a4 b4, 5 a5 b5, 6 a6 b6, 7 a7 b7);
    avx2!(tile_avx2, 0 a0 b0, 1 a1 b1, 2 a2 b2, 3 a3 b3);
    // A single probe is bound by memory, not by products.
    vnni!(tile_vnni_of_1, 0 a0 b0);
    avx2!(tile_avx2_of_1, 0 a0 b0);

    #[target_feature(enable = "avx512f,avx512vnni")]
    pub(super) fn above_vnni(
        (octet, used): (&[i8], usize),
        panel: &[u8],
        rows: &[RowTerms; OCTET],
        columns: ColumnTerms<'_>,
        reached: &mut Vec<Reached>,
    ) {
        let mut tile = starts(rows);
        match used {
            1 => tile_vnni_of_1(octet, panel, &mut tile, 0, 0),
            _ => tile_vnni(octet, panel, &mut tile, 0, 0),
        }
        keep(&tile, &rows[..used], columns, reached);
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn above_avx2(
        (octet, used): (&[i8], usize),
        panel: &[u8],
        rows: &[RowTerms; OCTET],
        columns: ColumnTerms<'_>,
        reached: &mut Vec<Reached>,
    ) {
        let mut tile = starts(rows);
        // From the last columns on: the start of a row's sums is read from its first.
        for column in [16, 0] {
            match used {
                1 => tile_avx2_of_1(octet, panel, &mut tile, 0, column),
                _ => {
                    tile_avx2(octet, panel, &mut tile, 0, column);
                    tile_avx2(octet, panel, &mut tile, 4, column);
                }
            }
        }
        keep(&tile, &rows[..used], columns, reached);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{Draw, on_every_isa};

    /// Bytes of an octet and a panel, and numbers for the terms of its columns.
    fn drawn(quads: usize, largest_unsigned: u8) -> (Vec<i8>, Vec<u8>, Vec<f32>) {
        let mut draw = Draw::new(3 + quads as u64);
        let mut numbers = |count: usize, bound: u64| -> Vec<u64> {
            (0..count).map(|_| draw.below(bound)).collect()
        };
        let octet = numbers(quads * OCTET * QUAD, 255);
        let panel = numbers(quads * PANEL_BYTES * QUAD, u64::from(largest_unsigned) + 1);
        let terms = numbers(4 * PANEL_BYTES, 1000);
        (
            octet.iter().map(|n| (*n as i32 - 127) as i8).collect(),
            panel.iter().map(|n| *n as u8).collect(),
            terms.iter().map(|n| *n as f32 / 1000.0).collect(),
        )
    }

    /// Each pair by the definition of [`RowTerms`].
    fn naive(
        octet: &[i8],
        panel: &[u8],
        rows: &[RowTerms],
        columns: ColumnTerms<'_>,
    ) -> Vec<Reached> {
        let quads = panel.len() / (PANEL_BYTES * QUAD);
        let mut reached = Vec::new();
        for (i, row) in rows.iter().enumerate() {
            for j in 0..PANEL_BYTES {
                let mut sum = row.start;
                for q in 0..quads {
                    for k in 0..QUAD {
                        sum += i32::from(octet[(q * OCTET + i) * QUAD + k])
                            * i32::from(panel[(q * PANEL_BYTES + j) * QUAD + k]);
                    }
                }
                let number = sum as f32 * row.scale * columns.scale[j]
                    + (row.residual * columns.norm[j] + row.norm * columns.residual[j])
                    - columns.own[j];
                if number >= row.threshold {
                    let (row, column) = (i as u8, j as u8);
                    reached.push(Reached {
                        row,
                        column,
                        number,
                    });
                }
            }
        }
        reached
    }

    #[test]
    fn every_set_finds_the_numbers_of_the_naive_twin() {
        on_every_isa(|isa| {
            let bytes = ByteProducts::for_isa(isa);
            for quads in [0, 1, 2, 3, 31, 128] {
                let (octet, panel, numbers) = drawn(quads, bytes.largest_unsigned());
                let part = |i: usize| &numbers.as_chunks().0[i];
                let columns = ColumnTerms {
                    scale: part(0),
                    norm: part(1),
                    residual: part(2),
                    own: part(3),
                };
                let rows: [RowTerms; OCTET] = std::array::from_fn(|i| RowTerms {
                    start: i as i32 * 17 - 50,
                    scale: 0.5 + i as f32,
                    norm: 0.25,
                    residual: 0.125,
                    threshold: if i == 3 { f32::NEG_INFINITY } else { 100.0 },
                });
                for used in [1, 2, 5, OCTET] {
                    let expected = naive(&octet, &panel, &rows[..used], columns);
                    let mut reached = Vec::new();
                    bytes.above((&octet, used), &panel, &rows, columns, &mut reached);
                    assert_eq!(reached, expected, "{isa:?} {quads} {used}");
                    assert!(used < 4 || reached.len() >= PANEL_BYTES);
                }
            }
        });
    }

    #[test]
    fn the_largest_bytes_do_not_overflow() {
        on_every_isa(|isa| {
            let bytes = ByteProducts::for_isa(isa);
            let quads = 4;
            let panel = vec![bytes.largest_unsigned(); quads * PANEL_BYTES * QUAD];
            let one = [1f32; PANEL_BYTES];
            let none = [0f32; PANEL_BYTES];
            let columns = ColumnTerms {
                scale: &one,
                norm: &none,
                residual: &none,
                own: &none,
            };
            let rows = [RowTerms {
                scale: 1.0,
                threshold: f32::NEG_INFINITY,
                ..RowTerms::default()
            }; OCTET];
            for signed in [-127, 127] {
                let octet = vec![signed; quads * OCTET * QUAD];
                let expected = naive(&octet, &panel, &rows, columns);
                let mut reached = Vec::new();
                bytes.above((&octet, OCTET), &panel, &rows, columns, &mut reached);
                assert_eq!(reached, expected, "{isa:?} {signed}");
            }
        });
    }
}
