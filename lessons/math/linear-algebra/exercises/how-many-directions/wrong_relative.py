# named: fixed share of the largest
import numpy as np


def choose_rank(scanned, noise):
    m, n = scanned.shape
    s = np.linalg.svd(scanned, compute_uv=False)
    return max(1, int((s > 0.1 * s[0]).sum()))
