//! Test-only: the runner over instruction sets, and numbers to run on.

use super::Isa;
use super::products::tiles::has_tiles;

/// Runs `check` on every instruction set of this machine.
///
/// Fails where `HACKFACE_REQUIRE_CPU` (names of sets, `fma`, `vnni`, `amx`; comma-separated) asks for one
/// that this machine lacks.
pub(crate) fn on_every_isa(mut check: impl FnMut(Isa)) {
    let mut ran = Vec::new();
    for isa in Isa::available() {
        check(isa);
        ran.push(isa.name());
        ran.extend(isa.is_fused().then_some("fma"));
        ran.extend(isa.has_vnni().then_some("vnni"));
        ran.extend(has_tiles(isa).then_some("amx"));
    }
    eprintln!("instruction sets run: {}", ran.join(", "));
    if let Ok(required) = std::env::var("HACKFACE_REQUIRE_CPU") {
        for name in required.split(',') {
            assert!(ran.contains(&name), "{name} is required and did not run");
        }
    }
}

/// Deterministic random numbers: a xorshift generator.
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A whole number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// A number of −½ to ½.
    pub(crate) fn centered(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64 - 0.5
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
