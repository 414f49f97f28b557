//! Decisions as files: the container of models, under a format of its own.

use super::{Decision, Part, Quality, QualitySource, Rule};
use crate::calibration::{Cutoffs, Map, RatioMap, Tail, Threshold, Uncertainty};
use crate::error::Result;
use crate::evaluation::{Interval, Orientation};
use crate::measure::Normalize;
use crate::models::{Container, Model, bad, put_vector, read_summed, take, write_summed};

const FORMAT: &str = "hackface-decision";
/// Most parts: their models share the container's limit of tensors.
const MOST_PARTS: usize = 64;
/// Numbers of a threshold: rate asked for, similarity, achieved and its interval, TAR and its interval.
const OF_THRESHOLD: usize = 8;

/// A decision from a file.
#[derive(Clone, Debug)]
pub struct LoadedDecision {
    /// The decision.
    pub decision: Decision,
    /// Remarks for the reader, one sentence each.
    pub warnings: Vec<String>,
}

impl Decision {
    /// The file of this decision. Equal decisions have equal bytes.
    ///
    /// Errors: `EMEMORY`.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut c = Container::default();
        let rule = &self.rule;
        let mut set = |key: &str, value: String| c.metadata.insert(key.to_owned(), value);
        set("parts", self.parts.len().to_string());
        set("orientation", self.orientation.as_str().to_owned());
        set("map", rule.map.kind().as_str().to_owned());
        for (key, value) in &self.card {
            set(&format!("card.{key}"), value.clone());
        }
        for (number, part) in self.parts.iter().enumerate() {
            put_part(&mut c, number, part)?;
        }
        let mut put = |name: &str, values: &[f64]| put_vector(&mut c, name.to_owned(), values);
        put("weights", &self.weights)?;
        put("bounds", &[rule.map.bounds.0, rule.map.bounds.1])?;
        put("range", &[rule.range.0, rule.range.1])?;
        let [miss, false_accept] = rule.costs;
        put(
            "setting",
            &[rule.prior, miss, false_accept, rule.threshold, rule.level],
        )?;
        for (name, cutoff) in [
            ("same", rule.cutoffs.same),
            ("different", rule.cutoffs.different),
        ] {
            if let Some(cutoff) = cutoff {
                put(&format!("cutoff.{name}"), &[cutoff])?;
            }
        }
        match &rule.map.map {
            Map::Affine { slope, offset } => put("map", &[*slope, *offset])?,
            Map::Beta {
                of_place,
                of_rest,
                offset,
                low,
                high,
            } => put("map", &[*of_place, *of_rest, *offset, *low, *high])?,
            Map::Isotonic { scores, ratios } => {
                put("map.scores", scores)?;
                put("map.ratios", ratios)?;
            }
        }
        if let Some(uncertainty) = &rule.map.uncertainty {
            put("uncertainty.center", &uncertainty.center)?;
            put("uncertainty.scale", &uncertainty.scale)?;
            put("uncertainty.squares", &uncertainty.squares)?;
            put("uncertainty.dyads", &uncertainty.dyads)?;
        }
        put("tail.similarities", &rule.tail.similarities)?;
        put("tail.rates", &rule.tail.rates)?;
        let thresholds: Vec<f64> = rule.thresholds.iter().flat_map(numbers_of).collect();
        if !thresholds.is_empty() {
            put("thresholds", &thresholds)?;
        }
        write_summed(c, FORMAT)
    }

    /// Reads a decision file, with the checks of a model file.
    ///
    /// Errors: `EMODEL`, `EMODELVERSION`, `EMEMORY`; `EMETRIC` for a metric that this version lacks.
    pub fn from_bytes(bytes: &[u8]) -> Result<LoadedDecision> {
        let (mut c, mut warnings) = read_summed(bytes, FORMAT)?;
        let count: usize = entry(&mut c, "parts")?.parse().unwrap_or(0);
        if count == 0 || count > MOST_PARTS {
            return Err(bad(format!("{count} parts"), format!("1 to {MOST_PARTS}")));
        }
        let mut parts = Vec::new();
        for number in 0..count {
            parts.push(take_part(&mut c, number, &mut warnings)?);
        }
        let orientation = Orientation::parse(&entry(&mut c, "orientation")?)
            .map_err(|e| bad(e.found(), e.expected()))?;
        let weights = vector(&mut c, "weights", Some(count))?;
        let rule = take_rule(&mut c)?;
        if let Some(name) = c.tensors.keys().next() {
            return Err(bad(
                format!("an unexpected tensor '{name}'"),
                "only tensors that are used",
            ));
        }
        let mut decision = Self {
            parts,
            weights,
            orientation,
            rule,
            card: Default::default(),
        };
        for (key, value) in c.metadata {
            match key.strip_prefix("card.") {
                Some(name) => decision.set_card(name, value),
                None => warnings.push(crate::error::bounded(format!(
                    "The entry '{key}' is unknown to this version and ignored."
                ))),
            }
        }
        Ok(LoadedDecision { decision, warnings })
    }
}

fn put_part(c: &mut Container, number: usize, part: &Part) -> Result<()> {
    let key = |name: &str| format!("part{number}.{name}");
    match part {
        Part::Metric {
            text, normalize, ..
        } => {
            let normalize = match normalize {
                Normalize::None => "none",
                Normalize::L2 => "l2",
            };
            c.metadata.insert(key("kind"), "metric".into());
            c.metadata.insert(key("metric"), text.clone());
            c.metadata.insert(key("normalize"), normalize.into());
        }
        Part::Model(model) => {
            c.metadata.insert(key("kind"), "model".into());
            let Container { tensors, metadata } = model.to_container()?;
            let entries = metadata
                .into_iter()
                .map(|(name, value)| (key(&name), value));
            c.metadata.extend(entries);
            c.tensors.extend(
                tensors
                    .into_iter()
                    .map(|(name, tensor)| (key(&name), tensor)),
            );
        }
        Part::Quality(of) => {
            c.metadata.insert(key("kind"), "quality".into());
            match &of.source {
                QualitySource::Norm => {}
                QualitySource::Centroid(centroid) => put_vector(c, key("centroid"), centroid)?,
                QualitySource::Given(name) => {
                    c.metadata.insert(key("name"), name.clone());
                }
            }
            let times = if of.times_score { "score" } else { "1" };
            c.metadata.insert(key("times"), times.into());
            put_vector(c, key("range"), &[of.range.0, of.range.1])?;
        }
        Part::Scores(name) => {
            c.metadata.insert(key("kind"), "scores".into());
            c.metadata.insert(key("name"), name.clone());
        }
    }
    Ok(())
}

fn take_part(c: &mut Container, number: usize, warnings: &mut Vec<String>) -> Result<Part> {
    let prefix = format!("part{number}.");
    let mut own = Container::default();
    for (key, value) in std::mem::take(&mut c.metadata) {
        match key.strip_prefix(&prefix) {
            Some(name) => own.metadata.insert(name.to_owned(), value),
            None => c.metadata.insert(key, value),
        };
    }
    for (key, tensor) in std::mem::take(&mut c.tensors) {
        match key.strip_prefix(&prefix) {
            Some(name) => own.tensors.insert(name.to_owned(), tensor),
            None => c.tensors.insert(key, tensor),
        };
    }
    let kind = entry(&mut own, "kind")?;
    let part = match kind.as_str() {
        "metric" => {
            let normalize = match entry(&mut own, "normalize")?.as_str() {
                "none" => Normalize::None,
                "l2" => Normalize::L2,
                other => return Err(bad(format!("normalize '{other}'"), "none or l2")),
            };
            Part::metric(&entry(&mut own, "metric")?, normalize)?
        }
        "model" => {
            let (model, ignored) = Model::from_container(own)?;
            warnings.extend(ignored);
            return Ok(Part::Model(Box::new(model)));
        }
        "scores" => Part::Scores(entry(&mut own, "name")?),
        "quality" if number > 0 => {
            let times = entry(&mut own, "times")?;
            let range = vector(&mut own, "range", Some(2))?;
            if !matches!(times.as_str(), "1" | "score") || range[0] > range[1] {
                return Err(bad(
                    "a quality that cannot be",
                    "times 1 or score, and a range",
                ));
            }
            let source = match own.metadata.remove("name") {
                Some(name) => QualitySource::Given(name),
                None if own.tensors.contains_key("centroid") => {
                    QualitySource::Centroid(vector(&mut own, "centroid", None)?)
                }
                None => QualitySource::Norm,
            };
            Part::Quality(Quality {
                source,
                times_score: times == "score",
                range: (range[0], range[1]),
            })
        }
        other => {
            let expected = "metric, model, scores, or quality behind one of these";
            return Err(bad(format!("a part '{other}'"), expected));
        }
    };
    match own.tensors.keys().next() {
        Some(name) => Err(bad(
            format!("a tensor '{prefix}{name}'"),
            "none of this part",
        )),
        None => Ok(part),
    }
}

fn take_rule(c: &mut Container) -> Result<Rule> {
    let bounds = vector(c, "bounds", Some(2))?;
    let range = vector(c, "range", Some(2))?;
    let setting = vector(c, "setting", Some(5))?;
    let [prior, miss, false_accept, threshold, level] = setting[..] else {
        return Err(bad("another setting", "five numbers"));
    };
    let share = |x: f64| x > 0.0 && x < 1.0;
    let sound = share(prior)
        && share(level)
        && miss > 0.0
        && false_accept > 0.0
        && bounds[0] <= bounds[1]
        && range[0] <= range[1];
    if !sound {
        return Err(bad(
            "a setting out of its range",
            "prior, costs, bounds and range that can be",
        ));
    }
    let mut cutoff = |name: &str| -> Result<Option<f64>> {
        let name = format!("cutoff.{name}");
        match c.tensors.contains_key(&name) {
            true => Ok(Some(vector(c, &name, Some(1))?[0])),
            false => Ok(None),
        }
    };
    let (same, different) = (cutoff("same")?, cutoff("different")?);
    if same
        .zip(different)
        .is_some_and(|(same, different)| different > same)
    {
        return Err(bad("cut-offs that overlap", "the one of two people first"));
    }
    let map = take_map(c)?;
    let uncertainty = take_uncertainty(c)?;
    let similarities = vector(c, "tail.similarities", None)?;
    let rates = vector(c, "tail.rates", Some(similarities.len()))?;
    let falls = similarities.windows(2).all(|w| w[0] > w[1]);
    if !falls
        || !rates.windows(2).all(|w| w[0] <= w[1])
        || !rates.iter().all(|r| (0.0..=1.0).contains(r))
    {
        return Err(bad(
            "a tail that does not grow",
            "rates that rise as similarities fall",
        ));
    }
    let mut thresholds = Vec::new();
    if c.tensors.contains_key("thresholds") {
        let all = vector(c, "thresholds", None)?;
        if all.len() % OF_THRESHOLD != 0 {
            return Err(bad("part of a threshold", "eight numbers for each"));
        }
        thresholds.extend(
            all.chunks_exact(OF_THRESHOLD)
                .map(|of| threshold_of(of, level)),
        );
    }
    Ok(Rule {
        map: RatioMap {
            map,
            bounds: (bounds[0], bounds[1]),
            uncertainty,
        },
        cutoffs: Cutoffs { same, different },
        prior,
        costs: [miss, false_accept],
        threshold,
        level,
        range: (range[0], range[1]),
        tail: Tail {
            similarities,
            rates,
        },
        thresholds,
    })
}

fn take_map(c: &mut Container) -> Result<Map> {
    let falling = || bad("a map that falls", "ratios that rise with the similarity");
    Ok(match entry(c, "map")?.as_str() {
        "affine" => {
            let of = vector(c, "map", Some(2))?;
            if of[0] < 0.0 {
                return Err(falling());
            }
            Map::Affine {
                slope: of[0],
                offset: of[1],
            }
        }
        "beta" => {
            let of = vector(c, "map", Some(5))?;
            if of[0] < 0.0 || of[1] < 0.0 || of[3] >= of[4] {
                return Err(falling());
            }
            Map::Beta {
                of_place: of[0],
                of_rest: of[1],
                offset: of[2],
                low: of[3],
                high: of[4],
            }
        }
        "isotonic" => {
            let scores = vector(c, "map.scores", None)?;
            let ratios = vector(c, "map.ratios", Some(scores.len()))?;
            let rises = scores.windows(2).all(|w| w[0] < w[1]);
            if !rises || !ratios.windows(2).all(|w| w[0] <= w[1]) {
                return Err(falling());
            }
            Map::Isotonic { scores, ratios }
        }
        other => return Err(bad(format!("a map '{other}'"), "affine, isotonic or beta")),
    })
}

fn take_uncertainty(c: &mut Container) -> Result<Option<Uncertainty>> {
    if !c.tensors.contains_key("uncertainty.center") {
        return Ok(None);
    }
    let center = vector(c, "uncertainty.center", None)?;
    let scale = vector(c, "uncertainty.scale", Some(center.len()))?;
    let entries = Some((center.len() + 1).pow(2));
    let squares = vector(c, "uncertainty.squares", entries)?;
    let dyads = vector(c, "uncertainty.dyads", entries)?;
    if center.len() > 2 || scale.iter().any(|scale| *scale <= 0.0) {
        return Err(bad(
            "tensors 'uncertainty.*' that fit no map",
            "those of one or two features",
        ));
    }
    Ok(Some(Uncertainty {
        center,
        scale,
        squares,
        dyads,
    }))
}

fn numbers_of(of: &Threshold) -> [f64; OF_THRESHOLD] {
    // A rate without an interval may be anything.
    let ends =
        |interval: &Option<Interval>| interval.as_ref().map_or((0.0, 1.0), |i| (i.low, i.high));
    let (achieved, tar) = (ends(&of.achieved_interval), ends(&of.tar_interval));
    [
        of.far,
        of.similarity,
        of.achieved,
        achieved.0,
        achieved.1,
        of.tar,
        tar.0,
        tar.1,
    ]
}

fn threshold_of(of: &[f64], level: f64) -> Threshold {
    let interval = |low: f64, high: f64| Some(Interval::new((low, high), level, "as calibrated"));
    Threshold {
        far: of[0],
        similarity: of[1],
        achieved: of[2],
        achieved_interval: interval(of[3], of[4]),
        tar: of[5],
        tar_interval: interval(of[6], of[7]),
    }
}

fn entry(c: &mut Container, key: &str) -> Result<String> {
    let found = c.metadata.remove(key);
    found.ok_or_else(|| bad(format!("no entry '{key}'"), "this entry"))
}

/// A vector of so many numbers, at least one.
fn vector(c: &mut Container, name: &str, length: Option<usize>) -> Result<Vec<f64>> {
    let data = take(c, name, 1)?.data;
    match length {
        Some(length) if data.len() != length => Err(bad(
            format!("tensor '{name}' of {} numbers", data.len()),
            format!("{length}"),
        )),
        _ => Ok(data),
    }
}
