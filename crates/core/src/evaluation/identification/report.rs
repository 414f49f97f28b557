//! The report of searches (1:N): closed-set and open-set figures, with intervals by identity.

use super::by_identity::ByIdentity;
use super::retrieval::{
    PrecisionRule, average_precision_at_r, inverse_negative_penalty, r_precision, reciprocal_rank,
};
use super::{Cmc, Convention, Detection, Mate, Ranks, Searches};
use crate::error::{Code, Error, Result, counted, in_words};
use crate::evaluation::curve::{Resolution, resolution, steps};
use crate::evaluation::intervals::{
    FEW_PEOPLE, Interval, LEVEL, Spread, check_level, rate_interval, slope_of_repeated,
};
use crate::evaluation::{Rates, Undefined, Warning};

/// Figures to derive from searches.
#[derive(Clone, Debug, PartialEq)]
pub struct IdentificationOptions {
    /// Ranks at which the closed-set rate is given, from 1. `None`: 1, 5, 10 and 20, as far as a
    /// mate has such a rank.
    pub ranks: Option<Vec<u64>>,
    /// False positive identification rates, each in (0, 1]. Default: 0.003 (the rate of NIST's
    /// tables), 0.01 and 0.1.
    pub fpirs: Vec<f64>,
    /// Rank within which a mate is found in the open set, from 1. Default: 1.
    pub rank: u64,
    /// Convention for thresholds.
    pub convention: Convention,
    /// Rule for the average precision.
    pub average_precision: PrecisionRule,
    /// Searches of each probe, one in each of so many galleries that were drawn at random. Every rate is
    /// the mean over galleries of the rate in each; a threshold is one for all of them. Default: 1.
    pub draws: usize,
    /// Level of every interval, in (0, 1). Default: [`LEVEL`].
    pub level: f64,
}

impl Default for IdentificationOptions {
    fn default() -> Self {
        Self {
            ranks: None,
            fpirs: vec![0.003, 0.01, 0.1],
            rank: 1,
            convention: Convention::default(),
            average_precision: PrecisionRule::default(),
            draws: 1,
            level: LEVEL,
        }
    }
}

/// The report of searches.
#[derive(Clone, Debug, PartialEq)]
pub struct Identification {
    /// Probes.
    pub probes: usize,
    /// People among them.
    pub identities: usize,
    /// Probes with a mate.
    pub mated: usize,
    /// Probes without one.
    pub non_mated: usize,
    /// Over mated probes; `None` without any.
    pub closed: Option<ClosedSet>,
    /// Over both kinds of probes; `None` where one is missing.
    pub open: Option<OpenSet>,
    /// Remarks on how far to trust the figures.
    pub warnings: Vec<Warning>,
    /// Why figures are `None`.
    pub undefined: Vec<Undefined<FigureName>>,
}

/// A figure that can be undefined. Numbers count from 0 in the order asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FigureName {
    /// The closed set.
    ClosedSet,
    /// Interval of the rate at a rank.
    RankRateInterval(usize),
    /// Interval of MRR.
    MeanReciprocalRankInterval,
    /// Interval of mAP.
    MeanAveragePrecisionInterval,
    /// Interval of R-precision.
    RPrecisionInterval,
    /// Interval of MAP@R.
    MapAtRInterval,
    /// Interval of mINP.
    MeanInverseNegativePenaltyInterval,
    /// The open set.
    OpenSet,
    /// Everything that a threshold reaches at a false positive identification rate.
    OpenPoint(usize),
    /// Interval of the false positive identification rate reached.
    FpirInterval(usize),
    /// Interval of the true positive identification rate.
    TpirInterval(usize),
}

/// A measure with its interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The measure.
    pub value: f64,
    /// By identity; `None` where it is undefined.
    pub interval: Option<Interval>,
}

/// Measures over mated probes; what is not called expected is pessimistic.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosedSet {
    /// People with a mated probe.
    pub identities: usize,
    /// One for each rank asked for.
    pub ranks: Vec<RankRate>,
    /// The curve.
    pub cmc: Cmc,
    /// Median rank of the best mates.
    pub median_rank: f64,
    /// MRR.
    pub mean_reciprocal_rank: Estimate,
    /// Rule for the average precision.
    pub average_precision: PrecisionRule,
    /// mAP.
    pub mean_average_precision: Estimate,
    /// mINP.
    pub mean_inverse_negative_penalty: Estimate,
    /// R-precision.
    pub r_precision: Estimate,
    /// MAP@R.
    pub map_at_r: Estimate,
}

/// The identification rate at a rank.
#[derive(Clone, Debug, PartialEq)]
pub struct RankRate {
    /// Asked for.
    pub rank: u64,
    /// Share of mated probes whose best mate is within the rank.
    pub rate: Estimate,
    /// The same where what is equally near comes in random order.
    pub expected: f64,
}

/// Rates of both kinds of probes by threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenSet {
    /// People with a non-mated probe.
    pub non_mated_identities: usize,
    /// Convention for thresholds.
    pub convention: Convention,
    /// Rank within which a mate was to be found.
    pub rank: u64,
    /// The least rate above 0 that so many non-mated probes can have in one gallery.
    pub least_fpir: f64,
    /// One for each false positive identification rate asked for.
    pub points: Vec<OpenPoint>,
    /// The DIR curve, thinned for drawing: at or below each threshold, from nothing on.
    pub curve: Vec<OpenSpot>,
}

/// The threshold for a false positive identification rate.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenPoint {
    /// Asked for.
    pub fpir: f64,
    /// Adequacy of the number of non-mated probes.
    pub resolution: Resolution,
    /// Rates reached; `None` when unresolved.
    pub reached: Option<OpenReached>,
}

/// Rates reached at a threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenReached {
    /// Threshold and rates.
    pub spot: OpenSpot,
    /// Non-mated probes with a candidate within the threshold, counted in each gallery.
    pub false_positives: u64,
    /// Interval of the false positive identification rate at this threshold.
    pub fpir_interval: Option<Interval>,
    /// Interval of the true positive identification rate at this false positive one.
    pub tpir_interval: Option<Interval>,
}

/// A threshold and its rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OpenSpot {
    /// The threshold.
    pub threshold: f64,
    /// False positive identification rate.
    pub fpir: f64,
    /// True positive identification rate.
    pub tpir: f64,
}

/// Every measure asked for.
///
/// Errors: those of [`Searches::check`], `EOPTION` for a rank of 0 or a rate out of range. Cost: a
/// few sorts of the probes and passes over the mates.
pub fn identification(
    searches: &Searches,
    options: &IdentificationOptions,
) -> Result<Identification> {
    options.check()?;
    searches.check()?;
    let people = ByIdentity::new(searches);
    let probes = options.probes_of(searches.probes.len())?;
    let mated = options.probes_of(searches.mated().count())?;
    let mut found = Identification {
        probes,
        identities: people.people(|_| true),
        mated,
        non_mated: probes - mated,
        closed: None,
        open: None,
        warnings: vec![],
        undefined: vec![],
    };
    let figures = Estimator {
        searches,
        people,
        level: options.level,
    };
    if let Some(ranks) = Ranks::of(searches) {
        let closed = figures.closed_set(&ranks, options);
        found.explain_closed(&closed);
        found.warn_closed(&closed, &ranks);
        found.closed = Some(closed);
    } else {
        found.explain(FigureName::ClosedSet, "no probe has a mate in the gallery");
        found.warn("no-mates", "no probe has a mate in the gallery");
    }
    if let Some(detection) = Detection::of(searches, options.rank) {
        let open = figures.open_set(&detection, options);
        found.explain_open(&open);
        found.warn_open(&open);
        found.open = Some(open);
    } else {
        let reason = "it takes probes with a mate in the gallery and probes without one";
        found.explain(FigureName::OpenSet, reason);
    }
    Ok(found)
}

impl IdentificationOptions {
    /// Probes that so many searches are of.
    fn probes_of(&self, searches: usize) -> Result<usize> {
        if searches.is_multiple_of(self.draws) {
            return Ok(searches / self.draws);
        }
        let found = format!("{searches} searches in {} galleries", self.draws);
        let expected = "each probe in each gallery, with a mate in all or none";
        Err(Error::new(Code::Dimension, found, expected))
    }

    fn check(&self) -> Result<()> {
        check_level(self.level)?;
        if self.draws == 0 {
            return Err(Error::new(Code::Option, "no draw", "at least 1"));
        }
        let ranks = self.ranks.iter().flatten().chain([&self.rank]);
        if ranks.min() == Some(&0) {
            return Err(Error::new(Code::Option, "the rank 0", "a rank from 1"));
        }
        if let Some(fpir) = self.fpirs.iter().find(|f| !(**f > 0.0 && **f <= 1.0)) {
            let found = format!("the false positive identification rate {}", in_words(*fpir));
            return Err(Error::new(
                Code::Option,
                found,
                "a number above 0 and at most 1",
            ));
        }
        Ok(())
    }
}

struct Estimator<'a> {
    searches: &'a Searches,
    people: ByIdentity<'a>,
    level: f64,
}

impl Estimator<'_> {
    fn closed_set(&self, ranks: &Ranks, options: &IdentificationOptions) -> ClosedSet {
        let identities = self.people.people(|probe| !probe.mates.is_empty());
        let occurring = || [1, 5, 10, 20].into_iter().filter(|r| *r <= ranks.worst());
        let asked = options.ranks.clone();
        let asked: Vec<u64> = asked.unwrap_or_else(|| occurring().collect());
        let at = |rank: &u64| RankRate {
            rank: *rank,
            rate: self.rank_rate(ranks, *rank, identities),
            expected: ranks.expected(*rank),
        };
        let mean = |of: &dyn Fn(&[Mate]) -> f64| {
            let (value, spread) = self.mean(of);
            let interval = Interval::by_identity(value, &spread, identities as f64, self.level);
            Estimate {
                value,
                interval: interval.filter(|_| identities > 1),
            }
        };
        ClosedSet {
            identities,
            ranks: asked.iter().map(at).collect(),
            cmc: ranks.curve(&asked),
            median_rank: ranks.median(),
            mean_reciprocal_rank: mean(&reciprocal_rank),
            average_precision: options.average_precision,
            mean_average_precision: mean(&|mates| options.average_precision.average(mates)),
            mean_inverse_negative_penalty: mean(&inverse_negative_penalty),
            r_precision: mean(&r_precision),
            map_at_r: mean(&average_precision_at_r),
        }
    }

    fn rank_rate(&self, ranks: &Ranks, rank: u64, identities: usize) -> Estimate {
        let value = ranks.rate(rank);
        let (_, spread) = self.mean(&|mates| f64::from(u8::from(mates[0].rank(0) <= rank)));
        Estimate {
            value,
            interval: self.rate(value, &spread, identities),
        }
    }

    /// Mean over mated probes and its spread.
    fn mean(&self, of: &dyn Fn(&[Mate]) -> f64) -> (f64, Spread) {
        let mated = self.searches.mated().count() as f64;
        let sum: f64 = self.searches.mated().map(|(_, mates)| of(mates)).sum();
        let mean = sum / mated;
        let spread = self.people.spread(|_, mates| {
            if mates.is_empty() {
                return 0.0;
            }
            (of(mates) - mean) / mated
        });
        (mean, spread)
    }

    fn open_set(&self, detection: &Detection, options: &IdentificationOptions) -> OpenSet {
        let spot = |point: usize| OpenSpot {
            threshold: detection.threshold(point),
            fpir: detection.false_rate(point),
            tpir: detection.true_rate(point),
        };
        let mut kept = vec![];
        let non_mated_identities = self.people.people(|probe| probe.mates.is_empty());
        // More galleries bring no more people: what a rate rests on is probes, not searches.
        let non_mated = detection.non_mated() / options.draws as u64;
        let at = |fpir: &f64| {
            let resolution = resolution(non_mated, *fpir);
            let reached = (resolution != Resolution::Unresolved).then(|| {
                let (threshold, point) = detection.at_fpir(*fpir, options.convention);
                kept.push(point);
                let spot = OpenSpot {
                    threshold,
                    ..spot(point)
                };
                self.reached(detection, point, spot, options.draws)
            });
            OpenPoint {
                fpir: *fpir,
                resolution,
                reached,
            }
        };
        OpenSet {
            non_mated_identities,
            convention: options.convention,
            rank: options.rank,
            least_fpir: 1.0 / non_mated as f64,
            points: options.fpirs.iter().map(at).collect(),
            curve: steps(detection, kept).into_iter().map(spot).collect(),
        }
    }

    fn reached(
        &self,
        detection: &Detection,
        point: usize,
        spot: OpenSpot,
        draws: usize,
    ) -> OpenReached {
        let (mated, non_mated) = (detection.mated() as f64, detection.non_mated() as f64);
        let slope = slope_of_repeated(detection, point, draws as u64);
        let share = |happens: bool, rate: f64, of: f64| (f64::from(u8::from(happens)) - rate) / of;
        let mated_identities = self.people.people(|probe| !probe.mates.is_empty());
        let non_mated_identities = self.people.people(|probe| probe.mates.is_empty());
        // At a fixed FPIR the threshold moves with the non-mated probes.
        let tpir = self.people.spread(|probe, mates| match mates {
            [] => -slope * share(detection.alarms(point, probe), spot.fpir, non_mated),
            _ => share(detection.hits(point, mates), spot.tpir, mated),
        });
        let of_fpir = |probe: &_, mates: &[Mate]| match mates {
            [] => share(detection.alarms(point, probe), spot.fpir, non_mated),
            _ => 0.0,
        };
        let fpir = self.people.spread(of_fpir);
        OpenReached {
            spot,
            false_positives: detection.false_accepts(point),
            fpir_interval: self.rate(spot.fpir, &fpir, non_mated_identities),
            tpir_interval: self.rate(spot.tpir, &tpir, mated_identities),
        }
    }

    /// Interval of a rate over so many people; `None` for fewer than two.
    fn rate(&self, value: f64, spread: &Spread, people: usize) -> Option<Interval> {
        (people > 1).then(|| rate_interval(value, spread, people as f64, self.level))
    }
}

impl Identification {
    fn explain(&mut self, figure: FigureName, reason: &str) {
        self.undefined.push(Undefined::new(figure, reason));
    }

    fn warn(&mut self, code: &'static str, text: impl Into<String>) {
        self.warnings.push(Warning::new(code, text));
    }

    fn explain_closed(&mut self, closed: &ClosedSet) {
        let reason = if closed.identities < 2 {
            "the mated probes are of one person"
        } else {
            "at 0 or 1, or without any variance between people, none can be estimated"
        };
        let of_ranks = closed.ranks.iter().enumerate();
        let of_ranks = of_ranks.map(|(i, at)| (FigureName::RankRateInterval(i), &at.rate));
        let (mrr, map) = (&closed.mean_reciprocal_rank, &closed.mean_average_precision);
        let of_means = [
            (FigureName::MeanReciprocalRankInterval, mrr),
            (FigureName::MeanAveragePrecisionInterval, map),
            (FigureName::RPrecisionInterval, &closed.r_precision),
            (FigureName::MapAtRInterval, &closed.map_at_r),
            (
                FigureName::MeanInverseNegativePenaltyInterval,
                &closed.mean_inverse_negative_penalty,
            ),
        ];
        for (figure, estimate) in of_ranks.chain(of_means) {
            if estimate.interval.is_none() {
                self.explain(figure, reason);
            }
        }
    }

    fn warn_closed(&mut self, closed: &ClosedSet, ranks: &Ranks) {
        let non_mated = self.non_mated;
        if non_mated > 0 {
            let text = format!(
                "{non_mated} of {} probes have no mate in the gallery: ranks leave them out",
                self.probes
            );
            self.warn("probes-without-mate", text);
        }
        if ranks.tied() > 0 {
            let text = format!(
                "for {} of {} mated probes other people are exactly as near as the best mate; \
                 they are counted as nearer",
                ranks.tied(),
                ranks.searches()
            );
            self.warn("tied-ranks", text);
        }
        if closed.identities < FEW_PEOPLE {
            let text = format!(
                "the mated probes are of {}: with fewer than {FEW_PEOPLE}, intervals can be too \
                 narrow or too wide",
                counted(closed.identities, "person", "people")
            );
            self.warn("few-people", text);
        }
    }

    fn explain_open(&mut self, open: &OpenSet) {
        for (i, at) in open.points.iter().enumerate() {
            let Some(reached) = &at.reached else {
                let reason = format!(
                    "{} non-mated probes cannot resolve a false positive identification rate of \
                     {}: fewer than one is expected",
                    self.non_mated, at.fpir
                );
                self.explain(FigureName::OpenPoint(i), &reason);
                continue;
            };
            if reached.fpir_interval.is_none() {
                let reason = "the non-mated probes are of one person";
                self.explain(FigureName::FpirInterval(i), reason);
            }
            if reached.tpir_interval.is_none() {
                let reason = "the mated probes are of one person";
                self.explain(FigureName::TpirInterval(i), reason);
            }
        }
    }

    fn warn_open(&mut self, open: &OpenSet) {
        for at in &open.points {
            let expected = at.fpir * self.non_mated as f64;
            let text = match at.resolution {
                Resolution::Resolved => continue,
                Resolution::Unstable => format!(
                    "{} non-mated probes give about {expected:.0} false positives at a rate of {}: \
                     fewer than the 30 that make it stable",
                    self.non_mated, at.fpir
                ),
                Resolution::Unresolved => format!(
                    "{} non-mated probes cannot resolve a false positive identification rate of {}",
                    self.non_mated, at.fpir
                ),
            };
            self.warn("few-non-mated", text);
        }
    }
}
