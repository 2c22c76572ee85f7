# named: number of pixels counts
import numpy as np


def choose_rank(scanned, noise):
    m, n = scanned.shape
    s = np.linalg.svd(scanned, compute_uv=False)
    return max(1, int((s > noise * np.sqrt(m)).sum()))
