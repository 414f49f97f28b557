//! Figures of calibrations, in worlds whose ratios are known.
//!
//! A person has an effect of their own on all pairs they are in; scores of either kind are normal with one variance, so the
//! true ratio is affine. Two parts have noise of their own, and their true sum is that with the weights of their ratios.

use hackface_core::Job;
use hackface_core::calibration::{Calibrated, CalibrationOptions, Evidence, Map, calibrate};
use hackface_core::evaluation::normal_cdf;

use super::{Bench, Drawn, Failure, Figure, Pairs, Random, holds};

/// Half the distance of the two means, and the deviations of a person's effect and of the rest.
const MEAN: f64 = 1.3;
const OF_PERSON: f64 = 0.5;
const SCORES: [f64; 5] = [-2.0, -1.0, 0.0, 1.0, 2.0];
const FARS: [f64; 2] = [0.1, 0.01];

struct World {
    name: &'static str,
    people: usize,
    images: usize,
    /// Impostor pairs of each image with others, at most.
    strangers: usize,
}

const WORLDS: [World; 4] = [
    World {
        name: "20 people, all pairs",
        people: 20,
        images: 4,
        strangers: 80,
    },
    World {
        name: "50 people, all pairs",
        people: 50,
        images: 3,
        strangers: 150,
    },
    World {
        name: "50 people, listed pairs",
        people: 50,
        images: 6,
        strangers: 4,
    },
    World {
        name: "150 people, listed pairs",
        people: 150,
        images: 4,
        strangers: 6,
    },
];

pub(super) fn tried(bench: &mut Bench) -> Result<(), Failure> {
    let ratios = SCORES.iter().map(|score| format!("llr at {score}"));
    let rates = FARS.iter().map(|far| format!("FAR {far}"));
    let fused = ["weight 1", "weight 2", "gain 1", "gain 2"].map(str::to_owned);
    let figures = ratios.chain(rates).chain(fused);
    bench.begin(figures.map(|of| Figure(of, [93.0, 97.0])));
    for world in &WORLDS {
        if bench.tries(world.name) {
            bench.world(world.name, |draw| world.drawn(draw))?;
        }
    }
    Ok(())
}

impl World {
    fn drawn(&self, draw: u64) -> Result<Vec<Drawn>, Failure> {
        let mut random = Random::new((100 * self.people + self.images) as u64, draw + 1);
        let own: Vec<[f64; 4]> = (0..self.people)
            .map(|_| [0; 4].map(|_| OF_PERSON * random.normal()))
            .collect();
        let rows = self.people * self.images;
        let mut pairs = Pairs::of(self.people, 2);
        let kept = self.strangers as f64 / rows as f64;
        for a in 0..rows {
            for b in 0..a {
                let (p, q) = (a / self.images, b / self.images);
                if p != q && random.unit() >= kept {
                    continue;
                }
                let scores = [0, 1].map(|part| {
                    // Either kind has the variance 1: that of the person's effect or effects, and the rest.
                    let half = std::f64::consts::FRAC_1_SQRT_2;
                    let (mean, effect) = if p == q {
                        (MEAN, own[p][part])
                    } else {
                        (-MEAN, half * (own[p][2 + part] + own[q][2 + part]))
                    };
                    let rest = (1.0 - OF_PERSON * OF_PERSON).sqrt();
                    mean + effect + rest * random.normal()
                });
                pairs.push(p as u32, q as u32, scores);
            }
        }
        let evidence = |parts| Evidence {
            parts,
            same: &pairs.same,
            people: Some(pairs.people()),
        };
        let options = CalibrationOptions {
            far: FARS.to_vec(),
            ..CalibrationOptions::default()
        };
        let one = calibrate(&evidence(&pairs.scores[..1]), &options, &Job::new())?;
        let both = calibrate(&evidence(&pairs.scores), &options, &Job::new())?;
        let warned = one
            .warnings
            .iter()
            .any(|warning| warning.code == "few-people");
        let drawn = |held| Drawn {
            held: Some(held),
            warned,
        };
        Ok(judged(&one, &both).into_iter().map(drawn).collect())
    }
}

fn judged(one: &Calibrated, both: &Calibrated) -> Vec<bool> {
    let mut held = vec![];
    let slope = 2.0 * MEAN;
    for s in SCORES {
        // Without the bounds, which are no part of the interval.
        let mut map = one.map.clone();
        map.bounds = (f64::NEG_INFINITY, f64::INFINITY);
        assert!(matches!(map.map, Map::Affine { .. }));
        let (low, high) = map.interval(s).expect("an affine map");
        held.push(low <= slope * s && slope * s <= high);
    }
    for threshold in &one.thresholds {
        let truth = 1.0 - normal_cdf(threshold.similarity + MEAN);
        let interval = threshold.achieved_interval.as_ref().expect("people");
        held.push(holds(interval, truth));
    }
    held.extend(both.weights.iter().map(|of| holds(&of.interval, slope)));
    let gain = cost(2.0 * slope * MEAN) - cost(slope * MEAN);
    held.extend(
        both.contributions
            .iter()
            .map(|of| holds(&of.gain_interval, gain)),
    );
    held
}

/// Cllr of true ratios that are normal with the mean `mean` and the variance 2 `mean` among genuine pairs, by the
/// trapezium rule.
fn cost(mean: f64) -> f64 {
    let deviation = (2.0 * mean).sqrt();
    let steps = 20_000;
    let at = |step: usize| {
        let z = -10.0 + 20.0 * step as f64 / steps as f64;
        let density = (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt();
        density * (-(mean + deviation * z)).exp().ln_1p() / std::f64::consts::LN_2
    };
    (0..=steps).map(at).sum::<f64>() * 20.0 / steps as f64
}
