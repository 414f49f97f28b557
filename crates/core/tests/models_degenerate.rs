//! Every preset on rows with directions that hold nothing: scores like those of the directions
//! that do, or one refusal.

mod common;

use common::{Random, auroc, try_fit};
use hackface_core::models::{FitOptions, Model, PRESETS};
use hackface_core::rows::{Classes, MatrixF32};
use hackface_core::statistics::Arithmetic;
use hackface_core::{Code, Embeddings, Job};

const DIM: usize = 16;
const CLASSES: usize = 40;
const EACH: usize = 5;

fn normal(random: &mut Random) -> f64 {
    (0..12).map(|_| random.unit()).sum::<f64>() - 6.0
}

/// People with rows around their means, `DIM` columns; no direction is dead.
fn live(classes: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut random = Random(seed);
    let mut rows = Vec::new();
    for _ in 0..classes {
        let mean: Vec<f64> = (0..DIM).map(|_| normal(&mut random)).collect();
        for _ in 0..EACH {
            let noisy = |m: &f64| 0.4 + m + 0.9 * normal(&mut random);
            rows.push(mean.iter().map(noisy).collect());
        }
    }
    rows
}

/// A way to lose directions: rows as they become, and live rows with the same directions.
struct Loss {
    name: &'static str,
    /// The column in which noise at test is tried, where one is dead.
    dead: Option<usize>,
    lose: fn(&[f64]) -> Vec<f64>,
    alive: fn(&[f64]) -> Vec<f64>,
    classes: usize,
}

fn without_last(row: &[f64]) -> Vec<f64> {
    row[..DIM - 1].to_vec()
}

fn rectified(row: &[f64]) -> Vec<f64> {
    row.iter().map(|v| v.max(0.0)).collect()
}

fn as_it_is(row: &[f64]) -> Vec<f64> {
    row.to_vec()
}

fn softmax(row: &[f64]) -> Vec<f64> {
    let sum: f64 = row.iter().map(|v| v.exp()).sum();
    row.iter().map(|v| v.exp() / sum).collect()
}

/// The first `DIM − 4` columns, and mixtures of them.
fn mixed(row: &[f64]) -> Vec<f64> {
    let mut out = row[..DIM - 4].to_vec();
    for j in 0..4 {
        out.push(0.3 * row[j] - 0.2 * row[j + 3] + 0.1 * row[j + 5]);
    }
    out
}

/// Expectation–maximisation without a step that drops dead directions first.
const WITHOUT_PCA: [&str; 4] = [
    "center, plda",
    "center, joint-bayesian",
    "center, plda(subspace=4)",
    "center, htplda(2)",
];

const LOSSES: [Loss; 8] = [
    Loss {
        name: "zero column",
        dead: Some(DIM - 1),
        lose: |row| [without_last(row), vec![0.0]].concat(),
        alive: without_last,
        classes: CLASSES,
    },
    Loss {
        name: "repeated column",
        dead: None,
        lose: |row| [without_last(row), vec![row[2]]].concat(),
        alive: without_last,
        classes: CLASSES,
    },
    Loss {
        name: "dead unit",
        dead: Some(DIM - 1),
        lose: |row| [rectified(&row[..DIM - 1]), vec![0.0]].concat(),
        alive: |row| rectified(&row[..DIM - 1]),
        classes: CLASSES,
    },
    Loss {
        name: "softmax",
        dead: None,
        lose: softmax,
        alive: |row| softmax(row)[..DIM - 1].to_vec(),
        classes: CLASSES,
    },
    Loss {
        name: "rank d - 4",
        dead: None,
        lose: mixed,
        alive: |row| row[..DIM - 4].to_vec(),
        classes: CLASSES,
    },
    Loss {
        name: "constant rows",
        dead: None,
        lose: |row| vec![row[0]; DIM],
        alive: |row| vec![row[0]],
        classes: CLASSES,
    },
    Loss {
        name: "n < d",
        dead: None,
        lose: as_it_is,
        alive: as_it_is,
        classes: 3,
    },
    Loss {
        name: "row-centred",
        dead: None,
        lose: |row| {
            let mean = row.iter().sum::<f64>() / DIM as f64;
            row.iter().map(|v| v - mean).collect()
        },
        alive: |row| {
            let mean = row.iter().sum::<f64>() / DIM as f64;
            row[1..].iter().map(|v| v - mean).collect()
        },
        classes: CLASSES,
    },
];

fn labels(rows: usize) -> Vec<u32> {
    (0..rows).map(|i| (i / EACH) as u32).collect()
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Stored {
    Double,
    Single,
    /// Singles, multiplied as singles.
    SingleProducts,
}

fn fit(pipeline: &str, rows: &[Vec<f64>], stored: Stored) -> Result<Model, Code> {
    let labels = labels(rows.len());
    let (flat, dim) = (rows.concat(), rows[0].len());
    let fitted = match stored {
        Stored::Double => try_fit(
            pipeline,
            (&flat, dim),
            Some(&labels),
            &FitOptions::default(),
        ),
        _ => {
            let narrow: Vec<f32> = flat.iter().map(|v| *v as f32).collect();
            let own = Embeddings::from_vec(narrow.clone(), labels.len(), dim).unwrap();
            let arithmetic = match stored {
                Stored::SingleProducts => Arithmetic::Single,
                _ => Arithmetic::Auto,
            };
            let options = FitOptions {
                arithmetic,
                target: Some(&own),
                ..FitOptions::default()
            };
            hackface_core::models::fit(
                &pipeline.parse().unwrap(),
                &MatrixF32::new(&narrow, dim).unwrap(),
                Some(&Classes::new(&labels).unwrap()),
                &options,
                &Job::new(),
            )
        }
    };
    fitted.map(|f| f.model).map_err(|e| e.code())
}

/// AUROC over all pairs; nothing where a distance is not finite or a row cannot be scored.
fn judged(model: &Model, rows: &[Vec<f64>], stored: Stored) -> Option<f64> {
    let labels = labels(rows.len());
    let narrow = |v: &f64| match stored {
        Stored::Double => *v,
        _ => f64::from(*v as f32),
    };
    let project = |row: &Vec<f64>| {
        let row: Vec<f64> = row.iter().map(narrow).collect();
        model.project(&row).ok()
    };
    let prepared: Vec<Vec<f64>> = rows.iter().map(project).collect::<Option<_>>()?;
    let mut pairs = Vec::new();
    for (i, x) in prepared.iter().enumerate() {
        for (j, y) in prepared.iter().enumerate().skip(i + 1) {
            let distance = model.pair_distance(x, y);
            if !distance.is_finite() || distance.abs() > 1e9 {
                return None;
            }
            pairs.push((distance, labels[i] == labels[j]));
        }
    }
    Some(auroc(pairs))
}

#[test]
fn every_preset_scores_what_is_alive_or_refuses_with_one_code() {
    let mut failures = Vec::new();
    let mut refusals = Vec::new();
    for loss in &LOSSES {
        let (train, test) = (live(loss.classes, 1), live(CLASSES, 2));
        let through = |rows: &[Vec<f64>], f: fn(&[f64]) -> Vec<f64>| -> Vec<Vec<f64>> {
            rows.iter().map(|r| f(r)).collect()
        };
        let (lost, held) = (through(&train, loss.lose), through(&test, loss.lose));
        let (alive, held_alive) = (through(&train, loss.alive), through(&test, loss.alive));
        for pipeline in PRESETS.iter().map(|p| p.name).chain(WITHOUT_PCA) {
            let want = fit(pipeline, &alive, Stored::Double)
                .ok()
                .and_then(|m| judged(&m, &held_alive, Stored::Double));
            for stored in [Stored::Double, Stored::Single, Stored::SingleProducts] {
                let at = format!("{}, {}, {stored:?}", loss.name, pipeline);
                let model = match fit(pipeline, &lost, stored) {
                    Ok(model) => model,
                    Err(code) => {
                        refusals.push(format!("{at}: {code:?}"));
                        continue;
                    }
                };
                let mut tests = vec![("", held.clone())];
                if let Some(dead) = loss.dead {
                    let mut noisy = held.clone();
                    let mut random = Random(3);
                    noisy
                        .iter_mut()
                        .for_each(|r| r[dead] = 1e-3 * normal(&mut random));
                    tests.push((" with noise", noisy));
                }
                for (what, rows) in tests {
                    let got = judged(&model, &rows, stored);
                    match (got, want) {
                        (Some(got), Some(want)) if got > want - 0.02 => {}
                        (Some(got), None) if got > 0.5 => {}
                        _ => failures.push(format!("{at}{what}: {got:?}, alive {want:?}")),
                    }
                }
            }
        }
    }
    println!("{}", refusals.join("\n"));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_unit_of_the_rows_changes_no_score() {
    let (train, test) = (live(CLASSES, 1), live(12, 2));
    let scores = |pipeline: &str, unit: f64| -> Vec<f64> {
        let scaled = |rows: &[Vec<f64>]| -> Vec<Vec<f64>> {
            rows.iter()
                .map(|r| r.iter().map(|v| v * unit).collect())
                .collect()
        };
        let model = fit(pipeline, &scaled(&train), Stored::Double).unwrap();
        let model = Model::from_bytes(&model.to_bytes().unwrap()).unwrap().model;
        scaled(&test)
            .windows(2)
            .map(|pair| model.distance(&pair[0], &pair[1]).unwrap())
            .collect()
    };
    let more = [
        "center, pca(6), wccn, length-norm, plda",
        "center(class-means), lda(5), plda(subspace=2)",
        "center, wccn, joint-bayesian",
    ];
    for pipeline in PRESETS.iter().map(|p| p.name).chain(more) {
        let want = scores(pipeline, 1.0);
        for unit in [1e-290, 1e-160, 1e-150, 1e-70, 1e150, 1e200, 1e290] {
            for (got, want) in scores(pipeline, unit).iter().zip(&want) {
                common::assert_near(*got, *want, 1e-9, &format!("{pipeline} times {unit:e}"));
            }
        }
    }
    let want = scores("center, pca(6), euclidean", 1.0);
    for unit in [1e-290, 1e290] {
        for (got, want) in scores("center, pca(6), euclidean", unit).iter().zip(&want) {
            common::assert_near(got / unit, *want, 1e-9, "euclidean");
        }
    }
}
