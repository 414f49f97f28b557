//! Templates pooled to one row each, from the media that show a person.

use std::collections::HashMap;
use std::ops::Range;

use rayon::prelude::*;

use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::job::memory::filled;
use crate::rows::{Embeddings, norm, require_finite};

/// The rows of templates, one template behind the other.
#[derive(Clone, Copy, Debug)]
pub struct TemplateRows<'a> {
    /// Row numbers of the embeddings: template t has the next `sizes[t]` of them.
    pub rows: &'a [u32],
    /// Rows of each template, at least one.
    pub sizes: &'a [u32],
    /// The medium of each of `rows`, such as the video of a frame, told by any number that differs
    /// within a template; absent where each row is a medium of its own.
    pub media: Option<&'a [u32]>,
}

/// How the rows of a template become one.
///
/// A row x counts as ‖x‖^(β−1) x. The rows of a medium become their mean, and the means of the media
/// their mean or their sum, so that a long video counts as much as a photograph.
///
/// Source: Klare et al., Pushing the Frontiers of Unconstrained Face Detection and Recognition (2015), for
/// templates; Whitelam et al., IARPA Janus Benchmark-B (2017), and the scripts of InsightFace for media.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pooling {
    /// From means of media to a template.
    pub media: OverMedia,
    /// β, a finite number: 1 takes rows as they are, so that a longer one weighs more; 0 takes unit rows.
    pub norm_power: f64,
}

/// From means of media to a template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OverMedia {
    /// Their mean.
    #[default]
    Mean,
    /// Their sum.
    Sum,
}

impl Default for Pooling {
    /// The mean of the means of rows as they are.
    fn default() -> Self {
        Self {
            media: OverMedia::Mean,
            norm_power: 1.0,
        }
    }
}

/// A row for each template, in double precision; sums are taken in the order of the rows.
///
/// Errors: `EOPTION` for a power that is not finite; `EEMPTY` without templates or for one without rows;
/// `EINDEX` for a row that is not there; `EDIMENSION`; `EDOMAIN` for a row of zeros that is to have a norm;
/// `ENOTFINITE`, `EINPUTCHANGED`, `EABORTED`. Memory: the templates, and for each thread the media of one.
pub fn pool(
    embeddings: &Embeddings,
    templates: &TemplateRows<'_>,
    pooling: &Pooling,
    job: &Job,
) -> Result<Embeddings> {
    if !pooling.norm_power.is_finite() {
        let found = format!("the power {} of a norm", pooling.norm_power);
        return Err(Error::new(Code::Option, found, "a finite number"));
    }
    let ranges = templates.ranges(embeddings.rows())?;
    let (count, dim) = (ranges.len(), embeddings.dim());
    job.begin("templates", count as u64);
    let mut values = filled("templates", count.saturating_mul(dim), 0.0)?;
    let pooled = values.par_chunks_mut(dim).zip(ranges).map(|(out, range)| {
        job.check()?;
        templates.pool(embeddings, range, pooling, out)?;
        job.advance(1);
        Ok(())
    });
    embeddings.while_unchanged(|| {
        let pooled: Vec<Result<()>> = pooled.collect();
        pooled.into_iter().collect::<Result<()>>()
    })?;
    Embeddings::from_doubles(values, count, dim)
}

impl TemplateRows<'_> {
    /// Pools the template of a range of `rows` into `out`, which is zero.
    fn pool(
        &self,
        embeddings: &Embeddings,
        range: Range<usize>,
        pooling: &Pooling,
        out: &mut [f64],
    ) -> Result<()> {
        let first = self.rows[range.start] as usize;
        let mut row = vec![0.0; out.len()];
        let mut media: Vec<(Vec<f64>, f64)> = vec![];
        let (mut places, size) = (HashMap::new(), range.len());
        for at in range {
            let number = self.rows[at] as usize;
            embeddings.read_rows(number, &mut row)?;
            require_finite(&row, number).map_err(|e| embeddings.blame(e))?;
            weigh(&mut row, pooling.norm_power, number).map_err(|e| embeddings.blame(e))?;
            let Some(of_row) = self.media else {
                add(out, &row);
                continue;
            };
            let place = *places.entry(of_row[at]).or_insert(media.len());
            match media.get_mut(place) {
                None => media.push((row.clone(), 1.0)),
                Some((sum, count)) => {
                    add(sum, &row);
                    *count += 1.0;
                }
            }
        }
        for (sum, count) in &mut media {
            sum.iter_mut().for_each(|value| *value /= *count);
            add(out, sum);
        }
        if pooling.media == OverMedia::Mean {
            let count = if self.media.is_some() {
                media.len()
            } else {
                size
            };
            out.iter_mut().for_each(|sum| *sum /= count as f64);
        }
        require_finite(out, first).map_err(|e| embeddings.blame(e))
    }

    /// The rows of each template, by their places in `rows`.
    pub(super) fn ranges(&self, rows: usize) -> Result<Vec<Range<usize>>> {
        if self.sizes.is_empty() {
            return Err(Error::new(Code::Empty, "no templates", "at least one"));
        }
        if let Some(template) = self.sizes.iter().position(|size| *size == 0) {
            let found = format!("template {template} without rows");
            return Err(Error::new(Code::Empty, found, "at least one row"));
        }
        let mut end = 0;
        let ranges = self.sizes.iter().map(|size| {
            let start = end;
            end += *size as usize;
            start..end
        });
        let ranges: Vec<Range<usize>> = ranges.collect();
        let media = self.media.map_or(end, <[u32]>::len);
        if end != self.rows.len() || end != media {
            let found = format!("{} rows for templates of {end}", self.rows.len().min(media));
            return Err(Error::new(Code::Dimension, found, "as many of each"));
        }
        if let Some(at) = self.rows.iter().position(|row| *row as usize >= rows) {
            let template = ranges.iter().position(|range| range.contains(&at));
            let found = format!(
                "row {} in template {}",
                self.rows[at],
                template.unwrap_or(0)
            );
            return Err(Error::new(
                Code::Index,
                found,
                format!("a row below {rows}"),
            ));
        }
        Ok(ranges)
    }
}

/// Gives a row the weight of a power of its norm.
fn weigh(row: &mut [f64], power: f64, number: usize) -> Result<()> {
    if power == 1.0 {
        return Ok(());
    }
    let norm = norm(row);
    if norm == 0.0 {
        let error = Error::new(Code::Domain, "a row of zeros", "a row with a norm");
        return Err(error.with_row(number));
    }
    let weight = if power == 0.0 {
        1.0
    } else {
        libm::pow(norm, power)
    };
    row.iter_mut()
        .for_each(|value| *value = *value / norm * weight);
    Ok(())
}

fn add(sum: &mut [f64], row: &[f64]) {
    sum.iter_mut()
        .zip(row)
        .for_each(|(sum, value)| *sum += value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Lcg;

    const ROWS: usize = 40;
    const DIM: usize = 5;

    fn rows() -> Embeddings {
        let mut draw = Lcg(31);
        let values = (0..ROWS * DIM).map(|_| 3.0 * draw.single()).collect();
        Embeddings::from_vec(values, ROWS, DIM).expect("rows")
    }

    fn values(pooled: &Embeddings) -> Vec<f64> {
        let mut values = vec![0.0; pooled.rows() * pooled.dim()];
        pooled.read_rows(0, &mut values).expect("in memory");
        values
    }

    /// By the definition: all rows of a medium looked up, medium by medium.
    fn twin(embeddings: &Embeddings, list: &[(u32, u32, u32)], pooling: &Pooling) -> Vec<f64> {
        let row = |number: u32| {
            let mut row = vec![0.0; DIM];
            embeddings
                .read_rows(number as usize, &mut row)
                .expect("row");
            let length = row.iter().map(|v| v * v).sum::<f64>().sqrt();
            let factor = length.powf(pooling.norm_power - 1.0);
            row.into_iter().map(|v| v * factor).collect::<Vec<f64>>()
        };
        let mean = |rows: &[Vec<f64>]| -> Vec<f64> {
            let sum = |j: usize| rows.iter().map(|row| row[j]).sum::<f64>();
            (0..DIM).map(|j| sum(j) / rows.len() as f64).collect()
        };
        let templates = list.iter().map(|(template, ..)| *template).max().unwrap() + 1;
        let template = |template: u32| {
            let of = || list.iter().filter(move |(t, ..)| *t == template);
            let mut media: Vec<u32> = of().map(|(_, medium, _)| *medium).collect();
            media.sort_unstable();
            media.dedup();
            let means: Vec<Vec<f64>> = (media.iter())
                .map(|medium| {
                    let rows = of().filter(|(_, m, _)| m == medium);
                    mean(&rows.map(|(.., number)| row(*number)).collect::<Vec<_>>())
                })
                .collect();
            let factor = match pooling.media {
                OverMedia::Mean => 1.0,
                OverMedia::Sum => means.len() as f64,
            };
            mean(&means)
                .into_iter()
                .map(move |v| v * factor)
                .collect::<Vec<f64>>()
        };
        (0..templates).flat_map(template).collect()
    }

    #[test]
    fn media_are_means_and_templates_means_or_sums_of_them() {
        let (embeddings, job) = (rows(), Job::new());
        // Template t has rows of media that others have, too; one row is in two templates.
        let mut list: Vec<(u32, u32, u32)> = (0..ROWS as u32)
            .map(|row| (row % 6, row * row % 4, row))
            .collect();
        list.push((2, 9, 0));
        list.sort_unstable_by_key(|(template, ..)| *template);
        let numbers: Vec<u32> = list.iter().map(|(.., row)| *row).collect();
        let media: Vec<u32> = list.iter().map(|(_, medium, _)| *medium).collect();
        let size = |template| list.iter().filter(|(t, ..)| *t == template).count() as u32;
        let sizes: Vec<u32> = (0..6).map(size).collect();
        let alone: Vec<(u32, u32, u32)> = (list.iter().zip(0..))
            .map(|((t, _, row), place)| (*t, place, *row))
            .collect();
        for over in [OverMedia::Mean, OverMedia::Sum] {
            for norm_power in [1.0, 0.0, 2.0, -0.5] {
                let pooling = Pooling {
                    media: over,
                    norm_power,
                };
                for (list, media) in [(&list, Some(&media[..])), (&alone, None)] {
                    let templates = TemplateRows {
                        rows: &numbers,
                        sizes: &sizes,
                        media,
                    };
                    let found =
                        values(&pool(&embeddings, &templates, &pooling, &job).expect("templates"));
                    let expected = twin(&embeddings, list, &pooling);
                    assert_eq!(found.len(), expected.len());
                    let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-12 * (1.0 + b.abs());
                    assert!(
                        found.iter().zip(&expected).all(near),
                        "{pooling:?} {media:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_pooled_is_refused() {
        let embeddings = Embeddings::from_vec(vec![1.0, 2.0, 0.0, 0.0], 2, 2).expect("rows");
        let code = |rows: &[u32], sizes: &[u32], media: Option<&[u32]>, norm_power: f64| {
            let templates = TemplateRows { rows, sizes, media };
            let pooling = Pooling {
                norm_power,
                ..Pooling::default()
            };
            pool(&embeddings, &templates, &pooling, &Job::new())
                .err()
                .map(|e| e.code())
        };
        assert_eq!(code(&[0, 1], &[2], None, 1.0), None);
        assert_eq!(code(&[0, 1], &[2], None, 0.0), Some(Code::Domain));
        assert_eq!(code(&[0], &[1], None, f64::NAN), Some(Code::Option));
        assert_eq!(code(&[], &[], None, 1.0), Some(Code::Empty));
        assert_eq!(code(&[0], &[1, 0], None, 1.0), Some(Code::Empty));
        assert_eq!(code(&[2], &[1], None, 1.0), Some(Code::Index));
        assert_eq!(code(&[0, 1], &[1], None, 1.0), Some(Code::Dimension));
        assert_eq!(code(&[0, 1], &[2], Some(&[0]), 1.0), Some(Code::Dimension));
    }
}
