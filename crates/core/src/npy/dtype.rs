//! Element types: the eleven that are read, and a name and a cure for each that is not.

use crate::error::{Code, Error, Result};

/// Element type of a matrix: IEEE floats and two's complement integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dtype {
    /// Half precision, `f2`.
    F16,
    /// Single precision, `f4`.
    F32,
    /// Double precision, `f8`.
    F64,
    /// Signed 8-bit integer, `i1`.
    I8,
    /// Signed 16-bit integer, `i2`.
    I16,
    /// Signed 32-bit integer, `i4`.
    I32,
    /// Signed 64-bit integer, `i8`.
    I64,
    /// Unsigned 8-bit integer, `u1`.
    U8,
    /// Unsigned 16-bit integer, `u2`.
    U16,
    /// Unsigned 32-bit integer, `u4`.
    U32,
    /// Unsigned 64-bit integer, `u8`.
    U64,
}

impl Dtype {
    /// Every element type that is read.
    pub const ALL: [Self; 11] = [
        Self::F16,
        Self::F32,
        Self::F64,
        Self::I8,
        Self::I16,
        Self::I32,
        Self::I64,
        Self::U8,
        Self::U16,
        Self::U32,
        Self::U64,
    ];

    /// NumPy's name, for example `float32`.
    pub fn name(self) -> &'static str {
        match self {
            Self::F16 => "float16",
            Self::F32 => "float32",
            Self::F64 => "float64",
            Self::I8 => "int8",
            Self::I16 => "int16",
            Self::I32 => "int32",
            Self::I64 => "int64",
            Self::U8 => "uint8",
            Self::U16 => "uint16",
            Self::U32 => "uint32",
            Self::U64 => "uint64",
        }
    }

    /// Bytes of one element: 1, 2, 4 or 8.
    pub fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::F16 | Self::I16 | Self::U16 => 2,
            Self::F32 | Self::I32 | Self::U32 => 4,
            Self::F64 | Self::I64 | Self::U64 => 8,
        }
    }

    /// True if every value of the type is also a value of `f32`.
    pub fn fits_f32(self) -> bool {
        !matches!(
            self,
            Self::F64 | Self::I32 | Self::I64 | Self::U32 | Self::U64
        )
    }

    /// The code in a header without its byte order, for example `f4`.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::F16 => "f2",
            Self::F32 => "f4",
            Self::F64 => "f8",
            Self::I8 => "i1",
            Self::I16 => "i2",
            Self::I32 => "i4",
            Self::I64 => "i8",
            Self::U8 => "u1",
            Self::U16 => "u2",
            Self::U32 => "u4",
            Self::U64 => "u8",
        }
    }

    /// Reads a code such as `<f4` into a type and whether it is big-endian.
    ///
    /// `=`, or no byte order at all, means that of this machine, as in NumPy. `|` means that byte
    /// order does not matter, which is true of single bytes only.
    pub(super) fn from_descr(descr: &[u8]) -> Result<(Self, bool)> {
        let (order, code) = match descr {
            [order @ (b'<' | b'>' | b'=' | b'|'), code @ ..] => (*order, code),
            code => (b'=', code),
        };
        let known = Self::ALL
            .into_iter()
            .find(|dtype| dtype.code().as_bytes() == code);
        match known {
            Some(dtype) if order != b'|' || dtype.size() == 1 => {
                let big = order == b'>' || (order == b'=' && cfg!(target_endian = "big"));
                Ok((dtype, big))
            }
            Some(dtype) => Err(Error::new(
                Code::NpyDtype,
                format!(
                    "element type '{}' without a byte order",
                    descr.escape_ascii()
                ),
                format!("'<{0}' or '>{0}'", dtype.code()),
            )
            .with_hint(convert(".astype('f4')"))),
            None => Err(refusal(descr, code)),
        }
    }
}

/// An object array, alone or inside a structure.
pub(super) fn pickle() -> Error {
    Error::new(
        Code::NpyPickle,
        "pickled Python objects, which can run code when they are loaded",
        "plain numbers",
    )
    .with_hint(
        "Ask whoever made the file to save numbers: numpy.save('out.npy', array.astype('f4'))",
    )
}

/// A record with named fields.
pub(super) fn structured() -> Error {
    Error::new(
        Code::NpyDtype,
        "a structured element type",
        "one number per element",
    )
    .with_hint(
        "Convert it: python3 -c \"import numpy as n; from numpy.lib.recfunctions import \
         structured_to_unstructured as u; n.save('out.npy', u(n.load('in.npy')).astype('f4'))\"",
    )
}

/// The one-liner that applies `step` to the array.
fn convert(step: &str) -> String {
    format!(
        "Convert it: python3 -c \"import numpy as n; n.save('out.npy', n.load('in.npy'){step})\""
    )
}

/// Names a type that is not read and says how to turn it into one that is.
fn refusal(descr: &[u8], code: &[u8]) -> Error {
    let (kind, size) = match code {
        [kind, size @ ..] => (*kind, size),
        [] => (0, code),
    };
    let sized = !size.is_empty() && size.iter().all(u8::is_ascii_digit);
    let (what, step) = match kind {
        b'O' if sized || size.is_empty() => return pickle(),
        b'?' if size.is_empty() => ("bool", ".astype('u1')"),
        b'b' if size == b"1" => ("bool", ".astype('u1')"),
        b'c' if matches!(size, b"8" | b"16" | b"24" | b"32") => ("complex", ".real.astype('f8')"),
        b'f' if matches!(size, b"10" | b"12" | b"16") => ("long double", ".astype('f8')"),
        b'U' if sized => ("text string", TEXTS),
        b'S' | b'a' if sized => ("byte string", TEXTS),
        b'V' if sized => ("raw bytes (void)", ".view('THE TRUE TYPE').astype('f4')"),
        b'M' => ("date", ".astype('i8')"),
        b'm' => ("time span", ".astype('i8')"),
        _ => ("unknown", ".astype('f4')"),
    };
    let shown = &descr[..descr.len().min(40)];
    Error::new(
        Code::NpyDtype,
        format!("element type '{}' ({what})", shown.escape_ascii()),
        "f2, f4, f8, i1, i2, i4, i8, u1, u2, u4 or u8",
    )
    .with_hint(if step == TEXTS {
        format!(
            "Names and labels belong in a CSV file, index,class; numbers as text can be read. {}",
            convert(TEXTS)
        )
    } else {
        convert(step)
    })
}

/// The step for texts, which may be names as well as numbers.
const TEXTS: &str = ".astype(float)";
