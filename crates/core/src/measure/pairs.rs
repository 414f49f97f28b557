//! A list of pairs under a measure.

use std::iter::zip;

use super::Measure;
use super::metric::MetricRows;
use super::model::{Firsts, ModelRows};
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::models::Enrolment;
use crate::rows::Embeddings;

impl Measure<'_> {
    /// Distances of the pairs `(index1[i], index2[i])`, smaller is more alike, in the order given:
    /// numbers of rows, or with [`Measure::Templates`] of a template and a row. The rows that occur
    /// are prepared first.
    pub(crate) fn pair_distances(
        self,
        embeddings: &Embeddings,
        index1: &[u32],
        index2: &[u32],
        job: &Job,
    ) -> Result<Vec<f64>> {
        let pairs = (index1, index2);
        let distances = match self {
            Self::Reranked(of) => of.pair_distances(embeddings, pairs, job),
            Self::Normalized(norm) => norm.pair_distances(embeddings, pairs, job),
            Self::Metric(options) => {
                let occurring = Occurring::of(embeddings, index1, index2)?;
                embeddings.while_unchanged(|| {
                    MetricRows::of_pairs(embeddings, options, occurring, job)?
                        .pair_distances(pairs, job)
                })
            }
            Self::Model(model) => {
                let occurring = Occurring::of(embeddings, index1, index2)?.numbers();
                let rows = ModelRows::new(embeddings, model)?;
                embeddings
                    .while_unchanged(|| rows.pair_distances(Firsts::Rows, &occurring, pairs, job))
            }
            Self::Templates(model, templates) => {
                let rows = ModelRows::new(embeddings, model)?;
                let occurring = rows_beside_templates(embeddings, templates, index1, index2)?;
                let firsts = Firsts::Templates(templates);
                embeddings.while_unchanged(|| rows.pair_distances(firsts, &occurring, pairs, job))
            }
        }?;
        let Some(pair) = distances.iter().position(|d| !d.is_finite()) else {
            return Ok(distances);
        };
        let (first, a) = match self {
            Self::Templates(..) => ("template", index1[pair].to_string()),
            _ => ("row", embeddings.numbered(index1[pair])),
        };
        let b = embeddings.numbered(index2[pair]);
        let found = format!(
            "{} for pair {pair} ({first} {a} and row {b})",
            distances[pair]
        );
        let error = Error::new(Code::Undefined, found, "a finite distance");
        Err(match self {
            Self::Metric(_) => error.with_hint(
                "The expression divides by 0, takes the root of a negative number or overflows there",
            ),
            _ => error,
        })
    }
}

/// The rows that occur in a list of pairs.
pub(super) enum Occurring {
    /// Few of many: their numbers, ascending, each once.
    Few(Vec<u32>),
    /// A mark for each row of the matrix.
    Marked(Vec<bool>),
}

/// Rows of a matrix for each pair, from which on a table of the rows costs more than to look for them.
const MANY_ROWS: usize = 32;

impl Occurring {
    /// Fails on the first number that is no row.
    pub(super) fn of(embeddings: &Embeddings, index1: &[u32], index2: &[u32]) -> Result<Self> {
        let n = embeddings.rows();
        require_pairs(index1, index2, ["first", "second rows"])?;
        if n == 0 {
            return Err(embeddings.blame(Error::new(Code::Empty, "no rows", "at least one")));
        }
        for (pair, (a, b)) in zip(index1, index2).enumerate() {
            for (side, row) in [("first", *a), ("second", *b)] {
                if row as usize >= n {
                    let found = format!("row {row} as the {side} of pair {pair}");
                    return Err(Error::new(Code::Index, found, format!("a row below {n}")));
                }
            }
        }
        if index1.len() < n / MANY_ROWS {
            let mut rows = [index1, index2].concat();
            rows.sort_unstable();
            rows.dedup();
            return Ok(Self::Few(rows));
        }
        let mut marks = vec![false; n];
        for row in index1.iter().chain(index2) {
            marks[*row as usize] = true;
        }
        Ok(Self::Marked(marks))
    }

    /// Places of a table of these rows.
    pub(super) fn places(&self) -> usize {
        match self {
            Self::Few(rows) => rows.len(),
            Self::Marked(marks) => marks.len(),
        }
    }

    /// The row at a place, if it occurs.
    pub(super) fn row(&self, place: usize) -> Option<usize> {
        match self {
            Self::Few(rows) => Some(rows[place] as usize),
            Self::Marked(marks) => marks[place].then_some(place),
        }
    }

    /// The place of a row that occurs.
    pub(super) fn place(&self, row: u32) -> usize {
        match self {
            Self::Few(rows) => rows.partition_point(|other| *other < row),
            Self::Marked(_) => row as usize,
        }
    }

    /// The numbers of the rows, ascending.
    pub(super) fn numbers(&self) -> Vec<u32> {
        match self {
            Self::Few(rows) => rows.clone(),
            Self::Marked(marks) => {
                let marked = (0..).zip(marks).filter(|(_, mark)| **mark);
                marked.map(|(row, _)| row).collect()
            }
        }
    }
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
