//! Rows of a set made ready to be compared many times.

/// Some rows of a prepared set: their numbers and, under a measure that maps rows, the mapped ones.
#[derive(Clone, Default)]
pub(crate) struct Batch {
    numbers: Numbers,
    pub(super) mapped: Rows,
    /// The rows as a metric compares them, where they are held.
    pub(super) held: Rows,
}

/// Rows of `width` numbers, one after the other; without a width, none.
#[derive(Clone, Default)]
pub(super) struct Rows {
    pub(super) width: usize,
    /// Each of as many rows as the first, but for the last, which may have fewer.
    parts: Vec<Vec<f64>>,
    rows_of_part: usize,
}

#[derive(Clone)]
enum Numbers {
    /// Consecutive rows.
    Run {
        first: u32,
        count: usize,
    },
    List(Vec<u32>),
}

impl Default for Numbers {
    fn default() -> Self {
        Self::Run { first: 0, count: 0 }
    }
}

/// Buffers of one thread that measures pairs.
#[derive(Default)]
pub(crate) struct Scratch {
    pub(super) first: Vec<f64>,
    pub(super) second: Vec<f64>,
    pub(super) values: Vec<f64>,
}

impl Batch {
    /// Consecutive rows from `first`.
    pub(super) fn run((first, count): (usize, usize), mapped: Rows) -> Self {
        let first = first as u32;
        Self {
            numbers: Numbers::Run { first, count },
            mapped,
            held: Rows::default(),
        }
    }

    /// The rows of these numbers, in this order.
    pub(super) fn list(rows: &[u32], mapped: Rows) -> Self {
        Self {
            numbers: Numbers::List(rows.to_vec()),
            mapped,
            held: Rows::default(),
        }
    }

    /// Joins batches of consecutive rows, in their order: each of as many as the first, but for the last, which may have
    /// fewer. No row is copied.
    pub(crate) fn join(runs: impl IntoIterator<Item = Self>) -> Self {
        let mut runs = runs.into_iter();
        let mut all = runs.next().unwrap_or_default();
        for run in runs {
            if let Numbers::Run { count, .. } = &mut all.numbers {
                *count += run.len();
            }
            all.mapped.parts.extend(run.mapped.parts);
        }
        all
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        match &self.numbers {
            Numbers::Run { count, .. } => *count,
            Numbers::List(rows) => rows.len(),
        }
    }

    /// The number of row `place` in its set.
    pub(crate) fn number(&self, place: usize) -> u32 {
        match &self.numbers {
            Numbers::Run { first, .. } => first + place as u32,
            Numbers::List(rows) => rows[place],
        }
    }

    /// Row `place` as the metric compares it, if it is held.
    pub(super) fn held_row(&self, place: usize) -> Option<&[f64]> {
        (self.held.width > 0).then(|| self.held.row(place))
    }

    /// Row `place` as the measure maps it; empty where it maps none.
    pub(super) fn mapped_row(&self, place: usize) -> &[f64] {
        self.mapped.row(place)
    }
}

impl Rows {
    pub(super) fn new(width: usize, values: Vec<f64>) -> Self {
        Self {
            width,
            rows_of_part: (values.len() / width.max(1)).max(1),
            parts: vec![values],
        }
    }

    fn row(&self, place: usize) -> &[f64] {
        if self.width == 0 {
            return &[];
        }
        let (part, place) = (place / self.rows_of_part, place % self.rows_of_part);
        &self.parts[part][place * self.width..][..self.width]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_joined_batches_are_those_of_each() {
        for (width, of_part, count) in [(3, 4, 4), (3, 4, 9), (1, 1, 5), (2, 7, 3), (0, 4, 9)] {
            let values = |rows: std::ops::Range<usize>| {
                (rows.start * width..rows.end * width).map(|i| i as f64)
            };
            let parts = (0..count).step_by(of_part).map(|first| {
                let end = (first + of_part).min(count);
                let mapped = Rows::new(width, values(first..end).collect());
                Batch::run((10 + first, end - first), mapped)
            });
            let joined = Batch::join(parts);
            assert_eq!(joined.len(), count);
            for place in 0..count {
                assert_eq!(joined.number(place), 10 + place as u32);
                let expected: Vec<f64> = values(place..place + 1).collect();
                assert_eq!(
                    joined.mapped_row(place),
                    expected,
                    "{width} {of_part} {place}"
                );
            }
        }
    }
}
