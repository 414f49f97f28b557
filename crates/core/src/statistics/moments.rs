//! The statistics of one stretch of a pipeline, carried through its linear steps by algebra.
//!
//! Between two length normalisations every step is affine, so the statistics after it follow from
//! those before it: no step of a stretch reads the rows again. A length normalisation ends the
//! stretch; what comes after it needs statistics of new rows, which is one more pass.

use ndarray::{Array1, Array2, ArrayRef2, s};

use super::bundle::Bundle;
use super::class_statistics::ClassStatistics;
use super::estimate::{
    clear_rounding, mean, mean_of_means, move_sums, no_labels, take_class_sums, total_scatter,
    weighted_scatter,
};
use super::gram::scaled_gram;
use super::residuals::ResidualOrigin;
use super::shrinkage::{Shrinkage, centered_fourth_moment, ledoit_wolf_of, oas, unit_of};
use crate::error::{Code, Error, Result};
use crate::linalg::{congruence, first_rows, map_rows, multiply, multiply_vector, zeros};
use crate::rows::RowSource;

/// The question to [`Moments::residual_fourth`] in a unit, of residuals inside classes or in all.
pub(crate) type Residuals<'a> = dyn Fn(f64, bool) -> Result<f64> + 'a;

/// Statistics in the space that the steps so far lead to.
#[derive(Clone)]
pub(crate) struct Moments {
    pub(crate) rows: f64,
    /// Rows of each class, by class number; empty without labels.
    pub(crate) counts: Vec<u64>,
    pub(crate) mean: Array1<f64>,
    pub(crate) mean_of_class_means: Option<Array1<f64>>,
    pub(crate) total: Option<Array2<f64>>,
    within: Option<Array2<f64>>,
    weighted: Option<Array2<f64>>,
    /// Class sums about the mean where the stretch began, `K × d₀`.
    sums: Array2<f64>,
    mean_at_start: Array1<f64>,
    /// That mean, less the shift.
    offset: Vec<f64>,
    /// From where the stretch began to here; nothing for the identity.
    map: Option<Array2<f64>>,
    fourth: Option<f64>,
    /// Σ (n/(n − 1) ‖x − m_k‖²)² over classes of two rows and more, if it is at hand.
    within_fourth: Option<f64>,
}

impl Moments {
    pub(crate) fn new(mut bundle: Bundle) -> Result<Self> {
        let classes = take_class_sums(&mut bundle)?;
        let mut moments = Self::with_classes(&bundle, classes)?;
        moments.counts = bundle.class_counts().unwrap_or_default().to_vec();
        Ok(moments)
    }

    /// Statistics of a bundle and, apart from it, the rows of each class and their sums about its
    /// shift.
    pub(crate) fn with_classes(
        bundle: &Bundle,
        classes: Option<(Vec<u64>, Array2<f64>)>,
    ) -> Result<Self> {
        let parts = bundle.parts();
        let mean = mean(bundle);
        let total = parts.scatter.then(|| total_scatter(bundle)).transpose()?;
        let fourth = (parts.fourth && parts.scatter)
            .then(|| centered_fourth_moment(bundle))
            .transpose()?;
        let mut weighted = parts
            .weighted
            .then(|| weighted_scatter(bundle))
            .transpose()?;
        let rows = bundle.rows() as f64;
        let offset: Vec<f64> = mean
            .iter()
            .zip(bundle.shift())
            .map(|(m, c)| m - c)
            .collect();
        let (mut counts, mut sums, mut within) = (Vec::new(), zeros("class sums", 0, 0)?, None);
        let mut mean_of_class_means = None;
        if let Some(classes) = classes {
            (counts, sums) = classes;
            let sum = |k: usize, j: usize| sums[[k, j]];
            mean_of_class_means = Some(mean_of_means(bundle.shift(), &counts, sum));
            if let Some(weighted) = &mut weighted {
                // Σ n_k n_k m_k m_kᵀ = Σ F_k F_kᵀ.
                let between = scaled_gram(&sums, |k| (counts[k] > 0).then_some(1.0))?;
                *weighted -= &between;
            }
            move_sums(&mut sums, &counts, &offset);
            if let Some(total) = &total {
                let mut inside = total - &between_of(&sums, &counts)?;
                clear_rounding(&mut inside, |j| total[[j, j]]);
                within = Some(inside);
            }
        }
        Ok(Self {
            rows,
            counts,
            mean_at_start: mean.clone(),
            mean,
            mean_of_class_means,
            total,
            within,
            weighted,
            sums,
            offset,
            map: None,
            fourth,
            within_fourth: None,
        })
    }

    /// Keeps the fourth moment of [`residual_fourth`](Self::residual_fourth) in unit 1.
    pub(crate) fn set_within_fourth(&mut self, fourth: Option<f64>) {
        self.within_fourth = fourth;
    }

    /// Classes that have rows.
    pub(crate) fn class_count(&self) -> usize {
        self.counts.iter().filter(|&&n| n > 0).count()
    }

    pub(crate) fn dim(&self) -> usize {
        self.mean.len()
    }

    pub(crate) fn total(&self) -> Result<&Array2<f64>> {
        self.total
            .as_ref()
            .ok_or_else(|| Error::internal("a step without its scatter"))
    }

    /// S_W.
    ///
    /// Errors: `EOPTION` without labels; `EEMPTY` if no class has two rows.
    pub(crate) fn within(&self) -> Result<&Array2<f64>> {
        let within = self.within.as_ref().ok_or_else(no_labels)?;
        if self.counts.iter().all(|&n| n < 2) {
            return Err(Error::new(
                Code::Empty,
                "classes of one row each",
                "a class with at least two rows",
            )
            .with_hint("The variation inside classes cannot be seen: give more rows per class"));
        }
        Ok(within)
    }

    /// S_B = S_T − S_W.
    ///
    /// Errors: `EOPTION` without labels; `EONECLASS` with one class.
    pub(crate) fn between(&self) -> Result<Array2<f64>> {
        self.needs_two_classes()?;
        Ok(self.total()? - self.within()?)
    }

    pub(crate) fn needs_two_classes(&self) -> Result<()> {
        if self.within.is_none() {
            return Err(no_labels());
        }
        match self.class_count() {
            0 | 1 => Err(Error::new(
                Code::OneClass,
                format!("{} class", self.class_count()),
                "at least two classes",
            )),
            _ => Ok(()),
        }
    }

    /// The share of the squared length of the mean that chance among classes does not explain, from 0 to 1.
    ///
    /// Errors: `EONECLASS` with one class.
    pub(crate) fn certain_share_of_mean(&self) -> Result<f64> {
        let classes = self.class_count() as f64;
        if classes < 2.0 {
            let found = format!("{classes} class");
            return Err(Error::new(Code::OneClass, found, "at least two classes"));
        }
        let squares = |sums: &Array2<f64>| sums.iter().map(|v| v * v).sum::<f64>();
        let squares = match &self.map {
            Some(map) => squares(&map_rows(&self.sums, map)?),
            None => squares(&self.sums),
        };
        let variance = classes / (classes - 1.0) * squares / (self.rows * self.rows);
        let length: f64 = self.mean.iter().map(|v| v * v).sum();
        Ok(if length > variance {
            1.0 - variance / length
        } else {
            0.0
        })
    }

    /// Covariances of all ordered differences inside classes and between classes.
    ///
    /// Errors: as [`within`](Self::within) and [`between`](Self::between).
    pub(crate) fn pair_covariances(&self) -> Result<(Array2<f64>, Array2<f64>)> {
        self.needs_two_classes()?;
        self.within()?;
        let weighted = self.weighted.as_ref().ok_or_else(no_labels)?;
        let n: f64 = self.rows;
        let squares: f64 = self.counts.iter().map(|&c| (c as f64) * (c as f64)).sum();
        let same = weighted * 2.0;
        let different = self.total()? * (2.0 * n) - &same;
        Ok((
            same * (1.0 / (squares - n)),
            different * (1.0 / (n * n - squares)),
        ))
    }

    /// Moves the origin.
    pub(crate) fn subtract(&mut self, c: &Array1<f64>) {
        self.mean -= c;
        if let Some(mean) = &mut self.mean_of_class_means {
            *mean -= c;
        }
    }

    /// Forgets all but counts, means and class sums.
    pub(crate) fn drop_scatters(&mut self) {
        (self.total, self.within, self.weighted) = (None, None, None);
    }

    /// Maps rows by `m`.
    pub(crate) fn multiply(&mut self, m: &ArrayRef2<f64>) -> Result<()> {
        self.mean = multiply_vector(m, &self.mean);
        if let Some(mean) = &mut self.mean_of_class_means {
            *mean = multiply_vector(m, mean);
        }
        for scatter in [&mut self.total, &mut self.within, &mut self.weighted]
            .into_iter()
            .flatten()
        {
            *scatter = congruence(m, scatter)?;
        }
        self.map = Some(match &self.map {
            Some(map) => multiply(m, map)?,
            None => m.to_owned(),
        });
        (self.fourth, self.within_fourth) = (None, None);
        Ok(())
    }

    /// Statistics that PLDA is fitted to; takes the class sums.
    ///
    /// Errors: as [`within`](Self::within) and [`between`](Self::between).
    pub(crate) fn into_class_statistics(self) -> Result<(ClassStatistics, Array1<f64>)> {
        self.needs_two_classes()?;
        self.within()?;
        let mut sums = self.sums;
        // Close the gaps that classes without rows leave.
        let mut kept = 0;
        for (k, &n) in self.counts.iter().enumerate() {
            if n > 0 {
                if kept < k {
                    let (mut to, from) = sums.multi_slice_mut((s![kept, ..], s![k, ..]));
                    to.assign(&from);
                }
                kept += 1;
            }
        }
        sums = first_rows(sums, kept);
        if let Some(map) = &self.map {
            sums = map_rows(&sums, map)?;
        }
        let counts = self
            .counts
            .iter()
            .filter(|&&n| n > 0)
            .map(|&n| n as f64)
            .collect();
        let within = self.within.ok_or_else(no_labels)?;
        Ok((
            ClassStatistics {
                counts,
                sums,
                within,
            },
            self.mean,
        ))
    }

    /// The shrunk total covariance (denominator N − 1) and its ρ.
    pub(crate) fn shrunk_total(
        &self,
        rule: Shrinkage,
        residuals: &Residuals<'_>,
    ) -> Result<(Array2<f64>, f64)> {
        let rho = self.total_shrinkage(rule, residuals)?;
        let unbiased = self.total()? * (1.0 / (self.rows - 1.0));
        Ok((rule.apply(unbiased, rho), rho))
    }

    /// ρ of the total covariance by `rule`; the ε of a ridge. Where the fourth moment is not at
    /// hand, `residuals` is asked for it.
    ///
    /// Errors: `EEMPTY` for one row.
    pub(crate) fn total_shrinkage(
        &self,
        rule: Shrinkage,
        residuals: &Residuals<'_>,
    ) -> Result<f64> {
        if self.rows < 2.0 {
            return Err(Error::new(Code::Empty, "one row", "at least two rows"));
        }
        let ml = || -> Result<Array2<f64>> { Ok(self.total()? * (1.0 / self.rows)) };
        Ok(match rule {
            Shrinkage::LedoitWolf => {
                let c = ml()?;
                let unit = unit_of(&c);
                let fourth = match self.fourth.filter(is_in_range) {
                    Some(fourth) => fourth / unit / unit,
                    None => residuals(unit, false)?,
                };
                ledoit_wolf_of(&c, unit, fourth, self.rows)
            }
            Shrinkage::Oas => oas(&ml()?, self.rows),
            Shrinkage::Fixed(rho) => rho,
            Shrinkage::Ridge(epsilon) => epsilon,
        })
    }

    /// The shrunk pooled within covariance (denominator N − K) and its ρ.
    pub(crate) fn shrunk_within(
        &self,
        rule: Shrinkage,
        residuals: &Residuals<'_>,
    ) -> Result<(Array2<f64>, f64)> {
        let rho = self.within_shrinkage(rule, residuals)?;
        Ok((rule.apply(self.pooled_within()?, rho), rho))
    }

    /// ρ of the pooled within covariance by `rule`; the ε of a ridge.
    ///
    /// Ledoit–Wolf is taken over the residuals x − m_k of classes with at least two rows, each
    /// scaled by √(n/(n − 1)) to the variance of a row, with C = W. Estimating it class by class
    /// instead would shrink data of many small classes to nothing.
    ///
    /// Errors: as [`within`](Self::within).
    pub(crate) fn within_shrinkage(
        &self,
        rule: Shrinkage,
        residuals: &Residuals<'_>,
    ) -> Result<f64> {
        self.within()?;
        Ok(match rule {
            Shrinkage::LedoitWolf => {
                let n: u64 = self.counts.iter().filter(|&&n| n > 1).sum();
                let c = self.pooled_within()?;
                let unit = unit_of(&c);
                let fourth = match self.within_fourth.filter(is_in_range) {
                    Some(fourth) => fourth / unit / unit,
                    None => residuals(unit, true)?,
                };
                ledoit_wolf_of(&c, unit, fourth, n as f64)
            }
            Shrinkage::Oas => oas(&self.pooled_within()?, self.freedom()),
            Shrinkage::Fixed(rho) => rho,
            Shrinkage::Ridge(epsilon) => epsilon,
        })
    }

    /// N − K.
    fn freedom(&self) -> f64 {
        self.rows - self.class_count() as f64
    }

    fn pooled_within(&self) -> Result<Array2<f64>> {
        Ok(self.within()? * (1.0 / self.freedom()))
    }

    /// Sum of fourth powers of the lengths of residuals from the mean, or from class means scaled
    /// as in [`within_shrinkage`](Self::within_shrinkage), in units of `unit²`. Reads every row.
    pub(crate) fn residual_fourth(
        &self,
        source: &dyn RowSource,
        of_row: &[u32],
        unit: f64,
        within: bool,
    ) -> Result<f64> {
        let origin = ResidualOrigin {
            unit,
            mean: &self.mean_at_start,
            map: self.map.as_ref(),
            classes: within.then_some((&self.counts[..], &*self.sums)),
        };
        Ok(origin
            .fourths(source, of_row, 0..source.rows())?
            .iter()
            .sum())
    }

    /// The origin of residuals of rows where the stretch began: the mean of all rows, the map that follows,
    /// and the vector by which sums of classes about the shift differ, for each row, from those about the mean.
    pub(crate) fn origin(&self) -> (&Array1<f64>, Option<&Array2<f64>>, &[f64]) {
        (&self.mean_at_start, self.map.as_ref(), &self.offset)
    }
}

/// True unless the sums of one pass lost digits to the range of doubles.
fn is_in_range(fourth: &f64) -> bool {
    (1e-250..1e250).contains(fourth)
}

fn between_of(sums: &ArrayRef2<f64>, counts: &[u64]) -> Result<Array2<f64>> {
    scaled_gram(sums, |k| {
        (counts[k] > 0).then(|| 1.0 / (counts[k] as f64).sqrt())
    })
}
