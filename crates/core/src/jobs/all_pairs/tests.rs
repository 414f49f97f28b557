//! The pass against every pair scored and counted one by one.

use super::*;
use crate::evaluation::{
    Accepted, FigureName, FigureOptions, GroupPoint, GroupRates, Groups, Interval, LEAST_PEOPLE,
    Orientation, People, Trials, group_rates,
};
use crate::jobs::LabelledRows;
use crate::jobs::score::score_pairs;
use crate::measure::{Measure, Prepared};
use crate::rows::Embeddings;
use crate::testing::{Lcg, fitted, metric};

/// Rows of `classes` people, `each` rows a person, some people with one row, some rows unlabelled.
struct Drawn {
    values: Vec<f32>,
    labels: Vec<u32>,
    rows: usize,
    dim: usize,
}

impl Drawn {
    fn embeddings(&self) -> Embeddings {
        Embeddings::from_vec(self.values.clone(), self.rows, self.dim).expect("rows")
    }

    /// Its rows under a measure, with its labels.
    fn of<'a>(&'a self, rows: &'a Prepared<'a>) -> LabelledRows<'a> {
        LabelledRows {
            rows,
            labels: &self.labels,
        }
    }
}

fn drawn(seed: u64, rows: usize, dim: usize, classes: u32, step: f32) -> Drawn {
    let mut random = Lcg(seed | 1);
    let mut next = move || random.single();
    let centers: Vec<f32> = (0..classes as usize * dim).map(|_| next()).collect();
    let mut labels = Vec::new();
    let mut values = Vec::new();
    for _ in 0..rows {
        let label = (((next() + 0.5) * (classes + 1) as f32) as u32).min(classes);
        let center = (label % classes) as usize * dim;
        for k in 0..dim {
            let value = centers[center + k] + 0.8 * next();
            // Steps make ties: many pairs at equal distances.
            values.push(
                if step > 0.0 {
                    (value / step).round() * step
                } else {
                    value
                } + 0.01,
            );
        }
        labels.push(if label == classes { IGNORED } else { label });
    }
    Drawn {
        values,
        labels,
        rows,
        dim,
    }
}

/// Every pair with its exact distance: genuine, impostors.
type Pairs = Vec<(f64, bool, u32, u32)>;

fn all(first: &Drawn, second: Option<&Drawn>, score: impl Fn(&[u32], &[u32]) -> Vec<f64>) -> Pairs {
    let other = second.unwrap_or(first);
    let (mut a, mut b) = (vec![], vec![]);
    for i in 0..first.rows {
        for j in if second.is_none() { i + 1 } else { 0 }..other.rows {
            if first.labels[i] != IGNORED && other.labels[j] != IGNORED {
                a.push(i as u32);
                b.push(j as u32);
            }
        }
    }
    let distances = score(&a, &b);
    (a.into_iter().zip(b).zip(distances))
        .map(|((i, j), d)| {
            (
                d,
                first.labels[i as usize] == other.labels[j as usize],
                i,
                j,
            )
        })
        .collect()
}

fn naive_area(pairs: &Pairs) -> f64 {
    let genuine: Vec<f64> = pairs.iter().filter(|p| p.1).map(|p| p.0).collect();
    let mut wins = 0u64;
    let mut impostors = 0u64;
    for (d, same, _, _) in pairs {
        if !same {
            impostors += 1;
            for g in &genuine {
                wins += if g < d { 2 } else { u64::from(g == d) };
            }
        }
    }
    wins as f64 / (2.0 * genuine.len() as f64 * impostors as f64)
}

fn naive_influences(pairs: &Pairs, first: &Drawn, second: &Drawn, classes: usize) -> Vec<f64> {
    let area = naive_area(pairs);
    let of = |kind: bool| pairs.iter().filter(move |p| p.1 == kind);
    let (p, q) = (of(true).count() as f64, of(false).count() as f64);
    let share = |better: f64, worse: f64| match better.total_cmp(&worse) {
        std::cmp::Ordering::Less => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Greater => 0.0,
    };
    let mut influences = vec![0.0; classes];
    for g in of(true) {
        let v: f64 = of(false).map(|h| share(g.0, h.0)).sum::<f64>() / q;
        influences[first.labels[g.2 as usize] as usize] += (v - area) / p;
    }
    for h in of(false) {
        let v: f64 = of(true).map(|g| share(g.0, h.0)).sum::<f64>() / p;
        influences[first.labels[h.2 as usize] as usize] += (v - area) / q;
        influences[second.labels[h.3 as usize] as usize] += (v - area) / q;
    }
    influences
}

#[expect(clippy::too_many_lines, reason = "every figure beside its slow twin")]
fn check(found: &AllPairs, pairs: &Pairs, first: &Drawn, second: &Drawn, name: &str) {
    let area = naive_area(pairs);
    let slack = 1e-14;
    assert!(
        (found.auroc - area).abs() <= found.auroc_bound + slack,
        "{name}: {} ± {} against {area}",
        found.auroc,
        found.auroc_bound
    );
    let naive = naive_influences(pairs, first, second, found.influences.len());
    for (a, b) in found.influences.iter().zip(&naive) {
        assert!(
            (a - b).abs() <= 2.0 * found.auroc_bound + slack,
            "{name}: {a} {b}"
        );
    }
    let exact = found.auroc_bound == 0.0;
    let accepted = |kind: bool, t: f64| pairs.iter().filter(|p| p.1 == kind && p.0 <= t).count();
    let exact_to = found.tail.last().map_or(f64::NEG_INFINITY, |p| p.distance);
    let mut last = f64::NEG_INFINITY;
    for (i, point) in found.points.iter().enumerate() {
        assert!(point.threshold > last, "{name}: thresholds ascend");
        last = point.threshold;
        // Counting every pair for every point would take minutes.
        if i % 97 != 0 && i + 3 < found.points.len() {
            continue;
        }
        if exact || point.threshold <= exact_to {
            let counts = (
                accepted(true, point.threshold),
                accepted(false, point.threshold),
            );
            let told = (point.genuine as usize, point.impostors as usize);
            assert_eq!(told, counts, "{name}: at {}", point.threshold);
        }
    }
    let end = found.points.last().expect("points");
    assert_eq!(
        end.genuine as usize,
        accepted(true, f64::INFINITY),
        "{name}"
    );
    assert_eq!(
        end.impostors as usize,
        accepted(false, f64::INFINITY),
        "{name}"
    );
    let mut impostors: Vec<_> = pairs.iter().filter(|p| !p.1).collect();
    impostors.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.2, a.3).cmp(&(b.2, b.3))));
    for (pair, naive) in found.tail.iter().zip(&impostors) {
        assert_eq!(
            (pair.distance, pair.first, pair.second),
            (naive.0, naive.2, naive.3),
            "{name}"
        );
    }
    let mut genuine: Vec<_> = pairs.iter().filter(|p| p.1).collect();
    genuine.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.2, a.3).cmp(&(b.2, b.3))));
    for (pair, naive) in found.worst_genuine.iter().zip(&genuine) {
        assert_eq!(
            (pair.distance, pair.first, pair.second),
            (naive.0, naive.2, naive.3),
            "{name}"
        );
    }
    if let Some(at) = found.tail.get(found.tail.len() / 2).map(|p| p.distance) {
        let influence = found.influence_at(at).expect("within the tail");
        let (p, q) = (genuine.len() as f64, impostors.len() as f64);
        let (tar, far) = (
            accepted(true, at) as f64 / p,
            accepted(false, at) as f64 / q,
        );
        let mut of_tar = vec![0.0; influence.tar.len()];
        let mut of_far = vec![0.0; influence.far.len()];
        for pair in &genuine {
            let label = first.labels[pair.2 as usize] as usize;
            of_tar[label] += (f64::from(u8::from(pair.0 <= at)) - tar) / p;
        }
        for pair in &impostors {
            let value = (f64::from(u8::from(pair.0 <= at)) - far) / q;
            of_far[first.labels[pair.2 as usize] as usize] += value;
            of_far[second.labels[pair.3 as usize] as usize] += value;
        }
        let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-13);
        assert!(near(&influence.tar, &of_tar), "{name}: influence on TAR");
        assert!(near(&influence.far, &of_far), "{name}: influence on FAR");
    }
}

const METRICS: [&str; 10] = [
    "cosine",
    "angular",
    "correlation",
    "dot",
    "sqeuclidean",
    "euclidean",
    "seuclidean",
    "mahalanobis",
    "cityblock",
    "0.5*cosine + 0.1*sqrt(cityblock)",
];

fn judged(
    first: &Drawn,
    second: Option<&Drawn>,
    text: &str,
    options: &AllPairsOptions<'_>,
) -> AllPairs {
    let score = metric(text);
    let job = Job::new();
    let rows = first.embeddings();
    let space = Measure::Metric(&score).prepare(&rows, &job);
    let space = space.expect("prepared rows");
    let one = first.of(&space);
    let Some(second) = second else {
        return all_pairs(one, None, options, &job).expect("figures");
    };
    let others = second.embeddings();
    let other = space.beside(&others, &job).expect("prepared rows");
    all_pairs(one, Some(second.of(&other)), options, &job).expect("figures")
}

fn scored(d: &Drawn, text: &str) -> impl Fn(&[u32], &[u32]) -> Vec<f64> {
    let (rows, options) = (d.embeddings(), metric(text));
    move |a, b| {
        let measure = Measure::Metric(&options);
        score_pairs(&rows, a, b, measure, &Job::new()).expect("scores")
    }
}

fn options(precision: Option<KeyPrecision>, tail: usize) -> AllPairsOptions<'static> {
    AllPairsOptions {
        precision,
        tail,
        worst: 7,
        ..AllPairsOptions::default()
    }
}

#[test]
fn every_metric_is_judged_as_pair_by_pair() {
    let data = drawn(5, 120, 19, 24, 0.0);
    for metric in METRICS {
        let pairs = all(&data, None, scored(&data, metric));
        for precision in [KeyPrecision::Double, KeyPrecision::Single] {
            for tail in [50, 1 << 20] {
                let found = judged(&data, None, metric, &options(Some(precision), tail));
                let name = format!("{metric} {precision:?} {tail}");
                check(&found, &pairs, &data, &data, &name);
                assert_eq!(
                    found.tail.len(),
                    tail.min(found.impostors as usize),
                    "{name}"
                );
                if precision == KeyPrecision::Double {
                    assert_eq!(found.auroc_bound, 0.0, "{name}");
                } else {
                    assert!(found.auroc_bound < 1e-3, "{name}: {}", found.auroc_bound);
                }
            }
        }
    }
}

#[test]
fn ties_count_half_and_are_found_by_exact_distance() {
    for (seed, step) in [(1, 0.5), (2, 0.25), (3, 1.0)] {
        let data = drawn(seed, 150, 4, 12, step);
        for metric in ["sqeuclidean", "cosine", "cityblock", "dot"] {
            let pairs = all(&data, None, scored(&data, metric));
            let found = judged(
                &data,
                None,
                metric,
                &options(Some(KeyPrecision::Double), 100),
            );
            check(&found, &pairs, &data, &data, &format!("{metric} {step}"));
            assert_eq!(found.auroc_bound, 0.0, "{metric} {step}");
        }
    }
}

/// Rows for which products of key rows say little or nothing.
fn far_out() -> Vec<(&'static str, Drawn)> {
    let changed = |dim, step, change: &dyn Fn(f32) -> f32| {
        let mut data = drawn(11, 70, dim, 9, step);
        data.values.iter_mut().for_each(|v| *v = change(*v));
        data
    };
    vec![
        // Keys −1 and 1 alone: the middle of their range is 0, where numbers are densest.
        ("one column", changed(1, 0.0, &|v| v)),
        ("two columns", changed(2, 0.0, &|v| v)),
        ("signs", changed(6, 0.0, &|v| v.signum())),
        ("equal rows", changed(3, 0.0, &|_| 1.0)),
        ("zero rows", changed(3, 0.0, &|_| 0.0)),
        ("a mean of ten thousand", changed(8, 0.0, &|v| v + 1e4)),
        ("a mean of ten million", changed(8, 1.0, &|v| v + 1e7)),
        ("large", changed(8, 0.0, &|v| v * 1e20)),
        ("larger", changed(8, 0.0, &|v| v * 1e37)),
        ("small", changed(8, 0.0, &|v| v * 1e-22)),
        ("smaller", changed(8, 0.0, &|v| v * 1e-38)),
    ]
}

#[test]
fn rows_that_products_say_little_of_are_judged_too() {
    let metrics = ["cosine", "correlation", "dot", "sqeuclidean", "cityblock"];
    let mut judged_pairs = 0;
    for (what, data) in far_out() {
        for metric in metrics {
            let refused = match metric {
                "cosine" => what == "zero rows",
                // Some rows hold one value.
                "correlation" => ["one", "signs", "equal", "zero", "a mean of ten million"]
                    .iter()
                    .any(|start| what.starts_with(start)),
                _ => false,
            };
            if refused {
                continue;
            }
            let pairs = all(&data, None, scored(&data, metric));
            for precision in [KeyPrecision::Double, KeyPrecision::Single] {
                let found = judged(&data, None, metric, &options(Some(precision), 50));
                let name = format!("{what}, {metric} {precision:?}");
                check(&found, &pairs, &data, &data, &name);
                if precision == KeyPrecision::Double {
                    assert_eq!(found.auroc_bound, 0.0, "{name}");
                } else if what.starts_with("large") || what.starts_with("small") {
                    // Elsewhere many pairs are equal, which bins cannot see.
                    assert!(found.auroc_bound < 0.01, "{name}: {}", found.auroc_bound);
                }
                judged_pairs += 1;
            }
        }
    }
    assert!(judged_pairs > 90);
}

#[test]
fn a_few_long_rows_leave_all_others_to_products() {
    for (what, factor) in [("long", 1e16), ("very long", 1e30)] {
        let mut data = drawn(13, 130, 8, 9, 0.0);
        for row in [3usize, 100] {
            data.values[row * 8..][..8]
                .iter_mut()
                .for_each(|v| *v *= factor);
        }
        for metric in ["sqeuclidean", "euclidean", "dot", "cosine"] {
            let pairs = all(&data, None, scored(&data, metric));
            for precision in [KeyPrecision::Double, KeyPrecision::Single] {
                let found = judged(&data, None, metric, &options(Some(precision), 50));
                check(
                    &found,
                    &pairs,
                    &data,
                    &data,
                    &format!("{what}, {metric} {precision:?}"),
                );
            }
            let (score, job, rows) = (
                crate::testing::metric(metric),
                Job::new(),
                data.embeddings(),
            );
            let space = Measure::Metric(&score)
                .prepare(&rows, &job)
                .expect("prepared rows");
            let set = PairSets::new(data.of(&space), data.of(&space), true).expect("pairs");
            let genuine = Genuine::measure(&set, 0, &job).expect("genuine pairs");
            let sample = sample(&set).expect("impostors");
            let known = Known {
                genuine: &genuine,
                thresholds: &[],
                sample: &sample,
            };
            let keys = known.keys(set.sides, KeyPrecision::Double, 1 << 20);
            let (keys, _) = keys.expect("keys");
            assert!(!matches!(keys, Keys::Exact(_)), "{what} {metric}");
        }
    }
}

#[test]
fn two_sets_meet_in_all_pairs() {
    let (probes, gallery) = (drawn(7, 60, 33, 9, 0.0), drawn(8, 130, 33, 9, 0.0));
    let mut together = drawn(7, 60, 33, 9, 0.0);
    together.values.extend(&gallery.values);
    together.rows += gallery.rows;
    for metric in ["cosine", "euclidean", "canberra"] {
        let scores = scored(&together, metric);
        let shifted = |a: &[u32], b: &[u32]| {
            let b: Vec<u32> = b.iter().map(|row| row + 60).collect();
            scores(a, &b)
        };
        let pairs = all(&probes, Some(&gallery), shifted);
        let found = judged(&probes, Some(&gallery), metric, &options(None, 300));
        check(&found, &pairs, &probes, &gallery, metric);
    }
}

#[test]
fn models_are_judged_as_pair_by_pair() {
    let data = drawn(11, 260, 12, 25, 0.0);
    let rows = data.embeddings();
    for pipeline in [
        "plda",
        "lda",
        "kissme",
        "htplda",
        "center, wccn, sqeuclidean",
    ] {
        let model = fitted(pipeline, &rows, &data.labels);
        let score = |a: &[u32], b: &[u32]| {
            score_pairs(&rows, a, b, Measure::Model(&model), &Job::new()).expect("scores")
        };
        let pairs = all(&data, None, score);
        let job = Job::new();
        let space = Measure::Model(&model)
            .prepare(&rows, &job)
            .expect("prepared rows");
        let set = data.of(&space);
        for precision in [KeyPrecision::Double, KeyPrecision::Single] {
            let found =
                all_pairs(set, None, &options(Some(precision), 200), &job).expect("figures");
            check(&found, &pairs, &data, &data, pipeline);
        }
    }
}

fn assert_same(found: &AllPairs, reference: &AllPairs, name: &str) {
    assert_eq!(found.auroc.to_bits(), reference.auroc.to_bits(), "{name}");
    assert_eq!(found.points, reference.points, "{name}");
    assert_eq!(found.tail, reference.tail, "{name}");
    assert_eq!(found.influences, reference.influences, "{name}");
}

#[test]
fn threads_memory_and_stopping_change_nothing() {
    let data = drawn(21, 3000, 16, 200, 0.0);
    let base = options(Some(KeyPrecision::Single), 2000);
    let reference = judged(&data, None, "cosine", &base);
    let same = |found: &AllPairs, name: &str| assert_same(found, &reference, name);
    for threads in [1, 2, 3, 7] {
        let pool = crate::job::threads::pool(threads).expect("a pool");
        let found = pool.install(|| judged(&data, None, "cosine", &base));
        same(&found, &format!("{threads} threads"));
    }
    let unpacked = AllPairsOptions { memory: 0, ..base };
    same(
        &judged(&data, None, "cosine", &unpacked),
        "packed block by block",
    );
}

#[test]
fn a_stopped_pass_goes_on_to_the_same_bits() {
    let folder = std::env::temp_dir().join(format!("hackface-pairs-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("state");
    // Enough blocks for several rounds of tasks.
    let data = drawn(31, 14_000, 8, 900, 0.0);
    let base = options(Some(KeyPrecision::Single), 3000);
    let reference = judged(&data, None, "cosine", &base);
    let score = metric("cosine");
    let rows = data.embeddings();
    let quiet = Job::new();
    let space = Measure::Metric(&score)
        .prepare(&rows, &quiet)
        .expect("prepared rows");
    let set = data.of(&space);
    let with_state = AllPairsOptions {
        checkpoint: Some(&path),
        ..base
    };
    stop(&data, &with_state);
    assert!(path.exists(), "the state is saved");
    let other = options(Some(KeyPrecision::Double), 3000);
    let other = AllPairsOptions {
        checkpoint: Some(&path),
        ..other
    };
    let refused = all_pairs(set, None, &other, &quiet).expect_err("other settings");
    assert_eq!(refused.code(), Code::Option);
    let mut bytes = std::fs::read(&path).expect("the state");
    bytes[100] ^= 1;
    let damaged = folder.join("damaged");
    std::fs::write(&damaged, bytes).expect("a file");
    let damaged = AllPairsOptions {
        checkpoint: Some(&damaged),
        ..base
    };
    let refused = all_pairs(set, None, &damaged, &quiet).expect_err("damaged");
    assert_eq!(refused.code(), Code::Option);
    let resumed = all_pairs(set, None, &with_state, &quiet).expect("figures");
    assert_same(&resumed, &reference, "resumed");
    assert!(!path.exists(), "the state is gone when the work is done");
    std::fs::remove_dir_all(&folder).expect("removed");
}

/// A set, another that it is compared with, a metric and options.
struct Compared<'a> {
    first: &'a Drawn,
    second: Option<&'a Drawn>,
    metric: &'a str,
    options: AllPairsOptions<'a>,
}

impl Compared<'_> {
    fn one_pass(&self) -> AllPairs {
        judged(self.first, self.second, self.metric, &self.options)
    }

    /// Counts shard `i` of `n` into a file.
    fn count(&self, (i, n): (usize, usize), file: &Path, replaces: bool) -> Result<PairsPart> {
        let options = AllPairsOptions {
            checkpoint: Some(file),
            shard: Some((i, n)),
            replaces,
            ..self.options
        };
        match self.run(&options)? {
            Ended::Counted(part) => Ok(part),
            Ended::Judged(_) => panic!("a shard is counted"),
        }
    }

    fn run(&self, options: &AllPairsOptions<'_>) -> Result<Ended> {
        let (score, job) = (metric(self.metric), Job::new());
        let rows = self.first.embeddings();
        let space = Measure::Metric(&score).prepare(&rows, &job)?;
        let one = self.first.of(&space);
        let Some(second) = self.second else {
            return run(one, None, options, &job);
        };
        let others = second.embeddings();
        let other = space.beside(&others, &job)?;
        run(one, Some(second.of(&other)), options, &job)
    }

    /// The pairs of all shards, judged.
    fn merged(&self, parts: &[PathBuf]) -> Result<AllPairs> {
        super::judged(self.run(&AllPairsOptions {
            parts,
            ..self.options
        })?)
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("hackface-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a table of cases, each in a few lines"
)]
fn shards_in_any_number_and_order_add_up_to_one_pass() {
    let folder = folder("shards");
    let many = drawn(51, 6_000, 8, 700, 0.0);
    let some = drawn(52, 2_500, 8, 700, 0.0);
    let tied = drawn(53, 3_000, 3, 300, 0.25);
    let single = |tail| options(Some(KeyPrecision::Single), tail);
    let double = |tail| options(Some(KeyPrecision::Double), tail);
    let compared = |first, second, metric, options| Compared {
        first,
        second,
        metric,
        options,
    };
    for (name, shards, of) in [
        (
            "single",
            &[1, 3, 7, 64][..],
            compared(&many, None, "cosine", single(3_000)),
        ),
        (
            "double",
            &[1, 3, 7, 64],
            compared(&many, None, "cosine", double(3_000)),
        ),
        (
            "all kept",
            &[3],
            compared(&some, None, "euclidean", double(1 << 22)),
        ),
        (
            "two sets",
            &[7],
            compared(&some, Some(&many), "euclidean", single(500)),
        ),
        (
            "exact",
            &[3],
            compared(&some, None, "cityblock", double(700)),
        ),
        // More pairs of one distance than are kept.
        (
            "tied",
            &[3],
            compared(&tied, None, "sqeuclidean", double(40)),
        ),
        (
            "tied, single",
            &[7],
            compared(&tied, None, "sqeuclidean", single(40)),
        ),
        (
            "none kept",
            &[3],
            compared(&some, None, "cosine", single(0)),
        ),
    ] {
        let reference = of.one_pass();
        for &n in shards {
            let file = |i: usize| folder.join(format!("{name}-{n}-{i}"));
            // Multiples of a number without a common factor: every shard once, in no order.
            let order: Vec<usize> = (0..n).map(|i| (i * 5 + 2) % n).collect();
            let count = |i: usize| of.count((i, n), &file(i), false).expect("a part");
            let counted: Vec<PairsPart> = order.iter().map(|i| count(*i)).collect();
            let sum: u64 = counted.iter().map(|part| part.pairs).sum();
            assert_eq!(sum, counted[0].all, "{name} {n}");
            // A task of few rows is a block with a block.
            let uneven = |part: &PairsPart| part.pairs.abs_diff(sum / n as u64) > 1 << 20;
            assert!(!counted.iter().any(uneven), "{name} {n}: {counted:?}");
            if n == 7 {
                let damaged = file(5);
                let bytes = std::fs::read(&damaged).expect("a part");
                for cut in [0, 5, 20, bytes.len() / 2] {
                    std::fs::write(&damaged, &bytes[..cut]).expect("cut short");
                    assert!(!count(5).reused);
                    assert!(std::fs::read(&damaged).expect("a part") == bytes, "{name}");
                }
                assert!(count(5).reused);
            }
            let parts: Vec<PathBuf> = order.iter().rev().map(|i| file(*i)).collect();
            let found = of.merged(&parts).expect("figures");
            assert_same(&found, &reference, &format!("{name} in {n} shards"));
            assert_eq!(found.worst_impostors, reference.worst_impostors);
            let figures = |of: &AllPairs| format!("{:?}", of.figures(&FigureOptions::default()));
            assert_eq!(figures(&found), figures(&reference), "{name} in {n} shards");
        }
    }
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one set of parts, refused in every way"
)]
fn parts_that_do_not_belong_together_are_refused() {
    let folder = folder("parts");
    let data = drawn(54, 5_000, 6, 400, 0.0);
    let of = Compared {
        first: &data,
        second: None,
        metric: "cosine",
        options: options(Some(KeyPrecision::Double), 100),
    };
    let file = |i: usize| folder.join(format!("part-{i}"));
    for i in 0..3 {
        of.count((i, 3), &file(i), false).expect("a part");
    }
    let refused = |of: &Compared<'_>, parts: &[usize], words: &str| {
        let parts: Vec<PathBuf> = parts.iter().map(|i| file(*i)).collect();
        let error = of.merged(&parts).map(drop).expect_err("refused");
        assert_eq!(error.code(), Code::Option, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    };
    refused(&of, &[0, 2], "in no part, between");
    refused(&of, &[1, 2], "between the start and");
    refused(&of, &[0, 1], "and the end");
    refused(&of, &[0, 1, 1, 2], "is named twice");
    of.count((1, 2), &file(9), false).expect("another division");
    refused(&of, &[0, 1, 9], "both in");
    let all = [0, 1, 2];
    let other = drawn(57, 5_000, 6, 400, 0.0);
    let mut relabelled = drawn(54, 5_000, 6, 400, 0.0);
    relabelled.labels[77] = (relabelled.labels[77] + 1) % 400;
    let settings = "other data or settings";
    refused(
        &Compared {
            first: &other,
            ..of
        },
        &all,
        settings,
    );
    refused(
        &Compared {
            first: &relabelled,
            ..of
        },
        &all,
        settings,
    );
    refused(
        &Compared {
            metric: "euclidean",
            ..of
        },
        &all,
        settings,
    );
    let tail = options(Some(KeyPrecision::Double), 101);
    refused(
        &Compared {
            options: tail,
            ..of
        },
        &all,
        settings,
    );
    let at = AllPairsOptions {
        thresholds: &[0.5],
        ..of.options
    };
    refused(&Compared { options: at, ..of }, &all, settings);
    // A file of another shard, and of other data, is kept unless it is to be replaced.
    let words = |result: Result<PairsPart>| result.expect_err("refused").to_string();
    assert!(words(of.count((1, 3), &file(0), false)).contains("found the tiles 0.."));
    let euclidean = Compared {
        metric: "euclidean",
        ..of
    };
    assert!(words(euclidean.count((0, 3), &file(0), false)).contains(settings));
    assert!(words(of.count((3, 3), &file(0), false)).contains("shard 3 of 3"));
    assert!(
        !euclidean
            .count((0, 3), &file(0), true)
            .expect("a part")
            .reused
    );
    refused(&of, &all, settings);
    std::fs::write(file(0), b"a,b").expect("written");
    assert!(words(of.count((0, 3), &file(0), false)).contains("something else"));
    std::fs::remove_file(file(0)).expect("removed");
    let missing = of.merged(&all.map(file)).map(drop).expect_err("refused");
    assert_eq!(missing.code(), Code::Input);
    std::fs::remove_dir_all(&folder).expect("removed");
}

/// Stops a pass over these rows in the middle, so that its state is in the file.
fn stop(data: &Drawn, options: &AllPairsOptions<'_>) {
    let (score, rows, job) = (metric("cosine"), data.embeddings(), Job::new());
    let space = Measure::Metric(&score).prepare(&rows, &job).expect("rows");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            loop {
                let (phase, done, total) = job.progress();
                if phase == "pairs" && total > 0 && done * 10 > total * 7 {
                    return job.cancel();
                }
                std::thread::yield_now();
            }
        });
        all_pairs(data.of(&space), None, options, &job).expect_err("stopped");
    });
}

/// The code of the refusal to go on from what is in the file, or the area.
fn go_on(data: &Drawn, options: &AllPairsOptions<'_>) -> std::result::Result<f64, Code> {
    let (score, rows, job) = (metric("cosine"), data.embeddings(), Job::new());
    let space = Measure::Metric(&score).prepare(&rows, &job).expect("rows");
    let found = all_pairs(data.of(&space), None, options, &job);
    found.map(|found| found.auroc).map_err(|e| e.code())
}

#[test]
fn a_state_of_other_rows_or_with_impossible_contents_is_refused() {
    let folder = std::env::temp_dir().join(format!("hackface-forged-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("state");
    let data = drawn(32, 9_000, 8, 900, 0.0);
    let with_state = AllPairsOptions {
        checkpoint: Some(&path),
        ..options(Some(KeyPrecision::Single), 3000)
    };
    stop(&data, &with_state);
    let saved = std::fs::read(&path).expect("the state");
    // Any one row, and any one label.
    for row in [0, 1, 4_321, 8_999] {
        let mut other = drawn(32, 9_000, 8, 900, 0.0);
        other.values[row * 8 + 3] += 1e-3;
        assert_eq!(go_on(&other, &with_state), Err(Code::Option), "row {row}");
        let mut other = drawn(32, 9_000, 8, 900, 0.0);
        other.labels[row] = (other.labels[row] + 1) % 900;
        assert_eq!(go_on(&other, &with_state), Err(Code::Option), "label {row}");
    }
    // Signed again after each edit: tasks done, the floor, lengths of columns, counts, an offer.
    let signed = |edit: &dyn Fn(&mut Vec<u8>)| {
        use sha2::{Digest, Sha256};
        let mut bytes = saved[..saved.len() - 32].to_vec();
        edit(&mut bytes);
        bytes.extend(Sha256::digest(&bytes));
        std::fs::write(&path, bytes).expect("written");
        go_on(&data, &with_state)
    };
    let put = |at: usize, value: u64| {
        move |bytes: &mut Vec<u8>| bytes[at..at + 8].copy_from_slice(&value.to_le_bytes())
    };
    for (what, at, value) in [
        ("first", 40, 1),
        ("end", 48, 9 * 8 / 2),
        ("done", 56, 1_000_000_000),
        ("done, all", 56, 9 * 8 / 2 + 9),
        ("floor", 64, u64::from(u32::MAX)),
        ("slots", 72, 3),
        ("slots", 72, u64::MAX),
        ("a count", 80, 1 << 40),
        ("a count", 80, u64::MAX),
    ] {
        assert_eq!(signed(&put(at, value)), Err(Code::Option), "{what} {value}");
    }
    let last = saved.len() - 32 - 8;
    for rows in [u64::MAX, 0, 5 | 5 << 32] {
        assert_eq!(signed(&put(last, rows)), Err(Code::Option), "rows {rows:x}");
    }
    assert_eq!(signed(&|bytes| bytes.push(0)), Err(Code::Option), "longer");
    assert_eq!(signed(&|bytes| bytes.truncate(200)), Err(Code::Option));
    let area = go_on(
        &data,
        &AllPairsOptions {
            checkpoint: None,
            ..with_state
        },
    );
    assert_eq!(signed(&|_| ()), area, "as it was written");
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[cfg(unix)]
#[test]
fn a_checkpoint_obeys_the_rules_of_other_files() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    let folder = std::env::temp_dir().join(format!("hackface-door-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let data = drawn(33, 9_000, 8, 900, 0.0);
    let base = options(Some(KeyPrecision::Single), 3000);
    let at = |path: &'static str| folder.join(path);
    let refused = |path: &Path| {
        let options = AllPairsOptions {
            checkpoint: Some(path),
            ..base
        };
        go_on(&data, &options).expect_err("refused")
    };
    let pipe = at("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo").success());
    assert_eq!(refused(&pipe), Code::Input);
    assert_eq!(refused(&folder), Code::Input);
    assert_eq!(refused(&at("missing").join("state")), Code::Input);
    assert_eq!(refused(Path::new("/dev/zero")), Code::Input);
    // A link is followed, the file behind it keeps its mode, and nothing stays beside it.
    let (state, link, old) = (at("state"), at("link"), at("old"));
    let with_state = AllPairsOptions {
        checkpoint: Some(&state),
        ..base
    };
    stop(&data, &with_state);
    let mode = |path: &Path| {
        std::fs::metadata(path)
            .expect("a file")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode(&state), 0o600, "for its owner only");
    std::fs::rename(&state, &old).expect("renamed");
    std::fs::set_permissions(&old, std::fs::Permissions::from_mode(0o640)).expect("a mode");
    symlink(&old, &link).expect("a link");
    let file = |path: &Path| std::fs::metadata(path).expect("a file").ino();
    let before = file(&old);
    stop(
        &data,
        &AllPairsOptions {
            checkpoint: Some(&link),
            ..base
        },
    );
    // A file of its own, though it says the same where no further task was done before the stop.
    assert_ne!(file(&old), before, "written through the link");
    assert_eq!(mode(&old), 0o640, "as it was");
    assert!(
        std::fs::symlink_metadata(&link)
            .expect("a link")
            .is_symlink()
    );
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["link", "old", "pipe"]);
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn what_cannot_be_judged_is_refused() {
    let data = drawn(41, 20, 3, 4, 0.0);
    let rows = data.embeddings();
    let score = metric("minmax(cosine)");
    let refused = Measure::Metric(&score).prepare(&rows, &Job::new());
    assert_eq!(refused.err().map(|e| e.code()), Some(Code::Option));
    let score = metric("cosine");
    let space = Measure::Metric(&score)
        .prepare(&rows, &Job::new())
        .expect("prepared rows");
    let judge = |labels: &[u32]| {
        let set = LabelledRows {
            rows: &space,
            labels,
        };
        all_pairs(set, None, &AllPairsOptions::default(), &Job::new()).map(drop)
    };
    let code = |labels: &[u32]| judge(labels).expect_err("refused").code();
    assert_eq!(code(&[0; 20]), Code::OneClass);
    let apart: Vec<u32> = (0..20).collect();
    assert_eq!(code(&apart), Code::OneClass);
    assert_eq!(code(&[IGNORED; 20]), Code::OneClass);
    assert_eq!(code(&[0; 19]), Code::Dimension);
}

#[test]
fn figures_are_those_of_the_pairs_held_one_by_one() {
    use crate::evaluation::{
        FigureName, FigureOptions, Interval, IntervalOptions, Orientation, People, Reached, Trials,
        trial_figures,
    };
    let data = drawn(51, 260, 24, 60, 0.0);
    let pairs = all(&data, None, scored(&data, "cosine"));
    let person = |row: u32| data.labels[row as usize];
    let scores: Vec<f64> = pairs.iter().map(|p| p.0).collect();
    let same: Vec<u8> = pairs.iter().map(|p| u8::from(p.1)).collect();
    let first: Vec<u32> = pairs.iter().map(|p| person(p.2)).collect();
    let second: Vec<u32> = pairs.iter().map(|p| person(p.3)).collect();
    let trials = Trials {
        scores: &scores,
        same: &same,
        orientation: Orientation::Distance,
        people: Some(People {
            first: &first,
            second: &second,
            count: 60,
        }),
    };
    let asked = FigureOptions {
        far: vec![0.2, 0.01, 1e-3, 1e-9],
        bins: 16,
        ..FigureOptions::default()
    };
    let held =
        trial_figures(&trials, &asked, &IntervalOptions::default(), &Job::new()).expect("figures");
    let found = judged(&data, None, "cosine", &options(None, 1 << 20));
    let found = found.figures(&asked).expect("figures");
    assert_eq!(
        (found.genuine, found.impostors),
        (held.genuine, held.impostors)
    );
    assert!((found.auroc - held.auroc).abs() < 1e-14);
    assert!((found.eer.linear - held.eer.linear).abs() < 1e-12);
    let near = |a: &Option<Interval>, b: &Option<Interval>| {
        let [a, b] = [a, b].map(|of| of.as_ref().expect("an interval"));
        assert_eq!(a.method, b.method);
        assert!(
            (a.low - b.low).abs() < 1e-10 && (a.high - b.high).abs() < 1e-10,
            "{a:?} {b:?}"
        );
    };
    near(&found.auroc_interval, &held.auroc_interval);
    near(&found.eer_interval, &held.eer_interval);
    for (a, b) in found.operating.iter().zip(&held.operating) {
        assert_eq!(a.resolution, b.resolution);
        let told = |r: Reached| (r.false_accepts, r.spot.threshold, r.spot.tar);
        assert_eq!(a.reached.map(told), b.reached.map(told));
        if a.reached.is_some() {
            near(&a.tar_interval, &b.tar_interval);
            near(&a.far_interval, &b.far_interval);
        }
    }
    // With a short tail the figures beyond it have no interval, and say why.
    let short = judged(&data, None, "cosine", &options(None, 400));
    let short = short.figures(&asked).expect("figures");
    assert!(short.operating[0].tar_interval.is_none());
    assert!(
        short
            .undefined
            .iter()
            .any(|missing| missing.figure == FigureName::OperatingIntervals(0))
    );
    near(
        &short.operating[1].tar_interval,
        &held.operating[1].tar_interval,
    );
}

#[test]
fn a_person_with_a_single_row_is_none_of_a_true_accept_rate() {
    use crate::evaluation::{FigureOptions, normal_quantile, wilson};
    // Forty people far apart, four of whom have a second row beside the first.
    let mut data = drawn(61, 44, 40, 40, 0.0);
    for row in 0..44 {
        let person = row % 40;
        data.labels[row] = person as u32;
        for k in 0..40 {
            data.values[row * 40 + k] = f32::from(u8::from(k == person)) + 0.01 * (row / 40) as f32;
        }
    }
    let asked = FigureOptions {
        far: vec![0.1],
        ..FigureOptions::default()
    };
    let found = judged(&data, None, "cosine", &options(None, 1 << 20));
    let found = found.figures(&asked).expect("figures");
    let at = &found.operating[0];
    assert_eq!(at.reached.expect("resolved").spot.tar, 1.0);
    let interval = at.tar_interval.as_ref().expect("an interval");
    let over_four = wilson(1.0, 4.0, normal_quantile(0.975));
    assert_eq!((interval.low, interval.high), over_four);
    assert!(interval.low < 0.52);
}

#[test]
fn given_thresholds_are_counted_exactly_or_said_to_be_at_an_edge() {
    use crate::evaluation::FigureOptions;
    let data = drawn(71, 200, 12, 20, 0.0);
    let pairs = all(&data, None, scored(&data, "sqeuclidean"));
    let mut distances: Vec<f64> = pairs.iter().map(|p| p.0).collect();
    distances.sort_by(f64::total_cmp);
    let between = 0.5 * (distances[9_000] + distances[9_001]);
    // An impostor's distance, one between two pairs, one that no pair reaches, one below 0.
    let impostor = pairs.iter().rfind(|p| !p.1).expect("an impostor").0;
    let thresholds = [impostor, between, 1e9, -3.0];
    let asked = FigureOptions {
        thresholds: thresholds.to_vec(),
        ..FigureOptions::default()
    };
    for metric in ["sqeuclidean", "euclidean"] {
        let root = |t: f64| {
            if metric == "euclidean" && t > 0.0 {
                t.sqrt()
            } else {
                t
            }
        };
        let pairs = all(&data, None, scored(&data, metric));
        let given = thresholds.map(root);
        let asked = FigureOptions {
            thresholds: given.to_vec(),
            ..asked.clone()
        };
        let with = AllPairsOptions {
            thresholds: &given,
            ..options(Some(KeyPrecision::Double), 10)
        };
        let judged_at = judged(&data, None, metric, &with);
        check(&judged_at, &pairs, &data, &data, metric);
        let found = judged_at.figures(&asked).expect("figures");
        for at in &found.at {
            let share = |kind: bool| {
                let of: Vec<bool> = (pairs.iter().filter(|p| p.1 == kind))
                    .map(|p| p.0 <= at.spot.threshold)
                    .collect();
                of.iter().filter(|within| **within).count() as f64 / of.len() as f64
            };
            assert_eq!(
                (at.spot.far, at.spot.tar),
                (share(false), share(true)),
                "{metric} {}",
                at.spot.threshold
            );
        }
        assert!(found.warnings.iter().all(|w| w.code != "threshold-at-bin"));
    }
    let with = AllPairsOptions {
        thresholds: &thresholds,
        ..options(Some(KeyPrecision::Single), 10)
    };
    let coarse = judged(&data, None, "sqeuclidean", &with);
    let found = coarse.figures(&asked).expect("figures");
    let warned: Vec<_> = (found
        .warnings
        .iter()
        .filter(|w| w.code == "threshold-at-bin"))
    .collect();
    assert!(warned.len() >= 2, "{:?}", found.warnings);
    assert!(warned[0].text.contains(&impostor.to_string()));
}

/// Groups of the pairs of a list, numbered as [`all_pairs_groups`] numbers them.
fn groups_of_list(
    pairs: &Pairs,
    (first, second): (&Drawn, &Drawn),
    (of_first, of_second): (&[u32], &[u32]),
    thresholds: &[f64],
    rest: u32,
    options: &FigureOptions,
) -> Vec<GroupRates> {
    let scores: Vec<f64> = pairs.iter().map(|pair| pair.0).collect();
    let same: Vec<u8> = pairs.iter().map(|pair| u8::from(pair.1)).collect();
    let rows = || pairs.iter().map(|pair| (pair.2 as usize, pair.3 as usize));
    let queries: Vec<u32> = rows().map(|(a, _)| first.labels[a]).collect();
    let stored: Vec<u32> = rows().map(|(_, b)| second.labels[b]).collect();
    let of_pair = |(a, b): (usize, usize)| match (of_first[a], of_second[b]) {
        (a, b) if a == b && a != IGNORED => a,
        _ => rest,
    };
    let group: Vec<u32> = rows().map(of_pair).collect();
    let trials = Trials {
        scores: &scores,
        same: &same,
        orientation: Orientation::Distance,
        people: Some(People {
            first: &queries,
            second: &stored,
            count: 64,
        }),
    };
    let side = |group: u32| group.min(rest + 1);
    let groups = Groups {
        of: group,
        names: vec![String::new(); rest as usize + 1],
        sides: Some([
            rows().map(|(a, _)| side(of_first[a])).collect(),
            rows().map(|(_, b)| side(of_second[b])).collect(),
        ]),
    };
    group_rates(&trials, &groups, thresholds, options, &Job::new()).expect("rates")
}

#[test]
fn a_group_of_one_row_and_many_groups_end_and_order_is_kept() {
    let set = drawn(51, 90, 6, 24, 0.0);
    let rows = set.embeddings();
    let job = Job::new();
    let shared = FigureOptions {
        far: vec![0.1],
        ..FigureOptions::default()
    };
    for (metric, is_symmetric) in [
        ("euclidean", true),
        ("offset-cosine(form=original,offset=1,norm-offset=0)", false),
    ] {
        let score = crate::testing::metric(metric);
        let space = Measure::Metric(&score).prepare(&rows, &job).expect("rows");
        let options = options(Some(KeyPrecision::Double), 1 << 20);
        let judged = all_pairs(set.of(&space), None, &options, &job).expect("figures");
        let mut figures = judged.figures(&shared).expect("figures");
        let names = ["one row", "half"].map(String::from);
        let group = |row: usize| [0, 1, IGNORED][if row == 0 { 0 } else { 1 + row % 2 }];
        let of: Vec<u32> = (0..set.rows).map(group).collect();
        let groups = RowGroups {
            first: &of,
            second: &[],
            names: &names,
            rest: "rest",
        };
        let all = Judged {
            first: set.of(&space),
            second: None,
            pairs: &judged,
        };
        let found =
            all_pairs_groups(&all, &groups, &mut figures, &shared, &options, &job).expect("groups");
        let (one, half) = (&found[0], &found[1]);
        assert_eq!((one.genuine, one.impostors, one.people), (0, 0, Some(1)));
        assert!(half.auroc.is_some() && half.at[0].group_far.is_some());
        assert_eq!(half.across_impostors.is_some(), is_symmetric, "{metric}");
        assert_eq!(half.at[0].across_far.is_some(), is_symmetric, "{metric}");
        assert_eq!(one.across_impostors.is_some(), is_symmetric, "{metric}");
        assert!(one.at[0].across_far.is_none());
    }
}

fn require_near(found: &Option<Interval>, naive: &Option<Interval>, name: &str) {
    let ends = |interval: &Option<Interval>| interval.as_ref().map(|i| (i.low, i.high));
    match (ends(found), ends(naive)) {
        (Some(a), Some(b)) => {
            let apart = (a.0 - b.0).abs().max((a.1 - b.1).abs());
            assert!(apart < 1e-9, "{name}: {a:?} {b:?}");
        }
        (a, b) => assert_eq!(a, b, "{name}"),
    }
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one world, every figure of its groups"
)]
fn groups_are_those_of_the_list_of_all_pairs() {
    let names: Vec<String> = ["many", "few", "one person", "strangers", "nobody"]
        .map(String::from)
        .into();
    let rest = names.len() as u32;
    let shared = FigureOptions {
        far: vec![0.3, 0.1, 0.02, 1e-9],
        level: 0.9,
        ..FigureOptions::default()
    };
    let first = drawn(31, 150, 6, 24, 0.1);
    let other = drawn(32, 90, 6, 24, 0.1);
    // By person, but for rows of one without a group, and strangers who each have one row in it.
    let grouped = |of: &Drawn| -> Vec<u32> {
        let mut met = [false; 32];
        let of_row = |(row, label): (usize, &u32)| match label {
            0..7 => 0,
            7..13 => 1,
            13 => 2,
            14..20 if !std::mem::replace(&mut met[*label as usize], true) => 3,
            20 if row % 2 == 0 => 0,
            21 => 1 - row as u32 % 2,
            _ => IGNORED,
        };
        of.labels.iter().enumerate().map(of_row).collect()
    };
    for (metric, second) in [
        ("cosine", None),
        ("cityblock", None),
        ("sqeuclidean", Some(&other)),
    ] {
        let stored = second.unwrap_or(&first);
        let of = (grouped(&first), grouped(stored));
        let pairs = all(&first, second, |a, b| match second {
            None => scored(&first, metric)(a, b),
            Some(_) => {
                let joined = Drawn {
                    values: [&first.values[..], &stored.values].concat(),
                    labels: vec![],
                    rows: first.rows + stored.rows,
                    dim: first.dim,
                };
                let b: Vec<u32> = b.iter().map(|row| row + first.rows as u32).collect();
                scored(&joined, metric)(a, &b)
            }
        });
        let options = options(Some(KeyPrecision::Double), 1 << 20);
        let (score, job) = (crate::testing::metric(metric), Job::new());
        let rows = first.embeddings();
        let space = Measure::Metric(&score).prepare(&rows, &job).expect("rows");
        let others = stored.embeddings();
        let beside = space.beside(&others, &job).expect("rows");
        let second = second.map(|set| set.of(&beside));
        let judged = all_pairs(first.of(&space), second, &options, &job).expect("figures");
        let mut figures = judged.figures(&shared).expect("figures");
        let groups = RowGroups {
            first: &of.0,
            second: &of.1,
            names: &names,
            rest: "rest",
        };
        let all = Judged {
            first: first.of(&space),
            second,
            pairs: &judged,
        };
        let found =
            all_pairs_groups(&all, &groups, &mut figures, &shared, &options, &job).expect("groups");
        let reached = figures.operating.iter().filter_map(|at| at.reached);
        let thresholds: Vec<f64> = reached.map(|reached| reached.spot.threshold).collect();
        assert_eq!((thresholds.len(), found.len()), (3, 6), "{metric}");
        let naive = groups_of_list(
            &pairs,
            (&first, stored),
            (&of.0, &of.1),
            &thresholds,
            rest,
            &shared,
        );
        for (group, naive) in found.iter().zip(&naive) {
            let name = format!("{metric}, {}", group.name);
            let counts = (group.genuine, group.impostors);
            assert_eq!(counts, (naive.genuine, naive.impostors), "{name}");
            if group.people.is_some_and(|people| people < LEAST_PEOPLE) {
                let none = |at: &GroupPoint| (at.group_tar, at.group_far) == (None, None);
                assert!(group.at.iter().all(none) && group.auroc.is_none(), "{name}");
                continue;
            }
            let share = |n: u64, of: u64| (of > 0).then(|| n as f64 / of as f64);
            for (at, naive_at) in group.at.iter().zip(&naive.at) {
                let Accepted { genuine, impostors } = naive_at.accepted;
                assert_eq!(at.group_tar, share(genuine, naive.genuine), "{name}");
                assert_eq!(at.group_far, share(impostors, naive.impostors), "{name}");
                if group.name != "rest" {
                    require_near(&at.tar_interval, &naive_at.tar_interval, &name);
                    require_near(&at.far_interval, &naive_at.far_interval, &name);
                }
            }
            if group.name != "rest" {
                let naive = naive.across.as_ref().expect("groups of rows");
                assert_eq!(group.across_impostors, Some(naive.impostors), "{name}");
                for (at, naive_at) in group.at.iter().zip(&naive.at) {
                    let far = share(naive_at.accepted.impostors, naive.impostors);
                    assert_eq!(at.across_far, far, "{name}, with others");
                    require_near(&at.across_far_interval, &naive_at.far_interval, &name);
                }
            }
            assert!(group.at[3].group_tar.is_none() && group.at[3].far_interval.is_none());
            if group.name == "rest" {
                assert!(group.auroc.is_none(), "{name}");
                continue;
            }
            assert_eq!(group.auroc.is_some(), naive.auroc.is_some(), "{name}");
            let apart = group.auroc.unwrap_or(0.0) - naive.auroc.unwrap_or(0.0);
            assert!(apart.abs() < 1e-14, "{name}: {apart}");
            require_near(&group.auroc_interval, &naive.auroc_interval, &name);
            assert_eq!(group.own.len(), naive.own.len(), "{name}");
            for (own, naive) in group.own.iter().zip(&naive.own) {
                assert_eq!(own.reached.is_some(), naive.reached.is_some(), "{name}");
                require_near(&own.tar_interval, &naive.tar_interval, &name);
                require_near(&own.far_interval, &naive.far_interval, &name);
            }
        }
        let kinds: Vec<(bool, bool)> = (found.iter())
            .map(|group| (group.genuine > 0, group.impostors > 0))
            .collect();
        let (both, no_genuine) = ((true, true), (false, true));
        let strangers = if second.is_none() { no_genuine } else { both };
        let expected = [both, both, (true, false), strangers, (false, false), both];
        assert_eq!(kinds, expected, "{metric}");
        let says = |figure: FigureName| figures.undefined.iter().any(|why| why.figure == figure);
        assert!(says(FigureName::GroupAuroc(2)) && says(FigureName::GroupAurocInterval(5)));
        let wrong = RowGroups {
            first: &of.0[1..],
            ..groups
        };
        assert!(all_pairs_groups(&all, &wrong, &mut figures, &shared, &options, &job).is_err());
    }
}
