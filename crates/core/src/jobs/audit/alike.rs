//! Rows that are alike: copies first, then near ones among the rest.

use super::duplicates::{Collector, Duplicate, Lists};
use super::health::Health;
use super::near::Near;
use super::parts::Parts;
use super::stacked::Stacked;
use super::{AuditOptions, Listed};
use crate::error::Result;
use crate::job::Job;

/// The duplicates of a set: copies, which are found, and the rest, which is to be compared.
pub(super) struct Alike<'a> {
    pub(super) found: Collector<'a>,
    pub(super) near: Near<'a>,
    least: f64,
}

impl<'a> Alike<'a> {
    /// Finds the copies. A row that is identical to an earlier one is paired with the first of its kind only.
    pub(super) fn new(
        rows: &'a Stacked<'a>,
        health: &Health,
        labels: Option<&'a [u32]>,
        options: &AuditOptions,
        job: &Job,
    ) -> Result<Self> {
        let mut found = Collector::new(rows, labels, options.limit);
        let copies = identical(rows, health, job)?;
        let mut is_copy = vec![false; rows.len()];
        for &(row1, row2) in &copies {
            is_copy[row2 as usize] = true;
            found.add(Duplicate {
                row1,
                row2,
                similarity: 1.0,
                identical: true,
            });
        }
        let others: Vec<u32> = (0..rows.len() as u32)
            .filter(|&row| health.is_sound(row as usize) && !is_copy[row as usize])
            .collect();
        Ok(Self {
            found,
            near: Near::new(rows, others, options, job)?,
            least: options.near,
        })
    }

    /// All duplicates, most alike first; the near ones from `parts` where there are any.
    pub(super) fn find(mut self, parts: &Parts<'_>, job: &Job) -> Result<Lists> {
        if parts.are_given() {
            parts.merge(&mut self, job)?;
        } else {
            let all = 0..self.near.asked();
            self.near.find(all, &mut self.found, job)?;
        }
        Ok(self.found.finish())
    }

    /// True if a search of some of these rows can have found this.
    pub(super) fn is_possible(&self, lists: &Lists) -> bool {
        let fits = |(place, list): (usize, &Listed<Duplicate>)| {
            let count = list.entries.len();
            let of = |pair: &Duplicate| {
                (self.least..=1.0).contains(&pair.similarity)
                    && self.found.list_of(pair) == Some(place)
            };
            count == list.total.min(self.found.limit()) && list.entries.iter().all(of)
        };
        lists.iter().enumerate().all(fits)
    }
}

/// Pairs of a row and the first that holds the same numbers.
fn identical(rows: &Stacked<'_>, health: &Health, job: &Job) -> Result<Vec<(u32, u32)>> {
    let mut order: Vec<u32> = (0..rows.len() as u32)
        .filter(|&row| health.is_sound(row as usize))
        .collect();
    order.sort_unstable_by_key(|&row| (health.hash(row as usize), row));
    let alike = |a: &u32, b: &u32| health.hash(*a as usize) == health.hash(*b as usize);
    let (mut a, mut b) = (vec![0.0; rows.dim()], vec![0.0; rows.dim()]);
    let mut pairs = Vec::new();
    job.begin("copies", order.len() as u64);
    for group in order.chunk_by(alike) {
        let mut firsts: Vec<u32> = Vec::new();
        for &row in if group.len() > 1 { group } else { &[] } {
            job.check()?;
            rows.read(row as usize, &mut b)?;
            let mut first = None;
            for &candidate in &firsts {
                rows.read(candidate as usize, &mut a)?;
                if a == b {
                    first = Some(candidate);
                    break;
                }
            }
            match first {
                Some(first) => pairs.push((first, row)),
                None => firsts.push(row),
            }
        }
        job.advance(group.len() as u64);
    }
    Ok(pairs)
}
