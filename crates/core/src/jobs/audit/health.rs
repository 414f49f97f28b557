//! Unusable rows, and rows of an odd norm.

use super::stacked::Stacked;
use crate::error::Result;
use crate::job::Job;
use crate::job::memory::reserve;
use crate::rows::norm;

/// A row whose norm is far from the median.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NormOutlier {
    /// The row.
    pub row: u32,
    /// Its Euclidean norm.
    pub norm: f64,
    /// How far the logarithm of its norm is from the median, in robust standard deviations; negative
    /// for a short row.
    pub deviation: f64,
}

/// Robust standard deviations beyond which a norm is odd.
const ODD: f64 = 6.0;

/// Least standard deviation of the logarithm: rows of length 1 differ by rounding alone, and
/// rounding makes no row odd.
const LEAST_SPREAD: f64 = 1e-3;

/// A normal distribution's standard deviation over its median absolute deviation.
const MAD: f64 = 1.482_602_218_505_602;

pub(super) struct Health {
    pub(super) non_finite: Vec<u32>,
    pub(super) zero: Vec<u32>,
    pub(super) constant: Vec<u32>,
    /// Furthest from the median first.
    pub(super) outliers: Vec<NormOutlier>,
    /// Norm of each row; 0 for an unusable row.
    norms: Vec<f64>,
    /// A hash of the numbers of each row.
    hashes: Vec<u64>,
}

impl Health {
    /// True if the row is finite and not zero.
    pub(super) fn is_sound(&self, row: usize) -> bool {
        self.norms[row] > 0.0
    }

    /// Equal for equal rows.
    pub(super) fn hash(&self, row: usize) -> u64 {
        self.hashes[row]
    }

    fn add(&mut self, row: u32, kind: Kind) {
        let norm = match kind {
            Kind::NonFinite => {
                self.non_finite.push(row);
                0.0
            }
            Kind::Zero => {
                self.zero.push(row);
                0.0
            }
            Kind::Constant(norm) => {
                self.constant.push(row);
                norm
            }
            Kind::Sound(norm) => norm,
        };
        self.norms.push(norm);
    }

    pub(super) fn sound_rows(&self) -> usize {
        self.norms.iter().filter(|norm| **norm > 0.0).count()
    }
}

/// Verdict on one row.
enum Kind {
    NonFinite,
    Zero,
    Constant(f64),
    Sound(f64),
}

pub(super) fn look(rows: &Stacked<'_>, job: &Job) -> Result<Health> {
    let d = rows.dim();
    let mut health = Health {
        non_finite: Vec::new(),
        zero: Vec::new(),
        constant: Vec::new(),
        outliers: Vec::new(),
        norms: reserve("the norms of the rows", rows.len())?,
        hashes: reserve("the hashes of the rows", rows.len())?,
    };
    let each = |_, values: &[f64]| -> Vec<(Kind, u64)> {
        let rows = values.chunks_exact(d);
        rows.map(|row| (kind(row), hash(row))).collect()
    };
    rows.for_blocks("health", job, each, |first, looked| {
        for (row, (kind, hash)) in (first as u32..).zip(looked) {
            health.add(row, kind);
            health.hashes.push(hash);
        }
    })?;
    health.outliers = outliers(&health.norms);
    Ok(health)
}

fn kind(row: &[f64]) -> Kind {
    let norm = norm(row);
    if !norm.is_finite() {
        return Kind::NonFinite;
    }
    if norm == 0.0 {
        return Kind::Zero;
    }
    let same = row.len() > 1 && row.iter().all(|v| *v == row[0]);
    if same {
        Kind::Constant(norm)
    } else {
        Kind::Sound(norm)
    }
}

/// FNV-1a over the bits of the numbers, word by word; both zeros are one.
fn hash(row: &[f64]) -> u64 {
    row.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, v| {
        let mixed = (hash ^ (v + 0.0).to_bits()).wrapping_mul(0x0100_0000_01b3);
        mixed ^ (mixed >> 29)
    })
}

fn outliers(norms: &[f64]) -> Vec<NormOutlier> {
    let logs: Vec<_> = norms.iter().filter(|n| **n > 0.0).map(|n| n.ln()).collect();
    let Some(middle) = median(logs.clone()) else {
        return Vec::new();
    };
    let away = logs.iter().map(|log| (log - middle).abs()).collect();
    let spread = (MAD * median(away).unwrap_or(0.0)).max(LEAST_SPREAD);
    let mut found: Vec<_> = (0u32..)
        .zip(norms)
        .filter(|(_, norm)| **norm > 0.0)
        .map(|(row, &norm)| NormOutlier {
            row,
            norm,
            deviation: (norm.ln() - middle) / spread,
        })
        .filter(|outlier| outlier.deviation.abs() >= ODD)
        .collect();
    found.sort_by(|a, b| b.deviation.abs().total_cmp(&a.deviation.abs()));
    found
}

/// The middle value, or the mean of the middle two.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let (low, high) = (
        values.get(values.len().checked_sub(1)? / 2)?,
        values.get(values.len() / 2)?,
    );
    Some((low + high) / 2.0)
}
