//! The climb of a log-likelihood, and when it ends.

use crate::error::{Error, Result};

/// The log-likelihood before the first iteration and after each.
pub(super) struct Ascent {
    iterations: usize,
    least_gain: f64,
    values: Vec<f64>,
}

impl Ascent {
    /// Ends after `iterations`, or when one gains at most `least_gain`.
    pub(super) fn new(iterations: usize, least_gain: f64) -> Self {
        Self {
            iterations,
            least_gain,
            values: Vec::new(),
        }
    }

    /// Records the log-likelihood of the parameters at hand; true when no iteration should follow.
    ///
    /// Errors: `EINTERNAL` if it is not finite.
    pub(super) fn ends_at(&mut self, now: f64) -> Result<bool> {
        if !now.is_finite() {
            return Err(Error::internal("a log-likelihood that is not finite"));
        }
        let last = self.values.last().copied();
        let gain = last.map_or(f64::INFINITY, |last| now - last);
        // At convergence rounding can turn a gain of nothing into a loss of as little.
        self.values.push(last.map_or(now, |last| now.max(last)));
        Ok(self.values.len() > self.iterations || gain <= self.least_gain)
    }

    pub(super) fn into_values(self) -> Vec<f64> {
        self.values
    }
}
