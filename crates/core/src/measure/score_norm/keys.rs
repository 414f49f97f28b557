//! Key rows of normalised distances.
//!
//! With d = α − β(u·v − b − c), p = w₁β/σₐ and q = w₂β/σᵦ, the normalised distance of a and b is
//! `−[p u, −p, u, b]·[v, c, q v, −q] + (own number of a) + (own number of b)`: an inner product
//! again. Factors of a power of two keep the two halves of each row alike in size. A term of weight
//! 0 has no columns.

use super::closed::Affine;
use super::{NormedRows, at};
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
        let terms = self.norm.norm.weights.iter().filter(|w| **w != 0.0).count();
        Some(KeyShape::of_inner((shape.width + 1) * terms))
    }

    /// Writes the key rows of a batch to `keys` and their numbers to `own`.
    pub(in crate::measure) fn fill_keys(
        &self,
        rows: &Prepared<'_>,
        batch: &Batch,
        side: Side,
        (keys, own): (&mut [f64], &mut [f64]),
    ) -> Result<()> {
        let Some(Affine { shape, alpha, beta }) = form(rows) else {
            return Err(crate::error::Error::internal(
                "key rows of a measure without them",
            ));
        };
        let (plain, numbers) = rows.plain_keys(batch, side, shape)?;
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
                let weight = self.norm.norm.weights[at(of_term)];
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
}
