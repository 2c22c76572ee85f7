import numpy as np


def average_precision(hits, scores):
    order = np.argsort(-scores)
    hits, scores = hits[order], scores[order]
    # a threshold is the last row of a run of equal scores
    last = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
    found, called = np.cumsum(hits)[last], last + 1
    recall, precision = found / hits.sum(), found / called
    return float(np.sum(np.diff(recall, prepend=0) * precision))
