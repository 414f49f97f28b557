//! Maps from a similarity to a log-likelihood ratio.

use crate::error::{Code, Error, Result};

/// The form of a map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MapKind {
    /// A slope and an offset, by prior-weighted logistic regression.
    #[default]
    Affine,
    /// The pools of adjacent violators, straight between them.
    Isotonic,
    /// Three parameters on the score's place in its range.
    Beta,
}

impl MapKind {
    /// Every form, the default first.
    pub const ALL: [Self; 3] = [Self::Affine, Self::Isotonic, Self::Beta];

    /// The form of a name. Errors: `EOPTION`.
    pub fn parse(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == name);
        found.ok_or_else(|| {
            let found = format!("map '{name}'");
            Error::new(Code::Option, found, "affine, isotonic or beta")
        })
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Affine => "affine",
            Self::Isotonic => "isotonic",
            Self::Beta => "beta",
        }
    }
}

/// The formula of a map.
#[derive(Clone, Debug, PartialEq)]
pub enum Map {
    /// `slope · s + offset`.
    ///
    /// Source: Brümmer & du Preez, Computer Speech & Language 20 (2006), 230–275.
    Affine {
        /// At least 0.
        slope: f64,
        /// The ratio of similarity 0.
        offset: f64,
    },
    /// `a ln u − b ln(1 − u) + offset` with `u = (s − low)/(high − low)`, kept between its values at both
    /// ends of the scores that were seen.
    ///
    /// Source: Kull, Silva Filho & Flach, AISTATS 2017, equation 5.
    Beta {
        /// a, at least 0.
        of_place: f64,
        /// b, at least 0.
        of_rest: f64,
        /// Constant.
        offset: f64,
        /// Where u is 0; below every score seen.
        low: f64,
        /// Where u is 1; above every score seen.
        high: f64,
    },
    /// The ratios at these similarities, both ascending; straight between two, constant beyond the ends.
    ///
    /// Source: Zadrozny & Elkan, KDD 2002, 694–699.
    Isotonic {
        /// Ends of the pools.
        scores: Vec<f64>,
        /// Ratio at each end.
        ratios: Vec<f64>,
    },
}

/// Half the width of the interval of a ratio, as a quadratic form of what the map is linear in.
#[derive(Clone, Debug, PartialEq)]
pub struct Uncertainty {
    /// Subtracted from each of the first k features; a further one has no part in the map.
    pub center: Vec<f64>,
    /// Each is divided by it after that.
    pub scale: Vec<f64>,
    /// Variance by people times Student's quantile squared; (k + 1) × (k + 1), row after row, the
    /// constant last.
    pub squares: Vec<f64>,
    /// The part of it that two people share, which was counted twice.
    pub dyads: Vec<f64>,
}

impl Uncertainty {
    fn half(&self, features: &[f64]) -> f64 {
        let z = self.direction(features);
        let form = |matrix: &[f64]| -> f64 {
            let row = |row: &[f64]| -> f64 { row.iter().zip(&z).map(|(m, z)| m * z).sum() };
            let rows = matrix.chunks_exact(z.len()).map(row);
            rows.zip(&z).map(|(row, z)| row * z).sum()
        };
        let squares = form(&self.squares);
        (squares - form(&self.dyads))
            .max(squares / 2.0)
            .max(0.0)
            .sqrt()
    }

    /// Features centered and scaled, and 1 for the constant.
    pub(super) fn direction(&self, features: &[f64]) -> Vec<f64> {
        let scaled = features.iter().zip(&self.center).zip(&self.scale);
        let scaled = scaled.map(|((x, center), scale)| (x - center) / scale);
        scaled.chain([1.0]).collect()
    }
}

/// A map within bounds, and how far its ratios may be off.
#[derive(Clone, Debug, PartialEq)]
pub struct RatioMap {
    /// The formula.
    pub map: Map,
    /// The least and the largest ratio that so many pairs can support.
    pub bounds: (f64, f64),
    /// `None` for a map without intervals.
    pub uncertainty: Option<Uncertainty>,
}

impl RatioMap {
    /// The form of the map.
    pub fn kind(&self) -> MapKind {
        match self.map {
            Map::Affine { .. } => MapKind::Affine,
            Map::Beta { .. } => MapKind::Beta,
            Map::Isotonic { .. } => MapKind::Isotonic,
        }
    }

    /// The log-likelihood ratio of a similarity, never falling. Sums and products in this order are those
    /// of every export.
    pub fn ratio(&self, similarity: f64) -> f64 {
        self.bounded(self.unbounded(similarity))
    }

    fn unbounded(&self, similarity: f64) -> f64 {
        match &self.map {
            Map::Affine { slope, offset } => slope * similarity + offset,
            Map::Beta {
                of_place,
                of_rest,
                offset,
                low,
                high,
            } => {
                let [log, log_rest] = beta_features(similarity, *low, *high);
                of_place * log + of_rest * log_rest + offset
            }
            Map::Isotonic { scores, ratios } => interpolate(scores, ratios, similarity),
        }
    }

    /// The interval of that ratio, where the map has one.
    pub fn interval(&self, similarity: f64) -> Option<(f64, f64)> {
        let uncertainty = self.uncertainty.as_ref()?;
        let half = match &self.map {
            Map::Beta { low, high, .. } => {
                uncertainty.half(&beta_features(similarity, *low, *high))
            }
            _ => uncertainty.half(&[similarity]),
        };
        // Within bounds at the end only: the interval of a ratio beyond them may lie beyond them too.
        let ratio = self.unbounded(similarity);
        Some((self.bounded(ratio - half), self.bounded(ratio + half)))
    }

    fn bounded(&self, ratio: f64) -> f64 {
        ratio.max(self.bounds.0).min(self.bounds.1)
    }
}

/// `ln u` and `−ln(1 − u)`; u is kept within what numbers can tell from 0 and 1.
pub(super) fn beta_features(similarity: f64, low: f64, high: f64) -> [f64; 2] {
    let place = (similarity - low) / (high - low);
    let place = place.clamp(SMALLEST_PLACE, 1.0 - SMALLEST_PLACE);
    [libm::log(place), -libm::log(1.0 - place)]
}

/// The least place in the range of scores.
pub(super) const SMALLEST_PLACE: f64 = 1e-12;

fn interpolate(scores: &[f64], ratios: &[f64], similarity: f64) -> f64 {
    let above = scores.partition_point(|score| *score < similarity);
    match (above.checked_sub(1), scores.get(above)) {
        (Some(below), Some(next)) => {
            let share = (similarity - scores[below]) / (next - scores[below]);
            ratios[below] + share * (ratios[above] - ratios[below])
        }
        (None, _) => ratios[0],
        (Some(last), None) => ratios[last],
    }
}

/// The probability of one person: 1/(1 + e^−(ratio + ln(π/(1 − π)))).
pub fn probability(ratio: f64, log_odds: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-(ratio + log_odds)))
}

/// ln(π/(1 − π)).
pub fn log_odds(prior: f64) -> f64 {
    libm::log(prior / (1.0 - prior))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_isotonic_map_is_straight_between_its_knots_and_constant_beyond() {
        let map = RatioMap {
            map: Map::Isotonic {
                scores: vec![0.0, 1.0, 3.0],
                ratios: vec![-2.0, 0.0, 4.0],
            },
            bounds: (-1.5, 3.0),
            uncertainty: None,
        };
        let at = [-9.0, 0.0, 0.5, 1.0, 2.0, 3.0, 9.0].map(|s| map.ratio(s));
        assert_eq!(at, [-1.5, -1.5, -1.0, 0.0, 2.0, 3.0, 3.0]);
    }

    #[test]
    fn names_are_read_back() {
        for kind in MapKind::ALL {
            assert_eq!(MapKind::parse(kind.as_str()).unwrap(), kind);
        }
        assert_eq!(MapKind::parse("platt").unwrap_err().code(), Code::Option);
    }
}
