//! Galleries that last: a file of their rows, and a journal of what was done since it was written.
//!
//! All that is acknowledged is on the disk. A crash at any moment leaves a file and a journal that together hold
//! what was acknowledged, and at most the changes of one call more, of which nobody had been told yet.
//!
//! A search sees the gallery as it was when it began: states are clones that share their rows, so a search
//! holds no lock. Additions and removals take turns.

mod disk;
mod file;
mod journal;
mod measure;
#[cfg(test)]
mod tests;

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard};

pub use measure::{StoredMeasure, StoredMetric};

use disk::DiskFile;
use file::{Loaded, Replaced};
use journal::{Done, Journal, Rows, unwritten};

use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::job::threads::Pooled;
use crate::jobs::search::{Gallery, Part, RowNames};
use crate::kernels::Isa;
use crate::measure::Measure;
use crate::npy::{Io, Values};
use crate::rows::Embeddings;

/// The sum of a gallery file, which names it.
type Id = [u8; 32];

/// A gallery that changes while it is searched, and its journal, if it has one.
#[derive(Default)]
pub struct Store {
    /// Nothing once it is closed. Held for moments only.
    now: Mutex<Option<Gallery>>,
    /// Held by whoever changes the gallery, for as long as that takes.
    writer: Mutex<Option<Writer>>,
    closed: AtomicBool,
}

/// The one who may write to a gallery file.
struct Writer {
    path: PathBuf,
    journal: Journal,
    measure: StoredMeasure,
    /// Locked as long as it is open.
    _lock: File,
}

/// Something to do to a gallery.
pub enum Change {
    /// Adds rows behind all others.
    Add(Arc<Embeddings>, RowNames),
    /// Leaves rows, and those of keys, out of every later search.
    Remove(Vec<u32>, Vec<String>),
}

/// A gallery from a file.
pub struct Opened {
    /// The gallery; with a journal if it was opened for writing.
    pub store: Store,
    /// The measure of its rows.
    pub measure: StoredMeasure,
    /// Remarks for the reader, one sentence each.
    pub warnings: Vec<String>,
}

/// Size of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalSize {
    /// Additions and removals.
    pub records: u64,
    /// Bytes.
    pub bytes: u64,
}

/// How often a gallery is opened anew because another process wrote its file meanwhile.
const TRIES: usize = 5;

fn damaged(found: impl Into<String>, expected: impl Into<String>) -> Error {
    Error::new(Code::Gallery, found, expected)
        .with_hint("Copy the file once more or restore it, and save galleries anew from their rows")
}

/// True if a file says of itself that it is a gallery.
///
/// Errors: those of opening it.
pub fn is_gallery(path: &Path) -> Result<bool> {
    file::is_gallery(path)
}

/// Writes a gallery to a file that is there, and syncs it. Rows that were removed are left out; the others keep
/// their numbers. It makes no file: a thread that is late would bring one back that an exit has removed.
///
/// Errors: `EOPTION` for distances that are normalised against a cohort or re-ranked, `EINPUTCHANGED`,
/// `EMEMORY`, `EIO`, `EABORTED`. Cost: one pass over the rows.
pub fn save(gallery: &Gallery, measure: &StoredMeasure, path: &Path, job: &Job) -> Result<()> {
    let mut out = DiskFile::open(path).map_err(|e| unwritten(path, e))?;
    file::write(gallery, measure, None, &mut out, job).map(drop)
}

impl Store {
    /// A gallery in memory.
    pub fn new(gallery: Gallery) -> Self {
        Self {
            now: Mutex::new(Some(gallery)),
            ..Self::default()
        }
    }

    /// Opens a gallery file with what its journal adds. With `writes` additions and removals go to the journal
    /// from now on, and nobody else may write to the gallery; else they stay in memory.
    ///
    /// Reads no row. Errors: `EGALLERY` for a file or journal that is cut, changed, or of another gallery, with
    /// the place; `EGALLERYBUSY` if another has it open for writing; `EMODELVERSION` for a newer format;
    /// `EINPUT`, `EIO`, `EMEMORY`. Runs in the pool that it is called in.
    pub fn open(path: &Path, io: Io, writes: bool, job: &Job) -> Result<Opened> {
        let lock = writes.then(|| lock(path)).transpose()?;
        let mut tries = 0;
        loop {
            tries += 1;
            // A writer may put a new file in place between two looks of a reader.
            let again = |error: &Error| {
                let code = error.code();
                let changed = code == Code::InputChanged || code == Code::Gallery;
                lock.is_none() && changed && tries < TRIES
            };
            match Self::open_once(path, io, job) {
                Err(error) if again(&error) => {}
                Err(error) => return Err(error),
                Ok((loaded, journal, warnings)) => {
                    return Self::opened(path, loaded, journal, warnings, lock);
                }
            }
        }
    }

    fn open_once(
        path: &Path,
        io: Io,
        job: &Job,
    ) -> Result<(Loaded, Option<journal::Read>, Vec<String>)> {
        let mut loaded = file::read(path, io, Isa::best())?;
        let journal_path = journal::path_of(path);
        let mut warnings = Vec::new();
        let Some(found) = journal::read(&journal_path)? else {
            return Ok((loaded, None, warnings));
        };
        if found.id != loaded.id {
            let own = Replaced {
                id: found.id,
                records: found.records,
            };
            // Its records went into this file, and the process ended before it was emptied.
            if loaded.replaces == Some(own) {
                return Ok((loaded, None, warnings));
            }
            return Err(damaged(
                "a journal of another gallery file",
                "that of the file beside it",
            )
            .with_file(&journal_path)
            .with_hint(
                "Put the gallery file back that the journal was written beside, or move the journal away",
            ));
        }
        if found.torn > 0 {
            warnings.push(format!(
                "The journal ends in {} bytes of a record that was never acknowledged; they are left out.",
                found.torn
            ));
        }
        replay(&mut loaded, &found.changes, job).map_err(|e| e.with_file(&journal_path))?;
        Ok((loaded, Some(found), warnings))
    }

    fn opened(
        path: &Path,
        loaded: Loaded,
        found: Option<journal::Read>,
        warnings: Vec<String>,
        lock: Option<File>,
    ) -> Result<Opened> {
        let journal_path = journal::path_of(path);
        let writer = lock.map(|lock| {
            let journal = match &found {
                Some(found) => Journal::resume(&journal_path, found)?,
                None => Journal::start(&journal_path, loaded.id)?,
            };
            Ok(Writer {
                path: path.to_owned(),
                journal,
                measure: loaded.measure.clone(),
                _lock: lock,
            })
        });
        Ok(Opened {
            store: Self {
                now: Mutex::new(Some(loaded.gallery)),
                writer: Mutex::new(writer.transpose()?),
                closed: AtomicBool::new(false),
            },
            measure: loaded.measure,
            warnings,
        })
    }

    /// The gallery as it is now.
    ///
    /// Errors: `EOPTION` once it is closed.
    pub fn now(&self) -> Result<Gallery> {
        held(&self.now).clone().ok_or_else(|| {
            Error::new(Code::Option, "a gallery that was closed", "an open one")
                .with_hint("Call close() only after the last use")
        })
    }

    /// Does one change after the other, and gives for each the number of its first row, or of the rows that are
    /// left; or the error after which it did nothing. If there is a journal, it returns once all are on the disk:
    /// one `fsync` for all of them, and after a crash all are there or none. `before` is the gallery as it was
    /// when the caller asked. To be called outside of a pool.
    ///
    /// Errors of an addition: those of [`Gallery::prepare`], [`Gallery::name`] and [`Gallery::push`]; of a
    /// removal: `EINDEX` for a row that was never added, and for a key that no row has. `EIO` and `EABORTED` are
    /// those of all, which then did nothing.
    pub fn change(
        &self,
        before: Gallery,
        changes: &[Change],
        by: (Measure<'_>, Option<usize>),
        pooled: Pooled<'_>,
        job: &Job,
    ) -> Result<Vec<Result<u32>>> {
        if let [Change::Add(rows, names)] = changes {
            // Sooner refused than prepared.
            before.check_names(rows.rows(), names)?;
        }
        let parts = prepared(&before, changes, by, pooled, job)?;
        let mut turn = self.turn();
        let mut after = self.now().unwrap_or(before);
        let (mut outcomes, mut records) = (Vec::new(), Vec::new());
        for (change, part) in changes.iter().zip(parts) {
            let mut next = after.clone();
            let done = part.and_then(|part| change.apply(part, &mut next, turn.is_some()));
            outcomes.push(done.map(|(number, record)| {
                records.extend(record);
                after = next;
                number
            }));
        }
        if let Some(writer) = turn.as_mut().filter(|_| !records.is_empty()) {
            job.check()?;
            writer.journal.append(&records)?;
        }
        self.set(after.clone());
        if changes
            .iter()
            .any(|change| matches!(change, Change::Add(..)))
        {
            // Rows that are found as before, in fewer parts: what fails here fails no addition.
            let merged = in_pool(pooled, || {
                let mut merged = after.clone();
                merged.merge(by.0, by.1, &Job::new()).map(|()| merged)
            });
            if let Ok(merged) = merged {
                self.set(merged);
            }
        }
        self.finish(turn);
        Ok(outcomes)
    }

    /// Writes what the file and the journal hold to a new file in the place of the old one, and empties the
    /// journal. Additions and removals wait meanwhile; searches do not.
    ///
    /// Errors: `EOPTION` without a journal, and those of [`save`]. After an error file and journal are as they
    /// were, or the new file is in place.
    pub fn compact(&self, job: &Job) -> Result<()> {
        let mut turn = self.turn();
        let gallery = self.now()?;
        let Some(writer) = turn.as_mut() else {
            return Err(Error::new(
                Code::Option,
                "a gallery without a journal",
                "one that was opened from its file with a journal",
            )
            .with_advice("open the file for writing", "journal", Some("true")));
        };
        let done = writer.compact(&gallery, job);
        self.finish(turn);
        done
    }

    /// The size of the journal; `None` where there is none. Waits for nobody.
    pub fn journal(&self) -> Option<JournalSize> {
        let turn = self.writer.try_lock().ok()?;
        turn.as_ref().map(|writer| JournalSize {
            records: writer.journal.changes(),
            bytes: writer.journal.bytes(),
        })
    }

    /// Frees the gallery once what uses it has ended; others may then write to its file.
    pub fn close(&self) {
        self.closed.store(true, SeqCst);
        *held(&self.now) = None;
        // Else whoever has the turn does it.
        if let Ok(mut turn) = self.writer.try_lock() {
            *turn = None;
        }
    }

    fn turn(&self) -> MutexGuard<'_, Option<Writer>> {
        held(&self.writer)
    }

    fn finish(&self, mut turn: MutexGuard<'_, Option<Writer>>) {
        if self.closed.load(SeqCst) {
            *turn = None;
        }
    }

    fn set(&self, gallery: Gallery) {
        if let Some(now) = held(&self.now).as_mut() {
            *now = gallery;
        }
    }
}

/// The rows that changes add, each made ready; nothing for a removal.
fn prepared(
    before: &Gallery,
    changes: &[Change],
    by: (Measure<'_>, Option<usize>),
    pooled: Pooled<'_>,
    job: &Job,
) -> Result<Vec<Result<Option<Part>>>> {
    let prepare = |change: &Change| match change {
        Change::Remove(..) => Ok(None),
        Change::Add(rows, _) => before.prepare(Arc::clone(rows), by.0, by.1, job).map(Some),
    };
    in_pool(pooled, || Ok(changes.iter().map(prepare).collect()))
}

impl Change {
    /// Changes a gallery and gives the number to tell; and what a journal has to keep, if there is one.
    fn apply(
        &self,
        part: Option<Part>,
        gallery: &mut Gallery,
        has_journal: bool,
    ) -> Result<(u32, Option<Done>)> {
        match (self, part) {
            (Self::Add(rows, names), Some(mut part)) => {
                gallery.name(&mut part, names)?;
                let first = gallery.push(part)?;
                let kept = (has_journal && rows.rows() > 0).then(|| {
                    let rows = Rows::of(rows, names)?;
                    Ok(Done::Add { first, rows })
                });
                Ok((first, kept.transpose()?))
            }
            (Self::Add(..), None) => Err(Error::internal("rows that were not made ready")),
            (Self::Remove(rows, keys), _) => {
                let mut all = rows.clone();
                for key in keys {
                    all.push(gallery.row_of(key).ok_or_else(|| {
                        Error::new(Code::Index, format!("the key {key}"), "the key of a row")
                    })?);
                }
                gallery.remove(&all)?;
                let kept = has_journal && !all.is_empty();
                Ok((gallery.size(), kept.then_some(Done::Remove(all))))
            }
        }
    }
}

impl Writer {
    fn compact(&mut self, gallery: &Gallery, job: &Job) -> Result<()> {
        let target = std::fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let mut name = target.clone().into_os_string();
        name.push(".new");
        let temporary = PathBuf::from(name);
        let failed = |error| unwritten(&self.path, error);
        let replaces = Replaced {
            id: self.journal.id(),
            records: self.journal.records(),
        };
        let written = DiskFile::open_or_make(&temporary)
            .map_err(failed)
            .and_then(|mut out| {
                out.truncate(0).map_err(failed)?;
                let id = file::write(gallery, &self.measure, Some(replaces), &mut out, job)?;
                keep_mode(&target, &temporary);
                disk::rename(&temporary, &target).map_err(failed)?;
                Ok(id)
            });
        let id = written.inspect_err(|_| {
            let _ = disk::remove(&temporary);
        })?;
        // The new file must be there for good before the journal that it replaces is gone.
        disk::sync_folder(&target).map_err(failed)?;
        self.journal.restart(id)
    }
}

/// Gives a new file the rights of the one that it replaces, as far as the system lets.
fn keep_mode(old: &Path, new: &Path) {
    if let Ok(found) = std::fs::metadata(old) {
        let _ = std::fs::set_permissions(new, found.permissions());
    }
}

/// Takes the right to write to a gallery, which ends with the process at the latest.
///
/// A lock of the system (`flock`; on Windows `LockFileEx`) on a file beside the gallery, which stays. On a
/// network file system it holds as far as that one's locks do.
fn lock(path: &Path) -> Result<File> {
    // A gallery that is not there has no lock either.
    crate::job::files::open_regular(path)?;
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let name = PathBuf::from(name);
    let mut options = OpenOptions::new();
    let opened = options.write(true).create(true).truncate(false).open(&name);
    let file = opened.map_err(|e| unwritten(&name, e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::new(
            Code::GalleryBusy,
            "a gallery that another has open for writing",
            "one writer at a time",
        )
        .with_file(path)
        .with_hint("Close it there, or open it here without a journal to read it")),
        Err(TryLockError::Error(error)) => Err(Error::io("locking it", error)
            .with_file(&name)
            .with_hint("Keep the gallery on a file system that has locks")),
    }
}

/// Does to a gallery what its journal says. Rows that were added and removed again are not
/// prepared; the others become one part.
fn replay(loaded: &mut Loaded, changes: &[Done], job: &Job) -> Result<()> {
    let gallery = &mut loaded.gallery;
    let (dim, mut next) = (gallery.dim(), gallery.rows());
    let of_others = || {
        damaged(
            "a record of rows that are not there",
            "those of the gallery file",
        )
    };
    let mut gone = std::collections::HashSet::new();
    let mut added = Vec::new();
    for change in changes {
        match change {
            Done::Add { first, rows } => {
                let end = next.checked_add(rows.count() as u32);
                let (Some(end), true) = (end, *first == next && rows.dim == dim) else {
                    return Err(of_others());
                };
                added.push((*first, rows));
                next = end;
            }
            Done::Remove(rows) => {
                if rows.iter().any(|row| *row >= next) {
                    return Err(of_others());
                }
                gone.extend(rows);
            }
        }
    }
    let before = gallery.rows();
    let of_file: Vec<u32> = gone.iter().copied().filter(|row| *row < before).collect();
    gallery.remove(&of_file)?;
    if added.is_empty() {
        return Ok(());
    }
    let kept = kept_rows(&added, &gone, dim)?;
    if kept.numbers.is_empty() {
        gallery.skip_to(next);
        return Ok(());
    }
    let rows = Arc::new(kept.rows);
    let prepare = |measure: Measure<'_>| gallery.prepare(rows, measure, None, job);
    let mut part = loaded.measure.with(prepare)?;
    gallery.name(&mut part, &kept.names)?;
    part.number_rows(kept.numbers);
    gallery.push_numbered(part, next);
    Ok(())
}

/// Rows of a journal that were not removed.
struct Kept {
    rows: Embeddings,
    numbers: Vec<u32>,
    names: RowNames,
}

fn kept_rows(
    added: &[(u32, &Rows)],
    gone: &std::collections::HashSet<u32>,
    dim: usize,
) -> Result<Kept> {
    let narrow = added
        .iter()
        .all(|(_, rows)| matches!(rows.values, Values::F32(_)));
    let (mut singles, mut doubles) = (Vec::new(), Vec::new());
    let (mut numbers, mut names) = (Vec::new(), RowNames::default());
    for (first, rows) in added {
        let (mut keys, mut labels) = (Vec::new(), Vec::new());
        let of = rows.names();
        for place in 0..rows.count() {
            let number = first + place as u32;
            if gone.contains(&number) {
                continue;
            }
            numbers.push(number);
            let range = place * dim..(place + 1) * dim;
            match &rows.values {
                Values::F32(values) if narrow => singles.extend(&values[range]),
                Values::F32(values) => doubles.extend(values[range].iter().map(|v| f64::from(*v))),
                Values::F64(values) => doubles.extend(&values[range]),
            }
            keys.extend(of.keys.iter().map(|keys| keys[place].clone()));
            labels.extend(of.labels.iter().map(|labels| labels[place].clone()));
        }
        if of.keys.is_some() {
            names.keys.get_or_insert_default().extend(keys);
        }
        if of.labels.is_some() {
            names.labels.get_or_insert_default().extend(labels);
        }
    }
    let rows = match narrow {
        true => Embeddings::from_vec(singles, numbers.len(), dim)?,
        false => Embeddings::from_doubles(doubles, numbers.len(), dim)?,
    };
    Ok(Kept {
        rows,
        numbers,
        names,
    })
}

/// The outcome of work in a pool.
pub fn in_pool<T: Send>(pooled: Pooled<'_>, work: impl Fn() -> Result<T> + Sync) -> Result<T> {
    let outcome = Mutex::new(None);
    pooled(&|| {
        let done = work()?;
        *held(&outcome) = Some(done);
        Ok(())
    })?;
    let done = held(&outcome).take();
    done.ok_or_else(|| Error::internal("a pool that ran nothing"))
}

/// State that a panic left is whole: states are put in place in one step.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(|e| e.into_inner())
}
