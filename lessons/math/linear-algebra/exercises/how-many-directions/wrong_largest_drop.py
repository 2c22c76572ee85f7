# named: the largest drop
import numpy as np


def choose_rank(scanned, noise):
    s = np.linalg.svd(scanned, compute_uv=False)
    return int(np.argmax(s[:-1] - s[1:])) + 1
