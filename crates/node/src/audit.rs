//! Faults of a data set.

use std::sync::Arc;

use hackface_core::jobs::audit::{
    Audit, AuditOptions, Duplicate, LabelFindings, Listed, audit as look,
};
use napi::Env;
use napi_derive::napi;

use crate::background::{Promised, Reply, start};
use crate::boundary::guarded;
use crate::embeddings::NativeEmbeddings;
use crate::job::NativeJob;
use crate::pool;

/// Options of an audit; the core decides what is absent.
#[napi(object)]
pub struct NativeAuditOptions {
    /// Cosine similarity from which rows are near-identical.
    pub near: Option<f64>,
    /// Entries of each list at most.
    pub limit: Option<u32>,
    /// Number of classes that the labels name.
    pub classes: Option<u32>,
    /// Number of threads.
    pub threads: Option<u32>,
}

/// Row or class numbers, the first of them, and how many there are.
#[napi(object)]
pub struct NativeNumbers {
    /// The numbers.
    pub entries: Vec<u32>,
    /// How many there are in all.
    pub total: f64,
}

/// A row of an odd norm.
#[napi(object)]
pub struct NativeNormOutlier {
    /// The row.
    pub row: u32,
    /// Its norm.
    pub norm: f64,
    /// Robust standard deviations from the median, of logarithms.
    pub deviation: f64,
}

/// Rows of odd norms, and how many there are.
#[napi(object)]
pub struct NativeNormOutliers {
    /// The first of them.
    pub entries: Vec<NativeNormOutlier>,
    /// How many there are in all.
    pub total: f64,
}

/// Two rows that are alike.
#[napi(object)]
pub struct NativeDuplicate {
    /// The earlier row.
    pub row1: u32,
    /// The later row.
    pub row2: u32,
    /// Cosine similarity.
    pub similarity: f64,
    /// Whether all numbers are equal.
    pub identical: bool,
}

/// Rows that are alike, and how many pairs there are.
#[napi(object)]
pub struct NativeDuplicates {
    /// The first of them.
    pub entries: Vec<NativeDuplicate>,
    /// How many there are in all.
    pub total: f64,
}

/// A row that looks mislabelled.
#[napi(object)]
pub struct NativeSuspect {
    /// The row.
    pub row: u32,
    /// Its class.
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
#[napi(object)]
pub struct NativeSuspects {
    /// The first of them.
    pub entries: Vec<NativeSuspect>,
    /// How many there are in all.
    pub total: f64,
}

/// Two classes that look like one person.
#[napi(object)]
pub struct NativeLookAlike {
    /// One class.
    pub class1: u32,
    /// The other.
    pub class2: u32,
    /// Similarity between the two over that within.
    pub resemblance: f64,
    /// Standard deviations above all pairs of classes.
    pub deviation: f64,
}

/// Classes that look alike, and how many pairs there are.
#[napi(object)]
pub struct NativeLookAlikes {
    /// The first of them.
    pub entries: Vec<NativeLookAlike>,
    /// How many there are in all.
    pub total: f64,
}

/// Findings that need labels.
#[napi(object)]
pub struct NativeLabelled {
    /// Classes of one row.
    pub singletons: NativeNumbers,
    /// Rows that look mislabelled.
    pub suspects: NativeSuspects,
    /// Classes that look like one person.
    pub look_alikes: NativeLookAlikes,
}

/// The findings.
#[napi(object)]
pub struct NativeAudit {
    /// Rows with a NaN or an infinity.
    pub non_finite: NativeNumbers,
    /// Rows of zeros.
    pub zero: NativeNumbers,
    /// Rows of one number.
    pub constant: NativeNumbers,
    /// Rows of odd norms.
    pub norm_outliers: NativeNormOutliers,
    /// Alike, in one matrix, under two labels.
    pub conflicting: NativeDuplicates,
    /// Alike, in one matrix, otherwise.
    pub repeated: NativeDuplicates,
    /// Alike, in two matrices.
    pub across: NativeDuplicates,
    /// Findings that need labels.
    pub labelled: Option<NativeLabelled>,
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
    let parts = guarded(env, "audit.check", || {
        let mut parts = vec![Arc::clone(embeddings.get()?)];
        if let Some(second) = second {
            parts.push(Arc::clone(second.get()?));
        }
        Ok(parts)
    })?;
    let labels = labels.map(<[u32]>::to_vec);
    start(env, "audit", &job.inner, move |job| {
        let parts: Vec<_> = parts.iter().map(|part| &**part).collect();
        let classes = options.classes.unwrap_or(0) as usize;
        let labels = labels.as_deref().map(|labels| (labels, classes));
        let default = AuditOptions::default();
        let asked = AuditOptions {
            near: options.near.unwrap_or(default.near),
            limit: options.limit.map_or(default.limit, |n| n as usize),
        };
        pool::get(options.threads)?.install(|| look(&parts, labels, &asked, job))
    })
}

impl Reply for Audit {
    type Js = NativeAudit;
    fn into_js(self) -> napi::Result<NativeAudit> {
        Ok(NativeAudit {
            non_finite: numbers(self.non_finite),
            zero: numbers(self.zero),
            constant: numbers(self.constant),
            norm_outliers: {
                let (entries, total) = each(self.norm_outliers, |o| NativeNormOutlier {
                    row: o.row,
                    norm: o.norm,
                    deviation: o.deviation,
                });
                NativeNormOutliers { entries, total }
            },
            conflicting: duplicates(self.conflicting),
            repeated: duplicates(self.repeated),
            across: duplicates(self.across),
            labelled: self.labelled.map(labelled),
        })
    }
}

fn labelled(found: LabelFindings) -> NativeLabelled {
    let (suspects, suspects_total) = each(found.suspects, |s| NativeSuspect {
        row: s.row,
        class: s.class,
        own: s.own,
        other_class: s.other_class,
        other: s.other,
        score: s.score,
        nearest: s.nearest,
    });
    let (look_alikes, look_alikes_total) = each(found.look_alikes, |l| NativeLookAlike {
        class1: l.class1,
        class2: l.class2,
        resemblance: l.resemblance,
        deviation: l.deviation,
    });
    NativeLabelled {
        singletons: numbers(found.singletons),
        suspects: NativeSuspects {
            entries: suspects,
            total: suspects_total,
        },
        look_alikes: NativeLookAlikes {
            entries: look_alikes,
            total: look_alikes_total,
        },
    }
}

fn duplicates(found: Listed<Duplicate>) -> NativeDuplicates {
    let (entries, total) = each(found, |pair| NativeDuplicate {
        row1: pair.row1,
        row2: pair.row2,
        similarity: pair.similarity,
        identical: pair.identical,
    });
    NativeDuplicates { entries, total }
}

fn numbers(found: Listed<u32>) -> NativeNumbers {
    let (entries, total) = each(found, |number| number);
    NativeNumbers { entries, total }
}

fn each<T, U>(found: Listed<T>, to_js: impl Fn(T) -> U) -> (Vec<U>, f64) {
    let total = found.total as f64;
    (found.entries.into_iter().map(to_js).collect(), total)
}
