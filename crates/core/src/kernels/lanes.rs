//! The one shape of every sum: sixteen lanes of f64.
//!
//! Element `k` of a vector always goes to lane `k % 16`, and the lanes are added in one fixed
//! tree. No step is fused (an addition of a product is always two roundings), so the result does
//! not depend on how many lanes the machine holds in one register: the compiler may put sixteen,
//! eight, four or two of them side by side and the bits stay the same.
//!
//! ```text
//! lane[k % 16] ⊕= term(x[k], y[k])                  k = 0, 1, …, d−1
//! result = ((l0 ⊕ l8) ⊕ (l4 ⊕ l12)) ⊕ …             halves, then quarters, …
//! ```

/// How many lanes there are. Part of every result: changing it moves last bits.
pub(crate) const LANES: usize = 16;

/// An element of a row: widened to f64 before anything else happens to it.
pub(crate) trait Element: Copy {
    fn widen(self) -> f64;
}

impl Element for f32 {
    #[inline(always)]
    fn widen(self) -> f64 {
        f64::from(self)
    }
}

impl Element for f64 {
    #[inline(always)]
    fn widen(self) -> f64 {
        self
    }
}

/// `Σ term(x_k, y_k)` in `N` sums at once.
#[inline(always)]
pub(crate) fn sum<T: Element, const N: usize>(
    x: &[T],
    y: &[T],
    term: impl Fn(f64, f64) -> [f64; N],
) -> [f64; N] {
    let mut lanes = [[0.0; LANES]; N];
    let (x_blocks, x_tail) = x.as_chunks::<LANES>();
    let (y_blocks, y_tail) = y.as_chunks::<LANES>();
    for (xs, ys) in x_blocks.iter().zip(y_blocks) {
        for lane in 0..LANES {
            let value = term(xs[lane].widen(), ys[lane].widen());
            for n in 0..N {
                lanes[n][lane] += value[n];
            }
        }
    }
    for (lane, (a, b)) in x_tail.iter().zip(y_tail).enumerate() {
        let value = term(a.widen(), b.widen());
        for n in 0..N {
            lanes[n][lane] += value[n];
        }
    }
    lanes.map(|l| fold(l, |a, b| a + b))
}

/// `Σ term(x_k, y_k, w_k)`: as [`sum`], with a weight for each coordinate.
#[inline(always)]
pub(crate) fn weighted_sum<T: Element>(
    x: &[T],
    y: &[T],
    w: &[f64],
    term: impl Fn(f64, f64, f64) -> f64,
) -> f64 {
    let mut lanes = [0.0; LANES];
    let (x_blocks, x_tail) = x.as_chunks::<LANES>();
    let (y_blocks, y_tail) = y.as_chunks::<LANES>();
    let (w_blocks, w_tail) = w.as_chunks::<LANES>();
    for ((xs, ys), ws) in x_blocks.iter().zip(y_blocks).zip(w_blocks) {
        for lane in 0..LANES {
            lanes[lane] += term(xs[lane].widen(), ys[lane].widen(), ws[lane]);
        }
    }
    for (lane, ((a, b), w)) in x_tail.iter().zip(y_tail).zip(w_tail).enumerate() {
        lanes[lane] += term(a.widen(), b.widen(), *w);
    }
    fold(lanes, |a, b| a + b)
}

/// `max term(x_k, y_k)` over non-negative terms; 0 for empty rows.
#[inline(always)]
pub(crate) fn max<T: Element>(x: &[T], y: &[T], term: impl Fn(f64, f64) -> f64) -> f64 {
    #[inline(always)]
    fn larger(a: f64, b: f64) -> f64 {
        if a > b { a } else { b }
    }
    let mut lanes = [0.0; LANES];
    let (x_blocks, x_tail) = x.as_chunks::<LANES>();
    let (y_blocks, y_tail) = y.as_chunks::<LANES>();
    for (xs, ys) in x_blocks.iter().zip(y_blocks) {
        for lane in 0..LANES {
            lanes[lane] = larger(term(xs[lane].widen(), ys[lane].widen()), lanes[lane]);
        }
    }
    for (lane, (a, b)) in x_tail.iter().zip(y_tail).enumerate() {
        lanes[lane] = larger(term(a.widen(), b.widen()), lanes[lane]);
    }
    fold(lanes, larger)
}

#[inline(always)]
fn fold(mut lanes: [f64; LANES], join: impl Fn(f64, f64) -> f64) -> f64 {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] = join(lanes[lane], lanes[lane + width]);
        }
        width /= 2;
    }
    lanes[0]
}
