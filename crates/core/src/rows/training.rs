//! Which rows a job learns from, and of what class they are.

use std::collections::HashMap;

use crate::error::{Code, Error, Result};
use crate::rows::IGNORED;

/// Policy for a row that holds NaN or infinity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Invalid {
    /// Fail, naming row and column.
    #[default]
    Refuse,
    /// Leave it out and count it.
    Skip,
}

/// A choice of rows. By default all of them, without labels.
#[derive(Clone, Copy, Debug, Default)]
pub struct TrainingRows<'a> {
    /// Dense class number of each row, or [`IGNORED`]; absent for rows without labels.
    pub of_row: Option<&'a [u32]>,
    /// Only these rows are used.
    pub subset: Option<&'a [u32]>,
    /// Rows of a class beyond this many are left out, in row order.
    pub max_per_class: Option<usize>,
    /// Leaves out rows that are not finite instead of refusing them.
    pub skip_invalid: bool,
}

impl TrainingRows<'_> {
    /// True if rows have labels.
    pub fn labelled(&self) -> bool {
        self.of_row.is_some()
    }

    /// True if every row is used and has no label, so that no class numbers are needed.
    pub fn everything(&self) -> bool {
        !self.labelled() && self.subset.is_none()
    }

    /// Policy for a row that is not finite.
    pub fn invalid(&self) -> Invalid {
        if self.skip_invalid {
            Invalid::Skip
        } else {
            Invalid::Refuse
        }
    }

    /// Class number of each of `rows` rows, [`IGNORED`] for those left out; without labels all
    /// are of class 0. Rows that are not finite are not looked for.
    ///
    /// Errors: `EDIMENSION` for labels of another number of rows; `EINDEX` for a subset row that
    /// is not there; `EOPTION` for a limit per class without labels.
    pub fn classes(&self, rows: usize) -> Result<Vec<u32>> {
        let mut used = match self.of_row {
            Some(of_row) if of_row.len() != rows => {
                let found = format!("{} labels", of_row.len());
                return Err(Error::new(
                    Code::Dimension,
                    found,
                    format!("{rows}, one for each row"),
                ));
            }
            Some(of_row) => of_row.to_vec(),
            None if self.max_per_class.is_some() => {
                return Err(Error::new(
                    Code::Option,
                    "a limit of rows per class without labels",
                    "labels for it",
                ));
            }
            None => vec![0; rows],
        };
        self.keep_subset(&mut used)?;
        self.keep_first(&mut used);
        Ok(used)
    }

    fn keep_subset(&self, used: &mut [u32]) -> Result<()> {
        let Some(subset) = self.subset else {
            return Ok(());
        };
        let mut kept = vec![false; used.len()];
        for (place, row) in subset.iter().enumerate() {
            let Some(keep) = kept.get_mut(*row as usize) else {
                let found = format!("row {row} at place {place} of the subset");
                return Err(Error::new(
                    Code::Index,
                    found,
                    format!("a row below {}", used.len()),
                ));
            };
            *keep = true;
        }
        for (class, kept) in used.iter_mut().zip(kept) {
            if !kept {
                *class = IGNORED;
            }
        }
        Ok(())
    }

    fn keep_first(&self, used: &mut [u32]) {
        let Some(most) = self.max_per_class else {
            return;
        };
        let mut counts: HashMap<u32, usize> = HashMap::new();
        for class in used.iter_mut().filter(|class| **class != IGNORED) {
            let count = counts.entry(*class).or_default();
            *count += 1;
            if *count > most {
                *class = IGNORED;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subset_is_taken_before_the_limit_per_class() {
        let rows = TrainingRows {
            of_row: Some(&[0, 0, 1, 0, 0, IGNORED, 1]),
            subset: Some(&[6, 1, 3, 4, 4, 5]),
            max_per_class: Some(2),
            skip_invalid: false,
        };
        let left = IGNORED;
        assert_eq!(rows.classes(7).unwrap(), [left, 0, left, 0, left, left, 1]);
        assert!(rows.labelled() && !rows.everything());
    }

    #[test]
    fn without_labels_all_rows_are_of_one_class() {
        let all = TrainingRows::default();
        assert_eq!(all.classes(3).unwrap(), [0, 0, 0]);
        assert!(all.everything());
        let some = TrainingRows {
            subset: Some(&[1]),
            ..all
        };
        assert_eq!(some.classes(2).unwrap(), [IGNORED, 0]);
        assert!(!some.everything());
    }

    #[test]
    fn what_does_not_fit_the_rows_is_refused() {
        let code = |rows: TrainingRows<'_>| rows.classes(2).unwrap_err().code();
        let all = TrainingRows::default();
        let of_row: Option<&[u32]> = Some(&[0, 1, 1]);
        assert_eq!(code(TrainingRows { of_row, ..all }), Code::Dimension);
        let subset: Option<&[u32]> = Some(&[0, 2]);
        assert_eq!(code(TrainingRows { subset, ..all }), Code::Index);
        let max_per_class = Some(1);
        assert_eq!(
            code(TrainingRows {
                max_per_class,
                ..all
            }),
            Code::Option
        );
    }
}
