//! Numbers of people that an evaluation needs before its intervals can show a claim.
//!
//! Two rules count comparisons that share nobody. The rule of three asks how many must pass without an error; the
//! rule of 30 asks for 30 errors. A pilot knows better: its variance by identity has a part of people,
//! which shrinks as 1/n, and a part of pairs of people, which shrinks as 1/n².

use super::intervals::{FEW_PEOPLE, normal_quantile, student_quantile};
use crate::error::{Code, Error, Result};

/// Errors that the rule of 30 asks for: a rate within ±30 % of itself with a confidence of 90 %.
///
/// Source: Doddington et al., Speech Communication 31 (2000), 225–254.
const ERRORS: f64 = 30.0;
/// The most people that are searched for.
const MOST: f64 = 1e15;

/// Comparisons that must pass without an error before a rate of at most `rate` is shown:
/// `ln(1 − confidence)/ln(1 − rate)`, at 95 % the rule of three, 3/`rate`. They are taken as independent.
///
/// Source: Jovanovic & Levy, The American Statistician 51 (1997), 137–139.
pub fn without_error(rate: f64, confidence: f64) -> f64 {
    (libm::log1p(-confidence) / libm::log1p(-rate)).ceil()
}

/// Comparisons that give 30 errors at a rate.
pub fn with_thirty_errors(rate: f64) -> f64 {
    // 30/0.0001 is 300000.00000000006.
    (ERRORS / rate * (1.0 - 1e-12)).ceil()
}

/// People who give so many comparisons where each two give `each_two`: 1 as pairs, 2 in either order, 4 with
/// two fingers or eyes each.
pub fn people_for(comparisons: f64, each_two: f64) -> f64 {
    let of = |people: f64| people * (people - 1.0) / 2.0 * each_two;
    let near = 0.5 + (0.25 + 2.0 * comparisons / each_two).sqrt();
    let least = near.floor().max(2.0) - 1.0;
    let enough = [least, least + 1.0, least + 2.0].into_iter();
    let mut enough = enough.filter(|people| *people >= 2.0 && of(*people) >= comparisons);
    enough.next().unwrap_or(near.ceil())
}

/// Variance of a figure over the people of a pilot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pilot {
    /// Its people.
    pub people: f64,
    /// Equal people who would carry the variance.
    pub carriers: f64,
    /// Part of the variance that is of people.
    pub by_people: f64,
    /// Part that is of pairs of people.
    pub by_pairs: f64,
}

impl Pilot {
    /// The variance over so many people of the same kind, with as many images each.
    pub fn variance(&self, people: f64) -> f64 {
        let share = self.people / people;
        share * (self.by_people + share * self.by_pairs)
    }

    fn quantile(&self, p: f64, people: f64) -> f64 {
        student_quantile(p, (self.carriers * people / self.people).max(1.0))
    }

    /// The least number of people with whom an interval keeps a rate on its side of `bound` with a chance of
    /// `power`, where the rate is really `rate`; `None` for no number of people. Which side that is follows from `rate`.
    /// At least as many as an interval must have before it is trusted.
    ///
    /// `|bound − rate| ≥ t √(bound (1 − bound) d) + z √(rate (1 − rate) d)`, d the variance over `rate (1 − rate)`,
    /// t Student's quantile of `confidence` and z the normal one of `power`: Wilson's bound, solved for the variance.
    pub fn people_to_show(
        &self,
        (bound, rate): (f64, f64),
        confidence: f64,
        power: f64,
    ) -> Option<f64> {
        let spread = |rate: f64| rate * (1.0 - rate);
        if spread(rate) <= 0.0 || bound == rate {
            return None;
        }
        least(|people| {
            let design = (self.variance(people) / spread(rate)).sqrt();
            let at_bound = self.quantile(confidence, people) * spread(bound).sqrt();
            let beyond = normal_quantile(power) * spread(rate).sqrt();
            (bound - rate).abs() >= design * (at_bound + beyond)
        })
        .map(|people| people.max(FEW_PEOPLE as f64))
    }

    /// The least number of people with whom a difference is found with a chance of `power`, by a test of level
    /// `1 − confidence` of two sides. The variance is that of the difference.
    pub fn people_to_detect(&self, difference: f64, confidence: f64, power: f64) -> Option<f64> {
        least(|people| {
            let reach = self.quantile(0.5 + confidence / 2.0, people) + normal_quantile(power);
            difference.abs() >= reach * self.variance(people).sqrt()
        })
    }
}

/// The least whole number from 2 that is enough, where more is never less.
fn least(enough: impl Fn(f64) -> bool) -> Option<f64> {
    let mut high = 2.0;
    while !enough(high) {
        high *= 2.0;
        if high > MOST {
            return None;
        }
    }
    let mut low = 1.0;
    while high - low > 1.0 {
        let middle = ((low + high) / 2.0_f64).floor();
        if enough(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}

/// Refuses a share that is not between 0 and 1.
pub fn check_share(what: &str, share: f64) -> Result<()> {
    if share > 0.0 && share < 1.0 {
        return Ok(());
    }
    let found = format!("the {what} {share}");
    Err(Error::new(Code::Option, found, "a number between 0 and 1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_numbers_of_test_subjects_come_out() {
        let three = |one_in: f64| without_error(1.0 / one_in, 0.95);
        // biometricITC/cPP-biometrics, issue 306: 1 in 10,000 at 95 % wants 246 subjects, or 174 if A with B
        // and B with A both count.
        assert_eq!(three(1e4), 29_956.0);
        assert_eq!(people_for(three(1e4), 1.0), 246.0);
        assert_eq!(people_for(three(1e4), 2.0), 174.0);
        // FIDO Biometrics Requirements, Rule of 3 for FAR: 123 subjects with two fingers each for 1 in 10,000,
        // 195 for 1 in 25,000; with one finger "roughly 245" and 390, which are about twice as many.
        assert_eq!(people_for(three(1e4), 4.0), 123.0);
        assert_eq!(people_for(three(2.5e4), 4.0), 195.0);
        let pairs = |people: f64| people * (people - 1.0) / 2.0;
        assert!(3.0 / pairs(245.0) < 1.005e-4 && 3.0 / pairs(390.0) < 4e-5);
        assert_eq!(people_for(three(2.5e4), 1.0), 388.0);
        // Textbook: none of 30 keeps a rate to 10 % (Hanley & Lippman-Hand, JAMA 249 (1983)).
        assert!((without_error(0.1, 0.95) - 29.0).abs() <= 1.0);
        assert_eq!(without_error(0.5, 0.5), 1.0);
    }

    #[test]
    fn thirty_errors_are_thirty_percent_at_ninety() {
        // Doddington et al.: 30 errors at 1 % are 3,000 trials.
        assert_eq!(with_thirty_errors(0.01), 3000.0);
        assert_eq!(with_thirty_errors(1e-4), 300_000.0);
        assert!((normal_quantile(0.95) / ERRORS.sqrt() - 0.3).abs() < 1e-3);
    }

    #[test]
    fn people_are_the_least_that_are_enough() {
        for comparisons in (1..400).chain([29_956, 1_000_000]) {
            for each_two in [1.0, 2.0, 4.0] {
                let people = people_for(f64::from(comparisons), each_two);
                let of = |n: f64| n * (n - 1.0) / 2.0 * each_two;
                assert!(of(people) >= f64::from(comparisons));
                assert!(people == 2.0 || of(people - 1.0) < f64::from(comparisons));
            }
        }
    }

    #[test]
    fn independent_people_need_what_the_textbook_says() {
        // Variance rate (1 − rate)/people, many carriers: Fleiss, one sample of a proportion, p₀ .10 and p₁ .05.
        let pilot = Pilot {
            people: 1000.0,
            carriers: 1e9,
            by_people: 0.05 * 0.95 / 1000.0,
            by_pairs: 0.0,
        };
        let found = pilot.people_to_show((0.1, 0.05), 0.95, 0.8).unwrap();
        let by_hand = (1.644_854 * (0.1f64 * 0.9).sqrt() + 0.841_621 * (0.05f64 * 0.95).sqrt())
            .powi(2)
            / 0.05f64.powi(2);
        assert_eq!(found, by_hand.ceil());
        assert_eq!(pilot.people_to_show((0.05, 0.05), 0.95, 0.8), None);
        assert_eq!(pilot.people_to_show((0.1, 0.0), 0.95, 0.8), None);
        assert_eq!(pilot.people_to_show((0.9, 0.05), 0.95, 0.8), Some(40.0));
        // Cohen: a difference of half a deviation of pairs, 80 % at 5 % of two sides, wants 34 pairs.
        let pairs = Pilot {
            people: 10.0,
            carriers: 10.0,
            by_people: 0.1,
            by_pairs: 0.0,
        };
        let found = pairs.people_to_detect(0.5, 0.95, 0.8).unwrap();
        assert!((33.0..=35.0).contains(&found), "{found}");
    }

    #[test]
    fn the_part_of_pairs_shrinks_faster() {
        let by = |by_people, by_pairs| Pilot {
            people: 50.0,
            carriers: 50.0,
            by_people,
            by_pairs,
        };
        let total = 1e-6;
        assert_eq!(by(total, 0.0).variance(100.0), total / 2.0);
        assert_eq!(by(0.0, total).variance(100.0), total / 4.0);
        let people = |pilot: Pilot| pilot.people_to_show((2e-3, 1e-3), 0.95, 0.8).unwrap();
        assert!(people(by(0.0, total)) < people(by(total, 0.0)));
        assert!(check_share("power", 1.0).is_err() && check_share("power", 0.8).is_ok());
    }
}
