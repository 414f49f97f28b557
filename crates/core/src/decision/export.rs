//! The rule of a decision in other languages: a score goes in, ratio, probability and verdict come out.

use std::fmt::Write;

use super::{Decision, Part};
use crate::calibration::{Map, log_odds};
use crate::error::{Code, Error, Result};
use crate::evaluation::Orientation;

/// A language that a rule is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// A query over a table `scores`: PostgreSQL, and any other with CASE, exp and ln.
    Sql,
    /// A module with a function `decide`, the same bits as [`Decision::judge`].
    JavaScript,
}

impl Language {
    /// The language of a name. Errors: `EOPTION`.
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "sql" => Ok(Self::Sql),
            "javascript" => Ok(Self::JavaScript),
            other => {
                let found = format!("language '{other}'");
                Err(Error::new(Code::Option, found, "sql or javascript"))
            }
        }
    }
}

/// e^x as [`libm::exp`] computes it, since engines differ in the last digit of theirs.
///
/// Source: FreeBSD's e_exp.c (Sun Microsystems, 1993), for |x| < 708.
const EXP: &str = "
function exp(x) {
  const size = Math.abs(x);
  if (size < 3.725293851175593e-9) return 1 + x;
  let k = 0;
  if (size >= 1.0397205352783203) k = Math.trunc(1.44269504088896338700 * x + (x < 0 ? -0.5 : 0.5));
  else if (size >= 0.3465735912322998) k = x < 0 ? -1 : 1;
  const [hi, lo] = [x - k * 6.93147180369123816490e-1, k * 1.90821492927058770002e-10];
  const y = hi - lo;
  const z = y * y;
  const c = y - z * (1.66666666666666019037e-1 + z * (-2.77777777770155933842e-3 +
    z * (6.61375632143793436117e-5 + z * (-1.65339022054652515390e-6 + z * 4.13813679705723846039e-8))));
  return (1 + ((y * c) / (2 - c) - lo + hi)) * 2 ** k;
}
";

/// ln x as [`libm::log`] computes it.
///
/// Source: FreeBSD's e_log.c, for normal x.
const LOG: &str = "
function log(x) {
  if (x === 1) return 0;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const high = view.getUint32(0) + (0x3ff00000 - 0x3fe6a09e);
  const k = (high >>> 20) - 0x3ff;
  view.setUint32(0, (high & 0x000fffff) + 0x3fe6a09e);
  const f = view.getFloat64(0) - 1;
  const half = 0.5 * f * f;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const odd = w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 + w * 1.531383769920937332e-1));
  const even = z * (6.666666666666735130e-1 + w * (2.857142874366239149e-1 +
    w * (1.818357216161805012e-1 + w * 1.479819860510658591e-1)));
  return s * (half + (even + odd)) + k * 1.90821492927058770002e-10 - half + f + k * 6.93147180369123816490e-1;
}
";

impl Decision {
    /// The rule as source text. It takes `score`, or `score0`, `score1`, … of several parts.
    ///
    /// Errors: `EOPTION` for a decision with quality, which is no part of a table of scores.
    pub fn export(&self, language: Language) -> Result<String> {
        if self
            .parts
            .iter()
            .any(|part| matches!(part, Part::Quality(_)))
        {
            let found = "a decision that weighs quality";
            return Err(Error::new(Code::Option, found, "one on scores alone")
                .with_hint("Score with the decision, or calibrate without quality"));
        }
        Ok(match language {
            Language::Sql => self.sql(),
            Language::JavaScript => self.javascript(),
        })
    }

    fn about(&self) -> String {
        let names: Vec<String> = self.parts.iter().map(|part| part.name()).collect();
        // A name with a line of its own would end the comment.
        let names = names.join(" and ").replace(|c: char| c.is_control(), " ");
        let what = match self.orientation {
            Orientation::Distance => "smaller is more alike",
            Orientation::Similarity => "larger is more alike",
        };
        let prior = self.rule.prior;
        format!("score: {names}, {what}; prior {prior}")
    }

    fn columns(&self) -> Vec<String> {
        match self.parts.len() {
            1 => vec!["score".to_owned()],
            parts => (0..parts).map(|part| format!("score{part}")).collect(),
        }
    }

    /// The weighed sum of the columns.
    fn sum(&self, number: fn(f64) -> String) -> String {
        let columns = self.columns();
        if columns.len() == 1 {
            return columns.concat();
        }
        let terms = columns.iter().zip(&self.weights);
        let terms: Vec<String> = terms
            .map(|(c, w)| format!("{c} * {}", number(*w)))
            .collect();
        terms.join(" + ")
    }

    fn is_distance(&self) -> bool {
        self.orientation == Orientation::Distance
    }

    fn javascript(&self) -> String {
        let rule = &self.rule;
        let number = |x: f64| format!("{x:?}");
        let mut out = format!("// {}\n", self.about());
        if let Map::Isotonic { scores, ratios } = &rule.map.map {
            let _ = writeln!(
                out,
                "const knots = {scores:?};\nconst ratios = {ratios:?};\n"
            );
        }
        let _ = writeln!(
            out,
            "export function decide({}) {{",
            self.columns().join(", ")
        );
        let sign = if self.is_distance() { "-" } else { "" };
        let _ = writeln!(
            out,
            "  const s = {sign}({});",
            self.sum(|x| format!("{x:?}"))
        );
        match &rule.map.map {
            Map::Affine { slope, offset } => {
                let _ = writeln!(out, "  const raw = {} * s + {};", number(*slope), number(*offset));
            }
            Map::Beta {
                of_place,
                of_rest,
                offset,
                low,
                high,
            } => {
                let (low, width) = (number(*low), format!("({high:?} - {low:?})"));
                let _ = writeln!(
                    out,
                    "  const u = Math.min(Math.max((s - {low}) / {width}, 1e-12), 1 - 1e-12);\n  const raw = \
                     {of_place:?} * log(u) + {of_rest:?} * -log(1 - u) + {offset:?};"
                );
            }
            Map::Isotonic { .. } => out.push_str(
                "  const k = knots.findIndex((knot) => knot >= s);\n  const raw = k < 0 ? ratios.at(-1) : k === \
                 0 ? ratios[0] :\n    ratios[k - 1] + ((s - knots[k - 1]) / (knots[k] - knots[k - 1])) * \
                 (ratios[k] - ratios[k - 1]);\n",
            ),
        }
        let (low, high) = rule.map.bounds;
        let odds = log_odds(rule.prior);
        let _ = writeln!(
            out,
            "  const llr = Math.min(Math.max(raw, {low:?}), {high:?});\n  const probability = 1 / (1 + \
             exp(-(llr + {odds:?})));"
        );
        let test = |cutoff: Option<f64>, sign: &str| match cutoff {
            Some(cutoff) => format!("s {sign} {cutoff:?}"),
            None => "false".to_owned(),
        };
        let (same, different) = (
            test(rule.cutoffs.same, ">="),
            test(rule.cutoffs.different, "<"),
        );
        let _ = writeln!(
            out,
            "  const decision = {same} ? 'same' : {different} ? 'different' : 'uncertain';\n  return {{ llr, \
             probability, decision }};\n}}"
        );
        out.push_str(EXP);
        if matches!(rule.map.map, Map::Beta { .. }) {
            out.push_str(LOG);
        }
        out
    }

    fn sql(&self) -> String {
        let rule = &self.rule;
        let number = sql_number;
        let sign = if self.is_distance() { "-" } else { "" };
        let raw = match &rule.map.map {
            Map::Affine { slope, offset } => {
                format!("{} * s + {}", number(*slope), number(*offset))
            }
            Map::Beta {
                of_place,
                of_rest,
                offset,
                low,
                high,
            } => {
                let place = format!(
                    "((s - {}) / ({} - {}))",
                    number(*low),
                    number(*high),
                    number(*low)
                );
                let (least, most) = (number(1e-12), number(1.0 - 1e-12));
                let place = format!(
                    "(CASE WHEN {place} < {least} THEN {least} WHEN {place} > {most} THEN {most} ELSE {place} END)"
                );
                let (a, b, c) = (number(*of_place), number(*of_rest), number(*offset));
                format!("{a} * ln({place}) + {b} * -ln(1 - {place}) + {c}")
            }
            Map::Isotonic { scores, ratios } => sql_steps(scores, ratios),
        };
        let (low, high) = (number(rule.map.bounds.0), number(rule.map.bounds.1));
        let test = |cutoff: Option<f64>, sign: &str| match cutoff {
            Some(cutoff) => format!("s {sign} {}", number(cutoff)),
            None => "1 = 0".to_owned(),
        };
        format!(
            "-- {}\n-- FROM scores: your table with {} as double precision\n\
             SELECT *, 1 / (1 + exp(-(llr + {}))) AS probability,\n  CASE WHEN {} THEN 'same' WHEN {} THEN 'different' \
             ELSE 'uncertain' END AS decision\nFROM (SELECT *, CASE WHEN raw < {low} THEN {low} WHEN raw > {high} THEN \
             {high} ELSE raw END AS llr\n  FROM (SELECT *, {raw} AS raw\n    FROM (SELECT *, {sign}({}) AS s FROM scores) \
             AS oriented) AS mapped) AS bounded;\n",
            self.about(),
            self.columns().join(", "),
            number(log_odds(rule.prior)),
            test(rule.cutoffs.same, ">="),
            test(rule.cutoffs.different, "<"),
            self.sum(sql_number),
        )
    }
}

/// A number that a database reads as a double, whatever type it gives decimals.
fn sql_number(x: f64) -> String {
    format!("CAST('{x:?}' AS double precision)")
}

fn sql_steps(scores: &[f64], ratios: &[f64]) -> String {
    let number = sql_number;
    let mut out = format!(
        "CASE WHEN s <= {} THEN {}",
        number(scores[0]),
        number(ratios[0])
    );
    for k in 1..scores.len() {
        let (from, to) = (number(scores[k - 1]), number(scores[k]));
        let (low, high) = (number(ratios[k - 1]), number(ratios[k]));
        let line = if ratios[k - 1] == ratios[k] {
            low
        } else {
            format!("{low} + (s - {from}) / ({to} - {from}) * ({high} - {low})")
        };
        let _ = write!(out, "\n      WHEN s <= {to} THEN {line}");
    }
    let last = ratios.last().copied().unwrap_or(0.0);
    let _ = write!(out, "\n      ELSE {} END", number(last));
    out
}
