//! Damaged, hostile and newer model files.

use super::*;
use crate::models::PRESETS;
use crate::rows::MatrixF64;
use crate::testing::{Lcg, fitted};

fn data() -> (Vec<f64>, Vec<u32>) {
    let mut random = Lcg(7);
    let mut next = || random.double();
    let means: Vec<f64> = (0..12 * 4).map(|_| next()).collect();
    let labels: Vec<u32> = (0..96).map(|i| i % 12).collect();
    let rows = labels
        .iter()
        .flat_map(|&k| (0..4).map(move |j| (k, j)))
        .map(|(k, j)| 2.0 * means[k as usize * 4 + j] + next());
    (rows.collect(), labels.clone())
}

fn model(text: &str) -> Model {
    let (rows, labels) = data();
    fitted(text, &MatrixF64::new(&rows, 4).unwrap(), &labels)
}

/// The file of `c` with a right checksum.
fn signed(mut c: Container) -> Vec<u8> {
    c.metadata.remove("sha256");
    let sum = checksum(&c);
    c.metadata.insert("sha256".into(), sum);
    container::write(&c).unwrap()
}

fn parts(model: &Model) -> Container {
    container::read(&model.to_bytes().unwrap()).unwrap()
}

#[test]
fn saved_loaded_and_saved_again_is_the_same_file_and_metric() {
    let (rows, _) = data();
    let mut texts: Vec<&str> = PRESETS
        .iter()
        .map(|p| p.name)
        .filter(|n| *n != "nap")
        .collect();
    texts.extend([
        "center, nap(1), length-norm, pca(2), euclidean",
        "kissme(indefinite)",
        "dot",
    ]);
    for text in texts {
        let mut model = model(text);
        model.set_card("note", "grüß \"dich\"\n");
        let bytes = model.to_bytes().unwrap();
        let loaded = Model::from_bytes(&bytes).unwrap();
        assert!(loaded.warnings.is_empty());
        assert!(loaded.model.to_bytes().unwrap() == bytes, "{text}");
        assert_eq!(loaded.model.card(), model.card());
        for i in 0..5 {
            let (a, b) = (&rows[i * 4..][..4], &rows[40 + i * 4..][..4]);
            let want = model.distance(a, b).unwrap();
            assert_eq!(
                loaded.model.distance(a, b).unwrap().to_bits(),
                want.to_bits(),
                "{text}"
            );
        }
    }
}

#[test]
fn the_safetensors_crate_reads_the_file() {
    let model = model("plda");
    let bytes = model.to_bytes().unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(tensors.tensor("scorer.within").unwrap().shape(), [4, 4]);
    let (_, metadata) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    assert_eq!(metadata.metadata().as_ref().unwrap()["format"], FORMAT);
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let bytes = model("plda").to_bytes().unwrap();
    for length in 0..bytes.len() {
        assert!(Model::from_bytes(&bytes[..length]).is_err(), "{length}");
    }
    let mut longer = bytes;
    longer.push(0);
    assert!(Model::from_bytes(&longer).is_err());
}

#[test]
fn every_flipped_bit_is_refused() {
    let bytes = model("center, length-norm, pca(3), wccn, cosine")
        .to_bytes()
        .unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(Model::from_bytes(&flipped).is_err(), "bit {bit}");
    }
}

/// Asserts that a file is refused by what its fault is called.
fn refused(bytes: &[u8], piece: &str) {
    let error = Model::from_bytes(bytes).unwrap_err();
    assert_eq!(error.code(), Code::Model, "{error}");
    let text = error.to_string();
    assert!(text.contains(piece), "{text} should name {piece}");
}

#[test]
fn hostile_headers_are_refused_by_name() {
    let file = |header: &str, data: usize| {
        let mut out = (header.len() as u64).to_le_bytes().to_vec();
        out.extend(header.as_bytes());
        out.extend(vec![0; data]);
        out
    };
    let tensor = |name: &str, dtype: &str, shape: &str, offsets: &str| {
        format!(r#""{name}":{{"dtype":"{dtype}","shape":[{shape}],"data_offsets":[{offsets}]}}"#)
    };
    let of = |tensors: &[String], data| {
        let tensors = tensors.join(",");
        file(&format!(r#"{{"__metadata__":{{}},{tensors}}}"#), data)
    };
    let one = |dtype, shape, offsets, data| of(&[tensor("a", dtype, shape, offsets)], data);
    let right = || tensor("a", "F64", "1", "0,8");
    let huge = "4611686018427387904,4611686018427387904";
    let more = right().replace('}', r#","more":1}"#);
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (one("F64", "1", "8,16", 16), "'a'"),
        (of(&[right(), tensor("b", "F64", "1", "0,8")], 8), "'b'"),
        (one("F64", "2", "0,8", 8), "'a'"),
        (one("F64", "9", "0,72", 8), "'a'"),
        (one("F64", huge, "0,8", 8), "'a'"),
        (one("F64", "1", "8,0", 8), "'a'"),
        (one("I8", "8", "0,8", 8), "'a'"),
        (
            of(&[right(), tensor("a", "F64", "1", "8,16")], 16),
            "two tensors 'a'",
        ),
        (
            file(r#"{"__metadata__":{"x":"1","x":"2"}}"#, 0),
            "two entries 'x'",
        ),
        (of(&[more], 8), "more"),
        (file(&"[".repeat(10_000), 0), "header"),
        (
            file(&format!("{{\"a\":{}", "{\"b\":".repeat(10_000)), 0),
            "header",
        ),
        (99_000_000u64.to_le_bytes().to_vec(), "99000000"),
        (u64::MAX.to_le_bytes().to_vec(), "header"),
        (b"\x80\x04\x95\x10\0\0\0\0\0\0\0".to_vec(), "pickle"),
        (b"PK\x03\x04 and so on".to_vec(), "pickle"),
        (b"\x93NUMPY\x01\0v\0".to_vec(), ".npy matrix"),
    ];
    for (bytes, piece) in cases {
        refused(&bytes, piece);
    }
    let mut many = String::from("{\"__metadata__\":{}");
    for i in 0..100_000 {
        many += &format!(",\"t{i}\":{{}}");
        if many.len() > 1_000_000 {
            break;
        }
    }
    many.push('}');
    refused(&file(&many, 0), "200 tensors");
}

#[test]
fn versions_are_refused_or_warned_about() {
    let original = parts(&model("wccn"));
    let with = |version: &str, extra: bool| {
        let mut c = original.clone();
        c.metadata.insert("format_version".into(), version.into());
        if extra {
            c.metadata.insert("novelty".into(), "1".into());
        }
        Model::from_bytes(&signed(c))
    };
    let error = with("2.0", false).unwrap_err();
    assert_eq!(error.code(), Code::ModelVersion);
    assert!(error.to_string().contains("2.0"));
    assert_eq!(with("1.7", true).unwrap().warnings.len(), 2);
    assert!(with("1.0", false).unwrap().warnings.is_empty());
    for version in ["", "1", "0.9", "x.y", "1.0.0"] {
        assert_eq!(
            with(version, false).unwrap_err().code(),
            Code::Model,
            "{version}"
        );
    }
}

#[test]
fn tensors_that_cannot_be_are_refused_by_name() {
    let plda = parts(&model("plda"));
    let refused = |c: Container, piece: &str| refused(&signed(c), piece);
    type Change = fn(&mut [f64]);
    let edits: [(&str, Change); 6] = [
        ("stage0.matrix", |d| d[1] = f64::NAN),
        ("stage0.center", |d| d[0] = f64::INFINITY),
        ("scorer.within", |d| d[1] += 1.0),
        ("scorer.within", |d| d[0] = -d[0]),
        ("scorer.between", |d| d[5] = -d[5]),
        ("scorer.psi", |d| d[0] = -1.0),
    ];
    for (name, change) in edits {
        let mut c = plda.clone();
        change(&mut c.tensors.get_mut(name).unwrap().data);
        refused(c, name);
    }
    let mut c = plda.clone();
    c.tensors.remove("scorer.psi");
    refused(c, "scorer.psi");
    let mut c = plda.clone();
    let spare = c.tensors["scorer.psi"].clone();
    c.tensors.insert("spare".into(), spare);
    refused(c, "spare");
    for (key, value, piece) in [
        ("input_dim", "5", "4"),
        ("stages", "affine,fourier", "fourier"),
        ("scorer", "oracle", "oracle"),
    ] {
        let mut c = plda.clone();
        c.metadata.insert(key.into(), value.into());
        refused(c, piece);
    }
}

#[test]
fn data_of_another_width_are_refused_with_both_widths() {
    let error = model("wccn").distance(&[1.0; 5], &[1.0; 5]).unwrap_err();
    assert_eq!(error.code(), Code::Dimension);
    assert!(error.to_string().contains('5') && error.to_string().contains('4'));
}

/// Written by format 1.0: `center, pca(3, whiten), wccn, cosine`. Kept as long as 1.x is read.
#[test]
fn the_file_of_format_1_0_loads_and_means_the_same() {
    let bytes = include_bytes!("../../../tests/golden/model-1.0.safetensors");
    let loaded = Model::from_bytes(bytes).unwrap();
    assert!(loaded.warnings.is_empty());
    assert!(loaded.model.to_bytes().unwrap() == bytes);
    let distance = loaded
        .model
        .distance(&[0.5, -1.0, 0.25, 2.0], &[1.0, 0.5, -0.5, 0.0])
        .unwrap();
    assert!((distance - GOLDEN_DISTANCE).abs() < 1e-12, "{distance}");
}

const GOLDEN_DISTANCE: f64 = 0.886_161_166_162_934_3;

#[test]
#[ignore = "writes the golden file of a new format version"]
fn write_the_golden_file() {
    let bytes = model("center, pca(3, whiten), wccn, cosine")
        .to_bytes()
        .unwrap();
    std::fs::write("tests/golden/model-1.0.safetensors", bytes).unwrap();
}
