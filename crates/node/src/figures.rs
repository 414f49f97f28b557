//! Reports of pairs (1:1), as JavaScript sees them: the types of `src/evaluation/result.ts`.

use std::collections::BTreeMap;

use hackface_core::evaluation as core;
use hackface_core::evaluation::{FigureName, Figures, Report};
use hackface_core::jobs::all_pairs::{AllPairs, Pair};
use napi_derive::napi;

use crate::background::Reply;
use crate::mirror::{Js, mirror};

/// A confidence interval.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
    /// Share of repetitions that cover the truth, such as 0.95.
    pub level: f64,
    /// How it was made: `identity influence`, `identity bootstrap (1000)`, `DeLong, pairs taken as independent`, …
    pub method: String,
    /// The variance behind it; `null` unless it is by identity.
    pub variance: Option<Variance>,
}

/// A variance by identity, split by what it shrinks with.
#[napi(object, object_from_js = false)]
pub struct Variance {
    /// Equal people who would carry it: degrees of freedom.
    pub people: f64,
    /// Part that is of people, and shrinks as one over their number.
    pub by_people: f64,
    /// Part that is of pairs of people, and shrinks as one over its square.
    pub by_pairs: f64,
}

/// A figure with its interval.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct Figure {
    pub value: Option<f64>,
    pub interval: Option<Interval>,
}

/// A remark on how far to trust a report.
#[napi(object, object_from_js = false)]
pub struct Warning {
    /// A stable code, such as `few-impostors`.
    pub code: String,
    /// One sentence.
    pub text: String,
}

/// The area up to a false accept rate.
#[napi(object, object_from_js = false)]
pub struct PartialArea {
    pub far: f64,
    pub value: f64,
}

/// The equal error rate.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct EqualErrorFigure {
    pub value: Option<f64>,
    pub interval: Option<Interval>,
    pub threshold: Option<f64>,
}

/// The equal error rate by two further conventions.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct EqualErrorRates {
    /// Where the diagonal meets the convex hull of the ROC curve (ROCCH-EER).
    pub hull: Option<f64>,
    /// Mean of both rates where they are nearest.
    pub nearest: Option<f64>,
}

/// Acceptance at a false accept rate.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct OperatingPoint {
    /// Asked for.
    pub far: f64,
    /// How the threshold was chosen.
    #[napi(ts_type = "'at-most' | 'nearest' | 'insightface' | 'quantile'")]
    pub rule: String,
    pub threshold: Option<f64>,
    /// Really reached at {@link threshold}.
    pub achieved_far: Option<f64>,
    pub achieved_far_interval: Option<Interval>,
    pub tar: Option<f64>,
    pub tar_interval: Option<Interval>,
    /// Impostor pairs accepted.
    pub false_accepts: Option<f64>,
    /// Resolution of this rate by so many impostors: below 1 error expected unresolved, below 30 unstable.
    #[napi(ts_type = "'resolved' | 'unstable' | 'unresolved'")]
    pub resolution: String,
}

/// The largest accuracy.
#[napi(object, object_from_js = false)]
pub struct BestAccuracy {
    pub best: f64,
    pub threshold: f64,
}

/// Share of right decisions at a threshold that was given, and its rates.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct AccuracyAt {
    pub threshold: f64,
    pub accuracy: f64,
    pub far: f64,
    pub far_interval: Option<Interval>,
    pub tar: f64,
    pub tar_interval: Option<Interval>,
}

/// Accuracy over folds.
#[napi(object, object_from_js = false)]
pub struct FoldAccuracy {
    pub mean: f64,
    pub standard_error: f64,
    pub accuracies: Vec<f64>,
    pub thresholds: Vec<f64>,
}

/// Detection cost for a prior.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct DetectionCost {
    pub prior: f64,
    pub cost_miss: f64,
    pub cost_false_accept: f64,
    pub minimum: f64,
    pub threshold: Option<f64>,
    /// With thresholds read off as log-likelihood ratios; `null` unless values are those.
    pub actual: Option<f64>,
}

/// Calibration of log-likelihood ratios.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct Calibration {
    pub cllr: f64,
    /// By identity; `null` where identities are not known.
    pub cllr_interval: Option<Interval>,
    pub min_cllr: f64,
    /// Values in bins: mean predicted probability, share genuine, pairs.
    pub reliability: Vec<ReliabilityBin>,
    pub bayes_errors: BayesErrors,
}

/// Error rates over the prior, divided by those of a system that decides by the prior alone. Columns of
/// equal length.
#[napi(object, object_from_js = false)]
pub struct BayesErrors {
    /// Logarithm of the prior odds of a genuine pair, ascending.
    pub log_odds: Vec<f64>,
    /// Of decisions by the values as log-likelihood ratios.
    pub actual: Vec<f64>,
    /// Of the best threshold for the prior.
    pub minimum: Vec<f64>,
    /// Impostor pairs that those decisions accept.
    pub false_accepts: Vec<f64>,
    /// Genuine pairs that they reject.
    pub false_rejects: Vec<f64>,
}

/// Pairs of like predicted probability.
#[napi(object, object_from_js = false)]
pub struct ReliabilityBin {
    pub predicted: f64,
    pub observed: f64,
    pub pairs: f64,
}

/// One group at the shared thresholds.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct GroupFigures {
    pub group: String,
    pub genuine: f64,
    pub impostors: f64,
    pub auroc: Option<f64>,
    pub auroc_interval: Option<Interval>,
    /// People in its pairs; fewer than six have no figures. `null` where they are not known.
    pub people: Option<u32>,
    /// Impostor pairs of the group with others; `null` where only the group of a pair is known.
    pub across_impostors: Option<f64>,
    pub at: Vec<GroupPoint>,
    /// At thresholds that the group's own impostors choose; empty without both kinds of pairs.
    pub own: Vec<OperatingPoint>,
}

/// Rates of a group at a shared threshold.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct GroupPoint {
    pub far: f64,
    pub group_far: Option<f64>,
    pub group_far_interval: Option<Interval>,
    pub group_tar: Option<f64>,
    pub group_tar_interval: Option<Interval>,
    /// Of impostor pairs of the group with other groups.
    pub across_far: Option<f64>,
    pub across_far_interval: Option<Interval>,
}

/// How far groups are apart at a threshold that they share. A figure is `null` where a rate is unknown or the least
/// is 0; its interval where a rate is 0 or 1, or people are not known.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct GroupRatio {
    /// Asked for.
    pub far: f64,
    /// Largest over least false accept rate.
    pub far_ratio: Option<f64>,
    pub far_ratio_interval: Option<Interval>,
    /// Largest over least false reject rate.
    pub frr_ratio: Option<f64>,
    pub frr_ratio_interval: Option<Interval>,
    /// Fairness discrepancy rate (de Freitas Pereira & Marcel 2022): 1 where no group differs.
    pub fdr: Option<f64>,
    pub fdr_interval: Option<Interval>,
    /// Gini aggregation rate (Howard et al. 2022): 0 where no group differs, at most 1.
    pub garbe: Option<f64>,
    pub garbe_interval: Option<Interval>,
    /// Gini coefficient of the false accept rates.
    pub gini_far: Option<f64>,
    pub gini_far_interval: Option<Interval>,
    /// Gini coefficient of the false reject rates.
    pub gini_frr: Option<f64>,
    pub gini_frr_interval: Option<Interval>,
}

/// The ROC curve as columns of equal length.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct Curve {
    pub threshold: Vec<f64>,
    pub far: Vec<f64>,
    pub tar: Vec<f64>,
    /// Band of {@link tar} at each point, at the level of the intervals; `null` where identities are not known.
    pub tar_low: Option<Vec<f64>>,
    pub tar_high: Option<Vec<f64>>,
}

/// Counts of values in bins.
#[napi(object, object_from_js = false)]
pub struct Histogram {
    pub edges: Vec<f64>,
    pub genuine: Vec<f64>,
    pub impostors: Vec<f64>,
}

/// People who stand in the same two outer quarters.
#[napi(object, object_from_js = false)]
pub struct Animal {
    /// `doves` match themselves and nobody else; `chameleons` match everybody; `phantoms` match nobody, not
    /// even themselves; `worms` match others and not themselves.
    #[napi(ts_type = "'doves' | 'chameleons' | 'phantoms' | 'worms'")]
    pub name: String,
    pub people: f64,
    /// The number to expect if how people match themselves said nothing of how they match others.
    pub expected: f64,
    /// Chance of at least so many then.
    pub p: f64,
}

/// Mean scores of people. Columns of equal length.
#[napi(object, object_from_js = false)]
pub struct Members {
    /// Number of the person among the identities of the pairs.
    pub identity: Vec<u32>,
    /// Mean score of the person's genuine pairs.
    pub genuine: Vec<f64>,
    /// Mean score of the impostor pairs that the person is in.
    pub impostor: Vec<f64>,
    pub genuine_pairs: Vec<f64>,
    pub impostor_pairs: Vec<f64>,
}

/// People by the mean scores of their genuine and of their impostor pairs.
#[napi(object, object_from_js = false)]
pub struct Menagerie {
    /// People with pairs of both kinds.
    pub people: f64,
    /// Scores that bound the quarter of people who match themselves worst, and the quarter who do best.
    pub genuine_quartiles: Vec<f64>,
    /// Scores that bound the quarter of people least alike to others, and the quarter most alike.
    pub impostor_quartiles: Vec<f64>,
    pub animals: Vec<Animal>,
    /// Everybody up to 1,000 people; beyond, one for each of 64 × 64 cells of the plot that holds anybody.
    pub members: Members,
}

/// False rejects over the share of genuine pairs that is discarded, least quality first. Columns of equal length.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct Discards {
    /// False accept rate of all pairs that the threshold was chosen for.
    pub far: f64,
    pub threshold: Option<f64>,
    /// The least quality that is kept.
    pub least: Vec<f64>,
    /// Share of the genuine pairs that is discarded.
    pub discarded: Vec<f64>,
    /// Number of genuine pairs kept.
    pub kept: Vec<f64>,
    /// Share of them that the threshold rejects.
    pub frr: Vec<f64>,
    /// Ends of its interval, at the level of all intervals and for the threshold as it is.
    pub low: Vec<f64>,
    pub high: Vec<f64>,
}

/// Pairs of about one quality.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct QualityBin {
    pub low: f64,
    pub mean: f64,
    pub high: f64,
    pub genuine: f64,
    pub impostors: f64,
    /// Quartiles of the scores of its genuine pairs; `null` without any.
    pub genuine_scores: Option<Vec<f64>>,
    /// Those of its impostor pairs.
    pub impostor_scores: Option<Vec<f64>>,
}

/// Figures over the quality of pairs.
#[napi(object, object_from_js = false)]
pub struct QualityFigures {
    /// One for each false accept rate that has a threshold.
    pub discards: Vec<Discards>,
    /// About a tenth of the pairs each, from the least quality.
    pub bins: Vec<QualityBin>,
}

/// A pair that is hard to decide.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct WorstPair {
    /// Place in the list, from 0; `null` where there is no list.
    pub pair: Option<u32>,
    pub id: Option<String>,
    /// Row numbers, where the input has them.
    pub index1: Option<u32>,
    pub index2: Option<u32>,
    pub value: f64,
}

/// The pairs that are hardest to decide, worst first.
#[napi(object, object_from_js = false)]
pub struct WorstPairs {
    pub false_accepts: Vec<WorstPair>,
    pub false_rejects: Vec<WorstPair>,
}

/// Figures of an evaluation. A figure that is undefined is `null`.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct EvaluationFigures {
    /// Orientation of the scores.
    #[napi(ts_type = "'distance' | 'similarity'")]
    pub orientation: String,
    /// Pairs of the same person.
    pub genuine: f64,
    /// Pairs of two people.
    pub impostors: f64,
    /// People behind the pairs; `null` where the input does not tell.
    pub identities: Option<u32>,
    /// Area under the ROC curve, in [0, 1], larger is better, ties at ½.
    pub auroc: Figure,
    /// Half-width within which {@link auroc} is certain though values were counted in bins; 0 if exact.
    pub auroc_bound: f64,
    /// Area up to a false accept rate, standardised after McClish to [½, 1]; one for each asked.
    pub partial_auroc: Vec<PartialArea>,
    /// Equal error rate by linear interpolation of the crossing, smaller is better.
    pub eer: EqualErrorFigure,
    /// The equal error rate by the other two conventions.
    pub eer_by: EqualErrorRates,
    /// True accept rate at each false accept rate asked for.
    pub tar_at_far: Vec<OperatingPoint>,
    /// Largest share of right decisions, and the threshold (middle of the widest best interval).
    pub accuracy: BestAccuracy,
    /// Share of right decisions at thresholds that were given.
    pub accuracy_at: Vec<AccuracyAt>,
    /// Threshold from the other folds, accuracy on each fold; `null` unless asked for.
    pub folds: Option<FoldAccuracy>,
    /// (mean of genuine − mean of impostors) / root of the mean variance, positive when right.
    pub d_prime: Option<f64>,
    /// Normalised detection cost for each prior asked for.
    pub detection_cost: Vec<DetectionCost>,
    /// How well values serve as log-likelihood ratios; `null` unless asked for.
    pub calibration: Option<Calibration>,
    /// One entry for each group, at the shared thresholds of {@link tarAtFar}.
    pub groups: Vec<GroupFigures>,
    /// People by their mean scores; `null` where they are not known or too few.
    pub menagerie: Option<Menagerie>,
    /// Figures over quality; `null` unless it is given.
    pub quality: Option<QualityFigures>,
    /// How far groups are apart at those thresholds; empty for fewer than two groups with enough people.
    pub group_ratios: Vec<GroupRatio>,
    /// Points of the ROC curve from strictest to loosest, thinned for drawing.
    pub curve: Curve,
    /// Counts of values between `edges[i]` and `edges[i + 1]`.
    pub histogram: Histogram,
    /// The impostor pairs most alike and the genuine pairs least alike, worst first.
    pub worst: WorstPairs,
    /// Remarks on how far to trust the figures.
    pub warnings: Vec<Warning>,
    /// Why a figure is `null`, by the path of its key: `"eer.interval": "…"`.
    pub undefined_because: BTreeMap<String, String>,
}

mirror! {
    of: core::Interval => Interval { low, high, level, method, variance }
    of: core::Variance => Variance { people, by_people, by_pairs }
    of: core::Warning => Warning { code, text }
    of: (f64, Option<core::Interval>) => Figure { value = Some(of.0), interval = of.1 }
    of: (f64, f64) => PartialArea { far = of.0, value = of.1 }
    of: core::BestAccuracy => BestAccuracy { best = of.accuracy, threshold }
    of: core::GivenPoint => AccuracyAt {
        threshold = of.spot.threshold,
        accuracy = of.spot.accuracy,
        far = of.spot.far,
        far_interval,
        tar = of.spot.tar,
        tar_interval,
    }
    of: core::OperatingFigures => OperatingPoint {
        far,
        rule,
        threshold = of.reached.and_then(|at| finite(at.spot.threshold)),
        achieved_far = of.reached.map(|at| at.spot.far),
        achieved_far_interval = of.far_interval,
        tar = of.reached.map(|at| at.spot.tar),
        tar_interval,
        false_accepts = of.reached.map(|at| at.false_accepts as f64),
        resolution,
    }
    of: core::FoldAccuracy => FoldAccuracy { mean, standard_error, accuracies, thresholds }
    of: core::DetectionCost => DetectionCost {
        prior = of.costs.prior,
        cost_miss = of.costs.miss,
        cost_false_accept = of.costs.false_accept,
        minimum,
        threshold = finite(of.threshold),
        actual,
    }
    of: core::Calibration => Calibration {
        cllr, cllr_interval = of.interval, min_cllr, reliability, bayes_errors
    }
    of: core::BayesErrors => BayesErrors {
        log_odds = of.log_odds,
        actual = of.actual,
        minimum = of.minimum,
        false_accepts,
        false_rejects,
    }
    of: core::Animal => Animal { name, people, expected, p }
    of: core::Menagerie => Menagerie {
        people,
        genuine_quartiles = <Vec<f64>>::from(<[f64; 2]>::from(of.genuine_quartiles)),
        impostor_quartiles = <Vec<f64>>::from(<[f64; 2]>::from(of.impostor_quartiles)),
        animals = of.animals.to_vec(),
        members,
    }
    of: core::Discards => Discards {
        far,
        threshold = finite(of.threshold),
        least = column(&of.points, |point| point.least),
        discarded = column(&of.points, |point| point.discarded),
        kept = column(&of.points, |point| point.pairs as f64),
        frr = column(&of.points, |point| point.frr),
        low = column(&of.points, |point| point.interval.low),
        high = column(&of.points, |point| point.interval.high),
    }
    of: core::QualityBin => QualityBin {
        low,
        mean,
        high,
        genuine,
        impostors,
        genuine_scores = of.genuine_scores.map(Vec::from),
        impostor_scores = of.impostor_scores.map(Vec::from),
    }
    of: core::QualityFigures => QualityFigures { discards, bins }
    of: core::ReliabilityBin => ReliabilityBin { predicted, observed, pairs }
    of: core::GroupFigures => GroupFigures {
        group = of.name, genuine, impostors, auroc, auroc_interval, people, across_impostors, at, own
    }
    of: core::GroupPoint => GroupPoint {
        far,
        group_far,
        group_far_interval = of.far_interval,
        group_tar,
        group_tar_interval = of.tar_interval,
        across_far,
        across_far_interval,
    }
    of: core::Fairness => GroupRatio {
        far,
        far_ratio = of.far_ratio.value,
        far_ratio_interval = of.far_ratio.interval,
        frr_ratio = of.frr_ratio.value,
        frr_ratio_interval = of.frr_ratio.interval,
        fdr = of.fdr.value,
        fdr_interval = of.fdr.interval,
        garbe = of.garbe.value,
        garbe_interval = of.garbe.interval,
        gini_far = of.gini_far.value,
        gini_far_interval = of.gini_far.interval,
        gini_frr = of.gini_frr.value,
        gini_frr_interval = of.gini_frr.interval,
    }
    of: core::Histogram => Histogram { edges, genuine, impostors }
    of: core::WorstPair => WorstPair {
        pair = Some(of.pair), id = None::<String>, index1 = None::<u32>, index2 = None::<u32>, value
    }
    of: Pair => WorstPair {
        pair = None::<u32>,
        id = None::<String>,
        index1 = Some(of.first),
        index2 = Some(of.second),
        value = of.distance,
    }
    of: core::Worst => WorstPairs { false_accepts, false_rejects }
    of: core::Comparison => Comparison { auroc, eer, tar_at_far = of.tar, warnings }
    of: core::Difference => Difference { value, standard_error = of.error, interval, p }
    of: core::RateDifference => RateDifference {
        far,
        value = of.difference.value,
        standard_error = of.difference.error,
        interval = of.difference.interval,
        p = of.difference.p,
    }
}

impl Reply for Report {
    type Js = EvaluationFigures;
    fn into_js(self) -> napi::Result<EvaluationFigures> {
        Ok(EvaluationFigures {
            identities: self.identities.js(),
            folds: self.folds.js(),
            groups: self.groups.js(),
            menagerie: self.menagerie.js(),
            quality: self.quality.js(),
            group_ratios: self.fairness.js(),
            worst: self.worst.js(),
            ..self.figures.js()
        })
    }
}

/// All pairs judged, with the figures asked for.
pub(crate) struct AllPairsReport {
    pub(crate) judged: AllPairs,
    pub(crate) figures: Figures,
    pub(crate) groups: Vec<core::GroupFigures>,
    pub(crate) fairness: Vec<core::Fairness>,
}

impl Reply for AllPairsReport {
    type Js = EvaluationFigures;
    fn into_js(self) -> napi::Result<EvaluationFigures> {
        Ok(EvaluationFigures {
            identities: Some(self.judged.identities).js(),
            groups: self.groups.js(),
            group_ratios: self.fairness.js(),
            worst: WorstPairs {
                false_accepts: self.judged.worst_impostors.js(),
                false_rejects: self.judged.worst_genuine.js(),
            },
            ..self.figures.js()
        })
    }
}

/// Figures of a curve; those that need the pairs themselves are empty.
impl Js<EvaluationFigures> for Figures {
    fn js(self) -> EvaluationFigures {
        EvaluationFigures {
            orientation: self.orientation.js(),
            genuine: self.genuine.js(),
            impostors: self.impostors.js(),
            identities: None,
            auroc: (self.auroc, self.auroc_interval).js(),
            auroc_bound: self.auroc_bound,
            partial_auroc: self.partial.js(),
            eer: EqualErrorFigure {
                value: Some(self.eer.linear),
                interval: self.eer_interval.js(),
                threshold: finite(self.eer.threshold),
            },
            eer_by: EqualErrorRates {
                hull: Some(self.eer.hull),
                nearest: Some(self.eer.nearest),
            },
            tar_at_far: self.operating.js(),
            accuracy: self.best.js(),
            accuracy_at: self.at.js(),
            folds: None,
            d_prime: self.d_prime,
            detection_cost: self.costs.js(),
            calibration: self.calibration.js(),
            groups: vec![],
            menagerie: None,
            quality: None,
            group_ratios: vec![],
            curve: curve(&self.points, self.band.as_deref()),
            histogram: self.histogram.js(),
            worst: WorstPairs {
                false_accepts: vec![],
                false_rejects: vec![],
            },
            warnings: self.warnings.js(),
            undefined_because: because(self.undefined, paths),
        }
    }
}

fn curve(points: &[core::Spot], band: Option<&[(f64, f64)]>) -> Curve {
    Curve {
        threshold: column(points, |spot| spot.threshold),
        far: column(points, |spot| spot.far),
        tar: column(points, |spot| spot.tar),
        tar_low: band.map(|band| column(band, |(low, _)| *low)),
        tar_high: band.map(|band| column(band, |(_, high)| *high)),
    }
}

impl Js<Members> for Vec<core::Member> {
    fn js(self) -> Members {
        Members {
            identity: self.iter().map(|one| one.identity).collect(),
            genuine: column(&self, |one| one.genuine),
            impostor: column(&self, |one| one.impostor),
            genuine_pairs: column(&self, |one| one.genuine_pairs as f64),
            impostor_pairs: column(&self, |one| one.impostor_pairs as f64),
        }
    }
}

pub(crate) fn column<T>(rows: &[T], of: impl Fn(&T) -> f64) -> Vec<f64> {
    rows.iter().map(of).collect()
}

/// The keys of an operating point that an unresolved rate leaves empty.
const REACHED: [&str; 6] = [
    "threshold",
    "achievedFar",
    "achievedFarInterval",
    "tar",
    "tarInterval",
    "falseAccepts",
];

/// The paths of the keys that are `null` where a figure is undefined.
fn paths(figure: FigureName) -> Vec<String> {
    let point = |i: usize, keys: &[&str]| {
        let path = |key| format!("tarAtFar.{i}.{key}");
        keys.iter().map(path).collect()
    };
    match figure {
        FigureName::Identities => vec!["identities".into()],
        FigureName::AurocInterval => vec!["auroc.interval".into()],
        FigureName::EerInterval => vec!["eer.interval".into()],
        FigureName::Operating(i) => point(i, &REACHED),
        FigureName::OperatingIntervals(i) => point(i, &["tarInterval", "achievedFarInterval"]),
        FigureName::GivenIntervals(i) => ["farInterval", "tarInterval"]
            .map(|key| format!("accuracyAt.{i}.{key}"))
            .into(),
        FigureName::Folds => vec!["folds".into()],
        FigureName::DPrime => vec!["dPrime".into()],
        FigureName::Calibration => vec!["calibration".into()],
        FigureName::ActualCost(i) => vec![format!("detectionCost.{i}.actual")],
        FigureName::Menagerie => vec!["menagerie".into()],
        FigureName::Quality => vec!["quality".into()],
        FigureName::Band => vec!["curve.tarLow".into(), "curve.tarHigh".into()],
        FigureName::GroupAuroc(g) => vec![format!("groups.{g}.auroc")],
        FigureName::GroupAurocInterval(g) => vec![format!("groups.{g}.aurocInterval")],
        FigureName::GroupPeople(g) => vec![format!("groups.{g}.people")],
        FigureName::GroupAcross(g) => vec![format!("groups.{g}.acrossImpostors")],
        FigureName::GroupAcrossFar(g, i) => ["acrossFar", "acrossFarInterval"]
            .map(|key| format!("groups.{g}.at.{i}.{key}"))
            .into(),
        FigureName::GroupOwn(g, i) => REACHED
            .map(|key| format!("groups.{g}.own.{i}.{key}"))
            .into(),
        FigureName::GroupFar(g, i) => ["groupFar", "groupFarInterval"]
            .map(|key| format!("groups.{g}.at.{i}.{key}"))
            .into(),
        FigureName::GroupTar(g, i) => ["groupTar", "groupTarInterval"]
            .map(|key| format!("groups.{g}.at.{i}.{key}"))
            .into(),
    }
}

/// Reasons by path.
pub(crate) fn because<Name>(
    undefined: Vec<core::Undefined<Name>>,
    paths: fn(Name) -> Vec<String>,
) -> BTreeMap<String, String> {
    let of = |core::Undefined { figure, reason }| {
        let paths = paths(figure).into_iter();
        paths.map(move |path| (path, reason.clone()))
    };
    undefined.into_iter().flat_map(of).collect()
}

/// Beyond the largest number there is no threshold that JSON can say.
fn finite(threshold: f64) -> Option<f64> {
    threshold.is_finite().then_some(threshold)
}

/// A measure of the first metric less that of the second, on the same pairs.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct Difference {
    pub value: f64,
    pub standard_error: f64,
    /// Student's, with as many degrees of freedom as people who carry the difference.
    pub interval: Interval,
    /// Chance of a difference at least so large if there were none; `null` without any error.
    pub p: Option<f64>,
}

/// Difference of the true accept rates at a false accept rate.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct RateDifference {
    pub far: f64,
    pub value: f64,
    pub standard_error: f64,
    /// Student's, with as many degrees of freedom as people who carry the difference.
    pub interval: Interval,
    /// Chance of a difference at least so large if there were none; `null` without any error.
    pub p: Option<f64>,
}

/// How two metrics differ.
#[napi(object, object_from_js = false)]
pub struct Comparison {
    /// Positive when the first is better.
    pub auroc: Difference,
    /// Negative when the first is better.
    pub eer: Difference,
    /// Positive when the first is better; without rates that the impostors cannot resolve.
    pub tar_at_far: Vec<RateDifference>,
    /// Remarks on how far to trust the intervals.
    pub warnings: Vec<Warning>,
}

/// A figure of a system less that of the reference, by itself and among all comparisons.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct AdjustedDifference {
    pub value: f64,
    pub standard_error: f64,
    /// By itself.
    pub interval: Interval,
    /// By itself; `null` without any error.
    pub p: Option<f64>,
    /// Holds together with those of the other comparisons.
    pub adjusted_interval: Interval,
    /// Chance that any comparison shows so much if no system differs; `null` without any error.
    pub adjusted_p: Option<f64>,
}

/// Difference of the true accept rates at a false accept rate.
#[napi(object, object_from_js = false)]
pub struct AdjustedRate {
    pub far: f64,
    pub difference: AdjustedDifference,
}

/// A system against the reference.
#[napi(object, object_from_js = false)]
pub struct SystemDifference {
    /// Place of the system.
    pub system: u32,
    /// Positive when the system is better.
    pub auroc: AdjustedDifference,
    /// Negative when the system is better.
    pub eer: AdjustedDifference,
    /// Positive when the system is better; without rates that the impostors cannot resolve.
    pub tar_at_far: Vec<AdjustedRate>,
}

/// How systems differ from one of them.
#[napi(object, object_from_js = false)]
pub struct SystemsComparison {
    /// Place of the system that the others are compared with.
    pub reference: u32,
    /// True if it is the one with the largest AUROC, and not one that was named.
    pub chosen: bool,
    /// Comparisons that each figure is adjusted for: of all systems with one another where the data chose the
    /// reference.
    pub comparisons: u32,
    /// One for each other system.
    pub against: Vec<SystemDifference>,
    /// Remarks on how far to trust the intervals.
    pub warnings: Vec<Warning>,
}

mirror! {
    of: core::Adjusted => AdjustedDifference {
        value = of.difference.value,
        standard_error = of.difference.error,
        interval = of.difference.interval,
        p = of.difference.p,
        adjusted_interval = of.interval,
        adjusted_p = of.p,
    }
    of: (f64, core::Adjusted) => AdjustedRate { far = of.0, difference = of.1 }
    of: core::Against => SystemDifference { system, auroc, eer, tar_at_far = of.tar }
    of: core::Systems => SystemsComparison { reference, chosen, comparisons, against, warnings }
}
