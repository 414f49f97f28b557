//! Pipelines on real data against the recorded tables, class-disjoint.
#![allow(clippy::print_stderr)]

mod common;

use common::{Half, Set, auroc, data_dir, fit_on, numpy_shuffle};
use hackface_core::models::{Fitted, Model};
use rayon::prelude::*;

const SETS: [&str; 8] = [
    "lfw353_facenet128",
    "lfw10",
    "lfw_cosface",
    "viper_mdf",
    "voxceleb_xvec",
    "orl40_pix32",
    "letter26",
    "lfw7_openface",
];

fn fitted(text: &str, train: &Half) -> Fitted {
    fit_on(text, (&train.rows, train.dim), &train.labels)
}

fn auroc_of(model: &Model, test: &Half) -> f64 {
    let width = model.projected_dim();
    let mut prepared = vec![0.0; test.labels.len() * width];
    model.project_rows(&test.rows, &mut prepared).unwrap();
    let row = &|i: usize| &prepared[i * width..(i + 1) * width];
    let n = test.labels.len();
    let pairs = (0..n)
        .into_par_iter()
        .flat_map_iter(|i| {
            (i + 1..n).map(move |j| {
                (
                    model.pair_distance(row(i), row(j)),
                    test.labels[i] == test.labels[j],
                )
            })
        })
        .collect();
    auroc(pairs)
}

/// The pipeline of a row of the table, and how close it must come.
fn pipeline_of(method: &str) -> Option<(String, f64)> {
    let exact = |text: &str| Some((text.to_owned(), 1e-6));
    match method {
        "sqL2" => return exact("sqeuclidean"),
        "cosine" => return exact("cosine"),
        "centred cosine" => return exact("center, cosine"),
        "L2norm, centre, cosine" => return exact("length-norm, center, cosine"),
        _ => {}
    }
    let (k, rest) = method.strip_prefix("PCA")?.split_once(' ')?;
    let k: usize = k.parse().ok()?;
    let tail = match rest {
        "whitened cosine" => return Some((format!("center, pca({k}, whiten), cosine"), 2e-3)),
        "whiten lennorm PLDA" => {
            return Some((format!("center, pca({k}, whiten), length-norm, plda"), 2e-3));
        }
        "WCCN cosine" => "wccn, cosine",
        "KISSME" => "kissme",
        "PLDA" => "plda",
        _ if rest.starts_with("LDA") => "lda, cosine",
        _ if rest.starts_with("XQDA") => "xqda",
        _ => return None,
    };
    Some((format!("center, pca({k}), {tail}"), 2e-3))
}

/// Method and AUROC of every row of a set's class-disjoint table.
fn table(name: &str) -> Vec<(String, f64)> {
    let readme = data_dir("README.md").unwrap();
    let text = std::fs::read_to_string(readme).unwrap();
    let section = text.split(&format!("## {name}\n")).nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    section
        .lines()
        .filter(|l| l.starts_with("| ") && !l.starts_with("| method") && !l.starts_with("| ---"))
        .map(|l| {
            let mut cells = l.split('|').skip(1).map(str::trim);
            (
                cells.next().unwrap().to_owned(),
                cells.next().unwrap().parse().unwrap(),
            )
        })
        .collect()
}

#[test]
fn the_split_is_the_one_of_the_tables() {
    let mut items: Vec<usize> = (0..10).collect();
    numpy_shuffle(&mut items);
    assert_eq!(items, [4, 6, 2, 7, 3, 5, 9, 0, 8, 1]);
}

/// True if a set has four residual rows and a person for each dimension of a method `PCAk …`.
fn carries(train: &Half, method: &str) -> bool {
    let k = method.strip_prefix("PCA").and_then(|m| m.split(' ').next());
    let k: usize = k.unwrap().parse().unwrap();
    let people = train.labels.iter().max().unwrap() + 1;
    let people = people as usize;
    k < people && 4 * k <= train.labels.len() - people
}

#[test]
fn every_row_of_the_tables_is_met() {
    let mut failures = Vec::new();
    for name in SETS {
        let Some(set) = Set::load(name) else { return };
        let (train, test) = set.halves();
        let mut worst = (0.0, String::new());
        for (method, want) in table(name) {
            let Some((text, tolerance)) = pipeline_of(&method) else {
                panic!("no pipeline for {method}");
            };
            let got = auroc_of(&fitted(&text, &train).model, &test);
            // The reference stops PLDA after twenty iterations of an EM without minimum divergence,
            // short of the maximum. Both are near each other where rows and people outnumber the
            // dimensions as they should, four residual rows for each and a person: there 3e-3 is one and a
            // half times the farthest, 0.0021 of voxceleb_xvec at 32. Elsewhere the maximum is farther off,
            // and the two part by up to 0.06, for better or worse (voxceleb_xvec at 256): twenty
            // iterations are no reference there.
            let plda = text.contains("plda");
            if plda && !carries(&train, &method) {
                eprintln!("{name} {method}: {got:.6}, twenty iterations {want:.6}");
                assert!(got > 0.65, "{name} {method}: {got}");
                continue;
            }
            let tolerance = if plda { 3e-3 } else { tolerance };
            let error = (got - want).abs();
            if error > worst.0 {
                worst = (error, method.clone());
            }
            if error > tolerance {
                failures.push(format!(
                    "{name} {method} ({text}): {got:.6}, table {want:.6}"
                ));
            }
        }
        eprintln!("{name}: largest difference {:.6} at {}", worst.0, worst.1);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_preset_with_its_defaults_is_near_the_best_of_each_table() {
    for name in SETS {
        let Some(set) = Set::load(name) else { return };
        let (train, test) = set.halves();
        let best = table(name).iter().map(|r| r.1).fold(0.0, f64::max);
        let mut reached = 0.0f64;
        let mut line = String::new();
        for preset in ["wccn", "lda", "plda"] {
            let value = auroc_of(&fitted(preset, &train).model, &test);
            line += &format!(" {preset} {value:.4}");
            reached = reached.max(value);
        }
        eprintln!("{name}: best {best:.4},{line}");
        // Four training people: nothing to learn from.
        if name != "lfw7_openface" {
            assert!(
                reached >= best - 0.01,
                "{name}: {reached} and the table's {best}"
            );
        }
    }
}

#[test]
fn every_preset_fits_real_data() {
    let Some(set) = Set::load("lfw_cosface") else {
        return;
    };
    let (train, test) = set.halves();
    for preset in hackface_core::models::PRESETS {
        let value = auroc_of(&fitted(preset.name, &train).model, &test);
        eprintln!("lfw_cosface {}: {value:.4}", preset.name);
        assert!(value > 0.9, "{}: {value}", preset.name);
    }
}

#[test]
fn plda_stops_within_a_hundredth_of_the_ratios_at_the_maximum() {
    let Some(set) = Set::load("viper_mdf") else {
        return;
    };
    let (train, test) = set.halves();
    for scorer in ["plda", "joint-bayesian"] {
        let by_default = fitted(&format!("center, pca(24), {scorer}"), &train);
        let text = format!("center, pca(24), {scorer}(iterations=3000, tolerance=0)");
        let longer = fitted(&text, &train);
        assert_eq!(by_default.report.converged, Some(true));
        let rows: Vec<&[f64]> = test.rows.chunks_exact(test.dim).take(150).collect();
        let mut worst = 0.0f64;
        for (i, x) in rows.iter().enumerate() {
            for y in &rows[..i] {
                let of = |f: &Fitted| f.model.distance(x, y).unwrap();
                worst = worst.max((of(&by_default) - of(&longer)).abs());
            }
        }
        let iterations = by_default.report.log_likelihood.len() - 1;
        eprintln!("{scorer}: {iterations} iterations, off by {worst:.5}");
        assert!(worst <= 0.01, "{scorer}: {worst}");
    }
}
