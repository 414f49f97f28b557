//! Means, scatters and covariances as functions of a bundle.

use ndarray::{Array1, Array2, ArrayRef2};

use super::bundle::Bundle;
use super::compensated::Compensated;
use super::gram::scaled_gram;
use crate::error::{Code, Error, Result, counted};
use crate::linalg::{
    add_outer, independent_columns, is_finite, rounding_share, symmetric, symmetric_eigenvalues,
    zeros,
};

/// By what a scatter is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denominator {
    /// N: the maximum-likelihood covariance (scikit-learn, NumPy with `ddof=0`).
    Rows,
    /// N − 1: the unbiased total covariance (NumPy's default).
    RowsLessOne,
    /// N − K: the unbiased within-class covariance.
    RowsLessClasses,
    /// K (classes with rows): bob's within-class covariance, and covariances of class means.
    Classes,
    /// K − 1: the unbiased covariance of class means.
    ClassesLessOne,
}

impl Denominator {
    /// The divisor for `rows` rows of `classes` classes.
    ///
    /// Errors: `EEMPTY` if it is zero, with what is missing.
    pub fn value(self, rows: u64, classes: u64) -> Result<f64> {
        let value = match self {
            Self::Rows => rows,
            Self::RowsLessOne => rows.saturating_sub(1),
            Self::RowsLessClasses => rows.saturating_sub(classes),
            Self::Classes => classes,
            Self::ClassesLessOne => classes.saturating_sub(1),
        };
        if value == 0 {
            return Err(Error::new(
                Code::Empty,
                format!(
                    "{} of {}",
                    counted(rows as usize, "row", "rows"),
                    counted(classes as usize, "class", "classes")
                ),
                match self {
                    Self::Rows | Self::RowsLessOne => "at least two rows",
                    Self::RowsLessClasses => "a class with at least two rows",
                    Self::Classes | Self::ClassesLessOne => "at least two classes",
                },
            ));
        }
        Ok(value as f64)
    }
}

/// Mean of all rows, `d`.
pub fn mean(bundle: &Bundle) -> Array1<f64> {
    let n = bundle.rows as f64;
    bundle
        .shift
        .iter()
        .zip(bundle.sum.values())
        .map(|(c, f)| c + f / n)
        .collect()
}

/// Mean of the class means, every class with rows counted once, `d`.
///
/// Errors: `EOPTION` without classes.
pub fn mean_of_class_means(bundle: &Bundle) -> Result<Array1<f64>> {
    let classes = classes_of(bundle)?;
    let sums = sums_of(classes)?;
    let sum = |k: usize, j: usize| sums.get(k * bundle.dim + j);
    Ok(mean_of_means(&bundle.shift, &classes.counts, sum))
}

/// Mean of the means of classes, from the rows of each and their sums about `shift`.
pub(crate) fn mean_of_means(
    shift: &[f64],
    counts: &[u64],
    sum: impl Fn(usize, usize) -> f64,
) -> Array1<f64> {
    let mut total = vec![0.0; shift.len()];
    let mut present = 0.0;
    for (k, &n) in counts.iter().enumerate().filter(|(_, n)| **n > 0) {
        present += 1.0;
        for (j, total) in total.iter_mut().enumerate() {
            *total += sum(k, j) / n as f64;
        }
    }
    shift
        .iter()
        .zip(&total)
        .map(|(c, t)| c + t / present)
        .collect()
}

/// S_T = Σ (x − m)(x − m)ᵀ, `d × d`; exactly 0 in the rows and columns of constant columns.
///
/// Errors: `EOPTION` if the bundle has no scatter.
pub fn total_scatter(bundle: &Bundle) -> Result<Array2<f64>> {
    let scatter = part(&bundle.scatter, "a scatter")?;
    let mut out = full(scatter, bundle.dim)?;
    let sum: Vec<f64> = bundle.sum.values().collect();
    add_outer(&mut out, -1.0 / bundle.rows as f64, &sum, &sum);
    clear_rounding(&mut out, |j| scatter.get(j * bundle.dim + j));
    Ok(out)
}

/// Sets to 0 the rows and columns of a scatter that are nothing but rounding of the sums of squares that it is
/// the difference of.
pub(super) fn clear_rounding(scatter: &mut ArrayRef2<f64>, squares: impl Fn(usize) -> f64) {
    for j in 0..scatter.nrows() {
        if scatter[[j, j]] <= CONSTANT * squares(j) {
            scatter.row_mut(j).fill(0.0);
            scatter.column_mut(j).fill(0.0);
        }
    }
}

/// Share of a column's squares about the shift that rounding of their sums may leave beside the
/// mean: a column whose variance is not above it is constant.
pub(super) const CONSTANT: f64 = 1.0 / (1u64 << 40) as f64;

/// S_B = Σ_k n_k (m_k − m)(m_k − m)ᵀ, `d × d`.
///
/// Errors: `EOPTION` without classes.
pub fn between_scatter(bundle: &Bundle) -> Result<Array2<f64>> {
    let n = bundle.rows as f64;
    let offset: Vec<f64> = bundle.sum.values().map(|f| f / n).collect();
    let counts = &classes_of(bundle)?.counts;
    scaled_gram(&class_sums_about(bundle, &offset)?, |k| {
        let n = counts[k] as f64;
        (n > 0.0).then(|| n.sqrt() / n)
    })
}

/// S_W = S_T − S_B = Σ_k Σ_{x∈k} (x − m_k)(x − m_k)ᵀ, `d × d`.
///
/// Errors: `EOPTION` without classes or scatter.
pub fn within_scatter(bundle: &Bundle) -> Result<Array2<f64>> {
    let total = total_scatter(bundle)?;
    let mut out = &total - &between_scatter(bundle)?;
    clear_rounding(&mut out, |j| total[[j, j]]);
    Ok(out)
}

/// Σ_k n_k Σ_{x∈k} (x − m_k)(x − m_k)ᵀ: half the sum of δδᵀ over all ordered pairs of one class,
/// `d × d`.
///
/// Errors: `EOPTION` if the bundle has no weighted scatter.
pub fn weighted_within_scatter(bundle: &Bundle) -> Result<Array2<f64>> {
    let classes = classes_of(bundle)?;
    let mut out = weighted_scatter(bundle)?;
    let sums = class_sums_about(bundle, &vec![0.0; bundle.dim])?;
    // R_n − Σ n_k m_k m_kᵀ n_k = R_n − Σ F_k F_kᵀ, for sizes equal to counts; a shard of a larger
    // set has sizes beyond its counts.
    let between = scaled_gram(&sums, |k| {
        let n = classes.counts[k] as f64;
        (n > 0.0).then(|| (classes.sizes[k] as f64 / n).sqrt())
    })?;
    out -= &between;
    Ok(out)
}

/// `R_n` about the shift.
pub(crate) fn weighted_scatter(bundle: &Bundle) -> Result<Array2<f64>> {
    match bundle.uniform {
        Some(size) => Ok(full(part(&bundle.scatter, "a scatter")?, bundle.dim)? * size as f64),
        None => full(part(&bundle.weighted, "a weighted scatter")?, bundle.dim),
    }
}

/// `scatter / denominator`.
///
/// Errors: as [`Denominator::value`].
pub fn covariance(bundle: &Bundle, scatter: Array2<f64>, by: Denominator) -> Result<Array2<f64>> {
    Ok(scatter * (1.0 / by.value(bundle.rows, bundle.class_count() as u64)?))
}

/// Correlation matrix of a covariance: `C_ij / √(C_ii C_jj)`.
///
/// A column without variance has correlation 0 with every other and 1 with itself.
pub fn correlation(covariance: &ArrayRef2<f64>) -> Result<Array2<f64>> {
    let deviations: Vec<f64> = covariance
        .diag()
        .iter()
        .map(|v| v.max(0.0).sqrt())
        .collect();
    let mut out = zeros("a matrix", covariance.nrows(), covariance.ncols())?;
    for ((i, j), value) in out.indexed_iter_mut() {
        let scale = deviations[i] * deviations[j];
        *value = if i == j {
            1.0
        } else if scale > 0.0 {
            (covariance[[i, j]] / scale).clamp(-1.0, 1.0)
        } else {
            0.0
        };
    }
    Ok(out)
}

/// Rank and condition number of a symmetric positive semi-definite matrix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rank {
    /// Columns that are no linear function of others: more than `d(d + 512)·2⁻⁵³` of their
    /// variance is left when others explain what they can. Units do not matter.
    pub rank: usize,
    /// λ_max / λ_min, infinite when the rank is below `d`.
    pub condition: f64,
}

/// Rank and condition number; the rank by the rule by which matrices are inverted or refused.
///
/// Errors: those of [`symmetric_eigenvalues`]. Cost: the eigenvalues.
pub fn rank_and_condition(covariance: &ArrayRef2<f64>) -> Result<Rank> {
    let values = symmetric_eigenvalues(covariance)?;
    let (Some(&largest), Some(&smallest)) = (values.first(), values.last()) else {
        return Ok(Rank {
            rank: 0,
            condition: f64::INFINITY,
        });
    };
    // The eigenvalues of the correlations are not below λ_min over the largest variance: where that
    // is far above rounding, the rank is full.
    let most = covariance.diag().iter().fold(0.0, |m: f64, v| m.max(*v));
    let rank = if smallest > 4.0 * rounding_share(values.len()) * most {
        values.len()
    } else {
        independent_columns(covariance).rank
    };
    let condition = if rank == values.len() && smallest > 0.0 {
        largest / smallest
    } else {
        f64::INFINITY
    };
    Ok(Rank { rank, condition })
}

/// Class sums about `origin` (given about the shift), `K × d`; classes without rows are zero.
fn class_sums_about(bundle: &Bundle, origin: &[f64]) -> Result<Array2<f64>> {
    let classes = classes_of(bundle)?;
    let mut out = sums_of(classes)?.clone().into_matrix(bundle.dim)?;
    move_sums(&mut out, &classes.counts, origin);
    Ok(out)
}

/// Takes the sums of all classes about the shift out of the bundle, if it has some, and copies their counts.
pub(crate) fn take_class_sums(bundle: &mut Bundle) -> Result<Option<(Vec<u64>, Array2<f64>)>> {
    let Some(classes) = &mut bundle.classes else {
        return Ok(None);
    };
    let sums = classes.sums.take();
    let sums = sums.map(|sums| sums.into_matrix(bundle.dim)).transpose()?;
    Ok(sums.map(|sums| (classes.counts.clone(), sums)))
}

/// Restates class sums about `origin`: subtracts n_k · origin from each.
pub(crate) fn move_sums(sums: &mut ArrayRef2<f64>, counts: &[u64], origin: &[f64]) {
    for (mut row, &n) in sums.rows_mut().into_iter().zip(counts) {
        for (value, o) in row.iter_mut().zip(origin) {
            *value -= n as f64 * o;
        }
    }
}

/// The symmetric matrix whose upper triangle `values` holds.
fn full(values: &Compensated, dim: usize) -> Result<Array2<f64>> {
    debug_assert_eq!(values.len(), dim * dim);
    let out = symmetric(dim, |i, j| values.get(i * dim + j))?;
    if !is_finite(&out) {
        return Err(Error::new(
            Code::NotFinite,
            "a scatter that overflows",
            "smaller values",
        )
        .with_hint("Scale the rows down"));
    }
    Ok(out)
}

fn classes_of(bundle: &Bundle) -> Result<&super::bundle::ClassSums> {
    bundle.classes.as_ref().ok_or_else(no_labels)
}

fn sums_of(classes: &super::bundle::ClassSums) -> Result<&Compensated> {
    part(&classes.sums, "sums of classes")
}

/// The error of a step or an estimate that uses classes, on rows without labels.
pub(crate) fn no_labels() -> Error {
    Error::new(
        Code::Option,
        "rows without labels",
        "labels for a step or an estimate that uses classes",
    )
    .with_hint("Give labels, or choose steps that need none: center, pca, whiten, length-norm")
}

fn part<'a, T>(part: &'a Option<T>, name: &str) -> Result<&'a T> {
    part.as_ref().ok_or_else(|| {
        Error::new(
            Code::Option,
            format!("a bundle gathered without {name}"),
            format!("{name} in it"),
        )
    })
}
