//! Distances of a list of pairs by a metric.

use std::slice::ChunksMut;

use rayon::prelude::*;

use super::MetricRows;
use super::combination::{combine, settle};
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::job::memory::filled;
use crate::kernels::Kernels;
use crate::measure::mapped;
use crate::metrics::{Metric, Needs, Node};
use crate::rows::Row;

/// Pairs that one task measures before it asks whether to stop. Does not change results.
const PAIRS_PER_TASK: usize = 256;

/// Pairs that lie between asking for two rows and measuring them: rows of pairs lie anywhere, and no processor sees
/// them coming. Does not change results.
const AHEAD: usize = 2;

/// A run of pairs and the places of their values, one slice for each metric that takes rows as they are.
struct Task<'a> {
    index1: &'a [u32],
    index2: &'a [u32],
    values: Vec<(&'a Metric, &'a mut [f64])>,
}

fn tasks<'a>(
    (index1, index2): (&'a [u32], &'a [u32]),
    values: impl Iterator<Item = (&'a Metric, &'a mut Vec<f64>)>,
) -> Vec<Task<'a>> {
    let mut columns: Vec<_> = values
        .map(|(metric, values)| (metric, values.chunks_mut(PAIRS_PER_TASK)))
        .collect();
    let pairs = index1
        .chunks(PAIRS_PER_TASK)
        .zip(index2.chunks(PAIRS_PER_TASK));
    pairs
        .map(|(index1, index2)| {
            let next = |(metric, chunks): &mut (&'a Metric, ChunksMut<'a, f64>)| {
                Some((*metric, chunks.next()?))
            };
            Task {
                index1,
                index2,
                values: columns.iter_mut().filter_map(next).collect(),
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
        let metrics = self.expression.metrics();
        let mut values = (metrics.iter())
            .map(|metric| match metric.needs(Needs::Covariance) {
                true => self.whitened_distances(metric, (index1, index2), job),
                false => filled("the distances", index1.len(), 0.0),
            })
            .collect::<Result<Vec<_>>>()?;
        let plain = (metrics.iter().zip(&mut values))
            .filter(|(metric, _)| !metric.needs(Needs::Covariance));
        let tasks = tasks((index1, index2), plain);
        if tasks.iter().any(|task| !task.values.is_empty()) {
            job.begin("pairs", index1.len() as u64);
            let done: Vec<Result<()>> = tasks
                .into_par_iter()
                .map(|task| {
                    job.check()?;
                    self.measure(task, job)
                })
                .collect();
            done.into_iter().collect::<Result<()>>()?;
        }
        for (metric, values) in metrics.iter().zip(&mut values) {
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
        for (pair, (a, b)) in task.index1.iter().zip(task.index2).enumerate() {
            let ahead = pair + AHEAD;
            if ahead < task.index1.len() {
                self.rows.fetch(task.index1[ahead]);
                self.rows.fetch(task.index2[ahead]);
            }
            let x = self.rows.get(*a as usize, &mut x_scratch)?;
            let y = self.rows.get(*b as usize, &mut y_scratch)?;
            let (sx, sy) = (self.stats_of(*a), self.stats_of(*b));
            for (metric, values) in &mut task.values {
                values[pair] = match (x, y) {
                    (Row::F32(x), Row::F32(y)) => {
                        metric.pair(&narrow, (x, sx), (y, sy), &self.reference)
                    }
                    (Row::F64(x), Row::F64(y)) => {
                        metric.pair(&double, (x, sx), (y, sy), &self.reference)
                    }
                    _ => return Err(Error::internal("rows of two kinds in one matrix")),
                };
            }
        }
        job.advance(task.index1.len() as u64);
        Ok(())
    }

    /// The distances of a metric that whitens the rows.
    fn whitened_distances(
        &self,
        metric: &Metric,
        (index1, index2): (&[u32], &[u32]),
        job: &Job,
    ) -> Result<Vec<f64>> {
        let occurring = match &self.occurring {
            Some(rows) => rows.numbers(),
            None => (0..self.stats.len() as u32).collect(),
        };
        let lists = [index1, index2];
        mapped::pair_distances(self, &occurring, lists, job, |pair, rows| {
            let distance = self.whitened(rows);
            if !distance.is_nan() {
                return Ok(distance);
            }
            let (a, b) = (index1[pair], index2[pair]);
            let (mut x_scratch, mut y_scratch) = (self.rows.scratch(), self.rows.scratch());
            let x = self.rows.get(a as usize, &mut x_scratch)?;
            let y = self.rows.get(b as usize, &mut y_scratch)?;
            Ok(self.value(metric, (x, self.stats_of(a)), (y, self.stats_of(b))))
        })
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
