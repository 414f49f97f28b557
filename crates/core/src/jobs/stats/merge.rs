//! The sums of all rows from those of parts.

use super::Stats;
use crate::error::{Code, Error, Result};
use crate::jobs::shards::in_order;
use crate::models::Round;

impl Stats {
    /// The statistics of all rows. Parts are summed in the order of their rows, whatever the order here;
    /// `names` are what errors call them. Memory: that of all parts and of the whole.
    ///
    /// Errors: `EOPTION` for parts of different data, labels, pipelines or rounds, for rows in two of them and
    /// for rows in none; `EMODEL` for sums that do not fit each other.
    pub fn merge(parts: &[Self], names: &[String]) -> Result<Self> {
        let (Some(first), Some(name)) = (parts.first(), names.first()) else {
            return Err(Error::new(Code::Option, "no parts", "at least one"));
        };
        for (part, other) in parts.iter().zip(names) {
            first.check_belongs(part, &format!("{name} and {other}"))?;
        }
        let ranges = parts.iter().map(Self::rows).zip(names.iter().cloned());
        let order = in_order("rows", &ranges.collect::<Vec<_>>(), first.set.rows)?;
        let rounds: Vec<&Round> = order.iter().map(|at| &parts[*at].round).collect();
        let mut pieces = Vec::new();
        for at in order {
            pieces.extend_from_slice(&parts[at].pieces);
        }
        Ok(Self {
            set: first.set.clone(),
            pipeline: first.pipeline.clone(),
            rows: 0..first.set.rows,
            pieces,
            round: Round::merge(&rounds)?,
        })
    }

    fn check_belongs(&self, part: &Self, which: &str) -> Result<()> {
        part.check_set(&self.set, which)?;
        if self.pipeline != part.pipeline {
            return Err(Error::new(
                Code::Option,
                format!(
                    "{which}, gathered for '{}' and '{}'",
                    self.pipeline, part.pipeline
                ),
                "parts of one pipeline",
            )
            .with_hint("Gather all parts for the same model or pipeline"));
        }
        if self.round.key != part.round.key {
            return Err(Error::new(
                Code::Option,
                format!("{which}, of different rounds"),
                "parts of one round",
            )
            .with_hint("Gather all parts after the same statistics"));
        }
        Ok(())
    }
}
