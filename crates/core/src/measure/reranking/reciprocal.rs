//! Re-ranking by k-reciprocal neighbours (Zhong, Zheng, Cao and Li 2017, as person re-identification
//! uses it): rows are alike that have the same neighbours.
//!
//! R(p, k) are the rows q among the k nearest of p, and p itself, that have p among their k nearest.
//! R*(p) adds R(q, k₁/2) for each q of R(p, k₁) that has more than two thirds of them in R(p, k₁). V(p) weighs each q of
//! R*(p) by e^{−d(p, q)}, in sum 1, and is then the mean of V over p and its k₂ − 1 nearest. The
//! distance becomes `(1 − λ)(1 − Σ min / Σ max) + λ d`, sums over the entries of V(p) and V(q).

use rayon::prelude::*;

use super::neighbours::Joint;
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::measure::Scratch;

/// The numbers of a re-ranking by k-reciprocal neighbours; by default those of re-identification:
/// k₁ = 20, k₂ = 6, λ = 0.3.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reciprocal {
    /// Neighbours that are compared, at least 1.
    pub k1: usize,
    /// Rows that the neighbours of a row are the mean over, at least 1; 1 takes its own.
    pub k2: usize,
    /// Share of the distance itself, from 0 to 1.
    pub lambda: f64,
}

impl Default for Reciprocal {
    fn default() -> Self {
        Self {
            k1: 20,
            k2: 6,
            lambda: 0.3,
        }
    }
}

/// The weights of the neighbours of a row, by row number ascending; their sum is 1.
pub(super) type Weights = Vec<(u32, f64)>;

impl Reciprocal {
    pub(super) fn check(&self) -> Result<()> {
        let refuse = |found: String, expected: &str| Err(Error::new(Code::Option, found, expected));
        if self.k1 == 0 || self.k2 == 0 || self.k2 > self.k1 + 1 {
            let found = format!("k1 = {} and k2 = {}", self.k1, self.k2);
            return refuse(found, "both at least 1, and k2 at most k1 + 1");
        }
        if !(0.0..=1.0).contains(&self.lambda) {
            return refuse(format!("lambda = {}", self.lambda), "a share from 0 to 1");
        }
        Ok(())
    }

    /// The re-ranked distance of rows with these weights and this distance.
    pub(super) fn distance(&self, distance: f64, a: &[(u32, f64)], b: &[(u32, f64)]) -> f64 {
        let shared = shared(a, b);
        (1.0 - self.lambda) * (1.0 - shared / (2.0 - shared)) + self.lambda * distance
    }
}

/// Σ min of two rows of weights.
fn shared(a: &[(u32, f64)], b: &[(u32, f64)]) -> f64 {
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    while let (Some((x, u)), Some((y, v))) = (a.get(i), b.get(j)) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                sum += u.min(*v);
                (i, j) = (i + 1, j + 1);
            }
        }
    }
    sum
}

impl Joint<'_> {
    /// The weights of the neighbours of each row.
    pub(super) fn weights(&self, of: &Reciprocal, job: &Job) -> Result<Vec<Weights>> {
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
