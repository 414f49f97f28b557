//! Each sum against a slow twin: every instruction set, length and start offset, bit for bit.

use super::{CORNER, GROUP, Isa, Kernels, LANES, singles};
use crate::kernels::Single;
use crate::kernels::testing::{Draw, on_every_isa};

/// Arguments of all sums, by the names that the list `kernels!` uses.
pub(super) struct Arguments<'a, T> {
    pub(super) x: &'a [T],
    pub(super) y: &'a [T],
    pub(super) x_mean: f64,
    pub(super) y_mean: f64,
    pub(super) w: &'a [f64],
    /// One over the largest gap of `x` and `y`, or 1 where that is 0.
    pub(super) scale: f64,
    pub(super) p: f64,
    /// `x` and `y` without their signs.
    pub(super) u: &'a [T],
    pub(super) v: &'a [T],
    pub(super) u_scale: f64,
    pub(super) v_scale: f64,
    pub(super) columns: &'a [[f64; LANES]],
    pub(super) rows: &'a [[f64; GROUP]],
    pub(super) xs: [&'a [[f64; LANES]]; CORNER.0],
    pub(super) ys: [&'a [[f64; LANES]]; CORNER.1],
}

impl<'a> Arguments<'a, f64> {
    /// The same with rows of another element type.
    fn with_rows<T>(&self, [x, y, u, v]: [&'a [T]; 4]) -> Arguments<'a, T> {
        let Arguments {
            x_mean,
            y_mean,
            w,
            scale,
            p,
            u_scale,
            v_scale,
            columns,
            rows,
            xs,
            ys,
            ..
        } = *self;
        Arguments {
            x,
            y,
            x_mean,
            y_mean,
            w,
            scale,
            p,
            u,
            v,
            u_scale,
            v_scale,
            columns,
            rows,
            xs,
            ys,
        }
    }
}

/// The bits of a result.
pub(super) fn bits(result: impl Numbers) -> Vec<u64> {
    result.numbers().into_iter().map(f64::to_bits).collect()
}

pub(super) trait Numbers {
    fn numbers(self) -> Vec<f64>;
}

impl Numbers for f64 {
    fn numbers(self) -> Vec<f64> {
        vec![self]
    }
}

impl<N: Numbers, const COUNT: usize> Numbers for [N; COUNT] {
    fn numbers(self) -> Vec<f64> {
        self.into_iter().flat_map(N::numbers).collect()
    }
}

/// Σ of the terms of all pairs in the lane layout, slowly and plainly.
fn sum(x: &[f64], y: &[f64], term: impl Fn(f64, f64) -> f64) -> f64 {
    let mut lanes = vec![0.0; LANES];
    for (k, (x, y)) in x.iter().zip(y).enumerate() {
        lanes[k % LANES] += term(*x, *y);
    }
    while lanes.len() > 1 {
        let half = lanes.len() / 2;
        lanes = (0..half).map(|l| lanes[l] + lanes[l + half]).collect();
    }
    lanes[0]
}

/// The sum of each row with each other.
fn corner(
    xs: [&[[f64; LANES]]; CORNER.0],
    ys: [&[[f64; LANES]]; CORNER.1],
    term: impl Fn(f64, f64) -> f64,
) -> [[f64; CORNER.1]; CORNER.0] {
    xs.map(|x| ys.map(|y| sum(x.as_flattened(), y.as_flattened(), &term)))
}

fn ratio(gap: f64, size: f64) -> f64 {
    if size == 0.0 { 0.0 } else { gap / size }
}

/// Every sum by one line of arithmetic: a field that is missing here does not compile.
const TWINS: Kernels<f64> = Kernels {
    dot: |x, y| sum(x, y, |a, b| a * b),
    moments: |x| [sum(x, x, |a, _| a), sum(x, x, |a, _| a * a)],
    centered_dot: |x, y, x_mean, y_mean| sum(x, y, |a, b| (a - x_mean) * (b - y_mean)),
    sqeuclidean: |x, y| sum(x, y, |a, b| (a - b) * (a - b)),
    weighted_sqeuclidean: |x, y, w| {
        let gaps: Vec<f64> = x.iter().zip(y).map(|(a, b)| a - b).collect();
        sum(&gaps, w, |gap, w| w * (gap * gap))
    },
    cityblock: |x, y| sum(x, y, |a, b| (a - b).abs()),
    cubic: |x, y| sum(x, y, |a, b| (a - b).abs() * (a - b).abs() * (a - b).abs()),
    // The power and the logarithm of one pair are held against libm in `log`.
    powers: |x, y, scale, p| {
        let one = Kernels::<f64>::for_isa(Isa::Scalar).powers;
        sum(x, y, |a, b| one(&[a], &[b], scale, p))
    },
    chebyshev: |x, y| {
        x.iter()
            .zip(y)
            .fold(0.0, |most, (a, b)| (a - b).abs().max(most))
    },
    divergence_of_shares: |u, v, u_scale, v_scale| {
        let one = Kernels::<f64>::for_isa(Isa::Scalar).divergence_of_shares;
        sum(u, v, |a, b| one(&[a], &[b], u_scale, v_scale))
    },
    braycurtis: |x, y| {
        [
            sum(x, y, |a, b| (a - b).abs()),
            sum(x, y, |a, b| (a + b).abs()),
        ]
    },
    canberra: |x, y| sum(x, y, |a, b| ratio((a - b).abs(), a.abs() + b.abs())),
    canberra_cubic: |x, y| {
        sum(x, y, |a, b| {
            let size = a.abs() + b.abs();
            let r = ratio((a - b).abs(), size);
            ratio(r * r * r, size)
        })
    },
    panel: |columns, rows| {
        let mut products = [[0.0; LANES]; GROUP];
        for (column, row) in columns.iter().zip(rows) {
            for (place, products) in products.iter_mut().enumerate() {
                for (lane, product) in products.iter_mut().enumerate() {
                    *product += column[lane] * row[place];
                }
            }
        }
        products
    },
    corner_of_products: |xs, ys| corner(xs, ys, |a, b| a * b),
    corner_of_squares: |xs, ys| corner(xs, ys, |a, b| (a - b) * (a - b)),
    corner_of_gaps: |xs, ys| corner(xs, ys, |a, b| (a - b).abs()),
};

/// Numbers of mixed size and sign, some zero.
fn values(seed: u64, n: usize) -> Vec<f32> {
    let mut draw = Draw::new(seed);
    let mut value = || match draw.below(11) {
        0 => 0.0,
        1 => 1e-30,
        r => draw.centered() as f32 * 10f32.powi(r as i32 - 5),
    };
    (0..n).map(|_| value()).collect()
}

fn widened(values: &[f32]) -> Vec<f64> {
    values.iter().map(|v| f64::from(*v)).collect()
}

fn lengths() -> impl Iterator<Item = usize> {
    let all = (0..=4 * LANES + 3).chain([127, 128, 129, 511, 512, 513, 1024]);
    // Under Miri each length takes a minute: none, one, a full block and its neighbours.
    let few = [0, 1, LANES - 1, LANES, LANES + 1, 2 * LANES + 3];
    all.filter(move |n| !cfg!(miri) || few.contains(n))
}

/// Compares all sums over `n` elements on one instruction set with their twins.
fn compare(isa: Isa, n: usize, offset: usize) {
    let seed = n as u64;
    let [x, y] = [seed + 1, seed + 99].map(|seed| values(seed, n + offset));
    let [u, v] = [&x, &y].map(|row| row.iter().map(|a| a.abs()).collect());
    let narrow = [x, y, u, v];
    let wide = narrow.each_ref().map(|row| widened(row));
    let [x, y, u, v] = wide.each_ref().map(|row| &row[offset..]);
    let largest = (TWINS.chebyshev)(x, y);
    let w: Vec<f64> = (0..n).map(|k| 1.0 / (k as f64 + 0.3)).collect();
    let columns = widened(&values(seed + 7, n * LANES));
    let rows = widened(&values(seed + 8, n * GROUP));
    let length = n.div_ceil(LANES) * LANES;
    let wide_rows = widened(&values(seed + 9, 6 * length));
    let blocks = |place: usize| wide_rows[place * length..][..length].as_chunks().0;
    for p in [0.5, 3.2] {
        if cfg!(miri) && p == 0.5 {
            continue;
        }
        let arguments = Arguments {
            x,
            y,
            x_mean: 0.25,
            y_mean: -1.5,
            w: &w,
            scale: if largest > 0.0 { 1.0 / largest } else { 1.0 },
            p,
            u,
            v,
            u_scale: 1.0 / 7.0,
            v_scale: 1.0 / 9.0,
            columns: columns.as_chunks().0,
            rows: rows.as_chunks().0,
            xs: [0, 1].map(&blocks),
            ys: [2, 3, 4, 5].map(&blocks),
        };
        // At any address: `offset` bytes before the first number.
        let bytes = narrow.each_ref().map(|row| {
            let numbers = row[offset..].iter().flat_map(|v| v.to_ne_bytes());
            vec![0; offset]
                .into_iter()
                .chain(numbers)
                .collect::<Vec<u8>>()
        });
        let askew = arguments.with_rows(bytes.each_ref().map(|row| row[offset..].as_chunks().0));
        let from_f32 = Kernels::<Single>::for_isa(isa).results(&askew);
        let from_f64 = Kernels::for_isa(isa).results(&arguments);
        for ((twin, f32), f64) in TWINS.results(&arguments).iter().zip(from_f32).zip(from_f64) {
            let at = format!("{} {isa:?} n={n} offset={offset} p={p}", twin.0);
            assert_eq!(f32.1, twin.1, "{at} f32");
            assert_eq!(f64.1, twin.1, "{at} f64");
        }
    }
}

#[test]
fn every_instruction_set_gives_the_bits_of_the_slow_twins_at_every_length_and_offset() {
    on_every_isa(|isa| {
        for n in lengths() {
            for offset in [0, 1, 3] {
                compare(isa, n, offset);
            }
        }
    });
}

#[test]
fn the_lane_layout_agrees_with_a_plain_sum_to_rounding() {
    let (x, y) = (values(5, 1000), values(6, 1000));
    let terms = || x.iter().zip(&y).map(|(a, b)| f64::from(*a) * f64::from(*b));
    let plain: f64 = terms().sum();
    let size: f64 = terms().map(f64::abs).sum();
    let fast = (Kernels::for_isa(Isa::best()).dot)(singles(&x), singles(&y));
    assert!((fast - plain).abs() <= 1000.0 * f64::EPSILON * size);
}
