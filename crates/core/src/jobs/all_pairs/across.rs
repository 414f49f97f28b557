//! Impostor pairs of a group with others: in one set those of its rows with the rows of other groups, in two sets
//! those of its rows in either with the rows of other groups in the other.

use super::dyads::DyadSizes;
use super::groups::{Split, labelled};
use super::report::AcceptedImpostors;
use super::{AllPairs, AllPairsOptions, PairSets, judge, judged};
use crate::error::Result;
use crate::evaluation::{
    Accepted, Across, FigureOptions, GroupAccepted, LEAST_PEOPLE, RateError, Spread, rate_interval,
};
use crate::job::Job;
use crate::jobs::LabelledRows;

/// Accepts the pairs of a group with others at the thresholds of `options`; counts them alone where the group has fewer
/// people than have figures.
pub(super) fn across(
    sets: &(Split<'_>, Option<Split<'_>>),
    people: Option<usize>,
    (asked, options): (&FigureOptions, &AllPairsOptions<'_>),
    job: &Job,
) -> Result<Across> {
    let Split {
        own: first,
        others: of_first,
    } = &sets.0;
    let reference = of_first.rows;
    let own = first.beside(reference, job)?;
    let own = own.as_ref().map(|rows| labelled(rows, &first.people));
    let few = people.is_some_and(|people| people < LEAST_PEOPLE);
    let (mut passes, mut impostors) = (vec![], 0);
    let mut pass = |queries: Option<LabelledRows<'_>>, stored: Option<LabelledRows<'_>>| {
        let Some((queries, stored)) = queries.zip(stored) else {
            return Ok(());
        };
        // Numbers of people are those of the whole, whose rows are more than those of a part.
        let data = PairSets::of(queries, stored, false);
        impostors += data.impostors();
        if data.impostors() > 0 && !few {
            passes.push(judged(judge(&data, options, job)?)?);
        }
        Ok(())
    };
    let Some(Split {
        own: second,
        others: of_second,
    }) = &sets.1
    else {
        pass(own, Some(labelled(reference, &of_first.people)))?;
        return Ok(summed(&passes, impostors, options.thresholds, asked.level));
    };
    pass(own, Some(labelled(of_second.rows, &of_second.people)))?;
    let stored = second.beside(reference, job)?;
    let stored = stored.as_ref().map(|rows| labelled(rows, &second.people));
    pass(Some(labelled(reference, &of_first.people)), stored)?;
    Ok(summed(&passes, impostors, options.thresholds, asked.level))
}

/// The impostor pairs of these passes together.
fn summed(passes: &[AllPairs], impostors: u64, thresholds: &[f64], level: f64) -> Across {
    let touching = together(passes.iter().map(AllPairs::impostors_of_classes));
    let sizes = DyadSizes::together(passes.iter().map(AllPairs::sizes));
    let people = touching.iter().filter(|pairs| **pairs > 0).count() / 2;
    let at = thresholds.iter().map(|threshold| {
        let within = passes.iter().map(|pass| pass.impostors_within(*threshold));
        let mut at = GroupAccepted {
            accepted: Accepted {
                genuine: 0,
                impostors: within.sum(),
            },
            far_interval: None,
            tar_interval: None,
            errors: [None; 2],
        };
        let accepted = passes
            .iter()
            .map(|pass| pass.impostors_accepted(*threshold));
        let accepted: Option<Vec<AcceptedImpostors>> = accepted.collect();
        if let Some(accepted) = accepted.filter(|_| impostors > 0) {
            let pairs = impostors as f64;
            let rate = at.accepted.impostors as f64 / pairs;
            let hits = together(accepted.iter().map(|of| &of.by_class[..]));
            let met = accepted.iter().flat_map(|of| of.people.iter().copied());
            let dyads = sizes.of_rate(met, rate) / (pairs * pairs);
            let influences = hits.iter().zip(&touching);
            let influences =
                influences.map(|(hits, touching)| (*hits as f64 - rate * *touching as f64) / pairs);
            let spread = Spread::of(influences, dyads);
            at.far_interval = Some(rate_interval(rate, &spread, people.max(1) as f64, level));
            at.errors[0] = Some(RateError::of(&spread));
        }
        at
    });
    Across {
        impostors,
        at: at.collect(),
    }
}

/// Sums by class.
fn together<'a>(parts: impl Iterator<Item = &'a [u64]>) -> Vec<u64> {
    let mut sums = vec![];
    for part in parts {
        sums.resize(part.len().max(sums.len()), 0);
        for (sum, of) in sums.iter_mut().zip(part) {
            *sum += of;
        }
    }
    sums
}
