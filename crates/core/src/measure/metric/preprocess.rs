//! Rows as a metric meets them: centered, and divided by their norms.

use rayon::prelude::*;

use crate::error::{Code, Error, Result};
use crate::job::{Job, threads};
use crate::kernels::{self, Element, Isa, Single};
use crate::rows::{Embeddings, Row, RowSource, normalize, rescale};

/// Rows that one task looks at before it asks whether to stop. Fixed: sums over rows are folded
/// block by block, so this is part of their last bits.
pub(super) const BLOCK: usize = 256;
/// Columns whose sums one task adds up: few enough to stay in registers or the nearest cache.
const STRIP: usize = 128;
/// Numbers of a row that are asked for ahead: four lines of the cache. The processor sees the rest coming by itself,
/// and asking for all of it (measured: a fifth slower) fills the few places where it waits for memory.
const BEGINNING: usize = 64;

/// The vector subtracted from every row first.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Centering {
    /// Nothing.
    #[default]
    None,
    /// The mean of all rows.
    Mean,
    /// This vector of d numbers.
    Given(Vec<f64>),
}

/// The scaling of a row after centering.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Normalize {
    /// Nothing.
    #[default]
    None,
    /// Divided by its Euclidean norm.
    L2,
}

impl Normalize {
    /// The word for it in requests and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::L2 => "l2",
        }
    }
}

/// Embeddings behind a centering and a normalisation.
pub(super) struct Preprocessed<'a> {
    pub(super) embeddings: &'a Embeddings,
    /// All rows, where they are used as they are.
    in_place: Option<&'a [Single]>,
    center: Option<Vec<f64>>,
    normalize: Normalize,
    /// Rows that are rescaled, in order: their squares would leave the range of doubles, and the
    /// metric does not ask for their length.
    pub(super) rescaled: Vec<u32>,
    pub(super) isa: Isa,
}

impl<'a> Preprocessed<'a> {
    pub(super) fn new(
        embeddings: &'a Embeddings,
        center: &Centering,
        normalize: Normalize,
        isa: Isa,
        job: &Job,
    ) -> Result<Self> {
        let mut rows = Self {
            embeddings,
            in_place: None,
            center: None,
            normalize,
            rescaled: Vec::new(),
            isa,
        };
        rows.center = match center {
            Centering::None => None,
            Centering::Given(vector) if vector.len() == embeddings.dim() => Some(vector.clone()),
            Centering::Given(vector) => {
                let found = format!("a center of {} numbers", vector.len());
                let expected = format!("one for each of the {} columns", embeddings.dim());
                return Err(Error::new(Code::Dimension, found, expected));
            }
            Centering::Mean => Some(mean(embeddings, job)?),
        };
        if rows.center.is_none() && normalize == Normalize::None {
            rows.in_place = embeddings.as_singles();
        }
        Ok(rows)
    }

    pub(super) fn dim(&self) -> usize {
        self.embeddings.dim()
    }

    /// The vector subtracted from every row, as numbers.
    pub(super) fn center(&self) -> Centering {
        self.center
            .clone()
            .map_or(Centering::None, Centering::Given)
    }

    /// Room for one row; none is needed where rows are used in place.
    pub(super) fn scratch(&self) -> Vec<f64> {
        if self.in_place.is_some() {
            Vec::new()
        } else {
            vec![0.0; self.dim()]
        }
    }

    /// The row in place, where rows are used as they are.
    pub(super) fn lent(&self, row: usize) -> Option<&[Single]> {
        Some(&self.in_place?[row * self.dim()..][..self.dim()])
    }

    /// Asks for the beginning of a row that is read soon, where rows are used as they are.
    pub(super) fn fetch(&self, row: u32) {
        if let Some(row) = self.lent(row as usize) {
            kernels::fetch(&row[..row.len().min(BEGINNING)]);
        }
    }

    /// The row, whose number is known to exist.
    pub(super) fn get<'s>(&'s self, row: usize, scratch: &'s mut [f64]) -> Result<Row<'s>> {
        if let Some(row) = self.lent(row) {
            return Ok(Row::F32(row));
        }
        self.embeddings.read_rows(row, scratch)?;
        if let Some(center) = &self.center {
            for (value, c) in scratch.iter_mut().zip(center) {
                *value -= c;
            }
        }
        if self.normalize == Normalize::L2 {
            // Zeros stay zeros; the metric decides whether it is defined for them.
            normalize(scratch, self.isa);
        }
        if !self.rescaled.is_empty() && self.rescaled.binary_search(&(row as u32)).is_ok() {
            rescale(scratch);
        }
        Ok(Row::F64(scratch))
    }

    /// Writes the row to `out`.
    pub(super) fn fill(&self, row: usize, out: &mut [f64]) -> Result<()> {
        match self.lent(row) {
            Some(x) => out.iter_mut().zip(x).for_each(|(o, v)| *o = v.widen()),
            None => {
                self.get(row, out)?;
            }
        }
        Ok(())
    }

    pub(super) fn mean(&self, job: &Job) -> Result<Vec<f64>> {
        let mut mean = self.column_sums("mean", None, job)?;
        let n = self.embeddings.rows() as f64;
        mean.iter_mut().for_each(|sum| *sum /= n);
        Ok(mean)
    }

    /// Sums of each column over all rows, in their order: of the entries, or of their squares about a vector.
    pub(super) fn column_sums(
        &self,
        phase: &'static str,
        about: Option<&[f64]>,
        job: &Job,
    ) -> Result<Vec<f64>> {
        let mut sums = vec![0.0; self.dim()];
        let Some(rows) = self.in_place else {
            self.for_blocks(phase, job, |block| add_columns(block, about, &mut sums))?;
            return Ok(sums);
        };
        job.begin(phase, self.embeddings.rows() as u64);
        for block in rows.chunks(16 * BLOCK * sums.len()) {
            job.check()?;
            add_columns(block, about, &mut sums);
            job.advance((block.len() / sums.len()) as u64);
        }
        if sums.iter().any(|sum| !sum.is_finite()) {
            // An entry that is not finite is behind it, and is refused, or the sum is too large.
            self.for_blocks(phase, job, |_| ())?;
        }
        Ok(sums)
    }

    /// Hands out all rows, block by block in order, as the metric would meet them.
    pub(super) fn for_blocks(
        &self,
        phase: &'static str,
        job: &Job,
        mut each: impl FnMut(&[f64]),
    ) -> Result<()> {
        let (n, d) = (self.embeddings.rows(), self.dim());
        job.begin(phase, n as u64);
        let mut block = Vec::new();
        for first in (0..n).step_by(BLOCK) {
            job.check()?;
            let count = BLOCK.min(n - first);
            block.resize(count * d, 0.0);
            let filled: Vec<Result<()>> = block
                .par_chunks_mut(d)
                .enumerate()
                .map(|(i, out)| {
                    let mut scratch = self.scratch();
                    let row = self.get(first + i, &mut scratch)?;
                    if let Some((column, value)) = row.first_non_finite() {
                        let error =
                            Error::new(Code::NotFinite, format!("{value}"), "a finite number")
                                .with_row(first + i)
                                .with_column(column)
                                .with_hint("Drop or repair the row");
                        return Err(self.embeddings.blame(error));
                    }
                    match row {
                        Row::F32(x) => out.iter_mut().zip(x).for_each(|(o, v)| *o = v.widen()),
                        Row::F64(x) => out.copy_from_slice(x),
                    }
                    Ok(())
                })
                .collect();
            filled.into_iter().collect::<Result<()>>()?;
            each(&block);
            job.advance(count as u64);
        }
        Ok(())
    }
}

/// Adds rows to sums of each column, as [`Preprocessed::column_sums`] says. Threads share the columns, so that each is
/// added up in the order of the rows.
fn add_columns<T: Element>(rows: &[T], about: Option<&[f64]>, sums: &mut [f64]) {
    let dim = sums.len();
    threads::share(sums.chunks_mut(STRIP).enumerate(), |(strip, sums)| {
        let first = strip * STRIP;
        match about {
            None => add_strip((rows, dim, first), sums, |value, _| value),
            Some(about) => {
                let about = &about[first..][..sums.len()];
                add_strip((rows, dim, first), sums, |value, column| {
                    let gap = value - about[column];
                    gap * gap
                });
            }
        }
    });
}

/// Adds the terms of columns `first..` of rows with `dim` of them, of four rows between a look at a sum and the next.
#[inline(always)]
fn add_strip<T: Element>(
    (rows, dim, first): (&[T], usize, usize),
    sums: &mut [f64],
    term: impl Fn(f64, usize) -> f64,
) {
    let count = sums.len();
    let fours = rows.chunks_exact(4 * dim);
    let rest = fours.remainder();
    for four in fours {
        let [a, b, c, d] = [0, 1, 2, 3].map(|row| &four[row * dim + first..][..count]);
        for (column, sum) in sums.iter_mut().enumerate() {
            let term = |row: &[T]| term(row[column].widen(), column);
            *sum = *sum + term(a) + term(b) + term(c) + term(d);
        }
    }
    for row in rest.chunks_exact(dim) {
        for (column, (sum, value)) in sums.iter_mut().zip(&row[first..]).enumerate() {
            *sum += term(value.widen(), column);
        }
    }
}

/// Mean of all rows of a file, for centering: `n ≥ 1` rows, denominator n.
pub fn mean(embeddings: &Embeddings, job: &Job) -> Result<Vec<f64>> {
    if embeddings.rows() == 0 {
        return Err(embeddings.blame(Error::new(
            Code::Empty,
            "no rows",
            "at least one, to take the mean of",
        )));
    }
    let (none, isa) = (Centering::None, Isa::best());
    embeddings.while_unchanged(|| {
        Preprocessed::new(embeddings, &none, Normalize::None, isa, job)?.mean(job)
    })
}

/// Rows as the metric meets them, for a pass over all of them.
impl RowSource for Preprocessed<'_> {
    fn rows(&self) -> usize {
        self.embeddings.rows()
    }

    fn dim(&self) -> usize {
        self.embeddings.dim()
    }

    fn read_rows_f32(&self, first: usize, out: &mut [f32]) -> Result<()> {
        let mut wide = vec![0.0; out.len()];
        self.read_rows_f64(first, &mut wide)?;
        for (narrow, wide) in out.iter_mut().zip(wide) {
            *narrow = wide as f32;
        }
        Ok(())
    }

    fn read_rows_f64(&self, first: usize, out: &mut [f64]) -> Result<()> {
        let rows = out.chunks_exact_mut(self.embeddings.dim());
        (first..)
            .zip(rows)
            .try_for_each(|(row, out)| self.fill(row, out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::SplitMix;

    #[test]
    fn sums_of_columns_are_added_in_the_order_of_the_rows() {
        let mut random = SplitMix(3);
        for d in [1, 5, 127, 128, 129, 300] {
            for rows in [1, 255, 257, 700] {
                let data: Vec<f32> = (0..rows * d)
                    .map(|_| (random.unit() - 0.5) as f32)
                    .collect();
                let embeddings = Embeddings::from_vec(data.clone(), rows, d).unwrap();
                let about: Vec<f64> = (0..d).map(|_| random.unit() - 0.5).collect();
                let center: Vec<f64> = (0..d).map(|_| random.unit() - 0.5).collect();
                for given in [Centering::None, Centering::Given(center)] {
                    let prepared = Preprocessed::new(
                        &embeddings,
                        &given,
                        Normalize::None,
                        Isa::best(),
                        &Job::new(),
                    );
                    let prepared = prepared.unwrap();
                    for about in [None, Some(about.as_slice())] {
                        let mut slow = vec![0.0; d];
                        for (i, value) in data.iter().enumerate() {
                            let value = f64::from(*value)
                                - match &given {
                                    Centering::Given(center) => center[i % d],
                                    _ => 0.0,
                                };
                            let term = about.map_or(value, |about| (value - about[i % d]).powi(2));
                            slow[i % d] += term;
                        }
                        let fast = prepared.column_sums("sum", about, &Job::new()).unwrap();
                        assert_eq!(fast, slow, "{rows} rows of {d}");
                    }
                }
            }
        }
    }

    #[test]
    fn an_entry_that_is_no_number_is_named() {
        let mut data = vec![1.0; 3 * 200];
        data[2 * 200 + 150] = f32::NAN;
        let embeddings = Embeddings::from_vec(data, 3, 200).unwrap();
        let (none, isa) = (Centering::None, Isa::best());
        let rows = Preprocessed::new(&embeddings, &none, Normalize::None, isa, &Job::new());
        let sums = rows.unwrap().column_sums("sum", None, &Job::new());
        let error = sums.unwrap_err();
        assert_eq!((error.row(), error.column()), (Some(2), Some(150)));
    }
}
