//! Learners against values that other projects published, where the data are at hand.
#![allow(clippy::print_stderr)]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use common::npz::read_npz_i32;
use common::{assert_near, column, data_dir, fit_on, numbered, oracle, read_npy};
use hackface_core::Job;
use hackface_core::linalg::{
    Cholesky, add_to_diagonal, generalized_symmetric_eigen, identity, multiply,
    multiply_transposed, multiply_vector, symmetric_eigen, trace, transposed,
};
use hackface_core::models::maps::{self, SignedRoot};
use hackface_core::models::plda::subspace::{Subspace, expectation_maximisation};
use hackface_core::models::plda::{Stop, TwoCovariance};
use hackface_core::models::{Affine, Model, PldaForm, Scorer, Stage};
use hackface_core::rows::{Classes, MatrixF64};
use hackface_core::statistics::{
    Arithmetic, BundleParts, ClassStatistics, Denominator, GatherOptions, Shrinkage,
    between_scatter, covariance, gather, ledoit_wolf, mean, oas, total_scatter, within_scatter,
};
use ndarray::{Array1, Array2, ArrayRef2, ArrayView1, Axis, s};

fn numbers(value: &serde_json::Value) -> Vec<f64> {
    match value {
        serde_json::Value::Array(items) => items.iter().flat_map(numbers).collect(),
        other => vec![other.as_f64().unwrap()],
    }
}

fn matrix(rows: usize, values: Vec<f64>) -> Array2<f64> {
    Array2::from_shape_vec((rows, values.len() / rows), values).unwrap()
}

/// x ← M x.
fn linear(m: Array2<f64>) -> Stage {
    Stage::Affine(Affine::new(Array1::zeros(m.ncols()), Some(m), None).unwrap())
}

/// The log-likelihood ratio of a two-covariance model on rows as they are.
fn ratio_of(model: &TwoCovariance) -> Model {
    let (psi, transform) = model.diagonalize().unwrap();
    let kept = psi.iter().take_while(|&&p| p > 0.0).count();
    let transform = transform.slice(s![..kept, ..]).to_owned();
    let map = Affine::new(model.mean.clone(), Some(transform), None).unwrap();
    let form = PldaForm::new(
        psi[..kept].to_vec(),
        model.between.clone(),
        model.within.clone(),
    );
    let dim = model.mean.len();
    let stages = vec![Stage::Affine(map)];
    Model::new(dim, stages, Scorer::Plda(form), BTreeMap::new()).unwrap()
}

#[test]
fn whitening_and_wccn_of_bob() {
    let Some((_, expected)) = oracle("bob_whitening_wccn") else {
        return;
    };
    let x = numbers(&expected["X"]);
    let labels: Vec<u32> = numbers(&expected["y_for_wccn"])
        .iter()
        .map(|&v| v as u32)
        .collect();
    let sample = numbers(&expected["sample"]);
    for (text, key) in [
        ("center, whiten(cholesky, shrinkage=none), dot", "whitening"),
        ("wccn(shrinkage=none), dot", "wccn"),
    ] {
        let model = fit_on(text, (&x, 3), &labels).model;
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
    let Some((_, e)) = oracle("bob_plda_prince") else {
        return;
    };
    let f = matrix(7, numbers(&e["F_init"]));
    let g = matrix(7, numbers(&e["G_init"]));
    let between = multiply_transposed(&f, &f).unwrap();
    let mut within = multiply_transposed(&g, &g).unwrap();
    add_to_diagonal(&mut within, 0.01);
    let model = ratio_of(&TwoCovariance {
        mean: Array1::zeros(7),
        between,
        within,
    });
    let width = model.projected_dim();
    let mut enrolled = vec![0.0; 2 * width];
    model
        .project_rows(&numbers(&e["enrol"]), &mut enrolled)
        .unwrap();
    let probe = model.project(&numbers(&e["probe"])).unwrap();
    let ratio = -model.enrol(&enrolled).unwrap().distance(&probe).unwrap();
    let want = e["llr"].as_f64().unwrap();
    assert_near(ratio, want, 1e-9, "log-likelihood ratio");
}

fn check_covariances(name: &str, dim: usize, rows: &[f64], e: &serde_json::Value) {
    let source = MatrixF64::new(rows, dim).unwrap();
    let options = GatherOptions {
        parts: BundleParts {
            weighted: false,
            ..BundleParts::ALL
        },
        arithmetic: Arithmetic::Double,
        ..Default::default()
    };
    let b = gather(&source, None, &options, &Job::new()).unwrap();
    let c = covariance(&b, total_scatter(&b).unwrap(), Denominator::Rows).unwrap();
    let want = |key: &str| e[key].as_f64().unwrap();
    assert_near(trace(&c) / dim as f64, want("trace_over_d"), 1e-12, name);
    let rho = ledoit_wolf(&b).unwrap();
    assert_near(rho, want("ledoit_wolf"), 1e-9, name);
    let shrunk = Shrinkage::LedoitWolf.apply(c.clone(), rho);
    assert_near(shrunk[[0, 0]], want("cov00_lw"), 1e-9, name);
    assert_near(shrunk[[0, 1]], want("cov01_lw"), 1e-9, name);
    let determinant = |c: &Array2<f64>| Cholesky::new(c).unwrap().log_determinant();
    let shrunk = determinant(&shrunk);
    assert_near(shrunk, want("logdet_ledoit_wolf"), 1e-9, name);
    let rho = oas(&c, rows.len() as f64 / dim as f64);
    assert_near(rho, want("oas"), 1e-9, name);
    let shrunk = Shrinkage::Oas.apply(c, rho);
    assert_near(determinant(&shrunk), want("logdet_oas"), 1e-9, name);
}

const LFW: &str = "../../data/lfw353_facenet128/embeddings.npy";
const VOXCELEB: &str = "../../data/voxceleb_xvec/embeddings.npy";

#[test]
fn covariances_of_scikit_learn() {
    let Some((dir, e)) = oracle("sklearn_covariance") else {
        return;
    };
    let iris = "iris (../metric_learn_iris/iris_150x4.npy)";
    for (path, key, rows) in [
        ("wine_178x13.npy", "wine_178x13.npy", usize::MAX),
        ("../metric_learn_iris/iris_150x4.npy", iris, usize::MAX),
        (LFW, "lfw353_facenet128 all", usize::MAX),
        (LFW, "lfw353_facenet128 rows 0..99 (n < d)", 100),
        (VOXCELEB, "voxceleb_xvec all", usize::MAX),
    ] {
        let (shape, values) = read_npy(&dir.join(path));
        let values = &values[..shape[1] * rows.min(shape[0])];
        check_covariances(key, shape[1], values, &e[key]);
    }
}

/// Class numbers from the second column.
fn labels_of(path: &Path) -> Vec<u32> {
    numbered(&column(path, 1))
}

#[test]
fn discriminants_of_scikit_learn() {
    let Some((dir, e)) = oracle("sklearn_covariance") else {
        return;
    };
    let iris = ("iris_150x4.npy", "labels.csv");
    for (name, folder, (rows, labels)) in [
        ("LDA wine", ".", ("wine_178x13.npy", "wine_labels.csv")),
        ("LDA iris", "../metric_learn_iris", iris),
    ] {
        let (shape, x) = read_npy(&dir.join(folder).join(rows));
        let labels = labels_of(&dir.join(folder).join(labels));
        let source = MatrixF64::new(&x, shape[1]).unwrap();
        let classes = Classes::new(&labels).unwrap();
        let model = fit_on("lda(shrinkage=none), sqeuclidean", (&x, shape[1]), &labels).model;
        let (n, k) = (labels.len() as f64, classes.count() as f64);
        let want = numbers(&e[name]["abs_pairwise_sqdist_first_5_of_projection"]);
        for i in 0..5 {
            for j in 0..5 {
                let row = |i: usize| &x[i * shape[1]..(i + 1) * shape[1]];
                // There W has the denominator N.
                let got = model.distance(row(i), row(j)).unwrap() * n / (n - k);
                assert_near(got, want[i * 5 + j], 1e-9, name);
            }
        }
        let gathered = gather(&source, Some(&classes), &Default::default(), &Job::new()).unwrap();
        let ratios = generalized_symmetric_eigen(
            &between_scatter(&gathered).unwrap(),
            &within_scatter(&gathered).unwrap(),
        )
        .unwrap()
        .values;
        let total: f64 = ratios[..2].iter().sum();
        let published = numbers(&e[name]["explained_variance_ratio"]);
        for (got, want) in ratios.iter().zip(published) {
            assert_near(got / total, want, 1e-9, name);
        }
    }
}

#[test]
fn subspace_plda_of_speechbrain() {
    let Some((dir, _)) = oracle("speechbrain_plda") else {
        return;
    };
    let (shape, train) = read_npy(&dir.join("train_f64.npy"));
    let (n, d) = (shape[0], shape[1]);
    let labels = labels_of(&dir.join("train_labels.csv"));
    let classes = Classes::new(&labels).unwrap();
    let source = MatrixF64::new(&train, d).unwrap();
    let b = gather(&source, Some(&classes), &Default::default(), &Job::new()).unwrap();
    let total = covariance(&b, total_scatter(&b).unwrap(), Denominator::Rows).unwrap();
    let eigen = symmetric_eigen(&total).unwrap();
    let factor = transposed(&eigen.vectors.slice(s![..100, ..])).unwrap();
    let mean = mean(&b);
    let mut sums = Array2::zeros((classes.count(), d));
    for (row, &k) in train.chunks_exact(d).zip(&labels) {
        for ((s, x), m) in sums.row_mut(k as usize).iter_mut().zip(row).zip(&mean) {
            *s += x - m;
        }
    }
    let stats = ClassStatistics {
        counts: classes.sizes().iter().map(|&n| n as f64).collect(),
        sums,
        within: within_scatter(&b).unwrap(),
    };
    assert_eq!(stats.rows() as usize, n);
    // Axes along which the speakers' rows do not differ, with the W of the start.
    let mut bound = Array2::zeros((d, d));
    let inside = symmetric_eigen(&stats.within).unwrap();
    let axes = inside.vectors.rows().into_iter().zip(&inside.values);
    for (axis, _) in axes.filter(|(_, v)| **v < 1e-9 * trace(&total)) {
        let variance = axis.dot(&multiply_vector(&total, &axis));
        add_outer(&mut bound, &(&axis * variance), &axis);
    }
    assert!(trace(&bound) > 0.0);
    let naive = |upper: bool, bound: Option<&Array2<f64>>| {
        let start = (factor.clone(), total.clone());
        let (v, w) = naive_subspace(&stats, start, 10, upper, bound);
        let between = symmetric(multiply_transposed(&v, &v).unwrap());
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
        let model = ratio_of(model);
        let pairs = enrol
            .chunks_exact(d)
            .flat_map(|a| test.chunks_exact(d).map(move |b| (a, b)));
        pairs.map(|(a, b)| -model.distance(a, b).unwrap()).collect()
    };
    // Their step of minimum divergence multiplies by the upper factor, which is not the step that
    // leaves the likelihood alone; the twin shows the difference, and meets their values with it.
    for (got, want) in scores(&naive(true, None)).iter().zip(&want) {
        assert_near(*got, *want, 1e-6, "their step");
    }
    let twin = scores(&naive(false, Some(&bound)));
    let start = Subspace {
        mean,
        factor,
        within: total,
    };
    let fitted = {
        let stop = Stop {
            iterations: 10,
            tolerance: f64::MIN,
            rounding: 1e-9,
        };
        expectation_maximisation(&stats, start, stop, &Job::new()).unwrap()
    };
    assert!(fitted.log_likelihood.windows(2).all(|w| w[1] >= w[0]));
    assert_eq!(fitted.log_likelihood.len(), 11);
    for (got, want) in scores(&fitted.model).iter().zip(&twin) {
        assert_near(*got, *want, 1e-8, "the right step");
    }
}

fn symmetric(m: Array2<f64>) -> Array2<f64> {
    0.5 * (&m + &m.t())
}

fn add_outer(m: &mut Array2<f64>, x: &Array1<f64>, y: &ArrayView1<'_, f64>) {
    for ((i, j), value) in m.indexed_iter_mut() {
        *value += x[i] * y[j];
    }
}

/// A^½ max(A^-½ P A^-½, I) A^½.
fn at_least(a: &Array2<f64>, p: &Array2<f64>) -> Array2<f64> {
    let function = |m: &Array2<f64>, f: fn(f64) -> f64| {
        let eigen = symmetric_eigen(m).unwrap();
        let scaled =
            Array2::from_diag(&eigen.values.iter().map(|v| f(*v)).collect::<Array1<f64>>());
        let vectors = &eigen.vectors;
        symmetric(
            multiply(
                &multiply(&transposed(vectors).unwrap(), &scaled).unwrap(),
                vectors,
            )
            .unwrap(),
        )
    };
    let root = function(a, f64::sqrt);
    let inverse = function(a, |v| 1.0 / v.sqrt());
    let around = |outer: &Array2<f64>, m: &Array2<f64>| {
        symmetric(multiply(&multiply(outer, m).unwrap(), outer).unwrap())
    };
    around(&root, &function(&around(&inverse, p), |c| c.max(1.0)))
}

/// Subspace EM as it is written down: one inverse per class size, nothing rotated.
fn naive_subspace(
    stats: &ClassStatistics,
    (mut v, mut w): (Array2<f64>, Array2<f64>),
    iterations: usize,
    upper: bool,
    bound: Option<&Array2<f64>>,
) -> (Array2<f64>, Array2<f64>) {
    let (d, r) = v.dim();
    let inverse = |m: &ArrayRef2<f64>| Cholesky::new(m).unwrap().inverse().unwrap();
    let flipped = |m: &ArrayRef2<f64>| transposed(m).unwrap();
    let total = &stats.within + &stats.between().unwrap();
    for _ in 0..iterations {
        let projection = multiply(&flipped(&v), &inverse(&w)).unwrap();
        let gram = multiply(&projection, &v).unwrap();
        let mut inverses = BTreeMap::new();
        let (mut second, mut spread) = (Array2::zeros((r, r)), Array2::zeros((r, r)));
        let mut cross = Array2::zeros((r, d));
        for (n, s) in stats.counts.iter().zip(stats.sums.rows()) {
            let inverse = inverses.entry(n.to_bits()).or_insert_with(|| {
                let mut l = symmetric(&gram * *n);
                add_to_diagonal(&mut l, 1.0);
                inverse(&l)
            });
            let y = multiply_vector(inverse, &multiply_vector(&projection, &s));
            second.scaled_add(*n, inverse);
            add_outer(&mut second, &(&y * *n), &y.view());
            spread += &*inverse;
            add_outer(&mut spread, &y, &y.view());
            add_outer(&mut cross, &y, &s);
        }
        v = multiply(&inverse(&second), &cross).unwrap();
        w = symmetric(&total - &multiply(&flipped(&v), &cross).unwrap()) / stats.rows();
        if let Some(bound) = bound {
            w = at_least(&w, bound);
        }
        let lower = Cholesky::new(&(spread / stats.counts.len() as f64)).unwrap();
        let step = if upper {
            flipped(lower.lower())
        } else {
            lower.lower().clone()
        };
        v = multiply(&flipped(&v), &step).unwrap();
    }
    (v, w)
}

#[test]
fn transform_and_scores_of_vbx() {
    let Some((dir, _)) = oracle("vbx_es2005a") else {
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
    let lda = transposed(&matrix(lda_shape[0], lda)).unwrap();
    let k = lda.nrows();
    let center = |c: Vec<f64>| Stage::Affine(Affine::new(c.into(), None, None).unwrap());
    // ψ descends in our models; theirs may come in any order.
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by(|&a, &b| psi[b].total_cmp(&psi[a]));
    let transform = matrix(t_shape[0], transform).select(Axis(0), &order);
    let psi: Vec<f64> = order.iter().map(|&i| psi[i]).collect();
    let scorer = Scorer::Plda(PldaForm::new(
        psi,
        identity(k).unwrap(),
        identity(k).unwrap(),
    ));
    let second = Affine::new(Array1::zeros(d), Some(lda), Some(mean2.into()));
    let third = Affine::new(plda_mean.into(), Some(transform), None);
    let stages = vec![
        center(mean1),
        Stage::LengthNorm,
        Stage::Affine(second.unwrap()),
        Stage::LengthNorm,
        Stage::Affine(third.unwrap()),
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
            assert_near(
                -model.pair_distance(row(i), row(j)),
                want[i * 50 + j],
                1e-6,
                "ratio",
            );
        }
    }
}

/// People seen by both cameras, and how many of their columns are used.
const PEOPLE: usize = 632;
const COLUMNS: usize = 44;

/// Mean of δ δᵀ.
fn pair_covariance(pairs: &[(&[f64], &[f64])]) -> Array2<f64> {
    let mut out = Array2::zeros((COLUMNS, COLUMNS));
    for (a, b) in pairs {
        let delta = &ArrayView1::from(*a) - &ArrayView1::from(*b);
        add_outer(&mut out, &(&delta / pairs.len() as f64), &delta.view());
    }
    out
}

fn kissme(same: &Array2<f64>, different: &Array2<f64>, psd: bool) -> Model {
    let SignedRoot { map, positive } = maps::kissme(same, different, psd).unwrap();
    let scorer = Scorer::SignedSquared { positive };
    Model::new(COLUMNS, vec![linear(map)], scorer, BTreeMap::new()).unwrap()
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
    let published = column(&dir.join("expected_cmc_median.csv"), 1);
    let published: Vec<f64> = published.iter().map(|v| v.parse().unwrap()).collect();
    assert_eq!(published.len(), 316);
    let at = |curves: &[Vec<f64>], k: usize| median(curves.iter().map(|c| c[k]).collect());
    for (k, want) in published.iter().enumerate() {
        let got = at(&plain, k);
        let rank = k + 1;
        assert!((got - want).abs() < 1e-12, "rank {rank}: {got}, not {want}");
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
    let Some((dir, _)) = oracle("metric_learn_iris") else {
        return;
    };
    let (shape, rows) = read_npy(&dir.join("iris_150x4.npy"));
    let labels = column(&dir.join("labels.csv"), 1);
    let labels: Vec<u32> = labels.iter().map(|v| v.parse().unwrap()).collect();
    let of = |text: &str| {
        let model = fit_on(text, (&rows, shape[1]), &labels).model;
        separation(&model, &rows, shape[1], &labels)
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
