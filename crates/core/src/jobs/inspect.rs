//! A look at a matrix before any work: norms, zeros and bad rows, in one pass.

use rayon::prelude::*;

use crate::error::Result;
use crate::job::Job;
use crate::job::memory::filled;
use crate::rows::{Embeddings, norm};

/// Health of the rows of a matrix. Non-finite rows are counted, not refused.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowsReport {
    /// Rows with a NaN or an infinity.
    pub non_finite_rows: usize,
    /// First such cell: row and column.
    pub first_non_finite: Option<(usize, usize)>,
    /// Rows of zeros only.
    pub zero_rows: usize,
    /// Smallest, median and largest Euclidean norm of the finite rows, if there are any. The median
    /// of an even number is the mean of the middle two.
    pub norms: Option<[f64; 3]>,
}

/// Rows read at a time.
const BLOCK: usize = 256;

/// Looks at every row once. Memory: 8 bytes a row.
pub fn inspect_rows(embeddings: &Embeddings, job: &Job) -> Result<RowsReport> {
    let (n, d) = (embeddings.rows(), embeddings.dim());
    job.begin("rows", n as u64);
    type Part = (Vec<f64>, usize, Option<(usize, usize)>);
    let look = |block: usize| -> Result<Part> {
        job.check()?;
        let first = block * BLOCK;
        let count = BLOCK.min(n - first);
        let mut values = filled("a block of rows", count.saturating_mul(d), 0.0)?;
        embeddings.read_rows(first, &mut values)?;
        let (mut norms, mut bad, mut first_bad) = (Vec::with_capacity(count), 0, None);
        for (i, row) in values.chunks_exact(d).enumerate() {
            match row.iter().position(|v| !v.is_finite()) {
                Some(column) => {
                    bad += 1;
                    first_bad.get_or_insert((first + i, column));
                }
                None => norms.push(norm(row)),
            }
        }
        job.advance(count as u64);
        Ok((norms, bad, first_bad))
    };
    let parts = embeddings.while_unchanged(|| {
        let parts: Vec<Result<Part>> = (0..n.div_ceil(BLOCK)).into_par_iter().map(look).collect();
        parts.into_iter().collect::<Result<Vec<Part>>>()
    })?;
    let (mut report, mut norms) = (RowsReport::default(), Vec::with_capacity(n));
    for part in parts {
        let (some, bad, first) = part;
        norms.extend(some);
        report.non_finite_rows += bad;
        report.first_non_finite = report.first_non_finite.or(first);
    }
    report.zero_rows = norms.iter().filter(|norm| **norm == 0.0).count();
    norms.sort_unstable_by(f64::total_cmp);
    if let (Some(low), Some(high)) = (norms.first(), norms.last()) {
        let middle = (norms[(norms.len() - 1) / 2] + norms[norms.len() / 2]) / 2.0;
        report.norms = Some([*low, middle, *high]);
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_bad_and_zero_rows_and_gives_the_norms_of_the_rest() {
        let data = vec![
            3.0,
            4.0,
            0.0,
            0.0,
            f32::NAN,
            1.0,
            6.0,
            8.0,
            1.0,
            f32::INFINITY,
        ];
        let embeddings = Embeddings::from_vec(data, 5, 2).expect("shape");
        let report = inspect_rows(&embeddings, &Job::new()).expect("reads");
        assert_eq!(
            report,
            RowsReport {
                non_finite_rows: 2,
                first_non_finite: Some((2, 0)),
                zero_rows: 1,
                norms: Some([0.0, 5.0, 10.0]),
            }
        );
        let none = Embeddings::from_vec(vec![], 0, 2).expect("shape");
        assert_eq!(inspect_rows(&none, &Job::new()).expect("reads").norms, None);
    }
}
