//! Statistics of parts of a set that share no class, and of any of the parts together.

use ndarray::{Array2, Axis, concatenate};

use super::bundle::{Bundle, BundleParts};
use super::estimate::{mean, take_class_sums};
use super::gather::{GatherOptions, gather, gather_in_range};
use super::moments::Moments;
use crate::error::{Error, Result};
use crate::job::Job;
use crate::rows::{Classes, Invalid, RowSource, RowSubset, ScaledRows};
use ndarray::Array1;

/// Rows of a part and the class of each, dense from 0 within the part.
pub(crate) struct PartRows {
    /// Row numbers, ascending.
    pub(crate) rows: Vec<u32>,
    pub(crate) classes: Vec<u32>,
}

/// Statistics of one part. All parts of a set are about one shift.
pub(crate) struct Part {
    /// Sums over the part, without those of its classes.
    bundle: Bundle,
    counts: Vec<u64>,
    /// Sums of each class about the shift, `K × d`.
    sums: Array2<f64>,
    within_fourth: Option<f64>,
}

/// Statistics of all parts, of rows divided by the second value, a power of two.
///
/// All parts together read each row once, and where `within_fourth` is asked for, twice. Errors: as
/// [`gather`].
pub(crate) fn gather_parts(
    source: &dyn RowSource,
    parts: &[PartRows],
    options: &GatherOptions<'_>,
    within_fourth: bool,
    job: &Job,
) -> Result<(Vec<Part>, f64)> {
    let mut unit = 1.0;
    loop {
        let mut shift: Option<Vec<f64>> = None;
        let mut found = Vec::with_capacity(parts.len());
        for part in parts {
            let options = GatherOptions {
                parts: options.parts.or(BundleParts::CLASSES),
                shift: shift.as_deref(),
                invalid: Invalid::Refuse,
                ..*options
            };
            let (gathered, own) = gather_part(source, part, (&options, within_fourth), unit, job)?;
            if own != unit {
                unit = own;
                break;
            }
            shift.get_or_insert_with(|| gathered.bundle.shift().to_vec());
            found.push(gathered);
            job.advance(part.rows.len() as u64);
        }
        if found.len() == parts.len() {
            return Ok((found, unit));
        }
    }
}

/// Statistics of one part and the unit that its rows ask for where `unit` is 1.
fn gather_part(
    source: &dyn RowSource,
    part: &PartRows,
    (options, within_fourth): (&GatherOptions<'_>, bool),
    unit: f64,
    job: &Job,
) -> Result<(Part, f64)> {
    let classes = Classes::new(&part.classes)?;
    let subset = RowSubset::new(source, &part.rows);
    let scaled = ScaledRows::new(&subset, unit);
    let named = |e: Error| match e.row().and_then(|row| part.rows.get(row as usize)) {
        Some(row) => e.with_row(*row as usize),
        None => e,
    };
    let quiet = job.part();
    let gathered = if unit == 1.0 {
        gather_in_range(&subset, Some(&classes), options, &quiet)
    } else {
        gather(&scaled, Some(&classes), options, &quiet).map(|bundle| (bundle, unit))
    };
    let (mut bundle, unit) = gathered.map_err(named)?;
    bundle.weigh_apart()?;
    let (counts, sums) = take_class_sums(&mut bundle)?
        .ok_or_else(|| Error::internal("a part without its classes"))?;
    let mut part_sums = Part {
        bundle,
        counts,
        sums,
        within_fourth: None,
    };
    if within_fourth {
        let rows: &dyn RowSource = if unit == 1.0 { &subset } else { &scaled };
        let moments = together([&part_sums].into_iter())?;
        part_sums.within_fourth =
            Some(moments.residual_fourth(rows, classes.of_row(), 1.0, true)?);
    }
    Ok((part_sums, unit))
}

impl Part {
    /// Rows of the part.
    pub(crate) fn rows(&self) -> usize {
        self.bundle.rows() as usize
    }
}

/// Sums over all `parts`, without those of their classes.
pub(super) fn bundle_of<'a>(parts: impl Iterator<Item = &'a Part>) -> Result<Bundle> {
    let mut all: Option<Bundle> = None;
    for part in parts {
        let own = part.bundle.clone();
        all = Some(match all {
            Some(all) => all.merge(own)?,
            None => own,
        });
    }
    all.ok_or_else(|| Error::internal("no part to learn from"))
}

/// Statistics of the rows of all `parts`; their classes are numbered one part after the other.
pub(crate) fn together<'a>(parts: impl Iterator<Item = &'a Part> + Clone) -> Result<Moments> {
    let bundle = bundle_of(parts.clone())?;
    let mut counts = Vec::new();
    let mut fourth = Some(0.0);
    for part in parts.clone() {
        counts.extend_from_slice(&part.counts);
        fourth = fourth.zip(part.within_fourth).map(|(all, own)| all + own);
    }
    let sums: Vec<_> = parts.map(|part| part.sums.view()).collect();
    let sums = concatenate(Axis(0), &sums)
        .map_err(|e| Error::internal(format!("class sums of parts: {e}")))?;
    let mut moments = Moments::with_classes(&bundle, Some((counts, sums)))?;
    moments.set_within_fourth(fourth);
    Ok(moments)
}

/// Mean of the rows of all `parts`.
pub(crate) fn mean_of_parts(parts: &[Part]) -> Result<Array1<f64>> {
    Ok(mean(&bundle_of(parts.iter())?))
}
