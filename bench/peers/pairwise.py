"""All distances of two sets as SciPy and scikit-learn compute them, in float64.

    pairwise.py FIRST.npy SECOND.npy

Reads one request a line, JSON on standard input, and answers each with a line:

    {"do": "distances", "metric": M, "out": FILE}   cdist of both sets; with "condensed", pdist of the first
    {"do": "time", "metric": M, "by": "sklearn" | "sklearn-jobs" | "product" | "cdist"}   its seconds

`sklearn` is pairwise_distances with n_jobs=None, whose product of matrices runs on the threads of BLAS;
`sklearn-jobs` is n_jobs=2, `product` the product of matrices by itself. SciPy's cdist runs on one thread.
"""

import json
import sys
import time

import numpy as np
from scipy.spatial.distance import cdist, pdist
from sklearn.metrics import pairwise_distances


def arguments(metric, rows):
    name, _, parameter = metric.partition("(p=")
    if parameter:
        return name, {"p": float(parameter[:-1])}
    if metric == "seuclidean":
        return name, {"V": rows.var(axis=0, ddof=1)}
    if metric == "mahalanobis":
        return name, {"VI": np.linalg.inv(np.cov(rows.T))}
    return name, {}


def main(first_path, second_path):
    first, second = (np.load(path).astype(np.float64) for path in (first_path, second_path))
    for line in sys.stdin:
        request = json.loads(line)
        metric = request["metric"]
        if request["do"] == "distances":
            rows = first if request.get("condensed") else np.vstack([first, second])
            name, options = arguments(metric, rows)
            binary = name in ("yule", "rogerstanimoto")
            a, b = (first > 1, second > 1) if binary else (first, second)
            condensed = request.get("condensed")
            found = pdist(a, name, **options) if condensed else cdist(a, b, name, **options)
            np.save(request["out"], np.atleast_2d(found))
            print(json.dumps({}), flush=True)
            continue
        begin = time.perf_counter()
        if request["by"] == "cdist":
            cdist(first, second, metric)
        elif request["by"] == "product":
            first @ second.T
        else:
            jobs = 2 if request["by"] == "sklearn-jobs" else None
            pairwise_distances(first, second, metric=metric, n_jobs=jobs)
        print(json.dumps({"seconds": time.perf_counter() - begin}), flush=True)


main(*sys.argv[1:])
