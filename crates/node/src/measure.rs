//! The measure of distances, as JavaScript gives it.

use std::sync::Arc;

use hackface_core::measure::{
    Centering, Cohort, CohortPeople, Deviation, Expansion, Measure, MetricOptions, Neighbours,
    Norm, Normalize, Reciprocal, Reranking, ScoreNorm, Undefined,
};
use hackface_core::metrics::Expression;
use hackface_core::models::{Enrolment, Model};
use hackface_core::store::{StoredMeasure, StoredMetric};
use hackface_core::{Code, Embeddings, Error, Isa, Result};
use napi::bindgen_prelude::{ClassInstance, Uint32ArraySlice};
use napi_derive::napi;

use crate::embeddings::NativeEmbeddings;
use crate::enrolment::NativeEnrolment;
use crate::model::NativeModel;
use crate::options::{choice, set, unknown};

/// Exactly one of `metric`, `model` and `enrolment`. What is absent has the core's default. What is
/// seldom given is in objects of its own: each field is a question to the engine, and a call on two rows is short.
#[napi(object, object_to_js = false)]
pub struct NativeMeasure<'env> {
    pub metric: Option<String>,
    /// The way in which the metric meets rows.
    pub preparation: Option<NativePreparation<'env>>,
    pub model: Option<ClassInstance<'env, NativeModel>>,
    /// Templates, which are the first members of pairs.
    pub enrolment: Option<ClassInstance<'env, NativeEnrolment>>,
    /// The change of the distances; none if absent.
    pub change: Option<NativeChange<'env>>,
}

/// The way in which a metric meets rows.
#[napi(object, object_to_js = false)]
pub struct NativePreparation<'env> {
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
}

/// A change of distances: at most one of its fields.
#[napi(object, object_to_js = false)]
pub struct NativeChange<'env> {
    /// Normalisation against a cohort.
    pub norm: Option<NativeNorm<'env>>,
    /// Re-ranking by k-reciprocal neighbours.
    pub rerank: Option<NativeReranking>,
    /// Query expansion.
    pub expand: Option<NativeExpansion>,
}

/// Re-ranking by k-reciprocal neighbours. What is absent has the core's default.
#[napi(object, object_to_js = false)]
pub struct NativeReranking {
    pub k1: Option<u32>,
    pub k2: Option<u32>,
    pub lambda: Option<f64>,
}

/// Query expansion by the nearest rows. What is absent has the core's default.
#[napi(object, object_to_js = false)]
pub struct NativeExpansion {
    pub k: Option<u32>,
    pub alpha: Option<f64>,
}

/// Score normalisation against a cohort. What is absent has the core's default.
#[napi(object, object_to_js = false)]
pub struct NativeNorm<'env> {
    pub kind: String,
    /// The cohort; the rows that are measured themselves if absent.
    pub cohort: Option<ClassInstance<'env, NativeEmbeddings>>,
    /// Person of each row, and of each row of the cohort: both or neither.
    pub of_row: Option<Uint32ArraySlice<'env>>,
    pub of_cohort: Option<Uint32ArraySlice<'env>>,
    pub top: Option<u32>,
    /// `population` or `sample`.
    pub deviation: Option<String>,
    pub floor: Option<f64>,
}

/// A measure, read and checked, held for a call in the background.
pub(crate) struct OwnedMeasure {
    plain: PlainMeasure,
    norm: Option<OwnedNorm>,
    neighbours: Option<Neighbours>,
}

enum PlainMeasure {
    Metric(Box<OwnedMetric>),
    Model(Arc<Model>),
    Templates(Arc<Model>, Arc<Vec<Enrolment>>),
}

/// An absent option has the core's default.
struct OwnedNorm {
    norm: &'static Norm,
    cohort: Option<Arc<Embeddings>>,
    people: Option<[Vec<u32>; 2]>,
    top: Option<usize>,
    deviation: Option<Deviation>,
    floor: Option<f64>,
}

/// An absent option has the core's default.
struct OwnedMetric {
    text: String,
    expression: Expression,
    center: Option<Centering>,
    normalize: Option<Normalize>,
    reference: Option<Arc<Embeddings>>,
    undefined: Option<Undefined>,
    isa: Option<Isa>,
}

impl OwnedMeasure {
    pub(crate) fn read(mut measure: NativeMeasure<'_>) -> Result<Self> {
        let change = measure.change.take().map(NativeChange::read).transpose()?;
        let (norm, neighbours) = change.unwrap_or_default();
        Ok(Self {
            plain: PlainMeasure::read(measure)?,
            norm,
            neighbours,
        })
    }

    /// A metric by itself.
    pub(crate) fn of_metric(text: String) -> Result<Self> {
        let expression = Expression::parse(&text)?;
        Ok(Self {
            plain: PlainMeasure::Metric(Box::new(OwnedMetric::plain(text, expression))),
            norm: None,
            neighbours: None,
        })
    }

    /// The measure of a gallery file.
    pub(crate) fn of_file(measure: StoredMeasure) -> Self {
        let plain = match measure {
            StoredMeasure::Model(model) => PlainMeasure::Model(model),
            StoredMeasure::Metric(metric) => PlainMeasure::Metric(Box::new(OwnedMetric {
                center: metric.center.map(Centering::Given),
                normalize: Some(metric.normalize),
                ..OwnedMetric::plain(metric.text, metric.expression)
            })),
        };
        Self {
            plain,
            norm: None,
            neighbours: None,
        }
    }

    /// The measure as a gallery file holds it.
    ///
    /// Errors: `EOPTION` for one that needs a cohort or other rows.
    pub(crate) fn for_file(&self) -> Result<StoredMeasure> {
        let refuse = |found: &str| {
            let error = Error::new(Code::Option, found, "a plain metric or a model, to save");
            Err(error.with_hint("Save the gallery under the plain measure"))
        };
        if self.norm.is_some() || self.neighbours.is_some() {
            return refuse("distances that other rows have a say in");
        }
        match &self.plain {
            PlainMeasure::Model(model) => Ok(StoredMeasure::Model(Arc::clone(model))),
            PlainMeasure::Templates(..) => refuse("templates as the measure"),
            PlainMeasure::Metric(metric) => {
                let center = match &metric.center {
                    Some(Centering::Given(center)) => Some(center.clone()),
                    Some(Centering::Mean) => return refuse("a center that was not taken yet"),
                    Some(Centering::None) | None => None,
                };
                let normalize = metric.normalize.unwrap_or_default();
                let stored = StoredMetric::new(&metric.text, normalize, center)?;
                Ok(StoredMeasure::Metric(Box::new(stored)))
            }
        }
    }

    /// Calls `run` with the measure.
    pub(crate) fn with<R>(&self, run: impl FnOnce(Measure<'_>) -> Result<R>) -> Result<R> {
        self.plain
            .with(|measure| match (&self.norm, self.neighbours) {
                (Some(norm), _) => run(Measure::Normalized(&norm.of(measure))),
                (None, Some(by)) => run(Measure::Reranked(&Reranking { measure, by })),
                (None, None) => run(measure),
            })
    }
}

impl PlainMeasure {
    fn read(measure: NativeMeasure<'_>) -> Result<Self> {
        match (&measure.metric, &measure.model, &measure.enrolment) {
            (Some(metric), None, None) => {
                let expression = (metric.clone(), Expression::parse(metric)?);
                let rows = measure.preparation;
                OwnedMetric::read(expression, rows).map(|metric| Self::Metric(Box::new(metric)))
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

    fn with<R>(&self, run: impl FnOnce(Measure<'_>) -> Result<R>) -> Result<R> {
        match self {
            Self::Metric(metric) => run(Measure::Metric(&metric.options())),
            Self::Model(model) => run(Measure::Model(model)),
            Self::Templates(model, templates) => run(Measure::Templates(model, templates)),
        }
    }
}

impl NativeChange<'_> {
    fn read(self) -> Result<(Option<OwnedNorm>, Option<Neighbours>)> {
        let norm = self.norm.map(OwnedNorm::read).transpose()?;
        let reciprocal = self.rerank.map(NativeReranking::read);
        let expansion = self.expand.map(NativeExpansion::read);
        let given = [norm.is_some(), reciprocal.is_some(), expansion.is_some()];
        if given.into_iter().filter(|given| *given).count() > 1 {
            let found = "more than one of a normalisation, a re-ranking and an expansion";
            return Err(Error::new(Code::Option, found, "one of them"));
        }
        Ok((norm, reciprocal.or(expansion)))
    }
}

impl NativeReranking {
    fn read(self) -> Neighbours {
        let mut of = Reciprocal::default();
        set(&mut of.k1, self.k1.map(|k1| k1 as usize));
        set(&mut of.k2, self.k2.map(|k2| k2 as usize));
        set(&mut of.lambda, self.lambda);
        Neighbours::Reciprocal(of)
    }
}

impl NativeExpansion {
    fn read(self) -> Neighbours {
        let mut of = Expansion::default();
        set(&mut of.k, self.k.map(|k| k as usize));
        set(&mut of.alpha, self.alpha);
        Neighbours::Expansion(of)
    }
}

impl OwnedNorm {
    fn read(norm: NativeNorm<'_>) -> Result<Self> {
        let deviation = [
            ("population", Deviation::Population),
            ("sample", Deviation::Sample),
        ];
        Ok(Self {
            norm: Norm::parse(&norm.kind)?,
            cohort: (norm.cohort)
                .map(|cohort| cohort.get().cloned())
                .transpose()?,
            people: (norm.of_row.zip(norm.of_cohort))
                .map(|(rows, cohort)| [rows.to_vec(), cohort.to_vec()]),
            top: norm.top.map(|top| top as usize),
            deviation: choice("cohortDeviation", &norm.deviation, &deviation)?,
            floor: norm.floor,
        })
    }

    fn of<'a>(&'a self, measure: Measure<'a>) -> ScoreNorm<'a> {
        let cohort = self.cohort.as_deref().map_or(Cohort::Own, Cohort::Rows);
        let mut norm = ScoreNorm::new(measure, self.norm, cohort);
        let people = self.people.as_ref();
        norm.people = people.map(|[of_row, of_cohort]| CohortPeople { of_row, of_cohort });
        norm.top = self.top;
        norm.floor = self.floor;
        set(&mut norm.deviation, self.deviation);
        norm
    }
}

impl OwnedMetric {
    fn read(
        (text, expression): (String, Expression),
        rows: Option<NativePreparation<'_>>,
    ) -> Result<Self> {
        let Some(rows) = rows else {
            return Ok(Self::plain(text, expression));
        };
        let center = match (rows.center.as_deref(), rows.center_vector) {
            (None, None) => None,
            (Some("none"), None) => Some(Centering::None),
            (Some("mean"), None) => Some(Centering::Mean),
            (None | Some("given"), Some(vector)) => Some(Centering::Given(vector)),
            (Some(other), _) => return Err(unknown("center", other, "none, mean, or a vector")),
        };
        let normalize = [("none", Normalize::None), ("l2", Normalize::L2)];
        let undefined = [("refuse", Undefined::Refuse), ("max", Undefined::Max)];
        Ok(Self {
            text,
            expression,
            center,
            normalize: choice("normalize", &rows.normalize, &normalize)?,
            undefined: choice("undefined", &rows.undefined, &undefined)?,
            isa: rows.cpu.as_deref().map(Isa::parse).transpose()?,
            reference: (rows.reference)
                .map(|reference| reference.get().cloned())
                .transpose()?,
        })
    }

    fn plain(text: String, expression: Expression) -> Self {
        Self {
            text,
            expression,
            center: None,
            normalize: None,
            reference: None,
            undefined: None,
            isa: None,
        }
    }

    fn options(&self) -> MetricOptions<'_> {
        let mut options = MetricOptions::new(&self.expression);
        options.reference = self.reference.as_deref();
        set(&mut options.center, self.center.clone());
        set(&mut options.normalize, self.normalize);
        set(&mut options.undefined, self.undefined);
        set(&mut options.isa, self.isa);
        options
    }
}
