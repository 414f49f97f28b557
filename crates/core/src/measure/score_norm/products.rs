//! Inner products of rows in memory, with the same bits on every instruction set.

use crate::error::Result;
use crate::job::memory::filled;
use crate::job::threads;
use crate::kernels::Isa;
use crate::kernels::products::PanelElement;

const PANEL: usize = <f64 as PanelElement>::PANEL;

/// Rows in panels, as the product kernels take them.
pub(super) struct Panels {
    width: usize,
    rows: usize,
    values: Vec<f64>,
}

impl Panels {
    /// Packs rows of `width` columns.
    pub(super) fn new(rows: &[f64], width: usize) -> Result<Self> {
        let count = rows.len() / width.max(1);
        let length = count.div_ceil(PANEL) * PANEL;
        let mut values = filled("packed rows", length.saturating_mul(width), 0.0)?;
        let panels = values.chunks_mut((PANEL * width).max(1));
        let panels = panels.zip(rows.chunks((PANEL * width).max(1)));
        threads::share(panels, |(panel, rows)| {
            for (lane, row) in rows.chunks_exact(width).enumerate() {
                for (k, value) in row.iter().enumerate() {
                    panel[k * PANEL + lane] = *value;
                }
            }
        });
        Ok(Self {
            width,
            rows: count,
            values,
        })
    }

    /// Columns that a product of these with other rows has: their number, and what fills the last
    /// panel.
    pub(super) fn stride(&self) -> usize {
        self.rows.div_ceil(PANEL) * PANEL
    }

    /// Fills `out` with the products of rows `first..` (a multiple of 16) of these with all rows of
    /// the others, row after row in strides of [`Self::stride`] of the others.
    pub(super) fn multiply(&self, isa: Isa, first: usize, others: &Self, out: &mut [f64]) {
        let multiply = f64::multiply_panels_in_steps(isa);
        let (length, stride) = (PANEL * self.width, others.stride());
        out.fill(0.0);
        let panels = self.values[first * self.width..].chunks_exact(length);
        for (a, out) in panels.zip(out.chunks_mut(PANEL * stride)) {
            for (j, b) in others.values.chunks_exact(length).enumerate() {
                multiply(a, b, &mut out[j * PANEL..], stride);
            }
        }
    }
}
