//! Memory that the system may refuse.
//!
//! An ordinary allocation that fails ends the process. A size that an input decides is asked for
//! through this module, so that a refusal becomes an error.

use crate::error::{Error, Result};

/// Allowance for threads and small pieces.
const SPARE: usize = 64 << 20;

/// An empty vector with room for `count` items.
///
/// Errors: `EMEMORY` with the bytes that `what` needs.
pub(crate) fn reserve<T>(what: &str, count: usize) -> Result<Vec<T>> {
    let mut items = Vec::new();
    items
        .try_reserve_exact(count)
        .map_err(|_| Error::memory(what, count as u128 * size_of::<T>() as u128))?;
    Ok(items)
}

/// `count` copies of `value`.
///
/// Errors: as [`reserve`].
pub(crate) fn filled<T: Clone>(what: &str, count: usize, value: T) -> Result<Vec<T>> {
    let mut items = reserve(what, count)?;
    items.resize(count, value);
    Ok(items)
}

/// `count` zeros, of pages that the system hands out when they are first written to.
///
/// Errors: as [`reserve`].
pub(crate) fn zeros(what: &str, count: usize) -> Result<Vec<f64>> {
    reserve::<f64>(what, count)?;
    Ok(vec![0.0; count])
}

/// True if the system would grant so many bytes now, and some to spare.
pub fn grants(bytes: usize) -> bool {
    reserve::<u8>("", bytes.saturating_add(SPARE)).is_ok()
}

/// Refuses `what` if the system does not grant its bytes. A job that allocates piece by piece asks
/// for the whole before it begins, since it cannot stop in the middle of a piece.
///
/// Errors: `EMEMORY` with both sizes.
pub fn require(what: &str, bytes: usize) -> Result<()> {
    reserve::<u8>(what, bytes.saturating_add(SPARE)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_machine_has_is_refused_with_both_sizes() {
        assert!(require("a test", 1 << 10).is_ok());
        let error = require("a test", usize::MAX / 4).unwrap_err().to_string();
        assert!(
            error.contains("4611686018494496767 bytes that a test needs"),
            "{error}"
        );
        assert!(error.contains("at most the "), "{error}");
    }
}
