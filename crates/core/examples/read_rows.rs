//! How near scoring comes to merely reading: times `score_pairs` under cosine against summing the
//! same rows of the same mapped file, turn by turn, in one process and one pool.
//!
//! `read_rows EMBEDDINGS.npy PAIRS.npy THREADS ROUNDS`, where PAIRS is a 2 × m matrix of row
//! numbers. Prints one JSON object with the milliseconds of each round. The sum touches every entry
//! of both rows of each pair, in the order of the pairs, once, with the widest adds that the
//! machine has; it is written to be hard to beat.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use hackface_core::jobs::score::score_pairs;
use hackface_core::measure::{Measure, MetricOptions};
use hackface_core::metrics::Expression;
use hackface_core::npy::Io;
use hackface_core::{Embeddings, Job};
use rayon::prelude::*;

/// Pairs of one task; as many as `score_pairs` takes.
const PAIRS_PER_TASK: usize = 256;
/// Running sums side by side: enough to hide the latency of an add.
const LANES: usize = 64;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [embeddings, pairs, threads, rounds] = arguments.as_slice() else {
        return Err("expected EMBEDDINGS.npy PAIRS.npy THREADS ROUNDS".into());
    };
    let embeddings = Embeddings::open(Path::new(embeddings), Io::Mmap)?;
    let [index1, index2] = read_pairs(Path::new(pairs))?;
    let pool = hackface_core::job::threads::pool(threads.parse()?)?;
    let rounds: usize = rounds.parse()?;
    let metric = Expression::parse("cosine")?;
    let options = MetricOptions::new(&metric);
    let job = Job::new();
    let data = embeddings
        .as_f32()
        .ok_or("expected float32 rows that can be mapped")?;
    let dim = embeddings.dim();

    let read = || pool.install(|| read_all(data, dim, &index1, &index2));
    let measure = Measure::Metric(&options);
    let score = || pool.install(|| score_pairs(&embeddings, &index1, &index2, measure, &job));

    // Both answers are checked before either is timed; this also warms caches and page tables.
    let expected: f64 = index1
        .iter()
        .chain(&index2)
        .map(|row| plain_sum(&data[*row as usize * dim..][..dim]))
        .sum();
    let size: f64 = data.iter().map(|v| f64::from(v.abs())).sum();
    if (read() - expected).abs() > 1e-4 * size {
        return Err("the sum that is timed is not the sum of the rows".into());
    }
    if score()?.iter().any(|d| !(0.0..=2.0).contains(d)) {
        return Err("a cosine distance outside [0, 2]".into());
    }

    let (mut read_ms, mut score_ms) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        read_ms.push(milliseconds(|| std::hint::black_box(read())));
        score_ms.push(milliseconds(|| std::hint::black_box(score().is_ok())));
    }
    writeln!(
        std::io::stdout(),
        "{{\"read\": {read_ms:?}, \"score\": {score_ms:?}}}"
    )?;
    Ok(())
}

fn milliseconds<T>(work: impl FnOnce() -> T) -> f64 {
    let begin = Instant::now();
    work();
    begin.elapsed().as_secs_f64() * 1e3
}

fn read_pairs(path: &Path) -> Result<[Vec<u32>; 2], hackface_core::Error> {
    let pairs = Embeddings::open(path, Io::Mmap)?;
    let side = |row| -> Result<Vec<u32>, hackface_core::Error> {
        let mut numbers = vec![0.0; pairs.dim()];
        pairs.read_rows(row, &mut numbers)?;
        Ok(numbers.into_iter().map(|n| n as u32).collect())
    };
    Ok([side(0)?, side(1)?])
}

fn plain_sum(row: &[f32]) -> f64 {
    row.iter().map(|v| f64::from(*v)).sum()
}

fn read_all(data: &[f32], dim: usize, index1: &[u32], index2: &[u32]) -> f64 {
    let tasks = index1
        .par_chunks(PAIRS_PER_TASK)
        .zip(index2.par_chunks(PAIRS_PER_TASK));
    tasks
        .map(|(index1, index2)| f64::from(read_task(data, dim, index1, index2)))
        .sum()
}

/// The sum for one task, in the widest registers of this machine.
#[allow(unsafe_code)]
fn read_task(data: &[f32], dim: usize, index1: &[u32], index2: &[u32]) -> f32 {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx512f")]
        fn avx512(data: &[f32], dim: usize, index1: &[u32], index2: &[u32]) -> f32 {
            sum_pairs(data, dim, index1, index2)
        }
        #[target_feature(enable = "avx2")]
        fn avx2(data: &[f32], dim: usize, index1: &[u32], index2: &[u32]) -> f32 {
            sum_pairs(data, dim, index1, index2)
        }
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the feature was seen on this machine in the line above.
            return unsafe { avx512(data, dim, index1, index2) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the feature was seen on this machine in the line above.
            return unsafe { avx2(data, dim, index1, index2) };
        }
    }
    sum_pairs(data, dim, index1, index2)
}

#[inline(always)]
fn sum_pairs(data: &[f32], dim: usize, index1: &[u32], index2: &[u32]) -> f32 {
    let mut lanes = [0.0; LANES];
    for (a, b) in index1.iter().zip(index2) {
        for row in [a, b] {
            let row = &data[*row as usize * dim..][..dim];
            let blocks = row.chunks_exact(LANES);
            let rest = blocks.remainder();
            for block in blocks {
                for (lane, value) in lanes.iter_mut().zip(block) {
                    *lane += value;
                }
            }
            for (lane, value) in lanes.iter_mut().zip(rest) {
                *lane += value;
            }
        }
    }
    lanes.iter().sum()
}
