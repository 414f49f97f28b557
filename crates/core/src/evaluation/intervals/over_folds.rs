//! A measure averaged over folds of people, with the influence of each person on the average.

use super::{
    AreaInfluence, Difference, Interval, Placed, Spread, check_level, reach, student_tail,
};
use crate::error::Result;
use crate::evaluation::curve::{
    Resolution, TarRule, area, equal_error_rate, resolution, threshold_at_far,
};
use crate::evaluation::{TAR_AT, Trials, Verification};

/// Figures of one metric over rounds: folds of people, each with trials among its own people, and
/// perhaps dealt again. Every round counts alike, whatever its number of pairs, so a metric whose
/// scale differs from fold to fold is not punished for it.
///
/// The influence of a person on the average is the mean over rounds of the sum of (V₁₀ − A)/P over
/// the person's genuine pairs and of (V₀₁ − A)/Q over the impostor pairs (DeLong, DeLong and
/// Clarke-Pearson 1988; Obuchowski 1997 for clusters); its squares sum to the variance, with one
/// degree of freedom less than there are people.
#[derive(Clone, Debug)]
pub struct OverFolds {
    rounds: f64,
    area: f64,
    eer: f64,
    tar: Option<f64>,
    influence: Vec<f64>,
    people: Vec<bool>,
}

impl OverFolds {
    /// No rounds yet; people are numbered below `people` in all rounds.
    pub fn new(people: usize) -> Self {
        Self {
            rounds: 0.0,
            area: 0.0,
            eer: 0.0,
            tar: Some(0.0),
            influence: vec![0.0; people],
            people: vec![false; people],
        }
    }

    /// Adds a round.
    ///
    /// Errors: `EOPTION` for trials whose people are not known, and those of [`Trials::check`].
    pub fn add(&mut self, trials: &Trials<'_>) -> Result<()> {
        let people = trials.known_people("an interval by identity")?;
        trials.check()?;
        let placed = Placed::new(trials)?;
        let curve = &placed.curve;
        let own = area(curve);
        let influence = AreaInfluence::new(curve, own);
        let of_pair = placed.by_pair(&influence);
        for (pair, same) in trials.same.iter().enumerate() {
            let (a, b) = (people.first[pair] as usize, people.second[pair] as usize);
            let value = of_pair(pair);
            self.influence[a] += value;
            if *same == 0 {
                self.influence[b] += value;
            }
            (self.people[a], self.people[b]) = (true, true);
        }
        self.rounds += 1.0;
        self.area += own;
        self.eer += equal_error_rate(curve).linear;
        let resolved = resolution(curve.impostors(), TAR_AT) != Resolution::Unresolved;
        self.tar = self
            .tar
            .filter(|_| resolved)
            .map(|tar| tar + curve.tar(threshold_at_far(curve, TAR_AT, TarRule::AtMost).point));
        Ok(())
    }

    fn freedom(&self) -> f64 {
        let people = self.people.iter().filter(|met| **met).count();
        (people as f64 - 1.0).max(1.0)
    }

    /// The averages, with an interval of the area; of no rounds, NaN.
    ///
    /// Errors: `EOPTION` for a level outside (0, 1).
    pub fn figures(&self, level: f64) -> Result<Verification> {
        check_level(level)?;
        let auroc = self.area / self.rounds;
        let mean = |value: &f64| value / self.rounds;
        let spread = Spread::of(self.influence.iter().map(mean), 0.0);
        Ok(Verification {
            auroc,
            auroc_error: spread.squares.sqrt(),
            auroc_interval: Interval::by_identity(auroc, &spread, self.freedom() + 1.0, level),
            eer: self.eer / self.rounds,
            tar: self.tar.map(|tar| tar / self.rounds),
        })
    }

    /// The area less that of another metric over the same rounds; what moves both alike cancels.
    pub fn less(&self, other: &Self, level: f64) -> Difference {
        let value = (self.area - other.area) / self.rounds;
        let apart = self.influence.iter().zip(&other.influence);
        let apart = apart.map(|(a, b)| (a - b) / self.rounds);
        let error = Spread::of(apart, 0.0).squares.sqrt();
        let half = if error > 0.0 {
            reach(level, self.freedom()) * error
        } else {
            0.0
        };
        Difference {
            value,
            error,
            interval: Interval::new(
                (value - half, value + half),
                level,
                "paired identity influence over folds",
            ),
            p: (error > 0.0).then(|| 2.0 * student_tail(value / error, self.freedom())),
        }
    }

    /// Standard errors that a difference exceeds by chance with probability (1 − level)/2.
    pub fn reach(&self, level: f64) -> f64 {
        reach(level, self.freedom())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::intervals::{CompareOptions, compare};
    use crate::evaluation::trial_twin::Draw;
    use crate::evaluation::{Orientation, verify};

    #[test]
    fn one_round_has_the_figures_of_its_trials_and_two_their_mean() {
        let mut draw = Draw::new(5);
        let (first, second) = (draw.people(9, 2500), draw.people(9, 2500));
        let a = first.trials(Orientation::Distance);
        let b = second.trials(Orientation::Distance);
        let (mut one, mut both) = (OverFolds::new(9), OverFolds::new(9));
        one.add(&a).expect("both kinds");
        both.add(&a).expect("both kinds");
        both.add(&b).expect("both kinds");
        let (of_a, of_b) = (verify(&a, 0.95).expect("a"), verify(&b, 0.95).expect("b"));
        let found = one.figures(0.95).expect("a level");
        assert_eq!(
            (found.auroc, found.eer, found.tar),
            (of_a.auroc, of_a.eer, of_a.tar)
        );
        let mean = both.figures(0.95).expect("a level");
        assert!((mean.auroc - (of_a.auroc + of_b.auroc) / 2.0).abs() < 1e-15);
        assert!((mean.eer - (of_a.eer + of_b.eer) / 2.0).abs() < 1e-15);
    }

    #[test]
    fn influences_are_those_of_the_definition_counted_pair_by_pair() {
        let mut draw = Draw::new(8);
        let drawn = draw.people(7, 200);
        let t = drawn.trials(Orientation::Distance);
        let people = t.people.expect("people");
        let kind = |same: u8| (0..200).filter(move |i| t.same[*i] == same);
        let wins = |g: usize, h: usize| match t.scores[g].total_cmp(&t.scores[h]) {
            std::cmp::Ordering::Less => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Greater => 0.0,
        };
        let (p, q) = (kind(1).count() as f64, kind(0).count() as f64);
        let area = kind(1)
            .flat_map(|g| kind(0).map(move |h| wins(g, h)))
            .sum::<f64>()
            / p
            / q;
        let mut naive = [0.0; 7];
        for g in kind(1) {
            let v = kind(0).map(|h| wins(g, h)).sum::<f64>() / q;
            naive[people.first[g] as usize] += (v - area) / p;
        }
        for h in kind(0) {
            let v = kind(1).map(|g| wins(g, h)).sum::<f64>() / p;
            naive[people.first[h] as usize] += (v - area) / q;
            naive[people.second[h] as usize] += (v - area) / q;
        }
        let error = naive.iter().map(|v| v * v).sum::<f64>().sqrt();
        let mut found = OverFolds::new(7);
        found.add(&t).expect("both kinds");
        let figures = found.figures(0.95).expect("a level");
        assert!((figures.auroc_error - error).abs() < 1e-14);
        // Against a metric without any information the difference is the area less ½.
        let flat = Trials {
            scores: &[0.0; 200],
            ..t
        };
        let mut none = OverFolds::new(7);
        none.add(&flat).expect("both kinds");
        let difference = found.less(&none, 0.95);
        assert!((difference.value - (area - 0.5)).abs() < 1e-14);
        assert!((difference.error - error).abs() < 1e-14);
        let paired = compare(&t, &flat, &CompareOptions::default()).expect("both kinds");
        assert!((paired.auroc.value - difference.value).abs() < 1e-14);
        let reached = difference.value + found.reach(0.95) * error;
        assert!((difference.interval.high - reached).abs() < 1e-14);
        // Rounds that repeat the first change nothing, as all is a mean over rounds.
        found.add(&t).expect("both kinds");
        none.add(&flat).expect("both kinds");
        let again = found.less(&none, 0.95);
        assert!((again.value - difference.value).abs() < 1e-14);
        assert!((again.error - difference.error).abs() < 1e-14);
    }
}
