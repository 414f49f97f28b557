//! Open set: what a threshold on the distance lets pass.

use super::super::score::{Score, number_of};
use super::super::{Orientation, Rates, at_most};
use super::{Mate, Searched, Searches};
use crate::error::{Code, Error, Result};

/// Convention for the threshold of a false positive identification rate and for passing it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Convention {
    /// A candidate passes at or below the threshold; the threshold is the loosest distance that
    /// occurs whose rate is at most the one asked for (ISO/IEC 19795-1, NIST FRTE 1:N, bob).
    #[default]
    AtMost,
    /// A candidate passes strictly below the threshold, which is the distance of non-mated probe
    /// number max(⌊n f⌋ − 1, 0) of n, sorted, counted from 0 (InsightFace IJB 1:N).
    InsightFace,
}

impl Convention {
    /// Every convention.
    pub const ALL: [Self; 2] = [Self::AtMost, Self::InsightFace];

    /// The convention of a name. Errors: `EOPTION`.
    pub fn parse(name: &str) -> Result<Self> {
        let named = |convention: &Self| convention.as_str() == name;
        Self::ALL.into_iter().find(named).ok_or_else(|| {
            let found = format!("the convention '{name}'");
            Error::new(Code::Option, found, "at-most or insightface")
        })
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AtMost => "at-most",
            Self::InsightFace => "insightface",
        }
    }
}

/// The DIR curve: searches that each threshold lets pass, rightly and wrongly.
///
/// FPIR(T) is the share of non-mated probes with a candidate at or below T. TPIR(T, R) is the
/// share of mated probes whose best mate is at or below T and has a pessimistic rank of at most R;
/// 1 − TPIR is NIST's FNIR. Thresholds are the distances that occur. **Point** 0 lets nothing pass,
/// point k what threshold number k − 1 does.
///
/// Source: ISO/IEC 19795-1; Grother, Ngan & Hanaoka, NIST IR 8271.
#[derive(Clone, Debug)]
pub struct Detection {
    thresholds: Vec<f64>,
    hits: Vec<u64>,
    alarms: Vec<u64>,
    mated: u64,
    non_mated: u64,
    rank: u64,
}

impl Detection {
    /// With mates counted within `rank`; `None` without probes of both kinds.
    ///
    /// Cost: one sort of the probes; 24 bytes a distinct distance.
    pub fn of(searches: &Searches, rank: u64) -> Option<Self> {
        let (mut met, mut mated) = (vec![], 0);
        for (_, mates) in searches.mated() {
            mated += 1;
            if mates[0].rank(0) <= rank {
                met.push((mates[0].distance.key(), true));
            }
        }
        let alarms = searches.non_mated().map(|p| (p.nearest_other.key(), false));
        met.extend(alarms);
        let mut detection = Self {
            thresholds: vec![],
            hits: vec![],
            alarms: vec![],
            mated,
            non_mated: searches.probes.len() as u64 - mated,
            rank,
        };
        if mated == 0 || detection.non_mated == 0 {
            return None;
        }
        met.sort_unstable();
        let (mut hits, mut alarms) = (0, 0);
        for as_near in met.chunk_by(|a, b| a.0 == b.0) {
            let of_mates = as_near.iter().filter(|(_, mate)| *mate).count();
            hits += of_mates as u64;
            alarms += (as_near.len() - of_mates) as u64;
            detection.thresholds.push(number_of(as_near[0].0));
            detection.hits.push(hits);
            detection.alarms.push(alarms);
        }
        Some(detection)
    }

    /// Number of mated probes.
    pub fn mated(&self) -> u64 {
        self.mated
    }

    /// Number of non-mated probes.
    pub fn non_mated(&self) -> u64 {
        self.non_mated
    }

    /// A threshold at or below which passes what the point lets pass; for point 0 the next smaller
    /// number than the smallest distance.
    pub fn threshold(&self, point: usize) -> f64 {
        match point.checked_sub(1) {
            Some(place) => self.thresholds[place],
            None => Orientation::Distance.next_stricter(self.thresholds[0]),
        }
    }

    /// Threshold and point for a false positive identification rate.
    pub fn at_fpir(&self, fpir: f64, convention: Convention) -> (f64, usize) {
        match convention {
            Convention::AtMost => {
                let point = at_most(self, fpir);
                (self.threshold(point), point)
            }
            Convention::InsightFace => {
                let place = (fpir * self.non_mated as f64) as u64;
                let before = place.saturating_sub(1);
                // The alarm of that number; what is below it passes.
                let point = self.alarms.partition_point(|alarms| *alarms <= before);
                (self.thresholds[point], point)
            }
        }
    }

    /// True if a point lets the best of these mates pass within the rank.
    pub(super) fn hits(&self, point: usize, mates: &[Mate]) -> bool {
        mates[0].rank(0) <= self.rank && mates[0].distance <= self.threshold(point)
    }

    /// True if a point lets a candidate of a non-mated probe pass.
    pub(super) fn alarms(&self, point: usize, probe: &Searched) -> bool {
        probe.nearest_other <= self.threshold(point)
    }
}

impl Rates for Detection {
    fn last(&self) -> usize {
        self.thresholds.len()
    }

    fn false_accepts(&self, point: usize) -> u64 {
        point.checked_sub(1).map_or(0, |place| self.alarms[place])
    }

    fn false_trials(&self) -> u64 {
        self.non_mated
    }

    fn true_rate(&self, point: usize) -> f64 {
        let hits = point.checked_sub(1).map_or(0, |place| self.hits[place]);
        hits as f64 / self.mated as f64
    }
}
