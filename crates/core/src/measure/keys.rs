//! Rows whose inner product orders pairs as a measure does.
//!
//! The key of a pair is `u·v − b − c`, larger for more alike rows: u and v the key rows of its two
//! sides, b and c a number of each row. Cosine has the rows at length 1; a squared Euclidean
//! distance is −2 times the key of the rows as they are with half their squared norms; PLDA's
//! log-likelihood ratio is one by itself. A distance is a falling function of the key.

pub(crate) use crate::models::Side;

/// The shape of the key rows of a measure, and how a key becomes a distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyShape {
    /// Columns of a key row.
    pub(crate) width: usize,
    /// True if both sides have the same key rows.
    pub(crate) symmetric: bool,
    pub(super) curve: Falling,
}

/// The falling function from key to distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Falling {
    /// 1 − key, held to [0, 2].
    OneLess,
    /// arccos(key) / π.
    Angle,
    /// −key.
    Negative,
    /// −2 key.
    Square,
    /// √(−2 key).
    Root,
}

impl KeyShape {
    /// Key rows of `width` columns, different on either side, whose key is the distance with its sign turned.
    pub(super) fn of_inner(width: usize) -> Self {
        Self {
            width,
            symmetric: false,
            curve: Falling::Negative,
        }
    }

    /// α and β of a distance that is `α − β·key`.
    pub(super) fn affine(&self) -> Option<(f64, f64)> {
        match self.curve {
            Falling::OneLess => Some((1.0, 1.0)),
            Falling::Negative => Some((0.0, 1.0)),
            Falling::Square => Some((0.0, 2.0)),
            Falling::Angle | Falling::Root => None,
        }
    }

    /// True for a cosine distance.
    pub(super) fn is_cosine(&self) -> bool {
        self.curve == Falling::OneLess
    }

    /// True for a squared Euclidean distance.
    pub(super) fn is_square(&self) -> bool {
        self.curve == Falling::Square
    }

    /// The distance that goes with a key.
    pub(crate) fn distance_of(&self, key: f64) -> f64 {
        match self.curve {
            Falling::OneLess => (1.0 - key).clamp(0.0, 2.0),
            Falling::Angle => libm::acos(key.clamp(-1.0, 1.0)) / std::f64::consts::PI,
            Falling::Negative => -key,
            Falling::Square => -2.0 * key,
            Falling::Root => (-2.0 * key).max(0.0).sqrt(),
        }
    }

    /// The key that goes with a distance.
    pub(crate) fn key_of(&self, distance: f64) -> f64 {
        match self.curve {
            Falling::OneLess => 1.0 - distance,
            Falling::Angle => libm::cos(distance * std::f64::consts::PI),
            Falling::Negative => -distance,
            Falling::Square => -0.5 * distance,
            Falling::Root => -0.5 * distance * distance,
        }
    }
}

/// Half the squared norm of a row.
pub(super) fn half_square(row: &[f64]) -> f64 {
    0.5 * row.iter().map(|v| v * v).sum::<f64>()
}
