//! How far the rates of groups are apart, at one threshold: ratios, FDR and GARBE.
//!
//! Each of these is 0, or 1, only where no group differs at all, so an estimate is never on the fair side of the
//! truth by much, and often on the other: noise alone makes groups differ. An interval therefore asks which spread
//! of the groups would have given the one that was met. Logits of the rates are drawn with their errors around a
//! world whose groups lie s times as far from their mean as they were found; s = 0 is a world of equal groups. Worlds that
//! give what was met, or more, in fewer than 2.5 % of the draws (at 95 %) are left out at the lower end, those that give it
//! or less in fewer at the upper. A world that cannot be told from equal groups, since more than 2.5 % of its draws lie below
//! their median, is never left out for too little, so it is left out for too much at 5 %: the chance that an interval
//! misses is the same everywhere, as in Feldman & Cousins, Phys. Rev. D 57 (1998), 3873–3889, near a limit.
//!
//! Groups are moved in the pattern in which they were found for the upper end, since single groups at either end are the least
//! exaggerated by noise, and with each at the end that it is nearer to for the lower one, where the largest of several is the
//! most. Of two kinds of rates, one that came out nearer together than its errors is taken to be so far apart as
//! these: it would else have no part in any world.
//!
//! Errors are those of differences, with their degrees of freedom: what makes one group's rate too large and its error
//! with it makes the other's the same.
//!
//! Sources: de Freitas Pereira & Marcel, IEEE T-BIOM 4 (2022), 19–29, equation 5 (FDR); Howard, Laird, Rubin, Sirotin,
//! Tipton & Vemury, arXiv 2203.05051, section 4 (GARBE).

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::GroupFigures;
use crate::evaluation::intervals::{Interval, Spread, normals, reach};

/// The error of a rate of a group beside those of others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateError {
    /// Its variance by identity.
    pub variance: f64,
    /// Degrees of freedom of that.
    pub freedom: f64,
}

impl RateError {
    pub(crate) fn of(spread: &Spread) -> Self {
        let (variance, freedom) = spread.of_difference();
        Self { variance, freedom }
    }
}

/// A figure of groups; `None` where it is undefined.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Apart {
    /// The figure.
    pub value: Option<f64>,
    /// `None` where a rate is 0 or 1, or people are not known.
    pub interval: Option<Interval>,
}

/// How far groups are apart at a threshold that they share. Groups of too few people have no part in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fairness {
    /// False accept rate asked for.
    pub far: f64,
    /// Largest over least false accept rate; undefined where the least is 0.
    pub far_ratio: Apart,
    /// Largest over least false reject rate.
    pub frr_ratio: Apart,
    /// Fairness discrepancy rate, 1 − (α max |ΔFAR| + (1 − α) max |ΔFRR|): 1 where no group differs.
    pub fdr: Apart,
    /// Gini aggregation rate, α Gini(FAR) + (1 − α) Gini(FRR): 0 where no group differs, at most 1.
    pub garbe: Apart,
    /// Gini coefficient of the false accept rates; undefined where all are 0.
    pub gini_far: Apart,
    /// Gini coefficient of the false reject rates.
    pub gini_frr: Apart,
}

/// Draws behind an interval.
const DRAWS: usize = 1000;

/// False accept and false reject rates of the groups, each with its error where it has one; none of a kind that
/// some group lacks.
struct Rates {
    of: [Vec<(f64, Option<RateError>)>; 2],
    /// Weight of the false accept rates, α.
    weight: f64,
    level: f64,
}

/// A figure of the false accept and false reject rates, larger where groups are further apart, and α.
type Figure = fn(&[Vec<f64>; 2], f64) -> Option<f64>;

/// Compares groups at each operating point, those of enough people; of fewer than two there is nothing to say.
/// `weight` is α. Cost: some hundred thousand draws of the rates for each point.
pub fn fairness(groups: &[GroupFigures], weight: f64, level: f64) -> Vec<Fairness> {
    let own: Vec<&GroupFigures> = groups.iter().filter(|group| group.is_judged()).collect();
    let points = own.first().map_or(0, |group| group.at.len());
    let at = |point: usize| {
        let rates = |kind: usize| {
            let of = own.iter().map(|group| {
                let at = &group.at[point];
                let rate = [at.group_far, at.group_tar.map(|tar| 1.0 - tar)][kind];
                rate.map(|rate| (rate, at.errors[kind]))
            });
            of.collect::<Option<Vec<_>>>().unwrap_or_default()
        };
        let all = Rates {
            of: [rates(0), rates(1)],
            weight,
            level,
        };
        Fairness {
            far: own[0].at[point].far,
            far_ratio: all.apart([true, false], |of, _| ratio(&of[0])),
            frr_ratio: all.apart([false, true], |of, _| ratio(&of[1])),
            fdr: all.apart([true, true], discrepancy).less_than_one(),
            garbe: all.apart([true, true], aggregated),
            gini_far: all.apart([true, false], |of, _| gini(&of[0])),
            gini_frr: all.apart([false, true], |of, _| gini(&of[1])),
        }
    };
    if own.len() < 2 {
        return vec![];
    }
    (0..points).map(at).collect()
}

/// Largest over least.
fn ratio(rates: &[f64]) -> Option<f64> {
    let (least, most) = ends(rates)?;
    (least > 0.0).then(|| most / least)
}

fn ends(rates: &[f64]) -> Option<(f64, f64)> {
    let most = rates.iter().copied().reduce(f64::max)?;
    Some((rates.iter().copied().fold(most, f64::min), most))
}

/// 1 − FDR.
fn discrepancy([fars, frrs]: &[Vec<f64>; 2], weight: f64) -> Option<f64> {
    let ((least_far, most_far), (least_frr, most_frr)) = (ends(fars)?, ends(frrs)?);
    Some(weight * (most_far - least_far) + (1.0 - weight) * (most_frr - least_frr))
}

fn aggregated([fars, frrs]: &[Vec<f64>; 2], weight: f64) -> Option<f64> {
    Some(weight * gini(fars)? + (1.0 - weight) * gini(frrs)?)
}

/// n/(n − 1) · Σ Σ |x_i − x_j|/(2 n² x̄): 0 where all are alike, 1 where one has everything.
fn gini(rates: &[f64]) -> Option<f64> {
    let (n, sum) = (rates.len() as f64, rates.iter().sum::<f64>());
    let apart = |x: &f64| rates.iter().map(|y| (x - y).abs()).sum::<f64>();
    (n > 1.0 && sum > 0.0).then(|| rates.iter().map(apart).sum::<f64>() / (2.0 * (n - 1.0) * sum))
}

impl Rates {
    fn apart(&self, kinds: [bool; 2], figure: Figure) -> Apart {
        let used = |kind: usize| if kinds[kind] { &self.of[kind][..] } else { &[] };
        let plain = |kind: usize| used(kind).iter().map(|rate| rate.0).collect();
        let Some(met) = figure(&[plain(0), plain(1)], self.weight) else {
            return Apart::default();
        };
        let worlds = [0, 1].map(|kind| self.worlds(used(kind)));
        let [Some(fars), Some(frrs)] = worlds else {
            return Apart {
                value: Some(met),
                interval: None,
            };
        };
        let draws = Draws {
            worlds: [fars, frrs],
            met,
            of: &|rates| figure(rates, self.weight).unwrap_or(0.0),
        };
        let ends = draws.ends((1.0 - self.level) / 2.0);
        let method = "identity influence, spread of groups";
        Apart {
            value: Some(met),
            interval: Some(Interval::new(ends, self.level, method)),
        }
    }

    /// Logits with their errors; `None` where a rate has none, or lies at an end.
    fn worlds(&self, rates: &[(f64, Option<RateError>)]) -> Option<World> {
        let (mut logits, mut errors) = (vec![], vec![]);
        for (rate, error) in rates {
            let (error, spread) = ((*error)?, rate * (1.0 - rate));
            if spread <= 0.0 {
                return None;
            }
            // Normal draws, as much wider as Student's quantile is.
            let wider = reach(self.level, error.freedom) / reach(self.level, f64::INFINITY);
            logits.push(libm::log(rate / (1.0 - rate)));
            errors.push(wider * error.variance.sqrt() / spread);
        }
        Some(World::new(&logits, errors))
    }
}

/// Groups on the scale of logit: their mean, how far each lies from it, and their errors.
struct World {
    middle: f64,
    /// As they were found, and with each at the end that it is nearer to.
    apart: [Vec<f64>; 2],
    errors: Vec<f64>,
}

/// A pattern of groups: as they were found, or with each at the end that it is nearer to.
#[derive(Clone, Copy)]
enum Pattern {
    Found,
    Ends,
}

impl World {
    fn new(logits: &[f64], errors: Vec<f64>) -> Self {
        let groups = logits.len() as f64;
        let mean = |of: &mut dyn Iterator<Item = f64>| of.sum::<f64>() / groups;
        let middle = mean(&mut logits.iter().copied());
        let mut found: Vec<f64> = logits.iter().map(|logit| logit - middle).collect();
        let square = |of: &[f64]| mean(&mut of.iter().map(|x| x * x));
        let (size, error) = (square(&found) * groups / (groups - 1.0), square(&errors));
        if size == 0.0 {
            // Groups that came out alike may differ all the same, in any direction.
            let turned = (0..found.len()).map(|at| if at % 2 == 0 { 1.0 } else { -1.0 });
            found = turned.collect();
        } else if size < error {
            // That groups are nearer to each other than their errors, one kind of rates cannot know of itself.
            let times = (error / size).sqrt();
            found.iter_mut().for_each(|apart| *apart *= times);
        }
        let (low, high) = ends(&found).unwrap_or_default();
        let (half, center) = ((high - low) / 2.0, f64::midpoint(low, high));
        let to_end = |apart: &f64| if *apart > center { half } else { -half };
        let at_ends = found.iter().map(to_end).collect();
        Self {
            middle,
            apart: [found, at_ends],
            errors,
        }
    }

    /// The rates of a world whose groups lie `times` as far from their mean, off by `normals` errors.
    fn rates(
        &self,
        (pattern, times): (Pattern, f64),
        normals: &mut impl Iterator<Item = f64>,
    ) -> Vec<f64> {
        let groups = self.apart[pattern as usize].iter().zip(&self.errors);
        groups
            .map(|(apart, error)| {
                let off = normals.next().unwrap_or(0.0);
                let logit = self.middle + times * apart + off * error;
                1.0 / (1.0 + libm::exp(-logit))
            })
            .collect()
    }
}

struct Draws<'a> {
    worlds: [World; 2],
    /// The value of the figure.
    met: f64,
    of: &'a dyn Fn(&[Vec<f64>; 2]) -> f64,
}

impl Draws<'_> {
    /// The figures of the least and of the furthest world that is not left out, with a share `tail` on either side.
    fn ends(&self, tail: f64) -> (f64, f64) {
        let groups: usize = self.worlds.iter().map(|world| world.errors.len()).sum();
        let mut random = ChaCha8Rng::seed_from_u64(0);
        let noise: Vec<Vec<f64>> = (0..DRAWS).map(|_| normals(&mut random, groups)).collect();
        let drawn =
            |world: (Pattern, f64)| noise.iter().map(move |noise| self.figure(world, noise));
        let mut equal: Vec<f64> = drawn((Pattern::Found, 0.0)).collect();
        equal.sort_unstable_by(f64::total_cmp);
        let median = equal[DRAWS / 2];
        let shares = |pattern: Pattern, times: f64| {
            let mut counts = [0.0; 3];
            for drawn in drawn((pattern, times)) {
                let is_so = [drawn >= self.met, drawn <= self.met, drawn <= median];
                for (count, is_so) in counts.iter_mut().zip(is_so) {
                    *count += f64::from(u8::from(is_so)) / DRAWS as f64;
                }
            }
            counts
        };
        let is_like_equal = |[_, _, near]: [f64; 3]| near > tail;
        let reached = |times: f64| {
            let shares = shares(Pattern::Ends, times);
            let tails = if is_like_equal(shares) { 2.0 } else { 1.0 };
            shares[0] >= tails * tail
        };
        let left = |times: f64| {
            let shares = shares(Pattern::Found, times);
            !is_like_equal(shares) && shares[1] <= tail
        };
        let low = if reached(0.0) { 0.0 } else { first(reached) };
        let high = first(left);
        let (low, high) = ((Pattern::Ends, low), (Pattern::Found, high));
        (
            self.figure(low, &[]).min(self.met),
            self.figure(high, &[]).max(self.met),
        )
    }

    fn figure(&self, world: (Pattern, f64), noise: &[f64]) -> f64 {
        let mut noise = noise.iter().copied();
        let [fars, frrs] = &self.worlds;
        (self.of)(&[fars.rates(world, &mut noise), frrs.rates(world, &mut noise)])
    }
}

/// Groups are never taken to lie so many times as far apart as they were found.
const FURTHEST: f64 = 1e6;

/// The number of times at which something begins to hold, by doubling and halving.
fn first(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut out, mut inside) = (0.0, 1.0);
    while !holds(inside) && inside < FURTHEST {
        (out, inside) = (inside, 2.0 * inside);
    }
    for _ in 0..10 {
        let middle = f64::midpoint(out, inside);
        if holds(middle) {
            inside = middle;
        } else {
            out = middle;
        }
    }
    inside
}

impl Apart {
    /// 1 − the figure, with its ends exchanged.
    fn less_than_one(self) -> Self {
        Self {
            value: self.value.map(|value| 1.0 - value),
            interval: self.interval.map(|of| Interval {
                low: 1.0 - of.high,
                high: 1.0 - of.low,
                ..of
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::GroupPoint;
    use super::*;
    use crate::evaluation::trial_twin::Draw;

    /// Groups with these rates and standard errors.
    fn groups(of: &[(f64, f64, f64)]) -> Vec<GroupFigures> {
        let group = |(at, (far, frr, relative)): (usize, &(f64, f64, f64))| GroupFigures {
            name: format!("g{at}"),
            genuine: 100,
            impostors: 1000,
            auroc: None,
            auroc_interval: None,
            at: vec![GroupPoint {
                far: 0.01,
                group_far: Some(*far),
                group_tar: Some(1.0 - frr),
                far_interval: None,
                tar_interval: None,
                errors: [far, frr].map(|rate| {
                    (*relative > 0.0).then(|| RateError {
                        variance: (relative * rate).powi(2),
                        freedom: 50.0,
                    })
                }),
                across_far: None,
                across_far_interval: None,
            }],
            people: Some(50),
            own: vec![],
            across_impostors: None,
        };
        of.iter().enumerate().map(group).collect()
    }

    #[test]
    fn figures_are_those_of_their_definitions() {
        let of = groups(&[(0.01, 0.1, 0.1), (0.03, 0.2, 0.1), (0.02, 0.4, 0.1)]);
        let found = &fairness(&of, 0.25, 0.95)[0];
        let near = |of: &Apart, expected: f64| {
            let (value, interval) = (of.value.unwrap(), of.interval.as_ref().unwrap());
            assert!((value - expected).abs() < 1e-15, "{value} {expected}");
            assert!(interval.low < value && value < interval.high && interval.level == 0.95);
        };
        near(&found.far_ratio, 3.0);
        near(&found.frr_ratio, 4.0);
        near(&found.fdr, 1.0 - (0.25 * 0.02 + 0.75 * 0.3));
        // Every two groups, as the papers write it: 3/2 · 2 · (|x − y| + …)/(2 · 9 · mean).
        let gini = |[x, y, z]: [f64; 3]| {
            let apart = (x - y).abs() + (x - z).abs() + (y - z).abs();
            1.5 * 2.0 * apart / (2.0 * 9.0 * ((x + y + z) / 3.0))
        };
        let (far, frr) = (gini([0.01, 0.03, 0.02]), gini([0.1, 0.2, 0.4]));
        near(&found.gini_far, far);
        near(&found.gini_frr, frr);
        near(&found.garbe, 0.25 * far + 0.75 * frr);
        // One group has every error.
        assert!((super::gini(&[0.0, 0.0, 0.5]).unwrap() - 1.0).abs() < 1e-15);
    }

    #[test]
    fn what_is_undefined_or_has_no_error_says_so() {
        let mut of = groups(&[(0.0, 0.1, 0.1), (0.03, 0.2, 0.1)]);
        let found = &fairness(&of, 0.5, 0.95)[0];
        assert_eq!(
            (found.far_ratio.value, &found.far_ratio.interval),
            (None, &None)
        );
        assert!(found.gini_far.value.is_some() && found.gini_far.interval.is_none());
        assert!(found.garbe.interval.is_none() && found.frr_ratio.interval.is_some());
        // A group of few people, and what is no group, have no part.
        of[0].people = Some(5);
        assert_eq!(fairness(&of, 0.5, 0.95), vec![]);
        of.push(of[1].clone());
        of[2].name = super::super::ACROSS.to_owned();
        assert_eq!(fairness(&of, 0.5, 0.95), vec![]);
        of[2].name = "third".to_owned();
        let found = &fairness(&of, 0.5, 0.95)[0];
        // Groups that came out alike may differ all the same.
        let apart = found.far_ratio.interval.as_ref().unwrap();
        assert!(found.far_ratio.value == Some(1.0) && apart.low == 1.0 && apart.high > 1.1);
        of[1].at[0].group_far = None;
        let found = &fairness(&of, 0.5, 0.95)[0];
        assert!(found.far_ratio.value.is_none() && found.fdr.value.is_none());
        assert!(found.frr_ratio.value.is_some());
    }

    /// Over worlds of groups with known rates, met with an error, intervals hold about as often as they say, whether
    /// groups differ or not.
    #[test]
    fn intervals_hold_the_truth() {
        let mut draw = Draw::new(181);
        let worlds: [&[(f64, f64)]; 2] = [
            &[(0.02, 0.1), (0.02, 0.1)],
            &[(0.01, 0.05), (0.02, 0.1), (0.04, 0.3)],
        ];
        for truth in worlds {
            let exact: Vec<_> = truth.iter().map(|of| (of.0, of.1, 0.0)).collect();
            let expected = fairness(&groups(&exact), 0.5, 0.95).remove(0);
            let (draws, mut held) = (20, [0; 4]);
            for _ in 0..draws {
                let mut off = |rate: f64| {
                    let logit = (rate / (1.0 - rate)).ln() + 0.25 * draw.normal() / (1.0 - rate);
                    1.0 / (1.0 + (-logit).exp())
                };
                let met: Vec<_> = truth
                    .iter()
                    .map(|of| (off(of.0), off(of.1), 0.25))
                    .collect();
                let found = fairness(&groups(&met), 0.5, 0.95).remove(0);
                let both = [
                    (found.far_ratio, &expected.far_ratio),
                    (found.frr_ratio, &expected.frr_ratio),
                    (found.fdr, &expected.fdr),
                    (found.garbe, &expected.garbe),
                ];
                for (held, (found, expected)) in held.iter_mut().zip(both) {
                    let (interval, value) = (found.interval.unwrap(), expected.value.unwrap());
                    *held += usize::from(interval.low <= value && value <= interval.high);
                }
            }
            eprintln!("{truth:?}: {held:?} of {draws}");
            assert!(held.iter().all(|held| *held >= 17), "{held:?}");
        }
    }
}
