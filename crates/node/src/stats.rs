//! Fits over parts of the rows: their sums, merged, and a model of them.

use std::str::FromStr;

use hackface_core::Result;
use hackface_core::jobs::stats::{Stats, StatsRequest, shard, whole_blocks};
use hackface_core::models::Pipeline;
use hackface_core::rows::TrainingRows;
use napi::Env;
use napi::bindgen_prelude::{Uint8Array, Uint32Array};
use napi_derive::napi;

use crate::background::{Promised, start};
use crate::embeddings::NativeEmbeddings;
use crate::fit::Fitted;
use crate::job::NativeJob;
use crate::mirror::mirror;
use crate::options::training_rows;

/// A part of the rows, and what a fit of them asks for.
#[napi(object)]
pub struct NativeStatsOptions {
    /// A pipeline or the name of a preset.
    pub pipeline: String,
    /// Rows that take part; all if absent.
    pub subset: Option<Uint32Array>,
    pub max_per_class: Option<u32>,
    pub skip_invalid: Option<bool>,
    /// Its number from 0, and how many there are.
    pub shard: Option<Vec<u32>>,
    /// The blocks that begin from the first up to, not including, the second.
    pub rows: Option<Vec<u32>>,
    /// Statistics of the rounds before, as files.
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
        rows = of.stats.shape().0,
        dim = of.stats.shape().1,
        from = of.stats.rows().start,
        to = of.stats.rows().end,
        pipeline = of.stats.pipeline(),
        kind = of.stats.kind(),
        reused,
        file = of.file,
    }
}

/// Statistics with their file.
struct Written {
    stats: Stats,
    reused: bool,
    file: Vec<u8>,
}

fn written((stats, reused): (Stats, bool)) -> Result<Written> {
    let file = stats.to_bytes()?;
    Ok(Written {
        stats,
        reused,
        file,
    })
}

/// Statistics of files; `names` are what errors call them.
fn read_all(files: &[Vec<u8>], names: &[String]) -> Result<Vec<Stats>> {
    let read = |(file, name): (&Vec<u8>, &String)| {
        Stats::from_bytes(file).map_err(|error| error.with_file(name))
    };
    files.iter().zip(names).map(read).collect()
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
        let rows = embeddings.rows();
        let part = match (&options.shard, &options.rows) {
            (Some(shard_of), _) if shard_of.len() == 2 => {
                shard(rows, shard_of[0] as usize, shard_of[1] as usize)?
            }
            (_, Some(range)) if range.len() == 2 => {
                whole_blocks(rows, range[0] as usize..range[1] as usize)?
            }
            _ => 0..rows,
        };
        let after = (
            copies(&options.after),
            std::mem::take(&mut options.after_names),
        );
        let before = options.before.take().map(|file| file.to_vec());
        let rows = (classes.map(<[u32]>::to_vec), subset, options.max_per_class);
        Ok((
            embeddings,
            pipeline,
            part,
            rows,
            (after, before),
            options.skip_invalid,
        ))
    };
    start(env, "gatherStats", job, check, |given, job| {
        let (embeddings, pipeline, part, (classes, subset, most), (after, before), skip) = given;
        let after = read_all(&after.0, &after.1)?;
        let before = match before {
            Some(file) => Stats::from_bytes_if_whole(&file)?,
            None => None,
        };
        let request = StatsRequest {
            rows: training_rows(&classes, &subset, most, skip),
            pipeline: &pipeline,
            part,
            after: &after.iter().collect::<Vec<_>>(),
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
        let mut read = Vec::with_capacity(parts.len());
        job.begin("merge", parts.len() as u64);
        for (file, name) in parts.into_iter().zip(&names) {
            job.check()?;
            read.push(Stats::from_bytes(&file).map_err(|e| e.with_file(name))?);
            job.advance(1);
        }
        written((Stats::merge(&read, &names)?, false))
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
            let rounds = read_all(&files, &names)?;
            let rounds: Vec<&Stats> = rounds.iter().collect();
            let outcome = Stats::fit(&rounds, pipeline.as_ref(), seed.map(u64::from), job)?;
            let file = outcome.model.to_bytes()?;
            Ok(Fitted { outcome, file })
        },
    )
}
