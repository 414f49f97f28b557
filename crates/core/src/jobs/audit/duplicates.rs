//! Rows that are identical or nearly so.
//!
//! Rows of length 1 with a cosine of at least 1 − ε lie within √(2ε) of each other, in every column too. So
//! rows are sorted by the column that varies most, and a row is compared with those that follow within
//! that distance, column after column until the sum of squares exceeds 2ε: nothing near is missed, and most
//! pairs end at the first few columns. Pairs that remain are judged by their own numbers.

use std::cmp::Ordering;
use std::collections::HashMap;

use rayon::prelude::*;

use super::health::Health;
use super::stacked::Stacked;
use super::{AuditOptions, Listed};
use crate::error::Result;
use crate::job::Job;
use crate::job::memory::reserve;
use crate::kernels::{Isa, Kernels};

/// Two rows that are identical or nearly so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Duplicate {
    /// The earlier row.
    pub row1: u32,
    /// The later row.
    pub row2: u32,
    /// Cosine similarity; exactly 1 for identical rows.
    pub similarity: f64,
    /// True if all numbers are equal.
    pub identical: bool,
}

/// Rows that one task compares with those after them.
const BLOCK: usize = 128;

/// Columns that are looked at first, kept apart so that rows that differ there are passed at the speed of
/// memory.
const LEAD: usize = 8;

/// Squared distances are of rows rounded to single precision: no pair within ε may be lost to that.
const ROUNDING: f32 = 1e-6;

/// Duplicates within one part under two labels; within one part otherwise; in two parts.
pub(super) type Lists = [Listed<Duplicate>; 3];

/// All duplicates, most alike first. A row that is identical to an earlier one is
/// paired with the first of its kind only.
pub(super) fn find(
    rows: &Stacked<'_>,
    units: &[f32],
    health: &Health,
    labels: Option<&[u32]>,
    options: &AuditOptions,
    job: &Job,
) -> Result<Lists> {
    let copies = identical(rows, health, job)?;
    let mut lists = Collector::new(rows, labels, options.limit);
    let mut is_copy = vec![false; rows.len()];
    for &(row1, row2) in &copies {
        is_copy[row2 as usize] = true;
        lists.add(Duplicate {
            row1,
            row2,
            similarity: 1.0,
            identical: true,
        });
    }
    if options.near < 1.0 {
        let used: Vec<u32> = (0..rows.len() as u32)
            .filter(|&row| health.is_sound(row as usize) && !is_copy[row as usize])
            .collect();
        let sorted = Sorted::new(units, rows.dim(), used)?;
        let limit = (2.0 * (1.0 - options.near)) as f32 + ROUNDING;
        job.begin("duplicates", sorted.rows.len() as u64);
        let parts: Vec<Collector<'_>> = (0..sorted.rows.len().div_ceil(BLOCK))
            .into_par_iter()
            .map(|block| {
                let mut part = Collector::new(rows, labels, options.limit);
                let first = block * BLOCK;
                let end = sorted.rows.len().min(first + BLOCK);
                for place in first..end {
                    job.check()?;
                    sorted.neighbours(place, limit, |other| {
                        let pair = compare(rows, sorted.rows[place], sorted.rows[other])?;
                        if pair.similarity >= options.near {
                            part.add(pair);
                        }
                        Ok(())
                    })?;
                }
                job.advance((end - first) as u64);
                Ok(part)
            })
            .collect::<Result<_>>()?;
        parts.into_iter().for_each(|part| lists.merge(part));
    }
    Ok(lists.finish())
}

/// Pairs of a row and the first that holds the same numbers.
fn identical(rows: &Stacked<'_>, health: &Health, job: &Job) -> Result<Vec<(u32, u32)>> {
    let d = rows.dim();
    let hashes = rows.map_blocks("copies", job, |_, values| {
        values.chunks_exact(d).map(hash).collect::<Vec<_>>()
    })?;
    let mut firsts: HashMap<u64, Vec<u32>> = HashMap::new();
    let (mut a, mut b) = (vec![0.0; d], vec![0.0; d]);
    let mut pairs = Vec::new();
    for (row, hash) in (0u32..).zip(hashes.into_iter().flatten()) {
        if !health.is_sound(row as usize) {
            continue;
        }
        let candidates = firsts.entry(hash).or_default();
        let mut copy_of = None;
        if !candidates.is_empty() {
            rows.read(row as usize, &mut b)?;
        }
        for &candidate in candidates.iter() {
            rows.read(candidate as usize, &mut a)?;
            if a == b {
                copy_of = Some(candidate);
                break;
            }
        }
        match copy_of {
            Some(first) => pairs.push((first, row)),
            None => candidates.push(row),
        }
    }
    Ok(pairs)
}

/// FNV-1a over the bits of the numbers, word by word; both zeros are one.
fn hash(row: &[f64]) -> u64 {
    row.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, v| {
        let mixed = (hash ^ (v + 0.0).to_bits()).wrapping_mul(0x0100_0000_01b3);
        mixed ^ (mixed >> 29)
    })
}

/// Rows by their most varying column, with that column first.
struct Sorted {
    /// Number of columns beyond the lead.
    others: usize,
    /// Row number at each place.
    rows: Vec<u32>,
    /// The most varying columns at each place; zeros where there are fewer.
    lead: Vec<[f32; LEAD]>,
    /// The other columns at each place, from most to least varying.
    rest: Vec<f32>,
}

impl Sorted {
    fn new(units: &[f32], dim: usize, mut rows: Vec<u32>) -> Result<Self> {
        let columns = columns_by_variance(units, dim, &rows);
        let at = |row: u32, column: usize| units[row as usize * dim + column];
        let most = columns[0];
        rows.sort_by(|&a, &b| at(a, most).total_cmp(&at(b, most)).then(a.cmp(&b)));
        let (first, others) = columns.split_at(LEAD.min(dim));
        let lead = rows
            .iter()
            .map(|&row| {
                let mut values = [0.0; LEAD];
                values
                    .iter_mut()
                    .zip(first)
                    .for_each(|(v, &c)| *v = at(row, c));
                values
            })
            .collect();
        let mut rest = reserve("a sorted copy", rows.len() * others.len())?;
        for &row in &rows {
            rest.extend(others.iter().map(|&column| at(row, column)));
        }
        Ok(Self {
            others: others.len(),
            rows,
            lead,
            rest,
        })
    }

    /// Calls `each` with every later place whose squared distance is at most `limit`.
    fn neighbours(
        &self,
        place: usize,
        limit: f32,
        mut each: impl FnMut(usize) -> Result<()>,
    ) -> Result<()> {
        let lead = &self.lead[place];
        let reach = limit.sqrt();
        for (other, candidate) in (place + 1..).zip(&self.lead[place + 1..]) {
            if candidate[0] - lead[0] > reach {
                break;
            }
            let near = squared_distance(lead, candidate);
            if near <= limit && self.rest_is_within(place, other, limit - near) {
                each(other)?;
            }
        }
        Ok(())
    }

    fn rest_is_within(&self, place: usize, other: usize, limit: f32) -> bool {
        let at = |place: usize| self.rest[place * self.others..][..self.others].chunks(LEAD);
        let mut sum = 0.0;
        for (x, y) in at(place).zip(at(other)) {
            sum += x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum::<f32>();
            if sum > limit {
                return false;
            }
        }
        true
    }
}

/// Of as many columns as a register holds: no branch within, so that the compiler uses one.
fn squared_distance(x: &[f32; LEAD], y: &[f32; LEAD]) -> f32 {
    let mut squares = [0.0; LEAD];
    for ((square, x), y) in squares.iter_mut().zip(x).zip(y) {
        *square = (x - y) * (x - y);
    }
    let [a, b, c, d, e, f, g, h] = squares;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// Columns from the largest variance down; the first of equals first.
fn columns_by_variance(units: &[f32], dim: usize, rows: &[u32]) -> Vec<usize> {
    let (mut sums, mut squares) = (vec![0.0f64; dim], vec![0.0f64; dim]);
    for &row in rows {
        let unit = &units[row as usize * dim..][..dim];
        for ((sum, square), v) in sums.iter_mut().zip(&mut squares).zip(unit) {
            *sum += f64::from(*v);
            *square += f64::from(*v) * f64::from(*v);
        }
    }
    let n = rows.len().max(1) as f64;
    let variance = |c: usize| squares[c] / n - (sums[c] / n) * (sums[c] / n);
    let mut columns: Vec<_> = (0..dim).collect();
    columns.sort_by(|&a, &b| variance(b).total_cmp(&variance(a)).then(a.cmp(&b)));
    columns
}

/// The cosine of two rows that are not identical, from their own numbers.
fn compare(rows: &Stacked<'_>, one: u32, other: u32) -> Result<Duplicate> {
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
        similarity: cosine.min(1.0),
        identical: false,
    })
}

/// The first of each list, and how many there were.
struct Collector<'a> {
    rows: &'a Stacked<'a>,
    labels: Option<&'a [u32]>,
    limit: usize,
    lists: Lists,
}

impl<'a> Collector<'a> {
    fn new(rows: &'a Stacked<'a>, labels: Option<&'a [u32]>, limit: usize) -> Self {
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

    fn add(&mut self, pair: Duplicate) {
        let (row1, row2) = (pair.row1 as usize, pair.row2 as usize);
        let agree = self.labels.is_none_or(|l| l[row1] == l[row2]);
        let list = if self.rows.part_of(row1) == self.rows.part_of(row2) {
            usize::from(agree)
        } else {
            2
        };
        self.extend(list, [pair], 1);
    }

    fn merge(&mut self, later: Self) {
        for (list, later) in later.lists.into_iter().enumerate() {
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

    fn finish(mut self) -> Lists {
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
