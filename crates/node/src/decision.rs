//! Calibration of scores, and the decisions that come out.

use std::collections::BTreeMap;

use hackface_core::calibration as core_calibration;
use hackface_core::calibration::{
    Calibrated, CalibrationOptions, Contribution, Evidence, Judgement, MapKind, Measured,
    QualityForm, Reliability, SharesAt, Threshold, Weight, calibrate as run,
    calibrate_with_quality,
};
use hackface_core::decision::{
    Decision, Judged, Language, Part, Quality, QualitySource, pair_norms, poor_centroid,
};
use hackface_core::evaluation as core;
use hackface_core::evaluation::{Orientation, People};
use hackface_core::measure::Normalize;
use hackface_core::{Code, Embeddings, Error, Job, Result};
use napi::Env;
use napi::bindgen_prelude::{ClassInstance, Float64Array, Uint8Array};
use napi_derive::napi;

use crate::background::{Promised, Reply, start};
use crate::boundary::guarded;
use crate::embeddings::NativeEmbeddings;
use crate::figures::{BayesErrors, Curve, Figure, Interval, Warning, column};
use crate::job::NativeJob;
use crate::mirror::{Js, mirror};
use crate::model::NativeModel;
use crate::options::{choice, set};
use crate::pool;
use crate::score::NativePairs;

/// One of `metric`, `model` and `scores`.
#[napi(object, object_to_js = false)]
pub struct NativePart<'env> {
    pub metric: Option<String>,
    /// `none` or `l2`, before the metric.
    pub normalize: Option<String>,
    pub model: Option<ClassInstance<'env, NativeModel>>,
    /// Name of scores from elsewhere.
    pub scores: Option<String>,
}

impl NativePart<'_> {
    fn read(self) -> Result<Part> {
        let words = [("none", Normalize::None), ("l2", Normalize::L2)];
        let normalize = choice("normalize", &self.normalize, &words)?.unwrap_or_default();
        match (self.metric, self.model, self.scores) {
            (Some(metric), None, None) => Part::metric(&metric, normalize),
            (None, Some(model), None) => Ok(Part::Model(Box::new((*model.get()).clone()))),
            (None, None, Some(name)) => Ok(Part::Scores(name)),
            _ => Err(Error::new(
                Code::Option,
                "several measures or none",
                "one for each part",
            )),
        }
    }
}

/// How to calibrate; the core decides what is absent.
#[napi(object, object_to_js = false)]
pub struct NativeCalibrateOptions {
    /// `distance` or `similarity`.
    pub orientation: Option<String>,
    /// `affine`, `isotonic` or `beta`.
    pub map: Option<String>,
    pub prior: Option<f64>,
    pub cost_miss: Option<f64>,
    pub cost_false_accept: Option<f64>,
    pub at_far: Option<Vec<f64>>,
    pub level: Option<f64>,
    pub folds: Option<u32>,
    pub seed: Option<u32>,
    pub ridge: Option<f64>,
    /// The quality of each pair, of a single part.
    pub quality: Option<Float64Array>,
    /// Its name, if it is not measured in the rows.
    pub quality_name: Option<String>,
    /// The centroid of poor rows that it is the distance to; without either it is that of the norms.
    pub quality_centroid: Option<Float64Array>,
    /// Facts for the card of the decision.
    pub card: BTreeMap<String, String>,
}

impl NativeCalibrateOptions {
    fn read(&self) -> Result<(Orientation, CalibrationOptions)> {
        let mut options = CalibrationOptions::default();
        let orientation = self.orientation.as_deref().map(Orientation::parse);
        set(
            &mut options.map,
            self.map.as_deref().map(MapKind::parse).transpose()?,
        );
        set(&mut options.prior, self.prior);
        set(&mut options.cost_miss, self.cost_miss);
        set(&mut options.cost_false_accept, self.cost_false_accept);
        set(&mut options.far, self.at_far.clone());
        set(&mut options.level, self.level);
        set(&mut options.folds, self.folds.map(|n| n as usize));
        set(&mut options.seed, self.seed.map(u64::from));
        set(&mut options.ridge, self.ridge);
        options.check()?;
        Ok((orientation.transpose()?.unwrap_or_default(), options))
    }
}

/// The truth about pairs; `first` and `second` are identities, or empty.
#[napi(object, object_to_js = false)]
pub struct NativeTruth {
    pub same: Uint8Array,
    pub first: napi::bindgen_prelude::Uint32Array,
    pub second: napi::bindgen_prelude::Uint32Array,
}

/// A part in a weighed sum, and what it does there.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct FusedPart {
    /// The metric, the pipeline of the model, or the file of scores.
    pub name: String,
    /// Nats for each unit of its similarity.
    pub weight: f64,
    /// Interval of the weight, by identity where people are known.
    pub weight_interval: Interval,
    /// Cllr of this part alone, on people not met; `null` where nothing was judged.
    pub alone: Option<f64>,
    /// Cllr of all parts less that of this part alone; negative where the sum is better.
    pub gain: Option<f64>,
    pub gain_interval: Option<Interval>,
    /// AUROC of all parts less that of this part alone; positive where the sum is better.
    pub auroc_gain: Option<f64>,
    pub auroc_gain_interval: Option<Interval>,
    /// Cllr without this part less that of all parts; positive where it adds something.
    pub adds: Option<f64>,
    pub adds_interval: Option<Interval>,
}

/// Pairs whose predicted probability is alike.
#[napi(object, object_from_js = false)]
pub struct JudgedReliability {
    /// Mean predicted probability, at the share of genuine pairs there is.
    pub predicted: f64,
    /// Share that is genuine.
    pub observed: f64,
    /// Interval of the share.
    pub interval: Interval,
    pub pairs: f64,
}

/// How ratios fare on people that no fit of theirs has met.
#[napi(object, object_from_js = false)]
pub struct CalibrationJudgement {
    /// Folds of people.
    pub folds: u32,
    /// Cost of the ratios in bits: 0 is perfect, 1 says nothing.
    pub cllr: Figure,
    /// The least that any increasing map of the scores leaves.
    pub min_cllr: Figure,
    /// The rest: the price of the map.
    pub loss: Figure,
    /// Expected calibration error over the bins of `reliability`; it depends on them and has no interval.
    pub ece: f64,
    pub reliability: Vec<JudgedReliability>,
    /// Shares of pairs that have at least a ratio: a curve with ratios as its thresholds, thinned for drawing.
    pub curve: Curve,
    pub bayes_errors: BayesErrors,
}

/// The threshold for a false accept rate, chosen on all pairs.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct DecisionThreshold {
    /// Asked for.
    pub far: f64,
    /// Scores up to it (distances) or from it (similarities) are accepted.
    pub threshold: f64,
    /// Share of impostor pairs accepted.
    pub achieved_far: f64,
    pub achieved_far_interval: Option<Interval>,
    /// Share of genuine pairs accepted.
    pub tar: f64,
    pub tar_interval: Option<Interval>,
}

/// A calibration: what was found, and the file of the decision.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct NativeCalibration {
    pub genuine: f64,
    pub impostors: f64,
    pub identities: Option<f64>,
    pub judgement: Option<CalibrationJudgement>,
    /// Empty for a single part.
    pub fused: Vec<FusedPart>,
    /// Forms in which quality was tried.
    pub quality: Vec<QualityTrial>,
    pub warnings: Vec<Warning>,
    pub decision: Uint8Array,
}

/// A form in which quality enters beside the score, tried on people held out.
#[napi(object, object_from_js = false)]
pub struct QualityTrial {
    /// `added`: w s + c q; `slope`: and d q s.
    #[napi(ts_type = "'added' | 'slope'")]
    pub form: String,
    /// Cllr with it less that without; negative where it is better.
    pub gain: f64,
    pub gain_interval: Interval,
    /// True if the whole interval is better: the decision has it.
    pub used: bool,
}

/// The findings of a calibration and the data behind them.
struct Outcome {
    quality: Vec<core_calibration::QualityTrial>,
    calibrated: Calibrated,
    decision: Decision,
    file: Vec<u8>,
}

mirror! {
    of: core_calibration::QualityTrial => QualityTrial {
        form = of.form.as_str(), gain, gain_interval = of.interval, used
    }
    of: Measured => Figure { value = Some(of.value), interval }
    of: Reliability => JudgedReliability { predicted, observed, interval, pairs }
    of: Judgement => CalibrationJudgement {
        folds, cllr, min_cllr, loss, ece, reliability, curve = of.shares, bayes_errors
    }
}

impl Js<Curve> for Vec<SharesAt> {
    fn js(self) -> Curve {
        Curve {
            threshold: column(&self, |at| at.ratio),
            far: column(&self, |at| at.impostors),
            tar: column(&self, |at| at.genuine),
            tar_low: None,
            tar_high: None,
        }
    }
}

impl Reply for Outcome {
    type Js = NativeCalibration;
    fn into_js(self) -> napi::Result<NativeCalibration> {
        let Self {
            quality,
            calibrated,
            decision,
            file,
        } = self;
        let names = decision.parts().iter().map(Part::name);
        let mut contributions = calibrated.contributions.into_iter();
        let fused = names.zip(calibrated.weights);
        let fused = fused.map(|(name, weight)| fused_part(name, weight, contributions.next()));
        Ok(NativeCalibration {
            genuine: calibrated.pairs.0 as f64,
            impostors: calibrated.pairs.1 as f64,
            identities: calibrated.identities.map(|people| people as f64),
            judgement: calibrated.judgement.js(),
            fused: fused.collect(),
            quality: quality.js(),
            warnings: calibrated.warnings.js(),
            decision: Uint8Array::new(file),
        })
    }
}

fn fused_part(name: String, weight: Weight, of: Option<Contribution>) -> FusedPart {
    let figure = |get: fn(&Contribution) -> f64| of.as_ref().map(get);
    let interval =
        |get: fn(&Contribution) -> &core::Interval| of.as_ref().map(|of| get(of).clone().js());
    FusedPart {
        name,
        weight: weight.value,
        weight_interval: weight.interval.js(),
        alone: figure(|of| of.alone),
        gain: figure(|of| of.gain),
        gain_interval: interval(|of| &of.gain_interval),
        auroc_gain: figure(|of| of.auroc_gain),
        auroc_gain_interval: interval(|of| &of.auroc_gain_interval),
        adds: figure(|of| of.adds),
        adds_interval: interval(|of| &of.adds_interval),
    }
}

/// Calibrates scores of pairs, a column for each part, in the background on copies of them.
#[napi(catch_unwind, ts_return_type = "Promise<NativeCalibration>")]
pub fn calibrate<'env>(
    env: &'env Env,
    parts: Vec<NativePart<'_>>,
    scores: Vec<Float64Array>,
    truth: NativeTruth,
    options: NativeCalibrateOptions,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || {
        let (orientation, asked) = options.read()?;
        let parts: Vec<Part> = parts
            .into_iter()
            .map(NativePart::read)
            .collect::<Result<_>>()?;
        let sign = match orientation {
            Orientation::Distance => -1.0,
            Orientation::Similarity => 1.0,
        };
        let similar = |column: &Float64Array| column.iter().map(|score| sign * score).collect();
        let columns: Vec<Vec<f64>> = scores.iter().map(similar).collect();
        let truth = [&truth.first, &truth.second].map(|side| side.to_vec());
        Ok((parts, columns, truth, (orientation, asked)))
    };
    let same = truth.same.to_vec();
    let card = options.card.clone();
    let quality = options.quality.as_ref().map(|values| values.to_vec());
    let source = match (&options.quality_name, &options.quality_centroid) {
        (Some(name), _) => QualitySource::Given(name.clone()),
        (None, Some(centroid)) => QualitySource::Centroid(centroid.to_vec()),
        (None, None) => QualitySource::Norm,
    };
    start(env, "calibrate", job, check, move |given, job| {
        let (parts, columns, [first, second], (orientation, asked)) = given;
        let most = first.iter().chain(&second).max();
        let people = most.map(|most| People {
            first: &first,
            second: &second,
            count: *most as usize + 1,
        });
        let evidence = Evidence {
            parts: &columns,
            same: &same,
            people,
        };
        let (mut parts, mut trials) = (parts, vec![]);
        let calibrated = match &quality {
            None => run(&evidence, &asked, job)?,
            Some(values) => {
                let found = calibrate_with_quality(&evidence, values, &asked, job)?;
                let ends = |a: (f64, f64), q: &f64| (a.0.min(*q), a.1.max(*q));
                let of = |times_score| {
                    Part::Quality(Quality {
                        source: source.clone(),
                        times_score,
                        range: values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), ends),
                    })
                };
                parts.extend(found.form.map(|_| of(false)));
                let slope = found.form.filter(|form| *form == QualityForm::Slope);
                parts.extend(slope.map(|_| of(true)));
                trials = found.trials;
                found.calibrated
            }
        };
        let mut decision = Decision::new(parts, orientation, &calibrated, &asked)?;
        card.into_iter()
            .for_each(|(name, value)| decision.set_card(name, value));
        Ok(Outcome {
            quality: trials,
            calibrated,
            file: decision.to_bytes()?,
            decision,
        })
    })
}

/// A decision about pairs.
#[napi]
pub struct NativeRule {
    inner: std::sync::Arc<Decision>,
    warnings: Vec<String>,
}

/// Facts about a decision; scores are oriented as its own.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct NativeRuleAbout {
    pub parts: Vec<String>,
    /// True if every part can be measured.
    pub measures: bool,
    pub weights: Vec<f64>,
    pub orientation: String,
    pub map: String,
    pub prior: f64,
    pub cost_miss: f64,
    pub cost_false_accept: f64,
    pub level: f64,
    pub threshold: f64,
    pub thresholds: Vec<DecisionThreshold>,
    pub same: Option<f64>,
    pub different: Option<f64>,
    pub most_alike: f64,
    pub least_alike: f64,
    pub card: BTreeMap<String, String>,
    pub warnings: Vec<String>,
}

/// The verdict of a decision on a pair.
#[napi(object, object_from_js = false)]
pub struct NativeVerdict {
    pub score: f64,
    pub ratio: f64,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub probability: f64,
    pub verdict: String,
    pub far: f64,
    pub outside: bool,
}

impl From<Judged> for NativeVerdict {
    fn from(of: Judged) -> Self {
        Self {
            score: of.score,
            ratio: of.ratio,
            low: of.ratio_interval.map(|ends| ends.0),
            high: of.ratio_interval.map(|ends| ends.1),
            probability: of.probability,
            verdict: of.verdict.as_str().to_owned(),
            far: of.far,
            outside: of.outside,
        }
    }
}

#[napi]
impl NativeRule {
    /// Reads a decision file.
    #[napi(factory, catch_unwind)]
    pub fn from_bytes(env: &Env, bytes: &[u8]) -> napi::Result<Self> {
        guarded(env, "ruleFromBytes", || {
            let loaded = Decision::from_bytes(bytes)?;
            Ok(Self {
                inner: std::sync::Arc::new(loaded.decision),
                warnings: loaded.warnings,
            })
        })
    }

    /// The file of this decision.
    #[napi(catch_unwind)]
    pub fn to_bytes(&self, env: &Env) -> napi::Result<Uint8Array> {
        guarded(env, "ruleToBytes", || {
            Ok(Uint8Array::new(self.inner.to_bytes()?))
        })
    }

    /// Facts about the decision and its file.
    #[napi(catch_unwind)]
    pub fn about(&self, env: &Env) -> napi::Result<NativeRuleAbout> {
        guarded(env, "ruleAbout", || {
            let rule = &self.inner;
            let ([same, different], (most_alike, least_alike)) = (rule.cutoffs(), rule.range());
            let [cost_miss, cost_false_accept] = rule.costs();
            let orientation = rule.orientation();
            let measures = !rule
                .parts()
                .iter()
                .any(|part| matches!(part, Part::Scores(_)));
            let thresholds = rule.thresholds().iter();
            Ok(NativeRuleAbout {
                parts: rule.parts().iter().map(Part::name).collect(),
                measures,
                weights: rule.weights().to_vec(),
                orientation: orientation.as_str().to_owned(),
                map: rule.map().kind().as_str().to_owned(),
                prior: rule.prior(),
                cost_miss,
                cost_false_accept,
                level: rule.level(),
                threshold: rule.threshold(),
                thresholds: thresholds.map(|of| threshold(of, orientation)).collect(),
                same,
                different,
                most_alike,
                least_alike,
                card: rule.card().clone(),
                warnings: self.warnings.clone(),
            })
        })
    }

    /// The verdict on a score.
    #[napi(catch_unwind)]
    pub fn judge(&self, env: &Env, score: f64) -> napi::Result<NativeVerdict> {
        guarded(env, "ruleJudge", || {
            self.inner.judge(score).map(NativeVerdict::from)
        })
    }

    /// The verdict on two rows of single precision.
    #[napi(catch_unwind)]
    pub fn decide_narrow(
        &self,
        env: &Env,
        a: &[f32],
        b: &[f32],
        quality: Option<f64>,
    ) -> napi::Result<NativeVerdict> {
        guarded(env, "ruleDecideNarrow", || {
            let dim = one_width(a.len(), b.len())?;
            self.decide(&Embeddings::from_vec([a, b].concat(), 2, dim)?, quality)
        })
    }

    /// The verdict on two rows of double precision.
    #[napi(catch_unwind)]
    pub fn decide_wide(
        &self,
        env: &Env,
        a: &[f64],
        b: &[f64],
        quality: Option<f64>,
    ) -> napi::Result<NativeVerdict> {
        guarded(env, "ruleDecideWide", || {
            let dim = one_width(a.len(), b.len())?;
            self.decide(&Embeddings::from_doubles([a, b].concat(), 2, dim)?, quality)
        })
    }

    /// The rule as source text, `sql` or `javascript`.
    #[napi(catch_unwind)]
    pub fn export(&self, env: &Env, language: String) -> napi::Result<String> {
        guarded(env, "ruleExport", || {
            self.inner.export(Language::parse(&language)?)
        })
    }
}

impl NativeRule {
    fn decide(&self, rows: &Embeddings, quality: Option<f64>) -> Result<NativeVerdict> {
        let quality = quality.as_slice();
        let quality = (!quality.is_empty()).then_some(quality);
        let work = || self.inner.scores(rows, (&[0], &[1]), quality, &Job::new());
        let scores = pool::run_here(work)?;
        self.inner.judge(scores[0]).map(NativeVerdict::from)
    }
}

fn one_width(a: usize, b: usize) -> Result<usize> {
    if a == b {
        return Ok(a);
    }
    let found = format!("rows of {a} and {b} values");
    Err(Error::new(Code::Dimension, found, "two rows of one width"))
}

fn threshold(of: &Threshold, orientation: Orientation) -> DecisionThreshold {
    DecisionThreshold {
        far: of.far,
        threshold: match orientation {
            Orientation::Distance => -of.similarity,
            Orientation::Similarity => of.similarity,
        },
        achieved_far: of.achieved,
        achieved_far_interval: of.achieved_interval.clone().js(),
        tar: of.tar,
        tar_interval: of.tar_interval.clone().js(),
    }
}

/// Scores of pairs of rows by a decision, in the background.
#[napi(catch_unwind, ts_return_type = "Promise<Float64Array>")]
pub fn rule_scores<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    pairs: NativePairs<'_>,
    rule: &NativeRule,
    quality: Option<&[f64]>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || {
        let pairs = (pairs.index1.to_vec(), pairs.index2.to_vec());
        Ok((
            embeddings.share()?,
            std::sync::Arc::clone(&rule.inner),
            pairs,
            quality.map(<[f64]>::to_vec),
        ))
    };
    start(env, "ruleScores", job, check, |given, job| {
        let (rows, rule, (index1, index2), quality) = given;
        rule.scores(&rows, (&index1, &index2), quality.as_deref(), job)
    })
}

/// The quality of pairs by their rows.
#[napi(object, object_from_js = false)]
pub struct NativePairQuality {
    pub values: Float64Array,
    /// The centroid of poor rows, where it is measured from there.
    pub centroid: Option<Float64Array>,
}

impl Reply for (Vec<f64>, QualitySource) {
    type Js = NativePairQuality;
    fn into_js(self) -> napi::Result<NativePairQuality> {
        let (values, source) = self;
        let centroid = match source {
            QualitySource::Centroid(centroid) => Some(Float64Array::new(centroid)),
            _ => None,
        };
        let values = Float64Array::new(values);
        Ok(NativePairQuality { values, centroid })
    }
}

/// The quality of pairs by their rows, `norm` or `centroid`, in the background.
#[napi(catch_unwind, ts_return_type = "Promise<NativePairQuality>")]
pub fn pair_quality<'env>(
    env: &'env Env,
    embeddings: &NativeEmbeddings,
    pairs: NativePairs<'_>,
    by: String,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let check = || {
        let words = [("norm", false), ("centroid", true)];
        let by_centroid = choice("quality", &Some(by), &words)?.unwrap_or_default();
        let pairs = (pairs.index1.to_vec(), pairs.index2.to_vec());
        Ok((embeddings.share()?, by_centroid, pairs))
    };
    start(env, "pairQuality", job, check, |given, job| {
        let (rows, by_centroid, (index1, index2)) = given;
        let pairs = (&index1[..], &index2[..]);
        if !by_centroid {
            return Ok((pair_norms(&rows, pairs, job)?, QualitySource::Norm));
        }
        let source = QualitySource::Centroid(poor_centroid(&rows, job)?);
        Ok((source.values(&rows, pairs, None, job)?, source))
    })
}

/// The verdicts on many scores, in columns of equal length.
#[napi(object, object_from_js = false)]
pub struct NativeVerdicts {
    pub ratio: Float64Array,
    pub probability: Float64Array,
    /// 0 for two people, 1 for one person, 2 for uncertain.
    pub verdict: Uint8Array,
    /// Number of scores outside of those that were seen.
    pub outside: f64,
}

/// The verdicts on scores, which are read before the call returns.
#[napi(catch_unwind)]
pub fn rule_verdicts(env: &Env, rule: &NativeRule, scores: &[f64]) -> napi::Result<NativeVerdicts> {
    use hackface_core::calibration::Verdict;
    guarded(env, "ruleVerdicts", || {
        let (mut ratio, mut probability, mut verdict, mut outside) = (vec![], vec![], vec![], 0u32);
        for (row, score) in scores.iter().enumerate() {
            let judged = rule.inner.judge(*score).map_err(|e| e.with_row(row))?;
            ratio.push(judged.ratio);
            probability.push(judged.probability);
            verdict.push(match judged.verdict {
                Verdict::Different => 0,
                Verdict::Same => 1,
                Verdict::Uncertain => 2,
            });
            outside += u32::from(judged.outside);
        }
        Ok(NativeVerdicts {
            ratio: Float64Array::new(ratio),
            probability: Float64Array::new(probability),
            verdict: Uint8Array::new(verdict),
            outside: f64::from(outside),
        })
    })
}
