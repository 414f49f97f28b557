//! Figures of how far groups are apart, in worlds whose groups are known.
//!
//! A person of a group has a place, as wide as the group's width, and a noise; distances are Euclidean, squared. The
//! narrower the places of a group, the more alike are its people; the larger its noise, the more of its genuine pairs are
//! rejected. The truth is that of 200,000 pairs of either kind of each group, without a person in common, at the threshold
//! that was drawn: rates of groups are about the threshold that they are judged at.

use hackface_core::Job;
use hackface_core::evaluation::{
    Apart, Curve, Fairness, FigureOptions, Groups, Orientation, ReportOptions, report,
};

use super::{Bench, Drawn, Failure, Figure, Pairs, Random, distance, holds};

const COLUMNS: usize = 12;
const FARS: [f64; 2] = [0.05, 0.01];
const HEADINGS: [&str; 4] = ["FAR ratio", "FRR ratio", "FDR", "GARBE"];

struct World {
    name: &'static str,
    people: usize,
    images: usize,
    /// Width and noise of each group.
    groups: &'static [(f64, f64)],
}

const WORLDS: [World; 9] = [
    World {
        name: "2 equal groups of 50 people",
        people: 50,
        images: 4,
        groups: &[(1.0, 0.6), (1.0, 0.6)],
    },
    World {
        name: "2 groups of 50, a little unlike",
        people: 50,
        images: 4,
        groups: &[(1.0, 0.6), (0.95, 0.64)],
    },
    World {
        name: "2 unlike groups of 50",
        people: 50,
        images: 4,
        groups: &[(1.0, 0.6), (0.85, 0.72)],
    },
    World {
        name: "4 unlike groups of 50",
        people: 50,
        images: 4,
        groups: &[(1.0, 0.6), (0.95, 0.68), (0.9, 0.6), (0.85, 0.72)],
    },
    World {
        name: "4 equal groups of 50",
        people: 50,
        images: 4,
        groups: &[(1.0, 0.6); 4],
    },
    World {
        name: "3 unlike groups of 100",
        people: 100,
        images: 3,
        groups: &[(1.0, 0.6), (0.95, 0.66), (0.85, 0.7)],
    },
    World {
        name: "2 groups of 100, few errors",
        people: 100,
        images: 3,
        groups: &[(1.0, 0.4), (0.85, 0.45)],
    },
    World {
        name: "2 unlike groups of 20",
        people: 20,
        images: 4,
        groups: &[(1.0, 0.6), (0.85, 0.72)],
    },
    World {
        name: "3 equal groups of 20",
        people: 20,
        images: 4,
        groups: &[(1.0, 0.6); 3],
    },
];

pub(super) fn tried(bench: &mut Bench) -> Result<(), Failure> {
    let of_rate = |far: &f64| HEADINGS.map(|heading| format!("{heading}, {far}"));
    let figures = FARS.iter().flat_map(of_rate);
    bench.begin(figures.map(|of| Figure(of, [93.0, 97.0])));
    for world in &WORLDS {
        if bench.tries(world.name) {
            let truth = world.truth()?;
            bench.world(world.name, |draw| world.drawn(draw, &truth))?;
        }
    }
    Ok(())
}

type Person = super::Person<COLUMNS>;

impl World {
    fn person(&self, group: usize, random: &mut Random) -> Person {
        let (width, noise) = self.groups[group];
        Person::draw(width, noise, random)
    }

    /// The curve of each group.
    fn truth(&self) -> Result<Vec<Curve>, Failure> {
        let of = |group: usize| {
            let mut random = Random(99 + group as u64);
            let (mut scores, mut same) = (vec![], vec![]);
            for _ in 0..200_000 {
                let (one, other) = (
                    self.person(group, &mut random),
                    self.person(group, &mut random),
                );
                let image = one.image(&mut random);
                for (kind, with) in [(1, one.image(&mut random)), (0, other.image(&mut random))] {
                    same.push(kind);
                    scores.push(distance(&image, &with));
                }
            }
            Ok(Curve::of(&scores, &same, Orientation::Distance)?)
        };
        (0..self.groups.len()).map(of).collect()
    }

    fn drawn(&self, draw: u64, truth: &[Curve]) -> Result<Vec<Drawn>, Failure> {
        let mut random = Random(draw.wrapping_add(1).wrapping_mul(0xD134_2543_DE82_EF95));
        let (mut rows, mut of) = (vec![], vec![]);
        for number in 0..self.people * self.groups.len() {
            let person = self.person(number / self.people, &mut random);
            for _ in 0..self.images {
                rows.push(person.image(&mut random));
                of.push(number as u32);
            }
        }
        let group = |row: usize| of[row] / self.people as u32;
        let mut pairs = Pairs::of(self.people * self.groups.len(), 1);
        let (mut pair_groups, mut sides) = (vec![], [vec![], vec![]]);
        let none = self.groups.len() as u32;
        for a in 0..rows.len() {
            for b in a + 1..rows.len() {
                pairs.push(of[a], of[b], [distance(&rows[a], &rows[b])]);
                let one = group(a) == group(b);
                pair_groups.push(if one { group(a) } else { none });
                sides[0].push(group(a));
                sides[1].push(group(b));
            }
        }
        let mut names: Vec<String> = (0..none).map(|group| format!("g{group}")).collect();
        names.push("(across groups)".to_owned());
        let sides = Some(sides.map(|side| side.into_iter().collect()));
        let options = ReportOptions {
            figures: FigureOptions {
                far: FARS.to_vec(),
                ..FigureOptions::default()
            },
            groups: Some(Groups {
                of: pair_groups,
                names,
                sides,
            }),
            worst: 0,
            ..ReportOptions::default()
        };
        let found = report(&pairs.trials(0), &options, &Job::new())?;
        let mut held = [None; 2 * HEADINGS.len()];
        for (point, fairness) in found.fairness.iter().enumerate() {
            let threshold = found.figures.operating[point]
                .reached
                .map(|at| at.spot.threshold);
            let Some(threshold) = threshold else { continue };
            let rates = |of: &dyn Fn(&Curve, usize) -> f64| -> Vec<f64> {
                let at = truth
                    .iter()
                    .map(|curve| of(curve, curve.point_at(threshold)));
                at.collect()
            };
            let (fars, frrs) = (
                rates(&|curve, at| curve.far(at)),
                rates(&|curve, at| 1.0 - curve.tar(at)),
            );
            for (place, (of, value)) in figures(fairness, &fars, &frrs).into_iter().enumerate() {
                held[point * HEADINGS.len() + place] =
                    (of.interval.as_ref()).map(|interval| holds(interval, value));
            }
        }
        let warned = found
            .figures
            .warnings
            .iter()
            .any(|of| of.code == "small-groups");
        Ok(held.map(|held| Drawn { held, warned }).to_vec())
    }
}

/// Each figure with its truth.
fn figures<'a>(of: &'a Fairness, fars: &[f64], frrs: &[f64]) -> [(&'a Apart, f64); 4] {
    let most = |rates: &[f64]| rates.iter().copied().fold(0.0, f64::max);
    let least = |rates: &[f64]| rates.iter().copied().fold(1.0, f64::min);
    let apart = |rates: &[f64]| most(rates) - least(rates);
    let gini = |rates: &[f64]| {
        let (n, sum) = (rates.len() as f64, rates.iter().sum::<f64>());
        let pairs = rates
            .iter()
            .flat_map(|x| rates.iter().map(move |y| (x - y).abs()));
        pairs.sum::<f64>() / (2.0 * (n - 1.0) * sum)
    };
    [
        (&of.far_ratio, most(fars) / least(fars)),
        (&of.frr_ratio, most(frrs) / least(frrs)),
        (&of.fdr, 1.0 - 0.5 * (apart(fars) + apart(frrs))),
        (&of.garbe, 0.5 * (gini(fars) + gini(frrs))),
    ]
}
