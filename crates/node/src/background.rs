//! One call of the core off the main thread.

use std::cell::RefCell;
use std::sync::{Arc, Weak, mpsc};
use std::thread;

use hackface_core::{Error, Job, Result};
use napi::bindgen_prelude::{Float64Array, Object, ToNapiValue, TypeName};
use napi::{Env, JsDeferred};

use crate::boundary::{caught, to_napi};

/// What a call gives back, and what JavaScript sees of it.
pub trait Reply: Send + 'static {
    /// The JavaScript value.
    type Js: ToNapiValue + TypeName;
    /// Called on the main thread.
    fn into_js(self) -> napi::Result<Self::Js>;
}

impl Reply for Vec<f64> {
    type Js = Float64Array;
    fn into_js(self) -> napi::Result<Float64Array> {
        Ok(Float64Array::new(self))
    }
}

impl Reply for f64 {
    type Js = Self;
    fn into_js(self) -> napi::Result<Self> {
        Ok(self)
    }
}

impl Reply for String {
    type Js = Self;
    fn into_js(self) -> napi::Result<Self> {
        Ok(self)
    }
}

/// The promise of a reply.
pub type Promised<'env> = Object<'env>;

/// Makes the JavaScript value of a reply, on the main thread.
type Settle<T> = Box<dyn FnOnce(Env) -> napi::Result<<T as Reply>::Js>>;

thread_local! {
    /// Jobs started by this environment (each has its own thread) that may still run.
    static STARTED: RefCell<Option<Vec<Weak<Job>>>> = const { RefCell::new(None) };
}

/// Starts `run` in the background.
///
/// On a thread of its own rather than of libuv: Node waits for those before it lets a worker or
/// the process end, and only then calls the hook that would cancel the job; and there are four of
/// them, shared with files and DNS.
pub(crate) fn start<'env, T: Reply>(
    env: &'env Env,
    name: &'static str,
    job: &Arc<Job>,
    run: impl FnOnce(&Job) -> Result<T> + Send + 'static,
) -> napi::Result<Promised<'env>> {
    stop_when_the_environment_ends(*env, job)?;
    let job = Arc::clone(job);
    // The thread comes first: a promise that nobody can settle would keep the process alive.
    let (hand_over, take) = mpsc::sync_channel::<JsDeferred<T::Js, Settle<T>>>(1);
    let work = move || {
        let Ok(deferred) = take.recv() else { return };
        let outcome = caught(name, || {
            job.check()?;
            run(&job)
        });
        deferred.resolve(Box::new(move |env| match outcome {
            Ok(reply) => reply.into_js(),
            Err(error) => Err(to_napi(&env, &error)),
        }));
    };
    thread::Builder::new()
        .name(format!("hackface {name}"))
        .spawn(work)
        .map_err(|e| to_napi(env, &Error::io("starting a thread", e)))?;
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
