# named: need not say anything about the outcome
import numpy as np


def most_telling(columns, outcome):
    shares = [np.bincount(c) / len(c) for c in columns.T]
    return int(np.argmax([-(p[p > 0] * np.log(p[p > 0])).sum() for p in shares]))
