//! The figures of candidates over the held-out people of all folds.

use super::choice::{Basis, Choice, choose, explain};
use super::{CompareRequest, Compared, Judged};
use crate::error::{Code, Error, Result};
use crate::evaluation::{Orientation, OverFolds, People, Trials, Verification};
use crate::job::Job;
use crate::jobs::fit::pairs::{Most, Pairs, draw};
use crate::jobs::score::score_pairs;
use crate::measure::{Measure, MetricOptions, Undefined};
use crate::metrics::Expression;
use crate::models::{OneFold, Pipeline};
use crate::rows::Embeddings;

/// Most pairs that judge a fold.
const MOST: Most = Most {
    genuine: 100_000,
    impostors: 300_000,
};

/// The judgement of each candidate by the folds so far.
pub(super) struct Judge<'a> {
    candidates: &'a [Pipeline],
    request: &'a CompareRequest<'a>,
    /// People are numbered below this.
    people: usize,
    /// Figures of each candidate, or why there are none.
    figures: Vec<Result<OverFolds>>,
    seconds: Vec<f64>,
    rounds: usize,
    pub(super) rows: u64,
    pub(super) genuine: usize,
    pub(super) impostors: usize,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        candidates: &'a [Pipeline],
        request: &'a CompareRequest<'a>,
        people: usize,
    ) -> Self {
        Self {
            candidates,
            request,
            people,
            figures: candidates
                .iter()
                .map(|_| Ok(OverFolds::new(people)))
                .collect(),
            seconds: vec![0.0; candidates.len()],
            rounds: 0,
            rows: 0,
            genuine: 0,
            impostors: 0,
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
        let judges = rows.len() as u64;
        let pairs = draw(rows, MOST, self.request.seed);
        let genuine = pairs.same.iter().filter(|same| **same == 1).count();
        let impostors = pairs.same.len() - genuine;
        if genuine == 0 || impostors == 0 {
            job.advance(self.candidates.len() as u64);
            return Ok(());
        }
        self.rounds += 1;
        self.rows += judges;
        self.genuine += genuine;
        self.impostors += impostors;
        let people = Some(People {
            first: &pairs.first,
            second: &pairs.second,
            count: self.people,
        });
        let quiet = job.part();
        for (place, pipeline) in self.candidates.iter().enumerate() {
            job.check()?;
            let started = (self.request.clock)();
            if let Ok(figures) = &mut self.figures[place] {
                match distances(embeddings, others, pipeline, &pairs, &quiet) {
                    Ok(scores) => figures.add(&Trials {
                        scores: &scores,
                        same: &pairs.same,
                        orientation: Orientation::Distance,
                        people,
                    })?,
                    Err(error) if says_nothing_of_others(&error) => {
                        self.figures[place] = Err(error);
                    }
                    Err(error) => return Err(error),
                }
            }
            self.seconds[place] += (self.request.clock)() - started;
            job.advance(1);
        }
        Ok(())
    }

    /// Figures of every candidate over all folds, and the choice.
    ///
    /// Errors: `EONECLASS` if no fold has genuine and impostor pairs.
    pub(super) fn decide(self, basis: &Basis) -> Result<(Vec<Compared>, Choice)> {
        if self.rounds == 0 {
            let found = "no fold with genuine and impostor pairs";
            let expected = "both kinds, to compare candidates on";
            return Err(Error::new(Code::OneClass, found, expected)
                .with_hint("Give rows of more people, and two and more of each, or use cosine"));
        }
        let level = self.request.level;
        let figures: Vec<Option<Verification>> = self
            .figures
            .iter()
            .map(|found| found.as_ref().ok().map(|f| f.figures(level)).transpose())
            .collect::<Result<_>>()?;
        let over = |place: usize| {
            self.figures
                .get(place)
                .and_then(|found| found.as_ref().ok())
        };
        let above = |place: usize| Some(over(place)?.less(over(0)?, level));
        let choice = choose(&figures, above, |place, best| {
            Some(over(best)?.less(over(place)?, level))
        });
        let judged = |place: usize, figures: Option<Verification>| {
            Some(Judged {
                figures: figures?,
                above_cosine: above(place)?,
                below_best: over(choice.best)?.less(over(place)?, level),
            })
        };
        let candidates: Vec<Compared> = figures
            .into_iter()
            .enumerate()
            .map(|(place, figures)| Compared {
                pipeline: self.candidates[place].to_string(),
                judged: judged(place, figures),
                failure: self.figures[place].as_ref().err().map(Error::to_string),
                seconds: self.seconds[place],
            })
            .collect();
        let reason = explain(&candidates, &choice, basis);
        Ok((candidates, Choice { reason, ..choice }))
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
