//! Figures from counts and influences that were summed beforehand, without the pairs themselves.

use super::{FigureName, FigureOptions, Figures, curve_figures};
use crate::error::Result;
use crate::evaluation::Undefined;
use crate::evaluation::curve::Curve;
use crate::evaluation::intervals::{Interval, rate_interval, slope, standard_error};

/// Sums over pairs besides their curve.
pub trait Aggregated {
    /// The area under the curve of all pairs, which may be finer than the given curve.
    fn area(&self) -> f64;
    /// The influence of each person on the area.
    fn area_influences(&self) -> &[f64];
    /// People with a pair.
    fn people(&self) -> usize;
    /// People with a genuine pair.
    fn people_with_genuine(&self) -> usize;
    /// The influences of each person on the true and on the false accept rate at a
    /// threshold; `None` where it was not kept.
    fn rate_influences(&self, threshold: f64) -> Option<(Vec<f64>, Vec<f64>)>;
}

/// Derives every figure, with intervals by identity where influences are known.
///
/// Errors: as [`curve_figures`].
pub fn aggregated_figures(
    curve: &Curve,
    sums: &dyn Aggregated,
    options: &FigureOptions,
) -> Result<Figures> {
    let mut figures = curve_figures(curve, options)?;
    figures.auroc = sums.area();
    let error = standard_error(sums.area_influences(), sums.people());
    figures.auroc_interval = Interval::by_identity(figures.auroc, error);
    if figures.auroc_interval.is_none() {
        let edge = "at 0 or 1, or without any variance between people, none can be estimated";
        figures.explain(FigureName::AurocInterval, edge);
    }

    let eer = figures.eer;
    let error_of_eer = combined(sums, curve.threshold(eer.point), |tar, far| {
        let slope = slope(curve, eer.point);
        (slope * far - tar) / (1.0 + slope)
    });
    figures.eer_interval = error_of_eer.and_then(|e| Interval::by_identity(eer.linear, e));
    let not_kept = "more impostors are accepted there than are kept one by one";
    if figures.eer_interval.is_none() {
        figures.explain(FigureName::EerInterval, not_kept);
    }

    let genuine_people = sums.people_with_genuine().max(1) as f64;
    let impostor_people = (sums.people() / 2).max(1) as f64;
    for (i, operating) in figures.operating.iter_mut().enumerate() {
        let Some(reached) = operating.reached else {
            continue;
        };
        let spot = reached.spot;
        let slope = slope(curve, spot.point);
        let tar = combined(sums, spot.threshold, |tar, far| tar - slope * far);
        let far = combined(sums, spot.threshold, |_, far| far);
        if let (Some(tar), Some(far)) = (tar, far) {
            operating.tar_interval = Some(rate_interval(spot.tar, tar * tar, genuine_people));
            operating.far_interval = Some(rate_interval(spot.far, far * far, impostor_people));
            continue;
        }
        let missing = Undefined::new(FigureName::OperatingIntervals(i), not_kept);
        figures.undefined.push(missing);
    }
    let reason = "no band is drawn where pairs are not held";
    figures.explain(FigureName::Band, reason);
    Ok(figures)
}

/// Standard error of a combination of both rates at a threshold.
fn combined(
    sums: &dyn Aggregated,
    threshold: f64,
    combine: impl Fn(f64, f64) -> f64,
) -> Option<f64> {
    let (tar, far) = sums.rate_influences(threshold)?;
    let both = tar.into_iter().zip(far).map(|(tar, far)| combine(tar, far));
    Some(standard_error(&both.collect::<Vec<_>>(), sums.people()))
}
