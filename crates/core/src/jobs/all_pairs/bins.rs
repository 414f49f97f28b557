//! Where an impostor's key lies among the keys of the genuine pairs.
//!
//! The range of keys is cut into equal bins. In the fine form the distinct genuine distances cut
//! it further, so that a place tells exactly how many genuine pairs are more alike; a key too near
//! to a genuine one to tell is looked at again by its exact distance. In the coarse form a place is
//! a bin, and what it leaves open is added up as a bound.

use super::genuine::Genuine;
use crate::kernels::{Grid, fetch};
use crate::measure::tiles::Keys;

/// Bins of a pass.
pub(super) const BINS: usize = 1 << 16;
/// Distinct genuine distances that the fine form takes.
pub(super) const MOST_CUTS: usize = 1 << 20;
/// A bin has up to 2 to this power cells.
const MOST_HALVINGS: u32 = 4;
/// Cuts that a cell may hold, or come within the bound of, to be told apart by as many comparisons.
const FEW: usize = 2;
/// Marks a cell of more.
const MANY: u32 = 1 << 31;

pub(super) struct Bins<'a> {
    genuine: &'a [f64],
    low: f64,
    /// Below all keys but those that no known distance foretells.
    least: f64,
    width: f64,
    bound: f64,
    grid: Grid,
    /// Parts of the bins: as wide as the distance of neighbouring cuts, about.
    cells: Grid,
    /// Bins are cells halved as often.
    halvings: u32,
    /// Cuts surely below each cell, in the fine form, and after the last cell all cuts; marked where a cell has many.
    below: Vec<u32>,
    /// The distinct genuine distances and the given thresholds, from least alike; empty in the
    /// coarse form.
    cuts: Vec<Cut>,
    /// Their keys once more, side by side for the search, and after the last what no key reaches.
    cut_keys: Vec<f64>,
}

/// A distinct genuine distance, or a given threshold.
#[derive(Clone, Copy)]
struct Cut {
    key: f64,
    distance: f64,
    /// Genuine pairs less alike, and of this distance.
    below: u64,
    pairs: u64,
}

/// Where a key lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In this slot.
    Slot(u32),
    /// Within the bound of a genuine key.
    Unsure,
}

/// Where an exact distance lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExactPlace {
    Slot(u32),
    /// Equal to the genuine distance of this rank.
    Tie(u32),
}

/// Genuine pairs more alike than an impostor, counted double so that a tie is 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// At least.
    pub(super) certain: u64,
    /// At most.
    pub(super) possible: u64,
}

/// A slot and what it stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) slot: u32,
    pub(super) bin: u32,
    /// Distinct genuine distances less alike; 0 in the coarse form.
    pub(super) rank: u32,
}

impl Standing {
    /// A tie or an open case counts half.
    pub(super) fn middle(self) -> u64 {
        (self.certain + self.possible) / 2
    }
}

impl<'a> Bins<'a> {
    /// `low` and `high`: keys between which nearly all lie, and the least key that is known. In the fine
    /// form impostors are counted exactly at each of `thresholds`, too.
    pub(super) fn new(
        keys: &Keys<'_>,
        genuine: &'a Genuine,
        thresholds: &[f64],
        (low, high, least): (f64, f64, f64),
    ) -> Self {
        // Equal keys, too, get bins of many steps of the last bit.
        let largest = low.abs().max(high.abs());
        let margin = (high - low).abs() * 0.02 + 4.0 * keys.bound() + 1e-9 * largest + 1e-300;
        let far = (least < low).then_some(least - (high - least) * 0.02);
        let (low, high) = (low - margin, high + margin);
        let mut bins = Self {
            genuine: &genuine.sorted,
            low,
            least: far.unwrap_or(low),
            width: (high - low) / BINS as f64,
            bound: keys.bound(),
            grid: Grid {
                low,
                per_number: BINS as f64 / (high - low),
                cells: BINS as u32,
            },
            cells: Grid::default(),
            halvings: 0,
            below: Vec::new(),
            cuts: Vec::new(),
            cut_keys: Vec::new(),
        };
        bins.cells = bins.grid;
        if bins.are_sharp() {
            bins.cuts = cuts(keys, &genuine.sorted, thresholds).unwrap_or_default();
        }
        if !bins.cuts.is_empty() {
            bins.cut_cells();
        }
        bins
    }

    /// Makes cells, and finds the cuts below each.
    fn cut_cells(&mut self) {
        let cuts = self.cuts.len();
        while self.halvings < MOST_HALVINGS && (self.cells.cells as usize) < 2 * cuts {
            self.halvings += 1;
            self.cells.cells *= 2;
            self.cells.per_number *= 2.0;
        }
        self.cut_keys = self.cuts.iter().map(|cut| cut.key).collect();
        // Rounding may put a key of an edge into the neighbour: of the edge here, and of the key's place.
        let width = self.width / f64::from(1 << self.halvings);
        let ends = self.low.abs() + self.width * BINS as f64;
        let slack = self.bound + 1e-3 * width + 8.0 * f64::EPSILON * ends;
        let last = self.cells.cells - 1;
        let (mut from, mut to) = (0, 0);
        self.below = (0..=last)
            .map(|cell| {
                let edge = self.low + f64::from(cell) * width;
                from += count_while(&self.cut_keys[from..], |key| cell > 0 && key < edge - slack);
                to += count_while(&self.cut_keys[to..], |key| {
                    cell == last || key <= edge + width + slack
                });
                from as u32 | if to - from > FEW { MANY } else { 0 }
            })
            .chain([cuts as u32])
            .collect();
        self.cut_keys.extend([f64::INFINITY; FEW]);
    }

    /// Tells if keys are so near to the exact ones that hardly any is measured again.
    pub(super) fn are_sharp(&self) -> bool {
        self.bound < self.width / 1024.0
    }

    /// Tells if keys lie within a few bins of the exact ones, as the coarse form needs.
    pub(super) fn are_useful(&self) -> bool {
        self.bound < 16.0 * self.width
    }

    /// Tells if places are exact.
    pub(super) fn is_fine(&self) -> bool {
        !self.below.is_empty()
    }

    /// Number of slots.
    pub(super) fn slots(&self) -> usize {
        BINS + 2 * self.cuts.len()
    }

    /// Number of distinct genuine distances that an impostor can be found equal to.
    pub(super) fn ties(&self) -> usize {
        self.cuts.len()
    }

    /// Largest difference of a key from the exact one.
    pub(super) fn bound(&self) -> f64 {
        self.bound
    }

    /// The bin of a key; those beyond the range are in the outer bins.
    pub(super) fn bin(&self, key: f64) -> u32 {
        self.grid.cell(key)
    }

    /// Where keys are looked up: the cells in the fine form, the bins in the coarse one.
    pub(super) fn cells(&self) -> Grid {
        self.cells
    }

    /// The first cell of a bin.
    pub(super) fn cell_of(&self, bin: u32) -> u32 {
        bin << self.halvings
    }

    /// Lower edge of a bin: the least key that is in it or above. That of the first is no bound.
    pub(super) fn edge(&self, bin: usize) -> f64 {
        let near = self.low + bin as f64 * self.width;
        if bin == 0 {
            return near;
        }
        least(near, |key| self.bin(key) as usize >= bin)
    }

    /// Lower end of the keys that are known.
    pub(super) fn least(&self) -> f64 {
        self.least
    }

    /// Turns the cells of keys into their slots, in the fine form; what is after the last cell into the slot after
    /// the last. Calls `unsure` for each key within the bound of a genuine one, which goes there, too.
    pub(super) fn slots_of(&self, keys: &[f64], places: &mut [u32], mut unsure: impl FnMut(usize)) {
        for cell in &*places {
            fetch(&self.below[*cell as usize..][..1]);
        }
        for cell in &*places {
            let below = self.below[*cell as usize] & !MANY;
            fetch(&self.cut_keys[below as usize..][..1]);
        }
        for (at, (place, key)) in places.iter_mut().zip(keys).enumerate() {
            *place = self.slot_among_few(*place, *key).unwrap_or_else(|| {
                match self.place(*place, *key) {
                    Place::Slot(slot) => slot,
                    Place::Unsure => {
                        unsure(at);
                        slot(BINS, self.cuts.len())
                    }
                }
            });
        }
    }

    /// The slot of a key of this cell unless it has many cuts, or one within the bound.
    #[inline(always)]
    fn slot_among_few(&self, cell: u32, key: f64) -> Option<u32> {
        let below = self.below[cell as usize];
        let from = (below & !MANY) as usize;
        let [a, b] = self.cut_keys[from..][..FEW] else {
            return None;
        };
        let near = ((a - key).abs() <= self.bound) | ((b - key).abs() <= self.bound);
        let rank = from + usize::from(a < key) + usize::from(b < key);
        let told = (below & MANY == 0) & !near;
        told.then_some(slot((cell >> self.halvings) as usize, rank))
    }

    /// Where a key of this cell lies, in the fine form.
    fn place(&self, cell: u32, key: f64) -> Place {
        let mut rank = (self.below[cell as usize] & !MANY) as usize;
        // Runs of few cuts without a branch on the outcome, which could not be foretold.
        const RUN: usize = 4;
        loop {
            let cuts = &self.cut_keys[rank..];
            let cuts = &cuts[..cuts.len().min(RUN)];
            let mut below = 0;
            let mut near = false;
            for cut in cuts {
                below += usize::from(*cut < key);
                near |= (*cut - key).abs() <= self.bound;
            }
            if near {
                return Place::Unsure;
            }
            rank += below;
            if below < RUN {
                return Place::Slot(slot((cell >> self.halvings) as usize, rank));
            }
        }
    }

    /// Where an exact distance lies, in the fine form.
    pub(super) fn place_exactly(&self, bin: u32, distance: f64) -> ExactPlace {
        let rank = self.cuts.partition_point(|cut| cut.distance > distance);
        match self.cuts.get(rank) {
            Some(cut) if cut.distance == distance => ExactPlace::Tie(rank as u32),
            _ => ExactPlace::Slot(slot(bin as usize, rank)),
        }
    }

    /// The rank of a genuine distance with this key, in the fine form.
    pub(super) fn rank_of(&self, key: f64, distance: f64) -> usize {
        let cell = self.cells.cell(key) as usize;
        let cuts_below = |cell: usize| (self.below[cell] & !MANY) as usize;
        // Every cut of a cell is surely below the end of the next cell.
        let (from, to) = (
            cuts_below(cell),
            cuts_below((cell + 2).min(self.below.len() - 1)),
        );
        from + self.cuts[from..to].partition_point(|cut| cut.distance > distance)
    }

    /// Keys whose exact key can be in a bin: rounding may put a key of the edge into the neighbour.
    fn range(&self, bin: usize) -> (f64, f64) {
        let slack = self.bound + self.width * 1e-9;
        let low = match bin {
            0 => f64::NEG_INFINITY,
            _ => self.edge(bin) - slack,
        };
        let high = match bin + 1 {
            BINS => f64::INFINITY,
            next => self.edge(next) + slack,
        };
        (low, high)
    }

    /// Every slot that can be met, from least to most alike.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> {
        let cut_keys = &self.cut_keys[..self.cuts.len()];
        // Cuts surely below a bin, and cuts not surely above it: both rise with it.
        let (mut from, mut to) = (0, 0);
        (0..BINS).flat_map(move |bin| {
            if !cut_keys.is_empty() {
                let (low, high) = self.range(bin);
                from += count_while(&cut_keys[from..], |key| key < low);
                to += count_while(&cut_keys[to..], |key| key <= high);
            }
            (from..=to).map(move |rank| Entry {
                slot: slot(bin, rank),
                bin: bin as u32,
                rank: rank as u32,
            })
        })
    }

    /// The standing of the impostors in each slot.
    pub(super) fn standings(&self, keys: &Keys<'_>) -> Vec<Standing> {
        let mut standings = vec![Standing::default(); self.slots()];
        for Entry { slot, bin, rank } in self.entries() {
            standings[slot as usize] = if self.is_fine() {
                let above = 2 * self.genuine_from(rank);
                Standing {
                    certain: above,
                    possible: above,
                }
            } else {
                let (low, high) = self.range(bin as usize);
                Standing {
                    certain: 2 * self.genuine_above(keys, high),
                    possible: 2 * self.genuine_above(keys, low),
                }
            };
        }
        standings
    }

    /// The standing of an impostor that ties with the genuine distance of this rank.
    pub(super) fn tie_standing(&self, rank: u32) -> Standing {
        let doubled = 2 * self.genuine_from(rank + 1) + self.cuts[rank as usize].pairs;
        Standing {
            certain: doubled,
            possible: doubled,
        }
    }

    /// Genuine pairs of this rank and all more alike ones, in the fine form.
    pub(super) fn genuine_from(&self, rank: u32) -> u64 {
        let all = self.genuine.len() as u64;
        self.cuts
            .get(rank as usize)
            .map_or(0, |cut| all - cut.below)
    }

    /// The distance of a rank.
    pub(super) fn cut_distance(&self, rank: u32) -> f64 {
        self.cuts[rank as usize].distance
    }

    /// Genuine pairs with a key above this one.
    pub(super) fn genuine_above(&self, keys: &Keys<'_>, key: f64) -> u64 {
        // Ascending distances are descending keys.
        self.genuine.partition_point(|d| keys.key_of(*d) > key) as u64
    }
}

/// Ascending with bin and rank. Doubled ranks keep the two bins on either side of an edge apart
/// when a cut lies on it.
fn slot(bin: usize, rank: usize) -> u32 {
    (bin + 2 * rank) as u32
}

/// Numbers at the start for which `holds` is true.
pub(super) fn count_while(numbers: &[f64], holds: impl Fn(f64) -> bool) -> usize {
    numbers.iter().take_while(|number| holds(**number)).count()
}

/// The least number for which `holds` is true, as it is for all above and for none below.
///
/// Mostly a step or two of the last bit from `near`; beside 0, where numbers are denser than their
/// differences from an edge, it is far away in steps. So steps double, and then halve.
fn least(near: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let ends = (ordinal(f64::NEG_INFINITY), ordinal(f64::INFINITY));
    let (mut no, mut yes) = (ordinal(near), ordinal(near));
    let mut step = 1;
    if holds(near) {
        while holds(number(no)) && no > ends.0 {
            (yes, no) = (no, no.saturating_sub(step).max(ends.0));
            step = step.saturating_mul(2);
        }
    } else {
        while !holds(number(yes)) && yes < ends.1 {
            (no, yes) = (yes, yes.saturating_add(step).min(ends.1));
            step = step.saturating_mul(2);
        }
    }
    while yes - no > 1 {
        let middle = no + (yes - no) / 2;
        if holds(number(middle)) {
            yes = middle;
        } else {
            no = middle;
        }
    }
    number(yes)
}

/// Place of a number among all numbers in their order.
fn ordinal(number: f64) -> i64 {
    let bits = number.to_bits() as i64;
    if bits < 0 { i64::MIN - bits } else { bits }
}

/// The number at a place.
fn number(ordinal: i64) -> f64 {
    let bits = if ordinal < 0 {
        i64::MIN - ordinal
    } else {
        ordinal
    };
    f64::from_bits(bits as u64)
}

/// The distinct values of `sorted` and the thresholds between them, from the largest, unless there
/// are too many. A threshold that no distance can have has no key and is left out.
fn cuts(keys: &Keys<'_>, sorted: &[f64], thresholds: &[f64]) -> Option<Vec<Cut>> {
    let mut cuts: Vec<Cut> = Vec::new();
    for (below, distance) in (0..).zip(sorted.iter().rev()) {
        if let Some(cut) = cuts.last_mut().filter(|cut| cut.distance == *distance) {
            cut.pairs += 1;
            continue;
        }
        if cuts.len() == MOST_CUTS {
            return None;
        }
        cuts.push(Cut {
            key: keys.key_of(*distance),
            distance: *distance,
            below,
            pairs: 1,
        });
    }
    for threshold in thresholds {
        let key = keys.key_of(*threshold);
        let off = (keys.distance_of(key) - threshold).abs();
        let place = cuts.partition_point(|cut| cut.distance > *threshold);
        let known = cuts
            .get(place)
            .is_some_and(|cut| cut.distance == *threshold);
        if known || !off.is_finite() || off > 1e-9 * (1.0 + threshold.abs()) {
            continue;
        }
        let cut = Cut {
            key,
            distance: *threshold,
            below: (sorted.len() - sorted.partition_point(|d| d <= threshold)) as u64,
            pairs: 0,
        };
        cuts.insert(place, cut);
    }
    Some(cuts)
}
