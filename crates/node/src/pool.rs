//! The pool of this addon, kept between calls.

use std::cell::OnceCell;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

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
    let wanted = number(wanted);
    let mut last = last();
    if let Some(pool) = of_size(&last, wanted) {
        return Ok(pool);
    }
    let pool = Arc::new(threads::pool(wanted)?);
    *last = Some(Arc::clone(&pool));
    Ok(pool)
}

/// [`get`] where that makes no threads, which takes longer than JavaScript may be held up.
pub(crate) fn at_hand(wanted: Option<u32>) -> Option<Arc<ThreadPool>> {
    of_size(&*POOL.try_lock().ok()?, number(wanted))
}

fn last() -> MutexGuard<'static, Option<Arc<ThreadPool>>> {
    POOL.lock().unwrap_or_else(|e| e.into_inner())
}

fn of_size(last: &Option<Arc<ThreadPool>>, threads: usize) -> Option<Arc<ThreadPool>> {
    let last = last.as_ref()?;
    (last.current_num_threads() == threads).then(|| Arc::clone(last))
}

/// The threads of a pool. The system is asked once how many this process may use: it answers from files of
/// the cgroup, which takes a good part of the time of a search.
fn number(wanted: Option<u32>) -> usize {
    static ALL: OnceLock<usize> = OnceLock::new();
    wanted.map_or_else(
        || *ALL.get_or_init(threads::default_threads),
        |threads| threads as usize,
    )
}
