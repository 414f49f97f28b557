//! Model files with right checksums and wrong contents, used by every job: each answers or refuses,
//! none panics, and none takes long.

mod common;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use common::{Random, fit_on};
use hackface_core::jobs::all_pairs::{AllPairsOptions, all_pairs};
use hackface_core::jobs::enrol::enrol_templates;
use hackface_core::jobs::score::score_pairs;
use hackface_core::jobs::search::{Candidates, Index, SearchOptions, rank_mates, search};
use hackface_core::jobs::transform::transform_embeddings;
use hackface_core::jobs::{LabelledRows, inspect::inspect_rows};
use hackface_core::measure::Measure;
use hackface_core::models::{Model, Side};
use hackface_core::{Class, Embeddings, Error, Job, Result};
use sha2::{Digest, Sha256};

const DIM: usize = 4;

/// A file that can hold anything; its checksum is right.
#[derive(Clone, Debug, Default)]
struct Forged {
    metadata: BTreeMap<String, String>,
    tensors: BTreeMap<String, (Vec<u64>, Vec<f64>)>,
}

impl Forged {
    /// Entries that every model has, beside `stages`.
    fn new(mapped: &str, stages: &str) -> Self {
        let mut forged = Self::default();
        for (key, value) in [
            ("format", "hackface-model"),
            ("format_version", "1.0"),
            ("input_dim", "4"),
            ("mapped_dim", mapped),
            ("scorer", "cosine"),
            ("stages", stages),
        ] {
            forged.metadata.insert(key.into(), value.into());
        }
        forged
    }

    fn tensor(mut self, name: &str, shape: &[u64], values: &[f64]) -> Self {
        let tensor = (shape.to_vec(), values.to_vec());
        self.tensors.insert(name.into(), tensor);
        self
    }

    fn entry(mut self, name: &str, value: impl Into<String>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }

    /// The parts of a file that `Model::to_bytes` wrote.
    fn of(model: &Model) -> Self {
        let bytes = model.to_bytes().unwrap();
        let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
        let entries = header.metadata().clone().unwrap_or_default();
        let mut forged = Self {
            metadata: entries.into_iter().collect(),
            ..Self::default()
        };
        for (name, view) in file.tensors() {
            let (values, _) = view.data().as_chunks::<8>();
            let shape: Vec<u64> = view.shape().iter().map(|n| *n as u64).collect();
            let values: Vec<f64> = values.iter().map(|v| f64::from_le_bytes(*v)).collect();
            forged.tensors.insert(name, (shape, values));
        }
        forged
    }

    fn bytes(&self) -> Vec<u8> {
        let mut metadata = self.metadata.clone();
        metadata.remove("sha256");
        let mut hash = Sha256::new();
        let mut sized = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        for (key, value) in &metadata {
            sized(key.as_bytes());
            sized(value.as_bytes());
        }
        let (mut header, mut data) = (String::new(), Vec::new());
        for (name, (shape, values)) in &self.tensors {
            let from = data.len();
            data.extend(values.iter().flat_map(|v| v.to_le_bytes()));
            hash.update((name.len() as u64).to_le_bytes());
            hash.update(name.as_bytes());
            shape.iter().for_each(|n| hash.update(n.to_le_bytes()));
            hash.update(&data[from..]);
            let shape: Vec<String> = shape.iter().map(u64::to_string).collect();
            header += &format!(
                r#",{}:{{"dtype":"F64","shape":[{}],"data_offsets":[{from},{}]}}"#,
                serde_json::Value::from(name.as_str()),
                shape.join(","),
                data.len()
            );
        }
        let digest = hash.finalize();
        let sum = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        metadata.insert("sha256".into(), sum);
        let entries: Vec<String> = (metadata.iter())
            .map(|(k, v)| {
                format!(
                    "{}:{}",
                    serde_json::Value::from(&**k),
                    serde_json::Value::from(&**v)
                )
            })
            .collect();
        let mut text = format!(r#"{{"__metadata__":{{{}}}{header}}}"#, entries.join(","));
        while !text.len().is_multiple_of(8) {
            text.push(' ');
        }
        let mut out = (text.len() as u64).to_le_bytes().to_vec();
        out.extend(text.as_bytes());
        out.extend(data);
        out
    }
}

fn rows() -> (Vec<f32>, Vec<u32>) {
    let mut random = Random(5);
    let labels: Vec<u32> = (0..48).map(|i| i % 8).collect();
    let values = labels
        .iter()
        .flat_map(|k| (0..DIM as u32).map(move |j| f64::from((k * (j + 3)) % 5)))
        .map(|mean| (mean + random.unit()) as f32);
    (values.collect(), labels.clone())
}

/// Runs every job with the model; each ends with a result or an error that is no defect of ours.
fn used(model: &Model, what: &str) {
    let (values, labels) = rows();
    let set = Embeddings::from_vec(values.clone(), labels.len(), DIM).unwrap();
    let job = Job::new();
    let measure = Measure::Model(model);
    let outcomes: Vec<Result<()>> = vec![
        inspect_rows(&set, &job).map(drop),
        score_pairs(&set, &[0, 1, 2], &[8, 9, 3], measure, &job).map(drop),
        (|| {
            let prepared = measure.prepare(&set, &job)?;
            let options = SearchOptions::default();
            search(&prepared, 0..48, &prepared, None, &options, &job)?;
            let index = Index::new(&prepared, &job)?;
            search(&prepared, 0..48, &prepared, Some(&index), &options, &job).map(drop)
        })(),
        (|| {
            let prepared = measure.prepare(&set, &job)?;
            let rows = LabelledRows {
                rows: &prepared,
                labels: &labels,
            };
            let candidates = Candidates {
                same: true,
                of_probe: &labels,
                of_row: &labels,
                cameras: None,
            };
            rank_mates(&prepared, 0..48, &prepared, (&candidates, 1 << 20), &job)?;
            all_pairs(rows, None, &AllPairsOptions::default(), &job).map(drop)
        })(),
        transform_embeddings(&set, model, Side::Query, &mut |_| Ok(()), &job),
        transform_embeddings(&set, model, Side::Stored, &mut |_| Ok(()), &job),
        enrol_templates(&set, model, &[0, 8, 16, 1], &[3, 1], &job).map(drop),
    ];
    for (i, outcome) in outcomes.into_iter().enumerate() {
        if let Err(error) = outcome {
            assert_ne!(
                error.code().class(),
                Class::Internal,
                "{what}, job {i}: {error}"
            );
            short(&error, what);
        }
    }
}

fn short(error: &Error, what: &str) {
    let text = error.to_string();
    assert!(
        text.chars().count() < 2000,
        "{what}: {} characters",
        text.len()
    );
}

/// The file is refused, or a model that every job can use; true if it is refused.
fn is_refused(bytes: &[u8], what: &str) -> bool {
    let start = Instant::now();
    let loaded = Model::from_bytes(bytes);
    let refused = match &loaded {
        Ok(loaded) => {
            loaded
                .warnings
                .iter()
                .for_each(|w| assert!(w.len() < 4000, "{what}"));
            used(&loaded.model, what);
            false
        }
        Err(error) => {
            assert_eq!(error.code().class(), Class::Data, "{what}: {error}");
            short(error, what);
            true
        }
    };
    assert!(start.elapsed() < Duration::from_secs(10), "{what}");
    refused
}

#[test]
fn a_stage_without_columns_is_refused_whatever_its_matrix_claims() {
    for rows in [1, 3, 1 << 20, 1 << 36, 1 << 60] {
        let forged = Forged::new(&rows.to_string(), "affine,affine")
            .tensor("stage0.center", &[4], &[0.0; 4])
            .tensor("stage0.matrix", &[0, 4], &[])
            .tensor("stage1.center", &[0], &[])
            .tensor("stage1.matrix", &[rows, 0], &[]);
        assert!(is_refused(&forged.bytes(), &format!("{rows} x 0")));
    }
    let no_input =
        Forged::new("1", "affine")
            .entry("input_dim", "0")
            .tensor("stage0.center", &[0], &[]);
    assert!(is_refused(&no_input.bytes(), "no input"));
}

#[test]
fn a_wide_stage_between_narrow_ones_costs_no_more_than_its_file() {
    let wide = 1 << 16;
    let forged = Forged::new("2", "affine,length-norm,affine")
        .tensor("stage0.center", &[4], &[0.0; 4])
        .tensor("stage0.matrix", &[wide, 4], &vec![0.5; 4 << 16])
        .tensor("stage2.center", &[wide], &vec![0.0; 1 << 16])
        .tensor("stage2.matrix", &[2, wide], &vec![0.25; 2 << 16]);
    assert!(!is_refused(&forged.bytes(), "wide"));
}

#[test]
fn texts_of_any_length_give_short_errors_at_once() {
    let huge = |piece: &str| piece.repeat(400_000 / piece.len());
    for text in [huge(" "), huge("\n "), huge("\u{1b}[2J"), huge("ü")] {
        let plain = || Forged::new("4", "affine").tensor("stage0.center", &[4], &[0.0; 4]);
        for (what, forged) in [
            ("stages", plain().entry("stages", format!("affine,{text}x"))),
            ("scorer", plain().entry("scorer", text.clone())),
            ("input_dim", plain().entry("input_dim", text.clone())),
            (
                "nu",
                plain().entry("scorer", "htplda").entry("nu", text.clone()),
            ),
            ("version", plain().entry("format_version", text.clone())),
            ("tensor", plain().tensor(&text, &[1], &[1.0])),
        ] {
            assert!(is_refused(&forged.bytes(), what));
        }
        let strange = plain().entry("card.text", text.clone());
        assert!(!is_refused(&strange.bytes(), "card"));
        let half: String = text.chars().take(300_000).collect();
        assert!(!is_refused(&plain().entry(&half, "1").bytes(), "an entry"));
    }
    let mut many = Forged::new("4", "affine").tensor("stage0.center", &[4], &[0.0; 4]);
    for i in 0..50_000 {
        many = many.entry(&format!("e{i}"), "");
    }
    let loaded = Model::from_bytes(&many.bytes()).unwrap();
    assert!(loaded.warnings.len() < 10, "{}", loaded.warnings.len());
}

/// One change of the structure of a file.
#[expect(clippy::too_many_lines, reason = "one arm for each change")]
fn edit(forged: &mut Forged, random: &mut Random) -> String {
    let mut below = |n: usize| (random.unit() * n as f64) as usize;
    let key = |below: &mut dyn FnMut(usize) -> usize, of: Vec<String>| of[below(of.len())].clone();
    let names: Vec<String> = forged.tensors.keys().cloned().collect();
    let strange = [
        0.0,
        -1.0,
        1e-308,
        1e-200,
        1e150,
        1e308,
        -1e308,
        f64::NAN,
        f64::INFINITY,
    ];
    let sizes = [0, 1, 2, 3, 5, 64, 1 << 20, 1 << 40, u64::MAX];
    let words = [
        "",
        "0",
        "1",
        "3",
        "5",
        "68719476736",
        "-1",
        "x",
        "affine",
        "length-norm",
        "plda",
    ];
    match below(8) {
        0 => {
            let name = key(&mut below, forged.metadata.keys().cloned().collect());
            let word = words[below(words.len())];
            forged.metadata.insert(name.clone(), word.into());
            format!("{name} = {word}")
        }
        1 => {
            let name = key(&mut below, names);
            forged.tensors.remove(&name);
            format!("without {name}")
        }
        2 => {
            let name = key(&mut below, names);
            let (shape, values) = forged.tensors.get_mut(&name).unwrap();
            let at = below(values.len().max(1));
            if let Some(value) = values.get_mut(at) {
                *value = strange[below(strange.len())];
            }
            format!("{name} {shape:?} with another value")
        }
        3 => {
            let name = key(&mut below, names);
            let (shape, values) = forged.tensors.get_mut(&name).unwrap();
            let axis = below(shape.len());
            shape[axis] = sizes[below(sizes.len())];
            let count = shape.iter().try_fold(1u64, |all, n| all.checked_mul(*n));
            // Data as the shape says where they can be had; else the file lies.
            if count.is_some_and(|n| n < 1 << 16) {
                values.resize(count.unwrap_or(0) as usize, 0.5);
            }
            format!("{name} of {shape:?}")
        }
        4 => {
            let list = [
                "affine",
                "length-norm",
                "affine,affine",
                "length-norm,affine",
                "affine,",
            ];
            let stages = list[below(list.len())];
            forged.metadata.insert("stages".into(), stages.into());
            format!("stages {stages}")
        }
        5 => {
            let scorers = [
                "cosine",
                "dot",
                "euclidean",
                "sqeuclidean",
                "signed-squared",
                "plda",
                "htplda",
            ];
            let scorer = scorers[below(scorers.len())];
            forged.metadata.insert("scorer".into(), scorer.into());
            let counts = ["0", "1", "2", "4", "5", "18446744073709551615"];
            for entry in ["positive", "residual_dim"] {
                forged
                    .metadata
                    .insert(entry.into(), counts[below(counts.len())].into());
            }
            let nus = ["2", "0.000000000001", "1e308", "0"];
            forged
                .metadata
                .insert("nu".into(), nus[below(nus.len())].into());
            format!("scorer {scorer}")
        }
        6 => {
            let (from, to) = (key(&mut below, names.clone()), key(&mut below, names));
            let tensor = forged.tensors[&from].clone();
            forged.tensors.insert(to.clone(), tensor);
            format!("{to} is {from}")
        }
        _ => {
            let name = key(&mut below, names);
            let (_, values) = forged.tensors.get_mut(&name).unwrap();
            let value = strange[below(6)];
            values.fill(value);
            format!("{name} all {value:e}")
        }
    }
}

#[test]
fn hundreds_of_edits_are_refused_or_usable() {
    let (values, labels) = rows();
    let wide: Vec<f64> = values.iter().map(|v| f64::from(*v)).collect();
    let mut random = Random(11);
    let (mut refused, mut usable) = (0, 0);
    for text in [
        "center, pca(3), length-norm, wccn, cosine",
        "plda",
        "kissme(indefinite)",
        "center, htplda(2)",
    ] {
        let original = Forged::of(&fit_on(text, (&wide, DIM), &labels).model);
        assert!(!is_refused(&original.bytes(), text));
        for _ in 0..60 {
            let mut forged = original.clone();
            let mut told = Vec::new();
            for _ in 0..1 + (random.unit() * 2.0) as usize {
                if !forged.tensors.is_empty() {
                    told.push(edit(&mut forged, &mut random));
                }
            }
            let what = format!("{text}: {}", told.join("; "));
            if is_refused(&forged.bytes(), &what) {
                refused += 1;
            } else {
                usable += 1;
            }
        }
    }
    assert!(
        refused > 40 && usable > 40,
        "{refused} refused, {usable} usable"
    );
}
