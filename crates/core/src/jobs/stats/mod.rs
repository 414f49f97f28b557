//! Fits over parts of the rows: sums of each part, merged, and a model of the sums.
//!
//! Parts are cut where blocks of rows begin, and the sums of a part are those that one pass forms over its
//! blocks. They are exact but for what no double holds, so the model of all parts has the bytes of the model
//! that [`fit`](crate::jobs::fit) makes.

mod file;
mod forget;
mod merge;

use std::ops::Range;

use sha2::{Digest, Sha256};

use super::fit::card::write_card;
use super::fit::fingerprint::{Hash, hex, of_pieces, pieces};
use super::fit::{FitOutcome, FitRequest};
use super::shards::require_shard;
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::models::{FitOptions, Fitted, Pipeline, Round, Rounds, fit, fit_rounds};
use crate::rows::{Classes, Embeddings, IGNORED, TrainingRows};
use crate::statistics::{BLOCK_ROWS, blocks_of};

/// Sums of one pass of a fit over some rows of a set, and what identifies them.
#[derive(Clone, Debug, PartialEq)]
pub struct Stats {
    set: Set,
    /// The pipeline that they were gathered for, as written.
    pipeline: String,
    rows: Range<usize>,
    /// The hash of each block.
    pieces: Vec<Hash>,
    round: Round,
}

/// The identity of a set: parts are of the same rows and labels where it is equal.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Set {
    rows: usize,
    dim: usize,
    /// The hash of the first block.
    first: String,
    /// The hash of the class numbers in effect; nothing without classes.
    labels: Option<String>,
    max_per_class: Option<usize>,
}

/// A part of the rows, and what a fit of them asks for.
pub struct StatsRequest<'a> {
    /// The rows of the whole set that are learned from.
    pub rows: TrainingRows<'a>,
    /// The pipeline.
    pub pipeline: &'a Pipeline,
    /// The part: whole blocks, as [`shard`] and [`whole_blocks`] tell.
    pub part: Range<usize>,
    /// Statistics of the rounds before, each of all rows.
    pub after: &'a [&'a Stats],
    /// Statistics that are there: taken in the place of new ones if they are the same.
    pub before: Option<&'a Stats>,
}

/// The rows of shard `i` of `n`: of the `rows.div_ceil(2048)` blocks those from `i/n` to `(i + 1)/n`. A shard has
/// no rows where there are more shards than blocks.
///
/// Errors: `EOPTION` for a shard that is not one of them.
pub fn shard(rows: usize, i: usize, n: usize) -> Result<Range<usize>> {
    require_shard((i, n))?;
    let blocks = rows.div_ceil(BLOCK_ROWS) as u128;
    let border = |i: usize| ((blocks * i as u128 / n as u128) as usize * BLOCK_ROWS).min(rows);
    Ok(border(i)..border(i + 1))
}

/// The blocks of 2048 rows that begin in a range, so that ranges next to each other give parts next to each
/// other.
///
/// Errors: `EINDEX` for a range that is empty or leaves the rows.
pub fn whole_blocks(rows: usize, range: Range<usize>) -> Result<Range<usize>> {
    if range.start >= range.end || range.end > rows {
        return Err(Error::new(
            Code::Index,
            format!("rows {}:{}", range.start, range.end),
            format!("a first row before an end, which is at most {rows}"),
        ));
    }
    let border = |row: usize| row.next_multiple_of(BLOCK_ROWS).min(rows);
    Ok(border(range.start)..border(range.end))
}

impl Stats {
    /// Sums over the rows of a part, and whether they were there before. Reads those rows and the first block
    /// of all.
    ///
    /// Errors: those of [`fit`]; `EOPTION` for a pipeline that uses a target, rows to
    /// skip, rounds of other data, statistics that are there of something else, and where no round is
    /// missing; `EINPUTCHANGED`.
    pub fn gather(
        embeddings: &Embeddings,
        request: &StatsRequest<'_>,
        job: &Job,
    ) -> Result<(Self, bool)> {
        let rows = embeddings.rows();
        check(request)?;
        if rows == 0 {
            return Err(embeddings.blame(Error::new(Code::Empty, "no rows", "rows to sum")));
        }
        let pipeline = request.pipeline.clone().centered(false)?;
        let used = request.rows.classes(rows);
        let used = used.map_err(|e| embeddings.blame(e))?;
        let set = set_of(embeddings, &request.rows, &used, job)?;
        let part = request.part.clone();
        for (place, stats) in request.after.iter().enumerate() {
            stats.check_whole(place)?;
            stats.check_set(&set, &format!("the rows given and round {}", place + 1))?;
        }
        let pieces = pieces(embeddings, part.clone(), job)?;
        let same = |before: &&Self| {
            before.set == set
                && before.rows == part
                && before.pieces == pieces
                && before.pipeline == pipeline.to_string()
        };
        let before = request.before.filter(same).map(|stats| &stats.round);
        if before.is_none() && request.before.is_some() {
            return Err(other_than_before());
        }
        let known = request.after.iter().map(|stats| &stats.round).collect();
        let rounds = Rounds::next(known, part.clone(), before);
        let options = FitOptions {
            rounds: Some(&rounds),
            ..FitOptions::default()
        };
        let classes = Classes::new(&used)?;
        let given = (!request.rows.everything()).then_some(&classes);
        let ended = embeddings.while_unchanged(|| fit(&pipeline, embeddings, given, &options, job));
        match (rounds.take(), ended) {
            (Some(round), _) => {
                let reused = before.is_some_and(|before| before.key == round.key);
                if before.is_some() && !reused {
                    return Err(other_than_before());
                }
                let stats = Self {
                    set,
                    pipeline: pipeline.to_string(),
                    rows: part,
                    pieces,
                    round,
                };
                Ok((stats, reused))
            }
            // An option is at fault, such as statistics of the rounds before, and not the rows.
            (None, Err(error)) if error.code() == Code::Option => Err(error),
            (None, Err(error)) => Err(embeddings.blame(error)),
            (None, Ok(_)) => Err(Error::new(
                Code::Option,
                "statistics of every round",
                "a round that is missing",
            )
            .with_hint("Fit with these statistics")),
        }
    }

    /// The model of sums over all rows, one of each round: with the bytes of the model that
    /// [`fit_embeddings`](super::fit::fit_embeddings) makes of the rows. The pipeline is that of the last, if none is
    /// given.
    ///
    /// Errors: `EOPTION` for statistics of a part, of different data, or where a round is missing; those of
    /// [`fit`].
    pub fn fit(
        rounds: &[&Self],
        pipeline: Option<&Pipeline>,
        seed: Option<u64>,
        job: &Job,
    ) -> Result<FitOutcome> {
        let Some(last) = rounds.last() else {
            return Err(Error::new(Code::Option, "no statistics", "at least one"));
        };
        let set = &last.set;
        for (place, stats) in rounds.iter().enumerate() {
            stats.check_whole(place)?;
            stats.check_set(set, &format!("rounds {} and {}", place + 1, rounds.len()))?;
            if stats.pieces != last.pieces {
                return Err(other_data(&format!(
                    "rounds {} and {}",
                    place + 1,
                    rounds.len()
                )));
            }
        }
        let pipeline = match pipeline {
            Some(pipeline) => pipeline.clone().centered(false)?,
            None => last.pipeline.parse()?,
        };
        let known = Rounds::known(rounds.iter().map(|stats| &stats.round).collect());
        let options = FitOptions {
            rounds: Some(&known),
            ..FitOptions::default()
        };
        let shape = (set.rows, set.dim);
        let Fitted { model, report } =
            fit_rounds(&pipeline, shape, set.labels.is_some(), &options, job)?;
        let mut outcome = FitOutcome {
            model,
            report,
            held_out: None,
        };
        let mut request = FitRequest::new(&pipeline);
        request.rows.max_per_class = set.max_per_class;
        request.seed = seed.unwrap_or(request.seed);
        write_card(&mut outcome, shape, &request, of_pieces(&last.pieces));
        Ok(outcome)
    }

    /// The rows summed.
    pub fn rows(&self) -> Range<usize> {
        self.rows.clone()
    }

    /// Rows and columns of the whole set.
    pub fn shape(&self) -> (usize, usize) {
        (self.set.rows, self.set.dim)
    }

    /// The pipeline that they were gathered for.
    pub fn pipeline(&self) -> &str {
        &self.pipeline
    }

    /// Of what the sums are: `bundle` or `residuals`.
    pub fn kind(&self) -> &str {
        self.round.key.split(':').next().unwrap_or_default()
    }

    fn check_whole(&self, place: usize) -> Result<()> {
        if self.rows == (0..self.set.rows) {
            return Ok(());
        }
        let Range { start, end } = self.rows;
        Err(Error::new(
            Code::Option,
            format!(
                "rows {start}:{end} of {} as round {}",
                self.set.rows,
                place + 1
            ),
            "statistics of all rows",
        )
        .with_hint("Merge the parts first"))
    }

    fn check_set(&self, set: &Set, which: &str) -> Result<()> {
        let told = self.set.difference(set);
        told.map_or(Ok(()), |what| Err(other_data(&format!("{which}: {what}"))))
    }
}

impl Set {
    /// In words, what differs.
    fn difference(&self, other: &Self) -> Option<String> {
        if (self.rows, self.dim) != (other.rows, other.dim) {
            let shape = |set: &Self| format!("{} x {}", set.rows, set.dim);
            return Some(format!("{} and {}", shape(self), shape(other)));
        }
        if self.first != other.first {
            return Some("the first rows differ".into());
        }
        let labels = self.labels != other.labels || self.max_per_class != other.max_per_class;
        labels.then(|| "the labels, or the rows that take part, differ".into())
    }
}

fn other_data(found: &str) -> Error {
    Error::new(
        Code::Option,
        format!("statistics of different data: {found}"),
        "statistics of the same rows and labels",
    )
    .with_hint("Gather them all from the same files, with the same options")
}

fn other_than_before() -> Error {
    Error::new(
        Code::Option,
        "statistics of other rows, labels, pipeline or round in the file to write",
        "those of this part, or none",
    )
    .with_advice("replace them", "force", None)
}

fn check(request: &StatsRequest<'_>) -> Result<()> {
    if request.pipeline.uses_target() {
        return Err(Error::new(
            Code::Option,
            "a pipeline that uses a target",
            "one without coral or adapt",
        )
        .with_hint("Both need the rows at once: fit it on one machine"));
    }
    if request.rows.skip_invalid {
        return Err(Error::new(
            Code::Option,
            "rows to skip",
            "finite rows: class sizes are counted before rows are read",
        ));
    }
    Ok(())
}

/// Identifies the rows that are learned from.
fn set_of(
    embeddings: &Embeddings,
    rows: &TrainingRows<'_>,
    used: &[u32],
    job: &Job,
) -> Result<Set> {
    if used.iter().all(|class| *class == IGNORED) {
        let error = Error::new(Code::Empty, "no row that takes part", "rows to sum");
        return Err(embeddings.blame(error));
    }
    let count = embeddings.rows();
    let first = pieces(embeddings, 0..BLOCK_ROWS.min(count), job)?;
    let mut hash = Sha256::new();
    for classes in used.chunks(1024) {
        let bytes: Vec<u8> = classes
            .iter()
            .flat_map(|class| class.to_le_bytes())
            .collect();
        hash.update(bytes);
    }
    Ok(Set {
        rows: count,
        dim: embeddings.dim(),
        first: of_pieces(&first),
        labels: (!rows.everything()).then(|| hex(&hash.finalize())),
        max_per_class: rows.max_per_class,
    })
}

#[cfg(test)]
mod tests;
