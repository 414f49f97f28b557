//! Test-only: one runner over every instruction set, every length and every start offset.

use super::{Isa, Kernels, LANES};
use crate::kernels::testing::on_every_isa;

/// Deterministic values of mixed size and sign, some zero.
fn values(seed: u64, n: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..n)
        .map(|_| match next() % 11 {
            0 => 0.0,
            1 => 1e-30,
            r => {
                ((next() >> 11) as f64 / (1u64 << 53) as f64 - 0.5) as f32
                    * 10f32.powi(r as i32 - 5)
            }
        })
        .collect()
}

/// The lane layout as slowly and plainly as it can be said.
fn slow_sum(terms: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    for (k, term) in terms.iter().enumerate() {
        lanes[k % LANES] += term;
    }
    let mut layer = lanes.to_vec();
    while layer.len() > 1 {
        let half = layer.len() / 2;
        layer = (0..half).map(|l| layer[l] + layer[l + half]).collect();
    }
    layer[0]
}

fn wide(x: &[f32]) -> Vec<f64> {
    x.iter().map(|v| f64::from(*v)).collect()
}

type Twin = fn(f64, f64) -> f64;

fn ratio(gap: f64, size: f64) -> f64 {
    if size == 0.0 { 0.0 } else { gap / size }
}

/// What each sum's terms are, one line of arithmetic each.
const TWINS: [(&str, Twin); 8] = [
    ("dot", |a, b| a * b),
    ("sqeuclidean", |a, b| (a - b) * (a - b)),
    ("cityblock", |a, b| (a - b).abs()),
    ("cubic", |a, b| {
        (a - b).abs() * (a - b).abs() * (a - b).abs()
    }),
    ("gap", |a, b| (a - b).abs()),
    ("size", |a, b| (a + b).abs()),
    ("canberra", |a, b| ratio((a - b).abs(), a.abs() + b.abs())),
    ("canberra_cubic", |a, b| {
        let s = a.abs() + b.abs();
        let r = ratio((a - b).abs(), s);
        ratio(r * r * r, s)
    }),
];

fn by_kernel<T: super::Element>(k: &Kernels<T>, x: &[T], y: &[T]) -> [f64; 8] {
    let [gap, size] = (k.braycurtis)(x, y);
    [
        (k.dot)(x, y),
        (k.sqeuclidean)(x, y),
        (k.cityblock)(x, y),
        (k.cubic)(x, y),
        gap,
        size,
        (k.canberra)(x, y),
        (k.canberra_cubic)(x, y),
    ]
}

#[test]
fn every_instruction_set_gives_the_bits_of_the_slow_twin_at_every_length_and_offset() {
    on_every_isa(|isa| {
        let (narrow, double) = (Kernels::<f32>::for_isa(isa), Kernels::<f64>::for_isa(isa));
        for n in (0..=4 * LANES + 3).chain([127, 128, 129, 511, 512, 513, 1024]) {
            // Under Miri each length takes a minute: none, one, a full block and its neighbours.
            if cfg!(miri) && ![0, 1, LANES - 1, LANES, LANES + 1, 2 * LANES + 3].contains(&n) {
                continue;
            }
            for offset in [0, 1, 3] {
                let (xs, ys) = (
                    values(n as u64 + 1, n + offset),
                    values(n as u64 + 99, n + offset),
                );
                let (x, y) = (&xs[offset..], &ys[offset..]);
                let (wx, wy) = (wide(x), wide(y));
                let (from_f32, from_f64) = (by_kernel(&narrow, x, y), by_kernel(&double, &wx, &wy));
                for (i, (name, twin)) in TWINS.iter().enumerate() {
                    let terms: Vec<f64> = wx.iter().zip(&wy).map(|(a, b)| twin(*a, *b)).collect();
                    let slow = slow_sum(&terms);
                    let at = format!("{name} {} n={n} offset={offset}", isa.name());
                    assert_eq!(from_f32[i].to_bits(), slow.to_bits(), "{at} f32");
                    assert_eq!(from_f64[i].to_bits(), slow.to_bits(), "{at} f64");
                }
                let largest = wx
                    .iter()
                    .zip(&wy)
                    .fold(0.0, |m: f64, (a, b)| m.max((a - b).abs()));
                assert_eq!((narrow.chebyshev)(x, y), largest);
                assert_eq!((double.chebyshev)(&wx, &wy), largest);
                let squares: Vec<f64> = wx.iter().map(|a| a * a).collect();
                let moments = [slow_sum(&wx), slow_sum(&squares)];
                assert_eq!(
                    (narrow.moments)(x).map(f64::to_bits),
                    moments.map(f64::to_bits)
                );
                assert_eq!(
                    (double.moments)(&wx).map(f64::to_bits),
                    moments.map(f64::to_bits)
                );
                let centered: Vec<f64> = wx
                    .iter()
                    .zip(&wy)
                    .map(|(a, b)| (a - 0.25) * (b + 1.5))
                    .collect();
                assert_eq!(
                    (narrow.centered_dot)(x, y, 0.25, -1.5).to_bits(),
                    slow_sum(&centered).to_bits()
                );
                assert_eq!(
                    (double.centered_dot)(&wx, &wy, 0.25, -1.5).to_bits(),
                    slow_sum(&centered).to_bits()
                );
                let plain = Kernels::<f64>::for_isa(Isa::Scalar);
                let (px, py): (Vec<f32>, Vec<f32>) =
                    x.iter().zip(y).map(|(a, b)| (a.abs(), b.abs())).unzip();
                let (wpx, wpy) = (wide(&px), wide(&py));
                let term =
                    |k: usize| (plain.divergence_of_shares)(&wpx[k..=k], &wpy[k..=k], 7.0, 9.0);
                let slow = slow_sum(&(0..n).map(term).collect::<Vec<f64>>()).to_bits();
                assert_eq!(
                    (narrow.divergence_of_shares)(&px, &py, 7.0, 9.0).to_bits(),
                    slow
                );
                assert_eq!(
                    (double.divergence_of_shares)(&wpx, &wpy, 7.0, 9.0).to_bits(),
                    slow
                );
                if largest > 0.0 {
                    for p in [0.5, 3.2] {
                        let term = |k: usize| (plain.powers)(&wx[k..=k], &wy[k..=k], largest, p);
                        let slow = slow_sum(&(0..n).map(term).collect::<Vec<f64>>()).to_bits();
                        assert_eq!((narrow.powers)(x, y, largest, p).to_bits(), slow);
                        assert_eq!((double.powers)(&wx, &wy, largest, p).to_bits(), slow);
                    }
                }
                let w: Vec<f64> = (0..n).map(|k| 1.0 / (k as f64 + 0.3)).collect();
                let weighted: Vec<f64> = (0..n)
                    .map(|k| w[k] * ((wx[k] - wy[k]) * (wx[k] - wy[k])))
                    .collect();
                let expected = slow_sum(&weighted).to_bits();
                assert_eq!((narrow.weighted_sqeuclidean)(x, y, &w).to_bits(), expected);
                assert_eq!(
                    (double.weighted_sqeuclidean)(&wx, &wy, &w).to_bits(),
                    expected
                );
            }
        }
    });
}

#[test]
fn the_lane_layout_agrees_with_a_plain_sum_to_rounding() {
    let (x, y) = (values(5, 1000), values(6, 1000));
    let plain: f64 = x
        .iter()
        .zip(&y)
        .map(|(a, b)| f64::from(*a) * f64::from(*b))
        .sum();
    let size: f64 = x
        .iter()
        .zip(&y)
        .map(|(a, b)| (f64::from(*a) * f64::from(*b)).abs())
        .sum();
    let fast = (Kernels::<f32>::for_isa(Isa::best()).dot)(&x, &y);
    assert!((fast - plain).abs() <= 1000.0 * f64::EPSILON * size);
}
