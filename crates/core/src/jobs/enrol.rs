//! Templates of several rows each.

use std::ops::Range;

use rayon::prelude::*;

use crate::error::{Code, Error, Result};
use crate::job::Job;
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
    let ranges = ranges(sizes, rows.len())?;
    let n = embeddings.rows();
    let beyond = rows.iter().position(|row| *row as usize >= n);
    if let Some((at, template)) =
        beyond.and_then(|at| Some((at, ranges.iter().position(|r| r.contains(&at))?)))
    {
        let found = format!("row {} in template {template}", rows[at]);
        return Err(Error::new(Code::Index, found, format!("a row below {n}")));
    }
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
