//! Fits that share statistics over folds, against fits that gather their own.

#![allow(missing_docs)]

use hackface_core::Job;
use hackface_core::models::{FitOptions, Fitted, FoldFits, Pipeline, fit};
use hackface_core::rows::{Classes, IGNORED, MatrixF64, RowSource};
use hackface_core::statistics::Arithmetic;

mod common;
use common::{Random, assert_near};

const FOLDS: usize = 3;
const DIM: usize = 6;

/// Rows of 30 people of 1 to 6 rows, mixed, about a mean of their own; the 7th row is of nobody.
fn people(scale: f64) -> (Vec<f64>, Vec<u32>) {
    let mut random = Random(11);
    let centers: Vec<f64> = (0..30 * DIM).map(|_| 2.0 * random.unit() - 0.6).collect();
    let mut labels: Vec<u32> = (0..30u32)
        .flat_map(|k| vec![k; 1 + (k as usize * 7) % 6])
        .collect();
    for i in (1..labels.len()).rev() {
        labels.swap(i, (random.unit() * (i + 1) as f64) as usize);
    }
    let row = |label: &u32| -> Vec<f64> {
        let center = &centers[*label as usize * DIM..][..DIM];
        let noise = center.iter().enumerate();
        noise
            .map(|(j, c)| scale * (c + (random.unit() - 0.5) * (1.0 + j as f64 / 3.0)))
            .collect()
    };
    let rows = labels.iter().flat_map(row).collect();
    labels[6] = IGNORED;
    (rows, labels)
}

fn without(labels: &[u32], fold: usize) -> Vec<u32> {
    let keep = |k: &u32| {
        if *k as usize % FOLDS == fold {
            IGNORED
        } else {
            *k
        }
    };
    labels.iter().map(keep).collect()
}

/// Fits of every pipeline without each fold, in folds and one by one.
fn both(
    pipelines: &[Pipeline],
    (rows, labels): (&[f64], &[u32]),
    options: &FitOptions<'_>,
    twin: impl Fn(&Pipeline) -> Pipeline,
    check: impl Fn(&Pipeline, &Fitted, &Fitted),
) -> u32 {
    let source = MatrixF64::new(rows, DIM).unwrap();
    let fold_of: Vec<u32> = (0..30).map(|k| k % FOLDS as u32).collect();
    let job = Job::new();
    let shared = FitOptions {
        center: None,
        ..*options
    };
    let folds = (&fold_of[..], FOLDS);
    let fits = FoldFits::new(&source, labels, folds, pipelines, &shared, &job).unwrap();
    for fold in 0..FOLDS {
        let left = without(labels, fold);
        let classes = Classes::new(&left).unwrap();
        let one = fits.without(fold).unwrap();
        for pipeline in pipelines {
            let in_folds = one.fit(pipeline, &job).unwrap();
            let alone = fit(&twin(pipeline), &source, Some(&classes), options, &job).unwrap();
            check(pipeline, &in_folds, &alone);
        }
    }
    fits.passes()
}

fn agree(rows: &[f64], tolerance: f64) -> impl Fn(&Pipeline, &Fitted, &Fitted) {
    move |pipeline, a, b| {
        assert_eq!(a.report.rows, b.report.rows, "{pipeline}");
        assert_eq!(a.report.classes, b.report.classes, "{pipeline}");
        assert_eq!(a.report.singletons, b.report.singletons, "{pipeline}");
        for (x, y) in rows.chunks_exact(DIM).zip(rows.chunks_exact(DIM).skip(3)) {
            let (a, b) = (
                a.model.distance(x, y).unwrap(),
                b.model.distance(x, y).unwrap(),
            );
            assert_near(a, b, tolerance, &pipeline.to_string());
        }
    }
}

const PIPELINES: &[&str] = &[
    "pca",
    "whiten",
    "wccn",
    "nap",
    "lda",
    "mahalanobis",
    "kissme",
    "xqda",
    "plda",
    "ln-plda",
    "path",
    "center(class-means), wccn(shrinkage=oas), length-norm, whiten, length-norm, path(0.2)",
    "length-norm, center, wccn",
    "cosine",
];

fn pipelines(texts: &[&str]) -> Vec<Pipeline> {
    let text = |text: &&str| match *text {
        "nap" => "center, nap(2), cosine".parse().unwrap(),
        text => text.parse().unwrap(),
    };
    texts.iter().map(text).collect()
}

#[test]
fn a_fit_in_folds_is_a_fit_to_the_rows_outside_the_fold() {
    for scale in [1.0, 1e140] {
        let (rows, labels) = people(scale);
        let options = FitOptions::default();
        let all = pipelines(PIPELINES);
        let same = |pipeline: &Pipeline| pipeline.clone();
        let passes = both(&all, (&rows, &labels), &options, same, agree(&rows, 1e-9));
        // One for the first stretches and one for what begins with length-norm.
        assert_eq!(passes, 2);
    }
}

#[test]
fn a_large_set_shares_the_center_before_a_length_normalisation() {
    let (rows, labels) = people(1.0);
    let source = MatrixF64::new(&rows, DIM).unwrap();
    let used = |row: &usize| labels[*row] != IGNORED;
    let taken: Vec<usize> = (0..source.rows()).filter(used).collect();
    let column = |j: usize| taken.iter().map(|row| rows[row * DIM + j]).sum::<f64>();
    let center: Vec<f64> = (0..DIM).map(|j| column(j) / taken.len() as f64).collect();
    let options = FitOptions {
        center: Some(&center),
        // As on data of very many rows.
        arithmetic: Arithmetic::Single,
        ..FitOptions::default()
    };
    let texts = [
        "center, length-norm, path(0.5)",
        "center, length-norm, wccn, cosine",
    ];
    let twin = |pipeline: &Pipeline| pipeline.clone().centered(true).unwrap();
    let all = pipelines(&texts);
    let passes = both(&all, (&rows, &labels), &options, twin, agree(&rows, 3e-5));
    assert_eq!(passes, 2);
}
