//! The neighbours of rows in one set or in two together, and their weights.

use rayon::prelude::*;

use super::{Reranking, Weights};
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::measure::score_norm::nearest;
use crate::measure::{Batch, Prepared, Scratch, Sides};

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

    fn rows(&self) -> usize {
        self.sets.iter().map(|set| set.rows()).sum()
    }

    /// Each row, and then its `k` nearest others, equally near ones by number.
    fn ranked(&self, k: usize, job: &Job) -> Result<Vec<Vec<u32>>> {
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

    fn place(&self, row: u32) -> (usize, usize) {
        let (mut row, mut set) = (row as usize, 0);
        while row >= self.sets[set].rows() {
            row -= self.sets[set].rows();
            set += 1;
        }
        (set, row)
    }

    fn distance(&self, a: u32, b: u32, scratch: &mut Scratch) -> Result<f64> {
        let ((s, i), (t, j)) = (self.place(a), self.place(b));
        let sides = Sides::new(self.sets[s], self.sets[t]);
        sides.plain_distance((&self.batches[s], i), (&self.batches[t], j), scratch)
    }

    /// The weights of the neighbours of each row.
    pub(super) fn weights(&self, of: &Reranking<'_>, job: &Job) -> Result<Vec<Weights>> {
        let ranked = self.ranked(of.k1, job)?;
        job.begin("neighbours", 2 * ranked.len() as u64);
        let each = (0..ranked.len() as u32).into_par_iter().map(|row| {
            job.check()?;
            let members = expanded(&ranked, row, of.k1);
            let mut scratch = Scratch::default();
            let mut weights = members
                .into_iter()
                .map(|other| {
                    let distance = match other == row {
                        true => 0.0,
                        false => self.distance(row, other, &mut scratch)?,
                    };
                    Ok((other, libm::exp(-distance)))
                })
                .collect::<Result<Weights>>()?;
            let sum: f64 = weights.iter().map(|(_, weight)| weight).sum();
            weights.iter_mut().for_each(|(_, weight)| *weight /= sum);
            job.advance(1);
            Ok(weights)
        });
        let each: Vec<Result<Weights>> = each.collect();
        let own = each.into_iter().collect::<Result<Vec<_>>>()?;
        if of.k2 == 1 {
            return Ok(own);
        }
        let means = ranked.par_iter().map(|near| {
            job.check()?;
            let near = &near[..of.k2.min(near.len())];
            let mut all: Weights = Vec::new();
            for row in near {
                all.extend(&own[*row as usize]);
            }
            // Stable, so that equal columns are added in the order of the neighbours.
            all.sort_by_key(|(column, _)| *column);
            let mut mean: Weights = Vec::new();
            for (column, weight) in all {
                let share = weight / near.len() as f64;
                match mean.last_mut() {
                    Some((last, sum)) if *last == column => *sum += share,
                    _ => mean.push((column, share)),
                }
            }
            job.advance(1);
            Ok(mean)
        });
        let means: Vec<Result<Weights>> = means.collect();
        means.into_iter().collect()
    }
}

/// R(row, k).
fn reciprocal(ranked: &[Vec<u32>], row: u32, k: usize) -> Vec<u32> {
    let near = |row: u32| {
        let list = &ranked[row as usize];
        &list[..list.len().min(k + 1)]
    };
    let mutual = near(row)
        .iter()
        .filter(|other| near(**other).contains(&row));
    mutual.copied().collect()
}

/// R*(row), ascending.
fn expanded(ranked: &[Vec<u32>], row: u32, k1: usize) -> Vec<u32> {
    // Half of k₁, to the nearest even number where it lies between two, as NumPy rounds it.
    let half = (k1 as f64 / 2.0).round_ties_even() as usize;
    let own = reciprocal(ranked, row, k1);
    let mut all = own.clone();
    for other in &own {
        let theirs = reciprocal(ranked, *other, half);
        let shared = theirs.iter().filter(|row| own.contains(row)).count();
        if 3 * shared > 2 * theirs.len() {
            all.extend(theirs);
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}
