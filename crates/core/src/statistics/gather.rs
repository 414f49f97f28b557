//! The streaming pass.

use std::ops::Range;

use rayon::prelude::*;

use super::block::{BLOCK_ROWS, BlockSums, Pass, Sample, TILE_ROWS};
use super::bundle::{Bundle, BundleParts, ClassSums};
use super::compensated::{Compensated, add_to};
use super::estimate::{CONSTANT, mean};
use crate::error::{Code, Error, Result};
use crate::job::memory::filled;
use crate::job::{Job, threads};
use crate::kernels::Isa;
use crate::kernels::products::PanelElement;
use crate::linalg::rounding_share;
use crate::rows::{Classes, IGNORED, Invalid, RowSource, ScaledRows};

/// Arithmetic of the products.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arithmetic {
    /// [`Double`](Self::Double) up to 2³³ products, [`Single`](Self::Single) beyond.
    #[default]
    Auto,
    /// Products of singles, summed in singles over 256 rows and in doubles from there on:
    /// errors near 1e-7 of the largest entry, twice as fast.
    Single,
    /// Doubles throughout.
    Double,
    /// Doubles throughout, rounded as without fused steps: the same bits on every machine, in up to twice
    /// the time, but where products of rows about the shift are exact.
    Portable,
}

impl Arithmetic {
    pub(crate) fn is_double(self, rows: usize, dim: usize) -> bool {
        match self {
            Self::Double | Self::Portable => true,
            Self::Single => false,
            Self::Auto => (rows as u128) * (dim as u128) * (dim as u128) <= 1 << 33,
        }
    }

    /// The arithmetic that sums over `rows` rows of `dim` columns take.
    pub(crate) fn settled(self, rows: usize, dim: usize) -> Self {
        match self {
            Self::Auto if self.is_double(rows, dim) => Self::Double,
            Self::Auto => Self::Single,
            asked => asked,
        }
    }

    /// Share of a scatter's trace that may be nothing but rounding of its sums.
    ///
    /// For doubles [`rounding_share`]. For singles, an entry is off by √256 roundings over a block of
    /// 256 rows, and the errors of blocks are independent: 2⁻²⁰ √(256/N) of the largest entry, which is
    /// d times as much at most in the norm of the matrix.
    pub(crate) fn rounding_share(self, rows: usize, dim: usize) -> f64 {
        let share = rounding_share(dim);
        if self.is_double(rows, dim) {
            return share;
        }
        let blocks = (rows as f64 / 256.0).max(1.0);
        share.max(dim as f64 * libm::ldexp(1.0, -20) / blocks.sqrt())
    }
}

/// How to gather.
#[derive(Clone, Copy, Debug)]
pub struct GatherOptions<'a> {
    /// Which sums.
    pub parts: BundleParts,
    /// Arithmetic of the products.
    pub arithmetic: Arithmetic,
    /// Policy for rows that are not finite.
    pub invalid: Invalid,
    /// The provisional shift; by default the mean of the first block, rounded to single.
    pub shift: Option<&'a [f64]>,
    /// Without a shift, rows that lie around the origin are summed about it, where products of singles are exact.
    pub origin: bool,
    /// Name of the phase that watchers see.
    pub phase: &'static str,
}

impl Default for GatherOptions<'_> {
    fn default() -> Self {
        Self {
            parts: BundleParts::SCATTER,
            arithmetic: Arithmetic::Auto,
            invalid: Invalid::Refuse,
            shift: None,
            origin: false,
            phase: "gather",
        }
    }
}

/// Reads every row once and sums it; twice where the first block is not like the rest, so that
/// its mean is no good shift and none was given.
///
/// Rows are summed in blocks of 2048, blocks are folded in order: the bits depend neither on the
/// number of threads of the current pool nor, among those with fused steps, on the instruction set. Without `classes` all rows
/// count and nothing is kept per class; no bit of the other sums depends on whether sums of classes are kept.
///
/// Memory: O(classes·d + d²·threads), and without sums of classes O(classes + d²·threads). Cost: one pass, n·d²/2 multiply-adds (twice with the
/// weighted scatter unless all classes have one size).
///
/// Errors: `EDIMENSION` if labels and rows differ in number or the shift has another length;
/// `ENOTFINITE` for a row that is not finite, with row and column; `EEMPTY` if no row is left;
/// `EOPTION` for a weighted scatter without classes; `EMEMORY`; `EABORTED`; and what the source
/// reports.
pub fn gather(
    source: &dyn RowSource,
    classes: Option<&Classes<'_>>,
    options: &GatherOptions<'_>,
    job: &Job,
) -> Result<Bundle> {
    let pieces = blocks_of(0..source.rows());
    let pass = |shift: Option<&[f64]>| {
        let options = GatherOptions { shift, ..*options };
        gather_pieces(source, classes, &options, &pieces, job)
    };
    if options.origin && options.shift.is_none() && begins_around_origin(source)? {
        let bundle = pass(Some(&vec![0.0; source.dim()]))?;
        if is_around_shift(&bundle) {
            return Ok(bundle);
        }
    }
    about_a_near_shift(options.shift, pass)
}

/// True if the first rows lie around the origin, as [`is_around_shift`] asks of all.
fn begins_around_origin(source: &dyn RowSource) -> Result<bool> {
    let (count, dim) = (TILE_ROWS.min(source.rows()), source.dim());
    let mut rows = filled("a block of rows", count.saturating_mul(dim), 0.0)?;
    source.read_rows_f64(0, &mut rows)?;
    let mut sums = vec![(0.0, 0.0); dim];
    for row in rows.chunks_exact(dim.max(1)) {
        for ((sum, squares), x) in sums.iter_mut().zip(row) {
            *sum += x;
            *squares += x * x;
        }
    }
    Ok(sums
        .iter()
        .all(|(sum, squares)| is_around(count as f64, *sum, *squares)))
}

/// True if no column's mean is farther from the shift than √3 standard deviations: two digits of 53 may cancel.
fn is_around_shift(bundle: &Bundle) -> bool {
    let n = bundle.rows as f64;
    bundle.scatter.as_ref().is_some_and(|scatter| {
        let mut sums = bundle.sum.values().enumerate();
        sums.all(|(j, sum)| is_around(n, sum, scatter.get(j * (bundle.dim + 1))))
    })
}

/// The same of one column, from the number of rows and the sums of gaps from the shift and of their squares.
fn is_around(n: f64, sum: f64, squares: f64) -> bool {
    4.0 * (squares - sum * (sum / n)) >= squares
}

/// The bundle of `pass`: made once more, about the mean, where no shift was given and the first rows are not
/// like the others.
///
/// Errors: `EEMPTY` if no row is left, and those of `pass`.
pub(crate) fn about_a_near_shift(
    given: Option<&[f64]>,
    mut pass: impl FnMut(Option<&[f64]>) -> Result<Bundle>,
) -> Result<Bundle> {
    let bundle = pass(given)?;
    if bundle.rows == 0 {
        return Err(Error::new(Code::Empty, "no usable rows", "at least one"));
    }
    if given.is_some() || !is_off_center(&bundle) {
        return Ok(bundle);
    }
    pass(Some(&mean(&bundle).to_vec()))
}

/// The blocks that begin in a range of rows, each as its first row and its length, for a range that begins
/// and ends at a block or at the end.
pub(crate) fn blocks_of(rows: Range<usize>) -> Vec<Piece> {
    let first = rows.clone().step_by(BLOCK_ROWS);
    first
        .map(|first| (first, BLOCK_ROWS.min(rows.end - first)))
        .collect()
}

/// First row and number of rows, no more than a block, that are summed before they are folded.
pub(crate) type Piece = (usize, usize);

/// The sums over some rows of a source, in the order of the pieces, as [`gather`] forms them over all: about
/// the mean of the first block of the source, if no shift is given, and with the sizes that the classes have
/// in the whole of it.
///
/// Errors: as [`gather`], but for `EEMPTY`.
pub(crate) fn gather_pieces(
    source: &dyn RowSource,
    classes: Option<&Classes<'_>>,
    options: &GatherOptions<'_>,
    pieces: &[Piece],
    job: &Job,
) -> Result<Bundle> {
    let (rows, dim) = (source.rows(), source.dim());
    let parts = options.parts;
    if let Some(classes) = classes
        && classes.of_row().len() != rows
    {
        return Err(Error::new(
            Code::Dimension,
            format!("{} labels", classes.of_row().len()),
            format!("{rows}, one for each row"),
        ));
    }
    if parts.weighted && (classes.is_none() || !parts.classes || !parts.scatter) {
        return Err(Error::new(
            Code::Option,
            "a weighted scatter without classes, their sums or a scatter",
            "all of them",
        ));
    }
    if let Some(shift) = options.shift
        && shift.len() != dim
    {
        return Err(Error::new(
            Code::Dimension,
            format!("a shift of {} values", shift.len()),
            format!("{dim}"),
        ));
    }
    if dim == 0 {
        return Err(Error::new(
            Code::Empty,
            "rows without columns",
            "at least one column",
        ));
    }
    let double = options.arithmetic.is_double(rows, dim);
    job.begin(
        options.phase,
        pieces.iter().map(|(_, count)| *count as u64).sum(),
    );
    match double {
        true => gather_as::<f64>(source, classes, options, pieces, job),
        false => gather_as::<f32>(source, classes, options, pieces, job),
    }
}

/// True if a column's mean is farther from the shift than its standard deviation, so that
/// variances would be small differences of large sums: the first rows are not like the others.
fn is_off_center(bundle: &Bundle) -> bool {
    let Some(scatter) = &bundle.scatter else {
        return false;
    };
    let n = bundle.rows as f64;
    bundle.sum.values().enumerate().any(|(j, sum)| {
        let about_shift = scatter.get(j * bundle.dim + j);
        let variance = about_shift - sum * (sum / n);
        variance > CONSTANT * about_shift && 2.0 * variance < about_shift
    })
}

/// [`gather`] whatever the unit of the rows: a bundle of the rows divided by the second value, a
/// power of two. It is 1 unless squares of the rows leave the range of doubles; then the rows are
/// read twice more.
///
/// Errors: as [`gather`].
pub(crate) fn gather_in_range(
    source: &dyn RowSource,
    classes: Option<&Classes<'_>>,
    options: &GatherOptions<'_>,
    job: &Job,
) -> Result<(Bundle, f64)> {
    let plain = gather(source, classes, options, job);
    match &plain {
        Ok(bundle) if squares_are_in_range(bundle) => return plain.map(|bundle| (bundle, 1.0)),
        Ok(_) => {}
        Err(error) if error.code() == Code::NotFinite => {}
        Err(_) => return plain.map(|bundle| (bundle, 1.0)),
    }
    let of_row = classes.map_or(&[][..], Classes::of_row);
    let largest = largest_value(source, of_row, options.invalid)?;
    if largest == 0.0 || (1e-100..1e100).contains(&largest) || !largest.is_finite() {
        return plain.map(|bundle| (bundle, 1.0));
    }
    let (_, exponent) = libm::frexp(largest);
    let unit = libm::ldexp(1.0, exponent.clamp(-1000, 1000));
    let scaled = ScaledRows::new(source, unit);
    Ok((gather(&scaled, classes, options, job)?, unit))
}

/// True if squares of the rows stay far inside the range of doubles.
pub(crate) fn squares_are_in_range(bundle: &Bundle) -> bool {
    (1e-250..1e250).contains(&largest_square(bundle))
}

/// As [`squares_are_in_range`], without a look at the rows: where nothing differs from the shift, all of them are
/// one row.
pub(crate) fn sums_are_in_range(bundle: &Bundle) -> bool {
    squares_are_in_range(bundle)
        || (largest_square(bundle) == 0.0 && bundle.sum.values().all(|sum| sum == 0.0))
}

fn largest_square(bundle: &Bundle) -> f64 {
    let diagonal = |j: usize| {
        let scatter = bundle.scatter.as_ref();
        scatter.map_or(1.0, |s| s.get(j * (bundle.dim + 1)))
    };
    (0..bundle.dim).map(diagonal).fold(0.0, f64::max)
}

/// Largest magnitude of the rows that take part.
fn largest_value(source: &dyn RowSource, of_row: &[u32], invalid: Invalid) -> Result<f64> {
    let mut row = filled("a row", source.dim(), 0.0)?;
    let mut largest = 0.0f64;
    for i in 0..source.rows() {
        if of_row.get(i) == Some(&IGNORED) {
            continue;
        }
        source.read_rows_f64(i, &mut row)?;
        let finite = row.iter().all(|v| v.is_finite());
        if finite || invalid == Invalid::Refuse {
            let size = |most: f64, v: &f64| {
                if v.is_finite() {
                    most.max(v.abs())
                } else {
                    f64::INFINITY
                }
            };
            largest = row.iter().fold(largest, size);
        }
    }
    Ok(largest)
}

/// The size of all classes that have rows, if they have the same.
fn uniform_size(sizes: &[u64]) -> Option<u64> {
    let mut present = sizes.iter().filter(|&&n| n > 0);
    let first = *present.next()?;
    present.all(|&n| n == first).then_some(first)
}

/// Counts of classes, and sums if they are `wanted`, before the first row.
fn class_sums(classes: &Classes<'_>, dim: usize, wanted: bool) -> Result<ClassSums> {
    let count = classes.count().saturating_mul(dim);
    Ok(ClassSums {
        counts: vec![0; classes.count()],
        sizes: classes.sizes().to_vec(),
        sums: wanted
            .then(|| Compensated::zeros("class sums", count))
            .transpose()?,
    })
}

fn gather_as<T: Sample>(
    source: &dyn RowSource,
    classes: Option<&Classes<'_>>,
    options: &GatherOptions<'_>,
    pieces: &[Piece],
    job: &Job,
) -> Result<Bundle> {
    let dim = source.dim();
    let of_row = classes.map_or(&[][..], Classes::of_row);
    let (shift, scale) = match options.shift {
        // Doubles need no scale.
        Some(shift) if T::PANEL == f64::PANEL => (shift.to_vec(), 1.0),
        given => {
            let (mean, scale) = first_block::<T>(source, of_row)?;
            (given.map_or(mean, <[f64]>::to_vec), scale)
        }
    };
    let parts = options.parts;
    let weighted = classes.filter(|_| parts.weighted);
    let uniform = weighted.and_then(|classes| uniform_size(classes.sizes()));
    let weights: Vec<f64> = match weighted {
        Some(classes) if uniform.is_none() => classes.sizes().iter().map(|&n| n as f64).collect(),
        _ => Vec::new(),
    };
    let pass = Pass {
        source,
        of_row,
        weights: &weights,
        shift_narrow: shift.iter().map(|&c| T::from_f64(c)).collect(),
        shift: &shift,
        scale,
        scatter: parts.scatter,
        fourth: parts.fourth,
        invalid: options.invalid,
        multiply: match options.arithmetic {
            Arithmetic::Portable => T::multiply_panels_in_steps(Isa::best()),
            _ => T::multiply_panels(Isa::best()),
        },
        multiply_exact: (options.arithmetic == Arithmetic::Portable)
            .then(|| T::multiply_panels(Isa::best())),
    };
    let square = |wanted: bool, what| {
        wanted
            .then(|| Compensated::zeros(what, dim.saturating_mul(dim)))
            .transpose()
    };
    let mut bundle = Bundle {
        dim,
        rows: 0,
        skipped: 0,
        shift: shift.clone(),
        sum: Compensated::zeros("a sum", dim)?,
        scatter: square(parts.scatter, "the scatter matrix")?,
        uniform,
        weighted: square(!weights.is_empty(), "the weighted scatter matrix")?,
        fourth: parts
            .fourth
            .then(|| Compensated::zeros("a sum", dim + 1))
            .transpose()?,
        classes: classes
            .map(|classes| class_sums(classes, dim, parts.classes))
            .transpose()?,
    };

    fold_pieces(&mut bundle, &pass, pieces, job)?;
    Ok(bundle)
}

/// Adds rows to a bundle, piece after piece.
fn fold_pieces<T: Sample>(
    bundle: &mut Bundle,
    pass: &Pass<'_, T>,
    pieces: &[Piece],
    job: &Job,
) -> Result<()> {
    // Waves of one piece per thread: the size of a wave bounds memory and decides nothing else,
    // since pieces are folded in their order.
    let slots = rayon::current_num_threads().min(pieces.len()).max(1);
    let mut wave: Vec<BlockSums<T>> = (0..slots)
        .map(|_| BlockSums::new(pass))
        .collect::<Result<_>>()?;
    for pieces in pieces.chunks(slots) {
        job.check()?;
        let wave = &mut wave[..pieces.len()];
        wave.par_iter_mut()
            .zip(pieces)
            .map(|(sums, (first, count))| sums.run(pass, *first, *count))
            // The first failure in row order, whichever thread met one first.
            .collect::<Vec<Result<()>>>()
            .into_iter()
            .collect::<Result<()>>()?;
        fold(bundle, wave, pass);
        job.advance(pieces.iter().map(|(_, count)| *count as u64).sum());
    }
    Ok(())
}

/// Adds the sums of a wave to the bundle, block after block.
fn fold<T: Sample>(bundle: &mut Bundle, wave: &[BlockSums<T>], pass: &Pass<'_, T>) {
    let (dim, padded) = (bundle.dim, pass.padded());
    let unscale = 1.0 / (pass.scale * pass.scale);
    for sums in wave {
        bundle.rows += sums.rows;
        bundle.skipped += sums.skipped;
        bundle.sum.add(&sums.sum);
        if let Some(fourth) = &mut bundle.fourth {
            let (high, low) = fourth.parts_mut();
            add_to(&mut high[..dim], &mut low[..dim], &sums.cubic, 1.0);
            add_to(&mut high[dim..], &mut low[dim..], &[sums.quartic], 1.0);
        }
    }
    fold_scatter(&mut bundle.scatter, dim, wave, unscale, |sums, i| {
        &sums.scatter[i * padded..i * padded + dim]
    });
    fold_scatter(&mut bundle.weighted, dim, wave, unscale, |sums, i| {
        &sums.weighted[i * padded..i * padded + dim]
    });
    if let Some(classes) = &mut bundle.classes {
        for sums in wave {
            for (&class, &count) in sums.classes.iter().zip(&sums.counts) {
                classes.counts[class as usize] += count;
            }
        }
        let Some(sums) = &mut classes.sums else {
            return;
        };
        // Each stripe of classes belongs to one thread, which adds the blocks in order.
        const STRIPES: usize = 16;
        let stripe = classes.counts.len().div_ceil(STRIPES).max(1);
        let (high, low) = sums.parts_mut();
        let stripes = high
            .chunks_mut(stripe * dim)
            .zip(low.chunks_mut(stripe * dim));
        threads::share(stripes.enumerate(), |(s, (high, low))| {
            for sums in wave {
                for (&class, values) in sums.classes.iter().zip(sums.class_sums.chunks(dim)) {
                    let class = class as usize;
                    if class / stripe == s {
                        let at = (class % stripe) * dim;
                        add_to(&mut high[at..at + dim], &mut low[at..at + dim], values, 1.0);
                    }
                }
            }
        });
    }
}

/// Adds row `i` of every block's scatter to the total, rows shared among threads.
fn fold_scatter<T: Sample>(
    total: &mut Option<Compensated>,
    dim: usize,
    wave: &[BlockSums<T>],
    unscale: f64,
    row_of: impl Fn(&BlockSums<T>, usize) -> &[f64] + Sync,
) {
    let Some(total) = total else { return };
    let (high, low) = total.parts_mut();
    let rows = high.chunks_mut(dim).zip(low.chunks_mut(dim));
    threads::share(rows.enumerate(), |(i, (high, low))| {
        for sums in wave {
            // Only what is right of the diagonal is kept.
            add_to(
                &mut high[i..],
                &mut low[i..],
                &row_of(sums, i)[i..],
                unscale,
            );
        }
    });
}

/// Mean of the usable rows of the first block, rounded to single where deviations stay far above
/// that rounding, and the power of two that brings deviations from it near one.
///
/// The power keeps products of singles inside their range whatever the unit of the rows; being a
/// power of two it changes no digit.
fn first_block<T: Sample>(source: &dyn RowSource, of_row: &[u32]) -> Result<(Vec<f64>, f64)> {
    let dim = source.dim();
    let count = BLOCK_ROWS.min(source.rows());
    let mut buffer = Vec::new();
    let rows = T::read(source, 0, count, &mut buffer)?;
    let usable = |&(i, row): &(usize, &[T])| {
        of_row.get(i) != Some(&IGNORED) && row.iter().all(|v| v.widen().is_finite())
    };
    let mut mean = vec![0.0; dim];
    let mut used = 0usize;
    for (_, row) in rows.chunks_exact(dim).enumerate().filter(usable) {
        used += 1;
        for (m, v) in mean.iter_mut().zip(row) {
            *m += v.widen();
        }
    }
    if used == 0 {
        return Ok((vec![0.0; dim], 1.0));
    }
    let exact: Vec<f64> = mean.iter().map(|m| m / used as f64).collect();
    for (m, exact) in mean.iter_mut().zip(&exact) {
        let rounded = *exact as f32;
        *m = if rounded.is_finite() {
            f64::from(rounded)
        } else {
            0.0
        };
    }
    let mut squares = vec![0.0; dim];
    let mut square = 0.0;
    for (_, row) in rows.chunks_exact(dim).enumerate().filter(usable) {
        for ((v, m), squares) in row.iter().zip(&mean).zip(&mut squares) {
            let u = v.widen() - m;
            square += u * u;
            *squares += u * u;
        }
    }
    if T::PANEL == f64::PANEL {
        for ((m, exact), squares) in mean.iter_mut().zip(exact).zip(squares) {
            let rounding = (exact - *m) * (exact - *m) * used as f64;
            if rounding > squares / f64::from(1 << 20) && exact.is_finite() {
                *m = exact;
            }
        }
    }
    let size = (square / (used as f64 * dim as f64)).sqrt();
    let scale = if T::PANEL == f32::PANEL && size.is_finite() && size > 0.0 {
        let (_, exponent) = libm::frexp(size);
        libm::ldexp(1.0, -exponent.clamp(-120, 120))
    } else {
        1.0
    };
    Ok((mean, scale))
}
