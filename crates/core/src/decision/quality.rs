//! The quality of pairs as a part of a decision.
//!
//! Poor images lie near each other, wherever they come from, so the distance to the centroid of poor rows is a
//! quality. Source: Deng, Hou, Xu, Bai & Zhuang, "Harnessing unrecognizable faces for improving face recognition",
//! WACV 2023 (arXiv 2106.04112), who find the poor rows by clusters; here they are the shortest.

use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::rows::{Embeddings, norm};

/// One row of so many is poor.
const POOR: usize = 10;

/// Rows are of one length where the shortest has at least this part of the norm of the longest.
const ONE_LENGTH: f64 = 0.999;

/// The source of the quality of a pair.
#[derive(Clone, Debug, PartialEq)]
pub enum QualitySource {
    /// The natural logarithm of the shorter norm; that of the least positive number for zeros.
    Norm,
    /// 1 − cos between this centroid of poor rows, which is of norm 1, and the row nearer to it: from 0 to 2.
    Centroid(Vec<f64>),
    /// The name of a value that is given for each pair.
    Given(String),
}

impl QualitySource {
    /// Its name for a reader.
    fn name(&self) -> &str {
        match self {
            Self::Norm => "norm",
            Self::Centroid(_) => "centroid",
            Self::Given(name) => name,
        }
    }

    /// The quality of each pair, larger being better: the lower of its rows', or as given.
    ///
    /// Errors: `EINDEX`, `ENOTFINITE`, `EMEMORY`, `EABORTED`; `EDIMENSION` for rows of another width than the centroid;
    /// `EOPTION`, `EDIMENSION` for values that are wanted and not there. Cost: a pass over the rows that occur.
    pub fn values(
        &self,
        embeddings: &Embeddings,
        pairs: (&[u32], &[u32]),
        given: Option<&[f64]>,
        job: &Job,
    ) -> Result<Vec<f64>> {
        match self {
            Self::Norm => Ok(lower(&norms_of(embeddings, pairs, job)?, pairs)),
            Self::Centroid(centroid) => {
                if centroid.len() != embeddings.dim() {
                    let found = format!("rows of {} values", embeddings.dim());
                    let expected = format!("{}, as the centroid of poor rows has", centroid.len());
                    return Err(embeddings.blame(Error::new(Code::Dimension, found, expected)));
                }
                // A row of zeros has no direction, and is as poor as can be.
                let of_rows = qualities(embeddings, pairs, job, &|row, norm| match norm {
                    0.0 => 0.0,
                    _ => {
                        1.0 - row
                            .iter()
                            .zip(centroid)
                            .map(|(x, c)| x / norm * c)
                            .sum::<f64>()
                    }
                })?;
                Ok(lower(&of_rows, pairs))
            }
            Self::Given(name) => {
                let Some(given) = given else {
                    let found = format!("a decision with the quality {name}, and none given");
                    return Err(Error::new(Code::Option, found, "the quality of each pair")
                        .with_hint("Give it with option quality"));
                };
                if given.len() != pairs.0.len() || !given.iter().all(|q| q.is_finite()) {
                    let found = format!("{} qualities for {} pairs", given.len(), pairs.0.len());
                    let expected = "a finite number for each pair";
                    return Err(Error::new(Code::Dimension, found, expected));
                }
                Ok(given.to_vec())
            }
        }
    }
}

/// The quality of a pair, or that times the score of the first part.
#[derive(Clone, Debug, PartialEq)]
pub struct Quality {
    /// Its source.
    pub source: QualitySource,
    /// True for the product with the score.
    pub times_score: bool,
    /// The least and the largest that was seen; others are taken as the nearer of these.
    pub range: (f64, f64),
}

impl Quality {
    /// Its name for a reader.
    pub(super) fn name(&self) -> String {
        let times = if self.times_score { " × score" } else { "" };
        format!("quality {}{times}", self.source.name())
    }

    /// The column of this part, a distance as that of the first part.
    pub(super) fn column(&self, quality: &[f64], first: &[f64]) -> Vec<f64> {
        let of = |(quality, first): (&f64, &f64)| {
            let quality = quality.max(self.range.0).min(self.range.1);
            match self.times_score {
                true => quality * first,
                false => -quality,
            }
        };
        quality.iter().zip(first).map(of).collect()
    }
}

/// The quality of pairs by the norms of their rows, where these differ.
///
/// Errors: `EOPTION` for rows of one length; those of [`QualitySource::values`].
pub fn pair_norms(embeddings: &Embeddings, pairs: (&[u32], &[u32]), job: &Job) -> Result<Vec<f64>> {
    let of_rows = norms_of(embeddings, pairs, job)?;
    // A row in no pair is NaN, which neither end takes.
    let least = of_rows.iter().copied().fold(f64::INFINITY, f64::min);
    let most = of_rows.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    match least < most + ONE_LENGTH.ln() {
        true => Ok(lower(&of_rows, pairs)),
        false => Err(one_length(embeddings, least.exp(), most.exp())),
    }
}

/// The logarithm of the norm of each row that occurs.
fn norms_of(embeddings: &Embeddings, pairs: (&[u32], &[u32]), job: &Job) -> Result<Vec<f64>> {
    let logarithm = |_: &[f64], norm: f64| libm::log(norm.max(f64::MIN_POSITIVE));
    qualities(embeddings, pairs, job, &logarithm)
}

/// The error for rows whose norms say nothing of their quality.
fn one_length(embeddings: &Embeddings, least: f64, most: f64) -> Error {
    let found = format!("rows of one length, {least} to {most}");
    let expected = "rows as a network gives them, of which poor ones are short";
    let hint = "Give a file of qualities, or take the rows before they are normalised";
    embeddings.blame(Error::new(Code::Option, found, expected).with_hint(hint))
}

/// The lower quality of both rows of each pair.
fn lower(of_rows: &[f64], (index1, index2): (&[u32], &[u32])) -> Vec<f64> {
    let pairs = index1.iter().zip(index2);
    pairs
        .map(|(a, b)| of_rows[*a as usize].min(of_rows[*b as usize]))
        .collect()
}

/// The quality of each row that occurs, by the row and its norm; NaN for others.
fn qualities(
    embeddings: &Embeddings,
    (index1, index2): (&[u32], &[u32]),
    job: &Job,
    of: &dyn Fn(&[f64], f64) -> f64,
) -> Result<Vec<f64>> {
    let rows = embeddings.rows();
    let mut qualities = crate::job::memory::filled("qualities", rows, f64::NAN)?;
    let mut row = crate::job::memory::filled("a row", embeddings.dim(), 0.0)?;
    for (pair, (a, b)) in index1.iter().zip(index2).enumerate() {
        if pair % 4096 == 0 {
            job.check()?;
        }
        for index in [*a as usize, *b as usize] {
            if index >= rows {
                let found = format!("row {index}");
                let expected = format!("a row below {rows}");
                return Err(Error::new(Code::Index, found, expected).with_row(pair));
            }
            if qualities[index].is_nan() {
                let norm = read(embeddings, index, &mut row)?;
                qualities[index] = of(&row, norm);
            }
        }
    }
    Ok(qualities)
}

/// Reads a row; its norm, which is finite.
fn read(embeddings: &Embeddings, index: usize, row: &mut [f64]) -> Result<f64> {
    embeddings.read_rows(index, row)?;
    let norm = norm(row);
    match norm.is_finite() {
        true => Ok(norm),
        false => {
            let found = format!("a norm of {norm}");
            let error = Error::new(Code::NotFinite, found, "finite numbers").with_row(index);
            Err(embeddings.blame(error))
        }
    }
}

/// The centroid of poor rows, d numbers of norm 1: the mean direction of the shortest tenth of the rows, at least one.
/// Rows of zeros have no direction and take no part. It needs no labels.
///
/// Errors: `EOPTION` for rows of one length, or whose poor ones have no common direction; `ENOTFINITE`, `EMEMORY`,
/// `EABORTED`. Cost: a pass over all rows and a second over the poor ones; 16 n bytes.
pub fn poor_centroid(embeddings: &Embeddings, job: &Job) -> Result<Vec<f64>> {
    let (rows, dim) = (embeddings.rows(), embeddings.dim());
    let mut row = crate::job::memory::filled("a row", dim, 0.0)?;
    let mut norms = crate::job::memory::filled("norms", rows, 0.0)?;
    for (index, norm) in norms.iter_mut().enumerate() {
        if index % 4096 == 0 {
            job.check()?;
        }
        *norm = read(embeddings, index, &mut row)?;
    }
    let directed = |norm: &f64| *norm > 0.0;
    let mut sorted: Vec<f64> = norms.iter().copied().filter(directed).collect();
    if sorted.is_empty() {
        return Err(one_length(embeddings, 0.0, 0.0));
    }
    let poor = (sorted.len() / POOR).max(1);
    sorted.sort_unstable_by(f64::total_cmp);
    let (bound, longest) = (sorted[poor - 1], sorted[sorted.len() - 1]);
    if bound >= ONE_LENGTH * longest {
        return Err(one_length(embeddings, bound, longest));
    }
    let mut centroid = crate::job::memory::filled("a centroid", dim, 0.0)?;
    let poor = |norm: f64| norm > 0.0 && norm <= bound;
    for (index, norm) in norms.iter().enumerate().filter(|(_, norm)| poor(**norm)) {
        if index % 4096 == 0 {
            job.check()?;
        }
        embeddings.read_rows(index, &mut row)?;
        centroid
            .iter_mut()
            .zip(&row)
            .for_each(|(sum, x)| *sum += x / norm);
    }
    let length = norm(&centroid);
    if length == 0.0 {
        let found = "poor rows whose directions cancel";
        let error = Error::new(Code::Option, found, "poor rows that are alike");
        return Err(embeddings.blame(error));
    }
    centroid.iter_mut().for_each(|x| *x /= length);
    Ok(centroid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: &[&[f64]]) -> Embeddings {
        Embeddings::from_doubles(rows.concat(), rows.len(), rows[0].len()).expect("rows")
    }

    #[test]
    fn the_centroid_is_the_mean_direction_of_the_shortest_tenth() {
        // Of twenty rows two are short: (.3, .4) and (0, .2), whose directions sum to (.6, 1.8).
        let mut rows = vec![vec![3.0, -4.0]; 17];
        rows.extend([vec![0.3, 0.4], vec![0.0, 0.2], vec![0.0, 0.0]]);
        let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let job = Job::new();
        let centroid = poor_centroid(&of(&rows), &job).expect("a centroid");
        // 19 rows have a direction, so one is poor: (0, .2).
        assert_eq!(centroid, [0.0, 1.0]);
        let more: Vec<&[f64]> = rows.iter().copied().chain([rows[0]]).collect();
        let centroid = poor_centroid(&of(&more), &job).expect("a centroid");
        let length = 0.6f64.hypot(1.8);
        assert!(
            (centroid[0] - 0.6 / length).abs() < 1e-15
                && (centroid[1] - 1.8 / length).abs() < 1e-15
        );
        let quality = QualitySource::Centroid(centroid.clone());
        let values = quality.values(&of(&more), (&[0, 17, 0, 19], &[1, 0, 0, 0]), None, &job);
        let from = |row: &[f64]| {
            1.0 - (row[0] * centroid[0] + row[1] * centroid[1]) / row[0].hypot(row[1])
        };
        let expected = [from(more[0]), from(more[17]), from(more[0]), 0.0];
        for (found, expected) in values.expect("qualities").iter().zip(expected) {
            assert!((found - expected).abs() < 1e-15);
        }
    }

    #[test]
    fn rows_that_tell_nothing_are_refused() {
        let job = Job::new();
        for rows in [
            &[&[1.0, 0.0][..], &[0.0, 1.0]][..],
            &[&[0.0, 0.0]],
            &[&[2.0, 1.0]],
        ] {
            let error = poor_centroid(&of(rows), &job).expect_err("refused");
            assert_eq!(error.code(), Code::Option);
            let error = pair_norms(&of(rows), (&[0], &[0]), &job).expect_err("refused");
            assert_eq!(error.code(), Code::Option);
        }
        let error = poor_centroid(&of(&[&[f64::NAN], &[1.0]]), &job).expect_err("refused");
        assert_eq!(error.code(), Code::NotFinite);
        let other = QualitySource::Centroid(vec![1.0]);
        let error = other.values(&of(&[&[1.0, 2.0]]), (&[0], &[0]), None, &job);
        assert_eq!(error.expect_err("refused").code(), Code::Dimension);
    }

    #[test]
    fn rows_differ_in_length_where_the_shortest_is_in_every_pair() {
        let rows = of(&[&[1.0, 0.0], &[3.0, 4.0], &[0.0, 7.0]]);
        let norms = pair_norms(&rows, (&[0, 0], &[1, 2]), &Job::new());
        assert_eq!(norms.expect("norms"), [0.0, 0.0]);
    }

    #[test]
    fn qualities_by_rows_are_right_at_every_scale() {
        let job = Job::new();
        for exponent in [-200, 0, 200] {
            let scale = 10f64.powi(exponent);
            let rows = of(&[&[3.0 * scale, 4.0 * scale], &[0.0, scale]]);
            let norms = pair_norms(&rows, (&[0, 0], &[0, 1]), &job);
            let norms = norms.expect("norms");
            assert!((norms[0] - (5.0 * scale).ln()).abs() < 1e-12);
            assert!((norms[1] - scale.ln()).abs() < 1e-12);
            let centroid = poor_centroid(&rows, &job).expect("a centroid");
            assert_eq!(centroid, [0.0, 1.0]);
            let quality = QualitySource::Centroid(centroid);
            let found = quality
                .values(&rows, (&[0, 0], &[0, 1]), None, &job)
                .expect("qualities");
            assert!((found[0] - 0.2).abs() < 1e-15 && found[1].abs() < 1e-15);
        }
    }
}
