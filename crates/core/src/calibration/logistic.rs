//! Prior-weighted logistic regression on a few columns, by Newton's method.
//!
//! Minimises `π/P Σ_genuine ln(1 + e^−η) + (1 − π)/Q Σ_impostors ln(1 + e^η) + λ/2 Σ β²` with
//! `η = Σ β z + constant + ln(π/(1 − π))`, z the columns centered and scaled by their weighted moments.
//!
//! Source: Brümmer & du Preez (2006) for the weights; Platt, Advances in Large Margin Classifiers (1999),
//! for targets short of 0 and 1 where no finite slope is the best.

use ndarray::{Array1, Array2};

use super::map::{Uncertainty, log_odds};
use crate::error::{Code, Error, Result};
use crate::evaluation::{Dyads, Spread, freedom_of_difference, reach};
use crate::job::memory::filled;
use crate::linalg::{Cholesky, multiply_vector, zeros};

/// Newton's method doubles its digits each time; one that has not converged by now never does.
const ITERATIONS: usize = 200;
const CONVERGED: f64 = 1e-12;
/// The least share of a step, where rounding alone raises the loss.
const LEAST_STEP: f64 = 1e-6;
/// Curvature of a column that differs by rounding alone; columns that vary have the deviation 1.
const NO_CURVATURE: f64 = 1e-20;

/// Columns of scores, the truth that they explain, and how.
pub(super) struct Regression<'a> {
    /// One column for each feature, a value for each pair.
    pub(super) columns: &'a [Vec<f64>],
    pub(super) same: &'a [u8],
    /// Prior of a genuine pair, π.
    pub(super) prior: f64,
    /// λ.
    pub(super) ridge: f64,
    /// True for targets short of 0 and 1.
    pub(super) softened: bool,
}

/// A regression at its minimum.
pub(super) struct Solution<'a> {
    regression: &'a Regression<'a>,
    center: Vec<f64>,
    scale: Vec<f64>,
    /// Scaled features of each pair and 1, pair after pair.
    rows: Vec<f64>,
    /// One for each scaled feature, and the constant.
    beta: Array1<f64>,
    /// Of the second derivatives.
    inverse: Array2<f64>,
    /// Derivative of the loss of each pair by its η.
    residuals: Vec<f64>,
}

/// The loss and its derivatives.
struct Derivatives {
    loss: f64,
    gradient: Array1<f64>,
    hessian: Array2<f64>,
}

impl<'a> Regression<'a> {
    pub(super) fn solve(&'a self) -> Result<Solution<'a>> {
        let (center, scale) = self.moments();
        let k = center.len() + 1;
        let mut solution = Solution {
            regression: self,
            rows: self.scaled(&center, &scale)?,
            beta: Array1::zeros(k),
            inverse: zeros("second derivatives", k, k)?,
            residuals: filled("residuals", self.same.len(), 0.0)?,
            center,
            scale,
        };
        let mut here = solution.derivatives();
        for _ in 0..ITERATIONS {
            let factor = Cholesky::new(&here.hessian).map_err(|_| alike())?;
            solution.inverse = factor.inverse()?;
            let step = multiply_vector(&solution.inverse, &here.gradient);
            let before = solution.beta.clone();
            let mut share = 1.0;
            let next = loop {
                solution.beta = &before - &(&step * share);
                let next = solution.derivatives();
                if next.loss <= here.loss || share < LEAST_STEP {
                    break next;
                }
                share /= 2.0;
            };
            here = next;
            let most = step.iter().fold(0.0f64, |most, s| most.max(s.abs()));
            let size = before.iter().fold(1.0f64, |most, b| most.max(b.abs()));
            if most * share <= CONVERGED * size {
                break;
            }
        }
        Ok(solution)
    }

    /// Scaled features of each pair and 1.
    fn scaled(&self, center: &[f64], scale: &[f64]) -> Result<Vec<f64>> {
        let k = center.len() + 1;
        let mut rows = filled("scaled scores", self.same.len().saturating_mul(k), 1.0)?;
        for (pair, row) in rows.chunks_exact_mut(k).enumerate() {
            for (place, column) in self.columns.iter().enumerate() {
                row[place] = (column[pair] - center[place]) / scale[place];
            }
        }
        Ok(rows)
    }

    /// The weight of a genuine pair and of an impostor pair.
    fn weights(&self) -> (f64, f64) {
        let genuine = self.same.iter().filter(|same| **same == 1).count() as f64;
        let impostors = self.same.len() as f64 - genuine;
        (self.prior / genuine, (1.0 - self.prior) / impostors)
    }

    /// The target of a genuine pair and of an impostor pair.
    fn targets(&self) -> (f64, f64) {
        if !self.softened {
            return (1.0, 0.0);
        }
        let genuine = self.same.iter().filter(|same| **same == 1).count() as f64;
        let impostors = self.same.len() as f64 - genuine;
        ((genuine + 1.0) / (genuine + 2.0), 1.0 / (impostors + 2.0))
    }

    /// Weighted mean and deviation of each column; a column that never varies has the deviation 1.
    fn moments(&self) -> (Vec<f64>, Vec<f64>) {
        let (genuine, impostor) = self.weights();
        let weight = |same: u8| if same == 1 { genuine } else { impostor };
        let mean = |of: &mut dyn Iterator<Item = (f64, u8)>| -> f64 {
            of.map(|(value, same)| weight(same) * value).sum()
        };
        let moments = self.columns.iter().map(|column| {
            let pairs = || column.iter().copied().zip(self.same.iter().copied());
            let center = mean(&mut pairs());
            let square = |(x, same): (f64, u8)| ((x - center) * (x - center), same);
            let deviation = mean(&mut pairs().map(square)).sqrt();
            let varies = deviation > 1e-14 * center.abs() && deviation > 0.0;
            // The rounding of the mean of many equal scores is no deviation, and no second constant.
            match column.iter().all(|x| *x == column[0]) {
                true => (column[0], 1.0),
                false => (center, if varies { deviation } else { 1.0 }),
            }
        });
        moments.unzip()
    }
}

fn alike() -> Error {
    Error::new(
        Code::Singular,
        "scores of which one follows from the others",
        "parts that differ",
    )
    .with_hint("Leave one of them out, or set a larger ridge")
}

impl Solution<'_> {
    fn slopes(&self) -> impl Iterator<Item = f64> + '_ {
        self.beta.iter().copied().take(self.center.len())
    }

    /// The loss at these coefficients; the residuals are kept.
    fn derivatives(&mut self) -> Derivatives {
        let regression = self.regression;
        let (weights, targets) = (regression.weights(), regression.targets());
        let (k, prior) = (self.beta.len(), log_odds(regression.prior));
        let beta = self.beta.to_vec();
        let (mut loss, mut gradient, mut hessian) = (0.0, vec![0.0; k], vec![0.0; k * k]);
        let pairs = self.rows.chunks_exact(k).zip(regression.same);
        for ((row, same), residual) in pairs.zip(&mut self.residuals) {
            let odds = prior + row.iter().zip(&beta).map(|(x, b)| x * b).sum::<f64>();
            let small = libm::exp(-odds.abs());
            let share = if odds < 0.0 { small } else { 1.0 } / (1.0 + small);
            let (weight, target) = of_kind(*same, weights, targets);
            loss += weight * (odds.max(0.0) + libm::log1p(small) - target * odds);
            *residual = weight * (share - target);
            let curvature = weight * small / ((1.0 + small) * (1.0 + small));
            for (i, x) in row.iter().enumerate() {
                gradient[i] += *residual * x;
                for (j, y) in row[..=i].iter().enumerate() {
                    hessian[i * k + j] += curvature * x * y;
                }
            }
        }
        let ridge = regression.ridge;
        loss += ridge / 2.0 * self.slopes().map(|b| b * b).sum::<f64>();
        for i in 0..k - 1 {
            gradient[i] += ridge * beta[i];
            hessian[i * k + i] += ridge;
            // A column that never varies has no curvature and keeps the coefficient 0.
            if hessian[i * k + i] < NO_CURVATURE {
                hessian[i * k + i] = 1.0;
            }
        }
        Derivatives {
            loss,
            gradient: Array1::from(gradient),
            hessian: Array2::from_shape_fn((k, k), |(i, j)| hessian[i.max(j) * k + i.min(j)]),
        }
    }

    /// The coefficient of each column, and the constant: the log-likelihood ratio is their sum.
    pub(super) fn coefficients(&self) -> (Vec<f64>, f64) {
        let slopes: Vec<f64> = self.slopes().zip(&self.scale).map(|(b, s)| b / s).collect();
        let shift: f64 = slopes.iter().zip(&self.center).map(|(b, c)| b * c).sum();
        (slopes, self.beta[self.center.len()] - shift)
    }

    /// The spread of the linear form `Σ direction β`, over scaled features and the constant. The gradient is a mean
    /// over genuine pairs and one over impostors, so what a pair adds to its error is what it differs by from the
    /// mean of its kind: those means cancel each other, and would widen ratios near the middle by half.
    fn spread(&self, direction: &[f64], dyads: Option<&Dyads<'_>>) -> Spread {
        let towards = multiply_vector(&self.inverse, &Array1::from(direction.to_vec()));
        let (k, towards) = (self.beta.len(), towards.to_vec());
        let added = |pair: usize| {
            let row = &self.rows[pair * k..][..k];
            let along: f64 = row.iter().zip(&towards).map(|(x, t)| x * t).sum();
            -self.residuals[pair] * along
        };
        let same = self.regression.same;
        let means = means_of_kinds(same, added);
        let derivative = |pair: usize| added(pair) - means[usize::from(same[pair])];
        match dyads {
            Some(dyads) => dyads.spread(derivative),
            None => Spread::of((0..self.residuals.len()).map(derivative), 0.0),
        }
    }

    /// The coefficient of a column with half the width of its interval.
    pub(super) fn weight(
        &self,
        column: usize,
        dyads: Option<&Dyads<'_>>,
        level: f64,
    ) -> (f64, f64) {
        let mut direction = vec![0.0; self.beta.len()];
        direction[column] = 1.0;
        let spread = self.spread(&direction, dyads);
        let freedom = self.freedom(dyads);
        let freedom = freedom.min(freedom_of_difference(spread.freedom()));
        let half = reach(level, freedom) * spread.widened(freedom).sqrt();
        let half = if half.is_finite() { half } else { 0.0 };
        let scale = self.scale[column];
        (self.beta[column] / scale, half / scale)
    }

    /// Degrees of freedom by the fewest people who carry the middle, the mean genuine pair or the mean impostor
    /// pair. A ratio is as often too large as too small, as a difference is.
    fn freedom(&self, dyads: Option<&Dyads<'_>>) -> f64 {
        let probes = [None, Some(1), Some(0)].map(|kind| self.mean_of(kind));
        let carriers = probes.map(|probe| self.spread(&probe, dyads).freedom());
        freedom_of_difference(carriers.into_iter().fold(f64::INFINITY, f64::min))
    }

    /// Intervals of every ratio that the regression gives.
    pub(super) fn uncertainty(&self, dyads: Option<&Dyads<'_>>, level: f64) -> Uncertainty {
        let k = self.beta.len();
        let unit = |i: usize, j: usize| {
            let mut direction = vec![0.0; k];
            direction[i] += 1.0;
            if i != j {
                direction[j] += 1.0;
            }
            self.spread(&direction, dyads)
        };
        let own: Vec<Spread> = (0..k).map(|i| unit(i, i)).collect();
        let freedom = self.freedom(dyads);
        // Residuals of k fitted coefficients vary less than those of the truth, by k of so many people.
        let carriers = freedom + 1.0;
        let widened = if freedom.is_finite() {
            carriers / (carriers - k as f64).max(1.0)
        } else {
            1.0
        };
        let factor = reach(level, freedom).powi(2) * widened;
        let (mut squares, mut shared) = (vec![0.0; k * k], vec![0.0; k * k]);
        for i in 0..k {
            for j in 0..=i {
                // A quadratic form of a sum holds the product of two directions twice.
                let (s, d) = if i == j {
                    (own[i].squares, own[i].dyads)
                } else {
                    let both = unit(i, j);
                    let half = |both: f64, a: f64, b: f64| (both - a - b) / 2.0;
                    (
                        half(both.squares, own[i].squares, own[j].squares),
                        half(both.dyads, own[i].dyads, own[j].dyads),
                    )
                };
                for place in [i * k + j, j * k + i] {
                    squares[place] = factor * s;
                    shared[place] = factor * d;
                }
            }
        }
        Uncertainty {
            center: self.center.clone(),
            scale: self.scale.clone(),
            squares,
            dyads: shared,
        }
    }

    /// Scaled features of the mean pair of a kind, or of the weighted mean of all.
    fn mean_of(&self, kind: Option<u8>) -> Vec<f64> {
        let k = self.beta.len();
        let mut mean = vec![0.0; k];
        mean[k - 1] = 1.0;
        let Some(kind) = kind else { return mean };
        let of_kind = self.rows.chunks_exact(k).zip(self.regression.same);
        let of_kind: Vec<&[f64]> = of_kind
            .filter(|(_, same)| **same == kind)
            .map(|(row, _)| row)
            .collect();
        for (place, mean) in mean.iter_mut().enumerate() {
            let sum: f64 = of_kind.iter().map(|row| row[place]).sum();
            *mean = sum / of_kind.len() as f64;
        }
        mean
    }
}

fn of_kind(same: u8, weights: (f64, f64), targets: (f64, f64)) -> (f64, f64) {
    match same {
        1 => (weights.0, targets.0),
        _ => (weights.1, targets.1),
    }
}

/// The mean over impostor pairs and that over genuine pairs.
pub(super) fn means_of_kinds(same: &[u8], of: impl Fn(usize) -> f64) -> [f64; 2] {
    let (mut sums, mut counts) = ([0.0; 2], [0.0; 2]);
    for (pair, kind) in same.iter().enumerate() {
        sums[usize::from(*kind)] += of(pair);
        counts[usize::from(*kind)] += 1.0;
    }
    [sums[0] / counts[0], sums[1] / counts[1]]
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;
    use crate::evaluation::normals;

    #[test]
    fn ratios_of_many_draws_differ_by_as_much_as_one_draw_tells() {
        const DRAWS: usize = 400;
        let mut random = ChaCha8Rng::seed_from_u64(171);
        let same: Vec<u8> = (0..200).map(|pair| u8::from(pair % 4 == 0)).collect();
        for at in [-1.0, 0.0, 1.0] {
            let (mut ratios, mut told) = (vec![], 0.0);
            for _ in 0..DRAWS {
                let noise = normals(&mut random, same.len());
                let scores = same.iter().zip(noise);
                let columns = [scores
                    .map(|(same, z)| 2.0 * f64::from(*same) - 1.0 + z)
                    .collect()];
                let regression = Regression {
                    columns: &columns,
                    same: &same,
                    prior: 0.5,
                    ridge: 0.0,
                    softened: false,
                };
                let solution = regression.solve().unwrap();
                let direction = [(at - solution.center[0]) / solution.scale[0], 1.0];
                let (slopes, offset) = solution.coefficients();
                ratios.push(slopes[0] * at + offset);
                told += solution.spread(&direction, None).squares / DRAWS as f64;
            }
            let mean = ratios.iter().sum::<f64>() / DRAWS as f64;
            let squares = ratios.iter().map(|ratio| (ratio - mean).powi(2));
            let told = told * DRAWS as f64 / squares.sum::<f64>();
            assert!((0.75..1.15).contains(&told), "at {at}: {told}");
        }
    }
}
