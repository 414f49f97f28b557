//! Orientation of scores: which end means "the same person".

use crate::error::{Code, Error, Result};

/// Which end of a scale means "more alike". Any list of values that travels carries it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Orientation {
    /// Smaller is more alike: squared L2, 1 − cosine.
    #[default]
    Distance,
    /// Larger is more alike: cosine, a log-likelihood ratio.
    Similarity,
}

impl Orientation {
    /// The orientation of a name. Errors: `EOPTION`.
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "distance" => Ok(Self::Distance),
            "similarity" => Ok(Self::Similarity),
            other => {
                let found = format!("orientation '{other}'");
                Err(Error::new(Code::Option, found, "distance or similarity"))
            }
        }
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Distance => "distance",
            Self::Similarity => "similarity",
        }
    }

    /// The opposite orientation: that of the negated values.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::Distance => Self::Similarity,
            Self::Similarity => Self::Distance,
        }
    }

    /// True if a threshold accepts a score.
    pub fn accepts(self, threshold: f64, score: f64) -> bool {
        match self {
            Self::Distance => score <= threshold,
            Self::Similarity => score >= threshold,
        }
    }

    /// True if threshold `a` accepts less than threshold `b`.
    pub fn is_stricter(self, a: f64, b: f64) -> bool {
        match self {
            Self::Distance => a < b,
            Self::Similarity => a > b,
        }
    }

    /// The next number that accepts less.
    pub(super) fn next_stricter(self, threshold: f64) -> f64 {
        match self {
            Self::Distance => threshold.next_down(),
            Self::Similarity => threshold.next_up(),
        }
    }

    /// A threshold halfway from `strict` to `loose` that still accepts what `strict` does.
    pub(super) fn middle(self, strict: f64, loose: f64) -> f64 {
        let middle = strict / 2.0 + loose / 2.0;
        // Between neighbouring numbers it may round to either, or beyond.
        if self.is_stricter(middle, loose) && !self.is_stricter(middle, strict) {
            middle
        } else {
            strict
        }
    }

    /// The value with larger meaning more alike.
    pub(crate) fn similarity(self, value: f64) -> f64 {
        match self {
            Self::Distance => -value,
            Self::Similarity => value,
        }
    }
}
