//! Which end of a scale means "the same person".

/// Which end of a scale means "more alike". Any list of values that travels carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Orientation {
    /// Smaller is more alike: squared L2, 1 − cosine.
    Distance,
    /// Larger is more alike: cosine, a log-likelihood ratio.
    Similarity,
}

impl Orientation {
    /// Lower-case name, as it crosses to JavaScript.
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
}
