//! Named pipelines.

/// A pipeline with a name.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// What `--metric` takes.
    pub name: &'static str,
    /// The pipeline it stands for.
    pub pipeline: &'static str,
    /// One line about it.
    pub about: &'static str,
}

/// Every preset.
///
/// Dimensions and shrinkage choose themselves. `pca(auto)` keeps ⌊(N − K)/ratio⌋ axes, `ratio`
/// rows of residual freedom for each: two in front of a linear learner, four in front of models
/// with two full covariances, which over-fit sooner. Where that reaches the rank, no axis is
/// dropped. Shrinkage is Ledoit–Wolf of the covariance pooled over classes.
///
/// No preset normalises lengths before it learns: each is fitted in one pass over the rows.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "pca",
        pipeline: "center, pca(auto, whiten), cosine",
        about: "cosine of principal axes scaled to unit variance; needs no labels",
    },
    Preset {
        name: "whiten",
        pipeline: "center, whiten(zca), cosine",
        about: "cosine after whitening with a shrunk covariance; needs no labels",
    },
    Preset {
        name: "wccn",
        pipeline: "center, pca(auto), wccn, cosine",
        about: "cosine after the variation inside classes is made spherical",
    },
    Preset {
        name: "nap",
        pipeline: "center, nap(8), cosine",
        about: "cosine after the eight strongest directions inside classes are removed",
    },
    Preset {
        name: "lda",
        pipeline: "center, pca(auto), lda, cosine",
        about: "cosine of linear discriminants",
    },
    Preset {
        name: "mahalanobis",
        pipeline: "mahalanobis(within), euclidean",
        about: "distance in units of the variation inside classes",
    },
    Preset {
        name: "kissme",
        pipeline: "center, length-norm, pca(auto), kissme",
        about: "likelihood ratio of differences, over all pairs",
    },
    Preset {
        name: "xqda",
        pipeline: "center, length-norm, pca(auto), xqda",
        about: "KISSME in the subspace that separates the classes",
    },
    Preset {
        name: "plda",
        pipeline: "center, pca(auto, ratio=4), plda",
        about: "log-likelihood ratio of same class against different classes",
    },
    Preset {
        name: "ln-plda",
        pipeline: "center, length-norm, pca(auto, ratio=4), plda",
        about: "PLDA of directions; a second pass over the rows",
    },
    Preset {
        name: "joint-bayesian",
        pipeline: "center, pca(auto, ratio=4), joint-bayesian",
        about: "the model of PLDA, started from the class means",
    },
    Preset {
        name: "htplda",
        pipeline: "center, pca(auto, ratio=4), htplda(2)",
        about: "PLDA that trusts outlying rows less",
    },
    Preset {
        name: "path",
        pipeline: "center, length-norm, pca(auto, ratio=4), path(0.5)",
        about: "half-way from PLDA to cosine, which travels better to other data",
    },
];
