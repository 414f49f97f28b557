//! Rows at length 1, centered: all that labels are judged by.

use rayon::prelude::*;

use super::health::Health;
use super::stacked::Stacked;
use crate::error::Result;
use crate::job::Job;
use crate::kernels::Isa;
use crate::rows::normalize;

/// Rows at length 1, less their mean, at length 1 again, in single precision. Rows are made from the matrix
/// whenever they are asked for.
pub(super) struct Units<'a> {
    rows: &'a Stacked<'a>,
    health: &'a Health,
    mean: Vec<f64>,
}

impl<'a> Units<'a> {
    /// Takes the mean of all sound rows at length 1. Rows of length 1 give it, so one long row cannot drag it.
    pub(super) fn new(rows: &'a Stacked<'a>, health: &'a Health, job: &Job) -> Result<Self> {
        let d = rows.dim();
        let mut mean = vec![0.0; d];
        let each = |first, values: &[f64]| -> Vec<f32> {
            let mut out = vec![0.0f32; values.len()];
            let rows = out.chunks_exact_mut(d).zip(values.chunks_exact(d));
            for (i, (to, from)) in rows.enumerate() {
                if health.is_sound(first + i) {
                    write_unit(&mut from.to_vec(), to);
                }
            }
            out
        };
        rows.for_blocks("mean", job, each, |_, units| {
            for row in units.chunks_exact(d) {
                mean.iter_mut()
                    .zip(row)
                    .for_each(|(m, v)| *m += f64::from(*v));
            }
        })?;
        let sound = health.sound_rows().max(1) as f64;
        mean.iter_mut().for_each(|m| *m /= sound);
        Ok(Self { rows, health, mean })
    }

    pub(super) fn dim(&self) -> usize {
        self.rows.dim()
    }

    /// Calls `take` with every row and its unit, in order.
    pub(super) fn for_each(
        &self,
        phase: &'static str,
        job: &Job,
        mut take: impl FnMut(u32, &[f32]),
    ) -> Result<()> {
        let d = self.dim();
        let each = |first, values: &[f64]| -> Vec<f32> {
            let mut out = vec![0.0f32; values.len()];
            let rows = out.chunks_exact_mut(d).zip(values.chunks_exact(d));
            for (i, (to, from)) in rows.enumerate() {
                self.write(first + i, &mut from.to_vec(), to);
            }
            out
        };
        self.rows.for_blocks(phase, job, each, |first, units| {
            for (row, unit) in (first as u32..).zip(units.chunks_exact(d)) {
                take(row, unit);
            }
        })
    }

    /// The units of these rows, one after the other.
    pub(super) fn of(&self, rows: &[u32]) -> Result<Vec<f32>> {
        let d = self.dim();
        let mut units = vec![0.0f32; rows.len() * d];
        units
            .par_chunks_mut(d)
            .zip(rows)
            .map_init(
                || vec![0.0; d],
                |values, (to, &row)| {
                    self.rows.read(row as usize, values)?;
                    self.write(row as usize, values, to);
                    Ok(())
                },
            )
            .collect::<Result<()>>()?;
        Ok(units)
    }

    /// Writes the unit of a row; zeros for a row that is unusable or equals the mean.
    fn write(&self, row: usize, values: &mut [f64], to: &mut [f32]) {
        if !self.health.is_sound(row) {
            return;
        }
        write_unit(values, to);
        for ((value, unit), mean) in values.iter_mut().zip(&*to).zip(&self.mean) {
            *value = f64::from(*unit) - mean;
        }
        write_unit(values, to);
    }
}

fn write_unit(row: &mut [f64], to: &mut [f32]) {
    normalize(row, Isa::best());
    to.iter_mut().zip(row).for_each(|(to, v)| *to = *v as f32);
}
