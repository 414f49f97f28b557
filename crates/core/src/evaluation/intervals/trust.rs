//! How far intervals by identity can be trusted.

use super::{Spread, effective_trials};
use crate::error::counted;
use crate::evaluation::Warning;

/// People below which intervals by identity hold the truth less or more often than they say, of pairs and of
/// searches alike: the draws of `npm run oracle -- coverage` from 5 to 30 people do, those from 50 do not.
pub(crate) const FEW_PEOPLE: usize = 40;
/// People who carry the variance below which an interval may miss the truth far more often.
pub const FEW_CARRIERS: f64 = 6.0;
/// Independent errors, or hits if these are rarer, below which no interval of a rate is both short and right:
/// the textbook's five expected cases (Cochran, Biometrics 10 (1954), 417–451), with the effective number of
/// trials that makes Wilson's interval. With a true number x below 3.7, a draw has none at all with chance
/// e⁻ˣ, more than the 2.5 % that an interval of 95 % leaves to that side, so it holds more often than it says.
const FEW_ERRORS: f64 = 5.0;
/// People that the errors of the worse metric fill, if each were wrong as a whole, below which a
/// difference hides in who was met: its interval is then wide, and its test finds too little.
const ERRING: f64 = 0.5;

/// Figures that lack the same, and how little the poorest of them has.
#[derive(Debug, Default)]
struct Poor {
    figures: Vec<String>,
    least: Option<f64>,
}

impl Poor {
    fn add(&mut self, figure: String, amount: f64) {
        self.figures.push(figure);
        self.least = Some(self.least.map_or(amount, |least| least.min(amount)));
    }
}

/// Gathers the figures whose intervals rest on little.
#[derive(Debug, Default)]
pub(crate) struct Trust {
    on_few: Poor,
    few_errors: Poor,
    at_end: Vec<String>,
    nearly_right: Vec<String>,
}

impl Trust {
    /// Notes a figure with what its interval was made of.
    pub(crate) fn note(&mut self, figure: impl Into<String>, value: f64, spread: &Spread) {
        let figure = figure.into();
        if value <= 0.0 || value >= 1.0 {
            self.at_end.push(format!("{figure} of {value}"));
        } else if spread.freedom() < FEW_CARRIERS {
            self.on_few.add(figure, spread.freedom());
        } else if let Some(trials) = effective_trials(value, spread.variance()) {
            let errors = trials * value.min(1.0 - value);
            if errors < FEW_ERRORS {
                self.few_errors.add(figure, errors);
            }
        }
    }

    /// Notes the difference of two values over people.
    pub(crate) fn note_difference(
        &mut self,
        figure: &str,
        values: [f64; 2],
        spread: &Spread,
        people: usize,
    ) {
        let erring = values.map(|value| value.min(1.0 - value) * people as f64);
        if erring[0].max(erring[1]) < ERRING {
            self.nearly_right.push(figure.to_owned());
        } else if spread.freedom() < FEW_CARRIERS {
            self.on_few.add(figure.to_owned(), spread.freedom());
        }
    }

    /// The warnings to give; `people` have a genuine pair.
    pub(crate) fn warnings(self, people: usize) -> Vec<Warning> {
        let mut warnings = vec![];
        if people < FEW_PEOPLE {
            let text = format!(
                "only {} {} a genuine pair: with fewer than {FEW_PEOPLE}, intervals can be too narrow or too \
                 wide",
                counted(people, "person", "people"),
                if people == 1 { "has" } else { "have" }
            );
            warnings.push(Warning::new("few-people", text));
        }
        if let Some(least) = self.on_few.least {
            let text = format!(
                "the variance of {} comes from hardly more than {}: another draw of people may lie outside the \
                 interval more often than it says",
                self.on_few.figures.join(", "),
                counted(least.round() as usize, "person", "people")
            );
            warnings.push(Warning::new("concentrated", text));
        }
        if let Some(least) = self.few_errors.least {
            let text = format!(
                "no more than about {least:.1} independent errors (or hits, if these are rarer) are behind {}: \
                 with fewer than {FEW_ERRORS}, an interval can be far wider than need be, or too narrow",
                self.few_errors.figures.join(", ")
            );
            warnings.push(Warning::new("few-errors", text));
        }
        if !self.at_end.is_empty() {
            let text = format!(
                "no error was met for {}: the interval only counts people, as if each were all right or all \
                 wrong, and is wide",
                self.at_end.join(", ")
            );
            warnings.push(Warning::new("concentrated", text));
        }
        if !self.nearly_right.is_empty() {
            let text = format!(
                "the errors behind the difference of {} would not fill half a person: who was met decides, so \
                 its interval is wide and its test rarely finds anything",
                self.nearly_right.join(", ")
            );
            warnings.push(Warning::new("concentrated", text));
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(value: f64, influences: &[f64]) -> Vec<&'static str> {
        let mut trust = Trust::default();
        trust.note("AUROC", value, &Spread::of(influences.iter().copied(), 0.0));
        let warnings = trust.warnings(FEW_PEOPLE);
        (warnings.iter().map(|warning| warning.code)).collect()
    }

    #[test]
    fn errors_are_counted_as_independent_trials() {
        // K equal people carry a variance of (K + 1) IF², so 0.02 · 0.98 · 0.02/((K + 1) IF²) errors are behind 0.98.
        let of = |influence: f64| codes(0.98, &[influence; 50]);
        let bound = (0.98f64 * 0.02 * 0.02 / (FEW_ERRORS * 51.0)).sqrt();
        assert_eq!(of(0.99 * bound), [""; 0]);
        assert_eq!(of(1.01 * bound), ["few-errors"]);
        // The rarer side counts, and few people who carry the variance are told as such.
        assert_eq!(codes(0.02, &[1.01 * bound; 50]), ["few-errors"]);
        assert_eq!(codes(0.98, &[1.01 * bound; 5]), ["concentrated"]);
        assert_eq!(codes(1.0, &[0.0; 50]), ["concentrated"]);
    }

    #[test]
    fn one_person_is_a_person() {
        let warnings = Trust::default().warnings(1);
        assert!(
            warnings[0]
                .text
                .starts_with("only 1 person has a genuine pair")
        );
    }
}
