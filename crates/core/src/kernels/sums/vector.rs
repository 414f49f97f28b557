//! Sixteen f64 lanes in the registers of one instruction set.
//!
//! LLVM keeps sixteen accumulators as sixteen scalars when left to itself (measured: 3× slower), so
//! the registers are named here, and nowhere else. Every operation is the IEEE one on each lane:
//! none is fused, none reassociates.
#![allow(unsafe_code)]

use crate::kernels::element::{Element, Single};

/// How many lanes there are. Part of every result: changing it moves last bits.
pub(crate) const LANES: usize = 16;

/// The same numbers, without a claim to where they lie.
pub(crate) fn singles(values: &[f32]) -> &[Single] {
    // SAFETY: a `Single` is the four bytes of an `f32`, in its order, and may lie anywhere.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), values.len()) }
}

/// Asks the processor for what is met soon, at most a page of it. A hint, which changes no result.
#[inline(always)]
pub(crate) fn fetch<T>(row: &[T]) {
    #[cfg(target_arch = "x86_64")]
    for line in row.chunks(64 / size_of::<T>()).take(64) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a hint reads nothing that the program could see, and never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = row;
}

/// Sixteen numbers side by side.
pub(crate) trait Vector: Copy {
    /// True if the machine has registers for eight of them and to spare.
    const MANY: bool;
    fn splat(value: f64) -> Self;
    fn load(values: &[f64; LANES]) -> Self;
    fn load_singles(values: &[Single; LANES]) -> Self;
    fn store(self) -> [f64; LANES];
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    fn abs(self) -> Self;
    /// Per lane: self if it is the larger, otherwise other.
    fn larger(self, other: Self) -> Self;
    /// Per lane: 1 where self is 0, otherwise self.
    fn one_if_zero(self) -> Self;
    /// Per lane: one where self is below the bound, otherwise the other.
    fn if_below(self, bound: Self, one: Self, other: Self) -> Self;
    /// Per lane: the whole e with self = m · 2^e, m in [1, 2), for normal positive numbers.
    fn exponent(self) -> Self;
    /// Per lane: that m.
    fn mantissa(self) -> Self;
    /// Per lane: 2^self, for whole numbers from −1022 to 1023.
    fn two_to(self) -> Self;
}

/// The bits of 2⁵²: a whole number or-ed into them is added to it.
const SHIFTED: u64 = 0x4330_0000_0000_0000;
/// 2⁵² and the bias of exponents.
const BIASED: f64 = 4_503_599_627_370_496.0 + 1023.0;
/// The bits of a mantissa, and those of 1.
const MANTISSA: u64 = 0x000F_FFFF_FFFF_FFFF;
const ONE: u64 = 0x3FF0_0000_0000_0000;

/// Sixteen lanes in plain Rust, for every machine.
#[derive(Clone, Copy)]
pub(crate) struct Scalar([f64; LANES]);

impl Scalar {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        let mut lanes = self.0;
        for (a, b) in lanes.iter_mut().zip(other.0) {
            *a = f(*a, b);
        }
        Self(lanes)
    }
}

impl Vector for Scalar {
    const MANY: bool = false;
    #[inline(always)]
    fn splat(value: f64) -> Self {
        Self([value; LANES])
    }
    #[inline(always)]
    fn load(values: &[f64; LANES]) -> Self {
        Self(*values)
    }
    #[inline(always)]
    fn load_singles(values: &[Single; LANES]) -> Self {
        Self(values.map(Element::widen))
    }
    #[inline(always)]
    fn store(self) -> [f64; LANES] {
        self.0
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Self(self.0.map(f64::abs))
    }
    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    fn one_if_zero(self) -> Self {
        Self(self.0.map(|a| if a == 0.0 { 1.0 } else { a }))
    }
    #[inline(always)]
    fn if_below(self, bound: Self, one: Self, other: Self) -> Self {
        let below = self.zip(bound, |a, b| if a < b { 1.0 } else { 0.0 });
        let mut lanes = other.0;
        for ((lane, one), below) in lanes.iter_mut().zip(one.0).zip(below.0) {
            if below == 1.0 {
                *lane = one;
            }
        }
        Self(lanes)
    }
    #[inline(always)]
    fn exponent(self) -> Self {
        let shifted = |a: f64| f64::from_bits((a.to_bits() >> 52) | SHIFTED);
        Self(self.0.map(|a| shifted(a) - BIASED))
    }
    #[inline(always)]
    fn mantissa(self) -> Self {
        let bits = |a: f64| (a.to_bits() & MANTISSA) | ONE;
        Self(self.0.map(|a| f64::from_bits(bits(a))))
    }
    #[inline(always)]
    fn two_to(self) -> Self {
        Self(self.0.map(|a| f64::from_bits((a + BIASED).to_bits() << 52)))
    }
}

/// A vector of `$parts` registers of `$width` lanes, from the intrinsics of `std::arch`.
macro_rules! registers {
    (
        $(#[$doc:meta])* $name:ident: $register:ty, $parts:literal of $width:literal;
        splat($value:ident) $splat:expr;
        $(load $load:ident($from:ident: $element:ty) $load_expr:expr;)*
        store($to:ident, $stored:ident) $store:expr;
        $(unary $unary:ident($a:ident) $unary_expr:expr;)*
        $(binary $binary:ident $binary_path:path;)*
        if_below($lane:ident, $bound:ident, $one:ident, $other:ident) $if_below:expr;
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(crate) struct $name([$register; $parts]);

        // SAFETY (of every block below): values of this type are made only inside functions that
        // carry its target feature, which `Kernels::for_isa` hands out only where the machine has
        // it. Pointers are to arrays of LANES numbers, and `part * width + width <= LANES`.
        impl Vector for $name {
            const MANY: bool = $parts <= 2;
            #[inline(always)]
            fn splat($value: f64) -> Self {
                // SAFETY: as above the impl.
                Self([unsafe { $splat }; $parts])
            }
            $(
                #[inline(always)]
                fn $load(values: &[$element; LANES]) -> Self {
                    let mut registers = Self::splat(0.0).0;
                    for part in 0..$parts {
                        let $from = values[part * $width..][..$width].as_ptr();
                        // SAFETY: as above the impl.
                        registers[part] = unsafe { $load_expr };
                    }
                    Self(registers)
                }
            )*
            #[inline(always)]
            fn store(self) -> [f64; LANES] {
                let mut lanes = [0.0; LANES];
                for part in 0..$parts {
                    let $stored = self.0[part];
                    let $to = lanes[part * $width..][..$width].as_mut_ptr();
                    // SAFETY: as above the impl.
                    unsafe { $store };
                }
                lanes
            }
            $(
                #[inline(always)]
                fn $unary(mut self) -> Self {
                    for part in 0..$parts {
                        let $a = self.0[part];
                        // SAFETY: as above the impl.
                        self.0[part] = unsafe { $unary_expr };
                    }
                    self
                }
            )*
            $(
                #[inline(always)]
                fn $binary(mut self, other: Self) -> Self {
                    for part in 0..$parts {
                        // SAFETY: as above the impl.
                        self.0[part] = unsafe { $binary_path(self.0[part], other.0[part]) };
                    }
                    self
                }
            )*
            #[inline(always)]
            fn if_below(self, bound: Self, one: Self, other: Self) -> Self {
                let mut registers = self.0;
                for part in 0..$parts {
                    let ($lane, $bound) = (registers[part], bound.0[part]);
                    let ($one, $other) = (one.0[part], other.0[part]);
                    // SAFETY: as above the impl.
                    registers[part] = unsafe { $if_below };
                }
                Self(registers)
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
pub(crate) mod x86_64 {
    use super::{BIASED, LANES, MANTISSA, ONE, SHIFTED, Single, Vector};
    use std::arch::x86_64::*;

    registers! {
        /// Four registers of four lanes.
        Avx2: __m256d, 4 of 4;
        splat(value) _mm256_set1_pd(value);
        load load(from: f64) _mm256_loadu_pd(from);
        load load_singles(from: Single) _mm256_cvtps_pd(_mm_loadu_ps(from.cast()));
        store(to, a) _mm256_storeu_pd(to, a);
        unary abs(a) _mm256_andnot_pd(_mm256_set1_pd(-0.0), a);
        unary one_if_zero(a) _mm256_blendv_pd(
            a,
            _mm256_set1_pd(1.0),
            _mm256_cmp_pd::<_CMP_EQ_OQ>(a, _mm256_setzero_pd()),
        );
        unary exponent(a) _mm256_sub_pd(
            _mm256_castsi256_pd(_mm256_or_si256(
                _mm256_srli_epi64::<52>(_mm256_castpd_si256(a)),
                _mm256_set1_epi64x(SHIFTED as i64),
            )),
            _mm256_set1_pd(BIASED),
        );
        unary mantissa(a) _mm256_castsi256_pd(_mm256_or_si256(
            _mm256_and_si256(_mm256_castpd_si256(a), _mm256_set1_epi64x(MANTISSA as i64)),
            _mm256_set1_epi64x(ONE as i64),
        ));
        unary two_to(a) _mm256_castsi256_pd(_mm256_slli_epi64::<52>(_mm256_castpd_si256(
            _mm256_add_pd(a, _mm256_set1_pd(BIASED)),
        )));
        binary add _mm256_add_pd;
        binary sub _mm256_sub_pd;
        binary mul _mm256_mul_pd;
        binary div _mm256_div_pd;
        binary larger _mm256_max_pd;
        if_below(a, bound, one, other) _mm256_blendv_pd(
            other,
            one,
            _mm256_cmp_pd::<_CMP_LT_OQ>(a, bound),
        );
    }

    registers! {
        /// Two registers of eight lanes.
        Avx512: __m512d, 2 of 8;
        splat(value) _mm512_set1_pd(value);
        load load(from: f64) _mm512_loadu_pd(from);
        load load_singles(from: Single) _mm512_cvtps_pd(_mm256_loadu_ps(from.cast()));
        store(to, a) _mm512_storeu_pd(to, a);
        unary abs(a) _mm512_abs_pd(a);
        unary one_if_zero(a) _mm512_mask_mov_pd(
            a,
            _mm512_cmp_pd_mask::<_CMP_EQ_OQ>(a, _mm512_setzero_pd()),
            _mm512_set1_pd(1.0),
        );
        unary exponent(a) _mm512_sub_pd(
            _mm512_castsi512_pd(_mm512_or_si512(
                _mm512_srli_epi64::<52>(_mm512_castpd_si512(a)),
                _mm512_set1_epi64(SHIFTED as i64),
            )),
            _mm512_set1_pd(BIASED),
        );
        unary mantissa(a) _mm512_castsi512_pd(_mm512_or_si512(
            _mm512_and_si512(_mm512_castpd_si512(a), _mm512_set1_epi64(MANTISSA as i64)),
            _mm512_set1_epi64(ONE as i64),
        ));
        unary two_to(a) _mm512_castsi512_pd(_mm512_slli_epi64::<52>(_mm512_castpd_si512(
            _mm512_add_pd(a, _mm512_set1_pd(BIASED)),
        )));
        binary add _mm512_add_pd;
        binary sub _mm512_sub_pd;
        binary mul _mm512_mul_pd;
        binary div _mm512_div_pd;
        binary larger _mm512_max_pd;
        if_below(a, bound, one, other) _mm512_mask_mov_pd(
            other,
            _mm512_cmp_pd_mask::<_CMP_LT_OQ>(a, bound),
            one,
        );
    }
}

#[cfg(target_arch = "aarch64")]
pub(crate) mod aarch64 {
    use super::{BIASED, LANES, MANTISSA, ONE, SHIFTED, Single, Vector};
    use std::arch::aarch64::*;

    registers! {
        /// Eight registers of two lanes.
        Neon: float64x2_t, 8 of 2;
        splat(value) vdupq_n_f64(value);
        load load(from: f64) vld1q_f64(from);
        load load_singles(from: Single) vcvt_f64_f32(vld1_f32(from.cast()));
        store(to, a) vst1q_f64(to, a);
        unary abs(a) vabsq_f64(a);
        unary one_if_zero(a) vbslq_f64(vceqzq_f64(a), vdupq_n_f64(1.0), a);
        unary exponent(a) vsubq_f64(
            vreinterpretq_f64_u64(vorrq_u64(
                vshrq_n_u64::<52>(vreinterpretq_u64_f64(a)),
                vdupq_n_u64(SHIFTED),
            )),
            vdupq_n_f64(BIASED),
        );
        unary mantissa(a) vreinterpretq_f64_u64(vorrq_u64(
            vandq_u64(vreinterpretq_u64_f64(a), vdupq_n_u64(MANTISSA)),
            vdupq_n_u64(ONE),
        ));
        unary two_to(a) vreinterpretq_f64_u64(vshlq_n_u64::<52>(vreinterpretq_u64_f64(
            vaddq_f64(a, vdupq_n_f64(BIASED)),
        )));
        binary add vaddq_f64;
        binary sub vsubq_f64;
        binary mul vmulq_f64;
        binary div vdivq_f64;
        binary larger vmaxq_f64;
        if_below(a, bound, one, other) vbslq_f64(vcltq_f64(a, bound), one, other);
    }
}
