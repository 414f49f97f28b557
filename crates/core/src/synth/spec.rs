//! Requests for a challenge, and the limits on them.

use super::parameters;
use super::replica::Replica;
use crate::error::{Code, Error, Result};

/// A request for a synthetic challenge. Equal requests give equal bytes on every machine and with
/// any number of threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SynthSpec {
    /// The kind of shift.
    pub replica: Replica,
    /// Which fitted row of parameters: 0, 1 or 6 for R2 and None, 0, 1 or 3 for R1. Default 0.
    pub set: usize,
    /// Rows of the train matrix, at least two for each class and at most 2²⁷.
    pub train_rows: usize,
    /// People in the train matrix, at least 2.
    pub train_classes: usize,
    /// Rows of the test matrix, three for each person; at most 2²⁴.
    pub test_rows: usize,
    /// Test pairs, at least 2 and at most 2²⁷.
    pub pairs: usize,
    /// Length of an embedding, 1 to 4096.
    pub dim: usize,
    /// Selects the world, the people and the images.
    pub seed: u64,
}

impl SynthSpec {
    /// The challenge's test side as it was, with 30,000 train rows of 1,500 people: R2, set 0,
    /// 11,605 test rows, 31,444 pairs, 512 columns, seed 0.
    pub fn challenge() -> Self {
        Self {
            replica: Replica::R2,
            set: 0,
            train_rows: 30_000,
            train_classes: 1_500,
            test_rows: 11_605,
            pairs: 31_444,
            dim: 512,
            seed: 0,
        }
    }

    /// The challenge's exact shapes: 454,714 train rows of 10,575 people (931 MB).
    pub fn full() -> Self {
        Self {
            train_rows: 454_714,
            train_classes: 10_575,
            ..Self::challenge()
        }
    }

    /// The same with so many train rows, of as many people that each keeps its images on average.
    pub fn with_train_rows(self, rows: usize) -> Self {
        let people = rows as f64 * self.train_classes as f64 / self.train_rows as f64;
        Self {
            train_rows: rows,
            train_classes: (people.round() as usize).max(2),
            ..self
        }
    }

    /// The rows of the table of parameters that the replica has.
    pub fn sets(replica: Replica) -> &'static [usize] {
        parameters::sets(replica)
    }

    /// Refuses with `EOPTION` what is out of range; whether the pairs exist is found out later.
    pub(super) fn check(&self) -> Result<()> {
        let sets = Self::sets(self.replica);
        if !sets.contains(&self.set) {
            return Err(Error::new(
                Code::Option,
                format!("set {} for replica {}", self.set, self.replica.as_str()),
                format!("one of the sets {sets:?}"),
            ));
        }
        within("dim", self.dim, 1, 4096)?;
        within("train_classes", self.train_classes, 2, 1 << 26)?;
        within(
            "train_rows",
            self.train_rows,
            2 * self.train_classes,
            1 << 27,
        )?;
        within("test_rows", self.test_rows, 4, 1 << 24)?;
        within("pairs", self.pairs, 2, 1 << 27)
    }
}

fn within(name: &str, value: usize, least: usize, most: usize) -> Result<()> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Error::new(
        Code::Option,
        format!("{name} = {value}"),
        format!("a number from {least} to {most}"),
    ))
}
