//! Figures over the quality of pairs: errors when the worst are discarded, and scores from worst to best.

use super::menagerie::quantile;
use crate::error::{Code, Error, Result};
use crate::evaluation::Trials;
use crate::evaluation::intervals::{Interval, Spread, rate_interval, reach, wilson};

/// The least step of the share discarded between two points.
const STEP: f64 = 1.0 / 128.0;
/// Parts of the pairs by quality.
const BINS: usize = 10;

/// Figures over quality.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QualityFigures {
    /// One for each threshold.
    pub discards: Vec<Discards>,
    /// Pairs by quality, from the worst, in parts that are about equal; pairs of one quality stay together.
    pub bins: Vec<QualityBin>,
}

/// False rejects at a threshold over the share of genuine pairs that is discarded, the worst first.
#[derive(Clone, Debug, PartialEq)]
pub struct Discards {
    /// False accept rate of all pairs that the threshold was chosen for.
    pub far: f64,
    /// The threshold.
    pub threshold: f64,
    /// From nothing discarded on, a step apart at least.
    pub points: Vec<Kept>,
}

/// Genuine pairs that are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// The least quality among them.
    pub least: f64,
    /// Share of all genuine pairs that is discarded: those of less quality.
    pub discarded: f64,
    /// Number of those kept.
    pub pairs: u64,
    /// Share of the kept ones that the threshold rejects.
    pub frr: f64,
    /// Interval of it, for this threshold as it is; by identity where people are known.
    pub interval: Interval,
}

/// Pairs of about one quality.
#[derive(Clone, Debug, PartialEq)]
pub struct QualityBin {
    /// The least quality.
    pub low: f64,
    /// The mean quality.
    pub mean: f64,
    /// The largest quality.
    pub high: f64,
    /// Genuine pairs.
    pub genuine: u64,
    /// Impostor pairs.
    pub impostors: u64,
    /// Quartiles of the scores of its genuine pairs; `None` without any.
    pub genuine_scores: Option<[f64; 3]>,
    /// Those of its impostor pairs.
    pub impostor_scores: Option<[f64; 3]>,
}

/// Judges trials over the quality of each pair, larger being better. `thresholds` are pairs of the false
/// accept rate asked for and the threshold that it gave on all pairs.
///
/// Only genuine pairs are discarded, whole qualities at a time: the rates of the best pairs are those that a
/// system would have which asks for another image of the others. Thresholds stay. Cost: a sort of the pairs,
/// and for each threshold a pass over genuine pairs and up to 128 over people.
///
/// Errors: `EDIMENSION` unless each pair has a quality; `ENOTFINITE` with its row.
///
/// Source: Grother & Tabassi, IEEE TPAMI 29 (2007), 531–543; ISO/IEC 29794-1.
pub fn quality_figures(
    trials: &Trials<'_>,
    quality: &[f64],
    thresholds: &[(f64, f64)],
    level: f64,
) -> Result<QualityFigures> {
    check(trials, quality)?;
    let mut order: Vec<usize> = (0..quality.len()).collect();
    order.sort_by(|a, b| quality[*a].total_cmp(&quality[*b]).then(a.cmp(b)));
    let genuine: Vec<usize> = order
        .iter()
        .copied()
        .filter(|pair| trials.same[*pair] == 1)
        .collect();
    let discards = thresholds.iter().map(|(far, threshold)| Discards {
        far: *far,
        threshold: *threshold,
        points: kept(trials, quality, &genuine, *threshold, level),
    });
    Ok(QualityFigures {
        discards: discards.collect(),
        bins: bins(trials, quality, &order),
    })
}

fn check(trials: &Trials<'_>, quality: &[f64]) -> Result<()> {
    if quality.len() != trials.scores.len() {
        let found = format!(
            "{} qualities for {} pairs",
            quality.len(),
            trials.scores.len()
        );
        return Err(Error::new(
            Code::Dimension,
            found,
            "one quality for each pair",
        ));
    }
    match quality.iter().position(|of| !of.is_finite()) {
        None => Ok(()),
        Some(row) => {
            let found = format!("{} as a quality", quality[row]);
            Err(Error::new(Code::NotFinite, found, "a finite number").with_row(row))
        }
    }
}

/// Points of one threshold; `genuine` are the genuine pairs from the worst to the best.
fn kept(
    trials: &Trials<'_>,
    quality: &[f64],
    genuine: &[usize],
    threshold: f64,
    level: f64,
) -> Vec<Kept> {
    let mut tally = Tally::new(trials, genuine, threshold);
    let (mut points, mut next) = (Vec::new(), 0.0);
    let mut at = 0;
    while at < genuine.len() {
        let least = quality[genuine[at]];
        let discarded = at as f64 / genuine.len() as f64;
        if discarded >= next {
            points.push(Kept {
                least,
                discarded,
                pairs: (genuine.len() - at) as u64,
                frr: tally.rate(),
                interval: tally.interval(level),
            });
            next = discarded + STEP;
        }
        while at < genuine.len() && quality[genuine[at]] == least {
            tally.discard(genuine[at]);
            at += 1;
        }
    }
    points
}

/// Genuine pairs that are kept, and how many of them are rejected: of all, and of each person.
struct Tally<'a> {
    trials: &'a Trials<'a>,
    threshold: f64,
    all: (u64, u64),
    people: Vec<(u64, u64)>,
}

impl<'a> Tally<'a> {
    fn new(trials: &'a Trials<'a>, genuine: &[usize], threshold: f64) -> Self {
        let people = trials.people.map_or(0, |people| people.count);
        let mut tally = Self {
            trials,
            threshold,
            all: (0, 0),
            people: vec![(0, 0); people],
        };
        for pair in genuine {
            let rejected = tally.rejected(*pair);
            tally.each(*pair, |(pairs, rejects)| {
                *pairs += 1;
                *rejects += rejected;
            });
        }
        tally
    }

    fn rejected(&self, pair: usize) -> u64 {
        let Trials {
            scores,
            orientation,
            ..
        } = self.trials;
        u64::from(!orientation.accepts(self.threshold, scores[pair]))
    }

    /// Changes the counts of all and of the person of a pair.
    fn each(&mut self, pair: usize, change: impl Fn(&mut (u64, u64))) {
        change(&mut self.all);
        if let Some(people) = &self.trials.people {
            change(&mut self.people[people.first[pair] as usize]);
        }
    }

    fn discard(&mut self, pair: usize) {
        let rejected = self.rejected(pair);
        self.each(pair, |(pairs, rejects)| {
            *pairs -= 1;
            *rejects -= rejected;
        });
    }

    fn rate(&self) -> f64 {
        self.all.1 as f64 / self.all.0 as f64
    }

    fn interval(&self, level: f64) -> Interval {
        let (rate, pairs) = (self.rate(), self.all.0 as f64);
        if self.trials.people.is_none() {
            let ends = wilson(rate, pairs, reach(level, f64::INFINITY));
            return Interval::new(ends, level, "Wilson, pairs taken as independent");
        }
        let kept = || self.people.iter().filter(|of| of.0 > 0);
        let influence = |of: &(u64, u64)| (of.1 as f64 - rate * of.0 as f64) / pairs;
        let spread = Spread::of(kept().map(influence), 0.0);
        rate_interval(rate, &spread, kept().count() as f64, level)
    }
}

/// Parts of all pairs; `order` is from the worst to the best.
fn bins(trials: &Trials<'_>, quality: &[f64], order: &[usize]) -> Vec<QualityBin> {
    let (mut bins, mut start) = (Vec::new(), 0);
    for part in 1..=BINS {
        let mut end = (order.len() * part / BINS).max(start);
        while end > start && end < order.len() && quality[order[end]] == quality[order[end - 1]] {
            end += 1;
        }
        if end > start {
            bins.push(bin(trials, quality, &order[start..end]));
        }
        start = end;
    }
    bins
}

fn bin(trials: &Trials<'_>, quality: &[f64], pairs: &[usize]) -> QualityBin {
    let of_kind = |kind: u8| {
        let of = pairs.iter().filter(|pair| trials.same[**pair] == kind);
        let mut scores: Vec<f64> = of.map(|pair| trials.scores[*pair]).collect();
        scores.sort_by(f64::total_cmp);
        scores
    };
    let quartiles = |scores: &[f64]| {
        (!scores.is_empty()).then(|| [0.25, 0.5, 0.75].map(|share| quantile(scores, share)))
    };
    let (genuine, impostors) = (of_kind(1), of_kind(0));
    let sum: f64 = pairs.iter().map(|pair| quality[*pair]).sum();
    QualityBin {
        low: quality[pairs[0]],
        mean: sum / pairs.len() as f64,
        high: quality[pairs[pairs.len() - 1]],
        genuine: genuine.len() as u64,
        impostors: impostors.len() as u64,
        genuine_scores: quartiles(&genuine),
        impostor_scores: quartiles(&impostors),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FigureOptions, Groups, group_rates};
    use super::*;
    use crate::evaluation::Orientation;
    use crate::evaluation::trial_twin::{Draw, Drawn};
    use crate::job::Job;

    fn qualities(draw: &mut Draw, pairs: usize) -> Vec<f64> {
        (0..pairs).map(|_| draw.below(40) as f64 / 4.0).collect()
    }

    fn judged(drawn: &Drawn, orientation: Orientation, quality: &[f64]) -> QualityFigures {
        quality_figures(
            &drawn.trials(orientation),
            quality,
            &[(0.1, 3.0), (0.01, 9.0)],
            0.95,
        )
        .unwrap()
    }

    #[test]
    fn rates_are_those_of_the_pairs_that_are_left() {
        let mut draw = Draw::new(181);
        for orientation in [Orientation::Distance, Orientation::Similarity] {
            let drawn = draw.people(30, 600);
            let quality = qualities(&mut draw, 600);
            let trials = drawn.trials(orientation);
            for of in judged(&drawn, orientation, &quality).discards {
                assert_eq!(of.points[0].discarded, 0.0);
                for point in of.points {
                    let genuine: Vec<usize> = (0..600).filter(|p| trials.same[*p] == 1).collect();
                    let left: Vec<usize> = genuine
                        .iter()
                        .copied()
                        .filter(|p| quality[*p] >= point.least)
                        .collect();
                    let rejects = left
                        .iter()
                        .filter(|p| !orientation.accepts(of.threshold, trials.scores[**p]));
                    assert_eq!(point.pairs, left.len() as u64);
                    assert_eq!(point.frr, rejects.count() as f64 / left.len() as f64);
                    assert_eq!(
                        point.discarded,
                        (genuine.len() - left.len()) as f64 / genuine.len() as f64
                    );
                    assert!(point.interval.low <= point.frr && point.frr <= point.interval.high);
                }
            }
        }
    }

    /// The interval of what is left is that of the pairs left, judged alone.
    #[test]
    fn intervals_are_those_of_the_pairs_that_are_left() {
        let mut draw = Draw::new(182);
        let drawn = draw.people(25, 500);
        let quality = qualities(&mut draw, 500);
        let trials = drawn.trials(Orientation::Distance);
        let found = judged(&drawn, Orientation::Distance, &quality);
        for of in &found.discards {
            for point in &of.points {
                let left: Vec<usize> = (0..500)
                    .filter(|p| trials.same[*p] == 0 || quality[*p] >= point.least)
                    .collect();
                let people = trials.people.unwrap();
                let take = |of: &[u32]| left.iter().map(|p| of[*p]).collect::<Vec<_>>();
                let (first, second) = (take(people.first), take(people.second));
                let (scores, same): (Vec<f64>, Vec<u8>) = left
                    .iter()
                    .map(|p| (trials.scores[*p], trials.same[*p]))
                    .unzip();
                let alone = Trials {
                    scores: &scores,
                    same: &same,
                    orientation: Orientation::Distance,
                    people: Some(crate::evaluation::People {
                        first: &first,
                        second: &second,
                        count: people.count,
                    }),
                };
                let groups = Groups {
                    of: vec![0; scores.len()],
                    names: vec!["all".to_owned()],
                    sides: None,
                };
                let asked = FigureOptions::default();
                let rates =
                    group_rates(&alone, &groups, &[of.threshold], &asked, &Job::new()).unwrap();
                let tar = rates[0].at[0].tar_interval.as_ref().unwrap();
                assert!(
                    (1.0 - tar.high - point.interval.low).abs() < 1e-9,
                    "{tar:?} {point:?}"
                );
                assert!(
                    (1.0 - tar.low - point.interval.high).abs() < 1e-9,
                    "{tar:?} {point:?}"
                );
            }
        }
    }

    #[test]
    fn parts_hold_every_pair_once_and_one_quality_stays_together() {
        let mut draw = Draw::new(183);
        let drawn = draw.people(12, 300);
        for levels in [1, 3, 40] {
            let quality: Vec<f64> = (0..300).map(|_| draw.below(levels) as f64).collect();
            let trials = drawn.trials(Orientation::Distance);
            let bins = judged(&drawn, Orientation::Distance, &quality).bins;
            let pairs: u64 = bins.iter().map(|bin| bin.genuine + bin.impostors).sum();
            assert_eq!(pairs, 300);
            assert!(bins.windows(2).all(|two| two[0].high < two[1].low));
            for bin in bins {
                let within = |p: &usize| quality[*p] >= bin.low && quality[*p] <= bin.high;
                let mut of: Vec<f64> = (0..300)
                    .filter(|p| trials.same[*p] == 1 && within(p))
                    .map(|p| trials.scores[p])
                    .collect();
                of.sort_by(f64::total_cmp);
                assert_eq!(of.len() as u64, bin.genuine);
                if let Some([_, median, _]) = bin.genuine_scores {
                    let middle = (of[(of.len() - 1) / 2] + of[of.len() / 2]) / 2.0;
                    assert!((median - middle).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn a_quality_for_each_pair_and_finite() {
        let mut draw = Draw::new(184);
        let drawn = draw.people(5, 30);
        let trials = drawn.trials(Orientation::Distance);
        let code = |quality: &[f64]| {
            quality_figures(&trials, quality, &[], 0.95)
                .unwrap_err()
                .code()
        };
        assert_eq!(code(&[1.0]), Code::Dimension);
        let mut quality = vec![1.0; 30];
        quality[7] = f64::NAN;
        assert_eq!(code(&quality), Code::NotFinite);
    }
}
