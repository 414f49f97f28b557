//! The pass at full size; run by hand: `cargo test --release --test scatter_speed -- --ignored`.
#![allow(clippy::print_stderr)]

use std::time::Instant;

use hackface_core::Job;
use hackface_core::models::{FitOptions, fit};
use hackface_core::scatter::*;
use rayon::prelude::*;

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
    let c = covariance(
        &gather(&clustered, None, &GatherOptions::default(), &Job::new()).unwrap(),
        hackface_core::linalg::Matrix::identity(d).unwrap(),
        Denominator::Rows,
    );
    assert!(c.is_ok());
    let random = {
        let half = hackface_core::linalg::Matrix::from_vec(
            d,
            d,
            x[..d * d].iter().map(|v| f64::from(*v)).collect(),
        )
        .unwrap();
        half.multiply_transposed(&half).unwrap()
    };
    let start = Instant::now();
    hackface_core::linalg::symmetric_eigen(&random).unwrap();
    eprintln!("sorted eigen: {:.3} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    hackface_core::linalg::symmetric_eigenvalues(&random).unwrap();
    eprintln!("sorted eigenvalues: {:.3} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    hackface_core::linalg::Cholesky::new(&random).unwrap();
    eprintln!("sorted cholesky: {:.3} s", start.elapsed().as_secs_f64());
    for preset in ["lda", "plda", "wccn", "ln-plda", "kissme"] {
        let start = Instant::now();
        let pipeline = preset.parse().unwrap();
        let fitted = fit(
            &pipeline,
            &clustered,
            Some(&classes),
            &FitOptions::default(),
            &Job::new(),
        )
        .unwrap();
        eprintln!(
            "fit {preset}: {:.2} s, {:?}",
            start.elapsed().as_secs_f64(),
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
            let start = Instant::now();
            let bundle = gather(&source, Some(&classes), &options, &Job::new()).unwrap();
            eprintln!("{name} {what}: {:.2} s", start.elapsed().as_secs_f64());
            assert_eq!(bundle.rows(), n as u64);
        }
    }
}
