//! Every measure of a curve, each with its reason where it is undefined.

use crate::error::{Code, Error, Result};
use crate::evaluation::curve::Curve;
use crate::evaluation::curve::thinned;
use crate::evaluation::curve::{BestAccuracy, accuracy, best_accuracy};
use crate::evaluation::curve::{Calibration, calibration};
use crate::evaluation::curve::{Costs, actual_cost, minimum_cost};
use crate::evaluation::curve::{EqualErrorRate, equal_error_rate};
use crate::evaluation::curve::{Histogram, d_prime, histogram};
use crate::evaluation::curve::{Operating, Resolution, TarRule, resolution, threshold_at_far};
use crate::evaluation::curve::{area, partial_area};
use crate::evaluation::intervals::Interval;

/// What is asked of a curve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FigureOptions {
    /// False accept rates to choose thresholds for, each in (0, 1].
    pub far: Vec<f64>,
    /// How those thresholds are chosen.
    pub rule: TarRule,
    /// False accept rates up to which the area is measured, each in (0, 1].
    pub partial: Vec<f64>,
    /// Thresholds to judge as they are; finite.
    pub thresholds: Vec<f64>,
    /// Priors and costs.
    pub costs: Vec<Costs>,
    /// Whether scores are log-likelihood ratios (similarities) or their negatives (distances).
    pub ratios: bool,
    /// Bins of the histogram.
    pub bins: usize,
}

/// What a curve says. Intervals are `None` until somebody who knows the pairs adds them.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Genuine pairs.
    pub genuine: u64,
    /// Impostor pairs.
    pub impostors: u64,
    /// Area under the curve.
    pub auroc: f64,
    /// Interval of it.
    pub auroc_interval: Option<Interval>,
    /// Standardised area up to each rate asked for.
    pub partial: Vec<f64>,
    /// Equal error rates.
    pub eer: EqualErrorRate,
    /// Interval of the linear one.
    pub eer_interval: Option<Interval>,
    /// One for each false accept rate asked for.
    pub operating: Vec<OperatingFigures>,
    /// The most accurate threshold.
    pub best: BestAccuracy,
    /// One for each threshold asked for.
    pub at: Vec<Spot>,
    /// d′; `None` without any spread.
    pub d_prime: Option<f64>,
    /// One for each prior and costs asked for.
    pub costs: Vec<DetectionCost>,
    /// Where scores are log-likelihood ratios.
    pub calibration: Option<Calibration>,
    /// Points to draw, from nothing accepted to everything.
    pub points: Vec<Spot>,
    /// Interval of the true accept rate at each of `points`; where identities are known.
    pub band: Option<Vec<(f64, f64)>>,
    /// Scores in bins.
    pub histogram: Histogram,
    /// What a reader should know: a code and a sentence.
    pub warnings: Vec<(&'static str, String)>,
    /// Why something is `None`, by its path in the schema of evaluations.
    pub undefined: Vec<(String, String)>,
}

/// A threshold and what it does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// The point of the curve.
    pub point: usize,
    /// The threshold.
    pub threshold: f64,
    /// False accept rate.
    pub far: f64,
    /// True accept rate.
    pub tar: f64,
    /// Share of right decisions.
    pub accuracy: f64,
}

/// The threshold for a false accept rate.
#[derive(Clone, Debug, PartialEq)]
pub struct OperatingFigures {
    /// Asked for.
    pub far: f64,
    /// Whether there are enough impostors.
    pub resolution: Resolution,
    /// What was reached; `None` when unresolved.
    pub reached: Option<Reached>,
    /// Interval of the false accept rate at the threshold.
    pub far_interval: Option<Interval>,
    /// Interval of the true accept rate at this false accept rate.
    pub tar_interval: Option<Interval>,
}

/// What a threshold reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reached {
    /// Threshold and rates.
    pub spot: Spot,
    /// Impostor pairs accepted.
    pub false_accepts: u64,
}

/// The least cost for a prior.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DetectionCost {
    /// What was asked for.
    pub costs: Costs,
    /// The least normalised cost.
    pub minimum: f64,
    /// The threshold that has it.
    pub threshold: f64,
    /// At the threshold that log-likelihood ratios call for, where scores are those.
    pub actual: Option<f64>,
}

/// Every measure asked for. Errors: `EOPTION` for a rate or a prior out of range.
pub fn figures(curve: &Curve, options: &FigureOptions) -> Result<Figures> {
    options.check()?;
    let eer = equal_error_rate(curve);
    let ratios = options.ratios.then(|| calibration(curve));
    let mut figures = Figures {
        genuine: curve.genuine(),
        impostors: curve.impostors(),
        auroc: area(curve),
        auroc_interval: None,
        partial: options
            .partial
            .iter()
            .map(|far| partial_area(curve, *far))
            .collect(),
        eer,
        eer_interval: None,
        operating: options
            .far
            .iter()
            .map(|far| operating(curve, *far, options.rule))
            .collect(),
        best: best_accuracy(curve),
        at: options
            .thresholds
            .iter()
            .map(|t| spot(curve, curve.point_at(*t), *t))
            .collect(),
        d_prime: d_prime(curve),
        costs: options
            .costs
            .iter()
            .map(|costs| cost(curve, *costs, options.ratios))
            .collect(),
        // Infinite beyond 10³⁰⁸ only.
        calibration: ratios.filter(|found| found.cllr.is_finite()),
        points: vec![],
        band: None,
        histogram: histogram(curve, options.bins),
        warnings: vec![],
        undefined: vec![],
    };
    let reached = figures.operating.iter().filter_map(|o| o.reached);
    let mut kept: Vec<usize> = reached.map(|reached| reached.spot.point).collect();
    kept.push(eer.point);
    let points = thinned(curve, &kept).into_iter();
    figures.points = points.map(|p| spot(curve, p, curve.threshold(p))).collect();
    explain(&mut figures);
    warn(&mut figures, curve);
    Ok(figures)
}

impl FigureOptions {
    fn check(&self) -> Result<()> {
        let wrong = |what: &str, value: f64, expected: &str| {
            Err(Error::new(
                Code::Option,
                format!("{what} {value}"),
                expected,
            ))
        };
        for far in self.far.iter().chain(&self.partial) {
            if !(*far > 0.0 && *far <= 1.0) {
                return wrong(
                    "the false accept rate",
                    *far,
                    "a number above 0 and at most 1",
                );
            }
        }
        if let Some(threshold) = self.thresholds.iter().find(|t| !t.is_finite()) {
            return wrong("the threshold", *threshold, "a finite number");
        }
        for costs in &self.costs {
            if !(costs.prior > 0.0 && costs.prior < 1.0) {
                return wrong("the prior", costs.prior, "a number between 0 and 1");
            }
            for cost in [costs.miss, costs.false_accept] {
                if !(cost > 0.0 && cost.is_finite()) {
                    return wrong("the cost", cost, "a finite number above 0");
                }
            }
        }
        Ok(())
    }
}

fn spot(curve: &Curve, point: usize, threshold: f64) -> Spot {
    Spot {
        point,
        threshold,
        far: curve.far(point),
        tar: curve.tar(point),
        accuracy: accuracy(curve, point),
    }
}

fn operating(curve: &Curve, far: f64, rule: TarRule) -> OperatingFigures {
    let resolution = resolution(curve.impostors(), far);
    let reached = (resolution != Resolution::Unresolved).then(|| {
        let Operating { point, threshold } = threshold_at_far(curve, far, rule);
        Reached {
            spot: spot(curve, point, threshold),
            false_accepts: curve.accepted(point).impostors,
        }
    });
    OperatingFigures {
        far,
        resolution,
        reached,
        far_interval: None,
        tar_interval: None,
    }
}

fn cost(curve: &Curve, costs: Costs, ratios: bool) -> DetectionCost {
    let (minimum, point) = minimum_cost(curve, &costs);
    DetectionCost {
        costs,
        minimum,
        threshold: curve.threshold(point),
        actual: ratios.then(|| actual_cost(curve, &costs)),
    }
}

fn explain(figures: &mut Figures) {
    for (i, at) in figures.operating.iter().enumerate() {
        if at.reached.is_none() {
            let reason = format!(
                "{} impostor pairs cannot resolve a false accept rate of {}: fewer than one is expected",
                figures.impostors, at.far
            );
            for key in [
                "threshold",
                "achievedFar",
                "achievedFarInterval",
                "tar",
                "tarInterval",
                "falseAccepts",
            ] {
                let path = format!("tarAtFar.{i}.{key}");
                figures.undefined.push((path, reason.clone()));
            }
        }
    }
    if figures.d_prime.is_none() {
        let reason = "neither kind of scores has any spread, or it overflows";
        figures.undefined.push(("dPrime".into(), reason.into()));
    }
    if figures.calibration.is_none() {
        let only_asked = "only asked of scores that are log-likelihood ratios";
        let asked = figures.costs.iter().any(|cost| cost.actual.is_some());
        let reason = if asked {
            "it overflows double precision"
        } else {
            only_asked
        };
        figures
            .undefined
            .push(("calibration".into(), reason.into()));
        for i in 0..if asked { 0 } else { figures.costs.len() } {
            let path = format!("detectionCost.{i}.actual");
            figures.undefined.push((path, only_asked.into()));
        }
    }
}

fn warn(figures: &mut Figures, curve: &Curve) {
    let warnings = &mut figures.warnings;
    if curve.last() == 1 {
        let text = format!(
            "every score is {}: nothing is told apart",
            curve.threshold(1)
        );
        warnings.push(("constant-scores", text));
    }
    if figures.eer.linear > 0.5 {
        let text = format!(
            "the equal error rate is {:.4}, above one half: is the sign of the scores flipped?",
            figures.eer.linear
        );
        warnings.push(("sign-flipped", text));
    }
    for at in &figures.operating {
        let expected = at.far * figures.impostors as f64;
        let text = match at.resolution {
            Resolution::Resolved => continue,
            Resolution::Unstable => format!(
                "{} impostor pairs give about {expected:.0} false accepts at a rate of {}: fewer \
                 than the 30 that make it stable",
                figures.impostors, at.far
            ),
            Resolution::Unresolved => format!(
                "{} impostor pairs cannot resolve a false accept rate of {}",
                figures.impostors, at.far
            ),
        };
        warnings.push(("few-impostors", text));
    }
}
