//! Intervals that know that probes share people.
//!
//! As for pairs, the influence of a person is what their probes add to the error of a measure, and
//! Var ≈ K/(K − 1) Σ IF² over K people. The gallery is taken as it is.

use super::{Mate, Searched, Searches};
use crate::evaluation::intervals::standard_error;

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

    /// Standard error of a measure, from what each probe with its mates adds to its error.
    pub(super) fn error(&self, people: usize, of: impl Fn(&Searched, &[Mate]) -> f64) -> f64 {
        let mut influences = vec![0.0; self.identities];
        for probe in &self.searches.probes {
            influences[probe.identity as usize] += of(probe, self.searches.mates_of(probe));
        }
        standard_error(&influences, people)
    }
}
