//! One distance from two rows.
//!
//! NaN means "undefined for this pair" here and only here: [`crate::jobs::score`] turns it into the
//! policy that the caller chose.

use super::{Group, Metric, OffsetForm, Whitening};
use crate::kernels::{Element, Kernels};

/// What is known of a row before it meets another.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RowStats {
    /// `Σ x`
    pub(crate) sum: f64,
    /// `Σ x²`
    pub(crate) sumsq: f64,
    /// `Σ (x − x̄)²`, where a metric needs it.
    pub(crate) centered: f64,
}

/// What `seuclidean` and `mahalanobis` measure against.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reference {
    /// One over the variance of each column.
    pub(crate) inverse_variance: Vec<f64>,
    /// The inverse Cholesky factor of the covariance.
    pub(crate) whitening: Whitening,
}

impl Metric {
    /// The distance of two rows of equal length; NaN where it is undefined.
    pub(crate) fn pair<T: Element>(
        &self,
        k: &Kernels<T>,
        (x, sx): (&[T], &RowStats),
        (y, sy): (&[T], &RowStats),
        reference: &Reference,
    ) -> f64 {
        match *self {
            Self::SqEuclidean => (k.sqeuclidean)(x, y),
            Self::Euclidean => (k.sqeuclidean)(x, y).sqrt(),
            Self::Cosine => 1.0 - cosine((k.dot)(x, y), sx.sumsq, sy.sumsq),
            Self::Angular => {
                libm::acos(cosine((k.dot)(x, y), sx.sumsq, sy.sumsq)) / std::f64::consts::PI
            }
            Self::Correlation => {
                let d = x.len() as f64;
                let dot = (k.centered_dot)(x, y, sx.sum / d, sy.sum / d);
                1.0 - cosine(dot, sx.varying(), sy.varying())
            }
            Self::Dot => -(k.dot)(x, y),
            Self::Tanimoto => {
                let dot = (k.dot)(x, y);
                1.0 - dot / ((sx.sumsq + sy.sumsq) - dot)
            }
            Self::CityBlock => (k.cityblock)(x, y),
            Self::Chebyshev => (k.chebyshev)(x, y),
            Self::Minkowski { p } => minkowski(k, x, y, p),
            Self::Canberra => (k.canberra)(x, y),
            Self::CanberraCubic => (k.canberra_cubic)(x, y),
            Self::BrayCurtis => {
                let [gap, size] = (k.braycurtis)(x, y);
                gap / size_or_nan(size)
            }
            Self::SEuclidean => (k.weighted_sqeuclidean)(x, y, &reference.inverse_variance).sqrt(),
            Self::Mahalanobis => {
                let mut group = reference.whitening.group();
                set_gap(&mut group, 0, x, y);
                reference.whitening.squares(&group)[0].sqrt()
            }
            Self::JensenShannon => jensen_shannon(k, x, y, sx.sum, sy.sum),
            Self::OffsetCosine {
                offset,
                norm_offset,
                form,
            } => {
                let (nx, ny) = (sx.sumsq.sqrt(), sy.sumsq.sqrt());
                let above = |norm: f64| {
                    if norm > norm_offset {
                        norm - norm_offset
                    } else {
                        f64::NAN
                    }
                };
                let denominator = match form {
                    OffsetForm::Symmetric => ((above(nx) * nx) * (above(ny) * ny)).sqrt(),
                    OffsetForm::Original => above(nx) * ny,
                };
                1.0 - ((k.dot)(x, y) - offset) / size_or_nan(denominator)
            }
            Self::DotOverNorms => {
                let dot = (k.dot)(x, y);
                1.0 - dot / size_or_nan((sx.sumsq.sqrt() + sy.sumsq.sqrt()) - dot)
            }
            Self::Yule => {
                let n = Counts::of((k.dot)(x, y), x.len(), sx, sy);
                2.0 * (n.n10 * n.n01) / size_or_nan(n.n11 * n.n00 + n.n10 * n.n01)
            }
            Self::RogersTanimoto => {
                let n = Counts::of((k.dot)(x, y), x.len(), sx, sy);
                let differ = 2.0 * (n.n10 + n.n01);
                differ / size_or_nan((n.n11 + n.n00) + differ)
            }
        }
    }

    /// Whether this row alone leaves the metric undefined.
    pub(crate) fn undefined_for(&self, row: &RowStats) -> bool {
        match *self {
            Self::Cosine | Self::Angular => row.sumsq == 0.0,
            Self::Correlation => row.varying() == 0.0,
            Self::JensenShannon => row.sum <= 0.0,
            Self::OffsetCosine { norm_offset, .. } => {
                row.sumsq == 0.0 || row.sumsq.sqrt() <= norm_offset
            }
            _ => false,
        }
    }
}

impl RowStats {
    /// `Σ (x − x̄)²`, 0 where it is nothing but the rounding of the mean.
    fn varying(&self) -> f64 {
        if self.centered <= self.sumsq * 1e-28 {
            0.0
        } else {
            self.centered
        }
    }
}

fn size_or_nan(denominator: f64) -> f64 {
    if denominator == 0.0 {
        f64::NAN
    } else {
        denominator
    }
}

/// `dot / √(xx·yy)` within [−1, 1]. One root of the product, not a product of roots: for equal rows
/// it is exactly `xx`, so a row's distance to itself is exactly 0.
fn cosine(dot: f64, xx: f64, yy: f64) -> f64 {
    let product = xx * yy;
    let size = if product.is_normal() {
        product.sqrt()
    } else {
        xx.sqrt() * yy.sqrt()
    };
    (dot / size_or_nan(size)).clamp(-1.0, 1.0)
}

fn minkowski<T: Element>(k: &Kernels<T>, x: &[T], y: &[T], p: f64) -> f64 {
    if p == 1.0 {
        return (k.cityblock)(x, y);
    }
    if p == 2.0 {
        return (k.sqeuclidean)(x, y).sqrt();
    }
    let largest = (k.chebyshev)(x, y);
    if p == f64::INFINITY || largest == 0.0 {
        return largest;
    }
    if p == 3.0 && (1e-100..1e100).contains(&largest) {
        return libm::cbrt((k.cubic)(x, y));
    }
    if (0.1..=1024.0).contains(&p) {
        return largest * libm::pow((k.powers)(x, y, largest, p), 1.0 / p);
    }
    // Powers of the gaps over the largest gap: neither overflow nor underflow for any p.
    let powers = x
        .iter()
        .zip(y)
        .map(|(a, b)| libm::pow((a.widen() - b.widen()).abs() / largest, p));
    largest * libm::pow(powers.sum::<f64>(), 1.0 / p)
}

/// Puts `x − y` at a place of a group.
pub(crate) fn set_gap<T: Element>(group: &mut Group, place: usize, x: &[T], y: &[T]) {
    for (row, (a, b)) in group.iter_mut().zip(x.iter().zip(y)) {
        row[place] = a.widen() - b.widen();
    }
}

fn jensen_shannon<T: Element>(k: &Kernels<T>, x: &[T], y: &[T], x_sum: f64, y_sum: f64) -> f64 {
    if x_sum <= 0.0 || y_sum <= 0.0 {
        return f64::NAN;
    }
    ((k.divergence_of_shares)(x, y, x_sum, y_sum) / 2.0).sqrt()
}

/// The four counts of Boolean metrics, carried over to real values by `1 − x` for "not x".
struct Counts {
    n11: f64,
    n10: f64,
    n01: f64,
    n00: f64,
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
