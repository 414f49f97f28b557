//! A pipeline and a metric from any text: what is read is written as text that reads the same, and gives distances.
#![no_main]

use hackface_core::Job;
use hackface_core::jobs::score::score_pairs;
use hackface_core::measure::{Measure, MetricOptions};
use hackface_core::metrics::Expression;
use hackface_core::models::Pipeline;
use hackface_fuzz::{accepted, rows};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(pipeline) = accepted(text.parse::<Pipeline>()) {
        for written in [pipeline.to_string(), pipeline.explained()] {
            assert_eq!(written.parse::<Pipeline>().expect(&written), pipeline);
        }
    }
    if let Some(expression) = accepted(Expression::parse(text)) {
        for metric in expression.metrics() {
            let written = format!("{metric:?}");
            let again = Expression::parse(&written).expect(&written);
            assert_eq!(again.metrics(), std::slice::from_ref(metric));
        }
        let measure = MetricOptions::new(&expression);
        let measure = Measure::Metric(&measure);
        accepted(score_pairs(
            rows(),
            &[0, 1, 2],
            &[1, 2, 3],
            measure,
            &Job::new(),
        ));
    }
});
