//! Stored rows made ready to be searched, all at once or a part at a time.

use super::codes::Stored;
use crate::error::Result;
use crate::job::Job;
use crate::job::memory;
use crate::kernels::Isa;
use crate::kernels::products::bytes::{ByteProducts, PANEL_BYTES};
use crate::measure::{Held, KeyRows, Space};

/// Rows of a gallery as bytes, and as an exact distance needs them.
///
/// Made once by [`Index::new`] and used for any number of searches: see [`super::search`].
pub struct Index {
    bytes: ByteProducts,
    chunks: Vec<Chunk>,
}

/// Consecutive rows that are searched in one go.
pub(super) struct Chunk {
    pub(super) first: usize,
    pub(super) count: usize,
    /// Absent where the measure has no key rows.
    pub(super) stored: Option<Stored>,
    pub(super) held: Held,
}

/// The most rows of a chunk; so many keep every thread busy and leave progress to be seen.
const MOST_ROWS: usize = 1 << 15;

impl Index {
    /// Makes all rows ready. Memory: a byte for each column of a key row, 16 bytes for each row,
    /// and under a model 8 for each column of a mapped row.
    ///
    /// Errors: `EMEMORY` before any work, those of reading and mapping rows, `EINPUTCHANGED`, `EABORTED`.
    pub fn new(space: &Space<'_>, job: &Job) -> Result<Self> {
        Self::at(ByteProducts::for_isa(Isa::best()), space, job)
    }

    pub(super) fn at(bytes: ByteProducts, space: &Space<'_>, job: &Job) -> Result<Self> {
        memory::require("the index", Self::bytes(space))?;
        job.begin("preparing", space.rows() as u64);
        let chunks = chunks(space, usize::MAX).map(|(first, count)| {
            job.check()?;
            let chunk = Chunk::new(bytes, space, first, count)?;
            job.advance(count as u64);
            Ok(chunk)
        });
        let chunks = chunks.collect::<Result<_>>()?;
        space.embeddings().check_unchanged()?;
        Ok(Self { bytes, chunks })
    }

    pub(super) fn byte_products(&self) -> ByteProducts {
        self.bytes
    }

    pub(super) fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// Bytes that the index of these rows takes.
    pub fn bytes(space: &Space<'_>) -> usize {
        space
            .rows()
            .saturating_mul(row_bytes(keys_of(space), space))
    }
}

/// The key rows that are searched by; sums of longer ones could leave 32 bits.
pub(super) fn keys_of(space: &Space<'_>) -> Option<KeyRows> {
    space.key_rows().filter(|rows| rows.width <= 1 << 16)
}

fn row_bytes(keys: Option<KeyRows>, space: &Space<'_>) -> usize {
    keys.map_or(0, Stored::row_bytes) + Held::row_bytes(space)
}

/// First row and number of rows of each chunk, so that one takes at most `memory` bytes.
pub(super) fn chunks(space: &Space<'_>, memory: usize) -> impl Iterator<Item = (usize, usize)> {
    let most = memory / row_bytes(keys_of(space), space).max(1);
    let size = (most / PANEL_BYTES * PANEL_BYTES).clamp(PANEL_BYTES, MOST_ROWS);
    let rows = space.rows();
    (0..rows)
        .step_by(size)
        .map(move |first| (first, size.min(rows - first)))
}

impl Chunk {
    pub(super) fn new(
        bytes: ByteProducts,
        space: &Space<'_>,
        first: usize,
        count: usize,
    ) -> Result<Self> {
        let (stored, held) = match keys_of(space) {
            Some(rows) => {
                let (stored, held) = Stored::of(space, rows, bytes, first, count)?;
                (Some(stored), held)
            }
            None => (None, space.hold_from(first, count)?),
        };
        Ok(Self {
            first,
            count,
            stored,
            held,
        })
    }
}
