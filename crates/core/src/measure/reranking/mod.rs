//! Distances that the neighbours of rows change: re-ranking by k-reciprocal neighbours, and query
//! expansion.
//!
//! Either way every distance depends on all rows of both sets, whatever pairs are asked for.

mod expansion;
mod neighbours;
mod reciprocal;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use rayon::prelude::*;

pub use expansion::Expansion;
pub use reciprocal::Reciprocal;

use expansion::ExpandedRows;
use neighbours::Joint;
use reciprocal::Weights;

use super::pairs::Occurring;
use super::{Measure, Prepared, Scratch, Sides};
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::rows::Embeddings;

/// A measure whose distances the neighbours of rows change. It is the cosine, the correlation, or a
/// model that ends in the cosine: distances from 0 to 2.
#[derive(Clone, Copy)]
pub struct Reranking<'a> {
    /// The measure of the distances.
    pub measure: Measure<'a>,
    /// The change.
    pub by: Neighbours,
}

/// The use of neighbours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Neighbours {
    /// Rows are alike that have the same neighbours.
    Reciprocal(Reciprocal),
    /// A row is compared with its neighbours added to it.
    Expansion(Expansion),
}

impl Reranking<'_> {
    pub(super) fn check(&self) -> Result<()> {
        if !matches!(self.measure, Measure::Metric(_) | Measure::Model(_)) {
            let found = "a re-ranking of what is no plain distance";
            return Err(Error::new(Code::Option, found, "a metric or a model"));
        }
        match &self.by {
            Neighbours::Reciprocal(of) => of.check(),
            Neighbours::Expansion(of) => of.check(),
        }
    }

    /// Re-ranked distances of pairs.
    pub(super) fn pair_distances(
        &self,
        embeddings: &Embeddings,
        (index1, index2): (&[u32], &[u32]),
        job: &Job,
    ) -> Result<Vec<f64>> {
        const TASK: usize = 1024;
        Occurring::of(embeddings, index1, index2)?;
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

/// The facts about all rows that are compared.
#[derive(Clone)]
pub(super) enum Known {
    Weights(Vec<Weights>),
    Rows(ExpandedRows),
}

/// The neighbourhoods of a set, and of the set that it faces.
pub(super) struct RerankedRows<'a> {
    by: Neighbours,
    own: Cow<'a, Known>,
    /// Of the rows that these face; the same rows if absent.
    facing: Option<Known>,
}

impl<'a> RerankedRows<'a> {
    /// The neighbours of a set in itself.
    pub(super) fn first(of: &Reranking<'_>, rows: &Prepared<'_>, job: &Job) -> Result<Self> {
        Ok(Self {
            by: of.by,
            own: Cow::Owned(Known::of(of.by, &Joint::new(vec![rows], job)?, job)?),
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
        let mut own = Known::of(of.by, &Joint::new(vec![rows, first], job)?, job)?;
        let facing = Some(own.split_off(rows.rows()));
        Ok(Self {
            by: of.by,
            own: Cow::Owned(own),
            facing,
        })
    }

    pub(super) fn recall(of: &Reranking<'_>, own: &'a Known) -> Self {
        Self {
            by: of.by,
            own: Cow::Borrowed(own),
            facing: None,
        }
    }

    pub(super) fn into_survey(self) -> Known {
        self.own.into_owned()
    }

    /// The re-ranked distance of row `a` of these rows to row `b` of those that they face; `plain` is
    /// the distance itself.
    pub(super) fn distance(
        &self,
        plain: impl FnOnce() -> Result<f64>,
        a: u32,
        b: u32,
    ) -> Result<f64> {
        let others = self.facing.as_ref().unwrap_or(&self.own);
        let (a, b) = (a as usize, b as usize);
        match (&self.by, self.own.as_ref(), others) {
            (Neighbours::Reciprocal(of), Known::Weights(own), Known::Weights(others)) => {
                Ok(of.distance(plain()?, &own[a], &others[b]))
            }
            (Neighbours::Expansion(_), Known::Rows(own), Known::Rows(others)) => {
                Ok(own.distance(a, others, b))
            }
            _ => Err(Error::internal("neighbours of another kind")),
        }
    }
}

impl Known {
    fn of(by: Neighbours, joint: &Joint<'_>, job: &Job) -> Result<Self> {
        match &by {
            Neighbours::Reciprocal(of) => joint.weights(of, job).map(Self::Weights),
            Neighbours::Expansion(of) => of.rows(joint, job).map(Self::Rows),
        }
    }

    fn split_off(&mut self, rows: usize) -> Self {
        match self {
            Self::Weights(all) => Self::Weights(all.split_off(rows)),
            Self::Rows(all) => Self::Rows(all.split_off(rows)),
        }
    }
}
