//! The steps and the scorers that a pipeline is made of.

use crate::statistics::Shrinkage;

/// Which mean is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Center {
    /// The mean of the rows that are fitted on.
    Train,
    /// The mean of their class means.
    ClassMeans,
    /// A vector that the caller supplies.
    Given,
}

/// How many dimensions are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimensions {
    /// This many, or the rank if that is smaller.
    Fixed(usize),
    /// ⌊(N − K) / ratio⌋ — `ratio` residual rows for each dimension kept — within 1 and the rank.
    Auto {
        /// Residual rows per dimension.
        ratio: usize,
    },
}

/// Which square root of the inverse covariance whitens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhitenKind {
    /// Λ^{-1/2} V: principal axes.
    Pca,
    /// Vᵀ Λ^{-1/2} V: symmetric, closest to the original axes.
    Zca,
    /// Lᵀ with L Lᵀ = C⁻¹, L lower.
    Cholesky,
}

/// Which covariance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CovarianceOf {
    /// Of all rows about their mean, denominator N − 1.
    Total,
    /// Of rows about the means of their classes, denominator N − K.
    Within,
}

/// One step: a map of rows. All but [`Step::LengthNorm`] are affine. No map but `center` moves
/// the origin, so a given center survives what follows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// x ← x − c.
    Center(Center),
    /// x ← x / ‖x‖; the zero vector stays.
    LengthNorm,
    /// Principal axes of the total covariance, optionally scaled to unit variance.
    Pca {
        /// Axes to keep.
        dimensions: Dimensions,
        /// Scale to unit variance (denominator N − 1).
        whiten: bool,
    },
    /// A square root of the inverse total covariance.
    Whiten {
        /// Which root.
        kind: WhitenKind,
        /// Of the covariance, before it is inverted.
        shrinkage: Shrinkage,
    },
    /// Within-class covariance normalisation: x ← Lᵀx with L Lᵀ = W⁻¹, L lower.
    Wccn {
        /// Of W.
        shrinkage: Shrinkage,
    },
    /// Nuisance attribute projection: removes the leading axes of W.
    Nap {
        /// Axes to remove.
        axes: usize,
    },
    /// Linear discriminants: leading solutions of B v = λ W v with v W vᵀ = 1.
    Lda {
        /// Discriminants to keep; by default min(d, K − 1).
        components: Option<usize>,
        /// Of W.
        shrinkage: Shrinkage,
    },
    /// The map whose squared Euclidean distance is δᵀ C⁻¹ δ.
    Mahalanobis {
        /// Which C.
        of: CovarianceOf,
        /// Of C.
        shrinkage: Shrinkage,
    },
}

/// The final form over pairs of mapped rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ScorerSpec {
    /// 1 − cos.
    Cosine,
    /// ‖δ‖².
    SquaredEuclidean,
    /// ‖δ‖.
    Euclidean,
    /// −⟨x, y⟩.
    Dot,
    /// δᵀ(Σ_S⁻¹ − Σ_D⁻¹)δ over the covariances of all same-class and all different-class
    /// differences.
    Kissme {
        /// Multiple of the mean variance that is added to both covariances.
        ridge: f64,
        /// Drop negative eigenvalues.
        psd: bool,
    },
    /// KISSME in the subspace of the leading ratios of Σ_D to Σ_S.
    Xqda {
        /// Subspace; by default the ratios above 1.
        components: Option<usize>,
        /// As in KISSME.
        ridge: f64,
    },
    /// Log-likelihood ratio of the two-covariance model, negated.
    Plda {
        /// Rank of the between covariance; by default full.
        subspace: Option<usize>,
        /// Most EM iterations after the moment start.
        iterations: usize,
        /// Of W at the start.
        shrinkage: Shrinkage,
    },
    /// The same model, started from the covariance of class means.
    JointBayesian {
        /// Most EM iterations.
        iterations: usize,
        /// Of W at the start.
        shrinkage: Shrinkage,
    },
    /// Subspace PLDA scored with heavy-tailed residuals.
    HeavyTailed {
        /// Degrees of freedom ν.
        nu: f64,
        /// Rank of the between covariance; by default half of the dimensions, K − 1 at most.
        subspace: Option<usize>,
        /// Most EM iterations.
        iterations: usize,
        /// Of W at the start.
        shrinkage: Shrinkage,
    },
    /// Moment estimates with W ← (1 − ρ) W + ρ (tr W / d) I: from PLDA at 0 towards cosine at 1.
    Path {
        /// ρ in [0, 1].
        rho: f64,
    },
}
