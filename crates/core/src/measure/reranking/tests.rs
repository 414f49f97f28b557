//! Test-only: re-ranking against a dense twin that follows the published steps.

use super::*;
use crate::testing::{Lcg, metric};

fn rows_of(seed: u64, rows: usize) -> Embeddings {
    let mut random = Lcg(seed);
    let values = (0..rows * 5).map(|_| random.single() + 0.1).collect();
    Embeddings::from_vec(values, rows, 5).expect("rows")
}

/// Final distances of all rows, from the distances of all.
fn twin(distances: &[Vec<f64>], k1: usize, k2: usize, lambda: f64) -> Vec<Vec<f64>> {
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

fn all_pairs(measure: Measure<'_>, rows: &Embeddings) -> Vec<Vec<f64>> {
    let n = rows.rows() as u32;
    let (a, b): (Vec<u32>, Vec<u32>) = (0..n).flat_map(|a| (0..n).map(move |b| (a, b))).unzip();
    let found = measure
        .pair_distances(rows, &a, &b, &Job::new())
        .expect("distances");
    found.chunks(n as usize).map(<[f64]>::to_vec).collect()
}

#[test]
fn lists_and_two_sets_are_as_the_dense_twin_has_them() {
    let rows = rows_of(1, 60);
    for text in ["cosine", "correlation"] {
        let options = metric(text);
        let plain = Measure::Metric(&options);
        let distances = all_pairs(plain, &rows);
        for (k1, k2, lambda) in [
            (20, 6, 0.3),
            (5, 1, 0.0),
            (7, 3, 0.5),
            (9, 2, 1.0),
            (80, 6, 0.1),
        ] {
            let of = Reranking {
                k1,
                k2,
                lambda,
                ..Reranking::new(plain)
            };
            let expected = twin(&distances, k1, k2, lambda);
            let measure = Measure::Reranked(&of);
            let found = all_pairs(measure, &rows);
            // Probes are the first rows of all, the gallery the others.
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
                        "{k1} {k2} {i} {j}"
                    );
                    if i < 20 && j >= 20 {
                        let across = sides.distance((&a, i), (&b, j - 20), &mut scratch);
                        let across = across.expect("a distance");
                        assert!((across - expected[i][j]).abs() < 1e-8, "{k1} {k2} {i} {j}");
                    }
                }
            }
        }
    }
}

#[test]
fn what_has_no_neighbours_is_refused() {
    let rows = rows_of(2, 10);
    let (cosine, euclidean) = (metric("cosine"), metric("euclidean"));
    let of = Reranking::new(Measure::Metric(&cosine));
    let refused = |of: Reranking<'_>| {
        let found = Measure::Reranked(&of).pair_distances(&rows, &[0], &[1], &Job::new());
        found.expect_err("a refusal").to_string()
    };
    for (of, part) in [
        (Reranking { k1: 0, ..of }, "k1 = 0"),
        (Reranking { k1: 3, k2: 5, ..of }, "k2 at most k1 + 1"),
        (Reranking { lambda: 1.5, ..of }, "lambda = 1.5"),
        (
            Reranking {
                measure: Measure::Metric(&euclidean),
                ..of
            },
            "that are no cosine",
        ),
        (
            Reranking {
                measure: Measure::Reranked(&of),
                ..of
            },
            "no plain distance",
        ),
    ] {
        let error = refused(of);
        assert!(error.contains(part), "{error}");
    }
}
