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
use crate::evaluation::{Dyads, Spread, reach};
use crate::linalg::{Cholesky, multiply_vector, zeros};

/// Newton's method doubles its digits each time; one that has not converged by now never does.
const ITERATIONS: usize = 200;
const CONVERGED: f64 = 1e-12;
/// Curvature of a column that differs by rounding alone; columns that vary have the deviation 1.
const NO_CURVATURE: f64 = 1e-20;

/// What is regressed on what.
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
    /// One for each scaled feature, and the constant.
    beta: Array1<f64>,
    /// Of the second derivatives.
    inverse: Array2<f64>,
    /// Derivative of the loss of each pair by its η.
    residuals: Vec<f64>,
}

impl<'a> Regression<'a> {
    pub(super) fn solve(&'a self) -> Result<Solution<'a>> {
        let (center, scale) = self.moments();
        let mut solution = Solution {
            regression: self,
            beta: Array1::zeros(center.len() + 1),
            inverse: zeros("second derivatives", center.len() + 1, center.len() + 1)?,
            residuals: vec![0.0; self.same.len()],
            center,
            scale,
        };
        let mut loss = f64::INFINITY;
        for _ in 0..ITERATIONS {
            let (gradient, hessian) = solution.derivatives();
            let factor = Cholesky::new(&hessian).map_err(|_| alike())?;
            solution.inverse = factor.inverse()?;
            let step = multiply_vector(&solution.inverse, &gradient);
            let most = step.iter().fold(0.0f64, |most, s| most.max(s.abs()));
            let before = solution.beta.clone();
            let mut share = 1.0;
            loop {
                solution.beta = &before - &(&step * share);
                let now = solution.loss();
                if now <= loss || share < 1e-6 {
                    loss = now;
                    break;
                }
                share /= 2.0;
            }
            let size = before.iter().fold(1.0f64, |most, b| most.max(b.abs()));
            if most * share <= CONVERGED * size {
                return Ok(solution);
            }
        }
        Ok(solution)
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
            (center, if varies { deviation } else { 1.0 })
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
    fn row(&self, pair: usize, row: &mut [f64]) {
        let features = self.regression.columns.iter();
        for (place, column) in features.enumerate() {
            row[place] = (column[pair] - self.center[place]) / self.scale[place];
        }
        row[self.center.len()] = 1.0;
    }

    fn odds(&self, row: &[f64]) -> f64 {
        let sum: f64 = row.iter().zip(&self.beta).map(|(x, b)| x * b).sum();
        sum + log_odds(self.regression.prior)
    }

    fn loss(&self) -> f64 {
        let (weights, targets) = (self.regression.weights(), self.regression.targets());
        let mut row = vec![0.0; self.beta.len()];
        let mut loss = 0.0;
        for (pair, same) in self.regression.same.iter().enumerate() {
            self.row(pair, &mut row);
            let odds = self.odds(&row);
            let (weight, target) = of_kind(*same, weights, targets);
            let softplus = odds.max(0.0) + libm::log1p(libm::exp(-odds.abs()));
            loss += weight * (softplus - target * odds);
        }
        loss + self.regression.ridge / 2.0 * self.slopes().map(|b| b * b).sum::<f64>()
    }

    fn slopes(&self) -> impl Iterator<Item = f64> + '_ {
        self.beta.iter().copied().take(self.center.len())
    }

    /// Of the loss; the residuals are kept.
    fn derivatives(&mut self) -> (Array1<f64>, Array2<f64>) {
        let (weights, targets) = (self.regression.weights(), self.regression.targets());
        let k = self.beta.len();
        let (mut gradient, mut hessian) = (Array1::zeros(k), Array2::zeros((k, k)));
        let mut row = vec![0.0; k];
        for (pair, same) in self.regression.same.iter().enumerate() {
            self.row(pair, &mut row);
            let share = 1.0 / (1.0 + libm::exp(-self.odds(&row)));
            let (weight, target) = of_kind(*same, weights, targets);
            self.residuals[pair] = weight * (share - target);
            let curvature = weight * share * (1.0 - share);
            for i in 0..k {
                gradient[i] += self.residuals[pair] * row[i];
                for j in 0..=i {
                    hessian[[i, j]] += curvature * row[i] * row[j];
                }
            }
        }
        for i in 0..k {
            for j in 0..i {
                hessian[[j, i]] = hessian[[i, j]];
            }
            if i + 1 < k {
                gradient[i] += self.regression.ridge * self.beta[i];
                hessian[[i, i]] += self.regression.ridge;
                // A column that never varies has no curvature and keeps the coefficient 0.
                if hessian[[i, i]] < NO_CURVATURE {
                    hessian[[i, i]] = 1.0;
                }
            }
        }
        (gradient, hessian)
    }

    /// The coefficient of each column, and the constant: the log-likelihood ratio is their sum.
    pub(super) fn coefficients(&self) -> (Vec<f64>, f64) {
        let slopes: Vec<f64> = self.slopes().zip(&self.scale).map(|(b, s)| b / s).collect();
        let shift: f64 = slopes.iter().zip(&self.center).map(|(b, c)| b * c).sum();
        (slopes, self.beta[self.center.len()] - shift)
    }

    /// The spread of the linear form `Σ direction β`, over scaled features and the constant.
    fn spread(&self, direction: &[f64], dyads: Option<&Dyads<'_>>) -> Spread {
        let towards = multiply_vector(&self.inverse, &Array1::from(direction.to_vec()));
        let (k, columns) = (self.center.len(), self.regression.columns);
        let derivative = |pair: usize| {
            let mut along = towards[k];
            for place in 0..k {
                let x = (columns[place][pair] - self.center[place]) / self.scale[place];
                along += towards[place] * x;
            }
            -self.residuals[pair] * along
        };
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
        let half = reach(level, spread.freedom()) * spread.error();
        let half = if half.is_finite() { half } else { 0.0 };
        let scale = self.scale[column];
        (self.beta[column] / scale, half / scale)
    }

    /// Intervals of every ratio that the regression gives. Degrees of freedom are the fewest of the
    /// middle, the mean genuine pair and the mean impostor pair.
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
        let probes = [
            self.mean_of(None),
            self.mean_of(Some(1)),
            self.mean_of(Some(0)),
        ];
        let freedom = probes.map(|probe| self.spread(&probe, dyads).freedom());
        let freedom = freedom.into_iter().fold(f64::INFINITY, f64::min);
        let widened = if freedom.is_finite() {
            (freedom + 1.0) / freedom
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
        let mut mean = vec![0.0; self.beta.len()];
        mean[self.center.len()] = 1.0;
        let Some(kind) = kind else { return mean };
        let of_kind = || (0..self.residuals.len()).filter(|p| self.regression.same[*p] == kind);
        let count = of_kind().count() as f64;
        for (place, column) in self.regression.columns.iter().enumerate() {
            let sum: f64 = of_kind().map(|pair| column[pair]).sum();
            mean[place] = (sum / count - self.center[place]) / self.scale[place];
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
