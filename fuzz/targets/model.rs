//! A model file, as it is and with its sum made right: refused, or a model that is written as it was read and that
//! gives distances.
#![no_main]

use hackface_core::Job;
use hackface_core::jobs::score::score_pairs;
use hackface_core::jobs::transform::transform_embeddings;
use hackface_core::measure::Measure;
use hackface_core::models::{Model, Side};
use hackface_fuzz::{accepted, as_is_and_sealed, rows};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| as_is_and_sealed(bytes, |file| {
    let length = file.len() as u64;
    let Some(loaded) = accepted(Model::from_bytes(file)) else {
        return;
    };
    for known in [None, Some(length)] {
        assert_eq!(Model::file_bytes(file, known).ok(), Some(length));
    }
    let model = loaded.model;
    let written = model.to_bytes().expect("a model that was read");
    let again = Model::from_bytes(&written).expect("what was written");
    assert!(again.warnings.is_empty());
    assert_eq!(again.model.to_bytes().expect("the same"), written);
    let job = Job::new();
    accepted(score_pairs(
        rows(),
        &[0, 1, 2],
        &[1, 2, 3],
        Measure::Model(&model),
        &job,
    ));
    for side in [Side::Query, Side::Stored] {
        accepted(transform_embeddings(
            rows(),
            &model,
            side,
            &mut |_| Ok(()),
            &job,
        ));
    }
}));
