//! Fits over parts of the rows: sums of each part, merged, and a model of the sums.
//!
//! Parts are cut where blocks of rows begin, and the sums of a part are those that one pass forms over its
//! blocks. They are exact but for what no double holds, so the model of all parts has the bytes of the model
//! that [`fit_embeddings`](super::fit::fit_embeddings)(crate::jobs::fit) makes.

mod file;
mod forget;
mod head;
mod merge;

use std::ops::Range;

use sha2::{Digest, Sha256};

use self::file::{HASHES, of_hashes, read_hashes};
pub use self::head::StatsHead;
use super::fit::card::write_card;
use super::fit::fingerprint::{Hash, hex, of_pieces, pieces};
use super::fit::{FitOutcome, FitRequest};
use super::shards::require_shard;
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::models::{FitOptions, Fitted, Pass, Pipeline, Round, Rounds, fit_rounds};
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
    /// The pass of the next round, of statistics of all rows that tell it.
    next: Option<Pass>,
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
    /// Their names in errors.
    pub names: &'a [String],
    /// The head of the file of those of the first round, in their place.
    pub head: Option<&'a StatsHead>,
    /// The hashes of the part that [`hash_rows`] gave, if it was asked before.
    pub hashes: Option<&'a [f64]>,
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
    /// Errors: those of [`fit_embeddings`](super::fit::fit_embeddings); `EOPTION` for a pipeline that uses a target,
    /// rows to skip, rounds of other data, statistics that are there of something else, and where no round is
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
        let part = request.part.clone();
        let hashed;
        let hashes = match request.hashes {
            Some(hashes) => hashes,
            None => {
                hashed = hash_rows(embeddings, part.clone(), job)?;
                &hashed
            }
        };
        let mut pieces = read_hashes(HASHES, hashes, 1 + blocks_of(part.clone()).len())?;
        let first = pieces.remove(0);
        let set = set_of(embeddings, &request.rows, &used, first)?;
        let head = request.head.map(|head| &head.stats);
        let after: Vec<&Self> = request.after.iter().copied().chain(head).collect();
        for (place, stats) in after.iter().enumerate() {
            stats.check_whole(place)?;
            stats.check_set(&set, &format!("the rows given and round {}", place + 1))?;
        }
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
        let classes = Classes::new(&used)?;
        let given = (!request.rows.everything()).then_some(&classes);
        let blame = |error: Error| match error.code() {
            // An option is at fault, such as statistics of the rounds before, and not the rows.
            Code::Option => error,
            _ => embeddings.blame(error),
        };
        let missing;
        let (pass, place) = match head.and_then(|head| head.next.as_ref()) {
            Some(pass) => (pass, None),
            None => {
                let rounds = named_rounds(&after, request.names);
                let labelled = given.is_some();
                missing =
                    next_pass(&rounds, &pipeline, embeddings, labelled, job).map_err(blame)?;
                (&missing.0, missing.1)
            }
        };
        let reused = match before {
            Some(before) if before.key != pass.key => return Err(other_than_before()),
            before => before.cloned(),
        };
        let class_sums = |places: &[usize]| match (place, request.head) {
            (Some(place), _) => after[place].round.class_sums(places),
            (None, Some(head)) => head.class_sums(places),
            (None, None) => Err(Error::internal("sums of classes before the first round")),
        };
        let is_reused = reused.is_some();
        let make = || pass.make(embeddings, given, part.clone(), &class_sums, job);
        let round = match reused {
            Some(round) => round,
            None => embeddings.while_unchanged(make).map_err(blame)?,
        };
        let stats = Self {
            set,
            pipeline: pipeline.to_string(),
            rows: part,
            pieces,
            round,
            next: None,
        };
        Ok((stats, is_reused))
    }

    /// The model of sums over all rows, one of each round: with the bytes of the model that
    /// [`fit_embeddings`](super::fit::fit_embeddings) makes of the rows. The pipeline is that of the last, if none is
    /// given; `names` are what errors call the files.
    ///
    /// Errors: `EOPTION` for statistics of a part, of different data, or where a round is missing; those of
    /// [`fit_embeddings`](super::fit::fit_embeddings).
    pub fn fit(
        (rounds, names): (&[&Self], &[String]),
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
        let known = named_rounds(rounds, names);
        let Fitted { model, report } = last.fit_rounds(&pipeline, &known, job)?;
        let mut outcome = FitOutcome {
            model,
            report,
            held_out: None,
        };
        let mut request = FitRequest::new(&pipeline);
        request.rows.max_per_class = set.max_per_class;
        request.seed = seed.unwrap_or(request.seed);
        write_card(
            &mut outcome,
            last.shape(),
            &request,
            of_pieces(&last.pieces),
        );
        Ok(outcome)
    }

    /// A fit to rounds of this set.
    fn fit_rounds(&self, pipeline: &Pipeline, rounds: &Rounds<'_>, job: &Job) -> Result<Fitted> {
        fit_known(
            pipeline,
            self.shape(),
            self.set.labels.is_some(),
            rounds,
            job,
        )
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

fn fit_known(
    pipeline: &Pipeline,
    shape: (usize, usize),
    labelled: bool,
    rounds: &Rounds<'_>,
    job: &Job,
) -> Result<Fitted> {
    let options = FitOptions {
        rounds: Some(rounds),
        ..FitOptions::default()
    };
    fit_rounds(pipeline, shape, labelled, &options, job)
}

/// The rounds of statistics, with what errors call their files.
fn named_rounds<'a>(all: &[&'a Stats], names: &'a [String]) -> Rounds<'a> {
    Rounds::new(all.iter().map(|stats| &stats.round).collect()).called(names)
}

/// The first pass that is missing, and the place of the statistics whose sums of classes it is about.
fn next_pass(
    rounds: &Rounds<'_>,
    pipeline: &Pipeline,
    embeddings: &Embeddings,
    labelled: bool,
    job: &Job,
) -> Result<(Pass, Option<usize>)> {
    let shape = (embeddings.rows(), embeddings.dim());
    let ended = fit_known(pipeline, shape, labelled, rounds, job);
    match rounds.take() {
        Some(missing) => Ok(missing),
        None => Err(ended.err().unwrap_or_else(|| {
            Error::new(
                Code::Option,
                "statistics of every round",
                "a round that is missing",
            )
            .with_hint("Fit with these statistics")
        })),
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

/// The hashes of the first block of all rows and of each block of a part, eight numbers of 32 bits each: they can be taken
/// while labels are read.
///
/// Errors: `EINPUTCHANGED`, `EABORTED`.
pub fn hash_rows(embeddings: &Embeddings, part: Range<usize>, job: &Job) -> Result<Vec<f64>> {
    let mut all = pieces(embeddings, first_block(embeddings), job)?;
    all.extend(pieces(embeddings, part, job)?);
    Ok(of_hashes(&all))
}

fn first_block(embeddings: &Embeddings) -> Range<usize> {
    0..BLOCK_ROWS.min(embeddings.rows())
}

/// Identifies the rows that are learned from.
fn set_of(
    embeddings: &Embeddings,
    rows: &TrainingRows<'_>,
    used: &[u32],
    first: Hash,
) -> Result<Set> {
    if used.iter().all(|class| *class == IGNORED) {
        let error = Error::new(Code::Empty, "no row that takes part", "rows to sum");
        return Err(embeddings.blame(error));
    }
    let count = embeddings.rows();
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
        first: of_pieces(&[first]),
        labels: (!rows.everything()).then(|| hex(&hash.finalize())),
        max_per_class: rows.max_per_class,
    })
}

#[cfg(test)]
mod tests;
