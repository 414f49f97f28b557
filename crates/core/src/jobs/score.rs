//! A distance for each pair of a list.

use rayon::prelude::*;

use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::kernels::{GROUP, Kernels};
use crate::measure::rows::Rows;
use crate::measure::{ScoreOptions, Undefined, reference_of};
use crate::metrics::{
    Function, Group, Measurable, Metric, Needs, Node, Reference, RowStats, set_gap,
};
use crate::rows::{Embeddings, Row};

/// Pairs that one task scores before it asks whether to stop. Does not change results.
const PAIRS_PER_TASK: usize = 256;

/// Distances of the pairs `(index1[i], index2[i])`, smaller is more alike, in the order given.
///
/// Runs in the rayon pool that it is called in. The result does not depend on the number of
/// threads, on the instruction set, or on how the file is read. Two passes: one over the rows that
/// occur in a pair (norms, finiteness), one over the pairs. Memory: 24 bytes for each row of the
/// file and 8 for each pair and metric.
///
/// Errors: `EINDEX` (no such row), `EDIMENSION` (lists or columns that do not match), `EEMPTY`
/// (no rows, no pairs), `ENOTFINITE` (first such cell, count), `EDOMAIN`, `EUNDEFINED`,
/// `ESINGULAR`, `EINPUTCHANGED`, `EABORTED`.
pub fn score_pairs(
    embeddings: &Embeddings,
    index1: &[u32],
    index2: &[u32],
    options: &ScoreOptions<'_>,
    job: &Job,
) -> Result<Vec<f64>> {
    let used = used_rows(embeddings, index1, index2)?;
    if let Some(file) = embeddings.file() {
        file.arm();
    }
    let expression = options.metric;
    let rows = Rows::new(
        embeddings,
        &options.center,
        options.normalize,
        options.isa,
        job,
    )?;
    let stats = rows.survey(&used, expression, job)?;
    let reference = reference_of(&rows, options, job)?;

    let columns = expression.metrics().len();
    let mut values: Vec<Vec<f64>> = Vec::with_capacity(columns);
    for _ in 0..columns {
        values.push(zeros(index1.len())?);
    }
    job.begin("pairs", index1.len() as u64);
    let tasks: Vec<Task<'_>> = tasks(index1, index2, &mut values);
    let scorer = Scorer {
        rows: &rows,
        stats: &stats,
        metrics: expression.metrics(),
        reference: &reference,
    };
    let results: Vec<Result<()>> = tasks
        .into_par_iter()
        .map(|task| {
            job.check()?;
            scorer.score(task, job)
        })
        .collect();
    // A change of the file explains whatever else went wrong, so it is looked for first.
    embeddings.check_unchanged()?;
    if let Some(other) = options.reference {
        other.check_unchanged()?;
    }
    results.into_iter().collect::<Result<()>>()?;

    let undefined = |column: usize, pair: usize| {
        let (a, b) = (index1[pair] as usize, index2[pair] as usize);
        scorer.undefined(column, pair, a, b)
    };
    for (column, values) in values.iter_mut().enumerate() {
        settle(values, options.undefined, |pair| undefined(column, pair))?;
    }
    let distances = match (expression.root(), values.len()) {
        (Node::Metric(_), 1) => values.swap_remove(0),
        (root, _) => combine(root, &values, index1.len())?,
    };
    if let Some(pair) = distances.iter().position(|d| !d.is_finite()) {
        let found = format!(
            "{} for pair {pair} (rows {} and {})",
            distances[pair], index1[pair], index2[pair]
        );
        return Err(Error::new(Code::Undefined, found, "a finite distance").with_hint(
            "The expression divides by 0, takes the root of a negative number or overflows there",
        ));
    }
    Ok(distances)
}

/// Which rows occur in a pair; fails on the first number that is no row.
pub(crate) fn used_rows(
    embeddings: &Embeddings,
    index1: &[u32],
    index2: &[u32],
) -> Result<Vec<bool>> {
    let n = embeddings.rows();
    if index1.len() != index2.len() {
        let found = format!("{} first and {} second rows", index1.len(), index2.len());
        return Err(Error::new(Code::Dimension, found, "as many of each"));
    }
    if index1.is_empty() {
        return Err(Error::new(Code::Empty, "no pairs", "at least one"));
    }
    if n == 0 {
        return Err(embeddings.blame(Error::new(Code::Empty, "no rows", "at least one")));
    }
    let mut used = vec![false; n];
    for (pair, (a, b)) in index1.iter().zip(index2).enumerate() {
        for (side, row) in [("first", *a), ("second", *b)] {
            match used.get_mut(row as usize) {
                Some(seen) => *seen = true,
                None => {
                    let found = format!("row {row} as the {side} of pair {pair}");
                    return Err(Error::new(Code::Index, found, format!("a row below {n}")));
                }
            }
        }
    }
    Ok(used)
}

fn zeros(length: usize) -> Result<Vec<f64>> {
    let mut column = Vec::new();
    column
        .try_reserve_exact(length)
        .map_err(|_| Error::memory("the distances", length as u128 * 8))?;
    column.resize(length, 0.0);
    Ok(column)
}

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

struct Scorer<'a> {
    rows: &'a Rows<'a>,
    stats: &'a [RowStats],
    metrics: &'a [Metric],
    reference: &'a Reference,
}

impl Scorer<'_> {
    fn score(&self, mut task: Task<'_>, job: &Job) -> Result<()> {
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
                let (a, b) = (*a as usize, *b as usize);
                let x = self.rows.get(a, &mut x_scratch)?;
                let y = self.rows.get(b, &mut y_scratch)?;
                let (sx, sy) = (&self.stats[a], &self.stats[b]);
                let values = task.values.iter_mut().map(|v| &mut v[first + place]);
                let gap = (&mut gaps, place);
                match (x, y) {
                    (Row::F32(x), Row::F32(y)) => {
                        self.measure(&narrow, (x, sx), (y, sy), values, gap);
                    }
                    (Row::F64(x), Row::F64(y)) => {
                        self.measure(&double, (x, sx), (y, sy), values, gap);
                    }
                    _ => return Err(Error::internal("rows of two kinds in one matrix")),
                }
            }
            for (metric, values) in self.metrics.iter().zip(&mut task.values) {
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
    fn measure<'v, T: Measurable>(
        &self,
        kernels: &Kernels<T>,
        x: (&[T], &RowStats),
        y: (&[T], &RowStats),
        values: impl Iterator<Item = &'v mut f64>,
        (gaps, place): (&mut Group, usize),
    ) {
        for (metric, value) in self.metrics.iter().zip(values) {
            if metric.needs(Needs::Covariance) {
                set_gap(gaps, place, x.0, y.0);
            } else {
                *value = metric.pair(kernels, x, y, self.reference);
            }
        }
    }

    /// Why a value is undefined, naming the row at fault where it is one row's.
    fn undefined(&self, column: usize, pair: usize, a: usize, b: usize) -> Error {
        let metric = &self.metrics[column];
        let culprit = [a, b]
            .into_iter()
            .find(|row| metric.undefined_for(&self.stats[*row]));
        let found = format!(
            "{} in pair {pair} (rows {a} and {b}), for which {} is undefined",
            metric.info().undefined,
            metric.name()
        );
        let error = Error::new(Code::Undefined, found, "a pair with a distance")
            .with_row(culprit.unwrap_or(a))
            .with_hint(
                "Drop the row, or give such pairs the largest distance with --undefined max",
            );
        self.rows.embeddings.blame(error)
    }
}

/// Applies the policy to the undefined values of one metric.
fn settle(values: &mut [f64], policy: Undefined, error: impl Fn(usize) -> Error) -> Result<()> {
    let Some(first) = values.iter().position(|v| v.is_nan()) else {
        return Ok(());
    };
    let largest = values
        .iter()
        .copied()
        .filter(|v| !v.is_nan())
        .reduce(f64::max);
    match (policy, largest) {
        (Undefined::Max, Some(largest)) => {
            values
                .iter_mut()
                .filter(|v| v.is_nan())
                .for_each(|v| *v = largest);
            Ok(())
        }
        _ => Err(error(first)),
    }
}

/// The value of an expression for every pair, from the values of its metrics.
fn combine(node: &Node, metrics: &[Vec<f64>], length: usize) -> Result<Vec<f64>> {
    Ok(match node {
        Node::Number(value) => vec![*value; length],
        Node::Metric(place) => metrics[*place].clone(),
        Node::Negate(inside) => map(combine(inside, metrics, length)?, |v| -v),
        Node::Call(function, inside) => {
            let values = combine(inside, metrics, length)?;
            match function {
                Function::Abs => map(values, f64::abs),
                Function::Sqrt => map(values, f64::sqrt),
                Function::MinMax => min_max(values)?,
                Function::ZScore => z_score(values)?,
            }
        }
        Node::Binary(operator, left, right) => {
            let mut left = combine(left, metrics, length)?;
            let right = combine(right, metrics, length)?;
            let operate = Node::operation(*operator);
            left.iter_mut()
                .zip(right)
                .for_each(|(a, b)| *a = operate(*a, b));
            left
        }
    })
}

fn map(mut values: Vec<f64>, f: impl Fn(f64) -> f64) -> Vec<f64> {
    values.iter_mut().for_each(|v| *v = f(*v));
    values
}

fn min_max(values: Vec<f64>) -> Result<Vec<f64>> {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if low == high {
        return Err(constant("minmax", low));
    }
    Ok(map(values, |v| (v - low) / (high - low)))
}

fn z_score(values: Vec<f64>) -> Result<Vec<f64>> {
    // Rounding of the mean would give equal values a variance.
    if values.iter().all(|v| *v == values[0]) {
        return Err(constant("zscore", values[0]));
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
    if variance == 0.0 || !variance.is_finite() {
        return Err(Error::new(
            Code::Undefined,
            format!("a variance of {variance} inside zscore(…)"),
            "one that double precision holds",
        )
        .with_hint("Multiply the values by a constant inside zscore(…)"));
    }
    Ok(map(values, |v| (v - mean) / variance.sqrt()))
}

fn constant(function: &str, value: f64) -> Error {
    let found = format!("the same value {value} for every pair inside {function}(…)");
    Error::new(
        Code::Undefined,
        found,
        "values that differ, to rescale them",
    )
}
