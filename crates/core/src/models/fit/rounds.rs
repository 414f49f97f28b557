//! A fit whose passes are made in rounds, each over parts of the rows at a time.
//!
//! A fit asks for passes one after the other, and each depends on those before it. Where the sums of some are
//! there, the fit repeats what it did with them; the first that is missing is made over the rows of a part,
//! and the fit ends there. So a part knows of no other part but by the rounds before.

use std::cell::RefCell;
use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::error::{Code, Error, Result};
use crate::models::affine::Stage;
use crate::rows::RowSource;
use crate::statistics::{Bundle, BundleParts, Packed};

/// Name of the vector of a round of residuals.
const RESIDUALS: &str = "residuals";

/// The sums of one pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// Says of what map of the rows they are sums, and of which kind. Sums with the same key add up.
    pub key: String,
    /// The sums.
    pub sums: Packed,
}

/// Sums that are there, and the rows over which to make the first that is not.
#[derive(Debug)]
pub struct Rounds<'a> {
    known: Vec<&'a Round>,
    rows: Option<Range<usize>>,
    before: Option<&'a Round>,
    found: RefCell<Option<Round>>,
}

impl Round {
    /// The sums of all rows of some parts, which are added in their order. Columns of the rows summed: `dim`,
    /// as the shift tells.
    ///
    /// Errors: `EMODEL` for parts that do not fit each other; `EMEMORY`.
    pub fn merge(parts: &[&Self]) -> Result<Self> {
        let Some(first) = parts.first() else {
            return Err(Error::internal("a round of no parts"));
        };
        let key = first.key.clone();
        let all: Vec<&Packed> = parts.iter().map(|part| &part.sums).collect();
        let sums = match first.sums.get(RESIDUALS) {
            Some(_) => {
                let terms = all.iter().filter_map(|sums| sums.get(RESIDUALS)).flatten();
                Packed::from([(RESIDUALS.to_owned(), terms.copied().collect())])
            }
            None => Bundle::unpack(&all, first.dim())?.pack(),
        };
        Ok(Self { key, sums })
    }

    /// True if it is of the rows as they are, about the mean of the first ones: what a fit asks for first.
    pub(crate) fn is_first(&self) -> bool {
        self.key == Key::new("bundle", &[]).values(&[]).text()
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

    fn dim(&self) -> usize {
        self.sums.get("shift").map_or(0, Vec::len)
    }
}

impl<'a> Rounds<'a> {
    /// Rounds over all rows, and none to be made.
    pub fn known(known: Vec<&'a Round>) -> Self {
        Self {
            known,
            rows: None,
            before: None,
            found: RefCell::default(),
        }
    }

    /// Makes the first round that is missing over `rows`, whole blocks; `before` is taken in its place if it is
    /// that round.
    pub fn next(known: Vec<&'a Round>, rows: Range<usize>, before: Option<&'a Round>) -> Self {
        Self {
            rows: Some(rows),
            before,
            ..Self::known(known)
        }
    }

    /// The round that a fit made before it ended.
    pub fn take(&self) -> Option<Round> {
        self.found.take()
    }

    pub(super) fn bundle(
        &self,
        key: String,
        (parts, dim): (BundleParts, usize),
        gather: impl FnOnce(Range<usize>) -> Result<Bundle>,
    ) -> Result<Bundle> {
        match self.known.iter().position(|round| round.key == key) {
            Some(place) => {
                let bundle = Bundle::unpack(&[&self.known[place].sums], dim)?;
                check_parts(&bundle, parts, place)?;
                Ok(bundle)
            }
            None => self.make(key, "a pass over the rows", |rows| Ok(gather(rows)?.pack())),
        }
    }

    pub(super) fn residuals(
        &self,
        key: String,
        gather: impl FnOnce(Range<usize>) -> Result<Vec<f64>>,
    ) -> Result<f64> {
        let known = self.known.iter().find(|round| round.key == key);
        match known.and_then(|round| round.sums.get(RESIDUALS)) {
            Some(terms) => Ok(terms.iter().sum()),
            None => self.make(key, "the residuals of the rows, for shrinkage", |rows| {
                Ok(Packed::from([(RESIDUALS.to_owned(), gather(rows)?)]))
            }),
        }
    }

    /// Makes a round over the rows of the part; always an error, since the fit cannot go on.
    fn make<T>(
        &self,
        key: String,
        what: &str,
        gather: impl FnOnce(Range<usize>) -> Result<Packed>,
    ) -> Result<T> {
        if let Some(rows) = &self.rows {
            let round = match self.before.filter(|before| before.key == key) {
                Some(before) => before.clone(),
                None => Round {
                    key,
                    sums: gather(rows.clone())?,
                },
            };
            self.found.replace(Some(round));
        }
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

/// The digest of the round that sums are of.
pub(super) struct Key {
    kind: &'static str,
    hash: Sha256,
}

impl Key {
    /// Sums of a kind over rows after these stages.
    pub(super) fn new(kind: &'static str, stages: &[Stage]) -> Self {
        let key = Self {
            kind,
            hash: Sha256::new(),
        };
        stages.iter().fold(key, |key, stage| match stage {
            Stage::LengthNorm => key.values(&[]),
            Stage::Affine(map) => key
                .values(map.center())
                .values(map.matrix().into_iter().flatten())
                .values(map.bias().into_iter().flatten()),
        })
    }

    /// The key, and these values.
    pub(super) fn values<'v>(mut self, values: impl IntoIterator<Item = &'v f64>) -> Self {
        let mut count = 0u64;
        for value in values {
            self.hash.update(value.to_le_bytes());
            count += 1;
        }
        self.hash.update(count.to_le_bytes());
        self
    }

    pub(super) fn text(self) -> String {
        let digest = self.hash.finalize();
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}:{hex}", self.kind)
    }
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
