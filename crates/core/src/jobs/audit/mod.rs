//! Faults of a data set: mislabelled rows, copies, one person under two labels, unusable rows.
//!
//! [`audit`] reads all rows once for their health and once to find copies. It compares rows of
//! length 1 in single precision (`units`) and sums in double precision. `health`, `duplicates`,
//! `suspects` and `identities` find one kind of fault each; `docs/audit.md` has the definitions.

mod class_sums;
mod duplicates;
mod health;
mod identities;
#[cfg(test)]
mod naive;
mod stacked;
mod suspects;
mod units;

use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::rows::Embeddings;
use class_sums::ClassSums;
use stacked::Stacked;

pub use duplicates::Duplicate;
pub use health::NormOutlier;
pub use identities::LookAlike;
pub use suspects::Suspect;

/// Thresholds and sizes of the lists.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AuditOptions {
    /// Rows whose cosine similarity is at least this are near-identical; in (0, 1].
    pub near: f64,
    /// Most entries of each list; further ones are counted.
    pub limit: usize,
}

impl Default for AuditOptions {
    fn default() -> Self {
        Self {
            near: 0.999,
            limit: 1000,
        }
    }
}

/// The first entries of a list, the most telling first, and the number of all.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed<T> {
    /// The first [`AuditOptions::limit`] of them.
    pub entries: Vec<T>,
    /// All of them.
    pub total: usize,
}

/// The findings. Rows are numbered over all parts, classes as the caller numbers them.
#[derive(Clone, Debug, PartialEq)]
pub struct Audit {
    /// Rows with a NaN or an infinity; left out of everything below.
    pub non_finite: Listed<u32>,
    /// Rows of zeros; left out of everything below.
    pub zero: Listed<u32>,
    /// Rows of one number other than 0, of two columns or more.
    pub constant: Listed<u32>,
    /// Rows much longer or shorter than most.
    pub norm_outliers: Listed<NormOutlier>,
    /// Pairs of rows of one part that are identical or nearly so, under two labels.
    pub conflicting: Listed<Duplicate>,
    /// The same under one label, or without labels.
    pub repeated: Listed<Duplicate>,
    /// Pairs of rows of two parts that are identical or nearly so, whatever their labels.
    pub across: Listed<Duplicate>,
    /// Findings that need labels; `None` without them.
    pub labelled: Option<LabelFindings>,
}

/// The part of an audit that needs labels.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelFindings {
    /// Classes with one usable row.
    pub singletons: Listed<u32>,
    /// Rows that are nearer to another class than to the rest of their own.
    pub suspects: Listed<Suspect>,
    /// Pairs of classes that look like one person.
    pub look_alikes: Listed<LookAlike>,
}

/// Audits the rows of one matrix, or of several as if they stood one below the other.
///
/// `classes` holds a number below `class_count` for each row. Errors: `EDIMENSION` where parts have
/// different numbers of columns or labels do not fit, `EOPTION` for `near` out of range, `EMEMORY`, those
/// of reading. Cost: n·C·d for suspects, C²·d/2 for look-alikes, between n·log n and n²·d for
/// duplicates, see `duplicates`; memory 8·n·d bytes.
pub fn audit(
    parts: &[&Embeddings],
    classes: Option<(&[u32], usize)>,
    options: &AuditOptions,
    job: &Job,
) -> Result<Audit> {
    check(parts, classes, options)?;
    for part in parts {
        if let Some(file) = part.file() {
            file.arm();
        }
    }
    let rows = Stacked::new(parts);
    let health = health::look(&rows, job)?;
    let mut units = units::units(&rows, &health, job)?;
    let labels = classes.map(|(labels, _)| labels);
    let [conflicting, repeated, across] =
        duplicates::find(&rows, &units, &health, labels, options, job)?;
    let labelled = match classes {
        Some((labels, count)) => {
            units::center(&mut units, rows.dim(), &health);
            let classes = ClassSums::gather(&units, rows.dim(), &health, labels, count);
            Some(judge_labels(&units, &classes, labels, options, job)?)
        }
        None => None,
    };
    rows.check_unchanged()?;
    Ok(Audit {
        non_finite: list(health.non_finite, options),
        zero: list(health.zero, options),
        constant: list(health.constant, options),
        norm_outliers: list(health.outliers, options),
        conflicting,
        repeated,
        across,
        labelled,
    })
}

fn judge_labels(
    units: &[f32],
    classes: &ClassSums,
    labels: &[u32],
    options: &AuditOptions,
    job: &Job,
) -> Result<LabelFindings> {
    let singletons = (0..classes.count() as u32)
        .filter(|&class| classes.members(class).len() == 1)
        .collect();
    let look_alikes = identities::find(classes, job)?;
    Ok(LabelFindings {
        singletons: list(singletons, options),
        suspects: suspects::find(units, classes, labels, &look_alikes, options, job)?,
        look_alikes: list(look_alikes, options),
    })
}

/// Cuts a list that is in order already.
fn list<T>(mut entries: Vec<T>, options: &AuditOptions) -> Listed<T> {
    let total = entries.len();
    entries.truncate(options.limit);
    Listed { entries, total }
}

fn check(
    parts: &[&Embeddings],
    classes: Option<(&[u32], usize)>,
    options: &AuditOptions,
) -> Result<()> {
    if !(options.near > 0.0 && options.near <= 1.0) {
        let found = format!("a similarity of {}", options.near);
        return Err(Error::new(Code::Option, found, "a number in (0, 1]"));
    }
    let Some(first) = parts.first() else {
        return Err(Error::new(Code::Empty, "no matrix", "at least one"));
    };
    for part in parts {
        if part.dim() != first.dim() {
            let found = format!("{} columns", part.dim());
            let expected = format!("{}, as in the matrix before", first.dim());
            return Err(part.blame(Error::new(Code::Dimension, found, expected)));
        }
    }
    let rows: usize = parts.iter().map(|part| part.rows()).sum();
    if u32::try_from(rows).is_err() {
        let found = format!("{rows} rows");
        return Err(Error::new(Code::Dimension, found, "fewer than 2³²"));
    }
    if let Some((labels, count)) = classes {
        if labels.len() != rows {
            let found = format!("{} labels", labels.len());
            let expected = format!("one for each of {rows} rows");
            return Err(Error::new(Code::Dimension, found, expected));
        }
        if let Some(row) = labels.iter().position(|class| *class as usize >= count) {
            let found = format!("class {}", labels[row]);
            let expected = format!("a number below {count}");
            return Err(Error::new(Code::Index, found, expected).with_row(row));
        }
    }
    Ok(())
}
