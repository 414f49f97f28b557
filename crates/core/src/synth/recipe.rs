//! How one image is mixed from a person, a nuisance, noise and drift.

use super::parameters::Parameters;
use super::stream::Stream;

/// Weights of x = person·c + nuisance·e + noise·g + drift·(direction) + common·u.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights {
    pub(super) person: f32,
    pub(super) nuisance: f32,
    pub(super) noise: f32,
    pub(super) drift: f32,
    /// Which of the side's drift directions.
    pub(super) direction: usize,
    pub(super) common: f32,
}

/// The law that a side's images follow.
#[derive(Clone, Copy, Debug)]
pub(super) enum Recipe {
    /// R2, test: x = e^(nsd·n) q^kap (σ(Q̃ √cor c + √(1−cor) (Q̃ + (1−Q̃) wk) e + iso g)
    /// + (1−q) ui m + mu u), Q̃ = q^g, q made max(0.3 q, 0.02) for a share `out` of the images.
    Shifted,
    /// R2, train: x = σ e^(nsd·n) (q^g √cor_t c + √(1−cor_t) e + iso g) + (1−q) ui u′,
    /// q ~ Beta(40, 1), cor_t = min(0.61 (1 + iso²), 0.97).
    Clean,
    /// R1, both sides: x = σ(q (√cor c + √(1−cor) e) + iso g) + (1−q) ui m.
    Degraded,
}

impl Recipe {
    /// Draws the weights of one image of `dim` numbers; the side has `directions` directions.
    pub(super) fn draw(
        self,
        p: &Parameters,
        dim: usize,
        directions: usize,
        stream: &mut Stream,
    ) -> Weights {
        let sigma = p.norm / (dim as f64).sqrt();
        match self {
            Self::Shifted => {
                let mut q = stream.beta(p.qa, p.qb);
                if stream.uniform() < p.out {
                    q = (0.3 * q).max(0.02);
                }
                let faithful = libm::pow(q, p.g);
                let scale = libm::exp(p.nsd * f64::from(stream.normal())) * libm::pow(q, p.kap);
                Weights {
                    person: (scale * sigma * faithful * p.cor.sqrt()) as f32,
                    nuisance: (scale
                        * sigma
                        * (1.0 - p.cor).sqrt()
                        * (faithful + (1.0 - faithful) * p.wk))
                        as f32,
                    noise: (scale * sigma * p.iso) as f32,
                    drift: (scale * (1.0 - q) * p.ui) as f32,
                    direction: stream.below(directions as u64) as usize,
                    common: (scale * p.mu) as f32,
                }
            }
            Self::Clean => {
                let q = stream.beta(40.0, 1.0);
                let cor = (0.61 * (1.0 + p.iso * p.iso)).min(0.97);
                let scale = sigma * libm::exp(p.nsd * f64::from(stream.normal()));
                Weights {
                    person: (scale * libm::pow(q, p.g) * cor.sqrt()) as f32,
                    nuisance: (scale * (1.0 - cor).sqrt()) as f32,
                    noise: (scale * p.iso) as f32,
                    drift: ((1.0 - q) * p.ui) as f32,
                    direction: stream.below(directions as u64) as usize,
                    common: 0.0,
                }
            }
            Self::Degraded => {
                let q = stream.beta(p.qa, p.qb);
                Weights {
                    person: (sigma * q * p.cor.sqrt()) as f32,
                    nuisance: (sigma * q * (1.0 - p.cor).sqrt()) as f32,
                    noise: (sigma * p.iso) as f32,
                    drift: ((1.0 - q) * p.ui) as f32,
                    direction: stream.below(directions as u64) as usize,
                    common: 0.0,
                }
            }
        }
    }
}
