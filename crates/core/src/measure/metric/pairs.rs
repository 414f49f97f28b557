//! Distances of a list of pairs by a metric.

use rayon::prelude::*;

use super::MetricRows;
use super::combination::{combine, settle};
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::job::memory::filled;
use crate::kernels::{GROUP, Group, Kernels};
use crate::metrics::{Measurable, Metric, Needs, Node, RowStats, set_gap};
use crate::rows::Row;

/// Pairs that one task measures before it asks whether to stop. Does not change results.
const PAIRS_PER_TASK: usize = 256;

/// A run of pairs and the places of their values, one slice for each metric.
struct Task<'a> {
    index1: &'a [u32],
    index2: &'a [u32],
    values: Vec<&'a mut [f64]>,
}

fn tasks<'a>(index1: &'a [u32], index2: &'a [u32], values: &'a mut [Vec<f64>]) -> Vec<Task<'a>> {
    let mut columns: Vec<_> = values
        .iter_mut()
        .map(|v| v.chunks_mut(PAIRS_PER_TASK))
        .collect();
    let pairs = index1
        .chunks(PAIRS_PER_TASK)
        .zip(index2.chunks(PAIRS_PER_TASK));
    pairs
        .map(|(index1, index2)| {
            let values = columns.iter_mut().filter_map(Iterator::next).collect();
            Task {
                index1,
                index2,
                values,
            }
        })
        .collect()
}

impl MetricRows<'_> {
    /// The distance of each pair; not finite where the expression overflows or divides by 0.
    pub(in crate::measure) fn pair_distances(
        &self,
        (index1, index2): (&[u32], &[u32]),
        job: &Job,
    ) -> Result<Vec<f64>> {
        let mut values = (self.expression.metrics().iter())
            .map(|_| filled("the distances", index1.len(), 0.0))
            .collect::<Result<Vec<_>>>()?;
        job.begin("pairs", index1.len() as u64);
        let tasks = tasks(index1, index2, &mut values);
        let done: Vec<Result<()>> = tasks
            .into_par_iter()
            .map(|task| {
                job.check()?;
                self.measure(task, job)
            })
            .collect();
        done.into_iter().collect::<Result<()>>()?;
        for (metric, values) in self.expression.metrics().iter().zip(&mut values) {
            settle(values, self.undefined, |pair| {
                self.undefined_pair(metric, pair, index1[pair], index2[pair])
            })?;
        }
        match (self.expression.root(), values.len()) {
            (Node::Metric(_), 1) => Ok(values.swap_remove(0)),
            (root, _) => combine(root, &values, index1.len()),
        }
    }

    fn measure(&self, mut task: Task<'_>, job: &Job) -> Result<()> {
        let (narrow, double) = (
            Kernels::for_isa(self.rows.isa),
            Kernels::for_isa(self.rows.isa),
        );
        let (mut x_scratch, mut y_scratch) = (self.rows.scratch(), self.rows.scratch());
        let mut gaps = self.reference.whitening.group();
        let groups = task
            .index1
            .chunks(GROUP)
            .zip(task.index2.chunks(GROUP))
            .enumerate();
        for (group, (index1, index2)) in groups {
            let first = group * GROUP;
            for (place, (a, b)) in index1.iter().zip(index2).enumerate() {
                let x = self.rows.get(*a as usize, &mut x_scratch)?;
                let y = self.rows.get(*b as usize, &mut y_scratch)?;
                let (sx, sy) = (self.stats_of(*a), self.stats_of(*b));
                let values = task.values.iter_mut().map(|v| &mut v[first + place]);
                let gap = (&mut gaps, place);
                match (x, y) {
                    (Row::F32(x), Row::F32(y)) => {
                        self.measure_pair(&narrow, (x, sx), (y, sy), values, gap);
                    }
                    (Row::F64(x), Row::F64(y)) => {
                        self.measure_pair(&double, (x, sx), (y, sy), values, gap);
                    }
                    _ => return Err(Error::internal("rows of two kinds in one matrix")),
                }
            }
            for (metric, values) in self.expression.metrics().iter().zip(&mut task.values) {
                if metric.needs(Needs::Covariance) {
                    let squares = self.reference.whitening.squares(&gaps);
                    let values = values[first..].iter_mut().zip(squares);
                    values.for_each(|(value, square)| *value = square.sqrt());
                }
            }
        }
        job.advance(task.index1.len() as u64);
        Ok(())
    }

    /// The values of one pair; where a metric takes several pairs at once, its gap instead.
    fn measure_pair<'v, T: Measurable>(
        &self,
        kernels: &Kernels<T>,
        x: (&[T], &RowStats),
        y: (&[T], &RowStats),
        values: impl Iterator<Item = &'v mut f64>,
        (gaps, place): (&mut Group, usize),
    ) {
        for (metric, value) in self.expression.metrics().iter().zip(values) {
            if metric.needs(Needs::Covariance) {
                set_gap(gaps, place, x.0, y.0);
            } else {
                *value = metric.pair(kernels, x, y, &self.reference);
            }
        }
    }

    /// The error for an undefined value, naming the row at fault where it is one row's.
    fn undefined_pair(&self, metric: &Metric, pair: usize, a: u32, b: u32) -> Error {
        let culprit = [a, b]
            .into_iter()
            .find(|row| metric.undefined_for(self.stats_of(*row)));
        let of = self.rows.embeddings;
        let found = format!(
            "{} in pair {pair} (rows {} and {}), for which {} is undefined",
            metric.info().undefined,
            of.numbered(a),
            of.numbered(b),
            metric.name()
        );
        let error = Error::new(Code::Undefined, found, "a pair with a distance")
            .with_row(culprit.unwrap_or(a) as usize)
            .with_hint("Drop the row")
            .with_advice(
                "give such pairs the largest distance",
                "onUndefined",
                Some("max"),
            );
        self.rows.embeddings.blame(error)
    }
}
