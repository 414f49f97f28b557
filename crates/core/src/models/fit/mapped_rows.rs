//! Rows after the stages that are fitted already.

use crate::error::Result;
use crate::job::memory::filled;
use crate::models::affine::{Chain, Stage};
use crate::rows::RowSource;

/// Rows of a source after the stages before a stretch.
pub(super) struct MappedRows<'a> {
    source: &'a dyn RowSource,
    chain: Chain,
}

impl<'a> MappedRows<'a> {
    pub(super) fn new(source: &'a dyn RowSource, stages: &[Stage]) -> Result<Self> {
        let chain = Chain::new(source.dim(), stages)?;
        Ok(Self { source, chain })
    }
}

impl RowSource for MappedRows<'_> {
    fn rows(&self) -> usize {
        self.source.rows()
    }

    fn dim(&self) -> usize {
        self.chain.output_dim()
    }

    fn read_rows_f32(&self, first: usize, out: &mut [f32]) -> Result<()> {
        let mut wide = filled("a block of rows", out.len(), 0.0)?;
        self.read_rows_f64(first, &mut wide)?;
        for (out, wide) in out.iter_mut().zip(&wide) {
            *out = *wide as f32;
        }
        Ok(())
    }

    fn read_rows_f64(&self, first: usize, out: &mut [f64]) -> Result<()> {
        let count = out.len() / self.dim();
        let mut rows = filled(
            "a block of rows",
            count.saturating_mul(self.source.dim()),
            0.0,
        )?;
        self.source.read_rows_f64(first, &mut rows)?;
        self.chain.apply(&rows, out)
    }
}
