//! Outcomes of searches: mates and other people that labelled probes met in a gallery.

use std::ops::Range;

use crate::error::{Code, Error, Result};

/// Outcomes of labelled probes in a gallery. Distances: smaller is more alike.
///
/// A **mate** of a probe is a candidate of the same person; a probe with one is **mated**.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Searches {
    /// One search for each probe.
    pub probes: Vec<Searched>,
    /// Mates of all probes, one probe's behind the other's, nearest first.
    pub mates: Vec<Mate>,
}

/// Outcome of one probe.
#[derive(Clone, Debug, PartialEq)]
pub struct Searched {
    /// The person of the probe, a dense number.
    pub identity: u32,
    /// Its mates in [`Searches::mates`]; empty for a probe without a mate (open set).
    pub mates: Range<usize>,
    /// Smallest distance to a candidate of another person; infinite if the gallery has none.
    pub nearest_other: f64,
}

/// A candidate of the probe's person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mate {
    /// From the probe, finite.
    pub distance: f64,
    /// Candidates of other people that are nearer.
    pub nearer: u32,
    /// Candidates of other people that are exactly as near.
    pub tied: u32,
}

impl Mate {
    /// Rank from 1 behind `before` nearer mates, the pessimistic one: other people at the same
    /// distance come first.
    pub fn rank(&self, before: usize) -> u64 {
        before as u64 + 1 + u64::from(self.nearer) + u64::from(self.tied)
    }
}

impl Searches {
    /// The mates of a probe, nearest first.
    pub fn mates_of(&self, probe: &Searched) -> &[Mate] {
        &self.mates[probe.mates.clone()]
    }

    /// Adds the search of one probe: its person, its mates, nearest first, and the smallest
    /// distance to another person.
    pub fn push(
        &mut self,
        identity: u32,
        mates: impl IntoIterator<Item = Mate>,
        nearest_other: f64,
    ) {
        let begin = self.mates.len();
        self.mates.extend(mates);
        self.probes.push(Searched {
            identity,
            mates: begin..self.mates.len(),
            nearest_other,
        });
    }

    /// Adds searches behind these.
    pub fn append(&mut self, later: Self) {
        let offset = self.mates.len();
        self.mates.extend(later.mates);
        self.probes.extend(later.probes.into_iter().map(|probe| {
            let mates = probe.mates.start + offset..probe.mates.end + offset;
            Searched { mates, ..probe }
        }));
    }

    /// Probes with a mate, in order, each with its mates.
    pub fn mated(&self) -> impl Iterator<Item = (&Searched, &[Mate])> {
        let all = self.probes.iter().map(|p| (p, self.mates_of(p)));
        all.filter(|(_, mates)| !mates.is_empty())
    }

    /// Probes without a mate, in order.
    pub fn non_mated(&self) -> impl Iterator<Item = &Searched> {
        self.probes.iter().filter(|probe| probe.mates.is_empty())
    }

    /// Refuses what cannot be judged.
    ///
    /// # Errors
    ///
    /// `EEMPTY` without probes; with the probe as the row: `EINDEX` for mates out of range,
    /// `ENOTFINITE` for a distance that is NaN or a mate that is infinitely far, `EDOMAIN` for
    /// mates that are out of order and for a probe without any candidate.
    pub fn check(&self) -> Result<()> {
        if self.probes.is_empty() {
            return Err(Error::new(Code::Empty, "no probes", "at least one"));
        }
        for (row, probe) in self.probes.iter().enumerate() {
            let wrong = |code, found: String, expected: &str| {
                Err(Error::new(code, found, expected).with_row(row))
            };
            let Some(mates) = self.mates.get(probe.mates.clone()) else {
                let found = format!("mates {:?} of {}", probe.mates, self.mates.len());
                return wrong(Code::Index, found, "mates that are there");
            };
            if probe.nearest_other.is_nan() || mates.iter().any(|mate| !mate.distance.is_finite()) {
                let found = "a distance that is no number".into();
                return wrong(Code::NotFinite, found, "finite distances");
            }
            let ordered = |pair: &[Mate]| {
                pair[0].distance <= pair[1].distance && pair[0].nearer <= pair[1].nearer
            };
            if !mates.windows(2).all(ordered) {
                let found = "a mate before a nearer one".into();
                return wrong(Code::Domain, found, "the nearest first");
            }
            if mates.is_empty() && probe.nearest_other == f64::INFINITY {
                let found = "a probe without any candidate".into();
                return wrong(Code::Domain, found, "a gallery to search");
            }
        }
        Ok(())
    }
}
