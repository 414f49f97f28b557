//! The steps and the scorers that a pipeline is made of.

use crate::statistics::Shrinkage;

/// The mean that is subtracted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Center {
    /// The mean of the rows that are fitted on.
    Train,
    /// The mean of their class means.
    ClassMeans,
    /// The mean of the rows times the share of it that chance among classes does not explain:
    /// `max(0, 1 − v/‖m‖²)` with v the variance of m over classes, K/(K − 1) Σ ‖n_k (m_k − m)‖² / N²
    /// (James and Stein 1961, positive part, as Efron and Morris 1973 derive it).
    Shrunk,
    /// A vector that the caller supplies.
    Given,
}

/// The number of dimensions to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimensions {
    /// This many, or the rank if that is smaller.
    Fixed(usize),
    /// The rank: every axis with variance.
    Rank,
    /// ⌊(N − K) / ratio⌋ — `ratio` residual rows for each dimension kept — within 1 and the rank.
    Auto {
        /// Residual rows per dimension.
        ratio: usize,
    },
}

/// The square root of the inverse covariance that whitens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhitenKind {
    /// Λ^{-1/2} V: principal axes.
    Pca,
    /// Vᵀ Λ^{-1/2} V: symmetric, closest to the original axes.
    Zca,
    /// Lᵀ with L Lᵀ = C⁻¹, L lower.
    Cholesky,
}

/// A covariance of the rows.
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
    /// x ← x / ‖x‖; the zero vector stays. Garcia-Romero and Espy-Wilson (2011) use it before PLDA.
    LengthNorm,
    /// Principal axes: x ← Vx with V C = Λ V, optionally Λ^{-1/2} V x (Pearson 1901).
    Pca {
        /// Axes to keep.
        dimensions: Dimensions,
        /// Scale to unit variance (denominator N − 1).
        whiten: bool,
    },
    /// x ← Qx with QᵀQ = C⁻¹, C the total covariance (Kessy, Lewin and Strimmer 2018, table 1).
    Whiten {
        /// The root.
        kind: WhitenKind,
        /// Of the covariance, before it is inverted.
        shrinkage: Shrinkage,
    },
    /// Within-class covariance normalisation: x ← Lᵀx with L Lᵀ = W⁻¹, L lower (Hatch, Kajarekar
    /// and Stolcke 2006; before a cosine, Dehak et al. 2011).
    Wccn {
        /// Of W.
        shrinkage: Shrinkage,
    },
    /// Nuisance attribute projection: x ← (I − VᵀV)x, V the leading axes of W (Solomonoff, Campbell
    /// and Boardman 2005).
    Nap {
        /// Axes to remove.
        axes: usize,
    },
    /// Linear discriminants: leading solutions of B v = λ W v with vᵀ W v = 1 (Fisher 1936; Rao 1948
    /// for several classes).
    Lda {
        /// Discriminants to keep; by default min(d, K − 1).
        components: Option<usize>,
        /// Of W.
        shrinkage: Shrinkage,
    },
    /// The map whose squared Euclidean distance is δᵀ C⁻¹ δ (Mahalanobis 1936).
    Mahalanobis {
        /// C.
        of: CovarianceOf,
        /// Of C.
        shrinkage: Shrinkage,
    },
    /// CORAL (Sun, Feng and Saenko 2016): the rows that later steps are fitted on become
    /// C^{1/2} C_s^{-1/2} (x − m_s) + m, of the mean and covariance of the target; rows that are scored
    /// stay.
    Coral {
        /// Of both covariances.
        shrinkage: Shrinkage,
    },
}

/// How B and W take in the variance of unlabelled rows of a target, whose mean replaces that of the
/// rows fitted on. Each weight is the share of the excess that B or W takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adapt {
    /// The excess.
    pub rule: AdaptRule,
    /// Share that W takes, in [0, 1].
    pub within: f64,
    /// Share that B takes, in [0, 1].
    pub between: f64,
}

/// The excess of a target's variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AdaptRule {
    /// Solutions of C e = v (B + W) e with v > τ, C the covariance of the target: B + W takes v − 1
    /// more along each. Kaldi's `PldaUnsupervisedAdaptor` keeps all v > 1; the bound is of this
    /// project.
    Excess {
        /// τ; by default [`TAU_FLOOR`](crate::models::TAU_FLOOR) or, if larger, the largest v between
        /// two halves of the rows fitted on that share no class.
        tau: Option<f64>,
    },
    /// As if images were worse: if the largest v exceeds a bound, the default of τ above, W takes all of
    /// v − 1 where v > √bound, and B is scaled so that the variance of the model in all is that of the
    /// target. The root, since the bound holds the sampling noise of two halves. Of this project.
    Shift,
    /// CORAL+ (Lee, Wang and Koshinaka 2019): B and W each take what they lack of A B Aᵀ and A W Aᵀ,
    /// A = C^{1/2} C_s^{-1/2} with C_s the covariance of the rows fitted on.
    CoralPlus,
}

/// How a likelihood is climbed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Em {
    /// Most iterations.
    pub iterations: usize,
    /// Gain of log-likelihood for each value, N·d of them, at which it ends.
    pub tolerance: f64,
    /// Of W at the start; and in the end along axes on which the rows of no class differ.
    pub shrinkage: Shrinkage,
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
    /// δᵀ(Σ_S⁻¹ − Σ_D⁻¹)δ, the covariances of all same-class and all different-class differences
    /// (Köstinger et al. 2012).
    Kissme {
        /// Multiple of the mean variance that is added to both covariances.
        ridge: f64,
        /// Drop negative eigenvalues.
        psd: bool,
    },
    /// KISSME in the subspace of the leading v of Σ_D v = λ Σ_S v (Liao et al. 2015).
    Xqda {
        /// Subspace; by default the ratios above 1.
        components: Option<usize>,
        /// As in KISSME.
        ridge: f64,
    },
    /// −log p(x, y | same class) / (p(x) p(y)), where a row is m + c + ε, its class c ~ N(0, B) and
    /// ε ~ N(0, W) (Ioffe 2006; Prince and Elder 2007 for B of low rank; Brümmer and de Villiers
    /// 2010).
    Plda {
        /// Rank of the between covariance; by default full.
        subspace: Option<usize>,
        /// The fit, from moments.
        em: Em,
        /// To a target.
        adapt: Option<Adapt>,
    },
    /// The same model, started from the covariance of class means (Chen et al. 2012).
    JointBayesian {
        /// The fit.
        em: Em,
    },
    /// Subspace PLDA scored with heavy-tailed residuals (Kenny 2010; Silnova et al. 2018).
    HeavyTailed {
        /// Degrees of freedom ν.
        nu: f64,
        /// Rank of the between covariance; by default half of the dimensions, K − 1 at most.
        subspace: Option<usize>,
        /// The fit, from moments.
        em: Em,
    },
    /// Moment estimates with W ← (1 − ρ) W + ρ (tr W / d) I: from PLDA at 0 towards cosine at 1.
    Path {
        /// ρ in [0, 1].
        rho: f64,
        /// To a target.
        adapt: Option<Adapt>,
    },
}
