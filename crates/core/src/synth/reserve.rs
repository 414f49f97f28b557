//! Memory asked for before it is used.

use crate::error::{Error, Result};

/// An empty vector with room for `length` items, or `EMEMORY`.
pub(super) fn reserve<T>(length: usize, what: &'static str) -> Result<Vec<T>> {
    let mut items = Vec::new();
    items
        .try_reserve_exact(length)
        .map_err(|_| Error::memory(what, length as u128 * size_of::<T>() as u128))?;
    Ok(items)
}
