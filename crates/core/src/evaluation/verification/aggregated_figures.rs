//! Figures from counts and influences that were summed beforehand, without the pairs themselves.

use super::{FigureName, FigureOptions, Figures, curve_figures};
use crate::error::Result;
use crate::evaluation::Undefined;
use crate::evaluation::curve::Curve;
use crate::evaluation::intervals::{Interval, Spread, Trust, rate_interval, slope};

/// Sums over pairs besides their curve.
pub trait Aggregated {
    /// The area under the curve of all pairs, which may be finer than the given curve.
    fn area(&self) -> f64;
    /// The spread of the area.
    fn area_spread(&self) -> Spread;
    /// People with a pair.
    fn people(&self) -> usize;
    /// People with a genuine pair.
    fn people_with_genuine(&self) -> usize;
    /// The spreads of combinations `tar · TAR + far · FAR` of the rates at a threshold, each given as
    /// (tar, far); `None` where what they take was not kept.
    fn rate_spreads(&self, threshold: f64, of: &[(f64, f64)]) -> Option<Vec<Spread>>;
}

/// Derives every figure, with intervals by identity where influences are known.
///
/// Errors: as [`curve_figures`].
pub fn aggregated_figures(
    curve: &Curve,
    sums: &dyn Aggregated,
    options: &FigureOptions,
) -> Result<Figures> {
    let level = options.level;
    let mut figures = curve_figures(curve, options)?;
    let mut trust = Trust::default();
    let people = sums.people_with_genuine().max(1) as f64;
    figures.auroc = sums.area();
    let spread = sums.area_spread();
    trust.note("AUROC", figures.auroc, &spread);
    figures.auroc_interval = Interval::by_identity(figures.auroc, &spread, people, level);
    if figures.auroc_interval.is_none() {
        let same = "without any variance between people none can be estimated";
        figures.explain(FigureName::AurocInterval, same);
    }

    let eer = figures.eer;
    let slope_of_eer = slope(curve, eer.point);
    let of_eer = (
        -1.0 / (1.0 + slope_of_eer),
        slope_of_eer / (1.0 + slope_of_eer),
    );
    let spread = sums.rate_spreads(curve.threshold(eer.point), &[of_eer]);
    figures.eer_interval = spread.and_then(|spreads| {
        trust.note("EER", eer.linear, &spreads[0]);
        Interval::by_identity(eer.linear, &spreads[0], people, level)
    });
    let not_kept = "more impostors are accepted there than are kept one by one";
    if figures.eer_interval.is_none() {
        figures.explain(FigureName::EerInterval, not_kept);
    }

    let strangers = (sums.people() / 2).max(1) as f64;
    for (i, operating) in figures.operating.iter_mut().enumerate() {
        let Some(reached) = operating.reached else {
            continue;
        };
        let spot = reached.spot;
        let of = [(1.0, -slope(curve, spot.point)), (0.0, 1.0)];
        if let Some(spreads) = sums.rate_spreads(spot.threshold, &of) {
            trust.note(format!("TAR at {}", operating.far), spot.tar, &spreads[0]);
            operating.tar_interval = Some(rate_interval(spot.tar, &spreads[0], people, level));
            operating.far_interval = Some(rate_interval(spot.far, &spreads[1], strangers, level));
            continue;
        }
        let missing = Undefined::new(FigureName::OperatingIntervals(i), not_kept);
        figures.undefined.push(missing);
    }
    for (i, at) in figures.at.iter_mut().enumerate() {
        let spot = at.spot;
        if let Some(spreads) = sums.rate_spreads(spot.threshold, &[(1.0, 0.0), (0.0, 1.0)]) {
            at.tar_interval = Some(rate_interval(spot.tar, &spreads[0], people, level));
            at.far_interval = Some(rate_interval(spot.far, &spreads[1], strangers, level));
            continue;
        }
        let missing = Undefined::new(FigureName::GivenIntervals(i), not_kept);
        figures.undefined.push(missing);
    }
    let reason = "no band is drawn where pairs are not held";
    figures.explain(FigureName::Band, reason);
    figures.warnings.extend(trust.warnings(people as usize));
    Ok(figures)
}
