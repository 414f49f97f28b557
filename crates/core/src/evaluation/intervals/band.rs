//! Spreads of both rates at many points of a curve, in one sweep over the pairs.

use super::{Dyads, Placed, Spread};
use crate::evaluation::curve::Curve;

/// A combination of both rates at a point of a curve: `tar · TAR + far · FAR`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatesAt {
    /// The point.
    pub point: usize,
    /// Weight of the true accept rate.
    pub tar: f64,
    /// Weight of the false accept rate.
    pub far: f64,
}

/// The spread of each combination; points ascend.
///
/// With a_i and b_i accepted genuine and impostor pairs of identity i, n_i and m_i all of them, its
/// influence is `tar (a_i − TAR n_i)/P + far (b_i − FAR m_i)/Q`. Cost: one pass over the pairs, and
/// one over people for each combination.
pub fn rate_spreads(
    placed: &Placed<'_>,
    dyads: &Dyads<'_>,
    people: usize,
    asked: &[RatesAt],
) -> Vec<Spread> {
    let Placed {
        trials,
        curve,
        places,
    } = placed;
    let Some(known) = &trials.people else {
        return vec![];
    };
    let mut sweep = Sweep::new(placed, dyads, people);
    let order = by_place(curve, places);
    let mut next = 0;
    let spread_at = |at: &RatesAt| {
        let accepted = curve.accepted(at.point);
        let end = (accepted.genuine + accepted.impostors) as usize;
        for pair in &order[next..end] {
            let pair = *pair as usize;
            let (a, b) = (known.first[pair] as usize, known.second[pair] as usize);
            if trials.same[pair] == 1 {
                sweep.people[a].a += 1.0;
            } else {
                sweep.people[a].b += 1.0;
                sweep.people[b].b += 1.0;
                sweep.accept(dyads.of(pair), dyads);
            }
        }
        next = end;
        sweep.spread(curve, at)
    };
    asked.iter().map(spread_at).collect()
}

/// Pairs from the strictest threshold on, by counting.
fn by_place(curve: &Curve, places: &[u32]) -> Vec<u32> {
    let mut next: Vec<u64> = (0..curve.last())
        .map(|place| curve.accepted(place).genuine + curve.accepted(place).impostors)
        .collect();
    let mut order = vec![0; places.len()];
    for (pair, place) in places.iter().enumerate() {
        let slot = &mut next[*place as usize];
        order[*slot as usize] = pair as u32;
        *slot += 1;
    }
    order
}

/// Of one identity: accepted and all, genuine (a of n) and impostor (b of m).
#[derive(Clone, Copy, Default)]
struct Counts {
    a: f64,
    b: f64,
    n: f64,
    m: f64,
}

/// Counts of people and of dyads, with the sums of products of the latter.
struct Sweep {
    people: Vec<Counts>,
    accepted: Vec<u64>,
    hh: u128,
    hn: u128,
    nn: u128,
}

impl Sweep {
    fn new(placed: &Placed<'_>, dyads: &Dyads<'_>, count: usize) -> Self {
        let mut people = vec![Counts::default(); count];
        if let Some(known) = &placed.trials.people {
            for (pair, same) in placed.trials.same.iter().enumerate() {
                let (a, b) = (known.first[pair] as usize, known.second[pair] as usize);
                if *same == 1 {
                    people[a].n += 1.0;
                } else {
                    people[a].m += 1.0;
                    people[b].m += 1.0;
                }
            }
        }
        let square = |pairs: &u64| u128::from(*pairs) * u128::from(*pairs);
        Self {
            people,
            accepted: vec![0; dyads.pairs().len()],
            hh: 0,
            hn: 0,
            nn: dyads.pairs().iter().map(square).sum(),
        }
    }

    fn accept(&mut self, dyad: usize, dyads: &Dyads<'_>) {
        let held = &mut self.accepted[dyad];
        self.hh += u128::from(2 * *held + 1);
        self.hn += u128::from(dyads.pairs()[dyad]);
        *held += 1;
    }

    fn spread(&self, curve: &Curve, at: &RatesAt) -> Spread {
        let (t, f) = (curve.tar(at.point), curve.far(at.point));
        let per_genuine = at.tar / curve.genuine() as f64;
        let per_impostor = at.far / curve.impostors() as f64;
        let influence =
            |of: &Counts| (of.a - t * of.n) * per_genuine + (of.b - f * of.m) * per_impostor;
        let dyads = self.hh as f64 - 2.0 * f * self.hn as f64 + f * f * self.nn as f64;
        let dyads = dyads.max(0.0) * per_impostor * per_impostor;
        Spread::of(self.people.iter().map(influence), dyads)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Influence, RateInfluence};
    use super::*;
    use crate::evaluation::Orientation;
    use crate::evaluation::trial_twin::{Draw, spread_twin};

    #[test]
    fn the_sweep_gives_the_spread_of_the_influences() {
        let mut draw = Draw::new(111);
        for o in [Orientation::Distance, Orientation::Similarity] {
            let drawn = draw.people(15, 900);
            let trials = drawn.trials(o);
            let people = trials.people.unwrap();
            let placed = Placed::new(&trials).unwrap();
            let dyads = Dyads::new(&trials, &people);
            let weights = [(1.0, 0.0), (0.0, 1.0), (1.0, -0.4), (-0.3, 0.7)];
            let points = 0..=placed.curve.last();
            let asked: Vec<RatesAt> = points
                .flat_map(|point| weights.map(|(tar, far)| RatesAt { point, tar, far }))
                .collect();
            let found = rate_spreads(&placed, &dyads, people.count, &asked);
            for (at, found) in asked.iter().zip(found) {
                let influence = RateInfluence::new(&placed.curve, at.point, at.tar, at.far);
                let of = |pair: usize| {
                    let place = placed.places[pair] as usize;
                    match trials.same[pair] {
                        1 => influence.genuine(place),
                        _ => influence.impostor(place),
                    }
                };
                let slow = spread_twin(&trials, &(0..900).map(of).collect::<Vec<_>>());
                assert!((found.squares - slow.squares).abs() < 1e-13);
                assert!((found.fourths - slow.fourths).abs() < 1e-13);
                assert!((found.dyads - slow.dyads).abs() < 1e-13);
            }
        }
    }
}
