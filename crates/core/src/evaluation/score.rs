//! Numbers as integers that order alike, so that sorting is exact and −0 equals +0.

/// A score of a pair: `f32` or `f64`.
pub trait Score: Copy + Default + PartialOrd + Send + Sync {
    /// An integer that orders as the number does; −0 and +0 share one.
    type Key: Copy + Ord + Default + Send + Sync;

    /// The key of a finite number.
    fn key(self) -> Self::Key;
    /// Neither NaN nor infinite.
    fn is_finite(self) -> bool;
    /// The same number in 64 bits.
    fn to_f64(self) -> f64;
}

macro_rules! score {
    ($float:ty, $key:ty, $sign:literal) => {
        impl Score for $float {
            type Key = $key;

            fn key(self) -> $key {
                // Adding +0 turns −0 into +0 and leaves every other number as it is.
                let bits = (self + 0.0).to_bits();
                if bits >> $sign == 1 {
                    !bits
                } else {
                    bits | 1 << $sign
                }
            }

            fn is_finite(self) -> bool {
                self.is_finite()
            }

            fn to_f64(self) -> f64 {
                f64::from(self)
            }
        }
    };
}

score!(f32, u32, 31);
score!(f64, u64, 63);

/// The number of a key.
pub(super) fn number_of(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 {
        key & !(1 << 63)
    } else {
        !key
    })
}
