//! Instruction sets: the one choice that sums, matrix products and byte products are made by.

use crate::error::{Code, Error, Result};

/// An instruction set that kernels are compiled for.
///
/// A kernel uses the fastest of its variants that this set allows and that the machine has:
///
/// | set | sums | matrix products | byte products |
/// | --- | --- | --- | --- |
/// | scalar | plain | plain | plain |
/// | avx2 | AVX2 | AVX2 with FMA, else plain | AVX2 |
/// | avx512 | AVX-512F | AVX-512F | tiles (AMX) of many rows, AVX-512F with VNNI, else AVX2 |
/// | neon | NEON | NEON | plain |
///
/// Sums and byte products give the same bits in every column. Plain matrix products round twice for
/// each term where the others round once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isa {
    /// The base of every machine of this architecture (SSE2 on x86-64).
    Scalar,
    /// 256-bit registers on x86-64.
    Avx2,
    /// 512-bit registers on x86-64.
    Avx512,
    /// 128-bit registers on AArch64, where they are part of the base.
    Neon,
}

impl Isa {
    /// All sets, the narrowest registers first.
    pub const ALL: [Self; 4] = [Self::Scalar, Self::Avx2, Self::Avx512, Self::Neon];

    /// The name that the option `cpu` uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Neon => "neon",
        }
    }

    /// True if this machine can run it.
    pub fn is_available(self) -> bool {
        match self {
            Self::Scalar => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => is_x86_feature_detected!("avx512f"),
            Self::Neon => cfg!(target_arch = "aarch64"),
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// The sets that this machine can run, the narrowest registers first.
    pub fn available() -> impl DoubleEndedIterator<Item = Self> {
        Self::ALL.into_iter().filter(|isa| isa.is_available())
    }

    /// The set with the widest registers of this machine.
    pub fn best() -> Self {
        Self::available().next_back().unwrap_or(Self::Scalar)
    }

    /// True if this machine can run it and multiplies and adds in one rounding there.
    pub(crate) fn is_fused(self) -> bool {
        match self {
            Self::Scalar => false,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => self.is_available() && is_x86_feature_detected!("fma"),
            _ => self.is_available(),
        }
    }

    /// True if this machine can run it and adds up products of four bytes in one instruction there.
    #[cfg(any(test, target_arch = "x86_64"))]
    pub(crate) fn has_vnni(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => self.is_available() && is_x86_feature_detected!("avx512vnni"),
            _ => false,
        }
    }

    /// Reads a name; `auto` is [`Isa::best`].
    ///
    /// Errors: `EOPTION` for an unknown name and for a set that this machine lacks.
    pub fn parse(name: &str) -> Result<Self> {
        if name == "auto" {
            return Ok(Self::best());
        }
        let found = match Self::ALL.into_iter().find(|isa| isa.name() == name) {
            Some(isa) if isa.is_available() => return Ok(isa),
            Some(_) => format!("instruction set '{name}', not on this machine"),
            None => format!("instruction set '{name}'"),
        };
        let names: Vec<_> = Self::available().map(Self::name).collect();
        let expected = format!("auto or one that this machine has: {}", names.join(", "));
        Err(Error::new(Code::Option, found, expected))
    }
}
