//! Statistics of labelled rows and of two halves of them that share no class.

use super::bundle::Bundle;
use super::gather::{GatherOptions, gather, gather_in_range};
use super::moments::Moments;
use super::parts::{Part, bundle_of, together};
use super::random::SplitMix;
use crate::error::{Error, Result};
use crate::job::Job;
use crate::rows::{Classes, RowSource, RowSubset, ScaledRows};

/// Two parts of a set that share no class.
#[derive(Clone)]
pub(crate) struct Halves {
    /// Half of the classes, with their sums.
    pub(crate) reference: Moments,
    /// Of the other classes as many as have the rows asked for; without their sums.
    pub(crate) other: Moments,
}

impl Halves {
    /// The halves of some parts: the first of them, and of the others as many as have `most` rows.
    pub(crate) fn of_parts(parts: &[&Part], most: usize) -> Result<Option<Self>> {
        if parts.len() < 2 {
            return Ok(None);
        }
        let (first, others) = parts.split_at(parts.len().div_ceil(2));
        let mut rows = 0;
        let enough = others.iter().take_while(|part| {
            let before = rows;
            rows += part.rows();
            before < most
        });
        let other = &others[..enough.count().max(1)];
        Ok(Some(Self {
            reference: together(first.iter().copied())?,
            other: Moments::with_classes(&bundle_of(other.iter().copied())?, None)?,
        }))
    }
}

/// Gathers all rows and, of the same pass, two halves that share no class; `None` where fewer than
/// four classes have rows. The second half ends with the class that brings it to `most` rows. The
/// last value is the power of two by which rows are taken divided.
///
/// Errors: as [`gather`].
pub(crate) fn gather_halves(
    source: &dyn RowSource,
    classes: &Classes<'_>,
    (most, seed): (usize, u64),
    options: &GatherOptions<'_>,
    job: &Job,
) -> Result<(Bundle, Option<Halves>, f64)> {
    let parts = deal(classes, most, seed);
    if parts.is_empty() {
        let (bundle, unit) = gather_in_range(source, Some(classes), options, job)?;
        return Ok((bundle, None, unit));
    }
    let mut unit = 1.0;
    'again: loop {
        let mut whole: Option<Bundle> = None;
        let mut halves = Vec::new();
        job.begin(options.phase, parts.iter().map(|p| p.len() as u64).sum());
        for (part, rows) in parts.iter().enumerate().filter(|(_, r)| !r.is_empty()) {
            let shift = whole.as_ref().map(|bundle| bundle.shift().to_vec());
            let options = GatherOptions {
                shift: shift.as_deref(),
                ..*options
            };
            let (bundle, own) = gather_rows(source, rows, classes, (&options, unit), job)?;
            if own != unit {
                unit = own;
                continue 'again;
            }
            match part {
                0 => halves.push(Moments::new(bundle.clone())?),
                1 => halves.push(Moments::with_classes(&bundle, None)?),
                _ => {}
            }
            whole = Some(match whole {
                Some(whole) => whole.merge(bundle)?,
                None => bundle,
            });
            job.advance(rows.len() as u64);
        }
        let whole = whole.ok_or_else(|| Error::internal("halves without rows"))?;
        let halves = match <[Moments; 2]>::try_from(halves) {
            Ok([reference, other]) => Some(Halves { reference, other }),
            Err(_) => None,
        };
        return Ok((whole, halves, unit));
    }
}

/// Rows of the first half of the classes, of those of the second up to `most` rows, and the rest.
fn deal(classes: &Classes<'_>, most: usize, seed: u64) -> Vec<Vec<u32>> {
    let mut present: Vec<u32> = (0u32..)
        .zip(classes.sizes())
        .filter(|(_, n)| **n > 0)
        .map(|(class, _)| class)
        .collect();
    if present.len() < 4 {
        return Vec::new();
    }
    let mut random = SplitMix(seed);
    for i in 1..present.len() {
        present.swap(i, random.below(i as u64 + 1) as usize);
    }
    let first = present.len().div_ceil(2);
    let mut part_of = vec![0usize; classes.count()];
    let mut rows = 0;
    for &class in &present[first..] {
        part_of[class as usize] = if rows < most as u64 { 1 } else { 2 };
        rows += classes.sizes()[class as usize];
    }
    let mut parts = vec![Vec::new(), Vec::new(), Vec::new()];
    for (row, class) in (0u32..).zip(classes.of_row()) {
        if let Some(&part) = part_of.get(*class as usize) {
            parts[part].push(row);
        }
    }
    parts
}

/// Statistics of some rows, their classes numbered as in the whole, and the unit they ask for where
/// `unit` is 1.
fn gather_rows(
    source: &dyn RowSource,
    rows: &[u32],
    classes: &Classes<'_>,
    (options, unit): (&GatherOptions<'_>, f64),
    job: &Job,
) -> Result<(Bundle, f64)> {
    let of_row: Vec<u32> = rows.iter().map(|r| classes.of_row()[*r as usize]).collect();
    let own = Classes::with_sizes(&of_row, classes.sizes().to_vec())?;
    let subset = RowSubset::new(source, rows);
    let quiet = job.part();
    let gathered = if unit == 1.0 {
        gather_in_range(&subset, Some(&own), options, &quiet)
    } else {
        let scaled = ScaledRows::new(&subset, unit);
        gather(&scaled, Some(&own), options, &quiet).map(|bundle| (bundle, unit))
    };
    gathered.map_err(|e| match e.row().and_then(|row| rows.get(row as usize)) {
        Some(row) => e.with_row(*row as usize),
        None => e,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::{IGNORED, MatrixF64};
    use crate::statistics::{BundleParts, mean, total_scatter};
    use crate::testing::Lcg;

    fn rows(n: usize, dim: usize) -> Vec<f64> {
        let mut random = Lcg(5);
        (0..n * dim).map(|_| random.double()).collect()
    }

    #[test]
    fn halves_share_no_class_and_their_sum_is_the_whole() {
        let (n, dim) = (600, 4);
        let data = rows(n, dim);
        let source = MatrixF64::new(&data, dim).unwrap();
        let mut of_row: Vec<u32> = (0..n as u32).map(|i| (i * 7) % 31).collect();
        of_row[17] = IGNORED;
        let classes = Classes::new(&of_row).unwrap();
        let options = GatherOptions {
            parts: BundleParts::ALL,
            ..GatherOptions::default()
        };
        let job = Job::default();
        let found = gather_halves(&source, &classes, (100, 3), &options, &job).unwrap();
        let (whole, halves, unit) = found;
        let halves = halves.unwrap();
        assert_eq!(unit, 1.0);
        let plain = gather(&source, Some(&classes), &options, &job).unwrap();
        assert_eq!(whole.class_counts(), plain.class_counts());
        let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(
            mean(&whole)
                .iter()
                .zip(&mean(&plain))
                .all(|(a, b)| close(*a, *b))
        );
        let (a, b) = (
            total_scatter(&whole).unwrap(),
            total_scatter(&plain).unwrap(),
        );
        assert!(a.iter().zip(&b).all(|(a, b)| close(*a, *b)));
        let other: f64 = halves.other.rows;
        assert!((100.0..125.0).contains(&other), "{other}");
        assert_eq!(halves.reference.class_count(), 16);
        let parts = deal(&classes, 100, 3);
        for row in &parts[0] {
            let class = of_row[*row as usize];
            assert!(
                parts[1..]
                    .iter()
                    .flatten()
                    .all(|r| of_row[*r as usize] != class)
            );
        }
        assert_ne!(deal(&classes, 100, 4), parts);
        assert_eq!(parts.iter().map(Vec::len).sum::<usize>(), n - 1);
    }

    #[test]
    fn three_classes_have_no_halves() {
        let data = rows(30, 2);
        let source = MatrixF64::new(&data, 2).unwrap();
        let of_row: Vec<u32> = (0..30).map(|i| i % 3).collect();
        let classes = Classes::new(&of_row).unwrap();
        let options = GatherOptions::default();
        let found = gather_halves(&source, &classes, (9, 0), &options, &Job::default()).unwrap();
        assert!(found.1.is_none());
    }
}
