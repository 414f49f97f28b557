"""Affine and isotonic maps of cases read as JSON from a file, by scikit-learn; prints JSON.

Input: [{"scores": [...], "same": [...], "prior": p}, ...], scores being similarities. Output, for each: the
log-likelihood ratio of each score by LogisticRegression without penalty, classes weighed by the prior, and by
IsotonicRegression; null where it is infinite. With the package lir, also its Cllr and least Cllr.
"""

import json
import sys

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

try:
    from lir.data.models import LLRData
    from lir.metrics import cllr, cllr_min
except ImportError:
    LLRData = None


def fit(case):
    scores, same, prior = np.array(case["scores"]), np.array(case["same"]), case["prior"]
    genuine = same.sum()
    weights = np.where(same == 1, prior / genuine, (1 - prior) / (len(same) - genuine))
    model = LogisticRegression(C=np.inf, tol=1e-12, solver="newton-cholesky", max_iter=1000)
    model.fit(scores[:, None], same, sample_weight=weights * len(same))
    affine = model.decision_function(scores[:, None]) - np.log(prior / (1 - prior))
    share = IsotonicRegression(y_min=0, y_max=1).fit(scores, same).predict(scores)
    with np.errstate(divide="ignore"):
        isotonic = np.log(share) - np.log1p(-share) - np.log(genuine / (len(same) - genuine))
    out = {
        "affine": affine.tolist(),
        "isotonic": [x if np.isfinite(x) else None for x in isotonic.tolist()],
    }
    if LLRData is not None:
        # Its ratios are decimal logarithms.
        data = LLRData(features=affine[:, None] / np.log(10), labels=same)
        out["costs"] = [cllr(data), cllr_min(data)]
    return out


print(json.dumps([fit(case) for case in json.load(open(sys.argv[1]))]))
