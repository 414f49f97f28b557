//! Test-only: every metric against its twin, and the same bits however it is computed.

use crate::error::{Code, Error};
use crate::job::{Job, threads};
use crate::jobs::score::score_pairs;
use crate::kernels::Isa;
use crate::measure::{Centering, Measure, MetricOptions, Normalize, Undefined};
use crate::metrics::{Expression, METRICS, Metric, Needs, twins};
use crate::npy::Io;
use crate::rows::Embeddings;
use crate::statistics::SplitMix;
use crate::testing::{RowsFile, metric as options_of};

/// The metric of an expression of one.
fn one(text: &str) -> Metric {
    options_of(text).metric.metrics()[0]
}

const DIMS: [usize; 17] = [
    1, 2, 3, 7, 15, 16, 17, 31, 33, 63, 64, 65, 127, 511, 512, 513, 1024,
];

struct Random(SplitMix);

impl Random {
    fn new(seed: u64) -> Self {
        Self(SplitMix(seed))
    }
    fn below(&mut self, n: usize) -> usize {
        (self.0.bits() % n as u64) as usize
    }
    /// Roughly normal, around 0.
    fn value(&mut self) -> f32 {
        ((0..4).map(|_| self.0.unit()).sum::<f64>() - 2.0) as f32 * 3.0
    }
}

fn matrix(seed: u64, rows: usize, dim: usize) -> Vec<f32> {
    let mut random = Random::new(seed);
    (0..rows * dim).map(|_| random.value()).collect()
}

fn pairs(seed: u64, rows: usize, count: usize) -> (Vec<u32>, Vec<u32>) {
    let mut random = Random::new(seed);
    (0..count)
        .map(|_| (random.below(rows) as u32, random.below(rows) as u32))
        .unzip()
}

fn wide(data: &[f32], dim: usize, row: u32) -> Vec<f64> {
    data[row as usize * dim..][..dim]
        .iter()
        .map(|v| f64::from(*v))
        .collect()
}

fn score(
    data: &[f32],
    dim: usize,
    list: &(Vec<u32>, Vec<u32>),
    options: &MetricOptions<'_>,
) -> Result<Vec<f64>, Error> {
    let embeddings = Embeddings::from_vec(data.to_vec(), data.len() / dim, dim)?;
    score_rows(&embeddings, list, options)
}

fn score_rows(
    rows: &Embeddings,
    (a, b): &(Vec<u32>, Vec<u32>),
    options: &MetricOptions<'_>,
) -> Result<Vec<f64>, Error> {
    score_pairs(rows, a, b, Measure::Metric(options), &Job::new())
}

fn near(found: f64, twin: f64, tolerance: f64, what: &str) {
    let bound = tolerance * twin.abs().max(1.0);
    assert!(
        (found - twin).abs() <= bound,
        "{what}: {found} is not {twin}"
    );
}

#[test]
fn every_metric_agrees_with_its_twin_at_every_dimension() {
    let mut compared = 0;
    for (seed, dim) in DIMS.into_iter().enumerate() {
        let mut data = matrix(seed as u64, 40, dim);
        // Far from the offset's norm, and no entry below 0 for the metrics of distributions.
        data.iter_mut().for_each(|v| *v = v.abs() + 2.5);
        let mut signed = matrix(seed as u64 + 50, 40, dim);
        // Near-duplicates and exact duplicates, as real lists have.
        for k in 0..dim {
            signed[dim + k] = signed[k] * 1.000_001;
            signed[2 * dim + k] = signed[k];
        }
        let mut list = pairs(seed as u64, 40, 60);
        list.0.extend([0, 0, 1, 3]);
        list.1.extend([1, 2, 2, 3]);
        for metric in twins::all() {
            let only_positive =
                metric.needs(Needs::NonNegative) || metric.name() == "offset-cosine";
            let data = if only_positive { &data } else { &signed };
            // Below two columns a row has no direction and no spread of its own.
            if (dim == 1 && metric.name() == "correlation")
                || (dim < 31
                    && metric.name() == "offset-cosine"
                    && metric != one("offset-cosine(offset=0, norm-offset=0)"))
                || twins::twin(&metric, &[1.0], &[2.0]).is_none()
            {
                continue;
            }
            let expression = Expression::single(metric);
            let found = score(data, dim, &list, &MetricOptions::new(&expression))
                .unwrap_or_else(|e| panic!("{metric:?}: {e}"));
            let tolerance = match metric.name() {
                // acos near 1 turns one rounding of the cosine into its square root.
                "angular" => 1e-7,
                // These divide by differences that nearly cancel.
                "yule" | "rogerstanimoto" | "dot-over-norms" => 1e-9,
                _ => 1e-12,
            };
            for (i, (a, b)) in list.0.iter().zip(&list.1).enumerate() {
                let (x, y) = (wide(data, dim, *a), wide(data, dim, *b));
                let twin = twins::twin(&metric, &x, &y).expect("has a twin");
                near(
                    found[i],
                    twin,
                    tolerance,
                    &format!("{metric:?} d={dim} pair {i}"),
                );
                compared += 1;
            }
        }
    }
    assert!(compared > 15_000, "only {compared} values compared");
}

#[test]
fn swapping_a_pair_changes_no_bit_and_a_row_is_at_distance_zero_from_itself() {
    for dim in [3, 16, 33, 512] {
        let mut data = matrix(9, 20, dim);
        data.iter_mut().for_each(|v| *v = v.abs() + 2.0);
        let (a, b) = pairs(4, 20, 200);
        let own = ((0..20).collect::<Vec<u32>>(), (0..20).collect::<Vec<u32>>());
        for metric in twins::all() {
            if dim < 33 && metric.name() == "offset-cosine" {
                continue;
            }
            if metric.needs(Needs::Covariance) {
                continue; // Needs more rows than columns; see its own test.
            }
            let expression = Expression::single(metric);
            let options = MetricOptions::new(&expression);
            let there = score(&data, dim, &(a.clone(), b.clone()), &options)
                .unwrap_or_else(|e| panic!("{metric:?}: {e}"));
            let back = score(&data, dim, &(b.clone(), a.clone()), &options)
                .unwrap_or_else(|e| panic!("{metric:?}: {e}"));
            assert!(metric.is_ordered() != (there == back), "{metric:?} d={dim}");
            let zero_on_self = ![
                "dot",
                "offset-cosine",
                "dot-over-norms",
                "yule",
                "rogerstanimoto",
            ]
            .contains(&metric.name());
            if zero_on_self {
                let own =
                    score(&data, dim, &own, &options).unwrap_or_else(|e| panic!("{metric:?}: {e}"));
                assert!(own.iter().all(|d| *d == 0.0), "{metric:?} d={dim}: {own:?}");
                assert!(there.iter().all(|d| *d >= 0.0), "{metric:?} d={dim}");
            }
        }
    }
}

/// `d²` by Gaussian elimination on the covariance, written out.
fn slow_mahalanobis(data: &[f32], dim: usize, x: &[f64], y: &[f64]) -> f64 {
    let n = data.len() / dim;
    let rows: Vec<Vec<f64>> = (0..n as u32).map(|r| wide(data, dim, r)).collect();
    let mean: Vec<f64> = (0..dim)
        .map(|j| rows.iter().map(|r| r[j]).sum::<f64>() / n as f64)
        .collect();
    let mut s: Vec<Vec<f64>> = (0..dim)
        .map(|i| {
            let entry = |j: usize| {
                rows.iter()
                    .map(|r| (r[i] - mean[i]) * (r[j] - mean[j]))
                    .sum::<f64>()
            };
            (0..dim).map(|j| entry(j) / (n - 1) as f64).collect()
        })
        .collect();
    let gap: Vec<f64> = x.iter().zip(y).map(|(a, b)| a - b).collect();
    let mut right = gap.clone();
    for i in 0..dim {
        for r in i + 1..dim {
            let factor = s[r][i] / s[i][i];
            let pivot = s[i].clone();
            for (entry, above) in s[r][i..].iter_mut().zip(&pivot[i..]) {
                *entry -= factor * above;
            }
            right[r] -= factor * right[i];
        }
    }
    for i in (0..dim).rev() {
        let known: f64 = (i + 1..dim).map(|c| s[i][c] * right[c]).sum();
        right[i] = (right[i] - known) / s[i][i];
    }
    gap.iter()
        .zip(&right)
        .map(|(a, b)| a * b)
        .sum::<f64>()
        .sqrt()
}

#[test]
fn mahalanobis_and_seuclidean_agree_with_elimination_and_variances() {
    for dim in [1, 2, 7, 17, 33] {
        let data = matrix(dim as u64, 80, dim);
        let reference = matrix(dim as u64 + 1, 300, dim);
        let list = pairs(3, 80, 40);
        let held = Embeddings::from_vec(reference.clone(), 300, dim).expect("shape");
        for (source, given) in [(&data, None), (&reference, Some(&held))] {
            let n = source.len() / dim;
            for name in ["mahalanobis", "seuclidean"] {
                let options = MetricOptions {
                    reference: given,
                    ..options_of(name)
                };
                let found =
                    score(&data, dim, &list, &options).unwrap_or_else(|e| panic!("{name}: {e}"));
                for (i, (a, b)) in list.0.iter().zip(&list.1).enumerate() {
                    let (x, y) = (wide(&data, dim, *a), wide(&data, dim, *b));
                    let twin = if name == "mahalanobis" {
                        slow_mahalanobis(source, dim, &x, &y)
                    } else {
                        let term = |j: usize| {
                            let column: Vec<f64> =
                                (0..n as u32).map(|r| wide(source, dim, r)[j]).collect();
                            let mean = column.iter().sum::<f64>() / n as f64;
                            let v = column.iter().map(|c| (c - mean).powi(2)).sum::<f64>()
                                / (n - 1) as f64;
                            (x[j] - y[j]).powi(2) / v
                        };
                        (0..dim).map(term).sum::<f64>().sqrt()
                    };
                    near(found[i], twin, 1e-11, &format!("{name} d={dim} pair {i}"));
                }
            }
        }
    }
}

#[test]
fn rows_that_nearly_coincide_keep_the_digits_of_their_mahalanobis_distance() {
    let step = 0.5f32.powi(20);
    for dim in [1, 7, 33] {
        let reference = matrix(dim as u64, 300, dim);
        let held = Embeddings::from_vec(reference, 300, dim).expect("shape");
        let options = MetricOptions {
            reference: Some(&held),
            ..options_of("mahalanobis")
        };
        // Far from the mean, so that whitened rows are long; gaps are exact.
        let row = |gap: f32| {
            let sign = |j: usize| if j.is_multiple_of(3) { -1.0 } else { 1.0 };
            (0..dim).map(move |j| 3.0 + (j % 5) as f32 / 4.0 + gap * sign(j))
        };
        let data: Vec<f32> = [0.0, step, 1.0].into_iter().flat_map(row).collect();
        let list = (vec![0, 1, 0, 0], vec![1, 0, 2, 0]);
        let found = score(&data, dim, &list, &options).expect("scores");
        near(
            found[0] / f64::from(step),
            found[2],
            1e-12,
            &format!("d={dim}"),
        );
        assert_eq!(found[0], found[1], "d={dim}");
        assert_eq!(found[3], 0.0, "d={dim}");
    }
}

#[test]
fn centering_and_normalising_are_done_to_the_rows_before_the_metric() {
    let dim = 33;
    let data = matrix(1, 30, dim);
    let list = pairs(2, 30, 50);
    let mean: Vec<f64> = (0..dim)
        .map(|j| (0..30).map(|r| wide(&data, dim, r)[j]).sum::<f64>() / 30.0)
        .collect();
    let given: Vec<f64> = (0..dim).map(|j| j as f64 / 7.0).collect();
    for metric in ["cosine", "sqeuclidean", "correlation", "canberra"].map(one) {
        for (center, vector) in [
            (Centering::None, vec![0.0; dim]),
            (Centering::Mean, mean.clone()),
            (Centering::Given(given.clone()), given.clone()),
        ] {
            for normalize in [Normalize::None, Normalize::L2] {
                let expression = Expression::single(metric);
                let options = MetricOptions {
                    center: center.clone(),
                    normalize,
                    ..MetricOptions::new(&expression)
                };
                let found = score(&data, dim, &list, &options).expect("scores");
                let prepare = |row: u32| {
                    let x: Vec<f64> = wide(&data, dim, row)
                        .iter()
                        .zip(&vector)
                        .map(|(v, c)| v - c)
                        .collect();
                    let norm = x.iter().map(|v| v * v).sum::<f64>().sqrt();
                    let size = if normalize == Normalize::L2 {
                        norm
                    } else {
                        1.0
                    };
                    x.iter().map(|v| v / size).collect::<Vec<_>>()
                };
                for (i, (a, b)) in list.0.iter().zip(&list.1).enumerate() {
                    let twin =
                        twins::twin(&metric, &prepare(*a), &prepare(*b)).expect("has a twin");
                    near(
                        found[i],
                        twin,
                        1e-12,
                        &format!("{metric:?} {center:?} {normalize:?} pair {i}"),
                    );
                }
            }
        }
    }
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|v| v.to_bits()).collect()
}

#[test]
fn threads_instruction_sets_and_ways_of_reading_change_no_bit() {
    let (rows, dim) = (700, 65);
    let data = matrix(7, rows, dim);
    let list = pairs(8, rows, 1500);
    let doubles: Vec<f64> = data.iter().map(|v| f64::from(*v)).collect();
    let files = [RowsFile::new(&data, dim), RowsFile::new(&doubles, dim)];
    for text in [
        "sqeuclidean",
        "cosine",
        "canberra-cubic",
        "mahalanobis",
        "0.5*minmax(cosine) + 0.3*zscore(canberra) - minkowski(p=3.2)",
    ] {
        for (center, normalize) in [
            (Centering::None, Normalize::None),
            (Centering::Mean, Normalize::L2),
        ] {
            let mut seen: Option<Vec<u64>> = None;
            let mut compare = |what: &str, found: Vec<f64>| {
                let found = bits(&found);
                let first = seen.get_or_insert_with(|| found.clone());
                assert_eq!(*first, found, "{text}: {what}");
            };
            let options = |isa| MetricOptions {
                center: center.clone(),
                normalize,
                isa,
                ..options_of(text)
            };
            for isa in Isa::available() {
                for n in [1, 2, 3, 7] {
                    let pool = threads::pool(n).expect("threads");
                    let found = pool.install(|| score(&data, dim, &list, &options(isa)));
                    let what = format!("{} on {n} threads", isa.name());
                    compare(&what, found.expect("scores"));
                }
            }
            for (file, wide) in files.iter().zip(["singles", "doubles"]) {
                for io in [Io::Mmap, Io::Read] {
                    let found = score_rows(&file.open(io), &list, &options(Isa::best()));
                    compare(&format!("{wide} {io:?}"), found.expect("scores"));
                }
            }
        }
    }
}

#[test]
fn combinations_are_the_arithmetic_of_their_terms() {
    let (dim, list) = (16, pairs(5, 25, 80));
    let data = matrix(3, 25, dim);
    let column = |text: &str| {
        score(&data, dim, &list, &options_of(text)).unwrap_or_else(|e| panic!("{text}: {e}"))
    };
    let (cosine, canberra) = (column("cosine"), column("canberra"));
    let low = canberra.iter().copied().fold(f64::INFINITY, f64::min);
    let high = canberra.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let n = cosine.len() as f64;
    let mean = cosine.iter().sum::<f64>() / n;
    let deviation = (cosine.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    let found = column("0.5*minmax(canberra) + -zscore(cosine) / 4 - abs(dot*2)");
    let dot = column("dot");
    for i in 0..found.len() {
        let twin = 0.5 * (canberra[i] - low) / (high - low) + -(cosine[i] - mean) / deviation / 4.0
            - (dot[i] * 2.0).abs();
        near(found[i], twin, 1e-14, "combination");
    }
}

#[test]
fn undefined_pairs_are_refused_with_their_row_or_put_last() {
    let mut data = matrix(2, 6, 4);
    data[2 * 4..3 * 4].fill(0.0);
    data[5 * 4..].fill(1.5);
    let list = (vec![0, 3, 2, 1], vec![1, 4, 0, 5]);
    for (text, row) in [("cosine", 2), ("correlation", 2), ("angular", 2)] {
        let error = score(&data, 4, &list, &options_of(text)).expect_err(text);
        assert_eq!(
            (error.code(), error.row()),
            (Code::Undefined, Some(row)),
            "{error}"
        );
        let options = MetricOptions {
            undefined: Undefined::Max,
            ..options_of(text)
        };
        let found = score(&data, 4, &list, &options).unwrap_or_else(|e| panic!("{text}: {e}"));
        let largest = found.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        assert_eq!(found[2], largest, "{text}");
    }
    let only = (vec![2], vec![0]);
    let options = MetricOptions {
        undefined: Undefined::Max,
        ..options_of("cosine")
    };
    assert!(
        score(&data, 4, &only, &options).is_err(),
        "no defined pair to take the largest of"
    );
    for text in [
        "minmax(sqeuclidean)",
        "zscore(dot)",
        "1/sqeuclidean",
        "sqrt(-euclidean)",
    ] {
        let same = if text.starts_with('1') {
            (vec![0], vec![0])
        } else {
            (vec![0, 0], vec![1, 1])
        };
        let error = score(&data, 4, &same, &options_of(text)).expect_err(text);
        assert_eq!(error.code(), Code::Undefined, "{text}");
    }
}

#[test]
fn rounding_makes_no_variance() {
    let refused = |data: &[f32], dim: usize, text: &str, list: &(Vec<u32>, Vec<u32>)| {
        score(data, dim, list, &options_of(text)).expect_err(text)
    };
    // The mean of ten equal numbers is not that number for most of them.
    let data = matrix(5, 40, 6);
    for row in 1..40 {
        let ten = (vec![0; 10], vec![row; 10]);
        let error = refused(&data, 6, "zscore(cosine)", &ten);
        assert_eq!(error.code(), Code::Undefined, "{row}: {error}");
    }
    let few = (vec![0, 1], vec![2, 5]);
    let error = refused(&data, 6, "zscore(euclidean*1e200)", &few);
    assert_eq!(error.code(), Code::Undefined, "{error}");

    for constant in [0.1f32, 0.25, -3e7, 1e-30, 1e30] {
        let mut data = matrix(5, 40, 6);
        let column = data.iter_mut().skip(4).step_by(6);
        column.for_each(|v| *v = constant);
        let error = refused(&data, 6, "seuclidean", &(vec![0], vec![1]));
        assert_eq!(
            (error.code(), error.column()),
            (Code::Singular, Some(4)),
            "{constant}"
        );
    }
}

#[test]
fn mahalanobis_refuses_covariances_without_full_rank_and_no_others() {
    let list = (vec![0], vec![1]);
    let of = |values: &[f64], dim: usize, text: &str| {
        let file = RowsFile::new(values, dim);
        score_rows(&file.open(Io::Mmap), &list, &options_of(text))
    };
    let refused = |values: &[f64], dim: usize| {
        let error = of(values, dim, "mahalanobis").expect_err("no full rank");
        assert_eq!(error.code(), Code::Singular, "{error:?}");
        error
    };
    let few = [7.0, 2.0, 5.0, 8.0, 1.0, 4.0, 0.0, 7.0, 3.0];
    assert!(format!("{:?}", refused(&few, 3)).contains("rank 2 at most"));
    let mut random = Random::new(3);
    for n in [9, 400, 3_000] {
        let a: Vec<f64> = (0..n).map(|_| f64::from(random.value())).collect();
        let b: Vec<f64> = (0..n).map(|_| f64::from(random.value())).collect();
        let rows = |third: &dyn Fn(usize) -> f64| -> Vec<f64> {
            (0..n).flat_map(|i| [a[i], b[i], third(i)]).collect()
        };
        refused(&rows(&|i| 3.0 * a[i]), 3);
        refused(&rows(&|i| a[i]), 3);
        refused(&rows(&|i| 0.3 * a[i] - 7.0 * b[i]), 3);
        refused(&rows(&|_| 0.1), 3);
        let one_hot = |i: usize| (0..4).map(move |j| f64::from(u8::from(i % 4 == j)));
        refused(&(0..n).flat_map(one_hot).collect::<Vec<_>>(), 4);
        // Regular, whatever the units of the columns.
        let odd = |i: usize| f64::from(u8::from(i.is_multiple_of(3)));
        let expected = of(&rows(&odd), 3, "mahalanobis").expect("regular")[0];
        for unit in [1e-140, 1e-5, 1e5, 1e140] {
            let found = of(&rows(&|i| unit * odd(i)), 3, "mahalanobis").expect("regular")[0];
            near(found, expected, 1e-10, "another unit");
        }
        let near_copy = rows(&|i| a[i] + 1e-4 * odd(i));
        of(&near_copy, 3, "mahalanobis").expect("nearly dependent");
    }
}

#[test]
fn variances_beyond_doubles_are_refused_and_a_small_unit_changes_no_mahalanobis_distance() {
    let x = [1.0, -0.2, -1.1, 0.4, 0.7];
    let of = |scale: f64, text: &str| {
        let values = x.map(|v| v * scale);
        let file = RowsFile::new(&values, 1);
        score_rows(&file.open(Io::Mmap), &(vec![0], vec![1]), &options_of(text))
    };
    for text in ["seuclidean", "mahalanobis"] {
        let expected = of(1.0, text).expect("a distance")[0];
        for scale in [1e-300, 1e-200, 1e-150, 1e-130, 1e130, 1e150, 1e154, 1e200] {
            match of(scale, text) {
                Ok(found) => near(found[0], expected, 1e-12, text),
                Err(error) => {
                    assert_eq!(error.code(), Code::NotFinite, "{scale:e} {error:?}");
                    assert!(scale >= 1e150 || text == "seuclidean" && scale <= 1e-150);
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_scored_is_refused_with_its_place() {
    let options = options_of("cosine");
    let data = matrix(1, 300, 5);
    let refused = |data: &[f32], a: Vec<u32>, b: Vec<u32>| {
        score(data, 5, &(a, b), &options).expect_err("refused")
    };

    let mut bad = data.clone();
    bad[270 * 5 + 3] = f32::NAN;
    bad[290 * 5] = f32::INFINITY;
    let error = refused(&bad, vec![0, 290, 270], vec![1, 2, 3]);
    assert_eq!(
        (error.code(), error.row(), error.column()),
        (Code::NotFinite, Some(270), Some(3))
    );
    assert!(error.found().contains("2 of the rows"), "{error}");
    assert!(
        score(&bad, 5, &(vec![0], vec![1]), &options).is_ok(),
        "rows in no pair are not looked at"
    );

    assert_eq!(refused(&data, vec![0], vec![300]).code(), Code::Index);
    assert_eq!(refused(&data, vec![], vec![]).code(), Code::Empty);
    assert_eq!(refused(&data, vec![0, 1], vec![1]).code(), Code::Dimension);

    let one = (vec![7], vec![1]);
    let mut positive: Vec<f32> = data.iter().map(|v| v.abs()).collect();
    positive[7 * 5 + 2] = -0.5;
    let error = score(&positive, 5, &one, &options_of("jensenshannon")).expect_err("negative");
    assert_eq!(
        (error.code(), error.row(), error.column()),
        (Code::Domain, Some(7), Some(2))
    );

    let (few, one) = (matrix(1, 4, 5), (vec![0], vec![1]));
    let error = score(&few, 5, &one, &options_of("mahalanobis")).expect_err("rank 3");
    assert_eq!(error.code(), Code::Singular, "{error}");

    let job = Job::new();
    job.cancel();
    let embeddings = Embeddings::from_vec(data, 300, 5).expect("shape");
    let error = score_pairs(&embeddings, &[0], &[1], Measure::Metric(&options), &job)
        .expect_err("cancelled");
    assert_eq!(error.code(), Code::Aborted);
}

#[test]
fn near_duplicates_keep_their_digits_and_extreme_scales_their_values() {
    let dim = 512;
    let base = matrix(11, 1, dim);
    let norm = base
        .iter()
        .map(|v| f64::from(*v).powi(2))
        .sum::<f64>()
        .sqrt() as f32;
    let unit: Vec<f32> = base.iter().map(|v| v / norm).collect();
    for step in [1e-1f32, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6] {
        for scale in [1.0f32, 1e-30, 1e20] {
            let mut random = Random::new(17);
            let other: Vec<f32> = unit
                .iter()
                .map(|v| (v + step * random.value() / 22.6) * scale)
                .collect();
            let first: Vec<f32> = unit.iter().map(|v| v * scale).collect();
            let data = [first, other].concat();
            let both = |text: &str| {
                let found = score(&data, dim, &(vec![0], vec![1]), &options_of(text));
                let (x, y) = (wide(&data, dim, 0), wide(&data, dim, 1));
                let found = found.unwrap_or_else(|e| panic!("{text}: {e}"));
                (found[0], twins::twin(&one(text), &x, &y).expect("twin"))
            };
            for text in [
                "sqeuclidean",
                "euclidean",
                "cityblock",
                "canberra",
                "braycurtis",
            ] {
                let (found, twin) = both(text);
                assert!(
                    (found - twin).abs() <= 1e-12 * twin,
                    "{text} {step} {scale}: {found} {twin}"
                );
            }
            let (found, twin) = both("cosine");
            assert!((found - twin).abs() <= 1e-13, "cosine {step} {scale}");
        }
    }
}

#[test]
fn jensen_shannon_of_near_duplicates_is_proportional_to_the_gap() {
    let dim = 512;
    let base: Vec<f64> = matrix(21, 1, dim)
        .iter()
        .map(|v| f64::from(v.abs()) + 1.0)
        .collect();
    let way: Vec<f64> = matrix(22, 1, dim).iter().map(|v| f64::from(*v)).collect();
    let distance = |gap: f64| {
        let moved: Vec<f64> = base.iter().zip(&way).map(|(b, w)| b + gap * w).collect();
        let rows = RowsFile::new(&[&base[..], &moved].concat(), dim).open(Io::Read);
        let one = (vec![0], vec![1]);
        score_rows(&rows, &one, &options_of("jensenshannon")).expect("scores")[0]
    };
    for gap in [1e-4, 1e-5, 1e-6] {
        let ratio = distance(gap) / distance(gap / 2.0);
        // 2 up to a term of the order of the gap; the plain formula is off by 1e-5 at 1e-6.
        assert!(
            (ratio - 2.0).abs() < 20.0 * gap + 1e-8,
            "gap {gap}: {ratio}"
        );
    }
}

#[test]
fn rows_of_any_size_are_brought_to_length_one() {
    let (rows, dim) = (6, 37);
    let data: Vec<f64> = matrix(31, rows, dim)
        .iter()
        .map(|v| f64::from(*v))
        .collect();
    let options = MetricOptions {
        normalize: Normalize::L2,
        ..options_of("euclidean")
    };
    let list = (vec![0, 1, 2], vec![3, 4, 5]);
    let distances = |scale: f64| {
        let scaled: Vec<f64> = data.iter().map(|v| v * scale).collect();
        let file = RowsFile::new(&scaled, dim);
        score_rows(&file.open(Io::Read), &list, &options).expect("scores")
    };
    let right = distances(1.0);
    // Squares of these are beyond double precision, subnormal, or 0.
    for scale in [1e-320, 1e-300, 1e-200, 1e-158, 1e-140, 1e140, 1e160, 1e300] {
        let tolerance = if scale < 1e-310 { 1e-2 } else { 1e-14 };
        for (found, right) in distances(scale).iter().zip(&right) {
            assert!(
                (found - right).abs() < tolerance,
                "{scale}: {found} {right}"
            );
        }
    }
}

#[test]
fn directions_are_right_for_rows_of_any_size_and_in_all_their_bits_for_most() {
    let (rows, dim) = (6, 37);
    let data: Vec<f64> = matrix(41, rows, dim)
        .iter()
        .map(|v| f64::from(*v))
        .collect();
    let list = (vec![0, 1, 2, 4], vec![3, 4, 5, 4]);
    for text in [
        "cosine",
        "angular",
        "correlation",
        "0.3*cosine + correlation",
    ] {
        let of = |scales: [f64; 2]| {
            let scaled = data.iter().enumerate();
            let scaled: Vec<f64> = scaled.map(|(i, v)| v * scales[i / (3 * dim)]).collect();
            let file = RowsFile::new(&scaled, dim);
            let found = score_rows(&file.open(Io::Read), &list, &options_of(text));
            found.unwrap_or_else(|e| panic!("{text} {scales:?}: {e}"))
        };
        let right = of([1.0, 1.0]);
        assert_eq!(right[3], 0.0);
        for exponent in [-1040, -995, -664, -498, -250, 250, 498, 664, 995] {
            let scale = libm::ldexp(1.0, exponent);
            for scales in [[scale, scale], [scale, 1.0], [1.0, scale], [scale, 1e-250]] {
                let found = of(scales);
                assert_eq!(found[3], 0.0, "{text} {exponent}");
                let exact = exponent > -1000 && scales[1] != 1e-250;
                for (found, right) in found.iter().zip(&right) {
                    let tolerance = if exact { 0.0 } else { 1e-8 };
                    let gap = (found - right).abs();
                    assert!(gap <= tolerance, "{text} 2^{exponent}: {found} {right}");
                }
            }
        }
    }
}

#[test]
fn a_row_is_at_distance_0_from_itself_at_any_size_in_any_expression() {
    let data: Vec<f64> = matrix(43, 50, 9).iter().map(|v| f64::from(*v)).collect();
    let every: Vec<u32> = (0..50).collect();
    for text in [
        "cosine",
        "correlation",
        "cosine + 0*euclidean",
        "correlation + 0*dot",
    ] {
        for exponent in [-150, -100, -77, -76, -3, 0, 76, 77, 100, 150] {
            let scale = 10f64.powi(exponent);
            let scaled: Vec<f64> = data.iter().map(|v| v * scale).collect();
            let file = RowsFile::new(&scaled, 9);
            let list = (every.clone(), every.clone());
            let found = score_rows(&file.open(Io::Read), &list, &options_of(text));
            let found = found.unwrap_or_else(|e| panic!("{text} 1e{exponent}: {e}"));
            assert!(
                found.iter().all(|v| *v == 0.0),
                "{text} 1e{exponent}: {found:?}"
            );
        }
    }
}

#[test]
fn lengths_scale_and_offset_cosine_keeps_its_value_for_long_rows() {
    let data: Vec<f64> = matrix(47, 2, 9).iter().map(|v| f64::from(*v)).collect();
    let of = |scale: f64, text: &str| {
        let scaled: Vec<f64> = data.iter().map(|v| v * scale).collect();
        let file = RowsFile::new(&scaled, 9);
        let found = score_rows(&file.open(Io::Read), &(vec![0], vec![1]), &options_of(text));
        found.unwrap_or_else(|e| panic!("{text} {scale:e}: {e}"))[0]
    };
    for text in ["euclidean", "minkowski(p=2)", "minkowski(p=3)", "cityblock"] {
        let right = of(1.0, text);
        for scale in [1e-300, 1e-200, 1e-155, 1e-150, 1e-140, 1e140, 1e150] {
            let ratio = of(scale, text) / scale / right;
            assert!((ratio - 1.0).abs() < 1e-13, "{text} {scale:e}: {ratio}");
        }
    }
    let right = of(1.0, "cosine");
    for scale in [1e70, 1e77, 1e78, 1e100, 1e150] {
        for text in [
            "offset-cosine",
            "offset-cosine(form=original)",
            "offset-cosine(form=both)",
        ] {
            let found = of(scale, text);
            assert!(
                (found - right).abs() < 1e-13,
                "{text} {scale:e}: {found} {right}"
            );
        }
    }
}

#[test]
fn few_pairs_of_many_rows_have_the_bits_and_the_errors_of_a_long_list() {
    let (rows, dim) = (320, 17);
    let mut data: Vec<f32> = matrix(31, rows, dim)
        .iter()
        .map(|v| v.abs() + 0.1)
        .collect();
    let few = pairs(32, rows, 5);
    let (a, b) = pairs(33, rows, 40);
    let long = ([&few.0[..], &a].concat(), [&few.1[..], &b].concat());
    let texts = (METRICS.iter().map(|metric| metric.name))
        .filter(|name| *name != "minkowski")
        .chain(["minkowski(p=3)", "cosine + 2*seuclidean"]);
    for text in texts {
        for center in [Centering::None, Centering::Mean] {
            let options = MetricOptions {
                center,
                ..options_of(text)
            };
            match (
                score(&data, dim, &few, &options),
                score(&data, dim, &long, &options),
            ) {
                (Ok(short), Ok(all)) => assert_eq!(short, all[..5], "{text}"),
                (short, all) => assert_eq!(short.unwrap_err().code(), all.unwrap_err().code()),
            }
        }
    }
    let cosine = options_of("cosine");
    let last = few.0[4] as usize;
    for (value, code) in [(f32::NAN, Code::NotFinite), (0.0, Code::Undefined)] {
        data[last * dim..][..dim].fill(value);
        let errors = [&few, &long].map(|list| score(&data, dim, list, &cosine).unwrap_err());
        assert_eq!(errors[0].code(), code);
        assert_eq!(errors[0].row(), Some(last as u64));
        assert_eq!(errors[0].row(), errors[1].row());
    }
    let beyond = (vec![0, rows as u32], vec![1, 2]);
    let error = score(&data, dim, &beyond, &cosine).unwrap_err();
    assert_eq!(
        (error.code(), error.found()),
        (Code::Index, "row 320 as the first of pair 1")
    );
}
