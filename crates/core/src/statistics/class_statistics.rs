//! Classes as counts, sums and one scatter.

use ndarray::Array2;

use super::gram::scaled_gram;
use crate::error::{Code, Error, Result};

/// Counts and sums of classes and the scatter inside them: all that a model of class means and
/// residuals is fitted from.
#[derive(Clone, Debug)]
pub struct ClassStatistics {
    /// Rows of each class; none is zero.
    pub counts: Vec<f64>,
    /// Sums of each class about the mean of all rows, `K × d`.
    pub sums: Array2<f64>,
    /// S_W, `d × d`.
    pub within: Array2<f64>,
}

impl ClassStatistics {
    /// N.
    pub fn rows(&self) -> f64 {
        self.counts.iter().sum()
    }

    /// S_B = Σ s sᵀ / n, `d × d`.
    pub fn between(&self) -> Result<Array2<f64>> {
        scaled_gram(&self.sums, |k| Some(1.0 / self.counts[k].sqrt()))
    }

    /// Refuses statistics from which no spread between or inside classes can be told.
    ///
    /// Errors: `EONECLASS` with fewer than two classes; `EEMPTY` if no class has two rows.
    pub(crate) fn check(&self) -> Result<()> {
        if self.counts.len() < 2 {
            return Err(Error::new(
                Code::OneClass,
                format!("{} class", self.counts.len()),
                "at least two classes",
            ));
        }
        if self.counts.iter().all(|&n| n < 2.0) {
            return Err(Error::new(
                Code::Empty,
                "classes of one row each",
                "a class with at least two rows",
            )
            .with_hint("The variation inside classes cannot be seen: give more rows per class"));
        }
        Ok(())
    }
}
