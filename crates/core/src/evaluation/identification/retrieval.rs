//! Closed set: how well all mates of a probe come before everybody else.
//!
//! Each is a function of one mated probe's mates, in [0, 1], larger is better; the measure is the
//! mean over mated probes. Mate j of R, from the nearest, has the pessimistic rank r_j, other
//! people at its distance coming first; among the first r_j candidates j are mates.

use super::Mate;

/// 1/r₁. Its mean is the MRR.
pub fn reciprocal_rank(mates: &[Mate]) -> f64 {
    1.0 / mates[0].rank(0) as f64
}

/// (1/R) Σ j/r_j. Its mean is the mAP.
///
/// Source: Manning, Raghavan & Schütze, Introduction to Information Retrieval, 8.4 (2008).
pub fn average_precision(mates: &[Mate]) -> f64 {
    precisions_within(mates, u64::MAX)
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
