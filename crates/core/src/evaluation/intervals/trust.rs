//! How far intervals by identity can be trusted.

use super::Spread;
use crate::evaluation::Warning;

/// People below which intervals by identity hold the truth less or more often than they say, of pairs and of
/// searches alike: the draws of `npm run oracle -- coverage` from 5 to 30 people do, those from 50 do not.
pub(crate) const FEW_PEOPLE: usize = 40;
/// People who carry the variance below which an interval may miss the truth far more often.
const CONCENTRATED: f64 = 6.0;
/// People that the errors of the worse metric fill, if each were wrong as a whole, below which a
/// difference hides in who was met: its interval is then wide, and its test finds too little.
const ERRING: f64 = 0.5;

/// Gathers the figures whose intervals rest on few people.
#[derive(Debug, Default)]
pub(crate) struct Trust {
    on_few: Vec<String>,
    least: Option<f64>,
    at_end: Vec<String>,
    nearly_right: Vec<String>,
}

impl Trust {
    /// Notes a figure with what its interval was made of.
    pub(crate) fn note(&mut self, figure: impl Into<String>, value: f64, spread: &Spread) {
        let freedom = spread.freedom();
        if value <= 0.0 || value >= 1.0 {
            self.at_end.push(format!("{} of {value}", figure.into()));
        } else if freedom < CONCENTRATED {
            self.on_few.push(figure.into());
            self.least = Some(self.least.map_or(freedom, |least| least.min(freedom)));
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
        } else {
            self.note(figure, 0.5, spread);
        }
    }

    /// The warnings to give; `people` have a genuine pair.
    pub(crate) fn warnings(self, people: usize) -> Vec<Warning> {
        let mut warnings = vec![];
        if people < FEW_PEOPLE {
            let text = format!(
                "only {people} people have a genuine pair: with fewer than {FEW_PEOPLE}, intervals can be too \
                 narrow or too wide"
            );
            warnings.push(Warning::new("few-people", text));
        }
        if let Some(least) = self.least {
            let text = format!(
                "the variance of {} comes from hardly more than {least:.0} people: another draw of people \
                 may lie outside the interval more often than it says",
                self.on_few.join(", ")
            );
            warnings.push(Warning::new("concentrated", text));
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
