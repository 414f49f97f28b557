//! The report of all pairs: from counts to figures.

use rayon::prelude::*;

use super::PairSets;
use super::bins::{BINS, Bins, Entry, Standing, count_while};
use super::dyads::{AreaParts, DyadSizes};
use super::genuine::{Genuine, Pair};
use super::pass::Counts;
use crate::error::Result;
use crate::evaluation::{
    Aggregated, Curve, FigureName, FigureOptions, Figures, Orientation, Spot, Spread,
    aggregated_figures,
};
use crate::job::memory;
use crate::job::threads::both;
use crate::measure::tiles::Keys;
use crate::rows::IGNORED;

/// Sums over all pairs, and the pairs that were kept.
#[derive(Clone, Debug)]
pub struct AllPairs {
    /// Distances of all genuine pairs, ascending.
    pub genuine: Vec<f64>,
    /// Number of impostor pairs.
    pub impostors: u64,
    /// Classes with rows.
    pub identities: usize,
    /// Area under the ROC curve, ties at ½.
    pub auroc: f64,
    /// The area is certain to this; 0 if it is exact.
    pub auroc_bound: f64,
    /// Influence of each class on the area.
    pub influences: Vec<f64>,
    /// Points of the curve, from strictest: thresholds ascend strictly.
    pub points: Vec<Point>,
    /// The most alike impostors, most alike first, with none of their distances missing. Points up
    /// to the last one's distance are exact.
    pub tail: Vec<Pair>,
    /// The most alike impostors, worst first.
    pub worst_impostors: Vec<Pair>,
    /// The least alike genuine pairs, worst first.
    pub worst_genuine: Vec<Pair>,
    genuine_by_class: Vec<f64>,
    runs: Vec<(u32, usize)>,
    query_labels: Vec<u32>,
    stored_labels: Vec<u32>,
    class_impostors: Vec<u64>,
    sizes: DyadSizes,
    /// What the impostor pairs of each two people add to the error of the area, squared and summed.
    area_dyads: f64,
    /// Up to here, rates at any threshold are exact.
    exact_to: f64,
}

/// A threshold and the pairs at or below it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Accepts a pair whose distance is at most this.
    pub threshold: f64,
    /// Genuine pairs accepted.
    pub genuine: u64,
    /// Impostors accepted.
    pub impostors: u64,
}

/// Influence of each class on the rates at a threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct Influence {
    /// Of the true accept rate.
    pub tar: Vec<f64>,
    /// Of the false accept rate.
    pub far: Vec<f64>,
}

/// Impostors at or below a threshold.
pub(super) struct AcceptedImpostors {
    /// The two people of each.
    pub(super) people: Vec<(u32, u32)>,
    /// Those that touch each class.
    pub(super) by_class: Vec<u64>,
}

/// Sums over the counted pairs.
pub(super) struct Sums {
    area: f64,
    bound: f64,
    influences: Vec<f64>,
    points: Vec<Point>,
    exact_to: f64,
    area_dyads: f64,
}

impl Sums {
    pub(super) fn new(
        data: &PairSets<'_>,
        keys: &Keys<'_>,
        bins: &Bins<'_>,
        genuine: &Genuine,
        counts: &Counts,
        tail: &[Pair],
    ) -> Result<Self> {
        let (pairs, impostors) = (genuine.sorted.len() as u64, data.impostors());
        let (area, bound) = area(bins, &bins.standings(keys), counts, pairs, impostors);
        let parts = AreaParts {
            genuine: &genuine.sorted,
            area,
            impostors,
        };
        let held = Held::new(bins, counts);
        let below = Below::new(keys, bins, &held, &counts.ties);
        let (influences, (points, area_dyads)) = both(
            || Ok(influences(data, genuine, counts, &below, area)),
            || {
                let beyond = steps(keys, bins, &held, &counts.ties);
                let end = (keys.distance_of(bins.least()), impostors);
                let points = points(&genuine.sorted, tail, bins.is_fine(), (&beyond, end))?;
                Ok((points, parts.dyads(data, tail)?))
            },
        )?;
        Ok(Self {
            area_dyads,
            area,
            bound,
            influences,
            points,
            exact_to: match tail.last() {
                // In the fine form given thresholds are counted wherever they are.
                _ if bins.is_fine() || tail.len() as u64 == impostors => f64::INFINITY,
                Some(pair) => pair.distance,
                None => f64::NEG_INFINITY,
            },
        })
    }
}

/// Impostor pairs that touch each class.
fn class_impostors(data: &PairSets<'_>) -> Vec<u64> {
    let (a, b) = data.class_sizes();
    let (all_a, all_b): (u64, u64) = (a.iter().sum(), b.iter().sum());
    let touching = |(a, b): (&u64, &u64)| {
        if data.sides.same {
            a * (all_a - a)
        } else {
            a * (all_b - b) + b * (all_a - a)
        }
    };
    a.iter().zip(&b).map(touching).collect()
}

fn area(
    bins: &Bins<'_>,
    standings: &[Standing],
    counts: &Counts,
    genuine: u64,
    impostors: u64,
) -> (f64, f64) {
    let (mut middle, mut certain, mut possible) = (0u128, 0u128, 0u128);
    let ties = (0..)
        .zip(&counts.ties)
        .map(|(rank, n)| (bins.tie_standing(rank), *n));
    let slots = standings.iter().copied().zip(counts.slots.iter().copied());
    for (standing, n) in slots.chain(ties).filter(|(_, n)| *n > 0) {
        middle += u128::from(standing.middle()) * u128::from(n);
        certain += u128::from(standing.certain) * u128::from(n);
        possible += u128::from(standing.possible) * u128::from(n);
    }
    let all = 2.0 * genuine as f64 * impostors as f64;
    let off = (possible - middle).max(middle - certain);
    (middle as f64 / all, off as f64 / all)
}

/// Impostors by where their slots are.
struct Held {
    /// In each bin.
    of_bins: Vec<u64>,
    /// Above as many distinct genuine distances, and below the next; all at 0 in the coarse form.
    of_ranks: Vec<u64>,
}

impl Held {
    fn new(bins: &Bins<'_>, counts: &Counts) -> Self {
        let (mut of_bins, mut of_ranks) = (vec![0; BINS], vec![0; bins.ties() + 1]);
        for Entry { slot, bin, rank } in bins.entries() {
            let impostors = counts.slots[slot as usize];
            of_bins[bin as usize] += impostors;
            of_ranks[rank as usize] += impostors;
        }
        Self { of_bins, of_ranks }
    }
}

/// Impostors less alike than each genuine pair, counted double so that a tie is 1.
struct Below<'a> {
    keys: &'a Keys<'a>,
    bins: &'a Bins<'a>,
    /// Impostors in all bins (coarse) or ranks (fine) before each.
    before: Vec<u64>,
    ties: &'a [u64],
}

impl<'a> Below<'a> {
    fn new(keys: &'a Keys<'a>, bins: &'a Bins<'a>, held: &Held, ties: &'a [u64]) -> Self {
        let groups = match bins.is_fine() {
            true => &held.of_ranks,
            false => &held.of_bins,
        };
        let (mut before, mut sum) = (Vec::with_capacity(groups.len() + 1), 0);
        for (group, n) in groups.iter().enumerate() {
            before.push(sum);
            sum += n;
            // Those that tie with a genuine distance are above its gap and below the next.
            sum += ties.get(group).copied().unwrap_or(0);
        }
        before.push(sum);
        Self {
            keys,
            bins,
            before,
            ties,
        }
    }

    fn doubled(&self, distance: f64) -> u64 {
        let key = self.keys.key_of(distance);
        if self.bins.is_fine() {
            let rank = self.bins.rank_of(key, distance);
            // Everything up to the gap below this distance; its ties count half.
            let ties = self.ties[rank];
            2 * (self.before[rank + 1] - ties) + ties
        } else {
            let bin = self.bins.bin(key) as usize;
            self.before[bin] + self.before[bin + 1]
        }
    }
}

/// `IF_k = Σ_g (V₁₀ − A)/P + Σ_h (V₀₁ − A)/Q` over the genuine pairs of class k and the impostors
/// that touch it.
fn influences(
    data: &PairSets<'_>,
    genuine: &Genuine,
    counts: &Counts,
    below: &Below<'_>,
    area: f64,
) -> Vec<f64> {
    let (p, q) = (genuine.sorted.len() as f64, data.impostors() as f64);
    let mut influences = vec![0.0; data.classes];
    let runs = &genuine.runs;
    let of_runs: Vec<(u128, usize)> = (0..runs.len())
        .into_par_iter()
        .map(|at| {
            let start = at.checked_sub(1).map_or(0, |before| runs[before].1);
            let run = &genuine.distances[start..runs[at].1];
            let doubled = run.iter().map(|d| u128::from(below.doubled(*d)));
            (doubled.sum(), run.len())
        })
        .collect();
    for ((class, _), (doubled, pairs)) in runs.iter().zip(of_runs) {
        influences[*class as usize] += (doubled as f64 / (2.0 * q) - area * pairs as f64) / p;
    }
    let mut wins = vec![0u128; data.classes];
    let sides = [
        (data.query_labels, &counts.query_wins),
        (data.stored_labels, &counts.stored_wins),
    ];
    for (labels, of_rows) in sides {
        for (label, row) in labels.iter().zip(of_rows).filter(|(l, _)| **l != IGNORED) {
            wins[*label as usize] += u128::from(*row);
        }
    }
    let touching = class_impostors(data);
    for ((influence, wins), touching) in influences.iter_mut().zip(wins).zip(touching) {
        *influence += (wins as f64 / (2.0 * p) - area * touching as f64) / q;
    }
    influences
}

/// Points of the curve: every corner in the tail, or every distance if `each_step`, and beyond it the thresholds given
/// with the impostors within them.
fn points(
    sorted: &[f64],
    tail: &[Pair],
    each_step: bool,
    (beyond, end): (&[(f64, u64)], (f64, u64)),
) -> Result<Vec<Point>> {
    let exact_to = tail.last().map_or(f64::NEG_INFINITY, |pair| pair.distance);
    let genuine = if each_step {
        sorted.len()
    } else {
        sorted.len().min(tail.len())
    };
    let mut points = memory::reserve("the curve", tail.len() + genuine + beyond.len() + 1)?;
    let (mut within, mut held) = (0, 0);
    for (i, pair) in (1..).zip(tail) {
        if tail
            .get(i)
            .is_some_and(|next| next.distance == pair.distance)
        {
            continue;
        }
        let last = within;
        let before = last + count_while(&sorted[last..], |d| d < pair.distance);
        within = before + count_while(&sorted[before..], |d| d <= pair.distance);
        // Corners of the curve are all that it needs; in the fine form there is room for each step.
        let from = if each_step { last } else { before.max(1) - 1 };
        for at in from.max(last)..before {
            if sorted.get(at + 1) != Some(&sorted[at]) {
                points.push(Point {
                    threshold: sorted[at],
                    genuine: at as u64 + 1,
                    impostors: held,
                });
            }
        }
        held = i as u64;
        points.push(Point {
            threshold: pair.distance,
            genuine: within as u64,
            impostors: held,
        });
    }
    let mut last = f64::NEG_INFINITY;
    // Counts within the tail are more exact; rounding must not turn the curve back.
    for (threshold, impostors) in beyond.iter().copied().filter(|step| step.0 > exact_to) {
        if threshold == last {
            continue;
        }
        last = threshold;
        within += count_while(&sorted[within..], |d| d <= threshold);
        held = held.max(impostors);
        points.push(Point {
            threshold,
            genuine: within as u64,
            impostors: held,
        });
    }
    Ok(finish(points, sorted, end))
}

/// Thresholds at which impostors are counted, from strictest, and how many are within them: edges of bins, and in the
/// fine form distinct genuine distances.
fn steps(keys: &Keys<'_>, bins: &Bins<'_>, held: &Held, ties: &[u64]) -> Vec<(f64, u64)> {
    let mut steps = edges(keys, bins, &held.of_bins, ties);
    steps.extend(cut_points(bins, &held.of_ranks, ties));
    // Two runs that ascend, so that this only merges them.
    steps.sort_by(|a, b| a.0.total_cmp(&b.0));
    steps
}

/// Thresholds at the edges of bins, where a key has a distance, and the impostors within them.
fn edges(keys: &Keys<'_>, bins: &Bins<'_>, of_bins: &[u64], of_ties: &[u64]) -> Vec<(f64, u64)> {
    let (mut edges, mut impostors) = (Vec::new(), 0);
    let (mut rank, mut ties) = (of_ties.len(), 0);
    for bin in (1..BINS).rev() {
        impostors += of_bins[bin];
        let edge = bins.edge(bin);
        let threshold = keys.distance_of(edge);
        // Beyond the range of the distance (a cosine above 1) keys are all one distance.
        let reversed = keys.key_of(threshold);
        if (reversed - edge).abs() > 1e-9 * (1.0 + edge.abs()) {
            continue;
        }
        while rank > 0 && bins.cut_distance(rank as u32 - 1) <= threshold {
            rank -= 1;
            ties += of_ties[rank];
        }
        edges.push((threshold, impostors + ties));
    }
    edges
}

/// Every distinct genuine distance and the impostors within it, in the fine form.
fn cut_points<'a>(
    bins: &'a Bins<'_>,
    of_ranks: &'a [u64],
    ties: &'a [u64],
) -> impl Iterator<Item = (f64, u64)> + 'a {
    let mut impostors = 0;
    ties.iter().enumerate().rev().map(move |(rank, ties)| {
        impostors += of_ranks[rank + 1] + ties;
        (bins.cut_distance(rank as u32), impostors)
    })
}

/// Ends the curve where every pair is accepted: not below `far`, where the bins end.
fn finish(mut points: Vec<Point>, sorted: &[f64], (far, impostors): (f64, u64)) -> Vec<Point> {
    let genuine = sorted.len() as u64;
    let last = points.last().map_or(f64::NEG_INFINITY, |p| p.threshold);
    let all = points.last().is_some_and(|p| p.impostors == impostors);
    let last = if all { last } else { last.max(far) };
    let threshold = sorted.last().map_or(last, |d| d.max(last));
    let end = Point {
        threshold,
        genuine,
        impostors,
    };
    match points.last_mut() {
        Some(point) if point.threshold == threshold => *point = end,
        _ => points.push(end),
    }
    points
}

/// A bound of the area that shows in its fifth digit.
const SEEN: f64 = 5e-6;

impl AllPairs {
    pub(super) fn new(
        data: &PairSets<'_>,
        genuine: Genuine,
        sums: Sums,
        tail: Vec<Pair>,
        worst_impostors: Vec<Pair>,
    ) -> Self {
        let (a, b) = data.class_sizes();
        Self {
            impostors: data.impostors(),
            identities: a.iter().zip(&b).filter(|(a, b)| **a + **b > 0).count(),
            auroc: sums.area,
            auroc_bound: sums.bound,
            influences: sums.influences,
            points: sums.points,
            tail,
            worst_impostors,
            worst_genuine: genuine.worst,
            genuine: genuine.sorted,
            genuine_by_class: genuine.distances,
            runs: genuine.runs,
            query_labels: data.query_labels.to_vec(),
            stored_labels: data.stored_labels.to_vec(),
            class_impostors: class_impostors(data),
            sizes: DyadSizes::new(data),
            area_dyads: sums.area_dyads,
            exact_to: sums.exact_to,
        }
    }

    /// Genuine pairs at or below a threshold.
    pub fn genuine_within(&self, threshold: f64) -> u64 {
        self.genuine.partition_point(|d| *d <= threshold) as u64
    }

    /// Impostors at or below a threshold: exactly up to the last of the tail, and at thresholds that were given
    /// while genuine distances are at most a million; else those at the edge of a bin below it.
    pub(super) fn impostors_within(&self, threshold: f64) -> u64 {
        let after = self
            .points
            .partition_point(|point| point.threshold <= threshold);
        after
            .checked_sub(1)
            .map_or(0, |at| self.points[at].impostors)
    }

    /// People with an impostor pair.
    pub(super) fn people_with_impostors(&self) -> usize {
        self.class_impostors
            .iter()
            .filter(|pairs| **pairs > 0)
            .count()
    }

    /// Impostor pairs that touch each class.
    pub(super) fn impostors_of_classes(&self) -> &[u64] {
        &self.class_impostors
    }

    /// Impostor pairs of each two people.
    pub(super) fn sizes(&self) -> &DyadSizes {
        &self.sizes
    }

    /// The people in the impostors at or below a threshold within the tail; `None` beyond it.
    pub(super) fn impostors_accepted(&self, threshold: f64) -> Option<AcceptedImpostors> {
        let all = self.tail.len() as u64 == self.impostors;
        let last = self.tail.last();
        if !all && last.is_none_or(|pair| pair.distance < threshold) {
            return None;
        }
        let accepted = self.tail.partition_point(|pair| pair.distance <= threshold);
        let of_pair = |pair: &Pair| {
            let first = self.query_labels[pair.first as usize];
            (first, self.stored_labels[pair.second as usize])
        };
        let people: Vec<(u32, u32)> = self.tail[..accepted].iter().map(of_pair).collect();
        let mut by_class = vec![0; self.influences.len()];
        for (a, b) in &people {
            by_class[*a as usize] += 1;
            by_class[*b as usize] += 1;
        }
        Some(AcceptedImpostors { people, by_class })
    }

    /// Share of each class in the error of the rates at a threshold within the tail; `None`
    /// beyond it. Impostors count for both classes that they touch.
    pub fn influence_at(&self, threshold: f64) -> Option<Influence> {
        let accepted = self.impostors_accepted(threshold)?;
        Some(self.influence_of(&accepted, threshold))
    }

    fn influence_of(&self, accepted: &AcceptedImpostors, threshold: f64) -> Influence {
        // A kind without pairs has no rate, and nobody a part in it.
        let p = self.genuine.len().max(1) as f64;
        let q = self.impostors.max(1) as f64;
        let tar = self.genuine_within(threshold) as f64 / p;
        let far = accepted.people.len() as f64 / q;
        let mut of_tar = vec![0.0; self.influences.len()];
        let mut start = 0;
        for (class, end) in &self.runs {
            let run = &self.genuine_by_class[start..*end];
            let within = run.iter().filter(|d| **d <= threshold).count() as f64;
            of_tar[*class as usize] = (within - tar * run.len() as f64) / p;
            start = *end;
        }
        let touched = accepted.by_class.iter().zip(&self.class_impostors);
        let of_far = touched.map(|(hits, touching)| (*hits as f64 - far * *touching as f64) / q);
        Influence {
            tar: of_tar,
            far: of_far.collect(),
        }
    }
}

impl AllPairs {
    /// Derives every figure, with intervals by identity.
    ///
    /// Errors: as [`crate::evaluation::curve_figures`].
    pub fn figures(&self, options: &FigureOptions) -> Result<Figures> {
        let column = |of: fn(&Point) -> u64| self.points.iter().map(of).collect();
        let curve = Curve::from_counts(
            self.points.iter().map(|point| point.threshold).collect(),
            column(|point| point.genuine),
            column(|point| point.impostors),
            Orientation::Distance,
        )?;
        let mut figures = aggregated_figures(&curve, self, options)?;
        figures.auroc_bound = self.auroc_bound;
        let not_held = "pairs are not held";
        for figure in [
            FigureName::Folds,
            FigureName::Menagerie,
            FigureName::Quality,
        ] {
            figures.explain(figure, not_held);
        }
        if self.auroc_bound > SEEN {
            let text = format!(
                "impostors were counted in bins: AUROC is certain to ± {:.1e}, and the equal error rate is that \
                 of the corners of the curve; with precision double it is exact up to a million distinct \
                 genuine distances",
                self.auroc_bound
            );
            figures.warn("counted-in-bins", text);
        }
        let at_edges =
            |at: &&Spot| at.threshold > self.exact_to && curve.threshold(at.point) != at.threshold;
        for at in figures
            .at
            .iter()
            .map(|at| at.spot)
            .collect::<Vec<_>>()
            .iter()
            .filter(at_edges)
        {
            let text = format!(
                "rates at the threshold {} are those at {}, the edge of a bin: that far out impostors are \
                 counted in bins; with precision double they are exact up to a million distinct genuine \
                 distances",
                at.threshold,
                curve.threshold(at.point)
            );
            figures.warn("threshold-at-bin", text);
        }
        Ok(figures)
    }
}

impl Aggregated for AllPairs {
    fn area(&self) -> f64 {
        self.auroc
    }

    fn area_spread(&self) -> Spread {
        Spread::of(self.influences.iter().copied(), self.area_dyads)
    }

    fn people(&self) -> usize {
        self.identities
    }

    fn people_with_genuine(&self) -> usize {
        self.runs.len()
    }

    fn rate_spreads(&self, threshold: f64, of: &[(f64, f64)]) -> Option<Vec<Spread>> {
        let accepted = self.impostors_accepted(threshold)?;
        let Influence { tar, far } = self.influence_of(&accepted, threshold);
        let q = self.impostors.max(1) as f64;
        let rate = accepted.people.len() as f64 / q;
        let dyads = self.sizes.of_rate(accepted.people.into_iter(), rate);
        let spread = |(of_tar, of_far): &(f64, f64)| {
            let both = tar
                .iter()
                .zip(&far)
                .map(|(tar, far)| of_tar * tar + of_far * far);
            Spread::of(both, dyads * (of_far / q).powi(2))
        };
        Some(of.iter().map(spread).collect())
    }
}
