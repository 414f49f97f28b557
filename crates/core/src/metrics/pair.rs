//! Two rows that meet, and the parts that formulas of distances share.
//!
//! NaN means "undefined for this pair" here and only here: [`crate::measure`] applies the policy
//! that the caller chose.

use super::Parameters;
use crate::kernels::{Element, Group, Kernels, Single, Whitening};

/// Moments of a row.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RowStats {
    /// `Σ x`
    pub(crate) sum: f64,
    /// `Σ x²`
    pub(crate) sumsq: f64,
    /// `Σ (x − x̄)²`, where a metric needs it.
    pub(crate) centered: f64,
}

/// Variances and covariance of the rows that `seuclidean` and `mahalanobis` measure against.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reference {
    /// One over the variance of each column.
    pub(crate) inverse_variance: Vec<f64>,
    /// The mean and the inverse Cholesky factor of the covariance.
    pub(crate) whitening: Whitening,
}

/// The forms of `offset-cosine`: the geometric mean of both orders, as its author's slides have it,
/// and as the file has it that he uploaded.
pub(super) const SYMMETRIC: f64 = 0.0;
pub(super) const ORIGINAL: f64 = 1.0;
pub(super) const BOTH: f64 = 2.0;

/// Two rows of equal length with all that a formula may read.
pub(crate) struct Pair<'a, T> {
    pub(super) kernels: &'a Kernels<T>,
    pub(super) x: &'a [T],
    pub(super) y: &'a [T],
    pub(super) of_x: &'a RowStats,
    pub(super) of_y: &'a RowStats,
    pub(super) reference: &'a Reference,
    pub(super) parameters: &'a Parameters,
    /// The metric's `pair_sum` of these rows, where it is known.
    pub(super) known: Option<f64>,
}

/// The code of a metric, compiled for rows of either element type.
#[derive(Debug)]
pub(crate) struct Distance {
    pub(super) single: fn(&Pair<'_, Single>) -> f64,
    pub(super) double: fn(&Pair<'_, f64>) -> f64,
}

/// An element type that metrics are compiled for.
pub(crate) trait Measurable: Element {
    /// The function for rows of this type.
    fn choose(distance: &Distance) -> fn(&Pair<'_, Self>) -> f64;
}

impl Measurable for Single {
    fn choose(distance: &Distance) -> fn(&Pair<'_, Self>) -> f64 {
        distance.single
    }
}

impl Measurable for f64 {
    fn choose(distance: &Distance) -> fn(&Pair<'_, Self>) -> f64 {
        distance.double
    }
}

impl<T: Element> Pair<'_, T> {
    /// A sum over both rows.
    pub(super) fn sum<S>(&self, kernel: fn(&[T], &[T]) -> S) -> S {
        kernel(self.x, self.y)
    }

    pub(super) fn dot(&self) -> f64 {
        self.known.unwrap_or_else(|| self.sum(self.kernels.dot))
    }

    pub(super) fn squares(&self) -> f64 {
        self.known
            .unwrap_or_else(|| self.sum(self.kernels.sqeuclidean))
    }

    pub(super) fn gaps(&self) -> f64 {
        self.known
            .unwrap_or_else(|| self.sum(self.kernels.cityblock))
    }

    pub(super) fn cosine(&self) -> f64 {
        cosine(self.dot(), self.of_x.sumsq, self.of_y.sumsq)
    }

    /// The cosine of the rows less their own means.
    pub(super) fn correlation(&self) -> f64 {
        let dot = self.known.unwrap_or_else(|| {
            let d = self.x.len() as f64;
            let (x_mean, y_mean) = (self.of_x.sum / d, self.of_y.sum / d);
            (self.kernels.centered_dot)(self.x, self.y, x_mean, y_mean)
        });
        cosine(dot, self.of_x.varying(), self.of_y.varying())
    }

    pub(super) fn norms(&self) -> [f64; 2] {
        [self.of_x.sumsq.sqrt(), self.of_y.sumsq.sqrt()]
    }

    pub(super) fn offset_cosine(&self) -> f64 {
        let [offset, norm_offset, form] = *self.parameters;
        let [nx, ny] = self.norms();
        let above = |norm: f64| {
            if norm > norm_offset {
                norm - norm_offset
            } else {
                f64::NAN
            }
        };
        let denominator = if form == ORIGINAL {
            above(nx) * ny
        } else if form == BOTH {
            above(nx) * above(ny)
        } else {
            root_of_product(above(nx) * nx, above(ny) * ny)
        };
        1.0 - (self.dot() - offset) / size_or_nan(denominator)
    }

    pub(super) fn euclidean(&self) -> f64 {
        let square = self.squares();
        if (1e-280..=f64::MAX).contains(&square) {
            return square.sqrt();
        }
        // Squares of the gaps over the largest gap neither overflow nor underflow.
        let largest = self.sum(self.kernels.chebyshev);
        if largest == 0.0 || !largest.is_finite() {
            return largest;
        }
        let gaps = self.x.iter().zip(self.y);
        let shares = gaps.map(|(a, b)| (a.widen() - b.widen()) / largest);
        largest * shares.map(|share| share * share).sum::<f64>().sqrt()
    }

    pub(super) fn minkowski(&self) -> f64 {
        let (k, [p, ..]) = (self.kernels, *self.parameters);
        if p == 1.0 {
            return self.sum(k.cityblock);
        }
        if p == 2.0 {
            return self.euclidean();
        }
        let largest = self.sum(k.chebyshev);
        if p == f64::INFINITY || largest == 0.0 {
            return largest;
        }
        if p == 3.0 && (1e-100..1e100).contains(&largest) {
            return libm::cbrt(self.sum(k.cubic));
        }
        if (0.1..=1024.0).contains(&p) {
            let scale = 1.0 / largest;
            if scale.is_finite() {
                return largest * libm::pow((k.powers)(self.x, self.y, scale, p), 1.0 / p);
            }
        }
        // Powers of the gaps over the largest gap: neither overflow nor underflow for any p.
        let gaps = self
            .x
            .iter()
            .zip(self.y)
            .map(|(a, b)| a.widen() - b.widen());
        let powers = gaps.map(|gap| libm::pow(gap.abs() / largest, p));
        largest * libm::pow(powers.sum::<f64>(), 1.0 / p)
    }

    /// The square root of a Mahalanobis form, from the gap of the rows.
    pub(super) fn mahalanobis(&self) -> f64 {
        let mut group = self.reference.whitening.group();
        set_gap(&mut group, 0, self.x, self.y);
        self.reference.whitening.squares(&group)[0].sqrt()
    }

    pub(super) fn jensen_shannon(&self) -> f64 {
        let (x_sum, y_sum) = (self.of_x.sum, self.of_y.sum);
        if x_sum <= 0.0 || y_sum <= 0.0 {
            return f64::NAN;
        }
        let (x_scale, y_scale) = (1.0 / x_sum, 1.0 / y_sum);
        if x_scale.is_finite() && y_scale.is_finite() {
            let divergence = self.kernels.divergence_of_shares;
            return (divergence(self.x, self.y, x_scale, y_scale) / 2.0).sqrt();
        }
        // Sums below the normal numbers have no inverse.
        let shares = self.x.iter().zip(self.y);
        let shares = shares.map(|(a, b)| (a.widen() / x_sum, b.widen() / y_sum));
        let part = |p: f64, m: f64| if p > 0.0 { p * libm::log(p / m) } else { 0.0 };
        let parts = shares.map(|(p, q)| part(p, (p + q) / 2.0) + part(q, (p + q) / 2.0));
        (parts.sum::<f64>() / 2.0).max(0.0).sqrt()
    }

    pub(super) fn counts(&self) -> Counts {
        Counts::of(self.dot(), self.x.len(), self.of_x, self.of_y)
    }
}

impl RowStats {
    /// `Σ (x − x̄)²`, 0 where it is nothing but the rounding of the mean.
    pub(super) fn varying(&self) -> f64 {
        if self.centered <= self.sumsq * 1e-28 {
            0.0
        } else {
            self.centered
        }
    }
}

/// A denominator; NaN for 0.
pub(super) fn size_or_nan(denominator: f64) -> f64 {
    if denominator == 0.0 {
        f64::NAN
    } else {
        denominator
    }
}

/// `dot / √(xx·yy)` within [−1, 1]. One root of the product, not a product of roots: for equal rows
/// it is exactly `xx`, so a row's distance to itself is exactly 0.
fn cosine(dot: f64, xx: f64, yy: f64) -> f64 {
    (dot / size_or_nan(root_of_product(xx, yy))).clamp(-1.0, 1.0)
}

/// `√(a·b)` of numbers that are not negative, also where the product leaves the range of doubles.
#[inline]
fn root_of_product(a: f64, b: f64) -> f64 {
    let product = a * b;
    if product.is_normal() {
        return product.sqrt();
    }
    root_of_extreme_product(a, b)
}

/// As [`root_of_product`]; apart, so that it costs ordinary rows nothing.
#[cold]
fn root_of_extreme_product(a: f64, b: f64) -> f64 {
    if a == 0.0 || b == 0.0 || !(a + b).is_finite() {
        return (a * b).sqrt();
    }
    let even = |v: f64| match libm::frexp(v) {
        (mantissa, exponent) if exponent % 2 == 0 => (mantissa, exponent),
        (mantissa, exponent) => (mantissa / 2.0, exponent + 1),
    };
    let ((a, of_a), (b, of_b)) = (even(a), even(b));
    libm::ldexp((a * b).sqrt(), (of_a + of_b) / 2)
}

/// Share of the squared lengths of two whitened rows below which the square of their gap has lost digits to them.
const NEAR: f64 = 1.0 / 64.0;

/// The Mahalanobis distance of two whitened rows from the square of their gap and the sum of their squared lengths;
/// NaN where they are so near that it is to be taken from the gap of the rows themselves.
pub(crate) fn whitened_distance(square: f64, lengths: f64) -> f64 {
    if square >= NEAR * lengths {
        square.sqrt()
    } else {
        f64::NAN
    }
}

/// Puts `x − y` at a place of a group.
fn set_gap<T: Element>(group: &mut Group, place: usize, x: &[T], y: &[T]) {
    for (row, (a, b)) in group.iter_mut().zip(x.iter().zip(y)) {
        row[place] = a.widen() - b.widen();
    }
}

/// The four counts of Boolean metrics, carried over to real values by `1 − x` for "not x".
pub(super) struct Counts {
    pub(super) n11: f64,
    pub(super) n10: f64,
    pub(super) n01: f64,
    pub(super) n00: f64,
}

impl Counts {
    fn of(dot: f64, d: usize, x: &RowStats, y: &RowStats) -> Self {
        Self {
            n11: dot,
            n10: x.sum - dot,
            n01: y.sum - dot,
            n00: d as f64 - (x.sum + y.sum) + dot,
        }
    }
}
