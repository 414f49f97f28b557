//! Maps of rows: affine ones, composed as far as they go, and length normalisation.

use ndarray::{Array1, Array2, ArrayRef2};
use rayon::prelude::*;

use crate::error::{Code, Error, Result};
use crate::job::memory::filled;
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
    stages: Vec<Packed>,
}

#[derive(Clone, Debug)]
enum Packed {
    Affine { map: Affine, panels: Vec<f64> },
    LengthNorm,
}

const PANEL: usize = <f64 as PanelElement>::PANEL;
/// Rows mapped by one task.
const BLOCK: usize = 64;

impl Chain {
    /// Prepares `stages` for rows of `input` columns.
    ///
    /// Errors: `EDIMENSION` if they do not fit each other.
    pub(super) fn new(input: usize, stages: &[Stage]) -> Result<Self> {
        let mut dim = input;
        let mut packed = Vec::new();
        for stage in stages {
            match stage {
                Stage::LengthNorm => packed.push(Packed::LengthNorm),
                Stage::Affine(map) => {
                    if map.input_dim() != dim {
                        return Err(Error::new(
                            Code::Dimension,
                            format!("a map of {} columns", map.input_dim()),
                            format!("{dim}"),
                        ));
                    }
                    dim = map.output_dim();
                    if map.is_identity() {
                        continue;
                    }
                    let panels = map
                        .matrix()
                        .map(|m| pack(m))
                        .transpose()?
                        .unwrap_or_default();
                    packed.push(Packed::Affine {
                        map: map.clone(),
                        panels,
                    });
                }
            }
        }
        Ok(Self {
            input,
            output: dim,
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
    pub(super) fn apply(&self, rows: &[f64], out: &mut [f64]) {
        out.par_chunks_mut(BLOCK * self.output.max(1))
            .zip(rows.par_chunks(BLOCK * self.input.max(1)))
            .for_each(|(out, rows)| {
                let count = rows.len() / self.input.max(1);
                let mut current = rows.to_vec();
                for stage in &self.stages {
                    match stage {
                        Packed::LengthNorm => normalize_rows(&mut current, count),
                        Packed::Affine { map, panels } => {
                            current = apply_affine(map, panels, current, count);
                        }
                    }
                }
                out.copy_from_slice(&current);
            });
    }
}

fn normalize_rows(rows: &mut [f64], count: usize) {
    let dim = rows.len() / count.max(1);
    for row in rows.chunks_exact_mut(dim.max(1)) {
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

/// Packs `M` (`k × d`) into panels of outputs: panel, then column of M, then output.
fn pack(m: &ArrayRef2<f64>) -> Result<Vec<f64>> {
    let (k, d) = m.dim();
    let panels = k.div_ceil(PANEL);
    let mut out = filled("a packed map", (panels * PANEL).saturating_mul(d), 0.0)?;
    for ((i, j), &value) in m.indexed_iter() {
        let (panel, lane) = (i / PANEL, i % PANEL);
        out[panel * PANEL * d + j * PANEL + lane] = value;
    }
    Ok(out)
}

fn apply_affine(map: &Affine, panels: &[f64], mut rows: Vec<f64>, count: usize) -> Vec<f64> {
    let d = map.input_dim();
    for row in rows.chunks_exact_mut(d.max(1)) {
        for (v, c) in row.iter_mut().zip(&map.center) {
            *v -= c;
        }
    }
    if map.matrix.is_none() {
        return rows;
    }
    let k = map.output_dim();
    let padded = k.div_ceil(PANEL) * PANEL;
    let multiply = f64::multiply_panels(Isa::best());
    let mut transposed = vec![0.0; PANEL * d];
    let mut tile = vec![0.0; PANEL * padded];
    let mut out = Vec::with_capacity(count * k);
    for group in rows.chunks(PANEL * d) {
        for (lane, row) in group.chunks_exact(d).enumerate() {
            for (j, &value) in row.iter().enumerate() {
                transposed[j * PANEL + lane] = value;
            }
        }
        tile.fill(0.0);
        for (p, panel) in panels.chunks_exact(PANEL * d).enumerate() {
            multiply(&transposed, panel, &mut tile[p * PANEL..], padded);
        }
        for row in tile.chunks_exact(padded).take(group.len() / d) {
            match &map.bias {
                Some(bias) => out.extend(row.iter().zip(bias).map(|(v, b)| v - b)),
                None => out.extend_from_slice(&row[..k]),
            }
        }
    }
    out
}
