//! The protocol of Labeled Faces in the Wild: a threshold from the other folds, accuracy on each.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::error::{Code, Error, Result, counted};
use crate::evaluation::Trials;
use crate::evaluation::curve::{Curve, best_accuracy};
use crate::evaluation::intervals::below;

/// Accuracy on folds that had no part in the choice of their threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct FoldAccuracy {
    /// Mean over the folds.
    pub mean: f64,
    /// Standard deviation over the folds (k − 1 in its denominator) / √k.
    pub standard_error: f64,
    /// Accuracy on each fold.
    pub accuracies: Vec<f64>,
    /// Threshold for each fold: the most accurate on the other folds, see [`best_accuracy`].
    pub thresholds: Vec<f64>,
}

/// Judges each of `count` folds by the others. `fold[i]` is the fold of pair i.
///
/// Errors: `EOPTION` for fewer than two folds, `EINDEX` for a fold out of range, `EDIMENSION`,
/// `EEMPTY` for a fold without pairs, `EONECLASS` where the other folds lack a kind of pairs.
///
/// Source: Huang, Ramesh, Berg & Learned-Miller, UMass TR 07-49 (2007), section 4.
pub fn fold_accuracy(trials: &Trials<'_>, fold: &[u32], count: usize) -> Result<FoldAccuracy> {
    require(trials, fold, count)?;
    let (mut accuracies, mut thresholds) = (vec![], vec![]);
    for held_out in 0..count as u32 {
        let others = (0..fold.len()).filter(|pair| fold[*pair] != held_out);
        let others: Vec<usize> = others.collect();
        let scores: Vec<f64> = others.iter().map(|pair| trials.scores[*pair]).collect();
        let same: Vec<u8> = others.iter().map(|pair| trials.same[*pair]).collect();
        let curve = Curve::of(&scores, &same, trials.orientation)?;
        let threshold = best_accuracy(&curve).threshold;
        let (mut right, mut all) = (0u64, 0u64);
        for pair in (0..fold.len()).filter(|pair| fold[*pair] == held_out) {
            let accepted = trials.orientation.accepts(threshold, trials.scores[pair]);
            right += u64::from(accepted == (trials.same[pair] == 1));
            all += 1;
        }
        accuracies.push(right as f64 / all as f64);
        thresholds.push(threshold);
    }
    let k = count as f64;
    let mean = accuracies.iter().sum::<f64>() / k;
    let squares: f64 = accuracies.iter().map(|a| (a - mean) * (a - mean)).sum();
    Ok(FoldAccuracy {
        mean,
        standard_error: (squares / (k - 1.0) / k).sqrt(),
        accuracies,
        thresholds,
    })
}

fn require(trials: &Trials<'_>, fold: &[u32], count: usize) -> Result<()> {
    if count < 2 {
        let found = counted(count, "fold", "folds");
        return Err(Error::new(Code::Option, found, "at least two"));
    }
    let pairs = trials.sizes_of("fold", fold, count)?;
    if let Some(empty) = pairs.iter().position(|size| *size == 0) {
        let found = format!("no pair in fold {empty}");
        return Err(Error::new(Code::Empty, found, "pairs in every fold"));
    }
    Ok(())
}

/// Folds by chance: both kinds of pairs are shuffled by `seed` and dealt out in turn, so that
/// folds differ by at most one pair of either kind.
pub fn seeded_folds(same: &[u8], count: usize, seed: u64) -> Vec<u32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut fold = vec![0; same.len()];
    for kind in [0, 1] {
        let mut pairs: Vec<usize> = (0..same.len()).filter(|pair| same[*pair] == kind).collect();
        for last in (1..pairs.len()).rev() {
            pairs.swap(last, below(&mut random, last as u64 + 1) as usize);
        }
        for (place, pair) in pairs.into_iter().enumerate() {
            fold[pair] = (place % count.max(1)) as u32;
        }
    }
    fold
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Orientation;

    #[test]
    fn by_hand_and_with_every_fold_the_same_size() {
        // Fold 0 separates at 4, fold 1 at 2 … 3: thresholds from the other one.
        let trials = Trials {
            scores: &[1.0, 3.0, 5.0, 7.0, 1.0, 2.0, 3.0, 4.0],
            same: &[1, 1, 0, 0, 1, 1, 0, 0],
            orientation: Orientation::Distance,
            people: None,
        };
        let found = fold_accuracy(&trials, &[0, 0, 0, 0, 1, 1, 1, 1], 2).unwrap();
        assert_eq!(found.thresholds, [2.5, 4.0]);
        assert_eq!(found.accuracies, [0.75, 0.5]);
        assert_eq!(found.mean, 0.625);
        // Deviations ±0.125: variance 0.03125, divided by 2 folds.
        assert_eq!(found.standard_error, 0.125);
        for wrong in [&[0; 8][..], &[0, 1], &[0, 1, 0, 1, 0, 1, 0, 2]] {
            assert!(fold_accuracy(&trials, wrong, 2).is_err());
        }
        let one = fold_accuracy(&trials, &[0; 8], 1).unwrap_err().to_string();
        assert!(
            one.contains("1 fold") && one.contains("at least two"),
            "{one}"
        );
    }

    #[test]
    fn seeded_folds_are_even_and_repeatable() {
        let same: Vec<u8> = (0..103).map(|i| u8::from(i % 3 == 0)).collect();
        let folds = seeded_folds(&same, 10, 7);
        assert_eq!(folds, seeded_folds(&same, 10, 7));
        assert_ne!(folds, seeded_folds(&same, 10, 8));
        for kind in [0, 1] {
            let size = |fold: u32| {
                let of = folds.iter().zip(&same);
                of.filter(|(f, s)| **f == fold && **s == kind).count()
            };
            let sizes: Vec<usize> = (0..10).map(size).collect();
            assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
        }
    }
}
