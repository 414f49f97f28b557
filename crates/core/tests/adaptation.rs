//! Adaptation to unlabelled rows of a target, against its definitions written out and on synthetic
//! shifts.

#![allow(missing_docs)]

use hackface_core::models::{FitOptions, Fitted, FoldFits, Pipeline, Scorer, fit};
use hackface_core::rows::{Classes, Invalid, MatrixF64};
use hackface_core::synth::{Replica, SynthSpec, generate};
use hackface_core::{Code, Embeddings, Error, Job};

mod common;
mod dense;
use common::{Random, assert_near, auroc};
use dense::Dense;

const DIM: usize = 4;

struct World {
    rows: Vec<f64>,
    labels: Vec<u32>,
    target: Embeddings,
}

impl World {
    /// 60 people of 8 rows, and 500 rows of other people that vary `more` times as much along a
    /// direction and stand elsewhere.
    fn new(more: f64) -> Self {
        let mut random = Random(3);
        let mut normal = move || (0..12).map(|_| random.unit()).sum::<f64>() - 6.0;
        let scales = [3.0, 2.0, 1.5, 1.0];
        let mut person = |count: usize, out: &mut Vec<f64>| {
            let center: Vec<f64> = scales.iter().map(|s| s * normal()).collect();
            for _ in 0..count {
                let own = center.iter().enumerate();
                let row: Vec<f64> = own
                    .map(|(j, c)| c + 0.5 * (j + 1) as f64 * normal())
                    .collect();
                out.extend(row);
            }
        };
        let (mut rows, mut target) = (Vec::new(), Vec::new());
        (0..60).for_each(|_| person(8, &mut rows));
        (0..125).for_each(|_| person(4, &mut target));
        let axis = [0.5, -0.5, 0.1, 0.7];
        for row in target.chunks_mut(DIM) {
            let along: f64 = row.iter().zip(axis).map(|(x, a)| x * a).sum();
            for (x, a) in row.iter_mut().zip(axis) {
                *x += (more.sqrt() - 1.0) * along * a + if more > 1.0 { 0.8 } else { 0.0 };
            }
        }
        Self {
            rows,
            labels: (0..480).map(|i| i / 8).collect(),
            target: Embeddings::from_doubles(target, 500, DIM).unwrap(),
        }
    }

    fn fit(&self, text: &str) -> Result<Fitted, Error> {
        self.fit_to(text, Some(&self.target))
    }

    fn fit_to(&self, text: &str, target: Option<&Embeddings>) -> Result<Fitted, Error> {
        let source = MatrixF64::new(&self.rows, DIM).unwrap();
        let classes = Classes::new(&self.labels).unwrap();
        let options = FitOptions {
            target,
            ..FitOptions::default()
        };
        let pipeline: Pipeline = text.parse().unwrap();
        fit(&pipeline, &source, Some(&classes), &options, &Job::new())
    }

    /// Mean, B and W of `path(rho)`, by loops over the rows.
    fn path(&self, rho: f64) -> (Vec<f64>, Dense, Dense) {
        let (n, k) = (480.0, 60.0);
        let people: Vec<&[f64]> = self.rows.chunks(8 * DIM).collect();
        let means: Vec<Vec<f64>> = people.iter().map(|p| dense::mean(p, DIM)).collect();
        let mut within = Dense::zeros(DIM);
        for (person, mean) in people.iter().zip(&means) {
            for row in person.chunks(DIM) {
                within.add_square(1.0 / (n - k), row, mean);
            }
        }
        let all = dense::mean(&self.rows, DIM);
        let mut between = Dense::zeros(DIM);
        means
            .iter()
            .for_each(|m| between.add_square(1.0 / k, m, &all));
        let between = between.plus(-1.0 / 8.0, &within);
        let shrunk = within.scaled(1.0 - rho);
        let level = rho * within.trace() / DIM as f64;
        (all, between, shrunk.plus(level, &Dense::identity(DIM)))
    }

    fn target_rows(&self) -> Vec<f64> {
        let mut rows = vec![0.0; 500 * DIM];
        self.target.read_rows(0, &mut rows).unwrap();
        rows
    }
}

fn decision(fitted: &Fitted, name: &str) -> Option<f64> {
    let found = fitted.report.decisions.iter().find(|d| d.name == name);
    found.map(|d| d.value)
}

fn warned(fitted: &Fitted, code: &str) -> bool {
    fitted.report.warnings.iter().any(|w| w.code == code)
}

/// Negated log p(x, y | same) / p(x) p(y) from the Gaussians themselves.
fn ratio(mean: &[f64], between: &Dense, within: &Dense, x: &[f64], y: &[f64]) -> f64 {
    let total = between.plus(1.0, within);
    let mut joint = Dense::zeros(2 * DIM);
    let mut apart = Dense::zeros(2 * DIM);
    for i in 0..DIM {
        for j in 0..DIM {
            for block in [0, DIM] {
                joint.set(block + i, block + j, total.at(i, j));
                apart.set(block + i, block + j, total.at(i, j));
            }
            joint.set(i, DIM + j, between.at(i, j));
            joint.set(DIM + i, j, between.at(i, j));
        }
    }
    let z: Vec<f64> = x
        .iter()
        .zip(mean)
        .chain(y.iter().zip(mean))
        .map(|(a, m)| a - m)
        .collect();
    let log = |s: &Dense| -0.5 * (s.inverse().form(&z) + s.determinant().ln());
    log(&apart) - log(&joint)
}

fn assert_model(world: &World, fitted: &Fitted, mean: &[f64], between: &Dense, within: &Dense) {
    let Scorer::Plda(form) = fitted.model.scorer() else {
        panic!("no PLDA");
    };
    for i in 0..DIM {
        for j in 0..DIM {
            assert_near(form.within()[[i, j]], within.at(i, j), 1e-8, "W");
            assert_near(form.between()[[i, j]], between.at(i, j), 1e-8, "B");
        }
    }
    let target = world.target_rows();
    for pair in target.chunks(2 * DIM).take(40) {
        let (x, y) = pair.split_at(DIM);
        let expected = ratio(mean, between, within, x, y);
        assert_near(
            fitted.model.distance(x, y).unwrap(),
            expected,
            1e-8,
            "distance",
        );
    }
}

#[test]
fn excess_above_the_bound_joins_both_covariances_and_the_mean_moves() {
    let world = World::new(30.0);
    let (_, between, within) = world.path(0.5);
    let target = world.target_rows();
    let mean = dense::mean(&target, DIM);
    let c = dense::covariance(&target, DIM);
    let sum = between.plus(1.0, &within);
    let (root, inverse) = (sum.power(0.5), sum.power(-0.5));
    let (values, vectors) = inverse.times(&c).times(&inverse).eigen();
    for tau in [1.0, 2.0] {
        let mut white = Dense::zeros(DIM);
        let mut above = 0;
        for (v, u) in values.iter().zip(&vectors).filter(|(v, _)| **v > tau) {
            white.add_square(v - 1.0, u, &[0.0; DIM]);
            above += 1;
        }
        assert!(above > 0 && (tau == 1.0 || above < DIM));
        let excess = root.times(&white).times(&root);
        let text = format!("path(0.5, adapt=excess, tau={tau}, within=0.75, between=0.25)");
        let fitted = world.fit(&text).unwrap();
        let (b, w) = (between.plus(0.25, &excess), within.plus(0.75, &excess));
        assert_model(&world, &fitted, &mean, &b, &w);
        assert_eq!(decision(&fitted, "directions"), Some(above as f64));
        assert!(fitted.report.transductive);
        assert!(fitted.model.card().contains_key("transductive"));
    }
}

#[test]
fn a_shift_widens_w_alone_and_narrows_b_to_the_variance_that_is_left() {
    for more in [30.0, 400.0] {
        let world = World::new(more);
        let (_, between, within) = world.path(0.5);
        let target = world.target_rows();
        let c = dense::covariance(&target, DIM);
        let sum = between.plus(1.0, &within);
        let (root, inverse) = (sum.power(0.5), sum.power(-0.5));
        let (values, vectors) = inverse.times(&c).times(&inverse).eigen();
        let fitted = world.fit("path(0.5, adapt=shift)").unwrap();
        let null = decision(&fitted, "null-ratio").unwrap();
        let bound = decision(&fitted, "shift-bound").unwrap();
        assert_eq!(bound, null.max(5.0));
        let above = values.iter().filter(|v| **v > bound.sqrt()).count();
        assert!(above > 0 && above < DIM);
        assert_eq!(decision(&fitted, "directions"), Some(above as f64));
        let mut white = Dense::zeros(DIM);
        for (v, u) in values.iter().zip(&vectors) {
            if *v > bound.sqrt() {
                white.add_square(v - 1.0, u, &[0.0; DIM]);
            }
        }
        let w = within.plus(1.0, &root.times(&white).times(&root));
        let left = (c.trace() - w.trace()) / between.trace();
        let b = between.scaled(left.clamp(0.1, 1.0));
        assert_model(&world, &fitted, &dense::mean(&target, DIM), &b, &w);
    }
    // Rows of the same world fire nothing.
    let still = World::new(1.0);
    let fitted = still.fit("path(0.5, adapt=shift)").unwrap();
    let (mean, between, within) = still.path(0.5);
    assert_model(&still, &fitted, &mean, &between, &within);
    assert_eq!(decision(&fitted, "directions"), Some(0.0));
}

#[test]
fn coral_plus_raises_each_covariance_by_its_own_ratios() {
    let world = World::new(30.0);
    let (_, between, within) = world.path(0.2);
    let target = world.target_rows();
    let a = dense::covariance(&target, DIM)
        .power(0.5)
        .times(&dense::covariance(&world.rows, DIM).power(-0.5));
    let raised = |phi: &Dense| {
        let (root, inverse) = (phi.power(0.5), phi.power(-0.5));
        let pseudo = a.times(phi).times(&a.transposed());
        let (values, vectors) = inverse.times(&pseudo).times(&inverse).eigen();
        let mut white = Dense::zeros(DIM);
        for (v, u) in values.iter().zip(&vectors).filter(|(v, _)| **v > 1.0) {
            white.add_square(v - 1.0, u, &[0.0; DIM]);
        }
        phi.plus(0.5, &root.times(&white).times(&root))
    };
    let fitted = world.fit("path(0.2, adapt=coral-plus)").unwrap();
    let Scorer::Plda(form) = fitted.model.scorer() else {
        panic!("no PLDA");
    };
    // B has a ridge of 1e-9 while its directions are found.
    let (b, w) = (raised(&between), raised(&within));
    for i in 0..DIM {
        for j in 0..DIM {
            assert_near(form.within()[[i, j]], w.at(i, j), 1e-8, "W");
            assert_near(form.between()[[i, j]], b.at(i, j), 1e-7, "B");
        }
    }
}

#[test]
fn coral_gives_the_rows_that_are_fitted_on_the_covariance_of_the_target() {
    let world = World::new(30.0);
    let target = world.target_rows();
    let map = dense::covariance(&target, DIM)
        .power(0.5)
        .times(&dense::covariance(&world.rows, DIM).power(-0.5));
    let (own, other) = (dense::mean(&world.rows, DIM), dense::mean(&target, DIM));
    let coloured: Vec<f64> = world
        .rows
        .chunks(DIM)
        .flat_map(|row| {
            let moved: Vec<f64> = row.iter().zip(&own).map(|(x, m)| x - m).collect();
            let mapped = map.apply(&moved);
            mapped
                .into_iter()
                .zip(&other)
                .map(|(x, m)| x + m)
                .collect::<Vec<_>>()
        })
        .collect();
    let twin = World {
        rows: coloured,
        labels: world.labels.clone(),
        target: Embeddings::from_doubles(vec![0.0; DIM], 1, DIM).unwrap(),
    };
    for after in [
        "path(0.2)",
        "center, wccn, cosine",
        "pca(3), plda(iterations=5)",
    ] {
        let one = world.fit(&format!("coral(shrinkage=0), {after}")).unwrap();
        let other = twin.fit_to(after, None).unwrap();
        for pair in target.chunks(2 * DIM).take(40) {
            let (x, y) = pair.split_at(DIM);
            let [a, b] = [&one, &other].map(|f| f.model.distance(x, y).unwrap());
            assert_near(a, b, 1e-8, after);
        }
    }
    // Shrinkage is estimated over the rows of either side.
    let auto = world.fit("pca(3), coral, path(0.2)").unwrap();
    assert!(decision(&auto, "target-shrinkage").unwrap() > 0.0);
}

#[test]
fn without_a_shift_nothing_passes_and_the_model_is_the_unadapted_one() {
    let world = World::new(1.0);
    for (text, plain) in [
        ("path(0.5, adapt=excess)", "path(0.5)"),
        ("plda(adapt=excess)", "center, plda"),
        (
            "length-norm, pca(3), path(0.2, adapt=excess)",
            "length-norm, pca(3), path(0.2)",
        ),
    ] {
        let fitted = world.fit(text).unwrap();
        assert!(warned(&fitted, "no-shift"), "{text}");
        assert_eq!(decision(&fitted, "directions"), Some(0.0));
        assert!(
            decision(&fitted, "null-ratio").unwrap() < decision(&fitted, "tau").unwrap() + 1e-12
        );
        assert!(fitted.report.transductive);
        let plain = world.fit_to(plain, None).unwrap();
        let rows = world.target_rows();
        for pair in rows.chunks(2 * DIM).take(20) {
            let (x, y) = pair.split_at(DIM);
            let [a, b] = [&fitted, &plain].map(|f| f.model.distance(x, y).unwrap());
            assert_near(a, b, 1e-8, text);
        }
    }
    assert!(!warned(
        &World::new(60.0).fit("path(0.5, adapt=excess)").unwrap(),
        "no-shift"
    ));
}

#[test]
fn the_unit_and_the_basis_of_the_rows_have_no_say() {
    let world = World::new(60.0);
    let turn = |rows: &[f64], factor: f64| -> Vec<f64> {
        let (s, c) = 0.6f64.sin_cos();
        rows.chunks(DIM)
            .flat_map(|r| [c * r[0] - s * r[3], r[1], r[2], s * r[0] + c * r[3]])
            .map(|x| x * factor)
            .collect()
    };
    for text in [
        "path(0.5, adapt=excess)",
        "path(0.5, adapt=coral-plus)",
        "coral, path(0.5)",
    ] {
        let plain = world.fit(text).unwrap();
        for factor in [1.0, 1e-3, 1e160] {
            let target = turn(&world.target_rows(), factor);
            let turned = World {
                rows: turn(&world.rows, factor),
                labels: world.labels.clone(),
                target: Embeddings::from_doubles(target.clone(), 500, DIM).unwrap(),
            };
            let fitted = turned.fit(text).unwrap();
            let rows = world.target_rows();
            for (a, b) in rows.chunks(2 * DIM).zip(target.chunks(2 * DIM)).take(20) {
                let one = plain.model.distance(&a[..DIM], &a[DIM..]).unwrap();
                let other = fitted.model.distance(&b[..DIM], &b[DIM..]).unwrap();
                assert_near(one, other, 1e-6, text);
            }
        }
    }
}

#[test]
fn a_target_that_says_too_little_leaves_the_model_alone_and_a_wrong_one_is_refused() {
    let world = World::new(30.0);
    let small = |values: Vec<f64>, dim: usize| {
        let rows = values.len() / dim;
        Embeddings::from_doubles(values, rows, dim).unwrap()
    };
    for text in [
        "path(0.5, adapt=excess)",
        "path(0.5, adapt=coral-plus)",
        "coral, path(0.5)",
    ] {
        for values in [vec![1.0; DIM], vec![0.5; 3 * DIM], vec![2.0; 90 * DIM]] {
            let fitted = world.fit_to(text, Some(&small(values, DIM))).unwrap();
            assert!(warned(&fitted, "target-too-small"), "{text}");
            let plain = world.fit_to("path(0.5)", None).unwrap();
            let x = &world.rows[..DIM];
            let y = &world.rows[80 * DIM..81 * DIM];
            let [a, b] = [&fitted, &plain].map(|f| f.model.distance(x, y).unwrap());
            assert_near(a, b, 1e-12, text);
        }
        let code = |target: Option<&Embeddings>| world.fit_to(text, target).unwrap_err().code();
        assert_eq!(code(None), Code::Option);
        assert_eq!(code(Some(&small(vec![1.0; 50], 5))), Code::Dimension);
        let mut rows = world.target_rows();
        rows[7] = f64::NAN;
        let error = world.fit_to(text, Some(&small(rows, DIM))).unwrap_err();
        assert_eq!((error.code(), error.row()), (Code::NotFinite, Some(1)));
    }
    // A pipeline that asks for no target reads none.
    let wide = small(vec![f64::NAN; 50], 5);
    let fitted = world.fit_to("path(0.5)", Some(&wide)).unwrap();
    assert!(!fitted.report.transductive);
}

#[test]
fn rows_that_are_not_finite_are_left_out_where_they_may() {
    let world = World::new(30.0);
    let mut rows = world.target_rows();
    rows[5 * DIM + 1] = f64::INFINITY;
    let with = Embeddings::from_doubles(rows.clone(), 500, DIM).unwrap();
    rows.drain(5 * DIM..6 * DIM);
    let without = Embeddings::from_doubles(rows, 499, DIM).unwrap();
    let source = MatrixF64::new(&world.rows, DIM).unwrap();
    let classes = Classes::new(&world.labels).unwrap();
    let pipeline: Pipeline = "path(0.5, adapt=excess, tau=2)".parse().unwrap();
    let [a, b] = [&with, &without].map(|target| {
        let options = FitOptions {
            target: Some(target),
            invalid: Invalid::Skip,
            ..FitOptions::default()
        };
        let fitted = fit(&pipeline, &source, Some(&classes), &options, &Job::new()).unwrap();
        decision(&fitted, "largest-ratio").unwrap()
    });
    assert_near(a, b, 1e-12, "largest ratio");
}

#[test]
fn few_people_have_no_null_and_a_bound_that_is_given_needs_none() {
    let world = World::new(30.0);
    let mut few = World {
        labels: world.labels.iter().map(|k| k % 3).collect(),
        ..world
    };
    let fitted = few.fit("path(0.5, adapt=excess)").unwrap();
    assert!(warned(&fitted, "null-unknown"));
    assert_eq!(decision(&fitted, "directions"), None);
    assert!(
        decision(
            &few.fit("path(0.5, adapt=excess, tau=2)").unwrap(),
            "directions"
        ) > Some(0.0)
    );
    // One row for each person: no variance inside classes, whatever is asked.
    few.labels = (0..480).collect();
    let error = few.fit("path(0.5, adapt=excess)").unwrap_err();
    assert_eq!(error.code(), Code::Empty);
}

#[test]
fn folds_adapt_as_fits_of_their_own_do() {
    let world = World::new(30.0);
    let source = MatrixF64::new(&world.rows, DIM).unwrap();
    let texts = [
        "length-norm, path(0.5, adapt=excess, tau=2)",
        "center, length-norm, pca(3), path(0.2, adapt=coral-plus)",
        "coral(ridge=0.1), wccn(shrinkage=0.1), cosine",
        "path(0.5, adapt=excess)",
    ];
    let pipelines = texts.map(|text| text.parse::<Pipeline>().unwrap());
    let fold_of: Vec<u32> = (0..60).map(|k| k % 5).collect();
    let options = FitOptions {
        target: Some(&world.target),
        ..FitOptions::default()
    };
    let (folds, job) = ((&fold_of[..], 5), Job::new());
    let fits = FoldFits::new(&source, &world.labels, folds, &pipelines, &options, &job).unwrap();
    let one = fits.without(2).unwrap();
    let left: Vec<u32> = world
        .labels
        .iter()
        .map(|k| {
            if k % 5 == 2 {
                hackface_core::rows::IGNORED
            } else {
                *k
            }
        })
        .collect();
    let classes = Classes::new(&left).unwrap();
    let target = world.target_rows();
    for (pipeline, text) in pipelines.iter().zip(texts) {
        let in_fold = one.fit(pipeline, &job).unwrap();
        let alone = fit(pipeline, &source, Some(&classes), &options, &job).unwrap();
        for pair in target.chunks(2 * DIM).take(20) {
            let (x, y) = pair.split_at(DIM);
            let [a, b] = [&in_fold, &alone].map(|f| f.model.distance(x, y).unwrap());
            assert_near(a, b, 1e-8, text);
        }
        assert!(in_fold.report.transductive);
    }
}

/// A synthetic challenge in memory, and the AUROC of a pipeline on its pairs.
struct Synthetic {
    dim: usize,
    train: Vec<f32>,
    test: Vec<f32>,
    tables: hackface_core::synth::SynthTables,
}

impl Synthetic {
    fn new(spec: &SynthSpec) -> Self {
        let (mut train, mut test) = (Vec::new(), Vec::new());
        let tables = generate(
            spec,
            &mut |rows| {
                train.extend_from_slice(rows);
                Ok(())
            },
            &mut |rows| {
                test.extend_from_slice(rows);
                Ok(())
            },
            &Job::new(),
        )
        .unwrap();
        Self {
            dim: spec.dim,
            train,
            test,
            tables,
        }
    }

    fn auroc(&self, text: &str) -> (f64, Fitted) {
        let rows = |data: &[f32]| {
            Embeddings::from_vec(data.to_vec(), data.len() / self.dim, self.dim).unwrap()
        };
        let (train, test) = (rows(&self.train), rows(&self.test));
        let classes = Classes::new(&self.tables.train_classes).unwrap();
        let options = FitOptions {
            target: Some(&test),
            ..FitOptions::default()
        };
        let pipeline: Pipeline = text.parse().unwrap();
        let fitted = fit(&pipeline, &train, Some(&classes), &options, &Job::new()).unwrap();
        let projected: Vec<Vec<f64>> = self
            .test
            .chunks(self.dim)
            .map(|row| {
                let wide: Vec<f64> = row.iter().map(|v| f64::from(*v)).collect();
                fitted.model.project(&wide).unwrap()
            })
            .collect();
        let tables = &self.tables;
        let pairs = tables.index1.iter().zip(&tables.index2).zip(&tables.same);
        let distance = |((i, j), same): ((&u32, &u32), &u8)| {
            let (x, y) = (&projected[*i as usize], &projected[*j as usize]);
            (fitted.model.pair_distance(x, y), *same == 1)
        };
        (auroc(pairs.map(distance).collect()), fitted)
    }
}

#[test]
fn on_replicas_the_adapted_model_beats_cosine_and_without_shift_it_does_no_harm() {
    for (replica, gain) in [
        (Replica::R2, 0.03),
        (Replica::R1, 0.05),
        (Replica::None, -0.005),
    ] {
        let spec = SynthSpec {
            replica,
            train_rows: 6000,
            train_classes: 400,
            test_rows: 3000,
            pairs: 6000,
            dim: 256,
            ..SynthSpec::challenge()
        };
        let world = Synthetic::new(&spec);
        let (cosine, _) = world.auroc("cosine");
        let (adapted, fitted) = world.auroc("plda-adapted");
        let report = &fitted.report.decisions;
        assert!(
            adapted > cosine + gain,
            "{replica:?}: {cosine} {adapted} {report:?}"
        );
        let passed = decision(&fitted, "directions").unwrap() > 0.0;
        assert_eq!(passed, replica != Replica::None, "{report:?}");
    }
}
