//! The wall between Rust and JavaScript: nothing unwinds through it, nothing is flattened at it.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use hackface_core::{Error, Result};
use napi::{Env, JsValue, bindgen_prelude::JsObjectValue};
use napi_derive::napi;

#[cfg(not(panic = "unwind"))]
compile_error!("a panic that aborts passes the wall: build with panic = \"unwind\"");

thread_local! {
    /// Message and place of the last panic on this thread.
    static LAST_PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps the text of a panic for the error instead of printing it. The hook is this library's own:
/// the host's Rust code, if any, has another.
pub(crate) fn keep_panics_off_stderr() {
    std::panic::set_hook(Box::new(|info| {
        let text = info.to_string().replace('\n', " ");
        LAST_PANIC.with(|last| *last.borrow_mut() = text);
    }));
}

/// Runs the body of an export: a panic becomes `EINTERNAL`, and an error crosses with a
/// [`NativeFault`], which `src/native.ts` turns into a `HackfaceError`.
pub(crate) fn guarded<T>(
    env: &Env,
    name: &str,
    run: impl FnOnce() -> Result<T>,
) -> napi::Result<T> {
    caught(name, run).map_err(|error| to_napi(env, &error))
}

/// Runs the body of an export on any thread.
pub(crate) fn caught<T>(name: &str, run: impl FnOnce() -> Result<T>) -> Result<T> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        #[cfg(feature = "fault-injection")]
        fault::strike(name);
        run()
    }));
    outcome.unwrap_or_else(|payload| {
        let said = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned());
        let here = LAST_PANIC.with(|last| std::mem::take(&mut *last.borrow_mut()));
        let text = if here.is_empty() {
            said.unwrap_or_default()
        } else {
            here
        };
        // A payload whose own drop panics would unwind through the wall after all.
        std::mem::forget(payload);
        Err(Error::internal(format!("a panic in {name}: {text}")))
    })
}

/// The parts of an error: the property `fault` of what an export throws or rejects with.
#[napi(object, object_from_js = false)]
pub struct NativeFault {
    /// Stable name, such as `ENOTFINITE`.
    pub code: String,
    /// Who has to act.
    #[napi(ts_type = "import('./errors.js').ErrorClass")]
    pub class: String,
    pub found: String,
    pub expected: String,
    pub file: Option<String>,
    pub row: Option<f64>,
    pub column: Option<f64>,
    pub offset: Option<f64>,
    pub hint: Option<String>,
    /// Something to do with an option of the request.
    pub advice: Option<NativeAdvice>,
}

/// Something to do with an option of the request.
#[napi(object, object_from_js = false)]
pub struct NativeAdvice {
    pub text: String,
    pub option: String,
    pub value: Option<String>,
}

impl From<&Error> for NativeFault {
    fn from(error: &Error) -> Self {
        Self {
            code: error.code().as_str().to_owned(),
            class: error.code().class().as_str().to_owned(),
            found: error.found().to_owned(),
            expected: error.expected().to_owned(),
            file: error.file().map(|file| file.to_string_lossy().into_owned()),
            row: error.row().map(|row| row as f64),
            column: error.column().map(|column| column as f64),
            offset: error.offset().map(|offset| offset as f64),
            hint: Some(error.hint().to_owned()).filter(|hint| !hint.is_empty()),
            advice: error.advice().map(|advice| NativeAdvice {
                text: advice.text.to_owned(),
                option: advice.option.to_owned(),
                value: advice.value.map(str::to_owned),
            }),
        }
    }
}

/// A JavaScript error that carries the fault; on the main thread.
pub(crate) fn to_napi(env: &Env, error: &Error) -> napi::Error {
    let thrown = || -> napi::Result<napi::Error> {
        let mut object = env.create_error(napi::Error::from_reason(error.to_string()))?;
        object.set_named_property("fault", NativeFault::from(error))?;
        Ok(object.to_unknown().into())
    };
    thrown().unwrap_or_else(|failure| failure)
}

/// Panics on demand, for the tests of the wall.
#[cfg(feature = "fault-injection")]
pub(crate) mod fault {
    use std::sync::Mutex;

    static NEXT: Mutex<Option<(String, bool)>> = Mutex::new(None);

    /// The next call of this export panics: in the call itself, or in a worker of the pool.
    #[napi_derive::napi(catch_unwind)]
    pub fn inject_panic(export: String, in_worker: bool) {
        *NEXT.lock().unwrap_or_else(|e| e.into_inner()) = Some((export, in_worker));
    }

    pub(crate) fn strike(name: &str) {
        let mut next = NEXT.lock().unwrap_or_else(|e| e.into_inner());
        if next.as_ref().is_none_or(|(export, _)| export != name) {
            return;
        }
        let in_worker = next.take().is_some_and(|(_, in_worker)| in_worker);
        drop(next);
        if in_worker {
            let pool = crate::pool::get(Some(2)).expect("two threads");
            let worker: fn() = || panic!("injected in a worker");
            pool.install(|| rayon::join(worker, || ()));
        }
        panic!("injected");
    }
}
