"""Peers of the learned metrics on a labelled matrix in memory, timed; prints JSON.

learned.py X.npy y.csv [--lda]: X.T @ X in float32 (five times), scikit-learn's Ledoit-Wolf
(twice) and, with --lda, its linear discriminant analysis (once; minutes).
"""

import json
import sys
import time

import numpy as np
from sklearn.covariance import ledoit_wolf
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis


def seconds(work, times):
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return found


rows = np.load(sys.argv[1])
labels = np.loadtxt(sys.argv[2], delimiter=",", skiprows=1, dtype=np.int64)[:, -1]
answer = {
    "product": seconds(lambda: rows.T @ rows, 5),
    "ledoitWolf": seconds(lambda: ledoit_wolf(rows), 2),
    "shrinkage": float(ledoit_wolf(rows)[1]),
}
if "--lda" in sys.argv:
    lda = LinearDiscriminantAnalysis(solver="eigen", shrinkage=0.1)
    answer["lda"] = seconds(lambda: lda.fit(rows, labels), 1)
print(json.dumps(answer))
