//! A decision: what measures a pair, what its distance means, and which distances decide.
//!
//! [`Decision::judge`] is a few comparisons and one exponential; measuring is the work. `file` is its form
//! on disk, `export` the same rule in other languages.

mod export;
mod file;
mod quality;

use std::collections::BTreeMap;

pub use export::Language;
pub use file::LoadedDecision;
pub use quality::{Quality, QualitySource, pair_norms, poor_centroid};

use crate::calibration::{
    Calibrated, CalibrationOptions, Cutoffs, RatioMap, Tail, Threshold, Verdict, log_odds,
    probability,
};
use crate::error::{Code, Error, Result};
use crate::evaluation::Orientation;
use crate::job::Job;
use crate::measure::{Measure, MetricOptions, Normalize};
use crate::metrics::Expression;
use crate::models::Model;
use crate::rows::Embeddings;

/// The source of one of the scores that a decision rests on.
#[derive(Clone, Debug)]
pub enum Part {
    /// A metric, as an expression and its text.
    Metric {
        /// As it was written.
        text: String,
        /// As it was read.
        expression: Box<Expression>,
        /// Applied to every row first.
        normalize: Normalize,
    },
    /// A learned metric.
    Model(Box<Model>),
    /// Scores from elsewhere, by their name; they cannot be measured here.
    Scores(String),
    /// The quality of the pair; never the first part.
    Quality(Quality),
}

/// Everything that decides about a pair.
#[derive(Clone, Debug)]
pub struct Decision {
    parts: Vec<Part>,
    /// One for each part.
    weights: Vec<f64>,
    orientation: Orientation,
    rule: Rule,
    card: BTreeMap<String, String>,
}

/// The meaning of a similarity.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) map: RatioMap,
    pub(crate) cutoffs: Cutoffs,
    pub(crate) prior: f64,
    pub(crate) costs: [f64; 2],
    pub(crate) threshold: f64,
    pub(crate) level: f64,
    pub(crate) range: (f64, f64),
    pub(crate) tail: Tail,
    pub(crate) thresholds: Vec<Threshold>,
}

/// The verdict of a decision on a pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// The score of the pair, or the weighed sum of its scores, oriented as they are.
    pub score: f64,
    /// Natural logarithm of the likelihood ratio, same person against different.
    pub ratio: f64,
    /// Interval of it, for a map that has one.
    pub ratio_interval: Option<(f64, f64)>,
    /// Of one person, at the prior of the decision.
    pub probability: f64,
    /// The answer.
    pub verdict: Verdict,
    /// False accept rate of accepting everything at least so alike.
    pub far: f64,
    /// True if the score lies outside of those that were seen.
    pub outside: bool,
}

impl Part {
    /// A metric. Errors: `EMETRIC`; `EOPTION` for one that depends on more than the two rows of a pair.
    pub fn metric(text: &str, normalize: Normalize) -> Result<Self> {
        let expression = Expression::parse(text)?;
        let of_more = !expression.is_pairwise() || expression.metrics().iter().any(needs_reference);
        if of_more {
            let found = format!("the metric {text}, which depends on more than two rows");
            return Err(
                Error::new(Code::Option, found, "a metric of two rows alone")
                    .with_hint("Calibrate its scores instead, or fit a model"),
            );
        }
        Ok(Self::Metric {
            text: text.to_owned(),
            expression: Box::new(expression),
            normalize,
        })
    }

    /// Its name for a reader.
    pub fn name(&self) -> String {
        match self {
            Self::Metric { text, .. } => text.clone(),
            Self::Model(model) => {
                let pipeline = model.card().get("pipeline").cloned();
                pipeline.unwrap_or_else(|| model.scorer().name().to_owned())
            }
            Self::Scores(name) => name.clone(),
            Self::Quality(quality) => quality.name(),
        }
    }

    /// Distances of pairs of rows, as [`score_pairs`](crate::jobs::score::score_pairs) has them.
    ///
    /// Errors: those, and `EOPTION` for scores from elsewhere.
    fn distances(
        &self,
        embeddings: &Embeddings,
        (index1, index2): (&[u32], &[u32]),
        job: &Job,
    ) -> Result<Vec<f64>> {
        match self {
            Self::Metric {
                expression,
                normalize,
                ..
            } => {
                let options = MetricOptions {
                    normalize: *normalize,
                    ..MetricOptions::new(expression)
                };
                Measure::Metric(&options).pair_distances(embeddings, index1, index2, job)
            }
            Self::Model(model) => {
                Measure::Model(model).pair_distances(embeddings, index1, index2, job)
            }
            Self::Quality(_) => Err(Error::internal("quality as a measure")),
            Self::Scores(name) => Err(Error::new(
                Code::Option,
                format!("a decision on the scores {name}, which it does not know how to measure"),
                "a decision on a metric or a model",
            )
            .with_hint("Calibrate with the embeddings and their metric or model, or judge scores")),
        }
    }
}

fn needs_reference(metric: &crate::metrics::Metric) -> bool {
    metric.needs(crate::metrics::Needs::Variances)
        || metric.needs(crate::metrics::Needs::Covariance)
}

/// The evidence of the calibration and how it was judged, as texts.
fn facts(calibrated: &Calibrated) -> BTreeMap<String, String> {
    let (genuine, impostors) = calibrated.pairs;
    let mut facts = BTreeMap::new();
    let mut set = |name: &str, value: String| facts.insert(name.to_owned(), value);
    set("genuine", genuine.to_string());
    set("impostors", impostors.to_string());
    if let Some(people) = calibrated.identities {
        set("identities", people.to_string());
    }
    let Some(judged) = &calibrated.judgement else {
        set(
            "judged",
            "not on people held out: there are too few".to_owned(),
        );
        return facts;
    };
    let folds = judged.folds;
    set(
        "judged",
        format!("on people held out in {folds} folds, both of a pair"),
    );
    for (name, figure) in [("cllr", &judged.cllr), ("min_cllr", &judged.min_cllr)] {
        set(&format!("judged.{name}"), figure.value.to_string());
        if let Some(interval) = &figure.interval {
            let ends = format!("{} to {}", interval.low, interval.high);
            set(&format!("judged.{name}.interval"), ends);
        }
    }
    set("judged.ece", judged.ece.to_string());
    facts
}

impl Decision {
    /// A decision on these parts, whose similarities gave `calibrated`. Scores of `orientation` are those of
    /// every part.
    pub fn new(
        parts: Vec<Part>,
        orientation: Orientation,
        calibrated: &Calibrated,
        options: &CalibrationOptions,
    ) -> Result<Self> {
        let weights: Vec<f64> = match parts.len() {
            1 => vec![1.0],
            _ => calibrated
                .weights
                .iter()
                .map(|weight| weight.value)
                .collect(),
        };
        if weights.len() != parts.len() {
            return Err(Error::internal(
                "a decision on other parts than were weighed",
            ));
        }
        let rule = Rule {
            map: calibrated.map.clone(),
            cutoffs: calibrated.cutoffs,
            prior: options.prior,
            costs: [options.cost_miss, options.cost_false_accept],
            threshold: calibrated.threshold,
            level: options.level,
            range: calibrated.range,
            tail: calibrated.tail.clone(),
            thresholds: calibrated.thresholds.clone(),
        };
        Ok(Self {
            parts,
            weights,
            orientation,
            rule,
            card: facts(calibrated),
        })
    }

    /// The measures, one for each part.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Weight of each part; 1 of a single one.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Which end of the scores means more alike.
    pub fn orientation(&self) -> Orientation {
        self.orientation
    }

    /// The map from similarity to ratio.
    pub fn map(&self) -> &RatioMap {
        &self.rule.map
    }

    /// Probability of one person before a score is known.
    pub fn prior(&self) -> f64 {
        self.rule.prior
    }

    /// Costs of a miss and of a false accept.
    pub fn costs(&self) -> [f64; 2] {
        self.rule.costs
    }

    /// Level of every interval.
    pub fn level(&self) -> f64 {
        self.rule.level
    }

    /// The ratio at which both errors cost the same.
    pub fn threshold(&self) -> f64 {
        self.rule.threshold
    }

    /// Scores of the false accept rates that were asked for; similarities.
    pub fn thresholds(&self) -> &[Threshold] {
        &self.rule.thresholds
    }

    /// The scores from which a pair is one person, and beyond which it is two; `None` for never.
    pub fn cutoffs(&self) -> [Option<f64>; 2] {
        let Cutoffs { same, different } = self.rule.cutoffs;
        [same, different].map(|cutoff| cutoff.map(|s| self.orientation.similarity(s)))
    }

    /// The scores that were seen, from the most alike to the least.
    pub fn range(&self) -> (f64, f64) {
        let (low, high) = self.rule.range;
        (
            self.orientation.similarity(high),
            self.orientation.similarity(low),
        )
    }

    /// Facts about how it was made, by name.
    pub fn card(&self) -> &BTreeMap<String, String> {
        &self.card
    }

    /// Records a fact about how it was made.
    pub fn set_card(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.card.insert(name.into(), value.into());
    }

    /// The score of a pair: that of the only part, or the weighed sum of all.
    pub fn score(&self, scores: impl Iterator<Item = f64>) -> f64 {
        let mut scores = scores;
        match self.parts.len() {
            1 => scores.next().unwrap_or(f64::NAN),
            // The sum begins with 0, as a sum of similarities in the fit does.
            _ => scores
                .zip(&self.weights)
                .map(|(score, weight)| score * weight)
                .sum(),
        }
    }

    /// Scores of pairs of rows. Errors: those of [`score_pairs`](crate::jobs::score::score_pairs), `EOPTION`
    /// for a decision on scores from elsewhere, or with a quality that is not given; `quality` is that of each pair,
    /// where the decision has one by name.
    pub fn scores(
        &self,
        embeddings: &Embeddings,
        (index1, index2): (&[u32], &[u32]),
        quality: Option<&[f64]>,
        job: &Job,
    ) -> Result<Vec<f64>> {
        let rows = (index1, index2);
        let named = self.parts.iter().find_map(|part| match part {
            Part::Quality(of) => Some(of),
            _ => None,
        });
        let known = match named {
            Some(of) => of.source.values(embeddings, rows, quality, job)?,
            None => vec![],
        };
        let mut columns: Vec<Vec<f64>> = vec![];
        for part in &self.parts {
            columns.push(match part {
                Part::Quality(of) => of.column(&known, &columns[0]),
                part => part.distances(embeddings, rows, job)?,
            });
        }
        let pair = |pair: usize| self.score(columns.iter().map(|column| column[pair]));
        Ok((0..index1.len()).map(pair).collect())
    }

    /// The verdict on a score.
    ///
    /// Errors: `ENOTFINITE`.
    pub fn judge(&self, score: f64) -> Result<Judged> {
        if !score.is_finite() {
            return Err(Error::new(
                Code::NotFinite,
                format!("the score {score}"),
                "a finite number",
            ));
        }
        let rule = &self.rule;
        let similarity = self.orientation.similarity(score);
        let ratio = rule.map.ratio(similarity);
        Ok(Judged {
            score,
            ratio,
            ratio_interval: rule.map.interval(similarity),
            probability: probability(ratio, log_odds(rule.prior)),
            verdict: rule.cutoffs.verdict(similarity),
            far: rule.tail.rate(similarity),
            outside: similarity < rule.range.0 || similarity > rule.range.1,
        })
    }
}
