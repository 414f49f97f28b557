//! A map fitted to similarities and the truth about them.

use super::logistic::Regression;
use super::map::{Map, MapKind, RatioMap, beta_features};
use crate::error::{Code, Result};
use crate::evaluation::{Curve, Dyads, Orientation, Pool, Warning, pools};

/// How a map is fitted.
#[derive(Clone, Copy)]
pub(super) struct MapOptions {
    pub(super) kind: MapKind,
    pub(super) prior: f64,
    /// Level of the intervals; none are made without.
    pub(super) level: Option<f64>,
}

/// Fits a map. Errors: those of [`Curve::of`].
pub(super) fn fit_map(
    similarities: &[f64],
    same: &[u8],
    dyads: Option<&Dyads<'_>>,
    options: MapOptions,
) -> Result<(RatioMap, Vec<Warning>)> {
    let curve = Curve::of(similarities, same, Orientation::Similarity)?;
    let bounds = (
        -libm::log(curve.genuine() as f64 + 1.0),
        libm::log(curve.impostors() as f64 + 1.0),
    );
    let mut warnings = vec![];
    let separated = is_separated(&curve);
    if separated {
        let text = "scores separate genuine pairs from impostors, so no slope is the best: targets short \
                    of 0 and 1 bound it, and ratios say no more than so many pairs can";
        warnings.push(Warning::new("separated", text));
    }
    let fit = LinearFit {
        same,
        dyads,
        options,
        softened: separated,
    };
    let (map, uncertainty) = match options.kind {
        MapKind::Affine => {
            let (slopes, offset, uncertainty) = fit.non_negative(&[similarities.to_vec()])?;
            let map = Map::Affine {
                slope: slopes[0],
                offset,
            };
            (map, uncertainty)
        }
        MapKind::Beta => {
            let (low, high) = widened(&curve);
            let features = similarities.iter().map(|s| beta_features(*s, low, high));
            let (first, second) = features.map(|[a, b]| (a, b)).unzip();
            let (slopes, offset, uncertainty) = fit.non_negative(&[first, second])?;
            let map = Map::Beta {
                of_place: slopes[0],
                of_rest: slopes.get(1).copied().unwrap_or(0.0),
                offset,
                low,
                high,
            };
            (map, uncertainty)
        }
        MapKind::Isotonic => (isotonic(&curve, bounds), None),
    };
    let map = RatioMap {
        map,
        bounds,
        uncertainty,
    };
    if map.ratio(curve.thresholds()[0]) == map.ratio(curve.thresholds()[curve.last() - 1]) {
        let text = "scores do not tell genuine pairs from impostors, or point the other way: every ratio \
                    is the same";
        warnings.push(Warning::new("no-slope", text));
    }
    Ok((map, warnings))
}

/// True if a threshold has all genuine pairs on one side and all impostors on the other, one tied score
/// granted.
fn is_separated(curve: &Curve) -> bool {
    let places = 0..curve.last();
    let both = |place: usize| {
        let (before, at) = (curve.accepted(place), curve.accepted(place + 1));
        let apart = before.impostors == 0 && at.genuine == curve.genuine();
        let turned = before.genuine == 0 && at.impostors == curve.impostors();
        apart || turned
    };
    curve.last() > 1 && places.into_iter().any(both)
}

/// The range of the scores, as much wider as the gap of so many evenly spread ones.
fn widened(curve: &Curve) -> (f64, f64) {
    let (high, low) = (curve.thresholds()[0], curve.thresholds()[curve.last() - 1]);
    let gap = (high - low) / (curve.genuine() + curve.impostors()) as f64;
    let gap = if gap > 0.0 { gap } else { 1.0 };
    (low - gap, high + gap)
}

fn isotonic(curve: &Curve, bounds: (f64, f64)) -> Map {
    let (mut scores, mut ratios) = (vec![], vec![]);
    for pool in pools(curve).iter().rev() {
        let Pool {
            places: (strictest, loosest),
            ..
        } = *pool;
        let ratio = pool.ratio().max(bounds.0).min(bounds.1);
        let ends = [curve.thresholds()[loosest], curve.thresholds()[strictest]];
        scores.push(ends[0]);
        ratios.push(ratio);
        if ends[0] < ends[1] {
            scores.push(ends[1]);
            ratios.push(ratio);
        }
    }
    Map::Isotonic { scores, ratios }
}

struct LinearFit<'a> {
    same: &'a [u8],
    dyads: Option<&'a Dyads<'a>>,
    options: MapOptions,
    softened: bool,
}

impl LinearFit<'_> {
    /// Coefficients of at least 0 that minimise the loss: a column whose coefficient would be negative is
    /// left out, the most negative first, as `betacal` by Kull et al. does.
    fn non_negative(
        &self,
        columns: &[Vec<f64>],
    ) -> Result<(Vec<f64>, f64, Option<super::Uncertainty>)> {
        let mut used: Vec<Vec<f64>> = columns.to_vec();
        loop {
            let regression = Regression {
                columns: &used,
                same: self.same,
                prior: self.options.prior,
                ridge: 0.0,
                softened: self.softened,
            };
            let solution = match regression.solve() {
                // Of two columns that say the same, one is enough.
                Err(error) if error.code() == Code::Singular && used.len() > 1 => {
                    used.pop();
                    continue;
                }
                solved => solved?,
            };
            let (slopes, offset) = solution.coefficients();
            let worst = (0..slopes.len()).min_by(|a, b| slopes[*a].total_cmp(&slopes[*b]));
            match worst.filter(|worst| slopes[*worst] < 0.0) {
                // A column of one value has the coefficient 0.
                Some(worst) => used[worst] = vec![0.0; self.same.len()],
                None => {
                    let level = self.options.level;
                    let uncertainty = level.map(|level| solution.uncertainty(self.dyads, level));
                    return Ok((slopes, offset, uncertainty));
                }
            }
        }
    }
}
