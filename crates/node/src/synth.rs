//! The synthetic challenge: matrices to files, the rest to JavaScript.

use std::path::Path;

use hackface_core::npy::{Dtype, NpyOutput};
use hackface_core::synth::{Replica, SynthSpec, SynthTables, generate};
use hackface_core::{Job, Result};
use napi::Env;
use napi::bindgen_prelude::{Uint8Array, Uint32Array};
use napi_derive::napi;

use crate::background::{Promised, start};
use crate::job::NativeJob;
use crate::mirror::mirror;
use crate::options::{choice, set};

/// Request; absent fields have the challenge's values.
#[napi(object)]
pub struct NativeSynthOptions {
    /// `r2`, `r1` or `none`.
    pub replica: Option<String>,
    /// Which fitted set of parameters.
    pub set: Option<u32>,
    pub train_rows: Option<u32>,
    pub train_classes: Option<u32>,
    pub test_rows: Option<u32>,
    pub pairs: Option<u32>,
    /// Length of an embedding.
    pub dim: Option<u32>,
    pub seed: Option<u32>,
    /// The challenge's full train set, unless `train_rows` says otherwise.
    pub full: Option<bool>,
}

/// Labels and pairs of a synthetic challenge.
#[napi(object, object_from_js = false)]
pub struct NativeSynthTables {
    pub train_classes: Uint32Array,
    pub index1: Uint32Array,
    pub index2: Uint32Array,
    /// True if each pair shows one person: 1 or 0.
    pub same: Uint8Array,
}

mirror! {
    of: SynthTables => NativeSynthTables { train_classes, index1, index2, same }
}

/// Makes the challenge in the background: both matrices are written to the given paths (created or
/// cut to nothing first, synced at the end), labels and pairs are given back.
#[napi(catch_unwind, ts_return_type = "Promise<NativeSynthTables>")]
pub fn synth<'env>(
    env: &'env Env,
    train_path: String,
    test_path: String,
    options: NativeSynthOptions,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let spec = || spec(&options);
    start(env, "synth", job, spec, move |spec, job| {
        write(&spec, Path::new(&train_path), Path::new(&test_path), job)
    })
}

fn spec(options: &NativeSynthOptions) -> Result<SynthSpec> {
    let mut spec = match options.full {
        Some(true) => SynthSpec::full(),
        _ => SynthSpec::challenge(),
    };
    let all = [Replica::R2, Replica::R1, Replica::None];
    let replicas = all.map(|one| (one.as_str(), one));
    let count = |n: Option<u32>| n.map(|n| n as usize);
    if let Some(rows) = count(options.train_rows) {
        spec = spec.with_train_rows(rows);
    }
    set(
        &mut spec.replica,
        choice("replica", &options.replica, &replicas)?,
    );
    set(&mut spec.set, count(options.set));
    set(&mut spec.train_classes, count(options.train_classes));
    set(&mut spec.test_rows, count(options.test_rows));
    set(&mut spec.pairs, count(options.pairs));
    set(&mut spec.dim, count(options.dim));
    set(&mut spec.seed, options.seed.map(u64::from));
    Ok(spec)
}

fn write(spec: &SynthSpec, train: &Path, test: &Path, job: &Job) -> Result<SynthTables> {
    let mut train = NpyOutput::open(train, Dtype::F32, spec.train_rows, spec.dim)?;
    let mut test = NpyOutput::open(test, Dtype::F32, spec.test_rows, spec.dim)?;
    let tables = generate(
        spec,
        &mut |rows| train.write(rows),
        &mut |rows| test.write(rows),
        job,
    )?;
    train.finish()?;
    test.finish()?;
    Ok(tables)
}
