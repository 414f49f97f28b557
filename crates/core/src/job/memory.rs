//! Memory asked for before a job begins.
//!
//! What a job takes piece by piece cannot be refused in the middle of a piece: an allocation that
//! fails ends the process. So the whole is asked for first, with some to spare, and given back.

use crate::error::{Error, Result};

/// What threads and small pieces take besides.
const SPARE: usize = 64 << 20;

/// Whether the system would grant so many bytes now, and some to spare.
pub fn grants(bytes: usize) -> bool {
    let mut room: Vec<u8> = Vec::new();
    room.try_reserve_exact(bytes.saturating_add(SPARE)).is_ok()
}

/// Refuses `what` where the system does not grant its bytes.
///
/// Errors: `EMEMORY` with both sizes.
pub fn require(what: &str, bytes: usize) -> Result<()> {
    if grants(bytes) {
        return Ok(());
    }
    Err(Error::memory(what, bytes.saturating_add(SPARE) as u128))
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
