//! The kinds of shift.

/// The shift between train images and test images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Replica {
    /// Fitted to nineteen published figures of the real challenge: unrecognisable faces drift into
    /// a common direction, impostors come from the same group of people.
    R2,
    /// Fitted to three headline figures only: another kind of shift.
    R1,
    /// R2's people without shift: test images follow the law of R2's train images.
    None,
}

impl Replica {
    /// Name, in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::R2 => "r2",
            Self::R1 => "r1",
            Self::None => "none",
        }
    }
}
