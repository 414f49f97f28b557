//! The lane layout of every sum: sixteen lanes of f64.
//!
//! Element `k` of a vector always goes to lane `k % 16`, and the lanes are added in one fixed
//! tree. No step is fused (an addition of a product is always two roundings), so the result does
//! not depend on how many lanes the machine holds in one register: eight, four or two of them side
//! by side give the same bits. A term passes through ⌈d/16⌉ + 4 additions at most, which bounds the
//! rounding error (Higham 2002, *Accuracy and Stability of Numerical Algorithms*, section 4.2).
//!
//! ```text
//! lane[k % 16] ⊕= term(x[k], y[k])                  k = 0, 1, …, d−1
//! result = ((l0 ⊕ l8) ⊕ (l4 ⊕ l12)) ⊕ …             halves, then quarters, …
//! ```
//!
//! The last, incomplete block is filled up with a pair of values whose term is +0: adding that
//! changes no lane, since a lane that starts at +0 never becomes −0.

use super::vector::{LANES, Vector};
use crate::kernels::element::Element;

/// How many rows a panel of a matrix is multiplied with at once. Does not change results.
pub(crate) const GROUP: usize = 8;

/// How many rows meet how many others at once. Does not change results.
pub(crate) const CORNER: (usize, usize) = (2, 4);

/// The terms of `N` sums for a pair of elements.
///
/// A trait with one implementation for each sum, not a closure: everything between the loop and the
/// intrinsics must be inlined always, and closures cannot be marked so.
pub(super) trait Term<const N: usize> {
    fn of<V: Vector>(&self, a: V, b: V) -> [V; N];
}

/// `Σ term(x_k, y_k)` in `N` sums at once; the terms of the pair `fill` are +0.
#[inline(always)]
pub(super) fn sum<V: Vector, T: Element, const N: usize, K: Term<N>>(
    x: &[T],
    y: &[T],
    term: &K,
    fill: (f64, f64),
) -> [f64; N] {
    let mut lanes = [V::splat(0.0); N];
    let (x_blocks, x_tail) = x.as_chunks::<LANES>();
    let (y_blocks, y_tail) = y.as_chunks::<LANES>();
    for (x, y) in x_blocks.iter().zip(y_blocks) {
        let terms = term.of::<V>(T::load(x), T::load(y));
        for n in 0..N {
            lanes[n] = lanes[n].add(terms[n]);
        }
    }
    if !x_tail.is_empty() {
        let terms = term.of::<V>(filled(x_tail, fill.0), filled(y_tail, fill.1));
        for n in 0..N {
            lanes[n] = lanes[n].add(terms[n]);
        }
    }
    let mut sums = [0.0; N];
    for n in 0..N {
        sums[n] = fold(lanes[n].store(), |a, b| a + b);
    }
    sums
}

/// `Σ w_k (x_k − y_k)²`
#[inline(always)]
pub(super) fn weighted_squares<V: Vector, T: Element>(x: &[T], y: &[T], w: &[f64]) -> f64 {
    let mut lanes = V::splat(0.0);
    let (x_blocks, x_tail) = x.as_chunks::<LANES>();
    let (y_blocks, y_tail) = y.as_chunks::<LANES>();
    let (w_blocks, w_tail) = w.as_chunks::<LANES>();
    for ((x, y), w) in x_blocks.iter().zip(y_blocks).zip(w_blocks) {
        let gap = T::load::<V>(x).sub(T::load(y));
        lanes = lanes.add(V::load(w).mul(gap.mul(gap)));
    }
    if !x_tail.is_empty() {
        let gap = filled::<V, T>(x_tail, 0.0).sub(filled(y_tail, 0.0));
        lanes = lanes.add(filled::<V, f64>(w_tail, 0.0).mul(gap.mul(gap)));
    }
    fold(lanes.store(), |a, b| a + b)
}

/// `max |x_k − y_k|`; 0 for empty rows.
#[inline(always)]
pub(super) fn largest_gap<V: Vector, T: Element>(x: &[T], y: &[T]) -> f64 {
    let mut lanes = V::splat(0.0);
    let (x_blocks, x_tail) = x.as_chunks::<LANES>();
    let (y_blocks, y_tail) = y.as_chunks::<LANES>();
    for (x, y) in x_blocks.iter().zip(y_blocks) {
        lanes = T::load::<V>(x).sub(T::load(y)).abs().larger(lanes);
    }
    if !x_tail.is_empty() {
        let gap = filled::<V, T>(x_tail, 0.0).sub(filled(y_tail, 0.0));
        lanes = gap.abs().larger(lanes);
    }
    fold(lanes.store(), |a, b| if a > b { a } else { b })
}

#[inline(always)]
fn filled<V: Vector, T: Element>(tail: &[T], fill: f64) -> V {
    let mut block = [fill; LANES];
    for (place, value) in block.iter_mut().zip(tail) {
        *place = value.widen();
    }
    V::load(&block)
}

/// `Σ term(x_k, y_k)` of each row of `xs` with each of `ys`, which have equally many blocks.
#[inline(always)]
pub(super) fn corner<V: Vector, K: Term<1>>(
    xs: [&[[f64; LANES]]; CORNER.0],
    ys: [&[[f64; LANES]]; CORNER.1],
    term: &K,
) -> [[f64; CORNER.1]; CORNER.0] {
    let mut sums = [[0.0; CORNER.1]; CORNER.0];
    if V::MANY {
        part::<V, K, { CORNER.0 }, { CORNER.1 }>((xs, 0), (ys, 0), term, &mut sums);
    } else {
        for i in 0..CORNER.0 {
            for j in (0..CORNER.1).step_by(2) {
                part::<V, K, 1, 2>((xs, i), (ys, j), term, &mut sums);
            }
        }
    }
    sums
}

/// `A` rows from place `i` on with `B` from place `j`, as many as registers hold at once.
#[inline(always)]
fn part<V: Vector, K: Term<1>, const A: usize, const B: usize>(
    (xs, i): ([&[[f64; LANES]]; CORNER.0], usize),
    (ys, j): ([&[[f64; LANES]]; CORNER.1], usize),
    term: &K,
    sums: &mut [[f64; CORNER.1]; CORNER.0],
) {
    let mut lanes = [[V::splat(0.0); B]; A];
    let blocks = xs[i].len();
    for a in 0..A {
        assert_eq!(xs[i + a].len(), blocks);
    }
    for b in 0..B {
        assert_eq!(ys[j + b].len(), blocks);
    }
    for k in 0..blocks {
        let mut y = [V::splat(0.0); B];
        for b in 0..B {
            y[b] = V::load(&ys[j + b][k]);
        }
        for a in 0..A {
            let x = V::load(&xs[i + a][k]);
            for b in 0..B {
                let [value] = term.of::<V>(x, y[b]);
                lanes[a][b] = lanes[a][b].add(value);
            }
        }
    }
    for a in 0..A {
        for b in 0..B {
            sums[i + a][j + b] = fold(lanes[a][b].store(), |x, y| x + y);
        }
    }
}

/// `columns · rows`: sixteen coordinates of each of eight rows. Each is a sum in the order of the
/// columns, so that it does not depend on the rows beside it.
#[inline(always)]
pub(super) fn panel<V: Vector>(
    columns: &[[f64; LANES]],
    rows: &[[f64; GROUP]],
) -> [[f64; LANES]; GROUP] {
    let mut products = [[0.0; LANES]; GROUP];
    if V::MANY {
        tile::<V, GROUP>(columns, rows, 0, &mut products);
    } else {
        for first in (0..GROUP).step_by(2) {
            tile::<V, 2>(columns, rows, first, &mut products);
        }
    }
    products
}

/// Products with the `N` rows from `first`, as many as registers hold at once.
#[inline(always)]
fn tile<V: Vector, const N: usize>(
    columns: &[[f64; LANES]],
    rows: &[[f64; GROUP]],
    first: usize,
    products: &mut [[f64; LANES]; GROUP],
) {
    let mut sums = [V::splat(0.0); N];
    for (column, row) in columns.iter().zip(rows) {
        let column = V::load(column);
        for n in 0..N {
            sums[n] = sums[n].add(column.mul(V::splat(row[first + n])));
        }
    }
    for n in 0..N {
        products[first + n] = sums[n].store();
    }
}

#[inline(always)]
pub(crate) fn fold(mut lanes: [f64; LANES], join: impl Fn(f64, f64) -> f64) -> f64 {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] = join(lanes[lane], lanes[lane + width]);
        }
        width /= 2;
    }
    lanes[0]
}
