//! The rows of a gallery that may be among the k nearest of a probe.

use std::collections::HashSet;

use super::codes::Bounds;

/// A row and its exact distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Hit {
    pub(super) distance: f64,
    pub(super) row: u32,
}

impl Hit {
    /// Nearer first; rows in their order where the distance is the same.
    pub(super) fn order(&self, other: &Self) -> std::cmp::Ordering {
        (self.distance.total_cmp(&other.distance)).then(self.row.cmp(&other.row))
    }
}

/// A row whose key is known within bounds only.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) row: u32,
    pub(super) bounds: Bounds,
}

/// The k nearest rows so far, exactly, and rows that have to be measured yet.
pub(super) struct Shortlist<'a> {
    k: usize,
    /// The person of each row, where one row of a person is enough.
    people: Option<&'a [u32]>,
    /// Sorted by [`Hit::order`]; at most k, no two of one person.
    best: Vec<Hit>,
    candidates: Vec<Candidate>,
    /// A row whose key cannot reach it is none of the k nearest.
    threshold: f32,
    limit: usize,
}

/// Candidates that are gathered before they are thinned out, besides two for each of k.
const ROOM: usize = 256;

/// Bytes that a list of the k nearest usually takes.
pub(super) fn bytes(k: usize) -> usize {
    k.saturating_mul(size_of::<Hit>()) + (2 * k + ROOM) * size_of::<Candidate>()
}

impl<'a> Shortlist<'a> {
    pub(super) fn new(k: usize, people: Option<&'a [u32]>) -> Self {
        Self {
            k,
            people,
            best: Vec::new(),
            candidates: Vec::new(),
            threshold: f32::NEG_INFINITY,
            limit: 2 * k + ROOM,
        }
    }

    /// An empty list that knows no less about what is out of the question.
    pub(super) fn branch(&self) -> Self {
        Self {
            threshold: self.threshold,
            ..Self::new(self.k, self.people)
        }
    }

    pub(super) fn threshold(&self) -> f32 {
        self.threshold
    }

    /// Raises the threshold to the key of the k-th exact hit.
    pub(super) fn raise(&mut self, threshold: f32) {
        self.threshold = self.threshold.max(threshold);
    }

    /// Takes a row into consideration.
    pub(super) fn push(&mut self, candidate: Candidate) {
        self.candidates.push(candidate);
        if self.candidates.len() >= self.limit {
            self.thin();
        }
    }

    /// Takes in what another list of the same probe has found.
    pub(super) fn join(&mut self, other: Self) {
        self.raise(other.threshold);
        self.candidates.extend(other.candidates);
        for hit in other.best {
            self.add(hit);
        }
    }

    /// Drops candidates that k others are certainly nearer than.
    fn thin(&mut self) {
        if let Some(kth) = self.kth_lower() {
            self.raise(kth);
        }
        self.candidates.retain(|c| c.bounds.upper >= self.threshold);
        self.limit = self.limit.max(2 * self.candidates.len());
    }

    /// The threshold that the keys of k candidates, each of another person, certainly reach.
    fn kth_lower(&self) -> Option<f32> {
        if self.candidates.len() < self.k {
            return None;
        }
        let Some(people) = self.people else {
            let mut lower: Vec<f32> = self.candidates.iter().map(|c| c.bounds.lower).collect();
            let (_, kth, _) = lower.select_nth_unstable_by(self.k - 1, |a, b| b.total_cmp(a));
            return Some(*kth);
        };
        let mut order: Vec<&Candidate> = self.candidates.iter().collect();
        order.sort_unstable_by(|a, b| b.bounds.lower.total_cmp(&a.bounds.lower));
        let mut seen = HashSet::with_capacity(self.k);
        let kth = order
            .into_iter()
            .find(|candidate| seen.insert(people[candidate.row as usize]) && seen.len() == self.k);
        kth.map(|candidate| candidate.bounds.lower)
    }

    /// The candidates, the likeliest first; none are left.
    pub(super) fn take_candidates(&mut self) -> Vec<Candidate> {
        self.thin();
        let mut taken = std::mem::take(&mut self.candidates);
        taken.sort_unstable_by(|a, b| b.bounds.upper.total_cmp(&a.bounds.upper));
        taken
    }

    /// Takes a measured row in if it is among the k nearest; whether it is.
    pub(super) fn add(&mut self, hit: Hit) -> bool {
        let place = self.best.partition_point(|other| other.order(&hit).is_lt());
        if place == self.k {
            return false;
        }
        if let Some(people) = self.people {
            let person = |hit: &Hit| people[hit.row as usize];
            match self
                .best
                .iter()
                .position(|other| person(other) == person(&hit))
            {
                Some(known) if known < place => return false,
                Some(known) => drop(self.best.remove(known)),
                None => {}
            }
        }
        self.best.truncate(self.k - 1);
        self.best.insert(place, hit);
        true
    }

    /// The k-th nearest, once there are k.
    pub(super) fn kth(&self) -> Option<&Hit> {
        self.best.get(self.k - 1)
    }

    /// The nearest rows, nearest first.
    pub(super) fn best(&self) -> &[Hit] {
        &self.best
    }
}
