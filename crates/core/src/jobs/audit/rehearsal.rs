//! The cost of an audit, from some of its rows.

use super::duplicates::Collector;
use super::near::Near;
use super::stacked::Stacked;
use super::{AuditOptions, check};
use crate::error::Result;
use crate::job::Job;
use crate::kernels::Isa;
use crate::kernels::products::bytes::OCTET;
use crate::rows::{Embeddings, norm, normalize};

/// The cost of an audit, estimated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rehearsal {
    /// Comparisons of two rows, of a row and a class and of two classes.
    pub comparisons: f64,
    /// Time that the audit takes on as many threads.
    pub seconds: f64,
}

/// Products of bytes that a rehearsal takes at most.
const PRODUCTS: f64 = 4e9;
/// How often the sample is compared at most, and the seconds after which it is not once more.
const REPEATS: usize = 8;
const PATIENCE: f64 = 0.15;
/// Consecutive rows that are read at once.
const RUN: usize = 64;
/// How often an audit reads all rows, about, for one time that it makes them ready.
const READS: f64 = 4.0;

/// Estimates the cost of [`super::audit`] with so many classes, 0 without labels: compares a few thousand rows, read
/// in runs that are evenly spread, with none and with all of each other, so that what each row and what each
/// comparison takes are told apart. `clock` tells seconds.
///
/// Errors: those of [`super::audit`] about its options and of reading. Cost: 4·10⁹ products of bytes at most, a few
/// times, about a third of a second. The time is right to about a factor of two.
pub fn rehearse(
    parts: &[&Embeddings],
    classes: usize,
    options: &AuditOptions,
    clock: &dyn Fn() -> f64,
    job: &Job,
) -> Result<Rehearsal> {
    check(parts, None, options)?;
    let rows = Stacked::new(parts);
    rows.while_unchanged(|| {
        let sample = sample(&rows)?;
        let parts = [&sample];
        let some = Stacked::new(&parts);
        let (n, classes) = (rows.len() as f64, classes as f64);
        let used: Vec<u32> = (0..some.len() as u32).collect();
        let sorted = |near_rows| {
            let options = AuditOptions {
                near_rows,
                ..*options
            };
            Near::new(&some, used.clone(), &options, &job.part())
        };
        // The median of a few times: the audit does not meet the machine at its best either.
        let time = |near: &Near<'_>| -> Result<f64> {
            let began = clock();
            let mut times = Vec::with_capacity(REPEATS);
            while times.len() < REPEATS && (times.is_empty() || clock() - began < PATIENCE) {
                let before = clock();
                near.find(
                    0..near.asked(),
                    &mut Collector::new(&some, None, 0),
                    &job.part(),
                )?;
                times.push(clock() - before);
            }
            times.sort_unstable_by(f64::total_cmp);
            Ok(times[times.len() / 2])
        };
        // Few rows asked with: next to nothing but making all rows ready.
        let ready = time(&sorted(Some(OCTET))?)?;
        let mut near = sorted(None)?;
        let tried = near.comparisons() as f64;
        near.set_reach(0.0);
        let (least, apart) = (near.comparisons() as f64, time(&near)?);
        near.set_reach(f32::INFINITY);
        let (every, together) = (near.comparisons() as f64, time(&near)?);
        let count = (some.len() as f64).max(1.0);
        let of_row = (apart - ready).max(0.0) / count;
        let of_pair = (together - apart).max(together / 8.0) / (every - least).max(1.0);
        let asked = options.near_rows.map_or(n, |most| n.min(most as f64));
        let pairs = if asked < n { asked * n } else { n * n / 2.0 };
        let compared = pairs * (tried / (count * count / 2.0)).min(1.0);
        let comparisons = compared + n * classes + classes * classes;
        // Rows that are asked with are read again for each run of rows that they meet.
        let meets = 1.0 + compared / asked.max(1.0) / near.held() as f64;
        let seconds = ready * READS * n / count + of_row * asked * meets + of_pair * comparisons;
        Ok(Rehearsal {
            comparisons: comparisons.round(),
            seconds,
        })
    })
}

/// Rows at length 1, runs that are evenly spread; those that are of no use left out.
fn sample(rows: &Stacked<'_>) -> Result<Embeddings> {
    let (n, d) = (rows.len(), rows.dim());
    let most = (2.0 * PRODUCTS / d as f64).sqrt() as usize;
    let runs = most.min(n).div_ceil(RUN).max(1);
    let mut values = Vec::new();
    let mut row = vec![0.0; d];
    for run in 0..runs {
        let first = run * n / runs;
        for place in first..n.min(first + RUN).min((run + 1) * n / runs) {
            rows.read(place, &mut row)?;
            if norm(&row) > 0.0 && row.iter().all(|v| v.is_finite()) {
                normalize(&mut row, Isa::best());
                values.extend(row.iter().map(|v| *v as f32));
            }
        }
    }
    let count = values.len() / d;
    Embeddings::from_vec(values, count, d)
}
