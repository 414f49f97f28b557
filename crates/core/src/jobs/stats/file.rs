//! Statistics as files: the container of models, under a format of its own.

use std::io::Read;
use std::ops::Range;
use std::path::Path;

use super::head::{StatsHead, checks};
use super::{Hash, Set, Stats, blocks_of};
use crate::error::{Code, Error, Result};
use crate::job::files::open_regular;
use crate::models::{Container, Pass, Round, Tensor, bad, read_summed, sum_into, write_summed};
use crate::statistics::{BLOCK_ROWS, Packed};

pub(super) const FORMAT: &str = "hackface-stats";
/// Before the names of sums, which are the last tensors of a file.
pub(super) const SUMS: &str = "sums.";
/// The checksum of what is before the sums, of files that tell the next pass.
pub(super) const HEAD_SUM: &str = "head_sha256";
/// Hashes of the sums of classes, of such files.
pub(super) const CHECKS: &str = "next.checks";
/// The hashes, eight numbers of 32 bits each.
pub(super) const HASHES: &str = "hashes";

impl Stats {
    /// The file of these statistics. Equal statistics have equal bytes.
    ///
    /// Errors: `EMEMORY`.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.clone().into_bytes()
    }

    /// [`to_bytes`](Self::to_bytes) of statistics that are no longer needed: without a copy of the sums.
    ///
    /// Errors: `EMEMORY`.
    pub fn into_bytes(self) -> Result<Vec<u8>> {
        let mut c = Container::default();
        let mut set = |key: &str, value: String| c.metadata.insert(key.into(), value);
        set("rows", self.set.rows.to_string());
        set("dim", self.set.dim.to_string());
        set("first_row", self.rows.start.to_string());
        set("end_row", self.rows.end.to_string());
        set("first_sha256", self.set.first.clone());
        if let Some(labels) = &self.set.labels {
            set("labels_sha256", labels.clone());
        }
        if let Some(most) = self.set.max_per_class {
            set("max_per_class", most.to_string());
        }
        set("pipeline", self.pipeline.clone());
        set("round", self.round.key.clone());
        let names: Vec<&str> = self.round.sums.keys().map(String::as_str).collect();
        set("sums", names.join(","));
        put(&mut c, HASHES.into(), of_hashes(&self.pieces));
        if let Some(next) = &self.next {
            next.put(&mut c)?;
            put(
                &mut c,
                CHECKS.into(),
                checks(&self.round.sums, self.set.dim),
            );
            sum_into(&mut c, HEAD_SUM, FORMAT);
        }
        for (name, data) in self.round.sums {
            put(&mut c, format!("{SUMS}{name}"), data);
        }
        write_summed(c, FORMAT)
    }

    /// Reads a file of statistics of which nobody knows that it is whole; nothing for one that is damaged.
    ///
    /// Errors: `EMODEL` for a file of another kind; `EMODELVERSION`; `EMEMORY`.
    pub fn from_bytes_if_whole(bytes: &[u8]) -> Result<Option<Self>> {
        let head = &bytes[..bytes.len().min(1024)];
        let ours = head.is_empty() || head.windows(FORMAT.len()).any(|w| w == FORMAT.as_bytes());
        match Self::from_bytes(bytes) {
            Err(error) if error.code() == Code::Model && ours => Ok(None),
            read => read.map(Some),
        }
    }

    /// Reads the file of statistics at a path.
    ///
    /// Errors: `EINPUT`, `EIO`; as [`from_bytes`](Self::from_bytes).
    pub fn open(path: &Path) -> Result<Self> {
        let read = || {
            // Its header is looked at first, and no memory is taken for what is of another kind.
            StatsHead::of_file(path, "")?;
            let (mut file, _) = open_regular(path)?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)
                .map_err(|error| Error::io("reading it", error))?;
            Self::from_bytes(&bytes)
        };
        read().map_err(|error| error.with_file(path))
    }

    /// Reads a file of statistics.
    ///
    /// Errors: `EMODEL`; `EMODELVERSION` for a newer major version; `EMEMORY`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let (mut c, _) = read_summed(bytes, FORMAT)?;
        c.metadata.remove(HEAD_SUM);
        c.tensors.remove(CHECKS);
        Self::of_container(c)
    }

    /// The statistics of a file's contents; sums that are not there are empty.
    ///
    /// Errors: `EMODEL`.
    pub(super) fn of_container(mut c: Container) -> Result<Self> {
        let next = Pass::take(&mut c)?;
        let rows = number(&c, "rows")?;
        let part = number(&c, "first_row")?..number(&c, "end_row")?;
        check_part(&part, rows)?;
        let mut take = |name: &str| c.tensors.remove(name).map_or(Vec::new(), |t| t.data);
        let hashes = take(HASHES);
        let sums: Packed = words(&c.metadata, "sums")?
            .split(',')
            .map(|name| (name.to_owned(), take(&format!("{SUMS}{name}"))))
            .collect();
        if let Some(name) = c.tensors.keys().next() {
            return Err(bad(format!("an unexpected tensor '{name}'"), "only sums"));
        }
        check_counts(&sums, rows)?;
        let dim = number(&c, "dim")?;
        if dim == 0 {
            return Err(bad("no columns", "at least one"));
        }
        let max_per_class = c.metadata.contains_key("max_per_class");
        let max_per_class = max_per_class
            .then(|| number(&c, "max_per_class"))
            .transpose()?;
        Ok(Self {
            set: Set {
                rows,
                dim,
                first: words(&c.metadata, "first_sha256")?,
                labels: c.metadata.get("labels_sha256").cloned(),
                max_per_class,
            },
            pipeline: words(&c.metadata, "pipeline")?,
            pieces: read_hashes(HASHES, &hashes, blocks_of(part.clone()).len())?,
            rows: part,
            next,
            round: Round {
                key: words(&c.metadata, "round")?,
                sums,
            },
        })
    }
}

fn check_part(part: &Range<usize>, rows: usize) -> Result<()> {
    let is_border = |row: usize| row.is_multiple_of(BLOCK_ROWS) || row == rows;
    if part.start > part.end || part.end > rows || !is_border(part.start) || !is_border(part.end) {
        let found = format!("rows {}:{} of {rows}", part.start, part.end);
        return Err(bad(found, "whole blocks of 2048 rows"));
    }
    Ok(())
}

/// Refuses counts of more than all rows, and classes beyond as many: memory is taken for each class.
fn check_counts(sums: &Packed, rows: usize) -> Result<()> {
    for name in ["rows", "uniform", "counts", "classes"] {
        let fits = |value: &f64| value.fract() == 0.0 && (0.0..=rows as f64).contains(value);
        let values = sums.get(name).map_or(&[][..], Vec::as_slice);
        if let Some(value) = values.iter().find(|value| !fits(value)) {
            let found = format!("tensor '{SUMS}{name}' with {value}");
            return Err(bad(found, format!("whole numbers up to {rows}")));
        }
    }
    Ok(())
}

/// Puts a vector into a file; a tensor has at least one value.
fn put(c: &mut Container, name: String, data: Vec<f64>) {
    if !data.is_empty() {
        let shape = vec![data.len()];
        c.tensors.insert(name, Tensor { shape, data });
    }
}

/// Hashes as a file holds them.
pub(super) fn of_hashes(hashes: &[Hash]) -> Vec<f64> {
    let words = hashes.iter().flat_map(|hash| hash.as_chunks::<4>().0);
    words.map(|word| u32::from_le_bytes(*word).into()).collect()
}

pub(super) fn read_hashes(name: &str, values: &[f64], expected: usize) -> Result<Vec<Hash>> {
    let (hashes, rest) = values.as_chunks::<8>();
    if hashes.len() != expected || !rest.is_empty() {
        let found = format!("tensor '{name}' of {} values", values.len());
        return Err(bad(found, format!("eight for each of {expected}")));
    }
    let read = |words: &[f64; 8]| {
        let mut hash = [0; 32];
        let (fours, _) = hash.as_chunks_mut::<4>();
        for (four, word) in fours.iter_mut().zip(words) {
            *four = (*word as u32).to_le_bytes();
        }
        hash
    };
    Ok(hashes.iter().map(read).collect())
}

fn words(metadata: &std::collections::BTreeMap<String, String>, key: &str) -> Result<String> {
    let text = metadata.get(key).cloned();
    text.ok_or_else(|| bad(format!("no entry '{key}'"), "this entry"))
}

fn number(c: &Container, key: &str) -> Result<usize> {
    let text = words(&c.metadata, key)?;
    match text.parse::<usize>() {
        Ok(value) if value.to_string() == text && value <= u32::MAX as usize => Ok(value),
        _ => Err(bad(format!("'{text}' for '{key}'"), "a whole number")),
    }
}
