//! Pairs of rows that are identical or nearly so, and their lists.

use std::cmp::Ordering;

use super::Listed;
use super::stacked::Stacked;
use crate::error::Result;
use crate::kernels::{Isa, Kernels};

/// Two rows that are identical or nearly so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Duplicate {
    /// The earlier row.
    pub row1: u32,
    /// The later row.
    pub row2: u32,
    /// Cosine similarity; exactly 1 for identical rows, and for rows within 10⁻¹² of it.
    pub similarity: f64,
    /// True if all numbers are equal.
    pub identical: bool,
}

/// A similarity this near to 1 is 1: a sum in double precision and a scaled copy in single precision are off by
/// less.
pub(super) const ONE: f64 = 1e-12;

/// Duplicates within one part under two labels; within one part otherwise; in two parts.
pub(super) type Lists = [Listed<Duplicate>; 3];

/// The cosine of two rows that are not identical, from their own numbers in double precision.
pub(super) fn compare(rows: &Stacked<'_>, one: u32, other: u32) -> Result<Duplicate> {
    let (row1, row2) = (one.min(other), one.max(other));
    let (mut x, mut y) = (vec![0.0; rows.dim()], vec![0.0; rows.dim()]);
    rows.read(row1 as usize, &mut x)?;
    rows.read(row2 as usize, &mut y)?;
    for row in [&mut x, &mut y] {
        let largest = row.iter().fold(0.0, |most: f64, v| most.max(v.abs()));
        row.iter_mut().for_each(|v| *v /= largest);
    }
    let dot = Kernels::<f64>::for_isa(Isa::best()).dot;
    let cosine = dot(&x, &y) / (dot(&x, &x) * dot(&y, &y)).sqrt();
    Ok(Duplicate {
        row1,
        row2,
        similarity: if cosine < 1.0 - ONE { cosine } else { 1.0 },
        identical: false,
    })
}

/// The first of each list, and how many there were.
pub(super) struct Collector<'a> {
    rows: &'a Stacked<'a>,
    labels: Option<&'a [u32]>,
    limit: usize,
    lists: Lists,
}

impl<'a> Collector<'a> {
    pub(super) fn new(rows: &'a Stacked<'a>, labels: Option<&'a [u32]>, limit: usize) -> Self {
        let none = || Listed {
            entries: Vec::new(),
            total: 0,
        };
        Self {
            rows,
            labels,
            limit,
            lists: [none(), none(), none()],
        }
    }

    /// An empty one for the same rows.
    pub(super) fn part(&self) -> Self {
        Self::new(self.rows, self.labels, self.limit)
    }

    /// Most entries of each list.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// The list that a pair belongs to; `None` for rows that there are not, or not in order.
    pub(super) fn list_of(&self, pair: &Duplicate) -> Option<usize> {
        let (row1, row2) = (pair.row1 as usize, pair.row2 as usize);
        if row1 >= row2 || row2 >= self.rows.len() {
            return None;
        }
        let agree = self.labels.is_none_or(|l| l[row1] == l[row2]);
        Some(if self.rows.part_of(row1) == self.rows.part_of(row2) {
            usize::from(agree)
        } else {
            2
        })
    }

    /// Adds a pair of two rows of these, in order.
    pub(super) fn add(&mut self, pair: Duplicate) {
        if let Some(list) = self.list_of(&pair) {
            self.extend(list, [pair], 1);
        }
    }

    pub(super) fn merge(&mut self, later: Self) {
        self.take(later.lists);
    }

    /// Adds lists that are found already.
    pub(super) fn take(&mut self, lists: Lists) {
        for (list, later) in lists.into_iter().enumerate() {
            self.extend(list, later.entries, later.total);
        }
    }

    /// Cuts a list now and then, so that a set of copies does not fill the memory.
    fn extend(&mut self, list: usize, pairs: impl IntoIterator<Item = Duplicate>, total: usize) {
        let list = &mut self.lists[list];
        list.total += total;
        list.entries.extend(pairs);
        if list.entries.len() > 2 * self.limit + 1024 {
            cut(&mut list.entries, self.limit);
        }
    }

    pub(super) fn finish(mut self) -> Lists {
        for list in &mut self.lists {
            cut(&mut list.entries, self.limit);
        }
        self.lists
    }
}

fn cut(entries: &mut Vec<Duplicate>, limit: usize) {
    entries.sort_by(by_likeness);
    entries.truncate(limit);
}

/// Identical first, then the most alike, then by row.
fn by_likeness(a: &Duplicate, b: &Duplicate) -> Ordering {
    b.identical
        .cmp(&a.identical)
        .then(b.similarity.total_cmp(&a.similarity))
        .then((a.row1, a.row2).cmp(&(b.row1, b.row2)))
}
