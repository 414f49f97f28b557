//! How far a covariance is pulled towards a multiple of the identity.

use ndarray::{Array2, ArrayRef2};

use super::bundle::Bundle;
use super::estimate::{mean, total_scatter};
use crate::error::{Code, Error, Result};
use crate::linalg::{add_to_diagonal, trace};

/// A rule for `C ← (1 − ρ) C + ρ (tr C / d) I`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shrinkage {
    /// ρ by Ledoit and Wolf (2004).
    LedoitWolf,
    /// ρ by oracle-approximating shrinkage (Chen et al. 2010).
    Oas,
    /// A given ρ in [0, 1]; 0 leaves the covariance as it is.
    Fixed(f64),
    /// `C + ε (tr C / d) I` with the given ε ≥ 0 instead.
    Ridge(f64),
}

impl Shrinkage {
    /// No shrinkage.
    pub const NONE: Self = Self::Fixed(0.0);

    /// Applies the rule to `covariance`, given the ρ of rules that estimate it.
    pub fn apply(self, mut covariance: Array2<f64>, estimated: f64) -> Array2<f64> {
        let level = trace(&covariance) / covariance.nrows().max(1) as f64;
        let (keep, add) = match self {
            Self::LedoitWolf | Self::Oas => (1.0 - estimated, estimated * level),
            Self::Fixed(rho) => (1.0 - rho, rho * level),
            Self::Ridge(epsilon) => (1.0, epsilon * level),
        };
        if keep != 1.0 {
            covariance *= keep;
        }
        add_to_diagonal(&mut covariance, add);
        covariance
    }
}

/// Shrinkage ρ of the total covariance with denominator N after Ledoit and Wolf (2004, section 3.2),
/// from one pass.
///
/// ρ = min(β, δ)/δ with μ = tr C/d, δ = ‖C − μI‖²_F/d and β = (Σ‖x − m‖⁴/N − ‖C‖²_F)/(d N); the
/// fourth moment about the mean comes from the sums about the shift. Equals the two-pass form to
/// rounding. ρ = 0 where C is a multiple of the identity already.
///
/// Errors: `EOPTION` if the bundle has no fourth moments or no scatter.
pub fn ledoit_wolf(bundle: &Bundle) -> Result<f64> {
    let c = total_scatter(bundle)? * (1.0 / bundle.rows as f64);
    let unit = unit_of(&c);
    let fourth = centered_fourth_moment(bundle)? / unit / unit;
    Ok(ledoit_wolf_of(&c, unit, fourth, bundle.rows as f64))
}

/// The power of two at or below the mean variance of `c`: squares of variances in it neither
/// overflow nor underflow, and no digit changes.
pub(crate) fn unit_of(c: &ArrayRef2<f64>) -> f64 {
    let d = c.nrows().max(1) as f64;
    let mean: f64 = c.diag().iter().map(|v| v / d).sum();
    if mean > 0.0 && mean.is_finite() {
        let (_, exponent) = libm::frexp(mean);
        return libm::ldexp(1.0, (exponent - 1).clamp(-1000, 1000));
    }
    1.0
}

/// Σ‖x − m‖⁴.
pub(crate) fn centered_fourth_moment(bundle: &Bundle) -> Result<f64> {
    let (Some(fourth), Some(scatter)) = (&bundle.fourth, &bundle.scatter) else {
        return Err(Error::new(
            Code::Option,
            "a bundle gathered without fourth moments",
            "fourth moments in it",
        ));
    };
    let dim = bundle.dim;
    let n = bundle.rows as f64;
    let m: Vec<f64> = mean(bundle)
        .iter()
        .zip(&bundle.shift)
        .map(|(m, c)| m - c)
        .collect();
    let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    let q = dot(&m, &m);
    let sum: Vec<f64> = bundle.sum.values().collect();
    let cubic: Vec<f64> = fourth.values().take(dim).collect();
    let mut quadratic = 0.0;
    let mut trace = 0.0;
    for i in 0..dim {
        trace += scatter.get(i * dim + i);
        quadratic += scatter.get(i * dim + i) * m[i] * m[i];
        for j in i + 1..dim {
            quadratic += 2.0 * scatter.get(i * dim + j) * m[i] * m[j];
        }
    }
    Ok(
        fourth.get(dim) + 4.0 * quadratic + n * q * q - 4.0 * dot(&m, &cubic) + 2.0 * q * trace
            - 4.0 * q * dot(&m, &sum),
    )
}

/// The formula of [`ledoit_wolf`] for a covariance `c` of `n` rows whose deviations have the sum
/// of fourth powers of lengths `fourth`, in units of `unit²`.
pub(crate) fn ledoit_wolf_of(c: &ArrayRef2<f64>, unit: f64, fourth: f64, n: f64) -> f64 {
    let d = c.nrows() as f64;
    let (mu, square) = mean_and_square(c, unit);
    let delta = square / d - mu * mu;
    let beta = (fourth / n - square) / (d * n);
    if delta > 0.0 && beta > 0.0 {
        return (beta / delta).min(1.0);
    }
    0.0
}

/// tr C/d and ‖C‖²_F of `c` in units of `unit`.
fn mean_and_square(c: &ArrayRef2<f64>, unit: f64) -> (f64, f64) {
    let trace: f64 = c.diag().iter().map(|v| v / unit).sum();
    let square = c.iter().map(|v| (v / unit) * (v / unit)).sum();
    (trace / c.nrows() as f64, square)
}

/// Oracle-approximating shrinkage ρ of a covariance `c` of `n` rows (Chen, Wiesel, Eldar and Hero
/// 2010, equation 23, without its terms of 2/d, as in scikit-learn):
/// min(1, (α + μ²)/((n + 1)(α − μ²/d))) with α the mean squared entry; 1 where `c` is a multiple
/// of the identity. 0 for one column, which no shrinkage changes.
pub fn oas(c: &ArrayRef2<f64>, n: f64) -> f64 {
    let d = c.nrows() as f64;
    if c.nrows() < 2 {
        return 0.0;
    }
    let (mu, square) = mean_and_square(c, unit_of(c));
    let alpha = square / (d * d);
    let denominator = (n + 1.0) * (alpha - mu * mu / d);
    if denominator > 0.0 {
        return ((alpha + mu * mu) / denominator).min(1.0);
    }
    1.0
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn shrinkage_does_not_depend_on_the_unit() {
        let c = array![[2.0, 0.3], [0.3, 1.0]];
        for exponent in [-300, -77, 0, 77, 300] {
            let scale = 10f64.powi(exponent);
            let scaled = &c * scale;
            assert!(
                (oas(&scaled, 20.0) - oas(&c, 20.0)).abs() < 1e-12,
                "1e{exponent}"
            );
            let unit = unit_of(&scaled);
            let fourth = 300.0 * (scale / unit) * (scale / unit);
            let rho = ledoit_wolf_of(&scaled, unit, fourth, 20.0);
            let (of_c, unit) = (&c, unit_of(&c));
            let expected = ledoit_wolf_of(of_c, unit, 300.0 / unit / unit, 20.0);
            assert!(expected > 0.1 && expected < 1.0);
            assert!((rho - expected).abs() < 1e-12, "1e{exponent}");
        }
    }

    #[test]
    fn one_column_is_not_shrunk() {
        assert_eq!(oas(&array![[3.0]], 20.0), 0.0);
        assert_eq!(ledoit_wolf_of(&array![[3.0]], 2.0, 500.0, 20.0), 0.0);
        assert_eq!(oas(&array![[3.0, 0.0], [0.0, 3.0]], 20.0), 1.0);
    }
}
