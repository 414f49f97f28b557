//! How often intervals hold the truth: draws of people from worlds whose truth is known, and from people
//! of a data set taken as the world.
//!
//! `coverage DRAWS [FOLDER [PART]]` prints a table in Markdown; FOLDER holds `lfw353_facenet128`, and of the
//! worlds those with PART in their name are tried. A figure is held where its interval holds it in 92 to 98 % of the draws, a standard error of that share granted,
//! or where a warning that concerns this figure came in at least 90 % of them, which a star says. Ends
//! with 1 where one is not. Seeds are fixed: the same numbers everywhere.
//!
//! In a world a person has a place and a noise of their own, and an image is the place with the noise;
//! distances are Euclidean, squared. Two metrics see 12 of 16 columns each, so neither is better. The
//! truth is that of 400,000 pairs of either kind without a person in common.

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;

use hackface_core::evaluation::{
    CompareOptions, Curve, FigureOptions, Interval, IntervalOptions, Orientation, People, TarRule,
    Trials, Warning, area, compare, equal_error_rate, threshold_at_far, trial_figures,
};
use hackface_core::npy::Io;
use hackface_core::{Embeddings, Job};
use rayon::prelude::*;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const FARS: [f64; 3] = [0.1, 0.01, 0.001];
/// Heading of each figure, and what a warning that concerns it says.
const FIGURES: [(&str, &[&str]); 10] = [
    ("AUROC", &["AUROC"]),
    ("EER", &["EER"]),
    ("TAR .1", &["TAR at 0.1", "rate of 0.1"]),
    ("TAR .01", &["TAR at 0.01", "rate of 0.01"]),
    ("TAR .001", &["TAR at 0.001", "rate of 0.001"]),
    ("FAR .01", &["rate of 0.01"]),
    ("ΔAUROC", &["AUROC"]),
    ("ΔEER", &["EER"]),
    ("ΔTAR .1", &["TAR at 0.1", "rate of 0.1"]),
    ("Δ's test", &["AUROC"]),
];
/// Where figures are of two metrics.
const DIFFERENCES: usize = 6;
/// Where the size of the test of a difference stands, in place of a coverage.
const SIZE: usize = 9;
const COLUMNS: usize = 16;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let draws: u64 = arguments.first().map_or(Ok(300), |text| text.parse())?;
    let mut out = std::io::stdout().lock();
    let headings = FIGURES.map(|(heading, _)| heading);
    writeln!(out, "| world | {} | DeLong |", headings.join(" | "))?;
    writeln!(out, "|{}", " --- |".repeat(FIGURES.len() + 2))?;
    let part = arguments.get(2).map_or("", String::as_str);
    let mut missed = vec![];
    let mut report = |name: &str, truth: &Truth, sample: &(dyn Fn(u64) -> Sample + Sync)| {
        let drawn: Result<Vec<Drawn>, Failure> = (0..draws)
            .into_par_iter()
            .map(|draw| sample(draw).judge(truth))
            .collect();
        let tally = Tally::of(&drawn?);
        missed.extend(
            tally
                .missed(draws)
                .map(|figure| format!("{name}: {figure}")),
        );
        writeln!(out, "| {name} | {} |", tally.cells().join(" | "))?;
        out.flush()?;
        Ok::<(), Failure>(())
    };
    for world in WORLDS.iter().filter(|world| world.name.contains(part)) {
        report(world.name, &world.truth()?, &|draw| world.sample(draw))?;
    }
    let folder = arguments
        .get(1)
        .map(|folder| Path::new(folder).join("lfw353_facenet128"));
    if let Some(folder) = folder.filter(|folder| folder.exists()) {
        let set = Set::read(&folder)?;
        let truth = set.truth()?;
        for people in [20, 60, 120] {
            let name = format!("{people} of 353 people");
            if name.contains(part) {
                report(&name, &truth, &|draw| set.sample(people, draw))?;
            }
        }
    }
    writeln!(out, "\n{draws} draws each")?;
    for miss in &missed {
        writeln!(out, "outside, and not warned of: {miss}")?;
    }
    std::process::exit(i32::from(!missed.is_empty()));
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

/// A world of people.
#[derive(Clone, Copy)]
struct World {
    name: &'static str,
    people: usize,
    images: Images,
    /// Typical noise of an image.
    noise: f64,
    /// Share of people whose noise is twice that.
    goats: f64,
    pairs: Pairs,
}

#[derive(Clone, Copy)]
enum Images {
    Each(usize),
    /// From 2 to 60, log-normal.
    Unequal,
}

#[derive(Clone, Copy)]
enum Pairs {
    All,
    /// So many genuine and as many impostor pairs, drawn.
    Listed(usize),
}

const EASY: f64 = 0.58;
const NEARLY_PERFECT: f64 = 0.31;
const HARD: f64 = 1.8;

#[rustfmt::skip]
const WORLDS: [World; 15] = [
    all("5 people × 10 images", 5, 10, EASY),
    all("10 × 4", 10, 4, EASY),
    all("20 × 4", 20, 4, EASY),
    all("50 × 4", 50, 4, EASY),
    all("100 × 3", 100, 3, EASY),
    all("200 × 2", 200, 2, EASY),
    World { images: Images::Unequal, ..all("30 with 2 to 60", 30, 0, EASY) },
    World { images: Images::Unequal, ..all("100 with 2 to 60", 100, 0, EASY) },
    all("AUROC .999, 50 × 4", 50, 4, NEARLY_PERFECT),
    all("AUROC .999, 200 × 3", 200, 3, NEARLY_PERFECT),
    all("AUROC .65, 50 × 4", 50, 4, HARD),
    World { goats: 0.1, ..all("one in ten hard, 50 × 4", 50, 4, EASY) },
    World { pairs: Pairs::Listed(600), ..all("600 people, 1,200 pairs", 600, 2, EASY) },
    World { pairs: Pairs::Listed(500), ..all("300 people, 1,000 pairs", 300, 3, EASY) },
    World { pairs: Pairs::Listed(100), ..all("100 people, 200 pairs", 100, 2, EASY) },
];

const fn all(name: &'static str, people: usize, images: usize, noise: f64) -> World {
    World {
        name,
        people,
        images: Images::Each(images),
        noise,
        goats: 0.0,
        pairs: Pairs::All,
    }
}

type Row = [f64; COLUMNS];

struct Person {
    place: Row,
    noise: f64,
}

impl Person {
    fn image(&self, random: &mut Random) -> Row {
        self.place.map(|place| place + self.noise * random.normal())
    }
}

/// The squared distance by the columns that a metric sees.
fn distance(x: &Row, y: &Row, metric: usize) -> f64 {
    let columns = 4 * metric..12 + 4 * metric;
    columns.map(|k| (x[k] - y[k]).powi(2)).sum()
}

impl World {
    fn person(&self, random: &mut Random) -> Person {
        let place = [(); COLUMNS].map(|()| random.normal());
        let goat = if random.unit() < self.goats { 2.0 } else { 1.0 };
        Person {
            place,
            noise: self.noise * goat * (0.25 * random.normal()).exp(),
        }
    }

    fn truth(&self) -> Result<Truth, Failure> {
        const PAIRS: usize = 400_000;
        let mut random = Random::new(99, 0);
        let (mut scores, mut same) = ([vec![], vec![]], vec![]);
        for _ in 0..PAIRS {
            let (one, other) = (self.person(&mut random), self.person(&mut random));
            let image = one.image(&mut random);
            for (kind, with) in [(1, one.image(&mut random)), (0, other.image(&mut random))] {
                same.push(kind);
                for (metric, scores) in scores.iter_mut().enumerate() {
                    scores.push(distance(&image, &with, metric));
                }
            }
        }
        Truth::new(&scores, &same)
    }

    fn sample(&self, draw: u64) -> Sample {
        let random = &mut Random::new(7, draw + 1);
        let (mut rows, mut of) = (vec![], vec![]);
        for number in 0..self.people {
            let person = self.person(random);
            let images = match self.images {
                Images::Each(images) => images,
                Images::Unequal => (2.0 + 4.0 * random.normal().exp()).min(60.0) as usize,
            };
            for _ in 0..images {
                rows.push(person.image(random));
                of.push(number as u32);
            }
        }
        let mut sample = Sample::new(self.people);
        let mut push = |a: usize, b: usize| {
            let scores = [0, 1].map(|metric| distance(&rows[a], &rows[b], metric));
            sample.push(of[a], of[b], scores);
        };
        match self.pairs {
            Pairs::All => {
                for a in 0..rows.len() {
                    (a + 1..rows.len()).for_each(|b| push(a, b));
                }
            }
            Pairs::Listed(count) => {
                let mut left = [count, count];
                let mut seen = HashSet::new();
                while left != [0, 0] {
                    let a = random.below(rows.len());
                    let kind = usize::from(left[1] > 0);
                    // A genuine pair is looked for among the images of the person.
                    let each = rows.len() / self.people;
                    let b = match kind {
                        1 => of[a] as usize * each + random.below(each),
                        _ => random.below(rows.len()),
                    };
                    let right = a != b && usize::from(of[a] == of[b]) == kind;
                    if right && seen.insert((a.min(b), a.max(b))) {
                        left[kind] -= 1;
                        push(a, b);
                    }
                }
            }
        }
        sample
    }
}

/// People of a data set; a draw takes some of them, each once.
struct Set {
    rows: Vec<Vec<f64>>,
    classes: Vec<Vec<usize>>,
}

impl Set {
    fn read(folder: &Path) -> Result<Self, Failure> {
        let embeddings = Embeddings::open(&folder.join("embeddings.npy"), Io::Mmap)?;
        let mut rows = vec![];
        for row in 0..embeddings.rows() {
            let mut values = vec![0.0; embeddings.dim()];
            embeddings.read_rows(row, &mut values)?;
            let norm = values.iter().map(|v| v * v).sum::<f64>().sqrt();
            rows.push(values.into_iter().map(|v| v / norm).collect());
        }
        let mut classes: Vec<Vec<usize>> = vec![];
        let text = std::fs::read_to_string(folder.join("labels.csv"))?;
        for (row, line) in text.lines().skip(1).enumerate() {
            let class: usize = line.rsplit(',').next().unwrap_or_default().parse()?;
            classes.resize_with(classes.len().max(class + 1), Vec::new);
            classes[class].push(row);
        }
        Ok(Self { rows, classes })
    }

    fn truth(&self) -> Result<Truth, Failure> {
        let all = self.of(&(0..self.classes.len()).collect::<Vec<_>>());
        Truth::new(&all.scores, &all.same)
    }

    fn sample(&self, people: usize, draw: u64) -> Sample {
        let random = &mut Random::new(11, draw + 1);
        let mut who: Vec<usize> = (0..self.classes.len()).collect();
        for place in 0..people {
            let other = place + random.below(who.len() - place);
            who.swap(place, other);
        }
        self.of(&who[..people])
    }

    /// All pairs of some people; the metrics are cosine of all columns and of the first half.
    fn of(&self, who: &[usize]) -> Sample {
        let rows: Vec<(usize, u32)> = (0..)
            .zip(who)
            .flat_map(|(person, class)| self.classes[*class].iter().map(move |row| (*row, person)))
            .collect();
        let cosine = |a: &[f64], b: &[f64]| {
            let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
            1.0 - dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
        };
        let mut sample = Sample::new(who.len());
        for (place, (row, person)) in rows.iter().enumerate() {
            for (other_row, other) in &rows[place + 1..] {
                let (a, b) = (&self.rows[*row][..], &self.rows[*other_row][..]);
                let half = a.len() / 2;
                sample.push(
                    *person,
                    *other,
                    [cosine(a, b), cosine(&a[..half], &b[..half])],
                );
            }
        }
        sample
    }
}

/// The curves of both metrics over everybody.
struct Truth([Curve; 2]);

impl Truth {
    fn new(scores: &[Vec<f64>; 2], same: &[u8]) -> Result<Self, Failure> {
        let curve = |scores: &[f64]| Curve::of(scores, same, Orientation::Distance);
        Ok(Self([curve(&scores[0])?, curve(&scores[1])?]))
    }
}

/// Pairs of a draw under both metrics.
struct Sample {
    scores: [Vec<f64>; 2],
    same: Vec<u8>,
    first: Vec<u32>,
    second: Vec<u32>,
    people: usize,
}

/// One draw: whether each figure was held, and whether it was warned of.
struct Drawn {
    held: [Option<bool>; FIGURES.len()],
    warned: [bool; FIGURES.len()],
    by_delong: bool,
}

impl Sample {
    fn new(people: usize) -> Self {
        Self {
            scores: [vec![], vec![]],
            same: vec![],
            first: vec![],
            second: vec![],
            people,
        }
    }

    fn push(&mut self, first: u32, second: u32, scores: [f64; 2]) {
        self.same.push(u8::from(first == second));
        self.first.push(first);
        self.second.push(second);
        self.scores
            .iter_mut()
            .zip(scores)
            .for_each(|(to, score)| to.push(score));
    }

    fn trials(&self, metric: usize) -> Trials<'_> {
        Trials {
            scores: &self.scores[metric],
            same: &self.same,
            orientation: Orientation::Distance,
            people: Some(People {
                first: &self.first,
                second: &self.second,
                count: self.people,
            }),
        }
    }

    fn judge(&self, Truth(curves): &Truth) -> Result<Drawn, Failure> {
        let asked = FigureOptions {
            far: FARS.to_vec(),
            ..FigureOptions::default()
        };
        let (first, second) = (self.trials(0), self.trials(1));
        let figures = |trials: &Trials<'_>| {
            trial_figures(trials, &asked, &IntervalOptions::default(), &Job::new())
        };
        let found = figures(&first)?;
        let compared = CompareOptions {
            far: FARS[..1].to_vec(),
            ..CompareOptions::default()
        };
        let difference = compare(&first, &second, &compared)?;
        let [truth, other] = curves;
        let holds = |interval: &Option<Interval>, value: f64| {
            interval.as_ref().map(|i| i.low <= value && value <= i.high)
        };
        let apart = area(truth) - area(other);
        let mut held = [None; FIGURES.len()];
        held[0] = Some(holds(&found.auroc_interval, area(truth)) == Some(true));
        let eer = equal_error_rate(truth).linear;
        held[1] = Some(holds(&found.eer_interval, eer) == Some(true));
        for (place, (far, at)) in FARS.iter().zip(&found.operating).enumerate() {
            let point = threshold_at_far(truth, *far, TarRule::AtMost).point;
            held[2 + place] = holds(&at.tar_interval, truth.tar(point));
        }
        if let Some(reached) = found.operating[1].reached {
            let far = truth.far(truth.point_at(reached.spot.threshold));
            held[5] = holds(&found.operating[1].far_interval, far);
        }
        held[6] = holds(&Some(difference.auroc.interval), apart);
        let other_eer = equal_error_rate(other).linear;
        held[7] = holds(&Some(difference.eer.interval), eer - other_eer);
        let tar = |of: &Curve| of.tar(threshold_at_far(of, FARS[0], TarRule::AtMost).point);
        held[8] = (difference.tar.first()).and_then(|at| {
            holds(
                &Some(at.difference.interval.clone()),
                tar(truth) - tar(other),
            )
        });
        // The metrics of a set differ, so nothing is said of the test there.
        let equal = apart.abs() < 2e-3 && self.people != 0 && is_world(truth);
        held[SIZE] = equal.then(|| difference.auroc.p.is_some_and(|p| p < 0.05));
        let unknown = Trials {
            people: None,
            ..first
        };
        let by_delong = holds(&figures(&unknown)?.auroc_interval, area(truth)) == Some(true);
        Ok(Drawn {
            held,
            warned: std::array::from_fn(|figure| {
                let (of_one, of_two) = (&found.warnings, &difference.warnings);
                // How many impostors there are is said with the figures of either metric.
                let few = of_one
                    .iter()
                    .filter(|warning| warning.code == "few-impostors");
                match figure {
                    ..DIFFERENCES => concerned(of_one, figure),
                    _ => concerned(of_two.iter().chain(few), figure),
                }
            }),
            by_delong,
        })
    }
}

/// True for the truth of a world, which has as many pairs of either kind.
fn is_world(truth: &Curve) -> bool {
    truth.genuine() == truth.impostors()
}

fn concerned<'a>(warnings: impl IntoIterator<Item = &'a Warning>, figure: usize) -> bool {
    warnings.into_iter().any(|warning| match warning.code {
        "few-people" => true,
        "concentrated" | "few-errors" | "few-impostors" => {
            // A list of rates: 0.1 is none of 0.12.
            let (words, text) = (FIGURES[figure].1, format!("{} ", warning.text));
            let ends = [" ", ",", ":"];
            (words.iter()).any(|word| {
                ends.iter()
                    .any(|end| text.contains(&format!("{word}{end}")))
            })
        }
        _ => false,
    })
}

/// Shares of the draws, in per cent.
struct Tally {
    held: Vec<Option<f64>>,
    warned: Vec<bool>,
    by_delong: f64,
}

impl Tally {
    fn of(drawn: &[Drawn]) -> Self {
        let share = |of: Vec<bool>| {
            let held = of.iter().filter(|held| **held).count();
            (!of.is_empty()).then(|| 100.0 * held as f64 / of.len() as f64)
        };
        let all = |of: &dyn Fn(&Drawn) -> bool| share(drawn.iter().map(of).collect());
        let of_figure =
            |figure: usize| share(drawn.iter().filter_map(|draw| draw.held[figure]).collect());
        Self {
            held: (0..FIGURES.len()).map(of_figure).collect(),
            warned: (0..FIGURES.len())
                .map(|figure| all(&|draw| draw.warned[figure]) >= Some(90.0))
                .collect(),
            by_delong: all(&|draw| draw.by_delong).unwrap_or_default(),
        }
    }

    /// Figures that are neither held nor warned of.
    fn missed(&self, draws: u64) -> impl Iterator<Item = &'static str> {
        let slack = 100.0 * (0.05 * 0.95 / draws as f64).sqrt();
        let within = move |figure: usize, share: f64| match figure {
            SIZE => share <= 7.0 + slack && share >= 3.0 - slack,
            _ => share <= 98.0 + slack && share >= 92.0 - slack,
        };
        (0..FIGURES.len())
            .filter(move |figure| {
                let missed = |share| !within(*figure, share);
                !self.warned[*figure] && self.held[*figure].is_some_and(missed)
            })
            .map(|figure| FIGURES[figure].0)
    }

    fn cells(&self) -> Vec<String> {
        let cell = |share: &Option<f64>| share.map_or("–".into(), |share| format!("{share:.0}"));
        let mut cells: Vec<String> = (self.held.iter().zip(&self.warned))
            .map(|(share, warned)| match (share, warned) {
                (Some(_), true) => cell(share) + " \\*",
                _ => cell(share),
            })
            .collect();
        cells.push(cell(&Some(self.by_delong)));
        cells
    }
}
