//! A handle on running work, for progress and cancelling.

use std::sync::Arc;

use napi::Env;
use napi_derive::napi;

use crate::boundary::guarded;

/// Work that may be watched and stopped. Made before the work starts, and handed to it.
#[napi]
pub struct NativeJob {
    pub(crate) inner: Arc<hackface_core::Job>,
    pub(crate) threads: Option<u32>,
}

/// How far a job is.
#[napi(object)]
pub struct NativeProgress {
    pub phase: String,
    pub done: f64,
    pub total: f64,
}

#[napi]
impl NativeJob {
    /// A job that nothing has started on, for so many threads; as many as the process may use if absent.
    #[napi(constructor, catch_unwind)]
    pub fn new(threads: Option<u32>) -> Self {
        Self {
            inner: Arc::new(hackface_core::Job::new()),
            threads,
        }
    }

    /// Asks the work to stop at its next block.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        self.inner.cancel();
    }

    /// How far the work is.
    #[napi(catch_unwind)]
    pub fn progress(&self, env: &Env) -> napi::Result<NativeProgress> {
        guarded(env, "progress", || {
            let (phase, done, total) = self.inner.progress();
            Ok(NativeProgress {
                phase: phase.to_owned(),
                done: done as f64,
                total: total as f64,
            })
        })
    }
}
