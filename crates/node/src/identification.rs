//! Reports of searches (1:N), as JavaScript sees them: the types of `src/evaluation/identification.ts`.

use std::collections::BTreeMap;

use hackface_core::Result;
use hackface_core::evaluation::identification as core;
use hackface_core::evaluation::identification::{
    Convention, FigureName, Identification, IdentificationOptions,
};
use napi_derive::napi;

use crate::background::Reply;
use crate::figures::{Figure, Interval, Warning, because, each};

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
}

impl NativeIdentificationMeasures {
    pub(crate) fn read(self) -> Result<IdentificationOptions> {
        let mut options = IdentificationOptions::default();
        if let Some(ranks) = self.ranks {
            options.ranks = Some(each(ranks, u64::from));
        }
        if let Some(fpirs) = self.fpirs {
            options.fpirs = fpirs;
        }
        if let Some(rank) = self.rank {
            options.rank = rank.into();
        }
        if let Some(convention) = self.convention {
            options.convention = Convention::parse(&convention)?;
        }
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
    /// What a reader should know before trusting a figure.
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
    /// mAP: mean over probes of the mean, over all their mates, of the precision at each.
    pub mean_average_precision: Figure,
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
    /// The least FPIR above 0 that so many non-mated probes can have: one over their number.
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
    /// Non-mated probes with somebody within the threshold.
    pub false_positives: Option<f64>,
    /// Whether so many non-mated probes can resolve this rate: below 1 they cannot, below 30 barely.
    #[napi(ts_type = "'resolved' | 'unstable' | 'unresolved'")]
    pub resolution: String,
}

impl Reply for Identification {
    type Js = IdentificationFigures;
    fn into_js(self) -> napi::Result<IdentificationFigures> {
        Ok(IdentificationFigures {
            probes: self.probes as f64,
            mated: self.mated as f64,
            non_mated: self.non_mated as f64,
            identities: self.identities as f64,
            closed_set: self.closed.map(closed_set),
            open_set: self.open.map(open_set),
            warnings: each(self.warnings, Warning::from),
            undefined_because: because(self.undefined, paths),
        })
    }
}

fn closed_set(of: core::ClosedSet) -> ClosedSet {
    ClosedSet {
        identities: of.identities as f64,
        rank_rates: each(of.ranks, |at| RankRate {
            rank: at.rank as f64,
            rate: at.rate.value,
            interval: at.rate.interval.map(Interval::from),
            expected: at.expected,
        }),
        cmc: CmcCurve {
            rank: each(of.cmc.rank, |rank| rank as f64),
            rate: of.cmc.rate,
            expected: of.cmc.expected,
        },
        median_rank: of.median_rank,
        mean_reciprocal_rank: estimate(of.mean_reciprocal_rank),
        mean_average_precision: estimate(of.mean_average_precision),
        r_precision: estimate(of.r_precision),
        map_at_r: estimate(of.map_at_r),
    }
}

fn estimate(of: core::Estimate) -> Figure {
    Figure {
        value: Some(of.value),
        interval: of.interval.map(Interval::from),
    }
}

fn open_set(of: core::OpenSet) -> OpenSet {
    let column = |key: fn(&core::OpenSpot) -> f64| of.curve.iter().map(key).collect();
    OpenSet {
        identities: of.non_mated_identities as f64,
        rank: of.rank as f64,
        convention: of.convention.as_str().to_owned(),
        least_fpir: of.least_fpir,
        curve: DirCurve {
            threshold: column(|spot| spot.threshold),
            fpir: column(|spot| spot.fpir),
            tpir: column(|spot| spot.tpir),
        },
        tpir_at_fpir: each(of.points, open_point),
    }
}

fn open_point(at: core::OpenPoint) -> IdentificationPoint {
    let spot = at.reached.as_ref().map(|reached| reached.spot);
    let false_positives = at
        .reached
        .as_ref()
        .map(|reached| reached.false_positives as f64);
    let intervals = at
        .reached
        .map(|reached| (reached.fpir_interval, reached.tpir_interval));
    let (fpir_interval, tpir_interval) = intervals.unwrap_or_default();
    IdentificationPoint {
        fpir: at.fpir,
        threshold: spot.map(|spot| spot.threshold),
        achieved_fpir: spot.map(|spot| spot.fpir),
        achieved_fpir_interval: fpir_interval.map(Interval::from),
        tpir: spot.map(|spot| spot.tpir),
        tpir_interval: tpir_interval.map(Interval::from),
        false_positives,
        resolution: at.resolution.as_str().to_owned(),
    }
}

/// The paths of the keys that are `null` where a figure is undefined.
fn paths(figure: FigureName) -> Vec<String> {
    let point = |i: usize, keys: &[&str]| {
        let path = |key: &&str| format!("openSet.tpirAtFpir.{i}.{key}");
        keys.iter().map(path).collect()
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
        FigureName::OpenSet => vec!["openSet".into()],
        FigureName::OpenPoint(i) => point(
            i,
            &[
                "threshold",
                "achievedFpir",
                "achievedFpirInterval",
                "tpir",
                "tpirInterval",
                "falsePositives",
            ],
        ),
        FigureName::FpirInterval(i) => point(i, &["achievedFpirInterval"]),
        FigureName::TpirInterval(i) => point(i, &["tpirInterval"]),
    }
}
