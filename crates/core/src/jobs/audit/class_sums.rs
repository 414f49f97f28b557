//! The rows of each class, and their sum.

use super::health::Health;
use super::units::Units;
use crate::error::Result;
use crate::job::Job;
use crate::job::memory::filled;

/// Members and sum of each class, over centered rows of length 1.
pub(super) struct ClassSums {
    dim: usize,
    /// Usable rows of all classes, class after class.
    rows: Vec<u32>,
    /// First place of each class in `rows`, and the end.
    starts: Vec<usize>,
    /// Sum of the rows of each class.
    sums: Vec<f64>,
}

impl ClassSums {
    pub(super) fn gather(
        units: &Units<'_>,
        health: &Health,
        (labels, count): (&[u32], usize),
        job: &Job,
    ) -> Result<Self> {
        let dim = units.dim();
        let mut rows: Vec<u32> = (0..labels.len() as u32)
            .filter(|&row| health.is_sound(row as usize))
            .collect();
        rows.sort_by_key(|&row| labels[row as usize]);
        let starts = (0..=count)
            .map(|class| rows.partition_point(|&row| (labels[row as usize] as usize) < class))
            .collect();
        let mut sums = filled("the sums of the classes", count * dim, 0.0)?;
        units.for_each("classes", job, |row, unit| {
            let sum = &mut sums[labels[row as usize] as usize * dim..][..dim];
            sum.iter_mut()
                .zip(unit)
                .for_each(|(s, v)| *s += f64::from(*v));
        })?;
        Ok(Self {
            dim,
            rows,
            starts,
            sums,
        })
    }

    pub(super) fn count(&self) -> usize {
        self.starts.len() - 1
    }

    pub(super) fn dim(&self) -> usize {
        self.dim
    }

    /// Usable rows of the class, in order.
    pub(super) fn members(&self, class: u32) -> &[u32] {
        &self.rows[self.starts[class as usize]..self.starts[class as usize + 1]]
    }

    /// Sum of the rows of the class.
    pub(super) fn sum(&self, class: u32) -> &[f64] {
        &self.sums[class as usize * self.dim..][..self.dim]
    }
}
