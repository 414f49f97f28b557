//! One pass against its slow, obvious twins.
#![allow(clippy::print_stderr)]

mod common;

use common::on_every_pool;
use hackface_core::linalg::{squared_frobenius, trace};
use hackface_core::rows::*;
use hackface_core::statistics::*;
use hackface_core::{Code, Job};
use ndarray::Array2;

/// Uniform in [-0.5, 0.5).
struct Random(common::Random);

impl Random {
    fn next(&mut self) -> f64 {
        self.0.unit() - 0.5
    }
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum()
    }
}

fn rows(n: usize, d: usize, offset: f64, seed: u64) -> Vec<f32> {
    let mut r = Random(common::Random(seed));
    (0..n * d)
        .map(|i| (offset + r.normal() * (1.0 + (i % d) as f64 * 0.1)) as f32)
        .collect()
}

fn labels(n: usize, k: usize, seed: u64) -> Vec<u32> {
    let mut r = Random(common::Random(seed));
    (0..n)
        .map(|i| {
            if i < k {
                i as u32
            } else {
                ((r.next() + 0.5) * k as f64) as u32
            }
        })
        .collect()
}

/// Every part.
fn all(arithmetic: Arithmetic) -> GatherOptions<'static> {
    GatherOptions {
        parts: BundleParts::ALL,
        arithmetic,
        ..Default::default()
    }
}

fn gathered(source: &dyn RowSource, y: &[u32], options: &GatherOptions<'_>) -> Bundle {
    let classes = Classes::new(y).unwrap();
    gather(source, Some(&classes), options, &Job::new()).unwrap()
}

fn bundle(x: &[f32], d: usize, y: &[u32], arithmetic: Arithmetic) -> Bundle {
    gathered(&MatrixF32::new(x, d).unwrap(), y, &all(arithmetic))
}

fn total(b: &Bundle) -> Array2<f64> {
    total_scatter(b).unwrap()
}

fn within(b: &Bundle) -> Array2<f64> {
    within_scatter(b).unwrap()
}

fn weighted(b: &Bundle) -> Array2<f64> {
    weighted_within_scatter(b).unwrap()
}

/// Everything by two passes in doubles.
struct Naive {
    mean: Vec<f64>,
    total: Array2<f64>,
    within: Array2<f64>,
    weighted: Array2<f64>,
    fourth: f64,
}

fn naive(x: &[f32], d: usize, y: &[u32]) -> Naive {
    let used: Vec<(usize, Vec<f64>)> = x
        .chunks(d)
        .zip(y)
        .filter(|(_, c)| **c != IGNORED)
        .map(|(r, c)| (*c as usize, r.iter().map(|v| f64::from(*v)).collect()))
        .collect();
    let n = used.len() as f64;
    let k = used.iter().map(|u| u.0).max().unwrap() + 1;
    let mut mean = vec![0.0; d];
    let mut means = vec![vec![0.0; d]; k];
    let mut counts = vec![0.0; k];
    for (c, r) in &used {
        counts[*c] += 1.0;
        for j in 0..d {
            mean[j] += r[j] / n;
            means[*c][j] += r[j];
        }
    }
    for (m, c) in means.iter_mut().zip(&counts) {
        m.iter_mut().for_each(|v| *v /= *c);
    }
    let zero = || Array2::zeros((d, d));
    let (mut total, mut within, mut weighted, mut fourth) = (zero(), zero(), zero(), 0.0);
    for (c, r) in &used {
        let mut square = 0.0;
        for i in 0..d {
            square += (r[i] - mean[i]).powi(2);
            for j in 0..d {
                total[[i, j]] += (r[i] - mean[i]) * (r[j] - mean[j]);
                let w = (r[i] - means[*c][i]) * (r[j] - means[*c][j]);
                within[[i, j]] += w;
                weighted[[i, j]] += counts[*c] * w;
            }
        }
        fourth += square * square;
    }
    Naive {
        mean,
        total,
        within,
        weighted,
        fourth,
    }
}

fn largest(m: &Array2<f64>) -> f64 {
    m.iter().fold(0.0, |a, v| a.max(v.abs()))
}

fn assert_close(a: &Array2<f64>, b: &Array2<f64>, relative: f64, what: &str) {
    let scale = largest(b);
    for (i, (x, y)) in a.iter().zip(b).enumerate() {
        assert!(
            (x - y).abs() <= relative * scale,
            "{what} at {i}: {x} and {y}, scale {scale}"
        );
    }
}

#[test]
fn every_sum_equals_its_two_pass_twin() {
    for (n, d, k, offset) in [
        (5, 3, 2, 0.0),
        (300, 7, 20, 3.0),
        (2500, 33, 40, 1000.0),
        (4100, 40, 9, -7.0),
    ] {
        let x = rows(n, d, offset, 1);
        let mut y = labels(n, k, 2);
        if n > 100 {
            for i in (k..n).step_by(17) {
                y[i] = IGNORED;
            }
        }
        let want = naive(&x, d, &y);
        for (precision, bound) in [(Arithmetic::Double, 1e-12), (Arithmetic::Single, 1e-6)] {
            let b = bundle(&x, d, &y, precision);
            for (a, w) in mean(&b).iter().zip(&want.mean) {
                assert!((a - w).abs() < 1e-12 * (1.0 + w.abs()));
            }
            assert_close(&total(&b), &want.total, bound, "total");
            assert_close(&within(&b), &want.within, bound, "within");
            assert_close(&weighted(&b), &want.weighted, bound, "weighted");
            let sum = within(&b) + between_scatter(&b).unwrap();
            assert_close(&sum, &total(&b), 1e-12, "total = within + between");
            // One-pass Ledoit–Wolf against the two-pass fourth moment.
            let count = b.rows() as f64;
            let c = &want.total / count;
            let dd = d as f64;
            let mu = trace(&c) / dd;
            let delta = squared_frobenius(&c) / dd - mu * mu;
            let beta = (want.fourth / count - squared_frobenius(&c)) / (dd * count);
            let rho = (beta / delta).min(1.0);
            let tolerance = if precision == Arithmetic::Double {
                1e-10
            } else {
                1e-6
            };
            assert!((ledoit_wolf(&b).unwrap() - rho).abs() <= tolerance * rho.max(1e-3));
        }
    }
}

#[test]
fn equal_class_sizes_need_no_second_scatter() {
    let (n, d) = (120, 6);
    let x = rows(n, d, 1.0, 5);
    let y: Vec<u32> = (0..n as u32).map(|i| i % 30).collect();
    let b = bundle(&x, d, &y, Arithmetic::Double);
    assert_close(&weighted(&b), &naive(&x, d, &y).weighted, 1e-12, "weighted");
}

fn bits(b: &Bundle) -> Vec<u64> {
    let mut out: Vec<u64> = mean(b).iter().map(|v| v.to_bits()).collect();
    for m in [total(b), within(b), weighted(b)] {
        out.extend(m.iter().map(|v| v.to_bits()));
    }
    out.push(ledoit_wolf(b).unwrap().to_bits());
    out.extend(mean_of_class_means(b).unwrap().iter().map(|v| v.to_bits()));
    out
}

#[test]
fn bits_do_not_depend_on_the_number_of_threads() {
    let (n, d) = (9000, 19);
    let x = rows(n, d, 2.0, 3);
    let y = labels(n, 700, 4);
    for precision in [Arithmetic::Single, Arithmetic::Double] {
        on_every_pool("bundle", || bits(&bundle(&x, d, &y, precision)));
    }
}

/// A source that has to be read, and in doubles.
struct Reading<'a>(MatrixF32<'a>);

impl RowSource for Reading<'_> {
    fn rows(&self) -> usize {
        self.0.rows()
    }
    fn dim(&self) -> usize {
        self.0.dim()
    }
    fn read_rows_f32(&self, first: usize, out: &mut [f32]) -> hackface_core::Result<()> {
        self.0.read_rows_f32(first, out)
    }
}

#[test]
fn lent_and_read_rows_give_the_same_bits() {
    let (n, d) = (5000, 11);
    let x = rows(n, d, 2.0, 3);
    let y = labels(n, 70, 4);
    for precision in [Arithmetic::Single, Arithmetic::Double] {
        let source = MatrixF32::new(&x, d).unwrap();
        let read = gathered(&Reading(source), &y, &all(precision));
        let lent = bundle(&x, d, &y, precision);
        assert!(bits(&lent) == bits(&read));
    }
}

#[test]
fn five_shards_merge_to_the_bits_of_one_pass() {
    let (n, d) = (2048 * 9 + 77, 13);
    let x = rows(n, d, 4.0, 8);
    let y = labels(n, 300, 9);
    let whole = Classes::new(&y).unwrap();
    let source = MatrixF32::new(&x, d).unwrap();
    for precision in [Arithmetic::Single, Arithmetic::Double] {
        let options = all(precision);
        let one = gathered(&source, &y, &options);
        let cuts = [0, 2048, 2048 * 3, 2048 * 5, 2048 * 8, n];
        let shift = one.shift().to_vec();
        let merged = cuts
            .windows(2)
            .map(|w| {
                let source = MatrixF32::new(&x[w[0] * d..w[1] * d], d).unwrap();
                let classes = Classes::with_sizes(&y[w[0]..w[1]], whole.sizes().to_vec()).unwrap();
                let options = GatherOptions {
                    shift: Some(&shift),
                    ..options
                };
                gather(&source, Some(&classes), &options, &Job::new()).unwrap()
            })
            .reduce(|a, b| a.merge(b).unwrap())
            .unwrap();
        assert_eq!(merged.rows(), one.rows());
        assert!(bits(&merged) == bits(&one));
    }
}

#[test]
fn sums_of_classes_that_are_left_out_move_no_bit_of_the_others() {
    let (n, d) = (2048 * 3 + 5, 7);
    let x = rows(n, d, 4.0, 8);
    let mut y = labels(n, 40, 9);
    y[70] = IGNORED;
    let source = MatrixF32::new(&x, d).unwrap();
    for arithmetic in [Arithmetic::Single, Arithmetic::Double] {
        let run = |classes: bool| {
            let parts = BundleParts {
                weighted: false,
                classes,
                ..BundleParts::ALL
            };
            let options = GatherOptions {
                parts,
                arithmetic,
                ..Default::default()
            };
            gathered(&source, &y, &options)
        };
        let (with, without) = (run(true), run(false));
        assert!(with.parts().classes && !without.parts().classes);
        assert_eq!(with.class_counts(), without.class_counts());
        assert_eq!(with.rows(), without.rows());
        assert_eq!(mean(&with), mean(&without));
        assert_eq!(total(&with), total(&without));
        assert_eq!(ledoit_wolf(&with).unwrap(), ledoit_wolf(&without).unwrap());
        assert!(mean_of_class_means(&without).is_err() && within_scatter(&without).is_err());
        assert!(with.merge(without).is_err());
    }
}

#[test]
fn shards_with_their_own_shifts_merge_to_rounding() {
    let (n, d) = (1500, 9);
    let mut x = rows(n, d, 4.0, 8);
    for row in x.chunks_mut(d).skip(700) {
        row.iter_mut().for_each(|v| *v += 5.0);
    }
    let y = labels(n, 30, 9);
    let whole = Classes::new(&y).unwrap();
    let options = all(Arithmetic::Double);
    let part = |a: usize, b: usize| {
        let source = MatrixF32::new(&x[a * d..b * d], d).unwrap();
        let classes = Classes::with_sizes(&y[a..b], whole.sizes().to_vec()).unwrap();
        gather(&source, Some(&classes), &options, &Job::new()).unwrap()
    };
    let merged = part(0, 700).merge(part(700, n)).unwrap();
    let want = naive(&x, d, &y);
    assert_close(&total(&merged), &want.total, 1e-12, "total");
    assert_close(&within(&merged), &want.within, 1e-12, "within");
    assert_close(&weighted(&merged), &want.weighted, 1e-12, "weighted");
    let one = part(0, n);
    assert!((ledoit_wolf(&merged).unwrap() - ledoit_wolf(&one).unwrap()).abs() < 1e-12);
}

#[test]
fn any_unit_of_the_rows_gives_the_same_covariance() {
    let (n, d) = (600, 8);
    let x = rows(n, d, 0.0, 3);
    let y = labels(n, 10, 4);
    let reference = total_scatter(&bundle(&x, d, &y, Arithmetic::Single)).unwrap();
    for power in [-100i32, 60] {
        let factor = 2f64.powi(power);
        let scaled: Vec<f32> = x.iter().map(|v| (f64::from(*v) * factor) as f32).collect();
        let b = bundle(&scaled, d, &y, Arithmetic::Single);
        let got = total(&b) / factor / factor;
        assert_close(&got, &reference, 1e-6, "scaled");
    }
}

#[test]
fn an_invalid_row_is_named_or_skipped() {
    let d = 5;
    let mut x = rows(3000, d, 0.0, 3);
    let y = labels(3000, 4, 1);
    x[2500 * d + 2] = f32::NAN;
    x[2700 * d] = f32::INFINITY;
    let source = MatrixF32::new(&x, d).unwrap();
    let classes = Classes::new(&y).unwrap();
    for precision in [Arithmetic::Single, Arithmetic::Double] {
        let options = GatherOptions {
            arithmetic: precision,
            ..Default::default()
        };
        let error = gather(&source, Some(&classes), &options, &Job::new()).unwrap_err();
        assert_eq!(error.code(), Code::NotFinite);
        assert_eq!((error.row(), error.column()), (Some(2500), Some(2)));
        let options = GatherOptions {
            invalid: Invalid::Skip,
            ..options
        };
        let b = gathered(&source, &y, &options);
        assert_eq!((b.rows(), b.skipped()), (2998, 2));
        let kept: Vec<u32> = y
            .iter()
            .enumerate()
            .map(|(i, &c)| if i == 2500 || i == 2700 { IGNORED } else { c })
            .collect();
        assert_close(&total(&b), &naive(&x, d, &kept).total, 1e-6, "kept rows");
    }
}

#[test]
fn bad_requests_are_refused_with_their_code() {
    let x = rows(10, 3, 0.0, 1);
    let source = MatrixF32::new(&x, 3).unwrap();
    let job = Job::new();
    let code = |r: hackface_core::Result<Bundle>| r.unwrap_err().code();
    let short = [0u32; 9];
    let classes = Classes::new(&short).unwrap();
    assert_eq!(
        code(gather(&source, Some(&classes), &Default::default(), &job)),
        Code::Dimension
    );
    let all = [IGNORED; 10];
    let classes = Classes::new(&all).unwrap();
    assert_eq!(
        code(gather(&source, Some(&classes), &Default::default(), &job)),
        Code::Empty
    );
    let options = GatherOptions {
        parts: BundleParts::ALL,
        ..Default::default()
    };
    assert_eq!(code(gather(&source, None, &options, &job)), Code::Option);
    assert_eq!(Classes::new(&[0, 5]).unwrap_err().row(), Some(1));
    job.cancel();
    assert_eq!(
        code(gather(&source, None, &Default::default(), &job)),
        Code::Aborted
    );
    let b = gather(&source, None, &Default::default(), &Job::new()).unwrap();
    assert_eq!(within_scatter(&b).unwrap_err().code(), Code::Option);
    assert_eq!(ledoit_wolf(&b).unwrap_err().code(), Code::Option);
}

#[test]
fn rank_and_correlation_of_copied_and_constant_columns() {
    let mut x = rows(200, 4, 0.0, 1);
    for row in x.chunks_mut(4) {
        row[2] = row[0];
        row[3] = 5.0;
    }
    let source = MatrixF32::new(&x, 4).unwrap();
    let b = gather(&source, None, &Default::default(), &Job::new()).unwrap();
    let c = covariance(&b, total(&b), Denominator::RowsLessOne).unwrap();
    let rank = rank_and_condition(&c).unwrap();
    assert_eq!((rank.rank, rank.condition), (2, f64::INFINITY));
    let r = correlation(&c).unwrap();
    assert!((r[[0, 2]] - 1.0).abs() < 1e-12);
    assert_eq!((r[[3, 3]], r[[0, 3]]), (1.0, 0.0));
}

#[test]
fn a_first_block_unlike_the_rest_costs_no_digits() {
    let (n, d) = (9_000, 3);
    let mut r = Random(common::Random(9));
    let x: Vec<f64> = (0..n)
        .flat_map(|i| {
            let far = if i < 2_048 { 1e7 } else { 0.0 };
            [r.normal() + far, r.normal() * 1e-9 + 1.1, 0.1]
        })
        .collect();
    let source = MatrixF64::new(&x, d).unwrap();
    let found = total(&gather(&source, None, &Default::default(), &Job::new()).unwrap());
    let mean = |j: usize| x.iter().skip(j).step_by(d).sum::<f64>() / n as f64;
    let mean: Vec<f64> = (0..d).map(mean).collect();
    for i in 0..2 {
        for j in 0..=i {
            let terms = x
                .chunks(d)
                .map(|row| (row[i] - mean[i]) * (row[j] - mean[j]));
            let expected: f64 = terms.sum();
            let size = (found[[i, i]] * found[[j, j]]).sqrt();
            assert!((found[[i, j]] - expected).abs() < 1e-10 * size, "{i} {j}");
        }
    }
    assert!(
        found
            .row(2)
            .iter()
            .chain(found.column(2))
            .all(|v| *v == 0.0)
    );
}

#[test]
fn singles_are_within_a_millionth_of_doubles_at_size() {
    let (n, d) = (50_000, 512);
    let mut x = vec![0f32; n * d];
    for (i, v) in x.iter_mut().enumerate() {
        let mut state = i as u64 + 1;
        for _ in 0..2 {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
        }
        let column = (i % d) as f32;
        *v = 1000.0 + column * 0.01 + ((state >> 33) as f32 / (1u64 << 31) as f32 - 0.5) * 3.0;
    }
    let source = MatrixF32::new(&x, d).unwrap();
    let parts = BundleParts {
        weighted: false,
        ..BundleParts::ALL
    };
    let run = |precision| {
        let options = GatherOptions {
            parts,
            arithmetic: precision,
            ..Default::default()
        };
        gather(&source, None, &options, &Job::new()).unwrap()
    };
    let (single, double) = (run(Arithmetic::Single), run(Arithmetic::Double));
    for (a, b) in mean(&single).iter().zip(mean(&double)) {
        assert!((a - b).abs() < 1e-9);
    }
    let (a, b) = (total(&single), total(&double));
    assert_close(&a, &b, 1e-6, "covariance");
    let (a, b) = (ledoit_wolf(&single).unwrap(), ledoit_wolf(&double).unwrap());
    assert!((a - b).abs() < 1e-5 * b, "{a} and {b}");
}

/// The scatter about a shift as a portable pass over one block forms it: runs of 256 rows, each a chain of products
/// that are rounded before they are added.
fn portable_scatter(x: &[f64], d: usize, shift: &[f64]) -> Array2<f64> {
    Array2::from_shape_fn((d, d), |(i, j)| {
        let runs = x.chunks(256 * d).map(|run| {
            let terms = run
                .chunks(d)
                .map(|row| (row[i] - shift[i]) * (row[j] - shift[j]));
            terms.fold(0.0, |sum, term| sum + term)
        });
        runs.fold(0.0, |sum, run| sum + run)
    })
}

#[test]
fn portable_sums_are_about_the_origin_where_rows_lie_around_it_and_never_fused() {
    let (n, d) = (1500, 21);
    let y = vec![0; n];
    let singles = rows(n, d, 0.0, 8);
    let wide: Vec<f64> = singles.iter().map(|v| f64::from(*v)).collect();
    // No singles: products are rounded.
    let thirds: Vec<f64> = wide.iter().map(|v| v / 3.0).collect();
    // The last rows lie elsewhere, and all of them.
    let mut apart = wide.clone();
    apart[260 * d..].iter_mut().for_each(|v| *v += 40.0);
    let far: Vec<f64> = wide.iter().map(|v| v + 40.0).collect();
    let options = GatherOptions {
        origin: true,
        ..all(Arithmetic::Portable)
    };
    for (x, around) in [
        (&wide, true),
        (&thirds, true),
        (&apart, false),
        (&far, false),
    ] {
        let b = gathered(&MatrixF64::new(x, d).unwrap(), &y, &options);
        assert_eq!(b.shift().iter().all(|c| *c == 0.0), around);
        let sum = |j: usize| {
            x.chunks(d)
                .fold(0.0, |sum, row| sum + (row[j] - b.shift()[j]))
        };
        let sums: Vec<f64> = (0..d).map(sum).collect();
        let (total, about) = (total(&b), portable_scatter(x, d, b.shift()));
        for (i, j) in (0..d).flat_map(|i| (i..d).map(move |j| (i, j))) {
            let expected = about[[i, j]] + -1.0 / n as f64 * (sums[i] * sums[j]);
            assert_eq!(total[[i, j]], expected, "{i}, {j}");
        }
    }
    let narrow = gathered(&MatrixF32::new(&singles, d).unwrap(), &y, &options);
    assert!(bits(&narrow) == bits(&gathered(&MatrixF64::new(&wide, d).unwrap(), &y, &options)));
}
