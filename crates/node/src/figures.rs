//! Figures as JSON, with the keys of the schema of evaluations (`src/evaluation/result.ts`).

use hackface_core::evaluation::{
    Comparison, Difference, Figures, FoldAccuracy, GroupRates, Interval, OperatingFigures, TarRule,
    Trials, Worst,
};
use serde_json::{Map, Value, json};

/// Everything that is a function of a curve, and the intervals that were added to it.
pub(crate) fn figures_json(
    figures: &Figures,
    rule: TarRule,
    partial: &[f64],
) -> Map<String, Value> {
    let value = json!({
        "genuine": figures.genuine,
        "impostors": figures.impostors,
        "auroc": figure(figures.auroc, figures.auroc_interval.as_ref()),
        "aurocBound": 0,
        "partialAuroc": partial.iter().zip(&figures.partial)
            .map(|(far, value)| json!({ "far": far, "value": value })).collect::<Vec<_>>(),
        "eer": {
            "value": figures.eer.linear,
            "interval": figures.eer_interval.as_ref().map(interval),
            "threshold": figures.eer.threshold,
        },
        "eerBy": { "hull": figures.eer.hull, "nearest": figures.eer.nearest },
        "tarAtFar": figures.operating.iter().map(|at| operating(at, rule)).collect::<Vec<_>>(),
        "accuracy": { "best": figures.best.accuracy, "threshold": figures.best.threshold },
        "accuracyAt": figures.at.iter().map(|spot| json!({
            "threshold": spot.threshold,
            "accuracy": spot.accuracy,
            "far": spot.far,
            "tar": spot.tar,
        })).collect::<Vec<_>>(),
        "folds": null,
        "dPrime": figures.d_prime,
        "detectionCost": figures.costs.iter().map(|cost| json!({
            "prior": cost.costs.prior,
            "costMiss": cost.costs.miss,
            "costFalseAccept": cost.costs.false_accept,
            "minimum": cost.minimum,
            "threshold": cost.threshold,
            "actual": cost.actual,
        })).collect::<Vec<_>>(),
        "calibration": figures.calibration.as_ref().map(|found| json!({
            "cllr": found.cllr,
            "minCllr": found.min_cllr,
            "reliability": found.reliability.iter().map(|bin| json!({
                "predicted": bin.predicted,
                "observed": bin.observed,
                "pairs": bin.pairs,
            })).collect::<Vec<_>>(),
        })),
        "groups": [],
        "curve": curve(figures),
        "histogram": {
            "edges": figures.histogram.edges,
            "genuine": figures.histogram.genuine,
            "impostors": figures.histogram.impostors,
        },
        "worst": { "falseAccepts": [], "falseRejects": [] },
        "warnings": figures.warnings.iter()
            .map(|(code, text)| json!({ "code": code, "text": text })).collect::<Vec<_>>(),
        "undefinedBecause": figures.undefined.iter()
            .map(|(path, reason)| (path.clone(), reason.clone().into()))
            .collect::<Map<String, Value>>(),
    });
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn figure(value: f64, of: Option<&Interval>) -> Value {
    json!({ "value": value, "interval": of.map(interval) })
}

pub(crate) fn interval(of: &Interval) -> Value {
    json!({ "low": of.low, "high": of.high, "level": of.level, "method": of.method })
}

fn operating(at: &OperatingFigures, rule: TarRule) -> Value {
    let spot = at.reached.map(|reached| reached.spot);
    json!({
        "far": at.far,
        "rule": rule.as_str(),
        "threshold": spot.map(|s| s.threshold),
        "achievedFar": spot.map(|s| s.far),
        "achievedFarInterval": at.far_interval.as_ref().map(interval),
        "tar": spot.map(|s| s.tar),
        "tarInterval": at.tar_interval.as_ref().map(interval),
        "falseAccepts": at.reached.map(|reached| reached.false_accepts),
        "resolution": at.resolution.as_str(),
    })
}

fn curve(figures: &Figures) -> Value {
    let points = &figures.points;
    let band = figures.band.as_ref();
    json!({
        "threshold": points.iter().map(|s| s.threshold).collect::<Vec<_>>(),
        "far": points.iter().map(|s| s.far).collect::<Vec<_>>(),
        "tar": points.iter().map(|s| s.tar).collect::<Vec<_>>(),
        "tarLow": band.map(|band| band.iter().map(|(low, _)| *low).collect::<Vec<_>>()),
        "tarHigh": band.map(|band| band.iter().map(|(_, high)| *high).collect::<Vec<_>>()),
    })
}

/// The LFW protocol.
pub(crate) fn folds_json(folds: &FoldAccuracy) -> Value {
    json!({
        "mean": folds.mean,
        "standardError": folds.standard_error,
        "accuracies": folds.accuracies,
        "thresholds": folds.thresholds,
    })
}

/// Groups by number, at the thresholds of the operating points; unresolved ones have none.
pub(crate) fn groups_json(groups: &[GroupRates], figures: &Figures) -> Value {
    let rate = |accepted: u64, all: u64| (all > 0).then(|| accepted as f64 / all as f64);
    let one = |(number, group): (usize, &GroupRates)| {
        let mut accepted = group.accepted.iter();
        let at = figures.operating.iter().map(|at| {
            let found = at.reached.and_then(|_| accepted.next());
            json!({
                "far": at.far,
                "groupFar": found.and_then(|a| rate(a.impostors, group.impostors)),
                "groupTar": found.and_then(|a| rate(a.genuine, group.genuine)),
            })
        });
        json!({
            "group": number,
            "genuine": group.genuine,
            "impostors": group.impostors,
            "auroc": group.auroc,
            "at": at.collect::<Vec<_>>(),
        })
    };
    groups.iter().enumerate().map(one).collect()
}

/// Pairs by number, with their scores.
pub(crate) fn worst_json(worst: &Worst, trials: &Trials<'_>) -> Value {
    let list = |pairs: &[usize]| -> Value {
        let one = |pair: &usize| json!({ "pair": pair, "value": trials.scores[*pair] });
        pairs.iter().map(one).collect()
    };
    json!({
        "falseAccepts": list(&worst.false_accepts),
        "falseRejects": list(&worst.false_rejects),
    })
}

/// Differences of two metrics.
pub(crate) fn comparison_json(comparison: &Comparison, far: &[f64]) -> Value {
    let tar = comparison.tar.iter().zip(far).filter_map(|(tar, far)| {
        let mut one = difference(tar.as_ref()?);
        one["far"] = (*far).into();
        Some(one)
    });
    json!({
        "auroc": difference(&comparison.auroc),
        "eer": difference(&comparison.eer),
        "tarAtFar": tar.collect::<Vec<_>>(),
    })
}

fn difference(of: &Difference) -> Value {
    json!({
        "value": of.value,
        "standardError": of.error,
        "interval": interval(&of.interval),
        "p": of.p,
    })
}
