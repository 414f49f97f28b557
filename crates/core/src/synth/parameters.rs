//! The fitted figures: each row was found by matching published results of the real challenge.

use super::replica::Replica;

/// One fitted row. R1 leaves the members that only R2 has at their neutral values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameters {
    /// Quality q ~ Beta(qa, qb).
    pub(super) qa: f64,
    pub(super) qb: f64,
    /// Norm of a perfect image; σ = norm/√d.
    pub(super) norm: f64,
    /// Share of identity in the variance.
    pub(super) cor: f64,
    /// Isotropic noise.
    pub(super) iso: f64,
    /// Length of the drift of an unrecognisable image.
    pub(super) ui: f64,
    /// How many ways to fail there are.
    pub(super) modes: usize,
    /// Share of the common drift direction in each of them.
    pub(super) share: f64,
    /// Exponent of quality on identity.
    pub(super) g: f64,
    /// Share of the group in the identity.
    pub(super) h: f64,
    /// Spread of the logarithm of the norm.
    pub(super) nsd: f64,
    /// Share of the nuisance that remains in an image of quality 0.
    pub(super) wk: f64,
    /// Exponent of quality on the norm.
    pub(super) kap: f64,
    /// Share of very bad images.
    pub(super) out: f64,
    /// Length of the shift that all test images share.
    pub(super) mu: f64,
}

impl Parameters {
    /// Values of R1's formula for train images: Beta(6, 1.2) and cor 0.55. R2's train formula
    /// states its own constants.
    pub(super) fn train_side(self, replica: Replica) -> Self {
        match replica {
            Replica::R1 => Self {
                qa: 6.0,
                qb: 1.2,
                cor: 0.55,
                ..self
            },
            Replica::R2 | Replica::None => self,
        }
    }
}

const SETS_R2: [usize; 3] = [0, 1, 6];
const SETS_R1: [usize; 3] = [0, 1, 3];

/// qa, qb, norm, cor, iso, ui, modes, share, g, h, nsd, wk, kap, out, mu.
const R2: [[f64; 15]; 3] = [
    [
        7.994, 1.970, 54.007, 0.825, 0.139, 55.383, 2.804, 0.661, 2.687, 0.088, 0.139, 0.883,
        0.055, 0.219, 4.824,
    ],
    [
        4.504, 0.917, 51.120, 0.778, 0.020, 53.825, 1.195, 0.263, 3.000, 0.016, 0.182, 1.000,
        -0.011, 0.177, 0.000,
    ],
    [
        4.227, 1.159, 49.826, 0.734, 0.345, 38.951, 10.557, 0.863, 2.457, 0.177, 0.096, 0.188,
        -0.147, 0.169, 6.095,
    ],
];

/// qa, qb, norm, cor, iso, ui, modes, share.
const R1: [[f64; 8]; 3] = [
    [2.58, 2.137, 24.9, 0.365, 0.125, 21.784, 7.0, 0.726],
    [2.57, 1.791, 19.92, 0.458, 0.527, 18.246, 1.0, 0.890],
    [2.584, 2.213, 22.053, 0.380, 0.546, 18.646, 7.0, 0.783],
];

/// Names of the rows that a replica has.
pub(super) fn sets(replica: Replica) -> &'static [usize] {
    match replica {
        Replica::R2 | Replica::None => &SETS_R2,
        Replica::R1 => &SETS_R1,
    }
}

/// The row named `set`, or `None` when the replica has no such row.
pub(super) fn parameters(replica: Replica, set: usize) -> Option<Parameters> {
    let place = sets(replica).iter().position(|name| *name == set)?;
    Some(match replica {
        Replica::R1 => {
            let [qa, qb, norm, cor, iso, ui, modes, share] = R1[place];
            // Neutral: the last seven change nothing in R1's formula.
            row([
                qa, qb, norm, cor, iso, ui, modes, share, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0,
            ])
        }
        Replica::R2 | Replica::None => row(R2[place]),
    })
}

fn row(values: [f64; 15]) -> Parameters {
    let [qa, qb, norm, cor, iso, ui, modes, share, of_r2 @ ..] = values;
    let [g, h, nsd, wk, kap, out, mu] = of_r2;
    Parameters {
        qa,
        qb,
        norm,
        cor,
        iso,
        ui,
        modes: modes.round() as usize,
        share,
        g,
        h,
        nsd,
        wk,
        kap,
        out,
        mu,
    }
}
