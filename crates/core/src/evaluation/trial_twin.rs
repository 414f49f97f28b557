//! The obvious twin of every fast path of this module, compiled for tests only.

use super::{Accepted, Orientation, People, Spread, Trials};

/// A small fixed generator: the values only need to be varied.
pub(super) struct Draw(u64);

impl Draw {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// In [0, 1).
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(super) fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 32) % n
    }

    pub(super) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Scores and truth: full of ties, without ties, tiny, one-sided or skewed.
    pub(super) fn case(&mut self) -> (Vec<f64>, Vec<u8>) {
        let special = [0.0, -0.0, f64::MAX, -f64::MAX, 5e-324, -5e-324];
        let n = 2 + self.below(60) as usize;
        let levels = 1 + self.below(12);
        let kind = self.below(5);
        let one_in = [2, 2, 8, 2, 30][kind as usize];
        let mut same: Vec<u8> = (0..n).map(|_| u8::from(self.below(one_in) == 0)).collect();
        (same[0], same[1]) = (0, 1);
        let scores = same.iter().map(|same| match kind {
            0 => match self.below(levels + 2) {
                0 => special[self.below(6) as usize],
                level => level as f64 - levels as f64 / 2.0,
            },
            1 => self.normal() - f64::from(*same),
            2 => self.unit().powi(6) * 1e3,
            3 => self.unit() + 3.0 * f64::from(*same),
            _ => self.below(levels) as f64 - f64::from(*same),
        });
        (scores.collect(), same)
    }
}

/// The spread of a measure by its derivative by each pair: every person against all pairs, and every
/// two people against all pairs.
pub(super) fn spread_twin(trials: &Trials<'_>, of: &[f64]) -> Spread {
    let people = trials.people.expect("people");
    let is_of = |pair: usize, id: u32| people.first[pair] == id || people.second[pair] == id;
    let sum = |holds: &dyn Fn(usize) -> bool| -> f64 {
        (0..of.len())
            .filter(|pair| holds(*pair))
            .map(|pair| of[pair])
            .sum()
    };
    let mut spread = Spread::default();
    for a in 0..people.count as u32 {
        let influence = sum(&|pair| is_of(pair, a));
        spread.squares += influence.powi(2);
        spread.fourths += influence.powi(4);
        for b in 0..a {
            spread.dyads += sum(&|pair| is_of(pair, a) && is_of(pair, b)).powi(2);
        }
    }
    spread
}

/// AUROC by looking at every genuine–impostor pair of scores: 1 when the genuine one is more
/// alike, ½ for a tie.
pub(super) fn auroc(scores: &[f64], same: &[u8], orientation: Orientation) -> f64 {
    let (mut doubled_wins, mut comparisons) = (0u64, 0u64);
    for (genuine, _) in scores.iter().zip(same).filter(|(_, s)| **s == 1) {
        for (impostor, _) in scores.iter().zip(same).filter(|(_, s)| **s == 0) {
            let (better, worse) = match orientation {
                Orientation::Distance => (impostor, genuine),
                Orientation::Similarity => (genuine, impostor),
            };
            doubled_wins += u64::from(better > worse) * 2 + u64::from(better == worse);
            comparisons += 2;
        }
    }
    doubled_wins as f64 / comparisons as f64
}

/// Pairs accepted at a threshold, counted one by one.
pub(super) fn accepted_at(scores: &[f64], same: &[u8], o: Orientation, t: f64) -> Accepted {
    let count = |kind: u8| {
        let accepted = |score: f64| match o {
            Orientation::Distance => score <= t,
            Orientation::Similarity => score >= t,
        };
        let pairs = scores.iter().zip(same);
        pairs.filter(|(s, k)| **k == kind && accepted(**s)).count() as u64
    };
    Accepted {
        genuine: count(1),
        impostors: count(0),
    }
}

/// (false accept rate, true accept rate) at every threshold there is, behind (0, 0).
pub(super) fn points(scores: &[f64], same: &[u8], orientation: Orientation) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = vec![(0.0, 0.0)];
    let genuine = same.iter().filter(|s| **s == 1).count() as f64;
    let impostors = same.len() as f64 - genuine;
    points.extend(scores.iter().map(|t| {
        let at = accepted_at(scores, same, orientation, *t);
        (at.impostors as f64 / impostors, at.genuine as f64 / genuine)
    }));
    points.sort_by(|a, b| a.partial_cmp(b).expect("rates"));
    points.dedup();
    points
}

/// Trapezoids up to `far`, standardised.
pub(super) fn partial_area(scores: &[f64], same: &[u8], o: Orientation, far: f64) -> f64 {
    let mut area = 0.0;
    for side in points(scores, same, o).windows(2) {
        let ((x0, y0), (x1, y1)) = (side[0], side[1]);
        let end = x1.min(far);
        if x0 < end {
            let y = y0 + (y1 - y0) * (end - x0) / (x1 - x0);
            area += (end - x0) * (y0 + y) / 2.0;
        }
    }
    let least = far * far / 2.0;
    0.5 * (1.0 + (area - least) / (far - least))
}

/// (linear, hull, nearest): the crossing of the curve's sides, the least crossing of all lines
/// between two points that cross the diagonal, the nearest rates.
pub(super) fn equal_error_rate(scores: &[f64], same: &[u8], o: Orientation) -> (f64, f64, f64) {
    let points: Vec<(f64, f64)> = points(scores, same, o)
        .into_iter()
        .map(|(far, tar)| (far, 1.0 - tar))
        .collect();
    // Where x = y on the line between two points on either side of it.
    let cross = |(x0, y0): (f64, f64), (x1, y1): (f64, f64)| {
        let (short, over) = (y0 - x0, x1 - y1);
        (short >= -1e-15 && over >= -1e-15).then(|| {
            if short + over < 1e-15 {
                x0
            } else {
                x0 + short / (short + over) * (x1 - x0)
            }
        })
    };
    let linear = points
        .windows(2)
        .find_map(|w| cross(w[0], w[1]))
        .expect("the diagonal is crossed");
    let mut hull = f64::INFINITY;
    for (i, a) in points.iter().enumerate() {
        for b in &points[i + 1..] {
            hull = hull.min(cross(*a, *b).unwrap_or(f64::INFINITY));
        }
    }
    let apart = |(x, y): &(f64, f64)| (x - y).abs();
    let least = points.iter().map(apart).fold(f64::INFINITY, f64::min);
    let nearest = points
        .iter()
        .find(|p| apart(p) < least + 1e-13)
        .map(|(x, y)| (x + y) / 2.0)
        .expect("a point");
    (linear, hull, nearest)
}

/// Pairs of people drawn at random.
pub(super) struct Drawn {
    pub(super) scores: Vec<f64>,
    pub(super) same: Vec<u8>,
    first: Vec<u32>,
    second: Vec<u32>,
    count: usize,
}

impl Drawn {
    pub(super) fn trials(&self, orientation: Orientation) -> Trials<'_> {
        Trials {
            scores: &self.scores,
            same: &self.same,
            orientation,
            people: Some(People {
                first: &self.first,
                second: &self.second,
                count: self.count,
            }),
        }
    }

    fn push(&mut self, score: f64, first: u32, second: u32) {
        self.scores.push(score);
        self.same.push(u8::from(first == second));
        self.first.push(first);
        self.second.push(second);
    }

    fn of(count: usize) -> Self {
        Self {
            scores: vec![],
            same: vec![],
            first: vec![],
            second: vec![],
            count,
        }
    }
}

impl Draw {
    /// `pairs` pairs among `count` people, a third of them genuine; few values, many ties.
    pub(super) fn people(&mut self, count: usize, pairs: usize) -> Drawn {
        let mut drawn = Drawn::of(count);
        let n = count as u64;
        for pair in 0..pairs {
            let first = self.below(n);
            let other = (first + 1 + self.below(n - 1)) % n;
            let second = if pair % 3 == 0 { first } else { other };
            let shift = if first == second { 0 } else { 6 };
            let score = (self.below(20) + shift) as f64;
            drawn.push(score, first as u32, second as u32);
        }
        drawn
    }

    /// All pairs of `images` images of each of `count` people. People differ in how hard they are
    /// to know and in how much they look like others, so that pairs of one person hang together.
    pub(super) fn crowd(&mut self, count: usize, images: usize) -> Drawn {
        let mut drawn = Drawn::of(count);
        let hard: Vec<f64> = (0..count).map(|_| self.normal()).collect();
        let alike: Vec<f64> = (0..count).map(|_| self.normal()).collect();
        for a in 0..count * images {
            for b in a + 1..count * images {
                let (i, j) = (a / images, b / images);
                let score = if i == j {
                    hard[i] + self.normal()
                } else {
                    2.0 - 0.7 * (alike[i] + alike[j]) + self.normal()
                };
                drawn.push(score, i as u32, j as u32);
            }
        }
        drawn
    }
}
