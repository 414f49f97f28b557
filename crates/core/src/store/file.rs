//! A gallery as a file: the container of models, read in place.
//!
//! Everything but the rows is small, and its sum is checked when the file is opened. The rows are mapped, and
//! their sums, one for each block, are checked before they are first searched. What is derived from rows and
//! takes a pass over them (bytes with a bound, mapped rows) is not in the file: a wrong bound would lose hits
//! in silence.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::disk::DiskFile;
use super::journal::unwritten;
use super::measure::StoredMeasure;
use super::{Id, damaged};
use crate::error::{Code, Error, Result};
use crate::job::memory::filled;
use crate::job::{Job, files, tasks};
use crate::jobs::search::{Check, Gallery, Keys, Labels, Part, Texts};
use crate::kernels::Isa;
use crate::measure::{Survey, SurveyNumbers};
use crate::models::{Element, IN_PLACE, Layout, Slot, Tensor, header_text};
use crate::npy::{Io, Numbers, Order, Place};
use crate::rows::{Embeddings, RowSource};

const FORMAT: &str = "hackface-gallery";
const VERSION: (u32, u32) = (1, 0);
/// Bytes of rows under one sum.
const BLOCK: usize = 4 << 20;
/// Rows that are written at a time.
const STRIDE: usize = 1024;
const HEADER_LIMIT: u64 = 1 << 20;
/// As many characters as a sum has in the header.
const NO_SUM: &str = "----------------------------------------------------------------";

/// A gallery from a file.
pub(super) struct Loaded {
    pub(super) gallery: Gallery,
    pub(super) measure: StoredMeasure,
    /// The sum of the file, which names it.
    pub(super) id: Id,
    pub(super) replaces: Option<Replaced>,
}

/// The file that was there before, and how much of its journal went into this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Replaced {
    pub(super) id: Id,
    pub(super) records: u64,
}

/// Tensors by name: type, shape, bytes. Rows have none here.
#[derive(Default)]
struct Tensors(BTreeMap<String, (Element, Vec<usize>, Vec<u8>)>);

impl Tensors {
    fn doubles<'a>(
        &mut self,
        name: &str,
        shape: Vec<usize>,
        of: impl IntoIterator<Item = &'a f64>,
    ) {
        let bytes = of
            .into_iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.bytes(name, Element::F64, shape, bytes);
    }

    fn words(&mut self, name: &str, of: &[u32]) {
        let bytes = of.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.bytes(name, Element::U32, vec![of.len()], bytes);
    }

    fn texts(&mut self, name: &str, texts: &Texts) {
        let (bytes, ends) = texts.parts();
        self.words(&format!("{name}.ends"), ends);
        let shape = vec![bytes.len()];
        self.bytes(&format!("{name}.text"), Element::U8, shape, bytes.to_vec());
    }

    /// A tensor without values is left out.
    fn bytes(&mut self, name: &str, element: Element, shape: Vec<usize>, bytes: Vec<u8>) {
        if shape.iter().all(|side| *side > 0) {
            self.0.insert(name.to_owned(), (element, shape, bytes));
        }
    }
}

/// Writes a gallery to a file that is there; returns its sum. Rows that were removed are left out.
///
/// Errors: `EOPTION` for a measure that a file cannot hold, `EMEMORY`, `EINPUTCHANGED`, `EIO`, `EABORTED`.
pub(super) fn write(
    gallery: &Gallery,
    measure: &StoredMeasure,
    replaces: Option<Replaced>,
    out: &mut DiskFile,
    job: &Job,
) -> Result<Id> {
    let mut metadata = described(gallery, measure, replaces)?;
    let mut tensors = Tensors::default();
    for (name, tensor) in measure.tensors()? {
        tensors.doubles(&name, tensor.shape, &tensor.data);
    }
    let found: Vec<(&Part, usize)> = gallery.found().collect();
    put_survey(&mut tensors, gallery, &found)?;
    put_names(&mut tensors, gallery, &found)?;
    let numbers: Vec<u32> = found
        .iter()
        .map(|(part, place)| part.number(*place))
        .collect();
    tensors.words("numbers", &numbers);
    let narrow = found.iter().all(|(part, _)| part.rows().fits_f32());
    let element = if narrow { Element::F32 } else { Element::F64 };
    let row_bytes = gallery.dim() * element.size();
    let blocks = (found.len() * row_bytes).div_ceil(BLOCK);
    tensors.bytes(
        "rows",
        element,
        vec![found.len(), gallery.dim()],
        Vec::new(),
    );
    tensors.bytes("sums", Element::U8, vec![blocks, 32], Vec::new());
    let header = |metadata: &BTreeMap<String, String>| {
        let shapes = tensors.0.iter();
        let text = header_text(
            metadata,
            shapes.map(|(name, (e, shape, _))| (&name[..], *e, &shape[..])),
        );
        let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
        bytes.extend(text.into_bytes());
        bytes
    };
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| unwritten(&path, error)
    };
    let failed = failed(out.path());
    let mut at = header(&metadata).len() as u64;
    let start = at;
    let mut sums = Vec::new();
    for (name, (_, _, bytes)) in &tensors.0 {
        let bytes = match &name[..] {
            "rows" => {
                sums = write_rows(&found, element, out, &mut at, job)?;
                continue;
            }
            "sums" => &sums,
            _ => bytes,
        };
        out.write_at(at, bytes).map_err(&failed)?;
        at += bytes.len() as u64;
    }
    if at == start {
        // A gallery without rows has nothing behind its header.
        out.truncate(at).map_err(&failed)?;
    }
    let small = tensors.0.iter().map(|(name, (element, shape, bytes))| {
        let bytes = if name == "sums" { &sums } else { bytes };
        (&name[..], *element, &shape[..], &bytes[..])
    });
    let id = sum_of(&metadata, small);
    metadata.insert("sha256".to_owned(), hex(&id));
    out.write_at(0, &header(&metadata)).map_err(&failed)?;
    out.sync().map_err(&failed)?;
    Ok(id)
}

/// The texts of a file, its sum aside.
fn described(
    gallery: &Gallery,
    measure: &StoredMeasure,
    replaces: Option<Replaced>,
) -> Result<BTreeMap<String, String>> {
    let mut metadata = BTreeMap::new();
    let mut set = |key: &str, value: String| metadata.insert(key.to_owned(), value);
    set("format", FORMAT.to_owned());
    set("format_version", format!("{}.{}", VERSION.0, VERSION.1));
    set("dim", gallery.dim().to_string());
    set("next", gallery.rows().to_string());
    if let Some(Replaced { id, records }) = replaces {
        set("replaces.id", hex(&id));
        set("replaces.records", records.to_string());
    }
    if let Some((keys, labels)) = gallery.has_names() {
        set("keys", keys.to_string());
        set("labels", labels.to_string());
    }
    for (key, value) in measure.metadata()? {
        set(&key, value);
    }
    set("sha256", NO_SUM.to_owned());
    Ok(metadata)
}

/// The moments of the rows, and what the first ones say of all.
fn put_survey(tensors: &mut Tensors, gallery: &Gallery, found: &[(&Part, usize)]) -> Result<()> {
    let Some(first) = gallery.first().and_then(|part| part.survey()) else {
        return Ok(());
    };
    let no_file = || Error::internal("rows without a survey under a metric");
    let of_first = first.numbers().ok_or_else(no_file)?;
    for (name, values) in [
        ("center", &of_first.center),
        ("reference.inverse_variance", &of_first.inverse_variance),
        ("reference.mean", &of_first.mean),
        ("reference.triangle", &of_first.triangle),
    ] {
        tensors.doubles(name, vec![values.len()], values);
    }
    let (mut stats, mut rescaled) = (Vec::new(), Vec::new());
    let mut numbers: Option<(*const Part, SurveyNumbers)> = None;
    for (row, (part, place)) in found.iter().enumerate() {
        let own: *const Part = *part;
        if numbers.as_ref().is_none_or(|(of, _)| *of != own) {
            let survey = part.survey().and_then(|survey| survey.numbers());
            numbers = Some((own, survey.ok_or_else(no_file)?));
        }
        let Some((_, numbers)) = &numbers else {
            continue;
        };
        stats.extend(numbers.stats[*place]);
        if numbers.rescaled.binary_search(&(*place as u32)).is_ok() {
            rescaled.push(row as u32);
        }
    }
    tensors.doubles("moments", vec![found.len(), 3], &stats);
    tensors.words("rescaled", &rescaled);
    Ok(())
}

fn put_names(tensors: &mut Tensors, gallery: &Gallery, found: &[(&Part, usize)]) -> Result<()> {
    let Some((keys, labels)) = gallery.has_names() else {
        return Ok(());
    };
    if keys {
        let texts = found
            .iter()
            .filter_map(|(part, at)| Some(part.keys()?.texts.get(*at)));
        let keys = Keys::of(Texts::of(texts)?);
        tensors.texts("keys", &keys.texts);
        tensors.words("keys.order", &keys.order);
    }
    if labels {
        let people = found
            .iter()
            .filter_map(|(part, at)| Some(part.people()?[*at]));
        let people: Vec<u32> = people.collect();
        let mut own: Vec<u32> = people.clone();
        own.sort_unstable();
        own.dedup();
        let table = gallery.label_table();
        let mut texts: Vec<(String, u32)> = own
            .iter()
            .map(|number| (table.text(*number), *number))
            .collect();
        texts.sort_unstable();
        let mut place = vec![0; own.len()];
        for (at, (_, number)) in (0u32..).zip(&texts) {
            if let Ok(own) = own.binary_search(number) {
                place[own] = at;
            }
        }
        let of_row = people
            .iter()
            .map(|number| own.binary_search(number).map_or(0, |at| place[at]));
        tensors.words("labels.of_row", &of_row.collect::<Vec<_>>());
        tensors.texts(
            "labels",
            &Texts::of(texts.iter().map(|(text, _)| &text[..]))?,
        );
    }
    Ok(())
}

/// Writes rows and returns the sums of their blocks.
fn write_rows(
    found: &[(&Part, usize)],
    element: Element,
    out: &mut DiskFile,
    at: &mut u64,
    job: &Job,
) -> Result<Vec<u8>> {
    job.begin("writing", found.len() as u64);
    let (mut sums, mut hash, mut hashed) = (Vec::new(), Sha256::new(), 0);
    for rows in found.chunks(STRIDE) {
        job.check()?;
        let dim = rows[0].0.rows().dim();
        let mut bytes = Vec::with_capacity(rows.len() * dim * element.size());
        let (mut narrow, mut wide) = (vec![0f32; dim], vec![0f64; dim]);
        for (part, place) in rows {
            let of = part.rows();
            match element {
                Element::F32 => {
                    of.read_rows_f32(*place, &mut narrow)?;
                    bytes.extend(narrow.iter().flat_map(|value| value.to_le_bytes()));
                }
                _ => {
                    of.read_rows(*place, &mut wide)?;
                    bytes.extend(wide.iter().flat_map(|value| value.to_le_bytes()));
                }
            }
        }
        // A row that changed meanwhile must not be what is kept.
        for of_part in rows.chunk_by(|a, b| std::ptr::eq(a.0, b.0)) {
            of_part[0].0.rows().check_unchanged()?;
        }
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let (own, others) = rest.split_at(rest.len().min(BLOCK - hashed));
            hash.update(own);
            hashed += own.len();
            if hashed == BLOCK {
                sums.extend(hash.finalize_reset());
                hashed = 0;
            }
            rest = others;
        }
        out.write_at(*at, &bytes)
            .map_err(|e| unwritten(out.path(), e))?;
        *at += bytes.len() as u64;
        job.advance(rows.len() as u64);
    }
    if hashed > 0 {
        sums.extend(hash.finalize());
    }
    Ok(sums)
}

/// The sum over everything but the bytes of rows, which `sums` stand for.
fn sum_of<'a>(
    metadata: &BTreeMap<String, String>,
    tensors: impl Iterator<Item = (&'a str, Element, &'a [usize], &'a [u8])>,
) -> Id {
    let mut hash = Sha256::new();
    let text = |hash: &mut Sha256, text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    for (key, value) in metadata.iter().filter(|(key, _)| *key != "sha256") {
        text(&mut hash, key);
        text(&mut hash, value);
    }
    for (name, element, shape, bytes) in tensors {
        text(&mut hash, name);
        hash.update([element.size() as u8]);
        for side in shape {
            hash.update((*side as u64).to_le_bytes());
        }
        hash.update(bytes);
    }
    hash.finalize().into()
}

fn hex(id: &Id) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn of_hex(text: &str) -> Option<Id> {
    let mut id = [0; 32];
    let byte = |at: usize| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok();
    for (at, out) in id.iter_mut().enumerate() {
        *out = byte(at)?;
    }
    (hex(&id) == text).then_some(id)
}

/// True if a file says of itself that it is a gallery. Reads its header at most.
///
/// Errors: those of opening it.
pub(super) fn is_gallery(path: &Path) -> Result<bool> {
    let (mut file, _) = files::open_regular(path)?;
    let head = read_head(&mut file).unwrap_or_default();
    let entry = format!("\"format\":\"{FORMAT}\"");
    Ok(head
        .windows(entry.len())
        .any(|found| found == entry.as_bytes()))
}

/// The first bytes of a file, up to the end of the header that they claim.
fn read_head(file: &mut File) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.by_ref().take(8).read_to_end(&mut head)?;
    if let Some(length) = head.first_chunk::<8>() {
        let length = u64::from_le_bytes(*length).min(HEADER_LIMIT);
        file.by_ref().take(length).read_to_end(&mut head)?;
    }
    Ok(head)
}

/// Opens a gallery: reads all but its rows, which are mapped.
///
/// Errors: `EGALLERY` for a file that is cut, changed or no gallery, with what is; `EMODELVERSION` for a newer
/// format; `EMODEL` for its model; `EINPUT`, `EIO`, `EMEMORY`.
pub(super) fn read(path: &Path, io: Io, isa: Isa) -> Result<Loaded> {
    let told = |error: Error| error.with_file(path);
    let (mut file, about) = files::open_regular(path)?;
    let failed = |e| Error::io("reading it", e).with_file(path);
    let head = read_head(&mut file).map_err(failed)?;
    let layout =
        Layout::read(&head, Some(about.len()), &IN_PLACE).map_err(|e| told(of_container(e)))?;
    check_version(&layout.metadata).map_err(told)?;
    let mut small = BTreeMap::new();
    let mut rows = None;
    for slot in &layout.tensors {
        let bytes = slot.shape.iter().product::<usize>() * slot.element.size();
        if slot.name == "rows" {
            rows = Some(slot);
            continue;
        }
        let mut data = filled("a gallery", bytes, 0)?;
        let at = layout.start as u64 + slot.offset;
        let seek = std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(at));
        seek.and_then(|_| file.read_exact(&mut data))
            .map_err(failed)?;
        small.insert(slot.name.clone(), data);
    }
    let none = Vec::new();
    let tensors = layout.tensors.iter().map(|slot| {
        let bytes = small.get(&slot.name).unwrap_or(&none);
        (&slot.name[..], slot.element, &slot.shape[..], &bytes[..])
    });
    let id = sum_of(&layout.metadata, tensors);
    let stored = layout.metadata.get("sha256").map_or("", String::as_str);
    if hex(&id) != stored {
        let found = format!("contents with the sum {}", hex(&id));
        let expected = format!("{stored}, as recorded when the file was written");
        return Err(told(damaged(found, expected)));
    }
    let rows = match rows {
        Some(slot) => Some(open_rows(path, &layout, slot, io)?),
        None => None,
    };
    // The name may have come to mean another file; whoever writes a new one takes the old one's name.
    let now = fs::metadata(path).map_err(failed)?;
    if !is_same(&about, &now) {
        return Err(
            Error::new(Code::InputChanged, "another file in its place", "one file").with_file(path),
        );
    }
    let mut reader = Reader {
        metadata: layout.metadata,
        tensors: layout.tensors,
        small,
    };
    reader.gallery(rows, id, isa).map_err(told)
}

#[cfg(unix)]
fn is_same(a: &fs::Metadata, b: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino(), a.len()) == (b.dev(), b.ino(), b.len())
}

#[cfg(not(unix))]
fn is_same(a: &fs::Metadata, b: &fs::Metadata) -> bool {
    (a.modified().ok(), a.len()) == (b.modified().ok(), b.len())
}

/// The error of a container, as one of a gallery.
fn of_container(error: Error) -> Error {
    match error.expected().starts_with("a model file") {
        true => damaged(error.found(), "a gallery file, as Gallery.save writes it"),
        false => damaged(error.found(), error.expected()),
    }
}

fn check_version(metadata: &BTreeMap<String, String>) -> Result<()> {
    let entry = |key: &str| metadata.get(key).map_or("", String::as_str);
    if entry("format") != FORMAT {
        let found = match entry("format") {
            "" => "a safetensors file of another kind".to_owned(),
            other => format!("a {other}"),
        };
        return Err(damaged(found, "a gallery file, as Gallery.save writes it"));
    }
    let version = entry("format_version");
    let major = version
        .split_once('.')
        .and_then(|(major, _)| major.parse::<u32>().ok());
    match major {
        Some(major) if major == VERSION.0 => Ok(()),
        Some(major) if major > VERSION.0 => Err(Error::new(
            Code::ModelVersion,
            format!("a gallery of format {version}"),
            format!("format {}.x", VERSION.0),
        )
        .with_hint(format!(
            "Install a version of hackface-native that reads format {major}"
        ))),
        _ => Err(damaged(
            format!("the format version '{version}'"),
            "1.0 or later",
        )),
    }
}

fn open_rows(path: &Path, layout: &Layout, slot: &Slot, io: Io) -> Result<Arc<Embeddings>> {
    let descr = match slot.element {
        Element::F32 => "<f4",
        Element::F64 => "<f8",
        Element::U32 | Element::U8 => return Err(damaged("rows of whole numbers", "F32 or F64")),
    };
    let [rows, dim] = slot.shape[..] else {
        return Err(damaged("rows that are no matrix", "two axes"));
    };
    let numbers = Numbers {
        descr,
        order: Order::C,
        rows: rows as u64,
        dim: dim as u64,
        offset: layout.start as u64 + slot.offset,
    };
    Ok(Arc::new(Embeddings::open_at(
        path,
        Place::Numbers(numbers),
        io,
    )?))
}

/// The contents of a file whose sum is right; it may still be one that we did not write.
struct Reader {
    metadata: BTreeMap<String, String>,
    tensors: Vec<Slot>,
    small: BTreeMap<String, Vec<u8>>,
}

impl Reader {
    fn gallery(&mut self, rows: Option<Arc<Embeddings>>, id: Id, isa: Isa) -> Result<Loaded> {
        let dim: usize = self.number("dim")?;
        let next: u32 = self.number("next")?;
        let rows = match rows {
            Some(rows) => rows,
            None => Arc::new(Embeddings::from_vec(Vec::new(), 0, dim)?),
        };
        let count = rows.rows();
        let center = self.doubles("center")?;
        let measure = StoredMeasure::read(&self.metadata, &center, || {
            let mut tensors = BTreeMap::new();
            for slot in self
                .tensors
                .iter()
                .filter(|slot| slot.name.starts_with("model."))
            {
                let data = doubles_of(&slot.name, self.small.get(&slot.name))?;
                let shape = slot.shape.clone();
                tensors.insert(slot.name.clone(), Tensor { shape, data });
            }
            Ok(tensors)
        })?;
        let numbers = self.words("numbers")?;
        let rising = numbers.is_sorted_by(|a, b| a < b);
        let below = numbers.last().is_none_or(|last| *last < next);
        if numbers.len() != count || !rising || !below || rows.dim() != dim {
            return Err(damaged(
                "numbers that are not those of the rows",
                "one for each, ascending",
            ));
        }
        let (keys, people, labels) = self.names(count)?;
        let survey = match &measure {
            StoredMeasure::Model(_) => None,
            StoredMeasure::Metric(metric) => {
                let numbers = self.survey(center, count, dim)?;
                metric.check_survey(&numbers, dim)?;
                Some(Survey::of_numbers(numbers, isa))
            }
        };
        measure.check_dim(dim)?;
        let sums = self.small.remove("sums").unwrap_or_default();
        let check = check_of(Arc::clone(&rows), sums)?;
        let part = Part::restored(rows, survey, numbers, (keys, people), check);
        let replaces = match self.metadata.get("replaces.id") {
            None => None,
            Some(text) => Some(Replaced {
                id: of_hex(text).ok_or_else(|| damaged(&text[..], "the sum of a gallery file"))?,
                records: self.number("replaces.records")?,
            }),
        };
        Ok(Loaded {
            gallery: Gallery::restored(part, next, labels),
            measure,
            id,
            replaces,
        })
    }

    fn number<T: std::str::FromStr + ToString>(&self, key: &str) -> Result<T> {
        let text = self.metadata.get(key).map_or("", String::as_str);
        let number = text
            .parse::<T>()
            .ok()
            .filter(|number| number.to_string() == text);
        number.ok_or_else(|| damaged(format!("'{text}' for '{key}'"), "a whole number"))
    }

    fn is(&self, key: &str) -> bool {
        self.metadata.get(key).is_some_and(|value| value == "true")
    }

    fn doubles(&self, name: &str) -> Result<Vec<f64>> {
        doubles_of(name, self.small.get(name))
    }

    fn words(&self, name: &str) -> Result<Vec<u32>> {
        let (words, rest) = self
            .small
            .get(name)
            .map_or((&[][..], &[][..]), |of| of.as_chunks::<4>());
        if !rest.is_empty() {
            return Err(damaged(format!("tensor '{name}' of another type"), "U32"));
        }
        Ok(words.iter().map(|word| u32::from_le_bytes(*word)).collect())
    }

    fn texts(&mut self, name: &str) -> Result<Texts> {
        let ends = self.words(&format!("{name}.ends"))?;
        let bytes = self
            .small
            .remove(&format!("{name}.text"))
            .unwrap_or_default();
        Texts::read(bytes, ends).ok_or_else(|| {
            damaged(
                format!("'{name}' that are no texts"),
                "UTF-8 texts and their ends",
            )
        })
    }

    fn names(&mut self, count: usize) -> Result<(Option<Keys>, Option<Vec<u32>>, Labels)> {
        let mut keys = None;
        if self.is("keys") {
            let (texts, order) = (self.texts("keys")?, self.words("keys.order")?);
            let fits = texts.len() == count;
            keys = Some(Keys::read(texts, order).filter(|_| fits).ok_or_else(|| {
                damaged("keys that are not those of the rows", "one for each row")
            })?);
        }
        let (mut people, mut labels) = (None, Labels::default());
        if self.is("labels") {
            let texts = self.texts("labels")?;
            let (known, of_row) = (texts.len(), self.words("labels.of_row")?);
            if of_row.len() != count || of_row.iter().any(|label| *label as usize >= known) {
                return Err(damaged(
                    "labels that are not those of the rows",
                    "one for each row",
                ));
            }
            labels = Labels::read(texts)
                .ok_or_else(|| damaged("labels out of order", "ascending labels"))?;
            people = Some(of_row);
        }
        Ok((keys, people, labels))
    }

    fn survey(&self, center: Vec<f64>, count: usize, dim: usize) -> Result<SurveyNumbers> {
        let rescaled = self.words("rescaled")?;
        let moments = self.small.get("moments").map_or(&[][..], Vec::as_slice);
        let (stats, rest) = moments.as_chunks::<24>();
        let number = |of: &[u8; 24], at: usize| {
            f64::from_le_bytes(std::array::from_fn(|byte| of[8 * at + byte]))
        };
        let three = |of: &[u8; 24]| [number(of, 0), number(of, 1), number(of, 2)];
        let stats: Vec<[f64; 3]> = stats.iter().map(three).collect();
        let finite = stats.iter().flatten().all(|value| value.is_finite());
        let in_order = rescaled.is_sorted_by(|a, b| a < b);
        let fits = stats.len() == count && rest.is_empty() && in_order && finite;
        let last = rescaled.last().is_none_or(|last| (*last as usize) < count);
        if !fits || !last || !(center.is_empty() || center.len() == dim) {
            return Err(damaged(
                "moments that are not those of the rows",
                "three for each row",
            ));
        }
        Ok(SurveyNumbers {
            center,
            rescaled,
            stats,
            inverse_variance: self.doubles("reference.inverse_variance")?,
            mean: self.doubles("reference.mean")?,
            triangle: self.doubles("reference.triangle")?,
        })
    }
}

fn doubles_of(name: &str, bytes: Option<&Vec<u8>>) -> Result<Vec<f64>> {
    let (values, rest) = bytes.map_or((&[][..], &[][..]), |of| of.as_chunks::<8>());
    let values: Vec<f64> = values
        .iter()
        .map(|value| f64::from_le_bytes(*value))
        .collect();
    match rest.is_empty() && values.iter().all(|value| value.is_finite()) {
        true => Ok(values),
        false => Err(damaged(
            format!("tensor '{name}' with what is no number"),
            "finite numbers",
        )),
    }
}

/// Compares rows with the sums of their blocks, once.
fn check_of(rows: Arc<Embeddings>, sums: Vec<u8>) -> Result<Check> {
    let bytes = rows.rows() * rows.dim() * rows.dtype().size();
    if sums.len() != bytes.div_ceil(BLOCK) * 32 {
        let found = format!("{} bytes of sums", sums.len());
        return Err(damaged(found, format!("32 for each {BLOCK} bytes of rows")));
    }
    let checked = AtomicBool::new(false);
    Ok(Box::new(move |job| {
        if checked.load(Relaxed) {
            return Ok(());
        }
        job.begin("checking", bytes as u64);
        rows.while_unchanged(|| {
            tasks::all(sums.par_chunks(32).enumerate(), |(block, sum)| {
                job.check()?;
                let at = block * BLOCK;
                let mut data = filled("a block of rows", BLOCK.min(bytes - at), 0)?;
                rows.read_bytes(at, &mut data)?;
                if Sha256::digest(&data)[..] != *sum {
                    let of_row = bytes / rows.rows().max(1);
                    let (first, last) = (at / of_row, (at + data.len() - 1) / of_row);
                    let found = format!("other bytes in rows {first} to {last}");
                    return Err(rows.blame(damaged(found, "the rows that were saved")));
                }
                job.advance(data.len() as u64);
                Ok(())
            })
        })?;
        checked.store(true, Relaxed);
        Ok(())
    }))
}
