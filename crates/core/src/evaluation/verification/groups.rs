//! Rates of groups at thresholds that they share.

use crate::error::Result;
use crate::evaluation::Trials;
use crate::evaluation::curve::{Accepted, auroc};

/// One group of pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupRates {
    /// Its genuine pairs.
    pub genuine: u64,
    /// Its impostor pairs.
    pub impostors: u64,
    /// Area under its own curve; `None` without both kinds.
    pub auroc: Option<f64>,
    /// Pairs accepted at each threshold.
    pub accepted: Vec<Accepted>,
}

/// Judges `count` groups. `group[i]` is the group of pair i.
///
/// Errors: `EDIMENSION`, `EINDEX` for a group out of range.
pub fn group_rates(
    trials: &Trials<'_>,
    group: &[u32],
    count: usize,
    thresholds: &[f64],
) -> Result<Vec<GroupRates>> {
    trials.sizes_of("group", group, count)?;
    let mut of_group: Vec<(Vec<f64>, Vec<u8>)> = vec![(vec![], vec![]); count];
    for (pair, group) in group.iter().enumerate() {
        let of = &mut of_group[*group as usize];
        of.0.push(trials.scores[pair]);
        of.1.push(trials.same[pair]);
    }
    let rates = |(scores, same): &(Vec<f64>, Vec<u8>)| {
        let accepted_at = |threshold: &f64| {
            let mut accepted = Accepted::default();
            for (score, same) in scores.iter().zip(same) {
                let accept = trials.orientation.accepts(*threshold, *score);
                accepted.genuine += u64::from(accept && *same == 1);
                accepted.impostors += u64::from(accept && *same == 0);
            }
            accepted
        };
        let genuine = same.iter().filter(|same| **same == 1).count() as u64;
        GroupRates {
            genuine,
            impostors: same.len() as u64 - genuine,
            // Both kinds are all that may be missing: everything else was checked.
            auroc: auroc(scores, same, trials.orientation).ok(),
            accepted: thresholds.iter().map(accepted_at).collect(),
        }
    };
    Ok(of_group.iter().map(rates).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Orientation;

    #[test]
    fn each_group_by_itself() {
        let trials = Trials {
            scores: &[1.0, 2.0, 3.0, 4.0, 5.0],
            same: &[1, 0, 1, 0, 0],
            orientation: Orientation::Distance,
            people: None,
        };
        let found = group_rates(&trials, &[0, 0, 1, 1, 2], 3, &[2.0, 4.0]).unwrap();
        let counts = |g: &GroupRates| (g.genuine, g.impostors, g.auroc);
        let counts: Vec<_> = found.iter().map(counts).collect();
        assert_eq!(counts, [(1, 1, Some(1.0)), (1, 1, Some(1.0)), (0, 1, None)]);
        let accepted = |g: u64, i: u64| Accepted {
            genuine: g,
            impostors: i,
        };
        assert_eq!(found[0].accepted, [accepted(1, 1), accepted(1, 1)]);
        assert_eq!(found[1].accepted, [accepted(0, 0), accepted(1, 1)]);
        assert!(group_rates(&trials, &[0, 0, 1, 1, 3], 3, &[]).is_err());
        assert!(group_rates(&trials, &[0, 0], 3, &[]).is_err());
    }
}
