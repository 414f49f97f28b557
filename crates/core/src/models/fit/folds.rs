//! Fits to all people but those of one fold: each row is in one fold, so the statistics of all folds
//! cost one pass, and those of a fit are the sums over the other folds.

use super::fitter::Fitter;
use super::kept::{Kept, Stretch, asks_for_residuals, parts_by_prefix};
use super::mapped_rows::MappedRows;
use super::target::{Asked, Target, gather_target};
use super::{FitOptions, Fitted, fit_steps};
use crate::error::{Code, Error, Result};
use crate::job::Job;
use crate::models::affine::{Affine, Stage};
use crate::models::pipeline::{Center, Pipeline, Step};
use crate::rows::{Classes, IGNORED, Invalid, RowSource};
use crate::statistics::{
    BundleParts, GatherOptions, Halves, Moments, Part, PartRows, gather_parts, mean_of_parts,
    together,
};

/// Fits of pipelines to all rows but those of one fold.
pub struct FoldFits<'a> {
    source: &'a dyn RowSource,
    pipelines: &'a [Pipeline],
    /// Of rows to fit on that are not finite none is left.
    options: FitOptions<'a>,
    invalid_target: Invalid,
    /// Class of each row, numbered fold by fold; [`IGNORED`] for rows in no fold.
    of_row: Vec<u32>,
    /// The first class of each fold and, last, their number.
    starts: Vec<u32>,
    shared: Vec<SharedStretch>,
    passes: u32,
}

/// A stretch that begins with the same rows whatever fold is left out.
struct SharedStretch {
    prefix: Vec<Step>,
    stages: Vec<Stage>,
    unit: f64,
    folds: Vec<Part>,
    /// Statistics of the target, and what is asked of it.
    target: Option<Moments>,
    asked: Asked,
}

/// Statistics of all rows but those of one fold.
pub struct OneFold<'a> {
    all: &'a FoldFits<'a>,
    kept: Kept,
    of_row: Vec<u32>,
}

impl<'a> FoldFits<'a> {
    /// Gathers what `pipelines` share.
    ///
    /// `of_row` holds dense class numbers or [`IGNORED`], `fold_of` the fold of each class, each
    /// of `0..count` with a row in it. What follows `length-norm` at the very beginning, or `center,
    /// length-norm` on data so large that products are of singles, is gathered once for all folds;
    /// the center is then the mean of all rows, which uses no label. Everything else that is fitted
    /// after a length normalisation is gathered for each fold.
    ///
    /// Errors: as [`fit`](super::fit).
    pub fn new(
        source: &'a dyn RowSource,
        of_row: &[u32],
        (fold_of, count): (&[u32], usize),
        pipelines: &'a [Pipeline],
        options: &FitOptions<'a>,
        job: &Job,
    ) -> Result<Self> {
        let mut numbers = vec![IGNORED; fold_of.len()];
        let mut starts = vec![0u32];
        let present = Classes::new(of_row)?;
        let mut next = 0;
        for fold in 0..count as u32 {
            for (class, _) in fold_of.iter().enumerate().filter(|(_, f)| **f == fold) {
                if present.sizes().get(class).is_some_and(|n| *n > 0) {
                    numbers[class] = next;
                    next += 1;
                }
            }
            starts.push(next);
        }
        let number = |class: &u32| numbers.get(*class as usize).copied().unwrap_or(IGNORED);
        let of_row: Vec<u32> = of_row.iter().map(number).collect();
        let mut fits = Self {
            source,
            pipelines,
            options: FitOptions {
                invalid: Invalid::Refuse,
                ..*options
            },
            invalid_target: options.invalid,
            of_row,
            starts,
            shared: Vec::new(),
            passes: 0,
        };
        fits.gather(job)?;
        Ok(fits)
    }

    /// Passes over all rows so far, those for single folds not counted.
    pub fn passes(&self) -> u32 {
        self.passes
    }

    /// True if the center before a length normalisation is that of all rows, in all folds.
    fn shares_center(&self) -> bool {
        let arithmetic = self.options.arithmetic;
        !arithmetic.is_double(self.source.rows(), self.source.dim())
    }

    fn gather(&mut self, job: &Job) -> Result<()> {
        let centered = [Step::Center(Center::Train), Step::LengthNorm];
        let centers = self.shares_center();
        let mut wanted = parts_by_prefix(self.pipelines.iter());
        wanted.retain(|(prefix, ..)| {
            prefix.is_empty() || *prefix == [Step::LengthNorm] || (centers && *prefix == centered)
        });
        if wanted.iter().any(|(prefix, ..)| *prefix == centered)
            && !wanted.iter().any(|(prefix, ..)| prefix.is_empty())
        {
            wanted.push((Vec::new(), BundleParts::SUM, Asked::default()));
        }
        // The mean of all rows comes from the first.
        wanted.sort_by_key(|(prefix, ..)| prefix.len());
        let folds = self.folds();
        let rows: usize = folds.iter().map(|fold| fold.rows.len()).sum();
        job.begin("folds", (rows * wanted.len()) as u64);
        for (prefix, parts, asked) in wanted {
            let Some(stages) = self.stages_of(&prefix)? else {
                continue;
            };
            let residuals = asks_for_residuals(self.pipelines, &prefix);
            let options = GatherOptions {
                parts,
                arithmetic: self.arithmetic(),
                ..GatherOptions::default()
            };
            let mapped;
            let source: &dyn RowSource = if stages.is_empty() {
                self.source
            } else {
                mapped = MappedRows::new(self.source, &stages)?;
                &mapped
            };
            let (folds, unit) = gather_parts(source, &folds, &options, residuals, job)?;
            self.passes += 1;
            let how = (self.arithmetic(), self.invalid_target);
            let target = self.options.target.filter(|_| asked.target);
            let target = target
                .map(|target| gather_target(target, (&stages, unit), how, job))
                .transpose()?;
            self.shared.push(SharedStretch {
                prefix,
                stages,
                unit,
                folds,
                target,
                asked,
            });
        }
        Ok(())
    }

    /// The arithmetic of a pass over all rows.
    fn arithmetic(&self) -> crate::statistics::Arithmetic {
        let asked = self.options.arithmetic;
        asked.settled(self.source.rows(), self.source.dim())
    }

    /// The stages of a prefix that all folds share, or nothing where they cannot.
    fn stages_of(&self, prefix: &[Step]) -> Result<Option<Vec<Stage>>> {
        let mut affine = Affine::identity(self.source.dim());
        if prefix.is_empty() {
            return Ok(Some(Vec::new()));
        }
        if let [Step::Center(_), ..] = prefix {
            match self.shared.iter().find(|stretch| stretch.prefix.is_empty()) {
                Some(plain) if plain.unit == 1.0 => {
                    affine.then_subtract(&mean_of_parts(&plain.folds)?);
                }
                _ => return Ok(None),
            }
        }
        Ok(Some(vec![Stage::Affine(affine), Stage::LengthNorm]))
    }

    /// Rows and classes of each fold.
    fn folds(&self) -> Vec<PartRows> {
        let part = |fold: &[u32]| {
            let mut part = PartRows {
                rows: Vec::new(),
                classes: Vec::new(),
            };
            for (row, class) in (0u32..).zip(&self.of_row) {
                if (fold[0]..fold[1]).contains(class) {
                    part.rows.push(row);
                    part.classes.push(class - fold[0]);
                }
            }
            part
        };
        self.starts.windows(2).map(part).collect()
    }

    /// Statistics of all rows but those of `fold`.
    ///
    /// Errors: `EOPTION` for a fold that is not there.
    pub fn without(&'a self, fold: usize) -> Result<OneFold<'a>> {
        let Some(&[start, end]) = self.starts.get(fold..fold + 2) else {
            let found = format!("fold {fold}");
            return Err(Error::new(Code::Option, found, "a fold that is there"));
        };
        let kept = Kept::new(self.pipelines.iter());
        for stretch in &self.shared {
            let others = stretch.folds.iter().enumerate();
            let others = others.filter(|(f, _)| *f != fold).map(|(_, part)| part);
            let stages = stretch.stages.clone();
            let unit = stretch.unit;
            let moments = together(others.clone())?;
            kept.insert(
                &stretch.prefix,
                Stretch {
                    stages,
                    moments,
                    target: self.target(stretch, &others.collect::<Vec<_>>())?,
                    unit,
                },
            );
        }
        let numbered = |class: &u32| match *class {
            IGNORED => IGNORED,
            class if class < start => class,
            class if class < end => IGNORED,
            class => class - (end - start),
        };
        Ok(OneFold {
            all: self,
            kept,
            of_row: self.of_row.iter().map(numbered).collect(),
        })
    }
}

impl FoldFits<'_> {
    /// Statistics of the target, and of the null between the parts.
    fn target(&self, stretch: &SharedStretch, parts: &[&Part]) -> Result<Option<Target>> {
        let (Some(moments), Some(target)) = (stretch.target.clone(), self.options.target) else {
            return Ok(None);
        };
        let halves = match stretch.asked.halves {
            true => Halves::of_parts(parts, target.rows())?,
            false => None,
        };
        Ok(Some(Target { moments, halves }))
    }
}

impl OneFold<'_> {
    /// Fits one of the pipelines to the rows outside the fold; its report lacks condition numbers.
    ///
    /// Errors: as [`fit`](super::fit).
    pub fn fit(&self, pipeline: &Pipeline, job: &Job) -> Result<Fitted> {
        let classes = Classes::new(&self.of_row)?;
        let options = FitOptions {
            arithmetic: self.all.arithmetic(),
            ..self.all.options
        };
        let fitter = Fitter::new(self.all.source, Some(&classes), true, &options, job);
        fit_steps(fitter.sharing(Some(&self.kept)).unread(), pipeline)
    }
}
