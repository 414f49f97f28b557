//! Templates of several rows each.

use std::sync::Arc;

use hackface_core::jobs::enrol::enrol_templates;
use hackface_core::jobs::pool::{OverMedia, Pooling, TemplateRows, pool};
use hackface_core::models::{Enrolment, Model};
use napi::Env;
use napi::bindgen_prelude::Uint32ArraySlice;
use napi_derive::napi;

use crate::background::{Promised, plain, start};
use crate::embeddings::NativeEmbeddings;
use crate::job::NativeJob;
use crate::model::NativeModel;
use crate::options::{choice, set};

/// Templates with the model that enrolled them.
#[napi]
pub struct NativeEnrolment {
    model: Arc<Model>,
    templates: Arc<Vec<Enrolment>>,
}

impl NativeEnrolment {
    pub(crate) fn get(&self) -> (Arc<Model>, Arc<Vec<Enrolment>>) {
        (Arc::clone(&self.model), Arc::clone(&self.templates))
    }
}

plain!(NativeEnrolment);

/// Rows of templates, one template after the other.
#[napi(object, object_to_js = false)]
pub struct NativeTemplates<'env> {
    pub rows: Uint32ArraySlice<'env>,
    /// Rows of each template.
    pub sizes: Uint32ArraySlice<'env>,
}

/// Enrols template t from the next `sizes[t]` of `rows`, in the background.
#[napi(catch_unwind, ts_return_type = "Promise<NativeEnrolment>")]
pub fn enrol<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    model: &NativeModel,
    templates: NativeTemplates<'_>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || {
        let (rows, sizes) = (templates.rows.to_vec(), templates.sizes.to_vec());
        Ok((embeddings.share()?, model.get(), rows, sizes))
    };
    start(env, "enrol", job, check, |given, job| {
        let (embeddings, model, rows, sizes) = given;
        let templates = enrol_templates(&embeddings, &model, &rows, &sizes, job)?;
        let templates = Arc::new(templates);
        Ok(NativeEnrolment { model, templates })
    })
}

/// How the rows of a template become one; the core decides what is absent.
#[napi(object, object_to_js = false)]
pub struct NativePooling<'env> {
    /// The medium of each row of the templates; absent where each row is one.
    pub media: Option<Uint32ArraySlice<'env>>,
    /// `mean` or `sum` of the means of the media.
    pub over_media: Option<String>,
    /// Power of its norm that a row counts with.
    pub norm_power: Option<f64>,
}

/// A row for each template, in the background.
#[napi(catch_unwind, ts_return_type = "Promise<NativeEmbeddings>")]
pub fn pool_templates<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    templates: NativeTemplates<'_>,
    pooling: NativePooling<'_>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || {
        let words = [("mean", OverMedia::Mean), ("sum", OverMedia::Sum)];
        let mut asked = Pooling::default();
        set(
            &mut asked.media,
            choice("overMedia", &pooling.over_media, &words)?,
        );
        set(&mut asked.norm_power, pooling.norm_power);
        let media = pooling.media.map(|media| media.to_vec());
        let (rows, sizes) = (templates.rows.to_vec(), templates.sizes.to_vec());
        Ok((embeddings.share()?, (rows, sizes, media), asked))
    };
    start(env, "poolTemplates", job, check, |given, job| {
        let (embeddings, (rows, sizes, media), pooling) = given;
        let (rows, sizes) = (&rows, &sizes);
        let media = media.as_deref();
        pool(
            &embeddings,
            &TemplateRows { rows, sizes, media },
            &pooling,
            job,
        )
    })
}
