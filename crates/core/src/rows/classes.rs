//! Class numbers of rows.

use crate::error::{Code, Error, Result};

/// Class number of a row that is left out of everything.
pub const IGNORED: u32 = u32::MAX;

/// Dense class numbers of all rows, and how many rows each class has.
#[derive(Clone, Debug)]
pub struct Classes<'a> {
    of_row: &'a [u32],
    sizes: Vec<u64>,
}

impl<'a> Classes<'a> {
    /// Classes of all rows, counted here. `of_row`: one number per row, `0..K` or [`IGNORED`].
    ///
    /// Errors: `EINDEX` for a number that is not below the number of rows (numbers must be
    /// dense), with the row.
    pub fn new(of_row: &'a [u32]) -> Result<Self> {
        let mut sizes = Vec::new();
        for (row, &class) in of_row.iter().enumerate() {
            if class == IGNORED {
                continue;
            }
            let class = class as usize;
            if class >= of_row.len() {
                return Err(Error::new(
                    Code::Index,
                    format!("class number {class}"),
                    format!("dense numbers below {}", of_row.len()),
                )
                .with_row(row));
            }
            if class >= sizes.len() {
                sizes.resize(class + 1, 0);
            }
            sizes[class] += 1;
        }
        Ok(Self { of_row, sizes })
    }

    /// Classes of a shard, with the sizes that classes have in the whole set.
    ///
    /// Errors: `EINDEX` for a class number beyond `sizes`, with the row.
    pub fn with_sizes(of_row: &'a [u32], sizes: Vec<u64>) -> Result<Self> {
        for (row, &class) in of_row.iter().enumerate() {
            if class != IGNORED && class as usize >= sizes.len() {
                return Err(Error::new(
                    Code::Index,
                    format!("class number {class}"),
                    format!("a number below {}", sizes.len()),
                )
                .with_row(row));
            }
        }
        Ok(Self { of_row, sizes })
    }

    /// Class number of every row.
    pub fn of_row(&self) -> &'a [u32] {
        self.of_row
    }

    /// Rows of each class in the whole set, length K.
    pub fn sizes(&self) -> &[u64] {
        &self.sizes
    }

    /// Number of class numbers, K (some may have no rows).
    pub fn count(&self) -> usize {
        self.sizes.len()
    }
}
