"""The organisers' baseline of the 2019 challenge, rewritten from its description.

    baseline.py EMBEDDINGS.npy PAIRS.csv OUT.csv

Squared Euclidean distance in float32, one pair at a time in a Python loop, written under the
header `Predicted,Id` with Id = 0, 1, ... Where the description leaves a choice (how to loop over
the pairs), the faster one is taken, so that no ratio against it is flattered.
"""

import sys

import numpy as np
import pandas as pd


def main(embeddings_path, pairs_path, out_path):
    embeddings = np.load(embeddings_path)
    pairs = pd.read_csv(pairs_path)
    distances = np.empty(len(pairs), dtype=np.float32)
    for n, (i, j) in enumerate(zip(pairs["index1"].tolist(), pairs["index2"].tolist())):
        distances[n] = np.sum((embeddings[i] - embeddings[j]) ** 2)
    submission = pd.DataFrame({"Predicted": distances, "Id": np.arange(len(pairs))})
    submission.to_csv(out_path, index=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
