//! PLDA after Prince and Elder (2007): x = μ + V h + ε with h ~ N(0, I_r) per class and
//! ε ~ N(0, W) per row, by expectation–maximisation.
//!
//! This is the two-covariance model with B = V Vᵀ, of full rank with r = d. Each iteration ends with
//! the step of minimum divergence (Brümmer 2010), which gives h its unit covariance back without
//! lowering the likelihood. So it is the parameter-expanded EM of Liu, Rubin and Wu (1998), which
//! takes variances that belong at zero there at a geometric rate. Without that step they fall as one
//! over the number of iterations.

use ndarray::{Array1, Array2, ArrayRef2};

use super::ascent::Ascent;
use super::{Stop, TwoCovariance, TwoCovarianceFit};
use crate::error::Result;
use crate::job::{Job, threads};
use crate::linalg::{
    Cholesky, congruence, first_rows, generalized_symmetric_eigen, identity, map_rows, multiply,
    multiply_transposed, multiply_vector, scale_rows, symmetric_eigen, symmetrize, trace,
    transposed, transposed_multiply, zeros,
};
use crate::statistics::{ClassStatistics, scaled_gram};

/// Mean, factor of the between covariance, and within covariance.
#[derive(Clone, Debug)]
pub struct Subspace {
    /// μ, `d`.
    pub mean: Array1<f64>,
    /// V with B = V Vᵀ, `d × r`.
    pub factor: Array2<f64>,
    /// W, `d × d`, positive definite.
    pub within: Array2<f64>,
}

impl Subspace {
    /// The `rank` strongest directions of a model with full covariances.
    ///
    /// Errors: `ESINGULAR` if W is not positive definite.
    pub fn leading(model: TwoCovariance, rank: usize) -> Result<Self> {
        let eigen = generalized_symmetric_eigen(&model.between, &model.within)?;
        // B = Σ ψ (W v)(W v)ᵀ.
        let mut rows = multiply(&first_rows(eigen.vectors, rank), &model.within)?;
        scale_rows(
            &mut rows,
            eigen.values.iter().map(|psi| psi.max(0.0).sqrt()),
        );
        Ok(Self {
            mean: model.mean,
            factor: transposed(&rows)?,
            within: model.within,
        })
    }
}

/// Fits by expectation–maximisation from `start`; its mean is passed through. Singletons inform B
/// and count in the likelihood.
///
/// Along axes on which the rows of no class differ, no likelihood bounds W from below, so it is
/// maximised over W ⪰ that of the start there. Everywhere else W ⪰ S_W / N anyway.
///
/// Errors: `EONECLASS` with fewer than two classes, `EEMPTY` if no class has two rows,
/// `ESINGULAR` if W is not positive definite, `EABORTED`. Cost: O(K d r + d³) per iteration.
pub fn expectation_maximisation(
    stats: &ClassStatistics,
    start: Subspace,
    stop: Stop,
    job: &Job,
) -> Result<TwoCovarianceFit> {
    stats.check()?;
    let (d, rank) = start.factor.dim();
    // In the basis where W is the identity at the start, the unit of no column matters.
    let root = Cholesky::new(&start.within)?;
    let whiten = root.inverse_lower()?;
    let floor = multiply_transposed(&undetermined(stats, &start.within, stop.rounding)?, &whiten)?;
    let stats = ClassStatistics {
        counts: stats.counts.clone(),
        sums: map_rows(&stats.sums, &whiten)?,
        within: congruence(&whiten, &stats.within)?,
    };
    let total = &stats.within + &stats.between()?;
    let sizes = Sizes::of(&stats.counts);
    let mut ascent = Ascent::new(stop, stats.rows() * d as f64);
    let volume = 0.5 * stats.rows() * root.log_determinant();
    let mut model = Subspace {
        mean: start.mean,
        factor: multiply(&whiten, &start.factor)?,
        within: identity(d)?,
    };
    loop {
        job.check()?;
        let posteriors = expect((&stats, &sizes), &total, &model)?;
        if ascent.ends_at(posteriors.log_likelihood - volume)? {
            break;
        }
        model = maximise((&stats, &sizes), &total, model.mean, &posteriors)?;
        raise(&mut model.within, &floor)?;
    }
    let mut between = multiply_transposed(&model.factor, &model.factor)?;
    symmetrize(&mut between);
    let white = TwoCovariance {
        mean: model.mean,
        between,
        within: model.within,
    };
    let (mut psi, transform) = white.diagonalize()?;
    psi.iter_mut().skip(rank).for_each(|p| *p = 0.0);
    let (log_likelihood, converged) = ascent.finish();
    Ok(TwoCovarianceFit {
        psi,
        transform: multiply(&transform, &whiten)?,
        model: TwoCovariance {
            between: congruence(root.lower(), &white.between)?,
            within: congruence(root.lower(), &white.within)?,
            mean: white.mean,
        },
        log_likelihood,
        converged,
    })
}

/// Q, `k × d`: the k axes along which S_W is nothing but rounding, each scaled so that QᵀQ is W there.
fn undetermined(
    stats: &ClassStatistics,
    within: &ArrayRef2<f64>,
    share: f64,
) -> Result<Array2<f64>> {
    let eigen = symmetric_eigen(&stats.within)?;
    let d = eigen.values.len();
    let total = trace(&stats.within) + trace(&stats.between()?);
    let least = share * total;
    let seen = eigen.values.iter().take_while(|&&v| v > least).count();
    let mut out = zeros("a matrix", d - seen, d)?;
    for (mut row, axis) in out
        .rows_mut()
        .into_iter()
        .zip(eigen.vectors.rows().into_iter().skip(seen))
    {
        let image = multiply_vector(within, &axis);
        let variance: f64 = axis.iter().zip(&image).map(|(v, i)| v * i).sum();
        row.scaled_add(variance.sqrt(), &axis);
    }
    Ok(out)
}

/// The W ⪰ QᵀQ of the largest likelihood where A, the W given, is that without the bound.
///
/// log|W| + tr W⁻¹A is least at A^½ max(A^-½ QᵀQ A^-½, I) A^½, the maximum taken of eigenvalues.
/// With Q A⁻¹ Qᵀ = Zᵀ diag(c) Z that is A + Σ (1 − 1/c)(Qᵀz)(Qᵀz)ᵀ over c > 1.
fn raise(a: &mut Array2<f64>, q: &ArrayRef2<f64>) -> Result<()> {
    if q.is_empty() {
        return Ok(());
    }
    let eigen = symmetric_eigen(a)?;
    let least = f64::EPSILON * eigen.values.first().map_or(1.0, |v| v.max(1.0));
    let mut inverse_root = eigen.vectors;
    scale_rows(
        &mut inverse_root,
        eigen.values.iter().map(|v| 1.0 / v.max(least).sqrt()),
    );
    let half = multiply_transposed(q, &inverse_root)?;
    let mut ratio = multiply_transposed(&half, &half)?;
    symmetrize(&mut ratio);
    let eigen = symmetric_eigen(&ratio)?;
    let mut rows = multiply(&eigen.vectors, q)?;
    scale_rows(
        &mut rows,
        eigen.values.iter().map(|c| (1.0 - 1.0 / c.max(1.0)).sqrt()),
    );
    *a += &multiply(&transposed(&rows)?, &rows)?;
    symmetrize(a);
    Ok(())
}

/// The sizes of classes, each once: there are few, since classes of all of them have rows.
struct Sizes {
    values: Vec<f64>,
    /// The place of the size of each class.
    of_class: Vec<usize>,
}

impl Sizes {
    fn of(counts: &[f64]) -> Self {
        let mut values = counts.to_vec();
        values.sort_unstable_by(f64::total_cmp);
        values.dedup();
        let place = |n: &f64| values.partition_point(|size| size < n);
        Self {
            of_class: counts.iter().map(place).collect(),
            values,
        }
    }
}

/// Posteriors of all h in the basis where Vᵀ W⁻¹ V is diagonal.
struct Posteriors {
    /// Diagonal of Vᵀ W⁻¹ V, `r`; a class of n rows has the posterior precision 1 + n·strength.
    strength: Vec<f64>,
    /// Posterior means, `K × r`.
    means: Array2<f64>,
    /// Log-likelihood of all rows.
    log_likelihood: f64,
}

/// The E-step: h | rows ~ N(L⁻¹ Vᵀ W⁻¹ s, L⁻¹) with L = I + n Vᵀ W⁻¹ V and s the class sum.
fn expect(
    (stats, sizes): (&ClassStatistics, &Sizes),
    total: &Array2<f64>,
    model: &Subspace,
) -> Result<Posteriors> {
    let (d, n_rows) = (model.factor.nrows(), stats.rows());
    let cholesky = Cholesky::new(&model.within)?;
    let rotation = || -> Result<(Vec<f64>, Array2<f64>)> {
        let white = transposed(&cholesky.solve_lower(&model.factor)?)?;
        let mut gram_white = multiply_transposed(&white, &white)?;
        symmetrize(&mut gram_white);
        let eigen = symmetric_eigen(&gram_white)?;
        let strength: Vec<f64> = eigen.values.iter().map(|v| v.max(0.0)).collect();
        // Rows of the projection take a class sum to the rotated Vᵀ W⁻¹ s.
        let rotated = multiply(&eigen.vectors, &white)?;
        let projection = transposed(&cholesky.solve_upper(&transposed(&rotated)?)?)?;
        Ok((strength, map_rows(&stats.sums, &projection)?))
    };
    let spread = || -> Result<f64> {
        let half = transposed(&cholesky.solve_lower(total)?)?;
        Ok(trace(&cholesky.solve_lower(&half)?))
    };
    let ((strength, mut means), mut quadratic) = threads::both(rotation, spread)?;
    let mut logs = vec![0.0; sizes.values.len() * strength.len()];
    let rows = logs.chunks_mut(strength.len().max(1)).zip(&sizes.values);
    threads::share(rows, |(row, n)| {
        for (log, s) in row.iter_mut().zip(&strength) {
            *log = libm::log(1.0 + n * s);
        }
    });
    let mut determinants = 0.0;
    let classes = stats.counts.iter().zip(&sizes.of_class);
    for ((n, size), mut row) in classes.zip(means.rows_mut()) {
        for ((f, s), log) in row
            .iter_mut()
            .zip(&strength)
            .zip(&logs[size * strength.len()..])
        {
            let precision = 1.0 + n * s;
            quadratic -= *f * *f / precision;
            determinants += log;
            *f /= precision;
        }
    }
    let constant = n_rows * d as f64 * libm::log(2.0 * std::f64::consts::PI);
    let log_likelihood =
        -0.5 * (constant + n_rows * cholesky.log_determinant() + determinants + quadratic);
    Ok(Posteriors {
        strength,
        means,
        log_likelihood,
    })
}

/// The M-step and the step of minimum divergence. With R = Σ n E[h hᵀ] and T = Σ E[h] sᵀ:
/// V = Tᵀ R⁻¹, W = (S_T − V T)/N, then V ← V chol(Σ E[h hᵀ]/K).
fn maximise(
    (stats, sizes): (&ClassStatistics, &Sizes),
    total: &Array2<f64>,
    mean: Array1<f64>,
    posteriors: &Posteriors,
) -> Result<Subspace> {
    let (counts, means) = (&stats.counts, &posteriors.means);
    let mut second = scaled_gram(means, |k| Some(counts[k].sqrt()))?;
    let mut spread = scaled_gram(means, |_| Some(1.0))?;
    let mut terms = vec![(0.0, 0.0); sizes.values.len()];
    for (i, s) in posteriors.strength.iter().enumerate() {
        for (term, n) in terms.iter_mut().zip(&sizes.values) {
            *term = (n / (1.0 + n * s), 1.0 / (1.0 + n * s));
        }
        let mut sums = (second[[i, i]], spread[[i, i]]);
        for size in &sizes.of_class {
            sums.0 += terms[*size].0;
            sums.1 += terms[*size].1;
        }
        (second[[i, i]], spread[[i, i]]) = sums;
    }
    let cross = transposed_multiply(means, &stats.sums)?;
    let regressed = || -> Result<(Array2<f64>, Array2<f64>)> {
        let second = Cholesky::new(&second)?;
        let factor = transposed(&second.solve_upper(&second.solve_lower(&cross)?)?)?;
        let mut within = total - &multiply(&factor, &cross)?;
        symmetrize(&mut within);
        within *= 1.0 / stats.rows();
        Ok((factor, within))
    };
    let spread = || Cholesky::new(&(&spread * (1.0 / counts.len() as f64)));
    let ((factor, within), spread) = threads::both(regressed, spread)?;
    Ok(Subspace {
        mean,
        factor: multiply(&factor, spread.lower())?,
        within,
    })
}
