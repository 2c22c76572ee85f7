# named: not at the one before
import numpy as np


def average_precision(hits, scores):
    order = np.argsort(-scores, kind="stable")
    hits, scores = hits[order], scores[order]
    last = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
    found, called = np.cumsum(hits)[last], last + 1
    recall, precision = found / hits.sum(), found / called
    return float(np.sum(np.diff(recall, prepend=0) * np.append(1.0, precision[:-1])))
