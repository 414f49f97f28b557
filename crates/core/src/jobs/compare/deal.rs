//! People dealt into folds, and the rows that judge a fold.

use std::collections::HashMap;

use crate::error::{Code, Error, Result, counted};
use crate::rows::{Classes, IGNORED};
use crate::statistics::SplitMix;

/// Folds unless there are too few people for them.
pub const FOLDS: usize = 5;
/// Fewer people than this are not judged unless folds are asked for.
const FEWEST: usize = 4;
/// Below so many people, how often they are dealt: four in all the three ways that there are.
const REPEATS: [(usize, usize); 4] = [(5, 3), (10, 6), (100, 4), (1000, 2)];
/// Most rows that judge in all folds of a deal; beyond, people and their rows are drawn by seed.
const MOST_ROWS: usize = 20_000;

/// How people are dealt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) folds: usize,
    pub(super) repeats: usize,
}

impl Plan {
    /// The plan for the people of `classes`; `folds` as asked for or by their number.
    ///
    /// Errors: `EOPTION` for fewer than two folds; `EONECLASS` where folds would not hold two people
    /// each; `EEMPTY` if nobody has two rows.
    pub(super) fn new(classes: &Classes<'_>, folds: Option<usize>) -> Result<Self> {
        let people = classes.sizes().iter().filter(|n| **n > 0).count();
        if let Some(folds) = folds.filter(|folds| *folds < 2) {
            let found = counted(folds, "fold", "folds");
            return Err(Error::new(Code::Option, found, "at least 2"));
        }
        let most = people / 2;
        let needed = folds.map_or(FEWEST, |folds| 2 * folds);
        if people < needed {
            let found = format!("{} to compare on", counted(people, "person", "people"));
            let expected = format!("at least {needed}, to hold some out");
            return Err(Error::new(Code::OneClass, found, expected)
                .with_hint("Give rows of more people, or use cosine"));
        }
        if classes.sizes().iter().all(|n| *n < 2) {
            let found = format!("{} of one row each", counted(people, "person", "people"));
            return Err(Error::new(Code::Empty, found, "people with two rows")
                .with_hint("Give more rows of each person, or use cosine"));
        }
        Ok(Self {
            folds: folds.unwrap_or(FOLDS.min(most)),
            repeats: REPEATS
                .iter()
                .find(|(below, _)| people < *below)
                .map_or(1, |(_, repeats)| *repeats),
        })
    }

    /// The deals, of which no two are alike: one that is made twice would weigh twice and tell nothing new.
    pub(super) fn deals(self, classes: &Classes<'_>, seed: u64) -> Vec<Deal> {
        let mut deals: Vec<Deal> = vec![];
        let mut seeds = (0..).map(|place| seed.wrapping_add(place));
        while deals.len() < self.repeats {
            let dealt = seeds
                .next()
                .map(|seed| Deal::new(classes, self.folds, seed));
            deals.extend(dealt.filter(|deal| !deals.iter().any(|other| other.is_like(deal))));
        }
        deals
    }
}

/// One deal of all people.
pub(super) struct Deal {
    /// Fold of each class; [`IGNORED`] for classes without rows.
    pub(super) fold_of: Vec<u32>,
    /// Classes with rows, in the order in which they were drawn.
    order: Vec<u32>,
}

impl Deal {
    /// Deals the classes that have rows into `folds` folds, which differ by one person at most.
    /// Depends on `seed` and the number of classes alone.
    pub(super) fn new(classes: &Classes<'_>, folds: usize, seed: u64) -> Self {
        let present = (0u32..).zip(classes.sizes()).filter(|(_, n)| **n > 0);
        let mut order: Vec<u32> = present.map(|(class, _)| class).collect();
        let mut random = SplitMix(seed);
        for i in (1..order.len()).rev() {
            order.swap(i, random.below(i as u64 + 1) as usize);
        }
        let mut fold_of = vec![IGNORED; classes.count()];
        for (place, class) in order.iter().enumerate() {
            fold_of[*class as usize] = (place % folds) as u32;
        }
        Self { fold_of, order }
    }

    /// True where the same people are together, whatever the number of their fold.
    fn is_like(&self, other: &Self) -> bool {
        let mut names = HashMap::new();
        let mut pairs = self.fold_of.iter().zip(&other.fold_of);
        pairs.all(|(one, two)| names.entry(one).or_insert(two) == &two)
    }

    /// Row and class of what judges each fold: all its rows, or of large sets some of them.
    pub(super) fn judges(&self, classes: &Classes<'_>, plan: Plan) -> Vec<Vec<(u32, u32)>> {
        let folds = plan.folds;
        let mut of_class: Vec<Vec<u32>> = vec![Vec::new(); classes.count()];
        let all: u64 = classes.sizes().iter().sum();
        let sampled = all > MOST_ROWS as u64;
        let of_one = (MOST_ROWS / self.order.len().max(1)).max(8);
        for (row, class) in (0u32..).zip(classes.of_row()) {
            if *class != IGNORED {
                of_class[*class as usize].push(row);
            }
        }
        let mut judges = vec![Vec::new(); folds];
        for class in &self.order {
            let judge = &mut judges[self.fold_of[*class as usize] as usize];
            let mut rows = std::mem::take(&mut of_class[*class as usize]);
            if sampled {
                if judge.len() >= MOST_ROWS / folds {
                    continue;
                }
                thin(&mut rows, of_one);
            }
            judge.extend(rows.into_iter().map(|row| (row, *class)));
        }
        judges
    }
}

/// Keeps `most` of the rows, evenly spread.
fn thin(rows: &mut Vec<u32>, most: usize) {
    let all = rows.len();
    if all > most {
        *rows = (0..most).map(|i| rows[i * all / most]).collect();
    }
}
