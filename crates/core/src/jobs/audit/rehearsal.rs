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
/// in runs that are evenly spread, and scales the time up by the number of comparisons. `clock` tells seconds.
///
/// Errors: those of [`super::audit`] about its options and of reading. Cost: 4·10⁹ products of bytes at most,
/// about a tenth of a second. The time is right to about a factor of two.
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
        let find = |near_rows| {
            let options = AuditOptions {
                near_rows,
                ..*options
            };
            let near = Near::new(&some, used.clone(), &options, &job.part())?;
            // The least of a few times: what else the machine does only adds to one.
            let (began, mut least) = (clock(), f64::INFINITY);
            for _ in 0..REPEATS {
                let before = clock();
                near.find(&mut Collector::new(&some, None, 0), &job.part())?;
                least = least.min(clock() - before);
                if clock() - began > PATIENCE {
                    break;
                }
            }
            Ok((near.comparisons() as f64, least))
        };
        // Few rows asked with: next to nothing but making all rows ready.
        let (_, ready) = find(Some(OCTET))?;
        let (tried, compared) = find(None)?;
        let compared = (compared - ready).max(compared / 8.0);
        let pairs = (some.len() as f64).powi(2) / 2.0;
        let share = (tried / pairs.max(1.0)).min(1.0);
        let near = match options.near_rows {
            Some(most) if (most as f64) < n => most as f64 * n,
            _ => n * n / 2.0,
        };
        let comparisons = share * near + n * classes + classes * classes;
        let reading = ready * READS * n / (some.len() as f64).max(1.0);
        Ok(Rehearsal {
            comparisons: comparisons.round(),
            seconds: reading + compared * comparisons / tried.max(1.0),
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
            if norm(&row, Isa::best()) > 0.0 && row.iter().all(|v| v.is_finite()) {
                normalize(&mut row, Isa::best());
                values.extend(row.iter().map(|v| *v as f32));
            }
        }
    }
    let count = values.len() / d;
    Embeddings::from_vec(values, count, d)
}
