//! Maps of rows: affine ones, composed as far as they go, and length normalisation.

use rayon::prelude::*;

use crate::error::{Code, Error, Result};
use crate::kernels::Isa;
use crate::kernels::products::PanelElement;
use crate::linalg::{Matrix, matrix_zeros};

/// y = M (x − c) − b. Subtracting the center first keeps digits when the mean is large.
#[derive(Clone, Debug, PartialEq)]
pub struct Affine {
    pub(super) center: Vec<f64>,
    pub(super) matrix: Option<Matrix>,
    pub(super) bias: Option<Vec<f64>>,
}

impl Affine {
    /// The identity on `dim` columns.
    pub(super) fn identity(dim: usize) -> Self {
        Self {
            center: vec![0.0; dim],
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
        self.matrix.as_ref().map_or(self.center.len(), Matrix::rows)
    }

    /// c.
    pub fn center(&self) -> &[f64] {
        &self.center
    }

    /// M, or nothing for the identity.
    pub fn matrix(&self) -> Option<&Matrix> {
        self.matrix.as_ref()
    }

    /// b, or nothing for zero.
    pub fn bias(&self) -> Option<&[f64]> {
        self.bias.as_deref()
    }

    /// Follows the map by x ← x − c.
    pub(super) fn then_subtract(&mut self, c: &[f64]) {
        let target = if self.matrix.is_none() {
            &mut self.center
        } else {
            self.bias.get_or_insert_with(|| vec![0.0; c.len()])
        };
        for (t, c) in target.iter_mut().zip(c) {
            *t += c;
        }
    }

    /// Follows the map by x ← M x.
    pub(super) fn then_multiply(&mut self, m: &Matrix) -> Result<()> {
        self.matrix = Some(match &self.matrix {
            Some(first) => m.multiply(first)?,
            None => m.clone(),
        });
        if let Some(bias) = &mut self.bias {
            *bias = m.multiply_vector(bias);
        }
        Ok(())
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
    /// x / ‖x‖; the zero vector stays as it is.
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
                    let panels = map.matrix().map(pack).transpose()?.unwrap_or_default();
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
fn pack(m: &Matrix) -> Result<Vec<f64>> {
    let (k, d) = (m.rows(), m.cols());
    let panels = k.div_ceil(PANEL);
    let mut out = matrix_zeros("a packed map", panels * PANEL, d)?;
    for i in 0..k {
        let (panel, lane) = (i / PANEL, i % PANEL);
        for (j, &value) in m.row(i).iter().enumerate() {
            out[panel * PANEL * d + j * PANEL + lane] = value;
        }
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
