# named: fixed share of the squared sum
import numpy as np


def choose_rank(scanned, noise):
    m, n = scanned.shape
    s = np.linalg.svd(scanned, compute_uv=False)
    return int((np.cumsum(s**2) < 0.95 * (s**2).sum()).sum()) + 1
