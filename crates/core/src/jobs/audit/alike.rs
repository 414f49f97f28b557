//! Rows that are alike: copies first, then near ones among the rest.

use super::AuditOptions;
use super::duplicates::{Collector, Duplicate, Lists};
use super::health::Health;
use super::near::Near;
use super::stacked::Stacked;
use crate::error::Result;
use crate::job::Job;

/// All duplicates, most alike first, and the number of rows that were compared with all others. A row that is
/// identical to an earlier one is paired with the first of its kind only.
pub(super) fn find(
    rows: &Stacked<'_>,
    health: &Health,
    labels: Option<&[u32]>,
    options: &AuditOptions,
    job: &Job,
) -> Result<(Lists, usize)> {
    let mut lists = Collector::new(rows, labels, options.limit);
    let copies = identical(rows, health, job)?;
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
    let others: Vec<u32> = (0..rows.len() as u32)
        .filter(|&row| health.is_sound(row as usize) && !is_copy[row as usize])
        .collect();
    let near = Near::new(rows, others, options, job)?;
    near.find(&mut lists, job)?;
    Ok((lists.finish(), near.asked()))
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
