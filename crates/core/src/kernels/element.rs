//! The two element types that kernels are compiled for.

use super::sums::vector::{LANES, Vector};

/// An element of a row or of a packed matrix: `f32` or `f64`.
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
    ($type:ty, $load:ident) => {
        impl Element for $type {
            const ROUNDING: f64 = <$type>::EPSILON as f64 / 2.0;
            const LARGEST: f64 = <$type>::MAX as f64;
            const STEP: f64 = <$type>::from_bits(1) as f64;

            #[inline(always)]
            fn widen(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $type
            }
            #[inline(always)]
            fn load<V: Vector>(block: &[Self; LANES]) -> V {
                V::$load(block)
            }
        }
    };
}

element!(f32, load_f32);
element!(f64, load);
