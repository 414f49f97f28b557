//! The quality of pairs as a part of a decision.

use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::rows::Embeddings;

/// The quality of a pair, or that times the score of the first part.
#[derive(Clone, Debug, PartialEq)]
pub struct Quality {
    /// `None` for the norm; else the name of what is given for each pair.
    pub given: Option<String>,
    /// True for the product with the score.
    pub times_score: bool,
    /// The least and the largest that was seen; others are taken as the nearer of these.
    pub range: (f64, f64),
}

impl Quality {
    /// Its name for a reader.
    pub(super) fn name(&self) -> String {
        let name = self.given.as_deref().unwrap_or("norm");
        let times = if self.times_score { " × score" } else { "" };
        format!("quality {name}{times}")
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

    /// The quality of each pair: those given, or the norms of the rows.
    pub(super) fn values(
        &self,
        embeddings: &Embeddings,
        (index1, index2): (&[u32], &[u32]),
        given: Option<&[f64]>,
        job: &Job,
    ) -> Result<Vec<f64>> {
        let Some(name) = &self.given else {
            return pair_norms(embeddings, index1, index2, job);
        };
        let Some(given) = given else {
            let found = format!("a decision with the quality {name}, and none given");
            return Err(Error::new(Code::Option, found, "the quality of each pair")
                .with_hint("Give it with option quality"));
        };
        if given.len() != index1.len() || !given.iter().all(|q| q.is_finite()) {
            let found = format!("{} qualities for {} pairs", given.len(), index1.len());
            return Err(Error::new(
                Code::Dimension,
                found,
                "a finite number for each pair",
            ));
        }
        Ok(given.to_vec())
    }
}

/// The quality of pairs of rows by their norms: the logarithm of the shorter. A row of zeros has that of the least
/// positive number.
///
/// Errors: `EINDEX`, `ENOTFINITE`, `EMEMORY`, `EABORTED`. Cost: a pass over the rows that occur.
pub fn pair_norms(
    embeddings: &Embeddings,
    index1: &[u32],
    index2: &[u32],
    job: &Job,
) -> Result<Vec<f64>> {
    let rows = embeddings.rows();
    let mut logarithms = crate::job::memory::filled("norms", rows, f64::NAN)?;
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
            if logarithms[index].is_nan() {
                embeddings.read_rows(index, &mut row)?;
                let norm = row.iter().map(|x| x * x).sum::<f64>().sqrt();
                if !norm.is_finite() {
                    let found = format!("a norm of {norm}");
                    return Err(
                        Error::new(Code::NotFinite, found, "finite numbers").with_row(index)
                    );
                }
                logarithms[index] = libm::log(norm.max(f64::MIN_POSITIVE));
            }
        }
    }
    let pairs = index1.iter().zip(index2);
    let shorter = |(a, b): (&u32, &u32)| logarithms[*a as usize].min(logarithms[*b as usize]);
    Ok(pairs.map(shorter).collect())
}
