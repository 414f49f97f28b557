//! The rows of a chunk, handed out to threads.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};

/// Gallery rows between two looks at whether to stop.
const STRIDE: usize = 1024;
/// Gallery rows that are worth waking a thread.
const SLICE: usize = 4096;

/// Strides of rows. Each thread takes those of its own share one after the other, then those of others from
/// their far end.
///
/// Passes over the same rows walk in turns forwards and backwards: what a thread met last is in its cache still,
/// which is smaller than the share and would be walked out of in one direction.
pub(super) struct Strides {
    rows: usize,
    shares: Vec<Mutex<Range<usize>>>,
    backwards: bool,
    /// The failed stride of the lowest rows.
    failure: Mutex<Option<(usize, Error)>>,
}

impl Strides {
    /// Strides of so many rows for as many threads as they keep busy, at most `threads`.
    pub(super) fn new(rows: usize, threads: usize, backwards: bool) -> Self {
        let shares = threads.min(rows.div_ceil(SLICE)).max(1);
        let from = |share| share * rows.div_ceil(STRIDE) / shares;
        Self {
            rows,
            shares: (0..shares)
                .map(|share| Mutex::new(from(share)..from(share + 1)))
                .collect(),
            backwards,
            failure: Mutex::default(),
        }
    }

    /// Threads among which the strides are shared.
    pub(super) fn threads(&self) -> usize {
        self.shares.len()
    }

    /// Does the part of this thread in `work` on all strides. Of several failures that of the first rows is told,
    /// by [`end`](Self::end): strides behind it are left out, those before it are done.
    pub(super) fn work(&self, mut work: impl FnMut(Range<usize>) -> Result<()>) {
        let own = rayon::current_thread_index().unwrap_or(0);
        while let Some(stride) = self.next(own) {
            let first = stride * STRIDE;
            let rows = first..(first + STRIDE).min(self.rows);
            if self.is_behind_a_failure(stride) {
                continue;
            }
            if let Err(error) = work(rows) {
                let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
                if failure.as_ref().is_none_or(|(before, _)| stride < *before) {
                    *failure = Some((stride, error));
                }
            }
        }
    }

    /// The failure, once all work is done.
    pub(super) fn end(self) -> Result<()> {
        let failure = self.failure.into_inner();
        let failure = failure.unwrap_or_else(PoisonError::into_inner);
        failure.map_or(Ok(()), |(_, error)| Err(error))
    }

    fn next(&self, own: usize) -> Option<usize> {
        (0..self.shares.len()).find_map(|other| {
            let share = &self.shares[(own + other) % self.shares.len()];
            let mut share = share.lock().unwrap_or_else(PoisonError::into_inner);
            match self.backwards == (other == 0) {
                true => share.next_back(),
                false => share.next(),
            }
        })
    }

    fn is_behind_a_failure(&self, stride: usize) -> bool {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.as_ref().is_some_and(|(before, _)| stride > *before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;
    use crate::job::threads::pool;
    use rayon::prelude::*;

    /// All strides of so many rows, in the order in which one thread meets them.
    fn alone(rows: usize, threads: usize, backwards: bool) -> Vec<Range<usize>> {
        let strides = Strides::new(rows, threads, backwards);
        let mut met = Vec::new();
        strides.work(|rows| {
            met.push(rows);
            Ok(())
        });
        strides.end().unwrap();
        met
    }

    #[test]
    fn every_row_is_met_once_by_any_number_of_threads() {
        for rows in [0, 1, STRIDE, STRIDE + 1, SLICE, 3 * SLICE + 7] {
            for threads in [1, 2, 3, 16] {
                for backwards in [false, true] {
                    let mut met = alone(rows, threads, backwards);
                    met.sort_by_key(|rows| rows.start);
                    let all: Vec<usize> = met.into_iter().flatten().collect();
                    assert_eq!(all, (0..rows).collect::<Vec<_>>(), "{rows} {threads}");
                }
            }
        }
    }

    #[test]
    fn the_next_pass_walks_a_share_the_other_way() {
        let mut back = alone(SLICE, 1, true);
        back.reverse();
        assert_eq!(back, alone(SLICE, 1, false));
        // Of another's share is taken what its thread would meet last.
        let starts = |backwards| -> Vec<usize> {
            let met = alone(2 * SLICE, 2, backwards).into_iter();
            met.map(|rows| rows.start / STRIDE).collect()
        };
        assert_eq!(starts(false), [0, 1, 2, 3, 7, 6, 5, 4]);
        assert_eq!(starts(true), [3, 2, 1, 0, 4, 5, 6, 7]);
    }

    #[test]
    fn the_failure_of_the_first_rows_is_told() {
        for threads in [1, 2, 5] {
            for backwards in [false, true] {
                let strides = Strides::new(8 * SLICE, threads, backwards);
                let work = |rows: Range<usize>| match rows.start / STRIDE {
                    stride @ (7 | 8 | 30) => {
                        Err(Error::new(Code::Option, stride.to_string(), "none"))
                    }
                    _ => Ok(()),
                };
                let tasks = 0..strides.threads();
                pool(threads).unwrap().install(|| {
                    tasks.into_par_iter().for_each(|_| strides.work(work));
                });
                let error = strides.end().unwrap_err().to_string();
                assert!(error.contains('7'), "{error}");
            }
        }
    }
}
