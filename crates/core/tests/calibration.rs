//! Maps and weights against scikit-learn (1.5: `LogisticRegression` without penalty, `IsotonicRegression`), and data
//! that leave little to fit.

use hackface_core::calibration::{
    Calibrated, CalibrationOptions, Evidence, Map, MapKind, Verdict, calibrate,
};
use hackface_core::evaluation::{Curve, Orientation, People, calibration};
use hackface_core::{Code, Job};

const SCORES: [f64; 48] = [
    -1.0, 2.0, -0.9, 0.7, 2.6, 0.7, -0.9, -0.1, 0.2, 2.5, 0.6, -1.6, 1.4, 0.6, -1.5, 1.0, 0.3, 0.2,
    1.6, 1.2, 0.7, -0.9, 1.2, -1.1, 1.2, -1.3, 2.9, -0.2, 3.1, -0.9, 1.4, -0.1, -0.7, 3.7, 0.1,
    -1.3, 0.6, 2.2, -1.1, 0.5, 0.1, 0.8, 2.2, -0.0, 1.1, 2.4, 1.8, 0.0,
];
const SECOND: [f64; 48] = [
    -0.54, 0.52, -0.26, 3.28, 0.62, 1.48, 1.66, 0.5, 0.43, 2.3, 1.2, 0.19, 1.69, 0.41, -0.68,
    -0.17, -0.11, 1.4, 0.77, 2.15, 1.41, -0.31, -2.63, 0.22, -0.28, -1.6, 0.51, 0.97, 1.38, -0.6,
    1.2, -0.47, 1.06, 1.12, -1.4, 0.21, 0.07, 0.8, -1.35, 1.06, -0.73, 1.58, 0.34, 0.03, 0.96,
    1.15, 3.64, 0.5,
];
const SAME: [u8; 48] = [
    0, 1, 0, 1, 1, 1, 0, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 1, 0,
    0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1,
];

fn calibrated(parts: &[&[f64]], options: &CalibrationOptions) -> Calibrated {
    let parts: Vec<Vec<f64>> = parts.iter().map(|part| part.to_vec()).collect();
    let evidence = Evidence {
        parts: &parts,
        same: &SAME,
        people: None,
    };
    calibrate(&evidence, options, &Job::new()).unwrap()
}

fn with(map: MapKind) -> CalibrationOptions {
    CalibrationOptions {
        map,
        prior: 0.2,
        far: vec![0.1],
        ridge: 1e-3,
        ..CalibrationOptions::default()
    }
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
}

#[test]
fn an_affine_map_is_that_of_scikit_learn() {
    let found = calibrated(&[&SCORES], &with(MapKind::Affine));
    let Map::Affine { slope, offset } = found.map.map else {
        panic!("another map");
    };
    near(slope, 1.4233761825692486);
    near(offset, -0.89644669473367);
    let ratios: Vec<f64> = SCORES.iter().map(|s| slope * s + offset).collect();
    let curve = Curve::of(&ratios, &SAME, Orientation::Similarity).unwrap();
    let cost = calibration(&curve);
    assert!((cost.cllr - 0.6137089583151127).abs() < 1e-6);
    assert!((cost.min_cllr - 0.4882071149598134).abs() < 1e-12);
}

#[test]
fn an_isotonic_map_is_that_of_scikit_learn() {
    let found = calibrated(&[&SCORES], &with(MapKind::Isotonic));
    let (low, high) = found.map.bounds;
    near(low, -(22f64.ln()));
    near(high, 28f64.ln());
    let odds = (21f64 / 27.0).ln();
    let share = |s: f64| 1.0 / (1.0 + (-(found.map.ratio(s) + odds)).exp());
    for (scores, expected) in [
        (&[-0.2, -0.0, 0.3, 0.5][..], 0.181_818_181_818),
        (&[0.6][..], 1.0 / 3.0),
        (&[0.7, 1.2][..], 2.0 / 3.0),
        (&[1.4, 2.9][..], 0.909_090_909_091),
    ] {
        scores.iter().for_each(|s| near(share(*s), expected));
    }
    // Where scikit-learn says 0 and 1, a ratio stays within its bounds.
    assert_eq!(
        [-1.6, 3.7, 99.0].map(|s| found.map.ratio(s)),
        [low, high, high]
    );
    assert_eq!(found.map.interval(0.0), None);
    assert_eq!(found.cutoffs.same, found.cutoffs.different);
}

#[test]
fn a_beta_map_leaves_out_what_would_fall() {
    // scikit-learn with both columns gives the second −0.594.
    let found = calibrated(&[&SCORES], &with(MapKind::Beta));
    let Map::Beta {
        of_place,
        of_rest,
        offset,
        low,
        high,
    } = found.map.map
    else {
        panic!("another map");
    };
    near(of_place, 3.800149647097124);
    near(offset, 3.470341341252433);
    assert_eq!(of_rest, 0.0);
    near(low, -1.7104166666666667);
    near(high, 3.810416666666667);
}

#[test]
fn weights_are_those_of_scikit_learn_with_a_penalty() {
    let found = calibrated(&[&SCORES, &SECOND], &with(MapKind::Affine));
    near(found.weights[0].value, 1.246412595858185);
    near(found.weights[1].value, 1.542696213002459);
    assert!(
        found
            .weights
            .iter()
            .all(|w| w.interval.low < w.value && w.value < w.interval.high)
    );
    assert_eq!(found.contributions.len(), 2);
    // A part twice says nothing more, and the ridge shares the weight.
    let twice = calibrated(&[&SCORES, &SCORES], &with(MapKind::Affine));
    near(twice.weights[0].value, twice.weights[1].value);
}

#[test]
fn separated_scores_get_bounded_ratios_and_a_warning() {
    let scores = SAME.map(|same| f64::from(same) * 2.0 - 1.0);
    for map in MapKind::ALL {
        let found = calibrated(&[&scores], &with(map));
        assert!(
            found.warnings.iter().any(|w| w.code == "separated"),
            "{map:?}"
        );
        for s in [-1.0, 1.0, 1e300, -1e300] {
            let ratio = found.map.ratio(s);
            assert!(
                ratio.abs() <= 28f64.ln() && ratio.signum() == s.signum(),
                "{map:?} {s} {ratio}"
            );
        }
    }
}

#[test]
fn scores_that_say_nothing_get_the_ratio_0() {
    for scores in [SCORES.map(|s| -s), [0.25; 48]] {
        for map in MapKind::ALL {
            let found = calibrated(&[&scores], &with(map));
            assert!(
                found.warnings.iter().any(|w| w.code == "no-slope"),
                "{map:?}"
            );
            assert!(
                scores.iter().all(|s| found.map.ratio(*s).abs() < 1e-9),
                "{map:?}"
            );
        }
    }
}

#[test]
fn many_equal_scores_are_no_deviation_by_rounding() {
    // The weighted mean of so many is beside 0.1, by more than their least place.
    let same: Vec<u8> = (0..20_632).map(|pair| u8::from(pair % 33 == 0)).collect();
    let equal = vec![0.1; same.len()];
    let told: Vec<f64> = same
        .iter()
        .zip(0..)
        .map(|(s, i)| f64::from(*s) + f64::from(i % 7))
        .collect();
    for (parts, ratios) in [(vec![equal.clone()], 1), (vec![told, equal], 2)] {
        let evidence = Evidence {
            parts: &parts,
            same: &same,
            people: None,
        };
        let found = calibrate(&evidence, &with(MapKind::Affine), &Job::new()).unwrap();
        let silent = found.warnings.iter().any(|w| w.code == "no-slope");
        assert_eq!(silent, ratios == 1);
        if ratios == 2 {
            assert_eq!(found.weights[1].value, 0.0);
        }
    }
}

#[test]
fn two_people_are_calibrated_and_not_judged() {
    let people = People {
        first: &[0, 0, 1, 0],
        second: &[0, 0, 1, 1],
        count: 2,
    };
    let parts = [vec![0.9, 0.7, 0.8, 0.75]];
    let evidence = Evidence {
        parts: &parts,
        same: &[1, 1, 1, 0],
        people: Some(people),
    };
    let found = calibrate(&evidence, &CalibrationOptions::default(), &Job::new()).unwrap();
    assert_eq!(found.judgement, None);
    assert!(found.warnings.iter().any(|w| w.code == "not-judged"));
    assert_eq!(found.cutoffs.verdict(0.8), Verdict::Uncertain);
}

#[test]
fn what_cannot_be_calibrated_is_refused() {
    let refused = |scores: &[f64], same: &[u8], options: &CalibrationOptions| {
        let parts = [scores.to_vec()];
        let evidence = Evidence {
            parts: &parts,
            same,
            people: None,
        };
        calibrate(&evidence, options, &Job::new())
            .unwrap_err()
            .code()
    };
    let plain = CalibrationOptions::default();
    assert_eq!(refused(&[0.1, f64::NAN], &[0, 1], &plain), Code::NotFinite);
    assert_eq!(refused(&[0.1, 0.2], &[1, 1], &plain), Code::OneClass);
    assert_eq!(refused(&[0.1], &[1, 0], &plain), Code::Dimension);
    let wrong = [
        CalibrationOptions {
            prior: 1.0,
            ..plain.clone()
        },
        CalibrationOptions {
            cost_miss: 0.0,
            ..plain.clone()
        },
        CalibrationOptions {
            folds: 1,
            ..plain.clone()
        },
        CalibrationOptions {
            ridge: f64::NAN,
            ..plain.clone()
        },
        CalibrationOptions {
            far: vec![0.0],
            ..plain.clone()
        },
    ];
    for options in wrong {
        assert_eq!(refused(&[0.1, 0.2], &[0, 1], &options), Code::Option);
    }
}
