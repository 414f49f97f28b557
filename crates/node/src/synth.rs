//! The synthetic challenge: matrices to files, the rest to JavaScript.

use std::path::Path;

use hackface_core::npy::Dtype;
use hackface_core::synth::{Replica, SynthSpec, SynthTables, generate};
use hackface_core::{Job, Result};
use napi::Env;
use napi::bindgen_prelude::{Uint8Array, Uint32Array};
use napi_derive::napi;

use crate::background::{Promised, start};
use crate::job::NativeJob;
use crate::mirror::mirror;
use crate::options::word;
use crate::output::NpyFile;

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
    threads: Option<u32>,
    job: &NativeJob,
) -> napi::Result<Promised<'env>> {
    let spec = || spec(&options);
    start(env, "synth", job, threads, spec, move |spec, job| {
        write(&spec, Path::new(&train_path), Path::new(&test_path), job)
    })
}

fn spec(options: &NativeSynthOptions) -> Result<SynthSpec> {
    let base = if options.full == Some(true) {
        SynthSpec::full()
    } else {
        SynthSpec::challenge()
    };
    let replica = match options.replica.as_deref() {
        None => base.replica,
        Some(name) => {
            let all = [Replica::R2, Replica::R1, Replica::None];
            word("replica", name, &all.map(|one| (one.as_str(), one)))?
        }
    };
    let or = |given: Option<u32>, default: usize| given.map_or(default, |n| n as usize);
    let train_rows = or(options.train_rows, base.train_rows);
    // As many images a person as the default has, unless the people are counted too.
    let people = (train_rows as f64 * base.train_classes as f64 / base.train_rows as f64).round();
    Ok(SynthSpec {
        replica,
        set: or(options.set, base.set),
        train_rows,
        train_classes: or(options.train_classes, (people as usize).max(2)),
        test_rows: or(options.test_rows, base.test_rows),
        pairs: or(options.pairs, base.pairs),
        dim: or(options.dim, base.dim),
        seed: options.seed.map_or(base.seed, u64::from),
    })
}

fn write(spec: &SynthSpec, train: &Path, test: &Path, job: &Job) -> Result<SynthTables> {
    let mut train = NpyFile::open(train, Dtype::F32, spec.train_rows, spec.dim)?;
    let mut test = NpyFile::open(test, Dtype::F32, spec.test_rows, spec.dim)?;
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
