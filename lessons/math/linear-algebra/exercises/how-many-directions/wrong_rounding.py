# named: tolerance for rounding
import numpy as np


def choose_rank(scanned, noise):
    m, n = scanned.shape
    s = np.linalg.svd(scanned, compute_uv=False)
    return int((s > max(m, n) * np.finfo(float).eps * s[0]).sum())
