//! Query expansion with weights of a power of the similarity (αQE: Radenović, Tolias and Chum 2019,
//! section 3.4; with α = 0 the average query expansion of Chum et al. 2007): a row is compared with its
//! neighbours added to it.
//!
//! With x the rows at length 1 and s = 1 − d their cosines, row i becomes
//! `xᵢ + Σ max(sᵢⱼ, 0)^α xⱼ` over its k nearest others j, at length 1; 0⁰ = 1. The distance is the cosine of
//! these rows. Both rows of a pair are expanded, as re-identification does it.

use rayon::prelude::*;

use super::neighbours::Joint;
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::job::memory::filled;
use crate::kernels::{Isa, Kernels};
use crate::measure::Scratch;

/// The numbers of a query expansion; by default those of re-identification: k = 5, α = 3.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expansion {
    /// Neighbours that are added to a row, at least 1.
    pub k: usize,
    /// Power of the similarity that a neighbour weighs, at least 0: 0 weighs all alike.
    pub alpha: f64,
}

impl Default for Expansion {
    fn default() -> Self {
        Self { k: 5, alpha: 3.0 }
    }
}

/// Expanded rows, at length 1.
#[derive(Clone)]
pub(in crate::measure) struct ExpandedRows {
    width: usize,
    values: Vec<f64>,
}

impl Expansion {
    pub(super) fn check(&self) -> Result<()> {
        let refuse = |found: String, expected: &str| Err(Error::new(Code::Option, found, expected));
        if self.k == 0 {
            return refuse("k = 0".into(), "at least 1 neighbour");
        }
        if !(self.alpha >= 0.0 && self.alpha.is_finite()) {
            return refuse(format!("alpha = {}", self.alpha), "a power of at least 0");
        }
        Ok(())
    }

    /// The expanded rows of one set or of two, one after the other.
    ///
    /// Errors: `EUNDEFINED` for a row that its neighbours cancel, which α = 0 alone lets happen.
    pub(super) fn rows(&self, joint: &Joint<'_>, job: &Job) -> Result<ExpandedRows> {
        let ranked = joint.ranked(self.k, job)?;
        let (width, rows) = joint.unit_rows()?;
        let row = |row: u32| &rows[row as usize * width..][..width];
        let mut values = filled("the expanded rows", rows.len(), 0.0)?;
        job.begin("neighbours", ranked.len() as u64);
        let each = values.par_chunks_exact_mut(width).zip(&ranked);
        let done = each.map(|(out, near)| {
            job.check()?;
            let mut scratch = Scratch::default();
            let own = near[0];
            out.copy_from_slice(row(own));
            for other in &near[1..] {
                let similarity = 1.0 - joint.distance(own, *other, &mut scratch)?;
                let weight = libm::pow(similarity.max(0.0), self.alpha);
                out.iter_mut()
                    .zip(row(*other))
                    .for_each(|(o, v)| *o += weight * v);
            }
            let norm = dot(out, out).sqrt();
            if norm < 1e-12 {
                let found = "a row that its neighbours cancel";
                return Err(Error::new(Code::Undefined, found, "a direction for cosine")
                    .with_row(own as usize)
                    .with_hint("Choose a power above 0"));
            }
            out.iter_mut().for_each(|v| *v /= norm);
            job.advance(1);
            Ok(())
        });
        let done: Vec<Result<()>> = done.collect();
        done.into_iter().collect::<Result<()>>()?;
        Ok(ExpandedRows { width, values })
    }
}

impl ExpandedRows {
    /// The cosine distance of row `a` of these and row `b` of others.
    pub(super) fn distance(&self, a: usize, others: &Self, b: usize) -> f64 {
        (1.0 - dot(self.row(a), others.row(b))).clamp(0.0, 2.0)
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.width..][..self.width]
    }

    pub(super) fn split_off(&mut self, rows: usize) -> Self {
        Self {
            width: self.width,
            values: self.values.split_off(rows * self.width),
        }
    }
}

/// ⟨x, y⟩ in the one order of summation.
fn dot(x: &[f64], y: &[f64]) -> f64 {
    (Kernels::<f64>::for_isa(Isa::best()).dot)(x, y)
}
