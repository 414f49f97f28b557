//! The variance of a measure, from what each identity adds to its error.
//!
//! The influence IF_i of an identity is the sum, over the pairs that it is in, of ψ, the derivative of
//! the measure by the pair. A genuine pair counts once, an impostor pair for both of its people. So
//! Σ IF² holds the square of what two people share twice, and it is taken off once:
//! S − D with S = Σ IF² and D = Σ_dyads (Σψ)², a dyad being two people and all impostor pairs of them.
//!
//! Three things make up for few and for unequal people; `npm run oracle -- coverage` tried them on known
//! worlds and on draws of real people. S − D falls short where few people share many dyads, and never
//! below S/2 where people differ at all, so S/2 is the least. ν = S²/Σ IF⁴ counts the people who carry
//! the variance: ν degrees of freedom widen the interval, and (ν + 1)/ν the variance. A rate near 0 or 1
//! is moved by rare people whom a small draw does not meet; see [`Spread::with_unmet`]. A difference is as
//! often too large as too small, and has more degrees; see [`Spread::of_difference`].
//!
//! Source: DeLong, DeLong & Clarke-Pearson, Biometrics 44 (1988), for the parts of one pair; Obuchowski,
//! Biometrics 53 (1997), 567–578, for clusters; Fogliato, Patil & Perona, arXiv 2306.01198, for dyads.

use super::Variance;
use crate::evaluation::{People, Trials};

/// Share of the variance of people who are each all right or all wrong that people not met may add,
/// divided by ν.
const UNMET: f64 = 0.04;

/// Sums of the influences of people on one measure.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// Σ IF².
    pub squares: f64,
    /// Σ IF⁴.
    pub fourths: f64,
    /// Σ (Σψ)² over dyads; 0 where no pair is of two people.
    pub dyads: f64,
}

impl Spread {
    /// Sums influences, those of everybody; `dyads` as in the field.
    pub fn of(influences: impl IntoIterator<Item = f64>, dyads: f64) -> Self {
        let (mut squares, mut fourths) = (0.0, 0.0);
        for influence in influences {
            let square = influence * influence;
            squares += square;
            fourths += square * square;
        }
        Self {
            squares,
            fourths,
            dyads,
        }
    }

    /// True where influences on a mean in [0, 1] are no more than the rounding of sums that cancel: nobody differs.
    pub(crate) fn is_rounding(&self, value: f64) -> bool {
        self.squares.sqrt() <= 1e-10 * value * (1.0 - value)
    }

    /// Number of equal people who would carry this variance, at least 1; it serves as degrees of
    /// freedom. Infinite without any variance.
    pub fn freedom(&self) -> f64 {
        let freedom = self.squares / self.fourths * self.squares;
        // Below 10⁻¹⁶⁰ fourth powers underflow: one person is then the safe answer.
        match (self.squares > 0.0, freedom.is_finite()) {
            (false, _) => f64::INFINITY,
            (true, true) => freedom.max(1.0),
            (true, false) => 1.0,
        }
    }

    /// The variance of the measure.
    pub fn variance(&self) -> f64 {
        self.widened(self.freedom())
    }

    /// The variance, with so many degrees of freedom behind it.
    pub(crate) fn widened(&self, freedom: f64) -> f64 {
        let left = (self.squares - self.dyads).max(self.squares / 2.0);
        if freedom.is_finite() {
            left * (freedom + 1.0) / freedom
        } else {
            left
        }
    }

    /// The variance by what it shrinks with: dyads hold the part that two people share.
    pub(crate) fn split(&self) -> Variance {
        let left = (self.squares - self.dyads).max(self.squares / 2.0);
        let share = if left > 0.0 {
            (self.dyads / left).min(1.0)
        } else {
            0.0
        };
        let variance = self.variance();
        Variance {
            people: self.freedom(),
            by_people: variance * (1.0 - share),
            by_pairs: variance * share,
        }
    }

    /// The variance of a measure as often above its truth as below it, such as a difference, and its
    /// degrees of freedom: 3(ν − 1), at least 1. Normal influences of K equal people that sum to 0 have
    /// Σ IF⁴ of about 3 (K − 1)/(K + 1) · S²/K, so this is K − 1; S is then short of the variance by
    /// (K − 1)/K. Heavier tails need no wider reference: they make the ratio of a sum to its own size
    /// smaller, not larger (Efron, JASA 64 (1969), 1278–1302).
    pub fn of_difference(&self) -> (f64, f64) {
        let freedom = freedom_of_difference(self.freedom());
        (self.widened(freedom), freedom)
    }

    /// The standard error of the measure.
    pub fn error(&self) -> f64 {
        self.variance().sqrt()
    }

    /// The variance of a mean that lies in [0, 1], with what people who were not met may add: a part
    /// of `value (1 − value)/people` that shrinks with ν.
    pub fn with_unmet(&self, value: f64, people: f64) -> f64 {
        self.variance() + UNMET * value * (1.0 - value) / (people * self.freedom())
    }
}

/// Degrees of freedom of a difference whose variance so many equal people would carry.
pub(crate) fn freedom_of_difference(carriers: f64) -> f64 {
    (3.0 * (carriers - 1.0)).max(1.0)
}

/// The dyads of trials: for each impostor pair, the number of its two people.
pub struct Dyads<'a> {
    same: &'a [u8],
    people: People<'a>,
    of: Vec<u32>,
    pairs: Vec<u64>,
}

impl<'a> Dyads<'a> {
    /// Numbers the dyads of trials. Cost: one sort of the impostor pairs.
    pub fn new(trials: &Trials<'a>, people: &People<'a>) -> Self {
        let key = |pair: usize| {
            let (a, b) = (people.first[pair], people.second[pair]);
            u64::from(a.min(b)) << 32 | u64::from(a.max(b))
        };
        let impostors = || (0..trials.same.len()).filter(|pair| trials.same[*pair] == 0);
        let mut keys: Vec<(u64, u32)> = impostors().map(|p| (key(p), p as u32)).collect();
        rayon::slice::ParallelSliceMut::par_sort_unstable(&mut keys[..]);
        let (mut of, mut pairs) = (vec![0; trials.same.len()], vec![]);
        let mut last = None;
        for (key, pair) in keys {
            if last != Some(key) {
                pairs.push(0);
                last = Some(key);
            }
            let dyad = pairs.len() - 1;
            pairs[dyad] += 1;
            of[pair as usize] = dyad as u32;
        }
        Self {
            same: trials.same,
            people: *people,
            of,
            pairs,
        }
    }

    /// The spread of a measure whose derivative by pair i is `derivative(i)`.
    pub fn spread(&self, derivative: impl Fn(usize) -> f64) -> Spread {
        let mut dyads = vec![0.0; self.pairs.len()];
        for (pair, same) in self.same.iter().enumerate() {
            if *same == 0 {
                dyads[self.of[pair] as usize] += derivative(pair);
            }
        }
        let people = self.by_person(derivative);
        Spread::of(people, dyads.iter().map(|sum| sum * sum).sum())
    }

    /// The influence of each person on that measure.
    pub(super) fn by_person(&self, derivative: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut people = vec![0.0; self.people.count];
        for (pair, same) in self.same.iter().enumerate() {
            let of_pair = derivative(pair);
            people[self.people.first[pair] as usize] += of_pair;
            if *same == 0 {
                people[self.people.second[pair] as usize] += of_pair;
            }
        }
        people
    }

    /// The dyad of an impostor pair.
    pub(super) fn of(&self, pair: usize) -> usize {
        self.of[pair] as usize
    }

    /// Impostor pairs of each dyad.
    pub(super) fn pairs(&self) -> &[u64] {
        &self.pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Orientation;
    use crate::evaluation::trial_twin::{Draw, spread_twin};

    #[test]
    fn a_spread_is_that_of_every_two_people_written_out() {
        let mut draw = Draw::new(141);
        for _ in 0..20 {
            let drawn = draw.people(9, 300);
            let trials = drawn.trials(Orientation::Distance);
            let people = trials.people.unwrap();
            let of: Vec<f64> = (0..300).map(|_| draw.normal()).collect();
            let found = Dyads::new(&trials, &people).spread(|pair| of[pair]);
            let naive = spread_twin(&trials, &of);
            assert!((found.squares - naive.squares).abs() < 1e-9 * naive.squares);
            assert!((found.fourths - naive.fourths).abs() < 1e-9 * naive.fourths);
            assert!((found.dyads - naive.dyads).abs() < 1e-9 * naive.dyads);
        }
    }

    #[test]
    fn pairs_of_strangers_count_once() {
        // 100 impostor pairs of 200 people, 10 accepted: 0.1 · 0.9/100, but for (ν + 1)/ν.
        let of = |pair: usize| (f64::from(u8::from(pair < 10)) - 0.1) / 100.0;
        let squares: f64 = (0..100).map(|pair| of(pair) * of(pair)).sum();
        let found = Spread::of((0..200).map(|i| of(i / 2)), squares);
        let independent = 0.1 * 0.9 / 100.0;
        assert!((found.squares - 2.0 * independent).abs() < 1e-15);
        let widened = (found.freedom() + 1.0) / found.freedom();
        assert!((found.variance() - independent * widened).abs() < 1e-15);
        // Strangers share nothing but their one pair.
        let parts = found.split();
        assert!(parts.by_people.abs() < 1e-15 && parts.by_pairs == found.variance());
        let alone = Spread::of([0.5, -0.5, 0.5, -0.5], 0.0).split();
        assert_eq!(
            (alone.people, alone.by_people, alone.by_pairs),
            (4.0, 1.25, 0.0)
        );
    }

    #[test]
    fn equal_people_are_counted_and_nobody_is_infinite() {
        assert_eq!(Spread::of([0.5, -0.5, 0.5, -0.5], 0.0).freedom(), 4.0);
        assert_eq!(Spread::of([0.5, 0.0, 0.0], 0.0).freedom(), 1.0);
        assert_eq!(Spread::of([1e-120; 4], 0.0).freedom(), 1.0);
        let none = Spread::of([0.0; 3], 0.0);
        assert_eq!((none.freedom(), none.variance()), (f64::INFINITY, 0.0));
        assert_eq!(none.of_difference(), (0.0, f64::INFINITY));
        assert_eq!(Spread::of([0.5, 0.0, 0.0], 0.0).of_difference().1, 1.0);
    }

    #[test]
    fn a_difference_has_as_many_degrees_as_there_are_equal_people_but_one() {
        // Means over draws of K normal influences that sum to 0: degrees, and variance over the true one.
        let mut draw = Draw::new(142);
        for people in [10usize, 20, 40] {
            let (mut degrees, mut variance) = (0.0, 0.0);
            const DRAWS: usize = 20_000;
            for _ in 0..DRAWS {
                let of: Vec<f64> = (0..people).map(|_| draw.normal()).collect();
                let mean = of.iter().sum::<f64>() / people as f64;
                let spread = Spread::of(of.iter().map(|x| x - mean), 0.0);
                let (found, freedom) = spread.of_difference();
                degrees += freedom / DRAWS as f64;
                variance += found / DRAWS as f64 / people as f64;
            }
            let ratio = degrees / (people - 1) as f64;
            assert!((0.95..1.15).contains(&ratio), "{people}: {ratio}");
            assert!((0.97..1.06).contains(&variance), "{people}: {variance}");
        }
    }
}
