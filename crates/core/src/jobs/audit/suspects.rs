//! Rows that look mislabelled.
//!
//! A class is the direction of the sum of its centered rows of length 1, the maximum-likelihood mean
//! direction of a von Mises–Fisher distribution (Mardia and Jupp 2000, §10.3.1). A row is compared with the
//! direction of the rest of its own class and with those of all other classes.

use rayon::prelude::*;

use super::class_sums::ClassSums;
use super::identities::LookAlike;
use super::{AuditOptions, Listed, list};
use crate::error::Result;
use crate::job::Job;
use crate::kernels::{Isa, Kernels};

/// A row that is nearer to another class than to the rest of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suspect {
    /// The row.
    pub row: u32,
    /// Its label.
    pub class: u32,
    /// Cosine of the row and the direction of the other rows of its class.
    pub own: f64,
    /// The class that it is nearest to of all others but a look-alike of its own.
    pub other_class: u32,
    /// Cosine of the row and the direction of that class.
    pub other: f64,
    /// `other − own`, in (0, 2]: larger is more suspect.
    pub score: f64,
    /// The row of that class that is most like it.
    pub nearest: u32,
}

/// Rows and classes compared at a time: both fit into a core's cache.
const ROWS: usize = 64;
const CLASSES: usize = 64;

pub(super) fn find(
    units: &[f32],
    classes: &ClassSums,
    labels: &[u32],
    look_alikes: &[LookAlike],
    options: &AuditOptions,
    job: &Job,
) -> Result<Listed<Suspect>> {
    let d = classes.dim();
    let directions = directions(classes);
    let partners = partners(classes.count(), look_alikes);
    job.begin("suspects", labels.len() as u64);
    let found: Vec<Vec<Suspect>> = labels
        .par_chunks(ROWS)
        .enumerate()
        .map(|(block, labels)| {
            job.check()?;
            let first = block * ROWS;
            let rows = &units[first * d..][..labels.len() * d];
            let best = nearest_classes(rows, labels, classes, &directions, &partners);
            job.advance(labels.len() as u64);
            let judged = (first..)
                .zip(rows.chunks_exact(d))
                .zip(labels.iter().zip(best));
            Ok(judged
                .filter_map(|((row, unit), (&class, best))| {
                    judge(row as u32, unit, class, best?, classes)
                })
                .collect())
        })
        .collect::<Result<_>>()?;
    let mut found: Vec<_> = found.into_iter().flatten().collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut found = list(found, options);
    for suspect in &mut found.entries {
        suspect.nearest = nearest_row(units, d, suspect.row, classes.members(suspect.other_class));
    }
    Ok(found)
}

/// Direction of each class; zeros where the sum is zero.
fn directions(classes: &ClassSums) -> Vec<f32> {
    let dot = Kernels::<f64>::for_isa(Isa::best()).dot;
    let mut all = Vec::with_capacity(classes.count() * classes.dim());
    for class in 0..classes.count() as u32 {
        let sum = classes.sum(class);
        let norm = dot(sum, sum).sqrt();
        let scale = if norm > 0.0 { 1.0 / norm } else { 0.0 };
        all.extend(sum.iter().map(|v| (v * scale) as f32));
    }
    all
}

/// The look-alike of each class; the class itself where it has none.
fn partners(count: usize, look_alikes: &[LookAlike]) -> Vec<u32> {
    let mut partners: Vec<u32> = (0..count as u32).collect();
    for &LookAlike { class1, class2, .. } in look_alikes {
        partners[class1 as usize] = class2;
        partners[class2 as usize] = class1;
    }
    partners
}

/// For each row of a block the other class whose direction is nearest, and its cosine; the first of
/// equals. A look-alike of its own class is passed over: that both are one person says nothing of the row.
/// `None` where there is no other class.
fn nearest_classes(
    rows: &[f32],
    labels: &[u32],
    classes: &ClassSums,
    directions: &[f32],
    partners: &[u32],
) -> Vec<Option<(u32, f64)>> {
    let d = classes.dim();
    let dot = Kernels::<f32>::for_isa(Isa::best()).dot;
    let mut best: Vec<Option<(u32, f64)>> = vec![None; labels.len()];
    for (tile, directions) in directions.chunks(CLASSES * d).enumerate() {
        for ((unit, &own), best) in rows.chunks_exact(d).zip(labels).zip(&mut best) {
            for (class, direction) in ((tile * CLASSES) as u32..).zip(directions.chunks_exact(d)) {
                let passed = class == own || class == partners[own as usize];
                if passed || classes.members(class).is_empty() {
                    continue;
                }
                let cosine = dot(unit, direction);
                if best.is_none_or(|(_, most)| cosine > most) {
                    *best = Some((class, cosine));
                }
            }
        }
    }
    best
}

/// `None` for a row that cannot be used, is alone in its class, or is nearer to its own.
fn judge(
    row: u32,
    unit: &[f32],
    class: u32,
    (other_class, other): (u32, f64),
    classes: &ClassSums,
) -> Option<Suspect> {
    if classes.members(class).len() < 2 || unit.iter().all(|v| *v == 0.0) {
        return None;
    }
    let wide: Vec<f64> = unit.iter().map(|v| f64::from(*v)).collect();
    let rest: Vec<f64> = classes
        .sum(class)
        .iter()
        .zip(&wide)
        .map(|(s, v)| s - v)
        .collect();
    let dot = Kernels::<f64>::for_isa(Isa::best()).dot;
    let norm = dot(&rest, &rest).sqrt();
    let own = if norm > 0.0 {
        dot(&wide, &rest) / norm
    } else {
        0.0
    };
    let score = other - own;
    (score > 0.0).then_some(Suspect {
        row,
        class,
        own,
        other_class,
        other,
        score,
        nearest: row,
    })
}

fn nearest_row(units: &[f32], d: usize, row: u32, members: &[u32]) -> u32 {
    let dot = Kernels::<f32>::for_isa(Isa::best()).dot;
    let unit = &units[row as usize * d..][..d];
    let mut best = (row, f64::NEG_INFINITY);
    for &member in members {
        let cosine = dot(unit, &units[member as usize * d..][..d]);
        if cosine > best.1 {
            best = (member, cosine);
        }
    }
    best.0
}
