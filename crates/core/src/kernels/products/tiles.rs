//! Products of rows of bytes in tile registers (AMX): thirty-two rows with a panel at once.
//!
//! A tile holds sixteen rows of sixty-four bytes, and one instruction multiplies two of them. Linux lends these
//! registers to a process that asks. They hold their shape only between the start and the end of [`Tiles`].
#![allow(unsafe_code)]

use std::cell::Cell;
use std::marker::PhantomData;

use super::bytes::{ColumnTerms, PANEL_BYTES, QUAD, Reached, RowTerms};
use crate::kernels::isa::Isa;

/// Rows that meet a panel at once.
pub(crate) const TILE_ROWS: usize = 32;
/// Bytes of a row that are multiplied at once; rows asked with are padded with zeros to a multiple of it.
pub(crate) const TILE_BYTES: usize = 64;
/// Bytes behind the last panel that are read, and multiplied by zeros.
pub(crate) const BEHIND_PANELS: usize = TILE_BYTES / QUAD * PANEL_BYTES * QUAD;

thread_local! {
    /// True while this thread has a [`Tiles`]: the end of a second one would take their shape from the first.
    static TAKEN: Cell<bool> = const { Cell::new(false) };
}

/// The tile registers of this thread, shaped for these products.
pub(crate) struct Tiles {
    of_this_thread: PhantomData<*const ()>,
}

impl Tiles {
    /// Shapes the registers; nothing where `isa` or this machine has none, or while this thread has taken them.
    pub(crate) fn begin(isa: Isa) -> Option<Self> {
        if !has_tiles(isa) || TAKEN.replace(true) {
            return None;
        }
        registers::shape();
        Some(Self {
            of_this_thread: PhantomData,
        })
    }

    /// Adds to `reached` the numbers of thirty-two rows with a panel that reach their row's threshold.
    ///
    /// `rows`: for each [`TILE_BYTES`] of the `width` bytes of a row, which are a multiple of these, those of
    /// thirty-two rows, of which the first `used` count; no byte is −128. `panels`: quads of thirty-two columns, as
    /// many as are in a row, and what is behind the last quad.
    pub(crate) fn above(
        &self,
        (rows, width, used): (&[i8], usize, usize),
        panels: &[u8],
        terms: &[RowTerms; TILE_ROWS],
        columns: ColumnTerms<'_>,
        reached: &mut Vec<Reached>,
    ) {
        // Divided rather than multiplied, as a product could overflow.
        assert!(width.is_multiple_of(TILE_BYTES) && rows.len() / TILE_ROWS >= width);
        assert!(panels.len() / PANEL_BYTES >= width);
        registers::above((rows, width, used), panels, terms, columns, reached);
    }
}

impl Drop for Tiles {
    fn drop(&mut self) {
        registers::release();
        TAKEN.set(false);
    }
}

/// True if `isa` allows tile registers, and this machine and its kernel have them.
pub(crate) fn has_tiles(isa: Isa) -> bool {
    isa == Isa::Avx512 && isa.is_available() && registers::are_lent()
}

#[cfg(all(target_arch = "x86_64", target_os = "linux", not(miri)))]
mod registers {
    use std::arch::asm;
    use std::arch::x86_64::__cpuid_count;
    use std::sync::OnceLock;

    use super::super::bytes::{ColumnTerms, PANEL_BYTES, QUAD, Reached, RowTerms, keep};
    use super::{TILE_BYTES, TILE_ROWS};

    /// Asks the kernel once for the whole process.
    pub(super) fn are_lent() -> bool {
        const REQUEST: libc::c_long = 0x1023;
        const TILE_DATA: libc::c_long = 18;
        static LENT: OnceLock<bool> = OnceLock::new();
        *LENT.get_or_init(|| {
            // SAFETY: every processor of this architecture has the instruction; leaf 7 exists where AVX-512 does.
            #[allow(unused_unsafe, reason = "safe to call in later versions of Rust alone")]
            let features = unsafe { __cpuid_count(7, 0) }.edx;
            // Bits 24 and 25: AMX-TILE, AMX-INT8.
            // SAFETY: the call changes only what this process may use.
            features >> 24 & 3 == 3
                && unsafe { libc::syscall(libc::SYS_arch_prctl, REQUEST, TILE_DATA) } == 0
        })
    }

    /// `tilecfg` of palette 1: eight tiles of sixteen rows of sixty-four bytes.
    #[repr(C, align(64))]
    struct Shapes {
        palette: u8,
        start: u8,
        reserved: [u8; 14],
        bytes: [u16; 16],
        rows: [u8; 16],
    }

    pub(super) fn shape() {
        let mut shapes = Shapes {
            palette: 1,
            start: 0,
            reserved: [0; 14],
            bytes: [0; 16],
            rows: [0; 16],
        };
        shapes.bytes[..8].fill(TILE_BYTES as u16);
        shapes.rows[..8].fill(16);
        // SAFETY: `Tiles::begin` saw that the registers are lent; the shapes are 64 bytes of palette 1. What a call
        // may overwrite includes the tiles, which become zeros.
        unsafe {
            asm!(
                "ldtilecfg [{}]",
                in(reg) &raw const shapes,
                clobber_abi("C"),
                options(nostack, readonly),
            );
        }
    }

    pub(super) fn release() {
        // SAFETY: only a `Tiles` is dropped, so the registers are lent. The tiles become zeros, as above.
        unsafe { asm!("tilerelease", clobber_abi("C"), options(nostack, nomem)) }
    }

    /// Sums of thirty-two rows with a panel.
    #[repr(C, align(64))]
    struct Sums([[i32; PANEL_BYTES]; TILE_ROWS]);

    pub(super) fn above(
        (rows, width, used): (&[i8], usize, usize),
        panels: &[u8],
        terms: &[RowTerms; TILE_ROWS],
        columns: ColumnTerms<'_>,
        reached: &mut Vec<Reached>,
    ) {
        let mut sums = Sums([[0; PANEL_BYTES]; TILE_ROWS]);
        if width > 0 {
            // SAFETY: a `Tiles` shaped the registers, and `Tiles::above` saw that rows and panels are long enough.
            unsafe { multiply(rows, width, panels, &mut sums) }
        }
        // SAFETY: tile registers are lent only where AVX-512 is available.
        unsafe { choose(&mut sums, &terms[..used], columns, reached) }
    }

    /// Tiles 0 to 3 are sums, 4 and 5 rows, 6 and 7 columns.
    unsafe fn multiply(rows: &[i8], width: usize, panels: &[u8], sums: &mut Sums) {
        // SAFETY: the caller's.
        unsafe {
            asm!(
                "tilezero tmm0",
                "tilezero tmm1",
                "tilezero tmm2",
                "tilezero tmm3",
                "2:",
                "tileloadd tmm6, [{panel} + {quad}]",
                "tileloadd tmm4, [{rows} + {row}]",
                "tdpbsud tmm0, tmm4, tmm6",
                "tileloadd tmm7, [{panel} + {quad} + 64]",
                "tdpbsud tmm1, tmm4, tmm7",
                "tileloadd tmm5, [{rows} + {row} + 1024]",
                "tdpbsud tmm2, tmm5, tmm6",
                "tdpbsud tmm3, tmm5, tmm7",
                "add {rows}, 2048",
                "add {panel}, 2048",
                "dec {steps}",
                "jnz 2b",
                "tilestored [{sums} + {quad}], tmm0",
                "tilestored [{sums} + {quad} + 64], tmm1",
                "tilestored [{sums} + {quad} + 2048], tmm2",
                "tilestored [{sums} + {quad} + 2112], tmm3",
                rows = inout(reg) rows.as_ptr() => _,
                panel = inout(reg) panels.as_ptr() => _,
                steps = inout(reg) width / TILE_BYTES => _,
                row = in(reg) TILE_BYTES,
                quad = in(reg) PANEL_BYTES * QUAD,
                sums = in(reg) sums.0.as_mut_ptr(),
                out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                options(nostack),
            );
        }
    }

    #[target_feature(enable = "avx512f")]
    fn choose(
        sums: &mut Sums,
        terms: &[RowTerms],
        columns: ColumnTerms<'_>,
        reached: &mut Vec<Reached>,
    ) {
        for (sums, row) in sums.0.iter_mut().zip(terms) {
            sums.iter_mut().for_each(|sum| *sum += row.start);
        }
        keep(&sums.0, terms, columns, reached);
    }
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux", not(miri))))]
mod registers {
    use super::super::bytes::{ColumnTerms, Reached, RowTerms};
    use super::TILE_ROWS;

    pub(super) fn are_lent() -> bool {
        false
    }

    pub(super) fn shape() {}

    pub(super) fn release() {}

    pub(super) fn above(
        _: (&[i8], usize, usize),
        _: &[u8],
        _: &[RowTerms; TILE_ROWS],
        _: ColumnTerms<'_>,
        _: &mut Vec<Reached>,
    ) {
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::products::bytes::{ByteProducts, OCTET};
    use crate::kernels::testing::{Draw, on_every_isa};

    /// Row after row as tiles have it.
    fn wide(rows: &[i8], width: usize) -> Vec<i8> {
        let mut wide = vec![0; rows.len()];
        for (r, row) in rows.chunks_exact(width.max(1)).enumerate() {
            for (step, bytes) in row.chunks_exact(TILE_BYTES).enumerate() {
                let at = (step * TILE_ROWS + r) * TILE_BYTES;
                wide[at..][..TILE_BYTES].copy_from_slice(bytes);
            }
        }
        wide
    }

    /// The octets of row after row.
    fn octets(rows: &[i8], width: usize, quads: usize) -> Vec<i8> {
        let mut octets = vec![0; TILE_ROWS * quads * QUAD];
        for (r, row) in rows.chunks_exact(width).enumerate() {
            let octet = &mut octets[r / OCTET * OCTET * quads * QUAD..];
            for (q, quad) in row[..quads * QUAD].chunks_exact(QUAD).enumerate() {
                octet[(q * OCTET + r % OCTET) * QUAD..][..QUAD].copy_from_slice(quad);
            }
        }
        octets
    }

    #[test]
    fn tiles_find_the_numbers_of_octets() {
        on_every_isa(|isa| {
            let bytes = ByteProducts::for_isa(isa);
            let Some(tiles) = Tiles::begin(isa) else {
                return;
            };
            assert!(Tiles::begin(isa).is_none(), "taken");
            for quads in [0, 1, 3, 15, 16, 17, 19, 31, 128, 129] {
                for extreme in [false, true] {
                    let mut draw = Draw::new(7 + quads as u64);
                    let width = (quads * QUAD).next_multiple_of(TILE_BYTES);
                    let mut rows = vec![0i8; TILE_ROWS * width];
                    for row in rows.chunks_exact_mut(width.max(1)) {
                        let one = [-127, 127][draw.below(2) as usize];
                        for byte in &mut row[..quads * QUAD] {
                            let any = draw.below(255) as i32 - 127;
                            *byte = if extreme { one } else { any as i8 };
                        }
                    }
                    // What is behind the panel must not count.
                    let panel: Vec<u8> = (0..quads * PANEL_BYTES * QUAD + BEHIND_PANELS)
                        .map(|_| if extreme { 255 } else { draw.below(256) as u8 })
                        .collect();
                    let numbers: Vec<f32> = (0..4 * PANEL_BYTES)
                        .map(|_| draw.centered() as f32)
                        .collect();
                    let part = |i: usize| &numbers.as_chunks().0[i];
                    let columns = ColumnTerms {
                        scale: part(0),
                        norm: part(1),
                        residual: part(2),
                        own: part(3),
                    };
                    let terms: [RowTerms; TILE_ROWS] = std::array::from_fn(|i| RowTerms {
                        start: i as i32 * 17 - 50,
                        scale: 0.5 + i as f32,
                        norm: 0.25,
                        residual: 0.125,
                        threshold: if i == 3 { f32::NEG_INFINITY } else { 100.0 },
                    });
                    let octets = octets(&rows, width.max(1), quads);
                    let rows = wide(&rows, width);
                    for used in [1, 8, 9, 31, TILE_ROWS] {
                        let mut expected = Vec::new();
                        for first in (0..used).step_by(OCTET) {
                            let mut found = Vec::new();
                            let octet = &octets[first * quads * QUAD..][..OCTET * quads * QUAD];
                            bytes.above(
                                (octet, OCTET.min(used - first)),
                                &panel[..quads * PANEL_BYTES * QUAD],
                                terms[first..].first_chunk().expect("eight rows"),
                                columns,
                                &mut found,
                            );
                            expected.extend(found.into_iter().map(|found| Reached {
                                row: found.row + first as u8,
                                ..found
                            }));
                        }
                        let mut reached = Vec::new();
                        tiles.above((&rows, width, used), &panel, &terms, columns, &mut reached);
                        assert_eq!(reached, expected, "{quads} {used} {extreme}");
                        assert!(used < 4 || reached.len() >= PANEL_BYTES);
                    }
                }
            }
        });
    }
}
