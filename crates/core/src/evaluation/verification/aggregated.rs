//! Figures of a curve whose pairs are not at hand, with influences that were summed elsewhere.

use super::{FigureOptions, Figures, figures};
use crate::error::Result;
use crate::evaluation::curve::Curve;
use crate::evaluation::intervals::{BY_IDENTITY, rate_interval};
use crate::evaluation::intervals::{Interval, on_logit};
use crate::evaluation::intervals::{slope, standard_error};

/// What is known of the pairs besides their curve.
pub trait Elsewhere {
    /// The area under the curve of all pairs, which may be finer than the curve at hand.
    fn area(&self) -> f64;
    /// What each person adds to the error of the area.
    fn area_influences(&self) -> &[f64];
    /// People with a pair.
    fn people(&self) -> usize;
    /// People with a genuine pair.
    fn people_with_genuine(&self) -> usize;
    /// What each person adds to the errors of the true and of the false accept rate at a
    /// threshold; `None` where it was not kept.
    fn rate_influences(&self, threshold: f64) -> Option<(Vec<f64>, Vec<f64>)>;
}

/// Every measure asked for, with intervals by identity where influences are known.
///
/// Errors: as [`figures`].
pub fn figures_from_elsewhere(
    curve: &Curve,
    from: &dyn Elsewhere,
    options: &FigureOptions,
) -> Result<Figures> {
    let mut figures = figures(curve, options)?;
    figures.auroc = from.area();
    let error = standard_error(from.area_influences(), from.people());
    figures.auroc_interval = on_logit(figures.auroc, error).map(|i| Interval::new(i, BY_IDENTITY));
    if figures.auroc_interval.is_none() {
        let edge = "at 0 or 1, or without any variance between people, none can be estimated";
        figures
            .undefined
            .push(("auroc.interval".into(), edge.into()));
    }

    let eer = figures.eer;
    let error_of_eer = combined(from, curve.threshold(eer.point), |tar, far| {
        let slope = slope(curve, eer.point);
        (slope * far - tar) / (1.0 + slope)
    });
    let interval = error_of_eer.and_then(|error| on_logit(eer.linear, error));
    figures.eer_interval = interval.map(|i| Interval::new(i, BY_IDENTITY));
    let not_kept = "more impostors are accepted there than are kept one by one";
    if figures.eer_interval.is_none() {
        figures
            .undefined
            .push(("eer.interval".into(), not_kept.into()));
    }

    let genuine_people = from.people_with_genuine().max(1) as f64;
    let impostor_people = (from.people() / 2).max(1) as f64;
    for (i, operating) in figures.operating.iter_mut().enumerate() {
        let Some(reached) = operating.reached else {
            continue;
        };
        let spot = reached.spot;
        let slope = slope(curve, spot.point);
        let tar = combined(from, spot.threshold, |tar, far| tar - slope * far);
        let far = combined(from, spot.threshold, |_, far| far);
        if let (Some(tar), Some(far)) = (tar, far) {
            operating.tar_interval = Some(rate_interval(spot.tar, tar * tar, genuine_people));
            operating.far_interval = Some(rate_interval(spot.far, far * far, impostor_people));
            continue;
        }
        for key in ["tarInterval", "achievedFarInterval"] {
            let path = format!("tarAtFar.{i}.{key}");
            figures.undefined.push((path, not_kept.into()));
        }
    }
    for path in ["curve.tarLow", "curve.tarHigh"] {
        let reason = "no band is drawn where pairs are not held";
        figures.undefined.push((path.into(), reason.into()));
    }
    Ok(figures)
}

/// Standard error of a combination of both rates at a threshold.
fn combined(
    from: &dyn Elsewhere,
    threshold: f64,
    combine: impl Fn(f64, f64) -> f64,
) -> Option<f64> {
    let (tar, far) = from.rate_influences(threshold)?;
    let both: Vec<f64> = tar
        .iter()
        .zip(far)
        .map(|(tar, far)| combine(*tar, far))
        .collect();
    Some(standard_error(&both, from.people()))
}
