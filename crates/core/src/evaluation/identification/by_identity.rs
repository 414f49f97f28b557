//! Intervals that know that probes share people.
//!
//! As for pairs, the influence of a person is what their probes add to the error of a measure. Who
//! brings the probes is in the gallery, too, so these intervals are about other people with other
//! galleries of the kind; for the same gallery with other probes they are wider than need be.

use super::{Mate, Searched, Searches};
use crate::evaluation::intervals::Spread;

/// Identities of probes.
pub(super) struct ByIdentity<'a> {
    searches: &'a Searches,
    identities: usize,
}

impl<'a> ByIdentity<'a> {
    pub(super) fn new(searches: &'a Searches) -> Self {
        let largest = searches.probes.iter().map(|probe| probe.identity).max();
        Self {
            searches,
            identities: largest.map_or(0, |identity| identity as usize + 1),
        }
    }

    /// People with a probe of the kind.
    pub(super) fn people(&self, kind: impl Fn(&Searched) -> bool) -> usize {
        let mut seen = vec![false; self.identities];
        for probe in self.searches.probes.iter().filter(|probe| kind(probe)) {
            seen[probe.identity as usize] = true;
        }
        seen.into_iter().filter(|seen| *seen).count()
    }

    /// Spread of a measure, from what each probe with its mates adds to its error.
    pub(super) fn spread(&self, of: impl Fn(&Searched, &[Mate]) -> f64) -> Spread {
        let mut influences = vec![0.0; self.identities];
        for probe in &self.searches.probes {
            influences[probe.identity as usize] += of(probe, self.searches.mates_of(probe));
        }
        Spread::of(influences, 0.0)
    }
}
