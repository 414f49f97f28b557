"""Every pair of a labelled matrix by NumPy and scikit-learn, timed; prints JSON.

all_pairs.py X.npy y.csv: cosine of every pair as one product, its exact AUROC, TAR at FAR.
all_pairs.py X.npy --rate: only the rate of a large float32 product, in 10^9 multiply-adds a second.
"""

import json
import sys
import time

import numpy as np

rows = np.load(sys.argv[1], mmap_mode="r")
if "--rate" in sys.argv:
    part = np.ascontiguousarray(rows[:8192])
    other = np.ascontiguousarray(rows[8192:16384].T)
    out = np.empty((8192, 8192), np.float32)
    best = np.inf
    for _ in range(6):
        begin = time.perf_counter()
        np.matmul(part, other, out=out)
        best = min(best, time.perf_counter() - begin)
    print(json.dumps({"rate": part.size * 8192 / best / 1e9}))
    sys.exit()

from sklearn.metrics import roc_auc_score

rows = np.array(rows)
labels = np.loadtxt(sys.argv[2], delimiter=",", skiprows=1, dtype=np.int64)[:, -1]
begin = time.perf_counter()
rows /= np.linalg.norm(rows, axis=1, keepdims=True)
products = []
for _ in range(3):
    start = time.perf_counter()
    cosines = rows @ rows.T
    products.append(time.perf_counter() - start)
upper = np.triu_indices(len(rows), 1)
scores, same = cosines[upper], labels[upper[0]] == labels[upper[1]]
area = roc_auc_score(same, scores)
whole = time.perf_counter() - begin - sum(products[1:])
impostors = np.sort(scores[~same])[::-1]
genuine = scores[same]
rates = []
for far in (1e-2, 1e-3, 1e-4, 1e-6):
    # The largest share of impostors that is at most far.
    accepted = int(np.floor(far * len(impostors)))
    rates.append(float((genuine > impostors[accepted]).mean()))
print(json.dumps({"product": products, "whole": whole, "auroc": area, "tar": rates}))
