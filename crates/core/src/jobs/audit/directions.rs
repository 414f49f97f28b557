//! Vectors that are searched by inner product.

use std::ops::Range;

use crate::error::Result;
use crate::job::Job;
use crate::jobs::search::{Accepts, Hits, Index, SearchOptions, search};
use crate::measure::{Measure, MetricOptions, Prepared};
use crate::metrics::Expression;
use crate::rows::Embeddings;

/// Vectors made ready. Hits have the inner product negated as their distance.
pub(super) struct Directions<'a> {
    rows: &'a Prepared<'a>,
    index: Index,
}

/// Runs `work` with these vectors, at least one, ready to be searched.
pub(super) fn searching<T>(
    vectors: &Embeddings,
    job: &Job,
    work: impl FnOnce(&Directions<'_>) -> Result<T>,
) -> Result<T> {
    let metric = Expression::parse("dot")?;
    let options = MetricOptions::new(&metric);
    let rows = Measure::Metric(&options).prepare(vectors, &job.part())?;
    let index = Index::new(&rows, &job.part())?;
    work(&Directions { rows: &rows, index })
}

impl Directions<'_> {
    /// The k vectors of the largest products with each probe, of those that `accepts` a probe and a vector.
    pub(super) fn largest(
        &self,
        probes: &Embeddings,
        k: usize,
        accepts: Accepts<'_>,
        job: &Job,
    ) -> Result<Hits> {
        let probes = self.rows.beside(probes, &job.part())?;
        self.search((&probes, 0..probes.rows()), k, accepts, job)
    }

    /// The vector of the largest product with each of these, itself apart.
    pub(super) fn largest_other(&self, vectors: Range<usize>, job: &Job) -> Result<Hits> {
        self.search((self.rows, vectors), 1, &|one, other| one != other, job)
    }

    fn search(
        &self,
        (probes, range): (&Prepared<'_>, Range<usize>),
        k: usize,
        accepts: Accepts<'_>,
        job: &Job,
    ) -> Result<Hits> {
        let options = SearchOptions {
            k,
            accepts: Some(accepts),
            ..SearchOptions::default()
        };
        let index = Some(&self.index);
        search(probes, range, self.rows, index, &options, &job.part())
    }
}
