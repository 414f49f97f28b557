//! Learners against slow, obvious twins, and the laws they must keep.
#![allow(clippy::print_stderr)]

mod common;

use common::{Random, assert_near, fit_on, on_every_pool, try_fit};
use hackface_core::linalg::{
    Cholesky, add_to_diagonal, multiply_transposed, multiply_vector, squared_frobenius,
    symmetric_eigen, trace,
};
use hackface_core::models::*;
use hackface_core::rows::{Classes, IGNORED, Invalid, MatrixF64};
use hackface_core::{Code, Job};
use ndarray::{Array1, Array2, ArrayRef2, ArrayView1, ArrayView2};

/// More draws.
trait Draw {
    fn uniform(&mut self) -> f64;
    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
    fn below(&mut self, n: usize) -> usize {
        ((self.uniform() * n as f64) as usize).min(n - 1)
    }
    fn vector(&mut self, d: usize) -> Array1<f64> {
        Array1::from_shape_simple_fn(d, || self.normal())
    }
    fn covariance(&mut self, d: usize, scale: f64) -> Array2<f64> {
        let half = Array2::from_shape_simple_fn((d, d + 2), || self.normal());
        multiply_transposed(&half, &half).unwrap() * (scale / d as f64)
    }
}

impl Draw for Random {
    /// In (0, 1).
    fn uniform(&mut self) -> f64 {
        self.unit() + 0.5 / (1u64 << 53) as f64
    }
}

/// Mean, between and within covariance.
#[derive(Clone)]
struct Gaussians {
    mean: Array1<f64>,
    between: Array2<f64>,
    within: Array2<f64>,
}

/// Rows of a two-covariance model with classes of 1 to `most` rows, in mixed order.
struct Sample {
    d: usize,
    rows: Vec<f64>,
    labels: Vec<u32>,
    truth: Gaussians,
}

fn sample(d: usize, classes: usize, most: usize, seed: u64) -> Sample {
    let mut r = Random(seed);
    let between = r.covariance(d, 1.0);
    let within = r.covariance(d, 0.5);
    let mean = 3.0 * r.vector(d);
    let root = |m: &Array2<f64>| Cholesky::new(m).unwrap().lower().clone();
    let (lb, lw) = (root(&between), root(&within));
    let mut pairs = Vec::new();
    for k in 0..classes {
        let center = multiply_vector(&lb, &r.vector(d));
        for _ in 0..1 + r.below(most) {
            let noise = multiply_vector(&lw, &r.vector(d));
            pairs.push((k as u32, &mean + &center + noise));
        }
    }
    for i in (1..pairs.len()).rev() {
        let j = r.below(i + 1);
        pairs.swap(i, j);
    }
    Sample {
        d,
        labels: pairs.iter().map(|p| p.0).collect(),
        rows: pairs.into_iter().flat_map(|p| p.1).collect(),
        truth: Gaussians {
            mean,
            between,
            within,
        },
    }
}

fn fitted(text: &str, s: &Sample) -> Fitted {
    fit_on(text, (&s.rows, s.d), &s.labels)
}

/// log N(x; 0, C).
fn log_normal(x: &[f64], c: &ArrayRef2<f64>) -> f64 {
    let factor = Cholesky::new(c).unwrap();
    let column = ArrayView2::from_shape((x.len(), 1), x).unwrap();
    let white = factor.solve_lower(&column).unwrap();
    -0.5 * (x.len() as f64 * std::f64::consts::TAU.ln()
        + factor.log_determinant()
        + squared_frobenius(&white))
}

/// log-density of rows that share one class, by their joint Gaussian of size n·d.
fn joint(rows: &[&[f64]], m: &Gaussians) -> f64 {
    let d = m.mean.len();
    let n = rows.len();
    let c = Array2::from_shape_fn((n * d, n * d), |(i, j)| {
        let at = [i % d, j % d];
        let within = if i / d == j / d { m.within[at] } else { 0.0 };
        m.between[at] + within
    });
    let x: Vec<f64> = rows
        .iter()
        .flat_map(|r| r.iter().zip(&m.mean).map(|(x, m)| x - m))
        .collect();
    log_normal(&x, &c)
}

#[test]
fn the_ratio_is_that_of_the_joint_gaussians() {
    for (d, seed) in [(1, 1), (2, 2), (5, 3), (9, 4)] {
        let s = sample(d, 30, 4, seed);
        let model = fitted("plda(iterations=3)", &s).model;
        let learned = gaussians(&model, &s);
        let row = |i: usize| &s.rows[i * d..(i + 1) * d];
        for i in 0..4 {
            for j in 0..4 {
                let (a, b) = (row(i), row(j));
                let alone = joint(&[a], &learned) + joint(&[b], &learned);
                let want = joint(&[a, b], &learned) - alone;
                assert_near(
                    -model.distance(a, b).unwrap(),
                    want,
                    1e-9,
                    "one against one",
                );
            }
        }
        for n in 1..5 {
            let group: Vec<&[f64]> = (0..n).map(row).collect();
            let probe = row(6);
            let mut all = group.clone();
            all.push(probe);
            let want = joint(&all, &learned) - joint(&group, &learned) - joint(&[probe], &learned);
            let prepared: Vec<f64> = group
                .iter()
                .flat_map(|r| model.project(r).unwrap())
                .collect();
            let enrolled = model.enrol(&prepared).unwrap();
            let got = enrolled.distance(&model.project(probe).unwrap()).unwrap();
            assert_near(-got, want, 1e-9, "several against one");
        }
    }
}

/// The Gaussians that a PLDA model learned from the sample.
fn gaussians(model: &Model, s: &Sample) -> Gaussians {
    let Scorer::Plda(form) = model.scorer() else {
        panic!()
    };
    let n = s.labels.len() as f64;
    Gaussians {
        mean: (0..s.d)
            .map(|j| s.rows.iter().skip(j).step_by(s.d).sum::<f64>() / n)
            .collect(),
        between: form.between().clone(),
        within: form.within().clone(),
    }
}

#[test]
fn the_reported_likelihood_is_that_of_the_joint_gaussians() {
    let s = sample(3, 9, 4, 11);
    for text in [
        "plda(iterations=3)",
        "plda(subspace=2, iterations=3)",
        "joint-bayesian(iterations=2)",
    ] {
        let f = fitted(text, &s);
        let learned = gaussians(&f.model, &s);
        let want: f64 = (0..9)
            .map(|k| {
                let rows: Vec<&[f64]> = s
                    .rows
                    .chunks(3)
                    .zip(&s.labels)
                    .filter(|(_, l)| **l == k)
                    .map(|(r, _)| r)
                    .collect();
                joint(&rows, &learned)
            })
            .sum();
        assert_near(*f.report.log_likelihood.last().unwrap(), want, 1e-9, text);
    }
}

#[test]
fn the_likelihood_never_falls_on_twenty_problems() {
    for seed in 0..20 {
        let d = 2 + seed as usize % 7;
        let s = sample(
            d,
            6 + seed as usize * 3,
            1 + seed as usize % 9 + 1,
            100 + seed,
        );
        for text in [
            "plda(iterations=40)".to_owned(),
            "joint-bayesian(iterations=40)".to_owned(),
            format!("plda(subspace={}, iterations=40)", 1 + d / 2),
            "htplda(nu=3, iterations=40)".to_owned(),
        ] {
            let ll = fitted(&text, &s).report.log_likelihood;
            assert!(ll.len() > 1, "{text}");
            assert!(
                ll.windows(2).all(|w| w[1] >= w[0]),
                "{text}, seed {seed}: {ll:?}"
            );
        }
    }
}

#[test]
fn the_error_of_the_covariances_falls_with_the_number_of_classes() {
    for text in ["plda", "joint-bayesian"] {
        let mut errors = Vec::new();
        for classes in [30, 300, 3000] {
            let mut total = 0.0;
            for seed in 0..3 {
                let s = sample(4, classes, 8, 50 + seed);
                let f = fitted(text, &s);
                let Scorer::Plda(form) = f.model.scorer() else {
                    panic!()
                };
                for (got, want) in [
                    (form.between(), &s.truth.between),
                    (form.within(), &s.truth.within),
                ] {
                    let difference = squared_frobenius(&(got - want));
                    total += (difference / squared_frobenius(want)).sqrt();
                }
            }
            errors.push(total / 6.0);
        }
        eprintln!("{text}: relative errors {errors:?}");
        assert!(
            errors[0] > 1.7 * errors[1] && errors[1] > 1.7 * errors[2],
            "{errors:?}"
        );
        assert!(errors[2] < 0.06, "{errors:?}");
    }
}

/// Covariances of same-class and different-class differences by going through every pair.
fn enumerated(s: &Sample) -> (Array2<f64>, Array2<f64>) {
    let zero = || Array2::zeros((s.d, s.d));
    let (mut same, mut different) = (zero(), zero());
    let (mut n_same, mut n_different) = (0.0, 0.0);
    let n = s.labels.len();
    for a in 0..n {
        for b in 0..n {
            if a == b {
                continue;
            }
            let (target, count) = if s.labels[a] == s.labels[b] {
                (&mut same, &mut n_same)
            } else {
                (&mut different, &mut n_different)
            };
            *count += 1.0;
            for i in 0..s.d {
                for j in 0..s.d {
                    let delta = |k: usize| s.rows[a * s.d + k] - s.rows[b * s.d + k];
                    target[[i, j]] += delta(i) * delta(j);
                }
            }
        }
    }
    (same / n_same, different / n_different)
}

fn quadratic(x: &[f64], y: &[f64], m: &ArrayRef2<f64>) -> f64 {
    let delta = &ArrayView1::from(x) - &ArrayView1::from(y);
    (multiply_vector(m, &delta) * delta).sum()
}

#[test]
fn kissme_and_xqda_equal_the_enumeration_of_all_pairs() {
    for seed in 0..4 {
        let s = sample(5, 20, 6, 200 + seed);
        let (mut same, mut different) = enumerated(&s);
        for m in [&mut same, &mut different] {
            let ridge = 1e-3 * trace(m) / 5.0;
            add_to_diagonal(m, ridge);
        }
        let inverse = |m: &Array2<f64>| Cholesky::new(m).unwrap().inverse().unwrap();
        let form = inverse(&same) - inverse(&different);
        let eigen = symmetric_eigen(&form).unwrap();
        let mut psd = Array2::zeros((5, 5));
        for (i, value) in eigen.values.iter().enumerate().filter(|(_, v)| **v > 0.0) {
            for a in 0..5 {
                for b in 0..5 {
                    psd[[a, b]] += value * eigen.vectors[[i, a]] * eigen.vectors[[i, b]];
                }
            }
        }
        // In all five dimensions XQDA is KISSME without the projection.
        for (text, want) in [
            ("center, kissme", &psd),
            ("kissme(indefinite)", &form),
            ("xqda(5)", &form),
        ] {
            let model = fitted(text, &s).model;
            for i in 0..10 {
                let (a, b) = (&s.rows[i * 5..][..5], &s.rows[(i + 9) * 5..][..5]);
                assert_near(
                    model.distance(a, b).unwrap(),
                    quadratic(a, b, want),
                    1e-8,
                    text,
                );
            }
        }
    }
}

/// Mapped rows of the sample itself.
fn mapped(model: &Model, s: &Sample) -> (usize, Vec<f64>) {
    let k = model.mapped_dim();
    let mut out = vec![0.0; s.labels.len() * k];
    model.map_rows(&s.rows, &mut out).unwrap();
    (k, out)
}

fn two_pass(rows: &[f64], d: usize, labels: Option<&[u32]>) -> Array2<f64> {
    let n = rows.len() / d;
    let classes = labels.map_or(1, |l| l.iter().max().unwrap() + 1) as usize;
    let class = |i: usize| labels.map_or(0, |l| l[i] as usize);
    let mut means = vec![0.0; classes * d];
    let mut counts = vec![0.0; classes];
    for i in 0..n {
        counts[class(i)] += 1.0;
        for j in 0..d {
            means[class(i) * d + j] += rows[i * d + j];
        }
    }
    let mut out = Array2::zeros((d, d));
    for i in 0..n {
        let delta = |j: usize| rows[i * d + j] - means[class(i) * d + j] / counts[class(i)];
        for a in 0..d {
            for b in 0..d {
                out[[a, b]] += delta(a) * delta(b);
            }
        }
    }
    out / (n - classes) as f64
}

#[test]
fn whitened_rows_have_the_identity_as_covariance() {
    let s = sample(7, 25, 5, 7);
    for (text, within) in [
        ("center, whiten(pca, shrinkage=none), dot", false),
        ("center, whiten(zca, shrinkage=none), dot", false),
        ("whiten(cholesky, shrinkage=none), dot", false),
        ("center, pca(7, whiten), dot", false),
        ("mahalanobis(total, shrinkage=none), dot", false),
        ("wccn(shrinkage=none), dot", true),
        ("mahalanobis(within, shrinkage=none), dot", true),
        ("lda(7, shrinkage=none), dot", true),
        ("center, pca(5), lda(3, shrinkage=none), dot", true),
    ] {
        let (k, rows) = mapped(&fitted(text, &s).model, &s);
        let c = two_pass(&rows, k, within.then_some(&s.labels[..]));
        for i in 0..k {
            for j in 0..k {
                assert!(
                    (c[[i, j]] - f64::from(i == j)).abs() < 1e-10,
                    "{text}: {i},{j}"
                );
            }
        }
    }
}

#[test]
fn nap_removes_the_widest_directions_inside_classes() {
    let s = sample(6, 30, 5, 8);
    let before = symmetric_eigen(&two_pass(&s.rows, 6, Some(&s.labels)))
        .unwrap()
        .values;
    let (k, rows) = mapped(&fitted("nap(2), dot", &s).model, &s);
    let after = symmetric_eigen(&two_pass(&rows, k, Some(&s.labels)))
        .unwrap()
        .values;
    for (a, b) in after.iter().zip(before[2..].iter().chain(&[0.0, 0.0])) {
        assert!((a - b).abs() < 1e-10 * before[0]);
    }
}

/// The mean less what is expected of it by chance among classes.
fn shrunk_center_is_its_definition(s: &Sample, mean: &[f64], found: &[f64]) {
    let n = s.labels.len() as f64;
    let mut squares = 0.0;
    for class in 0..10 {
        for (j, mean) in mean.iter().enumerate() {
            let own = s.rows.iter().skip(j).step_by(3).zip(&s.labels);
            let gaps = own
                .filter(|(_, label)| **label == class)
                .map(|(v, _)| v - mean);
            squares += gaps.sum::<f64>().powi(2);
        }
    }
    let variance = 10.0 / 9.0 * squares / (n * n);
    let share = (1.0 - variance / mean.iter().map(|v| v * v).sum::<f64>()).max(0.0);
    for (found, mean) in found.iter().zip(mean) {
        assert_near(*found, share * mean, 1e-12, "a shrunk center");
    }
}

#[test]
fn centers_are_the_means_they_say() {
    let s = sample(3, 10, 6, 9);
    let means = |text: &str| fitted(text, &s).model.stages()[0].clone();
    let Stage::Affine(train) = means("center, dot") else {
        panic!()
    };
    let Stage::Affine(class) = means("center(class-means), dot") else {
        panic!()
    };
    let Stage::Affine(shrunk) = means("center(shrunk), dot") else {
        panic!()
    };
    let n = s.labels.len() as f64;
    for j in 0..3 {
        let column: Vec<f64> = s.rows.iter().skip(j).step_by(3).copied().collect();
        assert_near(
            train.center()[j],
            column.iter().sum::<f64>() / n,
            1e-12,
            "mean",
        );
        let mut total = 0.0;
        for k in 0..10 {
            let own: Vec<f64> = column
                .iter()
                .zip(&s.labels)
                .filter(|(_, l)| **l == k)
                .map(|(v, _)| *v)
                .collect();
            total += own.iter().sum::<f64>() / own.len() as f64 / 10.0;
        }
        assert_near(class.center()[j], total, 1e-12, "mean of class means");
    }
    shrunk_center_is_its_definition(&s, &train.center().to_vec(), &shrunk.center().to_vec());
    // Far from the origin chance explains little of the mean.
    let mut far = sample(3, 10, 6, 9);
    far.rows.iter_mut().for_each(|v| *v += 2.0);
    let centers = ["center, dot", "center(shrunk), dot"].map(|text| {
        let Stage::Affine(map) = fitted(text, &far).model.stages()[0].clone() else {
            panic!()
        };
        map.center().to_vec()
    });
    shrunk_center_is_its_definition(&far, &centers[0], &centers[1]);
    assert!(centers[1][0] > 0.5 * centers[0][0]);
    let given = [1.0, 2.0, 3.0];
    let options = FitOptions {
        center: Some(&given),
        ..Default::default()
    };
    let f = try_fit(
        "center(given), pca(2), cosine",
        (&s.rows, 3),
        None,
        &options,
    )
    .unwrap();
    let mut out = vec![0.0; 2];
    f.model.map_rows(&given, &mut out).unwrap();
    assert_eq!(out, [0.0, 0.0]);
}

#[test]
fn a_pipeline_is_what_its_steps_do_one_after_the_other() {
    let s = sample(8, 25, 5, 12);
    let whole = fitted("center, length-norm, pca(5), wccn(shrinkage=0.1), length-norm, lda(3, shrinkage=oas), cosine", &s).model;
    let mut rows = s.rows.clone();
    let mut d = 8;
    for text in [
        "center, length-norm, dot",
        "pca(5), dot",
        "wccn(shrinkage=0.1), length-norm, dot",
        "lda(3, shrinkage=oas), dot",
    ] {
        let step = Sample {
            d,
            rows,
            labels: s.labels.clone(),
            truth: s.truth.clone(),
        };
        let (k, out) = mapped(&fitted(text, &step).model, &step);
        (d, rows) = (k, out);
    }
    let (k, direct) = mapped(&whole, &s);
    assert_eq!(k, d);
    for (a, b) in direct.iter().zip(&rows) {
        assert_near(*a, *b, 1e-8, "step by step");
    }
}

#[test]
fn transformed_rows_give_the_distance_by_a_plain_measure() {
    let s = sample(6, 30, 5, 13);
    for text in [
        "center, pca(4), wccn, cosine",
        "mahalanobis(within), euclidean",
        "pca(3), sqeuclidean",
        "dot",
        "plda",
        "plda(subspace=2)",
        "joint-bayesian",
        "path(0.3)",
        "kissme",
        "kissme(indefinite)",
        "xqda(6)",
    ] {
        let model = fitted(text, &s).model;
        let width = model.transform_dim().unwrap();
        let one = |row: &[f64], side: Side| {
            let mut out = vec![0.0; width];
            model.transform_rows(row, side, &mut out).unwrap();
            out
        };
        for i in 0..8 {
            let (a, b) = (&s.rows[i * 6..][..6], &s.rows[(i + 11) * 6..][..6]);
            let (x, y) = (one(a, Side::Query), one(b, Side::Stored));
            let inner: f64 = x.iter().zip(&y).map(|(a, b)| a * b).sum();
            let square: f64 = x.iter().zip(&y).map(|(a, b)| (a - b) * (a - b)).sum();
            let got = match model.transform_metric().unwrap() {
                TransformMetric::Cosine => 1.0 - inner,
                TransformMetric::SquaredEuclidean => square,
                TransformMetric::Euclidean => square.sqrt(),
                TransformMetric::InnerProduct => -inner,
            };
            assert_near(got, model.distance(a, b).unwrap(), 1e-10, text);
        }
    }
    let heavy = fitted("htplda", &s).model;
    assert_eq!(heavy.transform_metric().unwrap_err().code(), Code::Option);
}

#[test]
fn heavy_tails_become_gaussian_as_nu_grows_and_distrust_outliers() {
    let s = sample(6, 40, 5, 14);
    let gaussian = fitted("plda(subspace=3)", &s).model;
    let heavy = fitted("htplda(nu=1e12, subspace=3)", &s).model;
    let row = |i: usize| &s.rows[i * 6..(i + 1) * 6];
    for i in 0..6 {
        let want = gaussian.distance(row(i), row(i + 7)).unwrap();
        assert_near(
            heavy.distance(row(i), row(i + 7)).unwrap(),
            want,
            1e-6,
            "nu = 1e12",
        );
    }
    let heavy = fitted("htplda(nu=2, subspace=3)", &s).model;
    let far: Vec<f64> = row(0)
        .iter()
        .enumerate()
        .map(|(j, v)| v + 200.0 * (j as f64 - 2.5))
        .collect();
    assert!(
        heavy.distance(&far, row(3)).unwrap().abs()
            < gaussian.distance(&far, row(3)).unwrap().abs()
    );
}

#[test]
fn distances_are_symmetric_and_rotations_change_nothing() {
    let s = sample(5, 30, 5, 15);
    let rotation = symmetric_eigen(&Random(3).covariance(5, 1.0))
        .unwrap()
        .vectors;
    let turned = Sample {
        d: 5,
        rows: s
            .rows
            .chunks(5)
            .flat_map(|r| multiply_vector(&rotation, &ArrayView1::from(r)))
            .collect(),
        labels: s.labels.clone(),
        truth: s.truth.clone(),
    };
    for preset in PRESETS.iter().filter(|p| p.name != "nap") {
        let (a, b) = (
            fitted(preset.name, &s).model,
            fitted(preset.name, &turned).model,
        );
        for i in 0..6 {
            let pair = |rows: &[f64], m: &Model| {
                let (x, y) = (&rows[i * 5..][..5], &rows[(i + 5) * 5..][..5]);
                let forth = m.distance(x, y).unwrap();
                assert_eq!(
                    forth.to_bits(),
                    m.distance(y, x).unwrap().to_bits(),
                    "{}",
                    preset.name
                );
                forth
            };
            assert_near(pair(&turned.rows, &b), pair(&s.rows, &a), 1e-6, preset.name);
        }
    }
}

#[test]
fn a_model_has_the_same_bytes_for_any_number_of_threads() {
    let s = sample(12, 400, 20, 16);
    for preset in PRESETS {
        on_every_pool(preset.name, || {
            fitted(preset.name, &s).model.to_bytes().unwrap()
        });
    }
}

#[test]
fn prepared_rows_do_not_depend_on_their_neighbours() {
    let s = sample(20, 30, 9, 17);
    let model = fitted("center, pca(17), wccn, length-norm, plda", &s).model;
    let width = model.projected_dim();
    let mut together = vec![0.0; s.labels.len() * width];
    model.project_rows(&s.rows, &mut together).unwrap();
    for (i, row) in s.rows.chunks(20).enumerate() {
        let alone = model.project(row).unwrap();
        assert!(alone == together[i * width..(i + 1) * width]);
    }
}

#[test]
fn what_the_data_do_not_carry_is_refused_with_its_code() {
    let s = sample(4, 6, 5, 18);
    let n = s.labels.len();
    let code_of = |text: &str, rows: (&[f64], usize), labels: Option<&[u32]>| {
        let fitted = try_fit(text, rows, labels, &FitOptions::default());
        fitted.map(|_| ()).map_err(|e| e.code())
    };
    let code = |text: &str, labels: Option<&[u32]>| code_of(text, (&s.rows, 4), labels);
    let one = vec![0; n];
    let single: Vec<u32> = (0..n as u32).collect();
    let none = vec![IGNORED; n];
    for text in [
        "wccn",
        "nap(1)",
        "lda",
        "mahalanobis",
        "plda",
        "joint-bayesian",
        "htplda",
        "kissme",
        "xqda",
        "path(0.5)",
    ] {
        assert_eq!(code(text, None), Err(Code::Option), "{text} without labels");
        assert_eq!(code(text, Some(&none)), Err(Code::Empty), "{text}: no rows");
        let of_single = code(text, Some(&single));
        assert_eq!(of_single, Err(Code::Empty), "{text}: singletons only");
        if !matches!(text, "wccn" | "nap(1)" | "mahalanobis") {
            let of_one = code(text, Some(&one));
            assert_eq!(of_one, Err(Code::OneClass), "{text}: one class");
        }
    }
    assert_eq!(code("center(class-means), cosine", None), Err(Code::Option));
    assert_eq!(code("center(given), cosine", None), Err(Code::Option));
    assert_eq!(code("center, pca(auto, whiten), cosine", None), Ok(()));
    assert_eq!(code("nap(4)", Some(&s.labels)), Err(Code::Option));
    // Ten dimensions that hold four: no shrinkage, no inverse.
    let wide: Vec<f64> = s
        .rows
        .chunks(4)
        .flat_map(|r| r.iter().chain(r).chain(&r[..2]).copied())
        .collect();
    for text in [
        "whiten(pca, shrinkage=none)",
        "whiten(cholesky, shrinkage=none)",
        "wccn(shrinkage=none)",
        "lda(shrinkage=none)",
    ] {
        let found = code_of(text, (&wide, 10), Some(&s.labels));
        assert_eq!(found, Err(Code::Singular), "{text}");
    }
}

#[test]
fn invalid_rows_are_skipped_as_if_they_were_not_there() {
    let s = sample(4, 12, 6, 19);
    let mut rows = s.rows.clone();
    rows[4 * 5 + 1] = f64::NAN;
    rows[4 * 9] = f64::INFINITY;
    let kept = |i: &usize| *i != 5 && *i != 9;
    let kept = || (0..s.labels.len()).filter(kept);
    let clean = kept().flat_map(|i| s.rows[i * 4..][..4].to_vec()).collect();
    let labels = kept().map(|i| s.labels[i]).collect();
    let reference = Sample {
        d: 4,
        rows: clean,
        labels,
        truth: s.truth.clone(),
    };
    for preset in ["wccn", "kissme", "plda", "center, length-norm, plda"] {
        let fit_with =
            |options: &FitOptions<'_>| try_fit(preset, (&rows, 4), Some(&s.labels), options);
        let error = fit_with(&FitOptions::default()).unwrap_err();
        assert_eq!(
            (error.code(), error.row(), error.column()),
            (Code::NotFinite, Some(5), Some(1))
        );
        let got = fit_with(&FitOptions {
            invalid: Invalid::Skip,
            ..Default::default()
        })
        .unwrap();
        assert_eq!(got.report.skipped, 2);
        let want = fitted(preset, &reference).model;
        let (a, b) = (&s.rows[..4], &s.rows[4 * 20..][..4]);
        assert_near(
            got.model.distance(a, b).unwrap(),
            want.distance(a, b).unwrap(),
            1e-8,
            preset,
        );
    }
}

#[test]
fn singletons_and_ignored_rows_are_counted() {
    let s = sample(3, 20, 4, 20);
    let mut labels = s.labels.clone();
    labels[0] = IGNORED;
    let classes = Classes::new(&labels).unwrap();
    let report = fit_on("plda", (&s.rows, 3), &labels).report;
    assert_eq!(report.rows, labels.len() as u64 - 1);
    let sizes = classes.sizes();
    assert_eq!(
        report.classes,
        sizes.iter().filter(|n| **n > 0).count() as u64
    );
    assert_eq!(
        report.singletons,
        sizes.iter().filter(|n| **n == 1).count() as u64
    );
    assert!(report.singletons > 0);
    assert_eq!(report.passes, 1);
}

#[test]
fn a_zero_row_is_refused_by_cosine_with_its_number() {
    let s = sample(3, 10, 4, 21);
    let model = fitted("cosine", &s).model;
    let mut out = vec![0.0; 6];
    let error = model
        .project_rows(&[1.0, 2.0, 3.0, 0.0, 0.0, 0.0], &mut out)
        .unwrap_err();
    assert_eq!((error.code(), error.row()), (Code::Undefined, Some(1)));
    assert_eq!(
        model.distance(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]).unwrap(),
        0.0
    );
    assert_eq!(model.distance(&[1e-200; 3], &[1e200; 3]).unwrap(), 0.0);
}

#[test]
fn a_cancelled_fit_stops() {
    let s = sample(3, 10, 4, 22);
    let job = Job::new();
    job.cancel();
    let source = MatrixF64::new(&s.rows, 3).unwrap();
    let pipeline: Pipeline = "pca".parse().unwrap();
    let error = fit(&pipeline, &source, None, &FitOptions::default(), &job).unwrap_err();
    assert_eq!(error.code(), Code::Aborted);
}

#[test]
fn the_fit_says_whether_it_converged_and_what_it_inverts_in_the_end() {
    let s = sample(5, 40, 5, 23);
    let report = fitted("plda", &s).report;
    assert_eq!(report.converged, Some(true));
    assert!(report.warnings.is_empty());
    let gain = |report: &FitReport| {
        let [.., before, last] = report.log_likelihood[..] else {
            panic!()
        };
        (last - before) / s.rows.len() as f64
    };
    assert!((0.0..=1e-9).contains(&gain(&report)));
    let short = fitted("plda(iterations=3, shrinkage=0.5)", &s);
    assert_eq!(short.report.log_likelihood.len(), 4);
    assert_eq!(short.report.converged, Some(false));
    assert_eq!(short.report.warnings[0].code, "em-not-converged");
    let Scorer::Plda(form) = short.model.scorer() else {
        panic!()
    };
    let values = symmetric_eigen(form.within()).unwrap().values;
    let mut decisions = short.report.decisions.iter();
    let condition = decisions.find(|d| d.name == "condition").unwrap();
    assert_near(condition.value, values[0] / values[4], 1e-9, "condition");
    let loose = fitted("plda(tolerance=1e-3)", &s).report;
    assert_eq!(loose.converged, Some(true));
    assert!(loose.log_likelihood.len() < report.log_likelihood.len());
    assert_eq!(fitted("wccn", &s).report.converged, None);
}

#[test]
fn lda_that_keeps_everything_is_wccn_and_says_so() {
    let s = sample(4, 30, 5, 24);
    let (lda, wccn) = (fitted("lda", &s), fitted("wccn", &s));
    assert_eq!(lda.report.warnings[0].code, "lda-is-wccn");
    assert!(wccn.report.warnings.is_empty());
    let few = sample(4, 3, 9, 25);
    assert!(fitted("lda", &few).report.warnings.is_empty());
    for pair in s.rows.chunks_exact(4).collect::<Vec<_>>().windows(2) {
        let of = |f: &Fitted| f.model.distance(pair[0], pair[1]).unwrap();
        assert_near(of(&lda), of(&wccn), 1e-9, "distance");
    }
}

#[test]
fn a_file_holds_the_longest_pipeline_and_a_longer_one_is_refused_before_the_fit() {
    let s = sample(4, 20, 6, 26);
    let steps = |count: usize| "pca(4), center, wccn, center, length-norm, ".repeat(count) + "plda";
    let model = fitted(&steps(16), &s).model;
    let read = Model::from_bytes(&model.to_bytes().unwrap()).unwrap().model;
    assert_eq!(read.stages(), model.stages());
    let error = steps(17).parse::<Pipeline>().unwrap_err();
    assert_eq!(error.code(), Code::Metric);
}
