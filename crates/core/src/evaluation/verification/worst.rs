//! Pairs to look at first.

use crate::evaluation::Trials;

/// The impostor pairs most alike and the genuine pairs least alike.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Worst {
    /// Impostor pairs, most alike first.
    pub false_accepts: Vec<WorstPair>,
    /// Genuine pairs, least alike first.
    pub false_rejects: Vec<WorstPair>,
}

/// A pair that is hard to decide.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorstPair {
    /// Its place among the trials.
    pub pair: usize,
    /// Its score.
    pub value: f64,
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
        let value = |pair: usize| WorstPair {
            pair,
            value: trials.scores[pair],
        };
        pairs.into_iter().map(value).collect()
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
        let places = |pairs: &[WorstPair]| -> Vec<usize> { pairs.iter().map(|p| p.pair).collect() };
        let found = worst_pairs(&trials, 2);
        assert_eq!(places(&found.false_accepts), [1, 2]);
        assert_eq!(places(&found.false_rejects), [3, 0]);
        assert_eq!(found.false_rejects[0].value, 9.0);
        assert_eq!(places(&worst_pairs(&trials, 9).false_accepts), [1, 2, 4]);
    }
}
