//! Metrics and combinations of them, as text.
//!
//! ```text
//! expression = term  { ("+" | "−") term }
//! term       = factor { ("*" | "/") factor }
//! factor     = "-" factor | number | "(" expression ")"
//!            | function "(" expression ")"
//!            | metric [ "(" name "=" value { "," name "=" value } ")" ]
//! ```
//!
//! Names are those of [`METRICS`] and [`FUNCTIONS`]; a hyphen inside a name belongs to it, so a
//! minus after a name wants a space.

use super::{METRICS, Metric, list};
use crate::error::{Code, Error, Result};
use crate::text::nearest;

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
    metrics: Vec<Metric>,
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
            text,
            at: 0,
            depth: 0,
            metrics: Vec::new(),
        };
        let root = parser.expression()?;
        parser.skip_space();
        if parser.at < text.len() {
            return Err(parser.unexpected("an operator or the end"));
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

    /// One metric alone.
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

    /// How they are combined.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// Whether the value for a pair depends on that pair alone: nothing rescales over a list.
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
    /// What the sign between two parts does.
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
    text: &'a str,
    at: usize,
    depth: usize,
    metrics: Vec<Metric>,
}

impl<'a> Parser<'a> {
    fn expression(&mut self) -> Result<Node> {
        let mut left = self.term()?;
        while let Some(operator) = self.take_one_of(&['+', '-', '−']) {
            let operator = if operator == '+' { '+' } else { '-' };
            left = Node::Binary(operator, Box::new(left), Box::new(self.term()?));
        }
        Ok(left)
    }

    fn term(&mut self) -> Result<Node> {
        let mut left = self.factor()?;
        while let Some(operator) = self.take_one_of(&['*', '/', '·', '×']) {
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
        if self.take_one_of(&['-', '−']).is_some() {
            return Ok(Node::Negate(Box::new(self.factor()?)));
        }
        if self.take('(') {
            let inside = self.expression()?;
            self.expect(')')?;
            return Ok(inside);
        }
        match self.peek() {
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if c.is_ascii_alphabetic() => self.named(),
            _ => Err(self.unexpected("a metric, a function, a number or '('")),
        }
    }

    fn number(&mut self) -> Result<Node> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            let after_exponent = matches!(bytes.get(self.at.wrapping_sub(1)), Some(b'e' | b'E'));
            let sign = matches!(byte, b'+' | b'-') && after_exponent && self.at > start;
            if !(byte.is_ascii_alphanumeric() || *byte == b'.' || sign) {
                break;
            }
            self.at += 1;
        }
        let word = &self.text[start..self.at];
        match word.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Node::Number(value)),
            _ => {
                self.at = start;
                Err(self.refuse(format!("'{word}'"), "a finite number"))
            }
        }
    }

    fn named(&mut self) -> Result<Node> {
        let start = self.at;
        let name = self.word();
        if let Some((_, function, _)) = FUNCTIONS.iter().find(|(n, ..)| *n == name) {
            self.expect('(')?;
            let inside = self.expression()?;
            self.expect(')')?;
            return Ok(Node::Call(*function, Box::new(inside)));
        }
        let Some(info) = list::find(name) else {
            self.at = start;
            return Err(self.unknown(name));
        };
        let mut arguments = Vec::new();
        if self.take('(') && !self.take(')') {
            loop {
                let parameter = self.argument("a parameter name")?;
                self.expect('=')?;
                arguments.push((parameter, self.argument("a value")?));
                if self.take(')') {
                    break;
                }
                if !self.take(',') {
                    return Err(self.unexpected("',' or ')'"));
                }
            }
        }
        let metric = info.build(&arguments)?;
        let known = self.metrics.iter().position(|m| *m == metric);
        let place = known.unwrap_or_else(|| {
            self.metrics.push(metric);
            self.metrics.len() - 1
        });
        Ok(Node::Metric(place))
    }

    /// Letters and digits, with hyphens and underscores between them.
    fn word(&mut self) -> &'a str {
        let (start, bytes) = (self.at, self.text.as_bytes());
        while let Some(byte) = bytes.get(self.at) {
            let joins = matches!(byte, b'-' | b'_')
                && bytes.get(self.at + 1).is_some_and(u8::is_ascii_alphabetic);
            if !(byte.is_ascii_alphanumeric() || joins) {
                break;
            }
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    /// A name or value inside a metric's brackets: up to the next `=`, `,` or `)`.
    fn argument(&mut self, expected: &str) -> Result<&'a str> {
        self.skip_space();
        let rest = &self.text[self.at..];
        let end = rest.find(['=', ',', ')', '(']).unwrap_or(rest.len());
        let word = rest[..end].trim();
        if word.is_empty() {
            return Err(self.unexpected(expected));
        }
        self.at += end;
        Ok(word)
    }

    fn unknown(&self, name: &str) -> Error {
        let names = || {
            METRICS
                .iter()
                .flat_map(|m| m.aliases.iter().chain([&m.name]))
                .copied()
        };
        let all = || names().chain(FUNCTIONS.iter().map(|(n, ..)| *n));
        let error = self.refuse(format!("'{name}'"), "the name of a metric or function");
        // `cosine-canberra` is one word to the reader of names, two metrics to the writer.
        if name.split('-').all(|part| all().any(|n| n == part)) && name.contains('-') {
            return error.with_hint("Put a space before and after the minus");
        }
        match nearest::nearest(name, all()) {
            Some(near) => error.with_hint(format!("Did you mean '{near}'?")),
            None => error.with_hint("Run `hackface-native metrics` for the list"),
        }
    }

    fn skip_space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn peek(&mut self) -> Option<char> {
        self.skip_space();
        self.text[self.at..].chars().next()
    }

    fn take(&mut self, wanted: char) -> bool {
        self.take_one_of(&[wanted]).is_some()
    }

    fn take_one_of(&mut self, wanted: &[char]) -> Option<char> {
        let next = self.peek().filter(|c| wanted.contains(c))?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn expect(&mut self, wanted: char) -> Result<()> {
        if self.take(wanted) {
            Ok(())
        } else {
            Err(self.unexpected(&format!("'{wanted}'")))
        }
    }

    fn unexpected(&mut self, expected: &str) -> Error {
        match self.peek() {
            Some(c) => self.refuse(format!("'{c}'"), expected),
            None => self.refuse("the end".to_owned(), expected),
        }
    }

    fn refuse(&self, found: String, expected: &str) -> Error {
        let place = self.text[..self.at].chars().count() + 1;
        let found = format!("{found} at character {place} of metric '{}'", self.text);
        Error::new(Code::Metric, found, expected)
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
        assert_eq!(
            e.metrics(),
            [
                Metric::Cosine,
                Metric::Minkowski { p: 3.0 },
                Metric::Minkowski { p: 4.0 }
            ]
        );
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
            ("minkowski(p)", "expected '='"),
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
