//! The header text: the one form of Python dictionary literal that a header may be.
//!
//! A hand-written cursor rather than a general literal parser: nothing nests, so nothing recurses,
//! and whatever is not expected at a place is refused there.

use crate::error::{Code, Error, Result};

/// The three values of a header, as written.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    pub(super) descr: Descr<'a>,
    pub(super) fortran_order: bool,
    pub(super) shape: Shape<'a>,
}

/// Value of `descr`.
#[derive(Debug)]
pub(super) enum Descr<'a> {
    /// A type code in quotes.
    Plain(&'a [u8]),
    /// A list of fields; `objects` when one of them holds Python objects.
    Structured { objects: bool },
}

/// Value of `shape`: the numbers, those beyond 128 bits clamped, and their text.
#[derive(Debug)]
pub(super) struct Shape<'a> {
    pub(super) sizes: Vec<i128>,
    pub(super) text: &'a [u8],
}

/// Reads `{'descr': …, 'fortran_order': …, 'shape': (…)}` with its keys in any order.
///
/// `base` is the file offset of the text, for messages. `longs` permits the `L` that Python 2
/// appended to long integers. Comments, prefixed, escaped and adjacent strings, signs other than
/// one minus, and every expression are refused.
pub(super) fn parse(text: &[u8], base: usize, longs: bool) -> Result<Fields<'_>> {
    let mut cursor = Cursor {
        text,
        at: 0,
        base,
        longs,
    };
    let (mut descr, mut fortran_order, mut shape) = (None, None, None);
    cursor.token(b'{')?;
    loop {
        cursor.space();
        if cursor.eat(b'}') {
            break;
        }
        let start = cursor.at;
        let key = cursor.string("a key in quotes")?;
        cursor.token(b':')?;
        cursor.space();
        let repeated = match key {
            b"descr" => descr.replace(cursor.descr()?).is_some(),
            b"fortran_order" => fortran_order.replace(cursor.boolean()?).is_some(),
            b"shape" => shape.replace(cursor.shape()?).is_some(),
            _ => {
                return Err(cursor.refuse_at(
                    start,
                    format!("the key '{}'", shorten(key)),
                    "only 'descr', 'fortran_order' and 'shape'",
                ));
            }
        };
        if repeated {
            // Readers disagree on which of the two counts, so it is a way to fool one of them.
            return Err(cursor.refuse_at(
                start,
                format!("the key '{}' twice", shorten(key)),
                "each key once",
            ));
        }
        cursor.space();
        if !cursor.eat(b',') {
            cursor.token(b'}')?;
            break;
        }
    }
    cursor.space();
    if cursor.at < text.len() {
        return Err(cursor.refuse("only spaces after the closing brace"));
    }
    let missing = |key: &str| cursor.refuse_at(0, format!("no key '{key}'"), "it in the header");
    Ok(Fields {
        descr: descr.ok_or_else(|| missing("descr"))?,
        fortran_order: fortran_order.ok_or_else(|| missing("fortran_order"))?,
        shape: shape.ok_or_else(|| missing("shape"))?,
    })
}

/// At most 40 characters of header text, printable.
pub(super) fn shorten(text: &[u8]) -> String {
    let dots = if text.len() > 40 { "…" } else { "" };
    format!("{}{dots}", text[..text.len().min(40)].escape_ascii())
}

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
    base: usize,
    longs: bool,
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r' | 0x0c) = self.peek() {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let met = self.peek() == Some(byte);
        self.at += usize::from(met);
        met
    }

    /// Skips spaces and then `byte`, which must be there.
    fn token(&mut self, byte: u8) -> Result<()> {
        self.space();
        if self.eat(byte) {
            return Ok(());
        }
        Err(self.refuse(format!("'{}'", byte as char)))
    }

    fn string(&mut self, expected: &str) -> Result<&'a [u8]> {
        let Some(quote @ (b'\'' | b'"')) = self.peek() else {
            return Err(self.refuse(expected));
        };
        let rest = &self.text[self.at + 1..];
        let end = rest
            .iter()
            .position(|&b| b == quote || b == b'\\' || b < b' ');
        match end {
            Some(end) if rest[end] == quote => {
                self.at += end + 2;
                Ok(&rest[..end])
            }
            _ => Err(self.refuse("a closed string without escapes")),
        }
    }

    fn descr(&mut self) -> Result<Descr<'a>> {
        match self.peek() {
            Some(b'\'' | b'"') => self.string("a type code").map(Descr::Plain),
            Some(b'[' | b'(' | b'{') => self.structure(),
            _ => Err(self.refuse("a type code in quotes")),
        }
    }

    /// Steps over a bracketed value by counting brackets, so that any depth costs nothing.
    fn structure(&mut self) -> Result<Descr<'a>> {
        let start = self.at;
        let in_tuple = self.peek() == Some(b'(');
        let (mut depth, mut objects, mut before) = (0_usize, false, 0);
        while let Some(byte) = self.peek() {
            match byte {
                b'\'' | b'"' => {
                    // Names follow a bracket, types a comma: ('name', '|O').
                    let text = self.string("a name or a type code")?;
                    let is_type = before == b',' || (in_tuple && depth == 1);
                    objects |= is_type && is_object(text);
                    before = b'\'';
                    continue;
                }
                b'[' | b'(' | b'{' => depth += 1,
                b']' | b')' | b'}' => depth -= 1,
                b' ' | b'\t' | b'\n' | b'\r' => {
                    self.at += 1;
                    continue;
                }
                _ => {}
            }
            before = byte;
            self.at += 1;
            if depth == 0 {
                return Ok(Descr::Structured { objects });
            }
        }
        Err(self.refuse_at(
            start,
            format!("{depth} brackets left open"),
            "each of them closed",
        ))
    }

    fn boolean(&mut self) -> Result<bool> {
        let rest = &self.text[self.at..];
        let (value, length) = if rest.starts_with(b"True") {
            (true, 4)
        } else if rest.starts_with(b"False") {
            (false, 5)
        } else {
            return Err(self.refuse("True or False"));
        };
        if rest
            .get(length)
            .is_some_and(|&b| b.is_ascii_alphanumeric() || b == b'_')
        {
            return Err(self.refuse("True or False"));
        }
        self.at += length;
        Ok(value)
    }

    fn shape(&mut self) -> Result<Shape<'a>> {
        let start = self.at;
        let expected = "a tuple of whole numbers such as (100, 512)";
        if !self.eat(b'(') {
            return Err(self.refuse(expected));
        }
        let mut sizes = Vec::new();
        let mut comma = false;
        loop {
            self.space();
            if self.eat(b')') {
                break;
            }
            sizes.push(self.integer()?);
            self.space();
            if self.eat(b',') {
                comma = true;
            } else if self.peek() != Some(b')') {
                return Err(self.refuse("',' or ')'"));
            }
        }
        if sizes.len() == 1 && !comma {
            // Python reads (5) as the number 5.
            return Err(self.refuse_at(start, "a number in brackets", expected));
        }
        Ok(Shape {
            sizes,
            text: &self.text[start..self.at],
        })
    }

    fn integer(&mut self) -> Result<i128> {
        let start = self.at;
        let negative = self.eat(b'-');
        let first = self.at;
        let mut value = 0_i128;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            value = value
                .saturating_mul(10)
                .saturating_add(i128::from(digit - b'0'));
            self.at += 1;
        }
        let digits = self.at - first;
        if digits == 0 || (digits > 1 && self.text[first] == b'0') {
            self.at = start;
            return Err(self.refuse("a whole number in decimal digits"));
        }
        if self.longs {
            self.eat(b'L');
        }
        Ok(if negative { -value } else { value })
    }

    /// Refuses what stands at the cursor.
    fn refuse(&self, expected: impl Into<String>) -> Error {
        let rest = &self.text[self.at..];
        let found = match rest {
            [] => "the end of the header".to_owned(),
            _ => format!("'{}' in the header", shorten(&rest[..rest.len().min(24)])),
        };
        self.refuse_at(self.at, found, expected)
    }

    fn refuse_at(&self, at: usize, found: impl Into<String>, expected: impl Into<String>) -> Error {
        Error::new(Code::NpyHeader, found, expected)
            .with_offset((self.base + at) as u64)
            .with_hint("Write the file again with numpy.save")
    }
}

/// `O`, with or without byte order and size.
fn is_object(code: &[u8]) -> bool {
    let code = match code {
        [b'<' | b'>' | b'=' | b'|', code @ ..] => code,
        code => code,
    };
    matches!(code, [b'O', size @ ..] if size.iter().all(u8::is_ascii_digit))
}
