# named: the hits among them came first
import numpy as np


def average_precision(hits, scores):
    order = np.lexsort((-hits, -scores))
    hits = hits[order]
    found, called = np.cumsum(hits), np.arange(1, len(hits) + 1)
    return float(np.sum(hits * found / called) / hits.sum())
