//! Registers of the tile loop, one type for each instruction set and element.
//!
//! Left to itself, the compiler keeps only small tiles in registers, so this file names the
//! registers.
#![allow(unsafe_code)]

/// Numbers side by side.
pub(super) trait Register<T>: Copy {
    /// Numbers in a register.
    const WIDTH: usize;
    fn splat(value: T) -> Self;
    /// The first [`Self::WIDTH`] of `values`, which has as many.
    fn load(values: &[T]) -> Self;
    /// `self + a·b` on each lane: rounded once where `FUSED` and the machine can, otherwise twice.
    fn multiply_add<const FUSED: bool>(self, a: Self, b: Self) -> Self;
    /// Writes the lanes to the start of `out`, which has room for them.
    fn store(self, out: &mut [T]);
}

/// Four numbers in plain Rust, for every machine.
#[derive(Clone, Copy)]
pub(super) struct Plain<T>([T; 4]);

impl<T: Copy + std::ops::Add<Output = T> + std::ops::Mul<Output = T>> Register<T> for Plain<T> {
    const WIDTH: usize = 4;
    #[inline(always)]
    fn splat(value: T) -> Self {
        Self([value; 4])
    }
    #[inline(always)]
    fn load(values: &[T]) -> Self {
        Self([values[0], values[1], values[2], values[3]])
    }
    #[inline(always)]
    fn multiply_add<const FUSED: bool>(mut self, a: Self, b: Self) -> Self {
        for (sum, (a, b)) in self.0.iter_mut().zip(a.0.into_iter().zip(b.0)) {
            *sum = *sum + a * b;
        }
        self
    }
    #[inline(always)]
    fn store(self, out: &mut [T]) {
        out[..4].copy_from_slice(&self.0);
    }
}

/// A register of `std::arch` behind the trait.
macro_rules! register {
    ($name:ident: $register:ty, $type:ty, $width:literal,
     $splat:path, $load:path, $store:path, ($sum:ident, $a:ident, $b:ident) $fma:expr, $steps:expr) => {
        #[derive(Clone, Copy)]
        pub(in crate::kernels::products) struct $name($register);

        // SAFETY (of every block below): values of this type are made only inside functions that
        // carry its target feature, which are called only where `PanelElement::multiply_panels` has seen it. Pointers are
        // to slices that were cut to WIDTH numbers just before.
        impl Register<$type> for $name {
            const WIDTH: usize = $width;
            #[inline(always)]
            fn splat(value: $type) -> Self {
                // SAFETY: as above the impl.
                Self(unsafe { $splat(value) })
            }
            #[inline(always)]
            fn load(values: &[$type]) -> Self {
                let values = &values[..$width];
                // SAFETY: as above the impl.
                Self(unsafe { $load(values.as_ptr()) })
            }
            #[inline(always)]
            fn multiply_add<const FUSED: bool>(self, a: Self, b: Self) -> Self {
                let ($sum, $a, $b) = (self.0, a.0, b.0);
                // SAFETY: as above the impl.
                Self(unsafe { if FUSED { $fma } else { $steps } })
            }
            #[inline(always)]
            fn store(self, out: &mut [$type]) {
                let out = &mut out[..$width];
                // SAFETY: as above the impl.
                unsafe { $store(out.as_mut_ptr(), self.0) }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
pub(super) mod x86_64 {
    use super::Register;
    use std::arch::x86_64::*;

    register!(F32x8: __m256, f32, 8, _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps,
        (sum, a, b) _mm256_fmadd_ps(a, b, sum), _mm256_add_ps(sum, _mm256_mul_ps(a, b)));
    register!(F64x4: __m256d, f64, 4, _mm256_set1_pd, _mm256_loadu_pd, _mm256_storeu_pd,
        (sum, a, b) _mm256_fmadd_pd(a, b, sum), _mm256_add_pd(sum, _mm256_mul_pd(a, b)));
    register!(F32x16: __m512, f32, 16, _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps,
        (sum, a, b) _mm512_fmadd_ps(a, b, sum), _mm512_add_ps(sum, _mm512_mul_ps(a, b)));
    register!(F64x8: __m512d, f64, 8, _mm512_set1_pd, _mm512_loadu_pd, _mm512_storeu_pd,
        (sum, a, b) _mm512_fmadd_pd(a, b, sum), _mm512_add_pd(sum, _mm512_mul_pd(a, b)));
}

#[cfg(target_arch = "aarch64")]
pub(super) mod aarch64 {
    use super::Register;
    use std::arch::aarch64::*;

    register!(F32x4: float32x4_t, f32, 4, vdupq_n_f32, vld1q_f32, vst1q_f32,
        (sum, a, b) vfmaq_f32(sum, a, b), vaddq_f32(sum, vmulq_f32(a, b)));
    register!(F64x2: float64x2_t, f64, 2, vdupq_n_f64, vld1q_f64, vst1q_f64,
        (sum, a, b) vfmaq_f64(sum, a, b), vaddq_f64(sum, vmulq_f64(a, b)));
}
