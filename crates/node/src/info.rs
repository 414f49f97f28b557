//! Facts about this build and machine, metrics and presets.

use std::hint::black_box;

use hackface_core::Isa;
use hackface_core::evaluation::normal_quantile;
use hackface_core::job::threads;
use hackface_core::metrics::{FUNCTIONS, Function, METRICS, MetricInfo, Parameter};
use napi::Env;
use napi_derive::napi;

use crate::boundary::guarded;
use crate::mirror::{Js, mirror};

/// A metric, for the reader.
#[napi(object)]
pub struct NativeMetricInfo {
    pub name: String,
    pub aliases: Vec<String>,
    /// Formula over rows x and y.
    pub formula: String,
    pub range: String,
    /// When it has no value, or empty.
    pub undefined: String,
    pub parameters: Vec<NativeParameterInfo>,
    pub source: String,
}

/// A parameter of a metric.
#[napi(object)]
pub struct NativeParameterInfo {
    /// Name before the equals sign.
    pub name: String,
    /// Value when it is not given.
    pub default: String,
    pub about: String,
}

/// A function of expressions.
#[napi(object)]
pub struct NativeFunctionInfo {
    pub name: String,
    pub about: String,
}

/// This build on this machine.
#[napi(object)]
pub struct NativeBuildInfo {
    pub version: String,
    /// Instruction set that is chosen.
    pub cpu: String,
    pub cpus: Vec<String>,
    /// Threads used when none are asked for.
    pub threads: u32,
}

mirror! {
    of: &'static MetricInfo => NativeMetricInfo {
        name, aliases, formula, range, undefined, parameters, source
    }
    of: &'static Parameter => NativeParameterInfo { name, default, about }
    of: (&'static str, Function, &'static str) => NativeFunctionInfo { name = of.0, about = of.2 }
}

/// Φ⁻¹(p), the probit, for p in (0, 1); ±∞ at the ends.
#[napi(catch_unwind)]
pub fn probit(env: &Env, p: f64) -> napi::Result<f64> {
    guarded(env, "probit", || Ok(normal_quantile(p)))
}

/// Every metric, in the order of the documentation.
#[napi(catch_unwind)]
pub fn metrics(env: &Env) -> napi::Result<Vec<NativeMetricInfo>> {
    guarded(env, "metrics", || Ok(METRICS.js()))
}

/// Every function of expressions.
#[napi(catch_unwind)]
pub fn functions(env: &Env) -> napi::Result<Vec<NativeFunctionInfo>> {
    guarded(env, "functions", || Ok(FUNCTIONS.to_vec().js()))
}

/// The version as text that can be found in the file without running it: a release compares it for
/// platforms that the machine at hand cannot run.
static VERSION_MARK: &str = concat!("<hackface-native addon ", env!("CARGO_PKG_VERSION"), ">");

/// The version, read out of the mark so that the two cannot differ.
fn version() -> String {
    // Behind a black box, or the compiler would keep the text in pieces.
    let mark = black_box(VERSION_MARK);
    let version = mark.rsplit(' ').next().unwrap_or(mark);
    version.trim_end_matches('>').to_owned()
}

/// Facts about this build and machine.
#[napi(catch_unwind)]
pub fn build_info(env: &Env) -> napi::Result<NativeBuildInfo> {
    guarded(env, "buildInfo", || {
        let available = Isa::available();
        Ok(NativeBuildInfo {
            version: version(),
            cpu: Isa::best().name().to_owned(),
            cpus: available.map(|cpu| cpu.name().to_owned()).collect(),
            threads: threads::default_threads() as u32,
        })
    })
}
