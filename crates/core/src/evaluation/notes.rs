//! Remarks of a report: warnings, and reasons why a figure is undefined.

/// Something to know before trusting a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// A stable code, such as `few-impostors`.
    pub code: &'static str,
    /// One sentence.
    pub text: String,
}

/// Why a figure is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undefined<Name> {
    /// The figure.
    pub figure: Name,
    /// One clause.
    pub reason: String,
}

impl Warning {
    pub(crate) fn new(code: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { code, text }
    }
}

impl<Name> Undefined<Name> {
    pub(crate) fn new(figure: Name, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { figure, reason }
    }
}
