//! Reports of searches (1:N), as JavaScript sees them: the types of `src/evaluation/identification.ts`.

use std::collections::BTreeMap;

use hackface_core::Result;
use hackface_core::evaluation::identification as core;
use hackface_core::evaluation::identification::{
    Convention, FigureName, Identification, IdentificationOptions, PrecisionRule,
};
use napi_derive::napi;

use crate::figures::{Figure, Interval, Warning, because, column};
use crate::mirror::{Js, mirror};
use crate::options::set;

/// Figures to derive from searches; the core decides those that are absent.
#[napi(object, object_to_js = false)]
pub struct NativeIdentificationMeasures {
    /// Ranks at which the closed-set rate is given, from 1.
    pub ranks: Option<Vec<u32>>,
    /// False positive identification rates, each in (0, 1].
    pub fpirs: Option<Vec<f64>>,
    /// Rank within which a mate is found in the open set, from 1.
    pub rank: Option<u32>,
    /// `at-most` or `insightface`.
    pub convention: Option<String>,
    /// `at-hits` or `trapezoid`.
    pub average_precision: Option<String>,
    /// Searches of each probe, each in a gallery of its own.
    pub draws: Option<u32>,
    /// Level of every interval.
    pub level: Option<f64>,
}

impl NativeIdentificationMeasures {
    pub(crate) fn read(self) -> Result<IdentificationOptions> {
        let mut options = IdentificationOptions::default();
        let ranks = self.ranks.map(|ranks| ranks.into_iter().map(u64::from));
        options.ranks = ranks.map(Iterator::collect);
        set(&mut options.fpirs, self.fpirs);
        set(&mut options.rank, self.rank.map(u64::from));
        set(&mut options.level, self.level);
        let convention = self.convention.as_deref().map(Convention::parse);
        set(&mut options.convention, convention.transpose()?);
        let rule = self.average_precision.as_deref().map(PrecisionRule::parse);
        set(&mut options.average_precision, rule.transpose()?);
        set(&mut options.draws, self.draws.map(|draws| draws as usize));
        Ok(options)
    }
}

/// Figures of searches. A figure that is undefined is `null`.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct IdentificationFigures {
    /// Searches that are judged, one for each probe.
    pub probes: f64,
    /// Probes with a mate in the gallery.
    pub mated: f64,
    /// Probes without one.
    pub non_mated: f64,
    /// People among the probes.
    pub identities: f64,
    /// Measures over mated probes; `null` without any.
    pub closed_set: Option<ClosedSet>,
    /// Measures over both kinds of probes; `null` where one is missing.
    pub open_set: Option<OpenSet>,
    /// Remarks on how far to trust the figures.
    pub warnings: Vec<Warning>,
    /// Why a figure is `null`, by the path of its key: `"openSet": "…"`.
    pub undefined_because: BTreeMap<String, String>,
}

/// Measures over mated probes; rates and means are in [0, 1], larger is better. Ranks are
/// pessimistic: other people at the same distance come first.
#[napi(object, object_from_js = false)]
pub struct ClosedSet {
    /// People with a mated probe.
    pub identities: f64,
    /// Share of probes whose best mate is within each rank asked for.
    pub rank_rates: Vec<RankRate>,
    /// The CMC curve.
    pub cmc: CmcCurve,
    /// Median rank of the best mates, from 1.
    pub median_rank: f64,
    /// MRR: mean of 1 / rank of the best mate.
    pub mean_reciprocal_rank: Figure,
    /// Rule by which the area under the precision of a probe is taken: the mean of the precisions at its
    /// mates, or trapezoids between them as Market-1501 does.
    #[napi(ts_type = "'at-hits' | 'trapezoid'")]
    pub average_precision: String,
    /// mAP: mean over probes of the average precision.
    pub mean_average_precision: Figure,
    /// mINP: mean of R / rank of the last mate, R the number of mates of the probe.
    pub mean_inverse_negative_penalty: Figure,
    /// Mean share of mates among the first R candidates, R the number of mates of the probe.
    pub r_precision: Figure,
    /// MAP@R: as mAP, with mates beyond the first R candidates counting 0.
    pub map_at_r: Figure,
}

/// The identification rate at a rank.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct RankRate {
    /// Asked for.
    pub rank: f64,
    /// Share of mated probes whose best mate is within the rank.
    pub rate: f64,
    pub interval: Option<Interval>,
    /// The same where candidates that are equally near come in random order.
    pub expected: f64,
}

/// A CMC curve as columns of equal length: rates hold from their rank up to the next. Every rank up
/// to 100 at which one changes, beyond it those that a drawing can tell apart.
#[napi(object, object_from_js = false)]
pub struct CmcCurve {
    /// From 1, ascending; the last is the largest rank of a best mate.
    pub rank: Vec<f64>,
    /// Pessimistic.
    pub rate: Vec<f64>,
    pub expected: Vec<f64>,
}

/// Measures of thresholds on the distance. FPIR is the share of non-mated probes with a candidate
/// within the threshold; TPIR is the share of mated probes whose best mate is within threshold and
/// rank. 1 − TPIR is NIST's FNIR.
#[napi(object, object_from_js = false)]
pub struct OpenSet {
    /// People with a non-mated probe.
    pub identities: f64,
    /// Rank within which a mate was to be found.
    pub rank: f64,
    /// How thresholds were chosen and what passes them.
    #[napi(ts_type = "'at-most' | 'insightface'")]
    pub convention: String,
    /// The least FPIR above 0 that so many non-mated probes can have in one gallery: one over their number.
    pub least_fpir: f64,
    /// One for each FPIR asked for.
    pub tpir_at_fpir: Vec<IdentificationPoint>,
    /// The DIR curve as columns, from nothing within the threshold to everything, thinned for drawing;
    /// distances at or below each threshold are within it, whatever {@link convention} is.
    pub curve: DirCurve,
}

/// A DIR curve as columns of equal length.
#[napi(object, object_from_js = false)]
pub struct DirCurve {
    pub threshold: Vec<f64>,
    pub fpir: Vec<f64>,
    pub tpir: Vec<f64>,
}

/// Identification at a false positive identification rate.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct IdentificationPoint {
    /// Asked for.
    pub fpir: f64,
    pub threshold: Option<f64>,
    /// Really reached at {@link threshold}.
    pub achieved_fpir: Option<f64>,
    pub achieved_fpir_interval: Option<Interval>,
    pub tpir: Option<f64>,
    pub tpir_interval: Option<Interval>,
    /// Non-mated probes with somebody within the threshold; with drawn galleries, counted in each.
    pub false_positives: Option<f64>,
    /// Resolution of this rate by so many non-mated probes: below 1 error expected unresolved, below 30 unstable.
    #[napi(ts_type = "'resolved' | 'unstable' | 'unresolved'")]
    pub resolution: String,
}

mirror! {
    of: Identification => IdentificationFigures {
        probes, mated, non_mated, identities,
        closed_set = of.closed,
        open_set = of.open,
        warnings,
        undefined_because = because(of.undefined, paths),
    }
    of: core::ClosedSet => ClosedSet {
        identities,
        rank_rates = of.ranks,
        cmc, median_rank,
        mean_reciprocal_rank, average_precision, mean_average_precision,
        mean_inverse_negative_penalty, r_precision, map_at_r,
    }
    of: core::RankRate => RankRate {
        rank,
        rate = of.rate.value,
        interval = of.rate.interval,
        expected,
    }
    of: core::Cmc => CmcCurve { rank, rate, expected }
    of: core::Estimate => Figure { value = Some(of.value), interval }
    of: core::OpenSet => OpenSet {
        identities = of.non_mated_identities,
        rank, convention, least_fpir,
        tpir_at_fpir = of.points,
        curve,
    }
    of: Vec<core::OpenSpot> => DirCurve {
        threshold = column(&of, |spot| spot.threshold),
        fpir = column(&of, |spot| spot.fpir),
        tpir = column(&of, |spot| spot.tpir),
    }
}

impl Js<IdentificationPoint> for core::OpenPoint {
    fn js(self) -> IdentificationPoint {
        let reached = self.reached.as_ref();
        let spot = reached.map(|reached| reached.spot);
        IdentificationPoint {
            fpir: self.fpir,
            threshold: spot.map(|spot| spot.threshold),
            achieved_fpir: spot.map(|spot| spot.fpir),
            tpir: spot.map(|spot| spot.tpir),
            false_positives: reached.map(|reached| reached.false_positives as f64),
            achieved_fpir_interval: reached.and_then(|of| of.fpir_interval.clone()).js(),
            tpir_interval: reached.and_then(|of| of.tpir_interval.clone()).js(),
            resolution: self.resolution.js(),
        }
    }
}

/// The paths of the keys that are `null` where a figure is undefined.
fn paths(figure: FigureName) -> Vec<String> {
    let point = |i: usize, keys: &str| {
        let path = |key| format!("openSet.tpirAtFpir.{i}.{key}");
        keys.split(' ').map(path).collect()
    };
    match figure {
        FigureName::ClosedSet => vec!["closedSet".into()],
        FigureName::RankRateInterval(i) => vec![format!("closedSet.rankRates.{i}.interval")],
        FigureName::MeanReciprocalRankInterval => {
            vec!["closedSet.meanReciprocalRank.interval".into()]
        }
        FigureName::MeanAveragePrecisionInterval => {
            vec!["closedSet.meanAveragePrecision.interval".into()]
        }
        FigureName::RPrecisionInterval => vec!["closedSet.rPrecision.interval".into()],
        FigureName::MapAtRInterval => vec!["closedSet.mapAtR.interval".into()],
        FigureName::MeanInverseNegativePenaltyInterval => {
            vec!["closedSet.meanInverseNegativePenalty.interval".into()]
        }
        FigureName::OpenSet => vec!["openSet".into()],
        FigureName::OpenPoint(i) => {
            let reached =
                "threshold achievedFpir achievedFpirInterval tpir tpirInterval falsePositives";
            point(i, reached)
        }
        FigureName::FpirInterval(i) => point(i, "achievedFpirInterval"),
        FigureName::TpirInterval(i) => point(i, "tpirInterval"),
    }
}
