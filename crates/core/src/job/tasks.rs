//! Tasks side by side, of which one may fail.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use rayon::prelude::*;

use crate::error::{Error, Result};

/// The results of tasks in their order, or the error of the first that fails. Tasks behind one that has failed are
/// not begun; those before it are, so the error is the same for any number of threads.
pub(crate) fn all<I, T>(tasks: I, work: impl Fn(I::Item) -> Result<T> + Sync) -> Result<Vec<T>>
where
    I: IndexedParallelIterator,
    T: Send,
{
    let failed = AtomicUsize::new(usize::MAX);
    let each = tasks.enumerate().map(|(place, task)| {
        if failed.load(Relaxed) < place {
            return Err(Error::aborted());
        }
        let done = work(task);
        if done.is_err() {
            failed.fetch_min(place, Relaxed);
        }
        done
    });
    each.collect::<Vec<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;
    use crate::job::threads::pool;

    #[test]
    fn the_first_failure_is_told_and_ends_the_others() {
        for threads in [1, 2, 5] {
            let begun = AtomicUsize::new(0);
            let work = |task: usize| {
                begun.fetch_add(1, Relaxed);
                std::thread::yield_now();
                match task {
                    70 | 71 | 900 => Err(Error::new(Code::Option, task.to_string(), "none")),
                    _ => Ok(task),
                }
            };
            let run = |tasks| pool(threads).unwrap().install(|| all(tasks, work));
            let error = run((0..100_000).into_par_iter()).unwrap_err();
            assert!(error.to_string().contains("70"), "{error}");
            assert!(begun.load(Relaxed) < 99_000, "{threads} threads");
            assert_eq!(
                run((0..70).into_par_iter()).unwrap(),
                (0..70).collect::<Vec<_>>()
            );
        }
    }
}
