//! One error type for the whole crate: what went wrong, where, what was found, what was
//! expected, and what to do about it.

use std::fmt;
use std::path::{Path, PathBuf};

/// Result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Who has to act: decides the exit code of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The request is malformed: an option, a metric expression.
    Usage,
    /// The data are readable but wrong.
    Data,
    /// An input is missing, unreadable or not a regular file.
    Input,
    /// The system failed while reading or writing, or memory ran out.
    Io,
    /// The caller asked to stop.
    Aborted,
    /// A defect of this library.
    Internal,
}

impl Class {
    /// Lower-case name, as it crosses to JavaScript.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Data => "data",
            Self::Input => "input",
            Self::Io => "io",
            Self::Aborted => "aborted",
            Self::Internal => "internal",
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $class:ident;)*) => {
        /// Stable name of a kind of failure. Texts may change between releases, codes do not.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code there is, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name that users match on, for example `ENOTFINITE`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Who has to act.
            pub fn class(self) -> Class {
                match self { $(Self::$name => Class::$class,)* }
            }
        }
    };
}

codes! {
    /// An option has a value outside its range.
    Option = "EOPTION", Usage;
    /// A metric expression cannot be read.
    Metric = "EMETRIC", Usage;
    /// Not a .npy file, or a header that breaks the format.
    NpyHeader = "ENPYHEADER", Data;
    /// A .npy element type that is not accepted.
    NpyDtype = "ENPYDTYPE", Data;
    /// A .npy file that holds pickled Python objects.
    NpyPickle = "ENPYPICKLE", Data;
    /// An array that is not a matrix, or whose size cannot be right.
    NpyShape = "ENPYSHAPE", Data;
    /// A file whose length differs from what its header says.
    NpyLength = "ENPYLENGTH", Data;
    /// A number that cannot be represented exactly.
    NotExact = "ENOTEXACT", Data;
    /// NaN or infinity where a number is needed.
    NotFinite = "ENOTFINITE", Data;
    /// No rows, no pairs.
    Empty = "EEMPTY", Data;
    /// Two inputs disagree on the number of columns or rows.
    Dimension = "EDIMENSION", Data;
    /// A row number beyond the last row.
    Index = "EINDEX", Data;
    /// A value outside the domain of a metric.
    Domain = "EDOMAIN", Data;
    /// A metric is undefined for a pair: a zero vector under cosine.
    Undefined = "EUNDEFINED", Data;
    /// A covariance that cannot be inverted.
    Singular = "ESINGULAR", Data;
    /// Labels of one class only where two are needed.
    OneClass = "EONECLASS", Data;
    /// Two rows of one key.
    Duplicate = "EDUPLICATE", Data;
    /// A gallery file or its journal that is damaged, or not a gallery.
    Gallery = "EGALLERY", Data;
    /// A model file that is damaged, or not a model.
    Model = "EMODEL", Data;
    /// A model file of a newer format.
    ModelVersion = "EMODELVERSION", Data;
    /// An input changed while it was read.
    InputChanged = "EINPUTCHANGED", Data;
    /// A gallery that is open for writing elsewhere.
    GalleryBusy = "EGALLERYBUSY", Input;
    /// An input is missing, unreadable or not a regular file.
    Input = "EINPUT", Input;
    /// Reading or writing failed.
    Io = "EIO", Io;
    /// The memory that the job needs is not to be had.
    Memory = "EMEMORY", Io;
    /// The caller asked to stop.
    Aborted = "EABORTED", Aborted;
    /// A defect of this library.
    Internal = "EINTERNAL", Internal;
}

/// Something to do with an option of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    /// An imperative clause that reads before "with option": `leave out all such rows`.
    pub text: &'static str,
    /// Name of the option in the library.
    pub option: &'static str,
    /// The value to give it, if it is one and the same for everybody.
    pub value: Option<&'static str>,
}

/// A failure with its place and both sides of the disagreement.
///
/// Built with [`Error::new`] and the `with_*` methods; read through the accessors. The text form
/// is `file:row:column: found …, expected …. Do …`.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    code: Code,
    file: Option<PathBuf>,
    row: Option<u64>,
    column: Option<u64>,
    offset: Option<u64>,
    found: String,
    expected: String,
    hint: String,
    advice: Option<Advice>,
    source: Option<std::io::Error>,
}

impl Error {
    /// States the disagreement: `found` reads after the word "found", `expected` after
    /// "expected". A text that is too long loses its middle, since a file may have written it.
    pub fn new(code: Code, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            file: None,
            row: None,
            column: None,
            offset: None,
            found: bounded(found.into()),
            expected: bounded(expected.into()),
            hint: String::new(),
            advice: None,
            source: None,
        }))
    }

    /// A defect of this library rather than of its input.
    pub fn internal(found: impl Into<String>) -> Self {
        Self::new(Code::Internal, found, "this never to happen")
            .with_hint("This is a bug in hackface-native: please report it with this message")
    }

    /// The caller asked to stop.
    pub fn aborted() -> Self {
        Self::new(Code::Aborted, "a request to stop", "to run to the end")
    }

    /// A failure of the system while `doing` something, with its cause chained.
    pub fn io(doing: impl fmt::Display, source: std::io::Error) -> Self {
        use std::io::ErrorKind as K;
        let code = match source.kind() {
            K::NotFound | K::PermissionDenied | K::IsADirectory | K::NotADirectory => Code::Input,
            _ => Code::Io,
        };
        let found = format!("{} while {doing}", system_words(&source));
        let mut error = Self::new(code, found, "it to succeed");
        error.0.source = Some(source);
        error
    }

    /// Memory that could not be had: `bytes` for `what`. Finds out how much could.
    pub fn memory(what: impl fmt::Display, bytes: u128) -> Self {
        Self::new(
            Code::Memory,
            format!("no room for the {bytes} bytes that {what} needs"),
            format!("at most the {} that the system grants", granted(bytes)),
        )
        .with_hint("Use a smaller input or a machine with more memory")
    }

    /// Names the file.
    #[must_use]
    pub fn with_file(mut self, file: impl AsRef<Path>) -> Self {
        self.0.file.get_or_insert_with(|| file.as_ref().to_owned());
        self
    }

    /// Names the row, counted from 0 as in the data.
    #[must_use]
    pub fn with_row(mut self, row: usize) -> Self {
        self.0.row = Some(row as u64);
        self
    }

    /// Names the column, counted from 0 as in the data.
    #[must_use]
    pub fn with_column(mut self, column: usize) -> Self {
        self.0.column = Some(column as u64);
        self
    }

    /// Names the byte, counted from 0.
    #[must_use]
    pub fn with_offset(mut self, offset: u64) -> Self {
        self.0.offset = Some(offset);
        self
    }

    /// Says what to do: an imperative sentence without its full stop.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = bounded(hint.into());
        self
    }

    /// Says what to do with an option of the request; reads behind the hint.
    #[must_use]
    pub fn with_advice(
        mut self,
        text: &'static str,
        option: &'static str,
        value: Option<&'static str>,
    ) -> Self {
        self.0.advice = Some(Advice {
            text,
            option,
            value,
        });
        self
    }

    /// True if the system found no file of the name.
    pub(crate) fn is_missing(&self) -> bool {
        let kind = self.0.source.as_ref().map(std::io::Error::kind);
        kind == Some(std::io::ErrorKind::NotFound)
    }

    /// Stable name of the kind of failure.
    pub fn code(&self) -> Code {
        self.0.code
    }
    /// The file concerned.
    pub fn file(&self) -> Option<&Path> {
        self.0.file.as_deref()
    }
    /// The row concerned, from 0.
    pub fn row(&self) -> Option<u64> {
        self.0.row
    }
    /// The column concerned, from 0.
    pub fn column(&self) -> Option<u64> {
        self.0.column
    }
    /// The byte concerned, from 0.
    pub fn offset(&self) -> Option<u64> {
        self.0.offset
    }
    /// The fault, as it reads after "found".
    pub fn found(&self) -> &str {
        &self.0.found
    }
    /// The right value, as it reads after "expected".
    pub fn expected(&self) -> &str {
        &self.0.expected
    }
    /// Advice as an imperative sentence, or empty.
    pub fn hint(&self) -> &str {
        &self.0.hint
    }
    /// Advice about an option of the request.
    pub fn advice(&self) -> Option<Advice> {
        self.0.advice
    }
}

/// Most characters of the start and of the end of a text that is too long.
const KEPT: [usize; 2] = [500, 100];

/// The text, or its start and its end. The one place where texts get their limit.
pub(crate) fn bounded(text: String) -> String {
    let [start, end] = KEPT;
    let place = |n: usize| text.char_indices().nth(n).map(|(at, _)| at);
    let (Some(head), Some(_)) = (place(start), place(start + end)) else {
        return text;
    };
    let tail = text.char_indices().rev().nth(end - 1);
    let tail = tail.map_or(head, |(at, _)| at);
    format!("{} … {}", &text[..head], &text[tail..])
}

/// About how many of these bytes could be had, and some left: other threads allocate while this one asks, and of
/// them a refusal ends the process.
fn granted(bytes: u128) -> usize {
    const LEFT: usize = 16 << 20;
    let (mut low, mut high) = (0, usize::try_from(bytes).unwrap_or(usize::MAX));
    for _ in 0..32 {
        let middle = low + (high - low) / 2;
        match Vec::<u8>::new().try_reserve_exact(middle.saturating_add(LEFT)) {
            Ok(()) => low = middle,
            Err(_) => high = middle,
        }
    }
    low
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let e = &*self.0;
        if let Some(file) = &e.file {
            write!(f, "{}", file.display())?;
            match (e.row, e.column, e.offset) {
                (Some(row), Some(column), _) => write!(f, ":{row}:{column}")?,
                (Some(row), None, _) => write!(f, ":{row}")?,
                (None, _, Some(offset)) => write!(f, "@{offset}")?,
                _ => {}
            }
            f.write_str(": ")?;
        } else if let Some(row) = e.row {
            write!(f, "row {row}: ")?;
        }
        write!(f, "found {}, expected {}", e.found, e.expected)?;
        if !e.hint.is_empty() {
            write!(f, ". {}", e.hint)?;
        }
        let Some(Advice {
            text,
            option,
            value,
        }) = e.advice
        else {
            return Ok(());
        };
        let joint = if e.hint.is_empty() { ". " } else { ", or " };
        write!(f, "{joint}{text} with option {option}")?;
        value.map_or(Ok(()), |value| write!(f, ": {value}"))
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|e| e as _)
    }
}

/// A number as a message has it: with a power of ten where all its digits would be many.
pub(crate) fn in_words(number: f64) -> String {
    let text = format!("{number:?}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A count in words, such as "1 person" and "2 people".
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A failure of the system in words, without the number that it adds for programs.
pub(crate) fn system_words(error: &impl fmt::Display) -> String {
    let text = error.to_string();
    let words = text.split(" (os error ").next().unwrap_or_default();
    let mut rest = words.chars();
    rest.next().map_or_else(
        || "a failure of the system".to_owned(),
        |first| first.to_lowercase().chain(rest).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_of_the_system_is_in_a_text() {
        for code in 0..200 {
            let text = Error::io("trying", std::io::Error::from_raw_os_error(code)).to_string();
            assert!(!text.contains("os error"), "{text}");
        }
        let gone = std::io::Error::from_raw_os_error(2);
        assert_eq!(system_words(&gone), "no such file or directory");
    }

    #[test]
    fn text_puts_the_place_first_then_fact_expectation_and_cure() {
        let e = Error::new(Code::NotFinite, "NaN", "a finite number")
            .with_file("x.npy")
            .with_row(7)
            .with_column(3)
            .with_hint("Drop the row");
        assert_eq!(
            e.to_string(),
            "x.npy:7:3: found NaN, expected a finite number. Drop the row"
        );
    }

    #[test]
    fn advice_names_its_option_behind_the_hint() {
        let advise = |e: Error| e.with_advice("leave such rows out", "skipInvalid", Some("true"));
        let e = Error::new(Code::NotFinite, "NaN", "a finite number");
        let text = "found NaN, expected a finite number. Drop the row, or leave such rows out with \
                    option skipInvalid: true";
        assert_eq!(advise(e.with_hint("Drop the row")).to_string(), text);
    }

    #[test]
    fn a_text_of_any_length_keeps_its_start_and_its_end() {
        let [start, end] = KEPT;
        let whole = "ü".repeat(start + end);
        let e = |text: &str| Error::new(Code::Model, text, text).with_hint(text);
        assert_eq!(e(&whole).found(), whole);
        let cut = e(&format!("a stage '{}'", "ü\n".repeat(1_000_000)));
        for text in [cut.found(), cut.expected(), cut.hint()] {
            assert!(
                text.starts_with("a stage 'ü") && text.ends_with('\''),
                "{text}"
            );
            assert_eq!(text.chars().count(), start + end + 3);
        }
    }

    #[test]
    fn codes_are_distinct() {
        let names: std::collections::HashSet<_> = Code::ALL.iter().map(|c| c.as_str()).collect();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
