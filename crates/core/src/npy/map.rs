//! A guarded, read-only mapping of a whole file.

#![allow(unsafe_code)]

use std::fs::File;

use memmap2::{Mmap, MmapOptions};

use super::guard::Range;

/// The bytes of a file, in place.
///
/// The file may be changed by others while it is mapped. A shorter file is met by the guard; other
/// bytes in it are merely other numbers, since every bit pattern is a value of every type that is
/// read from here, and [`super::NpyFile::check_unchanged`] reports them.
pub(super) struct Map {
    // Dropped in this order: the guard must be gone before the addresses are.
    range: Range,
    bytes: Mmap,
}

impl Map {
    /// Maps `length` bytes, or `None` when the system or the guard has no room for it.
    pub(super) fn new(file: &File, length: usize) -> Option<Self> {
        // Private rather than shared: some mounts refuse shared mappings.
        // SAFETY: nothing here writes. Bytes that another process changes are outside of Rust's rules for shared memory;
        // they do no harm because they are read as numbers alone. The header comes from a read of its own, so no length
        // or index, in safe code or in unsafe, depends on a mapped byte.
        let bytes = unsafe { MmapOptions::new().len(length).map_copy_read_only(file) }.ok()?;
        let range = Range::register(bytes.as_ptr() as usize, length)?;
        Some(Self { range, bytes })
    }

    /// All bytes of the file.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes from `offset` on as numbers of this machine, if they are aligned.
    pub(super) fn f32s(&self, offset: usize) -> Option<&[f32]> {
        // SAFETY: any four bytes are an f32; align_to never yields an unaligned one.
        let (before, numbers, after) = unsafe { self.bytes.get(offset..)?.align_to::<f32>() };
        (before.is_empty() && after.is_empty()).then_some(numbers)
    }

    /// True if a read met a page that the file no longer has.
    pub(super) fn faulted(&self) -> bool {
        self.range.faulted()
    }

    /// Tells the system that pages will be read first to last. Affects no result.
    pub(super) fn advise_sequential(&self) {
        // Advice that is not taken costs speed only.
        #[cfg(unix)]
        let _ = self.bytes.advise(memmap2::Advice::Sequential);
    }
}
