//! Files of other projects, against what NumPy does with each, where they are at hand.

mod common;
mod npy_support;

use common::data_dir;
use hackface_core::Code;
use npy_support::open_both;

/// Fields of a line of CSV with quotes.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            c => fields.last_mut().unwrap().push(c),
        }
    }
    fields
}

/// Text between two marks.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let text = &text[text.find(start).unwrap() + start.len()..];
    &text[..text.find(end).unwrap()]
}

#[test]
fn every_file_is_read_as_numpy_reads_it_or_refused_for_a_reason() {
    let Some(folder) = data_dir("../oracles/npy_files") else {
        return;
    };
    let index = std::fs::read_to_string(folder.join("index.csv")).unwrap();
    let (mut read, mut refused) = (0, 0);
    for line in index.lines().skip(1) {
        let fields = fields(line);
        let [name, bytes, _, numpy] = fields.as_slice() else {
            panic!("{line}");
        };
        let path = folder.join(name);
        let length = std::fs::metadata(&path).unwrap().len();
        assert_eq!(&length.to_string(), bytes, "{name}");
        // Stricter than NumPy where the index cannot say so.
        let matrix = numpy.starts_with("ok shape")
            && between(numpy, "shape (", ")").split(", ").count() == 2
            && !between(numpy, "shape (", ")").ends_with(',')
            && name != "made_trailing_bytes.npy";
        let result = open_both(&path);
        if !matrix {
            let error = result.expect_err(name);
            let code = error.code();
            match name.as_str() {
                n if n.ends_with(".npz") => assert!(error.to_string().contains("zip"), "{error}"),
                n if n.contains("objarr") || n.contains("pickle") => {
                    assert_eq!(code, Code::NpyPickle, "{error}");
                }
                n if n.contains("unicode") || n.contains("bool") || n.contains("c64") => {
                    assert_eq!(code, Code::NpyDtype, "{error}");
                }
                "npyz_structured.npy" => assert_eq!(code, Code::NpyDtype, "{error}"),
                "made_bad_truncated.npy" | "made_trailing_bytes.npy" => {
                    assert_eq!(code, Code::NpyLength, "{error}");
                }
                n if n.starts_with("made_bad") || n == "made_zero_bytes.npy" => {
                    assert_eq!(code, Code::NpyHeader, "{error}");
                }
                _ => assert_eq!(code, Code::NpyShape, "{name}: {error}"),
            }
            refused += 1;
            continue;
        }
        for file in result.expect(name) {
            let shape = format!("{}, {}", file.rows(), file.dim());
            assert_eq!(shape, between(numpy, "shape (", ")"), "{name}");
            let mut out = vec![0.0; file.rows() * file.dim()];
            file.read_rows(0, &mut out).unwrap();
            let first = between(numpy, "first [", "]");
            for (at, value) in first.split(", ").filter(|v| !v.is_empty()).enumerate() {
                let value: f64 = value.parse().unwrap();
                let same = out[at] == value || (out[at].is_nan() && value.is_nan());
                assert!(same, "{name}: {} is not {value}", out[at]);
            }
            file.check_unchanged().unwrap();
        }
        read += 1;
    }
    assert_eq!((read, refused), (17, 37), "files read and refused");
}

#[test]
fn seven_ways_to_store_one_matrix_give_the_same_numbers() {
    let Some(folder) = data_dir("../oracles/npy_files") else {
        return;
    };
    let mut all = Vec::new();
    for name in [
        "v1_f4",
        "v2_f4",
        "v3_f4",
        "be_f4",
        "fortran_f4",
        "f8",
        "be_f8",
    ] {
        for file in open_both(&folder.join(format!("made_{name}.npy"))).unwrap() {
            let mut out = vec![0.0; 30];
            file.read_rows(0, &mut out).unwrap();
            all.push(out.iter().map(|v| *v as f32).collect::<Vec<_>>());
        }
    }
    assert!(all.iter().all(|one| *one == all[0]));
}
