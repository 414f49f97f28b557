//! Every measure of a curve, each with its reason where it is undefined.

use crate::error::{Code, Error, Result, in_words};
use crate::evaluation::curve::{
    BestAccuracy, Calibration, Costs, Curve, EqualErrorRate, Histogram, Operating, Resolution,
    TarRule, accuracy, actual_cost, area, best_accuracy, calibration, check_far, d_prime,
    equal_error_rate, histogram, minimum_cost, partial_area, resolution, thinned, threshold_at_far,
};
use crate::evaluation::intervals::{Interval, LEVEL, check_level};
use crate::evaluation::{Orientation, Undefined, Warning};

/// Figures to derive from a curve.
#[derive(Clone, Debug, PartialEq)]
pub struct FigureOptions {
    /// False accept rates to choose thresholds for, each in (0, 1]. Default: 0.01, 0.001, 0.0001.
    pub far: Vec<f64>,
    /// Rule that chooses those thresholds.
    pub rule: TarRule,
    /// False accept rates up to which the area is measured, each in (0, 1]. Default: none.
    pub partial: Vec<f64>,
    /// Given thresholds to measure; finite. Default: none.
    pub thresholds: Vec<f64>,
    /// Priors of a genuine pair for detection costs, each in (0, 1). Default: 0.01.
    pub priors: Vec<f64>,
    /// Cost of rejecting a genuine pair. Default: 1.
    pub cost_miss: f64,
    /// Cost of accepting an impostor pair. Default: 1.
    pub cost_false_accept: f64,
    /// True if scores are log-likelihood ratios (similarities) or their negatives (distances).
    pub ratios: bool,
    /// Bins of the histogram. Default: 64.
    pub bins: usize,
    /// Level of every interval, in (0, 1). Default: [`LEVEL`].
    pub level: f64,
    /// Weight of false accept rates beside false reject rates in figures of groups, in [0, 1]. Default: ½.
    pub fairness_weight: f64,
}

impl Default for FigureOptions {
    fn default() -> Self {
        Self {
            far: vec![1e-2, 1e-3, 1e-4],
            rule: TarRule::default(),
            partial: vec![],
            thresholds: vec![],
            priors: vec![0.01],
            cost_miss: 1.0,
            cost_false_accept: 1.0,
            ratios: false,
            bins: 64,
            level: LEVEL,
            fairness_weight: 0.5,
        }
    }
}

/// Figures of one curve. Intervals are `None` until the pairs, or their influences, add them.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Which end of the scores means more alike.
    pub orientation: Orientation,
    /// Genuine pairs.
    pub genuine: u64,
    /// Impostor pairs.
    pub impostors: u64,
    /// Area under the curve.
    pub auroc: f64,
    /// Half-width within which the area is certain; 0 where it is exact.
    pub auroc_bound: f64,
    /// Interval of it.
    pub auroc_interval: Option<Interval>,
    /// Each rate asked for, and the standardised area up to it.
    pub partial: Vec<(f64, f64)>,
    /// Equal error rates.
    pub eer: EqualErrorRate,
    /// Interval of the linear one.
    pub eer_interval: Option<Interval>,
    /// One for each false accept rate asked for.
    pub operating: Vec<OperatingFigures>,
    /// The most accurate threshold.
    pub best: BestAccuracy,
    /// One for each threshold asked for.
    pub at: Vec<GivenPoint>,
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
    /// Remarks on how far to trust the figures.
    pub warnings: Vec<Warning>,
    /// Why figures are `None`.
    pub undefined: Vec<Undefined<FigureName>>,
}

/// A figure that can be undefined. Numbers count from 0 in the order asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FigureName {
    /// Number of people behind the pairs.
    Identities,
    /// Interval of the area.
    AurocInterval,
    /// Interval of the equal error rate.
    EerInterval,
    /// Everything that a threshold reaches at a false accept rate.
    Operating(usize),
    /// Both intervals at a false accept rate.
    OperatingIntervals(usize),
    /// Both intervals at a threshold that was given.
    GivenIntervals(usize),
    /// Accuracy over folds.
    Folds,
    /// d′.
    DPrime,
    /// Calibration of log-likelihood ratios.
    Calibration,
    /// Actual detection cost for a prior.
    ActualCost(usize),
    /// Band of the curve.
    Band,
    /// People by their mean scores.
    Menagerie,
    /// Figures over quality.
    Quality,
    /// Area of a group.
    GroupAuroc(usize),
    /// Interval of the area of a group.
    GroupAurocInterval(usize),
    /// People in the pairs of a group.
    GroupPeople(usize),
    /// Impostor pairs of a group with others.
    GroupAcross(usize),
    /// False accept rate of these at an operating point.
    GroupAcrossFar(usize, usize),
    /// Everything that a group reaches at a threshold of its own.
    GroupOwn(usize, usize),
    /// False accept rate of a group at an operating point.
    GroupFar(usize, usize),
    /// True accept rate of a group at an operating point.
    GroupTar(usize, usize),
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
    /// How the threshold was chosen.
    pub rule: TarRule,
    /// Adequacy of the number of impostors.
    pub resolution: Resolution,
    /// Rates reached; `None` when unresolved.
    pub reached: Option<Reached>,
    /// Interval of the false accept rate at the threshold.
    pub far_interval: Option<Interval>,
    /// Interval of the true accept rate at this false accept rate.
    pub tar_interval: Option<Interval>,
}

/// A threshold that was given, and what it does.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenPoint {
    /// Threshold and rates.
    pub spot: Spot,
    /// Interval of the false accept rate at this threshold.
    pub far_interval: Option<Interval>,
    /// Interval of the true accept rate at this threshold.
    pub tar_interval: Option<Interval>,
}

/// Rates reached at a threshold.
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
    /// Asked for.
    pub costs: Costs,
    /// The least normalised cost.
    pub minimum: f64,
    /// The threshold that has it.
    pub threshold: f64,
    /// At the threshold that log-likelihood ratios call for, where scores are those.
    pub actual: Option<f64>,
}

/// Derives every figure from a curve.
///
/// Errors: `EOPTION` for a rate, threshold, prior or cost out of range.
pub fn curve_figures(curve: &Curve, options: &FigureOptions) -> Result<Figures> {
    options.check()?;
    let eer = equal_error_rate(curve);
    let ratios = options.ratios.then(|| calibration(curve));
    let mut figures = Figures {
        orientation: curve.orientation(),
        genuine: curve.genuine(),
        impostors: curve.impostors(),
        auroc: area(curve),
        auroc_bound: 0.0,
        auroc_interval: None,
        partial: each(&options.partial, |far| (*far, partial_area(curve, *far))),
        eer,
        eer_interval: None,
        operating: each(&options.far, |far| operating(curve, *far, options.rule)),
        best: best_accuracy(curve),
        at: each(&options.thresholds, |t| GivenPoint {
            spot: spot(curve, curve.point_at(*t), *t),
            far_interval: None,
            tar_interval: None,
        }),
        d_prime: d_prime(curve),
        costs: options
            .costs()
            .map(|costs| cost(curve, costs, options.ratios))
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

impl Figures {
    pub(crate) fn explain(&mut self, figure: FigureName, reason: &str) {
        self.undefined.push(Undefined::new(figure, reason));
    }

    pub(crate) fn warn(&mut self, code: &'static str, text: impl Into<String>) {
        self.warnings.push(Warning::new(code, text));
    }
}

impl FigureOptions {
    fn costs(&self) -> impl Iterator<Item = Costs> {
        self.priors.iter().map(|prior| Costs {
            prior: *prior,
            miss: self.cost_miss,
            false_accept: self.cost_false_accept,
        })
    }

    /// Refuses what is out of range (`EOPTION`), which a long job does before it begins.
    pub fn check(&self) -> Result<()> {
        let wrong = |what: &str, value: f64, expected: &str| {
            let found = format!("{what} {}", in_words(value));
            Err(Error::new(Code::Option, found, expected))
        };
        check_level(self.level)?;
        let rates = self.far.iter().chain(&self.partial);
        rates.copied().try_for_each(check_far)?;
        if let Some(threshold) = self.thresholds.iter().find(|t| !t.is_finite()) {
            return wrong("the threshold", *threshold, "a finite number");
        }
        for costs in self.costs() {
            if !(costs.prior > 0.0 && costs.prior < 1.0) {
                return wrong("the prior", costs.prior, "a number between 0 and 1");
            }
            for cost in [costs.miss, costs.false_accept] {
                if !(cost > 0.0 && cost.is_finite()) {
                    return wrong("the cost", cost, "a finite number above 0");
                }
            }
        }
        if !(0.0..=1.0).contains(&self.fairness_weight) {
            return wrong("the weight", self.fairness_weight, "a number from 0 to 1");
        }
        Ok(())
    }
}

fn each<T>(asked: &[f64], figure: impl Fn(&f64) -> T) -> Vec<T> {
    asked.iter().map(figure).collect()
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
        rule,
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
    let mut missing = |figure: FigureName, reason: &str| {
        figures.undefined.push(Undefined::new(figure, reason));
    };
    for (i, at) in figures.operating.iter().enumerate() {
        if at.reached.is_none() {
            let reason = format!(
                "{} impostor pairs cannot resolve a false accept rate of {}: fewer than one is expected",
                figures.impostors, at.far
            );
            missing(FigureName::Operating(i), &reason);
        }
    }
    if figures.d_prime.is_none() {
        let reason = "neither kind of scores has any spread, or it overflows";
        missing(FigureName::DPrime, reason);
    }
    if figures.calibration.is_some() {
        return;
    }
    if figures.costs.iter().any(|cost| cost.actual.is_some()) {
        missing(FigureName::Calibration, "it overflows double precision");
        return;
    }
    let only_asked = "only asked of scores that are log-likelihood ratios";
    missing(FigureName::Calibration, only_asked);
    for i in 0..figures.costs.len() {
        missing(FigureName::ActualCost(i), only_asked);
    }
}

fn warn(figures: &mut Figures, curve: &Curve) {
    let warnings = &mut figures.warnings;
    if curve.last() == 1 {
        let text = format!(
            "every score is {}: nothing is told apart",
            curve.threshold(1)
        );
        warnings.push(Warning::new("constant-scores", text));
    }
    if figures.eer.linear > 0.5 {
        let text = format!(
            "the equal error rate is {:.4}, above one half: is the sign of the scores flipped?",
            figures.eer.linear
        );
        warnings.push(Warning::new("sign-flipped", text));
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
        warnings.push(Warning::new("few-impostors", text));
    }
}
