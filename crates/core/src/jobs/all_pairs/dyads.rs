//! Two people and all impostor pairs of them, without a table of all two people.
//!
//! The variance of a measure takes off Σ_dyads (Σψ)², see [`Spread`](crate::evaluation::Spread). Where
//! all impostors are held it is summed; where not, two pairs of one dyad, drawn again and again, have its
//! mean: with the first pair uniform among all Q and the second among the n of its dyad,
//! `Q · E[n ψ ψ']` is the sum. It is a small part of the variance there, as there are many people.

use super::PairSets;
use super::genuine::Pair;
use super::tail::{Offer, exact_distances};
use crate::error::Result;
use crate::rows::IGNORED;
use crate::statistics::SplitMix;

/// Drawn dyads.
const DRAWN: usize = 1 << 13;
/// Pairs that are tried to find them.
const TRIES: usize = 1 << 17;

/// Impostor pairs of each two people, by the rows that they have.
#[derive(Clone, Debug)]
pub(super) struct DyadSizes {
    same: bool,
    queries: Vec<u64>,
    stored: Vec<u64>,
}

impl DyadSizes {
    pub(super) fn new(data: &PairSets<'_>) -> Self {
        let (queries, stored) = data.class_sizes();
        Self {
            same: data.sides.same,
            queries,
            stored,
        }
    }

    /// Impostor pairs of two people.
    fn pairs(&self, a: u32, b: u32) -> u64 {
        let (a, b) = (a as usize, b as usize);
        let one_way = self.queries[a] * self.stored[b];
        let other_way = self.queries[b] * self.stored[a];
        if self.same {
            one_way
        } else {
            one_way + other_way
        }
    }

    /// Sum of the squares of all their numbers.
    fn squares(&self) -> u128 {
        let sum = |of: &dyn Fn(u128, u128) -> u128| -> u128 {
            let both = self.queries.iter().zip(&self.stored);
            both.map(|(q, s)| of(u128::from(*q), u128::from(*s))).sum()
        };
        let qq = sum(&|q, _| q * q);
        let ss = sum(&|_, s| s * s);
        let qs = sum(&|q, s| q * s);
        let qqss = sum(&|q, s| q * q * s * s);
        if self.same {
            (qq * ss - qqss) / 2
        } else {
            (qq * ss - qqss) + (qs * qs - qqss)
        }
    }

    /// Σ_dyads (h − rate · n)² with h of the n pairs of a dyad accepted: those in `accepted`.
    pub(super) fn of_rate(&self, accepted: impl Iterator<Item = (u32, u32)>, rate: f64) -> f64 {
        let mut dyads: Vec<(u32, u32)> = accepted.map(|(a, b)| (a.min(b), a.max(b))).collect();
        rayon::slice::ParallelSliceMut::par_sort_unstable(&mut dyads[..]);
        let (mut hh, mut hn) = (0u128, 0u128);
        for run in dyads.chunk_by(|a, b| a == b) {
            let held = run.len() as u128;
            hh += held * held;
            hn += held * u128::from(self.pairs(run[0].0, run[0].1));
        }
        let squares = self.squares() as f64;
        (hh as f64 - 2.0 * rate * hn as f64 + rate * rate * squares).max(0.0)
    }
}

/// What a pair adds to the error of the area: `(V₀₁ − A)/Q`, V₀₁ the share of genuine pairs that are
/// more alike.
pub(super) struct AreaParts<'a> {
    /// Distances of genuine pairs, ascending.
    pub(super) genuine: &'a [f64],
    pub(super) area: f64,
    pub(super) impostors: u64,
}

impl AreaParts<'_> {
    fn of(&self, distance: f64) -> f64 {
        let below = self.genuine.partition_point(|d| *d < distance);
        let upto = self.genuine.partition_point(|d| *d <= distance);
        let ahead = 0.5 * (below + upto) as f64 / self.genuine.len() as f64;
        (ahead - self.area) / self.impostors as f64
    }

    /// The sum over dyads: exact if `tail` holds all impostors, else from drawn dyads.
    pub(super) fn dyads(&self, data: &PairSets<'_>, tail: &[Pair]) -> Result<f64> {
        if tail.len() as u64 == self.impostors {
            return Ok(self.summed(data, tail));
        }
        self.drawn(data)
    }

    fn summed(&self, data: &PairSets<'_>, all: &[Pair]) -> f64 {
        let mut parts: Vec<((u32, u32), f64)> = (all.iter())
            .map(|pair| (data.dyad(pair.first, pair.second), self.of(pair.distance)))
            .collect();
        // Stable, so that sums are in the order of distances whatever sorts.
        rayon::slice::ParallelSliceMut::par_sort_by_key(&mut parts[..], |(dyad, _)| *dyad);
        let sums = parts.chunk_by(|a, b| a.0 == b.0);
        sums.map(|run| run.iter().map(|(_, part)| part).sum::<f64>().powi(2))
            .sum()
    }

    fn drawn(&self, data: &PairSets<'_>) -> Result<f64> {
        let sizes = DyadSizes::new(data);
        let (queries, stored) = (data.query_classes(), data.stored_classes());
        let mut random = SplitMix(0x2545_F491_4F6C_DD1D);
        let (mut offers, mut weights) = (vec![], vec![]);
        for _ in 0..TRIES {
            let first = random.below(data.query_labels.len() as u64) as u32;
            let second = random.below(data.stored_labels.len() as u64) as u32;
            let a = data.query_labels[first as usize];
            let b = data.stored_labels[second as usize];
            if a == b || a == IGNORED || b == IGNORED {
                continue;
            }
            let pairs = sizes.pairs(a, b);
            let place = random.below(pairs);
            let one_way = queries[a as usize].len() as u64 * stored[b as usize].len() as u64;
            let (of, with, place) = if place < one_way {
                (&queries[a as usize], &stored[b as usize], place)
            } else {
                (&queries[b as usize], &stored[a as usize], place - one_way)
            };
            let columns = with.len() as u64;
            let again = (
                of[(place / columns) as usize],
                with[(place % columns) as usize],
            );
            for (first, second) in [(first, second), again] {
                offers.push(Offer {
                    key: 0.0,
                    first,
                    second,
                });
            }
            weights.push(pairs as f64);
            if weights.len() == DRAWN {
                break;
            }
        }
        if weights.is_empty() {
            return Ok(0.0);
        }
        let measured = exact_distances(data, &offers)?;
        let parts = measured.chunks_exact(2).zip(&weights);
        let sum: f64 = parts
            .map(|(both, pairs)| pairs * self.of(both[0].distance) * self.of(both[1].distance))
            .sum();
        Ok((self.impostors as f64 * sum / weights.len() as f64).max(0.0))
    }
}
