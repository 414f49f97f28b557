"""Measures of cases read as JSON from a file, by scikit-learn where it has them; prints JSON.

Input: [{"scores": [...], "same": [...]}, ...], scores being similarities. Output, for each: AUROC,
partial area up to 0.1, ROC points (every distinct score), least normalised cost at two priors, d'.
Cllr and its minimum are written out (Brummer & du Preez 2006), with isotonic regression for the latter.
"""

import json
import sys

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import roc_auc_score, roc_curve


def cllr(genuine, impostors):
    return 0.5 * (np.logaddexp(0, -genuine).mean() + np.logaddexp(0, impostors).mean()) / np.log(2)


def judge(case):
    scores, same = np.array(case["scores"]), np.array(case["same"])
    far, tar, _ = roc_curve(same, scores, drop_intermediate=False)
    genuine, impostors = scores[same == 1], scores[same == 0]
    costs = []
    for prior in (0.01, 0.5):
        cost = prior * (1 - tar) + (1 - prior) * far
        costs.append(float(cost.min() / min(prior, 1 - prior)))
    spread = np.sqrt(0.5 * (genuine.var() + impostors.var()))
    # Scores of one value are one step of the regression, whatever the order of their labels.
    fitted = IsotonicRegression(y_min=0, y_max=1).fit(scores, same).predict(scores)
    with np.errstate(divide="ignore"):
        ratios = np.log(fitted) - np.log1p(-fitted) - np.log(len(genuine) / len(impostors))
    return {
        "auroc": roc_auc_score(same, scores),
        "partial": roc_auc_score(same, scores, max_fpr=0.1),
        "far": far.tolist(),
        "tar": tar.tolist(),
        "costs": costs,
        "dPrime": float((genuine.mean() - impostors.mean()) / spread) if spread > 0 else None,
        "cllr": float(cllr(genuine, impostors)),
        "minCllr": float(cllr(ratios[same == 1], ratios[same == 0])),
    }


with open(sys.argv[1], encoding="utf8") as file:
    cases = json.load(file)
print(json.dumps([judge(case) for case in cases]))
