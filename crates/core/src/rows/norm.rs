//! Euclidean norms that neither overflow nor underflow.

use crate::kernels::{Isa, Kernels};

/// Least sum of squares that has kept its digits.
const LEAST: f64 = 1e-280;

/// Euclidean norm of a row: 0 for zeros, not finite for a row with NaN or infinity.
pub(crate) fn norm(row: &[f64]) -> f64 {
    let square = (Kernels::<f64>::for_isa(Isa::best()).moments)(row)[1];
    if (LEAST..=f64::MAX).contains(&square) || square.is_nan() {
        return square.sqrt();
    }
    let largest = largest(row);
    if largest == 0.0 || largest.is_infinite() {
        return largest;
    }
    let squares = row.iter().map(|v| (v / largest) * (v / largest));
    largest * squares.sum::<f64>().sqrt()
}

/// Divides a finite row by its norm. Zeros stay zeros.
pub(crate) fn normalize(row: &mut [f64], isa: Isa) {
    let moments = Kernels::<f64>::for_isa(isa).moments;
    let mut square = moments(row)[1];
    if !(LEAST..=f64::MAX).contains(&square) {
        let largest = largest(row);
        if largest == 0.0 {
            return;
        }
        row.iter_mut().for_each(|v| *v /= largest);
        square = moments(row)[1];
    }
    let norm = square.sqrt();
    row.iter_mut().for_each(|v| *v /= norm);
}

/// Multiplies a row by the power of two that brings its largest entry to at most 1, which changes no digit of
/// it. False for zeros and for rows that are not finite, which stay as they are.
pub(crate) fn rescale(row: &mut [f64]) -> bool {
    let largest = largest(row);
    if largest == 0.0 || !row.iter().all(|v| v.is_finite()) {
        return false;
    }
    let (_, exponent) = libm::frexp(largest);
    let factor = libm::ldexp(1.0, -exponent.clamp(-1000, 1000));
    row.iter_mut().for_each(|v| *v *= factor);
    true
}

fn largest(row: &[f64]) -> f64 {
    row.iter().fold(0.0, |most, v| most.max(v.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_norm_is_right_at_every_size() {
        let row = [3.0, -4.0, 0.0, 12.0];
        for exponent in [-300, -200, -140, 0, 140, 200, 300] {
            let scale = 10f64.powi(exponent);
            let mut scaled = row.map(|v| v * scale);
            let relative = norm(&scaled) / (13.0 * scale);
            assert!((relative - 1.0).abs() < 1e-14, "1e{exponent}: {relative}");
            normalize(&mut scaled, Isa::best());
            for (v, unit) in scaled.iter().zip(row) {
                assert!((v - unit / 13.0).abs() < 1e-15, "1e{exponent}");
            }
        }
        assert_eq!(norm(&[0.0; 3]), 0.0);
        assert!(!norm(&[1.0, f64::NAN]).is_finite());
        assert!(!norm(&[1e-200, f64::NEG_INFINITY]).is_finite());
    }
}
