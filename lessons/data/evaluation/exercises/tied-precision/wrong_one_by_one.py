# named: one by one, as they came
import numpy as np


def average_precision(hits, scores):
    order = np.argsort(-scores, kind="stable")
    hits = hits[order]
    found, called = np.cumsum(hits), np.arange(1, len(hits) + 1)
    return float(np.sum(hits * found / called) / hits.sum())
