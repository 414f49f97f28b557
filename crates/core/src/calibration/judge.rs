//! How good log-likelihood ratios are: their cost, the least that any map leaves, and reliability.

use super::logistic::means_of_kinds;
use crate::error::Result;
use crate::evaluation::{
    BINS, BayesErrors, Curve, Dyads, Interval, Orientation, People, Placed, Pool, Spread, Trials,
    bayes_errors, bits, pools, rate_interval, reach, reliability_bin, thinned,
};

/// A figure of at least 0 with its interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The figure.
    pub value: f64,
    /// By identity where people are known, else of independent pairs; `None` where nobody differs.
    pub interval: Option<Interval>,
}

/// Pairs whose predicted probability is alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Reliability {
    /// Mean predicted probability, at the share of genuine pairs there is.
    pub predicted: f64,
    /// Share that is genuine.
    pub observed: f64,
    /// Number of pairs.
    pub pairs: u64,
    /// Interval of the share.
    pub interval: Interval,
}

/// Ratios of pairs, judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// Folds of people that the ratios come from.
    pub folds: usize,
    /// Cost of the ratios in bits; 1 for ratios that say nothing.
    pub cllr: Measured,
    /// The least that any increasing map of the scores leaves.
    pub min_cllr: Measured,
    /// The rest: the price of the map.
    pub loss: Measured,
    /// Mean distance of predicted and observed probability over the bins of `reliability`, weighed by
    /// their pairs. It depends on the bins and is never 0 by chance, so it has no interval.
    pub ece: f64,
    /// Bins of equal width that hold a pair.
    pub reliability: Vec<Reliability>,
    /// Shares of pairs with at least a ratio, from the largest ratio, thinned for drawing.
    pub shares: Vec<SharesAt>,
    /// Error rates over the prior; the best thresholds are those of the scores.
    pub bayes_errors: BayesErrors,
}

/// A ratio and the pairs that have at least it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SharesAt {
    /// The ratio.
    pub ratio: f64,
    /// Share of genuine pairs.
    pub genuine: f64,
    /// Share of impostor pairs.
    pub impostors: f64,
}

/// The cost of ratios, pair by pair, in bits.
pub(super) struct Costs<'a> {
    same: &'a [u8],
    kinds: [f64; 2],
    dyads: Option<&'a Dyads<'a>>,
    level: f64,
}

impl<'a> Costs<'a> {
    pub(super) fn new(same: &'a [u8], dyads: Option<&'a Dyads<'a>>, level: f64) -> Self {
        let genuine = same.iter().filter(|same| **same == 1).count() as f64;
        Self {
            same,
            kinds: [same.len() as f64 - genuine, genuine],
            dyads,
            level,
        }
    }

    /// The cost of a ratio for each pair.
    pub(super) fn of(&self, ratios: &[f64]) -> Vec<f64> {
        let costs = ratios.iter().zip(self.same);
        costs
            .map(|(ratio, same)| bits(if *same == 1 { -ratio } else { *ratio }))
            .collect()
    }

    /// Half the mean over genuine pairs and half that over impostors.
    pub(super) fn mean(&self, costs: &[f64]) -> f64 {
        let [impostors, genuine] = means_of_kinds(self.same, |pair| costs[pair]);
        0.5 * (genuine + impostors)
    }

    /// The spread of that mean. That of a least cost is the same, since the map at its minimum does not move
    /// it to first order.
    pub(super) fn spread(&self, costs: &[f64]) -> Spread {
        let means = means_of_kinds(self.same, |pair| costs[pair]);
        let derivative = |pair: usize| {
            let kind = usize::from(self.same[pair]);
            0.5 * (costs[pair] - means[kind]) / self.kinds[kind]
        };
        self.spread_of(derivative)
    }

    fn spread_of(&self, derivative: impl Fn(usize) -> f64) -> Spread {
        match self.dyads {
            Some(dyads) => dyads.spread(derivative),
            None => Spread::of((0..self.same.len()).map(derivative), 0.0),
        }
    }

    fn method(&self) -> &'static str {
        match self.dyads {
            Some(_) => "identity influence",
            None => "pairs taken as independent",
        }
    }

    fn measured(&self, costs: &[f64]) -> Measured {
        let (value, spread) = (self.mean(costs), self.spread(costs));
        let half = reach(self.level, spread.freedom()) * spread.error();
        // A cost is never below 0. A loss may be: no map is fitted to the pairs that it is judged on.
        let low = value - half;
        let ends = (if value < 0.0 { low } else { low.max(0.0) }, value + half);
        let interval = Interval::new(ends, self.level, self.method());
        Measured {
            value,
            interval: (spread.squares > 0.0).then_some(interval),
        }
    }

    /// A difference of costs, negative where the first are better.
    pub(super) fn difference(&self, first: &[f64], second: &[f64]) -> (f64, Interval) {
        let apart: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
        let (value, spread) = (self.mean(&apart), self.spread(&apart));
        let (variance, freedom) = spread.of_difference();
        let half = if variance > 0.0 {
            reach(self.level, freedom) * variance.sqrt()
        } else {
            0.0
        };
        let interval = Interval::new((value - half, value + half), self.level, self.method());
        (value, interval)
    }
}

/// Judges the ratios of pairs; `similarities` are what they were mapped from.
pub(super) fn judge(
    (similarities, ratios): (&[f64], &[f64]),
    (same, people): (&[u8], Option<People<'_>>),
    (folds, level): (usize, f64),
) -> Result<Judgement> {
    let trials = Trials {
        scores: similarities,
        same,
        orientation: Orientation::Similarity,
        people,
    };
    let dyads = people.map(|people| Dyads::new(&trials, &people));
    let costs = Costs::new(same, dyads.as_ref(), level);
    let actual = costs.of(ratios);
    let placed = Placed::new(&trials)?;
    let least = costs.of(&best_ratios(&placed));
    // Only a number beyond all others would not be finite.
    let finite: Vec<f64> = ratios.iter().map(|r| r.clamp(f64::MIN, f64::MAX)).collect();
    let curve = Curve::of(&finite, same, Orientation::Similarity)?;
    let apart: Vec<f64> = actual.iter().zip(&least).map(|(a, b)| a - b).collect();
    let reliability = reliability(ratios, &trials, &costs);
    let off = |bin: &Reliability| (bin.predicted - bin.observed).abs() * bin.pairs as f64;
    Ok(Judgement {
        folds,
        cllr: costs.measured(&actual),
        min_cllr: costs.measured(&least),
        loss: costs.measured(&apart),
        ece: reliability.iter().map(off).sum::<f64>() / same.len() as f64,
        reliability,
        shares: shares(&curve),
        bayes_errors: bayes_errors(&curve, &placed.curve),
    })
}

fn shares(curve: &Curve) -> Vec<SharesAt> {
    let at = |point| SharesAt {
        ratio: curve.threshold(point),
        genuine: curve.tar(point),
        impostors: curve.far(point),
    };
    thinned(curve, &[]).into_iter().map(at).collect()
}

/// The ratio of each pair by the pools of all of them.
fn best_ratios(placed: &Placed<'_>) -> Vec<f64> {
    let mut of_place = vec![0.0; placed.curve.last()];
    for pool in pools(&placed.curve) {
        let Pool {
            places: (first, last),
            ..
        } = pool;
        of_place[first..=last].fill(pool.ratio());
    }
    let ratios = placed.places.iter().map(|place| of_place[*place as usize]);
    ratios.collect()
}

fn reliability(ratios: &[f64], trials: &Trials<'_>, costs: &Costs<'_>) -> Vec<Reliability> {
    let [impostors, genuine] = costs.kinds;
    let prior = libm::log(genuine / impostors);
    let bins: Vec<(usize, f64)> = ratios.iter().map(|r| reliability_bin(*r, prior)).collect();
    let of_bin = |number: usize| {
        let pairs: Vec<usize> = (0..bins.len())
            .filter(|pair| bins[*pair].0 == number)
            .collect();
        if pairs.is_empty() {
            return None;
        }
        let count = pairs.len() as f64;
        let mean = |of: &dyn Fn(usize) -> f64| pairs.iter().map(|p| of(*p)).sum::<f64>() / count;
        let observed = mean(&|pair| f64::from(trials.same[pair]));
        let derivative = |pair: usize| match bins[pair].0 == number {
            true => (f64::from(trials.same[pair]) - observed) / count,
            false => 0.0,
        };
        let people = people_of(&pairs, trials);
        Some(Reliability {
            predicted: mean(&|pair| bins[pair].1),
            observed,
            pairs: pairs.len() as u64,
            interval: rate_interval(observed, &costs.spread_of(derivative), people, costs.level),
        })
    };
    (0..BINS).filter_map(of_bin).collect()
}

/// The number of people of pairs, halved where they stand on both sides, as pairs of strangers would
/// have; the number of pairs where people are not known.
fn people_of(pairs: &[usize], trials: &Trials<'_>) -> f64 {
    let Some(people) = trials.people else {
        return pairs.len() as f64;
    };
    let mut met: Vec<u32> = pairs
        .iter()
        .flat_map(|pair| [people.first[*pair], people.second[*pair]])
        .collect();
    met.sort_unstable();
    met.dedup();
    let strangers = pairs.iter().any(|pair| trials.same[*pair] == 0);
    (if strangers { met.len() / 2 } else { met.len() }).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::Costs;

    #[test]
    fn an_interval_is_cut_at_zero_and_never_beside_its_value() {
        let costs = Costs::new(&[1, 1, 0, 0], None, 0.95);
        for (of, cut) in [
            ([0.5, 0.01, 0.4, 0.02], true),
            ([-0.3, -0.31, -0.2, -0.22], false),
        ] {
            let measured = costs.measured(&of);
            let interval = measured.interval.unwrap();
            assert!(interval.low < measured.value && measured.value < interval.high);
            assert_eq!(interval.low == 0.0, cut, "{interval:?}");
        }
    }
}
