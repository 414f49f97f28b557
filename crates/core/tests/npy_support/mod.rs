//! Helpers of the .npy tests: a directory that cleans up, a header written by hand, random bits.
#![allow(dead_code, unreachable_pub, clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use hackface_core::npy::{Io, NpyFile};
use hackface_core::{Code, Error};

/// A directory of its own, removed with everything in it when dropped.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("hackface-npy-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.bits() % n as u64) as usize
    }
}

/// Magic, version, length and `text` as it stands.
pub fn raw(version: (u8, u8), text: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x93, b'N', b'U', b'M', b'P', b'Y', version.0, version.1];
    if version.0 == 1 {
        bytes.extend((text.len() as u16).to_le_bytes());
    } else {
        bytes.extend((text.len() as u32).to_le_bytes());
    }
    bytes.extend(text);
    bytes
}

/// `text` padded so that data start at a multiple of `align`, then `data`.
pub fn npy(version: (u8, u8), text: &str, align: usize, data: &[u8]) -> Vec<u8> {
    let mut text = text.to_owned();
    while !(raw(version, b"").len() + text.len() + 1).is_multiple_of(align) {
        text.push(' ');
    }
    text.push('\n');
    let mut bytes = raw(version, text.as_bytes());
    bytes.extend(data);
    bytes
}

/// A version 1.0 file with this `descr` and `shape` as Python would print them.
pub fn plain(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let text = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}");
    npy((1, 0), &text, 64, data)
}

/// Opens it both ways: both give a file, or both the same error.
pub fn open_both(path: &Path) -> Result<[NpyFile; 2], Error> {
    let (mapped, read) = (NpyFile::open(path, Io::Mmap), NpyFile::open(path, Io::Read));
    match (mapped, read) {
        (Ok(mapped), Ok(read)) => Ok([mapped, read]),
        (Err(mapped), Err(read)) => {
            assert_eq!(mapped.to_string(), read.to_string());
            Err(mapped)
        }
        (mapped, read) => panic!("{mapped:?} mapped, but {read:?} read"),
    }
}

/// Asserts that `bytes` are refused with `code` and a text that names the file, has a cure and
/// contains every word.
pub fn refused(bytes: &[u8], code: Code, words: &[&str]) -> Error {
    let scratch = Scratch::new();
    let path = scratch.file("bad.npy", bytes);
    let error = match open_both(&path) {
        Ok(files) => panic!("accepted as {:?}, expected {words:?}", files[0].header()),
        Err(error) => error,
    };
    let text = error.to_string();
    assert_eq!(error.code(), code, "{text}");
    assert_eq!(error.file(), Some(path.as_path()), "{text}");
    assert!(!text.contains('\n') && text.len() < 600, "one line: {text}");
    assert!(!text.contains("allow_pickle"), "{text}");
    for word in words {
        assert!(text.contains(word), "no {word:?} in: {text}");
    }
    error
}

/// Says that a test could not be made here.
pub fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}
