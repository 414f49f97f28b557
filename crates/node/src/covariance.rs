//! Means and covariances.

use hackface_core::jobs::covariance::{
    CovarianceOutcome, CovarianceRequest, ScatterOf, estimate_covariance,
};
use hackface_core::statistics::{Denominator, Shrinkage};
use hackface_core::{Code, Error, Result};
use napi::Env;
use napi::bindgen_prelude::Float64Array;
use napi_derive::napi;

use crate::background::{Promised, start};
use crate::embeddings::NativeEmbeddings;
use crate::job::NativeJob;
use crate::mirror::mirror;
use crate::options::{choice, set, training_rows, unknown};

/// Options of an estimate.
#[napi(object)]
pub struct NativeCovarianceOptions {
    /// `total`, `within` or `between`; default `total`.
    pub of: Option<String>,
    /// `rows`, `rows-1`, `rows-classes`, `classes`, `classes-1` or `none`; by default the one
    /// without bias.
    pub denominator: Option<String>,
    /// `ledoit-wolf` or `oas`.
    pub rule: Option<String>,
    pub shrinkage: Option<f64>,
    pub ridge: Option<f64>,
    /// Divides by standard deviations at the end.
    pub correlation: Option<bool>,
    pub max_per_class: Option<u32>,
    pub skip_invalid: Option<bool>,
}

/// An estimate.
#[napi(object, object_from_js = false)]
pub struct NativeCovariance {
    /// `d × d`, row after row.
    pub matrix: Float64Array,
    pub mean: Float64Array,
    pub divisor: f64,
    pub shrinkage: f64,
    pub rank: u32,
    /// Absent where it is infinite.
    pub condition: Option<f64>,
    pub rows: f64,
    pub classes: f64,
    pub singletons: f64,
    pub skipped: f64,
}

mirror! {
    of: CovarianceOutcome => NativeCovariance {
        matrix = of.matrix.into_raw_vec_and_offset().0,
        mean = of.mean.to_vec(),
        divisor, shrinkage,
        rank = of.rank.rank,
        condition = Some(of.rank.condition).filter(|condition| condition.is_finite()),
        rows, classes, singletons, skipped,
    }
}

/// Estimates a covariance in the background, on copies of the class numbers (2³²−1 is a row left
/// out).
#[napi(catch_unwind, ts_return_type = "Promise<NativeCovariance>")]
pub fn covariance<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    classes: Option<&[u32]>,
    subset: Option<&[u32]>,
    options: NativeCovarianceOptions,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || {
        let embeddings = embeddings.share()?;
        let mut of = ScatterOf::default();
        set(&mut of, choice("the scatter", &options.of, &SCATTERS)?);
        let by = choice("the denominator", &options.denominator, &DENOMINATORS)?;
        let asked = (of, by, rule(&options)?);
        let (classes, subset) = (classes.map(<[u32]>::to_vec), subset.map(<[u32]>::to_vec));
        Ok((embeddings, asked, classes, subset, options))
    };
    start(env, "covariance", job, check, |given, job| {
        let (embeddings, (of, by, shrinkage), classes, subset, options) = given;
        let (most, skip) = (options.max_per_class, options.skip_invalid);
        let rows = training_rows(&classes, &subset, most, skip);
        let mut request = CovarianceRequest::new(rows, of);
        set(&mut request.by, by);
        set(&mut request.shrinkage, shrinkage);
        set(&mut request.correlation, options.correlation);
        estimate_covariance(&embeddings, &request, job)
    })
}

const SCATTERS: [(&str, ScatterOf); 3] = [
    ("total", ScatterOf::Total),
    ("within", ScatterOf::Within),
    ("between", ScatterOf::Between),
];

const DENOMINATORS: [(&str, Option<Denominator>); 6] = [
    ("rows", Some(Denominator::Rows)),
    ("rows-1", Some(Denominator::RowsLessOne)),
    ("rows-classes", Some(Denominator::RowsLessClasses)),
    ("classes", Some(Denominator::Classes)),
    ("classes-1", Some(Denominator::ClassesLessOne)),
    ("none", None),
];

fn rule(options: &NativeCovarianceOptions) -> Result<Option<Shrinkage>> {
    Ok(Some(
        match (options.rule.as_deref(), options.shrinkage, options.ridge) {
            (None, None, None) => return Ok(None),
            (Some("ledoit-wolf"), None, None) => Shrinkage::LedoitWolf,
            (Some("oas"), None, None) => Shrinkage::Oas,
            (None, Some(rho), None) => Shrinkage::Fixed(rho),
            (None, None, Some(epsilon)) => Shrinkage::Ridge(epsilon),
            (Some(other), None, None) => {
                let expected = "ledoit-wolf, oas, none or a number from 0 to 1";
                return Err(unknown("the shrinkage", other, expected));
            }
            _ => {
                let found = "shrinkage and a ridge";
                return Err(Error::new(Code::Option, found, "one of them"));
            }
        },
    ))
}
