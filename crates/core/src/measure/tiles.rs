//! Keys of all pairs of two blocks of rows, a small square at a time.
//!
//! Where the measure has key rows, a square is a matrix product of packed panels; elsewhere it is
//! filled with exact distances. Either way it holds keys, larger for more alike rows, and comes
//! with a bound of how far a key may be from the exact one.

use std::borrow::Cow;

use rayon::prelude::*;

use crate::error::Result;
use crate::kernels::Isa;
use crate::kernels::products::{MultiplyPanels, PanelElement};
use crate::measure::{Held, KeyRows, Scratch, Side, Space};

/// Columns of key rows whose products are summed in the element type before they are widened.
/// Part of the last bits of `f32` keys, and of their bound.
const CHUNK: usize = 128;

/// The largest square in use has this side.
pub(crate) const LARGEST_SIDE: usize = 32;

/// Where keys come from.
pub(crate) enum Keys<'a> {
    Single(Products<'a, f32>),
    Double(Products<'a, f64>),
    Exact(Distances<'a>),
}

/// Consecutive rows of both sets, ready to be multiplied or compared.
pub(crate) enum Block<'b> {
    Single(Panels<'b, f32>),
    Double(Panels<'b, f64>),
    Exact { rows: Vec<u32>, held: Held },
}

/// Key rows in panels.
pub(crate) struct Panels<'b, T: Clone> {
    values: Cow<'b, [T]>,
    own: Cow<'b, [f64]>,
}

/// Two sets whose keys are products of packed panels.
pub(crate) struct Products<'a, T: Clone + 'static> {
    sets: Sets<'a>,
    rows: KeyRows,
    multiply: MultiplyPanels<T>,
    /// All panels of either set, where they were made once and for all.
    whole: Option<[Panels<'static, T>; 2]>,
    bound: f64,
}

/// Two sets that are compared row by row.
pub(crate) struct Distances<'a> {
    sets: Sets<'a>,
}

/// The rows asked with, and the rows they are compared with; the same set for all its pairs.
#[derive(Clone, Copy)]
pub(crate) struct Sets<'a> {
    pub(crate) queries: &'a Space<'a>,
    pub(crate) stored: &'a Space<'a>,
    /// Whether the two are one set.
    pub(crate) same: bool,
}

/// How keys are computed; [`Precision::Double`] costs twice the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Sums of 128 products in `f32`, then in `f64`.
    Single,
    /// All in `f64`.
    Double,
}

impl<'a> Sets<'a> {
    fn of(&self, side: Side) -> &'a Space<'a> {
        match side {
            Side::Query => self.queries,
            Side::Stored => self.stored,
        }
    }
}

impl<'a> Keys<'a> {
    /// Packs whole sets where their panels take at most `memory` bytes.
    pub(crate) fn new(sets: Sets<'a>, precision: Precision, memory: usize) -> Result<Self> {
        Ok(match (sets.queries.key_rows(), precision) {
            (None, _) => Self::exact(sets),
            (Some(rows), Precision::Single) => Self::Single(Products::new(sets, rows, memory)?),
            (Some(rows), Precision::Double) => Self::Double(Products::new(sets, rows, memory)?),
        })
    }

    /// Exact distances, whatever the measure.
    pub(crate) fn exact(sets: Sets<'a>) -> Self {
        Self::Exact(Distances { sets })
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
            Self::Single(Products { rows, .. }) | Self::Double(Products { rows, .. }) => {
                rows.distance_of(key)
            }
            Self::Exact(_) => -key,
        }
    }

    /// The key that goes with a distance.
    pub(crate) fn key_of(&self, distance: f64) -> f64 {
        match self {
            Self::Single(Products { rows, .. }) | Self::Double(Products { rows, .. }) => {
                rows.key_of(distance)
            }
            Self::Exact(_) => -distance,
        }
    }

    /// Makes `count` rows of one side ready, from `first`, which is a multiple of [`Self::side`].
    pub(crate) fn block(&self, side: Side, first: usize, count: usize) -> Result<Block<'_>> {
        match self {
            Self::Single(products) => products.block(side, first, count).map(Block::Single),
            Self::Double(products) => products.block(side, first, count).map(Block::Double),
            Self::Exact(distances) => {
                let rows: Vec<u32> = (first..first + count).map(|row| row as u32).collect();
                let held = distances.sets.of(side).hold(&rows)?;
                Ok(Block::Exact { rows, held })
            }
        }
    }

    /// Fills `square` with the keys of rows `i·side..` of block `a` against rows `j·side..` of block
    /// `b`, row after row. Places beyond the last row hold anything, and so do those of a set with
    /// itself whose second row does not come after the first.
    pub(crate) fn square(
        &self,
        (a, i): (&Block<'_>, usize),
        (b, j): (&Block<'_>, usize),
        square: &mut Square,
    ) -> Result<()> {
        match (self, a, b) {
            (Self::Single(products), Block::Single(a), Block::Single(b)) => {
                products.multiply(a, i, b, j, square);
            }
            (Self::Double(products), Block::Double(a), Block::Double(b)) => {
                products.multiply(a, i, b, j, square);
            }
            (Self::Exact(distances), Block::Exact { .. }, Block::Exact { .. }) => {
                return distances.compare(a, i, b, j, square);
            }
            _ => {}
        }
        Ok(())
    }
}

/// Room for one square.
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
    fn new(sets: Sets<'a>, rows: KeyRows, memory: usize) -> Result<Self> {
        let panels = |space: &Space<'_>| space.rows().div_ceil(T::PANEL) * T::PANEL;
        let one = sets.same && rows.symmetric;
        let held = panels(sets.queries) + if one { 0 } else { panels(sets.stored) };
        let bytes = held
            .saturating_mul(rows.width)
            .saturating_mul(size_of::<T>());
        let mut products = Self {
            sets,
            rows,
            multiply: T::multiply_panels(Isa::best()),
            whole: None,
            bound: 0.0,
        };
        products.bound = products.rounding(one)?;
        if bytes <= memory {
            let queries = products.pack(Side::Query, 0, sets.queries.rows())?;
            let stored = if one {
                Panels {
                    values: Cow::default(),
                    own: Cow::default(),
                }
            } else {
                products.pack(Side::Stored, 0, sets.stored.rows())?
            };
            products.whole = Some([queries, stored]);
        }
        Ok(products)
    }

    /// A sum of n products, each rounded, is off by at most n roundings of the sum of their sizes,
    /// which is at most the product of the norms (Higham 2002, section 3.1); both key rows were
    /// rounded to this type before. Below the normal numbers of the type each rounding is off by a
    /// step of its own; beyond its largest there is no bound.
    fn rounding(&self, one: bool) -> Result<f64> {
        let query = self.largest(Side::Query)?;
        let stored = if one {
            query
        } else {
            self.largest(Side::Stored)?
        };
        let narrow = (CHUNK.min(self.rows.width) + 4) as f64 * T::ROUNDING;
        let wide = (self.rows.width + 16) as f64 * f64::EPSILON;
        let product = query.norm * stored.norm;
        if product.max(query.norm).max(stored.norm) > T::LARGEST / 4.0 {
            return Ok(f64::INFINITY);
        }
        let width = self.rows.width as f64;
        let steps = T::STEP * (2.0 * width + width.sqrt() * (query.norm + stored.norm));
        Ok((narrow + wide) * product + 8.0 * f64::EPSILON * (query.own + stored.own) + steps)
    }

    fn largest(&self, side: Side) -> Result<Largest> {
        let space = self.sets.of(side);
        const ROWS: usize = 256;
        let width = self.rows.width;
        let blocks: Vec<Result<Largest>> = (0..space.rows().div_ceil(ROWS))
            .into_par_iter()
            .map(|block| {
                let first = block * ROWS;
                let count = ROWS.min(space.rows() - first);
                let (mut rows, mut own) = (vec![0.0; count * width], vec![0.0; count]);
                let held = space.hold_from(first, count)?;
                space.fill_keys(first, side, &held, &mut rows, &mut own)?;
                let mut largest = Largest::default();
                for (row, own) in rows.chunks_exact(width).zip(own) {
                    let square: f64 = row.iter().map(|v| v * v).sum();
                    largest.norm = largest.norm.max(square.sqrt());
                    largest.own = largest.own.max(own.abs());
                }
                Ok(largest)
            })
            .collect();
        let mut all = Largest::default();
        for block in blocks {
            let block = block?;
            all.norm = all.norm.max(block.norm);
            all.own = all.own.max(block.own);
        }
        Ok(all)
    }

    fn pack(&self, side: Side, first: usize, count: usize) -> Result<Panels<'static, T>> {
        let (panel, width) = (T::PANEL, self.rows.width);
        let padded = count.div_ceil(panel) * panel;
        let mut values = vec![T::default(); padded * width];
        let mut own = vec![0.0; padded];
        values
            .par_chunks_mut(panel * width)
            .zip(own.par_chunks_mut(panel))
            .enumerate()
            .map(|(p, (values, own))| {
                let rows = panel.min(count - p * panel);
                let mut keys = vec![0.0; rows * width];
                let first = first + p * panel;
                let space = self.sets.of(side);
                let held = space.hold_from(first, rows)?;
                space.fill_keys(first, side, &held, &mut keys, &mut own[..rows])?;
                for (r, row) in keys.chunks_exact(width).enumerate() {
                    for (k, value) in row.iter().enumerate() {
                        values[k * panel + r] = T::from_f64(*value);
                    }
                }
                Ok(())
            })
            .collect::<Vec<Result<()>>>()
            .into_iter()
            .collect::<Result<()>>()?;
        Ok(Panels {
            values: values.into(),
            own: own.into(),
        })
    }

    fn block(&self, side: Side, first: usize, count: usize) -> Result<Panels<'_, T>> {
        let Some([queries, stored]) = &self.whole else {
            return self.pack(side, first, count);
        };
        let whole = match side {
            Side::Stored if !stored.own.is_empty() => stored,
            _ => queries,
        };
        let end = (first + count).div_ceil(T::PANEL) * T::PANEL;
        Ok(Panels {
            values: Cow::Borrowed(&whole.values[first * self.rows.width..end * self.rows.width]),
            own: Cow::Borrowed(&whole.own[first..end]),
        })
    }

    fn multiply(
        &self,
        a: &Panels<'_, T>,
        i: usize,
        b: &Panels<'_, T>,
        j: usize,
        square: &mut Square,
    ) {
        let (panel, length) = (T::PANEL, T::PANEL * self.rows.width);
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
    }
}

#[derive(Clone, Copy, Default)]
struct Largest {
    norm: f64,
    own: f64,
}

impl Distances<'_> {
    fn compare(&self, a: &Block, i: usize, b: &Block, j: usize, square: &mut Square) -> Result<()> {
        let (
            Block::Exact { rows, held },
            Block::Exact {
                rows: others,
                held: other_held,
            },
        ) = (a, b)
        else {
            return Ok(());
        };
        let side = f64::PANEL;
        for (r, keys) in (i * side..rows.len()).zip(square.keys.chunks_exact_mut(side)) {
            for (c, key) in (j * side..others.len()).zip(keys.iter_mut()) {
                if self.sets.same && others[c] <= rows[r] {
                    continue;
                }
                *key = -self.sets.queries.distance(
                    (rows[r], held, r),
                    self.sets.stored,
                    (others[c], other_held, c),
                    &mut square.scratch,
                )?;
            }
        }
        Ok(())
    }
}
