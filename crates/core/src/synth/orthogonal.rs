//! Random rotations: an orthogonal matrix, and the exponential of a small antisymmetric one.

use super::panels::Panels;
use super::stream::Stream;
use crate::error::Result;
use crate::job::Job;
use crate::job::memory::reserve;
use crate::job::threads;

/// Rows orthogonalised together: long enough to share work, short enough for the cache.
const PANEL: usize = 32;
/// The Taylor terms fall below 2⁻⁶⁰ long before this for any angle used here.
const MAX_TERMS: u32 = 200;

/// A random orthogonal (d, d) matrix, row-major: Gaussian rows made orthonormal by modified
/// Gram–Schmidt, twice, since once loses as many digits as the matrix has conditioning.
///
/// Cost: 8 d³ flops, shared out by rows.
pub(super) fn random_orthogonal(dim: usize, stream: &mut Stream, job: &Job) -> Result<Vec<f64>> {
    let mut rows = reserve("an orthogonal matrix", dim * dim)?;
    rows.extend((0..dim * dim).map(|_| f64::from(stream.normal())));
    for _ in 0..2 {
        for first in (0..dim).step_by(PANEL) {
            job.check()?;
            let (panel, rest) = rows[first * dim..].split_at_mut(PANEL.min(dim - first) * dim);
            orthonormalise(panel, dim);
            subtract_projections(panel, rest, dim);
        }
    }
    Ok(rows)
}

/// Plain modified Gram–Schmidt on the few rows of one panel.
fn orthonormalise(panel: &mut [f64], dim: usize) {
    for row in 0..panel.len() / dim {
        let (done, below) = panel[row * dim..].split_at_mut(dim);
        let norm = dot(done, done).sqrt();
        done.iter_mut().for_each(|value| *value /= norm);
        for other in below.chunks_exact_mut(dim) {
            let along = dot(done, other);
            other
                .iter_mut()
                .zip(&*done)
                .for_each(|(o, d)| *o -= along * d);
        }
    }
}

/// Takes the orthonormal rows of `panel` out of every row of `rest`.
fn subtract_projections(panel: &[f64], rest: &mut [f64], dim: usize) {
    if rest.is_empty() {
        return;
    }
    // Transposed, so that the PANEL dot products of a row run side by side.
    let mut transposed = vec![0.0; PANEL * dim];
    for (j, row) in panel.chunks_exact(dim).enumerate() {
        for (k, value) in row.iter().enumerate() {
            transposed[k * PANEL + j] = *value;
        }
    }
    threads::share(rest.chunks_exact_mut(dim), |row| {
        let mut along = [0.0; PANEL];
        for (value, column) in row.iter().zip(transposed.chunks_exact(PANEL)) {
            along
                .iter_mut()
                .zip(column)
                .for_each(|(a, c)| *a += value * c);
        }
        for (a, done) in along.iter().zip(panel.chunks_exact(dim)) {
            row.iter_mut().zip(done).for_each(|(r, d)| *r -= a * d);
        }
    });
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (x, y)| sum + x * y)
}

/// expm(angle · (M − Mᵀ)) · X with M ~ N(0, 1)/√d, X (d, d) row-major.
///
/// The Taylor series is applied to X term by term, T ← A·T/k, instead of forming the exponential:
/// the spectral norm of A is about 2.8 · angle < 1, so no scaling and squaring is needed.
///
/// Cost: about 15 products of (d, d) matrices.
pub(super) fn rotate(
    angle: f64,
    matrix: &[f64],
    dim: usize,
    stream: &mut Stream,
    job: &Job,
) -> Result<Vec<f64>> {
    let scale = angle / (dim as f64).sqrt();
    let what = "a rotation";
    let mut gaussian = reserve::<f64>(what, dim * dim)?;
    gaussian.extend((0..dim * dim).map(|_| f64::from(stream.normal())));
    let mut generator = reserve(what, dim * dim)?;
    generator
        .extend((0..dim * dim).map(|i| scale * (gaussian[i] - gaussian[i % dim * dim + i / dim])));
    let mut sum = reserve(what, dim * dim)?;
    sum.extend_from_slice(matrix);
    let mut term = reserve(what, dim * dim)?;
    term.extend_from_slice(matrix);
    for k in 1..=MAX_TERMS {
        job.check()?;
        let right = Panels::<f64, 4>::new(dim, dim, |row, column| term[row * dim + column])?;
        right.multiply_parallel(&generator, &mut term);
        let mut largest = 0f64;
        for (total, value) in sum.iter_mut().zip(&mut term) {
            *value /= f64::from(k);
            *total += *value;
            largest = largest.max(value.abs());
        }
        if largest < 1.0 / (1u64 << 60) as f64 {
            break;
        }
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::super::stream::Purpose;
    use super::*;

    fn worst_departure_from_orthonormal(matrix: &[f64], dim: usize) -> f64 {
        let mut worst = 0f64;
        for (i, a) in matrix.chunks_exact(dim).enumerate() {
            for (j, b) in matrix.chunks_exact(dim).enumerate() {
                worst = worst.max((dot(a, b) - f64::from(i == j)).abs());
            }
        }
        worst
    }

    #[test]
    fn rows_are_orthonormal_and_stay_so_when_rotated() {
        let job = Job::new();
        for dim in [1, 2, 7, 32, 33, 130] {
            let q = random_orthogonal(dim, &mut Stream::new(1, Purpose::Basis, 0), &job).unwrap();
            assert!(worst_departure_from_orthonormal(&q, dim) < 1e-14, "{dim}");
            let mut stream = Stream::new(1, Purpose::Rotation, 0);
            let r = rotate(0.25, &q, dim, &mut stream, &job).unwrap();
            assert!(worst_departure_from_orthonormal(&r, dim) < 1e-13, "{dim}");
            if dim > 1 {
                let moved = q.iter().zip(&r).any(|(a, b)| (a - b).abs() > 1e-3);
                assert!(moved, "{dim}");
            }
        }
    }

    #[test]
    fn the_plane_rotates_by_the_angle_of_its_generator() {
        let mut stream = Stream::new(5, Purpose::Rotation, 0);
        let m: [f32; 4] = std::array::from_fn(|_| stream.normal());
        let theta = 0.15 / 2f64.sqrt() * (f64::from(m[1]) - f64::from(m[2]));
        let mut again = Stream::new(5, Purpose::Rotation, 0);
        let r = rotate(0.15, &[1.0, 0.0, 0.0, 1.0], 2, &mut again, &Job::new()).unwrap();
        for (found, expected) in r
            .iter()
            .zip([theta.cos(), theta.sin(), -theta.sin(), theta.cos()])
        {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        }
    }
}
