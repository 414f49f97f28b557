//! Scores of pairs and the truth about them, copied once when JavaScript hands them over.

use std::borrow::Cow;
use std::sync::Arc;

use hackface_core::Result;
use hackface_core::evaluation::{Curve, Orientation, People, Trials, auroc};
use hackface_core::job::threads::copied;
use napi::Env;
use napi_derive::napi;

use crate::boundary::guarded;
use crate::options::set;

/// Scores and truth of the trials.
pub(crate) struct Held {
    scores: Scores,
    same: Vec<u8>,
    orientation: Orientation,
    people: Option<(Vec<u32>, Vec<u32>, usize)>,
}

enum Scores {
    Wide(Vec<f64>),
    Narrow(Vec<f32>),
}

/// Trials to judge. JavaScript cannot write to them.
#[napi]
pub struct NativeTrials {
    pub(crate) inner: Arc<Held>,
}

#[napi]
impl NativeTrials {
    /// Copies 64-bit scores; `first` and `second` are identities, or empty.
    #[napi(factory, catch_unwind)]
    pub fn wide(
        env: &Env,
        scores: &[f64],
        same: &[u8],
        orientation: Option<String>,
        first: &[u32],
        second: &[u32],
    ) -> napi::Result<Self> {
        let scores = Scores::Wide(copied(scores));
        Self::new(env, scores, same, orientation, [first, second])
    }

    /// Copies 32-bit scores.
    #[napi(factory, catch_unwind)]
    pub fn narrow(
        env: &Env,
        scores: &[f32],
        same: &[u8],
        orientation: Option<String>,
        first: &[u32],
        second: &[u32],
    ) -> napi::Result<Self> {
        let scores = Scores::Narrow(copied(scores));
        Self::new(env, scores, same, orientation, [first, second])
    }
}

impl NativeTrials {
    fn new(
        env: &Env,
        scores: Scores,
        same: &[u8],
        orientation: Option<String>,
        [first, second]: [&[u32]; 2],
    ) -> napi::Result<Self> {
        let orientation = guarded(env, "trials", || {
            let mut held = Orientation::default();
            let named = orientation.as_deref().map(Orientation::parse);
            set(&mut held, named.transpose()?);
            Ok(held)
        })?;
        let most = first.iter().chain(second).max();
        let count = most.map(|most| *most as usize + 1);
        let people = count.map(|count| (first.to_vec(), second.to_vec(), count));
        let inner = Arc::new(Held {
            scores,
            same: copied(same),
            orientation,
            people,
        });
        Ok(Self { inner })
    }
}

impl Held {
    pub(crate) fn auroc(&self) -> Result<f64> {
        match &self.scores {
            Scores::Wide(scores) => auroc(scores, &self.same, self.orientation),
            Scores::Narrow(scores) => auroc(scores, &self.same, self.orientation),
        }
    }

    pub(crate) fn curve(&self) -> Result<Curve> {
        Curve::of(&self.scores(), &self.same, self.orientation)
    }

    pub(crate) fn scores(&self) -> Cow<'_, [f64]> {
        match &self.scores {
            Scores::Wide(scores) => Cow::Borrowed(scores),
            Scores::Narrow(scores) => scores.iter().map(|s| f64::from(*s)).collect(),
        }
    }

    pub(crate) fn trials<'a>(&'a self, scores: &'a [f64]) -> Trials<'a> {
        Trials {
            scores,
            same: &self.same,
            orientation: self.orientation,
            people: self.people.as_ref().map(|(first, second, count)| People {
                first,
                second,
                count: *count,
            }),
        }
    }
}
