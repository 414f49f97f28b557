//! Models as files: a safetensors container with a metadata card.
//!
//! Readable from Python with the safetensors package. The checksum is against accidents; it does
//! not say who made the file.

pub(crate) mod container;

use std::collections::BTreeMap;

use ndarray::{Array1, Array2, ArrayRef2};
use sha2::{Digest, Sha256};

use self::container::{Container, Tensor, bad};
use super::affine::{Affine, Stage};
use super::model::Model;
use super::plda::HeavyTailedForm;
use super::scorer::{PldaForm, Scorer};
use crate::error::{Code, Error, Result, bounded};
use crate::job::memory::reserve;
use crate::linalg::{Cholesky, add_to_diagonal, trace, zeros};

/// Version of the files that are written: files of a newer major version are refused, those of a
/// newer minor version are read with a warning.
pub const FORMAT_VERSION: (u32, u32) = (1, 0);

/// Unknown entries that are told one by one.
const ENTRIES_TOLD: usize = 8;
/// Largest ψ of a file: its square still is a number, and so are the constants made of it.
const LARGEST_PSI: f64 = 1e150;

const FORMAT: &str = "hackface-model";
/// Metadata that this version knows; `card.` entries are free.
const KNOWN: &[&str] = &[
    "input_dim",
    "mapped_dim",
    "nu",
    "positive",
    "residual_dim",
    "scorer",
    "stages",
];

/// A model from a file.
#[derive(Clone, Debug)]
pub struct LoadedModel {
    /// The model.
    pub model: Model,
    /// Remarks for the reader, one sentence each.
    pub warnings: Vec<String>,
}

impl Model {
    /// The file of this model. Equal models have equal bytes.
    ///
    /// Errors: `EMEMORY`.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        write_summed(self.to_container()?, FORMAT)
    }

    /// The contents of the file, without its checksum.
    ///
    /// Errors: `EMEMORY`.
    pub(crate) fn to_container(&self) -> Result<Container> {
        let mut c = Container::default();
        put_stages(&mut c, self.stages())?;
        let meta = &mut c.metadata;
        let mut set = |key: &str, value: String| meta.insert(key.into(), value);
        set("input_dim", self.input_dim().to_string());
        set("mapped_dim", self.mapped_dim().to_string());
        set("scorer", self.scorer().name().into());
        match self.scorer() {
            Scorer::SignedSquared { positive } => {
                set("positive", positive.to_string());
            }
            Scorer::HeavyTailed(form) => {
                set("nu", form.nu.to_string());
                set("residual_dim", form.residual_dim.to_string());
            }
            _ => {}
        }
        for (key, value) in self.card() {
            set(&format!("card.{key}"), value.clone());
        }
        match self.scorer() {
            Scorer::Plda(form) => {
                put_vector(&mut c, "scorer.psi".into(), form.psi())?;
                put_matrix(&mut c, "scorer.between".into(), form.between())?;
                put_matrix(&mut c, "scorer.within".into(), form.within())?;
            }
            Scorer::HeavyTailed(form) => {
                put_vector(&mut c, "scorer.psi".into(), &form.psi)?;
            }
            _ => {}
        }
        Ok(c)
    }

    /// Length of a whole model file in bytes, by its first bytes: the length of its header and the
    /// header. So a reader knows how much to read before it holds any data. `length` is that of the
    /// file, where it is known.
    ///
    /// Errors: `EMODEL` for a header that no model has, or that of a model of another length.
    pub fn file_bytes(head: &[u8], length: Option<u64>) -> Result<u64> {
        container::file_bytes(head, length)
    }

    /// Reads a model file.
    ///
    /// Checks, in order: container (see `EMODEL`), format and version, checksum over data and
    /// metadata, tensors that are there and nothing else, shapes that fit each other, numbers in
    /// their range, W and B symmetric and positive semi-definite. Never
    /// returns part of a model.
    ///
    /// Errors: `EMODEL`; `EMODELVERSION` for a newer major version; `EMEMORY`.
    pub fn from_bytes(bytes: &[u8]) -> Result<LoadedModel> {
        let (c, mut warnings) = read_summed(bytes, FORMAT)?;
        let (model, ignored) = Self::from_container(c)?;
        warnings.extend(ignored);
        Ok(LoadedModel { model, warnings })
    }

    /// The model of a file's contents, without format and checksum, and what in them is ignored.
    ///
    /// Errors: as [`from_bytes`](Self::from_bytes).
    pub(crate) fn from_container(mut c: Container) -> Result<(Self, Vec<String>)> {
        let mut warnings = Vec::new();
        let input_dim = number(&c, "input_dim")?;
        let mapped_dim = number(&c, "mapped_dim")?;
        let stages = read_stages(&mut c)?;
        let scorer = read_scorer(&mut c, mapped_dim)?;
        if let Some(name) = c.tensors.keys().next() {
            return Err(bad(
                format!("an unexpected tensor '{name}'"),
                "only tensors that are used",
            ));
        }
        let (mut card, mut unknown) = (BTreeMap::new(), 0);
        for (key, value) in c.metadata {
            if let Some(name) = key.strip_prefix("card.") {
                card.insert(name.to_owned(), value);
            } else if !KNOWN.contains(&key.as_str()) {
                unknown += 1;
                if unknown <= ENTRIES_TOLD {
                    warnings.push(bounded(format!(
                        "The entry '{key}' is unknown to this version and ignored."
                    )));
                }
            }
        }
        if unknown > ENTRIES_TOLD {
            warnings.push(format!(
                "{} more entries are unknown to this version and ignored.",
                unknown - ENTRIES_TOLD
            ));
        }
        let model = Model::new(input_dim, stages, scorer, card).map_err(|e| match e.code() {
            Code::Memory => e,
            _ => bad(e.found(), e.expected()),
        })?;
        if model.mapped_dim() != mapped_dim {
            return Err(bad(
                format!("maps to {} columns", model.mapped_dim()),
                format!("{mapped_dim}, as recorded"),
            ));
        }
        Ok((model, warnings))
    }
}

/// A file of this format, with version and checksum.
///
/// Errors: `EMEMORY`.
pub(crate) fn write_summed(mut c: Container, format: &str) -> Result<Vec<u8>> {
    sum_into(&mut c, "sha256", format);
    container::write(&c)
}

/// Sets format, version and, under `key`, the checksum of what is there.
pub(crate) fn sum_into(c: &mut Container, key: &str, format: &str) {
    let version = format!("{}.{}", FORMAT_VERSION.0, FORMAT_VERSION.1);
    c.metadata.insert("format".into(), format.into());
    c.metadata.insert("format_version".into(), version);
    let sum = checksum(c);
    c.metadata.insert(key.into(), sum);
}

/// The contents of a file of this format, once version and checksum are checked and taken out; and
/// remarks for the reader.
///
/// Errors: `EMODEL`, `EMODELVERSION`, `EMEMORY`.
pub(crate) fn read_summed(bytes: &[u8], format: &str) -> Result<(Container, Vec<String>)> {
    let mut c = container::read(bytes)?;
    let warnings = check_sum(&mut c, "sha256", format)?;
    c.metadata.remove("format");
    c.metadata.remove("format_version");
    Ok((c, warnings))
}

/// Checks version and the checksum under `key`, and takes that out; remarks for the reader.
///
/// Errors: `EMODEL`, `EMODELVERSION`.
pub(crate) fn check_sum(c: &mut Container, key: &str, format: &str) -> Result<Vec<String>> {
    let mut warnings = Vec::new();
    check_version(c, format, &mut warnings)?;
    let stored = c
        .metadata
        .remove(key)
        .ok_or_else(|| bad("no checksum", format!("the entry '{key}'")))?;
    let computed = checksum(c);
    if stored != computed {
        return Err(bad(
            format!("contents with the checksum {computed}"),
            format!("{stored}, as recorded when the file was written"),
        ));
    }
    Ok(warnings)
}

pub(crate) fn put_vector<'a>(
    c: &mut Container,
    name: String,
    values: impl IntoIterator<Item = &'a f64, IntoIter: ExactSizeIterator>,
) -> Result<()> {
    let values = values.into_iter();
    let shape = vec![values.len()];
    put(c, name, shape, values)
}

pub(super) fn put_matrix(c: &mut Container, name: String, m: &ArrayRef2<f64>) -> Result<()> {
    put(c, name, m.shape().to_vec(), m.iter())
}

fn put<'a>(
    c: &mut Container,
    name: String,
    shape: Vec<usize>,
    values: impl Iterator<Item = &'a f64>,
) -> Result<()> {
    let mut data = reserve("a model file", shape.iter().product())?;
    data.extend(values);
    c.tensors.insert(name, Tensor { shape, data });
    Ok(())
}

/// SHA-256 over metadata (but the checksum) and tensors, each length first, in order of names.
fn checksum(c: &Container) -> String {
    let mut hash = Sha256::new();
    let mut text = |s: &str| {
        hash.update((s.len() as u64).to_le_bytes());
        hash.update(s.as_bytes());
    };
    for (key, value) in c.metadata.iter().filter(|(k, _)| *k != "sha256") {
        text(key);
        text(value);
    }
    for (name, tensor) in &c.tensors {
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name.as_bytes());
        for &n in &tensor.shape {
            hash.update((n as u64).to_le_bytes());
        }
        hash_values(&mut hash, &tensor.data);
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Adds values to a hash, as a file holds them.
pub(crate) fn hash_values(hash: &mut Sha256, values: &[f64]) {
    // Many at a time: a call for each value takes longer than its hash.
    let mut bytes = [0; 4096];
    for values in values.chunks(bytes.len() / 8) {
        let (places, _) = bytes.as_chunks_mut::<8>();
        for (place, value) in places.iter_mut().zip(values) {
            *place = value.to_le_bytes();
        }
        hash.update(&bytes[..8 * values.len()]);
    }
}

fn check_version(c: &Container, format: &str, warnings: &mut Vec<String>) -> Result<()> {
    match c.metadata.get("format").map(String::as_str) {
        Some(found) if found == format => {}
        Some(found @ ("hackface-model" | "hackface-decision" | "hackface-stats")) => {
            return Err(bad(format!("a {found}"), format!("a {format}")).with_hint(
                "Name a model with option model, a decision with option decision, statistics with option stats",
            ));
        }
        _ => {
            return Err(bad(
                "a safetensors file of another kind",
                format!("a {format}"),
            ));
        }
    }
    let text = c.metadata.get("format_version").map_or("", String::as_str);
    let version = text
        .split_once('.')
        .and_then(|(major, minor)| Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?)));
    let Some((major, minor)) = version else {
        return Err(bad(format!("the format version '{text}'"), "major.minor"));
    };
    if major == 0 {
        return Err(bad(format!("the format version '{text}'"), "1.0 or later"));
    }
    if major > FORMAT_VERSION.0 {
        return Err(Error::new(
            Code::ModelVersion,
            format!("a model of format {major}.{minor}"),
            format!("format {}.x", FORMAT_VERSION.0),
        )
        .with_hint(format!(
            "Install a version of hackface-native that reads format {major}"
        )));
    }
    if minor > FORMAT_VERSION.1 {
        warnings.push(format!(
            "The model was written in format {major}.{minor}, newer than {}.{}; what is new in it \
             is ignored.",
            FORMAT_VERSION.0, FORMAT_VERSION.1
        ));
    }
    Ok(())
}

fn number(c: &Container, key: &str) -> Result<usize> {
    let text = c.metadata.get(key).map_or("", String::as_str);
    match text.parse::<usize>() {
        Ok(value) if value.to_string() == text => Ok(value),
        _ => Err(bad(format!("'{text}' for '{key}'"), "a whole number")),
    }
}

pub(crate) fn take(c: &mut Container, name: &str, axes: usize) -> Result<Tensor> {
    let tensor = c
        .tensors
        .remove(name)
        .ok_or_else(|| bad(format!("no tensor '{name}'"), "this tensor"))?;
    if tensor.shape.len() != axes {
        return Err(bad(
            format!("tensor '{name}' of shape {:?}", tensor.shape),
            format!("{axes} axes"),
        ));
    }
    Ok(tensor)
}

pub(super) fn take_matrix(c: &mut Container, name: &str) -> Result<Array2<f64>> {
    let tensor = take(c, name, 2)?;
    Array2::from_shape_vec((tensor.shape[0], tensor.shape[1]), tensor.data)
        .map_err(|e| bad(format!("tensor '{name}' with {e}"), "values for its shape"))
}

/// Puts stages into a file: their kinds under `stages`, and a tensor for each vector and matrix.
pub(super) fn put_stages(c: &mut Container, stages: &[Stage]) -> Result<()> {
    let mut names = Vec::new();
    for (i, stage) in stages.iter().enumerate() {
        let Stage::Affine(map) = stage else {
            names.push("length-norm");
            continue;
        };
        names.push("affine");
        put_vector(c, format!("stage{i}.center"), map.center())?;
        if let Some(m) = map.matrix() {
            put_matrix(c, format!("stage{i}.matrix"), m)?;
        }
        if let Some(b) = map.bias() {
            put_vector(c, format!("stage{i}.bias"), b)?;
        }
    }
    c.metadata.insert("stages".into(), names.join(","));
    Ok(())
}

pub(super) fn read_stages(c: &mut Container) -> Result<Vec<Stage>> {
    let list = c.metadata.get("stages").cloned().unwrap_or_default();
    let mut stages = Vec::new();
    for (i, name) in list.split(',').enumerate() {
        if i >= 64 {
            return Err(bad("more than 64 stages", "at most 64"));
        }
        match name {
            "length-norm" => stages.push(Stage::LengthNorm),
            "affine" => {
                let center = Array1::from(take(c, &format!("stage{i}.center"), 1)?.data);
                let name = format!("stage{i}.matrix");
                let matrix = if c.tensors.contains_key(&name) {
                    Some(take_matrix(c, &name)?)
                } else {
                    None
                };
                let width = matrix.as_ref().map_or(center.len(), |m| m.nrows());
                if matrix.as_ref().is_some_and(|m| m.ncols() != center.len()) {
                    return Err(bad(
                        format!("tensor '{name}' of other columns than its center"),
                        format!("{} columns", center.len()),
                    ));
                }
                let name = format!("stage{i}.bias");
                let bias = if c.tensors.contains_key(&name) {
                    Some(Array1::from(take(c, &name, 1)?.data))
                } else {
                    None
                };
                if bias
                    .as_ref()
                    .is_some_and(|b| b.len() != width || matrix.is_none())
                {
                    return Err(bad(
                        format!("tensor '{name}' without the rows it belongs to"),
                        format!("{width} values after a matrix"),
                    ));
                }
                stages.push(Stage::Affine(Affine {
                    center,
                    matrix,
                    bias,
                }));
            }
            other => return Err(bad(format!("a stage '{other}'"), "affine or length-norm")),
        }
    }
    Ok(stages)
}

fn read_scorer(c: &mut Container, mapped: usize) -> Result<Scorer> {
    let name = c.metadata.get("scorer").cloned().unwrap_or_default();
    Ok(match name.as_str() {
        "cosine" => Scorer::Cosine,
        "sqeuclidean" => Scorer::SquaredEuclidean,
        "euclidean" => Scorer::Euclidean,
        "dot" => Scorer::Dot,
        "signed-squared" => Scorer::SignedSquared {
            positive: number(c, "positive")?,
        },
        "plda" => {
            let psi = read_psi(c)?;
            let between = take_matrix(c, "scorer.between")?;
            let within = take_matrix(c, "scorer.within")?;
            check_covariance("scorer.within", &within)?;
            check_covariance("scorer.between", &between)?;
            if between.nrows() != within.nrows() || psi.len() > within.nrows() {
                return Err(bad("tensors 'scorer.*' of different sizes", "one size"));
            }
            Scorer::Plda(PldaForm::new(psi, between, within))
        }
        "htplda" => {
            let text = c.metadata.get("nu").cloned().unwrap_or_default();
            let nu = text.parse::<f64>().unwrap_or(f64::NAN);
            if !(nu.is_finite() && nu > 0.0) || nu.to_string() != text {
                return Err(bad(format!("'{text}' for 'nu'"), "a positive number"));
            }
            let psi = read_psi(c)?;
            let residual_dim = number(c, "residual_dim")?;
            if psi.len().checked_add(residual_dim) != Some(mapped) {
                return Err(bad(
                    format!(
                        "'residual_dim' {residual_dim} beside {} of 'scorer.psi'",
                        psi.len()
                    ),
                    format!("{mapped} together"),
                ));
            }
            Scorer::HeavyTailed(HeavyTailedForm {
                psi,
                nu,
                residual_dim,
            })
        }
        other => {
            return Err(bad(
                format!("a scorer '{other}'"),
                "one that this version has",
            ));
        }
    })
}

fn read_psi(c: &mut Container) -> Result<Vec<f64>> {
    let psi = take(c, "scorer.psi", 1)?.data;
    let in_range = psi.iter().all(|&p| p > 0.0 && p <= LARGEST_PSI);
    if psi.is_empty() || !in_range || psi.windows(2).any(|w| w[0] < w[1]) {
        return Err(bad(
            "tensor 'scorer.psi' with values that are not positive and descending, or too large",
            format!("variances up to {LARGEST_PSI:e}"),
        ));
    }
    Ok(psi)
}

/// Square, symmetric, and positive semi-definite: rounding leaves eigenvalues just below zero.
fn check_covariance(name: &str, m: &ArrayRef2<f64>) -> Result<()> {
    let n = m.nrows();
    if m.ncols() != n {
        return Err(bad(
            format!("tensor '{name}' of {n} x {}", m.ncols()),
            "a square matrix",
        ));
    }
    for i in 0..n {
        for j in 0..i {
            if m[[i, j]] != m[[j, i]] {
                return Err(bad(
                    format!("tensor '{name}' with different values at {i},{j} and {j},{i}"),
                    "a symmetric matrix",
                ));
            }
        }
    }
    let mut lifted = zeros("a covariance", n, n)?;
    lifted.assign(m);
    add_to_diagonal(&mut lifted, 1e-9 * trace(m) / n.max(1) as f64);
    match Cholesky::new(&lifted) {
        Err(e) if e.code() != Code::Memory => Err(bad(
            format!("tensor '{name}' that is not positive"),
            "a covariance",
        )),
        done => done.map(drop),
    }
}

#[cfg(test)]
mod tests;
