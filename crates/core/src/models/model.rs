//! A fitted metric.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::affine::{Chain, Stage};
use super::scorer::Scorer;
use crate::error::{Code, Error, Result, counted};
use crate::job::memory::filled;
use crate::kernels::PairSum;

/// Rows prepared by one task, where they are not wide.
const PREPARED_ROWS: usize = 256;
/// Bytes of the mapped rows of one task, beyond one row.
const PREPARED_BYTES: usize = 16 << 20;

/// Maps of rows and a form over pairs of mapped rows.
///
/// Distances are doubles; smaller is more alike. The cheap way to many pairs is to prepare each
/// row once with [`project_rows`](Self::project_rows) and to compare prepared rows with
/// [`pair_distance`](Self::pair_distance). The bits of a prepared row depend on that row alone.
#[derive(Clone, Debug)]
pub struct Model {
    stages: Vec<Stage>,
    scorer: Scorer,
    chain: Chain,
    card: BTreeMap<String, String>,
}

impl Model {
    /// A model from parts that fit each other.
    ///
    /// Errors: `EDIMENSION` if they do not.
    pub fn new(
        input_dim: usize,
        stages: Vec<Stage>,
        scorer: Scorer,
        card: BTreeMap<String, String>,
    ) -> Result<Self> {
        let chain = Chain::new(input_dim, &stages)?;
        let mapped = chain.output_dim();
        let needs = match &scorer {
            Scorer::Plda(form) => form.psi.len() == mapped,
            Scorer::HeavyTailed(form) => form.psi.len() <= mapped,
            Scorer::SignedSquared { positive } => *positive <= mapped,
            _ => true,
        };
        if !needs {
            return Err(Error::new(
                Code::Dimension,
                format!("a '{}' form on {mapped} columns", scorer.name()),
                "a form that fits the maps before it",
            ));
        }
        Ok(Self {
            stages,
            scorer,
            chain,
            card,
        })
    }

    /// Columns of the rows that the model takes.
    pub fn input_dim(&self) -> usize {
        self.chain.input_dim()
    }

    /// Columns of mapped rows, before the scorer prepares them.
    pub fn mapped_dim(&self) -> usize {
        self.chain.output_dim()
    }

    /// Columns of prepared rows.
    pub fn projected_dim(&self) -> usize {
        self.scorer.projected_dim(self.mapped_dim())
    }

    /// The maps, in order.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// The form over pairs.
    pub fn scorer(&self) -> &Scorer {
        &self.scorer
    }

    /// Facts about the fit, by name.
    pub fn card(&self) -> &BTreeMap<String, String> {
        &self.card
    }

    /// Records something about the fit.
    pub fn set_card(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.card.insert(name.into(), value.into());
    }

    /// Refuses data of another width.
    ///
    /// Errors: `EDIMENSION` with both widths.
    pub fn check_dim(&self, dim: usize) -> Result<()> {
        if dim == self.input_dim() {
            return Ok(());
        }
        Err(Error::new(
            Code::Dimension,
            format!("rows of {}", counted(dim, "column", "columns")),
            format!("{}, as the model was fitted on", self.input_dim()),
        ))
    }

    /// Maps rows (`n × input_dim`) to `out` (`n × mapped_dim`), without the scorer's preparation.
    ///
    /// Errors: `EDIMENSION` if the shapes do not fit.
    pub fn map_rows(&self, rows: &[f64], out: &mut [f64]) -> Result<()> {
        self.check_shapes(rows.len(), out.len(), self.mapped_dim())?;
        self.chain.apply(rows, out)
    }

    /// Prepares rows (`n × input_dim`) into `out` (`n × projected_dim`), in parallel.
    ///
    /// Errors: `EDIMENSION` if the shapes do not fit; `ENOTFINITE` for a row that is not finite
    /// and `EUNDEFINED` for one that cosine cannot take, with the row's number in `rows`.
    pub fn project_rows(&self, rows: &[f64], out: &mut [f64]) -> Result<()> {
        let (mapped, width) = (self.mapped_dim(), self.projected_dim());
        self.check_shapes(rows.len(), out.len(), width)?;
        let block_rows = (PREPARED_BYTES / size_of::<f64>() / mapped).clamp(1, PREPARED_ROWS);
        let prepare = |(block, (out, rows)): (usize, (&mut [f64], &[f64]))| {
            self.project_block(block * block_rows, rows, out)
        };
        if out.len() <= block_rows * width {
            // To hand one block to a pool takes a while, and a row is prepared soon.
            return prepare((0, (out, rows)));
        }
        let first_error = out
            .par_chunks_mut(block_rows * width)
            .zip(rows.par_chunks(block_rows * self.input_dim()))
            .enumerate()
            .map(prepare)
            .collect::<Vec<_>>();
        first_error.into_iter().collect()
    }

    /// Prepares the rows of one task, of which `first` is the number of the first.
    fn project_block(&self, first: usize, rows: &[f64], out: &mut [f64]) -> Result<()> {
        let mapped = self.mapped_dim();
        if self.scorer.projects_in_place() {
            self.chain.apply(rows, out)?;
            let rows = out.chunks_exact_mut(mapped);
            return (first..).zip(rows).try_for_each(|(number, row)| {
                let done = require_finite(row).and_then(|()| self.scorer.project_in_place(row));
                done.map_err(|e| e.with_row(number))
            });
        }
        let count = rows.len() / self.input_dim();
        let mut room = filled("mapped rows", count.saturating_mul(mapped), 0.0)?;
        self.chain.apply(rows, &mut room)?;
        let out = out.chunks_exact_mut(self.projected_dim());
        let rows = room.chunks_exact(mapped).zip(out);
        (first..).zip(rows).try_for_each(|(number, (row, out))| {
            require_finite(row).map_err(|e| e.with_row(number))?;
            self.scorer.project(row, out);
            Ok(())
        })
    }

    /// Prepares one row.
    ///
    /// Errors: as [`project_rows`](Self::project_rows).
    pub fn project(&self, row: &[f64]) -> Result<Vec<f64>> {
        self.check_dim(row.len())?;
        let mut out = filled("a prepared row", self.projected_dim(), 0.0)?;
        self.project_rows(row, &mut out)?;
        Ok(out)
    }

    /// Distance of two prepared rows, both of [`projected_dim`](Self::projected_dim) values.
    pub fn pair_distance(&self, x: &[f64], y: &[f64]) -> f64 {
        self.pair_distance_knowing(None, x, y)
    }

    /// [`Self::pair_distance`] of rows whose [`Self::pair_sum`] is known.
    pub(crate) fn pair_distance_knowing(&self, known: Option<f64>, x: &[f64], y: &[f64]) -> f64 {
        self.scorer.distance(known, x, y)
    }

    /// The sum over two prepared rows that may be computed for several pairs at once, and the columns that
    /// it takes.
    pub(crate) fn pair_sum(&self) -> Option<(PairSum, usize)> {
        self.scorer.pair_sum(self.projected_dim())
    }

    /// Distance of two rows.
    ///
    /// Errors: as [`project_rows`](Self::project_rows).
    pub fn distance(&self, x: &[f64], y: &[f64]) -> Result<f64> {
        Ok(self.pair_distance(&self.project(x)?, &self.project(y)?))
    }

    fn check_shapes(&self, rows: usize, out: usize, width: usize) -> Result<()> {
        let count = rows / self.input_dim();
        if count * self.input_dim() != rows || count.checked_mul(width) != Some(out) {
            return Err(Error::new(
                Code::Dimension,
                format!("{rows} values to map and room for {out}"),
                format!(
                    "rows of {} columns and room for {width} each",
                    self.input_dim()
                ),
            ));
        }
        Ok(())
    }
}

fn require_finite(mapped: &[f64]) -> Result<()> {
    if mapped.iter().all(|v| v.is_finite()) {
        return Ok(());
    }
    let found = "a row that is not finite after mapping";
    Err(Error::new(Code::NotFinite, found, "finite numbers"))
}
