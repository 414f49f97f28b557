//! Stored elements to `f64` or `f32`, always exactly.

use super::dtype::Dtype;

/// Integers up to this magnitude, 2^53, are all `f64` values.
const EXACT: u64 = 1 << 53;

/// Decodes `out.len()` elements. `Err` names the first one that `f64` cannot hold exactly, and
/// its value.
pub(super) fn to_f64(
    dtype: Dtype,
    big_endian: bool,
    bytes: &[u8],
    out: &mut [f64],
) -> Result<(), (usize, String)> {
    macro_rules! decode {
        ($type:ty) => {
            decode!($type, |value: $type| f64::from(value))
        };
        ($type:ty, $widen:expr) => {{
            let (items, _) = bytes.as_chunks::<{ size_of::<$type>() }>();
            let pairs = out.iter_mut().zip(items);
            if big_endian {
                pairs.for_each(|(out, item)| *out = $widen(<$type>::from_be_bytes(*item)));
            } else {
                pairs.for_each(|(out, item)| *out = $widen(<$type>::from_le_bytes(*item)));
            }
        }};
    }
    macro_rules! decode_long {
        ($type:ty, $magnitude:expr) => {{
            let (items, _) = bytes.as_chunks::<8>();
            let read = |item: &[u8; 8]| match big_endian {
                true => <$type>::from_be_bytes(*item),
                false => <$type>::from_le_bytes(*item),
            };
            let inexact = |item| $magnitude(read(item)) > EXACT;
            if let Some(at) = items.iter().take(out.len()).position(inexact) {
                return Err((at, read(&items[at]).to_string()));
            }
            decode!($type, |value| value as f64);
        }};
    }
    match dtype {
        Dtype::F16 => decode!(u16, |bits| f64::from(half(bits))),
        Dtype::F32 => decode!(f32),
        Dtype::F64 => decode!(f64, |value| value),
        Dtype::I8 => decode!(i8),
        Dtype::I16 => decode!(i16),
        Dtype::I32 => decode!(i32),
        Dtype::I64 => decode_long!(i64, i64::unsigned_abs),
        Dtype::U8 => decode!(u8),
        Dtype::U16 => decode!(u16),
        Dtype::U32 => decode!(u32),
        Dtype::U64 => decode_long!(u64, std::convert::identity),
    }
    Ok(())
}

/// Decodes `out.len()` elements of a type that `f32` holds; `false`, and nothing done, for others.
pub(super) fn to_f32(dtype: Dtype, big_endian: bool, bytes: &[u8], out: &mut [f32]) -> bool {
    macro_rules! decode {
        ($type:ty, $widen:expr) => {{
            let (items, _) = bytes.as_chunks::<{ size_of::<$type>() }>();
            let pairs = out.iter_mut().zip(items);
            if big_endian {
                pairs.for_each(|(out, item)| *out = $widen(<$type>::from_be_bytes(*item)));
            } else {
                pairs.for_each(|(out, item)| *out = $widen(<$type>::from_le_bytes(*item)));
            }
        }};
    }
    match dtype {
        Dtype::F16 => decode!(u16, half),
        Dtype::F32 => decode!(f32, |value| value),
        Dtype::I8 => decode!(i8, f32::from),
        Dtype::I16 => decode!(i16, f32::from),
        Dtype::U8 => decode!(u8, f32::from),
        Dtype::U16 => decode!(u16, f32::from),
        Dtype::F64 | Dtype::I32 | Dtype::I64 | Dtype::U32 | Dtype::U64 => return false,
    }
    true
}

/// The value of IEEE half-precision bits; the payload of a NaN is kept.
///
/// No step touches a subnormal `f32`, so the result does not depend on the flush-to-zero mode of
/// the processor.
fn half(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let magnitude = u32::from(bits & 0x7fff);
    let positive = match magnitude {
        0..0x0400 => (magnitude as f32 * f32::from_bits((127 - 24) << 23)).to_bits(),
        0x0400..0x7c00 => (magnitude << 13) + ((127 - 15) << 23),
        _ => (magnitude << 13) | 0x7f80_0000,
    };
    f32::from_bits(positive | sign)
}

#[cfg(test)]
mod tests {
    use super::half;

    /// Sign, exponent and fraction by the definition in IEEE 754, in arithmetic.
    fn by_definition(bits: u16) -> f64 {
        let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
        let exponent = i32::from(bits >> 10 & 31);
        let fraction = f64::from(bits & 1023) / 1024.0;
        match exponent {
            31 if fraction == 0.0 => sign * f64::INFINITY,
            31 => f64::NAN,
            0 => sign * fraction * 2_f64.powi(-14),
            _ => sign * (1.0 + fraction) * 2_f64.powi(exponent - 15),
        }
    }

    #[test]
    fn every_half_is_what_the_standard_says() {
        for bits in 0..=u16::MAX {
            let (fast, slow) = (f64::from(half(bits)), by_definition(bits));
            let same = fast.to_bits() == slow.to_bits() || (fast.is_nan() && slow.is_nan());
            assert!(same, "{bits:#06x}: {fast} is not {slow}");
        }
    }
}
