//! The element types that kernels are compiled for.

use super::sums::vector::{LANES, Vector};

/// An `f32` in the byte order of this machine at any address: a row of an archive begins where it may.
pub(crate) type Single = [u8; 4];

/// An element of a row or of a packed matrix: `f32`, `f64`, or a [`Single`].
pub(crate) trait Element: Copy + Default + Send + Sync + 'static {
    /// Bound of one relative rounding: half the distance from 1 to the next number.
    const ROUNDING: f64;
    /// The largest number.
    const LARGEST: f64;
    /// The least positive number.
    const STEP: f64;

    /// This number as `f64`, exactly.
    fn widen(self) -> f64;
    /// The nearest number of this type.
    fn from_f64(value: f64) -> Self;
    /// The lanes of a sum from a block of a row, each widened.
    fn load<V: Vector>(block: &[Self; LANES]) -> V;
}

macro_rules! element {
    ($type:ty, $of:ty, $widen:expr, $narrow:expr, $load:expr) => {
        impl Element for $type {
            const ROUNDING: f64 = <$of>::EPSILON as f64 / 2.0;
            const LARGEST: f64 = <$of>::MAX as f64;
            const STEP: f64 = <$of>::from_bits(1) as f64;

            #[inline(always)]
            fn widen(self) -> f64 {
                $widen(self)
            }
            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                $narrow(value as $of)
            }
            #[inline(always)]
            fn load<V: Vector>(block: &[Self; LANES]) -> V {
                $load(block)
            }
        }
    };
}

element!(f32, f32, f64::from, f32::from, |block: &[f32; LANES]| {
    V::load(&block.map(f64::from))
});
element!(f64, f64, f64::from, f64::from, V::load);
element!(
    Single,
    f32,
    |bytes| f64::from(f32::from_ne_bytes(bytes)),
    f32::to_ne_bytes,
    V::load_singles
);
