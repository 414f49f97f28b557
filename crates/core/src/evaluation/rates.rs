//! The interface of curves for thresholds, slopes and drawings.

/// A false and a true rate that rise together from point 0, where nothing is accepted.
pub trait Rates {
    /// The loosest point.
    fn last(&self) -> usize;
    /// Number of trials wrongly accepted at a point.
    fn false_accepts(&self, point: usize) -> u64;
    /// Number of trials that should not be accepted.
    fn false_trials(&self) -> u64;
    /// Share of what is rightly accepted at a point.
    fn true_rate(&self, point: usize) -> f64;

    /// Share of what is wrongly accepted at a point.
    fn false_rate(&self, point: usize) -> f64 {
        self.false_accepts(point) as f64 / self.false_trials() as f64
    }
}

/// The last point whose false rate is at most `most`.
pub fn at_most(curve: &impl Rates, most: f64) -> usize {
    let (mut low, mut high) = (0, curve.last() + 1);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if curve.false_rate(middle) <= most {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}
