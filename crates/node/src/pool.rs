//! The pool of this addon, kept between calls.

use std::cell::OnceCell;
use std::sync::{Arc, Mutex};

use hackface_core::Result;
use hackface_core::job::threads;
use rayon::{ThreadPool, ThreadPoolBuilder};

static POOL: Mutex<Option<Arc<ThreadPool>>> = Mutex::new(None);

thread_local! {
    /// A pool of the thread that JavaScript runs on, alone.
    static HERE: OnceCell<Option<ThreadPool>> = const { OnceCell::new() };
}

/// Runs short work on this thread: to hand it to another takes longer than the work. Does not change
/// results.
pub(crate) fn run_here<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    HERE.with(|here| {
        match here.get_or_init(|| {
            let pool = ThreadPoolBuilder::new().num_threads(1);
            pool.use_current_thread().build().ok()
        }) {
            Some(pool) => pool.install(work),
            None => get(Some(1))?.install(work),
        }
    })
}

/// A pool of this many threads, or as many as the process may use. The one of the last call if it
/// has that size; a call that still runs in another keeps it alive.
pub(crate) fn get(wanted: Option<u32>) -> Result<Arc<ThreadPool>> {
    let wanted = wanted.map_or_else(threads::default_threads, |n| n as usize);
    let mut kept = POOL.lock().unwrap_or_else(|e| e.into_inner());
    if let Some(pool) = kept
        .as_ref()
        .filter(|pool| pool.current_num_threads() == wanted)
    {
        return Ok(Arc::clone(pool));
    }
    let pool = Arc::new(threads::pool(wanted)?);
    *kept = Some(Arc::clone(&pool));
    Ok(pool)
}
