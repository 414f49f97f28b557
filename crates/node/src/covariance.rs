//! Means and covariances.

use std::sync::Arc;

use hackface_core::jobs::covariance::{
    CovarianceOutcome, CovarianceRequest, ScatterOf, estimate_covariance,
};
use hackface_core::npy::{Dtype, NpyWriter};
use hackface_core::statistics::{Denominator, Shrinkage};
use hackface_core::{Code, Error, Result};
use napi::Env;
use napi::bindgen_prelude::{Float64Array, Uint8Array};
use napi_derive::napi;

use crate::background::{Promised, Reply, start};
use crate::boundary::guarded;
use crate::embeddings::NativeEmbeddings;
use crate::job::NativeJob;
use crate::pool;
use crate::training_rows::training_rows;

/// What to estimate.
#[napi(object)]
pub struct NativeCovarianceOptions {
    /// `total`, `within` or `between`; default `total`.
    pub of: Option<String>,
    /// `rows`, `rows-1`, `rows-classes`, `classes`, `classes-1` or `none`; by default the one
    /// without bias.
    pub denominator: Option<String>,
    /// `ledoit-wolf` or `oas`.
    pub rule: Option<String>,
    /// A fixed shrinkage ρ.
    pub shrinkage: Option<f64>,
    /// ε of a ridge.
    pub ridge: Option<f64>,
    /// Divides by standard deviations at the end.
    pub correlation: Option<bool>,
    /// Most rows of a class.
    pub max_per_class: Option<u32>,
    /// Leaves out rows that are not finite.
    pub skip_invalid: Option<bool>,
    /// Number of threads.
    pub threads: Option<u32>,
}

/// An estimate.
#[napi(object)]
pub struct NativeCovariance {
    /// `d × d`, row after row.
    pub matrix: Float64Array,
    /// `d`.
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

impl Reply for CovarianceOutcome {
    type Js = NativeCovariance;
    fn into_js(self) -> napi::Result<NativeCovariance> {
        let condition = self.rank.condition;
        Ok(NativeCovariance {
            matrix: Float64Array::new(self.matrix.into_raw_vec_and_offset().0),
            mean: Float64Array::new(self.mean.to_vec()),
            divisor: self.divisor,
            shrinkage: self.shrinkage,
            rank: self.rank.rank as u32,
            condition: condition.is_finite().then_some(condition),
            rows: self.rows as f64,
            classes: self.classes as f64,
            singletons: self.singletons as f64,
            skipped: self.skipped as f64,
        })
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
    let (embeddings, of, by, shrinkage) = guarded(env, "covariance.check", || {
        let of = match &options.of {
            Some(name) => scatter_of(name)?,
            None => ScatterOf::default(),
        };
        Ok((
            Arc::clone(embeddings.get()?),
            of,
            options
                .denominator
                .as_deref()
                .map(denominator)
                .transpose()?,
            rule(&options)?,
        ))
    })?;
    let (classes, subset) = (classes.map(<[u32]>::to_vec), subset.map(<[u32]>::to_vec));
    start(env, "covariance", &job.inner, move |job| {
        let rows = training_rows(
            &classes,
            &subset,
            options.max_per_class,
            options.skip_invalid,
        );
        let mut request = CovarianceRequest::new(rows, of);
        if let Some(by) = by {
            request.by = by;
        }
        if let Some(shrinkage) = shrinkage {
            request.shrinkage = shrinkage;
        }
        if let Some(correlation) = options.correlation {
            request.correlation = correlation;
        }
        pool::get(options.threads)?.install(|| estimate_covariance(&embeddings, &request, job))
    })
}

fn scatter_of(name: &str) -> Result<ScatterOf> {
    match name {
        "total" => Ok(ScatterOf::Total),
        "within" => Ok(ScatterOf::Within),
        "between" => Ok(ScatterOf::Between),
        other => Err(option(
            format!("the scatter '{other}'"),
            "total, within or between",
        )),
    }
}

fn denominator(name: &str) -> Result<Option<Denominator>> {
    Ok(Some(match name {
        "none" => return Ok(None),
        "rows" => Denominator::Rows,
        "rows-1" => Denominator::RowsLessOne,
        "rows-classes" => Denominator::RowsLessClasses,
        "classes" => Denominator::Classes,
        "classes-1" => Denominator::ClassesLessOne,
        other => {
            return Err(option(
                format!("the denominator '{other}'"),
                "rows, rows-1, rows-classes, classes, classes-1 or none",
            ));
        }
    }))
}

fn rule(options: &NativeCovarianceOptions) -> Result<Option<Shrinkage>> {
    Ok(Some(
        match (options.rule.as_deref(), options.shrinkage, options.ridge) {
            (None, None, None) => return Ok(None),
            (Some("ledoit-wolf"), None, None) => Shrinkage::LedoitWolf,
            (Some("oas"), None, None) => Shrinkage::Oas,
            (None, Some(rho), None) => Shrinkage::Fixed(rho),
            (None, None, Some(epsilon)) => Shrinkage::Ridge(epsilon),
            (Some(other), None, None) => {
                return Err(option(
                    format!("the shrinkage '{other}'"),
                    "ledoit-wolf, oas, none or a number from 0 to 1",
                ));
            }
            _ => return Err(option("shrinkage and a ridge".into(), "one of them")),
        },
    ))
}

fn option(found: String, expected: &str) -> Error {
    Error::new(Code::Option, found, expected)
}

/// The `.npy` file of a `rows × dim` matrix of doubles.
#[napi(catch_unwind)]
pub fn npy_bytes(env: &Env, values: &[f64], rows: u32, dim: u32) -> napi::Result<Uint8Array> {
    guarded(env, "npyBytes", || {
        let (rows, dim) = (rows as usize, dim as usize);
        if rows.checked_mul(dim) != Some(values.len()) {
            let found = format!("{} values", values.len());
            return Err(Error::new(
                Code::Dimension,
                found,
                format!("{rows} rows of {dim} columns"),
            ));
        }
        let mut writer = NpyWriter::new(Vec::new(), Dtype::F64, rows, dim)?;
        writer.write_rows(values)?;
        Ok(Uint8Array::new(writer.finish()?))
    })
}
