//! Rows at length 1: all that an audit compares.

use rayon::prelude::*;

use super::health::Health;
use super::stacked::Stacked;
use crate::error::Result;
use crate::job::Job;
use crate::job::memory::reserve;
use crate::kernels::Isa;
use crate::rows::normalize;

/// Every sound row at length 1, in single precision; zeros for the others.
pub(super) fn units(rows: &Stacked<'_>, health: &Health, job: &Job) -> Result<Vec<f32>> {
    let d = rows.dim();
    let mut all = reserve("a copy of the rows", rows.len() * d)?;
    let blocks = rows.map_blocks("rows", job, |first, values| {
        let mut out = vec![0.0f32; values.len()];
        let rows = out.chunks_exact_mut(d).zip(values.chunks_exact(d));
        for (i, (to, from)) in rows.enumerate() {
            if health.is_sound(first + i) {
                write_unit(&mut from.to_vec(), to);
            }
        }
        out
    })?;
    blocks.iter().for_each(|block| all.extend_from_slice(block));
    Ok(all)
}

/// Subtracts the mean of rows of length 1 and scales them to length 1 again; zeros for a row that is
/// unusable or equals the mean. Rows of length 1 give the mean, so one long row cannot drag it.
pub(super) fn center(units: &mut [f32], dim: usize, health: &Health) {
    let mut mean = vec![0.0; dim];
    for row in units.chunks_exact(dim) {
        mean.iter_mut()
            .zip(row)
            .for_each(|(m, v)| *m += f64::from(*v));
    }
    let sound = health.sound_rows().max(1) as f64;
    mean.iter_mut().for_each(|m| *m /= sound);
    units
        .par_chunks_exact_mut(dim)
        .enumerate()
        .filter(|(row, _)| health.is_sound(*row))
        .for_each(|(_, row)| {
            let mut moved: Vec<f64> = row
                .iter()
                .zip(&mean)
                .map(|(v, m)| f64::from(*v) - m)
                .collect();
            write_unit(&mut moved, row);
        });
}

fn write_unit(row: &mut [f64], to: &mut [f32]) {
    normalize(row, Isa::best());
    to.iter_mut().zip(row).for_each(|(to, v)| *to = *v as f32);
}
