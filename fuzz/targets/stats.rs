//! A file of statistics, as it is and with its sums made right: refused, or statistics that are written as they were
//! read, merged and fitted.
#![no_main]

use hackface_core::Job;
use hackface_core::jobs::stats::{Stats, StatsHead};
use hackface_core::models::Pipeline;
use hackface_fuzz::{accepted, as_is_and_sealed, scratch};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| as_is_and_sealed(bytes, |file| {
    let Some(stats) = accepted(Stats::from_bytes(file)) else {
        return;
    };
    let written = stats.to_bytes().expect("statistics that were read");
    let again = Stats::from_bytes(&written).expect("what was written");
    assert_eq!(again, stats);
    if let Some(pipeline) = accepted(stats.pipeline().parse::<Pipeline>()) {
        let path = scratch("sums.stats", file);
        accepted(StatsHead::open(&path, &pipeline));
    }
    let (job, names) = (Job::new(), ["the file".to_owned()]);
    accepted(Stats::merge(std::slice::from_ref(&stats), &names, &job));
    accepted(Stats::fit((&[&stats], &names), None, None, &job));
}));
