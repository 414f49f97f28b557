//! Test-only: random numbers, metrics and models by their text, files of rows.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::job::Job;
use crate::measure::MetricOptions;
use crate::metrics::Expression;
use crate::models::{FitOptions, Model, fit};
use crate::npy::{Float, Io, NpyWriter};
use crate::rows::{Classes, Embeddings, RowSource};

/// Knuth's linear congruential generator.
pub(crate) struct Lcg(pub(crate) u64);

impl Lcg {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        self.0
    }

    /// In [−½, ½), a multiple of 2⁻²⁴.
    pub(crate) fn single(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 24) as f32 - 0.5
    }

    /// In [−½, ½), a multiple of 2⁻⁵³.
    pub(crate) fn double(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64 - 0.5
    }
}

/// Default options of a metric or combination, which live as long as the tests.
pub(crate) fn metric(text: &str) -> MetricOptions<'static> {
    let expression = Expression::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    MetricOptions::new(Box::leak(Box::new(expression)))
}

/// The model that a pipeline learns from labelled rows, which are their own target.
pub(crate) fn fitted(text: &str, rows: &dyn RowSource, labels: &[u32]) -> Model {
    let classes = Classes::new(labels).expect("classes");
    let pipeline = text.parse().expect("a pipeline");
    let mut values = vec![0.0; rows.rows() * rows.dim()];
    rows.read_rows_f64(0, &mut values).expect("rows");
    let target = Embeddings::from_doubles(values, rows.rows(), rows.dim()).expect("a target");
    let options = FitOptions {
        target: Some(&target),
        ..FitOptions::default()
    };
    let fitted = fit(&pipeline, rows, Some(&classes), &options, &Job::new());
    fitted.unwrap_or_else(|e| panic!("{text}: {e}")).model
}

/// A temporary `.npy` file, removed when dropped.
pub(crate) struct RowsFile(PathBuf);

impl RowsFile {
    /// Writes rows of `dim` columns.
    pub(crate) fn new<T: Float>(values: &[T], dim: usize) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("hackface-rows-{}-{count}.npy", std::process::id());
        let path = std::env::temp_dir().join(name);
        let file = std::fs::File::create(&path).expect("a temporary file");
        let rows = values.len() / dim;
        let mut writer = NpyWriter::new(file, T::DTYPE, rows, dim).expect("a header");
        writer.write_rows(values).expect("rows");
        writer.finish().expect("complete");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn open(&self, io: Io) -> Embeddings {
        Embeddings::open(&self.0, io).expect("opens")
    }
}

impl Drop for RowsFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
