//! Keys and labels of the rows of a gallery.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, RwLock};

use crate::error::{Code, Error, Result};

/// Names of rows that are added together.
#[derive(Clone, Debug, Default)]
pub struct RowNames {
    /// A key for each row, which no other row of the gallery has.
    pub keys: Option<Vec<String>>,
    /// The person of each row.
    pub labels: Option<Vec<String>>,
}

impl RowNames {
    /// Refuses names that are not one for each of `rows` rows, and a key that two of them have.
    ///
    /// Errors: `EDIMENSION`, `EDUPLICATE`.
    pub(super) fn check(&self, rows: usize) -> Result<()> {
        for (kind, names) in [("keys", &self.keys), ("labels", &self.labels)] {
            if let Some(names) = names.as_ref().filter(|names| names.len() != rows) {
                let found = format!("{} {kind} for {rows} rows", names.len());
                return Err(Error::new(Code::Dimension, found, "one for each row"));
            }
        }
        let mut seen = HashSet::new();
        match self.keys.iter().flatten().find(|key| !seen.insert(*key)) {
            Some(key) => Err(twice(key)),
            None => Ok(()),
        }
    }
}

pub(super) fn twice(key: &str) -> Error {
    Error::new(
        Code::Duplicate,
        format!("the key {key} twice"),
        "each key once",
    )
    .with_hint("Remove the row that has it first")
}

/// Texts one behind the other.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    text: String,
    /// The byte behind each.
    ends: Vec<u32>,
}

impl Texts {
    /// Errors: `EDIMENSION` for more than 4 GiB.
    pub(crate) fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut all = Self::default();
        for text in texts {
            all.text.push_str(text);
            all.ends.push(u32::try_from(all.text.len()).map_err(|_| {
                let found = format!("names of {} bytes", all.text.len());
                Error::new(Code::Dimension, found, "at most 4 GiB").with_hint("Use shorter names")
            })?);
        }
        Ok(all)
    }

    /// Texts of these bytes, each up to its end; `None` for what is not.
    pub(crate) fn read(bytes: Vec<u8>, ends: Vec<u32>) -> Option<Self> {
        let text = String::from_utf8(bytes).ok()?;
        let fits = |pair: &[u32]| pair[0] <= pair[1];
        let whole = ends.last().copied().unwrap_or(0) as usize == text.len();
        let cut = |end: &u32| !text.is_char_boundary(*end as usize);
        (whole && ends.windows(2).all(fits) && !ends.iter().any(cut)).then_some(Self { text, ends })
    }

    /// All bytes, and the byte behind each text.
    pub(crate) fn parts(&self) -> (&[u8], &[u32]) {
        (self.text.as_bytes(), &self.ends)
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn get(&self, place: usize) -> &str {
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start as usize..self.ends[place] as usize]
    }
}

/// A key for each row, found by bisection: nothing is built when a file is opened.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    pub(crate) texts: Texts,
    /// Places of rows in the order of their keys.
    pub(crate) order: Vec<u32>,
}

impl Keys {
    pub(crate) fn of(texts: Texts) -> Self {
        let mut order: Vec<u32> = (0..texts.len() as u32).collect();
        order.sort_by(|a, b| texts.get(*a as usize).cmp(texts.get(*b as usize)));
        Self { texts, order }
    }

    /// Keys in the order that a file names, which is not looked at: another one loses keys, and no more. `None` for
    /// another number of places or one that is not there.
    pub(crate) fn read(texts: Texts, order: Vec<u32>) -> Option<Self> {
        let known = |place: &u32| (*place as usize) < texts.len();
        let fits = order.len() == texts.len() && order.iter().all(known);
        fits.then_some(Self { texts, order })
    }

    /// The place of the row with this key.
    pub(super) fn find(&self, key: &str) -> Option<usize> {
        let key_of = |place: &u32| self.texts.get(*place as usize);
        let at = self.order.binary_search_by(|place| key_of(place).cmp(key));
        at.ok().map(|at| self.order[at] as usize)
    }
}

/// A number for each label. Numbers never change, so that all states of a gallery share the table.
#[derive(Debug, Default)]
pub struct Labels {
    /// Those of the file, in ascending order; the number of each is its place.
    known: Texts,
    added: RwLock<Added>,
}

#[derive(Debug, Default)]
struct Added {
    texts: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Labels {
    /// The labels of a file; `None` if they do not ascend.
    pub(crate) fn read(known: Texts) -> Option<Self> {
        let rising = (1..known.len()).all(|at| known.get(at - 1) < known.get(at));
        rising.then(|| Self {
            known,
            added: RwLock::default(),
        })
    }

    fn known(&self, label: &str) -> Option<u32> {
        let (mut low, mut high) = (0, self.known.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.known.get(middle).cmp(label) {
                std::cmp::Ordering::Equal => return Some(middle as u32),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The number of a label that some row has or had.
    pub(super) fn find(&self, label: &str) -> Option<u32> {
        let added = || self.added.read().unwrap_or_else(|e| e.into_inner());
        self.known(label)
            .or_else(|| added().numbers.get(label).copied())
    }

    /// The numbers of these labels; new ones get theirs.
    pub(super) fn numbers(&self, labels: &[String]) -> Vec<u32> {
        let mut added = self.added.write().unwrap_or_else(|e| e.into_inner());
        let number = |label: &String| {
            if let Some(number) = self.known(label) {
                return number;
            }
            if let Some(number) = added.numbers.get(&label[..]) {
                return *number;
            }
            let number = (self.known.len() + added.texts.len()) as u32;
            let text: Arc<str> = label[..].into();
            added.texts.push(Arc::clone(&text));
            added.numbers.insert(text, number);
            number
        };
        labels.iter().map(number).collect()
    }

    /// The label of a number.
    pub(crate) fn text(&self, number: u32) -> String {
        let place = number as usize;
        if place < self.known.len() {
            return self.known.get(place).to_owned();
        }
        let added = self.added.read().unwrap_or_else(|e| e.into_inner());
        let text = added.texts.get(place - self.known.len());
        text.map_or_else(String::new, |text| text.to_string())
    }
}
