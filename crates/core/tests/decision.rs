//! Decisions: what they say, their file, and files that are none.

use hackface_core::calibration::{CalibrationOptions, Evidence, MapKind, Verdict, calibrate};
use hackface_core::decision::{Decision, Language, Part};
use hackface_core::evaluation::{Orientation, People};
use hackface_core::measure::Normalize;
use hackface_core::{Code, Embeddings, Job};

/// 20 people with 3 rows each on a circle, all pairs.
struct World {
    rows: Embeddings,
    first: Vec<u32>,
    second: Vec<u32>,
    same: Vec<u8>,
    sides: [Vec<u32>; 2],
}

fn world() -> World {
    let mut state = 9u64;
    let mut unit = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 40) as f64 / (1u64 << 24) as f64
    };
    let mut values = vec![];
    for _ in 0..20 {
        let (at, up) = (std::f64::consts::TAU * unit(), 2.0 * unit() - 1.0);
        for _ in 0..3 {
            let (angle, height) = (at + 0.7 * unit(), up + 0.7 * unit());
            values.extend([angle.cos() as f32, angle.sin() as f32, height as f32]);
        }
    }
    let pairs: Vec<(u32, u32)> = (0..60).flat_map(|a| (0..a).map(move |b| (a, b))).collect();
    let (first, second): (Vec<u32>, Vec<u32>) = pairs.into_iter().unzip();
    let person = |of: &Vec<u32>| of.iter().map(|row| row / 3).collect::<Vec<u32>>();
    let sides = [person(&first), person(&second)];
    let same = sides[0]
        .iter()
        .zip(&sides[1])
        .map(|(a, b)| u8::from(a == b))
        .collect();
    World {
        rows: Embeddings::from_vec(values, 60, 3).unwrap(),
        first,
        second,
        same,
        sides,
    }
}

fn decided(metrics: &[&str], map: MapKind) -> (World, Decision) {
    let world = world();
    let parts: Vec<Part> = metrics
        .iter()
        .map(|metric| Part::metric(metric, Normalize::None).unwrap())
        .collect();
    let similarities: Vec<Vec<f64>> = metrics
        .iter()
        .map(|metric| {
            let expression = hackface_core::metrics::Expression::parse(metric).unwrap();
            let options = hackface_core::measure::MetricOptions::new(&expression);
            let measure = hackface_core::measure::Measure::Metric(&options);
            let (first, second, job) = (&world.first, &world.second, Job::new());
            let found =
                hackface_core::jobs::score::score_pairs(&world.rows, first, second, measure, &job);
            found
                .unwrap()
                .into_iter()
                .map(|distance| -distance)
                .collect()
        })
        .collect();
    let evidence = Evidence {
        parts: &similarities,
        same: &world.same,
        people: Some(People {
            first: &world.sides[0],
            second: &world.sides[1],
            count: 20,
        }),
    };
    let options = CalibrationOptions {
        map,
        prior: 0.1,
        ..CalibrationOptions::default()
    };
    let calibrated = calibrate(&evidence, &options, &Job::new()).unwrap();
    let decision = Decision::new(parts, Orientation::Distance, &calibrated, &options).unwrap();
    (world, decision)
}

#[test]
fn a_file_gives_the_same_decision_back() {
    for map in MapKind::ALL {
        for metrics in [&["cosine"][..], &["cosine", "euclidean"]] {
            let (world, decision) = decided(metrics, map);
            let bytes = decision.to_bytes().unwrap();
            let read = Decision::from_bytes(&bytes).unwrap();
            assert_eq!(read.warnings, Vec::<String>::new());
            assert_eq!(read.decision.to_bytes().unwrap(), bytes);
            let (job, w) = (Job::new(), &world);
            let scores = decision
                .scores(&w.rows, (&w.first, &w.second), None, &job)
                .unwrap();
            let again = read
                .decision
                .scores(&w.rows, (&w.first, &w.second), None, &job)
                .unwrap();
            assert_eq!(scores, again);
            for score in scores {
                let judged = decision.judge(score).unwrap();
                assert_eq!(read.decision.judge(score).unwrap(), judged);
                assert!(!judged.outside);
            }
        }
    }
}

#[test]
fn answers_follow_the_interval_of_the_ratio() {
    let (world, decision) = decided(&["cosine"], MapKind::Affine);
    let scores = decision
        .scores(
            &world.rows,
            (&world.first, &world.second),
            None,
            &Job::new(),
        )
        .unwrap();
    let mut met = [0; 3];
    for score in scores {
        let judged = decision.judge(score).unwrap();
        let (low, high) = judged.ratio_interval.unwrap();
        assert!(low <= judged.ratio && judged.ratio <= high);
        let threshold = decision.threshold();
        match judged.verdict {
            Verdict::Same => assert!(low >= threshold),
            Verdict::Different => assert!(high < threshold),
            Verdict::Uncertain => assert!(low < threshold && high >= threshold),
        }
        met[judged.verdict as usize] += 1;
    }
    assert!(met.iter().all(|count| *count > 0), "{met:?}");
    assert!(decision.judge(-9.0).unwrap().outside && decision.judge(9.0).unwrap().outside);
    assert_eq!(
        decision.judge(f64::NAN).unwrap_err().code(),
        Code::NotFinite
    );
}

#[test]
fn what_is_no_decision_file_is_refused() {
    let (_, decision) = decided(&["cosine"], MapKind::Affine);
    let bytes = decision.to_bytes().unwrap();
    for at in (0..bytes.len()).step_by(37) {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let refused = Decision::from_bytes(&changed).map(|_| ()).unwrap_err();
        assert!(
            matches!(refused.code(), Code::Model | Code::ModelVersion),
            "byte {at}"
        );
        assert!(Decision::from_bytes(&bytes[..at]).is_err());
    }
    let model = hackface_core::models::Model::from_bytes(&bytes)
        .map(|_| ())
        .unwrap_err();
    assert_eq!(model.code(), Code::Model);
}

#[test]
fn a_metric_of_more_than_two_rows_is_no_part() {
    for metric in ["minmax(cosine)", "mahalanobis", "seuclidean + cosine"] {
        let refused = Part::metric(metric, Normalize::None)
            .map(|_| ())
            .unwrap_err();
        assert_eq!(refused.code(), Code::Option, "{metric}");
    }
}

#[test]
fn a_rule_names_its_score_on_one_line() {
    let (_, decision) = decided(&["cosine", "euclidean"], MapKind::Beta);
    for (name, start) in [("sql", "-- score"), ("javascript", "// score")] {
        let text = decision.export(Language::parse(name).unwrap()).unwrap();
        assert!(text.starts_with(start) && text.contains("score1"), "{text}");
    }
    assert_eq!(Language::parse("cobol").unwrap_err().code(), Code::Option);
}
