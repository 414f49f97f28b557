//! Stored rows made ready to be searched, all at once or a part at a time.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::codes::Stored;
use crate::error::Result;
use crate::job::{Job, memory};
use crate::kernels::products::bytes::{ByteProducts, PANEL_BYTES};
use crate::measure::{Batch, KeyShape, Prepared};

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
    pub(super) batch: Batch,
    backwards: AtomicBool,
}

/// The most rows of a chunk; so many keep every thread busy and leave progress to be seen.
const MOST_ROWS: usize = 1 << 15;

impl Index {
    /// Makes all rows ready. Memory: a byte for each column of a key row, 16 bytes for each row,
    /// and under a model 8 for each column of a mapped row.
    ///
    /// Errors: `EMEMORY` before any work, those of reading and mapping rows, `EINPUTCHANGED`, `EABORTED`.
    pub fn new(set: &Prepared<'_>, job: &Job) -> Result<Self> {
        Self::at(ByteProducts::for_isa(set.isa()), set, job)
    }

    pub(super) fn at(bytes: ByteProducts, set: &Prepared<'_>, job: &Job) -> Result<Self> {
        memory::require("the index", Self::bytes(set))?;
        job.begin("preparing", set.rows() as u64);
        set.while_unchanged(|| {
            let chunks = chunks(set, usize::MAX).map(|(first, count)| {
                job.check()?;
                let chunk = Chunk::new(bytes, set, first, count)?;
                job.advance(count as u64);
                Ok(chunk)
            });
            let chunks = chunks.collect::<Result<_>>()?;
            Ok(Self { bytes, chunks })
        })
    }

    pub(super) fn byte_products(&self) -> ByteProducts {
        self.bytes
    }

    pub(super) fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// Bytes that the index of these rows takes.
    pub fn bytes(set: &Prepared<'_>) -> usize {
        set.rows().saturating_mul(row_bytes(keys_of(set), set))
    }
}

/// The shape of the key rows that are searched by; sums of longer ones could leave 32 bits.
pub(super) fn keys_of(set: &Prepared<'_>) -> Option<KeyShape> {
    set.key_shape().filter(|shape| shape.width <= 1 << 16)
}

fn row_bytes(keys: Option<KeyShape>, set: &Prepared<'_>) -> usize {
    keys.map_or(0, Stored::row_bytes) + set.batch_row_bytes()
}

/// Bytes of the largest of these [`chunks`]: more than `memory` where a few rows are.
pub(super) fn chunk_bytes(set: &Prepared<'_>, memory: usize) -> usize {
    let least = PANEL_BYTES.saturating_mul(row_bytes(keys_of(set), set));
    memory.max(least).min(Index::bytes(set))
}

/// First row and number of rows of each chunk, so that one takes at most `memory` bytes.
pub(super) fn chunks(set: &Prepared<'_>, memory: usize) -> impl Iterator<Item = (usize, usize)> {
    let most = memory / row_bytes(keys_of(set), set).max(1);
    let size = (most / PANEL_BYTES * PANEL_BYTES).clamp(PANEL_BYTES, MOST_ROWS);
    let rows = set.rows();
    (0..rows)
        .step_by(size)
        .map(move |first| (first, size.min(rows - first)))
}

impl Chunk {
    pub(super) fn new(
        bytes: ByteProducts,
        set: &Prepared<'_>,
        first: usize,
        count: usize,
    ) -> Result<Self> {
        let (stored, batch) = match keys_of(set) {
            Some(shape) => {
                let (stored, batch) = Stored::of(set, shape, bytes, (first, count))?;
                (Some(stored), batch)
            }
            None => (None, set.run(first, count)?),
        };
        Ok(Self {
            first,
            count,
            stored,
            batch,
            backwards: AtomicBool::default(),
        })
    }

    /// The direction of the next pass over the rows, the other than that of the last; true for backwards.
    pub(super) fn turn(&self) -> bool {
        self.backwards.fetch_not(Relaxed)
    }
}
