//! Templates of several rows each.

use rayon::prelude::*;

use crate::error::Result;
use crate::job::Job;
use crate::jobs::pool::TemplateRows;
use crate::measure::{Mapping, ModelRows};
use crate::models::{Enrolment, Model};
use crate::rows::Embeddings;

/// Enrols templates: template t from the next `sizes[t]` of `rows`, row numbers of the embeddings.
///
/// Errors: `EOPTION` for a model that is not PLDA; `EEMPTY` without templates or for one without
/// rows; `EINDEX` for a row that is not there; `EDIMENSION`, `ENOTFINITE`, `EINPUTCHANGED`,
/// `EABORTED`. Memory: three times the columns of mapped rows for each template.
pub fn enrol_templates(
    embeddings: &Embeddings,
    model: &Model,
    rows: &[u32],
    sizes: &[u32],
    job: &Job,
) -> Result<Vec<Enrolment>> {
    let mapped = ModelRows::new(embeddings, model)?;
    let media = None;
    let ranges = TemplateRows { rows, sizes, media }.ranges(embeddings.rows())?;
    job.begin("templates", sizes.len() as u64);
    embeddings.while_unchanged(|| {
        let enrolled: Vec<Result<Enrolment>> = ranges
            .into_par_iter()
            .map(|range| {
                job.check()?;
                let template = model.enrol(&mapped.map(&rows[range], &Job::new())?)?;
                job.advance(1);
                Ok(template)
            })
            .collect();
        enrolled.into_iter().collect()
    })
}
