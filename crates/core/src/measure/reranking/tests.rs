//! Test-only: re-ranking and expansion against dense twins that follow the published steps.

use super::*;
use crate::testing::{Lcg, metric};

fn rows_of(seed: u64, rows: usize) -> Embeddings {
    let mut random = Lcg(seed);
    let values = (0..rows * 5).map(|_| random.single() + 0.1).collect();
    Embeddings::from_vec(values, rows, 5).expect("rows")
}

/// Re-ranked distances of all rows, from the distances of all.
fn reciprocal_twin(distances: &[Vec<f64>], k1: usize, k2: usize, lambda: f64) -> Vec<Vec<f64>> {
    let n = distances.len();
    let rank: Vec<Vec<usize>> = (0..n)
        .map(|i| {
            let mut order: Vec<usize> = (0..n).collect();
            order.sort_by(|a, b| {
                let key = |j: usize| if j == i { -1.0 } else { distances[i][j] };
                key(*a).total_cmp(&key(*b))
            });
            order
        })
        .collect();
    let neighbours = |i: usize, k: usize| -> Vec<usize> {
        let k = (k + 1).min(n);
        let mutual = rank[i][..k].iter().filter(|j| rank[**j][..k].contains(&i));
        mutual.copied().collect()
    };
    let half = match k1 % 4 {
        1 => k1 / 2,
        _ => k1.div_ceil(2),
    };
    let mut v = vec![vec![0.0; n]; n];
    for (i, v) in v.iter_mut().enumerate() {
        let own = neighbours(i, k1);
        let mut all: std::collections::BTreeSet<usize> = own.iter().copied().collect();
        for j in &own {
            let theirs = neighbours(*j, half);
            let shared = theirs.iter().filter(|other| own.contains(other)).count();
            if shared as f64 > 2.0 / 3.0 * theirs.len() as f64 {
                all.extend(theirs);
            }
        }
        let weight = |j: &usize| {
            if *j == i {
                1.0
            } else {
                (-distances[i][*j]).exp()
            }
        };
        let sum: f64 = all.iter().map(weight).sum();
        all.iter().for_each(|j| v[*j] = weight(j) / sum);
    }
    let means: Vec<Vec<f64>> = (0..n)
        .map(|i| {
            let near = &rank[i][..k2.min(n)];
            let mean =
                |column: usize| near.iter().map(|j| v[*j][column]).sum::<f64>() / near.len() as f64;
            (0..n).map(mean).collect()
        })
        .collect();
    let of = |i: usize, j: usize| {
        let pairs = || means[i].iter().zip(&means[j]);
        let low: f64 = pairs().map(|(a, b)| a.min(*b)).sum();
        let high: f64 = pairs().map(|(a, b)| a.max(*b)).sum();
        (1.0 - lambda) * (1.0 - low / high) + lambda * distances[i][j]
    };
    (0..n).map(|i| (0..n).map(|j| of(i, j)).collect()).collect()
}

/// Distances of all rows expanded, from the distances of all: with S the similarities and A the
/// weights, the inner products of the sums are A S Aᵀ.
fn expansion_twin(distances: &[Vec<f64>], k: usize, alpha: f64) -> Vec<Vec<f64>> {
    let n = distances.len();
    let similar = |i: usize, j: usize| if i == j { 1.0 } else { 1.0 - distances[i][j] };
    let weights: Vec<Vec<f64>> = (0..n)
        .map(|i| {
            let mut others: Vec<usize> = (0..n).filter(|j| *j != i).collect();
            others.sort_by(|a, b| distances[i][*a].total_cmp(&distances[i][*b]));
            let mut weights = vec![0.0; n];
            weights[i] = 1.0;
            for j in others.into_iter().take(k) {
                weights[j] = similar(i, j).max(0.0).powf(alpha);
            }
            weights
        })
        .collect();
    let product = |i: usize, j: usize| -> f64 {
        let inner = |p: usize| (0..n).map(|q| similar(p, q) * weights[j][q]).sum::<f64>();
        (0..n)
            .filter(|p| weights[i][*p] != 0.0)
            .map(|p| weights[i][p] * inner(p))
            .sum()
    };
    let squares: Vec<f64> = (0..n).map(|i| product(i, i)).collect();
    let of = |i: usize, j: usize| 1.0 - product(i, j) / (squares[i] * squares[j]).sqrt();
    (0..n).map(|i| (0..n).map(|j| of(i, j)).collect()).collect()
}

fn all_pairs(measure: Measure<'_>, rows: &Embeddings) -> Vec<Vec<f64>> {
    let n = rows.rows() as u32;
    let (a, b): (Vec<u32>, Vec<u32>) = (0..n).flat_map(|a| (0..n).map(move |b| (a, b))).unzip();
    let found = measure
        .pair_distances(rows, &a, &b, &Job::new())
        .expect("distances");
    found.chunks(n as usize).map(<[f64]>::to_vec).collect()
}

/// Holds lists, and probes (the first 20 rows) beside a gallery (the others), against a twin.
fn as_the_twin_has_them(of: &Reranking<'_>, rows: &Embeddings, expected: &[Vec<f64>]) {
    let (measure, by) = (Measure::Reranked(of), of.by);
    let found = all_pairs(measure, rows);
    let values = rows.as_f32().expect("in memory");
    let part = |range: std::ops::Range<usize>| {
        let values = values[range.start * 5..range.end * 5].to_vec();
        Embeddings::from_vec(values, range.len(), 5).expect("rows")
    };
    let (probes, gallery, job) = (part(0..20), part(20..60), Job::new());
    let stored = measure.prepare(&gallery, &job).expect("rows");
    let asked = stored.beside(&probes, &job).expect("rows");
    let sides = Sides::new(&asked, &stored);
    let (a, b) = (
        asked.run(0, 20).expect("rows"),
        stored.run(0, 40).expect("rows"),
    );
    let mut scratch = Scratch::default();
    for i in 0..60 {
        for j in 0..60 {
            assert!(
                (found[i][j] - expected[i][j]).abs() < 1e-8,
                "{by:?} {i} {j}"
            );
            if i < 20 && j >= 20 {
                let across = sides.distance((&a, i), (&b, j - 20), &mut scratch);
                let across = across.expect("a distance");
                assert!((across - expected[i][j]).abs() < 1e-8, "{by:?} {i} {j}");
            }
        }
    }
}

#[test]
fn lists_and_two_sets_are_as_the_dense_twins_have_them() {
    for (seed, text) in [(1, "cosine"), (3, "correlation")] {
        let (rows, options) = (rows_of(seed, 60), metric(text));
        let measure = Measure::Metric(&options);
        let distances = all_pairs(measure, &rows);
        for (k1, k2, lambda) in [
            (20, 6, 0.3),
            (5, 1, 0.0),
            (7, 3, 0.5),
            (9, 2, 1.0),
            (80, 6, 0.1),
        ] {
            let by = Neighbours::Reciprocal(Reciprocal { k1, k2, lambda });
            let expected = reciprocal_twin(&distances, k1, k2, lambda);
            as_the_twin_has_them(&Reranking { measure, by }, &rows, &expected);
        }
        for (k, alpha) in [(5, 3.0), (1, 0.0), (3, 0.5), (59, 1.0), (80, 2.0)] {
            let by = Neighbours::Expansion(Expansion { k, alpha });
            let expected = expansion_twin(&distances, k, alpha);
            as_the_twin_has_them(&Reranking { measure, by }, &rows, &expected);
        }
    }
}

#[test]
fn rows_that_cancel_are_refused() {
    let rows = Embeddings::from_vec(vec![1.0, 0.0, -1.0, 0.0], 2, 2).expect("rows");
    let cosine = metric("cosine");
    let found = |alpha: f64| {
        let of = Reranking {
            measure: Measure::Metric(&cosine),
            by: Neighbours::Expansion(Expansion { k: 5, alpha }),
        };
        Measure::Reranked(&of).pair_distances(&rows, &[0], &[1], &Job::new())
    };
    assert_eq!(found(3.0).expect("a distance"), [2.0]);
    let error = found(0.0).expect_err("a refusal").to_string();
    assert!(error.contains("neighbours cancel"), "{error}");
}

#[test]
fn what_has_no_neighbours_is_refused() {
    let rows = rows_of(2, 10);
    let (cosine, euclidean) = (metric("cosine"), metric("euclidean"));
    let measure = Measure::Metric(&cosine);
    let refused = |measure: Measure<'_>, by: Neighbours| {
        let of = Reranking { measure, by };
        let found = Measure::Reranked(&of).pair_distances(&rows, &[0], &[1], &Job::new());
        found.expect_err("a refusal").to_string()
    };
    let reciprocal =
        |k1: usize, k2: usize, lambda: f64| Neighbours::Reciprocal(Reciprocal { k1, k2, lambda });
    let expansion = |k: usize, alpha: f64| Neighbours::Expansion(Expansion { k, alpha });
    let plain = expansion(5, 3.0);
    let within = Reranking { measure, by: plain };
    for (measure, by, part) in [
        (measure, reciprocal(0, 6, 0.3), "k1 = 0"),
        (measure, reciprocal(3, 5, 0.3), "k2 at most k1 + 1"),
        (measure, reciprocal(20, 6, 1.5), "lambda = 1.5"),
        (measure, expansion(0, 3.0), "k = 0"),
        (measure, expansion(5, -1.0), "alpha = -1"),
        (measure, expansion(5, f64::NAN), "alpha = NaN"),
        (Measure::Metric(&euclidean), plain, "that are no cosine"),
        (Measure::Reranked(&within), plain, "no plain distance"),
    ] {
        let error = refused(measure, by);
        assert!(error.contains(part), "{error}");
    }
}
