//! Faults of a data set.

use std::sync::Arc;

use hackface_core::jobs::audit::{
    Audit, AuditOptions, Duplicate, LabelFindings, Listed, LookAlike, NormOutlier, Suspect,
    audit as look,
};
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
    /// Entries of each list at most.
    pub limit: Option<u32>,
    /// Number of classes that the labels name; there with labels.
    pub classes: Option<u32>,
    /// Number of threads.
    pub threads: Option<u32>,
}

/// Row or class numbers, the first of them, and how many there are.
#[napi(object, object_from_js = false)]
pub struct NativeNumbers {
    /// The numbers.
    pub entries: Vec<u32>,
    /// How many there are in all.
    pub total: f64,
}

/// A row of an odd norm.
#[napi(object, object_from_js = false)]
pub struct NativeNormOutlier {
    /// The row.
    pub row: u32,
    /// Its norm.
    pub norm: f64,
    /// Robust standard deviations from the median, of logarithms.
    pub deviation: f64,
}

/// Rows of odd norms, and how many there are.
#[napi(object, object_from_js = false)]
pub struct NativeNormOutliers {
    /// The first of them.
    pub entries: Vec<NativeNormOutlier>,
    /// How many there are in all.
    pub total: f64,
}

/// Two rows that are alike.
#[napi(object, object_from_js = false)]
pub struct NativeDuplicate {
    /// The earlier row.
    pub row1: u32,
    /// The later row.
    pub row2: u32,
    /// Cosine similarity.
    pub similarity: f64,
    /// True if all numbers are equal.
    pub identical: bool,
}

/// Rows that are alike, and how many pairs there are.
#[napi(object, object_from_js = false)]
pub struct NativeDuplicates {
    /// The first of them.
    pub entries: Vec<NativeDuplicate>,
    /// How many there are in all.
    pub total: f64,
}

/// A row that looks mislabelled.
#[napi(object, object_from_js = false)]
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
#[napi(object, object_from_js = false)]
pub struct NativeSuspects {
    /// The first of them.
    pub entries: Vec<NativeSuspect>,
    /// How many there are in all.
    pub total: f64,
}

/// Two classes that look like one person.
#[napi(object, object_from_js = false)]
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
#[napi(object, object_from_js = false)]
pub struct NativeLookAlikes {
    /// The first of them.
    pub entries: Vec<NativeLookAlike>,
    /// How many there are in all.
    pub total: f64,
}

/// Findings that need labels.
#[napi(object, object_from_js = false)]
pub struct NativeLabelled {
    /// Classes of one row.
    pub singletons: NativeNumbers,
    /// Rows that look mislabelled.
    pub suspects: NativeSuspects,
    /// Classes that look like one person.
    pub look_alikes: NativeLookAlikes,
}

/// The findings.
#[napi(object, object_from_js = false)]
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
    let threads = options.threads;
    let check = || {
        let first = embeddings.share()?;
        let second = second.map(NativeEmbeddings::share).transpose()?;
        Ok((first, second, labels.map(<[u32]>::to_vec)))
    };
    start(env, "audit", job, threads, check, move |given, job| {
        let (first, second, labels) = given;
        let parts: Vec<_> = [Some(&first), second.as_ref()]
            .into_iter()
            .flatten()
            .map(Arc::as_ref)
            .collect();
        let classes = options.classes.map(|n| n as usize);
        let labels = labels.as_deref().zip(classes);
        let mut asked = AuditOptions::default();
        set(&mut asked.near, options.near);
        set(&mut asked.limit, options.limit.map(|n| n as usize));
        look(&parts, labels, &asked, job)
    })
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
    of: LabelFindings => NativeLabelled { singletons, suspects, look_alikes }
    of: Audit => NativeAudit {
        non_finite, zero, constant, norm_outliers, conflicting, repeated, across, labelled
    }
}
