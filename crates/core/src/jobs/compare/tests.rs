use std::collections::HashSet;

use super::deal::Deal;
use super::*;
use crate::evaluation::verify;
use crate::evaluation::{Orientation, People, Trials};
use crate::jobs::fit::pairs::{Most, draw};
use crate::jobs::score::score_pairs;
use crate::measure::Measure;
use crate::models::{FitOptions, fit};
use crate::testing::Lcg;

const DIM: usize = 8;

/// Rows of `people` of `each` rows, whose variation inside people lies along a few strong axes.
fn crowd(people: u32, each: usize, seed: u64) -> (Embeddings, Vec<u32>) {
    let mut random = Lcg(seed);
    let centers: Vec<f64> = (0..people as usize * DIM)
        .map(|_| random.double())
        .collect();
    let labels: Vec<u32> = (0..people as usize * each)
        .map(|i| i as u32 % people)
        .collect();
    let mut rows = Vec::new();
    for label in &labels {
        let own = &centers[*label as usize * DIM..][..DIM];
        let noise = |j: usize| if j < 3 { 4.0 } else { 0.4 };
        for (j, center) in own.iter().enumerate() {
            rows.push(center + noise(j) * random.double());
        }
    }
    let rows = Embeddings::from_doubles(rows, labels.len(), DIM).expect("rows");
    (rows, labels)
}

fn labelled(labels: &[u32]) -> CompareRequest<'_> {
    CompareRequest {
        rows: TrainingRows {
            of_row: Some(labels),
            ..TrainingRows::default()
        },
        ..CompareRequest::new()
    }
}

fn pipelines(texts: &[&str]) -> Option<Vec<Pipeline>> {
    let parsed = texts.iter().map(|text| text.parse().expect("a pipeline"));
    Some(parsed.collect())
}

#[test]
fn figures_are_means_over_folds_of_models_of_the_others() {
    let (rows, labels) = crowd(30, 5, 3);
    let request = CompareRequest {
        candidates: pipelines(&["lda", "center, length-norm, path(0.3)"]),
        ..labelled(&labels)
    };
    let job = Job::new();
    let found = compare_pipelines(&rows, &request, &job).expect("a comparison");
    assert_eq!((found.folds, found.repeats, found.identities), (5, 4, 30));
    assert_eq!(found.candidates[0].pipeline, "cosine");
    let classes = Classes::new(&labels).expect("classes");
    for (text, compared) in ["lda", "center, length-norm, path(0.3)"]
        .iter()
        .zip(&found.candidates[1..])
    {
        let pipeline: Pipeline = text.parse().expect("a pipeline");
        let (mut sum, mut rounds) = (0.0, 0.0);
        for repeat in 0..4 {
            let deal = Deal::new(&classes, 5, repeat);
            for fold in 0..5 {
                let inside = |class: u32| deal.fold_of[class as usize] == fold;
                let keep = |class: &u32| if inside(*class) { IGNORED } else { *class };
                let others: Vec<u32> = labels.iter().map(keep).collect();
                let others = Classes::new(&others).expect("classes");
                let options = FitOptions::default();
                let model = fit(&pipeline, &rows, Some(&others), &options, &job)
                    .expect("a fit")
                    .model;
                let judges = (0u32..).zip(&labels).filter(|(_, class)| inside(**class));
                let pairs = draw(judges.map(|(r, c)| (r, *c)).collect(), Most::default(), 0);
                let measure = Measure::Model(&model);
                let scores = score_pairs(&rows, &pairs.index1, &pairs.index2, measure, &job)
                    .expect("scores");
                let trials = Trials {
                    scores: &scores,
                    same: &pairs.same,
                    orientation: Orientation::Distance,
                    people: Some(People {
                        first: &pairs.first,
                        second: &pairs.second,
                        count: 30,
                    }),
                };
                sum += verify(&trials, 0.95).expect("figures").auroc;
                rounds += 1.0;
            }
        }
        let judged = compared.judged.as_ref().expect("judged");
        assert!((judged.figures.auroc - sum / rounds).abs() < 1e-9, "{text}");
    }
}

#[test]
fn no_deal_is_made_twice() {
    for people in 4..10u32 {
        let labels: Vec<u32> = (0..3 * people).map(|row| row % people).collect();
        let classes = Classes::new(&labels).expect("classes");
        let plan = Plan::new(&classes, None).expect("a plan");
        // Who is with whom, for every two people.
        let together: HashSet<Vec<bool>> = (plan.deals(&classes, 1).iter())
            .map(|deal| {
                let pairs = (0..people as usize).flat_map(|a| (0..a).map(move |b| (a, b)));
                pairs
                    .map(|(a, b)| deal.fold_of[a] == deal.fold_of[b])
                    .collect()
            })
            .collect();
        assert_eq!(together.len(), if people == 4 { 3 } else { 6 });
    }
}

#[test]
fn what_helps_is_taken_and_shuffled_labels_keep_cosine() {
    for seed in 0..10 {
        let (rows, labels) = crowd(40, 6, seed);
        let found =
            compare_pipelines(&rows, &labelled(&labels), &Job::new()).expect("a comparison");
        let taken = &found.candidates[found.choice.chosen];
        assert!(taken.pipeline.contains("wccn"), "{}", found.choice.reason);
        assert!(found.choice.reason.starts_with(&taken.pipeline));
        let mut random = Lcg(seed + 100);
        let mut shuffled = labels;
        for i in (1..shuffled.len()).rev() {
            let j = ((random.double() + 0.5) * (i + 1) as f64) as usize;
            shuffled.swap(i, j);
        }
        let found =
            compare_pipelines(&rows, &labelled(&shuffled), &Job::new()).expect("a comparison");
        assert_eq!(found.choice.chosen, 0, "{}", found.choice.reason);
        assert!(
            found.choice.reason.contains("nothing tells"),
            "{}",
            found.choice.reason
        );
    }
}

#[test]
fn threads_change_no_bit() {
    let (rows, labels) = crowd(60, 5, 9);
    let on = |threads| {
        let pool = crate::job::threads::pool(threads).expect("a pool");
        let found = pool.install(|| compare_pipelines(&rows, &labelled(&labels), &Job::new()));
        let found = found.expect("a comparison");
        let judged: Vec<_> = found.candidates.into_iter().map(|one| one.judged).collect();
        (judged, found.choice)
    };
    let one = on(1);
    assert!([2, 3, 7].into_iter().all(|threads| on(threads) == one));
}

#[test]
fn candidates_that_cannot_be_fitted_say_why_and_do_not_stop_the_others() {
    let (rows, labels) = crowd(30, 5, 4);
    let request = CompareRequest {
        candidates: pipelines(&["center(given), cosine", "wccn"]),
        ..labelled(&labels)
    };
    let found = compare_pipelines(&rows, &request, &Job::new()).expect("a comparison");
    let failure = found.candidates[1].failure.as_ref().expect("a failure");
    assert!(
        failure.contains("center(given) without a vector"),
        "{failure}"
    );
    assert!(found.candidates[1].judged.is_none());
    assert!(found.candidates[2].judged.is_some());
}

#[test]
fn too_little_to_compare_is_refused_and_auto_is_then_cosine() {
    let rows_of = |labels: &[u32]| {
        let mut random = Lcg(1);
        let values = (0..labels.len() * DIM).map(|_| random.double()).collect();
        Embeddings::from_doubles(values, labels.len(), DIM).expect("rows")
    };
    let one = [0u32; 9];
    let each: Vec<u32> = (0..12).collect();
    let three: Vec<u32> = (0..12).map(|i| i % 3).collect();
    let four: Vec<u32> = (0..12).map(|i| i % 4).collect();
    for (labels, code, says) in [
        (&one[..], Code::OneClass, "1 person"),
        (&each, Code::Empty, "12 people of one row each"),
        (&three, Code::OneClass, "3 people"),
        (&[0, 0, 1], Code::OneClass, "2 people"),
    ] {
        let rows = rows_of(labels);
        let error = compare_pipelines(&rows, &labelled(labels), &Job::new()).expect_err(says);
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(says), "{error}");
        let request = AutoRequest {
            compare: labelled(labels),
            ..AutoRequest::new()
        };
        let found = fit_auto(&rows, &request, &Job::new()).expect("cosine");
        assert_eq!(found.fit.model.card()["pipeline"], "cosine");
        assert!(
            found.comparison.is_none() && found.reason.contains(says),
            "{}",
            found.reason
        );
        assert_eq!(found.fit.model.card()["choice"], found.reason);
    }
    let rows = rows_of(&four);
    let folds = CompareRequest {
        folds: Some(2),
        ..labelled(&four)
    };
    assert!(compare_pipelines(&rows, &folds, &Job::new()).is_ok());
    let folds = CompareRequest {
        folds: Some(1),
        ..labelled(&four)
    };
    let error = compare_pipelines(&rows, &folds, &Job::new()).expect_err("one fold");
    assert_eq!(error.code(), Code::Option);
    let error =
        compare_pipelines(&rows, &CompareRequest::new(), &Job::new()).expect_err("no labels");
    assert_eq!(error.code(), Code::Option);
}

#[test]
fn auto_fits_what_it_chooses_to_everyone_and_a_hold_out_stays_unseen() {
    let (rows, labels) = crowd(50, 5, 6);
    let request = AutoRequest {
        compare: labelled(&labels),
        ..AutoRequest::new()
    };
    let found = fit_auto(&rows, &request, &Job::new()).expect("a model");
    let comparison = found.comparison.expect("a comparison");
    let chosen = &comparison.candidates[comparison.choice.chosen].pipeline;
    let classes = Classes::new(&labels).expect("classes");
    let pipeline: Pipeline = chosen.parse().expect("a pipeline");
    let alone = fit(
        &pipeline,
        &rows,
        Some(&classes),
        &FitOptions::default(),
        &Job::new(),
    );
    let alone = alone.expect("a fit").model;
    assert_eq!(found.fit.model.stages(), alone.stages());
    let held = AutoRequest {
        compare: labelled(&labels),
        holdout: Some(0.2),
        ..AutoRequest::new()
    };
    let held = fit_auto(&rows, &held, &Job::new()).expect("a model");
    assert_eq!(held.comparison.expect("a comparison").identities, 40);
    assert_eq!(held.fit.held_out.expect("held out").identities, 10);
}

#[test]
fn a_cancelled_comparison_stops() {
    let (rows, labels) = crowd(30, 5, 3);
    let job = Job::new();
    job.cancel();
    let error = compare_pipelines(&rows, &labelled(&labels), &job).expect_err("cancelled");
    assert_eq!(error.code(), Code::Aborted);
}
