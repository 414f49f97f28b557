//! Hits of a search.

use super::shortlist::Hit;

/// The nearest rows of each probe, nearest first; rows at one distance in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Hits {
    /// Places for each probe.
    pub k: usize,
    /// Gallery rows, k for each probe; [`Hits::NONE`] where there are fewer.
    pub rows: Vec<u32>,
    /// Their distances, as `score` gives them; NaN where there are fewer.
    pub distances: Vec<f64>,
}

impl Hits {
    /// Stands where a probe has fewer than k hits.
    pub const NONE: u32 = u32::MAX;

    /// Bytes that the hits of so many probes may take while they are gathered.
    pub(super) fn bytes(probes: usize, k: usize) -> usize {
        let one = size_of::<u32>() + size_of::<f64>();
        // A list that grows is copied to one of twice its length.
        probes.saturating_mul(k).saturating_mul(3 * one)
    }

    /// No probes yet.
    pub(super) fn new(k: usize) -> Self {
        let (rows, distances) = (Vec::new(), Vec::new());
        Self { k, rows, distances }
    }

    /// Adds a probe.
    pub(super) fn push(&mut self, hits: &[Hit]) {
        let end = self.rows.len() + self.k;
        for hit in hits {
            self.rows.push(hit.row);
            self.distances.push(hit.distance);
        }
        self.rows.resize(end, Self::NONE);
        self.distances.resize(end, f64::NAN);
    }

    /// The nearest of both, at most k for each probe; rows of `later` come after these and are
    /// numbered from `first` on.
    ///
    /// Both are of the same probes.
    pub fn merge(&self, later: &Self, first: u32, k: usize) -> Self {
        let of = |hits: &Self, probe: usize, offset: u32| -> Vec<Hit> {
            let range = probe * hits.k..(probe + 1) * hits.k;
            let pairs = hits.rows[range.clone()].iter().zip(&hits.distances[range]);
            pairs
                .filter(|(row, _)| **row != Self::NONE)
                .map(|(row, distance)| Hit {
                    row: row + offset,
                    distance: *distance,
                })
                .collect()
        };
        let mut merged = Self::new(k.min(self.k + later.k));
        for probe in 0..self.rows.len() / self.k.max(1) {
            let mut both = of(self, probe, 0);
            both.extend(of(later, probe, first));
            both.sort_by(Hit::order);
            both.truncate(merged.k);
            merged.push(&both);
        }
        merged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_of_two_galleries_are_those_of_one() {
        let one = Hits {
            k: 2,
            rows: vec![4, 1, 0, Hits::NONE],
            distances: vec![0.5, 2.0, 1.0, f64::NAN],
        };
        let other = Hits {
            k: 1,
            rows: vec![0, 1],
            distances: vec![0.5, 3.0],
        };
        let merged = one.merge(&other, 10, 3);
        assert_eq!(merged.rows, [4, 10, 1, 0, 11, Hits::NONE]);
        assert_eq!(merged.distances[..5], [0.5, 0.5, 2.0, 1.0, 3.0]);
        assert_eq!(one.merge(&other, 10, 1).rows, [4, 0]);
    }
}
