//! The written form of a pipeline.
//!
//! ```text
//! pipeline  = step { "," step }                     the last step is the scorer
//! step      = name [ "(" argument { "," argument } ")" ]
//! argument  = value | key "=" value
//! ```
//!
//! Names are lower case with hyphens. A pipeline of one name that is a preset stands for the
//! preset's pipeline. Without a scorer at the end, `cosine` is added.

use std::fmt;
use std::str::FromStr;

use super::preset::PRESETS;
use super::step::{Center, CovarianceOf, Dimensions, Pipeline, ScorerSpec, Step, WhitenKind};
use crate::error::{Code, Error, Result};
use crate::statistics::Shrinkage;
use crate::text::nearest;

/// EM iterations unless stated otherwise.
const ITERATIONS: usize = 20;
/// Regularisation of pair covariances unless stated otherwise, relative to the mean variance.
const PAIR_RIDGE: f64 = 1e-3;

impl FromStr for Pipeline {
    type Err = Error;

    /// Reads the written form.
    ///
    /// Errors: `EMETRIC` for text that does not follow the grammar, an unknown name or key, or a
    /// value outside its range; names the offending piece.
    fn from_str(text: &str) -> Result<Self> {
        if let Some(preset) = PRESETS.iter().find(|p| p.name == text.trim()) {
            return parse(preset.pipeline);
        }
        parse(text)
    }
}

fn parse(text: &str) -> Result<Pipeline> {
    let calls = split_calls(text)?;
    let mut steps = Vec::new();
    let mut scorer = None;
    for mut call in calls {
        if scorer.is_some() {
            return Err(Error::new(
                Code::Metric,
                format!("'{}' after the scorer", call.name),
                "the scorer to come last",
            ));
        }
        match build(&mut call)? {
            Piece::Step(step) => steps.push(step),
            Piece::Scorer(spec) => scorer = Some(spec),
        }
        call.finish()?;
    }
    Pipeline::new(steps, scorer.unwrap_or(ScorerSpec::Cosine))
}

enum Piece {
    Step(Step),
    Scorer(ScorerSpec),
}

/// Every name with what it builds; `names` must list the same.
fn build(call: &mut Call<'_>) -> Result<Piece> {
    Ok(match call.name {
        "center" | "centre" => Piece::Step(Step::Center(match call.word("mean")? {
            None | Some("train") => Center::Train,
            Some("class-means") => Center::ClassMeans,
            Some("given") => Center::Given,
            Some(other) => return Err(call.wrong(other, "train, class-means or given")),
        })),
        "length-norm" => Piece::Step(Step::LengthNorm),
        "pca" => {
            let whiten = call.flag("whiten")?;
            let ratio = call.count("ratio", false)?;
            let dimensions = match call.word("dims")? {
                None | Some("auto") => Dimensions::Auto {
                    ratio: ratio.unwrap_or(2),
                },
                Some(text) => Dimensions::Fixed(call.parse_count(text)?),
            };
            Piece::Step(Step::Pca { dimensions, whiten })
        }
        "whiten" => {
            let shrinkage = call.shrinkage(Shrinkage::LedoitWolf)?;
            let kind = match call.word("kind")? {
                None | Some("pca") => WhitenKind::Pca,
                Some("zca") => WhitenKind::Zca,
                Some("cholesky") => WhitenKind::Cholesky,
                Some(other) => return Err(call.wrong(other, "pca, zca or cholesky")),
            };
            Piece::Step(Step::Whiten { kind, shrinkage })
        }
        "wccn" => Piece::Step(Step::Wccn {
            shrinkage: call.shrinkage(Shrinkage::LedoitWolf)?,
        }),
        "nap" => Piece::Step(Step::Nap {
            axes: call.count("axes", true)?.unwrap_or(1),
        }),
        "lda" => {
            let shrinkage = call.shrinkage(Shrinkage::LedoitWolf)?;
            Piece::Step(Step::Lda {
                components: call.count("components", true)?,
                shrinkage,
            })
        }
        "mahalanobis" => {
            let shrinkage = call.shrinkage(Shrinkage::LedoitWolf)?;
            let of = match call.word("of")? {
                None | Some("within") => CovarianceOf::Within,
                Some("total") => CovarianceOf::Total,
                Some(other) => return Err(call.wrong(other, "total or within")),
            };
            Piece::Step(Step::Mahalanobis { of, shrinkage })
        }
        "cosine" => Piece::Scorer(ScorerSpec::Cosine),
        "sqeuclidean" => Piece::Scorer(ScorerSpec::SquaredEuclidean),
        "euclidean" => Piece::Scorer(ScorerSpec::Euclidean),
        "dot" => Piece::Scorer(ScorerSpec::Dot),
        "kissme" => {
            let psd = !call.flag("indefinite")?;
            let ridge = call.number("ridge", false)?.unwrap_or(PAIR_RIDGE);
            Piece::Scorer(ScorerSpec::Kissme { ridge, psd })
        }
        "xqda" => {
            let ridge = call.number("ridge", false)?.unwrap_or(PAIR_RIDGE);
            Piece::Scorer(ScorerSpec::Xqda {
                components: call.count("components", true)?,
                ridge,
            })
        }
        "plda" => {
            let shrinkage = call.shrinkage(Shrinkage::LedoitWolf)?;
            let iterations = call.count("iterations", false)?.unwrap_or(ITERATIONS);
            let subspace = call.count("subspace", true)?;
            Piece::Scorer(ScorerSpec::Plda {
                subspace,
                iterations,
                shrinkage,
            })
        }
        "joint-bayesian" => {
            let shrinkage = call.shrinkage(Shrinkage::LedoitWolf)?;
            let iterations = call.count("iterations", false)?.unwrap_or(ITERATIONS);
            Piece::Scorer(ScorerSpec::JointBayesian {
                iterations,
                shrinkage,
            })
        }
        "htplda" => {
            let shrinkage = call.shrinkage(Shrinkage::LedoitWolf)?;
            let iterations = call.count("iterations", false)?.unwrap_or(ITERATIONS);
            let subspace = call.count("subspace", false)?;
            let nu = call.number("nu", true)?.unwrap_or(2.0);
            Piece::Scorer(ScorerSpec::HeavyTailed {
                nu,
                subspace,
                iterations,
                shrinkage,
            })
        }
        "path" => {
            let rho = call.number("rho", true)?.unwrap_or(0.5);
            Piece::Scorer(ScorerSpec::Path { rho })
        }
        other => {
            let error = Error::new(
                Code::Metric,
                format!("the step '{other}'"),
                format!("a preset, or one of {}", NAMES.join(", ")),
            );
            let known = NAMES.iter().copied().chain(PRESETS.iter().map(|p| p.name));
            return Err(match nearest::nearest(other, known) {
                Some(near) => error.with_hint(format!("Did you mean '{near}'?")),
                None => error.with_hint("Run `hackface-native fit --help` for the presets"),
            });
        }
    })
}

const NAMES: &[&str] = &[
    "center",
    "length-norm",
    "pca",
    "whiten",
    "wccn",
    "nap",
    "lda",
    "mahalanobis",
    "cosine",
    "sqeuclidean",
    "euclidean",
    "dot",
    "kissme",
    "xqda",
    "plda",
    "joint-bayesian",
    "htplda",
    "path",
];

/// A name with its arguments; each is struck out when it is used.
struct Call<'a> {
    name: &'a str,
    arguments: Vec<Option<(Option<&'a str>, &'a str)>>,
}

impl<'a> Call<'a> {
    /// The value under `key`, or the first bare value left.
    fn word(&mut self, key: &str) -> Result<Option<&'a str>> {
        if let Some(value) = self.keyed(key) {
            return Ok(Some(value));
        }
        for slot in &mut self.arguments {
            if let Some((None, value)) = *slot {
                *slot = None;
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    fn keyed(&mut self, key: &str) -> Option<&'a str> {
        for slot in &mut self.arguments {
            if let Some((Some(k), value)) = *slot
                && k == key
            {
                *slot = None;
                return Some(value);
            }
        }
        None
    }

    /// Whether the bare word `name` is there.
    fn flag(&mut self, name: &str) -> Result<bool> {
        for slot in &mut self.arguments {
            if *slot == Some((None, name)) {
                *slot = None;
                return Ok(true);
            }
        }
        match self.keyed(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(self.wrong(other, "true or false")),
        }
    }

    fn count(&mut self, key: &str, bare: bool) -> Result<Option<usize>> {
        let text = if bare {
            self.word(key)?
        } else {
            self.keyed(key)
        };
        match text {
            None | Some("auto" | "full") => Ok(None),
            Some(text) => self.parse_count(text).map(Some),
        }
    }

    fn parse_count(&self, text: &str) -> Result<usize> {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        match text.parse() {
            Ok(value) if digits => Ok(value),
            _ => Err(self.wrong(text, "a whole number or auto")),
        }
    }

    fn number(&mut self, key: &str, bare: bool) -> Result<Option<f64>> {
        let text = if bare {
            self.word(key)?
        } else {
            self.keyed(key)
        };
        text.map(|text| self.parse_number(text)).transpose()
    }

    fn parse_number(&self, text: &str) -> Result<f64> {
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ => Err(self.wrong(text, "a number")),
        }
    }

    fn shrinkage(&mut self, default: Shrinkage) -> Result<Shrinkage> {
        let ridge = self
            .keyed("ridge")
            .map(|text| self.parse_number(text))
            .transpose()?;
        let rule = match self.keyed("shrinkage") {
            None => None,
            Some("auto" | "ledoit-wolf") => Some(Shrinkage::LedoitWolf),
            Some("oas") => Some(Shrinkage::Oas),
            Some("none") => Some(Shrinkage::NONE),
            Some(text) => Some(Shrinkage::Fixed(self.parse_number(text)?)),
        };
        match (rule, ridge) {
            (Some(_), Some(_)) => Err(self.wrong("shrinkage and ridge", "one of them")),
            (Some(rule), None) => Ok(rule),
            (None, Some(epsilon)) => Ok(Shrinkage::Ridge(epsilon)),
            (None, None) => Ok(default),
        }
    }

    fn finish(&self) -> Result<()> {
        match self.arguments.iter().flatten().next() {
            None => Ok(()),
            Some((Some(key), value)) => Err(self.wrong(
                &format!("{key}={value}"),
                "only arguments that this step has",
            )),
            Some((None, value)) => Err(self.wrong(value, "only arguments that this step has")),
        }
    }

    fn wrong(&self, found: &str, expected: &str) -> Error {
        Error::new(
            Code::Metric,
            format!("'{found}' in {}(…)", self.name),
            expected,
        )
    }
}

fn split_calls(text: &str) -> Result<Vec<Call<'_>>> {
    let mut pieces = Vec::new();
    let (mut start, mut open) = (0, false);
    for (i, c) in text.char_indices() {
        match c {
            '(' if open => return Err(syntax(text, i, "a second '('")),
            '(' => open = true,
            ')' if !open => return Err(syntax(text, i, "a ')' without its '('")),
            ')' => open = false,
            ',' if !open => {
                pieces.push((start, &text[start..i]));
                start = i + 1;
            }
            _ => {}
        }
    }
    if open {
        return Err(syntax(text, text.len(), "the end of the text inside '('"));
    }
    pieces.push((start, &text[start..]));
    pieces
        .into_iter()
        .map(|(at, piece)| call(text, at, piece))
        .collect()
}

fn call<'a>(text: &str, at: usize, piece: &'a str) -> Result<Call<'a>> {
    let piece = piece.trim();
    let (name, arguments) = match piece.split_once('(') {
        None => (piece, None),
        Some((name, rest)) => match rest.strip_suffix(')') {
            Some(inside) => (name.trim(), Some(inside)),
            None => return Err(syntax(text, at, "text after ')'")),
        },
    };
    if name.is_empty() {
        return Err(syntax(text, at, "an empty step"));
    }
    let arguments = match arguments.map(str::trim) {
        None | Some("") => Vec::new(),
        Some(inside) => inside
            .split(',')
            .map(|argument| {
                let (key, value) = match argument.split_once('=') {
                    Some((key, value)) => (Some(key.trim()), value.trim()),
                    None => (None, argument.trim()),
                };
                if value.is_empty() || key == Some("") {
                    return Err(syntax(text, at, "an empty argument"));
                }
                Ok(Some((key, value)))
            })
            .collect::<Result<_>>()?,
    };
    Ok(Call { name, arguments })
}

fn syntax(text: &str, at: usize, found: &str) -> Error {
    Error::new(
        Code::Metric,
        format!("{found} at character {at} of '{text}'"),
        "step, step(argument, key=value), …",
    )
}

impl fmt::Display for Pipeline {
    /// The written form with every parameter that differs from its default; reading it again
    /// gives the same pipeline.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in self.steps() {
            write!(f, "{step}, ")?;
        }
        write!(f, "{}", self.scorer())
    }
}

/// `name(a, b)`, or `name` without arguments.
fn write_call(f: &mut fmt::Formatter<'_>, name: &str, arguments: &[String]) -> fmt::Result {
    f.write_str(name)?;
    if !arguments.is_empty() {
        write!(f, "({})", arguments.join(", "))?;
    }
    Ok(())
}

fn shrinkage_argument(shrinkage: Shrinkage) -> Option<String> {
    match shrinkage {
        Shrinkage::LedoitWolf => None,
        Shrinkage::Oas => Some("shrinkage=oas".into()),
        Shrinkage::Fixed(rho) => Some(format!("shrinkage={rho}")),
        Shrinkage::Ridge(epsilon) => Some(format!("ridge={epsilon}")),
    }
}

fn unless<T: PartialEq + fmt::Display>(value: T, default: T, key: &str) -> Option<String> {
    (value != default).then(|| format!("{key}={value}"))
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arguments = Vec::new();
        let name = match *self {
            Self::Center(center) => {
                match center {
                    Center::Train => {}
                    Center::ClassMeans => arguments.push("class-means".into()),
                    Center::Given => arguments.push("given".into()),
                }
                "center"
            }
            Self::LengthNorm => "length-norm",
            Self::Pca { dimensions, whiten } => {
                match dimensions {
                    Dimensions::Fixed(k) => arguments.push(k.to_string()),
                    Dimensions::Auto { ratio } => {
                        arguments.push("auto".into());
                        arguments.extend(unless(ratio, 2, "ratio"));
                    }
                }
                if whiten {
                    arguments.push("whiten".into());
                }
                "pca"
            }
            Self::Whiten { kind, shrinkage } => {
                match kind {
                    WhitenKind::Pca => {}
                    WhitenKind::Zca => arguments.push("zca".into()),
                    WhitenKind::Cholesky => arguments.push("cholesky".into()),
                }
                arguments.extend(shrinkage_argument(shrinkage));
                "whiten"
            }
            Self::Wccn { shrinkage } => {
                arguments.extend(shrinkage_argument(shrinkage));
                "wccn"
            }
            Self::Nap { axes } => {
                arguments.push(axes.to_string());
                "nap"
            }
            Self::Lda {
                components,
                shrinkage,
            } => {
                arguments.extend(components.map(|k| k.to_string()));
                arguments.extend(shrinkage_argument(shrinkage));
                "lda"
            }
            Self::Mahalanobis { of, shrinkage } => {
                if of == CovarianceOf::Total {
                    arguments.push("total".into());
                }
                arguments.extend(shrinkage_argument(shrinkage));
                "mahalanobis"
            }
        };
        write_call(f, name, &arguments)
    }
}

impl fmt::Display for ScorerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arguments = Vec::new();
        let name = match *self {
            Self::Cosine => "cosine",
            Self::SquaredEuclidean => "sqeuclidean",
            Self::Euclidean => "euclidean",
            Self::Dot => "dot",
            Self::Kissme { ridge, psd } => {
                if !psd {
                    arguments.push("indefinite".into());
                }
                arguments.extend(unless(ridge, PAIR_RIDGE, "ridge"));
                "kissme"
            }
            Self::Xqda { components, ridge } => {
                arguments.extend(components.map(|k| k.to_string()));
                arguments.extend(unless(ridge, PAIR_RIDGE, "ridge"));
                "xqda"
            }
            Self::Plda {
                subspace,
                iterations,
                shrinkage,
            } => {
                arguments.extend(subspace.map(|r| format!("subspace={r}")));
                arguments.extend(unless(iterations, ITERATIONS, "iterations"));
                arguments.extend(shrinkage_argument(shrinkage));
                "plda"
            }
            Self::JointBayesian {
                iterations,
                shrinkage,
            } => {
                arguments.extend(unless(iterations, ITERATIONS, "iterations"));
                arguments.extend(shrinkage_argument(shrinkage));
                "joint-bayesian"
            }
            Self::HeavyTailed {
                nu,
                subspace,
                iterations,
                shrinkage,
            } => {
                arguments.push(format!("nu={nu}"));
                arguments.extend(subspace.map(|r| format!("subspace={r}")));
                arguments.extend(unless(iterations, ITERATIONS, "iterations"));
                arguments.extend(shrinkage_argument(shrinkage));
                "htplda"
            }
            Self::Path { rho } => {
                arguments.push(format!("rho={rho}"));
                "path"
            }
        };
        write_call(f, name, &arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let texts = [
            "center, length-norm, pca(256), wccn, length-norm, cosine",
            "center(class-means), pca(auto, ratio=4, whiten), plda(subspace=8, iterations=5)",
            "center(given), whiten(zca, ridge=0.05), dot",
            "whiten(cholesky, shrinkage=0), sqeuclidean",
            "nap(3), lda(12, shrinkage=oas), euclidean",
            "mahalanobis(total, shrinkage=0.25), euclidean",
            "kissme(indefinite, ridge=0.01)",
            "xqda(7)",
            "joint-bayesian(iterations=3)",
            "htplda(nu=4, subspace=6)",
            "path(rho=0.5)",
        ];
        for text in texts {
            let pipeline: Pipeline = text.parse().unwrap();
            assert_eq!(pipeline.to_string(), text);
            assert_eq!(pipeline.to_string().parse::<Pipeline>().unwrap(), pipeline);
        }
        assert_eq!(
            "wccn(shrinkage=auto)"
                .parse::<Pipeline>()
                .unwrap()
                .to_string(),
            "wccn, cosine"
        );
    }

    #[test]
    fn every_preset_reads_and_differs_from_its_name() {
        for preset in PRESETS {
            let pipeline: Pipeline = preset.name.parse().unwrap();
            assert_eq!(
                pipeline,
                preset.pipeline.parse().unwrap(),
                "{}",
                preset.name
            );
        }
    }

    #[test]
    fn every_name_builds() {
        for name in NAMES {
            let mut call = Call {
                name,
                arguments: Vec::new(),
            };
            assert!(build(&mut call).is_ok(), "{name}");
        }
    }

    #[test]
    fn bad_text_is_refused() {
        for text in [
            "",
            "pca(",
            "pca)",
            "pca(3))",
            "pca((3)",
            "pca(3)x, cosine",
            "cosine, pca(3)",
            "pca(0)",
            "pca(-1)",
            "pca(+3)",
            "pca(1e3)",
            "nonsense",
            "pca(3, 4)",
            "pca(key=3)",
            "wccn(shrinkage=2)",
            "wccn(shrinkage=nan)",
            "path(rho=1.5)",
            "htplda(nu=0)",
            "center,,cosine",
            "pca(,)",
            "whiten(shrinkage=0.1, ridge=0.1)",
            "whiten(qr)",
            "length-norm(3)",
            "Cosine",
            "nap(99999999999999999999)",
        ] {
            let error = text.parse::<Pipeline>().unwrap_err();
            assert_eq!(error.code(), Code::Metric, "{text}: {error}");
        }
    }
}
