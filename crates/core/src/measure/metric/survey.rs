//! One look at the rows that take part: their moments, and whether a metric can take them.

use std::ops::Range;

use rayon::prelude::*;

use super::preprocess::{BLOCK, Preprocessed};
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::job::memory::filled;
use crate::kernels::{Element, Kernels};
use crate::measure::pairs::Occurring;
use crate::metrics::{Expression, Needs, RowStats};
use crate::rows::{Row, rescale};

/// Squared norms of rows whose squares and products stay in the range of doubles.
const ORDINARY: Range<f64> = 1e-150..1e150;

impl Preprocessed<'_> {
    /// Looks once at every row that occurs: its moments, and that all its entries are finite and in the
    /// domain of the metrics. Notes the rows to rescale.
    pub(super) fn survey(
        &mut self,
        occurring: &Occurring,
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
        let rescales = metric.metrics().iter().all(|m| m.is_of_directions());
        let (narrow, double) = (Kernels::for_isa(self.isa), Kernels::for_isa(self.isa));
        let places = occurring.places();
        let mut stats = filled("the norms of the rows", places, RowStats::default())?;
        job.begin("rows", places as u64);
        let this = &*self;
        let findings: Vec<Result<Findings>> = stats
            .par_chunks_mut(BLOCK)
            .enumerate()
            .map(|(block, stats)| {
                job.check()?;
                let mut findings = Findings::default();
                let mut scratch = this.scratch();
                for (i, stats) in stats.iter_mut().enumerate() {
                    let Some(row) = occurring.row(block * BLOCK + i) else {
                        continue;
                    };
                    let values = this.get(row, &mut scratch)?;
                    *stats = match values {
                        Row::F32(x) => describe(&narrow, x, centered),
                        Row::F64(x) => describe(&double, x, centered),
                    };
                    if rescales && !ORDINARY.contains(&stats.sumsq) {
                        let mut wide = values.widened();
                        if rescale(&mut wide) {
                            *stats = describe(&double, &wide, centered);
                            findings.rescaled.push(row as u32);
                        }
                    }
                    if !stats.sumsq.is_finite() {
                        findings.add_non_finite(row, values.first_non_finite());
                    } else if non_negative.is_some() && findings.negative.is_none() {
                        findings.negative = first_negative(values).map(|(c, v)| (row, c, v));
                    }
                }
                job.advance(stats.len() as u64);
                Ok(findings)
            })
            .collect();
        let mut all = Findings::default();
        for findings in findings {
            all.merge(findings?);
        }
        self.report(&all, non_negative.map(|m| m.name()))?;
        self.rescaled = all.rescaled;
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
}

/// Entries that no metric, or not this one, can take.
#[derive(Default)]
struct Findings {
    bad_rows: usize,
    /// First such row, and its first such cell unless only the sum overflowed.
    non_finite: Option<(usize, Option<(usize, f64)>)>,
    negative: Option<(usize, usize, f64)>,
    rescaled: Vec<u32>,
}

impl Findings {
    fn add_non_finite(&mut self, row: usize, cell: Option<(usize, f64)>) {
        self.bad_rows += 1;
        self.non_finite.get_or_insert((row, cell));
    }

    fn merge(&mut self, mut later: Self) {
        self.rescaled.append(&mut later.rescaled);
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
