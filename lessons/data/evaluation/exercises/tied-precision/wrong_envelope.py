# named: not the best at any higher recall
import numpy as np


def average_precision(hits, scores):
    order = np.argsort(-scores)
    hits, scores = hits[order], scores[order]
    last = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
    found, called = np.cumsum(hits)[last], last + 1
    recall, precision = found / hits.sum(), np.maximum.accumulate((found / called)[::-1])[::-1]
    return float(np.sum(np.diff(recall, prepend=0) * precision))
