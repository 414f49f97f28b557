//! The area under the ROC curve, counted exactly.

use rayon::slice::ParallelSliceMut as _;

use super::Orientation;
use crate::error::{Code, Error, Result};

/// Area under the ROC curve: the chance that a genuine pair looks more alike than an impostor
/// pair, ties counting ½.
///
/// A = (#{genuine more alike} + ½ #{equal}) / (P N), P genuine and N impostor pairs. The doubled
/// numerator is an integer and is counted exactly; only the final quotient rounds, and while
/// 2 P N < 2⁵³ it is the double nearest to the true ratio.
///
/// * `scores` (n): any value but NaN; −0 equals +0, infinities are ordinary extremes.
/// * `same` (n): 1 for a genuine pair, 0 for an impostor pair.
/// * `orientation`: which end of the scores means more alike.
///
/// Strictly increasing maps of the scores change nothing; the number of threads changes nothing.
///
/// # Errors
///
/// `EDIMENSION` when the lengths differ, `EEMPTY` without pairs, `ENOTFINITE` for a NaN and
/// `EDOMAIN` for a label other than 0 and 1 (each with its row), `EONECLASS` when P or N is 0
/// (the area is undefined), `EMEMORY` when 8 n bytes are not to be had.
///
/// Cost: one sort of each class, O(n log n) on the current rayon pool; 8 n bytes.
///
/// Source: Mann–Whitney U; Hanley & McNeil, Radiology 143 (1982), eq. 1.
pub fn auroc(scores: &[f64], same: &[u8], orientation: Orientation) -> Result<f64> {
    let (mut genuine, mut impostor) = split(scores, same)?;
    // Equal keys cannot be told apart, so an unstable parallel sort has one result only.
    rayon::join(
        || genuine.par_sort_unstable(),
        || impostor.par_sort_unstable(),
    );
    let doubled_pairs = 2 * genuine.len() as u128 * impostor.len() as u128;
    let larger = doubled_wins_of_larger(&genuine, &impostor);
    let wins = match orientation {
        Orientation::Similarity => larger,
        Orientation::Distance => doubled_pairs - larger,
    };
    Ok(wins as f64 / doubled_pairs as f64)
}

/// Sort keys of the genuine and of the impostor scores, after every check on the input.
fn split(scores: &[f64], same: &[u8]) -> Result<(Vec<u64>, Vec<u64>)> {
    if scores.len() != same.len() {
        return Err(Error::new(
            Code::Dimension,
            format!("{} scores and {} labels", scores.len(), same.len()),
            "one label for each score",
        )
        .with_hint("Score and label the same list of pairs"));
    }
    if scores.is_empty() {
        return Err(Error::new(
            Code::Empty,
            "no pairs",
            "genuine and impostor pairs",
        ));
    }
    if let Some(row) = same.iter().position(|label| *label > 1) {
        return Err(Error::new(
            Code::Domain,
            format!("the label {}", same[row]),
            "1 (same person) or 0 (different people)",
        )
        .with_row(row));
    }
    let positives = same.iter().filter(|label| **label == 1).count();
    let negatives = same.len() - positives;
    if positives == 0 || negatives == 0 {
        return Err(Error::new(
            Code::OneClass,
            format!("{positives} genuine and {negatives} impostor pairs"),
            "at least one of each",
        )
        .with_hint("Label the pairs 1 (same person) and 0 (different people)"));
    }
    let (mut genuine, mut impostor) = (with_room(positives)?, with_room(negatives)?);
    for (row, (&score, &label)) in scores.iter().zip(same).enumerate() {
        if score.is_nan() {
            return Err(Error::new(Code::NotFinite, "NaN as a score", "a number").with_row(row));
        }
        let keys = if label == 1 {
            &mut genuine
        } else {
            &mut impostor
        };
        keys.push(ordered_key(score));
    }
    Ok((genuine, impostor))
}

fn with_room(length: usize) -> Result<Vec<u64>> {
    let mut keys = Vec::new();
    keys.try_reserve_exact(length)
        .map_err(|_| Error::memory("sorting the scores", 8 * length as u128))?;
    Ok(keys)
}

/// An integer that orders as the number does; −0 and +0 share one.
fn ordered_key(score: f64) -> u64 {
    // Adding +0 turns −0 into +0 and leaves every other number as it is.
    let bits = (score + 0.0).to_bits();
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    }
}

/// Σ over the genuine keys of 2 · #{impostors below} + #{impostors equal}; both lists sorted.
fn doubled_wins_of_larger(genuine: &[u64], impostor: &[u64]) -> u128 {
    let (mut below, mut upto, mut wins) = (0, 0, 0u128);
    for key in genuine {
        while below < impostor.len() && impostor[below] < *key {
            below += 1;
        }
        upto = upto.max(below);
        while upto < impostor.len() && impostor[upto] == *key {
            upto += 1;
        }
        wins += (below + upto) as u128;
    }
    wins
}

#[cfg(test)]
mod tests {
    use super::super::naive;
    use super::*;

    /// A small fixed generator: the values only need to be varied.
    fn next(state: &mut u64) -> u64 {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        *state >> 33
    }

    const BOTH: [Orientation; 2] = [Orientation::Distance, Orientation::Similarity];

    #[test]
    fn equals_counting_pairs_on_500_cases_with_ties() {
        let mut state = 1;
        let special = [
            0.0,
            -0.0,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::MAX,
            5e-324,
            -5e-324,
        ];
        for case in 0..500 {
            let n = 2 + next(&mut state) as usize % 40;
            let levels = 1 + next(&mut state) % 12;
            let mut same: Vec<u8> = (0..n).map(|_| (next(&mut state) & 1) as u8).collect();
            (same[0], same[1]) = (0, 1);
            let scores: Vec<f64> = (0..n)
                .map(|_| match next(&mut state) % (levels + 2) {
                    0 => special[next(&mut state) as usize % special.len()],
                    level => level as f64 - levels as f64 / 2.0,
                })
                .collect();
            for orientation in BOTH {
                let fast = auroc(&scores, &same, orientation).unwrap();
                let slow = naive::auroc(&scores, &same, orientation);
                assert_eq!(
                    fast.to_bits(),
                    slow.to_bits(),
                    "case {case}: {scores:?} {same:?}"
                );
            }
        }
    }

    #[test]
    fn worked_example_by_hand() {
        // Genuine 1, 3; impostors 3, 5. As distances: 1<3, 1<5, 3=3, 3<5 → 3.5 of 4.
        let (scores, same) = ([1.0, 3.0, 3.0, 5.0], [1, 1, 0, 0]);
        assert_eq!(auroc(&scores, &same, Orientation::Distance).unwrap(), 0.875);
        assert_eq!(
            auroc(&scores, &same, Orientation::Similarity).unwrap(),
            0.125
        );
    }

    #[test]
    fn negation_equals_the_reversed_orientation() {
        let scores = [0.3, -1.0, 2.5, 2.5, -0.0, 7.0];
        let same = [1, 0, 1, 0, 1, 0];
        let negated: Vec<f64> = scores.iter().map(|s| -s).collect();
        for orientation in BOTH {
            assert_eq!(
                auroc(&scores, &same, orientation).unwrap(),
                auroc(&negated, &same, orientation.reversed()).unwrap()
            );
        }
    }

    #[test]
    fn every_fault_names_its_place() {
        let fail =
            |scores: &[f64], same: &[u8]| auroc(scores, same, Orientation::Distance).unwrap_err();
        assert_eq!(fail(&[1.0], &[1, 0]).code(), Code::Dimension);
        assert_eq!(fail(&[], &[]).code(), Code::Empty);
        let nan = fail(&[1.0, 2.0, f64::NAN, f64::NAN], &[1, 0, 1, 0]);
        assert_eq!((nan.code(), nan.row()), (Code::NotFinite, Some(2)));
        let label = fail(&[1.0, 2.0, 3.0], &[1, 2, 0]);
        assert_eq!((label.code(), label.row()), (Code::Domain, Some(1)));
        for (same, counts) in [([1, 1], "2 genuine and 0"), ([0, 0], "0 genuine and 2")] {
            let error = fail(&[1.0, 2.0], &same);
            assert_eq!(error.code(), Code::OneClass);
            assert!(error.found().starts_with(counts), "{error}");
        }
    }
}
