//! Variances of both rates at every point of a curve, in one sweep over the pairs.

use super::Placed;
use crate::evaluation::curve::Curve;
use crate::evaluation::{People, Trials};

/// Variances of TAR and FAR at a fixed threshold and their covariance, clustered by identity.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RateVariance {
    /// Of the true accept rate.
    pub tar: f64,
    /// Of the false accept rate.
    pub far: f64,
    /// Of the two with each other.
    pub covariance: f64,
}

impl RateVariance {
    /// Variance of `of_tar · TAR + of_far · FAR`.
    pub fn of(&self, of_tar: f64, of_far: f64) -> f64 {
        let cross = 2.0 * of_tar * of_far * self.covariance;
        (of_tar * of_tar * self.tar + of_far * of_far * self.far + cross).max(0.0)
    }
}

/// The variances at the given points, which ascend.
///
/// With a_i and b_i accepted genuine and impostor pairs of identity i, n_i and m_i all of them:
/// Var TAR = Σ (a_i − TAR n_i)² / P², and so on. The sums of squares and products are integers
/// that each pair changes in a few additions, so all points cost one pass.
pub fn rate_variances(
    placed: &Placed<'_>,
    people: &People<'_>,
    points: &[usize],
) -> Vec<RateVariance> {
    let Placed {
        trials,
        curve,
        places,
    } = placed;
    let mut sweep = Sweep::new(trials, people);
    let order = by_place(curve, places);
    let mut next = 0;
    let variance_at = |point: &usize| {
        let accepted = curve.accepted(*point);
        let end = (accepted.genuine + accepted.impostors) as usize;
        for pair in &order[next..end] {
            let pair = *pair as usize;
            let (a, b) = (people.first[pair] as usize, people.second[pair] as usize);
            if trials.same[pair] == 1 {
                sweep.accept_genuine(a);
            } else {
                sweep.accept_impostor(a);
                sweep.accept_impostor(b);
            }
        }
        next = end;
        sweep.variance(curve, *point)
    };
    points.iter().map(variance_at).collect()
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
    a: u64,
    b: u64,
    n: u64,
    m: u64,
}

/// The counts and their sums of products over identities.
struct Sweep {
    of: Vec<Counts>,
    occurring: f64,
    aa: u128,
    an: u128,
    am: u128,
    ab: u128,
    bb: u128,
    bn: u128,
    bm: u128,
    nn: u128,
    nm: u128,
    mm: u128,
}

impl Sweep {
    fn new(trials: &Trials<'_>, people: &People<'_>) -> Self {
        let mut of = vec![Counts::default(); people.count];
        for (pair, same) in trials.same.iter().enumerate() {
            let (a, b) = (people.first[pair] as usize, people.second[pair] as usize);
            if *same == 1 {
                of[a].n += 1;
            } else {
                of[a].m += 1;
                of[b].m += 1;
            }
        }
        let sum =
            |product: &dyn Fn(&Counts) -> u64| of.iter().map(|c| u128::from(product(c))).sum();
        Self {
            occurring: of.iter().filter(|c| c.n + c.m > 0).count() as f64,
            aa: 0,
            an: 0,
            am: 0,
            ab: 0,
            bb: 0,
            bn: 0,
            bm: 0,
            nn: sum(&|c| c.n * c.n),
            nm: sum(&|c| c.n * c.m),
            mm: sum(&|c| c.m * c.m),
            of,
        }
    }

    fn accept_genuine(&mut self, identity: usize) {
        let c = &mut self.of[identity];
        self.aa += u128::from(2 * c.a + 1);
        self.an += u128::from(c.n);
        self.am += u128::from(c.m);
        self.ab += u128::from(c.b);
        c.a += 1;
    }

    fn accept_impostor(&mut self, identity: usize) {
        let c = &mut self.of[identity];
        self.bb += u128::from(2 * c.b + 1);
        self.bn += u128::from(c.n);
        self.bm += u128::from(c.m);
        self.ab += u128::from(c.a);
        c.b += 1;
    }

    fn variance(&self, curve: &Curve, point: usize) -> RateVariance {
        let (p, q) = (curve.genuine() as f64, curve.impostors() as f64);
        let (t, f) = (curve.tar(point), curve.far(point));
        let k = self.occurring / (self.occurring - 1.0).max(1.0);
        let quadratic = |xx: u128, xy: u128, yy: u128, rate: f64| {
            (xx as f64 - 2.0 * rate * xy as f64 + rate * rate * yy as f64).max(0.0)
        };
        let cross =
            self.ab as f64 - f * self.am as f64 - t * self.bn as f64 + t * f * self.nm as f64;
        RateVariance {
            tar: k * quadratic(self.aa, self.an, self.nn, t) / (p * p),
            far: k * quadratic(self.bb, self.bm, self.mm, f) / (q * q),
            covariance: k * cross / (p * q),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{RateInfluence, standard_error};
    use super::*;
    use crate::evaluation::Orientation;
    use crate::evaluation::trial_twin::Draw;

    #[test]
    fn the_sweep_gives_the_squared_influences() {
        let mut draw = Draw::new(111);
        for o in [Orientation::Distance, Orientation::Similarity] {
            let drawn = draw.people(15, 900);
            let trials = drawn.trials(o);
            let people = trials.people.unwrap();
            let placed = Placed::new(&trials).unwrap();
            let points: Vec<usize> = (0..=placed.curve.last()).collect();
            let found = rate_variances(&placed, &people, &points);
            for (point, found) in points.iter().zip(found) {
                for (of_tar, of_far) in [(1.0, 0.0), (0.0, 1.0), (1.0, -0.4), (-0.3, 0.7)] {
                    let influence = RateInfluence::new(&placed.curve, *point, of_tar, of_far);
                    let slow = placed.by_identity(&people, &influence);
                    let slow = standard_error(&slow, 15).powi(2);
                    assert!((found.of(of_tar, of_far) - slow).abs() < 1e-13);
                }
            }
        }
    }
}
