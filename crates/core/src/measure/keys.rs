//! Rows whose inner product orders pairs as a measure does.
//!
//! The key of a pair is `u·v − b − c`, larger for more alike rows: u and v the key rows of its two
//! sides, b and c a number of each row. Cosine has the rows at length 1; a squared Euclidean
//! distance is −2 times the key of the rows as they are with half their squared norms; PLDA's
//! log-likelihood ratio is one by itself. A distance is a falling function of the key.

use super::{Held, Kind, MetricRows, Space};
use crate::error::{Error, Result};
use crate::metrics::{KeyForm, Node};
use crate::models::Scorer;
use crate::rows::Row;

/// Which side of a pair a row stands on; they differ for forms with a negative square only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Query,
    Stored,
}

/// What the key rows of a space are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyRows {
    /// Columns of a key row.
    pub(crate) width: usize,
    /// Whether both sides have the same key rows.
    pub(crate) symmetric: bool,
    curve: Falling,
}

/// The function from key to distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Falling {
    /// 1 − key, held to [0, 2].
    OneLess,
    /// arccos(key) / π.
    Angle,
    /// −key.
    Negative,
    /// −2 key.
    Square,
    /// √(−2 key).
    Root,
}

impl KeyRows {
    /// The distance that goes with a key.
    pub(crate) fn distance_of(&self, key: f64) -> f64 {
        match self.curve {
            Falling::OneLess => (1.0 - key).clamp(0.0, 2.0),
            Falling::Angle => libm::acos(key.clamp(-1.0, 1.0)) / std::f64::consts::PI,
            Falling::Negative => -key,
            Falling::Square => -2.0 * key,
            Falling::Root => (-2.0 * key).max(0.0).sqrt(),
        }
    }

    /// The key that goes with a distance.
    pub(crate) fn key_of(&self, distance: f64) -> f64 {
        match self.curve {
            Falling::OneLess => 1.0 - distance,
            Falling::Angle => libm::cos(distance * std::f64::consts::PI),
            Falling::Negative => -distance,
            Falling::Square => -0.5 * distance,
            Falling::Root => -0.5 * distance * distance,
        }
    }
}

impl Space<'_> {
    /// The key rows of this measure; `None` where it has none.
    pub(crate) fn key_rows(&self) -> Option<KeyRows> {
        let (width, curve) = match &self.kind {
            Kind::Metric(rows) => (rows.rows.dim(), rows.curve()?),
            Kind::Model(model) => {
                let curve = match model.scorer() {
                    Scorer::Cosine => Falling::OneLess,
                    Scorer::SquaredEuclidean | Scorer::SignedSquared { .. } => Falling::Square,
                    Scorer::Euclidean => Falling::Root,
                    Scorer::Dot | Scorer::Plda(_) => Falling::Negative,
                    Scorer::HeavyTailed(_) => return None,
                };
                let own = usize::from(matches!(model.scorer(), Scorer::Plda(_)));
                (model.projected_dim() - own, curve)
            }
        };
        Some(KeyRows {
            width,
            symmetric: !matches!(&self.kind, Kind::Model(m) if matches!(m.scorer(), Scorer::SignedSquared { .. })),
            curve,
        })
    }

    /// Writes the key rows `first..` to `out` (`count × width`) and their numbers to `own`; the
    /// rows are those that `held` holds.
    pub(crate) fn fill_keys(
        &self,
        first: usize,
        side: Side,
        held: &Held,
        out: &mut [f64],
        own: &mut [f64],
    ) -> Result<()> {
        match &self.kind {
            Kind::Metric(rows) => rows.fill_keys(first, out, own),
            Kind::Model(model) => {
                let width = out.len() / own.len().max(1);
                for (place, (out, own)) in out.chunks_exact_mut(width).zip(own).enumerate() {
                    let row = held.row(place);
                    out.copy_from_slice(&row[..width]);
                    *own = match model.scorer() {
                        Scorer::Plda(_) => -row[width],
                        Scorer::SquaredEuclidean | Scorer::Euclidean => half_square(row),
                        Scorer::SignedSquared { positive } => {
                            if side == Side::Query {
                                out[*positive..].iter_mut().for_each(|v| *v = -*v);
                            }
                            half_square(&row[..*positive]) - half_square(&row[*positive..])
                        }
                        _ => 0.0,
                    };
                }
                Ok(())
            }
        }
    }
}

impl MetricRows<'_> {
    fn key_form(&self) -> Option<KeyForm> {
        match (self.expression.root(), self.expression.metrics()) {
            (Node::Metric(_), [metric]) => metric.info().key_form,
            _ => None,
        }
    }

    fn curve(&self) -> Option<Falling> {
        Some(match self.key_form()? {
            KeyForm::Unit | KeyForm::CenteredUnit => Falling::OneLess,
            KeyForm::UnitByAngle => Falling::Angle,
            KeyForm::Inner => Falling::Negative,
            KeyForm::Square => Falling::Square,
            KeyForm::Root | KeyForm::ScaledRoot | KeyForm::WhitenedRoot => Falling::Root,
        })
    }

    fn fill_keys(&self, first: usize, out: &mut [f64], own: &mut [f64]) -> Result<()> {
        let form = self
            .key_form()
            .ok_or_else(|| Error::internal("key rows of a metric without them"))?;
        let width = self.rows.dim();
        let mut scratch = self.rows.scratch();
        for (i, (out, own)) in out.chunks_exact_mut(width).zip(&mut *own).enumerate() {
            match self.rows.get(first + i, &mut scratch)? {
                Row::F32(x) => out.iter_mut().zip(x).for_each(|(o, v)| *o = f64::from(*v)),
                Row::F64(x) => out.copy_from_slice(x),
            }
            let stats = &self.stats[first + i];
            *own = match form {
                KeyForm::Unit | KeyForm::UnitByAngle => {
                    divide(out, stats.sumsq.sqrt());
                    0.0
                }
                KeyForm::CenteredUnit => {
                    let mean = stats.sum / width as f64;
                    out.iter_mut().for_each(|v| *v -= mean);
                    divide(out, stats.centered.sqrt());
                    0.0
                }
                KeyForm::Inner => 0.0,
                KeyForm::ScaledRoot => {
                    for (v, w) in out.iter_mut().zip(&self.reference.inverse_variance) {
                        *v *= w.sqrt();
                    }
                    half_square(out)
                }
                KeyForm::Square | KeyForm::Root | KeyForm::WhitenedRoot => half_square(out),
            };
        }
        if form == KeyForm::WhitenedRoot {
            self.reference.whitening.apply_to_rows(out);
            for (out, own) in out.chunks_exact(width).zip(own) {
                *own = half_square(out);
            }
        }
        Ok(())
    }
}

fn divide(row: &mut [f64], by: f64) {
    row.iter_mut().for_each(|v| *v /= by);
}

fn half_square(row: &[f64]) -> f64 {
    0.5 * row.iter().map(|v| v * v).sum::<f64>()
}
