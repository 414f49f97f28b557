use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};

use super::disk::fault;
use super::*;
use crate::job::threads;
use crate::jobs::search::{Candidates, Fuse, Hits, Query, Where};
use crate::testing::{Lcg, fitted};

const DIM: usize = 4;

/// A folder of its own, gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("hackface-store-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).expect("a folder");
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("people.gallery")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn sqeuclidean() -> StoredMeasure {
    let metric = StoredMetric::new("sqeuclidean", crate::measure::Normalize::None, None);
    StoredMeasure::Metric(Box::new(metric.expect("a metric")))
}

/// Runs everything where it is called.
fn here(work: &(dyn Fn() -> Result<()> + Sync)) -> Result<()> {
    work()
}

/// A gallery of these rows and names under a measure.
fn gallery_of(rows: Embeddings, names: &RowNames, measure: Measure<'_>) -> Gallery {
    let mut gallery = Gallery::default();
    let part = gallery.prepare(Arc::new(rows), measure, None, &Job::new());
    let mut part = part.expect("rows");
    gallery.name(&mut part, names).expect("names");
    gallery.push(part).expect("few rows");
    gallery
}

fn empty() -> Gallery {
    let rows = Embeddings::from_vec(Vec::new(), 0, DIM).expect("no rows");
    sqeuclidean().with(|measure| gallery_of(rows, &RowNames::default(), measure))
}

fn saved(gallery: &Gallery, measure: &StoredMeasure, path: &Path) {
    File::create(path).expect("a file");
    save(gallery, measure, path, &Job::new()).expect("saved");
}

fn open(path: &Path, writes: bool) -> Result<Opened> {
    Store::open(path, Io::Mmap, writes, &Job::new())
}

fn refused(path: &Path) -> Error {
    open(path, false).err().expect("an error")
}

/// The rows of a gallery as a naive model holds them: small whole numbers, so that distances are exact.
type Held = BTreeMap<u32, (String, String, [f64; DIM])>;

struct Random(Lcg);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        (((self.0.double() + 0.5) * n as f64) as usize).min(n - 1)
    }

    fn row(&mut self) -> [f64; DIM] {
        std::array::from_fn(|_| self.below(19) as f64 - 9.0)
    }
}

fn query<'a>(probe: &'a Embeddings, fuse: Option<Fuse>) -> Query<'a> {
    Query {
        probes: probe,
        range: 0..1,
        candidates: Candidates::default(),
        fuse,
        memory: None,
    }
}

fn search(gallery: &Gallery, measure: &StoredMeasure, probe: &[f64], fuse: Option<Fuse>) -> Hits {
    let probe = Embeddings::from_doubles(probe.to_vec(), 1, probe.len()).expect("a probe");
    measure.with(|measure| {
        gallery
            .ready(measure, None, &here, &Job::new())
            .expect("ready");
        gallery
            .search(measure, &query(&probe, fuse), 5, &Job::new())
            .expect("hits")
    })
}

fn nearest(held: &Held, probe: &[f64; DIM]) -> (Vec<u32>, Vec<f64>) {
    let mut all: Vec<(f64, u32)> = (held.iter())
        .map(|(number, (_, _, row))| {
            let gaps = row.iter().zip(probe).map(|(a, b)| (a - b) * (a - b));
            (gaps.sum(), *number)
        })
        .collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    all.truncate(5);
    all.into_iter()
        .map(|(distance, number)| (number, distance))
        .unzip()
}

/// The contents of a gallery, looked at row by row.
fn contents(gallery: &Gallery) -> Held {
    let rows = gallery.found().map(|(part, place)| {
        let number = part.number(place);
        let (key, label) = gallery.names_of(number);
        let values = match gallery.copy_row(number).expect("a row") {
            Values::F32(values) => values.into_iter().map(f64::from).collect(),
            Values::F64(values) => values,
        };
        let row = values.try_into().expect("of four columns");
        (
            number,
            (key.unwrap_or_default(), label.unwrap_or_default(), row),
        )
    });
    rows.collect()
}

/// An operation on both.
enum Step {
    Add(Vec<(String, String, [f64; DIM])>, bool),
    Remove(Vec<u32>),
    /// Additions and removals that wait for the disk together.
    Together(Vec<Step>),
    Compact,
}

impl Step {
    fn draw(random: &mut Random, held: &Held, next: u32) -> Self {
        match random.below(40) {
            0 => Self::Compact,
            20..25 => {
                let (mut held, mut next) = (held.clone(), next);
                let steps = (0..2 + random.below(4)).map(|_| {
                    let step = Self::change(random, &held, next);
                    step.on_model(&mut held, &mut next);
                    step
                });
                Self::Together(steps.collect())
            }
            _ => Self::change(random, held, next),
        }
    }

    fn change(random: &mut Random, held: &Held, next: u32) -> Self {
        let numbers: Vec<u32> = held.keys().copied().collect();
        match random.below(40) {
            0..20 if numbers.len() > 5 + random.below(60) => {
                let count = 1 + random.below(4);
                Self::Remove(
                    (0..count)
                        .map(|_| numbers[random.below(numbers.len())])
                        .collect(),
                )
            }
            _ => {
                let count = 1 + random.below(3) as u32;
                let rows = (next..next + count)
                    .map(|number| {
                        let label = format!("person {}", random.below(9));
                        (format!("key {number}"), label, random.row())
                    })
                    .collect();
                Self::Add(rows, random.below(4) == 0)
            }
        }
    }

    fn on_model(&self, held: &mut Held, next: &mut u32) {
        match self {
            Self::Compact => {}
            Self::Together(steps) => steps.iter().for_each(|step| step.on_model(held, next)),
            Self::Remove(rows) => rows.iter().for_each(|row| drop(held.remove(row))),
            Self::Add(rows, _) => {
                for row in rows {
                    held.insert(*next, row.clone());
                    *next += 1;
                }
            }
        }
    }

    fn on_store(&self, store: &Store) -> Result<()> {
        let changes: Vec<Change> = match self {
            Self::Compact => return store.compact(&Job::new()),
            Self::Together(steps) => steps.iter().map(Self::on_gallery).collect(),
            _ => vec![self.on_gallery()],
        };
        let before = store.now()?;
        let outcomes = sqeuclidean()
            .with(|measure| store.change(before, &changes, (measure, None), &here, &Job::new()));
        outcomes?.into_iter().try_for_each(|done| done.map(drop))
    }

    fn on_gallery(&self) -> Change {
        match self {
            Self::Remove(rows) => Change::Remove(rows.clone(), Vec::new()),
            Self::Add(rows, wide) => {
                let values: Vec<f64> = rows.iter().flat_map(|(.., row)| *row).collect();
                let narrow = || values.iter().map(|value| *value as f32).collect();
                let embeddings = match wide {
                    true => Embeddings::from_doubles(values, rows.len(), DIM),
                    false => Embeddings::from_vec(narrow(), rows.len(), DIM),
                };
                let names = RowNames {
                    keys: Some(rows.iter().map(|(key, ..)| key.clone()).collect()),
                    labels: Some(rows.iter().map(|(_, label, _)| label.clone()).collect()),
                };
                Change::Add(Arc::new(embeddings.expect("rows")), names)
            }
            _ => unreachable!("a change"),
        }
    }
}

fn remove(store: &Store, rows: &[u32], keys: &[&str]) -> Result<u32> {
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    let change = Change::Remove(rows.to_vec(), keys);
    let before = store.now()?;
    let done = sqeuclidean()
        .with(|measure| store.change(before, &[change], (measure, None), &here, &Job::new()));
    done?.remove(0)
}

/// A power failure hits bytes that were not synced: some of its bytes are there, not all.
fn lose_unsynced(path: &Path, random: &mut Random) {
    let path = journal::path_of(path);
    let Ok(found) = fs::metadata(&path) else {
        return;
    };
    let sure = fault::synced_length(&path).min(found.len());
    if found.len() > sure {
        let kept = sure + random.below((found.len() - sure) as usize + 1) as u64;
        let file = OpenOptions::new()
            .write(true)
            .open(&path)
            .expect("a journal");
        file.set_len(kept).expect("cut");
    }
}

/// Operations on a gallery that crashes at any of its writes, against a map.
fn random_operations(operations: usize, seed: u64) -> [usize; 2] {
    let folder = Folder::new();
    let path = folder.file();
    saved(&empty(), &sqeuclidean(), &path);
    let mut random = Random(Lcg(seed));
    let (mut held, mut next) = (Held::new(), 0);
    let mut store = open(&path, true).expect("opens").store;
    let (mut crashes, mut kept) = (0, 0);
    for operation in 0..operations {
        let step = Step::draw(&mut random, &held, next);
        let crashing = random.below(12) == 0;
        let left = random.below(match step {
            Step::Compact => 14,
            _ => 2,
        });
        fault::end_after(crashing.then_some(left), random.below(256));
        let done = step.on_store(&store);
        if crashing && fault::steps() > left {
            crashes += 1;
            let (mut after, mut next_after) = (held.clone(), next);
            step.on_model(&mut after, &mut next_after);
            drop(store);
            fault::end_after(None, 0);
            if random.below(2) == 0 {
                lose_unsynced(&path, &mut random);
            }
            store = open(&path, true).expect("opens after a crash").store;
            let found = store.now().expect("open");
            let is_after = found.rows() == next_after && contents(&found) == after;
            // What was acknowledged is there; what was not may be.
            if is_after {
                kept += 1;
                (held, next) = (after, next_after);
            } else {
                assert!(
                    done.is_err(),
                    "operation {operation} was acknowledged and lost"
                );
                assert_eq!((found.rows(), contents(&found)), (next, held.clone()));
            }
        } else {
            done.expect("no crash");
            step.on_model(&mut held, &mut next);
        }
        let now = store.now().expect("open");
        assert_eq!((now.rows(), now.size() as usize), (next, held.len()));
        if operation % 8 == 0 {
            let probe = random.row();
            let hits = search(&now, &sqeuclidean(), &probe, None);
            assert_eq!(
                (hits.rows, hits.distances),
                nearest(&held, &probe),
                "{operation}"
            );
        }
        if operation % 97 == 0 {
            drop(store);
            let opened = open(&path, true).expect("opens");
            assert!(opened.warnings.is_empty());
            store = opened.store;
            assert_eq!(contents(&store.now().expect("open")), held);
        }
    }
    assert!(store.now().expect("open").parts() < 12);
    [crashes, kept]
}

#[test]
fn saving_brings_no_file_back_that_was_removed() {
    let folder = Folder::new();
    let error = save(&empty(), &sqeuclidean(), &folder.file(), &Job::new()).unwrap_err();
    assert_eq!(error.code(), Code::Input);
    assert_eq!(fs::read_dir(&folder.0).expect("a folder").count(), 0);
}

#[test]
fn what_was_acknowledged_survives_a_crash_at_any_write() {
    let pool = threads::pool(1).expect("a pool");
    let [crashes, kept] = pool.install(|| random_operations(3000, 5));
    assert!(
        crashes > 100 && kept > 5 && kept < crashes,
        "{crashes} {kept}"
    );
}

#[test]
#[ignore = "100,000 operations take their time"]
fn what_was_acknowledged_survives_crashes_in_100_000_operations() {
    let pool = threads::pool(1).expect("a pool");
    let [crashes, kept] = pool.install(|| random_operations(100_000, 11));
    assert!(crashes > 4000 && kept < crashes, "{crashes} {kept}");
}

#[test]
fn changes_together_are_synced_once_and_fail_one_by_one() {
    let folder = Folder::new();
    let path = folder.file();
    saved(&empty(), &sqeuclidean(), &path);
    let store = open(&path, true).expect("opens").store;
    let row = |key: &str, value: f64| {
        Step::Add(vec![(key.to_owned(), "Ann".to_owned(), [value; DIM])], true).on_gallery()
    };
    let done = |changes: &[Change]| {
        fault::end_after(None, 0);
        let before = store.now().expect("open");
        let by = |measure: Measure<'_>| {
            store.change(before, changes, (measure, None), &here, &Job::new())
        };
        let outcomes = sqeuclidean().with(by).expect("written");
        let outcomes = outcomes.into_iter().map(|done| done.map_err(|e| e.code()));
        (outcomes.collect::<Vec<_>>(), fault::steps())
    };
    let (first, alone) = done(&[row("a", 1.0)]);
    let (outcomes, together) = done(&[
        row("b", 2.0),
        row("a", 3.0),
        Change::Remove(Vec::new(), vec!["a".to_owned()]),
        row("a", 4.0),
        row("c", f64::NAN),
        Change::Remove(vec![9], Vec::new()),
    ]);
    let codes = [Code::Duplicate, Code::NotFinite, Code::Index].map(Err);
    let expected = [Ok(1), codes[0], Ok(1), Ok(2), codes[1], codes[2]];
    assert_eq!((first, outcomes), (vec![Ok(0)], expected.to_vec()));
    assert_eq!((alone, together), (2, 2), "a write and a sync");
    let size = store.journal().expect("a journal");
    assert_eq!(size.records, 4);
    drop(store);
    let again = open(&path, false).expect("opens").store;
    let keys = |held: Held| held.into_values().map(|(key, ..)| key).collect::<Vec<_>>();
    assert_eq!(keys(contents(&again.now().expect("open"))), ["b", "a"]);
}

fn small() -> (Gallery, Vec<f64>) {
    let mut random = Random(Lcg(3));
    let values: Vec<f64> = (0..7).flat_map(|_| random.row()).collect();
    let names = RowNames {
        keys: Some((0..7).map(|row| format!("k{}", (row * 5) % 7)).collect()),
        labels: Some(
            (0..7)
                .map(|row| ["Zoë", "Ann", ""][row % 3].to_owned())
                .collect(),
        ),
    };
    let rows = Embeddings::from_doubles(values.clone(), 7, DIM).expect("rows");
    (
        sqeuclidean().with(|measure| gallery_of(rows, &names, measure)),
        values,
    )
}

#[test]
fn a_file_that_is_cut_or_changed_anywhere_is_refused() {
    let folder = Folder::new();
    let path = folder.file();
    saved(&small().0, &sqeuclidean(), &path);
    let bytes = fs::read(&path).expect("a file");
    for length in (0..bytes.len()).step_by(3) {
        fs::write(&path, &bytes[..length]).expect("written");
        let error = refused(&path);
        assert_eq!(error.code(), Code::Gallery, "{length}: {error}");
        assert!(
            error.file().is_some() && !error.hint().is_empty(),
            "{error}"
        );
    }
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        fs::write(&path, &changed).expect("written");
        let error = match open(&path, false) {
            Err(error) => error,
            // The rows are looked at before they are first searched.
            Ok(opened) => {
                let gallery = opened.store.now().expect("open");
                let ready = |measure: Measure<'_>| gallery.ready(measure, None, &here, &Job::new());
                opened.measure.with(ready).expect_err("changed rows")
            }
        };
        let codes = [Code::Gallery, Code::ModelVersion];
        assert!(codes.contains(&error.code()), "{at}: {error}");
    }
    fs::write(&path, b"\x93NUMPY\x01\x00").expect("written");
    assert!(refused(&path).to_string().contains(".npy matrix"));
    let newer = String::from_utf8_lossy(&bytes).contains("\"format_version\":\"1.0\"");
    assert!(newer && is_gallery(&path).is_ok_and(|is| !is));
}

#[test]
fn a_journal_is_read_up_to_its_last_whole_record_and_no_damage_passes_for_a_crash() {
    let folder = Folder::new();
    let path = folder.file();
    saved(&empty(), &sqeuclidean(), &path);
    let journal = journal::path_of(&path);
    let (mut held, mut next) = (Held::new(), 0);
    let mut states = Vec::new();
    {
        let store = open(&path, true).expect("opens").store;
        let mut random = Random(Lcg(9));
        for step in 0..6 {
            states.push((
                fs::metadata(&journal).expect("a journal").len(),
                held.clone(),
            ));
            let step = match step {
                3 => Step::Remove(vec![1]),
                _ => {
                    let row = (format!("k{next}"), "Ann".to_owned(), random.row());
                    Step::Add(vec![row], step == 4)
                }
            };
            step.on_store(&store).expect("done");
            step.on_model(&mut held, &mut next);
        }
        states.push((fs::metadata(&journal).expect("a journal").len(), held));
    }
    let bytes = fs::read(&journal).expect("a journal");
    let at_length = |length: u64| {
        let whole = states.iter().rev().find(|(end, _)| *end <= length);
        whole.map_or_else(Held::new, |(_, held)| held.clone())
    };
    for length in 0..=bytes.len() {
        fs::write(&journal, &bytes[..length]).expect("written");
        let opened = open(&path, false).unwrap_or_else(|e| panic!("{length}: {e}"));
        let found = contents(&opened.store.now().expect("open"));
        assert_eq!(found, at_length(length as u64), "{length}");
        let torn = length > 64 && states.iter().all(|(end, _)| *end != length as u64);
        assert_eq!(opened.warnings.len(), usize::from(torn), "{length}");
    }
    let (last, _) = states[states.len() - 2];
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 4;
        fs::write(&journal, &changed).expect("written");
        match open(&path, false) {
            Err(error) => assert_eq!(error.code(), Code::Gallery, "{at}: {error}"),
            // Nobody can tell a last record that changed from one that was never whole.
            Ok(opened) => {
                assert!(at as u64 >= last, "byte {at} changed and nobody noticed");
                assert_eq!(
                    contents(&opened.store.now().expect("open")),
                    at_length(last)
                );
            }
        }
    }
    fs::write(&journal, &bytes).expect("written");
    saved(&small().0, &sqeuclidean(), &path);
    let error = refused(&path);
    assert!(error.found().contains("another gallery"), "{error}");
}

#[test]
fn one_process_writes_and_others_read() {
    let folder = Folder::new();
    let path = folder.file();
    saved(&small().0, &sqeuclidean(), &path);
    let first = open(&path, true).expect("opens");
    let error = open(&path, true).err().expect("busy");
    assert_eq!(error.code(), Code::GalleryBusy);
    remove(&first.store, &[], &["k5"]).expect("removed");
    let reader = open(&path, false).expect("reads").store;
    assert_eq!(reader.now().expect("open").size(), 6);
    // In memory only.
    remove(&reader, &[0], &[]).expect("removed");
    assert_eq!(
        reader.compact(&Job::new()).unwrap_err().code(),
        Code::Option
    );
    let missing = remove(&first.store, &[], &["k5"]).unwrap_err();
    assert_eq!(missing.code(), Code::Index);
    first.store.compact(&Job::new()).expect("compacted");
    assert_eq!(first.store.journal().map(|size| size.records), Some(0));
    first.store.close();
    assert_eq!(
        first.store.now().err().map(|e| e.code()),
        Some(Code::Option)
    );
    let again = open(&path, true).expect("opens").store;
    let now = again.now().expect("open");
    assert_eq!((now.size(), now.rows(), now.row_of("k5")), (6, 7, None));
    assert_eq!(now.labels(), ["Zoë", "", "Ann"].map(str::to_owned).to_vec());
    assert!(refused(&folder.0.join("none")).code() == Code::Input);
}

#[test]
fn a_gallery_from_its_file_finds_what_it_found_before() {
    let job = Job::new();
    let mut random = Random(Lcg(21));
    let values: Vec<f64> = (0..40)
        .flat_map(|_| random.row().map(|v| v + 10.5))
        .collect();
    let labels: Vec<u32> = (0..40).map(|row| row % 5).collect();
    let rows = || Embeddings::from_doubles(values.clone(), 40, DIM).expect("rows");
    let model = fitted("center, wccn, cosine", &rows(), &labels);
    let text = |text: &str, center: Option<Vec<f64>>| {
        let metric = StoredMetric::new(text, crate::measure::Normalize::L2, center);
        StoredMeasure::Metric(Box::new(metric.expect("a metric")))
    };
    for measure in [
        text("cosine", None),
        text("correlation", Some(vec![1.0, 2.0, 3.0, 4.0])),
        text("seuclidean", None),
        text("mahalanobis", None),
        text("cityblock", None),
        StoredMeasure::Model(Arc::new(model)),
    ] {
        let folder = Folder::new();
        let names = RowNames {
            keys: None,
            labels: Some(labels.iter().map(u32::to_string).collect()),
        };
        let mut gallery = measure.with(|by| gallery_of(rows(), &names, by));
        let more = Arc::new(Embeddings::from_vec(vec![3.0; 2 * DIM], 2, DIM).expect("rows"));
        let part = measure.with(|by| gallery.prepare(more, by, None, &job));
        let mut part = part.expect("more rows");
        let two = vec!["2".to_owned(), "new".to_owned()];
        gallery
            .name(
                &mut part,
                &RowNames {
                    keys: None,
                    labels: Some(two),
                },
            )
            .expect("names");
        gallery.push(part).expect("few rows");
        gallery.remove(&[4, 17]).expect("removed");
        saved(&gallery, &measure, &folder.file());
        let opened = open(&folder.file(), false).expect("opens");
        let loaded = opened.store.now().expect("open");
        let probe = [9.0, 12.5, 3.0, 7.0];
        for fuse in [None, Some(Fuse::Nearest), Some(Fuse::Mean)] {
            let expected = search(&gallery, &measure, &probe, fuse);
            assert_eq!(search(&loaded, &opened.measure, &probe, fuse), expected);
            assert_eq!(expected.rows.len(), 5);
        }
        let means = |gallery: &Gallery, measure: &StoredMeasure| {
            let means = measure
                .with(|by| gallery.templates(by, None, &job))
                .expect("means");
            search(&means, measure, &probe, None)
        };
        let expected = means(&gallery, &measure);
        assert_eq!(means(&loaded, &opened.measure), expected);
        assert_eq!(expected.rows.len(), 5);
        // The file of what was opened is the file that was opened.
        let copy = folder.0.join("copy");
        saved(&loaded, &opened.measure, &copy);
        assert_eq!(
            fs::read(&copy).expect("a copy"),
            fs::read(folder.file()).expect("a file")
        );
    }
}

#[test]
fn people_are_found_over_parts_as_in_one_matrix() {
    let measure = sqeuclidean();
    let mut random = Random(Lcg(33));
    let (job, store) = (Job::new(), Store::new(empty()));
    let (mut held, mut next) = (Held::new(), 0);
    for _ in 0..30 {
        let step = Step::draw(&mut random, &held, next);
        if matches!(step, Step::Compact) {
            continue;
        }
        step.on_store(&store).expect("done");
        step.on_model(&mut held, &mut next);
    }
    let gallery = store.now().expect("open");
    let probe = random.row();
    let mut people: BTreeMap<&str, Vec<(f64, u32)>> = BTreeMap::new();
    for (number, (_, label, row)) in &held {
        let gaps = row.iter().zip(&probe).map(|(a, b)| (a - b) * (a - b));
        people.entry(label).or_default().push((gaps.sum(), *number));
    }
    type Hit = (f64, u32);
    let told = |fuse: fn(&[Hit]) -> Hit| {
        let mut all: Vec<(f64, u32)> = people.values().map(|rows| fuse(rows)).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        all.truncate(5);
        all.into_iter()
            .map(|(distance, row)| (row, distance))
            .unzip::<_, _, Vec<_>, Vec<_>>()
    };
    let least = |rows: &[(f64, u32)]| {
        let order = |a: &&(f64, u32), b: &&(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        *rows.iter().min_by(order).expect("a row")
    };
    let mean = |rows: &[(f64, u32)]| {
        let sum: f64 = rows.iter().map(|(distance, _)| distance).sum();
        (sum / rows.len() as f64, rows[0].1)
    };
    let hits = search(&gallery, &measure, &probe, Some(Fuse::Nearest));
    assert_eq!((hits.rows, hits.distances), told(least));
    let hits = search(&gallery, &measure, &probe, Some(Fuse::Mean));
    assert_eq!((hits.rows, hits.distances), told(mean));
    let mut few = gallery.clone();
    let first = (0..gallery.rows())
        .map(|row| row < gallery.rows() / 2)
        .collect();
    few.keep(&Where {
        rows: Some(first),
        keys: Some(held.values().map(|(key, ..)| key.clone()).collect()),
        labels: Some(vec!["person 3".to_owned(), "nobody".to_owned()]),
    });
    let expected = held
        .iter()
        .filter(|(row, (_, label, _))| **row < gallery.rows() / 2 && label == "person 3")
        .count();
    assert!(expected > 0);
    assert_eq!(few.size() as usize, expected);
    assert_eq!(gallery.keys().len(), held.len());
    let unlabelled = measure.with(|by| {
        let rows = Embeddings::from_vec(vec![0.0; DIM], 1, DIM).expect("a row");
        let plain = gallery_of(rows, &RowNames::default(), by);
        plain.templates(by, None, &job).err().map(|e| e.code())
    });
    assert_eq!(unlabelled, Some(Code::Option));
}

#[test]
fn a_search_answers_for_a_state_between_its_begin_and_its_end() {
    const SEARCHERS: usize = 16;
    let folder = Folder::new();
    saved(&empty(), &sqeuclidean(), &folder.file());
    let store = open(&folder.file(), true).expect("opens").store;
    // States by version; one that is being made may show before it is told.
    let states = RwLock::new(vec![Held::new()]);
    let (done, met) = (AtomicBool::new(false), Mutex::new(0));
    std::thread::scope(|scope| {
        for searcher in 0..SEARCHERS {
            let (store, states, done, met) = (&store, &states, &done, &met);
            scope.spawn(move || {
                let pool = threads::pool(1).expect("a pool");
                let mut random = Random(Lcg(searcher as u64));
                while !done.load(SeqCst) {
                    let first = states.read().expect("states").len() - 1;
                    let now = store.now().expect("open");
                    let probe = random.row();
                    let hits = pool.install(|| search(&now, &sqeuclidean(), &probe, None));
                    std::thread::yield_now();
                    // The state of this moment may be in the store before it is in the list.
                    let found = (hits.rows, hits.distances);
                    let answers = |from: usize| {
                        let states = states.read().expect("states");
                        states[from..]
                            .iter()
                            .any(|held| nearest(held, &probe) == found)
                    };
                    while !answers(first) {
                        assert!(!done.load(SeqCst) || answers(first), "of no state");
                        std::thread::yield_now();
                    }
                    *met.lock().expect("a count") += 1;
                }
            });
        }
        let mut random = Random(Lcg(77));
        let (mut held, mut next) = (Held::new(), 0);
        let pool = threads::pool(1).expect("a pool");
        for _ in 0..150 {
            let step = Step::draw(&mut random, &held, next);
            pool.install(|| step.on_store(&store)).expect("done");
            step.on_model(&mut held, &mut next);
            states.write().expect("states").push(held.clone());
        }
        done.store(true, SeqCst);
    });
    assert!(*met.lock().expect("a count") >= SEARCHERS);
}
