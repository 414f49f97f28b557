//! The header of a `.npy` file, read as if an enemy had written it.

use super::dtype::{self, Dtype};
use super::literal::{self, Descr, Fields, Shape, shorten};
use super::looks_like::looks_like;
use crate::error::{Code, Error, Result};

/// How the elements of a matrix follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// Row after row.
    C,
    /// Column after column.
    Fortran,
}

/// The matrix that a `.npy` header describes, checked against the length of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Format version: (1, 0), (2, 0) or (3, 0).
    pub version: (u8, u8),
    /// Element type.
    pub dtype: Dtype,
    /// True if the most significant byte of an element comes first.
    pub big_endian: bool,
    /// Order of the elements in the file.
    pub order: Order,
    /// Number of rows, N; may be 0.
    pub rows: usize,
    /// Number of columns, D; at least 1.
    pub dim: usize,
    /// The three axes of the array, if one of length 1 was left out: (N, 1, D) or (1, N, D).
    pub squeezed: Option<[usize; 3]>,
    /// Where the first element starts, in bytes from the start of the file.
    pub data_offset: usize,
}

/// Numbers at a place that a container of another format names.
#[derive(Clone, Copy, Debug)]
pub struct Numbers<'a> {
    /// Element type as NumPy writes it, for example `<f4`.
    pub descr: &'a str,
    /// Order of the elements.
    pub order: Order,
    /// Number of rows, N; may be 0.
    pub rows: u64,
    /// Number of columns, D; at least 1.
    pub dim: u64,
    /// Where the first element starts, in bytes from the start of the file.
    pub offset: u64,
}

/// Longest header text that is read, in bytes: NumPy's own limit.
pub const MAX_TEXT: usize = 10_000;

/// As many first bytes of a file as any accepted header can take.
pub const MAX_PREFIX: usize = 12 + MAX_TEXT;

/// Widest matrix. Jobs hold some rows as doubles for each thread, eight times the bytes of a file of
/// whole numbers.
const MAX_DIM: u64 = 1 << 20;

const MAGIC: &[u8; 6] = b"\x93NUMPY";

impl Header {
    /// Reads the header at the start of `bytes`, which are the first [`MAX_PREFIX`] bytes of a
    /// file of `file_len` bytes, or all of it if shorter.
    ///
    /// Pure and bounded: no input or output, no recursion, no allocation that the text could
    /// steer. Fails with `ENPYHEADER` (not .npy, or breaks the format), `ENPYDTYPE` and
    /// `ENPYPICKLE` (element type), `ENPYSHAPE` (not a matrix, no columns, sizes that cannot be)
    /// or `ENPYLENGTH` (the file is not exactly as long as its shape says).
    ///
    /// Source: `numpy.lib.format`, versions 1.0 to 3.0; stricter on repeated keys, expressions and
    /// length.
    pub fn parse(bytes: &[u8], file_len: u64) -> Result<Self> {
        let (version, text, data_offset) = split(bytes, file_len)?;
        if version.0 == 3
            && let Err(error) = std::str::from_utf8(text)
        {
            let at = data_offset - text.len() + error.valid_up_to();
            return Err(Error::new(
                Code::NpyHeader,
                "bytes that are not UTF-8",
                "UTF-8 text in the header of a version 3.0 file",
            )
            .with_offset(at as u64));
        }
        let fields = literal::parse(text, data_offset - text.len(), version.0 < 3)?;
        let Fields {
            descr,
            fortran_order,
            shape,
        } = fields;
        let (dtype, big_endian) = match descr {
            Descr::Plain(code) => Dtype::from_descr(code)?,
            Descr::Structured { objects: true } => return Err(dtype::pickle()),
            Descr::Structured { objects: false } => return Err(dtype::structured()),
        };
        let (sizes, squeezed) = squeeze(&shape.sizes);
        let (rows, dim) = matrix(&shape, sizes, dtype)?;
        let header = Self {
            version,
            dtype,
            big_endian,
            order: if fortran_order {
                Order::Fortran
            } else {
                Order::C
            },
            rows,
            dim,
            squeezed: squeezed.then(|| {
                let outer = shape.sizes[0] == 1;
                if outer {
                    [1, rows, dim]
                } else {
                    [rows, 1, dim]
                }
            }),
            data_offset,
        };
        header.check_length(file_len, text)?;
        Ok(header)
    }

    /// Numbers without a header of their own, in a file of `file_len` bytes: what a container of
    /// another format says of them. Errors are those of [`Header::parse`].
    pub fn of_numbers(numbers: &Numbers<'_>, file_len: u64) -> Result<Self> {
        let (dtype, big_endian) = Dtype::from_descr(numbers.descr.as_bytes())?;
        let sizes = vec![i128::from(numbers.rows), i128::from(numbers.dim)];
        let text = format!("({}, {})", numbers.rows, numbers.dim);
        let shape = Shape {
            sizes: sizes.clone(),
            text: text.as_bytes(),
        };
        let (rows, dim) = matrix(&shape, sizes, dtype)?;
        let ends = |header: &Self| (header.data_bytes() as u64).checked_add(numbers.offset);
        let header = Self {
            version: (0, 0),
            dtype,
            big_endian,
            order: numbers.order,
            rows,
            dim,
            squeezed: None,
            data_offset: usize::try_from(numbers.offset).unwrap_or(usize::MAX),
        };
        match ends(&header) {
            Some(end) if end <= file_len => Ok(header),
            _ => Err(header.length_error(file_len.saturating_sub(numbers.offset), b"")),
        }
    }

    /// The same matrix in a file that has `offset` bytes before this one.
    pub(super) fn behind(mut self, offset: u64) -> Self {
        self.data_offset += offset as usize;
        self
    }

    /// Bytes of one row. Cannot overflow: checked when the header was read.
    pub fn row_bytes(&self) -> usize {
        self.dim * self.dtype.size()
    }

    /// Bytes of all elements. Cannot overflow: checked when the header was read.
    pub fn data_bytes(&self) -> usize {
        self.rows * self.row_bytes()
    }

    fn check_length(&self, file_len: u64, text: &[u8]) -> Result<()> {
        let expected = self.data_bytes() as u64;
        let found = file_len.saturating_sub(self.data_offset as u64);
        if found == expected {
            return Ok(());
        }
        Err(self.length_error(found, text))
    }

    fn length_error(&self, found: u64, text: &[u8]) -> Error {
        let expected = self.data_bytes() as u64;
        let hint = if text.ends_with(b"\r") {
            "Its line endings were converted: copy it again in binary mode"
        } else if found < expected {
            "The file was cut short: copy or write it again"
        } else {
            "Copy it again in binary mode; save one array per file"
        };
        Error::new(
            Code::NpyLength,
            format!(
                "{found} bytes of data ({} whole rows)",
                found / self.row_bytes() as u64
            ),
            format!(
                "exactly {expected} for {} rows of {} {} values",
                self.rows,
                self.dim,
                self.dtype.name()
            ),
        )
        .with_hint(hint)
    }
}

/// Version, header text, and where the data start.
fn split(bytes: &[u8], file_len: u64) -> Result<((u8, u8), &[u8], usize)> {
    let expected = "a .npy file, which begins with \\x93NUMPY";
    let head = &bytes[..bytes.len().min(MAGIC.len())];
    if !MAGIC.starts_with(head) {
        let (what, cure) = looks_like(bytes);
        let found = if file_len < 10 {
            format!("{what}, too short even for a header: {file_len} bytes, truncated header")
        } else {
            what.to_owned()
        };
        return Err(Error::new(Code::NpyHeader, found, expected).with_hint(cure));
    }
    let truncated = |needed: u64| {
        Error::new(
            Code::NpyHeader,
            format!("a truncated header: the file ends after {file_len} bytes"),
            format!("a header of {needed} bytes and then the data"),
        )
        .with_hint("The file was cut short: copy or write it again")
    };
    let version = match *bytes {
        [_, _, _, _, _, _, major, minor, ..] => (major, minor),
        _ => return Err(truncated(10)),
    };
    let (length, prefix) = match (version, &bytes[8..]) {
        ((1, 0), [a, b, ..]) => (u32::from(u16::from_le_bytes([*a, *b])), 10),
        ((1, 0), _) => return Err(truncated(10)),
        ((2 | 3, 0), [a, b, c, d, ..]) => (u32::from_le_bytes([*a, *b, *c, *d]), 12),
        ((2 | 3, 0), _) => return Err(truncated(12)),
        ((major, minor), _) => {
            return Err(Error::new(
                Code::NpyHeader,
                format!("format version {major}.{minor}"),
                "1.0, 2.0 or 3.0",
            )
            .with_offset(6)
            .with_hint("Write the file again with numpy.save"));
        }
    };
    let end = u64::from(length) + prefix as u64;
    if end > file_len {
        return Err(truncated(end));
    }
    if length as usize > MAX_TEXT {
        return Err(Error::new(
            Code::NpyHeader,
            format!("a header of {length} bytes"),
            format!("at most {MAX_TEXT}"),
        )
        .with_offset(8)
        .with_hint("Write the file again with numpy.save"));
    }
    let end = prefix + length as usize;
    match bytes.get(prefix..end) {
        Some(text) => Ok((version, text, end)),
        None => Err(truncated(end as u64)),
    }
}

/// The axes without one of length 1 that precedes another: networks answer with (N, 1, D) and
/// (1, N, D), which are N rows of D in either order of elements.
fn squeeze(sizes: &[i128]) -> (Vec<i128>, bool) {
    match *sizes {
        [1, rows, dim] | [rows, 1, dim] => (vec![rows, dim], true),
        _ => (sizes.to_vec(), false),
    }
}

/// The two sizes of a matrix, neither so large that any product of them could overflow.
fn matrix(shape: &Shape<'_>, sizes: Vec<i128>, dtype: Dtype) -> Result<(usize, usize)> {
    let refuse = |expected: &str, hint: &str| {
        let axes = shape.sizes.len();
        let text = shorten(shape.text);
        Error::new(Code::NpyShape, format!("shape {text} ({axes}-D)"), expected).with_hint(hint)
    };
    let &[rows, dim] = sizes.as_slice() else {
        let hint = match shape.sizes.len() {
            0 => "Give a matrix; one number has no rows",
            1 => {
                "Say how wide the rows are: numpy.save('out.npy', numpy.load('in.npy').reshape(-1, D))"
            }
            _ => {
                "Flatten each item to a row: a = numpy.load('in.npy'); numpy.save('out.npy', a.reshape(len(a), -1))"
            }
        };
        return Err(refuse("a matrix (rows, columns)", hint));
    };
    if rows < 0 || dim < 0 {
        return Err(refuse(
            "sizes that are not negative",
            "Write the file again with numpy.save",
        ));
    }
    if dim == 0 {
        return Err(refuse(
            "at least one column",
            "Check how the matrix was made: its rows are empty",
        ));
    }
    if dim > i128::from(MAX_DIM) {
        return Err(refuse(
            &format!("at most {MAX_DIM} columns"),
            "Turn the matrix if its columns are the items: numpy.save('out.npy', numpy.load('in.npy').T)",
        ));
    }
    let fit = || {
        let (rows, dim) = (u64::try_from(rows).ok()?, u64::try_from(dim).ok()?);
        // 8 rather than the size of the type, so that the widened matrix can be counted as well.
        let widest = dtype.size().max(8) as u64;
        let bytes = rows.checked_mul(dim)?.checked_mul(widest)?;
        (bytes <= isize::MAX as u64).then_some(())?;
        Some((usize::try_from(rows).ok()?, usize::try_from(dim).ok()?))
    };
    fit().ok_or_else(|| {
        refuse(
            "a size that this machine can address",
            "Write the file again with numpy.save",
        )
    })
}
