//! How often intervals hold the truth: draws of people from worlds whose truth is known.
//!
//! `coverage DRAWS [FOLDER [PART]]` prints three tables in Markdown: of figures of curves, where people of a data set
//! are a world too if FOLDER holds it, of calibrations and of groups. With PART, the worlds with it in their name are
//! tried. A figure misses where its interval holds the truth in fewer or more of the draws than its table allows, a
//! standard error of that share granted, unless a warning that concerns it came in at least 90 % of them, which a star
//! says. Behind a slash is how many draws have an interval, where not all do. Ends with 1 where a figure misses. Seeds are
//! fixed: the same numbers everywhere.

mod calibration;
mod curves;
mod groups;

use std::io::{StdoutLock, Write};
use std::path::Path;

use hackface_core::evaluation::{Interval, Orientation, People, Trials};
use rayon::prelude::*;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut bench = Bench {
        draws: arguments.first().map_or(Ok(300), |text| text.parse())?,
        part: arguments.get(2).cloned().unwrap_or_default(),
        out: std::io::stdout().lock(),
        figures: vec![],
        headed: false,
        missed: vec![],
    };
    curves::tried(&mut bench, arguments.get(1).map(Path::new))?;
    calibration::tried(&mut bench)?;
    groups::tried(&mut bench)?;
    writeln!(bench.out, "\n{} draws each", bench.draws)?;
    for miss in &bench.missed {
        writeln!(bench.out, "outside, and not warned of: {miss}")?;
    }
    std::process::exit(i32::from(!bench.missed.is_empty()));
}

/// A column of a table: its heading, and between which per cent of the draws hold the truth.
struct Figure(String, [f64; 2]);

/// A figure of one draw.
#[derive(Clone, Copy, Default)]
struct Drawn {
    /// True if the interval holds the truth; `None` without one.
    held: Option<bool>,
    /// True if a warning concerns it.
    warned: bool,
}

struct Bench {
    draws: u64,
    part: String,
    out: StdoutLock<'static>,
    figures: Vec<Figure>,
    /// True once the table has its headings.
    headed: bool,
    /// World and figure.
    missed: Vec<String>,
}

impl Bench {
    /// A table of these figures follows.
    fn begin(&mut self, figures: impl IntoIterator<Item = Figure>) {
        self.figures = figures.into_iter().collect();
        self.headed = false;
    }

    fn tries(&self, world: &str) -> bool {
        world.contains(&self.part)
    }

    /// Draws from a world; each draw has as many figures as the table.
    fn world(
        &mut self,
        name: &str,
        draw: impl Fn(u64) -> Result<Vec<Drawn>, Failure> + Send + Sync,
    ) -> Result<(), Failure> {
        let drawn: Result<Vec<Vec<Drawn>>, Failure> =
            (0..self.draws).into_par_iter().map(draw).collect();
        let drawn = drawn?;
        if !std::mem::replace(&mut self.headed, true) {
            let headings: Vec<&str> = self.figures.iter().map(|figure| &figure.0[..]).collect();
            writeln!(self.out, "\n| world | {} |", headings.join(" | "))?;
            writeln!(self.out, "|{}", " --- |".repeat(headings.len() + 1))?;
        }
        let mut cells = vec![];
        for (place, Figure(heading, [least, most])) in self.figures.iter().enumerate() {
            let held: Vec<bool> = drawn.iter().filter_map(|of| of[place].held).collect();
            let warned = drawn.iter().filter(|of| of[place].warned).count() as f64;
            let star = if warned >= 0.9 * self.draws as f64 {
                " \\*"
            } else {
                ""
            };
            if held.is_empty() {
                cells.push("–".to_owned());
                continue;
            }
            let n = held.len() as f64;
            let share = 100.0 * held.iter().filter(|held| **held).count() as f64 / n;
            let slack = 100.0 * (0.0475f64 / n).sqrt();
            if star.is_empty() && !(least - slack..=most + slack).contains(&share) {
                self.missed.push(format!("{name}: {heading}"));
            }
            let of = match n / self.draws as f64 {
                1.0 => String::new(),
                part => format!(" / {:.0}", 100.0 * part),
            };
            cells.push(format!("{share:.1}{of}{star}").replace(".0", ""));
        }
        writeln!(self.out, "| {name} | {} |", cells.join(" | "))?;
        self.out.flush()?;
        Ok(())
    }
}

fn holds(interval: &Interval, truth: f64) -> bool {
    interval.low <= truth && truth <= interval.high
}

/// Pairs of a draw, under one measure or more.
struct Pairs {
    scores: Vec<Vec<f64>>,
    same: Vec<u8>,
    first: Vec<u32>,
    second: Vec<u32>,
    count: usize,
}

impl Pairs {
    fn of(count: usize, measures: usize) -> Self {
        Self {
            scores: vec![vec![]; measures],
            same: vec![],
            first: vec![],
            second: vec![],
            count,
        }
    }

    fn push(&mut self, first: u32, second: u32, scores: impl IntoIterator<Item = f64>) {
        self.same.push(u8::from(first == second));
        self.first.push(first);
        self.second.push(second);
        for (to, score) in self.scores.iter_mut().zip(scores) {
            to.push(score);
        }
    }

    fn people(&self) -> People<'_> {
        People {
            first: &self.first,
            second: &self.second,
            count: self.count,
        }
    }

    fn trials(&self, measure: usize) -> Trials<'_> {
        Trials {
            scores: &self.scores[measure],
            same: &self.same,
            orientation: Orientation::Distance,
            people: Some(self.people()),
        }
    }
}

/// A place in space with a noise of its own; an image is the place with the noise.
struct Person<const COLUMNS: usize> {
    place: [f64; COLUMNS],
    noise: f64,
}

impl<const COLUMNS: usize> Person<COLUMNS> {
    /// With a noise that varies between people by a quarter.
    fn draw(width: f64, noise: f64, random: &mut Random) -> Self {
        Self {
            place: [(); COLUMNS].map(|()| width * random.normal()),
            noise: noise * (0.25 * random.normal()).exp(),
        }
    }

    fn image(&self, random: &mut Random) -> [f64; COLUMNS] {
        self.place.map(|place| place + self.noise * random.normal())
    }
}

fn distance(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn new(seed: u64, draw: u64) -> Self {
        Self(seed.wrapping_mul(0xD134_2543_DE82_EF95) ^ draw.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

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

    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}
