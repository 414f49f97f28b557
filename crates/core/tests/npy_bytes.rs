//! Headers from bytes alone, without a file: what Miri can run too. Every prefix and every changed
//! byte of a right header is read or refused; nothing panics, and nothing is read that was not there.

mod npy_support;

use hackface_core::npy::{Dtype, Header, Order};
use npy_support::npy;

const DATA: usize = 6 * 4;

/// A file of 2 × 3 `float32` as NumPy writes it.
fn file(version: u8) -> Vec<u8> {
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
    npy((version, 0), text, 64, &[0; DATA])
}

#[test]
fn the_three_versions_are_read() {
    for version in [1, 2, 3] {
        let bytes = file(version);
        let header = Header::parse(&bytes, bytes.len() as u64).unwrap();
        assert_eq!(header.version, (version, 0));
        assert_eq!((header.rows, header.dim), (2, 3));
        assert_eq!((header.dtype, header.order), (Dtype::F32, Order::C));
        assert_eq!(header.data_offset + DATA, bytes.len());
    }
}

#[test]
fn every_prefix_is_refused() {
    for version in [1, 3] {
        let bytes = file(version);
        for length in 0..bytes.len() {
            assert!(
                Header::parse(&bytes[..length], length as u64).is_err(),
                "{length}"
            );
        }
    }
}

#[test]
fn no_changed_byte_leads_outside_the_file() {
    // All 256 values take Miri an hour.
    let step = if cfg!(miri) { 61 } else { 1 };
    let bytes = file(1);
    let end = bytes.len() - DATA;
    for at in 0..end {
        for change in (1..=255u8).step_by(step) {
            let mut changed = bytes.clone();
            changed[at] = changed[at].wrapping_add(change);
            let Ok(header) = Header::parse(&changed, changed.len() as u64) else {
                continue;
            };
            let size = header.rows * header.row_bytes();
            assert_eq!(
                header.data_offset + size,
                changed.len(),
                "byte {at} + {change}"
            );
        }
    }
}
