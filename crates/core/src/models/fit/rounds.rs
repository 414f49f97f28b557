//! A fit whose passes are made in rounds, each over parts of the rows at a time.
//!
//! A fit asks for passes one after the other, and each depends on those before it. Where the sums of some are
//! there, the fit repeats what it did with them, and it ends at the first pass that is missing. That [`Pass`] is
//! then made over the rows of each part, which knows of no other part but by the rounds before.

use std::cell::{Cell, RefCell};

use ndarray::Array2;

use super::pass::Pass;
use crate::error::{Code, Error, Result};
use crate::linalg::zeros;
use crate::models::file::container::bad;
use crate::rows::RowSource;
use crate::statistics::{Bundle, BundleParts, Packed};

/// Name of the vector of a round of residuals.
pub(super) const RESIDUALS: &str = "residuals";

/// The sums of one pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// Says of what map of the rows they are sums, and of which kind. Sums with the same key add up.
    pub key: String,
    /// The sums.
    pub sums: Packed,
}

/// Sums that are there, and what becomes of the first that are not.
#[derive(Debug)]
pub struct Rounds<'a> {
    known: Vec<&'a Round>,
    names: &'a [String],
    /// The bundle of the first, if it is at hand.
    first: RefCell<Option<Bundle>>,
    /// The place of the bundle that the fit read last.
    read: Cell<Option<usize>>,
    missing: RefCell<Option<Pass>>,
}

impl Round {
    /// The sums of all rows of some parts, which are added in their order; and the same as a bundle, if they are one.
    ///
    /// Errors: `EMODEL` for parts that do not fit each other; `EMEMORY`.
    pub(crate) fn merge(parts: &[&Self]) -> Result<(Self, Option<Bundle>)> {
        let Some(first) = parts.first() else {
            return Err(Error::internal("a round of no parts"));
        };
        let key = first.key.clone();
        let all: Vec<&Packed> = parts.iter().map(|part| &part.sums).collect();
        if first.sums.contains_key(RESIDUALS) {
            let terms = all.iter().filter_map(|sums| sums.get(RESIDUALS)).flatten();
            let sums = Packed::from([(RESIDUALS.to_owned(), terms.copied().collect())]);
            return Ok((Self { key, sums }, None));
        }
        let bundle = Bundle::unpack(&all, first.dim())?;
        let sums = bundle.pack();
        Ok((Self { key, sums }, Some(bundle)))
    }

    /// True if it is of the rows as they are, about the mean of the first ones: what a fit asks for first.
    pub(crate) fn is_first(&self) -> bool {
        self.key == Pass::bundle(&[], BundleParts::SUM, None).key
    }

    /// The bundle, if it is one.
    ///
    /// Errors: as [`merge`](Self::merge).
    pub(crate) fn bundle(&self) -> Result<Option<Bundle>> {
        let is_bundle = !self.sums.contains_key(RESIDUALS);
        is_bundle
            .then(|| Bundle::unpack(&[&self.sums], self.dim()))
            .transpose()
    }

    /// The sums of the classes at these places among those that have rows, both doubles added.
    ///
    /// Errors: `EMODEL` for a round without them.
    pub(crate) fn class_sums(&self, places: &[usize]) -> Result<Array2<f64>> {
        let dim = self.dim();
        let mut out = zeros("class sums", places.len(), dim)?;
        for name in ["class_sums", "class_sums.low"] {
            let Some(values) = self.sums.get(name) else {
                continue;
            };
            for (place, mut sums) in places.iter().zip(out.rows_mut()) {
                let Some(values) = values.get(place * dim..(place + 1) * dim) else {
                    return Err(Error::new(
                        Code::Model,
                        format!("no sums of class {place}"),
                        "those of every class",
                    ));
                };
                sums.iter_mut()
                    .zip(values)
                    .for_each(|(sum, value)| *sum += value);
            }
        }
        Ok(out)
    }

    fn dim(&self) -> usize {
        self.sums.get("shift").map_or(0, Vec::len)
    }
}

impl<'a> Rounds<'a> {
    /// Rounds over all rows.
    pub fn new(known: Vec<&'a Round>) -> Self {
        Self {
            known,
            names: &[],
            first: RefCell::default(),
            read: Cell::default(),
            missing: RefCell::default(),
        }
    }

    /// These, of files that errors call by `names`.
    pub fn called(self, names: &'a [String]) -> Self {
        Self { names, ..self }
    }

    /// These, of which the first need not be made of its sums again.
    pub(crate) fn holding(self, first: Option<Bundle>) -> Self {
        Self {
            first: RefCell::new(first),
            ..self
        }
    }

    /// The pass for which a fit ended, and the place of the round whose sums of classes it is about; that is none where
    /// no round was of use.
    pub fn take(&self) -> Option<(Pass, Option<usize>)> {
        Some((self.missing.take()?, self.read.get()))
    }

    pub(super) fn bundle(&self, pass: Pass, (parts, dim): (BundleParts, usize)) -> Result<Bundle> {
        match self.known.iter().position(|round| round.key == pass.key) {
            Some(place) => {
                let held = self.first.take();
                let held = held.filter(|held| place == 0 && held.dim() == dim);
                let bundle = match held {
                    Some(bundle) => bundle,
                    None => Bundle::unpack(&[&self.known[place].sums], dim)?,
                };
                if bundle.rows() == 0 {
                    return Err(bad("sums of no row", "those of all rows"));
                }
                check_parts(&bundle, parts, place).map_err(|error| {
                    match self.names.get(place) {
                        Some(name) => error.with_file(name),
                        None => error,
                    }
                })?;
                self.read.set(Some(place));
                Ok(bundle)
            }
            None => self.end(pass, "a pass over the rows"),
        }
    }

    pub(super) fn residuals(&self, pass: Pass) -> Result<f64> {
        let known = self.known.iter().find(|round| round.key == pass.key);
        match known.and_then(|round| round.sums.get(RESIDUALS)) {
            Some(terms) => Ok(terms.iter().sum()),
            None => self.end(pass, "the residuals of the rows, for shrinkage"),
        }
    }

    /// Keeps a pass that is missing; always an error, since the fit cannot go on.
    fn end<T>(&self, pass: Pass, what: &str) -> Result<T> {
        self.missing.replace(Some(pass));
        let rounds = self.known.len();
        let plural = if rounds == 1 { "round" } else { "rounds" };
        Err(Error::new(
            Code::Option,
            format!("statistics of {rounds} {plural}"),
            format!("one more, of {what}"),
        )
        .with_hint(
            "Run stats for each part once more, with these statistics as its option after, merge the parts, and \
             fit with both files",
        ))
    }
}

/// Refuses a bundle that lacks sums which are asked for.
fn check_parts(bundle: &Bundle, wanted: BundleParts, place: usize) -> Result<()> {
    let missing = wanted.beyond(bundle.parts());
    if missing.is_empty() {
        return Ok(());
    }
    let found = format!(
        "statistics of round {} without {}",
        place + 1,
        missing.join(" and ")
    );
    Err(Error::new(
        Code::Option,
        found,
        "those sums, which this pipeline is fitted from",
    )
    .with_hint(
        "Statistics hold what the pipeline named to stats needs: run stats for each part with this pipeline, merge \
         the parts, and fit with what merge wrote",
    ))
}

/// The shape of rows that are not at hand.
pub(super) struct NoRows {
    pub(super) rows: usize,
    pub(super) dim: usize,
}

impl RowSource for NoRows {
    fn rows(&self) -> usize {
        self.rows
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn read_rows_f32(&self, _: usize, _: &mut [f32]) -> Result<()> {
        Err(Error::internal("a row of statistics"))
    }

    fn read_rows_f64(&self, _: usize, _: &mut [f64]) -> Result<()> {
        Err(Error::internal("a row of statistics"))
    }
}
