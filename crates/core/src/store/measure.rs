//! The measure of a gallery, as its file holds it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::damaged;
use crate::error::{Error, Result};
use crate::measure::{Centering, Measure, MetricOptions, Normalize, SurveyNumbers};
use crate::metrics::{Expression, Needs};
use crate::models::{Container, Model, Tensor};

/// A metric with the preparation of its rows, or a model.
#[derive(Clone)]
pub enum StoredMeasure {
    /// A metric.
    Metric(Box<StoredMetric>),
    /// A learned metric.
    Model(Arc<Model>),
}

/// A metric and the preparation of rows for it. The reference of a metric is that of the first rows.
#[derive(Clone)]
pub struct StoredMetric {
    /// As it was asked for.
    pub text: String,
    /// The same, read.
    pub expression: Expression,
    /// Applied to every row.
    pub normalize: Normalize,
    /// Subtracted from every row first.
    pub center: Option<Vec<f64>>,
}

impl StoredMetric {
    /// A metric of this text.
    ///
    /// Errors: `EMETRIC`.
    pub fn new(text: &str, normalize: Normalize, center: Option<Vec<f64>>) -> Result<Self> {
        Ok(Self {
            text: text.to_owned(),
            expression: Expression::parse(text)?,
            normalize,
            center,
        })
    }

    /// Refuses what a file says of rows if the metric cannot be measured by it.
    pub(super) fn check_survey(&self, numbers: &SurveyNumbers, dim: usize) -> Result<()> {
        let needs = |what| {
            self.expression
                .metrics()
                .iter()
                .any(|metric| metric.needs(what))
        };
        let variances = if needs(Needs::Variances) { dim } else { 0 };
        let (mean, triangle) = match needs(Needs::Covariance) {
            true => (dim, dim * (dim + 1) / 2),
            false => (0, 0),
        };
        let found = [&numbers.inverse_variance, &numbers.mean, &numbers.triangle];
        if found.map(Vec::len) == [variances, mean, triangle] {
            return Ok(());
        }
        Err(damaged(
            "a reference of another width",
            format!("one for {dim} columns"),
        ))
    }
}

impl StoredMeasure {
    /// Calls `run` with the measure.
    pub fn with<R>(&self, run: impl FnOnce(Measure<'_>) -> R) -> R {
        match self {
            Self::Model(model) => run(Measure::Model(model)),
            Self::Metric(metric) => {
                let mut options = MetricOptions::new(&metric.expression);
                options.normalize = metric.normalize;
                options.center = metric
                    .center
                    .clone()
                    .map_or(Centering::None, Centering::Given);
                run(Measure::Metric(&options))
            }
        }
    }

    pub(super) fn check_dim(&self, dim: usize) -> Result<()> {
        match self {
            Self::Model(model) if model.input_dim() != dim => Err(damaged(
                format!("a model of {} columns", model.input_dim()),
                format!("{dim} as in the rows"),
            )),
            _ => Ok(()),
        }
    }

    pub(super) fn metadata(&self) -> Result<Vec<(String, String)>> {
        Ok(match self {
            Self::Metric(metric) => {
                let normalize = metric.normalize.as_str().to_owned();
                vec![
                    ("metric".to_owned(), metric.text.clone()),
                    ("normalize".to_owned(), normalize),
                ]
            }
            Self::Model(model) => {
                let entries = model.to_container()?.metadata.into_iter();
                entries
                    .map(|(key, value)| (format!("model.{key}"), value))
                    .collect()
            }
        })
    }

    pub(super) fn tensors(&self) -> Result<Vec<(String, Tensor)>> {
        Ok(match self {
            Self::Metric(_) => Vec::new(),
            Self::Model(model) => {
                let tensors = model.to_container()?.tensors.into_iter();
                tensors
                    .map(|(name, tensor)| (format!("model.{name}"), tensor))
                    .collect()
            }
        })
    }

    /// The measure of a file. `tensors` gives those of its model, under their names in the file.
    pub(super) fn read(
        metadata: &BTreeMap<String, String>,
        center: &[f64],
        tensors: impl FnOnce() -> Result<BTreeMap<String, Tensor>>,
    ) -> Result<Self> {
        let as_ours = |e: Error| damaged(e.found(), e.expected());
        if let Some(text) = metadata.get("metric") {
            let normalize = match metadata.get("normalize").map(String::as_str) {
                Some("none") => Normalize::None,
                Some("l2") => Normalize::L2,
                _ => return Err(damaged("another normalisation", "none or l2")),
            };
            let center = (!center.is_empty()).then(|| center.to_vec());
            let metric = StoredMetric::new(text, normalize, center).map_err(as_ours)?;
            if !metric.expression.is_pairwise() {
                return Err(damaged(
                    "a metric that rescales over a list",
                    "one of pairs",
                ));
            }
            return Ok(Self::Metric(Box::new(metric)));
        }
        let own = |(key, value): (&String, &String)| {
            Some((key.strip_prefix("model.")?.to_owned(), value.clone()))
        };
        let metadata: BTreeMap<_, _> = metadata.iter().filter_map(own).collect();
        if metadata.is_empty() {
            return Err(damaged("neither a metric nor a model", "one of them"));
        }
        let tensors = tensors()?.into_iter();
        let own = |(name, tensor): (String, Tensor)| {
            (
                name.strip_prefix("model.").unwrap_or(&name).to_owned(),
                tensor,
            )
        };
        let tensors = tensors.map(own).collect();
        let container = Container { tensors, metadata };
        let (model, _) = Model::from_container(container).map_err(as_ours)?;
        Ok(Self::Model(Arc::new(model)))
    }
}
