//! Values, lengths and what may be opened: rules N01, N15, N16 and F09.

mod npy_support;

use std::fs::File;
use std::time::Duration;

use hackface_core::Code;
use hackface_core::npy::{Dtype, Header, Io, NpyFile, NpyWriter, Order, Place};
#[cfg(unix)]
use npy_support::skipped;
use npy_support::{Random, Scratch, npy, open_both, plain, refused};

/// A random element of a type: its bytes, least significant first, and its value.
fn element(dtype: Dtype, random: &mut Random) -> (Vec<u8>, f64) {
    let bits = random.bits();
    // Small numbers as well, so that signs and zeros are met.
    let bits = if random.below(4) == 0 { bits % 3 } else { bits };
    match dtype {
        Dtype::F16 => ((bits as u16).to_le_bytes().to_vec(), half(bits as u16)),
        Dtype::F32 => {
            let value = f32::from_bits(bits as u32);
            (value.to_le_bytes().to_vec(), f64::from(value))
        }
        Dtype::F64 => (bits.to_le_bytes().to_vec(), f64::from_bits(bits)),
        Dtype::I8 => (vec![bits as u8], f64::from(bits as i8)),
        Dtype::U8 => (vec![bits as u8], f64::from(bits as u8)),
        Dtype::I16 => ((bits as i16).to_le_bytes().to_vec(), f64::from(bits as i16)),
        Dtype::U16 => ((bits as u16).to_le_bytes().to_vec(), f64::from(bits as u16)),
        Dtype::I32 => ((bits as i32).to_le_bytes().to_vec(), f64::from(bits as i32)),
        Dtype::U32 => ((bits as u32).to_le_bytes().to_vec(), f64::from(bits as u32)),
        Dtype::I64 => {
            let value = bits as i64 >> 10;
            (value.to_le_bytes().to_vec(), value as f64)
        }
        Dtype::U64 => {
            let value = bits >> 11;
            (value.to_le_bytes().to_vec(), value as f64)
        }
    }
}

fn half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    match exponent {
        31 if fraction == 0.0 => sign * f64::INFINITY,
        31 => f64::NAN,
        0 => sign * fraction * 2_f64.powi(-24),
        _ => sign * (1024.0 + fraction) * 2_f64.powi(exponent - 25),
    }
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

struct Made {
    bytes: Vec<u8>,
    values: Vec<f64>,
    rows: usize,
    dim: usize,
    dtype: Dtype,
}

/// A random valid file, put together without the library.
fn made(random: &mut Random, dtype: Dtype, rows: usize, dim: usize) -> Made {
    let (big, fortran) = (random.below(2) == 1, random.below(2) == 1);
    let mut values = vec![0.0; rows * dim];
    let mut data = vec![Vec::new(); rows * dim];
    for row in 0..rows {
        for column in 0..dim {
            let (mut bytes, value) = element(dtype, random);
            if big {
                bytes.reverse();
            }
            values[row * dim + column] = value;
            let at = if fortran {
                column * rows + row
            } else {
                row * dim + column
            };
            data[at] = bytes;
        }
    }
    let kind = match dtype.name().as_bytes()[0] {
        b'f' => 'f',
        b'i' => 'i',
        _ => 'u',
    };
    let order = match (dtype.size(), big) {
        (1, _) => "|",
        (_, true) => ">",
        (_, false) => ["<", "<", "="][random.below(3)],
    };
    let quote = ['\'', '"'][random.below(2)];
    let mut fields = [
        format!("'descr': '{order}{kind}{}'", dtype.size()),
        format!(
            "'fortran_order': {}",
            if fortran { "True" } else { "False" }
        ),
        format!("'shape': ({rows}, {dim})"),
    ];
    fields.rotate_left(random.below(3));
    let end = ["", ",", ", "][random.below(3)];
    let text = format!("{{{}{end}}}", fields.join(", ")).replace('\'', &quote.to_string());
    let version = [(1, 0), (2, 0), (3, 0)][random.below(3)];
    let align = [64, 64, 16, 1][random.below(4)];
    Made {
        bytes: npy(version, &text, align, &data.concat()),
        values,
        rows,
        dim,
        dtype,
    }
}

#[test]
fn n01_random_valid_files_have_the_right_values_however_they_are_read() {
    let scratch = Scratch::new();
    let mut random = Random(1);
    let (mut in_place, mut turned) = (0, 0);
    for number in 0..242 {
        let dtype = Dtype::ALL[number % 11];
        let (rows, dim) = (1 + random.below(70), 1 + random.below(40));
        let made = made(&mut random, dtype, rows, dim);
        let path = scratch.file("random.npy", &made.bytes);
        let files = open_both(&path).unwrap();
        assert_eq!(files[0].io(), Io::Mmap, "the machine of the test can map");
        assert_eq!(files[1].io(), Io::Read);
        for file in &files {
            assert_eq!(file.header().dtype, made.dtype);
            assert_eq!((file.rows(), file.dim()), (made.rows, made.dim));
            turned += usize::from(file.header().order == Order::Fortran);
            check(file, &made.values, &mut random);
            if let Some(matrix) = file.as_f32() {
                in_place += 1;
                let right = matrix.iter().zip(&made.values);
                assert!(matrix.len() == made.values.len());
                assert!(right.into_iter().all(|(a, b)| same(f64::from(*a), *b)));
            }
            file.check_unchanged().unwrap();
        }
    }
    assert!(in_place > 0 && turned > 100, "{in_place} {turned}");
}

/// All at once, row by row, and a random run of rows; as f64 and where possible as f32.
fn check(file: &NpyFile, values: &[f64], random: &mut Random) {
    let (rows, dim) = (file.rows(), file.dim());
    let first = random.below(rows);
    let count = 1 + random.below(rows - first);
    let mut runs = vec![(0, rows), (first, count), (rows, 0)];
    runs.extend((0..rows).map(|row| (row, 1)));
    for (first, count) in runs {
        let expected = &values[first * dim..][..count * dim];
        let mut out = vec![7.0; count * dim];
        file.read_rows(first, &mut out).unwrap();
        assert!(out.iter().zip(expected).all(|(a, b)| same(*a, *b)));
        if count == 1 {
            out.fill(7.0);
            file.read_row(first, &mut out).unwrap();
            assert!(out.iter().zip(expected).all(|(a, b)| same(*a, *b)));
        }
        let mut narrow = vec![7.0_f32; count * dim];
        let result = file.read_rows_f32(first, &mut narrow);
        if file.fits_f32() {
            result.unwrap();
            let right = narrow.iter().zip(expected);
            assert!(right.into_iter().all(|(a, b)| same(f64::from(*a), *b)));
        } else {
            assert_eq!(result.unwrap_err().code(), Code::Internal);
        }
    }
}

#[test]
fn files_larger_than_a_block_or_a_tile_are_read_alike() {
    let scratch = Scratch::new();
    let mut random = Random(2);
    for (dtype, rows, dim) in [
        (Dtype::U8, 17_000, 37),
        (Dtype::F16, 8_193, 33),
        (Dtype::F32, 3, 100_003),
        (Dtype::F32, 4_097, 17),
        (Dtype::F64, 2_049, 31),
        (Dtype::I64, 5, 70_000),
    ] {
        // Both orders are met for some of them.
        for _ in 0..2 {
            let made = made(&mut random, dtype, rows, dim);
            let path = scratch.file("large.npy", &made.bytes);
            for file in open_both(&path).unwrap() {
                let mut out = vec![0.0; rows * dim];
                file.read_rows(0, &mut out).unwrap();
                assert!(out.iter().zip(&made.values).all(|(a, b)| same(*a, *b)));
                let mut row = vec![0.0; dim];
                file.read_row(rows - 1, &mut row).unwrap();
                let expected = &made.values[(rows - 1) * dim..];
                assert!(row.iter().zip(expected).all(|(a, b)| same(*a, *b)));
            }
        }
    }
}

#[test]
fn many_threads_read_one_file() {
    let scratch = Scratch::new();
    let mut random = Random(3);
    for fortran_seed in 0..4 {
        let made = made(&mut random, Dtype::F32, 400, 30);
        let path = scratch.file("threads.npy", &made.bytes);
        for file in open_both(&path).unwrap() {
            std::thread::scope(|scope| {
                for thread in 0..8 {
                    let (file, values) = (&file, &made.values);
                    scope.spawn(move || check(file, values, &mut Random(thread + fortran_seed)));
                }
            });
        }
    }
}

#[test]
fn integers_beyond_two_to_the_53_are_refused_with_their_place() {
    let scratch = Scratch::new();
    let limit = 1_i64 << 53;
    for (bad, descr) in [
        (limit + 1, "<"),
        (-limit - 1, "<"),
        (i64::MIN, ">"),
        (i64::MAX, ">"),
    ] {
        for fortran in [false, true] {
            let values = [0, limit, -limit, 1, bad, 5];
            let mut data = Vec::new();
            for at in 0..6 {
                let at = if fortran { at % 3 * 2 + at / 3 } else { at };
                let bytes = match descr {
                    "<" => values[at].to_le_bytes(),
                    _ => values[at].to_be_bytes(),
                };
                data.extend(bytes);
            }
            let order = if fortran { "True" } else { "False" };
            let text =
                format!("{{'descr': '{descr}i8', 'fortran_order': {order}, 'shape': (3, 2)}}");
            let path = scratch.file("long.npy", &npy((1, 0), &text, 64, &data));
            for file in open_both(&path).unwrap() {
                let mut out = [0.0; 4];
                file.read_rows(0, &mut out).unwrap();
                assert_eq!(out, [0.0, limit as f64, -limit as f64, 1.0]);
                let error = file.read_rows(1, &mut out).unwrap_err();
                assert_eq!(error.code(), Code::NotExact);
                assert_eq!((error.row(), error.column()), (Some(2), Some(0)));
                assert!(error.to_string().contains(&bad.to_string()), "{error}");
            }
        }
    }
    let data = [0, 1 << 53, u64::MAX, 1 << 53 | 1]
        .map(u64::to_le_bytes)
        .concat();
    let path = scratch.file("unsigned.npy", &plain("'<u8'", "(2, 2)", &data));
    for file in open_both(&path).unwrap() {
        file.read_row(0, &mut [0.0; 2]).unwrap();
        let error = file.read_row(1, &mut [0.0; 2]).unwrap_err();
        assert_eq!((error.row(), error.column()), (Some(1), Some(0)));
    }
}

#[test]
fn rows_beyond_the_end_and_partial_rows_are_refused() {
    let scratch = Scratch::new();
    let path = scratch.file("x.npy", &plain("'<f4'", "(2, 3)", &[0; 24]));
    for file in open_both(&path).unwrap() {
        for (first, length) in [(2, 3), (1, 6), (0, 9), (usize::MAX, 3), (3, 0)] {
            let error = file.read_rows(first, &mut vec![0.0; length]).unwrap_err();
            assert_eq!(error.code(), Code::Index, "{first} {length}");
            let error = file.read_rows_f32(first, &mut vec![0.0; length]);
            assert_eq!(error.unwrap_err().code(), Code::Index);
        }
        for length in [1, 2, 4] {
            let error = file.read_rows(0, &mut vec![0.0; length]).unwrap_err();
            assert_eq!(error.code(), Code::Internal);
        }
        let error = file.read_row(0, &mut [0.0; 6]).unwrap_err();
        assert_eq!(error.code(), Code::Internal);
        let error = file.read_row(2, &mut [0.0; 3]).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("found row 2, expected a row below 2")
        );
    }
}

#[test]
fn n15_short_files_are_refused_with_bytes_and_whole_rows() {
    for order in ["False", "True"] {
        for (length, found) in [
            (23, "23 bytes of data (1 whole rows)"),
            (12, "12 bytes of data (1 whole rows)"),
            (0, "0 bytes of data (0 whole rows)"),
        ] {
            let text = format!("{{'descr': '<f4', 'fortran_order': {order}, 'shape': (2, 3)}}");
            let bytes = npy((1, 0), &text, 64, &vec![0; length]);
            refused(
                &bytes,
                Code::NpyLength,
                &[found, "exactly 24 for 2 rows", "cut short"],
            );
        }
    }
}

#[test]
fn n16_anything_after_the_data_is_refused() {
    let one = plain("'<f4'", "(2, 3)", &[0; 24]);
    let longer = |more: &[u8]| [one.as_slice(), more].concat();
    refused(&longer(&[0]), Code::NpyLength, &["25 bytes", "exactly 24"]);
    refused(
        &longer(&[0; 12]),
        Code::NpyLength,
        &["36 bytes of data (3 whole rows)"],
    );
    refused(&longer(&one), Code::NpyLength, &["one array per file"]);
    let empty = plain("'<f4'", "(0, 3)", &[0]);
    refused(&empty, Code::NpyLength, &["1 bytes", "exactly 0"]);
    let mut mangled = Vec::new();
    for &byte in &plain("'<f4'", "(2, 3)", &[10; 24]) {
        if byte == b'\n' {
            mangled.push(b'\r');
        }
        mangled.push(byte);
    }
    refused(&mangled, Code::NpyLength, &["line endings were converted"]);
    let mut once = one.clone();
    once.insert(127, b'\r');
    refused(&once, Code::NpyLength, &["line endings were converted"]);
}

#[test]
fn f09_what_is_not_a_file_is_refused_with_the_reason() {
    let scratch = Scratch::new();
    let missing = scratch.path("missing.npy");
    #[cfg_attr(not(unix), allow(unused_mut))]
    let mut cases = vec![
        (missing.clone(), "no such file or directory"),
        (missing.join("x.npy"), "no such file or directory"),
        (std::env::temp_dir(), "a directory"),
        (scratch.file("file", b"x").join("x.npy"), "not a directory"),
        ("a\0b".into(), "opening it"),
        ("".into(), "opening it"),
    ];
    #[cfg(unix)]
    {
        let fifo = scratch.path("fifo.npy");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        assert!(made.unwrap().success());
        let socket = scratch.path("socket.npy");
        std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let link = scratch.path("link.npy");
        std::os::unix::fs::symlink(&fifo, &link).unwrap();
        let dangling = scratch.path("dangling.npy");
        std::os::unix::fs::symlink(&missing, &dangling).unwrap();
        cases.push((fifo, "FIFO"));
        cases.push((link, "FIFO"));
        cases.push((dangling, "no such file or directory"));
        cases.push((socket, "a socket"));
        cases.push(("/dev/null".into(), "a device"));
        cases.push(("/dev/zero".into(), "a device"));
    }
    for (path, reason) in cases {
        let error = open_both(&path).unwrap_err();
        assert_eq!(error.code(), Code::Input, "{error}");
        assert_eq!(error.file(), Some(path.as_path()));
        if cfg!(unix) && !reason.contains("opening") {
            assert!(error.to_string().contains(reason), "{error}");
        }
    }
}

#[cfg(unix)]
#[test]
fn f09_unreadable_files_are_refused_with_the_reason() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new();
    let path = scratch.file("secret.npy", &plain("'<f4'", "(2, 3)", &[0; 24]));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if File::open(&path).is_ok() {
        skipped("this user may read everything");
        return;
    }
    let error = open_both(&path).unwrap_err();
    assert_eq!(error.code(), Code::Input);
    assert!(error.to_string().contains("Permission denied"), "{error}");
}

#[test]
fn files_replaced_by_renaming_keep_their_old_data() {
    let scratch = Scratch::new();
    let path = scratch.file("x.npy", &plain("'<u1'", "(2, 3)", &[1; 6]));
    for file in open_both(&path).unwrap() {
        std::thread::sleep(Duration::from_millis(20));
        let new = scratch.file("new.npy", &plain("'<u1'", "(1, 4)", &[2; 4]));
        std::fs::rename(new, &path).unwrap();
        let mut out = [0.0; 6];
        file.read_rows(0, &mut out).unwrap();
        assert_eq!(out, [1.0; 6]);
        file.check_unchanged().unwrap();
    }
    // Taken away altogether.
    let path = scratch.file("y.npy", &plain("'<u1'", "(2, 3)", &[1; 6]));
    let file = NpyFile::open(&path, Io::Mmap).unwrap();
    std::fs::remove_file(&path).unwrap();
    file.check_unchanged().unwrap();
}

#[test]
fn files_written_in_place_are_noticed() {
    let scratch = Scratch::new();
    let bytes = plain("'<u1'", "(2, 3)", &[1; 6]);
    for io in [Io::Mmap, Io::Read] {
        let path = scratch.file("x.npy", &bytes);
        let file = NpyFile::open(&path, io).unwrap();
        file.check_unchanged().unwrap();
        std::thread::sleep(Duration::from_millis(20));
        std::fs::write(&path, plain("'<u1'", "(2, 3)", &[2; 6])).unwrap();
        let error = file.check_unchanged().unwrap_err();
        assert_eq!(error.code(), Code::InputChanged);
        assert_eq!(error.file(), Some(path.as_path()));
        assert!(error.to_string().contains("written to"), "{error}");

        // One byte more.
        let file = NpyFile::open(&path, io).unwrap();
        std::fs::write(&path, [bytes.as_slice(), b"x"].concat()).unwrap();
        let error = file.check_unchanged().unwrap_err();
        assert!(
            error.to_string().contains("135 bytes where there were 134"),
            "{error}"
        );
    }
}

#[cfg(unix)]
#[test]
fn files_written_in_place_are_noticed_though_the_time_was_set_back() {
    let scratch = Scratch::new();
    let path = scratch.file("x.npy", &plain("'<u1'", "(2, 3)", &[1; 6]));
    let then = std::time::SystemTime::now() - Duration::from_secs(100);
    File::open(&path).unwrap().set_modified(then).unwrap();
    let file = NpyFile::open(&path, Io::Read).unwrap();
    std::thread::sleep(Duration::from_millis(20));
    std::fs::write(&path, plain("'<u1'", "(2, 3)", &[2; 6])).unwrap();
    File::open(&path).unwrap().set_modified(then).unwrap();
    let error = file.check_unchanged().unwrap_err();
    assert!(error.to_string().contains("touched"), "{error}");
}

#[test]
fn files_cut_short_while_read_in_blocks_are_an_error() {
    let scratch = Scratch::new();
    for order in ["False", "True"] {
        let text = format!("{{'descr': '<f4', 'fortran_order': {order}, 'shape': (1000, 30)}}");
        let path = scratch.file("x.npy", &npy((1, 0), &text, 64, &[0; 120_000]));
        let file = NpyFile::open(&path, Io::Read).unwrap();
        let writer = File::options().write(true).open(&path).unwrap();
        writer.set_len(60_000).unwrap();
        let error = file.read_row(999, &mut [0.0; 30]).unwrap_err();
        assert_eq!(error.code(), Code::InputChanged, "{error}");
        assert!(
            error.to_string().contains("end after 60000 bytes"),
            "{error}"
        );
        assert_eq!(
            file.check_unchanged().unwrap_err().code(),
            Code::InputChanged
        );
    }
}

#[test]
fn what_is_written_reads_back() {
    let scratch = Scratch::new();
    let mut random = Random(5);
    for (rows, dim) in [(0, 4), (1, 1), (7, 3), (3000, 11)] {
        let values: Vec<f64> = (0..rows * dim)
            .map(|_| f64::from_bits(random.bits() & !(1 << 62)))
            .collect();
        let mut writer = NpyWriter::new(Vec::new(), Dtype::F64, rows, dim).unwrap();
        for part in values.chunks(2 * dim) {
            writer.write_rows(part).unwrap();
        }
        let bytes = writer.finish().unwrap();
        let header = Header::parse(&bytes, bytes.len() as u64).unwrap();
        assert_eq!((header.version, header.data_offset), ((1, 0), 128));
        let path = scratch.file("f64.npy", &bytes);
        let mut out = vec![0.0; rows * dim];
        NpyFile::open(&path, Io::Mmap)
            .unwrap()
            .read_rows(0, &mut out)
            .unwrap();
        assert_eq!(out, values);

        let narrow: Vec<f32> = values.iter().map(|v| *v as f32).collect();
        let mut writer = NpyWriter::new(Vec::new(), Dtype::F32, rows, dim).unwrap();
        writer.write_rows(&narrow).unwrap();
        let path = scratch.file("f32.npy", &writer.finish().unwrap());
        let file = NpyFile::open(&path, Io::Mmap).unwrap();
        assert_eq!(file.as_f32().unwrap(), narrow);
    }
    let text = plain("'<f4'", "(2, 3)", &[0; 24]);
    let mut writer = NpyWriter::new(Vec::new(), Dtype::F32, 2, 3).unwrap();
    writer.write_rows(&[0.0_f32; 6]).unwrap();
    assert_eq!(writer.finish().unwrap(), text, "byte for byte");
}

#[test]
fn a_member_is_read_where_it_lies_and_refused_beyond_the_end() {
    let scratch = Scratch::new();
    let member = plain(
        "'<f4'",
        "(2, 3)",
        &[1.5_f32; 6].map(f32::to_le_bytes).concat(),
    );
    for before in [0, 1, 64, 1000] {
        let bytes = [vec![0x50; before], member.clone(), vec![0; 10]].concat();
        let path = scratch.file("stored.npz", &bytes);
        let (offset, length) = (before as u64, member.len() as u64);
        for io in [Io::Mmap, Io::Read] {
            let file = NpyFile::open_at(&path, Place::Member { offset, length }, io).unwrap();
            let mut out = [0.0; 6];
            file.read_rows(0, &mut out).unwrap();
            assert_eq!(out, [1.5; 6], "{before} bytes before");
            let place = Place::Member {
                offset: offset + 11,
                length,
            };
            let error = NpyFile::open_at(&path, place, io).unwrap_err();
            assert_eq!(error.code(), Code::NpyLength);
        }
    }
}

#[test]
fn a_writer_refuses_what_does_not_fit_its_header() {
    let new = |rows, dim| NpyWriter::new(Vec::new(), Dtype::F32, rows, dim);
    for (rows, dim) in [(1, 0), (usize::MAX, 2), (usize::MAX / 4, 1)] {
        assert_eq!(new(rows, dim).unwrap_err().code(), Code::NpyShape);
    }
    let wrong = NpyWriter::new(Vec::new(), Dtype::I8, 1, 1);
    assert_eq!(wrong.unwrap_err().code(), Code::Internal);
    let mut writer = new(2, 3).unwrap();
    for error in [
        writer.write_rows(&[0.0_f32; 2]),
        writer.write_rows(&[0.0_f32; 9]),
        writer.write_rows(&[0.0_f64; 3]),
    ] {
        assert_eq!(error.unwrap_err().code(), Code::Internal);
    }
    writer.write_rows(&[0.0_f32; 3]).unwrap();
    assert_eq!(writer.finish().unwrap_err().code(), Code::Internal);

    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let error = NpyWriter::new(Full, Dtype::F32, 1, 1).err().unwrap();
    assert_eq!(error.code(), Code::Io);
}
