//! Bases and directions that all images of a synthetic challenge share.

use super::orthogonal::{random_orthogonal, rotate};
use super::panels::Panels;
use super::parameters::Parameters;
use super::replica::Replica;
use super::spec::SynthSpec;
use super::stream::{Purpose, Stream};
use crate::error::Result;
use crate::job::Job;
use crate::job::memory::reserve;

/// Angles of the rotations between the identity and nuisance bases and between the nuisance bases
/// of R1's two sides.
const NUISANCE_ANGLE: f64 = 0.15;
const TEST_ANGLE: f64 = 0.25;

/// A basis that carries coordinates z ~ N(0, I) to E·z, kept as the right factor of zᵀ·Eᵀ.
pub(super) type Basis = Panels<f32, 8>;

/// Bases and directions, drawn once from the seed.
pub(super) struct World {
    /// E_B = Q·diag(√b), b_k ∝ k^−0.35 with mean 1.
    pub(super) identity: Basis,
    /// E_W = R·Q·diag(√w), w_k ∝ k^−0.7 with mean 1.
    pub(super) train_nuisance: Basis,
    /// R₂·E_W in R1; absent where both sides share one basis.
    pub(super) test_nuisance: Option<Basis>,
    /// u, a unit vector.
    pub(super) common: Vec<f32>,
    /// Drift directions of the train images: u′ in R2, the first modes in R1.
    pub(super) train_drift: Vec<Vec<f32>>,
    /// Drift directions of the test images.
    pub(super) test_drift: Vec<Vec<f32>>,
}

impl World {
    /// Draws the world of a checked request; a phase "basis" of four or six steps.
    pub(super) fn new(spec: &SynthSpec, p: &Parameters, job: &Job) -> Result<Self> {
        let dim = spec.dim;
        let stream = |purpose| Stream::new(spec.seed, purpose, 0);
        let moved = spec.replica == Replica::R1;
        job.begin("basis", if moved { 5 } else { 3 });
        let q = random_orthogonal(dim, &mut stream(Purpose::Basis), job)?;
        job.advance(1);
        let rotated = rotate(NUISANCE_ANGLE, &q, dim, &mut stream(Purpose::Rotation), job)?;
        job.advance(1);
        let nuisance_spectrum = spectrum(dim, 0.7)?;
        let identity = basis(&q, &spectrum(dim, 0.35)?)?;
        let train_nuisance = basis(&rotated, &nuisance_spectrum)?;
        job.advance(1);
        let test_nuisance = if moved {
            let mut turn = stream(Purpose::TestRotation);
            let again = rotate(TEST_ANGLE, &rotated, dim, &mut turn, job)?;
            job.advance(2);
            Some(basis(&again, &nuisance_spectrum)?)
        } else {
            None
        };

        let mut draws = stream(Purpose::Directions);
        let common = unit_vector(dim, &mut draws);
        let other = unit_vector(dim, &mut draws);
        let mut modes: Vec<Vec<f32>> = (0..p.modes)
            .map(|_| mixture(&common, &unit_vector(dim, &mut draws), p.share))
            .collect();
        let (train_drift, test_drift) = match spec.replica {
            Replica::R2 => (vec![other], modes),
            Replica::None => (vec![other.clone()], vec![other]),
            Replica::R1 => {
                let test = modes.clone();
                modes.truncate((p.modes / 2).max(1));
                (modes, test)
            }
        };
        Ok(Self {
            identity,
            train_nuisance,
            test_nuisance,
            common,
            train_drift,
            test_drift,
        })
    }
}

/// Square roots of k^−exponent, k = 1…d, scaled so that the squares have mean 1.
fn spectrum(dim: usize, exponent: f64) -> Result<Vec<f64>> {
    let mut roots = reserve("a spectrum", dim)?;
    roots.extend((1..=dim).map(|k| libm::pow(k as f64, -exponent)));
    let mean = roots.iter().fold(0.0, |sum, value| sum + value) / dim as f64;
    roots
        .iter_mut()
        .for_each(|value: &mut f64| *value = (*value / mean).sqrt());
    Ok(roots)
}

/// diag(roots)·Eᵀ for the columns of an orthogonal matrix.
fn basis(orthogonal: &[f64], roots: &[f64]) -> Result<Basis> {
    let dim = roots.len();
    Panels::new(dim, dim, |k, j| (orthogonal[j * dim + k] * roots[k]) as f32)
}

fn unit_vector(dim: usize, stream: &mut Stream) -> Vec<f32> {
    let draws: Vec<f64> = (0..dim).map(|_| f64::from(stream.normal())).collect();
    let norm = draws.iter().fold(0.0, |sum, x| sum + x * x).sqrt();
    draws.iter().map(|x| (x / norm) as f32).collect()
}

/// share·u + √(1 − share²)·p.
fn mixture(u: &[f32], p: &[f32], share: f64) -> Vec<f32> {
    let rest = (1.0 - share * share).sqrt();
    u.iter()
        .zip(p)
        .map(|(u, p)| (share * f64::from(*u) + rest * f64::from(*p)) as f32)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spectra_have_mean_one_and_fall_as_the_power_says() {
        let roots = spectrum(512, 0.7).unwrap();
        let mean = roots.iter().map(|r| r * r).sum::<f64>() / 512.0;
        assert!((mean - 1.0).abs() < 1e-12);
        let ratio = (roots[0] / roots[255]).powi(2);
        assert!((ratio / 256f64.powf(0.7) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn drift_directions_follow_the_replica() {
        let count = |replica, set| {
            let spec = SynthSpec {
                replica,
                set,
                dim: 16,
                ..SynthSpec::challenge()
            };
            let p = super::super::parameters::parameters(replica, set).unwrap();
            let world = World::new(&spec, &p, &Job::new()).unwrap();
            (
                world.train_drift.len(),
                world.test_drift.len(),
                world.test_nuisance.is_some(),
            )
        };
        assert_eq!(count(Replica::R2, 0), (1, 3, false));
        assert_eq!(count(Replica::R2, 1), (1, 1, false));
        assert_eq!(count(Replica::R2, 6), (1, 11, false));
        assert_eq!(count(Replica::R1, 0), (3, 7, true));
        assert_eq!(count(Replica::R1, 1), (1, 1, true));
        assert_eq!(count(Replica::None, 0), (1, 1, false));
    }
}
