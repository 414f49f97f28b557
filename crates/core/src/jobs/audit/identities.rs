//! Classes that look like one person under two labels.

use rayon::prelude::*;

use super::class_sums::ClassSums;
use crate::error::Result;
use crate::job::Job;
use crate::kernels::{Isa, Kernels};

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

/// One class compared with all others.
struct Part {
    /// Class most like it, mean similarity with it, resemblance.
    best: Option<(u32, f64, f64)>,
    /// Sum and sum of squares of the mean similarities with the classes after it, and their number.
    sums: [f64; 2],
    pairs: usize,
}

/// Look-alikes, most alike first. Empty where no class has two rows.
pub(super) fn find(classes: &ClassSums, job: &Job) -> Result<Vec<LookAlike>> {
    let Some(within) = within(classes) else {
        return Ok(Vec::new());
    };
    job.begin("identities", classes.count() as u64);
    let parts: Vec<Part> = (0..classes.count() as u32)
        .into_par_iter()
        .map(|class| {
            job.check()?;
            job.advance(1);
            Ok(compare(class, classes, &within))
        })
        .collect::<Result<_>>()?;
    let (mut sum, mut squares, mut pairs) = (0.0, 0.0, 0);
    for part in &parts {
        sum += part.sums[0];
        squares += part.sums[1];
        pairs += part.pairs;
    }
    let mean = sum / pairs.max(1) as f64;
    let spread = (squares / pairs.max(1) as f64 - mean * mean)
        .max(0.0)
        .sqrt();
    let mut found: Vec<_> = (0u32..)
        .zip(&parts)
        .filter_map(|(class1, part)| {
            let (class2, similarity, resemblance) = part.best?;
            let back = parts[class2 as usize].best?.0;
            let deviation = (similarity - mean) / spread;
            let alike = spread > 0.0 && resemblance >= RESEMBLANCE && deviation >= DEVIATION;
            (class1 < class2 && back == class1 && alike).then_some(LookAlike {
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

fn compare(class: u32, classes: &ClassSums, within: &[f64]) -> Part {
    let dot = Kernels::<f64>::for_isa(Isa::best()).dot;
    let mut part = Part {
        best: None,
        sums: [0.0; 2],
        pairs: 0,
    };
    let n = classes.members(class).len();
    for other in 0..classes.count() as u32 {
        let m = classes.members(other).len();
        if other == class || n == 0 || m == 0 {
            continue;
        }
        let similarity = dot(classes.sum(class), classes.sum(other)) / (n as f64 * m as f64);
        if other > class {
            part.sums[0] += similarity;
            part.sums[1] += similarity * similarity;
            part.pairs += 1;
        }
        let (own, others) = (within[class as usize], within[other as usize]);
        if own > 0.0 && others > 0.0 {
            let resemblance = similarity / (own * others).sqrt();
            if part.best.is_none_or(|(_, _, most)| resemblance > most) {
                part.best = Some((other, similarity, resemblance));
            }
        }
    }
    part
}
