//! Rows as a metric meets them: centered, divided by their norms, checked.

use ndarray::Array2;
use rayon::prelude::*;

use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::kernels::{Element, Isa, Kernels};
use crate::metrics::{Expression, Needs, RowStats};
use crate::rows::RowSource;
use crate::rows::{Embeddings, Row, normalize};
use crate::statistics::{
    Arithmetic, Denominator, GatherOptions, covariance, gather, total_scatter,
};

/// Rows that one task looks at before it asks whether to stop. Fixed: sums over rows are folded
/// block by block, so this is part of their last bits.
const BLOCK: usize = 256;

/// The vector subtracted from every row first.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Centering {
    /// Nothing.
    #[default]
    None,
    /// The mean of all rows.
    Mean,
    /// This vector of d numbers.
    Given(Vec<f64>),
}

/// The scaling of a row after centering.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Normalize {
    /// Nothing.
    #[default]
    None,
    /// Divided by its Euclidean norm.
    L2,
}

/// Embeddings behind a centering and a normalisation.
pub(super) struct Preprocessed<'a> {
    pub(super) embeddings: &'a Embeddings,
    /// All rows, where they are used as they are.
    in_place: Option<&'a [f32]>,
    center: Option<Vec<f64>>,
    normalize: Normalize,
    pub(super) isa: Isa,
}

impl<'a> Preprocessed<'a> {
    pub(super) fn new(
        embeddings: &'a Embeddings,
        center: &Centering,
        normalize: Normalize,
        isa: Isa,
        job: &Job,
    ) -> Result<Self> {
        let mut rows = Self {
            embeddings,
            in_place: None,
            center: None,
            normalize,
            isa,
        };
        rows.center = match center {
            Centering::None => None,
            Centering::Given(vector) if vector.len() == embeddings.dim() => Some(vector.clone()),
            Centering::Given(vector) => {
                let found = format!("a center of {} numbers", vector.len());
                let expected = format!("one for each of the {} columns", embeddings.dim());
                return Err(Error::new(Code::Dimension, found, expected));
            }
            Centering::Mean => Some(mean(embeddings, job)?),
        };
        if rows.center.is_none() && normalize == Normalize::None {
            rows.in_place = embeddings.as_f32();
        }
        Ok(rows)
    }

    pub(super) fn dim(&self) -> usize {
        self.embeddings.dim()
    }

    /// What is subtracted from every row, as numbers.
    pub(super) fn center(&self) -> Centering {
        self.center
            .clone()
            .map_or(Centering::None, Centering::Given)
    }

    /// Room for one row; none is needed where rows are used in place.
    pub(super) fn scratch(&self) -> Vec<f64> {
        if self.in_place.is_some() {
            Vec::new()
        } else {
            vec![0.0; self.dim()]
        }
    }

    /// The row, whose number is known to exist.
    pub(super) fn get<'s>(&'s self, row: usize, scratch: &'s mut [f64]) -> Result<Row<'s>> {
        if let Some(rows) = self.in_place {
            return Ok(Row::F32(&rows[row * self.dim()..][..self.dim()]));
        }
        self.embeddings.read_rows(row, scratch)?;
        if let Some(center) = &self.center {
            for (value, c) in scratch.iter_mut().zip(center) {
                *value -= c;
            }
        }
        if self.normalize == Normalize::L2 {
            // Zeros stay zeros; the metric decides whether it is defined for them.
            normalize(scratch, self.isa);
        }
        Ok(Row::F64(scratch))
    }

    /// Looks once at every row marked as used: its moments, and that all its entries are finite
    /// and in the domain of the metrics.
    pub(super) fn survey(
        &self,
        used: &[bool],
        metric: &Expression,
        job: &Job,
    ) -> Result<Vec<RowStats>> {
        let centered = metric
            .metrics()
            .iter()
            .any(|m| m.needs(Needs::CenteredNorm));
        let non_negative = metric
            .metrics()
            .iter()
            .find(|m| m.needs(Needs::NonNegative));
        let (narrow, double) = (Kernels::for_isa(self.isa), Kernels::for_isa(self.isa));
        let mut stats = Vec::new();
        stats
            .try_reserve_exact(used.len())
            .map_err(|_| Error::memory("the norms of the rows", used.len() as u128 * 24))?;
        stats.resize(used.len(), RowStats::default());
        job.begin("rows", used.len() as u64);
        let blocks = stats
            .par_chunks_mut(BLOCK)
            .zip(used.par_chunks(BLOCK))
            .enumerate();
        let findings: Vec<Result<Findings>> = blocks
            .map(|(block, (stats, used))| {
                job.check()?;
                let mut findings = Findings::default();
                let mut scratch = self.scratch();
                for (i, _) in used.iter().enumerate().filter(|(_, used)| **used) {
                    let row = block * BLOCK + i;
                    let values = self.get(row, &mut scratch)?;
                    stats[i] = match values {
                        Row::F32(x) => describe(&narrow, x, centered),
                        Row::F64(x) => describe(&double, x, centered),
                    };
                    if !stats[i].sumsq.is_finite() {
                        findings.add_non_finite(row, values.first_non_finite());
                    } else if non_negative.is_some() && findings.negative.is_none() {
                        findings.negative = first_negative(values).map(|(c, v)| (row, c, v));
                    }
                }
                job.advance(used.len() as u64);
                Ok(findings)
            })
            .collect();
        let mut all = Findings::default();
        for findings in findings {
            all.merge(findings?);
        }
        self.report(&all, non_negative.map(|m| m.name()))?;
        Ok(stats)
    }

    fn report(&self, findings: &Findings, domain_of: Option<&str>) -> Result<()> {
        if let Some((row, cell)) = findings.non_finite {
            let more = match findings.bad_rows {
                1 => String::new(),
                n => format!(" ({n} of the rows used have such entries)"),
            };
            let error = match cell {
                Some((column, value)) => {
                    Error::new(Code::NotFinite, format!("{value}{more}"), "a finite number")
                        .with_column(column)
                }
                None => {
                    let found = format!("a squared norm beyond double precision{more}");
                    Error::new(Code::NotFinite, found, "entries below 1e150")
                }
            };
            let error = error.with_row(row).with_hint("Drop or repair the row");
            return Err(self.embeddings.blame(error));
        }
        if let (Some((row, column, value)), Some(metric)) = (findings.negative, domain_of) {
            let error = Error::new(
                Code::Domain,
                format!("{value}"),
                format!("no entry below 0 under {metric}"),
            )
            .with_row(row)
            .with_column(column)
            .with_hint(format!(
                "{metric} compares distributions; use cosine or euclidean here"
            ));
            return Err(self.embeddings.blame(error));
        }
        Ok(())
    }

    /// Variance of each column over all rows, denominator n−1.
    pub(super) fn variances(&self, job: &Job) -> Result<Vec<f64>> {
        self.require_two_rows()?;
        let mean = self.mean(job)?;
        let mut sums = vec![0.0; self.dim()];
        self.for_blocks("variance", job, |block| {
            for row in block.chunks_exact(mean.len()) {
                for ((sum, value), mean) in sums.iter_mut().zip(row).zip(&mean) {
                    *sum += (value - mean) * (value - mean);
                }
            }
        })?;
        self.clear_constant(&mean, &mut sums, job)?;
        let denominator = (self.embeddings.rows() - 1) as f64;
        Ok(sums.into_iter().map(|sum| sum / denominator).collect())
    }

    /// Sets to 0 the sums of squares of columns that hold one value: the mean of equal values is
    /// rounded, and what is left beside it is no variance.
    fn clear_constant(&self, mean: &[f64], sums: &mut [f64], job: &Job) -> Result<()> {
        let n = self.embeddings.rows() as f64;
        let rounding = |mean: f64| n * f64::EPSILON * mean;
        let doubtful =
            |(sum, mean): (&f64, &f64)| *sum > 0.0 && *sum <= n * rounding(*mean).powi(2);
        let columns: Vec<usize> = (sums.iter().zip(mean).enumerate())
            .filter(|(_, pair)| doubtful(*pair))
            .map(|(column, _)| column)
            .collect();
        if columns.is_empty() {
            return Ok(());
        }
        let mut range = vec![(f64::INFINITY, f64::NEG_INFINITY); columns.len()];
        self.for_blocks("variance", job, |block| {
            for row in block.chunks_exact(mean.len()) {
                for ((low, high), column) in range.iter_mut().zip(&columns) {
                    (*low, *high) = (low.min(row[*column]), high.max(row[*column]));
                }
            }
        })?;
        for ((low, high), column) in range.into_iter().zip(columns) {
            if low == high {
                sums[column] = 0.0;
            }
        }
        Ok(())
    }

    /// Covariance of the columns over all rows, denominator n−1, in double precision.
    pub(super) fn covariance(&self, job: &Job) -> Result<Array2<f64>> {
        self.require_two_rows()?;
        let options = GatherOptions {
            arithmetic: Arithmetic::Double,
            phase: "covariance",
            ..GatherOptions::default()
        };
        let bundle = gather(self, None, &options, job).map_err(|e| self.embeddings.blame(e))?;
        covariance(&bundle, total_scatter(&bundle)?, Denominator::RowsLessOne)
    }

    fn mean(&self, job: &Job) -> Result<Vec<f64>> {
        let mut mean = vec![0.0; self.dim()];
        let d = mean.len();
        self.for_blocks("mean", job, |block| {
            for row in block.chunks_exact(d) {
                for (sum, value) in mean.iter_mut().zip(row) {
                    *sum += value;
                }
            }
        })?;
        let n = self.embeddings.rows() as f64;
        mean.iter_mut().for_each(|sum| *sum /= n);
        Ok(mean)
    }

    fn require_two_rows(&self) -> Result<()> {
        match self.embeddings.rows() {
            n @ 0..2 => Err(self.embeddings.blame(Error::new(
                Code::Empty,
                format!("{n} rows"),
                "at least two, to estimate a variance",
            ))),
            _ => Ok(()),
        }
    }

    /// Hands out all rows, block by block in order, as the metric would meet them.
    fn for_blocks(
        &self,
        phase: &'static str,
        job: &Job,
        mut each: impl FnMut(&[f64]),
    ) -> Result<()> {
        let (n, d) = (self.embeddings.rows(), self.dim());
        job.begin(phase, n as u64);
        let mut block = Vec::new();
        for first in (0..n).step_by(BLOCK) {
            job.check()?;
            let count = BLOCK.min(n - first);
            block.resize(count * d, 0.0);
            let filled: Vec<Result<()>> = block
                .par_chunks_mut(d)
                .enumerate()
                .map(|(i, out)| {
                    let mut scratch = self.scratch();
                    let row = self.get(first + i, &mut scratch)?;
                    if let Some((column, value)) = row.first_non_finite() {
                        let error =
                            Error::new(Code::NotFinite, format!("{value}"), "a finite number")
                                .with_row(first + i)
                                .with_column(column)
                                .with_hint("Drop or repair the row");
                        return Err(self.embeddings.blame(error));
                    }
                    match row {
                        Row::F32(x) => out.iter_mut().zip(x).for_each(|(o, v)| *o = v.widen()),
                        Row::F64(x) => out.copy_from_slice(x),
                    }
                    Ok(())
                })
                .collect();
            filled.into_iter().collect::<Result<()>>()?;
            each(&block);
            job.advance(count as u64);
        }
        Ok(())
    }
}

/// Mean of all rows of a file, for centering: `n ≥ 1` rows, denominator n.
pub fn mean(embeddings: &Embeddings, job: &Job) -> Result<Vec<f64>> {
    if embeddings.rows() == 0 {
        return Err(embeddings.blame(Error::new(
            Code::Empty,
            "no rows",
            "at least one, to take the mean of",
        )));
    }
    Preprocessed::new(
        embeddings,
        &Centering::None,
        Normalize::None,
        Isa::best(),
        job,
    )?
    .mean(job)
}

/// Rows as the metric meets them, for a pass over all of them.
impl RowSource for Preprocessed<'_> {
    fn rows(&self) -> usize {
        self.embeddings.rows()
    }

    fn dim(&self) -> usize {
        self.embeddings.dim()
    }

    fn read_rows_f32(&self, first: usize, out: &mut [f32]) -> Result<()> {
        let mut wide = vec![0.0; out.len()];
        self.read_rows_f64(first, &mut wide)?;
        for (narrow, wide) in out.iter_mut().zip(wide) {
            *narrow = wide as f32;
        }
        Ok(())
    }

    fn read_rows_f64(&self, first: usize, out: &mut [f64]) -> Result<()> {
        let mut scratch = self.scratch();
        for (i, out) in out.chunks_exact_mut(self.embeddings.dim()).enumerate() {
            match self.get(first + i, &mut scratch)? {
                Row::F32(x) => out.iter_mut().zip(x).for_each(|(o, v)| *o = v.widen()),
                Row::F64(x) => out.copy_from_slice(x),
            }
        }
        Ok(())
    }
}

/// What a survey met that should not be there.
#[derive(Default)]
struct Findings {
    bad_rows: usize,
    /// First such row, and its first such cell unless only the sum overflowed.
    non_finite: Option<(usize, Option<(usize, f64)>)>,
    negative: Option<(usize, usize, f64)>,
}

impl Findings {
    fn add_non_finite(&mut self, row: usize, cell: Option<(usize, f64)>) {
        self.bad_rows += 1;
        self.non_finite.get_or_insert((row, cell));
    }

    fn merge(&mut self, later: Self) {
        self.bad_rows += later.bad_rows;
        self.non_finite = self.non_finite.or(later.non_finite);
        self.negative = self.negative.or(later.negative);
    }
}

fn describe<T: Element>(k: &Kernels<T>, x: &[T], centered: bool) -> RowStats {
    let [sum, sumsq] = (k.moments)(x);
    let mean = sum / x.len() as f64;
    let centered = if centered {
        (k.centered_dot)(x, x, mean, mean)
    } else {
        0.0
    };
    RowStats {
        sum,
        sumsq,
        centered,
    }
}

fn first_negative(row: Row<'_>) -> Option<(usize, f64)> {
    fn find<T: Element>(row: &[T]) -> Option<(usize, f64)> {
        row.iter()
            .map(|v| v.widen())
            .enumerate()
            .find(|(_, value)| *value < 0.0)
    }
    match row {
        Row::F32(row) => find(row),
        Row::F64(row) => find(row),
    }
}
