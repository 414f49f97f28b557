//! The metrics: distances between two rows.
//!
//! [`METRICS`] is the one table: the expression parser, the dispatch, the documentation, the command
//! line and the tests all follow it. Every metric is a distance (smaller is more alike); a
//! similarity of the literature enters as one minus it, or as its negative.

mod expression;
mod pair;
mod table;
#[cfg(test)]
pub(crate) mod twins;

use std::fmt;

use crate::kernels::{Kernels, PairSum};
pub use expression::{Expression, FUNCTIONS, Function, Node};
use pair::Pair;
pub(crate) use pair::{Measurable, Reference, RowStats, whitened_distance};
pub use table::{DEFAULT_METRIC, METRICS, MetricInfo, Parameter};
pub(crate) use table::{KeyForm, Needs};

/// Values of a metric's parameters, in the order of [`MetricInfo::parameters`]; a word is its place
/// among those that the parameter accepts.
pub(crate) type Parameters = [f64; 3];

/// A metric with its parameters, checked.
#[derive(Clone, Copy)]
pub struct Metric {
    info: &'static MetricInfo,
    parameters: Parameters,
}

impl Metric {
    /// The row of [`METRICS`] that describes it.
    pub fn info(&self) -> &'static MetricInfo {
        self.info
    }

    /// Its name in expressions.
    pub fn name(&self) -> &'static str {
        self.info.name
    }

    /// True if the two rows of a pair may not change places.
    pub(crate) fn is_ordered(&self) -> bool {
        (self.info.ordered)(&self.parameters)
    }

    /// The distance of two rows of equal length; NaN where it is undefined.
    pub(crate) fn pair<T: Measurable>(
        &self,
        kernels: &Kernels<T>,
        (x, of_x): (&[T], &RowStats),
        (y, of_y): (&[T], &RowStats),
        reference: &Reference,
    ) -> f64 {
        self.pair_knowing(None, kernels, (x, of_x), (y, of_y), reference)
    }

    /// [`Self::pair`] of rows whose [`Self::pair_sum`] is known.
    pub(crate) fn pair_knowing<T: Measurable>(
        &self,
        known: Option<f64>,
        kernels: &Kernels<T>,
        (x, of_x): (&[T], &RowStats),
        (y, of_y): (&[T], &RowStats),
        reference: &Reference,
    ) -> f64 {
        let pair = Pair {
            known,
            kernels,
            x,
            y,
            of_x,
            of_y,
            reference,
            parameters: &self.parameters,
        };
        T::choose(&self.info.distance)(&pair)
    }

    /// The sum over both rows that may be computed for several pairs at once: of rows less their own means
    /// where it needs [`Needs::CenteredNorm`], of whitened ones where it needs [`Needs::Covariance`].
    pub(crate) fn pair_sum(&self) -> Option<PairSum> {
        self.info.pair_sum
    }

    /// True where this row alone leaves the metric undefined.
    pub(crate) fn undefined_for(&self, row: &RowStats) -> bool {
        (self.info.undefined_for)(row, &self.parameters)
    }

    /// True where a row may be multiplied by any positive number.
    pub(crate) fn is_of_directions(&self) -> bool {
        self.info.of_directions
    }

    /// True where it needs this of the rows or of the reference.
    pub(crate) fn needs(&self, what: Needs) -> bool {
        self.info.needs == what
    }
}

impl PartialEq for Metric {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name() && self.parameters == other.parameters
    }
}

impl fmt::Debug for Metric {
    /// `name(key=value, …)` with every parameter.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        for (i, parameter) in self.info.parameters.iter().enumerate() {
            let before = if i == 0 { "(" } else { ", " };
            let value = parameter.accepts.text(self.parameters[i]);
            write!(f, "{before}{}={value}", parameter.name)?;
        }
        f.write_str(if self.info.parameters.is_empty() {
            ""
        } else {
            ")"
        })
    }
}
