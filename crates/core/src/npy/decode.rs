//! A matrix in memory, as another format holds it.

use super::{Header, Order, Place, transpose, widen};
use crate::error::{Code, Error, Result};
use crate::job::memory::filled;

/// Numbers in the narrower of two types that holds all values of their element type.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Of `f2`, `f4`, `i1`, `i2`, `u1` and `u2`.
    F32(Vec<f32>),
    /// Of the others.
    F64(Vec<f64>),
}

/// Decodes the matrix at a place of `bytes`, row after row.
///
/// Fails with the codes of [`super::NpyFile::open_at`], `ENOTEXACT` for an integer beyond 2^53, or
/// `EMEMORY`.
pub fn decode(bytes: &[u8], place: Place<'_>) -> Result<(Header, Values)> {
    let length = bytes.len() as u64;
    let header = match place {
        Place::Numbers(numbers) => Header::of_numbers(&numbers, length)?,
        Place::Whole => Header::parse(bytes, length)?,
        Place::Member { .. } => return Err(Error::internal("a member of bytes in memory")),
    };
    let Header {
        rows,
        dim,
        dtype,
        big_endian,
        ..
    } = header;
    let stored = &bytes[header.data_offset..][..header.data_bytes()];
    let turned = match header.order {
        Order::C => None,
        Order::Fortran => Some(transpose::to_rows(
            rows,
            dim,
            dtype.size(),
            |at, buffer| {
                buffer.copy_from_slice(&stored[at..][..buffer.len()]);
                Ok(())
            },
        )?),
    };
    let stored = turned.as_deref().unwrap_or(stored);
    let values = if dtype.fits_f32() {
        let mut values = filled("the matrix", rows * dim, 0.0)?;
        widen::to_f32(dtype, big_endian, stored, &mut values);
        Values::F32(values)
    } else {
        let mut values = filled("the matrix", rows * dim, 0.0)?;
        widen::to_f64(dtype, big_endian, stored, &mut values)
            .map_err(|(at, value)| not_exact(value).with_row(at / dim).with_column(at % dim))?;
        Values::F64(values)
    };
    Ok((header, values))
}

/// An integer that no double holds.
pub(super) fn not_exact(value: String) -> Error {
    Error::new(
        Code::NotExact,
        format!("the integer {value}"),
        "at most 2^53 in magnitude, so that it is exact as a number",
    )
    .with_hint("Identifiers are not features: drop or rescale that column")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::npy::Numbers;

    fn numbers(descr: &str, order: Order) -> Place<'_> {
        Place::Numbers(Numbers {
            descr,
            order,
            rows: 2,
            dim: 3,
            offset: 1,
        })
    }

    #[test]
    fn numbers_behind_other_bytes_are_read_in_either_order() {
        let bytes = [9, 1, 2, 3, 4, 5, 255];
        let (header, values) = decode(&bytes, numbers("|i1", Order::C)).unwrap();
        assert_eq!((header.rows, header.dim), (2, 3));
        assert_eq!(values, Values::F32(vec![1.0, 2.0, 3.0, 4.0, 5.0, -1.0]));
        let (_, values) = decode(&bytes, numbers("|u1", Order::Fortran)).unwrap();
        assert_eq!(values, Values::F32(vec![1.0, 3.0, 5.0, 2.0, 4.0, 255.0]));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for cut in 0..7 {
            let error = decode(&[0; 7][..cut], numbers("|u1", Order::C)).unwrap_err();
            assert_eq!(error.code(), Code::NpyLength, "{cut}");
        }
        let mut bytes = vec![0];
        bytes.extend(
            [1_i64, 2, 3, 4, 1 << 53, (1 << 53) + 1]
                .map(i64::to_le_bytes)
                .concat(),
        );
        let error = decode(&bytes, numbers("<i8", Order::C)).unwrap_err();
        assert_eq!(
            (error.code(), error.row(), error.column()),
            (Code::NotExact, Some(1), Some(2))
        );
        let huge = Numbers {
            descr: "<f4",
            order: Order::C,
            rows: u64::MAX,
            dim: 4,
            offset: 0,
        };
        let error = decode(&[], Place::Numbers(huge)).unwrap_err();
        assert_eq!(error.code(), Code::NpyShape);
    }
}
