//! The pass at full size; run by hand: `cargo test --release --test scatter_speed -- --ignored`.
#![allow(clippy::print_stderr)]

use std::time::Instant;

use hackface_core::Job;
use hackface_core::models::{FitOptions, fit};
use hackface_core::rows::*;
use hackface_core::statistics::*;
use rayon::prelude::*;

/// Wall time, and processor time of all threads where the system tells: on a machine that others
/// use, the second one is the one to compare.
struct Clock(Instant, f64);

impl Clock {
    fn now() -> Self {
        Self(Instant::now(), processor_seconds())
    }

    fn seconds(&self) -> String {
        let (wall, cpu) = (self.0.elapsed().as_secs_f64(), processor_seconds() - self.1);
        format!("{wall:.2} (cpu {cpu:.2})")
    }
}

/// Memory that the process held at most since the last call, in MB, where the system tells.
fn peak_since_last() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let peak = peak
        .and_then(|l| l.split_whitespace().next()?.parse().ok())
        .unwrap_or(0.0);
    // Where this is not allowed, the peak is that of the whole run.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    peak / 1000.0
}

fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or("").split_whitespace();
    // User and system time, in hundredths of a second.
    fields
        .skip(11)
        .take(2)
        .filter_map(|t| t.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

#[test]
#[ignore = "needs 1 GB and prints timings"]
fn full_size() {
    let (n, d, k) = (454_714usize, 512usize, 10_575u32);
    let mut x = vec![0f32; n * d];
    x.par_chunks_mut(d).enumerate().for_each(|(i, row)| {
        let mut state = i as u64 * 7919 + 1;
        for v in row {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            *v = (state >> 40) as f32 / (1 << 24) as f32 - 0.5;
        }
    });
    let sorted: Vec<u32> = (0..n)
        .map(|i| (i as u64 * u64::from(k) / n as u64) as u32)
        .collect();
    let mixed: Vec<u32> = (0..n)
        .map(|i| (i as u64 * 7_919 % u64::from(k)) as u32)
        .collect();
    let source = MatrixF32::new(&x, d).unwrap();
    let classes = Classes::new(&sorted).unwrap();
    // Class means, so that there is something to learn.
    let mut x2 = x.clone();
    x2.par_chunks_mut(d).zip(&sorted).for_each(|(row, &k)| {
        let mut state = u64::from(k) * 104_729 + 17;
        for v in row {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            *v += 0.7 * ((state >> 40) as f32 / (1 << 24) as f32 - 0.5);
        }
    });
    let clustered = MatrixF32::new(&x2, d).unwrap();
    let random = {
        let half = hackface_core::linalg::Matrix::from_vec(
            d,
            d,
            x[..d * d].iter().map(|v| f64::from(*v)).collect(),
        )
        .unwrap();
        half.multiply_transposed(&half).unwrap()
    };
    let start = Clock::now();
    hackface_core::linalg::symmetric_eigen(&random).unwrap();
    eprintln!("sorted eigen: {} s", start.seconds());
    let start = Clock::now();
    hackface_core::linalg::symmetric_eigenvalues(&random).unwrap();
    eprintln!("sorted eigenvalues: {} s", start.seconds());
    let start = Clock::now();
    hackface_core::linalg::Cholesky::new(&random).unwrap();
    eprintln!("sorted cholesky: {} s", start.seconds());
    for preset in ["lda", "plda", "wccn", "ln-plda", "kissme"] {
        let start = Clock::now();
        let pipeline = preset.parse().unwrap();
        peak_since_last();
        let before = peak_since_last();
        let fitted = fit(
            &pipeline,
            &clustered,
            Some(&classes),
            &FitOptions::default(),
            &Job::new(),
        )
        .unwrap();
        eprintln!(
            "fit {preset}: {} s, {:.0} MB more, {:?}",
            start.seconds(),
            peak_since_last() - before,
            fitted.report.log_likelihood
        );
    }
    drop(x2);
    for (name, y) in [("sorted", &sorted), ("mixed", &mixed)] {
        let classes = Classes::new(y).unwrap();
        let lists = [
            ("sums", BundleParts::SUMS),
            ("scatter", BundleParts::SCATTER),
            (
                "scatter + fourth",
                BundleParts {
                    weighted: false,
                    ..BundleParts::ALL
                },
            ),
            ("all", BundleParts::ALL),
        ];
        for (what, parts) in lists {
            let options = GatherOptions {
                parts,
                ..Default::default()
            };
            let start = Clock::now();
            let bundle = gather(&source, Some(&classes), &options, &Job::new()).unwrap();
            eprintln!("{name} {what}: {} s", start.seconds());
            assert_eq!(bundle.rows(), n as u64);
        }
    }
}
