//! The sums of all rows from those of parts.

use super::{Stats, other_data};
use crate::error::{Code, Error, Result};
use crate::models::Round;

impl Stats {
    /// The statistics of all rows. Parts are summed in the order of their rows, whatever the order here;
    /// `names` are what errors call them. Memory: that of all parts and of the whole.
    ///
    /// Errors: `EOPTION` for parts of different data, labels, pipelines or rounds, for rows in two of them and
    /// for rows in none; `EMODEL` for sums that do not fit each other.
    pub fn merge(parts: &[Self], names: &[String]) -> Result<Self> {
        let mut named: Vec<(&Self, &str)> =
            parts.iter().zip(names.iter().map(String::as_str)).collect();
        // Of parts of the same rows, one without any comes first.
        named.sort_by_key(|(part, _)| (part.rows.start, part.rows.end));
        let Some(&(first, name)) = named.first() else {
            return Err(Error::new(Code::Option, "no parts", "at least one"));
        };
        for (part, other) in &named {
            first.check_belongs(part, &format!("{name} and {other}"))?;
        }
        check_borders(&named, first.set.rows)?;
        let rounds: Vec<&Round> = named.iter().map(|(part, _)| &part.round).collect();
        Ok(Self {
            set: first.set.clone(),
            pipeline: first.pipeline.clone(),
            rows: 0..first.set.rows,
            pieces: named
                .iter()
                .flat_map(|(part, _)| part.pieces.iter().copied())
                .collect(),
            round: Round::merge(&rounds)?,
        })
    }

    fn check_belongs(&self, part: &Self, which: &str) -> Result<()> {
        part.check_set(&self.set, which)?;
        if self.pipeline != part.pipeline {
            return Err(other_data(&format!(
                "{which} are for '{}' and '{}'",
                self.pipeline, part.pipeline
            )));
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

/// Refuses rows in two parts, and rows in none.
fn check_borders(named: &[(&Stats, &str)], rows: usize) -> Result<()> {
    let refuse = |found: String, hint: &str| {
        let error = Error::new(Code::Option, found, "parts that follow one another");
        Err(error.with_hint(hint.to_owned()))
    };
    let (mut end, mut last) = (0, "the first row");
    for (part, name) in named {
        let start = part.rows.start;
        if start > end {
            let found = format!("rows {end}:{start} in no part, between {last} and {name}");
            return refuse(
                found,
                "Run the shard of these rows, and name its part as well",
            );
        }
        if start < end && !part.rows.is_empty() {
            let both = end.min(part.rows.end);
            let found = format!("rows {start}:{both} both in {last} and in {name}");
            return refuse(found, "Leave one of the two out");
        }
        if !part.rows.is_empty() {
            (end, last) = (part.rows.end, name);
        }
    }
    if end < rows {
        let found = format!("rows {end}:{rows} in no part, after {last}");
        return refuse(
            found,
            "Run the shard of these rows, and name its part as well",
        );
    }
    Ok(())
}
