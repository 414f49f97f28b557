//! Classes set aside before fitting.

use crate::error::{Code, Error, Result, counted};
use crate::rows::{Classes, IGNORED};
use crate::statistics::SplitMix;

/// A split by class: no class has rows on both sides.
#[derive(Clone, Debug)]
pub(in crate::jobs) struct Split {
    /// Class number of every row for fitting; held-out rows are [`IGNORED`].
    pub(in crate::jobs) train: Vec<u32>,
    /// Class number of every row for evaluation; rows of training are [`IGNORED`].
    pub(super) test: Vec<u32>,
    /// Classes held out, in increasing order.
    pub(super) classes: Vec<u32>,
}

impl Split {
    /// Sets aside `round(fraction · K)` of the `K` classes with rows, at least two and leaving at
    /// least two. Which ones depends on `seed` and `K` alone.
    ///
    /// Errors: `EOPTION` for a fraction outside (0, 1); `EONECLASS` with fewer than four classes.
    pub(in crate::jobs) fn new(classes: &Classes<'_>, fraction: f64, seed: u64) -> Result<Self> {
        if !(fraction > 0.0 && fraction < 1.0) {
            return Err(Error::new(
                Code::Option,
                format!("a hold-out of {fraction}"),
                "a fraction between 0 and 1",
            ));
        }
        let mut present: Vec<u32> = (0u32..)
            .zip(classes.sizes())
            .filter(|(_, n)| **n > 0)
            .map(|(k, _)| k)
            .collect();
        let count = present.len();
        if count < 4 {
            return Err(Error::new(
                Code::OneClass,
                format!("{} to hold some out", counted(count, "class", "classes")),
                "at least four",
            )
            .with_hint("Fit without a hold-out, or evaluate on other data"));
        }
        let wanted = (fraction * count as f64).round() as usize;
        let held = wanted.clamp(2, count - 2);
        let mut random = SplitMix(seed);
        for i in 0..held {
            let j = i + random.below((count - i) as u64) as usize;
            present.swap(i, j);
        }
        present.truncate(held);
        present.sort_unstable();
        let mut is_held = vec![false; classes.count()];
        for &k in &present {
            is_held[k as usize] = true;
        }
        let side = |held: bool| {
            let keep = |&k: &u32| {
                if k != IGNORED && is_held[k as usize] == held {
                    k
                } else {
                    IGNORED
                }
            };
            classes.of_row().iter().map(keep).collect()
        };
        Ok(Self {
            train: side(false),
            test: side(true),
            classes: present,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_class_is_on_both_sides_and_the_seed_decides() {
        let labels: Vec<u32> = (0..500).map(|i| i % 37).collect();
        let classes = Classes::new(&labels).unwrap();
        let a = Split::new(&classes, 0.1, 7).unwrap();
        assert_eq!(a.classes.len(), 4);
        for (row, &label) in labels.iter().enumerate() {
            let held = a.classes.contains(&label);
            assert_eq!(a.test[row], if held { label } else { IGNORED });
            assert_eq!(a.train[row], if held { IGNORED } else { label });
        }
        assert_eq!(a.classes, Split::new(&classes, 0.1, 7).unwrap().classes);
        let differs = (0..20).any(|s| Split::new(&classes, 0.1, s).unwrap().classes != a.classes);
        assert!(differs);
    }

    #[test]
    fn too_few_classes_or_a_bad_fraction_are_refused() {
        let labels = [0, 1, 2, 2];
        let classes = Classes::new(&labels).unwrap();
        assert_eq!(
            Split::new(&classes, 0.5, 1).unwrap_err().code(),
            Code::OneClass
        );
        for fraction in [0.0, 1.0, f64::NAN, -1.0] {
            assert_eq!(
                Split::new(&classes, fraction, 1).unwrap_err().code(),
                Code::Option
            );
        }
    }
}
