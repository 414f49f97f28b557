//! A pass over the rows, apart from the fit that asks for it, so that a process can make its part of the pass and know
//! nothing else of the fit.

use std::ops::Range;

use ndarray::{Array1, Array2};
use sha2::{Digest, Sha256};

use super::mapped_rows::MappedRows;
use super::rounds::{RESIDUALS, Round};
use crate::error::{Error, Result};
use crate::job::Job;
use crate::job::memory::filled;
use crate::models::affine::Stage;
use crate::models::file::container::{Container, bad};
use crate::models::file::{put_matrix, put_stages, put_vector, read_stages, take_matrix};
use crate::rows::{Classes, IGNORED, Invalid, RowSource};
use crate::statistics::{
    BundleParts, GatherOptions, Packed, ResidualOrigin, blocks_of, gather_pieces, move_sums,
    no_labels,
};

/// Gives the sums of classes about the shift, for their places among the classes that have rows, ascending.
pub type ClassSums<'a> = dyn Fn(&[usize]) -> Result<Array2<f64>> + 'a;

/// The sums that a fit asks of the rows next.
#[derive(Clone, Debug, PartialEq)]
pub struct Pass {
    /// The key of the round that it makes.
    pub key: String,
    /// Rows are summed as they are behind these.
    stages: Vec<Stage>,
    sums: Sums,
}

#[derive(Clone, Debug, PartialEq)]
enum Sums {
    Bundle {
        parts: BundleParts,
        /// The vector that sums are about; the mean of the first rows if absent.
        shift: Option<Vec<f64>>,
    },
    Residuals {
        unit: f64,
        mean: Array1<f64>,
        map: Option<Array2<f64>>,
        /// For residuals from the means of classes: what a row adds to a sum about the shift beyond what it adds to
        /// one about the mean.
        offset: Option<Vec<f64>>,
    },
}

impl Pass {
    pub(super) fn bundle(stages: &[Stage], parts: BundleParts, shift: Option<&[f64]>) -> Self {
        let key = Key::new("bundle", stages).values(shift.unwrap_or_default());
        let shift = shift.map(<[f64]>::to_vec);
        Self {
            key: key.text(),
            stages: stages.to_vec(),
            sums: Sums::Bundle { parts, shift },
        }
    }

    /// Residuals of rows behind `stages`, from the origin that moments tell.
    pub(super) fn residuals(
        stages: &[Stage],
        (mean, map, offset): (&Array1<f64>, Option<&Array2<f64>>, &[f64]),
        unit: f64,
        within: bool,
    ) -> Self {
        // Rounds take rows in their own unit, which is 1.
        let key = Key::new("residuals", stages)
            .values(&[unit, 1.0, f64::from(u8::from(within))])
            .values(map.into_iter().flatten());
        Self {
            key: key.text(),
            stages: stages.to_vec(),
            sums: Sums::Residuals {
                unit,
                mean: mean.clone(),
                map: map.cloned(),
                offset: within.then(|| offset.to_vec()),
            },
        }
    }

    /// The round of the pass over some rows of a source, whole blocks. `classes` are those of all its rows;
    /// `class_sums` is asked where residuals are from the means of classes, for those of these rows.
    ///
    /// Errors: those of the source and of `class_sums`; `EDIMENSION` for maps of other columns; `ENOTFINITE`;
    /// `EABORTED`.
    pub fn make(
        &self,
        source: &dyn RowSource,
        classes: Option<&Classes<'_>>,
        rows: Range<usize>,
        class_sums: &ClassSums<'_>,
        job: &Job,
    ) -> Result<Round> {
        let mapped;
        let source: &dyn RowSource = match &self.stages[..] {
            [] => source,
            stages => {
                mapped = MappedRows::new(source, stages)?;
                &mapped
            }
        };
        let sums = match &self.sums {
            Sums::Bundle { parts, shift } => {
                let options = GatherOptions {
                    parts: *parts,
                    invalid: Invalid::Refuse,
                    shift: shift.as_deref(),
                    phase: "fit",
                    ..GatherOptions::default()
                };
                gather_pieces(source, classes, &options, &blocks_of(rows), job)?.pack()
            }
            Sums::Residuals {
                unit,
                mean,
                map,
                offset,
            } => {
                let dim = source.dim();
                let fits = mean.len() == dim
                    && map.as_ref().is_none_or(|map| map.ncols() == dim)
                    && offset.as_ref().is_none_or(|offset| offset.len() == dim);
                if !fits {
                    return Err(other_columns(dim));
                }
                job.begin("fit", rows.len() as u64);
                let (mut of_row, mut of_classes) = (Vec::new(), None);
                if let Some(offset) = offset {
                    let classes = classes.ok_or_else(no_labels)?;
                    let own = OwnClasses::of(classes, rows.clone())?;
                    let mut sums = class_sums(&own.places)?;
                    if sums.ncols() != dim {
                        return Err(other_columns(dim));
                    }
                    move_sums(&mut sums, &own.counts, offset);
                    (of_row, of_classes) = (own.of_row, Some((own.counts, sums)));
                } else if let Some(classes) = classes {
                    of_row = classes.of_row().to_vec();
                }
                let origin = ResidualOrigin {
                    unit: *unit,
                    mean,
                    map: map.as_ref(),
                    classes: of_classes
                        .as_ref()
                        .map(|(counts, sums)| (&counts[..], &**sums)),
                };
                let fourths = origin.fourths(source, &of_row, rows.clone())?;
                job.advance(rows.len() as u64);
                Packed::from([(RESIDUALS.to_owned(), fourths)])
            }
        };
        Ok(Round {
            key: self.key.clone(),
            sums,
        })
    }

    /// Puts it into the contents of a file.
    ///
    /// Errors: `EMEMORY`.
    pub(crate) fn put(&self, c: &mut Container) -> Result<()> {
        c.metadata.insert("next".into(), self.key.clone());
        put_stages(c, &self.stages)?;
        let vector = |c: &mut Container, name: &str, values: &[f64]| {
            put_vector(c, format!("next.{name}"), values)
        };
        match &self.sums {
            Sums::Bundle { parts, shift } => {
                vector(
                    c,
                    "parts",
                    &parts.flags().map(|flag| f64::from(u8::from(flag))),
                )?;
                shift.iter().try_for_each(|shift| vector(c, "shift", shift))
            }
            Sums::Residuals {
                unit,
                mean,
                map,
                offset,
            } => {
                vector(c, "unit", &[*unit])?;
                put_vector(c, "next.mean".into(), mean)?;
                offset
                    .iter()
                    .try_for_each(|offset| vector(c, "offset", offset))?;
                map.iter()
                    .try_for_each(|map| put_matrix(c, "next.map".into(), map))
            }
        }
    }

    /// Takes it out of the contents of a file, if they hold one.
    ///
    /// Errors: `EMODEL`.
    pub(crate) fn take(c: &mut Container) -> Result<Option<Self>> {
        let Some(key) = c.metadata.remove("next") else {
            return Ok(None);
        };
        let stages = match c
            .metadata
            .get("stages")
            .is_some_and(|list| !list.is_empty())
        {
            true => read_stages(c)?,
            false => Vec::new(),
        };
        let mut vector = |name: &str| {
            let tensor = c.tensors.remove(&format!("next.{name}"));
            tensor.map(|tensor| tensor.data)
        };
        let sums = match (vector("parts"), vector("unit"), vector("mean")) {
            (Some(flags), None, None) => Sums::Bundle {
                parts: BundleParts::of_flags(
                    <[f64; 4]>::try_from(&flags[..])
                        .map_err(|_| bad("tensor 'next.parts' of another size", "four values"))?
                        .map(|flag| flag != 0.0),
                ),
                shift: vector("shift"),
            },
            (None, Some(unit), Some(mean)) => Sums::Residuals {
                unit: unit[0],
                mean: Array1::from(mean),
                offset: vector("offset"),
                map: match c.tensors.contains_key("next.map") {
                    true => Some(take_matrix(c, "next.map")?),
                    false => None,
                },
            },
            _ => return Err(bad("a next pass without its vectors", "all of them")),
        };
        Ok(Some(Self { key, stages, sums }))
    }
}

fn other_columns(dim: usize) -> Error {
    bad("a next pass over other columns", format!("{dim} columns"))
}

/// The classes of some rows, numbered from 0 as they come by number.
struct OwnClasses {
    /// Of all rows; rows elsewhere are in none.
    of_row: Vec<u32>,
    /// How many rows each has, wherever they are.
    counts: Vec<u64>,
    /// The place of each among the classes that have rows.
    places: Vec<usize>,
}

impl OwnClasses {
    fn of(classes: &Classes<'_>, rows: Range<usize>) -> Result<Self> {
        let sizes = classes.sizes();
        let own = &classes.of_row()[rows.clone()];
        let mut is_own = filled("classes", sizes.len(), false)?;
        for class in own.iter().filter(|class| **class != IGNORED) {
            is_own[*class as usize] = true;
        }
        let mut numbers = filled("classes", sizes.len(), IGNORED)?;
        let (mut counts, mut places, mut place) = (Vec::new(), Vec::new(), 0);
        for (class, size) in sizes.iter().enumerate().filter(|(_, size)| **size > 0) {
            if is_own[class] {
                numbers[class] = places.len() as u32;
                counts.push(*size);
                places.push(place);
            }
            place += 1;
        }
        let mut of_row = filled("classes", classes.of_row().len(), IGNORED)?;
        for (to, class) in of_row[rows].iter_mut().zip(own) {
            *to = numbers.get(*class as usize).copied().unwrap_or(IGNORED);
        }
        Ok(Self {
            of_row,
            counts,
            places,
        })
    }
}

/// The digest of the round that sums are of.
struct Key {
    kind: &'static str,
    hash: Sha256,
}

impl Key {
    /// Sums of a kind over rows after these stages.
    fn new(kind: &'static str, stages: &[Stage]) -> Self {
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
    fn values<'v>(mut self, values: impl IntoIterator<Item = &'v f64>) -> Self {
        let mut count = 0u64;
        for value in values {
            self.hash.update(value.to_le_bytes());
            count += 1;
        }
        self.hash.update(count.to_le_bytes());
        self
    }

    fn text(self) -> String {
        let digest = self.hash.finalize();
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}:{hex}", self.kind)
    }
}
