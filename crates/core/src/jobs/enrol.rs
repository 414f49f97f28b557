//! Templates of several rows each, and their distances to rows.

use std::ops::Range;

use rayon::prelude::*;

use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::jobs::score_model::prepare;
use crate::models::{Enrolment, Model};
use crate::rows::Embeddings;

const PAIRS_PER_TASK: usize = 1024;

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
    check(embeddings, model)?;
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
    let enrolled: Vec<Result<Enrolment>> = ranges
        .into_par_iter()
        .map(|range| {
            job.check()?;
            let template = model.enrol(&prepare(embeddings, &rows[range], model, &Job::new())?)?;
            job.advance(1);
            Ok(template)
        })
        .collect();
    embeddings.check_unchanged()?;
    enrolled.into_iter().collect()
}

fn check(embeddings: &Embeddings, model: &Model) -> Result<()> {
    model
        .check_dim(embeddings.dim())
        .map_err(|e| embeddings.blame(e))?;
    if let Some(file) = embeddings.file() {
        file.arm();
    }
    Ok(())
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

/// Distances of the pairs (template `index1[i]`, row `index2[i]`), smaller is more alike: the
/// negated log-likelihood ratio of the row and all rows of the template being of one class.
///
/// Each row that occurs is mapped once. Errors: `EINDEX` for a template or row that is not there,
/// and those of [`crate::jobs::score_model::score_pairs_by_model`].
pub fn score_enrolled(
    embeddings: &Embeddings,
    model: &Model,
    templates: &[Enrolment],
    index1: &[u32],
    index2: &[u32],
    job: &Job,
) -> Result<Vec<f64>> {
    check(embeddings, model)?;
    let beyond = |index: &[u32], count: usize| index.iter().position(|i| *i as usize >= count);
    if index1.len() != index2.len() {
        let found = format!("{} templates and {} rows", index1.len(), index2.len());
        return Err(Error::new(Code::Dimension, found, "as many of each"));
    }
    if index1.is_empty() {
        return Err(Error::new(Code::Empty, "no pairs", "at least one"));
    }
    for (what, index, count) in [
        ("template", index1, templates.len()),
        ("row", index2, embeddings.rows()),
    ] {
        if let Some(pair) = beyond(index, count) {
            let found = format!("{what} {} in pair {pair}", index[pair]);
            return Err(Error::new(
                Code::Index,
                found,
                format!("a {what} below {count}"),
            ));
        }
    }
    let mut place = vec![u32::MAX; embeddings.rows()];
    let mut rows = Vec::new();
    for row in index2 {
        let place = &mut place[*row as usize];
        if *place == u32::MAX {
            *place = rows.len() as u32;
            rows.push(*row);
        }
    }
    let prepared = prepare(embeddings, &rows, model, job)?;
    let width = model.projected_dim();
    job.begin("pairs", index1.len() as u64);
    let mut distances = vec![0.0; index1.len()];
    distances
        .par_chunks_mut(PAIRS_PER_TASK)
        .zip(index1.par_chunks(PAIRS_PER_TASK))
        .zip(index2.par_chunks(PAIRS_PER_TASK))
        .map(|((out, templates_of), rows)| {
            job.check()?;
            for ((out, template), row) in out.iter_mut().zip(templates_of).zip(rows) {
                let at = place[*row as usize] as usize * width;
                *out = templates[*template as usize].distance(&prepared[at..at + width])?;
            }
            job.advance(out.len() as u64);
            Ok(())
        })
        .collect::<Result<Vec<()>>>()?;
    embeddings.check_unchanged()?;
    Ok(distances)
}
