//! How many train images each person has.

use super::spec::SynthSpec;
use super::stream::{Purpose, Stream};
use crate::error::Result;
use crate::job::memory::reserve;

/// Spread of the logarithm of a class's size: the largest of 10,575 classes then has some twenty
/// times the mean, as in CASIA-WebFace.
const SPREAD: f64 = 0.9;

/// The class of each train row: classes in order, each with two rows or more, sizes log-normal.
pub(super) fn train_classes(spec: &SynthSpec) -> Result<Vec<u32>> {
    let mut stream = Stream::new(spec.seed, Purpose::ClassSizes, 0);
    let mut ends = reserve("the class sizes", spec.train_classes)?;
    let mut sum = 0.0;
    for _ in 0..spec.train_classes {
        sum += libm::exp(SPREAD * f64::from(stream.normal()));
        ends.push(sum);
    }
    let spare = (spec.train_rows - 2 * spec.train_classes) as f64;
    let mut classes = reserve("the train labels", spec.train_rows)?;
    for (class, end) in ends.iter().enumerate() {
        // Rounding the running total rather than the sizes makes the last one land on the rows.
        let end = 2 * (class + 1) + (end / sum * spare) as usize;
        classes.resize(end, class as u32);
    }
    Ok(classes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(rows: usize, classes: usize) -> Vec<usize> {
        let spec = SynthSpec {
            train_rows: rows,
            train_classes: classes,
            ..SynthSpec::challenge()
        };
        let labels = train_classes(&spec).unwrap();
        assert_eq!(labels.len(), rows);
        assert!(labels.is_sorted());
        let mut sizes = vec![0; classes];
        labels.iter().for_each(|class| sizes[*class as usize] += 1);
        sizes
    }

    #[test]
    fn sizes_fill_the_rows_with_two_or_more_each_and_a_long_tail() {
        for (rows, classes) in [
            (4, 2),
            (5, 2),
            (100, 50),
            (30_000, 1_500),
            (454_714, 10_575),
        ] {
            assert!(*sizes(rows, classes).iter().min().unwrap() >= 2);
        }
        let mut full = sizes(454_714, 10_575);
        full.sort_unstable();
        assert!((25..35).contains(&full[10_575 / 2]), "{}", full[10_575 / 2]);
        assert!((300..3_000).contains(&full[10_574]), "{}", full[10_574]);
    }
}
