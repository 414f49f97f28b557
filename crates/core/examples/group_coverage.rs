//! How often intervals of how far groups are apart hold the truth, in worlds whose groups are known.
//!
//! `group_coverage DRAWS [PART]` prints a table in Markdown, of the worlds with PART in their name. A person of a group
//! has a place, as wide as the group's width, and a noise; distances are Euclidean, squared. The narrower the places
//! of a group, the more alike are its people; the larger its noise, the more of its genuine pairs are rejected. The
//! truth is that of 200,000 pairs of either kind of each group, without a person in common, at the threshold
//! that was drawn: rates of groups are about the threshold that they are judged at.
//!
//! Ends with 1 where a figure is held in less than 93 or more than 97 % of the draws that have an interval,
//! a standard error of that share granted, in a world that is not warned of (`small-groups`), which a star says. Behind a slash is how many draws
//! have an interval, where not all do. Seeds are fixed.

use std::io::Write;

use hackface_core::Job;
use hackface_core::evaluation::{
    Apart, Curve, Fairness, FigureOptions, Groups, Orientation, People, ReportOptions, Trials,
    report,
};
use rayon::prelude::*;

type Failure = Box<dyn std::error::Error + Send + Sync>;

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

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let draws: u64 = arguments.first().map_or(Ok(200), |text| text.parse())?;
    let part = arguments.get(1).map_or("", String::as_str);
    let mut out = std::io::stdout().lock();
    let headings: Vec<String> = FARS
        .iter()
        .flat_map(|far| HEADINGS.map(|heading| format!("{heading}, {far}")))
        .collect();
    writeln!(out, "| world | {} |", headings.join(" | "))?;
    writeln!(out, "|{}", " --- |".repeat(headings.len() + 1))?;
    let mut missed = 0;
    for world in WORLDS.iter().filter(|world| world.name.contains(part)) {
        let truth = world.truth()?;
        let drawn: Result<Vec<Drawn>, Failure> = (0..draws)
            .into_par_iter()
            .map(|draw| world.judged(draw, &truth))
            .collect();
        let drawn = drawn?;
        let warned = drawn.iter().filter(|of| of.warned).count() as f64 >= 0.9 * draws as f64;
        let mut cells = vec![];
        for figure in 0..headings.len() {
            let held: Vec<bool> = drawn.iter().filter_map(|of| of.held[figure]).collect();
            let n = held.len() as f64;
            let share = held.iter().filter(|held| **held).count() as f64 / n;
            let error = (share * (1.0 - share) / n).sqrt();
            let outside = share + error < 0.93 || share - error > 0.97;
            missed += usize::from(outside && !warned);
            let of = if held.len() as u64 == draws {
                String::new()
            } else {
                format!(" / {:.0}", 100.0 * n / draws as f64)
            };
            cells.push(format!(
                "{:.1}{of}{}",
                100.0 * share,
                if outside { " !" } else { "" }
            ));
        }
        let star = if warned { " \\*" } else { "" };
        writeln!(out, "| {}{star} | {} |", world.name, cells.join(" | "))?;
        out.flush()?;
    }
    writeln!(
        out,
        "\n{draws} draws each; {missed} figures outside of 93 to 97 %, not warned of"
    )?;
    std::process::exit(i32::from(missed > 0));
}

struct Drawn {
    held: [Option<bool>; 2 * HEADINGS.len()],
    warned: bool,
}

struct Person {
    place: [f64; COLUMNS],
    noise: f64,
}

impl World {
    fn person(&self, group: usize, random: &mut Random) -> Person {
        let (width, noise) = self.groups[group];
        Person {
            place: [(); COLUMNS].map(|()| width * random.normal()),
            noise: noise * (0.25 * random.normal()).exp(),
        }
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

    fn judged(&self, draw: u64, truth: &[Curve]) -> Result<Drawn, Failure> {
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
        let (mut scores, mut same, mut first, mut second) = (vec![], vec![], vec![], vec![]);
        let (mut pair_groups, mut sides) = (vec![], [vec![], vec![]]);
        let none = self.groups.len() as u32;
        for a in 0..rows.len() {
            for b in a + 1..rows.len() {
                scores.push(distance(&rows[a], &rows[b]));
                same.push(u8::from(of[a] == of[b]));
                first.push(of[a]);
                second.push(of[b]);
                let one = group(a) == group(b);
                pair_groups.push(if one { group(a) } else { none });
                sides[0].push(group(a));
                sides[1].push(group(b));
            }
        }
        let mut names: Vec<String> = (0..none).map(|group| format!("g{group}")).collect();
        names.push("(across groups)".to_owned());
        let sides = Some(sides.map(|side| side.into_iter().collect()));
        let trials = Trials {
            scores: &scores,
            same: &same,
            orientation: Orientation::Distance,
            people: Some(People {
                first: &first,
                second: &second,
                count: self.people * self.groups.len(),
            }),
        };
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
        let found = report(&trials, &options, &Job::new())?;
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
                held[point * HEADINGS.len() + place] = (of.interval.as_ref())
                    .map(|interval| interval.low <= value && value <= interval.high);
            }
        }
        let warned = found
            .figures
            .warnings
            .iter()
            .any(|of| of.code == "small-groups");
        Ok(Drawn { held, warned })
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

impl Person {
    fn image(&self, random: &mut Random) -> [f64; COLUMNS] {
        self.place.map(|place| place + self.noise * random.normal())
    }
}

fn distance(x: &[f64; COLUMNS], y: &[f64; COLUMNS]) -> f64 {
    x.iter().zip(y).map(|(a, b)| (a - b) * (a - b)).sum()
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
