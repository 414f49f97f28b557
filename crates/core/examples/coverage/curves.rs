//! Figures of curves and of differences of two.
//!
//! Distances are Euclidean, squared. Two metrics see 12 of 16 columns each, so neither is better. The truth is that of
//! 400,000 pairs of either kind without a person in common.

use std::collections::HashSet;
use std::path::Path;

use hackface_core::evaluation::{
    CompareOptions, Curve, FigureOptions, Interval, IntervalOptions, Orientation, TarRule, Trials,
    Warning, area, compare, equal_error_rate, threshold_at_far, trial_figures,
};
use hackface_core::npy::Io;
use hackface_core::{Embeddings, Job};

use super::{Bench, Drawn, Failure, Figure, Pairs, Random, distance, holds};

const FARS: [f64; 3] = [0.1, 0.01, 0.001];
/// Heading of each figure, and what a warning that concerns it says.
const FIGURES: [(&str, &[&str]); 11] = [
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
    ("DeLong", &[]),
];
/// Where figures are of two metrics.
const DIFFERENCES: usize = 6;
/// Where the size of the test of a difference stands, in place of a coverage, and what there is to compare with.
const SIZE: usize = 9;
const DELONG: usize = 10;
const COLUMNS: usize = 16;

pub(super) fn tried(bench: &mut Bench, folder: Option<&Path>) -> Result<(), Failure> {
    bench.begin((0..FIGURES.len()).map(|place| {
        let within = match place {
            SIZE => [3.0, 7.0],
            DELONG => [0.0, 100.0],
            _ => [92.0, 98.0],
        };
        Figure(FIGURES[place].0.to_owned(), within)
    }));
    for world in &WORLDS {
        if bench.tries(world.name) {
            let truth = world.truth()?;
            bench.world(world.name, |draw| judge(&world.sample(draw), &truth))?;
        }
    }
    let folder = folder.map(|folder| folder.join("lfw353_facenet128"));
    let Some(folder) = folder.filter(|folder| folder.exists()) else {
        return Ok(());
    };
    let set = Set::read(&folder)?;
    let truth = set.truth()?;
    for people in [20, 60, 120] {
        let name = format!("{people} of 353 people");
        if bench.tries(&name) {
            bench.world(&name, |draw| judge(&set.sample(people, draw), &truth))?;
        }
    }
    Ok(())
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
    pairs: Taken,
}

#[derive(Clone, Copy)]
enum Images {
    Each(usize),
    /// From 2 to 60, log-normal.
    Unequal,
}

#[derive(Clone, Copy)]
enum Taken {
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
    World { pairs: Taken::Listed(600), ..all("600 people, 1,200 pairs", 600, 2, EASY) },
    World { pairs: Taken::Listed(500), ..all("300 people, 1,000 pairs", 300, 3, EASY) },
    World { pairs: Taken::Listed(100), ..all("100 people, 200 pairs", 100, 2, EASY) },
];

const fn all(name: &'static str, people: usize, images: usize, noise: f64) -> World {
    World {
        name,
        people,
        images: Images::Each(images),
        noise,
        goats: 0.0,
        pairs: Taken::All,
    }
}

type Row = [f64; COLUMNS];

type Person = super::Person<COLUMNS>;

/// The squared distance by the columns that a metric sees.
fn seen(x: &Row, y: &Row, metric: usize) -> f64 {
    let columns = 4 * metric..12 + 4 * metric;
    distance(&x[columns.clone()], &y[columns])
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
                    scores.push(seen(&image, &with, metric));
                }
            }
        }
        Truth::new(&scores, &same)
    }

    fn sample(&self, draw: u64) -> Pairs {
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
        let mut sample = Pairs::of(self.people, 2);
        let mut push = |a: usize, b: usize| {
            let scores = [0, 1].map(|metric| seen(&rows[a], &rows[b], metric));
            sample.push(of[a], of[b], scores);
        };
        match self.pairs {
            Taken::All => {
                for a in 0..rows.len() {
                    (a + 1..rows.len()).for_each(|b| push(a, b));
                }
            }
            Taken::Listed(count) => {
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

    fn sample(&self, people: usize, draw: u64) -> Pairs {
        let random = &mut Random::new(11, draw + 1);
        let mut who: Vec<usize> = (0..self.classes.len()).collect();
        for place in 0..people {
            let other = place + random.below(who.len() - place);
            who.swap(place, other);
        }
        self.of(&who[..people])
    }

    /// All pairs of some people; the metrics are cosine of all columns and of the first half.
    fn of(&self, who: &[usize]) -> Pairs {
        let rows: Vec<(usize, u32)> = (0..)
            .zip(who)
            .flat_map(|(person, class)| self.classes[*class].iter().map(move |row| (*row, person)))
            .collect();
        let cosine = |a: &[f64], b: &[f64]| {
            let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
            1.0 - dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
        };
        let mut sample = Pairs::of(who.len(), 2);
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
    fn new(scores: &[Vec<f64>], same: &[u8]) -> Result<Self, Failure> {
        let curve = |scores: &[f64]| Curve::of(scores, same, Orientation::Distance);
        Ok(Self([curve(&scores[0])?, curve(&scores[1])?]))
    }
}

fn judge(sample: &Pairs, Truth(curves): &Truth) -> Result<Vec<Drawn>, Failure> {
    let asked = FigureOptions {
        far: FARS.to_vec(),
        ..FigureOptions::default()
    };
    let (first, second) = (sample.trials(0), sample.trials(1));
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
    let held_by = |interval: &Option<Interval>, value: f64| {
        interval.as_ref().map(|interval| holds(interval, value))
    };
    let apart = area(truth) - area(other);
    let mut held = [None; FIGURES.len()];
    held[0] = Some(held_by(&found.auroc_interval, area(truth)) == Some(true));
    let eer = equal_error_rate(truth).linear;
    held[1] = Some(held_by(&found.eer_interval, eer) == Some(true));
    for (place, (far, at)) in FARS.iter().zip(&found.operating).enumerate() {
        let point = threshold_at_far(truth, *far, TarRule::AtMost).point;
        held[2 + place] = held_by(&at.tar_interval, truth.tar(point));
    }
    if let Some(reached) = found.operating[1].reached {
        let far = truth.far(truth.point_at(reached.spot.threshold));
        held[5] = held_by(&found.operating[1].far_interval, far);
    }
    held[6] = held_by(&Some(difference.auroc.interval), apart);
    let other_eer = equal_error_rate(other).linear;
    held[7] = held_by(&Some(difference.eer.interval), eer - other_eer);
    let tar = |of: &Curve| of.tar(threshold_at_far(of, FARS[0], TarRule::AtMost).point);
    held[8] = (difference.tar.first()).and_then(|at| {
        held_by(
            &Some(at.difference.interval.clone()),
            tar(truth) - tar(other),
        )
    });
    // The metrics of a set differ, so nothing is said of the test there.
    let equal = apart.abs() < 2e-3 && is_world(truth);
    held[SIZE] = equal.then(|| difference.auroc.p.is_some_and(|p| p < 0.05));
    let unknown = Trials {
        people: None,
        ..first
    };
    held[DELONG] = Some(held_by(&figures(&unknown)?.auroc_interval, area(truth)) == Some(true));
    let (of_one, of_two) = (&found.warnings, &difference.warnings);
    // How many impostors there are is said with the figures of either metric.
    let few = of_one
        .iter()
        .filter(|warning| warning.code == "few-impostors");
    let warned = |figure| match figure {
        ..DIFFERENCES => concerned(of_one, figure),
        DELONG => false,
        _ => concerned(of_two.iter().chain(few.clone()), figure),
    };
    let drawn = held.into_iter().enumerate();
    Ok(drawn
        .map(|(figure, held)| Drawn {
            held,
            warned: warned(figure),
        })
        .collect())
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
