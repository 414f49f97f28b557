//! Rows added part by part, prepared once and searched many times.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::names::twice;
use super::people::Slice;
use super::{
    Candidates, Fuse, Hits, Labels, Part, RowNames, SearchOptions, Shots, check, rank_mates,
    rank_people, search, search_people,
};
use crate::error::{Code, Error, Result};
use crate::evaluation::identification::Searches;
use crate::job::Job;
use crate::job::threads::Pooled;
use crate::measure::{Measure, Prepared};
use crate::rows::{Embeddings, IGNORED, Values};

/// Rows under a measure, ready to be searched. Every call takes the measure that the first rows were
/// prepared under. A clone is cheap and keeps the rows of its moment.
///
/// Each row has a number, which no other row ever gets, and may have a key and a label.
#[derive(Clone, Default)]
pub struct Gallery {
    /// In the order of their numbers. The first is never merged: the others were prepared beside it.
    parts: Vec<Held>,
    /// The number of the next row.
    next: u32,
    labels: Arc<Labels>,
}

/// A part as a gallery holds it.
#[derive(Clone)]
struct Held {
    part: Arc<Part>,
    /// True if each row was removed; empty if none was.
    removed: Arc<Vec<bool>>,
    gone: usize,
}

/// Probes to search for in a gallery, and what is a candidate.
pub struct Query<'a> {
    /// Rows to search for, those of `range`.
    pub probes: &'a Embeddings,
    /// First probe, and the one behind the last.
    pub range: Range<usize>,
    /// Rows that each probe may find.
    pub candidates: Candidates<'a>,
    /// Makes people candidates; without it each row is one. They are those of `candidates`, or where it
    /// has none the labels of the rows.
    pub fuse: Option<Fuse>,
    /// Bytes that rows without an index may take; the default of [`SearchOptions`] if absent.
    pub memory: Option<usize>,
}

/// Rows that a search may find: those that every field which is there admits.
#[derive(Clone, Debug, Default)]
pub struct Where {
    /// True for the numbers of rows; false behind its end.
    pub rows: Option<Vec<bool>>,
    /// Keys of rows.
    pub keys: Option<Vec<String>>,
    /// Labels of rows.
    pub labels: Option<Vec<String>>,
}

/// Most rows of two parts that are merged when rows are added.
const MOST_MERGED: usize = 1 << 16;

impl Gallery {
    /// The rows of a file: their parts in order, the number of the next row, and their labels.
    pub(crate) fn restored(part: Part, next: u32, labels: Labels) -> Self {
        Self {
            parts: vec![Held::new(part)],
            next,
            labels: Arc::new(labels),
        }
    }

    /// Prepares rows against the reference of the first ones, of which there may be none. The index is
    /// not made where it takes more than `memory` bytes.
    ///
    /// Errors: those of [`Measure::prepare`] and [`super::Index::new`].
    pub fn prepare(
        &self,
        rows: Arc<Embeddings>,
        measure: Measure<'_>,
        memory: Option<usize>,
        job: &Job,
    ) -> Result<Part> {
        let first = (self.parts.first())
            .map(|held| held.part.prepared(measure))
            .transpose()?;
        let prepared = match &first {
            Some(first) => first.beside(&rows, job)?,
            None => measure.prepare_first(&rows, job)?,
        };
        let index = Part::index_of(&prepared, memory, job)?;
        let survey = prepared.into_survey();
        Ok(Part::new(rows, survey, Some(index)))
    }

    /// Gives a part that is about to be added its names.
    ///
    /// Errors: `EDIMENSION` for another number of names; `EDUPLICATE` for a key that a row has; `EOPTION`
    /// for rows without what the others have.
    pub fn name(&self, part: &mut Part, names: &RowNames) -> Result<()> {
        self.check_names(part.rows().rows(), names)?;
        part.name(names, &self.labels)
    }

    /// Refuses names that rows to be added cannot have. Errors: as [`name`](Self::name).
    pub fn check_names(&self, rows: usize, names: &RowNames) -> Result<()> {
        names.check(rows)?;
        let own = (names.keys.is_some(), names.labels.is_some());
        if let Some(others) = self.has_names().filter(|_| rows > 0) {
            for (kind, own, others) in [("keys", own.0, others.0), ("labels", own.1, others.1)] {
                if own == others {
                    continue;
                }
                let [found, expected] = match own {
                    true => ["with", "without, as the"],
                    false => ["without", "with, as the"],
                };
                let found = format!("rows {found} {kind}");
                let expected = format!("rows {expected} others of the gallery");
                return Err(Error::new(Code::Option, found, expected));
            }
        }
        let mut keys = names.keys.iter().flatten();
        match keys.find(|key| self.row_of(key).is_some()) {
            Some(key) => Err(twice(key)),
            None => Ok(()),
        }
    }

    /// Tells if rows have keys, and labels; `None` before there are rows.
    pub fn has_names(&self) -> Option<(bool, bool)> {
        let decides = self.parts.iter().find(|held| held.part.rows().rows() > 0);
        decides.map(|held| (held.part.keys().is_some(), held.part.people().is_some()))
    }

    /// Adds rows behind all others and returns the number of the first.
    ///
    /// Errors: `EDIMENSION` beyond 2³²−1 rows.
    pub fn push(&mut self, mut part: Part) -> Result<u32> {
        let (first, count) = (self.next, part.rows().rows());
        self.next = u32::try_from(first as usize + count).map_err(|_| {
            let found = format!("{} rows", first as usize + count);
            Error::new(Code::Dimension, found, "at most 2³²−1")
        })?;
        part.number_from(first);
        self.parts.push(Held::new(part));
        Ok(first)
    }

    /// Adds rows that have their numbers, which ascend from that of the next row; `next` is the new one.
    pub(crate) fn push_numbered(&mut self, part: Part, next: u32) {
        self.next = next;
        self.parts.push(Held::new(part));
    }

    /// Leaves numbers below `next` out.
    pub(crate) fn skip_to(&mut self, next: u32) {
        self.next = next;
    }

    /// Joins the last parts while they are small and of a size, so that their number grows like the
    /// logarithm of the number of additions. Changes no result.
    ///
    /// Errors: `EMEMORY`, and those of [`prepare`](Self::prepare).
    pub fn merge(&mut self, measure: Measure<'_>, memory: Option<usize>, job: &Job) -> Result<()> {
        // Neighbours are those among rows that were prepared together.
        if matches!(measure, Measure::Reranked(_)) {
            return Ok(());
        }
        while let [_, .., a, b] = &self.parts[..] {
            let (larger, smaller) = (a.live(), b.live());
            if larger > 2 * smaller || larger + smaller > MOST_MERGED {
                break;
            }
            if larger == 0 || smaller == 0 {
                // Nothing is left to find in one of them.
                let gone = self.parts.len() - if smaller == 0 { 1 } else { 2 };
                self.parts.remove(gone);
                continue;
            }
            let both = [a.clone(), b.clone()];
            let (rows, places) = held_rows(&both)?;
            let mut part = self.prepare(Arc::new(rows), measure, memory, job)?;
            part.take_names(both.iter().map(|held| &*held.part), &places)?;
            self.parts.truncate(self.parts.len() - 2);
            self.parts.push(Held::new(part));
        }
        Ok(())
    }

    /// Leaves rows out of every later search; numbers do not change.
    ///
    /// Errors: `EINDEX` for a row that was never added.
    pub fn remove(&mut self, rows: &[u32]) -> Result<()> {
        self.check_rows(rows)?;
        for row in rows {
            if let Some((held, place)) = self.place(*row) {
                self.parts[held].remove(place);
            }
        }
        Ok(())
    }

    /// Refuses rows that were never added (`EINDEX`).
    pub fn check_rows(&self, rows: &[u32]) -> Result<()> {
        match rows.iter().find(|row| **row >= self.next) {
            None => Ok(()),
            Some(row) => {
                let expected = format!("a row of the gallery, below {}", self.next);
                Err(Error::new(Code::Index, format!("row {row}"), expected))
            }
        }
    }

    /// Leaves out what is not wanted.
    pub fn keep(&mut self, wanted: &Where) {
        let by_key = wanted.keys.as_ref().map(|keys| {
            let mut rows: Vec<u32> = keys.iter().filter_map(|key| self.row_of(key)).collect();
            rows.sort_unstable();
            rows
        });
        let by_label = wanted.labels.as_ref().map(|labels| {
            let numbers = labels.iter().filter_map(|label| self.labels.find(label));
            numbers.collect::<HashSet<u32>>()
        });
        for held in &mut self.parts {
            let part = Arc::clone(&held.part);
            let is_wanted = |place: usize| {
                let key = |rows: &Vec<u32>| rows.binary_search(&part.number(place)).is_ok();
                let row = |rows: &Vec<bool>| {
                    let number = part.number(place) as usize;
                    rows.get(number).copied().unwrap_or_default()
                };
                let label = |labels: &HashSet<u32>| {
                    part.people().is_some_and(|of| labels.contains(&of[place]))
                };
                wanted.rows.as_ref().is_none_or(row)
                    && by_key.as_ref().is_none_or(key)
                    && by_label.as_ref().is_none_or(label)
            };
            let rows = part.rows().rows();
            let removed: Vec<bool> = (0..rows)
                .map(|place| held.is_gone(place) || !is_wanted(place))
                .collect();
            held.gone = removed.iter().filter(|removed| **removed).count();
            held.removed = Arc::new(removed);
        }
    }

    /// True if this is a clone of the other, or the other of this, and neither was changed since.
    pub fn is_same(&self, other: &Self) -> bool {
        let same = |(own, other): (&Held, &Held)| {
            Arc::ptr_eq(&own.part, &other.part) && Arc::ptr_eq(&own.removed, &other.removed)
        };
        let counts = (self.parts.len(), self.next) == (other.parts.len(), other.next);
        counts && self.parts.iter().zip(&other.parts).all(same)
    }

    /// Number of rows ever added.
    pub fn rows(&self) -> u32 {
        self.next
    }

    /// Number of rows that can be found.
    pub fn size(&self) -> u32 {
        self.parts.iter().map(|held| held.live() as u32).sum()
    }

    /// Number of columns; 0 before there is a part.
    pub fn dim(&self) -> usize {
        self.parts.first().map_or(0, |held| held.part.rows().dim())
    }

    /// The row with a key that can be found.
    pub fn row_of(&self, key: &str) -> Option<u32> {
        self.parts.iter().rev().find_map(|held| {
            let place = held.part.keys()?.find(key)?;
            (!held.is_gone(place)).then(|| held.part.number(place))
        })
    }

    /// The key and the label of a row that was not forgotten.
    pub fn names_of(&self, row: u32) -> (Option<String>, Option<String>) {
        let Some((held, place)) = self.place(row) else {
            return (None, None);
        };
        let part = &self.parts[held].part;
        let key = part.keys().map(|keys| keys.texts.get(place).to_owned());
        let label = part.people().map(|of| self.labels.text(of[place]));
        (key, label)
    }

    /// A copy of a row that was not forgotten.
    ///
    /// Errors: `EINDEX`, `EMEMORY`, `EINPUTCHANGED`.
    pub fn copy_row(&self, row: u32) -> Result<Values> {
        let Some((held, place)) = self.place(row) else {
            return Err(Error::new(
                Code::Index,
                format!("row {row}"),
                "a row that is there",
            ));
        };
        self.parts[held].part.rows().copy_rows(&[place as u32])
    }

    /// Keys of the rows that can be found, in the order of the rows.
    pub fn keys(&self) -> Vec<String> {
        let keys = self
            .found()
            .filter_map(|(part, place)| Some(part.keys()?.texts.get(place)));
        keys.map(str::to_owned).collect()
    }

    /// Labels of the rows that can be found, each once, in the order of their first rows.
    pub fn labels(&self) -> Vec<String> {
        let first = self.first_rows();
        first
            .iter()
            .map(|(_, person)| self.labels.text(*person))
            .collect()
    }

    /// The first row of each label that can be found, and the number of the label; in the order of rows.
    fn first_rows(&self) -> Vec<(u32, u32)> {
        let mut seen = HashSet::new();
        let people = self.found().filter_map(|(part, place)| {
            let person = part.people()?[place];
            Some((part.number(place), person))
        });
        people.filter(|(_, person)| seen.insert(*person)).collect()
    }

    /// Parts and places of the rows that can be found, in the order of their numbers.
    pub(crate) fn found(&self) -> impl Iterator<Item = (&Part, usize)> {
        self.parts.iter().flat_map(Held::found)
    }

    /// The part whose reference all rows were prepared against.
    pub(crate) fn first(&self) -> Option<&Part> {
        self.parts.first().map(|held| &*held.part)
    }

    pub(crate) fn label_table(&self) -> &Labels {
        &self.labels
    }

    /// Number of parts, for tests.
    #[cfg(test)]
    pub(crate) fn parts(&self) -> usize {
        self.parts.len()
    }

    /// True once [`ready`](Self::ready) has nothing to do.
    pub fn is_ready(&self) -> bool {
        self.parts.iter().all(|held| held.part.is_ready())
    }

    /// Makes rows of a file ready to be searched, and checks them, where that was not done yet. To be called
    /// outside of the pool.
    ///
    /// Errors: `EGALLERY` for rows that are not those that were saved, `EMEMORY`, `EABORTED`.
    pub fn ready(
        &self,
        measure: Measure<'_>,
        memory: Option<usize>,
        pooled: Pooled<'_>,
        job: &Job,
    ) -> Result<()> {
        let mut parts = self.parts.iter().map(|held| &*held.part);
        parts.try_for_each(|part| part.ready(measure, memory, pooled, job))
    }

    /// The k nearest candidates of each probe; people in the place of rows where means are fused over the
    /// people of `query`, and their first rows where they are the labels of rows.
    ///
    /// Errors: those of [`search`]; `EOPTION` for fusion of rows without labels.
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
            candidates.check(query.probes.rows(), self.next as usize)?;
            check(asked, &query.range, k)?;
            if query.fuse == Some(Fuse::Mean) {
                return self.search_means(asked, measure, query, k, job);
            }
            let mut all = Hits::none(range().len());
            for held in self.parts.iter().filter(|held| held.live() > 0) {
                let part = &held.part;
                let stored = part.prepared(measure)?;
                let accepts = |probe: u32, row: u32| {
                    let place = row as usize;
                    !held.is_gone(place) && candidates.accepts(probe, part.number(place))
                };
                let open = !candidates.refuse_some() && held.gone == 0;
                let people = query.fuse.map(|_| part.people_of(candidates)).transpose()?;
                let defaults = SearchOptions::default();
                let settings = SearchOptions {
                    k,
                    accepts: (!open).then_some(&accepts),
                    people: people.as_deref(),
                    memory: query.memory.unwrap_or(defaults.memory),
                };
                let mut hits = search(asked, range(), &stored, part.index(), &settings, job)?;
                hits.rows
                    .iter_mut()
                    .for_each(|row| *row = part.number(*row as usize));
                let person = |row: u32| match self.place(row) {
                    _ if !candidates.of_row.is_empty() => candidates.of_row[row as usize],
                    Some((held, place)) => self.parts[held]
                        .part
                        .people()
                        .map_or(IGNORED, |of| of[place]),
                    None => IGNORED,
                };
                let person: Option<&dyn Fn(u32) -> u32> = query.fuse.map(|_| &person as _);
                all = all.merge(&hits, k, person);
            }
            Ok(all)
        })
    }

    fn search_means(
        &self,
        asked: &Prepared<'_>,
        measure: Measure<'_>,
        query: &Query<'_>,
        k: usize,
        job: &Job,
    ) -> Result<Hits> {
        let candidates = &query.candidates;
        let live = self.parts.iter().filter(|held| held.live() > 0);
        let parts = live.map(|held| {
            let people = held.part.people_of(candidates)?;
            Ok((held, held.part.prepared(measure)?, people))
        });
        let parts = parts.collect::<Result<Vec<_>>>()?;
        let accepts: Vec<_> = (parts.iter())
            .map(|(held, ..)| {
                move |probe: u32, row: u32| {
                    let place = row as usize;
                    !held.is_gone(place) && candidates.accepts(probe, held.part.number(place))
                }
            })
            .collect();
        let slices: Vec<Slice<'_>> = (parts.iter().zip(&accepts))
            .map(|((_, rows, people), accepts)| Slice {
                rows,
                of_row: people,
                accepts,
            })
            .collect();
        let (range, slices) = (query.range.clone(), (&slices[..], Fuse::Mean));
        if !candidates.of_row.is_empty() {
            return search_people(asked, range, slices, (k, &|person| person), job);
        }
        let first = self.first_rows().into_iter();
        let row_of: HashMap<u32, u32> = first.map(|(row, person)| (person, row)).collect();
        let row_of = |person| row_of.get(&person).copied().unwrap_or(IGNORED);
        search_people(asked, range, slices, (k, &row_of), job)
    }

    /// A gallery of one row for each label that can be found: the mean of their rows, numbered and named as
    /// the first of them.
    ///
    /// Errors: `EOPTION` for rows without labels; those of [`super::templates`] and [`prepare`](Self::prepare).
    pub fn templates(
        &self,
        measure: Measure<'_>,
        memory: Option<usize>,
        job: &Job,
    ) -> Result<Self> {
        let first = self.first_rows();
        let place: HashMap<u32, u32> = (0u32..)
            .zip(&first)
            .map(|(at, (_, person))| (*person, at))
            .collect();
        let mut of_row = Vec::new();
        for held in &self.parts {
            let people = held.part.people_of(&Candidates::default())?;
            of_row.extend((0..people.len()).map(|at| match held.is_gone(at) {
                true => IGNORED,
                false => place[&people[at]],
            }));
        }
        let rows = self.parts.iter().map(|held| Arc::clone(held.part.rows()));
        let rows = Embeddings::stacked(rows.collect())?;
        let means = Arc::new(super::templates(&rows, &of_row, job)?);
        let mut part = self.prepare(means, measure, memory, job)?;
        let (numbers, people) = first.into_iter().unzip();
        part.number_people(numbers, people);
        // Prepared beside the first part, which stays the one that probes are prepared beside.
        let mut parts = vec![self.parts[0].clone()];
        let reference = &mut parts[0];
        let rows = reference.part.rows().rows();
        (reference.removed, reference.gone) = (Arc::new(vec![true; rows]), rows);
        parts.push(Held::new(part));
        Ok(Self {
            parts,
            next: self.next,
            labels: Arc::clone(&self.labels),
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
        let Some(Held { part: first, .. }) = self.parts.first() else {
            return Err(Error::internal("a gallery without rows"));
        };
        let own = first.prepared(measure)?;
        // Probes that are the first rows of the gallery were looked at when it was opened.
        if query.candidates.same && std::ptr::eq(query.probes, &**first.rows()) {
            return run(&own);
        }
        run(&own.beside(query.probes, job)?)
    }

    /// The only part, for what is not done over several.
    fn whole(&self) -> Result<&Part> {
        match &self.parts[..] {
            [held] if held.gone == 0 && held.part.is_run_from(0) => Ok(&held.part),
            _ => Err(Error::new(
                Code::Option,
                "a gallery that rows were added to or removed from",
                "one as it was opened, to rank",
            )),
        }
    }

    /// The part and the place in it of a row that was not forgotten.
    fn place(&self, row: u32) -> Option<(usize, usize)> {
        let behind = self.parts.partition_point(|held| held.part.starts_by(row));
        let parts = self.parts[..behind].iter().enumerate().rev();
        // Empty parts start where the next one does.
        let mut filled = parts.filter(|(_, held)| held.part.rows().rows() > 0);
        let (at, held) = filled.next()?;
        Some((at, held.part.place_of(row)?))
    }
}

impl Held {
    fn new(part: Part) -> Self {
        Self {
            part: Arc::new(part),
            removed: Arc::default(),
            gone: 0,
        }
    }

    fn is_gone(&self, place: usize) -> bool {
        self.removed.get(place).is_some_and(|removed| *removed)
    }

    fn live(&self) -> usize {
        self.part.rows().rows() - self.gone
    }

    fn remove(&mut self, place: usize) {
        if self.is_gone(place) {
            return;
        }
        let removed = Arc::make_mut(&mut self.removed);
        removed.resize(self.part.rows().rows(), false);
        removed[place] = true;
        self.gone += 1;
    }

    fn found(&self) -> impl Iterator<Item = (&Part, usize)> {
        let places = (0..self.part.rows().rows()).filter(|place| !self.is_gone(*place));
        places.map(|place| (&*self.part, place))
    }
}

/// The rows of parts that can be found in one matrix, and the part and the place of each.
fn held_rows(parts: &[Held]) -> Result<(Embeddings, Vec<(usize, usize)>)> {
    let dim = parts[0].part.rows().dim();
    let mut places = Vec::new();
    let (mut narrow, mut wide, mut all_narrow) = (Vec::new(), Vec::new(), true);
    for (at, held) in parts.iter().enumerate() {
        let of_part: Vec<u32> = held.found().map(|(_, place)| place as u32).collect();
        places.extend(of_part.iter().map(|place| (at, *place as usize)));
        match held.part.rows().copy_rows(&of_part)? {
            Values::F32(values) => {
                wide.extend(values.iter().map(|value| f64::from(*value)));
                narrow.extend(values);
            }
            Values::F64(values) => {
                all_narrow = false;
                wide.extend(values);
            }
        }
    }
    let rows = match all_narrow {
        true => Embeddings::from_vec(narrow, places.len(), dim)?,
        false => Embeddings::from_doubles(wide, places.len(), dim)?,
    };
    Ok((rows, places))
}

impl<'a> Query<'a> {
    fn rank(&self, asked: &Prepared<'_>, stored: &Prepared<'_>, job: &Job) -> Result<Searches> {
        let (range, candidates) = (self.range.clone(), &self.candidates);
        if let Some(fuse) = self.fuse {
            let accepts = |probe: u32, row: u32| candidates.accepts(probe, row);
            let slice = Slice {
                rows: stored,
                of_row: candidates.of_row,
                accepts: &accepts,
            };
            return rank_people(asked, range, (&[slice], fuse), candidates.of_probe, job);
        }
        let memory = self.memory.unwrap_or(SearchOptions::default().memory);
        rank_mates(asked, range, stored, (candidates, memory), job)
    }
}

impl Part {
    /// The person of each row: those of a query, or the labels.
    fn people_of<'a>(&'a self, candidates: &Candidates<'a>) -> Result<Cow<'a, [u32]>> {
        if !candidates.of_row.is_empty() {
            return Ok(self.of_numbers(candidates.of_row));
        }
        self.people().map(Cow::Borrowed).ok_or_else(|| {
            let found = "rows without labels";
            Error::new(
                Code::Option,
                found,
                "rows that were added with labels, to tell people",
            )
        })
    }
}
