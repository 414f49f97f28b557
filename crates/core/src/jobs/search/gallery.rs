//! Rows added part by part, prepared once and searched many times.

use std::ops::Range;
use std::sync::Arc;

use super::{
    Candidates, Fuse, Hits, Index, People, SearchOptions, Shots, rank_mates, rank_people, search,
    search_people,
};
use crate::error::{Code, Error, Result};
use crate::evaluation::identification::Searches;
use crate::job::{Job, memory};
use crate::measure::{Measure, Prepared, Survey};
use crate::rows::Embeddings;

/// Rows under a measure, ready to be searched. Every call takes the measure that the first rows were
/// prepared under. A clone is cheap and keeps the rows of its moment.
#[derive(Clone, Default)]
pub struct Gallery {
    parts: Vec<(u32, Arc<Part>)>,
    /// True if each row was removed; empty if none was.
    removed: Arc<Vec<bool>>,
    rows: u32,
}

/// Rows prepared together, for [`Gallery::push`].
pub struct Part {
    rows: Arc<Embeddings>,
    survey: Option<Survey>,
    /// Absent where rows are made ready for each search.
    index: Option<Index>,
}

/// Probes to search for in a gallery, and what is a candidate.
pub struct Query<'a> {
    /// Rows to search for, those of `range`.
    pub probes: &'a Embeddings,
    /// First probe, and the one behind the last.
    pub range: Range<usize>,
    /// Rows that each probe may find.
    pub candidates: Candidates<'a>,
    /// Makes people candidates; without it each row is one.
    pub fuse: Option<Fuse>,
    /// Bytes that rows without an index may take; the default of [`SearchOptions`] if absent.
    pub memory: Option<usize>,
}

impl Gallery {
    /// Prepares rows against the reference of the first ones, of which there may be none. The index is
    /// not made where it takes more than `memory` bytes.
    ///
    /// Errors: those of [`Measure::prepare`] and [`Index::new`].
    pub fn prepare(
        &self,
        rows: Arc<Embeddings>,
        measure: Measure<'_>,
        memory: Option<usize>,
        job: &Job,
    ) -> Result<Part> {
        let first = (self.parts.first())
            .map(|(_, part)| part.prepared(measure))
            .transpose()?;
        let prepared = match &first {
            Some(first) => first.beside(&rows, job)?,
            None => measure.prepare_first(&rows, job)?,
        };
        let bytes = Index::bytes(&prepared);
        // With a limit, what does not fit is made ready for each search instead.
        let fits = memory.is_none_or(|most| bytes <= most && memory::grants(bytes));
        let index = fits.then(|| Index::new(&prepared, job)).transpose()?;
        let survey = prepared.into_survey();
        Ok(Part {
            rows,
            survey,
            index,
        })
    }

    /// Adds rows behind all others and returns the number of the first.
    ///
    /// Errors: `EDIMENSION` beyond 2³²−1 rows.
    pub fn push(&mut self, part: Part) -> Result<u32> {
        let (first, count) = (self.rows, part.rows.rows());
        self.rows = u32::try_from(first as usize + count).map_err(|_| {
            let found = format!("{} rows", first as usize + count);
            Error::new(Code::Dimension, found, "at most 2³²−1")
        })?;
        self.parts.push((first, Arc::new(part)));
        Ok(first)
    }

    /// Leaves rows out of every later search; numbers do not change.
    ///
    /// Errors: `EINDEX` for a row that was never added.
    pub fn remove(&mut self, rows: &[u32]) -> Result<()> {
        if let Some(row) = rows.iter().find(|row| **row >= self.rows) {
            let expected = format!("a row of the gallery, below {}", self.rows);
            return Err(Error::new(Code::Index, format!("row {row}"), expected));
        }
        if !rows.is_empty() {
            let removed = Arc::make_mut(&mut self.removed);
            removed.resize(self.rows as usize, false);
            rows.iter().for_each(|row| removed[*row as usize] = true);
        }
        Ok(())
    }

    /// Number of rows ever added.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// Number of rows that can be found.
    pub fn size(&self) -> u32 {
        self.rows - self.removed.iter().filter(|removed| **removed).count() as u32
    }

    /// The k nearest candidates of each probe; people in the place of rows where means are fused.
    ///
    /// Errors: those of [`search`]; `EOPTION` for fusion in a gallery that was changed.
    pub fn search(
        &self,
        measure: Measure<'_>,
        query: &Query<'_>,
        k: usize,
        job: &Job,
    ) -> Result<Hits> {
        let range = || query.range.clone();
        self.asking(measure, query, job, |asked| {
            let candidates = &query.candidates;
            candidates.check(query.probes.rows(), self.rows as usize)?;
            if query.fuse == Some(Fuse::Mean) {
                let stored = self.whole()?.prepared(measure)?;
                let people = query.people_of(&stored, Fuse::Mean);
                return search_people(asked, range(), people, (k, candidates), job);
            }
            if query.fuse.is_some() {
                // One person could be found in several parts.
                self.whole()?;
            }
            let mut all: Option<Hits> = None;
            for (first, part) in &self.parts {
                let stored = part.prepared(measure)?;
                let accepts = |probe: u32, row: u32| {
                    let row = first + row;
                    let removed = self
                        .removed
                        .get(row as usize)
                        .is_some_and(|removed| *removed);
                    !removed && candidates.accepts(probe, row)
                };
                let open = !candidates.refuse_some() && self.removed.is_empty();
                let defaults = SearchOptions::default();
                let settings = SearchOptions {
                    k,
                    accepts: (!open).then_some(&accepts),
                    people: query.fuse.map(|_| candidates.of_row),
                    memory: query.memory.unwrap_or(defaults.memory),
                };
                let hits = search(asked, range(), &stored, part.index.as_ref(), &settings, job)?;
                all = Some(match all {
                    None => hits,
                    Some(all) => all.merge(&hits, *first, k),
                });
            }
            all.ok_or_else(no_parts)
        })
    }

    /// Ranks the mates of each probe; with `shots`, in as many galleries as are drawn, one behind the
    /// other.
    ///
    /// Errors: those of [`rank_mates`]; `EOPTION` for a gallery that was changed.
    pub fn rank(
        &self,
        measure: Measure<'_>,
        query: &Query<'_>,
        shots: Option<Shots>,
        job: &Job,
    ) -> Result<Searches> {
        self.asking(measure, query, job, |asked| {
            let stored = self.whole()?.prepared(measure)?;
            let candidates = query.candidates;
            candidates.check(query.probes.rows(), stored.rows())?;
            let Some(shots) = shots else {
                return query.rank(asked, &stored, job);
            };
            let mut all = Searches::default();
            for draw in 0..shots.draws {
                let of_row = &shots.drawn(&candidates, draw);
                let candidates = Candidates {
                    of_row,
                    ..candidates
                };
                let drawn = Query {
                    candidates,
                    range: query.range.clone(),
                    ..*query
                };
                all.append(drawn.rank(asked, &stored, job)?);
            }
            Ok(all)
        })
    }

    /// Calls `run` with the probes under the measure, against the reference of the first rows.
    fn asking<R>(
        &self,
        measure: Measure<'_>,
        query: &Query<'_>,
        job: &Job,
        run: impl FnOnce(&Prepared<'_>) -> Result<R>,
    ) -> Result<R> {
        let (_, first) = self.parts.first().ok_or_else(no_parts)?;
        let own = first.prepared(measure)?;
        // Probes that are the first rows of the gallery were looked at when it was opened.
        if query.candidates.same && std::ptr::eq(query.probes, &*first.rows) {
            return run(&own);
        }
        run(&own.beside(query.probes, job)?)
    }

    /// The only part, for what is not done over several.
    fn whole(&self) -> Result<&Part> {
        match &self.parts[..] {
            [(_, part)] if self.removed.is_empty() => Ok(part),
            _ => Err(Error::new(
                Code::Option,
                "a gallery that rows were added to or removed from",
                "one as it was opened, to rank or fuse means",
            )),
        }
    }
}

impl Part {
    fn prepared<'a>(&'a self, measure: Measure<'a>) -> Result<Prepared<'a>> {
        measure.recall(&self.rows, self.survey.as_ref())
    }
}

impl<'a> Query<'a> {
    fn rank(&self, asked: &Prepared<'_>, stored: &Prepared<'_>, job: &Job) -> Result<Searches> {
        let (range, candidates) = (self.range.clone(), &self.candidates);
        if let Some(fuse) = self.fuse {
            return rank_people(asked, range, self.people_of(stored, fuse), candidates, job);
        }
        let memory = self.memory.unwrap_or(SearchOptions::default().memory);
        rank_mates(asked, range, stored, (candidates, memory), job)
    }

    fn people_of<'b>(&self, rows: &'b Prepared<'b>, fuse: Fuse) -> People<'b>
    where
        'a: 'b,
    {
        let of_row = self.candidates.of_row;
        People { rows, of_row, fuse }
    }
}

fn no_parts() -> Error {
    Error::internal("a gallery without rows")
}
