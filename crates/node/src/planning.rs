//! Numbers of people that a claim needs.

use hackface_core::evaluation::planning::{
    Claim, Pilot, check_share, people_for, with_thirty_errors, without_error,
};
use hackface_core::{Code, Error, Result};
use napi::Env;
use napi_derive::napi;

use crate::boundary::guarded;

/// A claim to be planned for.
#[napi(object, object_to_js = false)]
pub struct NativeClaim {
    /// The bound as an error rate, in (0, 1).
    pub rate: Option<f64>,
    pub confidence: f64,
    pub power: f64,
    /// Comparisons that each two people give.
    pub each_two: f64,
    pub pilot: Option<NativePilot>,
    /// Bound and expected value of the figure of the pilot.
    pub bound: Option<f64>,
    pub expected: Option<f64>,
    /// A difference to be found; the variance of the pilot is then that of the difference.
    pub difference: Option<f64>,
}

/// A figure over the people of a pilot, and its variance.
#[napi(object, object_to_js = false)]
pub struct NativePilot {
    pub people: f64,
    pub value: f64,
    /// True for a rate with Wilson's interval.
    pub is_rate: bool,
    pub carriers: f64,
    pub by_people: f64,
    pub by_pairs: f64,
    pub by_chance: f64,
}

/// Numbers of comparisons and of people; absent where not asked for, or where no number is enough.
#[napi(object, object_from_js = false)]
pub struct NativePlanned {
    /// Comparisons without an error, and people whose pairs are so many.
    pub three: Option<f64>,
    pub people_for_three: Option<f64>,
    /// Comparisons with 30 errors, and people whose pairs are so many.
    pub thirty: Option<f64>,
    pub people_for_thirty: Option<f64>,
    /// People with whom the claim is shown.
    pub shown: Option<f64>,
    /// People with whom the difference is found.
    pub detected: Option<f64>,
}

impl NativeClaim {
    fn plan(self) -> Result<NativePlanned> {
        check_share("confidence", self.confidence)?;
        check_share("power", self.power)?;
        if let Some(rate) = self.rate {
            check_share("error rate of the claim", rate)?;
        }
        if !(self.each_two >= 1.0 && self.each_two.is_finite()) {
            let found = format!("{} comparisons of each two people", self.each_two);
            return Err(Error::new(Code::Option, found, "a number of at least 1"));
        }
        let three = self.rate.map(|rate| without_error(rate, self.confidence));
        let thirty = self.rate.map(with_thirty_errors);
        let people = |comparisons: f64| people_for(comparisons, self.each_two);
        let pilot = self.pilot.map(|pilot| Pilot {
            people: pilot.people,
            value: pilot.value,
            is_rate: pilot.is_rate,
            carriers: pilot.carriers,
            by_people: pilot.by_people,
            by_pairs: pilot.by_pairs,
            by_chance: pilot.by_chance,
        });
        let claimed = pilot.zip(self.bound.zip(self.expected));
        let wanted = pilot.zip(self.difference);
        Ok(NativePlanned {
            three,
            people_for_three: three.map(people),
            thirty,
            people_for_thirty: thirty.map(people),
            shown: claimed.and_then(|(pilot, (bound, expected))| {
                pilot.people_to_show(&Claim {
                    bound,
                    expected,
                    confidence: self.confidence,
                    power: self.power,
                })
            }),
            detected: wanted.and_then(|(pilot, difference)| {
                pilot.people_to_detect(difference, self.confidence, self.power)
            }),
        })
    }
}

/// How many comparisons and people a claim needs.
#[napi(catch_unwind)]
pub fn plan_people(env: &Env, claim: NativeClaim) -> napi::Result<NativePlanned> {
    guarded(env, "planPeople", || claim.plan())
}
