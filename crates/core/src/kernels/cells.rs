//! The cells of an even grid that numbers fall in, compiled for each instruction set.
#![allow(unsafe_code)]

use super::isa::Isa;

/// A row of cells of equal width, from `low` up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Grid {
    pub(crate) low: f64,
    pub(crate) per_number: f64,
    pub(crate) cells: u32,
}

impl Grid {
    /// The cell of a number; those beyond the grid are in the outer cells.
    #[inline(always)]
    pub(crate) fn cell(&self, number: f64) -> u32 {
        // Of 31 bits here, whatever the grid says, as what is below relies on it.
        let last = f64::from((self.cells - 1) & i32::MAX as u32);
        let place = ((number - self.low) * self.per_number).max(0.0).min(last);
        // SAFETY: `place` is a number from 0 to one of 31 bits: `max` makes 0 of what is none.
        unsafe { place.to_int_unchecked::<i32>() as u32 }
    }
}

/// Numbers side by side, each with a label.
#[derive(Clone, Copy)]
pub(crate) struct Labelled<'a> {
    pub(crate) numbers: &'a [f64],
    pub(crate) labels: &'a [u32],
    pub(crate) left_out: [u32; 2],
}

/// Writes the cell of each number to `cells`, and the number of cells where the label is one of the two left
/// out. Tells if one but for these is at the floor or above.
pub(crate) type CellsOf = fn(Grid, u32, Labelled<'_>, &mut [u32]) -> bool;

/// The fastest variant that `isa` and this machine allow: the same cells for each.
pub(crate) fn cells_of(isa: Isa) -> CellsOf {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 if isa.is_available() => |grid, floor, row, cells| {
            #[target_feature(enable = "avx2")]
            fn compiled(grid: Grid, floor: u32, row: Labelled<'_>, cells: &mut [u32]) -> bool {
                plain(grid, floor, row, cells)
            }
            // SAFETY: the guard saw the feature on this machine.
            unsafe { compiled(grid, floor, row, cells) }
        },
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 if isa.is_available() => |grid, floor, row, cells| {
            #[target_feature(enable = "avx512f")]
            fn compiled(grid: Grid, floor: u32, row: Labelled<'_>, cells: &mut [u32]) -> bool {
                plain(grid, floor, row, cells)
            }
            // SAFETY: the guard saw the feature on this machine.
            unsafe { compiled(grid, floor, row, cells) }
        },
        _ => plain,
    }
}

#[inline(always)]
fn plain(grid: Grid, floor: u32, row: Labelled<'_>, cells: &mut [u32]) -> bool {
    const TOGETHER: usize = 16;
    let count = row.numbers.len().min(row.labels.len()).min(cells.len());
    let (numbers, last_numbers) = row.numbers[..count].as_chunks::<TOGETHER>();
    let (labels, last_labels) = row.labels[..count].as_chunks::<TOGETHER>();
    let (chunks, last_cells) = cells[..count].as_chunks_mut::<TOGETHER>();
    let find = |number: f64, label: u32| {
        let counts = (label != row.left_out[0]) & (label != row.left_out[1]);
        let cell = grid.cell(number);
        (
            if counts { cell } else { grid.cells },
            counts & (cell >= floor),
        )
    };
    let mut reached = false;
    for ((numbers, labels), cells) in numbers.iter().zip(labels).zip(chunks) {
        for k in 0..TOGETHER {
            let (cell, reaches) = find(numbers[k], labels[k]);
            cells[k] = cell;
            reached |= reaches;
        }
    }
    for ((number, label), cell) in last_numbers.iter().zip(last_labels).zip(last_cells) {
        let (found, reaches) = find(*number, *label);
        *cell = found;
        reached |= reaches;
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{Draw, on_every_isa};

    #[test]
    fn no_grid_has_cells_beyond_31_bits() {
        for cells in [1, 1 << 31, u32::MAX] {
            let grid = Grid {
                low: 0.0,
                per_number: 1.0,
                cells,
            };
            for number in [f64::NAN, -1.0, 3e9, 1e300, f64::INFINITY] {
                assert!(grid.cell(number) <= i32::MAX as u32, "{cells} {number}");
            }
        }
    }

    #[test]
    fn every_set_gives_the_cells_of_a_plain_division() {
        let grid = Grid {
            low: -0.75,
            per_number: 64.0 / 1.5,
            cells: 64,
        };
        let mut draw = Draw::new(5);
        for length in 0..40 {
            let mut numbers: Vec<f64> = (0..length).map(|_| 4.0 * draw.centered()).collect();
            let odd = [
                f64::NAN,
                f64::INFINITY,
                f64::NEG_INFINITY,
                1e300,
                -1e300,
                -0.75,
            ];
            for (number, odd) in numbers.iter_mut().skip(3).zip(odd) {
                *number = odd;
            }
            let labels: Vec<u32> = (0..length).map(|_| draw.below(4) as u32).collect();
            let expected: Vec<u32> = (numbers.iter().zip(&labels))
                .map(|(number, label)| match label {
                    2 | 3 => 64,
                    _ if number.is_nan() => 0,
                    _ => ((number + 0.75) / 1.5 * 64.0).floor().clamp(0.0, 63.0) as u32,
                })
                .collect();
            let largest = expected.iter().filter(|cell| **cell < 64).max();
            on_every_isa(|isa| {
                let mut found = vec![7; length];
                let row = Labelled {
                    numbers: &numbers,
                    labels: &labels,
                    left_out: [2, 3],
                };
                for floor in [0, 1, 20, 63, 64] {
                    let reached = cells_of(isa)(grid, floor, row, &mut found);
                    assert_eq!(found, expected, "{isa:?} {length}");
                    let expected = largest.is_some_and(|largest| *largest >= floor);
                    assert_eq!(reached, expected, "{isa:?} {length} {floor}");
                }
            });
        }
    }
}
