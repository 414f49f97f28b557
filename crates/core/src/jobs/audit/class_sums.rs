//! The rows of each class, and their sum.

use super::health::Health;

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
        units: &[f32],
        dim: usize,
        health: &Health,
        labels: &[u32],
        count: usize,
    ) -> Self {
        let mut rows: Vec<u32> = (0..labels.len() as u32)
            .filter(|&row| health.is_sound(row as usize))
            .collect();
        rows.sort_by_key(|&row| labels[row as usize]);
        let starts = (0..=count)
            .map(|class| rows.partition_point(|&row| (labels[row as usize] as usize) < class))
            .collect();
        let mut sums = vec![0.0; count * dim];
        for &row in &rows {
            let class = labels[row as usize] as usize;
            let sum = &mut sums[class * dim..][..dim];
            let unit = &units[row as usize * dim..][..dim];
            sum.iter_mut()
                .zip(unit)
                .for_each(|(s, v)| *s += f64::from(*v));
        }
        Self {
            dim,
            rows,
            starts,
            sums,
        }
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
