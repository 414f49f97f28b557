//! Headers that must be read and headers that must be refused: rules N02 to N14.

mod npy_support;

use hackface_core::Code;
use hackface_core::npy::{Header, NpyFile, Order};
use npy_support::{Random, Scratch, npy, open_both, plain, raw, refused};

const VALUES: [f32; 6] = [1.0, -2.5, 3.25, 0.0, -0.0, 1e-40];

/// The header of the values as NumPy writes it.
const TEXT: &str = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";

fn data() -> Vec<u8> {
    VALUES.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn header(text: &str) -> Vec<u8> {
    npy((1, 0), text, 64, &data())
}

#[test]
fn n02_objects_are_refused_as_pickle() {
    for descr in [
        "'O'",
        "'|O'",
        "'|O8'",
        "'O4'",
        "[('a', '|O')]",
        "[('a', '<f4'), ('b', 'O')]",
        "[('a', [('b', [('c', '|O8')])])]",
        "[('a', '|O', (3,))]",
        "('|O', (2,))",
    ] {
        // A real one: protocol 2, calling os.system.
        let payload = b"\x80\x02cposix\nsystem\nX\x04\0\0\0true\x85R.";
        let bytes = plain(descr, "(2, 3)", payload);
        refused(
            &bytes,
            Code::NpyPickle,
            &["pickled Python objects", "can run code"],
        );
    }
}

#[test]
fn n03_other_types_are_named_with_a_way_to_convert() {
    for (descr, name) in [
        ("'|b1'", "bool"),
        ("'?'", "bool"),
        ("'|b2'", "unknown"),
        ("'<c8'", "complex"),
        ("'>c16'", "complex"),
        ("'<f16'", "long double"),
        ("'<f12'", "long double"),
        ("'<U8'", "text string"),
        ("'|S5'", "byte string"),
        ("'|V2'", "raw bytes (void)"),
        ("'<M8[ns]'", "date"),
        ("'<m8[s]'", "time span"),
        ("'<f3'", "<f3"),
        ("'<q9'", "<q9"),
        ("'<i16'", "<i16"),
        ("''", "unknown"),
        ("'<'", "unknown"),
        ("'<f4 '", "unknown"),
        ("'<F4'", "unknown"),
        ("'|f4'", "without a byte order"),
    ] {
        let bytes = plain(descr, "(2, 3)", &data());
        refused(&bytes, Code::NpyDtype, &[name, "numpy", "n.save("]);
    }
    for descr in [
        "[('a', '<f4'), ('O', '<i4')]",
        "[('a', '<f4', (2,))]",
        "([('O', '<i4')], (2,))",
        "[]",
    ] {
        let bytes = plain(descr, "(2,)", &data());
        refused(
            &bytes,
            Code::NpyDtype,
            &["structured", "structured_to_unstructured"],
        );
    }
}

#[test]
fn n04_short_files_have_a_truncated_header() {
    for length in 0..12 {
        let bytes = &raw((2, 0), b"{}")[..length];
        refused(bytes, Code::NpyHeader, &["truncated header"]);
    }
    refused(b"hello", Code::NpyHeader, &["truncated header", "5 bytes"]);
}

#[test]
fn n05_other_formats_are_named() {
    for (bytes, name) in [
        (&b"PK\x03\x04\x14\0\0\0\x08\0arr_0.npy"[..], "zip"),
        (b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "zip"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\0\0\0", "gzip"),
        (b"<!DOCTYPE HTML><html></html>", "HTML"),
        (b"\n  <html><body>404</body>", "HTML"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git-lfs"),
        (b"\xef\xbb\xbf\x93NUMPY\x01\0\x10\0", "byte order mark"),
        (b"\xef\xbf\xbdNUMPY\x01\0\x10\0", "decoded as text"),
        (b"\xc2\x93NUMPY\x01\0\x10\0aaaa", "re-encoded"),
        (b"\x80\x04\x95\0\0\0\0\0\0\0\0", "pickle"),
        (b"1.0,2.0,3.0\n4.0,5.0,6.0\n", "a text file"),
        (b"\x94NUMPY\x01\0\x10\0", "do not begin like"),
    ] {
        refused(bytes, Code::NpyHeader, &[name]);
    }
    refused(b"PK\x03\x04\x14\0\0\0\x08\0", Code::NpyHeader, &["unzip"]);
    refused(
        b"version https://git-lfs.github.com/spec/v1\n",
        Code::NpyHeader,
        &["git lfs pull"],
    );
}

#[test]
fn n06_unknown_versions_are_refused() {
    for version in [(0, 0), (1, 1), (2, 1), (3, 1), (4, 0), (255, 255), (0, 1)] {
        let mut bytes = header(TEXT);
        (bytes[6], bytes[7]) = version;
        let named = format!("version {}.{}", version.0, version.1);
        refused(&bytes, Code::NpyHeader, &[&named, "1.0, 2.0 or 3.0"]);
    }
}

#[test]
fn n07_header_length_beyond_the_file_is_refused() {
    let mut bytes = raw((2, 0), b"{}");
    bytes[8..12].fill(0xff);
    assert_eq!(bytes.len(), 14);
    refused(
        &bytes,
        Code::NpyHeader,
        &["truncated header", "4294967307", "14 bytes"],
    );
    let mut bytes = raw((1, 0), b"{'descr': '<f4'");
    bytes[8] += 1;
    refused(&bytes, Code::NpyHeader, &["truncated header"]);
}

#[test]
fn n08_long_headers_are_refused_with_the_limit() {
    for (version, length) in [((1, 0), 12_000), ((1, 0), 10_001), ((2, 0), 1 << 20)] {
        let mut bytes = raw(version, &padded(TEXT, length));
        bytes.extend(data());
        refused(
            &bytes,
            Code::NpyHeader,
            &["10000", &format!("header of {length} bytes")],
        );
    }
    // The limit itself is still read.
    let scratch = Scratch::new();
    let mut bytes = raw((1, 0), &padded(TEXT, 10_000));
    bytes.extend(data());
    check_values(&scratch.file("limit.npy", &bytes));
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of headers")]
fn n09_malformed_headers_are_refused() {
    let marks = [
        ("$d", "'descr': '<f4'"),
        ("$f", "'fortran_order': False"),
        ("$s", "'shape': (2, 3)"),
        ("$parentheses", &"(".repeat(4000)),
        ("$minuses", &"-".repeat(3000)),
        ("$brackets", &"[".repeat(4000)),
        ("$closing", &"]".repeat(3999)),
    ];
    let written = |text: &str| {
        let put = |text: String, (mark, part): &(&str, &str)| text.replace(mark, part);
        marks.iter().fold(text.to_owned(), put)
    };
    for (text, word) in [
        ("", "end of the header"),
        ("   ", "end of the header"),
        ("{}", "no key"),
        ("{$f, $s}", "no key 'descr'"),
        ("{$d, $s}", "no key 'fortran_order'"),
        ("{$d, $f}", "no key 'shape'"),
        ("{$d, $f, $s, 'x': 1}", "the key 'x'"),
        ("{$d, $f, $s, 'Shape': (2, 3)}", "the key 'Shape'"),
        ("{$d, $f, $s, $s}", "'shape' twice"),
        ("{$d, $f, $s, 'shape': (3, 2)}", "'shape' twice"),
        ("{$d, $d, $f, $s}", "'descr' twice"),
        ("{$f, $d, $f, $s}", "'fortran_order' twice"),
        ("{$d, 'fortran_order': 0, $s}", "True or False"),
        ("{$d, 'fortran_order': false, $s}", "True or False"),
        ("{$d, 'fortran_order': Falsey, $s}", "True or False"),
        ("{$d, 'fortran_order': 'False', $s}", "True or False"),
        ("{$d, 'fortran_order': None, $s}", "True or False"),
        ("{$d, 'fortran_order': not True, $s}", "True or False"),
        ("{$d, $f, 'shape': [2, 3]}", "tuple"),
        ("{$d, $f, 'shape': 6}", "tuple"),
        ("{$d, $f, 'shape': (6)}", "tuple"),
        ("{$d, $f, 'shape': '(2, 3)'}", "tuple"),
        ("{$d, $f, 'shape': (2., 3)}", "',' or ')'"),
        ("{$d, $f, 'shape': (2e0, 3)}", "',' or ')'"),
        ("{$d, $f, 'shape': (True, 6)}", "whole number"),
        ("{$d, $f, 'shape': (1+1, 3)}", "',' or ')'"),
        ("{$d, $f, 'shape': (0x2, 3)}", "',' or ')'"),
        ("{$d, $f, 'shape': (0b10, 3)}", "',' or ')'"),
        ("{$d, $f, 'shape': (02, 3)}", "whole number"),
        ("{$d, $f, 'shape': (+2, 3)}", "whole number"),
        ("{$d, $f, 'shape': (0_2, 3)}", "',' or ')'"),
        ("{$d, $f, 'shape': (2 3)}", "',' or ')'"),
        ("{$d, $f, 'shape': (2,, 3)}", "whole number"),
        ("{$d, $f, 'shape': (,)}", "whole number"),
        ("{$d, $f, 'shape': (2l, 3)}", "',' or ')'"),
        ("{$d, $f, 'shape': (2LL, 3)}", "',' or ')'"),
        ("{$d, $f, 'shape': (2, 3", "',' or ')'"),
        ("{$d, $f, 'shape': ($minuses2, 3)}", "whole number"),
        ("{$d, $f, 'shape': $parentheses2, 3)}", "whole number"),
        ("{$d, $f, 'shape': $brackets", "tuple"),
        ("{'descr': $brackets, $f, $s}", "left open"),
        ("{'descr': $parentheses", "left open"),
        ("{'descr': $brackets$closing, $f, $s}", "'}'"),
        ("{'descr': ]'<f4', $f, $s}", "type code"),
        ("{'descr': '<f4, $f, $s}", "'}'"),
        ("{'descr': '<' 'f4', $f, $s}", "'}'"),
        ("{'descr': f'<f4', $f, $s}", "type code"),
        ("{'descr': u'<f4', $f, $s}", "type code"),
        ("{'descr': '<\\x664', $f, $s}", "without escapes"),
        ("{'descr': '''<f4''', $f, $s}", "'}'"),
        ("{'descr': '<f4\0', $f, $s}", "without escapes"),
        ("{'descr': None, $f, $s}", "type code"),
        ("{'descr': float, $f, $s}", "type code"),
        (
            "{'descr': __import__('os').system('true'), $f, $s}",
            "type code",
        ),
        ("{$d, $f, 'shape': tuple([2, 3])}", "tuple"),
        ("{$d, $f, $s} # comment", "after the closing brace"),
        ("{$d, $f, $s} + 1", "after the closing brace"),
        ("{$d, $f, $s}{}", "after the closing brace"),
        ("{$d, $f, $s}\0", "after the closing brace"),
        ("{$d, # comment\n $f, $s}", "key in quotes"),
        ("dict({$d, $f, $s})", "'{'"),
        ("[$d, $f, $s]", "'{'"),
        ("{$d, $f, $s", "'}'"),
        ("{$d $f, $s}", "'}'"),
        ("{,$d, $f, $s}", "key in quotes"),
        ("{$d, $f, $s,,}", "key in quotes"),
        ("{$d, $f, **{}, $s}", "key in quotes"),
        ("{descr: '<f4', $f, $s}", "key in quotes"),
        ("{1: 2, $f, $s}", "key in quotes"),
        ("{'descr' '<f4', $f, $s}", "':'"),
        ("{'descr", "without escapes"),
        ("{'", "without escapes"),
    ] {
        let error = refused(&header(&written(text)), Code::NpyHeader, &[word]);
        assert!(error.offset().is_some(), "{error}");
    }
    refused(
        &raw((3, 0), b"{'\xe9': 1}"),
        Code::NpyHeader,
        &["UTF-8", "@14"],
    );
    // NumPy accepts Python 2's L in versions 1.0 and 2.0 only.
    let long = written("{$d, $f, 'shape': (2L, 3L)}");
    refused(
        &npy((3, 0), &long, 64, &data()),
        Code::NpyHeader,
        &["',' or ')'"],
    );
}

fn padded(text: &str, length: usize) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(length, b' ');
    bytes
}

fn check_values(path: &std::path::Path) {
    for file in open_both(path).unwrap() {
        assert_eq!((file.rows(), file.dim()), (2, 3));
        let mut out = [9.0; 6];
        file.read_rows(0, &mut out).unwrap();
        let expected = VALUES.map(f64::from);
        assert_eq!(out.map(f64::to_bits), expected.map(f64::to_bits));
    }
}

#[test]
fn n10_odd_but_valid_headers_are_read() {
    let scratch = Scratch::new();
    for text in [
        TEXT,
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}",
        "{'descr':'<f4','fortran_order':False,'shape':(2,3)}",
        "{'shape': (2, 3), 'descr': '<f4', 'fortran_order': False}",
        "{\"descr\": \"<f4\", \"fortran_order\": False, \"shape\": (2, 3,)}",
        "{'descr': '=f4', 'fortran_order': False, 'shape': (2, 3), }",
        "{'descr': 'f4', 'fortran_order': False, 'shape': (2, 3), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }",
        " \t{\n'descr'\n:\r\n'<f4'\n,\n'fortran_order':\tFalse , 'shape' : ( 2 ,\n3 ) , } ",
    ] {
        check_values(&scratch.file("odd.npy", &header(text)));
    }
    for align in [1, 2, 3, 16, 64] {
        for version in [(1, 0), (2, 0), (3, 0)] {
            check_values(&scratch.file("aligned.npy", &npy(version, TEXT, align, &data())));
        }
    }
    // No newline at the end.
    let mut bytes = raw((1, 0), TEXT.as_bytes());
    bytes.extend(data());
    let path = scratch.file("no-newline.npy", &bytes);
    check_values(&path);
    assert!(
        open_both(&path).unwrap()[0].as_f32().is_none(),
        "69 is no multiple of 4"
    );
}

#[test]
fn n11_other_numbers_of_axes_are_refused_with_the_shape() {
    let many = format!("({})", "1, ".repeat(34));
    for (shape, axes, cure) in [
        ("()", "0-D", "matrix"),
        ("(6,)", "1-D", "reshape(-1, D)"),
        ("(2, 3, 1)", "3-D", "reshape(len(a), -1)"),
        (many.as_str(), "34-D", "reshape"),
    ] {
        let start = &shape[..shape.len().min(30)];
        let bytes = plain("'<f4'", shape, &data());
        refused(&bytes, Code::NpyShape, &[axes, start, cure]);
    }
}

#[test]
fn an_axis_of_length_1_before_another_is_none() {
    let scratch = Scratch::new();
    for shape in ["(2, 3)", "(1, 2, 3)", "(2, 1, 3)"] {
        check_values(&scratch.file("squeezed.npy", &plain("'<f4'", shape, &data())));
    }
}

#[test]
fn n12_no_rows_load_and_no_columns_do_not() {
    let scratch = Scratch::new();
    let path = scratch.file("empty.npy", &plain("'<f4'", "(0, 5)", &[]));
    for file in open_both(&path).unwrap() {
        assert_eq!((file.rows(), file.dim()), (0, 5));
        file.read_rows(0, &mut []).unwrap();
        let error = file.read_row(0, &mut [0.0; 5]).unwrap_err();
        assert_eq!(error.code(), Code::Index, "{error}");
        assert!(file.as_f32().is_none_or(<[f32]>::is_empty));
        file.check_unchanged().unwrap();
    }
    for shape in ["(5, 0)", "(0, 0)"] {
        let bytes = plain("'<f4'", shape, &[]);
        refused(&bytes, Code::NpyShape, &["at least one column", shape]);
    }
}

#[test]
fn n13_impossible_sizes_are_refused() {
    for shape in [
        "(-2, 3)",
        "(2, -3)",
        "(-2, -3)",
        "(4294967296, 4294967296)",
        "(8589934592, 2147483649)",
        "(9223372036854775808, 2)",
        "(18446744073709551616, 1)",
        "(1, 18446744073709551617)",
        "(0, 18446744073709551615)",
        "(0, 9223372036854775807)",
        "(0, 4294967296)",
        "(18446744073709551615, 18446744073709551615)",
        "(99999999999999999999999999999999999999999999999999, 2)",
        "(2, -99999999999999999999999999999999999999999999999999)",
    ] {
        for order in ["False", "True"] {
            let text = format!("{{'descr': '<f4', 'fortran_order': {order}, 'shape': {shape}}}");
            refused(
                &header(&text),
                Code::NpyShape,
                &[&shape[..shape.len().min(30)]],
            );
        }
    }
}

#[test]
fn n14_huge_shapes_are_refused_by_the_file_length() {
    let bytes = plain("'<f4'", "(1000000000, 512)", &data());
    assert_eq!(bytes.len(), 152);
    let start = std::time::Instant::now();
    refused(&bytes, Code::NpyLength, &["24 bytes", "2048000000000"]);
    assert!(start.elapsed().as_millis() < 100);
}

#[test]
fn n17_rows_that_are_too_wide_are_refused_by_the_header() {
    for shape in ["(2, 1048577)", "(0, 1048577)", "(2, 100000000)"] {
        let bytes = plain("'|u1'", shape, &data());
        refused(&bytes, Code::NpyShape, &["at most 1048576 columns"]);
    }
    let bytes = plain("'|u1'", "(1, 1048576)", &vec![0; 1 << 20]);
    assert!(Header::parse(&bytes, bytes.len() as u64).is_ok());
}

#[test]
fn every_prefix_of_a_valid_file_is_refused() {
    for version in [(1, 0), (2, 0), (3, 0)] {
        let text = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }";
        let bytes = npy(version, text, 64, &data());
        for length in 0..bytes.len() {
            let cut = &bytes[..length];
            assert!(Header::parse(cut, length as u64).is_err(), "{length}");
            // Also when the length of the file is another than the bytes at hand.
            let _ = Header::parse(cut, bytes.len() as u64);
            let _ = Header::parse(cut, u64::MAX);
            let _ = Header::parse(&bytes, length as u64);
        }
        Header::parse(&bytes, bytes.len() as u64).unwrap();
    }
}

/// One wrong byte may name another type of the same size or turn the bytes of an element round;
/// whatever else it does has to be noticed.
#[test]
fn every_single_byte_corruption_is_refused_or_the_same_matrix() {
    let mut accepted = 0;
    for version in [(1, 0), (2, 0), (3, 0)] {
        let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (12, 5), }";
        let bytes = npy(version, text, 64, &[0; 240]);
        let length = bytes.len() as u64;
        let good = Header::parse(&bytes, length).unwrap();
        for at in 0..good.data_offset {
            for value in 0..=u8::MAX {
                let mut bad = bytes.clone();
                bad[at] = value;
                if let Ok(header) = Header::parse(&bad, length) {
                    accepted += usize::from(bad != bytes);
                    let mut same = header.clone();
                    (same.dtype, same.big_endian) = (good.dtype, good.big_endian);
                    same.version = good.version;
                    assert_eq!(same, good, "byte {at} = {value}");
                    assert_eq!(header.dtype.size(), 4);
                    let (a, b) = (header.version.0, version.0);
                    assert!(a == b || (a > 1 && b > 1), "{a} for {b}");
                }
            }
        }
    }
    assert!(
        accepted > 0,
        "some, such as a tab for a space, change nothing"
    );
}

#[test]
fn random_corruptions_and_random_text_never_panic() {
    let mut random = Random(11);
    let good = header(TEXT);
    let alphabet: Vec<u8> = b"{}[](),:'\"<>=|fiuO0123456789L-+ \n\\#TrueFalsdchp_\0\xff".to_vec();
    for _ in 0..200_000 {
        let mut bytes = good.clone();
        for _ in 0..1 + random.below(4) {
            let at = random.below(70);
            bytes[at] = alphabet[random.below(alphabet.len())];
        }
        if let Ok(header) = Header::parse(&bytes, bytes.len() as u64) {
            assert_eq!(header.data_bytes() + header.data_offset, bytes.len());
        }
        let length = random.below(60);
        let noise: Vec<u8> = (0..length)
            .map(|_| alphabet[random.below(alphabet.len())])
            .collect();
        let bytes = raw((1 + random.below(3) as u8, 0), &noise);
        assert!(Header::parse(&bytes, bytes.len() as u64).is_err());
    }
}

#[test]
fn a_header_says_what_was_read() {
    let scratch = Scratch::new();
    let text = "{'descr': '>i2', 'fortran_order': True, 'shape': (3, 4), }";
    let path = scratch.file("x.npy", &npy((2, 0), text, 64, &[0; 24]));
    let file = NpyFile::open(&path, Default::default()).unwrap();
    let header = file.header();
    assert_eq!(header.version, (2, 0));
    assert_eq!(header.dtype.name(), "int16");
    assert!(header.big_endian && header.order == Order::Fortran);
    assert_eq!((header.rows, header.dim, header.data_offset), (3, 4, 128));
    assert_eq!((header.row_bytes(), header.data_bytes()), (8, 24));
    assert_eq!((file.owned_bytes(), file.path()), (24, path.as_path()));
}
