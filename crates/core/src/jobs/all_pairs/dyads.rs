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
    /// Rows of each person on either side; several where pairs of several passes are put together.
    sides: Vec<(Vec<u64>, Vec<u64>)>,
}

impl DyadSizes {
    pub(super) fn new(data: &PairSets<'_>) -> Self {
        Self {
            same: data.sides.same,
            sides: vec![data.class_sizes()],
        }
    }

    /// Pairs of these together; they are pairs of two sets.
    pub(super) fn together<'s>(all: impl IntoIterator<Item = &'s Self>) -> Self {
        let sides = all.into_iter().flat_map(|of| of.sides.iter().cloned());
        Self {
            same: false,
            sides: sides.collect(),
        }
    }

    /// Impostor pairs of two people.
    fn pairs(&self, a: u32, b: u32) -> u64 {
        let (a, b) = (a as usize, b as usize);
        let rows = |of: &[u64], person: usize| of.get(person).copied().unwrap_or(0);
        let one_way =
            |(first, second): &(Vec<u64>, Vec<u64>), a, b| rows(first, a) * rows(second, b);
        let of_side = |side| match self.same {
            true => one_way(side, a, b),
            false => one_way(side, a, b) + one_way(side, b, a),
        };
        self.sides.iter().map(of_side).sum()
    }

    /// Sum of the squares of all their numbers: over ordered people
    /// `Σ (Σ_k u_k[a] v_k[b] + u_k[b] v_k[a])² = 2 Σ_k,l (u_k·u_l)(v_k·v_l) + (u_k·v_l)(v_k·u_l)`, less those of one
    /// person, halved. Pairs of one set are counted both ways in it.
    fn squares(&self) -> u128 {
        let dot = |a: &[u64], b: &[u64]| -> u128 {
            let both = a.iter().zip(b);
            both.map(|(a, b)| u128::from(*a) * u128::from(*b)).sum()
        };
        let ordered: u128 = (self
            .sides
            .iter()
            .flat_map(|k| self.sides.iter().map(move |l| (k, l))))
        .map(|((u, v), (x, y))| 2 * (dot(u, x) * dot(v, y) + dot(u, y) * dot(v, x)))
        .sum();
        let people = self
            .sides
            .iter()
            .map(|side| side.0.len())
            .max()
            .unwrap_or(0);
        let own = |person: usize| -> u128 {
            let rows = |of: &[u64]| u128::from(of.get(person).copied().unwrap_or(0));
            let both_ways = self.sides.iter().map(|(u, v)| 2 * rows(u) * rows(v));
            both_ways.sum::<u128>().pow(2)
        };
        let both_ways = (ordered - (0..people).map(own).sum::<u128>()) / 2;
        if self.same { both_ways / 4 } else { both_ways }
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
