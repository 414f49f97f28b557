//! The start of a file of statistics: all that a process of the next round needs, but for the sums of its classes,
//! which it reads where they stand. So it reads a few megabytes however many people there are.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use ndarray::Array2;
use sha2::{Digest, Sha256};

use super::file::{CHECKS, FORMAT, HEAD_SUM, SUMS, of_hashes, read_hashes};
use super::{Hash, Stats};
use crate::error::{Error, Result};
use crate::job::files::open_regular;
use crate::job::memory::filled;
use crate::linalg::zeros;
use crate::models::{Pipeline, Slot, bad, check_sum, hash_values, layout_of, read_start};
use crate::statistics::Packed;

/// Classes whose sums have one hash.
const GROUP: usize = 64;

/// The start of a file of statistics of all rows that tells the next pass.
#[derive(Debug)]
pub struct StatsHead {
    pub(super) stats: Stats,
    path: PathBuf,
    file: File,
    /// The first byte of the sums of classes, and of what rounding took away from them.
    places: Vec<u64>,
    /// Classes that have rows.
    classes: usize,
    checks: Vec<Hash>,
}

impl StatsHead {
    /// Opens a file of statistics; nothing where it does not tell the next pass of `pipeline`, so that all of it has to be
    /// read.
    ///
    /// Errors: `EINPUT`, `EIO`, `EMODEL`, `EMODELVERSION`, `EMEMORY`.
    pub fn open(path: &Path, pipeline: &Pipeline) -> Result<Option<Self>> {
        let pipeline = pipeline.clone().centered(false)?.to_string();
        Self::of_file(path, &pipeline).map_err(|error| error.with_file(path))
    }

    /// As [`open`](Self::open), for a pipeline as written.
    pub(super) fn of_file(path: &Path, pipeline: &str) -> Result<Option<Self>> {
        let (mut file, about) = open_regular(path)?;
        let mut start = Vec::new();
        let mut read_to = |start: &mut Vec<u8>, end: u64| {
            let more = end.saturating_sub(start.len() as u64);
            let read = (&mut file).take(more).read_to_end(start);
            read.map_err(|error| Error::io("reading it", error))
        };
        read_to(&mut start, 8)?;
        // A header that is too long is refused before it is read.
        if let Some(length) = start.first_chunk::<8>() {
            let length = u64::from_le_bytes(*length).min(1 << 20);
            read_to(&mut start, 8 + length)?;
        }
        let layout = layout_of(&start, Some(about.len()))?;
        let says = |key: &str, value: &str| layout.metadata.get(key).is_some_and(|v| v == value);
        let first = layout
            .tensors
            .iter()
            .find(|slot| slot.name.starts_with(SUMS));
        if !says("format", FORMAT)
            || !says("pipeline", pipeline)
            || !layout.metadata.contains_key("next")
        {
            return Ok(None);
        }
        let data = layout.start as u64;
        read_to(&mut start, data + first.map_or(0, |slot| slot.offset))?;
        let (mut places, mut values) = (Vec::new(), 0);
        for name in ["class_sums", "class_sums.low"] {
            let is = |slot: &&Slot| slot.name.strip_prefix(SUMS) == Some(name);
            if let Some(slot) = layout.tensors.iter().find(is) {
                places.push(data + slot.offset);
                values = slot.shape.iter().product();
            }
        }
        let mut c = read_start(layout, &start)?;
        c.metadata.remove("sha256");
        check_sum(&mut c, HEAD_SUM, FORMAT)?;
        let checks = c.tensors.remove(CHECKS).map_or(Vec::new(), |t| t.data);
        let stats = Stats::of_container(c)?;
        let classes = values / stats.set.dim.max(1);
        let checks = read_hashes(CHECKS, &checks, classes.div_ceil(GROUP))?;
        Ok(Some(Self {
            stats,
            path: path.to_owned(),
            file,
            places,
            classes,
            checks,
        }))
    }

    /// The sums of the classes at these places, ascending, both doubles added.
    ///
    /// Errors: `EIO`, `EMODEL` for sums that are damaged.
    pub(super) fn class_sums(&self, places: &[usize]) -> Result<Array2<f64>> {
        self.read_sums(places)
            .map_err(|error| error.with_file(&self.path))
    }

    fn read_sums(&self, places: &[usize]) -> Result<Array2<f64>> {
        let dim = self.stats.set.dim;
        let row = dim * 8;
        let mut out = zeros("class sums", places.len(), dim)?;
        let mut rows = out.rows_mut().into_iter();
        for wanted in places.chunk_by(|a, b| a / GROUP == b / GROUP) {
            let group = wanted[0] / GROUP;
            let first = group * GROUP;
            let Some(check) = self.checks.get(group) else {
                return Err(damaged(format!("no sums of class {}", wanted[0])));
            };
            let bytes = GROUP.min(self.classes - first) * row;
            let mut hash = Sha256::new();
            let mut read = Vec::new();
            for place in &self.places {
                let mut own = filled("class sums", bytes, 0)?;
                let mut file = &self.file;
                file.seek(SeekFrom::Start(place + (first * row) as u64))
                    .and_then(|_| file.read_exact(&mut own))
                    .map_err(|error| Error::io("reading it", error))?;
                hash.update(&own);
                read.push(own);
            }
            if hash.finalize()[..] != check[..] {
                return Err(damaged(format!(
                    "damaged sums of classes {first} to {}",
                    first + GROUP
                )));
            }
            for (place, mut sums) in wanted.iter().zip(&mut rows) {
                let Some(at) = place
                    .checked_sub(first)
                    .map(|at| at * row)
                    .filter(|at| at + row <= bytes)
                else {
                    return Err(damaged(format!("no sums of class {place}")));
                };
                for part in &read {
                    let (values, _) = part[at..at + row].as_chunks::<8>();
                    for (sum, value) in sums.iter_mut().zip(values) {
                        *sum += f64::from_le_bytes(*value);
                    }
                }
            }
        }
        Ok(out)
    }
}

/// The hash of each group of classes, for a file.
pub(super) fn checks(sums: &Packed, dim: usize) -> Vec<f64> {
    let parts: Vec<&Vec<f64>> = ["class_sums", "class_sums.low"]
        .iter()
        .filter_map(|name| sums.get(*name))
        .collect();
    let all = parts.first().map_or(0, |values| values.len());
    let group = GROUP * dim;
    let mut hashes: Vec<Hash> = Vec::new();
    for first in (0..all).step_by(group) {
        let mut hash = Sha256::new();
        for values in &parts {
            hash_values(&mut hash, &values[first..(first + group).min(all)]);
        }
        hashes.push(hash.finalize().into());
    }
    of_hashes(&hashes)
}

fn damaged(found: String) -> Error {
    bad(found, "the sums that were written")
}
