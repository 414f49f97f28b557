//! Templates of several rows each.

use std::ops::Range;

use rayon::prelude::*;

use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::jobs::search::templates::means;
use crate::measure::ModelRows;
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
    let members = members(embeddings, rows, sizes)?;
    job.begin("templates", sizes.len() as u64);
    embeddings.while_unchanged(|| {
        let enrolled: Vec<Result<Enrolment>> = members
            .into_par_iter()
            .map(|rows| {
                job.check()?;
                let template = model.enrol(&mapped.map(rows, &Job::new())?)?;
                job.advance(1);
                Ok(template)
            })
            .collect();
        enrolled.into_iter().collect()
    })
}

/// A row for each template: the mean of the next `sizes[t]` of `rows`, in double precision.
///
/// Rows are taken as they are, so a longer one weighs more under a metric that ignores length.
///
/// Errors: those of [`enrol_templates`]. Memory: the templates.
pub fn mean_templates(
    embeddings: &Embeddings,
    rows: &[u32],
    sizes: &[u32],
    job: &Job,
) -> Result<Embeddings> {
    means(embeddings, &members(embeddings, rows, sizes)?, job)
}

/// The rows of each template.
fn members<'a>(embeddings: &Embeddings, rows: &'a [u32], sizes: &[u32]) -> Result<Vec<&'a [u32]>> {
    let ranges = ranges(sizes, rows.len())?;
    let n = embeddings.rows();
    let beyond = rows.iter().position(|row| *row as usize >= n);
    if let Some((at, template)) =
        beyond.and_then(|at| Some((at, ranges.iter().position(|r| r.contains(&at))?)))
    {
        let found = format!("row {} in template {template}", rows[at]);
        return Err(Error::new(Code::Index, found, format!("a row below {n}")));
    }
    Ok(ranges.into_iter().map(|range| &rows[range]).collect())
}

fn ranges(sizes: &[u32], rows: usize) -> Result<Vec<Range<usize>>> {
    if sizes.is_empty() {
        return Err(Error::new(Code::Empty, "no templates", "at least one"));
    }
    if let Some(template) = sizes.iter().position(|size| *size == 0) {
        let found = format!("template {template} without rows");
        return Err(Error::new(Code::Empty, found, "at least one row"));
    }
    let mut end = 0;
    let ranges = sizes.iter().map(|size| {
        let start = end;
        end += *size as usize;
        start..end
    });
    let ranges: Vec<Range<usize>> = ranges.collect();
    if end != rows {
        let found = format!("{rows} rows for templates of {end}");
        return Err(Error::new(Code::Dimension, found, "as many of each"));
    }
    Ok(ranges)
}
