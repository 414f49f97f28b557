//! Published curves of metrics over pairs, where the data are at hand.

use std::collections::BTreeMap;

use super::affine::{Affine, Stage};
use super::maps;
use super::model::Model;
use super::oracle_tests::common::npz::read_npz_i32;
use super::oracle_tests::common::{data_dir, read_npy};
use super::scorer::Scorer;
use crate::Job;
use crate::linalg::Matrix;
use crate::models::{FitOptions, Pipeline, fit};
use crate::rows::{Classes, MatrixF64};

/// People seen by both cameras, and how many of their columns are used.
const PEOPLE: usize = 632;
const COLUMNS: usize = 44;

/// Mean of δ δᵀ.
fn pair_covariance(pairs: &[(&[f64], &[f64])]) -> Matrix {
    let mut out = Matrix::zeros(COLUMNS, COLUMNS).unwrap();
    for (a, b) in pairs {
        let delta: Vec<f64> = a.iter().zip(*b).map(|(a, b)| a - b).collect();
        out.add_outer(1.0 / pairs.len() as f64, &delta, &delta);
    }
    out
}

fn kissme(same: &Matrix, different: &Matrix, psd: bool) -> Model {
    let root = maps::kissme(same, different, psd).unwrap();
    let mut affine = Affine::identity(COLUMNS);
    affine.then_multiply(&root.map).unwrap();
    let scorer = Scorer::SignedSquared {
        positive: root.positive,
    };
    Model::new(
        COLUMNS,
        vec![Stage::Affine(affine)],
        scorer,
        BTreeMap::new(),
    )
    .unwrap()
}

/// Share of probes whose own row is among the k nearest of the gallery, for k = 1, 2, …
fn match_curve(probes: &[Vec<f64>], gallery: &[Vec<f64>], model: &Model) -> Vec<f64> {
    let mut found = vec![0.0; gallery.len()];
    for (i, probe) in probes.iter().enumerate() {
        let own = model.pair_distance(probe, &gallery[i]);
        let nearer = gallery
            .iter()
            .filter(|g| model.pair_distance(probe, g) < own);
        found[nearer.count()] += 1.0;
    }
    let mut sum = 0.0;
    let total = probes.len() as f64;
    found
        .iter()
        .map(|count| {
            sum += count;
            sum / total
        })
        .collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    0.5 * (values[half - 1] + values[half])
}

#[test]
fn match_curves_of_kissme_on_viper() {
    let (Some(dir), Some(data)) = (data_dir("../oracles/viper_kissme"), data_dir("viper_mdf"))
    else {
        return;
    };
    let (shape, values) = read_npy(&data.join("embeddings.npy"));
    assert_eq!(shape[0], 2 * PEOPLE);
    let row =
        |camera: usize, person: usize| &values[(camera * PEOPLE + person) * shape[1]..][..COLUMNS];
    let splits = read_npz_i32(&dir.join("splits100.npz"));
    let split = |name: &str, run: usize| -> Vec<usize> {
        let (_, shape, values) = splits.iter().find(|(n, ..)| n == name).unwrap();
        let of_run = &values[run * shape[1]..(run + 1) * shape[1]];
        of_run.iter().map(|&v| v as usize).collect()
    };
    let (shape, runs) = read_npy(&dir.join("cmc_100runs_computed_here.npy"));
    let (mut plain, mut positive) = (Vec::new(), Vec::new());
    for run in 0..shape[0] {
        let (train, test) = (split("idxtrain", run), split("idxtest", run));
        let other = split("idxtrain_neg", run);
        let pairs = |second: &dyn Fn(usize) -> usize| -> Vec<(&[f64], &[f64])> {
            let pair = |i: usize| (row(0, train[i]), row(1, train[second(i)]));
            (0..train.len()).map(pair).collect()
        };
        let same = pair_covariance(&pairs(&|i| i));
        let different = pair_covariance(&pairs(&|i| other[i]));
        for (psd, curves) in [(false, &mut plain), (true, &mut positive)] {
            let model = kissme(&same, &different, psd);
            let side = |camera: usize| -> Vec<Vec<f64>> {
                let prepare = |&person: &usize| model.project(row(camera, person)).unwrap();
                test.iter().map(prepare).collect()
            };
            curves.push(match_curve(&side(0), &side(1), &model));
        }
        let want = &runs[run * shape[1]..(run + 1) * shape[1]];
        // Written as singles; a probe more or less is 3e-3.
        for (rank, (got, want)) in plain[run].iter().zip(want).enumerate() {
            assert!((got - want).abs() < 1e-7, "run {run}, rank {}", rank + 1);
        }
    }
    let text = std::fs::read_to_string(dir.join("expected_cmc_median.csv")).unwrap();
    let published: Vec<f64> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(1).unwrap().parse().unwrap())
        .collect();
    assert_eq!(published.len(), 316);
    let at = |curves: &[Vec<f64>], k: usize| median(curves.iter().map(|c| c[k]).collect());
    for (k, want) in published.iter().enumerate() {
        let got = at(&plain, k);
        assert!(
            (got - want).abs() < 1e-12,
            "rank {}: {got}, not {want}",
            k + 1
        );
    }
    for (k, percent) in [
        (1, 28.165),
        (5, 58.544),
        (10, 73.418),
        (20, 86.234),
        (25, 89.557),
    ] {
        let got = 100.0 * at(&positive, k - 1);
        assert!(
            (got - percent).abs() < 6e-4,
            "cone, rank {k}: {got}, not {percent}"
        );
    }
}

/// Mean over classes of the mean distance inside over the mean distance to others.
fn separation(model: &Model, rows: &[f64], dim: usize, labels: &[u32]) -> f64 {
    let rows: Vec<&[f64]> = rows.chunks_exact(dim).collect();
    let count = labels.iter().max().unwrap() + 1;
    let ratio = |class: u32| {
        let (mut inside, mut outside) = ((0.0, 0.0), (0.0, 0.0));
        for (a, _) in rows.iter().zip(labels).filter(|(_, l)| **l == class) {
            for (b, label) in rows.iter().zip(labels) {
                let side = if *label == class {
                    &mut inside
                } else {
                    &mut outside
                };
                side.0 += model.distance(a, b).unwrap();
                side.1 += 1.0;
            }
        }
        (inside.0 / inside.1) / (outside.0 / outside.1)
    };
    (0..count).map(ratio).sum::<f64>() / f64::from(count)
}

#[test]
fn class_separation_of_metric_learn_on_iris() {
    let Some(dir) = data_dir("../oracles/metric_learn_iris") else {
        return;
    };
    let (shape, rows) = read_npy(&dir.join("iris_150x4.npy"));
    let text = std::fs::read_to_string(dir.join("labels.csv")).unwrap();
    let labels: Vec<u32> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(1).unwrap().parse().unwrap())
        .collect();
    let source = MatrixF64::new(&rows, shape[1]).unwrap();
    let classes = Classes::new(&labels).unwrap();
    let of = |text: &str| {
        let pipeline: Pipeline = text.parse().unwrap();
        let options = FitOptions::default();
        let fitted = fit(&pipeline, &source, Some(&classes), &options, &Job::new()).unwrap();
        separation(&fitted.model, &rows, shape[1], &labels)
    };
    let near = |got: f64, want: f64| assert!((got - want).abs() < 1e-8, "{got}, not {want}");
    near(of("euclidean"), 0.298_037_731_105_198_43);
    near(
        of("mahalanobis(total, shrinkage=none), euclidean"),
        0.729_814_76,
    );
    // Relevant component analysis with a chunklet for each class is whitening by W.
    let within = of("mahalanobis(within, shrinkage=none), euclidean");
    assert!(within < 0.29, "{within}");
    let discriminants = of("lda(2, shrinkage=none), euclidean");
    assert!(discriminants < within, "{discriminants} and {within}");
}
