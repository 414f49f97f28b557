//! One call of the core off the main thread.

use std::cell::RefCell;
use std::sync::{Arc, Weak, mpsc};

use hackface_core::job::threads::{self, Pooled};
use hackface_core::{Error, Job, Result};
use napi::bindgen_prelude::{Float64Array, Object, ToNapiValue};
use napi::{Env, JsDeferred, JsValue, sys};
use rayon::ThreadPool;

use crate::boundary::{caught, guarded, to_napi};
use crate::job::NativeJob;
use crate::pool;

/// Result of a call, and its JavaScript value.
pub trait Reply: Send + 'static {
    /// The JavaScript value.
    type Js: ToNapiValue;
    /// Called on the main thread.
    fn into_js(self) -> napi::Result<Self::Js>;
}

impl Reply for Vec<f64> {
    type Js = Float64Array;
    fn into_js(self) -> napi::Result<Float64Array> {
        Ok(Float64Array::new(self))
    }
}

/// Replies that JavaScript sees as they are.
macro_rules! plain {
    ($($plain:ty),+) => {$(
        impl $crate::background::Reply for $plain {
            type Js = Self;
            fn into_js(self) -> napi::Result<Self> {
                Ok(self)
            }
        }
    )+};
}
pub(crate) use plain;

plain!(f64, String);

/// The promise of a reply.
pub type Promised<'env> = Object<'env>;

/// Makes the JavaScript value of a reply, on the main thread. What comes after the work of a call knows no more of it
/// than this, and is compiled once for all calls.
type Settle = Box<dyn FnOnce(Env) -> napi::Result<sys::napi_value> + Send>;

/// The work behind a reply.
type Work = Box<dyn FnOnce(&Job) -> Result<Settle> + Send>;

thread_local! {
    /// Jobs started by this environment (each has its own thread) that may still run.
    static STARTED: RefCell<Option<Vec<Weak<Job>>>> = const { RefCell::new(None) };
}

/// Checks and copies what JavaScript handed over, then starts `run` on it in the background, in a pool
/// of the threads of the job. A panic of the check is one in `name.check`.
pub(crate) fn start<'env, C: Send + 'static, T: Reply>(
    env: &'env Env,
    name: &'static str,
    job: &NativeJob,
    check: impl FnOnce() -> Result<C>,
    run: impl FnOnce(C, &Job) -> Result<T> + Send + 'static,
) -> napi::Result<Promised<'env>> {
    let checked = guarded(env, &format!("{name}.check"), check)?;
    let threads = job.threads;
    let work: Work = Box::new(move |job| run(checked, job).map(settle));
    begin(
        env,
        name,
        job,
        pool::at_hand(threads),
        in_pool(threads, work),
    )
}

/// As [`start`], but that `run` waits for its turn outside of the pool, as it may have to where `waits` says so of
/// what was checked, and is handed what runs work in it.
pub(crate) fn start_in_turn<'env, C: Send + 'static, T: Reply>(
    env: &'env Env,
    name: &'static str,
    job: &NativeJob,
    check: impl FnOnce() -> Result<C>,
    waits: impl FnOnce(&C) -> bool,
    run: impl FnOnce(C, Pooled<'_>, &Job) -> Result<T> + Send + 'static,
) -> napi::Result<Promised<'env>> {
    let checked = guarded(env, &format!("{name}.check"), check)?;
    let threads = job.threads;
    let place = pool::at_hand(threads).filter(|_| !waits(&checked));
    let work: Work = Box::new(move |job| {
        let pool = pool::get(threads)?;
        run(checked, &|work| pool.install(work), job).map(settle)
    });
    begin(env, name, job, place, work)
}

/// Starts `run` in the background, outside of the pool.
pub(crate) fn start_alone<'env, T: Reply>(
    env: &'env Env,
    name: &'static str,
    job: &NativeJob,
    run: impl FnOnce(&Job) -> Result<T> + Send + 'static,
) -> napi::Result<Promised<'env>> {
    let work: Work = Box::new(move |job| run(job).map(settle));
    begin(env, name, job, None, work)
}

fn settle<T: Reply>(reply: T) -> Settle {
    Box::new(move |env| Ok(reply.into_js()?.into_unknown(&env)?.raw()))
}

fn in_pool(threads: Option<u32>, work: Work) -> Work {
    Box::new(move |job| pool::get(threads)?.install(|| work(job)))
}

/// Starts `run` on a thread of a pool, or without one on a thread of its own, which takes longer: that has to start,
/// and then waits for the pool.
///
/// No thread of libuv: Node waits for those before it lets a worker or
/// the process end, and only then calls the hook that would cancel the job; and there are four of
/// them, shared with files and DNS.
fn begin<'env>(
    env: &'env Env,
    name: &'static str,
    job: &NativeJob,
    pool: Option<Arc<ThreadPool>>,
    run: Work,
) -> napi::Result<Promised<'env>> {
    let job = Arc::clone(&job.inner);
    stop_when_the_environment_ends(*env, &job)?;
    // The thread comes first: a promise that nobody can settle would keep the process alive.
    let (hand_over, take) = mpsc::sync_channel::<JsDeferred<sys::napi_value, Settle>>(1);
    let work = move || {
        let Ok(deferred) = take.recv() else { return };
        let outcome = caught(name, || {
            job.check()?;
            run(&job)
        });
        deferred.resolve(Box::new(move |env| match outcome {
            Ok(settle) => settle(env),
            Err(error) => Err(to_napi(&env, &error)),
        }));
    };
    match pool {
        Some(pool) => pool.spawn(work),
        None => threads::start(format!("hackface {name}"), work).map_err(|e| to_napi(env, &e))?,
    }
    let (deferred, promise) = env.create_deferred()?;
    hand_over
        .send(deferred)
        .map_err(|_| to_napi(env, &Error::internal("a thread that ended at its start")))?;
    Ok(promise)
}

/// So that `process.exit` and `worker.terminate` do not wait for the whole of a long job.
fn stop_when_the_environment_ends(env: Env, job: &Arc<Job>) -> napi::Result<()> {
    STARTED.with_borrow_mut(|started| {
        let started = match started {
            Some(started) => started,
            None => {
                env.add_env_cleanup_hook((), |()| {
                    for job in STARTED.take().into_iter().flatten() {
                        if let Some(job) = job.upgrade() {
                            job.cancel();
                        }
                    }
                })?;
                started.insert(Vec::new())
            }
        };
        started.retain(|job| job.strong_count() > 0);
        started.push(Arc::downgrade(job));
        Ok(())
    })
}
