//! Rows that look mislabelled.
//!
//! A class is the direction of the sum of its centered rows of length 1, the maximum-likelihood mean
//! direction of a von Mises–Fisher distribution (Mardia and Jupp 2000, §10.3.1). A row is compared with the
//! direction of the rest of its own class and with those of all other classes. The same is done under a label
//! that is certainly wrong, which tells how far the list can be trusted (`trust`).

use rayon::prelude::*;

use super::class_sums::ClassSums;
use super::directions::{Directions, searching};
use super::identities::LookAlike;
use super::trust::{Trust, trust};
use super::units::Units;
use super::{AuditOptions, Listed, list};
use crate::error::Result;
use crate::job::Job;
use crate::job::memory::reserve;
use crate::kernels::{Isa, Kernels};
use crate::rows::Embeddings;
use crate::statistics::SplitMix;

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

/// Rows that are judged at once.
const AT_ONCE: usize = 1 << 12;
/// Draws of another class before a row is left without one.
const DRAWS: usize = 32;

/// Suspects, most suspect first, and how far to trust the list.
pub(super) fn find(
    units: &Units<'_>,
    classes: &ClassSums,
    labels: &[u32],
    look_alikes: &[LookAlike],
    options: &AuditOptions,
    job: &Job,
) -> Result<(Listed<Suspect>, Trust)> {
    let mut judged: Vec<u32> = (0..classes.count() as u32)
        .map(|class| classes.members(class))
        .filter(|members| members.len() > 1)
        .flatten()
        .copied()
        .collect();
    judged.sort_unstable();
    job.begin("suspects", judged.len() as u64);
    let mut all: Vec<Judged> = Vec::new();
    if !judged.is_empty() {
        let directions = directions(classes)?;
        let judge = Judge {
            units,
            classes,
            labels,
            partners: partners(classes.count(), look_alikes),
            filled: (0..classes.count() as u32)
                .filter(|&class| !classes.members(class).is_empty())
                .collect(),
            directions: &directions,
        };
        searching(&directions, job, |ready| {
            for rows in judged.chunks(AT_ONCE) {
                all.extend(judge.rows(rows, ready, job)?);
                job.advance(rows.len() as u64);
            }
            Ok(())
        })?;
    }
    let trust = trust(
        all.iter().map(|row| row.as_labelled.score).collect(),
        all.iter().filter_map(|row| row.mislabelled).collect(),
    );
    all.retain(|row| row.as_labelled.score > 0.0);
    let mut found: Vec<_> = all.into_iter().map(|row| row.as_labelled).collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.row.cmp(&b.row)));
    let mut found = list(found, options);
    job.begin("nearest", found.entries.len() as u64);
    for suspect in &mut found.entries {
        job.check()?;
        suspect.nearest = nearest_row(units, suspect.row, classes.members(suspect.other_class))?;
        job.advance(1);
    }
    Ok((found, trust))
}

/// Scores of one row.
struct Judged {
    /// Under its label; a suspect where the score is above 0.
    as_labelled: Suspect,
    /// The score under the label of another class, drawn at random.
    mislabelled: Option<f64>,
}

struct Judge<'a> {
    units: &'a Units<'a>,
    classes: &'a ClassSums,
    labels: &'a [u32],
    /// The look-alike of each class.
    partners: Vec<u32>,
    /// Classes with rows.
    filled: Vec<u32>,
    directions: &'a Embeddings,
}

impl Judge<'_> {
    /// Judges rows whose classes have other rows, except those that equal the mean of all.
    fn rows(&self, rows: &[u32], ready: &Directions<'_>, job: &Job) -> Result<Vec<Judged>> {
        let d = self.classes.dim();
        let mut units = self.units.of(rows)?;
        let mut used = Vec::with_capacity(rows.len());
        for (place, &row) in rows.iter().enumerate() {
            let unit = place * d..(place + 1) * d;
            if units[unit.clone()].iter().any(|v| *v != 0.0) {
                units.copy_within(unit, used.len() * d);
                used.push(row);
            }
        }
        units.truncate(used.len() * d);
        if used.is_empty() {
            return Ok(Vec::new());
        }
        let probes = Embeddings::from_vec(units, used.len(), d)?;
        let accepts = |probe: u32, class: u32| {
            let own = self.labels[used[probe as usize] as usize];
            class != own
                && class != self.partners[own as usize]
                && !self.classes.members(class).is_empty()
        };
        let hits = ready.largest(&probes, 2, &accepts, job)?;
        let units = probes.as_f32().unwrap_or_default();
        let judged: Vec<Option<Judged>> = units
            .par_chunks_exact(d)
            .zip(&used)
            .enumerate()
            .map(|(place, (unit, &row))| {
                let mut nearest = hits.of(place).map(|(class, distance)| (class, -distance));
                let (first, second) = (nearest.next()?, nearest.next());
                Some(self.one(row, unit, first, second))
            })
            .collect();
        Ok(judged.into_iter().flatten().collect())
    }

    fn one(
        &self,
        row: u32,
        unit: &[f32],
        (other_class, other): (u32, f64),
        second: Option<(u32, f64)>,
    ) -> Judged {
        let class = self.labels[row as usize];
        let wide: Vec<f64> = unit.iter().map(|v| f64::from(*v)).collect();
        let rest: Vec<f64> = self
            .classes
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
        let mislabelled = self.another(row).map(|drawn| {
            let rival = if drawn == other_class {
                second.map(|(_, cosine)| cosine)
            } else {
                Some(other)
            };
            rival.map_or(own, |rival| rival.max(own)) - self.cosine(unit, drawn)
        });
        Judged {
            as_labelled: Suspect {
                row,
                class,
                own,
                other_class,
                other,
                score: other - own,
                nearest: row,
            },
            mislabelled,
        }
    }

    /// A class that the row is certainly not labelled with, drawn by its number.
    fn another(&self, row: u32) -> Option<u32> {
        let own = self.labels[row as usize];
        let mut random = SplitMix(u64::from(row));
        (0..DRAWS)
            .map(|_| self.filled[random.below(self.filled.len() as u64) as usize])
            .find(|&class| class != own && class != self.partners[own as usize])
    }

    fn cosine(&self, unit: &[f32], class: u32) -> f64 {
        let directions = self.directions.as_f32().unwrap_or_default();
        let direction = &directions[class as usize * unit.len()..][..unit.len()];
        (Kernels::<f32>::for_isa(Isa::best()).dot)(unit, direction)
    }
}

/// Direction of each class; zeros where the sum is zero.
fn directions(classes: &ClassSums) -> Result<Embeddings> {
    let dot = Kernels::<f64>::for_isa(Isa::best()).dot;
    let (count, dim) = (classes.count(), classes.dim());
    let mut all = reserve("the directions of the classes", count * dim)?;
    for class in 0..count as u32 {
        let sum = classes.sum(class);
        let norm = dot(sum, sum).sqrt();
        let scale = if norm > 0.0 { 1.0 / norm } else { 0.0 };
        all.extend(sum.iter().map(|v| (v * scale) as f32));
    }
    Embeddings::from_vec(all, count, dim)
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

fn nearest_row(units: &Units<'_>, row: u32, members: &[u32]) -> Result<u32> {
    let dot = Kernels::<f32>::for_isa(Isa::best()).dot;
    let unit = units.of(&[row])?;
    let mut best = (row, f64::NEG_INFINITY);
    for members in members.chunks(AT_ONCE) {
        let others = units.of(members)?;
        for (&member, other) in members.iter().zip(others.chunks_exact(unit.len())) {
            let cosine = dot(&unit, other);
            if cosine > best.1 {
                best = (member, cosine);
            }
        }
    }
    Ok(best.0)
}
