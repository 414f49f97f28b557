//! Probabilistic linear discriminant analysis: x = μ + y + ε with y ~ N(0, B) per class and
//! ε ~ N(0, W) per row.
//!
//! With full covariances this is PLDA (Ioffe 2006), the two-covariance model (Brümmer and de
//! Villiers 2010) and Joint Bayesian (Chen et al. 2012); with B = V Vᵀ of low rank it is PLDA after
//! Prince and Elder (2007). One expectation–maximisation fits all of them, [`subspace`].

mod adaptation;
mod ascent;
mod enrol;
mod heavy_tailed;
pub(crate) mod start;
pub mod subspace;
mod two_covariance;

pub(crate) use adaptation::take_shift;
pub use adaptation::{Shares, TAU_FLOOR, add_excess, coral_plus, variance_ratios};
pub use ascent::Stop;
pub use enrol::Enrolment;
pub use heavy_tailed::HeavyTailedForm;
pub use two_covariance::{TwoCovariance, TwoCovarianceFit};
