//! Faults of a data set.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use hackface_core::jobs::audit::{
    Audit, AuditOptions, Duplicate, LabelFindings, Listed, LookAlike, NearPart, NormOutlier,
    Rehearsal, Suspect, Trust, audit as look, audit_part as find_part, rehearse,
};
use hackface_core::jobs::shift::{Both, Shift};
use hackface_core::{Embeddings, Error, Result};
use napi::Env;
use napi_derive::napi;

use crate::background::{Promised, start};
use crate::embeddings::NativeEmbeddings;
use crate::job::NativeJob;
use crate::mirror::mirror;
use crate::options::set;

/// Options of an audit; the core decides what is absent.
#[napi(object, object_to_js = false)]
pub struct NativeAuditOptions {
    /// Cosine similarity from which rows are near-identical.
    pub near: Option<f64>,
    /// Rows that are compared with all others for near-identical ones.
    pub near_rows: Option<u32>,
    pub limit: Option<u32>,
    /// Number of classes that the labels name; there with labels.
    pub classes: Option<u32>,
    /// Files of near-identical rows that all shards found, in the place of a search.
    pub parts: Option<Vec<String>>,
    /// The shard to search; there for a part only.
    pub shard: Option<NativeAuditShard>,
}

/// A shard of the search for near-identical rows: its number from 0, how many there are, and the file to write.
#[napi(object, object_to_js = false)]
pub struct NativeAuditShard {
    pub index: u32,
    pub of: u32,
    pub output: String,
    /// True to replace the file.
    pub force: bool,
}

/// Row or class numbers, the first of them, and how many there are.
#[napi(object, object_from_js = false)]
pub struct NativeNumbers {
    pub entries: Vec<u32>,
    pub total: f64,
}

/// A row of an odd norm.
#[napi(object, object_from_js = false)]
pub struct NativeNormOutlier {
    pub row: u32,
    pub norm: f64,
    /// Robust standard deviations from the median, of logarithms.
    pub deviation: f64,
}

/// Rows of odd norms, and how many there are.
#[napi(object, object_from_js = false)]
pub struct NativeNormOutliers {
    pub entries: Vec<NativeNormOutlier>,
    pub total: f64,
}

/// Two rows that are alike.
#[napi(object, object_from_js = false)]
pub struct NativeDuplicate {
    pub row1: u32,
    pub row2: u32,
    pub similarity: f64,
    pub identical: bool,
}

/// Rows that are alike, and how many pairs there are.
#[napi(object, object_from_js = false)]
pub struct NativeDuplicates {
    pub entries: Vec<NativeDuplicate>,
    pub total: f64,
}

/// A row that looks mislabelled.
#[napi(object, object_from_js = false)]
pub struct NativeSuspect {
    pub row: u32,
    pub class: u32,
    /// Cosine with the rest of its class.
    pub own: f64,
    /// The class that it is nearest to.
    pub other_class: u32,
    /// Cosine with that class.
    pub other: f64,
    /// Difference of the two.
    pub score: f64,
    /// The row of that class that is most like it.
    pub nearest: u32,
}

/// Rows that look mislabelled, and how many there are.
#[napi(object, object_from_js = false)]
pub struct NativeSuspects {
    pub entries: Vec<NativeSuspect>,
    pub total: f64,
}

/// How far to trust the rows that look mislabelled.
#[napi(object, object_from_js = false)]
pub struct NativeTrust {
    /// Rows that were judged.
    pub judged: f64,
    /// Share of them that look mislabelled.
    pub error: f64,
    /// Probability that a wrong label scores higher than a given one.
    pub auroc: Option<f64>,
    /// The most of them that can be wrong labels.
    pub wrong_at_most: f64,
}

/// Two classes that look like one person.
#[napi(object, object_from_js = false)]
pub struct NativeLookAlike {
    pub class1: u32,
    pub class2: u32,
    /// Similarity between the two over that within.
    pub resemblance: f64,
    /// Standard deviations above all pairs of classes.
    pub deviation: f64,
}

/// Classes that look alike, and how many pairs there are.
#[napi(object, object_from_js = false)]
pub struct NativeLookAlikes {
    pub entries: Vec<NativeLookAlike>,
    pub total: f64,
}

/// Findings that need labels.
#[napi(object, object_from_js = false)]
pub struct NativeLabelled {
    pub singletons: NativeNumbers,
    pub suspects: NativeSuspects,
    /// How far to trust them.
    pub trust: NativeTrust,
    pub look_alikes: NativeLookAlikes,
}

/// A figure of both matrices.
#[napi(object, object_from_js = false)]
pub struct NativeBoth {
    pub train: f64,
    pub target: f64,
}

/// How far the second matrix is from the first.
#[napi(object, object_from_js = false)]
pub struct NativeShift {
    /// Rows that were compared.
    pub rows: NativeBoth,
    pub auroc: f64,
    pub mean_distance: f64,
    pub largest_ratio: f64,
    pub null_ratio: f64,
    pub bound: f64,
    pub directions: u32,
    pub norm_distance: f64,
    /// At 5, 25, 50, 75 and 95 % of the rows.
    pub norm_ratios: Vec<f64>,
    pub cosine_mean: NativeBoth,
    pub cosine_deviation: NativeBoth,
    pub hubness: NativeBoth,
}

/// The findings.
#[napi(object, object_from_js = false)]
pub struct NativeAudit {
    pub non_finite: NativeNumbers,
    pub zero: NativeNumbers,
    pub constant: NativeNumbers,
    pub norm_outliers: NativeNormOutliers,
    /// Alike, in one matrix, under two labels.
    pub conflicting: NativeDuplicates,
    /// Alike, in one matrix, otherwise.
    pub repeated: NativeDuplicates,
    /// Alike, in two matrices.
    pub across: NativeDuplicates,
    /// Rows that were compared with all others for near-identical ones.
    pub near_rows: f64,
    pub labelled: Option<NativeLabelled>,
    /// Where there are two matrices of enough rows.
    pub shift: Option<NativeShift>,
}

/// Looks for faults of one matrix, or of two as if they stood one below the other; in the background,
/// on a copy of the labels.
#[napi(catch_unwind, ts_return_type = "Promise<NativeAudit>")]
pub fn audit<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    second: Option<&NativeEmbeddings>,
    labels: Option<&[u32]>,
    options: NativeAuditOptions,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || {
        let sets = share(embeddings, second)?;
        Ok((sets, labels.map(<[u32]>::to_vec)))
    };
    start(env, "audit", job, check, move |given, job| {
        let (sets, labels) = given;
        let parts: Vec<_> = sets.iter().map(Arc::as_ref).collect();
        let classes = options.classes.map(|n| n as usize);
        let labels = labels.as_deref().zip(classes);
        let near_parts: Vec<_> = (options.parts.iter().flatten())
            .map(PathBuf::from)
            .collect();
        look(&parts, labels, &asked(&options), &near_parts, job)
    })
}

/// Finds the near-identical rows of a shard and writes them to a file. Gives the first of its compared rows, the one
/// behind the last, how many all shards compare, its comparisons, those of all, and 1 if the file held them before.
#[napi(catch_unwind, ts_return_type = "Promise<Float64Array>")]
pub fn audit_part<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    second: Option<&NativeEmbeddings>,
    labels: Option<&[u32]>,
    options: NativeAuditOptions,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let (asked, classes, shard) = (asked(&options), options.classes, options.shard);
    let check = || {
        let shard = shard.ok_or_else(|| Error::internal("a part of no shard"))?;
        let labels = labels.map(<[u32]>::to_vec);
        Ok((share(embeddings, second)?, labels, shard))
    };
    start(env, "auditPart", job, check, move |given, job| {
        let (sets, labels, shard) = given;
        let parts: Vec<_> = sets.iter().map(Arc::as_ref).collect();
        let labels = labels.as_deref().zip(classes.map(|n| n as usize));
        let numbers = (shard.index as usize, shard.of as usize);
        let file = (Path::new(&shard.output), shard.force);
        let part = find_part(&parts, labels, &asked, numbers, file, job)?;
        let NearPart { rows, all, .. } = part;
        let counts = [
            rows.start as u64,
            rows.end as u64,
            all as u64,
            part.comparisons,
            part.of,
        ];
        let mut counts = counts.map(|n| n as f64).to_vec();
        counts.push(f64::from(u8::from(part.reused)));
        Ok(counts)
    })
}

/// The cost of an audit.
#[napi(object, object_from_js = false)]
pub struct NativeRehearsal {
    /// Comparisons of two rows, of a row and a class and of two classes.
    pub comparisons: f64,
    /// Time that it takes on as many threads.
    pub seconds: f64,
}

/// Estimates the cost of an audit from some of its rows; in the background.
#[napi(catch_unwind, ts_return_type = "Promise<NativeRehearsal>")]
pub fn rehearse_audit<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    second: Option<&NativeEmbeddings>,
    options: NativeAuditOptions,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || share(embeddings, second);
    start(env, "rehearseAudit", job, check, move |sets, job| {
        let parts: Vec<_> = sets.iter().map(Arc::as_ref).collect();
        let classes = options.classes.unwrap_or(0) as usize;
        let started = Instant::now();
        let clock = || started.elapsed().as_secs_f64();
        rehearse(&parts, classes, &asked(&options), &clock, job)
    })
}

fn share(
    embeddings: &NativeEmbeddings,
    second: Option<&NativeEmbeddings>,
) -> Result<Vec<Arc<Embeddings>>> {
    let sets = [Some(embeddings), second];
    sets.into_iter()
        .flatten()
        .map(NativeEmbeddings::share)
        .collect()
}

fn asked(options: &NativeAuditOptions) -> AuditOptions {
    let mut asked = AuditOptions::default();
    set(&mut asked.near, options.near);
    set(&mut asked.limit, options.limit.map(|n| n as usize));
    asked.near_rows = options.near_rows.map(|n| n as usize);
    asked
}

mirror! {
    of: Listed<u32> => NativeNumbers { entries, total }
    of: NormOutlier => NativeNormOutlier { row, norm, deviation }
    of: Listed<NormOutlier> => NativeNormOutliers { entries, total }
    of: Duplicate => NativeDuplicate { row1, row2, similarity, identical }
    of: Listed<Duplicate> => NativeDuplicates { entries, total }
    of: Suspect => NativeSuspect { row, class, own, other_class, other, score, nearest }
    of: Listed<Suspect> => NativeSuspects { entries, total }
    of: LookAlike => NativeLookAlike { class1, class2, resemblance, deviation }
    of: Listed<LookAlike> => NativeLookAlikes { entries, total }
    of: Trust => NativeTrust { judged, error, auroc, wrong_at_most }
    of: LabelFindings => NativeLabelled { singletons, suspects, trust, look_alikes }
    of: Audit => NativeAudit {
        non_finite, zero, constant, norm_outliers, conflicting, repeated, across, near_rows,
        labelled, shift,
    }
    of: Both => NativeBoth { train, target }
    of: Shift => NativeShift {
        rows, auroc, mean_distance, largest_ratio, null_ratio, bound, directions, norm_distance,
        norm_ratios = of.norm_ratios.to_vec(),
        cosine_mean, cosine_deviation, hubness,
    }
    of: Rehearsal => NativeRehearsal { comparisons, seconds }
}
