//! The neighbours of rows in one set or in two together.

use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::measure::score_norm::nearest;
use crate::measure::{Batch, Prepared, Scratch, Side, Sides};

/// Rows of one set or of two, numbered one after the other.
pub(super) struct Joint<'a> {
    sets: Vec<&'a Prepared<'a>>,
    batches: Vec<Batch>,
}

impl<'a> Joint<'a> {
    pub(super) fn new(sets: Vec<&'a Prepared<'a>>, job: &Job) -> Result<Self> {
        if !(sets.iter()).all(|set| set.plain_key_shape().is_some_and(|shape| shape.is_cosine())) {
            return Err(Error::new(
                Code::Option,
                "a re-ranking of distances that are no cosine",
                "cosine, correlation, or a model that ends in cosine",
            ));
        }
        job.check()?;
        let batches = sets.iter().map(|set| set.run(0, set.rows()));
        let batches = batches.collect::<Result<_>>()?;
        Ok(Self { sets, batches })
    }

    pub(super) fn rows(&self) -> usize {
        self.sets.iter().map(|set| set.rows()).sum()
    }

    /// Each row, and then its `k` nearest others, equally near ones by number.
    pub(super) fn ranked(&self, k: usize, job: &Job) -> Result<Vec<Vec<u32>>> {
        let mut all = Vec::with_capacity(self.rows());
        let mut first = 0u32;
        for (s, set) in self.sets.iter().enumerate() {
            let mut lists: Vec<Vec<(f64, u32)>> = vec![Vec::new(); set.rows()];
            let mut offset = 0u32;
            for (t, others) in self.sets.iter().enumerate() {
                for (list, near) in lists
                    .iter_mut()
                    .zip(nearest(set, others, (k, s == t), job)?)
                {
                    list.extend(near.iter().map(|near| (near.distance, offset + near.row)));
                }
                offset += others.rows() as u32;
            }
            for (row, mut list) in (first..).zip(lists) {
                list.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                list.truncate(k);
                let others = list.into_iter().map(|(_, other)| other);
                all.push(std::iter::once(row).chain(others).collect());
            }
            first += set.rows() as u32;
        }
        Ok(all)
    }

    /// The rows at length 1, one after the other, and their columns.
    pub(super) fn unit_rows(&self) -> Result<(usize, Vec<f64>)> {
        let mut all = Vec::new();
        let mut width = 0;
        for (set, batch) in self.sets.iter().zip(&self.batches) {
            let shape = set.plain_key_shape();
            let shape = shape.ok_or_else(|| Error::internal("rows without keys"))?;
            width = shape.width;
            all.extend(set.plain_keys(batch, Side::Query, shape)?.0);
        }
        Ok((width, all))
    }

    fn place(&self, row: u32) -> (usize, usize) {
        let (mut row, mut set) = (row as usize, 0);
        while row >= self.sets[set].rows() {
            row -= self.sets[set].rows();
            set += 1;
        }
        (set, row)
    }

    pub(super) fn distance(&self, a: u32, b: u32, scratch: &mut Scratch) -> Result<f64> {
        let ((s, i), (t, j)) = (self.place(a), self.place(b));
        let sides = Sides::new(self.sets[s], self.sets[t]);
        sides.plain_distance((&self.batches[s], i), (&self.batches[t], j), scratch)
    }
}
