//! The obvious twin of every measure: from a table of all distances, compiled for tests only.

use super::{Mate, Searches};
use crate::evaluation::trial_twin::Draw;

/// Every distance of a probe (row) and a candidate (column), and who they are.
pub(super) struct Table {
    pub(super) probes: Vec<u32>,
    pub(super) gallery: Vec<u32>,
    pub(super) distances: Vec<Vec<f64>>,
}

/// A candidate as a probe sees it.
#[derive(Clone, Copy)]
struct Seen {
    distance: f64,
    mate: bool,
}

impl Table {
    /// Full of ties or without any, one probe or many, several mates, one or none.
    pub(super) fn draw(draw: &mut Draw) -> Self {
        let people = 1 + draw.below(8);
        let levels = 1 + draw.below(9);
        let plain = draw.below(3) == 0;
        let enrolled = 1 + draw.below(people);
        let probes = (0..1 + draw.below(25)).map(|_| draw.below(people) as u32);
        let probes: Vec<u32> = probes.collect();
        let mut gallery: Vec<u32> = (0..1 + draw.below(20))
            .map(|_| draw.below(enrolled) as u32)
            .collect();
        // Somebody whom no probe shows, so that nobody's search is empty.
        gallery.push(people as u32);
        let mut one = |mate: bool| {
            let shift = if mate { 0.0 } else { 2.0 };
            if plain {
                draw.normal() + shift
            } else {
                draw.below(levels) as f64 * 0.5 + shift * draw.below(2) as f64
            }
        };
        let row = |probe: &u32| gallery.iter().map(|g| one(g == probe)).collect();
        let distances = probes.iter().map(row).collect();
        Self {
            probes,
            gallery,
            distances,
        }
    }

    /// Candidates of a probe, the most alike first, mates behind others at the same distance.
    fn sorted(&self, probe: usize) -> Vec<Seen> {
        let seen = self.gallery.iter().zip(&self.distances[probe]);
        let seen = seen.map(|(who, distance)| Seen {
            distance: *distance,
            mate: *who == self.probes[probe],
        });
        let mut seen: Vec<Seen> = seen.collect();
        seen.sort_by(|a, b| {
            let by_distance = a.distance.partial_cmp(&b.distance).unwrap();
            by_distance.then(a.mate.cmp(&b.mate))
        });
        seen
    }

    /// Distances that a search meets.
    pub(super) fn searches(&self) -> Searches {
        let mut searches = Searches::default();
        for (probe, identity) in self.probes.iter().enumerate() {
            let seen = self.sorted(probe);
            let others = || seen.iter().filter(|s| !s.mate).map(|s| s.distance);
            let mates = seen.iter().filter(|s| s.mate).map(|mate| Mate {
                distance: mate.distance,
                nearer: others().filter(|d| *d < mate.distance).count() as u32,
                tied: others().filter(|d| *d == mate.distance).count() as u32,
            });
            searches.push(*identity, mates, others().fold(f64::INFINITY, f64::min));
        }
        searches
    }

    fn is_mated(&self, probe: usize) -> bool {
        self.gallery.contains(&self.probes[probe])
    }

    pub(super) fn mated(&self) -> Vec<usize> {
        let all = 0..self.probes.len();
        all.filter(|probe| self.is_mated(*probe)).collect()
    }

    pub(super) fn non_mated(&self) -> Vec<usize> {
        let all = 0..self.probes.len();
        all.filter(|probe| !self.is_mated(*probe)).collect()
    }

    /// True if the best mate is within a rank, by looking at so many candidates.
    pub(super) fn within(&self, probe: usize, rank: u64) -> bool {
        let first = self.sorted(probe).into_iter().take(rank as usize);
        first.into_iter().any(|seen| seen.mate)
    }

    /// Chance of it when what is equally near comes in random order, candidate by candidate.
    pub(super) fn chance_within(&self, probe: usize, rank: u64) -> f64 {
        let seen = self.sorted(probe);
        let best = seen.iter().find(|s| s.mate).unwrap().distance;
        let nearer = seen.iter().filter(|s| s.distance < best).count() as u64;
        let equal = seen.iter().filter(|s| s.distance == best);
        let (mut left, mut others) = (0.0, 0.0);
        for one in equal {
            left += 1.0;
            others += f64::from(u8::from(!one.mate));
        }
        let mut none = 1.0;
        for _ in nearer..rank {
            if others <= 0.0 {
                return 1.0;
            }
            none *= others / left;
            left -= 1.0;
            others -= 1.0;
        }
        1.0 - none
    }

    /// (reciprocal rank, average precision, R-precision, average precision at R, inverse negative penalty).
    pub(super) fn retrieval(&self, probe: usize) -> [f64; 5] {
        let seen = self.sorted(probe);
        let mates = seen.iter().filter(|s| s.mate).count();
        let first = seen.iter().position(|s| s.mate).unwrap();
        let precision = |k: usize| seen[..k].iter().filter(|s| s.mate).count() as f64 / k as f64;
        let precisions = |most: usize| {
            let at = (1..=most).filter(|k| seen[k - 1].mate);
            at.map(precision).sum::<f64>() / mates as f64
        };
        let at_r = precisions(mates);
        let last = seen.iter().rposition(|s| s.mate).unwrap();
        [
            1.0 / (first + 1) as f64,
            precisions(seen.len()),
            precision(mates),
            at_r,
            mates as f64 / (last + 1) as f64,
        ]
    }

    /// Average precision by trapezoids, candidate by candidate: recall and precision after each, starting
    /// from recall 0 and precision 1.
    pub(super) fn trapezoids(&self, probe: usize) -> f64 {
        let seen = self.sorted(probe);
        let mates = seen.iter().filter(|s| s.mate).count() as f64;
        let (mut area, mut found) = (0.0, 0.0);
        let (mut recall, mut precision) = (0.0, 1.0);
        for (before, candidate) in seen.iter().enumerate() {
            found += f64::from(u8::from(candidate.mate));
            let (next, at) = (found / mates, found / (before + 1) as f64);
            area += (next - recall) * (precision + at) / 2.0;
            (recall, precision) = (next, at);
        }
        area
    }

    /// (FPIR, TPIR) at a threshold: what `passes` decides for each distance.
    pub(super) fn rates(&self, rank: u64, passes: impl Fn(f64) -> bool) -> (f64, f64) {
        let (mated, non_mated) = (self.mated(), self.non_mated());
        let alarm = |probe: &&usize| self.distances[**probe].iter().any(|d| passes(*d));
        let hit = |probe: &&usize| {
            let best = self.sorted(**probe).into_iter().find(|s| s.mate).unwrap();
            self.within(**probe, rank) && passes(best.distance)
        };
        let alarms = non_mated.iter().filter(alarm).count();
        let hits = mated.iter().filter(hit).count();
        (
            alarms as f64 / non_mated.len() as f64,
            hits as f64 / mated.len() as f64,
        )
    }

    /// Every distance, and one below all.
    pub(super) fn thresholds(&self) -> Vec<f64> {
        let mut all: Vec<f64> = self.distances.iter().flatten().copied().collect();
        all.push(f64::NEG_INFINITY);
        all
    }
}
