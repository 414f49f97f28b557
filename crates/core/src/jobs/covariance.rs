//! Embeddings to a mean and a covariance: which scatter, divided by what, shrunk how far.

use ndarray::{Array1, Array2};

use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::rows::{Classes, Embeddings, Invalid, RowSource, ScaledRows, TrainingRows};
use crate::statistics::{
    Bundle, BundleParts, Denominator, GatherOptions, Moments, Rank, Shrinkage, between_scatter,
    correlation, gather_in_range, mean, rank_and_condition, without_invalid_rows,
};

/// A sum of outer products, `d × d`; m is the mean of all rows, m_k that of a class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScatterOf {
    /// Σ (x − m)(x − m)ᵀ.
    #[default]
    Total,
    /// Σ_k Σ_{x∈k} (x − m_k)(x − m_k)ᵀ.
    Within,
    /// Σ_k n_k (m_k − m)(m_k − m)ᵀ; total = within + between.
    Between,
}

impl ScatterOf {
    /// The divisor that makes it an unbiased covariance: N − 1, N − K, K − 1.
    pub fn unbiased(self) -> Denominator {
        match self {
            Self::Total => Denominator::RowsLessOne,
            Self::Within => Denominator::RowsLessClasses,
            Self::Between => Denominator::ClassesLessOne,
        }
    }
}

/// An estimate, and the rows it is taken from.
#[derive(Clone, Copy, Debug)]
pub struct CovarianceRequest<'a> {
    /// The rows.
    pub rows: TrainingRows<'a>,
    /// The scatter.
    pub of: ScatterOf,
    /// Its divisor; nothing for the scatter itself.
    pub by: Option<Denominator>,
    /// How far it is pulled to a multiple of the identity.
    pub shrinkage: Shrinkage,
    /// Divides by the standard deviations of the columns at the end.
    pub correlation: bool,
}

impl<'a> CovarianceRequest<'a> {
    /// The unbiased covariance of `of`, without shrinkage.
    pub fn new(rows: TrainingRows<'a>, of: ScatterOf) -> Self {
        Self {
            rows,
            of,
            by: Some(of.unbiased()),
            shrinkage: Shrinkage::NONE,
            correlation: false,
        }
    }
}

/// An estimate and what is known of it.
#[derive(Clone, Debug)]
pub struct CovarianceOutcome {
    /// The matrix, `d × d`, symmetric.
    pub matrix: Array2<f64>,
    /// Mean of the rows used, `d`.
    pub mean: Array1<f64>,
    /// The divisor; 1 for a scatter.
    pub divisor: f64,
    /// ρ, or the ε of a ridge; 0 without shrinkage.
    pub shrinkage: f64,
    /// Of the matrix.
    pub rank: Rank,
    /// Rows used.
    pub rows: u64,
    /// Classes with rows; 0 without labels.
    pub classes: u64,
    /// Classes with one row; 0 without labels.
    pub singletons: u64,
    /// Rows left out because they were not finite.
    pub skipped: u64,
}

/// Estimates a covariance in one pass over the rows.
///
/// Ledoit–Wolf and OAS take ρ from the covariance with denominator N for the total, and from the
/// residuals pooled over classes for the within covariance (all rows are then read once more); for
/// the between covariance, whose rows are class means, they are refused. Neither ρ nor a
/// correlation depends on the unit of the rows. The same bits for any number of threads.
///
/// Errors: those of [`TrainingRows::classes`]; `EOPTION` for an estimate that needs labels, and
/// for a rule or a ρ that does not go with it; `EEMPTY` for a divisor of zero or a within scatter
/// of classes of one row; `EONECLASS` for a between scatter of one class; `ENOTFINITE` with row
/// and column, and for a matrix beyond the range of doubles; `EINPUTCHANGED`; `EMEMORY`; `EABORTED`. Cost: n·d²/2 multiply-adds and an
/// eigenvalue decomposition.
pub fn estimate_covariance(
    embeddings: &Embeddings,
    request: &CovarianceRequest<'_>,
    job: &Job,
) -> Result<CovarianceOutcome> {
    check_rule(request)?;
    if embeddings.rows() == 0 {
        return Err(embeddings.blame(Error::new(Code::Empty, "no rows", "at least one")));
    }
    if let Some(file) = embeddings.file() {
        file.advise_sequential();
    }
    let used = request
        .rows
        .classes(embeddings.rows())
        .map_err(|e| embeddings.blame(e))?;
    let outcome = embeddings.while_unchanged(|| estimate(embeddings, used, request, job));
    outcome.map_err(|e| embeddings.blame(e))
}

fn check_rule(request: &CovarianceRequest<'_>) -> Result<()> {
    if request.of != ScatterOf::Total && !request.rows.labelled() {
        return Err(Error::new(
            Code::Option,
            "rows without labels",
            "labels for a within or between covariance",
        )
        .with_hint("Give labels, or ask for the total covariance"));
    }
    let wrong = |found: String, expected: &str| Err(Error::new(Code::Option, found, expected));
    match request.shrinkage {
        Shrinkage::LedoitWolf | Shrinkage::Oas if request.of == ScatterOf::Between => wrong(
            "estimated shrinkage of a between covariance".into(),
            "none, a number or a ridge",
        ),
        Shrinkage::Fixed(rho) if !(0.0..=1.0).contains(&rho) => {
            wrong(format!("a shrinkage of {rho}"), "a number from 0 to 1")
        }
        Shrinkage::Ridge(epsilon) if !(epsilon >= 0.0 && epsilon.is_finite()) => {
            wrong(format!("a ridge of {epsilon}"), "a number of at least 0")
        }
        _ => Ok(()),
    }
}

fn estimate(
    embeddings: &Embeddings,
    mut used: Vec<u32>,
    request: &CovarianceRequest<'_>,
    job: &Job,
) -> Result<CovarianceOutcome> {
    let labelled = request.rows.labelled();
    let mut everything = request.rows.everything();
    let mut skipped = 0;
    if request.rows.invalid() == Invalid::Skip {
        (used, skipped) = without_invalid_rows(embeddings, Some(&Classes::new(&used)?))?;
        everything &= skipped == 0;
    }
    let classes = Classes::new(&used)?;
    let options = GatherOptions {
        parts: BundleParts {
            fourth: request.of == ScatterOf::Total && request.shrinkage == Shrinkage::LedoitWolf,
            ..BundleParts::SCATTER
        },
        phase: "rows",
        ..GatherOptions::default()
    };
    let given = (!everything).then_some(&classes);
    let (bundle, unit) = gather_in_range(embeddings, given, &options, job)?;
    job.check()?;
    let scaled = ScaledRows::new(embeddings, unit);
    let source: &dyn RowSource = if unit == 1.0 { embeddings } else { &scaled };
    let (rows, class_count) = (bundle.rows(), bundle.class_count() as u64);
    let count = |wanted: fn(&u64) -> bool| match bundle.class_counts() {
        Some(counts) if labelled => counts.iter().copied().filter(wanted).count() as u64,
        _ => 0,
    };
    let (present, singletons) = (count(|n| *n > 0), count(|n| *n == 1));
    let mean = mean(&bundle);
    let (scatter, shrinkage) = scatter(request, bundle, source, &used)?;
    let divisor = match request.by {
        Some(by) => by.value(rows, class_count)?,
        None => 1.0,
    };
    let mut matrix = request
        .shrinkage
        .apply(scatter * (1.0 / divisor), shrinkage);
    if request.correlation {
        matrix = correlation(&matrix)?;
    } else if unit != 1.0 {
        matrix = in_unit_of_rows(matrix, unit)?;
    }
    job.check()?;
    let freedom = (request.of.unbiased())
        .value(rows, class_count)
        .unwrap_or(0.0) as usize;
    let mut rank = rank_and_condition(&matrix)?;
    if shrinkage == 0.0 && freedom < rank.rank {
        rank = Rank {
            rank: freedom,
            condition: f64::INFINITY,
        };
    }
    Ok(CovarianceOutcome {
        rank,
        matrix,
        mean: mean * unit,
        divisor,
        shrinkage,
        rows,
        classes: present,
        singletons,
        skipped,
    })
}

/// The scatter that was asked for, not yet shrunk, and the intensity to shrink it by.
fn scatter(
    request: &CovarianceRequest<'_>,
    bundle: Bundle,
    rows: &dyn RowSource,
    classes: &[u32],
) -> Result<(Array2<f64>, f64)> {
    let between = match request.of {
        ScatterOf::Between => Some(between_scatter(&bundle)?),
        _ => None,
    };
    let moments = Moments::new(bundle)?;
    let rule = request.shrinkage;
    let residuals = |unit, within| moments.residual_fourth(rows, classes, unit, within);
    Ok(match (request.of, rule) {
        (ScatterOf::Within, _) => (
            moments.within()?.clone(),
            moments.within_shrinkage(rule, &residuals)?,
        ),
        (ScatterOf::Total, Shrinkage::LedoitWolf | Shrinkage::Oas) => (
            moments.total()?.clone(),
            moments.total_shrinkage(rule, &residuals)?,
        ),
        (_, Shrinkage::Fixed(given) | Shrinkage::Ridge(given)) => match between {
            Some(between) => {
                moments.needs_two_classes()?;
                (between, given)
            }
            None => (moments.total()?.clone(), given),
        },
        _ => return Err(Error::internal("a rule that was refused")),
    })
}

/// A covariance of rows that were divided by `unit`, as one of the rows.
fn in_unit_of_rows(matrix: Array2<f64>, unit: f64) -> Result<Array2<f64>> {
    let matrix = matrix * unit * unit;
    let largest = matrix.diag().iter().fold(0.0, |most: f64, v| most.max(*v));
    if largest.is_normal() && matrix.iter().all(|v| v.is_finite()) {
        return Ok(matrix);
    }
    let found = "a covariance beyond the range of double precision";
    Err(
        Error::new(Code::NotFinite, found, "variances from 1e-300 to 1e300")
            .with_hint("Multiply the rows by a constant first")
            .with_advice("take correlations instead", "correlation", Some("true")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::npy::Io;
    use crate::testing::{Lcg, RowsFile};

    fn outcome(
        values: &[f64],
        dim: usize,
        labels: Option<&[u32]>,
        change: impl FnOnce(&mut CovarianceRequest<'_>),
    ) -> Result<CovarianceOutcome> {
        let file = RowsFile::new(values, dim);
        let rows = TrainingRows {
            of_row: labels,
            ..TrainingRows::default()
        };
        let of = match labels {
            Some(_) => ScatterOf::Within,
            None => ScatterOf::Total,
        };
        let mut request = CovarianceRequest::new(rows, of);
        change(&mut request);
        estimate_covariance(&file.open(Io::Mmap), &request, &Job::new())
    }

    /// ρ of Ledoit and Wolf over residuals, by its definition in two passes.
    fn slow_rho(residuals: &[Vec<f64>], freedom: f64) -> f64 {
        let (n, d) = (residuals.len() as f64, residuals[0].len());
        let mut c = vec![vec![0.0; d]; d];
        for r in residuals {
            for i in 0..d {
                for j in 0..d {
                    c[i][j] += r[i] * r[j] / freedom;
                }
            }
        }
        let square: f64 = c.iter().flatten().map(|v| v * v).sum();
        let mu = (0..d).map(|i| c[i][i]).sum::<f64>() / d as f64;
        let fourth: f64 = residuals
            .iter()
            .map(|r| r.iter().map(|v| v * v).sum::<f64>().powi(2))
            .sum();
        let delta = square / d as f64 - mu * mu;
        let beta = (fourth / n - square) / (d as f64 * n);
        (beta.min(delta) / delta).max(0.0)
    }

    #[test]
    fn ledoit_wolf_takes_every_row_of_large_sets() {
        let (n, d, classes) = (24_000, 20, 6_000);
        let mut random = Lcg(5);
        let mut x: Vec<f64> = (0..n * d)
            .map(|i| random.double() * (1.0 + (i % d) as f64 * 0.1))
            .collect();
        // Twenty rows far out, none of them on a grid of sampled rows.
        for k in 0..20 {
            for v in &mut x[(k * 1_200 + 7) * d..][..d] {
                *v *= 60.0;
            }
        }
        let labels: Vec<u32> = (0..n as u32).map(|i| i % classes).collect();
        let mut means = vec![vec![0.0; d]; classes as usize];
        for (row, k) in x.chunks(d).zip(&labels) {
            let size = n as f64 / f64::from(classes);
            for (m, v) in means[*k as usize].iter_mut().zip(row) {
                *m += v / size;
            }
        }
        let scale = (4.0f64 / 3.0).sqrt();
        let residual = |(row, k): (&[f64], &u32)| -> Vec<f64> {
            let mean = &means[*k as usize];
            row.iter().zip(mean).map(|(v, m)| (v - m) * scale).collect()
        };
        let within: Vec<Vec<f64>> = x.chunks(d).zip(&labels).map(residual).collect();
        let expected = slow_rho(&within, n as f64);
        assert!(expected > 0.2 && expected < 0.95, "{expected}");
        let by = |labels| {
            let rule = |r: &mut CovarianceRequest<'_>| r.shrinkage = Shrinkage::LedoitWolf;
            outcome(&x, d, labels, rule).unwrap().shrinkage
        };
        assert!((by(Some(&labels)) - expected).abs() < 1e-10);

        let mean = |j: usize| x.iter().skip(j).step_by(d).sum::<f64>() / n as f64;
        let mean: Vec<f64> = (0..d).map(mean).collect();
        let centered = |row: &[f64]| row.iter().zip(&mean).map(|(v, m)| v - m).collect();
        let total: Vec<Vec<f64>> = x.chunks(d).map(centered).collect();
        assert!((by(None) - slow_rho(&total, n as f64)).abs() < 1e-10);
    }

    #[test]
    fn neither_shrinkage_nor_a_correlation_depends_on_the_unit() {
        let x = [1.0, 2.0, 3.0, 1.0, -2.0, 1.5, 0.0, -1.0, 2.0, 0.5, 1.0, 1.0];
        let labels = [0, 1, 0, 1, 0, 1];
        for labels in [None, Some(&labels[..])] {
            for shrinkage in [Shrinkage::LedoitWolf, Shrinkage::Oas] {
                let at = |exponent: i32, correlation: bool| {
                    let scale = 10f64.powi(exponent);
                    let rows = x.map(|v| v * scale);
                    outcome(&rows, 2, labels, |request| {
                        request.shrinkage = shrinkage;
                        request.correlation = correlation;
                    })
                };
                let expected = at(0, true).unwrap();
                for exponent in [-300, -200, -150, -80, 77, 150, 200, 300] {
                    let found = at(exponent, true).unwrap();
                    assert!(
                        (found.shrinkage - expected.shrinkage).abs() < 1e-12,
                        "{exponent}"
                    );
                    let gap = found.matrix[[0, 1]] - expected.matrix[[0, 1]];
                    assert!(gap.abs() < 1e-12, "{exponent}");
                    assert_eq!(found.rank.rank, 2);
                    match at(exponent, false) {
                        Ok(outcome) => {
                            assert!((-150..=150).contains(&exponent));
                            let ratio = outcome.matrix[[0, 0]] / 10f64.powi(exponent).powi(2);
                            let plain = at(0, false).unwrap().matrix[[0, 0]];
                            assert!((ratio / plain - 1.0).abs() < 1e-12, "{exponent}");
                        }
                        Err(error) => {
                            assert_eq!(error.code(), Code::NotFinite);
                            assert!(!(-150..=150).contains(&exponent));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_column_that_is_constant_inside_classes_has_no_variance_there() {
        let mut random = Lcg(17);
        let n = 600u32;
        let labels: Vec<u32> = (0..n).map(|i| i % 40).collect();
        let x: Vec<f64> = labels
            .iter()
            .flat_map(|k| [random.double(), f64::from(*k).sqrt(), random.double() + 3.0])
            .collect();
        let found = outcome(&x, 3, Some(&labels), |_| ()).unwrap();
        assert_eq!(found.rank.rank, 2);
        assert_eq!(found.matrix.row(1).to_vec(), [0.0; 3]);
    }

    #[test]
    fn ranks_are_right_on_both_sides() {
        let rank = |x: &[f64], dim: usize| outcome(x, dim, None, |_| ()).unwrap().rank.rank;
        assert_eq!(rank(&[7.0, 2.0, 5.0, 8.0, 1.0, 4.0, 0.0, 7.0, 3.0], 3), 2);
        let mut random = Lcg(11);
        let mut column = |n: usize| -> Vec<f64> { (0..n).map(|_| random.double()).collect() };
        for n in [8, 300, 5_000] {
            let (a, b) = (column(n), column(n));
            let rows = |third: &dyn Fn(usize) -> f64| -> Vec<f64> {
                (0..n).flat_map(|i| [a[i], b[i] + 1e4, third(i)]).collect()
            };
            assert_eq!(rank(&rows(&|i| 3.0 * a[i]), 3), 2, "proportional");
            assert_eq!(rank(&rows(&|i| 1e150 * a[i]), 3), 2, "proportional");
            assert_eq!(rank(&rows(&|i| a[i] - b[i]), 3), 2, "a difference");
            assert_eq!(rank(&rows(&|_| 0.1), 3), 2, "constant");
            assert_eq!(
                rank(&rows(&|i| f64::from(u8::from(i.is_multiple_of(2)))), 3),
                3
            );
            let near = |i: usize| a[i] + 1e-4 * f64::from(u8::from(i.is_multiple_of(3)));
            assert_eq!(rank(&rows(&near), 3), 3, "nearly proportional");
            assert_eq!(
                rank(
                    &rows(&|i| 1e-150 * f64::from(u8::from(i.is_multiple_of(3)))),
                    3
                ),
                3
            );
            let one_hot: Vec<f64> = (0..n)
                .flat_map(|i| (0..4).map(move |j| f64::from(u8::from(i % 4 == j))))
                .collect();
            assert_eq!(rank(&one_hot, 4), 3, "one-hot");
        }
    }
}
