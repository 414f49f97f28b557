//! One block of rows, summed on one thread.

use crate::error::{Code, Error, Result};
use crate::job::memory::filled;
use crate::kernels::products::{MultiplyPanels, PanelElement};
use crate::kernels::{Element, fetch, singles};
use crate::rows::{IGNORED, Invalid, RowSource};

/// Rows per block. Blocks are the unit of folding, so this number is part of the result.
pub(crate) const BLOCK_ROWS: usize = 2048;
/// Rows whose products are summed in the element type before they are widened. Part of the
/// result as well.
pub(crate) const TILE_ROWS: usize = 256;

/// Numbers between a row and the one that is asked for meanwhile.
const AHEAD: usize = 2048;

/// An element type that rows are read as and multiplied in.
pub(super) trait Sample: PanelElement {
    /// Rows `first..first + count`, lent or read into `buffer`.
    fn read<'a>(
        source: &'a dyn RowSource,
        first: usize,
        count: usize,
        buffer: &'a mut Vec<Self>,
    ) -> Result<&'a [Self]>;

    /// `(value − shift) · scale` in this type.
    fn shifted(self, shift: Self, scale: Self) -> Self;

    /// Asks the processor for rows that are read soon.
    fn fetch(rows: &[Self]);

    /// True if the product with any other number that passes is exact in this type: fused steps round as others do.
    fn is_exact_in_products(self) -> bool;
}

impl Sample for f32 {
    fn read<'a>(
        source: &'a dyn RowSource,
        first: usize,
        count: usize,
        buffer: &'a mut Vec<Self>,
    ) -> Result<&'a [Self]> {
        let dim = source.dim();
        if let Some(all) = source.as_f32() {
            return all
                .get(first * dim..(first + count) * dim)
                .ok_or_else(|| Error::internal("a source that lends fewer rows than it has"));
        }
        buffer.resize(count * dim, 0.0);
        source.read_rows_f32(first, buffer)?;
        Ok(buffer)
    }

    #[inline(always)]
    fn shifted(self, shift: Self, scale: Self) -> Self {
        (self - shift) * scale
    }

    #[inline(always)]
    fn fetch(rows: &[Self]) {
        fetch(singles(rows));
    }

    fn is_exact_in_products(self) -> bool {
        false
    }
}

impl Sample for f64 {
    fn read<'a>(
        source: &'a dyn RowSource,
        first: usize,
        count: usize,
        buffer: &'a mut Vec<Self>,
    ) -> Result<&'a [Self]> {
        buffer.resize(count * source.dim(), 0.0);
        source.read_rows_f64(first, buffer)?;
        Ok(buffer)
    }

    #[inline(always)]
    fn shifted(self, shift: Self, scale: Self) -> Self {
        (self - shift) * scale
    }

    /// They were read into a buffer just now.
    #[inline(always)]
    fn fetch(_: &[Self]) {}

    /// A single has 24 digits, and a product of two of them 48, of 53.
    #[inline(always)]
    fn is_exact_in_products(self) -> bool {
        f64::from(self as f32) == self
    }
}

/// State that all blocks of a pass share.
pub(super) struct Pass<'a, T> {
    pub(super) source: &'a dyn RowSource,
    /// Class numbers; empty when there are none.
    pub(super) of_row: &'a [u32],
    /// Weight of each class in the weighted scatter; empty when it is not wanted.
    pub(super) weights: &'a [f64],
    pub(super) shift: &'a [f64],
    pub(super) shift_narrow: Vec<T>,
    /// Power of two by which rows are multiplied before products are formed.
    pub(super) scale: f64,
    pub(super) scatter: bool,
    pub(super) fourth: bool,
    pub(super) invalid: Invalid,
    pub(super) multiply: MultiplyPanels<T>,
    /// The same for rows whose products are exact, where that is another.
    pub(super) multiply_exact: Option<MultiplyPanels<T>>,
}

impl<T: Sample> Pass<'_, T> {
    /// Columns with the padding of the last panel.
    pub(super) fn padded(&self) -> usize {
        self.shift.len().div_ceil(T::PANEL) * T::PANEL
    }
}

/// Sums of one block, and the room to compute them; used again for block after block.
pub(super) struct BlockSums<T> {
    pub(super) rows: u64,
    pub(super) skipped: u64,
    /// Upper panels of the scaled scatter, `padded × padded`.
    pub(super) scatter: Vec<f64>,
    /// The same with class weights.
    pub(super) weighted: Vec<f64>,
    pub(super) sum: Vec<f64>,
    pub(super) cubic: Vec<f64>,
    pub(super) quartic: f64,
    /// Classes in order of first appearance, with their rows and sums.
    pub(super) classes: Vec<u32>,
    pub(super) counts: Vec<u64>,
    pub(super) class_sums: Vec<f64>,
    slot_of_class: std::collections::HashMap<u32, usize>,
    packed: Vec<T>,
    packed_weighted: Vec<T>,
    buffer: Vec<T>,
    row: Vec<f64>,
}

impl<T: Sample> BlockSums<T> {
    pub(super) fn new(pass: &Pass<'_, T>) -> Result<Self> {
        let dim = pass.shift.len();
        let padded = pass.padded();
        let square = if pass.scatter {
            padded.saturating_mul(padded)
        } else {
            0
        };
        let weighted = !pass.weights.is_empty();
        let panel_room = |wanted: bool| {
            let count = if wanted { padded * TILE_ROWS } else { 0 };
            filled("packed rows", count, T::default())
        };
        Ok(Self {
            rows: 0,
            skipped: 0,
            scatter: filled("a scatter matrix", square, 0.0)?,
            weighted: filled("a scatter matrix", if weighted { square } else { 0 }, 0.0)?,
            sum: filled("a sum", dim, 0.0)?,
            cubic: filled("a sum", dim, 0.0)?,
            quartic: 0.0,
            classes: Vec::new(),
            counts: Vec::new(),
            class_sums: Vec::new(),
            slot_of_class: std::collections::HashMap::new(),
            packed: panel_room(pass.scatter)?,
            packed_weighted: panel_room(pass.scatter && weighted)?,
            buffer: Vec::new(),
            row: filled("a row", dim, 0.0)?,
        })
    }

    fn clear(&mut self) {
        self.rows = 0;
        self.skipped = 0;
        self.scatter.fill(0.0);
        self.weighted.fill(0.0);
        self.sum.fill(0.0);
        self.cubic.fill(0.0);
        self.quartic = 0.0;
        self.classes.clear();
        self.counts.clear();
        self.class_sums.clear();
        self.slot_of_class.clear();
    }

    /// Sums rows `first..first + count` afresh.
    pub(super) fn run(&mut self, pass: &Pass<'_, T>, first: usize, count: usize) -> Result<()> {
        self.clear();
        let mut done = 0;
        while done < count {
            let step = TILE_ROWS.min(count - done);
            let (used, exact) = self.pack(pass, first + done, step)?;
            if pass.scatter && used > 0 {
                self.multiply(pass, used, exact);
            }
            done += step;
        }
        // The total is the sum over classes, which saves one addition per value.
        let dim = pass.shift.len();
        for sums in self.class_sums.chunks_exact(dim) {
            for (total, &value) in self.sum.iter_mut().zip(sums) {
                *total += value;
            }
        }
        Ok(())
    }

    /// Reads rows, adds them to every sum but the scatters, and packs them; returns how many
    /// were used, and whether there is another product for them.
    fn pack(&mut self, pass: &Pass<'_, T>, first: usize, count: usize) -> Result<(usize, bool)> {
        let dim = pass.shift.len();
        let stride = TILE_ROWS * T::PANEL;
        let scale = T::from_f64(pass.scale);
        let mut buffer = std::mem::take(&mut self.buffer);
        let rows = T::read(pass.source, first, count, &mut buffer)?;
        let mut used = 0;
        let mut last = (IGNORED, 0);
        let mut exact = pass.multiply_exact.is_some();
        for (offset, row) in rows.chunks_exact(dim).enumerate() {
            T::fetch(ahead(rows, offset, dim));
            let class = pass.of_row.get(first + offset).copied().unwrap_or(0);
            if class == IGNORED {
                continue;
            }
            let about_shift = || row.iter().zip(pass.shift).map(|(x, c)| x.widen() - c);
            // Without the squared length, one look at the numbers tells that it is finite.
            let square = if pass.fourth || !square_is_finite(row, pass.shift) {
                self.row
                    .iter_mut()
                    .zip(about_shift())
                    .for_each(|(to, u)| *to = u);
                squared_norm(&self.row)
            } else {
                0.0
            };
            if !square.is_finite() {
                match pass.invalid {
                    Invalid::Refuse => return Err(invalid_row(row, first + offset)),
                    Invalid::Skip => {
                        self.skipped += 1;
                        continue;
                    }
                }
            }
            // Rows of one class tend to stand together.
            if last.0 != class || self.classes.is_empty() {
                last = (class, self.slot(class, dim)?);
            }
            self.counts[last.1] += 1;
            let sums = &mut self.class_sums[last.1 * dim..][..dim];
            for (sum, u) in sums.iter_mut().zip(about_shift()) {
                *sum += u;
            }
            if pass.fourth {
                self.quartic += square * square;
                for (cubic, &u) in self.cubic.iter_mut().zip(&self.row) {
                    *cubic += square * u;
                }
            }
            if pass.scatter {
                let start = used * T::PANEL;
                let panels = self.packed.chunks_exact_mut(stride);
                let shifts = pass.shift_narrow.chunks(T::PANEL);
                for ((panel, row), shift) in panels.zip(row.chunks(T::PANEL)).zip(shifts) {
                    let out = &mut panel[start..start + T::PANEL];
                    for ((out, &x), &c) in out.iter_mut().zip(row).zip(shift) {
                        *out = x.shifted(c, scale);
                    }
                    exact = exact && are_exact(out);
                }
                if let Some(&weight) = pass.weights.get(class as usize) {
                    let panels = self.packed_weighted.chunks_exact_mut(stride);
                    let shifts = pass.shift_narrow.chunks(T::PANEL);
                    for ((panel, row), shift) in panels.zip(row.chunks(T::PANEL)).zip(shifts) {
                        let out = &mut panel[start..start + T::PANEL];
                        for ((out, &x), &c) in out.iter_mut().zip(row).zip(shift) {
                            *out = T::from_f64(weight * x.shifted(c, scale).widen());
                        }
                    }
                }
            }
            used += 1;
        }
        self.rows += used as u64;
        self.buffer = buffer;
        Ok((used, exact))
    }

    fn slot(&mut self, class: u32, dim: usize) -> Result<usize> {
        if let Some(&slot) = self.slot_of_class.get(&class) {
            return Ok(slot);
        }
        let slot = self.classes.len();
        self.class_sums
            .try_reserve(dim)
            .map_err(|_| Error::memory("class sums", dim as u128 * 8))?;
        self.class_sums.resize((slot + 1) * dim, 0.0);
        self.classes.push(class);
        self.counts.push(0);
        self.slot_of_class.insert(class, slot);
        Ok(slot)
    }

    /// Adds the products of the packed rows to the upper panels of the scatters.
    fn multiply(&mut self, pass: &Pass<'_, T>, used: usize, exact: bool) {
        let padded = pass.padded();
        let panels = padded / T::PANEL;
        let stride = TILE_ROWS * T::PANEL;
        let depth = used * T::PANEL;
        let add = |left: &[T], multiply: MultiplyPanels<T>, out: &mut [f64]| {
            for q in 0..panels {
                let b = &self.packed[q * stride..][..depth];
                for p in 0..=q {
                    let a = &left[p * stride..][..depth];
                    let out = &mut out[p * T::PANEL * padded + q * T::PANEL..];
                    multiply(a, b, out, padded);
                }
            }
        };
        let own = pass.multiply_exact.filter(|_| exact);
        add(
            &self.packed,
            own.unwrap_or(pass.multiply),
            &mut self.scatter,
        );
        if !self.weighted.is_empty() {
            add(&self.packed_weighted, pass.multiply, &mut self.weighted);
        }
    }
}

/// As much as a row, some rows further on: far enough to arrive in time.
pub(crate) fn ahead<T>(rows: &[T], row: usize, dim: usize) -> &[T] {
    let from = row * dim + (AHEAD / dim + 1) * dim;
    rows.get(from..from + dim).unwrap_or_default()
}

/// Σx², over eight lanes in a fixed order.
pub(crate) fn squared_norm(row: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let chunks = row.chunks_exact(8);
    let rest: f64 = chunks.remainder().iter().map(|v| v * v).sum();
    for chunk in chunks {
        for (lane, &v) in lanes.iter_mut().zip(chunk) {
            *lane += v * v;
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    (((a + e) + (c + g)) + ((b + f) + (d + h))) + rest
}

/// Σ(x − c)²: the bits of [`squared_norm`] of the row less the center, which has as many numbers.
pub(crate) fn squared_distance<T: Element>(row: &[T], center: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (rows, row_rest) = row.as_chunks::<8>();
    let (centers, center_rest) = center.as_chunks::<8>();
    let square = |x: T, c: f64| (x.widen() - c) * (x.widen() - c);
    let rest = row_rest.iter().zip(center_rest);
    let rest: f64 = rest.map(|(x, c)| square(*x, *c)).sum();
    for (row, center) in rows.iter().zip(centers) {
        for lane in 0..8 {
            lanes[lane] += square(row[lane], center[lane]);
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    (((a + e) + (c + g)) + ((b + f) + (d + h))) + rest
}

/// True only if Σ(x − c)² is finite, without a branch for each number.
fn square_is_finite<T: Element>(row: &[T], shift: &[f64]) -> bool {
    /// Its square times 10⁸ columns is in the range of doubles.
    const MOST: f64 = 1e150;
    let within = |x: &T, c: &f64| (x.widen() - c).abs() < MOST;
    let pairs = row.iter().zip(shift);
    pairs.fold(0u32, |wrong, (x, c)| wrong | u32::from(!within(x, c))) == 0
}

/// True if products of any two of these are exact.
fn are_exact<T: Sample>(values: &[T]) -> bool {
    let wrong = |wrong, x: &T| wrong | u32::from(!x.is_exact_in_products());
    values.iter().fold(0u32, wrong) == 0
}

fn invalid_row<T: Element>(values: &[T], row: usize) -> Error {
    let bad = |(_, v): &(usize, f64)| !v.is_finite();
    match values.iter().map(|v| v.widen()).enumerate().find(bad) {
        Some((column, value)) => Error::new(Code::NotFinite, format!("{value}"), "a finite number")
            .with_row(row)
            .with_column(column)
            .with_hint("Drop the row")
            .with_advice("leave out all such rows", "skipInvalid", Some("true")),
        None => Error::new(
            Code::NotFinite,
            "a row whose squared length overflows",
            "smaller values",
        )
        .with_row(row)
        .with_hint("Scale the rows down"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Lcg;

    #[test]
    fn squares_about_a_center_are_those_of_the_differences() {
        let mut random = Lcg(5);
        for dim in [0, 1, 7, 8, 9, 40, 129] {
            let row: Vec<f32> = (0..dim).map(|_| random.single()).collect();
            let center: Vec<f64> = (0..dim).map(|_| random.double()).collect();
            let pairs = row.iter().zip(&center);
            let gaps: Vec<f64> = pairs.map(|(x, c)| f64::from(*x) - c).collect();
            let found = squared_distance(&row, &center);
            assert_eq!(found.to_bits(), squared_norm(&gaps).to_bits(), "{dim}");
        }
    }
}
