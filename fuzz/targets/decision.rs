//! A decision file, as it is and with its sum made right: refused, or a decision that is written as it was read, judges
//! any score and is exported.
#![no_main]

use hackface_core::Job;
use hackface_core::decision::{Decision, Language};
use hackface_fuzz::{accepted, as_is_and_sealed, rows};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| as_is_and_sealed(bytes, |file| {
    let Some(loaded) = accepted(Decision::from_bytes(file)) else {
        return;
    };
    let decision = loaded.decision;
    let written = decision.to_bytes().expect("a decision that was read");
    let again = Decision::from_bytes(&written).expect("what was written");
    assert_eq!(again.decision.to_bytes().expect("the same"), written);
    let (low, high) = decision.range();
    for score in [
        low,
        high,
        0.0,
        -1.0,
        0.5,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
    ] {
        let judged = accepted(decision.judge(score)).expect("the verdict on a finite score");
        assert!((0.0..=1.0).contains(&judged.probability), "{judged:?}");
    }
    for language in [Language::Sql, Language::JavaScript] {
        accepted(decision.export(language));
    }
    accepted(decision.scores(rows(), (&[0, 1], &[1, 2]), None, &Job::new()));
}));
