//! The derivative of a measure by one pair: what the pair adds to its error.

use crate::error::Result;
use crate::evaluation::curve::{Curve, bits};
use crate::evaluation::{Rates, Trials};

/// Trials on their curve.
pub struct Placed<'a> {
    /// The pairs.
    pub trials: Trials<'a>,
    /// Their curve.
    pub curve: Curve,
    /// The number of the threshold at which each pair stands.
    pub places: Vec<u32>,
}

impl<'a> Placed<'a> {
    /// Counts the curve of trials. Errors: those of [`Curve::of`].
    pub fn new(trials: &Trials<'a>) -> Result<Self> {
        let curve = Curve::of(trials.scores, trials.same, trials.orientation)?;
        Ok(Self::on(curve, trials))
    }

    /// Places trials on the curve that they have.
    pub fn on(curve: Curve, trials: &Trials<'a>) -> Self {
        let places = curve.places(trials.scores);
        Self {
            trials: *trials,
            curve,
            places,
        }
    }

    /// The derivative of a measure by each pair.
    pub fn by_pair(&self, influence: &impl Influence) -> impl Fn(usize) -> f64 {
        |pair| {
            let place = self.places[pair] as usize;
            match self.trials.same[pair] {
                1 => influence.genuine(place),
                _ => influence.impostor(place),
            }
        }
    }
}

/// Derivative of a measure by one pair, by the place of its score on the curve.
pub trait Influence {
    /// A genuine pair at threshold number `place`.
    fn genuine(&self, place: usize) -> f64;
    /// An impostor pair there.
    fn impostor(&self, place: usize) -> f64;
}

/// Influence on the area under the curve: `(V₁₀ − A)/P` and `(V₀₁ − A)/Q`, V being the share of
/// the other kind that the pair is on the right side of.
#[derive(Clone, Debug)]
pub struct AreaInfluence {
    genuine: Vec<f64>,
    impostors: Vec<f64>,
}

impl AreaInfluence {
    /// For a curve whose area is `area`.
    pub fn new(curve: &Curve, area: f64) -> Self {
        let (p, q) = (curve.genuine() as f64, curve.impostors() as f64);
        let places = || (0..curve.last()).map(|place| (curve.accepted(place), curve.at(place)));
        let of_genuine = places().map(|(before, at)| {
            let behind = q - before.impostors as f64 - 0.5 * at.impostors as f64;
            (behind / q - area) / p
        });
        let of_impostors = places().map(|(before, at)| {
            let ahead = before.genuine as f64 + 0.5 * at.genuine as f64;
            (ahead / p - area) / q
        });
        Self {
            genuine: of_genuine.collect(),
            impostors: of_impostors.collect(),
        }
    }
}

impl Influence for AreaInfluence {
    fn genuine(&self, place: usize) -> f64 {
        self.genuine[place]
    }

    fn impostor(&self, place: usize) -> f64 {
        self.impostors[place]
    }
}

/// Influence on Cllr, where scores are log-likelihood ratios: `½ (c − C)/P` or `/Q`, c being the cost of the pair in
/// bits and C the mean over its kind.
#[derive(Clone, Debug)]
pub struct CostInfluence {
    genuine: Vec<f64>,
    impostors: Vec<f64>,
}

impl CostInfluence {
    /// For a curve of ratios.
    pub fn new(curve: &Curve) -> Self {
        let ratio = |place: usize| curve.orientation().similarity(curve.thresholds()[place]);
        let of_kind = |cost: &dyn Fn(usize) -> f64, count: &dyn Fn(usize) -> u64, all: u64| {
            let all = all as f64;
            let sum: f64 = (0..curve.last())
                .map(|place| count(place) as f64 * cost(place))
                .sum();
            let places = 0..curve.last();
            places
                .map(|place| 0.5 * (cost(place) - sum / all) / all)
                .collect()
        };
        let genuine = |place: usize| curve.at(place).genuine;
        let impostors = |place: usize| curve.at(place).impostors;
        Self {
            genuine: of_kind(&|place| bits(-ratio(place)), &genuine, curve.genuine()),
            impostors: of_kind(&|place| bits(ratio(place)), &impostors, curve.impostors()),
        }
    }
}

impl Influence for CostInfluence {
    fn genuine(&self, place: usize) -> f64 {
        self.genuine[place]
    }

    fn impostor(&self, place: usize) -> f64 {
        self.impostors[place]
    }
}

/// Influence on `of_tar · TAR + of_far · FAR` at one point of the curve.
#[derive(Clone, Copy, Debug)]
pub struct RateInfluence {
    point: usize,
    tar: f64,
    far: f64,
    per_genuine: f64,
    per_impostor: f64,
}

impl RateInfluence {
    /// A combination of both rates at a fixed threshold.
    pub fn new(curve: &Curve, point: usize, of_tar: f64, of_far: f64) -> Self {
        Self {
            point,
            tar: curve.tar(point),
            far: curve.far(point),
            per_genuine: of_tar / curve.genuine() as f64,
            per_impostor: of_far / curve.impostors() as f64,
        }
    }

    /// The true accept rate at a fixed *false accept rate*: the threshold moves with the
    /// impostors, along the slope of the curve.
    pub fn tar_at_far(curve: &Curve, point: usize) -> Self {
        Self::new(curve, point, 1.0, -slope(curve, point))
    }

    /// The equal error rate: `(s dFAR − dTAR)/(1 + s)`, s the slope of the curve there.
    pub fn equal_error_rate(curve: &Curve, point: usize) -> Self {
        let slope = slope(curve, point);
        Self::new(curve, point, -1.0 / (1.0 + slope), slope / (1.0 + slope))
    }
}

impl Influence for RateInfluence {
    fn genuine(&self, place: usize) -> f64 {
        (f64::from(place < self.point) - self.tar) * self.per_genuine
    }

    fn impostor(&self, place: usize) -> f64 {
        (f64::from(place < self.point) - self.far) * self.per_impostor
    }
}

/// dTAR/dFAR of the curve around a point, over a window that holds about √Q' impostors to either
/// side (Q' accepted), or a tenth of Q' if that is more.
pub fn slope(curve: &impl Rates, point: usize) -> f64 {
    slope_of_repeated(curve, point, 1)
}

/// [`slope`] where each impostor is tried `times` over, and Q' counts each once.
pub fn slope_of_repeated(curve: &impl Rates, point: usize, times: u64) -> f64 {
    let accepted = curve.false_accepts(point);
    let once = accepted as f64 / times as f64;
    let reach = times * (2.0 * (once + 1.0).sqrt()).max(once / 10.0) as u64;
    let upto = |impostors: u64| {
        let (mut low, mut high) = (0, curve.last());
        while low < high {
            let middle = low + (high - low) / 2;
            if curve.false_accepts(middle) >= impostors {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    };
    let before = upto(accepted.saturating_sub(reach));
    let after = upto((accepted + reach).min(curve.false_trials()));
    let run = curve.false_rate(after) - curve.false_rate(before);
    if run > 0.0 {
        (curve.true_rate(after) - curve.true_rate(before)) / run
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Orientation;
    use crate::evaluation::curve::area;
    use crate::evaluation::trial_twin::Draw;

    #[test]
    fn a_slope_is_the_same_where_each_impostor_is_tried_many_times() {
        let mut draw = Draw::new(93);
        for _ in 0..20 {
            let drawn = draw.people(12, 3000);
            let once = Curve::of(&drawn.scores, &drawn.same, Orientation::Distance).unwrap();
            let genuine: Vec<u64> = (1..=once.last())
                .map(|at| once.accepted(at).genuine)
                .collect();
            for times in [1, 3, 40] {
                let impostors = (1..=once.last()).map(|at| times * once.accepted(at).impostors);
                let many = once
                    .recounted(genuine.clone(), impostors.collect())
                    .unwrap();
                for point in (0..=once.last()).step_by(37) {
                    let (one, found) =
                        (slope(&once, point), slope_of_repeated(&many, point, times));
                    assert!((one - found).abs() <= 1e-9 * one.abs(), "{one} {found}");
                }
            }
        }
    }

    #[test]
    fn influences_are_derivatives_by_the_weight_of_a_person() {
        // Weights w: a genuine pair counts w_i, an impostor pair w_i w_j. The influence of a
        // person is the derivative of the weighted measure by their weight, at 1.
        let mut draw = Draw::new(91);
        for _ in 0..20 {
            let drawn = draw.people(12, 300);
            let trials = drawn.trials(Orientation::Distance);
            let people = trials.people.unwrap();
            let placed = Placed::new(&trials).unwrap();
            let curve = &placed.curve;
            let measure = |weights: &[f64], of: &dyn Fn(&[f64], &[f64]) -> f64| {
                let (mut g, mut h) = (vec![0.0; curve.last()], vec![0.0; curve.last()]);
                for (pair, place) in placed.places.iter().enumerate() {
                    let (a, b) = (people.first[pair] as usize, people.second[pair] as usize);
                    if trials.same[pair] == 1 {
                        g[*place as usize] += weights[a];
                    } else {
                        h[*place as usize] += weights[a] * weights[b];
                    }
                }
                of(&g, &h)
            };
            let weighted_area = |g: &[f64], h: &[f64]| {
                let (mut wins, mut behind) = (0.0, h.iter().sum::<f64>());
                for (g, h) in g.iter().zip(h) {
                    wins += g * (behind - h / 2.0);
                    behind -= h;
                }
                wins / g.iter().sum::<f64>() / h.iter().sum::<f64>()
            };
            let point = curve.last() / 3;
            let rates = |g: &[f64], h: &[f64]| {
                let share = |v: &[f64]| v[..point].iter().sum::<f64>() / v.iter().sum::<f64>();
                0.7 * share(g) - 1.3 * share(h)
            };
            let of_area = AreaInfluence::new(curve, area(curve));
            let of_rates = RateInfluence::new(curve, point, 0.7, -1.3);
            let by_identity = |of: &dyn Fn(usize) -> f64| {
                let mut sums = vec![0.0; people.count];
                for pair in 0..placed.places.len() {
                    let (a, b) = (people.first[pair] as usize, people.second[pair] as usize);
                    sums[a] += of(pair);
                    if a != b {
                        sums[b] += of(pair);
                    }
                }
                sums
            };
            let found = [
                by_identity(&placed.by_pair(&of_area)),
                by_identity(&placed.by_pair(&of_rates)),
            ];
            for person in 0..people.count {
                let step = 1e-5;
                let mut weights = vec![1.0; people.count];
                for (found, of) in found
                    .iter()
                    .zip([&weighted_area as &dyn Fn(&[f64], &[f64]) -> f64, &rates])
                {
                    weights[person] = 1.0 + step;
                    let up = measure(&weights, of);
                    weights[person] = 1.0 - step;
                    let down = measure(&weights, of);
                    let slope = (up - down) / (2.0 * step);
                    assert!((found[person] - slope).abs() < 1e-7);
                }
            }
        }
    }
}
