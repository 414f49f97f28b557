//! Embeddings as JavaScript holds them.

use std::path::Path;
use std::sync::Arc;

use hackface_core::npy::Io;
use hackface_core::{Code, Embeddings, Error, Result};
use napi::Env;
use napi_derive::napi;

use crate::background::Reply;
use crate::boundary::guarded;
use crate::options::word;

/// An open matrix. JavaScript cannot write to it; closing it frees it once no call uses it.
#[napi]
pub struct NativeEmbeddings {
    inner: Option<Arc<Embeddings>>,
    /// Bytes of Rust memory that V8 was told about.
    accounted: i64,
}

/// Facts about a matrix.
#[napi(object, object_from_js = false)]
pub struct NativeMatrixAbout {
    pub rows: f64,
    pub dim: f64,
    /// Element type as NumPy names it.
    pub dtype: &'static str,
    /// `mmap`, `read`, or `memory`.
    pub io: &'static str,
}

#[napi]
impl NativeEmbeddings {
    /// Opens a file; `io` is `mmap` or `read`.
    #[napi(factory, catch_unwind)]
    pub fn open(env: &Env, path: String, io: String) -> napi::Result<Self> {
        guarded(env, "open", || {
            let io = word("io", &io, &[("mmap", Io::Mmap), ("read", Io::Read)])?;
            Ok(Self {
                inner: Some(Arc::new(Embeddings::open(Path::new(&path), io)?)),
                accounted: 0,
            })
        })
    }

    /// Copies `rows × dim` numbers.
    #[napi(factory, catch_unwind)]
    pub fn from_data(env: &Env, data: &[f32], rows: u32, dim: u32) -> napi::Result<Self> {
        let inner = guarded(env, "fromData", || {
            let mut copy = Vec::new();
            copy.try_reserve_exact(data.len())
                .map_err(|_| Error::memory("a copy of the rows", size_of_val(data) as u128))?;
            copy.extend_from_slice(data);
            Ok(Arc::new(Embeddings::from_vec(
                copy,
                rows as usize,
                dim as usize,
            )?))
        })?;
        let accounted = size_of_val(data) as i64;
        env.adjust_external_memory(accounted)?;
        Ok(Self {
            inner: Some(inner),
            accounted,
        })
    }

    /// Facts about the matrix.
    #[napi(catch_unwind)]
    pub fn about(&self, env: &Env) -> napi::Result<NativeMatrixAbout> {
        guarded(env, "matrixAbout", || {
            let matrix = self.get()?;
            let (dtype, io) = match matrix.file() {
                Some(file) => match file.io() {
                    Io::Mmap => (file.header().dtype.name(), "mmap"),
                    Io::Read => (file.header().dtype.name(), "read"),
                },
                None => ("float32", "memory"),
            };
            let (rows, dim) = (matrix.rows() as f64, matrix.dim() as f64);
            Ok(NativeMatrixAbout {
                rows,
                dim,
                dtype,
                io,
            })
        })
    }

    /// Frees the matrix; a call that still uses it finishes first.
    #[napi(catch_unwind)]
    pub fn close(&mut self, env: Env) -> napi::Result<()> {
        self.inner = None;
        env.adjust_external_memory(-std::mem::take(&mut self.accounted))?;
        Ok(())
    }
}

/// Embeddings that a call has made. V8 is not told of their memory: that takes the main thread's
/// environment, which a reply does not have.
impl Reply for Embeddings {
    type Js = NativeEmbeddings;
    fn into_js(self) -> napi::Result<NativeEmbeddings> {
        Ok(NativeEmbeddings {
            inner: Some(Arc::new(self)),
            accounted: 0,
        })
    }
}

impl NativeEmbeddings {
    pub(crate) fn get(&self) -> Result<&Arc<Embeddings>> {
        self.inner.as_ref().ok_or_else(|| {
            Error::new(Code::Option, "embeddings that were closed", "open ones")
                .with_hint("Call close() only after the last use")
        })
    }

    /// The same rows, for a call in the background.
    pub(crate) fn share(&self) -> Result<Arc<Embeddings>> {
        self.get().cloned()
    }
}
