//! The table of metrics: one row for each, with all that the rest of the crate knows of it.

use std::f64::consts::PI;

use super::pair::{BOTH, Distance, ORIGINAL, RowStats, SYMMETRIC, size_or_nan};
use super::{Metric, Parameters};
use crate::error::Result;
use crate::kernels::PairSum;
use crate::text::call::{Argument, Call};

/// Name of the metric that is meant when none is given.
pub const DEFAULT_METRIC: &str = "cosine";

/// A row of the table: a metric for the parser, for the reader and for the dispatch.
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
    /// Parameters with their defaults, three at most.
    pub parameters: &'static [Parameter],
    /// Where the definition comes from.
    pub source: &'static str,
    /// True where a row alone leaves the metric undefined.
    pub(super) undefined_for: fn(&RowStats, &Parameters) -> bool,
    /// True where the two rows of a pair may not change places.
    pub(super) ordered: fn(&Parameters) -> bool,
    /// Needs beside the sums and norms of rows.
    pub(super) needs: Needs,
    /// True where a row may be multiplied by any positive number.
    pub(super) of_directions: bool,
    /// Form of the rows whose product orders pairs as the metric does, if there is one.
    pub(crate) key_form: Option<KeyForm>,
    /// The sum over both rows that the code takes, where it may be computed for several pairs at once: of rows
    /// less their own means where the metric needs their norms, of whitened rows where it needs a covariance.
    pub(super) pair_sum: Option<PairSum>,
    /// The code that computes a pair.
    pub(super) distance: Distance,
}

/// A parameter of a metric.
#[derive(Debug)]
pub struct Parameter {
    /// Name before the equals sign.
    pub name: &'static str,
    /// Value when it is not given.
    pub default: &'static str,
    /// Effect and range.
    pub about: &'static str,
    pub(super) accepts: Accepts,
}

/// The values that a parameter accepts.
#[derive(Debug)]
pub(super) enum Accepts {
    /// Numbers for which a rule holds, and the rule in words.
    Numbers(fn(f64) -> bool, &'static str),
    /// Words, each with the number that stands for it.
    Words(&'static [(&'static str, f64)]),
}

/// The need of a metric beside the sums and norms of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    Nothing,
    /// The norm of each row less its own mean.
    CenteredNorm,
    /// Rows without entries below 0.
    NonNegative,
    /// The variances of the columns of the reference.
    Variances,
    /// The covariance of the reference. Rows are whitened by it once, and then compared.
    Covariance,
}

/// The rows u, v whose product orders pairs as a metric does, and how the distance follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyForm {
    /// Rows at length 1: 1 − u·v.
    Unit,
    /// Rows at length 1: arccos(u·v) / π.
    UnitByAngle,
    /// Rows less their own means, at length 1: 1 − u·v.
    CenteredUnit,
    /// The rows: −u·v.
    Inner,
    /// The rows: ‖u − v‖².
    Square,
    /// The rows: ‖u − v‖.
    Root,
    /// Rows over the standard deviations of the reference: ‖u − v‖.
    ScaledRoot,
    /// Rows whitened by the covariance of the reference: ‖u − v‖.
    WhitenedRoot,
}

/// Compiles a distance for rows of either element type.
macro_rules! distance {
    (|$pair:ident| $distance:expr) => {
        Distance {
            single: |$pair| $distance,
            double: |$pair| $distance,
        }
    };
}

/// A metric of which only the defaults are filled in.
const PLAIN: MetricInfo = MetricInfo {
    name: "",
    aliases: &[],
    formula: "",
    range: "[0, ∞)",
    undefined: "",
    parameters: &[],
    source: "scipy.spatial.distance",
    undefined_for: |_, _| false,
    ordered: |_| false,
    needs: Needs::Nothing,
    of_directions: false,
    key_form: None,
    pair_sum: None,
    distance: distance!(|_pair| f64::NAN),
};

/// A metric without a value for a row of zeros.
const OF_DIRECTIONS: MetricInfo = MetricInfo {
    undefined: "a zero vector",
    undefined_for: |row, _| row.sumsq == 0.0,
    of_directions: true,
    ..PLAIN
};

const SCIPY_2019: &str = "scipy.spatial.distance 1.3 (2019), on real values";

/// Every metric, in the order of the documentation.
pub static METRICS: &[MetricInfo] = &[
    MetricInfo {
        name: "sqeuclidean",
        aliases: &["l2sqr"],
        formula: "Σ (x−y)²",
        key_form: Some(KeyForm::Square),
        pair_sum: Some(PairSum::Squares),
        distance: distance!(|p| p.squares()),
        ..PLAIN
    },
    MetricInfo {
        name: "euclidean",
        aliases: &["l2"],
        formula: "√Σ (x−y)²",
        key_form: Some(KeyForm::Root),
        pair_sum: Some(PairSum::Squares),
        distance: distance!(|p| p.euclidean()),
        ..PLAIN
    },
    MetricInfo {
        name: "cosine",
        aliases: &["cos"],
        formula: "1 − x·y / (‖x‖‖y‖)",
        range: "[0, 2]",
        key_form: Some(KeyForm::Unit),
        pair_sum: Some(PairSum::Products),
        distance: distance!(|p| 1.0 - p.cosine()),
        ..OF_DIRECTIONS
    },
    MetricInfo {
        name: "angular",
        formula: "arccos(x·y / (‖x‖‖y‖)) / π",
        range: "[0, 1]",
        source: "angle as a share of a half turn; Cer et al. (2018), equation 1",
        key_form: Some(KeyForm::UnitByAngle),
        pair_sum: Some(PairSum::Products),
        distance: distance!(|p| libm::acos(p.cosine()) / PI),
        ..OF_DIRECTIONS
    },
    MetricInfo {
        name: "correlation",
        aliases: &["pearson"],
        formula: "1 − (x−x̄)·(y−ȳ) / (‖x−x̄‖‖y−ȳ‖)",
        range: "[0, 2]",
        undefined: "a row whose entries are all equal",
        undefined_for: |row, _| row.varying() == 0.0,
        needs: Needs::CenteredNorm,
        of_directions: true,
        key_form: Some(KeyForm::CenteredUnit),
        pair_sum: Some(PairSum::Products),
        distance: distance!(|p| 1.0 - p.correlation()),
        ..PLAIN
    },
    MetricInfo {
        name: "dot",
        aliases: &["inner-product"],
        formula: "−x·y",
        range: "(−∞, ∞)",
        source: "negative inner product",
        key_form: Some(KeyForm::Inner),
        pair_sum: Some(PairSum::Products),
        distance: distance!(|p| -p.dot()),
        ..PLAIN
    },
    MetricInfo {
        name: "tanimoto",
        formula: "1 − x·y / (‖x‖² + ‖y‖² − x·y)",
        range: "[0, 4/3]",
        undefined: "two zero vectors",
        source: "continuous Tanimoto (Jaccard) coefficient; Willett et al. (1998)",
        pair_sum: Some(PairSum::Products),
        distance: distance!(|p| {
            let dot = p.dot();
            1.0 - dot / ((p.of_x.sumsq + p.of_y.sumsq) - dot)
        }),
        ..PLAIN
    },
    MetricInfo {
        name: "cityblock",
        aliases: &["l1", "manhattan"],
        formula: "Σ |x−y|",
        pair_sum: Some(PairSum::Gaps),
        distance: distance!(|p| p.gaps()),
        ..PLAIN
    },
    MetricInfo {
        name: "chebyshev",
        aliases: &["linf"],
        formula: "max |x−y|",
        distance: distance!(|p| p.sum(p.kernels.chebyshev)),
        ..PLAIN
    },
    MetricInfo {
        name: "minkowski",
        aliases: &["lp"],
        formula: "(Σ |x−y|^p)^(1/p)",
        parameters: &[Parameter {
            name: "p",
            default: "2",
            about: "exponent, above 0; inf allowed",
            accepts: Accepts::Numbers(|p| p > 0.0, "a number above 0, or inf"),
        }],
        distance: distance!(|p| p.minkowski()),
        ..PLAIN
    },
    MetricInfo {
        name: "canberra",
        formula: "Σ |x−y| / (|x|+|y|), 0/0 = 0",
        range: "[0, d]",
        distance: distance!(|p| p.sum(p.kernels.canberra)),
        ..PLAIN
    },
    MetricInfo {
        name: "canberra-cubic",
        formula: "Σ |x−y|³ / (|x|+|y|)⁴, 0/0 = 0",
        source: "S of a 2019 challenge entry",
        distance: distance!(|p| p.sum(p.kernels.canberra_cubic)),
        ..PLAIN
    },
    MetricInfo {
        name: "braycurtis",
        aliases: &["bray-curtis"],
        formula: "Σ |x−y| / Σ |x+y|",
        undefined: "rows that are each other's negative",
        distance: distance!(|p| {
            let [gap, size] = p.sum(p.kernels.braycurtis);
            gap / size_or_nan(size)
        }),
        ..PLAIN
    },
    MetricInfo {
        name: "seuclidean",
        formula: "√Σ (x−y)² / V, V the variance (n−1) of each column of the reference",
        needs: Needs::Variances,
        key_form: Some(KeyForm::ScaledRoot),
        distance: distance!(|p| {
            (p.kernels.weighted_sqeuclidean)(p.x, p.y, &p.reference.inverse_variance).sqrt()
        }),
        ..PLAIN
    },
    MetricInfo {
        name: "mahalanobis",
        formula: "√((x−y)ᵀ S⁻¹ (x−y)), S the covariance (n−1) of the reference",
        needs: Needs::Covariance,
        key_form: Some(KeyForm::WhitenedRoot),
        pair_sum: Some(PairSum::Squares),
        distance: distance!(|p| p.mahalanobis()),
        ..PLAIN
    },
    MetricInfo {
        name: "jensenshannon",
        aliases: &["jensen-shannon"],
        formula: "√(½ Σ p ln(p/m) + ½ Σ q ln(q/m)), p = x/Σx, q = y/Σy, m = (p+q)/2",
        range: "[0, √ln 2]",
        undefined: "a row whose sum is 0",
        undefined_for: |row, _| row.sum <= 0.0,
        needs: Needs::NonNegative,
        distance: distance!(|p| p.jensen_shannon()),
        ..PLAIN
    },
    MetricInfo {
        name: "offset-cosine",
        aliases: &["modified-cosine"],
        formula: "1 − (x·y − offset) / √((‖x‖−c)‖x‖(‖y‖−c)‖y‖), c = norm-offset; \
                       form=original: / ((‖x‖−c)‖y‖), form=both: / ((‖x‖−c)(‖y‖−c))",
        range: "(−∞, ∞)",
        undefined: "a norm that is 0 or not above norm-offset",
        parameters: &[
            Parameter {
                name: "offset",
                default: "162",
                about: "taken off the inner product",
                accepts: Accepts::Numbers(f64::is_finite, "a finite number"),
            },
            Parameter {
                name: "norm-offset",
                default: "10",
                about: "taken off a norm, at least 0",
                accepts: Accepts::Numbers(
                    |c| c >= 0.0 && c.is_finite(),
                    "a finite number, at least 0",
                ),
            },
            Parameter {
                name: "form",
                default: "symmetric",
                about: "symmetric; original, of the slides (not symmetric in x and y); or both, of \
                        the uploaded file",
                accepts: Accepts::Words(&[
                    ("symmetric", SYMMETRIC),
                    ("original", ORIGINAL),
                    ("both", BOTH),
                ]),
            },
        ],
        source: "modified cosine of a 2019 challenge entry",
        undefined_for: |row, [_, norm_offset, _]| {
            row.sumsq == 0.0 || row.sumsq.sqrt() <= *norm_offset
        },
        ordered: |[_, _, form]| *form == ORIGINAL,
        pair_sum: Some(PairSum::Products),
        distance: distance!(|p| p.offset_cosine()),
        ..PLAIN
    },
    MetricInfo {
        name: "dot-over-norms",
        formula: "1 − x·y / (‖x‖ + ‖y‖ − x·y)",
        range: "(−∞, ∞)",
        undefined: "‖x‖ + ‖y‖ = x·y, where it has a pole",
        source: "uploaded form of a 2019 challenge entry",
        pair_sum: Some(PairSum::Products),
        distance: distance!(|p| {
            let (dot, [x_norm, y_norm]) = (p.dot(), p.norms());
            1.0 - dot / size_or_nan((x_norm + y_norm) - dot)
        }),
        ..PLAIN
    },
    MetricInfo {
        name: "yule",
        formula: "2 n₁₀ n₀₁ / (n₁₁ n₀₀ + n₁₀ n₀₁), n₁₁ = Σxy, n₁₀ = Σx(1−y), n₀₁ = Σ(1−x)y, n₀₀ = Σ(1−x)(1−y)",
        range: "(−∞, ∞)",
        undefined: "a denominator of 0",
        source: SCIPY_2019,
        pair_sum: Some(PairSum::Products),
        distance: distance!(|p| {
            let n = p.counts();
            2.0 * (n.n10 * n.n01) / size_or_nan(n.n11 * n.n00 + n.n10 * n.n01)
        }),
        ..PLAIN
    },
    MetricInfo {
        name: "rogerstanimoto",
        aliases: &["rogers-tanimoto"],
        formula: "2 (n₁₀ + n₀₁) / (n₁₁ + n₀₀ + 2 (n₁₀ + n₀₁)), counts as for yule",
        range: "(−∞, ∞)",
        undefined: "a denominator of 0",
        source: SCIPY_2019,
        pair_sum: Some(PairSum::Products),
        distance: distance!(|p| {
            let n = p.counts();
            let differ = 2.0 * (n.n10 + n.n01);
            differ / size_or_nan((n.n11 + n.n00) + differ)
        }),
        ..PLAIN
    },
];

impl MetricInfo {
    /// The row with this name or alias.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        METRICS.iter().find(|info| info.names().any(|n| n == name))
    }

    /// Its name and aliases.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> + Clone {
        [self.name].into_iter().chain(self.aliases.iter().copied())
    }

    /// Reads the arguments of a call of this metric.
    pub(super) fn read(&'static self, call: &mut Call<'_>) -> Result<Metric> {
        let mut parameters = Parameters::default();
        for (value, parameter) in parameters.iter_mut().zip(self.parameters) {
            let given = call.keyed(parameter.name);
            let argument = given.unwrap_or(Argument::bare(parameter.default));
            *value = match parameter.accepts {
                Accepts::Numbers(accepts, expected) => call.number(argument, accepts, expected)?,
                Accepts::Words(words) => call.one_of(argument, words)?,
            };
        }
        call.finish()?;
        Ok(Metric {
            info: self,
            parameters,
        })
    }
}

impl Accepts {
    /// The written form of a value.
    pub(super) fn text(&self, value: f64) -> String {
        let word = match self {
            Self::Numbers(..) => None,
            Self::Words(words) => words.iter().find(|(_, v)| *v == value),
        };
        word.map_or_else(|| value.to_string(), |(word, _)| (*word).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Expression;

    #[test]
    fn every_row_is_filled_in_and_found_by_each_of_its_names() {
        let mut seen = std::collections::HashSet::new();
        for info in METRICS {
            let texts = [info.name, info.formula, info.range, info.source];
            assert!(texts.iter().all(|text| !text.is_empty()), "{info:?}");
            assert!(info.parameters.len() <= Parameters::default().len());
            for name in info.names() {
                assert!(seen.insert(name), "{name} twice");
                let found = Expression::parse(name).expect(name);
                assert!(std::ptr::eq(found.metrics()[0].info(), info), "{name}");
            }
        }
    }

    #[test]
    fn a_metric_is_written_as_it_is_read() {
        for metric in crate::metrics::twins::all() {
            let text = format!("{metric:?}");
            assert_eq!(Expression::parse(&text).expect(&text).metrics(), [metric]);
        }
    }

    #[test]
    fn a_row_alone_leaves_a_metric_undefined_only_where_the_table_says_when() {
        let zeros = RowStats::default();
        for metric in crate::metrics::twins::all() {
            if metric.undefined_for(&zeros) {
                assert_ne!(metric.info().undefined, "", "{metric:?}");
            }
        }
    }

    #[test]
    fn bad_parameters_are_named() {
        for (text, part) in [
            ("lp(p=0)", "p=0 for lp at character 4"),
            ("minkowski(p=x)", "expected a number above 0, or inf"),
            ("minkowski(q=1)", "parameter 'q' of minkowski"),
            ("minkowski(q=1)", "minkowski to have only: p=…"),
            ("minkowski(p=1, p=2)", "each parameter once"),
            ("cosine(p=1)", "no parameters for cosine"),
            ("offset-cosine(form=other)", "symmetric, original or both"),
            ("offset-cosine(ofset=1)", "Did you mean 'offset'?"),
            (
                "offset-cosine(norm-offset=-1)",
                "a finite number, at least 0",
            ),
        ] {
            let error = Expression::parse(text).expect_err(text);
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}
