//! Re-ranking by k-reciprocal neighbours (Zhong, Zheng, Cao and Li 2017, as person re-identification
//! uses it): rows are alike that have the same neighbours.
//!
//! R(p, k) are the rows q among the k nearest of p, and p itself, that have p among their k nearest.
//! R*(p) adds R(q, k₁/2) for each q of R(p, k₁) that has more than two thirds of them in R(p, k₁). V(p) weighs each q of
//! R*(p) by e^{−d(p, q)}, in sum 1, and is then the mean of V over p and its k₂ − 1 nearest. The
//! distance becomes `(1 − λ)(1 − Σ min / Σ max) + λ d`, sums over the entries of V(p) and V(q).
//!
//! Every distance depends on all rows of both sets, whatever pairs are asked for.

mod neighbours;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use rayon::prelude::*;

use neighbours::Joint;

use super::{Measure, Prepared, Scratch, Sides};
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::rows::Embeddings;

/// A measure whose distances are re-ranked. It is the cosine, the correlation, or a model that ends in
/// the cosine: distances from 0 to 2.
#[derive(Clone, Copy)]
pub struct Reranking<'a> {
    /// The measure of the distances.
    pub measure: Measure<'a>,
    /// Neighbours that are compared, at least 1.
    pub k1: usize,
    /// Rows that the neighbours of a row are the mean over, at least 1; 1 takes its own.
    pub k2: usize,
    /// Share of the distance itself, from 0 to 1.
    pub lambda: f64,
}

impl<'a> Reranking<'a> {
    /// With the numbers of re-identification: k₁ = 20, k₂ = 6, λ = 0.3.
    pub fn new(measure: Measure<'a>) -> Self {
        Self {
            measure,
            k1: 20,
            k2: 6,
            lambda: 0.3,
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        let refuse = |found: String, expected: &str| Err(Error::new(Code::Option, found, expected));
        if !matches!(self.measure, Measure::Metric(_) | Measure::Model(_)) {
            return refuse(
                "a re-ranking of what is no plain distance".into(),
                "a metric or a model",
            );
        }
        if self.k1 == 0 || self.k2 == 0 || self.k2 > self.k1 + 1 {
            let found = format!("k1 = {} and k2 = {}", self.k1, self.k2);
            return refuse(found, "both at least 1, and k2 at most k1 + 1");
        }
        if !(0.0..=1.0).contains(&self.lambda) {
            return refuse(format!("lambda = {}", self.lambda), "a share from 0 to 1");
        }
        Ok(())
    }

    /// Re-ranked distances of pairs.
    pub(super) fn pair_distances(
        &self,
        embeddings: &Embeddings,
        (index1, index2): (&[u32], &[u32]),
        job: &Job,
    ) -> Result<Vec<f64>> {
        const TASK: usize = 1024;
        super::pairs::used_rows(embeddings, index1, index2)?;
        let rows = Measure::Reranked(self).prepare(embeddings, job)?;
        let sides = Sides::new(&rows, &rows);
        job.begin("pairs", index1.len() as u64);
        let tasks = index1.par_chunks(TASK).zip(index2.par_chunks(TASK));
        let done = tasks.map(|(a, b)| {
            job.check()?;
            let (first, second) = (rows.batch(a)?, rows.batch(b)?);
            let mut scratch = Scratch::default();
            let distances = (0..a.len())
                .map(|i| sides.distance((&first, i), (&second, i), &mut scratch))
                .collect::<Result<Vec<f64>>>()?;
            job.advance(a.len() as u64);
            Ok(distances)
        });
        let done: Vec<Result<Vec<f64>>> = rows.while_unchanged(|| Ok(done.collect::<Vec<_>>()))?;
        let mut distances = Vec::with_capacity(index1.len());
        for part in done {
            distances.extend(part?);
        }
        Ok(distances)
    }
}

/// The weights of the neighbours of a row, by row number ascending; their sum is 1.
pub(super) type Weights = Vec<(u32, f64)>;

/// The neighbours of all rows that are compared.
pub(super) struct RerankedRows<'a> {
    lambda: f64,
    own: Cow<'a, [Weights]>,
    /// Of the rows that these face; the same rows if absent.
    facing: Option<Vec<Weights>>,
}

impl<'a> RerankedRows<'a> {
    /// The neighbours of a set in itself.
    pub(super) fn first(of: &Reranking<'_>, rows: &Prepared<'_>, job: &Job) -> Result<Self> {
        Ok(Self {
            lambda: of.lambda,
            own: Joint::new(vec![rows], job)?.weights(of, job)?.into(),
            facing: None,
        })
    }

    /// The neighbours of queries and of the first set in both together, the queries first.
    pub(super) fn beside(
        of: &Reranking<'_>,
        first: &Prepared<'_>,
        rows: &Prepared<'_>,
        job: &Job,
    ) -> Result<Self> {
        let mut own = Joint::new(vec![rows, first], job)?.weights(of, job)?;
        let facing = Some(own.split_off(rows.rows()));
        Ok(Self {
            lambda: of.lambda,
            own: own.into(),
            facing,
        })
    }

    pub(super) fn recall(of: &Reranking<'_>, own: &'a [Weights]) -> Self {
        Self {
            lambda: of.lambda,
            own: own.into(),
            facing: None,
        }
    }

    pub(super) fn into_survey(self) -> Vec<Weights> {
        self.own.into_owned()
    }

    /// The re-ranked distance of row `a` of these rows to row `b` of those that they face.
    pub(super) fn distance(&self, distance: f64, a: u32, b: u32) -> f64 {
        let others = self.facing.as_deref().unwrap_or(&self.own);
        let shared = shared(&self.own[a as usize], &others[b as usize]);
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
