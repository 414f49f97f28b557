//! The statistics of one pass, and how those of two parts become those of the whole.

use super::compensated::Compensated;
use crate::error::{Code, Error, Result};

/// Which sums a pass gathers beyond counts and sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BundleParts {
    /// `R = Σ x xᵀ`.
    pub scatter: bool,
    /// `R_n = Σ n_{y(x)} x xᵀ`, for learners over all pairs; needs classes and the scatter.
    pub weighted: bool,
    /// `t = Σ ‖x‖² x` and `f = Σ ‖x‖⁴`, for Ledoit–Wolf shrinkage of the total covariance.
    pub fourth: bool,
    /// The sum of each class, where rows have classes; rows of each class are counted without it.
    pub classes: bool,
}

impl BundleParts {
    /// The sum of all rows only.
    pub const SUM: Self = Self {
        scatter: false,
        weighted: false,
        fourth: false,
        classes: false,
    };
    /// The sums of all rows and of each class.
    pub const CLASSES: Self = Self {
        classes: true,
        ..Self::SUM
    };
    /// Parts that means, scatters and covariances need.
    pub const SCATTER: Self = Self {
        scatter: true,
        ..Self::CLASSES
    };
    /// Everything.
    pub const ALL: Self = Self {
        weighted: true,
        fourth: true,
        ..Self::SCATTER
    };

    /// The sums that are in either.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            scatter: self.scatter || other.scatter,
            weighted: self.weighted || other.weighted,
            fourth: self.fourth || other.fourth,
            classes: self.classes || other.classes,
        }
    }

    /// Each part as a flag.
    pub(crate) fn flags(self) -> [bool; 4] {
        [self.scatter, self.weighted, self.fourth, self.classes]
    }

    /// The parts of [`flags`](Self::flags).
    pub(crate) fn of_flags([scatter, weighted, fourth, classes]: [bool; 4]) -> Self {
        Self {
            scatter,
            weighted,
            fourth,
            classes,
        }
    }

    /// In words, the sums that are here and not in `there`.
    pub(crate) fn beyond(self, there: Self) -> Vec<&'static str> {
        let names = [
            "products of columns",
            "products weighted by class",
            "fourth powers",
            "sums of each class",
        ];
        let both = self.flags().into_iter().zip(there.flags());
        let beyond = names.into_iter().zip(both);
        let beyond = beyond.filter(|(_, (here, there))| *here && !there);
        beyond.map(|(name, _)| name).collect()
    }
}

/// Mergeable statistics of rows about a provisional shift: with `u = x − shift`, the number of
/// rows, `n_k` and `F_k = Σ_{x∈k} u` per class, `R = Σ u uᵀ`, `R_n = Σ n_y u uᵀ`, `t = Σ ‖u‖² u`
/// and `f = Σ ‖u‖⁴`.
///
/// Only [`super::gather`] and [`Bundle::merge`] make one. Memory: two doubles for each
/// value.
#[derive(Clone, Debug)]
pub struct Bundle {
    pub(super) dim: usize,
    pub(super) rows: u64,
    pub(super) skipped: u64,
    pub(super) shift: Vec<f64>,
    pub(super) sum: Compensated,
    /// Upper triangle, `dim × dim`; what is below the diagonal is not maintained.
    pub(super) scatter: Option<Compensated>,
    pub(super) weighted: Option<Compensated>,
    /// The one size of all classes, when the weighted scatter is that multiple of the scatter.
    pub(super) uniform: Option<u64>,
    /// `t` and, last, `f`.
    pub(super) fourth: Option<Compensated>,
    pub(super) classes: Option<ClassSums>,
}

#[derive(Clone, Debug)]
pub(super) struct ClassSums {
    pub(super) counts: Vec<u64>,
    /// Sizes in the whole set: the weights of `R_n`.
    pub(super) sizes: Vec<u64>,
    /// The sum of each, if they are wanted.
    pub(super) sums: Option<Compensated>,
}

impl Bundle {
    /// Number of columns.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Number of rows that were used.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Number of rows left out because they held NaN or infinity.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// The provisional shift.
    pub fn shift(&self) -> &[f64] {
        &self.shift
    }

    /// Rows of each class that were used, or nothing if there were no labels.
    pub fn class_counts(&self) -> Option<&[u64]> {
        self.classes.as_ref().map(|c| &*c.counts)
    }

    /// Number of classes with at least one row.
    pub fn class_count(&self) -> usize {
        self.class_counts()
            .map_or(0, |counts| counts.iter().filter(|&&n| n > 0).count())
    }

    /// Which sums are here.
    pub fn parts(&self) -> BundleParts {
        BundleParts {
            scatter: self.scatter.is_some(),
            weighted: self.weighted.is_some() || self.uniform.is_some(),
            fourth: self.fourth.is_some(),
            classes: self.classes.as_ref().is_some_and(|c| c.sums.is_some()),
        }
    }

    /// The bundle of the rows of `self` followed by those of `other`.
    ///
    /// With equal shifts every sum is added in extended precision: shards cut at multiples of
    /// 2048 rows and gathered about one shift merge, in order, to the bits of one pass. With
    /// different shifts `other` is moved first, which costs a rounding of order 2⁻⁵³ per sum.
    /// Class numbers mean the same class in both.
    ///
    /// Errors: `EDIMENSION` if the columns differ; `EOPTION` if the parts differ, only one has
    /// classes, or the class sizes behind the weighted scatter differ.
    pub fn merge(mut self, mut other: Self) -> Result<Self> {
        if self.dim != other.dim {
            return Err(Error::new(
                Code::Dimension,
                format!("{} columns", other.dim),
                format!("{}", self.dim),
            ));
        }
        if self.parts() != other.parts() || self.classes.is_some() != other.classes.is_some() {
            return Err(Error::new(
                Code::Option,
                "bundles that hold different statistics",
                "shards gathered with the same options",
            ));
        }
        if let (Some(a), Some(b), true) = (&self.classes, &other.classes, self.parts().weighted)
            && a.sizes != b.sizes
        {
            return Err(Error::new(
                Code::Option,
                "shards weighted by different class sizes",
                "the class sizes of the whole set for every shard",
            )
            .with_hint("Count the classes of all shards first and pass those sizes"));
        }
        if self.shift != other.shift {
            other.move_to(&self.shift)?;
        }
        let weighted = self.parts().weighted;
        self.rows += other.rows;
        self.skipped += other.skipped;
        self.sum.merge(&other.sum);
        let pairs = [
            (&mut self.scatter, &other.scatter),
            (&mut self.weighted, &other.weighted),
            (&mut self.fourth, &other.fourth),
        ];
        for (mine, theirs) in pairs {
            if let (Some(mine), Some(theirs)) = (mine, theirs) {
                mine.merge(theirs);
            }
        }
        if let (Some(mine), Some(theirs)) = (&mut self.classes, &other.classes) {
            let count = mine.counts.len().max(theirs.counts.len());
            mine.counts.resize(count, 0);
            for (a, b) in mine.counts.iter_mut().zip(&theirs.counts) {
                *a += b;
            }
            if let (Some(mine), Some(theirs)) = (&mut mine.sums, &theirs.sums) {
                mine.resize(count * self.dim);
                mine.merge(theirs);
            }
            if theirs.sizes.len() > mine.sizes.len() {
                mine.sizes.resize(theirs.sizes.len(), 0);
            }
            // Sizes that were counted per shard add up; sizes of the whole set agree already.
            if !weighted {
                mine.sizes.clone_from(&mine.counts);
            }
        }
        Ok(self)
    }

    /// Holds the weighted scatter as a matrix of its own, so that bundles whose classes are of other
    /// sizes can follow.
    pub(crate) fn weigh_apart(&mut self) -> Result<()> {
        if let (Some(size), Some(scatter)) = (self.uniform.take(), &self.scatter) {
            let mut weighted = Compensated::zeros("the weighted scatter matrix", scatter.len())?;
            let values: Vec<f64> = scatter.values().map(|v| v * size as f64).collect();
            weighted.add(&values);
            self.weighted = Some(weighted);
        }
        Ok(())
    }

    /// Restates every sum about another shift: `u' = u + δ`, `δ = old − new`.
    fn move_to(&mut self, shift: &[f64]) -> Result<()> {
        let delta: Vec<f64> = self
            .shift
            .iter()
            .zip(shift)
            .map(|(old, new)| old - new)
            .collect();
        let n = self.rows as f64;
        let sum: Vec<f64> = self.sum.values().collect();
        if let (Some(fourth), Some(scatter)) = (&mut self.fourth, &self.scatter) {
            let dim = self.dim;
            let upper: Vec<f64> = scatter.values().collect();
            let at = |i: usize, j: usize| upper[i.min(j) * dim + i.max(j)];
            let moved: Vec<f64> = (0..dim)
                .map(|i| (0..dim).map(|j| at(i, j) * delta[j]).sum())
                .collect();
            let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
            let trace: f64 = (0..dim).map(|i| at(i, i)).sum();
            let square = dot(&delta, &delta);
            let cubic: Vec<f64> = fourth.values().take(dim).collect();
            let weight = trace + 2.0 * dot(&sum, &delta) + n * square;
            let mut change: Vec<f64> = (0..dim)
                .map(|i| 2.0 * moved[i] + square * sum[i] + delta[i] * weight)
                .collect();
            change.push(
                4.0 * dot(&delta, &moved)
                    + n * square * square
                    + 4.0 * dot(&cubic, &delta)
                    + 2.0 * square * trace
                    + 4.0 * square * dot(&sum, &delta),
            );
            fourth.add(&change);
        }
        if let Some(scatter) = &mut self.scatter {
            scatter.add(&moved_scatter(&sum, n, &delta));
        }
        if let (Some(weighted), Some(classes)) = (&mut self.weighted, &self.classes)
            && let Some((sum, n)) = classes.weighted_sum(self.dim)
        {
            weighted.add(&moved_scatter(&sum, n, &delta));
        }
        let change: Vec<f64> = delta.iter().map(|d| n * d).collect();
        self.sum.add(&change);
        if let Some(ClassSums {
            counts,
            sums: Some(sums),
            ..
        }) = &mut self.classes
        {
            let change: Vec<f64> = counts
                .iter()
                .flat_map(|&n| delta.iter().map(move |d| n as f64 * d))
                .collect();
            sums.add(&change);
        }
        self.shift = shift.to_vec();
        Ok(())
    }
}

impl ClassSums {
    /// `Σ n_y u` and `Σ n_y` over all rows; nothing without sums.
    pub(super) fn weighted_sum(&self, dim: usize) -> Option<(Vec<f64>, f64)> {
        let sums = self.sums.as_ref()?;
        let mut sum = vec![0.0; dim];
        let mut total = 0.0;
        for (k, &count) in self.counts.iter().enumerate() {
            let size = self.sizes[k] as f64;
            total += size * count as f64;
            for (j, out) in sum.iter_mut().enumerate() {
                *out += size * sums.get(k * dim + j);
            }
        }
        Some((sum, total))
    }
}

/// `F δᵀ + δ Fᵀ + n δ δᵀ`, row-major.
fn moved_scatter(sum: &[f64], n: f64, delta: &[f64]) -> Vec<f64> {
    let mut out = Vec::with_capacity(sum.len() * sum.len());
    for (f_i, d_i) in sum.iter().zip(delta) {
        for (f_j, d_j) in sum.iter().zip(delta) {
            out.push(f_i * d_j + d_i * f_j + n * d_i * d_j);
        }
    }
    out
}
