//! Rows added part by part, prepared once and searched many times.

use std::ops::Range;
use std::sync::Arc;

use super::{
    Accepts, Fuse, Hits, Index, People, RankOptions, SearchOptions, rank_mates, rank_people,
    search, search_people,
};
use crate::error::{Code, Error, Result};
use crate::evaluation::identification::Searches;
use crate::job::{Job, memory};
use crate::jobs::LabelledRows;
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
    /// True if probe i is row i of the gallery, and no hit for itself.
    pub same: bool,
    /// Person of each gallery row, where `fuse` or a ranking asks for it.
    pub people: &'a [u32],
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
            if query.fuse == Some(Fuse::Mean) {
                let stored = self.whole()?.prepared(measure)?;
                let (people, accepts) = (query.people_of(&stored, Fuse::Mean), query.accepts());
                return search_people(asked, range(), people, (k, accepts), job);
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
                    !(removed || query.same && probe == row)
                };
                let open = !query.same && self.removed.is_empty();
                let defaults = SearchOptions::default();
                let settings = SearchOptions {
                    k,
                    accepts: (!open).then_some(&accepts),
                    people: query.fuse.map(|_| query.people),
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

    /// Ranks the mates of each probe; `of_probe` are the probes' people, in the numbers of the
    /// gallery's.
    ///
    /// Errors: those of [`rank_mates`]; `EOPTION` for a gallery that was changed.
    pub fn rank(
        &self,
        measure: Measure<'_>,
        query: &Query<'_>,
        of_probe: &[u32],
        job: &Job,
    ) -> Result<Searches> {
        let range = query.range.clone();
        self.asking(measure, query, job, |asked| {
            let stored = self.whole()?.prepared(measure)?;
            if let Some(fuse) = query.fuse {
                let people = query.people_of(&stored, fuse);
                return rank_people(asked, of_probe, range, people, query.accepts(), job);
            }
            let labelled = |rows, labels| LabelledRows { rows, labels };
            let defaults = RankOptions::default();
            let options = RankOptions {
                same: query.same,
                memory: query.memory.unwrap_or(defaults.memory),
            };
            let (probes, gallery) = (labelled(asked, of_probe), labelled(&stored, query.people));
            rank_mates(probes, range, gallery, &options, job)
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
        if query.same && std::ptr::eq(query.probes, &*first.rows) {
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
    /// Leaves out a probe itself where it is a row of the gallery.
    fn accepts(&self) -> Option<Accepts<'static>> {
        if self.same {
            Some(&|probe, row| probe != row)
        } else {
            None
        }
    }

    fn people_of(&self, rows: &'a Prepared<'a>, fuse: Fuse) -> People<'a> {
        let of_row = self.people;
        People { rows, of_row, fuse }
    }
}

fn no_parts() -> Error {
    Error::internal("a gallery without rows")
}
