//! The most alike impostor pairs, by exact distance.
//!
//! A pass offers every impostor at or above a bin; the bin rises when too many have come. At the
//! end the exact distances are taken, and as many are kept as are sure to be the most alike.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use rayon::prelude::*;

use super::PairSets;
use super::bins::Bins;
use super::genuine::Pair;
use crate::error::Result;
use crate::job::memory;
use crate::measure::Scratch;
use crate::measure::tiles::Keys;

/// An impostor pair and its key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Offer {
    pub(super) key: f64,
    pub(super) first: u32,
    pub(super) second: u32,
}

pub(super) struct Tail {
    wanted: usize,
    floor: AtomicU32,
    /// True if some offers may come twice: a stopped round is begun again.
    repeats: bool,
    offers: Mutex<Vec<Offer>>,
}

impl Tail {
    /// Keeps the `wanted` most alike; starts with those of bin `floor` and above.
    pub(super) fn new(wanted: usize, floor: u32, offers: Vec<Offer>) -> Self {
        Self {
            wanted,
            floor: AtomicU32::new(floor),
            repeats: !offers.is_empty(),
            offers: Mutex::new(offers),
        }
    }

    /// The bin from which impostors are wanted. It rises with time: what is read here may be out
    /// of date, which only brings offers that are dropped later.
    pub(super) fn floor(&self) -> u32 {
        self.floor.load(Relaxed)
    }

    /// Takes what a task found.
    pub(super) fn offer(&self, found: &mut Vec<Offer>, bins: &Bins<'_>) {
        let mut offers = self.offers.lock().unwrap_or_else(|e| e.into_inner());
        offers.append(found);
        if offers.len() > 2 * self.wanted {
            self.raise(&mut offers, bins);
        }
    }

    /// Takes what another pass kept, from its floor on.
    pub(super) fn take(&self, floor: u32, mut found: Vec<Offer>, bins: &Bins<'_>) {
        self.floor.fetch_max(floor, Relaxed);
        self.offer(&mut found, bins);
    }

    fn raise(&self, offers: &mut Vec<Offer>, bins: &Bins<'_>) {
        if self.repeats {
            distinct(offers);
        }
        let Some(least) = self.least(offers, bins) else {
            return;
        };
        let mut floor = bins.bin(least);
        offers.retain(|offer| bins.bin(offer.key) >= floor);
        // A bin that holds more than can be kept goes as a whole, and the tail is shorter.
        while offers.len() > 2 * self.wanted {
            floor += 1;
            offers.retain(|offer| bins.bin(offer.key) >= floor);
        }
        self.floor.fetch_max(floor, Relaxed);
    }

    /// The least key that one of the most alike can have, or one that ties with the last of them; nothing while there
    /// are no more than are wanted. More offers never lower it, so a floor from some of them keeps all that
    /// a floor from all of them keeps.
    fn least(&self, offers: &mut [Offer], bins: &Bins<'_>) -> Option<f64> {
        let by_key = |a: &Offer, b: &Offer| b.key.total_cmp(&a.key);
        let more = offers.len() > self.wanted;
        more.then(|| offers.select_nth_unstable_by(self.wanted, by_key).1.key - 2.0 * bins.bound())
    }

    /// For a checkpoint: the floor and the offers, which are the same for the same pairs.
    pub(super) fn snapshot(&self, bins: &Bins<'_>) -> (u32, Vec<Offer>) {
        let mut offers = self.offers.lock().unwrap_or_else(|e| e.into_inner());
        distinct(&mut offers);
        self.raise(&mut offers, bins);
        distinct(&mut offers);
        (self.floor(), offers.clone())
    }

    /// The most alike impostors, most alike first, then by rows: at most as many as were wanted,
    /// and none where a more alike one may be missing before it. Beside them how many of the first
    /// are complete: no impostor of their distances is missing.
    pub(super) fn finish(
        mut self,
        data: &PairSets<'_>,
        keys: &Keys<'_>,
        bins: &Bins<'_>,
    ) -> Result<(Vec<Pair>, usize)> {
        let floor = self.floor();
        let offers = self.offers.get_mut().unwrap_or_else(|e| e.into_inner());
        let mut offers = std::mem::take(offers);
        if self.repeats {
            distinct(&mut offers);
        }
        // Beyond the last that is wanted nothing needs its exact distance, but what may tie with it.
        let least = self.least(&mut offers, bins);
        if let Some(least) = least {
            offers.retain(|offer| offer.key >= least);
        }
        offers.par_sort_unstable_by_key(|offer| (offer.first, offer.second));
        let mut pairs = exact_distances(data, &offers)?;
        drop(offers);
        // Where the floor is below all of these, none is missing, wherever it stands.
        let edge = bins.edge(floor as usize);
        if floor > 0 && least.is_none_or(|least| least < edge) {
            let surely = edge + 2.0 * bins.bound();
            pairs.retain(|pair| keys.key_of(pair.distance) >= surely);
        }
        pairs.par_sort_unstable_by(|a, b| {
            let by_distance = a.distance.total_cmp(&b.distance);
            by_distance.then_with(|| (a.first, a.second).cmp(&(b.first, b.second)))
        });
        let mut complete = pairs.len().min(self.wanted);
        if let Some(beyond) = pairs.get(self.wanted).map(|pair| pair.distance) {
            complete = pairs.partition_point(|pair| pair.distance < beyond);
        }
        pairs.truncate(self.wanted);
        Ok((pairs, complete))
    }
}

/// Each pair once, in order of rows.
fn distinct(offers: &mut Vec<Offer>) {
    offers.par_sort_unstable_by_key(|offer| (offer.first, offer.second));
    offers.dedup_by_key(|offer| (offer.first, offer.second));
}

/// The exact distances of pairs, in order.
pub(super) fn exact_distances(data: &PairSets<'_>, offers: &[Offer]) -> Result<Vec<Pair>> {
    /// So few that their rows stay in the near caches.
    const PAIRS: usize = 256;
    let unmeasured = Pair {
        distance: f64::NAN,
        first: 0,
        second: 0,
    };
    let mut pairs = memory::filled("distances of pairs", offers.len(), unmeasured)?;
    let parts = offers.par_chunks(PAIRS).zip(pairs.par_chunks_mut(PAIRS));
    let measured: Vec<Result<()>> = parts
        .map(|(offers, pairs)| measure(data, offers, pairs))
        .collect();
    measured.into_iter().collect::<Result<()>>()?;
    Ok(pairs)
}

/// Each row is read once.
fn measure(data: &PairSets<'_>, offers: &[Offer], pairs: &mut [Pair]) -> Result<()> {
    let rows = |of: fn(&Offer) -> u32| {
        let mut rows: Vec<u32> = offers.iter().map(of).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    };
    let (firsts, seconds) = (rows(|o| o.first), rows(|o| o.second));
    let queries = data.sides.queries.batch(&firsts)?;
    let stored = data.sides.stored.batch(&seconds)?;
    let mut scratch = Scratch::default();
    let place = |rows: &[u32], row: u32| rows.partition_point(|r| *r < row);
    for (offer, pair) in offers.iter().zip(pairs) {
        let a = (&queries, place(&firsts, offer.first));
        let b = (&stored, place(&seconds, offer.second));
        *pair = Pair {
            distance: data.sides.distance(a, b, &mut scratch)?,
            first: offer.first,
            second: offer.second,
        };
    }
    Ok(())
}
