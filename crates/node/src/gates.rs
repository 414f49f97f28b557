//! Intervals as gates judge them: at another level, and of differences.

use hackface_core::evaluation::{Interval, Variance, at_level, unpaired};
use hackface_core::{Code, Error, Result};
use napi::Env;
use napi_derive::napi;

use crate::boundary::guarded;

/// An interval of a result.
#[napi(object, object_to_js = false)]
pub struct NativeInterval {
    pub low: f64,
    pub high: f64,
    pub level: f64,
    pub method: String,
    pub variance: Option<NativeVariance>,
}

/// A variance by identity.
#[napi(object, object_to_js = false)]
pub struct NativeVariance {
    pub people: f64,
    pub by_people: f64,
    pub by_pairs: f64,
}

impl NativeInterval {
    fn interval(self) -> Interval {
        let variance = self.variance.map(|of| Variance {
            people: of.people,
            by_people: of.by_people,
            by_pairs: of.by_pairs,
        });
        let ends = (self.low, self.high);
        Interval {
            variance,
            ..Interval::new(ends, self.level, self.method)
        }
    }
}

/// The ends of the interval of a figure at another level; none where its method does not tell them.
#[napi(catch_unwind)]
pub fn interval_at_level(
    env: &Env,
    value: f64,
    interval: NativeInterval,
    level: f64,
) -> napi::Result<Option<Vec<f64>>> {
    guarded(env, "intervalAtLevel", || {
        let moved = at_level(value, &interval.interval(), level)?;
        Ok(moved.map(|of| vec![of.low, of.high]))
    })
}

/// The interval of a difference from the intervals of both figures alone, each a value with its lower and upper end.
#[napi(catch_unwind)]
pub fn unpaired_difference(env: &Env, first: Vec<f64>, second: Vec<f64>) -> napi::Result<Vec<f64>> {
    guarded(env, "unpairedDifference", || {
        let (low, high) = unpaired(ends(&first)?, ends(&second)?);
        Ok(vec![low, high])
    })
}

fn ends(of: &[f64]) -> Result<[f64; 3]> {
    let expected = "a value, its lower and its upper end";
    let wrong = || Error::new(Code::Option, format!("{} numbers", of.len()), expected);
    <[f64; 3]>::try_from(of).map_err(|_| wrong())
}
