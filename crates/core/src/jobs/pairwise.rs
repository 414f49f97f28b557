//! All distances of two sets, or of one set among itself, as a matrix.

use rayon::prelude::*;

use crate::error::{Code, Error, Result};
use crate::job::{Job, memory};
use crate::measure::{Prepared, Run, Scratch, Sides};

/// First rows of one task: with the others of a block they stay in the caches of a core.
const ROWS_PER_TASK: usize = 64;
/// Second rows that a task meets at a time.
const ROWS_PER_RUN: usize = 32;
/// Second rows stay ready for all tasks while they take no more than this.
const HELD_BYTES: usize = 1 << 30;
/// Distances that are handed out at a time, beyond those of one row.
const STRIP: usize = 1 << 22;

/// A matrix of distances to be computed; smaller is more alike.
///
/// Distance `(i, j)` has the bits that `score_pairs` gives row i of the first set and row j of the second,
/// for any number of threads and instruction set.
pub struct Pairwise<'a> {
    sides: Sides<'a>,
    /// First rows of the pairs: the first of them, and how many.
    first: (usize, usize),
    second: (usize, usize),
    /// True where only the pairs i < j of one set are wanted, row after row.
    condensed: bool,
}

impl<'a> Pairwise<'a> {
    /// Every row before number `split` with every row from there on.
    ///
    /// Two sets are one, the first above the second, as they are where a list of pairs is scored: for means,
    /// variances and cohorts. Errors: `EINDEX` for a number behind the last row.
    pub fn of_two(rows: &'a Prepared<'a>, split: usize) -> Result<Self> {
        let Some(others) = rows.rows().checked_sub(split) else {
            let expected = format!("at most the {} rows", rows.rows());
            return Err(Error::new(
                Code::Index,
                format!("a split at row {split}"),
                expected,
            ));
        };
        Ok(Self {
            first: (0, split),
            second: (split, others),
            ..Self::of_one(rows, false)
        })
    }

    /// Every row of a set with every row of it, itself included; `condensed`, with every later one.
    pub fn of_one(rows: &'a Prepared<'a>, condensed: bool) -> Self {
        let sides = Sides {
            queries: rows,
            stored: rows,
            same: true,
        };
        let all = (0, rows.rows());
        Self {
            sides,
            first: all,
            second: all,
            condensed,
        }
    }

    /// Number of distances in all.
    ///
    /// Errors: `EMEMORY` beyond what can be addressed.
    pub fn count(&self) -> Result<usize> {
        let (n, m) = (self.first.1, self.second.1);
        let pairs = match self.condensed {
            true => n as u128 * n.saturating_sub(1) as u128 / 2,
            false => n as u128 * m as u128,
        };
        let most = (isize::MAX as usize / size_of::<f64>()) as u128;
        match pairs <= most {
            true => Ok(pairs as usize),
            false => Err(Error::memory(
                "the distances",
                pairs * size_of::<f64>() as u128,
            )),
        }
    }

    /// All distances, row after row. Memory: 8 bytes for each, and those of the second rows in doubles,
    /// up to 1 GiB.
    ///
    /// Errors: `EMEMORY`, `EUNDEFINED` for a pair without a distance, `EINPUTCHANGED`, `EABORTED`.
    pub fn collect(&self, job: &Job) -> Result<Vec<f64>> {
        let mut distances = memory::zeros("the distances", self.count()?)?;
        self.sides.while_unchanged(|| {
            let held = self.hold()?;
            job.begin("pairs", distances.len() as u64);
            self.fill((0, self.first.1), &held, &mut distances, job)
        })?;
        Ok(distances)
    }

    /// Hands out all distances, row after row and some rows at a time. Memory: 32 MiB or the distances of a
    /// row, and the second rows as [`Self::collect`] holds them.
    ///
    /// Errors: as [`Self::collect`], and those of `sink`.
    pub fn stream(&self, sink: &mut dyn FnMut(&[f64]) -> Result<()>, job: &Job) -> Result<()> {
        let n = self.first.1;
        let held = self.sides.while_unchanged(|| self.hold())?;
        job.begin("pairs", self.count()? as u64);
        let rows = (STRIP / self.second.1.max(1)).max(1);
        let rows = rows.next_multiple_of(ROWS_PER_TASK.min(rows));
        for first in (0..n).step_by(rows) {
            let count = rows.min(n - first);
            let length = (first..first + count).map(|row| self.row_length(row)).sum();
            let mut strip = memory::zeros("a strip of the distances", length)?;
            // Pages lost meanwhile read as zeros, so each strip is checked before it is handed on.
            (self.sides).while_unchanged(|| self.fill((first, count), &held, &mut strip, job))?;
            sink(&strip)?;
        }
        Ok(())
    }

    /// Distances of a row.
    fn row_length(&self, row: usize) -> usize {
        match self.condensed {
            true => self.second.1 - 1 - row,
            false => self.second.1,
        }
    }

    /// All second rows, ready; none where they are too many.
    fn hold(&self) -> Result<Vec<Run>> {
        let rows = self.second.1;
        if rows.saturating_mul(self.sides.stored.run_row_bytes()) > HELD_BYTES {
            return Ok(Vec::new());
        }
        let runs = 0..rows.div_ceil(ROWS_PER_RUN);
        let runs: Vec<Result<Run>> = runs.into_par_iter().map(|run| self.second(run)).collect();
        runs.into_iter().collect()
    }

    fn second(&self, run: usize) -> Result<Run> {
        let (start, rows) = self.second;
        let first = run * ROWS_PER_RUN;
        (self.sides.stored).wide_run(start + first, ROWS_PER_RUN.min(rows - first))
    }

    /// Computes the distances of `count` rows from `first` on.
    fn fill(
        &self,
        (first, count): (usize, usize),
        held: &[Run],
        out: &mut [f64],
        job: &Job,
    ) -> Result<()> {
        let mut tasks = Vec::with_capacity(count.div_ceil(ROWS_PER_TASK));
        let mut rest = out;
        for row in (first..first + count).step_by(ROWS_PER_TASK) {
            let rows = ROWS_PER_TASK.min(first + count - row);
            let length = (row..row + rows).map(|row| self.row_length(row)).sum();
            let (now, later) = rest.split_at_mut(length);
            tasks.push(((row, rows), now));
            rest = later;
        }
        let done: Vec<Result<()>> = tasks
            .into_par_iter()
            .map(|(rows, out)| self.fill_rows(rows, held, out, job))
            .collect();
        done.into_iter().collect()
    }

    fn fill_rows(
        &self,
        (first, count): (usize, usize),
        held: &[Run],
        out: &mut [f64],
        job: &Job,
    ) -> Result<()> {
        job.check()?;
        let own = (self.sides.queries).wide_run(self.first.0 + first, count)?;
        // Where distance (i, 0) is, or would be: those of a condensed row begin behind its own number.
        let mut starts = Vec::with_capacity(count);
        let mut start = 0isize;
        for row in first..first + count {
            let skipped = if self.condensed { row + 1 } else { 0 };
            starts.push(start - skipped as isize);
            start += self.row_length(row) as isize;
        }
        let mut scratch = Scratch::default();
        let begin = if self.condensed {
            first / ROWS_PER_RUN
        } else {
            0
        };
        for run in begin..self.second.1.div_ceil(ROWS_PER_RUN) {
            let made = match held.get(run) {
                Some(_) => None,
                None => Some(self.second(run)?),
            };
            let other = made.as_ref().unwrap_or_else(|| &held[run]);
            let from = run * ROWS_PER_RUN;
            let wanted = |i: usize, j: usize| !self.condensed || first + i < from + j;
            (self.sides).distances((&own, other), wanted, &mut scratch, |i, j, distance| {
                out[(starts[i] + (from + j) as isize) as usize] = distance;
            })?;
            job.check()?;
        }
        job.advance(out.len() as u64);
        Ok(())
    }
}

/// Rounds distances to singles.
///
/// Errors: `ENOTFINITE` for one beyond their range.
pub fn narrow_distances(distances: &[f64], out: &mut Vec<f32>) -> Result<()> {
    out.clear();
    out.extend(distances.iter().map(|distance| *distance as f32));
    let Some(place) = out.iter().position(|distance| !distance.is_finite()) else {
        return Ok(());
    };
    let found = format!("a distance of {:e}", distances[place]);
    Err(
        Error::new(Code::NotFinite, found, "distances that float32 holds").with_advice(
            "take doubles",
            "dtype",
            Some("float64"),
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::score::score_pairs;
    use crate::measure::{Centering, Measure, MetricOptions, Normalize};
    use crate::metrics::{Expression, twins};
    use crate::rows::Embeddings;
    use crate::testing::{Lcg, fitted};

    /// Rows from 0.8 to 8.8, so that every metric is defined.
    fn drawn(rows: usize, dim: usize, seed: u64) -> Vec<f32> {
        let mut random = Lcg(seed);
        (0..rows * dim)
            .map(|_| 8.0 * (random.single() + 0.6))
            .collect()
    }

    fn matrix(values: &[f32], dim: usize) -> Embeddings {
        Embeddings::from_vec(values.to_vec(), values.len() / dim, dim).expect("rows")
    }

    /// All three shapes against the list of their pairs.
    fn compare(measure: Measure<'_>, (first, second): (&[f32], &[f32]), dim: usize, about: &str) {
        let (a, n) = (matrix(first, dim), first.len() / dim);
        let m = second.len() / dim;
        let both = matrix(&[first, second].concat(), dim);
        let job = Job::new();
        let scored = |pairs: Vec<(usize, usize)>, rows: &Embeddings| {
            let (x, y): (Vec<u32>, Vec<u32>) =
                pairs.iter().map(|(i, j)| (*i as u32, *j as u32)).unzip();
            bits(&score_pairs(rows, &x, &y, measure, &job).expect(about))
        };
        let across = (0..n)
            .flat_map(|i| (0..m).map(move |j| (i, n + j)))
            .collect();
        let square = (0..n).flat_map(|i| (0..n).map(move |j| (i, j))).collect();
        let later = (0..n)
            .flat_map(|i| (i + 1..n).map(move |j| (i, j)))
            .collect();
        let prepared = measure.prepare(&a, &job).expect(about);
        let stacked = measure.prepare(&both, &job).expect(about);
        for (matrix, expected) in [
            (
                Pairwise::of_two(&stacked, n).expect(about),
                scored(across, &both),
            ),
            (Pairwise::of_one(&prepared, false), scored(square, &a)),
            (Pairwise::of_one(&prepared, true), scored(later, &a)),
        ] {
            let found = matrix.collect(&job).expect(about);
            assert_eq!(bits(&found), expected, "{about}");
            let mut streamed = Vec::new();
            let mut sink = |strip: &[f64]| {
                streamed.extend_from_slice(strip);
                Ok(())
            };
            matrix.stream(&mut sink, &job).expect(about);
            assert_eq!(bits(&streamed), expected, "{about}");
        }
    }

    fn bits(distances: &[f64]) -> Vec<u64> {
        distances
            .iter()
            .map(|distance| distance.to_bits())
            .collect()
    }

    #[test]
    fn distances_that_singles_cannot_hold_are_refused() {
        let mut out = Vec::new();
        narrow_distances(&[0.1, 3e38, 1e-60], &mut out).unwrap();
        assert_eq!(out, [0.1, 3e38, 0.0]);
        let error = narrow_distances(&[1.0, 4e38], &mut out).unwrap_err();
        assert_eq!(error.code(), Code::NotFinite);
    }

    #[test]
    fn every_metric_has_the_bits_of_a_list_of_all_pairs() {
        let (dim, reference) = (19, matrix(&drawn(60, 19, 5), 19));
        let (first, second) = (drawn(67, dim, 1), drawn(35, dim, 3));
        for metric in twins::all() {
            let about = format!("{metric:?}");
            let expression = Expression::parse(&about).expect(&about);
            let mut options = MetricOptions::new(&expression);
            options.reference = Some(&reference);
            compare(Measure::Metric(&options), (&first, &second), dim, &about);
        }
    }

    #[test]
    fn prepared_rows_and_models_have_the_bits_of_a_list_of_all_pairs() {
        let dim = 6;
        let (first, second) = (drawn(67, dim, 1), drawn(5, dim, 3));
        for text in ["euclidean", "correlation", "0.5*cosine + cityblock"] {
            let expression = Expression::parse(text).expect(text);
            let mut options = MetricOptions::new(&expression);
            options.center = Centering::Given(vec![0.5, 0.1, 0.0, -1.0, 0.2, 0.3]);
            options.normalize = Normalize::L2;
            compare(Measure::Metric(&options), (&first, &second), dim, text);
        }
        let training = matrix(&drawn(60, dim, 7), dim);
        let labels: Vec<u32> = (0..60).map(|row| row % 12).collect();
        for pipeline in ["wccn", "plda", "kissme", "center, pca(3), euclidean"] {
            let model = fitted(pipeline, &training, &labels);
            compare(Measure::Model(&model), (&first, &second), dim, pipeline);
        }
    }
}
