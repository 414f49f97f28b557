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
use super::step::{
    Adapt, AdaptRule, Center, CovarianceOf, Dimensions, Em, ScorerSpec, Step, WhitenKind,
};
use crate::error::{Error, Result};
use crate::statistics::Shrinkage;
use crate::text::call::{Argument, Call, Cursor};

/// The fit of a likelihood unless stated otherwise. At the tolerance, log-likelihood ratios on real
/// sets are this near those at the maximum (viper 1e-4 of a deviation of 13, voxceleb 2e-2 of 14),
/// after 70 to 170 iterations.
const EM: Em = Em {
    iterations: 500,
    tolerance: 1e-9,
    shrinkage: Shrinkage::LedoitWolf,
};
/// Regularisation of pair covariances unless stated otherwise, relative to the mean variance.
const PAIR_RIDGE: f64 = 1e-3;
/// Share of the excess of a target that B and W each take unless stated otherwise.
const HALF: f64 = 0.5;
/// Residual rows for each dimension that is kept unless stated otherwise.
const RATIO: usize = 2;

/// Words of an argument, the default first.
type Words<T> = [(&'static str, T)];

const CENTERS: &Words<Center> = &[
    ("train", Center::Train),
    ("class-means", Center::ClassMeans),
    ("shrunk", Center::Shrunk),
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
/// Of KISSME: without the negative part, or whole.
const FORMS: &Words<bool> = &[("psd", true), ("indefinite", false)];
const ADAPTATIONS: &Words<Option<AdaptRule>> = &[
    ("none", None),
    ("excess", Some(AdaptRule::Excess { tau: None })),
    ("shift", Some(AdaptRule::Shift)),
    ("coral-plus", Some(AdaptRule::CoralPlus)),
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
    (&["coral"], |call| {
        let shrinkage = shrinkage(call)?;
        Ok(Piece::Step(Step::Coral { shrinkage }))
    }),
    (&["cosine"], |_| Ok(Piece::Scorer(ScorerSpec::Cosine))),
    (&["sqeuclidean"], |_| {
        Ok(Piece::Scorer(ScorerSpec::SquaredEuclidean))
    }),
    (&["euclidean"], |_| Ok(Piece::Scorer(ScorerSpec::Euclidean))),
    (&["dot"], |_| Ok(Piece::Scorer(ScorerSpec::Dot))),
    (&["kissme"], |call| {
        let psd = word(call, "form", FORMS)?;
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
            adapt: adapt(call)?,
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
        let adapt = adapt(call)?;
        let rho = bare_number(call, "rho")?.unwrap_or(0.5);
        Ok(Piece::Scorer(ScorerSpec::Path { rho, adapt }))
    }),
];

fn pca(call: &mut Call<'_>) -> Result<Piece> {
    let whiten = call.flag("whiten")?;
    let ratio = count(call, "ratio")?.unwrap_or(RATIO);
    let dimensions = match call.keyed_or_bare("dims") {
        Some(argument) if argument.value == "rank" => Dimensions::Rank,
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

/// The argument `adapt=rule` with `tau`, `within` and `between`.
fn adapt(call: &mut Call<'_>) -> Result<Option<Adapt>> {
    let rule = match call.keyed("adapt") {
        Some(argument) => call.one_of(argument, ADAPTATIONS)?,
        None => None,
    };
    let excess = matches!(rule, Some(AdaptRule::Excess { .. }));
    let shared = excess || rule == Some(AdaptRule::CoralPlus);
    let [tau, within, between] = ["tau", "within", "between"].map(|key| call.keyed(key));
    for (argument, fits) in [(tau, excess), (within, shared), (between, shared)] {
        if let (Some(argument), false) = (argument, fits) {
            return Err(call.wrong(argument, "adapt=excess beside it"));
        }
    }
    let Some(rule) = rule else { return Ok(None) };
    let tau = number_of(call, tau.filter(|argument| argument.value != "auto"))?;
    Ok(Some(Adapt {
        rule: if excess {
            AdaptRule::Excess { tau }
        } else {
            rule
        },
        within: number_of(call, within)?.unwrap_or(HALF),
        between: number_of(call, between)?.unwrap_or(HALF),
    }))
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
        f.write_str(&self.written(false))
    }
}

impl Pipeline {
    /// The written form with every parameter, which reads as the same pipeline.
    pub fn explained(&self) -> String {
        self.written(true)
    }

    fn written(&self, full: bool) -> String {
        let steps = self.steps().iter().map(|step| step_call(step, full));
        let scorer = scorer_call(self.scorer(), full);
        // The bare name would be the preset, with steps of its own.
        let is_preset = self.steps().is_empty() && PRESETS.iter().any(|p| p.name == scorer);
        let scorer = if is_preset { scorer + "()" } else { scorer };
        steps.chain([scorer]).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&step_call(self, false))
    }
}

impl fmt::Display for ScorerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&scorer_call(self, false))
    }
}

fn step_call(step: &Step, full: bool) -> String {
    match *step {
        Step::Center(center) => call("center", [word_of(CENTERS, center, full)]),
        Step::LengthNorm => call("length-norm", []),
        Step::Pca { dimensions, whiten } => {
            let (first, ratio) = match dimensions {
                Dimensions::Fixed(k) => (k.to_string(), None),
                Dimensions::Rank => ("rank".into(), None),
                Dimensions::Auto { ratio } => ("auto".into(), unless(ratio, RATIO, "ratio", full)),
            };
            let whiten = whiten.then(|| "whiten".into());
            call("pca", [Some(first), ratio, whiten])
        }
        Step::Whiten { kind, shrinkage } => {
            let kind = word_of(WHITEN_KINDS, kind, full);
            call("whiten", [kind, shrinkage_argument(shrinkage, full)])
        }
        Step::Wccn { shrinkage } => call("wccn", [shrinkage_argument(shrinkage, full)]),
        Step::Nap { axes } => call("nap", [Some(axes.to_string())]),
        Step::Lda {
            components,
            shrinkage,
        } => {
            let components = components_argument(components, full);
            call("lda", [components, shrinkage_argument(shrinkage, full)])
        }
        Step::Mahalanobis { of, shrinkage } => {
            let of = word_of(COVARIANCES, of, full);
            call("mahalanobis", [of, shrinkage_argument(shrinkage, full)])
        }
        Step::Coral { shrinkage } => call("coral", [shrinkage_argument(shrinkage, full)]),
    }
}

fn scorer_call(scorer: &ScorerSpec, full: bool) -> String {
    match *scorer {
        ScorerSpec::Cosine => "cosine".into(),
        ScorerSpec::SquaredEuclidean => "sqeuclidean".into(),
        ScorerSpec::Euclidean => "euclidean".into(),
        ScorerSpec::Dot => "dot".into(),
        ScorerSpec::Kissme { ridge, psd } => {
            let ridge = unless(ridge, PAIR_RIDGE, "ridge", full);
            call("kissme", [word_of(FORMS, psd, full), ridge])
        }
        ScorerSpec::Xqda { components, ridge } => {
            let ridge = unless(ridge, PAIR_RIDGE, "ridge", full);
            call("xqda", [components_argument(components, full), ridge])
        }
        ScorerSpec::Plda {
            subspace,
            em,
            adapt,
        } => {
            let subspace = subspace.map(|r| format!("subspace={r}"));
            let subspace = subspace.or_else(|| full.then(|| "subspace=full".into()));
            let [iterations, tolerance, shrinkage] = em_arguments(em, full);
            let [rule, tau, within, between] = adapt_arguments(adapt, full);
            call(
                "plda",
                [
                    subspace, iterations, tolerance, shrinkage, rule, tau, within, between,
                ],
            )
        }
        ScorerSpec::JointBayesian { em } => call("joint-bayesian", em_arguments(em, full)),
        ScorerSpec::HeavyTailed { nu, subspace, em } => {
            let nu = Some(format!("nu={nu}"));
            let subspace = subspace.map(|r| format!("subspace={r}"));
            let subspace = subspace.or_else(|| full.then(|| "subspace=auto".into()));
            let [iterations, tolerance, shrinkage] = em_arguments(em, full);
            call("htplda", [nu, subspace, iterations, tolerance, shrinkage])
        }
        ScorerSpec::Path { rho, adapt } => {
            let [rule, tau, within, between] = adapt_arguments(adapt, full);
            call(
                "path",
                [Some(format!("rho={rho}")), rule, tau, within, between],
            )
        }
    }
}

/// `name(a, b)`, or `name` without arguments.
fn call<const N: usize>(name: &str, arguments: [Option<String>; N]) -> String {
    let arguments: Vec<_> = arguments.into_iter().flatten().collect();
    if arguments.is_empty() {
        return name.into();
    }
    format!("{name}({})", arguments.join(", "))
}

/// The word of a value; of the default only in full.
fn word_of<T: Copy + PartialEq>(words: &Words<T>, value: T, full: bool) -> Option<String> {
    let others = if full { words } else { &words[1..] };
    let (word, _) = others.iter().find(|(_, other)| *other == value)?;
    Some((*word).to_owned())
}

fn shrinkage_argument(shrinkage: Shrinkage, full: bool) -> Option<String> {
    match shrinkage {
        Shrinkage::LedoitWolf => full.then(|| "shrinkage=auto".into()),
        Shrinkage::Oas => Some("shrinkage=oas".into()),
        Shrinkage::Fixed(rho) => Some(format!("shrinkage={rho}")),
        Shrinkage::Ridge(epsilon) => Some(format!("ridge={epsilon}")),
    }
}

fn components_argument(components: Option<usize>, full: bool) -> Option<String> {
    let given = components.map(|components| components.to_string());
    given.or_else(|| full.then(|| "auto".into()))
}

fn em_arguments(em: Em, full: bool) -> [Option<String>; 3] {
    [
        unless(em.iterations, EM.iterations, "iterations", full),
        unless(em.tolerance, EM.tolerance, "tolerance", full),
        shrinkage_argument(em.shrinkage, full),
    ]
}

fn adapt_arguments(adapt: Option<Adapt>, full: bool) -> [Option<String>; 4] {
    let Some(Adapt {
        rule,
        within,
        between,
    }) = adapt
    else {
        return [None, None, None, None];
    };
    let (word, tau) = match rule {
        AdaptRule::Excess { tau: Some(tau) } => ("excess", Some(format!("tau={tau}"))),
        AdaptRule::Excess { tau: None } => ("excess", full.then(|| "tau=auto".into())),
        AdaptRule::Shift => return [Some("adapt=shift".into()), None, None, None],
        AdaptRule::CoralPlus => ("coral-plus", None),
    };
    [
        Some(format!("adapt={word}")),
        tau,
        unless(within, HALF, "within", full),
        unless(between, HALF, "between", full),
    ]
}

fn unless<T: PartialEq + fmt::Display>(
    value: T,
    default: T,
    key: &str,
    full: bool,
) -> Option<String> {
    (full || value != default).then(|| format!("{key}={value}"))
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
            "path(rho=0.5, adapt=excess, tau=3, within=0.75, between=0.25)",
            "plda(subspace=8, adapt=coral-plus)",
            "path(rho=0.5, adapt=shift)",
            "length-norm, coral(ridge=0.05), plda",
        ];
        for text in texts {
            let pipeline: Pipeline = text.parse().unwrap();
            assert_eq!(pipeline.to_string(), text);
            assert_eq!(pipeline.to_string().parse::<Pipeline>().unwrap(), pipeline);
        }
        let pipeline: Pipeline = "wccn(shrinkage=auto)".parse().unwrap();
        assert_eq!(pipeline.to_string(), "wccn, cosine");
    }

    type Draw<'a> = &'a mut dyn FnMut(usize) -> usize;

    const NUMBERS: [f64; 6] = [0.0, 1e-12, 0.1, 0.25, 0.75, 1.0];

    fn some(draw: Draw<'_>) -> Option<usize> {
        (draw(2) > 0).then(|| 1 + draw(9))
    }

    fn random_shrinkage(draw: Draw<'_>) -> Shrinkage {
        match draw(4) {
            0 => Shrinkage::LedoitWolf,
            1 => Shrinkage::Oas,
            2 => Shrinkage::Fixed(NUMBERS[draw(6)]),
            _ => Shrinkage::Ridge(NUMBERS[draw(6)] * 7.0),
        }
    }

    fn random_step(draw: Draw<'_>) -> Step {
        let shrinkage = random_shrinkage(draw);
        match draw(8) {
            0 => Step::Center(CENTERS[draw(CENTERS.len())].1),
            1 => Step::LengthNorm,
            2 => {
                let ratio = 1 + draw(4);
                let dimensions = some(draw).map_or(Dimensions::Auto { ratio }, Dimensions::Fixed);
                let whiten = draw(2) > 0;
                Step::Pca { dimensions, whiten }
            }
            3 => {
                let kind = WHITEN_KINDS[draw(3)].1;
                Step::Whiten { kind, shrinkage }
            }
            4 => Step::Wccn { shrinkage },
            5 => Step::Nap { axes: 1 + draw(9) },
            6 => {
                let components = some(draw);
                Step::Lda {
                    components,
                    shrinkage,
                }
            }
            _ => {
                let of = COVARIANCES[draw(2)].1;
                Step::Mahalanobis { of, shrinkage }
            }
        }
    }

    fn random_adapt(draw: Draw<'_>) -> Option<Adapt> {
        let tau = [None, Some(1.0), Some(7.25)][draw(3)];
        let rule = match draw(3) {
            0 => return None,
            1 => AdaptRule::CoralPlus,
            _ => AdaptRule::Excess { tau },
        };
        Some(Adapt {
            rule,
            within: NUMBERS[draw(6)],
            between: [HALF, 0.25][draw(2)],
        })
    }

    fn random_scorer(draw: Draw<'_>) -> ScorerSpec {
        let other = Em {
            iterations: draw(900),
            tolerance: NUMBERS[draw(6)],
            shrinkage: random_shrinkage(draw),
        };
        let em = [EM, other][draw(2)];
        let ridge = [PAIR_RIDGE, 0.0, 1e-12, 3.5][draw(4)];
        let (rank, psd) = (some(draw), draw(2) > 0);
        match draw(10) {
            0 => ScorerSpec::Cosine,
            1 => ScorerSpec::SquaredEuclidean,
            2 => ScorerSpec::Euclidean,
            3 => ScorerSpec::Dot,
            4 => ScorerSpec::Kissme { ridge, psd },
            5 => ScorerSpec::Xqda {
                components: rank,
                ridge,
            },
            6 => ScorerSpec::Plda {
                subspace: rank,
                em,
                adapt: random_adapt(draw),
            },
            7 => ScorerSpec::JointBayesian { em },
            8 => ScorerSpec::HeavyTailed {
                nu: 0.5 + draw(9) as f64,
                subspace: rank,
                em,
            },
            _ => ScorerSpec::Path {
                rho: NUMBERS[draw(6)],
                adapt: random_adapt(draw),
            },
        }
    }

    #[test]
    fn every_pipeline_reads_as_what_it_was_in_short_and_in_full() {
        let mut random_number = crate::testing::Lcg(1);
        let mut draw = |n: usize| ((random_number.double().abs() * 1e6) as usize) % n;
        for _ in 0..5000 {
            let steps = (0..draw(4)).map(|_| random_step(&mut draw)).collect();
            let pipeline = Pipeline::new(steps, random_scorer(&mut draw)).unwrap();
            for text in [pipeline.to_string(), pipeline.explained()] {
                assert_eq!(text.parse::<Pipeline>().unwrap(), pipeline, "{text}");
            }
        }
    }

    #[test]
    fn a_scorer_alone_is_not_the_preset_of_its_name() {
        for text in ["xqda()", "kissme()", "plda()", "joint-bayesian()"] {
            let alone = text.parse::<Pipeline>().unwrap();
            assert!(alone.steps().is_empty());
            assert_eq!(alone.to_string(), text);
        }
        let preset = "plda".parse::<Pipeline>().unwrap();
        assert_eq!(
            preset.explained(),
            "center(train), pca(auto, ratio=4), plda(subspace=full, iterations=500, tolerance=0.000000001, shrinkage=auto)"
        );
        let kissme = "kissme".parse::<Pipeline>().unwrap();
        let text = "center(train), length-norm, pca(auto, ratio=2), kissme(psd, ridge=0.001)";
        assert_eq!(kissme.explained(), text);
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
            "path(tau=3)",
            "path(adapt=coral-plus, tau=3)",
            "path(adapt=excess, tau=0.5)",
            "path(adapt=shift, within=0.5)",
            "path(adapt=excess, within=2)",
            "path(adapt=yes)",
            "coral, length-norm, cosine",
            "coral, path(adapt=excess)",
            "coral, coral, plda()",
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
