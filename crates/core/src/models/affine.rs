//! Maps of rows: affine ones, composed as far as they go, and length normalisation.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use ndarray::{Array1, Array2, ArrayRef2};
use rayon::prelude::*;

use crate::error::{Code, Error, Result};
use crate::job::memory::{filled, reserve};
use crate::kernels::Isa;
use crate::kernels::products::PanelElement;
use crate::linalg::{multiply, multiply_vector};

/// y = M (x − c) − b. Subtracting the center first keeps digits when the mean is large.
#[derive(Clone, Debug, PartialEq)]
pub struct Affine {
    pub(super) center: Array1<f64>,
    pub(super) matrix: Option<Array2<f64>>,
    pub(super) bias: Option<Array1<f64>>,
}

impl Affine {
    /// The map with center `d`, matrix `k × d` (the identity if absent) and bias `k` (zero if
    /// absent; given only with a matrix).
    ///
    /// Errors: `EDIMENSION` if they do not fit each other.
    pub fn new(
        center: Array1<f64>,
        matrix: Option<Array2<f64>>,
        bias: Option<Array1<f64>>,
    ) -> Result<Self> {
        let (rows, cols) = matrix.as_ref().map_or((0, center.len()), |m| m.dim());
        if cols != center.len() || bias.as_ref().is_some_and(|b| b.len() != rows) {
            return Err(Error::new(
                Code::Dimension,
                format!("a center of {} values", center.len()),
                format!("a matrix of {rows} x {cols}, and a bias of {rows} values"),
            ));
        }
        Ok(Self {
            center,
            matrix,
            bias,
        })
    }

    /// The identity on `dim` columns.
    pub(super) fn identity(dim: usize) -> Self {
        Self {
            center: Array1::zeros(dim),
            matrix: None,
            bias: None,
        }
    }

    /// Columns in.
    pub fn input_dim(&self) -> usize {
        self.center.len()
    }

    /// Columns out.
    pub fn output_dim(&self) -> usize {
        self.matrix
            .as_ref()
            .map_or(self.center.len(), |m| m.nrows())
    }

    /// c.
    pub fn center(&self) -> &Array1<f64> {
        &self.center
    }

    /// M, or nothing for the identity.
    pub fn matrix(&self) -> Option<&Array2<f64>> {
        self.matrix.as_ref()
    }

    /// b, or nothing for zero.
    pub fn bias(&self) -> Option<&Array1<f64>> {
        self.bias.as_ref()
    }

    /// Follows the map by x ← x − c.
    pub(super) fn then_subtract(&mut self, c: &Array1<f64>) {
        if self.matrix.is_none() {
            self.center += c;
        } else {
            *self.bias.get_or_insert_with(|| Array1::zeros(c.len())) += c;
        }
    }

    /// Follows the map by x ← M x.
    pub(super) fn then_multiply(&mut self, m: &ArrayRef2<f64>) -> Result<()> {
        self.matrix = Some(match &self.matrix {
            Some(first) => multiply(m, first)?,
            None => m.to_owned(),
        });
        if let Some(bias) = &mut self.bias {
            *bias = multiply_vector(m, bias);
        }
        Ok(())
    }

    /// Turns a map of rows divided by `unit`, a power of two, into that of the rows; what it leads to
    /// is divided by `unit` as well, or in no unit of the rows.
    pub(super) fn take_unit(&mut self, unit: f64, unitless: bool) {
        self.center *= unit;
        if !unitless {
            self.bias.iter_mut().for_each(|bias| *bias *= unit);
        } else if let Some(matrix) = &mut self.matrix {
            *matrix *= 1.0 / unit;
        }
    }

    fn is_identity(&self) -> bool {
        self.matrix.is_none() && self.center.iter().all(|&c| c == 0.0)
    }
}

/// One stage of a model.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// An affine map.
    Affine(Affine),
    /// x / ‖x‖ (Garcia-Romero and Espy-Wilson 2011); the zero vector stays as it is.
    LengthNorm,
}

/// Stages made ready to map many rows.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    input: usize,
    output: usize,
    /// Rows mapped by one task.
    block: usize,
    stages: Vec<Packed>,
}

#[derive(Clone, Debug)]
enum Packed {
    Subtract(Array1<f64>),
    Affine(Product),
    /// Of rows of so many columns.
    LengthNorm(usize),
}

/// An affine map with a matrix.
#[derive(Clone, Debug)]
struct Product {
    center: Array1<f64>,
    panels: Panels,
    bias: Option<Array1<f64>>,
    output: usize,
    /// Turned by each row that is mapped alone; see [`multiply_each_row`].
    backwards: Arc<AtomicBool>,
}

/// M in panels of outputs: panel, then column of M, then output.
#[derive(Clone, Debug)]
struct Panels {
    room: Vec<f64>,
    /// Place of the first panel, where a line of the cache begins: a register is then read from one line.
    start: usize,
}

const PANEL: usize = <f64 as PanelElement>::PANEL;
/// Doubles of a line of the cache.
const LINE: usize = 8;
/// Rows mapped by one task, where they are not wide.
const BLOCK: usize = 64;
/// Rows that are mapped one by one sooner than in a panel, which takes the time of six.
const FEW_ROWS: usize = 4;
/// Bytes that the widest rows of a task may take, beyond a panel: a file decides how wide they are.
const BLOCK_BYTES: usize = 4 << 20;

impl Chain {
    /// Prepares `stages` for rows of `input` columns.
    ///
    /// Errors: `EDIMENSION` if they do not fit each other, or if one leaves no column: a product
    /// over no column would be a matrix of any size that takes no byte of a file.
    pub(super) fn new(input: usize, stages: &[Stage]) -> Result<Self> {
        let (mut dim, mut widest) = (at_least_one(input)?, input);
        let mut packed = Vec::new();
        for stage in stages {
            match stage {
                Stage::LengthNorm => packed.push(Packed::LengthNorm(dim)),
                Stage::Affine(map) => {
                    if map.input_dim() != dim {
                        return Err(Error::new(
                            Code::Dimension,
                            format!("a map of {} columns", map.input_dim()),
                            format!("{dim}"),
                        ));
                    }
                    dim = at_least_one(map.output_dim())?;
                    widest = widest.max(dim);
                    if map.is_identity() {
                        continue;
                    }
                    let center = map.center.clone();
                    packed.push(match &map.matrix {
                        None => Packed::Subtract(center),
                        Some(matrix) => Packed::Affine(Product {
                            center,
                            panels: Panels::new(matrix)?,
                            bias: map.bias.clone(),
                            output: dim,
                            backwards: Arc::default(),
                        }),
                    });
                }
            }
        }
        Ok(Self {
            input,
            output: dim,
            block: (BLOCK_BYTES / size_of::<f64>() / widest).clamp(PANEL, BLOCK),
            stages: packed,
        })
    }

    pub(super) fn input_dim(&self) -> usize {
        self.input
    }

    pub(super) fn output_dim(&self) -> usize {
        self.output
    }

    /// Maps `rows` (`n × input`) to `out` (`n × output`), blocks of rows in parallel. The bits of
    /// a row do not depend on the rows beside it.
    ///
    /// Errors: `EMEMORY`.
    pub(super) fn apply(&self, rows: &[f64], out: &mut [f64]) -> Result<()> {
        let block = self.block * self.output;
        if out.len() <= block {
            // To hand one task to a pool takes a while, and a row is mapped soon.
            return self.apply_block(rows, out);
        }
        out.par_chunks_mut(block)
            .zip(rows.par_chunks(self.block * self.input))
            .map(|(out, rows)| self.apply_block(rows, out))
            .collect::<Vec<Result<()>>>()
            .into_iter()
            .collect()
    }

    /// The last product writes to `out`, and what follows it changes the rows there: no row is copied for its own sake.
    fn apply_block(&self, rows: &[f64], out: &mut [f64]) -> Result<()> {
        let mut current = Cow::Borrowed(rows);
        let products = self.stages.iter().rposition(Packed::is_product);
        let (until, after) = self.stages.split_at(products.map_or(0, |last| last + 1));
        for (place, stage) in until.iter().enumerate() {
            match stage {
                Packed::Affine(map) if place + 1 == until.len() => {
                    multiply_rows(map, &current, out)?;
                }
                Packed::Affine(map) => {
                    let count = current.len() / map.center.len();
                    let mut mapped = filled("mapped rows", count.saturating_mul(map.output), 0.0)?;
                    multiply_rows(map, &current, &mut mapped)?;
                    current = Cow::Owned(mapped);
                }
                stage => {
                    if let Cow::Borrowed(rows) = current {
                        let mut copy = reserve("mapped rows", rows.len())?;
                        copy.extend_from_slice(rows);
                        current = Cow::Owned(copy);
                    }
                    stage.change(current.to_mut());
                }
            }
        }
        if until.is_empty() {
            out.copy_from_slice(rows);
        }
        after.iter().for_each(|stage| stage.change(out));
        Ok(())
    }
}

impl Packed {
    fn is_product(&self) -> bool {
        matches!(self, Self::Affine(_))
    }

    /// Changes rows where they lie; those of a product lead elsewhere.
    fn change(&self, rows: &mut [f64]) {
        match self {
            Self::LengthNorm(dim) => normalize_rows(rows, *dim),
            Self::Subtract(center) => subtract(center, rows),
            Self::Affine(_) => {}
        }
    }
}

/// Refuses a width of 0.
fn at_least_one(columns: usize) -> Result<usize> {
    if columns > 0 {
        return Ok(columns);
    }
    let found = "a map from or to no columns";
    Err(Error::new(Code::Dimension, found, "at least one column"))
}

fn normalize_rows(rows: &mut [f64], dim: usize) {
    for row in rows.chunks_exact_mut(dim) {
        let norm = length(row);
        // A row that is not finite keeps its values, so that whoever meets it can name the
        // column.
        if norm > 0.0 && norm.is_finite() {
            row.iter_mut().for_each(|v| *v /= norm);
        }
    }
}

/// ‖x‖ without overflow or underflow of the squares.
pub(super) fn length(row: &[f64]) -> f64 {
    let square: f64 = row.iter().map(|v| v * v).sum();
    if square.is_finite() && square > f64::MIN_POSITIVE {
        return square.sqrt();
    }
    let largest = row.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    largest
        * row
            .iter()
            .map(|v| (v / largest) * (v / largest))
            .sum::<f64>()
            .sqrt()
}

impl Panels {
    /// Packs `M` (`k × d`).
    fn new(m: &ArrayRef2<f64>) -> Result<Self> {
        let (k, d) = m.dim();
        let numbers = (k.next_multiple_of(PANEL)).saturating_mul(d);
        let mut room = filled("a packed map", numbers.saturating_add(LINE), 0.0)?;
        let start = room.as_ptr().addr().wrapping_neg() / size_of::<f64>() % LINE;
        for ((i, j), &value) in m.indexed_iter() {
            let (panel, lane) = (i / PANEL, i % PANEL);
            room[start + panel * PANEL * d + j * PANEL + lane] = value;
        }
        room.truncate(start + numbers);
        Ok(Self { room, start })
    }

    fn get(&self) -> &[f64] {
        &self.room[self.start..]
    }
}

fn subtract(center: &Array1<f64>, rows: &mut [f64]) {
    for row in rows.chunks_exact_mut(center.len()) {
        for (v, c) in row.iter_mut().zip(center) {
            *v -= c;
        }
    }
}

/// Writes M (x − c) − b of each row.
fn multiply_rows(map: &Product, rows: &[f64], out: &mut [f64]) -> Result<()> {
    let (d, k) = (map.center.len(), map.output);
    let padded = k.div_ceil(PANEL) * PANEL;
    if rows.len() <= FEW_ROWS * d {
        return multiply_each_row(map, rows, padded, out);
    }
    let multiply = f64::multiply_panels(Isa::best());
    let mut transposed = filled("a panel of rows", PANEL.saturating_mul(d), 0.0)?;
    let mut tile = filled("a panel of mapped rows", PANEL.saturating_mul(padded), 0.0)?;
    for (group, out) in rows.chunks(PANEL * d).zip(out.chunks_mut(PANEL * k)) {
        map.transpose(group, &mut transposed);
        tile.fill(0.0);
        for (p, panel) in map.panels.get().chunks_exact(PANEL * d).enumerate() {
            multiply(&transposed, panel, &mut tile[p * PANEL..], padded);
        }
        for (row, out) in tile.chunks_exact(padded).zip(out.chunks_exact_mut(k)) {
            map.write_biased(row, out);
        }
    }
    Ok(())
}

/// [`multiply_rows`] of few rows, to the same bits: a panel would be filled for them alone.
///
/// Each row walks the panels against the direction of the one before. A map may be as large as the cache, which
/// walks in one direction would leave with none of the panels that come next. Each output is a sum of its own.
fn multiply_each_row(map: &Product, rows: &[f64], padded: usize, out: &mut [f64]) -> Result<()> {
    let multiply = f64::multiply_row(Isa::best());
    let (d, panels) = (map.center.len(), map.panels.get());
    let mut centered = reserve("a row", d)?;
    let mut mapped = filled("a mapped row", padded, 0.0)?;
    for (row, out) in rows.chunks_exact(d).zip(out.chunks_exact_mut(map.output)) {
        centered.clear();
        centered.extend_from_slice(row);
        subtract(&map.center, &mut centered);
        mapped.fill(0.0);
        // Two panels at a time, as the kernel takes them.
        let pairs = (panels.chunks(2 * PANEL * d)).zip(mapped.chunks_mut(2 * PANEL));
        let one = |(panels, out): (&[f64], &mut [f64])| multiply(&centered, panels, out);
        match map.backwards.fetch_not(Relaxed) {
            true => pairs.rev().for_each(one),
            false => pairs.for_each(one),
        }
        map.write_biased(&mapped, out);
    }
    Ok(())
}

impl Product {
    /// Writes x − c of at most a panel of rows, the rows of a column side by side.
    fn transpose(&self, rows: &[f64], transposed: &mut [f64]) {
        let d = self.center.len();
        let center = self.center.as_slice().unwrap_or_default();
        // A few columns at a time, whose places stay in the nearest cache.
        for (columns, out) in (0..d)
            .step_by(LINE)
            .zip(transposed.chunks_mut(LINE * PANEL))
        {
            let columns = columns..(columns + LINE).min(d);
            for (lane, row) in rows.chunks_exact(d).enumerate() {
                let values = row[columns.clone()].iter().zip(&center[columns.clone()]);
                for (out, (v, c)) in out[lane..].iter_mut().step_by(PANEL).zip(values) {
                    *out = v - c;
                }
            }
        }
    }

    /// Writes a product, which may have padding behind it, less the bias.
    fn write_biased(&self, row: &[f64], out: &mut [f64]) {
        match &self.bias {
            Some(bias) => {
                for ((out, v), b) in out.iter_mut().zip(row).zip(bias) {
                    *out = v - b;
                }
            }
            None => out.copy_from_slice(&row[..self.output]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bits_of_a_row_do_not_depend_on_how_many_are_mapped_with_it() {
        let number = |i: usize| ((i * i) as f64 * 0.37).sin();
        let (d, k) = (7, 5 * PANEL + 3);
        let matrix = Array2::from_shape_fn((k, d), |(i, j)| number(i * d + j));
        let (center, bias) = (
            Array1::from_shape_fn(d, number),
            Array1::from_shape_fn(k, number),
        );
        let map = Affine::new(center, Some(matrix), Some(bias)).unwrap();
        let chain = Chain::new(d, &[Stage::Affine(map), Stage::LengthNorm]).unwrap();
        for count in 1..=PANEL + FEW_ROWS {
            let rows: Vec<f64> = (0..count * d).map(|i| number(i + 5)).collect();
            let mut together = vec![0.0; count * k];
            chain.apply(&rows, &mut together).unwrap();
            for (row, mapped) in rows.chunks_exact(d).zip(together.chunks_exact(k)) {
                // In a panel, whatever there is beside it.
                let mut beside = [row.repeat(FEW_ROWS), row.to_vec()].concat();
                beside[..d].fill(1.0);
                let mut panel = vec![0.0; (FEW_ROWS + 1) * k];
                chain.apply(&beside, &mut panel).unwrap();
                assert_eq!(mapped, &panel[FEW_ROWS * k..], "{count} rows");
            }
        }
    }

    /// One stage after the other, element by element.
    fn plainly(stages: &[Stage], row: &[f64]) -> Vec<f64> {
        stages.iter().fold(row.to_vec(), |row, stage| match stage {
            Stage::LengthNorm => {
                let norm = row.iter().map(|v| v * v).sum::<f64>().sqrt();
                let divided = row.iter().map(|v| if norm > 0.0 { v / norm } else { *v });
                divided.collect()
            }
            Stage::Affine(map) => {
                let centered = Array1::from_iter(row.iter().zip(&map.center).map(|(v, c)| v - c));
                let mut out = match &map.matrix {
                    Some(matrix) => matrix.dot(&centered),
                    None => centered,
                };
                if let Some(bias) = &map.bias {
                    out -= bias;
                }
                out.to_vec()
            }
        })
    }

    #[test]
    fn stages_in_every_order_are_those_of_each_element() {
        let number = |i: usize| ((i * i + 3) as f64 * 0.61).sin();
        let center = |d| Array1::from_shape_fn(d, number);
        let product = |d: usize, k: usize, biased: bool| {
            let matrix = Array2::from_shape_fn((k, d), |(i, j)| number(i * d + j + 1));
            let bias = biased.then(|| Array1::from_shape_fn(k, |i| number(i + 9)));
            Stage::Affine(Affine::new(center(d), Some(matrix), bias).unwrap())
        };
        let shift = |d| Stage::Affine(Affine::new(center(d), None, None).unwrap());
        let norm = || Stage::LengthNorm;
        let d = 11;
        let chains = [
            vec![],
            vec![norm()],
            vec![shift(d)],
            vec![Stage::Affine(Affine::identity(d)), shift(d), norm()],
            vec![product(d, 5, false)],
            vec![norm(), shift(d), product(d, 40, true)],
            vec![product(d, 17, true), norm(), shift(17)],
            vec![product(d, 19, true), product(19, 3, false)],
            vec![
                shift(d),
                product(d, 4, false),
                norm(),
                product(4, 33, true),
                norm(),
            ],
        ];
        for (place, stages) in chains.iter().enumerate() {
            let chain = Chain::new(d, stages).unwrap();
            for count in [
                0,
                1,
                FEW_ROWS,
                FEW_ROWS + 1,
                PANEL,
                2 * PANEL + 1,
                3 * BLOCK + 2,
            ] {
                let mut rows: Vec<f64> = (0..count * d).map(number).collect();
                // A row of zeros has no length to be divided by.
                rows.iter_mut().take(d).for_each(|v| *v = 0.0);
                let mut found = vec![7.0; count * chain.output_dim()];
                chain.apply(&rows, &mut found).unwrap();
                let expected = rows.chunks_exact(d).flat_map(|row| plainly(stages, row));
                for (found, expected) in found.iter().zip(expected) {
                    assert!(
                        (found - expected).abs() < 1e-12,
                        "chain {place}, {count} rows"
                    );
                }
            }
        }
    }
}
