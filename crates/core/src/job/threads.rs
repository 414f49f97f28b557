//! How many threads work. Never affects a result.

use std::fmt::Display;
use std::hint::black_box;
use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use memmap2::MmapMut;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{Code, Error, Result, system_words};

/// Runs work in a pool. Whoever waits for a turn does so outside of it: a thread of the pool that waits may hold up
/// the work of the one that it waits for.
pub type Pooled<'a> = &'a dyn Fn(&(dyn Fn() -> Result<()> + Sync)) -> Result<()>;

/// The most threads that are accepted.
pub const MAX_THREADS: usize = 1024;

/// Bytes of the stack of a thread.
const STACK_BYTES: usize = 2 << 20;

/// Bytes of addresses that a thread takes at its start beside its stack, with room to spare.
const START_BYTES: usize = 256 << 10;

/// As many threads as this process may run at once (its CPU affinity and, in a container, the
/// cgroup's quota).
pub fn default_threads() -> usize {
    thread::available_parallelism()
        .map_or(1, usize::from)
        .min(MAX_THREADS)
}

/// A pool of its own; the process-wide pool of rayon is never touched.
pub fn pool(threads: usize) -> Result<ThreadPool> {
    if threads == 0 || threads > MAX_THREADS {
        let found = format!("{threads} threads");
        return Err(Error::new(
            Code::Option,
            found,
            format!("1 to {MAX_THREADS}"),
        ));
    }
    room(threads * START_BYTES).map_err(|e| not_started(threads, &e))?;
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .spawn_handler(|thread| {
            let name = format!("hackface-{}", thread.index());
            begin(name, || thread.run())
        })
        .build()
        .map_err(|e| not_started(threads, &e))
}

/// Does `work` for every item; each thread of the pool takes the next when it is done with one. A tenth of the code of
/// a parallel iterator, which is compiled anew for each use.
pub(crate) fn share<I: Iterator + Send>(items: I, work: impl Fn(I::Item) + Sync) {
    /// Compiled once for all.
    fn on_all(run: &(dyn Fn() + Sync)) {
        let threads = (0..rayon::current_num_threads()).into_par_iter();
        threads.for_each(|_| run());
    }
    let items = Mutex::new(items);
    let next = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
    on_all(&|| {
        while let Some(item) = next() {
            work(item);
        }
    });
}

/// [`share`] of work that may fail. Every item is tried; of several failures that of the first item is told.
pub(crate) fn try_share<I: Iterator + Send>(
    items: I,
    work: impl Fn(I::Item) -> Result<()> + Sync,
) -> Result<()> {
    let failure = Mutex::new(None);
    share(items.enumerate(), |(at, item)| {
        if let Err(error) = work(item) {
            let mut first = failure.lock().unwrap_or_else(PoisonError::into_inner);
            if first.as_ref().is_none_or(|(before, _)| at < *before) {
                *first = Some((at, error));
            }
        }
    });
    let failure = failure.into_inner();
    let failure = failure.unwrap_or_else(PoisonError::into_inner);
    failure.map_or(Ok(()), |(_, error)| Err(error))
}

/// [`share`] of work that may fail, with a state for each thread that finds an item; these are returned. After a failure
/// no further item is begun.
pub(crate) fn share_with<I: Iterator + Send, S: Send>(
    items: I,
    begin: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, I::Item) -> Result<()> + Sync,
) -> Result<Vec<S>> {
    let items = Mutex::new(Some(items));
    let held = || items.lock().unwrap_or_else(PoisonError::into_inner);
    let states = Mutex::new(Vec::new());
    let failure = Mutex::new(None);
    share(0..rayon::current_num_threads(), |_| {
        let mut state = None;
        loop {
            // Taken in a statement of its own, so that the lock is free again.
            let next = held().as_mut().and_then(Iterator::next);
            let Some(item) = next else { break };
            if let Err(error) = work(state.get_or_insert_with(&begin), item) {
                *held() = None;
                *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            }
        }
        let mut states = states.lock().unwrap_or_else(PoisonError::into_inner);
        states.extend(state);
    });
    let failure = failure.into_inner();
    match failure.unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(states.into_inner().unwrap_or_else(PoisonError::into_inner)),
    }
}

/// The results of both, the second on another thread if one is idle.
pub(crate) fn both<A: Send, B: Send>(
    one: impl Fn() -> Result<A> + Sync,
    other: impl Fn() -> Result<B> + Sync,
) -> Result<(A, B)> {
    /// Compiled once for all.
    fn run(one: &mut (dyn FnMut() + Send), other: &mut (dyn FnMut() + Send)) {
        rayon::join(one, other);
    }
    let undone = || Error::internal("work that nobody did");
    let (mut first, mut second) = (Err(undone()), Err(undone()));
    run(&mut || first = one(), &mut || second = other());
    Ok((first?, second?))
}

/// True if small allocations of this thread share pages.
///
/// Where glibc finds no 64 MB of addresses for the heap of a thread, it maps a page for each allocation, however
/// small. A job that keeps many then fills what is left, in a place where no allocation is expected to fail.
fn has_heap() -> bool {
    const PAGE: usize = 4096;
    const CHUNK_HEADER: usize = 16;
    let small = [(); 3].map(|()| black_box(Box::new([0u8; 40])));
    !small
        .iter()
        .all(|piece| piece.as_ptr().addr() % PAGE == CHUNK_HEADER)
}

/// A copy of numbers that others may write to. Of many, two threads copy a half each: most of the time goes to pages
/// that the system hands out when they are first written to.
pub fn copied<T: Copy + Default + Send + Sync>(values: &[T]) -> Vec<T> {
    /// Bytes that take longer to copy than a thread to start.
    const MANY: usize = 8 << 20;
    if size_of_val(values) < MANY || default_threads() == 1 {
        return values.to_vec();
    }
    let mut copy = vec![T::default(); values.len()];
    let (first, second) = values.split_at(values.len() / 2);
    let (to_first, to_second) = copy.split_at_mut(first.len());
    let shared = thread::scope(|scope| {
        let thread = thread::Builder::new().name("hackface copy".to_owned());
        let work = || to_second.copy_from_slice(second);
        let started = room(STACK_BYTES + START_BYTES)
            .and_then(|()| thread.stack_size(STACK_BYTES).spawn_scoped(scope, work));
        to_first.copy_from_slice(first);
        started.is_ok()
    });
    if !shared {
        copy[first.len()..].copy_from_slice(second);
    }
    copy
}

/// Starts one thread, outside of every pool.
pub fn start(name: String, work: impl FnOnce() + Send + 'static) -> Result<()> {
    begin(name, work).map_err(|e| not_started(1, &e))
}

/// Starts a thread, and returns once it has all that a start takes.
///
/// A thread that finds no place for its stack is an error. One that has a stack and finds no place for its thread-local
/// data ends the process, and nothing catches that. So there is room for both before it starts, and as one thread
/// starts at a time, no other takes it.
fn begin(name: String, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    room(STACK_BYTES + START_BYTES)?;
    let told = Arc::new(OnceLock::new());
    let tell = Arc::clone(&told);
    let body = move || {
        // The job that follows may take all the memory there is: the thread takes its own first.
        if *tell.get_or_init(has_heap) {
            work();
        }
    };
    let thread = thread::Builder::new().name(name).stack_size(STACK_BYTES);
    thread.spawn(body)?;
    if *told.wait() {
        return Ok(());
    }
    Err(io::Error::other("no room for the heap of each"))
}

/// An error unless so many bytes of addresses are free.
fn room(bytes: usize) -> io::Result<()> {
    MmapMut::map_anon(bytes).map(drop)
}

fn not_started(threads: usize, cause: &impl Display) -> Error {
    let (found, expected) = match threads {
        1 => ("no thread".to_owned(), "to start one"),
        _ => (format!("no {threads} threads"), "to start them"),
    };
    let found = format!("{found}: {}", system_words(cause));
    Error::new(Code::Memory, found, expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_few_and_of_many_are_whole() {
        for count in [0, 1, 1000, (1 << 20) + 1, (3 << 20) + 7] {
            let values: Vec<u64> = (0..count).collect();
            assert_eq!(copied(&values), values);
        }
    }

    #[test]
    fn states_of_threads_meet_each_item_once() {
        for (threads, count) in [(1, 0), (1, 9), (3, 2), (4, 1000)] {
            let sums = pool(threads).unwrap().install(|| {
                share_with(0..count, Vec::new, |seen, item| {
                    seen.push(item);
                    Ok(())
                })
            });
            let sums = sums.unwrap();
            assert!(sums.len() <= threads && (count == 0) == sums.is_empty());
            let mut all = sums.concat();
            all.sort_unstable();
            assert_eq!(all, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn after_a_failure_no_item_is_begun() {
        let failed = pool(1).unwrap().install(|| {
            share_with(
                0..,
                || (),
                |(), item| match item {
                    7 => Err(Error::internal("the eighth")),
                    later if later > 7 => panic!("item {later}"),
                    _ => Ok(()),
                },
            )
        });
        assert!(failed.unwrap_err().to_string().contains("the eighth"));
    }

    #[test]
    fn threads_have_heaps_where_there_is_memory() {
        assert!(has_heap());
        assert!(
            pool(3)
                .unwrap()
                .broadcast(|_| has_heap())
                .into_iter()
                .all(|has| has)
        );
    }
}
