"""The nearest rows by faiss in float32 and by NumPy in float64, beside those of this package.

    nearest.py CASES.json

A list of {"gallery": FILE, "probes": FILE or null, "metric": M, "k": K, "hits": STEM}: without
probes each row of the gallery is searched among the others. Our hits are in STEM.rows.npy and
STEM.distances.npy. Prints a list with, for each case: `error`, the largest difference of the
distances at one rank from NumPy's, as a share of the largest product of two norms; and for `numpy`
and `faiss` the differences (see hits.py).
"""

import json
import sys

import faiss
import numpy as np

from hits import differences

BLOCK = 512


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def pairwise(metric, asked, stored):
    products = asked @ stored.T
    if metric == "cosine":
        return 1 - products
    if metric == "dot":
        return -products
    return (asked**2).sum(axis=1)[:, None] + (stored**2).sum(axis=1) - 2 * products


def direct(metric, probe, rows):
    """As the formula is written: no cancelling of squares."""
    if metric == "sqeuclidean":
        return ((rows - probe) ** 2).sum(axis=1)
    return pairwise(metric, probe[None], rows)[0]


def nearest(line, kth, k):
    """The k nearest of one probe, ties in the order of the rows."""
    near = np.flatnonzero(line <= kth)
    return near[np.argsort(line[near], kind="stable")[:k]]


def by_numpy(metric, asked, stored, k, same):
    rows, distances = [], []
    for first in range(0, len(asked), BLOCK):
        block = pairwise(metric, asked[first : first + BLOCK], stored)
        if same:
            own = np.arange(len(block))
            block[own, first + own] = np.inf
        kth = np.partition(block, k - 1, axis=1)[:, k - 1]
        near = np.stack([nearest(*each, k) for each in zip(block, kth)])
        rows.append(near)
        distances.append(np.take_along_axis(block, near, 1))
    return np.concatenate(rows), np.concatenate(distances)


def by_faiss(metric, asked, stored, k, same):
    kind = faiss.IndexFlatL2 if metric == "sqeuclidean" else faiss.IndexFlatIP
    index = kind(stored.shape[1])
    index.add(stored)
    _, rows = index.search(asked, k + same)
    if not same:
        return rows
    # The probe itself leaves; among many copies of it, it may not be there.
    keep = rows != np.arange(len(rows))[:, None]
    keep[keep.all(axis=1), -1] = False
    return rows[keep].reshape(-1, k)


def judge(case):
    metric, k, same = case["metric"], case["k"], case["probes"] is None
    stored = np.load(case["gallery"])
    asked = stored if same else np.load(case["probes"])
    ours = np.load(case["hits"] + ".rows.npy").astype(np.int64)
    measured = np.load(case["hits"] + ".distances.npy")
    if metric == "cosine":
        narrow = [unit(rows) for rows in (asked, stored)]
        wide = [unit(rows.astype(np.float64)) for rows in (asked, stored)]
    else:
        narrow, wide = [asked, stored], [rows.astype(np.float64) for rows in (asked, stored)]
    size = np.prod([np.linalg.norm(rows, axis=1).max() for rows in wide])

    def distance(probe, rows):
        return direct(metric, wide[0][probe], wide[1][rows])

    rows, distances = by_numpy(metric, *wide, k, same)
    return {
        "probes": len(ours),
        "rows": len(stored),
        "error": float(np.abs(measured - distances).max() / size),
        "numpy": differences(ours, rows, distance, size),
        "faiss": differences(ours, by_faiss(metric, *narrow, k, same), distance, size),
    }


with open(sys.argv[1], encoding="utf8") as file:
    cases = json.load(file)
versions = {"numpy": np.__version__, "faiss": faiss.__version__}
print(json.dumps({"cases": [judge(case) for case in cases], "versions": versions}))
