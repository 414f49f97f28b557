"""What SciPy and NumPy make of given pairs, in float64 on the same float32 values.

    scipy_distances.py FOLDER...

Each folder holds `rows.npy` (float32, n x d), `reference.npy` (float32, more rows than columns) and
`pairs.npy` (uint32, 2 x m). Written into it: `expected.f64`, float64 without a header, of shape
(metrics, 3, m): the peer's distance (SciPy's where it has the metric, the NumPy definition
otherwise), the difference allowed, and the distance in 80-bit arithmetic (NaN where this machine
has none, and for Mahalanobis). NaN throughout where a metric has no value. Where SciPy alone has none
(its Jensen-Shannon takes the root of a rounding error below 0 for some near-equal rows), the NumPy
definition stands in, and the pair is counted.

Prints one JSON object: the metrics in that order, the peer and the rule of each, and how often
SciPy had no value.
"""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import scipy
from scipy.spatial import distance

from bounds import bound, rule
from definitions import LOOPED, VECTORISED, Reference

HAS_REFEREE = np.finfo(np.longdouble).eps < 1e-18


def expected(expression, a, b, reference):
    with np.errstate(divide="ignore", invalid="ignore"):
        if expression == "jensenshannon" and min(a.min(), b.min()) < 0:
            return np.full(len(a), np.nan)
        if expression == "correlation" and a.shape[1] == 1:
            return np.full(len(a), np.nan)
        if expression in LOOPED:
            one = LOOPED[expression]
            return np.array([one(u, v, reference) for u, v in zip(a, b)], dtype=np.float64)
        return VECTORISED[expression](a, b, reference)


def referee(expression, a, b, reference):
    if not HAS_REFEREE or expression == "mahalanobis":
        return np.full(len(a), np.nan)
    wide = SimpleNamespace(variance=reference.variance.astype(np.longdouble))
    with np.errstate(divide="ignore", invalid="ignore"):
        return VECTORISED[expression](a.astype(np.longdouble), b.astype(np.longdouble), wide)


def check_real_counts():
    """The real-valued Boolean metrics are SciPy's own on zeros and ones."""
    bits = np.random.default_rng(0).random((2, 50, 40)) < 0.5
    for name in ("yule", "rogerstanimoto"):
        today = [getattr(distance, name)(u, v) for u, v in zip(*bits)]
        np.testing.assert_allclose(VECTORISED[name](*bits.astype(np.float64), None), today, rtol=1e-14)


def answer(folder, without_value):
    rows = np.load(folder / "rows.npy").astype(np.float64)
    reference = Reference(np.load(folder / "reference.npy").astype(np.float64))
    first, second = np.load(folder / "pairs.npy")
    a, b = rows[first], rows[second]
    out = np.full((len(VECTORISED), 3, len(a)), np.nan)
    for place, expression in enumerate(VECTORISED):
        value = expected(expression, a, b, reference)
        missing = np.isnan(value)
        if missing.any() and not missing.all():
            value[missing] = VECTORISED[expression](a, b, reference)[missing]
            without_value[expression] = without_value.get(expression, 0) + int(missing.sum())
        out[place, 0] = value
        if not missing.all():
            out[place, 1] = bound(expression, a, b, value, reference)
            out[place, 2] = referee(expression, a, b, reference)
    out.tofile(folder / "expected.f64")
    return reference.condition


def main(folders):
    check_real_counts()
    without_value = {}
    conditions = [answer(Path(folder), without_value) for folder in folders]
    metrics = [
        {"metric": e, "peer": "SciPy" if e in LOOPED else "NumPy", "rule": rule(e)} for e in VECTORISED
    ]
    versions = {"numpy": np.__version__, "scipy": scipy.__version__}
    report = {"metrics": metrics, "conditions": conditions, "withoutValue": without_value}
    print(json.dumps({**report, "versions": versions}))


if __name__ == "__main__":
    main(sys.argv[1:])
