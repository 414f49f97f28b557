//! Pairs to look at first.

use crate::evaluation::Trials;

/// The impostor pairs most alike and the genuine pairs least alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worst {
    /// Impostor pairs, most alike first.
    pub false_accepts: Vec<usize>,
    /// Genuine pairs, least alike first.
    pub false_rejects: Vec<usize>,
}

/// At most `count` pairs of either kind; equal scores in the order of the list.
pub fn worst_pairs(trials: &Trials<'_>, count: usize) -> Worst {
    let similarity = |pair: &usize| trials.orientation.similarity(trials.scores[*pair]);
    let most_alike = |kind: u8, sign: f64| {
        let by_score = |a: &usize, b: &usize| {
            (sign * similarity(b))
                .total_cmp(&(sign * similarity(a)))
                .then(a.cmp(b))
        };
        let all = 0..trials.scores.len();
        let mut pairs: Vec<usize> = all.filter(|pair| trials.same[*pair] == kind).collect();
        if count < pairs.len() {
            pairs.select_nth_unstable_by(count, by_score);
            pairs.truncate(count);
        }
        pairs.sort_unstable_by(by_score);
        pairs
    };
    Worst {
        false_accepts: most_alike(0, 1.0),
        false_rejects: most_alike(1, -1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Orientation;

    #[test]
    fn the_worst_come_first() {
        let trials = Trials {
            scores: &[5.0, 1.0, 1.0, 9.0, 7.0, 2.0],
            same: &[1, 0, 0, 1, 0, 1],
            orientation: Orientation::Distance,
            people: None,
        };
        let found = worst_pairs(&trials, 2);
        assert_eq!(found.false_accepts, [1, 2]);
        assert_eq!(found.false_rejects, [3, 0]);
        assert_eq!(worst_pairs(&trials, 9).false_accepts, [1, 2, 4]);
    }
}
