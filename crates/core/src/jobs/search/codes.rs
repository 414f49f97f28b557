//! Key rows as bytes, each with the error that this costs.
//!
//! A row v is held as v̂ = scale · code, the code of whole numbers that fit a byte. By Cauchy and
//! Schwarz the product of two rows is off by no more than
//! `|u·v − û·v̂| ≤ ‖u − û‖ ‖v‖ + ‖û‖ ‖v − v̂‖`,
//! and both residuals are known exactly, so a product of bytes comes with a bound of its own.

use std::ops::{Deref, DerefMut, Range};

use rayon::prelude::*;

use crate::error::Result;
use crate::job::memory::filled;
use crate::job::tasks::all;
use crate::kernels::Isa;
use crate::kernels::products::bytes::{
    ByteProducts, ColumnTerms, OCTET, PANEL_BYTES, QUAD, Reached, RowTerms,
};
use crate::kernels::products::tiles::{BEHIND_PANELS, TILE_BYTES, TILE_ROWS, Tiles, has_tiles};
use crate::measure::{Batch, KeyShape, Prepared, Side};

/// Bound of the rounding of a sum of a few terms in single precision, relative to their sizes;
/// several times larger than the roundings can be.
const SLACK: f32 = 1e-6;

/// Stored rows in panels of unsigned bytes.
pub(in crate::jobs) struct Stored {
    quads: usize,
    codes: Lines<u8>,
    scale: Vec<f32>,
    norm: Vec<f32>,
    residual: Vec<f32>,
    own: Vec<f32>,
    /// Rows without a bound, ascending.
    unbounded: Vec<usize>,
}

/// Rows asked with, in octets of signed bytes.
pub(in crate::jobs) struct Asked {
    bytes: ByteProducts,
    quads: usize,
    codes: Vec<i8>,
    /// The codes laid out for tiles; empty where there are none.
    wide: Wide,
    rows: Vec<AskedRow>,
    /// Rows without a bound, ascending.
    unbounded: Vec<usize>,
}

/// Codes of some bytes for each row.
#[derive(Default)]
struct Wide {
    codes: Lines<i8>,
    row: usize,
}

/// Bytes from the start of a line of the caches on: a load of as many that lies across two takes twice as long.
#[derive(Default)]
struct Lines<T> {
    bytes: Vec<T>,
    start: usize,
}

impl<T: Clone + Default> Lines<T> {
    const LINE: usize = 64;

    fn zeros(count: usize) -> Result<Self> {
        let bytes = filled("rows as bytes", count + Self::LINE, T::default())?;
        let start = bytes.as_ptr().align_offset(Self::LINE).min(Self::LINE);
        Ok(Self { bytes, start })
    }
}

impl<T> Deref for Lines<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.bytes[self.start..]
    }
}

impl<T> DerefMut for Lines<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.bytes[self.start..]
    }
}

/// The terms of a row asked with.
#[derive(Clone, Copy, Default)]
pub(in crate::jobs) struct AskedRow {
    terms: RowTerms,
    /// The number of the row that every key of it has subtracted.
    own: f64,
    size: f64,
}

/// The key of a pair, less the number of the row asked with, lies between the two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) lower: f32,
    pub(super) upper: f32,
}

/// A row as a byte code.
struct Code {
    scale: f32,
    /// Norm of the row as it is, of the row as it is coded, and of the difference.
    size: f64,
    coded: f64,
    residual: f64,
}

/// Elements of a row that are coded side by side.
const LANES: usize = 8;

/// 1.5 · 2⁵²: what is added to it is rounded to a whole number, which the last bits then hold.
const WHOLE: f64 = 6_755_399_441_055_744.0;

/// Writes the code of `row`, whole numbers of at most `largest` in size.
fn code(row: &[f64], largest: f64, numbers: &mut [i8]) -> Code {
    let scale = (largest_size(row) / largest) as f32;
    let step = f64::from(scale);
    let steps = if step > 0.0 { 1.0 / step } else { 0.0 };
    let (mut size, mut coded, mut residual) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
    let mut take = |values: &[f64; LANES], numbers: &mut [i8; LANES]| {
        for k in 0..LANES {
            let v = values[k];
            let near = v * steps;
            let near = if near < largest { near } else { largest };
            let near = if near > -largest { near } else { -largest };
            let shifted = near + WHOLE;
            numbers[k] = shifted.to_bits() as i8;
            let back = (shifted - WHOLE) * step;
            size[k] += v * v;
            coded[k] += back * back;
            residual[k] += (v - back) * (v - back);
        }
    };
    let (blocks, tail) = row.as_chunks();
    let (coded_blocks, coded_tail) = numbers.as_chunks_mut();
    for (values, numbers) in blocks.iter().zip(coded_blocks) {
        take(values, numbers);
    }
    let (mut values, mut last) = ([0.0; LANES], [0; LANES]);
    values[..tail.len()].copy_from_slice(tail);
    take(&values, &mut last);
    coded_tail.copy_from_slice(&last[..coded_tail.len()]);
    let norm = |squares: [f64; LANES]| squares.iter().sum::<f64>().sqrt();
    Code {
        scale,
        size: norm(size),
        coded: norm(coded),
        residual: norm(residual),
    }
}

fn largest_size(row: &[f64]) -> f64 {
    let mut tops = [0.0; LANES];
    let (blocks, tail) = row.as_chunks::<LANES>();
    for block in blocks {
        for (top, v) in tops.iter_mut().zip(block) {
            *top = if v.abs() > *top { v.abs() } else { *top };
        }
    }
    let all = tail.iter().chain(&tops);
    all.fold(0.0, |top, v| top.max(v.abs()))
}

/// Tells if single precision holds the products of a row of this size, and their errors.
fn is_bounded(size: f64, own: f64) -> bool {
    (size == 0.0 || (1e-15..1e15).contains(&size)) && own.abs() < 1e30
}

/// Not less than `value`.
fn up(value: f64) -> f32 {
    value as f32 * (1.0 + SLACK)
}

/// Rows of a block that one thread codes; a multiple of the columns of a panel.
const BLOCK: usize = 256;

impl Stored {
    /// Codes `count` rows from `first`, and makes them ready for exact distances.
    pub(super) fn of(
        set: &Prepared<'_>,
        shape: KeyShape,
        bytes: ByteProducts,
        (first, count): (usize, usize),
    ) -> Result<(Self, Batch)> {
        let (stored, batches) = Self::coded((count, shape.width), bytes, |at, keys, own| {
            let batch = set.run(first + at, own.len())?;
            set.fill_keys(&batch, Side::Stored, keys, own)?;
            Ok(batch)
        })?;
        Ok((stored, Batch::join(batches)))
    }

    /// Codes `count` key rows of `width` columns. `fill` is called with the first of some rows, and writes
    /// these and the number of each; what it returns comes back in the order of the rows.
    pub(in crate::jobs) fn coded<T: Send>(
        (count, width): (usize, usize),
        bytes: ByteProducts,
        fill: impl Fn(usize, &mut [f64], &mut [f64]) -> Result<T> + Sync,
    ) -> Result<(Self, Vec<T>)> {
        let quads = width.div_ceil(QUAD);
        let padded = count.div_ceil(PANEL_BYTES) * PANEL_BYTES;
        let mut stored = Self {
            quads,
            codes: Lines::zeros(padded * quads * QUAD + BEHIND_PANELS)?,
            scale: filled("rows as bytes", padded, 0.0)?,
            norm: filled("rows as bytes", padded, 0.0)?,
            residual: filled("rows as bytes", padded, 0.0)?,
            // No key of a column that is not there, or has no bound, reaches anything.
            own: filled("rows as bytes", padded, f32::INFINITY)?,
            unbounded: Vec::new(),
        };
        let offset = zero_of(bytes);
        let largest = f64::from(offset - 1);
        let panel = PANEL_BYTES * quads * QUAD;
        let blocks = (stored.codes.par_chunks_mut(BLOCK / PANEL_BYTES * panel))
            .zip(stored.scale.par_chunks_mut(BLOCK))
            .zip(stored.norm.par_chunks_mut(BLOCK))
            .zip(stored.residual.par_chunks_mut(BLOCK))
            .zip(stored.own.par_chunks_mut(BLOCK))
            .enumerate();
        let coded = all(
            blocks,
            |(block, ((((codes, scale), norm), residual), own))| {
                let at = block * BLOCK;
                let count = BLOCK.min(count - at);
                let mut keys = filled("key rows", count.saturating_mul(width), 0.0)?;
                let mut numbers = vec![0.0; count];
                let filled = fill(at, &mut keys, &mut numbers)?;
                let mut unbounded = Vec::new();
                let mut row_codes = vec![0; width];
                for (i, row) in keys.chunks_exact(width).enumerate() {
                    let code = code(row, largest, &mut row_codes);
                    let codes = &mut codes[i / PANEL_BYTES * panel..][..panel];
                    let places = codes.chunks_exact_mut(PANEL_BYTES * QUAD);
                    for (place, quad) in places.zip(row_codes.chunks(QUAD)) {
                        let bytes = &mut place[i % PANEL_BYTES * QUAD..][..quad.len()];
                        for (byte, number) in bytes.iter_mut().zip(quad) {
                            *byte = (i32::from(*number) + offset) as u8;
                        }
                    }
                    if !is_bounded(code.size, numbers[i]) {
                        unbounded.push(at + i);
                        continue;
                    }
                    scale[i] = code.scale;
                    norm[i] = up(code.size);
                    residual[i] = up(code.residual);
                    let number = numbers[i] as f32;
                    own[i] = number - SLACK * number.abs();
                }
                Ok((filled, unbounded))
            },
        )?;
        let (filled, unbounded): (Vec<T>, Vec<Vec<usize>>) = coded.into_iter().unzip();
        stored.unbounded.extend(unbounded.into_iter().flatten());
        Ok((stored, filled))
    }

    /// Bytes that a row takes.
    pub(super) fn row_bytes(shape: KeyShape) -> usize {
        shape.width.div_ceil(QUAD) * QUAD + 4 * size_of::<f32>()
    }

    /// Rows of a range whose size is beyond single precision, as [`Asked::unbounded`].
    pub(super) fn unbounded(&self, range: &Range<usize>) -> &[usize] {
        let place = |end| self.unbounded.partition_point(|row| *row < end);
        &self.unbounded[place(range.start)..place(range.end)]
    }

    fn terms(&self, panel: usize) -> ColumnTerms<'_> {
        fn part(values: &[f32], panel: usize) -> &[f32; PANEL_BYTES] {
            &values.as_chunks().0[panel]
        }
        ColumnTerms {
            scale: part(&self.scale, panel),
            norm: part(&self.norm, panel),
            residual: part(&self.residual, panel),
            own: part(&self.own, panel),
        }
    }
}

/// The byte that stands for 0 in a panel.
fn zero_of(bytes: ByteProducts) -> i32 {
    (i32::from(bytes.largest_unsigned()) + 1) / 2
}

impl Asked {
    /// Codes the rows of a batch.
    pub(super) fn of(
        set: &Prepared<'_>,
        shape: KeyShape,
        bytes: ByteProducts,
        batch: &Batch,
    ) -> Result<Self> {
        let count = batch.len();
        let mut keys = filled("key rows", count.saturating_mul(shape.width), 0.0)?;
        let mut own = filled("key rows", count, 0.0)?;
        set.fill_keys(batch, Side::Query, &mut keys, &mut own)?;
        let mut asked = Self::coded(shape.width, bytes, &keys, &own)?;
        if count > OCTET && has_tiles(set.isa()) {
            asked.widen(count)?;
        }
        Ok(asked)
    }

    /// Codes key rows of `width` columns, each with its number.
    pub(in crate::jobs) fn coded(
        width: usize,
        bytes: ByteProducts,
        keys: &[f64],
        own: &[f64],
    ) -> Result<Self> {
        let quads = width.div_ceil(QUAD);
        let padded = own.len().div_ceil(OCTET) * OCTET;
        let mut asked = Self {
            bytes,
            quads,
            codes: filled("rows as bytes", padded * quads * QUAD, 0)?,
            wide: Wide::default(),
            rows: filled("rows as bytes", padded, AskedRow::default())?,
            unbounded: Vec::new(),
        };
        let mut row_codes = vec![0; width];
        for (i, row) in keys.chunks_exact(width).enumerate() {
            let code = code(row, 127.0, &mut row_codes);
            let octet = OCTET * quads * QUAD;
            let codes = &mut asked.codes[i / OCTET * octet..][..octet];
            let places = codes.chunks_exact_mut(OCTET * QUAD);
            for (place, quad) in places.zip(row_codes.chunks(QUAD)) {
                place[i % OCTET * QUAD..][..quad.len()].copy_from_slice(quad);
            }
            let sum: i32 = row_codes.iter().map(|number| i32::from(*number)).sum();
            if !is_bounded(code.size, own[i]) {
                asked.unbounded.push(i);
                continue;
            }
            asked.rows[i] = AskedRow {
                terms: RowTerms {
                    // Panels hold each number shifted, so that it is not negative.
                    start: -zero_of(bytes) * sum,
                    scale: code.scale,
                    norm: up(code.coded),
                    residual: up(code.residual + f64::from(SLACK) * code.size),
                    threshold: 0.0,
                },
                own: own[i],
                size: code.size,
            };
        }
        Ok(asked)
    }

    /// Lays the codes out for tiles.
    fn widen(&mut self, count: usize) -> Result<()> {
        let row = (self.quads * QUAD).next_multiple_of(TILE_BYTES);
        let mut codes = Lines::zeros(count.next_multiple_of(TILE_ROWS) * row)?;
        let group = TILE_ROWS * row;
        for i in 0..count {
            let octet = &self.codes[i / OCTET * OCTET * self.quads * QUAD..];
            let quads = octet.chunks_exact(QUAD).skip(i % OCTET).step_by(OCTET);
            let steps =
                codes[i / TILE_ROWS * group..][..group].chunks_exact_mut(TILE_ROWS * TILE_BYTES);
            let places = steps.flat_map(|step| {
                step[i % TILE_ROWS * TILE_BYTES..][..TILE_BYTES].chunks_exact_mut(QUAD)
            });
            for (place, quad) in places.zip(quads).take(self.quads) {
                place.copy_from_slice(quad);
            }
        }
        self.wide = Wide { codes, row };
        Ok(())
    }

    /// Tile registers for these rows, where there are rows enough and registers.
    pub(super) fn tiles(&self, isa: Isa) -> Option<Tiles> {
        (!self.wide.codes.is_empty())
            .then(|| Tiles::begin(isa))
            .flatten()
    }

    /// [`Self::above`] of thirty-two rows.
    pub(super) fn above_in_tiles(
        &self,
        tiles: &Tiles,
        (group, used): (usize, usize),
        (stored, panel): (&Stored, usize),
        thresholds: &[f32; TILE_ROWS],
        reached: &mut Vec<Reached>,
    ) {
        let rows = self.terms(group * TILE_ROWS, thresholds);
        let bytes = TILE_ROWS * self.wide.row;
        tiles.above(
            (
                &self.wide.codes[group * bytes..][..bytes],
                self.wide.row,
                used,
            ),
            &stored.codes[panel * PANEL_BYTES * stored.quads * QUAD..],
            &rows,
            stored.terms(panel),
            reached,
        );
    }

    /// Terms of rows from `first` on, with these thresholds.
    fn terms<const N: usize>(&self, first: usize, thresholds: &[f32; N]) -> [RowTerms; N] {
        let mut rows = [RowTerms::default(); N];
        let known = self.rows[first..].iter().zip(thresholds);
        for (terms, (row, threshold)) in rows.iter_mut().zip(known) {
            *terms = RowTerms {
                threshold: *threshold,
                ..row.terms
            };
        }
        rows
    }

    /// Rows, without those that fill the last octet.
    pub(in crate::jobs) fn row(&self, row: usize) -> &AskedRow {
        &self.rows[row]
    }

    /// Rows whose size is beyond single precision. They reach no threshold above −∞: whoever searches
    /// measures them.
    pub(super) fn unbounded(&self) -> &[usize] {
        &self.unbounded
    }

    /// Pairs of the first `used` rows of an octet with a panel whose key may reach the threshold of
    /// its row.
    pub(in crate::jobs) fn above(
        &self,
        (octet, used): (usize, usize),
        stored: &Stored,
        panel: usize,
        thresholds: [f32; OCTET],
        reached: &mut Vec<Reached>,
    ) {
        let rows = self.terms(octet * OCTET, &thresholds);
        let (asked, panels) = (OCTET * self.quads * QUAD, PANEL_BYTES * stored.quads * QUAD);
        self.bytes.above(
            (&self.codes[octet * asked..][..asked], used),
            &stored.codes[panel * panels..][..panels],
            &rows,
            stored.terms(panel),
            reached,
        );
    }

    /// Bounds of a key that was found.
    pub(super) fn bounds(&self, row: usize, stored: &Stored, column: usize, upper: f32) -> Bounds {
        let terms = &self.rows[row].terms;
        let slack = terms.residual * stored.norm[column] + terms.norm * stored.residual[column];
        let rounding = SLACK * (upper.abs() + stored.own[column].abs());
        Bounds {
            lower: upper - 2.0 * (slack + rounding),
            upper,
        }
    }
}

impl AskedRow {
    /// A threshold that every key not below `key` reaches.
    pub(in crate::jobs) fn threshold(&self, key: f64) -> f32 {
        let relative = (key + self.own) as f32;
        let sizes = (key.abs() + self.own.abs() + self.size) as f32;
        relative - SLACK * sizes
    }
}

impl Bounds {
    /// Of a key that is off by no more than `bound`.
    pub(super) fn around(key: f64, bound: f64) -> Self {
        Self {
            lower: ((key - bound) as f32).next_down(),
            upper: ((key + bound) as f32).next_up(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::Draw;

    /// Element by element.
    fn plain(row: &[f64], largest: f64) -> (Vec<i8>, [f64; 3]) {
        let top = row.iter().fold(0.0f64, |top, v| top.max(v.abs()));
        let step = f64::from((top / largest) as f32);
        let near = |v: &f64| match step > 0.0 {
            true => (v / step).round_ties_even().clamp(-largest, largest),
            false => 0.0,
        };
        let norm = |term: &dyn Fn(f64, f64) -> f64| {
            let squares = row.iter().map(|v| term(*v, near(v) * step).powi(2));
            squares.sum::<f64>().sqrt()
        };
        let numbers = row.iter().map(|v| near(v) as i8).collect();
        (
            numbers,
            [norm(&|v, _| v), norm(&|_, back| back), norm(&|v, b| v - b)],
        )
    }

    #[test]
    fn codes_of_every_length_are_those_of_each_element() {
        let mut draw = Draw::new(3);
        for length in 0..70 {
            for unit in [0.0, 1e-300, 1e-12, 1.0, 1e9, 1e300] {
                for largest in [63.0, 127.0] {
                    let row: Vec<f64> = (0..length).map(|_| draw.centered() * unit).collect();
                    let mut numbers = vec![99; length];
                    let found = code(&row, largest, &mut numbers);
                    let (expected, [size, coded, residual]) = plain(&row, largest);
                    let most = largest as u8;
                    assert!(numbers.iter().all(|n| n.unsigned_abs() <= most));
                    // A row out of range has no bound, and its codes mean nothing.
                    if !is_bounded(size, 0.0) {
                        assert!(!is_bounded(found.size, 0.0), "{unit}");
                        continue;
                    }
                    assert_eq!(numbers, expected, "{length} {unit}");
                    let near = |a: f64, b: f64| (a - b).abs() <= 1e-12 * size;
                    assert!(near(found.size, size) && near(found.coded, coded));
                    assert!(near(found.residual, residual), "{length} {unit}");
                }
            }
        }
    }

    #[test]
    fn numbers_that_are_none_have_codes_in_range() {
        for odd in [f64::NAN, f64::INFINITY, -f64::INFINITY] {
            let mut numbers = [99; 9];
            let mut row = [1.0; 9];
            row[4] = odd;
            let found = code(&row, 127.0, &mut numbers);
            assert!(!is_bounded(found.size, 0.0));
            assert!(numbers.iter().all(|n| n.unsigned_abs() <= 127));
        }
    }
}
