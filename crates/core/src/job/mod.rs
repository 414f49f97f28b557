//! A running job as its watchers see it: how far it is, and whether it should stop.

pub(crate) mod files;
pub mod memory;
pub(crate) mod tasks;
pub mod threads;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use crate::error::{Error, Result};

/// Shared between the thread that works and those that watch. Affects no result.
#[derive(Debug, Default)]
pub struct Job {
    cancelled: Arc<AtomicBool>,
    done: AtomicU64,
    total: AtomicU64,
    phase: std::sync::Mutex<&'static str>,
}

impl Job {
    /// A job that nobody has started.
    pub fn new() -> Self {
        Self::default()
    }

    /// A job within this one: it stops when this one does, and how far it is does not show.
    pub(crate) fn part(&self) -> Self {
        Self {
            cancelled: Arc::clone(&self.cancelled),
            ..Self::default()
        }
    }

    /// Asks the work to stop at its next block.
    pub fn cancel(&self) {
        self.cancelled.store(true, Relaxed);
    }

    /// Called by the work between blocks: fails once the job is cancelled.
    pub fn check(&self) -> Result<()> {
        if self.cancelled.load(Relaxed) {
            return Err(Error::aborted());
        }
        Ok(())
    }

    /// Begins a phase of `total` units (rows, pairs).
    pub fn begin(&self, phase: &'static str, total: u64) {
        // A poisoned lock only means that a worker panicked while naming a phase.
        *self.phase.lock().unwrap_or_else(|e| e.into_inner()) = phase;
        self.done.store(0, Relaxed);
        self.total.store(total, Relaxed);
    }

    /// Adds finished units to the running phase.
    pub fn advance(&self, units: u64) {
        self.done.fetch_add(units, Relaxed);
    }

    /// Name of the phase, units done, units in all.
    pub fn progress(&self) -> (&'static str, u64, u64) {
        let phase = *self.phase.lock().unwrap_or_else(|e| e.into_inner());
        (phase, self.done.load(Relaxed), self.total.load(Relaxed))
    }
}
