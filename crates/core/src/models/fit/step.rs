//! Fits one step from the statistics before it.

use ndarray::Array1;

use super::fitter::Fitter;
use crate::error::{Code, Error, Result};
use crate::linalg::{independent_columns, rounding_share, symmetric_eigen, trace};
use crate::models::maps;
use crate::models::pipeline::{Center, CovarianceOf, Dimensions, Step};
use crate::statistics::no_labels;

impl Fitter<'_> {
    pub(super) fn step(&mut self, step: &Step) -> Result<()> {
        match *step {
            Step::Center(center) => {
                let c = match center {
                    Center::Train => self.moments()?.mean.clone(),
                    Center::ClassMeans => {
                        self.needs_labels()?;
                        let mean = &self.moments()?.mean_of_class_means;
                        mean.clone().ok_or_else(no_labels)?
                    }
                    Center::Shrunk => {
                        self.needs_labels()?;
                        let moments = self.moments()?;
                        let share = moments.certain_share_of_mean()?;
                        let mean = &moments.mean * share;
                        self.decide(step, "share", share);
                        mean
                    }
                    Center::Given => self.given_center()?,
                };
                self.subtract(&c);
                Ok(())
            }
            Step::LengthNorm => Err(Error::internal("a length normalisation inside a stretch")),
            Step::Pca { dimensions, whiten } => self.pca(step, dimensions, whiten),
            Step::Whiten { kind, shrinkage } => {
                let c = self.shrunk(step, CovarianceOf::Total, shrinkage)?;
                self.without_unit();
                self.multiply(&maps::whitening(&c, kind)?)
            }
            Step::Wccn { shrinkage } => {
                let w = self.shrunk(step, CovarianceOf::Within, shrinkage)?;
                self.without_unit();
                self.multiply(&maps::inverse_factor(&w)?)
            }
            Step::Nap { axes } => {
                self.needs_labels()?;
                let map = maps::projection_without(self.moments()?.within()?, axes)?;
                self.multiply(&map)
            }
            Step::Lda {
                components,
                shrinkage,
            } => {
                self.needs_labels()?;
                let moments = self.moments()?;
                let between = moments.between()? * (1.0 / moments.rows);
                let most = moments.dim().min(moments.class_count() - 1);
                let k = components.map_or(most, |k| k.min(moments.dim()));
                let dim = moments.dim();
                let w = self.shrunk(step, CovarianceOf::Within, shrinkage)?;
                self.decide(step, "dimensions", k as f64);
                if k == dim {
                    let text = format!(
                        "{step} keeps all of {dim} dimensions, since there are more classes than that: up to \
                         a rotation it is wccn; lda(k) keeps k"
                    );
                    self.warn("lda-is-wccn", text);
                }
                self.without_unit();
                self.multiply(&maps::discriminants(&between, &w, k)?)
            }
            Step::Coral { shrinkage } => self.coral(step, shrinkage),
            Step::Mahalanobis { of, shrinkage } => {
                let c = self.shrunk(step, of, shrinkage)?;
                self.without_unit();
                self.multiply(&maps::inverse_factor(&c)?)
            }
        }
    }

    fn given_center(&self) -> Result<Array1<f64>> {
        let Some(c) = self.options.center else {
            return Err(Error::new(
                Code::Option,
                "center(given) without a vector",
                "the vector to subtract",
            ));
        };
        if c.len() != self.affine.output_dim() {
            return Err(Error::new(
                Code::Dimension,
                format!("a center of {} values", c.len()),
                format!("{}", self.affine.output_dim()),
            ));
        }
        let unit = self.present_unit();
        if let Some(column) = c.iter().position(|v| !v.is_finite()) {
            return Err(
                Error::new(Code::NotFinite, format!("{}", c[column]), "a finite center")
                    .with_column(column),
            );
        }
        Ok(c.iter().map(|value| value / unit).collect())
    }

    fn pca(&mut self, step: &Step, dimensions: Dimensions, whiten: bool) -> Result<()> {
        let moments = self.moments()?;
        let (rows, dim) = (moments.rows, moments.dim());
        let freedom = rows as usize - 1;
        let wanted = match dimensions {
            Dimensions::Fixed(k) => k,
            Dimensions::Rank => usize::MAX,
            Dimensions::Auto { ratio } => {
                let groups = if self.labelled {
                    moments.class_count().max(1)
                } else {
                    1
                };
                ((rows as usize - groups) / ratio).max(1)
            }
        };
        let covariance = moments.total()? * (1.0 / (rows - 1.0).max(1.0));
        // Columns that depend on others hold no axis of their own, whatever their unit. Sums in
        // singles leave more in them than that rule knows of.
        let mut rank = independent_columns(&covariance).rank.min(freedom);
        let keeps_all = !whiten && wanted >= dim && rank == dim;
        let share = self.rounding_share(dim);
        let coarse = share > rounding_share(dim);
        let eigen = (!keeps_all || coarse)
            .then(|| symmetric_eigen(&covariance))
            .transpose()?;
        if let Some(eigen) = eigen.as_ref().filter(|_| coarse) {
            let least = share * trace(&covariance);
            rank = rank.min(eigen.values.iter().take_while(|&&v| v > least).count());
        }
        let Some(eigen) = eigen.filter(|_| !keeps_all || rank < dim) else {
            // Every axis is kept: a rotation changes nothing that follows.
            self.decide(step, "dimensions", dim as f64);
            return Ok(());
        };
        let k = wanted.min(maps::rank(&eigen.values, rank));
        if k == 0 {
            return Err(Error::new(
                Code::Singular,
                "rows without variance",
                "rows that differ",
            ));
        }
        self.decide(step, "dimensions", k as f64);
        if whiten {
            self.without_unit();
        }
        self.multiply(&maps::principal_axes(eigen, k, whiten))
    }
}
