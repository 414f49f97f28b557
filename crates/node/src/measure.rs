//! What distances are measured by, as JavaScript says it.

use std::sync::Arc;

use hackface_core::measure::Measure;
use hackface_core::models::Model;
use hackface_core::{Code, Embeddings, Error, Result};

use crate::embeddings::NativeEmbeddings;
use crate::model::NativeModel;
use crate::score::{NativeScoreOptions, Request};

/// A metric or a model, held for a call in the background.
pub(crate) enum OwnedMeasure {
    Metric {
        request: Box<Request>,
        reference: Option<Arc<Embeddings>>,
    },
    Model(Arc<Model>),
}

impl OwnedMeasure {
    /// One of the two.
    pub(crate) fn read(
        metric: Option<NativeScoreOptions>,
        reference: Option<&NativeEmbeddings>,
        model: Option<&NativeModel>,
    ) -> Result<Self> {
        match (metric, model) {
            (Some(options), None) => Ok(Self::Metric {
                request: Box::new(Request::read(options)?),
                reference: reference.map(|r| r.get().cloned()).transpose()?,
            }),
            (None, Some(model)) => Ok(Self::Model(Arc::clone(&model.inner))),
            _ => Err(Error::new(
                Code::Option,
                "both or neither of a metric and a model",
                "one of the two",
            )),
        }
    }

    /// Calls `run` with the measure.
    pub(crate) fn with<R>(&self, run: impl FnOnce(Measure<'_>) -> Result<R>) -> Result<R> {
        match self {
            Self::Metric { request, reference } => {
                run(Measure::Metric(&request.options(reference.as_deref())))
            }
            Self::Model(model) => run(Measure::Model(model)),
        }
    }
}
