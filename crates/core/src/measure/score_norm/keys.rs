//! Key rows of normalised distances.
//!
//! With d = α − β(u·v − b − c), p = w₁β/σₐ and q = w₂β/σᵦ, the normalised distance of a and b is
//! `−[p u, −p, u, b]·[v, c, q v, −q] + (own number of a) + (own number of b)`: an inner product
//! again. Factors of a power of two keep the two halves of each row alike in size. A term of weight
//! 0 has no columns.
//!
//! Of a chain, with p = β/σₐ and q = 1/σᵦ, it is `−[p u, −p, −(α + βb − μₐ)/σₐ]·[q v, q c, q] − qμᵦ`.

use super::closed::Affine;
use super::{NormedRows, RowNorm, Terms, at};
use crate::error::Result;
use crate::job::memory::filled;
use crate::measure::{Batch, KeyShape, Prepared, Side};

/// The form of the distance that is normalised.
fn form(rows: &Prepared<'_>) -> Option<Affine> {
    let shape = rows.plain_key_shape()?;
    let (alpha, beta) = shape.affine()?;
    Some(Affine { shape, alpha, beta })
}

impl NormedRows<'_> {
    /// The shape of the key rows; `None` where the distance is no inner product.
    pub(in crate::measure) fn key_shape(&self, rows: &Prepared<'_>) -> Option<KeyShape> {
        let Affine { shape, .. } = form(rows)?;
        Some(KeyShape::of_inner(match self.norm.norm.terms {
            Terms::Sum(weights) => {
                (shape.width + 1) * weights.iter().filter(|w| **w != 0.0).count()
            }
            Terms::Chain => shape.width + 2,
        }))
    }

    /// Writes the key rows of a batch to `keys` and their numbers to `own`.
    pub(in crate::measure) fn fill_keys(
        &self,
        rows: &Prepared<'_>,
        batch: &Batch,
        side: Side,
        (keys, own): (&mut [f64], &mut [f64]),
    ) -> Result<()> {
        let Some(affine) = form(rows) else {
            return Err(crate::error::Error::internal(
                "key rows of a measure without them",
            ));
        };
        let Affine { shape, alpha, beta } = affine;
        let (plain, numbers) = rows.plain_keys(batch, side, shape)?;
        let weights = match self.norm.norm.terms {
            Terms::Sum(weights) => weights,
            Terms::Chain => {
                let width = shape.width + 2;
                let plain = plain.chunks_exact(shape.width).zip(numbers);
                let out = keys.chunks_exact_mut(width).zip(own);
                for (place, (plain, (key, own))) in plain.zip(out).enumerate() {
                    let of = self.of(batch.number(place), side);
                    *own = self.chain(affine, of, side, plain, key);
                }
                return Ok(());
            }
        };
        let width = shape.width + 1;
        let terms = keys.len() / width / own.len().max(1);
        let mut term = filled("a key row", width, 0.0)?;
        for (place, (row, own)) in (keys.chunks_exact_mut(width * terms))
            .zip(own.iter_mut())
            .enumerate()
        {
            let (values, number) = (&plain[place * shape.width..][..shape.width], numbers[place]);
            let of = self.of(batch.number(place), side);
            let mut parts = row.chunks_exact_mut(width);
            *own = 0.0;
            for of_term in [Side::Query, Side::Stored] {
                let weight = weights[at(of_term)];
                let Some(part) = (weight != 0.0).then(|| parts.next()).flatten() else {
                    continue;
                };
                term[..shape.width].copy_from_slice(values);
                if of_term == side {
                    let slope = weight / of.deviation;
                    term[shape.width] = -1.0;
                    let factor = slope * beta / self.unit;
                    part.iter_mut()
                        .zip(&term)
                        .for_each(|(out, v)| *out = factor * v);
                    *own += slope * (alpha + beta * number - of.mean);
                } else {
                    term[shape.width] = number;
                    let factor = self.unit;
                    part.iter_mut()
                        .zip(&term)
                        .for_each(|(out, v)| *out = factor * v);
                }
            }
        }
        Ok(())
    }

    /// Writes the key row of a chain and returns its number.
    fn chain(
        &self,
        Affine { shape, alpha, beta }: Affine,
        of: RowNorm,
        side: Side,
        (values, number): (&[f64], f64),
        key: &mut [f64],
    ) -> f64 {
        let (factor, last, own) = match side {
            Side::Query => {
                let last = [-1.0, -(alpha + beta * number - of.mean) / beta];
                (beta / of.deviation / self.unit, last, 0.0)
            }
            Side::Stored => {
                let own = -of.mean / of.deviation;
                (self.unit / of.deviation, [number, 1.0], own)
            }
        };
        let values = values.iter().chain(&last).take(shape.width + 2);
        key.iter_mut()
            .zip(values)
            .for_each(|(out, value)| *out = factor * value);
        own
    }
}
