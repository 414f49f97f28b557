//! Counts that earlier runs left: a state to go on from, and parts that are put together.

use std::path::Path;

use super::bins::Bins;
use super::checkpoint::{Checkpoint, Limits};
use super::pass::Counts;
use super::tail::Tail;
use super::{AllPairsOptions, PairSets};
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::jobs::shards::in_order;
use crate::jobs::state::{Mark, Use};

/// The files of a pass.
pub(super) struct Parts<'a> {
    pub(super) data: &'a PairSets<'a>,
    pub(super) options: &'a AllPairsOptions<'a>,
    /// Digest that every file has to carry.
    pub(super) mark: &'a Mark,
    pub(super) limits: Limits,
}

impl Parts<'_> {
    fn read(&self, path: &Path, to: Use, counts: &Counts) -> Result<Option<Checkpoint>> {
        Checkpoint::read((path, to), self.mark, self.data, counts, self.limits)
    }

    /// The state in the checkpoint, or `fresh` where there is none; and whether nothing is left to count.
    pub(super) fn resumed(&self, fresh: Checkpoint) -> Result<(Checkpoint, bool)> {
        let Some(path) = self.options.checkpoint.filter(|_| !self.options.replaces) else {
            return Ok((fresh, false));
        };
        let to = self.options.shard.map_or(Use::Resume, |_| Use::Shard);
        let Some(saved) = self.read(path, to, &fresh.counts)? else {
            return Ok((fresh, false));
        };
        if saved.part != fresh.part {
            let found = format!("the tiles {:?} of {}", saved.part, self.limits.tasks);
            return Err(to.refuse(path, found, &format!("the tiles {:?}", fresh.part)));
        }
        let complete = saved.done == saved.part.end;
        Ok((saved, complete))
    }

    /// Adds the parts to the state, if there are any, of which together it is all.
    pub(super) fn merge(
        &self,
        state: &mut Checkpoint,
        tail: &Tail,
        bins: &Bins<'_>,
        job: &Job,
    ) -> Result<()> {
        if self.options.parts.is_empty() {
            return Ok(());
        }
        let mut merged = Vec::new();
        for path in self.options.parts {
            job.check()?;
            let Some(saved) = self.read(path, Use::Merge, &state.counts)? else {
                continue;
            };
            if saved.done < saved.part.end {
                let found = format!("tiles {:?} counted up to {}", saved.part, saved.done);
                return Err(Use::Merge.refuse(path, found, "a shard that is finished"));
            }
            state.counts.add(&saved.counts);
            tail.take(saved.floor, saved.offers, bins);
            merged.push((saved.part, path.to_string_lossy().into_owned()));
        }
        in_order("tiles", &merged, self.limits.tasks)?;
        state.done = state.part.end;
        if state.is_possible(self.data, &state.counts, self.limits) {
            return Ok(());
        }
        let found = "parts that no run can have written";
        Err(Error::new(Code::Option, found, "counts of these rows"))
    }
}
