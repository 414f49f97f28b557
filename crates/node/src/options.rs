//! Options of calls, from JavaScript's form to the core's.

use hackface_core::rows::TrainingRows;
use hackface_core::{Code, Error, Result};

/// Replaces a default by a given value.
pub(crate) fn set<T>(option: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *option = given;
    }
}

/// The value of a word. `what` names the option in the error of an unknown word.
pub(crate) fn word<T: Copy>(what: &str, given: &str, words: &[(&str, T)]) -> Result<T> {
    let known = words.iter().find(|(word, _)| *word == given);
    known.map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let expected = match &words[..] {
            [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
            few => few.concat(),
        };
        unknown(what, given, expected)
    })
}

/// The value of a word that may be absent.
pub(crate) fn choice<T: Copy>(
    what: &str,
    given: &Option<String>,
    words: &[(&str, T)],
) -> Result<Option<T>> {
    given
        .as_deref()
        .map(|given| word(what, given, words))
        .transpose()
}

/// The refusal of an unknown word.
pub(crate) fn unknown(what: &str, given: &str, expected: impl Into<String>) -> Error {
    Error::new(Code::Option, format!("{what} '{given}'"), expected)
}

/// Rows with these classes and choices; what is absent is as the core has it.
pub(crate) fn training_rows<'a>(
    of_row: &'a Option<Vec<u32>>,
    subset: &'a Option<Vec<u32>>,
    max_per_class: Option<u32>,
    skip_invalid: Option<bool>,
) -> TrainingRows<'a> {
    let mut rows = TrainingRows {
        of_row: of_row.as_deref(),
        subset: subset.as_deref(),
        max_per_class: max_per_class.map(|n| n as usize),
        ..TrainingRows::default()
    };
    set(&mut rows.skip_invalid, skip_invalid);
    rows
}
