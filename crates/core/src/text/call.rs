//! Calls `name(key=value, …)`: the part of the grammar that metrics and pipelines share.
//!
//! ```text
//! call     = name [ "(" [ argument { "," argument } ] ")" ]
//! argument = [ key "=" ] value
//! ```
//!
//! A name is letters and digits, with hyphens and underscores between them. A key and a value run to
//! the next `=`, `,` or bracket. Space is free between all parts.

use super::nearest::nearest;
use crate::error::{Code, Error, Result};

/// A text and how far it has been read.
pub(crate) struct Cursor<'a> {
    kind: &'static str,
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Starts a text; errors call it a `kind`.
    pub(crate) fn new(kind: &'static str, text: &'a str) -> Self {
        Self { kind, text, at: 0 }
    }

    /// The next character that is no space.
    pub(crate) fn peek(&mut self) -> Option<char> {
        self.skip_space();
        self.text[self.at..].chars().next()
    }

    /// Takes the next character if it is one of these.
    pub(crate) fn take(&mut self, wanted: &[char]) -> Option<char> {
        let next = self.peek().filter(|c| wanted.contains(c))?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Takes this character or fails.
    pub(crate) fn expect(&mut self, wanted: char) -> Result<()> {
        match self.take(&[wanted]) {
            Some(_) => Ok(()),
            None => Err(self.unexpected(&format!("'{wanted}'"))),
        }
    }

    /// Takes bytes as long as `continues` holds for the bytes from here on and a place among them;
    /// it must take a character whole or not at all.
    pub(crate) fn take_while(&mut self, continues: impl Fn(&[u8], usize) -> bool) -> &'a str {
        self.skip_space();
        let rest = &self.text[self.at..];
        let bytes = rest.as_bytes();
        let length = (0..bytes.len()).find(|at| !continues(bytes, *at));
        let taken = &rest[..length.unwrap_or(bytes.len())];
        self.at += taken.len();
        taken
    }

    /// Takes a name; empty where none begins.
    pub(crate) fn name(&mut self) -> &'a str {
        self.take_while(|bytes, at| {
            let joins = matches!(bytes[at], b'-' | b'_')
                && bytes.get(at + 1).is_some_and(u8::is_ascii_alphabetic);
            bytes[at].is_ascii_alphanumeric() || joins
        })
    }

    /// Takes the arguments, if any, that follow a name.
    pub(crate) fn arguments_of(&mut self, name: &'a str) -> Result<Call<'a>> {
        let mut call = Call {
            kind: self.kind,
            text: self.text,
            name,
            arguments: Vec::new(),
            keys: Vec::new(),
        };
        if self.take(&['(']).is_none() || self.take(&[')']).is_some() {
            return Ok(call);
        }
        loop {
            let first = self.part("an argument")?;
            let at = self.at - first.len();
            let (key, value) = match self.take(&['=']) {
                Some(_) => (Some(first), self.part("a value")?),
                None => (None, first),
            };
            call.arguments.push(Argument { at, key, value });
            match self.take(&[',', ')']) {
                Some(',') => {}
                Some(_) => return Ok(call),
                None => return Err(self.unexpected("',' or ')'")),
            }
        }
    }

    /// Takes a key or a value.
    fn part(&mut self, expected: &str) -> Result<&'a str> {
        let part = self.take_while(|bytes, at| !b"=,()".contains(&bytes[at]));
        match part.trim_end() {
            "" => Err(self.unexpected(expected)),
            trimmed => {
                self.at -= part.len() - trimmed.len();
                Ok(trimmed)
            }
        }
    }

    fn skip_space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    /// The error of a character that cannot stand here.
    pub(crate) fn unexpected(&mut self, expected: &str) -> Error {
        let found = self
            .peek()
            .map_or("the end".to_owned(), |c| format!("'{c}'"));
        refuse(self.kind, self.text, self.at, found, expected)
    }

    /// The error of a name that was just taken and is none of `known`.
    pub(crate) fn unknown<'k>(
        &self,
        name: &str,
        expected: &str,
        known: impl IntoIterator<Item = &'k str>,
        hint: &str,
    ) -> Error {
        let near = nearest(name, known).map(|near| format!("Did you mean '{near}'?"));
        self.wrong(name, expected)
            .with_hint(near.unwrap_or_else(|| hint.to_owned()))
    }

    /// The error of a word that was just taken.
    pub(crate) fn wrong(&self, word: &str, expected: &str) -> Error {
        let at = self.at - word.len();
        refuse(self.kind, self.text, at, format!("'{word}'"), expected)
    }
}

/// An argument as written.
#[derive(Clone, Copy)]
pub(crate) struct Argument<'a> {
    at: usize,
    key: Option<&'a str>,
    /// The text behind the key, or all of it.
    pub(crate) value: &'a str,
}

impl<'a> Argument<'a> {
    /// An argument that stands in no text, for a default.
    pub(crate) fn bare(value: &'a str) -> Self {
        Self {
            at: 0,
            key: None,
            value,
        }
    }
}

/// A name with its arguments. The reader takes out each argument that it knows; [`Call::finish`]
/// refuses the others.
pub(crate) struct Call<'a> {
    kind: &'static str,
    text: &'a str,
    /// The name before the bracket.
    pub(crate) name: &'a str,
    arguments: Vec<Argument<'a>>,
    keys: Vec<&'static str>,
}

impl<'a> Call<'a> {
    /// Takes the argument `key=…`.
    pub(crate) fn keyed(&mut self, key: &'static str) -> Option<Argument<'a>> {
        self.keys.push(key);
        self.take(|argument| argument.key == Some(key))
    }

    /// Takes the argument `key=…`, or else the first one without a key.
    pub(crate) fn keyed_or_bare(&mut self, key: &'static str) -> Option<Argument<'a>> {
        let keyed = self.keyed(key);
        keyed.or_else(|| self.take(|argument| argument.key.is_none()))
    }

    /// Takes the bare word `name`, or `name=true` or `name=false`; false where neither is given.
    pub(crate) fn flag(&mut self, name: &'static str) -> Result<bool> {
        match self.keyed(name) {
            None => Ok(self.take(|a| a.key.is_none() && a.value == name).is_some()),
            Some(argument) => self.one_of(argument, &[("true", true), ("false", false)]),
        }
    }

    fn take(&mut self, wanted: impl Fn(&Argument<'a>) -> bool) -> Option<Argument<'a>> {
        let place = self.arguments.iter().position(wanted)?;
        Some(self.arguments.remove(place))
    }

    /// The value that goes with the word of an argument.
    pub(crate) fn one_of<T: Copy>(&self, argument: Argument<'_>, words: &[(&str, T)]) -> Result<T> {
        match words.iter().find(|(word, _)| *word == argument.value) {
            Some((_, value)) => Ok(*value),
            None => {
                let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                Err(self.wrong(argument, &any_of(&words)))
            }
        }
    }

    /// The number of an argument.
    pub(crate) fn number(
        &self,
        argument: Argument<'_>,
        accepts: fn(f64) -> bool,
        expected: &str,
    ) -> Result<f64> {
        match argument.value.parse() {
            Ok(value) if accepts(value) => Ok(value),
            _ => Err(self.wrong(argument, expected)),
        }
    }

    /// The whole number of an argument.
    pub(crate) fn count(&self, argument: Argument<'_>) -> Result<usize> {
        // `parse` would accept a leading plus.
        let digits = argument.value.bytes().all(|b| b.is_ascii_digit());
        match argument.value.parse() {
            Ok(value) if digits => Ok(value),
            _ => Err(self.wrong(argument, "a whole number or auto")),
        }
    }

    /// Refuses arguments that nothing has taken.
    pub(crate) fn finish(&self) -> Result<()> {
        let Some(left) = self.arguments.first() else {
            return Ok(());
        };
        let error = |expected: &str| match left.key {
            Some(key) => self.refuse(
                left.at,
                format!("parameter '{key}' of {}", self.name),
                expected,
            ),
            None => self.wrong(*left, expected),
        };
        if self.keys.is_empty() {
            return Err(error(&format!("no parameters for {}", self.name)));
        }
        if left.key.is_some_and(|key| self.keys.contains(&key)) {
            return Err(error("each parameter once"));
        }
        let keys: Vec<_> = self.keys.iter().map(|key| format!("{key}=…")).collect();
        let error = error(&format!("{} to have only: {}", self.name, keys.join(", ")));
        let near = nearest(left.key.unwrap_or(left.value), self.keys.iter().copied());
        Err(match near {
            Some(near) if left.key.is_some() => error.with_hint(format!("Did you mean '{near}'?")),
            _ => error,
        })
    }

    /// The error of an argument whose value is wrong.
    pub(crate) fn wrong(&self, argument: Argument<'_>, expected: &str) -> Error {
        let found = match argument.key {
            Some(key) => format!("{key}={} for {}", argument.value, self.name),
            None => format!("'{}' for {}", argument.value, self.name),
        };
        self.refuse(argument.at, found, expected)
    }

    fn refuse(&self, at: usize, found: String, expected: &str) -> Error {
        refuse(self.kind, self.text, at, found, expected)
    }
}

/// `a, b or c`
fn any_of(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [others @ .., last] => format!("{} or {last}", others.join(", ")),
    }
}

fn refuse(kind: &str, text: &str, at: usize, found: String, expected: &str) -> Error {
    let place = text[..at].chars().count() + 1;
    let found = format!("{found} at character {place} of {kind} '{text}'");
    Error::new(Code::Metric, found, expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(text: &str) -> Result<Call<'_>> {
        let mut cursor = Cursor::new("test", text);
        let name = cursor.name();
        cursor.arguments_of(name)
    }

    #[test]
    fn arguments_are_taken_by_key_or_place() {
        let mut call = call("pca ( b , dims = 3,whiten=true , c)").expect("reads");
        assert_eq!(call.name, "pca");
        assert_eq!(call.keyed("dims").map(|a| a.value), Some("3"));
        assert_eq!(call.keyed_or_bare("kind").map(|a| a.value), Some("b"));
        assert!(call.flag("whiten").expect("a flag"));
        assert!(call.flag("c").expect("a flag"));
        assert!(call.finish().is_ok());
        assert!(call.keyed("dims").is_none());
    }

    #[test]
    fn errors_name_the_place_in_characters_and_what_was_expected() {
        for (text, part) in [
            ("a(", "found the end at character 3 of test 'a('"),
            (
                "a(é=)",
                "found ')' at character 5 of test 'a(é=)', expected a value",
            ),
            ("a(b(", "found '(' at character 4"),
            ("a(,)", "expected an argument"),
            ("a(b=c=d)", "expected ',' or ')'"),
        ] {
            let error = call(text).err().expect(text).to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn what_is_left_over_is_refused() {
        for (text, part) in [
            ("a(q=1)", "parameter 'q' of a at character 3"),
            ("a(key=1, key=2)", "expected each parameter once"),
            ("a(kye=1)", "Did you mean 'key'?"),
            ("a(2)", "'2' for a at character 3"),
            ("a(2)", "expected a to have only: key=…"),
        ] {
            let mut call = call(text).expect(text);
            call.keyed("key");
            let error = call.finish().expect_err(text).to_string();
            assert!(error.contains(part), "{error}");
        }
        let error = call("a(1)").expect("reads").finish().expect_err("bare");
        assert!(error.to_string().contains("no parameters for a"));
    }
}
