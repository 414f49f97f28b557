//! What can be measured between two rows: the list of metrics and what each one needs.
//!
//! [`METRICS`] is the one list: the expression parser, the documentation, the command line and
//! the tests all read it. Every metric is a distance (smaller is more alike); a similarity of the
//! literature enters as one minus it, or as its negative.

mod expression;
mod list;
mod pair;
#[cfg(test)]
pub(crate) mod twins;
mod whitening;

pub use expression::{Expression, FUNCTIONS, Function, Node};
pub use list::{METRICS, MetricInfo, Parameter};
pub(crate) use pair::{Reference, RowStats, set_gap};
pub(crate) use whitening::{Group, Whitening};

/// A metric with its parameters, checked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Metric {
    /// `Σ (x−y)²`
    SqEuclidean,
    /// `√Σ (x−y)²`
    Euclidean,
    /// `1 − x·y / (‖x‖‖y‖)`
    Cosine,
    /// `arccos(x·y / (‖x‖‖y‖)) / π`
    Angular,
    /// `1 − cos` of the rows less their own means
    Correlation,
    /// `−x·y`
    Dot,
    /// `1 − x·y / (‖x‖² + ‖y‖² − x·y)`
    Tanimoto,
    /// `Σ |x−y|`
    CityBlock,
    /// `max |x−y|`
    Chebyshev,
    /// `(Σ |x−y|^p)^(1/p)`
    Minkowski {
        /// The exponent, above 0; infinity is `Chebyshev`.
        p: f64,
    },
    /// `Σ |x−y| / (|x|+|y|)`
    Canberra,
    /// `Σ |x−y|³ / (|x|+|y|)⁴`
    CanberraCubic,
    /// `Σ |x−y| / Σ |x+y|`
    BrayCurtis,
    /// `√Σ (x−y)² / V`
    SEuclidean,
    /// `√((x−y)ᵀ S⁻¹ (x−y))`
    Mahalanobis,
    /// `√(½ KL(p‖m) + ½ KL(q‖m))`
    JensenShannon,
    /// `1 − (x·y − offset) / …`
    OffsetCosine {
        /// Taken off the inner product.
        offset: f64,
        /// Taken off the norm.
        norm_offset: f64,
        /// Which norms it is taken off.
        form: OffsetForm,
    },
    /// `1 − x·y / (‖x‖ + ‖y‖ − x·y)`
    DotOverNorms,
    /// `2 n₁₀ n₀₁ / (n₁₁ n₀₀ + n₁₀ n₀₁)`
    Yule,
    /// `2 (n₁₀ + n₀₁) / (n₁₁ + n₀₀ + 2 (n₁₀ + n₀₁))`
    RogersTanimoto,
}

/// Which denominator `offset-cosine` divides by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetForm {
    /// The geometric mean of both orders: `√((‖x‖−c)‖x‖ · (‖y‖−c)‖y‖)`.
    Symmetric,
    /// As it was first used, not symmetric: `(‖x‖−c)·‖y‖`.
    Original,
}

impl Metric {
    /// The entry of the list that describes it.
    pub fn info(&self) -> &'static MetricInfo {
        list::info_of(self)
    }

    /// Name in the list.
    pub fn name(&self) -> &'static str {
        self.info().name
    }

    /// Whether rows need their mean taken off.
    pub(crate) fn needs_centered_norm(&self) -> bool {
        matches!(self, Self::Correlation)
    }

    /// Whether an entry below zero is outside its domain.
    pub(crate) fn needs_non_negative(&self) -> bool {
        matches!(self, Self::JensenShannon)
    }
}
