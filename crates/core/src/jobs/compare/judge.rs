//! Distances of the pairs of held-out people under each candidate, and the figures from them.

use std::collections::BTreeSet;

use super::choice::{Basis, Choice, choose, explain};
use super::deal::Plan;
use super::{CompareRequest, Compared, Judged};
use crate::error::{Code, Error, Result};
use crate::evaluation::{CompareOptions, Orientation, People, Trials, compare, verify};
use crate::job::Job;
use crate::jobs::fit::pairs::{Most, Pairs, draw};
use crate::jobs::score::score_pairs;
use crate::measure::{Measure, MetricOptions, Undefined};
use crate::metrics::Expression;
use crate::models::{OneFold, Pipeline};
use crate::rows::Embeddings;

/// Most genuine pairs of all folds together.
const MOST_GENUINE: usize = 100_000;
/// Most impostor pairs of all folds together.
const MOST_IMPOSTORS: usize = 200_000;

/// What the folds so far tell of each candidate.
pub(super) struct Judge<'a> {
    candidates: &'a [Pipeline],
    request: &'a CompareRequest<'a>,
    most: Most,
    /// Pairs of all folds.
    pairs: Pairs,
    /// Distances of the same pairs under each candidate, or why there are none.
    distances: Vec<Result<Vec<f64>>>,
    seconds: Vec<f64>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        candidates: &'a [Pipeline],
        request: &'a CompareRequest<'a>,
        plan: Plan,
    ) -> Self {
        let rounds = plan.folds * plan.repeats;
        Self {
            candidates,
            request,
            most: Most {
                genuine: MOST_GENUINE / rounds,
                impostors: MOST_IMPOSTORS / rounds,
            },
            pairs: Pairs::default(),
            distances: candidates.iter().map(|_| Ok(Vec::new())).collect(),
            seconds: vec![0.0; candidates.len()],
        }
    }

    /// Fits every candidate without a fold, whose `rows` judge it.
    pub(super) fn fold(
        &mut self,
        embeddings: &Embeddings,
        others: &OneFold<'_>,
        rows: Vec<(u32, u32)>,
        job: &Job,
    ) -> Result<()> {
        let pairs = draw(rows, self.most, self.request.seed);
        let quiet = job.part();
        for (place, pipeline) in self.candidates.iter().enumerate() {
            job.check()?;
            let started = (self.request.clock)();
            if let Ok(all) = &mut self.distances[place]
                && !pairs.same.is_empty()
            {
                match distances(embeddings, others, pipeline, &pairs, &quiet) {
                    Ok(own) => all.extend(own),
                    Err(error) if says_nothing_of_others(&error) => {
                        self.distances[place] = Err(error);
                    }
                    Err(error) => return Err(error),
                }
            }
            self.seconds[place] += (self.request.clock)() - started;
            job.advance(1);
        }
        self.pairs.append(pairs);
        Ok(())
    }

    /// Genuine and impostor pairs.
    pub(super) fn kinds(&self) -> (usize, usize) {
        let genuine = self.pairs.same.iter().filter(|same| **same == 1).count();
        (genuine, self.pairs.same.len() - genuine)
    }

    /// Rows in at least one pair.
    pub(super) fn rows(&self) -> u64 {
        let rows: BTreeSet<&u32> = self.pairs.index1.iter().chain(&self.pairs.index2).collect();
        rows.len() as u64
    }
}

/// Distances of held-out pairs under a model of the others; of cosine without a model.
fn distances(
    embeddings: &Embeddings,
    others: &OneFold<'_>,
    pipeline: &Pipeline,
    pairs: &Pairs,
    job: &Job,
) -> Result<Vec<f64>> {
    let score = |measure| score_pairs(embeddings, &pairs.index1, &pairs.index2, measure, job);
    if pipeline.to_string() == super::candidates::COSINE {
        let cosine = Expression::parse("cosine")?;
        let cosine = MetricOptions {
            undefined: Undefined::Max,
            ..MetricOptions::new(&cosine)
        };
        return score(Measure::Metric(&cosine));
    }
    let fitted = others.fit(pipeline, job)?;
    score(Measure::Model(&fitted.model))
}

/// True if a candidate fails for what it is, so that others may do.
fn says_nothing_of_others(error: &Error) -> bool {
    matches!(
        error.code(),
        Code::Singular
            | Code::OneClass
            | Code::Empty
            | Code::Undefined
            | Code::Domain
            | Code::Option
            | Code::NotFinite
    )
}

/// Figures of every candidate over the pairs of all folds, and the choice.
pub(super) fn pool(judge: Judge<'_>, basis: &Basis, level: f64) -> Result<(Vec<Compared>, Choice)> {
    let (genuine, impostors) = judge.kinds();
    if genuine == 0 || impostors == 0 {
        let found = format!("{genuine} genuine and {impostors} impostor pairs inside the folds");
        return Err(Error::new(
            Code::OneClass,
            found,
            "both kinds, to compare candidates on",
        )
        .with_hint("Give rows of more people, and two and more of each, or use cosine"));
    }
    let pairs = &judge.pairs;
    let count = pairs.first.iter().chain(&pairs.second).max().copied();
    let people = People {
        first: &pairs.first,
        second: &pairs.second,
        count: count.map_or(0, |most| most as usize + 1),
    };
    let trials = |distances| Trials {
        scores: distances,
        same: &pairs.same,
        orientation: Orientation::Distance,
        people: Some(people),
    };
    let figures: Vec<_> = judge
        .distances
        .iter()
        .map(|distances| match distances {
            Ok(distances) => verify(&trials(distances), level).map(Some),
            Err(_) => Ok(None),
        })
        .collect::<Result<_>>()?;
    // The first of equals, which is the simplest.
    let mut best = 0;
    for (place, own) in figures.iter().enumerate() {
        let area = |place: usize| figures[place].as_ref().map(|f| f.auroc);
        if own.as_ref().map(|f| f.auroc) > area(best) {
            best = place;
        }
    }
    let options = CompareOptions {
        level,
        ..CompareOptions::default()
    };
    let less = |a: usize, b: usize| match (&judge.distances[a], &judge.distances[b]) {
        (Ok(a), Ok(b)) => Ok(Some(compare(&trials(a), &trials(b), &options)?.auroc)),
        _ => Ok(None),
    };
    let mut candidates = Vec::with_capacity(figures.len());
    for (place, figures) in figures.into_iter().enumerate() {
        let differences = less(place, 0)?.zip(less(best, place)?);
        let judged = figures.zip(differences);
        candidates.push(Compared {
            pipeline: judge.candidates[place].to_string(),
            judged: judged.map(|(figures, (above_cosine, below_best))| Judged {
                figures,
                above_cosine,
                below_best,
            }),
            failure: judge.distances[place].as_ref().err().map(Error::to_string),
            seconds: judge.seconds[place],
        });
    }
    let chosen = choose(&candidates, best);
    let reason = explain(&candidates, (chosen, best), basis);
    Ok((
        candidates,
        Choice {
            chosen,
            best,
            reason,
        },
    ))
}
