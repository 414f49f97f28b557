//! The climb of a log-likelihood, and when it ends.

use crate::error::{Error, Result};

/// When expectation–maximisation stops.
#[derive(Clone, Copy, Debug)]
pub struct Stop {
    /// After so many iterations.
    pub iterations: usize,
    /// When an iteration raises the log-likelihood by at most this for each value, N·d of them.
    pub tolerance: f64,
    /// Share of the trace of S_T that may be nothing but rounding: an axis whose share of S_W is no
    /// more holds no difference inside classes.
    pub rounding: f64,
}

/// The log-likelihood before the first iteration and after each.
pub(super) struct Ascent {
    stop: Stop,
    scale: f64,
    values: Vec<f64>,
    converged: bool,
}

impl Ascent {
    /// The climb over so many values.
    pub(super) fn new(stop: Stop, values: f64) -> Self {
        Self {
            stop,
            scale: values,
            values: Vec::new(),
            converged: false,
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
        self.converged = gain <= self.stop.tolerance * self.scale;
        Ok(self.converged || self.values.len() > self.stop.iterations)
    }

    /// The values, and true if the last gain was within the tolerance.
    pub(super) fn finish(self) -> (Vec<f64>, bool) {
        (self.values, self.converged)
    }
}
