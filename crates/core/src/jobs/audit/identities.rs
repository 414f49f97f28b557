//! Classes that look like one person under two labels.

use rayon::prelude::*;

use super::class_sums::ClassSums;
use super::directions::searching;
use crate::error::Result;
use crate::job::Job;
use crate::job::memory::{filled, reserve};
use crate::kernels::{Isa, Kernels};
use crate::rows::Embeddings;

/// Two classes that look like one person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LookAlike {
    /// The class of the smaller number.
    pub class1: u32,
    /// The other.
    pub class2: u32,
    /// Mean similarity between the two over the geometric mean of those within: about 1 for one
    /// person.
    pub resemblance: f64,
    /// How far their mean similarity lies above that of all pairs of classes, in standard deviations.
    pub deviation: f64,
}

/// Least resemblance: between halves of one person's rows it is rarely less.
const RESEMBLANCE: f64 = 0.8;

/// Least deviation: in a set whose classes all look alike, none can be told to be one.
const DEVIATION: f64 = 4.0;

/// Rows that the typical similarity within a class counts for: a class of few rows knows little of its own.
const PRIOR: f64 = 4.0;

/// Classes whose partners are looked for at once.
const AT_ONCE: usize = 1 << 12;

/// Look-alikes, most alike first. Empty where no class has two rows.
pub(super) fn find(classes: &ClassSums, job: &Job) -> Result<Vec<LookAlike>> {
    let Some(within) = within(classes) else {
        return Ok(Vec::new());
    };
    let best = nearest(classes, &within, job)?;
    let (mean, spread) = similarities(classes, job)?;
    let dot = Kernels::<f64>::for_isa(Isa::best()).dot;
    let mut found: Vec<_> = (0u32..)
        .zip(&best)
        .filter_map(|(class1, &class2)| {
            let class2 = class2.filter(|&other| best[other as usize] == Some(class1))?;
            let rows = |class| classes.members(class).len() as f64;
            let between = dot(classes.sum(class1), classes.sum(class2));
            let similarity = between / (rows(class1) * rows(class2));
            let own = within[class1 as usize] * within[class2 as usize];
            let resemblance = similarity / own.sqrt();
            let deviation = (similarity - mean) / spread;
            let alike = spread > 0.0 && resemblance >= RESEMBLANCE && deviation >= DEVIATION;
            (class1 < class2 && alike).then_some(LookAlike {
                class1,
                class2,
                resemblance,
                deviation,
            })
        })
        .collect();
    found.sort_by(|a, b| b.resemblance.total_cmp(&a.resemblance));
    Ok(found)
}

/// The class that each resembles most, the first of equals; to single precision.
///
/// A resemblance is an inner product: that of the mean rows of both classes, each over the root of the
/// similarity within. So it is searched for as any nearest row is.
fn nearest(classes: &ClassSums, within: &[f64], job: &Job) -> Result<Vec<Option<u32>>> {
    let usable: Vec<u32> = (0..classes.count() as u32)
        .filter(|&class| !classes.members(class).is_empty() && within[class as usize] > 0.0)
        .collect();
    let mut rows = reserve("the means of the classes", usable.len() * classes.dim())?;
    for &class in &usable {
        let scale = classes.members(class).len() as f64 * within[class as usize].sqrt();
        rows.extend(classes.sum(class).iter().map(|v| (v / scale) as f32));
    }
    let mut best = vec![None; classes.count()];
    job.begin("identities", usable.len() as u64);
    if usable.len() < 2 {
        return Ok(best);
    }
    let means = Embeddings::from_vec(rows, usable.len(), classes.dim())?;
    searching(&means, job, |directions| {
        for first in (0..usable.len()).step_by(AT_ONCE) {
            let asked = first..usable.len().min(first + AT_ONCE);
            let count = asked.len();
            let hits = directions.largest_other(asked, job)?;
            for (place, hit) in (first..).zip(hits.rows) {
                best[usable[place] as usize] = usable.get(hit as usize).copied();
            }
            job.advance(count as u64);
        }
        Ok(best)
    })
}

/// Mean and standard deviation of the mean similarity of two classes, over all pairs of classes.
///
/// The sum of the inner products of all pairs of k vectors is a function of their sum, and that of the squares
/// of the products one of their Gram matrix, whose entries have the same sum of squares whichever side it is of.
fn similarities(classes: &ClassSums, job: &Job) -> Result<(f64, f64)> {
    let d = classes.dim();
    let used: Vec<u32> = (0..classes.count() as u32)
        .filter(|&class| !classes.members(class).is_empty())
        .collect();
    let dot = Kernels::<f64>::for_isa(Isa::best()).dot;
    let by_class = used.len() <= d;
    let mut vectors = filled("the means of the classes", used.len() * d, 0.0)?;
    let (mut total, mut own, mut own_squares) = (vec![0.0; d], 0.0, 0.0);
    for (place, &class) in used.iter().enumerate() {
        let rows = classes.members(class).len() as f64;
        let mean: Vec<f64> = classes.sum(class).iter().map(|v| v / rows).collect();
        let square = dot(&mean, &mean);
        own += square;
        own_squares += square * square;
        for (column, v) in mean.into_iter().enumerate() {
            total[column] += v;
            let at = if by_class {
                place * d + column
            } else {
                column * used.len() + place
            };
            vectors[at] = v;
        }
    }
    let length = if by_class { d } else { used.len() };
    let squares = squared_products(&vectors, length.max(1), job)?;
    let pairs = (used.len() * used.len().saturating_sub(1) / 2).max(1) as f64;
    let mean = (dot(&total, &total) - own) / 2.0 / pairs;
    let square = (squares - own_squares) / 2.0 / pairs;
    Ok((mean, (square - mean * mean).max(0.0).sqrt()))
}

/// Sum of the squared inner products of all ordered pairs of vectors of this length, each with itself
/// included.
fn squared_products(vectors: &[f64], length: usize, job: &Job) -> Result<f64> {
    let dot = Kernels::<f64>::for_isa(Isa::best()).dot;
    let all: Vec<&[f64]> = vectors.chunks_exact(length).collect();
    job.begin("similarities", all.len() as u64);
    let sums: Vec<f64> = (0..all.len())
        .into_par_iter()
        .map(|i| {
            job.check()?;
            let square = |x: &[f64]| dot(all[i], x).powi(2);
            let others: f64 = all[i + 1..].iter().map(|x| square(x)).sum();
            job.advance(1);
            Ok(square(all[i]) + 2.0 * others)
        })
        .collect::<Result<_>>()?;
    Ok(sums.into_iter().sum())
}

/// Mean similarity within each class, drawn towards the typical one as its rows are few; `None` where no
/// class has two rows.
fn within(classes: &ClassSums) -> Option<Vec<f64>> {
    let dot = Kernels::<f64>::for_isa(Isa::best()).dot;
    let own: Vec<(f64, f64)> = (0..classes.count() as u32)
        .map(|class| {
            let (sum, n) = (classes.sum(class), classes.members(class).len() as f64);
            // Of n² products n are of a row with itself.
            let similarity = (dot(sum, sum) - n) / (n * (n - 1.0));
            (n, if n > 1.0 { similarity } else { 0.0 })
        })
        .collect();
    let several = || own.iter().filter(|(n, _)| *n > 1.0);
    let rows: f64 = several().map(|(n, _)| n).sum();
    if rows == 0.0 {
        return None;
    }
    let typical = several().map(|(n, own)| n * own).sum::<f64>() / rows;
    let drawn = |&(n, own): &(f64, f64)| {
        let others = (n - 1.0).max(0.0);
        (others * own + PRIOR * typical) / (others + PRIOR)
    };
    Some(own.iter().map(drawn).collect())
}
