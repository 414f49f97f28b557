//! How often the intervals of a calibration hold the truth, in worlds whose ratios are known.
//!
//! `calibration_coverage DRAWS` prints a table in Markdown. A person has an effect of their own on all pairs they are
//! in; scores of either kind are normal with one variance, so the true ratio is affine. Two parts have noise
//! of their own, and their true sum is that with the weights of their ratios. Ends with 1 where a figure is held
//! in less than 92 or more than 98 % of the draws, a standard error of that share granted, and no warning of
//! few people came in 90 % of them, which a star says. Seeds are fixed.

use std::io::Write;

use hackface_core::Job;
use hackface_core::calibration::{Calibrated, CalibrationOptions, Evidence, Map, calibrate};
use hackface_core::evaluation::{Interval, People, normal_cdf};
use rayon::prelude::*;

/// Half the distance of the two means, and the deviations of a person's effect and of the rest.
const MEAN: f64 = 1.3;
const OF_PERSON: f64 = 0.5;
const SCORES: [f64; 5] = [-2.0, -1.0, 0.0, 1.0, 2.0];
const FARS: [f64; 2] = [0.1, 0.01];
const FIGURES: usize = SCORES.len() + FARS.len() + 4;

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

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout();
    let draws: u64 = std::env::args()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(200);
    let at = SCORES.map(|s| format!("llr at {s}")).join(" | ");
    writeln!(
        out,
        "| world | {at} | FAR .1 | FAR .01 | weight 1 | weight 2 | gain 1 | gain 2 |"
    )?;
    writeln!(out, "|{}", " --- |".repeat(FIGURES + 1))?;
    let mut missed = 0;
    for world in WORLDS {
        let held: Result<Vec<([bool; FIGURES], bool)>, hackface_core::Error> = (0..draws)
            .into_par_iter()
            .map(|draw| world.held(draw))
            .collect();
        let held = held?;
        let share =
            |figure: usize| held.iter().filter(|of| of.0[figure]).count() as f64 / draws as f64;
        let cells: Vec<String> = (0..FIGURES)
            .map(|of| format!("{:.1}", 100.0 * share(of)))
            .collect();
        let warned = held.iter().filter(|of| of.1).count() as f64 >= 0.9 * draws as f64;
        let star = if warned { " *" } else { "" };
        writeln!(out, "| {}{star} | {} |", world.name, cells.join(" | "))?;
        let outside = |figure: &usize| {
            let share = share(*figure);
            let error = (share * (1.0 - share) / draws as f64).sqrt();
            share + error < 0.92 || share - error > 0.98
        };
        missed += usize::from(!warned) * (0..FIGURES).filter(outside).count();
    }
    writeln!(
        out,
        "\n{draws} draws each; {missed} figures outside of 92 to 98 %"
    )?;
    std::process::exit(i32::from(missed > 0));
}

impl World {
    fn held(&self, draw: u64) -> Result<([bool; FIGURES], bool), hackface_core::Error> {
        let mut random = Random(draw.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ self.people as u64);
        let own: Vec<[f64; 4]> = (0..self.people)
            .map(|_| [0; 4].map(|_| OF_PERSON * random.normal()))
            .collect();
        let rows = self.people * self.images;
        let (mut first, mut second, mut same) = (vec![], vec![], vec![]);
        let mut parts = [vec![], vec![]];
        let kept = self.strangers as f64 / rows as f64;
        for a in 0..rows {
            for b in 0..a {
                let (p, q) = (a / self.images, b / self.images);
                if p != q && random.unit() >= kept {
                    continue;
                }
                for (part, scores) in parts.iter_mut().enumerate() {
                    // Either kind has the variance 1: that of the person's effect or effects, and the rest.
                    let half = std::f64::consts::FRAC_1_SQRT_2;
                    let (mean, effect) = if p == q {
                        (MEAN, own[p][part])
                    } else {
                        (-MEAN, half * (own[p][2 + part] + own[q][2 + part]))
                    };
                    let rest = (1.0 - OF_PERSON * OF_PERSON).sqrt();
                    scores.push(mean + effect + rest * random.normal());
                }
                first.push(p as u32);
                second.push(q as u32);
                same.push(u8::from(p == q));
            }
        }
        let people = People {
            first: &first,
            second: &second,
            count: self.people,
        };
        let evidence = |parts| Evidence {
            parts,
            same: &same,
            people: Some(people),
        };
        let options = CalibrationOptions {
            far: FARS.to_vec(),
            ..CalibrationOptions::default()
        };
        let one = calibrate(&evidence(&parts[..1]), &options, &Job::new())?;
        let both = calibrate(&evidence(&parts[..]), &options, &Job::new())?;
        let warned = one
            .warnings
            .iter()
            .any(|warning| warning.code == "few-people");
        Ok((self.judged(&one, &both), warned))
    }

    fn judged(&self, one: &Calibrated, both: &Calibrated) -> [bool; FIGURES] {
        let holds =
            |interval: &Interval, truth: f64| interval.low <= truth && truth <= interval.high;
        let mut held = [false; FIGURES];
        let slope = 2.0 * MEAN;
        for (place, s) in SCORES.into_iter().enumerate() {
            // Without the bounds, which are no part of the interval.
            let mut map = one.map.clone();
            map.bounds = (f64::NEG_INFINITY, f64::INFINITY);
            assert!(matches!(map.map, Map::Affine { .. }));
            let (low, high) = map.interval(s).expect("an affine map");
            held[place] = low <= slope * s && slope * s <= high;
        }
        for (place, threshold) in one.thresholds.iter().enumerate() {
            let truth = 1.0 - normal_cdf(threshold.similarity + MEAN);
            let interval = threshold.achieved_interval.as_ref().expect("people");
            held[SCORES.len() + place] = holds(interval, truth);
        }
        let weights = SCORES.len() + FARS.len();
        for (place, weight) in both.weights.iter().enumerate() {
            held[weights + place] = holds(&weight.interval, slope);
        }
        let gain = cost(2.0 * slope * MEAN) - cost(slope * MEAN);
        for (place, of) in both.contributions.iter().enumerate() {
            held[weights + 2 + place] = holds(&of.gain_interval, gain);
        }
        held
    }
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

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}
