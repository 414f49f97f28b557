//! The bootstrap over people: as if other people had been met.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

use super::Placed;
use crate::error::Result;
use crate::evaluation::People;
use crate::evaluation::curve::{Curve, TarRule, area, equal_error_rate, threshold_at_far};
use crate::job::Job;

/// Percentile intervals over repetitions in which as many people as there are were drawn with
/// repetition.
#[derive(Clone, Debug, PartialEq)]
pub struct Bootstrap {
    /// Repetitions that had both kinds of pairs.
    pub repetitions: usize,
    /// Of the area under the curve.
    pub auroc: (f64, f64),
    /// Of the equal error rate by linear interpolation.
    pub eer: (f64, f64),
    /// Of the true accept rate at each false accept rate, the threshold chosen anew each time.
    pub tar: Vec<(f64, f64)>,
    /// Of the false accept rate at each given point, its threshold kept.
    pub far: Vec<(f64, f64)>,
}

/// Settings of a bootstrap.
pub struct BootstrapRequest<'a> {
    /// Number of repetitions.
    pub repetitions: usize,
    /// Seed; repetition r draws from stream r, so the number of threads changes nothing.
    pub seed: u64,
    /// False accept rates.
    pub far: &'a [f64],
    /// Rule that chooses their thresholds.
    pub rule: TarRule,
    /// Share of repetitions within an interval.
    pub level: f64,
    /// The points at which the false accept rate is asked for.
    pub points: &'a [usize],
}

/// Draws people with repetition: someone drawn w times gives their genuine pairs weight w, and an
/// impostor pair has the product of its people's weights. `None` if fewer than two repetitions had
/// both kinds of pairs.
///
/// Source: Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 13 (percentile
/// intervals); weights of pairs by both of their members as in Owen, Annals of Applied Statistics
/// 1 (2007), 386–411.
///
/// Cost: one pass over pairs and thresholds for each repetition, on the current rayon pool.
pub fn bootstrap(
    placed: &Placed<'_>,
    people: &People<'_>,
    request: &BootstrapRequest<'_>,
    job: &Job,
) -> Result<Option<Bootstrap>> {
    let met = people.met();
    job.begin("repetitions", request.repetitions as u64);
    let repeat = |repetition: usize| -> Result<Option<Vec<f64>>> {
        job.check()?;
        let weights = weights(&met, people.count, request.seed, repetition as u64);
        let (genuine, impostors) = weighted_counts(placed, people, &weights);
        job.advance(1);
        let curve = placed.curve.recounted(genuine, impostors);
        Ok(curve.map(|curve| measures(&curve, request)))
    };
    let repeated: Result<Vec<_>> = (0..request.repetitions)
        .into_par_iter()
        .map(repeat)
        .collect();
    let rows: Vec<Vec<f64>> = repeated?.into_iter().flatten().collect();
    if rows.len() < 2 {
        return Ok(None);
    }
    let column = |column: usize| {
        let mut values: Vec<f64> = rows.iter().map(|row| row[column]).collect();
        values.sort_unstable_by(f64::total_cmp);
        let half = (1.0 - request.level) / 2.0;
        (quantile(&values, half), quantile(&values, 1.0 - half))
    };
    let tars = request.far.len();
    Ok(Some(Bootstrap {
        repetitions: rows.len(),
        auroc: column(0),
        eer: column(1),
        tar: (0..tars).map(|i| column(2 + i)).collect(),
        far: (0..request.points.len())
            .map(|i| column(2 + tars + i))
            .collect(),
    }))
}

fn weights(met: &[u32], count: usize, seed: u64, repetition: u64) -> Vec<u64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(repetition);
    let mut weights = vec![0; count];
    for _ in met {
        weights[met[below(&mut random, met.len() as u64) as usize] as usize] += 1;
    }
    weights
}

fn weighted_counts(
    placed: &Placed<'_>,
    people: &People<'_>,
    weights: &[u64],
) -> (Vec<u64>, Vec<u64>) {
    let mut genuine = vec![0u64; placed.curve.last()];
    let mut impostors = genuine.clone();
    for (pair, place) in placed.places.iter().enumerate() {
        let (first, second) = (people.first[pair] as usize, people.second[pair] as usize);
        if placed.trials.same[pair] == 1 {
            genuine[*place as usize] += weights[first];
        } else {
            impostors[*place as usize] += weights[first] * weights[second];
        }
    }
    for counts in [&mut genuine, &mut impostors] {
        let mut sum = 0;
        for count in counts {
            sum += *count;
            *count = sum;
        }
    }
    (genuine, impostors)
}

fn measures(curve: &Curve, request: &BootstrapRequest<'_>) -> Vec<f64> {
    let tar = |far: &f64| curve.tar(threshold_at_far(curve, *far, request.rule).point);
    let mut row = vec![area(curve), equal_error_rate(curve).linear];
    row.extend(request.far.iter().map(tar));
    row.extend(request.points.iter().map(|point| curve.far(*point)));
    row
}

/// Between two of the sorted values, as NumPy interpolates.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below] + (place - place.floor()) * (sorted[above] - sorted[below])
}

/// A number below `n`, every one equally likely but for n / 2⁶⁴.
pub(crate) fn below(random: &mut ChaCha8Rng, n: u64) -> u64 {
    ((u128::from(random.next_u64()) * u128::from(n)) >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Orientation;
    use crate::evaluation::trial_twin::Draw;

    #[test]
    fn a_repetition_is_the_curve_of_the_drawn_people_written_out() {
        let mut draw = Draw::new(121);
        let drawn = draw.people(8, 200);
        let trials = drawn.trials(Orientation::Distance);
        let people = trials.people.unwrap();
        let placed = Placed::new(&trials).unwrap();
        let met = people.met();
        for repetition in 0..20 {
            let weights = weights(&met, 8, 5, repetition);
            assert_eq!(weights.iter().sum::<u64>(), 8);
            let (mut scores, mut same) = (vec![], vec![]);
            for pair in 0..trials.scores.len() {
                let (a, b) = (people.first[pair] as usize, people.second[pair] as usize);
                let times = if a == b {
                    weights[a]
                } else {
                    weights[a] * weights[b]
                };
                for _ in 0..times {
                    scores.push(trials.scores[pair]);
                    same.push(trials.same[pair]);
                }
            }
            let slow = Curve::of(&scores, &same, trials.orientation).unwrap();
            let (genuine, impostors) = weighted_counts(&placed, &people, &weights);
            let fast = placed.curve.recounted(genuine, impostors).unwrap();
            assert_eq!(area(&fast), area(&slow));
            let (fast, slow) = (equal_error_rate(&fast), equal_error_rate(&slow));
            assert!((fast.linear - slow.linear).abs() < 1e-14);
        }
    }

    #[test]
    fn threads_change_nothing() {
        let mut draw = Draw::new(122);
        let drawn = draw.people(20, 500);
        let trials = drawn.trials(Orientation::Distance);
        let people = trials.people.unwrap();
        let placed = Placed::new(&trials).unwrap();
        let curve = &placed.curve;
        let request = BootstrapRequest {
            repetitions: 50,
            seed: 3,
            far: &[0.1],
            rule: TarRule::AtMost,
            level: 0.95,
            points: &[curve.last() / 2],
        };
        for (repetitions, is_told) in [(0, false), (1, false), (2, true), (3, true)] {
            let few = BootstrapRequest {
                repetitions,
                ..request
            };
            let found = bootstrap(&placed, &people, &few, &Job::new()).unwrap();
            assert_eq!(found.is_some(), is_told, "{repetitions}");
        }
        let with = |threads: usize| {
            let pool = crate::job::threads::pool(threads).unwrap();
            let run = || bootstrap(&placed, &people, &request, &Job::new());
            pool.install(run).unwrap().unwrap()
        };
        let one = with(1);
        assert_eq!(one.repetitions, 50);
        assert!(one.auroc.0 < area(curve) && area(curve) < one.auroc.1);
        for threads in [2, 7] {
            assert_eq!(with(threads), one);
        }
    }
}
