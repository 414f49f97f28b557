//! Cohort rows that do not count for a row: itself, and those of its person.

use std::collections::HashMap;

use super::CohortPeople;
use crate::error::{Code, Error, Result};
use crate::rows::IGNORED;

/// Which cohort rows do not count for which rows.
#[derive(Default)]
pub(super) struct Exclusion<'a> {
    /// True if row i is row i of the cohort.
    own: bool,
    of_row: &'a [u32],
    /// Cohort rows of each person, ascending.
    members: HashMap<u32, Vec<u32>>,
}

impl<'a> Exclusion<'a> {
    /// Of rows and a cohort of so many rows each.
    ///
    /// Errors: `EDIMENSION` for people that do not fit them.
    pub(super) fn new(
        own: bool,
        people: Option<CohortPeople<'a>>,
        [rows, cohort]: [usize; 2],
    ) -> Result<Self> {
        let mut exclusion = Self {
            own,
            ..Self::default()
        };
        let Some(CohortPeople { of_row, of_cohort }) = people else {
            return Ok(exclusion);
        };
        for (labels, rows) in [(of_row, rows), (of_cohort, cohort)] {
            if labels.len() != rows {
                let found = format!("{} labels", labels.len());
                let expected = format!("one for each of {rows} rows");
                return Err(Error::new(Code::Dimension, found, expected));
            }
        }
        exclusion.of_row = of_row;
        for (row, person) in (0..).zip(of_cohort) {
            if *person != IGNORED {
                exclusion.members.entry(*person).or_default().push(row);
            }
        }
        Ok(exclusion)
    }

    /// The cohort rows that do not count for a row, ascending.
    pub(super) fn of(&self, row: u32) -> Vec<u32> {
        let person = self.of_row.get(row as usize);
        let members = person.and_then(|person| self.members.get(person));
        let mut excluded = members.cloned().unwrap_or_default();
        if self.own
            && let Err(place) = excluded.binary_search(&row)
        {
            excluded.insert(place, row);
        }
        excluded
    }
}
