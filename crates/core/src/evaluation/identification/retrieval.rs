//! Closed set: how well all mates of a probe come before everybody else.
//!
//! Each is a function of one mated probe's mates, in [0, 1], larger is better; the measure is the
//! mean over mated probes. Mate j of R, from the nearest, has the pessimistic rank r_j, other
//! people at its distance coming first; among the first r_j candidates j are mates.

use super::Mate;
use crate::error::{Code, Error, Result};

/// Rule for the area under the precision of one probe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrecisionRule {
    /// The mean of the precisions at its mates (Manning et al.; TREC, torchreid).
    #[default]
    AtHits,
    /// Trapezoids from the precision before each mate to the one at it (Oxford Buildings, Market-1501).
    Trapezoid,
}

impl PrecisionRule {
    /// Every rule.
    pub const ALL: [Self; 2] = [Self::AtHits, Self::Trapezoid];

    /// The rule of a name. Errors: `EOPTION`.
    pub fn parse(name: &str) -> Result<Self> {
        let named = |rule: &Self| rule.as_str() == name;
        Self::ALL.into_iter().find(named).ok_or_else(|| {
            let found = format!("the average precision '{name}'");
            Error::new(Code::Option, found, "at-hits or trapezoid")
        })
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AtHits => "at-hits",
            Self::Trapezoid => "trapezoid",
        }
    }

    /// The average precision of one probe by the rule. Its mean is the mAP.
    pub fn average(self, mates: &[Mate]) -> f64 {
        match self {
            Self::AtHits => average_precision(mates),
            Self::Trapezoid => trapezoid_precision(mates),
        }
    }
}

/// 1/r₁. Its mean is the MRR.
pub fn reciprocal_rank(mates: &[Mate]) -> f64 {
    1.0 / mates[0].rank(0) as f64
}

/// (1/R) Σ j/r_j.
///
/// Source: Manning, Raghavan & Schütze, Introduction to Information Retrieval, 8.4 (2008).
pub fn average_precision(mates: &[Mate]) -> f64 {
    precisions_within(mates, u64::MAX)
}

/// (1/R) Σ ((j − 1)/(r_j − 1) + j/r_j)/2, the first term being 1 for a mate in the first place.
///
/// Source: Philbin et al., Object Retrieval with Large Vocabularies and Fast Spatial Matching (2007), and
/// the evaluation of Zheng et al., Scalable Person Re-identification: A Benchmark (2015).
pub fn trapezoid_precision(mates: &[Mate]) -> f64 {
    let areas = ranks(mates).map(|(found, rank)| {
        let before = match rank {
            1 => 1.0,
            _ => (found - 1) as f64 / (rank - 1) as f64,
        };
        (before + found as f64 / rank as f64) / 2.0
    });
    areas.sum::<f64>() / mates.len() as f64
}

/// R/r_R: how few candidates hold all mates. Its mean is the mINP.
///
/// Source: Ye et al., Deep Learning for Person Re-identification: A Survey and Outlook (2021), section 4.
pub fn inverse_negative_penalty(mates: &[Mate]) -> f64 {
    let last = mates.len() - 1;
    mates.len() as f64 / mates[last].rank(last) as f64
}

/// Share of mates among the first R candidates.
///
/// Source: Musgrave, Belongie & Lim, A Metric Learning Reality Check (2020), as R-precision.
pub fn r_precision(mates: &[Mate]) -> f64 {
    let most = mates.len() as u64;
    let found = ranks(mates).filter(|(_, rank)| *rank <= most).count();
    found as f64 / mates.len() as f64
}

/// (1/R) Σ j/r_j over mates among the first R candidates. Its mean is the MAP@R.
///
/// Source: as of [`r_precision`].
pub fn average_precision_at_r(mates: &[Mate]) -> f64 {
    precisions_within(mates, mates.len() as u64)
}

/// Mates counted from 1, with their ranks.
fn ranks(mates: &[Mate]) -> impl Iterator<Item = (usize, u64)> {
    let rank = |(before, mate): (usize, &Mate)| (before + 1, mate.rank(before));
    mates.iter().enumerate().map(rank)
}

fn precisions_within(mates: &[Mate], most: u64) -> f64 {
    let within = ranks(mates).filter(|(_, rank)| *rank <= most);
    let sum: f64 = within.map(|(found, rank)| found as f64 / rank as f64).sum();
    sum / mates.len() as f64
}
