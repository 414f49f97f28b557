//! Metrics and combinations of them, as text.
//!
//! ```text
//! expression = term  { ("+" | "−") term }
//! term       = factor { ("*" | "/") factor }
//! factor     = "-" factor | number | "(" expression ")"
//!            | function "(" expression ")"
//!            | call
//! ```
//!
//! A call is that of [`crate::text::call`], its name one of [`METRICS`], each argument with its key.
//! A hyphen inside a name belongs to it, so a minus after a name needs a space.

use super::{METRICS, Metric, MetricInfo};
use crate::error::{Code, Error, Result};
use crate::text::call::Cursor;

/// Longest text and deepest nesting that are read.
const MAX_LENGTH: usize = 1000;
const MAX_DEPTH: usize = 64;

/// A function over the whole column of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Absolute value.
    Abs,
    /// Square root.
    Sqrt,
    /// Rescaled to [0, 1] over the given pairs: `(v − min) / (max − min)`.
    MinMax,
    /// `(v − mean) / standard deviation` (denominator n) over the given pairs.
    ZScore,
}

/// Every function with its name and what it does.
pub const FUNCTIONS: [(&str, Function, &str); 4] = [
    ("abs", Function::Abs, "absolute value"),
    ("sqrt", Function::Sqrt, "square root"),
    (
        "minmax",
        Function::MinMax,
        "rescaled to [0, 1] over the given pairs",
    ),
    (
        "zscore",
        Function::ZScore,
        "less its mean, over its standard deviation, over the given pairs",
    ),
];

/// A part of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A number.
    Number(f64),
    /// A metric: its place among [`Expression::metrics`].
    Metric(usize),
    /// A function of a part.
    Call(Function, Box<Node>),
    /// `-a`
    Negate(Box<Node>),
    /// `a op b`, op one of `+ - * /`.
    Binary(char, Box<Node>, Box<Node>),
}

/// A metric or a combination of metrics, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    pub(super) metrics: Vec<Metric>,
    root: Node,
}

impl Expression {
    /// Reads an expression. The error names the place, what was found there and, for a mistyped
    /// name, the nearest one.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > MAX_LENGTH {
            let found = format!("an expression of {} bytes", text.len());
            return Err(Error::new(
                Code::Metric,
                found,
                format!("at most {MAX_LENGTH}"),
            ));
        }
        let mut parser = Parser {
            cursor: Cursor::new("metric", text),
            depth: 0,
            metrics: Vec::new(),
        };
        let root = parser.expression()?;
        if parser.cursor.peek().is_some() {
            return Err(parser.cursor.unexpected("an operator or the end"));
        }
        if parser.metrics.is_empty() {
            return Err(Error::new(
                Code::Metric,
                format!("'{text}'"),
                "at least one metric in it",
            ));
        }
        Ok(Self {
            metrics: parser.metrics,
            root,
        })
    }

    /// An expression of one metric.
    pub fn single(metric: Metric) -> Self {
        Self {
            metrics: vec![metric],
            root: Node::Metric(0),
        }
    }

    /// The distinct metrics, in order of first appearance.
    pub fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    /// The combination of them.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// True where the value for a pair depends on that pair alone: nothing rescales over a list.
    pub fn is_pairwise(&self) -> bool {
        self.root.is_pairwise()
    }

    /// The value for one pair, from the values of [`metrics`](Self::metrics) for it; NaN for an
    /// expression that is not pairwise.
    pub(crate) fn value(&self, metrics: &[f64]) -> f64 {
        self.root.value(metrics)
    }
}

impl Node {
    /// The operation of a sign between two parts.
    pub(crate) fn operation(operator: char) -> fn(f64, f64) -> f64 {
        match operator {
            '+' => |a, b| a + b,
            '-' => |a, b| a - b,
            '*' => |a, b| a * b,
            _ => |a, b| a / b,
        }
    }

    fn is_pairwise(&self) -> bool {
        match self {
            Self::Number(_) | Self::Metric(_) => true,
            Self::Call(Function::MinMax | Function::ZScore, _) => false,
            Self::Call(_, inside) | Self::Negate(inside) => inside.is_pairwise(),
            Self::Binary(_, left, right) => left.is_pairwise() && right.is_pairwise(),
        }
    }

    fn value(&self, metrics: &[f64]) -> f64 {
        match self {
            Self::Number(value) => *value,
            Self::Metric(place) => metrics[*place],
            Self::Negate(inside) => -inside.value(metrics),
            Self::Call(Function::Abs, inside) => inside.value(metrics).abs(),
            Self::Call(Function::Sqrt, inside) => inside.value(metrics).sqrt(),
            Self::Call(Function::MinMax | Function::ZScore, _) => f64::NAN,
            Self::Binary(operator, left, right) => {
                Self::operation(*operator)(left.value(metrics), right.value(metrics))
            }
        }
    }
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    depth: usize,
    metrics: Vec<Metric>,
}

impl Parser<'_> {
    fn expression(&mut self) -> Result<Node> {
        let mut left = self.term()?;
        while let Some(operator) = self.cursor.take(&['+', '-', '−']) {
            let operator = if operator == '+' { '+' } else { '-' };
            left = Node::Binary(operator, Box::new(left), Box::new(self.term()?));
        }
        Ok(left)
    }

    fn term(&mut self) -> Result<Node> {
        let mut left = self.factor()?;
        while let Some(operator) = self.cursor.take(&['*', '/', '·', '×']) {
            let operator = if operator == '/' { '/' } else { '*' };
            left = Node::Binary(operator, Box::new(left), Box::new(self.factor()?));
        }
        Ok(left)
    }

    fn factor(&mut self) -> Result<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let found = format!("nesting deeper than {MAX_DEPTH}");
            return Err(Error::new(Code::Metric, found, "a simpler expression"));
        }
        let node = self.factor_inside()?;
        self.depth -= 1;
        Ok(node)
    }

    fn factor_inside(&mut self) -> Result<Node> {
        if self.cursor.take(&['-', '−']).is_some() {
            return Ok(Node::Negate(Box::new(self.factor()?)));
        }
        if self.cursor.take(&['(']).is_some() {
            return self.rest_of_brackets();
        }
        match self.cursor.peek() {
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if c.is_ascii_alphabetic() => self.named(),
            _ => {
                let expected = "a metric, a function, a number or '('";
                Err(self.cursor.unexpected(expected))
            }
        }
    }

    fn rest_of_brackets(&mut self) -> Result<Node> {
        let inside = self.expression()?;
        self.cursor.expect(')')?;
        Ok(inside)
    }

    fn number(&mut self) -> Result<Node> {
        let word = self.cursor.take_while(|bytes, at| {
            let sign =
                matches!(bytes[at], b'+' | b'-') && at > 0 && matches!(bytes[at - 1], b'e' | b'E');
            bytes[at].is_ascii_alphanumeric() || bytes[at] == b'.' || sign
        });
        match word.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Node::Number(value)),
            _ => Err(self.cursor.wrong(word, "a finite number")),
        }
    }

    fn named(&mut self) -> Result<Node> {
        let name = self.cursor.name();
        if let Some((_, function, _)) = FUNCTIONS.iter().find(|(n, ..)| *n == name) {
            self.cursor.expect('(')?;
            return Ok(Node::Call(*function, Box::new(self.rest_of_brackets()?)));
        }
        let Some(info) = MetricInfo::named(name) else {
            return Err(self.unknown(name));
        };
        let metric = info.read(&mut self.cursor.arguments_of(name)?)?;
        let known = self.metrics.iter().position(|m| *m == metric);
        let place = known.unwrap_or_else(|| {
            self.metrics.push(metric);
            self.metrics.len() - 1
        });
        Ok(Node::Metric(place))
    }

    fn unknown(&self, name: &str) -> Error {
        let metrics = METRICS.iter().flat_map(MetricInfo::names);
        let all = metrics.chain(FUNCTIONS.iter().map(|(n, ..)| *n));
        let expected = "the name of a metric or function";
        // `cosine-canberra` is one word to the reader of names, two metrics to the writer.
        if name.contains('-') && name.split('-').all(|part| all.clone().any(|n| n == part)) {
            let error = self.cursor.wrong(name, expected);
            return error.with_hint("Put a space before and after the minus");
        }
        self.cursor
            .unknown(name, expected, all, "`metrics` lists them")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> String {
        fn show(node: &Node, metrics: &[Metric]) -> String {
            match node {
                Node::Number(n) => n.to_string(),
                Node::Metric(m) => metrics[*m].name().to_owned(),
                Node::Call(f, inside) => {
                    let name = FUNCTIONS
                        .iter()
                        .find(|(_, g, _)| g == f)
                        .map_or("?", |(n, ..)| n);
                    format!("{name}({})", show(inside, metrics))
                }
                Node::Negate(inside) => format!("(-{})", show(inside, metrics)),
                Node::Binary(op, a, b) => {
                    format!("({}{op}{})", show(a, metrics), show(b, metrics))
                }
            }
        }
        let expression = Expression::parse(text).expect(text);
        show(&expression.root, &expression.metrics)
    }

    #[test]
    fn precedence_and_associativity_are_those_of_arithmetic() {
        assert_eq!(
            parsed("0.5*cosine + 0.3*canberra"),
            "((0.5*cosine)+(0.3*canberra))"
        );
        assert_eq!(
            parsed("cosine*yule*braycurtis*abs(rogerstanimoto)"),
            "(((cosine*yule)*braycurtis)*abs(rogerstanimoto))"
        );
        assert_eq!(parsed("cosine - l1 - l2"), "((cosine-cityblock)-euclidean)");
        assert_eq!(parsed("-cosine * (1 + dot)"), "((-cosine)*(1+dot))");
        assert_eq!(
            parsed("1e-3*zscore( offset-cosine(offset=1, form=original) )"),
            "(0.001*zscore(offset-cosine))"
        );
        assert_eq!(parsed("  cosine "), "cosine");
    }

    #[test]
    fn a_metric_named_twice_is_computed_once() {
        let e =
            Expression::parse("cosine + minkowski(p=3) * cosine + minkowski(p=4)").expect("reads");
        let metrics: Vec<_> = e.metrics().iter().map(|m| format!("{m:?}")).collect();
        assert_eq!(metrics, ["cosine", "minkowski(p=3)", "minkowski(p=4)"]);
    }

    #[test]
    fn refusals_name_the_place_and_the_cure() {
        for (text, part) in [
            ("consine", "Did you mean 'cosine'?"),
            ("0.5*cosine + canbera", "'canbera' at character 14"),
            ("cosine-canberra", "Put a space before and after the minus"),
            ("cosine +", "found the end at character 9"),
            ("cosine canberra", "'c' at character 8"),
            ("(cosine", "expected ')'"),
            ("1 + 2", "at least one metric"),
            ("", "found the end at character 1"),
            ("1e999*cosine", "a finite number"),
            ("minkowski(p)", "'p' for minkowski at character 11"),
            ("minkowski(p)", "expected minkowski to have only: p=…"),
            ("minkowski(p=)", "expected a value"),
            ("minkowski(p=3;q=1)", "p=3;q"),
            ("abs", "expected '('"),
            ("cosine $", "'$'"),
        ] {
            let error = Expression::parse(text).expect_err(text);
            assert_eq!(error.code(), Code::Metric);
            assert!(error.to_string().contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn hostile_nesting_and_length_are_refused_not_recursed_into() {
        for text in [
            "(".repeat(900),
            "-".repeat(900),
            "abs(".repeat(240),
            "1+".repeat(3000),
        ] {
            assert!(Expression::parse(&text).is_err());
        }
    }
}
