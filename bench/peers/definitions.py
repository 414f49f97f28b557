"""Every metric of the package as NumPy would have it: a few lines over whole arrays.

`VECTORISED[expression](a, b, reference)` takes two arrays of n rows and d columns of any floating
type and returns n distances of that type. Run on float64 it is what a user would write without
this package; run on 80-bit numbers it is the referee between this package and SciPy.

`LOOPED[expression](u, v, reference)` is the function of `scipy.spatial.distance` for one pair,
where SciPy has one.

`reference` holds `variance` (d numbers) and `inverse` (d x d), for the two metrics that need them.
"""

import numpy as np
from scipy.spatial import distance

OFFSET, NORM_OFFSET = 162.0, 10.0


def dot(a, b):
    return (a * b).sum(axis=1)


def norm(a):
    return np.sqrt((a * a).sum(axis=1))


def quotient_or_zero(numerator, denominator):
    """0 where both are 0, as Canberra has it."""
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator != 0)


def cosine_similarity(a, b):
    return np.clip(dot(a, b) / (norm(a) * norm(b)), -1, 1)


def centered(a):
    return a - a.mean(axis=1, keepdims=True)


def minkowski(p):
    def distances(a, b, _):
        power = a.dtype.type(p)
        return (np.abs(a - b) ** power).sum(axis=1) ** (1 / power)

    return distances


def jensen_shannon(a, b, _):
    p, q = (x / x.sum(axis=1, keepdims=True) for x in (a, b))
    m = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = sum(np.where(x == 0, 0, x * np.log(x / m)) for x in (p, q))
    return np.sqrt(np.maximum(terms.sum(axis=1), 0) / 2)


def mahalanobis(a, b, reference):
    gap = a - b
    return np.sqrt(((gap @ reference.inverse) * gap).sum(axis=1))


def offset_cosine(symmetric):
    def distances(a, b, _):
        x, y = norm(a), norm(b)
        if symmetric:
            size = np.sqrt((x - NORM_OFFSET) * x * (y - NORM_OFFSET) * y)
        else:
            size = (x - NORM_OFFSET) * y
        return 1 - (dot(a, b) - OFFSET) / size

    return distances


def counts(a, b):
    """The four counts of Boolean metrics on real values, as SciPy took them up to 2019: 1 - x for not x."""
    not_a, not_b = 1 - a, 1 - b
    return dot(a, b), dot(a, not_b), dot(not_a, b), dot(not_a, not_b)


def yule(a, b, _):
    tt, tf, ft, ff = counts(a, b)
    return 2 * tf * ft / (tt * ff + tf * ft)


def rogers_tanimoto(a, b, _):
    tt, tf, ft, ff = counts(a, b)
    return 2 * (tf + ft) / (tt + ff + 2 * (tf + ft))


VECTORISED = {
    "sqeuclidean": lambda a, b, _: ((a - b) ** 2).sum(axis=1),
    "euclidean": lambda a, b, _: norm(a - b),
    "cosine": lambda a, b, _: 1 - cosine_similarity(a, b),
    "angular": lambda a, b, _: np.arccos(cosine_similarity(a, b)) / a.dtype.type(np.pi),
    "correlation": lambda a, b, _: 1 - cosine_similarity(centered(a), centered(b)),
    "dot": lambda a, b, _: -dot(a, b),
    "tanimoto": lambda a, b, _: 1 - dot(a, b) / (dot(a, a) + dot(b, b) - dot(a, b)),
    "cityblock": lambda a, b, _: np.abs(a - b).sum(axis=1),
    "chebyshev": lambda a, b, _: np.abs(a - b).max(axis=1),
    "minkowski": minkowski(2),
    "minkowski(p=1)": minkowski(1),
    "minkowski(p=3)": minkowski(3),
    "minkowski(p=3.2)": minkowski(3.2),
    "minkowski(p=0.5)": minkowski(0.5),
    "canberra": lambda a, b, _: quotient_or_zero(np.abs(a - b), np.abs(a) + np.abs(b)).sum(axis=1),
    "canberra-cubic": lambda a, b, _: quotient_or_zero(
        np.abs(a - b) ** 3, (np.abs(a) + np.abs(b)) ** 4
    ).sum(axis=1),
    "braycurtis": lambda a, b, _: np.abs(a - b).sum(axis=1) / np.abs(a + b).sum(axis=1),
    "seuclidean": lambda a, b, reference: np.sqrt(((a - b) ** 2 / reference.variance).sum(axis=1)),
    "mahalanobis": mahalanobis,
    "jensenshannon": jensen_shannon,
    "offset-cosine": offset_cosine(symmetric=True),
    "offset-cosine(form=original)": offset_cosine(symmetric=False),
    "dot-over-norms": lambda a, b, _: 1 - dot(a, b) / (norm(a) + norm(b) - dot(a, b)),
    "yule": yule,
    "rogerstanimoto": rogers_tanimoto,
}

LOOPED = {
    "sqeuclidean": lambda u, v, _: distance.sqeuclidean(u, v),
    "euclidean": lambda u, v, _: distance.euclidean(u, v),
    "cosine": lambda u, v, _: distance.cosine(u, v),
    "correlation": lambda u, v, _: distance.correlation(u, v),
    "cityblock": lambda u, v, _: distance.cityblock(u, v),
    "chebyshev": lambda u, v, _: distance.chebyshev(u, v),
    "minkowski": lambda u, v, _: distance.minkowski(u, v, 2),
    "minkowski(p=1)": lambda u, v, _: distance.minkowski(u, v, 1),
    "minkowski(p=3)": lambda u, v, _: distance.minkowski(u, v, 3),
    "minkowski(p=3.2)": lambda u, v, _: distance.minkowski(u, v, 3.2),
    "minkowski(p=0.5)": lambda u, v, _: distance.minkowski(u, v, 0.5),
    "canberra": lambda u, v, _: distance.canberra(u, v),
    "braycurtis": lambda u, v, _: distance.braycurtis(u, v),
    "seuclidean": lambda u, v, reference: distance.seuclidean(u, v, reference.variance),
    "mahalanobis": lambda u, v, reference: distance.mahalanobis(u, v, reference.inverse),
    "jensenshannon": lambda u, v, _: distance.jensenshannon(u, v),
}


class Reference:
    """Variance (n - 1) of each column of a matrix, inverse and condition of its covariance."""

    def __init__(self, rows):
        covariance = np.atleast_2d(np.cov(rows, rowvar=False, ddof=1))
        self.variance = rows.var(axis=0, ddof=1)
        self.inverse = np.linalg.inv(covariance)
        self.condition = float(np.linalg.cond(covariance))
