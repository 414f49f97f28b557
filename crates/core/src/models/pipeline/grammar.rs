//! The written form of a pipeline.
//!
//! ```text
//! pipeline  = call { "," call }                     the last call is the scorer
//! ```
//!
//! A call is that of [`crate::text::call`]. A pipeline of one name that is a preset stands for the
//! preset's pipeline. Without a scorer at the end, `cosine` is added.

use std::fmt;
use std::str::FromStr;

use super::Pipeline;
use super::preset::PRESETS;
use super::step::{Center, CovarianceOf, Dimensions, Em, ScorerSpec, Step, WhitenKind};
use crate::error::{Error, Result};
use crate::statistics::Shrinkage;
use crate::text::call::{Argument, Call, Cursor};

/// The fit of a likelihood unless stated otherwise. At the tolerance, log-likelihood ratios on real
/// sets are within 0.01 of those at the maximum (viper 3e-4, voxceleb 2e-2 of a deviation of 14),
/// after 70 to 170 iterations.
const EM: Em = Em {
    iterations: 500,
    tolerance: 1e-9,
    shrinkage: Shrinkage::LedoitWolf,
};
/// Regularisation of pair covariances unless stated otherwise, relative to the mean variance.
const PAIR_RIDGE: f64 = 1e-3;
/// Residual rows for each dimension that is kept unless stated otherwise.
const RATIO: usize = 2;

/// Words of an argument, the default first.
type Words<T> = [(&'static str, T)];

const CENTERS: &Words<Center> = &[
    ("train", Center::Train),
    ("class-means", Center::ClassMeans),
    ("given", Center::Given),
];
const WHITEN_KINDS: &Words<WhitenKind> = &[
    ("pca", WhitenKind::Pca),
    ("zca", WhitenKind::Zca),
    ("cholesky", WhitenKind::Cholesky),
];
const COVARIANCES: &Words<CovarianceOf> = &[
    ("within", CovarianceOf::Within),
    ("total", CovarianceOf::Total),
];
const SHRINKAGES: &Words<Shrinkage> = &[
    ("auto", Shrinkage::LedoitWolf),
    ("ledoit-wolf", Shrinkage::LedoitWolf),
    ("oas", Shrinkage::Oas),
    ("none", Shrinkage::NONE),
];

impl FromStr for Pipeline {
    type Err = Error;

    /// Reads the written form.
    ///
    /// Errors: `EMETRIC` for text that does not follow the grammar, an unknown name or key, or a
    /// value outside its range; names the piece and its place.
    fn from_str(text: &str) -> Result<Self> {
        let preset = PRESETS.iter().find(|p| p.name == text.trim());
        parse(preset.map_or(text, |p| p.pipeline))
    }
}

fn parse(text: &str) -> Result<Pipeline> {
    let mut cursor = Cursor::new("pipeline", text);
    let mut steps = Vec::new();
    let mut scorer = None;
    loop {
        let name = cursor.name();
        if name.is_empty() {
            return Err(cursor.unexpected("a step"));
        }
        if scorer.is_some() {
            return Err(cursor.wrong(name, "the scorer to come last"));
        }
        let Some((_, read)) = CALLS.iter().find(|(names, _)| names.contains(&name)) else {
            return Err(unknown(&cursor, name));
        };
        let mut call = cursor.arguments_of(name)?;
        match read(&mut call)? {
            Piece::Step(step) => steps.push(step),
            Piece::Scorer(spec) => scorer = Some(spec),
        }
        call.finish()?;
        if cursor.peek().is_none() {
            return Pipeline::new(steps, scorer.unwrap_or(ScorerSpec::Cosine));
        }
        cursor.expect(',')?;
    }
}

fn unknown(cursor: &Cursor<'_>, name: &str) -> Error {
    let names: Vec<_> = CALLS.iter().map(|(names, _)| names[0]).collect();
    let presets: Vec<_> = PRESETS.iter().map(|preset| preset.name).collect();
    cursor.unknown(
        name,
        &format!("a preset, or one of {}", names.join(", ")),
        names.iter().chain(&presets).copied(),
        &format!("The presets are {}", presets.join(", ")),
    )
}

enum Piece {
    Step(Step),
    Scorer(ScorerSpec),
}

type Read = fn(&mut Call<'_>) -> Result<Piece>;

/// Every name, its other spellings, and how its arguments are read.
const CALLS: &[(&[&str], Read)] = &[
    (&["center", "centre"], |call| {
        let center = word(call, "mean", CENTERS)?;
        Ok(Piece::Step(Step::Center(center)))
    }),
    (&["length-norm"], |_| Ok(Piece::Step(Step::LengthNorm))),
    (&["pca"], pca),
    (&["whiten"], |call| {
        let shrinkage = shrinkage(call)?;
        let kind = word(call, "kind", WHITEN_KINDS)?;
        Ok(Piece::Step(Step::Whiten { kind, shrinkage }))
    }),
    (&["wccn"], |call| {
        let shrinkage = shrinkage(call)?;
        Ok(Piece::Step(Step::Wccn { shrinkage }))
    }),
    (&["nap"], |call| {
        let axes = bare_count(call, "axes")?.unwrap_or(1);
        Ok(Piece::Step(Step::Nap { axes }))
    }),
    (&["lda"], |call| {
        let shrinkage = shrinkage(call)?;
        let components = bare_count(call, "components")?;
        Ok(Piece::Step(Step::Lda {
            components,
            shrinkage,
        }))
    }),
    (&["mahalanobis"], |call| {
        let shrinkage = shrinkage(call)?;
        let of = word(call, "of", COVARIANCES)?;
        Ok(Piece::Step(Step::Mahalanobis { of, shrinkage }))
    }),
    (&["cosine"], |_| Ok(Piece::Scorer(ScorerSpec::Cosine))),
    (&["sqeuclidean"], |_| {
        Ok(Piece::Scorer(ScorerSpec::SquaredEuclidean))
    }),
    (&["euclidean"], |_| Ok(Piece::Scorer(ScorerSpec::Euclidean))),
    (&["dot"], |_| Ok(Piece::Scorer(ScorerSpec::Dot))),
    (&["kissme"], |call| {
        let psd = !call.flag("indefinite")?;
        let ridge = number(call, "ridge")?.unwrap_or(PAIR_RIDGE);
        Ok(Piece::Scorer(ScorerSpec::Kissme { ridge, psd }))
    }),
    (&["xqda"], |call| {
        let ridge = number(call, "ridge")?.unwrap_or(PAIR_RIDGE);
        let components = bare_count(call, "components")?;
        Ok(Piece::Scorer(ScorerSpec::Xqda { components, ridge }))
    }),
    (&["plda"], |call| {
        Ok(Piece::Scorer(ScorerSpec::Plda {
            em: em(call)?,
            subspace: bare_count(call, "subspace")?,
        }))
    }),
    (&["joint-bayesian"], |call| {
        Ok(Piece::Scorer(ScorerSpec::JointBayesian { em: em(call)? }))
    }),
    (&["htplda"], |call| {
        Ok(Piece::Scorer(ScorerSpec::HeavyTailed {
            em: em(call)?,
            subspace: count(call, "subspace")?,
            nu: bare_number(call, "nu")?.unwrap_or(2.0),
        }))
    }),
    (&["path"], |call| {
        let rho = bare_number(call, "rho")?.unwrap_or(0.5);
        Ok(Piece::Scorer(ScorerSpec::Path { rho }))
    }),
];

fn pca(call: &mut Call<'_>) -> Result<Piece> {
    let whiten = call.flag("whiten")?;
    let ratio = count(call, "ratio")?.unwrap_or(RATIO);
    let dimensions = match call.keyed_or_bare("dims") {
        Some(argument) if argument.value != "auto" => Dimensions::Fixed(call.count(argument)?),
        _ => Dimensions::Auto { ratio },
    };
    Ok(Piece::Step(Step::Pca { dimensions, whiten }))
}

fn em(call: &mut Call<'_>) -> Result<Em> {
    Ok(Em {
        iterations: count(call, "iterations")?.unwrap_or(EM.iterations),
        tolerance: number(call, "tolerance")?.unwrap_or(EM.tolerance),
        shrinkage: shrinkage(call)?,
    })
}

/// The argument `key=word` or the bare word.
fn word<T: Copy>(call: &mut Call<'_>, key: &'static str, words: &Words<T>) -> Result<T> {
    match call.keyed_or_bare(key) {
        None => Ok(words[0].1),
        Some(argument) => call.one_of(argument, words),
    }
}

fn count(call: &mut Call<'_>, key: &'static str) -> Result<Option<usize>> {
    let argument = call.keyed(key);
    count_of(call, argument)
}

fn bare_count(call: &mut Call<'_>, key: &'static str) -> Result<Option<usize>> {
    let argument = call.keyed_or_bare(key);
    count_of(call, argument)
}

fn count_of(call: &Call<'_>, argument: Option<Argument<'_>>) -> Result<Option<usize>> {
    argument
        .filter(|argument| !matches!(argument.value, "auto" | "full"))
        .map(|argument| call.count(argument))
        .transpose()
}

fn number(call: &mut Call<'_>, key: &'static str) -> Result<Option<f64>> {
    let argument = call.keyed(key);
    number_of(call, argument)
}

fn bare_number(call: &mut Call<'_>, key: &'static str) -> Result<Option<f64>> {
    let argument = call.keyed_or_bare(key);
    number_of(call, argument)
}

fn number_of(call: &Call<'_>, argument: Option<Argument<'_>>) -> Result<Option<f64>> {
    argument
        .map(|argument| call.number(argument, f64::is_finite, "a number"))
        .transpose()
}

/// The argument `shrinkage=rule` or `ridge=ε`.
fn shrinkage(call: &mut Call<'_>) -> Result<Shrinkage> {
    let ridge = call.keyed("ridge");
    let rule = call.keyed("shrinkage");
    match (rule, ridge) {
        (Some(_), Some(ridge)) => Err(call.wrong(ridge, "shrinkage or ridge, one of them")),
        (Some(rule), None) => call.one_of(rule, SHRINKAGES).or_else(|_| {
            let expected = "auto, ledoit-wolf, oas, none or a number";
            let rho = call.number(rule, f64::is_finite, expected)?;
            Ok(Shrinkage::Fixed(rho))
        }),
        (None, Some(ridge)) => {
            let epsilon = call.number(ridge, f64::is_finite, "a number")?;
            Ok(Shrinkage::Ridge(epsilon))
        }
        (None, None) => Ok(Shrinkage::LedoitWolf),
    }
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

/// Writes `name(a, b)`, or `name` without arguments.
fn write_call<const N: usize>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    arguments: [Option<String>; N],
) -> fmt::Result {
    f.write_str(name)?;
    let arguments: Vec<_> = arguments.into_iter().flatten().collect();
    if !arguments.is_empty() {
        write!(f, "({})", arguments.join(", "))?;
    }
    Ok(())
}

/// The word of a value that is not the default.
fn word_of<T: Copy + PartialEq>(words: &Words<T>, value: T) -> Option<String> {
    let others = &words[1..];
    let (word, _) = others.iter().find(|(_, other)| *other == value)?;
    Some((*word).to_owned())
}

fn shrinkage_argument(shrinkage: Shrinkage) -> Option<String> {
    match shrinkage {
        Shrinkage::LedoitWolf => None,
        Shrinkage::Oas => Some("shrinkage=oas".into()),
        Shrinkage::Fixed(rho) => Some(format!("shrinkage={rho}")),
        Shrinkage::Ridge(epsilon) => Some(format!("ridge={epsilon}")),
    }
}

fn em_arguments(em: Em) -> [Option<String>; 3] {
    [
        unless(em.iterations, EM.iterations, "iterations"),
        unless(em.tolerance, EM.tolerance, "tolerance"),
        shrinkage_argument(em.shrinkage),
    ]
}

fn unless<T: PartialEq + fmt::Display>(value: T, default: T, key: &str) -> Option<String> {
    (value != default).then(|| format!("{key}={value}"))
}

fn bare(value: Option<usize>) -> Option<String> {
    value.map(|value| value.to_string())
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Center(center) => write_call(f, "center", [word_of(CENTERS, center)]),
            Self::LengthNorm => write_call(f, "length-norm", []),
            Self::Pca { dimensions, whiten } => {
                let (first, ratio) = match dimensions {
                    Dimensions::Fixed(k) => (k.to_string(), None),
                    Dimensions::Auto { ratio } => ("auto".into(), unless(ratio, RATIO, "ratio")),
                };
                let whiten = whiten.then(|| "whiten".into());
                write_call(f, "pca", [Some(first), ratio, whiten])
            }
            Self::Whiten { kind, shrinkage } => {
                let kind = word_of(WHITEN_KINDS, kind);
                write_call(f, "whiten", [kind, shrinkage_argument(shrinkage)])
            }
            Self::Wccn { shrinkage } => write_call(f, "wccn", [shrinkage_argument(shrinkage)]),
            Self::Nap { axes } => write_call(f, "nap", [bare(Some(axes))]),
            Self::Lda {
                components,
                shrinkage,
            } => write_call(f, "lda", [bare(components), shrinkage_argument(shrinkage)]),
            Self::Mahalanobis { of, shrinkage } => {
                let of = word_of(COVARIANCES, of);
                write_call(f, "mahalanobis", [of, shrinkage_argument(shrinkage)])
            }
        }
    }
}

impl fmt::Display for ScorerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rank = |rank: Option<usize>| rank.map(|r| format!("subspace={r}"));
        match *self {
            Self::Cosine => f.write_str("cosine"),
            Self::SquaredEuclidean => f.write_str("sqeuclidean"),
            Self::Euclidean => f.write_str("euclidean"),
            Self::Dot => f.write_str("dot"),
            Self::Kissme { ridge, psd } => {
                let indefinite = (!psd).then(|| "indefinite".into());
                let ridge = unless(ridge, PAIR_RIDGE, "ridge");
                write_call(f, "kissme", [indefinite, ridge])
            }
            Self::Xqda { components, ridge } => {
                let ridge = unless(ridge, PAIR_RIDGE, "ridge");
                write_call(f, "xqda", [bare(components), ridge])
            }
            Self::Plda { subspace, em } => {
                let [iterations, tolerance, shrinkage] = em_arguments(em);
                let arguments = [rank(subspace), iterations, tolerance, shrinkage];
                write_call(f, "plda", arguments)
            }
            Self::JointBayesian { em } => write_call(f, "joint-bayesian", em_arguments(em)),
            Self::HeavyTailed { nu, subspace, em } => {
                let nu = Some(format!("nu={nu}"));
                let [iterations, tolerance, shrinkage] = em_arguments(em);
                let arguments = [nu, rank(subspace), iterations, tolerance, shrinkage];
                write_call(f, "htplda", arguments)
            }
            Self::Path { rho } => write_call(f, "path", [Some(format!("rho={rho}"))]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

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
        let pipeline: Pipeline = "wccn(shrinkage=auto)".parse().unwrap();
        assert_eq!(pipeline.to_string(), "wccn, cosine");
    }

    #[test]
    fn every_preset_reads_and_differs_from_its_name() {
        for preset in PRESETS {
            let [by_name, written] = [preset.name, preset.pipeline].map(str::parse::<Pipeline>);
            assert_eq!(by_name.unwrap(), written.unwrap(), "{}", preset.name);
        }
    }

    #[test]
    fn every_name_builds() {
        for name in CALLS.iter().flat_map(|(names, _)| *names) {
            assert!(parse(name).is_ok(), "{name}");
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
