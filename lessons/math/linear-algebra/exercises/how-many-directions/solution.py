import numpy as np


def choose_rank(scanned, noise):
    m, n = scanned.shape
    s = np.linalg.svd(scanned, compute_uv=False)
    largest_of_noise = noise * (np.sqrt(m) + np.sqrt(n))  # up to here a direction may be noise alone
    return max(1, int((s > largest_of_noise).sum()))
