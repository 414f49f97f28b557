"""How far two correct double-precision programs may lie apart, metric by metric.

Two programs that add the same n <= 1,024 numbers in another order differ by at most
2 n u = 2.3e-13 (u = 2^-53) of the sum of their absolute values; the operations around the sum add
a few u. So TOLERANCE = 1e-12 is the unit here, and the question for each metric is: 1e-12 of what?

* Sums of non-negative terms, and roots and quotients of them: of the value itself.
* Cosine and its family (cosine, correlation, Tanimoto): of 1, whatever the value.
* Where the formula ends in acos: its slope is without bound at 0, and a cosine within 1e-14 of 1
  is an angle within 1e-7 of 0. There 1e-7 absolute.
* Everything else subtracts numbers that may nearly cancel and divides by what remains. It is as
  well determined as its parts are: each part (a sum with signs) is known to 1e-12 of the sum of
  its absolute terms, and those uncertainties go through the formula to first order. This
  propagated bound is written out below for each; nothing is measured and then allowed.
* Mahalanobis passes through the inverse of a covariance S, which two programs know to
  cond(S) * n * u relative: 1e-12 * cond(S) of the value. (The covariance used here has a condition
  of about 10 to 40, so this stays below 1e-10.)
* Jensen-Shannon is the root of a sum of terms p ln(p/m) + q ln(q/m) whose two halves cancel for
  near-equal rows. ln(p/m) is known to a few u absolute, so the sum is known to 8 u (p and q
  each add up to 1) plus 2 n u of its absolute terms. Two values whose squares differ by at most D
  differ by at most D over either of them, and by at most the root of D. Equal rows are exactly 0.
"""

import numpy as np

from definitions import NORM_OFFSET, OFFSET, counts, dot, norm

TOLERANCE = 1e-12
ACOS_TOLERANCE = 1e-7
UNIT = 2.0**-53

COSINE_FAMILY = {"cosine", "correlation", "tanimoto"}


def rule(expression):
    """The bound in words, for the table."""
    if expression in COSINE_FAMILY:
        return "absolute"
    if expression == "angular":
        return "absolute, acos"
    if expression in PROPAGATED or expression in ("mahalanobis", "jensenshannon"):
        return "conditioning"
    return "relative"


def bound(expression, a, b, value, reference):
    """Largest difference allowed for each pair."""
    if expression in COSINE_FAMILY:
        return np.full(len(value), TOLERANCE)
    if expression == "angular":
        return np.full(len(value), ACOS_TOLERANCE)
    if expression == "mahalanobis":
        return TOLERANCE * reference.condition * np.abs(value)
    if expression == "jensenshannon":
        return jensen_shannon(a, b, value)
    if expression in PROPAGATED:
        return TOLERANCE * PROPAGATED[expression](a, b, value)
    return TOLERANCE * np.abs(value)


def jensen_shannon(a, b, value):
    p, q = (x / x.sum(axis=1, keepdims=True) for x in (a, b))
    m = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        size = sum(np.where(x == 0, 0, np.abs(x * np.log(x / m))) for x in (p, q)).sum(axis=1)
    of_square = 8 * UNIT + 2 * a.shape[1] * UNIT * size
    root = np.sqrt(of_square / 2)
    allowed = np.divide(of_square / 2, value, out=root.copy(), where=value > 0)
    return np.where((a == b).all(axis=1), 0, np.minimum(allowed, root))


def absolute_dot(a, b):
    return np.abs(a * b).sum(axis=1)


def of_dot(a, b, _):
    return absolute_dot(a, b)


def of_offset_cosine(a, b, value):
    x, y = norm(a), norm(b)
    smallest = np.minimum((x - NORM_OFFSET) * y, (y - NORM_OFFSET) * x)
    of_denominator = x / (x - NORM_OFFSET) + y / (y - NORM_OFFSET)
    return 1 + (absolute_dot(a, b) + OFFSET) / smallest * (1 + of_denominator)


def of_dot_over_norms(a, b, _):
    inner, size = dot(a, b), absolute_dot(a, b)
    norms = norm(a) + norm(b)
    denominator = np.abs(norms - inner)
    return 1 + size / denominator + np.abs(inner) * (norms + size) / denominator**2


def of_counts(a, b):
    """What each of the four counts is a sum of, in absolute value."""
    both, first, second = absolute_dot(a, b), np.abs(a).sum(axis=1), np.abs(b).sum(axis=1)
    return both, first + both, second + both, a.shape[1] + first + second + both


def of_yule(a, b, value):
    (tt, tf, ft, ff), (s_tt, s_tf, s_ft, s_ff) = counts(a, b), of_counts(a, b)
    part = s_tf * np.abs(ft) + s_ft * np.abs(tf)
    whole = s_tt * np.abs(ff) + s_ff * np.abs(tt) + part
    denominator = np.abs(tt * ff + tf * ft)
    return np.abs(value) + 2 * part / denominator + np.abs(value) * whole / denominator


def of_rogers_tanimoto(a, b, value):
    (tt, tf, ft, ff), (s_tt, s_tf, s_ft, s_ff) = counts(a, b), of_counts(a, b)
    part = 2 * (s_tf + s_ft)
    denominator = np.abs(tt + ff + 2 * (tf + ft))
    return np.abs(value) + part / denominator + np.abs(value) * (s_tt + s_ff + part) / denominator


PROPAGATED = {
    "dot": of_dot,
    "offset-cosine": of_offset_cosine,
    "offset-cosine(form=original)": of_offset_cosine,
    "dot-over-norms": of_dot_over_norms,
    "yule": of_yule,
    "rogerstanimoto": of_rogers_tanimoto,
}
