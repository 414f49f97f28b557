//! Rows prepared together.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, OnceLock};

use super::{Index, Keys, Labels, RowNames, Texts};
use crate::error::Result;
use crate::job::threads::Pooled;
use crate::job::{Job, memory};
use crate::measure::{Measure, Prepared, Survey};
use crate::rows::Embeddings;

/// Rows prepared together, for [`super::Gallery::push`].
pub struct Part {
    rows: Arc<Embeddings>,
    survey: Option<Survey>,
    /// Nothing before the rows of a file are searched; then nothing within it where rows are made ready for
    /// each search.
    index: OnceLock<Option<Index>>,
    making: Mutex<()>,
    check: Option<Check>,
    numbers: Numbers,
    keys: Option<Keys>,
    people: Option<Vec<u32>>,
}

/// Checks that the rows of a file are those that were saved.
pub(crate) type Check = Box<dyn Fn(&Job) -> Result<()> + Send + Sync>;

/// The numbers of the rows of a part.
enum Numbers {
    Run {
        first: u32,
    },
    /// Ascending; the first is not below `from`, that of no other part is in between.
    List {
        from: u32,
        numbers: Vec<u32>,
    },
}

impl Part {
    /// Rows without numbers and names. Without an index one is made before they are searched.
    pub(super) fn new(
        rows: Arc<Embeddings>,
        survey: Option<Survey>,
        index: Option<Option<Index>>,
    ) -> Self {
        Self {
            rows,
            survey,
            index: index.map_or_else(OnceLock::new, OnceLock::from),
            making: Mutex::default(),
            check: None,
            numbers: Numbers::Run { first: 0 },
            keys: None,
            people: None,
        }
    }

    /// Rows of a file, which `check` looks at before they are first searched.
    pub(crate) fn restored(
        rows: Arc<Embeddings>,
        survey: Option<Survey>,
        numbers: Vec<u32>,
        (keys, people): (Option<Keys>, Option<Vec<u32>>),
        check: Check,
    ) -> Self {
        Self {
            check: Some(check),
            numbers: Numbers::List { from: 0, numbers },
            keys,
            people,
            ..Self::new(rows, survey, None)
        }
    }

    /// The index of rows, unless it takes more than `memory` bytes.
    pub(super) fn index_of(
        rows: &Prepared<'_>,
        memory: Option<usize>,
        job: &Job,
    ) -> Result<Option<Index>> {
        let bytes = Index::bytes(rows);
        // With a limit, what does not fit is made ready for each search instead.
        let fits = memory.is_none_or(|most| bytes <= most && memory::grants(bytes));
        fits.then(|| Index::new(rows, job)).transpose()
    }

    pub(super) fn is_ready(&self) -> bool {
        self.index.get().is_some()
    }

    pub(super) fn ready(
        &self,
        measure: Measure<'_>,
        memory: Option<usize>,
        pooled: Pooled<'_>,
        job: &Job,
    ) -> Result<()> {
        if self.is_ready() {
            return Ok(());
        }
        let _one_at_a_time = self.making.lock().unwrap_or_else(|e| e.into_inner());
        if self.is_ready() {
            return Ok(());
        }
        pooled(&|| {
            if let Some(check) = &self.check {
                check(job)?;
            }
            let index = Self::index_of(&self.prepared(measure)?, memory, job)?;
            let _ = self.index.set(index);
            Ok(())
        })
    }

    pub(super) fn name(&mut self, names: &RowNames, labels: &Labels) -> Result<()> {
        let texts = |keys: &Vec<String>| Texts::of(keys.iter().map(String::as_str));
        self.keys = names.keys.as_ref().map(texts).transpose()?.map(Keys::of);
        self.people = names.labels.as_ref().map(|names| labels.numbers(names));
        Ok(())
    }

    /// Takes the numbers and names of rows of parts, each told by its part and place; they ascend.
    pub(super) fn take_names<'a>(
        &mut self,
        parts: impl Iterator<Item = &'a Self>,
        places: &[(usize, usize)],
    ) -> Result<()> {
        let parts: Vec<&Self> = parts.collect();
        let of = |(part, place): &(usize, usize)| (parts[*part], *place);
        let rows = || places.iter().map(of);
        self.numbers = Numbers::List {
            from: parts[0].from(),
            numbers: rows().map(|(part, place)| part.number(place)).collect(),
        };
        // Either all rows of a gallery have names of a kind or none.
        let key = |(part, place): (&'a Self, usize)| Some(part.keys.as_ref()?.texts.get(place));
        if parts.iter().any(|part| part.keys.is_some()) {
            self.keys = Some(Keys::of(Texts::of(rows().filter_map(key))?));
        }
        let person = |(part, place): (&'a Self, usize)| Some(part.people.as_ref()?[place]);
        if parts.iter().any(|part| part.people.is_some()) {
            self.people = Some(rows().filter_map(person).collect());
        }
        Ok(())
    }

    pub(super) fn number_from(&mut self, first: u32) {
        self.numbers = Numbers::Run { first };
    }

    pub(super) fn number_people(&mut self, numbers: Vec<u32>, people: Vec<u32>) {
        self.number_rows(numbers);
        self.people = Some(people);
    }

    /// Numbers rows one by one; the numbers ascend.
    pub(crate) fn number_rows(&mut self, numbers: Vec<u32>) {
        let from = numbers.first().copied().unwrap_or(0);
        self.numbers = Numbers::List { from, numbers };
    }

    pub(crate) fn rows(&self) -> &Arc<Embeddings> {
        &self.rows
    }

    pub(crate) fn survey(&self) -> Option<&Survey> {
        self.survey.as_ref()
    }

    pub(super) fn index(&self) -> Option<&Index> {
        self.index.get()?.as_ref()
    }

    pub(crate) fn keys(&self) -> Option<&Keys> {
        self.keys.as_ref()
    }

    /// The number of the label of each row.
    pub(crate) fn people(&self) -> Option<&[u32]> {
        self.people.as_deref()
    }

    /// The number of the row at a place.
    pub(crate) fn number(&self, place: usize) -> u32 {
        match &self.numbers {
            Numbers::Run { first } => first + place as u32,
            Numbers::List { numbers, .. } => numbers[place],
        }
    }

    /// The least number that a row could have.
    fn from(&self) -> u32 {
        match &self.numbers {
            Numbers::Run { first: from } | Numbers::List { from, .. } => *from,
        }
    }

    pub(super) fn starts_by(&self, row: u32) -> bool {
        self.from() <= row
    }

    /// The place of a row.
    pub(super) fn place_of(&self, row: u32) -> Option<usize> {
        match &self.numbers {
            Numbers::Run { first } => {
                let place = row.checked_sub(*first)? as usize;
                (place < self.rows.rows()).then_some(place)
            }
            Numbers::List { numbers, .. } => numbers.binary_search(&row).ok(),
        }
    }

    pub(super) fn is_run_from(&self, first: u32) -> bool {
        (0..self.rows.rows()).all(|place| self.number(place) == first + place as u32)
    }

    /// The description that a list gives of the numbers of these rows.
    pub(super) fn of_numbers<'a>(&self, list: &'a [u32]) -> Cow<'a, [u32]> {
        match &self.numbers {
            Numbers::Run { first } => list[*first as usize..][..self.rows.rows()].into(),
            Numbers::List { numbers, .. } => numbers
                .iter()
                .map(|number| list[*number as usize])
                .collect(),
        }
    }

    pub(super) fn prepared<'a>(&'a self, measure: Measure<'a>) -> Result<Prepared<'a>> {
        measure.recall(&self.rows, self.survey.as_ref())
    }
}
