//! How far a list of suspects can be trusted.
//!
//! Every judged row is judged a second time under the label of another class, drawn at random: such a label
//! is wrong, so these scores are those of wrong labels on this very data. Where they are no larger than the
//! scores of rows as labelled, the score tells nothing.

/// How far a list of suspects can be trusted, from the scores of the same rows under labels that are wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Trust {
    /// Rows that were judged: usable, and not alone in their class.
    pub judged: usize,
    /// Suspects among them, over their number: the leave-one-out error of a nearest-mean classifier if every
    /// label is right. 0 without judged rows.
    pub error: f64,
    /// Probability that a wrong label scores higher than a given one, ties counted half; `None` where no row
    /// has another class.
    pub auroc: Option<f64>,
    /// The most suspects that can be wrong labels: more would give more scores as large as those of wrong
    /// labels. An upper limit of about 97 %, for labels that are wrong at random.
    pub wrong_at_most: usize,
}

/// Scores above which suspects are counted, as a share of the wrong labels below.
const STEPS: usize = 20;

/// How far a limit lies above a count, in units of the root of the count; see [`most_wrong`].
const WIDTH: f64 = 1.4;

/// Judges the scores of rows as labelled by those of wrong labels.
pub(super) fn trust(mut given: Vec<f64>, mut wrong: Vec<f64>) -> Trust {
    given.sort_unstable_by(f64::total_cmp);
    wrong.sort_unstable_by(f64::total_cmp);
    let suspects = given.len() - given.partition_point(|score| *score <= 0.0);
    Trust {
        judged: given.len(),
        error: suspects as f64 / given.len().max(1) as f64,
        auroc: auroc(&given, &wrong),
        wrong_at_most: suspects.min(most_wrong(&given, &wrong)),
    }
}

/// Of sorted scores, by ranks.
fn auroc(given: &[f64], wrong: &[f64]) -> Option<f64> {
    let mut wins = 0.0;
    for score in wrong {
        let below = given.partition_point(|other| other < score);
        let level = given.partition_point(|other| other <= score) - below;
        wins += below as f64 + 0.5 * level as f64;
    }
    (!wrong.is_empty()).then(|| wins / (given.len() as f64 * wrong.len() as f64))
}

/// If m labels are wrong, about m·w of the given scores reach a score that a share w of wrong labels reaches.
/// So m is at most the number that reaches it, taken at an upper limit, over w; the least over several w.
/// The limit of a count x is (√(x + 1) + 1.4)². With 1 for 1.4 it holds for 97.5 % of Poisson variables (Freeman and
/// Tukey 1950); 1.4 makes the least of the limits hold for 97 % of random wrong labels, by simulation of 60 classes
/// of 8 rows near and far apart, 2 to 40 % of their labels wrong.
fn most_wrong(given: &[f64], wrong: &[f64]) -> usize {
    let most = (0..STEPS).filter_map(|step| {
        let place = step * wrong.len() / STEPS;
        let score = wrong.get(place)?;
        let reached = (given.len() - given.partition_point(|other| other < score)) as f64;
        let share = (wrong.len() - place) as f64 / wrong.len() as f64;
        Some(((reached + 1.0).sqrt() + WIDTH).powi(2) / share)
    });
    most.fold(f64::INFINITY, f64::min) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::SplitMix;

    /// Sum of twelve uniform numbers, shifted: normal enough.
    fn normal(random: &mut SplitMix) -> f64 {
        (0..12)
            .map(|_| random.below(1 << 40) as f64 / (1u64 << 40) as f64)
            .sum::<f64>()
            - 6.0
    }

    #[test]
    fn the_limit_holds_for_97_in_100_draws() {
        const DRAWS: usize = 2000;
        let mut random = SplitMix(7);
        let mut above = 0;
        for draw in 0..DRAWS {
            // Wrong labels score higher by more or less; each row is wrong by chance.
            let apart = [0.5, 1.5, 3.0, 5.0][draw % 4];
            let share = [0.02, 0.1, 0.4][draw % 3];
            let rows = 480;
            let (mut given, mut others, mut wrong) = (vec![], vec![], 0);
            for _ in 0..rows {
                let is_wrong = (random.below(1 << 30) as f64) < share * f64::from(1 << 30);
                let score = normal(&mut random) + if is_wrong { apart } else { 0.0 } - 1.5;
                wrong += usize::from(is_wrong && score > 0.0);
                given.push(score);
                others.push(normal(&mut random) + apart - 1.5);
            }
            above += usize::from(wrong > trust(given, others).wrong_at_most);
        }
        // Three standard errors of a share of 3 %.
        let most = 0.03 + 3.0 * (0.03 * 0.97 / DRAWS as f64).sqrt();
        assert!(above as f64 <= most * DRAWS as f64, "{above} of {DRAWS}");
        // A limit that is never missed would be idle.
        assert!(above > 0);
    }
}
