//! Keys of all pairs of two blocks of rows, a small square at a time.
//!
//! Where the measure has key rows, a square is a matrix product of packed panels; elsewhere it is
//! filled with exact distances. Either way it holds keys, larger for more alike rows, and comes
//! with a bound of how far a key may be from the exact one.
//!
//! [`Keys`] make a [`KeyBlock`] of either side, and of two of them a [`Facing`], so both blocks of a square come
//! from the same keys.

use std::borrow::Cow;

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::job::memory::filled;
use crate::job::threads;
use crate::kernels::products::{MultiplyPanels, PanelElement};
use crate::measure::{Batch, KeyShape, Prepared, Scratch, Side, Sides};

/// Columns of key rows whose products are summed in the element type before they are widened.
/// Part of the last bits of `f32` keys, and of their bound.
const CHUNK: usize = 128;

/// The largest square in use has this side.
pub(crate) const LARGEST_SIDE: usize = 32;

/// Where keys come from.
pub(crate) enum Keys<'a> {
    Single(Products<'a, f32>),
    Double(Products<'a, f64>),
    Exact(Sides<'a>),
}

/// Consecutive rows of one side, ready to face rows of the other.
pub(crate) enum KeyBlock<'k> {
    Single(Panels<'k, f32>),
    Double(Panels<'k, f64>),
    Exact(Batch),
}

/// A block of queries and a block of stored rows.
pub(crate) enum Facing<'b> {
    Single(&'b Products<'b, f32>, [&'b Panels<'b, f32>; 2]),
    Double(&'b Products<'b, f64>, [&'b Panels<'b, f64>; 2]),
    Exact(&'b Sides<'b>, [&'b Batch; 2]),
}

/// Key rows in panels, from a row on.
pub(crate) struct Panels<'b, T: Clone> {
    first: usize,
    values: Cow<'b, [T]>,
    own: Cow<'b, [f64]>,
}

/// Two sets whose keys are products of packed panels.
pub(crate) struct Products<'a, T: Clone + 'static> {
    sides: Sides<'a>,
    shape: KeyShape,
    multiply: MultiplyPanels<T>,
    /// All panels of either set, where they were made once and for all.
    whole: Option<[Panels<'static, T>; 2]>,
    /// Rows of either set, in order, that are so long that their rounding would drown the keys of
    /// all others. Their pairs have exact keys.
    long: [Vec<u32>; 2],
    bound: f64,
}

/// The arithmetic of keys; [`KeyPrecision::Double`] costs twice the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPrecision {
    /// Sums of 128 products in `f32`, then in `f64`.
    Single,
    /// All in `f64`.
    Double,
}

impl<'a> Keys<'a> {
    /// Packs whole sets where their panels take at most `memory` bytes.
    pub(crate) fn new(sides: Sides<'a>, precision: KeyPrecision, memory: usize) -> Result<Self> {
        Ok(match (sides.queries.key_shape(), precision) {
            (None, _) => Self::Exact(sides),
            (Some(shape), KeyPrecision::Single) => {
                Self::Single(Products::new(sides, shape, memory)?)
            }
            (Some(shape), KeyPrecision::Double) => {
                Self::Double(Products::new(sides, shape, memory)?)
            }
        })
    }

    /// Gives back the panels of whole sets: what is asked for after that is packed block by block.
    pub(crate) fn drop_panels(&mut self) {
        match self {
            Self::Single(products) => products.whole = None,
            Self::Double(products) => products.whole = None,
            Self::Exact(_) => {}
        }
    }

    /// Rows on a side of a square.
    pub(crate) fn side(&self) -> usize {
        match self {
            Self::Single(_) => f32::PANEL,
            Self::Double(_) | Self::Exact(_) => f64::PANEL,
        }
    }

    /// No key is farther than this from the key of the exact distance.
    pub(crate) fn bound(&self) -> f64 {
        match self {
            Self::Single(products) => products.bound,
            Self::Double(products) => products.bound,
            Self::Exact(_) => 0.0,
        }
    }

    /// The distance that goes with a key.
    pub(crate) fn distance_of(&self, key: f64) -> f64 {
        match self {
            Self::Single(Products { shape, .. }) | Self::Double(Products { shape, .. }) => {
                shape.distance_of(key)
            }
            Self::Exact(_) => -key,
        }
    }

    /// The key that goes with a distance.
    pub(crate) fn key_of(&self, distance: f64) -> f64 {
        match self {
            Self::Single(Products { shape, .. }) | Self::Double(Products { shape, .. }) => {
                shape.key_of(distance)
            }
            Self::Exact(_) => -distance,
        }
    }

    /// Makes `count` rows of one side ready, from `first`, which is a multiple of [`Self::side`].
    pub(crate) fn block(&self, side: Side, first: usize, count: usize) -> Result<KeyBlock<'_>> {
        Ok(match self {
            Self::Single(p) => KeyBlock::Single(p.panels(side, first, count)?),
            Self::Double(p) => KeyBlock::Double(p.panels(side, first, count)?),
            Self::Exact(s) => KeyBlock::Exact(s.of(side).run(first, count)?),
        })
    }

    /// Blocks of queries and of stored rows that these keys made.
    pub(crate) fn facing<'b>(
        &'b self,
        queries: &'b KeyBlock<'b>,
        stored: &'b KeyBlock<'b>,
    ) -> Result<Facing<'b>> {
        match (self, queries, stored) {
            (Self::Single(p), KeyBlock::Single(a), KeyBlock::Single(b)) => {
                Ok(Facing::Single(p, [a, b]))
            }
            (Self::Double(p), KeyBlock::Double(a), KeyBlock::Double(b)) => {
                Ok(Facing::Double(p, [a, b]))
            }
            (Self::Exact(sides), KeyBlock::Exact(a), KeyBlock::Exact(b)) => {
                Ok(Facing::Exact(sides, [a, b]))
            }
            _ => Err(Error::internal("blocks of other keys")),
        }
    }
}

impl Facing<'_> {
    /// Fills `square` with the keys of queries `i·side..` against stored rows `j·side..`, counted
    /// from the start of their blocks, row after row. Places beyond the last row hold anything, and
    /// so do those of a set with itself whose second row does not come after the first.
    pub(crate) fn square(&self, i: usize, j: usize, square: &mut Square) -> Result<()> {
        match self {
            Self::Single(products, [a, b]) => products.multiply((a, i), (b, j), square),
            Self::Double(products, [a, b]) => products.multiply((a, i), (b, j), square),
            Self::Exact(sides, [a, b]) => compare(sides, (a, i), (b, j), square),
        }
    }
}

/// The other side.
pub(in crate::measure) fn opposite(side: Side) -> Side {
    match side {
        Side::Query => Side::Stored,
        Side::Stored => Side::Query,
    }
}

/// A buffer for one square.
pub(crate) struct Square {
    pub(crate) keys: Vec<f64>,
    scratch: Scratch,
}

impl Square {
    pub(crate) fn new() -> Self {
        Self {
            keys: vec![0.0; LARGEST_SIDE * LARGEST_SIDE],
            scratch: Scratch::default(),
        }
    }
}

impl<'a, T: PanelElement> Products<'a, T> {
    fn new(sides: Sides<'a>, shape: KeyShape, memory: usize) -> Result<Self> {
        let panels = |set: &Prepared<'_>| set.rows().div_ceil(T::PANEL) * T::PANEL;
        let one = sides.same && shape.symmetric;
        let held = panels(sides.queries) + if one { 0 } else { panels(sides.stored) };
        let bytes = held
            .saturating_mul(shape.width)
            .saturating_mul(size_of::<T>());
        let mut products = Self {
            sides,
            shape,
            multiply: T::multiply_panels(sides.queries.isa()),
            whole: None,
            long: [Vec::new(), Vec::new()],
            bound: 0.0,
        };
        products.measure(one)?;
        if bytes <= memory {
            let queries = products.pack(Side::Query, 0, sides.queries.rows())?;
            let stored = if one {
                Panels {
                    first: 0,
                    values: Cow::default(),
                    own: Cow::default(),
                }
            } else {
                products.pack(Side::Stored, 0, sides.stored.rows())?
            };
            products.whole = Some([queries, stored]);
        }
        Ok(products)
    }

    /// Finds the long rows of both sets and the bound of all other keys.
    fn measure(&mut self, one: bool) -> Result<()> {
        let (of_queries, query) = self.sizes(Side::Query)?;
        let (of_stored, stored) = if one {
            (of_queries.clone(), query)
        } else {
            self.sizes(Side::Stored)?
        };
        self.long = [of_queries, of_stored];
        self.bound = self.rounding(query, stored);
        Ok(())
    }

    /// A sum of n products, each rounded, is off by at most n roundings of the sum of their sizes,
    /// which is at most the product of the norms (Higham 2002, section 3.1); both key rows were
    /// rounded to this type before. Below the normal numbers of the type each rounding is off by a
    /// step of its own; beyond its largest there is no bound.
    fn rounding(&self, query: Largest, stored: Largest) -> f64 {
        let narrow = (CHUNK.min(self.shape.width) + 4) as f64 * T::ROUNDING;
        let wide = (self.shape.width + 16) as f64 * f64::EPSILON;
        let product = query.norm * stored.norm;
        if product.max(query.norm).max(stored.norm) > T::LARGEST / 4.0 {
            return f64::INFINITY;
        }
        let width = self.shape.width as f64;
        let steps = T::STEP * (2.0 * width + width.sqrt() * (query.norm + stored.norm));
        (narrow + wide) * product + 8.0 * f64::EPSILON * (query.own + stored.own) + steps
    }

    /// The few long rows of a set, and the largest sizes of the others.
    fn sizes(&self, side: Side) -> Result<(Vec<u32>, Largest)> {
        let set = self.sides.of(side);
        const ROWS: usize = 256;
        let width = self.shape.width;
        let blocks: Vec<Result<Vec<Largest>>> = (0..set.rows().div_ceil(ROWS))
            .into_par_iter()
            .map(|block| {
                let first = block * ROWS;
                let count = ROWS.min(set.rows() - first);
                let mut rows = filled("key rows", count.saturating_mul(width), 0.0)?;
                let mut own = filled("key rows", count, 0.0)?;
                set.fill_keys(&set.run(first, count)?, side, &mut rows, &mut own)?;
                let size = |(row, own): (&[f64], f64)| {
                    let square: f64 = row.iter().map(|v| v * v).sum();
                    Largest {
                        norm: square.sqrt(),
                        own: own.abs(),
                    }
                };
                Ok(rows.chunks_exact(width).zip(own).map(size).collect())
            })
            .collect();
        let mut sizes = Vec::with_capacity(set.rows());
        for block in blocks {
            sizes.extend(block?);
        }
        Ok(without_long(&sizes))
    }

    fn pack(&self, side: Side, first: usize, count: usize) -> Result<Panels<'static, T>> {
        let (panel, width) = (T::PANEL, self.shape.width);
        let padded = count.div_ceil(panel) * panel;
        let mut values = filled("packed rows", padded.saturating_mul(width), T::default())?;
        let mut own = filled("packed rows", padded, 0.0)?;
        let panels = values.chunks_mut(panel * width).zip(own.chunks_mut(panel));
        threads::try_share(panels.enumerate(), |(p, (values, own))| {
            let rows = panel.min(count - p * panel);
            let mut keys = filled("key rows", rows.saturating_mul(width), 0.0)?;
            let first = first + p * panel;
            let set = self.sides.of(side);
            let batch = set.run(first, rows)?;
            set.fill_keys(&batch, side, &mut keys, &mut own[..rows])?;
            for (r, row) in keys.chunks_exact(width).enumerate() {
                for (k, value) in row.iter().enumerate() {
                    values[k * panel + r] = T::from_f64(*value);
                }
            }
            Ok(())
        })?;
        Ok(Panels {
            first,
            values: values.into(),
            own: own.into(),
        })
    }

    fn panels(&self, side: Side, first: usize, count: usize) -> Result<Panels<'_, T>> {
        let Some([queries, stored]) = &self.whole else {
            return self.pack(side, first, count);
        };
        let whole = match side {
            Side::Stored if !stored.own.is_empty() => stored,
            _ => queries,
        };
        let end = (first + count).div_ceil(T::PANEL) * T::PANEL;
        Ok(Panels {
            first,
            values: Cow::Borrowed(&whole.values[first * self.shape.width..end * self.shape.width]),
            own: Cow::Borrowed(&whole.own[first..end]),
        })
    }

    fn multiply(
        &self,
        (a, i): (&Panels<'_, T>, usize),
        (b, j): (&Panels<'_, T>, usize),
        square: &mut Square,
    ) -> Result<()> {
        let (panel, length) = (T::PANEL, T::PANEL * self.shape.width);
        let (x, y) = (
            &a.values[i * length..][..length],
            &b.values[j * length..][..length],
        );
        let keys = &mut square.keys[..panel * panel];
        let own = &b.own[j * panel..][..panel];
        for (keys, x) in keys.chunks_exact_mut(panel).zip(&a.own[i * panel..]) {
            for (key, y) in keys.iter_mut().zip(own) {
                *key = -(x + y);
            }
        }
        for (x, y) in x.chunks(CHUNK * panel).zip(y.chunks(CHUNK * panel)) {
            (self.multiply)(x, y, keys, panel);
        }
        if self.long.iter().all(Vec::is_empty) {
            return Ok(());
        }
        self.correct(a.first + i * panel, b.first + j * panel, square)
    }

    /// Puts exact keys in the rows and columns of long rows.
    fn correct(&self, first: usize, second: usize, square: &mut Square) -> Result<()> {
        let panel = T::PANEL;
        let is_long =
            |side: usize, row: usize| self.long[side].binary_search(&(row as u32)).is_ok();
        let any = |side: usize, from: usize| (from..from + panel).any(|row| is_long(side, row));
        if !any(0, first) && !any(1, second) {
            return Ok(());
        }
        let Sides {
            queries,
            stored,
            same,
        } = self.sides;
        let a = queries.run(first, panel.min(queries.rows() - first))?;
        let b = stored.run(second, panel.min(stored.rows() - second))?;
        for r in 0..a.len() {
            for c in 0..b.len() {
                let twice = same && second + c <= first + r;
                if twice || !(is_long(0, first + r) || is_long(1, second + c)) {
                    continue;
                }
                let distance = self.sides.distance((&a, r), (&b, c), &mut square.scratch)?;
                square.keys[r * panel + c] = self.shape.key_of(distance);
            }
        }
        Ok(())
    }
}

/// Size of a key row, or the largest of several.
#[derive(Clone, Copy, Default)]
struct Largest {
    norm: f64,
    own: f64,
}

/// Rows more than 64 times as long as the middle one, if they are few, and the largest sizes of the
/// others.
fn without_long(sizes: &[Largest]) -> (Vec<u32>, Largest) {
    let mut norms: Vec<f64> = sizes.iter().map(|size| size.norm).collect();
    let middle = norms.len() / 2;
    let (_, middle, _) = norms.select_nth_unstable_by(middle, f64::total_cmp);
    let most = 64.0 * *middle;
    let is_long = |size: &Largest| size.norm.is_nan() || size.norm > most;
    let mut long: Vec<u32> = (0..)
        .zip(sizes)
        .filter(|(_, size)| is_long(size))
        .map(|(row, _)| row)
        .collect();
    if long.len() > sizes.len().div_ceil(64) {
        long.clear();
    }
    let mut largest = Largest::default();
    for size in sizes {
        if long.is_empty() || !is_long(size) {
            largest.norm = largest.norm.max(size.norm);
            largest.own = largest.own.max(size.own);
        }
    }
    (long, largest)
}

/// Fills a square with negated distances.
fn compare(
    sides: &Sides<'_>,
    (a, i): (&Batch, usize),
    (b, j): (&Batch, usize),
    square: &mut Square,
) -> Result<()> {
    let side = f64::PANEL;
    for (r, keys) in (i * side..a.len()).zip(square.keys.chunks_exact_mut(side)) {
        for (c, key) in (j * side..b.len()).zip(keys.iter_mut()) {
            if sides.same && b.number(c) <= a.number(r) {
                continue;
            }
            *key = -sides.distance((a, r), (b, c), &mut square.scratch)?;
        }
    }
    Ok(())
}
