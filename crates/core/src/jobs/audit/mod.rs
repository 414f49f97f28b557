//! Faults of a data set: mislabelled rows, copies, one person under two labels, unusable rows.
//!
//! [`audit`] reads rows again wherever it needs them (`stacked`), and holds none of them. `health`, `alike`
//! with `near`, `suspects` with `trust`, and `identities` find one kind of fault each; what compares many with
//! many is a search by bytes, as in `search`. `docs/audit.md` has the definitions.

mod alike;
mod class_sums;
mod directions;
mod duplicates;
mod health;
mod identities;
#[cfg(test)]
mod naive;
mod near;
mod parts;
mod rehearsal;
mod stacked;
mod suspects;
mod trust;
mod units;

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::error::{Code, Error, Result, counted};
use crate::job::Job;
use crate::jobs::shards::require_shard;
use crate::jobs::shift::{Shift, shift};
use crate::rows::Embeddings;
use alike::Alike;
use class_sums::ClassSums;
use health::Health;
use parts::{Parts, fingerprint, write_part};
use stacked::Stacked;
use units::Units;

pub use duplicates::Duplicate;
pub use health::NormOutlier;
pub use identities::LookAlike;
pub use rehearsal::{Rehearsal, rehearse};
pub use suspects::Suspect;
pub use trust::Trust;

/// Thresholds and sizes of the lists.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AuditOptions {
    /// Rows whose cosine similarity is at least this are near-identical; in (0, 1]. A similarity within 10⁻¹² of 1
    /// is 1.
    pub near: f64,
    /// Rows that are compared with all others for near-identical ones, evenly spread over those that are no
    /// copies; all if absent, none at 0.
    pub near_rows: Option<usize>,
    /// Most entries of each list; further ones are counted.
    pub limit: usize,
}

impl Default for AuditOptions {
    fn default() -> Self {
        Self {
            near: 0.999,
            near_rows: None,
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
    /// Rows that were compared with all others for near-identical ones.
    pub near_rows: usize,
    /// Findings that need labels; `None` without them.
    pub labelled: Option<LabelFindings>,
    /// How far the second part is from the first, where there are two of enough rows.
    pub shift: Option<Shift>,
}

/// The part of an audit that needs labels.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelFindings {
    /// Classes with one usable row.
    pub singletons: Listed<u32>,
    /// Rows that are nearer to another class than to the rest of their own.
    pub suspects: Listed<Suspect>,
    /// How far to trust them.
    pub trust: Trust,
    /// Pairs of classes that look like one person.
    pub look_alikes: Listed<LookAlike>,
}

/// Audits the rows of one matrix, or of several as if they stood one below the other.
///
/// `classes` holds a number below `class_count` for each row. `near_parts` are files of [`audit_part`], of all shards,
/// in the place of a search for near-identical rows; empty for none. Errors: `EDIMENSION` where parts have
/// different numbers of columns or labels do not fit, `EOPTION` for `near` out of range, `EMEMORY`, `EABORTED`,
/// those of reading; with `near_parts` also `EOPTION` for files that [`audit_part`] did not write of all shards of the
/// same rows, labels and options. Cost: a comparison of bytes for each row and class, for each two classes, and for each two
/// rows whose distance a projection does not rule out, see `near`; [`rehearse`] estimates it. Memory: 64 MB and
/// about 60 bytes a row; with labels about 20 bytes for each column of a class more.
pub fn audit(
    parts: &[&Embeddings],
    classes: Option<(&[u32], usize)>,
    options: &AuditOptions,
    near_parts: &[PathBuf],
    job: &Job,
) -> Result<Audit> {
    check(parts, classes, options)?;
    let rows = Stacked::new(parts);
    rows.while_unchanged(|| {
        let health = health::look(&rows, job)?;
        let labels = classes.map(|(labels, _)| labels);
        let near_parts = Parts::new(near_parts, || fingerprint(&rows, &health, labels, options));
        let alike = Alike::new(&rows, &health, labels, options, job)?;
        let near_rows = alike.near.asked();
        let [conflicting, repeated, across] = alike.find(&near_parts, job)?;
        let labelled = classes.map(|classes| judge_labels(&rows, &health, classes, options, job));
        let shift = match parts {
            [train, target] => shift(train, target, job)?,
            _ => None,
        };
        Ok(Audit {
            shift,
            labelled: labelled.transpose()?,
            non_finite: list(health.non_finite, options),
            zero: list(health.zero, options),
            constant: list(health.constant, options),
            norm_outliers: list(health.outliers, options),
            conflicting,
            repeated,
            across,
            near_rows,
        })
    })
}

/// Rows that one shard compared with all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearPart {
    /// Their places among all rows that are compared, in the order of the search.
    pub rows: Range<usize>,
    /// All rows that are compared.
    pub all: usize,
    /// Comparisons of this shard.
    pub comparisons: u64,
    /// Comparisons of all shards.
    pub of: u64,
    /// True if the file held them already.
    pub reused: bool,
}

/// Finds the near-identical rows of shard `i` of `n` of an audit and writes them to `file`, for [`audit`] with the
/// files of all shards. Shards are rows that cost the same, but for eight rows. A file that holds them already is kept,
/// unless it is to be replaced; a damaged one is written again.
///
/// Errors: those of [`audit`]; `EOPTION` for a shard that there is not, and for a file of something else. Cost: reads
/// all rows three times, and compares those of the shard.
pub fn audit_part(
    parts: &[&Embeddings],
    classes: Option<(&[u32], usize)>,
    options: &AuditOptions,
    shard: (usize, usize),
    file: (&Path, bool),
    job: &Job,
) -> Result<NearPart> {
    check(parts, classes, options)?;
    require_shard(shard)?;
    let rows = Stacked::new(parts);
    rows.while_unchanged(|| {
        let health = health::look(&rows, job)?;
        let labels = classes.map(|(labels, _)| labels);
        let mark = fingerprint(&rows, &health, labels, options);
        let alike = Alike::new(&rows, &health, labels, options, job)?;
        write_part(&alike, &mark, shard, file, job)
    })
}

fn judge_labels(
    rows: &Stacked<'_>,
    health: &Health,
    (labels, count): (&[u32], usize),
    options: &AuditOptions,
    job: &Job,
) -> Result<LabelFindings> {
    let units = Units::new(rows, health, job)?;
    let classes = ClassSums::gather(&units, health, (labels, count), job)?;
    let singletons = (0..classes.count() as u32)
        .filter(|&class| classes.members(class).len() == 1)
        .collect();
    let look_alikes = identities::find(&classes, job)?;
    let (suspects, trust) = suspects::find(&units, &classes, labels, &look_alikes, options, job)?;
    Ok(LabelFindings {
        singletons: list(singletons, options),
        suspects,
        trust,
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
            let found = counted(part.dim(), "column", "columns");
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
            let found = counted(labels.len(), "label", "labels");
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
