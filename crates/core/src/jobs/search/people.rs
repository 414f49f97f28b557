//! Probes compared with people of several rows each: by the nearest of them or by the mean.

use std::ops::Range;

use rayon::prelude::*;

use super::hits::Hits;
use super::shortlist::{Hit, Shortlist};
use super::{Accepts, check, check_people};
use crate::error::Result;
use crate::evaluation::identification::{Mate, Searches};
use crate::job::tasks::all;
use crate::job::{Job, memory};
use crate::measure::{Prepared, Scratch, Sides};
use crate::rows::IGNORED;

/// Fusion of the distances to a person's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fuse {
    /// That of the nearest row.
    Nearest,
    /// Their mean.
    Mean,
}

/// Rows of a gallery and the person of each, numbered densely from 0.
#[derive(Clone, Copy)]
pub struct Slice<'a> {
    /// The rows.
    pub rows: &'a Prepared<'a>,
    /// The person of each row; those of [`IGNORED`] are nobody.
    pub of_row: &'a [u32],
    /// Accepts pairs of a probe and a row.
    pub accepts: Accepts<'a>,
}

/// Probes that one thread compares at a time.
const BLOCK: usize = 16;
/// Gallery rows between two looks at whether to stop.
const STRIDE: usize = 1024;

/// The k nearest people for the probes `range`; in the place of rows what `row_of` says of people, which also
/// decides between those at one distance.
///
/// Every pair is measured. Memory: 12 bytes for each hit, 256 for each person and thread.
///
/// Errors: those of [`super::search`].
pub fn search_people(
    probes: &Prepared<'_>,
    range: Range<usize>,
    (gallery, fuse): (&[Slice<'_>], Fuse),
    (k, row_of): (usize, &(dyn Fn(u32) -> u32 + Sync)),
    job: &Job,
) -> Result<Hits> {
    check(probes, &range, k)?;
    let k = k.min(count(gallery));
    memory::require("the search", Hits::bytes(range.len(), k)?)?;
    let lists = compare(probes, range, (gallery, fuse), job, |_, distances| {
        let mut list = Shortlist::new(k, None);
        for (person, distance) in (0..).zip(distances) {
            if !distance.is_nan() {
                list.add(Hit {
                    distance: *distance,
                    row: row_of(person),
                });
            }
        }
        list.best().to_vec()
    })?;
    let mut hits = Hits::new();
    lists.iter().for_each(|list| hits.push(list));
    Ok(hits)
}

/// Ranks the own person of each probe in `range` by the rows that are candidates: counts how many others
/// are nearer, and as near.
///
/// Every pair is measured. Errors: those of [`super::search`].
pub fn rank_people(
    probes: &Prepared<'_>,
    range: Range<usize>,
    gallery: (&[Slice<'_>], Fuse),
    of_probe: &[u32],
    job: &Job,
) -> Result<Searches> {
    check_people(of_probe, probes)?;
    let ranked = compare(probes, range, gallery, job, |probe, distances| {
        let own = of_probe[probe as usize];
        let distance = distances.get(own as usize).copied().filter(|d| !d.is_nan());
        let others = || {
            let numbered = (0..).zip(distances);
            numbered
                .filter(|(person, _)| *person != own)
                .map(|(_, distance)| *distance)
        };
        let mate = distance.map(|distance| Mate {
            distance,
            nearer: others().filter(|other| *other < distance).count() as u32,
            tied: others().filter(|other| *other == distance).count() as u32,
        });
        (own, mate, others().fold(f64::INFINITY, f64::min))
    })?;
    let mut searches = Searches::default();
    for (identity, mate, nearest_other) in ranked {
        if identity != IGNORED {
            searches.push(identity, mate, nearest_other);
        }
    }
    Ok(searches)
}

/// Number of people.
fn count(gallery: &[Slice<'_>]) -> usize {
    let people = gallery.iter().flat_map(|slice| slice.of_row);
    let people = people.filter(|person| **person != IGNORED);
    people.max().map_or(0, |person| *person as usize + 1)
}

/// Calls `each` with every probe and its distance to each person, NaN where it met no row of them.
pub(super) fn compare<T: Send>(
    probes: &Prepared<'_>,
    range: Range<usize>,
    (gallery, fuse): (&[Slice<'_>], Fuse),
    job: &Job,
    each: impl Fn(u32, &[f64]) -> T + Sync,
) -> Result<Vec<T>> {
    check(probes, &range, 1)?;
    for slice in gallery {
        check_people(slice.of_row, slice.rows)?;
    }
    let (people, rows) = (
        count(gallery),
        gallery.iter().map(|slice| slice.rows.rows()),
    );
    let tallies = BLOCK * size_of::<Tally>() * rayon::current_num_threads();
    memory::require("the people", people.saturating_mul(tallies))?;
    job.begin("search", (range.len() * rows.sum::<usize>()) as u64);
    let starts: Vec<usize> = range.clone().step_by(BLOCK).collect();
    let task = |first: usize| -> Result<Vec<T>> {
        let count = BLOCK.min(range.end - first);
        let places: Vec<usize> = (0..STRIDE.max(BLOCK)).collect();
        let asked = probes.hold(&probes.run(first, count)?, &places[..count])?;
        let mut tallies = vec![vec![Tally::default(); people]; count];
        let mut scratch = Scratch::default();
        let strides = gallery.iter().flat_map(|slice| {
            let starts = (0..slice.rows.rows()).step_by(STRIDE);
            starts.map(move |start| (slice, start))
        });
        for (slice, start) in strides {
            job.check()?;
            let sides = Sides::new(probes, slice.rows);
            let stride = STRIDE.min(slice.rows.rows() - start);
            let stored = slice.rows.run(start, stride)?;
            let stored = slice.rows.hold(&stored, &places[..stride])?;
            for place in 0..stride {
                let row = (start + place) as u32;
                let person = slice.of_row[row as usize];
                if person == IGNORED {
                    continue;
                }
                for (i, tallies) in tallies.iter_mut().enumerate() {
                    let probe = (first + i) as u32;
                    if !(slice.accepts)(probe, row) {
                        continue;
                    }
                    let distance = sides.distance((&asked, i), (&stored, place), &mut scratch)?;
                    tallies[person as usize].add(distance, fuse);
                }
            }
            job.advance((stride * count) as u64);
        }
        let fused = |tallies: &Vec<Tally>| -> Vec<f64> {
            tallies.iter().map(|tally| tally.fused(fuse)).collect()
        };
        Ok((first as u32..)
            .zip(&tallies)
            .map(|(probe, tallies)| each(probe, &fused(tallies)))
            .collect())
    };
    let met = probes.while_unchanged(|| {
        let met = all(starts.into_par_iter(), task);
        let unchanged = |slice: &Slice<'_>| slice.rows.while_unchanged(|| Ok(()));
        gallery.iter().try_for_each(unchanged)?;
        met
    })?;
    Ok(met.into_iter().flatten().collect())
}

/// Distances to one person so far: their sum, or the least.
#[derive(Clone, Copy, Default)]
struct Tally {
    value: f64,
    count: u32,
}

impl Tally {
    fn add(&mut self, distance: f64, fuse: Fuse) {
        self.value = match fuse {
            Fuse::Mean => self.value + distance,
            Fuse::Nearest if self.count > 0 => self.value.min(distance),
            Fuse::Nearest => distance,
        };
        self.count += 1;
    }

    fn fused(&self, fuse: Fuse) -> f64 {
        match (self.count, fuse) {
            (0, _) => f64::NAN,
            (_, Fuse::Nearest) => self.value,
            (count, Fuse::Mean) => self.value / f64::from(count),
        }
    }
}
