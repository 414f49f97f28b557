//! A list of pairs under a normalisation.

use rayon::prelude::*;

use super::exclusion::Exclusion;
use super::pass::{Summaries, summaries};
use super::{
    Cohort, Facing, Moments, RowNorm, ScoreNorm, Selection, at, explicit, normalized, row_norms,
};
use crate::error::Result;
use crate::job::Job;
use crate::measure::{Batch, Prepared, Scratch, Side, Sides};
use crate::rows::Embeddings;

/// Pairs that one thread takes at a time.
const TASK: usize = 256;

impl ScoreNorm<'_> {
    /// Normalised distances of pairs; only the rows that occur have statistics.
    pub(in crate::measure) fn pair_distances(
        &self,
        embeddings: &Embeddings,
        (index1, index2): (&[u32], &[u32]),
        job: &Job,
    ) -> Result<Vec<f64>> {
        self.check()?;
        let mut distances = self
            .measure
            .pair_distances(embeddings, index1, index2, job)?;
        let mut used = vec![false; embeddings.rows()];
        for row in index1.iter().chain(index2) {
            used[*row as usize] = true;
        }
        let which: Vec<u32> = (0..)
            .zip(&used)
            .filter(|(_, used)| **used)
            .map(|(row, _)| row)
            .collect();
        let exclusion = self.exclusion(embeddings.rows())?;
        let rows = match self.cohort {
            Cohort::Own => self.measure.prepare(embeddings, job)?,
            Cohort::Rows(_) => self.measure.prepare_used(embeddings, used, job)?,
        };
        let other = match self.cohort {
            Cohort::Own => None,
            Cohort::Rows(cohort) => Some(self.beside(&rows, cohort, job)?),
        };
        let cohort = other.as_ref().unwrap_or(&rows);
        let mut place = vec![0u32; embeddings.rows()];
        for (i, row) in (0..).zip(&which) {
            place[*row as usize] = i;
        }
        let pairs = (index1.par_iter().zip(index2))
            .map(|(a, b)| [place[*a as usize] as usize, place[*b as usize] as usize]);
        if self.norm.selection == Selection::Other {
            let pairs: Vec<[usize; 2]> = pairs.collect();
            let rows = (&rows, &which[..]);
            self.by_other(rows, cohort, &exclusion, (&pairs, &mut distances), job)?;
            return Ok(distances);
        }
        let norms = row_norms(self, (&rows, &which), cohort, &exclusion, job)?;
        let terms = self.norm.terms;
        (distances.par_iter_mut().zip(pairs)).for_each(|(distance, [a, b])| {
            let sides = [norms[a][at(Side::Query)], norms[b][at(Side::Stored)]];
            *distance = normalized(*distance, terms, sides);
        });
        Ok(distances)
    }

    /// Normalises each distance by the cohort rows that are most alike to the other row.
    fn by_other(
        &self,
        (rows, which): (&Prepared<'_>, &[u32]),
        cohort: &Prepared<'_>,
        exclusion: &Exclusion<'_>,
        (pairs, distances): (&[[usize; 2]], &mut [f64]),
        job: &Job,
    ) -> Result<()> {
        let take = self.take(cohort)?;
        let of = |side| {
            let facing = Facing {
                rows,
                which,
                cohort,
                side,
                normed: None,
            };
            let found = summaries(&facing, take, exclusion, job)?;
            // Says what it says of as-norm about too few rows.
            explicit(self, &facing, &found)?;
            Ok(found)
        };
        let by_query = of(Side::Query)?;
        let symmetric = (rows.plain_key_shape()).is_some_and(|shape| shape.symmetric);
        let by_stored = if symmetric {
            None
        } else {
            Some(of(Side::Stored)?)
        };
        let near = Near::new((rows, which), cohort, &by_query, by_stored.as_ref())?;
        job.begin("pairs", pairs.len() as u64);
        let tasks = distances.par_chunks_mut(TASK).zip(pairs.par_chunks(TASK));
        let done = tasks.map(|(distances, pairs)| {
            job.check()?;
            let mut scratch = Scratch::default();
            for (distance, [a, b]) in distances.iter_mut().zip(pairs) {
                let of_first = near.moments(*a, *b, Side::Query, exclusion, &mut scratch)?;
                let of_second = near.moments(*b, *a, Side::Stored, exclusion, &mut scratch)?;
                let norm = |place: usize, (moments, scale)| -> Result<RowNorm> {
                    self.row_norm(which[place], moments, scale)
                };
                let sides = [norm(*a, of_first)?, norm(*b, of_second)?];
                *distance = normalized(*distance, self.norm.terms, sides);
            }
            job.advance(pairs.len() as u64);
            Ok(())
        });
        rows.while_unchanged(|| {
            cohort.while_unchanged(|| {
                (done.collect::<Vec<Result<()>>>().into_iter()).collect::<Result<()>>()
            })
        })
        .map_err(|e| rows.embeddings().blame(e))
    }
}

/// The cohort rows that are most alike to each row, ready to be compared with others.
struct Near<'a> {
    which: &'a [u32],
    /// As first and as second member of a pair.
    by_side: [&'a Summaries; 2],
    queries: Sides<'a>,
    stored: Sides<'a>,
    rows: Batch,
    cohort: Batch,
    /// The place in `cohort` of each of its rows.
    place: Vec<u32>,
}

impl<'a> Near<'a> {
    fn new(
        (rows, which): (&'a Prepared<'a>, &'a [u32]),
        cohort: &'a Prepared<'a>,
        by_query: &'a Summaries,
        by_stored: Option<&'a Summaries>,
    ) -> Result<Self> {
        let by_stored = by_stored.unwrap_or(by_query);
        let mut occurs = vec![false; cohort.rows()];
        for near in [by_query, by_stored].into_iter().flatten() {
            near.nearest()
                .iter()
                .for_each(|near| occurs[near.row as usize] = true);
        }
        let mut place = vec![0; cohort.rows()];
        let mut numbers = Vec::new();
        for (row, _) in (0u32..).zip(&occurs).filter(|(_, occurs)| **occurs) {
            place[row as usize] = numbers.len() as u32;
            numbers.push(row);
        }
        Ok(Self {
            which,
            by_side: [by_query, by_stored],
            queries: Sides::new(rows, cohort),
            stored: Sides::new(cohort, rows),
            rows: rows.batch(which)?,
            cohort: cohort.batch(&numbers)?,
            place,
        })
    }

    /// Moments and size of the distances of a row on one side to the cohort rows that are most alike
    /// to another on the other side, but for those that do not count for the row.
    fn moments(
        &self,
        row: usize,
        other: usize,
        side: Side,
        exclusion: &Exclusion<'_>,
        scratch: &mut Scratch,
    ) -> Result<(Moments, f64)> {
        let excluded = exclusion.of(self.which[row]);
        let near = self.by_side[1 - at(side)][other].nearest();
        let mut distances = Vec::with_capacity(near.len());
        for near in near {
            if excluded.binary_search(&near.row).is_ok() {
                continue;
            }
            let met = (&self.cohort, self.place[near.row as usize] as usize);
            distances.push(match side {
                Side::Query => self
                    .queries
                    .plain_distance((&self.rows, row), met, scratch)?,
                Side::Stored => self
                    .stored
                    .plain_distance(met, (&self.rows, row), scratch)?,
            });
        }
        let scale = distances.iter().fold(0.0f64, |most, d| most.max(d.abs()));
        Ok((Moments::of(&distances), scale))
    }
}
