//! Hits of a search.

use std::collections::HashSet;

use super::shortlist::Hit;
use crate::error::{Code, Error, Result};

/// The nearest rows of each probe, nearest first; rows at one distance in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Hits {
    /// Probe i has the hits from `starts[i]` up to `starts[i + 1]`: one number more than probes.
    pub starts: Vec<u32>,
    /// Gallery rows.
    pub rows: Vec<u32>,
    /// Their distances, as `score` gives them.
    pub distances: Vec<f64>,
}

impl Hits {
    /// Bytes that the hits of so many probes may take while they are gathered.
    ///
    /// Errors: `EOPTION` for more hits than 32 bits count.
    pub(super) fn bytes(probes: usize, k: usize) -> Result<usize> {
        let hits = probes.saturating_mul(k);
        if u32::try_from(hits).is_err() {
            let found = format!("{k} hits for each of {probes} probes");
            return Err(
                Error::new(Code::Option, found, "at most 2³²−1 hits in one search")
                    .with_hint("Search for fewer probes at a time"),
            );
        }
        let one = size_of::<u32>() + size_of::<f64>();
        // A list that grows is copied to one of twice its length.
        Ok((hits * one + probes * size_of::<u32>()).saturating_mul(3))
    }

    /// No hits of so many probes.
    pub(super) fn none(probes: usize) -> Self {
        let mut hits = Self::new();
        hits.starts.resize(probes + 1, 0);
        hits
    }

    /// No probes yet.
    pub(super) fn new() -> Self {
        let (rows, distances) = (Vec::new(), Vec::new());
        Self {
            starts: vec![0],
            rows,
            distances,
        }
    }

    /// Adds a probe.
    pub(super) fn push(&mut self, hits: &[Hit]) {
        for hit in hits {
            self.rows.push(hit.row);
            self.distances.push(hit.distance);
        }
        self.starts.push(self.rows.len() as u32);
    }

    /// The nearest of both, at most k for each probe; with `person`, of those of one person the nearest.
    ///
    /// Both are of the same probes.
    pub fn merge(&self, later: &Self, k: usize, person: Option<&dyn Fn(u32) -> u32>) -> Self {
        let mut merged = Self::new();
        for probe in 0..self.starts.len() - 1 {
            let both = self.of(probe).chain(later.of(probe));
            let mut both: Vec<Hit> = both.map(|(row, distance)| Hit { row, distance }).collect();
            both.sort_by(Hit::order);
            if let Some(person) = person {
                let mut met = HashSet::new();
                both.retain(|hit| met.insert(person(hit.row)));
            }
            both.truncate(k);
            merged.push(&both);
        }
        merged
    }

    /// Row and distance of each hit of a probe.
    pub fn of(&self, probe: usize) -> impl Iterator<Item = (u32, f64)> {
        let range = self.starts[probe] as usize..self.starts[probe + 1] as usize;
        let rows = self.rows[range.clone()].iter().copied();
        rows.zip(self.distances[range].iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_of_two_galleries_are_those_of_one() {
        let one = Hits {
            starts: vec![0, 2, 3],
            rows: vec![4, 1, 0],
            distances: vec![0.5, 2.0, 1.0],
        };
        let other = Hits {
            starts: vec![0, 1, 2],
            rows: vec![10, 11],
            distances: vec![0.5, 3.0],
        };
        let merged = one.merge(&other, 3, None);
        assert_eq!(merged.rows, [4, 10, 1, 0, 11]);
        assert_eq!(merged.starts, [0, 3, 5]);
        assert_eq!(merged.distances, [0.5, 0.5, 2.0, 1.0, 3.0]);
        assert_eq!(one.merge(&other, 1, None).rows, [4, 0]);
        // Rows 1 and 10 are of one person.
        let person = |row: u32| row.min(10) % 9;
        assert_eq!(one.merge(&other, 3, Some(&person)).rows, [4, 10, 0, 11]);
    }

    #[test]
    fn hits_that_32_bits_cannot_count_are_refused() {
        assert!(Hits::bytes(1 << 16, (1 << 16) - 1).is_ok());
        let refused = Hits::bytes(1 << 16, 1 << 16).unwrap_err();
        assert_eq!(refused.code(), Code::Option);
    }
}
