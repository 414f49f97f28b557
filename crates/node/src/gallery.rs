//! Galleries made ready once and searched many times.

use std::sync::{Arc, Mutex, MutexGuard};

use hackface_core::evaluation::identification::{Searches, identification};
use hackface_core::jobs::search::{
    Cameras, Candidates, Fuse, Gallery, Hits, Query, Shots, templates,
};
use hackface_core::{Code, Embeddings, Error, Result};
use napi::Env;
use napi::bindgen_prelude::{Float64Array, Uint32Array, Uint32ArraySlice};
use napi_derive::napi;

use crate::background::{Promised, plain, start, start_alone};
use crate::boundary::guarded;
use crate::embeddings::NativeEmbeddings;
use crate::identification::NativeIdentificationMeasures;
use crate::job::NativeJob;
use crate::measure::{NativeMeasure, OwnedMeasure};
use crate::mirror::mirror;
use crate::options::{choice, set};

/// Rows under a measure, ready to be searched.
#[napi]
pub struct NativeGallery {
    measure: Arc<OwnedMeasure>,
    /// Nothing once it is closed.
    rows: Arc<Mutex<Option<Gallery>>>,
}

/// A search.
#[napi(object, object_to_js = false)]
pub struct NativeSearch<'env> {
    /// Hits for each probe.
    pub k: u32,
    /// First probe, and the one behind the last.
    pub from: u32,
    pub to: u32,
    /// True if probe i is row i of the gallery, and no hit for itself.
    pub same: bool,
    /// `nearest` or `mean` of the rows of a person; absent, rows stand for themselves.
    pub fuse: Option<String>,
    /// The persons of all rows, for `fuse`, cameras and ranks; rows of 2³² − 1 are no candidates.
    pub people: Option<Uint32ArraySlice<'env>>,
    /// The persons of all probes in the same numbers, for cameras and ranks.
    pub of_probe: Option<Uint32ArraySlice<'env>>,
    /// The cameras of all rows and of all probes, in the same numbers: rows of a probe's person in its
    /// camera are no candidates.
    pub cameras: Option<Uint32ArraySlice<'env>>,
    pub probe_cameras: Option<Uint32ArraySlice<'env>>,
    /// Ranks only, in galleries drawn at random.
    pub shots: Option<NativeShots>,
    /// Bytes for rows that are not made ready yet.
    pub memory: Option<f64>,
    pub threads: Option<u32>,
}

/// Galleries of few rows of each person in each camera.
#[napi(object, object_to_js = false)]
pub struct NativeShots {
    pub rows: u32,
    pub draws: Option<u32>,
    pub seed: Option<f64>,
}

impl NativeShots {
    fn read(self) -> Shots {
        let mut shots = Shots {
            rows: self.rows,
            ..Shots::default()
        };
        set(&mut shots.draws, self.draws);
        set(&mut shots.seed, self.seed.map(|seed| seed as u64));
        shots
    }
}

/// The nearest of each probe: those of probe i from `starts[i]` up to `starts[i + 1]`.
#[napi(object, object_from_js = false)]
pub struct NativeHits {
    pub starts: Uint32Array,
    pub rows: Uint32Array,
    pub distances: Float64Array,
}

mirror! {
    of: Hits => NativeHits { starts, rows, distances }
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
    let check = || Ok((OwnedMeasure::read(measure)?, rows.share()?));
    start(
        env,
        "openGallery",
        job,
        threads,
        check,
        move |given, job| {
            let (measure, rows) = given;
            let mut gallery = Gallery::default();
            let memory = memory.map(|bytes| bytes as usize);
            let part = measure.with(|measure| gallery.prepare(rows, measure, memory, job))?;
            gallery.push(part)?;
            Ok(NativeGallery::new(Arc::new(measure), gallery))
        },
    )
}

#[napi]
impl NativeGallery {
    /// Number of rows ever added.
    #[napi(getter, catch_unwind)]
    pub fn rows(&self, env: &Env) -> napi::Result<u32> {
        guarded(env, "galleryRows", || Ok(self.get()?.rows()))
    }

    /// Number of rows that can be found.
    #[napi(getter, catch_unwind)]
    pub fn size(&self, env: &Env) -> napi::Result<u32> {
        guarded(env, "gallerySize", || Ok(self.get()?.size()))
    }

    /// The same gallery, as it is now, for a search that is about to begin.
    #[napi(catch_unwind)]
    pub fn snapshot(&self, env: &Env) -> napi::Result<Self> {
        guarded(env, "snapshot", || {
            Ok(Self::new(Arc::clone(&self.measure), self.get()?))
        })
    }

    /// Adds rows behind all others, once they are ready, and gives the number of the first. A gallery
    /// that is closed meanwhile stays closed.
    #[napi(catch_unwind, ts_return_type = "Promise<number>")]
    pub fn add<'env>(
        &self,
        env: &'env Env,
        rows: &NativeEmbeddings,
        memory: Option<f64>,
        threads: Option<u32>,
        job: &NativeJob,
    ) -> napi::Result<Promised<'env>> {
        let held = (Arc::clone(&self.measure), Arc::clone(&self.rows));
        let check = || Ok((self.get()?, rows.share()?));
        start(env, "add", job, threads, check, move |given, job| {
            let ((mut gallery, rows), (measure, held)) = (given, held);
            let memory = memory.map(|bytes| bytes as usize);
            let part = measure.with(|measure| gallery.prepare(rows, measure, memory, job))?;
            let first = match lock(&held).as_mut() {
                Some(held) => held.push(part)?,
                None => gallery.push(part)?,
            };
            Ok(f64::from(first))
        })
    }

    /// Leaves rows out of every search that starts from now on.
    #[napi(catch_unwind)]
    pub fn remove(&self, env: &Env, rows: &[u32]) -> napi::Result<()> {
        guarded(env, "remove", || {
            let mut held = lock(&self.rows);
            held.as_mut().ok_or_else(closed)?.remove(rows)
        })
    }

    /// The k nearest rows of each probe. With `nearest` each person is found by one row, with `mean`
    /// hits are the numbers of people in the place of rows.
    #[napi(catch_unwind, ts_return_type = "Promise<NativeHits>")]
    pub fn search<'env>(
        &self,
        env: &'env Env,
        probes: &NativeEmbeddings,
        search: NativeSearch<'_>,
        job: &NativeJob,
    ) -> napi::Result<Promised<'env>> {
        let threads = search.threads;
        let measure = Arc::clone(&self.measure);
        let check = || Ok((self.get()?, Request::read(probes, search)?));
        start(env, "search", job, threads, check, move |given, job| {
            let (gallery, request) = given;
            measure.with(|measure| gallery.search(measure, &request.query(), request.k, job))
        })
    }

    /// Ranks the mates of probes, adds what they met to `searches` and gives their number.
    #[napi(catch_unwind, ts_return_type = "Promise<number>")]
    pub fn rank<'env>(
        &self,
        env: &'env Env,
        probes: &NativeEmbeddings,
        search: NativeSearch<'_>,
        searches: &NativeSearches,
        job: &NativeJob,
    ) -> napi::Result<Promised<'env>> {
        let threads = search.threads;
        let held = (Arc::clone(&self.measure), Arc::clone(&searches.inner));
        let check = || Ok((self.get()?, Request::read(probes, search)?));
        start(env, "rank", job, threads, check, move |given, job| {
            let ((gallery, request), (measure, all)) = (given, held);
            let (query, shots) = (request.query(), request.shots);
            let met = measure.with(|measure| gallery.rank(measure, &query, shots, job))?;
            let mut all = lock(&all);
            all.append(met);
            Ok(all.probes.len() as f64)
        })
    }

    /// Frees it once the searches that use it have ended.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        *lock(&self.rows) = None;
    }
}

impl NativeGallery {
    fn new(measure: Arc<OwnedMeasure>, gallery: Gallery) -> Self {
        let rows = Arc::new(Mutex::new(Some(gallery)));
        Self { measure, rows }
    }

    fn get(&self) -> Result<Gallery> {
        lock(&self.rows).clone().ok_or_else(closed)
    }
}

fn closed() -> Error {
    Error::new(Code::Option, "a gallery that was closed", "an open one")
        .with_hint("Call close() only after the last use")
}

/// A panic while it was held left it whole: rows are added, and outcomes appended, in one step.
fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(|e| e.into_inner())
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
            identification(&lock(&searches), &options)
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

/// A search, read and held for a call in the background.
struct Request {
    probes: Arc<Embeddings>,
    k: usize,
    range: [u32; 2],
    same: bool,
    fuse: Option<Fuse>,
    people: Vec<u32>,
    of_probe: Vec<u32>,
    /// Of rows and of probes.
    cameras: Option<[Vec<u32>; 2]>,
    shots: Option<Shots>,
    memory: Option<f64>,
}

impl Request {
    fn read(probes: &NativeEmbeddings, search: NativeSearch<'_>) -> Result<Self> {
        let fuses = [("nearest", Fuse::Nearest), ("mean", Fuse::Mean)];
        let copy = |of: Option<Uint32ArraySlice<'_>>| of.map_or_else(Vec::new, |of| of.to_vec());
        Ok(Self {
            probes: probes.share()?,
            k: search.k as usize,
            range: [search.from, search.to],
            same: search.same,
            fuse: choice("fuse", &search.fuse, &fuses)?,
            people: copy(search.people),
            of_probe: copy(search.of_probe),
            cameras: search
                .cameras
                .map(|cameras| [cameras.to_vec(), copy(search.probe_cameras)]),
            shots: search.shots.map(NativeShots::read),
            memory: search.memory,
        })
    }

    fn query(&self) -> Query<'_> {
        let [from, to] = self.range;
        Query {
            probes: &self.probes,
            range: from as usize..to as usize,
            candidates: Candidates {
                same: self.same,
                of_probe: &self.of_probe,
                of_row: &self.people,
                cameras: self
                    .cameras
                    .as_ref()
                    .map(|[of_row, of_probe]| Cameras { of_probe, of_row }),
            },
            fuse: self.fuse,
            memory: self.memory.map(|bytes| bytes as usize),
        }
    }
}
