//! The Node-API face of `hackface-core`: convert in, call, convert out.
//!
//! [`boundary`] is the wall: no panic crosses it, and every failure crosses it whole. [`background`]
//! checks a call and runs it off the main thread, in the threads of [`pool`]. [`options`] and
//! [`measure`] read requests, [`mirror`] makes replies, [`figures`] holds those that several exports
//! share. The other modules are one exported noun each.

// Exports are reached by the addon's registration, not by a path.
#![allow(unreachable_pub)]

mod all_pairs;
mod audit;
mod background;
mod boundary;
mod compare;
mod covariance;
mod decimals;
mod decision;
mod defaults;
mod embeddings;
mod enrolment;
mod evaluation;
mod figures;
mod fit;
mod gallery;
mod gates;
mod identification;
mod info;
mod inspect;
mod job;
mod measure;
mod mirror;
mod model;
mod options;
mod pairwise;
mod planning;
mod pool;
mod score;
mod stats;
mod synth;
mod trials;

/// Runs once when the addon is loaded.
#[napi_derive::module_init]
fn init() {
    // Threads of the pool outlive a worker that loads the addon and ends.
    napi::bindgen_prelude::retain_current_module_for_unload_safety();
    boundary::keep_panics_off_stderr();
}
