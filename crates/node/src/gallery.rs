//! Galleries made ready once and searched many times.

use std::sync::{Arc, Mutex};

use hackface_core::evaluation::identification::{Searches, identification};
use hackface_core::job::memory;
use hackface_core::jobs::LabelledRows;
use hackface_core::jobs::search::{
    Accepts, Fuse, Hits, Index, People, RankOptions, SearchOptions, rank_mates, rank_people,
    search, search_people, templates,
};
use hackface_core::measure::{Measure, Prepared, Survey};
use hackface_core::{Code, Embeddings, Error, Job, Result};
use napi::Env;
use napi::bindgen_prelude::{Float64Array, Uint32Array};
use napi_derive::napi;

use crate::background::{Promised, plain, start, start_alone};
use crate::boundary::guarded;
use crate::embeddings::NativeEmbeddings;
use crate::identification::NativeIdentificationMeasures;
use crate::job::NativeJob;
use crate::measure::{NativeMeasure, OwnedMeasure};
use crate::mirror::mirror;
use crate::options::word;

/// Rows that were added together.
struct Part {
    rows: Arc<Embeddings>,
    survey: Option<Survey>,
    /// Absent where rows are to be made ready for each search.
    index: Option<Index>,
    first: u32,
}

/// A gallery at one moment; a search keeps the one that it was started with.
#[derive(Clone)]
struct State {
    measure: Arc<OwnedMeasure>,
    parts: Vec<Arc<Part>>,
    /// True if each row was removed; empty if none was.
    removed: Arc<Vec<bool>>,
    rows: u32,
}

/// Rows under a measure, ready to be searched.
#[napi]
pub struct NativeGallery {
    state: Option<State>,
}

/// Options of a search.
#[napi(object)]
pub struct NativeSearchOptions {
    /// Hits for each probe.
    pub k: u32,
    /// First probe, and the one behind the last.
    pub from: u32,
    pub to: u32,
    /// True if probe i is row i of the gallery, and no hit for itself.
    pub same: bool,
    /// `nearest` or `mean` of the rows of a person; absent, rows stand for themselves.
    pub fuse: Option<String>,
    /// Bytes for rows that are not made ready yet.
    pub memory: Option<f64>,
    /// Number of threads.
    pub threads: Option<u32>,
}

/// k hits for each probe.
#[napi(object, object_from_js = false)]
pub struct NativeHits {
    pub k: u32,
    pub rows: Uint32Array,
    pub distances: Float64Array,
}

mirror! {
    of: Hits => NativeHits { k, rows, distances }
}

plain!(NativeGallery);

/// Opens a gallery; its index takes no more than `memory` bytes, or is not made.
#[napi(catch_unwind, ts_return_type = "Promise<NativeGallery>")]
pub fn open_gallery<'env>(
    env: &'env Env,
    rows: &NativeEmbeddings,
    measure: NativeMeasure<'_>,
    memory: Option<f64>,
    threads: Option<u32>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || {
        let state = State {
            measure: Arc::new(OwnedMeasure::read(measure)?),
            parts: Vec::new(),
            removed: Arc::default(),
            rows: 0,
        };
        Ok((state, rows.share()?))
    };
    start(env, "openGallery", job, threads, check, move |new, job| {
        let (state, rows) = new;
        let state = Some(state.with_rows(rows, memory, job)?);
        Ok(NativeGallery { state })
    })
}

#[napi]
impl NativeGallery {
    /// Number of rows ever added.
    #[napi(getter, catch_unwind)]
    pub fn rows(&self, env: &Env) -> napi::Result<u32> {
        guarded(env, "galleryRows", || Ok(self.get()?.rows))
    }

    /// The same gallery, as it is now, for a search that is about to begin.
    #[napi(catch_unwind)]
    pub fn snapshot(&self, env: &Env) -> napi::Result<Self> {
        guarded(env, "snapshot", || {
            let state = Some(self.get()?.clone());
            Ok(Self { state })
        })
    }

    /// A gallery with these rows behind its own.
    #[napi(catch_unwind, ts_return_type = "Promise<NativeGallery>")]
    pub fn with_rows<'env>(
        &self,
        env: &'env Env,
        rows: &NativeEmbeddings,
        memory: Option<f64>,
        threads: Option<u32>,
        job: &NativeJob,
    ) -> napi::Result<Promised<'env>> {
        let check = || Ok((self.get()?.clone(), rows.share()?));
        start(env, "withRows", job, threads, check, move |given, job| {
            let (state, rows) = given;
            let state = Some(state.with_rows(rows, memory, job)?);
            Ok(NativeGallery { state })
        })
    }

    /// Leaves rows out of every search that starts from now on.
    #[napi(catch_unwind)]
    pub fn remove(&mut self, env: &Env, rows: &[u32]) -> napi::Result<()> {
        guarded(env, "remove", || {
            let state = self.state.as_mut().ok_or_else(closed)?;
            if let Some(row) = rows.iter().find(|row| **row >= state.rows) {
                let expected = format!("a row below {}", state.rows);
                return Err(Error::new(Code::Index, format!("row {row}"), expected));
            }
            let mut removed = state.removed.to_vec();
            removed.resize(state.rows as usize, false);
            rows.iter().for_each(|row| removed[*row as usize] = true);
            state.removed = Arc::new(removed);
            Ok(())
        })
    }

    /// The k nearest rows of each probe. `people` are the persons of all rows, for `fuse`: with
    /// `nearest` each is found by one row, with `mean` hits are their numbers in the place of rows.
    #[napi(catch_unwind, ts_return_type = "Promise<NativeHits>")]
    pub fn search<'env>(
        &self,
        env: &'env Env,
        probes: &NativeEmbeddings,
        people: &[u32],
        options: NativeSearchOptions,
        job: &NativeJob,
    ) -> napi::Result<Promised<'env>> {
        let threads = options.threads;
        let check = || {
            let request = Request::read(options)?;
            Ok((
                self.get()?.clone(),
                probes.share()?,
                people.to_vec(),
                request,
            ))
        };
        start(env, "search", job, threads, check, |given, job| {
            let (state, probes, people, request) = given;
            state.search(&probes, &people, &request, job)
        })
    }

    /// Ranks the mates of probes and adds what they met to `searches`; `ofProbe` and `ofRow` are
    /// persons in the same numbers.
    #[napi(catch_unwind, ts_return_type = "Promise<number>")]
    #[allow(
        clippy::too_many_arguments,
        reason = "napi passes what JavaScript passes"
    )]
    pub fn rank<'env>(
        &self,
        env: &'env Env,
        probes: &NativeEmbeddings,
        of_probe: &[u32],
        of_row: &[u32],
        options: NativeSearchOptions,
        searches: &NativeSearches,
        job: &NativeJob,
    ) -> napi::Result<Promised<'env>> {
        let threads = options.threads;
        let check = || {
            let request = Request::read(options)?;
            let labels = (of_probe.to_vec(), of_row.to_vec());
            let asked = (self.get()?.clone(), probes.share()?, request);
            Ok((asked, labels, Arc::clone(&searches.inner)))
        };
        start(env, "rank", job, threads, check, |given, job| {
            let ((state, probes, request), (of_probe, of_row), all) = given;
            let met = state.rank(&probes, &of_probe, &of_row, &request, job)?;
            let mut all = all.lock().unwrap_or_else(|e| e.into_inner());
            all.append(met);
            Ok(all.probes.len() as f64)
        })
    }

    /// Frees it once the searches that use it have ended.
    #[napi(catch_unwind)]
    pub fn close(&mut self) {
        self.state = None;
    }
}

/// Outcomes of labelled probes, gathered over several calls.
#[napi]
pub struct NativeSearches {
    inner: Arc<Mutex<Searches>>,
}

#[napi]
impl NativeSearches {
    /// None yet.
    #[allow(clippy::new_without_default)]
    #[napi(constructor, catch_unwind)]
    pub fn new() -> Self {
        Self {
            inner: Arc::default(),
        }
    }

    /// The report of the searches.
    #[napi(catch_unwind, ts_return_type = "Promise<IdentificationFigures>")]
    pub fn report<'env>(
        &self,
        env: &'env Env,
        measures: NativeIdentificationMeasures,
        job: &NativeJob,
    ) -> napi::Result<Promised<'env>> {
        let options = guarded(env, "report.check", || measures.read())?;
        let searches = Arc::clone(&self.inner);
        start_alone(env, "report", job, move |_| {
            let searches = searches.lock().unwrap_or_else(|e| e.into_inner());
            identification(&searches, &options)
        })
    }
}

/// A row for each person: the mean of theirs.
#[napi(catch_unwind, ts_return_type = "Promise<NativeEmbeddings>")]
pub fn template_rows<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    people: &[u32],
    threads: Option<u32>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || Ok((embeddings.share()?, people.to_vec()));
    start(env, "templates", job, threads, check, |given, job| {
        let (rows, people) = given;
        templates(&rows, &people, job)
    })
}

/// The request of a search, read and checked.
struct Request {
    k: usize,
    range: std::ops::Range<usize>,
    same: bool,
    fuse: Option<Fuse>,
    memory: Option<usize>,
}

impl Request {
    /// Leaves out a probe itself where it is a row of the gallery.
    fn accepts(&self) -> Option<Accepts<'static>> {
        if self.same {
            Some(&|probe, row| probe != row)
        } else {
            None
        }
    }

    fn read(options: NativeSearchOptions) -> Result<Self> {
        let fuses = [("nearest", Fuse::Nearest), ("mean", Fuse::Mean)];
        let fuse = options.fuse.as_deref();
        Ok(Self {
            k: options.k as usize,
            range: options.from as usize..options.to as usize,
            same: options.same,
            fuse: fuse.map(|name| word("fuse", name, &fuses)).transpose()?,
            memory: options.memory.map(|bytes| bytes as usize),
        })
    }
}

fn closed() -> Error {
    Error::new(Code::Option, "a gallery that was closed", "an open one")
        .with_hint("Call close() only after the last use")
}

impl NativeGallery {
    fn get(&self) -> Result<&State> {
        self.state.as_ref().ok_or_else(closed)
    }
}

impl Part {
    fn prepared<'a>(&'a self, measure: Measure<'a>) -> Result<Prepared<'a>> {
        measure.recall(&self.rows, self.survey.as_ref())
    }
}

impl State {
    fn with_rows(mut self, rows: Arc<Embeddings>, memory: Option<f64>, job: &Job) -> Result<Self> {
        let measure = Arc::clone(&self.measure);
        let (survey, index) = measure.with(|measure| {
            let first = match self.parts.first() {
                Some(part) => Some(part.prepared(measure)?),
                None => None,
            };
            let prepared = match &first {
                Some(first) => first.beside(&rows, job)?,
                None => measure.prepare(&rows, job)?,
            };
            let bytes = Index::bytes(&prepared);
            // With a limit, what does not fit is made ready for each search instead.
            let fits = memory.is_none_or(|most| bytes as f64 <= most && memory::grants(bytes));
            let index = fits.then(|| Index::new(&prepared, job)).transpose()?;
            Ok((prepared.into_survey(), index))
        })?;
        let count = rows.rows();
        let first = self.rows;
        self.rows = u32::try_from(first as usize + count).map_err(|_| {
            let found = format!("{} rows", first as usize + count);
            Error::new(Code::Dimension, found, "at most 2³²−1")
        })?;
        self.parts.push(Arc::new(Part {
            rows,
            survey,
            index,
            first,
        }));
        Ok(self)
    }

    /// Calls `run` with the probes and the first rows under the measure.
    fn with_probes<R>(
        &self,
        probes: &Embeddings,
        request: &Request,
        job: &Job,
        run: impl FnOnce(&Prepared<'_>, Measure<'_>) -> Result<R>,
    ) -> Result<R> {
        let Some(first) = self.parts.first() else {
            return Err(Error::internal("a gallery without rows"));
        };
        self.measure.with(|measure| {
            let own = first.prepared(measure)?;
            // Probes that are the first rows of the gallery were looked at when it was opened.
            if request.same && std::ptr::eq(probes, &*first.rows) {
                return run(&own, measure);
            }
            run(&own.beside(probes, job)?, measure)
        })
    }

    /// The only part, for what is not done over several.
    fn whole(&self) -> Result<&Part> {
        match &self.parts[..] {
            [part] if self.removed.is_empty() => Ok(part),
            _ => Err(Error::new(
                Code::Option,
                "a gallery that rows were added to or removed from",
                "one as it was opened, to rank or fuse means",
            )),
        }
    }

    fn search(
        &self,
        probes: &Embeddings,
        people: &[u32],
        request: &Request,
        job: &Job,
    ) -> Result<Hits> {
        let range = request.range.clone();
        self.with_probes(probes, request, job, |asked, measure| {
            if request.fuse == Some(Fuse::Mean) {
                let part = self.whole()?;
                let stored = part.prepared(measure)?;
                let people = People {
                    rows: &stored,
                    of_row: people,
                    fuse: Fuse::Mean,
                };
                return search_people(asked, range, people, (request.k, request.accepts()), job);
            }
            if request.fuse.is_some() {
                // One person could be found in several parts.
                self.whole()?;
            }
            let mut all: Option<Hits> = None;
            for part in &self.parts {
                let stored = part.prepared(measure)?;
                let accepts = |probe: u32, row: u32| {
                    let row = part.first + row;
                    let removed = self.removed.get(row as usize).copied().unwrap_or(false);
                    !(removed || request.same && probe == row)
                };
                let open = !request.same && self.removed.is_empty();
                let people = match request.fuse {
                    Some(Fuse::Nearest) => Some(part_of(people, part.first, part.rows.rows())?),
                    _ => None,
                };
                let mut settings = SearchOptions {
                    k: request.k,
                    accepts: (!open).then_some(&accepts),
                    people,
                    ..SearchOptions::default()
                };
                settings.memory = request.memory.unwrap_or(settings.memory);
                let index = part.index.as_ref();
                let hits = search(asked, range.clone(), &stored, index, &settings, job)?;
                all = Some(match all {
                    None => hits,
                    Some(all) => all.merge(&hits, part.first, settings.k),
                });
            }
            all.ok_or_else(|| Error::internal("a gallery without rows"))
        })
    }

    fn rank(
        &self,
        probes: &Embeddings,
        of_probe: &[u32],
        of_row: &[u32],
        request: &Request,
        job: &Job,
    ) -> Result<Searches> {
        let range = request.range.clone();
        self.with_probes(probes, request, job, |asked, measure| {
            let part = self.whole()?;
            let stored = part.prepared(measure)?;
            if let Some(fuse) = request.fuse {
                let people = People {
                    rows: &stored,
                    of_row,
                    fuse,
                };
                return rank_people(asked, of_probe, range, people, request.accepts(), job);
            }
            let labelled = |rows, labels| LabelledRows { rows, labels };
            let defaults = RankOptions::default();
            let options = RankOptions {
                same: request.same,
                memory: request.memory.unwrap_or(defaults.memory),
            };
            let (probes, gallery) = (labelled(asked, of_probe), labelled(&stored, of_row));
            rank_mates(probes, range, gallery, &options, job)
        })
    }
}

fn part_of(people: &[u32], first: u32, count: usize) -> Result<&[u32]> {
    people
        .get(first as usize..first as usize + count)
        .ok_or_else(|| {
            let found = format!("{} labels", people.len());
            Error::new(Code::Dimension, found, "one for each row of the gallery")
        })
}
