//! How many threads work. Never affects a result.

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{Code, Error, Result, system_words};

/// The most threads that are accepted.
pub const MAX_THREADS: usize = 1024;

/// As many threads as this process may run at once (its CPU affinity and, in a container, the
/// cgroup's quota).
pub fn default_threads() -> usize {
    std::thread::available_parallelism()
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
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|i| format!("hackface-{i}"))
        .build()
        .map_err(|e| {
            Error::new(
                Code::Memory,
                format!("no {threads} threads: {}", system_words(&e)),
                "to start them",
            )
        })
}
