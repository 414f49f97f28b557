use super::*;
use crate::jobs::fit::fit_embeddings;

/// Blocks of rows and a short one, in classes that stand apart from their order.
fn world(blocks: usize) -> (Embeddings, Vec<u32>) {
    let (rows, dim, classes) = (blocks * BLOCK_ROWS + 321, 4, 900u64);
    let mut state = 7u64;
    let mut random = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32
    };
    let mut labels = Vec::new();
    let mut data = Vec::new();
    for _ in 0..rows {
        let class = u64::from(random()) % classes;
        labels.push(if random().is_multiple_of(50) {
            IGNORED
        } else {
            class as u32
        });
        for j in 0..dim {
            let center = ((class * 37 + j * 11) % 101) as f32 / 50.0;
            let noise = random() as f32 / u32::MAX as f32 + random() as f32 / u32::MAX as f32;
            data.push(center + noise * (1.0 + j as f32 / 3.0));
        }
    }
    (
        Embeddings::from_vec(data, rows, dim as usize).unwrap(),
        labels,
    )
}

fn request<'a>(
    labels: &'a [u32],
    pipeline: &'a Pipeline,
    part: Range<usize>,
    after: &'a [&'a Stats],
) -> StatsRequest<'a> {
    StatsRequest {
        rows: TrainingRows {
            of_row: Some(labels),
            ..TrainingRows::default()
        },
        pipeline,
        part,
        after,
        names: &[],
        head: None,
        hashes: None,
        before: None,
    }
}

fn merged(parts: &[Stats]) -> Result<Stats> {
    let names: Vec<String> = (0..parts.len()).map(|i| format!("part-{i}")).collect();
    // Through the bytes of files.
    let read = |part: &Stats| Stats::from_bytes(&part.to_bytes()?);
    let parts: Result<Vec<Stats>> = parts.iter().map(read).collect();
    Stats::merge(&parts?, &names, &Job::new())
}

/// Every round over `n` shards, in an order that is not theirs.
fn in_rounds(x: &Embeddings, y: &[u32], pipeline: &Pipeline, n: usize) -> Vec<Stats> {
    let job = Job::new();
    let mut rounds: Vec<Stats> = Vec::new();
    loop {
        let after: Vec<&Stats> = rounds.iter().collect();
        let gather = |i: usize| {
            let part = shard(x.rows(), i * 5 % n, n).unwrap();
            let part = if n.is_multiple_of(5) {
                shard(x.rows(), n - 1 - i, n).unwrap()
            } else {
                part
            };
            let request = request(y, pipeline, part, &after);
            Stats::gather(x, &request, &job).map(|(stats, _)| stats)
        };
        let parts: Vec<Stats> = (0..n).map(|i| gather(i).unwrap()).collect();
        if let [first] = &rounds[..] {
            let file = Saved::new(first);
            let head = StatsHead::open(&file.0, pipeline).unwrap();
            let head = head.expect("merged statistics of a first round tell the next pass");
            for part in &parts {
                let request = StatsRequest {
                    head: Some(&head),
                    ..request(y, pipeline, part.rows(), &[])
                };
                let (by_head, _) = Stats::gather(x, &request, &job).unwrap();
                assert!(by_head == *part, "rows {:?}", part.rows());
            }
        }
        rounds.push(merged(&parts).unwrap());
        let known: Vec<&Stats> = rounds.iter().collect();
        match Stats::fit((&known, &[]), None, None, &job) {
            Ok(_) => return rounds,
            Err(error) => assert!(error.expected().starts_with("one more"), "{error}"),
        }
        assert!(rounds.len() < 6);
    }
}

/// A temporary file of statistics, removed when dropped.
struct Saved(std::path::PathBuf);

impl Saved {
    fn new(stats: &Stats) -> Self {
        Self::of(&stats.to_bytes().unwrap())
    }

    fn of(bytes: &[u8]) -> Self {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("hackface-stats-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, bytes).unwrap();
        Self(path)
    }
}

impl Drop for Saved {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn bytes(rounds: &[Stats]) -> Vec<u8> {
    let rounds: Vec<&Stats> = rounds.iter().collect();
    let outcome = Stats::fit((&rounds, &[]), None, None, &Job::new()).unwrap();
    outcome.model.to_bytes().unwrap()
}

fn one_pass(x: &Embeddings, y: &[u32], pipeline: &Pipeline) -> Vec<u8> {
    let mut request = FitRequest::new(pipeline);
    request.rows.of_row = Some(y);
    let outcome = fit_embeddings(x, &request, &Job::new()).unwrap();
    outcome.model.to_bytes().unwrap()
}

fn whole(x: &Embeddings, y: &[u32], pipeline: &Pipeline, after: &[&Stats]) -> Stats {
    let request = request(y, pipeline, 0..x.rows(), after);
    Stats::gather(x, &request, &Job::new()).unwrap().0
}

#[test]
fn shards_in_any_number_give_the_bytes_of_one_pass() {
    let (x, y) = world(64);
    for (text, rounds, shards) in [
        ("center, pca(auto), wccn, cosine", 2, &[7, 64][..]),
        ("center, length-norm, pca(auto), kissme", 2, &[3]),
        ("center, length-norm, plda", 3, &[3]),
        ("center, lda(2), cosine", 2, &[1, 3]),
        ("center, nap(1), plda", 2, &[7]),
        ("center, whiten(zca), cosine", 1, &[3, 64]),
        (
            "center(class-means), mahalanobis(total), euclidean",
            1,
            &[7],
        ),
    ] {
        let pipeline: Pipeline = text.parse().unwrap();
        let expected = one_pass(&x, &y, &pipeline);
        for n in shards {
            let found = in_rounds(&x, &y, &pipeline, *n);
            assert_eq!(found.len(), rounds, "{text}");
            assert!(bytes(&found) == expected, "{text} in {n} shards");
        }
    }
}

#[test]
fn sums_of_people_are_kept_for_what_is_fitted_from_them_alone() {
    let (x, y) = world(3);
    for (text, kept) in [
        ("center, cosine", false),
        ("center, pca(2, whiten), cosine", false),
        ("center, whiten(zca), cosine", false),
        ("center, mahalanobis(total), euclidean", false),
        ("center(class-means), cosine", true),
        ("center(shrunk), cosine", true),
        ("center, nap(1), cosine", true),
        ("center, wccn, cosine", true),
        ("center, lda(2), cosine", true),
        ("center, mahalanobis(within), euclidean", true),
        ("center, kissme", true),
        ("center, path(0.5)", true),
        ("center, plda(shrinkage=0.1)", true),
    ] {
        let pipeline: Pipeline = text.parse().unwrap();
        let one = whole(&x, &y, &pipeline, &[]);
        assert_eq!(one.round.sums.contains_key("class_sums"), kept, "{text}");
        // Rows of each class are counted for the card of the model.
        assert!(one.round.sums.contains_key("counts"), "{text}");
        let unlabelled = StatsRequest {
            rows: TrainingRows::default(),
            ..request(&y, &pipeline, 0..x.rows(), &[])
        };
        match Stats::gather(&x, &unlabelled, &Job::new()) {
            Ok((stats, _)) => assert!(!kept && !stats.round.sums.contains_key("counts"), "{text}"),
            // Before the rows are read.
            Err(error) => assert!(kept && error.found() == "rows without labels", "{error}"),
        }
    }
}

#[test]
fn what_no_sum_of_people_is_asked_for_has_the_bytes_of_sums_that_hold_them() {
    let (x, y) = world(3);
    let pipeline: Pipeline = "center, whiten(zca, shrinkage=0.1), cosine"
        .parse()
        .unwrap();
    let richer: Pipeline = "center, wccn(shrinkage=0.1), cosine".parse().unwrap();
    let fitted = |stats: &Stats, pipeline: &Pipeline| {
        Stats::fit((&[stats], &[]), Some(pipeline), None, &Job::new())
            .map(|outcome| outcome.model.to_bytes().unwrap())
    };
    let lean = whole(&x, &y, &pipeline, &[]);
    let full = whole(&x, &y, &richer, &[]);
    let (lean_bytes, full_bytes) = (lean.to_bytes().unwrap(), full.to_bytes().unwrap());
    assert!(lean_bytes.len() + 800 * 4 * 8 < full_bytes.len());
    let expected = one_pass(&x, &y, &pipeline);
    assert!(fitted(&lean, &pipeline).unwrap() == expected);
    assert!(fitted(&full, &pipeline).unwrap() == expected);
    assert!(fitted(&full, &richer).unwrap() == one_pass(&x, &y, &richer));
    let refused = fitted(&lean, &richer).unwrap_err();
    assert_eq!(refused.code(), Code::Option);
    assert_eq!(
        refused.found(),
        "statistics of round 1 without sums of each class"
    );
    assert!(refused.hint().contains("run stats for each part"));
    let shrunk: Pipeline = "center, whiten(zca), cosine".parse().unwrap();
    let refused = fitted(&lean, &shrunk).unwrap_err();
    assert!(refused.found().ends_with("without fourth powers"));
    // Where there are no classes at all, the step that asks for them says so.
    let unlabelled = StatsRequest {
        rows: TrainingRows::default(),
        ..request(&y, &pipeline, 0..x.rows(), &[])
    };
    let (unlabelled, _) = Stats::gather(&x, &unlabelled, &Job::new()).unwrap();
    let refused = fitted(&unlabelled, &richer).unwrap_err();
    assert_eq!(refused.found(), "rows without labels");
}

#[test]
fn a_set_whose_first_rows_are_not_like_the_others_is_summed_once_more() {
    let (x, y) = world(2);
    let mut data = x.as_f32().unwrap().to_vec();
    data[..BLOCK_ROWS * x.dim()]
        .iter_mut()
        .for_each(|v| *v = 30.0 + *v / 100.0);
    let x = Embeddings::from_vec(data, x.rows(), x.dim()).unwrap();
    let pipeline: Pipeline = "center, wccn, cosine".parse().unwrap();
    let found = in_rounds(&x, &y, &pipeline, 3);
    assert_eq!(found.len(), 3);
    assert!(bytes(&found) == one_pass(&x, &y, &pipeline));
    // None is sure to follow the first pass, so nothing tells the one that does.
    let pipeline: Pipeline = "center, pca(2), cosine".parse().unwrap();
    let first = merged(&[whole(&x, &y, &pipeline, &[])]).unwrap();
    assert!(first.next.is_none());
    let found = [first.clone(), whole(&x, &y, &pipeline, &[&first])];
    assert!(bytes(&found) == one_pass(&x, &y, &pipeline));
}

#[test]
fn a_model_without_some_people_is_one_that_never_saw_them() {
    let (x, mut y) = world(2);
    let gone = [3, 77, 500];
    // The vector that sums are about is of the first rows: it stays where nobody of them goes.
    for class in &mut y[1..BLOCK_ROWS] {
        *class = if gone.contains(class) { 1 } else { *class };
    }
    y[0] = 1;
    let left: Vec<u32> = y
        .iter()
        .map(|class| {
            if gone.contains(class) {
                IGNORED
            } else {
                *class
            }
        })
        .collect();
    for text in [
        "center, whiten(zca), cosine",
        "center, pca(3), kissme",
        "center, plda(shrinkage=0.1)",
    ] {
        let pipeline: Pipeline = text.parse().unwrap();
        let labelled = TrainingRows {
            of_row: Some(&y),
            ..TrainingRows::default()
        };
        let all = whole(&x, &y, &pipeline, &[]);
        let fewer = all.without(&gone, &x, &labelled, &Job::new()).unwrap();
        let fewer = Stats::from_bytes(&fewer.to_bytes().unwrap()).unwrap();
        let fitted = |stats: &Stats| Stats::fit((&[stats], &[]), None, None, &Job::new()).unwrap();
        let (ours, full) = (fitted(&fewer), fitted(&all));
        let mut never = FitRequest::new(&pipeline);
        never.rows.of_row = Some(&left);
        let never = fit_embeddings(&x, &never, &Job::new()).unwrap();
        assert_eq!(ours.report.rows, never.report.rows);
        assert_eq!(ours.report.classes, never.report.classes);
        let distances = |model: &crate::models::Model| {
            let (a, b): (Vec<u32>, Vec<u32>) = (0..200).map(|i| (i, 3 * i + 7)).unzip();
            let measure = crate::measure::Measure::Model(model);
            crate::jobs::score::score_pairs(&x, &a, &b, measure, &Job::new()).unwrap()
        };
        let apart = |a: &[f64], b: &[f64]| {
            a.iter()
                .zip(b)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f64::max)
        };
        let expected = distances(&never.model);
        assert!(apart(&distances(&ours.model), &expected) < 1e-11, "{text}");
        assert!(apart(&distances(&full.model), &expected) > 1e-7, "{text}");
        let of_first = [3, 1];
        let fewer = all.without(&of_first, &x, &labelled, &Job::new()).unwrap();
        let left: Vec<u32> = y
            .iter()
            .map(|class| {
                if of_first.contains(class) {
                    IGNORED
                } else {
                    *class
                }
            })
            .collect();
        let anew = whole(&x, &left, &pipeline, &[]);
        assert!(fewer == anew, "{text}");
    }
}

#[test]
fn what_is_there_is_taken_and_what_is_of_something_else_is_refused() {
    let (x, y) = world(2);
    let pipeline: Pipeline = "center, wccn, cosine".parse().unwrap();
    let first = whole(&x, &y, &pipeline, &[]);
    let again = |y: &[u32], before: &Stats, after: &[&Stats]| {
        let mut request = request(y, &pipeline, 0..x.rows(), after);
        request.before = Some(before);
        Stats::gather(&x, &request, &Job::new())
    };
    let (same, reused) = again(&y, &first, &[]).unwrap();
    assert!(reused && same == first);
    let mut other = y.clone();
    other[5] = IGNORED;
    for refused in [again(&other, &first, &[]), again(&y, &first, &[&first])] {
        assert_eq!(refused.unwrap_err().code(), Code::Option);
    }
}

#[test]
fn parts_that_do_not_make_up_all_rows_are_refused_by_name() {
    let (x, y) = world(2);
    let pipeline: Pipeline = "center, pca(2), cosine".parse().unwrap();
    let part = |y: &[u32], pipeline: &Pipeline, rows: Range<usize>| {
        Stats::gather(&x, &request(y, pipeline, rows, &[]), &Job::new())
            .unwrap()
            .0
    };
    let border = BLOCK_ROWS;
    let [a, b, c] =
        [0..border, border..2 * border, 2 * border..x.rows()].map(|rows| part(&y, &pipeline, rows));
    assert!(merged(&[c.clone(), a.clone(), b.clone()]).unwrap() == whole(&x, &y, &pipeline, &[]));
    let mut relabelled = y.clone();
    relabelled[9] = (y[9] + 1) % 800;
    let other = "center, pca(3), cosine".parse().unwrap();
    let refused = |parts: &[Stats], text: &str| {
        let error = merged(parts).unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
    };
    let ab = part(&y, &pipeline, 0..2 * border);
    refused(
        &[a.clone(), c.clone()],
        "rows 2048:4096 in no part, between part-0 and part-1",
    );
    refused(&[b.clone(), c.clone()], "rows 0:2048 in no part");
    refused(
        &[a.clone(), b.clone()],
        "rows 4096:4417 in no part, between part-1 and the end",
    );
    refused(
        &[ab, c.clone(), b.clone()],
        "rows 2048:4096 both in part-0 and in part-2",
    );
    refused(
        &[a.clone(), part(&relabelled, &pipeline, border..x.rows())],
        "the labels",
    );
    refused(
        &[a.clone(), part(&y, &other, border..x.rows())],
        "part-0 and part-1, gathered for",
    );
    let named = |names: [&str; 4]| {
        let parts = [&a, &b, &b, &c].map(Clone::clone);
        Stats::merge(&parts, &names.map(String::from), &Job::new()).unwrap_err()
    };
    let twice = named(["a", "b", "b", "c"]);
    assert!(twice.found() == "rows 2048:4096 twice, since b is named twice");
    let copied = named(["a", "b", "copy", "c"]);
    assert!(
        copied.found().ends_with("both in b and in copy")
            || copied.found().ends_with("both in copy and in b")
    );
    let fitted = Stats::fit((&[&a], &[]), None, None, &Job::new());
    assert!(
        fitted
            .err()
            .unwrap()
            .to_string()
            .contains("Merge the parts")
    );
}

#[test]
fn damaged_statistics_are_none_and_other_files_are_refused() {
    let (x, y) = world(2);
    let pipeline: Pipeline = "center, pca(2), cosine".parse().unwrap();
    let stats = whole(&x, &y, &pipeline, &[]);
    let bytes = stats.to_bytes().unwrap();
    assert!(Stats::from_bytes_if_whole(&bytes).unwrap() == Some(stats.clone()));
    let mut changed = bytes.clone();
    let last = changed.len() - 3;
    changed[last] ^= 1;
    for damaged in [&changed[..], &bytes[..2000], &[]] {
        assert!(Stats::from_bytes_if_whole(damaged).unwrap().is_none());
        assert_eq!(Stats::from_bytes(damaged).unwrap_err().code(), Code::Model);
    }
    let model = Stats::fit((&[&stats], &[]), None, None, &Job::new())
        .unwrap()
        .model;
    let model = Stats::from_bytes_if_whole(&model.to_bytes().unwrap());
    assert_eq!(model.unwrap_err().code(), Code::Model);
}

#[test]
fn sums_that_no_pass_can_have_formed_are_refused() {
    let (x, y) = world(2);
    let pipeline: Pipeline = "center, lda(2), cosine".parse().unwrap();
    let stats = whole(&x, &y, &pipeline, &[]);
    let refused = |change: &dyn Fn(&mut Stats)| {
        let mut changed = stats.clone();
        change(&mut changed);
        let names = ["changed".to_owned()];
        let used = changed
            .to_bytes()
            .and_then(|bytes| Stats::from_bytes(&bytes))
            .and_then(|read| {
                let merged = Stats::merge(std::slice::from_ref(&read), &names, &Job::new())?;
                Stats::fit((&[&merged], &names), None, None, &Job::new())
            });
        assert_eq!(used.map(drop).unwrap_err().code(), Code::Model);
    };
    let put = |name: &str, values: &[f64]| {
        let (name, values) = (name.to_owned(), values.to_vec());
        move |stats: &mut Stats| drop(stats.round.sums.insert(name.clone(), values.clone()))
    };
    // Columns of the sums and of the set apart: the fit of what a merge holds went by those of the set.
    refused(&|stats| stats.set.dim = 2);
    refused(&|stats| stats.set.dim = 0);
    for value in [-1.0, 0.5, 1e9, 1e300] {
        refused(&put("rows", &[value]));
    }
    let classes = stats.round.sums["classes"].len();
    // A class number for which all classes before it would take 32 GB.
    refused(&put("classes", &vec![4e9; classes]));
    refused(&put("counts", &vec![1e18; classes]));
    refused(&put("class_sums", &[]));
    // Fewer rows than classes, of which a fit took one from the other; and none, of which it took one.
    refused(&put("rows", &[7.0]));
    refused(&|stats| {
        let sums = &mut stats.round.sums;
        sums.retain(|name, _| !name.starts_with("class") && name != "counts");
        sums.insert("rows".to_owned(), vec![0.0]);
    });
}

#[test]
fn sums_in_doubles_are_read_from_a_file_with_what_rounding_took_away() {
    let (x, y) = world(2);
    let mut data = vec![0.0; x.rows() * x.dim()];
    x.read_rows(0, &mut data).unwrap();
    data.iter_mut()
        .for_each(|value| *value = *value / 3.0 + 1e-9);
    let x = Embeddings::from_doubles(data, x.rows(), x.dim()).unwrap();
    let pipeline: Pipeline = "center, lda(2), cosine".parse().unwrap();
    let found = in_rounds(&x, &y, &pipeline, 2);
    assert!(found[0].round.sums.contains_key("class_sums.low"));
    assert!(bytes(&found) == one_pass(&x, &y, &pipeline));
}

#[test]
fn the_head_of_a_file_is_refused_where_what_is_read_of_it_is_damaged() {
    let (x, y) = world(2);
    let pipeline: Pipeline = "center, wccn, cosine".parse().unwrap();
    let one = whole(&x, &y, &pipeline, &[]);
    let open = |bytes: &[u8]| StatsHead::open(&Saved::of(bytes).0, &pipeline);
    // What a single process wrote is no merge, and has to be read whole.
    assert!(open(&one.to_bytes().unwrap()).unwrap().is_none());
    let merged = merged(&[one]).unwrap();
    let bytes = merged.to_bytes().unwrap();
    let other: Pipeline = "center, lda(2), cosine".parse().unwrap();
    let file = Saved::of(&bytes);
    assert!(StatsHead::open(&file.0, &other).unwrap().is_none());
    assert!(open(&bytes[..bytes.len() - 8]).is_err());
    assert!(open(&[]).is_err());
    let layout = crate::models::layout_of(&bytes, None).unwrap();
    let place = |name: &str| {
        let slot = layout.tensors.iter().find(|slot| slot.name == name);
        layout.start + slot.unwrap().offset as usize
    };
    let gather = |bytes: &[u8]| {
        let head = open(bytes)?.unwrap();
        let request = StatsRequest {
            head: Some(&head),
            ..request(&y, &pipeline, BLOCK_ROWS..2 * BLOCK_ROWS, &[])
        };
        Stats::gather(&x, &request, &Job::new())
    };
    assert!(gather(&bytes).is_ok());
    for name in [
        "hashes",
        "next.checks",
        "next.mean",
        "next.offset",
        "next.unit",
        "sums.class_sums",
    ] {
        let mut damaged = bytes.clone();
        damaged[place(name) + 1] ^= 1;
        let error = gather(&damaged).unwrap_err();
        assert_eq!(error.code(), Code::Model, "{name}");
        assert!(error.file().is_some(), "{name}");
        assert!(Stats::from_bytes(&damaged).is_err(), "{name}");
    }
    // Of other labels.
    let mut relabelled = y.clone();
    relabelled[9] = (y[9] + 1) % 800;
    let head = StatsHead::open(&file.0, &pipeline).unwrap().unwrap();
    let request = StatsRequest {
        head: Some(&head),
        ..request(&relabelled, &pipeline, 0..BLOCK_ROWS, &[])
    };
    let refused = Stats::gather(&x, &request, &Job::new()).unwrap_err();
    assert!(refused.to_string().contains("the labels"), "{refused}");
}

#[test]
fn parts_with_and_without_some_sums_are_refused() {
    let (x, y) = world(2);
    let pipeline: Pipeline = "center, wccn, cosine".parse().unwrap();
    let part = |rows: Range<usize>| {
        let request = request(&y, &pipeline, rows, &[]);
        Stats::gather(&x, &request, &Job::new()).unwrap().0
    };
    for lacks in 0..2 {
        let mut parts = [part(0..BLOCK_ROWS), part(BLOCK_ROWS..x.rows())];
        parts[lacks].round.sums.remove("class_sums");
        let refused = merged(&parts).unwrap_err();
        assert_eq!(refused.code(), Code::Model);
        assert!(refused.found().contains("'class_sums' in some parts"));
    }
}

#[test]
fn rows_that_are_all_one_row_are_told_as_a_fit_tells_them() {
    for (rows, value) in [(1, 1.5), (1, 0.0), (40, 1.5), (40, -3e9), (3000, 0.0)] {
        let x = Embeddings::from_vec(vec![value; rows * 4], rows, 4).unwrap();
        let y = vec![0; rows];
        for text in [
            "center, whiten(shrinkage=0), cosine",
            "center, pca(2), cosine",
            "center, cosine",
        ] {
            let pipeline: Pipeline = text.parse().unwrap();
            let mut asked = FitRequest::new(&pipeline);
            asked.rows.of_row = Some(&y);
            let told = |ended: Result<FitOutcome>| match ended {
                Ok(fit) => Ok(fit.model.to_bytes().unwrap()),
                Err(error) => Err(error.to_string()),
            };
            let expected = told(fit_embeddings(&x, &asked, &Job::new()));
            let round = whole(&x, &y, &pipeline, &[]);
            let found = told(Stats::fit((&[&round], &[]), None, None, &Job::new()));
            assert_eq!(found, expected, "{rows} of {value}, {text}");
        }
    }
    // Where squares are lost, sums say nothing, and a fit on rows scales them.
    let x = Embeddings::from_doubles(vec![1e-200; 12], 3, 4).unwrap();
    let pipeline: Pipeline = "center, whiten(shrinkage=0), cosine".parse().unwrap();
    let round = whole(&x, &[0; 3], &pipeline, &[]);
    let refused = Stats::fit((&[&round], &[]), None, None, &Job::new());
    assert_eq!(refused.err().unwrap().code(), Code::NotFinite);
}

#[test]
fn shards_are_whole_blocks_that_follow_one_another() {
    for (rows, n) in [(1, 3), (2048, 2), (10_000, 3), (454_714, 64)] {
        let mut end = 0;
        for i in 0..n {
            let part = shard(rows, i, n).unwrap();
            assert_eq!(part.start, end);
            assert!(part.end.is_multiple_of(BLOCK_ROWS) || part.end == rows);
            end = part.end;
        }
        assert_eq!(end, rows);
    }
    assert!(shard(10, 3, 3).is_err());
    assert_eq!(whole_blocks(10_000, 0..3000).unwrap(), 0..4096);
    assert_eq!(whole_blocks(10_000, 3000..10_000).unwrap(), 4096..10_000);
    assert!(whole_blocks(10_000, 3000..10_001).is_err());
}
