//! One call of the core off the main thread.

use std::cell::RefCell;
use std::sync::{Arc, Weak};

use hackface_core::{Job, Result};
use napi::bindgen_prelude::{AsyncTask, Float64Array, ToNapiValue, TypeName};
use napi::{Env, Task};

use crate::boundary::guarded;

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

type Run<T> = Box<dyn FnOnce(&Job) -> Result<T> + Send>;

/// A call waiting for, or running on, a thread of libuv.
///
/// `src/native.ts` keeps few of them in flight, so the four threads that Node shares with files
/// and DNS are never all taken.
pub struct Background<T> {
    name: &'static str,
    job: Arc<Job>,
    run: Option<Run<T>>,
}

thread_local! {
    /// Jobs started by this environment (each has its own thread) that may still run.
    static STARTED: RefCell<Option<Vec<Weak<Job>>>> = const { RefCell::new(None) };
}

/// Starts `run` in the background.
pub(crate) fn start<T: Reply>(
    env: Env,
    name: &'static str,
    job: &Arc<Job>,
    run: impl FnOnce(&Job) -> Result<T> + Send + 'static,
) -> napi::Result<AsyncTask<Background<T>>> {
    stop_when_the_environment_ends(env, job)?;
    Ok(AsyncTask::new(Background {
        name,
        job: Arc::clone(job),
        run: Some(Box::new(run)),
    }))
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

impl<T: Reply> Task for Background<T> {
    type Output = T;
    type JsValue = T::Js;

    fn compute(&mut self) -> napi::Result<T> {
        let run = self.run.take();
        guarded(self.name, || match run {
            Some(run) => {
                self.job.check()?;
                run(&self.job)
            }
            None => Err(hackface_core::Error::internal("a call that ran twice")),
        })
    }

    fn resolve(&mut self, _env: Env, output: T) -> napi::Result<T::Js> {
        output.into_js()
    }
}
