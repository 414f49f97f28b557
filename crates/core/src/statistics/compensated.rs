//! Sums kept as the unevaluated sum of two doubles.
//!
//! Partial sums of blocks are added with an error near 2⁻¹⁰⁵ instead of 2⁻⁵³. Rounded to one
//! double in the end, the total does not depend on where a set was cut into shards: that is what
//! makes merged bundles equal one pass to the bit.

use ndarray::Array2;

use crate::error::{Error, Result};
use crate::job::memory::filled;

/// A vector of compensated sums.
#[derive(Clone, Debug, Default)]
pub(crate) struct Compensated {
    high: Vec<f64>,
    low: Vec<f64>,
}

impl Compensated {
    pub(crate) fn zeros(what: &'static str, count: usize) -> Result<Self> {
        Ok(Self {
            high: filled(what, count, 0.0)?,
            low: filled(what, count, 0.0)?,
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.high.len()
    }

    /// Element `i`, rounded to nearest.
    pub(crate) fn get(&self, i: usize) -> f64 {
        self.high[i] + self.low[i]
    }

    /// All elements, rounded to nearest.
    pub(crate) fn values(&self) -> impl Iterator<Item = f64> + '_ {
        self.high.iter().zip(&self.low).map(|(h, l)| h + l)
    }

    /// All elements, rounded to nearest, as rows of `cols` in the memory of the high parts.
    pub(crate) fn into_matrix(mut self, cols: usize) -> Result<Array2<f64>> {
        for (h, l) in self.high.iter_mut().zip(&self.low) {
            *h += l;
        }
        let rows = self.high.len() / cols.max(1);
        Array2::from_shape_vec((rows, cols), self.high)
            .map_err(|e| Error::internal(format!("sums that fill no rows: {e}")))
    }

    /// Both parts, to be updated by stripes with [`add_to`].
    pub(crate) fn parts_mut(&mut self) -> (&mut [f64], &mut [f64]) {
        (&mut self.high, &mut self.low)
    }

    /// Adds plain values.
    pub(crate) fn add(&mut self, values: &[f64]) {
        add_to(&mut self.high, &mut self.low, values, 1.0);
    }

    /// Adds another vector of sums of at most the same length.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (i, (&h, &l)) in other.high.iter().zip(&other.low).enumerate() {
            let (sum, error) = two_sum(self.high[i], h);
            self.high[i] = sum;
            self.low[i] += error + l;
        }
    }

    /// Adds sums in two parts to those from `place` on; without a low part it is zero.
    pub(crate) fn merge_at(&mut self, place: usize, high: &[f64], low: Option<&[f64]>) {
        for (i, &h) in high.iter().enumerate() {
            let (sum, error) = two_sum(self.high[place + i], h);
            self.high[place + i] = sum;
            self.low[place + i] += error + low.map_or(0.0, |low| low[i]);
        }
    }

    /// Takes another vector of sums of the same length away.
    pub(crate) fn subtract(&mut self, other: &Self) {
        for (i, (&h, &l)) in other.high.iter().zip(&other.low).enumerate() {
            let (sum, error) = two_sum(self.high[i], -h);
            self.high[i] = sum;
            self.low[i] += error - l;
        }
    }

    /// The high and the low part of all elements.
    pub(crate) fn parts(&self) -> (&[f64], &[f64]) {
        (&self.high, &self.low)
    }

    /// Grows to `count` elements.
    pub(crate) fn resize(&mut self, count: usize) {
        self.high.resize(count, 0.0);
        self.low.resize(count, 0.0);
    }
}

/// Adds `scale · values` to the sums `high + low`; `scale` is a power of two.
pub(crate) fn add_to(high: &mut [f64], low: &mut [f64], values: &[f64], scale: f64) {
    for ((h, l), &v) in high.iter_mut().zip(low).zip(values) {
        let (sum, error) = two_sum(*h, v * scale);
        *h = sum;
        *l += error;
    }
}

/// The rounded sum and what rounding took away, exactly (Knuth, The Art of Computer Programming, volume 2, section 4.2.2).
#[inline(always)]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_virtual = sum - a;
    let a_virtual = sum - b_virtual;
    (sum, (a - a_virtual) + (b - b_virtual))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_plain_sum_loses_is_kept() {
        let mut sums = Compensated::zeros("a test", 1).unwrap();
        for value in [1.0, 1e-20, -1.0] {
            sums.add(&[value]);
        }
        assert_eq!(sums.get(0), 1e-20);
        assert_eq!((1.0 + 1e-20) - 1.0, 0.0);
    }
}
