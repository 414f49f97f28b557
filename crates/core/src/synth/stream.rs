//! Random numbers whose bytes are the same on every system.
//!
//! ChaCha8 keyed by (seed, purpose) with one stream per block, so that blocks can be drawn in any
//! order. `distributions` draws from them.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// The use of a stream: streams of different purposes share nothing.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Basis = 1,
    Rotation,
    TestRotation,
    Directions,
    Groups,
    ClassSizes,
    TrainPeople,
    TrainImages,
    TestPeople,
    TestImages,
    TestOrder,
    Pairs,
}

/// One reproducible sequence of draws.
pub(super) struct Stream(ChaCha8Rng);

impl Stream {
    /// The sequence number `index` of a purpose.
    pub(super) fn new(seed: u64, purpose: Purpose, index: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&(purpose as u64).to_le_bytes());
        key[16..].copy_from_slice(b"hackface synth 1");
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(index);
        Self(generator)
    }

    /// 32 random bits.
    pub(super) fn bits(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// Uniform in the open interval (0, 1), a multiple of 2⁻⁵³.
    pub(super) fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 12) as f64 + 0.5) * (1.0 / (1u64 << 52) as f64)
    }

    /// Uniform in 0..`bound`, without bias (Lemire 2019, algorithm 5); `bound` ≥ 1.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        loop {
            let product = u128::from(self.0.next_u64()) * u128::from(bound);
            if product as u64 >= bound.wrapping_neg() % bound {
                return (product >> 64) as u64;
            }
        }
    }

    /// Puts a slice into random order (Fisher and Yates).
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last as u64 + 1) as usize;
            items.swap(last, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_seed_purpose_and_index() {
        let first = |seed, purpose, index| Stream::new(seed, purpose, index).0.next_u64();
        let base = first(1, Purpose::Pairs, 0);
        assert_eq!(base, first(1, Purpose::Pairs, 0));
        assert_ne!(base, first(2, Purpose::Pairs, 0));
        assert_ne!(base, first(1, Purpose::TestOrder, 0));
        assert_ne!(base, first(1, Purpose::Pairs, 1));
    }
}
