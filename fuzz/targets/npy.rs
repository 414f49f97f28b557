//! A `.npy` file in memory, mapped and read in blocks: the same header and numbers, or the same refusal; and what is
//! written of them reads back.
#![no_main]

use std::path::Path;

use hackface_core::npy::{Float, Header, Io, NpyFile, NpyWriter, Place, Values, decode};
use hackface_core::{Code, Result};
use hackface_fuzz::{accepted, bits, scratch};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let code = |error: hackface_core::Error| error.code();
    let decoded = decode(bytes, Place::Whole);
    let expected: std::result::Result<(Header, Vec<u64>), Code> = decoded
        .as_ref()
        .map(|(header, values)| (header.clone(), bits_of(values)))
        .map_err(|error| error.code());
    let path = scratch("matrix.npy", bytes);
    for io in [Io::Mmap, Io::Read] {
        assert_eq!(read(&path, io).map_err(code), expected, "{io:?}");
    }
    let Some((header, values)) = accepted(decoded) else {
        return;
    };
    let written = match &values {
        Values::F32(values) => write(&header, values),
        Values::F64(values) => write(&header, values),
    };
    let (_, again) = decode(&written, Place::Whole).expect("what was written");
    assert_eq!(bits_of(&again), bits_of(&values));
});

fn read(path: &Path, io: Io) -> Result<(Header, Vec<u64>)> {
    let file = NpyFile::open(path, io)?;
    let mut rows = vec![0.0; file.rows() * file.dim()];
    file.read_rows(0, &mut rows)?;
    file.check_unchanged()?;
    Ok((file.header().clone(), bits(&rows)))
}

fn write<T: Float>(header: &Header, values: &[T]) -> Vec<u8> {
    let writer = NpyWriter::new(Vec::new(), T::DTYPE, header.rows, header.dim);
    let mut writer = writer.expect("a shape that was read");
    writer.write_rows(values).expect("rows that were announced");
    writer.finish().expect("all rows")
}

fn bits_of(values: &Values) -> Vec<u64> {
    match values {
        Values::F32(values) => values.iter().map(|v| f64::from(*v).to_bits()).collect(),
        Values::F64(values) => bits(values),
    }
}
