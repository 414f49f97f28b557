//! Named pipelines.

/// A pipeline with a name.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Name in `fit`.
    pub name: &'static str,
    /// The pipeline it stands for.
    pub pipeline: &'static str,
    /// One line about it.
    pub about: &'static str,
}

/// Name of what a fit does when no pipeline is given: it takes the one that does best on people held
/// out, as [`crate::jobs::compare`] finds it. It is no pipeline itself.
pub const DEFAULT_PIPELINE: &str = "auto";

/// Every preset.
///
/// Dimensions and shrinkage choose themselves. `pca(auto)` keeps ⌊(N − K)/ratio⌋ axes, `ratio`
/// rows of residual freedom for each: two in front of a linear learner, four in front of models
/// with two full covariances, which over-fit sooner. Where that reaches the rank, no axis is
/// dropped. Shrinkage is Ledoit–Wolf of the covariance pooled over classes.
///
/// A preset is fitted in one pass over the rows; `length-norm` before a learner costs a second.
#[rustfmt::skip] // One line for each.
pub const PRESETS: &[Preset] = &[
    preset("pca", "center, pca(auto, whiten), cosine", "cosine of principal axes scaled to unit variance; needs no labels"),
    preset("whiten", "center, whiten(zca), cosine", "cosine after whitening with a shrunk covariance; needs no labels"),
    preset("wccn", "center, pca(auto), wccn, cosine", "cosine after the variation inside classes is made spherical"),
    preset("nap", "center, nap(8), cosine", "cosine after the eight strongest directions inside classes are removed"),
    preset("lda", "center, pca(auto), lda, cosine", "cosine of linear discriminants"),
    preset("mahalanobis", "mahalanobis(within), euclidean", "distance in units of the variation inside classes"),
    preset("kissme", "center, length-norm, pca(auto), kissme", "likelihood ratio of differences, over all pairs"),
    preset("xqda", "center, length-norm, pca(auto), xqda", "KISSME in the subspace that separates the classes"),
    preset("plda", "center, pca(auto, ratio=4), plda", "log-likelihood ratio of same class against different classes"),
    preset("ln-plda", "center, length-norm, pca(auto, ratio=4), plda", "PLDA of directions; a second pass over the rows"),
    preset("joint-bayesian", "center, pca(auto, ratio=4), joint-bayesian", "the model of PLDA, started from the class means"),
    preset("htplda", "center, pca(auto, ratio=4), htplda(2)", "PLDA that trusts outlying rows less"),
    preset("path", "center, length-norm, pca(auto, ratio=4), path(0.5)", "half-way from PLDA to cosine, which travels better to other data"),
    preset("plda-adapted", "center, length-norm, pca(auto, ratio=4), path(0.5, adapt=shift)", "path, adapted to unlabelled rows of a target where they are shifted"),
    preset("coral-plda", "center, length-norm, pca(auto, ratio=4), coral, plda", "PLDA of rows that were given the covariance of a target"),
];

const fn preset(name: &'static str, pipeline: &'static str, about: &'static str) -> Preset {
    Preset {
        name,
        pipeline,
        about,
    }
}
