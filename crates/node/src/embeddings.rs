//! Embeddings as JavaScript holds them.

use std::path::Path;
use std::sync::Arc;

use hackface_core::npy::{Io, NpyFile, Numbers, Order, Place, Values};
use hackface_core::{Code, Embeddings, Error, Result};
use napi::Env;
use napi::bindgen_prelude::{ClassInstance, Either, Float32Array, Float64Array, Uint32ArraySlice};
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
    /// The axes of the array in the file, if one of length 1 was left out.
    pub squeezed: Option<Vec<f64>>,
}

/// A matrix that is a part of a file: a `.npy` file at a place of it, or numbers whose type and shape
/// are known from elsewhere.
#[napi(object, object_to_js = false)]
pub struct NativePlace {
    /// First byte.
    pub offset: f64,
    /// Bytes of the `.npy` file.
    pub length: Option<f64>,
    pub numbers: Option<NativeLayout>,
}

/// Type and shape of numbers without a header.
#[napi(object, object_to_js = false)]
pub struct NativeLayout {
    /// Element type as NumPy writes it, for example `<f4`.
    pub descr: String,
    /// True for column after column.
    pub fortran: bool,
    pub rows: f64,
    pub dim: f64,
}

impl NativePlace {
    fn get(&self) -> Place<'_> {
        // JavaScript made sure of whole numbers from 0 to 2^53.
        let offset = self.offset as u64;
        match (&self.numbers, self.length) {
            (Some(numbers), _) => Place::Numbers(Numbers {
                descr: &numbers.descr,
                order: if numbers.fortran {
                    Order::Fortran
                } else {
                    Order::C
                },
                rows: numbers.rows as u64,
                dim: numbers.dim as u64,
                offset,
            }),
            (None, Some(length)) => Place::Member {
                offset,
                length: length as u64,
            },
            (None, None) => Place::Whole,
        }
    }
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

    /// Opens a matrix that is a part of a file.
    #[napi(factory, catch_unwind)]
    pub fn open_at(env: &Env, path: String, place: NativePlace, io: String) -> napi::Result<Self> {
        guarded(env, "openAt", || {
            let io = word("io", &io, &[("mmap", Io::Mmap), ("read", Io::Read)])?;
            Ok(Self {
                inner: Some(Arc::new(Embeddings::open_at(
                    Path::new(&path),
                    place.get(),
                    io,
                )?)),
                accounted: 0,
            })
        })
    }

    /// Copies the matrix at a place of bytes that were read from the file `origin`, if there is one.
    #[napi(factory, catch_unwind)]
    pub fn from_bytes(
        env: &Env,
        bytes: &[u8],
        place: NativePlace,
        origin: Option<String>,
    ) -> napi::Result<Self> {
        let inner = guarded(env, "fromBytes", || {
            let origin = origin.as_deref().map(Path::new);
            Embeddings::from_bytes(bytes, place.get(), origin).map(Arc::new)
        })?;
        let accounted = (inner.rows() * inner.dim() * inner.dtype().size()) as i64;
        env.adjust_external_memory(accounted)?;
        Ok(Self {
            inner: Some(inner),
            accounted,
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

    /// The rows of one matrix and then those of another, which both stay as they are.
    #[napi(factory, catch_unwind)]
    pub fn stacked(
        env: &Env,
        parts: Vec<ClassInstance<'_, NativeEmbeddings>>,
    ) -> napi::Result<Self> {
        guarded(env, "stacked", || {
            let parts = parts.iter().map(|part| part.share());
            let parts = parts.collect::<Result<Vec<_>>>()?;
            Ok(Self {
                inner: Some(Arc::new(Embeddings::stacked(parts)?)),
                accounted: 0,
            })
        })
    }

    /// Facts about the matrix.
    #[napi(catch_unwind)]
    pub fn about(&self, env: &Env) -> napi::Result<NativeMatrixAbout> {
        guarded(env, "matrixAbout", || {
            let matrix = self.get()?;
            let io = match matrix.file().map(NpyFile::io) {
                Some(Io::Mmap) => "mmap",
                Some(Io::Read) => "read",
                None => "memory",
            };
            let squeezed = matrix.file().and_then(|file| file.header().squeezed);
            Ok(NativeMatrixAbout {
                rows: matrix.rows() as f64,
                dim: matrix.dim() as f64,
                dtype: matrix.dtype().name(),
                io,
                squeezed: squeezed.map(|axes| axes.map(|size| size as f64).to_vec()),
            })
        })
    }

    /// A copy of these rows, in this order: singles where the element type fits, else doubles.
    #[napi(catch_unwind)]
    pub fn copy_rows(
        &self,
        env: &Env,
        rows: Uint32ArraySlice<'_>,
    ) -> napi::Result<Either<Float32Array, Float64Array>> {
        let values = guarded(env, "copyRows", || self.get()?.copy_rows(&rows))?;
        Ok(match values {
            Values::F32(values) => Either::A(Float32Array::new(values)),
            Values::F64(values) => Either::B(Float64Array::new(values)),
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
