//! Fits over parts of the rows: their sums, merged, and a model of them.

use std::ops::Range;
use std::path::Path;
use std::str::FromStr;

use hackface_core::jobs::stats::{Stats, StatsHead, StatsRequest, hash_rows, shard, whole_blocks};
use hackface_core::models::Pipeline;
use hackface_core::rows::TrainingRows;
use hackface_core::{Job, Result};
use napi::Env;
use napi::bindgen_prelude::{Float64Array, Uint8Array, Uint32Array};
use napi_derive::napi;

use crate::background::{Promised, start};
use crate::embeddings::NativeEmbeddings;
use crate::fit::Fitted;
use crate::job::NativeJob;
use crate::mirror::mirror;
use crate::options::training_rows;

/// A part of the rows; all of them by default.
#[napi(object)]
pub struct NativePart {
    /// Its number from 0, and how many there are.
    pub shard: Option<Vec<u32>>,
    /// The blocks that begin from the first up to, not including, the second.
    pub rows: Option<Vec<u32>>,
}

impl NativePart {
    fn of(&self, rows: usize) -> Result<Range<usize>> {
        let pair = |values: &Option<Vec<u32>>| match values.as_deref() {
            Some([a, b]) => Some((*a as usize, *b as usize)),
            _ => None,
        };
        match (pair(&self.shard), pair(&self.rows)) {
            (Some((i, n)), _) => shard(rows, i, n),
            (_, Some((first, end))) => whole_blocks(rows, first..end),
            _ => Ok(0..rows),
        }
    }
}

/// Hashes the rows of a part, and the first of all, in the background.
#[napi(catch_unwind, ts_return_type = "Promise<Float64Array>")]
pub fn hash_part<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    part: NativePart,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || {
        let embeddings = embeddings.share()?;
        let part = part.of(embeddings.rows())?;
        Ok((embeddings, part))
    };
    start(env, "hashPart", job, check, |(embeddings, part), job| {
        hash_rows(&embeddings, part, job)
    })
}

/// A part of the rows, and what a fit of them asks for.
#[napi(object)]
pub struct NativeStatsOptions {
    /// A pipeline or the name of a preset.
    pub pipeline: String,
    /// Rows that take part; all if absent.
    pub subset: Option<Uint32Array>,
    pub max_per_class: Option<u32>,
    pub skip_invalid: Option<bool>,
    pub part: NativePart,
    /// The hashes of the rows.
    pub hashes: Float64Array,
    /// Statistics of the rounds before; no bytes for the file that their name is the path of.
    pub after: Vec<Uint8Array>,
    /// Their name in errors.
    pub after_names: Vec<String>,
    /// The file that is there.
    pub before: Option<Uint8Array>,
}

/// Statistics.
#[napi(object, object_from_js = false)]
pub struct NativeStats {
    pub rows: f64,
    pub dim: f64,
    /// First row summed.
    pub from: f64,
    /// The row behind the last.
    pub to: f64,
    pub pipeline: String,
    pub kind: String,
    /// True for those that were there before.
    pub reused: bool,
    pub file: Uint8Array,
}

mirror! {
    of: Written => NativeStats {
        rows = of.shape.0,
        dim = of.shape.1,
        from = of.part.start,
        to = of.part.end,
        pipeline = of.pipeline,
        kind = of.kind,
        reused,
        file = of.file,
    }
}

/// The file of statistics, and what is told of it.
struct Written {
    shape: (usize, usize),
    part: Range<usize>,
    pipeline: String,
    kind: String,
    reused: bool,
    file: Vec<u8>,
}

fn written((stats, reused): (Stats, bool)) -> Result<Written> {
    Ok(Written {
        shape: stats.shape(),
        part: stats.rows(),
        pipeline: stats.pipeline().to_owned(),
        kind: stats.kind().to_owned(),
        reused,
        file: stats.into_bytes()?,
    })
}

/// Statistics, one after the other; `names` are what errors call them, and the paths of those without bytes.
fn read_all(files: &[Vec<u8>], names: &[String], job: &Job) -> Result<Vec<Stats>> {
    job.begin("read", files.len() as u64);
    let mut all = Vec::with_capacity(files.len());
    for (file, name) in files.iter().zip(names) {
        job.check()?;
        all.push(match &file[..] {
            [] => Stats::open(Path::new(name))?,
            bytes => Stats::from_bytes(bytes).map_err(|error| error.with_file(name))?,
        });
        job.advance(1);
    }
    Ok(all)
}

/// The head of the only one, if it is a file that tells the next pass; else all of them.
fn read_after(
    files: &[Vec<u8>],
    names: &[String],
    pipeline: &Pipeline,
    job: &Job,
) -> Result<(Option<StatsHead>, Vec<Stats>)> {
    if let ([file], [name]) = (files, names)
        && file.is_empty()
        && let Some(head) = StatsHead::open(Path::new(name), pipeline)?
    {
        return Ok((Some(head), Vec::new()));
    }
    Ok((None, read_all(files, names, job)?))
}

fn copies(files: &[Uint8Array]) -> Vec<Vec<u8>> {
    files.iter().map(|file| file.to_vec()).collect()
}

/// Sums the rows of a part in the background.
#[napi(catch_unwind, ts_return_type = "Promise<NativeStats>")]
pub fn gather_stats<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    classes: Option<&[u32]>,
    mut options: NativeStatsOptions,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || {
        let embeddings = embeddings.share()?;
        let pipeline = Pipeline::from_str(&options.pipeline)?;
        let subset = options.subset.take().map(|rows| rows.to_vec());
        let part = options.part.of(embeddings.rows())?;
        let hashes = options.hashes.to_vec();
        let names = std::mem::take(&mut options.after_names);
        let after = (copies(&options.after), names);
        let before = options.before.take().map(|file| file.to_vec());
        let rows = (classes.map(<[u32]>::to_vec), subset, options.max_per_class);
        Ok((
            embeddings,
            pipeline,
            (part, hashes),
            rows,
            (after, before),
            options.skip_invalid,
        ))
    };
    start(env, "gatherStats", job, check, |given, job| {
        let (embeddings, pipeline, (part, hashes), (classes, subset, most), files, skip) = given;
        let ((files, names), before) = files;
        let (head, after) = read_after(&files, &names, &pipeline, job)?;
        let before = match before {
            Some(file) => Stats::from_bytes_if_whole(&file)?,
            None => None,
        };
        let request = StatsRequest {
            rows: training_rows(&classes, &subset, most, skip),
            pipeline: &pipeline,
            part,
            hashes: Some(&hashes),
            after: &after.iter().collect::<Vec<_>>(),
            names: &names,
            head: head.as_ref(),
            before: before.as_ref(),
        };
        written(Stats::gather(&embeddings, &request, job)?)
    })
}

/// Merges files of statistics in the background; `names` are what errors call them.
#[napi(catch_unwind, ts_return_type = "Promise<NativeStats>")]
pub fn merge_stats<'env>(
    env: &'env Env,
    parts: Vec<Uint8Array>,
    names: Vec<String>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || Ok((copies(&parts), names));
    start(env, "mergeStats", job, check, |(parts, names), job| {
        let read = read_all(&parts, &names, job)?;
        written((Stats::merge(&read, &names, job)?, false))
    })
}

/// The rows behind statistics, and who leaves them.
#[napi(object)]
pub struct NativeForgetOptions {
    /// Classes to forget.
    pub gone: Uint32Array,
    pub subset: Option<Uint32Array>,
    pub max_per_class: Option<u32>,
}

/// Subtracts classes from statistics of all rows, in the background.
#[napi(catch_unwind, ts_return_type = "Promise<NativeStats>")]
pub fn forget_stats<'env>(
    env: &'env Env,
    file: &[u8],
    embeddings: &NativeEmbeddings,
    classes: &[u32],
    options: NativeForgetOptions,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || {
        let embeddings = embeddings.share()?;
        let gone = options.gone.to_vec();
        let subset = options.subset.as_ref().map(|rows| rows.to_vec());
        Ok((
            embeddings,
            file.to_vec(),
            classes.to_vec(),
            (gone, subset),
            options.max_per_class,
        ))
    };
    start(env, "forgetStats", job, check, |given, job| {
        let (embeddings, file, classes, (gone, subset), most) = given;
        let rows = TrainingRows {
            of_row: Some(&classes),
            subset: subset.as_deref(),
            max_per_class: most.map(|n| n as usize),
            ..TrainingRows::default()
        };
        let stats = Stats::from_bytes(&file)?.without(&gone, &embeddings, &rows, job)?;
        written((stats, false))
    })
}

/// How to fit to statistics.
#[napi(object)]
pub struct NativeStatsFitOptions {
    /// That of the last statistics if absent.
    pub pipeline: Option<String>,
    pub seed: Option<u32>,
}

/// Fits a metric to statistics, one file for each round, in the background; `names` are what errors call them.
#[napi(catch_unwind, ts_return_type = "Promise<NativeFitReport>")]
pub fn fit_stats<'env>(
    env: &'env Env,
    files: Vec<Uint8Array>,
    names: Vec<String>,
    options: NativeStatsFitOptions,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || {
        let pipeline = options.pipeline.as_deref().map(Pipeline::from_str);
        Ok(((copies(&files), names), pipeline.transpose()?, options.seed))
    };
    start(
        env,
        "fitStats",
        job,
        check,
        |((files, names), pipeline, seed), job| {
            let rounds = read_all(&files, &names, job)?;
            let rounds: Vec<&Stats> = rounds.iter().collect();
            let outcome = Stats::fit(
                (&rounds, &names),
                pipeline.as_ref(),
                seed.map(u64::from),
                job,
            )?;
            let file = outcome.model.to_bytes()?;
            Ok(Fitted { outcome, file })
        },
    )
}
