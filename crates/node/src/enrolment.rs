//! Templates of several rows each.

use std::sync::Arc;

use hackface_core::jobs::enrol::{enrol_templates, mean_templates};
use hackface_core::models::{Enrolment, Model};
use napi::Env;
use napi::bindgen_prelude::Uint32ArraySlice;
use napi_derive::napi;

use crate::background::{Promised, plain, start};
use crate::embeddings::NativeEmbeddings;
use crate::job::NativeJob;
use crate::model::NativeModel;

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
    threads: Option<u32>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || {
        let (rows, sizes) = (templates.rows.to_vec(), templates.sizes.to_vec());
        Ok((embeddings.share()?, model.get(), rows, sizes))
    };
    start(env, "enrol", job, threads, check, |given, job| {
        let (embeddings, model, rows, sizes) = given;
        let templates = enrol_templates(&embeddings, &model, &rows, &sizes, job)?;
        let templates = Arc::new(templates);
        Ok(NativeEnrolment { model, templates })
    })
}

/// A row for each template, in the background: the mean of the next `sizes[t]` of `rows`.
#[napi(catch_unwind, ts_return_type = "Promise<NativeEmbeddings>")]
pub fn mean_templates_of<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    templates: NativeTemplates<'_>,
    threads: Option<u32>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || {
        let (rows, sizes) = (templates.rows.to_vec(), templates.sizes.to_vec());
        Ok((embeddings.share()?, rows, sizes))
    };
    start(env, "meanTemplatesOf", job, threads, check, |given, job| {
        let (embeddings, rows, sizes) = given;
        mean_templates(&embeddings, &rows, &sizes, job)
    })
}
