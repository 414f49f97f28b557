//! Rows for other software: mapped so that a plain measure equals the model's distance.

use super::model::Model;
use super::scorer::Scorer;
use crate::error::{Code, Error, Result};
use crate::job::memory::filled;

/// The plain measure to use on transformed rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransformMetric {
    /// Cosine; the rows have unit length, so inner product and squared Euclidean rank alike.
    Cosine,
    /// Squared Euclidean distance.
    SquaredEuclidean,
    /// Euclidean distance.
    Euclidean,
    /// Inner product, larger is more alike.
    InnerProduct,
}

/// Which side of a search a row stands on. Only forms with terms of their own per row treat the
/// two differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Rows that are searched.
    Stored,
    /// Rows that are searched with.
    Query,
}

impl Model {
    /// The measure that goes with [`transform_rows`](Self::transform_rows).
    ///
    /// Errors: `EOPTION` for a form that no plain measure expresses (heavy-tailed PLDA).
    pub fn transform_metric(&self) -> Result<TransformMetric> {
        Ok(match self.scorer() {
            Scorer::Cosine => TransformMetric::Cosine,
            Scorer::SquaredEuclidean => TransformMetric::SquaredEuclidean,
            Scorer::Euclidean => TransformMetric::Euclidean,
            Scorer::Dot | Scorer::SignedSquared { .. } | Scorer::Plda(_) => {
                TransformMetric::InnerProduct
            }
            Scorer::HeavyTailed(_) => {
                return Err(Error::new(
                    Code::Option,
                    "heavy-tailed PLDA",
                    "a model whose distance is a plain measure of mapped rows",
                )
                .with_hint("Score pairs with the model itself"));
            }
        })
    }

    /// Columns of transformed rows: two more than mapped rows for PLDA and signed forms.
    ///
    /// Errors: as [`transform_metric`](Self::transform_metric).
    pub fn transform_dim(&self) -> Result<usize> {
        self.transform_metric()?;
        Ok(match self.scorer() {
            Scorer::SignedSquared { .. } | Scorer::Plda(_) => self.mapped_dim() + 2,
            _ => self.mapped_dim(),
        })
    }

    /// Maps rows (`n × input_dim`) to `out` (`n × transform_dim`).
    ///
    /// For PLDA a stored row is [√λ∘z, 1, q] and a query [√λ∘z, q, 1] with q = Σ γ z² + k/2: their inner
    /// product is the log-likelihood ratio, the negated distance. With s = Σ ± x² a signed form has
    /// stored rows [x, 1, −s] and queries [±2x, −s, 1]. The inner product of two rows of one side
    /// means nothing: the ratio is no positive form, so no single row could carry both parts.
    ///
    /// Errors: as [`Model::project_rows`] and [`transform_metric`](Self::transform_metric).
    pub fn transform_rows(&self, rows: &[f64], side: Side, out: &mut [f64]) -> Result<()> {
        let width = self.transform_dim()?;
        match self.scorer() {
            Scorer::Plda(_) | Scorer::SignedSquared { .. } => {
                let prepared = self.projected_dim();
                let count = rows.len() / self.input_dim();
                if count.checked_mul(width) != Some(out.len()) {
                    return Err(Error::new(
                        Code::Dimension,
                        format!("room for {} values", out.len()),
                        format!("{count} rows of {width}"),
                    ));
                }
                let mut room = filled("mapped rows", count.saturating_mul(prepared), 0.0)?;
                self.project_rows(rows, &mut room)?;
                for (row, out) in room.chunks_exact(prepared).zip(out.chunks_exact_mut(width)) {
                    let (to, ends) = out.split_at_mut(width - 2);
                    to.copy_from_slice(&row[..width - 2]);
                    let own = match self.scorer() {
                        Scorer::SignedSquared { positive } => {
                            if side == Side::Query {
                                weigh(to, *positive);
                            }
                            -signed_square(row, *positive)
                        }
                        _ => row[width - 2],
                    };
                    ends.copy_from_slice(&match side {
                        Side::Stored => [1.0, own],
                        Side::Query => [own, 1.0],
                    });
                }
                Ok(())
            }
            _ => self.project_rows(rows, out),
        }
    }
}

fn signed_square(row: &[f64], positive: usize) -> f64 {
    let square = |part: &[f64]| part.iter().map(|v| v * v).sum::<f64>();
    square(&row[..positive]) - square(&row[positive..])
}

/// 2x where squares count as they are, −2x where they are subtracted.
fn weigh(row: &mut [f64], positive: usize) {
    for (i, value) in row.iter_mut().enumerate() {
        *value *= if i < positive { 2.0 } else { -2.0 };
    }
}
