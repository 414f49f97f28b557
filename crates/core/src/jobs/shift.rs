//! How far the rows of one set are from those of another, without labels: what a metric learned on the
//! first meets on the second.
//!
//! All figures are of at most [`SAMPLE`] rows of either set, evenly spread over it, finite and not zero.

use ndarray::{Array1, Array2, ArrayRef2};

use crate::error::{Code, Error, Result, counted};
use crate::evaluation::{Orientation, auroc};
use crate::job::Job;
use crate::job::memory::reserve;
use crate::linalg::{
    Cholesky, generalized_symmetric_eigen, map_rows, multiply_vector, trace, transposed, zeros,
};
use crate::models::TAU_FLOOR;
use crate::rows::{Embeddings, MatrixF64};
use crate::statistics::{
    BundleParts, GatherOptions, Shrinkage, SplitMix, gather, mean, oas, total_scatter,
};

/// Most rows of either set.
pub const SAMPLE: usize = 10_000;
/// Rows below which a set says nothing.
const FEW: usize = 20;
/// Runs of rows that alternate between two folds: a person, whose rows stand together, is in one.
const RUNS: usize = 10;
/// Random pairs of either set.
const PAIRS: usize = 20_000;
/// Rows among which nearest ones are counted, and how many of them.
const HUB_ROWS: usize = 2_000;
const NEAREST: usize = 10;
/// Shares of the rows at whose norms the two sets are compared.
pub const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// A figure of both sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Both {
    /// Of the first set.
    pub train: f64,
    /// Of the second.
    pub target: f64,
}

/// The shift of a target from the rows that a metric learns from.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// Rows that were compared.
    pub rows: Both,
    /// AUROC of a linear classifier of the two sets on rows it has not seen: ½ where they are alike, 1
    /// where a plane parts them. Fisher's discriminant (1936) with the pooled covariance, shrunk after
    /// Chen et al. (2010), over two folds of alternating runs of rows.
    pub auroc: f64,
    /// ‖m_t − m‖² / tr C.
    pub mean_distance: f64,
    /// The largest v of C_t e = v C e.
    pub largest_ratio: f64,
    /// The largest such v between two halves of the first set, which share no run of rows.
    pub null_ratio: f64,
    /// The larger of the null and [`TAU_FLOOR`]: a v above it is a shift.
    pub bound: f64,
    /// Directions whose v is above the bound.
    pub directions: usize,
    /// Kolmogorov and Smirnov's distance of the norms, in [0, 1].
    pub norm_distance: f64,
    /// Norms of the second set over those of the first, at each of [`QUANTILES`].
    pub norm_ratios: [f64; 5],
    /// Mean cosine of two random rows.
    pub cosine_mean: Both,
    /// Its standard deviation.
    pub cosine_deviation: Both,
    /// Skewness of how often a row is among the 10 nearest of others (Radovanović, Nanopoulos and
    /// Ivanović 2010): the larger, the more a few rows are near everything.
    pub hubness: Both,
}

/// The shift of `target` from `train`; `None` where either has fewer than 20 usable rows.
///
/// Errors: `EDIMENSION` if they differ in columns; `EMEMORY`, `EABORTED`, those of reading. Cost: the
/// products of [`SAMPLE`] rows of both, O(d³), and 80 kB of memory for each column.
pub fn shift(train: &Embeddings, target: &Embeddings, job: &Job) -> Result<Option<Shift>> {
    if train.dim() != target.dim() {
        let found = counted(target.dim(), "column", "columns");
        let expected = format!("{}, as in the other set", train.dim());
        let error = Error::new(Code::Dimension, found, expected);
        return Err(target.blame(error));
    }
    let sets = [Sample::read(train, job)?, Sample::read(target, job)?];
    let [a, b] = &sets;
    if a.rows() < FEW || b.rows() < FEW {
        return Ok(None);
    }
    let quiet = job.part();
    let [of_a, of_b] = [a.moments(|_| true, &quiet)?, b.moments(|_| true, &quiet)?];
    let gap = &of_b.mean - &of_a.mean;
    let spread = trace(&of_a.covariance);
    let ratios = ratios(&of_b.covariance, &of_a)?;
    let halves = [0, 1].map(|half| a.moments(|row| a.fold(row) == half, &quiet));
    let [half, other] = halves;
    let null_ratio = largest(&self::ratios(&other?.covariance, &half?)?);
    let bound = null_ratio.max(TAU_FLOOR);
    let (norms_a, norms_b) = (a.norms(), b.norms());
    let [cosines_a, cosines_b] = [a.cosines(), b.cosines()];
    Ok(Some(Shift {
        rows: Both {
            train: a.rows() as f64,
            target: b.rows() as f64,
        },
        auroc: separability(&sets, &quiet)?,
        mean_distance: if spread > 0.0 {
            gap.dot(&gap) / spread
        } else {
            0.0
        },
        largest_ratio: largest(&ratios),
        null_ratio,
        bound,
        directions: ratios.iter().filter(|v| **v > bound).count(),
        norm_distance: distance_of_distributions(&norms_a, &norms_b),
        norm_ratios: QUANTILES.map(|q| quantile(&norms_b, q) / quantile(&norms_a, q)),
        cosine_mean: Both {
            train: cosines_a.0,
            target: cosines_b.0,
        },
        cosine_deviation: Both {
            train: cosines_a.1,
            target: cosines_b.1,
        },
        hubness: Both {
            train: a.hubness()?,
            target: b.hubness()?,
        },
    }))
}

/// Usable rows of a set, row after row.
struct Sample {
    values: Vec<f64>,
    dim: usize,
}

struct Moments {
    rows: f64,
    mean: Array1<f64>,
    /// Denominator N − 1.
    covariance: Array2<f64>,
    /// ρ of oracle-approximating shrinkage.
    shrinkage: f64,
}

impl Moments {
    fn shrunk(&self) -> Array2<f64> {
        Shrinkage::Oas.apply(self.covariance.clone(), self.shrinkage)
    }
}

impl Sample {
    fn read(set: &Embeddings, job: &Job) -> Result<Self> {
        let (rows, dim) = (set.rows(), set.dim());
        let count = rows.min(SAMPLE);
        job.begin("shift", count as u64);
        let mut values: Vec<f64> = reserve("rows of a sample", count.saturating_mul(dim))?;
        let mut row = vec![0.0; dim];
        for i in 0..count {
            if i % 256 == 0 {
                job.check()?;
            }
            set.read_rows(i * rows / count, &mut row)?;
            let usable = row.iter().all(|v| v.is_finite()) && row.iter().any(|v| *v != 0.0);
            if usable {
                values.extend_from_slice(&row);
            }
        }
        job.advance(count as u64);
        Ok(Self { values, dim })
    }

    fn rows(&self) -> usize {
        self.values.len() / self.dim
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.dim..][..self.dim]
    }

    /// 0 or 1, alternating by runs of rows.
    fn fold(&self, row: usize) -> usize {
        row * RUNS / self.rows() % 2
    }

    fn moments(&self, wanted: impl Fn(usize) -> bool, job: &Job) -> Result<Moments> {
        let rows = (0..self.rows()).filter(|row| wanted(*row));
        let values: Vec<f64> = rows.flat_map(|row| self.row(row)).copied().collect();
        let options = GatherOptions {
            parts: BundleParts::SCATTER,
            ..GatherOptions::default()
        };
        let bundle = gather(&MatrixF64::new(&values, self.dim)?, None, &options, job)?;
        let rows = bundle.rows() as f64;
        let scatter = total_scatter(&bundle)?;
        Ok(Moments {
            rows,
            mean: mean(&bundle),
            shrinkage: oas(&(&scatter * (1.0 / rows)), rows),
            covariance: scatter * (1.0 / (rows - 1.0)),
        })
    }

    /// Lengths, ascending.
    fn norms(&self) -> Vec<f64> {
        let mut norms: Vec<f64> = (0..self.rows()).map(|row| length(self.row(row))).collect();
        norms.sort_by(f64::total_cmp);
        norms
    }

    /// Mean and standard deviation of the cosine of random pairs.
    fn cosines(&self) -> (f64, f64) {
        let mut random = SplitMix(0);
        let n = self.rows() as u64;
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..PAIRS {
            let i = random.below(n);
            let j = (i + 1 + random.below(n - 1)) % n;
            let (x, y) = (self.row(i as usize), self.row(j as usize));
            let dot: f64 = x.iter().zip(y).map(|(x, y)| x * y).sum();
            let cosine = dot / length(x) / length(y);
            sum += cosine;
            squares += cosine * cosine;
        }
        let mean = sum / PAIRS as f64;
        (mean, (squares / PAIRS as f64 - mean * mean).max(0.0).sqrt())
    }

    /// Skewness of how often a row is among the nearest of others, by cosine.
    fn hubness(&self) -> Result<f64> {
        let n = self.rows().min(HUB_ROWS);
        let mut units = zeros("rows of unit length", n, self.dim)?;
        for (i, mut unit) in units.rows_mut().into_iter().enumerate() {
            let row = self.row(i * self.rows() / n);
            let norm = length(row);
            unit.iter_mut().zip(row).for_each(|(u, v)| *u = v / norm);
        }
        let near = map_rows(&units, &units)?;
        let mut counts = vec![0.0f64; n];
        let k = NEAREST.min(n - 1);
        for (i, row) in near.rows().into_iter().enumerate() {
            let mut others: Vec<usize> = (0..n).filter(|j| *j != i).collect();
            let nearer = |a: &usize, b: &usize| row[*b].total_cmp(&row[*a]).then(a.cmp(b));
            others.select_nth_unstable_by(k - 1, nearer);
            others[..k].iter().for_each(|j| counts[*j] += 1.0);
        }
        Ok(skewness(&counts))
    }
}

/// Σ (x − m)³ / N over the cube of the standard deviation; 0 for equal values.
fn skewness(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let moment = |power: i32| values.iter().map(|v| (v - mean).powi(power)).sum::<f64>() / n;
    let variance = moment(2);
    if variance > 0.0 {
        moment(3) / variance.powf(1.5)
    } else {
        0.0
    }
}

fn length(row: &[f64]) -> f64 {
    row.iter().map(|v| v * v).sum::<f64>().sqrt()
}

/// v of C e = v S e, S the shrunk covariance of `of`; none where S is singular.
fn ratios(c: &ArrayRef2<f64>, of: &Moments) -> Result<Vec<f64>> {
    let shrunk = of.shrunk();
    if Cholesky::new(&shrunk).is_err() {
        return Ok(Vec::new());
    }
    Ok(generalized_symmetric_eigen(c, &shrunk)?.values)
}

fn largest(ratios: &[f64]) -> f64 {
    ratios.first().copied().unwrap_or(0.0)
}

/// AUROC of the domain classifier, the mean over both folds.
fn separability(sets: &[Sample; 2], job: &Job) -> Result<f64> {
    let mut total = 0.0;
    for fold in 0..2 {
        job.check()?;
        let [a, b] = [0, 1].map(|set: usize| {
            let sample = &sets[set];
            sample.moments(|row| sample.fold(row) != fold, job)
        });
        let (a, b) = (a?, b?);
        let (free_a, free_b) = (a.rows - 1.0, b.rows - 1.0);
        let scatter = &a.covariance * free_a + &b.covariance * free_b;
        let rows = free_a + free_b;
        let pooled = Moments {
            rows,
            mean: a.mean.clone(),
            shrinkage: oas(&(&scatter * (1.0 / rows)), rows),
            covariance: scatter * (1.0 / rows),
        };
        let Ok(factor) = Cholesky::new(&pooled.shrunk()) else {
            return Ok(0.5);
        };
        let inverse = factor.inverse_lower()?;
        let gap = multiply_vector(&inverse, &(&b.mean - &a.mean));
        let weights = multiply_vector(&transposed(&inverse)?, &gap);
        let (mut scores, mut is_target) = (Vec::new(), Vec::new());
        for (set, sample) in sets.iter().enumerate() {
            for row in (0..sample.rows()).filter(|row| sample.fold(*row) == fold) {
                let terms = sample.row(row).iter().zip(&pooled.mean).zip(&weights);
                scores.push(terms.map(|((x, m), w)| (x - m) * w).sum::<f64>());
                is_target.push(set as u8);
            }
        }
        total += auroc(&scores, &is_target, Orientation::Similarity)?;
    }
    Ok(total / 2.0)
}

/// Kolmogorov and Smirnov's largest difference of two distribution functions, of sorted values.
fn distance_of_distributions(a: &[f64], b: &[f64]) -> f64 {
    let (mut i, mut j, mut most) = (0, 0, 0.0f64);
    while i < a.len() && j < b.len() {
        let at = a[i].min(b[j]);
        while i < a.len() && a[i] <= at {
            i += 1;
        }
        while j < b.len() && b[j] <= at {
            j += 1;
        }
        let apart = i as f64 / a.len() as f64 - j as f64 / b.len() as f64;
        most = most.max(apart.abs());
    }
    most
}

/// The value below which a share `q` of the sorted values lies, linear between two of them.
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let place = q * (sorted.len() - 1) as f64;
    let (low, part) = (place.floor() as usize, place.fract());
    let high = (low + 1).min(sorted.len() - 1);
    sorted[low] + part * (sorted[high] - sorted[low])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Lcg;

    /// Rows of so many people of four, scaled along one axis and moved along another.
    fn set(seed: u64, people: usize, scale: f64, moved: f64) -> Embeddings {
        let mut random = Lcg(seed);
        let dim = 8;
        let mut values = Vec::new();
        for _ in 0..people {
            let person: Vec<f64> = (0..dim).map(|_| random.double()).collect();
            for _ in 0..4 {
                let mut row: Vec<f64> = person.iter().map(|c| c + random.double()).collect();
                row[0] *= scale;
                row[1] += moved;
                values.extend(row);
            }
        }
        Embeddings::from_doubles(values, people * 4, dim).unwrap()
    }

    fn measured(a: &Embeddings, b: &Embeddings) -> Shift {
        shift(a, b, &Job::new()).unwrap().unwrap()
    }

    #[test]
    fn two_draws_of_one_world_show_no_shift() {
        let found = measured(&set(1, 300, 1.0, 0.0), &set(2, 300, 1.0, 0.0));
        assert!((found.auroc - 0.5).abs() < 0.05, "{found:?}");
        assert!(
            found.mean_distance < 0.01 && found.directions == 0,
            "{found:?}"
        );
        assert!(found.norm_distance < 0.08, "{found:?}");
        assert!(
            found.norm_ratios.iter().all(|r| (r - 1.0).abs() < 0.1),
            "{found:?}"
        );
    }

    #[test]
    fn a_moved_mean_and_a_stretched_axis_are_told_apart() {
        let plain = set(1, 300, 1.0, 0.0);
        let moved = measured(&plain, &set(2, 300, 1.0, 2.0));
        assert!(moved.auroc > 0.99 && moved.mean_distance > 1.0, "{moved:?}");
        assert_eq!(moved.directions, 0);
        assert!(moved.cosine_mean.target > 0.5 && moved.cosine_mean.train.abs() < 0.1);
        let wide = measured(&plain, &set(2, 300, 4.0, 0.0));
        assert!((wide.auroc - 0.5).abs() < 0.06, "{wide:?}");
        assert_eq!(wide.directions, 1);
        assert!((wide.largest_ratio - 16.0).abs() < 3.0, "{wide:?}");
        assert!(wide.norm_ratios[2] > 1.2);
    }

    #[test]
    fn rows_that_are_unusable_or_too_few_say_nothing() {
        let plain = set(1, 30, 1.0, 0.0);
        assert_eq!(
            shift(&plain, &set(2, 4, 1.0, 0.0), &Job::new()).unwrap(),
            None
        );
        let bad = Embeddings::from_doubles(vec![f64::NAN; 400], 50, 8).unwrap();
        assert_eq!(shift(&plain, &bad, &Job::new()).unwrap(), None);
        let one = Embeddings::from_doubles(vec![1.0; 400], 50, 8).unwrap();
        let found = measured(&one, &one);
        assert_eq!(
            (found.auroc, found.mean_distance, found.directions),
            (0.5, 0.0, 0)
        );
        let other = Embeddings::from_doubles(vec![1.0; 400], 100, 4).unwrap();
        assert!(shift(&plain, &other, &Job::new()).is_err());
    }

    #[test]
    fn distances_and_quantiles_are_as_written_out() {
        let (a, b) = ([1.0, 2.0, 2.0, 3.0], [2.0, 3.0, 4.0]);
        // After 2: 3/4 against 1/3; after 1: 1/4 against 0.
        assert!((distance_of_distributions(&a, &b) - 5.0 / 12.0).abs() < 1e-15);
        assert_eq!(quantile(&[1.0, 3.0], 0.25), 1.5);
        // Σ(x−m)³/4 = 6, variance 3.
        assert!((skewness(&[0.0, 0.0, 0.0, 4.0]) - 6.0 / 3f64.powf(1.5)).abs() < 1e-12);
    }
}
