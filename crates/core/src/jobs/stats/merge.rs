//! The sums of all rows from those of parts.

use super::Stats;
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::jobs::shards::in_order;
use crate::models::{Pipeline, Round, Rounds, asks_again};
use crate::statistics::Bundle;

impl Stats {
    /// The statistics of all rows. Parts are summed in the order of their rows, whatever the order here;
    /// `names` are what errors call them. Those of a first round tell the pass of the next, if there surely is one, so that
    /// its processes need not fit. Memory: that of all parts and of the whole.
    ///
    /// Errors: `EOPTION` for parts of different data, labels, pipelines or rounds, for rows in two of them and
    /// for rows in none; `EMODEL` for sums that do not fit each other.
    pub fn merge(parts: &[Self], names: &[String], job: &Job) -> Result<Self> {
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
        let (round, bundle) = Round::merge(&rounds)?;
        let merged = Self {
            set: first.set.clone(),
            pipeline: first.pipeline.clone(),
            rows: 0..first.set.rows,
            pieces,
            round,
            next: None,
        };
        merged.telling_next(bundle, job)
    }

    /// These, with the pass that follows; `bundle` is that of their round, if it is at hand.
    pub(super) fn telling_next(mut self, bundle: Option<Bundle>, job: &Job) -> Result<Self> {
        let pipeline: Pipeline = self.pipeline.parse()?;
        self.next = None;
        if asks_again(&pipeline) {
            let rounds = Rounds::new(vec![&self.round]).holding(bundle);
            let ended = self.fit_rounds(&pipeline, &rounds, job);
            // What else a fit meets, it tells who asks for the model.
            if let Some(error) = ended.err().filter(|error| error.code() == Code::Aborted) {
                return Err(error);
            }
            self.next = match rounds.take() {
                Some((pass, Some(_))) => Some(pass),
                _ => None,
            };
        }
        Ok(self)
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
