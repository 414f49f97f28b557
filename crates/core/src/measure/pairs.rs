//! A list of pairs under a measure.

use super::Measure;
use super::metric::MetricRows;
use super::model::{Firsts, ModelRows};
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::models::Enrolment;
use crate::rows::Embeddings;

/// A list of pairs and the rows that occur in it, prepared.
pub struct PreparedPairs<'a> {
    embeddings: &'a Embeddings,
    index1: &'a [u32],
    index2: &'a [u32],
    rows: PairRows<'a>,
}

enum PairRows<'a> {
    Metric(Box<MetricRows<'a>>),
    /// The rows that occur, each once.
    Model(ModelRows<'a>, Firsts<'a>, Vec<u32>),
}

impl<'a> Measure<'a> {
    /// Prepares the rows that occur in the pairs `(index1[i], index2[i])`: numbers of rows, or with
    /// [`Measure::Templates`] of a template and a row.
    ///
    /// Errors: `EINDEX` (no such row or template), `EDIMENSION` (lists or columns that do not
    /// match), `EEMPTY` (no rows, no pairs), `ENOTFINITE` (first such cell, count), `EDOMAIN`,
    /// `ESINGULAR`, `EINPUTCHANGED`, `EABORTED`.
    pub fn prepare_pairs(
        self,
        embeddings: &'a Embeddings,
        index1: &'a [u32],
        index2: &'a [u32],
        job: &Job,
    ) -> Result<PreparedPairs<'a>> {
        let rows = match self {
            Self::Metric(options) => {
                let used = used_rows(embeddings, index1, index2)?;
                let rows = embeddings
                    .while_unchanged(|| MetricRows::of_pairs(embeddings, options, &used, job))?;
                PairRows::Metric(Box::new(rows))
            }
            Self::Model(model) => {
                let used = used_rows(embeddings, index1, index2)?;
                let occurring = (0..).zip(&used).filter(|(_, used)| **used);
                let occurring = occurring.map(|(row, _)| row).collect();
                PairRows::Model(ModelRows::new(embeddings, model)?, Firsts::Rows, occurring)
            }
            Self::Templates(model, templates) => {
                let rows = ModelRows::new(embeddings, model)?;
                let occurring = rows_beside_templates(embeddings, templates, index1, index2)?;
                PairRows::Model(rows, Firsts::Templates(templates), occurring)
            }
        };
        Ok(PreparedPairs {
            embeddings,
            index1,
            index2,
            rows,
        })
    }
}

impl PreparedPairs<'_> {
    /// Distances in the order of the pairs, smaller is more alike.
    ///
    /// Runs in the rayon pool that it is called in. The result does not depend on the number of
    /// threads, on the instruction set, or on how the file is read. Memory: 8 bytes for each pair
    /// and metric; under a model at most 256 MB of mapped rows.
    ///
    /// Errors: `EUNDEFINED` for the first pair without a finite distance, `EINPUTCHANGED`,
    /// `EABORTED`; under a model those of mapping rows.
    pub fn distances(&self, job: &Job) -> Result<Vec<f64>> {
        let pairs = (self.index1, self.index2);
        let distances = self.embeddings.while_unchanged(|| match &self.rows {
            PairRows::Metric(rows) => rows.pair_distances(pairs.0, pairs.1, job),
            PairRows::Model(rows, firsts, occurring) => {
                rows.pair_distances(*firsts, occurring, pairs, job)
            }
        })?;
        match distances.iter().position(|d| !d.is_finite()) {
            None => Ok(distances),
            Some(pair) => Err(self.not_finite(pair, distances[pair])),
        }
    }

    fn not_finite(&self, pair: usize, distance: f64) -> Error {
        let (a, b) = (self.index1[pair], self.index2[pair]);
        let error = |who: String| {
            let found = format!("{distance} for pair {pair} ({who})");
            Error::new(Code::Undefined, found, "a finite distance")
        };
        match &self.rows {
            PairRows::Metric(_) => error(format!("rows {a} and {b}")).with_hint(
                "The expression divides by 0, takes the root of a negative number or overflows there",
            ),
            PairRows::Model(_, Firsts::Rows, _) => error(format!("rows {a} and {b}")),
            PairRows::Model(..) => error(format!("template {a} and row {b}")),
        }
    }
}

/// Marks the rows that occur in a pair; fails on the first number that is no row.
fn used_rows(embeddings: &Embeddings, index1: &[u32], index2: &[u32]) -> Result<Vec<bool>> {
    let n = embeddings.rows();
    require_pairs(index1, index2, ["first", "second rows"])?;
    if n == 0 {
        return Err(embeddings.blame(Error::new(Code::Empty, "no rows", "at least one")));
    }
    let mut used = vec![false; n];
    for (pair, (a, b)) in index1.iter().zip(index2).enumerate() {
        for (side, row) in [("first", *a), ("second", *b)] {
            match used.get_mut(row as usize) {
                Some(seen) => *seen = true,
                None => {
                    let found = format!("row {row} as the {side} of pair {pair}");
                    return Err(Error::new(Code::Index, found, format!("a row below {n}")));
                }
            }
        }
    }
    Ok(used)
}

/// The rows that are compared with templates, each once, in the order of their first pair.
fn rows_beside_templates(
    embeddings: &Embeddings,
    templates: &[Enrolment],
    index1: &[u32],
    index2: &[u32],
) -> Result<Vec<u32>> {
    require_pairs(index1, index2, ["templates", "rows"])?;
    for (what, index, count) in [
        ("template", index1, templates.len()),
        ("row", index2, embeddings.rows()),
    ] {
        if let Some(pair) = index.iter().position(|i| *i as usize >= count) {
            let found = format!("{what} {} in pair {pair}", index[pair]);
            let expected = format!("a {what} below {count}");
            return Err(Error::new(Code::Index, found, expected));
        }
    }
    let mut seen = vec![false; embeddings.rows()];
    let mut rows = index2.to_vec();
    rows.retain(|row| !std::mem::replace(&mut seen[*row as usize], true));
    Ok(rows)
}

fn require_pairs(index1: &[u32], index2: &[u32], [first, second]: [&str; 2]) -> Result<()> {
    if index1.len() != index2.len() {
        let found = format!("{} {first} and {} {second}", index1.len(), index2.len());
        return Err(Error::new(Code::Dimension, found, "as many of each"));
    }
    if index1.is_empty() {
        return Err(Error::new(Code::Empty, "no pairs", "at least one"));
    }
    Ok(())
}
