//! Figures of searches as JSON, with the keys of `src/evaluation/identification.ts`.

use hackface_core::evaluation::identification::{
    ClosedSet, Cmc, Convention, Estimate, IdentificationOptions, OpenPoint, OpenSet, OpenSpot,
    RankRate, Searches, identification,
};
use hackface_core::{Code, Error, Result};
use napi_derive::napi;
use serde_json::{Map, Value, json};

use crate::figures::interval;

/// What is asked of searches; what is absent, the core decides.
#[napi(object)]
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
        let defaults = IdentificationOptions::default();
        let ranks = self
            .ranks
            .map(|ranks| ranks.into_iter().map(u64::from).collect());
        let convention = self.convention.as_deref().map(convention_named);
        Ok(IdentificationOptions {
            ranks: ranks.or(defaults.ranks),
            fpirs: self.fpirs.unwrap_or(defaults.fpirs),
            rank: self.rank.map_or(defaults.rank, u64::from),
            convention: convention.transpose()?.unwrap_or(defaults.convention),
        })
    }
}

fn convention_named(name: &str) -> Result<Convention> {
    let named = |convention: &Convention| convention.as_str() == name;
    Convention::ALL.into_iter().find(named).ok_or_else(|| {
        let found = format!("the convention '{name}'");
        Error::new(Code::Option, found, "at-most or insightface")
    })
}

/// Every measure asked for.
pub(crate) fn identification_json(
    searches: &Searches,
    options: &IdentificationOptions,
) -> Result<Value> {
    let found = identification(searches, options)?;
    Ok(json!({
        "probes": found.probes,
        "mated": found.mated,
        "nonMated": found.non_mated,
        "identities": found.identities,
        "closedSet": found.closed.as_ref().map(closed_set),
        "openSet": found.open.as_ref().map(open_set),
        "warnings": found.warnings.iter()
            .map(|(code, text)| json!({ "code": code, "text": text })).collect::<Vec<_>>(),
        "undefinedBecause": found.undefined.into_iter()
            .map(|(path, reason)| (path, reason.into()))
            .collect::<Map<String, Value>>(),
    }))
}

fn closed_set(of: &ClosedSet) -> Value {
    json!({
        "identities": of.identities,
        "rankRates": of.ranks.iter().map(rank_rate).collect::<Vec<_>>(),
        "cmc": cmc(&of.cmc),
        "medianRank": of.median_rank,
        "meanReciprocalRank": estimate(&of.mean_reciprocal_rank),
        "meanAveragePrecision": estimate(&of.mean_average_precision),
        "rPrecision": estimate(&of.r_precision),
        "mapAtR": estimate(&of.map_at_r),
    })
}

fn estimate(of: &Estimate) -> Value {
    json!({ "value": of.value, "interval": of.interval.as_ref().map(interval) })
}

fn rank_rate(at: &RankRate) -> Value {
    json!({
        "rank": at.rank,
        "rate": at.rate.value,
        "interval": at.rate.interval.as_ref().map(interval),
        "expected": at.expected,
    })
}

fn cmc(curve: &Cmc) -> Value {
    json!({ "rank": curve.rank, "rate": curve.rate, "expected": curve.expected })
}

fn open_set(of: &OpenSet) -> Value {
    let column = |key: fn(&OpenSpot) -> f64| of.curve.iter().map(key).collect::<Vec<_>>();
    json!({
        "identities": of.non_mated_identities,
        "rank": of.rank,
        "convention": of.convention.as_str(),
        "leastFpir": of.least_fpir,
        "tpirAtFpir": of.points.iter().map(open_point).collect::<Vec<_>>(),
        "curve": {
            "threshold": column(|spot| spot.threshold),
            "fpir": column(|spot| spot.fpir),
            "tpir": column(|spot| spot.tpir),
        },
    })
}

fn open_point(at: &OpenPoint) -> Value {
    let reached = at.reached.as_ref();
    json!({
        "fpir": at.fpir,
        "threshold": reached.map(|r| r.spot.threshold),
        "achievedFpir": reached.map(|r| r.spot.fpir),
        "achievedFpirInterval": reached.and_then(|r| r.fpir_interval.as_ref()).map(interval),
        "tpir": reached.map(|r| r.spot.tpir),
        "tpirInterval": reached.and_then(|r| r.tpir_interval.as_ref()).map(interval),
        "falsePositives": reached.map(|r| r.false_positives),
        "resolution": at.resolution.as_str(),
    })
}
