//! Galleries made ready once and searched many times.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use hackface_core::evaluation::identification::{Searches, identification};
use hackface_core::job::threads::Pooled;
use hackface_core::jobs::search::{
    Cameras, Candidates, Fuse, Gallery, Hits, Query, RowNames, Shots, Where, templates,
};
use hackface_core::npy::{Io, Values};
use hackface_core::store::{Change, Store, StoredMeasure, in_pool, is_gallery, save};
use hackface_core::{Embeddings, Result};
use napi::Env;
use napi::bindgen_prelude::{
    ClassInstance, Either, Float32Array, Float64Array, Uint8ArraySlice, Uint32Array,
    Uint32ArraySlice,
};
use napi_derive::napi;

use crate::background::{Promised, Reply, plain, start, start_alone, start_in_turn};
use crate::boundary::{NativeFault, guarded};
use crate::embeddings::NativeEmbeddings;
use crate::identification::NativeIdentificationMeasures;
use crate::job::NativeJob;
use crate::measure::{NativeMeasure, OwnedMeasure};
use crate::options::{choice, set, word};

/// Rows under a measure, ready to be searched.
#[napi]
pub struct NativeGallery {
    measure: Arc<OwnedMeasure>,
    store: Arc<Store>,
    warnings: Vec<String>,
}

/// Names of rows that are added together.
#[napi(object, object_to_js = false)]
pub struct NativeRowNames {
    pub keys: Option<Vec<String>>,
    pub labels: Option<Vec<String>>,
}

impl NativeRowNames {
    fn read(self) -> RowNames {
        RowNames {
            keys: self.keys,
            labels: self.labels,
        }
    }
}

/// Rows that are added, with their names, or those that are removed, by number and by key.
#[napi(object, object_to_js = false)]
pub struct NativeChangeOfRows<'env> {
    pub add: Option<ClassInstance<'env, NativeEmbeddings>>,
    pub names: Option<NativeRowNames>,
    pub rows: Option<Vec<u32>>,
    pub keys: Option<Vec<String>>,
}

impl NativeChangeOfRows<'_> {
    fn read(self) -> Result<Change> {
        let names = self.names.map(NativeRowNames::read).unwrap_or_default();
        Ok(match self.add {
            Some(rows) => Change::Add(rows.share()?, names),
            None => Change::Remove(self.rows.unwrap_or_default(), self.keys.unwrap_or_default()),
        })
    }
}

/// The number of the first row of an addition, or of the rows that a removal leaves; or why nothing was done.
#[napi(object, object_from_js = false)]
pub struct NativeOutcome {
    pub number: Option<u32>,
    pub fault: Option<NativeFault>,
}

impl Reply for Vec<Result<u32>> {
    type Js = Vec<NativeOutcome>;
    fn into_js(self) -> napi::Result<Self::Js> {
        let outcomes = self.into_iter().map(|done| NativeOutcome {
            number: done.as_ref().ok().copied(),
            fault: done.as_ref().err().map(NativeFault::from),
        });
        Ok(outcomes.collect())
    }
}

/// Facts about a gallery.
#[napi(object, object_from_js = false)]
pub struct NativeGalleryAbout {
    /// Rows that can be found, rows ever added, columns.
    pub size: u32,
    pub rows: u32,
    pub dim: u32,
    pub has_keys: bool,
    pub has_labels: bool,
    /// The metric and its preparation of rows; absent under a model.
    pub metric: Option<String>,
    pub normalize: Option<&'static str>,
    pub centered: bool,
    /// Additions and removals in the journal and its bytes; absent without one, and while it is written to.
    pub journal: Option<Vec<f64>>,
    /// Remarks of the opening.
    pub warnings: Vec<String>,
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
    /// The persons of all rows, for `fuse`, cameras and ranks; rows of 2³² − 1 are no candidates. Without them
    /// `fuse` takes the labels of the rows.
    pub people: Option<Uint32ArraySlice<'env>>,
    /// The persons of all probes in the same numbers, for cameras and ranks.
    pub of_probe: Option<Uint32ArraySlice<'env>>,
    /// The cameras of all rows and of all probes, in the same numbers: rows of a probe's person in its
    /// camera are no candidates.
    pub cameras: Option<Uint32ArraySlice<'env>>,
    pub probe_cameras: Option<Uint32ArraySlice<'env>>,
    /// Ranks only, in galleries drawn at random.
    pub shots: Option<NativeShots>,
    /// A byte for each row, not 0 for those that can be found; their keys and labels.
    pub where_rows: Option<Uint8ArraySlice<'env>>,
    pub where_keys: Option<Vec<String>>,
    pub where_labels: Option<Vec<String>>,
    /// True to search the mean of the rows of each label.
    pub templates: Option<bool>,
    /// Bytes for rows that are not made ready yet.
    pub memory: Option<f64>,
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
    /// Names of the rows, where they have them.
    pub keys: Option<Vec<String>>,
    pub labels: Option<Vec<String>>,
}

/// Hits with the names of their rows.
pub struct NamedHits {
    hits: Hits,
    keys: Option<Vec<String>>,
    labels: Option<Vec<String>>,
}

impl NamedHits {
    fn new(hits: Hits, gallery: &Gallery, people: bool) -> Self {
        // Hits that are people of a list have no rows.
        let (has_keys, has_labels) = match people {
            true => (false, false),
            false => gallery.has_names().unwrap_or_default(),
        };
        let (mut keys, mut labels) = (Vec::new(), Vec::new());
        if has_keys || has_labels {
            let names = hits.rows.iter().map(|row| gallery.names_of(*row));
            (keys, labels) = names
                .map(|(key, label)| (key.unwrap_or_default(), label.unwrap_or_default()))
                .unzip();
        }
        Self {
            hits,
            keys: has_keys.then_some(keys),
            labels: has_labels.then_some(labels),
        }
    }
}

impl Reply for NamedHits {
    type Js = NativeHits;
    fn into_js(self) -> napi::Result<NativeHits> {
        Ok(NativeHits {
            starts: self.hits.starts.into(),
            rows: self.hits.rows.into(),
            distances: self.hits.distances.into(),
            keys: self.keys,
            labels: self.labels,
        })
    }
}

plain!(NativeGallery);

/// Opens a gallery; its index takes no more than `memory` bytes, or is not made.
#[napi(catch_unwind, ts_return_type = "Promise<NativeGallery>")]
pub fn open_gallery<'env>(
    env: &'env Env,
    rows: &NativeEmbeddings,
    measure: NativeMeasure<'_>,
    names: NativeRowNames,
    memory: Option<f64>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || Ok((OwnedMeasure::read(measure)?, rows.share()?, names.read()));
    start(
        env,
        "openGallery",
        job,
        check,
        move |(measure, rows, names), job| {
            let mut gallery = Gallery::default();
            gallery.check_names(rows.rows(), &names)?;
            let memory = memory.map(|bytes| bytes as usize);
            let mut part = measure.with(|measure| gallery.prepare(rows, measure, memory, job))?;
            gallery.name(&mut part, &names)?;
            gallery.push(part)?;
            Ok(NativeGallery::new(Arc::new(measure), Store::new(gallery)))
        },
    )
}

/// Opens a gallery file; with `writes` its additions and removals go to its journal.
#[napi(catch_unwind, ts_return_type = "Promise<NativeGallery>")]
pub fn open_gallery_file<'env>(
    env: &'env Env,
    path: String,
    io: String,
    writes: bool,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || {
        let io = word("io", &io, &[("mmap", Io::Mmap), ("read", Io::Read)])?;
        Ok((PathBuf::from(path), io))
    };
    let run = move |(path, io): (PathBuf, Io), job: &hackface_core::Job| {
        let opened = Store::open(&path, io, writes, job)?;
        let mut gallery = NativeGallery::new(
            Arc::new(OwnedMeasure::of_file(opened.measure)),
            opened.store,
        );
        gallery.warnings = opened.warnings;
        Ok(gallery)
    };
    start(env, "openGalleryFile", job, check, run)
}

/// True if a file says of itself that it is a gallery.
#[napi(catch_unwind)]
pub fn is_gallery_file(env: &Env, path: String) -> napi::Result<bool> {
    guarded(env, "isGalleryFile", || is_gallery(&PathBuf::from(path)))
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
            let (measure, now) = (Arc::clone(&self.measure), self.get()?);
            Ok(Self::new(measure, Store::new(now)))
        })
    }

    /// True if searches of both see the same rows.
    #[napi(catch_unwind)]
    pub fn is_same(&self, env: &Env, other: &NativeGallery) -> napi::Result<bool> {
        guarded(env, "isSame", || Ok(self.get()?.is_same(&other.get()?)))
    }

    /// Facts about it.
    #[napi(catch_unwind)]
    pub fn about(&self, env: &Env) -> napi::Result<NativeGalleryAbout> {
        guarded(env, "galleryAbout", || {
            let gallery = self.get()?;
            let (has_keys, has_labels) = gallery.has_names().unwrap_or_default();
            let metric = match self.measure.for_file() {
                Ok(StoredMeasure::Metric(metric)) => Some(metric),
                _ => None,
            };
            let journal = self.store.journal();
            Ok(NativeGalleryAbout {
                size: gallery.size(),
                rows: gallery.rows(),
                dim: gallery.dim() as u32,
                has_keys,
                has_labels,
                normalize: metric.as_ref().map(|metric| metric.normalize.as_str()),
                centered: metric
                    .as_ref()
                    .is_some_and(|metric| metric.center.is_some()),
                metric: metric.map(|metric| metric.text),
                journal: journal.map(|size| vec![size.records as f64, size.bytes as f64]),
                warnings: self.warnings.clone(),
            })
        })
    }

    /// The row with a key that can be found.
    #[napi(catch_unwind)]
    pub fn row_of(&self, env: &Env, key: String) -> napi::Result<Option<u32>> {
        guarded(env, "rowOf", || Ok(self.get()?.row_of(&key)))
    }

    /// The label of a row.
    #[napi(catch_unwind)]
    pub fn label_of(&self, env: &Env, row: u32) -> napi::Result<Option<String>> {
        guarded(env, "labelOf", || Ok(self.get()?.names_of(row).1))
    }

    /// A copy of a row.
    #[napi(catch_unwind)]
    pub fn copy_row(
        &self,
        env: &Env,
        row: u32,
    ) -> napi::Result<Either<Float32Array, Float64Array>> {
        guarded(env, "copyRow", || {
            Ok(match self.get()?.copy_row(row)? {
                Values::F32(values) => Either::A(values.into()),
                Values::F64(values) => Either::B(values.into()),
            })
        })
    }

    /// Keys of the rows that can be found, in their order.
    #[napi(catch_unwind)]
    pub fn keys(&self, env: &Env) -> napi::Result<Vec<String>> {
        guarded(env, "galleryKeys", || Ok(self.get()?.keys()))
    }

    /// Labels of the rows that can be found, each once.
    #[napi(catch_unwind)]
    pub fn labels(&self, env: &Env) -> napi::Result<Vec<String>> {
        guarded(env, "galleryLabels", || Ok(self.get()?.labels()))
    }

    /// Does one change after the other, and gives the outcome of each once all are in the journal: together, if
    /// there are several.
    #[napi(catch_unwind, ts_return_type = "Promise<NativeOutcome[]>")]
    pub fn change<'env>(
        &self,
        env: &'env Env,
        changes: Vec<NativeChangeOfRows<'_>>,
        memory: Option<f64>,
        job: &NativeJob,
    ) -> napi::Result<Promised<'env>> {
        let (measure, store) = (Arc::clone(&self.measure), Arc::clone(&self.store));
        let check = || {
            let changes = changes.into_iter().map(NativeChangeOfRows::read);
            Ok((self.get()?, changes.collect::<Result<Vec<_>>>()?))
        };
        let run = move |(before, changes): (_, Vec<Change>), pooled: Pooled<'_>, job: &_| {
            let memory = memory.map(|bytes| bytes as usize);
            measure.with(|measure| store.change(before, &changes, (measure, memory), pooled, job))
        };
        start_in_turn(env, "change", job, check, |_| true, run)
    }

    /// The k nearest rows of each probe. With `nearest` each person is found by one row; with `mean` and
    /// people of a list hits are the numbers of people in the place of rows, with labels the first rows.
    #[napi(catch_unwind, ts_return_type = "Promise<NativeHits>")]
    pub fn search<'env>(
        &self,
        env: &'env Env,
        probes: &NativeEmbeddings,
        search: NativeSearch<'_>,
        job: &NativeJob,
    ) -> napi::Result<Promised<'env>> {
        let measure = Arc::clone(&self.measure);
        let check = || Ok((self.get()?, Request::read(probes, search)?));
        start_in_turn(
            env,
            "search",
            job,
            check,
            |(gallery, _)| !gallery.is_ready(),
            move |(mut gallery, request), pooled, job| {
                measure.with(|measure| {
                    gallery.ready(measure, request.memory(), pooled, job)?;
                    if let Some(wanted) = &request.wanted {
                        gallery.keep(wanted);
                    }
                    let hits = in_pool(pooled, || {
                        let (query, memory) = (request.query(), request.memory());
                        let means = match request.templates {
                            true => Some(gallery.templates(measure, memory, job)?),
                            false => None,
                        };
                        let searched = means.as_ref().unwrap_or(&gallery);
                        searched.search(measure, &query, request.k, job)
                    })?;
                    let people = !request.people.is_empty();
                    Ok(NamedHits::new(hits, &gallery, people))
                })
            },
        )
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
        let held = (Arc::clone(&self.measure), Arc::clone(&searches.inner));
        let check = || Ok((self.get()?, Request::read(probes, search)?));
        start(env, "rank", job, check, move |given, job| {
            let ((gallery, request), (measure, all)) = (given, held);
            let (query, shots) = (request.query(), request.shots);
            let met = measure.with(|measure| gallery.rank(measure, &query, shots, job))?;
            let mut all = lock(&all);
            all.append(met);
            Ok(all.probes.len() as f64)
        })
    }

    /// Checks the rows of a file and makes them ready to be searched; gives the number of rows.
    #[napi(catch_unwind, ts_return_type = "Promise<number>")]
    pub fn ready<'env>(
        &self,
        env: &'env Env,
        memory: Option<f64>,
        job: &NativeJob,
    ) -> napi::Result<Promised<'env>> {
        let measure = Arc::clone(&self.measure);
        let check = || self.get();
        let run = move |gallery: Gallery, pooled: Pooled<'_>, job: &_| {
            let memory = memory.map(|bytes| bytes as usize);
            measure.with(|measure| gallery.ready(measure, memory, pooled, job))?;
            Ok(f64::from(gallery.size()))
        };
        start_in_turn(env, "ready", job, check, |_| true, run)
    }

    /// Writes the gallery as it is now to a file that is there; gives the number of rows.
    #[napi(catch_unwind, ts_return_type = "Promise<number>")]
    pub fn save<'env>(
        &self,
        env: &'env Env,
        path: String,
        job: &NativeJob,
    ) -> napi::Result<Promised<'env>> {
        let gallery = guarded(env, "save.check", || {
            Ok((self.get()?, self.measure.for_file()?, PathBuf::from(path)))
        })?;
        start_alone(env, "save", job, move |job| {
            let (gallery, measure, path) = gallery;
            save(&gallery, &measure, &path, job)?;
            Ok(f64::from(gallery.size()))
        })
    }

    /// Merges the journal into the file; gives the number of rows.
    #[napi(catch_unwind, ts_return_type = "Promise<number>")]
    pub fn compact<'env>(&self, env: &'env Env, job: &NativeJob) -> napi::Result<Promised<'env>> {
        let store = Arc::clone(&self.store);
        start_alone(env, "compact", job, move |job| {
            store.compact(job)?;
            Ok(f64::from(store.now().map_or(0, |now| now.size())))
        })
    }

    /// Frees it once the searches that use it have ended.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.store.close();
    }
}

impl NativeGallery {
    fn new(measure: Arc<OwnedMeasure>, store: Store) -> Self {
        Self {
            measure,
            store: Arc::new(store),
            warnings: Vec::new(),
        }
    }

    fn get(&self) -> Result<Gallery> {
        self.store.now()
    }
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
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || Ok((embeddings.share()?, people.to_vec()));
    start(env, "templates", job, check, |given, job| {
        let (rows, people) = given;
        templates(&rows, &people, job)
    })
}

/// The rows that can be found; nothing for all.
fn wanted(
    rows: Option<Uint8ArraySlice<'_>>,
    keys: Option<Vec<String>>,
    labels: Option<Vec<String>>,
) -> Option<Where> {
    let rows = rows.map(|rows| rows.iter().map(|row| *row != 0).collect());
    let all = rows.is_none() && keys.is_none() && labels.is_none();
    (!all).then_some(Where { rows, keys, labels })
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
    wanted: Option<Where>,
    templates: bool,
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
            wanted: wanted(search.where_rows, search.where_keys, search.where_labels),
            templates: search.templates.unwrap_or(false),
            memory: search.memory,
        })
    }

    fn memory(&self) -> Option<usize> {
        self.memory.map(|bytes| bytes as usize)
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
            memory: self.memory(),
        }
    }
}
