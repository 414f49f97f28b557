//! Standard normals by the ziggurat method, in exact arithmetic and `libm` only.

use std::sync::LazyLock;

use super::stream::Stream;

const LAYERS: usize = 128;
/// Where the tail begins, and the common area of the layers (Marsaglia and Tsang 2000, p. 4).
const TAIL: f64 = 3.442_619_855_899;
const AREA: f64 = 9.912_563_035_262_17e-3;

/// Layers of equal area under exp(−x²/2).
///
/// A draw takes 32 bits: 7 choose the layer, 1 the sign, 24 the place in the layer, so that no bit
/// is used twice. Source: Marsaglia and Tsang, J. Stat. Software 5(8), 2000; the disjoint bits
/// follow Doornik 2005.
pub(super) struct Ziggurat {
    /// Right edge of each layer; the first is the width of the base with its tail folded in.
    edge: [f64; LAYERS + 1],
    /// The edges again, as the fast path multiplies by them.
    width: [f32; LAYERS],
    /// The part of a layer that lies under the curve for all its height.
    safe: [f32; LAYERS],
}

impl Ziggurat {
    /// The table of the process.
    pub(super) fn shared() -> &'static Self {
        static TABLE: LazyLock<Ziggurat> = LazyLock::new(Ziggurat::new);
        &TABLE
    }

    fn new() -> Self {
        let mut edge = [0.0; LAYERS + 1];
        edge[0] = AREA / density(TAIL);
        edge[1] = TAIL;
        for i in 2..LAYERS {
            let height = AREA / edge[i - 1] + density(edge[i - 1]);
            edge[i] = (-2.0 * libm::log(height)).sqrt();
        }
        Self {
            edge,
            width: std::array::from_fn(|i| edge[i] as f32),
            safe: std::array::from_fn(|i| (edge[i + 1] / edge[i]) as f32),
        }
    }

    /// One standard normal.
    pub(super) fn draw(&self, stream: &mut Stream) -> f32 {
        loop {
            let bits = stream.bits();
            let layer = (bits % LAYERS as u32) as usize;
            let sign = (bits & 0x80) << 24;
            let place = (bits >> 8) as f32 * (1.0 / (1 << 24) as f32);
            let magnitude = if place < self.safe[layer] {
                Some(place * self.width[layer])
            } else {
                self.edge_of_layer(layer, place, stream)
            };
            if let Some(magnitude) = magnitude {
                return f32::from_bits(magnitude.to_bits() | sign);
            }
        }
    }

    /// The one or two draws in a hundred that fall beside the safe part; `None` when rejected.
    #[cold]
    fn edge_of_layer(&self, layer: usize, place: f32, stream: &mut Stream) -> Option<f32> {
        if layer == 0 {
            return Some(tail(stream));
        }
        let x = f64::from(place) * self.edge[layer];
        let (bottom, top) = (density(self.edge[layer]), density(self.edge[layer + 1]));
        (bottom + stream.uniform() * (top - bottom) < density(x)).then_some(x as f32)
    }
}

/// The normal density without its constant.
fn density(x: f64) -> f64 {
    libm::exp(-0.5 * x * x)
}

/// A normal known to lie beyond the base layer (Marsaglia 1964).
fn tail(stream: &mut Stream) -> f32 {
    loop {
        let x = -libm::log(stream.uniform()) / TAIL;
        let y = -libm::log(stream.uniform());
        if 2.0 * y > x * x {
            return (TAIL + x) as f32;
        }
    }
}
