"""Times every metric over given pairs as SciPy and NumPy compute it.

    time_metrics.py ROWS.npy NON_NEGATIVE.npy PAIRS.npy OUT.f64 ROUNDS

Rows are float32; they are widened to float64 before the clock starts, so that the answers can be
compared with this package's to the last digits. Jensen-Shannon uses the non-negative rows. What
Mahalanobis and standardised Euclidean measure against is also made before the clock starts.

Two programs for each metric: `loop`, the function of scipy.spatial.distance called for one pair
after another (where SciPy has the metric), and `vectorised`, the rows of all pairs gathered and the
formula written over whole arrays. Prints one JSON object with the milliseconds of each round;
writes the vectorised answers, float64, metric after metric.
"""

import json
import sys
import time

import numpy as np
import scipy

from definitions import LOOPED, VECTORISED, Reference


def milliseconds(work, rounds):
    times, value = [], None
    for _ in range(rounds):
        begin = time.perf_counter()
        value = work()
        times.append((time.perf_counter() - begin) * 1e3)
    return times, value


def main(rows_path, non_negative_path, pairs_path, out_path, rounds):
    signed, non_negative = (np.load(p).astype(np.float64) for p in (rows_path, non_negative_path))
    first, second = np.load(pairs_path)
    pairs = list(zip(first.tolist(), second.tolist()))
    reference = Reference(signed)
    results = []
    with open(out_path, "wb") as out:
        for expression, formula in VECTORISED.items():
            rows = non_negative if expression == "jensenshannon" else signed

            def vectorised():
                return formula(rows[first], rows[second], reference)

            def loop():
                one = LOOPED[expression]
                return np.array([one(rows[i], rows[j], reference) for i, j in pairs])

            times, value = milliseconds(vectorised, rounds)
            result = {"metric": expression, "vectorised": times}
            if expression in LOOPED:
                result["loop"], other = milliseconds(loop, rounds)
                np.testing.assert_allclose(value, other, rtol=1e-9, atol=1e-12, err_msg=expression)
            value.tofile(out)
            results.append(result)
    versions = {"numpy": np.__version__, "scipy": scipy.__version__}
    print(json.dumps({"results": results, "versions": versions}))


if __name__ == "__main__":
    main(*sys.argv[1:5], int(sys.argv[5]))
