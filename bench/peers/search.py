"""Answers, one line of JSON for each line on standard input, what the bench of searches asks.

    search.py GALLERY.npy PROBES.npy

{"do": "rate"}     10^9 multiply-adds a second of a float32 product of blocks of 4096 rows, the best
{"do": "open", "metric": M, "gallery": FILE, "probes": FILE}    seconds of faiss IndexFlatIP.add of the rows,
                   normalised before, or of IndexFlatL2.add for the metric "sqeuclidean"; of other rows with FILE
{"do": "search", "k": K}    seconds of its search() with all probes
{"do": "compare", "hits": FILE}    what the last search found otherwise than `identify` in a .npy
{"do": "close"}    frees the index
{"do": "read", "what": N or "rows", "times": T}    seconds of adding up N bytes, or the rows, once
{"do": "cdist", "metric": M, "first": P, "threads": T}    the nearest probe of each of the first P
                   rows of the gallery by SciPy, and the seconds of that
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import faiss
import numpy as np
from scipy.spatial.distance import cdist

from hits import differences

BLOCK = 4096
THREADS = 2
pool = ThreadPoolExecutor(THREADS)


def seconds(work):
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def unit(rows):
    """In place: there may be no room for a third copy besides that of the index."""
    faiss.normalize_L2(rows)
    return rows


def cosine(probe, rows):
    u, v = probe.astype(np.float64), rows.astype(np.float64)
    return 1 - v @ u / (np.linalg.norm(v, axis=1) * np.linalg.norm(u))


def sqeuclidean(probe, rows):
    gaps = rows.astype(np.float64) - probe.astype(np.float64)
    return (gaps * gaps).sum(axis=1)


class Peer:
    def __init__(self, gallery, probes):
        self.gallery = np.load(gallery, mmap_mode="r")
        self.probes = np.load(probes)

    def rate(self):
        x, y = (np.array(self.gallery[i * BLOCK : (i + 1) * BLOCK]) for i in (0, 1))
        out = np.empty((BLOCK, BLOCK), np.float32)
        best = min(seconds(lambda: np.matmul(x, y.T, out=out)) for _ in range(20))
        return {"rate": x.size * BLOCK / best / 1e9}

    def open(self, metric="cosine", gallery=None, probes=None):
        if gallery:
            self.gallery, self.probes = np.load(gallery, mmap_mode="r"), np.load(probes)
        self.metric = metric
        rows, self.asked = np.array(self.gallery), np.array(self.probes)
        if metric == "cosine":
            rows, self.asked = unit(rows), unit(self.asked)
        kind = faiss.IndexFlatIP if metric == "cosine" else faiss.IndexFlatL2
        self.index = kind(rows.shape[1])
        return {"seconds": seconds(lambda: self.index.add(rows))}

    def search(self, k):
        begin = time.perf_counter()
        _, self.found = self.index.search(self.asked, k)
        return {"seconds": time.perf_counter() - begin}

    def compare(self, hits):
        ours = np.load(hits)["gallery"].astype(np.int64)
        distance = {"cosine": cosine, "sqeuclidean": sqeuclidean}[self.metric]
        measure = lambda probe, rows: distance(self.probes[probe], self.gallery[rows])
        size = 1.0
        if self.metric == "sqeuclidean":
            size = 2 * max(np.square(rows.astype(np.float64)).sum(axis=1).max() for rows in (self.probes, self.gallery))
        return {"differences": differences(ours.reshape(len(self.found), -1), self.found, measure, size)}

    def close(self):
        del self.index, self.asked
        return {}

    def read(self, what, times):
        if what == "rows":
            numbers = np.array(self.gallery).reshape(-1).view(np.int64)
        else:
            numbers = np.ones(what // 8, np.int64)
        parts = np.array_split(numbers, THREADS)
        found = [seconds(lambda: list(pool.map(np.add.reduce, parts))) for _ in range(times + 1)]
        return {"bytes": numbers.nbytes, "seconds": found[1:]}

    def cdist(self, metric, first, threads):
        """Rows are widened to float64 before the clock starts; cdist would do it in its time."""
        asked = self.gallery[:first].astype(np.float64)
        stored = self.probes.astype(np.float64)

        def nearest(part):
            distances = cdist(part, stored, metric)
            rows = distances.argmin(axis=1)
            return rows, distances[np.arange(len(part)), rows]

        begin = time.perf_counter()
        parts = list(pool.map(nearest, np.array_split(asked, threads)))
        took = time.perf_counter() - begin
        rows, distances = (np.concatenate(each).tolist() for each in zip(*parts))
        return {"seconds": took, "rows": rows, "distances": distances}


peer = Peer(*sys.argv[1:])
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(getattr(peer, request.pop("do"))(**request)), flush=True)
