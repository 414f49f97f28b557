//! The one list of metrics.

use super::{Metric, OffsetForm};
use crate::error::{Code, Error, Result};

/// What a metric is, for the parser and for the reader.
#[derive(Debug)]
pub struct MetricInfo {
    /// Name in expressions.
    pub name: &'static str,
    /// Other spellings that are accepted.
    pub aliases: &'static [&'static str],
    /// Formula over rows x and y.
    pub formula: &'static str,
    /// Values it can take.
    pub range: &'static str,
    /// When it has no value, or empty.
    pub undefined: &'static str,
    /// Parameters with their defaults.
    pub parameters: &'static [Parameter],
    /// Where the definition comes from.
    pub source: &'static str,
    build: fn(&Arguments<'_>) -> Result<Metric>,
}

/// A parameter of a metric.
#[derive(Debug)]
pub struct Parameter {
    /// Name before the equals sign.
    pub name: &'static str,
    /// Value when it is not given.
    pub default: &'static str,
    /// What it does and its range.
    pub about: &'static str,
}

const COSINE_UNDEFINED: &str = "a zero vector";
const SCIPY: &str = "scipy.spatial.distance";
const SCIPY_2019: &str = "scipy.spatial.distance 1.3 (2019), on real values";

/// Every metric, in the order of the documentation.
pub static METRICS: [MetricInfo; 20] = [
    plain(
        "sqeuclidean",
        &["l2sqr"],
        "Σ (x−y)²",
        "[0, ∞)",
        "",
        SCIPY,
        Metric::SqEuclidean,
    ),
    plain(
        "euclidean",
        &["l2"],
        "√Σ (x−y)²",
        "[0, ∞)",
        "",
        SCIPY,
        Metric::Euclidean,
    ),
    plain(
        "cosine",
        &["cos"],
        "1 − x·y / (‖x‖‖y‖)",
        "[0, 2]",
        COSINE_UNDEFINED,
        SCIPY,
        Metric::Cosine,
    ),
    plain(
        "angular",
        &[],
        "arccos(x·y / (‖x‖‖y‖)) / π",
        "[0, 1]",
        COSINE_UNDEFINED,
        "angle as a share of a half turn",
        Metric::Angular,
    ),
    plain(
        "correlation",
        &["pearson"],
        "1 − (x−x̄)·(y−ȳ) / (‖x−x̄‖‖y−ȳ‖)",
        "[0, 2]",
        "a row whose entries are all equal",
        SCIPY,
        Metric::Correlation,
    ),
    plain(
        "dot",
        &["inner-product"],
        "−x·y",
        "(−∞, ∞)",
        "",
        "negative inner product",
        Metric::Dot,
    ),
    plain(
        "tanimoto",
        &[],
        "1 − x·y / (‖x‖² + ‖y‖² − x·y)",
        "[0, 4/3]",
        "two zero vectors",
        "continuous Tanimoto (Jaccard) coefficient",
        Metric::Tanimoto,
    ),
    plain(
        "cityblock",
        &["l1", "manhattan"],
        "Σ |x−y|",
        "[0, ∞)",
        "",
        SCIPY,
        Metric::CityBlock,
    ),
    plain(
        "chebyshev",
        &["linf"],
        "max |x−y|",
        "[0, ∞)",
        "",
        SCIPY,
        Metric::Chebyshev,
    ),
    MetricInfo {
        name: "minkowski",
        aliases: &["lp"],
        formula: "(Σ |x−y|^p)^(1/p)",
        range: "[0, ∞)",
        undefined: "",
        parameters: &[Parameter {
            name: "p",
            default: "2",
            about: "exponent, above 0; inf allowed",
        }],
        source: SCIPY,
        build: |arguments| match arguments.number("p", 2.0)? {
            p if p > 0.0 => Ok(Metric::Minkowski { p }),
            p => Err(arguments.refuse("p", &p.to_string(), "a number above 0, or inf")),
        },
    },
    plain(
        "canberra",
        &[],
        "Σ |x−y| / (|x|+|y|), 0/0 = 0",
        "[0, d]",
        "",
        SCIPY,
        Metric::Canberra,
    ),
    plain(
        "canberra-cubic",
        &[],
        "Σ |x−y|³ / (|x|+|y|)⁴, 0/0 = 0",
        "[0, ∞)",
        "",
        "S of a 2019 challenge entry",
        Metric::CanberraCubic,
    ),
    plain(
        "braycurtis",
        &["bray-curtis"],
        "Σ |x−y| / Σ |x+y|",
        "[0, ∞)",
        "rows that are each other's negative",
        SCIPY,
        Metric::BrayCurtis,
    ),
    plain(
        "seuclidean",
        &[],
        "√Σ (x−y)² / V, V the variance (n−1) of each column of the reference",
        "[0, ∞)",
        "",
        SCIPY,
        Metric::SEuclidean,
    ),
    plain(
        "mahalanobis",
        &[],
        "√((x−y)ᵀ S⁻¹ (x−y)), S the covariance (n−1) of the reference",
        "[0, ∞)",
        "",
        SCIPY,
        Metric::Mahalanobis,
    ),
    plain(
        "jensenshannon",
        &["jensen-shannon"],
        "√(½ Σ p ln(p/m) + ½ Σ q ln(q/m)), p = x/Σx, q = y/Σy, m = (p+q)/2",
        "[0, √ln 2]",
        "a row whose sum is 0",
        SCIPY,
        Metric::JensenShannon,
    ),
    MetricInfo {
        name: "offset-cosine",
        aliases: &["modified-cosine"],
        formula: "1 − (x·y − offset) / √((‖x‖−c)‖x‖(‖y‖−c)‖y‖), c = norm-offset; \
                  form=original: / ((‖x‖−c)‖y‖)",
        range: "(−∞, ∞)",
        undefined: "a norm that is 0 or not above norm-offset",
        parameters: &[
            Parameter {
                name: "offset",
                default: "162",
                about: "taken off the inner product",
            },
            Parameter {
                name: "norm-offset",
                default: "10",
                about: "taken off a norm, at least 0",
            },
            Parameter {
                name: "form",
                default: "symmetric",
                about: "symmetric, or original (not symmetric in x and y)",
            },
        ],
        source: "modified cosine of a 2019 challenge entry",
        build: |arguments| {
            let form = match arguments.word("form", "symmetric")? {
                "symmetric" => OffsetForm::Symmetric,
                "original" => OffsetForm::Original,
                other => return Err(arguments.refuse("form", other, "symmetric or original")),
            };
            let offset = arguments.number("offset", 162.0)?;
            let norm_offset = arguments.number("norm-offset", 10.0)?;
            if !offset.is_finite() {
                return Err(arguments.refuse("offset", &offset.to_string(), "a finite number"));
            }
            if !(norm_offset >= 0.0 && norm_offset.is_finite()) {
                let found = norm_offset.to_string();
                return Err(arguments.refuse("norm-offset", &found, "a finite number, at least 0"));
            }
            Ok(Metric::OffsetCosine {
                offset,
                norm_offset,
                form,
            })
        },
    },
    plain(
        "dot-over-norms",
        &[],
        "1 − x·y / (‖x‖ + ‖y‖ − x·y)",
        "(−∞, ∞)",
        "‖x‖ + ‖y‖ = x·y, where it has a pole",
        "uploaded form of a 2019 challenge entry",
        Metric::DotOverNorms,
    ),
    plain(
        "yule",
        &[],
        "2 n₁₀ n₀₁ / (n₁₁ n₀₀ + n₁₀ n₀₁), n₁₁ = Σxy, n₁₀ = Σx(1−y), n₀₁ = Σ(1−x)y, n₀₀ = Σ(1−x)(1−y)",
        "(−∞, ∞)",
        "a denominator of 0",
        SCIPY_2019,
        Metric::Yule,
    ),
    plain(
        "rogerstanimoto",
        &["rogers-tanimoto"],
        "2 (n₁₀ + n₀₁) / (n₁₁ + n₀₀ + 2 (n₁₀ + n₀₁)), counts as for yule",
        "(−∞, ∞)",
        "a denominator of 0",
        SCIPY_2019,
        Metric::RogersTanimoto,
    ),
];

/// The entry with this name or alias.
pub(super) fn find(name: &str) -> Option<&'static MetricInfo> {
    METRICS
        .iter()
        .find(|m| m.name == name || m.aliases.contains(&name))
}

/// The entry of a metric.
pub(super) fn info_of(metric: &Metric) -> &'static MetricInfo {
    let name = match metric {
        Metric::SqEuclidean => "sqeuclidean",
        Metric::Euclidean => "euclidean",
        Metric::Cosine => "cosine",
        Metric::Angular => "angular",
        Metric::Correlation => "correlation",
        Metric::Dot => "dot",
        Metric::Tanimoto => "tanimoto",
        Metric::CityBlock => "cityblock",
        Metric::Chebyshev => "chebyshev",
        Metric::Minkowski { .. } => "minkowski",
        Metric::Canberra => "canberra",
        Metric::CanberraCubic => "canberra-cubic",
        Metric::BrayCurtis => "braycurtis",
        Metric::SEuclidean => "seuclidean",
        Metric::Mahalanobis => "mahalanobis",
        Metric::JensenShannon => "jensenshannon",
        Metric::OffsetCosine { .. } => "offset-cosine",
        Metric::DotOverNorms => "dot-over-norms",
        Metric::Yule => "yule",
        Metric::RogersTanimoto => "rogerstanimoto",
    };
    // A test walks the list and builds every entry, so the name is there.
    find(name).unwrap_or(&METRICS[0])
}

impl MetricInfo {
    /// The metric with these arguments, each a name and a value as written.
    pub fn build(&self, arguments: &[(&str, &str)]) -> Result<Metric> {
        let arguments = Arguments {
            info: self,
            given: arguments,
        };
        arguments.check_names()?;
        (self.build)(&arguments)
    }
}

/// What stands in the brackets after a metric's name.
struct Arguments<'a> {
    info: &'a MetricInfo,
    given: &'a [(&'a str, &'a str)],
}

impl<'a> Arguments<'a> {
    fn check_names(&self) -> Result<()> {
        for (i, (name, value)) in self.given.iter().enumerate() {
            if !self.info.parameters.iter().any(|p| p.name == *name) {
                let names: Vec<_> = self.info.parameters.iter().map(|p| p.name).collect();
                let expected = match names.len() {
                    0 => format!("no parameters for {}", self.info.name),
                    _ => format!("{} to have only: {}", self.info.name, names.join(", ")),
                };
                return Err(Error::new(
                    Code::Metric,
                    format!("parameter '{name}'"),
                    expected,
                ));
            }
            if self.given[..i].iter().any(|(earlier, _)| earlier == name) {
                return Err(self.refuse(name, value, "each parameter once"));
            }
        }
        Ok(())
    }

    fn word(&self, name: &str, default: &'a str) -> Result<&'a str> {
        Ok(self
            .given
            .iter()
            .find(|(n, _)| *n == name)
            .map_or(default, |(_, value)| value))
    }

    fn number(&self, name: &str, default: f64) -> Result<f64> {
        match self.given.iter().find(|(n, _)| *n == name) {
            None => Ok(default),
            Some((_, value)) => match value.parse::<f64>() {
                Ok(number) if !number.is_nan() => Ok(number),
                _ => Err(self.refuse(name, value, "a number")),
            },
        }
    }

    fn refuse(&self, name: &str, value: &str, expected: &str) -> Error {
        Error::new(
            Code::Metric,
            format!("{name}={value} for {}", self.info.name),
            expected,
        )
    }
}

/// A metric without parameters.
macro_rules! constant_builder {
    ($($variant:ident)*) => {
        const fn builder(metric: Metric) -> fn(&Arguments<'_>) -> Result<Metric> {
            match metric {
                $(Metric::$variant => |_| Ok(Metric::$variant),)*
                _ => |_| Err(Error::internal("a metric with parameters listed without them")),
            }
        }
    };
}

constant_builder! {
    SqEuclidean Euclidean Cosine Angular Correlation Dot Tanimoto CityBlock Chebyshev Canberra
    CanberraCubic BrayCurtis SEuclidean Mahalanobis JensenShannon DotOverNorms Yule RogersTanimoto
}

const fn plain(
    name: &'static str,
    aliases: &'static [&'static str],
    formula: &'static str,
    range: &'static str,
    undefined: &'static str,
    source: &'static str,
    metric: Metric,
) -> MetricInfo {
    MetricInfo {
        name,
        aliases,
        formula,
        range,
        undefined,
        parameters: &[],
        source,
        build: builder(metric),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_builds_the_metric_that_points_back_to_it() {
        for info in &METRICS {
            let metric = info.build(&[]).expect(info.name);
            assert_eq!(metric.info().name, info.name);
        }
    }

    #[test]
    fn names_and_aliases_are_distinct() {
        let mut seen = std::collections::HashSet::new();
        for info in &METRICS {
            for name in info.aliases.iter().chain([&info.name]) {
                assert!(seen.insert(*name), "{name} twice");
            }
        }
    }

    #[test]
    fn defaults_in_the_list_are_the_defaults_in_force() {
        for info in &METRICS {
            let spelt: Vec<_> = info
                .parameters
                .iter()
                .map(|p| (p.name, p.default))
                .collect();
            assert_eq!(
                info.build(&[]).ok(),
                info.build(&spelt).ok(),
                "{}",
                info.name
            );
        }
    }

    #[test]
    fn bad_parameters_are_named() {
        let minkowski = find("lp").expect("an alias of minkowski");
        for (given, part) in [
            (("p", "0"), "p=0 for minkowski"),
            (("p", "x"), "p=x"),
            (("q", "1"), "parameter 'q'"),
        ] {
            let error = minkowski.build(&[given]).expect_err(part);
            assert!(error.to_string().contains(part), "{error}");
        }
        assert!(minkowski.build(&[("p", "1"), ("p", "2")]).is_err());
    }
}
