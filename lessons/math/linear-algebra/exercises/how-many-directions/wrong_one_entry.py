# named: noise of one entry
import numpy as np


def choose_rank(scanned, noise):
    m, n = scanned.shape
    s = np.linalg.svd(scanned, compute_uv=False)
    return int((s > noise).sum())
