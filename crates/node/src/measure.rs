//! The measure of distances, as JavaScript gives it.

use std::sync::Arc;

use hackface_core::measure::{Centering, Measure, MetricOptions, Normalize, Undefined};
use hackface_core::metrics::Expression;
use hackface_core::models::{Enrolment, Model};
use hackface_core::{Code, Embeddings, Error, Isa, Result};
use napi::bindgen_prelude::ClassInstance;
use napi_derive::napi;

use crate::embeddings::NativeEmbeddings;
use crate::enrolment::NativeEnrolment;
use crate::model::NativeModel;
use crate::options::unknown;

/// Exactly one of `metric`, `model` and `enrolment`; the other fields belong to a metric. What is
/// absent has the core's default.
#[napi(object, object_to_js = false)]
pub struct NativeMeasure<'env> {
    /// A metric or a combination.
    pub metric: Option<String>,
    /// `none`, `mean` or `given`, for the vector beside it.
    pub center: Option<String>,
    /// The vector to subtract, when `center` is `given`.
    pub center_vector: Option<Vec<f64>>,
    /// `none` or `l2`.
    pub normalize: Option<String>,
    /// Source of the variances of a metric; the embeddings if absent.
    pub reference: Option<ClassInstance<'env, NativeEmbeddings>>,
    /// `refuse` or `max`.
    pub undefined: Option<String>,
    /// `auto`, or the name of an instruction set.
    pub cpu: Option<String>,
    /// A learned metric.
    pub model: Option<ClassInstance<'env, NativeModel>>,
    /// Templates, which are the first members of pairs.
    pub enrolment: Option<ClassInstance<'env, NativeEnrolment>>,
}

/// A measure, read and checked, held for a call in the background.
pub(crate) enum OwnedMeasure {
    Metric(Box<OwnedMetric>),
    Model(Arc<Model>),
    Templates(Arc<Model>, Arc<Vec<Enrolment>>),
}

pub(crate) struct OwnedMetric {
    expression: Expression,
    center: Centering,
    normalize: Normalize,
    reference: Option<Arc<Embeddings>>,
    undefined: Undefined,
    isa: Isa,
}

impl OwnedMeasure {
    pub(crate) fn read(measure: NativeMeasure<'_>) -> Result<Self> {
        match (&measure.metric, &measure.model, &measure.enrolment) {
            (Some(metric), None, None) => {
                let expression = Expression::parse(metric)?;
                OwnedMetric::read(expression, measure).map(|metric| Self::Metric(Box::new(metric)))
            }
            (None, Some(model), None) => Ok(Self::Model(model.get())),
            (None, None, Some(enrolment)) => {
                let (model, templates) = enrolment.get();
                Ok(Self::Templates(model, templates))
            }
            _ => Err(Error::new(
                Code::Option,
                "several measures or none",
                "exactly one of a metric, a model and an enrolment",
            )),
        }
    }

    /// Calls `run` with the measure.
    pub(crate) fn with<R>(&self, run: impl FnOnce(Measure<'_>) -> Result<R>) -> Result<R> {
        match self {
            Self::Metric(metric) => run(Measure::Metric(&metric.options())),
            Self::Model(model) => run(Measure::Model(model)),
            Self::Templates(model, templates) => run(Measure::Templates(model, templates)),
        }
    }
}

impl OwnedMetric {
    fn read(expression: Expression, measure: NativeMeasure<'_>) -> Result<Self> {
        Ok(Self {
            expression,
            center: match (measure.center.as_deref(), measure.center_vector) {
                (None | Some("none"), None) => Centering::None,
                (Some("mean"), None) => Centering::Mean,
                (Some("given"), Some(vector)) => Centering::Given(vector),
                (other, _) => {
                    let other = other.unwrap_or("none");
                    return Err(unknown("center", other, "none, mean, or a vector"));
                }
            },
            normalize: match measure.normalize.as_deref() {
                None | Some("none") => Normalize::None,
                Some("l2") => Normalize::L2,
                Some(other) => return Err(unknown("normalize", other, "none or l2")),
            },
            undefined: match measure.undefined.as_deref() {
                None | Some("refuse") => Undefined::Refuse,
                Some("max") => Undefined::Max,
                Some(other) => return Err(unknown("undefined", other, "refuse or max")),
            },
            isa: Isa::parse(measure.cpu.as_deref().unwrap_or("auto"))?,
            reference: (measure.reference)
                .map(|reference| reference.get().cloned())
                .transpose()?,
        })
    }

    fn options(&self) -> MetricOptions<'_> {
        MetricOptions {
            center: self.center.clone(),
            normalize: self.normalize,
            reference: self.reference.as_deref(),
            undefined: self.undefined,
            isa: self.isa,
            ..MetricOptions::new(&self.expression)
        }
    }
}
