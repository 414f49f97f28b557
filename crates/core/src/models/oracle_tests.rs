//! Published values of other projects, where the data are at hand.
#![allow(clippy::print_stderr, unreachable_pub)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::affine::{Affine, Stage};
use super::model::Model;
use super::plda::{ClassStatistics, TwoCovariance};
use super::scorer::{PldaForm, Scorer};
use super::subspace;
use crate::Job;
use crate::linalg::{Cholesky, Matrix, symmetric_eigen};
use crate::models::{FitOptions, Pipeline, fit};
use crate::rows::{Classes, MatrixF64};
use crate::statistics::{
    BundleParts, Denominator, GatherOptions, Precision, between_scatter, covariance, gather,
    ledoit_wolf, oas, total_scatter, within_scatter,
};

#[path = "../../tests/common/mod.rs"]
pub(super) mod common;
use common::{data_dir, read_npy};

fn oracle(name: &str) -> Option<PathBuf> {
    data_dir(&format!("../oracles/{name}"))
}

fn json(dir: &std::path::Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(dir.join("expected.json")).unwrap()).unwrap()
}

fn numbers(value: &serde_json::Value) -> Vec<f64> {
    match value {
        serde_json::Value::Array(items) => items.iter().flat_map(numbers).collect(),
        other => vec![other.as_f64().unwrap()],
    }
}

fn matrix(rows: usize, values: Vec<f64>) -> Matrix {
    Matrix::from_vec(rows, values.len() / rows, values).unwrap()
}

fn close(a: f64, b: f64, tolerance: f64, what: &str) {
    assert!(
        (a - b).abs() <= tolerance * (1.0 + b.abs()),
        "{what}: {a} and {b}"
    );
}

#[test]
fn whitening_and_wccn_of_bob() {
    let Some(dir) = oracle("bob_whitening_wccn") else {
        return;
    };
    let expected = json(&dir);
    let x = numbers(&expected["X"]);
    let labels: Vec<u32> = numbers(&expected["y_for_wccn"])
        .iter()
        .map(|&v| v as u32)
        .collect();
    let source = MatrixF64::new(&x, 3).unwrap();
    let classes = Classes::new(&labels).unwrap();
    let sample = numbers(&expected["sample"]);
    for (text, key) in [
        ("center, whiten(cholesky, shrinkage=none), dot", "whitening"),
        ("wccn(shrinkage=none), dot", "wccn"),
    ] {
        let pipeline: Pipeline = text.parse().unwrap();
        let options = FitOptions::default();
        let model = fit(&pipeline, &source, Some(&classes), &options, &Job::new())
            .unwrap()
            .model;
        let mut out = vec![0.0; 3];
        model.map_rows(&sample, &mut out).unwrap();
        let want = numbers(&expected[key]["sample_out"]);
        for (got, want) in out.iter().zip(want) {
            // The printed input has four decimals.
            assert!(
                (got - want).abs() <= 1e-3 * want.abs() + 1e-4,
                "{key}: {got} and {want}"
            );
        }
    }
}

#[test]
fn enrolment_of_two_rows_by_prince() {
    let Some(dir) = oracle("bob_plda_prince") else {
        return;
    };
    let e = json(&dir);
    let f = matrix(7, numbers(&e["F_init"]));
    let g = matrix(7, numbers(&e["G_init"]));
    let between = f.multiply_transposed(&f).unwrap();
    let mut within = g.multiply_transposed(&g).unwrap();
    within.add_to_diagonal(0.01);
    let model = Model::from_two_covariance(&TwoCovariance {
        mean: vec![0.0; 7],
        between,
        within,
    })
    .unwrap();
    let width = model.projected_dim();
    let mut enrolled = vec![0.0; 2 * width];
    model
        .project_rows(&numbers(&e["enrol"]), &mut enrolled)
        .unwrap();
    let probe = model.project(&numbers(&e["probe"])).unwrap();
    let ratio = -model.enrol(&enrolled).unwrap().distance(&probe).unwrap();
    close(
        ratio,
        e["llr"].as_f64().unwrap(),
        1e-9,
        "log-likelihood ratio",
    );
}

fn check_covariances(name: &str, dim: usize, rows: &[f64], e: &serde_json::Value) {
    let source = MatrixF64::new(rows, dim).unwrap();
    let options = GatherOptions {
        parts: BundleParts {
            weighted: false,
            ..BundleParts::ALL
        },
        precision: Precision::Double,
        ..Default::default()
    };
    let b = gather(&source, None, &options, &Job::new()).unwrap();
    let c = covariance(&b, total_scatter(&b).unwrap(), Denominator::Rows).unwrap();
    let want = |key: &str| e[key].as_f64().unwrap();
    close(c.trace() / dim as f64, want("trace_over_d"), 1e-12, name);
    let rho = ledoit_wolf(&b).unwrap();
    close(rho, want("ledoit_wolf"), 1e-9, name);
    let shrunk = crate::statistics::Shrinkage::LedoitWolf.apply(c.clone(), rho);
    close(shrunk.at(0, 0), want("cov00_lw"), 1e-9, name);
    close(shrunk.at(0, 1), want("cov01_lw"), 1e-9, name);
    close(
        Cholesky::new(&shrunk).unwrap().log_determinant(),
        want("logdet_ledoit_wolf"),
        1e-9,
        name,
    );
    let rho = oas(&c, rows.len() as f64 / dim as f64);
    close(rho, want("oas"), 1e-9, name);
    let shrunk = crate::statistics::Shrinkage::Oas.apply(c, rho);
    close(
        Cholesky::new(&shrunk).unwrap().log_determinant(),
        want("logdet_oas"),
        1e-9,
        name,
    );
}

#[test]
fn covariances_of_scikit_learn() {
    let Some(dir) = oracle("sklearn_covariance") else {
        return;
    };
    let e = json(&dir);
    let (shape, wine) = read_npy(&dir.join("wine_178x13.npy"));
    check_covariances("wine", shape[1], &wine, &e["wine_178x13.npy"]);
    let (shape, iris) = read_npy(&dir.join("../metric_learn_iris/iris_150x4.npy"));
    check_covariances(
        "iris",
        shape[1],
        &iris,
        &e["iris (../metric_learn_iris/iris_150x4.npy)"],
    );
    let (shape, lfw) = read_npy(&dir.join("../../data/lfw353_facenet128/embeddings.npy"));
    check_covariances("lfw", shape[1], &lfw, &e["lfw353_facenet128 all"]);
    let few = &lfw[..100 * shape[1]];
    check_covariances(
        "lfw n < d",
        shape[1],
        few,
        &e["lfw353_facenet128 rows 0..99 (n < d)"],
    );
    let (shape, vox) = read_npy(&dir.join("../../data/voxceleb_xvec/embeddings.npy"));
    check_covariances("voxceleb", shape[1], &vox, &e["voxceleb_xvec all"]);
}

fn last_column(path: &std::path::Path) -> Vec<u32> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut names: Vec<String> = Vec::new();
    text.lines()
        .skip(1)
        .map(|l| {
            let name = l.split(',').nth(1).unwrap().to_owned();
            let found = names.iter().position(|n| *n == name);
            found.unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            }) as u32
        })
        .collect()
}

#[test]
fn discriminants_of_scikit_learn() {
    let Some(dir) = oracle("sklearn_covariance") else {
        return;
    };
    let e = json(&dir);
    let sets = [
        (
            "LDA wine",
            dir.join("wine_178x13.npy"),
            dir.join("wine_labels.csv"),
        ),
        (
            "LDA iris",
            dir.join("../metric_learn_iris/iris_150x4.npy"),
            dir.join("../metric_learn_iris/labels.csv"),
        ),
    ];
    for (name, rows, labels) in sets {
        let (shape, x) = read_npy(&rows);
        let labels = last_column(&labels);
        let source = MatrixF64::new(&x, shape[1]).unwrap();
        let classes = Classes::new(&labels).unwrap();
        let pipeline: Pipeline = "lda(shrinkage=none), sqeuclidean".parse().unwrap();
        let options = FitOptions::default();
        let model = fit(&pipeline, &source, Some(&classes), &options, &Job::new())
            .unwrap()
            .model;
        let (n, k) = (labels.len() as f64, classes.count() as f64);
        let want = numbers(&e[name]["abs_pairwise_sqdist_first_5_of_projection"]);
        for i in 0..5 {
            for j in 0..5 {
                let row = |i: usize| &x[i * shape[1]..(i + 1) * shape[1]];
                // There W has the denominator N.
                let got = model.distance(row(i), row(j)).unwrap() * n / (n - k);
                close(got, want[i * 5 + j], 1e-9, name);
            }
        }
        let gathered = gather(&source, Some(&classes), &Default::default(), &Job::new()).unwrap();
        let ratios = crate::linalg::generalized_symmetric_eigen(
            &between_scatter(&gathered).unwrap(),
            &within_scatter(&gathered).unwrap(),
        )
        .unwrap()
        .values;
        let total: f64 = ratios[..2].iter().sum();
        for (got, want) in ratios
            .iter()
            .zip(numbers(&e[name]["explained_variance_ratio"]))
        {
            close(got / total, want, 1e-9, name);
        }
    }
}

#[test]
fn subspace_plda_of_speechbrain() {
    let Some(dir) = oracle("speechbrain_plda") else {
        return;
    };
    let (shape, train) = read_npy(&dir.join("train_f64.npy"));
    let (n, d) = (shape[0], shape[1]);
    let labels = last_column(&dir.join("train_labels.csv"));
    let classes = Classes::new(&labels).unwrap();
    let source = MatrixF64::new(&train, d).unwrap();
    let b = gather(&source, Some(&classes), &Default::default(), &Job::new()).unwrap();
    let total = covariance(&b, total_scatter(&b).unwrap(), Denominator::Rows).unwrap();
    let eigen = symmetric_eigen(&total).unwrap();
    let factor = eigen.vectors.first_rows(100).transposed().unwrap();
    let mean = crate::statistics::mean(&b);
    let mut sums = vec![0.0; classes.count() * d];
    for (row, &k) in train.chunks_exact(d).zip(&labels) {
        for ((s, x), m) in sums[k as usize * d..].iter_mut().zip(row).zip(&mean) {
            *s += x - m;
        }
    }
    let stats = ClassStatistics {
        counts: classes.sizes().iter().map(|&n| n as f64).collect(),
        sums,
        within: within_scatter(&b).unwrap(),
    };
    assert_eq!(stats.rows() as usize, n);
    let naive = |upper: bool| {
        let (v, w) = naive_subspace(&stats, factor.clone(), total.clone(), 10, upper);
        let mut between = v.multiply_transposed(&v).unwrap();
        between.symmetrize();
        TwoCovariance {
            mean: mean.clone(),
            between,
            within: w,
        }
    };
    let (_, enrol) = read_npy(&dir.join("enrol_f64.npy"));
    let (_, test) = read_npy(&dir.join("test_f64.npy"));
    let (_, want) = read_npy(&dir.join("expected_scores_3x5.npy"));
    let scores = |model: &TwoCovariance| -> Vec<f64> {
        let model = Model::from_two_covariance(model).unwrap();
        let pairs = enrol
            .chunks_exact(d)
            .flat_map(|a| test.chunks_exact(d).map(move |b| (a, b)));
        pairs.map(|(a, b)| -model.distance(a, b).unwrap()).collect()
    };
    // Their step of minimum divergence multiplies by the upper factor, which is not the step that
    // leaves the likelihood alone; the twin shows the difference, and meets their values with it.
    for (got, want) in scores(&naive(true)).iter().zip(&want) {
        close(*got, *want, 1e-6, "their step");
    }
    let twin = scores(&naive(false));
    let fitted = subspace::expectation_maximisation(
        stats.clone(),
        mean.clone(),
        factor.clone(),
        total.clone(),
        10,
        f64::MIN,
    )
    .unwrap();
    assert!(fitted.log_likelihood.windows(2).all(|w| w[1] >= w[0]));
    assert_eq!(fitted.log_likelihood.len(), 11);
    for (got, want) in scores(&fitted.model).iter().zip(&twin) {
        close(*got, *want, 1e-8, "the right step");
    }
}

/// Subspace EM as it is written down: one inverse per class size, nothing rotated.
fn naive_subspace(
    stats: &ClassStatistics,
    mut v: Matrix,
    mut w: Matrix,
    iterations: usize,
    upper: bool,
) -> (Matrix, Matrix) {
    let (d, r) = (v.rows(), v.cols());
    let mut total = stats.within.clone();
    total.add_scaled(1.0, &stats.between().unwrap());
    for _ in 0..iterations {
        let projection = v
            .transposed()
            .unwrap()
            .multiply(&Cholesky::new(&w).unwrap().inverse().unwrap())
            .unwrap();
        let gram = projection.multiply(&v).unwrap();
        let mut inverses = BTreeMap::new();
        let zero = || Matrix::zeros(r, r).unwrap();
        let (mut second, mut spread) = (zero(), zero());
        let mut cross = Matrix::zeros(r, d).unwrap();
        for (n, s) in stats.counts.iter().zip(stats.sums.chunks_exact(d)) {
            let inverse = inverses.entry(n.to_bits()).or_insert_with(|| {
                let mut l = gram.clone().scaled(*n);
                l.symmetrize();
                l.add_to_diagonal(1.0);
                Cholesky::new(&l).unwrap().inverse().unwrap()
            });
            let y = inverse.multiply_vector(&projection.multiply_vector(s));
            second.add_scaled(*n, inverse);
            second.add_outer(*n, &y, &y);
            spread.add_scaled(1.0, inverse);
            spread.add_outer(1.0, &y, &y);
            cross.add_outer(1.0, &y, s);
        }
        v = Cholesky::new(&second)
            .unwrap()
            .inverse()
            .unwrap()
            .multiply(&cross)
            .unwrap();
        w = total.clone();
        w.add_scaled(-1.0, &v.transposed().unwrap().multiply(&cross).unwrap());
        w.symmetrize();
        w = w.scaled(1.0 / stats.rows());
        let lower = Cholesky::new(&spread.scaled(1.0 / stats.counts.len() as f64)).unwrap();
        let step = if upper {
            lower.lower().transposed().unwrap()
        } else {
            lower.lower().clone()
        };
        v = v.transposed().unwrap().multiply(&step).unwrap();
    }
    (v, w)
}

#[test]
fn transform_and_scores_of_vbx() {
    let Some(dir) = oracle("vbx_es2005a") else {
        return;
    };
    let load = |name: &str| read_npy(&dir.join(name));
    let (shape, x) = load("xvectors_f32.npy");
    let (lda_shape, lda) = load("xvec_lda.npy");
    let (_, mean1) = load("xvec_mean1.npy");
    let (_, mean2) = load("xvec_mean2.npy");
    let (_, plda_mean) = load("plda_mean.npy");
    let (t_shape, transform) = load("plda_transform.npy");
    let (_, psi) = load("plda_psi.npy");
    let d = shape[1];
    let lda = Matrix::from_vec(lda_shape[0], lda_shape[1], lda)
        .unwrap()
        .transposed()
        .unwrap();
    let k = lda.rows();
    let mut first = Affine::identity(d);
    first.then_subtract(&mean1);
    let mut second = Affine::identity(d);
    second.then_multiply(&lda).unwrap();
    second.then_subtract(&mean2);
    let mut third = Affine::identity(k);
    third.then_subtract(&plda_mean);
    // ψ descends in our models; theirs may come in any order.
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by(|&a, &b| psi[b].total_cmp(&psi[a]));
    let transform = Matrix::from_vec(t_shape[0], t_shape[1], transform).unwrap();
    let sorted: Vec<f64> = order
        .iter()
        .flat_map(|&i| transform.row(i).to_vec())
        .collect();
    third
        .then_multiply(&Matrix::from_vec(k, k, sorted).unwrap())
        .unwrap();
    let psi: Vec<f64> = order.iter().map(|&i| psi[i]).collect();
    let identity = Matrix::identity(k).unwrap();
    let scorer = Scorer::Plda(PldaForm::new(psi, identity.clone(), identity));
    let stages = vec![
        Stage::Affine(first),
        Stage::LengthNorm,
        Stage::Affine(second),
        Stage::LengthNorm,
        Stage::Affine(third),
    ];
    let front = Model::new(d, stages[..4].to_vec(), Scorer::Dot, BTreeMap::new()).unwrap();
    let model = Model::new(d, stages, scorer, BTreeMap::new()).unwrap();
    let rows = &x[..50 * d];
    let mut out = vec![0.0; 50 * k];
    front.map_rows(rows, &mut out).unwrap();
    let (_, want) = load("transformed_first50.npy");
    let mut worst = 0.0f64;
    for (a, b) in out.iter().zip(&want) {
        worst = worst.max((a - b).abs());
    }
    assert!(worst < 1e-6, "transform differs by {worst}");
    let width = model.projected_dim();
    let mut prepared = vec![0.0; 50 * width];
    model.project_rows(rows, &mut prepared).unwrap();
    let (_, want) = load("computed_llr_first50.npy");
    for i in 0..50 {
        for j in 0..50 {
            let row = |i: usize| &prepared[i * width..(i + 1) * width];
            close(
                -model.pair_distance(row(i), row(j)),
                want[i * 50 + j],
                1e-6,
                "ratio",
            );
        }
    }
}
