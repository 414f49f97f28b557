"""auroc.py scores.bin same.bin: scikit-learn's AUROC of doubles and bytes, timed at each line of standard input.

Larger scores are more alike.
"""

import json
import sys
import time

import numpy as np
from sklearn.metrics import roc_auc_score

scores = np.fromfile(sys.argv[1], np.float64)
same = np.fromfile(sys.argv[2], np.uint8)
for _ in sys.stdin:
    begin = time.perf_counter()
    area = roc_auc_score(same, scores)
    print(json.dumps({"auroc": float(area), "seconds": time.perf_counter() - begin}), flush=True)
